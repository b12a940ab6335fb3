/* SPDX-License-Identifier: MIT */
/* Random small histories of recycled handles, by a scheduler that uses a slot again in the moment in which it is free. */
#ifndef MODEL_RANDOM_SLOTS_H
#define MODEL_RANDOM_SLOTS_H

#include "history.h"

/*
 * Adds events to the history, whose last stamp it returns. Sound, and over at the end; where there is no room for that, the
 * history becomes a cut. A take takes place between two stamps of its worker, and its own may come much later.
 * Whoever takes, takes the oldest. `several`: more than two slots, and no life is cancelled.
 */
uint64_t random_slots_make(uint64_t *random, struct history *history, bool several);

#endif
