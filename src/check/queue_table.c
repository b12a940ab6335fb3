/* SPDX-License-Identifier: MIT */
#include "queue_table.h"

#include <stdlib.h>

#include "array.h"

static bool is_worker(const uint32_t *workers, size_t count, uint32_t id)
{
	size_t low = 0, high = count;
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		if (workers[middle] < id)
			low = middle + 1;
		else
			high = middle;
	}
	return low < count && workers[low] == id;
}

static enum wsc_status add(struct queue_table *table, struct queue_traits traits)
{
	struct queue_traits *queues = array_room(table->queues, table->count, &table->capacity, sizeof(*queues));
	if (queues == NULL)
		return WSC_NOMEM;
	table->queues = queues;
	if (!id_map_add(&table->index, traits.queue, (uint32_t)table->count + 1))
		return WSC_NOMEM;
	table->queues[table->count++] = traits;
	return WSC_OK;
}

enum wsc_status queue_table_init(struct queue_table *table, const struct trace_header *header, const uint32_t *workers,
                                 size_t worker_count)
{
	*table = (struct queue_table){.discipline = header->discipline, .declared = header->queue_count > 0};
	for (size_t i = 0; i < header->queue_count; i++) {
		const struct trace_queue *q = &header->queues[i];
		bool own = is_worker(workers, worker_count, q->queue);
		if (id_map_has(&table->index, q->queue))
			continue;
		enum wsc_status status =
		    add(table,
		        (struct queue_traits){
		            .queue = q->queue,
		            .owner = q->has_owner ? q->owner : q->queue,
		            .owned = q->has_owner || own,
		            .stealable = !q->unstealable,
		            .deferred = q->deferred,
		            /* Of one task there is no order; that of two overlaps where a swap puts one for another. */
		            .discipline = q->has_capacity && q->capacity == 1 ? WSC_DISCIPLINE_NONE
		                          : q->has_discipline                 ? q->discipline
		                                                              : header->discipline,
		        });
		if (status != WSC_OK)
			return status;
	}
	return WSC_OK;
}

void queue_table_free(struct queue_table *table)
{
	free(table->queues);
	id_map_free(&table->index);
	*table = (struct queue_table){0};
}

int64_t queue_table_number(struct queue_table *table, uint32_t queue)
{
	uint32_t number = id_map_find(&table->index, queue);
	if (number != ID_MAP_NONE)
		return (int64_t)number - 1;
	struct queue_traits traits = {
	    .queue = queue, .owner = queue, .owned = true, .stealable = true, .discipline = table->discipline};
	return add(table, traits) == WSC_OK ? (int64_t)table->count - 1 : -1;
}

bool queue_table_may_run_declared(const struct queue_table *table, uint32_t queue, uint32_t worker)
{
	uint32_t number = id_map_find(&table->index, queue);
	if (number == ID_MAP_NONE)
		return queue == worker;
	const struct queue_traits *traits = &table->queues[number - 1];
	return !traits->owned || traits->owner == worker;
}
