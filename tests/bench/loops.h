/* SPDX-License-Identifier: MIT */
/*
 * What the benchmarks of the recorder share: the yardstick, real work of two kinds, and loops of work with one event in
 * each round. The yardstick, the "limit", is the least that any tracer with timestamps does: rdtsc, a 16-byte store and a
 * release store of the index.
 */
#ifndef BENCH_LOOPS_H
#define BENCH_LOOPS_H

#include <stddef.h>
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
 * The work is straight code: the exit of an inner loop may be mispredicted or not depending on what stands around it. And it
 * is one copy, which is called, and keeps what it works on in registers: were it inlined, the compiler would move
 * registers about, and the processor cut the instructions into groups, differently around each tracer. All that costs
 * more than the event that is to be measured. The barriers keep the compiler from folding and vectorizing.
 */
#define FOUR(statement)    statement statement statement statement
#define SIXTEEN(statement) FOUR(FOUR(statement))
#define SIXTY(statement)                                                                                               \
	SIXTEEN(statement) SIXTEEN(statement) SIXTEEN(statement) FOUR(statement) FOUR(statement) FOUR(statement)
#define BENCH_APART static __attribute__((noinline, aligned(64)))

/* Each operation waits for the one before. */
BENCH_APART uint64_t work_latency(uint64_t x)
{
	SIXTY(x *= UINT64_C(6364136223846793005); __asm__ __volatile__("" : "+r"(x));)
	return x;
}

/* Six independent accumulators keep the ports busy. */
struct alu {
	uint64_t b0, b1, b2, b3, b4, b5;
};

#if defined(__x86_64__)
#define ALU_ROUND                                                                                                      \
	"mov %r14,%rax; shl $3,%rax; add %rax,%r14; mov %r15,%rax; shr $5,%rax; xor %rax,%r15;"                        \
	"mov %r8,%rax; shl $7,%rax; add %rax,%r8; mov %r9,%rax; shr $9,%rax; xor %rax,%r9;"                            \
	"mov %r10,%rax; shl $11,%rax; add %rax,%r10; mov %r11,%rax; shr $13,%rax; xor %rax,%r11;"
__asm__(".text; .p2align 6; bench_work_alu: .rept 32; " ALU_ROUND ".endr; ret");

static WSC_HOT void work_alu(struct alu *a)
{
	register uint64_t b0 __asm__("r14") = a->b0, b1 __asm__("r15") = a->b1, b2 __asm__("r8") = a->b2,
	                     b3 __asm__("r9") = a->b3, b4 __asm__("r10") = a->b4, b5 __asm__("r11") = a->b5;
	/* Steps over what a function may keep below its stack pointer. */
	__asm__ __volatile__("lea -128(%%rsp),%%rsp; call bench_work_alu; lea 128(%%rsp),%%rsp"
	                     : "+r"(b0), "+r"(b1), "+r"(b2), "+r"(b3), "+r"(b4), "+r"(b5)
	                     :
	                     : "rax", "cc");
	*a = (struct alu){b0, b1, b2, b3, b4, b5};
}
#else
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

BENCH_APART void work_alu(struct alu *all)
{
	struct alu a = *all;
	SIXTEEN(work_alu_round(&a);)
	SIXTEEN(work_alu_round(&a);)
	*all = a;
}
#endif

/*
 * One copy of a loop for each work and tracer, so that nothing is decided inside, and PHASES of each, which differ in a
 * few instructions that do nothing. How the processor groups what stands around rdtsc costs up to 2 ns an event more
 * or less, the yardstick too, and changes with any instruction: each is measured at all phases, and the median is taken.
 * `record` uses `ring`, `w` and `i`.
 */
enum { PHASES = 8 };
#define BENCH_LOOP(name, work, phase, record)                                                                          \
	BENCH_APART void name(struct limit_ring *ring, wsc_worker *w)                                                  \
	{                                                                                                              \
		uint64_t x = 1;                                                                                        \
		struct alu a = {1, 2, 3, 4, 5, 6};                                                                     \
		(void)ring;                                                                                            \
		(void)w;                                                                                               \
		for (uint64_t i = 0; i < BURST; i++) {                                                                 \
			record;                                                                                        \
			__asm__ __volatile__(".rept " #phase "; nop; .endr");                                          \
			if ((work) == LATENCY)                                                                         \
				x = work_latency(x);                                                                   \
			else if ((work) == ALU)                                                                        \
				work_alu(&a);                                                                          \
			__asm__ __volatile__("" ::"r"(i));                                                             \
		}                                                                                                      \
		__asm__ __volatile__("" ::"r"(x), "r"(a.b0));                                                          \
	}
#define BENCH_PHASE(tracer, phase, record)                                                                             \
	BENCH_LOOP(loop_tight_##tracer##phase, TIGHT, phase, record)                                                   \
	BENCH_LOOP(loop_latency_##tracer##phase, LATENCY, phase, record)                                               \
	BENCH_LOOP(loop_alu_##tracer##phase, ALU, phase, record)
#define BENCH_LOOPS(tracer, record)                                                                                    \
	BENCH_PHASE(tracer, 0, record)                                                                                 \
	BENCH_PHASE(tracer, 1, record)                                                                                 \
	BENCH_PHASE(tracer, 2, record)                                                                                 \
	BENCH_PHASE(tracer, 3, record)                                                                                 \
	BENCH_PHASE(tracer, 4, record)                                                                                 \
	BENCH_PHASE(tracer, 5, record)                                                                                 \
	BENCH_PHASE(tracer, 6, record)                                                                                 \
	BENCH_PHASE(tracer, 7, record)
#define BENCH_PHASE_ROW(name)                                                                                          \
	{                                                                                                              \
		name##0, name##1, name##2, name##3, name##4, name##5, name##6, name##7                                 \
	}
#define BENCH_ROW(tracer)                                                                                              \
	{                                                                                                              \
		BENCH_PHASE_ROW(loop_tight_##tracer), BENCH_PHASE_ROW(loop_latency_##tracer),                          \
		    BENCH_PHASE_ROW(loop_alu_##tracer)                                                                 \
	}
typedef void bench_loop(struct limit_ring *, wsc_worker *);

static inline double clock_ns(clockid_t clock)
{
	struct timespec now;
	clock_gettime(clock, &now);
	return (double)now.tv_sec * 1e9 + (double)now.tv_nsec;
}

static inline double now_ns(void)
{
	return clock_ns(CLOCK_MONOTONIC);
}

/* Processor time of this thread: what it takes from its own work, and not what other threads take of the processors. */
static inline double thread_ns(void)
{
	return clock_ns(CLOCK_THREAD_CPUTIME_ID);
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
