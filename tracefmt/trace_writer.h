/* SPDX-License-Identifier: MIT */
/*
 * Writes a trace file, frame by frame, to a sink of the caller's. Sequential: needs no seek, so a pipe will do.
 * The recorder's drain thread and `wscheck import` use it. One thread at a time.
 */
#ifndef TRACE_WRITER_H
#define TRACE_WRITER_H

#include <stdbool.h>
#include <stddef.h>

#include "trace_header.h"
#include "wscheck/event.h"
#include "wscheck/status.h"

/* Takes `size` bytes or fails with WSC_IO; after a failure it is not called again. */
struct trace_sink {
	enum wsc_status (*write)(void *context, const void *bytes, size_t size);
	void *context;
};

struct trace_writer;

/* Writes the header frame. A trace id of all zeros is replaced by a random one. `level`: zstd's, 1..15; 0 = default. */
enum wsc_status trace_writer_create(struct trace_writer **out, struct trace_sink sink,
                                    const struct trace_header *header, int level);

/*
 * Goes on where another writer of the trace of this id stopped: `frames` data frames are out, header included, and no
 * footer. The streams that they hold are to be named with trace_writer_stream() before anything is written. The trace
 * gets no seek index.
 */
enum wsc_status trace_writer_resume(struct trace_writer **out, struct trace_sink sink, const unsigned char *trace_id,
                                    uint64_t frames, bool ordered, int level);
enum wsc_status trace_writer_stream(struct trace_writer *writer, uint32_t worker, uint64_t events, uint64_t last_ts);

/*
 * One block: `count` (1..TRACE_BLOCK_EVENTS_MAX) events of one worker in program order, with valid kinds. `order`,
 * needed if header.ordered and NULL otherwise: each event's number in the file order, ascending.
 */
enum wsc_status trace_writer_block(struct trace_writer *writer, const struct wsc_event *events, size_t count,
                                   const uint64_t *order);

/* Declarations that were not known when the header was written: the tables of `later`; its scalars are ignored. */
enum wsc_status trace_writer_declare(struct trace_writer *writer, const struct trace_header *later);

/* End of an epoch: every event stamped before `watermark` is out. Carries the event count of each worker so far. */
enum wsc_status trace_writer_epoch(struct trace_writer *writer, uint64_t watermark);

/*
 * Goes on in another file, which begins with a header (`header`, but not complete) that says so, and with what every
 * worker has had so far. Everything stamped before `watermark` is out. The new file is readable by itself, and so is the
 * old one with all frames of the new one but its first behind it. Declarations of before must be made again.
 */
enum wsc_status trace_writer_continue(struct trace_writer *writer, struct trace_sink sink,
                                      const struct trace_header *header, uint64_t watermark);

/* Footer (CLEAN or STALLED; CUT writes none) and seek index. Nothing may follow but trace_writer_free(). */
enum wsc_status trace_writer_finish(struct trace_writer *writer, enum wsc_end end);

/* About what trace_writer_finish() will write, from above. */
uint64_t trace_writer_end_bytes(const struct trace_writer *writer);

/* Bytes handed to the sink, events written. */
uint64_t trace_writer_bytes(const struct trace_writer *writer);
uint64_t trace_writer_events(const struct trace_writer *writer);

/* Events of one worker written: the number of its next one. */
uint64_t trace_writer_worker_events(const struct trace_writer *writer, uint32_t worker);

void trace_writer_free(struct trace_writer *writer); /* NULL is fine; writes nothing */

#endif
