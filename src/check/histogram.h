/* SPDX-License-Identifier: MIT */
/*
 * A latency histogram: log-linear buckets after HdrHistogram (Tene), 128 per power of two, so that any quantile is
 * exact to 1/128 (< 1 %) at any size. Count, sum, least and greatest are exact. Mergeable. 64-bit values, fixed memory.
 */
#ifndef CHECK_HISTOGRAM_H
#define CHECK_HISTOGRAM_H

#include <stdint.h>

enum { HISTOGRAM_SUB_BITS = 7, HISTOGRAM_BUCKETS = (64 - HISTOGRAM_SUB_BITS + 1) << HISTOGRAM_SUB_BITS };

struct histogram {
	uint64_t count;
	uint64_t min; /* UINT64_MAX when empty */
	uint64_t max;
	uint64_t sum_low, sum_high; /* 128-bit sum */
	uint64_t buckets[HISTOGRAM_BUCKETS];
};

void histogram_init(struct histogram *histogram);
void histogram_add(struct histogram *histogram, uint64_t value);
void histogram_merge(struct histogram *into, const struct histogram *from);
/* The value at quantile `q` in [0, 1]: the middle of its bucket, within [min, max]; 0 when empty. */
uint64_t histogram_quantile(const struct histogram *histogram, double q);
double histogram_mean(const struct histogram *histogram); /* 0 when empty */

#endif
