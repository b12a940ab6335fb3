/* SPDX-License-Identifier: MIT */
/* A worker's time over time, in bounded memory: against every interval, kept. */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "timeline.h"

enum { INTERVALS = 300 };

struct interval {
	uint64_t from, to;
	enum timeline_state state;
};

static struct interval intervals[INTERVALS];
static unsigned count;
static uint64_t state;

static uint64_t next(void)
{
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return state;
}

/* How much of [from, from + width) is in the state. */
static uint64_t within(enum timeline_state which, uint64_t from, uint64_t width)
{
	uint64_t sum = 0, last = from + (width - 1);
	for (unsigned i = 0; i < count; i++) {
		const struct interval *v = &intervals[i];
		if (v->state != which || v->from > last || v->to <= from)
			continue;
		uint64_t a = v->from > from ? v->from : from;
		sum += v->to > last ? last - a + 1 : v->to - a;
	}
	return sum;
}

static void compare(const struct timeline *t, uint64_t seed)
{
	cr_assert_leq(t->count, TIMELINE_BUCKETS);
	for (unsigned i = 0; i < t->count; i++) {
		for (unsigned s = 0; s < TIMELINE_STATES; s++) {
			uint64_t sum =
			    within((enum timeline_state)s, (t->first + i) << t->shift, UINT64_C(1) << t->shift);
			cr_assert_eq(t->time[i][s], sum, "seed %lu bucket %u state %u", (unsigned long)seed, i, s);
		}
	}
	/* Nothing lies outside: what the buckets hold is all there is. */
	for (unsigned s = 0; s < TIMELINE_STATES; s++) {
		uint64_t all = 0, kept = 0;
		for (unsigned i = 0; i < count; i++)
			all += intervals[i].state == s ? intervals[i].to - intervals[i].from : 0;
		for (unsigned i = 0; i < TIMELINE_BUCKETS; i++)
			kept += t->time[i][s];
		cr_assert_eq(all, kept, "seed %lu state %u", (unsigned long)seed, s);
	}
}

/* Intervals of all lengths, mostly ascending; now and then one that lies long before the others. */
static void fill(uint64_t seed)
{
	uint64_t ts = 0;
	state = seed;
	ts = next() >> (10 + seed % 40);
	unsigned pace = (unsigned)(next() % 30);
	count = 1 + (unsigned)(next() % INTERVALS);
	for (unsigned i = 0; i < count; i++) {
		ts += next() % 4 == 0 ? next() >> (64 - pace - 1) : next() % 4;
		uint64_t length = 1 + (next() >> (64 - 1 - next() % 30));
		uint64_t from = next() % 16 == 0 ? ts / 2 : ts;
		intervals[i] = (struct interval){from, from + length, (enum timeline_state)(next() % TIMELINE_STATES)};
		ts += length;
	}
}

static struct timeline *add(unsigned from, unsigned to)
{
	struct timeline_budget budget = {0};
	struct timeline *t = timeline_create(&budget);
	cr_assert_not_null(t);
	for (unsigned i = from; i < to; i++)
		timeline_add(t, intervals[i].state, intervals[i].from, intervals[i].to);
	return t;
}

Test(timeline, every_bucket_has_its_time)
{
	for (uint64_t seed = 1; seed < 400; seed++) {
		fill(seed);
		struct timeline *t = add(0, count);
		compare(t, seed);
		free(t);
	}
}

Test(timeline, the_whole_range_of_stamps)
{
	count = 3;
	intervals[0] = (struct interval){0, 1, TIMELINE_BUSY};
	intervals[1] = (struct interval){UINT64_MAX - 1, UINT64_MAX, TIMELINE_BUSY};
	intervals[2] = (struct interval){1, UINT64_MAX - 1, TIMELINE_PARKED};
	struct timeline *t = add(0, 3);
	compare(t, 0);
	free(t);
}

Test(timeline, there_are_only_so_many)
{
	struct timeline_budget budget = {.timelines = TIMELINE_WORKERS_MAX - 1};
	struct timeline *last = timeline_create(&budget);
	cr_expect_not_null(last);
	cr_expect_null(timeline_create(&budget));
	cr_expect_not(budget.no_memory);
	free(last);
}
