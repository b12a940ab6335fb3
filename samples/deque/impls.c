/* SPDX-License-Identifier: MIT */
#include "impls.h"

#include <stddef.h>

const struct harness_impl *const impls[] = {
    &chase_lev,
    &locked_deque,
    &locked_queue,
    &chase_lev_take_fence,
    &chase_lev_steal_store,
    &chase_lev_thief_newest,
    &chase_lev_owner_oldest,
    &chase_lev_lost_push,
    NULL,
};
