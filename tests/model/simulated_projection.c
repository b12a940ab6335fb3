/* SPDX-License-Identifier: MIT */
#include "simulated_projection.h"

#include <stdlib.h>

enum keep { KEEP_NOT, KEEP_STAMP, KEEP_WHOLE };

/* The worker's event before `index`; -1: none. */
static int previous(const struct sim_run *run, int index)
{
	for (int i = index - 1; i >= 0; i--)
		if (run->events[i].worker == run->events[index].worker)
			return i;
	return -1;
}

static void keep(uint8_t *kept, int index, enum keep how)
{
	if (index >= 0 && kept[index] < how)
		kept[index] = (uint8_t)how;
}

/* What bounds a take from below: the start of its attempt, or the stamp before its batch. */
static void keep_bound(const struct sim_run *run, int index, uint8_t *kept)
{
	const struct wsc_event *take = &run->events[index];
	int before = previous(run, index);

	for (; before >= 0 && take->kind != WSC_EV_EXEC_START && take->kind != WSC_EV_RESUMED;
	     before = previous(run, before)) {
		const struct wsc_event *event = &run->events[before];

		if (event->kind == take->kind && event->queue == take->queue)
			keep(kept, before, KEEP_WHOLE); /* of the same batch, if only pushes lie between */
		else if (event->kind != WSC_EV_QUEUED && event->kind != WSC_EV_PUSH_FAILED)
			break;
		else
			keep(kept, before, KEEP_WHOLE);
	}
	keep(kept, before, KEEP_STAMP);
	if (before >= 0 && run->events[before].kind == WSC_EV_STEAL_START)
		keep(kept, before, KEEP_WHOLE);
}

bool sim_project(const struct sim_run *run, uint64_t task, struct history *history)
{
	uint8_t *kept = calloc(run->count + 1, 1);
	bool fits = true;

	if (kept == NULL)
		abort();
	for (size_t i = 0; i < run->count; i++) {
		const struct wsc_event *event = &run->events[i];

		if (event->kind == WSC_EV_GAP)
			kept[i] = KEEP_WHOLE;
		if (event->kind == WSC_EV_GAP || event->task != task)
			continue;
		kept[i] = KEEP_WHOLE;
		if (event->kind == WSC_EV_STEAL_SUCCESS || event->kind == WSC_EV_DEQUEUED ||
		    event->kind == WSC_EV_EXEC_START || event->kind == WSC_EV_RESUMED)
			keep_bound(run, (int)i, kept);
	}
	*history = run->declared;
	history->count = 0;
	for (size_t i = 0; i < run->count && fits; i++) {
		struct wsc_event event = run->events[i];

		if (kept[i] == KEEP_NOT)
			continue;
		if (kept[i] == KEEP_STAMP && event.task != task)
			event = (struct wsc_event){.ts = event.ts, .worker = event.worker, .kind = WSC_EV_UNPARKED};
		fits = history->count < HISTORY_EVENTS_MAX;
		if (fits)
			history->events[history->count++] = event;
	}
	free(kept);
	return fits;
}
