/* SPDX-License-Identifier: MIT */
/* The life of a task: which events are told, and who holds it after each. */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "life.h"
#include "report.h"

static struct trace_header header;

static struct life *life_of(uint64_t uncertainty, uint64_t task)
{
	struct life *life;
	trace_header_init(&header);
	cr_assert_eq(life_create(&life, &header, NULL, 0, uncertainty, task), WSC_OK);
	return life;
}

static void feed(struct life *life, enum wsc_event_kind kind, uint64_t ts, uint64_t task, uint32_t worker,
                 uint32_t queue)
{
	struct wsc_event event = {.ts = ts, .task = task, .worker = worker, .queue = queue, .kind = (uint8_t)kind};
	cr_assert_eq(life_feed(life, &event, 1), WSC_OK);
}

static char *told(const struct life *life, struct analysis_result *result)
{
	char *text = NULL;
	size_t size;
	struct report report = {.path = "t", .header = &header, .result = result};
	struct page page = {.out = open_memstream(&text, &size), .width = 80};
	report_life(&report, &page, life);
	fclose(page.out);
	return text;
}

static void expect_line(const char *text, const char *line)
{
	cr_expect(strstr(text, line), "no '%s' in\n%s", line, text);
}

Test(life, states_in_words)
{
	struct life *life = life_of(0, 7);
	struct analysis_result result = {.end = WSC_END_CLEAN};
	feed(life, WSC_EV_QUEUED, 10, 7, 1, 1);
	feed(life, WSC_EV_QUEUED, 11, 8, 1, 1); /* another's */
	feed(life, WSC_EV_STEAL_START, 12, 0, 2, 1);
	feed(life, WSC_EV_STEAL_SUCCESS, 15, 7, 2, 1);
	feed(life, WSC_EV_EXEC_START, 16, 7, 2, 0);
	feed(life, WSC_EV_SUSPENDED, 17, 7, 2, 0);
	feed(life, WSC_EV_RESUMED, 18, 7, 3, 0);
	feed(life, WSC_EV_EXEC_COMPLETE, 19, 7, 3, 0);
	feed(life, WSC_EV_QUEUED, 20, 7, 1, 1);
	feed(life, WSC_EV_CANCELLED, 21, 7, 1, 0);
	cr_expect_eq(life_event_count(life), 8U);
	cr_expect_eq(life_count(life), 2U);
	char *text = told(life, &result);
	expect_line(text, "task 7  8 events, 2 lives, no reports\n  life 1\n");
	expect_line(text, "    +0 ns      worker 1  queued         queue 1                  waits in queue 1\n");
	expect_line(text, "    +5 ns      worker 2  steal_success  queue 1, tried for 3 ns  taken by worker 2\n");
	expect_line(text, "  runs on worker 2\n");
	expect_line(text, "  suspended\n");
	expect_line(text, "  runs on worker 3\n");
	expect_line(text, "  completed\n  life 2\n");
	expect_line(text, "  cancelled\n    end of the trace: clean\n");
	cr_expect(!strstr(text, "too close"), "%s", text);
	free(text);
	life_free(life);
}

Test(life, the_middle_is_counted)
{
	enum { RUNS = 1000 };
	struct life *life = life_of(0, 7);
	struct analysis_result result = {.end = WSC_END_CLEAN};
	for (uint64_t i = 0; i < RUNS; i++) {
		feed(life, WSC_EV_EXEC_START, 2 * i, 7, 1, 0);
		feed(life, WSC_EV_EXEC_COMPLETE, 2 * i + 1, 7, 1, 0);
	}
	cr_expect_eq(life_event_count(life), 2U * RUNS);
	cr_assert_eq(life_kept(life), 2U * LIFE_EVENTS_KEPT);
	for (size_t i = 0; i < life_kept(life); i++) {
		uint64_t number = i < LIFE_EVENTS_KEPT ? i : 2 * RUNS - 2 * LIFE_EVENTS_KEPT + i;
		cr_expect_eq(life_number(life, i), number);
		cr_expect_eq(life_at(life, i)->event.ts, number);
		cr_expect_eq(life_at(life, i)->life, number / 2 + 1);
	}
	char *text = told(life, &result);
	expect_line(text, "\n    ... 1,600 more\n");
	free(text);
	life_free(life);
}

/* What was stamped before the first event of a window may have come after what is stamped within the uncertainty of it. */
static void expect_in_window(uint64_t uncertainty, uint64_t queued, const char *line)
{
	struct life *life;
	struct analysis_result result = {.end = WSC_END_CLEAN};
	trace_header_init(&header);
	header.complete = false;
	cr_assert_eq(life_create(&life, &header, NULL, 0, uncertainty, 7), WSC_OK);
	feed(life, WSC_EV_PARKED, 10, 0, 1, 0);
	feed(life, WSC_EV_QUEUED, queued, 7, 1, 1);
	feed(life, WSC_EV_DEQUEUED, 50, 7, 2, 4);
	char *text = told(life, &result);
	expect_line(text, line);
	free(text);
	life_free(life);
}

Test(life, a_window_has_a_blurred_beginning)
{
	expect_in_window(5, 14, "queue 4  unknown");
	expect_in_window(5, 15, "queue 4  waits in queue 1");
	expect_in_window(0, 10, "queue 4  waits in queue 1");
}

Test(life, a_gap_makes_it_unknown)
{
	struct life *life = life_of(5, 7);
	struct analysis_result result = {.end = WSC_END_CLEAN};
	struct wsc_event gap = {.ts = 12, .task = 14, .worker = 3, .arg = 9, .kind = WSC_EV_GAP};
	feed(life, WSC_EV_QUEUED, 10, 7, 1, 1);
	cr_assert_eq(life_feed(life, &gap, 1), WSC_OK);
	feed(life, WSC_EV_DEQUEUED, 30, 7, 2, 4);
	feed(life, WSC_EV_EXEC_START, 33, 7, 3, 0);
	char *text = told(life, &result);
	expect_line(text, "    ... 1 gap, 9 events lost: what happened meanwhile is not known\n");
	expect_line(text, "dequeued       queue 4  unknown\n");
	expect_line(text, "too close to order");
	free(text);
	life_free(life);
}

Test(life, reports_are_marked_and_told)
{
	struct life *life = life_of(0, 7);
	struct violation violations[] = {{.kind = WSC_VIOLATION_DOUBLE_EXECUTION,
	                                  .task = 7,
	                                  .ts = 3,
	                                  .workers = {2},
	                                  .worker_count = 1,
	                                  .message = (char *)"what happened"},
	                                 {.kind = WSC_VIOLATION_LOST_WORK, .task = 9, .message = (char *)"elsewhere"}};
	struct analysis_result result = {.violations = violations, .violation_count = 2};
	feed(life, WSC_EV_EXEC_START, 1, 7, 1, 0);
	feed(life, WSC_EV_EXEC_START, 3, 7, 2, 0);
	char *text = told(life, &result);
	expect_line(text, "7  2 events, 1 life, 1 report\n");
	expect_line(text, "\n  > +2 ns      worker 2  exec_start ");
	expect_line(text, "\ndouble_execution  what happened\n  expected: ");
	expect_line(text, "  more: wscheck explain double_execution\n");
	cr_expect(!strstr(text, "elsewhere"), "%s", text);
	free(text);
	life_free(life);
}
