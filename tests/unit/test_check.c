/* SPDX-License-Identifier: MIT */
/* The public checker: its calls and their errors, and that it finds what analyze finds. C1.. are the rules of check.h.
 */
#include <criterion/criterion.h>
#include <inttypes.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "trace_input.h"
#include "wscheck/check.h"

static wsc_check *create(void)
{
	wsc_check *check;
	cr_assert_eq(wsc_check_create(&check, NULL), WSC_OK);
	cr_assert_not_null(check);
	return check;
}

static struct wsc_check_result result_of(wsc_check *check)
{
	struct wsc_check_result result;
	cr_assert_eq(wsc_check_get_result(check, &result), WSC_OK);
	return result;
}

static struct wsc_check_result finish(wsc_check *check, enum wsc_end end)
{
	struct wsc_check_result result;
	cr_assert_eq(wsc_check_finish(check, end, &result), WSC_OK);
	return result;
}

static struct wsc_event event(uint64_t ts, unsigned kind, uint32_t worker, uint64_t task, uint32_t queue)
{
	return (struct wsc_event){.ts = ts,
	                          .task = task,
	                          .worker = worker,
	                          .queue = queue,
	                          .arg = kind == WSC_EV_STEAL_FAILURE,
	                          .kind = (uint8_t)kind};
}

Test(check, undecided_tasks_have_their_reasons)
{
	wsc_check *c = create();
	const struct wsc_event events[] = {event(10, WSC_EV_QUEUED, 1, 5, 1), event(20, WSC_EV_GAP, 3, 30, 0),
	                                   event(40, WSC_EV_EXEC_START, 1, 5, 0),
	                                   event(50, WSC_EV_EXEC_COMPLETE, 1, 5, 0)};
	cr_assert_eq(wsc_check_feed(c, events, 4), WSC_OK);
	struct wsc_check_result r = finish(c, WSC_END_CLEAN);
	cr_expect_eq(r.undecided_tasks, 1);
	for (unsigned i = 0; i < WSC_UNDECIDED_REASON_COUNT; i++)
		cr_expect_eq(r.undecided_by_reason[i], i == WSC_UNDECIDED_GAP);
	cr_expect_str_eq(r.undecided_reason, wsc_undecided_clause(WSC_UNDECIDED_GAP));
	cr_expect_str_eq(wsc_undecided_name(WSC_UNDECIDED_GAP), "gap");
	wsc_check_free(c);
}

/* A double execution by worker 2 of what worker 1 runs. */
static void feed_double_run(wsc_check *check, uint64_t task, uint64_t ts)
{
	const struct wsc_event events[] = {
	    event(ts, WSC_EV_QUEUED, 1, task, 1), event(ts + 10, WSC_EV_EXEC_START, 1, task, 0),
	    event(ts + 20, WSC_EV_EXEC_START, 2, task, 0), event(ts + 30, WSC_EV_EXEC_COMPLETE, 1, task, 0),
	    event(ts + 40, WSC_EV_EXEC_COMPLETE, 2, task, 0)};
	cr_assert_eq(wsc_check_feed(check, events, 5), WSC_OK);
}

/* Every call that stamps, in a history that is sound: each does what its name says, or there would be a report. */
Test(check, calls_that_stamp)
{
	wsc_check *c = create();
	enum wsc_status statuses[] = {
	    wsc_check_queued(c, 1, 100),
	    wsc_check_queued_on(c, 1, 101, 1),
	    wsc_check_queued_pinned(c, 1, 102, 1),
	    wsc_check_queued(c, 1, 103),
	    wsc_check_push_failed(c, 1, 103, 1),
	    wsc_check_steal_start(c, 2, 1),
	    wsc_check_steal_success(c, 2, 100, 1),
	    wsc_check_exec_start(c, 2, 100),
	    wsc_check_suspended(c, 2, 100),
	    wsc_check_dequeued(c, 1, 102),
	    wsc_check_exec_start(c, 1, 102),
	    wsc_check_exec_complete(c, 1, 102),
	    wsc_check_dequeued_from(c, 1, 101, 1),
	    wsc_check_exec_start(c, 1, 101),
	    wsc_check_cancelled(c, 1, 101),
	    wsc_check_exec_complete(c, 1, 101),
	    wsc_check_resumed(c, 1, 100),
	    wsc_check_exec_complete(c, 1, 100),
	    wsc_check_steal_start(c, 2, 1),
	    wsc_check_steal_failure(c, 2, 1, WSC_REASON_EMPTY),
	    wsc_check_steal_failures(c, 2, 1, WSC_REASON_BUSY, 7),
	    wsc_check_parked(c, 2),
	    wsc_check_wake(c, 1, 2),
	    wsc_check_unparked(c, 2),
	    wsc_check_event(c, WSC_EV_QUEUED, 1, 104, 1, 5, WSC_FLAG_PINNED, 0),
	    wsc_check_cancelled(c, 1, 104),
	};
	size_t count = sizeof(statuses) / sizeof(*statuses);
	for (size_t i = 0; i < count; i++)
		cr_expect_eq(statuses[i], WSC_OK, "call %zu", i);
	struct wsc_check_result r = finish(c, WSC_END_CLEAN);
	cr_expect_eq(r.verdict, WSC_CHECK_PASS);
	cr_expect_null(wsc_check_reason(c, 0));
	cr_expect_eq(r.finished, 1);
	cr_expect_eq(r.end, WSC_END_CLEAN);
	cr_expect_eq(r.errors + r.warnings + r.refused + r.dropped + r.undecided_tasks, 0);
	cr_expect_eq(r.events, count);
	cr_expect_eq(r.workers, 2);
	cr_expect_eq(r.tasks, 5);
	cr_expect_eq(r.lives, 4);
	cr_expect_eq(r.steal_attempts, 9);
	cr_expect_eq(r.successful_steals, 1);
	cr_expect_eq(r.failed_steals, 8);
	cr_expect_eq(r.stolen_tasks, 1);
	cr_expect_eq(r.steal_latency.count, 1);
	cr_expect_geq(r.steal_latency.min_ns, 1, "stamps rise (C3)");
	cr_expect_geq(r.duration_ns, count - 1);
	wsc_check_free(c);
}

static void feed_steals(wsc_check *c)
{
	const struct wsc_event events[] = {
	    event(10, WSC_EV_QUEUED, 1, 5, 1),         event(20, WSC_EV_STEAL_START, 2, 0, 1),
	    event(120, WSC_EV_STEAL_SUCCESS, 2, 5, 1), event(130, WSC_EV_EXEC_START, 2, 5, 0),
	    event(630, WSC_EV_EXEC_COMPLETE, 2, 5, 0), event(640, WSC_EV_PARKED, 2, 0, 0),
	    event(700, WSC_EV_QUEUED, 1, 6, 1),        event(800, WSC_EV_QUEUED, 9, 7, 1),
	};
	cr_assert_eq(wsc_check_feed(c, events, sizeof(events) / sizeof(*events)), WSC_OK);
}

Test(check, statistics_and_rows)
{
	struct wsc_check_worker w;
	struct wsc_check_steals s;
	struct wsc_check_queue_use use;
	struct wsc_check_waiting waits;
	struct wsc_check_unchecked u;
	struct wsc_check_sleeper sleeper;
	wsc_check *c = create();
	feed_steals(c);
	cr_expect_eq(wsc_check_get_sleeper(c, 0, &sleeper), WSC_DONE, "not finished");
	cr_expect_eq(wsc_check_get_worker(c, 0, &w), WSC_DONE, "not finished");
	struct wsc_check_result r = finish(c, WSC_END_CUT);
	cr_expect_eq(r.verdict, WSC_CHECK_INCONCLUSIVE);
	cr_expect_eq(r.steal_latency.min_ns, 100);
	cr_expect_eq(r.steal_latency.max_ns, 100);
	cr_expect_eq(r.steal_latency.mean_ns, 100.0);
	cr_expect_leq(r.steal_latency.p50_ns, 101);
	cr_expect_eq(r.exec.p999_ns, 500);
	cr_expect_eq(r.queued_to_done.max_ns, 620);
	cr_expect_eq(r.failed_steal.count + r.failed_steal.min_ns, 0);
	cr_expect_eq(r.duration_ns, 790);
	cr_expect(r.exec.max_task == 5 && r.exec.max_worker == 2 && r.exec.max_ts_ns == 630);
	cr_expect(r.stolen_again == 0 && r.most_steals == 1 && r.most_stolen_task == 5 && r.wasted_idle_ns == 0);
	cr_expect_eq(r.waiting_tasks, 2);
	cr_assert_eq(wsc_check_get_worker(c, 1, &w), WSC_OK);
	cr_expect(w.worker == 2 && w.events == 5 && w.executed == 1 && w.stolen == 1 && w.attempts == 1);
	cr_expect(w.busy_ns == 500 && w.stealing_ns == 100 && w.parked_ns == 160 && w.failed_attempts == 0);
	cr_expect_eq(w.idle_ns, 20);
	cr_assert_eq(wsc_check_get_worker(c, 0, &w), WSC_OK);
	cr_expect(w.worker == 1 && w.lost_to_thieves == 1);
	cr_expect_eq(wsc_check_get_worker(c, 3, &w), WSC_DONE);
	cr_assert_eq(wsc_check_get_steals(c, 0, &s), WSC_OK);
	cr_expect(s.thief == 2 && s.queue == 1 && s.tasks == 1 && s.attempts == 1);
	cr_expect_eq(wsc_check_get_steals(c, 1, &s), WSC_DONE);
	cr_assert_eq(wsc_check_get_queue_use(c, 0, &use), WSC_OK);
	cr_expect(use.queue == 1 && use.pushes == 3 && use.takes == 0 && use.steals == 1);
	cr_expect(use.max_depth == 2 && use.max_depth_ts_ns == 800);
	cr_expect_eq(wsc_check_get_queue_use(c, 1, &use), WSC_DONE);
	cr_assert_eq(wsc_check_get_waiting(c, 0, &waits), WSC_OK);
	cr_expect(waits.task == 6 && waits.since_ns == 700 && !waits.taken && waits.place == 1);
	cr_expect_eq(wsc_check_get_waiting(c, 2, &waits), WSC_DONE);
	cr_assert_eq(wsc_check_get_sleeper(c, 0, &sleeper), WSC_OK);
	cr_expect(sleeper.worker == 2 && sleeper.since_ns == 640);
	cr_expect_eq(wsc_check_get_sleeper(c, 1, &sleeper), WSC_DONE);
	cr_assert_eq(wsc_check_get_unchecked(c, 0, &u), WSC_OK, "another worker pushed to a lifo deque");
	cr_expect(u.queue == 1 && strlen(u.reason) > 0);
	cr_expect_eq(wsc_check_get_unchecked(c, 1, &u), WSC_DONE);
	cr_expect_not_null(wsc_check_reason(c, 0), "cut");
	cr_expect_not_null(wsc_check_reason(c, 1), "order not checked");
	cr_expect_null(wsc_check_reason(c, 2));
	wsc_check_free(c);
}

static void expect_refused(struct wsc_check_options options, enum wsc_status status, const char *why)
{
	wsc_check *check = (wsc_check *)&options;
	cr_expect_eq(wsc_check_create(&check, &options), status, "%s", why);
	cr_expect_null(check, "%s", why);
}

Test(check, options_that_are_refused)
{
	struct wsc_check_options good, bad;
	const struct wsc_queue_info queue = {.queue = 1, .has_discipline = 1, .discipline = (enum wsc_discipline)3};
	wsc_check_options_init(&good);
	cr_expect_eq(wsc_check_create(NULL, &good), WSC_INVALID);
#define REFUSE(field, value, status)                                                                                   \
	bad = good;                                                                                                    \
	bad.field = value;                                                                                             \
	expect_refused(bad, status, #field)
	REFUSE(size, sizeof(good) - 1, WSC_INVALID);
	REFUSE(identity, (enum wsc_identity)3, WSC_INVALID);
	REFUSE(discipline, (enum wsc_discipline)3, WSC_INVALID);
	REFUSE(scope, (enum wsc_scope)2, WSC_INVALID);
	REFUSE(queue_count, 1, WSC_INVALID);
	REFUSE(worker_count, 1, WSC_INVALID);
	REFUSE(queues = &queue; bad.queue_count, (size_t)WSC_CHECK_QUEUES_MAX + 1, WSC_LIMIT);
	REFUSE(queues = &queue; bad.queue_count, 1, WSC_INVALID);
	REFUSE(workers = &queue.queue; bad.worker_count, (size_t)WSC_CHECK_WORKERS_MAX + 1, WSC_LIMIT);
	REFUSE(disabled, 1, WSC_OK);
#undef REFUSE
}

/* C6: the whole call is refused, and what follows is as if it had never been made. */
Test(check, events_that_are_refused)
{
	struct wsc_event bad[64];
	size_t count = 0;
	for (unsigned kind = WSC_EV_QUEUED; kind <= WSC_EV_CANCELLED; kind++) {
		if (kind != WSC_EV_STEAL_START && kind != WSC_EV_STEAL_SUCCESS && kind != WSC_EV_STEAL_FAILURE)
			bad[count++] = event(100, kind, 1, 0, 1);
	}
	cr_assert_eq(count, 8);
	bad[count++] = event(100, 0, 1, 5, 1);
	bad[count++] = event(100, WSC_EV_END, 1, 5, 1);
	bad[count++] = event(100, 255, 1, 5, 1);
	bad[count++] = event(100, WSC_EV_GAP, 1, 99, 0);
	bad[count++] = event(9, WSC_EV_QUEUED, 2, 5, 1);
	bad[count] = event(100, WSC_EV_STEAL_FAILURE, 1, 0, 1);
	bad[count++].arg = 0;
	bad[count] = event(100, WSC_EV_STEAL_FAILURE, 1, 0, 1);
	bad[count++].reason = WSC_REASON_BUSY + 1;
	bad[count] = event(100, WSC_EV_QUEUED, 1, 5, 1);
	bad[count++].flags = 4;
	bad[count] = event(100, WSC_EV_QUEUED, 1, 5, 1);
	bad[count++].reserved = 1;
	wsc_check *c = create();
	struct wsc_event first = event(10, WSC_EV_QUEUED, 1, 5, 1);
	cr_assert_eq(wsc_check_feed(c, &first, 1), WSC_OK);
	for (size_t i = 0; i < count; i++) {
		struct wsc_event pair[] = {event(50, WSC_EV_EXEC_START, 3, 5, 0), bad[i]};
		struct wsc_check_stream stream = {&bad[i], 1};
		cr_expect_eq(wsc_check_feed(c, pair, 2), WSC_INVALID, "event %zu", i);
		cr_expect_eq(wsc_check_feed_streams(c, &stream, 1), WSC_INVALID, "event %zu", i);
	}
	struct wsc_check_result r = result_of(c);
	cr_expect_eq(r.refused, 3 * count);
	cr_expect_eq(r.events, 1);
	cr_expect_eq(r.errors, 0, "a stranger's run was not taken");
	struct wsc_event rest[] = {event(20, WSC_EV_EXEC_START, 1, 5, 0), event(30, WSC_EV_EXEC_COMPLETE, 1, 5, 0)};
	cr_expect_eq(wsc_check_feed(c, rest, 2), WSC_OK, "the refused stamps do not count");
	cr_expect_eq(finish(c, WSC_END_CLEAN).verdict, WSC_CHECK_INCONCLUSIVE, "what was refused was not seen");
	cr_expect_str_eq(wsc_check_reason(c, 0),
	                 "events were refused: calls that recorded them answered INVALID or LIMIT");
	cr_expect_null(wsc_check_reason(c, 1));
	cr_assert_eq(wsc_check_reset(c), WSC_OK);
	cr_assert_eq(wsc_check_feed(c, &first, 1), WSC_OK);
	cr_assert_eq(wsc_check_feed(c, rest, 2), WSC_OK);
	cr_expect_eq(finish(c, WSC_END_CLEAN).verdict, WSC_CHECK_PASS);
	cr_expect_eq(wsc_check_feed(c, &first, 1), WSC_INVALID, "finished");
	cr_expect_eq(result_of(c).refused, 1);
	cr_expect_eq(result_of(c).verdict, WSC_CHECK_PASS, "what comes later changes no verdict");
	wsc_check_free(c);
}

Test(check, calls_that_are_refused)
{
	wsc_check *c = create();
	struct wsc_event both[] = {event(10, WSC_EV_PARKED, 1, 0, 0), event(20, WSC_EV_PARKED, 2, 0, 0)};
	struct wsc_check_stream mixed = {both, 2}, empty = {NULL, 1};
	cr_expect_eq(wsc_check_feed(c, NULL, 1), WSC_INVALID);
	cr_expect_eq(wsc_check_feed(c, NULL, 0), WSC_OK);
	cr_expect_eq(wsc_check_feed_now(c, NULL), WSC_INVALID);
	cr_expect_eq(wsc_check_feed_streams(c, NULL, 1), WSC_INVALID);
	cr_expect_eq(wsc_check_feed_streams(c, &mixed, 1), WSC_INVALID, "two workers in a stream");
	cr_expect_eq(wsc_check_feed_streams(c, &empty, 1), WSC_INVALID);
	cr_expect_eq(wsc_check_queued(c, 1, 0), WSC_INVALID);
	cr_expect_eq(wsc_check_steal_failures(c, 1, 1, WSC_REASON_NONE, 0), WSC_INVALID);
	cr_expect_eq(wsc_check_steal_failure(c, 1, 1, (enum wsc_reason)257), WSC_INVALID, "not cut to 8 bits");
	cr_expect_eq(wsc_check_event(c, WSC_EV_PARKED + 256, 1, 0, 0, 0, 0, 0), WSC_INVALID);
	cr_expect_eq(wsc_check_event(c, WSC_EV_QUEUED, 1, 1, 1, 0, 257, 0), WSC_INVALID);
	cr_expect_eq(wsc_check_finish(c, (enum wsc_end)3, NULL), WSC_INVALID);
	cr_expect_eq(finish(c, WSC_END_CLEAN).verdict, WSC_CHECK_INCONCLUSIVE, "no events are no pass");
	cr_expect_eq(wsc_check_finish(c, WSC_END_CLEAN, NULL), WSC_INVALID, "finished");
	cr_expect_eq(wsc_check_parked(c, 1), WSC_INVALID, "finished");
	cr_expect_eq(wsc_check_feed_streams(c, &mixed, 0), WSC_INVALID, "finished");
	cr_expect_eq(wsc_check_reset(c), WSC_OK);
	cr_expect_eq(wsc_check_parked(c, 1), WSC_OK);
	cr_expect_eq(result_of(c).refused, 0);
	wsc_check_free(c);
}

Test(check, disabled_does_nothing)
{
	struct wsc_check_options options = WSC_CHECK_OPTIONS_INIT;
	struct wsc_check_violation v;
	struct wsc_check_result r;
	struct wsc_check_worker w;
	wsc_check *c;
	options.disabled = 1;
	cr_assert_eq(wsc_check_create(&c, &options), WSC_OK);
	cr_assert_null(c);
	cr_expect_eq(wsc_check_queued(c, 1, 0), WSC_OK, "not even validated");
	cr_expect_eq(wsc_check_feed(c, NULL, 1), WSC_OK);
	cr_expect_eq(wsc_check_feed_now(c, NULL), WSC_OK);
	cr_expect_eq(wsc_check_feed_streams(c, NULL, 1), WSC_OK);
	cr_expect_eq(wsc_check_reset(c), WSC_OK);
	memset(&r, 255, sizeof(r));
	cr_expect_eq(wsc_check_finish(c, WSC_END_CLEAN, &r), WSC_OK);
	cr_expect(r.verdict == WSC_CHECK_INCONCLUSIVE && r.events == 0 && r.finished == 0);
	cr_expect_eq(wsc_check_get_violation(c, 0, &v), WSC_DONE);
	cr_expect_eq(wsc_check_get_worker(c, 0, &w), WSC_DONE);
	cr_expect_null(wsc_check_reason(c, 0));
	wsc_check_free(c);
}

/* C4, C5. */
Test(check, stamps_that_run_backwards)
{
	wsc_check *c = create();
	struct wsc_event w1[] = {event(30, WSC_EV_PARKED, 1, 0, 0), event(20, WSC_EV_UNPARKED, 1, 0, 0),
	                         event(21, WSC_EV_PARKED, 1, 0, 0)};
	struct wsc_event w2 = event(25, WSC_EV_PARKED, 2, 0, 0);
	cr_expect_eq(wsc_check_feed(c, w1, 2), WSC_OK);
	cr_expect_eq(wsc_check_feed(c, &w2, 1), WSC_INVALID, "between the stamps, but after the event");
	cr_expect_eq(wsc_check_feed(c, &w1[2], 1), WSC_OK);
	w2.ts = 30;
	cr_expect_eq(wsc_check_feed(c, &w2, 1), WSC_OK);
	cr_expect_eq(wsc_check_feed(c, &w1[2], 1), WSC_INVALID, "another worker was between");
	struct wsc_check_result r = finish(c, WSC_END_CLEAN);
	cr_expect_eq(r.errors, 1);
	cr_expect_eq(r.counts[WSC_VIOLATION_PROTOCOL_VIOLATION], 1);
	wsc_check_free(c);
}

/* C3: also behind an own stamp that is far ahead of the clock, and at the end of time. */
Test(check, stamps_rise)
{
	wsc_check *c = create();
	struct wsc_event ahead = event(UINT64_MAX - 1, WSC_EV_QUEUED, 1, 7, 1);
	cr_assert_eq(wsc_check_parked(c, 2), WSC_OK);
	cr_assert_eq(wsc_check_feed(c, &ahead, 1), WSC_OK);
	cr_expect_eq(wsc_check_exec_start(c, 1, 7), WSC_OK);
	cr_expect_eq(wsc_check_exec_complete(c, 1, 7), WSC_OK);
	cr_expect_eq(wsc_check_unparked(c, 2), WSC_OK);
	cr_expect_eq(finish(c, WSC_END_CUT).errors, 0);
	wsc_check_free(c);
}

/* C10: what is found is there at once, with its words, and reading it makes no difference. */
Test(check, reading_before_the_end)
{
	wsc_check *quiet = create(), *read = create();
	struct wsc_check_violation v;
	for (uint64_t i = 1; i <= 100; i++) {
		feed_double_run(quiet, i, i * 100);
		feed_double_run(read, i, i * 100);
		struct wsc_check_result r = result_of(read);
		cr_expect_eq(r.counts[WSC_VIOLATION_DOUBLE_EXECUTION], i);
		cr_expect(r.verdict == WSC_CHECK_FAIL && !r.finished && r.events == i * 5);
		cr_assert_eq(wsc_check_get_violation(read, i - 1, &v), WSC_OK);
		cr_expect_str_eq(v.name, "double_execution");
		cr_expect_not_null(strstr(v.message, "ran twice"));
		cr_expect_eq(wsc_check_get_violation(read, i, &v), WSC_DONE);
	}
	struct wsc_check_result a = finish(quiet, WSC_END_CLEAN), b = finish(read, WSC_END_CLEAN);
	cr_expect_eq(memcmp(&a, &b, sizeof(a)), 0);
	cr_assert_eq(wsc_check_get_violation(read, 2, &v), WSC_OK);
	cr_expect(v.kind == WSC_VIOLATION_DOUBLE_EXECUTION && v.severity == WSC_SEVERITY_ERROR && v.task == 3);
	cr_expect(v.ts_ns == 320 && v.worker_count == 2 && v.workers[0] == 1 && v.workers[1] == 2);
	wsc_check_free(quiet);
	wsc_check_free(read);
}

/* That each report has another index, which it keeps while nothing is fed, and that there are no more. */
static void expect_reports(wsc_check *c, const uint64_t *tasks, const enum wsc_violation_kind *kinds, size_t count)
{
	struct wsc_check_violation v, before;
	memset(&v, 0, sizeof(v));
	struct wsc_check_result r = result_of(c);
	cr_expect_eq(r.errors + r.warnings, count, "%" PRIu64 " are counted", r.errors + r.warnings);
	for (int round = 0; round < 2; round++) {
		for (size_t i = count; i-- > 0;) { /* in any order */
			cr_assert_eq(wsc_check_get_violation(c, i, &v), WSC_OK, "%zu", i);
			cr_expect_eq(v.task, tasks[i], "%zu: task %" PRIu64, i, v.task);
			cr_expect_eq(v.kind, kinds[i], "%zu: %s", i, v.name);
		}
		memcpy(&before, &v, sizeof(v));
		for (size_t i = count; i < count + 4; i++)
			cr_expect_eq(wsc_check_get_violation(c, i, &v), WSC_DONE, "%zu", i);
		cr_expect_eq(wsc_check_get_violation(c, SIZE_MAX, &v), WSC_DONE);
		cr_expect_eq(memcmp(&before, &v, sizeof(v)), 0, "nothing is written where there is no more");
	}
}

/*
 * C10: before the end those that stand whatever follows, and they are counted. Task 2 runs twice, whatever follows. Task 10
 * is taken out of turn, and the second steal of task 3 takes what is not there; but it is a window, and both may have been the
 * entries of cancelled lives if handles are used again after that. Then the push while 3 was held stands.
 */
static wsc_check *create_with_three(void)
{
	struct wsc_check_options options = WSC_CHECK_OPTIONS_INIT;
	wsc_check *c;
	options.complete = 0;
	cr_assert_eq(wsc_check_create(&c, &options), WSC_OK);
	const struct wsc_event events[] = {
	    event(1, WSC_EV_QUEUED, 8, 10, 8),        event(2, WSC_EV_QUEUED, 8, 1, 8),
	    event(3, WSC_EV_EXEC_START, 8, 10, 0),    event(4, WSC_EV_EXEC_COMPLETE, 8, 10, 0),
	    event(5, WSC_EV_EXEC_START, 8, 1, 0),     event(6, WSC_EV_EXEC_COMPLETE, 8, 1, 0),
	    event(10, WSC_EV_QUEUED, 1, 3, 1),        event(11, WSC_EV_STEAL_START, 2, 0, 1),
	    event(20, WSC_EV_STEAL_SUCCESS, 2, 3, 1), event(21, WSC_EV_STEAL_START, 3, 0, 1),
	    event(30, WSC_EV_STEAL_SUCCESS, 3, 3, 1),
	};
	cr_assert_eq(wsc_check_feed(c, events, sizeof(events) / sizeof(*events)), WSC_OK);
	expect_reports(c, NULL, NULL, 0);
	feed_double_run(c, 2, 40);
	expect_reports(c, (const uint64_t[]){2}, (const enum wsc_violation_kind[]){WSC_VIOLATION_DOUBLE_EXECUTION}, 1);
	const struct wsc_event more[] = {event(90, WSC_EV_QUEUED, 4, 3, 4), event(91, WSC_EV_EXEC_START, 4, 3, 0),
	                                 event(92, WSC_EV_EXEC_COMPLETE, 4, 3, 0)};
	cr_assert_eq(wsc_check_feed(c, more, 3), WSC_OK);
	expect_reports(c, (const uint64_t[]){2}, (const enum wsc_violation_kind[]){WSC_VIOLATION_DOUBLE_EXECUTION}, 1);
	return c;
}

Test(check, before_the_end_only_what_stands_for_good)
{
	wsc_check *c = create_with_three();
	struct wsc_check_violation v;
	finish(c, WSC_END_CUT);
	expect_reports(c, (const uint64_t[]){10, 3, 2},
	               (const enum wsc_violation_kind[]){WSC_VIOLATION_ORDERING_VIOLATION,
	                                                 WSC_VIOLATION_MULTIPLE_OWNERS, WSC_VIOLATION_DOUBLE_EXECUTION},
	               3);
	cr_assert_eq(wsc_check_get_violation(c, 1, &v), WSC_OK);
	cr_expect_eq(v.ts_ns, 30, "the steal");
	wsc_check_free(c);
}

/* Once it is seen that handles are used again, the report beside the one that falls stands for good. */
Test(check, before_the_end_what_stands_in_place_of_another)
{
	wsc_check *c = create_with_three();
	struct wsc_check_violation v;
	static const enum wsc_violation_kind both[] = {WSC_VIOLATION_DOUBLE_EXECUTION, WSC_VIOLATION_MULTIPLE_OWNERS};
	const struct wsc_event reuse[] = {event(100, WSC_EV_QUEUED, 5, 9, 5), event(101, WSC_EV_CANCELLED, 5, 9, 0),
	                                  event(102, WSC_EV_QUEUED, 5, 9, 5), event(110, WSC_EV_PARKED, 5, 0, 0)};
	cr_assert_eq(wsc_check_feed(c, reuse, 4), WSC_OK);
	expect_reports(c, (const uint64_t[]){2, 3}, both, 2);
	cr_assert_eq(wsc_check_get_violation(c, 1, &v), WSC_OK);
	cr_expect_eq(v.ts_ns, 90, "the push");
	finish(c, WSC_END_CUT);
	expect_reports(c, (const uint64_t[]){2, 3}, both, 2);
	wsc_check_free(c);
}

Test(check, as_many_reports_as_wanted)
{
	for (size_t max = 0; max < 4; max++) {
		struct wsc_check_options options = WSC_CHECK_OPTIONS_INIT;
		struct wsc_check_violation v;
		wsc_check *c;
		options.max_reports = max;
		cr_assert_eq(wsc_check_create(&c, &options), WSC_OK);
		for (uint64_t i = 1; i <= 500; i++) {
			feed_double_run(c, i, i * 100);
			cr_expect_eq(wsc_check_get_violation(c, max, &v), WSC_DONE);
			cr_expect_eq(wsc_check_get_violation(c, max - 1, &v) == WSC_OK, max > 0 && i >= max);
		}
		struct wsc_check_result r = finish(c, WSC_END_CLEAN);
		cr_expect_eq(r.errors, 500);
		cr_expect_eq(wsc_check_get_violation(c, max, &v), WSC_DONE);
		for (size_t i = 0; i < max; i++) {
			cr_assert_eq(wsc_check_get_violation(c, i, &v), WSC_OK);
			cr_expect_eq(v.task, i + 1, "the first in time");
		}
		wsc_check_free(c);
	}
}

Test(check, options_matter)
{
	struct wsc_check_options options = WSC_CHECK_OPTIONS_INIT;
	struct wsc_check_result r;
	wsc_check *c;
	options.slow_steal_ns = 99;
	options.complete = 0;
	cr_assert_eq(wsc_check_create(&c, &options), WSC_OK);
	feed_steals(c);
	r = finish(c, WSC_END_CUT);
	cr_expect_eq(r.counts[WSC_VIOLATION_SLOW_STEAL], 1);
	cr_expect_eq(r.warnings, 1);
	cr_expect_not_null(strstr(wsc_check_reason(c, 1), "window"));
	wsc_check_free(c);
	options.slow_steal_ns = 100;
	cr_assert_eq(wsc_check_create(&c, &options), WSC_OK);
	feed_steals(c);
	cr_expect_eq(finish(c, WSC_END_CUT).warnings, 0);
	wsc_check_free(c);
}

Test(check, names_of_verdicts)
{
	cr_expect_str_eq(wsc_check_verdict_name(WSC_CHECK_PASS), "pass");
	cr_expect_str_eq(wsc_check_verdict_name(WSC_CHECK_FAIL), "fail");
	cr_expect_str_eq(wsc_check_verdict_name(WSC_CHECK_INCONCLUSIVE), "inconclusive");
	cr_expect_str_eq(wsc_check_verdict_name((enum wsc_check_verdict)77), "inconclusive");
}

/* --- The labelled histories: the same findings as analyze. --- */

enum { REPORTS_MAX = 32, WORD_BYTES = 64 };

struct history {
	struct wsc_event *events;
	size_t count;
	struct wsc_check_options options;
	struct wsc_queue_info queues[16];
	uint32_t workers[256];
	enum wsc_end end;
};

/* Declarations as the public options say them, stamps in ns. */
static void declare(struct history *h, const struct trace_header *header, const uint32_t *workers, size_t worker_count)
{
	wsc_check_options_init(&h->options);
	h->options.identity = header->identity;
	h->options.discipline = header->discipline;
	h->options.scope = header->scope;
	h->options.complete = header->complete;
	h->options.uncertainty_ns = header->uncertainty_ns;
	h->options.publish_ns = header->publish_ns;
	cr_assert(header->queue_count <= 16 && worker_count <= 256);
	for (size_t i = 0; i < header->queue_count; i++) {
		const struct trace_queue *q = &header->queues[i];
		h->queues[i] = (struct wsc_queue_info){.queue = q->queue,
		                                       .owner = q->owner,
		                                       .has_owner = q->has_owner,
		                                       .has_discipline = q->has_discipline,
		                                       .discipline = q->discipline,
		                                       .unstealable = q->unstealable,
		                                       .deferred = q->deferred};
	}
	h->options.queues = h->queues;
	h->options.queue_count = header->queue_count;
	for (size_t i = 0; i < worker_count; i++)
		h->workers[i] = workers[worker_count - 1 - i]; /* any order will do */
	h->options.workers = h->workers;
	h->options.worker_count = worker_count;
}

static void load(struct history *h, const char *path)
{
	struct trace_error err = {.status = WSC_OK};
	struct trace_input *input;
	const struct wsc_event *events;
	size_t count, worker_count;
	enum wsc_status status;
	memset(h, 0, sizeof(*h));
	cr_assert_eq(trace_input_open(&input, path, &err), WSC_OK, "%s: %s", path, err.message);
	const struct trace_header *header = trace_input_header(input);
	const uint32_t *workers = trace_input_workers(input, &worker_count);
	declare(h, header, workers, worker_count);
	while ((status = trace_input_next(input, &events, &count, &err)) == WSC_OK) {
		h->events = realloc(h->events, (h->count + count) * sizeof(*h->events));
		for (size_t i = 0; i < count; i++) {
			struct wsc_event e = events[i];
			e.ts = trace_header_ns(header, e.ts);
			e.task = e.kind == WSC_EV_GAP ? trace_header_ns(header, e.task) : e.task;
			h->events[h->count++] = e;
		}
	}
	cr_assert_eq(status, WSC_DONE, "%s", path);
	h->end = trace_input_summary(input)->end;
	trace_input_free(input);
}

static int compare_words(const void *left, const void *right)
{
	return strcmp(left, right);
}

/* Words in one order, with blanks between. */
static void join(char (*words)[WORD_BYTES], size_t count, char *text, size_t size)
{
	size_t used = 0;
	qsort(words, count, sizeof(*words), compare_words);
	text[0] = '\0';
	for (size_t i = 0; i < count && used < size; i++)
		used += (size_t)snprintf(text + used, size - used, "%s%s", i > 0 ? " " : "", words[i]);
}

/* The reports as expect.tsv writes them. */
static void describe(wsc_check *c, char *text, size_t size)
{
	char words[REPORTS_MAX][WORD_BYTES] = {"-"};
	struct wsc_check_violation v;
	size_t count = 0;
	for (; wsc_check_get_violation(c, count, &v) == WSC_OK; count++) {
		cr_assert_lt(count, REPORTS_MAX);
		cr_assert_gt(strlen(v.message), 0);
		if (v.task != 0)
			snprintf(words[count], WORD_BYTES, "%s:%" PRIu64, v.name, v.task);
		else
			snprintf(words[count], WORD_BYTES, "%s:-", v.name);
	}
	join(words, count > 0 ? count : 1, text, size);
}

static void sort_words(char *text, size_t size)
{
	char words[REPORTS_MAX][WORD_BYTES];
	char *save;
	size_t count = 0;
	for (char *word = strtok_r(text, " ", &save); word != NULL; word = strtok_r(NULL, " ", &save)) {
		cr_assert_lt(count, REPORTS_MAX);
		snprintf(words[count++], WORD_BYTES, "%s", word);
	}
	join(words, count, text, size);
}

/* Cases of a later issue. */
static bool is_later(const char *name)
{
	char line[256];
	bool found = false;
	FILE *file = fopen("tests/cases/later.txt", "r");
	while (file != NULL && !found && fgets(line, sizeof(line), file) != NULL) {
		line[strcspn(line, " #\n")] = '\0';
		found = strcmp(line, name) == 0;
	}
	if (file != NULL)
		fclose(file);
	return found;
}

/* One line of expect.tsv. */
static void expect_case(const char *name, int code, const char *reports)
{
	static const enum wsc_check_verdict verdicts[] = {WSC_CHECK_PASS, WSC_CHECK_FAIL, WSC_CHECK_INCONCLUSIVE,
	                                                  WSC_CHECK_INCONCLUSIVE};
	char path[256], text[1024], again[1024];
	struct history h;
	wsc_check *c;
	snprintf(path, sizeof(path), "tests/cases/%s.jsonl", name);
	load(&h, path);
	cr_assert_eq(wsc_check_create(&c, &h.options), WSC_OK);
	cr_assert_eq(wsc_check_feed(c, h.events, h.count), WSC_OK, "%s", name);
	struct wsc_check_result first = finish(c, h.end);
	describe(c, text, sizeof(text));
	cr_expect_str_eq(text, reports, "%s: %s, expected %s", name, text, reports);
	cr_expect_eq(first.verdict, verdicts[code & 3], "%s: %s", name, wsc_check_verdict_name(first.verdict));
	/* A reset equals a new checker; events one by one, and reading between them, change nothing. */
	cr_assert_eq(wsc_check_reset(c), WSC_OK);
	for (size_t i = 0; i < h.count; i++) {
		cr_assert_eq(wsc_check_feed(c, &h.events[i], 1), WSC_OK);
		result_of(c);
	}
	struct wsc_check_result second = finish(c, h.end);
	describe(c, again, sizeof(again));
	cr_expect_str_eq(again, text, "%s after a reset", name);
	cr_expect_eq(memcmp(&first, &second, sizeof(first)), 0, "%s after a reset", name);
	wsc_check_free(c);
	free(h.events);
}

Test(check, finds_what_analyze_finds, .timeout = 120)
{
	char line[2048], name[128], reports[1024];
	int code, cases = 0;
	FILE *file = fopen("tests/cases/expect.tsv", "r");
	cr_assert_not_null(file);
	cr_assert_not_null(fgets(line, sizeof(line), file));
	while (fgets(line, sizeof(line), file) != NULL) {
		cr_assert_eq(sscanf(line, "%127[^\t]\t%d\t%1023[^\t]", name, &code, reports), 3, "%s", line);
		if (is_later(name))
			continue;
		sort_words(reports, sizeof(reports));
		expect_case(name, code, reports);
		cases++;
	}
	fclose(file);
	cr_expect_gt(cases, 80);
}

/* --- Streams. --- */

enum { STREAMS = 5, LIVES = 400 };

/* Tasks pushed by worker 0 and stolen by the others in turn, stamps all different. */
static size_t make_streams(struct wsc_event *merged, struct wsc_event streams[STREAMS][LIVES * 4], size_t *counts)
{
	size_t count = 0;
	memset(counts, 0, STREAMS * sizeof(*counts));
	for (uint64_t task = 1; task <= LIVES; task++) {
		uint32_t thief = (uint32_t)(task % (STREAMS - 1)) + 1;
		const struct wsc_event events[] = {
		    event(task * 10, WSC_EV_QUEUED, 0, task, 0),
		    event(task * 10 + 1, WSC_EV_STEAL_START, thief, 0, 0),
		    event(task * 10 + 2, WSC_EV_STEAL_SUCCESS, thief, task, 0),
		    event(task * 10 + 3, WSC_EV_EXEC_START, thief, task, 0),
		    event(task * 10 + 4, WSC_EV_EXEC_COMPLETE, thief, task == LIVES / 2 ? 1 : task, 0),
		};
		for (size_t i = 0; i < sizeof(events) / sizeof(*events); i++) {
			merged[count++] = events[i];
			streams[events[i].worker][counts[events[i].worker]++] = events[i];
		}
	}
	return count;
}

Test(check, streams_are_merged)
{
	static struct wsc_event merged[LIVES * 5], events[STREAMS][LIVES * 4];
	size_t counts[STREAMS];
	struct wsc_check_stream streams[STREAMS], halves[2][STREAMS];
	wsc_check *a = create(), *b = create(), *c = create();
	size_t count = make_streams(merged, events, counts);
	for (size_t i = 0; i < STREAMS; i++)
		streams[i] = (struct wsc_check_stream){events[i], counts[i]};
	cr_assert_eq(wsc_check_feed(a, merged, count), WSC_OK);
	cr_assert_eq(wsc_check_feed_streams(b, streams, STREAMS), WSC_OK);
	for (size_t i = 0; i < STREAMS; i++) {
		size_t first = 0;
		while (first < counts[i] && events[i][first].ts < LIVES * 5)
			first++;
		halves[0][i] = (struct wsc_check_stream){events[i], first};
		halves[1][i] = (struct wsc_check_stream){events[i] + first, counts[i] - first};
	}
	cr_assert_eq(wsc_check_feed_streams(c, halves[0], STREAMS), WSC_OK);
	cr_assert_eq(wsc_check_feed_streams(c, halves[1], STREAMS), WSC_OK);
	cr_expect_eq(wsc_check_feed_streams(c, halves[1], STREAMS), WSC_INVALID, "that was fed already");
	cr_expect_eq(wsc_check_reset(c), WSC_OK);
	cr_assert_eq(wsc_check_feed_streams(c, halves[0], STREAMS), WSC_OK);
	cr_assert_eq(wsc_check_feed_streams(c, halves[1], STREAMS), WSC_OK);
	struct wsc_check_result x = finish(a, WSC_END_CLEAN), y = finish(b, WSC_END_CLEAN),
	                        z = finish(c, WSC_END_CLEAN);
	cr_expect_eq(x.events, count);
	cr_expect_gt(x.errors, 0);
	cr_expect_eq(memcmp(&x, &y, sizeof(x)), 0);
	cr_expect_eq(memcmp(&x, &z, sizeof(x)), 0);
	wsc_check_free(a);
	wsc_check_free(b);
	wsc_check_free(c);
}

/* A stamp that runs backwards stays where its worker's program puts it: before what has a greater stamp than both. */
Test(check, streams_that_run_backwards)
{
	struct wsc_event one[] = {event(10, WSC_EV_QUEUED, 1, 5, 1), event(50, WSC_EV_EXEC_START, 1, 5, 0),
	                          event(40, WSC_EV_EXEC_COMPLETE, 1, 5, 0)};
	struct wsc_event two[] = {event(45, WSC_EV_PARKED, 2, 0, 0), event(60, WSC_EV_UNPARKED, 2, 0, 0)};
	struct wsc_check_stream streams[] = {{two, 2}, {one, 3}, {NULL, 0}};
	wsc_check *c = create();
	cr_assert_eq(wsc_check_feed_streams(c, streams, 3), WSC_OK);
	struct wsc_check_result r = finish(c, WSC_END_CLEAN);
	cr_expect(r.events == 5 && r.errors == 1 && r.counts[WSC_VIOLATION_PROTOCOL_VIOLATION] == 1);
	wsc_check_free(c);
}

/* --- Memory (C9). --- */

#if defined(__SANITIZE_ADDRESS__)
#define HAS_ASAN 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define HAS_ASAN 1
#endif
#endif

#ifdef HAS_ASAN
size_t __sanitizer_get_current_allocated_bytes(void);
#endif

static size_t bytes_in_use(void)
{
#ifdef HAS_ASAN
	return __sanitizer_get_current_allocated_bytes();
#else
	struct mallinfo2 info = mallinfo2();
	return info.uordblks + info.hblkhd;
#endif
}

/* Lives that end, each with a steal, a park and a failure. Worker 1 does nothing but push. */
static void feed_lives(wsc_check *c, uint64_t from, uint64_t to)
{
	for (uint64_t task = from; task < to; task++) {
		wsc_check_queued(c, 1, task);
		wsc_check_steal_start(c, 2, 1);
		wsc_check_steal_success(c, 2, task, 1);
		wsc_check_exec_start(c, 2, task);
		wsc_check_exec_complete(c, 2, task);
		wsc_check_parked(c, 2);
		wsc_check_unparked(c, 2);
		wsc_check_steal_failure(c, 2, 1, WSC_REASON_EMPTY);
		wsc_check_wake(c, 0, 2);
	}
}

Test(check, memory_is_bounded, .timeout = 120)
{
	enum { FEW = 20000, MANY = 400000, GROWTH_BYTES = (MANY - FEW) / 4 + 65536 };
	wsc_check *c = create();
	feed_lives(c, 1, FEW);
	size_t few = bytes_in_use();
	cr_assert_gt(few, 100000, "the measure works");
	feed_lives(c, FEW, MANY);
	size_t many = bytes_in_use();
	cr_expect_lt(many, few + GROWTH_BYTES, "%zu bytes, then %zu", few, many);
	struct wsc_check_result r = finish(c, WSC_END_CLEAN);
	cr_expect_eq(r.lives, MANY - 1);
	cr_expect_eq(r.verdict, WSC_CHECK_PASS);
	wsc_check_free(c);
}

/* What is wrong may come a million times: a record for each, and no more reports than were asked for. */
Test(check, memory_of_reports, .timeout = 120)
{
	enum { FEW = 20000, MANY = 100000, BYTES_EACH = 500 };
	wsc_check *c = create();
	for (uint64_t task = 1; task < FEW; task++)
		feed_double_run(c, task, task * 50);
	size_t few = bytes_in_use();
	for (uint64_t task = FEW; task < MANY; task++)
		feed_double_run(c, task, task * 50);
	size_t many = bytes_in_use();
	cr_expect_lt(many, few + (size_t)(MANY - FEW) * BYTES_EACH, "%zu bytes, then %zu", few, many);
	struct wsc_check_result r = finish(c, WSC_END_CLEAN);
	cr_expect_eq(r.counts[WSC_VIOLATION_DOUBLE_EXECUTION], MANY - 1);
	wsc_check_free(c);
}
