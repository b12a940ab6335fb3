/* SPDX-License-Identifier: MIT */
/* Writes a history that is in memory as a trace, in one go. */
#ifndef TRACE_SAVE_H
#define TRACE_SAVE_H

#include "trace_writer.h"

/*
 * The events must be in merged order, which the trace keeps, also where stamps are equal: header->ordered must be true.
 * `count` at most UINT32_MAX. Statuses are those of trace_writer.h.
 */
enum wsc_status trace_save(struct trace_sink sink, const struct trace_header *header, const struct wsc_event *events,
                           size_t count, enum wsc_end end);

#endif
