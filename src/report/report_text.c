/* SPDX-License-Identifier: MIT */
#include <inttypes.h>
#include <string.h>

#include "format.h"
#include "judgement.h"
#include "report_parts.h"
#include "units.h"

enum { LINE_MAX_BYTES = 2000 };

uint64_t report_count(const struct analysis_result *result, enum wsc_severity severity)
{
	uint64_t count = 0;
	for (unsigned kind = 0; kind < WSC_VIOLATION_KIND_COUNT; kind++) {
		if (wsc_violation_severity((enum wsc_violation_kind)kind) == severity)
			count += result->counts[kind];
	}
	return count;
}

uint64_t report_between_ns(const struct trace_header *header, uint64_t from, uint64_t to)
{
	return to < from ? 0 : trace_header_ns(header, to - from);
}

double report_real_ns(const struct trace_header *header, double stamps)
{
	if (header->clock == WSC_CLOCK_TICKS && header->ticks_per_second != 0)
		return stamps * 1e9 / (double)header->ticks_per_second;
	return stamps;
}

uint64_t report_scaled(const struct report *report, uint64_t count)
{
	uint64_t sampling = report->header->sampling;
	if (sampling <= 1)
		return count;
	return count > UINT64_MAX / sampling ? UINT64_MAX : count * sampling;
}

const char *report_estimate(char buffer[UNITS_MAX], const struct report *report, uint64_t count)
{
	char plain[UNITS_MAX];
	if (report->header->sampling <= 1)
		return units_count(buffer, count);
	snprintf(buffer, UNITS_MAX, "~%.*s", UNITS_MAX - 2, units_count(plain, report_scaled(report, count)));
	return buffer;
}

static const char *bracketed(char buffer[REPORT_NAME_MAX], const char *name)
{
	char clean[REPORT_NAME_MAX - 4];
	buffer[0] = '\0';
	if (name && name[0])
		snprintf(buffer, REPORT_NAME_MAX, " (%s)", page_clean(clean, sizeof(clean), name));
	return buffer;
}

const char *report_worker_given_name(const struct trace_header *header, uint32_t worker)
{
	const struct trace_worker *row = trace_header_worker(header, worker);
	char plain[REPORT_NAME_MAX];
	snprintf(plain, sizeof(plain), "worker %" PRIu32, worker);
	if (worker == REPORT_UNATTACHED && !(row && row->name))
		return "not attached";
	return row && row->name && strcmp(row->name, plain) != 0 ? row->name : NULL;
}

const char *report_worker_name(char buffer[REPORT_NAME_MAX], const struct trace_header *header, uint32_t worker)
{
	return bracketed(buffer, report_worker_given_name(header, worker));
}

const char *report_queue_name(char buffer[REPORT_NAME_MAX], const struct trace_header *header, uint32_t queue)
{
	const struct trace_queue *row = trace_header_queue(header, queue);
	return bracketed(buffer, row ? row->name : NULL);
}

static void verdict_line(const struct report *report, const struct page *page)
{
	static const char *const words[] = {"PASS", "FAIL", "INCONCLUSIVE"};
	static const enum page_colour colours[] = {PAGE_GREEN, PAGE_RED, PAGE_YELLOW};
	char path[PAGE_NAME_MAX], summary[LINE_MAX_BYTES];

	page_coloured(page, colours[report->verdict], "%s", words[report->verdict]);
	fprintf(page->out, "  %s: %s\n", page_clean(path, sizeof(path), report->path),
	        report_verdict_words(summary, sizeof(summary), report));
}

static void kind_table(const struct report *report, const struct page *page)
{
	const uint64_t *counts = report->result->counts;
	size_t name_columns = 0, count_columns = 0;
	char number[UNITS_MAX];
	for (unsigned kind = 0; kind < WSC_VIOLATION_KIND_COUNT; kind++) {
		size_t name = strlen(wsc_violation_name((enum wsc_violation_kind)kind));
		size_t count = strlen(units_count(number, counts[kind]));
		if (counts[kind] > 0 && name > name_columns)
			name_columns = name;
		if (counts[kind] > 0 && count > count_columns)
			count_columns = count;
	}
	for (unsigned k = 0; k < WSC_VIOLATION_KIND_COUNT; k++) {
		enum wsc_violation_kind kind = (enum wsc_violation_kind)k;
		if (counts[kind] == 0)
			continue;
		bool error = wsc_violation_severity(kind) == WSC_SEVERITY_ERROR;
		unsigned indent = (unsigned)(2 + name_columns + 2 + count_columns + 2);
		fputs("  ", page->out);
		page_coloured(page, error ? PAGE_RED : PAGE_YELLOW, "%-*s", (int)name_columns,
		              wsc_violation_name(kind));
		fprintf(page->out, "  %*s  ", (int)count_columns, units_count(number, counts[kind]));
		page_wrap(page, indent, indent, wsc_violation_help(kind));
	}
}

/* Why it is not a pass, and what to do about it. The words of the reasons are the analysis's own. */
static void reasons(const struct report *report, const struct page *page)
{
	static const struct {
		unsigned bit;
		const char *clause, *next;
	} rows[] = {
#define CUT_NEXT     "let the run end and close its trace; what a hang would leave behind is listed below as `waiting`"
#define STALLED_NEXT "see what waits below, and who was parked meanwhile"
#define WINDOW_NEXT  "open the recorder before the first task is queued"
#define LOSSY_NEXT                                                                                                     \
	"record with larger rings (ring_events) or fewer events, and attach each worker under an id of its own"
#define DAMAGED_NEXT            "fetch the file again; what could be read was analyzed"
#define EMPTY_NEXT              "check that the program was built with the recorder and that workers attach to it"
#define UNCHECKED_ORDER_NEXT    "declare the discipline `none` for a queue whose order does not matter"
#define AMBIGUOUS_NEXT          "record with a finer clock"
#define ROW(NAME, bit, clause_) {1U << (bit), clause_, NAME##_NEXT},
	    ANALYSIS_REASONS(ROW)
#undef ROW
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		if (!(report->result->reasons & rows[i].bit))
			continue;
		page_item(page, report->verdict == ANALYSIS_INCONCLUSIVE ? "because" : "note", rows[i].clause);
		fputs("  ", page->out);
		page_coloured(page, PAGE_DIM, "next:");
		fputs("   ", page->out);
		page_wrap(page, PAGE_LABEL_COLUMNS, PAGE_LABEL_COLUMNS, rows[i].next);
	}
}

static void undecided(const struct report *report, const struct page *page)
{
	const struct analysis_result *result = report->result;
	char line[LINE_MAX_BYTES], number[UNITS_MAX], name[REPORT_NAME_MAX];
	if (result->undecided_tasks > 0) {
		snprintf(line, sizeof(line), "%s task%s: %s", units_count(number, result->undecided_tasks),
		         units_plural(result->undecided_tasks),
		         result->undecided_reason ? result->undecided_reason : "the evidence is incomplete");
		page_item(page, "undecided", line);
	}
	enum { SHOWN = 5 };
	for (size_t i = 0; i < result->unchecked_count && i < SHOWN; i++) {
		uint32_t queue = result->unchecked[i].queue;
		snprintf(line, sizeof(line), "queue %" PRIu32 "%s: %s", queue,
		         report_queue_name(name, report->header, queue), result->unchecked[i].why);
		page_item(page, "unchecked", line);
	}
	if (result->unchecked_count > SHOWN) {
		snprintf(line, sizeof(line), "... and %s more queues",
		         units_count(number, result->unchecked_count - SHOWN));
		page_item(page, "", line);
	}
}

static void parked(const struct report *report, const struct page *page)
{
	const struct analysis_result *result = report->result;
	enum { SHOWN = 16 };
	char line[LINE_MAX_BYTES], number[UNITS_MAX];
	size_t used = 0;
	for (size_t i = 0; i < result->parked_count && i < SHOWN; i++) {
		const struct parked_worker *row = &result->parked[i];
		int length = snprintf(
		    line + used, sizeof(line) - used, "%s %" PRIu32 " for %s", i > 0 ? ", worker" : "worker",
		    row->worker, units_duration(number, report_between_ns(report->header, row->since, result->end_ts)));
		used += (size_t)length;
	}
	if (result->parked_count > SHOWN)
		snprintf(line + used, sizeof(line) - used, " and %s more",
		         units_count(number, result->parked_count - SHOWN));
	if (result->parked_count > 0)
		page_item(page, "parked", line);
}

static void waiting(const struct report *report, const struct page *page)
{
	const struct analysis_result *result = report->result;
	char line[LINE_MAX_BYTES], number[UNITS_MAX], name[REPORT_NAME_MAX];
	if (result->waiting_total > 0) {
		snprintf(line, sizeof(line), "%s task%s had been queued or taken and did not run; the longest:",
		         units_count(number, result->waiting_total), units_plural(result->waiting_total));
		page_item(page, "waiting", line);
	}
	for (size_t i = 0; i < result->waiting_count; i++) {
		const struct waiting_task *row = &result->waiting[i];
		units_duration(number, report_between_ns(report->header, row->since, result->end_ts));
		if (row->taken)
			snprintf(line, sizeof(line), "task %" PRIu64 " for %s, taken by worker %" PRIu32 "%s",
			         row->task, number, row->place, report_worker_name(name, report->header, row->place));
		else
			snprintf(line, sizeof(line), "task %" PRIu64 " for %s in queue %" PRIu32 "%s", row->task,
			         number, row->place, report_queue_name(name, report->header, row->place));
		page_item(page, "", line);
	}
	parked(report, page);
}

static void skipped(const struct report *report, const struct page *page)
{
	char line[LINE_MAX_BYTES], number[UNITS_MAX], name[PAGE_NAME_MAX];
	for (size_t i = 0; i < report->summary->skipped_count; i++) {
		const struct trace_skipped *row = &report->summary->skipped[i];
		snprintf(line, sizeof(line), "%s event%s of a kind unknown here, `%s`", units_count(number, row->count),
		         units_plural(row->count), page_clean(name, sizeof(name), row->name));
		page_item(page, "skipped", line);
	}
}

/* Where to look further, once there is something to look for. */
static void next_step(const struct report *report, const struct page *page)
{
	char path[PAGE_NAME_MAX], line[LINE_MAX_BYTES];
	if (report->result->violation_count == 0)
		return;
	const struct violation *first = &report->result->violations[0];
	page_clean(path, sizeof(path), report->path);
	if (first->task != 0)
		snprintf(line, sizeof(line), "wscheck dump %s | grep -w '\"task\":%" PRIu64 "' shows a task's events",
		         path, first->task);
	else
		snprintf(line, sizeof(line), "wscheck dump %s shows every event", path);
	page_item(page, "next", line);
}

static void trace_line(const struct report *report, const struct page *page)
{
	const struct analysis_result *result = report->result;
	char events[UNITS_MAX], workers[UNITS_MAX], tasks[UNITS_MAX], lives[UNITS_MAX], time[UNITS_MAX];
	char dropped[UNITS_MAX], damaged[UNITS_MAX], line[LINE_MAX_BYTES];
	snprintf(line, sizeof(line),
	         "%s event%s, %s worker%s, %s task%s, %s li%s, %s; end: %s; %s dropped, %s block%s damaged",
	         units_count(events, result->events), units_plural(result->events),
	         units_count(workers, result->workers_seen), units_plural(result->workers_seen),
	         report_estimate(tasks, report, result->tasks), units_plural(result->tasks),
	         report_estimate(lives, report, result->lives), result->lives == 1 ? "fe" : "ves",
	         units_duration(time, report_between_ns(report->header, result->first_ts, result->last_ts)),
	         trace_end_name(result->end), units_count(dropped, result->dropped),
	         units_count(damaged, result->damaged_blocks), units_plural(result->damaged_blocks));
	page_item(page, "trace", line);
	if (report->header->sampling <= 1)
		return;
	snprintf(line, sizeof(line),
	         "one task in %s was recorded, steals whole; counts with ~ are estimates: the recorded ones times %s",
	         units_count(time, report->header->sampling), units_count(events, report->header->sampling));
	page_item(page, "sampled", line);
}

enum wsc_status report_text(const struct report *report, const struct page *page)
{
	enum report_detail detail = report->detail;
	verdict_line(report, page);
	if (detail == REPORT_QUIET)
		return WSC_OK;
	kind_table(report, page);
	reasons(report, page);
	enum wsc_status status = report_stories(report, page, detail);
	if (status != WSC_OK)
		return status;
	if (report_count(report->result, WSC_SEVERITY_ERROR) + report_count(report->result, WSC_SEVERITY_WARNING) > 0)
		fputc('\n', page->out);
	next_step(report, page);
	undecided(report, page);
	waiting(report, page);
	skipped(report, page);
	trace_line(report, page);
	report_steals(report, page);
	report_waste(report, page);
	report_balance(report, page);
	report_latencies(report, page);
	report_workers(report, page, detail);
	report_queues(report, page, detail);
	return WSC_OK;
}
