/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "partial_file.h"
#include "partial_key.h"
#include "trace_item.h"

typedef struct trace_cbor_writer writer_t;

/* So many rows of each of the header's tables go into one item. */
enum { HEADER_ROWS = 1024 };

static void put(writer_t *w, uint64_t value)
{
	trace_cbor_uint(w, value);
}

/* An array of numbers. */
static void put_all(writer_t *w, const uint64_t *values, size_t count)
{
	trace_cbor_array(w, count);
	for (size_t i = 0; i < count; i++)
		put(w, values[i]);
}
#define PUT_ALL(w, ...)                                                                                                \
	put_all(w, (const uint64_t[]){__VA_ARGS__}, sizeof((const uint64_t[]){__VA_ARGS__}) / sizeof(uint64_t))

static void put_string(writer_t *w, const char *text)
{
	trace_cbor_bytes(w, text, strlen(text));
}

/* --- what was analyzed --- */

/* The rows from number `from` on of a table, for one item. */
#define TAKE_ROWS(part, header, rows, count, from)                                                                     \
	do {                                                                                                           \
		size_t left_ = (header)->count > (from) ? (header)->count - (from) : 0;                                \
		(part)->count = left_ < HEADER_ROWS ? left_ : HEADER_ROWS;                                             \
		(part)->rows = left_ > 0 ? (header)->rows + (from) : NULL;                                             \
	} while (0)

static struct trace_header rows_of(const struct trace_header *header, size_t from)
{
	struct trace_header part = {0};
	TAKE_ROWS(&part, header, queues, queue_count, from);
	TAKE_ROWS(&part, header, workers, worker_count, from);
	TAKE_ROWS(&part, header, anchors, anchor_count, from);
	TAKE_ROWS(&part, header, labels, label_count, from);
	return part;
}

static enum wsc_status put_item(writer_t *w, writer_t *item, enum wsc_status status)
{
	if (status == WSC_OK)
		trace_cbor_bytes(w, item->bytes, item->size);
	trace_cbor_free(item);
	return status;
}

/* As items of a trace: the header without its tables, then these in parts. */
static enum wsc_status put_header(writer_t *w, const struct trace_header *header)
{
	const size_t counts[] = {header->queue_count, header->worker_count, header->anchor_count, header->label_count};
	struct trace_header first = *header;
	writer_t item = {0};
	size_t most = 0;
	for (size_t i = 0; i < sizeof(counts) / sizeof(*counts); i++)
		most = counts[i] > most ? counts[i] : most;
	first.queue_count = first.worker_count = first.anchor_count = first.label_count = 0;
	trace_cbor_array(w, 1 + (most + HEADER_ROWS - 1) / HEADER_ROWS);
	enum wsc_status status = put_item(w, &item, trace_item_write_header(&item, &first));
	for (size_t from = 0; from < most && status == WSC_OK; from += HEADER_ROWS) {
		const struct trace_header part = rows_of(header, from);
		status = put_item(w, &item, trace_item_write_declaration(&item, header->trace_id, 1, &part));
	}
	return status;
}

static void put_summary(writer_t *w, const struct trace_summary *s)
{
	PUT_ALL(w, s->end, s->events, s->dropped, s->over_limit, s->damaged_blocks, s->file_bytes, s->blocks,
	        s->is_jsonl);
}

static void put_skipped(writer_t *w, const struct trace_summary *s)
{
	trace_cbor_array(w, 2 * s->skipped_count);
	for (size_t i = 0; i < s->skipped_count; i++) {
		put_string(w, s->skipped[i].name);
		put(w, s->skipped[i].count);
	}
}

static void put_range(writer_t *w, const struct trace_range *r)
{
	PUT_ALL(w, r->is_given, r->from_ns, r->to_ns, r->origin, r->from, r->to, r->begins_late, r->ends_early,
	        r->hidden_until, r->stranger);
}

static enum wsc_status put_origin(writer_t *w, const struct partial_origin *origin,
                                  const struct analysis_result *result)
{
	const struct analysis_options *o = &origin->options;
	struct trace_cbor_map map = trace_cbor_map(w);
	trace_cbor_key(w, &map, PARTIAL_ORIGIN_SHARDS);
	put(w, origin->count);
	trace_cbor_key(w, &map, PARTIAL_ORIGIN_OPTIONS);
	PUT_ALL(w, o->uncertainty_ns, o->publish_ns, o->slow_steal_ns, o->idle_ns, o->max_reports);
	trace_cbor_key(w, &map, PARTIAL_ORIGIN_HEADER);
	enum wsc_status status = put_header(w, &origin->header);
	trace_cbor_key(w, &map, PARTIAL_ORIGIN_SUMMARY);
	put_summary(w, &origin->summary);
	trace_cbor_key(w, &map, PARTIAL_ORIGIN_SKIPPED);
	put_skipped(w, &origin->summary);
	trace_cbor_key(w, &map, PARTIAL_ORIGIN_RANGE);
	put_range(w, &origin->summary.range);
	trace_cbor_key(w, &map, PARTIAL_ORIGIN_TRACE);
#define FIELD(field) result->field,
	PUT_ALL(w, PARTIAL_COMMON(FIELD) result->end);
#undef FIELD
	trace_cbor_map_end(w, &map);
	return status;
}

/* --- what was found --- */

static void put_histogram(writer_t *w, const struct histogram *h)
{
	size_t used = 0;
	for (unsigned i = 0; i < HISTOGRAM_BUCKETS; i++)
		used += h->buckets[i] != 0;
	if (used == 0) {
		trace_cbor_array(w, 0);
		return;
	}
	const uint64_t head[] = {h->min,       h->max,         h->sum_low,      h->sum_high,
	                         h->of_max.ts, h->of_max.task, h->of_max.worker};
	trace_cbor_array(w, sizeof(head) / sizeof(*head) + 2 * used);
	for (size_t i = 0; i < sizeof(head) / sizeof(*head); i++)
		put(w, head[i]);
	for (unsigned i = 0; i < HISTOGRAM_BUCKETS; i++) {
		if (h->buckets[i] == 0)
			continue;
		put(w, i);
		put(w, h->buckets[i]);
	}
}

static void put_latencies(writer_t *w, const struct analysis_result *r)
{
	trace_cbor_array(w, PARTIAL_LATENCY_COUNT);
#define LATENCY(field) put_histogram(w, &r->field);
	PARTIAL_LATENCIES(LATENCY)
#undef LATENCY
}

static void put_waiting(writer_t *w, const struct analysis_result *r)
{
	trace_cbor_array(w, r->waiting_count);
	for (size_t i = 0; i < r->waiting_count; i++)
		PUT_ALL(w, r->waiting[i].task, r->waiting[i].since, r->waiting[i].taken, r->waiting[i].place);
}

static void put_sleep(writer_t *w, const struct presence_span *s)
{
	const uint64_t head[] = {s->worker,       s->start,          s->number,        s->end,
	                         s->witness.task, s->witness.pushed, s->witness.since, s->witness.queue};
	trace_cbor_array(w, sizeof(head) / sizeof(*head) + 2 * s->cover_count);
	for (size_t i = 0; i < sizeof(head) / sizeof(*head); i++)
		put(w, head[i]);
	for (size_t i = 0; i < s->cover_count; i++) {
		put(w, s->covers[i].from);
		put(w, s->covers[i].until);
	}
}

static void put_sleeps(writer_t *w, const struct partial *p)
{
	trace_cbor_array(w, p->sleep_count);
	for (size_t i = 0; i < p->sleep_count; i++)
		put_sleep(w, &p->sleeps[i]);
}

static void put_counts(writer_t *w, const struct reports *reports)
{
	trace_cbor_array(w, VIOLATION_CONDITION_COUNT);
	for (int i = 0; i < VIOLATION_CONDITION_COUNT; i++) {
		trace_cbor_array(w, WSC_VIOLATION_KIND_COUNT + 1);
		for (int kind = 0; kind < WSC_VIOLATION_KIND_COUNT; kind++)
			put(w, reports->counts[i][kind]);
		put(w, reports->queued_running[i]);
	}
}

static void put_event(writer_t *w, const struct wsc_event *e, const struct violation_span *span)
{
	PUT_ALL(w, e->ts, e->kind, e->task, e->worker, e->queue, e->arg, e->flags, e->reason, span->from, span->until,
	        span->sequence, span->open);
}

static void put_report(writer_t *w, const struct violation *v)
{
	trace_cbor_array(w, 3);
	PUT_ALL(w, v->kind, v->condition, v->task, v->other_task, v->ts, v->since, v->has_queue, v->queue,
	        v->has_taken_from, v->taken_from, v->standing_for, v->queued_running, v->events_cut, v->facts.pushes,
	        v->facts.empty_ts, v->facts.owner_away_ts);
	trace_cbor_array(w, v->worker_count);
	for (unsigned i = 0; i < v->worker_count; i++)
		put(w, v->workers[i]);
	trace_cbor_array(w, v->event_count);
	for (size_t i = 0; i < v->event_count; i++)
		put_event(w, &v->events[i], &v->spans[i]);
}

static void put_reports(writer_t *w, const struct reports *reports)
{
	trace_cbor_array(w, reports->count);
	for (size_t i = 0; i < reports->count; i++)
		put_report(w, &reports->list[i]);
}

static void put_queue(writer_t *w, const struct queue_stats *q)
{
	const struct depth_series *series = q->depth;
	trace_cbor_array(w, 2);
	PUT_ALL(w, q->queue, q->pushes, q->takes, q->steals, q->max_depth, q->max_depth_ts);
	trace_cbor_array(w, series == NULL ? 0 : 2 + series->count);
	if (series == NULL)
		return;
	put(w, series->first);
	put(w, series->shift);
	for (unsigned i = 0; i < series->count; i++)
		put(w, series->max[i]);
}

static void put_queues(writer_t *w, const struct analysis_result *r)
{
	trace_cbor_array(w, r->queue_count);
	for (size_t i = 0; i < r->queue_count; i++)
		put_queue(w, &r->queues[i]);
}

static void put_unchecked(writer_t *w, const struct analysis_result *r)
{
	trace_cbor_array(w, 2 * r->unchecked_count);
	for (size_t i = 0; i < r->unchecked_count; i++) {
		put(w, r->unchecked[i].queue);
		trace_cbor_text(w, r->unchecked[i].why);
	}
}

static void put_worker(writer_t *w, const struct worker_stats *row)
{
	const struct timeline *t = row->timeline;
	trace_cbor_array(w, 2);
#define FIELD(field) , row->field
	PUT_ALL(w, row->worker PARTIAL_WORKER(FIELD));
#undef FIELD
	trace_cbor_array(w, t == NULL ? 0 : 2 + (size_t)t->count * TIMELINE_STATES);
	if (t == NULL)
		return;
	put(w, t->first);
	put(w, t->shift);
	for (unsigned i = 0; i < t->count; i++) {
		for (unsigned state = 0; state < TIMELINE_STATES; state++)
			put(w, t->time[i][state]);
	}
}

static void put_workers(writer_t *w, const struct analysis_result *r)
{
	trace_cbor_array(w, r->worker_count);
	for (size_t i = 0; i < r->worker_count; i++)
		put_worker(w, &r->workers[i]);
}

static void put_steals(writer_t *w, const struct analysis_result *r)
{
	trace_cbor_array(w, r->steal_count);
	for (size_t i = 0; i < r->steal_count; i++)
		PUT_ALL(w, r->steals[i].thief, r->steals[i].queue, r->steals[i].tasks, r->steals[i].attempts);
}

static void put_parked(writer_t *w, const struct analysis_result *r)
{
	trace_cbor_array(w, r->parked_count);
	for (size_t i = 0; i < r->parked_count; i++)
		PUT_ALL(w, r->parked[i].worker, r->parked[i].since);
}

static void put_found(writer_t *w, struct trace_cbor_map *map, const struct partial *p)
{
	const struct analysis_result *r = &p->result;
	const struct steals_per_life *s = &r->steals_per_life;
	trace_cbor_key(w, map, PARTIAL_KEY_SUMS);
#define FIELD(field) p->field,
	PUT_ALL(w, PARTIAL_SUMS(FIELD) r->reasons, p->reuses_cancelled);
#undef FIELD
	trace_cbor_key(w, map, PARTIAL_KEY_LATENCIES);
	put_latencies(w, r);
	trace_cbor_key(w, map, PARTIAL_KEY_STEALS_PER_LIFE);
	PUT_ALL(w, s->lives[0], s->lives[1], s->lives[2], s->lives[3], s->max, s->task, s->ts);
	trace_cbor_key(w, map, PARTIAL_KEY_WAITING);
	put_waiting(w, r);
	trace_cbor_key(w, map, PARTIAL_KEY_SLEEPS);
	put_sleeps(w, p);
	trace_cbor_key(w, map, PARTIAL_KEY_COUNTS);
	put_counts(w, &p->reports);
	trace_cbor_key(w, map, PARTIAL_KEY_REPORTS);
	put_reports(w, &p->reports);
	trace_cbor_key(w, map, PARTIAL_KEY_QUEUES);
	put_queues(w, r);
	trace_cbor_key(w, map, PARTIAL_KEY_UNCHECKED);
	put_unchecked(w, r);
	trace_cbor_key(w, map, PARTIAL_KEY_WORKERS);
	put_workers(w, r);
	trace_cbor_key(w, map, PARTIAL_KEY_STEALS);
	put_steals(w, r);
	trace_cbor_key(w, map, PARTIAL_KEY_PARKED);
	put_parked(w, r);
	trace_cbor_key(w, map, PARTIAL_KEY_UNDECIDED);
	put_all(w, r->undecided_by_reason, WSC_UNDECIDED_REASON_COUNT);
}

/* What a reader would refuse. */
static bool is_too_large(const struct partial *p)
{
	return p->sleep_count > PARTIAL_ROWS_MAX || p->result.steal_count > PARTIAL_ROWS_MAX ||
	       p->result.unchecked_count > PARTIAL_ROWS_MAX || p->reports.count > PARTIAL_REPORTS_MAX;
}

enum wsc_status partial_file_encode(const struct partial_file *file, struct trace_cbor_writer *w)
{
	writer_t origin = {0};
	struct trace_cbor_map map = trace_cbor_map(w);
	enum wsc_status status = put_origin(&origin, &file->origin, &file->partial.result);
	trace_cbor_key(w, &map, PARTIAL_KEY_MAGIC);
	trace_cbor_text(w, PARTIAL_MAGIC);
	trace_cbor_key(w, &map, PARTIAL_KEY_VERSION);
	put(w, PARTIAL_VERSION);
	trace_cbor_key(w, &map, PARTIAL_KEY_INDEX);
	put(w, file->index);
	trace_cbor_key(w, &map, PARTIAL_KEY_PATH);
	put_string(w, file->path);
	trace_cbor_key(w, &map, PARTIAL_KEY_ORIGIN);
	trace_cbor_bytes(w, origin.bytes, origin.size);
	put_found(w, &map, &file->partial);
	trace_cbor_map_end(w, &map);
	if (status == WSC_OK)
		status = w->failed || origin.failed                                    ? WSC_NOMEM
		         : is_too_large(&file->partial) || w->size > PARTIAL_BYTES_MAX ? WSC_LIMIT
		                                                                       : WSC_OK;
	trace_cbor_free(&origin);
	return status;
}
