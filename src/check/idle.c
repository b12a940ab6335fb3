/* SPDX-License-Identifier: MIT */
/* Feeds presence.h from the stream of applied events, and makes its reports. */
#include "engine.h"

#include <stdlib.h>

#include "array.h"

struct engine_queue *idle_queue(struct analysis *a, uint32_t number)
{
	if (number >= a->queue_capacity) {
		size_t capacity = a->queue_capacity == 0 ? 16 : a->queue_capacity;
		while (capacity <= number)
			capacity *= 2;
		struct engine_queue *grown = realloc(a->by_queue, capacity * sizeof(*grown));
		if (grown == NULL)
			return NULL;
		for (size_t i = a->queue_capacity; i < capacity; i++)
			grown[i] = (struct engine_queue){.empties.max = PRESENCE_ATTEMPTS_MAX};
		a->by_queue = grown;
		a->queue_capacity = capacity;
	}
	return &a->by_queue[number];
}

/* A park beside which work waited that a share of the tasks knows of: others may know of more. */
static bool keep_sleep(struct analysis *a, struct presence_span *span)
{
	struct presence_span *grown = array_room(a->sleeps, a->sleep_count, &a->sleep_capacity, sizeof(*grown));
	if (grown == NULL)
		return false;
	a->sleeps = grown;
	a->sleeps[a->sleep_count++] = *span;
	span->covers = NULL;
	return true;
}

/* The span is over. */
static void report_span(struct analysis *a, enum wsc_violation_kind kind, struct presence_span *span)
{
	bool idle = kind == WSC_VIOLATION_IDLE_WHILE_WORK;
	if (span->witness.task == 0 || (idle && a->options.share.kind == SHARE_QUEUES))
		return;
	struct violation v = {.kind = kind,
	                      .task = span->witness.task,
	                      .ts = span->end < a->last_ts ? span->end : a->last_ts,
	                      .since = span->start,
	                      .has_queue = true,
	                      .queue = span->witness.queue,
	                      .workers = {span->worker},
	                      .worker_count = 1};
	if (idle)
		a->result.wasted.idle += presence_covered(span);
	else if (span->end > span->start)
		a->result.wasted.false_empty += span->end - span->start;
	if (!findings_add(&a->findings, &v) || (idle && a->options.share.kind == SHARE_TASKS && !keep_sleep(a, span)))
		a->no_memory = true;
}

static void keep(struct analysis *a, struct presence_list *list, const struct presence_span *span,
                 enum wsc_violation_kind kind)
{
	struct presence_span settled;
	if (!presence_add(list, span, &settled))
		a->no_memory = true;
	report_span(a, kind, &settled);
	free(settled.covers);
}

void idle_gap(struct analysis *a, uint64_t from)
{
	uint64_t *grown = array_room(a->gap_begins, a->gap_begin_count, &a->gap_begin_capacity, sizeof(*grown));
	if (grown == NULL) {
		a->no_memory = true;
		return;
	}
	a->gap_begins = grown;
	a->gap_begins[a->gap_begin_count++] = from;
}

/* A park is known to last to the first gap that comes after its begin, whosever: there the wake-up may have been sent. */
static void trim_park(const struct analysis *a, struct engine_stream *s)
{
	if (a->gap_begin_count > s->park_gaps && a->gap_begins[s->park_gaps] < s->park.end)
		s->park.end = a->gap_begins[s->park_gaps];
}

/* One more for the worker, or one fewer. */
static void count(struct analysis *a, struct id_map *counts, uint32_t worker, uint32_t change)
{
	uint32_t count = id_map_find(counts, worker) + change;
	id_map_remove(counts, worker);
	if (count > 0 && !id_map_add(counts, worker, count))
		a->no_memory = true;
}

/*
 * Whether a signal may come while the worker sleeps from `ts` on, though its `wake` came before: somebody who was about to
 * wake it has not gone on certainly before. Unless it has woken as often since: by that signal and the others.
 */
static bool may_be_signalled(struct analysis *a, const struct engine_stream *s, uint64_t ts)
{
	if (!id_map_has(&a->wakings, s->stream.worker) &&
	    !(s->has_signal && later_by(s->signal_ts, a->uncertainty) >= ts))
		id_map_remove(&a->unused_wakes, s->stream.worker);
	return id_map_has(&a->unused_wakes, s->stream.worker);
}

/* Of its wake-ups that were certainly sent before, one at least has woken it. */
static void use_wake(struct analysis *a, const struct engine_stream *s, uint64_t ts)
{
	if (s->has_signal && later_by(s->wake_ts, a->uncertainty) < ts &&
	    id_map_has(&a->unused_wakes, s->stream.worker))
		count(a, &a->unused_wakes, s->stream.worker, UINT32_MAX);
}

static void begin_park(struct analysis *a, struct engine_stream *s, const struct wsc_event *e)
{
	bool is_woken = may_be_signalled(a, s, e->ts) || engine_in_head(a, e->ts) ||
	                (a->has_gap && e->ts <= a->gap_end); /* somebody whose stamps are missing may have woken it */
	s->park_gaps = a->gap_begin_count;
	s->park = (struct presence_span){.start = e->ts,
	                                 .end = is_woken ? e->ts : UINT64_MAX,
	                                 .worker = e->worker,
	                                 .covers = s->park.covers, /* of one that was not kept: room for this one's */
	                                 .cover_capacity = s->park.cover_capacity};
}

/* NULL: nothing was seen of it so far. */
static struct engine_stream *woken_by(struct analysis *a, const struct engine_stream *s)
{
	uint32_t woken = id_map_find(&a->stream_index, s->waking);
	return woken == ID_MAP_NONE ? NULL : &a->streams[woken - 1];
}

static void note_signal(struct engine_stream *woken, uint64_t ts)
{
	woken->has_signal = true;
	if (ts > woken->signal_ts)
		woken->signal_ts = ts;
}

void idle_signalled(struct analysis *a, struct engine_stream *s, uint64_t ts)
{
	struct engine_stream *woken = woken_by(a, s);
	s->is_waking = false;
	count(a, &a->wakings, s->waking, UINT32_MAX);
	if (woken != NULL)
		note_signal(woken, ts);
}

static void wake(struct analysis *a, struct engine_stream *s, const struct wsc_event *e)
{
	s->is_waking = true;
	s->waking = e->queue;
	count(a, &a->wakings, e->queue, 1);
	count(a, &a->unused_wakes, e->queue, 1);
	struct engine_stream *woken = woken_by(a, s);
	if (woken == NULL)
		return;
	note_signal(woken, e->ts);
	if (e->ts > woken->wake_ts)
		woken->wake_ts = e->ts;
	/* Once a wake-up is on its way, what is slow is not the scheduler. */
	if (woken->park.end > e->ts)
		woken->park.end = e->ts;
}

static void end_park(struct analysis *a, struct engine_stream *s, uint64_t ts)
{
	trim_park(a, s);
	if (s->park.end > ts)
		s->park.end = ts;
	if (s->park.end <= later_by(s->park.start, a->idle))
		return;
	s->park.number = s->parks_kept++;
	keep(a, &s->parks, &s->park, WSC_VIOLATION_IDLE_WHILE_WORK);
	s->park = (struct presence_span){0}; /* what it covers went with it */
}

static void told_empty(struct analysis *a, const struct window_entry *entry)
{
	const struct wsc_event *e = &entry->event;
	uint32_t number = id_map_find(&a->queues.index, e->queue);
	if (number == ID_MAP_NONE || number > a->queue_capacity || !share_has_queue(&a->options.share, e->queue))
		return;
	struct engine_queue *queue = &a->by_queue[number - 1];
	if (queue->waiting == 0)
		return; /* what was there before is gone: its take may have come first */
	struct presence_span span = {.start = entry->context.lower, .end = e->ts, .worker = e->worker};
	keep(a, &queue->empties, &span, WSC_VIOLATION_FALSE_EMPTY);
}

void idle_event(struct analysis *a, const struct window_entry *entry)
{
	const struct wsc_event *e = &entry->event;
	struct engine_stream *s = &a->streams[entry->stream];
	switch (e->kind) {
	case WSC_EV_PARKED:
		end_park(a, s, e->ts);
		begin_park(a, s, e);
		break;
	case WSC_EV_UNPARKED:
		end_park(a, s, e->ts);
		use_wake(a, s, e->ts);
		break;
	case WSC_EV_WAKE:
		wake(a, s, e);
		break;
	case WSC_EV_STEAL_FAILURE:
		if (e->reason == WSC_REASON_EMPTY && entry->context.timed)
			told_empty(a, entry);
		break;
	default:
		break;
	}
}

void idle_held(struct analysis *a, const struct idle_stay *over)
{
	const struct queue_traits *traits = &a->queues.queues[over->queue];
	if (over->push_end == UINT64_MAX || !traits->stealable)
		return;
	struct presence_stay stay = {
	    .task = over->task,
	    .from = later_by(later_by(over->push_end, a->publish), a->uncertainty),
	    .until = earlier_by(over->lower, a->uncertainty),
	    .pushed = over->push_ts,
	    .queue = traits->queue,
	};
	presence_cover(&a->by_queue[over->queue].empties, &stay);
	if (stay.until <= later_by(stay.from, a->idle))
		return; /* too short for any park */
	for (uint32_t i = 0; i < a->stream_count; i++) {
		struct engine_stream *s = &a->streams[i];
		a->no_memory |= !presence_overlap(&s->parks, &stay, a->idle);
		trim_park(a, s);
		a->no_memory |= !presence_overlap_one(&s->park, &stay, a->idle);
	}
}

void idle_end(struct analysis *a)
{
	for (uint32_t i = 0; i < a->stream_count; i++) {
		struct engine_stream *s = &a->streams[i];
		end_park(a, s, a->last_ts);
		for (size_t j = 0; j < s->parks.count; j++)
			report_span(a, WSC_VIOLATION_IDLE_WHILE_WORK, &s->parks.spans[j]);
	}
	for (size_t i = 0; i < a->queue_capacity; i++) {
		for (size_t j = 0; j < a->by_queue[i].empties.count; j++)
			report_span(a, WSC_VIOLATION_FALSE_EMPTY, &a->by_queue[i].empties.spans[j]);
	}
}
