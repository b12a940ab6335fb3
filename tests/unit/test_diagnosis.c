/* SPDX-License-Identifier: MIT */
/* What is declared wrongly is said once: from 100 takes or lives on, and only if most of them speak for it. */
#include <criterion/criterion.h>

#include <string.h>

#include "analysis.h"

enum { TASKS_MAX = 400 };

struct history {
	struct wsc_event events[TASKS_MAX * 6];
	size_t count;
	uint64_t ts;
};

static void add(struct history *h, enum wsc_event_kind kind, uint64_t task)
{
	h->ts += 10;
	h->events[h->count++] = (struct wsc_event){.ts = h->ts, .kind = (uint8_t)kind, .task = task};
}

static void run_task(struct history *h, uint64_t task)
{
	add(h, WSC_EV_EXEC_START, task);
	add(h, WSC_EV_EXEC_COMPLETE, task);
}

/* The analysis of the history, whose result the caller looks at. */
static struct analysis *analyze(const struct history *h, enum wsc_discipline discipline)
{
	static struct trace_header header;
	struct analysis_options options;
	struct analysis *a;
	trace_header_init(&header);
	header.discipline = discipline;
	analysis_options_init(&options);
	cr_assert_eq(analysis_create(&a, &header, NULL, 0, &options), WSC_OK);
	cr_assert_eq(analysis_feed(a, h->events, h->count), WSC_OK);
	cr_assert_eq(analysis_finish(a, WSC_END_CLEAN, 0), WSC_OK);
	return a;
}

/* The owner keeps four tasks queued and takes the oldest of them, but the newest in the first `newest` turns. */
static struct analysis *analyze_queue(uint64_t tasks, uint64_t newest, enum wsc_discipline discipline)
{
	static struct history h;
	uint64_t queue[4], next = 1;
	memset(&h, 0, sizeof(h));
	for (int i = 0; i < 3; i++)
		add(&h, WSC_EV_QUEUED, queue[i] = next++);
	for (uint64_t turn = 0; turn < tasks; turn++) {
		add(&h, WSC_EV_QUEUED, queue[3] = next++);
		if (turn < newest) {
			run_task(&h, queue[3]);
			continue;
		}
		run_task(&h, queue[0]);
		memmove(&queue[0], &queue[1], 3 * sizeof(queue[0]));
	}
	for (int i = 2; i >= 0; i--)
		run_task(&h, queue[i]);
	return analyze(&h, discipline);
}

static void expect_orders(uint64_t tasks, uint64_t newest, enum wsc_discipline discipline, bool once)
{
	struct analysis *a = analyze_queue(tasks, newest, discipline);
	const struct analysis_result *r = analysis_result(a);
	uint64_t count = r->counts[WSC_VIOLATION_ORDERING_VIOLATION];
	cr_assert_eq(r->verdict, ANALYSIS_FAIL);
	if (once) {
		cr_assert_eq(count, 1U, "%lu", (unsigned long)count);
		cr_assert_gt(r->violations[0].standing_for, 80U);
		cr_assert_not_null(strstr(r->violations[0].message, "declared wrongly"));
	} else {
		/* Few are left behind by a stack, and each is told of with one of its culprits. */
		cr_assert_gt(count, discipline == WSC_DISCIPLINE_LIFO ? 80U : 0U, "%lu", (unsigned long)count);
		cr_assert_eq(r->violations[0].standing_for, 0U);
	}
	analysis_free(a);
}

Test(diagnosis, a_fifo_queue_declared_lifo)
{
	expect_orders(97, 0, WSC_DISCIPLINE_LIFO, true);   /* 100 takes with the last three */
	expect_orders(96, 0, WSC_DISCIPLINE_LIFO, false);  /* 99 */
	expect_orders(297, 26, WSC_DISCIPLINE_LIFO, true); /* 271 of 300 out of turn */
	expect_orders(297, 40, WSC_DISCIPLINE_LIFO, false);
}

Test(diagnosis, a_lifo_deque_declared_fifo)
{
	expect_orders(297, 297, WSC_DISCIPLINE_FIFO, true);
	expect_orders(90, 90, WSC_DISCIPLINE_FIFO, false);
}

/* Each task is queued again while it runs, `often` of `tasks` times. */
static uint64_t reports_of_requeues(uint64_t tasks, uint64_t often, bool *once)
{
	static struct history h;
	memset(&h, 0, sizeof(h));
	for (uint64_t t = 1; t <= tasks; t++) {
		add(&h, WSC_EV_QUEUED, t);
		add(&h, WSC_EV_EXEC_START, t);
		if (t <= often)
			add(&h, WSC_EV_QUEUED, t);
		add(&h, WSC_EV_EXEC_COMPLETE, t);
		if (t <= often)
			run_task(&h, t);
	}
	struct analysis *a = analyze(&h, WSC_DISCIPLINE_NONE);
	const struct analysis_result *r = analysis_result(a);
	uint64_t count = r->counts[WSC_VIOLATION_MULTIPLE_OWNERS];
	*once = r->violation_count > 0 && r->violations[0].standing_for == often;
	cr_assert_eq(r->violation_count, count);
	analysis_free(a);
	return count;
}

Test(diagnosis, an_identity_declared_wrongly)
{
	bool once;
	cr_assert_eq(reports_of_requeues(50, 50, &once), 1U); /* 100 lives, half of them queued while they ran */
	cr_assert(once);
	cr_assert_eq(reports_of_requeues(49, 49, &once), 49U); /* 98 lives */
	cr_assert_not(once);
	cr_assert_eq(reports_of_requeues(200, 40, &once), 40U); /* 40 of 240 */
	cr_assert_not(once);
}
