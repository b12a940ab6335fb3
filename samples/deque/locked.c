/* SPDX-License-Identifier: MIT */
/*
 * A ring under a mutex, as a reference: too simple to be wrong. It is bounded, so pushes fail, it steals in batches,
 * and thieves don't wait for the mutex. As a deque its owner takes the newest; as a queue, the oldest like everybody.
 */
#include <pthread.h>
#include <stdlib.h>

#include "impls.h"

enum { CAPACITY = 64 };

struct ring {
	pthread_mutex_t mutex;
	uint64_t oldest; /* indices only grow */
	uint64_t end;    /* one past the newest */
	uint64_t values[CAPACITY];
};

static void *ring_init(const void *context)
{
	struct ring *ring = calloc(1, sizeof(*ring));

	(void)context;
	if (ring)
		pthread_mutex_init(&ring->mutex, NULL);
	return ring;
}

static void ring_free(void *deque)
{
	struct ring *ring = deque;

	pthread_mutex_destroy(&ring->mutex);
	free(ring);
}

static bool ring_push(void *deque, uint64_t value)
{
	struct ring *ring = deque;
	bool room;

	pthread_mutex_lock(&ring->mutex);
	room = ring->end - ring->oldest < CAPACITY;
	if (room)
		ring->values[ring->end++ % CAPACITY] = value;
	pthread_mutex_unlock(&ring->mutex);
	return room;
}

static uint64_t ring_take_newest(void *deque)
{
	struct ring *ring = deque;
	uint64_t value = 0;

	pthread_mutex_lock(&ring->mutex);
	if (ring->oldest != ring->end)
		value = ring->values[--ring->end % CAPACITY];
	pthread_mutex_unlock(&ring->mutex);
	return value;
}

static uint64_t ring_take_oldest(void *deque)
{
	struct ring *ring = deque;
	uint64_t value = 0;

	pthread_mutex_lock(&ring->mutex);
	if (ring->oldest != ring->end)
		value = ring->values[ring->oldest++ % CAPACITY];
	pthread_mutex_unlock(&ring->mutex);
	return value;
}

static enum wsc_reason ring_steal_batch(void *deque, uint64_t *values, unsigned *count)
{
	struct ring *ring = deque;
	unsigned taken = 0;

	if (pthread_mutex_trylock(&ring->mutex) != 0)
		return WSC_REASON_BUSY;
	while (taken < *count && ring->oldest != ring->end)
		values[taken++] = ring->values[ring->oldest++ % CAPACITY];
	pthread_mutex_unlock(&ring->mutex);
	*count = taken;
	return taken > 0 ? WSC_REASON_NONE : WSC_REASON_EMPTY;
}

static enum wsc_reason ring_steal(void *deque, uint64_t *value)
{
	unsigned one = 1;

	return ring_steal_batch(deque, value, &one);
}

const struct harness_impl locked_deque = {
    .name = "locked-deque",
    .help = "a bounded deque under a mutex",
    .discipline = WSC_DISCIPLINE_LIFO,
    .init = ring_init,
    .free = ring_free,
    .push = ring_push,
    .take = ring_take_newest,
    .steal = ring_steal,
    .steal_batch = ring_steal_batch,
};

const struct harness_impl locked_queue = {
    .name = "locked-queue",
    .help = "a bounded FIFO queue under a mutex",
    .discipline = WSC_DISCIPLINE_FIFO,
    .init = ring_init,
    .free = ring_free,
    .push = ring_push,
    .take = ring_take_oldest,
    .steal = ring_steal,
    .steal_batch = ring_steal_batch,
};
