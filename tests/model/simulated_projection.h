/* SPDX-License-Identifier: MIT */
/* Of a long run what concerns the ownership of one task, so that the slow model can judge it. */
#ifndef MODEL_SIMULATED_PROJECTION_H
#define MODEL_SIMULATED_PROJECTION_H

#include "simulated_run.h"

/*
 * The events of `task`, and of its workers those that bound them, the latter without a task of their own. Nothing of the
 * order of queues is left. False: too many.
 */
bool sim_project(const struct sim_run *run, uint64_t task, struct history *history);

#endif
