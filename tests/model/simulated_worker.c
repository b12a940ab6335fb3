/* SPDX-License-Identifier: MIT */
/* What a worker does next when it has nothing in hand. Here nothing happens yet: steps are lined up. */
#include "simulated_state.h"

enum { DEPTH_TO_FORK = 12, DEPTH_TO_STEAL = 24, PHASE_OWN = 1, PHASE_INJECTOR, PHASE_STEAL, PHASE_IDLE = 6 };

static void say_failures(struct sim_worker *worker)
{
	struct sim_step *step = sim_act(worker, SIM_STAMP, SIM_NO_JOB, worker->failed_queue);

	step->event = WSC_EV_STEAL_FAILURE;
	step->arg = worker->failures;
	step->reason = worker->failed_reason;
	worker->failures = 0;
	worker->attempt_open = false;
}

void sim_tell_failures(struct sim_worker *worker)
{
	if (worker->failures > 0)
		say_failures(worker);
}

void sim_fail(struct sim *sim, struct sim_worker *worker, uint32_t queue, enum wsc_reason reason)
{
	if (worker->failures > 0 && (worker->failed_reason != reason || worker->failed_queue != queue))
		reason = WSC_REASON_NONE; /* they are counted together */
	worker->failures++;
	worker->failed_queue = queue;
	worker->failed_reason = (uint8_t)reason;
	if (!sim->plan->coalesces)
		say_failures(worker);
}

void sim_push(struct sim *sim, struct sim_worker *worker, uint32_t job, uint32_t queue)
{
	bool pinned = queue == worker->id && !sim->queues[queue].deferred && sim_chance(sim, sim->plan->pinned);
	uint8_t flags = pinned ? WSC_FLAG_PINNED : 0;

	sim_tell_failures(worker);
	if (sim_fails(sim, SIM_FAULT_LATE_QUEUED, worker, job, queue)) {
		sim_act(worker, SIM_PUSH, job, queue)->flags = flags;
		sim_act(worker, SIM_PAUSE, SIM_NO_JOB, 0);
		sim_act(worker, SIM_STAMP, job, queue)->event = WSC_EV_QUEUED;
		return;
	}
	sim_say(worker, WSC_EV_QUEUED, job, queue);
	worker->added[worker->added_count - 1].flags = flags;
	sim_act(worker, SIM_PUSH, job, queue)->flags = flags;
}

void sim_push_anywhere(struct sim *sim, struct sim_worker *worker, uint32_t job)
{
	const struct sim_plan *plan = sim->plan;

	if (worker->is_producer || (plan->has_injector && sim_chance(sim, 12))) {
		sim_push(sim, worker, job, SIM_INJECTOR);
	} else if (plan->has_slots && sim_chance(sim, 40)) {
		sim_act(worker, SIM_EVICT, job, SIM_SLOT_BASE + worker->id);
	} else if (sim_chance(sim, plan->foreign)) {
		sim_push(sim, worker, job, sim_below(sim, plan->workers));
	} else {
		sim_push(sim, worker, job, worker->id);
	}
}

/* Of what the worker took, one task is run; others are queued again or wait in its hand. */
void sim_take(struct sim *sim, struct sim_worker *worker)
{
	while (sim->plan->scope == WSC_SCOPE_DEQUE && worker->hand_count > 0) /* taken is final */
		sim_act(worker, SIM_RELEASE, worker->hand[--worker->hand_count], 0);
	while (worker->hand_count > 1 && !sim_job(sim, worker->hand[worker->hand_count - 1])->handle_gone &&
	       sim_chance(sim, sim->plan->requeue))
		sim_push(sim, worker, worker->hand[--worker->hand_count], worker->id);
	if (worker->hand_count == 0)
		return;
	if (sim->plan->identity == WSC_IDENTITY_RECYCLED && sim_chance(sim, 60))
		sim_act(worker, SIM_RELEASE, worker->hand[worker->hand_count - 1], 0);
	sim_act(worker, SIM_CLAIM, worker->hand[--worker->hand_count], 0);
}

static void attempt(struct sim *sim, struct sim_worker *worker, uint32_t queue)
{
	if (!worker->attempt_open && worker->failures == 0 && sim_chance(sim, sim->plan->records_start)) {
		sim_say(worker, WSC_EV_STEAL_START, SIM_NO_JOB, queue);
		worker->attempt_open = sim->plan->coalesces;
	}
	worker->taken = 0;
	worker->taking = 1 + sim_below(sim, sim->plan->batch_max);
	sim_act(worker, SIM_LOOK, SIM_NO_JOB, queue);
}

static void pop(struct sim *sim, struct sim_worker *worker, uint32_t queue)
{
	if (sim->queues[queue].count == 0 && sim_chance(sim, 90))
		return;
	sim_tell_failures(worker);
	sim_act(worker, SIM_POP, SIM_NO_JOB, queue);
}

static void rest(struct sim *sim, struct sim_worker *worker)
{
	if (worker->depth > 0 || !sim->plan->parks || sim_chance(sim, 50)) {
		worker->at += sim_below(sim, sim->plan->short_ns * 4 + 1);
		return;
	}
	sim_tell_failures(worker);
	if (sim->plan->is_split)
		sim_queue_publish(sim, worker->id, SIZE_MAX);
	if (sim_chance(sim, 50)) {
		sim_act(worker, SIM_ANNOUNCE, SIM_NO_JOB, 0);
		sim_say(worker, WSC_EV_PARKED, SIM_NO_JOB, 0);
	} else {
		sim_say(worker, WSC_EV_PARKED, SIM_NO_JOB, 0);
		sim_act(worker, SIM_ANNOUNCE, SIM_NO_JOB, 0);
	}
	sim_act(worker, SIM_RECHECK, SIM_NO_JOB, 0);
}

static void find_work(struct sim *sim, struct sim_worker *worker)
{
	const struct sim_plan *plan = sim->plan;
	uint32_t victim = sim_below(sim, plan->workers);
	unsigned phase = worker->phase++;

	if (phase == 0) {
		if (plan->has_slots)
			pop(sim, worker, SIM_SLOT_BASE + worker->id);
	} else if (phase == PHASE_OWN) {
		pop(sim, worker, worker->id);
	} else if (phase == PHASE_INJECTOR) {
		if (plan->has_injector && plan->injector_as_steals)
			attempt(sim, worker, SIM_INJECTOR);
		else if (plan->has_injector)
			pop(sim, worker, SIM_INJECTOR);
	} else if (phase < PHASE_IDLE) {
		if (victim != worker->id && worker->depth < DEPTH_TO_STEAL &&
		    !(plan->scope == WSC_SCOPE_DEQUE && victim > 0))
			attempt(sim, worker, victim);
	} else {
		worker->phase = 0;
		rest(sim, worker);
	}
}

/* A suspended task, one between two polls, or one that runs. */
static void wake_some_job(struct sim *sim, struct sim_worker *worker)
{
	size_t from = sim->job_count;
	const struct sim_worker *other = &sim->workers[sim_below(sim, sim->worker_count)];

	if (sim->wake_again != SIM_NO_JOB) {
		sim_act(worker, SIM_WAKEN, sim->wake_again, 0);
		sim->wake_again = SIM_NO_JOB;
		return;
	}
	if (other->depth > 0 && sim_chance(sim, sim->plan->wake_while_running)) {
		sim_act(worker, SIM_WAKEN, other->frames[other->depth - 1].job, 0);
		return;
	}
	for (size_t i = 0; i < from; i++) {
		uint32_t job = (uint32_t)((sim->now + i) % from);

		if (!sim->jobs[job].asleep)
			continue;
		sim_act(worker, SIM_WAKEN, job, 0);
		return;
	}
}

static void cancel_some_job(struct sim *sim, struct sim_worker *worker)
{
	uint32_t back = sim_below(sim, sim->job_count < 16 ? (uint32_t)sim->job_count : 16);

	sim_act(worker, SIM_CANCEL, (uint32_t)(sim->job_count - 1 - back), 0);
}

static void spawn(struct sim *sim, struct sim_worker *worker, uint32_t parent)
{
	bool is_inline =
	    !worker->is_producer && worker->depth < DEPTH_TO_FORK && sim_chance(sim, sim->plan->inline_run);
	uint32_t job = sim_job_create(sim, worker, parent, is_inline);

	if (is_inline) {
		sim_tell_failures(worker);
		sim_act(worker, SIM_CLAIM, job, 0);
	} else {
		sim_push_anywhere(sim, worker, job);
	}
}

static void act_in_run(struct sim *sim, struct sim_worker *worker, struct sim_frame *frame)
{
	const struct sim_plan *plan = sim->plan;

	frame->actions--;
	if (plan->is_split && sim_chance(sim, 50))
		sim_queue_publish(sim, worker->id, 1 + sim_below(sim, 3));
	if (sim->made < plan->jobs && worker->depth < DEPTH_TO_FORK && sim_chance(sim, plan->fork))
		spawn(sim, worker, plan->joins ? frame->job : SIM_NO_JOB);
	else if ((plan->suspend > 0 || plan->polls > 0) && sim_chance(sim, 40))
		wake_some_job(sim, worker);
	else if (sim_chance(sim, plan->cancel))
		cancel_some_job(sim, worker);
}

static void finish_run(struct sim *sim, struct sim_worker *worker, const struct sim_frame *frame)
{
	const struct sim_job *job = sim_job(sim, frame->job);
	bool may_suspend = !frame->is_copy && job->children == 0 && !job->cancelled && sim->plan->suspend > 0;

	sim_tell_failures(worker);
	if (may_suspend && sim_chance(sim, sim->plan->suspend)) {
		sim_say(worker, WSC_EV_SUSPENDED, frame->job, 0);
		sim_act(worker, SIM_SUSPEND, frame->job, 0);
	} else if (sim_fails(sim, SIM_FAULT_LATE_COMPLETE, worker, frame->job, 0)) {
		sim_act(worker, SIM_END, frame->job, 0);
		sim_act(worker, SIM_PAUSE, SIM_NO_JOB, 0);
		sim_say(worker, WSC_EV_EXEC_COMPLETE, frame->job, 0);
	} else {
		sim_say(worker, WSC_EV_EXEC_COMPLETE, frame->job, 0);
		sim_act(worker, SIM_END, frame->job, 0);
	}
}

static void go_on(struct sim *sim, struct sim_worker *worker)
{
	struct sim_frame *frame = &worker->frames[worker->depth - 1];

	if (frame->actions > 0 && !frame->is_copy)
		act_in_run(sim, worker, frame);
	else if (sim->plan->joins && !frame->is_copy && sim_job(sim, frame->job)->children > 0 &&
	         worker->depth + 1 < SIM_FRAMES_MAX)
		find_work(sim, worker);
	else if (!sim->plan->joins || frame->is_copy || sim_job(sim, frame->job)->children == 0)
		finish_run(sim, worker, frame);
}

static void produce(struct sim *sim, struct sim_worker *worker)
{
	if (sim->plan->suspend > 0 || sim->plan->polls > 0)
		wake_some_job(sim, worker);
	if (sim->made < sim->plan->jobs && sim_chance(sim, 40))
		spawn(sim, worker, SIM_NO_JOB);
	else if (sim->made == sim->plan->jobs && sim->plan->suspend == 0 && sim->plan->polls == 0)
		worker->has_left = true;
}

static bool may_leave(const struct sim *sim, const struct sim_worker *worker)
{
	return worker->id > 1 && sim->queues[worker->id].count == 0 &&
	       !(sim->plan->has_slots && sim->queues[SIM_SLOT_BASE + worker->id].count > 0);
}

void sim_decide(struct sim *sim, struct sim_worker *worker)
{
	bool is_owner = sim->plan->scope != WSC_SCOPE_DEQUE || worker->id == 0;

	if (sim->ending && (sim->run->stuck || (worker->hand_count == 0 && worker->depth == 0))) {
		sim_tell_failures(worker);
		worker->has_left = worker->added_count == 0;
	} else if (worker->hand_count > 0 && (worker->depth == 0 || sim->plan->joins)) {
		sim_take(sim, worker);
	} else if (worker->depth > 0) {
		go_on(sim, worker);
	} else if (worker->is_producer) {
		produce(sim, worker);
	} else if (sim->made < sim->plan->jobs && is_owner && sim_chance(sim, sim->plan->producers > 0 ? 10 : 40)) {
		spawn(sim, worker, SIM_NO_JOB);
	} else if (worker->phase == 0 && sim->plan->leavers > 0 && may_leave(sim, worker) && sim_chance(sim, 1)) {
		sim_tell_failures(worker);
		worker->has_left = worker->added_count == 0;
	} else if ((sim->plan->suspend > 0 || sim->plan->polls > 0) && sim_chance(sim, 20)) {
		wake_some_job(sim, worker);
	} else {
		find_work(sim, worker);
	}
}
