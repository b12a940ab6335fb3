/* SPDX-License-Identifier: MIT */
/* One worker's events in program order: attempts and batches, and where its time went. */
#include "analysis_support.h"
#include "engine.h" /* and with it the stream.h of src/check: src/record has one, too */

struct fixture {
	struct stream stream;
	struct stream_totals totals;
	struct histogram latency, failed_latency;
	struct stream_context context; /* of the last event */
};

/* Feeds a history of worker 2. */
static struct fixture *run(const char *history)
{
	static struct fixture f;
	char *line = strdup(history), *save;
	stream_free(&f.stream);
	memset(&f, 0, sizeof(f));
	histogram_clear(&f.latency);
	histogram_clear(&f.failed_latency);
	f.totals.latency = &f.latency;
	f.totals.failed_latency = &f.failed_latency;
	stream_init(&f.stream, 2);
	cr_expect(f.stream.worker == 2 && f.stream.stats.worker == 2);
	for (char *word = strtok_r(line, " ", &save); word != NULL; word = strtok_r(NULL, " ", &save)) {
		struct wsc_event event = support_parse(word);
		f.context = (struct stream_context){0};
		stream_event(&f.stream, &event, &f.totals, &f.context);
	}
	free(line);
	return &f;
}

#define EXPECT_TOTALS(f, a, s, x, t)                                                                                   \
	do {                                                                                                           \
		cr_expect_eq((f)->totals.attempts, (a));                                                               \
		cr_expect_eq((f)->totals.successes, (s));                                                              \
		cr_expect_eq((f)->totals.failures, (x));                                                               \
		cr_expect_eq((f)->totals.stolen, (t));                                                                 \
		cr_expect_eq((f)->stream.stats.attempts, (a));                                                         \
		cr_expect_eq((f)->stream.stats.failed_attempts, (x));                                                  \
		cr_expect_eq((f)->stream.stats.stolen, (t));                                                           \
	} while (0)

Test(stream, an_attempt_that_succeeds)
{
	struct fixture *f = run("5P2 10B2@1 25T2@1:7");
	EXPECT_TOTALS(f, 1, 1, 0, 1);
	cr_expect(f->context.first && f->context.timed && !f->context.batched);
	cr_expect(f->context.lower == 10 && f->context.attempt == 1 && f->context.sequence == 2);
	cr_expect(f->latency.count == 1 && f->latency.min == 15 && f->failed_latency.count == 0);
	cr_expect_eq(f->stream.stats.stealing, 15);
	cr_expect(f->stream.stats.events == 3 && f->stream.stats.first_ts == 5 && f->stream.stats.last_ts == 25);
	f = run("10B2@1 15B2@1 25T2@1:7");
	EXPECT_TOTALS(f, 2, 1, 1, 1);
	cr_expect(f->context.lower == 15 && f->context.attempt == 2 && f->latency.min == 10);
	f = run("30B2@1 25T2@1:7");
	cr_expect(f->latency.count == 1 && f->latency.max == 0 && f->stream.stats.stealing == 0,
	          "stamps ran backwards");
}

Test(stream, a_batch)
{
	struct fixture *f = run("10B2@1 25T2@1:7 30T2@1:8 31Q2:8 40T2@1:9");
	EXPECT_TOTALS(f, 1, 1, 0, 3);
	cr_expect(!f->context.first && f->context.batched && f->context.timed);
	cr_expect(f->context.lower == 10 && f->context.attempt == 1 && f->context.sequence == 1);
	cr_expect(f->latency.count == 1 && f->stream.stats.stealing == 15);
	f = run("10B2@1 25T2@1:7 27S2:7 30T2@1:8");
	EXPECT_TOTALS(f, 2, 2, 0, 2);
	cr_expect(f->context.first && !f->context.timed && !f->context.batched);
	cr_expect(f->context.lower == 27 && f->context.sequence == 4 && f->context.attempt == 3);
	f = run("10B2@1 25T2@1:7 27B2@1 30T2@1:8");
	EXPECT_TOTALS(f, 2, 2, 0, 2);
	cr_expect(f->context.first && f->context.timed && f->context.lower == 27 && f->latency.count == 2);
}

Test(stream, a_success_without_a_start)
{
	struct fixture *f = run("20T2@1:7 30T2@1:8");
	EXPECT_TOTALS(f, 1, 1, 0, 2);
	cr_expect(f->context.lower == 0 && !f->context.timed && f->latency.count == 0 && f->stream.stats.stealing == 0);
	f = run("10S2:1 20T2@1:7");
	cr_expect(f->context.lower == 10 && f->context.sequence == 2 && f->context.first);
	f = run("10B2@1 12G2~14 20T2@1:7");
	cr_expect(!f->context.timed && f->context.lower == 10 && f->latency.count == 0, "it may be another attempt's");
	f = run("10B2@1 12T2@1:6 13G2~14 20T2@1:7");
	cr_expect(f->context.first && f->context.lower == 12 && f->totals.attempts == 2);
}

Test(stream, failures)
{
	struct fixture *f = run("10B2@1 25E2@1");
	EXPECT_TOTALS(f, 1, 0, 1, 0);
	cr_expect(f->context.timed && f->context.lower == 10 && f->stream.stats.stealing == 15);
	cr_expect(f->failed_latency.count == 1 && f->failed_latency.min == 15 && f->latency.count == 0);
	f = run("10B2@1 12W2@3 25E2@1");
	cr_expect(f->context.timed && f->context.lower == 10 && f->context.attempt == 0);
	f = run("10B2@1 25E2@1*5");
	EXPECT_TOTALS(f, 5, 0, 5, 0);
	cr_expect(f->failed_latency.count == 0 && f->stream.stats.stealing == 15);
	f = run("25E2@1*5");
	EXPECT_TOTALS(f, 5, 0, 5, 0);
	cr_expect(!f->context.timed && f->stream.stats.stealing == 0);
	f = run("25E2@1");
	EXPECT_TOTALS(f, 1, 0, 1, 0);
	cr_expect_eq(f->failed_latency.count, 0);
	f = run("25E2@1*0");
	EXPECT_TOTALS(f, 1, 0, 1, 0);
	f = run("10B2@1 15E2@1 25E2@1");
	EXPECT_TOTALS(f, 2, 0, 2, 0);
	cr_expect(!f->context.timed && f->failed_latency.count == 1);
	f = run("10B2@1 12G2~14 20E2@1");
	EXPECT_TOTALS(f, 1, 0, 1, 0);
	cr_expect(!f->context.timed && f->failed_latency.count == 0 && f->stream.stats.stealing == 0);
	f = run("10B2@1");
	EXPECT_TOTALS(f, 1, 0, 0, 0);
	stream_end(&f->stream, 20, &f->totals);
	EXPECT_TOTALS(f, 1, 0, 1, 0);
	f = run("10B2@1 20T2@1:1");
	stream_end(&f->stream, 20, &f->totals);
	EXPECT_TOTALS(f, 1, 1, 0, 1);
	f = run("10B2@1 20E2@1");
	stream_end(&f->stream, 20, &f->totals);
	EXPECT_TOTALS(f, 1, 0, 1, 0);
	f = run("10B2@1 20T2@1:1 30E2@1");
	EXPECT_TOTALS(f, 2, 1, 1, 1);
}

Test(stream, dequeued)
{
	struct fixture *f = run("10Q2:1 20D2@64:5");
	cr_expect(f->context.lower == 10 && f->context.attempt == 1 && f->context.sequence == 2);
	f = run("10Q2:1 20D2@64:5 21Q2:5 30D2@64:6");
	cr_expect(f->context.lower == 10 && f->context.attempt == 1 && f->context.sequence == 2, "a batch");
	f = run("10Q2:1 20D2@64:5 30D2@65:6");
	cr_expect(f->context.lower == 20 && f->context.attempt == 2 && f->context.sequence == 3, "another queue");
	f = run("10Q2:1 20D2@64:5 21S2:5 30D2@64:6");
	cr_expect(f->context.lower == 21 && f->context.attempt == 3 && f->context.sequence == 4, "a run between");
	f = run("10Q2:1 20D2@64:5 21G2~22 30D2@64:6");
	cr_expect(f->context.lower == 20 && f->context.attempt == 2, "a gap between");
	cr_expect(!f->context.first && !f->context.batched && !f->context.timed);
}

Test(stream, dequeued_what_was_queued_since)
{
	struct fixture *f = run("10Q2@64:5 20D2@64:5 21Q2@64:6 30D2@64:6");
	cr_expect(f->context.lower == 21 && f->context.attempt == 2 && f->context.sequence == 4,
	          "it can't be of the batch");
	f = run("10Q2@64:5 20D2@64:5 21Q2@64:6 30D2@64:6 31D2@64:7");
	cr_expect(f->context.lower == 21 && f->context.attempt == 2, "and the next may be of the one that it begins");
	f = run("10Q2@64:5 20D2@64:5 21Q2@65:6 30D2@64:6");
	cr_expect(f->context.lower == 10 && f->context.attempt == 1, "queued elsewhere");
	f = run("10Q2@64:5 20D2@64:5 21Q2@64:6 22F2@64:6 30D2@64:6");
	cr_expect(f->context.lower == 10 && f->context.attempt == 1, "a push that failed");
	f = run("10Q2@64:1 20D2@64:5 21Q2@64:6 22F2@64:6 30D2@64:1");
	cr_expect(f->context.attempt == 1, "one that was queued before the batch");
	f = run("10Q2@64:5 20D2@64:5 21Q2@64:6 22Q2@64:7 23F2@64:7 30D2@64:6");
	cr_expect(f->context.lower == 23 && f->context.attempt == 2, "another's push failed");
	struct wsc_event event = support_parse("30D2@64:6");
	f = run("10Q2@64:5 20D2@64:5 21Q2@64:6");
	f->totals.slots = true;
	stream_event(&f->stream, &event, &f->totals, &f->context);
	cr_expect(f->context.lower == 10 && f->context.attempt == 1,
	          "a slot may wait again before its take is stamped");
}

/* Of slots, whether a batch goes on that was not seen to begin is known by what else the worker did since. */
Test(stream, a_batch_that_may_have_begun_unseen)
{
	static const struct {
		const char *history, *take;
		uint64_t lower;
	} rows[] = {
	    {"10G2~15 20Q2@2:5", "30T2@1:6", 0},         {"10G2~15 20Q2@2:5", "30D2@1:6", 0},
	    {"10G2~15 20P2 21Q2@2:5", "30T2@1:6", 21},   {"10G2~15 20P2 21Q2@2:5", "30D2@1:6", 21},
	    {"10G2~15 20B2@1 21Q2@2:5", "30T2@1:6", 20}, {"10P2 20Q2@2:5", "30T2@1:6", 20},
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		for (int slots = 0; slots < 2; slots++) {
			struct fixture *f = run(rows[i].history);
			struct wsc_event take = support_parse(rows[i].take);
			f->totals.slots = slots > 0;
			stream_event(&f->stream, &take, &f->totals, &f->context);
			cr_expect(f->context.lower == (slots == 0 && rows[i].lower == 0 ? 20 : rows[i].lower), "%s %s",
			          rows[i].history, rows[i].take);
		}
	}
}

/* Only so many are remembered: of the others nothing is concluded. */
Test(stream, dequeued_what_was_queued_long_ago)
{
	for (unsigned pushes = STREAM_PUSHED_MAX; pushes <= STREAM_PUSHED_MAX + 1; pushes++) {
		struct fixture *f = run("10Q2@64:5 20D2@64:5");
		struct wsc_event event = support_parse("21Q2@64:100"), take = support_parse("30D2@64:100");
		for (unsigned i = 0; i < pushes; i++, event.task++)
			stream_event(&f->stream, &event, &f->totals, &f->context);
		stream_event(&f->stream, &take, &f->totals, &f->context);
		cr_expect_eq(f->context.attempt, pushes == STREAM_PUSHED_MAX ? 2 : 1);
	}
}

Test(stream, each_start_is_an_attempt)
{
	struct fixture *f = run("10S2:1 20S2:2");
	cr_expect(f->context.attempt == 2 && f->context.lower == 10 && f->context.sequence == 2);
	f = run("10S2:1 20U2:1 30R2:1");
	cr_expect(f->context.attempt == 2 && f->context.lower == 20 && f->context.sequence == 3);
	cr_expect_eq(f->totals.attempts, 0);
	f = run("10P2 20X2:1");
	cr_expect(f->context.attempt == 0 && f->context.lower == 10);
}

static void expect_time(const char *history, uint64_t busy, uint64_t parked, uint64_t executed)
{
	struct fixture *f = run(history);
	cr_expect_eq(f->stream.stats.busy, busy, "%s: busy %" PRIu64, history, f->stream.stats.busy);
	cr_expect_eq(f->stream.stats.parked, parked, "%s: parked %" PRIu64, history, f->stream.stats.parked);
	cr_expect_eq(f->stream.stats.executed, executed, "%s: executed %" PRIu64, history, f->stream.stats.executed);
}

static void expect_time_at_end(const char *history, uint64_t busy, uint64_t parked)
{
	struct fixture *f = run(history);
	stream_end(&f->stream, 100, &f->totals);
	cr_expect_eq(f->stream.stats.busy, busy, "%s: busy %" PRIu64, history, f->stream.stats.busy);
	cr_expect_eq(f->stream.stats.parked, parked, "%s: parked %" PRIu64, history, f->stream.stats.parked);
}

Test(stream, where_its_time_went)
{
	expect_time("10S2:1 15C2:1", 5, 0, 1);
	expect_time("10S2:1 15C2:1 20S2:2 30C2:2", 15, 0, 2);
	expect_time("10S2:1 15S2:2 20C2:2 40C2:1", 30, 0, 2); /* nested */
	expect_time("10S2:1 15U2:1 40R2:1 42C2:1", 7, 0, 1);
	expect_time("15C2:1", 0, 0, 1);
	expect_time("15C2:1 20S2:1 30C2:1", 10, 0, 2);
	expect_time("10S2:1 15C2:1 20C2:1", 5, 0, 2);
	expect_time("10S2:1", 0, 0, 0);
	expect_time("20S2:1 10C2:1", 0, 0, 1); /* stamps ran backwards */
	expect_time("10P2 17N2", 0, 7, 0);
	expect_time("10P2 17N2 20N2", 0, 7, 0);
	expect_time("10N2", 0, 0, 0);
	expect_time("10P2 12P2 17N2", 0, 5, 0);
	expect_time("10X2:1", 0, 0, 0);
	expect_time_at_end("10S2:1", 90, 0);
	expect_time_at_end("10S2:1 15C2:1", 5, 0);
	expect_time_at_end("10S2:1 15U2:1", 5, 0);
	expect_time_at_end("30P2", 0, 70);
	expect_time_at_end("30P2 35N2", 0, 5);
	expect_time_at_end("150P2", 0, 0);
	cr_expect_eq(run("10G2~20 30S2:1")->stream.stats.events, 1);
	cr_expect_eq(run("10G2~20 30S2:1")->stream.stats.first_ts, 30);
}

static void expect_overlap(const char *history, uint64_t overlap)
{
	struct fixture *f = run(history);
	cr_expect_eq(f->stream.overlap, overlap, "%s: overlap %" PRIu64, history, f->stream.overlap);
}

/* Who steals or sleeps inside a run is busy, too. */
Test(stream, time_that_counts_twice)
{
	expect_overlap("10S2:1 12B2@1 20E2@1 30C2:1", 8);
	expect_overlap("10S2:1 12B2@1 20T2@1:2 21S2:2 30C2:2 40C2:1", 8);
	expect_overlap("10B2@1 15S2:1 20E2@1 30C2:1", 5);
	expect_overlap("10B2@1 20E2@1 25S2:1", 0);
	expect_overlap("10S2:1 12P2 20N2 30C2:1", 8);
	expect_overlap("5P2 10S2:1 20N2", 10);
	expect_overlap("10S2:1 20C2:1 25P2 30N2", 0);
}
