/* SPDX-License-Identifier: MIT */
#include "inventory.h"

#include <stdlib.h>
#include <string.h>

enum wsc_status inventory_init(struct inventory *inventory, const uint32_t *workers, size_t count)
{
	memset(inventory, 0, sizeof(*inventory));
	inventory->workers = calloc(count + 1, sizeof(*inventory->workers));
	if (!inventory->workers)
		return WSC_NOMEM;
	inventory->worker_count = count;
	for (size_t i = 0; i < count; i++)
		inventory->workers[i].worker = workers[i];
	inventory_reset(inventory);
	return WSC_OK;
}

void inventory_reset(struct inventory *inventory)
{
	memset(inventory->kinds, 0, sizeof(inventory->kinds));
	inventory->attempts_failed = 0;
	inventory->first_ts = UINT64_MAX;
	inventory->last_ts = 0;
	inventory->has_time = false;
	for (size_t i = 0; i < inventory->worker_count; i++) {
		struct inventory_worker *row = &inventory->workers[i];
		*row = (struct inventory_worker){.worker = row->worker, .first_ts = UINT64_MAX};
	}
}

static int worker_compare(const void *key, const void *row)
{
	uint32_t a = *(const uint32_t *)key, b = ((const struct inventory_worker *)row)->worker;
	return a < b ? -1 : a > b;
}

static void note_time(struct inventory *inventory, struct inventory_worker *row, uint64_t from, uint64_t to)
{
	if (from < row->first_ts)
		row->first_ts = from;
	if (to > row->last_ts)
		row->last_ts = to;
	if (from < inventory->first_ts)
		inventory->first_ts = from;
	if (to > inventory->last_ts)
		inventory->last_ts = to;
	inventory->has_time = true;
}

void inventory_feed(struct inventory *inventory, const struct wsc_event *events, size_t count)
{
	struct inventory_worker *row = NULL;
	for (size_t i = 0; i < count; i++) {
		const struct wsc_event *event = &events[i];
		if (row == NULL || row->worker != event->worker)
			row = bsearch(&event->worker, inventory->workers, inventory->worker_count,
			              sizeof(*inventory->workers), worker_compare);
		if (row == NULL || event->kind >= WSC_EV_END)
			continue;
		inventory->kinds[event->kind]++;
		if (event->kind == WSC_EV_GAP) {
			row->dropped += event->arg;
			continue;
		}
		row->events++;
		if (event->kind == WSC_EV_STEAL_FAILURE)
			inventory->attempts_failed += event->arg;
		note_time(inventory, row, event->ts, event->ts);
	}
}

void inventory_free(struct inventory *inventory)
{
	free(inventory->workers);
	memset(inventory, 0, sizeof(*inventory));
}

bool inventory_wall_ns(const struct trace_header *header, uint64_t ts, uint64_t *wall_ns)
{
	const struct trace_anchor *best = NULL;
	uint64_t least = UINT64_MAX;
	for (size_t i = 0; i < header->anchor_count; i++) {
		const struct trace_anchor *anchor = &header->anchors[i];
		uint64_t distance = anchor->ts > ts ? anchor->ts - ts : ts - anchor->ts;
		if (!best || distance < least) {
			best = anchor;
			least = distance;
		}
	}
	if (!best)
		return false;
	uint64_t ns = trace_header_ns(header, least);
	if (best->ts > ts)
		*wall_ns = best->wall_ns > ns ? best->wall_ns - ns : 0;
	else
		*wall_ns = best->wall_ns > UINT64_MAX - ns ? UINT64_MAX : best->wall_ns + ns;
	return true;
}
