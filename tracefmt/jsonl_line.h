/* SPDX-License-Identifier: MIT */
/*
 * The lines of a JSON Lines file: read in order, numbered, bounded in length, and named in errors.
 *
 * One thread at a time. The reader does not own its descriptor and reads it by offset, so the file must be seekable.
 */
#ifndef JSONL_LINE_H
#define JSONL_LINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "trace_error.h"

/* The longest line, without its end. Longer declarations can be split over several lines. */
#define JSONL_LINE_BYTES_MAX ((size_t)1 << 20)

/* One line without its LF or CR LF and without the byte order mark; a NUL follows. Valid until the next line. */
struct jsonl_line {
	const char *text;
	size_t length;
	uint64_t number; /* from 1 */
	uint64_t offset; /* of its first byte in the file */
};

struct jsonl_line_reader {
	int fd;
	bool at_end;  /* the file has no more bytes */
	char *buffer; /* of `size` bytes; [begin, end) is read but not yet handed out */
	size_t size;
	size_t begin, end;    /* indexes into buffer */
	uint64_t read_offset; /* file offset of buffer[end] */
	uint64_t number;      /* of the last line handed out */
};

enum wsc_status jsonl_line_reader_init(struct jsonl_line_reader *reader, int fd);
void jsonl_line_reader_free(struct jsonl_line_reader *reader);

/* The next line, blank ones included. DONE after the last; LIMIT: a line is too long; IO; NOMEM. */
enum wsc_status jsonl_line_next(struct jsonl_line_reader *reader, struct jsonl_line *line, struct trace_error *err);

/* Fills `err` for what stands at index `at` of the line: "line 3, column 17: ...". Columns count characters. */
enum wsc_status jsonl_line_error(const struct jsonl_line *line, size_t at, struct trace_error *err,
                                 enum wsc_status status, const char *format, ...) __attribute__((format(printf, 5, 6)));

#endif
