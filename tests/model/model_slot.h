/* SPDX-License-Identifier: MIT */
/*
 * A recycled handle is a memory slot: it may be queued or run again as soon as its last life was taken, long before the
 * taker stamps that. So the order of stamps is not the order of what happened, and the model tries every order of the
 * operations themselves that their bounds allow.
 */
#ifndef MODEL_SLOT_H
#define MODEL_SLOT_H

#include "history.h"
#include "model_variant.h"

enum model_slot_claim {
	MODEL_SLOT_LEGAL,
	MODEL_SLOT_ILLEGAL,     /* no order of what is recorded is possible */
	MODEL_SLOT_LEFT_BEHIND, /* some are, but in none of them all lives are over at the end */
	MODEL_SLOT_UNKNOWN      /* too many, or events that are not modelled */
};

/* `events`: those of the slot, as indices into the history, in merged order. */
enum model_slot_claim model_slot_judge(const struct history *history, const int *events, size_t count);

/*
 * Of a slot that is legal: what its stays may have been, in any of its orders, each once. False: there are too many orders,
 * or a life is cancelled.
 */
bool model_slot_stays(const struct history *history, const int *events, size_t count, struct model_variant *variants,
                      size_t *variant_count);

#endif
