/* SPDX-License-Identifier: MIT */
/*
 * The prediction model of block.h, shared by encoder and decoder: both must take exactly the same steps. Inline,
 * because the decoder runs it once per event.
 */
#ifndef BLOCK_MODEL_H
#define BLOCK_MODEL_H

#include <string.h>

#include "block.h"

static inline void block_model_start(struct block_model *model, uint32_t worker)
{
	memset(model, 0, sizeof *model);
	model->own = worker;
	model->arg[WSC_EV_STEAL_FAILURE] = 1;
}

static inline uint64_t block_model_top(const uint64_t *ring, uint32_t top)
{
	return ring[(top - 1) % BLOCK_RING];
}

/* The task an event of `kind` most likely names. */
static inline uint64_t block_model_predict(const struct block_model *model, unsigned kind)
{
	switch (kind) {
	case WSC_EV_QUEUED:
		return model->queued + 1;
	case WSC_EV_PUSH_FAILED:
		return model->queued;
	case WSC_EV_DEQUEUED:
	case WSC_EV_EXEC_START:
	case WSC_EV_RESUMED:
		return block_model_top(model->ready, model->ready_top);
	case WSC_EV_EXEC_COMPLETE:
	case WSC_EV_SUSPENDED:
	case WSC_EV_CANCELLED:
		return block_model_top(model->running, model->running_top);
	case WSC_EV_STEAL_SUCCESS:
		return model->stolen + 1;
	default:
		return 0;
	}
}

/* What a difference in the column `tasks` is from. */
static inline uint64_t block_model_base(const struct block_model *model, unsigned kind)
{
	switch (kind) {
	case WSC_EV_QUEUED:
	case WSC_EV_PUSH_FAILED:
		return model->queued;
	case WSC_EV_DEQUEUED:
	case WSC_EV_EXEC_START:
	case WSC_EV_RESUMED:
		return model->taken;
	case WSC_EV_STEAL_START:
	case WSC_EV_STEAL_SUCCESS:
	case WSC_EV_STEAL_FAILURE:
		return model->stolen;
	default:
		return model->task;
	}
}

/* Learns from an event; `hit`: its task was as predicted. */
static inline void block_model_learn(struct block_model *model, unsigned kind, uint64_t task, bool hit)
{
	switch (kind) {
	case WSC_EV_QUEUED:
		model->queued = task;
		model->ready[model->ready_top++ % BLOCK_RING] = task;
		break;
	case WSC_EV_PUSH_FAILED:
		model->ready_top -= hit;
		break;
	case WSC_EV_DEQUEUED:
		model->taken = task;
		model->ready_top -= hit;
		model->ready[model->ready_top++ % BLOCK_RING] = task;
		break;
	case WSC_EV_STEAL_SUCCESS:
		model->stolen = task;
		model->ready[model->ready_top++ % BLOCK_RING] = task;
		break;
	case WSC_EV_EXEC_START:
	case WSC_EV_RESUMED:
		model->taken = task;
		model->ready_top -= hit;
		model->running[model->running_top++ % BLOCK_RING] = task;
		break;
	case WSC_EV_EXEC_COMPLETE:
	case WSC_EV_SUSPENDED:
		model->running_top--;
		break;
	default:
		break;
	}
	if (task != 0)
		model->task = task;
}

/* Where the model remembers the queue that events of `kind` name; NULL: they name none. */
static inline uint32_t *block_model_queue(struct block_model *model, unsigned kind)
{
	switch (kind) {
	case WSC_EV_QUEUED:
	case WSC_EV_PUSH_FAILED:
	case WSC_EV_DEQUEUED:
		return &model->own;
	case WSC_EV_STEAL_START:
	case WSC_EV_STEAL_SUCCESS:
	case WSC_EV_STEAL_FAILURE:
		return &model->victim;
	case WSC_EV_WAKE:
		return &model->woken;
	default:
		return NULL;
	}
}

#endif
