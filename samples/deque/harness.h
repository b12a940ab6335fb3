/* SPDX-License-Identifier: MIT */
/*
 * Hammers a work-stealing deque from several threads and records what it did, for `wscheck analyze`.
 *
 * One thread owns the deque: it pushes and takes. The others steal. All pause at random between two calls, and the
 * owner goes through phases in which the deque is nearly empty, grows and shrinks. At the end, when the thieves have
 * stopped, the owner takes what is left; so a value that never comes out again is one that the deque lost.
 *
 * What is put in are 64-bit handles, each once, never 0. What the deque may do with them is for the analyzer to say.
 */
#ifndef DEQUE_HARNESS_H
#define DEQUE_HARNESS_H

#include <stdbool.h>
#include <stdint.h>

#include "wscheck/record.h"

enum {
	HARNESS_THIEVES_MAX = 8,
	HARNESS_OPS_MAX = 1000000,
	HARNESS_BATCH_MAX = 64,
	HARNESS_STALL_MS = 30000 /* what a busy machine never takes for one operation */
};

/*
 * A deque under test. `deque` is what init() returned. The harness calls push and take from the owner's thread alone,
 * steal and steal_batch from any number of others, init and free while there are no others.
 */
struct harness_impl {
	const char *name;
	const char *help;               /* one line */
	enum wsc_discipline discipline; /* lifo: the owner takes the newest, thieves the oldest; fifo: all the oldest */
	const void *context;            /* handed to init(), for implementations that differ in a parameter; or NULL */

	void *(*init)(const void *context); /* NULL: no memory */
	void (*free)(void *deque);
	bool (*push)(void *deque, uint64_t value); /* false: full, and the deque is as it was */
	uint64_t (*take)(void *deque);             /* 0: there was nothing, or a thief got it */
	/* WSC_REASON_NONE: it is in *value. Else why it took nothing. */
	enum wsc_reason (*steal)(void *deque, uint64_t *value);
	/*
	 * May be NULL. Takes from 1 to *count values, oldest first, and says in *count how many; or why it took none.
	 * Without it, a thief that wants several steals them one by one.
	 */
	enum wsc_reason (*steal_batch)(void *deque, uint64_t *values, unsigned *count);
};

struct harness_options {
	const struct harness_impl *impl;
	wsc_recorder *recorder; /* with rings of harness_ring_events() */
	uint64_t ops;           /* of the owner, 1..HARNESS_OPS_MAX, without the takes at the end */
	uint64_t seed;          /* of the order of operations and of the pauses; the threads' timing it can't fix */
	unsigned thieves;       /* 0..HARNESS_THIEVES_MAX */
	unsigned batch;         /* a thief takes up to so many in one attempt, 1..HARNESS_BATCH_MAX */
	unsigned stall_ms;      /* without a step of any thread: the deque hangs */
};

struct harness_counts {
	uint64_t pushed;
	uint64_t refused; /* pushes that found the deque full */
	uint64_t taken;   /* by the owner */
	uint64_t stolen;
	uint64_t attempts; /* to steal */
	uint64_t zeros;    /* successful steals that handed out 0, which is no handle: not in the trace */
	bool exhausted;    /* the deque handed out far more than was pushed, and was not emptied */
};

/* HARNESS_STALLED: no thread gets on. They are left as they are, so the program must end soon. */
enum harness_end { HARNESS_DONE, HARNESS_STALLED, HARNESS_NO_RESOURCES };

/* Slots that no thread's recording can exceed, so that nothing is ever dropped. */
size_t harness_ring_events(uint64_t ops);

/* Runs to the end. Afterwards the recorder can be closed; *counts is valid for HARNESS_DONE only. */
enum harness_end harness_run(const struct harness_options *options, struct harness_counts *counts);

#endif
