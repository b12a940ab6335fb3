/* SPDX-License-Identifier: MIT */
/* Each statistic of an analysis, against a history made by hand. */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "analysis.h"
#include "presence.h"

static struct trace_header header;
static struct analysis *analysis;
static uint64_t idle_ns = 5000000;

/* Task and queue 0: none. */
static struct wsc_event of(enum wsc_event_kind kind, uint64_t ts, uint32_t worker, uint64_t task, uint32_t queue)
{
	return (struct wsc_event){.ts = ts, .kind = (uint8_t)kind, .worker = worker, .task = task, .queue = queue};
}
#define QUEUED(ts_, w_, t_, q_)                                                                                        \
	{                                                                                                              \
		.ts = ts_, .kind = WSC_EV_QUEUED, .worker = w_, .task = t_, .queue = q_                                \
	}
#define FAILED_PUSH(ts_, w_, t_, q_)                                                                                   \
	{                                                                                                              \
		.ts = ts_, .kind = WSC_EV_PUSH_FAILED, .worker = w_, .task = t_, .queue = q_                           \
	}
#define DEQUEUED(ts_, w_, t_, q_)                                                                                      \
	{                                                                                                              \
		.ts = ts_, .kind = WSC_EV_DEQUEUED, .worker = w_, .task = t_, .queue = q_                              \
	}
#define ATTEMPT(ts_, w_, q_)                                                                                           \
	{                                                                                                              \
		.ts = ts_, .kind = WSC_EV_STEAL_START, .worker = w_, .task = 0, .queue = q_                            \
	}
#define STOLEN(ts_, w_, t_, q_)                                                                                        \
	{                                                                                                              \
		.ts = ts_, .kind = WSC_EV_STEAL_SUCCESS, .worker = w_, .task = t_, .queue = q_                         \
	}
#define MISSED(ts_, w_, q_)                                                                                            \
	{                                                                                                              \
		.ts = ts_, .kind = WSC_EV_STEAL_FAILURE, .worker = w_, .task = 0, .queue = q_, .arg = 1                \
	}
#define START(ts_, w_, t_)                                                                                             \
	{                                                                                                              \
		.ts = ts_, .kind = WSC_EV_EXEC_START, .worker = w_, .task = t_, .queue = 0                             \
	}
#define DONE(ts_, w_, t_)                                                                                              \
	{                                                                                                              \
		.ts = ts_, .kind = WSC_EV_EXEC_COMPLETE, .worker = w_, .task = t_, .queue = 0                          \
	}
#define PARK(ts_, w_)                                                                                                  \
	{                                                                                                              \
		.ts = ts_, .kind = WSC_EV_PARKED, .worker = w_, .task = 0, .queue = 0                                  \
	}
#define UNPARK(ts_, w_)                                                                                                \
	{                                                                                                              \
		.ts = ts_, .kind = WSC_EV_UNPARKED, .worker = w_, .task = 0, .queue = 0                                \
	}

static void set_up(void)
{
	trace_header_init(&header);
	analysis = NULL;
}

static void tear_down(void)
{
	analysis_free(analysis);
	trace_header_free(&header);
}

TestSuite(statistics, .init = set_up, .fini = tear_down);

static const struct analysis_result *judge(const struct wsc_event *events, size_t count, enum wsc_end end)
{
	struct analysis_options options;
	analysis_options_init(&options);
	options.idle_ns = idle_ns;
	cr_assert_eq(analysis_create(&analysis, &header, NULL, 0, &options), WSC_OK);
	cr_assert_eq(analysis_feed(analysis, events, count), WSC_OK);
	cr_assert_eq(analysis_finish(analysis, end, 0), WSC_OK);
	return analysis_result(analysis);
}
#define JUDGE(events, end) judge(events, sizeof(events) / sizeof(*(events)), end)

/* Worker 2: 10 stealing, 50 running with 20 of stealing and 5 of sleep inside, 30 parked, the rest idle. */
static const struct wsc_event working[] = {
    QUEUED(100, 1, 7, 1), QUEUED(101, 1, 8, 1), ATTEMPT(110, 2, 1),    STOLEN(120, 2, 7, 1), START(130, 2, 7),
    ATTEMPT(140, 2, 1),   MISSED(160, 2, 1),    PARK(165, 2),          UNPARK(170, 2),       DONE(180, 2, 7),
    PARK(190, 2),         UNPARK(220, 2),       START(221, 1, 8),      DONE(229, 1, 8),      QUEUED(230, 2, 9, 2),
    START(240, 2, 9),     DONE(241, 2, 9),      QUEUED(300, 1, 10, 1), START(300, 1, 10),    DONE(300, 1, 10)};

Test(statistics, time_of_a_worker)
{
	const struct analysis_result *r = JUDGE(working, WSC_END_CLEAN);
	cr_assert_eq(r->verdict, ANALYSIS_PASS);
	cr_assert_eq(r->worker_count, 2);
	const struct worker_stats *w = &r->workers[1];
	cr_expect_eq(w->busy, 51);
	cr_expect_eq(w->stealing, 30);
	cr_expect_eq(w->parked, 35);
	cr_expect_eq(w->attached, 190, "from its first event to the end: %lu", (unsigned long)w->attached);
	cr_expect_eq(w->idle, 190 - 51 - 10 - 30, "what happens inside a run is busy: %lu", (unsigned long)w->idle);
	cr_expect_eq(w->executed, 2);
	cr_expect_eq(w->stolen, 1);
	cr_expect_eq(w->attempts, 2);
	cr_expect_eq(w->failed_attempts, 1);
	cr_expect_eq(w->lost_to_thieves, 0);
	cr_expect_eq(r->workers[0].lost_to_thieves, 1);
	cr_expect_eq(r->workers[0].stolen, 0);
	const uint64_t sums[TIMELINE_STATES] = {51, 30, 35, 25};
	for (unsigned s = 0; s < TIMELINE_STATES; s++) {
		uint64_t sum = 0;
		for (unsigned i = 0; i < w->timeline->count; i++)
			sum += w->timeline->time[i][s];
		cr_expect_eq(sum, sums[s], "state %u: %lu", s, (unsigned long)sum);
	}
	/* Neither its first interval nor its width is left to chance: 110 to 241 fits buckets of one stamp. */
	cr_expect_eq(w->timeline->first, 110);
	cr_expect_eq(w->timeline->shift, 0);
	cr_expect_eq(w->timeline->time[170 - 110][TIMELINE_PARKED], 0);
	cr_expect_eq(w->timeline->time[169 - 110][TIMELINE_PARKED], 1);
	cr_expect_eq(w->timeline->time[169 - 110][TIMELINE_OVERLAP], 1);
}

Test(statistics, attachment_is_what_the_trace_says)
{
	struct trace_worker *row = trace_header_add_worker(&header, 2);
	row->has_attached = row->has_detached = true;
	row->attached = 105;
	row->detached = 250;
	row = trace_header_add_worker(&header, 1);
	row->has_attached = row->has_detached = true;
	row->attached = 3;   /* before the trace begins */
	row->detached = 120; /* before its last event: that one is right */
	const struct analysis_result *r = JUDGE(working, WSC_END_CLEAN);
	cr_expect_eq(r->workers[1].attached, 145);
	cr_expect_eq(r->workers[1].idle, 145 - 51 - 10 - 30);
	cr_expect_eq(r->workers[0].attached, 200);
	cr_expect_eq(r->workers[0].idle, 192);
}

/* A flight recorder: what its worker did before the window is not known, and so not idle. */
Test(statistics, what_was_overwritten_is_no_idle_time)
{
	struct trace_worker *row = trace_header_add_worker(&header, 2);
	row->has_attached = row->has_window_start = true;
	row->attached = 3;
	row->window_start = 110;
	const struct analysis_result *r = JUDGE(working, WSC_END_CLEAN);
	cr_expect_eq(r->workers[1].attached, 190, "from its first event, as without an attachment: %lu",
	             (unsigned long)r->workers[1].attached);
}

Test(statistics, idle_is_never_negative)
{
	const struct wsc_event events[] = {PARK(10, 2), START(20, 2, 5), UNPARK(90, 2), DONE(100, 2, 5)};
	const struct analysis_result *r = JUDGE(events, WSC_END_CLEAN);
	cr_expect_eq(r->workers[0].attached, 90);
	cr_expect_eq(r->workers[0].idle, 0);
	cr_expect_eq(r->workers[0].parked, 80);
}

static void expect_event(const struct histogram *h, uint64_t max, uint64_t ts, uint64_t task, uint32_t worker)
{
	cr_expect_eq(h->max, max);
	cr_expect_eq(h->of_max.ts, ts, "%lu", (unsigned long)h->of_max.ts);
	cr_expect_eq(h->of_max.task, task);
	cr_expect_eq(h->of_max.worker, worker);
}

Test(statistics, the_event_behind_each_maximum)
{
	const struct analysis_result *r = JUDGE(working, WSC_END_CLEAN);
	expect_event(&r->steal_latency, 10, 120, 7, 2);
	expect_event(&r->failed_steal_latency, 20, 160, 0, 2);
	expect_event(&r->queue_wait, 120, 221, 8, 1);
	expect_event(&r->exec, 50, 180, 7, 2);
	expect_event(&r->queued_to_done, 128, 229, 8, 1);
}

Test(statistics, of_equal_maxima_the_earliest_also_when_merged)
{
	static struct histogram a, b;
	histogram_clear(&a);
	histogram_clear(&b);
	histogram_add_of(&a, 5, 30, 1, 1);
	histogram_add_of(&a, 5, 20, 2, 9);
	histogram_add_of(&a, 4, 10, 3, 1);
	histogram_add_of(&a, 5, 20, 4, 8);
	histogram_add_of(&a, 5, 20, 5, 9);
	expect_event(&a, 5, 20, 4, 8);
	histogram_merge(&b, &a);
	expect_event(&b, 5, 20, 4, 8);
	histogram_clear(&b);
	histogram_merge(&a, &b);
	expect_event(&a, 5, 20, 4, 8);
	histogram_add_of(&b, 5, 19, 6, 9);
	histogram_merge(&a, &b);
	expect_event(&a, 5, 19, 6, 9);
	histogram_add_of(&b, 6, 99, 7, 7);
	histogram_merge(&a, &b);
	expect_event(&a, 6, 99, 7, 7);
}

Test(statistics, a_maximum_of_zero_has_an_event)
{
	static struct histogram h;
	histogram_clear(&h);
	histogram_add_of(&h, 0, 30, 1, 2);
	expect_event(&h, 0, 30, 1, 2);
}

/* Task 7 goes 1 -> 2 -> 1 -> 3, then lives again and is stolen once; task 8 is stolen twice. */
static const struct wsc_event thefts[] = {
    QUEUED(10, 1, 7, 1),  STOLEN(20, 2, 7, 1), QUEUED(30, 2, 7, 2),  STOLEN(40, 1, 7, 2),  QUEUED(50, 1, 7, 1),
    STOLEN(60, 3, 7, 1),  START(70, 3, 7),     DONE(80, 3, 7),       QUEUED(90, 3, 7, 3),  STOLEN(100, 1, 7, 3),
    START(101, 1, 7),     DONE(102, 1, 7),     QUEUED(110, 1, 8, 1), STOLEN(120, 2, 8, 1), QUEUED(130, 2, 8, 2),
    STOLEN(140, 3, 8, 2), START(150, 3, 8),    DONE(160, 3, 8),      QUEUED(170, 1, 9, 1), STOLEN(180, 1, 9, 1),
    START(190, 1, 9),     DONE(200, 1, 9)};

Test(statistics, steals_of_one_life)
{
	const struct analysis_result *r = JUDGE(thefts, WSC_END_CLEAN);
	const struct steals_per_life *s = &r->steals_per_life;
	cr_assert_eq(r->verdict, ANALYSIS_PASS);
	cr_expect_eq(s->lives[0], 1, "the owner that takes from the thieves' end is no thief");
	cr_expect_eq(s->lives[1], 1);
	cr_expect_eq(s->lives[2], 1);
	cr_expect_eq(s->lives[3], 0);
	cr_expect_eq(steals_per_life_repeated(s), 2);
	cr_expect_eq(s->max, 3);
	cr_expect_eq(s->task, 7);
	cr_expect_eq(s->ts, 60);
}

Test(statistics, four_steals_and_more_are_one_class)
{
	struct steals_per_life s = {0}, other = {0};
	for (uint64_t i = 0; i < 6; i++)
		steals_per_life_add(&s, i, 5, 10 * i);
	cr_expect_eq(s.lives[3], 1);
	cr_expect_eq(s.lives[0] + s.lives[1] + s.lives[2], 0);
	cr_expect_eq(s.max, 6);
	for (uint64_t i = 0; i < 6; i++)
		steals_per_life_add(&other, i, 6, 5 + i);
	steals_per_life_merge(&s, &other);
	cr_expect_eq(s.lives[3], 2);
	cr_expect_eq(s.task, 6, "the earlier");
	steals_per_life_merge(&other, &(struct steals_per_life){.lives = {1}, .max = 1, .task = 9});
	cr_expect_eq(other.lives[0], 1);
	cr_expect_eq(other.max, 6);
}

Test(statistics, totals_of_a_queue)
{
	const struct wsc_event events[] = {
	    QUEUED(10, 1, 1, 1), QUEUED(20, 1, 2, 1), QUEUED(30, 1, 3, 1),      STOLEN(40, 2, 1, 1),
	    START(41, 2, 1),     DONE(42, 2, 1),      START(50, 1, 3),          DONE(51, 1, 3),
	    QUEUED(60, 1, 4, 1), START(61, 1, 4),     FAILED_PUSH(62, 1, 4, 1), QUEUED(70, 1, 5, 1),
	    START(80, 1, 5),     DONE(81, 1, 5),      START(82, 1, 2),          DONE(83, 1, 2)};
	struct wsc_event sound[16];
	memcpy(sound, events, sizeof(events));
	sound[9] = of(WSC_EV_PARKED, 61, 1, 0, 0); /* nothing runs what the queue did not take */
	const struct analysis_result *r = JUDGE(sound, WSC_END_CLEAN);
	cr_assert_eq(r->verdict, ANALYSIS_PASS);
	cr_assert_eq(r->queue_count, 1);
	const struct queue_stats *q = &r->queues[0];
	cr_expect_eq(q->queue, 1);
	cr_expect_eq(q->pushes, 4, "the one that failed is none");
	cr_expect_eq(q->takes, 3);
	cr_expect_eq(q->steals, 1);
	cr_expect_eq(q->max_depth, 3);
	cr_expect_eq(q->max_depth_ts, 30);
	cr_expect_not_null(q->depth);
	cr_expect_eq(r->queues_left_out, 0);
}

Test(statistics, queues_beyond_the_limit_are_counted)
{
	enum { MORE = 10, QUEUES = QUEUE_STATS_MAX + MORE };
	struct wsc_event *events = calloc(3 * QUEUES, sizeof(*events));
	size_t n = 0;
	for (uint32_t i = 0; i < QUEUES; i++) {
		events[n++] = of(WSC_EV_QUEUED, 10 * i, i, i + 1, i);
		events[n++] = of(WSC_EV_EXEC_START, 10 * i + 1, i, i + 1, 0);
		events[n++] = of(WSC_EV_EXEC_COMPLETE, 10 * i + 2, i, i + 1, 0);
	}
	/* The last one is the busiest. It had no series when its turn came. */
	events[n - 3] = of(WSC_EV_QUEUED, events[n - 4].ts, 0, 999999, QUEUES - 1);
	events[n - 2] = of(WSC_EV_QUEUED, events[n - 4].ts, 0, 999998, QUEUES - 1);
	events[n - 1] = of(WSC_EV_QUEUED, events[n - 4].ts, 0, 999997, QUEUES - 1);
	const struct analysis_result *r = judge(events, n, WSC_END_CUT);
	cr_expect_eq(r->queue_count, QUEUE_STATS_MAX);
	cr_expect_eq(r->queues_left_out, MORE);
	cr_expect_eq(r->pushes_left_out, MORE);
	size_t series = 0;
	for (size_t i = 0; i < r->queue_count; i++)
		series += r->queues[i].depth != NULL;
	cr_expect_eq(series, QUEUE_STATS_SERIES_MAX - 1);
	cr_expect_eq(r->queues[QUEUE_STATS_MAX - 1].queue, QUEUES - 1);
	cr_expect_eq(r->queues[QUEUE_STATS_MAX - 1].max_depth, 3);
	free(events);
}

Test(statistics, the_busiest_workers_have_timelines)
{
	enum { WORKERS = WORKER_TIMELINES_MAX + 3 };
	struct wsc_event *events = calloc(3 * WORKERS + 3, sizeof(*events));
	size_t n = 0;
	for (uint32_t i = 0; i < WORKERS; i++) {
		events[n++] = of(WSC_EV_EXEC_START, 10 * i, i, i + 1, 0);
		events[n++] = of(WSC_EV_EXEC_COMPLETE, 10 * i + 2, i, i + 1, 0);
		if (i != 0 && i != 5 && i != 9)
			events[n++] = of(WSC_EV_WAKE, 10 * i + 3, i, 0, 1);
	}
	const struct analysis_result *r = judge(events, n, WSC_END_CLEAN);
	cr_assert_eq(r->worker_count, WORKERS);
	for (uint32_t i = 0; i < WORKERS; i++) {
		cr_expect_eq(r->workers[i].worker, i);
		cr_expect_eq(r->workers[i].timeline == NULL, i == 0 || i == 5 || i == 9, "worker %u", i);
	}
	free(events);
}

Test(statistics, balance)
{
	struct worker_stats workers[] = {{.executed = 6, .busy = 10},
	                                 {.executed = 2, .busy = 30},
	                                 {.attempts = 5},
	                                 {.parked = 1},
	                                 {.events = 100}}; /* a producer: takes no part */
	struct balance b = balance_of(workers, 5);
	cr_expect_eq(b.workers, 4);
	cr_expect_eq(b.busy, 3.0);
	cr_expect_eq(b.executed, 3.0);
	b = balance_of(NULL, 0);
	cr_expect_eq(b.workers, 0);
	cr_expect_eq(b.busy, 0.0);
	cr_expect_eq(b.executed, 0.0);
}

/* Worker 2 sleeps from 100 to 200 while 7 waits in [10, 150) and 8 in [20, 170). */
Test(statistics, wasted_time_is_not_counted_twice)
{
	const struct wsc_event events[] = {
	    QUEUED(10, 1, 7, 1),    QUEUED(20, 1, 8, 1), PARK(30, 1),      UNPARK(40, 1),          PARK(100, 2),
	    DEQUEUED(170, 1, 8, 1), PARK(171, 1),        UNPARK(180, 1),   DEQUEUED(190, 1, 7, 1), UNPARK(200, 2),
	    START(201, 1, 7),       DONE(202, 1, 7),     START(203, 1, 8), DONE(204, 1, 8)};
	idle_ns = 50;
	const struct analysis_result *r = JUDGE(events, WSC_END_CLEAN);
	cr_expect_eq(r->counts[WSC_VIOLATION_IDLE_WHILE_WORK], 1);
	/* Task 8 may have been taken since worker 1 woke at 40; 7 waited certainly until it woke again at 180. */
	cr_expect_eq(r->wasted.idle, 80, "%lu", (unsigned long)r->wasted.idle);
	cr_expect_eq(r->wasted.false_empty, 0);
}

static uint64_t covered_by(const uint64_t (*stays)[2], size_t count)
{
	struct presence_span span = {.start = 100, .end = 200};
	for (size_t i = 0; i < count; i++) {
		struct presence_stay stay = {.task = 1, .from = stays[i][0], .until = stays[i][1]};
		cr_assert(presence_overlap_one(&span, &stay, 5));
	}
	uint64_t sum = presence_covered(&span);
	free(span.covers);
	return sum;
}

Test(statistics, time_beside_several_stays)
{
	cr_expect_eq(covered_by((const uint64_t[][2]){{0, 90}, {210, 300}, {150, 155}}, 3), 0);
	cr_expect_eq(covered_by((const uint64_t[][2]){{50, 120}, {110, 130}}, 2), 30, "overlapping");
	cr_expect_eq(covered_by((const uint64_t[][2]){{110, 120}, {140, 160}}, 2), 30, "apart");
	cr_expect_eq(covered_by((const uint64_t[][2]){{110, 120}, {140, 160}, {50, 300}}, 3), 100, "all");
	cr_expect_eq(covered_by((const uint64_t[][2]){{140, 160}, {110, 120}}, 2), 30, "the earlier later");
	cr_expect_eq(covered_by((const uint64_t[][2]){{140, 160}, {110, 150}}, 2), 50, "the earlier later");
	cr_expect_eq(covered_by((const uint64_t[][2]){{110, 160}, {120, 150}}, 2), 50, "within");
	cr_expect_eq(covered_by((const uint64_t[][2]){{110, 160}, {110, 170}}, 2), 60, "longer");
}

Test(statistics, time_of_false_empties)
{
	const struct wsc_event events[] = {QUEUED(10, 1, 7, 1),    PARK(20, 1),      UNPARK(30, 1),
	                                   ATTEMPT(40, 2, 1),      MISSED(55, 2, 1), ATTEMPT(60, 2, 1),
	                                   MISSED(62, 2, 1),       PARK(80, 1),      UNPARK(90, 1),
	                                   DEQUEUED(100, 1, 7, 1), START(110, 1, 7), DONE(120, 1, 7)};
	struct wsc_event told[12];
	memcpy(told, events, sizeof(events));
	told[4].reason = told[6].reason = WSC_REASON_EMPTY;
	const struct analysis_result *r = JUDGE(told, WSC_END_CLEAN);
	cr_expect_eq(r->counts[WSC_VIOLATION_FALSE_EMPTY], 2);
	cr_expect_eq(r->wasted.false_empty, 17);
}

/* The watchdog reads the clock once more, long after the last event. */
static const struct wsc_event hung[] = {QUEUED(10, 1, 7, 1), PARK(20, 2), PARK(30, 1)};

Test(statistics, a_hang_lasts_to_the_last_reading_of_the_clock)
{
	trace_header_add_anchor(&header, 1000, 1);
	trace_header_add_anchor(&header, 500, 1);
	const struct analysis_result *r = JUDGE(hung, WSC_END_STALLED);
	cr_expect_eq(r->end_ts, 1000);
	cr_expect_eq(r->last_ts, 30);
	cr_expect_eq(r->waiting_count, 1);
	cr_expect_eq(r->waiting[0].since, 10);
	cr_assert_eq(r->parked_count, 2);
	cr_expect_eq(r->parked[0].worker, 1);
	cr_expect_eq(r->parked[0].since, 30);
	cr_expect_eq(r->parked[1].since, 20);
	cr_expect_eq(r->workers[1].parked, 980);
	cr_expect_eq(r->workers[1].idle, 0);
}

Test(statistics, a_clean_trace_ends_with_its_last_event)
{
	trace_header_add_anchor(&header, 1000, 1);
	const struct analysis_result *r = JUDGE(hung, WSC_END_CLEAN);
	cr_expect_eq(r->end_ts, 30);
	cr_expect_eq(r->workers[1].parked, 10);
}

Test(statistics, an_early_anchor_ends_nothing)
{
	trace_header_add_anchor(&header, 15, 1);
	cr_expect_eq(JUDGE(hung, WSC_END_CUT)->end_ts, 30);
}
