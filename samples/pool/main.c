/* SPDX-License-Identifier: MIT */
/* pool: runs a fork-join computation on the work-stealing pool, records it, and can plant defects. */
#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "bugs.h"
#include "pool.h"
#include "sum.h"
#include "wscheck/record.h"

enum { EXIT_OK, EXIT_WRONG, EXIT_USAGE, EXIT_STALLED };

#define TASKS_MAX 1000000000U
/* With a defect, the memory of all tasks is kept until the end. */
#define BUG_TASKS_MAX 10000000U
#define GRAIN_NS_MAX  1000000000U

enum {
	TASKS = 100000,
	/* take-fence needs a thief that takes several tasks in a row, and now and then more patience than others. */
	TAKE_FENCE_TASKS = 1000000,
	TAKE_FENCE_BATCH = 8,
	/* Where others want the processors, too, the workers of a short run seldom meet. */
	RACE_TASKS = 400000,
	JOB_TASKS = 5000,
	/*
	 * Slots of all workers' rings together. A worker here does little else than what is recorded, and with a worker
	 * on every processor the recorder's own thread may have to wait for one: rings must hold some tens of ms.
	 */
	RINGS_EVENTS = 1 << 22,
	EPOCH_MS = 4
};

struct settings {
	uint64_t workers;
	uint64_t tasks; /* 0: not said */
	uint64_t grain_ns;
	uint64_t seed;
	uint64_t batch; /* 0: not said */
	const char *trace;
	enum bug bug;
};

static void print_help(void)
{
	printf("usage: pool [--workers N] [--tasks N] [--grain NS] [--seed S] [--batch N]\n"
	       "            [--trace FILE] [--bug NAME]\n"
	       "Adds numbers up with a work-stealing thread pool and checks the sum.\n\n"
	       "  --workers N   threads, 1 to %d (default: one per processor, at least 2)\n"
	       "  --tasks N     tasks in all, %d to %u\n"
	       "                (default %d; with take-fence %d,\n"
	       "                with steal-store, thief-newest and lost-wakeup %d)\n"
	       "  --grain NS    arithmetic in a leaf task, in ns (default 200)\n"
	       "  --seed S      of the numbers and of the thieves' choices (default 1)\n"
	       "  --batch N     tasks that a thief takes at once, up to %d\n"
	       "                (default 1; with take-fence %d)\n"
	       "  --trace FILE  record a trace for `wscheck analyze`\n"
	       "  --bug NAME    plant a defect:\n",
	       POOL_WORKERS_MAX, SUM_JOB_TASKS_MIN, TASKS_MAX, TASKS, TAKE_FENCE_TASKS, RACE_TASKS, POOL_BATCH_MAX,
	       TAKE_FENCE_BATCH);
	bugs_print_help();
	printf("\nexit status: 0 the result is right, 1 it is wrong, 2 usage or trouble,\n"
	       "             3 stalled: all workers sleep\n");
}

/* Reads a decimal number; complains and returns false if it is none or not within the bounds. */
static bool parse_number(const char *option, const char *text, uint64_t min, uint64_t max, uint64_t *value)
{
	char *end;

	errno = 0;
	*value = strtoull(text, &end, 10);
	if (text[0] >= '0' && text[0] <= '9' && *end == '\0' && errno == 0 && *value >= min && *value <= max)
		return true;
	fprintf(stderr, "pool: --%s takes a number from %" PRIu64 " to %" PRIu64 ", not '%s' (see pool --help)\n",
	        option, min, max, text);
	return false;
}

static bool parse_option(struct settings *settings, int option, const char *text)
{
	switch (option) {
	case 'w':
		return parse_number("workers", text, 1, POOL_WORKERS_MAX, &settings->workers);
	case 'n':
		return parse_number("tasks", text, SUM_JOB_TASKS_MIN, TASKS_MAX, &settings->tasks);
	case 'g':
		return parse_number("grain", text, 0, GRAIN_NS_MAX, &settings->grain_ns);
	case 's':
		return parse_number("seed", text, 0, UINT64_MAX, &settings->seed);
	case 'b':
		return parse_number("batch", text, 1, POOL_BATCH_MAX, &settings->batch);
	case 't':
		settings->trace = text;
		return true;
	case 'x':
		if (bugs_find(text, &settings->bug))
			return true;
		fprintf(stderr, "pool: no bug is called '%s' (see pool --help)\n", text);
		return false;
	case ':':
		fprintf(stderr, "pool: there is no value behind '%s' (see pool --help)\n", text);
		return false;
	default:
		fprintf(stderr, "pool: unknown option '%s' (see pool --help)\n", text);
		return false;
	}
}

static uint64_t default_tasks(enum bug bug)
{
	if (bug == BUG_TAKE_FENCE)
		return TAKE_FENCE_TASKS;
	const bool needs_thieves = bug == BUG_STEAL_STORE || bug == BUG_THIEF_NEWEST || bug == BUG_LOST_WAKEUP;
	return needs_thieves ? RACE_TASKS : TASKS;
}

/* Fills in the settings, or answers --help or a mistake and exits. */
static void parse(int argc, char **argv, struct settings *settings)
{
	static const struct option options[] = {
	    {"workers", required_argument, NULL, 'w'},
	    {"tasks", required_argument, NULL, 'n'},
	    {"grain", required_argument, NULL, 'g'},
	    {"seed", required_argument, NULL, 's'},
	    {"batch", required_argument, NULL, 'b'},
	    {"trace", required_argument, NULL, 't'},
	    {"bug", required_argument, NULL, 'x'},
	    {"help", no_argument, NULL, 'h'},
	    {NULL, 0, NULL, 0},
	};
	int option;

	while ((option = getopt_long(argc, argv, ":h", options, NULL)) != -1) {
		if (option == 'h') {
			print_help();
			exit(EXIT_OK);
		}
		if (!parse_option(settings, option, option == '?' || option == ':' ? argv[optind - 1] : optarg))
			exit(EXIT_USAGE);
	}
	if (optind < argc) {
		fprintf(stderr, "pool: unexpected argument '%s' (see pool --help)\n", argv[optind]);
		exit(EXIT_USAGE);
	}
	if (settings->bug != BUG_NONE && settings->tasks > BUG_TASKS_MAX) {
		fprintf(stderr, "pool: with --bug, --tasks is at most %u\n", BUG_TASKS_MAX);
		exit(EXIT_USAGE);
	}
	if (settings->tasks == 0)
		settings->tasks = default_tasks(settings->bug);
	if (settings->batch == 0)
		settings->batch = settings->bug == BUG_TAKE_FENCE ? TAKE_FENCE_BATCH : 1;
}

static wsc_recorder *open_trace(const struct settings *settings)
{
	struct wsc_options options = WSC_OPTIONS_INIT;
	char seed[24];
	const struct wsc_meta meta[] = {{"program", "pool"}, {"bug", bugs_name(settings->bug)}, {"seed", seed}};

	snprintf(seed, sizeof(seed), "%" PRIu64, settings->seed);
	options.path = settings->trace;
	options.ring_events = RINGS_EVENTS / settings->workers;
	options.epoch_ms = EPOCH_MS;
	options.identity = WSC_IDENTITY_UNIQUE;
	options.discipline = WSC_DISCIPLINE_LIFO;
	options.meta = meta;
	options.meta_count = sizeof(meta) / sizeof(meta[0]);
	return wsc_open(&options);
}

static double now_s(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

/* The work is cut into jobs of about JOB_TASKS tasks, so that the pool also falls idle in between. */
static uint64_t job_count(const struct settings *settings)
{
	return settings->tasks < JOB_TASKS ? 1 : settings->tasks / JOB_TASKS;
}

static struct sum_job job_of(const struct settings *settings, uint64_t rounds, uint64_t number)
{
	const uint64_t jobs = job_count(settings);
	const uint64_t tasks = settings->tasks / jobs + (number < settings->tasks % jobs ? 1 : 0);
	const unsigned series = settings->workers < 4 ? 1 : (unsigned)settings->workers / 2;

	return (struct sum_job){settings->seed * jobs + number, rounds, tasks, series};
}

/* What the jobs came to. */
struct outcome {
	double seconds; /* on the pool */
	bool right;     /* all sums are what they are without the pool */
	bool stalled;
};

/* Runs the jobs one after another, and checks each sum while the workers have nothing to do. */
static struct outcome run_jobs(struct pool *pool, const struct settings *settings, uint64_t rounds)
{
	struct outcome outcome = {0, true, false};

	for (uint64_t i = 0; i < job_count(settings) && !outcome.stalled; i++) {
		const struct sum_job job = job_of(settings, rounds, i);
		const double start = now_s();
		uint64_t sum = 0;

		outcome.stalled = sum_parallel(pool, &job, &sum) == POOL_STALLED;
		outcome.seconds += now_s() - start;
		if (!outcome.stalled && sum != sum_sequential(&job))
			outcome.right = false;
	}
	return outcome;
}

static void print_counts(const struct pool_counts *counts, double seconds)
{
	printf("%" PRIu64 " tasks in %.3f s, %.0f tasks/s, %" PRIu64 " stolen, %" PRIu64 " run again, ", counts->done,
	       seconds, (double)counts->done / seconds, counts->stolen, counts->repeated);
}

/* The workers sleep for good: the trace ends here, and so does the program. */
static _Noreturn void end_stalled(struct pool *pool, wsc_recorder *recorder, const struct outcome *outcome)
{
	struct pool_counts counts;

	wsc_close(recorder, WSC_END_STALLED);
	pool_counts(pool, &counts);
	print_counts(&counts, outcome->seconds);
	printf("stalled: all workers sleep and the sum is not done\n");
	fflush(stdout);
	_exit(EXIT_STALLED);
}

static int end_clean(struct pool *pool, wsc_recorder *recorder, const struct outcome *outcome, uint64_t tasks)
{
	struct pool_counts counts;

	pool_free(pool, &counts);
	wsc_close(recorder, WSC_END_CLEAN);
	print_counts(&counts, outcome->seconds);
	if (!outcome->right) {
		printf("wrong: the sum is not what it is without the pool\n");
		return EXIT_WRONG;
	}
	if (counts.repeated > 0 || counts.done != tasks) {
		printf("wrong: not every task ran exactly once\n");
		return EXIT_WRONG;
	}
	printf("result ok\n");
	return EXIT_OK;
}

int main(int argc, char **argv)
{
	struct settings settings = {.grain_ns = 200, .seed = 1};
	const long processors = sysconf(_SC_NPROCESSORS_ONLN);
	struct pool_options options;
	struct outcome outcome;
	struct pool *pool;
	uint64_t rounds;

	settings.workers = processors < 2 ? 2 : processors > POOL_WORKERS_MAX ? POOL_WORKERS_MAX : (uint64_t)processors;
	parse(argc, argv, &settings);
	rounds = sum_calibrate(settings.grain_ns);
	options = (struct pool_options){(unsigned)settings.workers, (unsigned)settings.batch, settings.seed,
	                                settings.bug, open_trace(&settings)};
	pool = pool_create(&options);
	if (!pool) {
		fprintf(stderr, "pool: could not start %" PRIu64 " workers\n", settings.workers);
		return EXIT_USAGE;
	}
	outcome = run_jobs(pool, &settings, rounds);
	if (outcome.stalled)
		end_stalled(pool, options.recorder, &outcome);
	return end_clean(pool, options.recorder, &outcome, settings.tasks);
}
