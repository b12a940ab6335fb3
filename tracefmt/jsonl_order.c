/* SPDX-License-Identifier: MIT */
#include "jsonl_order.h"

#include <stdlib.h>
#include <string.h>

#include "id_map.h"

/* A growing table of the workers and the greatest stamp each has shown so far. */
struct worker_table {
	struct id_map index; /* worker -> row + 1 */
	uint32_t *ids;
	uint64_t *max;
	size_t count, capacity;
};

static enum wsc_status grow(struct worker_table *table)
{
	size_t capacity = table->capacity ? 2 * table->capacity : 64;
	uint32_t *ids = realloc(table->ids, capacity * sizeof(*ids));
	table->ids = ids ? ids : table->ids;
	uint64_t *max = realloc(table->max, capacity * sizeof(*max));
	table->max = max ? max : table->max;
	if (!ids || !max)
		return WSC_NOMEM;
	table->capacity = capacity;
	return WSC_OK;
}

static enum wsc_status find_or_add(struct worker_table *table, uint32_t worker, size_t *row)
{
	uint32_t number = id_map_find(&table->index, worker);
	*row = number != ID_MAP_NONE ? number - 1 : table->count;
	if (number != ID_MAP_NONE)
		return WSC_OK;
	if (table->count == table->capacity && grow(table) != WSC_OK)
		return WSC_NOMEM;
	if (!id_map_add(&table->index, worker, (uint32_t)table->count + 1))
		return WSC_NOMEM;
	table->ids[table->count] = worker;
	table->max[table->count++] = 0;
	return WSC_OK;
}

static int compare_ids(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a;
	uint32_t y = *(const uint32_t *)b;
	return (x > y) - (x < y);
}

/* Fills keys[] and the order's workers. */
static enum wsc_status find_keys(struct jsonl_order *order, const struct wsc_event *events, size_t count,
                                 uint64_t *keys)
{
	struct worker_table table = {.count = 0};
	enum wsc_status status = WSC_OK;
	size_t row = 0;
	for (size_t i = 0; i < count && status == WSC_OK; i++) {
		if (i == 0 || events[i].worker != events[i - 1].worker)
			status = find_or_add(&table, events[i].worker, &row);
		if (status == WSC_OK) {
			if (events[i].ts > table.max[row])
				table.max[row] = events[i].ts;
			keys[i] = table.max[row];
		}
	}
	if (table.count > 0)
		qsort(table.ids, table.count, sizeof(*table.ids), compare_ids);
	order->workers = table.ids;
	order->worker_count = table.count;
	free(table.max);
	id_map_free(&table.index);
	return status;
}

/* Merges two neighbouring sorted halves of `at`, the first of `left` entries, with `spare` as room for the first. */
static void merge(uint32_t *at, size_t left, size_t count, uint32_t *spare, const uint64_t *keys)
{
	if (keys[at[left - 1]] <= keys[at[left]])
		return;
	memcpy(spare, at, left * sizeof(*at));
	size_t i = 0, j = left;
	for (size_t out = 0; i < left; out++) {
		if (j < count && keys[at[j]] < keys[spare[i]])
			at[out] = at[j++];
		else
			at[out] = spare[i++];
	}
}

/* Stable, by merging runs of doubling width: what is in order already costs one comparison for each run. */
static enum wsc_status sort_by_key(struct jsonl_order *order, const uint64_t *keys, size_t count)
{
	order->sequence = malloc(count * sizeof(*order->sequence));
	uint32_t *spare = malloc(count * sizeof(*spare));
	if (!order->sequence || !spare) {
		free(spare);
		return WSC_NOMEM;
	}
	for (size_t i = 0; i < count; i++)
		order->sequence[i] = (uint32_t)i;
	for (size_t width = 1; width < count; width *= 2) {
		for (size_t at = 0; count - at > width; at += 2 * width) {
			size_t both = count - at < 2 * width ? count - at : 2 * width;
			merge(order->sequence + at, width, both, spare, keys);
			if (both < 2 * width)
				break;
		}
	}
	free(spare);
	return WSC_OK;
}

static bool has_ties(const struct jsonl_order *order, const struct wsc_event *events, const uint64_t *keys,
                     size_t count)
{
	for (size_t i = 1; i < count; i++) {
		size_t a = order->sequence ? order->sequence[i - 1] : i - 1;
		size_t b = order->sequence ? order->sequence[i] : i;
		if (keys[a] == keys[b] && events[a].worker != events[b].worker)
			return true;
	}
	return false;
}

enum wsc_status jsonl_order_init(struct jsonl_order *order, const struct wsc_event *events, size_t count)
{
	*order = (struct jsonl_order){.workers = NULL};
	if (count == 0)
		return WSC_OK;
	uint64_t *keys = malloc(count * sizeof(*keys));
	if (!keys)
		return WSC_NOMEM;
	enum wsc_status status = find_keys(order, events, count, keys);
	bool sorted = true;
	for (size_t i = 1; i < count && status == WSC_OK && sorted; i++)
		sorted = keys[i - 1] <= keys[i];
	if (status == WSC_OK && !sorted)
		status = sort_by_key(order, keys, count);
	if (status == WSC_OK)
		order->ties = has_ties(order, events, keys, count);
	free(keys);
	if (status != WSC_OK)
		jsonl_order_free(order);
	return status;
}

void jsonl_order_free(struct jsonl_order *order)
{
	free(order->workers);
	free(order->sequence);
	*order = (struct jsonl_order){.workers = NULL};
}
