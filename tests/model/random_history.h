/* SPDX-License-Identifier: MIT */
/* Random small histories: the same seed and profile give the same history. */
#ifndef MODEL_RANDOM_HISTORY_H
#define MODEL_RANDOM_HISTORY_H

#include "history.h"

/* X(NAME, "name"): what a campaign is about */
#define RANDOM_PROFILES(X)                                                                                             \
	X(CHAOS, "chaos")         /* any event at any place: few are legal */                                          \
	X(OWNERSHIP, "ownership") /* a simulated scheduler, then one event broken */                                   \
	X(LIFO, "lifo")           /* deques, some of them defective */                                                 \
	X(FIFO, "fifo")                                                                                                \
	X(TIES, "ties")           /* equal stamps */                                                                   \
	X(UNCERTAIN, "uncertain") /* stamps that may be off */                                                         \
	X(GAP, "gap")                                                                                                  \
	X(WINDOW, "window")                                                                                            \
	X(EXTRA, "extra") /* suspensions, cancellations, failed pushes, pinned tasks, shared queues */                 \
	X(POLLED, "polled")                                                                                            \
	X(DEQUE, "deque")           /* a deque alone, nothing runs */                                                  \
	X(RECYCLED, "recycled")     /* memory slots, sound ones only */                                                \
	X(SLOTS, "slots")           /* one or two slots, used again as soon as may be; half of them broken */          \
	X(SLOT_ORDER, "slot-order") /* some slots in queues, of which owners take the oldest: right for fifo */        \
	X(CLOSE, "close")           /* a shared queue, and stamps that are equal, or uncertain: starts before pushes */

enum random_profile {
#define RANDOM_PROFILE_ENUM(NAME, name) RANDOM_##NAME,
	RANDOM_PROFILES(RANDOM_PROFILE_ENUM)
#undef RANDOM_PROFILE_ENUM
	    RANDOM_PROFILE_COUNT
};

const char *random_profile_name(enum random_profile profile);

/* Whether `is_legal` is set: a scheduler without defect made it, so that nothing at all may be reported but at the end.
 */
void random_history_make(uint64_t seed, enum random_profile profile, struct history *history, bool *is_legal);

/* Puts events into merged order: by stamp, each worker's as they stand, ties as they stand. */
void random_history_merge(struct history *history);

#endif
