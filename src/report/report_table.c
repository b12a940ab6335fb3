/* SPDX-License-Identifier: MIT */
/* Statistics as text: the steals in a line, latencies and workers in tables. */
#include <inttypes.h>

#include "report_parts.h"
#include "table.h"

enum { LINE_BYTES = 400, WORKERS_SHOWN = 8, NAME_COLUMNS = 24, WORKER_COLUMNS = 10 };

static void latency_row(const struct trace_header *header, struct table *table, const char *label,
                        const struct histogram *histogram)
{
	static const double quantiles[] = {0.5, 0.9, 0.99, 0.999};
	char number[UNITS_MAX];
	if (histogram->count == 0)
		return;
	table_add(table, label);
	table_add(table, units_duration(number, trace_header_ns(header, histogram->min)));
	for (size_t i = 0; i < sizeof(quantiles) / sizeof(*quantiles); i++) {
		uint64_t value = trace_header_ns(header, histogram_quantile(histogram, quantiles[i]));
		table_add(table, units_duration(number, value));
	}
	table_add(table, units_duration(number, trace_header_ns(header, histogram->max)));
}

enum wsc_status report_latency_table(const struct page *page, const struct trace_header *header,
                                     const struct histogram *const latencies[REPORT_LATENCIES])
{
	static const struct table_column columns[] = {{"latency", true, 0}, {"min", false, 5}, {"p50", false, 0},
	                                              {"p90", false, 3},    {"p99", false, 1}, {"p99.9", false, 4},
	                                              {"max", false, 2}};
	static const char *const labels[REPORT_LATENCIES] = {"steal", "failed steal", "wait in queue", "run",
	                                                     "queued to done"};
	struct table table;
	bool any = false;
	for (unsigned i = 0; i < REPORT_LATENCIES; i++)
		any |= latencies[i]->count > 0;
	if (!any)
		return WSC_OK;
	table_init(&table, columns, sizeof(columns) / sizeof(*columns));
	for (unsigned i = 0; i < REPORT_LATENCIES; i++)
		latency_row(header, &table, labels[i], latencies[i]);
	return table_write(&table, page);
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
	snprintf(line, sizeof(line), "%s %s: %sworker %" PRIu32 ", %s into the trace", name,
	         units_duration(time, trace_header_ns(report->header, histogram->max)), task, histogram->of_max.worker,
	         units_duration(when, report_into_ns(report, histogram->of_max.ts)));
	page_item(page, *label, line);
	*label = "";
}

static void longest_of_all(const struct report *report, const struct page *page)
{
	const struct analysis_result *result = report->result;
	const char *label = "longest";
	longest(report, page, &label, "steal", &result->steal_latency);
	longest(report, page, &label, "failed steal", &result->failed_steal_latency);
	longest(report, page, &label, "wait in queue", &result->queue_wait);
	longest(report, page, &label, "run", &result->exec);
	longest(report, page, &label, "queued to done", &result->queued_to_done);
}

enum wsc_status report_latencies(const struct report *report, const struct page *page)
{
	const struct analysis_result *result = report->result;
	const struct histogram *const latencies[] = {&result->steal_latency, &result->failed_steal_latency,
	                                             &result->queue_wait, &result->exec, &result->queued_to_done};
	enum wsc_status status = report_latency_table(page, report->header, latencies);
	if (report->detail == REPORT_FULL)
		longest_of_all(report, page);
	return status;
}

void report_unordered_line(const struct page *page, uint64_t stays)
{
	char line[LINE_BYTES], number[UNITS_MAX];
	if (stays == 0)
		return;
	snprintf(line, sizeof(line),
	         "%s stay%s of tasks in queues, whose order was not checked: which take was whose is ambiguous",
	         units_count(number, stays), units_plural(stays));
	page_item(page, "unordered", line);
}

void report_steals_line(const struct page *page, uint64_t attempts, uint64_t successes, uint64_t stolen)
{
	char all[UNITS_MAX], won[UNITS_MAX], share[UNITS_MAX], tasks[UNITS_MAX], line[LINE_BYTES];
	snprintf(line, sizeof(line), "%s attempt%s, %s succeeded (%s), %s task%s stolen", units_count(all, attempts),
	         units_plural(attempts), units_count(won, successes), units_share(share, successes, attempts),
	         units_count(tasks, stolen), units_plural(stolen));
	page_item(page, "steals", line);
}

void report_steals(const struct report *report, const struct page *page)
{
	const struct analysis_result *result = report->result;
	char attempts[UNITS_MAX], won[UNITS_MAX], share[UNITS_MAX], tasks[UNITS_MAX], more[UNITS_MAX];
	char line[LINE_BYTES];
	if (result->steal_attempts == 0)
		return;
	if (report_is_absent(report, WSC_EV_STEAL_FAILURE)) {
		snprintf(line, sizeof(line), "%s succeeded, %s task%s stolen; failed attempts are not recorded",
		         units_count(won, result->successful_steals), units_count(tasks, result->stolen_tasks),
		         units_plural(result->stolen_tasks));
		page_item(page, "steals", line);
	} else {
		report_steals_line(page, result->steal_attempts, result->successful_steals, result->stolen_tasks);
	}
	const struct steals_per_life *again = &result->steals_per_life;
	if (steals_per_life_repeated(again) == 0 || (report->verdict == ANALYSIS_FAIL && report->detail != REPORT_FULL))
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
	         "the busiest of %s workers was busy %.2f times the mean; the most runs are %.2f times the mean",
	         units_count(number, balance.workers), balance.busy, balance.executed);
	page_item(page, "balance", line);
}

/* The worker's id and name. */
static void worker_cell(const struct report *report, struct table *table, uint32_t worker)
{
	const char *given = report_worker_given_name(report->header, worker);
	char cell[TABLE_CELL_MAX], name[NAME_COLUMNS + 1];
	if (worker == REPORT_UNATTACHED)
		snprintf(cell, sizeof(cell), "unattached");
	else if (given)
		snprintf(cell, sizeof(cell), "%" PRIu32 " %s", worker, page_clean(name, sizeof(name), given));
	else
		snprintf(cell, sizeof(cell), "%" PRIu32, worker);
	table_add(table, cell);
}

/* What shares are of, the whole trace: a park that never ends lasts to its end. */
static uint64_t trace_span(const struct analysis_result *result)
{
	return result->end_ts > result->first_ts ? result->end_ts - result->first_ts : 0;
}

/* The time before a worker was attached and after it was detached: what its other shares lack. */
static uint64_t away(const struct analysis_result *result, const struct worker_stats *row)
{
	return trace_span(result) > row->attached ? trace_span(result) - row->attached : 0;
}

/* Whether some worker has a share of that to show. */
static bool is_any_away(const struct analysis_result *result)
{
	for (size_t i = 0; i < result->worker_count; i++) {
		if (away(result, &result->workers[i]) > trace_span(result) / 2000)
			return true;
	}
	return false;
}

static void worker_row(const struct report *report, struct table *table, const struct worker_stats *row)
{
	char number[UNITS_MAX];
	uint64_t span = trace_span(report->result);
	/* What a worker did with the tasks that are not recorded is not known. */
	uint64_t idle_span = report->header->sampling > 1 ? 0 : span;
	worker_cell(report, table, row->worker);
	table_add(table, report_estimate(number, report, row->executed));
	table_add(table, units_count(number, row->stolen));
	table_add(table, units_count(number, row->lost_to_thieves));
	table_add(table, units_count(number, row->attempts));
	const bool no_failures = report_is_absent(report, WSC_EV_STEAL_FAILURE);
	const bool no_starts = report_is_absent(report, WSC_EV_STEAL_START);
	const bool no_runs = report->header->scope == WSC_SCOPE_DEQUE || report_is_absent(report, WSC_EV_EXEC_START);
	const bool no_parks = report_is_absent(report, WSC_EV_PARKED);
	table_add(table, units_percent(number, row->failed_attempts, no_failures ? 0 : row->attempts));
	table_add(table, units_percent(number, row->busy, no_runs ? 0 : span));
	table_add(table, units_percent(number, row->stealing, no_starts ? 0 : span));
	table_add(table, units_percent(number, row->parked, no_parks ? 0 : span));
	table_add(table, units_percent(number, row->idle, no_runs ? 0 : idle_span));
	if (table->column_count > WORKER_COLUMNS)
		table_add(table, units_percent(number, away(report->result, row), span));
}

enum wsc_status report_workers(const struct report *report, const struct page *page)
{
	static const struct table_column columns[] = {{"worker", true, 0}, {"runs", false, 1},     {"stole", false, 2},
	                                              {"lost", false, 7},  {"attempts", false, 8}, {"fail%", false, 9},
	                                              {"busy%", false, 3}, {"steal%", false, 10},  {"park%", false, 4},
	                                              {"idle%", false, 5}, {"away%", false, 6}};
	const struct analysis_result *result = report->result;
	struct table table;
	size_t shown = result->worker_count;
	if (shown == 0)
		return WSC_OK;
	if (report->detail != REPORT_FULL && shown > WORKERS_SHOWN + 1)
		shown = WORKERS_SHOWN;
	table_init(&table, columns, WORKER_COLUMNS + is_any_away(result));
	for (size_t i = 0; i < shown; i++)
		worker_row(report, &table, &result->workers[i]);
	enum wsc_status status = table_write(&table, page);
	if (shown < result->worker_count)
		fprintf(page->out, "... %zu more: -v shows them\n", result->worker_count - shown);
	return status;
}
