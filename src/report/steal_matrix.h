/* SPDX-License-Identifier: MIT */
/* Who stole from where, of the thieves and the queues with the most stolen tasks: the same for a page and for text. */
#ifndef REPORT_STEAL_MATRIX_H
#define REPORT_STEAL_MATRIX_H

#include "analysis.h"

enum { STEAL_MATRIX_MAX = 24 };

struct steal_party {
	uint32_t id;    /* of the thief or the queue */
	uint64_t tasks; /* in all, also those of pairs that are not in the matrix */
};

struct steal_matrix {
	struct steal_party thieves[STEAL_MATRIX_MAX], queues[STEAL_MATRIX_MAX]; /* ascending by id */
	size_t thief_count, queue_count;
	size_t pair[STEAL_MATRIX_MAX][STEAL_MATRIX_MAX]; /* 1 + the place among the result's pairs; 0: no steals */
	uint64_t greatest, shown;                        /* tasks: of one pair, of all that are in it */
};

/* Of at most so many thieves and queues, up to STEAL_MATRIX_MAX. Owned by the caller: free() it. NULL: no memory. */
struct steal_matrix *steal_matrix_of(const struct analysis_result *result, size_t most);

#endif
