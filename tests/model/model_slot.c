/* SPDX-License-Identifier: MIT */
#include "model_slot.h"

#include <limits.h>

#include "model_order.h"

enum { OPERATIONS_MAX = 60, NODES_MAX = 1 << 17, HIDDEN_MAX = 3, NOWHERE = -1 };

/* A start has two: as a take of what waits, and as the run of what the worker holds, or of nothing that was queued. */
enum way { WAY_ONLY, WAY_TAKES, WAY_RUNS };

struct operation {
	struct model_interval when;
	uint32_t worker, queue;
	uint8_t kind;
	enum way way;
	int other; /* the other way, or -1 */
};

struct slot {
	int queue; /* where its present life waits, or NOWHERE */
	uint8_t held[HISTORY_WORKERS_MAX];
	uint8_t runs[HISTORY_WORKERS_MAX];
};

struct search {
	const struct history *history;
	struct operation operations[OPERATIONS_MAX];
	uint64_t before[OPERATIONS_MAX];
	size_t count;
	uint64_t hidden; /* takes that a cut may have left unrecorded: they may be or not */
	bool minds_end, may_defer, is_legal, is_too_large;
	size_t nodes;
	uint64_t round; /* entries of earlier searches are void */
	struct {
		uint64_t hash, round;
	} seen[NODES_MAX * 2];
};

static bool was_here(struct search *search, const struct slot *slot, uint64_t done)
{
	uint64_t hash = (done + UINT64_C(1)) * UINT64_C(0x9e3779b97f4a7c15);
	size_t at;

	for (size_t i = 0; i < sizeof(*slot); i++)
		hash = (hash ^ ((const unsigned char *)slot)[i]) * UINT64_C(0x100000001b3);
	hash ^= hash >> 29;
	for (at = hash % (NODES_MAX * 2); search->seen[at].round == search->round; at = (at + 1) % (NODES_MAX * 2))
		if (search->seen[at].hash == hash)
			return true;
	search->is_too_large |= ++search->nodes > NODES_MAX;
	search->seen[at].hash = hash;
	search->seen[at].round = search->round;
	return false;
}

static bool is_at_rest(const struct slot *slot)
{
	if (slot->queue != NOWHERE)
		return false;
	for (size_t i = 0; i < HISTORY_WORKERS_MAX; i++)
		if (slot->held[i] > 0 || slot->runs[i] > 0)
			return false;
	return true;
}

static void go_on(struct search *search, const struct slot *slot, uint64_t done);

static bool may_run_from(const struct history *history, int queue, uint32_t worker)
{
	uint32_t owner;

	return queue != NOWHERE && (!history_owner(history, (uint32_t)queue, &owner) || owner == worker);
}

static void queue_it(struct search *search, const struct slot *slot, const struct operation *op, uint64_t done)
{
	struct slot next = *slot;

	if (slot->queue != NOWHERE)
		return;
	next.queue = (int)op->queue;
	go_on(search, &next, done); /* a new life */
	if (slot->held[op->worker] == 0)
		return;
	next.held[op->worker]--;
	go_on(search, &next, done); /* loot */
}

static void take_it(struct search *search, const struct slot *slot, const struct operation *op, uint64_t done)
{
	struct slot next = *slot;

	if (slot->queue == NOWHERE || (op->kind != WSC_EV_END && slot->queue != (int)op->queue))
		return;
	next.queue = NOWHERE;
	if (search->history->scope == WSC_SCOPE_SCHEDULER && op->worker < HISTORY_WORKERS_MAX)
		next.held[op->worker]++;
	go_on(search, &next, done);
}

static void start_it(struct search *search, const struct slot *slot, const struct operation *op, uint64_t done)
{
	struct slot next = *slot;

	next.runs[op->worker]++;
	if (op->way == WAY_TAKES) {
		next.queue = NOWHERE;
		if (may_run_from(search->history, slot->queue, op->worker))
			go_on(search, &next, done);
		return;
	}
	if (slot->queue == NOWHERE && (slot->held[op->worker] == 0 || search->may_defer))
		go_on(search, &next, done); /* inline, and who holds a life of the slot may start that later */
	if (slot->held[op->worker] == 0)
		return;
	next.held[op->worker]--;
	go_on(search, &next, done);
}

static void apply(struct search *search, const struct slot *slot, const struct operation *op, uint64_t done)
{
	struct slot next = *slot;

	if (op->kind == WSC_EV_QUEUED) {
		queue_it(search, slot, op, done);
	} else if (op->kind == WSC_EV_EXEC_START) {
		start_it(search, slot, op, done);
	} else if (op->kind != WSC_EV_EXEC_COMPLETE) {
		take_it(search, slot, op, done);
	} else if (slot->runs[op->worker] > 0) {
		next.runs[op->worker]--;
		go_on(search, &next, done);
	}
}

static bool is_done(const struct search *search, uint64_t done)
{
	for (size_t i = 0; i < search->count; i++) {
		int other = search->operations[i].other;

		if (((done | search->hidden) & UINT64_C(1) << i) == 0 &&
		    (other < 0 || (done & UINT64_C(1) << other) == 0))
			return false;
	}
	return true;
}

static bool may_come(const struct search *search, size_t i, uint64_t done)
{
	int other = search->operations[i].other;

	if ((done & UINT64_C(1) << i) != 0 || (other >= 0 && (done & UINT64_C(1) << other) != 0))
		return false;
	for (size_t j = 0; j < search->count; j++) {
		int way = search->operations[j].other;

		if ((search->before[i] & UINT64_C(1) << j) != 0 && (done & UINT64_C(1) << j) == 0 &&
		    (way < 0 || (done & UINT64_C(1) << way) == 0))
			return false;
	}
	return true;
}

static void go_on(struct search *search, const struct slot *slot, uint64_t done)
{
	if (search->is_legal || search->is_too_large || was_here(search, slot, done))
		return;
	if (is_done(search, done) && (!search->minds_end || is_at_rest(slot))) {
		search->is_legal = true;
		return;
	}
	for (size_t i = 0; i < search->count; i++)
		if (may_come(search, i, done))
			apply(search, slot, &search->operations[i], done | UINT64_C(1) << i);
}

static bool add(struct search *search, const struct operation *operation)
{
	if (search->count == OPERATIONS_MAX)
		return false;
	search->operations[search->count++] = *operation;
	return true;
}

static bool add_event(struct search *search, int index)
{
	const struct wsc_event *event = &search->history->events[index];
	struct operation op = {.when = {event->ts, event->ts, index, index},
	                       .worker = event->worker,
	                       .queue = event->queue,
	                       .kind = event->kind,
	                       .other = -1};

	switch (event->kind) {
	case WSC_EV_QUEUED:
	case WSC_EV_EXEC_COMPLETE:
		return add(search, &op);
	case WSC_EV_DEQUEUED:
	case WSC_EV_STEAL_SUCCESS:
		op.when = model_take_interval(search->history, index);
		return add(search, &op);
	case WSC_EV_EXEC_START:
		op.way = WAY_RUNS;
		op.other = (int)search->count + 1;
		if (!add(search, &op))
			return false;
		op.when = model_take_interval(search->history, index);
		op.way = WAY_TAKES;
		op.other = (int)search->count - 1;
		return add(search, &op);
	default:
		return false;
	}
}

/* At a cut somebody may have taken what he could not record any more, also one who recorded nothing before. */
static bool add_hidden(struct search *search)
{
	const struct operation op = {
	    .when = {0, UINT64_MAX, INT_MAX, 0}, .worker = HISTORY_WORKERS_MAX, .kind = WSC_EV_END, .other = -1};

	for (int i = 0; i < HIDDEN_MAX; i++) {
		search->hidden |= UINT64_C(1) << search->count;
		if (!add(search, &op))
			return false;
	}
	return true;
}

static bool comes_before(const struct history *history, const struct operation *a, const struct operation *b)
{
	if (a->worker == b->worker)
		return a->when.event < b->when.first;
	return a->when.end < b->when.begin && b->when.begin - a->when.end > history->uncertainty_ns;
}

static bool find(struct search *search, bool minds_end, bool may_defer)
{
	struct slot slot = {.queue = NOWHERE};

	search->round++;
	search->nodes = 0;
	search->is_legal = search->is_too_large = false;
	search->minds_end = minds_end;
	search->may_defer = may_defer;
	go_on(search, &slot, 0);
	return search->is_legal;
}

enum model_slot_claim model_slot_judge(const struct history *history, const int *events, size_t count)
{
	static struct search search;

	search.history = history;
	search.count = search.hidden = 0;
	for (size_t i = 0; i < count; i++)
		if (!add_event(&search, events[i]))
			return MODEL_SLOT_UNKNOWN;
	if (history->end == WSC_END_CUT && !add_hidden(&search))
		return MODEL_SLOT_UNKNOWN;
	for (size_t i = 0; i < search.count; i++) {
		search.before[i] = 0;
		for (size_t j = 0; j < search.count; j++)
			if (comes_before(history, &search.operations[j], &search.operations[i]))
				search.before[i] |= UINT64_C(1) << j;
	}
	if (history->end != WSC_END_CUT && find(&search, true, false))
		return MODEL_SLOT_LEGAL;
	bool is_legal_so_far = find(&search, false, false);

	if (is_legal_so_far && history->end == WSC_END_CUT)
		return MODEL_SLOT_LEGAL;
	/* The engine does not see every history in which a worker runs another life before the one it holds. */
	if (search.is_too_large || find(&search, is_legal_so_far, true) || search.is_too_large)
		return MODEL_SLOT_UNKNOWN;
	return is_legal_so_far ? MODEL_SLOT_LEFT_BEHIND : MODEL_SLOT_ILLEGAL;
}
