/* SPDX-License-Identifier: MIT */
#include "harness.h"

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "cpu.h"
#include "pauses.h"

enum {
	OWNER = 0,           /* the owner's id, which is also that of its deque */
	OWNER_OP_SLOTS = 4,  /* a push, the mark before the take of the same value, and the take on a shared queue */
	SLOTS_SLACK = 1024,  /* gaps and a whole batch fit in */
	STEAL_SLOTS = 2,     /* recorder slots of one event of a theft at most */
	PHASE_OPS_MIN = 128, /* the length of a phase, in operations of the owner */
	PHASE_OPS_MORE = 2048,
	BURST_MAX = 4,    /* pushes at once while the deque is nearly empty */
	STUCK_AFTER = 16, /* failures in a row, from which on a thief lets others run */
	WATCH_MS = 5
};

enum go { GO_WAIT, GO_RUN, GO_ABORT };

struct shared {
	struct harness_options options;
	void *deque;
	uint64_t budget;        /* slots that each thread may fill */
	_Atomic int go;         /* enum go */
	_Atomic bool stop;      /* the thieves' sign to leave off */
	_Atomic unsigned left;  /* thieves that have left off */
	_Atomic unsigned ended; /* threads that are through */
};

struct hammer {
	_Alignas(PAUSES_LINE_BYTES) struct shared *shared;
	unsigned id;
	wsc_worker *recorded;
	struct pauses pauses;
	uint64_t slots; /* filled so far */
	uint64_t ops;   /* the owner's so far */
	uint64_t next;  /* the owner's next handle */
	bool dequeued;  /* the owner's last take was recorded, and nothing but pushes since */
	bool exhausted;
	struct harness_counts counts;
	/* Read by others. The thread's own steps: the watchdog and the owner see by it that a thread gets on. */
	_Alignas(PAUSES_LINE_BYTES) _Atomic uint64_t steps;
	_Atomic bool done; /* a thief that has left off */
	pthread_t thread;
};

size_t harness_ring_events(uint64_t ops)
{
	return (size_t)(OWNER_OP_SLOTS * ops + SLOTS_SLACK);
}

/* Relaxed: a sign of life, and no more. One thread writes, so no read-modify-write either. */
static void step(struct hammer *hammer)
{
	atomic_store_explicit(&hammer->steps, atomic_load_explicit(&hammer->steps, memory_order_relaxed) + 1,
	                      memory_order_relaxed);
}

static uint64_t steps_of(struct hammer *hammer)
{
	return atomic_load_explicit(&hammer->steps, memory_order_relaxed);
}

/* --- The owner --- */

static void push(struct hammer *owner)
{
	const struct harness_impl *impl = owner->shared->options.impl;
	const uint64_t value = owner->next++;

	/* Before the push: once a thief can see the value, its steal may be stamped. */
	wsc_queued(owner->recorded, value);
	owner->slots += 1;
	if (impl->push(owner->shared->deque, value)) {
		owner->counts.pushed++;
	} else {
		wsc_push_failed(owner->recorded, value, OWNER);
		owner->slots += 2;
		owner->counts.refused++;
	}
	owner->ops++;
	step(owner);
	pauses_between(&owner->pauses);
}

/*
 * Takes that have nothing but pushes between them are read as one batch, which one operation may have taken all at
 * once; their order would prove nothing. Any other event tells them apart. `unparked` claims the least: that the owner
 * is awake.
 */
static void part_from_last_take(struct hammer *owner)
{
	if (!owner->dequeued)
		return;
	wsc_unparked(owner->recorded);
	owner->slots += 1;
	owner->dequeued = false;
}

/* False: there was nothing. */
static bool take(struct hammer *owner)
{
	const struct harness_impl *impl = owner->shared->options.impl;
	uint64_t value;

	part_from_last_take(owner);
	pauses_fill_store_buffer(&owner->pauses);
	value = impl->take(owner->shared->deque);
	owner->ops++;
	step(owner);
	if (value == 0)
		return false;
	/* On a queue where all take from the same end the stamp must not be early: fenced. */
	if (impl->discipline == WSC_DISCIPLINE_LIFO)
		wsc_dequeued(owner->recorded, value);
	else
		wsc_dequeued_from(owner->recorded, value, OWNER);
	owner->slots += 2;
	owner->dequeued = true;
	owner->counts.taken++;
	pauses_between(&owner->pauses);
	return true;
}

static bool ops_left(const struct hammer *owner, uint64_t until)
{
	return owner->ops < until && owner->slots < owner->shared->budget - OWNER_OP_SLOTS;
}

/*
 * Lets every thief make an attempt. However few processors there are and however busy, so the thieves meet a deque of
 * every kind, and what goes wrong in each steal shows in each run.
 */
static void wait_for_thieves(struct hammer *owner)
{
	for (unsigned i = 1; i <= owner->shared->options.thieves; i++) {
		struct hammer *thief = &owner[i];
		const uint64_t before = steps_of(thief);

		/* Two steps: the first may be the end of an attempt that began before. */
		while (steps_of(thief) - before < 2 && !atomic_load_explicit(&thief->done, memory_order_acquire))
			sched_yield();
	}
}

/* Owner and thieves meet at the last value, again and again. */
static void phase_nearly_empty(struct hammer *owner, uint64_t until)
{
	while (ops_left(owner, until)) {
		const uint64_t burst = 1 + pauses_random(&owner->pauses, BURST_MAX);

		for (uint64_t i = 0; i < burst && ops_left(owner, until); i++)
			push(owner);
		while (ops_left(owner, until) && take(owner))
			;
	}
}

/* `pushes` of 8 operations are pushes. */
static void phase_mixed(struct hammer *owner, uint64_t until, uint64_t pushes)
{
	while (ops_left(owner, until))
		if (pauses_random(&owner->pauses, 8) < pushes)
			push(owner);
		else
			take(owner);
}

static void hammer_as_owner(struct hammer *owner)
{
	static const uint64_t grow = 6, shrink = 2;
	const uint64_t ops = owner->shared->options.ops;

	for (unsigned phase = 0; ops_left(owner, ops); phase++) {
		const uint64_t length = PHASE_OPS_MIN + pauses_random(&owner->pauses, PHASE_OPS_MORE);
		const uint64_t until = owner->ops + length < ops ? owner->ops + length : ops;

		switch (phase % 4) {
		case 0:
			phase_mixed(owner, until, grow);
			wait_for_thieves(owner);
			break;
		case 1:
			phase_mixed(owner, until, shrink);
			break;
		case 2:
			while (ops_left(owner, until) && take(owner))
				;
			break;
		default:
			phase_nearly_empty(owner, until);
			break;
		}
	}
}

/* The thieves have left off: what is still there, the owner gets, or it is lost. */
static void drain(struct hammer *owner)
{
	while (atomic_load_explicit(&owner->shared->left, memory_order_acquire) < owner->shared->options.thieves)
		sched_yield();
	while (ops_left(owner, UINT64_MAX))
		if (!take(owner))
			return;
	owner->exhausted = true;
}

/* --- Thieves --- */

/* Takes up to `wanted` values. Returns how many, or 0 and *why. */
static unsigned steal_up_to(struct hammer *thief, uint64_t *loot, unsigned wanted, enum wsc_reason *why)
{
	const struct harness_impl *impl = thief->shared->options.impl;
	void *deque = thief->shared->deque;
	unsigned taken = 0;

	if (impl->steal_batch && wanted > 1) {
		taken = wanted;
		*why = impl->steal_batch(deque, loot, &taken);
		return *why == WSC_REASON_NONE && taken <= wanted ? taken : 0;
	}
	while (taken < wanted && (*why = impl->steal(deque, &loot[taken])) == WSC_REASON_NONE)
		taken++;
	return taken;
}

static void record_loot(struct hammer *thief, const uint64_t *loot, unsigned taken)
{
	for (unsigned i = 0; i < taken; i++) {
		if (loot[i] == 0) {
			thief->counts.zeros++;
			continue;
		}
		wsc_steal_success(thief->recorded, loot[i], OWNER);
		thief->slots += STEAL_SLOTS;
		thief->counts.stolen++;
	}
}

/* One attempt. Whether it took anything. */
static bool steal(struct hammer *thief)
{
	const uint64_t batch = thief->shared->options.batch;
	const unsigned wanted = 1 + (unsigned)pauses_random(&thief->pauses, batch);
	uint64_t loot[HARNESS_BATCH_MAX];
	enum wsc_reason why = WSC_REASON_NONE;
	unsigned taken;

	/* Before the attempt reads anything. */
	wsc_steal_start(thief->recorded, OWNER);
	taken = steal_up_to(thief, loot, wanted, &why);
	/* After the operations that decided it: only then is it known what this thief has. */
	if (taken > 0)
		record_loot(thief, loot, taken);
	else
		wsc_steal_failure(thief->recorded, OWNER, why);
	thief->slots += STEAL_SLOTS;
	thief->counts.attempts++;
	step(thief);
	return taken > 0;
}

static void hammer_as_thief(struct hammer *thief)
{
	const uint64_t reserve = STEAL_SLOTS * (1 + thief->shared->options.batch);
	unsigned failures = 0;

	/* Relaxed: a sign; the owner's next step waits for the thief's answer, not the other way round. */
	while (!atomic_load_explicit(&thief->shared->stop, memory_order_relaxed) &&
	       thief->slots + reserve < thief->shared->budget) {
		failures = steal(thief) ? 0 : failures + 1;
		if (failures == 0)
			pauses_between(&thief->pauses);
		else if (failures < STUCK_AFTER)
			pauses_wait((unsigned)pauses_random(&thief->pauses, failures) / 2);
		else
			pauses_wait(PAUSES_SPIN_LOG2_MAX + 1);
	}
	/* Release: the thief is out of the deque. Pairs with the acquires of the owner. */
	atomic_store_explicit(&thief->done, true, memory_order_release);
	atomic_fetch_add_explicit(&thief->shared->left, 1, memory_order_release);
}

/* --- Threads --- */

static void *hammer_main(void *argument)
{
	struct hammer *hammer = argument;
	struct shared *shared = hammer->shared;
	char name[32] = "owner";
	int go;

	if (hammer->id != OWNER)
		snprintf(name, sizeof(name), "thief %u", hammer->id);
	cpu_settle(hammer->id, shared->options.thieves + 1);
	hammer->recorded = wsc_attach(shared->options.recorder, hammer->id, name);
	step(hammer);
	/* Acquire: the deque is made. Pairs with the release in start(). */
	while ((go = atomic_load_explicit(&shared->go, memory_order_acquire)) == GO_WAIT)
		sched_yield();
	if (go == GO_RUN && hammer->id != OWNER) {
		hammer_as_thief(hammer);
	} else if (go == GO_RUN) {
		hammer_as_owner(hammer);
		/* Relaxed: as in hammer_as_thief(). */
		atomic_store_explicit(&shared->stop, true, memory_order_relaxed);
		drain(hammer);
	}
	wsc_detach(hammer->recorded);
	/* Release: all that the thread did. Pairs with the acquire in watch(). */
	atomic_fetch_add_explicit(&shared->ended, 1, memory_order_release);
	return NULL;
}

/* All threads, or none. */
static bool start(struct shared *shared, struct hammer *hammers)
{
	const unsigned threads = shared->options.thieves + 1;
	unsigned started = 0;
	bool ready = true;

	for (unsigned i = 0; i < threads; i++) {
		hammers[i].shared = shared;
		hammers[i].id = i;
		hammers[i].next = 1;
		ready = pauses_init(&hammers[i].pauses, shared->options.seed, i) && ready;
	}
	while (ready && started < threads) {
		ready = pthread_create(&hammers[started].thread, NULL, hammer_main, &hammers[started]) == 0;
		started += ready;
	}
	/* All begin only when all are there, attached and settled: rings take a while to make. */
	for (unsigned i = 0; ready && i < threads; i++)
		while (steps_of(&hammers[i]) == 0)
			sched_yield();
	/* Release: what was set up above. Pairs with the acquire in hammer_main(). */
	atomic_store_explicit(&shared->go, ready ? GO_RUN : GO_ABORT, memory_order_release);
	for (unsigned i = 0; !ready && i < started; i++)
		pthread_join(hammers[i].thread, NULL);
	return ready;
}

/* Waits until all threads are through. False: none has made a step for stall_ms. */
static bool watch(struct shared *shared, struct hammer *hammers)
{
	const struct timespec nap = {0, WATCH_MS * 1000000L};
	const unsigned threads = shared->options.thieves + 1;
	uint64_t last = 0;
	unsigned still_ms = 0;

	/* Acquire: pairs with the release at the end of hammer_main(). */
	while (atomic_load_explicit(&shared->ended, memory_order_acquire) < threads) {
		uint64_t steps = 0;

		nanosleep(&nap, NULL);
		for (unsigned i = 0; i < threads; i++)
			steps += steps_of(&hammers[i]);
		still_ms = steps == last ? still_ms + WATCH_MS : 0;
		last = steps;
		if (still_ms >= shared->options.stall_ms)
			return false;
	}
	for (unsigned i = 0; i < threads; i++)
		pthread_join(hammers[i].thread, NULL);
	return true;
}

static void add_up(const struct hammer *hammers, unsigned threads, struct harness_counts *counts)
{
	*counts = hammers[OWNER].counts;
	counts->exhausted = hammers[OWNER].exhausted;
	for (unsigned i = 1; i < threads; i++) {
		counts->stolen += hammers[i].counts.stolen;
		counts->attempts += hammers[i].counts.attempts;
		counts->zeros += hammers[i].counts.zeros;
	}
}

static void release(struct shared *shared, struct hammer *hammers)
{
	for (unsigned i = 0; i <= shared->options.thieves; i++)
		pauses_free(&hammers[i].pauses);
	if (shared->deque)
		shared->options.impl->free(shared->deque);
	free(hammers);
	free(shared);
}

enum harness_end harness_run(const struct harness_options *options, struct harness_counts *counts)
{
	const unsigned threads = options->thieves + 1;
	struct hammer *hammers = aligned_alloc(_Alignof(struct hammer), threads * sizeof(*hammers));
	struct shared *shared = calloc(1, sizeof(*shared));
	enum harness_end end = HARNESS_NO_RESOURCES;

	if (!hammers || !shared) {
		free(hammers);
		free(shared);
		return end;
	}
	for (unsigned i = 0; i < threads; i++)
		hammers[i] = (struct hammer){.id = i};
	shared->options = *options;
	shared->budget = harness_ring_events(options->ops);
	shared->deque = options->impl->init(options->impl->context);
	if (shared->deque && start(shared, hammers)) {
		/* The threads of a deque that hangs still use all this. */
		if (!watch(shared, hammers))
			return HARNESS_STALLED;
		add_up(hammers, threads, counts);
		end = HARNESS_DONE;
	}
	release(shared, hammers);
	return end;
}
