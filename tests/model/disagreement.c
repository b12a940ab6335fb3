/* SPDX-License-Identifier: MIT */
#include "disagreement.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "alike.h"
#include "analysis.h"
#include "engine.h"
#include "model_waiting.h"
#include "trace_header.h"

static size_t list_workers(const struct history *history, uint32_t *workers)
{
	size_t count = 0;

	for (uint32_t id = 0; id < HISTORY_WORKERS_MAX; id++)
		for (size_t i = 0; i < history->count; i++)
			if (history->events[i].worker == id) {
				workers[count++] = id;
				break;
			}
	return count;
}

static void set_bit(uint64_t *bits, size_t at)
{
	bits[at / 64] |= UINT64_C(1) << (at % 64);
}

static bool has_bit(const uint64_t *bits, size_t at)
{
	return (bits[at / 64] >> (at % 64) & 1U) != 0;
}

/* A warning about a worker is found again by its stamps: an answer's own, or that of the park's begin. */
static void note_warning(const struct history *history, const struct violation *violation, struct engine_result *engine)
{
	for (size_t i = 0; i < history->count; i++) {
		const struct wsc_event *event = &history->events[i];

		if (event->worker != violation->workers[0])
			continue;
		if (violation->kind == WSC_VIOLATION_FALSE_EMPTY && event->kind == WSC_EV_STEAL_FAILURE &&
		    event->ts == violation->ts && event->queue == violation->queue)
			set_bit(engine->told_empty, i);
		if (violation->kind == WSC_VIOLATION_IDLE_WHILE_WORK && event->kind == WSC_EV_PARKED &&
		    event->ts == violation->since)
			set_bit(engine->slept, i);
	}
}

static void translate(const struct history *history, const struct analysis_result *result,
                      const struct model_result *model, struct engine_result *engine)
{
	for (size_t i = 0; i < result->violation_count; i++) {
		const struct violation *violation = &result->violations[i];

		note_warning(history, violation, engine);
		for (size_t t = 0; t < model->task_count; t++)
			if (model->tasks[t].task == violation->task)
				engine->kinds[t] |= (1U << violation->kind) & model_kinds();
		for (size_t q = 0; q < model->queue_count; q++)
			if (violation->kind == WSC_VIOLATION_ORDERING_VIOLATION && violation->has_queue &&
			    model->queues[q].queue == violation->queue)
				engine->out_of_order[q] = true;
	}
	for (size_t i = 0; i < result->unchecked_count; i++)
		for (size_t q = 0; q < model->queue_count; q++)
			if (model->queues[q].queue == result->unchecked[i].queue)
				engine->unchecked[q] = true;
	/*
	 * Of the stays of slots, and beside entries that cancelled lives left, it may say that it does not know; of close
	 * stamps also beside those that lives may have left which are not seen.
	 */
	const bool is_unknown =
	    result->undecided_stays > 0 || (result->undecided_tasks > 0 && history_cancels(history));
	const bool hides = history->window || history_find_gap(history) != NULL;
	const bool is_blurred = is_unknown && history->uncertainty_ns > 0 && hides;
	engine->is_open = is_blurred || (result->undecided_stays > 0 &&
	                                 (history->identity == WSC_IDENTITY_RECYCLED || history_cancels(history)));
	for (size_t q = 0; q < model->queue_count; q++)
		engine->unchecked[q] |= engine->is_open;
	engine->false_empty = result->counts[WSC_VIOLATION_FALSE_EMPTY] > 0;
	engine->is_pass = result->verdict == ANALYSIS_PASS;
	engine->is_crowded = is_blurred || (history->identity == WSC_IDENTITY_RECYCLED && result->undecided_tasks > 0);
}

/* Where it gave up a task for want of room, which ones. */
static void note_given_up(struct analysis *analysis, const struct model_result *model, struct engine_result *engine)
{
	const uint64_t *reasons = analysis_result(analysis)->undecided_by_reason;

	if (reasons[WSC_UNDECIDED_MANY_ORDERS] + reasons[WSC_UNDECIDED_MANY_LIVES] == 0)
		return;
	for (size_t t = 0; t < model->task_count; t++)
		engine->gave_up[t] = id_map_find(&analysis->undecided, model->tasks[t].task) != ID_MAP_NONE;
}

/* NULL: a call failed. */
static struct analysis *analyze(const struct history *history, const struct trace_header *header, bool no_courses,
                                bool no_lane)
{
	struct analysis_options options;
	struct analysis *analysis = NULL;
	uint32_t workers[HISTORY_WORKERS_MAX];
	size_t worker_count = list_workers(history, workers);

	analysis_options_init(&options);
	options.no_courses = no_courses;
	options.no_lane = no_lane;
	/* When events take effect makes no difference to the verdict: half of the histories are judged in either way. */
	options.stepwise = history->count % 2 == 0;
	if (history->idle_ns > 0)
		options.idle_ns = history->idle_ns;
	if (analysis_create(&analysis, header, workers, worker_count, &options) == WSC_OK &&
	    analysis_feed(analysis, history->events, history->count) == WSC_OK &&
	    analysis_finish(analysis, history->end, 0) == WSC_OK)
		return analysis;
	analysis_free(analysis);
	return NULL;
}

void engine_run(const struct history *history, const struct model_result *model, bool no_courses,
                struct engine_result *engine)
{
	struct trace_header header;

	memset(engine, 0, sizeof(*engine));
	engine->failed = !history_declare(history, &header);
	struct analysis *fast = engine->failed ? NULL : analyze(history, &header, no_courses, false);
	struct analysis *plain = engine->failed ? NULL : analyze(history, &header, no_courses, true);
	engine->failed |= fast == NULL || plain == NULL;
	if (!engine->failed) {
		translate(history, analysis_result(fast), model, engine);
		note_given_up(fast, model, engine);
		engine->lane_differs = alike_difference(analysis_result(fast), analysis_result(plain));
	}
	analysis_free(fast);
	analysis_free(plain);
	trace_header_free(&header);
}

static bool task_differs(const struct model_result *model, const struct engine_result *engine, size_t at)
{
	const struct model_task_result *task = &model->tasks[at];
	const unsigned kinds = engine->kinds[at];
	const unsigned lost = 1U << WSC_VIOLATION_LOST_WORK | 1U << WSC_VIOLATION_STALLED_WORK;

	if ((engine->is_crowded || engine->gave_up[at]) && kinds == 0) /* too much is open, which is said */
		return false;
	if (task->may_run && (kinds & lost) != 0)
		return true;
	if (task->claim == MODEL_EXACT)
		return kinds != task->kinds;
	return task->claim == MODEL_SOME && kinds == 0;
}

static bool queue_differs(enum model_order order, const struct engine_result *engine, size_t queue)
{
	if (engine->out_of_order[queue])
		return order == MODEL_IN_ORDER;
	return order == MODEL_OUT_OF_ORDER && (!engine->unchecked[queue] || engine->is_pass);
}

/* A sound scheduler may only have been stopped too early. */
static bool blames_the_sound(const struct model_result *model, const struct engine_result *engine)
{
	const unsigned at_end =
	    1U << WSC_VIOLATION_LOST_WORK | 1U << WSC_VIOLATION_STALLED_WORK | 1U << WSC_VIOLATION_UNFINISHED_EXECUTION;

	for (size_t i = 0; i < model->task_count; i++)
		if ((engine->kinds[i] & ~at_end) != 0)
			return true;
	for (size_t i = 0; i < model->queue_count; i++)
		if (engine->out_of_order[i])
			return true;
	return engine->false_empty;
}

static bool wait_differs(enum model_wait wait, bool is_reported, bool is_open)
{
	return (wait == MODEL_WAIT_CERTAIN && !is_reported && !is_open) || (wait == MODEL_WAIT_NO && is_reported);
}

/* Of answers that nothing tells apart the engine names one: what the model says of any of them. */
static enum model_wait told_empty(const struct history *history, const struct model_result *model, int at)
{
	const struct wsc_event *event = &history->events[at];
	enum model_wait most = MODEL_WAIT_NO;

	for (size_t i = 0; i < history->count; i++) {
		const struct wsc_event *other = &history->events[i];

		if (other->kind == event->kind && other->worker == event->worker && other->ts == event->ts &&
		    other->queue == event->queue) {
			const enum model_wait wait = model_told_empty(history, model, (int)i);
			most = wait > most ? wait : most;
		}
	}
	return most;
}

static bool event_differs(const struct history *history, const struct model_result *model,
                          const struct engine_result *engine, int at)
{
	uint8_t kind = history->events[at].kind;

	if (kind == WSC_EV_STEAL_FAILURE)
		return wait_differs(told_empty(history, model, at), has_bit(engine->told_empty, (size_t)at),
		                    engine->is_open);
	if (kind == WSC_EV_PARKED && history->idle_ns > 0)
		return wait_differs(model_slept(history, model, at, history->idle_ns),
		                    has_bit(engine->slept, (size_t)at), engine->is_open);
	return false;
}

static bool engine_differs(const struct history *history, const struct model_result *model, bool is_legal,
                           bool no_courses)
{
	struct engine_result engine;

	engine_run(history, model, no_courses, &engine);
	if (engine.failed || engine.lane_differs != NULL || (is_legal && blames_the_sound(model, &engine)))
		return true;
	for (size_t i = 0; i < model->task_count; i++)
		if (task_differs(model, &engine, i))
			return true;
	for (size_t i = 0; i < model->queue_count; i++)
		if (queue_differs(model->queues[i].order, &engine, i))
			return true;
	for (size_t i = 0; i < history->count; i++)
		if (event_differs(history, model, &engine, (int)i))
			return true;
	return false;
}

bool disagreement_exists(const struct history *history, bool is_legal)
{
	struct model_result model;

	return model_run(history, &model) &&
	       (engine_differs(history, &model, is_legal, false) ||
	        (history->identity == WSC_IDENTITY_RECYCLED && engine_differs(history, &model, is_legal, true)));
}

unsigned disagreement_undecided(const struct history *history, const struct model_result *model)
{
	struct engine_result engine;
	unsigned count = 0;

	engine_run(history, model, false, &engine);
	for (size_t i = 0; i < model->queue_count; i++)
		count += model->queues[i].order == MODEL_OUT_OF_ORDER && !engine.out_of_order[i];
	return count;
}

void disagreement_minimize(struct history *history, bool is_legal)
{
	bool persists_alone = disagreement_exists(history, false), has_dropped = true;

	/* A shortened history is no longer what the sound scheduler did: then only the model's word counts. */
	if (is_legal && !persists_alone)
		return;
	while (has_dropped) {
		has_dropped = false;
		for (size_t i = history->count; i-- > 0;) {
			struct history shorter = *history;

			memmove(&shorter.events[i], &shorter.events[i + 1],
			        (shorter.count - i - 1) * sizeof(shorter.events[0]));
			shorter.count--;
			if (!disagreement_exists(&shorter, false))
				continue;
			*history = shorter;
			has_dropped = true;
		}
	}
}

static void print_kinds(unsigned kinds)
{
	const char *separator = "";

	for (unsigned kind = 0; kind < WSC_VIOLATION_KIND_COUNT; kind++) {
		if ((kinds & 1U << kind) == 0)
			continue;
		printf("%s%s", separator, wsc_violation_name((enum wsc_violation_kind)kind));
		separator = "+";
	}
	if (kinds == 0)
		printf("nothing");
}

static void print_opinions(const struct history *history)
{
	static const char *const orders[] = {"in order", "out of order", "unknown"};
	struct model_result model;
	struct engine_result engine;

	model_run(history, &model);
	engine_run(history, &model, false, &engine);
	for (size_t i = 0; i < model.task_count; i++) {
		printf("# %stask %" PRIu64 ": model %s", task_differs(&model, &engine, i) ? "! " : "",
		       model.tasks[i].task, model.tasks[i].claim == MODEL_SOME ? "something like " : "");
		if (model.tasks[i].claim == MODEL_ANY)
			printf("anything");
		else
			print_kinds(model.tasks[i].kinds);
		printf("%s", model.tasks[i].may_run ? " but lost work" : "");
		printf(", engine ");
		print_kinds(engine.kinds[i]);
		printf("\n");
	}
	for (size_t i = 0; i < model.stay_count; i++)
		printf("# stay of %" PRIu64 " in %" PRIu32 " from event %d to %d\n", model.stays[i].task,
		       model.stays[i].queue, model.stays[i].push, model.stays[i].take);
	for (size_t i = 0; i < history->count; i++)
		if (event_differs(history, &model, &engine, (int)i))
			printf(
			    "# ! %s of worker %" PRIu32 " at %" PRIu64 ": engine says %s\n",
			    trace_event_name(history->events[i].kind), history->events[i].worker, history->events[i].ts,
			    has_bit(engine.told_empty, i) ? "false_empty"
			                                  : (has_bit(engine.slept, i) ? "idle_while_work" : "nothing"));
	for (size_t i = 0; i < model.queue_count; i++)
		printf("# %squeue %" PRIu32 ": model %s, engine %s%s\n",
		       queue_differs(model.queues[i].order, &engine, i) ? "! " : "", model.queues[i].queue,
		       orders[model.queues[i].order], engine.out_of_order[i] ? "out of order" : "in order",
		       engine.unchecked[i] ? " (not checked)" : "");
}

void disagreement_print(const struct history *history)
{
	print_opinions(history);
	history_print_header(history);
	for (size_t i = 0; i < history->count; i++)
		history_print_event(&history->events[i]);
	if (history->end != WSC_END_CUT)
		printf("{\"end\":\"%s\"}\n", trace_end_name(history->end));
	printf("\n");
}
