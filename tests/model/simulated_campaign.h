/* SPDX-License-Identifier: MIT */
/* Many simulated runs of one kind, and what came of them: simulate.c prints it, a unit test insists on it. */
#ifndef MODEL_SIMULATED_CAMPAIGN_H
#define MODEL_SIMULATED_CAMPAIGN_H

#include <stdio.h>

#include "simulated_run.h"

/* Runs of sound schedulers. */
struct sim_legal {
	uint64_t runs, events, tasks, steals;
	uint64_t judged;            /* small ones that the model could judge */
	uint64_t errors;            /* reported: each is false */
	uint64_t warnings, untrue;  /* idle_while_work and false_empty; not so in truth */
	uint64_t must_pass, passed; /* whole, ended clean; of these the verdict was pass */
	uint64_t undecided;         /* ... or too many lives of a slot were open at once to tell */
	uint64_t differ;            /* engine and model disagree, a call failed, or the run got stuck */
};

/* Runs with one fault. Small ones are judged by the model, large ones held against the truth alone. */
struct sim_faulty {
	uint64_t small, provable,
	    reported;                /* reported: of the provable ones, with a kind and task that the fault explains */
	uint64_t unprovable, silent; /* silent: of the unprovable ones */
	uint64_t unclaimed;          /* the model can't tell */
	uint64_t large, noticed;     /* noticed: with a report that the fault explains */
	uint64_t untrue;             /* reports that neither the fault nor the truth explains */
	uint64_t differ;
	uint64_t tries; /* seeds used up: not each run has an occasion for the fault */
};

/* Whether all is as it must be. */
bool sim_legal_is_good(const struct sim_legal *legal);
bool sim_faulty_is_good(const struct sim_faulty *faulty);

/* One small and one large run for each seed in [seed, seed + count). What is wrong is said on `notes`, unless that is NULL.
 */
void sim_campaign_legal(enum sim_preset preset, uint64_t seed, uint64_t count, FILE *notes, struct sim_legal *legal);

/* As many small and large runs in which the fault happened, of every scheduler that can have it. False: there are none. */
bool sim_campaign_faulty(enum sim_fault fault, uint64_t seed, uint64_t small, uint64_t large, FILE *notes,
                         struct sim_faulty *faulty);

#endif
