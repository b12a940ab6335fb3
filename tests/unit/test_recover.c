/* SPDX-License-Identifier: MIT */
/*
 * Rings' files made by hand, joined with traces: nothing doubled, nothing lost, gaps where something is missing, and no
 * file that can do harm.
 */
#include <criterion/criterion.h>
#include <stdio.h>
#include <sys/syscall.h>

#include "trace_fixture.h"
#include "trace_item.h"
#include "trace_recover.h"

enum {
	SLOTS = 256,
	RING_BYTES = RING_FILE_SLOTS_AT + RING_FILE_PAGE,
	CHUNKS_BYTES = RING_FILE_CHUNKS_AT + 32768,
	FILE_BYTES_MAX = RING_FILE_HEAD_BYTES + 4 * RING_BYTES + CHUNKS_BYTES + RING_FILE_PAGE
};

static const unsigned char trace_id[TRACE_ID_BYTES] = "sixteen bytes..";

/* A rings' file in memory. */
struct rings {
	_Alignas(64) unsigned char bytes[FILE_BYTES_MAX];
	size_t size;
	uint64_t order;
};

static struct ring_file_head *head_of(struct rings *r)
{
	return (struct ring_file_head *)(void *)r->bytes;
}

static struct trace_header header_of_trace(void)
{
	struct trace_header header;
	trace_header_init(&header);
	memcpy(header.trace_id, trace_id, TRACE_ID_BYTES);
	header.publish_ns = 5000;
	return header;
}

static void *add_segment(struct rings *r, enum ring_file_kind kind, size_t bytes)
{
	struct ring_file_segment *segment = (struct ring_file_segment *)(void *)(r->bytes + r->size);
	*segment = (struct ring_file_segment){.kind = kind, .bytes = bytes};
	r->size += bytes;
	head_of(r)->bytes = r->size;
	return segment;
}

static void add_header(struct rings *r)
{
	struct trace_cbor_writer cbor = {0};
	struct trace_header header = header_of_trace();
	cr_assert_eq(trace_item_write_header(&cbor, &header), WSC_OK);
	head_of(r)->header_at = r->size;
	struct ring_file_header *segment = add_segment(r, RING_FILE_HEADER, RING_FILE_PAGE);
	segment->size = cbor.size;
	memcpy((char *)segment + RING_FILE_SEGMENT_BYTES, cbor.bytes, cbor.size);
	trace_cbor_free(&cbor);
}

static struct rings *rings_create(uint32_t policy)
{
	struct rings *r = aligned_alloc(64, sizeof(*r));
	cr_assert_neq(r, NULL);
	memset(r, 0, sizeof(*r));
	r->size = RING_FILE_HEAD_BYTES;
	struct ring_file_head *head = head_of(r);
	memcpy(head->magic, RING_FILE_MAGIC, RING_FILE_MAGIC_BYTES);
	memcpy(head->trace_id, trace_id, TRACE_ID_BYTES);
	head->version = RING_FILE_VERSION;
	head->state = RING_FILE_RECORDING;
	head->policy = policy;
	head->opened = (struct ring_file_moment){1000, 1000, 1000};
	head->now.count = 1;
	head->now.copy[1] = (struct ring_file_moment){2000, 2000, 2000};
	add_header(r);
	return r;
}

static struct ring_file_ring *add_ring(struct rings *r, uint32_t worker)
{
	struct ring_file_ring *ring = add_segment(r, RING_FILE_RING, RING_BYTES);
	ring->order = ++r->order;
	ring->worker = worker;
	ring->slots = SLOTS;
	ring->attached = 1000;
	ring->hold_at = UINT64_MAX;
	return ring;
}

static struct wsc_slot slot_of(uint64_t number)
{
	return (struct wsc_slot){{(1000 + number) << 8 | WSC_EV_EXEC_START, number + 1}};
}

static struct wsc_slot *slots_of(struct ring_file_ring *ring)
{
	return (struct wsc_slot *)(void *)((char *)ring + RING_FILE_SLOTS_AT);
}

/* The worker's slots from `first` on, slot n being the start of task n + 1, stamped 1000 + n. */
static void fill(struct ring_file_ring *ring, uint64_t first, uint64_t head)
{
	ring->tail = first;
	ring->ring.head = head;
	for (uint64_t i = first; i < head; i++)
		slots_of(ring)[i % SLOTS] = slot_of(i);
}

static void mark(struct ring_file_ring *ring, uint64_t slot, uint64_t event)
{
	ring->mark_count = 1;
	ring->mark[1] = (struct ring_file_mark){.slot = slot, .event = event};
}

/* The trace that a recorder had written: `count` events of worker 1, and no footer. */
static struct bytes written(uint64_t count)
{
	struct bytes bytes = {0};
	struct trace_header header = header_of_trace();
	struct trace_writer *writer = writer_to(&bytes, &header);
	for (uint64_t i = 0; i < count; i++) {
		const struct wsc_event e = {.ts = 1000 + i, .task = i + 1, .worker = 1, .kind = WSC_EV_EXEC_START};
		cr_assert_eq(trace_writer_block(writer, &e, 1, NULL), WSC_OK);
	}
	trace_writer_free(writer);
	return bytes;
}

struct outcome {
	enum wsc_status status;
	struct trace_recovered recovered;
	struct trace_error err;
	struct reading reading;
};

static struct outcome recover_parts(const struct rings *r, struct bytes older, struct bytes trace, bool is_live)
{
	struct outcome o = {0};
	struct ring_reader reader;
	struct bytes out = {0};
	const int rings = memory_file(r->bytes, r->size),
	          fd = trace.size > 0 ? memory_file(trace.data, trace.size) : -1;
	const int older_fd = older.size > 0 ? memory_file(older.data, older.size) : -1;
	o.status = ring_reader_open(&reader, rings, is_live, &o.err);
	if (o.status == WSC_OK) {
		const struct trace_recover_from from = {fd, older_fd, &reader, is_live ? 1500 : UINT64_MAX};
		o.status = trace_recover((struct trace_sink){bytes_sink, &out}, &from, &o.recovered, &o.err);
		ring_reader_free(&reader);
	}
	if (o.status == WSC_OK)
		o.reading = read_bytes(out.data, out.size);
	free(out.data);
	close(rings);
	if (fd >= 0)
		close(fd);
	if (older_fd >= 0)
		close(older_fd);
	return o;
}

static struct outcome recover(const struct rings *r, struct bytes trace, bool is_live)
{
	return recover_parts(r, (struct bytes){0}, trace, is_live);
}

/* Starts of tasks 1 to `count` by worker 1, and nothing else. */
static void expect_all(struct outcome o, uint64_t count)
{
	cr_assert_eq(o.status, WSC_OK, "%s", o.err.message);
	cr_assert_eq(o.reading.status, WSC_DONE, "%s", o.reading.err.message);
	cr_assert_eq(o.reading.count, count, "%zu events", o.reading.count);
	for (uint64_t i = 0; i < count; i++) {
		cr_assert_eq(o.reading.events[i].task, i + 1);
		cr_assert_eq(o.reading.events[i].ts, 1000 + i);
		cr_assert_eq(o.reading.events[i].kind, WSC_EV_EXEC_START);
	}
	cr_assert_eq(o.reading.summary.end, WSC_END_CUT);
	cr_assert_eq(o.reading.summary.damaged_blocks, 0);
	reading_free(&o.reading);
}

Test(recover, makes_a_trace_of_rings_alone)
{
	struct rings *r = rings_create(0);
	fill(add_ring(r, 1), 0, 50);
	struct outcome o = recover(r, (struct bytes){0}, false);
	cr_assert_eq(o.recovered.added, 50);
	expect_all(o, 50);
	free(r);
}

/* The frame was written, and the process killed before or after the mark moved on. */
Test(recover, doubles_nothing_that_was_written)
{
	for (uint64_t marked = 0; marked <= 10; marked += 5) {
		struct rings *r = rings_create(0);
		struct ring_file_ring *ring = add_ring(r, 1);
		fill(ring, 0, 40);
		ring->tail = marked;
		if (marked > 0)
			mark(ring, marked, marked);
		struct bytes trace = written(10);
		struct outcome o = recover(r, trace, false);
		cr_assert_eq(o.recovered.written, 10);
		cr_assert_eq(o.recovered.added, 30);
		expect_all(o, 40);
		free(trace.data);
		free(r);
	}
}

static void fill_chunk(struct rings *r, uint64_t order, uint64_t first, uint64_t count)
{
	char *segment = add_segment(r, RING_FILE_CHUNKS, CHUNKS_BYTES);
	struct ring_file_chunk *chunk = (struct ring_file_chunk *)(void *)(segment + RING_FILE_CHUNKS_AT);
	*chunk = (struct ring_file_chunk){.order = order, .first_slot = first, .count = count};
	struct wsc_slot *slots = (struct wsc_slot *)(void *)((char *)chunk + RING_FILE_CHUNK_SLOTS_AT);
	for (uint64_t i = 0; i < count; i++)
		slots[i] = slot_of(first + i);
}

/* What left the ring and is not yet in the file lies in a chunk; a part of it may still be in the ring. */
Test(recover, takes_what_waits_between_ring_and_file)
{
	for (uint64_t tail = 20; tail <= 30; tail += 10) {
		struct rings *r = rings_create(0);
		struct ring_file_ring *ring = add_ring(r, 1);
		fill(ring, tail, 60);
		mark(ring, 10, 10);
		fill_chunk(r, ring->order, 10, 20);
		struct bytes trace = written(10);
		expect_all(recover(r, trace, false), 60);
		expect_all(recover(r, trace, false), 60);
		free(trace.data);
		free(r);
	}
}

static const struct wsc_event *first_gap(const struct outcome *o)
{
	for (size_t i = 0; i < o->reading.count; i++) {
		if (o->reading.events[i].kind == WSC_EV_GAP)
			return &o->reading.events[i];
	}
	return NULL;
}

/* --- a trace of which the last is kept, in two files --- */

struct parts {
	struct bytes older, newer;
	size_t header_size; /* of the newer one's first frame */
};

static void write_tasks(struct trace_writer *writer, uint64_t first, uint64_t end)
{
	for (uint64_t i = first; i < end; i++) {
		const struct wsc_event e = {.ts = 1000 + i, .task = i + 1, .worker = 1, .kind = WSC_EV_EXEC_START};
		cr_assert_eq(trace_writer_block(writer, &e, 1, NULL), WSC_OK);
	}
}

/* Events 0 to 9 of worker 1 in the older, 10 to 19 in the newer. The caller frees. */
static struct parts written_in_two(void)
{
	struct parts parts = {0};
	struct trace_header header = header_of_trace();
	struct trace_writer *writer = writer_to(&parts.older, &header);
	write_tasks(writer, 0, 10);
	cr_assert_eq(trace_writer_continue(writer, (struct trace_sink){bytes_sink, &parts.newer}, &header, 1009),
	             WSC_OK);
	write_tasks(writer, 10, 20);
	trace_writer_free(writer);
	parts.header_size = frame_inspect(parts.newer.data, parts.newer.size, TRACE_CONTENT_BYTES_MAX).size;
	return parts;
}

static void parts_free(struct parts *parts)
{
	free(parts->older.data);
	free(parts->newer.data);
}

/* The rings of a recorder that has written `written` events in two files, and has 30. */
static struct rings *rings_after(uint64_t written)
{
	struct rings *r = rings_create(0);
	struct ring_file_ring *ring = add_ring(r, 1);
	fill(ring, written, 30);
	mark(ring, written, written);
	head_of(r)->begun = 1;
	return r;
}

Test(recover, joins_the_older_part)
{
	struct parts parts = written_in_two();
	struct rings *r = rings_after(20);
	struct outcome o = recover_parts(r, parts.older, parts.newer, false);
	cr_assert_eq(o.recovered.written, 20);
	cr_assert_eq(o.recovered.added, 10);
	cr_assert(!o.recovered.left_out_older);
	cr_assert(o.status != WSC_OK || o.reading.is_complete);
	expect_all(o, 30);
	/* Killed while it made one of the two: any share of the newer was behind the older. */
	const size_t behind = parts.newer.size - parts.header_size, size = parts.older.size;
	bytes_add(&parts.older, parts.newer.data + parts.header_size, behind);
	for (size_t at = 0; at <= behind; at += 1 + behind / 50) {
		parts.older.size = size + at;
		expect_all(recover_parts(r, parts.older, parts.newer, false), 30);
	}
	free(r);
	parts_free(&parts);
}

/* More than is read at a time. */
Test(recover, joins_large_parts)
{
	enum { BLOCKS = 40, EVENTS = 2000 };
	static struct wsc_event events[EVENTS];
	struct parts parts = {0};
	struct trace_header header = header_of_trace();
	struct trace_writer *writer = writer_to(&parts.older, &header);
	struct rings *r = rings_create(0);
	uint64_t noise = 1;
	for (unsigned block = 0; block < BLOCKS; block++) {
		for (unsigned i = 0; i < EVENTS; i++)
			events[i] = (struct wsc_event){
			    .ts = 1000, .task = random_next(&noise), .worker = 1, .kind = WSC_EV_EXEC_START};
		if (block == BLOCKS / 2)
			cr_assert_eq(
			    trace_writer_continue(writer, (struct trace_sink){bytes_sink, &parts.newer}, &header, 1000),
			    WSC_OK);
		cr_assert_eq(trace_writer_block(writer, events, EVENTS, NULL), WSC_OK);
	}
	trace_writer_free(writer);
	cr_assert_gt(parts.older.size, 300000);
	struct outcome o = recover_parts(r, parts.older, parts.newer, false);
	cr_assert_eq(o.status, WSC_OK, "%s", o.err.message);
	cr_assert(!o.recovered.left_out_older);
	cr_assert_eq(o.reading.count, BLOCKS * EVENTS, "%zu events", o.reading.count);
	reading_free(&o.reading);
	free(r);
	parts_free(&parts);
}

/* Killed while it began the newer: at any byte of its header. */
Test(recover, takes_the_older_part_alone)
{
	struct parts parts = written_in_two();
	struct rings *r = rings_after(10);
	for (parts.newer.size = 1; parts.newer.size <= parts.header_size; parts.newer.size++) {
		struct outcome o = recover_parts(r, parts.older, parts.newer, false);
		cr_assert_eq(o.recovered.written, 10);
		expect_all(o, 30);
	}
	free(r);
	parts_free(&parts);
}

/* What is not there is counted as lost, and not as found. */
static void expect_newer_alone(struct outcome o)
{
	cr_assert_eq(o.status, WSC_OK, "%s", o.err.message);
	cr_assert_eq(o.recovered.written, 10);
	cr_assert_eq(o.recovered.added, 10);
	cr_assert(!o.reading.is_complete);
	const struct wsc_event *gap = first_gap(&o);
	cr_assert_neq(gap, NULL);
	cr_assert_eq(gap->arg, 10);
	reading_free(&o.reading);
}

/* A gap of nobody's, over all that the rings and the trace have. */
static void expect_gap_over_all(const struct outcome *o)
{
	const struct wsc_event *gap = first_gap(o);
	cr_assert_neq(gap, NULL);
	cr_assert_eq(gap->worker, WSC_WORKER_UNATTACHED);
	cr_assert(gap->ts <= 1000 && gap->task >= 1029);
}

/* Killed before there was a newer one, or somebody removed it: of workers that are gone nothing else may tell. */
Test(recover, knows_that_the_newer_part_is_gone)
{
	struct parts parts = written_in_two();
	struct rings *r = rings_after(10);
	struct outcome o = recover_parts(r, parts.older, (struct bytes){0}, false);
	cr_assert_eq(o.status, WSC_OK, "%s", o.err.message);
	cr_assert_eq(o.recovered.written, 10);
	cr_assert_eq(o.recovered.added, 20);
	expect_gap_over_all(&o);
	reading_free(&o.reading);
	free(r);
	parts_free(&parts);
}

Test(recover, takes_the_newer_part_alone)
{
	struct parts parts = written_in_two();
	struct rings *r = rings_after(20);
	expect_newer_alone(recover(r, parts.newer, false));
	/* The older one lacks its last frame, or is another trace's. */
	parts.older.size -= 5;
	struct outcome o = recover_parts(r, parts.older, parts.newer, false);
	cr_assert(o.recovered.left_out_older);
	expect_newer_alone(o);
	struct bytes other = {0};
	struct trace_header header = header_of_trace();
	header.trace_id[0] ^= 1;
	struct trace_writer *writer = writer_to(&other, &header);
	write_tasks(writer, 0, 20);
	trace_writer_free(writer);
	o = recover_parts(r, other, parts.newer, false);
	cr_assert(o.recovered.left_out_older);
	expect_newer_alone(o);
	free(other.data);
	free(r);
	parts_free(&parts);
}

/* Something had been written, and is not there: of workers that are gone nothing else may tell. */
Test(recover, knows_that_the_trace_is_gone)
{
	struct rings *r = rings_after(0);
	struct outcome o = recover(r, (struct bytes){0}, false);
	cr_assert_eq(o.status, WSC_OK, "%s", o.err.message);
	cr_assert(!o.reading.is_complete);
	expect_gap_over_all(&o);
	reading_free(&o.reading);
	free(r);
}

Test(recover, says_where_slots_are_missing)
{
	struct rings *r = rings_create(0);
	struct ring_file_ring *ring = add_ring(r, 1);
	fill(ring, 20, 40);
	mark(ring, 10, 10);
	struct bytes trace = written(10);
	struct outcome o = recover(r, trace, false);
	cr_assert_eq(o.status, WSC_OK, "%s", o.err.message);
	const struct wsc_event *gap = first_gap(&o);
	cr_assert_neq(gap, NULL);
	cr_assert_eq(gap->ts, 1009);
	cr_assert_eq(gap->task, 1020);
	reading_free(&o.reading);
	free(trace.data);
	free(r);
}

/* The frame of which the mark speaks is not in the file: another lost it. */
Test(recover, says_where_written_events_are_missing)
{
	struct rings *r = rings_create(0);
	struct ring_file_ring *ring = add_ring(r, 1);
	fill(ring, 20, 40);
	mark(ring, 20, 20);
	struct bytes trace = written(10);
	struct outcome o = recover(r, trace, false);
	const struct wsc_event *gap = first_gap(&o);
	cr_assert_neq(gap, NULL);
	cr_assert_eq(gap->arg, 10);
	cr_assert_eq(gap->task, 1020);
	reading_free(&o.reading);
	free(trace.data);
	free(r);
}

Test(recover, keeps_the_last_of_a_flight_recorder)
{
	struct rings *r = rings_create(2);
	fill(add_ring(r, 1), 244, 500);
	struct outcome o = recover(r, (struct bytes){0}, false);
	cr_assert_eq(o.status, WSC_OK, "%s", o.err.message);
	cr_assert_eq(o.recovered.added, SLOTS - RING_FILE_MARGIN);
	const struct wsc_event *gap = first_gap(&o);
	cr_assert_neq(gap, NULL);
	cr_assert_eq(gap->ts, 0);
	cr_assert_eq(gap->task, 1000 + 500 - (SLOTS - RING_FILE_MARGIN));
	reading_free(&o.reading);
	/* Workers whose rings were given up recorded, too: nobody knows what. */
	head_of(r)->forgotten = 1200;
	o = recover(r, (struct bytes){0}, false);
	bool is_said = false;
	for (size_t i = 0; i < o.reading.count; i++)
		is_said |= o.reading.events[i].worker == WSC_WORKER_UNATTACHED && o.reading.events[i].task == 1200;
	cr_assert(is_said);
	reading_free(&o.reading);
	free(r);
}

Test(recover, counts_what_was_held_back)
{
	struct rings *r = rings_create(0);
	struct ring_file_ring *ring = add_ring(r, 1);
	fill(ring, 0, 3);
	ring->hold_at = 3;
	ring->hold_count = 1;
	ring->holds[0] = (struct ring_file_hold){.stamp = 1010, .queue = 2, .count = 7, .reason = WSC_REASON_EMPTY};
	struct outcome o = recover(r, (struct bytes){0}, false);
	cr_assert_eq(o.reading.count, 4);
	cr_assert_eq(o.reading.events[3].kind, WSC_EV_STEAL_FAILURE);
	cr_assert_eq(o.reading.events[3].arg, 7);
	reading_free(&o.reading);
	free(r);
}

/* A worker that was detached and attached anew has two rings, and one stream. */
Test(recover, joins_the_rings_of_one_worker)
{
	struct rings *r = rings_create(0);
	struct ring_file_ring *first = add_ring(r, 1), *second = add_ring(r, 1);
	fill(first, 0, 20);
	first->detached = 1020;
	second->ring.head = 20;
	for (uint64_t i = 0; i < 20; i++)
		slots_of(second)[i] = slot_of(20 + i);
	struct bytes trace = written(5);
	expect_all(recover(r, trace, false), 40);
	free(trace.data);
	free(r);
}

/* Whose ring is unsound may have done anything: nothing is concluded about anybody since. */
Test(recover, knows_nothing_of_an_unsound_ring)
{
	struct rings *r = rings_create(0);
	struct ring_file_ring *ring = add_ring(r, 1);
	fill(ring, 0, 20);
	fill(add_ring(r, 2), 0, 20);
	ring->slots = SLOTS - 1;
	struct outcome o = recover(r, (struct bytes){0}, false);
	cr_assert_eq(o.status, WSC_OK, "%s", o.err.message);
	const struct wsc_event *gap = first_gap(&o);
	cr_assert_neq(gap, NULL);
	cr_assert_eq(gap->worker, 1);
	cr_assert_geq(gap->task, 1019);
	reading_free(&o.reading);
	free(r);
}

/* Of a live process, the reader is told from when on nothing is whole. */
Test(recover, takes_a_snapshot)
{
	struct rings *r = rings_create(0);
	fill(add_ring(r, 1), 0, 50);
	expect_all(recover(r, (struct bytes){0}, true), 50);
	struct rings *late = rings_create(0);
	struct ring_file_ring *ring = add_ring(late, 1);
	fill(ring, 560, 580);
	mark(ring, 560, 0);
	struct outcome o = recover(late, (struct bytes){0}, true);
	const struct wsc_event *gap = first_gap(&o);
	cr_assert_neq(gap, NULL, "what is stamped after the moment is not whole");
	cr_assert_eq(gap->ts, 1500);
	reading_free(&o.reading);
	free(late);
	free(r);
}

/* Reads the rings of a live process, of which nothing was written; then `then` becomes of them, and of the trace `count`. */
static struct outcome recover_while_written(struct rings *r, const struct rings *then, uint64_t count)
{
	struct outcome o = {0};
	struct ring_reader reader;
	struct bytes out = {0}, trace = written(count);
	const int rings = memory_file(r->bytes, r->size), fd = memory_file(trace.data, trace.size);
	cr_assert_eq(ring_reader_open(&reader, rings, true, &o.err), WSC_OK, "%s", o.err.message);
	cr_assert_eq(pwrite(rings, then->bytes, then->size, 0), (ssize_t)then->size);
	const struct trace_sink sink = {bytes_sink, &out};
	const struct trace_recover_from from = {fd, -1, &reader, 1500};
	o.status = trace_recover(sink, &from, &o.recovered, &o.err);
	cr_assert_eq(o.status, WSC_OK, "%s", o.err.message);
	o.reading = read_bytes(out.data, out.size);
	ring_reader_free(&reader);
	free(trace.data);
	free(out.data);
	close(rings);
	close(fd);
	return o;
}

/* The first block got to the file between the reading of the rings and that of the file. */
Test(recover, doubles_nothing_that_is_written_meanwhile)
{
	struct rings *r = rings_create(0), *then = rings_create(0);
	struct ring_file_ring *ring = add_ring(r, 1), *later = add_ring(then, 1);
	fill(ring, 0, 50);
	mark(ring, 0, RING_FILE_EVENT_UNKNOWN);
	ring->first_event = RING_FILE_EVENT_UNKNOWN;
	fill(later, 20, 60);
	mark(later, 20, 25);
	later->first_event = 5; /* the worker has had another ring, which is gone */
	struct outcome o = recover_while_written(r, then, 25);
	cr_assert_eq(o.recovered.written, 25);
	cr_assert_eq(o.recovered.added, 30);
	cr_assert_eq(first_gap(&o), NULL);
	reading_free(&o.reading);
	/* Nothing was written, and what the file has is older. */
	later->first_event = RING_FILE_EVENT_UNKNOWN;
	o = recover_while_written(r, then, 25);
	cr_assert_eq(o.recovered.added, 50);
	reading_free(&o.reading);
	/* All of it was written, and the ring given to another: how much of it the file has is not known. */
	later->order = 9;
	o = recover_while_written(r, then, 25);
	cr_assert_eq(o.recovered.added, 0);
	cr_assert_neq(first_gap(&o), NULL);
	reading_free(&o.reading);
	free(r);
	free(then);
}

/* A worker whose full ring drops or waits: nothing of it can be overwritten before it is given back. */
Test(recover, has_all_of_a_full_ring)
{
	struct rings *r = rings_create(0);
	struct ring_file_ring *ring = add_ring(r, 1);
	fill(ring, 0, SLOTS);
	mark(ring, 0, 0);
	expect_all(recover(r, (struct bytes){0}, true), SLOTS);
	free(r);
}

Test(recover, refuses_what_does_not_belong_together)
{
	struct rings *r = rings_create(0);
	fill(add_ring(r, 1), 0, 50);
	head_of(r)->trace_id[0] ^= 1;
	struct bytes trace = written(10);
	struct outcome o = recover(r, trace, false);
	cr_assert_eq(o.status, WSC_FORMAT);
	cr_assert_str_eq(o.err.message, "the rings are those of another trace");
	head_of(r)->version = 2;
	cr_assert_eq(recover(r, trace, false).status, WSC_UNSUPPORTED);
	head_of(r)->version = RING_FILE_VERSION;
	head_of(r)->magic[0] = 'w';
	cr_assert_eq(recover(r, trace, false).status, WSC_FORMAT);
	free(trace.data);
	free(r);
}

/* Any byte of the structures altered, and the file cut anywhere: no crash, and what comes out is a trace or an error. */
Test(recover, survives_any_rings)
{
	struct rings *r = rings_create(0);
	struct ring_file_ring *ring = add_ring(r, 1);
	fill(ring, 20, 60);
	mark(ring, 10, 10);
	fill_chunk(r, ring->order, 10, 20);
	struct bytes trace = written(10);
	const struct rings sound = *r;
	for (size_t at = 0; at < r->size; at += at < 256 || (at >= 8192 && at % RING_FILE_PAGE < 1200) ? 1 : 61) {
		r->bytes[at] ^= (unsigned char)(1u << at % 8 | 0x80u);
		struct outcome o = recover(r, trace, at % 2 != 0);
		if (o.status == WSC_OK)
			cr_assert_eq(o.reading.status, WSC_DONE, "byte %zu: %s", at, o.reading.err.message);
		reading_free(&o.reading);
		r->bytes[at] = sound.bytes[at];
	}
	for (size_t size = 0; size < sound.size; size += 509) {
		r->size = size;
		struct outcome o = recover(r, trace, false);
		if (o.status == WSC_OK)
			cr_assert_eq(o.reading.status, WSC_DONE, "%zu bytes: %s", size, o.reading.err.message);
		reading_free(&o.reading);
	}
	free(trace.data);
	free(r);
}

/* A rings' file of 2 TiB that takes 80 KiB: each ring says that it is full, and of the chunks nobody knows. */
static int sparse_file(const struct rings *r, uint64_t rings)
{
	const uint64_t bytes = (RING_FILE_SLOTS_AT + RING_FILE_SLOTS_MAX * sizeof(struct wsc_slot));
	const int fd = memory_file(r->bytes, r->size);
	uint64_t at = r->size;
	for (uint64_t i = 0; i < rings; i++, at += bytes) {
		struct ring_file_ring ring = {
		    .segment = {.kind = RING_FILE_RING, .bytes = bytes}, .order = i + 1, .worker = (uint32_t)i};
		ring.slots = ring.ring.head = RING_FILE_SLOTS_MAX;
		cr_assert_eq(pwrite(fd, &ring, sizeof(ring), (off_t)at), (ssize_t)sizeof(ring));
	}
	const struct ring_file_segment chunks = {.kind = RING_FILE_CHUNKS, .bytes = UINT64_C(1) << 41};
	cr_assert_eq(pwrite(fd, &chunks, sizeof(chunks), (off_t)at), (ssize_t)sizeof(chunks));
	at += chunks.bytes;
	cr_assert_eq(ftruncate(fd, (off_t)at), 0);
	cr_assert_eq(pwrite(fd, &at, sizeof(at), offsetof(struct ring_file_head, bytes)), (ssize_t)sizeof(at));
	return fd;
}

/* Holes take neither time nor memory: these would take an hour. */
Test(recover, reads_no_holes, .timeout = 60)
{
	struct rings *r = rings_create(0);
	const int fd = sparse_file(r, 16);
	for (int is_live = 0; is_live < 2; is_live++) {
		struct ring_reader reader;
		struct trace_recovered recovered;
		struct bytes out = {0};
		const struct trace_recover_from from = {-1, -1, &reader, UINT64_MAX};
		cr_assert_eq(ring_reader_open(&reader, fd, is_live != 0, NULL), WSC_OK);
		cr_assert_eq(trace_recover((struct trace_sink){bytes_sink, &out}, &from, &recovered, NULL), WSC_OK);
		cr_assert_eq(recovered.added, 0);
		ring_reader_free(&reader);
		free(out.data);
	}
	close(fd);
	free(r);
}

/* --- a recorder that goes on while it is read --- */

/* What becomes of the two files after so many reads, and `split` bytes of the next; 0 reads: nothing. */
static struct {
	unsigned reads_left;
	size_t split;
	const struct rings *rings;
	int rings_fd, trace_fd;
	struct bytes trace;
} change;

static void put_file(int fd, const void *bytes, size_t size)
{
	cr_assert_eq(pwrite(fd, bytes, size, 0), (ssize_t)size);
}

/* In place of the C library's, for all reads of this program. */
ssize_t pread(int fd, void *bytes, size_t size, off_t offset)
{
	size_t done = 0;
	if (change.reads_left > 0 && --change.reads_left == 0) {
		done = change.split < size ? change.split : 0;
		cr_assert_eq(syscall(SYS_pread64, fd, bytes, done, offset), (long)done);
		put_file(change.trace_fd, change.trace.data, change.trace.size);
		put_file(change.rings_fd, change.rings->bytes, change.rings->size);
	}
	const ssize_t got = (ssize_t)syscall(SYS_pread64, fd, (char *)bytes + done, size - done, offset + (off_t)done);
	return got < 0 ? got : got + (ssize_t)done;
}

/* Reads `before`, which becomes what is in `change` before the read of that number. False: there were not so many. */
static bool recover_changing(const struct rings *before, struct bytes trace, unsigned number, struct outcome *o)
{
	struct ring_reader reader;
	struct bytes out = {0};
	*o = (struct outcome){0};
	change.rings_fd = memory_file(before->bytes, before->size);
	change.trace_fd = memory_file(trace.data, trace.size);
	change.reads_left = number;
	o->status = ring_reader_open(&reader, change.rings_fd, true, &o->err);
	cr_assert_eq(o->status, WSC_OK, "%s", o->err.message);
	const struct trace_recover_from from = {change.trace_fd, -1, &reader, 2000};
	o->status = trace_recover((struct trace_sink){bytes_sink, &out}, &from, &o->recovered, &o->err);
	cr_assert_eq(o->status, WSC_OK, "%s", o->err.message);
	ring_reader_free(&reader);
	const bool has_changed = change.reads_left == 0;
	change.reads_left = 0;
	o->reading = read_bytes(out.data, out.size);
	cr_assert_eq(o->reading.status, WSC_DONE, "%s", o->reading.err.message);
	free(out.data);
	close(change.rings_fd);
	close(change.trace_fd);
	return has_changed;
}

/* Of worker 1 tasks 1 to 20, or a gap in their place, its own or nobody's; of worker 2 none, or those from 1001 to 1120. */
static void expect_both(const struct outcome *o, bool may_have_gap, unsigned number)
{
	uint64_t next[2] = {1, 1001};
	bool has_gap = false;
	for (size_t i = 0; i < o->reading.count; i++) {
		const struct wsc_event *e = &o->reading.events[i];
		const uint32_t worker = e->worker;
		if (e->kind == WSC_EV_GAP) {
			cr_assert(worker != 2 && may_have_gap, "read %u: a gap of worker %u", number, worker);
			has_gap = true;
			continue;
		}
		cr_assert(worker == 1 || worker == 2, "read %u: worker %u", number, worker);
		cr_assert_eq(e->task, next[worker - 1], "read %u: task %u of worker %u", number, (unsigned)e->task,
		             worker);
		next[worker - 1]++;
	}
	cr_assert(next[0] == 21 || (next[0] == 1 && has_gap), "read %u: worker 1 ends at %u", number,
	          (unsigned)next[0]);
	cr_assert(next[1] == 1121 || next[1] == 1001, "read %u: worker 2 ends at %u", number, (unsigned)next[1]);
}

/* The segment of a worker that is gone becomes another's, between any two reads. */
static void expect_change_of_hands(bool overwrites)
{
	struct rings *before = rings_create(overwrites ? 2 : 0), *after = rings_create(overwrites ? 2 : 0);
	struct bytes nothing = written(0), all = written(overwrites ? 0 : 20);
	struct outcome o;
	unsigned number = 1;
	fill(add_ring(before, 1), 0, 20);
	after->order = 1;
	head_of(after)->forgotten = overwrites ? 1020 : 0;
	struct ring_file_ring *ring = add_ring(after, 2);
	fill(ring, 0, 120);
	for (uint64_t i = 0; i < 120; i++)
		slots_of(ring)[i].word[1] = 1001 + i;
	mark(ring, 0, RING_FILE_EVENT_UNKNOWN);
	change.rings = after;
	change.trace = all;
	for (bool has_changed = true; has_changed; number++) {
		has_changed = recover_changing(before, nothing, number, &o);
		expect_both(&o, overwrites, number);
		reading_free(&o.reading);
	}
	cr_assert_gt(number, 10, "there were only %u reads", number);
	free(nothing.data);
	free(all.data);
	free(before);
	free(after);
}

Test(recover, reads_a_segment_that_changes_hands)
{
	expect_change_of_hands(false);
	expect_change_of_hands(true);
}

/* Puts the gap of a drop, or of a pause, into the slots and an event after it. */
static void put_gap(struct ring_file_ring *ring, uint64_t from, uint64_t until, uint64_t lost)
{
	const uint64_t head = ring->ring.head;
	slots_of(ring)[head] = (struct wsc_slot){{from << 8 | WSC_SLOT_WIDE | WSC_EV_GAP, until}};
	slots_of(ring)[head + 1] = (struct wsc_slot){{lost << 8 | WSC_SLOT_MORE, 0}};
	slots_of(ring)[head + 2] = (struct wsc_slot){{until << 8 | WSC_EV_EXEC_START, 99}};
	ring->ring.head = head + 3;
}

/* In any read, and at any of its words: a gap begins where one is due. */
static void expect_gap_from(const struct rings *before, const struct rings *after, uint64_t from)
{
	struct bytes nothing = written(0);
	change.rings = after;
	change.trace = nothing;
	for (change.split = 0; change.split <= 136; change.split += 8) {
		unsigned number = 1;
		for (bool has_changed = true; has_changed; number++) {
			struct outcome o;
			has_changed = recover_changing(before, nothing, number, &o);
			const struct wsc_event *gap = first_gap(&o);
			cr_assert_neq(gap, NULL, "read %u, byte %zu: no gap", number, change.split);
			cr_assert_eq(gap->ts, from, "read %u, byte %zu: from %u", number, change.split,
			             (unsigned)gap->ts);
			reading_free(&o.reading);
		}
		cr_assert_gt(number, 10, "there were only %u reads", number);
	}
	change.split = 0;
	free(nothing.data);
}

/* What was dropped is in the slots by now, and the next drop has begun. */
Test(recover, finds_a_gap_that_is_put_in_meanwhile)
{
	struct rings *before = rings_create(0), *after = rings_create(0);
	struct ring_file_ring *ring = add_ring(before, 1), *later = add_ring(after, 1);
	fill(ring, 0, 20);
	mark(ring, 0, 0);
	ring->dropped = 5;
	ring->gap_from = 1019;
	fill(later, 0, 20);
	mark(later, 0, 0);
	put_gap(later, 1019, 1030, 5);
	later->dropped = 9;
	later->gap_from = 1030;
	expect_gap_from(before, after, 1019);
	free(before);
	free(after);
}

/* A pause is over, and its gap is in the slots by now. */
Test(recover, finds_the_gap_of_a_pause_that_is_put_in_meanwhile)
{
	struct rings *before = rings_create(0), *after = rings_create(0);
	struct ring_file_ring *ring = add_ring(before, 1), *later = add_ring(after, 1);
	head_of(before)->pauses = head_of(after)->pauses = 2;
	head_of(before)->paused = head_of(after)->paused = 1019;
	fill(ring, 0, 20);
	mark(ring, 0, 0);
	fill(later, 0, 20);
	mark(later, 0, 0);
	put_gap(later, 1019, 1030, 0);
	later->pauses_seen = 2;
	expect_gap_from(before, after, 1019);
	free(before);
	free(after);
}
