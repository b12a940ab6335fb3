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

enum { PRESENCE_ATTEMPTS_MAX = 4096, PRESENCE_PARKS_MAX = 256 };

/* The oldest task that was certainly there; task 0: none yet. */
struct presence_witness {
	uint64_t task;
	uint64_t pushed; /* stamp of its push */
	uint64_t since;  /* end of its push */
	uint32_t queue;  /* id */
};

/* An attempt answered `empty`, or a park. */
struct presence_span {
	uint64_t start, end; /* end: UINT64_MAX while it lasts */
	uint32_t worker;
	struct presence_witness witness;
	/* Stays that overlap it: from the first to the last such moment, and how much of that they certainly cover. */
	uint64_t covered_from, covered_until, covered;
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

/* Adds a span. If the list is full, *settled is the oldest one, which had to go (else its end is 0). False: no memory.
 */
bool presence_add(struct presence_list *list, const struct presence_span *span, struct presence_span *settled);

/* The stay is a witness for each span that lies within it. */
void presence_cover(struct presence_list *list, const struct presence_stay *stay);

/* The stay is a witness for each span that it overlaps by more than `least`. */
void presence_overlap(struct presence_list *list, const struct presence_stay *stay, uint64_t least);
void presence_overlap_one(struct presence_span *span, const struct presence_stay *stay, uint64_t least);

#endif
