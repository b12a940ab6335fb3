/* SPDX-License-Identifier: MIT */
/* The share of `make model` that test_model runs, and the mutation of the engine: how many histories of each kind. */
#ifndef MODEL_SHORT_RUN_H
#define MODEL_SHORT_RUN_H

#include "random_history.h"

enum { SHORT_RUN_SEED = 20260101 };

static inline uint64_t short_run_histories(enum random_profile profile)
{
	switch (profile) {
	case RANDOM_GAP:
	case RANDOM_WINDOW:
		return 300; /* slow ones */
	case RANDOM_UNCERTAIN:
		return 9000; /* many orders, of which most show nothing */
	case RANDOM_TIES:
	case RANDOM_CLOSE:
		return 3000;
	default:
		return 1500;
	}
}

#endif
