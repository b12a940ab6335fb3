/* SPDX-License-Identifier: MIT */
#include "presence.h"

#include <string.h>

#include "array.h"

bool presence_add(struct presence_list *list, const struct presence_span *span, struct presence_span *settled)
{
	*settled = (struct presence_span){0};
	if (list->capacity < list->max) {
		struct presence_span *grown = array_room(list->spans, list->count, &list->capacity, sizeof(*grown));
		if (grown == NULL)
			return false;
		list->spans = grown;
	}
	if (list->count == list->capacity) {
		*settled = list->spans[0];
		memmove(&list->spans[0], &list->spans[1], --list->count * sizeof(*list->spans));
	}
	size_t at = list->count;
	while (at > 0 && list->spans[at - 1].end > span->end)
		at--;
	memmove(&list->spans[at + 1], &list->spans[at], (list->count - at) * sizeof(*list->spans));
	list->spans[at] = *span;
	list->count++;
	return true;
}

/* The oldest: several pushes may have one end, the worker's next stamp. */
static void witness(struct presence_span *span, const struct presence_stay *stay)
{
	const struct presence_witness *oldest = &span->witness;
	if (oldest->task == 0 || stay->pushed < oldest->pushed ||
	    (stay->pushed == oldest->pushed && stay->from < oldest->since))
		span->witness = (struct presence_witness){stay->task, stay->pushed, stay->from, stay->queue};
}

/* The number of spans that ended before `ts`. */
static size_t ended_before(const struct presence_list *list, uint64_t ts)
{
	size_t low = 0, high = list->count;
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		if (list->spans[middle].end < ts)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

void presence_cover(struct presence_list *list, const struct presence_stay *stay)
{
	for (size_t i = ended_before(list, stay->until); i > 0 && list->spans[i - 1].end > stay->from; i--) {
		if (list->spans[i - 1].start > stay->from)
			witness(&list->spans[i - 1], stay);
	}
}

static uint64_t later_of(uint64_t a, uint64_t b)
{
	return a > b ? a : b;
}

static uint64_t earlier_of(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

/*
 * Adds what is new of [from, until]. Takes come in the order of their ends, nearly: a hole between earlier stays that a
 * later one fills is not seen, so the sum is a lower bound.
 */
static void cover(struct presence_span *span, uint64_t from, uint64_t until)
{
	if (span->covered == 0 || (from <= span->covered_from && until >= span->covered_until)) {
		span->covered = until - from;
		span->covered_from = from;
		span->covered_until = until;
	} else if (until > span->covered_until) {
		span->covered += until - later_of(from, span->covered_until);
		span->covered_until = until;
	} else if (from < span->covered_from) {
		span->covered += earlier_of(until, span->covered_from) - from;
		span->covered_from = from;
	}
}

void presence_overlap_one(struct presence_span *span, const struct presence_stay *stay, uint64_t least)
{
	uint64_t from = later_of(span->start, stay->from), until = earlier_of(span->end, stay->until);
	if (until <= from || until - from <= least)
		return;
	witness(span, stay);
	cover(span, from, until);
}

void presence_overlap(struct presence_list *list, const struct presence_stay *stay, uint64_t least)
{
	for (size_t i = list->count; i > 0 && list->spans[i - 1].end > stay->from; i--)
		presence_overlap_one(&list->spans[i - 1], stay, least);
}
