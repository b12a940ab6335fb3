/* SPDX-License-Identifier: MIT */
/* Statistics as text: the steals in a line, latencies and workers in tables. */
#include <inttypes.h>

#include "report_parts.h"
#include "units.h"

enum { LINE_BYTES = 400, WORKERS_SHOWN = 16 };

#define LATENCY_FORMAT "%-14s %9s"

static void latency_row(const struct report *report, const struct text *text, const char *label,
                        const struct histogram *histogram)
{
	static const double quantiles[] = {0.5, 0.9, 0.99, 0.999};
	char number[UNITS_MAX];
	if (histogram->count == 0)
		return;
	fprintf(text->out, LATENCY_FORMAT, label,
	        units_duration(number, trace_header_ns(report->header, histogram->min)));
	for (size_t i = 0; i < sizeof(quantiles) / sizeof(*quantiles); i++) {
		uint64_t value = trace_header_ns(report->header, histogram_quantile(histogram, quantiles[i]));
		fprintf(text->out, " %9s", units_duration(number, value));
	}
	fprintf(text->out, " %9s\n", units_duration(number, trace_header_ns(report->header, histogram->max)));
}

void report_latencies(const struct report *report, const struct text *text)
{
	const struct analysis_result *result = report->result;
	if (result->steal_latency.count == 0 && result->failed_steal_latency.count == 0 &&
	    result->queue_wait.count == 0 && result->exec.count == 0)
		return;
	text_coloured(text, TEXT_BOLD, LATENCY_FORMAT " %9s %9s %9s %9s %9s", "latency", "min", "p50", "p90", "p99",
	              "p99.9", "max");
	fputc('\n', text->out);
	latency_row(report, text, "steal", &result->steal_latency);
	latency_row(report, text, "failed steal", &result->failed_steal_latency);
	latency_row(report, text, "wait in queue", &result->queue_wait);
	latency_row(report, text, "run", &result->exec);
	latency_row(report, text, "queued to done", &result->queued_to_done);
}

void report_steals(const struct report *report, const struct text *text)
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
	text_item(text, "steals", line);
}

/* Runs and steals of a big trace fit these columns; what does not pushes the rest of its line to the right. */
#define ROW_FORMAT " %10s %8s %8s %10s %7s %5s %6s %6s"
enum { ROW_COLUMNS = 69, WORKER_COLUMNS_MIN = 10, WORKER_COLUMNS_MAX = 24 };

static unsigned worker_columns(const struct text *text)
{
	unsigned room = text->width > ROW_COLUMNS + WORKER_COLUMNS_MIN ? text->width - ROW_COLUMNS : WORKER_COLUMNS_MIN;
	return room < WORKER_COLUMNS_MAX ? room : WORKER_COLUMNS_MAX;
}

/* The worker's id and as much of its name as there is room for. */
static void worker_cell(const struct report *report, const struct text *text, uint32_t worker)
{
	const struct trace_worker *declared = trace_header_worker(report->header, worker);
	char cell[UNITS_MAX], name[WORKER_COLUMNS_MAX + 1];
	unsigned room = worker_columns(text);
	int used = snprintf(cell, sizeof(cell), "%" PRIu32, worker);
	fputs(cell, text->out);
	unsigned columns = (unsigned)used;
	if (declared && declared->name && columns + 5 <= room) {
		text_clean(name, room - columns, declared->name);
		fprintf(text->out, " %s", name);
		columns += 1 + (unsigned)text_columns(name);
	}
	fprintf(text->out, "%*s", (int)(room > columns ? room - columns : 0), "");
}

static void table_head(const struct text *text)
{
	unsigned room = worker_columns(text);
	text_coloured(text, TEXT_BOLD, "%-*s" ROW_FORMAT, (int)room, "worker", "runs", "stole", "lost", "attempts",
	              "failed%", "busy%", "steal%", "park%");
	fputc('\n', text->out);
}

static void worker_row(const struct report *report, const struct text *text, const struct worker_stats *row)
{
	char executed[UNITS_MAX], stolen[UNITS_MAX], lost[UNITS_MAX], attempts[UNITS_MAX], failed[UNITS_MAX];
	char busy[UNITS_MAX], stealing[UNITS_MAX], parked[UNITS_MAX];
	uint64_t span = row->last_ts > row->first_ts ? row->last_ts - row->first_ts : 0;
	worker_cell(report, text, row->worker);
	fprintf(text->out, ROW_FORMAT "\n", units_count(executed, row->executed), units_count(stolen, row->stolen),
	        units_count(lost, row->lost_to_thieves), units_count(attempts, row->attempts),
	        units_percent(failed, row->failed_attempts, row->attempts), units_percent(busy, row->busy, span),
	        units_percent(stealing, row->stealing, span), units_percent(parked, row->parked, span));
}

void report_workers(const struct report *report, const struct text *text, enum report_detail detail)
{
	const struct analysis_result *result = report->result;
	if (result->worker_count == 0)
		return;
	table_head(text);
	for (size_t i = 0; i < result->worker_count; i++) {
		if (detail != REPORT_FULL && i == WORKERS_SHOWN && result->worker_count > WORKERS_SHOWN + 1) {
			fprintf(text->out, "... %zu more: -v shows them\n", result->worker_count - i);
			return;
		}
		worker_row(report, text, &result->workers[i]);
	}
}
