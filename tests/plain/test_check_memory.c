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

/* The C library's takes memory for a long array, and does without where there is none. */
void qsort(void *array, size_t count, size_t size, int (*compare)(const void *, const void *))
{
	unsigned char *items = array;
	for (size_t i = 1; i < count; i++) {
		for (size_t at = i * size; at > 0 && compare(items + at - size, items + at) > 0; at -= size) {
			for (size_t k = at; k < at + size; k++) {
				unsigned char byte = items[k];
				items[k] = items[k - size];
				items[k - size] = byte;
			}
		}
	}
}

enum { TASKS = 150, EVENTS_MAX = 8192 };

static struct wsc_event events[EVENTS_MAX];
static size_t event_count;

static struct wsc_event *add(uint64_t ts, uint32_t worker, enum wsc_event_kind kind, uint32_t queue, uint64_t task)
{
	struct wsc_event *event = &events[event_count++];
	*event = (struct wsc_event){
	    .ts = ts, .worker = worker, .kind = (uint8_t)kind, .queue = queue, .task = task, .arg = 1};
	return event;
}

static void run_inline(uint64_t ts, uint32_t worker, uint64_t task)
{
	add(ts, worker, WSC_EV_EXEC_START, 0, task);
	add(ts + 5, worker, WSC_EV_EXEC_COMPLETE, 0, task);
}

/* Steals in and out of order, ties within the uncertainty, a gap, parks, and work that is lost at the end. */
static void a_busy_run(void)
{
	uint64_t ts = 0;
	for (uint64_t task = 1; task <= TASKS; task++) {
		uint32_t thief = (uint32_t)(task % 7) + 1;
		uint64_t stolen = task + (task % 5 == 0) - (task > 1 && task % 5 == 1);
		const uint64_t late = ts + 9000100;
		add(ts + 2, 0, WSC_EV_QUEUED, 0, task);
		add(ts + 4, 0, WSC_EV_QUEUED, 90, task + TASKS);
		add(ts + 20, thief, WSC_EV_STEAL_START, 0, 0);
		add(ts + 40, thief, WSC_EV_STEAL_SUCCESS, 0, stolen);
		add(ts + 40, thief, WSC_EV_EXEC_START, 0, stolen);
		add(ts + 40, 0, WSC_EV_EXEC_START, 0, stolen);
		add(ts + 60, thief, WSC_EV_EXEC_COMPLETE, 0, stolen);
		add(ts + 80, 0, WSC_EV_EXEC_COMPLETE, 0, stolen);
		add(ts + 80, thief, WSC_EV_PARKED, 0, 0);
		add(late, thief, WSC_EV_UNPARKED, 0, 0);
		add(late, 20, WSC_EV_STEAL_FAILURE, 0, 0)->reason = WSC_REASON_EMPTY;
		if (task == 100) /* One gap: more would leave nothing to be decided. */
			add(late, 21, WSC_EV_GAP, 0, late + 5);
		ts = late;
	}
}

/* Handles far apart and close together, each over once it has run: what is kept of them grows in every way. */
static void many_lives(void)
{
	for (uint64_t i = 1; i <= 70; i++)
		run_inline(100 * i, 1, i << 16);
	for (uint64_t i = 1; i <= 100; i++)
		run_inline(20000 + 100 * i, 1, i);
	add(40000, 1, WSC_EV_GAP, 0, 40010);
	for (uint64_t i = 1; i <= 100; i++)
		run_inline(50000 + 100 * i, 1, 1000 + i);
}

/* Thieves that take the newest, each from a deque of its own; pinned tasks that thieves take. */
static void many_disorders(void)
{
	for (uint32_t i = 1; i <= 40; i++) {
		uint64_t ts = 1000 * i, task = 10 * i;
		for (uint64_t k = 1; k <= 3; k++)
			add(ts + 10 * k, i, WSC_EV_QUEUED, i, task + k)->flags = k == 3 ? WSC_FLAG_PINNED : 0;
		add(ts + 50, i, WSC_EV_PARKED, 0, 0);
		add(ts + 60, i, WSC_EV_UNPARKED, 0, 0);
		for (uint64_t k = 3; k >= 1; k--) {
			uint64_t at = ts + 400 - 100 * k;
			add(at, 99, WSC_EV_STEAL_START, i, 0);
			add(at + 20, 99, WSC_EV_STEAL_SUCCESS, i, task + k);
			run_inline(at + 30, 99, task + k);
		}
	}
}

/* An owner that takes its oldest. */
static void owners_disorder(void)
{
	add(10, 1, WSC_EV_QUEUED, 1, 10);
	add(20, 1, WSC_EV_QUEUED, 1, 11);
	run_inline(30, 1, 10);
	run_inline(40, 1, 11);
}

/* Takes stamped before their pushes, and takes of which none can say whether they were of a cancelled entry. */
static void close_stamps(void)
{
	for (uint64_t i = 1; i <= 20; i++) {
		uint64_t ts = 1000 * i, task = 10 * i;
		add(ts + 8, 2, WSC_EV_STEAL_START, 1, 0);
		add(ts + 10, 2, WSC_EV_STEAL_SUCCESS, 1, task);
		add(ts + 11, 1, WSC_EV_QUEUED, 1, task);
		run_inline(ts + 20, 2, task);
		add(ts + 100, 1, WSC_EV_QUEUED, 1, task + 1);
		add(ts + 110, 1, WSC_EV_CANCELLED, 0, task + 1);
		add(ts + 120, 1, WSC_EV_QUEUED, 1, task + 1);
		add(ts + 130, 2, WSC_EV_STEAL_START, 1, 0);
		add(ts + 150, 2, WSC_EV_STEAL_SUCCESS, 1, task + 1);
		add(ts + 170, 2, WSC_EV_STEAL_START, 1, 0);
		add(ts + 190, 2, WSC_EV_STEAL_SUCCESS, 1, task + 1);
		run_inline(ts + 200, 2, task + 1);
	}
}

/* Which of two entries a thief took is not known when somebody else runs the task: then both are forgotten. */
static void neither_of_two(void)
{
	add(100, 1, WSC_EV_QUEUED, 1, 10);
	add(110, 1, WSC_EV_CANCELLED, 0, 10);
	add(120, 1, WSC_EV_QUEUED, 1, 10);
	add(150, 2, WSC_EV_STEAL_SUCCESS, 1, 10);
	run_inline(200, 3, 10);
	add(300, 1, WSC_EV_QUEUED, 1, 11);
	add(310, 1, WSC_EV_CANCELLED, 0, 11);
	add(320, 1, WSC_EV_QUEUED, 1, 11);
	add(350, 2, WSC_EV_STEAL_SUCCESS, 1, 11);
	add(360, 9, WSC_EV_GAP, 0, 370);
	run_inline(400, 3, 11);
}

/* Slots: thieves whose stamps are so late that the owner may have run another life. */
static void late_thieves(void)
{
	for (uint64_t i = 1; i <= 20; i++) {
		uint64_t ts = 1000 * i;
		add(ts, 1, WSC_EV_QUEUED, 1, i);
		add(ts + 10, 1, WSC_EV_PARKED, 0, 0);
		add(ts + 20, 7, WSC_EV_STEAL_START, 1, 0);
		run_inline(ts + 30, 1, i);
		add(ts + 40, 7, WSC_EV_STEAL_SUCCESS, 1, i);
		run_inline(ts + 50, 7, i);
	}
}

/* Slots that are queued again before the thief says that it took them; of some it never does. */
static void slots_used_again(void)
{
	for (uint64_t i = 1; i <= 20; i++) {
		uint64_t ts = 1000 * i;
		add(ts, 1, WSC_EV_QUEUED, 1, i);
		add(ts + 10, 7, WSC_EV_STEAL_START, 1, 0);
		add(ts + 20, 1, WSC_EV_QUEUED, 1, i);
		add(ts + 30, 7, WSC_EV_STEAL_SUCCESS, 1, i % 3 == 0 ? 100 + i : i);
		run_inline(ts + 40, 1, i);
		run_inline(ts + 50, 7, i);
	}
	add(30000, 9, WSC_EV_GAP, 0, 30010);
}

/* Owners whose batch of takes lasts to a push. */
static void batches_and_pushes(void)
{
	for (uint32_t i = 1; i <= 3; i++) {
		const uint64_t ts = 100 * i, task = 10 * i;
		add(ts + 10, i, WSC_EV_QUEUED, i, task);
		add(ts + 20, i, WSC_EV_DEQUEUED, i, task);
		add(ts + 30, i, WSC_EV_QUEUED, i, task + 1);
		add(ts + 40, i, WSC_EV_DEQUEUED, i, task + 1);
		run_inline(ts + 50, i, task);
		run_inline(ts + 60, i, task + 1);
	}
}

/* A thief of a deque, and many who take from a queue of many producers: each is remembered for either. */
static void many_takers(void)
{
	add(10, 1, WSC_EV_QUEUED, 1, 1);
	add(20, 2, WSC_EV_STEAL_START, 1, 0);
	add(30, 2, WSC_EV_STEAL_SUCCESS, 1, 1);
	run_inline(40, 2, 1);
	for (uint32_t i = 10; i < 50; i++) {
		uint64_t ts = 1000 * i;
		add(ts, i, WSC_EV_QUEUED, 90, i);
		add(ts + 10, i, WSC_EV_DEQUEUED, 90, i);
		run_inline(ts + 20, i, i);
	}
}

/* A deque that grows, and is emptied by its owner. */
static void a_deep_deque(void)
{
	for (uint64_t i = 1; i <= 300; i++)
		add(10 * i, 1, WSC_EV_QUEUED, 1, i);
	for (uint64_t i = 300; i >= 1; i--)
		run_inline(10000 + 10 * (300 - i), 1, i);
}

static void wait_and_run(uint64_t from, uint64_t until)
{
	add(until - 50, 1, WSC_EV_STEAL_START, 3, 0);
	add(until - 45, 1, WSC_EV_STEAL_FAILURE, 3, 0);
	run_inline(until - 40, 1, from);
}

/* The first reports, and every one that makes room for more, are of sleepers. */
static void asleep(void)
{
	add(10, 1, WSC_EV_QUEUED, 1, 10);
	add(20, 1, WSC_EV_WAKE, 1, 0);
	for (uint32_t i = 0; i < 70; i++) {
		add(100 + i * 10000000, 2 + i % 3, WSC_EV_PARKED, 0, 0);
		add(100 + i * 10000000 + 7000000, 2 + i % 3, WSC_EV_UNPARKED, 0, 0);
	}
	wait_and_run(10, UINT64_C(2000000000));
}

/* The same, of thieves that were told that there was nothing. */
static void told_empty(void)
{
	add(10, 1, WSC_EV_QUEUED, 1, 10);
	add(20, 1, WSC_EV_WAKE, 1, 0);
	for (uint32_t i = 0; i < 70; i++) {
		add(100 + i * 100, 2, WSC_EV_STEAL_START, 1, 0);
		add(150 + i * 100, 2, WSC_EV_STEAL_FAILURE, 1, 0)->reason = WSC_REASON_EMPTY;
	}
	wait_and_run(10, 100000);
}

/* The same, of slow steals. */
static void slow_steals(void)
{
	for (uint64_t i = 1; i <= 70; i++) {
		uint64_t ts = 10000000 * i;
		add(ts, 1, WSC_EV_QUEUED, 1, i);
		add(ts + 10, 2, WSC_EV_STEAL_START, 1, 0);
		add(ts + 2000000, 2, WSC_EV_STEAL_SUCCESS, 1, i);
		run_inline(ts + 2000010, 2, i);
	}
}

/* Lives that begin with a report, an odd number after one that does not. */
static void queued_again(void)
{
	for (uint64_t i = 0; i <= 40; i++) {
		uint64_t ts = 1000 * (i + 1);
		if (i > 0)
			add(ts, 1, WSC_EV_QUEUED, 1, i);
		add(ts + 100, 2, WSC_EV_STEAL_SUCCESS, 1, 500 + i); /* never queued */
		run_inline(ts + 200, 2, 500 + i);
	}
}

static void run_twice_then_queued_again(void)
{
	for (uint32_t i = 0; i < 2; i++)
		add(10, i, WSC_EV_EXEC_START, 0, 400);
	for (uint32_t i = 0; i < 2; i++)
		add(20, i, WSC_EV_EXEC_COMPLETE, 0, 400);
	queued_again();
}

static void many_gaps(void)
{
	for (uint32_t i = 0; i < 150; i++) { /* more than the window has room for at first */
		add(100, i, WSC_EV_QUEUED, i, i + 1);
		add(100, i, WSC_EV_GAP, 0, 101);
	}
}

/* So short that what the first push needs is asked for at the end. */
static void never_taken(void)
{
	add(10, 1, WSC_EV_QUEUED, 1, 10);
}

static void (*const runs[])(void) = {a_busy_run,     many_lives,
                                     many_disorders, owners_disorder,
                                     close_stamps,   neither_of_two,
                                     many_takers,    a_deep_deque,
                                     asleep,         told_empty,
                                     slow_steals,    queued_again,
                                     many_gaps,      run_twice_then_queued_again,
                                     never_taken,    batches_and_pushes};
static void (*const runs_of_slots[])(void) = {late_thieves, slots_used_again};

static enum wsc_status feed(wsc_check *check)
{
	const struct wsc_check_stream none = {NULL, 0};
	for (size_t done = 0; done < event_count; done += 11) {
		size_t count = event_count - done < 11 ? event_count - done : 11;
		enum wsc_status status = wsc_check_feed(check, &events[done], count);
		if (status != WSC_OK)
			return status;
	}
	return wsc_check_feed_streams(check, &none, 1);
}

static enum wsc_status run(wsc_check *check, struct wsc_check_result *result)
{
	struct wsc_check_violation violation;
	enum wsc_status status = feed(check);
	if (status == WSC_OK && wsc_check_get_violation(check, 0, &violation) == WSC_NOMEM)
		status = WSC_NOMEM;
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
	if (status != (failed_one ? WSC_NOMEM : WSC_OK) || (!failed_one && !is_same(&result, expected)))
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

/* Returns whether all was well. */
static bool try_all(const struct wsc_check_options *options)
{
	struct wsc_check_result expected;
	wsc_check *check;
	int code;
	fail_at = 0;
	if (wsc_check_create(&check, options) != WSC_OK || run(check, &expected) != WSC_OK)
		return failed("the run without a failure failed") == 0;
	wsc_check_free(check);
	do {
		fail_at++;
		code = try_one(options, &expected);
	} while (code == 0);
	printf("%ld allocations failed in turn, %llu errors, %llu warnings\n", fail_at - 1,
	       (unsigned long long)expected.errors, (unsigned long long)expected.warnings);
	return code < 0 && fail_at > 20;
}

static bool try_each(const struct wsc_check_options *options, void (*const *histories)(void), size_t count)
{
	bool well = true;
	for (size_t i = 0; i < count; i++) {
		event_count = 0;
		histories[i]();
		well = try_all(options) && well;
	}
	return well;
}

int main(void)
{
	const struct wsc_queue_info queues[] = {{.queue = 1},
	                                        {.queue = 90, .has_discipline = 1, .discipline = WSC_DISCIPLINE_FIFO},
	                                        {.queue = 91, .unstealable = 1}};
	const uint32_t workers[] = {3, 2, 1, 0};
	struct wsc_check_options options = WSC_CHECK_OPTIONS_INIT;
	bool well;
	options.uncertainty_ns = 3;
	options.queues = queues;
	options.queue_count = 3;
	options.workers = workers;
	options.worker_count = 4;
	well = try_each(&options, runs, sizeof(runs) / sizeof(*runs));
	options.identity = WSC_IDENTITY_RECYCLED;
	well = try_each(&options, runs_of_slots, sizeof(runs_of_slots) / sizeof(*runs_of_slots)) && well;
	return well ? 0 : 1;
}
#endif
