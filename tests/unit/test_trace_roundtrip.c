/* SPDX-License-Identifier: MIT */
/* What is written is read again: every event, header key, name and end, merged in the promised order. */
#include <criterion/criterion.h>
#include <stdio.h>

#include "trace_fixture.h"

enum { WORKERS = 5, EVENTS = 6000 };

struct history {
	struct wsc_event events[WORKERS][EVENTS];
	uint64_t order[WORKERS][EVENTS];
	size_t count[WORKERS];
};

static void make_history(struct history *history, uint64_t seed)
{
	uint64_t ts[WORKERS] = {0}, order = 0;

	memset(history->count, 0, sizeof history->count);
	for (unsigned i = 0; i < WORKERS * EVENTS / 2; i++) {
		unsigned w = (unsigned)(random_next(&seed) >> 33) % WORKERS;
		size_t *count = &history->count[w];

		if (*count == EVENTS)
			continue;
		history->order[w][*count] = order += 1 + (random_next(&seed) >> 62);
		history->events[w][(*count)++] = random_event(&seed, w * 1000, &ts[w]);
	}
}

/* Blocks of random sizes, epochs between them. */
static void write_history(struct trace_writer *writer, const struct history *history, bool ordered, uint64_t seed)
{
	size_t at[WORKERS] = {0};
	bool more = true;

	while (more) {
		more = false;
		for (unsigned w = 0; w < WORKERS; w++) {
			size_t left = history->count[w] - at[w], n = (size_t)(random_next(&seed) >> 40) % 3000 + 1;

			n = n < left ? n : left;
			if (n == 0)
				continue;
			cr_assert_eq(trace_writer_block(writer, &history->events[w][at[w]], n,
			                                ordered ? &history->order[w][at[w]] : NULL),
			             WSC_OK);
			at[w] += n;
			more = true;
		}
		cr_assert_eq(trace_writer_epoch(writer, 0), WSC_OK);
	}
}

/* The merged order, checked by its definition. */
static void check_merge(const struct history *history, const struct reading *reading, bool ordered)
{
	size_t at[WORKERS] = {0};
	uint64_t key[WORKERS] = {0}, last_key = 0, last_order = 0;

	for (size_t i = 0; i < reading->count; i++) {
		unsigned w = reading->events[i].worker / 1000;
		const struct wsc_event *e = &history->events[w][at[w]];

		cr_assert(at[w] < history->count[w]);
		cr_assert(same_event(&reading->events[i], e), "event %zu of worker %u", at[w], w);
		key[w] = e->ts > key[w] ? e->ts : key[w];
		cr_assert(key[w] >= last_key, "event %zu", i);
		if (ordered && key[w] == last_key)
			cr_assert(history->order[w][at[w]] > last_order);
		last_key = key[w];
		last_order = history->order[w][at[w]];
		at[w]++;
	}
	for (unsigned w = 0; w < WORKERS; w++)
		cr_assert_eq(at[w], history->count[w]);
}

static void round_trip(uint64_t seed, bool ordered, enum wsc_end end)
{
	static struct history history;
	struct bytes bytes = {0};
	struct trace_header header;
	struct trace_writer *writer;
	struct reading reading;

	trace_header_init(&header);
	header.ordered = ordered;
	make_history(&history, seed);
	writer = writer_to(&bytes, &header);
	write_history(writer, &history, ordered, seed);
	if (end == WSC_END_CUT) /* or a reader must think that blocks are missing */
		cr_assert_eq(trace_writer_epoch(writer, UINT64_MAX), WSC_OK);
	cr_assert_eq(trace_writer_finish(writer, end), WSC_OK);
	cr_assert_eq(trace_writer_bytes(writer), bytes.size);
	trace_writer_free(writer);
	reading = read_bytes(bytes.data, bytes.size);
	cr_assert_eq(reading.status, WSC_DONE, "%s", reading.err.message);
	cr_assert_eq(reading.restarts, 0);
	cr_assert_eq(reading.summary.end, end);
	cr_assert_eq(reading.summary.damaged_blocks, 0);
	check_merge(&history, &reading, ordered);
	reading_free(&reading);
	free(bytes.data);
}

Test(trace_roundtrip, random_histories_come_back)
{
	for (uint64_t seed = 1; seed <= 12; seed++)
		round_trip(seed * 7919, seed % 2 == 0, (enum wsc_end)(seed % 3));
}

Test(trace_roundtrip, an_empty_trace_is_clean)
{
	struct bytes bytes = {0};
	struct trace_header header;
	struct trace_writer *writer;
	struct reading reading;

	trace_header_init(&header);
	writer = writer_to(&bytes, &header);
	cr_assert_eq(trace_writer_finish(writer, WSC_END_CLEAN), WSC_OK);
	cr_assert_eq(trace_writer_finish(writer, WSC_END_CLEAN), WSC_INVALID, "nothing may follow the end");
	trace_writer_free(writer);
	reading = read_bytes(bytes.data, bytes.size);
	cr_assert_eq(reading.status, WSC_DONE);
	cr_assert_eq(reading.count, 0);
	cr_assert_eq(reading.summary.end, WSC_END_CLEAN);
	cr_assert_eq(reading.summary.damaged_blocks, 0);
	free(bytes.data);
}

static void set(char **string, const char *text)
{
	cr_assert_eq(trace_header_set_string(string, text), WSC_OK);
}

/* Every field is something that is not its default. */
static void fill_header(struct trace_header *header)
{
	struct trace_queue *queue;
	struct trace_worker *worker;

	trace_header_init(header);
	header->clock = WSC_CLOCK_TICKS;
	header->ticks_per_second = 2600000000;
	header->identity = WSC_IDENTITY_RECYCLED;
	header->discipline = WSC_DISCIPLINE_NONE;
	set(&header->discipline_word, "priority");
	header->scope = WSC_SCOPE_DEQUE;
	header->complete = false;
	header->uncertainty_ns = UINT64_MAX;
	header->publish_ns = 5000;
	header->sampling = 64;
	header->absent = 1U << WSC_EV_WAKE;
	header->has_process_id = true;
	header->process_id = 4711;
	set(&header->host, "b\xc3\xbc"
	                   "chse");
	queue = trace_header_add_queue(header, 64);
	queue->has_owner = queue->has_discipline = queue->has_capacity = queue->unstealable = queue->deferred = true;
	queue->owner = 3;
	queue->discipline = WSC_DISCIPLINE_FIFO;
	queue->capacity = UINT64_MAX;
	set(&queue->name, "injector");
	cr_assert_not_null(trace_header_add_queue(header, 65));
	worker = trace_header_add_worker(header, 3);
	worker->has_thread_id = worker->has_window_start = worker->has_attached = worker->has_detached = true;
	worker->thread_id = 1;
	worker->window_start = 2;
	worker->attached = 3;
	worker->detached = 4;
	set(&worker->name, "worker-3");
	cr_assert_eq(trace_header_add_anchor(header, 17, 1700000000), WSC_OK);
	set(&trace_header_add_label(header, 9)->text, "sort");
	cr_assert_eq(trace_header_add_meta(header, "commit", "\"a\\\"b\\u0001\\n\""), WSC_OK);
	cr_assert_eq(trace_header_add_meta(header, "odd", "\"\\u0041\""), WSC_OK);
	cr_assert_eq(trace_header_add_meta(header, "seed", "{\"a\":[1,2.5,null]}"), WSC_OK);
	cr_assert_eq(trace_header_add_extension(header, 40, "numa_move", 2, false), WSC_OK);
}

static void check_header(const struct trace_header *header, const struct trace_header *written)
{
	const struct trace_queue *queue = trace_header_queue(header, 64);
	const struct trace_worker *worker = trace_header_worker(header, 3);

	cr_assert_eq(header->clock, written->clock);
	cr_assert_eq(header->ticks_per_second, written->ticks_per_second);
	cr_assert_eq(header->identity, written->identity);
	cr_assert_eq(header->discipline, WSC_DISCIPLINE_NONE);
	cr_assert_str_eq(header->discipline_word, "priority");
	cr_assert_eq(header->scope, written->scope);
	cr_assert_eq(header->complete, written->complete);
	cr_assert_eq(header->uncertainty_ns, written->uncertainty_ns);
	cr_assert_eq(header->publish_ns, written->publish_ns);
	cr_assert_eq(header->sampling, written->sampling);
	cr_assert_eq(header->absent, written->absent);
	cr_assert(header->has_process_id && header->process_id == 4711);
	cr_assert_str_eq(header->host, written->host);
	cr_assert_eq(header->queue_count, 2);
	cr_assert(queue->has_owner && queue->has_discipline && queue->has_capacity && queue->unstealable &&
	          queue->deferred);
	cr_assert(queue->owner == 3 && queue->discipline == WSC_DISCIPLINE_FIFO && queue->capacity == UINT64_MAX);
	cr_assert_str_eq(queue->name, "injector");
	cr_assert(worker->has_thread_id && worker->has_window_start && worker->has_attached && worker->has_detached);
	cr_assert(worker->thread_id == 1 && worker->window_start == 2 && worker->attached == 3 &&
	          worker->detached == 4);
	cr_assert_str_eq(worker->name, "worker-3");
	cr_assert(header->anchors[0].ts == 17 && header->anchors[0].wall_ns == 1700000000);
	cr_assert_str_eq(trace_header_label(header, 9), "sort");
	for (size_t i = 0; i < 3; i++) {
		cr_assert_str_eq(header->meta[i].key, written->meta[i].key);
		cr_assert_str_eq(header->meta[i].json, written->meta[i].json);
	}
	cr_assert(header->extensions[0].kind == 40 && header->extensions[0].operands == 2 &&
	          !header->extensions[0].critical);
	cr_assert_str_eq(header->extensions[0].name, "numa_move");
}

static void header_round_trip(enum wsc_end end)
{
	struct bytes bytes = {0};
	struct trace_header header, later;
	struct trace_writer *writer;
	struct trace_reader *reader;
	struct trace_error err;
	const struct trace_header *got;

	fill_header(&header);
	writer = writer_to(&bytes, &header);
	trace_header_init(&later);
	set(&trace_header_add_label(&later, 10)->text, "late");
	set(&trace_header_add_worker(&later, 4)->name, "late worker");
	set(&trace_header_add_queue(&later, 65)->name, "late queue");
	cr_assert_eq(trace_header_add_anchor(&later, 18, 1700000001), WSC_OK);
	cr_assert_eq(trace_writer_declare(writer, &later), WSC_OK);
	cr_assert_eq(trace_writer_finish(writer, end), WSC_OK);
	trace_writer_free(writer);
	cr_assert_eq(open_bytes(&reader, bytes.data, bytes.size, &err), WSC_OK, "%s", err.message);
	got = trace_reader_header(reader);
	check_header(got, &header);
	cr_assert_str_eq(trace_header_label(got, 10), "late");
	cr_assert_str_eq(trace_header_worker(got, 4)->name, "late worker");
	cr_assert_str_eq(trace_header_queue(got, 65)->name, "late queue");
	cr_assert_eq(got->anchor_count, 2);
	trace_reader_free(reader);
	trace_header_free(&header);
	trace_header_free(&later);
	free(bytes.data);
}

Test(trace_roundtrip, every_header_key_comes_back)
{
	header_round_trip(WSC_END_CLEAN);
	header_round_trip(WSC_END_CUT);
}

Test(trace_roundtrip, a_second_pass_reads_the_same)
{
	static struct history history;
	struct bytes bytes = {0};
	struct trace_header header;
	struct trace_writer *writer;
	struct trace_reader *reader;
	struct trace_error err;
	struct reading once, again;

	trace_header_init(&header);
	make_history(&history, 99);
	writer = writer_to(&bytes, &header);
	write_history(writer, &history, false, 99);
	cr_assert_eq(trace_writer_finish(writer, WSC_END_STALLED), WSC_OK);
	trace_writer_free(writer);
	cr_assert_eq(open_bytes(&reader, bytes.data, bytes.size, &err), WSC_OK);
	once = drain(reader);
	cr_assert_eq(trace_reader_rewind(reader, &err), WSC_OK);
	again = drain(reader);
	cr_assert_eq(once.count, again.count);
	cr_assert_eq(once.summary.events, again.summary.events);
	for (size_t i = 0; i < once.count; i++)
		cr_assert(same_event(&once.events[i], &again.events[i]));
	trace_reader_free(reader);
	reading_free(&once);
	reading_free(&again);
	free(bytes.data);
}

Test(trace_roundtrip, what_cannot_be_written_is_refused)
{
	struct bytes bytes = {0};
	struct trace_header header;
	struct trace_writer *writer;
	struct wsc_event two[2] = {{.kind = WSC_EV_PARKED, .worker = 1}, {.kind = WSC_EV_PARKED, .worker = 1}};

	trace_header_init(&header);
	writer = writer_to(&bytes, &header);
	cr_assert_eq(trace_writer_block(writer, two, 0, NULL), WSC_INVALID);
	cr_assert_eq(trace_writer_block(writer, two, 2, NULL), WSC_OK);
	two[1].worker = 2;
	cr_assert_eq(trace_writer_block(writer, two, 2, NULL), WSC_INVALID, "two workers");
	two[1].worker = 1;
	two[1].kind = WSC_EV_END;
	cr_assert_eq(trace_writer_block(writer, two, 2, NULL), WSC_INVALID, "no such kind");
	cr_assert_eq(trace_writer_events(writer), 2);
	trace_writer_free(writer);
	free(bytes.data);
}
