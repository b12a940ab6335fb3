/* SPDX-License-Identifier: MIT */
/*
 * A small history in memory: what the model judges, the generator makes and the campaign compares. Plain data without
 * pointers, so that a copy is an assignment. Events are in merged order: each worker's in program order, workers merged
 * by stamp, ties as they stand.
 */
#ifndef MODEL_HISTORY_H
#define MODEL_HISTORY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "trace_header.h"
#include "wscheck/event.h"

enum { HISTORY_EVENTS_MAX = 192, HISTORY_QUEUES_MAX = 64, HISTORY_WORKERS_MAX = 24, HISTORY_TASKS_MAX = 16 };

/* `reserved` of the events by which the model replaces a push that failed and its `queued`, both of kind `wake`. */
enum { MODEL_PUSH_THAT_FAILED = 1, MODEL_FAILED_PUSH };

/* A declared queue; the others have the id of their owner and the history's discipline. */
struct history_queue {
	uint32_t queue;
	uint32_t owner;
	bool has_owner;
	bool deferred;
	bool unstealable;
	enum wsc_discipline discipline;
};

struct history {
	struct wsc_event events[HISTORY_EVENTS_MAX];
	size_t count;
	struct history_queue queues[HISTORY_QUEUES_MAX];
	size_t queue_count;
	enum wsc_discipline discipline;
	enum wsc_identity identity;
	enum wsc_scope scope;
	enum wsc_end end;
	bool window;        /* not recorded from before the first task */
	uint32_t latecomer; /* if attached > 0: the worker that attached then */
	uint64_t attached;
	uint64_t uncertainty_ns;
	uint64_t publish_ns;
	uint64_t sampling; /* 0, 1: every task */
	uint64_t idle_ns;  /* a longer park beside work is reported; 0: the engine's default */
};

/* Whose deque `queue` is. False: it is shared by all. */
static inline bool history_owner(const struct history *history, uint32_t queue, uint32_t *owner)
{
	for (size_t i = 0; i < history->queue_count; i++) {
		if (history->queues[i].queue != queue)
			continue;
		*owner = history->queues[i].owner;
		return history->queues[i].has_owner;
	}
	*owner = queue;
	return true;
}

static inline enum wsc_discipline history_discipline(const struct history *history, uint32_t queue)
{
	for (size_t i = 0; i < history->queue_count; i++)
		if (history->queues[i].queue == queue)
			return history->queues[i].discipline;
	return history->discipline;
}

/* What the history declares of itself, for the engine. To be freed whatever it returns. False: no memory. */
bool history_declare(const struct history *history, struct trace_header *header);

/* As JSON Lines, on standard output. */
void history_print_header(const struct history *history);
void history_print_event(const struct wsc_event *event);

/* Whether a life is cancelled: an entry that it leaves may be taken instead of a later one. */
bool history_cancels(const struct history *history);

/* The first gap, or NULL. */
const struct wsc_event *history_find_gap(const struct history *history);

#endif
