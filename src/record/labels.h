/* SPDX-License-Identifier: MIT */
/*
 * Texts and their numbers, kept in the rings' file too, so that events that name them can be read after a kill. One
 * thread at a time.
 */
#ifndef RECORD_LABELS_H
#define RECORD_LABELS_H

#include <stdint.h>

#include "ring_store.h"

struct labels {
	char **texts;    /* label n is texts[n - 1] */
	uint32_t *index; /* open addressing by hash: label numbers, 0 = free */
	uint32_t count, index_size;
	uint32_t declared;               /* the drain thread's: labels that are in the trace file */
	struct labels_segment *segments; /* of the rings' file; the first is being filled */
};

/* The number of a text, which must be fit for a trace; 0: no memory, or too many. Takes `text`. */
uint32_t labels_number(struct labels *labels, struct ring_store *store, char *text);

void labels_free(struct labels *labels);

#endif
