/* SPDX-License-Identifier: MIT */
/*
 * A random tree of OpenMP tasks of every kind: tied and untied, deferred and not, with dependences, in taskgroups that are
 * cancelled or not, by taskloops, in nested regions; they yield and wait at random. Then a flat crowd of those that libomp
 * makes most of: untied ones, with dependences and without, as short as can be. Arguments: seed, tasks.
 *
 * Defines UNTIED as `untied`, or as nothing: some trees with tasks that clang splits up make libomp 14 hang, recorded or
 * not.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

enum { TOKENS = 8, CHILDREN_MAX = 6, DEPTH_MAX = 40 };
static char tokens[TOKENS];
static long left;

static uint32_t draw(uint64_t *state, uint32_t below)
{
	*state = *state * 6364136223846793005u + 1442695040888963407u;
	return (uint32_t)(*state >> 33) % below;
}

static int take_one(void)
{
	long value;
#pragma omp atomic capture
	value = --left;
	return value >= 0;
}

static void node(uint64_t state, int depth);

static void pause_at_random(uint64_t *state)
{
	const uint32_t choice = draw(state, 6);
	if (choice == 0) {
#pragma omp taskyield
	} else if (choice == 1) {
#pragma omp taskwait
	} else if (choice == 2) {
		for (volatile uint32_t i = 0, n = draw(state, 400); i < n;)
			i = i + 1;
	}
}

/* What an untied task does between yields. It may not wait: in libomp 14 some waits in untied tasks never end. */
static void parts(uint64_t state, int depth)
{
	for (uint32_t i = 0, n = draw(&state, 3); i < n; i++) {
		uint64_t seed = state;
		draw(&seed, 1);
		state += 12345;
#pragma omp task firstprivate(seed, depth)
		node(seed, depth + 1);
#pragma omp task UNTIED
		{
#pragma omp taskyield
			take_one();
		}
	}
}

/* Children that come several at once: of a taskloop, a taskgroup, a region. */
static void children(uint64_t state, uint32_t kind, int depth)
{
	switch (kind) {
	case 7:
#pragma omp taskloop num_tasks(5) firstprivate(state, depth)
		for (uint32_t i = 0; i < 20; i++) {
			if (i % 4 == 0)
				node(state + i, depth);
		}
		break;
	case 8:
#pragma omp taskgroup
		for (int i = 0; i < 4; i++) {
#pragma omp task firstprivate(state, depth, i)
			{
				if (i == 2) {
#pragma omp cancel taskgroup
				}
				node(state + (uint64_t)i, depth);
			}
#pragma omp task UNTIED firstprivate(state, depth, i)
			{
#pragma omp taskyield
				parts(state - (uint64_t)i, depth);
			}
		}
		break;
	case 9:
		if (depth > 3)
			break;
#pragma omp parallel num_threads(2) firstprivate(state, depth)
#pragma omp single
		node(state, depth);
		break;
	default:
		break;
	}
}

/* Of an untied task only what is written in it is one: it is the compiler that makes parts of it. */
static void child(uint64_t seed, uint32_t kind, int depth)
{
	uint64_t state = seed;
	char *const first = &tokens[draw(&state, TOKENS)], *second = &tokens[draw(&state, TOKENS)];
	(void)first;
	(void)second;
	switch (kind) {
	case 0:
#pragma omp task UNTIED firstprivate(state, depth)
	{
		parts(state, depth);
#pragma omp taskyield
		parts(state + 1, depth);
#pragma omp taskyield
	} break;
	case 1:
#pragma omp task depend(in : first[0]) depend(inout : second[0]) firstprivate(state, depth)
		node(state, depth);
		break;
	case 2:
#pragma omp task depend(out : first[0]) firstprivate(state, depth)
	{
#pragma omp taskyield
		node(state, depth);
	} break;
	case 3:
#pragma omp task if (0) firstprivate(state, depth)
		node(state, depth);
		break;
	case 4:
#pragma omp task if (0) depend(inout : second[0]) firstprivate(state, depth)
		node(state, depth);
		break;
	case 5:
#pragma omp task final(1) priority(3) firstprivate(state, depth)
		node(state, depth);
		break;
	case 6:
#pragma omp task mergeable firstprivate(state, depth)
		node(state, depth);
		break;
	case 7:
	case 8:
	case 9:
		children(state, kind, depth);
		break;
	default:
#pragma omp task firstprivate(state, depth)
		node(state, depth);
		break;
	}
}

static void node(uint64_t seed, int depth)
{
	uint64_t state = seed;
	if (depth > DEPTH_MAX || !take_one())
		return;
	for (uint32_t i = 0, n = draw(&state, CHILDREN_MAX); i < n; i++) {
		pause_at_random(&state);
		child(state, draw(&state, 14), depth + 1);
	}
	pause_at_random(&state);
}

static void crowd(uint32_t count, long *done)
{
	for (uint32_t i = 0; i < count; i++) {
#pragma omp task untied shared(done)
		{
#pragma omp taskyield
#pragma omp taskyield
#pragma omp atomic
			*done += 1;
		}
#pragma omp task depend(inout : tokens[i % 4])
#pragma omp atomic
		*done += 1;
#pragma omp task depend(in : tokens[0]) depend(in : tokens[(i + 1) % 4])
#pragma omp atomic
		*done += 1;
#pragma omp task untied depend(inout : tokens[2])
		{
#pragma omp taskyield
#pragma omp atomic
			*done += 1;
		}
	}
}

int main(int argc, char **argv)
{
	if (argc != 3)
		return 2;
	uint64_t state = strtoull(argv[1], NULL, 10);
	left = strtol(argv[2], NULL, 10);
#pragma omp parallel
#pragma omp single
	while (left > 0)
		node(draw(&state, UINT32_MAX), 0);
	const uint32_t count = (uint32_t)strtoul(argv[2], NULL, 10);
	long done = 0;
#pragma omp parallel
#pragma omp single
	crowd(count, &done);
	puts(done == 4L * count ? "done" : "wrong");
	return 0;
}
