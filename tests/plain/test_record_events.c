/* SPDX-License-Identifier: MIT */
/*
 * Every call comes back as its event, with all fields, in program order (A2), stamped while it ran (A3); so does what
 * the options say, and the workers' names, labels and stamps of attaching.
 */
#include "record_support.h"

#define ME     7u
#define VICTIM UINT32_C(0xfffffffe)
#define TASK   UINT64_C(0x8000000000000001)

static const struct wsc_event expected[] = {
    {.kind = WSC_EV_QUEUED, .task = TASK, .queue = ME},
    {.kind = WSC_EV_QUEUED, .task = TASK, .queue = 64},
    {.kind = WSC_EV_QUEUED, .task = UINT64_MAX, .queue = 64, .flags = WSC_FLAG_PINNED, .arg = 2},
    {.kind = WSC_EV_PUSH_FAILED, .task = TASK, .queue = 64},
    {.kind = WSC_EV_DEQUEUED, .task = TASK, .queue = ME},
    {.kind = WSC_EV_DEQUEUED, .task = TASK, .queue = 64},
    {.kind = WSC_EV_STEAL_START, .queue = VICTIM},
    {.kind = WSC_EV_STEAL_SUCCESS, .task = TASK, .queue = VICTIM},
    {.kind = WSC_EV_STEAL_SUCCESS, .task = TASK, .queue = VICTIM, .flags = WSC_FLAG_INFERRED},
    {.kind = WSC_EV_STEAL_FAILURE, .queue = VICTIM, .reason = WSC_REASON_LOST_RACE, .arg = 1},
    {.kind = WSC_EV_STEAL_FAILURE, .queue = VICTIM, .reason = WSC_REASON_NONE, .arg = 1},
    {.kind = WSC_EV_STEAL_FAILURE, .queue = VICTIM, .reason = WSC_REASON_BUSY, .arg = UINT32_MAX},
    {.kind = WSC_EV_EXEC_START, .task = TASK},
    {.kind = WSC_EV_SUSPENDED, .task = TASK},
    {.kind = WSC_EV_RESUMED, .task = TASK},
    {.kind = WSC_EV_CANCELLED, .task = TASK},
    {.kind = WSC_EV_EXEC_COMPLETE, .task = TASK},
    {.kind = WSC_EV_WAKE, .queue = VICTIM},
    {.kind = WSC_EV_PARKED},
    {.kind = WSC_EV_UNPARKED},
};
#define EXPECTED (sizeof(expected) / sizeof(expected[0]))

static void record_all(wsc_worker *w, uint32_t label)
{
	wsc_queued(w, TASK);
	wsc_queued_on(w, TASK, 64);
	wsc_queued_with(w, UINT64_MAX, 64, WSC_FLAG_PINNED, label);
	wsc_push_failed(w, TASK, 64);
	wsc_dequeued(w, TASK);
	wsc_dequeued_from(w, TASK, 64);
	wsc_steal_start(w, VICTIM);
	wsc_steal_success(w, TASK, VICTIM);
	wsc_steal_success_inferred(w, TASK, VICTIM);
	wsc_steal_failure(w, VICTIM, WSC_REASON_LOST_RACE);
	wsc_steal_failure(w, VICTIM, WSC_REASON_NONE);
	wsc_steal_failures(w, VICTIM, WSC_REASON_BUSY, UINT32_MAX);
	wsc_exec_start(w, TASK);
	wsc_suspended(w, TASK);
	wsc_resumed(w, TASK);
	wsc_cancelled(w, TASK);
	wsc_exec_complete(w, TASK);
	wsc_wake(w, VICTIM);
	wsc_parked(w);
	wsc_unparked(w);
}

static void check_events(const struct recorded *trace, uint64_t begin, uint64_t end)
{
	uint64_t last = begin;
	CHECK(trace->count == EXPECTED, "%zu events", trace->count);
	for (size_t i = 0; i < trace->count && i < EXPECTED; i++) {
		const struct wsc_event *got = &trace->events[i];
		struct wsc_event want = expected[i];
		want.worker = ME;
		want.ts = got->ts;
		CHECK(memcmp(got, &want, sizeof(want)) == 0, "event %zu, kind %u", i, got->kind);
		CHECK(got->ts >= last && got->ts <= end, "event %zu: stamp %" PRIu64 " not in %" PRIu64 "..%" PRIu64, i,
		      got->ts, last, end);
		last = got->ts;
	}
}

static void check_options(const struct trace_header *header)
{
	CHECK(header->identity == WSC_IDENTITY_RECYCLED, "%d", (int)header->identity);
	CHECK(header->discipline == WSC_DISCIPLINE_FIFO, "%d", (int)header->discipline);
	CHECK(header->scope == WSC_SCOPE_DEQUE, "%d", (int)header->scope);
	CHECK(!header->complete, "a window");
	CHECK(header->uncertainty_ns == 123 && header->publish_ns == 456, "%" PRIu64 " %" PRIu64,
	      header->uncertainty_ns, header->publish_ns);
	CHECK(header->absent == (1u << WSC_EV_PARKED), "%u", header->absent);
	CHECK(header->has_process_id && header->process_id == (uint64_t)getpid(), "%" PRIu64, header->process_id);
	CHECK(header->host != NULL, "no host");
	CHECK(header->anchor_count >= 2, "%zu anchors: one at the start and one at the end", header->anchor_count);
	const struct trace_queue *queue = trace_header_queue(header, 64);
	CHECK(queue != NULL && queue->has_owner && queue->owner == 3 && queue->has_discipline &&
	          queue->discipline == WSC_DISCIPLINE_NONE && queue->unstealable && queue->deferred &&
	          queue->has_capacity && queue->capacity == 99 && strcmp(queue->name, "injector") == 0,
	      "queue 64");
	CHECK(header->meta_count == 1 && strcmp(header->meta[0].key, "commit") == 0 &&
	          strcmp(header->meta[0].json, "\"a\\\"b\\n?\"") == 0,
	      "meta: %s", header->meta_count != 0 ? header->meta[0].json : "none");
}

static void check_names(const struct trace_header *header, uint64_t begin, uint64_t end)
{
	const struct trace_worker *worker = trace_header_worker(header, ME);
	CHECK(worker != NULL, "worker");
	if (worker != NULL) {
		CHECK(worker->name != NULL && strcmp(worker->name, "seven") == 0, "name");
		CHECK(worker->has_thread_id && worker->thread_id != 0, "thread id");
		CHECK(worker->has_attached && worker->attached >= begin, "attached");
		CHECK(worker->has_detached && worker->detached >= worker->attached && worker->detached <= end,
		      "detached");
	}
	CHECK(header->label_count == 2, "%zu", header->label_count);
	const char *text = trace_header_label(header, 2);
	CHECK(text != NULL && strcmp(text, "spawn") == 0, "label 2");
}

int main(void)
{
	char path[256];
	scratch_path(path, "events.zst");
	const struct wsc_queue_info queue = {64, 3, 1, 1, WSC_DISCIPLINE_NONE, 1, 1, 99, "injector"};
	const struct wsc_meta meta = {"commit", "a\"b\n\xff"};
	struct wsc_options options = WSC_OPTIONS_INIT;
	options.path = path;
	options.identity = WSC_IDENTITY_RECYCLED;
	options.discipline = WSC_DISCIPLINE_FIFO;
	options.scope = WSC_SCOPE_DEQUE;
	options.window = 1;
	options.uncertainty_ns = 123;
	options.publish_ns = 456;
	options.absent = 1u << WSC_EV_PARKED;
	options.queues = &queue;
	options.queue_count = 1;
	options.meta = &meta;
	options.meta_count = 1;
	wsc_recorder *recorder = wsc_open(&options);
	CHECK(recorder != NULL && strcmp(wsc_path(recorder), path) == 0, "open");
	const uint64_t begin = wsc_stamp_fenced();
	wsc_worker *w = wsc_attach(recorder, ME, "seven");
	CHECK(wsc_label(recorder, "other") == 1, "label");
	const uint32_t label = wsc_label(recorder, "spawn");
	CHECK(label == 2 && wsc_label(recorder, "spawn") == 2, "the same text is the same label");
	record_all(w, label);
	wsc_detach(w);
	const uint64_t end = wsc_stamp_fenced();
	CHECK(wsc_close(recorder, WSC_END_STALLED) == 0, "close");
	CHECK(wsc_dropped(recorder) == 0, "dropped");
	struct recorded trace = recorded_read(path);
	if (trace.header != NULL) {
		check_events(&trace, begin, end);
		check_options(trace.header);
		check_names(trace.header, begin, end);
	}
	CHECK(trace.summary.end == WSC_END_STALLED, "end %d", (int)trace.summary.end);
	recorded_free(&trace);
	scratch_remove(path);
	return failures != 0;
}
