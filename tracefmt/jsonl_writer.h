/* SPDX-License-Identifier: MIT */
/*
 * Writes a history as JSON Lines, so that jsonl_reader.h reads the same events and header again. What has its default
 * value is left out, labels stand in the lines of their events, and large tables are continued in declaration lines.
 * One thread at a time.
 */
#ifndef JSONL_WRITER_H
#define JSONL_WRITER_H

#include <stddef.h>
#include <stdio.h>

#include "trace_error.h"
#include "trace_header.h"
#include "trace_input.h"
#include "wscheck/event.h"

struct jsonl_writer;

/* Writes the header to `file`, which stays the caller's, as does `header`; both must outlive the writer. */
enum wsc_status jsonl_writer_create(struct jsonl_writer **out, FILE *file, const struct trace_header *header,
                                    struct trace_error *err);
enum wsc_status jsonl_writer_events(struct jsonl_writer *writer, const struct wsc_event *events, size_t count,
                                    struct trace_error *err);

/* Writes the end line (none for CUT) and flushes `file`. Nothing may follow but jsonl_writer_free(). */
enum wsc_status jsonl_writer_finish(struct jsonl_writer *writer, enum wsc_end end, struct trace_error *err);
void jsonl_writer_free(struct jsonl_writer *writer); /* NULL is fine; writes nothing */

/* `wscheck dump`: everything of `input`, from its beginning, in the merged order. A trace is read twice. */
enum wsc_status jsonl_dump(struct trace_input *input, FILE *file, struct trace_error *err);

#endif
