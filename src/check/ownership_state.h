/* SPDX-License-Identifier: MIT */
/*
 * Inside the ownership machine: what ownership.c, the table for tasks, and slot.c, the one for recycled handles, share.
 * Not for others.
 */
#ifndef CHECK_OWNERSHIP_STATE_H
#define CHECK_OWNERSHIP_STATE_H

#include "ownership.h"

enum {
	/* What belongs to the present life; the rest outlives it. */
	LIFE_FLAGS = OWNERSHIP_RAN | OWNERSHIP_COMPLETED | OWNERSHIP_CANCELLED | OWNERSHIP_SUSPENDED |
	             OWNERSHIP_INLINE | OWNERSHIP_DISPUTED | OWNERSHIP_PINNED,
	REPORT_NONE = -1
};

static inline bool has(const struct ownership *s, unsigned flag)
{
	return (s->flags & flag) != 0;
}

static inline void set(struct ownership *s, unsigned flags)
{
	s->flags = (uint16_t)(s->flags | flags);
}

static inline void clear(struct ownership *s, unsigned flags)
{
	s->flags = (uint16_t)(s->flags & ~flags);
}

/* Whether something of the task may not have been seen. */
static inline bool is_vague(const struct ownership_rules *rules, const struct ownership *s)
{
	return rules->vague || has(s, OWNERSHIP_VAGUE);
}

static inline void put(struct ownership *s, enum ownership_place where, uint32_t place)
{
	s->where = (uint8_t)where;
	s->place = where == OWNERSHIP_NOWHERE ? 0 : place;
	clear(s, OWNERSHIP_DISPUTED | OWNERSHIP_PINNED);
	if (!has(s, OWNERSHIP_AWAITED))
		s->awaited = 0;
}

/* A take of what was never queued is no longer explained by a `queued` that comes too late. */
static inline void no_longer_awaited(struct ownership *s)
{
	if (has(s, OWNERSHIP_AWAITED))
		s->awaited = 0;
	clear(s, OWNERSHIP_AWAITED);
	if (s->before_flags == OWNERSHIP_AWAITED)
		s->before_place = 0;
	s->before_flags = (uint16_t)(s->before_flags & ~(unsigned)OWNERSHIP_AWAITED);
}

/* The `queued` on that queue is the missing one, unless it fails. */
static inline void found_missing(struct ownership *s, uint32_t queue)
{
	no_longer_awaited(s);
	if (s->where == OWNERSHIP_QUEUED) /* an earlier push may fail still */
		return;
	s->before_flags = OWNERSHIP_AWAITED;
	s->before_place = queue;
}

/* Awaits it again if it was the missing one that failed. False: it was not. */
static inline bool await_again(struct ownership *s, uint32_t queue)
{
	if (s->before_flags != OWNERSHIP_AWAITED || s->before_place != queue)
		return false;
	s->before_flags = 0;
	s->before_place = 0;
	set(s, OWNERSHIP_AWAITED);
	s->awaited = queue;
	return true;
}

/* Of what a push that fails would bring back, nothing is known any more. */
static inline void drop_before(struct ownership *s)
{
	s->before_flags = 0;
	s->before_where = OWNERSHIP_NOWHERE;
	s->before_place = 0;
}

static inline void begin_life(struct ownership_outcome *out)
{
	clear(&out->state, LIFE_FLAGS);
	set(&out->state, OWNERSHIP_LIFE);
	out->new_life = true;
}

/* The first outcome of a step, to be changed in place. */
struct ownership_outcome *ownership_begin(struct ownership_step *step, const struct ownership *state);
/* A further legal outcome, from the same state; the first time, the first one. */
struct ownership_outcome *ownership_also(struct ownership_step *step, const struct ownership *state, bool *first);

static inline void add_count(uint16_t *count)
{
	*count = (uint16_t)(*count + (*count < UINT16_MAX));
}

/* NULL: neither runs nor holds anything. */
struct ownership_runner *ownership_runner(struct ownership *s, uint32_t worker);
/* NULL: there is no room, and it is said that there is none. */
struct ownership_runner *ownership_add_runner(struct ownership *s, uint32_t worker);
void ownership_drop_idle_runner(struct ownership *s, struct ownership_runner *r);
/* The bit of `maybe` that stands for the worker. */
uint32_t ownership_bit_of(uint32_t worker);
/* Ends the run on `worker`, or on another where it does not run there. Returns the report that this deserves. */
int ownership_end_run(const struct ownership_rules *rules, struct ownership *s, uint32_t worker);
/* Whether it may be running where no start was seen. */
bool ownership_may_run_unseen(const struct ownership_rules *rules, const struct ownership *s);

/* The entries that cancelled lives left in the queue: -1, or the place of their count. */
int ownership_stale_at(const struct ownership *s, uint32_t queue);
void ownership_add_stale(struct ownership *s, uint32_t queue);
void ownership_drop_stale(struct ownership *s, int at);
/* What the worker has in its hand was cancelled: it will drop it, and say so with a `cancelled` of its own. */
void ownership_hold_stale(const struct ownership_rules *rules, struct ownership *s, uint32_t worker);
/* The entry at that place of the list goes from its queue to the worker's hand. */
void ownership_take_stale(const struct ownership_rules *rules, struct ownership *s, int at, uint32_t worker);
/* It may drop one now. False: it has none. */
bool ownership_may_drop_held(struct ownership *s, uint32_t worker);

/* slot.c: ownership_step() where handles are memory slots. */
void slot_step(const struct ownership_rules *rules, const struct ownership *state, const struct ownership_event *event,
               struct ownership_step *step);

#endif
