/* SPDX-License-Identifier: MIT */
/* The ownership table, row by row: from each state, each event, for each identity that makes a difference. */
#include <criterion/criterion.h>

#include <stdio.h>
#include <string.h>

#include "ownership_state.h"

/*
 * A history in one line: each word is an event, OP[task-less] WORKER[@QUEUE]: Q queued, F push_failed, D dequeued,
 * T steal_success (thief@victim), S exec_start, C exec_complete, U suspended, R resumed, X cancelled. The stamps are
 * 10, 20, 30, ...; a take's lower bound is its stamp less 5, or less 25 with a leading '<'.
 */
struct row {
	const char *history;
	int report; /* of the last event; all before it are legal */
};

enum { LEGAL = -1 };
#define MO WSC_VIOLATION_MULTIPLE_OWNERS
#define DE WSC_VIOLATION_DOUBLE_EXECUTION
#define PV WSC_VIOLATION_PROTOCOL_VIOLATION
#define EC WSC_VIOLATION_EXEC_AFTER_CANCEL
#define LW WSC_VIOLATION_LOST_WORK
#define UE WSC_VIOLATION_UNFINISHED_EXECUTION

static const struct {
	char op;
	enum wsc_event_kind kind;
} ops[] = {{'Q', WSC_EV_QUEUED},        {'F', WSC_EV_PUSH_FAILED}, {'D', WSC_EV_DEQUEUED},
           {'T', WSC_EV_STEAL_SUCCESS}, {'S', WSC_EV_EXEC_START},  {'C', WSC_EV_EXEC_COMPLETE},
           {'U', WSC_EV_SUSPENDED},     {'R', WSC_EV_RESUMED},     {'X', WSC_EV_CANCELLED}};

static struct ownership_event parse(const char *word, uint64_t ts)
{
	struct ownership_event e = {.event = {.ts = ts, .task = 1}, .lower = ts - 5};
	unsigned worker = 0, queue = 0;
	if (*word == '<') {
		e.lower = ts > 25 ? ts - 25 : 0;
		word++;
	}
	for (size_t i = 0; i < sizeof(ops) / sizeof(ops[0]); i++) {
		if (ops[i].op == *word)
			e.event.kind = (uint8_t)ops[i].kind;
	}
	cr_assert_neq(e.event.kind, 0, "no such operation: %s", word);
	int n = sscanf(word + 1, "%u@%u", &worker, &queue);
	e.event.worker = worker;
	e.event.queue = n == 2 ? queue : worker;
	return e;
}

static void run_row(const struct ownership_rules *rules, const struct row *row, struct ownership *state, int *report)
{
	char line[256], *save = NULL;
	uint64_t ts = 10;
	memset(state, 0, sizeof(*state));
	*report = LEGAL;
	snprintf(line, sizeof(line), "%s", row->history);
	for (char *word = strtok_r(line, " ", &save); word != NULL; word = strtok_r(NULL, " ", &save), ts += 10) {
		struct ownership_event e = parse(word, ts);
		struct ownership_step step;
		cr_assert_eq(*report, LEGAL, "%s: reported before %s", row->history, word);
		ownership_step(rules, state, &e, &step);
		*report = step.report;
		*state = step.outcomes[0].state;
	}
}

static void check(enum wsc_identity identity, bool complete, const struct row *rows, size_t count)
{
	const struct trace_queue shared = {.queue = 64};
	struct trace_header header = {.queues = (struct trace_queue *)(uintptr_t)&shared, .queue_count = 1};
	struct queue_table queues;
	cr_assert_eq(queue_table_init(&queues, &header, NULL, 0), WSC_OK);
	struct ownership_rules rules = {
	    .identity = identity, .complete = complete, .vague = !complete, .queues = &queues};
	for (size_t i = 0; i < count; i++) {
		struct ownership state;
		int report;
		run_row(&rules, &rows[i], &state, &report);
		cr_expect_eq(report, rows[i].report, "%s: report %d, expected %d", rows[i].history, report,
		             rows[i].report);
	}
	queue_table_free(&queues);
}
#define CHECK(identity, complete, rows) check(identity, complete, rows, sizeof(rows) / sizeof((rows)[0]))

static const struct row unique_rows[] = {
    {"Q1", LEGAL},
    {"Q1 S1 C1 Q2", LEGAL},
    {"Q1 X1 Q2", LEGAL},
    {"Q1 S1 U1 Q2", LEGAL},
    {"Q1 T2@1 Q2", LEGAL},
    {"Q1 T2@1 Q3", MO},
    {"Q1 Q2", MO},
    {"Q1 Q1", MO},
    {"Q1 S1 Q1", MO},
    {"Q1 S1 Q2", MO},
    {"Q1 T2@1", LEGAL},
    {"Q1 T1@1", LEGAL},
    {"Q1 X1 T2@1", LEGAL},
    {"Q1 T3@2", MO},
    {"Q1 T2@1 T3@1", MO},
    {"Q1 S1 T2@1", MO},
    {"Q1 S1 C1 T2@1", MO},
    {"Q1 S1 U1 T2@1", MO},
    {"T2@1", PV},
    {"D1", PV},
    {"Q1 D1", LEGAL},
    {"Q1 D2@1", LEGAL},
    {"Q1 D1 D1", MO},
    {"Q1 D1@2", MO},
    {"S1", LEGAL},
    {"S1 C1 S2", LEGAL},
    {"Q1 S1", LEGAL},
    {"Q1@64 S7", LEGAL},
    {"Q1 T2@1 S2", LEGAL},
    {"Q1 D1 S1", LEGAL},
    {"Q1 S1 U1 S2", LEGAL},
    {"Q1 S2", MO},
    {"Q1 T2@1 S1", MO},
    {"Q1 D1 S2", MO},
    {"Q1 S1 S1", DE},
    {"Q1 S1 S2", DE},
    {"Q1 S1 C1 S1", DE},
    {"Q1 S1 C1 S2", DE},
    {"S1 S2", DE},
    {"Q1 X1 S1", EC},
    {"X1 S1", EC},
    {"Q1 X2 T2@1 S2", EC},
    {"Q1 S1 X2 C1", LEGAL},
    {"Q1 S1 C1", LEGAL},
    {"Q1 S1 C2", MO},
    {"S2 U2 Q1 S1 C1 S1", DE}, /* an inline run that was queued is none any more */
    {"S2 U2 Q1 T3@1 S3 C3 S3", DE},
    {"S2 U2 R2 C2 S2", LEGAL},
    {"S2 U2 Q1 F1 R2 C2 S2", LEGAL}, /* that `queued` never was */
    {"S2 U2 Q1 X3 F1 S2 C2 S2", LEGAL},
    {"Q1 S1 U1 X2 Q1 R1 C1", LEGAL}, /* cancelled after it ran: the life goes on, or its successor begins */
    {"Q1 S1 U1 X2 Q1 X2 S1", LEGAL},
    {"Q1 S1 U1 X2 Q1 C1", PV},
    {"Q1 S1 U1 X2 Q1 S1 C1 Q1 R1", PV},
    {"Q1 X2 Q1 R1", PV},
    {"Q1 X2 Q2 F1 S2 C2", LEGAL}, /* the handle is used again before the push that failed returns */
    {"Q1 X2 Q2 T3@2 F1 S3 C3", LEGAL},
    {"Q1 X2 Q2 F1 F1", PV},
    {"Q1 S1 U1 X1 Q1 F1 S1 C1 S1", LEGAL}, /* the life that could not be queued runs inline, again and again */
    {"Q1 S1 U1 Q1 F1 R1 C1 S1", DE},
    {"S1 F1", PV},
    {"Q1 X9 Q2 X9 Q3 X9 F3", LEGAL},
    {"Q1 X9 Q2 X9 Q3 X9 F4", PV},
    {"Q1 X9 Q2 X9 Q3 X9 Q4 X9 F4", LEGAL}, /* more entries than are told apart */
    {"Q1 C1", PV},
    {"C1", PV},
    {"Q1 S1 C1 C1", PV},
    {"Q1 T2@1 C2", PV},
    {"Q1 S1 U1", LEGAL},
    {"Q1 S1 U2", MO},
    {"Q1 U1", PV},
    {"Q1 S1 U1 R1", LEGAL},
    {"Q1 S1 U1 R2", LEGAL},
    {"Q1 S1 U1 Q1 R1", LEGAL},
    {"Q1 S1 U1 Q1 T2@1 R2", LEGAL},
    {"Q1 S1 U1 Q1 R2", MO},
    {"Q1 S1 U1 Q1 T2@1 R1", MO},
    {"Q1 S1 U1 R2 R1", DE},
    {"Q1 S1 R2", DE},
    {"Q1 R1", PV},
    {"R1", PV},
    {"Q1 S1 C1 R1", DE},
    {"Q1 F1", LEGAL},
    {"Q1 F1 S1", LEGAL},
    {"Q1 F1 Q1", LEGAL},
    {"Q1 T2@1 Q2 F2 S2", LEGAL},
    {"Q1 T2@1 Q2 F2 S1", MO},
    {"F1", PV},
    {"Q1 T2@1 F1", PV},
    {"Q1 X1 Q2 T3@1", LEGAL},   /* the entry that the cancelled life left */
    {"Q1 X1 Q2 T3@1 T3@1", MO}, /* there was one */
    {"Q1 X1 Q2 T3@1 S2", LEGAL},
    {"Q1 X1 Q2 T3@1 S3", MO},
};

Test(ownership, unique)
{
	CHECK(WSC_IDENTITY_UNIQUE, true, unique_rows);
}

Test(ownership, polled)
{
	static const struct row rows[] = {
	    {"Q1 S1 U1 X1 Q1 F1 R1 C1 S1", LEGAL}, /* the life that could not be queued runs inline */
	    {"S1 Q1 T2@1 Q2 U1 F2 R2", LEGAL},     /* suspended meanwhile */
	    {"S1 Q1 T2@1 Q2 U1 F2 C2", PV},
	    {"S2 Q1 T3@1 Q3 X1 U2 R2", LEGAL}, /* the wake-up was cancelled, or the run */
	    {"S1 Q2 X1 F2 C1", LEGAL},
	    {"Q1 S1 Q2", LEGAL},
	    {"Q1 S1 Q2 C1 S2", LEGAL},
	    {"Q1 S1 Q2 T3@2 C1 S3", LEGAL},
	    {"Q1 S1 Q2 S2", DE},
	    {"Q1 S1 Q1 S1", DE},
	    {"Q1 S1 Q2 Q3", MO},
	    {"Q1 S1 Q2 U1 R2", LEGAL},
	    {"Q1 S1 Q2 U1 T1@2 R1", LEGAL},
	    {"Q1 Q2", MO},
	};
	CHECK(WSC_IDENTITY_POLLED, true, rows);
}

Test(ownership, recycled)
{
	static const struct row rows[] = {
	    {"Q1 S1 Q1", LEGAL},
	    {"Q1 S1 Q1 T2@1 S2 C2 C1", LEGAL},
	    {"Q1 T2@1 Q1 S1 S2 C1 C2", LEGAL},
	    {"Q1 S1 S1", LEGAL}, /* a new inline run in the slot */
	    {"Q1 S1 C1 S2", LEGAL},
	    {"Q1 S1 C2", MO},
	    {"Q1 S1 C1 C1", PV},
	    {"Q1 T2@1 T3@1", MO},
	    {"Q1 S2", LEGAL}, /* inline, if a take of the waiting life is still to be stamped: see the end */
	    {"Q1 S2 <T3@1 S3", LEGAL},
	    {"Q1 S2 T3@1", MO},        /* the take began after the run */
	    {"Q1 S1 <T2@1 S2", LEGAL}, /* the owner ran inline in the slot that the thief had emptied */
	    {"Q1 S1 T2@1", MO},
	    {"Q1 Q1 <T2@1", LEGAL}, /* begun before the second `queued`: the first life's */
	    {"Q1 Q2 <T3@1 S3 S2", LEGAL},
	    {"Q1 Q2 T3@1", MO}, /* begun after it: the slot was still waiting */
	    {"Q1 S1 U1 U1", PV},
	};
	CHECK(WSC_IDENTITY_RECYCLED, true, rows);
}

Test(ownership, a_window_knows_no_past)
{
	static const struct row rows[] = {
	    {"T2@1", LEGAL},
	    {"T2@1 S2 C2", LEGAL},
	    {"C1", LEGAL},
	    {"U1 R2", LEGAL},
	    {"R1", LEGAL},
	    {"Q1 S1 S2", DE},
	    {"Q1 S1 C1 S1", DE},
	    {"Q1 Q2", MO},
	    {"S1 S2", DE},
	    {"Q1 S2", MO},
	    {"S1 C2", MO},
	    {"Q1 C1", PV},
	    {"Q1 R1", LEGAL}, /* it may have been suspended before */
	    {"C1 S1", LEGAL}, /* an inline run after one that was queued, perhaps */
	    /* It may be the entry of a life that was cancelled before: that is for the caller to know. */
	    {"Q1 T3@2", MO},
	    {"Q1 T2@1 T3@1", MO},
	    {"Q1 S1 C1 T3@1", MO},
	    {"S1 C1 T3@1", LEGAL}, /* it was not seen to be queued */
	};
	CHECK(WSC_IDENTITY_UNIQUE, false, rows);
}

/* The first life may have run, and have been suspended, before the window, and go on though it was cancelled; a later one can't have. */
Test(ownership, a_life_may_have_run_before_a_window)
{
	static const struct row rows[] = {
	    {"Q1 X2 S1", LEGAL},          {"Q1 T3@1 X2 S3", LEGAL},
	    {"Q1 X2 S1 C1 S1", LEGAL},    {"Q1 S1 C1 Q1 X2 S1", EC},
	    {"Q1 X2 Q1 X2 S1", LEGAL},    {"Q1 X2 Q1 F1 R1", LEGAL},
	    {"Q1 S1 C1 Q1 R1", PV},       {"Q1 X2 Q1 R1", LEGAL},
	    {"Q1 X2 Q1 X2 Q1 R1", LEGAL}, {"Q1 X2 S1 C1 Q1 X2 Q1 R1", PV},
	    {"Q1 X2 R1 C1 Q1 X2 S1", EC}, {"Q1 X2 S1 C1 S1 S2", DE},
	    {"Q1 R1 C1 S1", DE},
	};
	CHECK(WSC_IDENTITY_UNIQUE, false, rows);
}

Test(ownership, one_polled_run_may_have_begun_before_a_window)
{
	static const struct row rows[] = {
	    {"Q1 C1", LEGAL},
	    {"Q1 C2", LEGAL},
	    {"Q1 U2", LEGAL},
	    {"Q1 C1 C1", PV},
	    {"Q1 C2 C1", PV},
	    {"Q1 U2 C2", PV},
	    {"Q1 C1 S1 C1", LEGAL},
	    {"Q1 C1 S1 C1 C1", PV},
	    {"Q1 S1 C2", MO},       /* who started it knew of no run */
	    {"Q1 S1 C1 Q1 C1", PV}, /* nor does the next life */
	    {"Q1 C1 S1 C1 Q1 C1", PV},
	    {"Q1 S1 U1 Q1 C1", PV},
	    {"Q1 T2@1 C1", LEGAL},
	    {"Q1 T2@1 C1 C2", PV},
	    {"Q1 F1 C1", LEGAL},
	    {"Q1 S1 Q1 T2@1 F1 S2", DE}, /* whatever was taken, it runs */
	    {"Q1 S1 Q1 T2@1 F1 C1", LEGAL},
	    {"Q1 T2@1 F1 S1", LEGAL},
	    {"S1 U1 Q1 S1 C1 S1", DE}, /* queued: no inline run */
	    {"U1 Q1 S1 C1 S1", DE},
	};
	CHECK(WSC_IDENTITY_POLLED, false, rows);
}

static void check_end(struct ownership_rules rules, const struct row *rows, size_t count)
{
	struct trace_header header = {0};
	struct queue_table queues;
	cr_assert_eq(queue_table_init(&queues, &header, NULL, 0), WSC_OK);
	rules.complete = true;
	rules.queues = &queues;
	for (size_t i = 0; i < count; i++) {
		struct ownership state;
		int report;
		run_row(&rules, &rows[i], &state, &report);
		report = ownership_end(&rules, &state);
		cr_expect_eq(report, rows[i].report, "%s: at the end %d, expected %d", rows[i].history, report,
		             rows[i].report);
	}
	queue_table_free(&queues);
}

#define CHECK_END(rows, ...) check_end((struct ownership_rules){__VA_ARGS__}, rows, sizeof(rows) / sizeof((rows)[0]))

Test(ownership, the_end)
{
	static const struct row rows[] = {
	    {"Q1", LW},
	    {"Q1 T2@1", LW},
	    {"Q1 D1", LW},
	    {"Q1 S1 U1 Q1", LW},
	    {"Q1 S1", UE},
	    {"Q1 S1 U1", UE},
	    {"S1", UE},
	    {"Q1 S1 C1", LEGAL},
	    {"Q1 X1", LEGAL},
	    {"Q1 F1", LEGAL},
	    {"Q1 S1 C1 T2@1", LEGAL}, /* a disputed take is all that there is */
	    {"Q1 S1 U1 X1", LEGAL},
	};
	CHECK_END(rows, .identity = WSC_IDENTITY_UNIQUE);
	static const struct row deque[] = {{"Q1", LW}, {"Q1 T2@1", LEGAL}, {"Q1 D1", LEGAL}, {"Q1 D1 Q1", LW}};
	CHECK_END(deque, .scope = WSC_SCOPE_DEQUE);
}

Test(ownership, the_end_where_cancellations_are_not_seen)
{
	static const struct row rows[] = {{"Q1 S1 U1", LEGAL}, {"Q1 S1 U1 Q2 S2", UE}, {"Q1 S1", UE}};
	CHECK_END(rows, .identity = WSC_IDENTITY_UNIQUE, .cancels_unseen = true);
}

Test(ownership, the_end_of_slots)
{
	static const struct row rows[] = {
	    {"Q1 S2 C2", MO}, /* who took the life that waited? */
	    {"Q1 T2@1 Q1 S1 C1", LW},
	    {"Q1 T2@1 Q1 S1 C1 S2 C2", LEGAL},
	    {"Q1 T2@1 Q1 T3@1 Q1 S1 C1 S2 C2", LW},
	    {"Q1 T2@1 Q1 S1 U1 S2 C2", UE},
	    {"Q1 T2@1 Q1 S1 U1 S2 C2 R1 C1", LEGAL},
	    {"Q1 T2@1 Q2 T3@2 Q3 T4@3 Q4 T5@4 Q5 X5", LEGAL}, /* four may hold a life, but need not */
	};
	CHECK_END(rows, .identity = WSC_IDENTITY_RECYCLED);
}

/* A bit that were shared by more would excuse more; a worker without one could not have held anything. */
Test(ownership, workers_share_32_bits_evenly)
{
	uint32_t used = 0;
	for (uint32_t worker = 0; worker < 1000; worker++) {
		uint32_t bit = ownership_bit_of(worker);
		cr_assert(bit != 0 && (bit & (bit - 1)) == 0, "worker %u: %x", worker, bit);
		used |= bit;
	}
	cr_expect_eq(used, UINT32_MAX);
}
