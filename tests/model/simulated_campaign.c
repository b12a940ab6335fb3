/* SPDX-License-Identifier: MIT */
#include "simulated_campaign.h"

#include <inttypes.h>

#include "analysis.h"
#include "disagreement.h"
#include "model_waiting.h"
#include "simulated_verdict.h"

enum { TRIES_PER_RUN_MAX = 400 };

static void note(FILE *notes, const struct sim_plan *plan, uint64_t seed, const char *what)
{
	if (notes != NULL)
		fprintf(notes, "# %s: simulate -p %s -F %s -z %s -o %" PRIu64 "\n", what, sim_preset_name(plan->preset),
		        sim_fault_name(plan->fault), plan->small ? "small" : "large", seed);
}

bool sim_legal_is_good(const struct sim_legal *legal)
{
	return legal->errors == 0 && legal->untrue == 0 && legal->differ == 0 &&
	       legal->must_pass == legal->passed + legal->undecided;
}

bool sim_faulty_is_good(const struct sim_faulty *faulty)
{
	return faulty->provable == faulty->reported && faulty->unprovable == faulty->silent && faulty->untrue == 0 &&
	       faulty->differ == 0;
}

static void run_legal(enum sim_preset preset, uint64_t seed, bool small, FILE *notes, struct sim_legal *legal)
{
	struct sim_plan plan;
	struct sim_run run;
	struct sim_verdict verdict;
	struct model_result model;
	bool is_undecided, differs;

	sim_plan_draw(&plan, preset, SIM_FAULT_NONE, seed, small);
	sim_run_make(&plan, &run);
	sim_verdict_reach(&plan, &run, false, &verdict);
	is_undecided = (verdict.reasons & (ANALYSIS_REASON_AMBIGUOUS | ANALYSIS_REASON_UNCHECKED_ORDER)) != 0 &&
	               (plan.identity == WSC_IDENTITY_RECYCLED || plan.frees_cancelled || verdict.undecided_stays > 0);
	differs = verdict.failed || run.stuck;
	if (small && run.fits && model_run(&run.declared, &model)) {
		legal->judged++;
		differs |= disagreement_exists(&run.declared, true);
	}
	legal->runs++;
	legal->events += run.count;
	legal->tasks += run.tasks;
	legal->steals += verdict.steals;
	legal->errors += verdict.errors;
	legal->warnings += verdict.counts[WSC_VIOLATION_IDLE_WHILE_WORK] + verdict.counts[WSC_VIOLATION_FALSE_EMPTY];
	legal->untrue += verdict.wrong;
	legal->must_pass += verdict.must_pass;
	legal->passed += verdict.must_pass && verdict.is_pass;
	legal->undecided += verdict.must_pass && !verdict.is_pass && is_undecided;
	legal->differ += differs;
	if (differs)
		note(notes, &plan, seed, run.stuck ? "stuck" : "the model disagrees");
	if (verdict.wrong > 0)
		note(notes, &plan, seed, "not true");
	if (verdict.must_pass && !verdict.is_pass && !is_undecided)
		note(notes, &plan, seed, "no pass");
	sim_run_free(&run);
}

void sim_campaign_legal(enum sim_preset preset, uint64_t seed, uint64_t count, FILE *notes, struct sim_legal *legal)
{
	for (uint64_t i = 0; i < count; i++) {
		run_legal(preset, seed + i, true, notes, legal);
		run_legal(preset, seed + i, false, notes, legal);
	}
}

/* What the model says of the run. */
struct claims {
	bool is_wrong;   /* something certainly is, with a task or queue */
	bool is_its;     /* ... and with the fault's task: then a report on it is of the fault, or of what came of it */
	bool is_unknown; /* it can't tell of all */
};

static bool concerns(const struct sim_plan *plan, const struct sim_mishap *mishap, const struct wsc_event *event)
{
	if (event->kind == WSC_EV_STEAL_FAILURE)
		return plan->fault == SIM_FAULT_FALSE_EMPTY && event->worker == mishap->worker &&
		       event->queue == mishap->queue;
	return event->kind == WSC_EV_PARKED && sim_fault_sleeper(plan->fault, mishap) == (int)event->worker;
}

static struct claims read_claims(const struct sim_plan *plan, const struct sim_run *run,
                                 const struct model_result *model)
{
	struct claims claims = {0};

	for (size_t i = 0; i < model->task_count; i++) {
		const bool is_wrong = model->tasks[i].claim == MODEL_SOME || model->tasks[i].kinds != 0;
		claims.is_wrong |= is_wrong;
		claims.is_its |= is_wrong && model->tasks[i].task == run->mishap.task;
		claims.is_unknown |= model->tasks[i].claim == MODEL_ANY;
	}
	for (size_t i = 0; i < model->queue_count; i++) {
		claims.is_wrong |= model->queues[i].order == MODEL_OUT_OF_ORDER;
		claims.is_unknown |= model->queues[i].order == MODEL_ORDER_UNKNOWN;
	}
	for (size_t i = 0; i < run->count; i++) {
		const struct wsc_event *event = &run->declared.events[i];
		enum model_wait wait;

		if (!concerns(plan, &run->mishap, event))
			continue;
		wait = event->kind == WSC_EV_PARKED ? model_slept(&run->declared, model, (int)i, plan->idle_ns)
		                                    : model_told_empty(&run->declared, model, (int)i);
		claims.is_wrong |= wait == MODEL_WAIT_CERTAIN;
		claims.is_unknown |= wait == MODEL_WAIT_DOUBTFUL;
	}
	return claims;
}

/* False: the model can't take it. */
static bool judge_small(const struct sim_plan *plan, const struct sim_run *run, const struct sim_verdict *verdict,
                        struct sim_faulty *faulty, const char **what)
{
	struct model_result model;
	struct claims claims;

	if (!run->fits || !model_run(&run->declared, &model))
		return false;
	claims = read_claims(plan, run, &model);
	faulty->small++;
	bool is_named = verdict->names_mishap || (claims.is_its && verdict->names_task);
	/* Of the order of slots, and beside entries that cancelled lives left, it may say that it does not know. */
	bool is_open = (plan->identity == WSC_IDENTITY_RECYCLED || history_cancels(&run->declared)) &&
	               verdict->undecided_stays > 0 && !is_named;
	if (claims.is_wrong && !is_open) {
		faulty->provable++;
		faulty->reported += is_named;
		if (!is_named)
			*what = "missed";
	} else if (claims.is_wrong || claims.is_unknown) {
		faulty->unclaimed++;
	} else {
		faulty->unprovable++;
		faulty->silent += !verdict->names_mishap;
		if (verdict->names_mishap)
			*what = "said without proof";
	}
	if (disagreement_exists(&run->declared, false)) {
		faulty->differ++;
		*what = "the model disagrees";
	}
	return true;
}

/* False: the fault had no occasion, or the model can't take the history. */
static bool run_faulty(const struct sim_plan *plan, uint64_t seed, FILE *notes, struct sim_faulty *faulty)
{
	struct sim_run run;
	struct sim_verdict verdict;
	const char *what = NULL;
	bool counts;

	faulty->tries++;
	sim_run_make(plan, &run);
	counts = run.mishap.happened;
	if (counts) {
		sim_verdict_reach(plan, &run, false, &verdict);
		if (plan->small)
			counts = judge_small(plan, &run, &verdict, faulty, &what);
	}
	if (counts) {
		faulty->large += !plan->small;
		faulty->noticed += !plan->small && verdict.names_mishap;
		faulty->untrue += verdict.wrong;
		faulty->differ += verdict.failed;
		if (verdict.wrong > 0)
			what = "not true";
	}
	if (what != NULL)
		note(notes, plan, seed, what);
	sim_run_free(&run);
	return counts;
}

bool sim_campaign_faulty(enum sim_fault fault, uint64_t seed, uint64_t small, uint64_t large, FILE *notes,
                         struct sim_faulty *faulty)
{
	uint64_t wanted = small + large, made = 0;

	for (uint64_t i = 0; made < wanted && i < wanted * TRIES_PER_RUN_MAX; i++) {
		struct sim_plan plan;

		sim_plan_draw(&plan, (enum sim_preset)(i % SIM_PRESET_COUNT), fault, seed + i, made < small);
		made += run_faulty(&plan, seed + i, notes, faulty);
	}
	return made == wanted;
}
