/* SPDX-License-Identifier: MIT */
#include "statistics.h"

#include <stdlib.h>

#include "engine.h"

static uint64_t *lives_of(struct steals_per_life *steals, uint64_t count)
{
	return &steals->lives[(count < STEALS_PER_LIFE ? count : STEALS_PER_LIFE) - 1];
}

static void note_most(struct steals_per_life *steals, uint64_t count, uint64_t task, uint64_t ts)
{
	bool earlier = ts < steals->ts || (ts == steals->ts && task < steals->task);
	if (count < steals->max || count == 0 || (count == steals->max && !earlier))
		return;
	steals->max = count;
	steals->task = task;
	steals->ts = ts;
}

void steals_per_life_add(struct steals_per_life *steals, uint64_t before, uint64_t task, uint64_t ts)
{
	if (before > 0)
		--*lives_of(steals, before);
	++*lives_of(steals, before + 1);
	note_most(steals, before + 1, task, ts);
}

void steals_per_life_merge(struct steals_per_life *into, const struct steals_per_life *from)
{
	for (unsigned i = 0; i < STEALS_PER_LIFE; i++)
		into->lives[i] += from->lives[i];
	note_most(into, from->max, from->task, from->ts);
}

uint64_t steals_per_life_repeated(const struct steals_per_life *steals)
{
	uint64_t sum = 0;
	for (unsigned i = 1; i < STEALS_PER_LIFE; i++)
		sum += steals->lives[i];
	return sum;
}

struct balance balance_of(const struct worker_stats *workers, size_t count)
{
	struct balance balance = {0};
	double busy = 0, executed = 0, busy_max = 0, executed_max = 0;
	for (size_t i = 0; i < count; i++) {
		const struct worker_stats *w = &workers[i];
		if (w->executed + w->attempts + w->busy + w->parked == 0)
			continue;
		balance.workers++;
		busy += (double)w->busy;
		executed += (double)w->executed;
		busy_max = (double)w->busy > busy_max ? (double)w->busy : busy_max;
		executed_max = (double)w->executed > executed_max ? (double)w->executed : executed_max;
	}
	if (busy > 0)
		balance.busy = busy_max * (double)balance.workers / busy;
	if (executed > 0)
		balance.executed = executed_max * (double)balance.workers / executed;
	return balance;
}

uint64_t statistics_end(const struct analysis *a)
{
	uint64_t end = a->result.last_ts;
	for (size_t i = 0; a->result.end != WSC_END_CLEAN && i < a->header->anchor_count; i++)
		end = a->header->anchors[i].ts > end ? a->header->anchors[i].ts : end;
	return end;
}

void statistics_idle(const struct analysis *a, struct stream *stream)
{
	struct worker_stats *stats = &stream->stats;
	const struct trace_worker *row = trace_header_worker(a->header, stream->worker);
	uint64_t from = stats->first_ts, until = a->result.end_ts;
	/* What it did before its window started is not known. */
	if (row != NULL && row->has_attached && !row->has_window_start && row->attached < from)
		from = row->attached > a->result.first_ts ? row->attached : a->result.first_ts;
	if (row != NULL && row->has_detached && row->detached < until)
		until = row->detached > stats->last_ts ? row->detached : stats->last_ts;
	stats->attached = until > from ? until - from : 0;
	uint64_t used = stats->busy + stats->stealing + stats->parked - stream->overlap;
	stats->idle = stats->attached > used ? stats->attached - used : 0;
}

static int compare_pushes(const void *left, const void *right)
{
	const struct queue_stats *a = left, *b = right;
	if (a->pushes != b->pushes)
		return a->pushes > b->pushes ? -1 : 1;
	return (a->queue > b->queue) - (a->queue < b->queue);
}

static int compare_queues(const void *left, const void *right)
{
	const struct queue_stats *a = left, *b = right;
	return (a->queue > b->queue) - (a->queue < b->queue);
}

bool statistics_queues(struct analysis *a)
{
	struct analysis_result *r = &a->result;
	size_t count = a->queues.count < a->queue_capacity ? a->queues.count : a->queue_capacity;
	r->queues = calloc(count + 1, sizeof(*r->queues));
	if (r->queues == NULL)
		return false;
	for (size_t i = 0; i < count; i++) {
		struct engine_queue *queue = &a->by_queue[i];
		struct depth *depth = &queue->depth;
		if (depth->pushes == 0 || !share_has_queue(&a->options.share, a->queues.queues[i].queue))
			continue;
		depth_end(&a->depths, depth, r->last_ts, (uint32_t)queue->waiting);
		r->queues[r->queue_count++] = (struct queue_stats){.queue = a->queues.queues[i].queue,
		                                                   .pushes = depth->pushes,
		                                                   .takes = depth->takes,
		                                                   .steals = depth->steals,
		                                                   .max_depth = depth->max,
		                                                   .max_depth_ts = depth->max_ts,
		                                                   .depth = depth->series};
	}
	statistics_cut_queues(r);
	return true;
}

void statistics_cut_queues(struct analysis_result *r)
{
	if (r->queue_count > 0)
		qsort(r->queues, r->queue_count, sizeof(*r->queues), compare_pushes);
	for (size_t i = QUEUE_STATS_SERIES_MAX; i < r->queue_count; i++)
		r->queues[i].depth = NULL;
	for (size_t i = QUEUE_STATS_MAX; i < r->queue_count; i++) {
		r->queues_left_out++;
		r->pushes_left_out += r->queues[i].pushes;
	}
	if (r->queue_count > QUEUE_STATS_MAX)
		r->queue_count = QUEUE_STATS_MAX;
	if (r->queue_count > 0)
		qsort(r->queues, r->queue_count, sizeof(*r->queues), compare_queues);
}
