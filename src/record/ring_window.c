/* SPDX-License-Identifier: MIT */
#include "ring_window.h"

#include <string.h>

#include "declare.h"

/* What of a ring is copied at a time. */
#define COPY_SLOTS 1024u
#define MARGIN     ((uint64_t)RING_FILE_MARGIN)

/* The window of one worker on its way into the trace. */
struct window {
	const struct ring_stream *stream;
	struct trace_writer *writer;
	struct wsc_event *events; /* room for RING_STREAM_BLOCK_EVENTS */
	size_t count;
	uint64_t now, until;
	uint64_t last; /* stamp of the last event; 0: none yet */
	bool is_holed; /* events before the next one are missing */
	enum wsc_status status;
};

static bool is_overwritten(const struct ring_stream *s)
{
	return ring_head(s->ring) > s->recorder->config.ring_slots;
}

/* --- header and declarations --- */

static bool is_complete(struct wsc_recorder *r)
{
	bool complete = r->header.complete && r->forgotten == 0;
	for (size_t i = 0; i < r->pass_count; i++)
		complete = complete && !is_overwritten(r->pass[i]);
	return complete;
}

enum wsc_status ring_window_begin(struct wsc_recorder *r, struct trace_sink sink, const uint8_t id[TRACE_ID_BYTES],
                                  struct trace_writer **writer)
{
	struct trace_header header = r->header; /* read only: it owns nothing */
	memcpy(header.trace_id, id, TRACE_ID_BYTES);
	pthread_mutex_lock(&r->mutex);
	header.complete = is_complete(r);
	pthread_mutex_unlock(&r->mutex);
	const enum wsc_status status = trace_writer_create(writer, sink, &header, r->config.level);
	return status == WSC_OK ? declare_all(r, *writer) : status;
}

/* --- events --- */

static void write_events(struct window *w)
{
	if (w->count > 0 && w->status == WSC_OK)
		w->status = trace_writer_block(w->writer, w->events, w->count, NULL);
	w->count = 0;
}

static void add(struct window *w, const struct wsc_event *event)
{
	if (event->ts >= w->until)
		return;
	if (w->count == RING_STREAM_BLOCK_EVENTS)
		write_events(w);
	w->events[w->count++] = *event;
	w->last = event->ts;
}

/* The gap in the place of events that were overwritten, and the window's start if these were the first. */
static void add_gap(struct window *w, uint64_t until)
{
	const struct wsc_event gap = {.ts = w->last, .task = until, .worker = w->stream->worker, .kind = WSC_EV_GAP};
	struct trace_header later;
	if (w->last == 0) {
		trace_header_init(&later);
		struct trace_worker *row = declare_worker(&later, w->stream);
		if (row != NULL) {
			row->has_window_start = true;
			row->window_start = until;
		}
		w->status = declare_write(w->writer, &later);
		trace_header_free(&later);
	}
	add(w, &gap);
	w->is_holed = false;
}

/* Slots [at, at + count), of which those below `from` are void. */
static void add_slots(struct window *w, const struct wsc_slot *copy, uint64_t at, uint64_t from, uint64_t count)
{
	const struct ring_slots slots = {.slots = copy, .first = at, .mask = UINT64_MAX, .worker = w->stream->worker};
	struct wsc_event events[64];
	uint64_t gaps = 0;
	while (from < at + count) {
		const size_t got = ring_slot_read(&slots, &from, at + count, w->now, events, 64, &gaps);
		if (got > 0 && w->is_holed)
			add_gap(w, events[0].ts);
		for (size_t i = 0; i < got; i++)
			add(w, &events[i]);
	}
}

/* Copies slots while they may be overwritten; returns the first that certainly was not, before or after. */
static uint64_t copy_slots(const struct window *w, uint64_t at, uint64_t count, struct wsc_slot *copy)
{
	const struct ring_slots slots = ring_slots(w->stream->ring);
	for (uint64_t i = 0; i < count; i++) {
		const struct wsc_slot *slot = &slots.slots[(at + i) & slots.mask];
		/* Acquire: the head, which decides whether they are whole, is read after them. Pairs with wsc_slot_put(),
		 * before which the head was stored, but for what MARGIN allows for. */
		copy[i].word[0] = __atomic_load_n(&slot->word[0], __ATOMIC_ACQUIRE);
		copy[i].word[1] = __atomic_load_n(&slot->word[1], __ATOMIC_ACQUIRE);
	}
	const uint64_t head = ring_head(w->stream->ring) + MARGIN;
	return head > slots.mask + 1 ? head - slots.mask - 1 : 0;
}

/* An event whose second slot is not in the copy, which then has others, waits for the next one. */
static uint64_t whole_events(const struct wsc_slot *copy, uint64_t count, bool is_last)
{
	const bool parted = (copy[count - 1].word[0] & WSC_SLOT_WIDE) != 0; /* never of a second slot */
	return parted && !is_last ? count - 1 : count;
}

static void add_ring(struct window *w)
{
	struct wsc_slot copy[COPY_SLOTS];
	const uint64_t head = ring_head(w->stream->ring), slots = w->stream->recorder->config.ring_slots;
	uint64_t at = head > slots ? head + MARGIN - slots : 0;
	w->is_holed = at > 0;
	while (at < head && w->status == WSC_OK) {
		uint64_t count = head - at < COPY_SLOTS ? head - at : COPY_SLOTS;
		const uint64_t intact = copy_slots(w, at, count, copy);
		if (intact > at)
			w->is_holed = true;
		if (intact >= at + count) {
			at = intact;
			continue;
		}
		count = whole_events(copy, count, at + count == head);
		add_slots(w, copy, at, intact > at ? intact : at, count);
		at += count;
	}
	if (at > head || w->is_holed)
		add_gap(w, w->until < w->now ? w->until : w->now);
}

static void add_pending(struct window *w)
{
	struct wsc_event events[RING_SLOT_PENDING_MAX];
	const struct ring_stream *s = w->stream;
	const struct wsc_common *common = &s->recorder->common;
	/* Acquire, the stamp first: it is that of a pause that is counted. Pairs with wsc_pause(). */
	const uint64_t paused = __atomic_load_n(&common->paused, __ATOMIC_ACQUIRE);
	const uint64_t pauses = __atomic_load_n(&common->pauses, __ATOMIC_ACQUIRE);
	const size_t count =
	    ring_slot_pending(ring_shared(s->ring), ring_head(s->ring), 0, w->last, w->now, pauses, paused, events);
	for (size_t i = 0; i < count; i++)
		add(w, &events[i]);
}

/* Workers whose rings are gone. */
static enum wsc_status write_forgotten(struct wsc_recorder *r, struct trace_writer *writer)
{
	pthread_mutex_lock(&r->mutex);
	const struct wsc_event gap = {.task = r->forgotten, .worker = WSC_WORKER_UNATTACHED, .kind = WSC_EV_GAP};
	pthread_mutex_unlock(&r->mutex);
	return gap.task != 0 ? trace_writer_block(writer, &gap, 1, NULL) : WSC_OK;
}

enum wsc_status ring_window_write(struct wsc_recorder *r, struct trace_writer *writer, uint64_t until)
{
	enum wsc_status status = write_forgotten(r, writer);
	for (size_t i = 0; i < r->pass_count && status == WSC_OK; i++) {
		struct window w = {.stream = r->pass[i],
		                   .writer = writer,
		                   .events = r->sink.events,
		                   .now = wsc_stamp(),
		                   .until = until};
		add_ring(&w);
		add_pending(&w);
		write_events(&w);
		status = w.status;
	}
	return status;
}
