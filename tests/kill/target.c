/* SPDX-License-Identifier: MIT */
/*
 * The victim of campaign.py: workers that record without end, and after each call that returned count it in a second
 * shared mapping, which outlives the process as the rings do.
 *
 *   target MODE COUNTERS TRACE WORKERS [TASKS]      MODE: see below; COUNTERS: a file, made anew; TRACE: may have a %p;
 *                                                   TASKS: after so many each worker waits for the kill
 *
 * Worker i counts in words 8i to 8i + 3: tasks queued, started, completed, and failed attempts. Task n of worker i is
 * i * 2^40 + n. Every now and then a worker fails to steal some times, and some of them detach and attach anew. Words
 * 8i + 4 to 8i + 7 are the numbers of the last calls that certainly were not made in a pause. With `fork` a child records
 * as workers WORKERS to 2 * WORKERS - 1.
 */
#include <fcntl.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "wscheck/record.h"

enum { WORKERS_MAX = 64, WORDS = 8, PAUSE_ROUNDS = 400, SAMPLING = 4 };
enum count { QUEUED, STARTED, COMPLETED, FAILED, KINDS };

struct mode {
	const char *name;
	enum wsc_mode mode;
	bool samples, pauses, keeps_last, forks;
	bool closes; /* all descriptors that it does not know, the recorder's too */
};
static const struct mode modes[] = {
    {.name = "drop", .mode = WSC_MODE_DROP},
    {.name = "block", .mode = WSC_MODE_BLOCK},
    {.name = "overwrite", .mode = WSC_MODE_OVERWRITE},
    {.name = "sampling", .mode = WSC_MODE_BLOCK, .samples = true},
    {.name = "pauses", .mode = WSC_MODE_BLOCK, .pauses = true},
    {.name = "keep-last", .mode = WSC_MODE_BLOCK, .keeps_last = true},
    {.name = "fork", .mode = WSC_MODE_BLOCK, .forks = true},
    {.name = "closed", .mode = WSC_MODE_DROP, .closes = true},
};

static wsc_recorder *recorder;
static uint64_t *counters;
static uint64_t tasks_max = UINT64_MAX; /* of a worker */
static uint64_t switches;               /* of the recorder; odd from before it is switched off until it is on again */

static uint64_t switches_now(void)
{
	/* Sequentially consistent, as where it is stored: what lies between two equal even values was not in a pause. */
	return __atomic_load_n(&switches, __ATOMIC_SEQ_CST);
}

/* `before`: the switches before the call. */
static void count(uint32_t worker, enum count what, uint64_t number, uint64_t before)
{
	uint64_t *words = &counters[worker * WORDS];
	/* Release: the call has returned before it counts. Read by campaign.py when this process is gone. */
	__atomic_store_n(&words[what], number, __ATOMIC_RELEASE);
	if (before % 2 == 0 && switches_now() == before)
		__atomic_store_n(&words[KINDS + what], number, __ATOMIC_RELEASE); /* as above */
}

static void pause_a_little(void)
{
	for (volatile int i = 0; i < PAUSE_ROUNDS;)
		i = i + 1;
}

static void fail_to_steal(wsc_worker *w, uint32_t id, uint64_t number)
{
	const uint64_t before = switches_now();
	wsc_steal_start(w, id + 1);
	wsc_steal_failure(w, id + 1, WSC_REASON_EMPTY);
	count(id, FAILED, number, before);
}

static void run_task(wsc_worker *w, uint32_t id, uint64_t n)
{
	const uint64_t task = (uint64_t)id << 40 | n;
	uint64_t before = switches_now();
	wsc_queued(w, task);
	count(id, QUEUED, n, before);
	before = switches_now();
	wsc_exec_start(w, task);
	count(id, STARTED, n, before);
	pause_a_little();
	before = switches_now();
	wsc_exec_complete(w, task);
	count(id, COMPLETED, n, before);
}

static void *record(void *argument)
{
	const uint32_t id = (uint32_t)(uintptr_t)argument;
	wsc_worker *w = wsc_attach(recorder, id, "victim");
	uint64_t failed = 0;
	for (uint64_t n = 1; n <= tasks_max; n++) {
		run_task(w, id, n);
		for (uint64_t k = n % 8; k > 4; k--)
			fail_to_steal(w, id, ++failed);
		if (id % 2 == 1 && n % 5000 == 0) {
			wsc_detach(w);
			w = wsc_attach(recorder, id, "victim again");
		}
	}
	while (true)
		pause();
	return NULL;
}

static bool start_workers(uint64_t first, uint64_t end)
{
	pthread_t thread;
	for (uint64_t id = first; id < end; id++) {
		if (pthread_create(&thread, NULL, record, (void *)(uintptr_t)id) != 0)
			return false;
	}
	return true;
}

static void switch_on_and_off(void)
{
	for (;;) {
		usleep(3000);
		/* Sequentially consistent: see switches_now(). */
		__atomic_add_fetch(&switches, 1, __ATOMIC_SEQ_CST);
		wsc_pause(recorder);
		usleep(1000);
		wsc_resume(recorder);
		__atomic_add_fetch(&switches, 1, __ATOMIC_SEQ_CST); /* as above */
	}
}

/* The child's workers record as the parent's do. False: it can't be. */
static bool go_on_in_child(uint64_t workers)
{
	usleep(5000);
	const pid_t child = fork();
	if (child != 0)
		return child > 0;
	if (!start_workers(workers, 2 * workers))
		return false;
	pause();
	return true;
}

static const struct mode *mode_of(const char *name)
{
	for (size_t i = 0; i < sizeof(modes) / sizeof(*modes); i++) {
		if (strcmp(name, modes[i].name) == 0)
			return &modes[i];
	}
	return NULL;
}

static bool map_counters(const char *path)
{
	const int fd = open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	const size_t size = WORKERS_MAX * WORDS * sizeof(uint64_t);
	if (fd < 0 || ftruncate(fd, (off_t)size) != 0)
		return false;
	counters = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	return counters != MAP_FAILED;
}

static bool open_recorder(const struct mode *mode, const char *path)
{
	struct wsc_options options = WSC_OPTIONS_INIT;
	options.path = path;
	options.mode = mode->mode;
	options.ring_events = 4096;
	options.sampling = mode->samples ? SAMPLING : 0;
	options.max_bytes = mode->keeps_last ? WSC_MAX_BYTES_MIN : 0;
	options.keep_last = mode->keeps_last;
	options.on_fork = mode->forks ? WSC_ON_FORK_FOLLOW : WSC_ON_FORK_STOP;
	recorder = wsc_open(&options);
	return recorder != NULL;
}

int main(int argc, char **argv)
{
	const struct mode *mode = argc == 5 || argc == 6 ? mode_of(argv[1]) : NULL;
	const long workers = mode != NULL ? strtol(argv[4], NULL, 10) : 0;
	if (workers < 1 || workers >= WORKERS_MAX / 2 || !map_counters(argv[2]) || !open_recorder(mode, argv[3]))
		return 2;
	if (argc == 6)
		tasks_max = strtoull(argv[5], NULL, 10);
	if (mode->closes)
		closefrom(STDERR_FILENO + 1);
	puts("recording");
	fflush(stdout);
	if (!start_workers(0, (uint64_t)workers))
		return 2;
	if (mode->forks && !go_on_in_child((uint64_t)workers))
		return 2;
	if (mode->pauses)
		switch_on_and_off();
	pause();
	return 0;
}
