/* SPDX-License-Identifier: MIT */
/*
 * What the small samples share: their options,
 *	NAME [--workers N] [--trace PATH] [--bug NAME]
 * their threads and something to do. Their exit codes: 0 the result is right, 1 it is wrong, 2 wrong usage or trouble.
 */
#ifndef SAMPLE_H
#define SAMPLE_H

#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SAMPLE_WORKERS_MAX = 64 };

struct sample_options {
	unsigned workers;  /* 2..SAMPLE_WORKERS_MAX */
	const char *trace; /* NULL: nothing is recorded */
	int bug;           /* which of the sample's defects, from 1 on; 0: none */
};

static inline void sample_die(const char *why)
{
	fprintf(stderr, "%s\n", why);
	exit(2);
}

static inline void sample_help(const char *name, const char *const *bugs)
{
	printf("usage: %s [--workers N] [--trace FILE] [--bug NAME]\n\n"
	       "  --workers N   threads, 2 to %d (default 4)\n"
	       "  --trace FILE  record a trace for `wscheck analyze`\n"
	       "  --bug NAME    plant a defect:",
	       name, SAMPLE_WORKERS_MAX);
	while (*bugs != NULL)
		printf(" %s", *bugs++);
	printf("\n\nexit status: 0 the result is right, 1 it is wrong, 2 usage or trouble\n");
	exit(0);
}

static inline void sample_misused(const char *name, const char *what, const char *option)
{
	fprintf(stderr, "%s: %s '%s' (see %s --help)\n", name, what, option, name);
	exit(2);
}

/* `bugs`: the names of the sample's defects, a NULL at the end. Wrong usage, and --help, end the program. */
static inline struct sample_options sample_options_read(char **argv, const char *const *bugs)
{
	struct sample_options options = {4, NULL, 0};
	const char *slash = strrchr(argv[0], '/'), *name = slash != NULL ? slash + 1 : argv[0];
	for (int i = 1; argv[i] != NULL; i += 2) {
		const char *value = argv[i + 1];
		if (strcmp(argv[i], "--help") == 0 || strcmp(argv[i], "-h") == 0)
			sample_help(name, bugs);
		if (strcmp(argv[i], "--workers") != 0 && strcmp(argv[i], "--trace") != 0 &&
		    strcmp(argv[i], "--bug") != 0)
			sample_misused(name, "unknown option", argv[i]);
		if (value == NULL || value[0] == '\0')
			sample_misused(name, "there is no value behind", argv[i]);
		if (argv[i][2] == 't') {
			options.trace = value;
		} else if (argv[i][2] == 'w') {
			const long workers = strtol(value, NULL, 10);
			if (workers < 2 || workers > SAMPLE_WORKERS_MAX)
				sample_misused(name, "--workers takes a number from 2 to 64, not", value);
			options.workers = (unsigned)workers;
		} else {
			while (bugs[options.bug] != NULL && strcmp(bugs[options.bug], value) != 0)
				options.bug++;
			if (bugs[options.bug++] == NULL)
				sample_misused(name, "no bug is called", value);
		}
	}
	return options;
}

static pthread_barrier_t sample_start;

/* Waits until all workers have come this far: so that one alone does not do it all before the others are there. */
static inline void sample_meet(void)
{
	pthread_barrier_wait(&sample_start);
}

/* Runs threads, SAMPLE_WORKERS_MAX + 1 at most, which are given their number from 0 on and call sample_meet() once, until all have returned. */
static inline void sample_run(unsigned count, void *(*work)(void *))
{
	pthread_t threads[SAMPLE_WORKERS_MAX + 1];
	pthread_barrier_init(&sample_start, NULL, count);
	for (uintptr_t i = 0; i < count; i++) {
		if (pthread_create(&threads[i], NULL, work, (void *)i) != 0)
			sample_die("no thread could be started");
	}
	for (unsigned i = 0; i < count; i++)
		pthread_join(threads[i], NULL);
}

/* What a task does: a few microseconds of nothing. */
static inline void sample_compute(void)
{
	for (volatile int i = 0; i < 5000;)
		i = i + 1;
}

#endif
