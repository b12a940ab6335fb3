/* SPDX-License-Identifier: MIT */
/*
 * The victim of campaign.py: workers that record without end, and after each call that returned count it in a second
 * shared mapping, which outlives the process as the rings do.
 *
 *   target MODE COUNTERS TRACE WORKERS      MODE: drop, block, overwrite, or closed; COUNTERS: a file, made anew
 *
 * With `closed` the mode is drop, and the program closes all descriptors that it does not know, the recorder's too.
 *
 * Worker i counts in words 8i to 8i + 3: tasks queued, started, completed, and failed attempts. Task n of worker i is
 * i * 2^40 + n. Every now and then a worker fails to steal some times, and some of them detach and attach anew.
 */
#include <fcntl.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "wscheck/record.h"

enum { WORKERS_MAX = 64, WORDS = 8, PAUSE_ROUNDS = 400 };
enum count { QUEUED, STARTED, COMPLETED, FAILED };

static wsc_recorder *recorder;
static uint64_t *counters;

static void count(uint32_t worker, enum count what, uint64_t number)
{
	/* Release: the call has returned before it counts. Read by campaign.py when this process is gone. */
	__atomic_store_n(&counters[worker * WORDS + what], number, __ATOMIC_RELEASE);
}

static void pause_a_little(void)
{
	for (volatile int i = 0; i < PAUSE_ROUNDS;)
		i = i + 1;
}

static void *record(void *argument)
{
	const uint32_t id = (uint32_t)(uintptr_t)argument;
	wsc_worker *w = wsc_attach(recorder, id, "victim");
	uint64_t failed = 0;
	for (uint64_t n = 1;; n++) {
		const uint64_t task = (uint64_t)id << 40 | n;
		wsc_queued(w, task);
		count(id, QUEUED, n);
		wsc_exec_start(w, task);
		count(id, STARTED, n);
		pause_a_little();
		wsc_exec_complete(w, task);
		count(id, COMPLETED, n);
		for (uint64_t k = n % 8; k > 4; k--) {
			wsc_steal_start(w, id + 1);
			wsc_steal_failure(w, id + 1, WSC_REASON_EMPTY);
			count(id, FAILED, ++failed);
		}
		if (id % 2 == 1 && n % 5000 == 0) {
			wsc_detach(w);
			w = wsc_attach(recorder, id, "victim again");
		}
	}
	return NULL;
}

static enum wsc_mode mode_of(const char *name)
{
	if (strcmp(name, "block") == 0)
		return WSC_MODE_BLOCK;
	return strcmp(name, "overwrite") == 0 ? WSC_MODE_OVERWRITE : WSC_MODE_DROP;
}

int main(int argc, char **argv)
{
	if (argc != 5)
		return 2;
	const int fd = open(argv[2], O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	const long workers = strtol(argv[4], NULL, 10);
	const size_t size = WORKERS_MAX * WORDS * sizeof(uint64_t);
	if (fd < 0 || ftruncate(fd, (off_t)size) != 0 || workers < 1 || workers > WORKERS_MAX)
		return 2;
	counters = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (counters == MAP_FAILED)
		return 2;
	struct wsc_options options = WSC_OPTIONS_INIT;
	options.path = argv[3];
	options.mode = mode_of(argv[1]);
	options.ring_events = 4096;
	recorder = wsc_open(&options);
	if (recorder == NULL)
		return 2;
	if (strcmp(argv[1], "closed") == 0)
		closefrom(STDERR_FILENO + 1);
	puts("recording");
	fflush(stdout);
	for (long i = 0; i < workers; i++) {
		pthread_t thread;
		if (pthread_create(&thread, NULL, record, (void *)(uintptr_t)i) != 0)
			return 2;
	}
	pause();
	return 0;
}
