/* SPDX-License-Identifier: MIT */
/* Quantiles exact to 1 % at any size; count, least, greatest and mean exact; merging loses nothing. */
#include <criterion/criterion.h>

#include <stdlib.h>
#include <string.h>

#include "histogram.h"

static struct histogram h, other, whole;

static int compare(const void *left, const void *right)
{
	const uint64_t *a = left, *b = right;
	return (*a > *b) - (*a < *b);
}

static uint64_t next(uint64_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 7;
	*state ^= *state << 17;
	return *state;
}

Test(histogram, empty_is_all_zero)
{
	histogram_clear(&h);
	cr_assert_eq(h.count, 0U);
	cr_assert_eq(histogram_quantile(&h, 0.5), 0U);
	cr_assert_eq(histogram_mean(&h), 0.0);
}

Test(histogram, quantiles_stay_within_one_percent)
{
	enum { COUNT = 20000 };
	uint64_t *values = malloc(COUNT * sizeof(*values)), seed = 42;
	const double quantiles[] = {0.001, 0.5, 0.9, 0.99, 0.999};
	histogram_clear(&h);
	for (int i = 0; i < COUNT; i++) {
		values[i] = next(&seed) >> (next(&seed) % 64); /* all magnitudes */
		histogram_add(&h, values[i]);
	}
	qsort(values, COUNT, sizeof(*values), compare);
	for (size_t i = 0; i < sizeof(quantiles) / sizeof(quantiles[0]); i++) {
		double exact = (double)values[(size_t)(quantiles[i] * COUNT + 0.999999) - 1];
		double got = (double)histogram_quantile(&h, quantiles[i]);
		cr_assert(got >= exact * 0.99 && got <= exact * 1.01, "q %f: %f, exactly %f", quantiles[i], got, exact);
	}
	cr_assert_eq(h.min, values[0]);
	cr_assert_eq(h.max, values[COUNT - 1]);
	cr_assert_eq(histogram_quantile(&h, 1.0), values[COUNT - 1]);
	free(values);
}

/* Adding a value many times at once is as adding it so often, sums beyond 64 bits included. */
Test(histogram, many_at_once)
{
	histogram_clear(&h);
	histogram_clear(&other);
	const uint64_t values[] = {0, 1, 127, 128, 1000003, UINT64_MAX / 3, UINT64_MAX};
	for (size_t i = 0; i < sizeof(values) / sizeof(*values); i++) {
		for (size_t n = 0; n < 3 * i + 1; n++)
			histogram_add(&h, values[i]);
		histogram_add_times(&other, values[i], 3 * i + 1);
		histogram_add_times(&other, 5, 0);
	}
	cr_expect(memcmp(&h, &other, sizeof(h)) == 0);
	histogram_clear(&other);
	histogram_add_times(&other, UINT64_MAX, UINT64_MAX);
	cr_expect_eq(other.sum_low, 1U); /* (2^64 - 1)^2 */
	cr_expect_eq(other.sum_high, UINT64_MAX - 1);
}

Test(histogram, extremes_are_exact)
{
	histogram_clear(&h);
	histogram_add(&h, 0);
	histogram_add(&h, UINT64_MAX);
	histogram_add(&h, UINT64_MAX);
	cr_assert_eq(h.min, 0U);
	cr_assert_eq(h.max, UINT64_MAX);
	cr_assert_eq(histogram_quantile(&h, 0.0), 0U);
	cr_assert_eq(histogram_quantile(&h, 1.0), UINT64_MAX);
	cr_assert_float_eq(histogram_mean(&h), 2.0 / 3.0 * 18446744073709551616.0, 1e6);
}

Test(histogram, small_values_have_a_bucket_each)
{
	histogram_clear(&h);
	for (uint64_t v = 0; v < 256; v++)
		histogram_add(&h, v);
	for (uint64_t v = 0; v < 256; v++)
		cr_assert_eq(histogram_quantile(&h, (double)(v + 1) / 256.0), v);
}

Test(histogram, merging_equals_adding)
{
	uint64_t seed = 7;
	histogram_clear(&h);
	histogram_clear(&other);
	histogram_clear(&whole);
	for (int i = 0; i < 1000; i++) {
		uint64_t v = next(&seed) >> 20;
		histogram_add(i % 3 == 0 ? &h : &other, v);
		histogram_add(&whole, v);
	}
	histogram_merge(&h, &other);
	cr_assert_arr_eq(&h, &whole, sizeof(h));
}
