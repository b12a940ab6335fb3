/* SPDX-License-Identifier: MIT */
#include "deque.h"

#include <stdlib.h>

#include "order.h"

static struct deque_array *array_create(int64_t capacity, struct deque_array *older)
{
	struct deque_array *array = calloc(1, sizeof(*array) + (size_t)capacity * sizeof(array->slots[0]));

	if (!array)
		return NULL;
	array->capacity = capacity;
	array->older = older;
	return array;
}

bool deque_init(struct deque *deque, unsigned log2_capacity)
{
	struct deque_array *array = NULL;

	if (log2_capacity <= DEQUE_LOG2_CAPACITY_MAX)
		array = array_create((int64_t)1 << log2_capacity, NULL);
	/* Nobody else knows the deque yet: whatever hands it to other threads orders these. */
	atomic_init(&deque->top, 0);
	atomic_init(&deque->bottom, 0);
	atomic_init(&deque->array, array);
	return array != NULL;
}

void deque_free(struct deque *deque)
{
	/* Relaxed: the threads that used the deque were joined, which orders everything. */
	struct deque_array *array = atomic_load_explicit(&deque->array, memory_order_relaxed);

	while (array) {
		struct deque_array *older = array->older;

		free(array);
		array = older;
	}
	atomic_store_explicit(&deque->array, NULL, memory_order_relaxed);
}

/* Copies the items to an array of twice the size. Owner only. */
static bool deque_grow(struct deque *deque, struct deque_array *array, int64_t top, int64_t bottom)
{
	struct deque_array *larger;

	if (array->capacity >= (int64_t)1 << DEQUE_LOG2_CAPACITY_MAX)
		return false;
	larger = array_create(array->capacity * 2, array);
	if (!larger)
		return false;
	for (int64_t i = top; i < bottom; i++) {
		/* Relaxed: the owner wrote the old slots itself, and the release below publishes the new ones. */
		void *item = atomic_load_explicit(deque_slot(array, i), memory_order_relaxed);

		atomic_store_explicit(deque_slot(larger, i), item, memory_order_relaxed);
	}
	/*
	 * Release: the capacity and the copied slots come before the pointer. Pairs with the acquire in deque_steal. A
	 * thief that still holds the old array finds the same item at the same index there.
	 */
	atomic_store_explicit(&deque->array, larger, memory_order_release);
	return true;
}

bool deque_reserve(struct deque *deque)
{
	/* Relaxed: only the owner, who asks, writes `bottom` and `array`. */
	int64_t bottom = atomic_load_explicit(&deque->bottom, memory_order_relaxed);
	struct deque_array *array = atomic_load_explicit(&deque->array, memory_order_relaxed);
	/*
	 * Acquire, pairs with the thieves' CAS: a slot that looks free has been read by the thief that emptied it, so
	 * the owner's next write there can't reach that thief. An old value only makes the deque look fuller than it
	 * is.
	 */
	int64_t top = atomic_load_explicit(&deque->top, memory_order_acquire);

	return bottom - top < array->capacity || deque_grow(deque, array, top, bottom);
}

void deque_push(struct deque *deque, void *item)
{
	/* Relaxed: the owner's own variables. */
	int64_t bottom = atomic_load_explicit(&deque->bottom, memory_order_relaxed);
	struct deque_array *array = atomic_load_explicit(&deque->array, memory_order_relaxed);

	/* Relaxed: a thief reads the slot only after it saw the `bottom` that the fence below holds back. */
	atomic_store_explicit(deque_slot(array, bottom), item, memory_order_relaxed);
	/*
	 * Release: the slot, and what the item points to, come before `bottom`. Pairs with the acquire of `bottom` in
	 * deque_steal. A fence and not a release store, because the stores of `bottom` in deque_take publish the items
	 * that remain, too, and the fence orders those as well.
	 */
	order_fence(memory_order_release);
	atomic_store_explicit(&deque->bottom, bottom + 1, ORDER_FENCED_STORE);
}

void *deque_take(struct deque *deque)
{
	int64_t bottom = atomic_load_explicit(&deque->bottom, memory_order_relaxed) - 1;
	struct deque_array *array = atomic_load_explicit(&deque->array, memory_order_relaxed);
	int64_t top;
	void *item;

	/* The claim: from here on thieves should leave the newest item alone. */
	atomic_store_explicit(&deque->bottom, bottom, ORDER_FENCED_STORE);
	/*
	 * Sequentially consistent: the claim is out before `top` is read. Pairs with the fence in deque_steal, which
	 * stands between reading `top` and reading `bottom`: of an owner and a thief who meet, one sees the other.
	 * Without it the claim may wait in the store buffer while thieves, who don't see it, take this very item.
	 */
	order_fence(memory_order_seq_cst);
	/* Relaxed: the fence ordered it, and an item is read from the owner's own slot, not through `top`. */
	top = atomic_load_explicit(&deque->top, ORDER_FENCED_LOAD);
	if (top > bottom) {
		/* Relaxed: nothing was taken, thieves need not see this soon. */
		atomic_store_explicit(&deque->bottom, bottom + 1, ORDER_FENCED_STORE);
		return NULL;
	}
	item = atomic_load_explicit(deque_slot(array, bottom), memory_order_relaxed);
	if (top < bottom)
		return item;
	/*
	 * The last item: a thief may have read both indices before the claim, so `top` decides. Sequentially consistent
	 * as the thieves' CAS is, so that both agree with the fences on one order; on failure nothing is read, so
	 * relaxed.
	 */
	if (!atomic_compare_exchange_strong_explicit(&deque->top, &top, top + 1, memory_order_seq_cst,
	                                             memory_order_relaxed))
		item = NULL;
	atomic_store_explicit(&deque->bottom, bottom + 1, ORDER_FENCED_STORE);
	return item;
}

enum deque_answer deque_steal(struct deque *deque, void **item)
{
	/* Acquire: pairs with the CAS of the thief that moved it; `bottom` below is then at least as new as that
	 * thief's. */
	int64_t top = atomic_load_explicit(&deque->top, ORDER_FENCED_ACQUIRE);
	int64_t bottom;
	struct deque_array *array;

	/* Sequentially consistent: `top` is read before `bottom`. Pairs with the fence in deque_take. */
	order_fence(memory_order_seq_cst);
	/* Acquire: pairs with the release fence in deque_push; the slot and what its item points to are there. */
	bottom = atomic_load_explicit(&deque->bottom, ORDER_FENCED_ACQUIRE);
	if (top >= bottom)
		return DEQUE_EMPTY;
	/* Acquire: pairs with the release in deque_grow (the paper's consume, which compilers turn into acquire). */
	array = atomic_load_explicit(&deque->array, memory_order_acquire);
	/* Before the CAS: once `top` has moved, the owner may overwrite the slot. Relaxed: ordered by the acquires
	 * above. */
	*item = atomic_load_explicit(deque_slot(array, top), memory_order_relaxed);
	/*
	 * Sequentially consistent: in one order with the owner's CAS and both fences; its release half tells the owner
	 * that the slot was read (deque_reserve). On failure nothing is used, so relaxed.
	 */
	if (!atomic_compare_exchange_strong_explicit(&deque->top, &top, top + 1, memory_order_seq_cst,
	                                             memory_order_relaxed))
		return DEQUE_LOST_RACE;
	return DEQUE_TAKEN;
}

bool deque_looks_empty(struct deque *deque)
{
	/*
	 * Relaxed: a hint. A worker that is about to sleep and relies on it has a sequentially consistent fence of its
	 * own in between (sleepers.c).
	 */
	int64_t top = atomic_load_explicit(&deque->top, ORDER_FENCED_LOAD);
	int64_t bottom = atomic_load_explicit(&deque->bottom, ORDER_FENCED_LOAD);

	return top >= bottom;
}
