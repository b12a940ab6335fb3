/* SPDX-License-Identifier: MIT */
/* What is known of each queue: owner, discipline, attributes; found by id in O(1). */
#ifndef CHECK_QUEUE_TABLE_H
#define CHECK_QUEUE_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "id_map.h"
#include "trace_header.h"
#include "wscheck/status.h"

struct queue_traits {
	uint32_t queue;
	uint32_t owner; /* if owned */
	bool owned;     /* else shared by all */
	bool stealable;
	bool deferred; /* pushes become public at an unknown later time */
	enum wsc_discipline discipline;
};

struct queue_table {
	struct queue_traits *queues;
	size_t count, capacity;
	struct id_map index;
	enum wsc_discipline discipline; /* of undeclared queues */
	bool declared;                  /* some queues are declared; else each is owned by the worker of its id */
};

/* Declared queues of `header`; one whose id is in `workers` is owned by that worker even if it does not say so. */
enum wsc_status queue_table_init(struct queue_table *table, const struct trace_header *header, const uint32_t *workers,
                                 size_t worker_count);
void queue_table_free(struct queue_table *table);

/* The number of `queue`, added as an undeclared one (owned by the worker of the same id) if new. -1: no memory. */
int64_t queue_table_number(struct queue_table *table, uint32_t queue);

/* By id, where some queues are declared. */
bool queue_table_may_run_declared(const struct queue_table *table, uint32_t queue, uint32_t worker);

/* Whether a worker that starts a task waiting in `queue` took it rightfully. */
static inline bool queue_table_may_run(const struct queue_table *table, uint32_t queue, uint32_t worker)
{
	return table->declared ? queue_table_may_run_declared(table, queue, worker) : queue == worker;
}

#endif
