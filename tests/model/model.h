/* SPDX-License-Identifier: MIT */
/*
 * A slow, obvious model of what wscheck promises: every allowed order of a task's events is tried on the ownership
 * machine, and every allowed order of a queue's operations on a plain list. Exponential; for histories of a few events.
 */
#ifndef MODEL_H
#define MODEL_H

#include "history.h"
#include "violation.h"

/* What must be reported on a task. */
enum model_claim {
	MODEL_EXACT, /* exactly these kinds; none: it must not be reported at all */
	MODEL_SOME,  /* something, whatever the kind: no allowed order is legal, and several are possible */
	MODEL_ANY    /* the model does not know */
};

/* What must be said of a queue's order. */
enum model_order { MODEL_IN_ORDER, MODEL_OUT_OF_ORDER, MODEL_ORDER_UNKNOWN };

struct model_task_result {
	uint64_t task;
	enum model_claim claim;
	unsigned kinds; /* ownership kinds and those of the end, a bit each */
	bool may_run;   /* a run was seen to begin, and none to end or begin since: whatever waits, nothing is lost */
};

struct model_queue_result {
	uint32_t queue;
	enum model_order order;
	size_t operations; /* that took part in the search */
};

/* A stay in a queue that was certainly as the events say, or may have been otherwise. */
struct model_result_stay {
	uint64_t task;
	uint32_t queue;
	int push, take; /* events; a take of -1: none was seen */
	bool pinned;
};

struct model_result {
	struct model_task_result tasks[HISTORY_TASKS_MAX];
	size_t task_count;
	struct model_queue_result queues[HISTORY_TASKS_MAX];
	size_t queue_count;
	struct model_result_stay stays[HISTORY_EVENTS_MAX];
	size_t stay_count;
	uint64_t doubtful[HISTORY_TASKS_MAX]; /* tasks whose stays are not among them */
	size_t doubtful_count;
};

/* The kinds of report that the model speaks of for a task. */
unsigned model_kinds(void);

/* False: the history is beyond the model (too many tasks, queues or orders, several gaps, a window with one). */
bool model_run(const struct history *history, struct model_result *result);

#endif
