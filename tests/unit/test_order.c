/* SPDX-License-Identifier: MIT */
/* The ordering monitor at its edges: bounds that just bind, many stays, queues and thieves, and memory that is used again. */
#include "analysis_support.h"
#include "order.h"

static struct support_analysis run;

static void expect(enum wsc_discipline discipline, uint64_t uncertainty, uint64_t publish, const char *history,
                   const char *reports)
{
	support_begin(&run);
	run.header.discipline = discipline;
	run.header.uncertainty_ns = uncertainty;
	run.header.publish_ns = publish;
	support_expect(&run, history, WSC_END_CLEAN, reports);
}

#define LIFO(history, reports) expect(WSC_DISCIPLINE_LIFO, 0, 0, history, reports)
#define FIFO(history, reports) expect(WSC_DISCIPLINE_FIFO, 0, 0, history, reports)
#define RUN(task, worker)      " 900S" worker ":" task " 900C" worker ":" task
#define ALL(a, b, c)           RUN(a, "7") RUN(b, "8") RUN(c, "9")

/* What was taken is run by whoever has it, long after. */
Test(order, thieves)
{
	/* 6 is stolen while the older 5 is there, which another thief takes after that. */
	LIFO("10Q1:5 11Q1:6 12P1 20B8@1 30T8@1:6 31B7@1 40T7@1:5" RUN("5", "7") RUN("6", "8"),
	     "ordering_violation:6/5 30-40 q1 w8,7");
	LIFO("10Q1:5 11Q1:6 12P1 20B8@1 30T8@1:6 30B7@1 40T7@1:5" RUN("5", "7") RUN("6", "8"), "");
	/* The same thief, in a later attempt, and in the same one. */
	LIFO("10Q1:5 11Q1:6 12P1 20B8@1 30T8@1:6 30B8@1 31T8@1:5" RUN("5", "8") RUN("6", "8"),
	     "ordering_violation:6/5 30-31 q1 w8");
	LIFO("10Q1:5 11Q1:6 12P1 20B8@1 30T8@1:6 31T8@1:5" RUN("5", "8") RUN("6", "8"), "");
	/* Of three, with an attempt between that took nothing of this queue. */
	LIFO("10Q1:5 11Q1:6 12P1 13Q2:9 20B8@1 30T8@1:6 31B8@2 32T8@2:9 33B8@1 34T8@1:5" RUN("5", "8") RUN("6", "8")
	         RUN("9", "8"),
	     "ordering_violation:6/5 30-34 q1 w8");
	LIFO("10Q1:5 11Q1:6 12Q1:9 20B8@1 30T8@1:9 31B8@1 34T8@1:6 35B8@1 36T8@1:5" RUN("5", "8") RUN("6", "8")
	         RUN("9", "8"),
	     "ordering_violation:9/5 30-36 q1 w8");
	LIFO("10Q1:5 11Q1:6 12Q1:9 20B8@1 30T8@1:5 31B8@1 34T8@1:9 35B8@1 36T8@1:6" RUN("5", "8") RUN("6", "8")
	         RUN("9", "8"),
	     "ordering_violation:9/6 34-36 q1 w8");
}

/* A worker's newest two of earlier attempts are remembered, whatever came since, and apart from the present one's. */
Test(order, what_a_thief_took_before)
{
	LIFO("10Q1:3 11Q1:4 12Q1:5 13Q1:6 14P1 20B8@1 21T8@1:6 22B8@1 23T8@1:5 24B8@1 25T8@1:4 26B8@1 27T8@1:3" RUN(
	         "3", "8") RUN("4", "8") RUN("5", "8") RUN("6", "8"),
	     "ordering_violation:6/3 21-27 q1 w8");
	LIFO("10Q1:3 11Q1:4 12Q1:5 13Q1:6 14P1 20B8@1 21T8@1:4 22B8@1 23T8@1:6 24T8@1:5 25T8@1:3" RUN("3", "8")
	         RUN("4", "8") RUN("5", "8") RUN("6", "8"),
	     "ordering_violation:4/3 21-25 q1 w8");
	/* ... by its own program alone, where stamps are too close to tell. */
	expect(WSC_DISCIPLINE_LIFO, 5, 0,
	       "10Q1:3 11Q1:4 12Q1:5 13Q1:6 14P1 20B8@1 21T8@1:4 22B8@1 23T8@1:6 24T8@1:5 25T8@1:3" RUN("3", "8")
	           RUN("4", "8") RUN("5", "8") RUN("6", "8"),
	       "ordering_violation:4/3 21-25 q1 w8");
}

/* Takes of one attempt bind nothing among themselves, even if its first stamp is behind the answer's. */
Test(order, one_attempt_whose_stamps_run_backwards)
{
	LIFO("10Q1:5 11Q1:6 12P1 100B8@1 50T8@1:6 120T8@1:5" RUN("5", "8") RUN("6", "8"),
	     "protocol_violation:0 50-100 w8");
}

/* Where the first take out of turn is reported for itself, a second one stands in. */
Test(order, a_second_culprit_stands_in)
{
#define TWICE(task, worker) RUN(task, worker) " 990S" worker ":" task " 991C" worker ":" task
	LIFO("10Q1:5 11Q1:6 12Q1:9 13P1 20B8@1 30T8@1:6 31B7@1 40T7@1:9 50B4@1 60T4@1:5" RUN("5", "4") RUN("9", "7")
	         TWICE("6", "8"),
	     "ordering_violation:9/5 40-60 q1 w7,4; double_execution:6 11-990 q1 w8");
	FIFO("10Q1@1:5 11P1 20Q2@1:6 21Q2@1:9 22P2 30B8@1 31T8@1:6 32B7@1 33T7@1:9 40B4@1 41T4@1:5" RUN("5", "4")
	         RUN("9", "7") TWICE("6", "8"),
	     "ordering_violation:9/5 33-41 q1 w7,4; double_execution:6 20-990 q1 w8");
}

/* ... of the owner's takes, too: those of pinned stays, which bind less, among themselves. */
Test(order, a_second_take_of_the_owners_stands_in)
{
	LIFO("10Q1:3 11Q1:4 12Q1:5 13Q1:6 20D1:3 21P1 22D1:4 23P1 24D1:5 25P1 30D1:6" RUN("4", "1") RUN("5", "1")
	         RUN("6", "1") TWICE("3", "1"),
	     "ordering_violation:4/5 22-24 q1 w1; double_execution:3 10-990 q1 w1");
	LIFO("10Q1:3! 11Q1:4! 12Q1:5! 13Q1:6 20D1:3 21P1 22D1:4 23P1 23B8@1 24D1:5 25P1 90T8@1:6" RUN("4", "1")
	         RUN("5", "1") RUN("6", "8") TWICE("3", "1") " 992S1:5 993C1:5",
	     "ordering_violation:4/6 22-90 q1 w1,8; double_execution:3 10-990 q1 w1; double_execution:5 12-992 q1 w1");
}

/* Pinned stays bind no thief, though each that is stolen is reported for itself. */
Test(order, pinned_ones_in_attempts_of_their_own)
{
	LIFO("10Q1:5! 11Q1:6! 12P1 20B8@1 25T8@1:6 26B7@1 30T7@1:5" RUN("5", "7") RUN("6", "8"),
	     "ordering_violation:6 11-25 q1 w8; ordering_violation:5 10-30 q1 w7");
	LIFO("10Q1:5 11Q1:6! 12P1 20B8@1 25T8@1:6 26B7@1 30T7@1:5" RUN("5", "7") RUN("6", "8"),
	     "ordering_violation:6 11-25 q1 w8");
}

Test(order, the_owner)
{
	LIFO("10Q1:5 11Q1:6 20D1:5 30D1:6" RUN("5", "1") RUN("6", "1"), ""); /* a batch */
	LIFO("10Q1:5 11Q1:6 20D1:5 21P1 30D1:6" RUN("5", "1") RUN("6", "1"), "ordering_violation:5/6 20-30 q1 w1");
	LIFO("10Q1:5 11Q1:6 20D1:5 21P1 22B8@1 30T8@1:6" RUN("5", "1") RUN("6", "8"),
	     "ordering_violation:5/6 20-30 q1 w1,8");
	LIFO("10Q1:5 20D1:5 21Q1:6 22B8@1 30T8@1:6" RUN("5", "1") RUN("6", "8"), "");
	/* A thief took the newer 6 although 5, older, is left to the owner, which had pushed 6 before. */
	LIFO("10Q1:5 11Q1:6 12B8@1 20T8@1:6 30D1:5" RUN("5", "1") RUN("6", "8"),
	     "ordering_violation:6/5 20-30 q1 w8,1");
	/* The owner takes two of the oldest, one after another: a representative is reported. */
	LIFO("10Q1:5 11Q1:6 12Q1:9 20D1:5 21P1 22D1:6 23P1 24D1:9" RUN("5", "1") RUN("6", "1") RUN("9", "1"),
	     "ordering_violation:5/6 20-22 q1 w1");
	/* Pinned: rightly passed by thieves. */
	LIFO("10Q1:5! 11Q1:6 12B8@1 20T8@1:6 30D1:5" RUN("5", "1") RUN("6", "8"), "");
	LIFO("10Q1:5! 11Q1:6 20D1:5 20B8@1 25T8@1:6" RUN("5", "1") RUN("6", "8"), "");
	LIFO("10Q1:5! 11Q1:6 20D1:5 21B8@1 25T8@1:6" RUN("5", "1") RUN("6", "8"),
	     "ordering_violation:5/6 20-25 q1 w1,8");
}

/* A stay remembers two takes of older ones; takes of pinned stays, which bind less, give way to others. */
Test(order, pinned_takes_give_way)
{
	LIFO("10Q1:5! 11Q1:6! 12Q1:9 13Q1:3 14B8@1 20D1:5 21P1 22D1:6 23P1 24D1:9 25P1 90T8@1:3" RUN("5", "1")
	         RUN("6", "1") RUN("9", "1") RUN("3", "8"),
	     "ordering_violation:5/6 20-22 q1 w1; ordering_violation:9/3 24-90 q1 w1,8");
	/* The earliest of the pinned ones stays, and binds a thief that began after it: one culprit is enough. */
	LIFO("10Q1:5! 11Q1:6! 12Q1:9 13Q1:3 20D1:5 21P1 21B8@1 22D1:6 23P1 24D1:9 25P1 90T8@1:3" RUN("5", "1")
	         RUN("6", "1") RUN("9", "1") RUN("3", "8"),
	     "ordering_violation:5/6 20-22 q1 w1");
}

/* Many take what is newer than one that stays behind: its marks are two, and nobody else's. */
Test(order, more_marks_than_are_kept)
{
	FIFO("10Q1@1:5 11P1 20Q2@1:6 21Q2@1:9 22Q2@1:3 23P2 30B8@1 31T8@1:6 32B7@1 33T7@1:9 34B6@1 35T6@1:3 40B4@1 "
	     "41T4@1:5" RUN("5", "4") RUN("6", "8") RUN("9", "7") RUN("3", "6"),
	     "ordering_violation:6/5 31-41 q1 w8,4");
	LIFO("10Q1:5 20Q1:6 21Q1:9 22Q1:3 23P1 30B8@1 31T8@1:3 32B7@1 33T7@1:9 34B6@1 35T6@1:6 40B4@1 41T4@1:5" RUN(
	         "5", "4") RUN("6", "6") RUN("9", "7") RUN("3", "8"),
	     "ordering_violation:3/5 31-41 q1 w8,4");
}

/* Nothing is said of a lifo deque that another worker has pushed to, not of what lay there before either. */
Test(order, after_a_foreign_push)
{
	LIFO("10Q1:5 11Q1:6 12Q2@1:9 20D1:5 21P1 30D1:6 31P1 32D1:9" RUN("5", "1") RUN("6", "1") RUN("9", "1"), "");
}

Test(order, no_discipline_no_order)
{
	expect(WSC_DISCIPLINE_NONE, 0, 0,
	       "10Q1:5 11Q1:6 12P1 20B8@1 30T8@1:6 31B7@1 40T7@1:5" RUN("5", "7") RUN("6", "8"), "");
	expect(WSC_DISCIPLINE_NONE, 0, 0, "10Q1:5 11Q1:6 20D1:5 21P1 30D1:6" RUN("5", "1") RUN("6", "1"), "");
}

Test(order, uncertainty)
{
	expect(WSC_DISCIPLINE_LIFO, 5, 0,
	       "10Q1:5 20Q1:6 30P1 40B8@1 50T8@1:6 55B7@1 60T7@1:5" RUN("5", "7") RUN("6", "8"), "");
	expect(WSC_DISCIPLINE_LIFO, 5, 0,
	       "10Q1:5 20Q1:6 30P1 40B8@1 50T8@1:6 56B7@1 60T7@1:5" RUN("5", "7") RUN("6", "8"),
	       "ordering_violation:6/5 50-60 q1 w8,7");
}

/* Several producers: 5 is surely queued before 6 if its push ended, and became visible, before the stamp of 6's. */
#define TWO(end, second)                                                                                               \
	"10Q1@1:5 " end "P1 " second "Q2@1:6 90P2 100B8@1 110T8@1:6 120B7@1 130T7@1:5" RUN("5", "7") RUN("6", "8")

Test(order, several_producers)
{
	const char *wrong = "ordering_violation:6/5 110-130 q1 w8,7";
	FIFO(TWO("20", "21"), wrong);
	FIFO(TWO("20", "20"), "");
	FIFO(TWO("20", "15"), "");
	expect(WSC_DISCIPLINE_FIFO, 0, 7, TWO("20", "28"), wrong);
	expect(WSC_DISCIPLINE_FIFO, 0, 7, TWO("20", "27"), "");
	expect(WSC_DISCIPLINE_FIFO, 3, 7, TWO("20", "31"), wrong);
	expect(WSC_DISCIPLINE_FIFO, 3, 7, TWO("20", "30"), "");
	expect(WSC_DISCIPLINE_FIFO, 3, 0, TWO("20", "24"), wrong);
	expect(WSC_DISCIPLINE_FIFO, 3, 0, TWO("20", "23"), "");
	/* By one thief in two attempts, which makes their stamps' bounds unimportant. */
	FIFO("10Q1@1:5 20P1 21Q2@1:6 90P2 100B8@1 110T8@1:6 110B8@1 111T8@1:5" RUN("5", "8") RUN("6", "8"),
	     "ordering_violation:6/5 110-111 q1 w8");
	FIFO("10Q1@1:5 20P1 20Q2@1:6 90P2 100B8@1 110T8@1:6 110B8@1 111T8@1:5" RUN("5", "8") RUN("6", "8"), "");
	FIFO("10Q1@1:5 20P1 21Q2@1:6 90P2 100B8@1 110T8@1:6 111T8@1:5" RUN("5", "8") RUN("6", "8"), "");
	/* A push that is not known to have ended comes before nothing. */
	FIFO("10Q1@1:5 21Q2@1:6 90P2 100B8@1 110T8@1:6 120B7@1 130T7@1:5" RUN("5", "7") RUN("6", "8"), "");
}

static void expect_unchecked(enum wsc_discipline discipline, bool deferred, bool owned, const char *history,
                             const char *why)
{
	support_begin(&run);
	run.header.discipline = discipline;
	struct trace_queue *queue = trace_header_add_queue(&run.header, 64);
	queue->deferred = deferred;
	queue->has_owner = owned;
	queue->owner = 1;
	support_run(&run, history, WSC_END_CLEAN);
	if (why == NULL)
		cr_expect_eq(run.result->unchecked_count, 0, "%s", history);
	else
		cr_expect(run.result->unchecked_count == 1 && run.result->unchecked[0].queue == 64 &&
		              strstr(run.result->unchecked[0].why, why) != NULL,
		          "%s", history);
	support_end(&run);
}

Test(order, what_cannot_be_checked_is_named)
{
	const char *one = "10Q1@64:5 20S1:5 30C1:5";
	const char *two = "10Q1@64:5 11Q2@64:6 20S1:5 30C1:5 40S1:6 50C1:6";
	expect_unchecked(WSC_DISCIPLINE_LIFO, false, false, one, "without an owner");
	expect_unchecked(WSC_DISCIPLINE_LIFO, false, true, one, NULL);
	expect_unchecked(WSC_DISCIPLINE_LIFO, false, true, two, "others than its owner");
	expect_unchecked(WSC_DISCIPLINE_FIFO, false, true, two, NULL);
	expect_unchecked(WSC_DISCIPLINE_FIFO, false, false, two, NULL);
	expect_unchecked(WSC_DISCIPLINE_FIFO, true, true, two, "visible late");
	expect_unchecked(WSC_DISCIPLINE_FIFO, true, true, one, NULL);
	expect_unchecked(WSC_DISCIPLINE_NONE, true, false, two, NULL);
	/* Whoever pushes is a producer, not only the first worker that is seen. */
	expect_unchecked(WSC_DISCIPLINE_FIFO, true, true, "5P9 10Q1@64:5 11Q1@64:6 20S1:5 30C1:5 40S1:6 50C1:6", NULL);
	expect_unchecked(WSC_DISCIPLINE_FIFO, true, true, "5P9 10Q2@64:5 11Q1@64:6 20S1:5 30C1:5 40S1:6 50C1:6",
	                 "visible late");
}

/* Stays in queue 2 of which it is ambiguous who took them (loot, or a new life in its slot), and others. */
static void ambiguous(enum wsc_discipline discipline, unsigned loot, unsigned others, bool is_unchecked)
{
	char word[256];
	support_begin(&run);
	run.header.identity = WSC_IDENTITY_RECYCLED;
	run.header.discipline = discipline;
	support_create(&run);
	for (unsigned i = 1; i <= loot + others; i++) {
		if (i <= loot)
			snprintf(word, sizeof(word), "%uQ1:%u %uT2@1:%u", i * 10, i, i * 10 + 2, i);
		else
			snprintf(word, sizeof(word), "%uP1 %uP2", i * 10, i * 10 + 2);
		support_feed(&run, word);
		snprintf(word, sizeof(word), "%uQ2:%u %uS2:%u %uC2:%u", i * 10 + 3, i, i * 10 + 4, i, i * 10 + 5, i);
		support_feed(&run, word);
	}
	support_finish(&run, WSC_END_CLEAN);
	cr_expect_eq(run.result->violation_count, 0);
	cr_expect_eq(run.result->undecided_stays, discipline == WSC_DISCIPLINE_NONE ? 0 : loot);
	cr_expect_eq(run.result->unchecked_count, is_unchecked, "%u and %u", loot, others);
	if (is_unchecked)
		cr_expect_eq(run.result->unchecked[0].queue, 2);
	cr_expect_eq(run.result->reasons, is_unchecked ? ANALYSIS_REASON_UNCHECKED_ORDER : 0);
	support_end(&run);
}

Test(order, ambiguous_stays_are_counted_and_many_leave_the_queue_unchecked)
{
	ambiguous(WSC_DISCIPLINE_LIFO, 1, 0, false);
	ambiguous(WSC_DISCIPLINE_LIFO, 99, 0, false);
	ambiguous(WSC_DISCIPLINE_LIFO, 100, 0, true);
	ambiguous(WSC_DISCIPLINE_LIFO, 90, 10, true);
	ambiguous(WSC_DISCIPLINE_LIFO, 89, 11, false);
	ambiguous(WSC_DISCIPLINE_NONE, 100, 0, false);
}

/* An owner that takes the older of two slots, `count` times; `recorded`: the takes, too. */
static uint64_t wrong_turns(unsigned count, bool recorded, enum wsc_end end)
{
	char word[256];
	support_begin(&run);
	run.header.identity = WSC_IDENTITY_RECYCLED;
	support_create(&run);
	for (unsigned i = 1; i <= count; i++) {
		const unsigned ts = 20 * i, slot = 2 * i;
		snprintf(word, sizeof(word), "%uQ1:%u %uQ1:%u", ts, slot, ts + 1, slot + 1);
		support_feed(&run, word);
		for (unsigned n = 0; n < 2; n++) {
			snprintf(word, sizeof(word), "%uD1@1:%u", ts + 2 + 3 * n, slot + n);
			if (recorded)
				support_feed(&run, word);
			snprintf(word, sizeof(word), "%uS1:%u %uC1:%u", ts + 3 + 3 * n, slot + n, ts + 4 + 3 * n,
			         slot + n);
			support_feed(&run, word);
		}
	}
	support_finish(&run, end);
	const uint64_t reports = run.result->counts[WSC_VIOLATION_ORDERING_VIOLATION];
	cr_expect_eq(run.result->undecided_stays, count - reports, "%u of %u", (unsigned)reports, count);
	support_end(&run);
	return reports;
}

/* At a cut a start in a slot may have been inline: thieves had emptied slots, and could not record that any more. */
Test(order, wrong_turns_may_rest_on_takes_that_the_end_hides)
{
	static const enum wsc_end ends[] = {WSC_END_CUT, WSC_END_STALLED};
	cr_expect_eq(wrong_turns(1, false, WSC_END_CLEAN), 1);
	for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
		cr_expect_eq(wrong_turns(1, true, ends[i]), 1);
		cr_expect_eq(wrong_turns(1, false, ends[i]), 0);
		cr_expect_eq(wrong_turns(9, false, ends[i]), 0, "a batch");
	}
}

static uint64_t undecided_of_slots(uint64_t uncertainty, const char *history)
{
	support_begin(&run);
	run.header.identity = WSC_IDENTITY_RECYCLED;
	run.header.uncertainty_ns = uncertainty;
	support_run(&run, history, WSC_END_CLEAN);
	cr_expect_eq(run.result->violation_count, 0, "%s", history);
	const uint64_t stays = run.result->undecided_stays;
	support_end(&run);
	return stays;
}

/* A stay that its owner left behind twice, the first time perhaps not: a thief may have had that other slot before. */
Test(order, a_stay_of_which_one_culprit_is_certain_is_decided)
{
	static const char *const certain = "7D1@1:2 8S1:2 9C1:2";
	static const char *const thief = "13T8@1:3 14S8:3 15C8:3";
	for (unsigned with = 0; with < 2; with++) {
		char history[256];
		snprintf(history, sizeof(history),
		         "1B8@1 2Q1:2 3Q1:3 4Q1:9 5S1:3 6C1:3 %s 10D1@1:9 11S1:9 12C1:9 %s %s", with ? certain : "",
		         thief, with ? "" : "16S1:2 17C1:2");
		support_begin(&run);
		run.header.identity = WSC_IDENTITY_RECYCLED;
		run.options.no_courses = true;
		support_run(&run, history, WSC_END_CLEAN);
		cr_expect_eq(run.result->counts[WSC_VIOLATION_ORDERING_VIOLATION], with);
		cr_expect_eq(run.result->undecided_stays, with ? 0 : 1);
		support_end(&run);
	}
}

/*
 * A worker starts a task out of turn, and the other one behind it; if a thief's take of the former, stamped late, may have come
 * first, the start may have been inline. `thief`: 0: none.
 */
struct turn {
	unsigned ts, owner, task, other, thief;
};

static void put_turn(FILE *out, const struct turn *t)
{
	fprintf(out, "%uQ%u:%u %uQ%u:%u %uS%u:%u ", t->ts, t->owner, t->task, t->ts + 1, t->owner, t->other, t->ts + 3,
	        t->owner, t->task);
	if (t->thief != 0)
		fprintf(out, "%uT%u@%u:%u ", t->ts + 5, t->thief, t->owner, t->task);
	fprintf(out, "%uC%u:%u %uS%u:%u %uC%u:%u ", t->ts + 6, t->owner, t->task, t->ts + 8, t->owner, t->other,
	        t->ts + 15, t->owner, t->other);
	if (t->thief != 0)
		fprintf(out, "%uS%u:%u %uC%u:%u ", t->ts + 19, t->thief, t->task, t->ts + 38, t->thief, t->task);
}

static void expect_of_slots(const char *history, const char *reports)
{
	support_begin(&run);
	run.header.identity = WSC_IDENTITY_RECYCLED;
	run.options.no_courses = true;
	support_expect(&run, history, WSC_END_CLEAN, reports);
}

/* Doubts are of a slot, a queue, and lives up to the one that was last taken, since the take may have begun. */
Test(order, doubts_of_slots_are_kept_apart)
{
	static const struct {
		struct turn turns[4];
		const char *reports;
	} rows[] = {
	    {{{10, 1, 9, 3, 2}}, ""},
	    {{{10, 1, 9, 1, 2}}, ""},
	    {{{10, 1, 9, 3, 2}, {60, 1, 5, 3, 2}}, ""},
	    {{{10, 1, 5, 3, 2}, {60, 1, 9, 3, 2}}, ""},
	    {{{10, 1, 7, 3, 2}, {60, 1, 9, 3, 2}, {110, 1, 5, 3, 2}}, ""},
	    {{{10, 1, 9, 3, 2}, {60, 1, 5, 3, 2}, {110, 1, 7, 3, 2}}, ""},
	    {{{10, 4, 5, 3, 2}, {60, 1, 5, 3, 2}}, ""},
	    {{{10, 1, 5, 3, 2}, {60, 4, 5, 3, 2}}, ""},
	    {{{10, 4, 5, 3, 2}, {60, 6, 5, 3, 2}, {110, 1, 5, 3, 2}}, ""},
	    {{{10, 6, 5, 3, 2}, {60, 1, 5, 3, 2}, {110, 4, 5, 3, 2}}, ""},
	    /* What came before the take can have begun, what came after it, and of another slot or queue. */
	    {{{10, 1, 5, 3, 0}, {60, 4, 5, 3, 2}, {110, 4, 5, 3, 2}}, "ordering_violation:5/3 13-18 q1 w1"},
	    {{{10, 1, 5, 3, 2}, {60, 1, 5, 3, 0}}, "ordering_violation:5/3 63-68 q1 w1"},
	    {{{10, 1, 5, 3, 2}, {60, 1, 7, 3, 0}}, "ordering_violation:7/3 63-68 q1 w1"},
	    {{{10, 1, 5, 3, 2}, {60, 4, 5, 3, 0}}, "ordering_violation:5/3 63-68 q4 w4"},
	    {{{10, 1, 5, 3, 0}, {60, 4, 7, 3, 2}, {110, 1, 5, 3, 2}}, "ordering_violation:5/3 13-18 q1 w1"},
	    {{{10, 1, 5, 3, 0}, {30, 1, 7, 6, 2}, {110, 1, 5, 3, 2}}, "ordering_violation:5/3 13-18 q1 w1"},
	    {{{10, 1, 5, 3, 0}, {30, 4, 5, 6, 2}, {110, 1, 5, 3, 2}}, "ordering_violation:5/3 13-18 q1 w1"},
	    /* A later take may have begun sooner: of the lives up to its own all that came behind that is in doubt. */
	    {{{10, 1, 5, 3, 0}, {30, 4, 7, 6, 2}, {110, 1, 5, 3, 2}, {160, 1, 5, 3, 8}}, ""},
	    {{{10, 4, 5, 3, 0}, {30, 1, 5, 6, 2}, {110, 4, 5, 3, 2}, {160, 4, 5, 3, 8}}, ""}};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char history[1024] = "";
		FILE *out = fmemopen(history, sizeof(history), "w");
		for (const struct turn *t = rows[i].turns; t < rows[i].turns + 4 && t->ts != 0; t++)
			put_turn(out, t);
		fclose(out);
		expect_of_slots(history, rows[i].reports);
	}
}

/* A pinned slot that is stolen is in no doubt, nor undecided if its life is reported for something else. */
Test(order, stolen_though_pinned_and_reported)
{
	support_begin(&run);
	run.header.identity = WSC_IDENTITY_RECYCLED;
	support_run(&run, "10Q1:5! 11P1 20T2@1:5 30T3@1:5 40S2:5 50C2:5", WSC_END_CLEAN);
	cr_expect_str_eq(support_reports(&run), "multiple_owners:5 10-30 q1 w2,3");
	cr_expect_eq(run.result->undecided_stays, 0);
	support_end(&run);
}

/* A take that may have begun at the very moment of the start is not behind it. */
Test(order, a_doubt_begins_with_the_take)
{
	expect_of_slots("10Q1:5 11Q1:3 12P2 13S1:5 15T2@1:5 16C1:5 18S1:3 25C1:3 29S2:5 48C2:5", "");
	expect_of_slots("10Q1:5 11Q1:3 13P2 13S1:5 15T2@1:5 16C1:5 18S1:3 25C1:3 29S2:5 48C2:5", "");
}

/* Stays of a slot of which it is ambiguous which take was whose count, also within a group of close stamps. */
Test(order, stays_of_which_it_is_ambiguous_which_take_was_whose)
{
	static const struct {
		const char *history;
		uint64_t exact, close; /* undecided, where stamps are exact and where they are not */
	} rows[] = {
	    /* The first take is that which is owed. Then the second slot may have been taken, or be what runs. */
	    {"1B8@1 2Q1:5 4Q2:5 10T8@1:5 20S8:5 21C8:5 30S2:5 31C2:5", 1, 2},
	    {"1B8@1 2Q1:5 3Q2:5 5T8@1:5 20S8:5 21C8:5 30S2:5 31C2:5", 1, 1},
	    /* Of each worker the order is that of its program. */
	    {"1B8@1 5S9:5 10Q1:5 11C9:5 12Q1:5 13T8@1:5 41S8:5 42C8:5 50S1:5 51C1:5", 2, 2},
	    {"1B8@1 5S9:5 10Q1:5 11C9:5 12Q1:5 40T8@1:5 41S8:5 42C8:5 50S1:5 51C1:5", 2, 2},
	    /* A take that was owed, while another life waits. */
	    {"1B4@1 2Q1:5 10Q2:5 20S2:5 30Q4:5 31C2:5 32T4@1:5 40S4:5 41C4:5 50S4:5 51C4:5", 1, 1},
	    /* Two that are owed on two queues, taken the other way round. */
	    {"1B8@1 1B9@2 2Q1:5 10Q2:5 20Q3:5 30T9@2:5 40T8@1:5 50D3:5 60S9:5 61C9:5 70S8:5 71C8:5 80S3:5 81C3:5", 0,
	     0},
	    {"1B8@1 1B9@2 2Q1:5 10Q2:5 20Q3:5 30T9@2:5 32T8@1:5 50D3:5 60S9:5 61C9:5 70S8:5 71C8:5 80S3:5 81C3:5", 0,
	     0},
	    {"1B8@1 1B9@2 2Q1:5 10Q2:5 20Q3:5 30T8@1:5 32D3:5 40T9@2:5 60S9:5 61C9:5 70S8:5 71C8:5 80S3:5 81C3:5", 0,
	     0},
	    /* ... on one: either take may be of either. */
	    {"1B8@1 1B9@1 2Q1:5 10Q1:5 20Q3:5 30T9@1:5 40T8@1:5 50D3:5 60S9:5 61C9:5 70S8:5 71C8:5 80S3:5 81C3:5", 2,
	     2},
	    /* ... but that of an attempt which began behind the first one's end. */
	    {"1B8@1 2Q1:5 10Q1:5 15B9@1 20Q3:5 30T9@1:5 40T8@1:5 50D3:5 60S9:5 61C9:5 70S8:5 71C8:5 80S3:5 81C3:5", 0,
	     0}};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		cr_expect_eq(undecided_of_slots(0, rows[i].history), rows[i].exact, "%s", rows[i].history);
		cr_expect_eq(undecided_of_slots(3, rows[i].history), rows[i].close, "%s", rows[i].history);
	}
}

/* A push that fails took nothing: the stay that its slot seemed to owe waits on, and is taken out of turn, or in turn. */
Test(order, a_push_that_failed_leaves_the_stay_that_waited)
{
	static const struct {
		const char *history, *reports;
	} rows[] = {
	    {"2Q1:5 3Q1:6 10Q2:5 12F2:5 30D1:5 40S1:5 41C1:5 50S1:6 51C1:6", "ordering_violation:5/6 30-50 q1 w1"},
	    {"2Q1:5 3Q1:6 10Q2:5 12F2:5 30D1:6 40S1:6 41C1:6 50S1:5 51C1:5", ""},
	    {"2Q1:5 3Q1:6 10Q2:5 12F2:5 13D1:5 40S1:5 41C1:5 50S1:6 51C1:6", "ordering_violation:5/6 13-50 q1 w1"},
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		for (uint64_t uncertainty = 0; uncertainty <= 3; uncertainty += 3) {
			support_begin(&run);
			run.header.identity = WSC_IDENTITY_RECYCLED;
			run.header.uncertainty_ns = uncertainty;
			support_expect(&run, rows[i].history, WSC_END_CLEAN, rows[i].reports);
		}
	}
}

/* A pinned slot is stolen: it is said since when it waited, if that is known. */
Test(order, stolen_slots_that_are_pinned)
{
	expect_of_slots("10Q1!:5 40T2@1:5 50S2:5 60C2:5", "ordering_violation:5 10-40 q1 w2");
	expect_of_slots("10Q1!:5 20S1:5 30C1:5 40T2@1:5 50S2:5 60C2:5", "ordering_violation:5 0-40 q1 w2");
	/* More starts than are kept apart: the theft may be of any of their queues, but from this one it can't be. */
	expect_of_slots("10Q1!:5 11S1:5 12C1:5 20Q2!:5 21S2:5 22C2:5 30Q3!:5 31S3:5 32C3:5 40Q4!:5 41S4:5 42C4:5 "
	                "50Q6!:5 51S6:5 52C6:5 80T8@9:5 81S8:5 82C8:5",
	                "");
}

/* Each of many queues has its own order, each worker its own part of it. */
static void many_queues(unsigned queues, bool wrong)
{
	char word[256];
	support_begin(&run);
	support_create(&run);
	for (unsigned q = 1; q <= queues; q++) {
		snprintf(word, sizeof(word), "%uQ%u:%u %uQ%u:%u", q * 10, q, 2 * q, q * 10 + 1, q, 2 * q + 1);
		support_feed(&run, word);
	}
	for (unsigned q = 1; q <= queues; q++) {
		unsigned t = 100000 + q * 10, thief = 1000 + q;
		snprintf(word, sizeof(word), "%uB%u@%u %uT%u@%u:%u %uB%u@%u %uT%u@%u:%u", t, thief, q, t + 1, thief, q,
		         2 * q + wrong, t + 2, thief, q, t + 3, thief, q, 2 * q + !wrong);
		support_feed(&run, word);
	}
	for (unsigned q = 1; q <= queues; q++) {
		unsigned t = 200000 + q * 10, thief = 1000 + q;
		snprintf(word, sizeof(word), "%uS%u:%u %uC%u:%u %uS%u:%u %uC%u:%u", t, thief, 2 * q, t + 1, thief,
		         2 * q, t + 2, thief, 2 * q + 1, t + 3, thief, 2 * q + 1);
		support_feed(&run, word);
	}
	support_finish(&run, WSC_END_CLEAN);
	cr_expect_eq(run.result->counts[WSC_VIOLATION_ORDERING_VIOLATION], wrong ? queues : 0, "%u queues", queues);
	cr_expect_eq(run.result->verdict, wrong ? ANALYSIS_FAIL : ANALYSIS_PASS);
	support_end(&run);
}

Test(order, many_queues_and_thieves)
{
	many_queues(15, true);
	many_queues(16, true);
	many_queues(17, true);
	many_queues(200, true);
	many_queues(200, false);
}

/* Many stays in one queue, stolen by turns; the one that stays behind convicts. */
static void many_stays(enum wsc_discipline discipline, unsigned stays, unsigned skipped, const char *reports)
{
	char word[128];
	support_begin(&run);
	run.header.discipline = discipline;
	support_create(&run);
	for (unsigned i = 1; i <= stays; i++) {
		snprintf(word, sizeof(word), "%uQ1:%u", i, i);
		support_feed(&run, word);
	}
	support_feed(&run, "10000P1");
	for (unsigned i = 1; i <= stays; i++) {
		unsigned t = 10000 + i * 10, task = i < stays ? i + (i >= skipped) : skipped, thief = 2 + i % 5;
		snprintf(word, sizeof(word), "%uB%u@1 %uT%u@1:%u %uS%u:%u %uC%u:%u", t, thief, t + 1, thief, task,
		         t + 2, thief, task, t + 3, thief, task);
		support_feed(&run, word);
	}
	support_finish(&run, WSC_END_CLEAN);
	cr_expect_str_eq(support_reports(&run), reports, "%s", run.text);
	support_end(&run);
}

Test(order, many_stays)
{
	many_stays(WSC_DISCIPLINE_LIFO, 300, 300, "");
	many_stays(WSC_DISCIPLINE_FIFO, 300, 300, "");
	many_stays(WSC_DISCIPLINE_LIFO, 300, 200, "ordering_violation:201/200 12001-13001 q1 w2");
	many_stays(WSC_DISCIPLINE_FIFO, 300, 200, "ordering_violation:201/200 12001-13001 q1 w2");
}

/* --- Memory: the monitor alone. --- */

struct alone {
	struct queue_table queues;
	struct order order;
};

static void alone_begin(struct alone *alone, enum wsc_discipline discipline)
{
	struct trace_header header = {.discipline = discipline};
	memset(alone, 0, sizeof(*alone));
	cr_assert_eq(queue_table_init(&alone->queues, &header, NULL, 0), WSC_OK);
	cr_assert_eq(queue_table_number(&alone->queues, 1), 0);
	order_init(&alone->order, &alone->queues, 0, 0);
}

/* Pushes and takes of a queue that is never long: what is held is used again. */
static void turn_over(enum wsc_discipline discipline, bool by_owner, bool newest)
{
	enum { ROUNDS = 2000, LENGTH = 3 };
	struct alone alone;
	uint32_t items[LENGTH];
	uint64_t ts = 0;
	alone_begin(&alone, discipline);
	for (uint64_t i = 0; i < ROUNDS; i++) {
		for (unsigned k = 0; k < LENGTH; k++) {
			struct order_push push = {
			    .task = 1 + i * LENGTH + k, .life = 1, .ts = ts, .sequence = ts, .list = ORDER_NONE};
			items[k] = order_push(&alone.order, 0, &push);
			cr_assert_neq(items[k], ORDER_NONE);
			cr_expect_neq(alone.order.items[items[k]].serial, 0);
			order_push_ended(&alone.order, items[k], ++ts);
		}
		for (unsigned k = 0; k < LENGTH; k++) {
			struct order_take take = {
			    .lower = ts + 1, .upper = ts + 2, .attempt = ts, .sequence = ts, .by_owner = by_owner};
			ts += 3;
			order_taken(&alone.order, items[newest ? LENGTH - 1 - k : k], &take);
		}
	}
	cr_expect_leq(alone.order.item_count, LENGTH);
	cr_expect_leq(alone.order.mark_count, 3 * LENGTH);
	cr_expect_leq(alone.order.thief_count, 2);
	cr_expect_eq(alone.order.list_count, 1);
	bool wrong = discipline == WSC_DISCIPLINE_LIFO && by_owner ? !newest : newest;
	cr_expect_eq(alone.order.conviction_count > 0, wrong);
	order_free(&alone.order);
	cr_expect(alone.order.items == NULL && alone.order.item_count == 0);
	queue_table_free(&alone.queues);
}

Test(order, memory_is_used_again)
{
	turn_over(WSC_DISCIPLINE_LIFO, true, true);
	turn_over(WSC_DISCIPLINE_LIFO, true, false);
	turn_over(WSC_DISCIPLINE_LIFO, false, false);
	turn_over(WSC_DISCIPLINE_LIFO, false, true);
	turn_over(WSC_DISCIPLINE_FIFO, true, false);
	turn_over(WSC_DISCIPLINE_FIFO, false, false);
	turn_over(WSC_DISCIPLINE_FIFO, false, true);
}

/* An item's number may be another stay's by the time its push is known to have ended: its serial tells. */
Test(order, a_serial_is_not_used_again)
{
	struct alone alone;
	alone_begin(&alone, WSC_DISCIPLINE_FIFO);
	struct order_push push = {.task = 1, .life = 1, .ts = 10, .sequence = 1, .list = ORDER_NONE};
	uint32_t first = order_push(&alone.order, 0, &push);
	uint64_t serial = alone.order.items[first].serial;
	order_drop(&alone.order, first);
	cr_expect_eq(alone.order.items[first].serial, 0);
	push.task = 2;
	uint32_t second = order_push(&alone.order, 0, &push);
	cr_assert_eq(second, first);
	cr_expect_neq(alone.order.items[second].serial, serial);
	cr_expect_null(order_unchecked(&alone.order, 0));
	cr_expect_null(order_unchecked(&alone.order, 99));
	order_free(&alone.order);
	queue_table_free(&alone.queues);
}

/* A push in a queue of its own history: by `pusher` at `ts`. */
static uint32_t push_at(struct alone *alone, uint32_t pusher, uint64_t ts)
{
	struct order_push push = {
	    .task = ts, .life = ts, .ts = ts, .sequence = ts, .pusher = pusher, .list = ORDER_NONE};
	uint32_t item = order_push(&alone->order, 0, &push);
	cr_assert_neq(item, ORDER_NONE);
	return item;
}

static void end_at(struct alone *alone, uint32_t item, uint64_t ts)
{
	order_push_ended(&alone->order, item, ts);
}

/* A take at one moment, by a worker of its own. */
static void take_at(struct alone *alone, uint32_t item, uint64_t ts)
{
	order_taken(
	    &alone->order, item,
	    &(struct order_take){.lower = ts, .upper = ts, .attempt = ts, .sequence = ts, .taker = (uint32_t)ts});
}

static size_t alone_end(struct alone *alone)
{
	size_t count = alone->order.conviction_count;
	order_free(&alone->order);
	queue_table_free(&alone->queues);
	return count;
}

/* The ends of pushes may become known in another order than they have. */
Test(order, ends_of_pushes_out_of_order)
{
	static const uint64_t ends[][3] = {{20, 30, 40}, {40, 30, 20}, {30, 20, 40},
	                                   {30, 40, 20}, {20, 40, 30}, {30, 30, 20}};
	for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
		for (uint64_t ts = 19; ts <= 42; ts++) {
			struct alone alone;
			uint32_t items[3];
			size_t before = 0;
			alone_begin(&alone, WSC_DISCIPLINE_FIFO);
			for (uint32_t k = 0; k < 3; k++)
				items[k] = push_at(&alone, k, 10 + k);
			for (uint32_t k = 0; k < 3; k++)
				end_at(&alone, items[k], ends[i][k]);
			take_at(&alone, push_at(&alone, 9, ts), 100);
			for (uint32_t k = 0; k < 3; k++) {
				take_at(&alone, items[k], 200 + k);
				before += ends[i][k] < ts;
			}
			cr_expect_eq(alone_end(&alone), before, "order %zu, %" PRIu64, i, ts);
		}
	}
}

/*
 * Takes may be told late: what ended first is the strictest, whoever comes first. Two newer ones are marked on the oldest and
 * a third ends earlier: only by that is it convicted.
 */
static size_t late_take(bool same_pusher, uint64_t ended, uint64_t taken)
{
	struct alone alone;
	uint32_t newer[3];
	alone_begin(&alone, WSC_DISCIPLINE_FIFO);
	alone.order.uncertainty = 50;
	uint32_t oldest = push_at(&alone, 0, 10), older = push_at(&alone, 0, 11);
	if (!same_pusher) { /* else program order says it */
		end_at(&alone, oldest, 12);
		end_at(&alone, older, 12);
	}
	for (uint32_t k = 0; k < 3; k++)
		newer[k] = push_at(&alone, same_pusher ? 0 : 1, 100 + k);
	take_at(&alone, newer[0], 145);
	take_at(&alone, newer[1], 146);
	take_at(&alone, newer[2], ended);
	take_at(&alone, older, taken);
	take_at(&alone, oldest, taken + 1);
	return alone_end(&alone);
}

Test(order, the_earliest_end_is_the_strictest)
{
	for (int same = 0; same <= 1; same++) {
		cr_expect_eq(late_take(same, 141, 190), 0);
		cr_expect_eq(late_take(same, 140, 190), 1);
		cr_expect_eq(late_take(same, 139, 190), 2);
		/* What ended at 145 is the second, and what ended at 146 gave way. */
		cr_expect_eq(late_take(same, 140, 195), 3);
		cr_expect_eq(late_take(same, 140, 196), 4);
	}
}

/* However many are left behind, a late take marks the nearest alone: all is linear. */
static void late_among_many(bool same_pusher)
{
	enum { OLDER = 3000, NEAREST = 1024 };
	struct alone alone;
	uint32_t older[OLDER], newer[3];
	unsigned by = 0, any = 0;
	alone_begin(&alone, WSC_DISCIPLINE_FIFO);
	for (uint32_t k = 0; k < OLDER; k++)
		end_at(&alone, older[k] = push_at(&alone, 0, 10 + k), 4000 + k);
	for (uint32_t k = 0; k < 3; k++)
		newer[k] = push_at(&alone, same_pusher ? 0 : 1, 8000 + k);
	take_at(&alone, newer[0], 9010);
	take_at(&alone, newer[1], 9011);
	take_at(&alone, newer[2], 9000);
	for (uint32_t k = 0; k < OLDER; k++) {
		const struct order_item *item = &alone.order.items[older[k]];
		bool is_near = k >= OLDER - NEAREST,
		     is_first = item->passed_any[0] != alone.order.items[older[0]].passed_any[0];
		cr_expect_eq(is_first, is_near, "%" PRIu32, k);
		any += is_first;
		by += item->passed_by[0] != alone.order.items[older[0]].passed_by[0];
	}
	cr_expect_eq(any, NEAREST);
	cr_expect_eq(by, same_pusher ? NEAREST : 0);
	for (uint32_t k = OLDER; k-- > 0;)
		take_at(&alone, older[k], 9001);
	cr_expect_eq(alone_end(&alone), 8, "convictions of one take");
}

Test(order, a_late_take_marks_the_nearest)
{
	late_among_many(true);
	late_among_many(false);
}

/* Of takes that end at once, and of pushes that begin at once, the first that are told of are remembered. */
Test(order, the_first_of_equal_ones_are_kept)
{
	struct alone alone;
	uint32_t newer[3];
	alone_begin(&alone, WSC_DISCIPLINE_FIFO);
	uint32_t oldest = push_at(&alone, 0, 10);
	for (uint32_t k = 0; k < 3; k++)
		newer[k] = push_at(&alone, 0, 20 + k);
	for (uint32_t k = 0; k < 3; k++)
		take_at(&alone, newer[k], 100);
	take_at(&alone, oldest, 200);
	cr_assert_eq(alone.order.conviction_count, 2);
	cr_expect_eq(alone.order.convictions[0].task, 20);
	cr_expect_eq(alone.order.convictions[1].task, 21);
	alone_end(&alone);

	alone_begin(&alone, WSC_DISCIPLINE_FIFO);
	oldest = push_at(&alone, 9, 10);
	end_at(&alone, oldest, 11);
	for (uint32_t k = 0; k < 3; k++) {
		struct order_push push = {
		    .task = 20 + k, .life = 20 + k, .ts = 20, .sequence = 20, .pusher = k, .list = ORDER_NONE};
		newer[k] = order_push(&alone.order, 0, &push);
	}
	/* One worker takes them all, each in an attempt of its own; stamps alone prove nothing. */
	for (uint64_t k = 0; k <= 3; k++)
		order_taken(
		    &alone.order, k < 3 ? newer[k] : oldest,
		    &(struct order_take){.lower = 30, .upper = 100, .attempt = 1 + k, .sequence = 100 + k, .taker = 7});
	cr_assert_eq(alone.order.conviction_count, 2);
	cr_expect_eq(alone.order.convictions[0].task, 20);
	cr_expect_eq(alone.order.convictions[1].task, 21);
	alone_end(&alone);
}

/* A take that gives way on every stay that it passed over is let go. */
Test(order, marks_are_used_again)
{
	struct alone alone;
	alone_begin(&alone, WSC_DISCIPLINE_FIFO);
	push_at(&alone, 0, 10);
	for (uint64_t i = 0; i < 500; i++) {
		order_taken(&alone.order, push_at(&alone, 0, 20 + i),
		            &(struct order_take){
		                .lower = 1000, .upper = 9000 - i, .attempt = 1 + i, .sequence = 1000 + i, .taker = 7});
	}
	cr_expect_leq(alone.order.mark_count, 12, "%" PRIu32, alone.order.mark_count);
	alone_end(&alone);
}

/* ... by the owner, among what is pinned. */
Test(order, marks_of_pinned_takes_are_used_again)
{
	struct alone alone;
	alone_begin(&alone, WSC_DISCIPLINE_LIFO);
	for (uint64_t round = 0; round < 300; round++) {
		uint32_t items[4];
		for (uint64_t k = 0; k < 4; k++) {
			struct order_push push = {.task = 1 + k,
			                          .ts = 100 * round + k,
			                          .sequence = 100 * round + k,
			                          .pinned = k < 2,
			                          .list = ORDER_NONE};
			items[k] = order_push(&alone.order, 0, &push);
		}
		for (uint64_t k = 0; k < 4; k++) {
			uint64_t ts = 100 * round + 10 + k;
			order_taken(&alone.order, items[k],
			            &(struct order_take){
			                .lower = ts, .upper = ts, .attempt = ts, .sequence = ts, .by_owner = true});
		}
	}
	cr_expect_leq(alone.order.mark_count, 8, "%" PRIu32, alone.order.mark_count);
	alone_end(&alone);
}

/* --- A discipline that seems to be declared wrongly: which takes of the owner's are in turn under which. --- */

static void take_in_program(struct alone *alone, uint32_t item, uint64_t *ts)
{
	++*ts;
	order_taken(
	    &alone->order, item,
	    &(struct order_take){.lower = *ts, .upper = *ts, .attempt = *ts, .sequence = *ts, .by_owner = true});
}

/*
 * How many takes are said to be misfits, of: takes in turn under both, under fifo alone, under lifo alone, under neither;
 * and of those of a deque's newest, which had no item, with nothing else there, with others without an item, and with a stay
 * that has one.
 */
struct takes {
	unsigned both, fifo, lifo, neither, alone, above, above_item;
};

static uint64_t misfits_of(enum wsc_discipline discipline, const struct takes *takes)
{
	struct alone alone;
	uint64_t ts = 1;
	uint32_t items[3];
	alone_begin(&alone, discipline);
	cr_expect_eq(order_misfits(&alone.order, 0), 0, "before the first push");
	for (unsigned i = 0; i < takes->both; i++)
		take_in_program(&alone, push_at(&alone, 0, ++ts), &ts);
	for (unsigned i = 0; i < takes->fifo + takes->lifo + takes->neither; i++) {
		/* The first is of a kind, and the others are let go. */
		unsigned first = i < takes->fifo ? 0 : i < takes->fifo + takes->lifo ? 2 : 1;
		for (unsigned k = 0; k < 3; k++)
			items[k] = push_at(&alone, 0, ++ts);
		take_in_program(&alone, items[first], &ts);
		for (unsigned k = 0; k < 3; k++) {
			if (k != first)
				order_drop(&alone.order, items[k]);
		}
	}
	for (unsigned i = 0; i < takes->alone + takes->above; i++)
		order_taken_in_turn(&alone.order, 0, i < takes->alone);
	uint32_t there = push_at(&alone, 0, ++ts);
	for (unsigned i = 0; i < takes->above_item; i++)
		order_taken_in_turn(&alone.order, 0, true);
	order_drop(&alone.order, there);
	uint64_t misfits = order_misfits(&alone.order, 0);
	cr_expect_eq(order_misfits(&alone.order, (uint32_t)alone.order.queue_capacity), 0);
	alone_end(&alone);
	return misfits;
}
#define MISFITS(discipline, ...) misfits_of(WSC_DISCIPLINE_##discipline, &(struct takes){__VA_ARGS__})

Test(order, takes_that_fit_the_other_discipline)
{
	cr_expect_eq(MISFITS(LIFO, .fifo = 99), 0, "fewer than 100");
	cr_expect_eq(MISFITS(LIFO, .fifo = 100), 100);
	cr_expect_eq(MISFITS(FIFO, .fifo = 100), 0);
	cr_expect_eq(MISFITS(FIFO, .lifo = 100), 100);
	cr_expect_eq(MISFITS(LIFO, .lifo = 100), 0);
	for (int lifo = 0; lifo <= 1; lifo++) {
		enum wsc_discipline other = lifo ? WSC_DISCIPLINE_FIFO : WSC_DISCIPLINE_LIFO;
#define OTHER(many, ...)                                                                                               \
	misfits_of(other, &(struct takes){.lifo = lifo ? many : 0, .fifo = lifo ? 0 : many, __VA_ARGS__})
		cr_expect_eq(OTHER(90, .both = 10), 90, "nine in ten");
		cr_expect_eq(OTHER(89, .both = 11), 0);
		cr_expect_eq(OTHER(99, .both = 10), 99, "nine in ten of 109, rounded up");
		cr_expect_eq(OTHER(98, .both = 11), 0);
		cr_expect_eq(OTHER(90, .neither = 10), 100);
		cr_expect_eq(OTHER(89, .neither = 11), 0);
		cr_expect_eq(OTHER(89, .both = 1, .neither = 10), 99);
	}
}

Test(order, takes_in_turn_that_had_no_item)
{
	cr_expect_eq(MISFITS(LIFO, .fifo = 90, .alone = 10), 90);
	cr_expect_eq(MISFITS(LIFO, .fifo = 89, .alone = 10), 0);
	cr_expect_eq(MISFITS(LIFO, .fifo = 89, .alone = 11), 0);
	cr_expect_eq(MISFITS(LIFO, .fifo = 90, .above = 10), 90);
	cr_expect_eq(MISFITS(LIFO, .fifo = 90, .above_item = 10), 90);
	cr_expect_eq(MISFITS(LIFO, .fifo = 80, .neither = 10, .alone = 10), 90);
	cr_expect_eq(MISFITS(LIFO, .fifo = 79, .neither = 11, .alone = 10), 0);
	cr_expect_eq(MISFITS(LIFO, .fifo = 80, .neither = 10, .above = 10), 0);
	cr_expect_eq(MISFITS(LIFO, .fifo = 80, .neither = 10, .above_item = 10), 0);
}

/* Stays of a lifo deque are in no order but that of their pushes. */
Test(order, only_fifo_stays_ripen)
{
	struct alone alone;
	for (int fifo = 0; fifo <= 1; fifo++) {
		alone_begin(&alone, fifo ? WSC_DISCIPLINE_FIFO : WSC_DISCIPLINE_LIFO);
		uint32_t item = push_at(&alone, 0, 10);
		end_at(&alone, item, 20);
		cr_expect_eq(alone.order.items[item].push_end, 20);
		cr_expect_eq(alone.order.items[item].ripe, fifo);
		alone_end(&alone);
	}
}

static size_t with_gap(uint64_t until, enum wsc_discipline discipline)
{
	struct alone alone;
	alone_begin(&alone, discipline);
	uint32_t older = push_at(&alone, 0, 10), newer = push_at(&alone, 0, 20);
	if (until > 0) {
		order_gap(&alone.order, 1);
		order_gap(&alone.order, until);
		order_gap(&alone.order, until - 1); /* the latest counts */
	}
	for (uint64_t k = 0; k < 2; k++) /* a lifo deque's owner takes the older one first */
		order_taken(&alone.order, (k == 0) == (discipline == WSC_DISCIPLINE_LIFO) ? older : newer,
		            &(struct order_take){.lower = 100 + 100 * k,
		                                 .upper = 100 + 100 * k,
		                                 .attempt = 1 + k,
		                                 .sequence = 100 + k,
		                                 .taker = (uint32_t)k,
		                                 .by_owner = discipline == WSC_DISCIPLINE_LIFO});
	return alone_end(&alone);
}

Test(order, stays_that_span_a_gap_bind_nothing)
{
	for (int lifo = 0; lifo <= 1; lifo++) {
		enum wsc_discipline discipline = lifo ? WSC_DISCIPLINE_LIFO : WSC_DISCIPLINE_FIFO;
		cr_expect_eq(with_gap(0, discipline), 1);
		cr_expect_eq(with_gap(9, discipline), 1);
		cr_expect_eq(with_gap(10, discipline), 0, "the older may have gone");
		cr_expect_eq(with_gap(15, discipline), 0);
		cr_expect_eq(with_gap(20, discipline), 0);
		cr_expect_eq(with_gap(50, discipline), 0);
	}
}
