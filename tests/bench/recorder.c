/* SPDX-License-Identifier: MIT */
/*
 * What recording an event costs: in a tight loop, and added to real work, latency-bound and ALU-bound. The yardstick,
 * in the same process and interleaved with it, is the least that any tracer with timestamps does: rdtsc, a 16-byte
 * store and a release store of the index.
 *
 * Bursts of half a ring are timed, and the drain thread empties the ring between them, as it does when a scheduler
 * records: nothing is dropped (which would be cheaper). `--json` prints one JSON object.
 */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "wscheck/record.h"

#define REPETITIONS 15
#define BURST       32768u
#define BURSTS      6
#define CHAIN       60
#define ALU_ROUNDS  24

struct limit_ring {
	uint64_t head;
	struct wsc_slot *slots;
	uint64_t mask;
};

enum work { TIGHT, LATENCY, ALU, WORKS };
enum tracer { NOTHING, LIMIT, OURS, TRACERS };
static const char *const work_names[WORKS] = {"tight", "latency", "alu"};

static struct limit_ring limit;
static wsc_worker *worker;

static WSC_HOT void record_limit(struct limit_ring *ring, uint64_t task)
{
	const uint64_t head = __atomic_load_n(&ring->head, __ATOMIC_RELAXED);
	struct wsc_slot *slot = &ring->slots[head & ring->mask];
	slot->word[0] = wsc_stamp();
	slot->word[1] = task;
	__atomic_store_n(&ring->head, head + 1, __ATOMIC_RELEASE); /* pairs with nothing: it is what is measured */
}

static WSC_HOT void record(enum tracer tracer, struct limit_ring *ring, wsc_worker *w, uint64_t task)
{
	if (tracer == LIMIT)
		record_limit(ring, task);
	else if (tracer == OURS)
		wsc_exec_start(w, task);
}

/* Each operation waits for the one before; the barrier keeps the compiler from folding them. */
static WSC_HOT uint64_t work_latency(uint64_t x)
{
	for (int i = 0; i < CHAIN; i++) {
		x *= UINT64_C(6364136223846793005);
		__asm__ __volatile__("" : "+r"(x));
	}
	return x;
}

/* Eight independent accumulators keep every port busy. */
static WSC_HOT void work_alu(uint64_t a[8])
{
	uint64_t b0 = a[0], b1 = a[1], b2 = a[2], b3 = a[3], b4 = a[4], b5 = a[5], b6 = a[6], b7 = a[7];
	for (int i = 0; i < ALU_ROUNDS; i++) {
		b0 += b0 << 3;
		b1 ^= b1 >> 5;
		b2 += b2 << 7;
		b3 ^= b3 >> 9;
		b4 += b4 << 11;
		b5 ^= b5 >> 13;
		b6 += b6 << 17;
		b7 ^= b7 >> 19;
		/* Keeps the compiler from vectorizing or folding the rounds. */
		__asm__ __volatile__(""
		                     : "+r"(b0), "+r"(b1), "+r"(b2), "+r"(b3), "+r"(b4), "+r"(b5), "+r"(b6), "+r"(b7));
	}
	a[0] = b0, a[1] = b1, a[2] = b2, a[3] = b3, a[4] = b4, a[5] = b5, a[6] = b6, a[7] = b7;
}

static volatile uint64_t sink;

/* One copy of the loop for each work and tracer, so that nothing is decided inside. */
#define BENCH_LOOP(work, tracer)                                                                                       \
	static __attribute__((noinline)) void loop_##work##_##tracer(struct limit_ring *ring, wsc_worker *w)           \
	{                                                                                                              \
		uint64_t x = 1, a[8] = {1, 2, 3, 4, 5, 6, 7, 8};                                                       \
		for (uint64_t i = 0; i < BURST; i++) {                                                                 \
			record(tracer, ring, w, i);                                                                    \
			if ((work) == LATENCY)                                                                         \
				x = work_latency(x);                                                                   \
			else if ((work) == ALU)                                                                        \
				work_alu(a);                                                                           \
			__asm__ __volatile__("" ::"r"(i));                                                             \
		}                                                                                                      \
		sink = x + a[0];                                                                                       \
	}
BENCH_LOOP(TIGHT, NOTHING)
BENCH_LOOP(TIGHT, LIMIT)
BENCH_LOOP(TIGHT, OURS)
BENCH_LOOP(LATENCY, NOTHING)
BENCH_LOOP(LATENCY, LIMIT)
BENCH_LOOP(LATENCY, OURS)
BENCH_LOOP(ALU, NOTHING)
BENCH_LOOP(ALU, LIMIT)
BENCH_LOOP(ALU, OURS)

typedef void bench_loop(struct limit_ring *, wsc_worker *);
static bench_loop *const loops[WORKS][TRACERS] = {
    {loop_TIGHT_NOTHING, loop_TIGHT_LIMIT, loop_TIGHT_OURS},
    {loop_LATENCY_NOTHING, loop_LATENCY_LIMIT, loop_LATENCY_OURS},
    {loop_ALU_NOTHING, loop_ALU_LIMIT, loop_ALU_OURS},
};

static double now_ns(void)
{
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec * 1e9 + (double)now.tv_nsec;
}

static void wait_until_drained(void)
{
	/* Acquire: looks at the consumer's word from outside; pairs with its release of the slots. */
	while (__atomic_load_n(&worker->tail, __ATOMIC_ACQUIRE) != __atomic_load_n(&worker->head, __ATOMIC_RELAXED))
		usleep(200);
}

/* ns per iteration: the fastest of a few bursts, since whatever else runs on the machine only ever adds. */
static double measure(enum work work, enum tracer tracer)
{
	double best = 1e300;
	for (int i = 0; i < BURSTS; i++) {
		wait_until_drained();
		const double begin = now_ns();
		loops[work][tracer](&limit, worker);
		const double ns = (now_ns() - begin) / BURST;
		best = ns < best ? ns : best;
	}
	return best;
}

static int compare(const void *a, const void *b)
{
	const double x = *(const double *)a, y = *(const double *)b;
	return (x > y) - (x < y);
}

struct spread {
	double median, low, high;
};

static struct spread spread_of(double values[REPETITIONS])
{
	qsort(values, REPETITIONS, sizeof(*values), compare);
	return (struct spread){values[REPETITIONS / 2], values[REPETITIONS / 10],
	                       values[REPETITIONS - 1 - REPETITIONS / 10]};
}

struct result {
	struct spread alone, limit, ours; /* ns per iteration */
	struct spread limit_added, ours_added, difference, ratio;
};

static struct result summarize(double ns[TRACERS][REPETITIONS])
{
	double limit_added[REPETITIONS], ours_added[REPETITIONS], difference[REPETITIONS], ratio[REPETITIONS];
	for (int i = 0; i < REPETITIONS; i++) { /* paired: of the same repetition */
		limit_added[i] = ns[LIMIT][i] - ns[NOTHING][i];
		ours_added[i] = ns[OURS][i] - ns[NOTHING][i];
		difference[i] = ns[OURS][i] - ns[LIMIT][i];
		ratio[i] = ns[OURS][i] / ns[LIMIT][i];
	}
	return (struct result){spread_of(ns[NOTHING]), spread_of(ns[LIMIT]),  spread_of(ns[OURS]),
	                       spread_of(limit_added), spread_of(ours_added), spread_of(difference),
	                       spread_of(ratio)};
}

static void print_text(const struct result results[WORKS])
{
	printf("%-8s %10s %10s %10s %12s %12s %22s\n", "work", "alone ns", "limit ns", "ours ns", "limit adds",
	       "ours adds", "ours - limit ns");
	for (int work = 0; work < WORKS; work++) {
		const struct result *r = &results[work];
		printf("%-8s %10.2f %10.2f %10.2f %12.2f %12.2f %8.2f (%.2f to %.2f)\n", work_names[work],
		       r->alone.median, r->limit.median, r->ours.median, r->limit_added.median, r->ours_added.median,
		       r->difference.median, r->difference.low, r->difference.high);
	}
	printf("tight loop: %.3f times the limit (%.3f to %.3f)\n", results[TIGHT].ratio.median,
	       results[TIGHT].ratio.low, results[TIGHT].ratio.high);
}

static void print_json(const struct result results[WORKS])
{
	printf("{\"bench\":\"recorder\",\"repetitions\":%d,\"tight_ratio\":%.4f,\"work\":{", REPETITIONS,
	       results[TIGHT].ratio.median);
	for (int work = 0; work < WORKS; work++) {
		const struct result *r = &results[work];
		printf("%s\"%s\":{\"alone_ns\":%.3f,\"limit_ns\":%.3f,\"ours_ns\":%.3f,\"limit_added_ns\":%.3f,"
		       "\"ours_added_ns\":%.3f,\"ours_minus_limit_ns\":{\"median\":%.3f,\"low\":%.3f,\"high\":%.3f}}",
		       work == 0 ? "" : ",", work_names[work], r->alone.median, r->limit.median, r->ours.median,
		       r->limit_added.median, r->ours_added.median, r->difference.median, r->difference.low,
		       r->difference.high);
	}
	printf("}}\n");
}

static wsc_recorder *open_recorder(char *path, size_t size)
{
	const char *base = getenv("TMPDIR");
	snprintf(path, size, "%s/wscheck-bench.%ld.zst", base != NULL ? base : "/tmp", (long)getpid());
	struct wsc_options options = WSC_OPTIONS_INIT;
	options.path = path;
	return wsc_open(&options);
}

int main(int argc, char **argv)
{
	char path[256];
	wsc_recorder *recorder = open_recorder(path, sizeof(path));
	worker = wsc_attach(recorder, 1, "bench");
	limit.mask = WSC_RING_EVENTS_DEFAULT - 1;
	limit.slots = aligned_alloc(4096, WSC_RING_EVENTS_DEFAULT * sizeof(*limit.slots));
	if (worker == NULL || limit.slots == NULL)
		return 1;
	memset(limit.slots, 1, WSC_RING_EVENTS_DEFAULT * sizeof(*limit.slots));
	usleep(50000); /* the recorder measures its clock first */
	static double ns[WORKS][TRACERS][REPETITIONS];
	for (int i = 0; i < REPETITIONS; i++) {
		for (int work = 0; work < WORKS; work++) {
			for (int tracer = 0; tracer < TRACERS; tracer++)
				ns[work][tracer][i] = measure((enum work)work, (enum tracer)tracer);
		}
	}
	struct result results[WORKS];
	for (int work = 0; work < WORKS; work++)
		results[work] = summarize(ns[work]);
	if (argc > 1 && strcmp(argv[1], "--json") == 0)
		print_json(results);
	else
		print_text(results);
	wsc_detach(worker);
	const bool sound = wsc_close(recorder, WSC_END_CLEAN) == 0 && wsc_dropped(recorder) == 0;
	unlink(path);
	free(limit.slots);
	return sound ? 0 : 1;
}
