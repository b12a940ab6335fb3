/* SPDX-License-Identifier: MIT */
/*
 * The checker without memory (C7 of check.h): every allocation of a run fails in turn. Each call answers NOMEM or OK,
 * nothing is used that is not there, all is freed, and after a reset the checker gives the verdict it should.
 */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

#include "wscheck/check.h"

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define SANITIZED 1
#endif
#endif

#ifdef SANITIZED
int main(void)
{
	return 77; /* the sanitizer has the allocator */
}
#else

/* glibc's own, under ours. */
void *__libc_malloc(size_t size);
void *__libc_calloc(size_t count, size_t size);
void *__libc_realloc(void *old, size_t size);
void __libc_free(void *old);

static long allocations, live;
static long fail_at; /* number of the allocation that fails, once */

static bool fails(void)
{
	return ++allocations == fail_at;
}

void *malloc(size_t size)
{
	void *new = fails() ? NULL : __libc_malloc(size);
	live += new != NULL;
	return new;
}

void *calloc(size_t count, size_t size)
{
	void *new = fails() ? NULL : __libc_calloc(count, size);
	live += new != NULL;
	return new;
}

void *realloc(void *old, size_t size)
{
	void *new = fails() ? NULL : __libc_realloc(old, size);
	live += new != NULL &&old == NULL;
	return new;
}

void free(void *old)
{
	live -= old != NULL;
	__libc_free(old);
}

enum { TASKS = 300 };

/* Steals in and out of order, ties within the uncertainty, a gap, parks, and work that is lost at the end. */
static enum wsc_status feed(wsc_check *check)
{
	enum wsc_status status = WSC_OK;
	uint64_t ts = 0;
	for (uint64_t task = 1; task <= TASKS && status == WSC_OK; task++) {
		uint32_t thief = (uint32_t)(task % 7) + 1;
		uint64_t stolen = task + (task % 5 == 0) - (task > 1 && task % 5 == 1);
		const uint64_t late = ts + 9000100;
		const struct wsc_event events[] = {
		    {.ts = ts + 2, .task = task, .worker = 0, .kind = WSC_EV_QUEUED},
		    {.ts = ts + 4, .task = task + TASKS, .worker = 0, .queue = 90, .kind = WSC_EV_QUEUED},
		    {.ts = ts + 20, .worker = thief, .kind = WSC_EV_STEAL_START},
		    {.ts = ts + 40, .task = stolen, .worker = thief, .kind = WSC_EV_STEAL_SUCCESS},
		    {.ts = ts + 40, .task = stolen, .worker = thief, .kind = WSC_EV_EXEC_START},
		    {.ts = ts + 40, .task = stolen, .worker = 0, .kind = WSC_EV_EXEC_START},
		    {.ts = ts + 60, .task = stolen, .worker = thief, .kind = WSC_EV_EXEC_COMPLETE},
		    {.ts = ts + 80, .task = stolen, .worker = 0, .kind = WSC_EV_EXEC_COMPLETE},
		    {.ts = ts + 80, .worker = thief, .kind = WSC_EV_PARKED},
		    {.ts = late, .worker = thief, .kind = WSC_EV_UNPARKED},
		    {.ts = late, .arg = 1, .worker = 20, .reason = WSC_REASON_EMPTY, .kind = WSC_EV_STEAL_FAILURE},
		    {.ts = late, .task = late + 5, .worker = 21, .arg = 1, .kind = WSC_EV_GAP},
		};
		/* One gap: more would leave nothing to be decided. */
		size_t count = sizeof(events) / sizeof(*events) - (task != 200);
		status = wsc_check_feed(check, events, count);
		ts = late;
	}
	const struct wsc_check_stream none = {NULL, 0};
	return status == WSC_OK ? wsc_check_feed_streams(check, &none, 1) : status;
}

static enum wsc_status run(wsc_check *check, struct wsc_check_result *result)
{
	struct wsc_check_violation violation;
	enum wsc_status status = feed(check);
	if (status == WSC_OK)
		status = wsc_check_get_violation(check, 0, &violation);
	if (status == WSC_OK)
		status = wsc_check_finish(check, WSC_END_CLEAN, result);
	return status;
}

static int failed(const char *what)
{
	fprintf(stderr, "test_check_memory: allocation %ld: %s\n", fail_at, what);
	return 1;
}

static bool is_same(const struct wsc_check_result *a, const struct wsc_check_result *b)
{
	for (int kind = 0; kind < WSC_VIOLATION_KIND_COUNT; kind++) {
		if (a->counts[kind] != b->counts[kind])
			return false;
	}
	return a->undecided_tasks == b->undecided_tasks && a->queue_wait.count == b->queue_wait.count;
}

/* The run with one allocation failing. 0: all as it should be; -1: there was no such allocation. */
static int try_one(const struct wsc_check_options *options, const struct wsc_check_result *expected)
{
	wsc_check *check;
	struct wsc_check_result result;
	enum wsc_status status;
	long before = live;
	allocations = 0;
	status = wsc_check_create(&check, options);
	if (status == WSC_OK)
		status = run(check, &result);
	bool failed_one = allocations >= fail_at;
	allocations = fail_at; /* from here on none fails */
	/* qsort() does without memory, and is then no failure. */
	if (status == WSC_OK ? !is_same(&result, expected) : status != WSC_NOMEM || !failed_one)
		return failed("neither NOMEM nor the right result");
	if (check != NULL) {
		if (wsc_check_reset(check) != WSC_OK || run(check, &result) != WSC_OK)
			return failed("a reset does not help");
		if (!is_same(&result, expected))
			return failed("another verdict after the reset");
	}
	wsc_check_free(check);
	if (live != before)
		return failed("memory is left");
	return failed_one ? 0 : -1;
}

int main(void)
{
	const struct wsc_queue_info queues[] = {{.queue = 90, .has_discipline = 1, .discipline = WSC_DISCIPLINE_FIFO},
	                                        {.queue = 91, .unstealable = 1}};
	const uint32_t workers[] = {3, 2, 1, 0};
	struct wsc_check_options options = WSC_CHECK_OPTIONS_INIT;
	struct wsc_check_result expected;
	wsc_check *check;
	int code;
	options.uncertainty_ns = 3;
	options.queues = queues;
	options.queue_count = 2;
	options.workers = workers;
	options.worker_count = 4;
	if (wsc_check_create(&check, &options) != WSC_OK || run(check, &expected) != WSC_OK)
		return failed("the run without a failure failed");
	wsc_check_free(check);
	if (expected.errors == 0 || expected.counts[WSC_VIOLATION_IDLE_WHILE_WORK] == 0)
		return failed("the history shows too little");
	do {
		fail_at++;
		code = try_one(&options, &expected);
	} while (code == 0);
	fail_at--;
	if (code < 0)
		printf("%ld allocations failed in turn\n", fail_at);
	return code < 0 && fail_at > 20 ? 0 : 1;
}
#endif
