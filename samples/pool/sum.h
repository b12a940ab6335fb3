/* SPDX-License-Identifier: MIT */
/*
 * The pool's work: a sum over many elements, each of which costs some arithmetic, taken block by block.
 *
 * A job is a few independent series. A series is a chain of steps: a step forks one small block, a binary tree of at
 * most 2^SUM_BLOCK_LEAVES_LOG2 leaves, and when the block has been added up the next step begins. That is the shape of
 * an iterative solver with a parallel loop in each iteration. It keeps deques nearly empty and thieves hungry, which is
 * where work-stealing schedulers go wrong.
 *
 * A block of f leaves is f leaves, f-1 splits and f-1 joins: 3f-2 tasks.
 */
#ifndef POOL_SUM_H
#define POOL_SUM_H

#include <stdint.h>

#include "pool.h"

enum { SUM_BLOCK_LEAVES_LOG2 = 6, SUM_JOB_TASKS_MIN = 100, SUM_SERIES_TASKS_MIN = 32 };

struct sum_job {
	uint64_t seed;   /* decides the elements and the sizes of the blocks */
	uint64_t rounds; /* arithmetic per element, from sum_calibrate() */
	uint64_t tasks;  /* exactly so many tasks, at least SUM_JOB_TASKS_MIN */
	unsigned series; /* at least 1; fewer are made if they would be shorter than SUM_SERIES_TASKS_MIN tasks */
};

/* The rounds that take about `grain_ns` here and now. */
uint64_t sum_calibrate(uint64_t grain_ns);

/* Adds the job up on the pool and stores the sum in *sum; one call at a time. What it returns is what pool_run() says.
 */
enum pool_end sum_parallel(struct pool *pool, const struct sum_job *job, uint64_t *sum);

/* The same sum without the pool. */
uint64_t sum_sequential(const struct sum_job *job);

#endif
