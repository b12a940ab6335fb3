/* SPDX-License-Identifier: MIT */
/*
 * The drain thread: copies new slots of all rings into batches of events, and writes a block whenever a worker has a
 * full batch. Now and then it flushes: writes partial batches too, and then a watermark, so that little is lost with a
 * killed process and a reader that merges by time need not look far ahead.
 *
 * Rings come first: they are read again after each block, and batches pile up in memory, up to a bound, while more
 * comes in than can be written, or while the clock is being measured and the header can't be written yet.
 */
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
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
/* The helpers run for this long, or longer where the host's threads keep them from running at the same time. */
#define PROBE_NS     (8u * NS_PER_MS)
#define PROBE_NS_MAX (24u * NS_PER_MS)
/* Rounds of each kind that are enough, so that the helpers leave the CPUs to the host after a few ms. */
#define PROBE_ROUNDS 5000u
/* Batches of all workers while the clock is measured: 32 MiB. */
#define BATCHES_MAX 64u
/* Events read at a time, before their slots are handed back to the producer. */
#define CHUNK_EVENTS 4096u
/* A worker that goes on as fast as it did fills this share of its ring by the next pass. */
#define FILL_TARGET 0.35
/* While anything is recorded, passes come this much faster than epochs: a burst must not meet a sleeping drain. */
#define ACTIVE_DIVISOR 5u
/* Labels are at most TRACE_STRING_BYTES_MAX long, and a frame holds TRACE_CONTENT_BYTES_MAX. */
#define LABELS_PER_FRAME 512u
/* Steps of niceness. */
#define DRAIN_HURRY 10
/* Waits below this are not worth the system call. */
#define WAIT_NS_MIN 50000u

_Static_assert(LABELS_PER_FRAME *TRACE_STRING_BYTES_MAX <= TRACE_CONTENT_BYTES_MAX / 2, "labels fit a frame");
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
	const struct clock_pair pair = clock_pair_wall();
	(void)trace_header_add_anchor(header, pair.stamp, pair.ns); /* where memory is short: there will be others */
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

/* Declares new labels, but no more than fit a frame. The mutex is held. */
static void declare_labels(struct wsc_recorder *r)
{
	struct recorder_labels *labels = &r->labels;
	while (labels->declared < labels->count && r->later.label_count < LABELS_PER_FRAME) {
		char *text = strdup(labels->texts[labels->declared]);
		struct trace_label *row = NULL;
		if (text != NULL)
			row = trace_header_add_label(&r->later, labels->declared + 1);
		if (row == NULL) {
			free(text);
			return; /* the next pass tries again */
		}
		free(row->text);
		row->text = text;
		labels->declared++;
	}
}

static void declare_all_labels(struct wsc_recorder *r)
{
	uint32_t before;
	do {
		before = r->labels.declared;
		pthread_mutex_lock(&r->mutex);
		declare_labels(r);
		pthread_mutex_unlock(&r->mutex);
		write_declarations(r);
	} while (r->labels.declared != before);
}

/* --- batches --- */

static struct stream *next_stream(struct wsc_recorder *r, const struct stream *s)
{
	pthread_mutex_lock(&r->mutex);
	struct stream *next = s != NULL ? s->next : r->streams;
	pthread_mutex_unlock(&r->mutex);
	return next;
}

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

/* A batch with room, or NULL where memory may not grow. */
static struct batch *batch_with_room(struct wsc_recorder *r, struct stream *s)
{
	if (s->filling->count < RECORDER_BLOCK_EVENTS)
		return s->filling;
	struct batch *batch = r->spare;
	if (batch != NULL)
		r->spare = batch->next;
	else if (r->batch_count < BATCHES_MAX)
		batch = malloc(sizeof(*batch));
	if (batch == NULL)
		return NULL;
	r->batch_count++;
	batch->next = NULL;
	batch->count = 0;
	s->filling->next = batch;
	s->filling = batch;
	return batch;
}

static void read_ring(struct wsc_recorder *r, struct stream *s, uint64_t now)
{
	while (s->at < s->until) {
		struct batch *batch = batch_with_room(r, s);
		if (batch == NULL)
			return; /* it stays in the ring until batches have been written */
		const size_t room = RECORDER_BLOCK_EVENTS - batch->count;
		const struct ring_slots slots = ring_slots(s->ring);
		const size_t count = ring_slot_read(&slots, &s->at, s->until, now, batch->events + batch->count,
		                                    room < CHUNK_EVENTS ? room : CHUNK_EVENTS, &s->gaps);
		batch->count += count;
		if (count > 0)
			s->last = batch->events[batch->count - 1].ts;
		ring_release(s->ring, s->at);
	}
}

/* Reads what has come into the rings of this pass since it began. Rings have less room than batches, so they go first.
 */
static void read_on(struct wsc_recorder *r)
{
	const uint64_t now = wsc_stamp();
	for (struct stream *s = next_stream(r, NULL); s != NULL; s = next_stream(r, s)) {
		if (!s->is_in_pass)
			continue;
		s->until = ring_head(s->ring);
		read_ring(r, s, now);
	}
}

/* The first batch of several, once it is written. */
static void drop_first(struct wsc_recorder *r, struct stream *s)
{
	struct batch *batch = s->first;
	s->first = batch->next;
	r->batch_count--;
	if (r->spare == NULL) { /* one is enough for going on; more are for bursts */
		batch->next = NULL;
		r->spare = batch;
	} else {
		free(batch);
	}
}

/* Writes the batches that a stream has now, but of the last only what `all` or a full block asks for. */
static void write_batches(struct wsc_recorder *r, struct stream *s, bool all)
{
	if (r->writer == NULL && !r->is_failed)
		return;
	const struct batch *last = s->filling; /* what comes in meanwhile is for the next pass: others wait */
	while (s->first != last) {
		write_batch(r, s->first);
		drop_first(r, s);
		read_on(r);
	}
	if (!all && s->first->count < RECORDER_BLOCK_EVENTS)
		return;
	write_batch(r, s->first);
	if (s->first != s->filling)
		drop_first(r, s);
}

/* What the producer had no room, or no occasion, to write. It lasts to `until`. */
static void write_pending(struct wsc_recorder *r, struct stream *s, uint64_t until)
{
	struct wsc_event events[RING_SLOT_PENDING_MAX];
	const size_t count = ring_slot_pending(ring_shared(s->ring), s->at, s->gaps, s->last, until, 0, 0, events);
	if (count == 0)
		return;
	if (!r->is_failed)
		check(r, trace_writer_block(r->writer, events, count, NULL));
	if (r->is_failed)
		count_dropped(r, count);
}

/* --- passes --- */

/* Writes all that a worker left behind, whose last stamp is before `until`. */
static void write_rest(struct wsc_recorder *r, struct stream *s, uint64_t until)
{
	do {
		write_batches(r, s, true);
		read_ring(r, s, until);
	} while (s->at < s->until);
	write_batches(r, s, true);
	write_pending(r, s, until);
}

/* The last of a worker that was detached. */
static void end_stream(struct wsc_recorder *r, struct stream *s)
{
	write_rest(r, s, s->detached);
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
		s->is_in_pass = true;
		s->is_last_pass = s->is_detached;
		s->begun = s->until = ring_head(s->ring);
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
	read_on(r);
	bool is_all_read = true; /* else memory ran short, and events from before `now` are still in a ring */
	for (struct stream *s = next_stream(r, NULL), *next; s != NULL; s = next) {
		next = next_stream(r, s);
		if (!s->is_in_pass)
			continue; /* it may have the id of one that has not been written out yet */
		is_all_read = is_all_read && s->at >= s->begun;
		write_batches(r, s, flush);
		if (can_write && s->is_last_pass)
			end_stream(r, s);
	}
	if (can_write)
		write_declarations(r);
	if (can_write && flush && is_all_read && r->blocks_unflushed > 0)
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

static bool is_probed(const struct clock_probe *probe, uint64_t elapsed_ns)
{
	return clock_probe_has(probe, PROBE_ROUNDS) ||
	       (elapsed_ns >= PROBE_NS && clock_probe_has(probe, CLOCK_PROBE_ROUNDS_MIN)) || elapsed_ns >= PROBE_NS_MAX;
}

/* Measures the clock, which takes CLOCK_RATE_NS_MIN or more, and reads rings meanwhile. Also when the recorder is
 * closing. */
static void measure(struct wsc_recorder *r)
{
	const bool single = clock_single_cpu();
	struct clock_probe *probe = r->header.uncertainty_ns == 0 && !single ? clock_probe_start() : NULL;
	const uint64_t begin = wsc_clock_ns();
	uint64_t reversal = 0, elapsed = 0;
	bool measured = false;
	while (elapsed < CLOCK_RATE_NS_MIN || probe != NULL) {
		nanosleep(&(struct timespec){0, MEASURE_STEP_NS}, NULL);
		pass(r, false);
		elapsed = wsc_clock_ns() - begin;
		clock_probe_next(probe);
		if (probe != NULL && is_probed(probe, elapsed)) {
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
	if (r->batch_count > 0)
		return 0;
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
	for (struct stream *s = next_stream(r, NULL); s != NULL; s = next_stream(r, s))
		write_rest(r, s, now);
	free(r->spare);
	r->spare = NULL;
	write_unattached(r);
	add_anchor(&r->later);
	declare_all_labels(r);
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

/*
 * Asks for this thread to be scheduled soon: on a machine whose every CPU has a busy worker, a thread that gets its
 * turn late finds the rings full. On Linux a nice value is a thread's own. Most users may not ask; then it is as it
 * was.
 */
static void hurry(int by)
{
	errno = 0;
	const int now = getpriority(PRIO_PROCESS, 0);
	if (errno == 0)
		setpriority(PRIO_PROCESS, 0, now - by);
}

void *drain_main(void *argument)
{
	struct wsc_recorder *r = argument;
	pthread_setname_np(pthread_self(), "wscheck");
	hurry(DRAIN_HURRY);
	measure(r); /* its helpers inherit the hurry, and are the sooner done */
	start_writing(r);
	drain_until_closing(r);
	finish(r);
	const bool is_whole = name_file(r);
	pthread_mutex_lock(&r->mutex);
	r->is_whole = is_whole;
	pthread_mutex_unlock(&r->mutex);
	return NULL;
}
