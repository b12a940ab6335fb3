/* SPDX-License-Identifier: MIT */
/* All in all, as text: the verdict, what did not pass, and the sums. */
#include <string.h>

#include "explain.h"
#include "fleet.h"
#include "report_parts.h"

_Static_assert((int)FLEET_LATENCY_COUNT == (int)REPORT_LATENCIES, "the table has a row for each");
enum { LINE_BYTES = 1000, TRACES_SHOWN = 20, VERDICT_COLUMNS = sizeof("inconclusive") - 1 };

static void verdict_line(const struct fleet *fleet, const struct page *page)
{
	static const char *const words[] = {"PASS", "FAIL", "INCONCLUSIVE"};
	static const enum page_colour colours[] = {PAGE_GREEN, PAGE_RED, PAGE_YELLOW};
	char line[LINE_BYTES];
	const enum analysis_verdict verdict = fleet_verdict(fleet);
	page_coloured(page, colours[verdict], "%s", words[verdict]);
	fprintf(page->out, "  in all: %s\n", fleet_words(line, sizeof(line), fleet));
}

/* "2 errors, 1 budget exceeded, cut, lossy" */
static const char *trace_words(char line[LINE_BYTES], const struct fleet_trace *trace)
{
	const struct {
		uint64_t count;
		const char *word;
	} rows[] = {{trace->errors, "error"}, {trace->warnings, "warning"}, {trace->exceeded, "exceeded budget"}};
	const struct explain_reason *reason;
	char number[UNITS_MAX];
	const char *separator = ": ";
	size_t used = 0;
	line[0] = '\0';
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		if (rows[i].count == 0)
			continue;
		used += (size_t)snprintf(line + used, LINE_BYTES - used, "%s%s %s%s", separator,
		                         units_count(number, rows[i].count), rows[i].word, units_plural(rows[i].count));
		separator = ", ";
	}
	for (size_t i = 0; i < FLEET_REASONS_MAX && (reason = explain_reason(i)) != NULL; i++) {
		if (!(trace->reasons >> i & 1U))
			continue;
		used += (size_t)snprintf(line + used, LINE_BYTES - used, "%s%s", separator, reason->name);
		separator = ", ";
	}
	return line;
}

static void trace_row(const struct fleet_trace *trace, const struct page *page)
{
	static const enum page_colour colours[] = {PAGE_GREEN, PAGE_RED, PAGE_YELLOW};
	char path[PAGE_NAME_MAX], words[LINE_BYTES], clean[LINE_BYTES], line[LINE_BYTES * 2];
	const char *verdict = trace->error ? "unreadable" : report_verdict_name(trace->verdict);
	if (trace->error)
		snprintf(words, sizeof(words), ": %s", trace->error);
	else
		trace_words(words, trace);
	fputs("  ", page->out);
	page_coloured(page, trace->error ? PAGE_RED : colours[trace->verdict], "%-*s", VERDICT_COLUMNS, verdict);
	fputs("  ", page->out);
	snprintf(line, sizeof(line), "%s%s", page_clean(path, sizeof(path), trace->path),
	         page_clean(clean, sizeof(clean), words));
	page_wrap(page, VERDICT_COLUMNS + 4, VERDICT_COLUMNS + 4, line);
}

/* Those that did not pass, or all. */
static void trace_rows(const struct fleet *fleet, bool all, const struct page *page)
{
	char number[UNITS_MAX];
	size_t left_out = 0, shown = 0;
	for (size_t i = 0; i < fleet->count; i++) {
		const struct fleet_trace *trace = &fleet->traces[i];
		if (!all && !trace->error && trace->verdict == ANALYSIS_PASS)
			continue;
		if (!all && shown == TRACES_SHOWN)
			left_out++;
		else {
			trace_row(trace, page);
			shown++;
		}
	}
	if (left_out > 0)
		fprintf(page->out, "  ... and %s more that did not pass: -v lists all\n",
		        units_count(number, left_out));
}

static void kinds(const struct fleet_sums *sums, const struct page *page)
{
	char line[LINE_BYTES], number[UNITS_MAX];
	size_t used = 0;
	for (unsigned kind = 0; kind < WSC_VIOLATION_KIND_COUNT; kind++) {
		uint64_t count = sums->counts[kind] - sums->suppressed[kind] - sums->known[kind];
		if (sums->counts[kind] > sums->suppressed[kind] + sums->known[kind])
			used += (size_t)snprintf(line + used, sizeof(line) - used, "%s%s %s", used > 0 ? ", " : "",
			                         units_count(number, count),
			                         wsc_violation_name((enum wsc_violation_kind)kind));
	}
	if (used > 0)
		page_item(page, "reports", line);
}

static void figures(const struct fleet_sums *sums, const struct page *page)
{
	char line[LINE_BYTES], events[UNITS_MAX], tasks[UNITS_MAX], time[UNITS_MAX], dropped[UNITS_MAX],
	    damaged[UNITS_MAX];
	snprintf(line, sizeof(line), "%s event%s, %s task%s, %s of running; %s dropped, %s block%s damaged",
	         units_count(events, sums->events), units_plural(sums->events), units_count(tasks, sums->tasks),
	         units_plural(sums->tasks), units_duration(time, sums->duration_ns),
	         units_count(dropped, sums->dropped), units_count(damaged, sums->damaged_blocks),
	         units_plural(sums->damaged_blocks));
	page_item(page, "traces", line);
	if (sums->undecided_tasks > 0)
		page_item(page, "undecided",
		          report_undecided_words(line, sums->undecided_tasks, sums->undecided_by_reason));
	report_unordered_line(page, sums->undecided_stays);
	if (sums->steal_attempts == 0)
		return;
	report_steals_line(page, sums->steal_attempts, sums->successful_steals, sums->stolen_tasks);
}

static enum wsc_status latencies(const struct fleet_sums *sums, const struct page *page)
{
	static const struct trace_header nanoseconds = {.clock = WSC_CLOCK_NS};
	const struct histogram *rows[FLEET_LATENCY_COUNT];
	for (unsigned i = 0; i < FLEET_LATENCY_COUNT; i++)
		rows[i] = &sums->latencies[i].ns;
	return report_latency_table(page, &nanoseconds, rows);
}

enum wsc_status fleet_text(const struct fleet *fleet, enum report_detail detail, const struct page *page)
{
	verdict_line(fleet, page);
	if (detail == REPORT_QUIET)
		return WSC_OK;
	trace_rows(fleet, detail == REPORT_FULL, page);
	kinds(&fleet->sums, page);
	figures(&fleet->sums, page);
	return latencies(&fleet->sums, page);
}
