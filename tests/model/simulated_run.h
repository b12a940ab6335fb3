/* SPDX-License-Identifier: MIT */
/* One simulated run: what was recorded of it, and what really happened. */
#ifndef MODEL_SIMULATED_RUN_H
#define MODEL_SIMULATED_RUN_H

#include "history.h"
#include "simulated_plan.h"

enum { SIM_LEFT_MAX = 64 };

/* A stay in a queue that thieves may look into, as it was: visible from `from`, taken (or void) at `until`. */
struct sim_stay {
	uint64_t task;
	uint32_t queue;
	uint64_t from, until;
};

/* A worker slept, or was about to, from its `parked` to its wake-up. */
struct sim_park {
	uint32_t worker;
	uint64_t from, until;
};

/* A handle whose life was not over when the threads stopped. */
struct sim_open {
	uint64_t task;
	bool waits; /* in a queue or in a hand; else it runs or is suspended */
};

/* What was done wrong, once. */
struct sim_mishap {
	bool happened;
	uint64_t at; /* true time */
	uint64_t task;
	uint32_t worker, queue;
	uint64_t left[SIM_LEFT_MAX]; /* tasks that should have been taken first */
	size_t left_count;
};

struct sim_run {
	struct history declared;  /* holds the events, too, if there are few */
	struct wsc_event *events; /* merged */
	size_t count;
	uint32_t workers[64];
	size_t worker_count;
	struct sim_mishap mishap;
	struct sim_stay *stays;
	size_t stay_count;
	struct sim_park *parks;
	size_t park_count;
	struct sim_open *open;
	size_t open_count;
	uint64_t tasks;
	bool stuck; /* it had to be stopped */
	bool fits;  /* the events are in `declared` */
};

/* The same plan gives the same run. No memory: the process ends. */
void sim_run_make(const struct sim_plan *plan, struct sim_run *run);
void sim_run_free(struct sim_run *run);

#endif
