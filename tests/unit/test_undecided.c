/* SPDX-License-Identifier: MIT */
/* Of what nothing was concluded, and why: each reason on both sides of its boundary, each task by the reason that came first. */
#include "analysis_support.h"

static struct support_analysis run;

/* "gap 2, many_lives 1": the tasks by reason. Their sum is what is said of them all, and one reason is said as it is. */
static const char *counts(void)
{
	static char text[256];
	const char *clause = NULL;
	uint64_t sum = 0;
	text[0] = '\0';
	FILE *out = fmemopen(text, sizeof(text), "w");
	for (unsigned i = 0; i < WSC_UNDECIDED_REASON_COUNT; i++) {
		uint64_t count = run.result->undecided_by_reason[i];
		if (count > 0)
			fprintf(out, "%s%s %" PRIu64, sum > 0 ? ", " : "",
			        wsc_undecided_name((enum wsc_undecided_reason)i), count);
		if (count > 0)
			clause = sum == 0 ? wsc_undecided_clause((enum wsc_undecided_reason)i) : NULL;
		sum += count;
	}
	fclose(out);
	cr_expect_eq(run.result->undecided_tasks, sum);
	cr_expect_eq(run.result->undecided_reason != NULL, sum > 0);
	if (clause)
		cr_expect_str_eq(run.result->undecided_reason, clause);
	return text;
}

static void finish(enum wsc_end end, const char *expected)
{
	support_finish(&run, end);
	cr_expect_str_eq(counts(), expected, "%s, expected %s", counts(), expected);
	support_end(&run);
}

static void expect_to(enum wsc_end end, const char *history, const char *expected)
{
	support_begin(&run);
	run.header.uncertainty_ns = 5;
	support_create(&run);
	support_feed(&run, history);
	finish(end, expected);
}

static void expect(const char *history, const char *expected)
{
	expect_to(WSC_END_CLEAN, history, expected);
}

Test(undecided, what_a_gap_may_concern)
{
	/* Before it, and it goes on behind. */
	expect("10Q1:5 30G3~40 60S1:5 70C1:5", "gap 1");
	expect("46Q1:5 30G3~40 60S1:5 70C1:5", "");
	expect("10Q1:5 11S1:5 12C1:5 30G3~40", "");
	/* It may wait: more stale entries are dropped than there are courses kept. */
	expect("100Q1:5 110X9:5 120Q2:5 130X9:5 140Q3:5 150X9:5 160Q4:5 170X9:5 180Q5:5 190X9:5 200Q9:5 "
	       "210D5:5 220X5:5 230D4:5 240X4:5 250D3:5 260X3:5 270D2:5 280X2:5 290D1:5 300X1:5 310S9:5 320C9:5",
	       "many_orders 1");
	/* It may wait: what 1 cancels may be the entry that it took of the life before. */
	expect("10Q1:5 16X2:5 22Q2:5 30X1:5 40G3~50 60S2:5 70C2:5", "gap 1");
	expect("10Q1:5 16X2:5 30X1:5 40G3~50 60S2:5 70C2:5", "");
	/* At the end of the trace: what the gap may hide is decided by nothing, what came behind it is lost. */
	expect("30G3~40 45Q1:5", "gap 1");
	expect("30G3~40 46Q1:5", "");
	expect_to(WSC_END_CUT, "30G3~40 45Q1:5", "");
	/* Its record was let go of before. */
	expect("10Q1:5 11S1:5 12C1:5 30G3~40 60C1:5", "gap 1");
	/* Within a group of close stamps, and before one. */
	expect("10Q1:5 20G3~46 50S2:5 54S1:5", "gap 1");
	expect("10Q1:5 20G3~30 50S2:5 52X3:5 60C2:5", "gap 1");
	expect("20G3~30 50Q1:5 51T2@1:5 60S2:5 61C2:5", "");
	/* It may lie within the group, behind the first of its stamps. */
	expect("10S1:5 14S2:5 16G9~17", "gap 1");
	expect("10S1:5 10S2:5 10G9~10", "gap 1");
}

static void expect_late(uint64_t attached, const char *history, const char *expected)
{
	support_begin(&run);
	run.header.complete = false;
	struct trace_worker *late = trace_header_add_worker(&run.header, 9);
	late->has_attached = true;
	late->attached = attached;
	support_create(&run);
	support_feed(&run, history);
	finish(WSC_END_CLEAN, expected);
}

Test(undecided, what_a_worker_may_have_done_before_it_attached)
{
	expect_late(20, "20Q1:5 30S1:5 31C1:5", "late_worker 1");
	expect_late(20, "21Q1:5 30S1:5 31C1:5", "");
	expect_late(0, "20Q1:5 30S1:5 31C1:5", "");
	expect_late(20, "30C1:5", "late_worker 1");
	/* A gap that comes later is another reason. */
	expect_late(20, "20Q1:5 25G3~26 30S1:5 31C1:5", "late_worker 1");
	expect_late(20, "21Q1:5 25G3~26 30S1:5 31C1:5", "gap 1");
	expect_late(20, "21Q1:5 30S1:5 31C1:5 35G3~36 40C1:5", "gap 1");
}

/* With an uncertainty of 5. */
static void expect_of_window(const char *history, const char *expected)
{
	support_begin(&run);
	run.header.complete = false;
	run.header.uncertainty_ns = 5;
	support_create(&run);
	support_feed(&run, history);
	finish(WSC_END_CLEAN, expected);
}

Test(undecided, what_may_be_stamped_before_a_window)
{
	expect_of_window("10P2 14Q1:5 40N2", "late_worker 1");
	expect_of_window("10P2 15Q1:5 40N2", "");
	/* The first stamp counts, whoever's it is, and nothing is stamped before 0. */
	expect_of_window("1Q1:5 40P2", "late_worker 1");
	expect_of_window("0Q1:5 40P2", "");
	expect_of_window("10Q1:5 12S2:5 40P3", "late_worker 1");
	/* A gap is no first event, and nothing was seen of the task that could be blurred. */
	expect_of_window("0G3~1 10P2 14Q1:5 40N2", "late_worker 1");
	expect_of_window("10P2 40C1:5", "");
}

/* As many cancellations as are wanted, of `workers` by turns, on one task with one stamp. */
static void feed_crowd(unsigned events, unsigned workers, uint64_t ts, uint64_t task)
{
	char word[64];
	for (unsigned i = 0; i < events; i++) {
		snprintf(word, sizeof(word), "%" PRIu64 "X%u:%" PRIu64, ts, 1 + i % workers, task);
		support_feed(&run, word);
	}
}

static void crowd(unsigned events, unsigned workers, const char *after, const char *expected)
{
	support_begin(&run);
	support_create(&run);
	support_feed(&run, "1Q1:5");
	feed_crowd(events, workers, 10, 5);
	support_feed(&run, after);
	finish(WSC_END_CLEAN, expected);
}

static void crowd_behind(const char *before, const char *after, const char *expected)
{
	support_begin(&run);
	support_create(&run);
	support_feed(&run, before);
	feed_crowd(65, 2, 10, 5);
	support_feed(&run, after);
	finish(WSC_END_CLEAN, expected);
}

/* A task that is doubtful, and then a crowd of another's. */
static void crowd_behind_doubt(const char *after, const char *expected)
{
	support_begin(&run);
	run.header.uncertainty_ns = 10;
	run.header.complete = false;
	trace_header_add_queue(&run.header, 64);
	support_create(&run);
	support_feed(&run, "0P9 10Q1:6 30T2@1:6 50S1:6 51C1:6 53Q2@64:6");
	feed_crowd(65, 2, 200, 5);
	support_feed(&run, after);
	finish(WSC_END_CLEAN, expected);
}

Test(undecided, more_orders_than_are_tried)
{
	/* Events of a group. */
	crowd(64, 2, "", "");
	crowd(65, 2, "", "many_orders 1");
	/* States of the search. */
	crowd(12, 12, "", "");
	crowd(13, 13, "", "many_orders 1");
	/* What follows may be of the group, too. */
	crowd(100, 2, "10Q1:5 100S2:5 200C2:5", "many_orders 1");
	/* So may be what is close to it, of a task that is not known either. */
	crowd_behind_doubt("210C2:6", "many_orders 2");
	crowd_behind_doubt("211C2:6", "many_orders 1");
	/* It is not why, where a gap came first. */
	crowd_behind("1Q1:5 3G9~4", "", "gap 1");
	crowd_behind("1S1:6 2C1:6 3G9~4", "10C2:6", "gap 2");
}

/* Many events of worker 1, close to one or two before them, and another's behind, with an uncertainty of 10. */
static void crowd_of_one(const char *before, unsigned events, uint64_t ts, const char *after, const char *expected)
{
	support_begin(&run);
	run.header.uncertainty_ns = 10;
	support_create(&run);
	support_feed(&run, before);
	feed_crowd(events, 1, ts, 5);
	support_feed(&run, after);
	finish(WSC_END_CLEAN, expected);
}

Test(undecided, what_is_close_to_one_of_a_group)
{
	/* They are close to the second one alone, which is of their own worker. */
	crowd_of_one("100X2:5 101X1:5", 64, 111, "", "");
	crowd_of_one("100X2:5 101X1:5", 64, 110, "", "many_orders 1");
	/* The head's own: another's may have come before all of them, if only as a stamp ran backwards. */
	crowd_of_one("100X1:5", 63, 100, "111X1:5 112P2 105X2:5", "");
	crowd_of_one("100X1:5", 64, 100, "111X1:5 112P2 105X2:5", "many_orders 1");
}

#define FOUR(t)  t "0S1:5 " t "1S2:5 " t "2S3:5 " t "3S4:5 "
#define ENDED(t) t "5C1:5 " t "6C2:5 " t "7C3:5 " t "8C4:5 "

static void slots(const char *history, const char *expected)
{
	support_begin(&run);
	run.header.identity = WSC_IDENTITY_RECYCLED;
	run.header.discipline = WSC_DISCIPLINE_NONE;
	trace_header_add_queue(&run.header, 64);
	support_create(&run);
	support_feed(&run, history);
	finish(WSC_END_CLEAN, expected);
}

Test(undecided, more_lives_than_are_kept_apart)
{
	slots(FOUR("1") ENDED("1"), "");
	slots(FOUR("1") "14S5:5 " ENDED("1") "19C5:5", "many_lives 1");
	/* It counts once, however often. */
	slots(FOUR("1") "14S5:5 " ENDED("1") "19C5:5 " FOUR("2") "24S5:5 " ENDED("2") "29C5:5", "many_lives 1");
	/* It ends well, but more than is certain was legal on the way. */
	slots("7Q1@64:1 12Q1:1 13X1:1 14Q1@64:1 17Q1:1 18S0:1 19C0:1 28S0:1 38C0:1", "many_lives 1");
	/* In a group of equal stamps. */
	slots(FOUR("1") "14N5 14P5 14S5:5 14S6:5 15C5:5 15C6:5 " ENDED("1"), "many_orders 1");
}

/* More events too close to each other than the window holds. */
static void overrun(unsigned events, const char *before, const char *after, const char *expected)
{
	struct wsc_event event = {.ts = 2002, .worker = 9, .kind = WSC_EV_UNPARKED};
	support_begin(&run);
	run.header.uncertainty_ns = 1000;
	support_create(&run);
	support_feed(&run, before);
	for (unsigned i = 0; i < events; i++)
		cr_assert_eq(analysis_feed(run.analysis, &event, 1), WSC_OK);
	support_feed(&run, after);
	finish(WSC_END_CLEAN, expected);
}

Test(undecided, more_events_than_can_wait)
{
	const unsigned max = 1 << 20;
	const char *after = "2003Q1:5 2004S2:5 2005C2:5";
	overrun(max - 4, "2001T2@1:5", after, "");
	overrun(max - 3, "2001T2@1:5", after, "overrun 1");
	overrun(max, "2001T2@1:5", after, "overrun 1");
	/* What is as close behind may have come before. */
	overrun(max, "2001Q1:5", "2003S1:5 2004C1:5", "overrun 1");
	overrun(max, "2001Q1:5", "3003S1:5 3004C1:5", "");
}

/* The reason that came first is a task's, whatever befalls it later; tasks of several reasons are told apart. */
Test(undecided, the_first_reason_counts)
{
	support_begin(&run);
	support_create(&run);
	support_feed(&run, "1Q1:5 2Q1:6 3Q1:7");
	feed_crowd(65, 2, 10, 5);
	support_feed(&run, "20Q1:5 30G4~40 50S1:5 51C1:5 60S2:6 61C2:6 62S3:7 63C3:7");
	feed_crowd(65, 2, 70, 6);
	support_finish(&run, WSC_END_CLEAN);
	cr_expect_str_eq(counts(), "gap 2, many_orders 1", "%s", counts());
	cr_expect_str_eq(run.result->undecided_reason,
	                 "some of what concerns them was not seen, or more happened at once than can be told apart");
	support_end(&run);
}

/* The one clause for tasks of several reasons claims no more than holds for some, and covers them all. */
Test(undecided, one_clause_for_all)
{
	static const struct {
		enum wsc_identity identity;
		uint64_t attached;
		unsigned crowd;
		const char *history, *clause;
	} rows[] = {
	    {WSC_IDENTITY_UNIQUE, 40, 0, "40Q1:5 45Q1:6 50G4~55 60S1:5 61C1:5 62S2:6 63C2:6",
	     "some of what concerns them was not seen"},
	    {WSC_IDENTITY_RECYCLED, 0, 65, FOUR("2") "24S5:5 " ENDED("2") "29C5:5",
	     "more happened at once than can be told apart"},
	    {WSC_IDENTITY_UNIQUE, 40, 65, "40Q1:5 60S1:5 61C1:5 90Q1:7",
	     "some of what concerns them was not seen, or more happened at once than can be told apart"},
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		support_begin(&run);
		run.header.complete = rows[i].attached == 0;
		run.header.identity = rows[i].identity;
		struct trace_worker *late = trace_header_add_worker(&run.header, 9);
		late->has_attached = true;
		late->attached = rows[i].attached;
		support_create(&run);
		support_feed(&run, rows[i].history);
		feed_crowd(rows[i].crowd, 2, 100, 7);
		support_finish(&run, WSC_END_CLEAN);
		cr_expect_str_eq(run.result->undecided_reason, rows[i].clause, "%s", counts());
		support_end(&run);
	}
}

#define REUSED " 900Q1:6 920X1:6 940Q1:6 960S1:6 961C1:6"

static void expect_in_window(const char *history, const char *expected)
{
	char text[512];
	support_begin(&run);
	run.header.uncertainty_ns = 10;
	run.header.complete = false;
	snprintf(text, sizeof(text), "0P9 %s", history);
	support_create(&run);
	support_feed(&run, text);
	finish(WSC_END_CLEAN, expected);
}

/* Reports that are withheld: handles that have one, and none that stands in its place, nor another reason. */
Test(undecided, a_handle_that_is_used_again)
{
	expect_in_window("50Q1:5 80T2@3:5 100S1:5 110C1:5", "");
	expect_in_window("50Q1:5 80T2@3:5 100S1:5 110C1:5" REUSED, "reused_handle 1");
	expect_in_window("50Q1:5 80T2@3:5 100S1:5 110C1:5 130Q1:5 160T2@3:5 180S1:5 190C1:5" REUSED, "reused_handle 1");
	expect_in_window("50Q1:5 80T2@3:5 100S1:5 110C1:5 130Q1:7 160T2@3:7 180S1:7 190C1:7" REUSED, "reused_handle 2");
	/* One of its kind stands: of the life, or of one of two. */
	expect_in_window("50Q1:5 80T2@3:5 100Q2:5 120S2:5 130C2:5" REUSED, "");
	expect_in_window("50Q1:5 80T2@3:5 100Q2:5 120S2:5 130C2:5 150Q1:7 180T2@3:7 200S1:7 210C1:7" REUSED,
	                 "reused_handle 1");
}
