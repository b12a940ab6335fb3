/* SPDX-License-Identifier: MIT */
/*
 * Finds the row of a 32-bit id in an array that somebody else keeps: open addressing, linear probing, at most half
 * full. The hash is seeded at random, so that ids chosen by whoever wrote a file can't make it slow. Zeroed memory is
 * an empty index. One thread at a time.
 */
#ifndef ID_INDEX_H
#define ID_INDEX_H

#include <stddef.h>
#include <stdint.h>

#include "wscheck/status.h"

struct id_index_slot {
	uint32_t id;
	uint32_t row_plus_1; /* 0: free */
};

struct id_index {
	struct id_index_slot *slots;
	size_t capacity; /* a power of two, or 0 */
	size_t count;
	uint64_t seed; /* odd */
};

#define ID_INDEX_NONE SIZE_MAX

/* The row of `id`, or ID_INDEX_NONE. */
size_t id_index_find(const struct id_index *index, uint32_t id);

/* `id` must not be in the index; `row` < UINT32_MAX. NOMEM leaves the index as it was. */
enum wsc_status id_index_add(struct id_index *index, uint32_t id, size_t row);

void id_index_free(struct id_index *index);

/* A random odd number, for a hash of the caller's. Does not block. */
uint64_t id_index_seed(void);

#endif
