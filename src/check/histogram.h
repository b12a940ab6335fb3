/* SPDX-License-Identifier: MIT */
/*
 * A latency histogram: log-linear buckets after HdrHistogram (Tene), 128 per power of two, so that any quantile is
 * exact to 1/128 (< 1 %) at any size. Count, sum, least and greatest are exact, and the greatest knows its event.
 * Mergeable: buckets and sums are added, the extremes compared. 64-bit values, fixed memory.
 */
#ifndef CHECK_HISTOGRAM_H
#define CHECK_HISTOGRAM_H

#include <stdint.h>

enum { HISTOGRAM_SUB_BITS = 7, HISTOGRAM_BUCKETS = (64 - HISTOGRAM_SUB_BITS + 1) << HISTOGRAM_SUB_BITS };

/* The event that ended a duration. */
struct histogram_event {
	uint64_t ts;
	uint64_t task;
	uint32_t worker;
};

struct histogram {
	uint64_t count;
	uint64_t min; /* UINT64_MAX when empty */
	uint64_t max;
	uint64_t sum_low, sum_high; /* 128-bit sum */
	struct histogram_event
	    of_max; /* of several: the least by stamp, worker and task. If histogram_add_of() was used */
	uint64_t buckets[HISTOGRAM_BUCKETS];
};

/* Empty, of zero bytes: 300 KB of an analysis are then not touched before there is something to count. */
void histogram_init(struct histogram *zeroed);
/* Empty again. */
void histogram_clear(struct histogram *histogram);
void histogram_add(struct histogram *histogram, uint64_t value);
/* The same, for a value whose event may be asked for: if it is the greatest. */
__attribute__((cold)) void histogram_note_max(struct histogram *histogram, uint64_t value, uint64_t ts, uint64_t task,
                                              uint32_t worker);
static inline void histogram_add_of(struct histogram *histogram, uint64_t value, uint64_t ts, uint64_t task,
                                    uint32_t worker)
{
	if (__builtin_expect(value >= histogram->max, 0))
		histogram_note_max(histogram, value, ts, task, worker);
	histogram_add(histogram, value);
}
void histogram_merge(struct histogram *into, const struct histogram *from);
/* Adds the value `count` times. */
void histogram_add_times(struct histogram *histogram, uint64_t value, uint64_t count);
/* What the values in a bucket are taken for: its middle, within [min, max]. */
uint64_t histogram_bucket_value(const struct histogram *histogram, unsigned bucket);
/* The value at quantile `q` in [0, 1]: the middle of its bucket, within [min, max]; 0 when empty. */
uint64_t histogram_quantile(const struct histogram *histogram, double q);
double histogram_mean(const struct histogram *histogram); /* 0 when empty */

#endif
