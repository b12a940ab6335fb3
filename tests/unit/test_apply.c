/* SPDX-License-Identifier: MIT */
/* What an event does beside the verdict: what a report says, what waits at the end, what is counted and measured. */
#include "analysis_support.h"
#include "engine.h"

static struct support_analysis either_run;

static void expect(const char *history, const char *reports)
{
	struct support_analysis s;
	support_begin(&s);
	support_expect(&s, history, WSC_END_CLEAN, reports);
}

static void expect_fifo(const char *history, const char *reports)
{
	struct support_analysis s;
	support_begin(&s);
	s.header.discipline = WSC_DISCIPLINE_FIFO;
	support_expect(&s, history, WSC_END_CLEAN, reports);
}

/* What a worker takes and drops, the entry of a life that was cancelled, it records as cancelled, too. */
Test(apply, a_dropped_entry_cancels_no_later_life)
{
	expect("10Q1:5 20X2:5 30Q2:5 40X1:5 50S2:5 60C2:5", "");
	expect("10Q1:5 20X2:5 30Q2:5 40X1:5 45X1:5 50S2:5 60C2:5", "exec_after_cancel:5 30-50 q2 w1,2");
	expect("10Q1:5 20X2:5 30Q2:5 40X9:5 50Q3:5 60X1:5 61X2:5 70S3:5 80C3:5", "");
	expect("10Q1:5 20X2:5 30Q2:5 40X9:5 50Q3:5 60X1:5 61X2:5 62X2:5 70S3:5 80C3:5",
	       "exec_after_cancel:5 50-70 q3 w2,3");
	expect("10Q1:5 20X2:5 30Q2:5 31T3@1:5 40X1:5 50S2:5 60C2:5", "exec_after_cancel:5 30-50 q2 w1,2");
	expect("10Q1:5 20X2:5 30Q2:5 31T3@2:5 40X1:5 50S3:5 60C3:5", "");
	expect("10Q1:5 20X9:5 30T2@1:5 40Q3:5 50T2@3:5 60S2:5 70C2:5 80Q1:5 90X2:5 91S1:5 95C1:5", "");
	expect("10Q1:5 20X2:5 30Q2:5 40X1:5", "");
	expect("10Q1:5 20X2:5 30Q2:5 40S2:5 50C2:5 60X1:5 70S2:5 80C2:5", "double_execution:5 30-70 q2 w1,2");
}

/* So is what could not be pushed, if another cancels it meanwhile: it is in the pusher's hand until it is queued or run. */
Test(apply, a_refused_entry_cancels_no_later_life)
{
	expect("10Q1:5 11F1:5 20X2:5 30Q2:5 40X1:5 50S2:5 60C2:5", "");
	expect("10Q1:5 11F1:5 20X2:5 30Q2:5 40X1:5 41X1:5 50S2:5 60C2:5", "exec_after_cancel:5 30-50 q2 w1,2");
	expect("10Q1:5 11F1:5 20X2:5 30Q2:5 40X3:5 50S2:5 60C2:5", "exec_after_cancel:5 30-50 q2 w3,2");
	/* Nothing is in its hand. */
	expect("20X2:5 30Q2:5 40X1:5 50S2:5 60C2:5", "exec_after_cancel:5 30-50 q2 w1,2");
	expect("10Q1:5 11F1:5 12S1:5 13C1:5 20X2:5 30Q2:5 40X1:5 50S2:5 60C2:5", "exec_after_cancel:5 30-50 q2 w1,2");
	expect("10Q1:5 11F1:5 12Q3:5 13S3:5 14C3:5 20X2:5 30Q2:5 40X1:5 50S2:5 60C2:5",
	       "exec_after_cancel:5 30-50 q2 w1,2");
	/* A second push of the life fails, too; its handle was used before; what waits elsewhere is of yet another life. */
	expect("10Q1:5 11F1:5 12Q3@1:5 13F3@1:5 20X2:5 30Q2:5 40X3:5 50S2:5 60C2:5", "");
	expect("1Q1:5 2S1:5 3C1:5 10Q1:5 11F1:5 20X2:5 30Q2:5 40X1:5 50S2:5 60C2:5", "");
	expect("1Q1:5 2X2:5 10Q1:5 11F1:5 20X1:5 30Q2:5 40X1:5 41X1:5 50S2:5 60C2:5", "");
	expect("1Q1:5 2X2:5 10Q1:5 11F1:5 20X1:5 30Q2:5 40X1:5 41X1:5 42X1:5 50S2:5 60C2:5",
	       "exec_after_cancel:5 30-50 q2 w1,2");
	/* What could not be pushed is a wake-up. */
	expect("10Q1:5 11S1:5 12U1:5 13Q2:5 14F2:5 20X3:5 30Q1:5 31S1:5 32C1:5 40Q1:5 41X2:5 50S1:5 60C1:5", "");
	expect("10Q1:5 11S1:5 12U1:5 13Q2:5 14F2:5 15R1:5 16C1:5 20X3:5 40Q1:5 41X2:5 50S1:5 60C1:5",
	       "exec_after_cancel:5 40-50 q1 w2,1");
	/* At the end it is not lost. */
	expect("10Q1:5 11F1:5 20X2:5 30Q2:5 40X1:5", "");
}

/* Each event is passed on at once, so that no later one of its task is in sight. */
static void expect_stepwise(uint64_t uncertainty, const char *history, const char *reports)
{
	struct support_analysis s;
	support_begin(&s);
	s.header.uncertainty_ns = uncertainty;
	s.options.stepwise = true;
	support_expect(&s, history, WSC_END_CLEAN, reports);
}

/* ... and the record of its handle, whose last life is over, is kept as long. */
Test(apply, a_refused_entry_is_not_forgotten)
{
	expect_stepwise(0, "10Q1:5 11S1:5 12C1:5 20Q1:5 21F1:5 30S1:6 31C1:6 40X2:5 50Q2:5 60X1:5 70S2:5 80C2:5", "");
	expect_stepwise(0, "10Q1:5 11S1:5 12C1:5 30S1:6 31C1:6 40X2:5 50Q2:5 60X1:5 70S2:5 80C2:5",
	                "exec_after_cancel:5 50-70 q2 w1,2");
}

/* Of a run that was cancelled as it completed an entry may be left; the record of its handle is kept for that. */
Test(apply, what_may_be_cancelled_last_is_not_forgotten)
{
	expect_stepwise(10, "10Q1:5 30S1:5 100X2:5 102C1:5 130S7:6 160C7:6 250T3@1:5", "");
	expect_stepwise(10, "10Q1:5 30S1:5 100X2:5 122C1:5 140S7:6 160C7:6 250T3@1:5",
	                "multiple_owners:5 250-250 q1 w3");
}

/* What comes after a doubtful life, whose record is let go of, is doubtful: here the first run, which a thief may have begun. */
Test(apply, a_doubt_outlives_the_record)
{
	struct support_analysis s;
	support_begin(&s);
	struct trace_queue *queue = trace_header_add_queue(&s.header, 64);
	queue->owner = 1;
	queue->has_owner = true;
	s.header.uncertainty_ns = 10;
	s.header.absent = 1U << WSC_EV_STEAL_SUCCESS;
	s.options.stepwise = true;
	support_expect(&s, "10Q2@64:5 11S1:5 12C1:5 50S1:5 60C1:5 80S7:6 90C7:6 150S2:5 160C2:5", WSC_END_CLEAN, "");
}

/* However many: here one more than are counted. */
Test(apply, dropped_entries_are_not_forgotten)
{
	struct support_analysis s;
	support_begin(&s);
	support_create(&s);
	for (unsigned ts = 1; ts <= UINT16_MAX + 1; ts++) {
		char life[64];
		snprintf(life, sizeof(life), "%uQ1:5 %uX1:5 %uT2@1:5", 10 * ts, 10 * ts + 1, 10 * ts + 2);
		support_feed(&s, life);
	}
	for (unsigned ts = 660000; ts < 660000 + UINT16_MAX; ts++) {
		char drop[32];
		snprintf(drop, sizeof(drop), "%uX2:5", ts);
		support_feed(&s, drop);
	}
	support_feed(&s, "800000Q1:5 800010X2:5 800020S1:5 800030C1:5");
	support_finish(&s, WSC_END_CLEAN);
	cr_expect_str_eq(support_reports(&s), "");
	support_end(&s);
}

static uint32_t count_free(const struct order *order)
{
	uint32_t count = 0;
	for (uint32_t i = order->item_free; i != ORDER_NONE && count <= order->item_count; i = order->items[i].newer)
		count++;
	return count;
}

/* Ten times these events, of one slot or of ten slots: of a slot one stay lingers at most, while there may be a late take. */
static void expect_lingering(const char *const events[], bool one_slot, uint32_t items)
{
	struct support_analysis s;
	unsigned ts = 0;
	support_begin(&s);
	s.header.identity = WSC_IDENTITY_RECYCLED;
	support_create(&s);
	for (unsigned life = 0; life < 10; life++) {
		for (size_t i = 0; events[i] != NULL; i++) {
			char event[32];
			ts++;
			if (events[i][0] == 'G')
				snprintf(event, sizeof(event), "%uG9~%u", ts, ts + 1);
			else
				snprintf(event, sizeof(event), "%u%s:%u", ts, events[i], one_slot ? 5 : 5 + life);
			support_feed(&s, event);
		}
	}
	support_finish(&s, WSC_END_CUT);
	cr_expect_str_eq(support_reports(&s), "");
	cr_expect_eq(s.analysis->reading.item_count, items, "%s %s %s ...: %u", events[0], events[1], events[2],
	             s.analysis->reading.item_count);
	cr_expect_leq(count_free(&s.analysis->reading), items, "%s %s %s ...: freed twice", events[0], events[1],
	              events[2]);
	support_end(&s);
}

Test(apply, what_lingers_is_forgotten)
{
	expect_lingering((const char *const[]){"Q1", "S1", "C1", NULL}, true, 4);
	expect_lingering((const char *const[]){"Q1", "S1", "T2@1", "C1", "S2", "C2", NULL}, true, 1);
	expect_lingering((const char *const[]){"Q1", "S1", "G", "C1", NULL}, false, 1);
	expect_lingering((const char *const[]){"Q1", "S1", "C1", "G", "Q2", "S2", "C2", NULL}, false, 1);
	expect_lingering((const char *const[]){"Q1", "S1", "C1", "G", "Q2", "S2", "C2", NULL}, true, 1);
	expect_lingering((const char *const[]){"S1", "U1", "Q1", "R1", "C1", NULL}, true, 1);
}

/* Whether a stay was cancelled the next event of its task tells: until then it binds the order, if it is taken. */
Test(apply, a_stay_that_may_be_cancelled_is_kept)
{
	struct support_analysis s;
	expect("10Q1:5 20X2:5 30Q2:5 31Q2:6 40X1:5 50S2:5 60C2:5 70S2:6 80C2:6", "ordering_violation:5/6 50-70 q2 w2");
	expect("10Q1:5 20X2:5 30Q2:5 31Q2:6 40X2:5 50S2:6 60C2:6 70Q2:5 71S2:5 80C2:5", "");
	support_begin(&s);
	support_run(&s, "10Q1:5 20X2:5 30Q2:5 40X2:5 50Q2:5 60X2:5 61T3@1:5 70Q2:5 80X2:5 90Q2:5", WSC_END_CUT);
	cr_expect_eq(s.result->undecided_stays, 0);
	cr_expect_eq(s.analysis->by_queue[id_map_find(&s.analysis->queues.index, 2) - 1].waiting, 1);
	support_end(&s);
	/* What a take was of is not told by what comes next alone: that is counted. */
	support_begin(&s);
	support_run(&s, "10Q1:5 20X2:5 30Q1:5 40T3@1:5 50S3:5 60C3:5", WSC_END_CLEAN);
	cr_expect_eq(s.result->undecided_stays, 1);
	support_end(&s);
}

/* How many wait in a queue at the end, of a history of slots. */
static uint64_t waiting(const char *history, uint32_t queue)
{
	struct support_analysis s;
	support_begin(&s);
	s.header.identity = WSC_IDENTITY_RECYCLED;
	support_run(&s, history, WSC_END_CUT);
	const uint64_t count = s.analysis->by_queue[id_map_find(&s.analysis->queues.index, queue) - 1].waiting;
	support_end(&s);
	return count;
}

/* An entry leaves its queue where its slot is used again, and once; it is there again if that use fails. */
Test(apply, an_owed_entry_waits_no_more)
{
	cr_expect_eq(waiting("10Q1:5 20Q2:5", 1), 0);
	cr_expect_eq(waiting("10Q1:5 20Q1:5 30T3@1:5", 1), 1);
	cr_expect_eq(waiting("10Q1:5 20Q2:5 30F2:5", 1), 1);
	cr_expect_eq(waiting("10Q1:5 20Q2:5 30F2:5", 2), 0);
	cr_expect_eq(waiting("10Q1:5 20Q2:5 30F2:5 40T3@1:5", 1), 0);
}

/* How often a life was stolen is not forgotten by a push that seemed to begin another. */
Test(apply, a_refused_push_leaves_the_steals_of_the_life)
{
	struct support_analysis s;
	support_begin(&s);
	s.header.identity = WSC_IDENTITY_POLLED;
	support_run(&s, "10Q1:5 20T2@1:5 30S2:5 40Q2:5 50F2:5 60U2:5 70Q2:5 80T3@2:5 90S3:5 99C3:5", WSC_END_CLEAN);
	cr_expect_eq(s.result->verdict, ANALYSIS_PASS);
	cr_expect_eq(s.result->steals_per_life.lives[0], 0);
	cr_expect_eq(s.result->steals_per_life.lives[1], 1);
	support_end(&s);
}

/* What is over is forgotten in both readings of the slots: they hold what is live. */
Test(apply, what_is_kept_of_slots_is_bounded)
{
	for (unsigned gaps = 0; gaps < 2; gaps++) {
		struct support_analysis s;
		char text[128];
		support_begin(&s);
		s.header.identity = WSC_IDENTITY_RECYCLED;
		support_create(&s);
		for (unsigned t = 100; t < 20000; t += 100) {
			if (gaps > 0)
				snprintf(text, sizeof(text), "%uQ1:5 %uQ2:5 %uG3~%u", t, t + 10, t + 20, t + 30);
			else
				snprintf(text, sizeof(text), "%uQ1:5 %uX1:5 %uQ1:5 %uS1:5 %uC1:5", t, t + 10, t + 20,
				         t + 30, t + 40);
			support_feed(&s, text);
		}
		support_finish(&s, WSC_END_CUT);
		cr_expect_leq(s.analysis->order.item_count, 8U, "%u", (unsigned)s.analysis->order.item_count);
		cr_expect_leq(s.analysis->reading.item_count, 8U, "%u", (unsigned)s.analysis->reading.item_count);
		support_end(&s);
	}
}

Test(apply, a_report_names_who_holds_the_task)
{
	expect("10Q1:5 20S1:5 30S2:5 40C1:5 50C2:5", "double_execution:5 10-30 q1 w1,2");
	expect("10S1:5 30S2:5 40C1:5 50C2:5", "double_execution:5 10-30 w1,2");
	expect("10Q1:5 20Q2:5 30S2:5 40C2:5", "multiple_owners:5 10-20 q1 w1,2");
	expect("10Q1:5 20T2@1:5 30S3:5 40C3:5", "multiple_owners:5 10-30 q1 w2,3");
	expect("10Q1:5 20X1:5 30S1:5 40C1:5", "exec_after_cancel:5 10-30 q1 w1");
	expect("10C1:5", "protocol_violation:5 10-10 w1");
	expect("10Q1:5 20D1:5", "lost_work:5 10-20 q1 w1");
	expect("10Q1:5", "lost_work:5 10-10 q1 w1");
	expect("10Q1:5 20S1:5", "unfinished_execution:5 10-20 q1 w1");
	expect("10S1:5", "unfinished_execution:5 10-10 w1");
	expect("10S1:5 20U1:5", "unfinished_execution:5 10-20 w1");
	expect("10S1:5 20S2:5 30S3:5 40S4:5 50S5:5 60C1:5 61C2:5 62C3:5 63C4:5", "double_execution:5 10-20 w1,2");
	expect("10Q1:5 20S1:5 25C1:5 30S2:5 40C2:5", "double_execution:5 10-30 q1 w1,2");
	expect("0Q1:5 0S1:5 0C1:5 1S2:5 2C2:5", "double_execution:5 0-1 q1 w2");
	expect("10Q1:5 20S1:5 25C1:5 30Q2:5 40S2:5 50C2:5 60S3:5 70C3:5", "double_execution:5 30-60 q2 w2,3");
}

Test(apply, a_report_names_the_owner_of_the_queue)
{
	struct support_analysis s;
	support_begin(&s);
	trace_header_add_queue(&s.header, 64)->has_owner = true;
	s.header.queues[0].owner = 7;
	support_expect(&s, "10Q8@64:5 20S3:5 30C3:5", WSC_END_CLEAN, "multiple_owners:5 10-20 q64 w7,3");
	support_begin(&s);
	trace_header_add_queue(&s.header, 64);
	support_expect(&s, "10Q7@64:5 20Q3:5 21S3:5 30C3:5", WSC_END_CLEAN, "multiple_owners:5 10-20 q64 w7,3");
}

/* One report per life and kind. */
Test(apply, reports_of_one_life)
{
	expect("10S1:5 20S2:5 30S3:5 40C1:5 50C2:5 60C3:5", "double_execution:5 10-20 w1,2");
	expect("10Q1:5 20Q2:5 30Q3:5 40S3:5 50C3:5", "multiple_owners:5 10-20 q1 w1,2");
	expect("10Q1:5 20Q2:5 30S2:5 40C2:5 50T3@1:5", "multiple_owners:5 10-20 q1 w1,2");
	expect("10Q1:5 20S1:5 30S2:5 40C1:5 50C2:5 60Q1:5 70S1:5 80S2:5 90C1:5 91C2:5",
	       "double_execution:5 10-30 q1 w1,2; double_execution:5 60-80 q1 w1,2");
}

Test(apply, a_report_names_the_hand_that_holds_the_task)
{
	expect("10Q1:5 20T2@1:5 30F3@1:5 40S4:5 50C4:5",
	       "protocol_violation:5 10-30 q1 w2,3; multiple_owners:5 10-40 q1 w2,4");
}

Test(apply, a_report_names_each_worker_once)
{
	expect("10Q1:5 20S1:5 30S0:5 40C1:5 50C0:5", "double_execution:5 10-30 q1 w1,0");
	expect("10S1:5 20S2:5 30S3:5 40S4:5 45Q6:5 50S6:5 60C1:5 61C2:5 62C3:5 63C4:5 64C6:5",
	       "double_execution:5 10-20 w1,2; multiple_owners:5 40-45 w1,2,3,4");
}

/* ... after `before`, in stamps below 100, 200 other tasks, and `after`, in stamps from 500. */
static void expect_far_apart(const char *before, const char *after, const char *reports)
{
	char history[8192];
	int length = snprintf(history, sizeof(history), "%s", before);
	for (int i = 100; i < 300; i++)
		length += snprintf(history + length, sizeof(history) - (size_t)length, " %dQ1:%d %dS1:%d %dC1:%d", i, i,
		                   i, i, i, i);
	snprintf(history + length, sizeof(history) - (size_t)length, " %s", after);
	expect(history, reports);
}

/* The queue where it waited; where its record was let go of meanwhile, that of the second take. */
Test(apply, a_report_names_a_queue)
{
	expect_far_apart("10Q1:5 20S1:5 30C1:5", "500T2@7:5", "multiple_owners:5 500-500 q7 w2");
	expect("10Q1:5 20S1:5 40C1:5 50D3@7:5 60S3:5 70C3:5",
	       "multiple_owners:5 10-50 q1 w1,3; double_execution:5 10-60 q1 w3");
	expect("10S1:5 20C1:5 30T2@7:5", "multiple_owners:5 10-30 w1,2");
	expect("20T2@1:5 30S2:5 40C2:5", "protocol_violation:5 20-20 w2");
}

/* Where more queues hold stale entries than are remembered, the record must not be let go of. */
Test(apply, a_crowd_of_stale_entries_is_remembered)
{
	expect_far_apart(
	    "1Q1:5 2X9:5 3Q2:5 4X9:5 5Q3:5 6X9:5 7Q4:5 8X9:5 10T5@1:5 11X5:5 12T5@2:5 13X5:5 14T5@3:5 15X5:5 "
	    "20Q1:5 21S1:5 22C1:5",
	    "500T6@4:5", "");
	expect_far_apart("1Q1:5 2X9:5 3Q2:5 4X9:5 5Q3:5 6X9:5 10T5@1:5 11X5:5 12T5@2:5 13X5:5 14T5@3:5 15X5:5 "
	                 "20Q1:5 21S1:5 22C1:5",
	                 "500T6@4:5", "multiple_owners:5 500-500 q4 w6");
}

static const struct violation *first_of(struct support_analysis *s, const char *history)
{
	support_begin(s);
	support_run(s, history, WSC_END_CLEAN);
	cr_assert_gt(s->result->violation_count, 0);
	return &s->result->violations[0];
}

/* The queue that a take names, where the task waits in another one. */
static void expect_taken_from(const char *history, bool has, uint32_t queue)
{
	struct support_analysis s;
	const struct violation *v = first_of(&s, history);
	cr_expect_eq(v->has_taken_from, has, "%s", history);
	cr_expect_eq(v->taken_from, queue, "%s", history);
	support_end(&s);
}

Test(apply, a_report_names_the_queue_of_the_take)
{
	expect_taken_from("10Q1:5 20T3@2:5 30S3:5 40C3:5", true, 2);
	expect_taken_from("10Q1:5 20D2@3:5 30S2:5 40C2:5", true, 3);
	expect_taken_from("10Q1:5 20S2:5 40C2:5", false, 0);
	expect_taken_from("10Q1:5 20Q2:5 30S2:5 40C2:5", false, 0);
	expect_taken_from("10Q1:5 20D1:5 30T3@2:5 31S3:5 40C3:5", false, 0); /* it waits nowhere */
	expect_taken_from("10Q1:5", false, 0);
}

static void expect_message(const char *history, enum wsc_end end, const char *message)
{
	struct support_analysis s;
	support_begin(&s);
	support_run(&s, history, end);
	cr_assert_eq(s.result->violation_count, 1, "%s", history);
	cr_expect_str_eq(s.result->violations[0].message, message, "%s", history);
	support_end(&s);
}

Test(apply, what_is_not_run_waits_or_was_taken)
{
	expect_message("10Q1:5", WSC_END_CLEAN, "task 5 was last seen in queue 1 and not run up to a clean end");
	expect_message("10Q1:5", WSC_END_STALLED, "task 5 still waited (queue 1) when the scheduler stalled");
	expect_message("10Q1:5 20T3@1:5", WSC_END_CLEAN,
	               "task 5 was taken out of queue 1 and not run up to a clean end: worker 3");
	expect_message("10Q1:5 20T3@1:5", WSC_END_STALLED,
	               "task 5 was taken out of queue 1 and not run when the scheduler stalled: worker 3");
	expect_message("10Q1:5 20D1:5", WSC_END_CLEAN,
	               "task 5 was taken out of queue 1 and not run up to a clean end: worker 1");
	expect_message("10Q1:5 20T3@1:5 30Q3:5", WSC_END_CLEAN,
	               "task 5 was last seen in queue 3 and not run up to a clean end");
}

static void expect_queued_running(const char *history, bool expected)
{
	struct support_analysis s;
	cr_expect_eq(first_of(&s, history)->queued_running, expected, "%s", history);
	support_end(&s);
}

Test(apply, a_report_tells_whether_it_was_queued_while_it_ran)
{
	expect_queued_running("10Q1:5 20S1:5 30Q1:5 40C1:5 50S1:5 60C1:5", true);
	expect_queued_running("10S1:5 30Q2:5 40C1:5 50S2:5 60C2:5", true);
	expect_queued_running("10Q1:5 20Q2:5 50S2:5 60C2:5", false);
	expect_queued_running("10Q1:5 20S1:5 30S2:5 40C1:5 50C2:5", false); /* another kind */
	expect_queued_running("10Q1:5 20S1:5 30T2@1:5 40C1:5", false);
	expect_queued_running("10Q1:5 20S1:5", false);
}

/*
 * In a window an entry may wait that a cancelled life left which was not seen, if the scheduler uses such handles again: a
 * take may have been of that one, and the task still be where it was.
 */
#define REUSE " 900Q1:6 910X1:6 920Q1:6 930S1:6 940C1:6"

static void expect_unless_dead(bool complete, const char *history, const char *reports, const char *with_reuse)
{
	struct support_analysis s;
	char text[256];
	support_begin(&s);
	s.header.complete = complete;
	support_expect(&s, history, WSC_END_CLEAN, reports);
	support_begin(&s);
	s.header.complete = complete;
	snprintf(text, sizeof(text), "%s" REUSE, history);
	support_expect(&s, text, WSC_END_CLEAN, with_reuse);
}

Test(apply, a_dead_entry_may_explain_it)
{
	const char *taken = "10Q1:5 20T2@1:5 30S1:5 40C1:5", *it = "multiple_owners:5 10-30 q1 w2,1";
	expect_unless_dead(true, taken, it, it);
	expect_unless_dead(false, taken, it, "");
	it = "multiple_owners:5 10-40 q1 w2,1";
	expect_unless_dead(true, "10Q1:5 20S1:5 25U1:5 26Q1:5 30T2@1:5 40R1:5 41C1:5", it, it);
	expect_unless_dead(false, "10Q1:5 20S1:5 25U1:5 26Q1:5 30T2@1:5 40R1:5 41C1:5", it, "");
	/* It is taken twice, whatever becomes of it. */
	it = "multiple_owners:5 10-25 q1 w2,3";
	expect_unless_dead(false, "10Q1:5 20T2@1:5 25T3@1:5 30S2:5 40C2:5", it, "");
	expect_unless_dead(false, "10Q1:5 20T2@1:5 25T3@1:5 30S3:5 40C3:5", it, "");
	expect_unless_dead(false, "10Q1:5 20T2@1:5 25T3@1:5 30Q3:5 40S3:5 50C3:5", it, "");
	expect_unless_dead(false, "10Q1:5 20T2@1:5 25D1@1:5 30S1:5 40C1:5", "multiple_owners:5 10-25 q1 w2,1", "");
	/* ... and while it runs, or after it. */
	expect_unless_dead(false, "10Q1:5 20S1:5 25T3@1:5 30C1:5", "multiple_owners:5 10-25 q1 w1,3", "");
	expect_unless_dead(false, "10Q1:5 20S1:5 22C1:5 25T3@1:5", "multiple_owners:5 10-25 q1 w1,3", "");
	/* A thief that took it next queues its loot. */
	it = "multiple_owners:5 10-30 q1 w2,3";
	expect_unless_dead(false, "10Q1:5 20T2@1:5 30Q3:5 40S3:5 50C3:5", it, it);
	/* Whichever was taken, a stranger has nothing of it to run. */
	expect_unless_dead(false, "10Q1:5 20T2@1:5 30S3:5 40C3:5", it, it);
	expect_unless_dead(false, "10Q1:5 20S1:5 25U1:5 26Q1:5 27T2@1:5 30R3:5 40C3:5", it, it);
	/* Nothing was taken, or it is another kind of report. */
	it = "multiple_owners:5 10-30 q1 w1,3";
	expect_unless_dead(false, "10Q1:5 30S3:5 40C3:5", it, it);
	it = "double_execution:5 10-30 q1 w1,3";
	expect_unless_dead(false, "10Q1:5 20S1:5 30S3:5 40C1:5 50C3:5", it, it);
}

/* The same of one task whose past can't be ordered. */
Test(apply, a_dead_entry_may_explain_it_of_one_task)
{
	struct support_analysis s;
	char word[64];
	support_begin(&s);
	support_create(&s);
	for (unsigned i = 0; i < 100; i++) {
		snprintf(word, sizeof(word), "1X%u:5", 1 + i % 2);
		support_feed(&s, word);
	}
	support_feed(&s, "10Q1:5 20T2@1:5 30S1:5 40C1:5 50Q1:7 60T2@1:7 70S1:7 80C1:7" REUSE);
	support_finish(&s, WSC_END_CLEAN);
	cr_expect_str_eq(support_reports(&s), "multiple_owners:7 50-70 q1 w2,1", "%s", s.text);
	support_end(&s);
}

/* A task that may be in several states. Anybody runs from queue 64, the second worker alone from queue 70. */
static void expect_of_either(bool complete, enum wsc_event_kind absent, const char *history, const char *reports,
                             unsigned withheld)
{
	support_begin(&either_run);
	either_run.header.uncertainty_ns = 10;
	either_run.header.complete = complete;
	either_run.header.discipline = WSC_DISCIPLINE_NONE;
	either_run.header.absent = absent == 0 ? 0 : UINT32_C(1) << absent;
	trace_header_add_queue(&either_run.header, 64);
	trace_header_add_queue(&either_run.header, 70)->has_owner = true;
	either_run.header.queues[1].owner = 2;
	char text[256];
	snprintf(text, sizeof(text), "0P9 %s", history);
	support_run(&either_run, text, WSC_END_CLEAN);
	cr_expect_str_eq(support_reports(&either_run), reports, "%s:\n  %s, expected\n  %s", history, either_run.text,
	                 reports);
	bool is_clear = complete && absent == 0;
	cr_expect(!is_clear || either_run.result->reasons == 0, "%s", history);
	cr_expect_eq(either_run.result->undecided_tasks, withheld, "%s", history);
	cr_expect_eq(either_run.result->undecided_by_reason[WSC_UNDECIDED_REUSED_HANDLE], withheld, "%s", history);
	support_end(&either_run);
}

/* Where one of its states allows what comes next, it was in that one; else in one in which something unseen excuses that. */
Test(apply, one_of_several_states_may_be_excused)
{
	/* It ran from its queue, or inline before it was queued, and then a thief holds it. */
	const char *held = "50Q3@64:5 51S2:5 52C2:5 100T4@64:5 150S5:5 160C5:5";
	char text[256];
	expect_of_either(true, 0, held, "multiple_owners:5 50-150 q64 w4,5", 0);
	expect_of_either(false, 0, held, "multiple_owners:5 50-150 q64 w4,5", 0);
	snprintf(text, sizeof(text), "%s" REUSE, held);
	expect_of_either(false, 0, text, "", 1);
	/* The steal came before the push, or the thief holds it. */
	expect_of_either(false, 0, "50Q1:5 51T2@1:5 100S1:5 110C1:5", "", 0);
	/* It is over, or waits, and a thief that is not seen may have taken it. */
	const char *over = "10Q3@70:5 11S2:5 12C2:5 50S3:5 60C3:5";
	expect_of_either(true, 0, over, "double_execution:5 10-50 q70 w2,3", 0);
	expect_of_either(true, WSC_EV_STEAL_SUCCESS, over, "", 0);
	/* The thief took the entry of the first life, or what it took before was that of one that was not seen. */
	const char *first = "10Q1:5 15X1:5 30Q1:5 45T2@1:5 60S1:5 75C1:5 90S3:5 105C3:5";
	expect_of_either(true, 0, first, "double_execution:5 30-90 q1 w1,3", 0);
	expect_of_either(false, 0, first, "", 1);
	/* Whether the thief took it in vain depends on what is not seen. */
	expect_of_either(true, 0, "10Q3@64:5 11S2:5 12C2:5 50T4@64:5", "lost_work:5 10-50 q64 w4", 0);
	expect_of_either(true, WSC_EV_SUSPENDED, "10Q3@64:5 11S2:5 12C2:5 50T4@64:5", "", 0);
}

/* Each of many thieves may have taken it, the others entries of cancelled lives: so many states, of which some are kept. */
static void expect_of_many(unsigned thieves, unsigned worker, const char *reports)
{
	bool fits = thieves < 16;
	char word[64];
	support_begin(&either_run);
	support_create(&either_run);
	for (unsigned i = 0; i < thieves; i++) {
		snprintf(word, sizeof(word), "%uQ1:5 %uX1:5", 10 + 2 * i, 11 + 2 * i);
		support_feed(&either_run, word);
	}
	support_feed(&either_run, "100Q1:5");
	for (unsigned i = 0; i < thieves; i++) {
		snprintf(word, sizeof(word), "%uT%u@1:5", 101 + i, 2 + i);
		support_feed(&either_run, word);
	}
	snprintf(word, sizeof(word), "200S%u:5 210C%u:5", worker, worker);
	support_feed(&either_run, word);
	support_finish(&either_run, WSC_END_CLEAN);
	cr_expect_str_eq(support_reports(&either_run), reports, "%u thieves: %s", thieves, either_run.text);
	cr_expect_eq(either_run.result->reasons, fits ? 0 : ANALYSIS_REASON_AMBIGUOUS, "%u thieves", thieves);
	cr_expect_eq(either_run.result->undecided_tasks, fits ? 0 : 1, "%u thieves", thieves);
	cr_expect_eq(either_run.result->undecided_by_reason[WSC_UNDECIDED_MANY_ORDERS], fits ? 0 : 1);
	support_end(&either_run);
}

Test(apply, more_states_than_are_kept_are_unknown)
{
	expect_of_many(15, 5, "");
	expect_of_many(15, 16, "");
	expect_of_many(15, 40, "multiple_owners:5 100-200 q1 w2,40");
	expect_of_many(16, 5, "");
	expect_of_many(16, 40, "");
}

/* The best end counts, and it is clear that this is one. */
Test(apply, one_of_several_states_ends_well)
{
	expect_of_either(true, 0, "10Q3@64:5 11S2:5 12C2:5", "", 0);
	expect_of_either(true, 0, "10S2:5 11C2:5 12Q3@64:5", "", 0);
	expect_of_either(true, 0, "10S2:5 11U2:5 12Q3@64:5", "unfinished_execution:5 10-11 q64 w2", 0);
}

/* Behind a gap an entry of a cancelled life may wait unseen, however that life went on. */
Test(apply, what_a_gap_hides_of_cancelled_lives)
{
	const char *taken = "50Q1:6 60T2@1:6 70S1:6 80C1:6";
	static const char *const pasts[] = {"10Q1:5 11X1:5 12S1:5 13C1:5", "10X1:5"};
	char text[256];
	for (size_t i = 0; i < 2; i++) {
		snprintf(text, sizeof(text), "%s 20G9~30 40Q1:5 41S1:5 42C1:5 %s", pasts[i], taken);
		expect(text, i == 0 ? "exec_after_cancel:5 10-12 q1 w1" : "");
	}
	snprintf(text, sizeof(text), "10Q1:5 12S1:5 13C1:5 20G9~30 40Q1:5 41S1:5 42C1:5 %s", taken);
	expect(text, "multiple_owners:6 50-70 q1 w2,1");
}

/* ... and may have been taken out of turn. */
Test(apply, what_a_gap_hides_of_the_order)
{
#define OUT_OF_TURN "10Q1:5 11Q1:6 12P1 20B8@1 30T8@1:6 31B7@1 40T7@1:5 41S8:6 42C8:6 43S7:5 44C7:5"
	expect("5G9~6 " OUT_OF_TURN, "ordering_violation:6/5 30-40 q1 w8,7");
	expect("5G9~6 " OUT_OF_TURN " 60X1:7 70Q1:7 71S1:7 72C1:7", "");
	expect(OUT_OF_TURN " 60X1:7 70Q1:7 71S1:7 72C1:7", "ordering_violation:6/5 30-40 q1 w8,7");
}

/* Since when a report speaks of a life: since its push, or its run if that is stamped sooner; not of the life before. */
Test(apply, a_report_speaks_of_one_life)
{
	support_begin(&either_run);
	either_run.header.uncertainty_ns = 5;
	support_expect(&either_run, "10T2@1:5 12S2:5 14U2:5 14Q1:5", WSC_END_CLEAN,
	               "unfinished_execution:5 12-14 q1 w2");
	expect("10Q1:5 11S1:5 12C1:5 20Q1:5", "lost_work:5 20-20 q1 w1");
}

/* A life that begins with a reported event is reported, too: its order proves nothing. */
Test(apply, a_reported_life_binds_nothing)
{
	expect("10Q1:5 15S1:5 20Q2:5 21Q2:6 22P2 30B8@2 31T8@2:6 32B7@2 33T7@2:5 40C1:5 41S7:5 42C7:5 43S8:6 44C8:6",
	       "multiple_owners:5 10-20 q1 w1,2");
	expect("10Q2:7 20Q2:5 21Q2:6 22P2 30B8@2 31T8@2:6 32B7@2 33T7@2:5 34T7@2:7 41S7:5 42C7:5 43S8:6 44C8:6 50S7:7 "
	       "51C7:7",
	       "ordering_violation:6/7 31-34 q2 w8,7");
}

/* An owner's start of a lifo task is stamped by itself; its bound is not the worker's next stamp. */
Test(apply, the_owners_start)
{
	expect("10Q1:5 11Q1:6 20S1:5 21C1:5 30S1:6 31C1:6", "ordering_violation:5/6 20-30 q1 w1");
}

/* Of the run and the wake-up that waits, it may be either that is cancelled: both are kept in mind. */
Test(apply, what_may_be_either)
{
	const char *either = "10Q1:5 20S1:5 30Q2:5 40X1:5 50C1:5 60S2:5 70C2:5";
	char text[128];
	support_begin(&either_run);
	either_run.header.identity = WSC_IDENTITY_POLLED;
	support_expect(&either_run, either, WSC_END_CLEAN, "");
	support_begin(&either_run);
	either_run.header.identity = WSC_IDENTITY_POLLED;
	support_expect(&either_run, "10Q1:5 20S1:5 30Q2:5 40X1:5", WSC_END_CLEAN, "unfinished_execution:5 30-40 q2 w1");
	snprintf(text, sizeof(text), "%s 80S3:5 90C3:5", either);
	support_begin(&either_run);
	either_run.header.identity = WSC_IDENTITY_POLLED;
	support_expect(&either_run, text, WSC_END_CLEAN, "double_execution:5 30-80 q2 w2,3");
}

/* What a stay holds is let go however it ends, and the queue is as long as it is. */
static void let_go(const char *round, unsigned rounds, uint64_t waiting)
{
	struct support_analysis s;
	support_begin(&s);
	support_create(&s);
	for (unsigned i = 0; i < rounds; i++)
		support_feed(&s, round);
	window_advance(s.analysis, WINDOW_END);
	cr_expect_leq(s.analysis->order.item_count, 3, "%s: %u items", round, s.analysis->order.item_count);
	cr_expect_eq(s.analysis->by_queue[0].waiting, waiting, "%s: %" PRIu64, round, s.analysis->by_queue[0].waiting);
	support_finish(&s, WSC_END_CUT);
	support_end(&s);
}

Test(apply, stays_are_let_go)
{
	let_go("10Q1:5 10S1:5 10C1:5", 100, 0);
	let_go("10Q1:5 10X1:5", 1, 0);
	let_go("10Q1:5 10X1:5", 100, 1); /* the last may wait: the entry of an earlier one may be what was dropped */
	/* It is over, or a stale entry was dropped: until another event leaves one of the two. */
	let_go("10Q1:9 11S1:9 12C1:9 20Q2:5 21X2:5 30Q1:5 40X4:5", 1, 1);
	let_go("10Q1:9 11S1:9 12C1:9 20Q2:5 21X2:5 30Q1:5 40X4:5 50T3@2:5", 1, 0);
	let_go("10Q1:9 11S1:9 12C1:9 20Q2:5 21X2:5 24Q3:5 25X3:5 30Q1:5 40X4:5 50T3@2:5", 1, 1);
	let_go("10Q1:5 10F1:5", 100, 0);
	let_go("10Q1:5 10Q1:5 10S1:5 10C1:5", 100, 0);
	let_go("10Q1:5 10T3@2:5 10S3:5 10C3:5", 100, 0);
	let_go("10Q1:5 10G3~10 10S1:5 10C1:5", 100, 0);
	let_go("10Q1:5", 1, 1);
	let_go("10Q1:5", 100, 1);
	let_go("10Q1:5 10Q1:6 10S1:6 10C1:6", 1, 1);
}

Test(apply, many_gaps_at_once)
{
	char word[64];
	struct support_analysis s;
	support_begin(&s);
	support_create(&s);
	for (unsigned i = 1; i <= 60; i++) {
		snprintf(word, sizeof(word), "%uG%u*1~%u", 10 + i, i % 3, 11 + i);
		support_feed(&s, word);
	}
	support_feed(&s, "100Q1:5");
	support_finish(&s, WSC_END_CLEAN);
	cr_expect_eq(s.result->dropped, 60);
	cr_expect_eq(s.result->counts[WSC_VIOLATION_LOST_WORK], 1);
	support_end(&s);
}

Test(apply, slow_steals)
{
	expect("10Q1:5 20B2@1 1000020T2@1:5 1000021S2:5 1000022C2:5", "");
	expect("10Q1:5 20B2@1 1000021T2@1:5 1000022S2:5 1000023C2:5", "slow_steal:5 20-1000021 q1 w2");
	expect("10Q1:5 11Q1:6 20B2@1 1000021T2@1:5 1000022T2@1:6 1000023S2:5 1000024C2:5 1000025S2:6 1000026C2:6",
	       "slow_steal:5 20-1000021 q1 w2");
	expect("10Q1:5 20P2 1000021T2@1:5 1000022S2:5 1000023C2:5", "");
	expect("10Q1:5 20B2@1 21G2~21 1000021T2@1:5 1000022S2:5 1000023C2:5", "");
}

Test(apply, pinned_and_stolen)
{
	expect("10Q1:5! 20T2@1:5 30S2:5 40C2:5", "ordering_violation:5 10-20 q1 w2");
	expect("10Q1:5! 30S1:5 40C1:5", "");
	expect("10Q1:5! 15D1:5 30S1:5 40C1:5", "");
	expect("10Q1:5! 20Q1:6! 25T2@1:6 26T2@1:5 30S2:5 40C2:5 50S2:6 60C2:6",
	       "ordering_violation:6 20-25 q1 w2; ordering_violation:5 10-26 q1 w2");
}

/* --- What is counted. --- */

static struct support_analysis run;

static const struct analysis_result *result_of(const char *history, enum wsc_end end)
{
	support_begin(&run);
	support_run(&run, history, end);
	return run.result;
}

Test(apply, latencies)
{
	const struct analysis_result *r = result_of("10Q1:5 25S1:5 60C1:5", WSC_END_CLEAN);
	cr_expect(r->queue_wait.count == 1 && r->queue_wait.min == 15);
	cr_expect(r->exec.count == 1 && r->exec.min == 35);
	cr_expect(r->queued_to_done.count == 1 && r->queued_to_done.min == 50);
	support_end(&run);
	r = result_of("25S1:5 60C1:5", WSC_END_CLEAN); /* inline */
	cr_expect(r->queue_wait.count == 0 && r->exec.min == 35 && r->queued_to_done.count == 0);
	support_end(&run);
	r = result_of("10Q1:5 20T2@1:5 22Q2:5 25S2:5 60C2:5", WSC_END_CLEAN); /* two stays, one life */
	cr_expect(r->queue_wait.count == 2 && r->queue_wait.min == 3 && r->queue_wait.max == 10);
	cr_expect(r->exec.min == 35 && r->queued_to_done.min == 50 && r->lives == 1);
	support_end(&run);
	r = result_of("10Q1:5 20S1:5 30U1:5 40R2:5 45C2:5", WSC_END_CLEAN); /* of its last stretch */
	cr_expect(r->exec.count == 1 && r->exec.min == 5 && r->queued_to_done.min == 35);
	support_end(&run);
	r = result_of("10Q1:5 20S1:5 30C1:5 40Q1:5 50S1:5 55C1:5", WSC_END_CLEAN);
	cr_expect(r->exec.count == 2 && r->exec.min == 5 && r->queued_to_done.max == 20 && r->lives == 2);
	cr_expect(r->tasks == 1 && r->queued_to_done.min == 15);
	support_end(&run);
	r = result_of("10Q1:5 20S1:5 30C2:5 35C1:5", WSC_END_CLEAN); /* a stranger's completion is no run */
	cr_expect_eq(r->exec.count, 0);
	support_end(&run);
	r = result_of("0Q1:5 0S1:5 0C1:5", WSC_END_CLEAN);
	cr_expect(r->queue_wait.count == 1 && r->exec.count == 1 && r->queued_to_done.count == 1);
	support_end(&run);
	r = result_of("10Q1:5 11F1:5 15S1:5 20C1:5", WSC_END_CLEAN); /* never queued */
	cr_expect(r->lives == 1 && r->queue_wait.count == 0 && r->exec.count == 1);
	support_end(&run);
}

static uint64_t first_steals(const char *history)
{
	support_begin(&run);
	run.header.discipline = WSC_DISCIPLINE_FIFO;
	run.header.uncertainty_ns = 5;
	support_run(&run, history, WSC_END_CLEAN);
	cr_expect_eq(run.result->verdict, ANALYSIS_PASS, "%s", history);
	uint64_t count = run.result->steals_per_life.lives[0];
	support_end(&run);
	return count;
}

static uint64_t steals_from_owned(uint32_t thief)
{
	char text[64];
	support_begin(&run);
	trace_header_add_queue(&run.header, 70)->has_owner = true;
	run.header.queues[0].owner = 2;
	snprintf(text, sizeof(text), "10Q2@70:5 20T%u@70:5 30S%u:5 40C%u:5", thief, thief, thief);
	support_run(&run, text, WSC_END_CLEAN);
	uint64_t count = run.result->steals_per_life.lives[0];
	support_end(&run);
	return count;
}

/* Each life's own. */
Test(apply, steals_of_a_life)
{
	const struct analysis_result *r = result_of("10Q1:5 20T2@1:5 21Q2:5 40T3@2:5 41S3:5 50C3:5", WSC_END_CLEAN);
	cr_expect(r->steals_per_life.lives[0] == 0 && r->steals_per_life.lives[1] == 1);
	support_end(&run);
	r = result_of("10Q1:5 20T2@1:5 30X2:5 40Q1:5 50T3@1:5 60S3:5 70C3:5", WSC_END_CLEAN);
	cr_expect(r->steals_per_life.lives[0] == 2 && r->steals_per_life.lives[1] == 0);
	support_end(&run);
	r = result_of("10Q1:5 20T2@1:5 30G4~31 40Q1:5 50T3@1:5 60S3:5 70C3:5", WSC_END_CLEAN);
	cr_expect(r->steals_per_life.lives[0] == 2 && r->steals_per_life.lives[1] == 0);
	support_end(&run);
	r = result_of("10Q1:5 20T1@1:5 30S1:5 40C1:5", WSC_END_CLEAN); /* an owner's take from the thieves' end */
	cr_expect_eq(r->steals_per_life.lives[0], 0);
	support_end(&run);
	r = result_of("10Q1@64:5 20T2@64:5 30S2:5 40C2:5", WSC_END_CLEAN); /* nobody owns it */
	cr_expect_eq(r->steals_per_life.lives[0], 1);
	support_end(&run);
	cr_expect_eq(steals_from_owned(2), 0);
	cr_expect_eq(steals_from_owned(70), 1);
	r = result_of("10Q1@64:5 20D2@64:5 30S2:5 40C2:5 50Q1@64:5 60S3:5 70C3:5", WSC_END_CLEAN); /* no thieves */
	cr_expect_eq(r->steals_per_life.lives[0], 0);
	support_end(&run);
	/* The first that is seen of a queue. */
	cr_expect_eq(first_steals("10T2@1:5 12Q1:5 40S2:5 50C2:5"), 1);
	cr_expect_eq(first_steals("10T1@1:5 12Q3@1:5 40S1:5 50C1:5"), 0);
}

/* Stamps of one worker may run backwards by as much as they are uncertain. */
Test(apply, a_run_that_ends_before_it_begins_is_not_measured)
{
	support_begin(&run);
	run.header.uncertainty_ns = 5;
	support_run(&run, "10Q1:5 20S1:5 18C1:5 30P1", WSC_END_CLEAN);
	cr_expect(run.result->verdict == ANALYSIS_PASS && run.result->exec.count == 0);
	support_end(&run);
}

/* A run during which its handle is queued again is measured from the start and the push that it is of. */
Test(apply, a_run_of_the_life_before_is_measured)
{
	const struct {
		enum wsc_identity identity;
		const char *history;
		uint64_t runs, longest, lives, from_push;
	} rows[] = {
	    {WSC_IDENTITY_POLLED, "10Q1:5 20S1:5 30Q1:5 40C1:5 60S1:5 90C1:5", 2, 30, 2, 60},
	    {WSC_IDENTITY_POLLED, "10Q1:5 20S1:5 30Q1:5 72C1:5 73S1:5 90C1:5", 2, 52, 2, 62},
	    {WSC_IDENTITY_POLLED, "10Q1:5 20S1:5 30Q1:5 31F1:5 40C1:5", 1, 20, 1, 30},
	    /* Two lives of a slot at once: only the one that began last is measured. */
	    {WSC_IDENTITY_RECYCLED, "10Q1:5 20S1:5 30Q1:5 40T2@1:5 50S2:5 60C1:5 75C2:5", 1, 25, 1, 45},
	    {WSC_IDENTITY_RECYCLED, "10Q1:5 20S1:5 30Q1:5 50S1:5 60C1:5 75C1:5", 1, 10, 1, 30},
	    /* ... and of one that its thief held while the slot was queued anew, not which push it was of. */
	    {WSC_IDENTITY_RECYCLED, "10Q1:5 20T2@1:5 30Q1:5 40S2:5 60C2:5 70S1:5 75C1:5", 2, 20, 1, 45},
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		support_begin(&run);
		run.header.identity = rows[i].identity;
		support_run(&run, rows[i].history, WSC_END_CLEAN);
		const struct analysis_result *r = run.result;
		cr_expect_eq(r->violation_count, 0, "%s", rows[i].history);
		cr_expect_eq(r->exec.count, rows[i].runs, "%s", rows[i].history);
		cr_expect_eq(r->exec.max, rows[i].longest, "%s", rows[i].history);
		cr_expect_eq(r->queued_to_done.count, rows[i].lives, "%s", rows[i].history);
		cr_expect_eq(r->queued_to_done.max, rows[i].from_push, "%s", rows[i].history);
		support_end(&run);
	}
}

/* A task that is undecided twice counts once, also if its record was let go of between. */
Test(apply, undecided_tasks_are_counted_once)
{
	support_begin(&run);
	run.header.complete = false;
	support_run(&run, "10C1:5 20Q1:5 30S1:5 40C1:5 50G2~60 70C1:5 80G2~90 100C1:5 110C1:6", WSC_END_CLEAN);
	cr_expect_eq(run.result->undecided_tasks, 2, "%" PRIu64, run.result->undecided_tasks);
	support_end(&run);
}

/* A push that failed counts as none. */
Test(apply, pushes_and_takes_of_a_queue)
{
	static const struct {
		const char *history;
		uint64_t pushes, takes, steals;
	} rows[] = {{"10Q1:5 20S1:5 30C1:5", 1, 1, 0},          {"10Q1:5 20D1:5 30S1:5 40C1:5", 1, 1, 0},
	            {"10Q1:5 20T2@1:5 30S2:5 40C2:5", 1, 0, 1}, {"10Q1:5 20T1@1:5 30S1:5 40C1:5", 1, 1, 0},
	            {"10Q1:5! 20D1:5 30S1:5 40C1:5", 1, 1, 0},  {"10Q1:5 11F1:5 20Q1:5 30S1:5 40C1:5", 1, 1, 0},
	            {"10Q1:5 11Q1:5 20S1:5 30C1:5", 2, 1, 0},   {"10Q1:5 11X1:5 20Q1:6 30S1:6 40C1:6", 2, 1, 0}};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct queue_stats *queue = result_of(rows[i].history, WSC_END_CLEAN)->queues;
		cr_expect_eq(queue->pushes, rows[i].pushes, "%s", rows[i].history);
		cr_expect_eq(queue->takes, rows[i].takes, "%s", rows[i].history);
		cr_expect_eq(queue->steals, rows[i].steals, "%s", rows[i].history);
		support_end(&run);
	}
}

/* A slot's next life that was never queued has not waited since the last one was. */
Test(apply, an_inline_life_is_not_measured_from_the_last_push)
{
	support_begin(&run);
	run.header.identity = WSC_IDENTITY_RECYCLED;
	support_run(&run, "10Q1:5 11S1:5 12C1:5 20S1:5 30C1:5", WSC_END_CLEAN);
	cr_expect(run.result->lives == 2 && run.result->exec.count == 2 && run.result->queued_to_done.count == 1);
	support_end(&run);
}

static void expect_waiting(const char *history, enum wsc_end end, const char *expected)
{
	char text[512] = "";
	size_t used = 0;
	const struct analysis_result *r = result_of(history, end);
	for (size_t i = 0; i < r->waiting_count; i++)
		used += (size_t)snprintf(text + used, sizeof(text) - used, "%s%" PRIu64 "@%" PRIu64 "%s%" PRIu32,
		                         i > 0 ? " " : "", r->waiting[i].task, r->waiting[i].since,
		                         r->waiting[i].taken ? "w" : "q", r->waiting[i].place);
	cr_expect_str_eq(text, expected, "%s: %s, expected %s", history, text, expected);
	support_end(&run);
}

Test(apply, what_waits_at_the_end)
{
	expect_waiting("10Q1:5", WSC_END_CUT, "5@10q1");
	/* Lost events may have taken it; what was not written behind the end of a cut has not. */
	expect_waiting("10Q1:5 20G3*7~30 40Q1:6", WSC_END_CUT, "6@40q1");
	expect_waiting("10Q1:5 20G3*0~30 40Q1:6", WSC_END_CUT, "5@10q1 6@40q1");
	expect_waiting("10Q1:5 20G3*1~30 40Q1:6", WSC_END_CUT, "6@40q1");
	expect_waiting("5G3*1~6 10Q1:5 20G3*0~30 40Q1:6", WSC_END_CUT, "5@10q1 6@40q1");
	expect_waiting("10G3*1~40 20G4*1~25 30Q1:5 41Q1:6", WSC_END_CUT, "6@41q1");
	expect_waiting("5G3*1~6 10Q1:5 20G3*1~30 40Q1:6", WSC_END_CUT, "6@40q1");
	expect_waiting("10Q1:5", WSC_END_STALLED, "5@10q1");
	expect_waiting("10Q1:5", WSC_END_CLEAN, "");
	expect_waiting("10Q1:5 20S1:5", WSC_END_CUT, "");
	expect_waiting("10Q1:5 20T2@1:5", WSC_END_CUT, "5@10w2");
	expect_waiting("10Q1:5 20Q1:6 30Q1:7", WSC_END_CUT, "5@10q1 6@20q1 7@30q1");
	expect_waiting("10Q1:7 10Q1:5 10Q1:6", WSC_END_CUT, "5@10q1 6@10q1 7@10q1");
	expect_waiting("10Q1:1 11Q1:2 12Q1:3 13Q1:4 14Q1:5 15Q1:6 16Q1:7 17Q1:8 18Q1:9 19Q1:10 20Q1:11 21Q1:12",
	               WSC_END_CUT, "1@10q1 2@11q1 3@12q1 4@13q1 5@14q1 6@15q1 7@16q1 8@17q1 9@18q1 10@19q1");
	expect_waiting("10T2@1:5", WSC_END_CUT, "5@10w2");
	expect_waiting("5G3*1~10 10Q1:5 12Q1:6", WSC_END_CUT, "6@12q1");
	expect_waiting("10Q1:5 15G3~16", WSC_END_CUT, "5@10q1");
	cr_expect_eq(result_of("10Q1:5 20Q1:6 30S1:6", WSC_END_CUT)->waiting_total, 1);
	support_end(&run);
}

/* However many warnings come before it, an error is among the reports that are kept. */
Test(apply, errors_are_kept_before_warnings)
{
	support_begin(&run);
	run.options.max_reports = 1;
	run.options.slow_steal_ns = 1;
	support_create(&run);
	support_feed(&run, "10Q1:5 11B2@1 20T2@1:5 30S2:5 40C2:5 50S2:5 60C2:5 70Q1:6 71B2@1 80T2@1:6 90S2:6 95C2:6");
	support_finish(&run, WSC_END_CLEAN);
	cr_expect_eq(run.result->counts[WSC_VIOLATION_SLOW_STEAL], 2);
	cr_expect_eq(run.result->violation_count, 1);
	cr_expect_eq(run.result->violations[0].kind, WSC_VIOLATION_DOUBLE_EXECUTION);
	support_end(&run);
}

/* Records are used again in another order than handles are queued in: the longest waiting still come first. */
/* One life of a slot waits, another was taken and has not run, a third runs. */
Test(apply, what_hands_hold_waits)
{
	support_begin(&run);
	run.header.identity = WSC_IDENTITY_RECYCLED;
	support_create(&run);
	support_feed(&run, "10Q1:5 12T2@1:5 15Q1:5 17T3@1:5 18S3:5 20Q1:5");
	support_finish(&run, WSC_END_CUT);
	cr_assert_eq(run.result->waiting_total, 2);
	cr_expect(!run.result->waiting[0].taken && run.result->waiting[0].place == 1);
	cr_expect(run.result->waiting[1].taken && run.result->waiting[1].place == 2);
	cr_expect_eq(run.result->waiting[1].since, 20);
	support_end(&run);
}

Test(apply, the_longest_waiting_come_first)
{
	char word[64];
	support_begin(&run);
	support_create(&run);
	for (unsigned i = 1; i <= 30; i++) {
		snprintf(word, sizeof(word), "%uQ1:%u", i, i);
		support_feed(&run, word);
	}
	for (unsigned i = 1; i <= 30; i++) {
		snprintf(word, sizeof(word), "%uS1:%u %uC1:%u", 100 + 2 * i, 31 - i, 101 + 2 * i, 31 - i);
		support_feed(&run, word);
	}
	support_feed(&run, "190P1");
	for (unsigned i = 1; i <= 30; i++) {
		snprintf(word, sizeof(word), "%uQ1:%u", 200 + i * 7 % 31, 100 + i);
		support_feed(&run, word);
	}
	support_finish(&run, WSC_END_CUT);
	cr_assert_eq(run.result->waiting_count, ANALYSIS_WAITING_MAX);
	cr_expect_eq(run.result->waiting_total, 30);
	for (unsigned i = 0; i < ANALYSIS_WAITING_MAX; i++)
		cr_expect_eq(run.result->waiting[i].since, 201 + i);
	support_end(&run);
}

/* --- Gaps. --- */

/* What is fed takes effect at once. */
static void feed_now(const char *history)
{
	support_feed(&run, history);
	window_advance(run.analysis, WINDOW_END);
}

static void expect_gap(const char *history, uint64_t uncertainty, uint64_t undecided, const char *reports)
{
	support_begin(&run);
	run.header.uncertainty_ns = uncertainty;
	support_run(&run, history, WSC_END_CLEAN);
	cr_expect_str_eq(support_reports(&run), reports, "%s: %s, expected %s", history, run.text, reports);
	cr_expect_eq(run.result->undecided_tasks, undecided, "%s: %" PRIu64 " undecided", history,
	             run.result->undecided_tasks);
	bool fails = *reports != '\0' && strncmp(reports, "idle", 4) != 0;
	cr_expect_eq(run.result->verdict, fails ? ANALYSIS_FAIL : ANALYSIS_INCONCLUSIVE);
	support_end(&run);
}

Test(apply, gaps)
{
	expect_gap("10Q1:5 20G3*2~30 40S2:5 50C2:5", 0, 1, "");
	expect_gap("10Q1:5 20G3~30 40S1:5 50S2:5 60C1:5 61C2:5", 0, 1, "double_execution:5 40-50 w1,2");
	expect_gap("10G3*2~30 40Q1:5 50S2:5 60C2:5", 0, 0, "multiple_owners:5 40-50 q1 w1,2");
	expect_gap("10Q1:5 20S2:5 30C2:5 40G3*2~50", 0, 0, "multiple_owners:5 10-20 q1 w1,2");
	expect_gap("10Q1:5 20G3*2~30", 0, 1, "");
	expect_gap("10Q1:5 20G3*2~30 31G4~32", 0, 1, "");
	expect_gap("10Q1:5 20G3*2~30 31S1:5 40G3~41 50C1:5", 0, 1, "");
	expect_gap("10G3~20 15Q1:5", 0, 1, "");
	expect_gap("10G3~20 20Q1:5", 0, 1, "");
	expect_gap("10G3~20 21Q1:5", 0, 0, "lost_work:5 21-21 q1 w1");
	expect_gap("10G3~20 25Q1:5", 5, 1, "");
	expect_gap("10G3~20 26Q1:5", 5, 0, "lost_work:5 26-26 q1 w1");
	expect_gap("10G3~40 20G4~25 30Q1:5", 0, 1, "");
	expect_gap("10Q1:5 11S1:5 12C1:5 20G3~30 40S1:5 45C1:5", 0, 0, "");
	expect_gap("20G3~30 40C1:5", 0, 1, "");
	expect_gap("10G3~20 30Q1:5 31S1:5 32C1:5 40S1:5 50C1:5", 0, 0, "double_execution:5 30-40 q1 w1");
	expect_gap("15G3~20 20S1:5 20C1:5 30R1:5 31C1:5", 0, 1, "");
	expect_gap("20G3~30 40S1:5 45C1:5", 0, 0, "");
	expect_gap("20G3~30 40T2@1:5 45S2:5 46C2:5", 0, 1, "");
	/* One that is stamped later, by no more than stamps are uncertain, may lie before. */
	expect_gap("10T2@1:5 14G9~16 30S2:5 40C2:5", 5, 1, "");
	expect_gap("10T2@1:5 15G9~16 30S2:5 40C2:5", 5, 1, "");
	expect_gap("10T2@1:5 16G9~17 30S2:5 40C2:5", 5, 1, "protocol_violation:5 10-10 w2");
	expect_gap("0T2@1:5 3G9~4 20S2:5 30C2:5", 5, 1, "");
	expect_gap("10S1:5 10S2:5 10G9~10", 0, 1, "");
	/* Of several the one that is still to come counts, not those that are over. */
	expect_gap("10G9~11 20Q1:5 38S2:5 40G9~45 60C2:5", 5, 1, "");
	expect_gap("10G9~11 20Q1:5 38S2:5 40G9~45 60C2:5 200G9~201", 5, 1, "");
	expect_gap("10G9~11 20Q1:5 30G9~31 40S2:5 60C2:5", 0, 1, "");
	expect_gap("10G9~11 20Q1:5 34S2:5 40G9~45 60C2:5", 5, 1, "multiple_owners:5 20-34 q1 w1,2");
}

/* Who slept before a gap of its own may have woken in it. */
static void expect_run(enum wsc_identity identity, bool complete, uint64_t uncertainty, enum wsc_end end,
                       const char *history, const char *reports)
{
	struct support_analysis s;
	support_begin(&s);
	s.header.identity = identity;
	s.header.complete = complete;
	s.header.uncertainty_ns = uncertainty;
	s.options.stepwise = true;
	support_expect(&s, history, end, reports);
}

static void expect_run_and_gap(const char *history, const char *reports)
{
	expect_run(WSC_IDENTITY_POLLED, true, 0, WSC_END_CLEAN, history, reports);
}

/* A run under way when evidence went missing may last to the end: what is queued meanwhile waits for that. */
Test(apply, a_gap_does_not_end_a_run)
{
	static const char lost[] = "lost_work:5 112-112 q1 w1", unfinished[] = "unfinished_execution:5 112-112 q1 w1";
	expect_run_and_gap("30S1:5 31G9~32 112Q1:5", unfinished);
	expect_run_and_gap("30S1:5 31G9~32 50T2@1:5 60S1:6 61C1:6 112Q1:5", unfinished);
	expect_run_and_gap("30S1:5 31G9~32 50Q1:5 51F1:5 112Q1:5", unfinished);
	expect_run_and_gap("30S1:5 31G9~32 50Q1:5 60G9~61 112Q1:5", unfinished);
	expect_run_and_gap("30S1:5 31G9~32 111Q1:5 112T2@1:5", "unfinished_execution:5 111-112 q1 w2");
	expect_run(WSC_IDENTITY_POLLED, true, 0, WSC_END_STALLED, "30S1:5 31G9~32 112Q1:5", unfinished);
	/* It was over, then or later; a later run shows it as well. */
	expect_run_and_gap("29S1:5 30C1:5 31G9~32 112Q1:5", lost);
	expect_run_and_gap("29S1:5 30U1:5 31G9~32 112Q1:5", lost);
	expect_run_and_gap("30S1:5 31G9~32 50C1:5 112Q1:5", lost);
	expect_run_and_gap("30S1:5 31G9~32 50U1:5 112Q1:5", lost);
	expect_run_and_gap("30S1:5 31G9~32 50C2:5 112Q1:5", lost);
	expect_run_and_gap("30S1:5 31G9~32 50U2:5 112Q1:5", lost);
	expect_run_and_gap("30S1:5 31G9~32 50S2:5 51C2:5 112Q1:5", lost);
	expect_run_and_gap("30S1:5 31G9~32 50R2:5 51C2:5 112Q1:5", lost);
	expect_run_and_gap("30S1:5 31G9~32 50Q2:5 51S2:5 52C2:5 112Q1:5", lost);
	/* Nothing was seen of a run; what is not polled is not queued while it runs, or is another life. */
	expect_run_and_gap("31G9~32 112Q1:5", lost);
	expect_run(WSC_IDENTITY_UNIQUE, true, 0, WSC_END_CLEAN, "30S1:5 31G9~32 112Q1:5", lost);
	expect_run(WSC_IDENTITY_RECYCLED, true, 0, WSC_END_CLEAN, "30S1:5 31G9~32 112Q1:5", lost);
}

/* Nor does the beginning of a window, where stamps are too close to be sure of anything. */
Test(apply, the_head_of_a_window_does_not_end_a_run)
{
	static const struct {
		const char *history;
		bool may_run;
	} rows[] = {
	    {"30S1:5 112Q1:5", true},         {"30S1:5 31C1:5 112Q1:5", false},
	    {"30S1:5 31C2:5 112Q1:5", true}, /* perhaps of a run before */
	    {"30S1:5 70C2:5 112Q1:5", true},  {"30S1:5 71C2:5 112Q1:5", false},
	    {"30S1:5 112Q1:6 112Q1:5", true}, {"30S1:6 112Q1:5", false},
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct support_analysis s;
		support_begin(&s);
		s.header.identity = WSC_IDENTITY_POLLED;
		s.header.complete = false;
		s.header.uncertainty_ns = 40;
		support_run(&s, rows[i].history, WSC_END_CLEAN);
		cr_expect_eq(strstr(support_reports(&s), "unfinished_execution:5") != NULL, rows[i].may_run, "%s: %s",
		             rows[i].history, s.text);
		cr_expect_eq(strstr(s.text, "lost_work:5") != NULL, !rows[i].may_run, "%s: %s", rows[i].history,
		             s.text);
		support_end(&s);
	}
}

Test(apply, a_gap_ends_a_park)
{
	expect_gap("20P2 50Q1:5 51B1@9 52E1@9 19999990B1@9 19999991E1@9 20000000N2 20000010S1:5 20000020C1:5 "
	           "20000030G2~20000040",
	           0, 0, "idle_while_work:5 20-20000000 q1 w2");
	expect_gap("20P2 30G2~40 50Q1:5 51B1@9 52E1@9 19999990B1@9 19999991E1@9 20000000N2 20000010S1:5 20000020C1:5",
	           0, 0, "");
}

/* A share that can't keep a park for the others says that there was no memory: without it they would pass. */
Test(apply, a_share_without_memory_for_a_park)
{
	for (int is_full = 0; is_full <= 1; is_full++) {
		support_begin(&run);
		run.options.share = (struct share){.kind = SHARE_TASKS, .count = 1};
		support_create(&run);
		struct analysis *a = run.analysis;
		if (is_full)
			a->sleep_count = a->sleep_capacity = SIZE_MAX / 4; /* twice that is more than there can be */
		support_feed(
		    &run, "20P2 50Q1:5 51B1@9 52E1@9 19999990B1@9 19999991E1@9 20000000N2 20000010S1:5 20000020C1:5");
		cr_expect_eq(analysis_finish(a, WSC_END_CLEAN, 0), is_full ? WSC_NOMEM : WSC_OK);
		if (is_full)
			a->sleep_count = 0;
		else
			cr_expect_eq(a->sleep_count, 1);
		support_end(&run);
	}
}

/* Behind a gap that is over a life is known, also when no more than two bits of it are left. */
Test(apply, gaps_that_are_over)
{
	support_begin(&run);
	support_create(&run);
	feed_now("10G9~11");
	feed_now("20Q1:5 21S1:5 22C1:5");
	feed_now("40S1:5 50C1:5");
	support_finish(&run, WSC_END_CLEAN);
	cr_expect_str_eq(support_reports(&run), "double_execution:5 40-40 w1", "%s", run.text);
	support_end(&run);
}

Test(apply, gaps_are_counted)
{
	const struct analysis_result *r = result_of("10G3*2~20 20G3*3~30 40Q1:5 50S1:5 60C1:5", WSC_END_CLEAN);
	cr_expect_eq(r->dropped, 5);
	cr_expect(r->reasons == ANALYSIS_REASON_LOSSY && r->lives == 1);
	support_end(&run);
	r = result_of("10Q1:5 20S1:5 60C1:5 70G1~80", WSC_END_CUT); /* a gap without a count at a cut is the cut */
	cr_expect_eq(r->reasons, ANALYSIS_REASON_CUT);
	support_end(&run);
	r = result_of("10Q1:5 20S1:5 60C1:5 70G1*1~80", WSC_END_CUT);
	cr_expect_eq(r->reasons, ANALYSIS_REASON_CUT | ANALYSIS_REASON_LOSSY);
	support_end(&run);
	r = result_of("5G3~6 10T2@1:5 20S2:5 60C2:5", WSC_END_CLEAN); /* the life is counted, if not its queue */
	cr_expect(r->lives == 1 && r->exec.count == 1);
	support_end(&run);
}

/* What a finished handle's two bits still tell behind a gap, and what they don't; each part takes effect at once. */
static void expect_parts(const char *history, enum wsc_identity identity, const char *reports)
{
	char *line = strdup(history), *save;
	support_begin(&run);
	run.header.identity = identity;
	support_create(&run);
	for (char *part = strtok_r(line, "|", &save); part != NULL; part = strtok_r(NULL, "|", &save))
		feed_now(part);
	free(line);
	support_finish(&run, WSC_END_CLEAN);
	cr_expect_str_eq(support_reports(&run), reports, "%s: %s, expected %s", history, run.text, reports);
	support_end(&run);
}

Test(apply, what_is_left_of_a_finished_life)
{
	const enum wsc_identity unique = WSC_IDENTITY_UNIQUE;
	expect_parts("10Q1:5 11S1:5 12C1:5 | 40S1:5 50C1:5", unique, "double_execution:5 40-40 w1");
	expect_parts("10Q1:5 11S1:5 12C1:5 | 20G9~21 | 40S1:5 50C1:5", unique, "");
	expect_parts("10Q1:5 11S1:5 12C1:5 | 20G9~21 | 40Q1:5 41S1:5 42C1:5 | 50S1:5 51C1:5", unique,
	             "double_execution:5 50-50 w1");
	/* It ended within the gap. */
	expect_parts("10G9~20 | 18Q1:5 19S1:5 20C1:5 | 40S1:5 50C1:5", unique, "");
	expect_parts("10G9~20 | 21Q1:5 22S1:5 23C1:5 | 40S1:5 50C1:5", unique, "double_execution:5 40-40 w1");
	/* The gap waits when the life has long been over. */
	expect_parts("10Q1:5 11S1:5 12C1:5 | 20G9~30 25S1:5 50C1:5", unique, "");
	/* What is kept of a life that was cancelled, or waited for its push. */
	expect_parts("10Q1:5 11X1:5 | 20S1:5 30C1:5", unique, "exec_after_cancel:5 10-20 q1 w1");
	expect_parts("10Q1:5 11X1:5 | 20T2@1:5", unique, "");
	expect_parts("10Q1:5 11X1:5 | 20Q1:5 21S1:5 22C1:5 | 30T2@1:5", unique, "");
	expect_parts("10T2@1:5 | 20S2:5 30C2:5", unique, "protocol_violation:5 10-10 w2");
	expect_parts("10Q1:5 11S1:5 12C1:5 13X1:5 | 20T2@1:5", unique, ""); /* it stays cancelled */
	expect_parts("10G9~20 | 20C1:5 | 40C1:5", unique, "");              /* it may have run again */
	expect_parts("10G9~20 | 26C1:5 | 40C1:5", unique, "protocol_violation:5 40-40 w1");
	/* Entries that cancelled lives left in more queues than are kept apart: all may be taken. */
	expect_parts("10Q1:5 11X1:5 12Q1@2:5 13X1:5 14Q1@3:5 15X1:5 16Q1@4:5 17X1:5 18Q1:5 19S1:5 20C1:5 "
	             "21T2@1:5 22T2@2:5 23T2@3:5 | 30T2@4:5",
	             unique, "");
	/* One report of each kind. */
	expect_parts("10Q1:5 11S1:5 12S2:5 13C1:5 14C2:5 | 20S3:5 21C3:5", unique, "double_execution:5 10-12 q1 w1,2");
	/* What it ran first was another life of the slot: it still held the one that it took. */
	expect_parts("10Q1:5 20T2@1:5 21S2:5 22C2:5 | 30Q1:5 40S2:5 41C2:5 45P1 46N1 50S1:5 51C1:5",
	             WSC_IDENTITY_RECYCLED, "");
	/* A take that is stamped late empties the slot in which the owner then ran. */
	expect_parts("10Q1:5 12P1 20B7@1 30S1:5 31C1:5 | 40T7@1:5 60S7:5 61C7:5", WSC_IDENTITY_RECYCLED, "");
	/* What ran beside a suspended life was another one of the slot, which still waits to go on. */
	expect_parts("10S1:5 20U1:5 40S2:5 50C2:5 | 70R2:5 80C2:5", WSC_IDENTITY_RECYCLED, "");
}

/* On a shared queue a take may be stamped after a third start of the slot: 9 took 5 before 2 ran, 4 before 3 did. */
Test(apply, a_slot_is_kept_for_the_latest_of_takes)
{
	support_begin(&run);
	run.header.identity = WSC_IDENTITY_RECYCLED;
	trace_header_add_queue(&run.header, 64);
	support_create(&run);
	feed_now("10Q1@64:5 20S2:5 21C2:5 25N3 30Q1@64:5 40S3:5 41C3:5 50S4:5 51C4:5");
	feed_now("60D9@64:5 61S9:5 62C9:5");
	support_finish(&run, WSC_END_CLEAN);
	cr_expect_str_eq(support_reports(&run), "", "%s", run.text);
	support_end(&run);
}

/* The take that came before its push is still known when the deque has held the item again. */
Test(apply, a_deque_still_awaits_a_push)
{
	support_begin(&run);
	run.header.scope = WSC_SCOPE_DEQUE;
	support_create(&run);
	feed_now("10T2@1:5 20Q3:5 30T4@3:5");
	feed_now("40Q1:5");
	support_finish(&run, WSC_END_CLEAN);
	cr_expect_str_eq(support_reports(&run), "protocol_violation:5 10-10 w2", "%s", run.text);
	support_end(&run);
}

/* A life that began after stamps too close to order is not known well enough to say what was left in the queues. */
Test(apply, a_life_after_a_crowd_leaves_doubt)
{
	support_begin(&run);
	support_create(&run);
	for (unsigned i = 0; i < 33; i++)
		support_feed(&run, "10S1:5 10S2:5 10C1:5 10C2:5");
	feed_now("");
	feed_now("100Q1:5 101S1:5 102C1:5");
	feed_now("110T2@1:5");
	feed_now("120Q1:6");
	support_finish(&run, WSC_END_CLEAN);
	cr_expect_str_eq(support_reports(&run), "lost_work:6 120-120 q1 w1", "%s", run.text);
	support_end(&run);
}

/* ... but a run that begins in the crowd's last state is seen: the handle is as good as a new one. */
Test(apply, a_handle_is_used_after_a_crowd)
{
	support_begin(&run);
	support_create(&run);
	for (unsigned i = 0; i < 33; i++)
		support_feed(&run, "10S1:5 10S2:5 10C1:5 10C2:5");
	feed_now("");
	feed_now("100Q1:5");
	support_finish(&run, WSC_END_CLEAN);
	cr_expect_str_eq(support_reports(&run), "lost_work:5 100-100 q1 w1", "%s", run.text);
	support_end(&run);
}

/* --- Bounds of what a worker did, by its next stamp. --- */

Test(apply, a_start_takes_until_the_next_stamp)
{
	/* Task 5 may have been taken up to the stamp that follows its start; the thief of 6 began after or before it. */
	expect_fifo("10Q1:5 11Q1:6 12P1 20B2@1 30T2@1:6 31S1:5 32C1:5 33S2:6 34C2:6", "");
	expect_fifo("10Q1:5 11Q1:6 12P1 20B2@1 30T2@1:6 31N1 32S1:5 33C1:5 34S2:6 35C2:6",
	            "ordering_violation:6/5 30-33 q1 w2,1");
	expect_fifo("10Q1:5 11Q1:6 20S1:6 25B2@1 26T2@1:5 27C1:6 28S2:5 29C2:5", "");
	expect_fifo("10Q1:5 11Q1:6 20S1:6 22P1 25B2@1 26T2@1:5 27C1:6 28S2:5 29C2:5",
	            "ordering_violation:6/5 22-26 q1 w1,2");
}

/* A push ends with its worker's next stamp of another kind, which a further success of a batch is not. */
Test(apply, what_ends_a_push)
{
	const char *told = "false_empty:5 20-30 q1 w2";
	expect_fifo("10Q1:5 12P1 20B2@1 30E2@1? 41N1 50S1:5 51C1:5", told);
	expect_fifo("10Q1:5 11Q1:6 12P1 20B2@1 30E2@1? 41N1 50S1:5 51C1:5 52S1:6 53C1:6", told);
	expect_fifo("10Q1:5 11Q1:6 20B2@1 30E2@1? 40P1 41N1 50S1:5 51C1:5 52S1:6 53C1:6", "");
	expect(
	    "5Q3:7 6Q3:8 7P3 8B1@3 9T1@3:7 10Q1:5 12T1@3:8 20B2@1 30E2@1? 40P1 41N1 50S1:5 51C1:5 60S1:7 61C1:7 62S1:8 "
	    "63C1:8",
	    "");
	expect(
	    "5Q3:7 6Q3:8 7P3 8B1@3 9T1@3:7 10Q1:5 11B1@3 12T1@3:8 20B2@1 30E2@1? 40P1 41N1 50S1:5 51C1:5 60S1:7 61C1:7 "
	    "62S1:8 63C1:8",
	    told);
}

/* A start that is its worker's last stamp took at any time after the one before. */
Test(apply, the_last_start_takes_until_the_end)
{
	expect_fifo("10Q1:5 11Q1:6 12P1 20B2@1 30T2@1:6 31N1 32S1:5 33S2:6 34C2:6",
	            "unfinished_execution:5 10-32 q1 w1; ordering_violation:6/5 30-34 q1 w2,1");
	expect_fifo("10Q1:5 11Q1:6 12P1 20B2@1 30T2@1:6 32S1:5 33S2:6 34C2:6", "unfinished_execution:5 10-32 q1 w1");
}

/* A take that waits for its push is bound by its own stamp, not by its worker's next one. */
Test(apply, a_take_before_its_push_keeps_its_bound)
{
	for (unsigned from = 25; from <= 26; from++) {
		char text[256];
		support_begin(&run);
		run.header.uncertainty_ns = 5;
		snprintf(text, sizeof(text),
		         "1Q1:6 8P1 9N1 20T2@1:5 21P2 22Q1:5 %uB3@1 30T3@1:6 40N2 41S2:5 42C2:5 50S3:6 51C3:6", from);
		support_expect(&run, text, WSC_END_CLEAN, from == 26 ? "ordering_violation:5/6 20-30 q1 w2,3" : "");
	}
}

/* Takes that wait for their pushes are made in the order of the program, each with its own stamps. */
Test(apply, takes_before_their_pushes)
{
	support_begin(&run);
	run.header.uncertainty_ns = 20;
	support_expect(
	    &run,
	    "1Q1:4 2P1 8B2@1 10T2@1:5 12B2@1 15T2@1:6 20Q1:5 22Q1:7 25Q1:6 26P1 60B3@1 70T3@1:4 80S2:5 81C2:5 "
	    "82S2:6 83C2:6 84S3:4 85C3:4 86B3@1 90T3@1:7 91S3:7 92C3:7",
	    WSC_END_CLEAN, "ordering_violation:5/4 10-70 q1 w2,3; ordering_violation:6/7 15-90 q1 w2,3");
}

/* Takes that wait for nothing more are forgotten. */
Test(apply, takes_that_waited)
{
	support_begin(&run);
	run.header.discipline = WSC_DISCIPLINE_FIFO;
	support_create(&run);
	support_feed(&run, "10Q1:5 11Q1:6 20S1:5 30C1:5 40S1:6");
	window_advance(run.analysis, WINDOW_END);
	const struct engine_stream *s = &run.analysis->streams[0];
	cr_expect(s->take_count == 1 && s->takes_passed == 1);
	support_feed(&run, "50C1:6");
	window_advance(run.analysis, WINDOW_END);
	cr_expect(s->take_count == 0 && s->takes_passed == 2);
	support_end(&run);
}

/* A producer that only pushes never closes a push; those whose stays are over go first. */
Test(apply, many_open_pushes)
{
	char word[96];
	support_begin(&run);
	run.header.discipline = WSC_DISCIPLINE_FIFO;
	support_create(&run);
	for (unsigned i = 1; i <= 3000; i++) {
		snprintf(word, sizeof(word), "%uQ1:%u", 10 * i, i);
		support_feed(&run, word);
		if (i > 20) {
			unsigned task = i - 20;
			snprintf(word, sizeof(word), "%uT2@1:%u %uS2:%u %uC2:%u", 10 * i + 1, task, 10 * i + 2, task,
			         10 * i + 3, task);
			support_feed(&run, word);
		}
	}
	support_feed(
	    &run, "50000P1 50001B2@1 50002E2@1? 50010T2@1:3000 50011S2:3000 50012C2:3000 50020T2@1:2999 50021S2:2999 "
	          "50022C2:2999");
	uint32_t producer = id_map_find(&run.analysis->stream_index, 1);
	cr_expect_leq(run.analysis->streams[producer - 1].push_capacity, 64);
	support_finish(&run, WSC_END_CUT);
	cr_expect_str_eq(support_reports(&run), "false_empty:2999 50001-50002 q1 w2; "
	                                        "ordering_violation:3000/2999 50010-50020 q1 w2");
	support_end(&run);
}

/* As many pushes as there is room for, all stolen at once but one of them, and one push more. */
static void expect_one_open(enum wsc_discipline discipline, bool no_lane, unsigned open)
{
	enum { ROOM = 16 };
	char word[96];
	support_begin(&run);
	run.header.discipline = discipline;
	run.options.no_lane = no_lane;
	support_create(&run);
	for (unsigned i = 1; i <= ROOM + 1; i++) {
		snprintf(word, sizeof(word), "%uQ1:%u", 10 * i, i);
		feed_now(word);
		if (i == open || i > ROOM)
			continue;
		snprintf(word, sizeof(word), "%uT2@1:%u %uS2:%u %uC2:%u", 10 * i + 1, i, 10 * i + 2, i, 10 * i + 3, i);
		feed_now(word);
	}
	snprintf(word, sizeof(word), "900P1 901B2@1 902E2@1? 905B2@1 910T2@1:%u 911S2:%u 912C2:%u", open, open, open);
	feed_now(word);
	support_finish(&run, WSC_END_CUT);
	snprintf(word, sizeof(word), "false_empty:%u 901-902 q1 w2", open);
	cr_expect_str_eq(support_reports(&run), word);
	support_end(&run);
}

Test(apply, an_open_push_outlasts_those_that_are_over)
{
	for (unsigned open = 1; open <= 16; open++)
		expect_one_open(WSC_DISCIPLINE_NONE, true, open);
	expect_one_open(WSC_DISCIPLINE_LIFO, true, 16);
	expect_one_open(WSC_DISCIPLINE_LIFO, false, 16);
}

/* A pinned push sends all older ones of its deque out of the fast lane; each is still open. Then all but one are stolen. */
static void expect_adopted(unsigned open)
{
	enum { PUSHES = 9 };
	char word[96];
	support_begin(&run);
	support_create(&run);
	for (unsigned i = 1; i <= PUSHES; i++) {
		snprintf(word, sizeof(word), "%uQ1:%u", 10 * i, i);
		feed_now(word);
	}
	feed_now("100Q1:99!");
	for (unsigned i = 1; i < open; i++) {
		snprintf(word, sizeof(word), "%uB2@1 %uT2@1:%u %uS2:%u %uC2:%u", 100 + 10 * i, 101 + 10 * i, i,
		         102 + 10 * i, i, 103 + 10 * i, i);
		feed_now(word);
	}
	feed_now("900P1 901B2@1 902E2@1?");
	for (unsigned i = open; i <= PUSHES; i++) {
		snprintf(word, sizeof(word), "%uB2@1 %uT2@1:%u %uS2:%u %uC2:%u", 900 + 10 * i, 901 + 10 * i, i,
		         902 + 10 * i, i, 903 + 10 * i, i);
		feed_now(word);
	}
	support_finish(&run, WSC_END_CUT);
	snprintf(word, sizeof(word), "false_empty:%u 901-902 q1 w2", open);
	cr_expect_str_eq(support_reports(&run), word);
	support_end(&run);
}

Test(apply, pushes_that_leave_the_lane_stay_open)
{
	for (unsigned open = 1; open <= 9; open++)
		expect_adopted(open);
}

/* The record of a life that is over is let go: by stamps, and where a search has found the order. */
static void records_of(enum wsc_scope scope, uint64_t uncertainty, const char *format, uint32_t most)
{
	struct support_analysis s;
	char round[256];
	support_begin(&s);
	s.header.scope = scope;
	s.header.uncertainty_ns = uncertainty;
	support_create(&s);
	for (unsigned i = 1; i <= 1500; i++) {
		unsigned n = 0;
		for (const char *at = format; *at != '\0' && n + 12 < sizeof(round); at++) {
			if (*at == '#')
				n += (unsigned)snprintf(round + n, sizeof(round) - n, "%u", i);
			else
				round[n++] = *at;
		}
		round[n] = '\0';
		support_feed(&s, round);
	}
	support_finish(&s, WSC_END_CLEAN);
	cr_expect_leq(s.analysis->tasks.used, most, "%s: %" PRIu32 " records", format, s.analysis->tasks.used);
	cr_expect_eq(s.result->violation_count, 0);
	support_end(&s);
}

static void records(uint64_t uncertainty, const char *format, uint32_t most)
{
	records_of(WSC_SCOPE_SCHEDULER, uncertainty, format, most);
}

Test(apply, records_are_let_go)
{
	records(0, "#00Q1:# #10S1:# #20C1:#", 64);
	records(0, "#00S1:# #20C1:#", 64);
	records(5, "#00T2@1:# #03Q1:# #20S2:# #40C2:#", 64);
	records(5, "#00T2@1:# #03Q1:# #04S2:# #06C2:#", 64);
	records(0, "#00G9~#01 #01T2@1:#", 64); /* what is unknown */
	records(0, "#00Q1:# #01F1:# #10S1:# #20C1:#", 64);
	records_of(WSC_SCOPE_DEQUE, 0, "#00Q1:# #10T2@1:# #20Q2:# #21F2:#", 64); /* no hand is of interest there */
}

/* --- Slots: a take that is stamped late may have been of what an earlier start seems to have taken. --- */

static void expect_slots(uint64_t uncertainty, const char *history, const char *reports)
{
	support_begin(&run);
	run.header.identity = WSC_IDENTITY_RECYCLED;
	run.header.uncertainty_ns = uncertainty;
	trace_header_add_queue(&run.header, 64)->has_discipline = true;
	run.header.queues[0].discipline = WSC_DISCIPLINE_FIFO;
	support_expect(&run, history, WSC_END_CLEAN, reports);
}

/* 6 is taken before the older 5, unless somebody else had taken that before. */
#define LEFT_BEHIND "10Q3@64:5 11Q3@64:6 12P3 13N4 14N2 15D4@64:6 16N1 30S1:5 31C1:5 "

Test(apply, a_late_take_leaves_the_order_open)
{
	const char *wrong = "ordering_violation:6/5 15-31 q64 w4,1";
	expect_slots(0, LEFT_BEHIND "60S4:6 61C4:6", wrong);
	expect_slots(0, LEFT_BEHIND "40D2@64:5 50S2:5 51C2:5 60S4:6 61C4:6", "");
	expect_slots(0, LEFT_BEHIND "40T2@64:5 50S2:5 51C2:5 60S4:6 61C4:6", "");
	expect_slots(0, LEFT_BEHIND "40S2:5 51C2:5 60S4:6 61C4:6", "");
	expect_slots(0, LEFT_BEHIND "40Q2:5 50S2:5 51C2:5 60S4:6 61C4:6", wrong); /* no take */
	expect_slots(0, LEFT_BEHIND "33N2 40S2:5 51C2:5 60S4:6 61C4:6", wrong);   /* too late for it */
	/* It was long over when there is doubt about a later life. */
	expect_slots(0, LEFT_BEHIND "60S4:6 61C4:6 100Q3@64:5 101N2 110S1:5 111C1:5 120S2:5 121C2:5", wrong);
	/* Nothing is known of a worker before its first stamp; nobody else can have taken these. */
	expect_slots(0, "10Q1:5 11Q1:6 12P1 30T8@1:6 31B7@1 40T7@1:5 50S7:5 51C7:5 52S8:6 53C8:6",
	             "ordering_violation:6/5 30-40 q1 w8,7");
	/* The start of a life before was certainly sooner. */
	expect_slots(
	    0, "10Q1:5 11S1:5 12C1:5 20Q1:5 21Q1:6 22P1 30B8@1 40T8@1:6 41B7@1 50T7@1:5 60S7:5 61C7:5 62S8:6 63C8:6",
	    "ordering_violation:6/5 40-50 q1 w8,7");
}

/* The owner seems to take the older 6; a thief may have had it, and the owner's run been inline. */
Test(apply, a_late_steal_leaves_the_order_open)
{
	expect_slots(0, "10Q1:6 11Q1:5 12P1 30S1:6 31C1:6 50S1:5 51C1:5", "ordering_violation:6/5 30-50 q1 w1");
	expect_slots(0, "10Q1:6 11Q1:5 12P1 20B7@1 30S1:6 31C1:6 40T7@1:6 50S1:5 51C1:5 60S7:6 61C7:6", "");
	expect_slots(0, "10Q1:6 11Q1:5 12P1 30B7@1 30S1:6 31C1:6 40T7@1:6 50S1:5 51C1:5 60S7:6 61C7:6", "");
	expect_slots(5, "10Q1:6 20Q1:5 21P1 30S1:6 33B7@1 50C1:6 60T7@1:6 70S1:5 71C1:5 80S7:6 81C7:6", "");
	expect_slots(5, "10Q1:6 20Q1:5 21P1 30S1:6 35B7@1 50C1:6 60T7@1:6 70S1:5 71C1:5 80S7:6 81C7:6", "");
}

/* The same of a start before the latest: 7 had taken 6 before the owner ran, if its attempt began early enough. */
Test(apply, a_late_steal_leaves_an_earlier_start_open)
{
#define LATER "31C1:6 35Q7:6 40S7:6 41C7:6 "
#define END   "50S1:5 51C1:5 60S7:6 61C7:6"
	expect_slots(0, "10Q1:6 11Q1:5 12P1 20B7@1 30S1:6 " LATER "45T7@1:6 " END, "");
	expect_slots(0, "10Q1:6 11Q1:5 12P1 30B7@1 30S1:6 " LATER "45T7@1:6 " END, "");
	expect_slots(0, "0Q1:6 0Q1:5 0P1 0B7@1 1S1:6 2C1:6 35Q7:6 40S7:6 41C7:6 45T7@1:6 " END, "");
	/* What it took waited in another queue. */
	expect_slots(0, "10Q1:6 11Q1:5 12P1 20B7@2 30S1:6 " LATER "42Q2:6 45T7@2:6 " END,
	             "ordering_violation:6/5 30-50 q1 w1");
	/* None of its starts took anything from a queue. */
	expect_slots(
	    0,
	    "10Q1:6 11Q1:5 12P1 20B7@2 30D1:6 31S1:6 32C1:6 33S1:6 34C1:6 35Q2:6 36Q3:6 40T7@2:6 50S1:5 51C1:5 "
	    "60S7:6 61C7:6 62S3:6 63C3:6",
	    "ordering_violation:6/5 30-50 q1 w1");
}

/* Of two errors that a slot may end with, the one is said that the first reading of it leads to. */
Test(apply, the_end_of_a_slot_in_two_states)
{
	expect_slots(0, "10Q1:5 20Q1:5 25P1 30T3@1:5", "lost_work:5 20-30 q1 w3,1");
	/* More takes are on their way than are kept: the first that is stamped may be any, and all of these are one state. */
	expect_slots(0, "2Q1:5 12Q9@1:5 22Q9@1:5 32Q9@1:5 42Q9@1:5 52Q1:5 62T7@1:5 70P7", "lost_work:5 52-62 q1 w7,1");
	/* It may end well, but not clearly so. */
	support_begin(&run);
	run.header.identity = WSC_IDENTITY_RECYCLED;
	trace_header_add_queue(&run.header, 64);
	run.header.discipline = WSC_DISCIPLINE_NONE;
	support_run(&run, "7Q1@64:1 12Q1:1 13X1:1 14Q1@64:1 17Q1:1 18S0:1 19C0:1 28S0:1 38C0:1", WSC_END_CLEAN);
	cr_expect_str_eq(support_reports(&run), "", "%s", run.text);
	cr_expect(run.result->reasons == ANALYSIS_REASON_AMBIGUOUS && run.result->undecided_tasks == 1);
	support_end(&run);
	/* It can't end well: there is nothing to decide. */
	support_begin(&run);
	run.header.identity = WSC_IDENTITY_RECYCLED;
	support_run(&run, "10Q1:5 20Q1:5 30S1:5 40C1:5", WSC_END_CLEAN);
	cr_expect_str_eq(support_reports(&run), "multiple_owners:5 20-40 q1 w1", "%s", run.text);
	cr_expect(run.result->reasons == 0 && run.result->undecided_tasks == 0);
	support_end(&run);
}

static void expect_window_of_slots(bool complete, const char *history, const char *reports)
{
	support_begin(&run);
	run.header.identity = WSC_IDENTITY_RECYCLED;
	run.header.complete = complete;
	support_expect(&run, history, WSC_END_CLEAN, reports);
}

/* In a window it may have been the entry of a life that was not seen, and cancelled: nobody need start that. */
Test(apply, a_window_of_slots_knows_no_hand)
{
	expect_window_of_slots(true, "10Q1:5 20T2@1:5 30P2", "lost_work:5 10-20 q1 w2");
	expect_window_of_slots(false, "10Q1:5 20T2@1:5 30P2", "");
	expect_window_of_slots(false, "10Q1:5 30P2", "lost_work:5 10-10 q1 w1");
	expect_window_of_slots(false, "10Q1:5 20S1:5 30P2", "unfinished_execution:5 10-20 q1 w1");
}

/* A gap leaves in mind that a life was cancelled, in whatever state that left its entry. */
Test(apply, a_gap_does_not_hide_a_cancelled_life_of_a_slot)
{
	const char *before = "1B3@1 10Q1:5 20S1:5 30Q1:5 40T3@1:5";
	const char *after = "60G8~61 70C1:5 80Q1:5! 90B4@1 95T4@1:5 96S4:5 97C4:5";
	char history[256];
	snprintf(history, sizeof(history), "%s %s", before, after);
	expect_window_of_slots(true, history, "ordering_violation:5 80-95 q1 w4");
	snprintf(history, sizeof(history), "%s 50X9:5 %s", before, after);
	expect_window_of_slots(true, history, "");
}

/* ... from the very first stamp on. */
Test(apply, a_late_steal_at_the_beginning_of_time)
{
	expect_slots(0, "0Q1:6 0Q1:5 0S1:6 1C1:6 40T7@1:6 50S1:5 51C1:5 60S7:6 61C7:6", "");
}

/* More doubts than are kept make every order of slots doubtful, and that is said. */
Test(apply, too_many_doubts_are_said)
{
	for (int all = 0; all <= 1; all++) {
		support_begin(&run);
		run.header.identity = WSC_IDENTITY_RECYCLED;
		support_create(&run);
		run.analysis->findings.doubts_all = all;
		support_feed(&run, "10Q1:6 11Q1:5 12P1 20B7@1 30S1:6 31C1:6 40T7@1:6 50S1:5 51C1:5 60S7:6 61C7:6");
		support_finish(&run, WSC_END_CLEAN);
		cr_expect_eq(run.result->reasons, all ? ANALYSIS_REASON_AMBIGUOUS : 0);
		support_end(&run);
	}
}

/* More lives of a slot on more workers than are kept apart: said, and counted once. */
Test(apply, a_crowded_slot_is_undecided)
{
#define FIVE(t)                                                                                                        \
	t "0S1:5 " t "1S2:5 " t "2S3:5 " t "3S4:5 " t "4S5:5 " t "5C1:5 " t "6C2:5 " t "7C3:5 " t "8C4:5 " t "9C5:5 "
	support_begin(&run);
	run.header.identity = WSC_IDENTITY_RECYCLED;
	support_run(&run, FIVE("1") FIVE("2") FIVE("3"), WSC_END_CLEAN);
	cr_expect(run.result->verdict == ANALYSIS_INCONCLUSIVE && run.result->reasons == ANALYSIS_REASON_AMBIGUOUS);
	cr_expect_eq(run.result->undecided_tasks, 1);
	support_end(&run);
}

static void expect_waits(const char *history, uint64_t waits, uint64_t undecided)
{
	support_begin(&run);
	run.header.identity = WSC_IDENTITY_RECYCLED;
	support_run(&run, history, WSC_END_CLEAN);
	cr_expect_str_eq(support_reports(&run), "", "%s: %s", history, run.text);
	cr_expect_eq(run.result->queue_wait.count, waits, "%s: %" PRIu64, history, run.result->queue_wait.count);
	cr_expect_eq(run.result->undecided_tasks, undecided, "%s: %" PRIu64, history, run.result->undecided_tasks);
	cr_expect_eq((run.result->reasons & ANALYSIS_REASON_AMBIGUOUS) != 0, undecided > 0);
	support_end(&run);
}

/* Where a slot may be in several states, a stay is measured if it begins and ends alike in all of them. */
Test(apply, stays_of_a_slot_in_several_states)
{
	/* Of its first two stays it is not known which thief took which, of the third it is. */
	expect_waits("10Q1:5 15B8@1 16B9@1 20Q1:5 40T8@1:5 41T9@1:5 50S8:5 60C8:5 70Q3:5 80B4@3 81T4@3:5 90S9:5 91C9:5 "
	             "92S4:5 93C4:5",
	             1, 0);
	/* Behind a gap the first start may have been inline: then the next push finds the slot in the queue. That is taken. */
	expect_waits("5G9~6 10Q1:5 20S1:5 30C1:5 40Q1:5 50B9@1 60T9@1:5 70S9:5 80C9:5", 1, 0);
}

/* A start in a slot may have taken nothing: a thief that took it before may be about to stamp that. */
Test(apply, a_slot_waits_until_it_is_stolen)
{
	expect_slots(0, "10Q1:5 11P1 20B2@1 30E2@1? 40B3@1 50T3@1:5 60S3:5 61C3:5", "false_empty:5 20-30 q1 w2");
	expect_slots(0, "10Q1:5 11P1 20B2@1 30E2@1? 35N1 40D1:5 60S1:5 61C1:5", "false_empty:5 20-30 q1 w2");
	expect_slots(0, "10Q1:5 11P1 20B2@1 30E2@1? 35N1 40S1:5 61C1:5", "");
}

/*
 * More states than are kept: the owner took many lives with a stamp and may hold any of them, so that each of its later
 * starts may be of one of those. What one state stands for is still legal; what none allows is still reported.
 */
Test(apply, a_slot_in_too_many_states)
{
	char text[2048] = "1B8@1 2B9@1", more[2200];
	size_t used = strlen(text);
	for (unsigned i = 1; i <= 12; i++)
		used +=
		    (size_t)snprintf(text + used, sizeof(text) - used, " %u0Q1:5 %u1D1:5 %u2S1:5 %u3C1:5", i, i, i, i);
	for (unsigned i = 13; i <= 24; i++)
		used += (size_t)snprintf(text + used, sizeof(text) - used, " %u0Q1:5 %u1S1:5 %u2C1:5", i, i, i);
	expect_slots(0, text, "");
	snprintf(more, sizeof(more), "%s 300T8@1:5 301T9@1:5 302S8:5 303C8:5 304S9:5 305C9:5", text);
	expect_slots(0, more, "");
	snprintf(more, sizeof(more), "%s 300B7@1 301T7@1:5 302S7:5 303C7:5", text);
	expect_slots(0, more, "");
	snprintf(more, sizeof(more), "%s 250Q1:5 300B7@1 301T7@1:5 302B7@1 303T7@1:5 304S7:5 305C7:5", text);
	expect_slots(0, more, "multiple_owners:5 250-303 q1 w1,7");
	snprintf(more, sizeof(more), "%s 300C7:5", text);
	expect_slots(0, more, "protocol_violation:5 240-300 q1 w1,7");
}
