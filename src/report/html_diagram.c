/* SPDX-License-Identifier: MIT */
/*
 * The evidence of a story as a drawing: a line for each worker, its events from left to right, and the intervals in
 * which racing operations may have taken effect. Places are percentages and sizes pixels, so that it fits any width
 * without its text growing or shrinking.
 */
#include <stdlib.h>
#include <string.h>

#include "html_story.h"
#include "report_parts.h"

enum { LANES_MAX = 8, LANE_HEIGHT = 52, NAME_Y = 11, LINE_Y = 28, NUMBER_Y = 46 };

struct diagram {
	const struct html_page *page;
	const struct html_evidence *evidence;
	uint32_t workers[LANES_MAX]; /* ascending */
	unsigned lane_count;
	double x[HTML_LINES_MAX]; /* of each line, in percent */
};

/* Stretches of time are drawn by their logarithm: what is 20 ns apart is told from what is 20 ms apart, and both fit. */
static double weight(const struct html_page *page, uint64_t from, uint64_t to)
{
	uint64_t ns = report_between_ns(page->report->header, from, to);
	return ns == 0 ? 0.7 : 1 + 0.25 * (64 - __builtin_clzll(ns));
}

static void place_lines(struct diagram *d)
{
	enum { LEFT = 3, RIGHT = 97 };
	const struct html_evidence *evidence = d->evidence;
	double sum = 0;
	for (size_t i = 1; i < evidence->count; i++)
		sum += weight(d->page, evidence->lines[i - 1]->event.ts, evidence->lines[i]->event.ts);
	double at = 0;
	for (size_t i = 0; i < evidence->count; i++) {
		if (i > 0)
			at += weight(d->page, evidence->lines[i - 1]->event.ts, evidence->lines[i]->event.ts);
		d->x[i] = sum > 0 ? LEFT + at * (RIGHT - LEFT) / sum : 50;
	}
}

/* Where a stamp lies, between the lines around it. */
static double place(const struct diagram *d, uint64_t stamp)
{
	const struct html_evidence *evidence = d->evidence;
	size_t last = evidence->count - 1;
	if (stamp < evidence->lines[0]->event.ts)
		return 0.5;
	if (stamp > evidence->lines[last]->event.ts)
		return 99.5;
	size_t i = 0;
	while (i < last && evidence->lines[i + 1]->event.ts <= stamp)
		i++;
	uint64_t from = evidence->lines[i]->event.ts;
	if (i == last || stamp == from)
		return d->x[i];
	uint64_t to = evidence->lines[i + 1]->event.ts;
	return d->x[i] + (d->x[i + 1] - d->x[i]) * (double)(stamp - from) / (double)(to - from);
}

static int compare_ids(const void *left, const void *right)
{
	const uint32_t *a = left, *b = right;
	return (*a > *b) - (*a < *b);
}

/* False: too many workers to be drawn. */
static bool make_lanes(struct diagram *d)
{
	for (size_t i = 0; i < d->evidence->count; i++) {
		uint32_t worker = d->evidence->lines[i]->event.worker;
		unsigned lane = 0;
		while (lane < d->lane_count && d->workers[lane] != worker)
			lane++;
		if (lane < d->lane_count)
			continue;
		if (d->lane_count == LANES_MAX)
			return false;
		d->workers[d->lane_count++] = worker;
	}
	qsort(d->workers, d->lane_count, sizeof(*d->workers), compare_ids);
	return true;
}

static unsigned lane_y(const struct diagram *d, uint32_t worker)
{
	unsigned lane = 0;
	while (lane + 1 < d->lane_count && d->workers[lane] != worker)
		lane++;
	return lane * LANE_HEIGHT + LINE_Y;
}

static void draw_lanes(const struct diagram *d)
{
	char name[REPORT_WORKER_MAX];
	for (unsigned lane = 0; lane < d->lane_count; lane++) {
		unsigned y = lane * LANE_HEIGHT;
		html_print(&d->page->html,
		           "<text class=\"name\" x=\"0\" y=\"%u\">%s</text>"
		           "<line class=\"lane\" x1=\"0\" x2=\"100%%\" y1=\"%u\" y2=\"%u\"/>",
		           y + NAME_Y, report_worker_words(name, d->page->report, d->workers[lane]), y + LINE_Y,
		           y + LINE_Y);
	}
}

static bool begins_run(const struct wsc_event *e)
{
	return e->kind == WSC_EV_EXEC_START || e->kind == WSC_EV_RESUMED;
}

static bool ends_run(const struct wsc_event *e)
{
	return e->kind == WSC_EV_EXEC_COMPLETE || e->kind == WSC_EV_SUSPENDED;
}

/* A bar from the start of a run to its end, or to the right edge. */
static void draw_run(const struct diagram *d, size_t start)
{
	const struct wsc_event *event = &d->evidence->lines[start]->event;
	size_t i = start + 1;
	while (i < d->evidence->count &&
	       !(ends_run(&d->evidence->lines[i]->event) && d->evidence->lines[i]->event.worker == event->worker &&
	         d->evidence->lines[i]->event.task == event->task))
		i++;
	double to = i < d->evidence->count ? d->x[i] : 99.5;
	html_print(&d->page->html, "<rect class=\"run\" x=\"%.2f%%\" y=\"%u\" width=\"%.2f%%\" height=\"8\" rx=\"2\"/>",
	           d->x[start], lane_y(d, event->worker) - 4, to - d->x[start]);
}

/* From the push to the thief. */
static void draw_theft(const struct diagram *d, size_t theft)
{
	const struct wsc_event *taken = &d->evidence->lines[theft]->event;
	size_t i = theft;
	while (i > 0) {
		const struct wsc_event *event = &d->evidence->lines[--i]->event;
		if (event->kind != WSC_EV_QUEUED || event->task != taken->task)
			continue;
		html_print(&d->page->html, "<line class=\"theft\" x1=\"%.2f%%\" y1=\"%u\" x2=\"%.2f%%\" y2=\"%u\"/>",
		           d->x[i], lane_y(d, event->worker), d->x[theft], lane_y(d, taken->worker));
		return;
	}
}

static void draw_span(const struct diagram *d, const struct evidence_line *line)
{
	double from = place(d, line->span.from), to = place(d, line->span.until);
	html_print(&d->page->html,
	           "<rect class=\"span %s\" x=\"%.2f%%\" y=\"%u\" width=\"%.2f%%\" height=\"18\" rx=\"3\"/>",
	           line->mark == '>' ? "convicts" : "rival", from, lane_y(d, line->event.worker) - 9,
	           to > from ? to - from : 0);
}

static const char *dot_class(const struct evidence_line *line)
{
	if (line->mark == '>')
		return "dot convicts";
	if (line->mark == '~')
		return "dot rival";
	switch (line->event.kind) {
	case WSC_EV_QUEUED:
		return "dot push";
	case WSC_EV_STEAL_SUCCESS:
	case WSC_EV_DEQUEUED:
		return "dot take";
	default:
		return "dot";
	}
}

static void draw_dot(const struct diagram *d, size_t i)
{
	const struct evidence_line *line = d->evidence->lines[i];
	unsigned y = lane_y(d, line->event.worker);
	html_print(&d->page->html,
	           "<circle class=\"%s\" cx=\"%.2f%%\" cy=\"%u\" r=\"%d\"><title>%zu: %s</title></circle>",
	           dot_class(line), d->x[i], y, line->mark != ' ' ? 6 : 4, i + 1, trace_event_name(line->event.kind));
	html_print(&d->page->html, "<text class=\"number%s\" x=\"%.2f%%\" y=\"%u\">%zu</text>",
	           line->mark != ' ' ? " marked" : "", d->x[i], y + NUMBER_Y - LINE_Y, i + 1);
}

void html_diagram(const struct html_page *page, const struct html_evidence *evidence)
{
	struct diagram d = {.page = page, .evidence = evidence};
	if (evidence->count < 2 || !make_lanes(&d))
		return;
	place_lines(&d);
	html_print(&page->html,
	           "<svg class=\"diagram\" height=\"%u\" role=\"img\" aria-label=\"The events of the table below, in a "
	           "line for each of %u worker%s\">",
	           d.lane_count * LANE_HEIGHT, d.lane_count, units_plural(d.lane_count));
	draw_lanes(&d);
	for (size_t i = 0; i < evidence->count; i++) {
		if (begins_run(&evidence->lines[i]->event))
			draw_run(&d, i);
		if (evidence->lines[i]->event.kind == WSC_EV_STEAL_SUCCESS)
			draw_theft(&d, i);
	}
	for (size_t i = 0; i < evidence->count; i++) {
		if (evidence->lines[i]->timed)
			draw_span(&d, evidence->lines[i]);
	}
	for (size_t i = 0; i < evidence->count; i++)
		draw_dot(&d, i);
	html_print(&page->html, "</svg>\n");
}
