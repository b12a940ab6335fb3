/* SPDX-License-Identifier: MIT */
/* Random numbers and random pauses of one thread. One thread at a time per struct. */
#ifndef DEQUE_PAUSES_H
#define DEQUE_PAUSES_H

#include <stdbool.h>
#include <stdint.h>

enum { PAUSES_LINE_BYTES = 64, PAUSES_LINES = 1 << 15, PAUSES_SPIN_LOG2_MAX = 9 };

struct pauses {
	uint64_t state;
	unsigned char *lines; /* PAUSES_LINES cache lines, or NULL */
};

/* `seed` and `stream` (a thread's number) fix the sequence. False: no memory. pauses_free() undoes it. */
bool pauses_init(struct pauses *pauses, uint64_t seed, uint64_t stream);
void pauses_free(struct pauses *pauses);

/* From 0 to bound - 1; bound is not 0. */
uint64_t pauses_random(struct pauses *pauses, uint64_t bound);

/* Between two calls: nothing, a short or a longer spin, or the processor is given to others. */
void pauses_between(struct pauses *pauses);

/* 2^log2 times what a processor does while it waits; with a log2 past PAUSES_SPIN_LOG2_MAX: sched_yield(). */
void pauses_wait(unsigned log2);

/*
 * Fills the processor's store buffer now and then: plain stores to lines that are in no near cache. The stores of the
 * operation that follows queue up behind them, while its loads do not; so an operation that lacks a fence has hundreds
 * of nanoseconds to go wrong instead of a few.
 */
void pauses_fill_store_buffer(struct pauses *pauses);

#endif
