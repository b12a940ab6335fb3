/* SPDX-License-Identifier: MIT */
#include <inttypes.h>
#include <string.h>

#include "format.h"
#include "judgement.h"
#include "report_parts.h"
#include "units.h"

enum { LINE_MAX_BYTES = 2000, WAITING_SHOWN = 3 };

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

uint64_t report_into_ns(const struct report *report, uint64_t ts)
{
	const struct trace_range *range = &report->summary->range;
	return report_between_ns(report->header, range->is_given ? range->origin : report->result->first_ts, ts);
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

/* What became of a kind's reports that don't count, in brackets. */
static const char *put_aside_words(char buffer[LINE_MAX_BYTES], const struct report *report, unsigned kind)
{
	uint64_t suppressed = report->judgement->suppressed[kind], known = report->judgement->known[kind];
	char number[UNITS_MAX], other[UNITS_MAX];
	buffer[0] = '\0';
	if (suppressed > 0 && known > 0)
		snprintf(buffer, LINE_MAX_BYTES, " (besides: %s suppressed, %s known)", units_count(number, suppressed),
		         units_count(other, known));
	else if (suppressed > 0)
		snprintf(buffer, LINE_MAX_BYTES, " (besides: %s suppressed)", units_count(number, suppressed));
	else if (known > 0)
		snprintf(buffer, LINE_MAX_BYTES, " (besides: %s known)", units_count(number, known));
	return buffer;
}

static void kind_row(const struct report *report, const struct page *page, enum wsc_violation_kind kind,
                     size_t name_columns, size_t count_columns)
{
	uint64_t counted = judgement_counted(report, kind);
	bool error = wsc_violation_severity(kind) == WSC_SEVERITY_ERROR;
	char number[UNITS_MAX], aside[LINE_MAX_BYTES], line[LINE_MAX_BYTES * 2];
	fputs("  ", page->out);
	page_coloured(page,
	              counted == 0 ? PAGE_DIM
	              : error      ? PAGE_RED
	                           : PAGE_YELLOW,
	              "%-*s", (int)name_columns, wsc_violation_name(kind));
	fprintf(page->out, "  %*s", (int)count_columns, units_count(number, counted));
	snprintf(line, sizeof(line), "%s%s", wsc_violation_help(kind), put_aside_words(aside, report, kind));
	unsigned at = (unsigned)(2 + name_columns + 2 + count_columns);
	page_wrap_beside(page, at, at + 2, 4, line);
}

static void kind_table(const struct report *report, const struct page *page)
{
	size_t name_columns = 0, count_columns = 0;
	char number[UNITS_MAX];
	for (unsigned kind = 0; kind < WSC_VIOLATION_KIND_COUNT; kind++) {
		size_t name = strlen(wsc_violation_name((enum wsc_violation_kind)kind));
		size_t count = strlen(units_count(number, judgement_counted(report, (enum wsc_violation_kind)kind)));
		if (report->result->counts[kind] == 0)
			continue;
		name_columns = name > name_columns ? name : name_columns;
		count_columns = count > count_columns ? count : count_columns;
	}
	for (unsigned kind = 0; kind < WSC_VIOLATION_KIND_COUNT; kind++) {
		if (report->result->counts[kind] > 0)
			kind_row(report, page, (enum wsc_violation_kind)kind, name_columns, count_columns);
	}
}

static void budgets(const struct report *report, const struct page *page)
{
	static const enum page_colour colours[] = {
	    [BUDGET_OK] = PAGE_GREEN, [BUDGET_EXCEEDED] = PAGE_RED, [BUDGET_UNMEASURED] = PAGE_YELLOW};
	for (size_t i = 0; i < report->judgement->budget_count; i++) {
		const struct budget_outcome *outcome = &report->judgement->budgets[i];
		char sentence[BUDGET_SENTENCE_MAX];
		page_coloured(page, colours[outcome->status], "%-*s", PAGE_LABEL_COLUMNS, "budget");
		page_wrap(page, PAGE_LABEL_COLUMNS, PAGE_LABEL_COLUMNS, budget_sentence(sentence, outcome));
	}
}

/* Why it is not a pass, and what to do about it. */
static void reasons(const struct report *report, const struct page *page)
{
	const struct explain_reason *reason;
	for (size_t at = 0; (reason = report_reason(report, &at)) != NULL;) {
		page_item(page, report->verdict == ANALYSIS_INCONCLUSIVE ? "because" : "note", reason->clause);
		if (report->verdict == ANALYSIS_FAIL && report->detail != REPORT_FULL)
			continue; /* first what failed */
		fputs("  ", page->out);
		page_coloured(page, PAGE_DIM, "next:");
		fputs("   ", page->out);
		page_wrap(page, PAGE_LABEL_COLUMNS, PAGE_LABEL_COLUMNS, reason->brief);
	}
}

static void hidden(const struct report *report, const struct page *page)
{
	char line[LINE_MAX_BYTES], number[UNITS_MAX];
	uint64_t count = report->judgement->filtered;
	if (!judgement_has_filter(report->judgement))
		return;
	if (report->judgement->shown_count == 0)
		snprintf(line, sizeof(line), "no report is what the filters ask for; ");
	else
		line[0] = '\0';
	size_t used = strlen(line);
	snprintf(line + used, sizeof(line) - used,
	         "%s report%s hidden; verdict, counts and statistics are of the whole trace",
	         units_count(number, count), count == 1 ? " is" : "s are");
	page_item(page, "filtered", line);
}

static void undecided(const struct report *report, const struct page *page)
{
	const struct analysis_result *result = report->result;
	char line[LINE_MAX_BYTES], number[UNITS_MAX], name[REPORT_NAME_MAX];
	if (result->undecided_tasks > 0)
		page_item(page, "undecided",
		          report_undecided_words(line, result->undecided_tasks, result->undecided_by_reason));
	report_unordered_line(page, result->undecided_stays);
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

static void waiting_words(char line[LINE_MAX_BYTES], const struct report *report, const struct waiting_task *row)
{
	char time[UNITS_MAX], name[REPORT_NAME_MAX];
	units_duration(time, report_between_ns(report->header, row->since, report->result->end_ts));
	if (row->taken)
		snprintf(line, LINE_MAX_BYTES, "task %" PRIu64 " for %s, taken by worker %" PRIu32 "%s", row->task,
		         time, row->place, report_worker_name(name, report->header, row->place));
	else
		snprintf(line, LINE_MAX_BYTES, "task %" PRIu64 " for %s in queue %" PRIu32 "%s", row->task, time,
		         row->place, report_queue_name(name, report->header, row->place));
}

/* What had been queued or taken and did not run, and who slept. */
static void waiting(const struct report *report, const struct page *page)
{
	const struct analysis_result *result = report->result;
	char line[LINE_MAX_BYTES], number[UNITS_MAX];
	size_t shown = report->detail == REPORT_FULL ? ANALYSIS_WAITING_MAX : WAITING_SHOWN;
	shown = result->waiting_count < shown ? result->waiting_count : shown;
	for (size_t i = 0; i < shown; i++) {
		waiting_words(line, report, &result->waiting[i]);
		page_item(page, i == 0 ? "waiting" : "", line);
	}
	if (result->waiting_total > shown) {
		snprintf(line, sizeof(line), "... and %s more that had been queued or taken and did not run",
		         units_count(number, result->waiting_total - shown));
		page_item(page, shown == 0 ? "waiting" : "", line);
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

static void unknown_disciplines(const struct report *report, const struct page *page)
{
	enum { SHOWN = 5 };
	struct unknown_discipline row;
	char line[LINE_MAX_BYTES], word[PAGE_NAME_MAX], name[REPORT_NAME_MAX], place[REPORT_NAME_MAX * 2],
	    number[UNITS_MAX];
	size_t count = 0;
	for (size_t at = 0; report_unknown_discipline(report->header, &at, &row); count++) {
		if (count >= SHOWN)
			continue;
		if (row.queue)
			snprintf(place, sizeof(place), "queue %" PRIu32 "%s", row.queue->queue,
			         report_queue_name(name, report->header, row.queue->queue));
		else
			snprintf(place, sizeof(place), "the trace");
		snprintf(line, sizeof(line), "the discipline `%s` of %s is %s",
		         page_clean(word, sizeof(word), row.word), place, report_unknown_discipline_words(&row));
		page_item(page, "unknown", line);
	}
	if (count > SHOWN) {
		snprintf(line, sizeof(line), "... and %s more queues: wscheck info lists them",
		         units_count(number, count - SHOWN));
		page_item(page, "", line);
	}
}

static void range_line(const struct report *report, const struct page *page)
{
	const struct trace_range *range = &report->summary->range;
	char line[LINE_MAX_BYTES], from[UNITS_MAX], to[UNITS_MAX];
	if (trace_range_is_whole(range))
		return;
	units_duration(from, range->from_ns);
	if (range->ends_early)
		snprintf(line, sizeof(line), "only what lies from %s to %s into it was read", from,
		         units_duration(to, range->to_ns));
	else
		snprintf(line, sizeof(line), "only what lies from %s into it on was read", from);
	page_item(page, "range", line);
}

static void trace_line(const struct report *report, const struct page *page)
{
	const struct analysis_result *result = report->result;
	char events[UNITS_MAX], workers[UNITS_MAX], tasks[UNITS_MAX], lives[UNITS_MAX], time[UNITS_MAX];
	char dropped[UNITS_MAX], damaged[UNITS_MAX], over[PAGE_OVER_LIMIT_MAX], line[LINE_MAX_BYTES];
	snprintf(line, sizeof(line),
	         "%s event%s, %s worker%s, %s task%s, %s li%s, %s; end: %s; %s dropped%s, %s block%s damaged",
	         units_count(events, result->events), units_plural(result->events),
	         units_count(workers, result->workers_seen), units_plural(result->workers_seen),
	         report_estimate(tasks, report, result->tasks), units_plural(result->tasks),
	         report_estimate(lives, report, result->lives), result->lives == 1 ? "fe" : "ves",
	         units_duration(time, report_between_ns(report->header, result->first_ts, result->last_ts)),
	         trace_end_name(result->end), units_count(dropped, result->dropped),
	         page_over_limit(over, report->summary->over_limit), units_count(damaged, result->damaged_blocks),
	         units_plural(result->damaged_blocks));
	page_item(page, "trace", line);
	range_line(report, page);
	if (report->header->sampling <= 1)
		return;
	snprintf(line, sizeof(line),
	         "one task in %s was recorded, steals whole; counts with ~ are estimates: the recorded ones times %s",
	         units_count(time, report->header->sampling), units_count(events, report->header->sampling));
	page_item(page, "sampled", line);
}

/* The figures: in a summary those that say how bad it is, and for a pass how it went. */
static enum wsc_status statistics(const struct report *report, const struct page *page)
{
	bool full = report->detail == REPORT_FULL, tables = full || report->verdict != ANALYSIS_FAIL;
	enum wsc_status status = WSC_OK;
	trace_line(report, page);
	report_steals(report, page);
	report_waste(report, page);
	if (tables) {
		report_balance(report, page);
		status = report_latencies(report, page);
	}
	if (status == WSC_OK && tables)
		status = report_workers(report, page);
	if (status == WSC_OK && full)
		status = report_steal_matrix(report, page);
	if (status == WSC_OK && full)
		status = report_queues(report, page);
	if (!full && tables)
		page_item(page, "", "-v: queues, who stole from where, and which events took longest");
	return status;
}

static enum wsc_status whole(const struct report *report, const struct page *page)
{
	kind_table(report, page);
	budgets(report, page);
	reasons(report, page);
	hidden(report, page);
	enum wsc_status status = report_stories(report, page);
	if (status != WSC_OK)
		return status;
	undecided(report, page);
	waiting(report, page);
	skipped(report, page);
	unknown_disciplines(report, page);
	return statistics(report, page);
}

enum wsc_status report_text(const struct report *report, const struct page *page)
{
	verdict_line(report, page);
	if (report->detail == REPORT_QUIET)
		return WSC_OK;
	if (report->judgement->rules->story == 0)
		return whole(report, page);
	if (report->judgement->shown_count == 0)
		hidden(report, page);
	return report_stories(report, page);
}
