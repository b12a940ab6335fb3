/* SPDX-License-Identifier: MIT */
/* What several formats say in the same words. */
#include <stdarg.h>
#include <string.h>

#include "judgement.h"
#include "report_parts.h"

/* Adds to what is in the buffer, as far as it fits. */
static __attribute__((format(printf, 3, 4))) void append(char *buffer, size_t size, const char *format, ...)
{
	va_list arguments;
	size_t used = strlen(buffer);
	va_start(arguments, format);
	vsnprintf(buffer + used, size - used, format, arguments);
	va_end(arguments);
}

const char *report_verdict_name(enum analysis_verdict verdict)
{
	static const char *const names[] = {"pass", "fail", "inconclusive"};
	return names[verdict];
}

const char *report_verdict_words(char *buffer, size_t size, const struct report *report)
{
	char number[UNITS_MAX];
	uint64_t errors = judgement_count(report, WSC_SEVERITY_ERROR);
	uint64_t warnings = judgement_count(report, WSC_SEVERITY_WARNING);
	uint64_t suppressed = judgement_suppressed(report), known = judgement_known(report);
	const char *new = report->judgement->rules->baseline_path ? "new " : "";
	buffer[0] = '\0';
	if (errors == 0)
		append(buffer, size, "no %serrors", new);
	else
		append(buffer, size, "%s %serror%s", units_count(number, errors), new, units_plural(errors));
	if (warnings > 0)
		append(buffer, size, ", %s warning%s", units_count(number, warnings), units_plural(warnings));
	if (suppressed > 0)
		append(buffer, size, ", %s suppressed", units_count(number, suppressed));
	if (known > 0)
		append(buffer, size, ", %s known", units_count(number, known));
	if (report->judgement->exceeded > 0)
		append(buffer, size, ", %s budget%s exceeded", units_count(number, report->judgement->exceeded),
		       units_plural(report->judgement->exceeded));
	return buffer;
}

const char *report_undecided_words(char buffer[REPORT_UNDECIDED_MAX], uint64_t tasks,
                                   const uint64_t by_reason[WSC_UNDECIDED_REASON_COUNT])
{
	char number[UNITS_MAX];
	const char *between = ": ";
	buffer[0] = '\0';
	append(buffer, REPORT_UNDECIDED_MAX, "%s task%s", units_count(number, tasks), units_plural(tasks));
	for (unsigned i = 0; i < WSC_UNDECIDED_REASON_COUNT; i++) {
		if (by_reason[i] == 0)
			continue;
		append(buffer, REPORT_UNDECIDED_MAX, "%s%s", between,
		       wsc_undecided_clause((enum wsc_undecided_reason)i));
		if (by_reason[i] < tasks)
			append(buffer, REPORT_UNDECIDED_MAX, " (%s)", units_count(number, by_reason[i]));
		between = "; ";
	}
	return buffer;
}

bool report_is_absent(const struct report *report, enum wsc_event_kind kind)
{
	return (report->header->absent >> kind & 1U) != 0;
}

static bool is_overwritten(const struct trace_header *header)
{
	for (size_t i = 0; i < header->worker_count; i++) {
		if (header->workers[i].has_window_start)
			return true;
	}
	return false;
}

/* What is known of how the trace came to lack events; NULL: what holds for any trace, or it goes without saying. */
static const struct explain_reason *reason_here(const struct report *report, const struct explain_reason *reason)
{
	const struct analysis_result *result = report->result;
	const struct trace_range *range = &report->summary->range;
	const bool overwritten = !report->header->complete && is_overwritten(report->header);
	/* Of a range once, though it is a window and a cut. */
	if (reason->reason == ANALYSIS_REASON_CUT && range->ends_early)
		return explain_loss(EXPLAIN_RANGE);
	if (reason->reason == ANALYSIS_REASON_WINDOW && range->begins_late)
		return range->ends_early ? NULL : explain_loss(EXPLAIN_RANGE);
	if (reason->reason == ANALYSIS_REASON_EMPTY && !trace_range_is_whole(range))
		return explain_loss(EXPLAIN_RANGE_EMPTY);
	if (reason->reason == ANALYSIS_REASON_WINDOW && overwritten)
		return explain_loss(EXPLAIN_OVERWRITTEN);
	if (reason->reason != ANALYSIS_REASON_LOSSY)
		return reason;
	if (result->damaged_blocks > 0)
		return explain_loss(EXPLAIN_DAMAGED);
	if (result->dropped > 0)
		return report->summary->over_limit == result->dropped ? explain_loss(EXPLAIN_OVER_LIMIT) : reason;
	return overwritten || range->begins_late ? NULL : explain_loss(EXPLAIN_SWITCHED_OFF);
}

const struct explain_reason *report_reason(const struct report *report, size_t *at)
{
	const struct explain_reason *reason;
	while ((reason = explain_reason((*at)++)) != NULL) {
		if (!(report->result->reasons & (unsigned)reason->reason))
			continue;
		reason = reason_here(report, reason);
		if (reason)
			return reason;
	}
	return NULL;
}

const char *report_reasons_words(char *buffer, size_t size, const struct report *report)
{
	unsigned unmeasured = report->judgement->unmeasured;
	buffer[0] = '\0';
	const struct explain_reason *reason;
	for (size_t at = 0; (reason = report_reason(report, &at)) != NULL;)
		append(buffer, size, "%s%s", buffer[0] ? "; " : "", reason->clause);
	if (unmeasured > 0)
		append(buffer, size, "%s%s", buffer[0] ? "; " : "",
		       unmeasured == 1 ? "a budget could not be measured" : "budgets could not be measured");
	return buffer;
}

bool report_unknown_discipline(const struct trace_header *header, size_t *at, struct unknown_discipline *row)
{
	for (; *at <= header->queue_count; ++*at) {
		const struct trace_queue *queue = *at == 0 ? NULL : &header->queues[*at - 1];
		row->queue = queue;
		row->word = queue ? queue->discipline_word : header->discipline_word;
		if (row->word) {
			++*at;
			return true;
		}
	}
	return false;
}

const char *report_unknown_discipline_words(const struct unknown_discipline *row)
{
#define READ_AS "none of lifo, fifo and none: it is read as none, and no order is checked "
	return row->queue ? READ_AS "there" : READ_AS "where a queue does not declare its own";
#undef READ_AS
}

const char *report_place_words(char buffer[REPORT_PLACE_MAX], const struct report *report, const struct violation *v)
{
	char name[REPORT_NAME_MAX];
	buffer[0] = '\0';
	if (v->task != 0)
		append(buffer, REPORT_PLACE_MAX, "task %llu", (unsigned long long)v->task);
	for (size_t i = 0; i < v->worker_count; i++) {
		const char *before = i > 0 ? ", " : v->worker_count == 1 ? "worker " : "workers ";
		append(buffer, REPORT_PLACE_MAX, "%s%s%lu%s", i == 0 && buffer[0] ? "  " : "", before,
		       (unsigned long)v->workers[i], report_worker_name(name, report->header, v->workers[i]));
	}
	if (v->has_queue)
		append(buffer, REPORT_PLACE_MAX, "%squeue %lu%s", buffer[0] ? "  " : "", (unsigned long)v->queue,
		       report_queue_name(name, report->header, v->queue));
	return buffer;
}

const char *report_happened_alone(char buffer[REPORT_HAPPENED_MAX], const struct report *report,
                                  const struct violation *violation)
{
	static const char *const marks[] = {" (> and ~)", " (>)", " (~)"};
	report_happened(buffer, report, violation);
	for (size_t i = 0; i < sizeof(marks) / sizeof(*marks); i++) {
		char *at = strstr(buffer, marks[i]);
		if (at)
			memmove(at, at + strlen(marks[i]), strlen(at + strlen(marks[i])) + 1);
	}
	return buffer;
}
