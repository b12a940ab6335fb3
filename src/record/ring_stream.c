/* SPDX-License-Identifier: MIT */
#include "ring_stream.h"

#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "recorder.h"
#include "text.h"
#include "worker_page.h"

/* --- from the ring to chunks --- */

/* The last chunk if it has room for any event, or a new one. NULL: no room. */
static struct chunk *chunk_with_room(struct ring_stream *s, struct ring_stream_sink *sink)
{
	if (s->filling != NULL && s->filling->map->count + 2 <= RING_FILE_CHUNK_SLOTS)
		return s->filling;
	struct chunk *chunk = chunk_pool_take(sink->pool, sink->streams);
	if (chunk == NULL)
		return NULL;
	chunk->map->first_slot = s->at;
	chunk->map->count = 0;
	/* Release: the other words are there. Pairs with readers of the rings' file. */
	__atomic_store_n(&chunk->map->order, ring_shared(s->ring)->order, __ATOMIC_RELEASE);
	if (s->filling != NULL)
		s->filling->next = chunk;
	else
		s->first = chunk;
	s->filling = chunk;
	return chunk;
}

static bool is_second(const struct wsc_slot *slot)
{
	return (slot->word[0] & 0xff) == WSC_SLOT_MORE;
}

/* Copies at most `max` slots, and no event in part. Returns their number; *events grows by that of their events. */
static uint64_t copy_slots(const struct ring_slots *from, uint64_t at, uint64_t until, struct wsc_slot *to,
                           uint64_t max, uint64_t *events)
{
	uint64_t count = until - at < max ? until - at : max;
	for (uint64_t i = 0; i < count; i++)
		to[i] = from->slots[(at + i) & from->mask];
	if (at + count < until && (to[count - 1].word[0] & WSC_SLOT_WIDE) != 0)
		count--; /* its other slot did not fit */
	for (uint64_t i = 0; i < count; i++)
		*events += !is_second(&to[i]);
	return count;
}

void ring_stream_read(struct ring_stream *s, struct ring_stream_sink *sink)
{
	const struct ring_slots slots = ring_slots(s->ring);
	while (s->at < s->until) {
		struct chunk *chunk = chunk_with_room(s, sink);
		if (chunk == NULL)
			return;
		const uint64_t count = chunk->map->count;
		const uint64_t more = copy_slots(&slots, s->at, s->until, chunk_slots(chunk) + count,
		                                 RING_FILE_CHUNK_SLOTS - count, &s->waiting);
		/* Release: the slots are there. Pairs with readers of the rings' file, who look for them here once the
		 * producer may overwrite them in the ring. */
		__atomic_store_n(&chunk->map->count, count + more, __ATOMIC_RELEASE);
		s->at += more;
		ring_release(s->ring, s->at);
	}
}

/* --- from chunks to blocks --- */

/* Tells readers of the rings' file how far the trace file goes. */
static void set_mark(const struct ring_stream *s, const struct ring_stream_sink *sink)
{
	struct ring_file_ring *shared = ring_shared(s->ring);
	const uint64_t next = __atomic_load_n(&shared->mark_count, __ATOMIC_RELAXED) + 1; /* this thread's own word */
	shared->mark[next % 2] = (struct ring_file_mark){
	    .slot = s->written,
	    .event = sink->writer != NULL ? trace_writer_worker_events(sink->writer, s->worker) : 0,
	    .gaps = s->gaps,
	    .lost = s->lost};
	/* Release: the mark is whole. Pairs with readers of the rings' file. */
	__atomic_store_n(&shared->mark_count, next, __ATOMIC_RELEASE);
}

/* Before the first block: readers of the rings' file can then tell whether it has got to the trace file. */
static void mark_first(struct ring_stream *s, const struct ring_stream_sink *sink)
{
	if (s->is_marked)
		return;
	const uint64_t event = sink->writer != NULL ? trace_writer_worker_events(sink->writer, s->worker) : 0;
	/* Release: a reader that finds events of this ring in the trace file finds this, too. Pairs with those. */
	__atomic_store_n(&ring_shared(s->ring)->first_event, event, __ATOMIC_RELEASE);
	set_mark(s, sink);
	s->is_marked = true;
}

static void lose(struct ring_stream *s, struct ring_stream_sink *sink, size_t count)
{
	if (sink->lost == 0 || s->last < sink->lost_from)
		sink->lost_from = s->last;
	sink->lost += count;
	/* Relaxed: a mere number. Pairs with ring_stream_dropped(). */
	__atomic_store_n(&s->lost, s->lost + count, __ATOMIC_RELAXED);
}

uint64_t ring_stream_dropped(const struct ring_stream *s)
{
	return ring_dropped(s->ring) + __atomic_load_n(&s->lost, __ATOMIC_RELAXED); /* as in lose() */
}

static void put_block(struct ring_stream *s, struct ring_stream_sink *sink, const struct wsc_event *events,
                      size_t count)
{
	const bool may_write = sink->status == WSC_OK && sink->writer != NULL && !sink->is_full;
	if (may_write)
		sink->status = trace_writer_block(sink->writer, events, count, NULL);
	if (!may_write || sink->status != WSC_OK)
		lose(s, sink, count);
	s->last = events[count - 1].ts;
}

static void give_written(struct ring_stream *s, struct chunk_pool *pool)
{
	while (s->first != NULL && s->first->map->first_slot + s->first->map->count <= s->written) {
		struct chunk *chunk = s->first;
		s->first = chunk->next;
		chunk_pool_give(pool, chunk);
	}
	if (s->first == NULL) {
		s->filling = NULL;
		s->waiting = 0;
	}
}

/* Reads at most a block of events from chunks, or from the ring if there are none. Returns their number. */
static size_t next_events(struct ring_stream *s, struct wsc_event *events, uint64_t *slot, uint64_t now)
{
	size_t count = 0;
	if (s->first == NULL) {
		const struct ring_slots slots = ring_slots(s->ring);
		return ring_slot_read(&slots, slot, s->until, now, events, RING_STREAM_BLOCK_EVENTS, &s->gaps);
	}
	for (const struct chunk *chunk = s->first; chunk != NULL && count < RING_STREAM_BLOCK_EVENTS;
	     chunk = chunk->next) {
		const struct ring_slots slots = {.slots = chunk_slots(chunk),
		                                 .first = chunk->map->first_slot,
		                                 .mask = UINT64_MAX,
		                                 .worker = s->worker};
		count += ring_slot_read(&slots, slot, slots.first + chunk->map->count, now, events + count,
		                        RING_STREAM_BLOCK_EVENTS - count, &s->gaps);
	}
	return count;
}

bool ring_stream_write(struct ring_stream *s, struct ring_stream_sink *sink, uint64_t now)
{
	uint64_t slot = s->written;
	mark_first(s, sink);
	const size_t count = next_events(s, sink->events, &slot, now);
	if (slot == s->written)
		return false;
	if (count > 0)
		put_block(s, sink, sink->events, count);
	s->written = slot;
	s->waiting -= count < s->waiting ? count : s->waiting;
	set_mark(s, sink);
	give_written(s, sink->pool);
	if (s->at < slot) {
		s->at = slot;
		ring_release(s->ring, slot);
	}
	return true;
}

void ring_stream_write_pending(struct ring_stream *s, struct ring_stream_sink *sink, uint64_t until)
{
	struct wsc_event events[RING_SLOT_PENDING_MAX];
	const struct wsc_common *common = &s->recorder->common;
	/* Acquire, the stamp first: it is that of a pause that is counted. Pairs with wsc_pause(). */
	const uint64_t paused = __atomic_load_n(&common->paused, __ATOMIC_ACQUIRE);
	const uint64_t pauses = __atomic_load_n(&common->pauses, __ATOMIC_ACQUIRE);
	const size_t count =
	    ring_slot_pending(ring_shared(s->ring), s->at, s->gaps, s->last, until, pauses, paused, events);
	mark_first(s, sink);
	if (count > 0)
		put_block(s, sink, events, count);
}

/* --- memory --- */

/* Fills the head of a ring, whose memory may have been another worker's. */
static void fill_shared(struct ring_file_ring *shared, const struct ring_stream *s, uint64_t order)
{
	const size_t keep = sizeof(shared->segment);
	memset((char *)shared + keep, 0, sizeof(*shared) - keep);
	shared->order = order;
	shared->thread_id = s->thread_id;
	shared->attached = s->attached;
	if (s->name != NULL) {
		shared->name_size = (uint32_t)strlen(s->name);
		memcpy(shared->name, s->name, shared->name_size);
	}
	shared->mark[1].event = shared->first_event = RING_FILE_EVENT_UNKNOWN;
	shared->mark_count = 1;
}

struct ring_stream *ring_stream_create(struct wsc_recorder *recorder, uint32_t worker_id, const char *name,
                                       uint64_t order)
{
	const size_t slots = recorder->config.ring_slots;
	struct ring_stream *s = calloc(1, sizeof(*s));
	if (s == NULL)
		return NULL;
	s->recorder = recorder;
	s->worker = worker_id;
	s->thread_id = (uint64_t)syscall(SYS_gettid);
	s->attached = wsc_stamp();
	s->ring = worker_page_take();
	s->segment = ring_store_take(&recorder->store, ring_bytes(slots), false);
	if (name != NULL)
		s->name = text_clean(name, RING_FILE_NAME_BYTES_MAX);
	if (s->ring == NULL || s->segment == NULL || (name != NULL && s->name == NULL)) {
		ring_stream_free(s, &recorder->store);
		return NULL;
	}
	struct ring_file_ring *shared = (struct ring_file_ring *)(void *)s->segment->map;
	fill_shared(shared, s, order);
	ring_init(s->ring, shared, worker_id, slots, &recorder->common, &recorder->config.ring);
	s->ring->consumer = s;
	return s;
}

void ring_stream_free(struct ring_stream *s, struct ring_store *store)
{
	if (store != NULL)
		ring_store_give(store, s->segment);
	else
		ring_segment_free(s->segment);
	worker_page_give(s->ring);
	free(s->name);
	free(s);
}
