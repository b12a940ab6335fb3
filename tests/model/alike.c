/* SPDX-License-Identifier: MIT */
#include "alike.h"

#include <string.h>

static bool same_violation(const struct violation *a, const struct violation *b)
{
	return a->kind == b->kind && a->task == b->task && a->other_task == b->other_task &&
	       a->worker_count == b->worker_count &&
	       memcmp(a->workers, b->workers, a->worker_count * sizeof(a->workers[0])) == 0 &&
	       a->has_queue == b->has_queue && a->queue == b->queue && a->has_taken_from == b->has_taken_from &&
	       a->taken_from == b->taken_from && a->ts == b->ts && a->since == b->since &&
	       a->standing_for == b->standing_for && a->queued_running == b->queued_running &&
	       strcmp(a->message, b->message) == 0;
}

static bool same_violations(const struct analysis_result *a, const struct analysis_result *b)
{
	if (a->violation_count != b->violation_count || memcmp(a->counts, b->counts, sizeof(a->counts)) != 0)
		return false;
	for (size_t i = 0; i < a->violation_count; i++) {
		if (!same_violation(&a->violations[i], &b->violations[i]))
			return false;
	}
	return true;
}

static bool same_totals(const struct analysis_result *a, const struct analysis_result *b)
{
	return a->events == b->events && a->workers_seen == b->workers_seen && a->tasks == b->tasks &&
	       a->lives == b->lives && a->first_ts == b->first_ts && a->last_ts == b->last_ts &&
	       a->dropped == b->dropped && a->end_ts == b->end_ts && a->steal_attempts == b->steal_attempts &&
	       a->successful_steals == b->successful_steals && a->failed_steals == b->failed_steals &&
	       a->stolen_tasks == b->stolen_tasks && a->wasted.idle == b->wasted.idle &&
	       a->wasted.false_empty == b->wasted.false_empty;
}

static bool same_histogram(const struct histogram *a, const struct histogram *b)
{
	return a->count == b->count && a->min == b->min && a->max == b->max && a->sum_low == b->sum_low &&
	       a->sum_high == b->sum_high && a->of_max.ts == b->of_max.ts && a->of_max.task == b->of_max.task &&
	       a->of_max.worker == b->of_max.worker && memcmp(a->buckets, b->buckets, sizeof(a->buckets)) == 0;
}

static bool same_worker(const struct worker_stats *a, const struct worker_stats *b)
{
	return a->worker == b->worker && a->events == b->events && a->executed == b->executed &&
	       a->stolen == b->stolen && a->lost_to_thieves == b->lost_to_thieves && a->attempts == b->attempts &&
	       a->failed_attempts == b->failed_attempts && a->busy == b->busy && a->stealing == b->stealing &&
	       a->parked == b->parked && a->attached == b->attached && a->idle == b->idle &&
	       a->first_ts == b->first_ts && a->last_ts == b->last_ts;
}

static bool same_workers(const struct analysis_result *a, const struct analysis_result *b)
{
	if (a->worker_count != b->worker_count)
		return false;
	for (size_t i = 0; i < a->worker_count; i++) {
		if (!same_worker(&a->workers[i], &b->workers[i]))
			return false;
	}
	return true;
}

static bool same_series(const struct depth_series *a, const struct depth_series *b)
{
	if (a == NULL || b == NULL)
		return a == b;
	return a->first == b->first && a->shift == b->shift && a->count == b->count &&
	       memcmp(a->max, b->max, a->count * sizeof(a->max[0])) == 0;
}

static bool same_queues(const struct analysis_result *a, const struct analysis_result *b)
{
	if (a->queue_count != b->queue_count)
		return false;
	for (size_t i = 0; i < a->queue_count; i++) {
		const struct queue_stats *x = &a->queues[i], *y = &b->queues[i];
		if (x->queue != y->queue || x->pushes != y->pushes || x->takes != y->takes || x->steals != y->steals ||
		    x->max_depth != y->max_depth || x->max_depth_ts != y->max_depth_ts ||
		    !same_series(x->depth, y->depth))
			return false;
	}
	return true;
}

static bool same_steals(const struct analysis_result *a, const struct analysis_result *b)
{
	if (a->steal_count != b->steal_count)
		return false;
	for (size_t i = 0; i < a->steal_count; i++) {
		const struct steal_pair *x = &a->steals[i], *y = &b->steals[i];
		if (x->thief != y->thief || x->queue != y->queue || x->tasks != y->tasks || x->attempts != y->attempts)
			return false;
	}
	return memcmp(&a->steals_per_life, &b->steals_per_life, sizeof(a->steals_per_life)) == 0;
}

static bool same_undecided(const struct analysis_result *a, const struct analysis_result *b)
{
	if (a->undecided_tasks != b->undecided_tasks || a->undecided_stays != b->undecided_stays ||
	    memcmp(a->undecided_by_reason, b->undecided_by_reason, sizeof(a->undecided_by_reason)) != 0 ||
	    a->unchecked_count != b->unchecked_count)
		return false;
	for (size_t i = 0; i < a->unchecked_count; i++) {
		if (a->unchecked[i].queue != b->unchecked[i].queue)
			return false;
	}
	return true;
}

static bool same_end(const struct analysis_result *a, const struct analysis_result *b)
{
	if (a->waiting_count != b->waiting_count || a->waiting_total != b->waiting_total ||
	    a->parked_count != b->parked_count)
		return false;
	for (size_t i = 0; i < a->waiting_count; i++) {
		const struct waiting_task *x = &a->waiting[i], *y = &b->waiting[i];
		if (x->task != y->task || x->since != y->since || x->taken != y->taken || x->place != y->place)
			return false;
	}
	for (size_t i = 0; i < a->parked_count; i++) {
		if (a->parked[i].worker != b->parked[i].worker || a->parked[i].since != b->parked[i].since)
			return false;
	}
	return true;
}

const char *alike_difference(const struct analysis_result *a, const struct analysis_result *b)
{
	const struct {
		bool holds;
		const char *what;
	} parts[] = {
	    {a->verdict == b->verdict && a->reasons == b->reasons, "the verdict"},
	    {same_violations(a, b), "a report"},
	    {same_totals(a, b), "a total"},
	    {same_undecided(a, b), "what is undecided"},
	    {same_end(a, b), "who waits at the end"},
	    {same_histogram(&a->steal_latency, &b->steal_latency), "the latency of steals"},
	    {same_histogram(&a->failed_steal_latency, &b->failed_steal_latency), "the latency of failed steals"},
	    {same_histogram(&a->queue_wait, &b->queue_wait), "how long tasks waited"},
	    {same_histogram(&a->exec, &b->exec), "how long tasks ran"},
	    {same_histogram(&a->queued_to_done, &b->queued_to_done), "how long lives lasted"},
	    {same_workers(a, b), "a worker"},
	    {same_queues(a, b), "a queue"},
	    {same_steals(a, b), "who stole from whom"},
	};
	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
		if (!parts[i].holds)
			return parts[i].what;
	}
	return NULL;
}
