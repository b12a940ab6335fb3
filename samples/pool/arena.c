/* SPDX-License-Identifier: MIT */
#include "arena.h"

#include <stdlib.h>

struct arena_chunk {
	struct arena_chunk *next;
	_Alignas(max_align_t) unsigned char bytes[ARENA_CHUNK_BYTES];
};

void arena_free(struct arena *arena)
{
	while (arena->first) {
		struct arena_chunk *next = arena->first->next;

		free(arena->first);
		arena->first = next;
	}
	arena->current = NULL;
}

/* Makes the next chunk the current one; there may be one from before a reset. */
static struct arena_chunk *next_chunk(struct arena *arena)
{
	struct arena_chunk **link = arena->current ? &arena->current->next : &arena->first;

	if (!*link) {
		*link = malloc(sizeof(**link));
		if (!*link)
			return NULL;
		(*link)->next = NULL;
	}
	arena->current = *link;
	arena->used = 0;
	return arena->current;
}

void *arena_alloc(struct arena *arena, size_t bytes)
{
	const size_t alignment = _Alignof(max_align_t);
	void *piece;

	bytes = (bytes + alignment - 1) / alignment * alignment;
	if (bytes > ARENA_PIECE_BYTES_MAX)
		return NULL;
	if ((!arena->current || arena->used + bytes > ARENA_CHUNK_BYTES) && !next_chunk(arena))
		return NULL;
	piece = arena->current->bytes + arena->used;
	arena->used += bytes;
	return piece;
}

void arena_reset(struct arena *arena)
{
	arena->current = arena->first;
	arena->used = 0;
}
