/* SPDX-License-Identifier: MIT */
/*
 * What a recorder may be told to do: block or overwrite when a ring is full (A4), pause, make snapshots, take samples
 * (A12), keep to a size, go on in a forked child (A10), and be several (A13); by its options and by the environment.
 */
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <sys/wait.h>

#include "record_support.h"

#define ME 1u

static char path[256];

static struct wsc_options options_at(const char *at)
{
	struct wsc_options options = WSC_OPTIONS_INIT;
	options.path = at;
	options.uncertainty_ns = 100;
	return options;
}

static void record_tasks(wsc_worker *w, uint64_t first, uint64_t last)
{
	for (uint64_t task = first; task <= last; task++)
		wsc_exec_start(w, task);
}

/* --- block --- */

static void *record_blocking(void *recorder)
{
	static uint32_t ids;
	wsc_worker *w = wsc_attach(recorder, __atomic_add_fetch(&ids, 1, __ATOMIC_RELAXED), NULL);
	for (uint64_t task = 1; task <= 20000; task++) {
		if (task % 3 == 0)
			wsc_queued_on(w, task, 9);
		else
			wsc_exec_start(w, task);
	}
	wsc_detach(w);
	return NULL;
}

static void test_block(void)
{
	struct wsc_options options = options_at(path);
	options.mode = WSC_MODE_BLOCK;
	options.ring_events = 64;
	wsc_recorder *recorder = wsc_open(&options);
	pthread_t threads[2];
	uint64_t next[3] = {0};
	for (int i = 0; i < 2; i++) {
		if (pthread_create(&threads[i], NULL, record_blocking, recorder) != 0)
			exit(77);
	}
	for (int i = 0; i < 2; i++)
		pthread_join(threads[i], NULL);
	CHECK(wsc_close(recorder, WSC_END_CLEAN) == 0 && wsc_dropped(recorder) == 0, "block drops");
	struct recorded trace = recorded_read(path);
	CHECK(trace.count == 40000, "%zu events", trace.count);
	for (size_t i = 0; i < trace.count && failures < 10; i++)
		CHECK(trace.events[i].worker <= 2 && trace.events[i].task == ++next[trace.events[i].worker], "order");
	recorded_free(&trace);
}

/* --- overwrite --- */

/* The events of a window: a gap up to the first stamp, then one task after the other up to `last`. */
static void check_window(const char *at, uint64_t last, size_t least)
{
	struct recorded trace = recorded_read(at);
	CHECK(trace.header != NULL && !trace.header->complete, "%s: is said to be complete", at);
	CHECK(trace.count > least && trace.events[0].kind == WSC_EV_GAP, "%s: %zu events", at, trace.count);
	for (size_t i = 1; i < trace.count && failures < 10; i++) {
		CHECK(trace.events[i].kind == WSC_EV_EXEC_START, "kind %u", trace.events[i].kind);
		CHECK(trace.events[i].task == last - (trace.count - 1 - i), "%s: task %" PRIu64, at,
		      trace.events[i].task);
	}
	const struct trace_worker *worker = trace.header != NULL ? trace_header_worker(trace.header, ME) : NULL;
	CHECK(worker != NULL && worker->has_window_start && trace.count > 1 &&
	          worker->window_start == trace.events[1].ts,
	      "window start");
	recorded_free(&trace);
}

static void test_overwrite(void)
{
	char snapshot[300];
	struct wsc_options options = options_at(path);
	options.mode = WSC_MODE_OVERWRITE;
	options.ring_events = 1024;
	wsc_recorder *recorder = wsc_open(&options);
	wsc_worker *w = wsc_attach(recorder, ME, "flight");
	record_tasks(w, 1, 10000);
	snprintf(snapshot, sizeof(snapshot), "%s.now", path);
	CHECK(wsc_snapshot(recorder, snapshot) == 0, "snapshot");
	record_tasks(w, 10001, 30000);
	wsc_detach(w);
	w = wsc_attach(recorder, ME, "flight again");
	record_tasks(w, 30001, 30100);
	wsc_detach(w);
	CHECK(wsc_close(recorder, WSC_END_CLEAN) == 0, "close");
	struct recorded trace = recorded_read(snapshot);
	CHECK(trace.summary.end == WSC_END_CUT, "a snapshot has no end");
	recorded_free(&trace);
	check_window(snapshot, 10000, 880);
	check_window(path, 30100, 880);
	unlink(snapshot);
}

static void test_overwrite_nothing(void)
{
	struct wsc_options options = options_at(path);
	options.mode = WSC_MODE_OVERWRITE;
	wsc_recorder *recorder = wsc_open(&options);
	wsc_worker *w = wsc_attach(recorder, ME, NULL);
	record_tasks(w, 1, 1000);
	CHECK(wsc_close(recorder, WSC_END_CLEAN) == 0, "close");
	wsc_detach(w);
	struct recorded trace = recorded_read(path);
	CHECK(trace.header != NULL && trace.header->complete && trace.summary.end == WSC_END_CLEAN, "is complete");
	CHECK(trace.count == 1000 && trace.events[0].task == 1, "%zu events", trace.count);
	recorded_free(&trace);
}

/* --- pause --- */

static void test_pause(enum wsc_mode mode)
{
	struct wsc_options options = options_at(path);
	options.mode = mode;
	wsc_recorder *recorder = wsc_open(&options);
	wsc_worker *w = wsc_attach(recorder, ME, NULL), *silent = wsc_attach(recorder, 2, NULL);
	wsc_exec_start(silent, 7);
	record_tasks(w, 1, 10);
	const uint64_t off = wsc_stamp();
	wsc_pause(recorder);
	wsc_pause(recorder);
	CHECK(!wsc_is_on(w), "is on");
	record_tasks(w, 11, 20);
	wsc_worker *late = wsc_attach(recorder, 3, NULL);
	wsc_exec_start(late, 5);
	wsc_resume(recorder);
	wsc_resume(recorder);
	const uint64_t on = wsc_stamp();
	record_tasks(w, 21, 30);
	CHECK(wsc_close(recorder, WSC_END_CLEAN) == 0, "close");
	wsc_detach(w);
	wsc_detach(silent);
	wsc_detach(late);
	struct recorded trace = recorded_read(path);
	unsigned events[4] = {0}, gaps[4] = {0};
	for (size_t i = 0; i < trace.count; i++) {
		const struct wsc_event *e = &trace.events[i];
		if (e->worker > 3)
			continue; /* nobody's gap, which stands for all until each has its own */
		events[e->worker] += e->kind != WSC_EV_GAP;
		if (e->kind != WSC_EV_GAP)
			continue;
		gaps[e->worker]++;
		CHECK(e->worker == 3 || e->ts >= off, "worker %u: the gap begins too early", e->worker);
		CHECK(e->task >= on || e->task >= off, "worker %u: the gap ends too early", e->worker);
		CHECK(e->worker != ME || events[ME] == 10, "the gap comes after %u events", events[ME]);
	}
	CHECK(events[ME] == 20 && events[2] == 1 && events[3] == 0, "%u %u %u", events[1], events[2], events[3]);
	CHECK(gaps[ME] == 1 && gaps[2] == 1 && gaps[3] == 1, "gaps: %u %u %u", gaps[1], gaps[2], gaps[3]);
	recorded_free(&trace);
}

/* A worker that was away while the recorder was switched on again: its gap comes before its next event. */
static void test_pause_while_detached(void)
{
	struct wsc_options options = options_at(path);
	options.mode = WSC_MODE_OVERWRITE; /* in which a ring goes on when its id is attached again */
	wsc_recorder *recorder = wsc_open(&options);
	wsc_worker *w = wsc_attach(recorder, ME, NULL);
	record_tasks(w, 1, 10);
	wsc_pause(recorder);
	wsc_detach(w);
	wsc_resume(recorder);
	w = wsc_attach(recorder, ME, NULL);
	record_tasks(w, 11, 20);
	wsc_detach(w);
	CHECK(wsc_close(recorder, WSC_END_CLEAN) == 0, "close");
	struct recorded trace = recorded_read(path);
	size_t gap = 0;
	while (gap < trace.count && trace.events[gap].kind != WSC_EV_GAP)
		gap++;
	CHECK(trace.count == 21 && gap == 10, "%zu events, the gap is after %zu", trace.count, gap);
	recorded_free(&trace);
}

/* --- snapshots --- */

static unsigned chained;

static void count_signal(int number)
{
	(void)number;
	__atomic_add_fetch(&chained, 1, __ATOMIC_RELAXED);
}

static void test_snapshot(void)
{
	char by_call[300], by_signal[300];
	struct wsc_options options = options_at(path);
	options.snapshot_signal = SIGUSR2;
	signal(SIGUSR2, count_signal);
	wsc_recorder *recorder = wsc_open(&options);
	wsc_worker *w = wsc_attach(recorder, ME, NULL);
	record_tasks(w, 1, 100);
	snprintf(by_call, sizeof(by_call), "%s.snapshot-1", path);
	snprintf(by_signal, sizeof(by_signal), "%s.snapshot-2", path);
	CHECK(wsc_snapshot(recorder, NULL) == 0, "snapshot");
	raise(SIGUSR2);
	for (unsigned i = 0; i < 2000 && access(by_signal, F_OK) != 0; i++)
		usleep(5000);
	CHECK(chained == 1, "the handler that was there before was not called");
	wsc_detach(w);
	CHECK(wsc_close(recorder, WSC_END_CLEAN) == 0, "close");
	raise(SIGUSR2);
	CHECK(chained == 2, "the handler is there again");
	signal(SIGUSR2, SIG_DFL);
	struct recorded trace = recorded_read(by_call);
	CHECK(trace.count >= 100 && trace.events[99].task == 100, "%zu events", trace.count);
	CHECK(trace.summary.end == WSC_END_CUT, "end %d", (int)trace.summary.end);
	recorded_free(&trace);
	CHECK(unlink(by_call) == 0 && unlink(by_signal) == 0, "snapshots");
	CHECK(wsc_snapshot(recorder, by_call) == -1, "a snapshot after the close");
}

/* --- samples --- */

static void test_sampling(void)
{
	enum { TASKS = 8000 };
	static unsigned char seen[TASKS + 1];
	struct wsc_options options = options_at(path);
	options.sampling = 4;
	wsc_recorder *recorder = wsc_open(&options);
	wsc_worker *w = wsc_attach(recorder, ME, NULL);
	memset(seen, 0, sizeof(seen));
	for (uint64_t task = 1; task <= TASKS; task++) {
		wsc_queued(w, task);
		wsc_steal_start(w, 2);
		wsc_steal_success(w, task, 2);
		wsc_exec_start(w, task);
	}
	wsc_detach(w);
	CHECK(wsc_close(recorder, WSC_END_CLEAN) == 0 && wsc_dropped(recorder) == 0, "close");
	struct recorded trace = recorded_read(path);
	CHECK(trace.header != NULL && trace.header->sampling == 4, "header");
	unsigned starts = 0, answers = 0, kept = 0;
	for (size_t i = 0; i < trace.count; i++) {
		starts += trace.events[i].kind == WSC_EV_STEAL_START;
		answers += trace.events[i].kind == WSC_EV_STEAL_SUCCESS;
		if (trace.events[i].task != 0)
			seen[trace.events[i].task]++;
	}
	for (unsigned task = 1; task <= TASKS; task++) {
		CHECK(seen[task] == 0 || seen[task] == 3, "task %u: %u of its events", task, seen[task]);
		kept += seen[task] != 0;
	}
	CHECK(starts == TASKS && answers == TASKS, "%u starts, %u answers", starts, answers);
	CHECK(kept > TASKS / 5 && kept < TASKS / 3, "%u of %u tasks", kept, (unsigned)TASKS);
	recorded_free(&trace);
}

/* --- size --- */

/* Events that don't compress. */
static void record_noise(wsc_recorder *recorder, uint64_t count)
{
	wsc_worker *w = wsc_attach(recorder, ME, NULL);
	uint64_t task = 1;
	for (uint64_t i = 0; i < count; i++) {
		task = task * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
		wsc_exec_start(w, task | 1);
	}
	wsc_exec_complete(w, 4711);
	wsc_detach(w);
}

static void test_size(bool keep_last)
{
	struct stat status;
	struct wsc_options options = options_at(path);
	options.mode = WSC_MODE_BLOCK;
	options.max_bytes = WSC_MAX_BYTES_MIN;
	options.keep_last = keep_last;
	wsc_recorder *recorder = wsc_open(&options);
	record_noise(recorder, 1000000);
	CHECK(wsc_close(recorder, WSC_END_CLEAN) == 0, "close");
	CHECK((wsc_dropped(recorder) > 0) == !keep_last, "%" PRIu64 " dropped", wsc_dropped(recorder));
	CHECK(stat(path, &status) == 0 && (uint64_t)status.st_size <= WSC_MAX_BYTES_MIN && status.st_size > 500000,
	      "%lld bytes", (long long)status.st_size);
	struct recorded trace = recorded_read(path);
	CHECK(trace.summary.end == WSC_END_CLEAN && trace.summary.dropped > 0, "%" PRIu64, trace.summary.dropped);
	CHECK(trace.summary.over_limit == wsc_dropped(recorder), "%" PRIu64 " over the limit",
	      trace.summary.over_limit);
	CHECK(trace.header != NULL && trace.header->complete == !keep_last, "complete");
	CHECK(trace.count > 50000, "%zu events", trace.count);
	if (keep_last && trace.count > 0) {
		CHECK(trace.events[0].kind == WSC_EV_GAP, "no gap at the beginning");
		CHECK(trace.events[trace.count - 1].task == 4711, "the last event is missing");
	}
	recorded_free(&trace);
}

/* --- the environment --- */

static void test_environment(void)
{
	struct wsc_options options = WSC_OPTIONS_INIT;
	setenv("WSCHECK_TRACE", path, 1);
	setenv("WSCHECK_SAMPLE", "1/8", 1);
	setenv("WSCHECK_MODE", "overwrite", 1);
	setenv("WSCHECK_BUFFER", "64K", 1);
	options.sampling = 2;
	wsc_recorder *recorder = wsc_open(&options);
	CHECK(recorder != NULL && strcmp(wsc_path(recorder), path) == 0, "the path of the environment");
	wsc_worker *w = wsc_attach(recorder, ME, NULL);
	record_tasks(w, 1, 100000);
	CHECK(wsc_close(recorder, WSC_END_CLEAN) == 0, "close");
	wsc_detach(w);
	struct recorded trace = recorded_read(path);
	CHECK(trace.header != NULL && trace.header->sampling == 2, "options in code win");
	CHECK(trace.count > 3000 && trace.count <= 4097, "%zu events in 64K", trace.count);
	recorded_free(&trace);
	setenv("WSCHECK_DISABLE", "1", 1);
	CHECK(wsc_open(&options) == NULL, "disabled");
	options.path = path;
	CHECK(wsc_open(&options) == NULL, "disabled, whatever the code says");
	unsetenv("WSCHECK_DISABLE");
	unsetenv("WSCHECK_TRACE");
	unsetenv("WSCHECK_SAMPLE");
	unsetenv("WSCHECK_MODE");
	unsetenv("WSCHECK_BUFFER");
}

/* --- a forked child that goes on --- */

static void test_follow(void)
{
	char pattern[300], own[400];
	snprintf(pattern, sizeof(pattern), "%s.%%p", path);
	struct wsc_options options = options_at(pattern);
	options.on_fork = WSC_ON_FORK_FOLLOW;
	wsc_recorder *recorder = wsc_open(&options);
	wsc_worker *w = wsc_attach(recorder, ME, NULL);
	record_tasks(w, 1, 10);
	const pid_t child = fork();
	if (child == 0) {
		record_tasks(w, 11, 20);
		wsc_worker *mine = wsc_attach(recorder, ME, NULL);
		record_tasks(mine, 100, 119);
		wsc_detach(mine);
		_exit(mine == NULL || wsc_close(recorder, WSC_END_CLEAN) != 0);
	}
	int status = 0;
	CHECK(waitpid(child, &status, 0) == child && status == 0, "the child");
	record_tasks(w, 21, 30);
	wsc_detach(w);
	CHECK(wsc_close(recorder, WSC_END_CLEAN) == 0, "close");
	struct recorded trace = recorded_read(wsc_path(recorder));
	CHECK(trace.count == 20 && trace.events[10].task == 21, "the parent: %zu events", trace.count);
	recorded_free(&trace);
	unlink(wsc_path(recorder));
	snprintf(own, sizeof(own), "%s.%ld", path, (long)child);
	trace = recorded_read(own);
	CHECK(trace.count == 20 && trace.events[0].task == 100, "the child: %zu events", trace.count);
	CHECK(trace.header != NULL && !trace.header->complete, "the child's is a window");
	recorded_free(&trace);
	unlink(own);
}

/* --- several recorders, a wrong end --- */

static void test_several(void)
{
	char other_path[300];
	snprintf(other_path, sizeof(other_path), "%s.other", path);
	struct wsc_options options = options_at(path), other_options = options_at(other_path);
	wsc_recorder *recorder = wsc_open(&options), *other = wsc_open(&other_options);
	wsc_worker *w = wsc_attach(recorder, ME, NULL), *v = wsc_attach(other, ME, NULL);
	for (uint64_t i = 1; i <= 1000; i++)
		wsc_exec_start(i % 2 == 0 ? w : v, i);
	wsc_detach(w);
	wsc_detach(v);
	CHECK(wsc_close(recorder, (enum wsc_end)99) == -1, "99 is no way to end a trace");
	CHECK(wsc_close(other, WSC_END_STALLED) == 0, "close");
	struct recorded trace = recorded_read(path), other_trace = recorded_read(other_path);
	CHECK(trace.count >= 500 && trace.events[0].task == 2 && trace.summary.end == WSC_END_CUT, "one");
	CHECK(other_trace.count == 500 && other_trace.events[0].task == 1, "other");
	recorded_free(&trace);
	recorded_free(&other_trace);
	unlink(other_path);
}

int main(void)
{
	scratch_path(path, "modes.zst");
	test_block();
	test_overwrite();
	test_overwrite_nothing();
	test_pause(WSC_MODE_DROP);
	test_pause(WSC_MODE_OVERWRITE);
	test_pause_while_detached();
	test_snapshot();
	test_sampling();
	test_size(false);
	test_size(true);
	test_environment();
	if (!UNDER_TSAN && !UNDER_ASAN) /* the one allows no new threads in a child, the other no allocations */
		test_follow();
	test_several();
	scratch_remove(path);
	return failures != 0;
}
