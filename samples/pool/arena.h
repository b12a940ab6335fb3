/* SPDX-License-Identifier: MIT */
/* Memory for the tasks of one worker: handed out piece by piece, taken back all at once. One thread at a time. */
#ifndef POOL_ARENA_H
#define POOL_ARENA_H

#include <stddef.h>

enum { ARENA_CHUNK_BYTES = 1 << 16, ARENA_PIECE_BYTES_MAX = 1 << 12 };

struct arena_chunk;

struct arena {
	struct arena_chunk *first;
	struct arena_chunk *current;
	size_t used; /* bytes of the current chunk */
};

/* All zero is an empty arena. */
void arena_free(struct arena *arena);

/* At most ARENA_PIECE_BYTES_MAX bytes, aligned for any type, not initialized. NULL: no memory. */
void *arena_alloc(struct arena *arena, size_t bytes);

/* All pieces are free again; the chunks are kept for the next ones. */
void arena_reset(struct arena *arena);

#endif
