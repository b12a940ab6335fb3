/* SPDX-License-Identifier: MIT */
/*
 * What the evidence of a report shows, what usually causes that, and which reports have one cause. Works on what the
 * second pass gathered (story.h); pure.
 */
#ifndef CHECK_DIAGNOSIS_H
#define CHECK_DIAGNOSIS_H

#include "analysis.h"
#include "cause.h"
#include "open_ends.h"

/* Fills in `what`, `proof`, `rival`, `push` and `waits_in`. */
void diagnosis_read(const struct diagnosis_rules *rules, struct violation *violation);

/* RUN_UNTAKEN: whether it waited in a queue that is taken for the deque of a worker that is not there. */
bool diagnosis_lacks_owner(const struct violation *violation);

/*
 * RUN_UNTAKEN: where the worker had taken what a cancelled life had left, 1 + the place of that take, after which it did
 * nothing else with the task; else 0.
 */
size_t diagnosis_dead_take(const struct violation *violation);

/* Fills in `causes` and `story` of all reports, from what is known of each, `facts` included. NOMEM. */
enum wsc_status diagnosis_conclude(const struct diagnosis_rules *rules, struct analysis_result *result);

#endif
