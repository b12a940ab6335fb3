/* SPDX-License-Identifier: MIT */
#include "history.h"

#include <inttypes.h>
#include <stdio.h>

bool history_declare(const struct history *history, struct trace_header *header)
{
	trace_header_init(header);
	header->discipline = history->discipline;
	header->identity = history->identity;
	header->scope = history->scope;
	header->complete = !history->window;
	header->uncertainty_ns = history->uncertainty_ns;
	header->publish_ns = history->publish_ns;
	header->sampling = history->sampling > 0 ? history->sampling : 1;
	for (size_t i = 0; i < history->queue_count; i++) {
		struct trace_queue *queue = trace_header_add_queue(header, history->queues[i].queue);

		if (queue == NULL)
			return false;
		queue->has_owner = history->queues[i].has_owner;
		queue->owner = history->queues[i].owner;
		queue->has_discipline = true;
		queue->discipline = history->queues[i].discipline;
		queue->unstealable = history->queues[i].unstealable;
		queue->deferred = history->queues[i].deferred;
	}
	if (history->attached > 0) {
		struct trace_worker *worker = trace_header_add_worker(header, history->latecomer);

		if (worker == NULL)
			return false;
		worker->has_attached = true;
		worker->attached = history->attached;
	}
	return true;
}

void history_print_event(const struct wsc_event *event)
{
	bool is_steal = event->kind == WSC_EV_STEAL_START || event->kind == WSC_EV_STEAL_SUCCESS ||
	                event->kind == WSC_EV_STEAL_FAILURE;

	printf("{\"ts\":%" PRIu64 ",\"ev\":\"%s\"", event->ts, trace_event_name(event->kind));
	if (event->kind == WSC_EV_GAP) {
		printf(",\"worker\":%" PRIu32 ",\"count\":%" PRIu32 ",\"until\":%" PRIu64 "}\n", event->worker,
		       event->arg, event->task);
		return;
	}
	if (event->task != 0 || event->kind == WSC_EV_STEAL_SUCCESS)
		printf(",\"task\":%" PRIu64, event->task);
	if (is_steal)
		printf(",\"from\":%" PRIu32 ",\"to\":%" PRIu32, event->queue, event->worker);
	else if (event->kind == WSC_EV_WAKE)
		printf(",\"from\":%" PRIu32 ",\"to\":%" PRIu32, event->worker, event->queue);
	else
		printf(",\"worker\":%" PRIu32, event->worker);
	if ((event->kind == WSC_EV_QUEUED || event->kind == WSC_EV_DEQUEUED || event->kind == WSC_EV_PUSH_FAILED) &&
	    event->queue != event->worker)
		printf(",\"queue\":%" PRIu32, event->queue);
	if ((event->flags & WSC_FLAG_PINNED) != 0)
		printf(",\"pinned\":true");
	if (event->reason != WSC_REASON_NONE)
		printf(",\"reason\":\"%s\"", trace_reason_name((enum wsc_reason)event->reason));
	if (event->arg > 1)
		printf(",\"count\":%" PRIu32, event->arg);
	printf("}\n");
}

void history_print_header(const struct history *history)
{
	printf("{\"wscheck\":1,\"discipline\":\"%s\",\"identity\":\"%s\",\"complete\":%s,\"uncertainty_ns\":%" PRIu64
	       ",\"publish_ns\":%" PRIu64 "%s",
	       trace_discipline_name(history->discipline), trace_identity_name(history->identity),
	       history->window ? "false" : "true", history->uncertainty_ns, history->publish_ns,
	       history->scope == WSC_SCOPE_DEQUE ? ",\"scope\":\"deque\"" : "");
	if (history->attached > 0)
		printf(",\"workers\":[{\"worker\":%" PRIu32 ",\"attached\":%" PRIu64 "}]", history->latecomer,
		       history->attached);
	if (history->sampling > 1)
		printf(",\"sampling\":%" PRIu64, history->sampling);
	for (size_t i = 0; i < history->queue_count; i++) {
		const struct history_queue *queue = &history->queues[i];

		printf("%s{\"queue\":%" PRIu32 ",\"discipline\":\"%s\"", i == 0 ? ",\"queues\":[" : ",", queue->queue,
		       trace_discipline_name(queue->discipline));
		if (queue->has_owner)
			printf(",\"owner\":%" PRIu32, queue->owner);
		printf("%s%s}", queue->unstealable ? ",\"stealable\":false" : "",
		       queue->deferred ? ",\"visibility\":\"deferred\"" : "");
	}
	printf("%s}\n", history->queue_count > 0 ? "]" : "");
}

bool history_cancels(const struct history *history)
{
	for (size_t i = 0; i < history->count; i++)
		if (history->events[i].kind == WSC_EV_CANCELLED)
			return true;
	return false;
}

const struct wsc_event *history_find_gap(const struct history *history)
{
	for (size_t i = 0; i < history->count; i++)
		if (history->events[i].kind == WSC_EV_GAP)
			return &history->events[i];
	return NULL;
}
