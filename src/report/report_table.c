/* SPDX-License-Identifier: MIT */
/* Statistics as text: the steals in a line, latencies and workers in tables. */
#include <inttypes.h>

#include "report_parts.h"

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

/* The event behind a maximum. */
static void longest(const struct report *report, const struct page *page, const char **label, const char *name,
                    const struct histogram *histogram)
{
	char time[UNITS_MAX], when[UNITS_MAX], task[UNITS_MAX] = "", line[LINE_BYTES];
	if (histogram->count == 0)
		return;
	if (histogram->of_max.task != 0)
		snprintf(task, sizeof(task), "task %" PRIu64 ", ", histogram->of_max.task);
	snprintf(
	    line, sizeof(line), "%s %s: %sworker %" PRIu32 ", %s into the trace", name,
	    units_duration(time, trace_header_ns(report->header, histogram->max)), task, histogram->of_max.worker,
	    units_duration(when, report_between_ns(report->header, report->result->first_ts, histogram->of_max.ts)));
	page_item(page, *label, line);
	*label = "";
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
	const char *label = "longest";
	longest(report, page, &label, "steal", &result->steal_latency);
	longest(report, page, &label, "failed steal", &result->failed_steal_latency);
	longest(report, page, &label, "wait in queue", &result->queue_wait);
	longest(report, page, &label, "run", &result->exec);
	longest(report, page, &label, "queued to done", &result->queued_to_done);
}

void report_steals(const struct report *report, const struct page *page)
{
	const struct analysis_result *result = report->result;
	char attempts[UNITS_MAX], won[UNITS_MAX], share[UNITS_MAX], tasks[UNITS_MAX], more[UNITS_MAX];
	char line[LINE_BYTES];
	if (result->steal_attempts == 0)
		return;
	snprintf(line, sizeof(line), "%s attempt%s, %s succeeded (%s), %s task%s stolen",
	         units_count(attempts, result->steal_attempts), units_plural(result->steal_attempts),
	         units_count(won, result->successful_steals),
	         units_share(share, result->successful_steals, result->steal_attempts),
	         units_count(tasks, result->stolen_tasks), units_plural(result->stolen_tasks));
	page_item(page, "steals", line);
	const struct steals_per_life *again = &result->steals_per_life;
	if (steals_per_life_repeated(again) == 0)
		return;
	snprintf(line, sizeof(line),
	         "%s task%s stolen more than once (twice %s, three times %s, more often %s); most: "
	         "task %" PRIu64 ", %s times",
	         report_estimate(attempts, report, steals_per_life_repeated(again)),
	         units_plural(steals_per_life_repeated(again)), report_estimate(won, report, again->lives[1]),
	         report_estimate(tasks, report, again->lives[2]), report_estimate(more, report, again->lives[3]),
	         again->task, units_count(share, again->max));
	page_item(page, "ping-pong", line);
}

void report_waste(const struct report *report, const struct page *page)
{
	const struct analysis_result *result = report->result;
	uint64_t parks = result->counts[WSC_VIOLATION_IDLE_WHILE_WORK];
	uint64_t empties = result->counts[WSC_VIOLATION_FALSE_EMPTY];
	char time[UNITS_MAX], number[UNITS_MAX], line[LINE_BYTES];
	if (parks > 0) {
		snprintf(line, sizeof(line), "%s of worker time: %s park%s beside work that certainly waited",
		         units_duration(time, trace_header_ns(report->header, result->wasted.idle)),
		         units_count(number, parks), units_plural(parks));
		page_item(page, "wasted", line);
	}
	if (empties > 0) {
		snprintf(line, sizeof(line), "%s of worker time: %s attempt%s wrongly told `empty`",
		         units_duration(time, trace_header_ns(report->header, result->wasted.false_empty)),
		         units_count(number, empties), units_plural(empties));
		page_item(page, parks > 0 ? "" : "wasted", line);
	}
}

void report_balance(const struct report *report, const struct page *page)
{
	struct balance balance = balance_of(report->result->workers, report->result->worker_count);
	char number[UNITS_MAX], line[LINE_BYTES];
	if (balance.workers < 2 || balance.executed <= 0)
		return;
	snprintf(line, sizeof(line),
	         "the busiest of %s workers was busy %.2f times the mean, the most runs are %.2f times",
	         units_count(number, balance.workers), balance.busy, balance.executed);
	page_item(page, "balance", line);
}

/* Runs and steals of a big trace fit these columns; what does not pushes the rest of its line to the right. */
#define ROW_FORMAT " %9s %7s %7s %9s %6s %5s %6s %5s %5s"
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
	              "fail%", "busy%", "steal%", "park%", "idle%");
	fputc('\n', page->out);
}

static void worker_row(const struct report *report, const struct page *page, const struct worker_stats *row)
{
	char executed[UNITS_MAX], stolen[UNITS_MAX], lost[UNITS_MAX], attempts[UNITS_MAX], failed[UNITS_MAX];
	char busy[UNITS_MAX], stealing[UNITS_MAX], parked[UNITS_MAX], idle[UNITS_MAX];
	/* Of the whole trace: a park that never ends lasts to its end. */
	const struct analysis_result *result = report->result;
	uint64_t span = result->end_ts > result->first_ts ? result->end_ts - result->first_ts : 0;
	/* What a worker did with the tasks that are not recorded is not known. */
	uint64_t idle_span = report->header->sampling > 1 ? 0 : span;
	worker_cell(report, page, row->worker);
	fprintf(page->out, ROW_FORMAT "\n", report_estimate(executed, report, row->executed),
	        units_count(stolen, row->stolen), units_count(lost, row->lost_to_thieves),
	        units_count(attempts, row->attempts), units_percent(failed, row->failed_attempts, row->attempts),
	        units_percent(busy, row->busy, span), units_percent(stealing, row->stealing, span),
	        units_percent(parked, row->parked, span), units_percent(idle, row->idle, idle_span));
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
