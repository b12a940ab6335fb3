/* SPDX-License-Identifier: MIT */
/* Markup that no string can break, and a page that stays small whatever is in it. */
#include <criterion/criterion.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "format.h"
#include "html.h"
#include "html_parts.h"

static char *text;
static size_t size;
static FILE *out;
static size_t bytes;

static struct html start(void)
{
	out = open_memstream(&text, &size);
	bytes = 0;
	return (struct html){out, &bytes};
}

static void expect(const char *expected)
{
	fclose(out);
	cr_expect_str_eq(text, expected);
	cr_expect_eq(bytes, strlen(expected));
	free(text);
}

Test(html, text_is_never_markup)
{
	struct html html = start();
	html_print(&html, "<a title=\"%s\">%s</a>", "\"><script>", "<b>&'</b>");
	expect("<a title=\"&#34;&#62;&#60;script&#62;\">&#60;b&#62;&#38;&#39;&#60;/b&#62;</a>");
}

Test(html, neither_are_control_characters_and_bad_bytes)
{
	struct html html = start();
	html_print(&html, "%s|%s|%c", "\033[31m\xff",
	           "a\xe2\x80\xae"
	           "b\n",
	           '<');
	expect("\\x1b[31m\\xff|a\\xe2\\x80\\xaeb\\x0a|&#60;");
}

Test(html, numbers)
{
	struct html html = start();
	html_print(&html, "%d %u %zu %lu %llu %.2f %%", -1, 4000000000U, (size_t)7, 8UL, 9ULL, 1.005);
	expect("-1 4000000000 7 8 9 1.00 %");
	html = start();
	html_print(&html, "%.0f %" PRIu64, 1e300, UINT64_MAX);
	fclose(out);
	cr_expect_eq(strlen(text), 301 + 1 + 20);
	free(text);
}

Test(html, long_text_is_cut)
{
	static char long_text[3 * HTML_TEXT_MAX];
	memset(long_text, '<', sizeof(long_text) - 1);
	struct html html = start();
	html_print(&html, "%s", long_text);
	fclose(out);
	cr_expect_leq(strlen(text), 5 * HTML_TEXT_MAX);
	cr_expect(strstr(text, "...") != NULL);
	free(text);
}

Test(html, code_in_prose_ends)
{
	struct html html = start();
	html_prose(&html, "before `top` and `<`, not `closed");
	expect("before <code>top</code> and <code>&#60;</code>, not <code>closed</code>");
	html = start();
	html_prose(&html, "");
	expect("");
}

/* ---- a page full of everything ---- */

enum { WORKERS = 200, QUEUES = 1024, REPORTS = 1000, EVENTS = 100, PAIRS = 40 };

struct full {
	struct trace_header header;
	struct trace_summary summary;
	struct analysis_result result;
	struct violation violations[REPORTS];
	struct wsc_event events[EVENTS];
	struct violation_span spans[EVENTS];
	struct worker_stats workers[WORKERS];
	struct timeline timelines[WORKER_TIMELINES_MAX];
	struct queue_stats queues[QUEUES];
	struct depth_series depths[QUEUE_STATS_SERIES_MAX];
	struct steal_pair pairs[PAIRS * PAIRS];
};
static struct full *full;

static uint64_t next(void)
{
	static uint64_t state = 1;
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return state;
}

/* Every character of a name takes five bytes. */
static void name_all(void)
{
	static const char name[] = "<><><><><><><><><><><><><><><><><><><><><><><><><><><><><><><><><>";
	for (uint32_t i = 0; i < QUEUES; i++) {
		cr_assert_eq(trace_header_set_string(&trace_header_add_queue(&full->header, i)->name, name), WSC_OK);
		cr_assert_eq(trace_header_set_string(&trace_header_add_worker(&full->header, i)->name, name), WSC_OK);
	}
	cr_assert_eq(trace_header_set_string(&trace_header_add_label(&full->header, 1)->text, name), WSC_OK);
}

static void fill_reports(void)
{
	for (size_t i = 0; i < EVENTS; i++) {
		full->events[i] = (struct wsc_event){.ts = i << 40,
		                                     .task = i + 1,
		                                     .worker = (uint32_t)(i % 8),
		                                     .queue = 1000,
		                                     .arg = 1,
		                                     .flags = WSC_FLAG_PINNED,
		                                     .kind = i % 2 ? WSC_EV_QUEUED : WSC_EV_STEAL_SUCCESS};
		full->spans[i] = (struct violation_span){.from = i << 39, .until = i << 40};
	}
	for (size_t i = 0; i < REPORTS; i++)
		full->violations[i] = (struct violation){.kind = WSC_VIOLATION_ORDERING_VIOLATION,
		                                         .what = VIOLATION_OUT_OF_TURN,
		                                         .task = UINT64_MAX,
		                                         .other_task = UINT64_MAX,
		                                         .worker_count = WSC_VIOLATION_WORKERS_MAX,
		                                         .workers = {1, 2, 3, 4},
		                                         .has_queue = true,
		                                         .queue = 1000,
		                                         .ts = (uint64_t)i << 36,
		                                         .message = (char *)"a message",
		                                         .events = full->events,
		                                         .spans = full->spans,
		                                         .event_count = EVENTS,
		                                         .events_cut = true,
		                                         .proof = 50 - i % 12,
		                                         .rival = 52 + i % 12,
		                                         .push = 2,
		                                         .story = (uint32_t)(1 + i / 15),
		                                         .causes = {0, 1, 2},
		                                         .cause_count = 3};
	full->result.violations = full->violations;
	full->result.violation_count = REPORTS;
	full->result.counts[WSC_VIOLATION_ORDERING_VIOLATION] = UINT64_MAX / 2;
}

static void fill_charts(void)
{
	for (uint32_t i = 0; i < WORKERS; i++)
		full->workers[i] = (struct worker_stats){.worker = i,
		                                         .events = UINT64_MAX,
		                                         .executed = UINT64_MAX,
		                                         .stolen = UINT64_MAX,
		                                         .lost_to_thieves = UINT64_MAX,
		                                         .attempts = UINT64_MAX,
		                                         .failed_attempts = UINT64_MAX,
		                                         .busy = UINT64_MAX / 3,
		                                         .stealing = UINT64_MAX / 3,
		                                         .parked = UINT64_MAX / 3,
		                                         .idle = UINT64_MAX / 3};
	for (uint32_t i = 0; i < WORKER_TIMELINES_MAX; i++) {
		full->timelines[i] = (struct timeline){.shift = 48, .count = TIMELINE_BUCKETS};
		for (unsigned b = 0; b < TIMELINE_BUCKETS; b++) {
			for (unsigned s = 0; s < TIMELINE_OVERLAP; s++)
				full->timelines[i].time[b][s] = next() >> (16 + s);
		}
		full->workers[i].timeline = &full->timelines[i];
	}
	for (uint32_t i = 0; i < QUEUES; i++)
		full->queues[i] =
		    (struct queue_stats){i, UINT64_MAX, UINT64_MAX, UINT64_MAX, UINT32_MAX, UINT64_MAX, NULL};
	for (uint32_t i = 0; i < QUEUE_STATS_SERIES_MAX; i++) {
		full->depths[i] = (struct depth_series){.shift = 48, .count = DEPTH_BUCKETS};
		for (unsigned b = 0; b < DEPTH_BUCKETS; b++)
			full->depths[i].max[b] = (uint32_t)next() | 0x80000000;
		full->queues[i].depth = &full->depths[i];
	}
	for (uint32_t i = 0; i < PAIRS * PAIRS; i++)
		full->pairs[i] = (struct steal_pair){i / PAIRS, i % PAIRS, UINT64_MAX / 5000, UINT64_MAX};
}

static void fill_histograms(void)
{
	struct histogram *all[] = {&full->result.steal_latency, &full->result.failed_steal_latency,
	                           &full->result.queue_wait, &full->result.exec, &full->result.queued_to_done};
	for (size_t h = 0; h < sizeof(all) / sizeof(*all); h++) {
		histogram_clear(all[h]);
		for (unsigned i = 0; i < 20000; i++)
			histogram_add_of(all[h], next() >> (next() % 64), 1, 2, 3);
	}
}

Test(html, a_page_full_of_everything_is_small)
{
	full = calloc(1, sizeof(*full));
	trace_header_init(&full->header);
	name_all();
	fill_reports();
	fill_charts();
	fill_histograms();
	struct analysis_result *result = &full->result;
	result->verdict = ANALYSIS_FAIL;
	result->reasons = ~0U;
	result->end_ts = result->last_ts = UINT64_MAX;
	result->workers = full->workers;
	result->worker_count = WORKERS;
	result->queues = full->queues;
	result->queue_count = QUEUES;
	result->steals = full->pairs;
	result->steal_count = PAIRS * PAIRS;
	struct report report = {.path = "<>", .header = &full->header, .summary = &full->summary, .result = result};
	struct rules rules;
	struct judgement judgement;
	rules_init(&rules);
	cr_assert_eq(judgement_init(&judgement, &report, &rules), WSC_OK);
	start();
	struct page page = {.out = out, .width = 80};
	cr_assert_eq(report_html(&report, &page), WSC_OK);
	judgement_free(&judgement);
	rules_free(&rules);
	fclose(out);
	cr_expect_lt(size, (size_t)2 << 20, "%zu", size);
	cr_expect_gt(size, (size_t)1 << 20, "it is not full: %zu", size);
	cr_expect_eq(strlen(text), size);
	free(text);
	trace_header_free(&full->header);
	free(full);
}
