/* SPDX-License-Identifier: MIT */
#include "histogram.h"

#include <stdbool.h>
#include <string.h>

void histogram_init(struct histogram *zeroed)
{
	zeroed->min = UINT64_MAX;
}

void histogram_clear(struct histogram *histogram)
{
	memset(histogram, 0, sizeof(*histogram));
	histogram_init(histogram);
}

/* Values below 2^SUB_BITS have a bucket each; above, each power of two is divided into 2^SUB_BITS. */
static unsigned bucket_of(uint64_t value)
{
	if (value < 1U << HISTOGRAM_SUB_BITS)
		return (unsigned)value;
	unsigned shift = 63U - (unsigned)__builtin_clzll(value) - HISTOGRAM_SUB_BITS;
	return (shift << HISTOGRAM_SUB_BITS) + (unsigned)(value >> shift);
}

static uint64_t bucket_middle(unsigned bucket)
{
	if (bucket < 2U << HISTOGRAM_SUB_BITS)
		return bucket;
	unsigned shift = (bucket >> HISTOGRAM_SUB_BITS) - 1;
	uint64_t low = (uint64_t)((bucket & ((1U << HISTOGRAM_SUB_BITS) - 1)) | 1U << HISTOGRAM_SUB_BITS) << shift;
	return low + (((uint64_t)1 << shift) - 1) / 2;
}

static void add_sum(struct histogram *histogram, uint64_t low, uint64_t high)
{
	histogram->sum_low += low;
	histogram->sum_high += high + (histogram->sum_low < low);
}

void histogram_add(struct histogram *histogram, uint64_t value)
{
	histogram->count++;
	add_sum(histogram, value, 0);
	if (value < histogram->min)
		histogram->min = value;
	if (value > histogram->max)
		histogram->max = value;
	histogram->buckets[bucket_of(value)]++;
}

void histogram_add_times(struct histogram *histogram, uint64_t value, uint64_t count)
{
	if (count == 0)
		return;
	uint64_t high = (value >> 32) * (count >> 32), low = (value & UINT32_MAX) * (count & UINT32_MAX);
	const uint64_t middles[] = {(value >> 32) * (count & UINT32_MAX), (value & UINT32_MAX) * (count >> 32)};
	for (int i = 0; i < 2; i++) {
		high += middles[i] >> 32;
		low += middles[i] << 32;
		high += low < middles[i] << 32;
	}
	histogram->count += count;
	add_sum(histogram, low, high);
	if (value < histogram->min)
		histogram->min = value;
	if (value > histogram->max)
		histogram->max = value;
	histogram->buckets[bucket_of(value)] += count;
}

static bool is_earlier(uint64_t ts, uint64_t task, uint32_t worker, const struct histogram_event *than)
{
	if (ts != than->ts)
		return ts < than->ts;
	return worker != than->worker ? worker < than->worker : task < than->task;
}

void histogram_note_max(struct histogram *histogram, uint64_t value, uint64_t ts, uint64_t task, uint32_t worker)
{
	struct histogram_event *of_max = &histogram->of_max;
	if (histogram->count > 0 && (value < histogram->max || !is_earlier(ts, task, worker, of_max)) &&
	    value <= histogram->max)
		return;
	of_max->ts = ts;
	of_max->task = task;
	of_max->worker = worker;
}

void histogram_merge(struct histogram *into, const struct histogram *from)
{
	if (from->count > 0)
		histogram_note_max(into, from->max, from->of_max.ts, from->of_max.task, from->of_max.worker);
	into->count += from->count;
	add_sum(into, from->sum_low, from->sum_high);
	if (from->min < into->min)
		into->min = from->min;
	if (from->max > into->max)
		into->max = from->max;
	for (unsigned i = 0; i < HISTOGRAM_BUCKETS; i++)
		into->buckets[i] += from->buckets[i];
}

uint64_t histogram_bucket_value(const struct histogram *histogram, unsigned bucket)
{
	uint64_t value = bucket_middle(bucket);
	if (value < histogram->min)
		return histogram->min;
	return value > histogram->max ? histogram->max : value;
}

uint64_t histogram_quantile(const struct histogram *histogram, double q)
{
	if (histogram->count == 0)
		return 0;
	/* The smallest value that at least q of all values do not exceed. */
	double wanted = q * (double)histogram->count;
	uint64_t rank = wanted < 1 ? 1 : (uint64_t)wanted + ((double)(uint64_t)wanted < wanted);
	if (rank >= histogram->count)
		return histogram->max;
	uint64_t seen = 0;
	unsigned i = 0;
	for (; i < HISTOGRAM_BUCKETS; i++) {
		seen += histogram->buckets[i];
		if (seen >= rank)
			break;
	}
	return histogram_bucket_value(histogram, i);
}

double histogram_mean(const struct histogram *histogram)
{
	if (histogram->count == 0)
		return 0;
	double sum = (double)histogram->sum_high * 18446744073709551616.0 + (double)histogram->sum_low;
	return sum / (double)histogram->count;
}
