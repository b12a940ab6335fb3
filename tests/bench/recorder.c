/* SPDX-License-Identifier: MIT */
/*
 * What recording an event costs: in a tight loop, and added to real work, latency-bound and ALU-bound. The yardstick,
 * in the same process and interleaved with it, is the least that any tracer with timestamps does: rdtsc, a 16-byte
 * store and a release store of the index.
 *
 * Bursts of half a ring are timed, and the drain thread empties the ring between them, as it does when a scheduler
 * records: nothing is dropped (which would be cheaper).
 *
 *   recorder [--json] [REPETITIONS]    prints a table, or one JSON object
 */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "loops.h"
#include "ring.h"

#define REPETITIONS 15 /* the default, and the most */
#define BURSTS      2

enum tracer { NOTHING, LIMIT, OURS, TRACERS };

static struct limit_ring limit;
static wsc_worker *worker;

BENCH_LOOPS(nothing, (void)0)
BENCH_LOOPS(limit, record_limit(ring, i))
BENCH_LOOPS(ours, wsc_exec_start(w, i))

static bench_loop *const loops[TRACERS][WORKS][PHASES] = {BENCH_ROW(nothing), BENCH_ROW(limit), BENCH_ROW(ours)};

static void wait_until_drained(void)
{
	/* Acquire: looks at the consumer's word from outside; pairs with its release of the slots. */
	const struct ring_file_ring *ring = ring_shared(worker);
	while (__atomic_load_n(&ring->tail, __ATOMIC_ACQUIRE) != __atomic_load_n(&ring->ring.head, __ATOMIC_RELAXED))
		usleep(200);
}

/* ns per iteration: the fastest of a few bursts, since whatever else runs on the machine only ever adds. */
static double measure_phase(bench_loop *loop)
{
	double best = 1e300;
	for (int i = 0; i < BURSTS; i++) {
		wait_until_drained();
		const double begin = thread_ns();
		loop(&limit, worker);
		const double ns = (thread_ns() - begin) / BURST;
		best = ns < best ? ns : best;
	}
	return best;
}

static double measure(enum work work, enum tracer tracer)
{
	double ns[PHASES];
	for (int phase = 0; phase < PHASES; phase++)
		ns[phase] = measure_phase(loops[tracer][work][phase]);
	return spread_of(ns, PHASES).median;
}

struct result {
	struct spread alone, limit, ours; /* ns per iteration */
	struct spread limit_added, ours_added, difference, ratio;
};

static struct result summarize(double ns[TRACERS][REPETITIONS], int count)
{
	double limit_added[REPETITIONS], ours_added[REPETITIONS], difference[REPETITIONS], ratio[REPETITIONS];
	for (int i = 0; i < count; i++) { /* paired: of the same repetition */
		limit_added[i] = ns[LIMIT][i] - ns[NOTHING][i];
		ours_added[i] = ns[OURS][i] - ns[NOTHING][i];
		difference[i] = ns[OURS][i] - ns[LIMIT][i];
		ratio[i] = ns[OURS][i] / ns[LIMIT][i];
	}
	return (struct result){spread_of(ns[NOTHING], count), spread_of(ns[LIMIT], count),
	                       spread_of(ns[OURS], count),    spread_of(limit_added, count),
	                       spread_of(ours_added, count),  spread_of(difference, count),
	                       spread_of(ratio, count)};
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

static void print_json(const struct result results[WORKS], int repetitions)
{
	const struct spread *ratio = &results[TIGHT].ratio;
	printf(
	    "{\"bench\":\"recorder\",\"repetitions\":%d,\"tight_ratio\":{\"median\":%.4f,\"low\":%.4f,\"high\":%.4f},"
	    "\"work\":{",
	    repetitions, ratio->median, ratio->low, ratio->high);
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

static void measure_all(double ns[WORKS][TRACERS][REPETITIONS], int repetitions)
{
	for (int i = 0; i < repetitions; i++) {
		for (int work = 0; work < WORKS; work++) {
			for (int tracer = 0; tracer < TRACERS; tracer++)
				ns[work][tracer][i] = measure((enum work)work, (enum tracer)tracer);
		}
	}
}

static int parse_repetitions(const char *text)
{
	char *end;
	const long value = strtol(text, &end, 10);
	return *end == '\0' && value >= 1 && value <= REPETITIONS ? (int)value : -1;
}

int main(int argc, char **argv)
{
	char path[256];
	const bool json = argc > 1 && strcmp(argv[1], "--json") == 0;
	const int repetitions = argc > 1 + json ? parse_repetitions(argv[1 + json]) : REPETITIONS;
	if (repetitions < 0 || argc > 2 + json) {
		fprintf(stderr, "usage: recorder [--json] [REPETITIONS (1 to %d)]\n", REPETITIONS);
		return 2;
	}
	wsc_recorder *recorder = open_recorder(path, sizeof(path));
	worker = wsc_attach(recorder, 1, "bench");
	limit.mask = WSC_RING_EVENTS_DEFAULT - 1;
	limit.slots = aligned_alloc(4096, WSC_RING_EVENTS_DEFAULT * sizeof(*limit.slots));
	if (worker == NULL || limit.slots == NULL)
		return 1;
	memset(limit.slots, 1, WSC_RING_EVENTS_DEFAULT * sizeof(*limit.slots));
	usleep(50000); /* the recorder measures its clock first */
	static double ns[WORKS][TRACERS][REPETITIONS];
	measure_all(ns, repetitions);
	struct result results[WORKS];
	for (int work = 0; work < WORKS; work++)
		results[work] = summarize(ns[work], repetitions);
	if (json)
		print_json(results, repetitions);
	else
		print_text(results);
	wsc_detach(worker);
	const bool sound = wsc_close(recorder, WSC_END_CLEAN) == 0 && wsc_dropped(recorder) == 0;
	unlink(path);
	free(limit.slots);
	return sound ? 0 : 1;
}
