/* SPDX-License-Identifier: MIT */
/* What the engine says of a simulated run, held against what really happened. */
#ifndef MODEL_SIMULATED_VERDICT_H
#define MODEL_SIMULATED_VERDICT_H

#include "simulated_run.h"
#include "violation.h"

struct sim_verdict {
	bool failed; /* the engine gave up */
	bool is_pass, must_pass;
	unsigned reasons; /* why it is no pass: ANALYSIS_REASON_* */
	uint64_t counts[WSC_VIOLATION_KIND_COUNT];
	uint64_t steals;
	uint64_t undecided_stays; /* whose order it says that it did not check */
	uint64_t errors;          /* reports of that severity */
	uint64_t wrong;           /* reports, warnings too, that are not true, or not a consequence of the mishap */
	bool names_task;          /* any report is on the fault's task */
	bool names_mishap;        /* a report of a kind and on a task that the mishap explains */
};

/* The worker that may seem to have slept too long on account of the fault; -1: none. */
int sim_fault_sleeper(enum sim_fault fault, const struct sim_mishap *mishap);

/* With `print`, each report goes to standard output behind a #, wrong ones behind #!. */
void sim_verdict_reach(const struct sim_plan *plan, const struct sim_run *run, bool print, struct sim_verdict *verdict);

#endif
