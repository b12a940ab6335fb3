/* SPDX-License-Identifier: MIT */
/*
 * A small work-stealing scheduler: each worker has a deque behind a lock, takes the newest task of its own and steals
 * the oldest of another's. It runs a fixed set of tasks and returns when nobody finds one any more.
 */
#ifndef SCHEDULER_H
#define SCHEDULER_H

#include <wscheck/check.h>

enum { SCHEDULER_WORKERS_MAX = 16, SCHEDULER_TASKS_MAX = 1024 };

/* Defects to plant. X(NAME, "name", "what it does") */
#define SCHEDULER_BUGS(X)                                                                                              \
	X(NONE, "none", "the scheduler as it should be")                                                               \
	X(COPY, "copy", "a thief leaves the task that it takes in the queue")                                          \
	X(DROP, "drop", "a thief loses the first task that it takes")                                                  \
	X(NEWEST, "newest", "a thief takes the newest task instead of the oldest")

enum scheduler_bug {
#define SCHEDULER_BUG_ENUM(NAME, name, help) SCHEDULER_BUG_##NAME,
	SCHEDULER_BUGS(SCHEDULER_BUG_ENUM)
#undef SCHEDULER_BUG_ENUM
	    SCHEDULER_BUG_COUNT
};

struct scheduler_options {
	unsigned workers; /* 2..SCHEDULER_WORKERS_MAX */
	unsigned tasks;   /* 4..SCHEDULER_TASKS_MAX, all queued on worker 0 at first */
	enum scheduler_bug bug;
	wsc_check *check; /* NULL: unchecked */
};

/* Runs the tasks; each adds its number, from 1 on, to the sum. 0, or -1 if threads could not be started. */
int scheduler_run(const struct scheduler_options *options, unsigned long *sum);

#endif
