/* SPDX-License-Identifier: MIT */
/* The report as JSON. report.schema.json says what each key means; change both together. */
#include <ctype.h>

#include "cause.h"
#include "format.h"
#include "judgement.h"
#include "report_json_parts.h"
#include "report_parts.h"

enum { WORD_MAX = 32 };

void teller_add_ns(struct teller *teller, json_object *to, const char *key, uint64_t stamp)
{
	json_add_u64(&teller->document, to, key, trace_header_ns(teller->report->header, stamp));
}

void teller_add_task(struct teller *teller, json_object *to, const char *key, uint64_t task)
{
	if (task == 0)
		json_add_null(&teller->document, to, key);
	else
		json_add_u64(&teller->document, to, key, task);
}

/* The reasons' names, in lower case: what a program branches on. */
static void add_reasons(struct teller *teller, json_object *to)
{
	static const struct {
		unsigned bit;
		const char *name;
	} rows[] = {
#define ROW(NAME, bit, clause_) {1U << (bit), #NAME},
	    ANALYSIS_REASONS(ROW)
#undef ROW
	};
	json_object *array = json_add_array(&teller->document, to, "reasons");
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		char word[WORD_MAX];
		size_t length = 0;
		if (!(teller->report->result->reasons & rows[i].bit))
			continue;
		for (const char *c = rows[i].name; *c && length + 1 < sizeof(word); c++)
			word[length++] = (char)tolower((unsigned char)*c);
		word[length] = '\0';
		json_add_string(&teller->document, array, NULL, word);
	}
}

/* What part of the trace was read, where it is not the whole. */
static void add_range(struct json_document *document, json_object *trace, const struct trace_range *range)
{
	if (trace_range_is_whole(range))
		return;
	json_object *to = json_add_object(document, trace, "range");
	json_add_u64(document, to, "from_ns", range->from_ns);
	if (range->to_ns == UINT64_MAX)
		json_add_null(document, to, "to_ns");
	else
		json_add_u64(document, to, "to_ns", range->to_ns);
}

/* "queue" is null in the trace's own. */
static void add_unknown_disciplines(struct teller *teller, json_object *to)
{
	struct json_document *document = &teller->document;
	struct unknown_discipline unknown;
	json_object *rows = json_add_array(document, to, "unknown_disciplines");
	for (size_t at = 0; report_unknown_discipline(teller->report->header, &at, &unknown) && !document->failed;) {
		json_object *row = json_add_object(document, rows, NULL);
		if (unknown.queue)
			json_add_u64(document, row, "queue", unknown.queue->queue);
		else
			json_add_null(document, row, "queue");
		json_add_string(document, row, "discipline", unknown.word);
	}
}

void teller_add_trace(struct teller *teller, json_object *root)
{
	const struct report *report = teller->report;
	const struct analysis_result *result = report->result;
	struct json_document *document = &teller->document;
	json_object *trace = json_add_object(document, root, "trace");
	json_add_u64(document, trace, "events", result->events);
	json_add_u64(document, trace, "workers", result->workers_seen);
	json_add_u64(document, trace, "tasks", result->tasks);
	json_add_u64(document, trace, "lives", result->lives);
	json_add_u64(document, trace, "duration_ns",
	             report_between_ns(report->header, result->first_ts, result->last_ts));
	json_add_bool(document, trace, "complete", report->header->complete);
	json_add_string(document, trace, "end", trace_end_name(result->end));
	json_add_u64(document, trace, "dropped", result->dropped);
	json_add_u64(document, trace, "dropped_over_limit", report->summary->over_limit);
	json_add_u64(document, trace, "damaged_blocks", result->damaged_blocks);
	json_add_u64(document, trace, "sampling", report->header->sampling);
	add_range(document, trace, &report->summary->range);
	json_object *skipped = json_add_object(document, trace, "skipped_events");
	for (size_t i = 0; i < report->summary->skipped_count; i++)
		json_add_u64(document, skipped, report->summary->skipped[i].name, report->summary->skipped[i].count);
	add_unknown_disciplines(teller, trace);
	add_reasons(teller, trace);
}

/* Fields beyond ts, ev, task and worker, by the names they have in JSON Lines. */
static void add_operands(struct teller *teller, json_object *to, const struct wsc_event *event)
{
	struct json_document *document = &teller->document;
	const char *label = NULL;
	switch (event->kind) {
	case WSC_EV_QUEUED:
		label = event->arg ? trace_header_label(teller->report->header, event->arg) : NULL;
		json_add_u64(document, to, "queue", event->queue);
		if (event->flags & WSC_FLAG_PINNED)
			json_add_bool(document, to, "pinned", true);
		if (label)
			json_add_string(document, to, "label", label);
		break;
	case WSC_EV_PUSH_FAILED:
	case WSC_EV_DEQUEUED:
		json_add_u64(document, to, "queue", event->queue);
		break;
	case WSC_EV_STEAL_SUCCESS:
		if (event->flags & WSC_FLAG_INFERRED)
			json_add_bool(document, to, "inferred", true);
		break;
	case WSC_EV_STEAL_FAILURE:
		if (event->reason != WSC_REASON_NONE)
			json_add_string(document, to, "reason", trace_reason_name((enum wsc_reason)event->reason));
		if (event->arg != 1)
			json_add_u64(document, to, "count", event->arg);
		break;
	case WSC_EV_GAP:
		json_add_u64(document, to, "count", event->arg);
		teller_add_ns(teller, to, "until", event->task);
		break;
	default:
		break;
	}
}

static bool has_direction(unsigned kind)
{
	return kind == WSC_EV_STEAL_START || kind == WSC_EV_STEAL_SUCCESS || kind == WSC_EV_STEAL_FAILURE ||
	       kind == WSC_EV_WAKE;
}

static void add_event(struct teller *teller, json_object *events, const struct wsc_event *event)
{
	struct json_document *document = &teller->document;
	json_object *to = json_add_object(document, events, NULL);
	teller_add_ns(teller, to, "ts", event->ts);
	json_add_string(document, to, "ev", trace_event_name(event->kind));
	if (event->kind != WSC_EV_GAP && (event->task != 0 || event->kind == WSC_EV_STEAL_SUCCESS))
		json_add_u64(document, to, "task", event->task);
	if (event->kind == WSC_EV_WAKE) {
		json_add_u64(document, to, "from", event->worker);
		json_add_u64(document, to, "to", event->queue);
	} else if (has_direction(event->kind)) {
		json_add_u64(document, to, "from", event->queue);
		json_add_u64(document, to, "to", event->worker);
	} else {
		json_add_u64(document, to, "worker", event->worker);
	}
	add_operands(teller, to, event);
}

/* Which reports have one cause, what happened, and what usually causes it, the likeliest first. */
static void add_story(struct teller *teller, json_object *to, const struct violation *violation)
{
	char happened[REPORT_HAPPENED_MAX];
	json_add_u64(&teller->document, to, "story", violation->story);
	json_add_string(&teller->document, to, "happened", report_happened(happened, teller->report, violation));
	json_object *causes = json_add_array(&teller->document, to, "causes");
	for (unsigned i = 0; i < violation->cause_count; i++)
		json_add_string(&teller->document, causes, NULL, cause_id((enum cause)violation->causes[i]));
}

static void add_suppressed_by(struct teller *teller, json_object *to, const struct suppression *by)
{
	struct json_document *document = &teller->document;
	if (!by) {
		json_add_null(document, to, "suppressed_by");
		return;
	}
	json_object *row = json_add_object(document, to, "suppressed_by");
	json_add_text(document, row, "file", by->file);
	json_add_u64(document, row, "line", by->line);
	json_add_text(document, row, "reason", by->reason);
}

void report_json_suppress_with(struct json_document *document, json_object *to, const char *name, const char *key)
{
	char line[SUPPRESSION_LINE_MAX + sizeof(SUPPRESS_READY_REASON)];
	snprintf(line, sizeof(line), "%s%s", key, SUPPRESS_READY_REASON);
	json_add_string(document, to, name, line);
}

/* What tells it from others, and whether it counts. */
static void add_state(struct teller *teller, json_object *to, const struct report_item *item)
{
	struct json_document *document = &teller->document;
	json_add_string(document, to, "state", report_state_name(item->state));
	json_add_string(document, to, "key", item->key);
	report_json_suppress_with(document, to, "suppress_with", item->key);
	add_suppressed_by(teller, to, item->suppression);
}

void teller_add_item(struct teller *teller, json_object *to, const struct report_item *item)
{
	struct json_document *document = &teller->document;
	const struct violation *violation = item->violation;
	bool error = wsc_violation_severity(violation->kind) == WSC_SEVERITY_ERROR;
	json_add_string(document, to, "kind", wsc_violation_name(violation->kind));
	json_add_string(document, to, "severity", error ? "error" : "warning");
	teller_add_task(teller, to, "task", violation->task);
	teller_add_task(teller, to, "other_task", violation->other_task);
	json_object *workers = json_add_array(document, to, "workers");
	for (size_t i = 0; i < violation->worker_count; i++)
		json_add_u64(document, workers, NULL, violation->workers[i]);
	if (violation->has_queue)
		json_add_u64(document, to, "queue", violation->queue);
	else
		json_add_null(document, to, "queue");
	teller_add_ns(teller, to, "ts_ns", violation->ts);
	json_add_string(document, to, "message", violation->message ? violation->message : "");
	json_object *events = json_add_array(document, to, "events");
	for (size_t i = 0; i < violation->event_count; i++)
		add_event(teller, events, &violation->events[i]);
	json_add_bool(document, to, "events_cut", violation->events_cut);
	add_story(teller, to, violation);
	add_state(teller, to, item);
}

static void add_counts(struct teller *teller, json_object *to, const char *key, const uint64_t *counts)
{
	struct json_document *document = &teller->document;
	json_object *object = json_add_object(document, to, key);
	for (unsigned kind = 0; kind < WSC_VIOLATION_KIND_COUNT; kind++) {
		if (counts[kind] > 0)
			json_add_u64(document, object, wsc_violation_name((enum wsc_violation_kind)kind), counts[kind]);
	}
}

static void add_violations(struct teller *teller, size_t most)
{
	const struct judgement *judgement = teller->report->judgement;
	struct json_document *document = &teller->document;
	json_object *violations = json_add_array(document, document->root, "violations");
	for (size_t i = 0; i < judgement->shown_count && i < most && !document->failed; i++)
		teller_add_item(teller, json_add_object(document, violations, NULL), judgement->shown[i]);
	teller_add_counts(teller, document->root);
}

void teller_add_counts(struct teller *teller, json_object *to)
{
	const struct judgement *judgement = teller->report->judgement;
	struct json_document *document = &teller->document;
	uint64_t all = report_count(teller->report->result, WSC_SEVERITY_ERROR) +
	               report_count(teller->report->result, WSC_SEVERITY_WARNING);
	add_counts(teller, to, "violation_counts", teller->report->result->counts);
	json_object *view = json_add_object(document, to, "view");
	json_add_u64(document, view, "listed", judgement->shown_count);
	json_add_u64(document, view, "filtered", judgement->filtered);
	json_add_u64(document, view, "beyond_max_reports", all - judgement->shown_count - judgement->filtered);
}

void teller_add_budget(struct teller *teller, json_object *to, const struct budget_outcome *outcome)
{
	static const char *const units[] = {[BUDGET_COUNT] = "count", [BUDGET_NS] = "ns", [BUDGET_RATIO] = "ratio"};
	static const char *const statuses[] = {
	    [BUDGET_OK] = "ok", [BUDGET_EXCEEDED] = "exceeded", [BUDGET_UNMEASURED] = "unmeasured"};
	struct json_document *document = &teller->document;
	const struct budget *budget = outcome->budget;
	char name[BUDGET_SENTENCE_MAX], sentence[BUDGET_SENTENCE_MAX];
	snprintf(name, sizeof(name), "%.*s", budget->name_length, budget->name);
	json_add_string(document, to, "metric", name);
	json_add_string(document, to, "unit", units[budget->unit]);
	json_add_number(document, to, "limit", budget->limit);
	if (outcome->status == BUDGET_UNMEASURED)
		json_add_null(document, to, "value");
	else
		json_add_number(document, to, "value", outcome->value);
	json_add_string(document, to, "status", statuses[outcome->status]);
	json_add_string(document, to, "message", budget_sentence(sentence, outcome));
}

static void add_suppressions(struct teller *teller, json_object *to)
{
	const struct suppressions *suppressions = &teller->report->judgement->rules->suppressions;
	struct json_document *document = &teller->document;
	json_object *rows = json_add_array(document, to, "suppressions");
	for (size_t i = 0; i < suppressions->count && !document->failed; i++) {
		const struct suppression *suppression = &suppressions->rows[i];
		char date[SUPPRESS_DATE_MAX];
		json_object *row = json_add_object(document, rows, NULL);
		json_add_text(document, row, "file", suppression->file);
		json_add_u64(document, row, "line", suppression->line);
		json_add_text(document, row, "reason", suppression->reason);
		if (suppression->until == 0)
			json_add_null(document, row, "until");
		else
			json_add_string(document, row, "until", suppress_date(date, suppression->until));
		json_add_bool(document, row, "expired", suppression->expired);
		json_add_u64(document, row, "matched", suppression->matched);
	}
}

void teller_add_judgement(struct teller *teller, json_object *root)
{
	const struct judgement *judgement = teller->report->judgement;
	struct json_document *document = &teller->document;
	json_object *to = json_add_object(document, root, "judgement");
	json_add_u64(document, to, "errors", judgement_count(teller->report, WSC_SEVERITY_ERROR));
	json_add_u64(document, to, "warnings", judgement_count(teller->report, WSC_SEVERITY_WARNING));
	json_object *fail_on = json_add_array(document, to, "fail_on");
	for (unsigned kind = 0; kind < WSC_VIOLATION_KIND_COUNT; kind++) {
		if (judgement_fails(teller->report, (enum wsc_violation_kind)kind))
			json_add_string(document, fail_on, NULL, wsc_violation_name((enum wsc_violation_kind)kind));
	}
	add_counts(teller, to, "suppressed_counts", judgement->suppressed);
	add_counts(teller, to, "known_counts", judgement->known);
	json_object *budgets = json_add_array(document, to, "budgets");
	for (size_t i = 0; i < judgement->budget_count; i++)
		teller_add_budget(teller, json_add_object(document, budgets, NULL), &judgement->budgets[i]);
	add_suppressions(teller, to);
	if (judgement->rules->baseline_path) {
		json_object *baseline = json_add_object(document, to, "baseline");
		json_add_text(document, baseline, "path", judgement->rules->baseline_path);
		json_add_u64(document, baseline, "keys", judgement->rules->baseline.count);
	} else {
		json_add_null(document, to, "baseline");
	}
}

void report_json_undecided(struct json_document *document, json_object *to,
                           const uint64_t by_reason[WSC_UNDECIDED_REASON_COUNT])
{
	json_object *rows = json_add_object(document, to, "by_reason");
	for (unsigned i = 0; i < WSC_UNDECIDED_REASON_COUNT; i++)
		json_add_u64(document, rows, wsc_undecided_name((enum wsc_undecided_reason)i), by_reason[i]);
}

static void add_undecided(struct teller *teller, json_object *root)
{
	const struct analysis_result *result = teller->report->result;
	struct json_document *document = &teller->document;
	json_object *to = json_add_object(document, root, "undecided");
	json_add_u64(document, to, "tasks", result->undecided_tasks);
	if (result->undecided_reason)
		json_add_string(document, to, "reason", result->undecided_reason);
	else
		json_add_null(document, to, "reason");
	report_json_undecided(document, to, result->undecided_by_reason);
	json_add_u64(document, to, "stays", result->undecided_stays);

	json_object *queues = json_add_array(document, root, "unchecked_queues");
	for (size_t i = 0; i < result->unchecked_count; i++) {
		json_object *queue = json_add_object(document, queues, NULL);
		json_add_u64(document, queue, "queue", result->unchecked[i].queue);
		json_add_string(document, queue, "reason", result->unchecked[i].why);
	}
}

static void add_waiting(struct teller *teller, json_object *root)
{
	const struct analysis_result *result = teller->report->result;
	struct json_document *document = &teller->document;
	json_object *waiting = json_add_object(document, root, "waiting");
	json_add_u64(document, waiting, "tasks", result->waiting_total);
	json_object *longest = json_add_array(document, waiting, "longest");
	for (size_t i = 0; i < result->waiting_count; i++) {
		const struct waiting_task *row = &result->waiting[i];
		json_object *to = json_add_object(document, longest, NULL);
		teller_add_task(teller, to, "task", row->task);
		json_add_string(document, to, "state", row->taken ? "taken" : "queued");
		json_add_u64(document, to, row->taken ? "worker" : "queue", row->place);
		teller_add_ns(teller, to, "since_ns", row->since);
		json_add_u64(document, to, "waited_ns",
		             report_between_ns(teller->report->header, row->since, result->end_ts));
	}
	json_object *sleepers = json_add_array(document, waiting, "parked");
	json_object *parked = json_add_array(document, root, "parked");
	for (size_t i = 0; i < result->parked_count; i++) {
		const struct parked_worker *row = &result->parked[i];
		json_object *to = json_add_object(document, sleepers, NULL);
		json_add_u64(document, to, "worker", row->worker);
		teller_add_ns(teller, to, "since_ns", row->since);
		json_add_u64(document, to, "parked_ns",
		             report_between_ns(teller->report->header, row->since, result->end_ts));
		json_add_u64(document, parked, NULL, row->worker);
	}
}

void teller_add_findings(struct teller *teller, json_object *root)
{
	add_undecided(teller, root);
	add_waiting(teller, root);
}

/* Lists at most so many reports. */
static void make(struct teller *teller, size_t most)
{
	json_document_init(&teller->document);
	json_object *root = teller->document.root;
	json_add_string(&teller->document, root, "schema", REPORT_SCHEMA);
	json_add_string(&teller->document, root, "verdict", report_verdict_name(teller->report->verdict));
	teller_add_trace(teller, root);
	add_violations(teller, most);
	teller_add_judgement(teller, root);
	teller_add_findings(teller, root);
	report_json_stats(teller, root);
}

enum wsc_status report_json(const struct report *report, const struct page *page)
{
	struct teller teller = {.report = report};
	make(&teller, SIZE_MAX);
	return json_document_write(&teller.document, page->out);
}

enum wsc_status report_digest(const struct report *report, FILE *out)
{
	struct teller teller = {.report = report};
	make(&teller, 0);
	return json_document_write_line(&teller.document, out);
}

enum wsc_status report_json_root(const struct report *report, json_object **root)
{
	struct teller teller = {.report = report};
	make(&teller, SIZE_MAX);
	*root = teller.document.root;
	return teller.document.failed ? WSC_NOMEM : WSC_OK;
}
