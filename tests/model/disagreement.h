/* SPDX-License-Identifier: MIT */
/* Where the engine and the model say different things about one history. */
#ifndef MODEL_DISAGREEMENT_H
#define MODEL_DISAGREEMENT_H

#include "history.h"
#include "model.h"

/* What the engine says, in the model's words. */
struct engine_result {
	unsigned kinds[HISTORY_TASKS_MAX];            /* by place in model_result.tasks */
	bool gave_up[HISTORY_TASKS_MAX];              /* ... it says that it follows too few of its courses */
	bool out_of_order[HISTORY_TASKS_MAX];         /* by place in model_result.queues */
	bool unchecked[HISTORY_TASKS_MAX];            /* the queue's order could not be checked */
	uint64_t told_empty[HISTORY_EVENTS_MAX / 64]; /* a bit by event: this answer was reported */
	uint64_t slept[HISTORY_EVENTS_MAX / 64];      /* ... the park that it begins */
	bool false_empty;                             /* some thief was told `empty` wrongly */
	bool failed;                                  /* a call failed */
	bool is_pass, is_crowded;
	bool is_open;             /* it says of some stays that it does not know */
	const char *lane_differs; /* what it says else without its fast lane, or NULL */
};

/* Runs the engine; the tasks and queues are those of `model`. `no_courses`: as if the history were long. */
void engine_run(const struct history *history, const struct model_result *model, bool no_courses,
                struct engine_result *engine);

/* `is_legal`: a sound scheduler made it, so that no error may be reported, whatever the model thinks, nor a
 * thief's `empty` be doubted. */
bool disagreement_exists(const struct history *history, bool is_legal);

/* Queues that the model proves to be out of order, of which the engine says only that it does not know. */
unsigned disagreement_undecided(const struct history *history, const struct model_result *model);

/* Drops events while the disagreement persists. */
void disagreement_minimize(struct history *history, bool is_legal);

/* The history as JSON Lines, behind lines with a # that say who says what. */
void disagreement_print(const struct history *history);

#endif
