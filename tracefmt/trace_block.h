/* SPDX-License-Identifier: MIT */
/* Reads the blocks that a map has, and holds them against it. One thread at a time per file. */
#ifndef TRACE_BLOCK_H
#define TRACE_BLOCK_H

#include <stddef.h>
#include <stdint.h>

#include "block.h"
#include "trace_map.h"

/* What a block was decompressed to; from malloc(). */
struct trace_block_content {
	unsigned char *bytes;
	size_t capacity;
	size_t size; /* used of it */
};

/*
 * Decompresses the block of `entry`, of stream `stream`, to *content, which grows to at most `size_max` and to which
 * *block then points. `file` is the map's, or shares its files. FORMAT: it is not what the map says. LIMIT, IO, NOMEM.
 */
enum wsc_status trace_block_load(const struct trace_map *map, struct trace_file *file, uint32_t stream, uint32_t entry,
                                 uint64_t size_max, struct trace_block_content *content, struct block *block);

/*
 * Holds the heads of all blocks against a map that an index gave, decoding none: then the index lies about no block, also
 * not about one that is never read. FORMAT: it does. IO, NOMEM.
 */
enum wsc_status trace_block_check(const struct trace_map *map);

#endif
