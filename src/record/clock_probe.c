/* SPDX-License-Identifier: MIT */
/* The helpers that measure how far stamps of two threads can contradict what happened. See clock.h. */
#include <pthread.h>
#include <sched.h>
#include <stdlib.h>

#include "clock.h"
#include "wscheck/record.h"

enum probe_phase { PROBE_CAS, PROBE_STORE, PROBE_STOP };

#define PROBE_HELPERS 2

/* What one helper has seen so far; on a line of its own. */
struct probe_result {
	uint64_t rounds[PROBE_STOP]; /* in which the other took part, by phase */
	uint64_t reversal;
} __attribute__((aligned(WSC_CACHE_LINE)));

struct clock_probe {
	uint32_t references; /* the helpers and the one that started them; the last frees */
	uint32_t phase;
	int cpu[PROBE_HELPERS];
	struct probe_result results[PROBE_HELPERS];
	uint64_t contended __attribute__((aligned(WSC_CACHE_LINE))); /* the stamp before the last CAS that won */
	uint64_t ball[PROBE_HELPERS] __attribute__((aligned(WSC_CACHE_LINE)));
};

struct probe_helper {
	struct clock_probe *probe;
	unsigned index;
	uint64_t seen; /* the last ball */
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

/* One round: `before` was read before something of the other's that came before `after` was read. */
static void note_round(const struct probe_helper *helper, enum probe_phase phase, uint64_t before, uint64_t after)
{
	struct probe_result *result = &helper->probe->results[helper->index];
	/* Relaxed, all four: only this thread writes them, and they are read as mere numbers by clock_probe_stop(). */
	if (before > after && before - after > __atomic_load_n(&result->reversal, __ATOMIC_RELAXED))
		__atomic_store_n(&result->reversal, before - after, __ATOMIC_RELAXED);
	__atomic_store_n(&result->rounds[phase], __atomic_load_n(&result->rounds[phase], __ATOMIC_RELAXED) + 1,
	                 __ATOMIC_RELAXED);
}

/*
 * Each CAS writes the stamp read before it. So the winner finds in the old value a stamp that was read before an
 * earlier CAS, which may not be later than the stamp that it reads after its own.
 */
static void probe_cas(const struct probe_helper *helper)
{
	uint64_t *word = &helper->probe->contended;
	uint64_t own = 0;
	while (probe_in_phase(helper->probe, PROBE_CAS)) {
		/* Acquire, release: the orders a thief's CAS has; both sides of the pair are this function. */
		uint64_t old = __atomic_load_n(word, __ATOMIC_ACQUIRE);
		const uint64_t before = wsc_stamp();
		if (!__atomic_compare_exchange_n(word, &old, before, false, __ATOMIC_ACQ_REL, __ATOMIC_RELAXED))
			continue;
		const uint64_t after = wsc_stamp_fenced();
		if (old != own)
			note_round(helper, PROBE_CAS, old, after);
		own = before;
	}
}

/* Each in turn stores the stamp read before the store; the other reads a plain stamp after the load that sees it. */
static void probe_store(struct probe_helper *helper)
{
	uint64_t *mine = &helper->probe->ball[helper->index];
	const uint64_t *theirs = &helper->probe->ball[1 - helper->index];
	while (probe_in_phase(helper->probe, PROBE_STORE)) {
		/* Acquire: as a worker that finds a task. Pairs with the release store below. */
		const uint64_t ball = __atomic_load_n(theirs, __ATOMIC_ACQUIRE);
		if (ball == helper->seen)
			continue;
		const uint64_t after = wsc_stamp();
		helper->seen = ball;
		note_round(helper, PROBE_STORE, ball, after);
		/* Release: as a worker that makes a task visible. Pairs with the load above. */
		__atomic_store_n(mine, wsc_stamp(), __ATOMIC_RELEASE);
	}
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
	while (!probe_in_phase(helper.probe, PROBE_STOP)) {
		probe_cas(&helper);
		probe_store(&helper);
	}
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
	*probe = (struct clock_probe){.references = 1 + PROBE_HELPERS, .phase = PROBE_CAS, .ball = {1, 0}};
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

void clock_probe_next(struct clock_probe *probe)
{
	if (probe == NULL)
		return;
	/* Relaxed, twice: a switch that only this thread turns. Pairs with probe_in_phase(). */
	const uint32_t phase = __atomic_load_n(&probe->phase, __ATOMIC_RELAXED);
	__atomic_store_n(&probe->phase, phase == PROBE_CAS ? PROBE_STORE : PROBE_CAS, __ATOMIC_RELAXED);
}

bool clock_probe_has(const struct clock_probe *probe, uint64_t rounds)
{
	for (int phase = 0; phase < PROBE_STOP; phase++) {
		uint64_t sum = 0;
		for (int i = 0; i < PROBE_HELPERS; i++) /* relaxed: mere numbers */
			sum += __atomic_load_n(&probe->results[i].rounds[phase], __ATOMIC_RELAXED);
		if (sum < rounds)
			return false;
	}
	return true;
}

bool clock_probe_stop(struct clock_probe *probe, uint64_t *reversal)
{
	if (probe == NULL)
		return false;
	/* Relaxed: a switch, as above. A helper that is not on a CPU sees it when it is. */
	__atomic_store_n(&probe->phase, PROBE_STOP, __ATOMIC_RELAXED);
	*reversal = 0;
	for (int i = 0; i < PROBE_HELPERS; i++) {
		/* Relaxed: a mere number, and one round more or less does not matter. */
		const uint64_t largest = __atomic_load_n(&probe->results[i].reversal, __ATOMIC_RELAXED);
		*reversal = largest > *reversal ? largest : *reversal;
	}
	const bool measured = clock_probe_has(probe, CLOCK_PROBE_ROUNDS_MIN);
	probe_release(probe);
	return measured;
}
