/* SPDX-License-Identifier: MIT */
/*
 * A history to read, whatever its form: a trace (trace_reader.h) or JSON Lines (jsonl_reader.h), told apart by content;
 * a file, or "-" for standard input, which is first copied to an unlinked temporary file, so that every input can be
 * read twice. One thread at a time.
 *
 * Events come in one order: each worker's in program order, workers merged by stamp, equal stamps in file order. A
 * stamp that runs backwards within a worker stays where program order puts it. What is missing (a damaged or lost
 * block) comes as a `gap` event of its worker at its place in that order.
 */
#ifndef TRACE_INPUT_H
#define TRACE_INPUT_H

#include <stdbool.h>
#include <stddef.h>

#include "trace_error.h"
#include "trace_header.h"
#include "trace_range.h"
#include "wscheck/event.h"
#include "wscheck/status.h"

struct trace_input;

/* Event kinds that were skipped because this version does not know them. */
struct trace_skipped {
	const char *name;
	uint64_t count;
};

/* Known in full once trace_input_next() has said DONE. Pointers live as long as the input. */
struct trace_summary {
	enum wsc_end end;        /* CUT if a range ends before the input does */
	uint64_t events;         /* read, gaps not counted */
	uint64_t dropped;        /* events that gaps say are lost */
	uint64_t over_limit;     /* of those, what the recorder did not write because the file was full */
	uint64_t damaged_blocks; /* damaged or missing frames */
	uint64_t file_bytes;
	uint64_t blocks; /* event blocks read; 0 for JSON Lines */
	const struct trace_skipped *skipped;
	size_t skipped_count;
	bool is_jsonl;
	struct trace_range range;
};

/* `path` or "-". On failure *out is NULL and err says why; statuses IO, FORMAT, LIMIT, UNSUPPORTED, NOMEM. */
enum wsc_status trace_input_open(struct trace_input **out, const char *path, struct trace_error *err);

/*
 * The two steps of that, for who looks at the file in between. *fd: at the start of the file or of the copy, to be closed.
 * The second takes it over, whatever it returns.
 */
enum wsc_status trace_input_descriptor(int *fd, const char *path, struct trace_error *err);
enum wsc_status trace_input_open_from(struct trace_input **out, int fd, struct trace_error *err);

/* All declarations of the whole input, later ones included. Valid from open to free. */
const struct trace_header *trace_input_header(const struct trace_input *input);

/* Ids of all workers that have a stream in the input, ascending. Valid from open to free. */
const uint32_t *trace_input_workers(const struct trace_input *input, size_t *count);

/*
 * The next events in the merged order, of any workers: *count >= 1 at *events, valid until the next call.
 * DONE: no more. RESTART: damage came to light that changes what was already delivered; the caller forgets everything,
 * and the next call starts from the beginning (at most once per input). Else an error, with err filled in.
 */
enum wsc_status trace_input_next(struct trace_input *input, const struct wsc_event **events, size_t *count,
                                 struct trace_error *err);

/*
 * Before the first event is read: only those from from_ns to to_ns after the first are to be (trace_range.h). A trace with
 * an index is not read outside of that; nothing is said of damage there. NOMEM.
 */
enum wsc_status trace_input_limit(struct trace_input *input, uint64_t from_ns, uint64_t to_ns, struct trace_error *err);

/*
 * Before the first event is read, and after trace_input_limit(): up to so many threads decode ahead of the one that calls.
 * What is read does not depend on it; fewer, or none, where no more are to be had or of use.
 */
void trace_input_threads(struct trace_input *input, unsigned threads);

/* Starts again from the beginning, for a second pass. */
enum wsc_status trace_input_rewind(struct trace_input *input, struct trace_error *err);

const struct trace_summary *trace_input_summary(const struct trace_input *input);

/* Bytes of the file consumed so far, for a progress bar; out of summary.file_bytes. */
uint64_t trace_input_position(const struct trace_input *input);

void trace_input_free(struct trace_input *input);

#endif
