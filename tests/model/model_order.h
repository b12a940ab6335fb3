/* SPDX-License-Identifier: MIT */
/* Whether a queue's successful operations have an order that its discipline allows: all of them are tried. */
#ifndef MODEL_ORDER_H
#define MODEL_ORDER_H

#include "model.h"
#include "model_task.h"

enum { MODEL_OPERATIONS_MAX = 18 };

/* `stays`: those of every life on every queue that bind the order. Fills result->order and result->operations. */
void model_order_check(const struct history *history, const struct model_stay *stays, size_t count,
                       struct model_queue_result *result);

#endif
