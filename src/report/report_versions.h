/* SPDX-License-Identifier: MIT */
/* The versions of the libraries with which reports are written, as they are loaded. */
#ifndef REPORT_REPORT_VERSIONS_H
#define REPORT_REPORT_VERSIONS_H

enum { VERSION_BYTES = 24 };

const char *report_json_version(void); /* static */
/* Fills `buffer` and returns it. */
const char *report_xml_version(char buffer[VERSION_BYTES]);

#endif
