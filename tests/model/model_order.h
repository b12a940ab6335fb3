/* SPDX-License-Identifier: MIT */
/* Whether a queue's successful operations have an order that its discipline allows: all of them are tried. */
#ifndef MODEL_ORDER_H
#define MODEL_ORDER_H

#include "model.h"
#include "model_task.h"

enum { MODEL_OPERATIONS_MAX = 22 };

/* When an operation took effect, as stamps bound it. `event`: its own; `first`: the first event of its batch or attempt. */
struct model_interval {
	uint64_t begin, end;
	int event, first;
};

/* Of the take that event `index` records, a `steal_success`, `dequeued` or `exec_start`. */
struct model_interval model_take_interval(const struct history *history, int index);

/* Of the push that event `index` records; `end` includes the time that a store may take to be seen. */
struct model_interval model_push_interval(const struct history *history, int index);

/* `stays`: those of every life on every queue that bind the order. Fills result->order and result->operations. */
void model_order_check(const struct history *history, const struct model_stay *stays, size_t count,
                       struct model_queue_result *result);

#endif
