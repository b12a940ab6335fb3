/* SPDX-License-Identifier: MIT */
/*
 * Reads a trace file (SPEC.md) and hands its events out merged by stamp. The file must be seekable; what the calls mean
 * is said in trace_input.h, whose shape they share. Trusts nothing in the file; memory is bounded by the limits of
 * trace_limits.h and by the number of workers whose blocks overlap in time.
 */
#ifndef TRACE_READER_H
#define TRACE_READER_H

#include "trace_error.h"
#include "trace_header.h"
#include "trace_input.h"

struct trace_reader;

/* Takes `fd` over (also on failure) and reads it by offset. */
enum wsc_status trace_reader_open(struct trace_reader **out, int fd, struct trace_error *err);
const struct trace_header *trace_reader_header(const struct trace_reader *reader);
const uint32_t *trace_reader_workers(const struct trace_reader *reader, size_t *count);
enum wsc_status trace_reader_next(struct trace_reader *reader, const struct wsc_event **events, size_t *count,
                                  struct trace_error *err);
enum wsc_status trace_reader_limit(struct trace_reader *reader, uint64_t from_ns, uint64_t to_ns,
                                   struct trace_error *err);
void trace_reader_threads(struct trace_reader *reader, unsigned threads);
enum wsc_status trace_reader_rewind(struct trace_reader *reader, struct trace_error *err);
const struct trace_summary *trace_reader_summary(const struct trace_reader *reader);
uint64_t trace_reader_position(const struct trace_reader *reader);
void trace_reader_free(struct trace_reader *reader);

#endif
