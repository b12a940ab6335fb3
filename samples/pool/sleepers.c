/* SPDX-License-Identifier: MIT */
#include "sleepers.h"

#include "order.h"

static uint64_t bit(unsigned worker)
{
	return (uint64_t)1 << worker;
}

void sleepers_init(struct sleepers *sleepers, unsigned count)
{
	atomic_init(&sleepers->idle, 0);
	sleepers->count = count;
	for (unsigned i = 0; i < count; i++) {
		pthread_mutex_init(&sleepers->beds[i].mutex, NULL);
		pthread_cond_init(&sleepers->beds[i].cond, NULL);
		sleepers->beds[i].woken = false;
		sleepers->beds[i].asleep = false;
	}
}

void sleepers_free(struct sleepers *sleepers)
{
	for (unsigned i = 0; i < sleepers->count; i++) {
		pthread_cond_destroy(&sleepers->beds[i].cond);
		pthread_mutex_destroy(&sleepers->beds[i].mutex);
	}
}

void sleepers_announce(struct sleepers *sleepers, unsigned self)
{
	/* Relaxed: the fence orders it. */
	atomic_fetch_or_explicit(&sleepers->idle, bit(self), ORDER_FENCED_STORE);
	/* Sequentially consistent: the announcement is out before the last look. Pairs with sleepers_pick(). */
	order_fence(memory_order_seq_cst);
}

bool sleepers_withdraw(struct sleepers *sleepers, unsigned self)
{
	/* Relaxed: the bit alone says who withdrew it, the worker or a picker; nothing else is passed along. */
	return atomic_fetch_and_explicit(&sleepers->idle, ~bit(self), memory_order_relaxed) & bit(self);
}

void sleepers_sleep(struct sleepers *sleepers, unsigned self)
{
	struct sleepers_bed *bed = &sleepers->beds[self];

	pthread_mutex_lock(&bed->mutex);
	bed->asleep = true;
	while (!bed->woken)
		pthread_cond_wait(&bed->cond, &bed->mutex);
	bed->asleep = false;
	bed->woken = false;
	pthread_mutex_unlock(&bed->mutex);
}

int sleepers_pick(struct sleepers *sleepers)
{
	uint64_t idle;

	/* Sequentially consistent: the work is out before sleepers are looked for. Pairs with sleepers_announce(). */
	order_fence(memory_order_seq_cst);
	/* Relaxed: the fence ordered it, and the read-modify-write below decides. */
	idle = atomic_load_explicit(&sleepers->idle, ORDER_FENCED_LOAD);
	while (idle) {
		unsigned worker = (unsigned)__builtin_ctzll(idle);

		/* Relaxed: as in sleepers_withdraw(). The mutex of the bed orders what the woken worker reads. */
		idle = atomic_fetch_and_explicit(&sleepers->idle, ~bit(worker), memory_order_relaxed);
		if (idle & bit(worker))
			return (int)worker;
	}
	return SLEEPERS_NONE;
}

void sleepers_wake(struct sleepers *sleepers, unsigned worker)
{
	struct sleepers_bed *bed = &sleepers->beds[worker];

	pthread_mutex_lock(&bed->mutex);
	bed->woken = true;
	pthread_cond_signal(&bed->cond);
	pthread_mutex_unlock(&bed->mutex);
}

void sleepers_wake_asleep(struct sleepers *sleepers, unsigned worker)
{
	struct sleepers_bed *bed = &sleepers->beds[worker];

	pthread_mutex_lock(&bed->mutex);
	if (bed->asleep) {
		bed->woken = true;
		pthread_cond_signal(&bed->cond);
	}
	pthread_mutex_unlock(&bed->mutex);
}

bool sleepers_all_asleep(struct sleepers *sleepers)
{
	bool all = true;

	for (unsigned i = 0; i < sleepers->count && all; i++) {
		struct sleepers_bed *bed = &sleepers->beds[i];

		pthread_mutex_lock(&bed->mutex);
		all = bed->asleep && !bed->woken;
		pthread_mutex_unlock(&bed->mutex);
	}
	return all;
}
