/* SPDX-License-Identifier: MIT */
#include "own_process.h"

#include <pthread.h>
#include <sys/mman.h>
#include <unistd.h>

/*
 * The number of this process: in a page that is zeros in every child that has its memory copied. An id alone would not do,
 * as it may be the same in another namespace.
 */
static uint64_t *mark;
static uint64_t last_number; /* of this process and those that it is descended from */
static pthread_once_t once = PTHREAD_ONCE_INIT;

static void make_mark(void)
{
	void *page = mmap(NULL, sizeof(*mark), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (page == MAP_FAILED)
		return;
	if (madvise(page, sizeof(*mark), MADV_WIPEONFORK) == 0)
		mark = page;
	else
		munmap(page, sizeof(*mark));
}

static uint64_t number_now(void)
{
	/* Relaxed, here and below: a mere number, which is compared and stands for nothing else. */
	return mark != NULL ? __atomic_load_n(mark, __ATOMIC_RELAXED) : 0;
}

struct own_process own_process_now(void)
{
	pthread_once(&once, make_mark);
	uint64_t none = 0;
	if (mark != NULL && number_now() == 0) {
		const uint64_t next = __atomic_add_fetch(&last_number, 1, __ATOMIC_RELAXED);
		__atomic_compare_exchange_n(mark, &none, next, false, __ATOMIC_RELAXED, __ATOMIC_RELAXED);
	}
	return (struct own_process){.number = number_now(), .id = getpid()};
}

bool own_process_is(const struct own_process *owner)
{
	return owner->number == number_now() && owner->id == getpid();
}
