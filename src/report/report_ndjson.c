/* SPDX-License-Identifier: MIT */
/* The report as lines of JSON, for log pipelines: `line` in report.schema.json. One line is in memory at a time. */
#include "format.h"
#include "judgement.h"
#include "report_json_parts.h"

static struct teller line_of(const struct report *report, const char *type)
{
	struct teller teller = {.report = report};
	json_document_init(&teller.document);
	json_add_string(&teller.document, teller.document.root, "type", type);
	return teller;
}

static enum wsc_status header(const struct report *report, FILE *out)
{
	struct teller line = line_of(report, "header");
	json_object *root = line.document.root;
	json_add_string(&line.document, root, "schema", REPORT_SCHEMA);
	json_add_string(&line.document, root, "verdict", report_verdict_name(report->verdict));
	teller_add_trace(&line, root);
	return json_document_write_line(&line.document, out);
}

static enum wsc_status item(const struct report *report, const struct report_item *shown, FILE *out)
{
	struct teller line = line_of(report, "report");
	teller_add_item(&line, json_add_object(&line.document, line.document.root, "report"), shown);
	return json_document_write_line(&line.document, out);
}

static enum wsc_status budget(const struct report *report, const struct budget_outcome *outcome, FILE *out)
{
	struct teller line = line_of(report, "budget");
	teller_add_budget(&line, json_add_object(&line.document, line.document.root, "budget"), outcome);
	return json_document_write_line(&line.document, out);
}

static enum wsc_status summary(const struct report *report, FILE *out)
{
	struct teller line = line_of(report, "summary");
	json_object *root = line.document.root;
	json_add_string(&line.document, root, "verdict", report_verdict_name(report->verdict));
	teller_add_counts(&line, root);
	teller_add_judgement(&line, root);
	teller_add_findings(&line, root);
	report_json_stats(&line, root);
	return json_document_write_line(&line.document, out);
}

enum wsc_status report_ndjson(const struct report *report, const struct page *page)
{
	const struct judgement *judgement = report->judgement;
	enum wsc_status status = header(report, page->out);
	for (size_t i = 0; status == WSC_OK && i < judgement->shown_count; i++)
		status = item(report, judgement->shown[i], page->out);
	for (size_t i = 0; status == WSC_OK && i < judgement->budget_count; i++)
		status = budget(report, &judgement->budgets[i], page->out);
	return status == WSC_OK ? summary(report, page->out) : status;
}
