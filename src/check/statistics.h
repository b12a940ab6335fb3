/* SPDX-License-Identifier: MIT */
/*
 * Statistics of a whole trace, beyond histograms (histogram.h) and the depth of queues (depth.h).
 *
 * How each is merged with that of another trace: counts and durations are added, row by row where rows have ids. A
 * maximum with its event: the greater wins, of equal ones the earlier stamp. Balance is not merged but worked out anew
 * from the merged rows of the workers.
 */
#ifndef CHECK_STATISTICS_H
#define CHECK_STATISTICS_H

#include <stddef.h>
#include <stdint.h>

#include "depth.h"

/* Lives by how often a thief took them. */
enum { STEALS_PER_LIFE = 4 };
struct steals_per_life {
	uint64_t lives[STEALS_PER_LIFE]; /* stolen once, twice, three times, more often */
	uint64_t max;                    /* the most steals of one life */
	uint64_t task,
	    ts; /* whose, and when the last of them was, if max is not 0; of several: the least by stamp and task */
};

/* A life that had been stolen `before` times was stolen again. */
void steals_per_life_add(struct steals_per_life *steals, uint64_t before, uint64_t task, uint64_t ts);
/* Adds other lives. */
void steals_per_life_merge(struct steals_per_life *into, const struct steals_per_life *from);
/* Lives stolen more than once. */
uint64_t steals_per_life_repeated(const struct steals_per_life *steals);

/* What was certainly wasted, of the reports made. */
struct wasted_time {
	uint64_t idle; /* time of parks beside work that certainly waited longer than the limit of idle_while_work */
	uint64_t false_empty; /* time of the attempts that were wrongly answered `empty` */
};

/* The greatest share over the mean one, of the workers that take part: who ran, attempted or parked. 1: all alike. */
struct balance {
	size_t workers;
	double busy, executed; /* 0: nothing to compare */
};

struct worker_stats;
struct balance balance_of(const struct worker_stats *workers, size_t count);

/* `takes` and `steals` count what was legally taken, a disputed take counts nowhere. */
struct queue_stats {
	uint32_t queue;
	uint64_t pushes, takes, steals;
	uint64_t max_depth, max_depth_ts;
	const struct depth_series *depth; /* over time; NULL for all but the queues with most pushes */
};
enum { QUEUE_STATS_MAX = 1024, QUEUE_STATS_SERIES_MAX = 64 };

struct analysis_result;

/* Leaves the rows and series of the queues with most pushes, counts the others, and sorts by id. */
void statistics_cut_queues(struct analysis_result *result);

#endif
