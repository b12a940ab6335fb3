/* SPDX-License-Identifier: MIT */
#include "stream.h"

#include <stdlib.h>

void stream_init(struct stream *stream, uint32_t worker)
{
	*stream = (struct stream){.worker = worker, .stats.worker = worker};
}

void stream_free(struct stream *stream)
{
	free(stream->timeline);
	free(stream->pushed);
}

void stream_totals_init(struct stream_totals *totals, const struct trace_header *header, struct histogram *latency,
                        struct histogram *failed_latency)
{
	*totals = (struct stream_totals){.latency = latency,
	                                 .failed_latency = failed_latency,
	                                 .slots = header->identity == WSC_IDENTITY_RECYCLED,
	                                 .window = !header->complete};
}

static uint64_t since(uint64_t later, uint64_t earlier)
{
	return later > earlier ? later - earlier : 0;
}

/* The open attempt, if any, is over: another begins, or the trace ends. */
static void abandon(struct stream *stream, struct stream_totals *totals)
{
	if (!stream->open)
		return;
	stream->stats.failed_attempts++;
	totals->failures++;
}

static void begin_attempt(struct stream *stream, uint64_t lower, bool timed, struct stream_totals *totals)
{
	stream->timed = timed;
	stream->attempt_lower = lower;
	stream->attempt = ++totals->attempt_serial;
	stream->attempt_sequence = stream->sequence;
	stream->stats.attempts++;
	totals->attempts++;
}

__attribute__((noinline)) static void begin_timeline(struct stream *stream, struct stream_totals *totals)
{
	if (totals->timelines != NULL)
		stream->timeline = timeline_create(totals->timelines);
}

/* Adds [from, to] to a total and to the timeline. */
static inline void spend(struct stream *stream, struct stream_totals *totals, enum timeline_state state, uint64_t *sum,
                         uint64_t from, uint64_t to)
{
	if (to <= from)
		return;
	*sum += to - from;
	if (stream->timeline == NULL)
		begin_timeline(stream, totals);
	if (stream->timeline != NULL)
		timeline_add(stream->timeline, state, from, to);
}

/* The same of time stealing or parked. Who steals or sleeps inside a run, to join others, is busy, too. */
static inline void spend_waiting(struct stream *stream, struct stream_totals *totals, enum timeline_state state,
                                 uint64_t *sum, uint64_t from, uint64_t to)
{
	spend(stream, totals, state, sum, from, to);
	if (stream->depth > 0)
		spend(stream, totals, TIMELINE_OVERLAP, &stream->overlap,
		      from > stream->busy_since ? from : stream->busy_since, to);
}

/* From when on a take may have happened that begins a batch. Whether one of a slot does so is not known behind what was not seen. */
static uint64_t batch_lower(const struct stream *stream, bool unseen, const struct stream_totals *totals)
{
	return unseen && totals->slots ? 0 : stream->previous_ts;
}

static void succeed(struct stream *stream, const struct wsc_event *event, bool unseen, struct stream_totals *totals,
                    struct stream_context *context)
{
	bool first = !stream->batch;
	if (!stream->open && first)
		begin_attempt(stream, batch_lower(stream, unseen, totals), false, totals);
	if (first) {
		totals->successes++;
		if (stream->timed) {
			uint64_t time = since(event->ts, stream->attempt_lower);
			histogram_add_of(totals->latency, time, event->ts, event->task, event->worker);
			spend_waiting(stream, totals, TIMELINE_STEALING, &stream->stats.stealing, stream->attempt_lower,
			              event->ts);
		}
	}
	stream->open = false;
	stream->batch = true;
	stream->stats.stolen++;
	totals->stolen++;
	*context = (struct stream_context){.lower = stream->attempt_lower,
	                                   .attempt = stream->attempt,
	                                   .sequence = stream->attempt_sequence,
	                                   .first = first,
	                                   .batched = !first,
	                                   .timed = stream->timed};
}

static void fail(struct stream *stream, const struct wsc_event *event, struct stream_totals *totals,
                 struct stream_context *context)
{
	uint64_t count = event->arg == 0 ? 1 : event->arg;
	/* An open attempt is the first of them and was counted when it began. */
	uint64_t more = stream->open ? count - 1 : count;
	if (stream->open && stream->timed) {
		context->lower = stream->attempt_lower;
		context->timed = true;
		uint64_t time = since(event->ts, stream->attempt_lower);
		spend_waiting(stream, totals, TIMELINE_STEALING, &stream->stats.stealing, stream->attempt_lower,
		              event->ts);
		if (count == 1)
			histogram_add_of(totals->failed_latency, time, event->ts, event->task, event->worker);
	}
	stream->open = false;
	stream->stats.attempts += more;
	stream->stats.failed_attempts += count;
	totals->attempts += more;
	totals->failures += count;
}

void stream_pushed(struct stream *stream, uint64_t task, struct stream_totals *totals)
{
	if (stream->pushed == NULL)
		stream->pushed = calloc(1, sizeof(*stream->pushed));
	if (stream->pushed == NULL)
		totals->no_memory = true;
	else
		stream->pushed->tasks[stream->pushed->count++ % STREAM_PUSHED_MAX] = task;
}

/* Where it stands if it was queued since the batch began, as far as is remembered, or NULL. */
static uint64_t *find_pushed(struct stream_pushed *pushed, uint64_t task)
{
	if (pushed == NULL)
		return NULL;
	const uint32_t count = pushed->count < STREAM_PUSHED_MAX ? pushed->count : STREAM_PUSHED_MAX;
	for (uint32_t i = 0; i < count; i++)
		if (pushed->tasks[i] == task)
			return &pushed->tasks[i];
	return NULL;
}

/* A push that fails is no push. */
static void forget_pushed(struct stream *stream, uint64_t task)
{
	uint64_t *found = find_pushed(stream->pushed, task);
	if (found != NULL)
		*found = 0;
}

/* One of the batch that goes on, or a later one: what was queued after the first answer was not taken before it. (A slot may be.) */
static bool goes_on(struct stream *stream, const struct wsc_event *event, const struct stream_totals *totals)
{
	return stream->dequeuing && stream->dequeue_queue == event->queue &&
	       (totals->slots || find_pushed(stream->pushed, event->task) == NULL);
}

static void dequeue(struct stream *stream, const struct wsc_event *event, bool unseen, struct stream_totals *totals,
                    struct stream_context *context)
{
	if (!goes_on(stream, event, totals)) {
		stream->dequeuing = true;
		stream->dequeue_queue = event->queue;
		stream->dequeue_lower = batch_lower(stream, unseen, totals);
		stream->dequeue = ++totals->attempt_serial;
		stream->dequeue_sequence = stream->sequence;
		if (stream->pushed != NULL)
			stream->pushed->count = 0;
	}
	context->lower = stream->dequeue_lower;
	context->attempt = stream->dequeue;
	context->sequence = stream->dequeue_sequence;
}

void stream_was_busy(struct stream *stream, struct stream_totals *totals, uint64_t ts)
{
	spend(stream, totals, TIMELINE_BUSY, &stream->stats.busy, stream->busy_since, ts);
}

static void keep_time(struct stream *stream, const struct wsc_event *event, struct stream_totals *totals)
{
	switch ((enum wsc_event_kind)event->kind) {
	case WSC_EV_EXEC_START:
	case WSC_EV_RESUMED:
		if (stream->depth++ == 0)
			stream->busy_since = event->ts;
		break;
	case WSC_EV_EXEC_COMPLETE:
		stream->stats.executed++;
		/* fall through */
	case WSC_EV_SUSPENDED:
		if (stream->depth > 0 && --stream->depth == 0)
			stream_was_busy(stream, totals, event->ts);
		break;
	case WSC_EV_PARKED:
		stream->is_parked = true;
		stream->parked_since = event->ts;
		break;
	case WSC_EV_UNPARKED:
		if (stream->is_parked)
			spend_waiting(stream, totals, TIMELINE_PARKED, &stream->stats.parked, stream->parked_since,
			              event->ts);
		stream->is_parked = false;
		break;
	default:
		break;
	}
}

void stream_event_slow(struct stream *stream, const struct wsc_event *event, struct stream_totals *totals,
                       struct stream_context *context)
{
	uint8_t kind = event->kind;
	if (kind == WSC_EV_GAP) {
		stream->timed = false; /* the answer may be another attempt's */
		stream->batch = stream->dequeuing = false;
		stream->unseen = true;
		return;
	}
	stream->sequence++;
	*context = (struct stream_context){.lower = stream->previous_ts, .sequence = stream->sequence};
	bool pushes = kind == WSC_EV_QUEUED || kind == WSC_EV_PUSH_FAILED; /* loot, which may find the queue full */
	const bool unseen = stream->unseen || (stream->stats.events == 0 && totals->window);
	stream->unseen = unseen && pushes;
	if (kind != WSC_EV_STEAL_SUCCESS && !pushes)
		stream->batch = false;
	if (kind != WSC_EV_DEQUEUED && !pushes)
		stream->dequeuing = false;
	switch (kind) {
	case WSC_EV_STEAL_START:
		abandon(stream, totals);
		begin_attempt(stream, event->ts, true, totals);
		stream->open = true;
		break;
	case WSC_EV_STEAL_SUCCESS:
		succeed(stream, event, unseen, totals, context);
		break;
	case WSC_EV_STEAL_FAILURE:
		fail(stream, event, totals, context);
		break;
	case WSC_EV_DEQUEUED:
		dequeue(stream, event, unseen, totals, context);
		break;
	case WSC_EV_PUSH_FAILED:
		forget_pushed(stream, event->task);
		break;
	case WSC_EV_EXEC_START:
	case WSC_EV_RESUMED:
		context->attempt = ++totals->attempt_serial;
		keep_time(stream, event, totals);
		break;
	default:
		keep_time(stream, event, totals);
		break;
	}
	stream->previous_ts = event->ts;
	if (stream->stats.events++ == 0)
		stream->stats.first_ts = event->ts;
	stream->stats.last_ts = event->ts;
}

void stream_end(struct stream *stream, uint64_t ts, struct stream_totals *totals)
{
	abandon(stream, totals);
	if (stream->depth > 0)
		stream_was_busy(stream, totals, ts);
	if (stream->is_parked)
		spend_waiting(stream, totals, TIMELINE_PARKED, &stream->stats.parked, stream->parked_since, ts);
}
