/* SPDX-License-Identifier: MIT */
/*
 * A3: of a task that one thread hands to another, the stamp before the hand-over is not later than the stamp after the
 * take, but for the uncertainty that the trace states.
 */
#include <pthread.h>
#include <sched.h>
#include <stdbool.h>

#include "record_support.h"

#define TASKS_MAX   UINT64_C(20000)
#define TASKS_MIN   UINT64_C(100)
#define NS_MAX      UINT64_C(2000000000)
#define SPINS       1000u
#define OWNER       1u
#define THIEF       2u
#define CLOSING_DAY UINT64_MAX

static wsc_recorder *recorder;
static uint64_t box; /* the task on offer, or 0 */

/* Waits until the box is empty, or is not; yields where the other may need this CPU. */
static uint64_t wait_for_box(bool is_empty)
{
	for (unsigned spins = 0;; spins++) {
		const uint64_t task = __atomic_load_n(&box, __ATOMIC_ACQUIRE); /* pairs with offer() and take() */
		if ((task == 0) == is_empty)
			return task;
		if (spins % SPINS == SPINS - 1)
			sched_yield();
	}
}

static void *steal(void *unused)
{
	(void)unused;
	wsc_worker *w = wsc_attach(recorder, THIEF, "thief");
	for (;;) {
		wsc_steal_start(w, OWNER);
		uint64_t task = wait_for_box(false);
		if (task == CLOSING_DAY)
			break;
		/* Acquire, release: a thief's CAS. Pairs with the owner's store and its load of 0. */
		if (__atomic_compare_exchange_n(&box, &task, 0, false, __ATOMIC_ACQ_REL, __ATOMIC_RELAXED))
			wsc_steal_success(w, task, OWNER);
	}
	wsc_steal_failure(w, OWNER, WSC_REASON_EMPTY);
	wsc_detach(w);
	return NULL;
}

static uint64_t hand_over(void)
{
	wsc_worker *w = wsc_attach(recorder, OWNER, "owner");
	const uint64_t begin = wsc_clock_ns();
	uint64_t task = 0;
	while (task < TASKS_MAX && wsc_clock_ns() - begin < NS_MAX) {
		wait_for_box(true);
		wsc_queued(w, ++task);
		__atomic_store_n(&box, task, __ATOMIC_RELEASE); /* pairs with wait_for_box() */
	}
	wait_for_box(true);
	__atomic_store_n(&box, CLOSING_DAY, __ATOMIC_RELEASE); /* as above */
	wsc_detach(w);
	return task;
}

static void check_trace(const char *path, uint64_t tasks)
{
	static uint64_t queued[TASKS_MAX + 1], taken[TASKS_MAX + 1];
	struct recorded trace = recorded_read(path);
	for (size_t i = 0; i < trace.count; i++) {
		const struct wsc_event *event = &trace.events[i];
		if (event->task > TASKS_MAX)
			continue;
		if (event->kind == WSC_EV_QUEUED)
			queued[event->task] = event->ts;
		else if (event->kind == WSC_EV_STEAL_SUCCESS)
			taken[event->task] = event->ts;
	}
	const uint64_t uncertainty = trace_header_stamps(trace.header, trace.header->uncertainty_ns);
	uint64_t reversed = 0;
	for (uint64_t task = 1; task <= tasks; task++) {
		CHECK(queued[task] != 0 && taken[task] != 0, "task %" PRIu64 " is not in the trace", task);
		reversed += queued[task] > taken[task] + uncertainty;
	}
	CHECK(reversed == 0, "%" PRIu64 " of %" PRIu64 " hand-overs look reversed by more than %" PRIu64 " ns",
	      reversed, tasks, trace.header->uncertainty_ns);
	recorded_free(&trace);
}

int main(void)
{
	char path[256];
	scratch_path(path, "stamps.zst");
	struct wsc_options options = WSC_OPTIONS_INIT;
	options.path = path;
	recorder = wsc_open(&options);
	CHECK(recorder != NULL, "%s", path);
	pthread_t thief;
	if (recorder == NULL || pthread_create(&thief, NULL, steal, NULL) != 0)
		return 77;
	const uint64_t tasks = hand_over();
	pthread_join(thief, NULL);
	CHECK(wsc_close(recorder, WSC_END_CLEAN) == 0, "close");
	const bool is_enough = tasks >= TASKS_MIN;
	check_trace(path, tasks);
	scratch_remove(path);
	if (failures == 0 && !is_enough)
		return 77; /* the two threads hardly ever ran */
	return failures != 0;
}
