/* SPDX-License-Identifier: MIT */
/*
 * The stamps of record.h on a processor that the tests have no machine of, with nothing but libc: their unit and rate,
 * that they never run backwards in one thread, and A3 between two, one of which hands numbers to the other.
 */
#include <inttypes.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <unistd.h>

#include "clock.h"
#include "wscheck/record.h"

enum { READS = 100000, HAND_OVERS = 20000, RATE_US = 50000 };

static int failures;
static uint64_t box;                /* the number on offer, or 0 */
static uint64_t before[HAND_OVERS]; /* stamps: plain, before the store; fenced, after the load that saw it */
static uint64_t after[HAND_OVERS];

#define CHECK(condition, ...)                                                                                          \
	do {                                                                                                           \
		if (!(condition)) {                                                                                    \
			printf("%s: ", #condition);                                                                    \
			printf(__VA_ARGS__);                                                                           \
			putchar('\n');                                                                                 \
			failures++;                                                                                    \
		}                                                                                                      \
	} while (0)

static uint64_t rate(void)
{
	const struct clock_pair begin = clock_pair_raw();
	usleep(RATE_US);
	return clock_rate(begin, clock_pair_raw());
}

static void check_order(void)
{
	uint64_t last = wsc_stamp();
	for (int i = 0; i < READS; i++) {
		const uint64_t next = i % 2 != 0 ? wsc_stamp_fenced() : wsc_stamp();
		CHECK(next >= last, "%" PRIu64 " after %" PRIu64, next, last);
		last = next;
	}
}

static void *take(void *unused)
{
	(void)unused;
	for (uint64_t i = 1; i <= HAND_OVERS; i++) {
		/* Acquire: pairs with the release in hand_over(), whose stamp must come before. */
		while (__atomic_load_n(&box, __ATOMIC_ACQUIRE) != i)
			sched_yield();
		after[i - 1] = wsc_stamp_fenced();
		__atomic_store_n(&box, 0, __ATOMIC_RELEASE); /* pairs with the load in hand_over() */
	}
	return NULL;
}

static void hand_over(void)
{
	for (uint64_t i = 1; i <= HAND_OVERS; i++) {
		before[i - 1] = wsc_stamp();
		__atomic_store_n(&box, i, __ATOMIC_RELEASE); /* pairs with take() */
		while (__atomic_load_n(&box, __ATOMIC_ACQUIRE) != 0)
			sched_yield();
	}
}

int main(void)
{
	pthread_t thread;
	const uint64_t ticks_per_second = rate();
	uint64_t reversed = 0, largest = 0;
	check_order();
	if (pthread_create(&thread, NULL, take, NULL) != 0)
		return 77;
	hand_over();
	pthread_join(thread, NULL);
	for (int i = 0; i < HAND_OVERS; i++) {
		const uint64_t ticks = before[i] > after[i] ? before[i] - after[i] : 0;
		const uint64_t ns = clock_ticks_ns(ticks, ticks_per_second);
		reversed += ns > CLOCK_UNCERTAINTY_UNMEASURED_NS;
		largest = ns > largest ? ns : largest;
	}
	CHECK(reversed == 0, "%" PRIu64 " of %d hand-overs, by up to %" PRIu64 " ns", reversed, (int)HAND_OVERS,
	      largest);
#if defined(__aarch64__) && !defined(WSC_CLOCK_PORTABLE)
	uint64_t frequency;
	__asm__("mrs %0, cntfrq_el0" : "=r"(frequency));
	CHECK(clock_unit() == WSC_CLOCK_TICKS, "unit %d", (int)clock_unit());
	CHECK(ticks_per_second > frequency / 100 * 99 && ticks_per_second < frequency / 100 * 101,
	      "%" PRIu64 " ticks a second measured, the processor says %" PRIu64, ticks_per_second, frequency);
#endif
	return failures != 0;
}
