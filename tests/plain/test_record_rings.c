/* SPDX-License-Identifier: MIT */
/*
 * Four threads write through rings, first far too small ones. Each worker's events come back in program order (A2),
 * what is missing is exactly what its gaps count, at the places where it is missing, and stamps never run backwards
 * (A4).
 */
#include <pthread.h>
#include <stdbool.h>

#include "record_support.h"

#define WORKERS 4u
#define EVENTS  (UNDER_TSAN ? UINT64_C(100000) : UINT64_C(1000000))

struct producer {
	wsc_recorder *recorder;
	uint32_t id;
	pthread_t thread;
};

/* Event i carries i; every fifth takes two slots. */
static void *produce(void *argument)
{
	const struct producer *p = argument;
	wsc_worker *w = wsc_attach(p->recorder, p->id, "producer");
	for (uint64_t i = 1; i <= EVENTS; i++) {
		if (i % 5 == 0)
			wsc_queued_on(w, i, 77);
		else
			wsc_exec_start(w, i);
		if (i % 10000 == 0)
			usleep(500); /* lets the drain catch up, so that there are many gaps and not one long one */
	}
	if (p->id % 2 == 0) /* the others are found attached by the close */
		wsc_detach(w);
	return NULL;
}

/* One worker's next event, held against what the producer did. */
static void check_event(const struct wsc_event *event, uint64_t *expected, uint64_t *last, uint64_t *lost)
{
	CHECK(event->ts >= *last, "worker %u, event %" PRIu64 ": stamp runs backwards", event->worker, *expected);
	*last = event->ts;
	if (event->kind == WSC_EV_GAP) {
		CHECK(event->task >= event->ts, "a gap ends before it begins");
		CHECK(event->arg > 0, "an empty gap");
		*last = event->task;
		*lost += event->arg;
		*expected += event->arg;
		return;
	}
	CHECK(event->task == *expected, "worker %u: %" PRIu64 " where %" PRIu64 " belongs", event->worker, event->task,
	      *expected);
	CHECK(event->kind == (*expected % 5 == 0 ? WSC_EV_QUEUED : WSC_EV_EXEC_START), "kind %u", event->kind);
	CHECK(event->queue == (*expected % 5 == 0 ? 77u : 0u), "queue %u", event->queue);
	*expected = event->task + 1;
}

static void check_trace(const char *path, uint64_t dropped, bool is_too_small)
{
	uint64_t expected[WORKERS], last[WORKERS] = {0}, lost = 0, gaps_inside = 0;
	for (unsigned i = 0; i < WORKERS; i++)
		expected[i] = 1;
	struct recorded trace = recorded_read(path);
	for (size_t i = 0; i < trace.count && failures < 20; i++) {
		const struct wsc_event *event = &trace.events[i];
		CHECK(event->worker < WORKERS, "worker %u", event->worker);
		if (event->worker >= WORKERS)
			break;
		check_event(event, &expected[event->worker], &last[event->worker], &lost);
		gaps_inside += event->kind == WSC_EV_GAP && expected[event->worker] <= EVENTS;
	}
	for (unsigned i = 0; i < WORKERS; i++)
		CHECK(expected[i] == EVENTS + 1, "worker %u ends at %" PRIu64, i, expected[i]);
	CHECK(lost == dropped, "gaps count %" PRIu64 ", the recorder %" PRIu64, lost, dropped);
	CHECK(!is_too_small || (lost > 0 && gaps_inside > 0), "the rings were not too small: nothing was tested");
	CHECK(trace.summary.end == WSC_END_CLEAN, "end %d", (int)trace.summary.end);
	printf("%" PRIu64 " of %" PRIu64 " events dropped, %" PRIu64 " gaps\n", lost, WORKERS * EVENTS, gaps_inside);
	recorded_free(&trace);
}

/* Runs all producers over rings of `ring_events` slots. */
static void test_rings(const char *path, size_t ring_events, bool is_too_small)
{
	struct wsc_options options = WSC_OPTIONS_INIT;
	options.path = path;
	options.ring_events = ring_events;
	wsc_recorder *recorder = wsc_open(&options);
	CHECK(recorder != NULL, "%s", path);
	struct producer producers[WORKERS];
	for (uint32_t i = 0; i < WORKERS; i++) {
		producers[i] = (struct producer){.recorder = recorder, .id = i};
		if (pthread_create(&producers[i].thread, NULL, produce, &producers[i]) != 0)
			exit(77);
	}
	for (uint32_t i = 0; i < WORKERS; i++)
		pthread_join(producers[i].thread, NULL);
	CHECK(wsc_close(recorder, WSC_END_CLEAN) == 0, "close");
	check_trace(path, wsc_dropped(recorder), is_too_small);
}

int main(void)
{
	char path[256];
	scratch_path(path, "rings.zst");
	test_rings(path, 1000, true); /* becomes 1024 */
	test_rings(path, 0, false);   /* the default, which lets batches pile up in the drain thread instead */
	scratch_remove(path);
	return failures != 0;
}
