/* SPDX-License-Identifier: MIT */
/*
 * Defects that real work-stealing schedulers have had, to be planted on purpose: `pool --bug NAME`.
 *
 * The broken deque operations are copies of those in deque.c that differ in what their comments say. All of them are
 * memory-safe: a task may be lost or handed out twice, but what is handed out is always a task. The threads are those
 * of deque.h.
 */
#ifndef POOL_BUGS_H
#define POOL_BUGS_H

#include "deque.h"

/* X(NAME, "name", "what is wrong") */
#define BUGS(X)                                                                                                        \
	X(TAKE_FENCE, "take-fence", "take lacks the fence between store of bottom and load of top")                    \
	X(STEAL_STORE, "steal-store", "a thief moves top with a plain store, not a compare-and-swap")                  \
	X(LOST_PUSH, "lost-push", "one push in some hundreds loses its store of bottom")                               \
	X(DROP_STOLEN, "drop-stolen", "one theft in eight forgets the task that it took")                              \
	X(THIEF_NEWEST, "thief-newest", "thieves take the newest task (under a lock)")                                 \
	X(OWNER_OLDEST, "owner-oldest", "the owner takes the oldest task, as a thief does")                            \
	X(RUN_CANCELLED, "run-cancelled", "a cancelled task runs all the same")                                        \
	X(DOUBLE_PUSH, "double-push", "one task in some hundreds is pushed twice")                                     \
	X(LOST_WAKEUP, "lost-wakeup", "a worker that goes to sleep misses its wake-up")

enum bug {
	BUG_NONE,
#define BUGS_ENUM(NAME, name, help) BUG_##NAME,
	BUGS(BUGS_ENUM)
#undef BUGS_ENUM
};

/* The name of a bug, "none" for BUG_NONE; and back: false if there is no such bug. */
const char *bugs_name(enum bug bug);
bool bugs_find(const char *name, enum bug *bug);

/* Prints a line for each bug. */
void bugs_print_help(void);

/* Stretches the moment in which a defect strikes: fewer than 1,000,000,000 ns, and what the timer adds to them. */
void bugs_linger(long ns);

/* As deque_push, deque_take and deque_steal, with the defect `bug` if it is one of the deque. `dice` is any random
 * number. */
void bugs_push(enum bug bug, struct deque *deque, void *item, uint64_t dice);
void *bugs_take(enum bug bug, struct deque *deque);
enum deque_answer bugs_steal(enum bug bug, struct deque *deque, void **item);

#endif
