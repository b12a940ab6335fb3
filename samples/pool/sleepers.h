/* SPDX-License-Identifier: MIT */
/*
 * Where workers sleep for want of work, without losing a wake-up.
 *
 * A worker goes to sleep in three steps: it announces itself, looks once more for work, then sleeps. Whoever publishes
 * work calls sleepers_pick() afterwards. Both sides write first and read then, with a sequentially consistent fence in
 * between, so at least one of them sees the other: the sleeper finds the work, or the publisher finds the sleeper.
 * Threads: the calls with `self` by that worker alone, the others by anybody.
 */
#ifndef POOL_SLEEPERS_H
#define POOL_SLEEPERS_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

enum { SLEEPERS_MAX = 64, SLEEPERS_NONE = -1 };

struct sleepers_bed {
	pthread_mutex_t mutex;
	pthread_cond_t cond;
	/* Under the mutex: */
	bool woken; /* a wake-up was sent and not yet consumed */
	bool asleep;
};

struct sleepers {
	_Atomic uint64_t idle; /* bit w: worker w has announced itself and nobody has picked it */
	unsigned count;
	struct sleepers_bed beds[SLEEPERS_MAX];
};

/* For `count` workers, 1 to SLEEPERS_MAX. */
void sleepers_init(struct sleepers *sleepers, unsigned count);
void sleepers_free(struct sleepers *sleepers);

/* From now on the worker may be picked. Work that was published before and not picked for is visible afterwards. */
void sleepers_announce(struct sleepers *sleepers, unsigned self);

/* Takes the announcement back. False: the worker was picked already; sleepers_sleep() will return at once, or soon. */
bool sleepers_withdraw(struct sleepers *sleepers, unsigned self);

/* Sleeps until woken. After sleepers_announce(). */
void sleepers_sleep(struct sleepers *sleepers, unsigned self);

/* After publishing work: a worker that is asleep or about to be, which the caller now has to wake; or SLEEPERS_NONE. */
int sleepers_pick(struct sleepers *sleepers);

/* Wakes a worker: one that was picked, or any at the end of the pool. */
void sleepers_wake(struct sleepers *sleepers, unsigned worker);

/* A defect: as sleepers_wake(), but with no effect on a worker that announced itself and does not sleep yet. */
void sleepers_wake_asleep(struct sleepers *sleepers, unsigned worker);

/*
 * Whether all workers sleep and no wake-up has been sent. If the caller is not about to send one itself, nothing will
 * ever happen again.
 */
bool sleepers_all_asleep(struct sleepers *sleepers);

#endif
