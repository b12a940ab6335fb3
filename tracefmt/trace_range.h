/* SPDX-License-Identifier: MIT */
/*
 * A stretch of time of a history, read alone. An event belongs to it if the greatest stamp in the merged order up to it
 * lies in [from, to]: these are neighbours there, and of each worker. What lies outside was not seen, so the history
 * becomes a window and a cut, and two gaps of a worker of their own say what may have happened: one before, one behind.
 * Stamps closer than the uncertainty may have come in either order, so the gaps matter at both ends.
 */
#ifndef TRACE_RANGE_H
#define TRACE_RANGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "trace_header.h"
#include "wscheck/event.h"

/* All zero: everything. */
struct trace_range {
	bool is_given;
	uint64_t from_ns, to_ns; /* since `origin` */
	uint64_t origin;         /* stamp of the first event of the whole, gaps not counted */
	uint64_t from, to;       /* stamps */
	bool begins_late;        /* something lies before */
	bool ends_early;         /* something lies behind; known at the end */
	uint64_t hidden_until;   /* to which what is not seen before may last */
	uint32_t stranger;       /* id of no worker */
};

/* For a history of these workers (ascending); `header` is made that of a window, if it is one. */
void trace_range_begin(struct trace_range *range, struct trace_header *header, const uint32_t *workers, size_t count);

/* Whether everything is read. */
static inline bool trace_range_is_whole(const struct trace_range *range)
{
	return !range->begins_late && !range->ends_early;
}

/* A gap that is not handed out may last into the range. */
void trace_range_pass(struct trace_range *range, const struct wsc_event *event);

/* What stands for all that lies before the range, and behind it: from the next event on, to the last of the whole. */
struct wsc_event trace_range_before(const struct trace_range *range);
struct wsc_event trace_range_behind(const struct trace_range *range, uint64_t next, uint64_t last);

#endif
