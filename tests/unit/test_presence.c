/* SPDX-License-Identifier: MIT */
/* What waited while somebody said that there was nothing: the lists of spans, and the stays held against them. */
#include "analysis_support.h"
#include "presence.h"

static void add(struct presence_list *list, uint64_t start, uint64_t end, uint64_t settled_end)
{
	struct presence_span settled = {.end = 77};
	cr_assert(presence_add(list, &(struct presence_span){.start = start, .end = end}, &settled));
	cr_expect_eq(settled.end, settled_end);
}

static void expect_ends(const struct presence_list *list, const uint64_t *ends, size_t count)
{
	cr_assert_geq(list->count, count);
	for (size_t i = 0; i < count; i++)
		cr_expect_eq(list->spans[i].end, ends[i], "at %zu: %" PRIu64, i, list->spans[i].end);
}

Test(presence, spans_are_kept_by_their_ends)
{
	struct presence_list list = {.max = 16};
	for (uint64_t i = 0; i < 11; i++)
		add(&list, 100 + i, 1000 + i, 0);
	add(&list, 1, 20, 0);
	add(&list, 2, 10, 0);
	add(&list, 3, 30, 0);
	add(&list, 4, 10, 0);
	add(&list, 5, 25, 0);
	expect_ends(&list, (uint64_t[]){10, 10, 20, 25, 30}, 5);
	cr_expect_eq(list.spans[0].start, 2, "equal ends: the first stays first");
	add(&list, 6, 22, 10); /* the oldest had to go */
	expect_ends(&list, (uint64_t[]){10, 20, 22, 25, 30, 1000, 1001}, 7);
	cr_expect_eq(list.count, 16);
	cr_expect_eq(list.spans[0].start, 4);
	free(list.spans);
}

Test(presence, a_list_grows_to_its_limit)
{
	struct presence_list list = {.max = 64};
	for (uint64_t i = 1; i <= 64; i++)
		add(&list, i, 10 * i, 0);
	add(&list, 65, 650, 10);
	add(&list, 66, 660, 20);
	cr_expect_eq(list.count, 64);
	cr_expect_leq(list.capacity, 64);
	free(list.spans);
}

/* What a span covers is the list's, also if there is no memory for the span: else that would leak. */
Test(presence, a_list_without_memory)
{
	struct presence_list list = {
	    .count = SIZE_MAX / 4, .capacity = SIZE_MAX / 4, .max = SIZE_MAX}; /* as large as can be */
	struct presence_span settled, span = {.start = 1, .end = 2, .covers = malloc(sizeof(struct presence_cover))};
	cr_expect_not(presence_add(&list, &span, &settled));
	cr_expect_eq(list.count, SIZE_MAX / 4);
}

/* Which of the spans [10,20] [30,40] [50,60] have a witness. */
static unsigned witnessed(bool cover, uint64_t from, uint64_t until, uint64_t least)
{
	struct presence_span spans[] = {{.start = 10, .end = 20}, {.start = 30, .end = 40}, {.start = 50, .end = 60}};
	struct presence_list list = {.spans = spans, .count = 3, .capacity = 3, .max = 3};
	struct presence_stay stay = {.task = 7, .from = from, .until = until, .queue = 4};
	unsigned bits = 0;
	if (cover)
		presence_cover(&list, &stay);
	else
		presence_overlap(&list, &stay, least);
	for (unsigned i = 0; i < 3; i++) {
		bits |= (unsigned)(spans[i].witness.task == 7 && spans[i].witness.queue == 4) << i;
		free(spans[i].covers);
	}
	return bits;
}

Test(presence, a_stay_covers_what_lies_within_it)
{
	cr_expect_eq(witnessed(true, 5, 70, 0), 7);
	cr_expect_eq(witnessed(true, 9, 21, 0), 1);
	cr_expect_eq(witnessed(true, 10, 21, 0), 0, "from its start on is not before it");
	cr_expect_eq(witnessed(true, 9, 20, 0), 0, "up to its end is not past it");
	cr_expect_eq(witnessed(true, 29, 41, 0), 2);
	cr_expect_eq(witnessed(true, 19, 61, 0), 6);
	cr_expect_eq(witnessed(true, 9, 41, 0), 3);
	cr_expect_eq(witnessed(true, 49, 61, 0), 4);
	cr_expect_eq(witnessed(true, 61, 70, 0), 0);
	cr_expect_eq(witnessed(true, 1, 5, 0), 0);
}

/* A look whose stamps ran backwards: it ends where the stay begins, and that is not past its beginning. */
Test(presence, a_stay_covers_nothing_that_ends_before_it)
{
	struct presence_span span = {.start = 20, .end = 10};
	struct presence_list list = {.spans = &span, .count = 1, .capacity = 1, .max = 1};
	presence_cover(&list, &(struct presence_stay){.task = 7, .from = 10, .until = 30});
	cr_expect_eq(span.witness.task, 0);
	presence_cover(&list, &(struct presence_stay){.task = 7, .from = 9, .until = 30});
	cr_expect_eq(span.witness.task, 7);
}

Test(presence, a_stay_overlaps_by_more_than_so_much)
{
	cr_expect_eq(witnessed(false, 5, 70, 9), 7);
	cr_expect_eq(witnessed(false, 5, 70, 10), 0, "ten is not more than ten");
	cr_expect_eq(witnessed(false, 15, 35, 4), 3);
	cr_expect_eq(witnessed(false, 15, 35, 5), 0);
	cr_expect_eq(witnessed(false, 15, 36, 5), 2);
	cr_expect_eq(witnessed(false, 14, 35, 5), 1);
	cr_expect_eq(witnessed(false, 20, 30, 0), 0);
	cr_expect_eq(witnessed(false, 55, 70, 4), 4);
	cr_expect_eq(witnessed(false, 32, 33, 0), 2);
}

Test(presence, the_oldest_is_the_witness)
{
	struct presence_span span = {.start = 10, .end = 100};
	presence_overlap_one(&span, &(struct presence_stay){.task = 1, .from = 5, .until = 200}, 0);
	cr_expect_eq(span.witness.task, 1);
	presence_overlap_one(&span, &(struct presence_stay){.task = 2, .from = 5, .until = 200}, 0);
	cr_expect_eq(span.witness.task, 1);
	presence_overlap_one(&span, &(struct presence_stay){.task = 3, .from = 6, .until = 200}, 0);
	cr_expect_eq(span.witness.task, 1);
	presence_overlap_one(&span, &(struct presence_stay){.task = 4, .from = 4, .until = 200}, 0);
	cr_expect(span.witness.task == 4 && span.witness.since == 4);
	presence_overlap_one(&span, &(struct presence_stay){.task = 3, .from = 4, .until = 200}, 0);
	cr_expect_eq(span.witness.task, 3, "of those that are as old, the least");
	free(span.covers);
}

struct interval {
	uint64_t from, until;
};

/* How much of a park from 100 to 200 the stays cover, one after the other. */
static void expect_covered(const struct interval *stays, size_t count, uint64_t covered)
{
	struct presence_span span = {.start = 100, .end = 200};
	for (size_t i = 0; i < count; i++) {
		struct presence_stay stay = {.task = i + 1, .from = stays[i].from, .until = stays[i].until};
		cr_assert(presence_overlap_one(&span, &stay, 0));
	}
	cr_expect_eq(presence_covered(&span), covered, "%" PRIu64 ", not %" PRIu64, presence_covered(&span), covered);
	free(span.covers);
}
#define EXPECT_COVERED(covered, ...)                                                                                   \
	expect_covered((struct interval[]){__VA_ARGS__},                                                               \
	               sizeof((struct interval[]){__VA_ARGS__}) / sizeof(struct interval), covered)

Test(presence, what_stays_cover_is_counted_once)
{
	EXPECT_COVERED(100, {50, 250});
	EXPECT_COVERED(10, {150, 160});
	EXPECT_COVERED(10, {150, 160}, {150, 160});
	EXPECT_COVERED(10, {150, 160}, {152, 158});
	EXPECT_COVERED(20, {150, 160}, {145, 165});
	EXPECT_COVERED(15, {150, 160}, {150, 165});
	EXPECT_COVERED(15, {150, 160}, {145, 160});
	EXPECT_COVERED(20, {150, 160}, {155, 170});
	EXPECT_COVERED(20, {150, 160}, {140, 155});
	EXPECT_COVERED(15, {150, 160}, {170, 175});
	EXPECT_COVERED(15, {150, 160}, {130, 135});
	EXPECT_COVERED(15, {150, 160}, {160, 165});
	EXPECT_COVERED(15, {150, 160}, {145, 150});
	EXPECT_COVERED(25, {150, 160}, {155, 170}, {165, 175});
	EXPECT_COVERED(25, {150, 160}, {140, 155}, {135, 145});
	EXPECT_COVERED(20, {150, 160}, {155, 170}, {151, 169});
	EXPECT_COVERED(20, {150, 160}, {140, 155}, {141, 159});
	EXPECT_COVERED(45, {150, 160}, {170, 175}, {140, 185}); /* which fills the hole */
	EXPECT_COVERED(30, {150, 160}, {170, 175}, {150, 180});
	EXPECT_COVERED(35, {150, 160}, {170, 175}, {140, 175});
	EXPECT_COVERED(25, {150, 160}, {170, 175}, {160, 170}); /* which fills it exactly */
	EXPECT_COVERED(20, {150, 160}, {170, 175}, {162, 167});
	EXPECT_COVERED(60, {190, 200}, {100, 110}, {120, 130}, {140, 150}, {160, 170}, {180, 190});
}

/* The parts of two know of as much as one that saw all stays, in whatever order. */
Test(presence, what_is_covered_can_be_joined)
{
	uint64_t state = 88172645463325252U;
	for (unsigned round = 0; round < 500; round++) {
		struct presence_span whole = {.start = 100, .end = 1000}, parts[2] = {whole, whole};
		for (unsigned i = 0; i < round % 40; i++) {
			state ^= state << 13, state ^= state >> 7, state ^= state << 17;
			uint64_t from = 100 + state % 800;
			struct presence_stay stay = {
			    .task = 1 + i, .pushed = state % 50, .from = from, .until = from + 1 + (state >> 20) % 60};
			cr_assert(presence_overlap_one(&whole, &stay, 3));
			cr_assert(presence_overlap_one(&parts[state >> 40 & 1], &stay, 3));
		}
		if (parts[0].witness.task != 0 && parts[1].witness.task != 0) {
			cr_assert(presence_join(&parts[0], &parts[1]));
			cr_expect_eq(presence_covered(&parts[0]), presence_covered(&whole));
			cr_expect_eq(parts[0].cover_count, whole.cover_count);
			cr_expect_eq(parts[0].witness.task, whole.witness.task);
		}
		free(whole.covers);
		free(parts[0].covers);
		free(parts[1].covers);
	}
}

Test(presence, what_is_covered_is_bounded)
{
	struct presence_span span = {.start = 0, .end = UINT64_MAX};
	for (uint64_t i = 0; i < PRESENCE_COVERS_MAX + 5; i++)
		cr_assert(presence_overlap_one(
		    &span, &(struct presence_stay){.task = 1, .from = 10 * i, .until = 10 * i + 5}, 0));
	cr_expect_eq(presence_covered(&span), 5 * PRESENCE_COVERS_MAX);
	cr_assert(presence_overlap_one(&span, &(struct presence_stay){.task = 1, .from = 1, .until = 7}, 0));
	cr_expect_eq(presence_covered(&span), 5 * PRESENCE_COVERS_MAX + 2, "what touches the others still counts");
	free(span.covers);
}

/* --- Through the analysis: idle.c. --- */

static void expect(uint64_t uncertainty, uint64_t publish, const char *history, const char *reports)
{
	struct support_analysis s;
	support_begin(&s);
	s.options.idle_ns = 100;
	s.header.uncertainty_ns = uncertainty;
	s.header.publish_ns = publish;
	support_expect(&s, history, WSC_END_CLEAN, reports);
}

/* Task 5 is there from 20 (the pusher's next stamp) to 200 (the one before the take). */
#define WAITS(between) "10Q1:5 20B1@3 21E1@3 " between " 200B1@3 201E1@3 210S1:5 211C1:5"

Test(presence, told_empty)
{
	expect(0, 0, WAITS("30B2@1 40E2@1?"), "false_empty:5 30-40 q1 w2");
	expect(0, 0, WAITS("30B2@1 40E2@1"), "");
	expect(0, 0, WAITS("30B2@1 40E2@1? 50B2@1 60E2@1?"), "false_empty:5 30-40 q1 w2; false_empty:5 50-60 q1 w2");
	expect(0, 0, WAITS("40E2@1?"), ""); /* nobody knows since when it looked */
	/* Pushed after the look began, perhaps. */
	expect(0, 0, "10Q1:5 20B2@1 21B1@3 40E2@1? 100E1@3 200S1:5 201C1:5", "");
	expect(0, 0, "10Q1:5 20B1@3 20B2@1 40E2@1? 100E1@3 200S1:5 201C1:5", "");
	expect(0, 0, "10Q1:5 20B1@3 21B2@1 40E2@1? 100E1@3 200S1:5 201C1:5", "false_empty:5 21-40 q1 w2");
	expect(0, 0, "10Q1:5 20B1@3 21B2@1 39E1@3 39E2@1? 200S1:5 201C1:5", ""); /* taken at 39, perhaps */
	expect(0, 0, "10Q1:5 20B1@3 21B2@1 40E1@3 39E2@1? 200S1:5 201C1:5", "false_empty:5 21-39 q1 w2");
	expect(0, 0, WAITS("30B2@4 40E2@4?"), "");
	expect(0, 0, WAITS("30B2@9 40E2@9? 41Q9:6 42S9:6 43C9:6"), "");
}

Test(presence, told_empty_of_bounds_that_are_wide)
{
	expect(5, 0, WAITS("26B2@1 40E2@1?"), "false_empty:5 26-40 q1 w2");
	expect(5, 0, WAITS("25B2@1 40E2@1?"), "");
	expect(5, 0, WAITS("30B2@1 195E2@1?"), "false_empty:5 30-195 q1 w2");
	expect(5, 0, WAITS("30B2@1 196E2@1?"), "");
	expect(0, 7, WAITS("28B2@1 40E2@1?"), "false_empty:5 28-40 q1 w2");
	expect(0, 7, WAITS("27B2@1 40E2@1?"), "");
	expect(300, 0, WAITS("30B2@1 40E2@1?"), "");
}

/* The push of another stay is not what the worker's next stamp ends. */
Test(presence, told_empty_while_another_pushes)
{
	expect(0, 0, "10Q1:5 11T2@1:5 12Q2@1:5 13P1 20B8@1 21E8@1? 100P2 150B9@1 210T9@1:5 211S9:5 212C9:5", "");
	expect(0, 0, "10Q1:5 11T2@1:5 12Q2@1:5 13B2@3 14E2@3 20B8@1 21E8@1? 100P1 150B9@1 210T9@1:5 211S9:5 212C9:5",
	       "false_empty:5 20-21 q1 w8");
}

Test(presence, what_does_not_count_as_waiting)
{
	struct support_analysis s;
	expect(0, 0, "10Q1:5! 20B1@3 21E1@3 30B2@1 40E2@1? 200B1@3 201E1@3 210S1:5 211C1:5", "");
	support_begin(&s);
	trace_header_add_queue(&s.header, 1)->unstealable = true;
	support_expect(&s, "10Q1@1:5 20B1@3 21E1@3 30B2@1 40E2@1? 200B1@3 201E1@3 210D1@1:5 211S1:5 212C1:5",
	               WSC_END_CLEAN, "");
	support_begin(&s);
	trace_header_add_queue(&s.header, 1)->deferred = true;
	support_expect(&s, "10Q1@1:5 20B1@3 21E1@3 30B2@1 40E2@1? 200B1@3 201E1@3 210D1@1:5 211S1:5 212C1:5",
	               WSC_END_CLEAN, "");
	/* A life that was reported proves nothing. */
	expect(0, 0, "5Q1:5 10Q1:5 20B1@3 21E1@3 30B2@1 40E2@1? 200B1@3 201E1@3 210S1:5 211C1:5",
	       "multiple_owners:5 5-10 q1 w1");
}

Test(presence, asleep)
{
	expect(0, 0, WAITS("30P2 131N2"), "idle_while_work:5 30-131 q1 w2");
	expect(0, 0, WAITS("30P2 130N2"), "");
	expect(0, 0, WAITS("30P2 60N2 61P2 170N2"), "idle_while_work:5 61-170 q1 w2");
	expect(0, 0, WAITS("30P2 60P2 170P2"), "idle_while_work:5 60-170 q1 w2");
	expect(0, 0, WAITS("30P2 60W1@2 170N2"), "");
	expect(0, 0, WAITS("30P2 60W1@3 170N2"), "idle_while_work:5 30-170 q1 w2");
	expect(0, 0, WAITS("30P2 140W1@2 150W1@2 170N2"), "idle_while_work:5 30-140 q1 w2");
	expect(0, 0, WAITS("30P2 60G2~70 190N2"), ""); /* it may have woken and slept again */
	expect(0, 0, "5P2 " WAITS("121N2"), "idle_while_work:5 5-121 q1 w2");
	expect(0, 0, "5P2 " WAITS("120N2"), "");
	/* A wake-up may have been sent in a gap: that far the park is known, and from a gap on it is not. */
	expect(0, 0, "1G4~4 5P2 " WAITS("121N2"), "idle_while_work:5 5-121 q1 w2");
	expect(0, 0, "1G4~4 4P2 " WAITS("121N2"), "");
	expect(0, 0, "5P2 120G4~121 130Q1:5 131B1@3 132E1@3 250B1@3 251E1@3 260S1:5 261C1:5 300N2", "");
	expect(0, 0, "5P2 " WAITS(""), "idle_while_work:5 5-211 q1 w2");
	expect(0, 0, WAITS("101P2"), "");
	expect(0, 0, WAITS("100P2"), "idle_while_work:5 100-211 q1 w2");
	expect(0, 0, "5N2 30N2 " WAITS("31P2 32N2"), "");
	expect(0, 0, WAITS("30P2 31P3 140N3 180N2"), "idle_while_work:5 31-140 q1 w3; idle_while_work:5 30-180 q1 w2");
	expect(0, 0, WAITS("30P0 60P2 70N2 170N0"), "idle_while_work:5 30-170 q1 w0"); /* another's waking */
	/* Not there for long enough. */
	expect(0, 0, "5P2 10Q1:5 20B1@3 21E1@3 120B1@3 121E1@3 130S1:5 131C1:5 300N2", "idle_while_work:5 5-300 q1 w2");
	expect(0, 0, "5P2 10Q1:5 20B1@3 21E1@3 110B1@3 120E1@3 130S1:5 131C1:5 300N2", "");
}

/*
 * A `wake` is stamped before its signal is sent, which comes before the waker's next stamp: a park that begins in between
 * is one into which the signal may come.
 */
Test(presence, asleep_while_a_signal_is_under_way)
{
	/* Worker 4 wakes worker 2, and goes on: certainly before the park, or not. */
	expect(0, 0, WAITS("30W4@2 39B4@3 40P2 170N2"), "idle_while_work:5 40-170 q1 w2");
	expect(0, 0, WAITS("30W4@2 40B4@3 40P2 170N2"), "");
	expect(0, 0, WAITS("30W4@2 40P2 41B4@3 170N2"), "");
	expect(0, 0, WAITS("30W4@2 40P2 170N2"), ""); /* it is not seen to go on at all */
	expect(0, 0, WAITS("30W4@2 40P2"), "");
	expect(0, 0, WAITS("30W4@2 39G4~39 40P2 170N2"), ""); /* nor by what was lost */
	expect(5, 0, WAITS("30W4@2 34B4@3 40P2 170N2"), "idle_while_work:5 40-170 q1 w2");
	expect(5, 0, WAITS("30W4@2 35B4@3 40P2 170N2"), "");
	/* What it does next may be of the lane, or another wake-up. */
	expect(0, 0, "30Q4:6 31S4:6 32C4:6 33Q4:7 34S4:7 35C4:7 36W4@2 39Q4:8 " WAITS("40P2 170N2 180S4:8 181C4:8"),
	       "idle_while_work:5 40-170 q1 w2");
	expect(0, 0, WAITS("30W4@2 39W4@3 40P2 170N2"), "idle_while_work:5 40-170 q1 w2");
	expect(0, 0, WAITS("30W4@3 39W4@2 40P2 170N2"), "");
	/* Each of several may be the one whose signal is late. */
	expect(0, 0, WAITS("30W4@2 31W6@2 39B4@3 39B6@3 40P2 170N2"), "idle_while_work:5 40-170 q1 w2");
	expect(0, 0, WAITS("30W4@2 31W6@2 39B4@3 40P2 170N2"), "");
	expect(0, 0, WAITS("30W4@2 31W6@2 39B6@3 40P2 170N2"), "");
	expect(0, 0, WAITS("30W4@2 31W6@2 39B4@3 40B6@3 40P2 170N2"), "");
	/* Stamps that ran backwards: the signal comes after the `wake` all the same. */
	expect(5, 0, WAITS("36W4@2 32B4@3 40P2 170N2"), "");
}

Test(presence, a_wake_is_over_once_the_worker_has_woken)
{
	expect(0, 0, WAITS("22P2 30W4@2 31N2 40P2 170N2"), "idle_while_work:5 40-170 q1 w2");
	expect(0, 0, WAITS("22P2 30W4@2 30N2 40P2 170N2"), "");
	expect(5, 0, WAITS("22P2 30W4@2 36N2 40P2 170N2"), "idle_while_work:5 40-170 q1 w2");
	expect(5, 0, WAITS("22P2 30W4@2 35N2 40P2 170N2"), "");
	expect(5, 0, WAITS("22P2 36W4@2 32W4@2 38N2 40P2 170N2"), ""); /* the latest of stamps that ran backwards */
	/* What was sent later is not, whoever is still to go on. */
	expect(0, 0, WAITS("22P2 30W4@2 31N2 32W6@2 40P2 170N2"), "");
	expect(0, 0, WAITS("22P2 30W4@2 31N2 32W6@2 39B6@3 40P2 170N2"), "");
	expect(0, 0, WAITS("22P2 30W4@2 31N2 32W6@2 38B6@3 39N2 40P2 170N2"), "idle_while_work:5 40-170 q1 w2");
}

/* Whose signal it was that woke it, nobody knows: of several wake-ups each may be the one that is still to come. */
Test(presence, a_worker_wakes_once_for_each_wake)
{
	expect(0, 0, WAITS("22P2 30W4@2 31W6@2 32B6@3 33N2 40P2 170N2"), "");
	expect(0, 0, WAITS("22P2 30W4@2 31W6@2 33N2 34P2 35N2 40P2 170N2"), "idle_while_work:5 40-170 q1 w2");
	expect(0, 0, WAITS("22P2 30W4@2 31W6@2 32B6@3 33N2 34B4@3 40P2 170N2"), "idle_while_work:5 40-170 q1 w2");
	/* Two that became one are none of the next, once all who sent them have gone on. */
	expect(0, 0, WAITS("22P2 24W4@2 25W6@2 26B4@3 27B6@3 28N2 29P2 31W4@2 32N2 40P2 170N2"),
	       "idle_while_work:5 40-170 q1 w2");
	expect(0, 0, WAITS("22P2 24W4@2 25W6@2 26B4@3 28N2 29P2 31W4@2 32N2 40P2 170N2"), "");
}

/* Of the woken worker nothing may have been seen before. */
Test(presence, a_wake_of_a_worker_that_is_still_to_come)
{
	expect(0, 0, WAITS("30W4@9 40P9 170N9"), "");
	expect(0, 0, WAITS("30W4@9 39B4@3 40P9 170N9"), "idle_while_work:5 40-170 q1 w9");
	expect(0, 0, WAITS("30W4@9 35N9 40P9 170N9"), "idle_while_work:5 40-170 q1 w9");
	expect(0, 0, WAITS("30W4@9 35W4@9 40P9 170N9"), "");
	expect(5, 0, WAITS("30W4@9 34B4@3 40P9 170N9"), "idle_while_work:5 40-170 q1 w9");
	expect(5, 0, WAITS("30W4@9 35B4@3 40P9 170N9"), "");
}

/* Parks and attempts beyond what is kept are settled without a witness, and those kept still find theirs. */
Test(presence, many_parks)
{
	struct support_analysis s;
	char word[64];
	support_begin(&s);
	s.options.idle_ns = 100;
	support_create(&s);
	support_feed(&s, "1Q1:5 2B1@3 3E1@3");
	for (unsigned i = 0; i < PRESENCE_PARKS_MAX + 44; i++) {
		snprintf(word, sizeof(word), "%uP2 %uN2", 1000 + 200 * i, 1000 + 200 * i + 101 + i % 2);
		support_feed(&s, word);
	}
	support_feed(&s, "90000B1@3 90001E1@3 90002S1:5 90003C1:5");
	support_finish(&s, WSC_END_CLEAN);
	cr_expect_eq(s.result->counts[WSC_VIOLATION_IDLE_WHILE_WORK], PRESENCE_PARKS_MAX);
	support_end(&s);
}

/* The very first stamps: a take that may have come at 0 leaves nothing to wait. */
Test(presence, at_the_beginning_of_time)
{
	struct support_analysis s;
	support_begin(&s);
	s.options.idle_ns = 0;
	support_expect(&s, "0P2 0Q1:5 0B1@3 0E1@3 0S1:5 4C1:5 5N2", WSC_END_CLEAN, "");
	support_begin(&s);
	s.options.idle_ns = 0;
	support_expect(&s, "0P2 0Q1:5 0B1@3 1E1@3 1S1:5 4C1:5 5N2", WSC_END_CLEAN, "idle_while_work:5 0-5 q1 w2");
	/* Nor where somebody was told meanwhile that there was nothing. */
	support_begin(&s);
	s.options.idle_ns = 0;
	support_expect(&s, "0P2 0Q1:5 0B1@3 0E1@3 0B4@1 2E4@1? 3S1:5 4C1:5 5N2", WSC_END_CLEAN, "");
}

/* What a park is in the way of: `parks` of worker 2, each so long, between two of 150 that nobody else is beside. */
static uint64_t reports_beside(unsigned parks, unsigned length)
{
	struct support_analysis s;
	char word[64];
	support_begin(&s);
	s.options.idle_ns = 100;
	support_create(&s);
	support_feed(&s, "1Q1:5 2B1@3 3E1@3 1000P2 1150N2");
	for (unsigned i = 1; i <= parks; i++) {
		snprintf(word, sizeof(word), "%uP2 %uN2", 1000 + 200 * i, 1000 + 200 * i + length);
		support_feed(&s, word);
	}
	support_feed(&s, "90000B1@3 90001E1@3 90002S1:5 90003C1:5");
	support_finish(&s, WSC_END_CLEAN);
	uint64_t reports = s.result->counts[WSC_VIOLATION_IDLE_WHILE_WORK];
	support_end(&s);
	return reports;
}

Test(presence, short_parks_take_no_room)
{
	cr_expect_eq(reports_beside(PRESENCE_PARKS_MAX, 50), 1);
	cr_expect_eq(reports_beside(PRESENCE_PARKS_MAX, 100), 1);
	cr_expect_eq(reports_beside(PRESENCE_PARKS_MAX - 1, 101), PRESENCE_PARKS_MAX);
}

/* What must make room is reported if it has its witness. */
Test(presence, a_park_that_makes_room_was_seen)
{
	struct support_analysis s;
	char word[64];
	support_begin(&s);
	s.options.idle_ns = 100;
	support_create(&s);
	support_feed(&s, "1Q1:5 2B1@3 3E1@3 1000P2 1150N2 1200B1@3 1201E1@3 1202S1:5 1203C1:5");
	for (unsigned i = 1; i <= PRESENCE_PARKS_MAX; i++) {
		snprintf(word, sizeof(word), "%uP2 %uN2", 2000 + 200 * i, 2000 + 200 * i + 101);
		support_feed(&s, word);
	}
	support_finish(&s, WSC_END_CLEAN);
	cr_expect_eq(s.result->counts[WSC_VIOLATION_IDLE_WHILE_WORK], 1);
	cr_expect_eq(s.result->wasted.idle, 150);
	support_end(&s);
}

static void expect_wasted(const char *history, uint64_t idle, uint64_t false_empty)
{
	struct support_analysis s;
	support_begin(&s);
	s.options.idle_ns = 100;
	support_run(&s, history, WSC_END_CLEAN);
	cr_expect_eq(s.result->wasted.idle, idle, "%s", history);
	cr_expect_eq(s.result->wasted.false_empty, false_empty, "%s", history);
	support_end(&s);
}

Test(presence, what_was_wasted)
{
	expect_wasted(WAITS("30P2 140N2"), 110, 0);
	expect_wasted(WAITS("30P2 40P3 140N2 150N3"), 220, 0);
	expect_wasted("5P2 " WAITS("40P3"), 342, 0); /* the task was there from 20 to 201 */
	expect_wasted(WAITS("30B2@1 40E2@1?"), 0, 10);
	expect_wasted(WAITS("30B2@1 40E2@1? 50B2@1 65E2@1?"), 0, 25);
	expect_wasted(WAITS("30B2@1 40E2@1? 41P2 141N2"), 0, 10);
	expect_wasted(WAITS("40B2@1 30E2@1?"), 0, 0); /* stamps that ran backwards */
	/* A park that seemed to be long until its clock ran backwards has no part in the next one. */
	expect_wasted(
	    WAITS("30P2") " 212W2@9 100N2 300P2 301Q1:6 302B1@3 303E1@3 600B1@3 601E1@3 610S1:6 611C1:6 700N2", 299, 0);
}

/* The last of the queues, too, where there is room for no more. */
static void queues_with_an_attempt_each(unsigned queues)
{
	struct support_analysis s;
	char word[128];
	support_begin(&s);
	support_create(&s);
	for (unsigned q = 1; q <= queues; q++) {
		unsigned t = q * 100;
		snprintf(word, sizeof(word), "%uQ%u:%u %uB%u@999 %uE%u@999 %uB500@%u %uE500@%u?", t, q, q, t + 1, q,
		         t + 2, q, t + 3, q, t + 4, q);
		support_feed(&s, word);
	}
	for (unsigned q = 1; q <= queues; q++) {
		snprintf(word, sizeof(word), "%uB%u@999 %uE%u@999 %uS%u:%u %uC%u:%u", 20000 + q * 10, q, 20001 + q * 10,
		         q, 20002 + q * 10, q, q, 20003 + q * 10, q, q);
		support_feed(&s, word);
	}
	support_finish(&s, WSC_END_CLEAN);
	cr_expect_eq(s.result->counts[WSC_VIOLATION_FALSE_EMPTY], queues, "of %u", queues);
	cr_expect_eq(s.result->violation_count, queues);
	support_end(&s);
}

Test(presence, many_queues)
{
	queues_with_an_attempt_each(15);
	queues_with_an_attempt_each(16);
	queues_with_an_attempt_each(17);
	queues_with_an_attempt_each(100);
}

/* As many workers as there is room for before it must grow. */
Test(presence, workers_up_to_the_room_there_is)
{
	struct support_analysis s;
	char word[64];
	support_begin(&s);
	s.options.idle_ns = 100;
	support_create(&s);
	support_feed(&s, "1Q1:5 2B1@3 3E1@3");
	for (unsigned w = 2; w <= 16; w++) {
		snprintf(word, sizeof(word), "%uP%u", w + 8, w);
		support_feed(&s, word);
	}
	support_feed(&s, "900B1@3 901E1@3 902S1:5 903C1:5");
	support_finish(&s, WSC_END_CLEAN);
	cr_expect_eq(s.result->counts[WSC_VIOLATION_IDLE_WHILE_WORK], 15);
	cr_expect_eq(s.result->parked_count, 15);
	support_end(&s);
}
