/* SPDX-License-Identifier: MIT */
/*
 * The host that campaign.py records while calls fail: two workers, tasks that are queued, stolen and run, labels and a
 * snapshot. Whatever becomes of its recording, it prints "host: done" and exits with 7.
 *
 *   host MODE TRACE [kill|wait]       MODE: drop, block, overwrite, keep-last or probe (the uncertainty is measured);
 *                                     kill: ends by SIGKILL instead of closing; wait: says "ready", then waits for that
 *
 * What it does itself can't fail: the preloaded faults.c is asked to stop round it.
 */
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "wscheck/record.h"

enum { WORKERS = 2, TASKS = 300, OWN_EXIT_CODE = 7 };

extern void faults_stop(void) __attribute__((weak));
extern void faults_go_on(void) __attribute__((weak));

static wsc_recorder *recorder;
static pthread_barrier_t barrier;

static void own_calls(bool begin)
{
	if (begin && faults_stop)
		faults_stop();
	if (!begin && faults_go_on)
		faults_go_on();
}

static void run_tasks(wsc_worker *w, uint64_t id)
{
	char label[32];
	for (uint64_t i = 1; i <= TASKS; i++) {
		const uint64_t task = id << 32 | i;
		wsc_queued(w, task);
		wsc_exec_start(w, task);
		wsc_exec_complete(w, task);
		if (i % 100 == 0) {
			snprintf(label, sizeof(label), "label %d-%d", (int)id, (int)i);
			wsc_queued_with(w, task + TASKS, (uint32_t)id, 0, wsc_label(recorder, label));
			wsc_cancelled(w, task + TASKS);
		}
	}
}

static void *work(void *argument)
{
	const uint64_t id = (uint64_t)(uintptr_t)argument;
	pthread_barrier_wait(&barrier);
	wsc_worker *w = wsc_attach(recorder, (uint32_t)id, "worker");
	run_tasks(w, id);
	wsc_detach(w);
	pthread_barrier_wait(&barrier);
	return NULL;
}

static void set_mode(struct wsc_options *options, const char *mode)
{
	options->ring_events = 1024;
	options->uncertainty_ns = strcmp(mode, "probe") == 0 ? 0 : 100;
	options->mode = strcmp(mode, "block") == 0       ? WSC_MODE_BLOCK
	                : strcmp(mode, "overwrite") == 0 ? WSC_MODE_OVERWRITE
	                                                 : WSC_MODE_DROP;
	if (strcmp(mode, "keep-last") == 0) {
		options->max_bytes = WSC_MAX_BYTES_MIN;
		options->keep_last = 1;
	}
}

static void say(const char *line)
{
	if (write(STDOUT_FILENO, line, strlen(line)) < 0)
		_exit(1);
}

static void end(const char *how)
{
	own_calls(true);
	if (how && strcmp(how, "wait") == 0) {
		say("ready\n");
		pause();
	}
	if (how)
		raise(SIGKILL);
	own_calls(false);
	wsc_close(recorder, WSC_END_CLEAN);
}

int main(int argc, char **argv)
{
	struct wsc_options options = WSC_OPTIONS_INIT;
	pthread_t threads[WORKERS];
	own_calls(true);
	if (argc < 3)
		return 2;
	pthread_barrier_init(&barrier, NULL, WORKERS + 1);
	for (uintptr_t i = 0; i < WORKERS; i++) {
		if (pthread_create(&threads[i], NULL, work, (void *)i) != 0)
			return 1;
	}
	set_mode(&options, argv[1]);
	options.path = argv[2];
	own_calls(false);
	recorder = wsc_open(&options);
	pthread_barrier_wait(&barrier);
	pthread_barrier_wait(&barrier);
	if (options.mode == WSC_MODE_OVERWRITE)
		wsc_snapshot(recorder, NULL);
	end(argv[3]);
	own_calls(true);
	for (int i = 0; i < WORKERS; i++)
		pthread_join(threads[i], NULL);
	say("host: done\n");
	_exit(OWN_EXIT_CODE);
}
