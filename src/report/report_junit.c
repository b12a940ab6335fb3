/* SPDX-License-Identifier: MIT */
/*
 * The report as JUnit XML, in the form that Ant and Jenkins made common (tests/lib/junit.xsd), written with libxml2. The
 * same test cases in each report, so that a server can follow them from run to run: one for each kind of report, one for
 * whether everything was seen, one for each budget. It is red where the exit code is not 0.
 *
 * libxml2's writer escapes markup but passes control characters on, which XML can't hold: all text from the outside goes
 * through page_clean(), as words of the report do.
 */
#include <inttypes.h>
#include <libxml/xmlwriter.h>
#include <string.h>

#include "cause.h"
#include "format.h"
#include "judgement.h"
#include "report_parts.h"

enum { TEXT_BYTES = 2000, LISTED_MAX = 100 };

struct junit {
	xmlTextWriterPtr xml;
	const struct report *report;
	char path[PAGE_NAME_MAX];
	bool failed;
};

enum outcome { OUTCOME_PASSED, OUTCOME_FAILURE, OUTCOME_ERROR, OUTCOME_SKIPPED, OUTCOMES };
static const char *const elements[] = {
    [OUTCOME_FAILURE] = "failure", [OUTCOME_ERROR] = "error", [OUTCOME_SKIPPED] = "skipped"};

static void check(struct junit *junit, int answer)
{
	junit->failed |= answer < 0;
}

static void start(struct junit *junit, const char *element)
{
	check(junit, xmlTextWriterStartElement(junit->xml, BAD_CAST element));
}

static void end(struct junit *junit)
{
	check(junit, xmlTextWriterEndElement(junit->xml));
}

static void attribute(struct junit *junit, const char *name, const char *value)
{
	check(junit, xmlTextWriterWriteAttribute(junit->xml, BAD_CAST name, BAD_CAST value));
}

static void attribute_count(struct junit *junit, const char *name, uint64_t value)
{
	char digits[UNITS_MAX];
	snprintf(digits, sizeof(digits), "%" PRIu64, value);
	attribute(junit, name, digits);
}

static void text(struct junit *junit, const char *string)
{
	check(junit, xmlTextWriterWriteString(junit->xml, BAD_CAST string));
}

static uint64_t put_aside(const struct report *report, enum wsc_violation_kind kind)
{
	return report->judgement->suppressed[kind] + report->judgement->known[kind];
}

static enum outcome outcome_of_kind(const struct report *report, enum wsc_violation_kind kind)
{
	if (judgement_counted(report, kind) > 0)
		return judgement_fails(report, kind) ? OUTCOME_FAILURE : OUTCOME_PASSED;
	return put_aside(report, kind) > 0 ? OUTCOME_SKIPPED : OUTCOME_PASSED;
}

static enum outcome outcome_unknown(const struct report *report)
{
	return report->judgement->rules->allow_incomplete ? OUTCOME_SKIPPED : OUTCOME_ERROR;
}

static enum outcome outcome_of_trace(const struct report *report)
{
	return report->result->reasons != 0 ? outcome_unknown(report) : OUTCOME_PASSED;
}

static enum outcome outcome_of_budget(const struct report *report, const struct budget_outcome *budget)
{
	if (budget->status == BUDGET_UNMEASURED)
		return outcome_unknown(report);
	return budget->status == BUDGET_EXCEEDED ? OUTCOME_FAILURE : OUTCOME_PASSED;
}

static void start_case(struct junit *junit, const char *group, const char *name)
{
	char class[TEXT_BYTES];
	snprintf(class, sizeof(class), "wscheck.%s", group);
	start(junit, "testcase");
	attribute(junit, "classname", class);
	attribute(junit, "name", name);
	attribute(junit, "time", "0");
}

/* One report, in a few lines. */
static void write_item(struct junit *junit, const struct report_item *item)
{
	const struct report *report = junit->report;
	const struct violation *v = item->violation;
	char place[REPORT_PLACE_MAX], happened[REPORT_HAPPENED_MAX], time[UNITS_MAX], clean[TEXT_BYTES];
	text(junit, "\n");
	text(junit, report_place_words(place, report, v));
	text(junit, ", ");
	text(junit, units_duration(time, report_into_ns(report, v->ts)));
	text(junit, " into the trace: ");
	text(junit, page_clean(clean, sizeof(clean), v->message ? v->message : ""));
	report_happened_alone(happened, report, v);
	if (happened[0]) {
		text(junit, "\n  happened: ");
		text(junit, happened);
	}
	for (unsigned i = 0; i < v->cause_count; i++) {
		text(junit, i == 0 ? "\n  usual cause: " : ", ");
		text(junit, cause_id((enum cause)v->causes[i]));
	}
	if (item->state == REPORT_COUNTED) {
		text(junit, "\n  to accept: ");
		text(junit, item->key);
		text(junit, SUPPRESS_READY_REASON);
	}
	if (item->suppression) {
		text(junit, "\n  suppressed: ");
		text(junit, page_clean(clean, sizeof(clean), item->suppression->reason));
	}
	text(junit, "\n");
}

/* The shown reports of a kind in that state, and how many are not shown. */
static void write_items(struct junit *junit, enum wsc_violation_kind kind, bool counted)
{
	const struct judgement *judgement = junit->report->judgement;
	uint64_t all = counted ? judgement_counted(junit->report, kind) : put_aside(junit->report, kind);
	uint64_t written = 0;
	char line[TEXT_BYTES], number[UNITS_MAX];
	for (size_t i = 0; i < judgement->shown_count && written < LISTED_MAX; i++) {
		const struct report_item *item = judgement->shown[i];
		if (item->violation->kind != kind || (item->state == REPORT_COUNTED) != counted)
			continue;
		write_item(junit, item);
		written++;
	}
	if (written < all) {
		snprintf(line, sizeof(line), "\n%s more not shown here\n", units_count(number, all - written));
		text(junit, line);
	}
}

static void start_outcome(struct junit *junit, enum outcome outcome, const char *summary, const char *type)
{
	start(junit, elements[outcome]);
	attribute(junit, "message", summary);
	if (outcome != OUTCOME_SKIPPED)
		attribute(junit, "type", type);
}

static void write_kind(struct junit *junit, enum wsc_violation_kind kind)
{
	const struct report *report = junit->report;
	enum outcome outcome = outcome_of_kind(report, kind);
	uint64_t counted = judgement_counted(report, kind);
	char summary[TEXT_BYTES], number[UNITS_MAX], other[UNITS_MAX];
	start_case(junit, "reports", wsc_violation_name(kind));
	if (outcome == OUTCOME_FAILURE) {
		snprintf(summary, sizeof(summary), "%s report%s: %s", units_count(number, counted),
		         units_plural(counted), wsc_violation_help(kind));
		start_outcome(junit, outcome, summary, wsc_violation_name(kind));
		write_items(junit, kind, true);
		end(junit);
	} else if (outcome == OUTCOME_SKIPPED) {
		snprintf(summary, sizeof(summary), "%s suppressed, %s known",
		         units_count(number, report->judgement->suppressed[kind]),
		         units_count(other, report->judgement->known[kind]));
		start_outcome(junit, outcome, summary, NULL);
		end(junit);
	}
	if (put_aside(report, kind) > 0 || (counted > 0 && outcome == OUTCOME_PASSED)) {
		start(junit, "system-out");
		write_items(junit, kind, outcome == OUTCOME_PASSED);
		end(junit);
	}
	end(junit);
}

static void write_trace_case(struct junit *junit)
{
	char why[TEXT_BYTES], summary[TEXT_BYTES + 40];
	enum outcome outcome = outcome_of_trace(junit->report);
	start_case(junit, "trace", "everything_was_seen");
	if (outcome != OUTCOME_PASSED) {
		snprintf(summary, sizeof(summary), "not everything was seen: %s",
		         report_reasons_words(why, sizeof(why), junit->report));
		start_outcome(junit, outcome, summary, "inconclusive");
		end(junit);
	}
	end(junit);
}

static void write_budget(struct junit *junit, const struct budget_outcome *budget)
{
	char name[BUDGET_SENTENCE_MAX], sentence[BUDGET_SENTENCE_MAX];
	enum outcome outcome = outcome_of_budget(junit->report, budget);
	snprintf(name, sizeof(name), "%.*s", budget->budget->name_length, budget->budget->name);
	start_case(junit, "budgets", name);
	budget_sentence(sentence, budget);
	if (outcome != OUTCOME_PASSED) {
		start_outcome(junit, outcome, sentence, "budget");
		end(junit);
	} else {
		start(junit, "system-out");
		text(junit, sentence);
		end(junit);
	}
	end(junit);
}

static void property(struct junit *junit, const char *name, const char *value)
{
	start(junit, "property");
	attribute(junit, "name", name);
	attribute(junit, "value", value);
	end(junit);
}

static void write_properties(struct junit *junit)
{
	char words[TEXT_BYTES], number[UNITS_MAX];
	start(junit, "properties");
	property(junit, "verdict", report_verdict_name(junit->report->verdict));
	property(junit, "summary", report_verdict_words(words, sizeof(words), junit->report));
	snprintf(number, sizeof(number), "%" PRIu64, junit->report->judgement->filtered);
	property(junit, "reports hidden by filters", number);
	end(junit);
}

/* Of a suite and of all suites, for there is one. */
static void write_totals(struct junit *junit)
{
	const struct report *report = junit->report;
	uint64_t totals[OUTCOMES] = {0}, all;
	char seconds[UNITS_MAX];
	for (unsigned kind = 0; kind < WSC_VIOLATION_KIND_COUNT; kind++)
		totals[outcome_of_kind(report, (enum wsc_violation_kind)kind)]++;
	totals[outcome_of_trace(report)]++;
	for (size_t i = 0; i < report->judgement->budget_count; i++)
		totals[outcome_of_budget(report, &report->judgement->budgets[i])]++;
	all = totals[OUTCOME_PASSED] + totals[OUTCOME_FAILURE] + totals[OUTCOME_ERROR] + totals[OUTCOME_SKIPPED];
	attribute_count(junit, "tests", all);
	attribute_count(junit, "failures", totals[OUTCOME_FAILURE]);
	attribute_count(junit, "errors", totals[OUTCOME_ERROR]);
	attribute_count(junit, "skipped", totals[OUTCOME_SKIPPED]);
	snprintf(seconds, sizeof(seconds), "%.9f",
	         (double)report_between_ns(report->header, report->result->first_ts, report->result->last_ts) / 1e9);
	attribute(junit, "time", seconds);
}

static void write_document(struct junit *junit)
{
	check(junit, xmlTextWriterSetIndent(junit->xml, 1));
	check(junit, xmlTextWriterStartDocument(junit->xml, NULL, "UTF-8", NULL));
	start(junit, "testsuites");
	attribute(junit, "name", "wscheck");
	write_totals(junit);
	start(junit, "testsuite");
	attribute(junit, "name", junit->path);
	write_totals(junit);
	write_properties(junit);
	for (unsigned kind = 0; kind < WSC_VIOLATION_KIND_COUNT; kind++)
		write_kind(junit, (enum wsc_violation_kind)kind);
	write_trace_case(junit);
	for (size_t i = 0; i < junit->report->judgement->budget_count; i++)
		write_budget(junit, &junit->report->judgement->budgets[i]);
	check(junit, xmlTextWriterEndDocument(junit->xml));
	check(junit, xmlTextWriterFlush(junit->xml));
}

/*
 * libxml2 says what goes wrong, on standard error unless told otherwise, and does not always return it: text that it finds
 * no memory for is left out. Of a write that failed, whoever opened the file says it, and names the file.
 */
static void take_message(void *context, const char *format, ...)
{
	(void)format;
	((struct junit *)context)->failed = true;
}

static void take_error(void *context, xmlErrorPtr error)
{
	(void)error;
	((struct junit *)context)->failed = true;
}

static void listen(struct junit *junit)
{
	xmlSetGenericErrorFunc(junit, junit ? take_message : NULL);
	xmlSetStructuredErrorFunc(junit, junit ? take_error : NULL);
}

enum wsc_status report_junit(const struct report *report, const struct page *page)
{
	struct junit junit = {.report = report};
	listen(&junit);
	xmlOutputBufferPtr buffer = xmlOutputBufferCreateFile(page->out, NULL);
	junit.xml = buffer ? xmlNewTextWriter(buffer) : NULL; /* owns the buffer */
	if (junit.xml) {
		page_clean(junit.path, sizeof(junit.path), report->path);
		write_document(&junit);
		xmlFreeTextWriter(junit.xml);
	} else {
		junit.failed = true;
		xmlOutputBufferClose(buffer);
	}
	listen(NULL);
	return junit.failed && !ferror(page->out) ? WSC_NOMEM : WSC_OK;
}
