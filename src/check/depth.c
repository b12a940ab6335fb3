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

void depth_admit(struct depth_budget *budget, struct depth *depth)
{
	depth->has_series = budget->series < DEPTH_SERIES_MAX;
	budget->series += depth->has_series;
}

static bool begin(struct depth_budget *budget, struct depth *depth, uint64_t ts)
{
	if (!depth->has_series) {
		depth->bucket_end = UINT64_MAX;
		return false;
	}
	depth->series = malloc(sizeof(*depth->series));
	if (depth->series == NULL) {
		budget->no_memory = true;
		return false;
	}
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

void depth_free(struct depth *depth)
{
	free(depth->series);
	depth->series = NULL;
}
