/* SPDX-License-Identifier: MIT */
/*
 * What waited while somebody said there was nothing: `false_empty` and `idle_while_work`.
 *
 * A stay was certainly there between the latest end of its push and the earliest begin of its take, so nothing is known
 * before the take: attempts answered `empty` and long parks are kept until then (bounded: the oldest are settled first)
 * and each take is held against those that its stay overlaps. What never was taken proves nothing: it may have been
 * lost.
 */
#ifndef CHECK_PRESENCE_H
#define CHECK_PRESENCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { PRESENCE_ATTEMPTS_MAX = 4096, PRESENCE_PARKS_MAX = 256, PRESENCE_COVERS_MAX = 1024 };

/* The oldest task that was certainly there; task 0: none yet. */
struct presence_witness {
	uint64_t task;
	uint64_t pushed; /* stamp of its push */
	uint64_t since;  /* end of its push */
	uint32_t queue;  /* id */
};

/* A time that a stay certainly covers. */
struct presence_cover {
	uint64_t from, until;
};

/* An attempt answered `empty`, or a park. */
struct presence_span {
	uint64_t start, end; /* end: UINT64_MAX while it lasts */
	uint64_t number;     /* of a park, among those of its worker that are kept */
	uint32_t worker;
	struct presence_witness witness;
	/*
	 * What the stays that overlap a park cover of it, ascending, and apart: the same whatever the order of the stays. With
	 * PRESENCE_COVERS_MAX of them, nothing more is added that is apart from all.
	 */
	struct presence_cover *covers;
	size_t cover_count, cover_capacity;
};

/* Spans in the order of their ends. */
struct presence_list {
	struct presence_span *spans;
	size_t count, capacity, max;
};

/* A stay that was certainly there in [from, until]. */
struct presence_stay {
	uint64_t task;
	uint64_t from, until;
	uint64_t pushed; /* stamp of its push, before `from` */
	uint32_t queue;
};

/*
 * Adds a span, and takes what that covers. If the list is full, *settled is the oldest one, which had to go (else its end is
 * 0). False: no memory; what the span covers is freed all the same.
 */
bool presence_add(struct presence_list *list, const struct presence_span *span, struct presence_span *settled);

/* The stay is a witness for each span that lies within it. */
void presence_cover(struct presence_list *list, const struct presence_stay *stay);

/* The stay is a witness for each span that it overlaps by more than `least`. False: no memory. */
bool presence_overlap(struct presence_list *list, const struct presence_stay *stay, uint64_t least);
bool presence_overlap_one(struct presence_span *span, const struct presence_stay *stay, uint64_t least);

/* Adds what the same park is known to be beside, from other stays; frees nothing of `from`. False: no memory. */
bool presence_join(struct presence_span *into, const struct presence_span *from);

/* How much of the span stays cover. */
uint64_t presence_covered(const struct presence_span *span);

void presence_list_free(struct presence_list *list);

#endif
