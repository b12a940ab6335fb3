/* SPDX-License-Identifier: MIT */
/* The page's stories: the reports of one cause, their events, what should have happened and what did. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "cause.h"
#include "html_story.h"
#include "report_parts.h"
#include "story.h"

/* So many are open at first, and so many are in sight. */
enum { STORIES_OPEN = 3, STORIES_IN_SIGHT = 10 };

static bool is_error(const struct violation *violation)
{
	return wsc_violation_severity(violation->kind) == WSC_SEVERITY_ERROR;
}

/* ---- the reports ---- */

/* Its place among the reports that the JSON report lists. */
static size_t place_of(const struct html_page *page, const struct report_item *item)
{
	size_t i = 0;
	while (page->report->judgement->shown[i] != item)
		i++;
	return i;
}

static void kind(const struct html_page *page, const struct report_item *item)
{
	const char *name = wsc_violation_name(item->violation->kind);
	const char *class = item->state != REPORT_COUNTED ? "passed" : is_error(item->violation) ? "error" : "warning";
	html_print(&page->html, "<span class=\"kind %s\" data-key=\"violations.%zu.kind\" data-value=\"%s\">%s</span> ",
	           class, place_of(page, item), name, name);
}

static void places(const struct html_page *page, const struct violation *v)
{
	const struct html *html = &page->html;
	char time[UNITS_MAX], words[REPORT_WORKER_MAX];
	html_print(html, "<span class=\"places\">");
	if (v->task != 0)
		html_print(html, "<span>task %" PRIu64 "</span> ", v->task);
	for (size_t i = 0; i < v->worker_count; i++)
		html_print(html, "<span>%s</span> ", report_worker_words(words, page->report, v->workers[i]));
	if (v->has_queue) {
		html_print(html, "<span>queue ");
		html_queue_cell(page, v->queue);
		html_print(html, "</span> ");
	}
	units_duration(time, report_into_ns(page->report, v->ts));
	html_print(html, "<span>at %s</span></span>", time);
}

/* What it says, and why it does not count. */
static void message(const struct html_page *page, const struct report_item *item)
{
	const struct html *html = &page->html;
	char reason[PAGE_NAME_MAX], file[PAGE_NAME_MAX];
	html_print(html, "<p class=\"message\">%s</p>\n", item->violation->message);
	if (item->suppression)
		html_print(html, "<p class=\"note\">Suppressed: %s (%s:%u)</p>\n",
		           page_clean(reason, sizeof(reason), item->suppression->reason),
		           page_clean(file, sizeof(file), item->suppression->file), item->suppression->line);
	else if (item->state == REPORT_KNOWN)
		html_print(html, "<p class=\"note\">Known: the baseline has its like.</p>\n");
}

/* The title is that of the report that speaks for the others; these follow. */
static void reports(const struct html_page *page, const struct story_group *group, const struct report_item *speaker)
{
	const struct html *html = &page->html;
	message(page, speaker);
	if (group->count == 1)
		return;
	html_print(html, "<ul class=\"reports\">\n");
	for (size_t i = 0; i < group->count && i < HTML_REPORTS_MAX; i++) {
		if (group->items[i] == speaker)
			continue;
		html_print(html, "<li>with ");
		kind(page, group->items[i]);
		places(page, group->items[i]->violation);
		message(page, group->items[i]);
		html_print(html, "</li>\n");
	}
	html_print(html, "</ul>\n");
	if (group->count > HTML_REPORTS_MAX)
		html_print(html, "<p class=\"note\">And %zu more reports of this story.</p>\n",
		           group->count - HTML_REPORTS_MAX);
}

/* ---- the events ---- */

/* Which lines are shown. Of a long story those near a marked one, and of these the first. */
static void choose(const struct evidence_line *lines, size_t count, struct html_evidence *evidence)
{
	*evidence = (struct html_evidence){.count = 0};
	for (size_t i = 0; i < count; i++) {
		if (!evidence_is_near(lines, count, i) || evidence->count == HTML_LINES_MAX) {
			evidence->left_out++;
			continue;
		}
		evidence->lines[evidence->count++] = &lines[i];
		evidence->timed |= lines[i].timed;
	}
}

static void offset(char buffer[UNITS_MAX + 2], const struct report *report, uint64_t origin, uint64_t stamp)
{
	char time[UNITS_MAX];
	uint64_t ns = stamp < origin ? report_between_ns(report->header, stamp, origin)
	                             : report_between_ns(report->header, origin, stamp);
	snprintf(buffer, UNITS_MAX + 2, "%c%s", stamp < origin ? '-' : '+', units_duration(time, ns));
}

/* When the operation took effect, as far as its worker's stamps tell. */
static void span_cell(const struct html_page *page, const struct evidence_line *line, uint64_t origin)
{
	char from[UNITS_MAX + 2], until[UNITS_MAX + 2];
	offset(from, page->report, origin, line->span.from);
	offset(until, page->report, origin, line->span.until);
	if (!line->timed)
		html_print(&page->html, "<td></td>");
	else if (line->span.until == UINT64_MAX)
		html_print(&page->html, "<td>after %s</td>", from);
	else
		html_print(&page->html, "<td>%s to %s</td>", from, until);
}

static void event_row(const struct html_page *page, const struct html_evidence *evidence, size_t number)
{
	const struct evidence_line *line = evidence->lines[number - 1];
	uint64_t origin = evidence->lines[0]->event.ts;
	const struct html *html = &page->html;
	const struct wsc_event *event = &line->event;
	char time[UNITS_MAX + 2], words[REPORT_WORDS_MAX];
	offset(time, page->report, origin, event->ts);
	report_event_words(words, page->report, event);
	html_print(html, "<tr class=\"%s\"><td>%zu</td><td>",
	           line->mark == '>'   ? "convicts"
	           : line->mark == '~' ? "rival"
	                               : "plain",
	           number);
	if (line->mark != ' ')
		html_print(html, "<b>%c</b><span class=\"hidden\"> %s</span>", line->mark,
		           line->mark == '>' ? "convicts" : "collides with it");
	html_print(html, "</td><td>%s</td><td class=\"words\">", time);
	html_worker_cell(page, event->worker);
	html_print(html, "</td><td class=\"words\"><code>%s</code></td><td class=\"words\">",
	           trace_event_name(event->kind));
	if (event->task != 0 && event->kind != WSC_EV_GAP)
		html_print(html, "task %" PRIu64 "%s", event->task, words[0] ? ", " : "");
	html_print(html, "%s</td>", words);
	if (evidence->timed)
		span_cell(page, line, origin);
	html_print(html, "</tr>\n");
}

static void event_table(const struct html_page *page, const struct html_evidence *evidence, bool cut)
{
	const struct html *html = &page->html;
	html_print(html,
	           "<div class=\"scroll\" role=\"region\" aria-label=\"Table of events\" tabindex=\"0\">"
	           "<table class=\"events\"><caption>Evidence: <b>&gt;</b> convicts, <b>~</b> is what it collides "
	           "with. Distances in the drawing are logarithmic.</caption><thead><tr><th "
	           "scope=\"col\">#</th><th scope=\"col\"><span class=\"hidden\">mark"
	           "</span></th><th scope=\"col\">time</th><th scope=\"col\" class=\"words\">worker</th>"
	           "<th scope=\"col\" class=\"words\">event</th><th scope=\"col\" class=\"words\">of</th>"
	           "<th scope=\"col\">took effect</th></tr></thead><tbody>\n");
	for (size_t i = 0; i < evidence->count; i++)
		event_row(page, evidence, i + 1);
	html_print(html, "</tbody></table></div>\n");
	if (evidence->left_out > 0)
		html_print(html, "<p class=\"note\">And %zu more events between these.</p>\n", evidence->left_out);
	if (cut)
		html_print(html, "<p class=\"note\">And more: <code>wscheck dump</code> lists every event.</p>\n");
}

/* ---- what they mean ---- */

static void item(const struct html *html, const char *label, const char *sentence)
{
	html_print(html, "<dt>%s</dt><dd>", label);
	html_prose(html, sentence);
	html_print(html, "</dd>\n");
}

/* Each sentence once: the reports of one task often say the same. */
static void happened(const struct html_page *page, const struct story_group *group, size_t shown)
{
	char before[REPORT_HAPPENED_MAX] = "", sentence[REPORT_HAPPENED_MAX];
	const char *expected = NULL;
	for (size_t i = 0; i < shown; i++) {
		report_happened(sentence, page->report, group->items[i]->violation);
		if (sentence[0] && strcmp(sentence, before) != 0)
			item(&page->html, "Happened", sentence);
		memcpy(before, sentence, sizeof(before));
	}
	for (size_t i = 0; i < shown; i++) {
		const char *other = story_expected(group->items[i]->violation);
		if (!expected || strcmp(expected, other) != 0)
			item(&page->html, "Expected", other);
		expected = other;
	}
}

static void causes(const struct html_page *page, const struct violation *violation)
{
	const struct html *html = &page->html;
	for (unsigned i = 0; i < violation->cause_count; i++) {
		enum cause cause = (enum cause)violation->causes[i];
		html_print(html, "<dt>%s</dt><dd><p><code>%s</code>: ", i == 0 ? "Usual cause" : "Or", cause_id(cause));
		html_prose(html, cause_text(cause));
		html_print(html, "</p><p class=\"note\">Where to look: ");
		html_prose(html, cause_look(cause));
		html_print(html, "</p></dd>\n");
	}
}

/* Lines for a suppressions file, one for each key; what is too long to be shown whole could not be pasted. */
static void accept(const struct html *html, const struct story_group *group)
{
	size_t at = 0;
	const char *key = story_group_next_key(group, &at, NULL);
	if (!key)
		return;
	html_print(html, "<dt>To accept</dt><dd>a line for <code>--suppressions</code>, with your reason:");
	for (unsigned i = 0; i < HTML_REPORTS_MAX && key; i++, key = story_group_next_key(group, &at, key)) {
		if (strlen(key) < HTML_TEXT_MAX)
			html_print(html, "<br><code>%s%s</code>", key, SUPPRESS_READY_REASON);
		else
			html_print(html, "<br><code>suppress_with</code> in the JSON report, too long for this page");
	}
	html_print(html, "</dd>\n");
}

/* What it means, and what to do with it. */
static void explain(const struct html_page *page, const struct story_group *group, const struct report_item *speaker)
{
	const struct html *html = &page->html;
	const struct violation *violation = speaker->violation;
	html_print(html, "<dl class=\"story\">");
	happened(page, group, group->count < HTML_REPORTS_MAX ? group->count : HTML_REPORTS_MAX);
	causes(page, violation);
	if (group->count > 1 && violation->cause_count > 0)
		item(html, "Together", evidence_together(group));
	if (violation->task != 0)
		html_print(html, "<dt>More</dt><dd><code>wscheck analyze --explain %" PRIu64 " %s</code></dd>\n",
		           violation->task, page->report->path);
	accept(html, group);
	html_print(html, "</dl>\n");
}

static void evidence_half(const struct html_page *page, const struct story_group *group,
                          const struct evidence_line *lines, size_t count)
{
	struct html_evidence evidence;
	choose(lines, count, &evidence);
	if (evidence.count == 0)
		return;
	html_diagram(page, &evidence);
	event_table(page, &evidence, evidence_is_cut(group));
}

static enum wsc_status story(const struct html_page *page, const struct story_group *group, size_t number)
{
	const struct html *html = &page->html;
	const struct report_item *speaker = story_group_speaker(group, page->report);
	size_t count;
	struct evidence_line *lines = evidence_lines(group, &count);
	if (!lines)
		return WSC_NOMEM;
	html_print(html, "<article id=\"story-%zu\" class=\"card %s\" aria-labelledby=\"story-%zu-title\">", number,
	           group->counted == 0            ? "passed"
	           : is_error(speaker->violation) ? "error"
	                                          : "warning",
	           number);
	html_print(html, number <= STORIES_OPEN && group->counted > 0 ? "<details open>" : "<details>");
	html_print(html, "<summary><h3 id=\"story-%zu-title\"><span class=\"ordinal\">%zu</span> ", number, number);
	kind(page, speaker);
	places(page, speaker->violation);
	html_print(html, "</h3></summary>\n");
	reports(page, group, speaker);
	html_print(html, "<div class=\"halves\"><div>");
	explain(page, group, speaker);
	html_print(html, "</div><div>");
	evidence_half(page, group, lines, count);
	html_print(html, "</div></div></details></article>\n");
	free(lines);
	return WSC_OK;
}

static void the_rest(const struct html_page *page, uint64_t told)
{
	const struct analysis_result *result = page->report->result;
	uint64_t all = report_count(result, WSC_SEVERITY_ERROR) + report_count(result, WSC_SEVERITY_WARNING);
	uint64_t filtered = page->report->judgement->filtered;
	char number[UNITS_MAX];
	if (filtered > 0)
		html_print(&page->html, "<p class=\"note\">%s report%s that filters hide.</p>\n",
		           units_count(number, filtered), units_plural(filtered));
	if (all > told + filtered)
		html_print(&page->html,
		           "<p class=\"note\"><strong>%s more report%s</strong> of the same run: <code>wscheck analyze "
		           "-v</code> tells and <code>--format json</code> lists what <code>--max-reports</code> "
		           "keeps.</p>\n",
		           units_count(number, all - told - filtered), units_plural(all - told - filtered));
}

enum wsc_status html_stories(const struct html_page *page)
{
	struct story_list list;
	uint64_t told = 0;
	size_t number = 0;
	enum wsc_status status = story_list_init(&list, page->report);
	while (status == WSC_OK && number < list.count && number < HTML_STORIES_MAX &&
	       *page->html.bytes < HTML_STORIES_BYTES) {
		const struct story_group *group = &list.groups[number];
		if (number++ == STORIES_IN_SIGHT)
			html_print(&page->html, "<details class=\"more\"><summary>More stories</summary>\n");
		status = story(page, group, number);
		told += group->count < HTML_REPORTS_MAX ? group->count : HTML_REPORTS_MAX;
	}
	if (number > STORIES_IN_SIGHT)
		html_print(&page->html, "</details>\n");
	the_rest(page, told);
	story_list_free(&list);
	return status;
}
