/* SPDX-License-Identifier: MIT */
/* What a story says of a history: the cause that it names first, which reports it joins, which events it tells. */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "analysis.h"
#include "cause.h"
#include "format.h"
#include "judgement.h"
#include "story.h"

#define QUEUED(t, n, w, q)                                                                                             \
	{                                                                                                              \
		.ts = (t), .task = (n), .worker = (w), .queue = (q), .kind = WSC_EV_QUEUED                             \
	}
#define DEQUEUED(t, n, w, q)                                                                                           \
	{                                                                                                              \
		.ts = (t), .task = (n), .worker = (w), .queue = (q), .kind = WSC_EV_DEQUEUED                           \
	}
#define STEAL_START(t, w, q)                                                                                           \
	{                                                                                                              \
		.ts = (t), .worker = (w), .queue = (q), .kind = WSC_EV_STEAL_START                                     \
	}
#define STOLE(t, n, w, q)                                                                                              \
	{                                                                                                              \
		.ts = (t), .task = (n), .worker = (w), .queue = (q), .kind = WSC_EV_STEAL_SUCCESS                      \
	}
#define EXEC_START(t, n, w)                                                                                            \
	{                                                                                                              \
		.ts = (t), .task = (n), .worker = (w), .kind = WSC_EV_EXEC_START                                       \
	}
#define EXEC_COMPLETE(t, n, w)                                                                                         \
	{                                                                                                              \
		.ts = (t), .task = (n), .worker = (w), .kind = WSC_EV_EXEC_COMPLETE                                    \
	}
#define SUSPENDED(t, n, w)                                                                                             \
	{                                                                                                              \
		.ts = (t), .task = (n), .worker = (w), .kind = WSC_EV_SUSPENDED                                        \
	}
#define RESUMED(t, n, w)                                                                                               \
	{                                                                                                              \
		.ts = (t), .task = (n), .worker = (w), .kind = WSC_EV_RESUMED                                          \
	}
#define CANCELLED(t, n, w)                                                                                             \
	{                                                                                                              \
		.ts = (t), .task = (n), .worker = (w), .kind = WSC_EV_CANCELLED                                        \
	}
#define PARKED(t, w)                                                                                                   \
	{                                                                                                              \
		.ts = (t), .worker = (w), .kind = WSC_EV_PARKED                                                        \
	}
#define UNPARKED(t, w)                                                                                                 \
	{                                                                                                              \
		.ts = (t), .worker = (w), .kind = WSC_EV_UNPARKED                                                      \
	}
#define EMPTY(t, w, q)                                                                                                 \
	{                                                                                                              \
		.ts = (t), .worker = (w), .queue = (q), .arg = 1, .reason = WSC_REASON_EMPTY,                          \
		.kind = WSC_EV_STEAL_FAILURE                                                                           \
	}

struct history {
	struct trace_header header;
	struct analysis *analysis;
	struct analysis_result *result;
	struct story_pass *pass;
	size_t worker_count; /* of those that are known to the analysis before it begins: 1, 2, ... */
};

static struct history *history;

static void make(void)
{
	history = calloc(1, sizeof(*history));
	trace_header_init(&history->header);
}

static void unmake(void)
{
	story_pass_free(history->pass);
	analysis_free(history->analysis);
	trace_header_free(&history->header);
	free(history);
}

TestSuite(story, .init = make, .fini = unmake);

static void feed(const struct wsc_event *events, size_t count, enum wsc_end end)
{
	struct analysis_options options;
	analysis_options_init(&options);
	options.idle_ns = 100;
	static const uint32_t workers[] = {1, 2, 3};
	cr_assert_eq(analysis_create(&history->analysis, &history->header, workers, history->worker_count, &options),
	             WSC_OK);
	cr_assert_eq(analysis_feed(history->analysis, events, count), WSC_OK);
	cr_assert_eq(analysis_finish(history->analysis, end, 0), WSC_OK);
	history->result = analysis_result(history->analysis);
	cr_assert_eq(story_pass_create(&history->pass, history->result, &history->header), WSC_OK);
	cr_assert_eq(story_pass_feed(history->pass, events, count), WSC_OK);
	cr_assert_eq(story_pass_finish(history->pass), WSC_OK);
	cr_assert_eq(story_conclude(history->result, &history->header), WSC_OK);
}

/* The story of an array of events, up to that end. */
#define TELL(events, end) feed(events, sizeof(events) / sizeof(*(events)), end)

static char *text(void)
{
	char *string = NULL;
	size_t size;
	struct trace_summary summary = {0};
	struct report report = {.path = "t",
	                        .header = &history->header,
	                        .summary = &summary,
	                        .result = history->result,
	                        .detail = REPORT_FULL};
	struct rules rules;
	struct judgement judgement;
	rules_init(&rules);
	cr_assert_eq(judgement_init(&judgement, &report, &rules), WSC_OK);
	struct page page = {.out = open_memstream(&string, &size), .width = 100};
	cr_assert_eq(report_text(&report, &page), WSC_OK);
	judgement_free(&judgement);
	fclose(page.out);
	return string;
}

/* Wrapped lines are joined. */
static char *joined_text(void)
{
	char *string = text();
	for (char *at = string; (at = strstr(at, "\n    ")) != NULL;)
		memmove(at + 1, at + 5, strlen(at + 5) + 1), *at = ' ';
	return string;
}

static void expect_words(const char *words)
{
	char *string = joined_text();
	cr_expect(strstr(string, words), "no '%s' in\n%s", words, string);
	free(string);
}

static void expect_no_words(const char *words)
{
	char *string = joined_text();
	cr_expect_null(strstr(string, words), "'%s' in\n%s", words, string);
	free(string);
}

static void expect_line(const char *line)
{
	char *string = text();
	cr_expect(strstr(string, line), "no '%s' in\n%s", line, string);
	free(string);
}

static const struct violation *first(void)
{
	for (size_t i = 0; i < history->result->violation_count; i++) {
		if (history->result->violations[i].story == 1)
			return &history->result->violations[i];
	}
	cr_assert_fail("no story");
	return NULL;
}

static void expect_cause(enum wsc_violation_kind kind, enum cause cause)
{
	const struct violation *v = first();
	cr_expect_eq(v->kind, kind, "%s", wsc_violation_name(v->kind));
	cr_assert(v->cause_count > 0);
	cr_expect_eq(v->causes[0], (uint8_t)cause, "%s", cause_id((enum cause)v->causes[0]));
}

/* Two takes of one worker are in the order of its program, though the intervals touch. */
Test(story, an_owner_overflows_too_late)
{
	struct wsc_event events[] = {
	    QUEUED(10, 7, 1, 1),     QUEUED(20, 8, 1, 1),  EXEC_START(30, 7, 1),    STOLE(40, 8, 1, 1),
	    EXEC_COMPLETE(50, 7, 1), EXEC_START(60, 8, 1), EXEC_COMPLETE(70, 8, 1),
	};
	events[0].flags = WSC_FLAG_PINNED;
	history->header.discipline = WSC_DISCIPLINE_LIFO;
	TELL(events, WSC_END_CLEAN);
	expect_cause(WSC_VIOLATION_ORDERING_VIOLATION, CAUSE_WRONG_END_OWNER);
	expect_words(
	    "while task 8 was there and due first: it stole it 10 ns later; the take out of turn (>) was over before "
	    "the other (~) began.");
}

Test(story, owner_and_thief_take_one_entry)
{
	const struct wsc_event events[] = {
	    QUEUED(10, 7, 0, 0),  STEAL_START(20, 1, 0),   EXEC_START(30, 7, 0),    STOLE(36, 7, 1, 0),
	    EXEC_START(40, 7, 1), EXEC_COMPLETE(50, 7, 0), EXEC_COMPLETE(60, 7, 1),
	};
	TELL(events, WSC_END_CLEAN);
	expect_cause(WSC_VIOLATION_MULTIPLE_OWNERS, CAUSE_MISSING_FENCE);
	cr_expect_eq(history->result->violation_count, 2);
	cr_expect_eq(history->result->violations[1].story, 1, "one cause, one story");
	expect_words(
	    "happened: worker 1 stole task 7 out of queue 0 although worker 0 had taken it 6 ns before; the two "
	    "takes (> and ~) may overlap.");
	char *string = text();
	cr_expect(strstr(string, "    +0 ns      worker 0  queued         task 7, queue 0\n"
	                         "    +10 ns     worker 1  steal_start    queue 0\n"
	                         "  ~ +20 ns     worker 0  exec_start     task 7, between +0 ns and +20 ns\n"
	                         "  > +26 ns     worker 1  steal_success  task 7, queue 0, between +10 ns and +26 ns\n"
	                         "  > +30 ns     worker 1  exec_start     task 7\n"
	                         "    +40 ns     worker 0  exec_complete  task 7\n"
	                         "    +50 ns     worker 1  exec_complete  task 7\n"),
	          "%s", string);
	free(string);
}

Test(story, a_lost_push_after_a_double_take_belongs_to_it)
{
	const struct wsc_event events[] = {
	    QUEUED(10, 7, 0, 0),     STEAL_START(20, 1, 0), EXEC_START(30, 7, 0),    QUEUED(32, 8, 0, 0),
	    STOLE(36, 7, 1, 0),      EXEC_START(40, 7, 1),  EXEC_COMPLETE(50, 7, 0), EXEC_COMPLETE(60, 7, 1),
	    STEAL_START(70, 0, 1),   EMPTY(80, 0, 1),       QUEUED(90, 9, 0, 0),     EXEC_START(95, 9, 0),
	    EXEC_COMPLETE(99, 9, 0),
	};
	TELL(events, WSC_END_STALLED);
	cr_assert_eq(history->result->violation_count, 3);
	for (size_t i = 0; i < 3; i++) {
		cr_expect_eq(history->result->violations[i].story, 1);
		cr_expect_eq(history->result->violations[i].causes[0], CAUSE_MISSING_FENCE);
	}
	expect_words("the next push on that queue is lost");
}

Test(story, a_lost_push_elsewhere_is_a_story_of_its_own)
{
	const struct wsc_event events[] = {
	    QUEUED(10, 7, 0, 0),   STEAL_START(20, 1, 0),   EXEC_START(30, 7, 0),    STOLE(36, 7, 1, 0),
	    EXEC_START(40, 7, 1),  EXEC_COMPLETE(50, 7, 0), EXEC_COMPLETE(60, 7, 1), QUEUED(70, 8, 1, 1),
	    STEAL_START(80, 0, 1), EMPTY(90, 0, 1),
	};
	TELL(events, WSC_END_STALLED);
	cr_assert_eq(history->result->violation_count, 3);
	cr_expect_neq(history->result->violations[0].story, history->result->violations[2].story);
	cr_expect_eq(history->result->violations[2].causes[0], CAUSE_LOST_PUSH);
}

Test(story, two_thieves_take_one_entry)
{
	const struct wsc_event events[] = {
	    QUEUED(10, 7, 0, 0), STEAL_START(20, 1, 0), STEAL_START(21, 2, 0),   STOLE(30, 7, 1, 0),
	    STOLE(31, 7, 2, 0),  EXEC_START(40, 7, 1),  EXEC_COMPLETE(50, 7, 1),
	};
	TELL(events, WSC_END_CLEAN);
	expect_cause(WSC_VIOLATION_MULTIPLE_OWNERS, CAUSE_STALE_CAS);
}

Test(story, a_take_long_after_the_other_is_no_missing_fence)
{
	const struct wsc_event events[] = {
	    QUEUED(10, 7, 0, 0), EXEC_START(30, 7, 0), EXEC_COMPLETE(50, 7, 0), STEAL_START(60, 1, 0),
	    STOLE(70, 7, 1, 0),  EXEC_START(80, 7, 1), EXEC_COMPLETE(90, 7, 1),
	};
	TELL(events, WSC_END_CLEAN);
	expect_cause(WSC_VIOLATION_MULTIPLE_OWNERS, CAUSE_STALE_CAS);
	expect_words("the first take (~) was over before the second (>) began");
}

Test(story, pushed_twice)
{
	const struct wsc_event events[] = {
	    QUEUED(10, 7, 0, 0),     QUEUED(20, 7, 0, 0),  EXEC_START(30, 7, 0),
	    EXEC_COMPLETE(40, 7, 0), EXEC_START(50, 7, 0), EXEC_COMPLETE(60, 7, 0),
	};
	TELL(events, WSC_END_CLEAN);
	expect_cause(WSC_VIOLATION_MULTIPLE_OWNERS, CAUSE_PUSHED_TWICE);
	expect_words(
	    "worker 0 pushed task 7 on queue 0 although it had pushed it and it still waited, since 10 ns before.");
}

Test(story, queued_by_its_runner_is_a_reused_handle)
{
	const struct wsc_event events[] = {
	    QUEUED(10, 7, 0, 0),     EXEC_START(20, 7, 0), QUEUED(30, 7, 0, 0),
	    EXEC_COMPLETE(40, 7, 0), EXEC_START(50, 7, 0), EXEC_COMPLETE(60, 7, 0),
	};
	TELL(events, WSC_END_CLEAN);
	expect_cause(WSC_VIOLATION_MULTIPLE_OWNERS, CAUSE_HANDLE_REUSED);
	expect_words("identity `polled` or `recycled`");
}

Test(story, taken_from_the_wrong_queue)
{
	const struct wsc_event events[] = {
	    QUEUED(10, 7, 0, 0),  STEAL_START(20, 1, 5),   STOLE(30, 7, 1, 5),
	    EXEC_START(40, 7, 1), EXEC_COMPLETE(50, 7, 1),
	};
	TELL(events, WSC_END_CLEAN);
	expect_cause(WSC_VIOLATION_MULTIPLE_OWNERS, CAUSE_WRONG_QUEUE);
	cr_expect_str_eq(first()->message, "task 7 was taken from queue 5, but it waits in queue 0: workers 0 and 1");
	expect_words("happened: task 7 was taken from queue 5, by worker 1, but it waits in queue 0");
}

Test(story, a_pinned_task_is_stolen_out_of_a_slot_that_was_used_again)
{
	const struct wsc_event events[] = {
	    QUEUED(10, 7, 1, 1),
	    {.ts = 20, .task = 7, .worker = 2, .queue = 2, .flags = WSC_FLAG_PINNED, .kind = WSC_EV_QUEUED},
	    DEQUEUED(25, 7, 1, 1),
	    STOLE(30, 7, 3, 2),
	    EXEC_START(31, 7, 3),
	    EXEC_COMPLETE(32, 7, 3),
	    EXEC_START(36, 7, 1),
	    EXEC_COMPLETE(37, 7, 1),
	};
	history->header.identity = WSC_IDENTITY_RECYCLED;
	TELL(events, WSC_END_CLEAN);
	expect_cause(WSC_VIOLATION_ORDERING_VIOLATION, CAUSE_PINNED_IN_SIGHT);
	expect_words("happened: worker 3 stole task 7, which worker 2 had pinned in queue 2.");
}

Test(story, a_dropped_theft)
{
	const struct wsc_event events[] = {QUEUED(10, 7, 0, 0), STEAL_START(20, 1, 0), STOLE(30, 7, 1, 0),
	                                   PARKED(99, 1)};
	TELL(events, WSC_END_STALLED);
	expect_cause(WSC_VIOLATION_STALLED_WORK, CAUSE_DROPPED_LOOT);
}

Test(story, a_dropped_take)
{
	const struct wsc_event events[] = {QUEUED(10, 7, 0, 0), DEQUEUED(20, 7, 0, 0), PARKED(99, 0)};
	TELL(events, WSC_END_CLEAN);
	expect_cause(WSC_VIOLATION_LOST_WORK, CAUSE_DROPPED_TAKE);
}

Test(story, a_push_that_vanished_was_lost)
{
	const struct wsc_event events[] = {QUEUED(10, 7, 0, 0), STEAL_START(20, 1, 0), EMPTY(30, 1, 0), PARKED(40, 1)};
	TELL(events, WSC_END_STALLED);
	expect_cause(WSC_VIOLATION_STALLED_WORK, CAUSE_LOST_PUSH);
	expect_words("the queue was found empty later: the task vanished");
}

Test(story, an_owner_that_goes_away_found_its_queue_empty)
{
	const struct wsc_event events[] = {QUEUED(10, 7, 0, 0), STEAL_START(20, 0, 1), EMPTY(30, 0, 1), PARKED(40, 0)};
	TELL(events, WSC_END_STALLED);
	expect_cause(WSC_VIOLATION_STALLED_WORK, CAUSE_LOST_PUSH);
}

/* Nobody was told that the queue is empty: that its owner sleeps only looks like it. */
Test(story, an_owner_that_sleeps_has_found_nothing_empty)
{
	const struct wsc_event events[] = {QUEUED(10, 7, 0, 0), PARKED(20, 0)};
	TELL(events, WSC_END_STALLED);
	expect_cause(WSC_VIOLATION_STALLED_WORK, CAUSE_LOST_PUSH);
	expect_words("nobody took it, although the queue's owner later slept or went to steal, as if it were empty: "
	             "the task vanished.");
	expect_no_words("found empty");
}

/* What was answered `empty` before the push says nothing of it, nor does a sleep that began before. */
Test(story, an_owner_that_slept_before_the_push_has_found_nothing_empty)
{
	const struct wsc_event events[] = {STEAL_START(1, 1, 0), EMPTY(2, 1, 0), PARKED(5, 0), QUEUED(10, 7, 2, 0)};
	TELL(events, WSC_END_STALLED);
	expect_cause(WSC_VIOLATION_STALLED_WORK, CAUSE_LOST_WAKEUP);
	expect_words("worker 2 pushed task 7 on queue 0 and nobody took it while 1 worker slept.");
	expect_no_words("empty later");
	expect_no_words("as if it were empty");
}

/*
 * A push of another worker may not be visible yet when the owner goes to sleep: then a wake-up was lost, not the push. Once it
 * is visible the owner would have found it.
 */
static void tell_sleep_after_a_foreign_push(uint64_t parked)
{
	const struct wsc_event events[] = {QUEUED(10, 7, 2, 0), PARKED(parked, 0)};
	history->header.publish_ns = 50;
	TELL(events, WSC_END_STALLED);
}

Test(story, an_owner_that_sleeps_before_a_push_is_visible)
{
	tell_sleep_after_a_foreign_push(60);
	expect_cause(WSC_VIOLATION_STALLED_WORK, CAUSE_LOST_WAKEUP);
	expect_words("worker 2 pushed task 7 on queue 0 and nobody took it while 1 worker slept.");
	expect_no_words("as if it were empty");
}

Test(story, an_owner_that_sleeps_after_a_push_is_visible)
{
	tell_sleep_after_a_foreign_push(61);
	expect_cause(WSC_VIOLATION_STALLED_WORK, CAUSE_LOST_PUSH);
	expect_words("nobody took it, although the queue's owner later slept or went to steal, as if it were empty: "
	             "the task vanished.");
}

/* Its own pushes an owner sees at once. A thief may be told that the queue is empty as long as they are not visible. */
Test(story, an_owner_that_sleeps_after_its_own_push)
{
	const struct wsc_event events[] = {QUEUED(10, 7, 0, 0), STEAL_START(12, 1, 0), EMPTY(14, 1, 0), PARKED(20, 0)};
	history->header.publish_ns = 50;
	TELL(events, WSC_END_STALLED);
	expect_cause(WSC_VIOLATION_STALLED_WORK, CAUSE_LOST_PUSH);
	expect_words("as if it were empty: the task vanished.");
	expect_no_words("found empty");
}

/* From the thieves' end an owner takes what is there. */
Test(story, an_owner_that_overflows_has_not_gone_away)
{
	const struct wsc_event events[] = {
	    QUEUED(10, 7, 0, 0), QUEUED(12, 8, 0, 0),  STEAL_START(20, 0, 0),
	    STOLE(22, 7, 0, 0),  EXEC_START(24, 7, 0), EXEC_COMPLETE(26, 7, 0),
	};
	TELL(events, WSC_END_STALLED);
	expect_cause(WSC_VIOLATION_STALLED_WORK, CAUSE_LOST_WAKEUP);
	expect_words("worker 0 pushed task 8 on queue 0 and nobody took it up to the end.");
}

Test(story, nobody_looked_so_a_wakeup_was_lost)
{
	const struct wsc_event events[] = {STEAL_START(1, 1, 0), EMPTY(9, 1, 0), QUEUED(10, 7, 0, 0), PARKED(11, 1)};
	TELL(events, WSC_END_STALLED);
	expect_cause(WSC_VIOLATION_STALLED_WORK, CAUSE_LOST_WAKEUP);
	expect_words("nobody took it while 1 worker slept.");
}

Test(story, lost_at_the_very_end_the_trace_was_closed_early)
{
	const struct wsc_event events[] = {QUEUED(1, 6, 0, 0), EXEC_START(2, 6, 0), EXEC_COMPLETE(900, 6, 0),
	                                   QUEUED(990, 7, 0, 0), QUEUED(995, 8, 0, 0)};
	TELL(events, WSC_END_CLEAN);
	expect_cause(WSC_VIOLATION_LOST_WORK, CAUSE_CLOSED_EARLY);
}

/*
 * In a window the second steal may be of an entry that a life left which was not seen, and cancelled, if handles are used
 * again after that. If they are, what stands is the push while the task was held; else it is the steal.
 */
static void tell_of_window(bool reuses_cancelled)
{
	struct wsc_event events[] = {
	    QUEUED(10, 7, 1, 1),       STEAL_START(11, 2, 1), STOLE(20, 7, 2, 1),   STEAL_START(21, 3, 1),
	    STOLE(30, 7, 3, 1),        QUEUED(40, 7, 4, 4),   EXEC_START(50, 7, 4), EXEC_COMPLETE(60, 7, 4),
	    QUEUED(70, 99, 5, 5),      CANCELLED(80, 99, 5),  QUEUED(90, 99, 5, 5), EXEC_START(100, 99, 5),
	    EXEC_COMPLETE(110, 99, 5),
	};
	if (!reuses_cancelled)
		events[9] = (struct wsc_event)DEQUEUED(80, 99, 5, 5);
	history->header.complete = false;
	TELL(events, WSC_END_CUT);
	cr_assert_eq(history->result->violation_count, 1);
	expect_cause(WSC_VIOLATION_MULTIPLE_OWNERS, reuses_cancelled ? CAUSE_PUSHED_TWICE : CAUSE_STALE_CAS);
}

Test(story, a_report_in_place_of_one_that_falls)
{
	tell_of_window(true);
	const struct violation *v = first();
	cr_expect_eq(v->condition, VIOLATION_IF_REUSED);
	cr_expect_eq(v->ts, 40);
	cr_expect_eq(v->what, VIOLATION_PUSHED_WHILE_HELD);
	cr_assert(v->proof > 0 && v->rival > 0);
	cr_expect_eq(v->events[v->proof - 1].ts, 40);
	cr_expect_eq(v->events[v->rival - 1].ts, 30);
	expect_words("happened: worker 4 pushed task 7 on queue 4 although worker 3 had taken it, since 10 ns before.");
	expect_no_words("out of queue 1 although");
}

Test(story, a_report_that_another_would_take_the_place_of)
{
	tell_of_window(false);
	const struct violation *v = first();
	cr_expect_eq(v->condition, VIOLATION_UNLESS_REUSED);
	cr_expect_eq(v->ts, 30);
	expect_words("happened: worker 3 stole task 7 out of queue 1 although worker 2 had stolen it 10 ns before");
}

/* --- between which moments an operation lies --- */

/* Nothing is known of a worker before its first stamp. */
Test(story, a_first_stamp_is_bounded_above_alone)
{
	const struct wsc_event events[] = {QUEUED(10, 7, 0, 0), EXEC_START(20, 7, 0), EXEC_COMPLETE(25, 7, 0),
	                                   STOLE(30, 7, 1, 0)};
	TELL(events, WSC_END_CUT);
	expect_line("  ~ +10 ns     worker 0  exec_start     task 7, between +0 ns and +10 ns\n");
	expect_line("  > +20 ns     worker 1  steal_success  task 7, queue 0, by +20 ns\n");
}

/* The stamp before it is not told, for it is older than what is. */
Test(story, an_operation_may_have_begun_before_the_story)
{
	const struct wsc_event events[] = {UNPARKED(5, 1), QUEUED(10, 7, 0, 0), EXEC_START(20, 7, 0),
	                                   EXEC_COMPLETE(25, 7, 0), STOLE(30, 7, 1, 0)};
	TELL(events, WSC_END_CUT);
	expect_line("  > +20 ns     worker 1  steal_success  task 7, queue 0, between -5 ns and +20 ns\n");
}

/* The thieves take the newest first. The owner recorded nothing after its pushes. */
static void tell_last_pushes(uint64_t ts)
{
	const struct wsc_event events[] = {
	    QUEUED(ts, 7, 0, 0),     QUEUED(ts + 10, 8, 0, 0),   STEAL_START(ts + 20, 1, 0),
	    STOLE(ts + 30, 8, 1, 0), STEAL_START(ts + 40, 1, 0), STOLE(ts + 50, 7, 1, 0),
	};
	TELL(events, WSC_END_CUT);
	expect_cause(WSC_VIOLATION_ORDERING_VIOLATION, CAUSE_WRONG_END_THIEF);
}

Test(story, a_last_push_is_bounded_below_alone)
{
	tell_last_pushes(10);
	expect_line("    +0 ns      worker 0  queued         task 7, queue 0, after +0 ns\n");
	expect_line("  > +30 ns     worker 1  steal_success  task 8, queue 0, between +20 ns and +30 ns\n");
}

/* Stamps may begin with 0, which is the lower bound of a push like any other. */
Test(story, a_push_at_stamp_0)
{
	tell_last_pushes(0);
	expect_line("    +0 ns      worker 0  queued         task 7, queue 0, after +0 ns\n");
}

Test(story, a_push_at_stamp_0_that_was_over)
{
	const struct wsc_event events[] = {
	    QUEUED(0, 7, 0, 0), QUEUED(10, 8, 0, 0),   PARKED(15, 0),      STEAL_START(20, 1, 0),
	    STOLE(30, 8, 1, 0), STEAL_START(40, 1, 0), STOLE(50, 7, 1, 0),
	};
	TELL(events, WSC_END_CUT);
	expect_line("    +0 ns      worker 0  queued         task 7, queue 0, between +0 ns and +15 ns\n");
}

/* --- what is under way from before the life of the report --- */

static void expect_first_event(enum wsc_event_kind kind, uint32_t worker, uint64_t ts)
{
	const struct wsc_event *e = first()->events;
	cr_assert(first()->event_count > 0);
	cr_expect(e->kind == kind && e->worker == worker && e->ts == ts, "%u by %u at %lu", e->kind, e->worker,
	          (unsigned long)e->ts);
}

Test(story, polled_by_two_workers_at_once)
{
	const struct wsc_event events[] = {
	    QUEUED(10, 7, 0, 0),  EXEC_START(20, 7, 0),    QUEUED(30, 7, 1, 1),
	    EXEC_START(35, 7, 1), EXEC_COMPLETE(40, 7, 0), EXEC_COMPLETE(60, 7, 1),
	};
	history->header.identity = WSC_IDENTITY_POLLED;
	TELL(events, WSC_END_CLEAN);
	expect_cause(WSC_VIOLATION_DOUBLE_EXECUTION, CAUSE_UNCLAIMED_RUN);
	expect_first_event(WSC_EV_EXEC_START, 0, 20);
	expect_words("happened: worker 1 started task 7 while worker 0 still ran it, since 15 ns before.");
	char *string = text();
	cr_expect(strstr(string, "  ~ +0 ns      worker 0  exec_start     task 7\n"
	                         "    +10 ns     worker 1  queued         task 7, queue 1\n"
	                         "  > +15 ns     worker 1  exec_start     task 7\n"),
	          "%s", string);
	free(string);
}

/* One run goes on and on; more events than are told lie between it and what collides with it. */
Test(story, a_run_under_way_is_told_however_long_ago_it_began)
{
	enum { POLLS = 100 };
	struct wsc_event events[4 * POLLS + 4] = {QUEUED(1, 7, 0, 0), EXEC_START(2, 7, 0)};
	size_t count = 2;
	for (uint64_t i = 0; i < POLLS; i++) {
		uint64_t ts = 10 * (i + 1);
		const struct wsc_event poll[] = {QUEUED(ts, 7, 1, 1), EXEC_START(ts + 1, 7, 1),
		                                 EXEC_COMPLETE(ts + 2, 7, 1)};
		memcpy(&events[count], poll, sizeof(poll));
		count += 3;
	}
	events[count++] = (struct wsc_event)EXEC_COMPLETE(5000, 7, 0);
	history->header.identity = WSC_IDENTITY_POLLED;
	feed(events, count, WSC_END_CLEAN);
	cr_assert_eq(history->result->violation_count, POLLS);
	for (size_t i = 0; i < POLLS; i++) {
		const struct violation *v = &history->result->violations[i];
		cr_expect_eq(v->what, VIOLATION_RUN_AT_ONCE);
		cr_expect_eq(v->events[v->rival - 1].ts, 2U);
		cr_expect_eq(v->events[v->proof - 1].ts, v->ts);
		cr_expect_eq(v->story, 1U, "one run collides with all");
		cr_expect(v->event_count <= STORY_EVENTS_MAX);
	}
}

Test(story, a_long_life_keeps_what_is_under_way)
{
	enum { POLLS = 100 };
	struct wsc_event events[4 * POLLS + 8] = {QUEUED(1, 7, 0, 0), EXEC_START(2, 7, 0)};
	size_t count = 2;
	for (uint64_t i = 0; i < POLLS; i++) {
		uint64_t ts = 10 * (i + 1);
		const struct wsc_event poll[] = {SUSPENDED(ts, 7, 0), QUEUED(ts + 1, 7, 0, 0),
		                                 EXEC_START(ts + 2, 7, 0)};
		memcpy(&events[count], poll, sizeof(poll));
		count += 3;
	}
	events[count++] = (struct wsc_event)EXEC_START(5000, 7, 1);
	events[count++] = (struct wsc_event)EXEC_COMPLETE(5010, 7, 0);
	events[count++] = (struct wsc_event)EXEC_COMPLETE(5020, 7, 1);
	feed(events, count, WSC_END_CLEAN);
	cr_assert_eq(history->result->violation_count, 1);
	cr_expect(first()->events_cut);
	expect_words("happened: worker 1 started task 7 while worker 0 still ran it, since 4.00 us before.");
}

Test(story, a_slot_that_was_queued_twice_shows_both_pushes)
{
	const struct wsc_event events[] = {
	    QUEUED(10, 8, 0, 0),
	    QUEUED(20, 8, 0, 0),
	    EXEC_START(30, 8, 0),
	    EXEC_COMPLETE(40, 8, 0),
	};
	history->header.identity = WSC_IDENTITY_RECYCLED;
	TELL(events, WSC_END_CLEAN);
	expect_cause(WSC_VIOLATION_MULTIPLE_OWNERS, CAUSE_SLOT_FREED);
	cr_expect_eq(first()->causes[1], CAUSE_PUSHED_TWICE);
	expect_words("happened: worker 0 pushed task 8 on queue 0 although it had pushed it and it still waited, since "
	             "10 ns before.");
	char *string = text();
	cr_expect(strstr(string, "  ~ +0 ns      worker 0  queued         task 8, queue 0\n"
	                         "  > +10 ns     worker 0  queued         task 8, queue 0\n"
	                         "    +20 ns     worker 0  exec_start     task 8\n"
	                         "    +30 ns     worker 0  exec_complete  task 8\n"),
	          "%s", string);
	free(string);
}

/* A slot is freed twice; that shows only when its second entry is taken, two lives later. */
Test(story, a_slot_freed_twice_is_told_from_the_second_push_on)
{
	const struct wsc_event events[] = {
	    QUEUED(10, 8, 0, 0),     QUEUED(12, 8, 0, 0),  STEAL_START(20, 2, 0),   STOLE(22, 8, 2, 0),
	    EXEC_START(24, 8, 2),    QUEUED(30, 8, 2, 2),  EXEC_COMPLETE(31, 8, 2), STEAL_START(40, 1, 0),
	    STOLE(42, 8, 1, 0),      EXEC_START(44, 8, 1), EXEC_COMPLETE(46, 8, 1), EXEC_START(50, 8, 2),
	    EXEC_COMPLETE(52, 8, 2),
	};
	history->header.identity = WSC_IDENTITY_RECYCLED;
	TELL(events, WSC_END_CLEAN);
	expect_cause(WSC_VIOLATION_MULTIPLE_OWNERS, CAUSE_SLOT_FREED);
	cr_expect_eq(first()->ts, 42U);
	expect_words(
	    "worker 0 pushed task 8 on queue 0 although it had pushed it and it still waited, since 2 ns before.");
	char *string = text();
	cr_expect_null(strstr(string, "had not begun"), "%s", string);
	free(string);
}

/* One attempt takes two slots, and one of them is used again before that is stamped: only the program says in what order. */
Test(story, a_slot_used_again_at_the_stamp_of_the_attempt_that_freed_it)
{
	const struct wsc_event events[] = {
	    QUEUED(10, 5, 1, 1),   QUEUED(10, 6, 1, 1),     STEAL_START(20, 2, 1), STOLE(20, 5, 2, 1),
	    QUEUED(20, 6, 2, 2),   STOLE(20, 6, 2, 1),      EXEC_START(20, 6, 2),  EXEC_COMPLETE(20, 6, 2),
	    EXEC_START(20, 6, 2),  EXEC_COMPLETE(20, 6, 2), EXEC_START(20, 5, 2),  EXEC_COMPLETE(20, 5, 2),
	    STEAL_START(30, 3, 2), STOLE(40, 6, 3, 2),      EXEC_START(50, 6, 3),  EXEC_COMPLETE(60, 6, 3),
	};
	history->header.identity = WSC_IDENTITY_RECYCLED;
	TELL(events, WSC_END_CLEAN);
	expect_cause(WSC_VIOLATION_MULTIPLE_OWNERS, CAUSE_STALE_CAS);
	expect_words("worker 3 stole task 6 out of queue 2 although worker 2 had taken it 20 ns before");
	char *string = text();
	const char *attempt = strstr(string, "worker 2  steal_start"), *push = strstr(string, "worker 2  queued");
	cr_expect(attempt != NULL && push != NULL && attempt < push, "not in the order of the program:\n%s", string);
	free(string);
}

Test(story, loot_that_was_dropped_before_the_slot_was_used_again)
{
	const struct wsc_event events[] = {
	    QUEUED(10, 8, 1, 1), STEAL_START(11, 2, 1), STOLE(12, 8, 2, 1),
	    QUEUED(13, 8, 1, 1), EXEC_START(14, 8, 1),  EXEC_COMPLETE(15, 8, 1),
	};
	history->header.identity = WSC_IDENTITY_RECYCLED;
	TELL(events, WSC_END_CLEAN);
	expect_cause(WSC_VIOLATION_LOST_WORK, CAUSE_DROPPED_LOOT);
	expect_words("happened: worker 2 stole task 8 out of queue 1, and neither ran it nor queued it again.");
	expect_first_event(WSC_EV_QUEUED, 1, 10);
}

Test(story, the_run_that_is_not_over_is_the_one_told)
{
	const struct wsc_event events[] = {
	    QUEUED(10, 8, 1, 1),  EXEC_START(11, 8, 1),    QUEUED(12, 8, 1, 1),
	    EXEC_START(13, 8, 1), EXEC_COMPLETE(14, 8, 1),
	};
	history->header.identity = WSC_IDENTITY_RECYCLED;
	TELL(events, WSC_END_CLEAN);
	cr_expect_eq(first()->kind, WSC_VIOLATION_UNFINISHED_EXECUTION);
	cr_expect_eq(first()->events[first()->proof - 1].ts, 11U);
}

Test(story, a_slot_that_waits_is_run_by_a_stranger)
{
	const struct wsc_event events[] = {QUEUED(10, 8, 1, 1), EXEC_START(30, 8, 2), EXEC_COMPLETE(31, 8, 2)};
	history->header.identity = WSC_IDENTITY_RECYCLED;
	TELL(events, WSC_END_CLEAN);
	expect_cause(WSC_VIOLATION_MULTIPLE_OWNERS, CAUSE_UNRECORDED_TAKE);
	expect_words("happened: worker 2 ran task 8, which it had not taken: worker 1 had pushed it.");
}

/* --- causes that one kind of scheduler has --- */

Test(story, a_resume_that_came_twice)
{
	const struct wsc_event events[] = {
	    QUEUED(10, 8, 1, 1), EXEC_START(11, 8, 1),    SUSPENDED(12, 8, 1),     RESUMED(13, 8, 2),
	    RESUMED(14, 8, 3),   EXEC_COMPLETE(15, 8, 2), EXEC_COMPLETE(16, 8, 3),
	};
	TELL(events, WSC_END_CLEAN);
	expect_cause(WSC_VIOLATION_DOUBLE_EXECUTION, CAUSE_RESUMED_TWICE);
	expect_words("happened: worker 3 resumed task 8 while worker 2 still ran it, since 1 ns before.");
}

Test(story, resumed_before_it_was_suspended)
{
	const struct wsc_event events[] = {
	    QUEUED(10, 8, 0, 0),     EXEC_START(20, 8, 0),    RESUMED(30, 8, 1),
	    EXEC_COMPLETE(40, 8, 0), EXEC_COMPLETE(50, 8, 1),
	};
	TELL(events, WSC_END_CLEAN);
	expect_cause(WSC_VIOLATION_DOUBLE_EXECUTION, CAUSE_WOKEN_EARLY);
}

Test(story, queued_before_it_was_suspended)
{
	const struct wsc_event events[] = {
	    QUEUED(10, 8, 0, 0), EXEC_START(20, 8, 0), QUEUED(30, 8, 0, 0), STEAL_START(32, 1, 0),
	    STOLE(34, 8, 1, 0),  RESUMED(36, 8, 1),    SUSPENDED(38, 8, 0), EXEC_COMPLETE(40, 8, 1),
	};
	TELL(events, WSC_END_CLEAN);
	expect_cause(WSC_VIOLATION_MULTIPLE_OWNERS, CAUSE_WOKEN_EARLY);
	for (unsigned i = 0; i < first()->cause_count; i++)
		cr_expect_neq(first()->causes[i], CAUSE_HANDLE_REUSED, "to declare `polled` would hide it");
}

Test(story, run_twice_at_once_without_waiting_anywhere)
{
	const struct wsc_event events[] = {
	    QUEUED(10, 8, 1, 1),  EXEC_START(11, 8, 1),    CANCELLED(12, 8, 2),
	    EXEC_START(13, 8, 2), EXEC_COMPLETE(14, 8, 1), EXEC_COMPLETE(15, 8, 2),
	};
	TELL(events, WSC_END_CLEAN);
	expect_cause(WSC_VIOLATION_DOUBLE_EXECUTION, CAUSE_UNCLAIMED_RUN);
	for (unsigned i = 0; i < first()->cause_count; i++)
		cr_expect_neq(first()->causes[i], CAUSE_RAN_DIRECTLY, "it waits in no queue");
}

Test(story, run_by_a_stranger_once)
{
	const struct wsc_event events[] = {QUEUED(10, 8, 1, 1), EXEC_START(20, 8, 2), EXEC_COMPLETE(30, 8, 2)};
	TELL(events, WSC_END_CLEAN);
	expect_cause(WSC_VIOLATION_MULTIPLE_OWNERS, CAUSE_UNRECORDED_TAKE);
}

Test(story, resumed_by_a_stranger)
{
	const struct wsc_event events[] = {
	    QUEUED(10, 8, 1, 1), EXEC_START(11, 8, 1), SUSPENDED(12, 8, 1),
	    QUEUED(13, 8, 2, 2), RESUMED(14, 8, 3),    EXEC_COMPLETE(15, 8, 3),
	};
	TELL(events, WSC_END_CLEAN);
	expect_cause(WSC_VIOLATION_MULTIPLE_OWNERS, CAUSE_UNRECORDED_TAKE);
	expect_words("happened: worker 3 ran task 8, which it had not taken: worker 2 had pushed it.");
}

Test(story, a_queue_with_a_workers_id_is_its_own)
{
	const struct wsc_event events[] = {
	    EXEC_START(5, 9, 3),  EXEC_COMPLETE(6, 9, 3),  QUEUED(10, 8, 1, 3),
	    EXEC_START(11, 8, 2), EXEC_COMPLETE(12, 8, 2),
	};
	cr_assert_not_null(trace_header_add_queue(&history->header, 3));
	history->worker_count = 3;
	TELL(events, WSC_END_CLEAN);
	expect_cause(WSC_VIOLATION_MULTIPLE_OWNERS, CAUSE_UNRECORDED_TAKE);
	expect_words("happened: worker 2 ran task 8, which it had not taken: worker 1 had pushed it.");
}

/* The owner slept beside what a thief took later: that tells nothing of the other task. */
Test(story, the_owner_left_more_than_what_is_lost)
{
	const struct wsc_event events[] = {
	    QUEUED(10, 1, 0, 0), QUEUED(20, 2, 0, 0),  PARKED(22, 0),           STEAL_START(30, 1, 0),
	    STOLE(50, 2, 1, 0),  EXEC_START(60, 2, 1), EXEC_COMPLETE(70, 2, 1),
	};
	TELL(events, WSC_END_CLEAN);
	expect_words("happened: worker 0 pushed task 1 on queue 0 and nobody took it while 1 worker slept.");
}

Test(story, the_owner_left_before_the_next_push)
{
	const struct wsc_event events[] = {
	    QUEUED(10, 1, 0, 0), STEAL_START(22, 0, 1), QUEUED(25, 2, 0, 0),     STEAL_START(30, 1, 0),
	    STOLE(50, 2, 1, 0),  EXEC_START(60, 2, 1),  EXEC_COMPLETE(70, 2, 1),
	};
	TELL(events, WSC_END_CLEAN);
	expect_words("happened: worker 0 pushed task 1 on queue 0 and nobody took it, although the queue's owner later "
	             "slept or went to steal, as if it were empty: the task vanished.");
}

/* Its thief took the entry of the life before, and ran the task that had been queued again elsewhere. */
Test(story, run_for_a_dead_entry)
{
	const struct wsc_event events[] = {
	    QUEUED(10, 8, 0, 0), CANCELLED(20, 8, 0),  QUEUED(30, 8, 2, 2),
	    STOLE(40, 8, 1, 0),  EXEC_START(50, 8, 1), EXEC_COMPLETE(60, 8, 1),
	};
	TELL(events, WSC_END_CLEAN);
	expect_cause(WSC_VIOLATION_MULTIPLE_OWNERS, CAUSE_RAN_CANCELLED);
	expect_words(
	    "happened: worker 1 ran task 8, of which it had stolen what a cancelled life had left in queue 0, and no "
	    "more: worker 2 had pushed it since.");
}

/* A push in the same group of stamps as the steal is late, whoever has the task meanwhile. */
Test(story, taken_beside_its_push)
{
	const struct wsc_event events[] = {
	    STEAL_START(8, 2, 1), STOLE(9, 7, 2, 1),    QUEUED(10, 7, 0, 0),     STOLE(12, 7, 1, 0),
	    QUEUED(14, 7, 1, 1),  EXEC_START(30, 7, 2), EXEC_COMPLETE(40, 7, 2),
	};
	history->header.uncertainty_ns = 4;
	TELL(events, WSC_END_CLEAN);
	expect_cause(WSC_VIOLATION_PROTOCOL_VIOLATION, CAUSE_LATE_QUEUED);
	expect_words(
	    "happened: worker 2 stole task 7 out of queue 1 5 ns before worker 1 recorded the push: wsc_queued() "
	    "comes after the push there.");
	expect_no_words("no push of it had been recorded");
}

/* Such a queue counts as a worker's own: it is to be declared. */
Test(story, a_queue_of_no_worker)
{
	const struct wsc_event events[] = {QUEUED(10, 8, 1, 77), EXEC_START(20, 8, 3), EXEC_COMPLETE(30, 8, 3)};
	TELL(events, WSC_END_CLEAN);
	expect_cause(WSC_VIOLATION_MULTIPLE_OWNERS, CAUSE_UNDECLARED_QUEUE);
	expect_words(
	    "happened: worker 3 ran task 8, which worker 1 had pushed on queue 77: not declared, it is taken for "
	    "the own deque of a worker 77, which does nothing in this trace.");
}

Test(story, a_queue_of_a_worker_that_does_nothing)
{
	const struct wsc_event events[] = {QUEUED(10, 8, 1, 77), EXEC_START(20, 8, 3), EXEC_COMPLETE(30, 8, 3)};
	cr_assert_not_null(trace_header_add_worker(&history->header, 77));
	TELL(events, WSC_END_CLEAN);
	expect_cause(WSC_VIOLATION_MULTIPLE_OWNERS, CAUSE_UNRECORDED_TAKE);
}

Test(story, suspended_by_a_stranger)
{
	const struct wsc_event events[] = {
	    QUEUED(10, 8, 1, 1),  EXEC_START(11, 8, 1),    SUSPENDED(12, 8, 2),
	    EXEC_START(13, 8, 1), EXEC_COMPLETE(14, 8, 1),
	};
	TELL(events, WSC_END_CLEAN);
	expect_cause(WSC_VIOLATION_MULTIPLE_OWNERS, CAUSE_UNRECORDED_MOVE);
	expect_words("happened: worker 2 suspended task 8, which ran on worker 1.");
}

Test(story, what_runs_at_a_stall_hangs)
{
	const struct wsc_event events[] = {QUEUED(10, 8, 1, 1), EXEC_START(11, 8, 1)};
	TELL(events, WSC_END_STALLED);
	expect_cause(WSC_VIOLATION_UNFINISHED_EXECUTION, CAUSE_HANGS);
	for (unsigned i = 0; i < first()->cause_count; i++)
		cr_expect_neq(first()->causes[i], CAUSE_CLOSED_EARLY);
	char *string = text();
	cr_expect_null(strstr(string, "clean end"), "%s", string);
	free(string);
}

Test(story, a_push_recorded_late_is_one_story)
{
	const struct wsc_event events[] = {
	    QUEUED(10, 8, 1, 1), EXEC_START(11, 8, 1), EXEC_COMPLETE(12, 8, 1), STEAL_START(13, 2, 1),
	    STOLE(20, 8, 2, 1),  QUEUED(25, 8, 1, 1),  EXEC_START(30, 8, 2),    EXEC_COMPLETE(31, 8, 2),
	};
	TELL(events, WSC_END_CLEAN);
	expect_cause(WSC_VIOLATION_MULTIPLE_OWNERS, CAUSE_LATE_QUEUED);
	cr_assert_eq(history->result->violation_count, 2);
	cr_expect_eq(history->result->violations[1].story, 1);
	expect_words("worker 2 stole task 8 out of queue 1 5 ns before worker 1 recorded the push");
}

Test(story, calls_that_come_too_late)
{
	const struct wsc_event completed[] = {
	    QUEUED(10, 8, 1, 1),     EXEC_START(11, 8, 1), QUEUED(15, 8, 2, 2),
	    EXEC_COMPLETE(20, 8, 1), EXEC_START(25, 8, 2), EXEC_COMPLETE(31, 8, 2),
	};
	bool told = false;
	TELL(completed, WSC_END_CLEAN);
	for (unsigned i = 0; i < first()->cause_count; i++)
		told |= first()->causes[i] == CAUSE_LATE_COMPLETE;
	cr_expect(told);
}

Test(story, a_start_recorded_after_its_child_was_pushed)
{
	const struct wsc_event events[] = {
	    QUEUED(10, 1, 1, 1),     QUEUED(20, 2, 1, 1),  EXEC_START(21, 1, 1),
	    EXEC_COMPLETE(22, 1, 1), EXEC_START(23, 2, 1), EXEC_COMPLETE(24, 2, 1),
	};
	bool told = false;
	TELL(events, WSC_END_CLEAN);
	for (unsigned i = 0; i < first()->cause_count; i++)
		told |= first()->causes[i] == CAUSE_LATE_START;
	cr_expect(told);
}

static bool blames(enum cause cause)
{
	bool told = false;
	for (unsigned i = 0; i < first()->cause_count; i++)
		told |= first()->causes[i] == (uint8_t)cause;
	return told;
}

/* The newest task is stolen first, then the other one by `other`. */
static void tell_two_steals(uint32_t other)
{
	const struct wsc_event events[] = {
	    QUEUED(10, 1, 0, 0),      QUEUED(20, 2, 0, 0),         EXEC_START(22, 9, 0),      EXEC_COMPLETE(23, 9, 0),
	    STEAL_START(30, 1, 0),    STOLE(35, 2, 1, 0),          STEAL_START(40, other, 0), STOLE(45, 1, other, 0),
	    EXEC_START(50, 1, other), EXEC_COMPLETE(60, 1, other), EXEC_START(70, 2, 1),      EXEC_COMPLETE(80, 2, 1),
	};
	history->header.discipline = WSC_DISCIPLINE_LIFO;
	TELL(events, WSC_END_CLEAN);
	expect_cause(WSC_VIOLATION_ORDERING_VIOLATION, CAUSE_WRONG_END_THIEF);
}

Test(story, one_thief_steals_out_of_turn)
{
	tell_two_steals(1);
	cr_expect(!blames(CAUSE_TORN_STEAL), "its steals follow each other");
}

Test(story, two_thieves_steal_out_of_turn)
{
	tell_two_steals(2);
	cr_expect(blames(CAUSE_TORN_STEAL));
}

Test(story, a_steal_out_of_turn_beside_the_owner)
{
	const struct wsc_event events[] = {
	    QUEUED(10, 1, 0, 0),  QUEUED(20, 2, 0, 0),     STEAL_START(30, 0, 0), STOLE(35, 2, 0, 0),
	    EXEC_START(50, 1, 0), EXEC_COMPLETE(60, 1, 0), EXEC_START(70, 2, 0),  EXEC_COMPLETE(80, 2, 0),
	};
	history->header.discipline = WSC_DISCIPLINE_LIFO;
	TELL(events, WSC_END_CLEAN);
	expect_cause(WSC_VIOLATION_ORDERING_VIOLATION, CAUSE_WRONG_END_THIEF);
	cr_expect(!blames(CAUSE_TORN_STEAL));
}

/* The owner takes the oldest until 40, a thief, who began at `begin`, the newest. */
static void tell_either_end(uint64_t begin)
{
	const struct wsc_event events[] = {
	    QUEUED(10, 1, 0, 0),   QUEUED(20, 2, 0, 0),      EXEC_START(22, 9, 0),    EXEC_COMPLETE(23, 9, 0),
	    DEQUEUED(40, 1, 0, 0), STEAL_START(begin, 1, 0), STOLE(45, 2, 1, 0),      EXEC_START(50, 1, 0),
	    EXEC_START(50, 2, 1),  EXEC_COMPLETE(60, 1, 0),  EXEC_COMPLETE(60, 2, 1),
	};
	history->header.discipline = WSC_DISCIPLINE_LIFO;
	TELL(events, WSC_END_CLEAN);
	expect_cause(WSC_VIOLATION_ORDERING_VIOLATION, CAUSE_WRONG_END_OWNER);
}

Test(story, takes_at_both_ends_that_overlap)
{
	tell_either_end(39);
	cr_expect(blames(CAUSE_WRONG_END_THIEF), "which of the two was wrong is not known");
}

Test(story, takes_at_both_ends_that_follow_each_other)
{
	tell_either_end(41);
	cr_expect(!blames(CAUSE_WRONG_END_THIEF));
}

Test(story, a_push_taken_back_that_does_not_wait)
{
	const struct wsc_event events[] = {
	    QUEUED(10, 8, 1, 1),
	    EXEC_START(11, 8, 1),
	    EXEC_COMPLETE(12, 8, 1),
	    {.ts = 13, .task = 8, .worker = 1, .queue = 1, .kind = WSC_EV_PUSH_FAILED},
	};
	TELL(events, WSC_END_CLEAN);
	expect_cause(WSC_VIOLATION_PROTOCOL_VIOLATION, CAUSE_WRONG_FAILURE);
	expect_words("happened: worker 1 took back a push of task 8 on queue 1, where it did not wait.");
}

/* A thief may take what a cancelled life left and drop it; that is no second take. */
Test(story, the_entry_of_a_cancelled_life_is_not_blamed)
{
	const struct wsc_event events[] = {
	    QUEUED(10, 8, 1, 1),     CANCELLED(11, 8, 1),     QUEUED(12, 8, 1, 1), STEAL_START(13, 2, 1),
	    STOLE(14, 8, 2, 1),      EXEC_START(15, 8, 1),    QUEUED(16, 8, 3, 3), EXEC_START(17, 8, 3),
	    EXEC_COMPLETE(18, 8, 1), EXEC_COMPLETE(19, 8, 3),
	};
	history->header.identity = WSC_IDENTITY_POLLED;
	TELL(events, WSC_END_CLEAN);
	expect_cause(WSC_VIOLATION_DOUBLE_EXECUTION, CAUSE_UNCLAIMED_RUN);
	char *string = text();
	cr_expect_null(strstr(string, "stole task 8"), "%s", string);
	cr_expect_null(strstr(string, "which it had not taken"), "%s", string);
	free(string);
}

/* Of task 1, by worker 1, who ran it 20 ns before: whatever others cancelled, they are not to blame. */
static void expect_second_run(const struct wsc_event *events, size_t count)
{
	feed(events, count, WSC_END_CLEAN);
	expect_cause(WSC_VIOLATION_DOUBLE_EXECUTION, CAUSE_RAN_DIRECTLY);
	expect_words("worker 1 started task 1 again, which it had taken out of queue 1 20 ns before: no second take is "
	             "recorded.");
}

/* The thief's `cancelled` says that it took the dead entry. Then worker 1 took the live one, and ran it twice. */
Test(story, the_thief_that_drops_a_dead_entry_is_no_rival)
{
	const struct wsc_event events[] = {
	    QUEUED(10, 1, 1, 1),  CANCELLED(20, 1, 9),     QUEUED(30, 1, 1, 1),  STEAL_START(49, 2, 1),
	    STOLE(50, 1, 2, 1),   CANCELLED(60, 1, 2),     EXEC_START(70, 1, 1), EXEC_COMPLETE(80, 1, 1),
	    EXEC_START(90, 1, 1), EXEC_COMPLETE(95, 1, 1),
	};
	expect_second_run(events, sizeof(events) / sizeof(*events));
}

/* It drops the entry only when the live one is run already. */
Test(story, the_thief_that_drops_a_dead_entry_late_is_no_rival)
{
	const struct wsc_event events[] = {
	    QUEUED(10, 1, 1, 1),  CANCELLED(20, 1, 9),     QUEUED(30, 1, 1, 1), STEAL_START(49, 2, 1),
	    STOLE(50, 1, 2, 1),   EXEC_START(70, 1, 1),    CANCELLED(75, 1, 2), EXEC_COMPLETE(80, 1, 1),
	    EXEC_START(90, 1, 1), EXEC_COMPLETE(95, 1, 1),
	};
	expect_second_run(events, sizeof(events) / sizeof(*events));
}

/* A cancellation after the run: of a dead entry, or of nothing. It is not why a second run is wrong. */
Test(story, a_second_run_after_a_cancellation_is_told_as_a_second_run)
{
	const struct wsc_event events[] = {
	    QUEUED(30, 1, 1, 1), EXEC_START(70, 1, 1), EXEC_COMPLETE(80, 1, 1),
	    CANCELLED(85, 1, 2), EXEC_START(90, 1, 1), EXEC_COMPLETE(95, 1, 1),
	};
	expect_second_run(events, sizeof(events) / sizeof(*events));
}

/* The same beside a run, which is not what is cancelled. */
Test(story, a_dead_entry_is_dropped_while_its_task_runs)
{
	const struct wsc_event events[] = {
	    QUEUED(10, 8, 1, 1),     CANCELLED(20, 8, 9),   QUEUED(30, 8, 1, 1),     EXEC_START(40, 8, 1),
	    QUEUED(45, 8, 1, 1),     STEAL_START(49, 2, 1), STOLE(50, 8, 2, 1),      CANCELLED(60, 8, 2),
	    SUSPENDED(65, 8, 1),     RESUMED(70, 8, 1),     SUSPENDED(75, 8, 1),     RESUMED(80, 8, 1),
	    EXEC_COMPLETE(85, 8, 1), EXEC_START(90, 8, 1),  EXEC_COMPLETE(95, 8, 1),
	};
	history->header.identity = WSC_IDENTITY_POLLED;
	TELL(events, WSC_END_CLEAN);
	expect_cause(WSC_VIOLATION_DOUBLE_EXECUTION, CAUSE_RAN_DIRECTLY);
	char *string = text();
	cr_expect_null(strstr(string, "although worker 2"), "%s", string);
	free(string);
}

/* Where the verdict is that the live one was cancelled, that is what is told. */
Test(story, the_run_of_what_a_thief_cancelled)
{
	const struct wsc_event events[] = {
	    QUEUED(10, 8, 1, 1),  CANCELLED(20, 8, 9),     QUEUED(30, 8, 1, 1),   STEAL_START(31, 2, 1),
	    STOLE(36, 8, 2, 1),   CANCELLED(46, 8, 2),     STEAL_START(47, 3, 1), STOLE(52, 8, 3, 1),
	    EXEC_START(62, 8, 1), EXEC_COMPLETE(72, 8, 1), CANCELLED(82, 8, 3),
	};
	history->header.identity = WSC_IDENTITY_POLLED;
	TELL(events, WSC_END_CLEAN);
	cr_expect_eq(first()->kind, WSC_VIOLATION_EXEC_AFTER_CANCEL);
	expect_words("worker 1 ran task 8 although worker 2 had cancelled it 16 ns before");
}

/* The live entry was run before the thief dropped the dead one: then it does not wait again. */
Test(story, a_slot_that_was_run_does_not_wait_again)
{
	const struct wsc_event events[] = {
	    QUEUED(10, 8, 1, 1),   CANCELLED(20, 8, 9),      QUEUED(30, 8, 1, 1),     STEAL_START(49, 2, 1),
	    STOLE(50, 8, 2, 1),    EXEC_START(60, 8, 1),     EXEC_COMPLETE(65, 8, 1), CANCELLED(70, 8, 2),
	    QUEUED(80, 8, 1, 1),   QUEUED(90, 8, 1, 1),      EXEC_START(100, 8, 1),   EXEC_COMPLETE(105, 8, 1),
	    EXEC_START(110, 8, 1), EXEC_COMPLETE(115, 8, 1), STEAL_START(120, 3, 1),  STOLE(130, 8, 3, 1),
	    EXEC_START(140, 8, 3), EXEC_COMPLETE(145, 8, 3),
	};
	history->header.identity = WSC_IDENTITY_RECYCLED;
	TELL(events, WSC_END_CLEAN);
	cr_expect_eq(first()->what, VIOLATION_PUSHED_AGAIN);
	cr_assert(first()->event_count > 0);
	cr_expect_eq(first()->events[0].ts, 80U, "the push before that was taken");
}

/* --- what the whole history refutes is not told --- */

enum { RANDOM_EVENTS = 40 };

static uint32_t draw(uint64_t *state, uint32_t below)
{
	*state = *state * 6364136223846793005U + 1442695040888963407U;
	return (uint32_t)(*state >> 33) % below;
}

static size_t draw_history(uint64_t *state, struct wsc_event events[RANDOM_EVENTS])
{
	static const enum wsc_event_kind kinds[] = {
	    WSC_EV_QUEUED,     WSC_EV_QUEUED,     WSC_EV_QUEUED,        WSC_EV_STEAL_SUCCESS, WSC_EV_DEQUEUED,
	    WSC_EV_EXEC_START, WSC_EV_EXEC_START, WSC_EV_EXEC_COMPLETE, WSC_EV_EXEC_COMPLETE, WSC_EV_SUSPENDED,
	    WSC_EV_RESUMED,    WSC_EV_CANCELLED,  WSC_EV_PUSH_FAILED};
	size_t count = 4 + draw(state, RANDOM_EVENTS - 4);
	uint64_t ts = 10;
	for (size_t i = 0; i < count; i++) {
		ts += 1 + draw(state, 5);
		events[i] = (struct wsc_event){.ts = ts,
		                               .task = 7,
		                               .worker = draw(state, 3),
		                               .queue = draw(state, 3),
		                               .kind = (uint8_t)kinds[draw(state, sizeof(kinds) / sizeof(*kinds))]};
		if (events[i].kind == WSC_EV_QUEUED || events[i].kind == WSC_EV_PUSH_FAILED)
			events[i].queue = events[i].worker;
	}
	return count;
}

static bool starts(const struct wsc_event *e)
{
	return e->kind == WSC_EV_EXEC_START || e->kind == WSC_EV_RESUMED;
}

static bool stops(const struct wsc_event *e)
{
	return e->kind == WSC_EV_EXEC_COMPLETE || e->kind == WSC_EV_SUSPENDED;
}

/* Whether what the report says holds in the whole history. */
static bool holds(const struct violation *v, const struct wsc_event *events, size_t count)
{
	const struct wsc_event *proof = v->proof == 0 ? NULL : &v->events[v->proof - 1];
	const struct wsc_event *rival = v->rival == 0 ? NULL : &v->events[v->rival - 1];
	int runs = 1;
	bool pushed = false;
	for (size_t i = 0; i < count && proof != NULL; i++) {
		const struct wsc_event *e = &events[i];
		if (e->ts >= proof->ts)
			break;
		if (rival != NULL && e->ts > rival->ts && e->worker == rival->worker)
			runs += starts(e) - stops(e);
		pushed |= e->kind == WSC_EV_QUEUED && e->queue == proof->queue;
	}
	switch (v->what) {
	case VIOLATION_RUN_AT_ONCE:
		return starts(proof) && starts(rival) && runs >= 1;
	case VIOLATION_NEVER_PUSHED:
		return !pushed;
	case VIOLATION_NOT_STARTED:
		return stops(proof);
	case VIOLATION_PUSHED_AGAIN:
		return proof->kind == WSC_EV_QUEUED && rival->kind == WSC_EV_QUEUED && rival->ts < proof->ts;
	case VIOLATION_TWO_TAKES:
		return !stops(proof) && !stops(rival) && rival->ts < proof->ts;
	case VIOLATION_UNFINISHED:
		return starts(proof);
	case VIOLATION_LEFT:
		return proof->kind == WSC_EV_QUEUED;
	case VIOLATION_UNTOLD: /* nothing is said */
		return true;
	default:
		return proof != NULL && proof->ts <= v->ts;
	}
}

Test(story, nothing_is_told_that_the_history_refutes)
{
	static const enum wsc_identity identities[] = {WSC_IDENTITY_UNIQUE, WSC_IDENTITY_POLLED, WSC_IDENTITY_RECYCLED};
	uint64_t state = 1;
	size_t told = 0;
	for (unsigned round = 0; round < 600; round++) {
		struct wsc_event events[RANDOM_EVENTS];
		size_t count = draw_history(&state, events);
		history->header.identity = identities[round % 3];
		feed(events, count, round % 2 ? WSC_END_CLEAN : WSC_END_STALLED);
		for (size_t i = 0; i < history->result->violation_count; i++) {
			const struct violation *v = &history->result->violations[i];
			cr_expect(holds(v, events, count), "round %u, identity %u: %s at %lu is told as %u", round,
			          (unsigned)identities[round % 3], v->message, (unsigned long)v->ts, v->what);
			told++;
		}
		story_pass_free(history->pass);
		analysis_free(history->analysis);
		history->pass = NULL;
		history->analysis = NULL;
	}
	cr_expect_gt(told, 1000U);
}

Test(story, unfinished_and_never_resumed)
{
	const struct wsc_event events[] = {EXEC_START(1, 6, 0), EXEC_START(2, 7, 1), SUSPENDED(3, 7, 1)};
	TELL(events, WSC_END_CLEAN);
	cr_assert_eq(history->result->violation_count, 2);
	cr_expect_eq(history->result->violations[0].causes[0], CAUSE_CLOSED_EARLY);
	cr_expect_eq(history->result->violations[1].causes[0], CAUSE_NEVER_RESUMED);
}

Test(story, a_cancelled_run)
{
	const struct wsc_event events[] = {QUEUED(10, 7, 0, 0), CANCELLED(20, 7, 0), EXEC_START(30, 7, 0),
	                                   EXEC_COMPLETE(40, 7, 0)};
	TELL(events, WSC_END_CLEAN);
	expect_cause(WSC_VIOLATION_EXEC_AFTER_CANCEL, CAUSE_RAN_CANCELLED);
}

/* ... is that of who ran it, whoever pushed or cancelled it. */
Test(story, a_run_of_what_another_cancelled)
{
	const struct wsc_event events[] = {QUEUED(10, 7, 1, 1), CANCELLED(20, 7, 9), EXEC_START(30, 7, 1),
	                                   EXEC_COMPLETE(40, 7, 1)};
	TELL(events, WSC_END_CLEAN);
	expect_cause(WSC_VIOLATION_EXEC_AFTER_CANCEL, CAUSE_RAN_CANCELLED);
	cr_expect_str_eq(first()->message, "task 7 ran on worker 1 after it was cancelled");
	expect_words("happened: worker 1 ran task 7 although worker 9 had cancelled it 10 ns before.");
}

/* The first that runs it is told of; that another does so, too, is a report of its own. */
Test(story, two_runs_of_what_another_cancelled)
{
	const struct wsc_event events[] = {
	    QUEUED(10, 7, 1, 1),  CANCELLED(20, 7, 9),     EXEC_START(30, 7, 2),
	    EXEC_START(35, 7, 1), EXEC_COMPLETE(40, 7, 1), EXEC_COMPLETE(45, 7, 2),
	};
	TELL(events, WSC_END_CLEAN);
	cr_assert_eq(history->result->violation_count, 2);
	expect_cause(WSC_VIOLATION_EXEC_AFTER_CANCEL, CAUSE_RAN_CANCELLED);
	cr_expect_str_eq(first()->message, "task 7 ran on worker 2 after it was cancelled");
	cr_expect_str_eq(history->result->violations[1].message, "task 7 ran twice in one life: workers 2 and 1");
	expect_words("happened: worker 2 ran task 7 although worker 9 had cancelled it 10 ns before.");
}

Test(story, a_thief_at_the_wrong_end)
{
	const struct wsc_event events[] = {
	    QUEUED(10, 7, 0, 0),  QUEUED(20, 8, 0, 0),     STEAL_START(30, 1, 0), STOLE(40, 8, 1, 0),
	    EXEC_START(50, 8, 1), EXEC_COMPLETE(60, 8, 1), EXEC_START(70, 7, 0),  EXEC_COMPLETE(80, 7, 0),
	};
	TELL(events, WSC_END_CLEAN);
	expect_cause(WSC_VIOLATION_ORDERING_VIOLATION, CAUSE_WRONG_END_THIEF);
	char *string = text();
	cr_expect(strstr(string, "    +0 ns      worker 0  queued         task 7, queue 0, between +0 ns and +60 ns\n"
	                         "    +10 ns     worker 0  queued         task 8, queue 0\n"
	                         "    +20 ns     worker 1  steal_start    queue 0\n"
	                         "  > +30 ns     worker 1  steal_success  task 8, queue 0, between +20 ns and +30 ns\n"
	                         "    +40 ns     worker 1  exec_start     task 8\n"
	                         "    +50 ns     worker 1  exec_complete  task 8\n"
	                         "  ~ +60 ns     worker 0  exec_start     task 7, between +10 ns and +60 ns\n"
	                         "    +70 ns     worker 0  exec_complete  task 7\n"),
	          "%s", string);
	free(string);
}

Test(story, an_owner_at_the_wrong_end)
{
	const struct wsc_event events[] = {
	    QUEUED(10, 7, 0, 0),     QUEUED(20, 8, 0, 0),  EXEC_START(30, 7, 0),
	    EXEC_COMPLETE(40, 7, 0), EXEC_START(50, 8, 0), EXEC_COMPLETE(60, 8, 0),
	};
	TELL(events, WSC_END_CLEAN);
	expect_cause(WSC_VIOLATION_ORDERING_VIOLATION, CAUSE_WRONG_END_OWNER);
}

Test(story, the_convicted_take_of_a_fifo_is_marked)
{
	history->header.discipline = WSC_DISCIPLINE_FIFO;
	const struct wsc_event events[] = {
	    QUEUED(10, 7, 0, 0),     QUEUED(20, 8, 0, 0),  EXEC_START(30, 8, 0),
	    EXEC_COMPLETE(40, 8, 0), EXEC_START(50, 7, 0), EXEC_COMPLETE(60, 7, 0),
	};
	TELL(events, WSC_END_CLEAN);
	expect_cause(WSC_VIOLATION_ORDERING_VIOLATION, CAUSE_NOT_THE_OLDEST);
	char *string = text();
	cr_expect(strstr(string, "  > +20 ns     worker 0  exec_start     task 8"), "%s", string);
	cr_expect(strstr(string, "  ~ +40 ns     worker 0  exec_start     task 7"), "%s", string);
	cr_expect(strstr(string, "    +50 ns     worker 0  exec_complete  task 7"), "%s", string);
	free(string);
}

Test(story, a_push_recorded_late)
{
	const struct wsc_event events[] = {
	    STEAL_START(10, 1, 0), STOLE(20, 7, 1, 0),      QUEUED(30, 7, 0, 0),
	    EXEC_START(40, 7, 1),  EXEC_COMPLETE(50, 7, 1),
	};
	TELL(events, WSC_END_CLEAN);
	expect_cause(WSC_VIOLATION_PROTOCOL_VIOLATION, CAUSE_LATE_QUEUED);
	expect_words("move wsc_queued() before the store or CAS that makes the task visible");
}

Test(story, calls_that_are_missing)
{
	const struct wsc_event events[] = {
	    STEAL_START(10, 1, 0),   STOLE(20, 7, 1, 0),    EXEC_START(30, 7, 1),     EXEC_COMPLETE(40, 7, 1),
	    QUEUED(50, 8, 1, 1),     DEQUEUED(60, 8, 1, 1), EXEC_COMPLETE(70, 8, 1),  RESUMED(80, 9, 1),
	    EXEC_COMPLETE(90, 9, 1), EXEC_START(100, 6, 1), EXEC_COMPLETE(110, 6, 1), EXEC_COMPLETE(120, 6, 1),
	};
	static const enum cause causes[] = {CAUSE_MISSING_QUEUED, CAUSE_MISSING_START, CAUSE_MISSING_SUSPENDED,
	                                    CAUSE_DOUBLE_COMPLETE};
	TELL(events, WSC_END_CLEAN);
	cr_assert_eq(history->result->violation_count, 4);
	for (size_t i = 0; i < 4; i++) {
		cr_expect_eq(history->result->violations[i].kind, WSC_VIOLATION_PROTOCOL_VIOLATION);
		cr_expect_eq(history->result->violations[i].causes[0], (uint8_t)causes[i], "%zu: %s", i,
		             cause_id((enum cause)history->result->violations[i].causes[0]));
	}
}

/* Who suspended it had it last: it goes on, ends, or is suspended again, and no `resumed` tells where and when. */
static void expect_missing_resumed(const struct wsc_event *end, const char *happened)
{
	const struct wsc_event events[] = {EXEC_START(10, 7, 1), SUSPENDED(20, 7, 1), *end};
	TELL(events, WSC_END_CUT);
	cr_assert_eq(history->result->violation_count, 1);
	expect_cause(WSC_VIOLATION_PROTOCOL_VIOLATION, CAUSE_MISSING_RESUMED);
	expect_words(happened);
	expect_words("usual cause: missing-resumed: the task was suspended and went on without wsc_resumed(): call it "
	             "once the worker holds the task again.");
}

Test(story, completed_and_not_resumed)
{
	const struct wsc_event end = EXEC_COMPLETE(30, 7, 1);
	expect_missing_resumed(&end, "happened: worker 1 completed task 7, which it had suspended 10 ns before: nobody "
	                             "had resumed it since.");
}

Test(story, completed_elsewhere_and_not_resumed)
{
	const struct wsc_event end = EXEC_COMPLETE(30, 7, 2);
	expect_missing_resumed(&end, "happened: worker 2 completed task 7, which worker 1 had suspended 10 ns before: "
	                             "nobody had resumed it since.");
}

Test(story, suspended_again_and_not_resumed)
{
	const struct wsc_event end = SUSPENDED(30, 7, 1);
	expect_missing_resumed(&end, "happened: worker 1 suspended task 7, which it had suspended 10 ns before: nobody "
	                             "had resumed it since.");
}

/* What a slot had before may have been another life, whose suspension is nothing to this one. */
Test(story, a_slot_was_not_started_rather_than_not_resumed)
{
	const struct wsc_event events[] = {EXEC_START(10, 7, 1), SUSPENDED(20, 7, 1), EXEC_COMPLETE(30, 7, 1)};
	history->header.identity = WSC_IDENTITY_RECYCLED;
	TELL(events, WSC_END_CUT);
	expect_cause(WSC_VIOLATION_PROTOCOL_VIOLATION, CAUSE_MISSING_START);
	expect_no_words("missing-resumed");
	expect_no_words("resumed it since");
}

Test(story, stamps_that_run_backwards)
{
	const struct wsc_event events[] = {EXEC_START(20, 7, 1), EXEC_COMPLETE(10, 7, 1)};
	TELL(events, WSC_END_CLEAN);
	expect_cause(WSC_VIOLATION_PROTOCOL_VIOLATION, CAUSE_SHARED_WORKER);
	expect_words("after one stamp of worker 1 (~) came one (>) that is 10 ns earlier");
}

Test(story, an_event_of_no_task)
{
	const struct wsc_event events[] = {EXEC_START(20, 7, 1), EXEC_COMPLETE(30, 7, 1), EXEC_COMPLETE(30, 0, 1)};
	TELL(events, WSC_END_CLEAN);
	expect_cause(WSC_VIOLATION_PROTOCOL_VIOLATION, CAUSE_NO_HANDLE);
	expect_words("worker 1 recorded `exec_complete` of task 0.");
	cr_expect_str_eq(first()->message, "worker 1 recorded an event of task 0, which is no task");
	cr_expect_eq(first()->event_count, 2);
}

Test(story, a_slow_steal_in_units)
{
	const struct wsc_event events[] = {
	    QUEUED(1000, 7, 0, 0),     STEAL_START(2000, 1, 0),      STOLE(2502000, 7, 1, 0),
	    EXEC_START(2502001, 7, 1), EXEC_COMPLETE(2502002, 7, 1),
	};
	TELL(events, WSC_END_CLEAN);
	expect_cause(WSC_VIOLATION_SLOW_STEAL, CAUSE_DESCHEDULED);
	cr_expect_str_eq(first()->message, "worker 1 took 2.50 ms to steal task 7 from queue 0");
	expect_words("happened: worker 1 needed 2.50 ms to steal task 7 out of queue 0.");
}

/* Task 0 is no task: it stands for one of which nothing else is recorded. */
Test(story, a_slow_steal_of_what_is_not_sampled)
{
	const struct wsc_event events[] = {STEAL_START(2000, 1, 0), STOLE(2502000, 0, 1, 0)};
	TELL(events, WSC_END_CLEAN);
	expect_cause(WSC_VIOLATION_SLOW_STEAL, CAUSE_DESCHEDULED);
	cr_expect_str_eq(first()->message, "worker 1 took 2.50 ms to steal a task, which is not sampled, from queue 0");
	expect_words("happened: worker 1 needed 2.50 ms to steal a task, which is not sampled, out of queue 0.");
	expect_no_words("task 0");
	expect_line("    +0 ns      worker 1  steal_start    queue 0\n"
	            "  > +2.50 ms   worker 1  steal_success  queue 0\n");
}

Test(story, a_false_empty_shows_the_attempt_and_the_stay)
{
	const struct wsc_event events[] = {
	    QUEUED(10, 7, 0, 0),   CANCELLED(11, 5, 0), STEAL_START(20, 1, 0), EMPTY(30, 1, 0),
	    STEAL_START(40, 0, 1), EMPTY(41, 0, 1),     EXEC_START(50, 7, 0),  EXEC_COMPLETE(60, 7, 0),
	};
	TELL(events, WSC_END_CLEAN);
	expect_cause(WSC_VIOLATION_FALSE_EMPTY, CAUSE_STALE_INDICES);
	char *string = text();
	cr_expect(strstr(string, "    +0 ns      worker 0  queued         task 7, queue 0, between +0 ns and +1 ns\n"
	                         "    +10 ns     worker 1  steal_start    queue 0\n"
	                         "  > +20 ns     worker 1  steal_failure  queue 0, empty, between +10 ns and +20 ns\n"
	                         "  ~ +40 ns     worker 0  exec_start     task 7, between +31 ns and +40 ns\n"),
	          "%s", string);
	free(string);
}

Test(story, an_idle_worker_slept_from_before_the_push)
{
	const struct wsc_event events[] = {
	    PARKED(10, 1),    QUEUED(50, 7, 0, 0),   EXEC_START(52, 8, 0),     EXEC_COMPLETE(700, 8, 0),
	    UNPARKED(710, 1), EXEC_START(800, 7, 0), EXEC_COMPLETE(900, 7, 0),
	};
	TELL(events, WSC_END_CLEAN);
	expect_words("happened: worker 1 slept for 700 ns although task 7 waited in queue 0 for 660 ns of that.");
}

Test(story, an_idle_worker_slept_all_the_time)
{
	const struct wsc_event events[] = {
	    QUEUED(10, 7, 0, 0), PARKED(11, 1),         EXEC_START(12, 8, 0),     EXEC_COMPLETE(700, 8, 0),
	    UNPARKED(710, 1),    EXEC_START(800, 7, 0), EXEC_COMPLETE(900, 7, 0),
	};
	TELL(events, WSC_END_CLEAN);
	expect_words("happened: worker 1 slept for 699 ns although task 7 waited in queue 0 until worker 0 took it.");
}

Test(story, an_idle_worker_is_seen_to_sleep_and_wake)
{
	const struct wsc_event events[] = {
	    QUEUED(10, 7, 0, 0),      PARKED(11, 1),         EXEC_START(12, 8, 0),
	    EXEC_COMPLETE(700, 8, 0), EXEC_START(800, 7, 0), EXEC_COMPLETE(900, 7, 0),
	    UNPARKED(1000, 1),
	};
	TELL(events, WSC_END_CLEAN);
	expect_cause(WSC_VIOLATION_IDLE_WHILE_WORK, CAUSE_LOST_WAKEUP);
	expect_words("happened: worker 1 slept for 989 ns although task 7 waited in queue 0 for 789 ns of that, until "
	             "worker 0 took it.");
	char *string = text();
	cr_expect(strstr(string, "    +0 ns      worker 0  queued         task 7, queue 0\n"
	                         "  > +1 ns      worker 1  parked\n"
	                         "  ~ +790 ns    worker 0  exec_start     task 7\n"),
	          "%s", string);
	cr_expect(strstr(string, "+990 ns    worker 1  unparked\n"), "%s", string);
	free(string);
}

Test(story, the_attempt_of_another_life_is_not_told)
{
	const struct wsc_event events[] = {
	    QUEUED(10, 7, 0, 0),  STEAL_START(20, 1, 0),   STOLE(30, 7, 1, 0),
	    EXEC_START(40, 7, 1), EXEC_COMPLETE(50, 7, 1), QUEUED(60, 7, 0, 0),
	    QUEUED(70, 7, 0, 0),  EXEC_START(80, 7, 0),    EXEC_COMPLETE(90, 7, 0),
	};
	TELL(events, WSC_END_CLEAN);
	char *string = text();
	cr_expect_null(strstr(string, "steal_start"), "%s", string);
	free(string);
}

Test(story, a_task_that_was_long_done_is_taken_again)
{
	const struct wsc_event events[] = {
	    QUEUED(1, 7, 0, 0),   EXEC_START(2, 7, 0),     EXEC_COMPLETE(3, 7, 0), QUEUED(10, 7, 0, 0),
	    EXEC_START(20, 7, 0), EXEC_COMPLETE(30, 7, 0), STEAL_START(50, 1, 0),  STOLE(60, 7, 1, 0),
	    EXEC_START(70, 7, 1), EXEC_COMPLETE(80, 7, 1),
	};
	TELL(events, WSC_END_CLEAN);
	for (size_t i = 0; i < history->result->violation_count; i++) {
		const struct violation *v = &history->result->violations[i];
		cr_expect_eq(v->story, 1);
		cr_expect_eq(v->causes[0], CAUSE_STALE_CAS);
		cr_assert(v->event_count > 0);
		cr_expect_eq(v->events[0].ts, 10U, "from the push of the latest life on");
		cr_expect(!v->events_cut);
	}
}

Test(story, a_push_at_the_last_stamp_has_a_queue)
{
	const struct wsc_event events[] = {QUEUED(UINT64_MAX, 7, 3, 3)};
	TELL(events, WSC_END_CLEAN);
	cr_expect(strstr(first()->message, "queue 3"), "%s", first()->message);
}

Test(story, errors_are_told_first)
{
	const struct wsc_event events[] = {
	    QUEUED(1000, 7, 0, 0),     STEAL_START(2000, 1, 0),      STOLE(2502000, 7, 1, 0),
	    EXEC_START(2502001, 7, 1), EXEC_COMPLETE(2502002, 7, 1), QUEUED(2502003, 8, 1, 1),
	};
	TELL(events, WSC_END_CLEAN);
	cr_assert_eq(history->result->violation_count, 2);
	cr_expect_eq(history->result->violations[0].kind, WSC_VIOLATION_SLOW_STEAL);
	cr_expect_eq(history->result->violations[0].story, 2);
	cr_expect_eq(history->result->violations[1].story, 1);
}

Test(story, every_cause_has_an_id_of_its_own)
{
	for (unsigned i = 0; i < CAUSE_COUNT; i++) {
		cr_expect(strlen(cause_text((enum cause)i)) > 10 && strlen(cause_look((enum cause)i)) > 10);
		for (unsigned j = 0; j < i; j++)
			cr_expect_str_neq(cause_id((enum cause)i), cause_id((enum cause)j));
	}
}
