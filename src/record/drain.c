/* SPDX-License-Identifier: MIT */
/*
 * The drain thread: moves new slots of all rings to chunks, and writes a block whenever a worker has enough for one. Now
 * and then it flushes: writes smaller blocks too, and then a watermark, so that what is written can be read by itself
 * and a reader that merges by time need not look far ahead.
 *
 * Rings come first: they are read again between blocks, and chunks fill up, up to a bound, while more comes in than can
 * be written, or while the clock is being measured and the header can't be written yet.
 *
 * With WSC_MODE_OVERWRITE it leaves the rings alone, and writes only snapshots, and the file when it is closed.
 */
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

#include "array.h"
#include "declare.h"
#include "drain.h"
#include "measure.h"
#include "notice.h"
#include "recorder.h"
#include "ring_window.h"
#include "snapshot.h"
#include "trace_limits.h"

#define NS_PER_MS 1000000u

/* What is in chunks is written after this time, or after so many full blocks, whichever comes first. */
#define FLUSH_NS     (200u * NS_PER_MS)
#define FLUSH_BLOCKS 16u
#define ANCHOR_NS    (1000u * NS_PER_MS)
/* While blocks are being written, rings are read this often. */
#define READ_NS NS_PER_MS
/* A worker that goes on as fast as it did fills this share of its ring by the next pass. */
#define FILL_TARGET 0.35
/* While anything is recorded, passes come this much faster than epochs: a burst must not meet a sleeping drain. */
#define ACTIVE_DIVISOR 5u
/* What a block is taken for that is no larger: a quarter less than what 16,384 events can come to. */
#define BLOCK_BYTES_MIN (320u << 10)
/* Steps of niceness. */
#define DRAIN_HURRY 10
/* Waits below this are not worth the system call. */
#define WAIT_NS_MIN 50000u

/* Workers that are gone and whose rings are kept. */
#define DETACHED_MAX 64u

_Static_assert(RING_STREAM_BLOCK_EVENTS <= TRACE_BLOCK_EVENTS_MAX, "a block is at most one of the format's");

/* The writer can't go on: events are lost from here on, and nobody is to wait for it. */
static void fail(struct wsc_recorder *r, enum wsc_status status)
{
	if (!r->is_failed && !r->file.said)
		notice("%s: the trace can't be written: %s; the rest is not recorded", r->file.path,
		       status == WSC_NOMEM ? "out of memory" : "a limit of the format is reached");
	r->is_failed = true;
	r->sink.status = status;
	ring_block_no_more(&r->common);
}

/* Holds the status of a writer's call against the recorder. */
static void check(struct wsc_recorder *r, enum wsc_status status)
{
	if (status != WSC_OK && !r->is_failed)
		fail(r, status);
}

static void write_declarations(struct wsc_recorder *r)
{
	check(r, declare_write(r->is_failed || r->sink.is_full ? NULL : r->sink.writer, &r->later));
}

static void declare_all_labels(struct wsc_recorder *r)
{
	uint32_t before;
	do {
		before = r->labels.declared;
		pthread_mutex_lock(&r->mutex);
		declare_labels(&r->later, &r->labels, &r->labels.declared);
		pthread_mutex_unlock(&r->mutex);
		write_declarations(r);
	} while (r->labels.declared != before);
}

/* --- passes --- */

static bool can_write(const struct wsc_recorder *r)
{
	return r->sink.writer != NULL || r->is_failed;
}

/* Room for one stream more in the array of a pass. */
static bool grow_pass(struct wsc_recorder *r)
{
	struct ring_stream **bigger = array_room(r->pass, r->pass_count, &r->pass_room, sizeof(struct ring_stream *));
	if (bigger == NULL)
		return false; /* what does not fit has to wait for another pass */
	r->pass = bigger;
	return true;
}

/*
 * Notes the streams of this pass and how far each ring is to be read, and declares what is new: labels and workers are
 * known before the events that speak of them were published. Returns the largest share of a ring that is waiting.
 */
static double begin_pass(struct wsc_recorder *r)
{
	uint64_t most = 0;
	r->pass_count = 0;
	pthread_mutex_lock(&r->mutex);
	for (struct ring_stream *s = r->streams; s != NULL && grow_pass(r); s = s->next) {
		r->pass[r->pass_count++] = s;
		s->is_last_pass = s->is_detached;
		s->begun = s->until = ring_head(s->ring);
		if (s->until - s->at > most)
			most = s->until - s->at;
		if (!s->is_declared)
			s->is_declared = declare_worker(&r->later, s) != NULL;
	}
	declare_labels(&r->later, &r->labels, &r->labels.declared);
	pthread_mutex_unlock(&r->mutex);
	r->sink.streams = r->pass_count;
	return (double)most / (double)r->config.ring_slots;
}

/* Reads what has come into the rings of this pass since it began. */
static void read_rings(struct wsc_recorder *r)
{
	for (size_t i = 0; i < r->pass_count; i++) {
		r->pass[i]->until = ring_head(r->pass[i]->ring);
		ring_stream_read(r->pass[i], &r->sink);
	}
}

/* Whether chunks ran out: some slots had to stay in their ring. */
static bool is_short(const struct wsc_recorder *r)
{
	for (size_t i = 0; i < r->pass_count; i++) {
		if (r->pass[i]->at < r->pass[i]->until)
			return true;
	}
	return false;
}

/* Goes on in another file; what was before the last one is given up. */
static void rotate(struct wsc_recorder *r)
{
	const struct trace_sink sink = {record_file_write, &r->file};
	enum wsc_status status = record_file_next(&r->file);
	if (status == WSC_OK)
		status = trace_writer_continue(r->sink.writer, sink, &r->header, r->watermark);
	if (status == WSC_OK)
		status = declare_all(r, r->sink.writer);
	check(r, status);
}

/* Before a block: whether it fits the file, with what is to come at the end. */
static void keep_size(struct wsc_recorder *r)
{
	if (r->file.bytes_max == 0 || r->is_failed || r->sink.is_full || r->sink.writer == NULL)
		return;
	const uint64_t largest = BLOCK_BYTES_MIN > r->block_bytes ? BLOCK_BYTES_MIN : r->block_bytes;
	const uint64_t block = largest + largest / 4, end = trace_writer_end_bytes(r->sink.writer);
	if (r->file.bytes + block + end <= r->file.bytes_max)
		return;
	if (r->config.keeps_last) {
		rotate(r);
		return;
	}
	notice("%s: has reached its size limit; the rest is not recorded", r->file.path);
	r->sink.is_full = true;
}

static bool write_block(struct wsc_recorder *r, struct ring_stream *s)
{
	keep_size(r);
	const uint64_t before = r->file.bytes;
	const bool done = ring_stream_write(s, &r->sink, wsc_stamp());
	check(r, r->sink.status);
	if (r->file.bytes - before > r->block_bytes)
		r->block_bytes = r->file.bytes - before;
	r->blocks_unflushed += done;
	return done;
}

/* Writes the blocks that a stream has now: those that are full, or all. What comes in meanwhile is for the next pass. */
static void write_blocks(struct wsc_recorder *r, struct ring_stream *s, bool all, uint64_t *read_ns)
{
	const uint64_t until = s->at;
	while (s->written < until && (all || s->waiting >= RING_STREAM_BLOCK_EVENTS)) {
		if (!write_block(r, s))
			return;
		const uint64_t now = wsc_clock_ns();
		if (now - *read_ns >= READ_NS) {
			read_rings(r);
			*read_ns = now;
		}
	}
}

/* Writes all that a worker left behind, whose last stamp is before `until`. */
static void write_rest(struct wsc_recorder *r, struct ring_stream *s, uint64_t until)
{
	s->until = ring_head(s->ring);
	do {
		ring_stream_read(s, &r->sink);
	} while (write_block(r, s));
	ring_stream_write_pending(s, &r->sink, until);
	check(r, r->sink.status);
}

/* The last of a worker that was detached; its memory is still needed. */
static void end_stream(struct wsc_recorder *r, struct ring_stream *s)
{
	write_rest(r, s, s->detached);
	struct trace_worker *row = declare_worker(&r->later, s);
	if (row != NULL) {
		row->has_detached = true;
		row->detached = s->detached;
	}
	r->blocks_unflushed++; /* so that a watermark follows */
}

static void remove_stream(struct wsc_recorder *r, struct ring_stream *s)
{
	pthread_mutex_lock(&r->mutex);
	struct ring_stream **link = &r->streams;
	while (*link != s)
		link = &(*link)->next;
	*link = s->next;
	r->detached_count--;
	r->dropped += ring_stream_dropped(s);
	pthread_mutex_unlock(&r->mutex);
	if (r->sink.lost > 0)
		ring_store_lost_since(&r->store, r->sink.lost_from); /* its mark, which said so, goes with it */
	ring_stream_free(s, &r->store);
}

static void write_nobodys_gap(struct wsc_recorder *r, uint64_t from, uint64_t until, uint64_t count)
{
	const struct wsc_event gap = {.ts = from,
	                              .task = until > from ? until : from,
	                              .worker = WSC_WORKER_UNATTACHED,
	                              .arg = count > UINT32_MAX ? UINT32_MAX : (uint32_t)count,
	                              .kind = WSC_EV_GAP};
	if (!r->is_failed)
		check(r, trace_writer_block(r->sink.writer, &gap, 1, NULL));
}

/*
 * Each worker puts a gap of its own after a pause, with its next event. Until then the file lacks it, so that this one
 * stands for all. Returns the stamp that no watermark may pass: while it is switched off, that of the pause.
 */
static uint64_t write_pauses(struct wsc_recorder *r, uint64_t now)
{
	/* Acquire, the stamp first: it is that of a pause that is counted. Pairs with wsc_pause(). */
	const uint64_t paused = __atomic_load_n(&r->common.paused, __ATOMIC_ACQUIRE);
	const uint64_t pauses = __atomic_load_n(&r->common.pauses, __ATOMIC_ACQUIRE);
	const uint64_t over = pauses & ~UINT64_C(1);
	if (over != r->resumed && !r->sink.is_full) {
		write_nobodys_gap(r, over == pauses && over == r->resumed + 2 ? paused : r->watermark, now, 0);
		r->resumed = over;
	}
	return pauses != over ? paused : UINT64_MAX;
}

/* A store may take as long as publish_ns to be seen, so what was stamped just before `now` may not be out. */
static uint64_t less_slack(const struct wsc_recorder *r, uint64_t now)
{
	const uint64_t slack = trace_header_stamps(&r->header, r->header.publish_ns);
	return now > slack ? now - slack : 0;
}

static void write_watermark(struct wsc_recorder *r, uint64_t now, uint64_t bound)
{
	uint64_t watermark = less_slack(r, now);
	watermark = bound < watermark ? bound : watermark;
	if (watermark < r->watermark)
		watermark = r->watermark; /* what it stands for is out already, or was held up for long */
	if (!r->is_failed && !r->sink.is_full)
		check(r, trace_writer_epoch(r->sink.writer, watermark));
	r->watermark = watermark;
	r->blocks_unflushed = 0;
}

/* A stamp so that all that is still to come, or may never come, is stamped later. */
static uint64_t oldest_pending(struct wsc_recorder *r, uint64_t now)
{
	for (size_t i = 0; i < r->pass_count; i++) {
		const struct ring_stream *s = r->pass[i];
		now = ring_oldest(s->ring, s->at, s->gaps, now);
		if (r->config.mode != WSC_MODE_OVERWRITE && (s->at < s->begun || s->written < s->at))
			return 0; /* memory ran short, and events from before `now` are still there */
	}
	if (r->sink.lost > 0 && r->sink.lost_from < now)
		now = r->sink.lost_from;
	pthread_mutex_lock(&r->mutex);
	if (r->is_unattached && r->unattached < now)
		now = r->unattached;
	pthread_mutex_unlock(&r->mutex);
	return now;
}

/* Writes what is to be written in this pass, and removes the workers that are gone. */
static void write_streams(struct wsc_recorder *r, bool flush)
{
	uint64_t read_ns = wsc_clock_ns();
	for (size_t i = 0; i < r->pass_count; i++) {
		write_blocks(r, r->pass[i], flush, &read_ns);
		if (r->pass[i]->is_last_pass)
			end_stream(r, r->pass[i]);
	}
	write_declarations(r);
	size_t kept = 0;
	for (size_t i = 0; i < r->pass_count; i++) {
		if (r->pass[i]->is_last_pass)
			remove_stream(r, r->pass[i]);
		else
			r->pass[kept++] = r->pass[i];
	}
	r->pass_count = kept;
}

/* The rings of workers that are gone are kept, to be looked at, but for the oldest of too many (WSC_MODE_OVERWRITE). */
static struct ring_stream *take_oldest_detached(struct wsc_recorder *r)
{
	struct ring_stream *oldest = NULL;
	pthread_mutex_lock(&r->mutex);
	struct ring_stream **link = &r->streams;
	while (r->detached_count > DETACHED_MAX && *link != NULL && !(*link)->is_detached)
		link = &(*link)->next;
	if (r->detached_count > DETACHED_MAX && *link != NULL) {
		oldest = *link;
		*link = oldest->next;
		r->detached_count--;
		r->forgotten = oldest->detached > r->forgotten ? oldest->detached : r->forgotten;
		/* Relaxed: a mere number, for readers of the rings' file, before the ring is gone. */
		__atomic_store_n(&r->store.head->forgotten, r->forgotten, __ATOMIC_RELAXED);
	}
	pthread_mutex_unlock(&r->mutex);
	return oldest;
}

static void forget_detached(struct wsc_recorder *r)
{
	struct ring_stream *s;
	while ((s = take_oldest_detached(r)) != NULL)
		ring_stream_free(s, &r->store);
}

/* One pass over all rings; returns what begin_pass() did. With `flush`, everything read is written. */
static double pass(struct wsc_recorder *r, bool flush)
{
	const uint64_t now = wsc_stamp_fenced();
	if (r->config.mode == WSC_MODE_OVERWRITE)
		forget_detached(r);
	const double waiting = begin_pass(r);
	ring_store_now(&r->store);
	if (r->config.mode == WSC_MODE_OVERWRITE)
		return 0;
	read_rings(r);
	if (!can_write(r))
		return waiting;
	write_declarations(r);
	const size_t blocks = FLUSH_BLOCKS > 4 * r->pass_count ? FLUSH_BLOCKS : 4 * r->pass_count;
	flush = flush || r->blocks_unflushed >= blocks || is_short(r);
	const uint64_t bound = write_pauses(r, now);
	write_streams(r, flush);
	if (flush && r->blocks_unflushed > 0) {
		const uint64_t oldest = oldest_pending(r, now);
		write_watermark(r, now, oldest < bound ? oldest : bound);
	}
	return waiting;
}

void drain_flush(struct wsc_recorder *r)
{
	pass(r, true);
}

uint64_t drain_watermark(struct wsc_recorder *r, uint64_t now)
{
	/* Acquire, the stamp first: it is that of a pause that is counted. Pairs with wsc_pause(). */
	const uint64_t paused = __atomic_load_n(&r->common.paused, __ATOMIC_ACQUIRE);
	const uint64_t pauses = __atomic_load_n(&r->common.pauses, __ATOMIC_ACQUIRE);
	const uint64_t oldest = oldest_pending(r, less_slack(r, now));
	return pauses % 2 != 0 && paused < oldest ? paused : oldest;
}

static void pass_while_measuring(void *recorder)
{
	pass(recorder, false);
}

/* --- the thread --- */

/* Sleeps until it is time for the next pass, or somebody rings. */
static void wait_ns(struct wsc_recorder *r, uint64_t ns)
{
	struct timespec deadline;
	clock_gettime(CLOCK_MONOTONIC, &deadline);
	deadline.tv_sec += (time_t)(ns / 1000000000u);
	deadline.tv_nsec += (long)(ns % 1000000000u);
	if (deadline.tv_nsec >= 1000000000) {
		deadline.tv_sec++;
		deadline.tv_nsec -= 1000000000;
	}
	if (ns > 0) /* where it is interrupted, the next pass comes early */
		(void)sem_clockwait(&r->common.bell, CLOCK_MONOTONIC, &deadline);
	ring_bell_heard(&r->common);
}

static bool is_open(struct wsc_recorder *r)
{
	pthread_mutex_lock(&r->mutex);
	const bool open = r->state == RECORDER_OPEN;
	pthread_mutex_unlock(&r->mutex);
	return open;
}

static void start_writing(struct wsc_recorder *r)
{
	const struct trace_sink sink = {record_file_write, &r->file};
	declare_anchor(&r->header);
	recorder_share_header(r);
	r->flushed_ns = r->anchored_ns = wsc_clock_ns();
	if (r->config.mode == WSC_MODE_OVERWRITE)
		return;
	check(r, trace_writer_create(&r->sink.writer, sink, &r->header, r->config.level));
	/* Release: the trace file has its header. Pairs with readers of the rings' file. */
	if (!r->is_failed)
		__atomic_store_n(&r->store.head->begun, 1, __ATOMIC_RELEASE);
}

/* How long the next pass may wait, given what waited in the fullest ring after `elapsed`. */
static uint64_t next_wait(const struct wsc_recorder *r, double waiting, uint64_t elapsed)
{
	uint64_t wait = (uint64_t)r->config.epoch_ms * NS_PER_MS;
	if (waiting <= 0)
		return wait;
	wait /= ACTIVE_DIVISOR;
	const double limit = (double)elapsed * FILL_TARGET / waiting;
	if (limit < (double)wait)
		wait = (uint64_t)limit;
	return wait >= WAIT_NS_MIN ? wait : 0;
}

static bool is_flush_due(struct wsc_recorder *r, uint64_t now)
{
	if (now - r->flushed_ns < FLUSH_NS)
		return false;
	r->flushed_ns = now;
	if (r->sink.writer != NULL && now - r->anchored_ns >= ANCHOR_NS &&
	    trace_writer_events(r->sink.writer) != r->anchored_events) {
		r->anchored_events = trace_writer_events(r->sink.writer);
		r->anchored_ns = now;
		declare_anchor(&r->later);
	}
	return true;
}

static void drain_until_closing(struct wsc_recorder *r)
{
	uint64_t last = wsc_clock_ns();
	while (is_open(r)) {
		const uint64_t now = wsc_clock_ns();
		const double waiting = pass(r, is_flush_due(r, now));
		snapshot_serve(r);
		wait_ns(r, next_wait(r, waiting, now - last));
		last = now;
	}
}

/* A worker that could not be attached may have done anything since (A6), and any may have while it was paused. */
static void write_unattached(struct wsc_recorder *r, uint64_t now)
{
	pthread_mutex_lock(&r->mutex);
	const bool is_unattached = r->is_unattached;
	const uint64_t from = r->unattached;
	pthread_mutex_unlock(&r->mutex);
	if (is_unattached)
		write_nobodys_gap(r, from, now, 0);
	if (r->sink.lost > 0)
		write_nobodys_gap(r, r->sink.lost_from, now, r->sink.lost);
}

static void finish(struct wsc_recorder *r, uint64_t now)
{
	for (size_t i = 0; i < r->pass_count; i++)
		write_rest(r, r->pass[i], now);
	write_unattached(r, now);
	declare_anchor(&r->later);
	declare_all_labels(r);
	write_watermark(r, now, UINT64_MAX);
}

static void write_end(struct wsc_recorder *r)
{
	const uint64_t now = wsc_stamp_fenced();
	pass(r, true);
	if (r->config.mode == WSC_MODE_OVERWRITE) {
		const struct trace_sink sink = {record_file_write, &r->file};
		check(r, ring_window_begin(r, sink, r->header.trace_id, &r->sink.writer));
		if (!r->is_failed)
			check(r, ring_window_write(r, r->sink.writer, UINT64_MAX));
		if (!r->is_failed)
			write_unattached(r, now);
	} else {
		finish(r, now);
	}
	pthread_mutex_lock(&r->mutex);
	const enum wsc_end end = r->end;
	pthread_mutex_unlock(&r->mutex);
	if (!r->is_failed)
		check(r, trace_writer_finish(r->sink.writer, end));
}

/* Gives the file its name, if there is anything in it. */
static bool name_file(struct wsc_recorder *r)
{
	const bool is_empty = r->sink.writer == NULL || trace_writer_bytes(r->sink.writer) == 0;
	trace_writer_free(r->sink.writer);
	r->sink.writer = NULL;
	if (is_empty) {
		record_file_abandon(&r->file);
		return false;
	}
	return record_file_commit(&r->file) && !r->is_failed;
}

/*
 * Asks for this thread to be scheduled soon: on a machine whose every CPU has a busy worker, a thread that gets its
 * turn late finds the rings full. On Linux a nice value is a thread's own. Most users may not ask; then it is as it
 * was.
 */
static void hurry(int by)
{
	setpriority(PRIO_PROCESS, 0, getpriority(PRIO_PROCESS, 0) - by);
}

void *drain_main(void *argument)
{
	struct wsc_recorder *r = argument;
	pthread_setname_np(pthread_self(), "wscheck");
	hurry(DRAIN_HURRY);
	measure_clock(&r->header, r->opened, pass_while_measuring, r); /* its helpers inherit the hurry */
	start_writing(r);
	drain_until_closing(r);
	snapshot_serve(r);
	write_end(r);
	const bool is_whole = name_file(r);
	pthread_mutex_lock(&r->mutex);
	r->is_whole = is_whole;
	pthread_mutex_unlock(&r->mutex);
	return NULL;
}
