/* SPDX-License-Identifier: MIT */
#include "chunk_pool.h"

#include <stdlib.h>

/* A segment is about 1 MiB. */
#define CHUNKS_PER_SEGMENT 31u
/* 32 MiB while bursts are absorbed; one chunk more for every stream that may hold one. */
#define SEGMENTS_MAX 32u

struct chunk_segment {
	struct chunk_segment *next;
	struct ring_segment *segment;
	struct chunk chunks[CHUNKS_PER_SEGMENT];
};

size_t chunk_segment_bytes(void)
{
	return RING_FILE_CHUNKS_AT + CHUNKS_PER_SEGMENT * (size_t)RING_FILE_CHUNK_BYTES;
}

struct wsc_slot *chunk_slots(const struct chunk *chunk)
{
	return (struct wsc_slot *)(void *)((char *)chunk->map + RING_FILE_CHUNK_SLOTS_AT);
}

static bool grow(struct chunk_pool *pool, bool must)
{
	struct chunk_segment *more = calloc(1, sizeof(*more));
	if (more != NULL)
		more->segment = ring_store_take(pool->store, chunk_segment_bytes(), must);
	if (more == NULL || more->segment == NULL) {
		free(more);
		return false;
	}
	char *at = (char *)more->segment->map + RING_FILE_CHUNKS_AT;
	for (unsigned i = 0; i < CHUNKS_PER_SEGMENT; i++, at += RING_FILE_CHUNK_BYTES) {
		more->chunks[i].map = (struct ring_file_chunk *)(void *)at;
		*more->chunks[i].map = (struct ring_file_chunk){.order = 0};
		more->chunks[i].next = pool->free;
		pool->free = &more->chunks[i];
	}
	more->next = pool->segments;
	pool->segments = more;
	pool->segment_count++;
	ring_store_publish(more->segment, RING_FILE_CHUNKS);
	return true;
}

bool chunk_pool_init(struct chunk_pool *pool, struct ring_store *store)
{
	*pool = (struct chunk_pool){.store = store};
	return grow(pool, false);
}

struct chunk *chunk_pool_take(struct chunk_pool *pool, size_t streams)
{
	if (pool->free == NULL && pool->segment_count < SEGMENTS_MAX + streams / CHUNKS_PER_SEGMENT)
		grow(pool, true); /* else what is in the rings stays there, where it is safe */
	struct chunk *chunk = pool->free;
	if (chunk == NULL)
		return NULL;
	pool->free = chunk->next;
	chunk->next = NULL;
	return chunk;
}

void chunk_pool_give(struct chunk_pool *pool, struct chunk *chunk)
{
	/* Release: its events are in the trace file. Pairs with readers of the rings' file. */
	__atomic_store_n(&chunk->map->order, 0, __ATOMIC_RELEASE);
	chunk->next = pool->free;
	pool->free = chunk;
}

void chunk_pool_free(struct chunk_pool *pool)
{
	while (pool->segments != NULL) {
		struct chunk_segment *segment = pool->segments;
		pool->segments = segment->next;
		ring_segment_free(segment->segment);
		free(segment);
	}
	*pool = (struct chunk_pool){.store = NULL};
}
