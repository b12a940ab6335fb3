/* SPDX-License-Identifier: MIT */
/* Where and why reading or writing failed: filled in by the call that fails, printed by the command line. */
#ifndef TRACE_ERROR_H
#define TRACE_ERROR_H

#include <stdint.h>

#include "wscheck/status.h"

/*
 * `message` is one sentence without a final newline and without the file's name ("line 3, column 17: ..." where there
 * are lines), that says what is wrong and, where it helps, what to do. `offset` is the byte offset in the file, if
 * known.
 */
struct trace_error {
	enum wsc_status status;
	uint64_t offset;
	uint64_t line;   /* JSON Lines: from 1; 0 elsewhere */
	uint64_t column; /* JSON Lines: from 1; 0 elsewhere */
	char message[240];
};

/* Fills `err` (which may be NULL) and returns `status`, so that a caller can `return trace_error_set(...)`. */
enum wsc_status trace_error_set(struct trace_error *err, enum wsc_status status, uint64_t offset, const char *format,
                                ...) __attribute__((format(printf, 4, 5)));

#endif
