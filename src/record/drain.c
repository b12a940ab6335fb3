/* SPDX-License-Identifier: MIT */
/*
 * The drain thread: copies new slots of all rings into batches of events, and writes a block whenever a worker has a
 * full batch. Now and then it flushes: writes partial batches too, and then a watermark, so that little is lost with a
 * killed process and a reader that merges by time need not look far ahead.
 *
 * While the clock is being measured, before the header can be written, batches pile up in memory, up to a bound.
 */
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "notice.h"
#include "recorder.h"
#include "ring.h"
#include "trace_limits.h"

#define NS_PER_MS 1000000u

/* Partial batches are written after this time, or after so many full blocks, whichever comes first. */
#define FLUSH_NS        (200u * NS_PER_MS)
#define FLUSH_BLOCKS    16u
#define ANCHOR_NS       (1000u * NS_PER_MS)
#define MEASURE_STEP_NS (NS_PER_MS / 2)
#define PROBE_NS        (8u * NS_PER_MS)
/* Batches of all workers while the clock is measured: 32 MiB. */
#define BATCHES_MAX 64u
/* Slots handed back to the producer at a time. */
#define CHUNK_SLOTS 4096u
/* A worker that goes on as fast as it did fills this share of its ring by the next pass. */
#define FILL_TARGET 0.35
/* While anything is recorded, passes come this much faster than epochs: a burst must not meet a sleeping drain. */
#define ACTIVE_DIVISOR 5u
/* Waits below this are not worth the system call. */
#define WAIT_NS_MIN 50000u

_Static_assert(RECORDER_BLOCK_EVENTS <= TRACE_BLOCK_EVENTS_MAX, "a batch is at most one block");

static void fail(struct wsc_recorder *r, enum wsc_status status)
{
	if (!r->is_failed && !r->file.said)
		notice("%s: the trace can't be written (status %d); the rest is not recorded", r->file.path,
		       (int)status);
	r->is_failed = true;
}

/* Holds the status of a writer's call against the recorder. */
static void check(struct wsc_recorder *r, enum wsc_status status)
{
	if (status != WSC_OK)
		fail(r, status);
}

static void count_dropped(struct wsc_recorder *r, uint64_t count)
{
	pthread_mutex_lock(&r->mutex);
	r->dropped += count;
	pthread_mutex_unlock(&r->mutex);
}

/* --- declarations --- */

static void write_declarations(struct wsc_recorder *r)
{
	struct trace_header *later = &r->later;
	if (later->worker_count + later->label_count + later->anchor_count == 0)
		return;
	if (!r->is_failed)
		check(r, trace_writer_declare(r->writer, later));
	trace_header_free(later);
}

static void add_anchor(struct trace_header *header)
{
	if (header->anchor_count != 0)
		return;
	header->anchors = malloc(sizeof(*header->anchors));
	if (header->anchors == NULL)
		return; /* there will be others */
	const struct clock_pair pair = clock_pair_wall();
	header->anchors[0] = (struct trace_anchor){pair.stamp, pair.ns};
	header->anchor_count = 1;
}

static struct trace_worker *declare_worker(struct wsc_recorder *r, const struct stream *s)
{
	struct trace_worker *row = trace_header_add_worker(&r->later, s->worker);
	if (row == NULL)
		return NULL;
	row->has_thread_id = true;
	row->thread_id = s->thread_id;
	row->has_attached = true;
	row->attached = s->attached;
	if (s->name != NULL && row->name == NULL)
		row->name = strdup(s->name);
	return row;
}

/* The mutex is held. */
static void declare_labels(struct wsc_recorder *r)
{
	struct recorder_labels *labels = &r->labels;
	while (labels->declared < labels->count) {
		struct trace_label *row = trace_header_add_label(&r->later, labels->declared + 1);
		if (row == NULL)
			return;
		free(row->text);
		row->text = strdup(labels->texts[labels->declared]);
		if (row->text == NULL) {
			r->later.label_count--;
			return;
		}
		labels->declared++;
	}
}

/* --- batches --- */

static void write_batch(struct wsc_recorder *r, struct batch *batch)
{
	if (batch->count > 0 && !r->is_failed) {
		check(r, trace_writer_block(r->writer, batch->events, batch->count, NULL));
		r->blocks_unflushed++;
	}
	if (r->is_failed)
		count_dropped(r, batch->count);
	batch->count = 0;
}

/* Writes a stream's full batches, or all of them, and keeps one, empty or being filled. */
static void write_batches(struct wsc_recorder *r, struct stream *s, bool all)
{
	if (r->writer == NULL && !r->is_failed)
		return;
	while (s->first != s->filling) {
		struct batch *batch = s->first;
		write_batch(r, batch);
		s->first = batch->next;
		free(batch);
		r->batch_count--;
	}
	if (all || s->filling->count == RECORDER_BLOCK_EVENTS)
		write_batch(r, s->filling);
}

/* A batch with room, or NULL where memory may not grow. */
static struct batch *batch_with_room(struct wsc_recorder *r, struct stream *s)
{
	if (s->filling->count == RECORDER_BLOCK_EVENTS)
		write_batches(r, s, false);
	if (s->filling->count < RECORDER_BLOCK_EVENTS)
		return s->filling;
	struct batch *batch = r->batch_count < BATCHES_MAX ? malloc(sizeof(*batch)) : NULL;
	if (batch == NULL)
		return NULL;
	batch->next = NULL;
	batch->count = 0;
	r->batch_count++;
	s->filling->next = batch;
	s->filling = batch;
	return batch;
}

static void read_ring(struct wsc_recorder *r, struct stream *s, uint64_t now)
{
	while (s->at < s->until) {
		struct batch *batch = batch_with_room(r, s);
		if (batch == NULL)
			return; /* it stays in the ring until the header is written */
		const uint64_t from = s->at;
		const uint64_t until = s->until - from > CHUNK_SLOTS ? from + CHUNK_SLOTS : s->until;
		batch->count += ring_read(s->ring, &s->at, until, now, batch->events + batch->count,
		                          RECORDER_BLOCK_EVENTS - batch->count, &s->gaps);
		if (s->at == from)
			s->at = until; /* half an event: two threads wrote one ring */
		ring_release(s->ring, s->at);
	}
}

/* The gap that the producer had no room, or no occasion, to write. It lasts to `until`. */
static void add_pending_gap(struct wsc_recorder *r, struct stream *s, uint64_t until)
{
	const uint64_t dropped = ring_dropped(s->ring);
	struct batch *batch = dropped > s->gaps ? batch_with_room(r, s) : NULL;
	if (batch == NULL)
		return;
	const uint64_t from = ring_gap_from(s->ring);
	const uint64_t lost = dropped - s->gaps;
	batch->events[batch->count++] = (struct wsc_event){.ts = from,
	                                                   .task = until > from ? until : from,
	                                                   .worker = s->worker,
	                                                   .arg = lost > UINT32_MAX ? UINT32_MAX : (uint32_t)lost,
	                                                   .kind = WSC_EV_GAP};
	s->gaps = dropped;
}

/* --- passes --- */

static struct stream *next_stream(struct wsc_recorder *r, const struct stream *s)
{
	pthread_mutex_lock(&r->mutex);
	struct stream *next = s != NULL ? s->next : r->streams;
	pthread_mutex_unlock(&r->mutex);
	return next;
}

/* The last of a worker that was detached. */
static void end_stream(struct wsc_recorder *r, struct stream *s)
{
	add_pending_gap(r, s, s->detached);
	write_batches(r, s, true);
	struct trace_worker *row = declare_worker(r, s);
	if (row != NULL) {
		row->has_detached = true;
		row->detached = s->detached;
	}
	pthread_mutex_lock(&r->mutex);
	struct stream **link = &r->streams;
	while (*link != s)
		link = &(*link)->next;
	*link = s->next;
	r->dropped += ring_dropped(s->ring);
	pthread_mutex_unlock(&r->mutex);
	stream_free(s);
}

/*
 * Notes how far each ring is to be read in this pass, and declares what is new: labels and workers are known before the
 * events that speak of them were published. Returns the largest share of a ring that is waiting, and their number.
 */
static double begin_pass(struct wsc_recorder *r, size_t *streams)
{
	uint64_t most = 0;
	*streams = 0;
	pthread_mutex_lock(&r->mutex);
	for (struct stream *s = r->streams; s != NULL; s = s->next) {
		s->is_last_pass = s->is_detached;
		s->until = ring_head(s->ring);
		if (s->until - s->at > most)
			most = s->until - s->at;
		if (!s->is_declared)
			s->is_declared = declare_worker(r, s) != NULL;
		++*streams;
	}
	declare_labels(r);
	pthread_mutex_unlock(&r->mutex);
	return (double)most / (double)r->ring_slots;
}

static void write_watermark(struct wsc_recorder *r, uint64_t now)
{
	/* A store may take as long as publish_ns to be seen, so what was stamped just before `now` may not be out. */
	const uint64_t slack = r->header.publish_ns * (r->header.ticks_per_second / 1000000u) / 1000u;
	if (!r->is_failed)
		check(r, trace_writer_epoch(r->writer, now > slack ? now - slack : 0));
	r->blocks_unflushed = 0;
}

/* One pass over all rings; returns what begin_pass() did. With `flush`, everything read is written. */
static double pass(struct wsc_recorder *r, bool flush)
{
	size_t streams;
	const uint64_t now = wsc_stamp_fenced();
	const double waiting = begin_pass(r, &streams);
	const bool can_write = r->writer != NULL || r->is_failed;
	if (can_write)
		write_declarations(r);
	flush = flush || r->blocks_unflushed >= (FLUSH_BLOCKS > 4 * streams ? FLUSH_BLOCKS : 4 * streams);
	for (struct stream *s = next_stream(r, NULL), *next; s != NULL; s = next) {
		next = next_stream(r, s);
		read_ring(r, s, now);
		write_batches(r, s, flush);
		if (can_write && s->is_last_pass)
			end_stream(r, s);
	}
	if (can_write)
		write_declarations(r);
	if (can_write && flush && r->blocks_unflushed > 0)
		write_watermark(r, now);
	return waiting;
}

/* Sleeps until it is time for the next pass, or the recorder is to be closed: then false. */
static bool wait_ns(struct wsc_recorder *r, uint64_t ns)
{
	struct timespec deadline;
	clock_gettime(CLOCK_MONOTONIC, &deadline);
	deadline.tv_sec += (time_t)(ns / 1000000000u);
	deadline.tv_nsec += (long)(ns % 1000000000u);
	if (deadline.tv_nsec >= 1000000000) {
		deadline.tv_sec++;
		deadline.tv_nsec -= 1000000000;
	}
	pthread_mutex_lock(&r->mutex);
	if (r->state == RECORDER_OPEN && ns > 0)
		pthread_cond_timedwait(&r->changed, &r->mutex, &deadline);
	const bool is_open = r->state == RECORDER_OPEN;
	pthread_mutex_unlock(&r->mutex);
	return is_open;
}

/* --- the thread --- */

/* Measures the clock, which takes CLOCK_RATE_NS_MIN, and reads rings meanwhile. Also when the recorder is closing. */
static void measure(struct wsc_recorder *r)
{
	const bool single = clock_single_cpu();
	struct clock_probe *probe = r->header.uncertainty_ns == 0 && !single ? clock_probe_start() : NULL;
	const uint64_t begin = wsc_clock_ns();
	uint64_t reversal = 0, elapsed = 0;
	bool measured = false;
	while (elapsed < CLOCK_RATE_NS_MIN) {
		nanosleep(&(struct timespec){0, MEASURE_STEP_NS}, NULL);
		pass(r, false);
		elapsed = wsc_clock_ns() - begin;
		clock_probe_next(probe);
		if (elapsed >= PROBE_NS && probe != NULL) {
			measured = clock_probe_stop(probe, &reversal);
			probe = NULL;
		}
	}
	r->header.ticks_per_second = clock_rate(r->rate_begin, clock_pair_raw());
	if (r->header.uncertainty_ns != 0)
		return;
	if (measured || single)
		r->header.uncertainty_ns =
		    clock_ticks_ns(reversal, r->header.ticks_per_second) + CLOCK_UNCERTAINTY_FLOOR_NS;
	else
		r->header.uncertainty_ns = CLOCK_UNCERTAINTY_UNMEASURED_NS;
}

static void start_writing(struct wsc_recorder *r)
{
	const struct trace_sink sink = {record_file_write, &r->file};
	add_anchor(&r->header);
	r->flushed_ns = r->anchored_ns = wsc_clock_ns();
	check(r, trace_writer_create(&r->writer, sink, &r->header, r->level));
}

/* How long the next pass may wait, given what waited in the fullest ring after `elapsed`. */
static uint64_t next_wait(const struct wsc_recorder *r, double waiting, uint64_t elapsed)
{
	uint64_t wait = (uint64_t)r->epoch_ms * NS_PER_MS;
	if (waiting <= 0)
		return wait;
	wait /= ACTIVE_DIVISOR;
	const double limit = (double)elapsed * FILL_TARGET / waiting;
	if (limit < (double)wait)
		wait = (uint64_t)limit;
	return wait >= WAIT_NS_MIN ? wait : 0;
}

static void drain_until_closing(struct wsc_recorder *r)
{
	uint64_t last = wsc_clock_ns();
	uint64_t wait = 0;
	while (wait_ns(r, wait)) {
		const uint64_t now = wsc_clock_ns();
		const bool flush = now - r->flushed_ns >= FLUSH_NS;
		if (flush) {
			r->flushed_ns = now;
			if (now - r->anchored_ns >= ANCHOR_NS && !r->is_failed &&
			    trace_writer_events(r->writer) != r->anchored_events) {
				r->anchored_events = trace_writer_events(r->writer);
				r->anchored_ns = now;
				add_anchor(&r->later);
			}
		}
		wait = next_wait(r, pass(r, flush), now - last);
		last = now;
	}
}

/* A worker that could not be attached may have done anything since (A6). */
static void write_unattached(struct wsc_recorder *r)
{
	pthread_mutex_lock(&r->mutex);
	const bool is_unattached = r->is_unattached;
	const uint64_t from = r->unattached;
	pthread_mutex_unlock(&r->mutex);
	const uint64_t now = wsc_stamp_fenced();
	const struct wsc_event gap = {
	    .ts = from, .task = now > from ? now : from, .worker = WSC_WORKER_UNATTACHED, .kind = WSC_EV_GAP};
	if (is_unattached && !r->is_failed)
		check(r, trace_writer_block(r->writer, &gap, 1, NULL));
}

static void finish(struct wsc_recorder *r)
{
	pass(r, true);
	const uint64_t now = wsc_stamp_fenced();
	for (struct stream *s = next_stream(r, NULL); s != NULL; s = next_stream(r, s)) {
		add_pending_gap(r, s, now);
		write_batches(r, s, true);
	}
	write_unattached(r);
	add_anchor(&r->later);
	write_declarations(r);
	write_watermark(r, now);
	pthread_mutex_lock(&r->mutex);
	const enum wsc_end end = r->end;
	pthread_mutex_unlock(&r->mutex);
	if (!r->is_failed)
		check(r, trace_writer_finish(r->writer, end));
}

/* Gives the file its name, if there is anything in it. */
static bool name_file(struct wsc_recorder *r)
{
	const bool is_empty = r->writer == NULL || trace_writer_bytes(r->writer) == 0;
	trace_writer_free(r->writer);
	r->writer = NULL;
	if (is_empty) {
		record_file_abandon(&r->file);
		return false;
	}
	return record_file_commit(&r->file) && !r->is_failed;
}

void *drain_main(void *argument)
{
	struct wsc_recorder *r = argument;
	pthread_setname_np(pthread_self(), "wscheck");
	measure(r);
	start_writing(r);
	drain_until_closing(r);
	finish(r);
	const bool is_whole = name_file(r);
	pthread_mutex_lock(&r->mutex);
	r->is_whole = is_whole;
	pthread_mutex_unlock(&r->mutex);
	return NULL;
}
