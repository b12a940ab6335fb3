/* SPDX-License-Identifier: MIT */
#include "presence.h"

#include <stdlib.h>
#include <string.h>

#include "array.h"

bool presence_add(struct presence_list *list, const struct presence_span *span, struct presence_span *settled)
{
	*settled = (struct presence_span){0};
	if (list->capacity < list->max) {
		struct presence_span *grown = array_room(list->spans, list->count, &list->capacity, sizeof(*grown));
		if (grown == NULL) {
			free(span->covers);
			return false;
		}
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

/* Whether it is the older one: several pushes may have one end, the worker's next stamp. */
static bool is_older(const struct presence_witness *one, const struct presence_witness *than)
{
	if (one->pushed != than->pushed)
		return one->pushed < than->pushed;
	return one->since != than->since ? one->since < than->since : one->task < than->task;
}

/* The oldest counts. */
static void witness(struct presence_span *span, const struct presence_witness *one)
{
	if (span->witness.task == 0 || is_older(one, &span->witness))
		span->witness = *one;
}

static void witness_stay(struct presence_span *span, const struct presence_stay *stay)
{
	witness(span, &(struct presence_witness){stay->task, stay->pushed, stay->from, stay->queue});
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
			witness_stay(&list->spans[i - 1], stay);
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

/* Where what lies before `ts` ends among the covers: most that come are the latest so far. */
static size_t covers_before(const struct presence_span *span, uint64_t ts)
{
	size_t i = span->cover_count;
	while (i > 0 && span->covers[i - 1].until >= ts)
		i--;
	return i;
}

/* Adds [from, until] to what is covered. */
static bool cover(struct presence_span *span, uint64_t from, uint64_t until)
{
	size_t first = covers_before(span, from), next = first;
	for (; next < span->cover_count && span->covers[next].from <= until; next++) {
		from = earlier_of(from, span->covers[next].from);
		until = later_of(until, span->covers[next].until);
	}
	if (next == first) {
		if (span->cover_count == PRESENCE_COVERS_MAX)
			return true;
		struct presence_cover *grown =
		    array_room(span->covers, span->cover_count, &span->cover_capacity, sizeof(*grown));
		if (grown == NULL)
			return false;
		span->covers = grown;
	}
	memmove(&span->covers[first + 1], &span->covers[next], (span->cover_count - next) * sizeof(*span->covers));
	span->cover_count += first + 1 - next;
	span->covers[first] = (struct presence_cover){from, until};
	return true;
}

uint64_t presence_covered(const struct presence_span *span)
{
	uint64_t sum = 0;
	for (size_t i = 0; i < span->cover_count; i++)
		sum += span->covers[i].until - span->covers[i].from;
	return sum;
}

bool presence_overlap_one(struct presence_span *span, const struct presence_stay *stay, uint64_t least)
{
	uint64_t from = later_of(span->start, stay->from), until = earlier_of(span->end, stay->until);
	if (until <= from || until - from <= least)
		return true;
	witness_stay(span, stay);
	return cover(span, from, until);
}

bool presence_overlap(struct presence_list *list, const struct presence_stay *stay, uint64_t least)
{
	bool ok = true;
	for (size_t i = list->count; i > 0 && list->spans[i - 1].end > stay->from && ok; i--)
		ok = presence_overlap_one(&list->spans[i - 1], stay, least);
	return ok;
}

bool presence_join(struct presence_span *into, const struct presence_span *from)
{
	bool ok = true;
	witness(into, &from->witness);
	for (size_t i = 0; i < from->cover_count && ok; i++)
		ok = cover(into, from->covers[i].from, from->covers[i].until);
	return ok;
}

void presence_list_free(struct presence_list *list)
{
	for (size_t i = 0; i < list->count; i++)
		free(list->spans[i].covers);
	free(list->spans);
}
