/* SPDX-License-Identifier: MIT */
/*
 * A work-stealing thread pool for fully strict fork-join computations.
 *
 * A task runs to its end and never blocks. To fork, it names a continuation, a task that takes its place: the
 * continuation inherits the parent and is queued when the task and all children it forked have completed.
 *
 *	struct task *join = ...; task_init(worker, join, run_join);
 *	task_then(task, join, 2);                            two children will be forked
 *	task_init(worker, left, run_part); worker_fork(worker, join, left); ... and right
 *
 * A task without a parent is the last of its computation: when it completes, pool_run() returns. Until then every task
 * stays in memory; then all are freed at once. The pool records what it does with wscheck's recorder: each call stands
 * in pool.c where the table of <wscheck/record.h> wants it.
 *
 * Out of memory ends the program: this is a sample.
 */
#ifndef POOL_POOL_H
#define POOL_POOL_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bugs.h"
#include "sleepers.h"
#include "wscheck/record.h"

enum { POOL_WORKERS_MAX = SLEEPERS_MAX, POOL_BATCH_MAX = 64, POOL_STALL_MS = 300 };

struct worker;
struct task;

/*
 * What a task does. `again` is false in a sound pool. True: a defect made it run a second time; it may do its
 * arithmetic, but it must not fork, store a result or change anything that others use.
 */
typedef void task_run(struct worker *worker, struct task *task, bool again);

/* Stands at the beginning of what the user of the pool calls a task. Private to the pool, but for task_init(). */
struct task {
	uint64_t id; /* unique in the pool's life, never 0 */
	task_run *run;
	struct task *parent;      /* waits for this one; NULL: the last task of a computation */
	_Atomic uint32_t pending; /* children that this one, a continuation, still waits for */
	_Atomic uint32_t runs;    /* how often it was started */
};

struct pool_options {
	unsigned workers; /* 1..POOL_WORKERS_MAX */
	unsigned batch;   /* tasks a thief takes in one attempt, 1..POOL_BATCH_MAX */
	uint64_t seed;    /* of the thieves' choice of victims */
	enum bug bug;
	wsc_recorder *recorder; /* or NULL */
};

/* Sums over all workers. */
struct pool_counts {
	uint64_t done;     /* tasks that completed for the first time */
	uint64_t repeated; /* runs of tasks that had run before */
	uint64_t stolen;   /* tasks taken by thieves */
};

enum pool_end { POOL_DONE, POOL_STALLED };

/* Starts the workers. NULL: threads or memory are lacking. */
struct pool *pool_create(const struct pool_options *options);

/*
 * Runs `first` and all that follows from it. By one thread, which is not a worker: it queues the task in a deque of its
 * own, from which the workers steal, and waits. POOL_STALLED: all workers have slept for POOL_STALL_MS and the
 * computation is not done. They will sleep forever, and the pool is of no use any more, but must not be freed.
 */
enum pool_end pool_run(struct pool *pool, struct task *first);

/* The thread that calls pool_run() as a worker: for worker_alloc() and task_init() of the first task. */
struct worker *pool_outside(struct pool *pool);

/* What was counted so far; a little old while the workers work. */
void pool_counts(struct pool *pool, struct pool_counts *counts);

/*
 * Stops the workers, stores the exact counts in *counts if it is not NULL, and frees everything. Not while pool_run()
 * runs, and not after POOL_STALLED.
 */
void pool_free(struct pool *pool, struct pool_counts *counts);

/* The rest is called by a running task, with the worker that runs it. */

/* Memory for a task, valid until pool_run() returns. */
void *worker_alloc(struct worker *worker, size_t bytes);

/* A new task, with an id of its own. */
void task_init(struct worker *worker, struct task *task, task_run *run);

/* `continuation` takes the place of the running task and waits for it and for as many children as said. Once per task.
 */
void task_then(struct task *task, struct task *continuation, uint32_t children);

/* Queues a child of the continuation. */
void worker_fork(struct worker *worker, struct task *continuation, struct task *child);

#endif
