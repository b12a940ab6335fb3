/* SPDX-License-Identifier: MIT */
#include <stdlib.h>
#include <string.h>

#include "simulated_state.h"

static enum sim_fault omission_of(enum wsc_event_kind kind)
{
	static const uint8_t faults[WSC_EV_END] = {
	    [WSC_EV_QUEUED] = SIM_FAULT_NO_QUEUED,         [WSC_EV_PUSH_FAILED] = SIM_FAULT_NO_PUSH_FAILED,
	    [WSC_EV_DEQUEUED] = SIM_FAULT_NO_DEQUEUED,     [WSC_EV_STEAL_START] = SIM_FAULT_NO_START,
	    [WSC_EV_STEAL_SUCCESS] = SIM_FAULT_NO_SUCCESS, [WSC_EV_STEAL_FAILURE] = SIM_FAULT_NO_FAILURE,
	    [WSC_EV_EXEC_START] = SIM_FAULT_NO_EXEC_START, [WSC_EV_EXEC_COMPLETE] = SIM_FAULT_NO_COMPLETE,
	    [WSC_EV_SUSPENDED] = SIM_FAULT_NO_SUSPENDED,   [WSC_EV_RESUMED] = SIM_FAULT_NO_RESUMED,
	    [WSC_EV_CANCELLED] = SIM_FAULT_NO_CANCELLED,   [WSC_EV_PARKED] = SIM_FAULT_NO_PARKED,
	    [WSC_EV_UNPARKED] = SIM_FAULT_NO_UNPARKED,     [WSC_EV_WAKE] = SIM_FAULT_NO_WAKE,
	};

	return (enum sim_fault)faults[kind];
}

/* The counter of the thread's core: ahead of true time by up to the uncertainty, and never backwards on a thread. */
static uint64_t read_clock(struct sim *sim, struct sim_worker *worker)
{
	uint64_t ts;

	if (sim_chance(sim, 3)) /* it moved to another core */
		worker->skew = sim_below(sim, (uint32_t)sim->plan->uncertainty_ns + 1);
	ts = sim->now + worker->skew;
	if (ts < worker->last_ts)
		ts = worker->last_ts;
	worker->last_ts = ts;
	return ts;
}

static void note_park(struct sim *sim, struct sim_worker *worker, uint64_t until)
{
	struct sim_run *run = sim->run;

	if (worker->parked_at == UINT64_MAX)
		return;
	SIM_GROW(run->parks, run->park_count, sim->park_room);
	run->parks[run->park_count++] = (struct sim_park){worker->id, worker->parked_at, until};
	worker->parked_at = UINT64_MAX;
}

static void note_sleep(struct sim *sim, struct sim_worker *worker, const struct sim_step *step)
{
	if (step->event == WSC_EV_PARKED)
		worker->parked_at = sim->now;
	else if (step->event == WSC_EV_UNPARKED)
		note_park(sim, worker, sim->now);
	else if (step->event == WSC_EV_WAKE)
		note_park(sim, &sim->workers[step->queue], sim->now);
}

void sim_record(struct sim *sim, struct sim_worker *worker, const struct sim_step *step)
{
	struct wsc_event event = {.worker = worker->id,
	                          .queue = step->queue,
	                          .arg = step->arg,
	                          .kind = step->event,
	                          .flags = step->flags,
	                          .reason = step->reason};

	note_sleep(sim, worker, step);
	if (step->job != SIM_NO_JOB)
		event.task = sim_job(sim, step->job)->handle;
	if (event.task != 0 && !sim_job_is_sampled(sim, event.task)) {
		if (event.kind != WSC_EV_STEAL_SUCCESS)
			return;
		event.task = 0;
	}
	if (sim_fails(sim, omission_of((enum wsc_event_kind)step->event), worker, step->job, step->queue))
		return;
	event.ts = read_clock(sim, worker);
	SIM_GROW(worker->stamps, worker->stamp_count, worker->stamp_room);
	worker->stamps[worker->stamp_count++] = (struct sim_stamp){event, sim->now};
}

static void drop_first(struct sim_worker *worker, size_t count)
{
	if (count == 0)
		return;
	worker->stamp_count -= count;
	memmove(worker->stamps, worker->stamps + count, worker->stamp_count * sizeof(worker->stamps[0]));
}

static size_t stamps_before(const struct sim_worker *worker, uint64_t at)
{
	size_t count = 0;

	while (count < worker->stamp_count && worker->stamps[count].at < at)
		count++;
	return count;
}

/* A stretch of the stream does not reach the file: in its place there is a gap, from the first stamp lost to some time
 * before the next. */
static void make_gap(struct sim *sim, struct sim_worker *worker)
{
	size_t from, count;
	struct sim_stamp gap = {.event = {.worker = worker->id, .kind = WSC_EV_GAP}};

	if (worker->stamp_count == 0)
		return;
	from = sim_below(sim, (uint32_t)worker->stamp_count);
	count = 1 + sim_below(sim, (uint32_t)(worker->stamp_count - from < 20 ? worker->stamp_count - from : 20));
	if (worker->stamps[from].event.kind == WSC_EV_GAP || worker->stamps[from + count - 1].event.kind == WSC_EV_GAP)
		return;
	gap.at = worker->stamps[from].at;
	gap.event.ts = worker->stamps[from].event.ts;
	gap.event.task = worker->stamps[from + count - 1].event.ts;
	if (from + count < worker->stamp_count)
		gap.event.task +=
		    random_next(&sim->random) % (worker->stamps[from + count].event.ts - gap.event.task + 1);
	gap.event.arg = (uint32_t)count;
	worker->stamps[from] = gap;
	memmove(&worker->stamps[from + 1], &worker->stamps[from + count],
	        (worker->stamp_count - from - count) * sizeof(gap));
	worker->stamp_count -= count - 1;
}

/* A ring keeps the last events of its worker; what came before is a gap from the beginning. */
static void overwrite(struct sim *sim, struct sim_worker *worker)
{
	size_t lost = worker->stamp_count > 1 ? sim_below(sim, (uint32_t)worker->stamp_count - 1) : 0;

	if (lost == 0)
		return;
	drop_first(worker, lost - 1);
	worker->stamps[0].event = (struct wsc_event){
	    .task = worker->stamps[1].event.ts, .worker = worker->id, .kind = WSC_EV_GAP, .arg = (uint32_t)lost};
}

static void lose(struct sim *sim)
{
	uint64_t from = sim->now > 0 ? random_next(&sim->random) % sim->now : 0;

	switch (sim->plan->loss) {
	case SIM_LOSS_GAPS:
		for (uint32_t i = 1 + sim_below(sim, 3); i > 0; i--)
			make_gap(sim, &sim->workers[sim_below(sim, sim->worker_count)]);
		break;
	case SIM_LOSS_WINDOW:
		for (uint32_t w = 0; w < sim->worker_count; w++)
			drop_first(&sim->workers[w], stamps_before(&sim->workers[w], from));
		break;
	case SIM_LOSS_RING:
		for (uint32_t w = 0; w < sim->worker_count; w++)
			if (sim_chance(sim, 70))
				overwrite(sim, &sim->workers[w]);
		break;
	case SIM_LOSS_NONE:
		break;
	}
}

/* By stamp; equal stamps of different workers in any order. */
static void merge(struct sim *sim)
{
	size_t next[SIM_WORKERS_MAX] = {0};
	struct sim_run *run = sim->run;

	for (run->count = 0;; run->count++) {
		uint32_t best = 0, ties = 0;

		for (uint32_t w = 0; w < sim->worker_count; w++) {
			const struct sim_worker *worker = &sim->workers[w];
			uint64_t ts, best_ts;

			if (next[w] == worker->stamp_count)
				continue;
			ts = worker->stamps[next[w]].event.ts;
			best_ts = ties > 0 ? sim->workers[best].stamps[next[best]].event.ts : UINT64_MAX;
			if (ts < best_ts || ties == 0) {
				best = w;
				ties = 1;
			} else if (ts == best_ts && sim_below(sim, ++ties) == 0) {
				best = w;
			}
		}
		if (ties == 0)
			return;
		run->events[run->count] = sim->workers[best].stamps[next[best]++].event;
	}
}

void sim_record_finish(struct sim *sim)
{
	struct sim_run *run = sim->run;
	uint64_t cut = sim->now > 0 ? random_next(&sim->random) % sim->now : 0;
	size_t total = 0;

	for (uint32_t w = 0; w < sim->worker_count; w++) {
		struct sim_worker *worker = &sim->workers[w];

		note_park(sim, worker, UINT64_MAX);
		if (sim->plan->end == WSC_END_CUT)
			worker->stamp_count = stamps_before(worker, cut);
		if (worker->stamp_count > 0)
			run->workers[run->worker_count++] = worker->id;
	}
	lose(sim);
	for (uint32_t w = 0; w < sim->worker_count; w++)
		total += sim->workers[w].stamp_count;
	run->events = malloc((total + 1) * sizeof(run->events[0]));
	if (run->events == NULL)
		abort();
	merge(sim);
	run->fits = run->count <= HISTORY_EVENTS_MAX;
	if (run->fits)
		memcpy(run->declared.events, run->events, run->count * sizeof(run->events[0]));
	run->declared.count = run->fits ? run->count : 0;
}
