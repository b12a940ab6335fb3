/* SPDX-License-Identifier: MIT */
/* hooks.h: each hook records its event on the calling thread's own worker, and nothing on a thread without one. */
#include <pthread.h>

#include "record_support.h"
#include "wscheck/hooks.h"

#define WORKERS 2u

/* What each worker records, in its program order. The task of worker w is 10 * w, or the address of its id. */
static const struct {
	uint8_t kind;
	uint8_t flags, reason;
	uint32_t queue, arg;
	bool has_task;
} expected[] = {
    {WSC_EV_QUEUED, 0, 0, UINT32_MAX, 0, true}, /* UINT32_MAX: the worker's own */
    {WSC_EV_QUEUED, 0, 0, 64, 0, true},
    {WSC_EV_QUEUED, WSC_FLAG_PINNED, 0, 64, 0, true},
    {WSC_EV_PUSH_FAILED, 0, 0, 64, 0, true},
    {WSC_EV_DEQUEUED, 0, 0, UINT32_MAX, 0, true},
    {WSC_EV_DEQUEUED, 0, 0, 64, 0, true},
    {WSC_EV_STEAL_START, 0, 0, 7, 0, false},
    {WSC_EV_STEAL_SUCCESS, 0, 0, 7, 0, true},
    {WSC_EV_STEAL_FAILURE, 0, WSC_REASON_LOST_RACE, 7, 1, false},
    {WSC_EV_STEAL_FAILURE, 0, WSC_REASON_BUSY, 8, 5, false},
    {WSC_EV_EXEC_START, 0, 0, 0, 0, true},
    {WSC_EV_SUSPENDED, 0, 0, 0, 0, true},
    {WSC_EV_RESUMED, 0, 0, 0, 0, true},
    {WSC_EV_CANCELLED, 0, 0, 0, 0, true},
    {WSC_EV_EXEC_COMPLETE, 0, 0, 0, 0, true},
    {WSC_EV_WAKE, 0, 0, 3, 0, false},
    {WSC_EV_PARKED, 0, 0, 0, 0, false},
    {WSC_EV_UNPARKED, 0, 0, 0, 0, false},
};
#define EXPECTED (sizeof(expected) / sizeof(expected[0]))

static wsc_recorder *recorder;
static pthread_barrier_t barrier;
static uint32_t ids[WORKERS] = {1, 2};

static void record_each(uint64_t task)
{
	WSC_HOOK_QUEUED(task);
	WSC_HOOK_QUEUED_ON(task, 64);
	WSC_HOOK_QUEUED_WITH(task, 64, WSC_FLAG_PINNED, 0);
	WSC_HOOK_PUSH_FAILED(task, 64);
	WSC_HOOK_DEQUEUED(task);
	WSC_HOOK_DEQUEUED_FROM(task, 64);
	WSC_HOOK_STEAL_START(7);
	WSC_HOOK_STEAL_SUCCESS(task, 7);
	WSC_HOOK_STEAL_FAILURE(7, WSC_REASON_LOST_RACE);
	WSC_HOOK_STEAL_FAILURES(8, WSC_REASON_BUSY, 5);
	WSC_HOOK_EXEC_START(task);
	WSC_HOOK_SUSPENDED(task);
	WSC_HOOK_RESUMED(task);
	WSC_HOOK_CANCELLED(task);
	WSC_HOOK_EXEC_COMPLETE(task);
	WSC_HOOK_WAKE(3);
	WSC_HOOK_PARKED();
	WSC_HOOK_UNPARKED();
}

static void *work(void *argument)
{
	const uint32_t id = *(const uint32_t *)argument;
	record_each(999); /* has no worker yet */
	CHECK(WSC_HOOK_WORKER() == NULL, "worker %u", id);
	WSC_HOOK_DETACH();
	WSC_HOOK_ATTACH(recorder, id, NULL);
	CHECK(WSC_HOOK_WORKER() != NULL, "worker %u", id);
	pthread_barrier_wait(&barrier); /* both threads have a worker at the same time */
	record_each(10 * id);
	WSC_HOOK_ATTACH(recorder, id + WORKERS, NULL); /* instead of the first */
	WSC_HOOK_EXEC_START((const uint32_t *)argument);
	WSC_HOOK_DETACH();
	record_each(999); /* no more */
	return NULL;
}

static void check_event(const struct wsc_event *event, size_t at)
{
	const uint32_t queue = expected[at].queue == UINT32_MAX ? event->worker : expected[at].queue;
	CHECK(event->kind == expected[at].kind, "event %zu: kind %u", at, event->kind);
	CHECK(event->task == (expected[at].has_task ? 10 * event->worker : 0), "event %zu: task %" PRIu64, at,
	      event->task);
	CHECK(event->queue == queue, "event %zu: queue %" PRIu32, at, event->queue);
	CHECK(event->flags == expected[at].flags && event->reason == expected[at].reason &&
	          event->arg == expected[at].arg,
	      "event %zu: flags %u, reason %u, arg %" PRIu32, at, event->flags, event->reason, event->arg);
}

static void check_trace(const char *path)
{
	struct recorded trace = recorded_read(path);
	size_t at[WORKERS] = {0, 0};
	unsigned addresses = 0;
	for (size_t i = 0; i < trace.count; i++) {
		const struct wsc_event *event = &trace.events[i];
		CHECK(event->worker >= 1 && event->worker <= 2 * WORKERS, "worker %" PRIu32, event->worker);
		if (event->worker > WORKERS) {
			const uint32_t *address = &ids[event->worker - WORKERS - 1];
			CHECK(event->task == (uint64_t)(uintptr_t)address, "task %" PRIu64, event->task);
			addresses++;
		} else if (at[event->worker - 1] < EXPECTED) {
			check_event(event, at[event->worker - 1]++);
		}
	}
	CHECK(addresses == WORKERS && trace.count == WORKERS * (EXPECTED + 1), "%zu events", trace.count);
	recorded_free(&trace);
}

int main(void)
{
	char path[256];
	scratch_path(path, "hooks.zst");
	struct wsc_options options = WSC_OPTIONS_INIT;
	options.path = path;
	recorder = wsc_open(&options);
	pthread_barrier_init(&barrier, NULL, WORKERS);
	pthread_t threads[WORKERS];
	for (unsigned i = 0; i < WORKERS; i++) {
		if (pthread_create(&threads[i], NULL, work, &ids[i]) != 0)
			return 77;
	}
	for (unsigned i = 0; i < WORKERS; i++)
		pthread_join(threads[i], NULL);
	CHECK(wsc_close(recorder, WSC_END_CLEAN) == 0, "close");
	check_trace(path);
	scratch_remove(path);
	return failures != 0;
}
