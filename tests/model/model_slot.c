/* SPDX-License-Identifier: MIT */
#include "model_slot.h"

#include <limits.h>

#include "model_order.h"

enum { OPERATIONS_MAX = 60, NODES_MAX = 1 << 17, HIDDEN_MAX = 3, NOWHERE = -1, MODEL_SLOT_QUEUES = 72 };

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
	uint8_t pushed[HISTORY_WORKERS_MAX]; /* the slot was queued since a run of it began there */
	uint8_t stale[HISTORY_WORKERS_MAX];  /* entries of cancelled lives in its hand */
	uint8_t dead[MODEL_SLOT_QUEUES];     /* entries that cancelled lives left */
	uint8_t suspended; /* lives, and those of them that were queued again and did not go on since: at most */
	uint8_t woken;
	/* If stays are asked for; numbers of operations + 1, or 0. */
	uint8_t push;                  /* of what waits */
	uint8_t takes[OPERATIONS_MAX]; /* by push */
};

struct search {
	const struct history *history;
	struct operation operations[OPERATIONS_MAX];
	uint64_t before[OPERATIONS_MAX];
	size_t count;
	uint64_t hidden; /* takes that a cut may have left unrecorded: they may be or not */
	bool cancels;    /* a life is */
	bool suspends;
	/* Only what was queued while a life ran may be its wake-up; else, as in courses of the engine, any. */
	bool is_strict;
	bool minds_end, is_legal, is_too_large;
	struct model_variant *variants; /* NULL: whether there is an order is all that is asked */
	size_t *variant_count;
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
	if (slot->queue != NOWHERE || slot->suspended > 0)
		return false;
	for (size_t i = 0; i < HISTORY_WORKERS_MAX; i++)
		if (slot->held[i] > 0 || slot->runs[i] > 0)
			return false;
	return true;
}

static void go_on(struct search *search, const struct slot *slot, uint64_t done);

static uint8_t number_of(const struct search *search, const struct operation *op)
{
	return (uint8_t)(op - search->operations + 1);
}

static void begin_stay(const struct search *search, struct slot *slot, const struct operation *op)
{
	slot->queue = (int)op->queue;
	for (size_t i = 0; i < HISTORY_WORKERS_MAX; i++)
		slot->pushed[i] = slot->runs[i] > 0;
	if (search->variants != NULL)
		slot->push = number_of(search, op);
}

/* `op`: what takes it, of which nothing may have been recorded. */
static void end_stay(const struct search *search, struct slot *slot, const struct operation *op)
{
	slot->queue = NOWHERE;
	if (slot->push != 0 && op->kind != WSC_EV_END)
		slot->takes[slot->push - 1] = number_of(search, op);
	slot->push = 0;
}

/* The stays that were seen to end. */
static void add_stays(struct search *search, const struct slot *slot)
{
	struct model_stay stays[MODEL_STAYS_MAX];
	size_t count = 0;

	for (size_t i = 0; i < search->count; i++) {
		if (slot->takes[i] == 0)
			continue;
		int push = search->operations[i].when.event;
		const struct wsc_event *event = &search->history->events[push];

		search->is_too_large |= count == MODEL_STAYS_MAX;
		if (count < MODEL_STAYS_MAX)
			stays[count++] = (struct model_stay){.queue = event->queue,
			                                     .push = push,
			                                     .take = search->operations[slot->takes[i] - 1].when.event,
			                                     .pinned = (event->flags & WSC_FLAG_PINNED) != 0};
	}
	search->is_too_large |= !model_variant_add(search->variants, search->variant_count, stays, count);
}

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
	begin_stay(search, &next, op);
	go_on(search, &next, done); /* a new life */
	if (slot->suspended > 0) {
		next.suspended--;
		next.woken++;
		go_on(search, &next, done);
		next.suspended++;
		next.woken--;
	}
	if (slot->held[op->worker] == 0)
		return;
	next.held[op->worker]--;
	go_on(search, &next, done); /* loot */
}

static void take_it(struct search *search, const struct slot *slot, const struct operation *op, uint64_t done)
{
	struct slot next = *slot;

	if (op->kind != WSC_EV_END && slot->dead[op->queue] > 0) {
		next.dead[op->queue]--;
		next.stale[op->worker]++;
		go_on(search, &next, done);
		next = *slot;
	}
	if (slot->queue == NOWHERE || (op->kind != WSC_EV_END && slot->queue != (int)op->queue))
		return;
	end_stay(search, &next, op);
	if (search->history->scope == WSC_SCOPE_SCHEDULER && op->worker < HISTORY_WORKERS_MAX)
		next.held[op->worker]++;
	go_on(search, &next, done);
}

static void start_it(struct search *search, const struct slot *slot, const struct operation *op, uint64_t done)
{
	const bool resumes = op->kind == WSC_EV_RESUMED;
	struct slot next = *slot;

	next.runs[op->worker]++;
	if (slot->runs[op->worker] == 0)
		next.pushed[op->worker] = 0;
	if (op->way == WAY_RUNS && slot->suspended > 0) {
		next.suspended--;
		go_on(search, &next, done);
		next.suspended++;
	}
	if (resumes && slot->woken == 0)
		return;
	next.woken = (uint8_t)(slot->woken - resumes);
	if (op->way == WAY_TAKES) {
		end_stay(search, &next, op);
		if (may_run_from(search->history, slot->queue, op->worker))
			go_on(search, &next, done);
		return;
	}
	if (slot->queue == NOWHERE && !resumes)
		go_on(search, &next, done); /* inline, and who holds a life of the slot may start that later */
	if (slot->held[op->worker] == 0)
		return;
	next.held[op->worker]--;
	go_on(search, &next, done);
}

static bool is_running(const struct slot *slot)
{
	for (size_t i = 0; i < HISTORY_WORKERS_MAX; i++)
		if (slot->runs[i] > 0)
			return true;
	return false;
}

/* What waits, what somebody holds, or a run, which goes on; if there is nothing, that is no fault. */
static void cancel_it(struct search *search, const struct slot *slot, uint32_t worker, uint64_t done)
{
	bool has_any = slot->queue != NOWHERE || is_running(slot) || slot->suspended > 0;
	struct slot next = *slot;

	if (is_running(slot))
		go_on(search, slot, done);
	if (slot->suspended > 0) {
		next.suspended--;
		go_on(search, &next, done);
		next.suspended++;
	}
	if (slot->queue != NOWHERE) {
		next.dead[slot->queue]++;
		next.queue = NOWHERE;
		go_on(search, &next, done);
	}
	for (size_t i = 0; i < HISTORY_WORKERS_MAX; i++) {
		if (slot->held[i] == 0)
			continue;
		next = *slot;
		next.held[i]--;
		next.stale[i]++;
		go_on(search, &next, done);
		has_any = true;
	}
	if (slot->stale[worker] > 0) {
		next = *slot;
		next.stale[worker]--; /* dropped by who took it */
		go_on(search, &next, done);
	}
	for (size_t i = 0; i < MODEL_SLOT_QUEUES; i++) {
		if (slot->dead[i] == 0)
			continue;
		next = *slot;
		next.dead[i]--; /* an entry that was taken and dropped */
		go_on(search, &next, done);
	}
	if (!has_any)
		go_on(search, slot, done);
}

/* What was queued, while it ran, may be of a new life, or of this one, which then goes on from there. */
static void stop_it(struct search *search, const struct slot *slot, const struct operation *op, uint64_t done)
{
	bool was_queued = slot->queue != NOWHERE;
	struct slot next = *slot;

	if (slot->runs[op->worker] == 0)
		return;
	next.runs[op->worker]--;
	if (op->kind == WSC_EV_EXEC_COMPLETE) {
		go_on(search, &next, done);
		return;
	}
	next.suspended++;
	go_on(search, &next, done);
	for (size_t i = 0; i < HISTORY_WORKERS_MAX; i++)
		was_queued |= slot->held[i] > 0;
	if (!was_queued || (search->is_strict && slot->pushed[op->worker] == 0))
		return;
	next.suspended--;
	next.woken++;
	go_on(search, &next, done);
}

static void apply(struct search *search, const struct slot *slot, const struct operation *op, uint64_t done)
{
	if (op->kind == WSC_EV_QUEUED) {
		queue_it(search, slot, op, done);
	} else if (op->kind == WSC_EV_EXEC_START || op->kind == WSC_EV_RESUMED) {
		start_it(search, slot, op, done);
	} else if (op->kind == WSC_EV_CANCELLED) {
		cancel_it(search, slot, op->worker, done);
	} else if (op->kind == WSC_EV_EXEC_COMPLETE || op->kind == WSC_EV_SUSPENDED) {
		stop_it(search, slot, op, done);
	} else {
		take_it(search, slot, op, done);
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
		if (search->variants != NULL)
			add_stays(search, slot);
		else
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

/* Who runs something before he says that his attempt was a success may have run what he took: the engine asks who has said so. */
static bool runs_within(const struct history *history, const struct model_interval *attempt)
{
	const uint32_t worker = history->events[attempt->event].worker;

	for (int i = attempt->first + 1; i < attempt->event; i++)
		if (history->events[i].worker == worker && model_task_is_of_a_run(&history->events[i]))
			return true;
	return false;
}

static bool add_event(struct search *search, int index)
{
	const struct wsc_event *event = &search->history->events[index];
	struct operation op = {.when = {event->ts, event->ts, index, index},
	                       .worker = event->worker,
	                       .queue = event->queue,
	                       .kind = event->kind,
	                       .other = -1};

	if (event->queue >= MODEL_SLOT_QUEUES)
		return false;
	search->cancels |= event->kind == WSC_EV_CANCELLED;
	search->suspends |= event->kind == WSC_EV_SUSPENDED || event->kind == WSC_EV_RESUMED;
	switch (event->kind) {
	case WSC_EV_QUEUED:
	case WSC_EV_EXEC_COMPLETE:
	case WSC_EV_CANCELLED:
	case WSC_EV_SUSPENDED:
		return add(search, &op);
	case WSC_EV_DEQUEUED:
	case WSC_EV_STEAL_SUCCESS:
		op.when = model_take_interval(search->history, index);
		return !runs_within(search->history, &op.when) && add(search, &op);
	case WSC_EV_EXEC_START:
	case WSC_EV_RESUMED:
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

/* Whether so many lives may have been taken that those which could not be recorded are more than HIDDEN_MAX. */
static bool may_hide_more(const struct history *history, const int *events, size_t count)
{
	int open = 0;

	for (size_t i = 0; i < count; i++) {
		uint8_t kind = history->events[events[i]].kind;

		open += kind == WSC_EV_QUEUED;
		open -= kind == WSC_EV_STEAL_SUCCESS || kind == WSC_EV_DEQUEUED;
	}
	return open > HIDDEN_MAX; /* the last one may be waiting, or be the one whose take was recorded */
}

/*
 * PAIRWISE: what a worker did before a take bounds the take by its stamp alone, as in the engine; and a take that is owed
 * is held against the event that shows it to be, not against earlier stamps that come behind that: twice the uncertainty
 * away. Where stamps are equal or uncertain, a chain of them may exclude what no pair does. AT_STAMPS: a start that takes is
 * of a run that begins with its stamp, so that what is cancelled before did not run.
 */
enum reading { READING_PLAIN, READING_PAIRWISE, READING_AT_STAMPS };

static bool comes_before(const struct history *history, const struct operation *a, const struct operation *b,
                         bool pairwise)
{
	bool takes = b->kind == WSC_EV_STEAL_SUCCESS || b->kind == WSC_EV_DEQUEUED || b->way == WAY_TAKES;

	if (a->worker == b->worker && (!takes || !pairwise))
		return a->when.event < b->when.first;
	uint64_t uncertainty = history->uncertainty_ns * (takes && pairwise ? 2 : 1);

	return a->when.end < b->when.begin && b->when.begin - a->when.end > uncertainty;
}

static void order(struct search *search, enum reading reading)
{
	for (size_t i = 0; i < search->count; i++) {
		struct operation op = search->operations[i];

		if (reading == READING_AT_STAMPS && op.way == WAY_TAKES)
			op.when.begin = op.when.end;
		search->before[i] = 0;
		for (size_t j = 0; j < search->count; j++)
			if (comes_before(search->history, &search->operations[j], &op, reading == READING_PAIRWISE))
				search->before[i] |= UINT64_C(1) << j;
	}
}

static bool find(struct search *search, bool minds_end)
{
	struct slot slot = {.queue = NOWHERE};

	search->round++;
	search->nodes = 0;
	search->is_legal = search->is_too_large = false;
	search->minds_end = minds_end;
	go_on(search, &slot, 0);
	return search->is_legal;
}

static enum model_slot_claim judge(struct search *search)
{
	bool is_cut = search->history->end == WSC_END_CUT;

	if (!is_cut && find(search, true))
		return MODEL_SLOT_LEGAL;
	if (search->is_too_large)
		return MODEL_SLOT_UNKNOWN;
	if (!find(search, false))
		return search->is_too_large ? MODEL_SLOT_UNKNOWN : MODEL_SLOT_ILLEGAL;
	if (is_cut)
		return MODEL_SLOT_LEGAL;
	/* Which of several takes that are still to be stamped a cancellation makes void is not kept apart. */
	return search->cancels ? MODEL_SLOT_UNKNOWN : MODEL_SLOT_LEFT_BEHIND;
}

static enum model_slot_claim judge_again(struct search *search, enum reading reading)
{
	order(search, reading);
	return judge(search);
}

/* False: too many, or events that are not modelled. */
static bool set_up(struct search *search, const struct history *history, const int *events, size_t count)
{
	search->history = history;
	search->count = search->hidden = 0;
	search->cancels = search->suspends = false;
	search->variants = NULL;
	for (size_t i = 0; i < count; i++)
		if (!add_event(search, events[i]))
			return false;
	return history->end != WSC_END_CUT || add_hidden(search);
}

enum model_slot_claim model_slot_judge(const struct history *history, const int *events, size_t count)
{
	static struct search search;
	enum model_slot_claim claim;

	if (!set_up(&search, history, events, count))
		return MODEL_SLOT_UNKNOWN;
	search.is_strict = true;
	order(&search, READING_PLAIN);
	claim = judge(&search);
	if (search.cancels && claim != judge_again(&search, READING_AT_STAMPS))
		return MODEL_SLOT_UNKNOWN;
	if (claim != MODEL_SLOT_LEGAL && history->end == WSC_END_CUT && may_hide_more(history, events, count))
		return MODEL_SLOT_UNKNOWN;
	if (claim == MODEL_SLOT_LEGAL || claim == MODEL_SLOT_UNKNOWN)
		return claim;
	if (search.suspends) /* whether a life that waits, or is held, is one that was woken is not kept apart */
		return MODEL_SLOT_UNKNOWN;
	if (search.cancels && history->uncertainty_ns > 0)
		return MODEL_SLOT_UNKNOWN;
	return judge_again(&search, READING_PAIRWISE) != MODEL_SLOT_LEGAL ? claim : MODEL_SLOT_UNKNOWN;
}

bool model_slot_stays(const struct history *history, const int *events, size_t count, struct model_variant *variants,
                      size_t *variant_count)
{
	static struct search search;

	*variant_count = 0;
	if (!set_up(&search, history, events, count) || search.cancels)
		return false;
	search.is_strict = false;
	search.variants = variants;
	search.variant_count = variant_count;
	order(&search, READING_PLAIN);
	find(&search, history->end != WSC_END_CUT);
	return !search.is_too_large && *variant_count > 0;
}
