/* SPDX-License-Identifier: MIT */
/*
 * One thread decompresses, decodes and merges; the caller's analyzes. Batches pass through a ring of a few, by copy: a
 * batch of the input is gone with the next call. Further threads decode blocks before their turn (trace_ahead.h). With
 * one thread everything is done in turns, without copies.
 */
#include "feed.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "memory.h"
#include "progress.h"
#include "small_thread.h"

enum { BATCH_EVENTS = 4096, BATCHES = 4, MERGE_AND_ANALYSIS = 2 };

/* OK: `count` events. Else how the input ended, or RESTART. */
struct batch {
	enum wsc_status status;
	size_t count;
	uint64_t position; /* of the input, behind them */
	struct wsc_event events[BATCH_EVENTS];
};

struct pipe_line {
	struct trace_input *input;
	struct trace_error *err;
	/* The producer's own: what is left of the input's batch, and what it said when there was none. */
	const struct wsc_event *rest;
	size_t rest_count;
	enum wsc_status pending;
	pthread_mutex_t mutex;
	pthread_cond_t changed;
	struct progress progress; /* the consumer's */
	unsigned filled, emptied; /* batches so far; the mutex guards both, and `stop` */
	bool stop;
	struct batch batches[BATCHES];
};

static enum wsc_status callback_failed(enum wsc_status status, struct trace_error *err)
{
	if (status == WSC_NOMEM)
		return memory_status(status, err);
	return trace_error_set(err, status, 0, "the result could not be written");
}

/* The batch to be filled next, once it is empty; NULL: the consumer has had enough. */
static struct batch *await_empty(struct pipe_line *line)
{
	pthread_mutex_lock(&line->mutex);
	while (line->filled - line->emptied == BATCHES && !line->stop)
		pthread_cond_wait(&line->changed, &line->mutex);
	struct batch *batch = line->stop ? NULL : &line->batches[line->filled % BATCHES];
	pthread_mutex_unlock(&line->mutex);
	return batch;
}

static void hand_over(struct pipe_line *line)
{
	pthread_mutex_lock(&line->mutex);
	line->filled++;
	pthread_cond_signal(&line->changed);
	pthread_mutex_unlock(&line->mutex);
}

static struct batch *await_full(struct pipe_line *line)
{
	pthread_mutex_lock(&line->mutex);
	while (line->filled == line->emptied)
		pthread_cond_wait(&line->changed, &line->mutex);
	pthread_mutex_unlock(&line->mutex);
	return &line->batches[line->emptied % BATCHES];
}

static void hand_back(struct pipe_line *line, bool stop)
{
	pthread_mutex_lock(&line->mutex);
	line->emptied++;
	line->stop = stop;
	pthread_cond_signal(&line->changed);
	pthread_mutex_unlock(&line->mutex);
}

/* Fills the batch with events, or, where none come first, with the status that ends them. */
static void fill(struct pipe_line *line, struct batch *batch)
{
	batch->count = 0;
	while (line->pending == WSC_OK && batch->count < BATCH_EVENTS) {
		if (line->rest_count == 0)
			line->pending = trace_input_next(line->input, &line->rest, &line->rest_count, line->err);
		if (line->pending != WSC_OK)
			break;
		size_t room = BATCH_EVENTS - batch->count;
		size_t count = line->rest_count < room ? line->rest_count : room;
		memcpy(&batch->events[batch->count], line->rest, count * sizeof(*line->rest));
		batch->count += count;
		line->rest += count;
		line->rest_count -= count;
	}
	batch->position = trace_input_position(line->input);
	batch->status = WSC_OK;
	if (batch->count > 0)
		return;
	batch->status = line->pending;
	line->pending = WSC_OK;
	line->rest_count = 0;
}

static void *produce(void *context)
{
	struct pipe_line *line = context;
	struct batch *batch;
	enum wsc_status status = WSC_OK;
	while ((status == WSC_OK || status == WSC_RESTART) && (batch = await_empty(line)) != NULL) {
		fill(line, batch);
		status = batch->status;
		hand_over(line);
	}
	return NULL;
}

/* What the input says, and its events if that is OK, for the caller: OK to go on, DONE at the end. */
static enum wsc_status use(enum wsc_status status, const struct wsc_event *events, size_t count,
                           const struct feed *feed, struct trace_error *err)
{
	if (status == WSC_OK)
		status = feed->events(feed->context, events, count);
	else if (status == WSC_RESTART)
		status = feed->restart(feed->context);
	else
		return status;
	return status == WSC_OK ? WSC_OK : callback_failed(status, err);
}

static enum wsc_status consume(struct pipe_line *line, const struct feed *feed, struct trace_error *err)
{
	enum wsc_status status = WSC_OK;
	while (status == WSC_OK) {
		const struct batch *batch = await_full(line);
		progress_go_on(&line->progress, batch->position, batch->count);
		status = use(batch->status, batch->events, batch->count, feed, err);
		hand_back(line, status != WSC_OK);
	}
	return status;
}

/* Both halves in turn, where there is to be no second thread, or none is to be had. */
static enum wsc_status alternate(struct pipe_line *line, const struct feed *feed, struct trace_error *err)
{
	enum wsc_status status = WSC_OK;
	while (status == WSC_OK) {
		const struct wsc_event *events = NULL;
		size_t count = 0;
		status = trace_input_next(line->input, &events, &count, line->err);
		progress_go_on(&line->progress, trace_input_position(line->input), count);
		status = use(status, events, count, feed, err);
	}
	return status;
}

enum wsc_status feed_all(struct trace_input *input, const struct feed *feed, struct trace_error *err)
{
	struct pipe_line *line = calloc(1, sizeof(*line));
	struct trace_error input_err = {0};
	pthread_t thread;
	if (line == NULL)
		return callback_failed(WSC_NOMEM, err);
	line->input = input;
	line->err = &input_err; /* the caller's is for the callbacks until both threads are one again */
	pthread_mutex_init(&line->mutex, NULL);
	pthread_cond_init(&line->changed, NULL);
	progress_begin(&line->progress, trace_input_summary(input)->file_bytes, feed->is_quiet);
	if (feed->jobs > MERGE_AND_ANALYSIS)
		trace_input_threads(input, feed->jobs - MERGE_AND_ANALYSIS);
	bool threaded = feed->jobs != 1 && small_thread_create(&thread, produce, line);
	enum wsc_status status = threaded ? consume(line, feed, err) : alternate(line, feed, err);
	if (threaded)
		pthread_join(thread, NULL);
	progress_end(&line->progress);
	if (input_err.status != WSC_OK)
		*err = input_err;
	pthread_cond_destroy(&line->changed);
	pthread_mutex_destroy(&line->mutex);
	free(line);
	return status == WSC_DONE ? WSC_OK : status;
}
