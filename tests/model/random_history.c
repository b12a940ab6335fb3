/* SPDX-License-Identifier: MIT */
#include "random_history.h"

#include <string.h>

#include "random_slots.h"
#include "random_source.h"

enum { LIST_MAX = 16, STACK_MAX = 6, SHARED_QUEUE = 64, EVENTS_TARGET = 48 };

enum defect { DEFECT_NONE, DEFECT_THIEF_NEWEST, DEFECT_OWNER_OLDEST, DEFECT_KEEP, DEFECT_DROP };

/* What a worker is in the middle of. */
enum pending { PENDING_NONE, PENDING_PUSH, PENDING_POPPED, PENDING_STEAL, PENDING_STOLEN };

struct entry {
	uint64_t task;
	bool pinned;
	bool is_new; /* it must be queued before it runs */
};

struct list {
	struct entry entries[LIST_MAX];
	size_t count;
};

struct sim_worker {
	enum pending pending;
	struct entry hand[LIST_MAX]; /* what a push or take is about */
	size_t hand_count, hand_done;
	uint32_t queue;
	bool records_take, was_started;
	struct list loot; /* taken and not yet run or queued */
	uint64_t running[STACK_MAX];
	size_t depth;
};

struct simulation {
	uint64_t random;
	struct history *history;
	enum random_profile profile;
	enum defect defect;
	bool used_defect;
	bool has_shared; /* a shared queue */
	bool has_extras; /* ... too, pinned tasks, failed pushes, suspensions, cancellations, batches */
	bool wakes;      /* tasks are queued while they run */
	uint64_t now;
	uint32_t workers;
	uint64_t tasks, made;
	struct sim_worker worker[HISTORY_WORKERS_MAX];
	struct list queue[HISTORY_WORKERS_MAX + 1]; /* the last one is shared */
	struct list hidden[HISTORY_WORKERS_MAX];    /* pushed to the shared one, which is deferred: not public yet */
	struct list suspended, cancelled;
};

const char *random_profile_name(enum random_profile profile)
{
	static const char *const names[] = {
#define RANDOM_PROFILE_NAME(NAME, name) [RANDOM_##NAME] = (name),
	    RANDOM_PROFILES(RANDOM_PROFILE_NAME)
#undef RANDOM_PROFILE_NAME
	};

	return names[profile];
}

static uint32_t below(struct simulation *sim, uint32_t limit)
{
	return random_below(&sim->random, limit);
}

static bool chance(struct simulation *sim, uint32_t percent)
{
	return below(sim, 100) < percent;
}

static void tick(struct simulation *sim)
{
	bool may_tie = sim->profile == RANDOM_TIES || sim->profile == RANDOM_UNCERTAIN ||
	               sim->profile == RANDOM_CLOSE || sim->history->uncertainty_ns > 0;

	sim->now += may_tie ? below(sim, 3) : 1 + below(sim, 4);
}

static void record(struct simulation *sim, enum wsc_event_kind kind, uint32_t worker, uint32_t queue, uint64_t task)
{
	struct history *history = sim->history;

	if (history->count == HISTORY_EVENTS_MAX)
		return;
	tick(sim);
	history->events[history->count++] = (struct wsc_event){.ts = sim->now,
	                                                       .task = task,
	                                                       .worker = worker,
	                                                       .queue = queue,
	                                                       .arg = kind == WSC_EV_STEAL_FAILURE ? 1 : 0,
	                                                       .kind = (uint8_t)kind};
}

static struct list *queue_list(struct simulation *sim, uint32_t queue)
{
	return &sim->queue[queue == SHARED_QUEUE ? HISTORY_WORKERS_MAX : queue];
}

static void list_add(struct list *list, struct entry entry)
{
	if (list->count < LIST_MAX)
		list->entries[list->count++] = entry;
}

static struct entry list_remove(struct list *list, size_t at)
{
	struct entry entry = list->entries[at];

	memmove(&list->entries[at], &list->entries[at + 1], (--list->count - at) * sizeof(entry));
	return entry;
}

static bool is_cancelled(const struct simulation *sim, uint64_t task)
{
	for (size_t i = 0; i < sim->cancelled.count; i++)
		if (sim->cancelled.entries[i].task == task)
			return true;
	return false;
}

/* The oldest or newest entry, or one that a defect picks. False: nothing there (for a thief: nothing it can see). */
static bool take_entry(struct simulation *sim, uint32_t queue, bool is_thief, bool newest, struct entry *entry)
{
	struct list *list = queue_list(sim, queue);
	bool is_defective = sim->defect != DEFECT_NONE && chance(sim, 35);
	size_t at;

	if (list->count == 0)
		return false;
	if (is_defective &&
	    ((sim->defect == DEFECT_THIEF_NEWEST && is_thief) || (sim->defect == DEFECT_OWNER_OLDEST && !is_thief))) {
		newest = !newest;
		sim->used_defect = true;
	}
	for (size_t i = 0; i < list->count; i++) {
		at = newest ? list->count - 1 - i : i;
		if (is_thief && list->entries[at].pinned && queue != SHARED_QUEUE)
			continue;
		*entry = list->entries[at];
		if (is_defective && sim->defect == DEFECT_KEEP)
			sim->used_defect = true;
		else
			list_remove(list, at);
		return true;
	}
	return false;
}

/* A polled task that was woken while it runs waits in hand until that run is over. */
static bool runs_somewhere(const struct simulation *sim, uint64_t task)
{
	for (uint32_t w = 0; w < sim->workers; w++)
		for (size_t i = 0; i < sim->worker[w].depth; i++)
			if (sim->worker[w].running[i] == task)
				return true;
	return false;
}

/* Whether it is the shared queue's turn. */
static bool is_shared(struct simulation *sim, uint32_t percent)
{
	return sim->has_shared && chance(sim, sim->profile == RANDOM_CLOSE ? 3 * percent : percent);
}

static void start_push(struct simulation *sim, uint32_t worker, struct entry entry)
{
	struct sim_worker *self = &sim->worker[worker];
	bool shared = is_shared(sim, 25);

	entry.pinned = !shared && sim->has_extras && chance(sim, 15);
	self->queue = shared ? SHARED_QUEUE : worker;
	record(sim, WSC_EV_QUEUED, worker, self->queue, entry.task);
	if (entry.pinned)
		sim->history->events[sim->history->count - 1].flags = WSC_FLAG_PINNED;
	if (sim->has_extras && chance(sim, 6)) {
		record(sim, WSC_EV_PUSH_FAILED, worker, self->queue, entry.task);
		entry.is_new = false; /* it may run inline instead */
		list_add(&self->loot, entry);
		return;
	}
	entry.is_new = false;
	self->hand[0] = entry;
	self->hand_count = 1;
	self->pending = PENDING_PUSH;
}

static void start_pop(struct simulation *sim, uint32_t worker)
{
	struct sim_worker *self = &sim->worker[worker];
	bool shared = is_shared(sim, 25);
	bool newest = !shared && sim->history->discipline == WSC_DISCIPLINE_LIFO;

	self->queue = shared ? SHARED_QUEUE : worker;
	if (!take_entry(sim, self->queue, false, newest, &self->hand[0]))
		return;
	self->hand_count = 1;
	self->records_take = sim->profile == RANDOM_DEQUE || chance(sim, 30);
	self->pending = PENDING_POPPED;
}

static void begin_run(struct simulation *sim, uint32_t worker, uint64_t task, bool resumes)
{
	struct sim_worker *self = &sim->worker[worker];

	record(sim, resumes ? WSC_EV_RESUMED : WSC_EV_EXEC_START, worker, 0, task);
	self->running[self->depth++] = task;
}

static bool has_suspended(struct simulation *sim, uint64_t task, bool forget)
{
	for (size_t i = 0; i < sim->suspended.count; i++) {
		if (sim->suspended.entries[i].task != task)
			continue;
		if (forget)
			list_remove(&sim->suspended, i);
		return true;
	}
	return false;
}

static void finish_pop(struct simulation *sim, uint32_t worker)
{
	struct sim_worker *self = &sim->worker[worker];
	uint64_t task = self->hand[0].task;
	bool was_cancelled = is_cancelled(sim, task);

	if (sim->wakes && runs_somewhere(sim, task))
		return;
	self->pending = PENDING_NONE;
	if (self->records_take && !was_cancelled) {
		record(sim, WSC_EV_DEQUEUED, worker, self->queue, task);
		list_add(&self->loot, self->hand[0]);
	} else if (was_cancelled) {
		record(sim, WSC_EV_CANCELLED, worker, 0, task);
	} else if (self->depth < STACK_MAX) {
		begin_run(sim, worker, task, has_suspended(sim, task, true));
	}
}

static void start_steal(struct simulation *sim, uint32_t worker)
{
	struct sim_worker *self = &sim->worker[worker];

	self->queue = below(sim, sim->workers);
	if (is_shared(sim, 20))
		self->queue = SHARED_QUEUE;
	else if (self->queue == worker && !(sim->has_extras && chance(sim, 30))) /* or its own overflows */
		self->queue = (worker + 1) % sim->workers;
	self->was_started = chance(sim, 85);
	if (self->was_started)
		record(sim, WSC_EV_STEAL_START, worker, self->queue, 0);
	self->pending = PENDING_STEAL;
}

static void do_steal(struct simulation *sim, uint32_t worker)
{
	struct sim_worker *self = &sim->worker[worker];
	size_t wanted = chance(sim, 25) ? 2 + below(sim, 2) : 1;

	self->hand_count = 0;
	self->hand_done = 0;
	while (self->hand_count < wanted && take_entry(sim, self->queue, true, false, &self->hand[self->hand_count]))
		self->hand_count++;
	self->pending = PENDING_STOLEN;
}

static void finish_steal(struct simulation *sim, uint32_t worker)
{
	struct sim_worker *self = &sim->worker[worker];
	struct entry *entry = &self->hand[self->hand_done];

	if (self->hand_count == 0) {
		record(sim, WSC_EV_STEAL_FAILURE, worker, self->queue, 0);
		sim->history->events[sim->history->count - 1].reason = WSC_REASON_EMPTY;
	} else {
		record(sim, WSC_EV_STEAL_SUCCESS, worker, self->queue, entry->task);
		if (!is_cancelled(sim, entry->task))
			list_add(&self->loot, *entry);
		if (sim->defect == DEFECT_DROP && chance(sim, 30) && self->loot.count > 0) {
			self->loot.count--;
			sim->used_defect = true;
		}
		if (++self->hand_done < self->hand_count)
			return;
	}
	self->pending = PENDING_NONE;
}

static void use_loot(struct simulation *sim, uint32_t worker)
{
	struct sim_worker *self = &sim->worker[worker];
	size_t at = below(sim, (uint32_t)self->loot.count);
	struct entry entry = self->loot.entries[at];

	if (sim->wakes && runs_somewhere(sim, entry.task))
		return;
	if (sim->profile == RANDOM_RECYCLED && self->depth == STACK_MAX)
		return; /* nor can it be queued: the slot may wait in a queue already */
	list_remove(&self->loot, at);
	if (is_cancelled(sim, entry.task))
		return;
	if (sim->profile == RANDOM_DEQUE && !chance(sim, 20))
		return;
	if (entry.is_new || sim->profile == RANDOM_DEQUE || (sim->profile != RANDOM_RECYCLED && chance(sim, 35)) ||
	    self->depth == STACK_MAX)
		start_push(sim, worker, entry);
	else
		begin_run(sim, worker, entry.task, has_suspended(sim, entry.task, true));
}

/* Taken, and not yet stamped. */
static bool is_in_a_hand(const struct simulation *sim, uint64_t task)
{
	for (uint32_t w = 0; w < sim->workers; w++) {
		const struct sim_worker *worker = &sim->worker[w];

		for (size_t i = 0; worker->pending != PENDING_NONE && i < worker->hand_count; i++)
			if (worker->hand[i].task == task)
				return true;
	}
	return false;
}

static bool is_in_some_queue(struct simulation *sim, uint64_t task)
{
	for (size_t q = 0; q <= HISTORY_WORKERS_MAX; q++)
		for (size_t i = 0; i < sim->queue[q].count; i++)
			if (sim->queue[q].entries[i].task == task)
				return true;
	for (uint32_t w = 0; w < sim->workers; w++) {
		const struct sim_worker *worker = &sim->worker[w];

		for (size_t i = 0; i < sim->hidden[w].count; i++)
			if (sim->hidden[w].entries[i].task == task)
				return true;
		for (size_t i = 0; i < worker->loot.count; i++)
			if (worker->loot.entries[i].task == task)
				return true;
	}
	return is_in_a_hand(sim, task);
}

static void end_run(struct simulation *sim, uint32_t worker)
{
	struct sim_worker *self = &sim->worker[worker];
	uint64_t task = self->running[--self->depth];
	struct entry entry = {.task = task, .is_new = true};

	if (sim->has_extras && chance(sim, 10))
		record(sim, WSC_EV_CANCELLED, worker, 0, task);
	else if (sim->has_extras && chance(sim, 30) && sim->suspended.count < LIST_MAX) {
		record(sim, WSC_EV_SUSPENDED, worker, 0, task);
		entry.is_new = false;
		list_add(&sim->suspended, entry);
		return;
	}
	record(sim, WSC_EV_EXEC_COMPLETE, worker, 0, task);
	if (sim->profile == RANDOM_RECYCLED || is_in_some_queue(sim, task))
		return;
	/* A new life of the same handle, perhaps made by another. */
	if (sim->profile == RANDOM_UNCERTAIN && chance(sim, 30))
		list_add(&sim->worker[below(sim, sim->workers)].loot, entry);
	else if (chance(sim, 15))
		list_add(&self->loot, entry);
}

static void wake_or_cancel(struct simulation *sim, uint32_t worker)
{
	struct sim_worker *self = &sim->worker[worker];
	struct list *list = queue_list(sim, below(sim, sim->workers));

	if (sim->suspended.count > 0 && chance(sim, 70)) {
		struct entry entry = sim->suspended.entries[below(sim, (uint32_t)sim->suspended.count)];

		if (is_in_some_queue(sim, entry.task) || is_cancelled(sim, entry.task))
			return;
		if (chance(sim, 70)) {
			start_push(sim, worker, entry);
		} else if (self->depth < STACK_MAX) {
			has_suspended(sim, entry.task, true);
			begin_run(sim, worker, entry.task, true);
		}
	} else if (list->count > 0 && chance(sim, 20)) {
		struct entry entry = list->entries[below(sim, (uint32_t)list->count)];

		if (is_cancelled(sim, entry.task) || sim->cancelled.count == LIST_MAX)
			return;
		list_add(&sim->cancelled, entry);
		has_suspended(sim, entry.task, true);
		record(sim, WSC_EV_CANCELLED, worker, 0, entry.task);
	}
}

/* A task that runs elsewhere is woken. */
static void wake_running(struct simulation *sim, uint32_t worker)
{
	const struct sim_worker *other = &sim->worker[below(sim, sim->workers)];

	if (other->depth == 0 || other->pending != PENDING_NONE ||
	    is_in_some_queue(sim, other->running[other->depth - 1]))
		return;
	start_push(sim, worker, (struct entry){.task = other->running[other->depth - 1]});
}

static bool is_in_loot(const struct sim_worker *worker, uint64_t task)
{
	for (size_t i = 0; i < worker->loot.count; i++)
		if (worker->loot.entries[i].task == task)
			return true;
	return false;
}

/* A slot is free as soon as its last life was taken, long before anybody stamps that. */
static void reuse_slot(struct simulation *sim, uint32_t worker)
{
	uint64_t task = 1 + below(sim, (uint32_t)sim->tasks);

	for (size_t q = 0; q <= HISTORY_WORKERS_MAX; q++)
		for (size_t i = 0; i < sim->queue[q].count; i++)
			if (sim->queue[q].entries[i].task == task)
				return;
	for (uint32_t w = 0; w < sim->workers; w++) {
		const struct sim_worker *other = &sim->worker[w];

		if (other->pending == PENDING_PUSH && other->hand[0].task == task)
			return;
	}
	if (task > sim->made)
		return;
	if (chance(sim, 60) || is_in_loot(&sim->worker[worker], task) || is_in_a_hand(sim, task))
		start_push(sim, worker, (struct entry){.task = task});
	else if (sim->worker[worker].depth < STACK_MAX)
		begin_run(sim, worker, task, false);
}

static void act(struct simulation *sim, uint32_t worker)
{
	struct sim_worker *self = &sim->worker[worker];
	uint32_t choice = below(sim, 100);

	if (self->loot.count > 0 && chance(sim, 60))
		use_loot(sim, worker);
	else if (choice < 30 && sim->made < sim->tasks)
		start_push(sim, worker, (struct entry){.task = ++sim->made});
	else if (choice < 33 && sim->made < sim->tasks && self->depth < STACK_MAX && sim->profile != RANDOM_DEQUE)
		begin_run(sim, worker, ++sim->made, false);
	else if (choice < 45 && self->depth > 0)
		end_run(sim, worker);
	else if (choice < 65 && self->depth < STACK_MAX)
		start_pop(sim, worker);
	else if (choice < 85)
		start_steal(sim, worker);
	else if (choice < 95 && sim->has_extras)
		wake_or_cancel(sim, worker);
	else if (sim->wakes)
		wake_running(sim, worker);
	else if (sim->profile == RANDOM_RECYCLED)
		reuse_slot(sim, worker);
}

static bool is_deferred(const struct simulation *sim, uint32_t queue)
{
	return queue == SHARED_QUEUE && sim->history->queues[0].deferred;
}

static void step(struct simulation *sim, uint32_t worker)
{
	struct sim_worker *self = &sim->worker[worker];

	if (sim->hidden[worker].count > 0 && chance(sim, 30))
		list_add(queue_list(sim, SHARED_QUEUE), list_remove(&sim->hidden[worker], 0));

	switch (self->pending) {
	case PENDING_PUSH:
		list_add(is_deferred(sim, self->queue) ? &sim->hidden[worker] : queue_list(sim, self->queue),
		         self->hand[0]);
		self->pending = PENDING_NONE;
		break;
	case PENDING_POPPED:
		finish_pop(sim, worker);
		break;
	case PENDING_STEAL:
		do_steal(sim, worker);
		break;
	case PENDING_STOLEN:
		finish_steal(sim, worker);
		break;
	case PENDING_NONE:
		act(sim, worker);
		break;
	}
}

static bool has_work(const struct simulation *sim)
{
	for (uint32_t w = 0; w < sim->workers; w++)
		if (sim->worker[w].pending != PENDING_NONE || sim->worker[w].depth > 0 ||
		    sim->worker[w].loot.count > 0 || sim->hidden[w].count > 0)
			return true;
	for (size_t q = 0; q <= HISTORY_WORKERS_MAX; q++)
		if (sim->queue[q].count > 0)
			return true;
	return sim->suspended.count > 0 || sim->made < sim->tasks;
}

static void simulate(struct simulation *sim)
{
	sim->workers = 2 + below(sim, sim->profile == RANDOM_CLOSE ? 2 : 4);
	sim->tasks = 1 + below(sim, 8);
	for (int i = 0; i < 400 && has_work(sim) && sim->history->count < EVENTS_TARGET; i++)
		step(sim, below(sim, sim->workers));
}

static void make_chaos(struct simulation *sim)
{
	static const uint8_t kinds[] = {WSC_EV_QUEUED,        WSC_EV_QUEUED,        WSC_EV_STEAL_SUCCESS,
	                                WSC_EV_STEAL_SUCCESS, WSC_EV_EXEC_START,    WSC_EV_EXEC_START,
	                                WSC_EV_EXEC_COMPLETE, WSC_EV_EXEC_COMPLETE, WSC_EV_DEQUEUED,
	                                WSC_EV_SUSPENDED,     WSC_EV_RESUMED,       WSC_EV_CANCELLED};
	uint32_t count = 2 + below(sim, 8), kind_count = chance(sim, 50) ? 9 : 12;

	sim->workers = 2 + below(sim, 2);
	sim->tasks = 1 + below(sim, 2);
	for (uint32_t i = 0; i < count; i++) {
		uint8_t kind = kinds[below(sim, kind_count)];
		uint32_t worker = below(sim, sim->workers), queue = 0;

		if (kind == WSC_EV_QUEUED || kind == WSC_EV_DEQUEUED)
			queue = worker;
		else if (kind == WSC_EV_STEAL_SUCCESS)
			queue = (worker + 1 + below(sim, sim->workers - 1)) % sim->workers;
		record(sim, kind, worker, queue, 1 + below(sim, (uint32_t)sim->tasks));
	}
}

void random_history_merge(struct history *history)
{
	struct wsc_event merged[HISTORY_EVENTS_MAX];
	bool done[HISTORY_EVENTS_MAX] = {false};

	for (size_t out = 0; out < history->count; out++) {
		size_t best = HISTORY_EVENTS_MAX;

		for (size_t i = 0; i < history->count; i++) {
			bool is_head = !done[i];

			for (size_t j = 0; is_head && j < i; j++)
				is_head = done[j] || history->events[j].worker != history->events[i].worker;
			if (is_head && (best == HISTORY_EVENTS_MAX || history->events[i].ts < history->events[best].ts))
				best = i;
		}
		done[best] = true;
		merged[out] = history->events[best];
	}
	memcpy(history->events, merged, history->count * sizeof(merged[0]));
}

/* Moves every stamp by up to the uncertainty, keeping each worker's in order, and shuffles ties between workers. */
static void blur(struct simulation *sim)
{
	struct history *history = sim->history;
	uint64_t last[HISTORY_WORKERS_MAX] = {0};
	uint32_t span = (uint32_t)history->uncertainty_ns + 1;

	for (size_t i = 0; i < history->count; i++) {
		struct wsc_event *event = &history->events[i];

		event->ts += below(sim, span);
		if (event->ts < last[event->worker])
			event->ts = last[event->worker];
		last[event->worker] = event->ts;
	}
	for (size_t i = 0; i + 1 < history->count; i++) {
		struct wsc_event first = history->events[i];

		if (first.worker == history->events[i + 1].worker || first.ts != history->events[i + 1].ts ||
		    chance(sim, 50))
			continue;
		history->events[i] = history->events[i + 1];
		history->events[i + 1] = first;
	}
	random_history_merge(history);
}

static bool is_take(const struct wsc_event *event)
{
	return event->kind == WSC_EV_STEAL_SUCCESS || event->kind == WSC_EV_EXEC_START ||
	       event->kind == WSC_EV_DEQUEUED;
}

static void swap_takes(struct simulation *sim, size_t at)
{
	struct history *history = sim->history;

	for (size_t i = at + 1; i < history->count; i++) {
		uint64_t task = history->events[at].task;

		if (!is_take(&history->events[at]) || !is_take(&history->events[i]) || chance(sim, 40))
			continue;
		history->events[at].task = history->events[i].task;
		history->events[i].task = task;
		return;
	}
}

static void shift_stamp(struct simulation *sim, size_t at)
{
	struct history *history = sim->history;
	struct wsc_event *event = &history->events[at];
	uint64_t low = 0, high = UINT64_MAX;

	for (size_t i = 0; i < history->count; i++) {
		if (history->events[i].worker != event->worker || i == at)
			continue;
		if (i < at)
			low = history->events[i].ts + 1;
		else if (high == UINT64_MAX)
			high = history->events[i].ts - 1;
	}
	if (high > low + 40)
		high = low + 40;
	if (high > low)
		event->ts = low + below(sim, (uint32_t)(high - low));
}

static void mutate(struct simulation *sim)
{
	struct history *history = sim->history;
	size_t at;

	if (history->count < 2)
		return;
	at = below(sim, (uint32_t)history->count);
	if (sim->profile == RANDOM_SLOT_ORDER && history->events[at].kind == WSC_EV_QUEUED && chance(sim, 50)) {
		history->events[at].flags = WSC_FLAG_PINNED; /* which thieves did not heed */
		return;
	}
	switch (below(sim, 3) + (sim->profile == RANDOM_LIFO || sim->profile == RANDOM_FIFO ||
	                                 sim->profile == RANDOM_CLOSE || chance(sim, 50)
	                             ? 3
	                             : 0)) {
	case 0:
		memmove(&history->events[at], &history->events[at + 1],
		        (history->count - at - 1) * sizeof(history->events[0]));
		history->count--;
		break;
	case 1:
		history->events[at].worker = below(sim, sim->workers);
		break;
	case 2:
		if (history->count < HISTORY_EVENTS_MAX) {
			history->events[history->count] = history->events[at];
			history->events[history->count++].ts = ++sim->now;
		}
		break;
	case 3:
	case 4:
		swap_takes(sim, at);
		break;
	default:
		shift_stamp(sim, at);
		break;
	}
	random_history_merge(history);
}

static void add_gap(struct simulation *sim)
{
	struct history *history = sim->history;
	uint32_t worker = below(sim, sim->workers);
	uint64_t from = 1 + below(sim, (uint32_t)sim->now + 1), until = from + below(sim, 15);
	size_t kept = 0;

	for (size_t i = 0; i < history->count; i++)
		if (history->events[i].worker != worker || history->events[i].ts < from ||
		    history->events[i].ts > until)
			history->events[kept++] = history->events[i];
	history->count = kept;
	if (kept == HISTORY_EVENTS_MAX)
		return;
	memmove(&history->events[1], &history->events[0], kept * sizeof(history->events[0]));
	history->events[0] =
	    (struct wsc_event){.ts = from, .task = until, .worker = worker, .kind = WSC_EV_GAP, .arg = 1};
	history->count++;
	for (size_t i = 0; i + 1 < history->count; i++) { /* to its place in the worker's program */
		struct wsc_event gap = history->events[i];

		if (history->events[i + 1].ts >= from)
			break;
		history->events[i] = history->events[i + 1];
		history->events[i + 1] = gap;
	}
}

/* A window forgets what came before. */
static void forget_beginning(struct simulation *sim)
{
	struct history *history = sim->history;
	size_t from = below(sim, (uint32_t)history->count + 1);

	memmove(&history->events[0], &history->events[from], (history->count - from) * sizeof(history->events[0]));
	history->count -= from;
}

/* One worker attaches late: what it did before was not seen. */
static void attach_late(struct simulation *sim)
{
	struct history *history = sim->history;
	size_t kept = 0;

	history->latecomer = below(sim, sim->workers);
	history->attached = 1 + below(sim, (uint32_t)sim->now + 1);
	for (size_t i = 0; i < history->count; i++)
		if (history->events[i].worker != history->latecomer || history->events[i].ts >= history->attached)
			history->events[kept++] = history->events[i];
	history->count = kept;
}

static void set_up_slots(struct simulation *sim)
{
	struct history *history = sim->history;

	bool has_order = sim->profile == RANDOM_SLOT_ORDER;

	sim->workers = 4;
	history->identity = WSC_IDENTITY_RECYCLED;
	history->discipline = !has_order        ? WSC_DISCIPLINE_NONE
	                      : chance(sim, 40) ? WSC_DISCIPLINE_FIFO
	                                        : WSC_DISCIPLINE_LIFO;
	sim->used_defect = history->discipline == WSC_DISCIPLINE_LIFO;
	history->end = chance(sim, 80) ? WSC_END_CLEAN : chance(sim, 50) ? WSC_END_STALLED : WSC_END_CUT;
	history->queues[history->queue_count++] = (struct history_queue){
	    .queue = SHARED_QUEUE, .discipline = has_order ? WSC_DISCIPLINE_FIFO : WSC_DISCIPLINE_NONE};
	if (chance(sim, 25))
		history->uncertainty_ns = 1 + below(sim, 4);
}

static void set_up(struct simulation *sim)
{
	struct history *history = sim->history;

	history->end = chance(sim, 70) ? WSC_END_CLEAN : chance(sim, 50) ? WSC_END_STALLED : WSC_END_CUT;
	history->discipline = WSC_DISCIPLINE_LIFO;
	if (sim->profile == RANDOM_FIFO || (sim->profile != RANDOM_LIFO && chance(sim, 25)))
		history->discipline = WSC_DISCIPLINE_FIFO;
	else if (sim->profile != RANDOM_LIFO && chance(sim, 5))
		history->discipline = WSC_DISCIPLINE_NONE;
	bool hides = sim->profile == RANDOM_WINDOW || sim->profile == RANDOM_GAP;
	sim->has_extras = sim->profile == RANDOM_EXTRA || sim->profile == RANDOM_POLLED || (hides && chance(sim, 50));
	sim->has_shared = sim->has_extras || sim->profile == RANDOM_CLOSE;
	sim->wakes = sim->profile == RANDOM_POLLED || (sim->profile == RANDOM_CLOSE && chance(sim, 30)) ||
	             (hides && sim->has_extras && chance(sim, 60));
	if (sim->wakes)
		history->identity = WSC_IDENTITY_POLLED;
	if (sim->profile == RANDOM_UNCERTAIN || (sim->profile == RANDOM_CLOSE && chance(sim, 70)))
		history->uncertainty_ns = 1 + below(sim, chance(sim, 30) ? 40 : 8);
	else if (hides && chance(sim, 30))
		history->uncertainty_ns = below(sim, 4);
	if (sim->profile == RANDOM_RECYCLED) {
		history->identity = WSC_IDENTITY_RECYCLED;
		history->end = WSC_END_CUT; /* it stops anywhere: a take that is still to be stamped is no fault */
	}
	if (sim->profile == RANDOM_RECYCLED && chance(sim, 30))
		history->uncertainty_ns = below(sim, 4);
	if (sim->profile == RANDOM_DEQUE) {
		history->scope = WSC_SCOPE_DEQUE;
		if (chance(sim, 30))
			history->identity = WSC_IDENTITY_POLLED;
	}
	if ((sim->profile == RANDOM_OWNERSHIP || sim->has_extras) && chance(sim, 10))
		history->scope = WSC_SCOPE_DEQUE; /* runs are recorded all the same */
	if (sim->has_shared)
		history->queues[history->queue_count++] =
		    (struct history_queue){.queue = SHARED_QUEUE,
		                           .discipline = chance(sim, 90) ? WSC_DISCIPLINE_FIFO : WSC_DISCIPLINE_NONE,
		                           .deferred = chance(sim, 20)};
	if (chance(sim, 20))
		history->publish_ns = below(sim, 12);
	if (sim->profile == RANDOM_LIFO || sim->profile == RANDOM_FIFO ||
	    sim->profile == RANDOM_CLOSE) /* order alone */
		sim->defect = (enum defect)below(sim, DEFECT_OWNER_OLDEST + 1);
	else if (sim->profile != RANDOM_RECYCLED && chance(sim, 50))
		sim->defect = (enum defect)(1 + below(sim, 4));
}

static bool is_of_slots(enum random_profile profile)
{
	return profile == RANDOM_SLOTS || profile == RANDOM_SLOT_ORDER;
}

/* Takes away what a gap hides, or what was before a window. */
static void hide(struct simulation *sim)
{
	bool recycles = is_of_slots(sim->profile) || sim->profile == RANDOM_RECYCLED;

	if (sim->profile == RANDOM_GAP || (recycles && chance(sim, 10))) {
		add_gap(sim);
	} else if (sim->profile == RANDOM_WINDOW || (recycles && chance(sim, 10))) {
		sim->history->window = true;
		if (chance(sim, 50))
			forget_beginning(sim);
		else
			attach_late(sim);
	}
}

void random_history_make(uint64_t seed, enum random_profile profile, struct history *history, bool *is_legal)
{
	struct simulation sim = {.random = seed * UINT64_C(0x2545f4914f6cdd1d) + profile, .profile = profile};
	bool is_broken;

	memset(history, 0, sizeof(*history));
	sim.history = history;
	if (is_of_slots(profile))
		set_up_slots(&sim);
	else
		set_up(&sim);
	if (profile == RANDOM_CHAOS || (profile >= RANDOM_TIES && profile < RANDOM_DEQUE && chance(&sim, 20))) {
		make_chaos(&sim);
		is_broken = true;
	} else {
		if (is_of_slots(profile))
			sim.now = random_slots_make(&sim.random, history, profile == RANDOM_SLOT_ORDER);
		else
			simulate(&sim);
		is_broken = profile != RANDOM_RECYCLED && chance(&sim, 50);
		if (is_broken)
			mutate(&sim);
	}
	if (profile == RANDOM_TIES || profile == RANDOM_CLOSE || (history->uncertainty_ns > 0 && !is_of_slots(profile)))
		blur(&sim);
	hide(&sim);
	/* What was left lying at the end may as well have been taken out of turn, where stamps allow that. */
	const bool is_left = profile == RANDOM_CLOSE && history->end != WSC_END_CUT && has_work(&sim);
	*is_legal = !is_broken && !sim.used_defect && !is_left;
}
