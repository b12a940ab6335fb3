/* SPDX-License-Identifier: MIT */
#include "bugs.h"

#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "order.h"

enum {
	BUGS_LOST_PUSH_ODDS = 512,
	BUGS_STEAL_STORE_EVERY = 16, /* thefts, by the index of what is stolen */
	BUGS_STEAL_STORE_NS = 20000
};

void bugs_print_help(void)
{
#define BUGS_HELP(NAME, name, help) printf("    %-15s %s\n", name, help);
	BUGS(BUGS_HELP)
#undef BUGS_HELP
}

static const char *const names[] = {"none",
#define BUGS_NAME(NAME, name, help) name,
                                    BUGS(BUGS_NAME)
#undef BUGS_NAME
};

const char *bugs_name(enum bug bug)
{
	return names[bug];
}

bool bugs_find(const char *name, enum bug *bug)
{
	for (size_t i = 1; i < sizeof(names) / sizeof(names[0]); i++)
		if (strcmp(names[i], name) == 0) {
			*bug = (enum bug)i;
			return true;
		}
	return false;
}

void bugs_linger(long ns)
{
	const struct timespec nap = {0, ns};

	nanosleep(&nap, NULL);
}

/* lost-push: the item is in its slot, but `bottom` stays, as if another store of the owner had undone it. */
static void push_lost(struct deque *deque, void *item)
{
	int64_t bottom = atomic_load_explicit(&deque->bottom, memory_order_relaxed);
	struct deque_array *array = atomic_load_explicit(&deque->array, memory_order_relaxed);

	atomic_store_explicit(deque_slot(array, bottom), item, memory_order_relaxed);
}

/*
 * take-fence: nothing makes the claim visible before `top` is read. The signal fence keeps the compiler from reordering
 * the two, so that what remains is what the processor does: the store waits in the store buffer, the load does not.
 */
static void *take_unfenced(struct deque *deque)
{
	int64_t bottom = atomic_load_explicit(&deque->bottom, memory_order_relaxed) - 1;
	struct deque_array *array = atomic_load_explicit(&deque->array, memory_order_relaxed);
	int64_t top;
	void *item;

	atomic_store_explicit(&deque->bottom, bottom, memory_order_relaxed);
	atomic_signal_fence(memory_order_seq_cst);
	top = atomic_load_explicit(&deque->top, memory_order_relaxed);
	if (top > bottom) {
		atomic_store_explicit(&deque->bottom, bottom + 1, memory_order_relaxed);
		return NULL;
	}
	item = atomic_load_explicit(deque_slot(array, bottom), memory_order_relaxed);
	if (top < bottom)
		return item;
	if (!atomic_compare_exchange_strong_explicit(&deque->top, &top, top + 1, memory_order_seq_cst,
	                                             memory_order_relaxed))
		item = NULL;
	atomic_store_explicit(&deque->bottom, bottom + 1, memory_order_relaxed);
	return item;
}

/*
 * steal-store: whoever comes between the load and the store of `top` took the same item, or more. Now and then the thief
 * is stopped there, as by the kernel, for as long as the owner needs for some dozens of tasks: that two processors meet
 * within the nanoseconds between is rare where others want the processors, too.
 */
static enum deque_answer steal_store(struct deque *deque, void **item)
{
	int64_t top = atomic_load_explicit(&deque->top, memory_order_acquire);
	struct deque_array *array;
	int64_t bottom;

	order_fence(memory_order_seq_cst);
	bottom = atomic_load_explicit(&deque->bottom, memory_order_acquire);
	if (top >= bottom)
		return DEQUE_EMPTY;
	array = atomic_load_explicit(&deque->array, memory_order_acquire);
	*item = atomic_load_explicit(deque_slot(array, top), memory_order_relaxed);
	if (top % BUGS_STEAL_STORE_EVERY == 0)
		bugs_linger(BUGS_STEAL_STORE_NS);
	atomic_store_explicit(&deque->top, top + 1, memory_order_release);
	/* `top` may have been set back to before the slots that the last deque_grow copied. */
	return *item ? DEQUE_TAKEN : DEQUE_LOST_RACE;
}

/* owner-oldest: the owner steals from itself. */
static void *take_oldest(struct deque *deque)
{
	enum deque_answer answer;
	void *item = NULL;

	do
		answer = deque_steal(deque, &item);
	while (answer == DEQUE_LOST_RACE);
	return answer == DEQUE_TAKEN ? item : NULL;
}

/*
 * thief-newest: both ends are under one lock, which makes the deque safe, and the thief works at the wrong end. As
 * every operation holds the lock, the sound operations of deque.c do their part of it.
 */
static pthread_mutex_t newest_lock = PTHREAD_MUTEX_INITIALIZER;

static void push_locked(struct deque *deque, void *item)
{
	pthread_mutex_lock(&newest_lock);
	deque_push(deque, item);
	pthread_mutex_unlock(&newest_lock);
}

static void *take_locked(struct deque *deque)
{
	void *item;

	pthread_mutex_lock(&newest_lock);
	item = deque_take(deque);
	pthread_mutex_unlock(&newest_lock);
	return item;
}

void bugs_push(enum bug bug, struct deque *deque, void *item, uint64_t dice)
{
	if (bug == BUG_LOST_PUSH && dice % BUGS_LOST_PUSH_ODDS == 0)
		push_lost(deque, item);
	else if (bug == BUG_THIEF_NEWEST)
		push_locked(deque, item);
	else
		deque_push(deque, item);
}

void *bugs_take(enum bug bug, struct deque *deque)
{
	switch (bug) {
	case BUG_TAKE_FENCE:
		return take_unfenced(deque);
	case BUG_OWNER_OLDEST:
		return take_oldest(deque);
	case BUG_THIEF_NEWEST:
		return take_locked(deque);
	default:
		return deque_take(deque);
	}
}

enum deque_answer bugs_steal(enum bug bug, struct deque *deque, void **item)
{
	switch (bug) {
	case BUG_STEAL_STORE:
		return steal_store(deque, item);
	case BUG_THIEF_NEWEST:
		*item = take_locked(deque);
		return *item ? DEQUE_TAKEN : DEQUE_EMPTY;
	default:
		return deque_steal(deque, item);
	}
}
