/* SPDX-License-Identifier: MIT */
/*
 * What recording an event costs in each mode, with a ring that has room and with a full one, on one thread and on two; in
 * a tight loop, and added to real work. In one process and in turns: nothing, the limit (loops.h), ours in each mode and,
 * where it is installed and a session records, LTTng-UST.
 *
 *   recorder_modes [REPETITIONS]       prints one JSON object
 *   recorder_modes --sustain SECONDS   the rate at which the drain thread lets nothing drop, as a JSON object
 */
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "loops.h"
#include "ring.h"

#if defined(BENCH_HAS_LTTNG)
#include "lttng_define.h"
#define RECORD_LTTNG(task) lttng_ust_tracepoint(wscheck_bench, start, task)
BENCH_LOOPS(lttng, RECORD_LTTNG(i))
static bool has_lttng(void)
{
	return lttng_ust_tracepoint_enabled(wscheck_bench, start);
}
#else
BENCH_LOOPS(lttng, (void)0)
static bool has_lttng(void)
{
	return false;
}
#endif

enum { REPETITIONS_MAX = 1000, THREADS_MAX = 2, FULL_SLOTS = 64 };

BENCH_LOOPS(nothing, (void)0)
BENCH_LOOPS(limit, record_limit(ring, i))
BENCH_LOOPS(ours, wsc_exec_start(w, i))

enum tracer { NOTHING, LIMIT, DROP, OVERWRITE, BLOCK, FULL, LTTNG, TRACERS };
static const struct {
	const char *name;
	bench_loop *loops[WORKS][PHASES];
	enum wsc_mode mode; /* 0: none of ours */
} tracers[TRACERS] = {
    [NOTHING] = {"nothing", BENCH_ROW(nothing), WSC_MODE_DEFAULT},
    [LIMIT] = {"limit", BENCH_ROW(limit), WSC_MODE_DEFAULT},
    [DROP] = {"drop", BENCH_ROW(ours), WSC_MODE_DROP},
    [OVERWRITE] = {"overwrite", BENCH_ROW(ours), WSC_MODE_OVERWRITE},
    [BLOCK] = {"block", BENCH_ROW(ours), WSC_MODE_BLOCK},
    [FULL] = {"drop_full", BENCH_ROW(ours), WSC_MODE_DROP},
    [LTTNG] = {"lttng_ust", BENCH_ROW(lttng), WSC_MODE_DEFAULT},
};

/* What one thread records into. */
struct lane {
	struct limit_ring limit;
	wsc_worker *workers[TRACERS];
};

static struct lane lanes[THREADS_MAX];
static wsc_recorder *recorders[TRACERS];
static char paths[TRACERS][256];

static bool open_tracer(enum tracer tracer)
{
	const char *base = getenv("TMPDIR");
	if (tracers[tracer].mode == WSC_MODE_DEFAULT)
		return true;
	snprintf(paths[tracer], sizeof(paths[tracer]), "%s/wscheck-bench.%ld.%s.zst", base != NULL ? base : "/tmp",
	         (long)getpid(), tracers[tracer].name);
	struct wsc_options options = WSC_OPTIONS_INIT;
	options.path = paths[tracer];
	options.mode = tracers[tracer].mode;
	options.uncertainty_ns = 1000; /* nobody analyzes this */
	options.ring_events = tracer == FULL ? FULL_SLOTS : 0;
	recorders[tracer] = wsc_open(&options);
	for (uint32_t i = 0; i < THREADS_MAX; i++)
		lanes[i].workers[tracer] = wsc_attach(recorders[tracer], i, NULL);
	return recorders[tracer] != NULL && lanes[THREADS_MAX - 1].workers[tracer] != NULL;
}

static bool open_all(void)
{
	for (int i = 0; i < THREADS_MAX; i++) {
		lanes[i].limit.mask = WSC_RING_EVENTS_DEFAULT - 1;
		lanes[i].limit.slots = aligned_alloc(4096, WSC_RING_EVENTS_DEFAULT * sizeof(struct wsc_slot));
		if (lanes[i].limit.slots == NULL)
			return false;
		memset(lanes[i].limit.slots, 1, WSC_RING_EVENTS_DEFAULT * sizeof(struct wsc_slot));
	}
	for (int tracer = 0; tracer < TRACERS; tracer++) {
		if (!open_tracer((enum tracer)tracer))
			return false;
	}
	usleep(50000); /* the recorders measure their clocks first */
	return true;
}

static void close_all(void)
{
	for (int tracer = 0; tracer < TRACERS; tracer++) {
		for (int i = 0; i < THREADS_MAX; i++)
			wsc_detach(lanes[i].workers[tracer]);
		wsc_close(recorders[tracer], WSC_END_CLEAN);
		if (paths[tracer][0] != '\0')
			unlink(paths[tracer]);
	}
	for (int i = 0; i < THREADS_MAX; i++)
		free(lanes[i].limit.slots);
}

/* With room in the ring means room for a whole burst. */
static void wait_for_room(enum tracer tracer, const wsc_worker *w)
{
	if (w == NULL || (tracer != DROP && tracer != BLOCK))
		return;
	const struct ring_file_ring *ring = ring_shared(w);
	/* Acquire: looks at the consumer's word from outside; pairs with its release of the slots. */
	while (__atomic_load_n(&ring->tail, __ATOMIC_ACQUIRE) != __atomic_load_n(&ring->ring.head, __ATOMIC_RELAXED))
		usleep(200);
}

struct burst {
	enum tracer tracer;
	bench_loop *loop;
	pthread_barrier_t begin;
	double ns[THREADS_MAX]; /* per round */
};

static void run_burst(struct burst *burst, int lane)
{
	wsc_worker *w = lanes[lane].workers[burst->tracer];
	wait_for_room(burst->tracer, w);
	pthread_barrier_wait(&burst->begin);
	const double begin = thread_ns();
	burst->loop(&lanes[lane].limit, w);
	burst->ns[lane] = (thread_ns() - begin) / BURST;
}

static void *second_thread(void *argument)
{
	run_burst(argument, 1);
	return NULL;
}

/* ns per round of one burst. */
static double measure(enum tracer tracer, bench_loop *loop, int threads)
{
	struct burst burst = {.tracer = tracer, .loop = loop};
	pthread_t thread;
	pthread_barrier_init(&burst.begin, NULL, (unsigned)threads);
	const bool two = threads == 2 && pthread_create(&thread, NULL, second_thread, &burst) == 0;
	if (threads == 2 && !two)
		abort();
	run_burst(&burst, 0);
	if (two)
		pthread_join(thread, NULL);
	pthread_barrier_destroy(&burst.begin);
	return two ? (burst.ns[0] + burst.ns[1]) / 2 : burst.ns[0];
}

/* Of all bursts the fastest, since whatever else runs on the machine only ever adds. */
static double results[THREADS_MAX][WORKS][TRACERS][PHASES];

static void measure_phase(int phase)
{
	for (int cell = 0; cell < THREADS_MAX * WORKS * TRACERS; cell++) {
		const int threads = cell / (WORKS * TRACERS), work = cell / TRACERS % WORKS, tracer = cell % TRACERS;
		if (tracer == LTTNG && !has_lttng())
			continue;
		const double ns = measure((enum tracer)tracer, tracers[tracer].loops[work][phase], threads + 1);
		double *least = &results[threads][work][tracer][phase];
		*least = *least == 0 || ns < *least ? ns : *least;
	}
}

static void print_spread(const char *name, double values[PHASES], const char *after)
{
	const struct spread s = spread_of(values, PHASES);
	printf("\"%s\":{\"median\":%.3f,\"low\":%.3f,\"high\":%.3f}%s", name, s.median, s.low, s.high, after);
}

/* What the tracer adds to a round, and what it adds beyond the limit, in pairs of the same phase. */
static void print_cell(int threads, int work, int tracer)
{
	double added[PHASES], beyond[PHASES];
	double(*row)[PHASES] = results[threads][work];
	for (int i = 0; i < PHASES; i++) {
		added[i] = row[tracer][i] - row[NOTHING][i];
		beyond[i] = row[tracer][i] - row[LIMIT][i];
	}
	printf("{\"threads\":%d,\"work\":\"%s\",\"tracer\":\"%s\",", threads + 1, work_names[work],
	       tracers[tracer].name);
	print_spread("added_ns", added, ",");
	print_spread("beyond_limit_ns", beyond, "}");
}

static void print_all(int repetitions)
{
	const char *between = "";
	printf("{\"repetitions\":%d,\"phases\":%d,\"lttng\":%s,\"cells\":[", repetitions, PHASES,
	       has_lttng() ? "true" : "false");
	for (int cell = 0; cell < THREADS_MAX * WORKS * TRACERS; cell++) {
		const int threads = cell / (WORKS * TRACERS), work = cell / TRACERS % WORKS, tracer = cell % TRACERS;
		if (tracer == NOTHING || (tracer == LTTNG && !has_lttng()))
			continue;
		printf("%s\n", between);
		print_cell(threads, work, tracer);
		between = ",";
	}
	printf("]}\n");
}

/* --- what the drain thread can keep up with --- */

/*
 * Records at this rate, in small bursts, for the time given. Whether nothing was dropped; and the processor time that
 * other threads than this one, which is to say the drain thread, took for each event.
 */
static bool sustains(double per_second, double seconds, double *drain_ns)
{
	enum { STEP = 256 };
	if (!open_tracer(DROP))
		exit(1);
	usleep(50000);
	wsc_worker *w = lanes[0].workers[DROP];
	const double begin = now_ns(), others = clock_ns(CLOCK_PROCESS_CPUTIME_ID) - thread_ns();
	uint64_t done;
	for (done = 0; now_ns() - begin < seconds * 1e9; done += STEP) {
		for (uint64_t k = 0; k < STEP; k += 4) {
			wsc_queued(w, done + k + 1);
			wsc_exec_start(w, done + k + 1);
			wsc_exec_complete(w, done + k + 1);
			wsc_parked(w);
		}
		while ((now_ns() - begin) * per_second < (double)(done + STEP) * 1e9)
			continue;
	}
	for (int i = 0; i < THREADS_MAX; i++)
		wsc_detach(lanes[i].workers[DROP]);
	wsc_close(recorders[DROP], WSC_END_CLEAN);
	*drain_ns = (clock_ns(CLOCK_PROCESS_CPUTIME_ID) - thread_ns() - others) / (double)done;
	unlink(paths[DROP]);
	return wsc_dropped(recorders[DROP]) == 0;
}

/* The greatest rate, to a twentieth, that held for the time given, as a JSON object. */
static void print_sustained(double seconds)
{
	double low = 0, high = 1e6, drain_ns = 0, ns;
	for (; high < 1e9 && sustains(high, seconds, &ns); high *= 2) {
		low = high;
		drain_ns = ns;
	}
	while (high - low > low / 20 && high - low > 1e4) {
		const double middle = (low + high) / 2;
		const bool holds = sustains(middle, seconds, &ns);
		*(holds ? &low : &high) = middle;
		drain_ns = holds ? ns : drain_ns;
	}
	printf("{\"seconds\":%g,\"events_per_s\":%.0f,\"drain_ns\":%.2f}\n", seconds, low, drain_ns);
}

int main(int argc, char **argv)
{
	char *end = NULL;
	if (argc == 3 && strcmp(argv[1], "--sustain") == 0) {
		const double seconds = strtod(argv[2], &end);
		if (*end == '\0' && seconds > 0 && seconds <= 60) {
			print_sustained(seconds);
			return 0;
		}
	}
	const long repetitions = argc > 1 ? strtol(argv[1], &end, 10) : 30;
	if (argc > 2 || (end != NULL && *end != '\0') || repetitions < 1 || repetitions > REPETITIONS_MAX) {
		fprintf(stderr, "usage: recorder_modes [REPETITIONS (1 to %d) | --sustain SECONDS]\n", REPETITIONS_MAX);
		return 2;
	}
	if (!open_all())
		return 1;
	for (long i = 0; i < repetitions * PHASES; i++)
		measure_phase((int)(i % PHASES));
	print_all((int)repetitions);
	close_all();
	return 0;
}
