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
		struct depth d = {.has_series = true};
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
	depth_admit(&budget, &d);
	depth_pushed(&budget, &d, UINT64_MAX, 1);
	depth_pushed(&budget, &d, UINT64_MAX, 2);
	depth_pushed(&budget, &d, 0, 3); /* runs backwards: counts where it is */
	depth_taken(&budget, &d, UINT64_MAX, 3, true);
	depth_end(&budget, &d, UINT64_MAX, 2);
	cr_expect_eq(d.series->count, 1);
	cr_expect_eq(d.series->max[0], 3);
	cr_expect_eq(d.steals, 1);
	depth_free(&d);
	d = (struct depth){.has_series = true};
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
	depth_admit(&budget, &d);
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
