/* SPDX-License-Identifier: MIT */
/*
 * A share of an analysis: of the tasks, or of the queues. Each reads all events, and keeps what is of workers alone for
 * all of them; of tasks it keeps only its own. So the shares of one trace need, each, a part of the memory, and what they
 * find is joined into what one analysis of the whole would have found (partial.h).
 *
 * A share of the tasks says what single lives tell: ownership, latencies, lives. A share of the queues says what the stays
 * in its queues tell: order, depth, `false_empty`; it follows every handle that was ever pushed to one of these, which
 * share_collect() gathers beforehand, and says nothing else of them.
 *
 * Which share a handle or a queue belongs to is part of the format of partial results (its version is raised with a
 * change here). Handles go by pages of 4,096, as finished_set.h keeps them, so that dense ones stay dense; small handles,
 * which are few, go one by one. Queues go by id: those of workers are dense.
 */
#ifndef CHECK_SHARE_H
#define CHECK_SHARE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "finished_set.h"
#include "wscheck/event.h"

enum share_kind { SHARE_WHOLE, SHARE_TASKS, SHARE_QUEUES };

enum { SHARE_COUNT_MAX = 4096 };

/* Zero: the whole. */
struct share {
	enum share_kind kind;
	uint32_t index, count;        /* unless WHOLE: index < count */
	struct finished_set *handles; /* QUEUES: those that were pushed to a queue of the share, in whatever state */
};

enum { SHARE_PAGE_BITS = 12, SHARE_SMALL_HANDLES = 1 << 16 };

static inline bool share_is_home(const struct share *share, uint64_t handle)
{
	uint64_t page = handle < SHARE_SMALL_HANDLES ? handle : handle >> SHARE_PAGE_BITS;
	/* Runs of 256 pages go around; each begins somewhere else, so that strides of powers of two spread, too. */
	uint64_t begin = (page >> 8) * UINT64_C(0x9e3779b97f4a7c15) >> 40;
	return (page + begin) % share->count == share->index;
}

/* Whether the share follows what becomes of the handle. */
static inline bool share_follows(const struct share *share, uint64_t handle)
{
	if (share->kind == SHARE_WHOLE)
		return true;
	if (share->kind == SHARE_TASKS)
		return share_is_home(share, handle);
	return finished_set_find(share->handles, handle) != FINISHED_NEVER;
}

/* Whether the share says what the queue's stays tell. */
static inline bool share_has_queue(const struct share *share, uint32_t queue)
{
	return share->kind == SHARE_WHOLE || (share->kind == SHARE_QUEUES && queue % share->count == share->index);
}

/* Whether it says what is of no task and no queue: of several shares one does. */
static inline bool share_leads(const struct share *share)
{
	return share->kind == SHARE_WHOLE || (share->kind == SHARE_TASKS && share->index == 0);
}

/* Adds the handles that the events push to a queue of the share. False: no memory. */
static inline bool share_collect(const struct share *share, const struct wsc_event *events, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (events[i].kind == WSC_EV_QUEUED && share_has_queue(share, events[i].queue) &&
		    !finished_set_put(share->handles, events[i].task, FINISHED_QUEUED))
			return false;
	}
	return true;
}

#endif
