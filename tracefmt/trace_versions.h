/* SPDX-License-Identifier: MIT */
/* The versions of the libraries with which the format is read and written. Static text. */
#ifndef TRACEFMT_TRACE_VERSIONS_H
#define TRACEFMT_TRACE_VERSIONS_H

const char *trace_zstd_version(void); /* the one that is loaded */
const char *trace_cbor_version(void); /* the one that was built for: it does not tell at run time */

#endif
