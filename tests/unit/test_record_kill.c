/* SPDX-License-Identifier: MIT */
/*
 * The writing side taken step by step, and at every write to the trace, whole or half, and between all steps, the files
 * as a SIGKILL would leave them then: what is recovered of them has every call that returned once, or counts it as
 * dropped, and in order.
 */
#include <criterion/criterion.h>
#include <stdio.h>

#include "recorder.h"
#include "trace_fixture.h"
#include "trace_recover.h"

enum { SLOTS = 64, WORKER = 7, VICTIM = 8, STEPS = 120, RUNS = 40 };

struct machine {
	struct wsc_recorder recorder;
	struct ring_stream *old; /* detached and not yet written, or NULL */
	struct ring_stream *now;
	struct bytes trace;
	uint64_t started, failed; /* calls that returned */
	uint64_t random, checks;
};

struct found {
	uint64_t started, failed, dropped;
	uint64_t last; /* task */
	bool has_gap;  /* since the last start */
};

static void count_event(struct found *found, const struct wsc_event *e)
{
	if (e->kind == WSC_EV_GAP) {
		found->dropped += e->arg;
		found->has_gap = true;
	} else if (e->kind == WSC_EV_STEAL_FAILURE) {
		found->failed += e->arg;
	} else {
		cr_assert_eq(e->kind, WSC_EV_EXEC_START);
		cr_assert(e->task == found->last + 1 || (found->has_gap && e->task > found->last),
		          "task %lu after task %lu", (unsigned long)e->task, (unsigned long)found->last);
		found->last = e->task;
		found->has_gap = false;
		found->started++;
	}
}

static void check(struct machine *m)
{
	struct bytes out = {0};
	struct ring_reader rings;
	struct trace_recovered recovered;
	struct trace_error err = {0};
	struct found found = {0};
	const int fd = memory_file(m->trace.data, m->trace.size);
	cr_assert_eq(ring_reader_open(&rings, m->recorder.store.file.fd, false, &err), WSC_OK, "%s", err.message);
	const struct trace_sink sink = {bytes_sink, &out};
	const struct trace_recover_from from = {fd, -1, &rings, UINT64_MAX};
	cr_assert_eq(trace_recover(sink, &from, &recovered, &err), WSC_OK, "%s", err.message);
	struct reading reading = read_bytes(out.data, out.size);
	cr_assert_eq(reading.status, WSC_DONE, "%s", reading.err.message);
	for (size_t i = 0; i < reading.count; i++)
		count_event(&found, &reading.events[i]);
	cr_assert_eq(found.started + found.failed + found.dropped, m->started + m->failed,
	             "%lu starts and %lu failures in the trace, %lu dropped; %lu and %lu were recorded",
	             (unsigned long)found.started, (unsigned long)found.failed, (unsigned long)found.dropped,
	             (unsigned long)m->started, (unsigned long)m->failed);
	m->checks++;
	reading_free(&reading);
	ring_reader_free(&rings);
	free(out.data);
	close(fd);
}

/* The trace's sink: a kill before, in the middle of, and after what is written. */
static enum wsc_status write_and_check(void *context, const void *bytes, size_t size)
{
	struct machine *m = context;
	check(m);
	bytes_add(&m->trace, bytes, size / 2);
	check(m);
	bytes_add(&m->trace, (const char *)bytes + size / 2, size - size / 2);
	check(m);
	return WSC_OK;
}

static struct ring_stream *attach(struct machine *m)
{
	struct ring_stream *s = ring_stream_create(&m->recorder, WORKER, NULL, ++m->recorder.last_order);
	cr_assert_neq(s, NULL);
	ring_store_publish(s->segment, RING_FILE_RING);
	return s;
}

static struct machine *machine_create(uint64_t seed)
{
	struct machine *m = calloc(1, sizeof(*m));
	cr_assert_neq(m, NULL);
	m->random = seed;
	struct wsc_recorder *r = &m->recorder;
	const char *directory = getenv("TMPDIR");
	char path[4096];
	snprintf(path, sizeof(path), "%s/wscheck-test_record_kill.zst", directory != NULL ? directory : "/tmp");
	pthread_mutex_init(&r->mutex, NULL);
	sem_init(&r->common.bell, 0, 0);
	r->common.mode = WSC_MODE_DROP;
	r->config.ring_slots = SLOTS;
	r->config.ring = (struct ring_traits){.hold_max = 4, .sample_last = UINT32_MAX};
	trace_header_init(&r->header);
	memset(r->header.trace_id, 1, TRACE_ID_BYTES);
	r->opened = clock_moment();
	cr_assert(record_file_open(&r->file, strdup(path), "the test fails"));
	cr_assert(ring_store_open(&r->store, &r->file, r->header.trace_id, 0, r->opened, 1 << 20));
	cr_assert(r->store.is_shared, "neither /dev/shm nor %s takes a file", path);
	cr_assert(chunk_pool_init(&r->pool, &r->store));
	recorder_share_header(r);
	ring_store_recording(&r->store);
	r->sink.pool = &r->pool;
	r->sink.streams = 2;
	r->sink.events = malloc(RING_STREAM_BLOCK_EVENTS * sizeof(*r->sink.events));
	const struct trace_sink sink = {write_and_check, m};
	cr_assert_eq(trace_writer_create(&r->sink.writer, sink, &r->header, 0), WSC_OK);
	m->now = attach(m);
	return m;
}

static void machine_free(struct machine *m)
{
	struct wsc_recorder *r = &m->recorder;
	ring_stream_free(m->now, &r->store);
	if (m->old != NULL)
		ring_stream_free(m->old, &r->store);
	trace_writer_free(r->sink.writer);
	ring_segment_free(r->header_segment);
	chunk_pool_free(&r->pool);
	ring_store_close(&r->store);
	record_file_abandon(&r->file);
	free(r->file.path);
	record_file_free(&r->file);
	trace_header_free(&r->header);
	free(r->sink.events);
	free(m->trace.data);
	free(m);
}

/* --- steps --- */

static void start_some(struct machine *m, uint64_t count)
{
	for (uint64_t i = 0; i < count; i++)
		wsc_exec_start(m->now->ring, ++m->started);
}

static void fail_some(struct machine *m, uint64_t count)
{
	for (uint64_t i = 0; i < count; i++, m->failed++)
		wsc_steal_failure(m->now->ring, VICTIM + (uint32_t)(i % 3), WSC_REASON_EMPTY);
}

static void write_old(struct machine *m)
{
	struct ring_stream_sink *sink = &m->recorder.sink;
	m->old->until = ring_head(m->old->ring);
	do {
		ring_stream_read(m->old, sink);
	} while (ring_stream_write(m->old, sink, wsc_stamp()));
	ring_stream_write_pending(m->old, sink, m->old->detached);
	check(m);
	ring_stream_free(m->old, &m->recorder.store);
	m->old = NULL;
}

static void attach_anew(struct machine *m)
{
	if (m->old != NULL)
		write_old(m);
	ring_flush(m->now->ring);
	m->now->detached = wsc_stamp();
	ring_shared(m->now->ring)->detached = m->now->detached;
	m->old = m->now;
	m->now = attach(m);
}

static void read_now(struct machine *m)
{
	m->now->until = ring_head(m->now->ring);
	ring_stream_read(m->now, &m->recorder.sink);
}

static void write_now(struct machine *m)
{
	if (m->old != NULL)
		write_old(m);
	ring_stream_write(m->now, &m->recorder.sink, wsc_stamp());
}

static void step(struct machine *m)
{
	ring_store_now(&m->recorder.store);
	const uint64_t what = random_next(&m->random) >> 32;
	switch (what % 16) {
	case 0:
		attach_anew(m);
		break;
	case 1:
		start_some(m, SLOTS + what / 16 % SLOTS); /* some are dropped */
		break;
	case 2:
	case 3:
	case 4:
		read_now(m);
		break;
	case 5:
	case 6:
	case 7:
		write_now(m);
		break;
	case 8:
	case 9:
		fail_some(m, what / 16 % 9);
		break;
	default:
		start_some(m, what / 16 % 12);
		break;
	}
	check(m);
}

Test(record_kill, loses_and_doubles_nothing_at_any_write)
{
	for (uint64_t run = 1; run <= RUNS; run++) {
		struct machine *m = machine_create(run * UINT64_C(0x9e3779b97f4a7c15));
		for (int i = 0; i < STEPS; i++)
			step(m);
		cr_assert_gt(m->checks, STEPS);
		machine_free(m);
	}
}
