/* SPDX-License-Identifier: MIT */
/*
 * What the evidence of a report shows, what usually causes that, and which reports have one cause. Works on what the
 * second pass gathered (story.h); pure.
 */
#ifndef CHECK_DIAGNOSIS_H
#define CHECK_DIAGNOSIS_H

#include "analysis.h"
#include "cause.h"

#define DIAGNOSIS_NO_PUSH UINT64_MAX

/* What the second pass saw around one report, beside its events. */
struct diagnosis_facts {
	/* LEFT: pushes on the queue up to the task's, with it. TWO_TAKES: up to the first of the two takes. */
	uint64_t pushes;
	/* Latest stamps, 0: none. Of the beginning of an attempt on the queue that was answered `empty`; and of the
	   queue's owner looking elsewhere, or going to sleep: it does so only when its own queue seems empty. */
	uint64_t empty_ts, owner_away_ts;
};

struct diagnosis_rules {
	const struct trace_header *header;
	uint64_t visible; /* stamps after which a push is certainly visible */
};

/* Whether `worker` takes from `queue` without stealing. */
bool diagnosis_may_take(const struct trace_header *header, uint32_t queue, uint32_t worker);

/* Fills in `what`, `proof`, `rival`, `push` and `waits_in`. */
void diagnosis_read(const struct diagnosis_rules *rules, struct violation *violation);

/* Fills in `causes` and `story` of all reports. `facts`: one for each. NOMEM. */
enum wsc_status diagnosis_conclude(const struct diagnosis_rules *rules, struct analysis_result *result,
                                   const struct diagnosis_facts *facts);

#endif
