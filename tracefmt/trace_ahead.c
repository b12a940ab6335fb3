/* SPDX-License-Identifier: MIT */
#include "trace_ahead.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "small_thread.h"
#include "trace_block.h"
#include "trace_limits.h"

/* A smaller block is decoded sooner than a thread is woken; more of them would be long to look through. */
enum { EVENTS_MIN = 256, BLOCKS_MAX = 256 };

/* What a thread has of its own. */
struct worker {
	pthread_t thread;
	struct trace_ahead *ahead;
	struct trace_file file;
	struct block_decoder decoder;
	struct trace_block_content content;
};

struct trace_ahead {
	const struct trace_map *map;
	pthread_mutex_t mutex; /* guards the list, its blocks' states, `running` and `stop` */
	pthread_cond_t wanted, done;
	struct trace_ahead_block *first; /* what is wanted, in the order in which it was, whatever its state */
	unsigned running;                /* threads that are at a block */
	bool stop;
	/* The merging thread's own: of what is wanted or not yet given back. */
	uint64_t bytes;
	unsigned blocks;
	struct worker *workers;
	unsigned count;
};

static uint64_t bytes_of(const struct trace_ahead *ahead, uint32_t entry)
{
	const size_t each = sizeof(struct wsc_event) + (ahead->map->header.ordered ? sizeof(uint64_t) : 0);

	return sizeof(struct trace_ahead_block) + (uint64_t)ahead->map->entries[entry].count * each;
}

static void block_free(struct trace_ahead_block *block)
{
	free(block->events);
	free(block->order);
	free(block);
}

/* ---- the threads ---- */

static enum wsc_status decode_all(struct worker *worker, struct trace_ahead_block *to, const struct block *block)
{
	const struct trace_map *map = worker->ahead->map;
	/* A chunk at a time, of which the decoder may take a whole one's room for events that it does not deliver. */
	const size_t room = (size_t)block->count + BLOCK_CHUNK_EVENTS;
	enum wsc_status status = block_decoder_start(&worker->decoder, block, map->operands, to->extension_counts);

	to->block_dropped = block->dropped;
	to->events = malloc(room * sizeof *to->events);
	to->order = map->header.ordered ? malloc(room * sizeof *to->order) : NULL;
	if (to->events == NULL || (map->header.ordered && to->order == NULL))
		return WSC_NOMEM;
	while (status == WSC_OK) {
		struct block_chunk chunk = {.events = to->events + to->count,
		                            .order = to->order == NULL ? NULL : to->order + to->count};

		status = block_decode(&worker->decoder, &chunk);
		to->count += chunk.count;
		to->gaps += chunk.gaps;
		to->dropped += chunk.dropped;
	}
	return status == WSC_DONE ? WSC_OK : status;
}

static void read_block(struct worker *worker, struct trace_ahead_block *to)
{
	struct block block;

	to->status = trace_block_load(worker->ahead->map, &worker->file, to->stream, to->entry, TRACE_OPEN_BYTES_MAX,
	                              &worker->content, &block);
	to->content_size = worker->content.size;
	if (to->status == WSC_OK)
		to->status = decode_all(worker, to, &block);
}

/* The first block that waits; NULL: there is to be none any more. The mutex is held. */
static struct trace_ahead_block *await(struct trace_ahead *ahead)
{
	for (;;) {
		struct trace_ahead_block *block = ahead->first;

		if (ahead->stop)
			return NULL;
		while (block != NULL && block->state != TRACE_AHEAD_WAITS)
			block = block->next;
		if (block != NULL)
			return block;
		pthread_cond_wait(&ahead->wanted, &ahead->mutex);
	}
}

static void *work(void *context)
{
	struct worker *worker = context;
	struct trace_ahead *ahead = worker->ahead;
	struct trace_ahead_block *block;

	pthread_mutex_lock(&ahead->mutex);
	while ((block = await(ahead)) != NULL) {
		block->state = TRACE_AHEAD_RUNS;
		ahead->running++;
		pthread_mutex_unlock(&ahead->mutex);
		read_block(worker, block);
		pthread_mutex_lock(&ahead->mutex);
		block->state = TRACE_AHEAD_DONE;
		ahead->running--;
		pthread_cond_signal(&ahead->done);
	}
	pthread_mutex_unlock(&ahead->mutex);
	return NULL;
}

/* ---- the merging thread ---- */

struct trace_ahead *trace_ahead_create(const struct trace_map *map, unsigned threads)
{
	struct trace_ahead *ahead = calloc(1, sizeof *ahead);

	if (threads > TRACE_AHEAD_THREADS_MAX)
		threads = TRACE_AHEAD_THREADS_MAX;
	if (ahead != NULL)
		ahead->workers = calloc(threads + (size_t)1, sizeof *ahead->workers);
	if (ahead == NULL || ahead->workers == NULL) {
		free(ahead);
		return NULL;
	}
	ahead->map = map;
	pthread_mutex_init(&ahead->mutex, NULL);
	pthread_cond_init(&ahead->wanted, NULL);
	pthread_cond_init(&ahead->done, NULL);
	while (ahead->count < threads) {
		struct worker *worker = &ahead->workers[ahead->count];

		worker->ahead = ahead;
		if (trace_file_share(&worker->file, map->file) != WSC_OK)
			break;
		if (!small_thread_create(&worker->thread, work, worker)) {
			trace_file_close(&worker->file);
			break;
		}
		ahead->count++;
	}
	if (ahead->count > 0)
		return ahead;
	trace_ahead_free(ahead);
	return NULL;
}

void trace_ahead_want(struct trace_ahead *ahead, uint32_t stream, uint32_t entry)
{
	struct trace_ahead_block *block, **last = &ahead->first;

	if (entry == TRACE_MAP_NONE || ahead->map->entries[entry].is_gap ||
	    ahead->map->entries[entry].count < EVENTS_MIN || ahead->blocks >= BLOCKS_MAX ||
	    ahead->bytes + bytes_of(ahead, entry) > TRACE_AHEAD_BYTES_MAX)
		return;
	block = calloc(1, sizeof *block);
	if (block == NULL)
		return;
	ahead->bytes += bytes_of(ahead, entry);
	ahead->blocks++;
	block->entry = entry;
	block->stream = stream;
	pthread_mutex_lock(&ahead->mutex);
	while (*last != NULL)
		last = &(*last)->next;
	*last = block;
	pthread_cond_signal(&ahead->wanted);
	pthread_mutex_unlock(&ahead->mutex);
}

struct trace_ahead_block *trace_ahead_take(struct trace_ahead *ahead, uint32_t stream, uint32_t entry)
{
	struct trace_ahead_block *block, **at = &ahead->first;

	pthread_mutex_lock(&ahead->mutex);
	while (*at != NULL && ((*at)->entry != entry || (*at)->stream != stream))
		at = &(*at)->next;
	block = *at;
	while (block != NULL && block->state == TRACE_AHEAD_RUNS)
		pthread_cond_wait(&ahead->done, &ahead->mutex);
	if (block != NULL)
		*at = block->next; /* nobody else changes the list */
	pthread_mutex_unlock(&ahead->mutex);
	if (block != NULL && block->state == TRACE_AHEAD_WAITS) {
		trace_ahead_give(ahead, block);
		return NULL;
	}
	return block;
}

void trace_ahead_give(struct trace_ahead *ahead, struct trace_ahead_block *block)
{
	ahead->bytes -= bytes_of(ahead, block->entry);
	ahead->blocks--;
	block_free(block);
}

void trace_ahead_forget(struct trace_ahead *ahead)
{
	struct trace_ahead_block *block;

	pthread_mutex_lock(&ahead->mutex);
	for (block = ahead->first; block != NULL; block = block->next) {
		if (block->state == TRACE_AHEAD_WAITS)
			block->state = TRACE_AHEAD_DONE;
	}
	while (ahead->running > 0)
		pthread_cond_wait(&ahead->done, &ahead->mutex);
	while ((block = ahead->first) != NULL) {
		ahead->first = block->next;
		trace_ahead_give(ahead, block);
	}
	pthread_mutex_unlock(&ahead->mutex);
}

void trace_ahead_free(struct trace_ahead *ahead)
{
	if (ahead == NULL)
		return;
	trace_ahead_forget(ahead);
	pthread_mutex_lock(&ahead->mutex);
	ahead->stop = true;
	pthread_cond_broadcast(&ahead->wanted);
	pthread_mutex_unlock(&ahead->mutex);
	for (unsigned i = 0; i < ahead->count; i++) {
		pthread_join(ahead->workers[i].thread, NULL);
		trace_file_close(&ahead->workers[i].file);
		free(ahead->workers[i].content.bytes);
	}
	pthread_cond_destroy(&ahead->done);
	pthread_cond_destroy(&ahead->wanted);
	pthread_mutex_destroy(&ahead->mutex);
	free(ahead->workers);
	free(ahead);
}
