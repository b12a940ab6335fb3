/* SPDX-License-Identifier: MIT */
/*
 * A partial result as a file: what one shard of an analysis found, and of what (tracefmt/PARTIAL.md says how it is laid out).
 * Reading trusts nothing: what a file may ask for is bounded, and it is refused as a whole.
 */
#ifndef REPORT_PARTIAL_FILE_H
#define REPORT_PARTIAL_FILE_H

#include <stdio.h>

#include "partial.h"
#include "trace_cbor.h"
#include "trace_header.h"
#include "trace_input.h"

enum {
	PARTIAL_VERSION = 5,          /* raised with any change of what shards say */
	PARTIAL_BYTES_MAX = 64 << 20, /* of content; more is refused */
	PARTIAL_ROWS_MAX = 1 << 20,   /* of any list */
	PARTIAL_REPORTS_MAX = 1 << 17,
	PARTIAL_PATH_MAX = 65536,
	PARTIAL_WRONG_MAX = 200
};

/* What was analyzed, and how: alike in all shards that may be joined. */
struct partial_origin {
	uint32_t count; /* of the shards */
	struct trace_header header;
	struct trace_summary summary; /* `skipped` with its names is owned */
	struct analysis_options options;
};

struct partial_file {
	uint32_t index; /* less than origin.count */
	char *path;     /* of the trace, as it was named */
	struct partial_origin origin;
	/* The origin as bytes: two shards belong together if these are the same. Owned. */
	unsigned char *origin_bytes;
	size_t origin_size;
	struct partial partial;
};

/*
 * The bytes of a file. Of `file` the origin is written as it stands, origin_bytes is not needed. OK: free `content` with
 * trace_cbor_free(). NOMEM; LIMIT: it is too large. (`content` is the file uncompressed; partial_file_frames() goes on.)
 */
enum wsc_status partial_file_encode(const struct partial_file *file, struct trace_cbor_writer *content);
enum wsc_status partial_file_decode(struct partial_file *file, const unsigned char *content, size_t size,
                                    char wrong[PARTIAL_WRONG_MAX]);

/* Whether a file begins as a partial result. Of a pipe that is not known. */
bool partial_file_begins(int fd);
bool partial_file_is(const char *path);

/* Writes to the stream; write errors stay there. NOMEM, LIMIT. */
enum wsc_status partial_file_write(const struct partial_file *file, FILE *out);
/* From where `fd`, which stays open, stands. FORMAT, LIMIT, IO, UNSUPPORTED: `wrong` is a clause that says why. NOMEM. Only after OK it is to be freed. */
enum wsc_status partial_file_read(struct partial_file *file, int fd, char wrong[PARTIAL_WRONG_MAX]);

void partial_file_free(struct partial_file *file);

#endif
