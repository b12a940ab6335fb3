/* SPDX-License-Identifier: MIT */
/* The steps themselves: what happens to queues and tasks at one moment, and which steps follow from it. */
#include "simulated_state.h"

static uint32_t own_queue_or_injector(const struct sim *sim, const struct sim_worker *worker)
{
	return worker->is_producer || (sim->plan->polls > 0 && sim->plan->capacity > 0) ? SIM_INJECTOR : worker->id;
}

/* The mishap made two of one: nobody waits for the other. */
static bool is_mishap(const struct sim *sim, const struct sim_job *job)
{
	enum sim_fault fault = sim->plan->fault;

	if (fault != SIM_FAULT_OWNER_AND_THIEF && fault != SIM_FAULT_TWO_THIEVES && fault != SIM_FAULT_PUSHED_TWICE &&
	    fault != SIM_FAULT_RUN_AGAIN && fault != SIM_FAULT_POLLED_TWICE && fault != SIM_FAULT_RESUMED_TWICE)
		return false;
	return sim->run->mishap.happened && sim->run->mishap.task == job->handle;
}

/* --- pushes --- */

/* The queue is full: the older half moves to the injector, or the task alone, or it is run at once. */
static void find_another_place(struct sim *sim, struct sim_worker *worker, const struct sim_step *push)
{
	sim_say(worker, WSC_EV_PUSH_FAILED, push->job, push->queue);
	if (sim->plan->has_injector && push->queue == worker->id && sim_chance(sim, 60)) {
		if (sim_chance(sim, sim->plan->records_start))
			sim_say(worker, WSC_EV_STEAL_START, SIM_NO_JOB, worker->id);
		sim_act(worker, SIM_OVERFLOW, push->job, worker->id);
	} else if (sim->plan->has_injector) {
		sim_push(sim, worker, push->job, SIM_INJECTOR);
	} else {
		sim_act(worker, SIM_CLAIM, push->job, 0);
	}
}

static void step_push(struct sim *sim, struct sim_worker *worker, const struct sim_step *step)
{
	bool pinned = (step->flags & WSC_FLAG_PINNED) != 0;

	if (sim_queue_is_full(&sim->queues[step->queue])) {
		find_another_place(sim, worker, step);
		return;
	}
	sim_job(sim, step->job)->waiting = true;
	sim_job(sim, step->job)->waking = false;
	if (sim_fails(sim, SIM_FAULT_LOST_PUSH, worker, step->job, step->queue))
		sim_job_lose(sim, step->job);
	else
		sim_queue_push(sim, worker, step->queue, step->job, pinned);
	if (sim_fails(sim, SIM_FAULT_PUSHED_TWICE, worker, step->job, step->queue))
		sim_push(sim, worker, step->job, own_queue_or_injector(sim, worker));
	if (sim->plan->identity == WSC_IDENTITY_RECYCLED &&
	    sim_fails(sim, SIM_FAULT_REUSED_EARLY, worker, step->job, step->queue))
		sim->next_is = sim_job(sim, step->job)->handle;
	if (sim->plan->parks && sim->queues[step->queue].stealable && sim_chance(sim, sim->plan->wakes))
		sim_act(worker, SIM_NOTIFY, step->job, step->queue);
}

static void step_overflow(struct sim *sim, struct sim_worker *worker, const struct sim_step *step)
{
	struct sim_queue *queue = &sim->queues[step->queue];
	uint32_t moved[SIM_HAND_MAX];
	size_t count = 0;

	sim_queue_flush(sim, worker);
	while (count < queue->capacity / 2 + 1 && queue->count > 0 && !queue->entries[0].for_owner)
		moved[count++] = sim_queue_remove(sim, step->queue, 0).job;
	for (size_t i = 0; i < count; i++)
		sim_say(worker, WSC_EV_STEAL_SUCCESS, moved[i], step->queue);
	for (size_t i = 0; i < count; i++)
		if (sim_fails(sim, SIM_FAULT_OVERFLOW_LOST, worker, moved[i], step->queue))
			sim_job_lose(sim, moved[i]);
		else
			sim_push(sim, worker, moved[i], SIM_INJECTOR);
	if (count == 0) /* thieves took them all */
		sim_act(worker, SIM_STAMP, SIM_NO_JOB, step->queue)->event = WSC_EV_STEAL_FAILURE;
	if (count == 0)
		worker->added[worker->added_count - 1].arg = 1;
	sim_push(sim, worker, step->job, SIM_INJECTOR);
}

/* What a LIFO slot held goes to the deque. */
static void step_evict(struct sim *sim, struct sim_worker *worker, const struct sim_step *step)
{
	struct sim_queue *slot = &sim->queues[step->queue];
	uint32_t old = SIM_NO_JOB;

	if (slot->count > 0) {
		sim_tell_failures(worker);
		old = sim_queue_remove(sim, step->queue, 0).job;
		sim_say(worker, WSC_EV_DEQUEUED, old, step->queue);
	}
	sim_push(sim, worker, step->job, step->queue);
	if (old != SIM_NO_JOB)
		sim_push(sim, worker, old, worker->id);
}

/* --- takes --- */

/* A recycled slot is free as soon as its task was taken: now, or later. */
static void let_slot_go(struct sim *sim, uint32_t job)
{
	if (sim->plan->identity == WSC_IDENTITY_RECYCLED && sim_chance(sim, 40))
		sim_job_free_handle(sim, job);
}

static bool thief_is_at(const struct sim *sim, uint64_t serial, const struct sim_worker *except, uint32_t *thief)
{
	for (uint32_t w = 0; w < sim->worker_count; w++) {
		const struct sim_worker *other = &sim->workers[w];

		if (other == except || other->candidate != serial)
			continue;
		*thief = w;
		return true;
	}
	return false;
}

static void record_takes(struct sim *sim, struct sim_worker *worker, uint32_t queue)
{
	uint32_t first = worker->hand[0];
	bool is_direct = worker->hand_count == 1 && !sim_job(sim, first)->cancelled;

	if (is_direct && !sim_chance(sim, sim->plan->records_dequeued)) {
		sim_act(worker, SIM_CLAIM, first, queue);
		worker->hand_count = 0;
		return;
	}
	if (worker->hand_count == 1 && !is_direct && sim_chance(sim, 50)) { /* a stale entry, dropped */
		sim_act(worker, SIM_CLAIM, first, queue)->arg = 1;
		worker->hand_count = 0;
		return;
	}
	for (size_t i = 0; i < worker->hand_count; i++)
		sim_say(worker, WSC_EV_DEQUEUED, worker->hand[i], queue);
}

static void step_pop(struct sim *sim, struct sim_worker *worker, const struct sim_step *step)
{
	struct sim_queue *queue = &sim->queues[step->queue];
	uint32_t wanted = queue->owned ? 1 : 1 + sim_below(sim, sim->plan->batch_max);

	sim_queue_flush(sim, worker);
	for (int at; worker->hand_count < wanted && (at = sim_queue_pick(sim, worker, step->queue, false)) >= 0;) {
		struct sim_entry entry = sim_queue_remove(sim, step->queue, (size_t)at);
		uint32_t thief;

		worker->hand[worker->hand_count++] = entry.job;
		let_slot_go(sim, entry.job);
		if (thief_is_at(sim, entry.serial, worker, &thief) && queue->owned &&
		    sim_fails(sim, SIM_FAULT_OWNER_AND_THIEF, worker, entry.job, step->queue))
			sim->workers[thief].forced = true;
	}
	if (worker->hand_count == 0)
		return;
	worker->phase = 0;
	record_takes(sim, worker, step->queue);
	sim_take(sim, worker);
}

static void step_look(struct sim *sim, struct sim_worker *worker, const struct sim_step *step)
{
	bool had_happened = sim->run->mishap.happened;
	int at = sim_queue_pick(sim, worker, step->queue, true);
	const struct sim_queue *queue = &sim->queues[step->queue];

	if (at >= 0 && worker->taken == 0 &&
	    sim_fails(sim, SIM_FAULT_FALSE_EMPTY, worker, queue->entries[at].job, step->queue))
		at = -1;
	if (at < 0 && worker->taken == 0) {
		sim_fail(sim, worker, step->queue, WSC_REASON_EMPTY);
	} else if (worker->taken == 0 && sim_chance(sim, sim->plan->busy) &&
	           had_happened == sim->run->mishap.happened) {
		sim_fail(sim, worker, step->queue, WSC_REASON_BUSY);
	} else if (at >= 0) {
		worker->candidate = queue->entries[at].serial;
		worker->candidate_job = queue->entries[at].job;
		sim_act(worker, SIM_CAS, SIM_NO_JOB, step->queue)->at_once = sim->run->mishap.happened != had_happened;
		return;
	}
	if (worker->taken > 0)
		sim_take(sim, worker);
}

/* The CAS succeeded: the entry is the thief's. */
static void win_entry(struct sim *sim, struct sim_worker *worker, uint32_t id, size_t at)
{
	struct sim_queue *queue = &sim->queues[id];
	uint32_t job = queue->entries[at].job, other;

	if (thief_is_at(sim, queue->entries[at].serial, worker, &other) &&
	    sim_fails(sim, SIM_FAULT_TWO_THIEVES, worker, job, id))
		sim->workers[other].forced = true;
	if (queue->owned && queue->count == 1 && sim_fails(sim, SIM_FAULT_OWNER_AND_THIEF, worker, job, id)) {
		sim_queue_end_stay(sim, id, &queue->entries[at]);
		queue->entries[at].for_owner = true; /* who has read the indices already */
	} else {
		sim_queue_remove(sim, id, at);
	}
	worker->hand[worker->hand_count++] = job;
	worker->taken++;
}

static void record_steals(struct sim *sim, struct sim_worker *worker, uint32_t queue, size_t from)
{
	for (size_t i = from; i < worker->hand_count; i++) {
		sim_say(worker, WSC_EV_STEAL_SUCCESS, worker->hand[i], queue);
		let_slot_go(sim, worker->hand[i]);
	}
	worker->attempt_open = false;
	worker->phase = 0;
	for (size_t i = worker->hand_count; i-- > from;)
		if (sim->plan->scope != WSC_SCOPE_DEQUE &&
		    sim_fails(sim, SIM_FAULT_DROPPED_LOOT, worker, worker->hand[i], queue)) {
			sim_job_lose(sim, worker->hand[i]);
			worker->hand[i] = worker->hand[--worker->hand_count];
		}
}

static void step_cas(struct sim *sim, struct sim_worker *worker, const struct sim_step *step)
{
	struct sim_queue *queue = &sim->queues[step->queue];
	size_t from = worker->hand_count;
	int at = sim_queue_find(queue, worker->candidate);

	worker->candidate = 0;
	if (worker->forced) {
		worker->forced = false;
		worker->hand[worker->hand_count++] = worker->candidate_job;
		worker->taken++;
	} else if (at >= 0 && !queue->entries[at].for_owner) {
		win_entry(sim, worker, step->queue, (size_t)at);
		while (sim->plan->batch_at_once && worker->taken < worker->taking &&
		       (at = sim_queue_pick(sim, worker, step->queue, true)) >= 0)
			win_entry(sim, worker, step->queue, (size_t)at);
	} else if (worker->taken == 0) {
		sim_fail(sim, worker, step->queue, WSC_REASON_LOST_RACE);
		return;
	}
	record_steals(sim, worker, step->queue, from);
	if (worker->taken < worker->taking && !sim->plan->batch_at_once)
		sim_act(worker, SIM_LOOK, SIM_NO_JOB, step->queue);
	else
		sim_take(sim, worker);
}

/* --- runs --- */

static void drop_cancelled(struct sim *sim, struct sim_worker *worker, uint32_t job)
{
	bool is_late = !sim_job(sim, job)->over; /* cancelled while it ran, and woken before */

	if (!sim->plan->records_drops && !is_late)
		return;
	if (is_late)
		sim_job_over(sim, job);
	sim->tombstones -= sim_job(sim, job)->tombstone;
	sim_job(sim, job)->tombstone = false;
	sim_job(sim, job)->busy++;
	sim_say(worker, WSC_EV_CANCELLED, job, 0);
	sim_act(worker, SIM_RELEASE, job, 0)->arg = 1;
}

static void step_claim(struct sim *sim, struct sim_worker *worker, const struct sim_step *step)
{
	struct sim_job *job = sim_job(sim, step->job);
	bool is_copy = job->started || job->over;
	bool resumes = job->half && sim_chance(sim, 90);

	if (job->cancelled && !sim_fails(sim, SIM_FAULT_RUN_CANCELLED, worker, step->job, step->queue)) {
		drop_cancelled(sim, worker, step->job);
		return;
	}
	if (sim->plan->identity == WSC_IDENTITY_POLLED && job->runs > 0 && !is_mishap(sim, job) &&
	    !sim_fails(sim, SIM_FAULT_POLLED_TWICE, worker, step->job, step->queue)) {
		if (!sim->run->stuck)
			sim_act(worker, SIM_CLAIM, step->job, step->queue); /* its last poll is not over yet */
		return;
	}
	job->started = true;
	job->waking = false;
	sim_say(worker, resumes ? WSC_EV_RESUMED : WSC_EV_EXEC_START, step->job, 0);
	sim_act(worker, SIM_BEGIN, step->job, 0)->arg = is_copy;
}

static void step_begin(struct sim *sim, struct sim_worker *worker, const struct sim_step *step)
{
	struct sim_job *job = sim_job(sim, step->job);
	struct sim_frame frame = {.job = step->job, .actions = sim_below(sim, 7), .is_copy = step->arg != 0};

	worker->frames[worker->depth++] = frame;
	job->runs++;
	sim->progress_at = sim->now;
	if (sim->plan->identity == WSC_IDENTITY_RECYCLED && sim_chance(sim, 20))
		sim_job_free_handle(sim, step->job);
	if (frame.is_copy)
		return;
	job->in_sight = true;
	job->waiting = job->half = false;
	if (sim->plan->identity == WSC_IDENTITY_UNIQUE && sim_fails(sim, SIM_FAULT_REUSED_EARLY, worker, step->job, 0))
		sim->next_is = job->handle;
}

/* The run, or this part of it, leaves the worker. */
static struct sim_frame leave_run(struct sim *sim, struct sim_worker *worker)
{
	struct sim_frame frame = worker->frames[--worker->depth];
	struct sim_job *job = sim_job(sim, frame.job);

	job->runs--;
	sim->progress_at = sim->now;
	if (!frame.is_copy)
		job->in_sight = job->started = false;
	return frame;
}

static void step_end(struct sim *sim, struct sim_worker *worker, const struct sim_step *step)
{
	struct sim_frame frame = leave_run(sim, worker);
	struct sim_job *job = sim_job(sim, step->job);

	if (frame.is_copy)
		return;
	if (sim_fails(sim, SIM_FAULT_RUN_AGAIN, worker, step->job, 0)) {
		sim_say(worker, WSC_EV_EXEC_START, step->job, 0);
		sim_act(worker, SIM_BEGIN, step->job, 0)->arg = true;
	}
	if (job->waiting || job->waking) /* to be polled again */
		return;
	if (job->polls_left > 0 && !job->cancelled) {
		job->polls_left--;
		job->asleep = true;
		return;
	}
	sim_job_over(sim, step->job);
	sim_job_free_handle(sim, step->job);
}

static void step_suspend(struct sim *sim, struct sim_worker *worker, const struct sim_step *step)
{
	struct sim_job *job = sim_job(sim, step->job);

	leave_run(sim, worker);
	job->half = true;
	job->asleep = !job->waiting && !job->waking && !job->over;
}

static void step_waken(struct sim *sim, struct sim_worker *worker, const struct sim_step *step)
{
	struct sim_job *job = sim_job(sim, step->job);
	bool is_polled = sim->plan->identity == WSC_IDENTITY_POLLED;
	bool runs = is_polled && job->in_sight && !job->waiting && !job->waking && !job->cancelled;

	if (!job->asleep && !runs)
		return;
	if (job->asleep && sim_fails(sim, SIM_FAULT_RESUMED_TWICE, worker, step->job, 0))
		sim->wake_again = step->job;
	else
		job->asleep = false;
	job->waking = true;
	if (job->half && !worker->is_producer && !runs && worker->depth == 0 && sim_chance(sim, 30)) {
		sim_tell_failures(worker);
		sim_act(worker, SIM_CLAIM, step->job, 0);
	} else {
		sim_push_anywhere(sim, worker, step->job);
	}
}

static void step_cancel(struct sim *sim, struct sim_worker *worker, const struct sim_step *step)
{
	struct sim_job *job = sim_job(sim, step->job);

	if (job->over || job->cancelled || job->started != job->in_sight)
		return;
	if (!job->in_sight && !job->waiting && !job->asleep)
		return; /* about to be queued */
	job->cancelled = true;
	job->busy++;
	if (!job->in_sight) {
		job->tombstone = job->waiting && !job->lost && !sim->plan->frees_cancelled;
		sim->tombstones += job->tombstone;
		sim_job_over(sim, step->job);
	}
	sim_tell_failures(worker);
	sim_say(worker, WSC_EV_CANCELLED, step->job, 0);
	sim_act(worker, SIM_RELEASE, step->job, 0)->arg = 1;
}

static void step_release(struct sim *sim, struct sim_worker *worker, const struct sim_step *step)
{
	struct sim_job *job = sim_job(sim, step->job);

	(void)worker;
	job->busy -= step->arg;
	if (sim->plan->scope == WSC_SCOPE_DEQUE)
		sim_job_over(sim, step->job);
	if ((job->over && !job->tombstone) || sim->plan->identity == WSC_IDENTITY_RECYCLED)
		sim_job_free_handle(sim, step->job);
}

/* --- sleep --- */

static void step_announce(struct sim *sim, struct sim_worker *worker, const struct sim_step *step)
{
	(void)sim;
	(void)step;
	worker->sleepy = true;
}

static void wake_up(struct sim_worker *worker)
{
	worker->sleepy = worker->asleep = worker->signalled = false;
	sim_say(worker, WSC_EV_UNPARKED, SIM_NO_JOB, 0);
}

static void step_recheck(struct sim *sim, struct sim_worker *worker, const struct sim_step *step)
{
	bool has_work = sim->ending || worker->signalled;

	if (worker->asleep) { /* it slept, and now it is awake */
		wake_up(worker);
		return;
	}
	for (uint32_t id = 0; id < SIM_QUEUE_IDS && !has_work; id++)
		has_work = sim_queue_has_work(sim, id) && sim_chance(sim, sim->plan->wakes);
	if (has_work && worker->signalled == false && sim_fails(sim, SIM_FAULT_LOST_WAKEUP, worker, SIM_NO_JOB, 0))
		has_work = false;
	if (has_work) {
		wake_up(worker);
		return;
	}
	worker->asleep = true;
	sim_act(worker, SIM_RECHECK, SIM_NO_JOB, 0);
	worker->at = sim->now + sim->plan->idle_ns / 4 + sim_below(sim, (uint32_t)sim->plan->idle_ns * 4);
	(void)step;
}

static void step_pause(struct sim *sim, struct sim_worker *worker, const struct sim_step *step)
{
	(void)step;
	worker->at += sim_below(sim, 4 * sim->plan->long_ns);
}

static void step_notify(struct sim *sim, struct sim_worker *worker, const struct sim_step *step)
{
	sim_queue_flush(sim, worker);
	for (uint32_t w = 0; w < sim->worker_count; w++) {
		struct sim_worker *sleeper = &sim->workers[w];

		if (!sleeper->sleepy || sleeper->signalled)
			continue;
		if (sim_fails(sim, SIM_FAULT_LOST_WAKEUP, sleeper, step->job, step->queue))
			return;
		sim_tell_failures(worker);
		sim_say(worker, WSC_EV_WAKE, SIM_NO_JOB, w);
		sim_act(worker, SIM_SIGNAL, SIM_NO_JOB, w);
		sleeper->signalled = true;
		return;
	}
}

static void step_signal(struct sim *sim, struct sim_worker *worker, const struct sim_step *step)
{
	struct sim_worker *sleeper = &sim->workers[step->queue];

	(void)worker;
	if (sleeper->asleep)
		sleeper->at = sim->now + sim_below(sim, sim->plan->short_ns + 1);
}

void sim_step(struct sim *sim, struct sim_worker *worker, const struct sim_step *step)
{
	static void (*const steps[])(struct sim *, struct sim_worker *, const struct sim_step *) = {
	    [SIM_STAMP] = sim_record,     [SIM_PUSH] = step_push,       [SIM_POP] = step_pop,
	    [SIM_LOOK] = step_look,       [SIM_CAS] = step_cas,         [SIM_OVERFLOW] = step_overflow,
	    [SIM_EVICT] = step_evict,     [SIM_CLAIM] = step_claim,     [SIM_BEGIN] = step_begin,
	    [SIM_END] = step_end,         [SIM_SUSPEND] = step_suspend, [SIM_WAKEN] = step_waken,
	    [SIM_CANCEL] = step_cancel,   [SIM_RELEASE] = step_release, [SIM_ANNOUNCE] = step_announce,
	    [SIM_RECHECK] = step_recheck, [SIM_PAUSE] = step_pause,     [SIM_NOTIFY] = step_notify,
	    [SIM_SIGNAL] = step_signal,
	};

	steps[step->kind](sim, worker, step);
}
