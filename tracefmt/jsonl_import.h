/* SPDX-License-Identifier: MIT */
/* `wscheck import`: a JSON Lines history becomes a trace of the same events, header, order of ties and end. */
#ifndef JSONL_IMPORT_H
#define JSONL_IMPORT_H

#include "trace_error.h"
#include "trace_input.h"
#include "trace_writer.h"

/*
 * Writes what `input` holds, from its beginning, to `sink`; zstd `level` as in trace_writer.h. Needs memory for a
 * segment of 65,536 events besides what the input holds. FORMAT: the input is a trace already; LIMIT: the format has no
 * room for it (too many workers, say); IO: the sink's.
 */
enum wsc_status jsonl_import(struct trace_input *input, struct trace_sink sink, int level, struct trace_error *err);

#endif
