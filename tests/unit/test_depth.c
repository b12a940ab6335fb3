/* SPDX-License-Identifier: MIT */
/* The depth of a queue over time, in bounded memory: against every change, kept. */
#include <criterion/criterion.h>
#include <stdlib.h>

#include "depth.h"

struct change {
	uint64_t ts;
	uint32_t depth; /* from then on */
};

static uint64_t next(uint64_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 7;
	*state ^= *state << 17;
	return *state;
}

/* The greatest depth in [from, until), the one that a change at `from` ended included. */
static uint32_t greatest(const struct change *changes, size_t count, uint64_t from, uint64_t until)
{
	uint32_t max = 0;
	for (size_t i = 0; i < count; i++) {
		bool over = i + 1 < count && changes[i + 1].ts < from;
		if (!over && changes[i].ts < until && changes[i].depth > max)
			max = changes[i].depth;
	}
	return max;
}

static void compare(const struct depth_series *s, const struct change *changes, size_t count, uint64_t seed)
{
	cr_assert_leq(s->count, DEPTH_BUCKETS);
	cr_assert_eq(s->first, changes[0].ts >> s->shift);
	cr_assert_eq(s->first + s->count - 1, changes[count - 1].ts >> s->shift);
	for (unsigned i = 0; i < s->count; i++) {
		uint64_t from = (s->first + i) << s->shift;
		uint32_t max = greatest(changes, count, from, from + (UINT64_C(1) << s->shift));
		cr_assert_eq(s->max[i], max, "seed %lu bucket %u: %u, not %u", (unsigned long)seed, i, s->max[i], max);
	}
}

Test(depth, every_bucket_has_its_greatest_depth)
{
	enum { CHANGES = 600 };
	static struct change changes[CHANGES];
	for (uint64_t seed = 1; seed < 200; seed++) {
		struct depth_budget budget = {0};
		struct depth d = {0};
		uint64_t state = seed, ts = next(&state) >> 20;
		unsigned pace = (unsigned)(next(&state) % 30), count = 1 + (unsigned)(next(&state) % CHANGES);
		uint32_t depth = 0, max = 0;
		for (unsigned i = 0; i < count; i++) {
			ts += next(&state) % 8 == 0 ? next(&state) >> (64 - pace - 1) : 1 + next(&state) % 4;
			if (depth == 0 || next(&state) % 2 == 0)
				depth_pushed(&budget, &d, ts, ++depth);
			else
				depth_taken(&budget, &d, ts, depth--, false);
			changes[i] = (struct change){ts, depth};
			max = depth > max ? depth : max;
		}
		depth_end(&budget, &d, ts, depth);
		cr_assert_eq(d.max, max);
		cr_assert_eq(d.pushes - d.takes, depth);
		compare(d.series, changes, count, seed);
		depth_free(&d);
	}
}

Test(depth, stamps_may_be_any)
{
	struct depth_budget budget = {0};
	struct depth d = {0};
	depth_pushed(&budget, &d, UINT64_MAX, 1);
	depth_pushed(&budget, &d, UINT64_MAX, 2);
	depth_pushed(&budget, &d, 0, 3); /* runs backwards: counts where it is */
	depth_taken(&budget, &d, UINT64_MAX, 3, true);
	depth_end(&budget, &d, UINT64_MAX, 2);
	cr_expect_eq(d.series->count, 1);
	cr_expect_eq(d.series->max[0], 3);
	cr_expect_eq(d.steals, 1);
	depth_free(&d);
	d = (struct depth){0};
	depth_pushed(&budget, &d, 0, 1);
	depth_taken(&budget, &d, UINT64_MAX, 1, false);
	depth_end(&budget, &d, UINT64_MAX, 0);
	cr_expect_eq(d.series->count, DEPTH_BUCKETS);
	cr_expect_eq(d.series->shift, 56);
	cr_expect_eq(d.series->max[200], 1);
	depth_free(&d);
}

Test(depth, queues_beyond_the_budget_have_totals_only)
{
	struct depth_budget budget = {.series = DEPTH_SERIES_MAX};
	struct depth d = {0};
	depth_pushed(&budget, &d, 10, 1);
	depth_pushed(&budget, &d, 20, 2);
	depth_taken(&budget, &d, UINT64_MAX, 2, false);
	budget.series = 0; /* too late for a series that is whole */
	depth_pushed(&budget, &d, UINT64_MAX, 2);
	depth_end(&budget, &d, UINT64_MAX, 2);
	cr_expect_null(d.series);
	cr_expect_eq(d.max, 2);
	cr_expect_eq(d.max_ts, 20);
	cr_expect_eq(d.pushes, 3);
	cr_expect_eq(d.takes, 1);
}

static struct depth_series made(uint64_t first, unsigned shift, unsigned count, uint32_t value)
{
	struct depth_series s = {.first = first, .shift = shift, .count = count};
	for (unsigned i = 0; i < count; i++)
		s.max[i] = value + i;
	return s;
}

Test(depth, series_that_follow_each_other_merge_exactly)
{
	struct depth_series a = made(100, 0, 10, 1), b = made(105, 0, 10, 3);
	depth_series_merge(&a, &b);
	cr_expect_eq(a.first, 100);
	cr_expect_eq(a.count, 15);
	cr_expect_eq(a.max[4], 5);
	cr_expect_eq(a.max[5], 6, "the greater of 6 and 3");
	cr_expect_eq(a.max[14], 12);
}

Test(depth, series_of_different_widths_merge_at_the_greater)
{
	struct depth_series a = made(101, 0, 4, 1), b = made(10, 4, 2, 7); /* 101..104, and 160..191 */
	depth_series_merge(&b, &a);
	cr_expect_eq(b.shift, 4);
	cr_expect_eq(b.first, 6);
	cr_expect_eq(b.count, 6);
	cr_expect_eq(b.max[0], 4);
	cr_expect_eq(b.max[1], 0);
	cr_expect_eq(b.max[4], 7);
	cr_expect_eq(b.max[5], 8);
}

Test(depth, series_far_apart_merge_within_the_limit)
{
	struct depth_series a = made(0, 0, DEPTH_BUCKETS, 1), b = made(UINT64_MAX, 0, 1, 9);
	depth_series_merge(&a, &b);
	cr_expect_eq(a.count, DEPTH_BUCKETS);
	cr_expect_eq(a.shift, 56);
	cr_expect_eq(a.max[0], 256);
	cr_expect_eq(a.max[255], 9);
}
