/* SPDX-License-Identifier: MIT */
/*
 * Lives of recorders and workers: many threads that come and go (A6), calls with NULL (A7), closing twice, from two
 * threads, while others record, and everything that may come after it (A5, A8).
 */
#include <pthread.h>
#include <stdbool.h>

#include "record_support.h"

#define THREADS    4u
#define ROUNDS     (UNDER_TSAN ? 50u : 200u)
#define PER_ATTACH UINT64_C(20)

static wsc_recorder *open_at(const char *path, size_t ring_events)
{
	struct wsc_options options = WSC_OPTIONS_INIT;
	options.path = path;
	options.ring_events = ring_events;
	options.uncertainty_ns = 100;
	wsc_recorder *recorder = wsc_open(&options);
	CHECK(recorder != NULL, "%s", path);
	return recorder;
}

/* --- threads that come and go, each id again and again --- */

struct visitor {
	wsc_recorder *recorder;
	uint32_t id;
	pthread_t thread;
};

static void *visit(void *argument)
{
	const struct visitor *v = argument;
	uint64_t number = 0;
	for (unsigned round = 0; round < ROUNDS; round++) {
		wsc_worker *w = wsc_attach(v->recorder, v->id, round % 2 != 0 ? "visitor" : NULL);
		CHECK(w != NULL, "worker %u, round %u", v->id, round);
		char text[32];
		snprintf(text, sizeof(text), "label %u", round);
		const uint32_t label = wsc_label(v->recorder, text);
		for (uint64_t i = 0; i < PER_ATTACH; i++)
			wsc_queued_with(w, ++number, v->id, 0, label);
		wsc_detach(w);
	}
	return NULL;
}

static void check_visits(const char *path)
{
	uint64_t seen[THREADS] = {0};
	struct recorded trace = recorded_read(path);
	CHECK(trace.count == THREADS * ROUNDS * PER_ATTACH, "%zu events", trace.count);
	for (size_t i = 0; i < trace.count && failures < 20; i++) {
		const struct wsc_event *event = &trace.events[i];
		CHECK(event->worker < THREADS && event->task == ++seen[event->worker], "worker %u, task %" PRIu64,
		      event->worker, event->task);
		char want[32];
		snprintf(want, sizeof(want), "label %u", (unsigned)((event->task - 1) / PER_ATTACH));
		const char *text = trace_header_label(trace.header, event->arg);
		CHECK(text != NULL && strcmp(text, want) == 0, "label %u of task %" PRIu64, event->arg, event->task);
	}
	CHECK(trace.header != NULL && trace.header->label_count == ROUNDS, "labels are interned");
	recorded_free(&trace);
}

static void test_visitors(const char *path, enum wsc_mode mode)
{
	struct wsc_options options = WSC_OPTIONS_INIT;
	options.path = path;
	options.uncertainty_ns = 100;
	options.mode = mode;
	/* A ring goes on when its id is attached again in this mode, and must hold all that it is to show. */
	options.ring_events = mode == WSC_MODE_OVERWRITE ? 16384 : 64;
	wsc_recorder *recorder = wsc_open(&options);
	CHECK(recorder != NULL, "%s", path);
	struct visitor visitors[THREADS];
	for (uint32_t i = 0; i < THREADS; i++) {
		visitors[i] = (struct visitor){.recorder = recorder, .id = i};
		if (pthread_create(&visitors[i].thread, NULL, visit, &visitors[i]) != 0)
			exit(77);
	}
	for (uint32_t i = 0; i < THREADS; i++)
		pthread_join(visitors[i].thread, NULL);
	CHECK(wsc_close(recorder, WSC_END_CLEAN) == 0, "close");
	CHECK(wsc_dropped(recorder) == 0, "%" PRIu64 " dropped", wsc_dropped(recorder));
	check_visits(path);
}

/* --- many workers, each with an id of its own: more than are kept when they are gone --- */

static void test_short_lives(const char *path, enum wsc_mode mode)
{
	enum { LIVES = 1000, AT_ONCE = 100 };
	struct wsc_options options = WSC_OPTIONS_INIT;
	wsc_worker *workers[AT_ONCE];
	options.path = path;
	options.uncertainty_ns = 100;
	options.mode = mode;
	options.ring_events = 64;
	wsc_recorder *recorder = wsc_open(&options);
	for (uint32_t id = 0; id < LIVES; id++) {
		const uint32_t at = id % AT_ONCE;
		if (id >= AT_ONCE)
			wsc_detach(workers[at]);
		workers[at] = wsc_attach(recorder, id, NULL);
		CHECK(workers[at] != NULL, "worker %u", id);
		wsc_exec_start(workers[at], id + 1);
	}
	CHECK(wsc_close(recorder, WSC_END_CLEAN) == 0 && wsc_dropped(recorder) == 0, "close");
	for (uint32_t i = 0; i < AT_ONCE; i++)
		wsc_detach(workers[i]);
	struct recorded trace = recorded_read(path);
	size_t events = 0, gaps = 0;
	for (size_t i = 0; i < trace.count; i++) {
		events += trace.events[i].kind == WSC_EV_EXEC_START;
		gaps += trace.events[i].kind == WSC_EV_GAP;
	}
	if (mode == WSC_MODE_OVERWRITE)
		CHECK(events >= AT_ONCE + 64 && gaps == (events < LIVES), "%zu events, %zu gaps", events, gaps);
	else
		CHECK(events == LIVES && gaps == 0, "%zu events, %zu gaps", events, gaps);
	recorded_free(&trace);
}

/* --- threads that end without a word (A6) --- */

static void *leave_attached(void *argument)
{
	const struct visitor *v = argument;
	wsc_worker *w = wsc_attach(v->recorder, v->id, NULL);
	for (uint64_t i = 1; i <= PER_ATTACH; i++)
		wsc_exec_start(w, i);
	return w;
}

/* Nothing is lost, whether another thread detaches the worker or nobody does before the close. */
static void test_threads_that_end(const char *path)
{
	struct visitor visitors[2];
	void *workers[2];
	wsc_recorder *recorder = open_at(path, 0);
	for (uint32_t id = 0; id < 2; id++) {
		visitors[id] = (struct visitor){.recorder = recorder, .id = id};
		CHECK(pthread_create(&visitors[id].thread, NULL, leave_attached, &visitors[id]) == 0, "thread");
		pthread_join(visitors[id].thread, &workers[id]);
	}
	wsc_detach(workers[0]);
	wsc_worker *again = wsc_attach(recorder, 0, NULL);
	CHECK(again != NULL, "the id is free again");
	wsc_exec_start(again, PER_ATTACH + 1);
	wsc_detach(again);
	CHECK(wsc_close(recorder, WSC_END_CLEAN) == 0, "close");
	wsc_detach(workers[1]);
	struct recorded trace = recorded_read(path);
	CHECK(trace.count == 2 * PER_ATTACH + 1 && trace.summary.dropped == 0, "%zu events", trace.count);
	recorded_free(&trace);
}

/* --- ids --- */

static void test_double_attach(const char *path)
{
	wsc_recorder *recorder = open_at(path, 0);
	wsc_worker *first = wsc_attach(recorder, 3, "first");
	wsc_worker *second = wsc_attach(recorder, 3, "second");
	CHECK(first != NULL && second == NULL, "an id is attached once at a time");
	CHECK(wsc_attach(recorder, WSC_WORKER_UNATTACHED, NULL) == NULL, "the reserved id");
	wsc_exec_start(first, 1);
	wsc_exec_start(second, 2);
	wsc_detach(first);
	CHECK(wsc_close(recorder, WSC_END_CLEAN) == 0, "close");
	struct recorded trace = recorded_read(path);
	unsigned gaps = 0;
	for (size_t i = 0; i < trace.count; i++)
		gaps += trace.events[i].kind == WSC_EV_GAP && trace.events[i].worker == WSC_WORKER_UNATTACHED;
	CHECK(trace.count == 2 && gaps == 1, "%zu events, %u gaps: the worker that is missing must show", trace.count,
	      gaps);
	recorded_free(&trace);
}

/* More labels than one declaration holds, and no time to write them before the close. */
static void test_many_labels(const char *path)
{
	enum { LABELS = 3000 };
	wsc_recorder *recorder = open_at(path, 0);
	char text[32];
	for (uint32_t i = 1; i <= LABELS; i++) {
		snprintf(text, sizeof(text), "label %u", i);
		CHECK(wsc_label(recorder, text) == i, "label %u", i);
	}
	CHECK(wsc_close(recorder, WSC_END_CLEAN) == 0, "close");
	struct recorded trace = recorded_read(path);
	CHECK(trace.header != NULL && trace.header->label_count == LABELS, "labels are missing");
	const char *last = trace.header != NULL ? trace_header_label(trace.header, LABELS) : NULL;
	CHECK(last != NULL && strcmp(last, text) == 0, "the last label");
	recorded_free(&trace);
}

static void test_null(void)
{
	struct wsc_options options = WSC_OPTIONS_INIT;
	CHECK(wsc_open(NULL) == NULL && wsc_open(&options) == NULL, "no path, no recording");
	CHECK(wsc_attach(NULL, 1, "nobody") == NULL, "attach");
	wsc_queued(NULL, 1);
	wsc_steal_failures(NULL, 1, WSC_REASON_EMPTY, 1);
	wsc_detach(NULL);
	CHECK(wsc_label(NULL, "label") == 0, "label");
	CHECK(wsc_path(NULL) == NULL && wsc_dropped(NULL) == 0, "path, dropped");
	CHECK(wsc_close(NULL, WSC_END_CLEAN) == 0, "close");
}

/* --- closing --- */

struct endless {
	wsc_recorder *recorder;
	uint32_t id;
	bool stop, started;
	pthread_t thread;
};

static void *record_endlessly(void *argument)
{
	struct endless *e = argument;
	wsc_worker *w = wsc_attach(e->recorder, e->id, NULL);
	uint64_t number = 0;
	while (!__atomic_load_n(&e->stop, __ATOMIC_ACQUIRE)) {
		wsc_queued_on(w, ++number, 5);
		wsc_exec_start(w, ++number);
		__atomic_store_n(&e->started, true, __ATOMIC_RELEASE);
	}
	wsc_detach(w);
	return NULL;
}

static void *close_too(void *recorder)
{
	CHECK(wsc_close(recorder, WSC_END_CLEAN) == 0, "the other close");
	return NULL;
}

static void check_endless(const char *path)
{
	uint64_t next[THREADS] = {0};
	struct recorded trace = recorded_read(path);
	CHECK(trace.count > 0, "no events");
	for (size_t i = 0; i < trace.count && failures < 20; i++) {
		const struct wsc_event *event = &trace.events[i];
		CHECK(event->worker < THREADS, "worker %u", event->worker);
		if (event->kind == WSC_EV_GAP)
			next[event->worker] += event->arg;
		else
			CHECK(event->task == ++next[event->worker], "task %" PRIu64, event->task);
	}
	recorded_free(&trace);
}

static void test_close_while_recording(const char *path)
{
	wsc_recorder *recorder = open_at(path, 256);
	struct endless endless[THREADS];
	for (uint32_t i = 0; i < THREADS; i++) {
		endless[i] = (struct endless){.recorder = recorder, .id = i};
		if (pthread_create(&endless[i].thread, NULL, record_endlessly, &endless[i]) != 0)
			exit(77);
	}
	for (uint32_t i = 0; i < THREADS; i++) {
		while (!__atomic_load_n(&endless[i].started, __ATOMIC_ACQUIRE))
			usleep(100);
	}
	pthread_t other;
	const bool has_other = pthread_create(&other, NULL, close_too, recorder) == 0;
	CHECK(wsc_close(recorder, WSC_END_STALLED) == 0, "close");
	CHECK(wsc_close(recorder, WSC_END_CLEAN) == 0, "close again");
	if (has_other)
		pthread_join(other, NULL);
	CHECK(wsc_attach(recorder, 99, "late") == NULL, "attaching after the close");
	CHECK(wsc_label(recorder, "late") == 0, "a label after the close");
	CHECK(strcmp(wsc_path(recorder), path) == 0, "the path after the close");
	usleep(2000); /* the workers go on */
	for (uint32_t i = 0; i < THREADS; i++) {
		__atomic_store_n(&endless[i].stop, true, __ATOMIC_RELEASE);
		pthread_join(endless[i].thread, NULL);
	}
	check_endless(path);
}

int main(void)
{
	char path[256];
	scratch_path(path, "life.zst");
	test_null();
	test_visitors(path, WSC_MODE_DROP);
	test_visitors(path, WSC_MODE_BLOCK);
	test_visitors(path, WSC_MODE_OVERWRITE);
	test_short_lives(path, WSC_MODE_DROP);
	test_short_lives(path, WSC_MODE_OVERWRITE);
	test_threads_that_end(path);
	test_double_attach(path);
	test_many_labels(path);
	test_close_while_recording(path);
	scratch_remove(path);
	return failures != 0;
}
