/* SPDX-License-Identifier: MIT */
/* The report as one page: no network, readable without scripts. */
#include <inttypes.h>

#include "format.h"
#include "html_parts.h"
#include "report_parts.h"

enum { META_SHOWN = 24, LISTED = 16, REASON_PATH_MAX = 64 };

/* ---- what all parts use ---- */

void html_figure(const struct html_page *page, const char *path, uint64_t value, const char *shown)
{
	html_print(&page->html, "<data data-key=\"%s\" value=\"%" PRIu64 "\">%s</data>", path, value, shown);
}

void html_count(const struct html_page *page, const char *path, uint64_t count)
{
	char number[UNITS_MAX];
	html_figure(page, path, count, units_count(number, count));
}

void html_time(const struct html_page *page, const char *path, uint64_t stamps)
{
	char time[UNITS_MAX];
	uint64_t ns = trace_header_ns(page->report->header, stamps);
	html_figure(page, path, ns, units_duration(time, ns));
}

static void named(const struct html_page *page, uint32_t id, const char *name)
{
	char clean[REPORT_NAME_MAX];
	html_print(&page->html, "%" PRIu32, id);
	if (name && name[0])
		html_print(&page->html, " <bdi class=\"given\">%s</bdi>", page_clean(clean, sizeof(clean), name));
}

void html_worker_cell(const struct html_page *page, uint32_t worker)
{
	named(page, worker, report_worker_given_name(page->report->header, worker));
}

void html_queue_cell(const struct html_page *page, uint32_t queue)
{
	const struct trace_queue *row = trace_header_queue(page->report->header, queue);
	named(page, queue, row ? row->name : NULL);
}

/* ---- the frame ---- */

static void banner(const struct html_page *page)
{
	const struct html *html = &page->html;
	static const char *const ends[] = {"the trace is cut: it has no end", "recorded to a clean end",
	                                   "closed by a watchdog: no progress"};
	char words[200];
	html_title(html, page->report->verdict, page->report->path);
	html_print(html, "<p>%s; %s</p>\n</header>\n", report_verdict_words(words, sizeof(words), page->report),
	           ends[page->report->result->end]);
}

static void links(const struct html_page *page)
{
	bool hung = page->report->result->waiting_total > 0 || page->report->result->parked_count > 0;
	html_print(&page->html, "<nav aria-label=\"Sections\"><ul><li><a href=\"#reports\">Reports</a></li>");
	if (hung)
		html_print(&page->html, "<li><a href=\"#waiting\">Waiting</a></li>");
	html_print(&page->html, "<li><a href=\"#workers\">Workers</a></li><li><a href=\"#queues\">Queues</a></li>"
	                        "<li><a href=\"#latency\">Latency</a></li><li><a href=\"#steals\">Steals</a></li>"
	                        "<li><a href=\"#trace\">Trace</a></li></ul></nav>\n");
}

/* ---- the summary ---- */

static void not_counted(const struct html_page *page, const char *why, uint64_t count)
{
	char number[UNITS_MAX];
	if (count > 0)
		html_print(&page->html, "; %s of them %s", units_count(number, count), why);
}

static void kinds(const struct html_page *page)
{
	const struct html *html = &page->html;
	const uint64_t *counts = page->report->result->counts;
	char path[UNITS_MAX * 2];
	bool any = false;
	for (unsigned kind = 0; kind < WSC_VIOLATION_KIND_COUNT; kind++)
		any |= counts[kind] > 0;
	if (!any)
		return;
	html_print(html,
	           "<table class=\"kinds\"><caption>What was found</caption><thead><tr><th scope=\"col\">kind</th>"
	           "<th scope=\"col\">count</th><th scope=\"col\" class=\"words\">meaning</th></tr></thead><tbody>\n");
	for (unsigned k = 0; k < WSC_VIOLATION_KIND_COUNT; k++) {
		enum wsc_violation_kind kind = (enum wsc_violation_kind)k;
		bool error = wsc_violation_severity(kind) == WSC_SEVERITY_ERROR;
		if (counts[kind] == 0)
			continue;
		html_print(html, "<tr><th scope=\"row\"><span class=\"kind %s\">%s</span></th><td>",
		           error ? "error" : "warning", wsc_violation_name(kind));
		snprintf(path, sizeof(path), "violation_counts.%s", wsc_violation_name(kind));
		html_count(page, path, counts[kind]);
		html_print(html, "</td><td class=\"words\">%s: %s", error ? "error" : "warning",
		           wsc_violation_help(kind));
		not_counted(page, "suppressed", page->report->judgement->suppressed[kind]);
		not_counted(page, "known", page->report->judgement->known[kind]);
		html_print(html, "</td></tr>\n");
	}
	html_print(html, "</tbody></table>\n");
}

static void reasons(const struct html_page *page)
{
	const struct html *html = &page->html;
	const struct explain_reason *row;
	for (size_t at = 0; (row = report_reason(page->report, &at)) != NULL;) {
		html_print(html, "<p class=\"reason\"><strong>%s</strong> ",
		           page->report->verdict == ANALYSIS_INCONCLUSIVE ? "Because" : "Note:");
		html_prose(html, row->clause);
		html_print(html, ". <span class=\"note\">Next: ");
		html_prose(html, row->next);
		html_print(html, "</span></p>\n");
	}
}

/* What was measured against the limits that the user set. */
static void budgets(const struct html_page *page)
{
	static const char *const words[] = {
	    [BUDGET_OK] = "kept", [BUDGET_EXCEEDED] = "exceeded", [BUDGET_UNMEASURED] = "not measured"};
	const struct judgement *judgement = page->report->judgement;
	const struct html *html = &page->html;
	char name[BUDGET_SENTENCE_MAX], value[BUDGET_VALUE_MAX];
	if (judgement->budget_count == 0)
		return;
	html_print(html, "<table class=\"kinds\"><caption>Budgets</caption><thead><tr><th scope=\"col\">figure</th>"
	                 "<th scope=\"col\">allowed</th><th scope=\"col\">was</th><th scope=\"col\" class=\"words\">"
	                 "outcome</th></tr></thead><tbody>\n");
	for (size_t i = 0; i < judgement->budget_count; i++) {
		const struct budget_outcome *outcome = &judgement->budgets[i];
		const struct budget *budget = outcome->budget;
		bool measured = outcome->status != BUDGET_UNMEASURED;
		snprintf(name, sizeof(name), "%.*s", budget->name_length, budget->name);
		html_print(html, "<tr><th scope=\"row\">%s</th><td>%s</td>", name,
		           budget_value(value, budget, budget->limit));
		html_print(html, "<td>%s</td><td class=\"words kind %s\">%s</td></tr>\n",
		           measured ? budget_value(value, budget, outcome->value) : "-",
		           outcome->status == BUDGET_OK ? "kept" : "error", words[outcome->status]);
	}
	html_print(html, "</tbody></table>\n");
}

static void tile(const struct html_page *page, const char *label, const char *path, uint64_t value, const char *shown)
{
	html_print(&page->html, "<div><dt>%s</dt><dd>", label);
	html_figure(page, path, value, shown);
	html_print(&page->html, "</dd></div>\n");
}

static void tiles(const struct html_page *page)
{
	const struct report *report = page->report;
	const struct analysis_result *result = report->result;
	uint64_t duration = report_between_ns(report->header, result->first_ts, result->last_ts);
	uint64_t p99 = trace_header_ns(report->header, histogram_quantile(&result->steal_latency, 0.99));
	uint64_t wait = trace_header_ns(report->header, histogram_quantile(&result->queue_wait, 0.99));
	char shown[UNITS_MAX];
	html_print(&page->html, "<dl class=\"tiles\">\n");
	tile(page, "events", "trace.events", result->events, units_count(shown, result->events));
	tile(page, "workers", "trace.workers", result->workers_seen, units_count(shown, result->workers_seen));
	tile(page, "tasks", "trace.tasks", result->tasks, report_estimate(shown, report, result->tasks));
	tile(page, "duration", "trace.duration_ns", duration, units_duration(shown, duration));
	if (result->steal_attempts > 0 && !report_is_absent(report, WSC_EV_STEAL_FAILURE))
		tile(page, "steals that succeed", "stats.successful_steals", result->successful_steals,
		     units_share(shown, result->successful_steals, result->steal_attempts));
	if (result->steal_latency.count > 0)
		tile(page, "steal, p99", "stats.steal_latency_ns.p99", p99, units_duration(shown, p99));
	if (result->queue_wait.count > 0)
		tile(page, "wait in queue, p99", "stats.queue_wait_ns.p99", wait, units_duration(shown, wait));
	html_print(&page->html, "</dl>\n");
	if (report->header->sampling > 1)
		html_print(
		    &page->html,
		    "<p class=\"note\">One task in %s was recorded, steals whole; counts with ~ are estimates.</p>\n",
		    units_count(shown, report->header->sampling));
}

/* ---- what a hang left ---- */

static void waiting_rows(const struct html_page *page)
{
	const struct html *html = &page->html;
	const struct analysis_result *result = page->report->result;
	char time[UNITS_MAX];
	for (size_t i = 0; i < result->waiting_count; i++) {
		const struct waiting_task *row = &result->waiting[i];
		units_duration(time, report_between_ns(page->report->header, row->since, result->end_ts));
		html_print(html, "<tr><td>%" PRIu64 "</td><td>%s</td><td class=\"words\">%s ", row->task, time,
		           row->taken ? "taken by worker" : "in queue");
		if (row->taken)
			html_worker_cell(page, row->place);
		else
			html_queue_cell(page, row->place);
		html_print(html, "</td></tr>\n");
	}
}

static void parked_list(const struct html_page *page)
{
	const struct html *html = &page->html;
	const struct analysis_result *result = page->report->result;
	char time[UNITS_MAX];
	if (result->parked_count == 0)
		return;
	html_print(html, "<p>Parked at the end:");
	for (size_t i = 0; i < result->parked_count && i < LISTED; i++) {
		units_duration(time, report_between_ns(page->report->header, result->parked[i].since, result->end_ts));
		html_print(html, "%s worker ", i > 0 ? "," : "");
		html_worker_cell(page, result->parked[i].worker);
		html_print(html, " for %s", time);
	}
	if (result->parked_count > LISTED)
		html_print(html, " and %zu more", result->parked_count - LISTED);
	html_print(html, ".</p>\n");
}

static void waiting(const struct html_page *page)
{
	const struct html *html = &page->html;
	const struct analysis_result *result = page->report->result;
	if (result->waiting_total == 0 && result->parked_count == 0)
		return;
	html_print(html,
	           "<section id=\"waiting\" aria-labelledby=\"waiting-title\"><h2 id=\"waiting-title\">What waited"
	           "</h2>\n");
	if (result->waiting_total > 0) {
		html_print(html, "<p>");
		html_count(page, "waiting.tasks", result->waiting_total);
		html_print(
		    html,
		    " task%s had been queued or taken and did not run.</p><div class=\"scroll\" role=\"region\" "
		    "aria-label=\"Table of waiting tasks\" tabindex=\"0\"><table><caption>Those that waited longest"
		    "</caption><thead><tr><th scope=\"col\">task</th><th scope=\"col\">for</th>"
		    "<th scope=\"col\" class=\"words\">where</th></tr></thead><tbody>\n",
		    units_plural(result->waiting_total));
		waiting_rows(page);
		html_print(html, "</tbody></table></div>\n");
	}
	parked_list(page);
	html_print(html, "</section>\n");
}

/* ---- the trace ---- */

static void property(const struct html_page *page, const char *name, const char *value)
{
	html_print(&page->html, "<div><dt>%s</dt><dd><bdi>%s</bdi></dd></div>\n", name, value);
}

static void counted(const struct html_page *page, const char *name, const char *path, uint64_t count)
{
	html_print(&page->html, "<div><dt>%s</dt><dd>", name);
	html_count(page, path, count);
	html_print(&page->html, "</dd></div>\n");
}

static void undecided_tasks(const struct html_page *page)
{
	const struct analysis_result *result = page->report->result;
	const struct html *html = &page->html;
	const char *between = ":";
	html_print(html, "<p class=\"reason\"><strong>Undecided:</strong> ");
	html_count(page, "undecided.tasks", result->undecided_tasks);
	html_print(html, " task%s", units_plural(result->undecided_tasks));
	for (unsigned i = 0; i < WSC_UNDECIDED_REASON_COUNT; i++) {
		enum wsc_undecided_reason why = (enum wsc_undecided_reason)i;
		char path[REASON_PATH_MAX];
		if (result->undecided_by_reason[i] == 0)
			continue;
		snprintf(path, sizeof(path), "undecided.by_reason.%s", wsc_undecided_name(why));
		html_print(html, "%s %s", between, wsc_undecided_clause(why));
		if (result->undecided_by_reason[i] < result->undecided_tasks) {
			html_print(html, " (");
			html_count(page, path, result->undecided_by_reason[i]);
			html_print(html, ")");
		}
		between = ";";
	}
	html_print(html, ".</p>\n");
}

static void doubts(const struct html_page *page)
{
	const struct report *report = page->report;
	const struct analysis_result *result = report->result;
	const struct html *html = &page->html;
	if (result->undecided_tasks > 0)
		undecided_tasks(page);
	if (result->undecided_stays > 0) {
		html_print(html, "<p class=\"reason\"><strong>Order not checked:</strong> ");
		html_count(page, "undecided.stays", result->undecided_stays);
		html_print(html, " stay%s of tasks in queues: which take was whose is ambiguous.</p>\n",
		           units_plural(result->undecided_stays));
	}
	for (size_t i = 0; i < result->unchecked_count && i < LISTED; i++) {
		html_print(html, "<p class=\"reason\"><strong>Order not checked:</strong> queue ");
		html_queue_cell(page, result->unchecked[i].queue);
		html_print(html, ": %s.</p>\n", result->unchecked[i].why);
	}
	if (result->unchecked_count > LISTED)
		html_print(html, "<p class=\"reason\">And of %zu more queues.</p>\n", result->unchecked_count - LISTED);
	for (size_t i = 0; i < report->summary->skipped_count && i < LISTED; i++)
		html_print(html,
		           "<p class=\"reason\"><strong>Skipped:</strong> %" PRIu64
		           " event(s) of a kind unknown here, <code>%s</code>.</p>\n",
		           report->summary->skipped[i].count, report->summary->skipped[i].name);
}

static void unknown_disciplines(const struct html_page *page)
{
	const struct html *html = &page->html;
	struct unknown_discipline row;
	size_t count = 0;
	for (size_t at = 0; report_unknown_discipline(page->report->header, &at, &row); count++) {
		if (count >= LISTED)
			continue;
		html_print(html, "<p class=\"reason\"><strong>Unknown:</strong> the discipline <code>%s</code> of ",
		           row.word);
		if (row.queue) {
			html_print(html, "queue ");
			html_queue_cell(page, row.queue->queue);
		} else {
			html_print(html, "the trace");
		}
		html_print(html, " is %s.</p>\n", report_unknown_discipline_words(&row));
	}
	if (count > LISTED)
		html_print(html, "<p class=\"reason\">And of %zu more queues.</p>\n", count - LISTED);
}

static void properties(const struct html_page *page)
{
	const struct trace_header *header = page->report->header;
	const struct analysis_result *result = page->report->result;
	char value[UNITS_MAX], cut[PAGE_NAME_MAX];
	html_print(&page->html, "<dl class=\"properties\">\n");
	if (header->anchor_count > 0)
		property(page, "clock first read", units_wall(value, header->anchors[0].wall_ns));
	property(page, "begins", header->complete ? "before the first task" : "after the first task (a window)");
	counted(page, "lives of tasks", "trace.lives", result->lives);
	counted(page, "events dropped", "trace.dropped", result->dropped);
	counted(page, "blocks damaged", "trace.damaged_blocks", result->damaged_blocks);
	property(page, "identity", trace_identity_name(header->identity));
	property(page, "discipline", trace_discipline_name(header->discipline));
	snprintf(cut, sizeof(cut), "%" PRIu64 " ns", header->uncertainty_ns);
	property(page, "uncertainty", cut);
	if (header->host)
		property(page, "host", header->host);
	if (header->has_process_id) {
		snprintf(cut, sizeof(cut), "%" PRIu64, header->process_id);
		property(page, "process", cut);
	}
	for (size_t i = 0; i < header->meta_count && i < META_SHOWN; i++)
		html_print(&page->html, "<div><dt><bdi>%s</bdi></dt><dd><bdi>%s</bdi></dd></div>\n",
		           page_clean(value, sizeof(value), header->meta[i].key),
		           page_clean(cut, sizeof(cut), header->meta[i].json));
	html_print(&page->html, "</dl>\n");
	if (header->meta_count > META_SHOWN)
		html_print(&page->html, "<p class=\"note\">And %zu more: <code>wscheck info</code> lists them.</p>\n",
		           header->meta_count - META_SHOWN);
}

/* ---- the sections ---- */

static void open_section(const struct html_page *page, const char *id, const char *title)
{
	html_print(&page->html, "<section id=\"%s\" aria-labelledby=\"%s-title\"><h2 id=\"%s-title\">%s</h2>\n", id, id,
	           id, title);
}

static void close_section(const struct html_page *page)
{
	html_print(&page->html, "</section>\n");
}

static enum wsc_status sections(const struct html_page *page)
{
	const struct analysis_result *result = page->report->result;
	open_section(page, "reports", "Reports");
	enum wsc_status status = html_stories(page);
	if (result->violation_count == 0)
		html_print(&page->html, "<p>There is nothing to report.</p>\n");
	close_section(page);
	waiting(page);
	open_section(page, "workers", "Workers over time");
	if (status == WSC_OK)
		status = html_timeline(page);
	html_workers(page);
	close_section(page);
	open_section(page, "queues", "Queue depth over time");
	html_queues(page);
	close_section(page);
	open_section(page, "latency", "Latency");
	html_latency(page);
	close_section(page);
	open_section(page, "steals", "Steals");
	if (status == WSC_OK)
		status = html_steals(page);
	close_section(page);
	open_section(page, "trace", "Trace");
	doubts(page);
	unknown_disciplines(page);
	properties(page);
	close_section(page);
	return status;
}

enum wsc_status report_html(const struct report *report, const struct page *text)
{
	size_t bytes = 0;
	const struct html_page page = {.html = {text->out, &bytes}, .report = report};
	const struct html *html = &page.html;
	double span = (double)report_between_ns(report->header, report->result->first_ts, report->result->end_ts);
	html_head(html, report->verdict, report->path);
	html_print(html, "<body data-span=\"%.0f\">\n<a class=\"skip\" href=\"#main\">Skip to the report</a>\n", span);
	banner(&page);
	links(&page);
	html_print(html, "<main id=\"main\">\n<section aria-labelledby=\"summary-title\"><h2 id=\"summary-title\" "
	                 "class=\"hidden\">Summary</h2>\n");
	reasons(&page);
	tiles(&page);
	kinds(&page);
	budgets(&page);
	html_print(html, "</section>\n");
	enum wsc_status status = sections(&page);
	html_foot(html);
	return status;
}
