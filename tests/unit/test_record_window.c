/* SPDX-License-Identifier: MIT */
/*
 * A window of a ring that goes on being overwritten while the window is written: the sink, which is called in the middle,
 * records the events that do it. What the window has is sound, and a gap stands in the place of all that it lacks.
 */
#include <criterion/criterion.h>
#include <stdlib.h>

#include "ring_window.h"
#include "trace_fixture.h"

enum {
	SLOTS = 32768,
	FULL = SLOTS - RING_FILE_MARGIN, /* the most of which no copy is suspected to be overwritten */
	WORKER = 7,
	BLOCK = RING_STREAM_BLOCK_EVENTS,
	COPY = 1024, /* slots that are copied at a time: the block is full in the one that begins at BLOCK */
	COPIED = BLOCK + COPY,
	NO_BLOCK = 1000000,
};

/* A recorder of one worker, without a thread and a file. */
struct flight {
	struct wsc_recorder r;
	struct ring_stream stream, *pass[1];
	wsc_worker w;
	struct wsc_event events[BLOCK];
	struct bytes bytes;
	uint64_t last; /* task that was recorded */
	unsigned calls, in_call;
	uint64_t meanwhile;     /* events that the call `in_call` records */
	enum wsc_status status; /* of that call */
};

static struct flight f;

static void record_tasks(uint64_t count)
{
	for (uint64_t i = 0; i < count; i++)
		wsc_exec_start(&f.w, ++f.last);
}

/* Events of two slots. */
static void record_wide(uint64_t count)
{
	for (uint64_t i = 0; i < count; i++)
		wsc_queued_on(&f.w, ++f.last, 9);
}

static enum wsc_status sink(void *context, const void *bytes, size_t size)
{
	(void)context;
	if (++f.calls == f.in_call) {
		record_tasks(f.meanwhile);
		if (f.status != WSC_OK)
			return f.status;
	}
	return bytes_sink(&f.bytes, bytes, size);
}

static void make_flight(void)
{
	const struct ring_traits traits = {.hold_max = 0, .sample_last = UINT32_MAX};
	struct ring_file_ring *shared = calloc(1, ring_bytes(SLOTS));
	cr_assert_neq(shared, NULL);
	f = (struct flight){.r = {.config = {.mode = WSC_MODE_OVERWRITE, .ring_slots = SLOTS, .level = 1}}};
	pthread_mutex_init(&f.r.mutex, NULL);
	trace_header_init(&f.r.header);
	f.r.header.clock = clock_unit();
	f.r.header.ticks_per_second = 1000000000;
	f.r.header.complete = true;
	f.r.common.mode = WSC_MODE_OVERWRITE;
	f.r.sink.events = f.events;
	f.r.pass = f.pass;
	f.r.pass_count = 1;
	f.pass[0] = &f.stream;
	f.stream = (struct ring_stream){.recorder = &f.r, .ring = &f.w, .worker = WORKER};
	shared->attached = f.stream.attached = wsc_stamp();
	ring_init(&f.w, shared, WORKER, SLOTS, &f.r.common, &traits);
}

static void free_flight(void)
{
	free(ring_shared(&f.w));
	free(f.bytes.data);
	trace_header_free(&f.r.header);
	pthread_mutex_destroy(&f.r.mutex);
}

TestSuite(record_window, .init = make_flight, .fini = free_flight, .timeout = 60);

/* Writes a window; in that call of the sink, not counting those of its begin, so many events are recorded. */
static enum wsc_status write_window(unsigned call, uint64_t meanwhile, uint64_t until)
{
	static const uint8_t id[TRACE_ID_BYTES] = {1};
	struct trace_writer *writer = NULL;
	cr_assert_eq(ring_window_begin(&f.r, (struct trace_sink){sink, NULL}, id, &writer), WSC_OK);
	f.calls = 0;
	f.in_call = call;
	f.meanwhile = meanwhile;
	const enum wsc_status status = ring_window_write(&f.r, writer, until);
	if (status == WSC_OK)
		cr_assert_eq(trace_writer_finish(writer, WSC_END_CLEAN), WSC_OK);
	trace_writer_free(writer);
	return status;
}

/* Events `at` to at + count - 1 of the trace are of the tasks from `task` on, one after the other. */
static void expect_tasks(const struct reading *reading, size_t at, size_t count, uint64_t task)
{
	cr_assert_leq(at + count, reading->count, "%zu events", reading->count);
	for (size_t i = at; i < at + count; i++) {
		cr_assert_neq(reading->events[i].kind, WSC_EV_GAP, "event %zu is a gap of %u", i,
		              reading->events[i].worker);
		cr_assert_eq(reading->events[i].task, task + i - at, "event %zu is of task %lu", i,
		             (unsigned long)reading->events[i].task);
	}
}

/* Event `at` is a gap that begins with the event before it. */
static const struct wsc_event *expect_gap(const struct reading *reading, size_t at)
{
	cr_assert_lt(at, reading->count);
	const struct wsc_event *gap = &reading->events[at];
	cr_assert(gap->kind == WSC_EV_GAP && gap->worker == WORKER, "event %zu", at);
	cr_expect_eq(gap->ts, at > 0 ? reading->events[at - 1].ts : 0);
	return gap;
}

static struct reading read_window(void)
{
	struct reading reading = read_bytes(f.bytes.data, f.bytes.size);
	cr_assert_eq(reading.status, WSC_DONE, "%s", reading.err.message);
	return reading;
}

/* A stamp that is no event's: all that was recorded is before it, all that will be is after it. */
static uint64_t lone_stamp(void)
{
	const uint64_t before = wsc_stamp_fenced();
	uint64_t now = before;
	while (now <= before)
		now = wsc_stamp_fenced();
	while (wsc_stamp() <= now)
		continue;
	return now;
}

/* The window has what came before `until`. */
Test(record_window, a_ring_at_rest)
{
	record_tasks(1000);
	const uint64_t until = lone_stamp();
	record_tasks(1000);
	cr_assert_eq(write_window(NO_BLOCK, 0, until), WSC_OK);
	struct reading reading = read_window();
	cr_expect(reading.is_complete && reading.count == 1000, "%zu events", reading.count);
	expect_tasks(&reading, 0, 1000, 1);
	reading_free(&reading);
}

/* So much comes in that the next copy, and some after it, are overwritten: the window goes on behind them. */
Test(record_window, copies_that_are_overwritten)
{
	enum { INTACT = COPIED + 3 * COPY };
	record_tasks(FULL);
	cr_assert_eq(write_window(1, INTACT, UINT64_MAX), WSC_OK);
	struct reading reading = read_window();
	cr_expect_eq(reading.count, COPIED + 1 + FULL - INTACT);
	expect_tasks(&reading, 0, COPIED, 1);
	expect_tasks(&reading, COPIED + 1, FULL - INTACT, INTACT + 1);
	cr_expect_eq(expect_gap(&reading, COPIED)->task, reading.events[COPIED + 1].ts);
	reading_free(&reading);
}

/* The first part of the next copy is overwritten, and is not believed. */
Test(record_window, a_copy_that_is_overwritten_in_part)
{
	enum { VOID = 500 };
	record_tasks(FULL);
	cr_assert_eq(write_window(1, COPIED + VOID, UINT64_MAX), WSC_OK);
	struct reading reading = read_window();
	cr_expect_eq(reading.count, FULL - VOID + 1);
	expect_tasks(&reading, 0, COPIED, 1);
	expect_tasks(&reading, COPIED + 1, FULL - COPIED - VOID, COPIED + VOID + 1);
	cr_expect_eq(expect_gap(&reading, COPIED)->task, reading.events[COPIED + 1].ts);
	reading_free(&reading);
}

/* All the rest is overwritten: the gap lasts to the window's end, which is `until` or the moment when it was begun. */
Test(record_window, a_rest_that_is_overwritten)
{
	record_tasks(FULL);
	const uint64_t before = lone_stamp();
	cr_assert_eq(write_window(1, 2 * SLOTS, UINT64_MAX), WSC_OK);
	struct reading reading = read_window();
	cr_expect_eq(reading.count, COPIED + 1);
	expect_tasks(&reading, 0, COPIED, 1);
	const uint64_t until = expect_gap(&reading, COPIED)->task;
	cr_expect(until >= before && until < ring_slot_stamp(wsc_slot_at(f.w.ring, f.last & f.w.mask), until));
	reading_free(&reading);
	free_flight();
	make_flight();
	record_tasks(FULL);
	const uint64_t end = lone_stamp();
	cr_assert_eq(write_window(1, 2 * SLOTS, end), WSC_OK);
	reading = read_window();
	cr_expect_eq(expect_gap(&reading, COPIED)->task, end);
	reading_free(&reading);
}

/* A ring that was overwritten before: the window says where it starts, which is the first event that it has. */
Test(record_window, what_is_overwritten_before_the_first_event)
{
	enum { BEFORE = 1000, FIRST = BEFORE + RING_FILE_MARGIN };
	struct trace_reader *reader;
	struct trace_error err;
	record_tasks(SLOTS + BEFORE);
	cr_assert_eq(write_window(NO_BLOCK, 0, UINT64_MAX), WSC_OK);
	cr_assert_eq(open_bytes(&reader, f.bytes.data, f.bytes.size, &err), WSC_OK, "%s", err.message);
	struct reading reading = drain(reader);
	cr_expect(reading.status == WSC_DONE && !reading.is_complete, "%s", reading.err.message);
	cr_expect_eq(reading.count, 1 + SLOTS + BEFORE - FIRST);
	expect_tasks(&reading, 1, SLOTS + BEFORE - FIRST, FIRST + 1);
	cr_expect_eq(expect_gap(&reading, 0)->task, reading.events[1].ts);
	const struct trace_worker *row = trace_header_worker(trace_reader_header(reader), WORKER);
	cr_expect(row != NULL && row->has_window_start && row->window_start == reading.events[1].ts);
	reading_free(&reading);
	trace_reader_free(reader);
}

/* An event of two slots that lies across the end of a copy is whole, and there once. */
Test(record_window, events_of_two_slots_across_copies)
{
	record_tasks(1);
	record_wide(2 * COPY);
	cr_assert_eq(write_window(NO_BLOCK, 0, UINT64_MAX), WSC_OK);
	struct reading reading = read_window();
	cr_expect_eq(reading.count, 1 + 2 * COPY);
	expect_tasks(&reading, 0, 1 + 2 * COPY, 1);
	for (size_t i = 1; i < reading.count; i++)
		cr_assert(reading.events[i].kind == WSC_EV_QUEUED && reading.events[i].queue == 9);
	reading_free(&reading);
}

/* A sink that fails ends it, wherever: at what stands for workers that are gone, at a declaration, at a block. */
Test(record_window, a_sink_that_fails)
{
	f.status = WSC_IO;
	record_tasks(FULL);
	cr_expect_eq(write_window(1, 0, UINT64_MAX), WSC_IO, "the block");
	cr_expect_eq(f.calls, 1, "it went on");
	record_tasks(SLOTS);
	cr_expect_eq(write_window(1, 0, UINT64_MAX), WSC_IO, "the start of the window");
	cr_expect_eq(f.calls, 1, "it went on");
	f.r.forgotten = wsc_stamp();
	f.r.pass_count = 0;
	cr_expect_eq(write_window(1, 0, UINT64_MAX), WSC_IO, "the gap of the forgotten");
	cr_expect_eq(f.calls, 1, "it went on");
}
