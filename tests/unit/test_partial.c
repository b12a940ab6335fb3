/* SPDX-License-Identifier: MIT */
/* Shares of an analysis, joined, say what one analysis of the whole says: on random histories of every kind. */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "alike.h"
#include "partial_file.h"
#include "random_history.h"
#include "story.h"

enum { HISTORIES = 150, SEED = 20260701 };

/* One history, and how it is to be analyzed. */
struct given {
	struct history history;
	struct trace_header header;
	uint32_t workers[HISTORY_WORKERS_MAX];
	size_t worker_count;
	struct analysis_options options;
};

static void give(struct given *given, const struct history *history, uint64_t seed)
{
	*given = (struct given){.history = *history};
	cr_assert(history_declare(&given->history, &given->header));
	for (uint32_t id = 0; id < HISTORY_WORKERS_MAX; id++) {
		bool acts = false;
		for (size_t i = 0; i < history->count && !acts; i++)
			acts = history->events[i].worker == id;
		if (acts)
			given->workers[given->worker_count++] = id;
	}
	analysis_options_init(&given->options);
	given->options.idle_ns = history->idle_ns > 0 ? history->idle_ns : seed % 2 * 3;
	given->options.slow_steal_ns = seed % 3 * 5;
	given->options.stepwise = seed % 4 == 0;
	/* Often fewer reports are listed than there are. */
	given->options.max_reports = seed % 5 < 2 ? 1 + seed % 3 : 1000;
}

static struct analysis *analyze(const struct given *given, const struct share *share)
{
	struct analysis_options options = given->options;
	struct analysis *a;
	options.share = *share;
	cr_assert_eq(analysis_create(&a, &given->header, given->workers, given->worker_count, &options), WSC_OK);
	cr_assert_eq(analysis_feed(a, given->history.events, given->history.count), WSC_OK);
	cr_assert_eq(analysis_finish(a, given->history.end, 0), WSC_OK);
	return a;
}

/* The evidence of what a share reports. */
static void gather(const struct given *given, struct partial *part)
{
	struct story_pass *pass;
	part->result.violations = part->reports.list;
	part->result.violation_count = part->reports.count;
	cr_assert_eq(story_pass_create(&pass, &part->result, &given->header), WSC_OK);
	cr_assert_eq(story_pass_feed(pass, given->history.events, given->history.count), WSC_OK);
	cr_assert_eq(story_pass_finish(pass), WSC_OK);
	story_pass_free(pass);
}

/* Through the bytes of a file. */
static void write_and_read(const struct given *given, const struct share *share, struct partial *part)
{
	struct trace_cbor_writer content = {0}, again = {0};
	struct partial_file read;
	char path[] = "some/trace.zst", wrong[PARTIAL_WRONG_MAX] = "";
	struct partial_file file = {
	    .index = share->index,
	    .path = path,
	    .origin = {.count = share->count, .header = given->header, .options = given->options},
	    .partial = *part};
	cr_assert_eq(partial_file_encode(&file, &content), WSC_OK);
	cr_assert_eq(partial_file_decode(&read, content.bytes, content.size, wrong), WSC_OK, "%s", wrong);
	cr_assert_str_eq(read.path, path);
	cr_assert_eq(read.index, share->index);
	cr_assert_eq(read.origin.count, share->count);
	cr_assert_eq(partial_file_encode(&read, &again), WSC_OK);
	cr_assert(content.size == again.size && memcmp(content.bytes, again.bytes, content.size) == 0);
	partial_free(part);
	*part = read.partial;
	partial_init(&read.partial);
	partial_file_free(&read);
	trace_cbor_free(&content);
	trace_cbor_free(&again);
}

static void add_share(const struct given *given, const struct share *share, struct partial *all)
{
	struct analysis *a = analyze(given, share);
	struct partial part;
	partial_init(&part);
	cr_assert_eq(partial_take(&part, a), WSC_OK);
	analysis_free(a);
	gather(given, &part);
	write_and_read(given, share, &part);
	cr_assert_eq(partial_join(all, &part), WSC_OK);
	partial_free(&part);
}

/* All shares, in one of several orders. */
static void join_all(const struct given *given, uint32_t shares, uint64_t order, struct partial *all)
{
	partial_init(all);
	for (uint32_t i = 0; i < 2 * shares; i++) {
		uint32_t place = (uint32_t)((i + order) % (2 * shares));
		struct finished_set handles = {0};
		struct share share = {place % 2 == 0 ? SHARE_TASKS : SHARE_QUEUES, place / 2, shares, &handles};
		cr_assert(share_collect(&share, given->history.events, given->history.count));
		add_share(given, &share, all);
		finished_set_free(&handles);
	}
	cr_assert_eq(partial_conclude(all, &given->header, given->options.max_reports), WSC_OK);
	cr_assert_eq(story_conclude(&all->result, &given->header), WSC_OK);
}

static bool same_evidence(const struct violation *a, const struct violation *b)
{
	return a->event_count == b->event_count && a->events_cut == b->events_cut &&
	       (a->event_count == 0 || (memcmp(a->events, b->events, a->event_count * sizeof(*a->events)) == 0 &&
	                                memcmp(a->spans, b->spans, a->event_count * sizeof(*a->spans)) == 0)) &&
	       a->what == b->what && a->proof == b->proof && a->rival == b->rival && a->push == b->push &&
	       a->waits_in == b->waits_in && a->vanished == b->vanished && a->story == b->story &&
	       a->cause_count == b->cause_count && memcmp(a->causes, b->causes, a->cause_count) == 0;
}

static const char *difference(const struct analysis_result *whole, const struct analysis_result *joined)
{
	const char *differs = alike_difference(whole, joined);
	for (size_t i = 0; differs == NULL && i < whole->violation_count; i++) {
		if (!same_evidence(&whole->violations[i], &joined->violations[i]))
			differs = "the evidence of a report";
	}
	return differs;
}

static void compare_one(const struct given *given, uint64_t seed, const char *name)
{
	static const uint32_t shares[] = {1, 2, 3, 7};
	struct analysis *a = analyze(given, &(struct share){0});
	struct analysis_result *whole = analysis_result(a);
	struct story_pass *pass;
	cr_assert_eq(story_pass_create(&pass, whole, &given->header), WSC_OK);
	cr_assert_eq(story_pass_feed(pass, given->history.events, given->history.count), WSC_OK);
	cr_assert_eq(story_pass_finish(pass), WSC_OK);
	cr_assert_eq(story_conclude(whole, &given->header), WSC_OK);
	story_pass_free(pass);
	for (size_t i = 0; i < sizeof(shares) / sizeof(*shares); i++) {
		struct partial joined;
		join_all(given, shares[i], seed, &joined);
		const char *differs = difference(whole, &joined.result);
		if (differs != NULL) {
			history_print_header(&given->history);
			for (size_t k = 0; k < given->history.count; k++)
				history_print_event(&given->history.events[k]);
			cr_assert_fail("%s %lu in %u shares: they differ in %s", name, (unsigned long)seed, shares[i],
			               differs);
		}
		partial_free(&joined);
	}
	analysis_free(a);
}

static void compare(enum random_profile profile)
{
	for (uint64_t seed = SEED; seed < SEED + HISTORIES; seed++) {
		struct history history;
		struct given given;
		bool is_legal;
		random_history_make(seed, profile, &history, &is_legal);
		give(&given, &history, seed);
		compare_one(&given, seed, random_profile_name(profile));
		trace_header_free(&given.header);
	}
}

#define PROFILE_TEST(NAME, name)                                                                                       \
	Test(partial, joined_shares_are_the_whole_##NAME)                                                              \
	{                                                                                                              \
		compare(RANDOM_##NAME);                                                                                \
	}
RANDOM_PROFILES(PROFILE_TEST)

#define EVENT(ts_, kind_, task_, worker_, queue_)                                                                      \
	{                                                                                                              \
		.ts = (ts_), .kind = WSC_EV_##kind_, .task = (task_), .worker = (worker_), .queue = (queue_)           \
	}

static void compare_events(struct history *history, const struct wsc_event *events, size_t count, uint64_t found[])
{
	memcpy(history->events, events, count * sizeof(*events));
	history->count = count;
	for (uint64_t seed = 2; seed < 10; seed++) { /* that begin with each of the shares */
		struct given given;
		give(&given, history, seed);
		given.options.max_reports = 1000;
		compare_one(&given, seed, "made by hand");
		struct analysis *a = analyze(&given, &(struct share){0});
		memcpy(found, analysis_result(a)->counts, sizeof(analysis_result(a)->counts));
		analysis_free(a);
		trace_header_free(&given.header);
	}
}
#define COMPARE_EVENTS(history, events, found)                                                                         \
	compare_events(history, events, sizeof(events) / sizeof(*(events)), found)

/* Worker 3 sleeps beside tasks of different shares: the one that waited longest is told, and all that they cover counts. */
Test(partial, a_sleep_beside_tasks_of_several_shares)
{
	static const struct wsc_event events[] = {
	    EVENT(100, PARKED, 0, 3, 0),     EVENT(110, QUEUED, 2, 1, 1),        EVENT(115, PARKED, 0, 1, 0),
	    EVENT(116, UNPARKED, 0, 1, 0),   EVENT(120, QUEUED, 1, 2, 2),        EVENT(125, PARKED, 0, 2, 0),
	    EVENT(126, UNPARKED, 0, 2, 0),   EVENT(399, PARKED, 0, 1, 0),        EVENT(400, UNPARKED, 0, 1, 0),
	    EVENT(401, EXEC_START, 2, 1, 0), EVENT(402, EXEC_COMPLETE, 2, 1, 0), EVENT(499, PARKED, 0, 2, 0),
	    EVENT(500, UNPARKED, 0, 2, 0),   EVENT(501, EXEC_START, 1, 2, 0),    EVENT(502, EXEC_COMPLETE, 1, 2, 0),
	    EVENT(600, UNPARKED, 0, 3, 0)};
	struct history history = {.end = WSC_END_CLEAN, .idle_ns = 10};
	uint64_t found[WSC_VIOLATION_KIND_COUNT];
	COMPARE_EVENTS(&history, events, found);
	cr_expect_eq(found[WSC_VIOLATION_IDLE_WHILE_WORK], 1);
}

/*
 * The clock of worker 3 runs back between its sleeps, which begin at one stamp: they stay two, of which one share knows both,
 * and one but the second.
 */
Test(partial, sleeps_that_begin_at_one_stamp)
{
	static const struct wsc_event events[] = {
	    EVENT(100, PARKED, 0, 3, 0),        EVENT(110, QUEUED, 2, 1, 1),        EVENT(115, PARKED, 0, 1, 0),
	    EVENT(116, UNPARKED, 0, 1, 0),      EVENT(200, UNPARKED, 0, 3, 0),      EVENT(100, PARKED, 0, 3, 0),
	    EVENT(210, QUEUED, 1, 2, 2),        EVENT(215, PARKED, 0, 2, 0),        EVENT(216, UNPARKED, 0, 2, 0),
	    EVENT(249, PARKED, 0, 1, 0),        EVENT(250, UNPARKED, 0, 1, 0),      EVENT(251, EXEC_START, 2, 1, 0),
	    EVENT(252, EXEC_COMPLETE, 2, 1, 0), EVENT(294, PARKED, 0, 2, 0),        EVENT(295, UNPARKED, 0, 2, 0),
	    EVENT(296, EXEC_START, 1, 2, 0),    EVENT(297, EXEC_COMPLETE, 1, 2, 0), EVENT(300, UNPARKED, 0, 3, 0)};
	struct history history = {.count = sizeof(events) / sizeof(*events), .end = WSC_END_CLEAN, .idle_ns = 10};
	struct given given;
	memcpy(history.events, events, sizeof(events));
	give(&given, &history, 2);
	given.options.max_reports = 1000;
	struct analysis *a = analyze(&given, &(struct share){0});
	cr_expect_eq(analysis_result(a)->wasted.idle, 85 + 180);
	for (uint32_t shares = 1; shares <= 7; shares++) {
		struct partial joined;
		join_all(&given, shares, 0, &joined);
		const char *differs = alike_difference(analysis_result(a), &joined.result);
		cr_expect_null(differs, "%u shares: they differ in %s", shares, differs);
		partial_free(&joined);
	}
	analysis_free(a);
	trace_header_free(&given.header);
}

/* In a window the thief of 4 is guilty only if no handle is used again after its life was cancelled, whosever share. */
Test(partial, a_handle_of_another_share_that_is_used_again)
{
	struct wsc_event events[] = {
	    EVENT(10, QUEUED, 2, 1, 1),        EVENT(11, QUEUED, 5, 4, 4),        EVENT(12, CANCELLED, 5, 4, 0),
	    EVENT(13, QUEUED, 5, 4, 4),        EVENT(14, EXEC_START, 5, 4, 0),    EVENT(15, EXEC_COMPLETE, 5, 4, 0),
	    EVENT(20, QUEUED, 4, 1, 1),        EVENT(21, PARKED, 0, 1, 0),        EVENT(22, UNPARKED, 0, 1, 0),
	    EVENT(25, STEAL_START, 0, 2, 1),   EVENT(30, STEAL_SUCCESS, 4, 2, 1), EVENT(31, EXEC_START, 4, 2, 0),
	    EVENT(32, EXEC_COMPLETE, 4, 2, 0), EVENT(50, EXEC_START, 2, 1, 0),    EVENT(51, EXEC_COMPLETE, 2, 1, 0)};
	struct history history = {.end = WSC_END_CLEAN, .window = true};
	uint64_t found[WSC_VIOLATION_KIND_COUNT];
	COMPARE_EVENTS(&history, events, found);
	cr_expect_eq(found[WSC_VIOLATION_ORDERING_VIOLATION], 0);
	events[2].kind = WSC_EV_PARKED;
	events[3].kind = WSC_EV_UNPARKED;
	COMPARE_EVENTS(&history, events, found);
	cr_expect_eq(found[WSC_VIOLATION_ORDERING_VIOLATION], 1);
}

static enum wsc_status read_with_pair(uint64_t tasks)
{
	struct trace_header header;
	struct trace_cbor_writer content = {0};
	struct partial_file read;
	struct steal_pair pair = {.thief = 1, .queue = 2, .tasks = tasks, .attempts = 1};
	char path[] = "some/trace.zst", wrong[PARTIAL_WRONG_MAX] = "";
	trace_header_init(&header);
	struct partial_file file = {.path = path, .origin = {.count = 1, .header = header}};
	partial_init(&file.partial);
	analysis_options_init(&file.origin.options);
	file.partial.result.steals = &pair;
	file.partial.result.steal_count = 1;
	cr_assert_eq(partial_file_encode(&file, &content), WSC_OK);
	enum wsc_status status = partial_file_decode(&read, content.bytes, content.size, wrong);
	cr_expect_eq(wrong[0] == '\0', status == WSC_OK);
	partial_file_free(&read);
	trace_cbor_free(&content);
	trace_header_free(&header);
	return status;
}

/* What is no worker's doing is refused: the matrix of thefts would have to shade it. */
Test(partial, a_pair_stole_something)
{
	cr_expect_eq(read_with_pair(1), WSC_OK);
	cr_expect_eq(read_with_pair(0), WSC_FORMAT);
}
