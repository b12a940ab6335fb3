/* SPDX-License-Identifier: MIT */
/*
 * What of one task is under way after its events so far: pushes that wait, takes in hand, runs, suspensions, and the
 * entries that cancelled lives left. It tells a story that begins in the middle of a task's history what it has to know
 * of before. Plainer than the ownership machine, which has decided already: of what an event may be, the likeliest is
 * taken. Bounded; `incomplete` says that something was let go of.
 */
#ifndef CHECK_OPEN_ENDS_H
#define CHECK_OPEN_ENDS_H

#include "trace_header.h"
#include "violation.h"

struct diagnosis_rules {
	const struct trace_header *header;
	uint64_t visible;     /* stamps after which a push is certainly visible */
	uint64_t uncertainty; /* stamps */
};

/* Whether `worker` takes from `queue` without stealing. */
bool diagnosis_may_take(const struct trace_header *header, uint32_t queue, uint32_t worker);

/* An event, when its operation took effect, its place in the trace, and a number of the caller's. */
struct told {
	struct wsc_event event;
	struct violation_span span;
	uint64_t serial;
	uint64_t tag;
};

/* Whether `a` is told after `b`: by stamps, and by their order in the trace where these are equal. */
static inline bool told_after(const struct told *a, const struct told *b)
{
	return a->event.ts != b->event.ts ? a->event.ts > b->event.ts : a->serial > b->serial;
}

/*
 * One thing under way. `other`: of a PUSH, the first use of the slot though it waited; of what is HELD, or STALE, its push; or
 * kind 0: none.
 */
struct open_end {
	uint16_t role; /* VIOLATION_OPEN_*, one of the first five */
	struct told begin, other;
};

enum { OPEN_ENDS_MAX = 6, OPEN_ENDS_EVENTS_MAX = 2 * OPEN_ENDS_MAX };

/* The oldest first. */
struct open_ends {
	struct open_end list[OPEN_ENDS_MAX];
	unsigned count;
	bool incomplete;
};

/* The event takes effect. */
void open_ends_step(struct open_ends *ends, const struct diagnosis_rules *rules, const struct told *told);

/* The push that the event, a take or a start, would take; or NULL. */
const struct open_end *open_ends_taken(const struct open_ends *ends, const struct diagnosis_rules *rules,
                                       const struct told *told);
/* The latest one of that role, or NULL. `worker`: NULL: any. */
const struct open_end *open_ends_latest(const struct open_ends *ends, unsigned role, const uint32_t *worker);
/* The oldest push of a slot that was used again though it waited, or NULL. `queue`: NULL: any. */
const struct open_end *open_ends_reused(const struct open_ends *ends, const uint32_t *queue);
/* Whether what is HELD may as well be the entry that a cancelled life had left in that queue. */
bool open_ends_doubts(const struct open_ends *ends, const struct open_end *held);
/* The take that the event, a cancellation, shows to have been of such an entry, which its worker drops; or NULL. */
const struct open_end *open_ends_dropped(const struct open_ends *ends, const struct told *told);

/* A new life of a task that is no slot began: what is left of those before is their runs. */
void open_ends_begin_life(struct open_ends *ends, const struct trace_header *header);

/* Writes their events by time, with the roles in `span.open`, and returns how many. */
size_t open_ends_list(const struct open_ends *ends, struct told list[OPEN_ENDS_EVENTS_MAX]);
/* The reverse: adds what was listed. */
void open_ends_restore(struct open_ends *ends, const struct told *list, size_t count);

#endif
