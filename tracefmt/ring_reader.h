/* SPDX-License-Identifier: MIT */
/*
 * Reads a rings' file (ring_file.h; SPEC.md, "The rings' file"): what a recorder that was killed, or that still runs, had
 * not yet written to its trace. Trusts nothing in the file. One thread at a time.
 *
 * Of a file whose process lives, everything that may change is copied when it is opened, in the order in which events move
 * on (rings, chunks, marks), so that what the trace file holds afterwards and what was copied leave nothing out between
 * them. Memory: that copy, which is at most what the process has in its rings; else what a ring's slots take one piece
 * at a time.
 */
#ifndef RING_READER_H
#define RING_READER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "ring_file.h"
#include "trace_error.h"
#include "trace_header.h"
#include "wscheck/event.h"
#include "wscheck/status.h"

#define RING_READER_NOT_BEGUN "the run ended before it had begun to record"

/* Slots [first, end) of a ring, at `offset` in the file, or in `copy`. */
struct ring_piece {
	uint64_t order; /* of the ring */
	uint64_t first, end;
	uint64_t offset;
	struct wsc_slot *copy; /* or NULL */
};

/* One worker's ring. */
struct ring_found {
	struct ring_file_ring page; /* its fields, name included, as they were first read */
	struct ring_file_mark mark; /* how far the trace file has it, as it was read last */
	uint64_t offset;            /* of the segment */
	struct ring_piece slots;    /* those of the ring itself that are whole */
	bool is_unsound;            /* rejected: what it recorded is not known */
	bool is_gone;               /* its segment was given to another while it was read */
};

struct ring_reader {
	int fd;
	uint64_t size;
	bool is_live;
	struct ring_file_head head;
	struct ring_file_moment now; /* the last moment that is known */
	struct ring_found *rings;    /* ascending by (worker, order) */
	size_t ring_count, ring_capacity;
	struct ring_piece *chunks; /* ascending by (order, first) */
	size_t chunk_count, chunk_capacity;
	struct trace_header header; /* of the trace, if has_header; else labels and workers alone */
	bool has_header;
	bool is_torn; /* the file's segments could not all be read: there may be workers that are not among `rings` */
	uint64_t last_ts; /* the greatest stamp found, and at least `now` */
};

/*
 * Reads heads, names and labels. `fd` stays the caller's. On failure nothing needs freeing and err says why: IO, FORMAT,
 * UNSUPPORTED, NOMEM.
 */
enum wsc_status ring_reader_open(struct ring_reader *reader, int fd, bool is_live, struct trace_error *err);
void ring_reader_free(struct ring_reader *reader);

/*
 * Of a live process, once the trace file's size was taken and before it is read: numbers the rings of which nothing had
 * been written when they were read, and something may have been since. IO, FORMAT: the file is shorter than it was.
 */
enum wsc_status ring_reader_settle(struct ring_reader *reader);

/* Takes what a worker recorded, in program order, `count` at least 1. Not OK: stop, and return that. */
struct ring_sink {
	enum wsc_status (*events)(void *context, const struct wsc_event *events, size_t count);
	void *context;
};

/*
 * Hands out what rings `first` to `first + count - 1`, all those of one worker, hold beyond the `known` events of its stream
 * that the trace file has, the last of which was stamped `last_ts`. Gaps stand for what is missing. IO, NOMEM, or what the
 * sink returned.
 */
enum wsc_status ring_reader_stream(const struct ring_reader *reader, size_t first, size_t count, uint64_t known,
                                   uint64_t last_ts, struct ring_sink sink);

#endif
