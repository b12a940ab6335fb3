/* SPDX-License-Identifier: MIT */
/*
 * The report as SARIF 2.1.0 (OASIS, "Static Analysis Results Interchange Format"), for code scanning and its viewers. A
 * kind of report is a rule, with what `wscheck explain` says of it; a report is a result, whose place is the trace
 * file, for a trace knows no source lines, and whose evidence is a code flow with a thread for each worker. An exceeded
 * budget is a result, too. What keeps a verdict from being known is a notification of the run.
 */
#include <ctype.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "cause.h"
#include "explain.h"
#include "format.h"
#include "json_value.h"
#include "judgement.h"
#include "report_json_parts.h"
#include "report_parts.h"

enum { TEXT_BYTES = 8000, FIRST_LINE = 1, RULE_BUDGET = WSC_VIOLATION_KIND_COUNT };
static const char BUDGET_RULE[] = "budget_exceeded";

struct sarif {
	struct json_document document;
	const struct report *report;
	char *uri;          /* of the trace */
	uint32_t *ordinals; /* of each shown report among those with its key, from 1 on */
};

static json_object *object(struct sarif *sarif, json_object *to, const char *key)
{
	return json_add_object(&sarif->document, to, key);
}

static json_object *array(struct sarif *sarif, json_object *to, const char *key)
{
	return json_add_array(&sarif->document, to, key);
}

static void string(struct sarif *sarif, json_object *to, const char *key, const char *value)
{
	json_add_string(&sarif->document, to, key, value);
}

/* {"text": ...}. In it "[words](target)" would be a link (SARIF 2.1.0, 3.11.6): a name may have that, and is none. */
static json_object *message(struct sarif *sarif, json_object *to, const char *key, const char *text)
{
	char plain[TEXT_BYTES * 2 + 2];
	size_t size = 0, run = 0; /* run: of backslashes, the last so far; each would take one for its own */
	for (; *text && size < sizeof(plain) - 2; text++) {
		if (text[0] == ']' && text[1] == '(') {
			for (run++; run > 0 && size < sizeof(plain) - 2; run--)
				plain[size++] = '\\';
		}
		run = *text == '\\' ? run + 1 : 0;
		plain[size++] = *text;
	}
	plain[size] = '\0';
	json_object *value = object(sarif, to, key);
	string(sarif, value, "text", plain);
	return value;
}

/* A path as a reference to a file (RFC 3986): relative ones stay so. NULL: no memory. */
static char *uri_of(const char *path)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~/";
	enum { ESCAPE_BYTES = 3 };
	const char *root = path[0] == '/' ? "file://" : "";
	if (strcmp(path, "-") == 0)
		path = "stdin";
	size_t size = strlen(root) + ESCAPE_BYTES * strlen(path) + 1;
	char *uri = malloc(size);
	if (!uri)
		return NULL;
	size_t used = (size_t)snprintf(uri, size, "%s", root);
	for (; *path; path++) {
		bool kept = strchr(plain, *path) != NULL;
		used += (size_t)snprintf(uri + used, size - used, kept ? "%c" : "%%%02X", (unsigned char)*path);
	}
	return uri;
}

static void physical_location(struct sarif *sarif, json_object *to, const char *uri, bool is_trace, unsigned line)
{
	json_object *place = object(sarif, to, "physicalLocation");
	json_object *artifact = object(sarif, place, "artifactLocation");
	string(sarif, artifact, "uri", uri);
	if (is_trace)
		json_add_u64(&sarif->document, artifact, "index", 0);
	json_add_u64(&sarif->document, object(sarif, place, "region"), "startLine", line);
}

static void trace_location(struct sarif *sarif, json_object *to)
{
	physical_location(sarif, to, sarif->uri, true, FIRST_LINE);
}

/* --- Rules --- */

static void list_text(char text[TEXT_BYTES], const char *title, const char *const *list)
{
	size_t used = strlen(text);
	if (!list[0])
		return;
	used += (size_t)snprintf(text + used, TEXT_BYTES - used, "\n\n%s:\n", title);
	for (size_t i = 0; list[i] && used < TEXT_BYTES; i++)
		used += (size_t)snprintf(text + used, TEXT_BYTES - used, "\n- %s", list[i]);
}

/* "LostWork" of lost_work. */
static void friendly_name(char name[TEXT_BYTES], const char *id)
{
	size_t length = 0;
	for (bool begins = true; *id; id++) {
		if (*id != '_')
			name[length++] = (char)(begins ? toupper((unsigned char)*id) : *id);
		begins = *id == '_';
	}
	name[length] = '\0';
}

static void rule_head(struct sarif *sarif, json_object *rule, const char *id, const char *brief, const char *full)
{
	char sentence[TEXT_BYTES], name[TEXT_BYTES];
	friendly_name(name, id);
	snprintf(sentence, sizeof(sentence), "%c%s.", toupper((unsigned char)brief[0]), brief + 1);
	string(sarif, rule, "id", id);
	string(sarif, rule, "name", name);
	message(sarif, rule, "shortDescription", sentence);
	message(sarif, rule, "fullDescription", full);
}

static void add_rule(struct sarif *sarif, json_object *rules, enum wsc_violation_kind kind)
{
	const struct explanation *e = explain_kind(kind);
	char text[TEXT_BYTES];
	json_object *rule = object(sarif, rules, NULL);
	rule_head(sarif, rule, wsc_violation_name(kind), wsc_violation_help(kind), e->means);
	snprintf(text, sizeof(text), "%s\n\nExpected: %s", e->means, e->expected);
	list_text(text, "What usually causes it, the likeliest first", e->causes);
	list_text(text, "How to look further", e->further);
	list_text(text, "What is legal, and not reported", e->legal);
	json_object *help = message(sarif, rule, "help", text);
	string(sarif, help, "markdown", text); /* lists and `code` are written alike */
	string(sarif, object(sarif, rule, "defaultConfiguration"), "level",
	       wsc_violation_severity(kind) == WSC_SEVERITY_ERROR ? "error" : "warning");
	json_object *tags = array(sarif, object(sarif, rule, "properties"), "tags");
	string(sarif, tags, NULL, "concurrency");
	string(sarif, tags, NULL, "work-stealing");
}

static void add_tool(struct sarif *sarif, json_object *run)
{
	json_object *driver = object(sarif, object(sarif, run, "tool"), "driver");
	string(sarif, driver, "name", "wscheck");
	string(sarif, driver, "version", WSCHECK_VERSION);
	string(sarif, driver, "semanticVersion", WSCHECK_VERSION);
	json_object *rules = array(sarif, driver, "rules");
	for (unsigned kind = 0; kind < WSC_VIOLATION_KIND_COUNT; kind++)
		add_rule(sarif, rules, (enum wsc_violation_kind)kind);
	json_object *rule = object(sarif, rules, NULL);
	rule_head(sarif, rule, BUDGET_RULE, "a figure is over its budget",
	          "A figure of the trace is greater than the --max option allows.");
	string(sarif, object(sarif, rule, "defaultConfiguration"), "level", "error");
}

/* --- The run --- */

static void notification(struct sarif *sarif, json_object *list, const char *id, const char *text)
{
	json_object *row = object(sarif, list, NULL);
	string(sarif, object(sarif, row, "descriptor"), "id", id);
	message(sarif, row, "message", text);
	string(sarif, row, "level", sarif->report->verdict == ANALYSIS_INCONCLUSIVE ? "warning" : "note");
}

static void add_invocation(struct sarif *sarif, json_object *run)
{
	const struct judgement *judgement = sarif->report->judgement;
	char text[TEXT_BYTES], sentence[BUDGET_SENTENCE_MAX];
	json_object *invocation = object(sarif, array(sarif, run, "invocations"), NULL);
	json_add_bool(&sarif->document, invocation, "executionSuccessful", true);
	json_object *list = array(sarif, invocation, "toolExecutionNotifications");
	const struct explain_reason *reason;
	for (size_t at = 0; (reason = report_reason(sarif->report, &at)) != NULL;) {
		snprintf(text, sizeof(text), "Not everything was seen: %s.", reason->clause);
		notification(sarif, list, reason->name, text);
	}
	for (size_t i = 0; i < judgement->budget_count; i++) {
		if (judgement->budgets[i].status != BUDGET_UNMEASURED)
			continue;
		snprintf(text, sizeof(text), "%s.", budget_sentence(sentence, &judgement->budgets[i]));
		notification(sarif, list, "budget_unmeasured", text);
	}
}

static void add_artifact(struct sarif *sarif, json_object *run)
{
	json_object *artifact = object(sarif, array(sarif, run, "artifacts"), NULL);
	string(sarif, object(sarif, artifact, "location"), "uri", sarif->uri);
	string(sarif, array(sarif, artifact, "roles"), NULL, "analysisTarget");
	if (sarif->report->summary->file_bytes > 0)
		json_add_u64(&sarif->document, artifact, "length", sarif->report->summary->file_bytes);
}

static void add_run_properties(struct sarif *sarif, json_object *run)
{
	const struct report *report = sarif->report;
	const struct judgement *judgement = report->judgement;
	struct json_document *document = &sarif->document;
	json_object *to = object(sarif, run, "properties");
	string(sarif, to, "verdict", report_verdict_name(report->verdict));
	json_add_u64(document, to, "errors", judgement_count(report, WSC_SEVERITY_ERROR));
	json_add_u64(document, to, "warnings", judgement_count(report, WSC_SEVERITY_WARNING));
	json_add_u64(document, to, "suppressed", judgement_suppressed(report));
	json_add_u64(document, to, "known", judgement_known(report));
	json_add_u64(document, to, "listed", judgement->shown_count);
	json_add_u64(document, to, "filtered", judgement->filtered);
	json_add_u64(document, to, "notListed",
	             report_count(report->result, WSC_SEVERITY_ERROR) +
	                 report_count(report->result, WSC_SEVERITY_WARNING) - judgement->shown_count -
	                 judgement->filtered);
}

/* --- Results --- */

static void logical_location(struct sarif *sarif, json_object *list, const char *name)
{
	json_object *row = object(sarif, list, NULL);
	string(sarif, row, "fullyQualifiedName", name);
	string(sarif, row, "kind", "resource");
}

static void add_locations(struct sarif *sarif, json_object *result, const struct violation *v)
{
	char name[REPORT_WORKER_MAX], words[REPORT_WORKER_MAX];
	json_object *location = object(sarif, array(sarif, result, "locations"), NULL);
	trace_location(sarif, location);
	json_object *list = array(sarif, location, "logicalLocations");
	if (v->has_queue) {
		snprintf(words, sizeof(words), "queue %" PRIu32 "%s", v->queue,
		         report_queue_name(name, sarif->report->header, v->queue));
		logical_location(sarif, list, words);
	}
	for (size_t i = 0; i < v->worker_count; i++)
		logical_location(sarif, list, report_worker_words(words, sarif->report, v->workers[i]));
}

/* Of one event: when, what, and how much it matters. */
static void add_step(struct sarif *sarif, json_object *steps, const struct violation *v, size_t place)
{
	const struct wsc_event *event = &v->events[place];
	char time[UNITS_MAX], words[REPORT_WORDS_MAX], task[UNITS_MAX] = "", text[REPORT_WORDS_MAX + 120];
	json_object *step = object(sarif, steps, NULL), *location = object(sarif, step, "location");
	units_duration(time, report_between_ns(sarif->report->header, v->events[0].ts, event->ts));
	report_event_words(words, sarif->report, event);
	if (event->task != 0 && event->kind != WSC_EV_GAP)
		snprintf(task, sizeof(task), " task %" PRIu64, event->task);
	snprintf(text, sizeof(text), "+%s: %s%s%s%s", time, trace_event_name(event->kind), task, words[0] ? ", " : "",
	         words);
	trace_location(sarif, location);
	message(sarif, location, "message", text);
	json_add_u64(&sarif->document, step, "executionOrder", place + 1);
	string(sarif, step, "importance",
	       place + 1 == v->proof || place + 1 == v->rival || report_proves(v, event) ? "essential" : "important");
}

/* A thread for each worker, in the order in which they appear. */
static void add_code_flow(struct sarif *sarif, json_object *result, const struct violation *v)
{
	char words[REPORT_WORKER_MAX];
	if (v->event_count == 0)
		return;
	json_object *flow = object(sarif, array(sarif, result, "codeFlows"), NULL);
	json_object *threads = array(sarif, flow, "threadFlows");
	for (size_t i = 0; i < v->event_count; i++) {
		uint32_t worker = v->events[i].worker;
		size_t first = 0;
		while (v->events[first].worker != worker)
			first++;
		if (first < i)
			continue;
		json_object *thread = object(sarif, threads, NULL);
		string(sarif, thread, "id", report_worker_words(words, sarif->report, worker));
		json_object *steps = array(sarif, thread, "locations");
		for (size_t j = i; j < v->event_count; j++) {
			if (v->events[j].worker == worker)
				add_step(sarif, steps, v, j);
		}
	}
}

static void add_suppression(struct sarif *sarif, json_object *result, const struct report_item *item)
{
	if (sarif->report->judgement->rules->suppressions.count == 0)
		return;
	json_object *list = array(sarif, result, "suppressions");
	if (item->state != REPORT_SUPPRESSED)
		return;
	json_object *row = object(sarif, list, NULL);
	string(sarif, row, "kind", "external");
	string(sarif, row, "status", "accepted");
	json_add_text(&sarif->document, row, "justification", item->suppression->reason);
	char *uri = uri_of(item->suppression->file);
	if (uri)
		physical_location(sarif, object(sarif, row, "location"), uri, false, item->suppression->line);
	else
		sarif->document.failed = true;
	free(uri);
}

static void add_result_properties(struct sarif *sarif, json_object *result, const struct report_item *item)
{
	const struct violation *v = item->violation;
	struct json_document *document = &sarif->document;
	json_object *to = object(sarif, result, "properties");
	if (v->task != 0)
		json_add_u64(document, to, "task", v->task);
	if (v->other_task != 0)
		json_add_u64(document, to, "otherTask", v->other_task);
	json_object *workers = array(sarif, to, "workers");
	for (size_t i = 0; i < v->worker_count; i++)
		json_add_u64(document, workers, NULL, v->workers[i]);
	if (v->has_queue)
		json_add_u64(document, to, "queue", v->queue);
	json_add_u64(document, to, "tsNs", trace_header_ns(sarif->report->header, v->ts));
	json_add_u64(document, to, "story", v->story);
	json_object *causes = array(sarif, to, "causes");
	for (unsigned i = 0; i < v->cause_count; i++)
		string(sarif, causes, NULL, cause_id((enum cause)v->causes[i]));
	string(sarif, to, "key", item->key);
	report_json_suppress_with(document, to, "suppressWith", item->key);
}

static void add_fingerprint(struct sarif *sarif, json_object *result, const struct report_item *item, uint32_t ordinal)
{
	size_t size = strlen(item->key) + UNITS_MAX;
	char *print = malloc(size);
	if (print)
		snprintf(print, size, "%s:%" PRIu32, item->key, ordinal);
	json_add(&sarif->document, object(sarif, result, "partialFingerprints"), "wscheckKey/v1",
	         print ? json_object_new_string(print) : NULL);
	free(print);
}

static void result_head(struct sarif *sarif, json_object *result, unsigned rule, const char *id, const char *level)
{
	string(sarif, result, "ruleId", id);
	json_add_u64(&sarif->document, result, "ruleIndex", rule);
	string(sarif, result, "level", level);
}

static void add_result(struct sarif *sarif, json_object *results, const struct report_item *item, uint32_t ordinal)
{
	const struct violation *v = item->violation;
	char text[TEXT_BYTES], sentence[REPORT_HAPPENED_MAX * 2], happened[REPORT_HAPPENED_MAX];
	json_object *result = object(sarif, results, NULL);
	result_head(sarif, result, v->kind, wsc_violation_name(v->kind),
	            judgement_fails(sarif->report, v->kind) ? "error" : "warning");
	page_clean(sentence, sizeof(sentence), v->message ? v->message : wsc_violation_help(v->kind));
	report_happened_alone(happened, sarif->report, v);
	snprintf(text, sizeof(text), "%c%s.%s%s", toupper((unsigned char)sentence[0]), sentence + 1,
	         happened[0] ? " Happened: " : "", happened);
	message(sarif, result, "message", text);
	add_locations(sarif, result, v);
	add_code_flow(sarif, result, v);
	add_fingerprint(sarif, result, item, ordinal);
	if (sarif->report->judgement->rules->baseline_path)
		string(sarif, result, "baselineState", item->state == REPORT_KNOWN ? "unchanged" : "new");
	add_suppression(sarif, result, item);
	add_result_properties(sarif, result, item);
}

static void add_budget(struct sarif *sarif, json_object *results, const struct budget_outcome *outcome)
{
	char text[BUDGET_SENTENCE_MAX + 2], sentence[BUDGET_SENTENCE_MAX];
	if (outcome->status != BUDGET_EXCEEDED)
		return;
	json_object *result = object(sarif, results, NULL);
	result_head(sarif, result, RULE_BUDGET, BUDGET_RULE, "error");
	snprintf(text, sizeof(text), "%s.", budget_sentence(sentence, outcome));
	message(sarif, result, "message", text);
	trace_location(sarif, object(sarif, array(sarif, result, "locations"), NULL));
	snprintf(text, sizeof(text), "%.*s", outcome->budget->name_length, outcome->budget->name);
	string(sarif, object(sarif, result, "partialFingerprints"), "wscheckKey/v1", text);
	if (sarif->report->judgement->rules->baseline_path)
		string(sarif, result, "baselineState", "new");
}

/* --- Fingerprints: reports with one key are numbered, by time --- */

static int compare_keys(const void *a, const void *b)
{
	const struct report_item *const *x = *(const struct report_item *const *const *)a;
	const struct report_item *const *y = *(const struct report_item *const *const *)b;
	int order = strcmp((*x)->key, (*y)->key);
	return order != 0 ? order : x < y ? -1 : x > y;
}

static bool number(struct sarif *sarif)
{
	const struct judgement *judgement = sarif->report->judgement;
	size_t count = judgement->shown_count;
	const struct report_item *const **sorted = calloc(count + 1, sizeof(*sorted));
	sarif->ordinals = calloc(count + 1, sizeof(*sarif->ordinals));
	bool good = sorted && sarif->ordinals;
	if (good) {
		for (size_t i = 0; i < count; i++)
			sorted[i] = &judgement->shown[i];
		qsort(sorted, count, sizeof(*sorted), compare_keys);
		for (size_t i = 0; i < count; i++) {
			bool again = i > 0 && strcmp((*sorted[i - 1])->key, (*sorted[i])->key) == 0;
			uint32_t before = again ? sarif->ordinals[sorted[i - 1] - judgement->shown] : 0;
			sarif->ordinals[sorted[i] - judgement->shown] = before + 1;
		}
	}
	free(sorted);
	return good;
}

static void add_run(struct sarif *sarif, json_object *run)
{
	const struct judgement *judgement = sarif->report->judgement;
	add_tool(sarif, run);
	add_invocation(sarif, run);
	add_artifact(sarif, run);
	json_object *results = array(sarif, run, "results");
	for (size_t i = 0; i < judgement->shown_count && !sarif->document.failed; i++)
		add_result(sarif, results, judgement->shown[i], sarif->ordinals[i]);
	for (size_t i = 0; i < judgement->budget_count; i++)
		add_budget(sarif, results, &judgement->budgets[i]);
	string(sarif, run, "columnKind", "utf16CodeUnits");
	add_run_properties(sarif, run);
}

enum wsc_status report_sarif(const struct report *report, const struct page *page)
{
	struct sarif sarif = {.report = report, .uri = uri_of(report->path)};
	json_document_init(&sarif.document);
	if (!sarif.uri || !number(&sarif))
		sarif.document.failed = true;
	string(&sarif, sarif.document.root, "$schema", "https://json.schemastore.org/sarif-2.1.0.json");
	string(&sarif, sarif.document.root, "version", "2.1.0");
	if (!sarif.document.failed)
		add_run(&sarif, object(&sarif, array(&sarif, sarif.document.root, "runs"), NULL));
	enum wsc_status status = json_document_write(&sarif.document, page->out);
	free(sarif.uri);
	free(sarif.ordinals);
	return status;
}
