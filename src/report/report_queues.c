/* SPDX-License-Identifier: MIT */
/* The queues as text: a table with the depth over time drawn in characters. */
#include <inttypes.h>
#include <string.h>

#include "report_parts.h"

enum { QUEUES_SHOWN = 8, NAME_COLUMNS = 12, CURVE_COLUMNS = 16, LEVELS = 9 };

#define QUEUE_FORMAT " %10s %10s %9s %9s %8s"

/* Those with most pushes: whether row `i` is among the first `shown` of them. */
static bool is_shown(const struct analysis_result *result, size_t i, size_t shown)
{
	size_t better = 0;
	for (size_t j = 0; j < result->queue_count && better < shown; j++)
		better += result->queues[j].pushes > result->queues[i].pushes ||
		          (result->queues[j].pushes == result->queues[i].pushes && j < i);
	return better < shown;
}

/* The greatest depth in each of CURVE_COLUMNS stretches of the trace, a character each; ' ' where it was empty. */
static void draw(char curve[CURVE_COLUMNS + 1], const struct analysis_result *result, const struct queue_stats *row)
{
	static const char levels[LEVELS] = {'.', ':', '-', '=', '+', '*', '%', '#', '@'};
	const struct depth_series *series = row->depth;
	uint64_t max[CURVE_COLUMNS] = {0};
	double from = (double)result->first_ts, span = (double)result->last_ts - from;
	for (unsigned i = 0; series != NULL && i < series->count; i++) {
		double start = (double)((series->first + i) << series->shift),
		       width = (double)(UINT64_C(1) << series->shift);
		double a = span > 0 ? (start - from) * CURVE_COLUMNS / span : 0;
		double b = span > 0 ? (start + width - from) * CURVE_COLUMNS / span : CURVE_COLUMNS;
		for (unsigned k = a < 1 ? 0 : (unsigned)a; k < CURVE_COLUMNS && (double)k < b; k++)
			max[k] = series->max[i] > max[k] ? series->max[i] : max[k];
	}
	for (unsigned k = 0; k < CURVE_COLUMNS; k++)
		curve[k] = max[k] == 0 ? ' ' : levels[(max[k] * LEVELS - 1) / row->max_depth];
	curve[CURVE_COLUMNS] = '\0';
	for (unsigned k = CURVE_COLUMNS; k > 0 && curve[k - 1] == ' '; k--)
		curve[k - 1] = '\0';
}

static void queue_cell(const struct report *report, const struct page *page, uint32_t queue)
{
	const struct trace_queue *declared = trace_header_queue(report->header, queue);
	char cell[UNITS_MAX], name[NAME_COLUMNS + 1];
	unsigned columns = (unsigned)snprintf(cell, sizeof(cell), "%" PRIu32, queue);
	fputs(cell, page->out);
	if (declared && declared->name && columns + 5 <= NAME_COLUMNS) {
		page_clean(name, NAME_COLUMNS - columns, declared->name);
		fprintf(page->out, " %s", name);
		columns += 1 + (unsigned)page_columns(name);
	}
	fprintf(page->out, "%*s", (int)(NAME_COLUMNS > columns ? NAME_COLUMNS - columns : 0), "");
}

static void queue_row(const struct report *report, const struct page *page, const struct queue_stats *row)
{
	const struct analysis_result *result = report->result;
	char pushes[UNITS_MAX], takes[UNITS_MAX], steals[UNITS_MAX], depth[UNITS_MAX], when[UNITS_MAX];
	char curve[CURVE_COLUMNS + 1];
	draw(curve, result, row);
	queue_cell(report, page, row->queue);
	fprintf(page->out, QUEUE_FORMAT "%s%s\n", report_estimate(pushes, report, row->pushes),
	        report_estimate(takes, report, row->takes), report_estimate(steals, report, row->steals),
	        report_estimate(depth, report, row->max_depth),
	        units_duration(when, report_between_ns(report->header, result->first_ts, row->max_depth_ts)),
	        curve[0] ? " " : "", curve);
}

void report_queues(const struct report *report, const struct page *page, enum report_detail detail)
{
	const struct analysis_result *result = report->result;
	size_t shown = detail == REPORT_FULL ? result->queue_count : QUEUES_SHOWN;
	char number[UNITS_MAX], pushes[UNITS_MAX];
	uint64_t more = 0, more_pushes = 0;
	if (result->queue_count == 0)
		return;
	page_coloured(page, PAGE_BOLD, "%-*s" QUEUE_FORMAT " %s", NAME_COLUMNS, "queue", "pushed", "taken", "stolen",
	              "deepest", "at", "depth over time");
	fputc('\n', page->out);
	for (size_t i = 0; i < result->queue_count; i++) {
		if (is_shown(result, i, shown)) {
			queue_row(report, page, &result->queues[i]);
		} else {
			more++;
			more_pushes += result->queues[i].pushes;
		}
	}
	if (more + result->queues_left_out > 0)
		fprintf(page->out, "... %s more, %s pushed%s\n", units_count(number, more + result->queues_left_out),
		        report_estimate(pushes, report, more_pushes + result->pushes_left_out),
		        more > 0 ? ": -v shows them" : "");
}
