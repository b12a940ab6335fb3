/* SPDX-License-Identifier: MIT */
/* The helpers that measure how far stamps of two threads can contradict what happened. See clock.h. */
#include <pthread.h>
#include <sched.h>
#include <stdlib.h>

#include "clock.h"
#include "wscheck/record.h"

enum probe_phase { PROBE_CAS, PROBE_STORE, PROBE_STOP };

#define PROBE_HELPERS 2
/* Rounds in which both helpers took part, of each kind, for the result to count. */
#define PROBE_ROUNDS_MIN 100u

struct clock_probe {
	uint32_t references; /* the helpers and the one that started them; the last frees */
	uint32_t phase;
	uint32_t done;
	uint64_t rounds[2]; /* by phase */
	uint64_t reversal;
	int cpu[PROBE_HELPERS];
	uint64_t contended __attribute__((aligned(WSC_CACHE_LINE))); /* the stamp before the last CAS that won */
	uint64_t ball[PROBE_HELPERS] __attribute__((aligned(WSC_CACHE_LINE)));
};

struct probe_helper {
	struct clock_probe *probe;
	unsigned index;
	uint64_t reversal;
	uint64_t rounds[2];
};

static void probe_release(struct clock_probe *probe)
{
	/* Acquire and release: whoever frees comes after every use by the others. Pairs with itself. */
	if (__atomic_sub_fetch(&probe->references, 1, __ATOMIC_ACQ_REL) == 0)
		free(probe);
}

static bool probe_in_phase(const struct clock_probe *probe, uint32_t phase)
{
	/* Relaxed: a switch that orders nothing. Pairs with clock_probe_next() and clock_probe_stop(). */
	return __atomic_load_n(&probe->phase, __ATOMIC_RELAXED) == phase;
}

static void note_reversal(struct probe_helper *helper, uint64_t before, uint64_t after)
{
	if (before > after && before - after > helper->reversal)
		helper->reversal = before - after;
}

/*
 * Each CAS writes the stamp read before it. So the winner finds in the old value a stamp that was read before an
 * earlier CAS, and none of those may be later than the stamp that it reads after its own.
 */
static void probe_cas(struct probe_helper *helper)
{
	uint64_t *word = &helper->probe->contended;
	uint64_t own = 0;
	while (probe_in_phase(helper->probe, PROBE_CAS)) {
		/* Acquire, release: the orders a thief's CAS has; both sides of the pair are this function. */
		uint64_t old = __atomic_load_n(word, __ATOMIC_ACQUIRE);
		const uint64_t before = wsc_stamp();
		if (!__atomic_compare_exchange_n(word, &old, before, false, __ATOMIC_ACQ_REL, __ATOMIC_RELAXED))
			continue;
		note_reversal(helper, old, wsc_stamp_fenced());
		helper->rounds[PROBE_CAS] += old != own;
		own = before;
	}
}

/* Each in turn stores the stamp read before the store; the other reads a plain stamp after the load that sees it. */
static void probe_store(struct probe_helper *helper)
{
	uint64_t *mine = &helper->probe->ball[helper->index];
	const uint64_t *theirs = &helper->probe->ball[1 - helper->index];
	uint64_t seen = 0;
	if (helper->index == 0)
		__atomic_store_n(mine, wsc_stamp(), __ATOMIC_RELEASE); /* pairs with the load below */
	while (probe_in_phase(helper->probe, PROBE_STORE)) {
		/* Acquire: as a worker that finds a task. Pairs with the release stores here. */
		const uint64_t ball = __atomic_load_n(theirs, __ATOMIC_ACQUIRE);
		if (ball == seen)
			continue;
		note_reversal(helper, ball, wsc_stamp());
		seen = ball;
		helper->rounds[PROBE_STORE]++;
		__atomic_store_n(mine, wsc_stamp(), __ATOMIC_RELEASE); /* pairs with the load above */
	}
}

static void probe_report(const struct probe_helper *helper)
{
	struct clock_probe *probe = helper->probe;
	for (int i = 0; i < 2; i++) /* relaxed: published by `done` below */
		__atomic_fetch_add(&probe->rounds[i], helper->rounds[i], __ATOMIC_RELAXED);
	/* Relaxed, twice: a maximum, published by `done`. */
	uint64_t largest = __atomic_load_n(&probe->reversal, __ATOMIC_RELAXED);
	while (helper->reversal > largest && !__atomic_compare_exchange_n(&probe->reversal, &largest, helper->reversal,
	                                                                  false, __ATOMIC_RELAXED, __ATOMIC_RELAXED))
		continue;
	/* Release: the results before the count. Pairs with clock_probe_stop(). */
	__atomic_fetch_add(&probe->done, 1, __ATOMIC_RELEASE);
}

static void *probe_main(void *argument)
{
	struct probe_helper helper = *(struct probe_helper *)argument;
	free(argument);
	cpu_set_t cpus;
	CPU_ZERO(&cpus);
	CPU_SET((unsigned)helper.probe->cpu[helper.index], &cpus);
	/* Where this fails, the helper runs wherever it is put. */
	pthread_setaffinity_np(pthread_self(), sizeof(cpus), &cpus);
	probe_cas(&helper);
	probe_store(&helper);
	probe_report(&helper);
	probe_release(helper.probe);
	return NULL;
}

/* The first and the last CPU that this process may use; false when there is only one, or no telling. */
static bool choose_cpus(int cpu[PROBE_HELPERS])
{
	cpu_set_t cpus;
	CPU_ZERO(&cpus);
	if (sched_getaffinity(0, sizeof(cpus), &cpus) != 0 || CPU_COUNT(&cpus) < PROBE_HELPERS)
		return false;
	cpu[0] = -1;
	for (int i = 0; i < CPU_SETSIZE; i++) {
		if (!CPU_ISSET((unsigned)i, &cpus))
			continue;
		if (cpu[0] < 0)
			cpu[0] = i;
		cpu[1] = i;
	}
	return true;
}

bool clock_single_cpu(void)
{
	cpu_set_t cpus;
	CPU_ZERO(&cpus);
	return sched_getaffinity(0, sizeof(cpus), &cpus) == 0 && CPU_COUNT(&cpus) == 1;
}

static bool start_helper(struct clock_probe *probe, unsigned index)
{
	struct probe_helper *helper = calloc(1, sizeof(*helper));
	if (helper == NULL)
		return false;
	helper->probe = probe;
	helper->index = index;
	pthread_t thread;
	if (pthread_create(&thread, NULL, probe_main, helper) != 0) {
		free(helper);
		return false;
	}
	pthread_detach(thread);
	return true;
}

struct clock_probe *clock_probe_start(void)
{
	struct clock_probe *probe = aligned_alloc(WSC_CACHE_LINE, sizeof(*probe));
	if (probe == NULL)
		return NULL;
	*probe = (struct clock_probe){.references = 1 + PROBE_HELPERS, .phase = PROBE_CAS};
	if (!choose_cpus(probe->cpu)) {
		free(probe);
		return NULL;
	}
	for (unsigned i = 0; i < PROBE_HELPERS; i++) {
		if (!start_helper(probe, i))
			probe_release(probe);
	}
	return probe;
}

static void set_phase(struct clock_probe *probe, uint32_t phase)
{
	/* Relaxed: a switch. Pairs with probe_in_phase(). */
	__atomic_store_n(&probe->phase, phase, __ATOMIC_RELAXED);
}

void clock_probe_next(struct clock_probe *probe)
{
	if (probe != NULL)
		set_phase(probe, PROBE_STORE);
}

bool clock_probe_stop(struct clock_probe *probe, uint64_t *reversal)
{
	if (probe == NULL)
		return false;
	set_phase(probe, PROBE_STOP);
	/* Running helpers answer within a microsecond; one that is not on a CPU is not waited for. Acquire: pairs with
	 * probe_report(). */
	const uint64_t begin = wsc_clock_ns();
	while (__atomic_load_n(&probe->done, __ATOMIC_ACQUIRE) < PROBE_HELPERS && wsc_clock_ns() - begin < 1000000u)
		sched_yield();
	/* Acquire: as above. */
	bool measured = __atomic_load_n(&probe->done, __ATOMIC_ACQUIRE) == PROBE_HELPERS;
	for (int i = 0; i < 2; i++) /* relaxed: ordered by `done` */
		measured = measured && __atomic_load_n(&probe->rounds[i], __ATOMIC_RELAXED) >= PROBE_ROUNDS_MIN;
	*reversal = __atomic_load_n(&probe->reversal, __ATOMIC_RELAXED); /* ordered by `done` */
	probe_release(probe);
	return measured;
}
