/* SPDX-License-Identifier: MIT */
/* The deques that the harness knows. To test one of your own, add it to the list in impls.c. */
#ifndef DEQUE_IMPLS_H
#define DEQUE_IMPLS_H

#include "harness.h"

/* NULL-terminated. The first is the default. */
extern const struct harness_impl *const impls[];

/* chase_lev.c: the pool's deque, and what becomes of it with a defect. */
extern const struct harness_impl chase_lev;
extern const struct harness_impl chase_lev_take_fence;
extern const struct harness_impl chase_lev_steal_store;
extern const struct harness_impl chase_lev_thief_newest;
extern const struct harness_impl chase_lev_owner_oldest;
extern const struct harness_impl chase_lev_lost_push;

/* locked.c: a bounded ring under a mutex. */
extern const struct harness_impl locked_deque;
extern const struct harness_impl locked_queue;

#endif
