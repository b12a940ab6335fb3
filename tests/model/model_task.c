/* SPDX-License-Identifier: MIT */
#include "model_task.h"

static uint32_t bit_of(uint32_t worker)
{
	return UINT32_C(1) << (worker % MODEL_WORKER_BITS);
}

static void report(struct model_task *task, enum wsc_violation_kind kind)
{
	task->kinds |= 1U << kind;
	task->unknown |= task->may_be_cancelled;
	task->unclear |= ++task->reports > 2; /* what follows from two errors is anybody's guess */
	task->life_kinds[task->life % MODEL_LIVES_MAX] |= 1U << kind;
	if (task->life_is_over)
		task->life_kinds_late[task->life % MODEL_LIVES_MAX] |= 1U << kind;
}

static void begin_life(struct model_task *task)
{
	task->life++;
	task->ran = false;
	task->half_run = false;
	task->from_inline = false;
	task->was_refused = false;
	task->may_be_cancelled = false;
	task->life_is_over = false;
}

static struct model_stay *open_stay(struct model_task *task)
{
	if (task->stay_count == 0 || task->stays[task->stay_count - 1].take >= 0)
		return NULL;
	return &task->stays[task->stay_count - 1];
}

static void leave_queue(struct model_task *task, int index)
{
	struct model_stay *stay = open_stay(task);

	if (stay != NULL)
		stay->take = index;
}

static void step_queued(struct model_task *task, const struct history *history, int index)
{
	const struct wsc_event *event = &history->events[index];
	bool is_running = task->running != 0;

	task->is_refused = false;
	if (task->missing_push && event->queue == task->missing_queue) {
		task->missing_push = false;
		task->unclear |= task->place == MODEL_SUSPENDED || task->reports > 1; /* or it is a wake-up */
		return;
	}
	if (is_running && history->identity != WSC_IDENTITY_UNIQUE && task->place == MODEL_TAKEN && !task->disputed &&
	    task->holder == event->worker) {
		/* Loot of what was queued again while it runs. */
	} else if (is_running) {
		if (history->identity == WSC_IDENTITY_UNIQUE || task->place == MODEL_QUEUED ||
		    task->place == MODEL_TAKEN)
			report(task, WSC_VIOLATION_MULTIPLE_OWNERS);
		task->unclear |= task->place == MODEL_TAKEN && task->disputed; /* perhaps loot: the same life */
		begin_life(task);
		if (history->identity == WSC_IDENTITY_UNIQUE)
			report(task, WSC_VIOLATION_MULTIPLE_OWNERS); /* of both lives */
	} else if (history->scope == WSC_SCOPE_DEQUE && task->place == MODEL_TAKEN) {
		begin_life(task); /* taken is final */
	} else if (task->place == MODEL_QUEUED || (task->place == MODEL_TAKEN && task->holder != event->worker)) {
		report(task, WSC_VIOLATION_MULTIPLE_OWNERS);
		task->unclear |= task->place == MODEL_TAKEN && task->disputed; /* perhaps a new life */
	} else if (task->place == MODEL_TAKEN || task->place == MODEL_SUSPENDED) {
		/* Loot, or a wake-up: the same life. Whether loot of a disputed take can be lost is left open. */
		if (task->place == MODEL_TAKEN && task->disputed)
			task->unclear = true;
	} else {
		bool may_go_on = task->place == MODEL_CANCELLED && task->half_run;

		begin_life(task);
		task->half_run = may_go_on;
	}
	task->place = MODEL_QUEUED;
	task->queue = event->queue;
	task->ever_queued = true;
	task->from_inline = false;
	if (task->stay_count < MODEL_STAYS_MAX)
		task->stays[task->stay_count++] = (struct model_stay){.queue = event->queue,
		                                                      .push = index,
		                                                      .take = -1,
		                                                      .pinned = (event->flags & WSC_FLAG_PINNED) != 0,
		                                                      .life = task->life};
}

static bool is_take_event(const struct wsc_event *event)
{
	return event->kind == WSC_EV_STEAL_SUCCESS || event->kind == WSC_EV_DEQUEUED;
}

bool model_task_may_drop_stale(const struct model_task *task, const struct wsc_event *event)
{
	return task->place != MODEL_CANCELLED && (is_take_event(event) || event->kind == WSC_EV_CANCELLED);
}

bool model_task_may_be_stale(const struct model_task *task, const struct wsc_event *event, uint32_t queue)
{
	bool is_take = is_take_event(event);

	if (queue == MODEL_IN_HAND)
		return !is_take && task->stale_in_hand[event->worker] > 0;
	return (!is_take || event->queue % MODEL_QUEUE_IDS == queue) && task->stale[queue] > 0;
}

void model_task_take_stale(struct model_task *task, const struct wsc_event *event, uint32_t queue)
{
	if (queue == MODEL_IN_HAND)
		task->stale_in_hand[event->worker]--;
	else
		task->stale[queue]--;
	if (event->kind != WSC_EV_CANCELLED)
		task->stale_in_hand[event->worker]++;
}

static void step_take(struct model_task *task, const struct history *history, int index)
{
	const struct wsc_event *event = &history->events[index];

	task->disputed = false;
	if (task->place == MODEL_QUEUED && task->queue == event->queue) {
		leave_queue(task, index);
	} else if (task->place == MODEL_CANCELLED) {
		leave_queue(task, index);
		if (task->stale[event->queue % MODEL_QUEUE_IDS] > 0)
			model_task_take_stale(task, event, event->queue % MODEL_QUEUE_IDS);
		return;
	} else {
		bool is_first = task->place == MODEL_NONE && !task->ever_queued;

		if (!task->ever_queued && task->ever_ran)
			task->unclear = true; /* never queued, and running or completed: two rules name it */
		report(task, is_first ? WSC_VIOLATION_PROTOCOL_VIOLATION : WSC_VIOLATION_MULTIPLE_OWNERS);
		if (is_first) {
			task->missing_push = true;
			task->missing_queue = event->queue;
		}
		task->disputed = true;
	}
	task->is_refused = false;
	task->place = MODEL_TAKEN;
	task->holder = event->worker;
	task->life_is_over |= history->scope == WSC_SCOPE_DEQUE;
}

/* A queued task that somebody starts: its owner, or anybody if the queue is shared. */
static bool may_start_from(const struct history *history, uint32_t queue, uint32_t worker)
{
	uint32_t owner;

	return !history_owner(history, queue, &owner) || owner == worker;
}

static void start_unqueued(struct model_task *task, enum model_place place)
{
	if (place == MODEL_CANCELLED) {
		task->unknown |= task->half_run; /* it had run in part before it was cancelled */
		report(task, WSC_VIOLATION_EXEC_AFTER_CANCEL);
	} else if (place == MODEL_NONE || place == MODEL_COMPLETED) {
		task->unclear |= place == MODEL_COMPLETED && !task->ran; /* a completion without a start */
		begin_life(task);
		task->from_inline = true;
	}
}

static void step_exec_start(struct model_task *task, const struct history *history, int index)
{
	const struct wsc_event *event = &history->events[index];
	enum model_place place = task->place;

	task->is_refused = false;
	if (task->was_refused && task->running == 0 && (place == MODEL_COMPLETED || place == MODEL_CANCELLED)) {
		begin_life(task);
		task->from_inline = true;
	} else if (task->running != 0 || (task->ran && !(place == MODEL_COMPLETED && task->from_inline))) {
		report(task, WSC_VIOLATION_DOUBLE_EXECUTION);
		if (place == MODEL_QUEUED)
			task->unclear = true; /* which of its two lives did it start? */
	} else if (place == MODEL_QUEUED) {
		if (may_start_from(history, task->queue, event->worker))
			leave_queue(task, index);
		else
			report(task, WSC_VIOLATION_MULTIPLE_OWNERS);
		/* A stranger's start of what ran before may be of this life or of the last one. */
		task->unclear |= task->kinds != 0 && task->ever_ran;
	} else if (place == MODEL_TAKEN) {
		if (task->holder != event->worker)
			report(task, WSC_VIOLATION_MULTIPLE_OWNERS);
	} else {
		start_unqueued(task, place);
	}
	task->place = MODEL_RUNNING;
	task->running |= bit_of(event->worker);
	task->ran = true;
	task->ever_ran = true;
}

/* A run leaves its worker. False: the task was not running at all. */
static bool end_run(struct model_task *task, uint32_t worker)
{
	if ((task->running & bit_of(worker)) != 0) {
		task->running &= ~bit_of(worker);
		return true;
	}
	if (task->running == 0) {
		report(task, WSC_VIOLATION_PROTOCOL_VIOLATION);
		task->phantom = true;
		return false;
	}
	report(task, WSC_VIOLATION_MULTIPLE_OWNERS);
	if ((task->running & (task->running - 1)) != 0)
		task->unclear = true; /* which of the others' runs is over? */
	task->running &= task->running - 1;
	return true;
}

static void step_exec_complete(struct model_task *task, uint32_t worker)
{
	bool was_running = end_run(task, worker);

	if (!was_running) {
		task->unclear |= task->place != MODEL_NONE && task->place != MODEL_COMPLETED;
		task->place = MODEL_COMPLETED;
		task->missing_push = false;
	} else if (task->running == 0) {
		task->missing_push = false;
		if (task->place == MODEL_RUNNING) {
			task->place = MODEL_COMPLETED;
			task->half_run = false;
			task->life_is_over = true;
		}
	}
}

static void step_suspended(struct model_task *task, uint32_t worker)
{
	bool was_running = end_run(task, worker);

	if (!was_running)
		task->phantom = false;
	if (!was_running || (task->running == 0 && task->place == MODEL_RUNNING))
		task->place = MODEL_SUSPENDED;
	if (task->running == 0) {
		task->half_run = true;
		task->ran = false;
	}
}

static void step_resumed(struct model_task *task, const struct history *history, int index)
{
	const struct wsc_event *event = &history->events[index];
	enum model_place place = task->place;
	bool is_waiting = place == MODEL_SUSPENDED || (place == MODEL_CANCELLED && task->half_run) ||
	                  ((place == MODEL_QUEUED || place == MODEL_TAKEN) && task->half_run);

	/* A take that was reported while it ran leaves it in the taker's hand when that run completes. */
	bool is_over = task->ran && (place == MODEL_COMPLETED || (place == MODEL_TAKEN && task->disputed));

	task->is_refused = false;
	if (task->running != 0 || is_over) {
		report(task, WSC_VIOLATION_DOUBLE_EXECUTION);
		task->unclear |= place == MODEL_QUEUED;
	} else if (is_waiting) {
		if (place == MODEL_QUEUED)
			leave_queue(task, index);
		/* By the letter any worker may; by analogy with exec_start only the one that has it. */
		task->unknown |= place == MODEL_QUEUED ? !may_start_from(history, task->queue, event->worker)
		                                       : place == MODEL_TAKEN && task->holder != event->worker;
	} else if (!task->ever_ran) {
		report(task, WSC_VIOLATION_PROTOCOL_VIOLATION);
	} else {
		report(task, WSC_VIOLATION_DOUBLE_EXECUTION);
		task->unclear = true;
	}
	task->place = MODEL_RUNNING;
	task->running |= bit_of(event->worker);
	task->ran = true;
	task->ever_ran = true;
}

static void step_cancelled(struct model_task *task, uint32_t worker)
{
	struct model_stay *stay = open_stay(task);

	if (task->is_refused)
		task->stale_in_hand[task->refused_by]++;
	else if (task->place == MODEL_CANCELLED && task->stale_in_hand[worker] > 0)
		task->stale_in_hand[worker]--;
	task->is_refused = false;

	if (stay != NULL && task->place == MODEL_QUEUED)
		stay->cancelled = true;
	if (task->running != 0) {
		task->may_be_cancelled |= task->place != MODEL_RUNNING;
		return;
	}
	if (task->place == MODEL_COMPLETED && task->from_inline)
		task->unknown = true; /* is anything left to cancel? it may be run inline again */
	if (task->place == MODEL_QUEUED)
		task->stale[task->queue % MODEL_QUEUE_IDS]++;
	if (task->place == MODEL_TAKEN && task->holder < HISTORY_WORKERS_MAX) /* else of none whose events are seen */
		task->stale_in_hand[task->holder]++;
	task->place = MODEL_CANCELLED;
}

static void step_failed_push(struct model_task *task, uint32_t worker)
{
	task->is_refused = task->place != MODEL_QUEUED && task->place != MODEL_TAKEN;
	task->refused_by = worker;
	task->was_refused = task->place == MODEL_COMPLETED || task->place == MODEL_CANCELLED;
	task->from_inline |= task->place == MODEL_RUNNING;
	task->unknown |= task->place == MODEL_CANCELLED && task->half_run; /* it may go on, or be another */
}

/* A bare deque: runs are of no interest, but for the take that the start of one may stand for. */
static void step_run_of_deque(struct model_task *task, const struct history *history, int index)
{
	const struct wsc_event *event = &history->events[index];

	if (event->kind == WSC_EV_EXEC_COMPLETE) {
		task->missing_push = false;
	} else if (event->kind != WSC_EV_SUSPENDED && task->place == MODEL_QUEUED &&
	           may_start_from(history, task->queue, event->worker)) {
		leave_queue(task, index);
		task->place = MODEL_TAKEN;
		task->holder = event->worker;
		task->disputed = false;
		task->life_is_over = true;
	}
}

bool model_task_is_of_a_run(const struct wsc_event *event)
{
	return event->kind == WSC_EV_EXEC_START || event->kind == WSC_EV_EXEC_COMPLETE ||
	       event->kind == WSC_EV_SUSPENDED || event->kind == WSC_EV_RESUMED;
}

void model_task_step(struct model_task *task, const struct history *history, int index)
{
	const struct wsc_event *event = &history->events[index];

	if (history->scope == WSC_SCOPE_DEQUE && model_task_is_of_a_run(event)) {
		step_run_of_deque(task, history, index);
		return;
	}

	task->unclear |= task->phantom && event->kind != WSC_EV_QUEUED;
	task->phantom = false;
	switch (event->kind) {
	case WSC_EV_QUEUED:
		step_queued(task, history, index);
		break;
	case WSC_EV_DEQUEUED:
	case WSC_EV_STEAL_SUCCESS:
		step_take(task, history, index);
		break;
	case WSC_EV_EXEC_START:
		step_exec_start(task, history, index);
		break;
	case WSC_EV_EXEC_COMPLETE:
		step_exec_complete(task, event->worker);
		break;
	case WSC_EV_SUSPENDED:
		step_suspended(task, event->worker);
		break;
	case WSC_EV_RESUMED:
		step_resumed(task, history, index);
		break;
	case WSC_EV_CANCELLED:
		step_cancelled(task, event->worker);
		break;
	case WSC_EV_WAKE: /* it stands for a push that failed */
		step_failed_push(task, event->worker);
		break;
	default:
		break; /* an attempt and its failure leave ownership alone */
	}
}

void model_task_end(struct model_task *task, const struct history *history)
{
	bool is_clean = history->end == WSC_END_CLEAN;

	if (history->end == WSC_END_CUT)
		return;
	task->unknown |=
	    task->may_be_cancelled && task->running == 0 && (task->place == MODEL_QUEUED || task->place == MODEL_TAKEN);
	if (history->scope == WSC_SCOPE_DEQUE) {
		if (task->place == MODEL_QUEUED)
			report(task, is_clean ? WSC_VIOLATION_LOST_WORK : WSC_VIOLATION_STALLED_WORK);
		return;
	}
	if (task->running != 0 || task->place == MODEL_SUSPENDED)
		report(task, WSC_VIOLATION_UNFINISHED_EXECUTION);
	else if (task->place == MODEL_QUEUED || (task->place == MODEL_TAKEN && !task->disputed))
		report(task, is_clean ? WSC_VIOLATION_LOST_WORK : WSC_VIOLATION_STALLED_WORK);
}
