/* SPDX-License-Identifier: MIT */
#include "random_slots.h"

#include <string.h>

#include "random_source.h"

enum {
	WORKERS_MAX = 4,
	SLOTS_MAX = 4,
	SHARED = 64,
	ENTRIES_MAX = 32,
	HELD_MAX = 16,
	EVENTS_LEFT = 24,
	ROUNDS_MAX = 400
};

enum taking { TAKING_NOTHING, TAKING_BY_STEAL, TAKING_BY_DEQUEUED, TAKING_BY_START };

struct entry {
	uint64_t slot;
	bool is_dead;  /* its life was cancelled */
	bool is_woken; /* it was suspended, and has not gone on yet */
	bool is_pinned;
};

struct queue {
	uint32_t id;
	struct entry entries[ENTRIES_MAX];
	size_t count;
};

struct worker {
	struct entry held[HELD_MAX];
	uint64_t running[HELD_MAX];
	size_t held_count, depth;
	/* A take that is still to be stamped. */
	enum taking taking;
	uint32_t from;
	struct entry taken;
};

struct pool {
	struct history *history;
	uint64_t *random, now;
	struct worker workers[WORKERS_MAX];
	struct queue queues[WORKERS_MAX + 1]; /* each worker's, and a shared one */
	uint32_t worker_count, slot_count;
	struct queue *waits_in[SLOTS_MAX + 1]; /* by slot; NULL: it may be used */
	unsigned suspended[SLOTS_MAX + 1];     /* lives, by slot */
	bool cancels, suspends, pins, starts_from_shared;
};

static uint32_t below(struct pool *pool, uint32_t limit)
{
	return random_below(pool->random, limit);
}

static void stamp(struct pool *pool, uint32_t worker, enum wsc_event_kind kind, uint64_t slot, uint32_t queue)
{
	static const uint8_t steps[] = {1, 1, 2, 5};

	pool->now += steps[below(pool, 4)];
	pool->history->events[pool->history->count++] =
	    (struct wsc_event){.ts = pool->now, .task = slot, .worker = worker, .queue = queue, .kind = (uint8_t)kind};
}

static void start(struct pool *pool, uint32_t id, struct entry entry)
{
	struct worker *worker = &pool->workers[id];

	stamp(pool, id, entry.is_woken ? WSC_EV_RESUMED : WSC_EV_EXEC_START, entry.slot, 0);
	worker->running[worker->depth++] = entry.slot;
}

static void stamp_take(struct pool *pool, uint32_t id)
{
	struct worker *worker = &pool->workers[id];
	enum taking taking = worker->taking;

	worker->taking = TAKING_NOTHING;
	if (taking == TAKING_BY_START) {
		start(pool, id, worker->taken);
		return;
	}
	stamp(pool, id, taking == TAKING_BY_STEAL ? WSC_EV_STEAL_SUCCESS : WSC_EV_DEQUEUED, worker->taken.slot,
	      worker->from);
	if (!worker->taken.is_dead)
		worker->held[worker->held_count++] = worker->taken;
}

static void push(struct pool *pool, uint32_t id, struct entry entry, struct queue *queue)
{
	if (pool->waits_in[entry.slot] != NULL || queue->count == ENTRIES_MAX)
		return;
	stamp(pool, id, WSC_EV_QUEUED, entry.slot, queue->id);
	entry.is_pinned = pool->pins && queue->id == id && below(pool, 2) == 0;
	if (entry.is_pinned)
		pool->history->events[pool->history->count - 1].flags = WSC_FLAG_PINNED;
	queue->entries[queue->count++] = entry;
	pool->waits_in[entry.slot] = queue;
}

static struct entry drop_held(struct worker *worker, size_t at)
{
	struct entry entry = worker->held[at];

	worker->held[at] = worker->held[--worker->held_count];
	return entry;
}

/* A life that is suspended is queued, or goes on at once. */
static void wake(struct pool *pool, uint32_t id, uint64_t slot, struct queue *queue)
{
	const struct entry woken = {.slot = slot, .is_woken = true};

	if (pool->suspended[slot] == 0 || pool->workers[id].depth + pool->workers[id].held_count >= HELD_MAX / 2)
		return;
	if (below(pool, 3) == 0) {
		start(pool, id, woken);
	} else {
		if (pool->waits_in[slot] != NULL || queue->count == ENTRIES_MAX)
			return;
		push(pool, id, woken, queue);
	}
	pool->suspended[slot]--;
}

static void start_held(struct pool *pool, uint32_t id)
{
	struct worker *worker = &pool->workers[id];

	if (worker->held_count > 0 && worker->depth < HELD_MAX)
		start(pool, id, drop_held(worker, below(pool, (uint32_t)worker->held_count)));
}

static void complete(struct pool *pool, uint32_t id)
{
	struct worker *worker = &pool->workers[id];

	if (worker->depth == 0)
		return;
	const uint64_t slot = worker->running[--worker->depth];
	const bool suspends = pool->suspends && below(pool, 2) == 0;
	stamp(pool, id, suspends ? WSC_EV_SUSPENDED : WSC_EV_EXEC_COMPLETE, slot, 0);
	pool->suspended[slot] += suspends;
}

static void queue_loot(struct pool *pool, uint32_t id)
{
	struct worker *worker = &pool->workers[id];

	if (worker->held_count == 0 || pool->waits_in[worker->held[0].slot] != NULL ||
	    pool->queues[id].count == ENTRIES_MAX)
		return;
	push(pool, id, drop_held(worker, 0), &pool->queues[id]);
}

static void remove_entry(struct queue *queue, size_t at)
{
	memmove(&queue->entries[at], &queue->entries[at + 1], (--queue->count - at) * sizeof(queue->entries[0]));
}

static void cancel(struct pool *pool, uint32_t id, uint64_t slot)
{
	struct queue *queue = pool->waits_in[slot];
	size_t at = 0;

	if (queue == NULL || !pool->cancels)
		return;
	while (queue->entries[at].slot != slot || queue->entries[at].is_dead)
		at++;
	if (below(pool, 2) == 0)
		queue->entries[at].is_dead = true;
	else
		remove_entry(queue, at);
	pool->waits_in[slot] = NULL;
	stamp(pool, id, WSC_EV_CANCELLED, slot, 0);
}

/* A worker that starts what it takes at once knows which entries are dead; a thief sees no pinned ones. */
static bool is_passed(enum taking taking, const struct entry *entry)
{
	return (taking == TAKING_BY_START && entry->is_dead) || (taking == TAKING_BY_STEAL && entry->is_pinned);
}

static void take(struct pool *pool, uint32_t id)
{
	struct worker *worker = &pool->workers[id];
	uint32_t number = below(pool, 3) == 0 ? id : below(pool, pool->worker_count + 1);
	struct queue *queue = &pool->queues[number];
	bool is_shared = number == pool->worker_count;
	size_t at;

	if (number != id && !is_shared) {
		stamp(pool, id, WSC_EV_STEAL_START, 0, queue->id);
		worker->taking = TAKING_BY_STEAL;
	} else {
		worker->taking = below(pool, 2) == 0 || (is_shared && !pool->starts_from_shared) ? TAKING_BY_DEQUEUED
		                                                                                 : TAKING_BY_START;
	}
	for (at = 0; at < queue->count && is_passed(worker->taking, &queue->entries[at]);)
		at++;
	if (at == queue->count || worker->held_count + worker->depth > HELD_MAX / 2) {
		if (worker->taking == TAKING_BY_STEAL)
			stamp(pool, id, WSC_EV_STEAL_FAILURE, 0, queue->id);
		worker->taking = TAKING_NOTHING;
		return;
	}
	worker->from = queue->id;
	worker->taken = queue->entries[at];
	remove_entry(queue, at);
	if (!worker->taken.is_dead)
		pool->waits_in[worker->taken.slot] = NULL;
	if (below(pool, 10) < 4)
		stamp_take(pool, id);
}

static void act(struct pool *pool, uint32_t id, bool is_ending)
{
	struct worker *worker = &pool->workers[id];
	uint64_t slot = 1 + below(pool, pool->slot_count);
	uint32_t what = below(pool, is_ending ? 6 : 14);

	if (worker->taking != TAKING_NOTHING) {
		if (is_ending || below(pool, 10) < 3)
			stamp_take(pool, id);
	} else if (what < 6 && pool->suspended[slot] > 0 && below(pool, 2) == 0) {
		wake(pool, id, slot, &pool->queues[id]);
	} else if (what < 2) {
		complete(pool, id);
	} else if (what < 4) {
		start_held(pool, id);
	} else if (what < 7) {
		take(pool, id);
	} else if (what < 10) {
		push(pool, id, (struct entry){.slot = slot},
		     &pool->queues[below(pool, 3) == 0 ? pool->worker_count : id]);
	} else if (what < 12) {
		if (pool->waits_in[slot] == NULL && worker->depth + worker->held_count < HELD_MAX / 2)
			start(pool, id, (struct entry){.slot = slot});
	} else if (what == 12) {
		queue_loot(pool, id);
	} else {
		cancel(pool, id, slot);
	}
}

static bool is_at_rest(const struct pool *pool)
{
	for (uint32_t i = 0; i < pool->worker_count; i++)
		if (pool->workers[i].taking != TAKING_NOTHING || pool->workers[i].held_count > 0 ||
		    pool->workers[i].depth > 0)
			return false;
	for (uint32_t i = 1; i <= pool->slot_count; i++)
		if (pool->waits_in[i] != NULL || pool->suspended[i] > 0)
			return false;
	return true;
}

uint64_t random_slots_make(uint64_t *random, struct history *history, bool several)
{
	struct pool pool = {.history = history, .random = random};
	size_t events = 6 + below(&pool, 8);

	pool.worker_count = 2 + below(&pool, WORKERS_MAX - 1);
	pool.slot_count = several ? 2 + below(&pool, SLOTS_MAX - 1) : 1 + (below(&pool, 4) == 0);
	pool.cancels = !several && below(&pool, 3) == 0;
	pool.suspends = below(&pool, 4) == 0;
	pool.pins = several && *random % 4 == 0; /* not drawn: the others stay as they were */
	pool.starts_from_shared = below(&pool, 4) > 0;
	for (uint32_t i = 0; i <= pool.worker_count; i++)
		pool.queues[i].id = i < pool.worker_count ? i : SHARED;
	while (history->count < events)
		act(&pool, below(&pool, pool.worker_count), below(&pool, 50) == 0);
	for (int i = 0; i < ROUNDS_MAX && !is_at_rest(&pool) && history->count < events + EVENTS_LEFT; i++)
		act(&pool, below(&pool, pool.worker_count), true);
	if (!is_at_rest(&pool))
		history->end = WSC_END_CUT;
	return pool.now;
}
