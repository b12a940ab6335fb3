/* SPDX-License-Identifier: MIT */
#include "trace_save.h"

#include <stdlib.h>

#include "trace_limits.h"

/* The place of an event in the merged order, sorted by worker and then by place. */
struct slot {
	uint32_t worker;
	uint32_t place;
};

static int compare_slots(const void *a, const void *b)
{
	const struct slot *x = a, *y = b;
	if (x->worker != y->worker)
		return x->worker < y->worker ? -1 : 1;
	return (x->place > y->place) - (x->place < y->place);
}

/* Room for one block. */
struct room {
	struct wsc_event events[TRACE_BLOCK_EVENTS_MAX];
	uint64_t order[TRACE_BLOCK_EVENTS_MAX];
};

static enum wsc_status save_blocks(struct trace_writer *writer, const struct wsc_event *events,
                                   const struct slot *slots, size_t count, struct room *room)
{
	for (size_t at = 0; at < count;) {
		size_t used = 0;
		uint32_t worker = slots[at].worker;
		for (; at < count && slots[at].worker == worker && used < TRACE_BLOCK_EVENTS_MAX; at++) {
			room->events[used] = events[slots[at].place];
			room->order[used++] = slots[at].place;
		}
		enum wsc_status status = trace_writer_block(writer, room->events, used, room->order);
		if (status != WSC_OK)
			return status;
	}
	return WSC_OK;
}

enum wsc_status trace_save(struct trace_sink sink, const struct trace_header *header, const struct wsc_event *events,
                           size_t count, enum wsc_end end)
{
	struct trace_writer *writer = NULL;
	struct room *room = malloc(sizeof(*room));
	struct slot *slots = malloc((count + 1) * sizeof(*slots));
	enum wsc_status status =
	    room == NULL || slots == NULL ? WSC_NOMEM : trace_writer_create(&writer, sink, header, 0);
	if (status == WSC_OK) {
		for (size_t i = 0; i < count; i++)
			slots[i] = (struct slot){events[i].worker, (uint32_t)i};
		if (count > 0)
			qsort(slots, count, sizeof(*slots), compare_slots);
		status = save_blocks(writer, events, slots, count, room);
	}
	if (status == WSC_OK)
		status = trace_writer_finish(writer, end);
	trace_writer_free(writer);
	free(slots);
	free(room);
	return status;
}
