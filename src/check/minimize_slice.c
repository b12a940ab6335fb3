/* SPDX-License-Identifier: MIT */
/* The slice: one pass over the trace that keeps what may matter for one report. */
#include <stdlib.h>

#include "array.h"
#include "id_map.h"
#include "minimize.h"

/* An event and its place in the merged order. */
struct placed {
	struct wsc_event event;
	uint64_t place;
};

/* What is known of one worker's latest events, so that those that bound a kept one can be kept, too. */
struct neighbours {
	struct placed previous; /* the latest event; kind 0: none, or kept already */
	struct placed bound;    /* the latest that begins an attempt or ends a batch */
	bool wants_next;        /* the next event bounds a kept one */
	bool wants_bound;       /* as does the next one that ends a run of pushes or a batch */
};

struct minimize_slice {
	const struct violation *report;
	enum minimize_width width;
	struct placed *kept;
	struct wsc_event *events; /* made of kept */
	size_t count, capacity;
	uint64_t place;
	struct id_map index; /* worker -> row + 1 */
	struct neighbours *rows;
	uint32_t row_count;
	size_t row_capacity;
};

enum wsc_status minimize_slice_create(struct minimize_slice **out, const struct violation *report,
                                      enum minimize_width width)
{
	struct minimize_slice *slice = calloc(1, sizeof(*slice));
	*out = slice;
	if (slice == NULL)
		return WSC_NOMEM;
	slice->report = report;
	slice->width = width;
	return WSC_OK;
}

void minimize_slice_free(struct minimize_slice *slice)
{
	if (slice == NULL)
		return;
	free(slice->kept);
	free(slice->events);
	free(slice->rows);
	id_map_free(&slice->index);
	free(slice);
}

static struct neighbours *neighbours_of(struct minimize_slice *slice, uint32_t worker)
{
	uint32_t found = id_map_find(&slice->index, worker);
	if (found != ID_MAP_NONE)
		return &slice->rows[found - 1];
	struct neighbours *grown = array_room(slice->rows, slice->row_count, &slice->row_capacity, sizeof(*grown));
	if (grown == NULL)
		return NULL;
	slice->rows = grown;
	if (!id_map_add(&slice->index, worker, slice->row_count + 1))
		return NULL;
	slice->rows[slice->row_count] = (struct neighbours){.wants_next = false};
	return &slice->rows[slice->row_count++];
}

static enum wsc_status keep(struct minimize_slice *slice, struct placed *placed)
{
	if (placed->event.kind == 0)
		return WSC_OK;
	if (slice->count == MINIMIZE_EVENTS_MAX)
		return WSC_LIMIT;
	struct placed *grown = array_room(slice->kept, slice->count, &slice->capacity, sizeof(*grown));
	if (grown == NULL)
		return WSC_NOMEM;
	slice->kept = grown;
	slice->kept[slice->count++] = *placed;
	placed->event.kind = 0;
	return WSC_OK;
}

static bool is_worker_of(const struct violation *report, uint32_t worker)
{
	for (unsigned i = 0; i < report->worker_count; i++) {
		if (report->workers[i] == worker)
			return true;
	}
	return false;
}

static bool names_queue(const struct wsc_event *event, uint32_t queue)
{
	const unsigned kinds = 1U << WSC_EV_QUEUED | 1U << WSC_EV_PUSH_FAILED | 1U << WSC_EV_DEQUEUED |
	                       1U << WSC_EV_STEAL_START | 1U << WSC_EV_STEAL_SUCCESS | 1U << WSC_EV_STEAL_FAILURE;
	return (kinds >> event->kind & 1U) != 0 && event->queue == queue;
}

static bool is_wanted(const struct minimize_slice *slice, const struct wsc_event *event)
{
	const struct violation *report = slice->report;
	if (slice->width == MINIMIZE_WHOLE || event->kind == WSC_EV_GAP)
		return true;
	if (event->task != 0 && (event->task == report->task || event->task == report->other_task))
		return true;
	bool involved = is_worker_of(report, event->worker);
	if (involved && (event->ts == report->since || event->ts == report->ts))
		return true;
	if (slice->width == MINIMIZE_NARROW || event->ts < report->since || event->ts > report->ts)
		return false;
	/* The owner of a worker's own queue has that queue's id. */
	return involved || (report->has_queue && (event->worker == report->queue || names_queue(event, report->queue)));
}

/* Whether the event neither ends the pushes before it nor lies between an attempt and its answers. */
static bool runs_on(const struct wsc_event *event)
{
	return event->kind == WSC_EV_QUEUED || event->kind == WSC_EV_DEQUEUED || event->kind == WSC_EV_STEAL_SUCCESS;
}

static enum wsc_status take_wanted(struct minimize_slice *slice, struct neighbours *row, struct placed *placed)
{
	bool gap = placed->event.kind == WSC_EV_GAP;
	enum wsc_status status = WSC_OK;
	if (row->bound.place == row->previous.place)
		row->bound.event.kind = 0;
	if (!gap)
		status = keep(slice, &row->bound);
	if (!gap && status == WSC_OK)
		status = keep(slice, &row->previous);
	if (status == WSC_OK)
		status = keep(slice, placed);
	if (!gap) {
		row->wants_next = row->wants_bound = true;
		row->bound.event.kind = row->previous.event.kind = 0;
	}
	return status;
}

static enum wsc_status take_other(struct minimize_slice *slice, struct neighbours *row, struct placed *placed)
{
	bool ends = !runs_on(&placed->event);
	bool wanted = row->wants_next || (row->wants_bound && ends);
	row->wants_next = false;
	row->wants_bound = row->wants_bound && !ends;
	row->previous = *placed;
	if (ends)
		row->bound = *placed;
	if (!wanted)
		return WSC_OK;
	row->previous.event.kind = 0;
	if (ends)
		row->bound.event.kind = 0;
	return keep(slice, placed);
}

enum wsc_status minimize_slice_feed(struct minimize_slice *slice, const struct wsc_event *events, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		struct neighbours *row = neighbours_of(slice, events[i].worker);
		if (row == NULL)
			return WSC_NOMEM;
		struct placed placed = {.event = events[i], .place = ++slice->place};
		enum wsc_status status =
		    is_wanted(slice, &events[i]) ? take_wanted(slice, row, &placed) : take_other(slice, row, &placed);
		if (status != WSC_OK)
			return status;
	}
	return WSC_OK;
}

static int compare(const void *left, const void *right)
{
	const struct placed *a = left, *b = right;
	return (a->place > b->place) - (a->place < b->place);
}

struct wsc_event *minimize_slice_events(struct minimize_slice *slice, size_t *count)
{
	*count = slice->count;
	free(slice->events);
	slice->events = malloc((slice->count + 1) * sizeof(*slice->events));
	if (slice->events == NULL)
		return NULL;
	if (slice->count > 0)
		qsort(slice->kept, slice->count, sizeof(*slice->kept), compare);
	for (size_t i = 0; i < slice->count; i++)
		slice->events[i] = slice->kept[i].event;
	return slice->events;
}
