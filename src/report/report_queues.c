/* SPDX-License-Identifier: MIT */
/* The queues as text: a table with the depth over time drawn in characters. */
#include <inttypes.h>
#include <string.h>

#include "report_parts.h"
#include "table.h"

enum { NAME_COLUMNS = 24, CURVE_COLUMNS = 16, LEVELS = 9 };

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

static void queue_cell(const struct report *report, struct table *table, uint32_t queue)
{
	const struct trace_queue *declared = trace_header_queue(report->header, queue);
	char cell[TABLE_CELL_MAX], name[NAME_COLUMNS + 1];
	if (declared && declared->name)
		snprintf(cell, sizeof(cell), "%" PRIu32 " %s", queue, page_clean(name, sizeof(name), declared->name));
	else
		snprintf(cell, sizeof(cell), "%" PRIu32, queue);
	table_add(table, cell);
}

static void queue_row(const struct report *report, struct table *table, const struct queue_stats *row)
{
	const struct analysis_result *result = report->result;
	char number[UNITS_MAX], curve[CURVE_COLUMNS + 1];
	queue_cell(report, table, row->queue);
	table_add(table, report_estimate(number, report, row->pushes));
	table_add(table, report_estimate(number, report, row->takes));
	table_add(table, report_estimate(number, report, row->steals));
	table_add(table, report_estimate(number, report, row->max_depth));
	table_add(table, units_duration(number, report_into_ns(report, row->max_depth_ts)));
	draw(curve, result, row);
	table_add(table, curve);
}

enum wsc_status report_queues(const struct report *report, const struct page *page)
{
	static const struct table_column columns[] = {
	    {"queue", true, 0},    {"pushed", false, 0}, {"taken", false, 3},         {"stolen", false, 2},
	    {"deepest", false, 1}, {"at", false, 4},     {"depth over time", true, 5}};
	const struct analysis_result *result = report->result;
	struct table table;
	char number[UNITS_MAX], pushes[UNITS_MAX];
	if (result->queue_count == 0)
		return WSC_OK;
	table_init(&table, columns, sizeof(columns) / sizeof(*columns));
	for (size_t i = 0; i < result->queue_count; i++)
		queue_row(report, &table, &result->queues[i]);
	enum wsc_status status = table_write(&table, page);
	if (result->queues_left_out > 0)
		fprintf(page->out, "... %s more, %s pushed\n", units_count(number, result->queues_left_out),
		        report_estimate(pushes, report, result->pushes_left_out));
	return status;
}
