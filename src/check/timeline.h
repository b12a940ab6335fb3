/* SPDX-License-Identifier: MIT */
/*
 * What a worker did with its time, over time: how much of each stretch of the trace it ran tasks, stole and slept.
 *
 * A stretch ("bucket") begins at a multiple of its width, which is a power of two of stamps and doubles whenever the
 * trace outgrows TIMELINE_BUCKETS of them, as in depth.h: memory is bounded whatever the length of the trace, and the
 * timelines of different workers have common bounds. Every interval is divided among the buckets to the stamp:
 * the sums over all buckets are the worker's totals (worker_stats).
 */
#ifndef CHECK_TIMELINE_H
#define CHECK_TIMELINE_H

#include <stdbool.h>
#include <stdint.h>

/* TIMELINE_OVERLAP: time that counts as stealing or parked, and as busy, too (within a run that joins others). */
enum timeline_state { TIMELINE_BUSY, TIMELINE_STEALING, TIMELINE_PARKED, TIMELINE_OVERLAP, TIMELINE_STATES };

enum {
	TIMELINE_BUCKETS = 256,
	TIMELINE_WORKERS_MAX = 1024 /* only the first workers that do anything have a timeline */
};

struct timeline {
	uint64_t first; /* number of the first bucket: stamp >> shift */
	unsigned shift; /* a bucket is 2^shift stamps wide */
	unsigned count; /* of the buckets used; the others are zero */
	uint64_t time[TIMELINE_BUCKETS][TIMELINE_STATES];
};

/* Of all workers of a trace. */
struct timeline_budget {
	unsigned timelines;
	bool no_memory;
};

/* The slow path: an interval that is not within one bucket that is there. */
void timeline_spread(struct timeline *timeline, enum timeline_state state, uint64_t from, uint64_t to);

/* Adds [from, to] to the time in this state; `from` is less than `to`. */
static inline void timeline_add(struct timeline *timeline, enum timeline_state state, uint64_t from, uint64_t to)
{
	uint64_t bucket = (from >> timeline->shift) - timeline->first;
	if (__builtin_expect(bucket < timeline->count && (from ^ to) >> timeline->shift == 0, 1))
		timeline->time[bucket][state] += to - from;
	else
		timeline_spread(timeline, state, from, to);
}

/* An empty one, or NULL: there are enough, or no memory (the budget says which). */
struct timeline *timeline_create(struct timeline_budget *budget);

#endif
