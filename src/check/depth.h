/* SPDX-License-Identifier: MIT */
/*
 * How many tasks wait in a queue, over time: totals, the greatest depth, and for each stretch of time the greatest depth
 * in it.
 *
 * A stretch ("bucket") begins at a multiple of its width, which is a power of two of stamps and doubles whenever the
 * trace outgrows DEPTH_BUCKETS of them: memory is bounded whatever the length of the trace, and series of different
 * traces or queues have common bounds. Only the first DEPTH_SERIES_MAX queues that are pushed to have a series; totals are
 * kept of all. A
 * bucket without a change has the depth that was carried into it. A stamp that runs backwards counts in the present
 * bucket. A push that fails counts until it is taken back.
 */
#ifndef CHECK_DEPTH_H
#define CHECK_DEPTH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { DEPTH_BUCKETS = 256, DEPTH_SERIES_MAX = 1024 };

struct depth_series {
	uint64_t first; /* number of the first bucket: stamp >> shift */
	unsigned shift; /* a bucket is 2^shift stamps wide */
	unsigned count; /* of the buckets used */
	uint32_t max[DEPTH_BUCKETS];
};

/* Of one queue; all zero at first. */
struct depth {
	uint64_t pushes;
	uint64_t takes;  /* by whoever is no thief */
	uint64_t steals; /* tasks */
	uint64_t max_ts; /* when the greatest depth was reached first */
	uint32_t max;
	bool has_series;     /* or will have one */
	uint32_t here;       /* the greatest in the present bucket */
	uint64_t bucket_end; /* stamps from here on belong to a later bucket; 0: there is none yet */
	struct depth_series *series;
};

/* Of all queues of a trace. */
struct depth_budget {
	unsigned series;
	bool no_memory;
};

/* Once for each queue, before its first push: it gets a series if the budget has one left. */
void depth_admit(struct depth_budget *budget, struct depth *depth);

/* The slow path: a stamp beyond the present bucket, and the depth carried to it. */
void depth_move(struct depth_budget *budget, struct depth *depth, uint64_t ts, uint32_t carried);

/* A push at `ts` made the queue `after` deep. */
static inline void depth_pushed(struct depth_budget *budget, struct depth *depth, uint64_t ts, uint32_t after)
{
	depth->pushes++;
	if (__builtin_expect(ts >= depth->bucket_end, 0))
		depth_move(budget, depth, ts, after - 1);
	if (__builtin_expect(after > depth->here, 0)) {
		depth->here = after;
		if (after > depth->max) {
			depth->max = after;
			depth->max_ts = ts;
		}
	}
}

/* A take at `ts` from a queue that was `before` deep. */
static inline void depth_taken(struct depth_budget *budget, struct depth *depth, uint64_t ts, uint32_t before,
                               bool steal)
{
	depth->takes += !steal;
	depth->steals += steal;
	if (__builtin_expect(ts >= depth->bucket_end, 0))
		depth_move(budget, depth, ts, before);
}

/* The trace ends at `ts`, and the queue is `left` deep. The series is whole then. */
void depth_end(struct depth_budget *budget, struct depth *depth, uint64_t ts, uint32_t left);

void depth_free(struct depth *depth);

#endif
