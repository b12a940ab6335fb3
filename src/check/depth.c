/* SPDX-License-Identifier: MIT */
#include "depth.h"

#include <stdlib.h>

/* Doubles the width of the buckets. The first one may be the second half of its new one. */
static void widen(struct depth_series *series)
{
	unsigned odd = (unsigned)(series->first & 1), last = 0;
	for (unsigned i = 0; i < series->count; i++) {
		unsigned to = (i + odd) / 2;
		uint32_t value = series->max[i];
		if (i == 0 || to != last || value > series->max[to])
			series->max[to] = value;
		last = to;
	}
	series->count = last + 1;
	series->first >>= 1;
	series->shift++;
}

/* The first stamp behind the last bucket, UINT64_MAX if there is none. */
static uint64_t end_of(const struct depth_series *series)
{
	uint64_t last = series->first + series->count - 1;
	return last >= UINT64_MAX >> series->shift ? UINT64_MAX : (last + 1) << series->shift;
}

static bool begin(struct depth_budget *budget, struct depth *depth, uint64_t ts)
{
	if (depth->bucket_end != 0 || budget->series == DEPTH_SERIES_MAX) {
		depth->bucket_end = UINT64_MAX;
		return false;
	}
	depth->series = malloc(sizeof(*depth->series));
	if (depth->series == NULL) {
		budget->no_memory = true;
		return false;
	}
	budget->series++;
	depth->series->first = ts;
	depth->series->shift = 0;
	depth->series->count = 1;
	depth->series->max[0] = 0;
	return true;
}

void depth_move(struct depth_budget *budget, struct depth *depth, uint64_t ts, uint32_t carried)
{
	struct depth_series *series = depth->series;
	if (series == NULL) {
		if (!begin(budget, depth, ts))
			return;
		series = depth->series;
	} else {
		series->max[series->count - 1] = depth->here;
		while ((ts >> series->shift) - series->first >= DEPTH_BUCKETS)
			widen(series);
		while (series->first + series->count - 1 < ts >> series->shift)
			series->max[series->count++] = carried;
	}
	depth->here = series->max[series->count - 1];
	depth->bucket_end = end_of(series);
}

void depth_end(struct depth_budget *budget, struct depth *depth, uint64_t ts, uint32_t left)
{
	if (depth->series == NULL)
		return;
	if (ts >= depth->bucket_end)
		depth_move(budget, depth, ts, left);
	depth->series->max[depth->series->count - 1] = depth->here;
}

void depth_series_merge(struct depth_series *into, const struct depth_series *from)
{
	struct depth_series other = *from, sum;
	while (into->shift < other.shift)
		widen(into);
	while (other.shift < into->shift)
		widen(&other);
	uint64_t first = into->first < other.first ? into->first : other.first;
	while (into->first - first > DEPTH_BUCKETS - into->count || other.first - first > DEPTH_BUCKETS - other.count) {
		widen(into);
		widen(&other);
		first >>= 1;
	}
	uint64_t a = into->first - first + into->count, b = other.first - first + other.count;
	sum = (struct depth_series){first, into->shift, (unsigned)(a > b ? a : b), {0}};
	for (unsigned i = 0; i < into->count; i++)
		sum.max[into->first - sum.first + i] = into->max[i];
	for (unsigned i = 0; i < other.count; i++) {
		uint32_t *to = &sum.max[other.first - sum.first + i];
		*to = other.max[i] > *to ? other.max[i] : *to;
	}
	*into = sum;
}

void depth_free(struct depth *depth)
{
	free(depth->series);
	depth->series = NULL;
}
