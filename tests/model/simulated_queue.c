/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "simulated_state.h"

static void declare(struct sim *sim, uint32_t id)
{
	const struct sim_queue *queue = &sim->queues[id];
	struct history *history = &sim->run->declared;

	history->queues[history->queue_count++] = (struct history_queue){.queue = id,
	                                                                 .owner = queue->owner,
	                                                                 .has_owner = queue->owned,
	                                                                 .deferred = queue->deferred,
	                                                                 .unstealable = !queue->stealable,
	                                                                 .discipline = queue->discipline};
}

void sim_queues_set_up(struct sim *sim)
{
	const struct sim_plan *plan = sim->plan;

	for (uint32_t w = 0; w < plan->workers; w++) {
		sim->queues[w] = (struct sim_queue){.used = true,
		                                    .owned = true,
		                                    .stealable = true,
		                                    .owner = w,
		                                    .capacity = plan->capacity,
		                                    .deferred = plan->is_split,
		                                    .discipline = plan->discipline};
		if (plan->is_split || sim_chance(sim, 20))
			declare(sim, w);
		if (!plan->has_slots)
			continue;
		sim->queues[SIM_SLOT_BASE + w] = (struct sim_queue){
		    .used = true,
		    .owned = true,
		    .owner = w,
		    .capacity = 1,
		    .discipline = sim_chance(sim, 50) ? WSC_DISCIPLINE_FIFO : WSC_DISCIPLINE_LIFO,
		};
		declare(sim, SIM_SLOT_BASE + w);
	}
	if (!plan->has_injector)
		return;
	sim->queues[SIM_INJECTOR] =
	    (struct sim_queue){.used = true, .stealable = true, .discipline = WSC_DISCIPLINE_FIFO};
	if (plan->discipline == WSC_DISCIPLINE_NONE && sim_chance(sim, 50))
		sim->queues[SIM_INJECTOR].discipline = WSC_DISCIPLINE_NONE;
	declare(sim, SIM_INJECTOR);
}

bool sim_queue_is_full(const struct sim_queue *queue)
{
	return queue->capacity > 0 && queue->count >= queue->capacity;
}

void sim_queue_push(struct sim *sim, struct sim_worker *worker, uint32_t id, uint32_t job, bool pinned)
{
	struct sim_queue *queue = &sim->queues[id];
	uint64_t delay = 0;

	/* A plain store waits in the store buffer; whatever is shared by producers takes a CAS or a lock. */
	if (queue->owned && queue->owner == worker->id && sim->plan->publish_ns > 0 && sim_chance(sim, 40))
		delay = sim_below(sim, (uint32_t)sim->plan->publish_ns + 1);
	if (sim->now + delay > worker->visible_until)
		worker->visible_until = sim->now + delay;
	SIM_GROW(queue->entries, queue->count, queue->room);
	queue->entries[queue->count++] = (struct sim_entry){.job = job,
	                                                    .pinned = pinned,
	                                                    .is_public = !queue->deferred,
	                                                    .serial = ++sim->entry_serial,
	                                                    .visible_at = worker->visible_until};
	sim->progress_at = sim->now;
}

void sim_queue_flush(struct sim *sim, const struct sim_worker *worker)
{
	struct sim_queue *queue = &sim->queues[worker->id];

	for (size_t i = 0; queue->used && i < queue->count; i++)
		if (queue->entries[i].visible_at > sim->now && queue->owner == worker->id)
			queue->entries[i].visible_at = sim->now;
}

static bool can_see(const struct sim *sim, const struct sim_entry *entry, bool as_thief)
{
	if (!as_thief)
		return true;
	return entry->is_public && !entry->pinned && !entry->for_owner && entry->visible_at <= sim->now;
}

/* A take out of turn: what lies in [from, to) should have gone first. */
static int take_wrongly(struct sim *sim, const struct sim_queue *queue, size_t at, size_t from, size_t to)
{
	struct sim_mishap *mishap = &sim->run->mishap;

	for (size_t i = from; i < to && mishap->left_count < SIM_LEFT_MAX; i++)
		mishap->left[mishap->left_count++] = sim_job(sim, queue->entries[i].job)->handle;
	return (int)at;
}

static int pick_wrongly(struct sim *sim, struct sim_worker *worker, uint32_t id, bool as_thief)
{
	struct sim_queue *queue = &sim->queues[id];
	size_t seen[SIM_HAND_MAX], count = 0;
	bool is_lifo = queue->discipline == WSC_DISCIPLINE_LIFO;

	for (size_t i = 0; i < queue->count && count < SIM_HAND_MAX; i++) {
		const struct sim_entry *entry = &queue->entries[i];

		if (as_thief && queue->owned && entry->pinned && entry->visible_at <= sim->now && entry->is_public &&
		    sim_fails(sim, SIM_FAULT_PINNED_STOLEN, worker, entry->job, id))
			return (int)i;
		if (can_see(sim, entry, as_thief))
			seen[count++] = i;
	}
	if (count < 2 || queue->discipline == WSC_DISCIPLINE_NONE)
		return -1;
	if (as_thief && is_lifo &&
	    sim_fails(sim, SIM_FAULT_THIEF_NEWEST, worker, queue->entries[seen[count - 1]].job, id))
		return take_wrongly(sim, queue, seen[count - 1], 0, seen[count - 1]);
	if (!as_thief && is_lifo && sim_fails(sim, SIM_FAULT_OWNER_OLDEST, worker, queue->entries[seen[0]].job, id))
		return take_wrongly(sim, queue, seen[0], seen[0] + 1, queue->count);
	if (!is_lifo && sim_fails(sim, SIM_FAULT_FIFO_BROKEN, worker, queue->entries[seen[count - 1]].job, id))
		return take_wrongly(sim, queue, seen[count - 1], 0, seen[count - 1]);
	return -1;
}

int sim_queue_pick(struct sim *sim, struct sim_worker *worker, uint32_t id, bool as_thief)
{
	const struct sim_queue *queue = &sim->queues[id];
	bool is_newest = !as_thief && queue->discipline == WSC_DISCIPLINE_LIFO;
	size_t start =
	    queue->count > 0 && queue->discipline == WSC_DISCIPLINE_NONE ? sim_below(sim, (uint32_t)queue->count) : 0;
	int wrong = pick_wrongly(sim, worker, id, as_thief);

	for (size_t i = 0; wrong < 0 && i < queue->count; i++) {
		size_t at = is_newest ? queue->count - 1 - i : (start + i) % queue->count;

		if (can_see(sim, &queue->entries[at], as_thief))
			return (int)at;
	}
	return wrong;
}

int sim_queue_find(const struct sim_queue *queue, uint64_t serial)
{
	for (size_t i = 0; i < queue->count; i++)
		if (queue->entries[i].serial == serial)
			return (int)i;
	return -1;
}

void sim_queue_end_stay(struct sim *sim, uint32_t id, const struct sim_entry *entry)
{
	const struct sim_queue *queue = &sim->queues[id];
	struct sim_run *run = sim->run;

	if (!queue->stealable || queue->deferred || entry->pinned || entry->for_owner)
		return;
	SIM_GROW(run->stays, run->stay_count, sim->stay_room);
	run->stays[run->stay_count++] = (struct sim_stay){
	    .task = sim_job(sim, entry->job)->handle, .queue = id, .from = entry->visible_at, .until = sim->now};
}

struct sim_entry sim_queue_remove(struct sim *sim, uint32_t id, size_t at)
{
	struct sim_queue *queue = &sim->queues[id];
	struct sim_entry entry = queue->entries[at];

	memmove(&queue->entries[at], &queue->entries[at + 1], (--queue->count - at) * sizeof(entry));
	sim->progress_at = sim->now;
	sim_queue_end_stay(sim, id, &entry);
	return entry;
}

void sim_queue_publish(struct sim *sim, uint32_t id, size_t count)
{
	struct sim_queue *queue = &sim->queues[id];

	for (size_t i = 0; i < queue->count && count > 0; i++) {
		count -= !queue->entries[i].is_public;
		queue->entries[i].is_public = true;
	}
}

bool sim_queue_has_work(const struct sim *sim, uint32_t id)
{
	const struct sim_queue *queue = &sim->queues[id];

	for (size_t i = 0; queue->stealable && i < queue->count; i++)
		if (can_see(sim, &queue->entries[i], true))
			return true;
	return false;
}
