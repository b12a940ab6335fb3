/* SPDX-License-Identifier: MIT */
/* The parts of the HTML report, one file each, and what they share. Used by html_*.c only. */
#ifndef REPORT_HTML_PARTS_H
#define REPORT_HTML_PARTS_H

#include "html.h"
#include "judgement.h"
#include "units.h"

/*
 * What the page shows at most. Together with what the analysis keeps at most (64 timelines and 64 series of depth, of
 * 256 buckets each) this keeps any page below 2 MiB; tests/unit/test_html.c makes one that is full of everything.
 */
enum {
	HTML_STORIES_MAX = 50,
	HTML_STORIES_BYTES = 500 << 10, /* when so much is written, no further story is begun */
	HTML_REPORTS_MAX = 12,          /* of one story */
	HTML_LINES_MAX = 24,            /* events of one story */
	HTML_WORKERS_MAX = 128,
	HTML_QUEUES_MAX = 128,
	HTML_PAIRS_MAX = 24, /* thieves and queues of the matrix */
	HTML_MARKS = 512     /* places in the timeline where reports are marked */
};

/* The frame of any page of ours. Up to the body; the begin of the header that says the verdict; behind <main>. */
void html_head(const struct html *html, enum analysis_verdict verdict, const char *title);
void html_title(const struct html *html, enum analysis_verdict verdict, const char *title);
void html_foot(const struct html *html);

struct html_page {
	struct html html;
	const struct report *report;
};

/* Units across a plot: the time of the trace, or a latency axis, from 0 to HTML_WIDTH. */
#define HTML_WIDTH 10000.0

/*
 * A number of the report: shown as `shown`, and with the raw value and its path in the JSON report, keys and places
 * joined by dots, for whoever reads the page with a program.
 */
void html_figure(const struct html_page *page, const char *path, uint64_t value, const char *shown);
void html_count(const struct html_page *page, const char *path, uint64_t count); /* 1,234 */
void html_time(const struct html_page *page, const char *path, uint64_t stamps); /* 1.25 us; of a time in stamps */

/* The label of a tick: "20 ms", "1.5 s". */
const char *html_tick_words(char buffer[UNITS_MAX], double ns);

/* The name of a worker or a queue as a cell shows it: "3 name", isolated from what is written around it. */
void html_worker_cell(const struct html_page *page, uint32_t worker);
void html_queue_cell(const struct html_page *page, uint32_t queue);

/* NOMEM. */
enum wsc_status html_stories(const struct html_page *page);
enum wsc_status html_timeline(const struct html_page *page);
void html_latency(const struct html_page *page);
enum wsc_status html_steals(const struct html_page *page);
void html_workers(const struct html_page *page);
void html_queues(const struct html_page *page);

#endif
