/* SPDX-License-Identifier: MIT */
/*
 * What the benchmarks of the recorder share: the yardstick, real work of two kinds, and loops of work with one event in
 * each round. The yardstick, the "limit", is the least that any tracer with timestamps does: rdtsc, a 16-byte store and a
 * release store of the index.
 */
#ifndef BENCH_LOOPS_H
#define BENCH_LOOPS_H

#include <stdint.h>
#include <stdlib.h>
#include <time.h>

#include "wscheck/record.h"

#define BURST 32768u /* rounds of a loop */

struct limit_ring {
	uint64_t head;
	struct wsc_slot *slots;
	uint64_t mask;
};

enum work { TIGHT, LATENCY, ALU, WORKS };
static const char *const work_names[WORKS] = {"tight", "latency", "alu"};

static WSC_HOT void record_limit(struct limit_ring *ring, uint64_t task)
{
	const uint64_t head = __atomic_load_n(&ring->head, __ATOMIC_RELAXED);
	struct wsc_slot *slot = &ring->slots[head & ring->mask];
	slot->word[0] = wsc_stamp();
	slot->word[1] = task;
	__atomic_store_n(&ring->head, head + 1, __ATOMIC_RELEASE); /* pairs with nothing: it is what is measured */
}

/*
 * Straight code: the exit of an inner loop may be mispredicted or not depending on what stands around it, which costs
 * more than the event that is to be measured. The barriers keep the compiler from folding and vectorizing.
 */
#define FOUR(statement)    statement statement statement statement
#define SIXTEEN(statement) FOUR(FOUR(statement))
#define SIXTY(statement)                                                                                               \
	SIXTEEN(statement) SIXTEEN(statement) SIXTEEN(statement) FOUR(statement) FOUR(statement) FOUR(statement)

/* Each operation waits for the one before. */
static WSC_HOT uint64_t work_latency(uint64_t x)
{
	SIXTY(x *= UINT64_C(6364136223846793005); __asm__ __volatile__("" : "+r"(x));)
	return x;
}

/* Six independent accumulators keep the ports busy and leave registers for what is measured. */
struct alu {
	uint64_t b0, b1, b2, b3, b4, b5;
};

static WSC_HOT void work_alu_round(struct alu *a)
{
	a->b0 += a->b0 << 3;
	a->b1 ^= a->b1 >> 5;
	a->b2 += a->b2 << 7;
	a->b3 ^= a->b3 >> 9;
	a->b4 += a->b4 << 11;
	a->b5 ^= a->b5 >> 13;
	__asm__ __volatile__("" : "+r"(a->b0), "+r"(a->b1), "+r"(a->b2), "+r"(a->b3), "+r"(a->b4), "+r"(a->b5));
}

static WSC_HOT struct alu work_alu(struct alu a)
{
	SIXTEEN(work_alu_round(&a);)
	SIXTEEN(work_alu_round(&a);)
	return a;
}

/* One copy of a loop for each work and tracer, so that nothing is decided inside. `record` uses `ring`, `w` and `i`. */
#define BENCH_LOOP(name, work, record)                                                                                 \
	static __attribute__((noinline, aligned(64))) void name(struct limit_ring *ring, wsc_worker *w)                \
	{                                                                                                              \
		uint64_t x = 1;                                                                                        \
		struct alu a = {1, 2, 3, 4, 5, 6};                                                                     \
		(void)ring;                                                                                            \
		(void)w;                                                                                               \
		for (uint64_t i = 0; i < BURST; i++) {                                                                 \
			record;                                                                                        \
			if ((work) == LATENCY)                                                                         \
				x = work_latency(x);                                                                   \
			else if ((work) == ALU)                                                                        \
				a = work_alu(a);                                                                       \
			__asm__ __volatile__("" ::"r"(i));                                                             \
		}                                                                                                      \
		__asm__ __volatile__("" ::"r"(x), "r"(a.b0));                                                          \
	}
#define BENCH_LOOPS(tracer, record)                                                                                    \
	BENCH_LOOP(loop_tight_##tracer, TIGHT, record)                                                                 \
	BENCH_LOOP(loop_latency_##tracer, LATENCY, record)                                                             \
	BENCH_LOOP(loop_alu_##tracer, ALU, record)
#define BENCH_ROW(tracer)                                                                                              \
	{                                                                                                              \
		loop_tight_##tracer, loop_latency_##tracer, loop_alu_##tracer                                          \
	}
typedef void bench_loop(struct limit_ring *, wsc_worker *);

static inline double now_ns(void)
{
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec * 1e9 + (double)now.tv_nsec;
}

struct spread {
	double median, low, high; /* of many, the tenth from either end */
};

static inline int compare_doubles(const void *a, const void *b)
{
	const double x = *(const double *)a, y = *(const double *)b;
	return (x > y) - (x < y);
}

static inline struct spread spread_of(double *values, int count)
{
	qsort(values, (size_t)count, sizeof(*values), compare_doubles);
	return (struct spread){values[count / 2], values[count / 10], values[count - 1 - count / 10]};
}

#endif
