/* SPDX-License-Identifier: MIT */
/* Statistics as text: the steals in a line, latencies and workers in tables. */
#include <inttypes.h>

#include "report_parts.h"
#include "units.h"

enum { LINE_BYTES = 400, WORKERS_SHOWN = 16 };

#define LATENCY_FORMAT "%-14s %9s"

static void latency_row(const struct report *report, const struct page *page, const char *label,
                        const struct histogram *histogram)
{
	static const double quantiles[] = {0.5, 0.9, 0.99, 0.999};
	char number[UNITS_MAX];
	if (histogram->count == 0)
		return;
	fprintf(page->out, LATENCY_FORMAT, label,
	        units_duration(number, trace_header_ns(report->header, histogram->min)));
	for (size_t i = 0; i < sizeof(quantiles) / sizeof(*quantiles); i++) {
		uint64_t value = trace_header_ns(report->header, histogram_quantile(histogram, quantiles[i]));
		fprintf(page->out, " %9s", units_duration(number, value));
	}
	fprintf(page->out, " %9s\n", units_duration(number, trace_header_ns(report->header, histogram->max)));
}

void report_latencies(const struct report *report, const struct page *page)
{
	const struct analysis_result *result = report->result;
	if (result->steal_latency.count == 0 && result->failed_steal_latency.count == 0 &&
	    result->queue_wait.count == 0 && result->exec.count == 0)
		return;
	page_coloured(page, PAGE_BOLD, LATENCY_FORMAT " %9s %9s %9s %9s %9s", "latency", "min", "p50", "p90", "p99",
	              "p99.9", "max");
	fputc('\n', page->out);
	latency_row(report, page, "steal", &result->steal_latency);
	latency_row(report, page, "failed steal", &result->failed_steal_latency);
	latency_row(report, page, "wait in queue", &result->queue_wait);
	latency_row(report, page, "run", &result->exec);
	latency_row(report, page, "queued to done", &result->queued_to_done);
}

void report_steals(const struct report *report, const struct page *page)
{
	const struct analysis_result *result = report->result;
	char attempts[UNITS_MAX], won[UNITS_MAX], share[UNITS_MAX], tasks[UNITS_MAX], line[LINE_BYTES];
	if (result->steal_attempts == 0)
		return;
	snprintf(line, sizeof(line), "%s attempt%s, %s succeeded (%s), %s task%s stolen",
	         units_count(attempts, result->steal_attempts), units_plural(result->steal_attempts),
	         units_count(won, result->successful_steals),
	         units_share(share, result->successful_steals, result->steal_attempts),
	         units_count(tasks, result->stolen_tasks), units_plural(result->stolen_tasks));
	page_item(page, "steals", line);
}

/* Runs and steals of a big trace fit these columns; what does not pushes the rest of its line to the right. */
#define ROW_FORMAT " %10s %8s %8s %10s %7s %5s %6s %6s"
enum { ROW_COLUMNS = 69, WORKER_COLUMNS_MIN = 10, WORKER_COLUMNS_MAX = 24 };

static unsigned worker_columns(const struct page *page)
{
	unsigned room = page->width > ROW_COLUMNS + WORKER_COLUMNS_MIN ? page->width - ROW_COLUMNS : WORKER_COLUMNS_MIN;
	return room < WORKER_COLUMNS_MAX ? room : WORKER_COLUMNS_MAX;
}

/* The worker's id and as much of its name as there is room for. */
static void worker_cell(const struct report *report, const struct page *page, uint32_t worker)
{
	const char *given = report_worker_given_name(report->header, worker);
	char cell[UNITS_MAX], name[WORKER_COLUMNS_MAX + 1];
	unsigned room = worker_columns(page);
	int used = worker == REPORT_UNATTACHED ? snprintf(cell, sizeof(cell), "unattached")
	                                       : snprintf(cell, sizeof(cell), "%" PRIu32, worker);
	fputs(cell, page->out);
	unsigned columns = (unsigned)used;
	if (given && columns + 5 <= room) {
		page_clean(name, room - columns, given);
		fprintf(page->out, " %s", name);
		columns += 1 + (unsigned)page_columns(name);
	}
	fprintf(page->out, "%*s", (int)(room > columns ? room - columns : 0), "");
}

static void table_head(const struct page *page)
{
	unsigned room = worker_columns(page);
	page_coloured(page, PAGE_BOLD, "%-*s" ROW_FORMAT, (int)room, "worker", "runs", "stole", "lost", "attempts",
	              "failed%", "busy%", "steal%", "park%");
	fputc('\n', page->out);
}

static void worker_row(const struct report *report, const struct page *page, const struct worker_stats *row)
{
	char executed[UNITS_MAX], stolen[UNITS_MAX], lost[UNITS_MAX], attempts[UNITS_MAX], failed[UNITS_MAX];
	char busy[UNITS_MAX], stealing[UNITS_MAX], parked[UNITS_MAX];
	/* Of the whole trace: a park that never ends lasts to its end. */
	uint64_t span =
	    report->result->last_ts > report->result->first_ts ? report->result->last_ts - report->result->first_ts : 0;
	worker_cell(report, page, row->worker);
	fprintf(page->out, ROW_FORMAT "\n", units_count(executed, row->executed), units_count(stolen, row->stolen),
	        units_count(lost, row->lost_to_thieves), units_count(attempts, row->attempts),
	        units_percent(failed, row->failed_attempts, row->attempts), units_percent(busy, row->busy, span),
	        units_percent(stealing, row->stealing, span), units_percent(parked, row->parked, span));
}

void report_workers(const struct report *report, const struct page *page, enum report_detail detail)
{
	const struct analysis_result *result = report->result;
	if (result->worker_count == 0)
		return;
	table_head(page);
	for (size_t i = 0; i < result->worker_count; i++) {
		if (detail != REPORT_FULL && i == WORKERS_SHOWN && result->worker_count > WORKERS_SHOWN + 1) {
			fprintf(page->out, "... %zu more: -v shows them\n", result->worker_count - i);
			return;
		}
		worker_row(report, page, &result->workers[i]);
	}
}
