/* SPDX-License-Identifier: MIT */
/*
 * Lets one call of the tested libraries fail: those that the Makefile names in FAILING_CALLS go to failing_calls.c (the
 * linker's --wrap). Only the thread that asked for it is concerned, and only calls of our own objects: what libraries call
 * among themselves is for `make fail`.
 */
#ifndef FAILING_CALLS_H
#define FAILING_CALLS_H

#include <stdbool.h>

/* Interrupted calls are told EINTR; signal masks are a kind of their own, as without them nothing can be said either. */
enum failing { NOTHING_FAILS, MEMORY_FAILS, CALLS_FAIL, CALLS_ARE_INTERRUPTED, MASKS_FAIL };

/* The call of that number fails, with all later ones if it is for good. */
void fail_from_now(enum failing what, long number, bool for_good);

/* Whether there were so many calls that one failed. */
bool fail_no_more(void);

/* Counts other calls, or none; returns what it counted before. */
enum failing set_failing(enum failing what);

/*
 * From now on a thread that this one starts does not run beside it, but when it is joined, and in the thread that joins it:
 * what it calls fails in turn, too, and in the same order each time. One such thread at a time.
 */
void run_threads_late(bool late);

#endif
