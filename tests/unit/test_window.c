/* SPDX-License-Identifier: MIT */
/* The window: when events are applied, and what becomes of groups that are too large to search. */
#include "analysis_support.h"
#include "engine.h"

static struct support_analysis run;

static const struct analysis_result *result_of(uint64_t uncertainty, const char *history)
{
	support_begin(&run);
	run.header.uncertainty_ns = uncertainty;
	support_run(&run, history, WSC_END_CLEAN);
	return run.result;
}

static void expect(uint64_t uncertainty, const char *history, const char *reports)
{
	support_begin(&run);
	run.header.uncertainty_ns = uncertainty;
	support_expect(&run, history, WSC_END_CLEAN, reports);
}

/* A steal that is stamped before its push by at most the uncertainty may have come after it. */
Test(window, groups_end_where_stamps_are_far_enough_apart)
{
	expect(5, "10T2@1:5 15Q1:5 30S2:5 40C2:5", "");
	expect(4, "10T2@1:5 15Q1:5 30S2:5 40C2:5", "protocol_violation:5 10-10 w2");
	expect(0, "10T2@1:5 10Q1:5 30S2:5 40C2:5", "");
	/* A chain: each event close to the next one. */
	expect(5, "10T2@1:5 14Q1:5 18S2:5 20C2:5 24T3@1:5 26Q1:5 30S3:5 40C3:5", "");
	expect(3, "10T2@1:5 14Q1:5 18S2:5 20C2:5 24T3@1:5 26Q1:5 30S3:5 40C3:5", "protocol_violation:5 10-10 w2");
	/* What lies between close stamps of a group belongs to it. */
	expect(5, "10T2@1:5 12T3@2:5 13Q2:5 15Q1:5 30S3:5 40C3:5", "");
	expect(5, "10T2@1:5 15Q1:5 16S2:5 20C2:5 21Q2:5 22S2:5 23C2:5", "");
}

/* As many events as are wanted, of `workers` by turns, on one task with one stamp. */
static void feed_crowd(unsigned events, unsigned workers, uint64_t ts)
{
	char word[64];
	for (unsigned i = 0; i < events; i++) {
		snprintf(word, sizeof(word), "%" PRIu64 "X%u:5", ts, 1 + i % workers);
		support_feed(&run, word);
	}
}

static void crowd(unsigned events, unsigned workers, unsigned reasons, uint64_t undecided)
{
	support_begin(&run);
	support_create(&run);
	support_feed(&run, "1Q1:5");
	feed_crowd(events, workers, 10);
	support_feed(&run, "20Q1:6 21S1:6 22C1:6");
	support_finish(&run, WSC_END_CLEAN);
	cr_expect_eq(run.result->reasons, reasons, "%u events: %u", events, run.result->reasons);
	cr_expect_eq(run.result->undecided_tasks, undecided, "%u events", events);
	cr_expect_eq(run.result->violation_count, 0);
	support_end(&run);
}

Test(window, large_groups_are_said_to_be_ambiguous)
{
	crowd(2, 2, 0, 0);
	crowd(64, 2, 0, 0);
	crowd(65, 2, ANALYSIS_REASON_AMBIGUOUS, 1);
	crowd(66, 2, ANALYSIS_REASON_AMBIGUOUS, 1);
	crowd(200, 2, ANALYSIS_REASON_AMBIGUOUS, 1);
	crowd(200, 1, 0, 0); /* a worker's own are in order */
	/* 2^n states of the search: more than there is room for. */
	crowd(11, 11, 0, 0);
	crowd(12, 12, 0, 0);
	crowd(13, 13, ANALYSIS_REASON_AMBIGUOUS, 1);
	crowd(20, 20, ANALYSIS_REASON_AMBIGUOUS, 1);
}

/* One task is undecided for its crowd of stamps, another for a gap: what is said of both is true of each. */
Test(window, several_reasons_are_said)
{
	support_begin(&run);
	support_create(&run);
	support_feed(&run, "1Q1:5");
	feed_crowd(65, 2, 10);
	support_feed(&run, "20Q1:6 21G4~22 30S2:6 31C2:6");
	support_finish(&run, WSC_END_CLEAN);
	cr_expect_eq(run.result->undecided_tasks, 2);
	cr_expect_str_eq(run.result->undecided_reason,
	                 "some of what concerns them was not seen, or more happened at once than can be told apart");
	support_end(&run);
}

/* What is certainly after a group is no part of it, however much it is, though it is close to the group's last event. */
Test(window, a_group_is_as_large_as_what_belongs_to_it)
{
	support_begin(&run);
	run.header.uncertainty_ns = 10;
	support_create(&run);
	support_feed(&run, "100X1:5 105X2:5 109X1:5");
	for (unsigned i = 0; i < 70; i++)
		support_feed(&run, "116X1:5");
	support_feed(&run, "300P3");
	support_finish(&run, WSC_END_CLEAN);
	cr_expect_eq(run.result->reasons, 0);
	support_end(&run);
}

/* As many events of one worker as are wanted, and then another's that may come before them all. */
static void crowd_of_one(unsigned events, unsigned reasons)
{
	char word[64];
	support_begin(&run);
	run.header.uncertainty_ns = 1000;
	support_create(&run);
	for (unsigned i = 0; i < events; i++) {
		snprintf(word, sizeof(word), "%uX1:5", 5000 + i);
		support_feed(&run, word);
	}
	support_feed(&run, "5500X2:5 9000P1");
	support_finish(&run, WSC_END_CLEAN);
	cr_expect_eq(run.result->reasons, reasons, "%u events", events);
	cr_expect_eq(run.result->violation_count, 0);
	support_end(&run);
}

Test(window, a_group_counts_what_lies_between)
{
	crowd_of_one(1, 0);
	crowd_of_one(63, 0);
	crowd_of_one(64, ANALYSIS_REASON_AMBIGUOUS);
	crowd_of_one(70, ANALYSIS_REASON_AMBIGUOUS);
	crowd_of_one(300, ANALYSIS_REASON_AMBIGUOUS);
}

/*
 * Two orders lead to the same state, and differ in which push which take was of: nothing is concluded from these stays.
 * Worker 2 pushes 6 and then 5, to a queue to which worker 4 pushes 5, too; the thief takes 5, 6, 5.
 */
Test(window, stays_that_differ_bind_nothing)
{
	static const char *const fours[] = {"101Q4@9:5 ", ""};
	for (int i = 0; i < 2; i++) {
		char text[512];
		support_begin(&run);
		run.header.uncertainty_ns = 20;
		trace_header_add_queue(&run.header, 9)->has_discipline = true;
		run.header.queues[0].discipline = WSC_DISCIPLINE_FIFO;
		snprintf(text, sizeof(text),
		         "50Q2@9:6 100Q2@9:5 %s102B3@9 103T3@9:5 103S3:5 103C3:5 104B3@9 105T3@9:6 106B3@9 %s"
		         "320S3:6 330C3:6",
		         fours[i], i == 0 ? "107T3@9:5 300S3:5 310C3:5 " : "107E3@9 ");
		support_expect(&run, text, WSC_END_CLEAN, i == 0 ? "" : "ordering_violation:5/6 103-105 q9 w3");
	}
}

/* After a group that could not be searched, the next life is judged as ever. */
Test(window, what_comes_after_a_large_group)
{
	support_begin(&run);
	support_create(&run);
	support_feed(&run, "1Q1:5");
	feed_crowd(100, 2, 10);
	support_feed(&run, "20Q1:5 30S1:5 40S2:5 50C1:5 60C2:5");
	support_finish(&run, WSC_END_CLEAN);
	cr_expect_str_eq(support_reports(&run), "double_execution:5 20-40 q1 w1,2", "%s", run.text);
	cr_expect_eq(run.result->undecided_tasks, 1);
	support_end(&run);
}

/* Many tasks of which each needs a search: the memory of one must not be seen by the next. */
Test(window, many_searches)
{
	char word[128];
	support_begin(&run);
	run.header.uncertainty_ns = 3;
	support_create(&run);
	for (unsigned i = 1; i <= 3000; i++) {
		unsigned t = i * 20;
		snprintf(word, sizeof(word), "%uT2@1:%u %uQ1:%u %uS2:%u %uC2:%u", t, i, t + 2, i, t + 8, i, t + 9, i);
		support_feed(&run, word);
	}
	support_finish(&run, WSC_END_CLEAN);
	cr_expect_eq(run.result->verdict, ANALYSIS_PASS);
	cr_expect_eq(run.result->lives, 3000);
	cr_expect_eq(run.result->stolen_tasks, 3000);
	support_end(&run);
}

/* A window that grows, round its end and far: nothing is lost or seen twice. */
static void grow_window(unsigned tasks)
{
	char word[64];
	support_begin(&run);
	run.header.uncertainty_ns = 1000000;
	support_create(&run);
	for (unsigned i = 1; i <= tasks; i++) {
		snprintf(word, sizeof(word), "%uQ1:%u", i, i);
		support_feed(&run, word);
	}
	support_feed(&run, "2000000P1 2000001N1 4000000P1 4000001N1");
	for (unsigned i = 1; i <= tasks; i++) {
		snprintf(word, sizeof(word), "%uS1:%u %uC1:%u", 4000001 + 2 * i, tasks + 1 - i, 4000002 + 2 * i,
		         tasks + 1 - i);
		support_feed(&run, word);
	}
	support_finish(&run, WSC_END_CLEAN);
	cr_expect_eq(run.result->verdict, ANALYSIS_PASS);
	cr_expect_eq(run.result->lives, tasks);
	cr_expect_eq(run.result->exec.count, tasks);
	support_end(&run);
}

Test(window, grows)
{
	grow_window(10);
	grow_window(255);
	grow_window(256);
	grow_window(257);
	grow_window(3000);
}

/* When events are applied makes no difference; that they are, before the end, keeps memory bounded. */
Test(window, events_leave_it_before_the_end)
{
	char word[96];
	support_begin(&run);
	run.header.uncertainty_ns = 10;
	support_create(&run);
	for (unsigned i = 1; i <= 1000; i++) {
		snprintf(word, sizeof(word), "%uS1:%u %uS2:%u %uC1:%u %uC2:%u", i * 100, i, i * 100 + 1, i,
		         i * 100 + 50, i, i * 100 + 51, i);
		support_feed(&run, word);
	}
	/* The first thousand reports come first: later ones are counted. */
	support_finish(&run, WSC_END_CLEAN);
	cr_expect_eq(run.result->counts[WSC_VIOLATION_DOUBLE_EXECUTION], 1000);
	for (size_t i = 0; i < run.result->violation_count; i++)
		cr_expect_eq(run.result->violations[i].ts, (i + 1) * 100 + 1);
	support_end(&run);
}

/* A legal order that is not that of the stamps is what the rest of the analysis sees. */
Test(window, follows_the_order_that_it_found)
{
	const struct analysis_result *r = result_of(5, "10T2@1:5 12S2:5 14Q1:5 40C2:5");
	cr_expect_eq(r->verdict, ANALYSIS_PASS);
	cr_expect_eq(r->lives, 1);
	cr_expect_eq(r->queue_wait.count, 0); /* it was taken before it was queued, by the stamps */
	cr_expect(r->queues[0].pushes == 1 && r->queues[0].steals == 1);
	cr_expect(r->exec.count == 1 && r->exec.min == 28);
	cr_expect(r->queued_to_done.count == 1 && r->queued_to_done.min == 26);
	support_end(&run);
	r = result_of(5, "10T2@1:5 12T3@2:6 13Q2:6 14Q1:5 16S3:6 17S2:5 40C2:5 41C3:6");
	cr_expect_eq(r->verdict, ANALYSIS_PASS);
	cr_expect(r->lives == 2 && r->exec.count == 2);
	support_end(&run);
}

static void expect_polled(const char *history, const char *reports)
{
	support_begin(&run);
	run.header.identity = WSC_IDENTITY_POLLED;
	run.header.uncertainty_ns = 5;
	support_expect(&run, history, WSC_END_CLEAN, reports);
}

/* Where several orders are legal, all that they lead to is kept in mind until something tells which it was. */
Test(window, keeps_what_several_orders_lead_to)
{
	static const char *const groups[] = {"10Q1:5 20S1:5 30Q2:5 31X1:5 50C1:5",
	                                     "10Q1:5 20S1:5 30X1:5 31Q2:5 50C1:5"};
	char text[256];
	for (size_t i = 0; i < 2; i++) {
		expect_polled(groups[i], "");
		snprintf(text, sizeof(text), "%s 60S2:5 70C2:5", groups[i]);
		expect_polled(text, "");
		snprintf(text, sizeof(text), "%s 60S2:5 70C2:5 80S3:5 90C3:5", groups[i]);
		expect_polled(text, i == 0 ? "double_execution:5 30-80 q2 w2,3" : "double_execution:5 31-80 q2 w2,3");
		snprintf(text, sizeof(text), "%s 60Q1:5 70S1:5 80C1:5", groups[i]);
		expect_polled(text, "");
	}
	/* Whether it was queued while it ran or later, its stay is the same, and ends in the same take. */
	support_begin(&run);
	run.header.identity = WSC_IDENTITY_POLLED;
	run.header.uncertainty_ns = 5;
	support_run(&run, "10Q1:5 20S1:5 30Q2:5 31C1:5 60S2:5 70C2:5", WSC_END_CLEAN);
	cr_expect_eq(run.result->queue_wait.count, 2);
	support_end(&run);
	/* A group that is searched from more than one state. */
	expect_polled("10Q1:5 20S1:5 30Q2:5 40X1:5 50C1:5 52S2:5 60C2:5", "");
	expect_polled("10Q1:5 20S1:5 30Q2:5 40X1:5 50S2:5 52C1:5 60C2:5", "");
	expect_polled("10Q1:5 20S1:5 30Q2:5 40X1:5 50C1:5 52Q3:5 60S3:5 70C3:5", "");
	expect_polled("10Q1:5 20S1:5 30Q2:5 40X1:5 50C1:5 52S3:5 60C3:5", "double_execution:5 30-52 q2 w1,3");
}

/* What follows at the very edge of the uncertainty, behind an event of the same worker, is seen. */
Test(window, groups_reach_over_a_workers_own)
{
	expect(5, "10Q1:5 15Q1:5 15X2:5 30S1:5 40C1:5", "");
	expect(4, "10Q1:5 15Q1:5 15X2:5 30S1:5 40C1:5", "");
	expect(0, "10Q1:5 15Q1:5 16X2:5 30S1:5 40C1:5",
	       "multiple_owners:5 10-15 q1 w1; exec_after_cancel:5 10-30 q1 w2,1");
}

/* A group waits until nothing that is still to come can belong to it. */
Test(window, groups_grow_while_they_may)
{
	char word[64];
	support_begin(&run);
	run.header.uncertainty_ns = 1000;
	support_create(&run);
	support_feed(&run, "10T2@1:5 900Q1:5 910T3@2:5");
	for (unsigned i = 0; i < 200; i++) {
		snprintf(word, sizeof(word), "%uN9", 1100 + i);
		support_feed(&run, word);
	}
	support_feed(&run, "1800Q2:5 3000S3:5 3100C3:5");
	support_finish(&run, WSC_END_CLEAN);
	cr_expect_str_eq(support_reports(&run), "", "%s", run.text);
	support_end(&run);
}

/* A gap within a group leaves nothing to conclude of it; one before it only of what came before. */
Test(window, gaps_and_groups)
{
	const struct analysis_result *r = result_of(5, "10T2@1:5 12G3~13 15Q1:5 30S2:5 40C2:5");
	cr_expect(r->violation_count == 0 && r->reasons == ANALYSIS_REASON_LOSSY);
	support_end(&run);
	r = result_of(5, "10S1:5 12G3~13 14S2:5 30P1");
	cr_expect(r->violation_count == 0 && r->undecided_tasks == 1);
	support_end(&run);
	r = result_of(5, "10Q1:5 20G3~30 50T2@1:5 52S2:5 60C2:5");
	cr_expect(r->violation_count == 0 && r->undecided_tasks == 1);
	support_end(&run);
	r = result_of(5, "1G3~2 10S1:5 12S2:5 20C1:5 21C2:5");
	cr_expect(r->violation_count == 1 && r->undecided_tasks == 0);
	support_end(&run);
	r = result_of(5, "10S1:5 12S2:5 20C1:5 21C2:5 30G3~31");
	cr_expect(r->violation_count == 1);
	support_end(&run);
}

/* What is no further from the group than the uncertainty belongs to it, if an event after it does. */
Test(window, a_group_reaches_as_far_as_the_uncertainty)
{
	struct support_analysis s;
	support_begin(&s);
	s.header.uncertainty_ns = 10;
	support_expect(&s, "100T1@2:5 110S1:5 110Q2:5 500C1:5", WSC_END_CLEAN, "");
	support_begin(&s);
	s.header.uncertainty_ns = 10;
	support_expect(&s, "100T1@2:5 95S1:5 100Q2:5 500C1:5", WSC_END_CLEAN, ""); /* a stamp that runs backwards */
}

/* Of a group with more events than a search can hold nothing is concluded, up to its very end. */
Test(window, all_of_a_large_group_is_unknown)
{
	struct support_analysis s;
	char word[64];
	support_begin(&s);
	s.header.uncertainty_ns = 1000;
	support_create(&s);
	for (unsigned i = 0; i < 64; i++) {
		snprintf(word, sizeof(word), "%uX%u:5", 5000 + i, 1 + i % 2);
		support_feed(&s, word);
	}
	support_feed(&s, "5100S1:5 5101S2:5 9000P3");
	support_finish(&s, WSC_END_CUT);
	cr_expect_str_eq(support_reports(&s), "");
	support_end(&s);
}

/* What was doubtful of the task before ends there, too: worker 3 runs it beside worker 2. */
Test(window, a_large_group_ends_a_doubt)
{
	struct support_analysis s;
	char word[64];
	support_begin(&s);
	s.header.uncertainty_ns = 10;
	s.header.absent = 1U << WSC_EV_STEAL_START | 1U << WSC_EV_STEAL_SUCCESS | 1U << WSC_EV_STEAL_FAILURE;
	trace_header_add_queue(&s.header, 64)->has_discipline = true;
	s.header.queues[0].discipline = WSC_DISCIPLINE_NONE;
	support_create(&s);
	support_feed(&s, "10Q1:1 50D1@64:1 50X2:1 53X1:1");
	for (unsigned i = 0; i < 65; i++) {
		snprintf(word, sizeof(word), "200X%u:1", 2 + i % 2);
		support_feed(&s, word);
	}
	support_feed(&s, "300S2:1 320S3:1");
	support_finish(&s, WSC_END_CUT);
	cr_expect_str_eq(support_reports(&s), "double_execution:1 300-320 w2,3");
	support_end(&s);
}

/* ... and from what is as close as the uncertainty to its end: worker 1's later push may be the one that worker 2 took. */
Test(window, what_touches_a_large_group_is_unknown)
{
	static const char *const pushes[][2] = {{"6000Q1:5", ""}, {"6001Q1:5", "multiple_owners:5 6001-9000 q1 w1"}};
	struct support_analysis s;
	char word[64];
	for (size_t i = 0; i < sizeof(pushes) / sizeof(*pushes); i++) {
		support_begin(&s);
		s.header.uncertainty_ns = 1000;
		s.options.stepwise = true;
		support_create(&s);
		for (unsigned n = 0; n < 61; n++) {
			snprintf(word, sizeof(word), "4990X%u:5", 1 + n % 2);
			support_feed(&s, word);
		}
		support_feed(&s, "5000T2@1:5 5000S2:5 5000C2:5 5005X1:5 5995P3"); /* now the group is decided */
		support_feed(&s, pushes[i][0]);
		support_feed(&s, "9000Q1:5 9001S1:5 9002C1:5");
		support_finish(&s, WSC_END_CLEAN);
		cr_expect_str_eq(support_reports(&s), pushes[i][1]);
		cr_expect_eq(s.result->reasons, ANALYSIS_REASON_AMBIGUOUS);
		support_end(&s);
	}
}

/* More events too close to order than it holds: nothing is concluded from what is as close, and memory is bounded. */
static void overrun_in(bool no_lane, unsigned events, const char *before, const char *after, bool undecided,
                       const char *reports)
{
	struct support_analysis s;
	struct wsc_event event = {.ts = 2002, .worker = 9, .kind = WSC_EV_UNPARKED};
	support_begin(&s);
	s.header.uncertainty_ns = 1000;
	s.options.no_lane = no_lane;
	support_create(&s);
	support_feed(&s, before);
	for (unsigned i = 0; i < events; i++)
		cr_assert_eq(analysis_feed(s.analysis, &event, 1), WSC_OK);
	support_feed(&s, after);
	cr_expect_leq(s.analysis->window.mask, (1U << 20) - 1);
	support_finish(&s, WSC_END_CLEAN);
	cr_expect_str_eq(support_reports(&s), reports, "%u: %s", events, s.text);
	cr_expect_eq(s.result->undecided_tasks > 0, undecided, "%u", events);
	support_end(&s);
}

static void overrun(unsigned events, const char *before, const char *after, bool undecided, const char *reports)
{
	overrun_in(false, events, before, after, undecided, reports);
}

Test(window, too_many_close_events)
{
	const unsigned max = 1 << 20;
	const char *before = "2001T2@1:5", *after = "2003Q1:5 2004S2:5 2005C2:5";
	overrun(max - 4, before, after, false, "");
	overrun(max - 3, before, after, true, "");
	overrun(max, before, after, true, "");
	overrun(2 * max, before, after, true, "");
	overrun(max, before, "2003Q1:5 2004S2:5 2005C2:5 5000Q1:6 5001S1:6 5002C1:6 9000S2:6 9001C2:6", true,
	        "double_execution:6 5000-9000 q1 w1,2");
	/* An event that none can come before tells what begins with it. */
	overrun(max, before, "2003S1:6 9000S2:6 19000C1:6 29000C2:6", true, "double_execution:6 2003-9000 w1,2");
	/* What comes as close behind may have come before. */
	overrun(max, "2001T2@1:5", "2990Q1:5 9000S2:5 9001C2:5", true, "");
	overrun(max, "2001T2@1:5 2001S2:5", "2990Q1:5 9000C2:5", true, "");
	overrun(max, "1500S2:5", "2500Q1:5 9000S3:5 9001C3:5", true, "");
	overrun(max, "1500S2:5", "2501Q1:5 9000S3:5 9001C3:5", true, "multiple_owners:5 2501-9000 q1 w1,3");
	overrun(max, "2002T2@1:5", "3002Q1:5 9000S2:5 9001C2:5", true, "");
	overrun(max, "2002T2@1:5", "3003Q1:5 9000S2:5 9001C2:5", true, "multiple_owners:5 3003-9000 q1 w1,2");
	overrun(max, "2001T2@1:5 2001S2:5 2002C2:5", "2990Q1:5 9000Q1:5 9005S1:5 9006C1:5", true, "");
	/* A life of one worker is no better known. */
	overrun_in(true, max, "2001Q1:5", "2003S1:5 2004C1:5", true, "");
	overrun_in(false, max, "2001Q1:5", "2003S1:5 2004C1:5", true, "");
	/* What is as close as the uncertainty is too close. */
	overrun(max, "2001Q1:5", "3002S2:5 9000C2:5", true, "");
	overrun(max, "2001Q1:5", "3003S2:5 9000C2:5", false, "multiple_owners:5 2001-3003 q1 w1,2");
}

/* How many entries have left the window by `now`. */
static uint64_t passed(uint64_t uncertainty, const char *history, uint64_t now)
{
	struct support_analysis s;
	support_begin(&s);
	s.header.uncertainty_ns = uncertainty;
	support_create(&s);
	support_feed(&s, history);
	window_advance(s.analysis, now);
	uint64_t head = s.analysis->window.head;
	support_end(&s);
	return head;
}

/* An entry waits while what is still to come may be too close to it, and its group with it. */
Test(window, how_long_an_entry_waits)
{
	cr_expect_eq(passed(10, "100Q1:5", 50), 0);
	cr_expect_eq(passed(10, "100Q1:5", 100), 0);
	cr_expect_eq(passed(10, "100Q1:5", 110), 0);
	cr_expect_eq(passed(10, "100Q1:5", 111), 1);
	cr_expect_eq(passed(0, "100Q1:5", 100), 0);
	cr_expect_eq(passed(0, "100Q1:5", 101), 1);
	cr_expect_eq(passed(10, "0Q1:5", 10), 0);
	cr_expect_eq(passed(10, "0Q1:5", 11), 1);
	cr_expect_eq(passed(10, "100Q1:5", WINDOW_END), 1);
	cr_expect_eq(passed(10, "100P1 105P1 120P1", 116), 2);
	cr_expect_eq(passed(10, "100Q1:5 105T2@1:5", 111), 0, "its group may still grow");
	cr_expect_eq(passed(10, "100Q1:5 105T2@1:5", 115), 0);
	cr_expect_eq(passed(10, "100Q1:5 105T2@1:5", 116), 2);
}

/* What waits for its group to grow no more leaves as soon as that is so. */
Test(window, how_long_a_group_waits)
{
	support_begin(&run);
	run.header.uncertainty_ns = 10;
	support_create(&run);
	support_feed(&run, "100Q1:5 105T2@1:5");
	for (uint64_t now = 111; now <= 116; now++) {
		window_advance(run.analysis, now);
		cr_expect_eq(run.analysis->window.head, now < 116 ? 0 : 2, "%" PRIu64, now);
	}
	support_end(&run);
}

/* --- What becomes of the stays of a group. --- */

static uint64_t waiting(const struct analysis *a)
{
	uint64_t sum = 0;
	for (size_t i = 0; i < a->queue_capacity; i++)
		sum += a->by_queue[i].waiting;
	return sum;
}

/* How many stays are measured, from push to take, and how many tasks seem to wait after it all. */
static void expect_stays(enum wsc_identity identity, const char *history, uint64_t measured, uint64_t wait)
{
	support_begin(&run);
	run.header.identity = identity;
	run.header.uncertainty_ns = 5;
	support_create(&run);
	support_feed(&run, history);
	window_advance(run.analysis, WINDOW_END);
	cr_expect_eq(waiting(run.analysis), wait, "%s: %" PRIu64 " wait", history, waiting(run.analysis));
	support_finish(&run, WSC_END_CUT);
	cr_expect_eq(run.result->queue_wait.count, measured, "%s: %" PRIu64, history, run.result->queue_wait.count);
	cr_expect_eq(run.result->violation_count, 0, "%s: %s", history, support_reports(&run));
	support_end(&run);
}

Test(window, a_stay_binds_where_all_orders_agree_on_it)
{
	const enum wsc_identity unique = WSC_IDENTITY_UNIQUE, polled = WSC_IDENTITY_POLLED;
	expect_stays(unique, "10Q1:5 20X2:5 21X3:5", 0, 0); /* whichever it is that cancels it */
	expect_stays(unique, "10X2:5 11Q1:5 12Q1:5 30S1:5", 1,
	             0);                                      /* the first push was cancelled, though stamped later */
	expect_stays(unique, "10Q1:5 20T3@1:5 21X2:5", 0, 0); /* taken or cancelled */
	expect_stays(unique, "10Q1:5 11X2:5", 0, 0);          /* cancelled, or queued after that */
	expect_stays(polled, "10Q1:5 20S1:5 30Q2:5 40C1:5 41T3@2:5 50S3:5", 2, 0);
	expect_stays(unique, "10T2@1:5 12Q1:5 30S2:5", 0, 0); /* taken, by the stamps before it was pushed */
}

/* A slot that is queued again while it waited: that stay is over, and binds when its take is stamped. */
Test(window, stays_of_a_slot_that_owes_a_take)
{
	const enum wsc_identity recycled = WSC_IDENTITY_RECYCLED;
	expect_stays(recycled, "10Q1:5 20Q1:5", 0, 1);
	expect_stays(recycled, "1S3:5 10Q1:5 20Q1:5 21C3:5", 0, 1);
	expect_stays(recycled, "10Q1:5 20Q2:5 21Q3:5", 0, 1);
	expect_stays(recycled, "10Q1:5 20Q2:5 21T3@1:5 50S2:5", 2, 0);
	expect_stays(recycled, "10Q1:5 20T3@1:5 21Q2:5 50S2:5", 2, 0);
	/* Used again twice in one group: what a take ends goes by the worker that queued next and its place in a program. */
	expect_stays(recycled, "10Q0:2 13S1:2 14Q1:2 16D1:2 18S0:2", 1, 0);
}

/* What is owed in one state alone is not among the task's: its take ends no other stay, or more orders would differ than do. */
Test(window, a_take_of_what_is_owed_ends_no_other_stay)
{
	support_begin(&run);
	run.header.identity = WSC_IDENTITY_RECYCLED;
	run.header.uncertainty_ns = 3;
	support_run(
	    &run,
	    "15C1:1 17T1@0:1 21Q0:1 25S1:1 29Q1:1 30Q2:1 33D0:1 33S0:1 34S1:1 34Q1:1 35C0:1 35S2:1 38C2:1 41S0:1 "
	    "43Q3:1 46C1:1",
	    WSC_END_CUT);
	cr_expect_eq(run.result->undecided_tasks, 0);
	support_end(&run);
}

/*
 * Of five lives of a slot the takes are still to be stamped. Then two workers run it, in this order or that: what is owed in
 * one of the two alone is not owed, and the end reports nothing.
 */
Test(window, orders_that_are_joined_owe_what_both_owe)
{
	static const char *const starts[] = {"200S2:5 204S3:5", "200S2:5 220S3:5"};
	for (int i = 0; i < 2; i++) {
		char text[256];
		support_begin(&run);
		run.header.identity = WSC_IDENTITY_RECYCLED;
		run.header.uncertainty_ns = 5;
		snprintf(text, sizeof(text), "10Q1:5 20Q1:5 30Q1:5 40Q1:5 50Q1:5 100T3@1:5 %s 300C2:5 310C3:5",
		         starts[i]);
		support_run(&run, text, WSC_END_CLEAN);
		cr_expect_str_eq(support_reports(&run), "", "%s: %s", text, run.text);
		cr_expect_eq(run.result->verdict, ANALYSIS_INCONCLUSIVE);
		cr_expect_eq(run.result->undecided_tasks, 1);
		support_end(&run);
	}
}

/* A thief that seems to come before the push of what was cancelled: it takes nothing, and is judged by what it takes. */
Test(window, a_cancellation_before_its_push_is_no_take)
{
	expect(5,
	       "10X2:5 11Q1:5 12Q1:5 30S1:5 31C1:5 50Q1:6 51Q1:7 60P1 70B2@1 80T2@1:7 81S2:7 82C2:7 90B2@1 100T2@1:6 "
	       "101S2:6 102C2:6",
	       "ordering_violation:7/6 80-100 q1 w2");
}

Test(window, a_failed_push_of_a_group_counts_as_none)
{
	support_begin(&run);
	run.header.identity = WSC_IDENTITY_POLLED;
	run.header.uncertainty_ns = 5;
	support_run(&run, "10Q1:5 20S1:5 30Q2:5 40F2:5 41C1:5", WSC_END_CLEAN);
	cr_expect_eq(run.result->verdict, ANALYSIS_PASS);
	cr_expect(run.result->queues[0].pushes == 1 && run.result->queues[1].pushes == 0);
	support_end(&run);
	/* What is cancelled was pushed. */
	const struct analysis_result *r = result_of(5, "10Q1:5 20X2:5 21X3:5");
	cr_expect_eq(r->queues[0].pushes, 1);
	support_end(&run);
}

/* The thief of a group took the entry that a cancelled life left: the run that follows tells that it was no theft. */
Test(window, follows_the_outcome_that_it_found)
{
	const struct analysis_result *r = result_of(5, "10Q1:5 11X1:5 12Q1:5 20T2@1:5 21S1:5 30C1:5");
	cr_expect_eq(r->verdict, ANALYSIS_PASS);
	cr_expect_eq(r->steals_per_life.lives[0], 0);
	support_end(&run);
}

/* What was reported of a life goes for its stays in a group, too: they convict nobody. */
Test(window, a_reported_life_of_a_group_binds_nothing)
{
	static const char *const runs[] = {"50S9:6 52C9:6", "50S9:6 52S7:6 59C9:6 60C7:6"};
	for (int i = 0; i < 2; i++) {
		char text[256];
		support_begin(&run);
		run.header.uncertainty_ns = 5;
		snprintf(text, sizeof(text), "1Q1:5 20T9@1:6 22Q1:6 23P1 30B8@1 40T8@1:5 41S8:5 42C8:5 %s", runs[i]);
		support_expect(&run, text, WSC_END_CLEAN,
		               i == 0 ? "ordering_violation:6/5 20-40 q1 w9,8" : "double_execution:6 22-52 q1 w9,7");
	}
}

/* Where one of the states that a task may be in allows a group, it was in that one. */
Test(window, groups_tell_which_state_it_was)
{
	const char *either = "10Q1:5 20S1:5 30Q2:5 40X1:5"; /* the run is cancelled, or the wake-up that waits */
	char text[256];
	expect_polled(either, "unfinished_execution:5 30-40 q2 w1");
	/* It still waited, so no entry was left in the queue, and the thief holds what it took. */
	snprintf(text, sizeof(text), "%s 50C1:5 52S2:5 60C2:5 70Q2:5 80T4@2:5 90S2:5 100C2:5", either);
	expect_polled(text, "multiple_owners:5 70-90 q2 w4,2");
	/* It may have been either, and the thief may have taken the entry that was left. */
	snprintf(text, sizeof(text), "%s 50U1:5 52R2:5 60T4@2:5 70C2:5", either);
	expect_polled(text, "");
}

static void expect_undecided(const char *history, uint64_t undecided, const char *reports)
{
	support_begin(&run);
	run.header.uncertainty_ns = 5;
	support_run(&run, history, WSC_END_CLEAN);
	cr_expect_str_eq(support_reports(&run), reports, "%s: %s", history, run.text);
	cr_expect_eq(run.result->undecided_tasks, undecided, "%s: %" PRIu64, history, run.result->undecided_tasks);
	support_end(&run);
}

#define REUSED " 900Q1:6 920X1:6 940Q1:6 960S1:6 961C1:6"

/* The reports of a window, and those where handles of cancelled lives are used again. */
static void expect_window(const char *history, const char *reports, const char *if_reused)
{
	for (int reused = 0; reused <= 1; reused++) {
		char text[512];
		support_begin(&run);
		run.header.uncertainty_ns = 10;
		run.header.complete = false;
		trace_header_add_queue(&run.header, 64);
		snprintf(text, sizeof(text), "0P9 %s%s", history, reused ? REUSED : "");
		support_expect(&run, text, WSC_END_CLEAN, reused ? if_reused : reports);
	}
}

/*
 * No order of a group is legal, but in one of them an entry of a life that was not seen, and cancelled, may be what a thief
 * took: that one was, and is reported unless handles of cancelled lives are used again.
 */
static void expect_excused(const char *history, const char *reports)
{
	expect_window(history, reports, "");
}

Test(window, an_order_may_be_excused)
{
	expect_excused("5Q1:5 30T3@1:5 50S1:5 51C1:5 55S4:5 58Q3@64:5 90C4:5", "multiple_owners:5 5-50 q1 w3,1");
	/* Who takes what never ran may be excused; who resumes it is not. */
	expect_window(
	    "5Q7:5 6S7:5 7C7:5 40T3@1:5 43Q1:5 46R1:5 54S1:5 57C1:5 65S4:5 66Q3@64:5 76C4:5",
	    "multiple_owners:5 5-40 q7 w7,3; protocol_violation:5 43-46 q1 w1; double_execution:5 43-54 q1 w1",
	    "protocol_violation:5 43-46 q1 w1; double_execution:5 43-54 q1 w1");
}

/* One report per life and kind: where the first may fall, one that can't is made in its place. */
Test(window, a_report_that_falls_makes_room)
{
	/* What is pushed again waits, whatever was taken. */
	expect_window("50Q1:5 80T2@3:5 100Q2:5 120S2:5 130C2:5", "multiple_owners:5 50-80 q1 w1,2",
	              "multiple_owners:5 50-100 q1 w1,2");
	expect_window("50Q1:5 80T2@3:5 90T3@3:5 120S1:5 130C1:5", "multiple_owners:5 50-80 q1 w1,2", "");
	expect_window("50Q1:5 70Q2:5 100T3@3:5 120S2:5 130C2:5", "multiple_owners:5 50-70 q1 w1,2",
	              "multiple_owners:5 50-70 q1 w1,2");
	/* ... once, ... */
	expect_window("50Q1:5 80T2@3:5 100Q2:5 120Q3:5 140S3:5 150C3:5", "multiple_owners:5 50-80 q1 w1,2",
	              "multiple_owners:5 50-100 q1 w1,2");
	/* ... and in the next life as in the one before. */
	expect_window("50Q1:5 80T2@3:5 100S1:5 110C1:5 130Q1:5 160T2@3:5 180S1:5 190C1:5",
	              "multiple_owners:5 50-80 q1 w1,2; multiple_owners:5 130-160 q1 w1,2", "");
	expect_window("50Q1:5 80T2@3:5 100S1:5 110C1:5 130Q1:5 160Q2:5 180S2:5 190C2:5",
	              "multiple_owners:5 50-80 q1 w1,2; multiple_owners:5 130-160 q1 w1,2",
	              "multiple_owners:5 130-160 q1 w1,2");
}

/* In a window a push that failed, after a take: what was taken was another entry, which was not seen. */
Test(window, a_failed_push_after_its_take)
{
	expect_window("5X2:5 40Q1:5 80T2@1:5 120F1:5 160Q1:5 200S1:5 240C1:5", "", "");
	expect_window("5X2:5 40Q1:5 80T2@1:5 120F1:5", "", "");
	expect_window("5X2:5 40Q1:5 80T2@1:5", "lost_work:5 40-80 q1 w2", "lost_work:5 40-80 q1 w2");
}

/*
 * An order is legal: the thief queues what it took, which runs from there. But the owner may have run it before, and the thief
 * have queued another life, if what it took was the entry of a life that was cancelled.
 */
Test(window, a_legal_order_leaves_doubt)
{
#define DOUBTFUL "10Q1:5 30T2@1:5 50S1:5 51C1:5 53Q2@64:5 "
	/* In the other order the second life is run here. */
	expect_window(DOUBTFUL "100S4:5 110C4:5", "", "");
	/* It ends with a life, though the next one is in sight: that it ran twice is certain. */
	expect_window(DOUBTFUL "100S4:5 110C4:5 120Q4:5 130S4:5 140C4:5 150S3:5 160C3:5",
	              "double_execution:5 120-150 q4 w4,3", "double_execution:5 120-150 q4 w4,3");
}

/* ... and when the task's record is gone. */
Test(window, a_finished_task_stays_doubtful)
{
	support_begin(&run);
	run.header.uncertainty_ns = 10;
	run.header.complete = false;
	trace_header_add_queue(&run.header, 64);
	support_create(&run);
	support_feed(&run, "0P9 " DOUBTFUL);
	window_advance(run.analysis, 90);
	cr_expect(run.analysis->tasks.used == 1 && run.analysis->tasks.free != NULL);
	support_feed(&run, "100S4:5 110C4:5" REUSED);
	support_finish(&run, WSC_END_CLEAN);
	cr_expect_str_eq(support_reports(&run), "", "%s", run.text);
	support_end(&run);
}

/* ... until the evidence has a gap, behind which all is certain again. */
Test(window, a_gap_ends_the_doubt)
{
	support_begin(&run);
	run.header.uncertainty_ns = 10;
	run.header.complete = false;
	trace_header_add_queue(&run.header, 64);
	support_expect(&run, "0P9 " DOUBTFUL "100Q1:5 120S1:5 200G9~210 250Q1:5 270S1:5 290C1:5 310S3:5 330C3:5" REUSED,
	               WSC_END_CLEAN, "double_execution:5 250-310 q1 w1,3");
}

/* The same where thieves are not seen: one may have taken it between the groups, and the second push be another life. */
Test(window, an_unseen_thief_leaves_doubt)
{
	static const char *const reports[] = {"double_execution:5 50-100 q64 w1,6", ""};
	for (int absent = 0; absent <= 1; absent++) {
		support_begin(&run);
		run.header.uncertainty_ns = 10;
		run.header.absent = (uint32_t)absent << WSC_EV_STEAL_SUCCESS;
		trace_header_add_queue(&run.header, 64);
		trace_header_add_queue(&run.header, 70)->has_owner = true;
		run.header.queues[1].owner = 2;
		support_expect(&run, "10Q3@70:5 11S2:5 12C2:5 50Q4@64:5 51S1:5 52C1:5 100S6:5 110C6:5", WSC_END_CLEAN,
		               reports[absent]);
	}
}

/* A gap before a group hides what came before; one that may reach into it leaves nothing to conclude. */
Test(window, gaps_before_groups)
{
	expect_undecided("10Q1:5 20G3~30 50S2:5 52X3:5 60C2:5", 1, "");
	expect_undecided("20G3~30 50Q1:5 51T2@1:5 60S2:5 61C2:5", 0, ""); /* its life begins behind the gap */
	expect_undecided("10Q1:5 20G3~44 50S2:5 54S1:5 90C1:5 91C2:5", 1, "double_execution:5 50-54 w2,1");
	expect_undecided("10Q1:5 20G3~46 50S2:5 54S1:5", 1, "");
}

/* The last event of a group that could not be searched is as little known as the others. */
Test(window, the_end_of_a_large_group_is_unknown)
{
	support_begin(&run);
	support_create(&run);
	feed_crowd(100, 2, 10);
	support_feed(&run, "10Q1:5 100S2:5 200C2:5");
	support_finish(&run, WSC_END_CLEAN);
	cr_expect_str_eq(support_reports(&run), "", "%s", run.text);
	cr_expect_eq(run.result->undecided_tasks, 1);
	support_end(&run);
}

/* What is unknown needs no record. */
Test(window, records_of_large_groups_are_let_go)
{
	char word[64];
	support_begin(&run);
	support_create(&run);
	for (unsigned task = 1; task <= 200; task++) {
		for (unsigned i = 0; i < 33; i++) {
			snprintf(word, sizeof(word), "%uS1:%u %uS2:%u %uC1:%u %uC2:%u", task, task, task, task, task,
			         task, task, task);
			support_feed(&run, word);
		}
	}
	support_finish(&run, WSC_END_CLEAN);
	cr_expect_eq(run.result->undecided_tasks, 200);
	cr_expect_leq(run.analysis->tasks.used, 64, "%" PRIu32, run.analysis->tasks.used);
	support_end(&run);
}

/*
 * Many points of one search have the same state: none may be taken for another one. Of each task there is but one legal
 * order: a worker runs it inline again and again, and another one queues it when all that is over.
 */
Test(window, points_of_a_search_are_told_apart)
{
	enum { TASKS = 1000, RUNS = 30 };
	char word[64];
	support_begin(&run);
	run.header.uncertainty_ns = 100;
	support_create(&run);
	for (unsigned task = 1; task <= TASKS; task++) {
		unsigned ts = task * 1000, other = TASKS + 1, worker = task;
		for (unsigned i = 0; i < RUNS; i++) {
			if (i == RUNS / 2) {
				snprintf(word, sizeof(word), "%uQ%u:%u", ts + 2 * i, other, task);
				support_feed(&run, word);
			}
			snprintf(word, sizeof(word), "%uS%u:%u %uC%u:%u", ts + 2 * i, worker, task, ts + 2 * i + 1,
			         worker, task);
			support_feed(&run, word);
		}
		snprintf(word, sizeof(word), "%uS%u:%u %uC%u:%u", ts + 500, other, task, ts + 501, other, task);
		support_feed(&run, word);
	}
	support_finish(&run, WSC_END_CLEAN);
	cr_expect_eq(run.result->verdict, ANALYSIS_PASS);
	cr_expect_eq(run.result->lives, TASKS * (RUNS + 1));
	support_end(&run);
}

/* Who took it twice is excused while it is taken; one that is pinned and pushed again was not taken at all. */
Test(window, what_waits_pinned_is_not_taken_twice)
{
	static const char report[] = "multiple_owners:5 10-60 q1 w1";
	expect_window("10Q1!:5 60Q1:5 90S1:5 120C1:5", report, report);
	/* No entry explains that what was taken twice ends without a run. */
	expect_window("10Q1:5 40T2@1:5 70T3@1:5 100C2:5",
	              "multiple_owners:5 10-70 q1 w2,3; protocol_violation:5 10-100 q1 w2",
	              "protocol_violation:5 10-100 q1 w2");
}

/* Where starts are not seen, a run may end in a group that has not begun there: the push is of the next life. */
Test(window, an_unseen_start_before_a_group)
{
	support_begin(&run);
	run.header.uncertainty_ns = 10;
	run.header.absent = 1U << WSC_EV_EXEC_START;
	support_expect(&run, "10Q1:5 50Q1:5 52C2:5 100S3:5 110C3:5", WSC_END_CLEAN, "");
}

/* What a share does not follow is kept for as long as its events wait, and no longer. */
Test(window, tasks_of_other_shares_are_let_go)
{
	enum { SHARES = 2, TASKS = 64 };
	uint32_t ghosts = 0;
	for (uint32_t index = 0; index < SHARES; index++) {
		support_begin(&run);
		run.options.share = (struct share){.kind = SHARE_TASKS, .index = index, .count = SHARES};
		support_create(&run);
		struct analysis *a = run.analysis;
		for (unsigned i = 0; i < TASKS; i++) {
			char words[64];
			unsigned ts = 1000 * (i + 1);
			snprintf(words, sizeof(words), "%uQ1:%u %uS1:%u", ts, i + 1, ts + 500, i + 1);
			support_feed(&run, words);
			window_advance(a, ts + 100);
			const bool is_ghost = !share_follows(&run.options.share, i + 1);
			cr_expect_eq(a->ghosts.free == NULL, is_ghost || a->ghosts.used == 0);
			window_advance(a, ts + 600);
			cr_expect(a->ghosts.used == 0 || a->ghosts.free != NULL);
		}
		ghosts += a->ghosts.used;
		support_end(&run);
	}
	cr_expect_eq(ghosts, SHARES);
}
