/* SPDX-License-Identifier: MIT */
/* Who was told `empty`, or slept, while a task certainly waited: each attempt and park is held against each stay. */
#ifndef MODEL_WAITING_H
#define MODEL_WAITING_H

#include "model.h"

enum model_wait { MODEL_WAIT_NO, MODEL_WAIT_DOUBTFUL, MODEL_WAIT_CERTAIN };

/* Whether the attempt that event `index`, a `steal_failure`, answers was told `empty` wrongly. */
enum model_wait model_told_empty(const struct history *history, const struct model_result *result, int index);

/* Whether in the park that event `index`, a `parked`, begins a task waited for longer than `idle_ns` on end. */
enum model_wait model_slept(const struct history *history, const struct model_result *result, int index,
                            uint64_t idle_ns);

#endif
