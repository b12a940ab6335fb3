/* SPDX-License-Identifier: MIT */
#include "simulated_state.h"

bool sim_job_is_sampled(const struct sim *sim, uint64_t handle)
{
	return sim->plan->sampling < 2 || random_next(&handle) % sim->plan->sampling == 0;
}

static bool holds(const struct sim *sim, const struct sim_worker *worker, uint64_t handle)
{
	for (size_t i = 0; i < worker->hand_count; i++)
		if (sim->jobs[worker->hand[i]].handle == handle)
			return true;
	return false;
}

/* An inline run needs a handle that was never queued, or a slot of which the worker holds no other life. */
static uint64_t new_handle(struct sim *sim, const struct sim_worker *worker, bool is_inline)
{
	bool must_be_fresh = is_inline && sim->plan->identity != WSC_IDENTITY_RECYCLED;
	uint64_t handle = sim->next_is;

	sim->next_is = 0;
	if (handle == 0 && !must_be_fresh && sim->free_count > 0 &&
	    !(is_inline && holds(sim, worker, sim->free_handles[sim->free_count - 1])) &&
	    sim_chance(sim, sim->plan->reuse))
		handle = sim->free_handles[--sim->free_count];
	if (handle == 0)
		handle = ++sim->next_handle;
	return handle;
}

uint32_t sim_job_create(struct sim *sim, const struct sim_worker *worker, uint32_t parent, bool is_inline)
{
	uint32_t job = (uint32_t)sim->job_count;

	SIM_GROW(sim->jobs, sim->job_count, sim->job_room);
	sim->jobs[sim->job_count++] =
	    (struct sim_job){.handle = new_handle(sim, worker, is_inline), .parent = parent, .polls_left = 0};
	if (sim->plan->polls > 0)
		sim->jobs[job].polls_left = (uint8_t)sim_below(sim, sim->plan->polls);
	if (parent != SIM_NO_JOB)
		sim->jobs[parent].children++;
	sim->made++;
	sim->live++;
	return job;
}

/*
 * Whatever ended its task, a handle is in use as long as a run of it goes on; slots are free once taken. After a mishap
 * nobody else gets the handle, so that what follows from it stays with one task.
 */
void sim_job_free_handle(struct sim *sim, uint32_t number)
{
	struct sim_job *job = sim_job(sim, number);
	const struct sim_mishap *mishap = &sim->run->mishap;

	if (job->handle_gone || job->busy > 0 || (job->in_sight && sim->plan->identity != WSC_IDENTITY_RECYCLED))
		return;
	if (mishap->happened && mishap->task == job->handle) {
		if (sim->plan->fault == SIM_FAULT_LATE_COMPLETE)
			sim->next_is = job->handle;
		job->handle_gone = true;
		return;
	}
	job->handle_gone = true;
	SIM_GROW(sim->free_handles, sim->free_count, sim->free_room);
	sim->free_handles[sim->free_count++] = job->handle;
}

void sim_job_lose(struct sim *sim, uint32_t number)
{
	struct sim_job *job = sim_job(sim, number);

	if (!job->over && !job->lost)
		sim->live--;
	job->lost = true;
}

void sim_job_over(struct sim *sim, uint32_t number)
{
	struct sim_job *job = sim_job(sim, number);

	if (job->over)
		return;
	job->over = true;
	job->asleep = job->waiting = job->waking = false;
	if (!job->lost)
		sim->live--;
	sim->progress_at = sim->now;
	if (job->parent != SIM_NO_JOB)
		sim_job(sim, job->parent)->children--;
}
