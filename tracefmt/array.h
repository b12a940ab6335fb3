/* SPDX-License-Identifier: MIT */
/*
 * Arrays that double when they are full. The caller keeps the pointer, the count and the capacity; zeroed, these are an
 * empty array, and free() ends it.
 */
#ifndef ARRAY_H
#define ARRAY_H

#include <stddef.h>

/* Twice the capacity, or a first few items of `item_bytes`. NULL: no memory, and all is as it was. */
void *array_grow(void *array, size_t *capacity, size_t item_bytes);

/* Room for one item behind `count`: the array, moved if it had to grow, or NULL as from array_grow(). */
static inline void *array_room(void *array, size_t count, size_t *capacity, size_t item_bytes)
{
	return count < *capacity ? array : array_grow(array, capacity, item_bytes);
}

#endif
