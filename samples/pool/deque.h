/* SPDX-License-Identifier: MIT */
/*
 * A growing Chase-Lev deque: one owner pushes and takes at the bottom, any number of thieves steal at the top.
 *
 * After N. M. Le, A. Pop, A. Cohen, F. Zappa Nardelli, "Correct and Efficient Work-Stealing for Weak Memory Models",
 * PPoPP 2013, figure 1; the comments in deque.c say what each memory order is for.
 *
 * Items are pointers, not NULL, owned by the caller. Threads: deque_reserve, deque_push and deque_take by the owner
 * alone; deque_steal and deque_looks_empty by anybody; deque_init and deque_free while nobody else uses the deque.
 */
#ifndef POOL_DEQUE_H
#define POOL_DEQUE_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { DEQUE_LINE_BYTES = 64, DEQUE_LOG2_CAPACITY_MAX = 28 };

/* What a thief is told. */
enum deque_answer { DEQUE_TAKEN, DEQUE_EMPTY, DEQUE_LOST_RACE };

/* A ring of slots; the capacity is a power of two, so that an index that only grows is masked into it. */
struct deque_array {
	int64_t capacity;
	struct deque_array
	    *older; /* what it replaced: a thief may still be reading there, so it lives as long as the deque */
	_Atomic(void *) slots[];
};

/* The indices are 64 bits wide and never wrap. Thieves write `top`, the owner writes `bottom`: not on one line. */
struct deque {
	_Alignas(DEQUE_LINE_BYTES) _Atomic int64_t top;    /* index of the oldest item */
	_Alignas(DEQUE_LINE_BYTES) _Atomic int64_t bottom; /* one past the index of the newest item */
	_Atomic(struct deque_array *) array;
};

/* Makes an empty deque with room for 2^log2_capacity items. False: no memory, or more than DEQUE_LOG2_CAPACITY_MAX. */
bool deque_init(struct deque *deque, unsigned log2_capacity);

/* Frees the arrays, not the items. A deque whose deque_init failed may be freed too. */
void deque_free(struct deque *deque);

/* Makes room for one more item, so that the next push can't fail. False: no memory; the deque is as it was. */
bool deque_reserve(struct deque *deque);

/* Adds an item as the newest. There must be room: deque_reserve comes first. */
void deque_push(struct deque *deque, void *item);

/* Takes the newest item. NULL: there was none, or a thief got the last one. */
void *deque_take(struct deque *deque);

/*
 * Takes the oldest item. DEQUE_TAKEN: it is in *item, which means nothing otherwise. DEQUE_EMPTY: there was none.
 * DEQUE_LOST_RACE: somebody else got it first; there may be more.
 */
enum deque_answer deque_steal(struct deque *deque, void **item);

/* A hint: the answer may be old when it is read, in both directions. */
bool deque_looks_empty(struct deque *deque);

/* The slot of an index. */
static inline _Atomic(void *) *deque_slot(struct deque_array *array, int64_t index)
{
	return &array->slots[index & (array->capacity - 1)];
}

#endif
