/* SPDX-License-Identifier: MIT */
/*
 * What is kept of a handle whose life is over: two bits, in pages of 4,096 handles. Each page has a plane for each of the
 * two, and a plane whose bits are all alike takes no memory: where all of a page's handles have finished, it takes none if
 * all were queued, and one bit each if some were not. A page with few handles is a short list, so that scattered ones cost
 * tens of bytes, not a page.
 */
#ifndef CHECK_FINISHED_SET_H
#define CHECK_FINISHED_SET_H

#include <stdbool.h>
#include <stdint.h>

#include "id_map.h"

enum finished {
	FINISHED_NEVER = 0,  /* not in the set */
	FINISHED_QUEUED = 1, /* completed a life that was queued */
	FINISHED_INLINE = 2, /* completed a run that was never queued */
	FINISHED_VAGUE = 3   /* seen before a gap: what came after is not known */
};

struct finished_page;

struct finished_set {
	struct id_map index;
	struct finished_page **pages;
	uint32_t page_count;
	size_t page_capacity;
	struct finished_page *latest; /* found last, or NULL: a cache */
	uint64_t latest_key;
	uint32_t epoch; /* gaps so far: what finished in an earlier epoch reads as FINISHED_VAGUE */
};

enum finished finished_set_find(struct finished_set *set, uint64_t handle);
/* Adds, changes or (FINISHED_NEVER) removes. False: no memory. */
bool finished_set_put(struct finished_set *set, uint64_t handle, enum finished what);
/* From here on, all that is in the set reads as FINISHED_VAGUE. O(1). */
void finished_set_blur(struct finished_set *set);
void finished_set_free(struct finished_set *set);

#endif
