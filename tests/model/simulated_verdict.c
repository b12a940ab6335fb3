/* SPDX-License-Identifier: MIT */
#include "simulated_verdict.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "analysis.h"

#define BIT(KIND) (1U << WSC_VIOLATION_##KIND)

enum {
	TWO_COPIES = BIT(MULTIPLE_OWNERS) | BIT(DOUBLE_EXECUTION),
	LOSS = BIT(LOST_WORK) | BIT(STALLED_WORK),
	UNFINISHED = BIT(UNFINISHED_EXECUTION),
	TOO_SOON = TWO_COPIES | BIT(PROTOCOL_VIOLATION) | LOSS,
	ANY_KIND = TOO_SOON | UNFINISHED | BIT(EXEC_AFTER_CANCEL) | BIT(ORDERING_VIOLATION)
};

/*
 * The kinds of report on its own task that a fault explains, and those that may follow beside them: where two copies of a
 * task are about, or a call is missing, what comes later on that task is seen as something that it is not.
 */
static const struct {
	unsigned explained, further;
} kinds_of[SIM_FAULT_COUNT] = {
    [SIM_FAULT_OWNER_AND_THIEF] = {TWO_COPIES, ANY_KIND},
    [SIM_FAULT_TWO_THIEVES] = {TWO_COPIES, ANY_KIND},
    [SIM_FAULT_LOST_PUSH] = {LOSS, 0},
    [SIM_FAULT_DROPPED_LOOT] = {LOSS, 0},
    [SIM_FAULT_OVERFLOW_LOST] = {LOSS, 0},
    [SIM_FAULT_RUN_CANCELLED] = {BIT(EXEC_AFTER_CANCEL) | TWO_COPIES, ANY_KIND}, /* two: its handle is in use again */
    [SIM_FAULT_PUSHED_TWICE] = {TWO_COPIES | LOSS, ANY_KIND}, /* a loss: the second push came when all was done */
    [SIM_FAULT_RUN_AGAIN] = {TWO_COPIES, ANY_KIND},
    [SIM_FAULT_POLLED_TWICE] = {TWO_COPIES, ANY_KIND},
    [SIM_FAULT_RESUMED_TWICE] = {TWO_COPIES | LOSS, ANY_KIND},
    [SIM_FAULT_REUSED_EARLY] = {TWO_COPIES, ANY_KIND},
    [SIM_FAULT_NO_QUEUED] = {TOO_SOON, UNFINISHED},
    [SIM_FAULT_NO_PUSH_FAILED] = {TWO_COPIES | LOSS, 0},
    [SIM_FAULT_NO_DEQUEUED] = {TWO_COPIES | LOSS, 0},
    [SIM_FAULT_NO_SUCCESS] = {TWO_COPIES | LOSS, UNFINISHED},
    [SIM_FAULT_NO_EXEC_START] = {TOO_SOON, UNFINISHED},
    [SIM_FAULT_NO_COMPLETE] = {TWO_COPIES | UNFINISHED, 0},
    [SIM_FAULT_NO_SUSPENDED] = {TWO_COPIES, UNFINISHED},
    [SIM_FAULT_NO_RESUMED] = {TOO_SOON, UNFINISHED},
    [SIM_FAULT_NO_CANCELLED] = {TWO_COPIES | LOSS | UNFINISHED, 0},
    [SIM_FAULT_LATE_QUEUED] = {TOO_SOON, UNFINISHED},
    [SIM_FAULT_LATE_COMPLETE] = {TWO_COPIES | UNFINISHED, ANY_KIND},
};

/* A slot that is lost while it waits is seen when it is used again: it was never taken. */
static unsigned explained_by(const struct sim_plan *plan)
{
	unsigned explained = kinds_of[plan->fault].explained;

	return plan->identity == WSC_IDENTITY_RECYCLED && explained == LOSS ? LOSS | TWO_COPIES : explained;
}

/* Faults of the scheduler: the order of other tasks is as it was. Those of the recording tell of queues what never was. */
static bool is_of_recording(enum sim_fault fault)
{
	return fault >= SIM_FAULT_NO_QUEUED;
}

static bool is_of_order(enum sim_fault fault)
{
	return fault == SIM_FAULT_THIEF_NEWEST || fault == SIM_FAULT_OWNER_OLDEST || fault == SIM_FAULT_FIFO_BROKEN;
}

/* A group of close stamps that has no order any more is read as it is stamped: what is cause may seem to come later. */
static unsigned further_of(const struct sim_plan *plan)
{
	unsigned further = kinds_of[plan->fault].further;

	return plan->uncertainty_ns > 0 && is_of_recording(plan->fault) ? further | TOO_SOON : further;
}

/*
 * Whether the recording holds nothing of why a task was taken twice: the entry of a cancelled life, whose handle was used
 * again before the window began, and a drop that nobody records. Who sees no such handle in a window supposes none.
 */
static bool hides_dead_entries(const struct sim_plan *plan, const struct sim_run *run)
{
	if (!plan->frees_cancelled || !run->declared.window)
		return false;
	for (size_t i = 0; i < run->count; i++)
		for (size_t j = i + 1; run->events[i].kind == WSC_EV_CANCELLED && j < run->count; j++)
			if (run->events[j].kind == WSC_EV_QUEUED && run->events[j].task == run->events[i].task)
				return false;
	return true;
}

static bool was_left(const struct sim_run *run, uint64_t task)
{
	for (size_t i = 0; i < run->mishap.left_count; i++)
		if (run->mishap.left[i] == task)
			return true;
	return run->mishap.left_count == SIM_LEFT_MAX;
}

/* One of two was taken although the other should have gone first. Stamps may leave open which was taken first, so that
 * either may be the one that is convicted. */
static bool order_is_explained(const struct sim_plan *plan, const struct sim_run *run, const struct violation *v)
{
	bool is_its_own = v->task == run->mishap.task;

	if (is_of_order(plan->fault))
		return v->queue == run->mishap.queue && ((is_its_own && was_left(run, v->other_task)) ||
		                                         (v->other_task == run->mishap.task && was_left(run, v->task)));
	if (plan->fault == SIM_FAULT_PINNED_STOLEN)
		return is_its_own && v->other_task == 0;
	if (!is_its_own && v->other_task != run->mishap.task)
		return false;
	return is_of_recording(plan->fault) || (kinds_of[plan->fault].further & BIT(ORDERING_VIOLATION)) != 0;
}

/* What the end left undone really was. */
static bool is_open(const struct sim_run *run, const struct violation *v)
{
	bool waits = v->kind == WSC_VIOLATION_LOST_WORK || v->kind == WSC_VIOLATION_STALLED_WORK;

	if (!waits && v->kind != WSC_VIOLATION_UNFINISHED_EXECUTION)
		return false;
	for (size_t i = 0; i < run->open_count; i++)
		if (run->open[i].task == v->task && run->open[i].waits == waits)
			return true;
	return false;
}

/* The worker did sleep, and the task did wait, together for that long. Stamps may be off by the uncertainty. */
static bool slept_beside(const struct sim_plan *plan, const struct sim_run *run, const struct violation *v)
{
	uint64_t least = plan->idle_ns > 2 * plan->uncertainty_ns ? plan->idle_ns - 2 * plan->uncertainty_ns : 0;

	for (size_t p = 0; p < run->park_count; p++) {
		const struct sim_park *park = &run->parks[p];

		if (park->worker != v->workers[0])
			continue;
		for (size_t s = 0; s < run->stay_count; s++) {
			const struct sim_stay *stay = &run->stays[s];
			uint64_t from = stay->from > park->from ? stay->from : park->from;
			uint64_t until = stay->until < park->until ? stay->until : park->until;

			if (stay->task == v->task && stay->queue == v->queue && until > from && until - from >= least)
				return true;
		}
	}
	return false;
}

int sim_fault_sleeper(enum sim_fault fault, const struct sim_mishap *mishap)
{
	if (fault == SIM_FAULT_LOST_WAKEUP || fault == SIM_FAULT_NO_UNPARKED)
		return (int)mishap->worker;
	return fault == SIM_FAULT_NO_WAKE ? (int)mishap->queue : -1;
}

static bool is_true(const struct sim_plan *plan, const struct sim_run *run, const struct violation *v)
{
	const struct sim_mishap *mishap = &run->mishap;
	bool is_about_it = mishap->happened && mishap->task == v->task && v->task != 0;
	/* Of two takes of one stay the one stamped first seems to have ended it. */
	bool is_misread = is_about_it && (is_of_recording(plan->fault) || (explained_by(plan) & TWO_COPIES) != 0);

	switch (v->kind) {
	case WSC_VIOLATION_ORDERING_VIOLATION:
		return mishap->happened && order_is_explained(plan, run, v);
	case WSC_VIOLATION_IDLE_WHILE_WORK:
		return slept_beside(plan, run, v) || is_misread ||
		       (mishap->happened && sim_fault_sleeper(plan->fault, mishap) == (int)v->workers[0]);
	case WSC_VIOLATION_FALSE_EMPTY:
		return is_misread || (mishap->happened && plan->fault == SIM_FAULT_FALSE_EMPTY &&
		                      v->workers[0] == mishap->worker && v->queue == mishap->queue);
	case WSC_VIOLATION_SLOW_STEAL:
		return true; /* a matter of two stamps: see count_slow() */
	default:
		return is_open(run, v) || ((TWO_COPIES >> v->kind & 1U) != 0 && hides_dead_entries(plan, run)) ||
		       (is_about_it && ((explained_by(plan) | further_of(plan)) >> v->kind & 1U) != 0);
	}
}

/* Successes that came later than `limit` after their attempt's start. */
static uint64_t count_slow(const struct sim_run *run, uint64_t limit)
{
	uint64_t start[64] = {0}, count = 0;
	bool is_open[64] = {false};

	for (size_t i = 0; i < run->count; i++) {
		const struct wsc_event *event = &run->events[i];
		uint32_t w = event->worker;

		if (event->kind == WSC_EV_STEAL_START) {
			start[w] = event->ts;
			is_open[w] = true;
		} else if (event->kind == WSC_EV_GAP || event->kind == WSC_EV_STEAL_FAILURE) {
			is_open[w] = false;
		} else if (event->kind == WSC_EV_STEAL_SUCCESS) {
			count += is_open[w] && event->ts - start[w] > limit;
			is_open[w] = false;
		}
	}
	return count;
}

/* Whether the report is of the fault itself. */
static bool names(const struct sim_plan *plan, const struct sim_run *run, const struct violation *v)
{
	const struct sim_mishap *mishap = &run->mishap;

	if (!mishap->happened || v->kind == WSC_VIOLATION_SLOW_STEAL)
		return false;
	if (v->kind == WSC_VIOLATION_FALSE_EMPTY)
		return plan->fault == SIM_FAULT_FALSE_EMPTY;
	if (v->kind == WSC_VIOLATION_IDLE_WHILE_WORK)
		return sim_fault_sleeper(plan->fault, mishap) == (int)v->workers[0];
	if (v->kind == WSC_VIOLATION_ORDERING_VIOLATION)
		return order_is_explained(plan, run, v);
	return v->task == mishap->task && (explained_by(plan) >> v->kind & 1U) != 0;
}

static void judge(const struct sim_plan *plan, const struct sim_run *run, const struct analysis_result *result,
                  bool print, struct sim_verdict *verdict)
{
	for (size_t i = 0; i < result->violation_count; i++) {
		const struct violation *v = &result->violations[i];
		bool is_wrong = !is_true(plan, run, v);

		verdict->wrong += is_wrong;
		verdict->errors += wsc_violation_severity(v->kind) == WSC_SEVERITY_ERROR;
		verdict->names_mishap |= !is_wrong && names(plan, run, v);
		verdict->names_task |= run->mishap.happened && v->task == run->mishap.task && v->task != 0;
		if (print)
			printf("#%s %s task %" PRIu64 " other %" PRIu64 " queue %" PRIu32 " ts %" PRIu64
			       " since %" PRIu64 " worker %" PRIu32 "\n",
			       is_wrong ? "!" : "", wsc_violation_name(v->kind), v->task, v->other_task, v->queue,
			       v->ts, v->since, v->workers[0]);
	}
}

void sim_verdict_reach(const struct sim_plan *plan, const struct sim_run *run, bool print, struct sim_verdict *verdict)
{
	struct trace_header header;
	struct analysis_options options;
	struct analysis *analysis = NULL;

	memset(verdict, 0, sizeof(*verdict));
	analysis_options_init(&options);
	options.max_reports = 1000000;
	options.idle_ns = plan->idle_ns;
	options.slow_steal_ns = (uint64_t)plan->short_ns * 8;
	verdict->failed = !history_declare(&run->declared, &header) ||
	                  analysis_create(&analysis, &header, run->workers, run->worker_count, &options) != WSC_OK ||
	                  analysis_feed(analysis, run->events, run->count) != WSC_OK ||
	                  analysis_finish(analysis, plan->end, 0) != WSC_OK;
	if (!verdict->failed) {
		const struct analysis_result *result = analysis_result(analysis);

		memcpy(verdict->counts, result->counts, sizeof(verdict->counts));
		verdict->is_pass = result->verdict == ANALYSIS_PASS;
		verdict->must_pass = plan->end == WSC_END_CLEAN && plan->loss == SIM_LOSS_NONE && run->count > 0 &&
		                     !(plan->foreign > 0 && (result->reasons & ANALYSIS_REASON_UNCHECKED_ORDER) != 0);
		verdict->steals = result->stolen_tasks;
		verdict->undecided_stays = result->undecided_stays;
		verdict->reasons = result->reasons;
		judge(plan, run, result, print, verdict);
		verdict->wrong += result->counts[WSC_VIOLATION_SLOW_STEAL] != count_slow(run, options.slow_steal_ns);
	}
	if (analysis != NULL)
		analysis_free(analysis);
	trace_header_free(&header);
}
