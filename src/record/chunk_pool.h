/* SPDX-License-Identifier: MIT */
/*
 * Room for slots that have left their ring and are not yet in the trace file. It lies in the rings' file, so that a
 * killed process does not lose them. The drain thread's.
 */
#ifndef RECORD_CHUNK_POOL_H
#define RECORD_CHUNK_POOL_H

#include <stdbool.h>
#include <stddef.h>

#include "ring_store.h"

struct chunk {
	struct chunk *next; /* of the same stream, or of the free ones */
	struct ring_file_chunk *map;
};

struct chunk_pool {
	struct ring_store *store;
	struct chunk *free;
	struct chunk_segment *segments;
	size_t segment_count;
};

/* Bytes of a segment of chunks. */
size_t chunk_segment_bytes(void);

/* Makes a pool with one segment, in the file or not. False: no memory. */
bool chunk_pool_init(struct chunk_pool *pool, struct ring_store *store);

/*
 * A free chunk; a new segment is made for it if the pool has less than its share (more if there are many `streams`).
 * NULL: no room.
 */
struct chunk *chunk_pool_take(struct chunk_pool *pool, size_t streams);
void chunk_pool_give(struct chunk_pool *pool, struct chunk *chunk);

/* The slots of a chunk. */
struct wsc_slot *chunk_slots(const struct chunk *chunk);

void chunk_pool_free(struct chunk_pool *pool);

#endif
