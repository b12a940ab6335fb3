/* SPDX-License-Identifier: MIT */
#include "life.h"

#include <stdlib.h>

#include "array.h"
#include "id_map.h"
#include "stream.h"

struct life {
	uint64_t task;
	struct queue_table queues;
	struct ownership_rules rules;
	uint64_t uncertainty;
	struct ownership state;
	uint64_t last_ts;       /* of the task's latest event */
	uint64_t gap_end;       /* latest end of a gap so far */
	bool has_begun;         /* or it does not matter where it begins */
	uint64_t gaps, dropped; /* since the task's latest event */
	uint64_t lives, count;  /* count: of its events */
	struct id_map index;    /* worker -> row + 1 */
	struct stream *streams;
	uint32_t stream_count;
	size_t stream_capacity;
	struct stream_totals totals;
	struct histogram latency, failed_latency; /* stream.c wants some; nobody reads them */
	struct life_event first[LIFE_EVENTS_KEPT];
	struct life_event latest[LIFE_EVENTS_KEPT]; /* a ring, by number */
};

static void extend_gap(struct life *life, uint64_t until)
{
	until = until > UINT64_MAX - life->uncertainty ? UINT64_MAX : until + life->uncertainty;
	if (until > life->gap_end)
		life->gap_end = until;
}

enum wsc_status life_create(struct life **out, const struct trace_header *header, const uint32_t *workers,
                            size_t worker_count, uint64_t uncertainty, uint64_t task)
{
	struct life *life = calloc(1, sizeof(*life));
	*out = life;
	if (life == NULL)
		return WSC_NOMEM;
	if (queue_table_init(&life->queues, header, workers, worker_count) != WSC_OK) {
		life_free(life);
		*out = NULL;
		return WSC_NOMEM;
	}
	life->task = task;
	life->uncertainty = uncertainty;
	life->rules = ownership_rules_of(header, life->uncertainty, &life->queues);
	life->has_begun = header->complete || uncertainty == 0;
	if (trace_header_all_seen(header) != 0)
		extend_gap(life, trace_header_all_seen(header));
	histogram_init(&life->latency);
	histogram_init(&life->failed_latency);
	stream_totals_init(&life->totals, header, &life->latency, &life->failed_latency);
	return WSC_OK;
}

void life_free(struct life *life)
{
	if (life == NULL)
		return;
	queue_table_free(&life->queues);
	id_map_free(&life->index);
	for (uint32_t i = 0; i < life->stream_count; i++)
		stream_free(&life->streams[i]);
	free(life->streams);
	free(life);
}

static struct stream *stream_of(struct life *life, uint32_t worker)
{
	uint32_t found = id_map_find(&life->index, worker);
	if (found != ID_MAP_NONE)
		return &life->streams[found - 1];
	struct stream *grown = array_room(life->streams, life->stream_count, &life->stream_capacity, sizeof(*grown));
	if (grown == NULL)
		return NULL;
	life->streams = grown;
	if (!id_map_add(&life->index, worker, life->stream_count + 1))
		return NULL;
	stream_init(&life->streams[life->stream_count], worker);
	return &life->streams[life->stream_count++];
}

static void note_gap(struct life *life, const struct wsc_event *event)
{
	uint64_t until = event->task > event->ts ? event->task : event->ts;
	extend_gap(life, until);
	life->rules.vague = true;
	life->gaps++;
	life->dropped += event->arg;
}

/* The state after the event; what a gap may hide is unknown. */
static void step(struct life *life, const struct wsc_event *event, const struct stream_context *context,
                 struct life_event *told)
{
	struct ownership_event view = {.event = *event, .lower = context->lower, .sequence = context->sequence};
	struct ownership_step outcome;
	if (life->rules.vague && life->gap_end >= life->last_ts && life->gap_end != 0)
		ownership_forget(&life->state);
	ownership_step(&life->rules, &life->state, &view, &outcome);
	life->state = outcome.outcomes[0].state;
	told->begins = outcome.outcomes[0].new_life;
	life->lives += told->begins;
	life->last_ts = event->ts;
}

/* What is stamped before the first event of a window was not seen. */
static void begin(struct life *life, uint64_t first)
{
	life->has_begun = true;
	if (first > 0)
		extend_gap(life, first - 1);
}

static void tell(struct life *life, const struct wsc_event *event, const struct stream_context *context)
{
	struct life_event told = {.event = *event, .gaps = life->gaps, .dropped = life->dropped};
	bool attempt = event->kind == WSC_EV_STEAL_START || event->kind == WSC_EV_STEAL_FAILURE;
	if (!attempt)
		step(life, event, context, &told);
	if (event->kind == WSC_EV_STEAL_SUCCESS && context->timed) {
		told.has_attempt = true;
		told.attempt = context->lower;
	}
	told.state = life->state;
	told.life = life->lives;
	life->gaps = life->dropped = 0;
	if (life->count < LIFE_EVENTS_KEPT)
		life->first[life->count] = told;
	else
		life->latest[life->count % LIFE_EVENTS_KEPT] = told;
	life->count++;
}

enum wsc_status life_feed(struct life *life, const struct wsc_event *events, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		const struct wsc_event *event = &events[i];
		if (!life->has_begun && event->kind != WSC_EV_GAP)
			begin(life, event->ts);
		struct stream_context context = {.lower = 0};
		struct stream *stream = stream_of(life, event->worker);
		if (stream == NULL)
			return WSC_NOMEM;
		stream_event(stream, event, &life->totals, &context);
		if (life->totals.no_memory)
			return WSC_NOMEM;
		if (event->kind == WSC_EV_GAP)
			note_gap(life, event);
		else if (event->task == life->task)
			tell(life, event, &context);
	}
	return WSC_OK;
}

uint64_t life_task(const struct life *life)
{
	return life->task;
}

uint64_t life_event_count(const struct life *life)
{
	return life->count;
}

uint64_t life_count(const struct life *life)
{
	return life->lives;
}

uint64_t life_uncertainty(const struct life *life)
{
	return life->uncertainty;
}

size_t life_kept(const struct life *life)
{
	const uint64_t most = (uint64_t)2 * LIFE_EVENTS_KEPT;
	return (size_t)(life->count < most ? life->count : most);
}

uint64_t life_number(const struct life *life, size_t number)
{
	return number < LIFE_EVENTS_KEPT ? number : life->count - life_kept(life) + number;
}

const struct life_event *life_at(const struct life *life, size_t number)
{
	return number < LIFE_EVENTS_KEPT ? &life->first[number]
	                                 : &life->latest[life_number(life, number) % LIFE_EVENTS_KEPT];
}
