/* SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "array.h"
#include "partial_file.h"
#include "partial_key.h"
#include "story.h"
#include "trace_item.h"
#include "trace_limits.h"

/* What stands next in the file; once something is not as it must be, `status` says so, and all that follows reads as 0. */
struct source {
	struct trace_cbor_reader reader;
	enum wsc_status status;
};

static uint64_t fail(struct source *s, enum wsc_status status)
{
	if (s->status == WSC_OK)
		s->status = status;
	return 0;
}

static bool expect(struct source *s, bool holds)
{
	if (!holds)
		fail(s, WSC_FORMAT);
	return s->status == WSC_OK;
}

static uint64_t take(struct source *s, uint64_t max)
{
	uint64_t value = 0;
	if (s->status == WSC_OK && !trace_cbor_get_uint(&s->reader, max, &value))
		return fail(s, WSC_FORMAT);
	return value;
}

static uint64_t take_u64(struct source *s)
{
	return take(s, UINT64_MAX);
}

static uint32_t take_u32(struct source *s)
{
	return (uint32_t)take(s, UINT32_MAX);
}

static bool take_bool(struct source *s)
{
	return take(s, 1) != 0;
}

/* The length of an array, whose items take a byte each at least: so many are there. */
static size_t take_array(struct source *s)
{
	struct trace_cbor_item item;
	if (s->status != WSC_OK)
		return 0;
	if (!trace_cbor_get(&s->reader, TRACE_CBOR_ARRAY, &item) || item.value > s->reader.size - s->reader.at)
		return (size_t)fail(s, WSC_FORMAT);
	return (size_t)item.value;
}

/* The same for an array of rows, of which no file has more. */
static size_t take_rows(struct source *s, size_t max)
{
	size_t count = take_array(s);
	return expect(s, count <= max) ? count : 0;
}

static void take_array_of(struct source *s, size_t count)
{
	expect(s, take_array(s) == count);
}

/* Room for that many rows, zeroed; NULL, and the status says why: no memory, or something was wrong before. */
static void *rows(struct source *s, size_t count, size_t size)
{
	void *memory = s->status == WSC_OK ? calloc(count + 1, size) : NULL;
	if (memory == NULL)
		fail(s, WSC_NOMEM);
	return memory;
}

static struct trace_cbor_item take_bytes(struct source *s)
{
	struct trace_cbor_item item = {.value = 0};
	if (s->status == WSC_OK && !trace_cbor_get(&s->reader, TRACE_CBOR_BYTES, &item)) {
		fail(s, WSC_FORMAT);
		item.value = 0;
	}
	return item;
}

/* A new string without NUL in it, of at most that many bytes. */
static char *take_string(struct source *s, size_t max)
{
	struct trace_cbor_item item = take_bytes(s);
	if (!expect(s, item.value <= max && (item.value == 0 || memchr(item.bytes, 0, (size_t)item.value) == NULL)))
		return NULL;
	char *text = rows(s, (size_t)item.value, 1);
	if (text != NULL && item.value > 0)
		memcpy(text, item.bytes, (size_t)item.value);
	return text;
}

/* --- what was analyzed --- */

static void take_declaration(struct source *s, struct trace_cbor_reader *item, uint64_t left,
                             struct trace_header *header)
{
	struct trace_header later;
	enum wsc_status status = trace_item_read_declaration(item, left, &later);
	if (status == WSC_OK) {
		status = trace_header_merge(header, &later);
		trace_header_free(&later);
	}
	if (status != WSC_OK)
		fail(s, status);
}

static void take_header(struct source *s, struct trace_header *header)
{
	size_t count = take_array(s);
	expect(s, count > 0);
	for (size_t i = 0; i < count && s->status == WSC_OK; i++) {
		struct trace_cbor_item bytes = take_bytes(s);
		struct trace_cbor_reader item = {.bytes = bytes.bytes, .size = (size_t)bytes.value};
		struct trace_envelope envelope;
		uint64_t left;
		if (!expect(s, bytes.value > 0 && trace_item_read(&item, &envelope, &left) == WSC_OK &&
		                   envelope.type == (i == 0 ? TRACE_ITEM_HEADER : TRACE_ITEM_DECLARATION)))
			return;
		if (i > 0) {
			take_declaration(s, &item, left, header);
			continue;
		}
		enum wsc_status status = trace_item_read_header(&item, &envelope, left, header);
		if (status != WSC_OK) {
			trace_header_init(header);
			fail(s, status);
		}
	}
}

static void take_summary(struct source *s, struct trace_summary *summary)
{
	take_array_of(s, 8);
	summary->end = (enum wsc_end)take(s, WSC_END_STALLED);
	summary->events = take_u64(s);
	summary->dropped = take_u64(s);
	summary->over_limit = take_u64(s);
	summary->damaged_blocks = take_u64(s);
	summary->file_bytes = take_u64(s);
	summary->blocks = take_u64(s);
	summary->is_jsonl = take_bool(s);
}

static void take_skipped(struct source *s, struct trace_summary *summary)
{
	size_t count = take_rows(s, 2 * (UINT8_MAX + 1)) / 2;
	struct trace_skipped *skipped = rows(s, count, sizeof(*skipped));
	summary->skipped = skipped;
	for (size_t i = 0; i < count && s->status == WSC_OK; i++) {
		skipped[i].name = take_string(s, TRACE_STRING_BYTES_MAX);
		skipped[i].count = take_u64(s);
		summary->skipped_count++;
	}
}

static void take_range(struct source *s, struct trace_range *range)
{
	take_array_of(s, 10);
	range->is_given = take_bool(s);
	range->from_ns = take_u64(s);
	range->to_ns = take_u64(s);
	range->origin = take_u64(s);
	range->from = take_u64(s);
	range->to = take_u64(s);
	range->begins_late = take_bool(s);
	range->ends_early = take_bool(s);
	range->hidden_until = take_u64(s);
	range->stranger = take_u32(s);
}

static void take_common(struct source *s, struct analysis_result *r)
{
#define ONE(field) +1
	take_array_of(s, 1 PARTIAL_COMMON(ONE));
#undef ONE
#define FIELD(field) r->field = take_u64(s);
	PARTIAL_COMMON(FIELD)
#undef FIELD
	r->end = (enum wsc_end)take(s, WSC_END_STALLED);
	expect(s, r->first_ts <= r->last_ts && r->last_ts <= r->end_ts);
}

static void take_options(struct source *s, struct analysis_options *options)
{
	take_array_of(s, 5);
	options->uncertainty_ns = take_u64(s);
	options->publish_ns = take_u64(s);
	options->slow_steal_ns = take_u64(s);
	options->idle_ns = take_u64(s);
	options->max_reports = take_u64(s);
}

/* Every key is there, in this order. */
static void take_key(struct source *s, uint64_t key)
{
	expect(s, take_u64(s) == key && s->status == WSC_OK);
}

static void take_map(struct source *s, uint64_t keys)
{
	struct trace_cbor_item item;
	if (s->status == WSC_OK)
		expect(s, trace_cbor_get(&s->reader, TRACE_CBOR_MAP, &item) && item.value == keys);
}

static void take_origin(struct source *s, struct partial_file *file)
{
	struct trace_cbor_item bytes = take_bytes(s);
	struct source inner = {.reader = {.bytes = bytes.bytes, .size = (size_t)bytes.value}, .status = s->status};
	struct partial_origin *origin = &file->origin;
	take_map(&inner, PARTIAL_ORIGIN_KEY_COUNT);
	take_key(&inner, PARTIAL_ORIGIN_SHARDS);
	origin->count = (uint32_t)take(&inner, SHARE_COUNT_MAX);
	take_key(&inner, PARTIAL_ORIGIN_OPTIONS);
	take_options(&inner, &origin->options);
	take_key(&inner, PARTIAL_ORIGIN_HEADER);
	take_header(&inner, &origin->header);
	take_key(&inner, PARTIAL_ORIGIN_SUMMARY);
	take_summary(&inner, &origin->summary);
	take_key(&inner, PARTIAL_ORIGIN_SKIPPED);
	take_skipped(&inner, &origin->summary);
	take_key(&inner, PARTIAL_ORIGIN_RANGE);
	take_range(&inner, &origin->summary.range);
	take_key(&inner, PARTIAL_ORIGIN_TRACE);
	take_common(&inner, &file->partial.result);
	expect(&inner, file->index < origin->count && inner.reader.at == inner.reader.size);
	if (inner.status == WSC_OK)
		file->origin_bytes = rows(&inner, (size_t)bytes.value, 1);
	if (file->origin_bytes != NULL) {
		memcpy(file->origin_bytes, bytes.bytes, (size_t)bytes.value);
		file->origin_size = (size_t)bytes.value;
	}
	if (inner.status != WSC_OK)
		fail(s, inner.status);
}

/* --- what was found --- */

static void take_sums(struct source *s, struct partial *p)
{
	unsigned known = 0;
#define REASON(NAME, bit, text) | 1U << (bit)
	known = 0 ANALYSIS_REASONS(REASON);
#undef REASON
#define ONE(field) +1
	take_array_of(s, 2 PARTIAL_SUMS(ONE));
#undef ONE
#define FIELD(field) p->field = take_u64(s);
	PARTIAL_SUMS(FIELD)
#undef FIELD
	p->result.reasons = take_u32(s);
	p->reuses_cancelled = take_bool(s);
	expect(s, (p->result.reasons & ~known) == 0);
}

/* The count is that of the buckets. */
static void take_histogram(struct source *s, struct histogram *h)
{
	enum { HEAD = 7 };
	size_t items = take_array(s), last = 0;
	if (items == 0)
		return;
	expect(s, items > HEAD && (items - HEAD) % 2 == 0);
	h->min = take_u64(s);
	h->max = take_u64(s);
	h->sum_low = take_u64(s);
	h->sum_high = take_u64(s);
	h->of_max.ts = take_u64(s);
	h->of_max.task = take_u64(s);
	h->of_max.worker = take_u32(s);
	for (size_t i = HEAD; i < items && s->status == WSC_OK; i += 2) {
		size_t bucket = (size_t)take(s, HISTOGRAM_BUCKETS - 1);
		uint64_t count = take_u64(s);
		if (!expect(s, (i == HEAD || bucket > last) && count > 0 && count <= UINT64_MAX - h->count))
			return;
		h->buckets[bucket] = count;
		h->count += count;
		last = bucket;
	}
	expect(s, h->min <= h->max);
}

static void take_latencies(struct source *s, struct analysis_result *r)
{
	take_array_of(s, PARTIAL_LATENCY_COUNT);
#define LATENCY(field) take_histogram(s, &r->field);
	PARTIAL_LATENCIES(LATENCY)
#undef LATENCY
}

static void take_steals_per_life(struct source *s, struct steals_per_life *steals)
{
	take_array_of(s, STEALS_PER_LIFE + 3);
	for (unsigned i = 0; i < STEALS_PER_LIFE; i++)
		steals->lives[i] = take_u64(s);
	steals->max = take_u64(s);
	steals->task = take_u64(s);
	steals->ts = take_u64(s);
}

static void take_waiting(struct source *s, struct analysis_result *r)
{
	size_t count = take_rows(s, ANALYSIS_WAITING_MAX);
	expect(s, count <= r->waiting_total);
	r->waiting_count = count;
	for (size_t i = 0; i < count; i++) {
		struct waiting_task *row = &r->waiting[i];
		take_array_of(s, 4);
		row->task = take_u64(s);
		row->since = take_u64(s);
		row->taken = take_bool(s);
		row->place = take_u32(s);
	}
}

static void take_covers(struct source *s, struct presence_span *row, size_t count)
{
	expect(s, count <= PRESENCE_COVERS_MAX);
	row->covers = rows(s, count, sizeof(*row->covers));
	row->cover_capacity = count;
	for (size_t i = 0; i < count && s->status == WSC_OK; i++) {
		struct presence_cover *cover = &row->covers[i];
		cover->from = take_u64(s);
		cover->until = take_u64(s);
		expect(s, cover->from < cover->until && (i == 0 || cover->from > row->covers[i - 1].until));
		row->cover_count++;
	}
}

static void take_sleep(struct source *s, struct presence_span *row)
{
	enum { HEAD = 8 };
	size_t items = take_array(s);
	expect(s, items >= HEAD && (items - HEAD) % 2 == 0);
	row->worker = take_u32(s);
	row->start = take_u64(s);
	row->number = take_u64(s);
	row->end = take_u64(s);
	row->witness.task = take_u64(s);
	row->witness.pushed = take_u64(s);
	row->witness.since = take_u64(s);
	row->witness.queue = take_u32(s);
	if (expect(s, row->witness.task != 0))
		take_covers(s, row, (items - HEAD) / 2);
}

static void take_sleeps(struct source *s, struct partial *p)
{
	size_t count = take_rows(s, PARTIAL_ROWS_MAX);
	p->sleeps = rows(s, count, sizeof(*p->sleeps));
	for (size_t i = 0; i < count && s->status == WSC_OK; i++) {
		p->sleep_count++;
		take_sleep(s, &p->sleeps[i]);
		expect(s, i == 0 || partial_compare_sleeps(&p->sleeps[i - 1], &p->sleeps[i]) < 0);
	}
}

static void take_counts(struct source *s, struct reports *reports)
{
	take_array_of(s, VIOLATION_CONDITION_COUNT);
	for (int i = 0; i < VIOLATION_CONDITION_COUNT; i++) {
		take_array_of(s, WSC_VIOLATION_KIND_COUNT + 1);
		for (int kind = 0; kind < WSC_VIOLATION_KIND_COUNT; kind++)
			reports->counts[i][kind] = take_u64(s);
		reports->queued_running[i] = take_u64(s);
		expect(s, reports->queued_running[i] <= reports->counts[i][WSC_VIOLATION_MULTIPLE_OWNERS]);
	}
}

static void take_event(struct source *s, struct wsc_event *e, struct violation_span *span)
{
	take_array_of(s, 12);
	e->ts = take_u64(s);
	e->kind = (uint8_t)take(s, WSC_EV_END - 1);
	e->task = take_u64(s);
	e->worker = take_u32(s);
	e->queue = take_u32(s);
	e->arg = take_u32(s);
	e->flags = (uint8_t)take(s, WSC_FLAG_PINNED | WSC_FLAG_INFERRED);
	e->reason = (uint8_t)take(s, WSC_REASON_BUSY);
	span->from = take_u64(s);
	span->until = take_u64(s);
	span->sequence = take_u64(s);
	span->open = (uint16_t)take(s, VIOLATION_OPEN_ALL);
	expect(s, e->kind != 0);
}

/* Events and spans are one allocation: see violation.h. */
static void take_events(struct source *s, struct violation *v)
{
	size_t count = take_rows(s, STORY_EVENTS_MAX);
	if (count == 0)
		return;
	v->events = rows(s, count, sizeof(*v->events) + sizeof(*v->spans));
	if (v->events == NULL)
		return;
	v->spans = (struct violation_span *)(void *)(v->events + count);
	v->event_count = count;
	for (size_t i = 0; i < count; i++) {
		take_event(s, &v->events[i], &v->spans[i]);
		expect(s, i == 0 || v->events[i].ts >= v->events[i - 1].ts);
	}
}

static void take_report(struct source *s, struct violation *v)
{
	take_array_of(s, 3);
	take_array_of(s, 16);
	v->kind = (enum wsc_violation_kind)take(s, WSC_VIOLATION_KIND_COUNT - 1);
	v->condition = (uint8_t)take(s, VIOLATION_CONDITION_COUNT - 1);
	v->task = take_u64(s);
	v->other_task = take_u64(s);
	v->ts = take_u64(s);
	v->since = take_u64(s);
	v->has_queue = take_bool(s);
	v->queue = take_u32(s);
	v->has_taken_from = take_bool(s);
	v->taken_from = take_u32(s);
	v->standing_for = take_u64(s);
	v->queued_running = take_bool(s);
	v->events_cut = take_bool(s);
	v->facts.pushes = take_u64(s);
	v->facts.empty_ts = take_u64(s);
	v->facts.owner_away_ts = take_u64(s);
	size_t workers = take_rows(s, WSC_VIOLATION_WORKERS_MAX);
	v->worker_count = (uint8_t)workers;
	for (size_t i = 0; i < workers; i++)
		v->workers[i] = take_u32(s);
	take_events(s, v);
}

/* No more are listed than were counted. */
static void take_reports(struct source *s, struct reports *reports)
{
	uint64_t listed[VIOLATION_CONDITION_COUNT][WSC_VIOLATION_KIND_COUNT] = {{0}};
	size_t count = take_rows(s, PARTIAL_REPORTS_MAX);
	reports->list = rows(s, count, sizeof(*reports->list));
	reports->capacity = reports->list == NULL ? 0 : count;
	for (size_t i = 0; i < count && s->status == WSC_OK; i++) {
		struct violation *v = &reports->list[i];
		reports->count++;
		take_report(s, v);
		expect(s, ++listed[v->condition][v->kind] <= reports->counts[v->condition][v->kind] &&
		              (v->task != 0 || v->worker_count > 0));
	}
}

/* The partial result owns it from here on. */
static void own(struct source *s, struct partial *p, void *memory)
{
	if (!partial_own(p, memory))
		fail(s, WSC_NOMEM);
}

/* Where `count` stretches of time begin, and how long each is, as a shift. All of them end within 64 bits. */
static void take_buckets(struct source *s, uint64_t *first, unsigned *shift, unsigned count)
{
	*first = take_u64(s);
	*shift = (unsigned)take(s, 63);
	expect(s, *first <= (UINT64_MAX >> *shift) - (count - 1));
}

static void take_series(struct source *s, struct partial *p, struct queue_stats *row)
{
	size_t items = take_array(s);
	if (items == 0 || !expect(s, items > 2 && items - 2 <= DEPTH_BUCKETS))
		return;
	struct depth_series *series = rows(s, 1, sizeof(*series));
	if (series == NULL)
		return;
	series->count = (unsigned)(items - 2);
	take_buckets(s, &series->first, &series->shift, series->count);
	for (unsigned i = 0; i < series->count; i++) {
		series->max[i] = take_u32(s);
		expect(s, series->max[i] <= row->max_depth);
	}
	row->depth = series;
	own(s, p, series);
}

static void take_queues(struct source *s, struct partial *p)
{
	struct analysis_result *r = &p->result;
	size_t count = take_rows(s, QUEUE_STATS_MAX);
	r->queues = rows(s, count, sizeof(*r->queues));
	for (size_t i = 0; i < count && s->status == WSC_OK; i++) {
		struct queue_stats *row = &r->queues[i];
		take_array_of(s, 2);
		take_array_of(s, 6);
		row->queue = take_u32(s);
		row->pushes = take_u64(s);
		row->takes = take_u64(s);
		row->steals = take_u64(s);
		row->max_depth = take_u64(s);
		row->max_depth_ts = take_u64(s);
		expect(s, i == 0 || row->queue > row[-1].queue);
		take_series(s, p, row);
		r->queue_count++;
	}
}

static void take_unchecked(struct source *s, struct partial *p)
{
	struct analysis_result *r = &p->result;
	size_t count = take_rows(s, 2 * (size_t)PARTIAL_ROWS_MAX) / 2;
	r->unchecked = rows(s, count, sizeof(*r->unchecked));
	for (size_t i = 0; i < count && s->status == WSC_OK; i++) {
		struct unchecked_queue *row = &r->unchecked[i];
		row->queue = take_u32(s);
		char *why = s->status == WSC_OK ? trace_cbor_get_text(&s->reader) : NULL;
		if (!expect(s, why != NULL))
			return;
		row->why = why;
		own(s, p, why);
		expect(s, i == 0 || row->queue > row[-1].queue);
		r->unchecked_count++;
	}
}

static void take_timeline(struct source *s, struct partial *p, struct worker_stats *row)
{
	size_t items = take_array(s);
	if (items == 0 || !expect(s, items > 2 && (items - 2) % TIMELINE_STATES == 0 &&
	                                 (items - 2) / TIMELINE_STATES <= TIMELINE_BUCKETS))
		return;
	struct timeline *t = rows(s, 1, sizeof(*t));
	if (t == NULL)
		return;
	t->count = (unsigned)((items - 2) / TIMELINE_STATES);
	take_buckets(s, &t->first, &t->shift, t->count);
	for (unsigned i = 0; i < t->count; i++) {
		for (unsigned state = 0; state < TIMELINE_STATES; state++)
			t->time[i][state] = take_u64(s);
	}
	row->timeline = t;
	own(s, p, t);
}

static void take_workers(struct source *s, struct partial *p)
{
	struct analysis_result *r = &p->result;
	size_t count = take_rows(s, TRACE_WORKERS_MAX);
	r->workers = rows(s, count, sizeof(*r->workers));
	for (size_t i = 0; i < count && s->status == WSC_OK; i++) {
		struct worker_stats *row = &r->workers[i];
		take_array_of(s, 2);
#define ONE(field) +1
		take_array_of(s, 1 PARTIAL_WORKER(ONE));
#undef ONE
		row->worker = take_u32(s);
#define FIELD(field) row->field = take_u64(s);
		PARTIAL_WORKER(FIELD)
#undef FIELD
		expect(s, i == 0 || row->worker > row[-1].worker);
		take_timeline(s, p, row);
		r->worker_count++;
	}
}

static void take_steals(struct source *s, struct analysis_result *r)
{
	size_t count = take_rows(s, PARTIAL_ROWS_MAX);
	r->steals = rows(s, count, sizeof(*r->steals));
	for (size_t i = 0; i < count && s->status == WSC_OK; i++) {
		struct steal_pair *row = &r->steals[i];
		take_array_of(s, 4);
		row->thief = take_u32(s);
		row->queue = take_u32(s);
		row->tasks = take_u64(s);
		row->attempts = take_u64(s);
		expect(s, row->tasks > 0 && (i == 0 || row->thief > row[-1].thief ||
		                             (row->thief == row[-1].thief && row->queue > row[-1].queue)));
		r->steal_count++;
	}
}

static void take_parked(struct source *s, struct analysis_result *r)
{
	size_t count = take_rows(s, PARTIAL_ROWS_MAX);
	r->parked = rows(s, count, sizeof(*r->parked));
	for (size_t i = 0; i < count && s->status == WSC_OK; i++) {
		take_array_of(s, 2);
		r->parked[i].worker = take_u32(s);
		r->parked[i].since = take_u64(s);
		expect(s, i == 0 || r->parked[i].worker > r->parked[i - 1].worker);
		r->parked_count++;
	}
}

static void take_undecided(struct source *s, struct analysis_result *r)
{
	take_array_of(s, WSC_UNDECIDED_REASON_COUNT);
	for (unsigned i = 0; i < WSC_UNDECIDED_REASON_COUNT; i++)
		r->undecided_by_reason[i] = take_u64(s);
}

static void take_found(struct source *s, struct partial *p)
{
	take_key(s, PARTIAL_KEY_SUMS);
	take_sums(s, p);
	take_key(s, PARTIAL_KEY_LATENCIES);
	take_latencies(s, &p->result);
	take_key(s, PARTIAL_KEY_STEALS_PER_LIFE);
	take_steals_per_life(s, &p->result.steals_per_life);
	take_key(s, PARTIAL_KEY_WAITING);
	take_waiting(s, &p->result);
	take_key(s, PARTIAL_KEY_SLEEPS);
	take_sleeps(s, p);
	take_key(s, PARTIAL_KEY_COUNTS);
	take_counts(s, &p->reports);
	take_key(s, PARTIAL_KEY_REPORTS);
	take_reports(s, &p->reports);
	take_key(s, PARTIAL_KEY_QUEUES);
	take_queues(s, p);
	take_key(s, PARTIAL_KEY_UNCHECKED);
	take_unchecked(s, p);
	take_key(s, PARTIAL_KEY_WORKERS);
	take_workers(s, p);
	take_key(s, PARTIAL_KEY_STEALS);
	take_steals(s, &p->result);
	take_key(s, PARTIAL_KEY_PARKED);
	take_parked(s, &p->result);
	take_key(s, PARTIAL_KEY_UNDECIDED);
	take_undecided(s, &p->result);
	expect(s, s->reader.at == s->reader.size);
}

/* The version decides whether the rest can be understood. */
static void take_version(struct source *s)
{
	struct trace_cbor_item magic;
	take_map(s, PARTIAL_KEY_COUNT);
	take_key(s, PARTIAL_KEY_MAGIC);
	if (s->status == WSC_OK)
		expect(s, trace_cbor_get(&s->reader, TRACE_CBOR_TEXT, &magic) && magic.value == strlen(PARTIAL_MAGIC) &&
		              memcmp(magic.bytes, PARTIAL_MAGIC, strlen(PARTIAL_MAGIC)) == 0);
	take_key(s, PARTIAL_KEY_VERSION);
	if (take_u64(s) != PARTIAL_VERSION)
		fail(s, WSC_UNSUPPORTED);
}

enum wsc_status partial_file_decode(struct partial_file *file, const unsigned char *content, size_t size,
                                    char wrong[PARTIAL_WRONG_MAX])
{
	struct source s = {.reader = {.bytes = content, .size = size}};
	*file = (struct partial_file){.index = 0};
	partial_init(&file->partial);
	trace_header_init(&file->origin.header);
	analysis_options_init(&file->origin.options);
	take_version(&s);
	take_key(&s, PARTIAL_KEY_INDEX);
	file->index = (uint32_t)take(&s, SHARE_COUNT_MAX - 1);
	take_key(&s, PARTIAL_KEY_PATH);
	file->path = take_string(&s, PARTIAL_PATH_MAX);
	take_key(&s, PARTIAL_KEY_ORIGIN);
	take_origin(&s, file);
	take_found(&s, &file->partial);
	file->partial.is_empty = false;
	file->partial.reports.max = file->origin.options.max_reports;
	if (s.status == WSC_OK)
		return WSC_OK;
	snprintf(wrong, PARTIAL_WRONG_MAX, "%s",
	         s.status == WSC_UNSUPPORTED ? "a partial result of another version of wscheck"
	                                     : "a damaged partial result");
	partial_file_free(file);
	return s.status == WSC_NOMEM || s.status == WSC_UNSUPPORTED ? s.status : WSC_FORMAT;
}
