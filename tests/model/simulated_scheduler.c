/* SPDX-License-Identifier: MIT */
/* The threads take their steps in the order of true time. */
#include <stdlib.h>
#include <string.h>

#include "simulated_state.h"

void *sim_grow(void *array, size_t count, size_t *room, size_t size)
{
	void *grown;

	if (count < *room)
		return array;
	*room = *room == 0 ? 16 : *room * 2;
	grown = realloc(array, *room * size);
	if (grown == NULL)
		abort();
	return grown;
}

struct sim_step *sim_act(struct sim_worker *worker, enum sim_step_kind kind, uint32_t job, uint32_t queue)
{
	struct sim_step *step = &worker->added[worker->added_count++];

	if (worker->added_count == SIM_SCRIPT_MAX)
		abort();
	*step = (struct sim_step){.kind = (uint8_t)kind, .job = job, .queue = queue};
	return step;
}

void sim_say(struct sim_worker *worker, enum wsc_event_kind kind, uint32_t job, uint32_t queue)
{
	sim_act(worker, SIM_STAMP, job, queue)->event = (uint8_t)kind;
}

bool sim_fails(struct sim *sim, enum sim_fault fault, const struct sim_worker *worker, uint32_t job, uint32_t queue)
{
	struct sim_mishap *mishap = &sim->run->mishap;

	if (fault != sim->plan->fault || fault == SIM_FAULT_NONE || mishap->happened)
		return false;
	if (job != SIM_NO_JOB && !sim_job_is_sampled(sim, sim_job(sim, job)->handle))
		return false; /* nobody would see it */
	if (sim->countdown-- > 0)
		return false;
	mishap->happened = true;
	mishap->at = sim->now;
	mishap->task = job == SIM_NO_JOB ? 0 : sim_job(sim, job)->handle;
	mishap->worker = worker->id;
	mishap->queue = queue;
	return true;
}

static uint64_t delay(struct sim *sim)
{
	const struct sim_plan *plan = sim->plan;

	if (sim_below(sim, 1000) < plan->long_per_mille)
		return sim_below(sim, plan->long_ns);
	return sim_below(sim, plan->short_ns);
}

static void set_up(struct sim *sim)
{
	const struct sim_plan *plan = sim->plan;
	struct history *history = &sim->run->declared;
	bool needs_reactor = plan->suspend > 0 || plan->polls > 0;
	uint32_t producers = plan->producers > 0 || !needs_reactor ? plan->producers : 1;

	history->discipline = plan->discipline;
	history->identity = plan->identity;
	history->scope = plan->scope;
	history->end = plan->end;
	history->uncertainty_ns = plan->uncertainty_ns;
	history->publish_ns = plan->publish_ns;
	history->sampling = plan->sampling;
	history->idle_ns = plan->idle_ns;
	history->window = plan->loss == SIM_LOSS_WINDOW || (plan->loss == SIM_LOSS_RING && sim_chance(sim, 50));
	sim->worker_count = plan->workers + producers;
	sim->wake_again = SIM_NO_JOB;
	sim->countdown = sim_below(sim, 1U << sim_below(sim, plan->small ? 3 : 8));
	for (uint32_t w = 0; w < sim->worker_count; w++) {
		struct sim_worker *worker = &sim->workers[w];

		worker->id = w;
		worker->is_producer = w >= plan->workers;
		worker->parked_at = UINT64_MAX;
		worker->skew = sim_below(sim, (uint32_t)plan->uncertainty_ns + 1);
		worker->at = delay(sim);
		if (w > 0 && sim_chance(sim, plan->late_workers))
			worker->at += sim_below(sim, plan->jobs * plan->short_ns);
	}
	sim_queues_set_up(sim);
}

/* The thread whose next step comes first; of several at the same moment any. -1: all have left. */
static int next_worker(struct sim *sim)
{
	int best = -1;
	uint32_t ties = 0;

	for (uint32_t w = 0; w < sim->worker_count; w++) {
		const struct sim_worker *worker = &sim->workers[w];

		if (worker->has_left)
			continue;
		if (best < 0 || worker->at < sim->workers[best].at) {
			best = (int)w;
			ties = 1;
		} else if (worker->at == sim->workers[best].at && sim_below(sim, ++ties) == 0) {
			best = (int)w;
		}
	}
	return best;
}

static void take_step(struct sim *sim, struct sim_worker *worker)
{
	sim->now = worker->at;
	do {
		struct sim_step step = {0};

		worker->added_count = 0;
		if (worker->script_count == 0) {
			sim_decide(sim, worker);
		} else {
			step = worker->script[--worker->script_count];
			sim_step(sim, worker, &step);
		}
		if (worker->script_count + worker->added_count > SIM_SCRIPT_MAX)
			abort();
		while (worker->added_count > 0)
			worker->script[worker->script_count++] = worker->added[--worker->added_count];
	} while (worker->script_count > 0 && worker->script[worker->script_count - 1].at_once);
	worker->at += delay(sim);
}

static bool is_over(const struct sim *sim)
{
	return sim->live == 0 && sim->tombstones == 0 && sim->made >= sim->plan->jobs;
}

static void simulate(struct sim *sim)
{
	const struct sim_plan *plan = sim->plan;
	uint64_t patience = 60 * (uint64_t)(plan->long_ns + plan->short_ns) + 20 * plan->idle_ns;
	int w;

	while ((w = next_worker(sim)) >= 0) {
		take_step(sim, &sim->workers[w]);
		sim->run->stuck |= !sim->ending && sim->now > sim->progress_at + patience;
		if (sim->ending || !(is_over(sim) || sim->run->stuck))
			continue;
		sim->ending = true;
		for (uint32_t i = 0; i < sim->worker_count; i++)
			if (sim->workers[i].asleep && sim->workers[i].at > sim->now + plan->short_ns)
				sim->workers[i].at = sim->now + sim_below(sim, plan->short_ns);
	}
}

static void note_open(struct sim *sim)
{
	struct sim_run *run = sim->run;

	for (size_t i = 0; i < sim->job_count; i++) {
		const struct sim_job *job = &sim->jobs[i];

		if (job->over && !job->half) /* cancelled while it ran, and suspended then: it was never finished */
			continue;
		SIM_GROW(run->open, run->open_count, sim->open_room);
		run->open[run->open_count++] =
		    (struct sim_open){job->handle, job->runs == 0 && (job->waiting || job->lost)};
	}
}

void sim_run_make(const struct sim_plan *plan, struct sim_run *run)
{
	struct sim *sim = calloc(1, sizeof(*sim));

	if (sim == NULL)
		abort();
	memset(run, 0, sizeof(*run));
	sim->plan = plan;
	sim->run = run;
	sim->random = plan->seed;
	set_up(sim);
	simulate(sim);
	note_open(sim);
	sim_record_finish(sim);
	run->tasks = sim->made;
	for (uint32_t w = 0; w < sim->worker_count; w++)
		free(sim->workers[w].stamps);
	for (uint32_t id = 0; id < SIM_QUEUE_IDS; id++)
		free(sim->queues[id].entries);
	free(sim->jobs);
	free(sim->free_handles);
	free(sim);
}

void sim_run_free(struct sim_run *run)
{
	free(run->events);
	free(run->stays);
	free(run->parks);
	free(run->open);
	memset(run, 0, sizeof(*run));
}
