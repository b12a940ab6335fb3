/* SPDX-License-Identifier: MIT */
/* The stays of one task that bind the order of their queues, as one legal order of its events has them. */
#ifndef MODEL_VARIANT_H
#define MODEL_VARIANT_H

#include "model_task.h"

enum { MODEL_VARIANTS_MAX = 24 };

struct model_variant {
	struct model_stay stays[MODEL_STAYS_MAX]; /* by push */
	size_t count;
};

/* Adds a variant, unless it is there. False: no room. */
bool model_variant_add(struct model_variant *variants, size_t *count, const struct model_stay *stays,
                       size_t stay_count);

/* Whether the stay is in each of them. */
bool model_variant_all_have(const struct model_variant *variants, size_t count, const struct model_stay *stay);

#endif
