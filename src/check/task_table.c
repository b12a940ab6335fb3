/* SPDX-License-Identifier: MIT */
#include "task_table.h"

#include <stdlib.h>
#include <string.h>

#include "array.h"

bool task_states_add(struct task_states *states, const struct ownership *state, bool slots)
{
	bool full = states->count == TASK_STATES_MAX;
	for (unsigned i = 0; i < states->count; i++) {
		if (memcmp(&states->states[i], state, sizeof(*state)) == 0 ||
		    (slots && slot_covers(&states->states[i], state)))
			return true;
	}
	if (slots && slot_joins(states->states, states->count, state))
		return true;
	if (full && slots)
		states->count = slot_join(states->states, states->count);
	if (full && (!slots || states->count == 0))
		return false;
	states->states[states->count++] = *state;
	return true;
}

static struct task *new_record(struct task_table *table)
{
	struct task *task = table->free;
	if (task != NULL) {
		table->free = task->next_free;
		return task;
	}
	if (table->used == LANE_BIT - 1)
		return NULL;
	if (table->used == table->chunk_count * TASK_CHUNK) {
		struct task **chunks =
		    array_room(table->chunks, table->chunk_count, &table->chunk_capacity, sizeof(struct task *));
		if (chunks == NULL)
			return NULL;
		table->chunks = chunks;
		struct task *chunk = calloc(TASK_CHUNK, sizeof(*chunk));
		if (chunk == NULL)
			return NULL;
		table->chunks[table->chunk_count++] = chunk;
	}
	task = task_table_at(table, table->used);
	task->number = table->used++;
	return task;
}

static void free_record(struct task_table *table, struct task *task)
{
	free(task->also);
	free(task->owed);
	free(task->lingering);
	free(task->past);
	task->also = NULL;
	task->owed = NULL;
	task->lingering = NULL;
	task->past = NULL;
	task->plan = NULL;
	task->handle = 0;
	task->next_free = table->free;
	table->free = task;
}

static struct ownership state_of(enum finished finished)
{
	const unsigned over = OWNERSHIP_LIFE | OWNERSHIP_RAN | OWNERSHIP_COMPLETED;
	switch (finished) {
	case FINISHED_QUEUED:
		return (struct ownership){.flags = (uint16_t)over};
	case FINISHED_INLINE:
		return (struct ownership){.flags = (uint16_t)(over | OWNERSHIP_INLINE)};
	case FINISHED_VAGUE:
		return (struct ownership){.flags = OWNERSHIP_LIFE | OWNERSHIP_UNKNOWN};
	case FINISHED_NEVER:
		break;
	}
	return (struct ownership){0};
}

bool task_table_was_cancelled(struct task_table *table, uint64_t handle)
{
	return table->cancelled.page_count > 0 && finished_set_find(&table->cancelled, handle) != FINISHED_NEVER;
}

struct task *task_table_get(struct task_table *table, uint64_t handle)
{
	struct handle_search search = handle_index_search(&table->index, handle);
	for (uint32_t found; (found = handle_search_next(&search)) != 0;) {
		if ((found & LANE_BIT) == 0 && task_table_at(table, found - 1)->handle == handle)
			return task_table_at(table, found - 1);
	}
	struct task *task = new_record(table);
	if (task == NULL)
		return NULL;
	if (!handle_index_add(&table->index, handle, task->number + 1)) {
		free_record(table, task);
		return NULL;
	}
	enum finished finished = finished_set_find(&table->finished, handle);
	*task = (struct task){.handle = handle,
	                      .number = task->number,
	                      .own = state_of(finished),
	                      .first_queued_ts = UINT64_MAX,
	                      .queued_ts = UINT64_MAX,
	                      .start_ts = UINT64_MAX,
	                      .item = TASK_NO_ITEM,
	                      .was_cancelled = task_table_was_cancelled(table, handle),
	                      .epoch = table->finished.epoch};
	if (finished == FINISHED_NEVER)
		table->seen++;
	else if (finished != FINISHED_VAGUE)
		task->last_ts = UINT64_MAX; /* no gap up to this epoch */
	return task;
}

bool task_table_finish(struct task_table *table, struct task *task, bool blurred)
{
	unsigned flags = task->own.flags;
	enum finished finished = FINISHED_QUEUED;

	if ((flags & OWNERSHIP_UNKNOWN) != 0 || blurred)
		finished = FINISHED_VAGUE;
	else if ((flags & OWNERSHIP_INLINE) != 0)
		finished = FINISHED_INLINE;
	if (!finished_set_put(&table->finished, task->handle, finished) ||
	    (task->was_cancelled && !finished_set_put(&table->cancelled, task->handle, FINISHED_QUEUED)))
		return false;
	task_table_drop(table, task);
	return true;
}

void task_table_drop(struct task_table *table, struct task *task)
{
	handle_index_remove(&table->index, task->handle, task->number + 1);
	free_record(table, task);
}

void task_table_free(struct task_table *table)
{
	for (uint32_t i = 0; i < table->chunk_count; i++) {
		for (uint32_t j = 0; j < TASK_CHUNK; j++) {
			free(table->chunks[i][j].also);
			free(table->chunks[i][j].owed);
			free(table->chunks[i][j].lingering);
			free(table->chunks[i][j].past);
			free(table->chunks[i][j].plan);
		}
		free(table->chunks[i]);
	}
	free(table->chunks);
	finished_set_free(&table->finished);
	finished_set_free(&table->cancelled);
	handle_index_free(&table->index);
	*table = (struct task_table){0};
}
