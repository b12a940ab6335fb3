/* SPDX-License-Identifier: MIT */
/* Statistics as text: the steals in two lines, the workers in a table. */
#include <inttypes.h>

#include "report_parts.h"
#include "units.h"

enum { LINE_BYTES = 400, WORKERS_SHOWN = 16 };

static void latency_line(const struct report *report, const struct text *text, const char *what,
                         const struct histogram *histogram)
{
	static const struct {
		const char *name;
		double quantile;
	} rows[] = {{"p50", 0.5}, {"p90", 0.9}, {"p99", 0.99}, {"p99.9", 0.999}};
	char line[LINE_BYTES], number[UNITS_MAX];
	if (histogram->count == 0)
		return;
	int used = snprintf(line, sizeof(line), "%s: min %s", what,
	                    units_duration(number, trace_header_ns(report->header, histogram->min)));
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		uint64_t value = trace_header_ns(report->header, histogram_quantile(histogram, rows[i].quantile));
		used += snprintf(line + used, sizeof(line) - (size_t)used, ", %s %s", rows[i].name,
		                 units_duration(number, value));
	}
	snprintf(line + used, sizeof(line) - (size_t)used, ", max %s",
	         units_duration(number, trace_header_ns(report->header, histogram->max)));
	text_item(text, "", line);
}

void report_steals(const struct report *report, const struct text *text)
{
	const struct analysis_result *result = report->result;
	char attempts[UNITS_MAX], won[UNITS_MAX], share[UNITS_MAX], tasks[UNITS_MAX], line[LINE_BYTES];
	if (result->steal_attempts > 0) {
		snprintf(line, sizeof(line), "%s attempts, %s succeeded (%s), %s task%s stolen",
		         units_count(attempts, result->steal_attempts), units_count(won, result->successful_steals),
		         units_share(share, result->successful_steals, result->steal_attempts),
		         units_count(tasks, result->stolen_tasks), result->stolen_tasks == 1 ? "" : "s");
		text_item(text, "steals", line);
		latency_line(report, text, "latency", &result->steal_latency);
		latency_line(report, text, "of failures", &result->failed_steal_latency);
	}
	if (result->queue_wait.count > 0 || result->exec.count > 0)
		text_item(text, "tasks", "");
	latency_line(report, text, "wait in queue", &result->queue_wait);
	latency_line(report, text, "run", &result->exec);
}

static void worker_row(const struct report *report, const struct text *text, const struct worker_stats *row)
{
	char executed[UNITS_MAX], stolen[UNITS_MAX], lost[UNITS_MAX], attempts[UNITS_MAX], failed[UNITS_MAX];
	char busy[UNITS_MAX], stealing[UNITS_MAX], parked[UNITS_MAX], name[REPORT_NAME_MAX];
	uint64_t span = row->last_ts > row->first_ts ? row->last_ts - row->first_ts : 0;
	fprintf(text->out, "%8" PRIu32 " %9s %9s %9s %11s %7s %7s %7s %7s%s\n", row->worker,
	        units_count(executed, row->executed), units_count(stolen, row->stolen),
	        units_count(lost, row->lost_to_thieves), units_count(attempts, row->attempts),
	        units_share(failed, row->failed_attempts, row->attempts), units_share(busy, row->busy, span),
	        units_share(stealing, row->stealing, span), units_share(parked, row->parked, span),
	        report_worker_name(name, report->header, row->worker));
}

void report_workers(const struct report *report, const struct text *text, enum report_detail detail)
{
	const struct analysis_result *result = report->result;
	if (result->worker_count == 0)
		return;
	text_coloured(text, TEXT_BOLD, "%8s %9s %9s %9s %11s %7s %7s %7s %7s", "worker", "runs", "stole", "lost",
	              "attempts", "failed", "busy", "steal", "parked");
	fputc('\n', text->out);
	for (size_t i = 0; i < result->worker_count; i++) {
		if (detail != REPORT_FULL && i == WORKERS_SHOWN && result->worker_count > WORKERS_SHOWN + 1) {
			fprintf(text->out, "     ... %zu more: -v shows them\n", result->worker_count - i);
			return;
		}
		worker_row(report, text, &result->workers[i]);
	}
}
