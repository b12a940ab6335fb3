/* SPDX-License-Identifier: MIT */
#include "timeline.h"

#include <stdlib.h>
#include <string.h>

/* Moves what is in one bucket to another one, or adds it. */
static void move(struct timeline *t, uint64_t from, uint64_t to)
{
	for (unsigned state = 0; state < TIMELINE_STATES; state++) {
		t->time[to][state] += t->time[from][state];
		t->time[from][state] = 0;
	}
}

/* Doubles the width of the buckets. The first one may be the second half of its new one. */
static void widen(struct timeline *t)
{
	unsigned odd = (unsigned)(t->first & 1);
	for (unsigned i = 1 + odd; i < t->count; i++)
		move(t, i, (i + odd) / 2);
	t->count = (t->count + odd + 1) / 2;
	t->first >>= 1;
	t->shift++;
}

/* Makes room for the stamps from `from` to `to`, both included. */
static void cover(struct timeline *t, uint64_t from, uint64_t to)
{
	if (t->count == 0) {
		t->first = from >> t->shift;
		t->count = 1;
	}
	for (;;) {
		uint64_t least = from >> t->shift, most = to >> t->shift;
		uint64_t first = least < t->first ? least : t->first;
		uint64_t last = most > t->first + t->count - 1 ? most : t->first + t->count - 1;
		if (last - first < TIMELINE_BUCKETS) {
			for (uint64_t i = t->count; first < t->first && i-- > 0;)
				move(t, i, i + (t->first - first));
			t->first = first;
			t->count = (unsigned)(last - first) + 1;
			return;
		}
		widen(t);
	}
}

void timeline_spread(struct timeline *t, enum timeline_state state, uint64_t from, uint64_t to)
{
	cover(t, from, to);
	uint64_t last = to >> t->shift;
	for (uint64_t bucket = from >> t->shift; bucket < last; bucket++) {
		uint64_t end = (bucket + 1) << t->shift;
		t->time[bucket - t->first][state] += end - from;
		from = end;
	}
	t->time[last - t->first][state] += to - from;
}

struct timeline *timeline_create(struct timeline_budget *budget)
{
	if (budget->timelines == TIMELINE_WORKERS_MAX)
		return NULL;
	struct timeline *t = calloc(1, sizeof(*t));
	if (t == NULL)
		budget->no_memory = true;
	else
		budget->timelines++;
	return t;
}
