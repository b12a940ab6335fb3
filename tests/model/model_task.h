/* SPDX-License-Identifier: MIT */
/*
 * The ownership machine for one task, one event at a time, read off its table as directly as C allows. Slow and
 * obvious on purpose: it is what the engine is held against, so it shares nothing with it.
 *
 * Where the table leaves a state or a kind open (mostly after a first error), the machine sets `unclear`: from then on
 * only "something is wrong with this task" is claimed, not what.
 */
#ifndef MODEL_TASK_H
#define MODEL_TASK_H

#include "history.h"
#include "violation.h"

enum model_place {
	MODEL_NONE,
	MODEL_QUEUED,
	MODEL_TAKEN,
	MODEL_RUNNING, /* only on the workers of the set */
	MODEL_SUSPENDED,
	MODEL_COMPLETED,
	MODEL_CANCELLED
};

enum {
	MODEL_STAYS_MAX = 24,
	MODEL_LIVES_MAX = 32,
	MODEL_WORKER_BITS = 32,
	MODEL_QUEUE_IDS = 80,
	MODEL_IN_HAND = MODEL_QUEUE_IDS
};

/* One stay in a queue: the events that put it in and took it out, as indices into the history. */
struct model_stay {
	uint32_t queue;
	int push;
	int take; /* -1: never seen to leave */
	bool pinned;
	bool cancelled;
	unsigned life;
};

struct model_task {
	enum model_place place;
	uint32_t queue;    /* QUEUED: where */
	uint32_t holder;   /* TAKEN: who */
	bool disputed;     /* TAKEN by a take that was reported */
	uint32_t running;  /* set of workers */
	bool ran;          /* in this life, and not suspended since */
	bool half_run;     /* suspended in this life */
	bool ever_ran;     /* in any life */
	bool from_inline;  /* the life was never queued */
	bool was_refused;  /* a push of its next life failed: that may run inline */
	bool ever_queued;  /* in any life */
	bool missing_push; /* a take of something never queued: the next `queued` there is the missing one */
	uint32_t missing_queue;
	bool is_refused; /* a push of it failed, and nobody has queued or started it since: in whose hand it is */
	uint32_t refused_by;
	bool unclear;
	bool unknown;          /* not even whether something is wrong */
	bool life_is_over;     /* its run completed, or it was taken and taken is final */
	unsigned reports;      /* how many */
	unsigned kinds;        /* reported so far, a bit each */
	bool may_be_cancelled; /* queued again while it ran, and then its run was cancelled: the stay, too? */
	unsigned life;
	unsigned life_kinds[MODEL_LIVES_MAX];       /* reported on each life, a bit each */
	unsigned life_kinds_late[MODEL_LIVES_MAX];  /* those of them that came after its run was over */
	bool phantom;                               /* a completion without a start: what follows is unclear */
	uint8_t stale[MODEL_QUEUE_IDS];             /* entries that cancelled lives left, by queue */
	uint8_t stale_in_hand[HISTORY_WORKERS_MAX]; /* ... and that were taken, by worker */
	struct model_stay stays[MODEL_STAYS_MAX];
	size_t stay_count;
};

/* Whether a run begins or ends with the event. */
bool model_task_is_of_a_run(const struct wsc_event *event);

/* Whether the event may at all be of an entry that a cancelled life left. */
bool model_task_may_drop_stale(const struct model_task *task, const struct wsc_event *event);
/*
 * If so: whether a take, or a cancellation, may be of an entry that a cancelled life left in that queue (somebody took and dropped
 * it), or, MODEL_IN_HAND, that the worker took from one: then the caller tries both.
 */
bool model_task_may_be_stale(const struct model_task *task, const struct wsc_event *event, uint32_t queue);
void model_task_take_stale(struct model_task *task, const struct wsc_event *event, uint32_t queue);

/* Applies event `index` of the history, which must be of this task. */
void model_task_step(struct model_task *task, const struct history *history, int index);

/* The end of the history. */
void model_task_end(struct model_task *task, const struct history *history);

#endif
