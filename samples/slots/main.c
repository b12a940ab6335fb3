/* SPDX-License-Identifier: MIT */
/*
 * Tasks in slots that are used again: a handle is the number of a slot, and the slot is free from the moment that a
 * worker has copied the task out of it, so that the same handle may be queued again while the task still runs. That is
 * the identity `recycled`. (An address from malloc() is a slot, too, if its task is freed before it has completed.)
 *
 * The work: task n forks tasks 2n and 2n + 1.
 */
#include <stdatomic.h>
#include <stdbool.h>
#include <unistd.h>
#include <wscheck/record.h>

#include "sample.h"

enum { TASKS = 8000, SLOTS = 256, PLACES = SLOTS + 1 }; /* a place more than slots, for the defect */
enum { BUG_NONE, BUG_DOUBLE_FREE };
static const char *const bugs[] = {
    "double-free", /* a slot is freed twice, once */
    NULL,
};

/* The owner pushes and takes at the bottom, thieves take at the top. It has room for all slots. */
struct worker {
	wsc_worker *recorded;
	unsigned id;
	unsigned attempts;
	pthread_mutex_t lock;
	unsigned top, bottom;
	unsigned deque[PLACES];  /* slots */
	unsigned unused[PLACES]; /* the worker's own free slots: the one freed last is used next */
	unsigned unused_count;
};

static struct sample_options options;
static wsc_recorder *recorder;
static struct worker workers[SAMPLE_WORKERS_MAX];
static unsigned tasks[SLOTS]; /* what is in each slot: n */
static atomic_uint unfinished, done;
static atomic_bool has_struck;

/* False: the worker has none. */
static bool slot_alloc(struct worker *w, unsigned *slot)
{
	if (w->unused_count == 0)
		return false;
	*slot = w->unused[--w->unused_count];
	return true;
}

/* Whoever runs a task gets its slot. */
static void slot_free(struct worker *w, unsigned slot)
{
	w->unused[w->unused_count++] = slot;
	if (options.bug == BUG_DOUBLE_FREE && !atomic_exchange(&has_struck, true))
		w->unused[w->unused_count++] = slot;
}

/* A handle is never 0. */
static uint64_t handle(unsigned slot)
{
	return slot + 1;
}

static void push(struct worker *w, unsigned slot)
{
	wsc_queued(w->recorded, handle(slot)); /* before the push */
	pthread_mutex_lock(&w->lock);
	w->deque[w->bottom++ % PLACES] = slot;
	pthread_mutex_unlock(&w->lock);
}

static bool take(struct worker *w, unsigned *slot)
{
	pthread_mutex_lock(&w->lock);
	const bool is_taken = w->bottom != w->top;
	if (is_taken)
		*slot = w->deque[--w->bottom % PLACES];
	pthread_mutex_unlock(&w->lock);
	return is_taken; /* records nothing: exec_start follows at once */
}

static bool steal(struct worker *w, unsigned *slot)
{
	struct worker *victim = &workers[(w->id + 1 + w->attempts++ % (options.workers - 1)) % options.workers];
	wsc_steal_start(w->recorded, victim->id); /* before the attempt */
	pthread_mutex_lock(&victim->lock);
	const bool is_taken = victim->bottom != victim->top;
	if (is_taken)
		*slot = victim->deque[victim->top++ % PLACES];
	pthread_mutex_unlock(&victim->lock);
	if (is_taken)
		wsc_steal_success(w->recorded, handle(*slot), victim->id); /* after it */
	else
		wsc_steal_failure(w->recorded, victim->id, WSC_REASON_EMPTY);
	return is_taken;
}

static void fork_task(struct worker *w, unsigned n);

static void do_task(struct worker *w, unsigned n)
{
	sample_compute();
	atomic_fetch_add(&done, 1);
	fork_task(w, 2 * n);
	fork_task(w, 2 * n + 1);
}

static void fork_task(struct worker *w, unsigned n)
{
	unsigned slot;
	if (n > TASKS)
		return;
	if (!slot_alloc(w, &slot)) {
		do_task(w, n); /* as a part of the task that forked it: nothing to record */
		return;
	}
	tasks[slot] = n;
	atomic_fetch_add(&unfinished, 1);
	push(w, slot);
}

static void run(struct worker *w, unsigned slot)
{
	const unsigned n = tasks[slot];
	/* Before the slot is free: the next life's `queued` must be stamped after this one was taken. */
	wsc_exec_start(w->recorded, handle(slot));
	slot_free(w, slot);
	do_task(w, n);
	wsc_exec_complete(w->recorded, handle(slot)); /* of the last run that this worker began with this handle */
	atomic_fetch_sub(&unfinished, 1);
}

static void *work(void *argument)
{
	struct worker *w = &workers[(uintptr_t)argument];
	unsigned slot;
	w->recorded = wsc_attach(recorder, w->id, NULL);
	if (w->id == 0)
		fork_task(w, 1);
	sample_meet();
	while (atomic_load(&unfinished) > 0) {
		if (take(w, &slot) || steal(w, &slot))
			run(w, slot);
		else
			usleep(50); /* a real one would park */
	}
	wsc_detach(w->recorded);
	return NULL;
}

int main(int argc, char **argv)
{
	(void)argc;
	struct wsc_options recording = WSC_OPTIONS_INIT;
	options = sample_options_read(argv, bugs);
	recording.path = options.trace;
	recording.identity = WSC_IDENTITY_RECYCLED;
	recorder = wsc_open(&recording);
	for (unsigned i = 0; i < options.workers; i++) {
		workers[i].id = i;
		pthread_mutex_init(&workers[i].lock, NULL);
	}
	for (unsigned slot = 0; slot < SLOTS; slot++) {
		struct worker *w = &workers[slot % options.workers];
		w->unused[w->unused_count++] = slot;
	}
	sample_run(options.workers, work);
	if (wsc_close(recorder, WSC_END_CLEAN) != 0)
		return 2;
	printf("%u of %d tasks in %d slots\n", atomic_load(&done), (int)TASKS, (int)SLOTS);
	return atomic_load(&done) == TASKS ? 0 : 1;
}
