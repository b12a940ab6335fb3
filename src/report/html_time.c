/* SPDX-License-Identifier: MIT */
/* The page's charts over time: what each worker did, and how deep each queue was. */
#include <inttypes.h>
#include <stdlib.h>

#include "html_parts.h"
#include "report_parts.h"

enum { TICKS_MAX = 6, LANE_HEIGHT = 100, LEAST_HEIGHT = 2, FEW = 8 };

/* Stretches of time of one width, as in depth.h and timeline.h. */
struct grid {
	uint64_t first;
	unsigned shift, count;
};

static double span_of(const struct html_page *page)
{
	const struct analysis_result *result = page->report->result;
	return result->end_ts > result->first_ts ? (double)(result->end_ts - result->first_ts) : 1;
}

/* Where a stamp lies in a plot. */
static double place(const struct html_page *page, double stamp)
{
	double x = (stamp - (double)page->report->result->first_ts) * HTML_WIDTH / span_of(page);
	return x < 0 ? 0 : x > HTML_WIDTH ? HTML_WIDTH : x;
}

static double bucket_start(const struct grid *grid, unsigned i)
{
	return ((double)grid->first + i) * (double)(UINT64_C(1) << grid->shift);
}

/* How much of a bucket lies within the trace, in stamps: the first and the last one reach beyond it. */
static double covered(const struct html_page *page, const struct grid *grid, unsigned i)
{
	const struct analysis_result *result = page->report->result;
	double from = bucket_start(grid, i), to = bucket_start(grid, i + 1);
	from = from < (double)result->first_ts ? (double)result->first_ts : from;
	to = to > (double)result->end_ts ? (double)result->end_ts : to;
	return to > from ? to - from : 0;
}

/* The area under steps of these heights, out of LANE_HEIGHT. Steps of one height are one. */
static void steps(const struct html_page *page, const char *class, const struct grid *grid, const unsigned *heights)
{
	const struct html *html = &page->html;
	unsigned before = 0, greatest = 0;
	for (unsigned i = 0; i < grid->count; i++)
		greatest = heights[i] > greatest ? heights[i] : greatest;
	if (greatest == 0)
		return;
	html_print(html, "<path class=\"%s\" d=\"M%.0f %d", class, place(page, bucket_start(grid, 0)), LANE_HEIGHT);
	for (unsigned i = 0; i < grid->count; i++) {
		if (i > 0 && heights[i] != before)
			html_print(html, "H%.0f", place(page, bucket_start(grid, i)));
		if (heights[i] != before)
			html_print(html, "V%u", LANE_HEIGHT - heights[i]);
		before = heights[i];
	}
	html_print(html, "H%.0fV%dZ\"/>", place(page, bucket_start(grid, grid->count)), LANE_HEIGHT);
}

/* ---- the axis ---- */

const char *html_tick_words(char buffer[UNITS_MAX], double ns)
{
	static const struct {
		double size;
		const char *name;
	} units[] = {{1e9, "s"}, {1e6, "ms"}, {1e3, "us"}, {1, "ns"}};
	size_t i = 0;
	while (i + 1 < sizeof(units) / sizeof(*units) && ns < units[i].size)
		i++;
	int length = snprintf(buffer, UNITS_MAX, "%.3f", ns / units[i].size);
	while (length > 0 && buffer[length - 1] == '0')
		length--;
	length -= length > 0 && buffer[length - 1] == '.';
	snprintf(buffer + length, UNITS_MAX - (size_t)length, " %s", ns > 0 ? units[i].name : "");
	return buffer;
}

/* 1, 2 or 5 times a power of ten, so that at most TICKS_MAX of them fit. */
static double tick_step(double span)
{
	static const double steps_of_ten[] = {1, 2, 5};
	for (double ten = 1;; ten *= 10) {
		for (size_t i = 0; i < sizeof(steps_of_ten) / sizeof(*steps_of_ten); i++) {
			if (span / (ten * steps_of_ten[i]) <= TICKS_MAX)
				return ten * steps_of_ten[i];
		}
	}
}

static void axis(const struct html_page *page)
{
	double span = report_real_ns(page->report->header, span_of(page)), step = tick_step(span);
	char words[UNITS_MAX];
	html_print(&page->html, "<div class=\"lane axis-lane\"><span class=\"name\"></span>"
	                        "<svg class=\"axis\" aria-hidden=\"true\">");
	for (unsigned i = 0; i <= TICKS_MAX && (double)i * step <= span * 0.97; i++)
		html_print(&page->html, "<text class=\"%s\" x=\"%.2f%%\" y=\"14\">%s</text>", i == 0 ? "first" : "tick",
		           (double)i * step * 100 / span, html_tick_words(words, (double)i * step));
	html_print(&page->html, "</svg><span class=\"end\"></span></div>");
}

/* ---- reports ---- */

/* Marks at one place would hide each other: one of each severity is enough. */
struct marks {
	bool taken[2][HTML_MARKS];
};

static void mark(const struct html_page *page, struct marks *marks, const struct violation *violation)
{
	bool error = wsc_violation_severity(violation->kind) == WSC_SEVERITY_ERROR;
	double x = place(page, (double)violation->ts);
	size_t number = (size_t)(x * (HTML_MARKS - 1) / HTML_WIDTH);
	if (marks->taken[error][number])
		return;
	marks->taken[error][number] = true;
	html_print(&page->html, "<path class=\"mark %s\" d=\"M%.0f %dV%d\"/>", error ? "error" : "warning", x,
	           error ? 0 : LANE_HEIGHT / 2, LANE_HEIGHT);
}

static void marks_lane(const struct html_page *page)
{
	const struct judgement *judgement = page->report->judgement;
	const struct analysis_result *result = page->report->result;
	struct marks marks = {.taken = {{false}}};
	uint64_t all = report_count(result, WSC_SEVERITY_ERROR) + report_count(result, WSC_SEVERITY_WARNING);
	char kept[UNITS_MAX], number[UNITS_MAX];
	if (judgement->shown_count == 0)
		return;
	units_count(kept, judgement->shown_count);
	units_count(number, all);
	html_print(
	    &page->html,
	    "<div class=\"lane marks\"><span class=\"name\">reports</span><svg class=\"plot\" viewBox=\"0 0 %.0f "
	    "%d\" preserveAspectRatio=\"none\" role=\"img\" aria-label=\"When %s of %s reports were proved\">",
	    HTML_WIDTH, LANE_HEIGHT, kept, number);
	for (size_t i = 0; i < judgement->shown_count; i++)
		mark(page, &marks, judgement->shown[i]->violation);
	if (judgement->shown_count < all)
		html_print(&page->html, "</svg><span class=\"end\">%s of %s</span></div>\n", kept, number);
	else
		html_print(&page->html, "</svg><span class=\"end\">%s</span></div>\n", kept);
}

/* ---- workers ---- */

/* Of each bucket, in thousandths of it. Running is busy and neither stealing nor asleep. */
struct shares {
	uint64_t running[TIMELINE_BUCKETS], stealing[TIMELINE_BUCKETS], parked[TIMELINE_BUCKETS];
};

static uint64_t thousandths(uint64_t time, double of)
{
	double share = of > 0 ? (double)time * 1000 / of + 0.5 : 0;
	return share > 1000 ? 1000 : (uint64_t)share;
}

static void share_out(const struct html_page *page, const struct timeline *timeline, const struct grid *grid,
                      struct shares *shares)
{
	for (unsigned i = 0; i < timeline->count; i++) {
		const uint64_t *time = timeline->time[i];
		uint64_t overlap = time[TIMELINE_OVERLAP];
		double width = covered(page, grid, i);
		shares->running[i] =
		    thousandths(time[TIMELINE_BUSY] > overlap ? time[TIMELINE_BUSY] - overlap : 0, width);
		shares->stealing[i] = thousandths(time[TIMELINE_STEALING], width);
		shares->parked[i] = thousandths(time[TIMELINE_PARKED], width);
	}
}

/* Painted over each other: the sum of all, of the first two, and the first one. */
static void paint_worker(const struct html_page *page, const struct grid *grid, const struct shares *shares)
{
	unsigned heights[TIMELINE_BUCKETS];
	static const char *const classes[] = {"parked", "stealing", "running"};
	for (unsigned layer = 0; layer < 3; layer++) {
		for (unsigned i = 0; i < grid->count; i++) {
			uint64_t sum = shares->running[i] + (layer < 2 ? shares->stealing[i] : 0) +
			               (layer < 1 ? shares->parked[i] : 0);
			heights[i] = (unsigned)((sum > 1000 ? 1000 : sum) * LANE_HEIGHT / 1000);
		}
		steps(page, classes[layer], grid, heights);
	}
}

static void lane_data(const struct html_page *page, const char *kind, const struct grid *grid)
{
	const struct trace_header *header = page->report->header;
	double from = bucket_start(grid, 0) - (double)page->report->result->first_ts;
	html_print(&page->html, " data-lane=\"%s\" data-from=\"%.0f\" data-width=\"%.3f\"", kind,
	           report_real_ns(header, from), report_real_ns(header, (double)(UINT64_C(1) << grid->shift)));
}

static void list(const struct html_page *page, const char *name, const uint64_t *values, unsigned count)
{
	html_print(&page->html, " data-%s=\"", name);
	html_list(&page->html, values, count);
	html_print(&page->html, "\"");
}

static void worker_lane(const struct html_page *page, size_t row, struct shares *shares)
{
	const struct worker_stats *worker = &page->report->result->workers[row];
	const struct timeline *timeline = worker->timeline;
	const struct grid grid = {timeline->first, timeline->shift, timeline->count};
	const struct html *html = &page->html;
	uint64_t span = (uint64_t)span_of(page);
	char busy[UNITS_MAX], stealing[UNITS_MAX], parked[UNITS_MAX], name[REPORT_WORKER_MAX];
	share_out(page, timeline, &grid, shares);
	units_share(busy, worker->busy, span);
	html_print(html, "<div class=\"lane\"><span class=\"name\">");
	html_worker_cell(page, worker->worker);
	html_print(html, "</span><svg class=\"plot\" viewBox=\"0 0 %.0f %d\" preserveAspectRatio=\"none\" role=\"img\"",
	           HTML_WIDTH, LANE_HEIGHT);
	html_print(html, " aria-label=\"%s: busy %s of the time, stealing %s, parked %s\" data-row=\"%zu\"",
	           report_worker_words(name, page->report, worker->worker), busy,
	           units_share(stealing, worker->stealing, span), units_share(parked, worker->parked, span), row);
	lane_data(page, "worker", &grid);
	list(page, "running", shares->running, grid.count);
	list(page, "stealing", shares->stealing, grid.count);
	list(page, "parked", shares->parked, grid.count);
	html_print(html, ">");
	paint_worker(page, &grid, shares);
	html_print(html, "</svg><span class=\"end\">%s<span class=\"unit\"> busy</span></span></div>\n", busy);
}

enum wsc_status html_timeline(const struct html_page *page)
{
	const struct analysis_result *result = page->report->result;
	struct shares *shares = malloc(sizeof(*shares));
	size_t shown = 0;
	if (!shares)
		return WSC_NOMEM;
	html_print(&page->html,
	           "<ul class=\"legend\"><li><i class=\"running\"></i>running tasks</li><li><i class=\"stealing\"></i>"
	           "stealing</li><li><i class=\"parked\"></i>parked</li><li><i class=\"idle\"></i>neither</li></ul>\n"
	           "<div class=\"chart time%s\">",
	           result->worker_count <= FEW ? " few" : "");
	marks_lane(page);
	for (size_t i = 0; i < result->worker_count; i++) {
		if (result->workers[i].timeline && result->workers[i].timeline->count > 0) {
			worker_lane(page, i, shares);
			shown++;
		}
	}
	axis(page);
	html_print(&page->html, "</div>\n");
	if (shown < result->worker_count)
		html_print(
		    &page->html,
		    "<p class=\"note\">%zu more %s in the table alone: without a run, a steal or a park, or with fewer "
		    "events than the %d that are drawn.</p>\n",
		    result->worker_count - shown, result->worker_count - shown == 1 ? "worker is" : "workers are",
		    WORKER_TIMELINES_MAX);
	free(shares);
	return WSC_OK;
}

/* ---- queues ---- */

static void depth_lane(const struct html_page *page, size_t row)
{
	const struct queue_stats *queue = &page->report->result->queues[row];
	const struct depth_series *series = queue->depth;
	const struct grid grid = {series->first, series->shift, series->count};
	const struct html *html = &page->html;
	unsigned heights[DEPTH_BUCKETS];
	uint64_t max[DEPTH_BUCKETS];
	char deepest[UNITS_MAX], name[REPORT_NAME_MAX];
	for (unsigned i = 0; i < grid.count; i++) {
		max[i] = series->max[i];
		heights[i] = queue->max_depth ? (unsigned)(max[i] * LANE_HEIGHT / queue->max_depth) : 0;
		heights[i] = max[i] > 0 && heights[i] < LEAST_HEIGHT ? LEAST_HEIGHT : heights[i];
	}
	units_count(deepest, queue->max_depth);
	html_print(html, "<div class=\"lane\"><span class=\"name\">");
	html_queue_cell(page, queue->queue);
	html_print(html,
	           "</span><svg class=\"plot\" viewBox=\"0 0 %.0f %d\" preserveAspectRatio=\"none\" role=\"img\" "
	           "aria-label=\"queue %u%s: at most %s tasks waited\" data-row=\"%zu\"",
	           HTML_WIDTH, LANE_HEIGHT, queue->queue, report_queue_name(name, page->report->header, queue->queue),
	           deepest, row);
	lane_data(page, "queue", &grid);
	list(page, "max", max, grid.count);
	html_print(html, ">");
	steps(page, "depth", &grid, heights);
	html_print(html, "</svg><span class=\"end\"><span class=\"unit\">max </span>%s</span></div>\n", deepest);
}

static void queue_row(const struct html_page *page, size_t i)
{
	const struct queue_stats *row = &page->report->result->queues[i];
	const struct html *html = &page->html;
	char path[UNITS_MAX * 2];
	const struct {
		const char *key;
		uint64_t count;
	} cells[] = {
	    {"pushes", row->pushes}, {"takes", row->takes}, {"steals", row->steals}, {"max_depth", row->max_depth}};
	html_print(html, "<tr><th scope=\"row\">");
	html_queue_cell(page, row->queue);
	html_print(html, "</th>");
	for (size_t k = 0; k < sizeof(cells) / sizeof(*cells); k++) {
		snprintf(path, sizeof(path), "stats.queues.%zu.%s", i, cells[k].key);
		html_print(html, "<td>");
		html_count(page, path, cells[k].count);
		html_print(html, "</td>");
	}
	char when[UNITS_MAX];
	units_duration(when, report_into_ns(page->report, row->max_depth_ts));
	html_print(html, "<td>%s</td></tr>\n", when);
}

void html_queues(const struct html_page *page)
{
	const struct analysis_result *result = page->report->result;
	const struct html *html = &page->html;
	size_t shown = result->queue_count < HTML_QUEUES_MAX ? result->queue_count : HTML_QUEUES_MAX;
	html_print(html, "<div class=\"chart time%s\">", result->queue_count <= FEW ? " few" : "");
	for (size_t i = 0; i < result->queue_count; i++) {
		if (result->queues[i].depth && result->queues[i].depth->count > 0)
			depth_lane(page, i);
	}
	axis(page);
	html_print(html, "</div>\n<p class=\"note\">The most tasks that waited at once in each stretch of time; every "
	                 "queue on a scale of its own.</p>\n<details><summary>All queues as a table</summary>"
	                 "<div class=\"scroll\" role=\"region\" aria-label=\"Table of queues\" tabindex=\"0\"><table>"
	                 "<caption>What went through each queue</caption><thead><tr><th scope=\"col\">queue</th>"
	                 "<th scope=\"col\">pushed</th><th scope=\"col\">taken</th><th scope=\"col\">stolen</th>"
	                 "<th scope=\"col\">deepest</th><th scope=\"col\">at</th></tr></thead><tbody>\n");
	for (size_t i = 0; i < shown; i++)
		queue_row(page, i);
	html_print(html, "</tbody></table></div></details>\n");
	if (shown < result->queue_count || result->queues_left_out > 0)
		html_print(html, "<p class=\"note\">And %lu more queues.</p>",
		           (unsigned long)(result->queue_count - shown + result->queues_left_out));
}
