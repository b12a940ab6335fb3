/* SPDX-License-Identifier: MIT */
/* How the reports of an analysis are told: which together, how many, which events of each. The result is made by hand.
 */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "diagnosis.h"
#include "format.h"
#include "judgement.h"

enum { REPORTS_MAX = 50, EVENTS_MAX = 60 };

struct made {
	struct trace_header header;
	struct trace_summary summary;
	struct analysis_result result;
	struct violation violations[REPORTS_MAX];
	struct wsc_event events[REPORTS_MAX][EVENTS_MAX];
	struct rules rules;
	struct judgement judgement;
};

static struct made *made;

static void make(void)
{
	made = calloc(1, sizeof(*made));
	trace_header_init(&made->header);
	rules_init(&made->rules);
	struct analysis_result *result = &made->result;
	result->end = WSC_END_CLEAN;
	result->violations = made->violations;
	histogram_clear(&result->steal_latency);
	histogram_clear(&result->failed_steal_latency);
	histogram_clear(&result->queue_wait);
	histogram_clear(&result->exec);
	histogram_clear(&result->queued_to_done);
}

static void unmake(void)
{
	judgement_free(&made->judgement);
	rules_free(&made->rules);
	trace_header_free(&made->header);
	free(made);
}

TestSuite(report, .init = make, .fini = unmake);

/* A report on `task` with `count` events, stamped from `since` on; the last one proves it. */
static struct violation *add(enum wsc_violation_kind kind, uint64_t task, uint64_t since, size_t count)
{
	size_t i = made->result.violation_count++;
	struct violation *violation = &made->violations[i];
	for (size_t e = 0; e < count; e++)
		made->events[i][e] = (struct wsc_event){
		    .ts = since + e, .task = task, .worker = (uint32_t)(e % 2), .kind = WSC_EV_EXEC_START};
	*violation = (struct violation){.kind = kind,
	                                .task = task,
	                                .worker_count = 1,
	                                .workers = {(uint32_t)((count - 1) % 2)},
	                                .since = since,
	                                .ts = since + count - 1,
	                                .message = (char *)"m",
	                                .events = made->events[i],
	                                .event_count = count};
	made->result.counts[kind]++;
	return violation;
}

/* Reports are told by their stories: what the second pass would have numbered. */
static void conclude(void)
{
	struct diagnosis_rules rules = {.header = &made->header};
	for (size_t i = 0; i < made->result.violation_count; i++)
		made->violations[i].cause_count = 0;
	cr_assert_eq(diagnosis_conclude(&rules, &made->result), WSC_OK);
}

static struct report told(void)
{
	struct report report = {
	    .path = "t", .header = &made->header, .summary = &made->summary, .result = &made->result};
	conclude();
	judgement_free(&made->judgement);
	cr_assert_eq(judgement_init(&made->judgement, &report, &made->rules), WSC_OK);
	return report;
}

static char *as_text_of_width(enum report_detail detail, unsigned width)
{
	char *string = NULL;
	size_t size;
	struct report report = told();
	struct page page = {.out = open_memstream(&string, &size), .width = width};
	report.detail = detail;
	cr_assert_eq(report_text(&report, &page), WSC_OK);
	fclose(page.out);
	return string;
}

static char *as_text(enum report_detail detail)
{
	return as_text_of_width(detail, 80);
}

static char *as_json(void)
{
	char *string = NULL;
	size_t size;
	struct report report = told();
	struct page page = {.out = open_memstream(&string, &size)};
	cr_assert_eq(report_json(&report, &page), WSC_OK);
	fclose(page.out);
	return string;
}

/* On one line. */
static char *as_flat_json(void)
{
	char *json = as_json(), *to = json;
	for (const char *from = json; *from; from++) {
		if (*from == '\n')
			from += strspn(from, "\n ") - 1;
		else
			*to++ = *from;
	}
	*to = '\0';
	return json;
}

static size_t occurrences(const char *string, const char *part)
{
	size_t count = 0;
	for (const char *at = strstr(string, part); at; at = strstr(at + 1, part))
		count++;
	return count;
}

Test(report, reports_of_one_task_are_one_story)
{
	add(WSC_VIOLATION_MULTIPLE_OWNERS, 7, 100, 3);
	add(WSC_VIOLATION_DOUBLE_EXECUTION, 8, 100, 3);
	add(WSC_VIOLATION_DOUBLE_EXECUTION, 7, 100, 4);
	char *text = as_text(REPORT_FULL);
	const char *first = strstr(text, "multiple_owners  task 7"), *second = strstr(text, "double_execution  task 7");
	const char *other = strstr(text, "double_execution  task 8");
	cr_assert(first && second && other);
	cr_expect(first < second && second < other, "%s", text);
	cr_expect_eq(occurrences(text, "exec_start     task 7"), 4, "the shared events once:\n%s", text);
	cr_expect_eq(occurrences(text, "  > +"), 3, "each proof is marked:\n%s", text);
	free(text);
}

Test(report, a_later_life_is_a_story_of_its_own)
{
	add(WSC_VIOLATION_DOUBLE_EXECUTION, 7, 100, 3);
	add(WSC_VIOLATION_DOUBLE_EXECUTION, 7, 200, 3);
	char *text = as_text(REPORT_FULL);
	cr_expect_eq(occurrences(text, "\n    +0 ns"), 2, "%s", text);
	free(text);
}

Test(report, one_story_may_be_told_alone)
{
	add(WSC_VIOLATION_LOST_WORK, 7, 100, 3);
	add(WSC_VIOLATION_LOST_WORK, 8, 200, 3);
	made->rules.story = 2;
	char *text = as_text(REPORT_NORMAL);
	cr_expect(strstr(text, "FAIL  t: 2 errors\n"), "%s", text);
	cr_expect(strstr(text, "\nstory 2\n") && !strstr(text, "story 1"), "%s", text);
	cr_expect(strstr(text, "lost_work  task 8") && !strstr(text, "task 7"), "%s", text);
	free(text);
}

Test(report, a_summary_tells_those_that_differ_in_brief)
{
	add(WSC_VIOLATION_LOST_WORK, 1, 100, 2)->what = VIOLATION_DROPPED;
	add(WSC_VIOLATION_LOST_WORK, 2, 200, 2)->what = VIOLATION_DROPPED;
	add(WSC_VIOLATION_SLOW_STEAL, 3, 300, 2);
	made->violations[0].proof = made->violations[1].proof = 1;
	char *text = as_text(REPORT_NORMAL);
	cr_expect(strstr(text, "\nstory 1   lost_work task 1  101 ns into the trace\n"), "%s", text);
	cr_expect_eq(occurrences(text, "\ncause     dropped-take: a worker"), 1, "%s", text);
	cr_expect(!strstr(text, "\nstory 2 "), "of the same cause:\n%s", text);
	cr_expect(strstr(text, "\nstory 3   slow_steal task 3"), "%s", text);
	cr_expect(strstr(text, "\n... and 1 more report: -v tells them\n"), "%s", text);
	cr_expect(strstr(text, "\nnext      wscheck analyze --story 1 t  # "), "%s", text);
	cr_expect(!strstr(text, "exec_start"), "no events:\n%s", text);
	free(text);
}

Test(report, advice_is_given_once)
{
	add(WSC_VIOLATION_LOST_WORK, 1, 100, 2)->what = VIOLATION_DROPPED;
	add(WSC_VIOLATION_LOST_WORK, 2, 200, 2)->what = VIOLATION_DROPPED;
	made->violations[0].proof = made->violations[1].proof = 1;
	char *text = as_text(REPORT_FULL);
	cr_expect_eq(occurrences(text, "lost_work  task "), 2);
	cr_expect_eq(occurrences(text, "  expected: "), 1, "%s", text);
	cr_expect_eq(occurrences(text, "  or: unrecorded-run: "), 1, "%s", text);
	cr_expect_eq(occurrences(text, "  usual cause: dropped-take, as above\n"), 1, "%s", text);
	free(text);
}

Test(report, a_name_that_says_nothing_is_left_out)
{
	trace_header_add_worker(&made->header, 0)->name = strdup("worker 0");
	trace_header_add_worker(&made->header, 1)->name = strdup("main");
	add(WSC_VIOLATION_LOST_WORK, 1, 100, 2);
	char *text = as_text(REPORT_FULL);
	cr_expect(!strstr(text, "(worker 0)"), "%s", text);
	cr_expect(strstr(text, "worker 1 (main)"), "%s", text);
	free(text);
}

Test(report, the_rest_is_counted)
{
	for (uint64_t i = 0; i < 44; i++)
		add(WSC_VIOLATION_LOST_WORK, i + 1, 10 * i, 2);
	char *text = as_text(REPORT_NORMAL);
	cr_expect_eq(occurrences(text, "\nstory "), 1);
	cr_expect(strstr(text, "... and 43 more reports: -v tells them"), "%s", text);
	free(text);
	text = as_text(REPORT_FULL);
	cr_expect_eq(occurrences(text, "lost_work  task "), 44);
	cr_expect(!strstr(text, "more report"));
	free(text);
	made->result.counts[WSC_VIOLATION_LOST_WORK] = 1000; /* more were found than kept */
	text = as_text(REPORT_FULL);
	cr_expect(strstr(text, "... and 956 more reports: raise --max-reports"), "%s", text);
	free(text);
}

Test(report, quiet_is_the_verdict_alone)
{
	add(WSC_VIOLATION_SLOW_STEAL, 7, 100, 2);
	made->result.reasons = ANALYSIS_REASON_CUT;
	char *text = as_text(REPORT_QUIET);
	cr_expect_str_eq(text, "INCONCLUSIVE  t: no errors, 1 warning\n");
	free(text);
}

Test(report, every_reason_says_why_and_what_next)
{
	made->result.reasons = 0;
	char *text = as_text(REPORT_NORMAL);
	cr_expect_eq(occurrences(text, "because "), 0);
	free(text);
#define CHECK_REASON(NAME, bit, clause)                                                                                \
	made->result.reasons = 1U << (bit);                                                                            \
	text = as_text(REPORT_NORMAL);                                                                                 \
	cr_expect_eq(occurrences(text, "because   "), 1, #NAME);                                                       \
	cr_expect_eq(occurrences(text, "  next:   "), 1, #NAME);                                                       \
	free(text);
	ANALYSIS_REASONS(CHECK_REASON)
#undef CHECK_REASON
}

/* Advice on dropped events helps nobody who has none. */
Test(report, what_took_the_events_is_said)
{
	made->result.reasons = ANALYSIS_REASON_LOSSY;
	made->result.dropped = 7;
	char *text = as_text(REPORT_NORMAL);
	cr_expect(strstr(text, "because   events were dropped\n  next:   give each worker a larger buffer"), "%s",
	          text);
	free(text);
	made->result.dropped = 0;
	text = as_text(REPORT_NORMAL);
	cr_expect(strstr(text, "because   for some time not all workers were recorded"), "%s", text);
	free(text);
	made->result.damaged_blocks = 1;
	made->result.reasons |= ANALYSIS_REASON_DAMAGED;
	text = as_text(REPORT_NORMAL);
	cr_expect(strstr(text, "because   events are missing: those of the damaged parts"), "%s", text);
	free(text);
}

Test(report, a_flight_recorder_is_no_loss)
{
	struct trace_worker *worker = trace_header_add_worker(&made->header, 3);
	worker->has_window_start = true;
	made->header.complete = false;
	made->result.reasons = ANALYSIS_REASON_WINDOW | ANALYSIS_REASON_LOSSY;
	char *text = as_text(REPORT_NORMAL);
	cr_expect_eq(occurrences(text, "because "), 1, "%s", text);
	cr_expect(strstr(text, "recorded in mode `overwrite`"), "%s", text);
	free(text);
	made->result.dropped = 1; /* all the same */
	text = as_text(REPORT_NORMAL);
	cr_expect_eq(occurrences(text, "because "), 2, "%s", text);
	free(text);
}

Test(report, the_shares_of_a_late_worker_add_up)
{
	struct worker_stats workers[] = {
	    {.worker = 1, .attached = 1000, .busy = 600, .stealing = 100, .parked = 100, .idle = 200},
	    {.worker = 2, .attached = 400, .busy = 300, .idle = 100}};
	made->result.workers = workers;
	made->result.worker_count = 2;
	made->result.first_ts = 100;
	made->result.last_ts = made->result.end_ts = 1100;
	char *text = as_text(REPORT_NORMAL);
	cr_expect(strstr(text, "busy%  steal%  park%  idle%  away%\n"), "%s", text);
	cr_expect(strstr(text, " 60.0    10.0   10.0   20.0    0.0\n"), "%s", text);
	cr_expect(strstr(text, " 30.0     0.0    0.0   10.0   60.0\n"), "%s", text);
	free(text);
	workers[1].attached = 1000; /* nobody came late */
	workers[1].idle = 700;
	text = as_text(REPORT_NORMAL);
	cr_expect(strstr(text, "idle%\n") && !strstr(text, "away%"), "%s", text);
	free(text);
}

/* Of a deque alone no runs are recorded: its workers were not idle all the time. */
Test(report, a_deque_alone_has_no_busy_workers)
{
	struct worker_stats worker = {.worker = 1, .attached = 10, .idle = 10};
	made->result.workers = &worker;
	made->result.worker_count = 1;
	made->result.last_ts = made->result.end_ts = 10;
	made->header.scope = WSC_SCOPE_DEQUE;
	char *text = as_text(REPORT_NORMAL);
	cr_expect(strstr(text, "  -      -     0.0    0.0      -\n"), "%s", text);
	free(text);
}

/* An adapter that can't see attempts that fail has not seen that none did. */
Test(report, what_the_source_cannot_see_is_no_figure)
{
	struct worker_stats worker = {.worker = 1, .attached = 10, .busy = 10, .attempts = 3};
	struct budget budget;
	char wrong[BUDGET_WRONG_MAX];
	made->result.workers = &worker;
	made->result.worker_count = 1;
	made->result.events = made->result.last_ts = made->result.end_ts = 10;
	made->result.steal_attempts = made->result.successful_steals = made->result.stolen_tasks = 3;
	struct report report = {
	    .path = "t", .header = &made->header, .summary = &made->summary, .result = &made->result};
	cr_assert(budget_parse(&budget, "failed_steal_ratio=0.5", wrong));
	cr_expect_eq(budget_measure(&budget, &report).status, BUDGET_OK);
	char *text = as_text(REPORT_NORMAL);
	cr_expect(strstr(text, "3 attempts, 3 succeeded (100.0 %)") && strstr(text, " 0.0  100.0     0.0    0.0"), "%s",
	          text);
	free(text);
	made->header.absent = 1U << WSC_EV_STEAL_START | 1U << WSC_EV_STEAL_FAILURE | 1U << WSC_EV_PARKED;
	cr_expect_eq(budget_measure(&budget, &report).status, BUDGET_UNMEASURED);
	text = as_text(REPORT_NORMAL);
	cr_expect(strstr(text, "3 succeeded, 3 tasks stolen; failed attempts are not recorded\n") &&
	              strstr(text, "   -  100.0       -      -    0.0\n"),
	          "%s", text);
	free(text);
}

Test(report, no_line_is_wider_than_the_page)
{
	add(WSC_VIOLATION_MULTIPLE_OWNERS, 7, 100, 3);
	made->result.reasons = ~0U;
	made->result.events = 123456789;
	made->result.steal_attempts = made->result.successful_steals = 1000;
	for (uint64_t i = 1; i < 100000; i *= 3)
		histogram_add(&made->result.steal_latency, i);
	struct worker_stats worker = {.worker = 4000000000, .executed = 99999999, .last_ts = 10, .busy = 10};
	made->result.workers = &worker;
	made->result.worker_count = 1;
	struct depth_series series = {.first = 0, .shift = 0, .count = 10, .max = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10}};
	struct queue_stats queue = {.queue = 4000000000,
	                            .pushes = 99999999,
	                            .takes = 99999999,
	                            .steals = 9999999,
	                            .max_depth = 999999,
	                            .max_depth_ts = 9,
	                            .depth = &series};
	made->result.queues = &queue;
	made->result.queue_count = 1;
	made->result.last_ts = 9;
	made->result.steals_per_life = (struct steals_per_life){{1, 2000000, 3000000, 4000000}, 5000000, UINT64_MAX, 1};
	made->result.counts[WSC_VIOLATION_IDLE_WHILE_WORK] = made->result.counts[WSC_VIOLATION_FALSE_EMPTY] = 1234567;
	made->result.wasted = (struct wasted_time){UINT64_MAX, UINT64_MAX};
	made->result.waiting_total = 1;
	struct parked_worker parked[20] = {{4000000000, 1}};
	made->result.parked = parked;
	made->result.parked_count = 20;
	static const unsigned widths[] = {40, 60, 80, 132};
	for (size_t i = 0; i < 2 * sizeof(widths) / sizeof(*widths); i++) {
		unsigned width = widths[i / 2];
		char *text = as_text_of_width(i % 2 == 0 ? REPORT_NORMAL : REPORT_FULL, width), *rest = NULL;
		for (char *line = strtok_r(text, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest)) {
			/* What is to be pasted is not wrapped. */
			bool pasted = strstr(line, "reason=") || strstr(line, " wscheck ");
			cr_expect(page_columns(line) <= width || pasted, "%u: %s", width, line);
			cr_expect(line[strlen(line) - 1] != ' ', "%u: blanks at the end: %s", width, line);
		}
		free(text);
	}
}

Test(report, the_event_behind_a_maximum)
{
	made->result.first_ts = 1000;
	histogram_add_of(&made->result.exec, 250, 3000, 42, 3);
	histogram_add_of(&made->result.failed_steal_latency, 7, 1500, 0, 4);
	char *text = as_text(REPORT_FULL);
	cr_expect(strstr(text, "longest   failed steal 7 ns: worker 4, 500 ns into the trace\n"
	                       "          run 250 ns: task 42, worker 3, 2.00 us into the trace\n"),
	          "%s", text);
	free(text);
	char *json = as_flat_json();
	cr_expect(strstr(json, "\"max\":250,\"max_event\":{\"task\":42,\"worker\":3,\"ts_ns\":3000}"), "%s", json);
	cr_expect(strstr(json, "\"max\":7,\"max_event\":{\"task\":null,\"worker\":4,\"ts_ns\":1500}"), "%s", json);
	cr_expect(strstr(json, "\"max\":0,\"max_event\":null"), "of an empty one");
	free(json);
}

Test(report, the_time_of_a_worker_over_time)
{
	static struct timeline timeline = {.first = 5, .shift = 2, .count = 2, .time = {{1, 2, 3, 0}, {4, 0, 0, 0}}};
	struct worker_stats workers[] = {{.worker = 1, .timeline = &timeline}, {.worker = 2}};
	made->result.workers = workers;
	made->result.worker_count = 2;
	made->header.clock = WSC_CLOCK_TICKS;
	made->header.ticks_per_second = 500000000;
	char *json = as_flat_json();
	cr_expect(strstr(json, "\"timeline\":{\"from_ns\":40,\"bucket_ns\":8.000,\"busy_ns\":[2,8],"
	                       "\"stealing_ns\":[4,0],\"parked_ns\":[6,0],\"overlap_ns\":[0,0]}"),
	          "%s", json);
	cr_expect(strstr(json, "\"timeline\":null"), "%s", json);
	free(json);
}

Test(report, what_a_hang_left)
{
	struct parked_worker parked[] = {{1, 200}, {2, 100}};
	made->result.end = WSC_END_STALLED;
	made->result.last_ts = 250;
	made->result.end_ts = 1200;
	made->result.parked = parked;
	made->result.parked_count = 2;
	made->result.waiting[0] = (struct waiting_task){.task = 7, .since = 700, .place = 3};
	made->result.waiting_count = made->result.waiting_total = 1;
	char *text = as_text(REPORT_NORMAL);
	cr_expect(strstr(text, "parked    worker 1 for 1.00 us, worker 2 for 1.10 us\n"), "%s", text);
	cr_expect(strstr(text, "task 7 for 500 ns in queue 3\n"), "%s", text);
	free(text);
	char *json = as_flat_json();
	cr_expect(strstr(json, "\"waited_ns\":500"), "%s", json);
	cr_expect(strstr(json, "\"parked\":[{\"worker\":1,\"since_ns\":200,\"parked_ns\":1000},"), "%s", json);
	cr_expect(strstr(json, "\"parked\":[1,2]"));
	free(json);
}

Test(report, sampled_counts_are_marked)
{
	struct worker_stats workers[] = {{.worker = 1, .executed = 30, .stolen = 5, .idle = 10}};
	struct queue_stats queue = {.queue = 1, .pushes = 20, .takes = 15, .steals = 5, .max_depth = 3};
	made->result.workers = workers;
	made->result.worker_count = 1;
	made->result.queues = &queue;
	made->result.queue_count = 1;
	made->result.tasks = 20;
	made->result.lives = 30;
	made->result.end_ts = 100;
	made->result.steals_per_life.lives[1] = 2;
	char *json = as_flat_json();
	cr_expect(strstr(json, "\"estimated\":null"), "%s", json);
	cr_expect(strstr(json, "\"idle_ns\":10"));
	free(json);
	made->header.sampling = 100;
	json = as_flat_json();
	cr_expect(strstr(json, "\"sampling\":100"));
	cr_expect(strstr(json, "\"tasks\":20,\"lives\":30,"), "as recorded: %s", json);
	cr_expect(strstr(json, "\"estimated\":{\"tasks\":2000,\"lives\":3000,\"executed\":3000,\"pushes\":2000,"
	                       "\"repeatedly_stolen_lives\":200}"),
	          "%s", json);
	cr_expect(strstr(json, "\"idle_ns\":null"));
	free(json);
	char *text = as_text(REPORT_FULL);
	cr_expect(strstr(text, "~2,000 tasks, ~3,000 lives"), "%s", text);
	cr_expect(strstr(text, "sampled   one task in 100 was recorded"), "%s", text);
	cr_expect(strstr(text, "\n1       ~3,000      5 "), "%s", text);
	cr_expect(strstr(text, "\n1      ~2,000  ~1,500    ~500     ~300  0 ns\n"), "%s", text);
	made->header.sampling = UINT64_MAX;
	free(text);
	json = as_flat_json();
	cr_expect(strstr(json, "\"estimated\":{\"tasks\":\"18446744073709551615\""), "saturates: %s", json);
	free(json);
}

Test(report, queues_are_told_with_their_depth)
{
	struct depth_series series = {.first = 5, .shift = 1, .count = 9, .max = {9, 8, 1, 0, 0, 0, 0, 0, 5}};
	struct queue_stats queues[10] = {{.queue = 3, .pushes = 7, .steals = 2, .max_depth = 9, .depth = &series}};
	for (uint32_t i = 1; i < 10; i++)
		queues[i] = (struct queue_stats){.queue = 3 + i, .pushes = i, .max_depth = 1};
	made->result.first_ts = 10;
	made->result.last_ts = 28;
	made->result.queues = queues;
	made->result.queue_count = 10;
	made->result.queues_left_out = 4;
	made->result.pushes_left_out = 1000;
	char *text = as_text(REPORT_FULL);
	cr_expect(strstr(text, "\nqueue  pushed  taken  stolen  deepest    at  depth over time\n"), "%s", text);
	cr_expect(strstr(text, "\n3           7      0       2        9  0 ns  @@##..        ++\n"), "%s", text);
	cr_expect(strstr(text, "... 4 more, 1,000 pushed\n"), "%s", text);
	free(text);
	text = as_text(REPORT_NORMAL);
	cr_expect(!strstr(text, "pushed"), "%s", text);
	free(text);
	char *json = as_flat_json();
	cr_expect(strstr(json, "\"depth\":{\"from_ns\":10,\"bucket_ns\":2.000,\"max\":[9,8,1,0,0,0,0,0,5]}"), "%s",
	          json);
	cr_expect(strstr(json, "\"queues_left_out\":{\"queues\":4,\"pushes\":1000}"), "%s", json);
	free(json);
}

Test(report, ping_pong_waste_and_balance)
{
	struct worker_stats workers[] = {{.worker = 1, .executed = 30, .busy = 10},
	                                 {.worker = 2, .executed = 10, .busy = 90}};
	made->result.workers = workers;
	made->result.worker_count = 2;
	made->result.steal_attempts = made->result.successful_steals = made->result.stolen_tasks = 7;
	made->result.steals_per_life = (struct steals_per_life){{1, 1, 0, 1}, 4, 77, 5};
	made->result.counts[WSC_VIOLATION_IDLE_WHILE_WORK] = 2;
	made->result.counts[WSC_VIOLATION_FALSE_EMPTY] = 1;
	made->result.wasted = (struct wasted_time){.idle = 3000, .false_empty = 20};
	char *text = as_text(REPORT_NORMAL);
	cr_expect(strstr(text, "ping-pong 2 tasks stolen more than once"), "%s", text);
	cr_expect(strstr(text, "task 77, 4 times"), "%s", text);
	cr_expect(strstr(text, "wasted    3.00 us of worker time: 2 parks"), "%s", text);
	cr_expect(strstr(text, "          20 ns of worker time: 1 attempt wrongly"), "%s", text);
	cr_expect(strstr(text, "busy 1.80 times the mean") && strstr(text, "1.50 times"), "%s", text);
	free(text);
	char *json = as_flat_json();
	cr_expect(strstr(json, "\"success_ratio\":1.000,"), "%s", json);
	cr_expect(strstr(json, "\"repeated\":2,\"max\":4,\"max_task\":77,\"max_ts_ns\":5"), "%s", json);
	cr_expect(strstr(json, "\"load_imbalance\":{\"workers\":2,\"busy\":1.800,\"executed\":1.500}"), "%s", json);
	cr_expect(strstr(json, "\"idle_parks\":2,\"idle_ns\":3000,\"false_empties\":1,\"false_empty_ns\":20"), "%s",
	          json);
	free(json);
}

Test(report, json_strings_begin_above_2_to_53)
{
	add(WSC_VIOLATION_DOUBLE_EXECUTION, UINT64_C(1) << 53, 100, 1)->other_task = (UINT64_C(1) << 53) + 1;
	char *json = as_json();
	cr_expect(strstr(json, "\"task\":9007199254740992,"), "%s", json);
	cr_expect(strstr(json, "\"other_task\":\"9007199254740993\""));
	free(json);
}

Test(report, json_has_ns_where_the_trace_has_ticks)
{
	made->header.clock = WSC_CLOCK_TICKS;
	made->header.ticks_per_second = 2000000000;
	add(WSC_VIOLATION_DOUBLE_EXECUTION, 7, 1000, 1);
	histogram_add(&made->result.steal_latency, 4001);
	char *json = as_json();
	cr_expect(strstr(json, "\"ts_ns\":500,"), "%s", json);
	cr_expect(strstr(json, "\"ts\":500,"));
	cr_expect(strstr(json, "\"mean\":2000.500"));
	cr_expect(strstr(json, "\"avg_steal_latency_us\":2.0"));
	free(json);
}

Test(report, json_carries_no_terminal_escape)
{
	add(WSC_VIOLATION_DOUBLE_EXECUTION, 7, 100, 1)->message = (char *)"a\033b\x7f"
	                                                                  "c\xc2\x9b"
	                                                                  "d\xc3\xbc";
	char *json = as_json();
	cr_expect(strstr(json, "a\\u001bb\\u007fc\\u009bd\xc3\xbc"), "%s", json);
	free(json);
}
