/* SPDX-License-Identifier: MIT */
#include "worker_page.h"

#include <pthread.h>
#include <string.h>
#include <sys/mman.h>

#define BLOCK_BYTES 65536u

/* On cache lines of its own. */
union worker_place {
	wsc_worker worker;
	union worker_place *next; /* while it is free */
	char line[2 * WSC_CACHE_LINE];
} __attribute__((aligned(2 * WSC_CACHE_LINE)));

_Static_assert(sizeof(union worker_place) == 2 * WSC_CACHE_LINE, "a worker fits its place");

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static union worker_place *first_free;
static union worker_place *block; /* the places not used yet, of the last block */
static size_t block_left;

static void make_block(void)
{
	void *map = mmap(NULL, BLOCK_BYTES, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (map == MAP_FAILED)
		return;
	/* Where the kernel does not know it, the handler of fork switches the workers off. */
	(void)madvise(map, BLOCK_BYTES, MADV_WIPEONFORK);
	block = map;
	block_left = BLOCK_BYTES / sizeof(*block);
}

wsc_worker *worker_page_take(void)
{
	pthread_mutex_lock(&mutex);
	union worker_place *place = first_free;
	if (place != NULL) {
		first_free = place->next; /* NULL in a forked child, which so forgets the rest */
	} else {
		if (block_left == 0)
			make_block();
		if (block_left > 0)
			place = &block[--block_left];
	}
	pthread_mutex_unlock(&mutex);
	if (place == NULL)
		return NULL;
	memset(place, 0, sizeof(*place));
	return &place->worker;
}

void worker_page_give(wsc_worker *worker)
{
	if (worker == NULL)
		return;
	union worker_place *place = (union worker_place *)(void *)worker;
	pthread_mutex_lock(&mutex);
	place->next = first_free;
	first_free = place;
	pthread_mutex_unlock(&mutex);
}

void worker_page_before_fork(void)
{
	pthread_mutex_lock(&mutex);
}

void worker_page_after_fork(void)
{
	pthread_mutex_unlock(&mutex);
}
