/* SPDX-License-Identifier: MIT */
/* The recorder's only voice: one line on stderr. Any thread. */
#ifndef RECORD_NOTICE_H
#define RECORD_NOTICE_H

/*
 * Writes "wscheck: ...\n" with one write(2). A closed, full or broken stderr is no error, raises nothing in the host and
 * holds nothing up; the line is lost then.
 */
void notice(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif
