/* SPDX-License-Identifier: MIT */
#include "steal_matrix.h"

#include <stdlib.h>

static int compare_ids(const void *left, const void *right)
{
	const struct steal_party *a = left, *b = right;
	return (a->id > b->id) - (a->id < b->id);
}

static int compare_tasks(const void *left, const void *right)
{
	const struct steal_party *a = left, *b = right;
	if (a->tasks != b->tasks)
		return a->tasks > b->tasks ? -1 : 1;
	return compare_ids(left, right);
}

/* Adds up what is of one id, and keeps those with the most tasks. Returns how many. */
static size_t greatest_parties(struct steal_party *all, size_t count, size_t most,
                               struct steal_party kept[STEAL_MATRIX_MAX])
{
	size_t used = 0;
	qsort(all, count, sizeof(*all), compare_ids);
	for (size_t i = 0; i < count; i++) {
		if (used > 0 && all[used - 1].id == all[i].id)
			all[used - 1].tasks += all[i].tasks;
		else
			all[used++] = all[i];
	}
	qsort(all, used, sizeof(*all), compare_tasks);
	used = used < most ? used : most;
	for (size_t i = 0; i < used; i++)
		kept[i] = all[i];
	qsort(kept, used, sizeof(*kept), compare_ids);
	return used;
}

static size_t party_of(const struct steal_party *parties, size_t count, uint32_t id)
{
	size_t i = 0;
	while (i < count && parties[i].id != id)
		i++;
	return i;
}

static void fill(struct steal_matrix *matrix, const struct analysis_result *result)
{
	for (size_t i = 0; i < result->steal_count; i++) {
		const struct steal_pair *pair = &result->steals[i];
		size_t thief = party_of(matrix->thieves, matrix->thief_count, pair->thief);
		size_t queue = party_of(matrix->queues, matrix->queue_count, pair->queue);
		if (thief == matrix->thief_count || queue == matrix->queue_count)
			continue;
		matrix->pair[thief][queue] = i + 1;
		matrix->shown += pair->tasks;
		matrix->greatest = pair->tasks > matrix->greatest ? pair->tasks : matrix->greatest;
	}
}

struct steal_matrix *steal_matrix_of(const struct analysis_result *result, size_t most)
{
	struct steal_matrix *matrix = calloc(1, sizeof(*matrix));
	struct steal_party *all = calloc(result->steal_count + 1, sizeof(*all));
	if (!matrix || !all) {
		free(matrix);
		free(all);
		return NULL;
	}
	for (size_t i = 0; i < result->steal_count; i++)
		all[i] = (struct steal_party){result->steals[i].thief, result->steals[i].tasks};
	matrix->thief_count = greatest_parties(all, result->steal_count, most, matrix->thieves);
	for (size_t i = 0; i < result->steal_count; i++)
		all[i] = (struct steal_party){result->steals[i].queue, result->steals[i].tasks};
	matrix->queue_count = greatest_parties(all, result->steal_count, most, matrix->queues);
	free(all);
	fill(matrix, result);
	return matrix;
}
