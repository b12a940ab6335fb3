/* SPDX-License-Identifier: MIT */
#include "partial.h"

#include <stdlib.h>
#include <string.h>

#include "array.h"
#include "engine.h"

void partial_init(struct partial *p)
{
	*p = (struct partial){.is_empty = true};
	histogram_init(&p->result.steal_latency);
	histogram_init(&p->result.failed_steal_latency);
	histogram_init(&p->result.queue_wait);
	histogram_init(&p->result.exec);
	histogram_init(&p->result.queued_to_done);
}

static void free_sleeps(struct presence_span *sleeps, size_t count)
{
	for (size_t i = 0; i < count; i++)
		free(sleeps[i].covers);
	free(sleeps);
}

void partial_free(struct partial *p)
{
	for (size_t i = 0; i < p->owned_count; i++)
		free(p->owned[i]);
	free(p->owned);
	free_sleeps(p->sleeps, p->sleep_count);
	reports_free(&p->reports);
	free(p->result.unchecked);
	free(p->result.parked);
	free(p->result.workers);
	free(p->result.queues);
	free(p->result.steals);
	*p = (struct partial){0};
}

bool partial_own(struct partial *p, void *memory)
{
	void **grown = array_room(p->owned, p->owned_count, &p->owned_capacity, sizeof(*grown));
	if (grown == NULL) {
		free(memory);
		return false;
	}
	p->owned = grown;
	p->owned[p->owned_count++] = memory;
	return true;
}

/* --- taking --- */

int partial_compare_sleeps(const void *left, const void *right)
{
	const struct presence_span *a = left, *b = right;
	if (a->worker != b->worker)
		return a->worker < b->worker ? -1 : 1;
	if (a->start != b->start)
		return a->start < b->start ? -1 : 1;
	return (a->number > b->number) - (a->number < b->number);
}

/* What the rows point to is the analysis' no more. */
static bool take_timelines(struct partial *p, struct analysis *a)
{
	for (uint32_t i = 0; i < a->stream_count; i++) {
		struct timeline *timeline = a->streams[i].stream.timeline;
		a->streams[i].stream.timeline = NULL;
		if (timeline != NULL && !partial_own(p, timeline))
			return false;
	}
	return true;
}

static bool take_series(struct partial *p, struct analysis *a)
{
	for (size_t i = 0; i < a->queue_capacity; i++) {
		struct depth_series *series = a->by_queue[i].depth.series;
		a->by_queue[i].depth.series = NULL;
		if (series != NULL && !partial_own(p, series))
			return false;
	}
	return true;
}

/* What is of workers alone, every share knows, and one says. */
static void forget_workers(struct analysis_result *r)
{
	free(r->workers);
	free(r->parked);
	free(r->steals);
	r->workers = NULL;
	r->parked = NULL;
	r->steals = NULL;
	r->worker_count = r->parked_count = r->steal_count = 0;
	r->steal_attempts = r->successful_steals = r->failed_steals = r->stolen_tasks = 0;
	histogram_clear(&r->steal_latency);
	histogram_clear(&r->failed_steal_latency);
}

/* Of a share of the queues only what their stays tell. */
static void forget_tasks(struct analysis_result *r)
{
	r->tasks = r->lives = r->waiting_count = r->waiting_total = 0;
	memset(r->undecided_by_reason, 0, sizeof(r->undecided_by_reason));
	r->steals_per_life = (struct steals_per_life){0};
	r->wasted.idle = 0;
	histogram_clear(&r->queue_wait);
	histogram_clear(&r->exec);
	histogram_clear(&r->queued_to_done);
}

/* Of a share of the tasks nothing of queues, which it knows in part. */
static void forget_queues(struct analysis_result *r)
{
	free(r->queues);
	free(r->unchecked);
	r->queues = NULL;
	r->unchecked = NULL;
	r->queue_count = r->unchecked_count = 0;
	r->queues_left_out = r->pushes_left_out = r->undecided_stays = 0;
	r->wasted.false_empty = 0;
}

/* The arrays of the result are the partial's, not the analysis' any more. */
static void take_result(struct partial *p, struct analysis *a)
{
	p->result = a->result;
	a->result.unchecked = NULL;
	a->result.parked = NULL;
	a->result.workers = NULL;
	a->result.queues = NULL;
	a->result.steals = NULL;
	a->pairs = NULL;
	p->reports = a->findings.reports;
	a->findings.reports = (struct reports){0};
	p->sleeps = a->sleeps;
	p->sleep_count = a->sleep_count;
	a->sleeps = NULL;
	a->sleep_count = 0;
}

enum wsc_status partial_take(struct partial *p, struct analysis *a)
{
	const struct share *share = &a->options.share;
	p->is_empty = false;
	take_result(p, a);
	if (!share_leads(share))
		forget_workers(&p->result);
	if (share->kind == SHARE_QUEUES)
		forget_tasks(&p->result);
	else
		forget_queues(&p->result);
	/* Every handle's doubts count once, a bound of the number is enough. */
	p->doubts = share->kind == SHARE_QUEUES ? 0 : a->findings.doubt_count + a->findings.doubts_all;
	p->reuses_cancelled = a->reuses_cancelled;
	if (p->sleep_count > 0)
		qsort(p->sleeps, p->sleep_count, sizeof(*p->sleeps), partial_compare_sleeps);
	return take_timelines(p, a) && take_series(p, a) ? WSC_OK : WSC_NOMEM;
}

/* --- joining --- */

/* Appends an array to another: the longer of the two, if the other is empty, as it is. */
static bool append(void **into, size_t *into_count, void **from, size_t *from_count, size_t size)
{
	if (*into_count == 0) {
		free(*into);
		*into = *from;
		*into_count = *from_count;
	} else if (*from_count > 0) {
		unsigned char *grown = realloc(*into, (*into_count + *from_count) * size);
		if (grown == NULL)
			return false;
		*into = grown;
		memcpy(grown + *into_count * size, *from, *from_count * size);
		*into_count += *from_count;
		free(*from);
	} else {
		free(*from);
	}
	*from = NULL;
	*from_count = 0;
	return true;
}
#define APPEND(into, from, rows, count)                                                                                \
	append((void **)&(into)->rows, &(into)->count, (void **)&(from)->rows, &(from)->count, sizeof(*(into)->rows))

static bool join_rows(struct partial *into, struct partial *from)
{
	struct analysis_result *r = &into->result, *other = &from->result;
	for (size_t i = 0; i < from->owned_count; i++) {
		void *memory = from->owned[i];
		from->owned[i] = NULL;
		if (!partial_own(into, memory))
			return false;
	}
	from->owned_count = 0;
	return APPEND(r, other, workers, worker_count) && APPEND(r, other, parked, parked_count) &&
	       APPEND(r, other, steals, steal_count) && APPEND(r, other, queues, queue_count) &&
	       APPEND(r, other, unchecked, unchecked_count);
}

/* The tasks that waited longest, of equal ones the least. */
static void join_waiting(struct analysis_result *r, const struct analysis_result *other)
{
	struct waiting_task both[2 * ANALYSIS_WAITING_MAX] = {0};
	size_t i = 0, j = 0, count = 0;
	while (i < r->waiting_count || j < other->waiting_count) {
		const struct waiting_task *a = &r->waiting[i], *b = &other->waiting[j];
		bool first =
		    j == other->waiting_count ||
		    (i < r->waiting_count && (a->since < b->since || (a->since == b->since && a->task < b->task)));
		both[count++] = first ? r->waiting[i++] : other->waiting[j++];
	}
	r->waiting_count = count < ANALYSIS_WAITING_MAX ? count : ANALYSIS_WAITING_MAX;
	memcpy(r->waiting, both, r->waiting_count * sizeof(*both));
	r->waiting_total += other->waiting_total;
}

static void join_sums(struct analysis_result *r, const struct analysis_result *other)
{
	r->reasons |= other->reasons;
	r->tasks += other->tasks;
	r->lives += other->lives;
	for (unsigned i = 0; i < WSC_UNDECIDED_REASON_COUNT; i++)
		r->undecided_by_reason[i] += other->undecided_by_reason[i];
	r->undecided_stays += other->undecided_stays;
	r->steal_attempts += other->steal_attempts;
	r->successful_steals += other->successful_steals;
	r->failed_steals += other->failed_steals;
	r->stolen_tasks += other->stolen_tasks;
	r->queues_left_out += other->queues_left_out;
	r->pushes_left_out += other->pushes_left_out;
	r->wasted.false_empty += other->wasted.false_empty;
	steals_per_life_merge(&r->steals_per_life, &other->steals_per_life);
	histogram_merge(&r->steal_latency, &other->steal_latency);
	histogram_merge(&r->failed_steal_latency, &other->failed_steal_latency);
	histogram_merge(&r->queue_wait, &other->queue_wait);
	histogram_merge(&r->exec, &other->exec);
	histogram_merge(&r->queued_to_done, &other->queued_to_done);
	join_waiting(r, other);
}

/* One row of each sleep, with what both know of it. */
static bool join_sleeps(struct partial *into, struct partial *from)
{
	struct presence_span *all = malloc((into->sleep_count + from->sleep_count + 1) * sizeof(*all));
	size_t i = 0, j = 0, count = 0;
	bool ok = true;
	if (all == NULL)
		return false;
	while (i < into->sleep_count || j < from->sleep_count) {
		int order = i == into->sleep_count   ? 1
		            : j == from->sleep_count ? -1
		                                     : partial_compare_sleeps(&into->sleeps[i], &from->sleeps[j]);
		all[count++] = order <= 0 ? into->sleeps[i++] : from->sleeps[j++];
		if (order != 0)
			continue;
		ok = ok && presence_join(&all[count - 1], &from->sleeps[j]);
		free(from->sleeps[j++].covers);
	}
	free(into->sleeps);
	free(from->sleeps);
	into->sleeps = all;
	into->sleep_count = count;
	from->sleeps = NULL;
	from->sleep_count = 0;
	return ok;
}

/* The sleep that the report is about, if the report's task is what it is told with. */
static bool is_told(const struct partial *p, const struct violation *v)
{
	const struct presence_span wanted = {.worker = v->workers[0], .start = v->since};
	size_t low = 0, high = p->sleep_count;
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		if (partial_compare_sleeps(&p->sleeps[middle], &wanted) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	for (; low < p->sleep_count; low++) {
		const struct presence_span *row = &p->sleeps[low];
		if (row->worker != wanted.worker || row->start != wanted.start)
			return false;
		if (row->witness.task == v->task)
			return true;
	}
	return false;
}

/* Each sleep is reported once, with the task that waited longest: what other shares said of it goes, before it counts. */
static void settle_sleeps(struct partial *p)
{
	struct reports *reports = &p->reports;
	size_t kept = 0;
	for (size_t i = 0; i < reports->count; i++) {
		struct violation *v = &reports->list[i];
		if (v->kind != WSC_VIOLATION_IDLE_WHILE_WORK || is_told(p, v))
			reports->list[kept++] = *v;
		else
			reports_drop(v);
	}
	reports->count = kept;
	reports->counts[VIOLATION_ALWAYS][WSC_VIOLATION_IDLE_WHILE_WORK] = p->sleep_count;
	reports_trim(reports);
}

/* What every share knows alike. */
static void copy_common(struct analysis_result *r, const struct analysis_result *from)
{
	r->end = from->end;
	r->events = from->events;
	r->workers_seen = from->workers_seen;
	r->first_ts = from->first_ts;
	r->last_ts = from->last_ts;
	r->end_ts = from->end_ts;
	r->dropped = from->dropped;
	r->damaged_blocks = from->damaged_blocks;
}

enum wsc_status partial_join(struct partial *into, struct partial *from)
{
	if (into->is_empty) {
		copy_common(&into->result, &from->result);
		into->reports.max = from->reports.max;
	}
	into->is_empty = false;
	join_sums(&into->result, &from->result);
	into->reuses_cancelled |= from->reuses_cancelled;
	into->doubts += from->doubts;
	bool ok = join_rows(into, from) && reports_join(&into->reports, &from->reports) && join_sleeps(into, from);
	if (ok)
		settle_sleeps(into);
	return ok ? WSC_OK : WSC_NOMEM;
}

/* --- concluding --- */

enum wsc_status partial_conclude(struct partial *p, const struct trace_header *header, uint64_t kept)
{
	struct analysis_result *r = &p->result;
	struct reports_facts facts = {
	    .reuses_cancelled = p->reuses_cancelled, .doubts_all = p->doubts > FINDINGS_DOUBTS_MAX, .lives = r->lives};
	r->wasted.idle = 0;
	for (size_t i = 0; i < p->sleep_count; i++)
		r->wasted.idle += presence_covered(&p->sleeps[i]);
	p->reports.max = kept < p->reports.max ? kept : p->reports.max;
	reports_conclude(&p->reports, &facts, r->counts);
	r->violations = p->reports.list;
	r->violation_count = p->reports.count;
	if (facts.doubts_all)
		r->reasons |= ANALYSIS_REASON_AMBIGUOUS;
	statistics_cut_queues(r);
	analysis_sort_unchecked(r);
	analysis_judge(r, p->reuses_cancelled);
	return reports_describe_all(header, &p->reports) ? WSC_OK : WSC_NOMEM;
}
