/* SPDX-License-Identifier: MIT */
/*
 * Annotations of a GitHub workflow: `::error title=...::message` on standard output. A step shows ten of each level, so
 * the verdict comes first, a story with several reports is one annotation, and what is left out is counted. What a
 * message holds can't begin a command of its own: % and line ends are escaped as
 * https://docs.github.com/actions/reference/workflow-commands-for-github-actions and the toolkit that GitHub publishes
 * for it say, after control characters were made harmless.
 */
#include <stdlib.h>
#include <string.h>

#include "bundle_parts.h"
#include "cause.h"
#include "format.h"
#include "report_parts.h"
#include "story_list.h"

enum level { LEVEL_NOTICE, LEVEL_WARNING, LEVEL_ERROR, LEVELS };
enum { SHOWN_MAX = 10, TITLE_BYTES = 120, LINE_BYTES = 1000, TEXT_BYTES = 4000, KEYS_MAX = 10 };

/* The words between the `::` and behind them. `property`: its separators are escaped, too. */
static void escaped(FILE *out, const char *text, bool property)
{
	for (; *text; text++) {
		bool special =
		    *text == '%' || *text == '\r' || *text == '\n' || (property && (*text == ':' || *text == ','));
		if (special)
			fprintf(out, "%%%02X", (unsigned char)*text);
		else
			fputc(*text, out);
	}
}

struct annotator {
	const struct report *report;
	FILE *out;
	unsigned said[LEVELS];
};

static const char *const level_names[] = {
    [LEVEL_NOTICE] = "notice", [LEVEL_WARNING] = "warning", [LEVEL_ERROR] = "error"};
static const enum level verdict_levels[] = {
    [ANALYSIS_PASS] = LEVEL_NOTICE, [ANALYSIS_FAIL] = LEVEL_ERROR, [ANALYSIS_INCONCLUSIVE] = LEVEL_WARNING};

static void begin(struct annotator *to, enum level level, const char *title, const char *message)
{
	fprintf(to->out, "::%s title=", level_names[level]);
	escaped(to->out, title, true);
	fputs("::", to->out);
	escaped(to->out, message, false);
	to->said[level]++;
}

static void annotate(struct annotator *to, enum level level, const char *title, const char *message)
{
	begin(to, level, title, message);
	fputc('\n', to->out);
}

static void verdict(struct annotator *to)
{
	const struct report *report = to->report;
	char title[TITLE_BYTES], path[PAGE_NAME_MAX], words[LINE_BYTES], why[LINE_BYTES], message[TEXT_BYTES];
	snprintf(title, sizeof(title), "wscheck: %s", report_verdict_name(report->verdict));
	report_reasons_words(why, sizeof(why), report);
	snprintf(message, sizeof(message), "%s: %s%s%s", page_clean(path, sizeof(path), report->path),
	         report_verdict_words(words, sizeof(words), report), why[0] ? "\nnot known in full: " : "", why);
	annotate(to, verdict_levels[report->verdict], title, message);
}

static void budgets(struct annotator *to)
{
	for (size_t i = 0; i < to->report->judgement->budget_count; i++) {
		const struct budget_outcome *outcome = &to->report->judgement->budgets[i];
		char sentence[BUDGET_SENTENCE_MAX];
		if (outcome->status != BUDGET_OK)
			annotate(to, outcome->status == BUDGET_EXCEEDED ? LEVEL_ERROR : LEVEL_WARNING,
			         "wscheck: budget", budget_sentence(sentence, outcome));
	}
}

/* Lines for a suppressions file, whole, and the end of the annotation. */
static void ways_to_accept(struct annotator *to, const struct story_group *group)
{
	size_t at = 0;
	const char *key = NULL;
	for (unsigned i = 0; i < KEYS_MAX && (key = story_group_next_key(group, &at, key)) != NULL; i++) {
		escaped(to->out, "\nto accept: ", false);
		escaped(to->out, key, false);
		escaped(to->out, SUPPRESS_READY_REASON, false);
	}
	fputc('\n', to->out);
}

static void story(struct annotator *to, enum level level, const struct story_group *group)
{
	const struct report *report = to->report;
	const struct violation *v = story_group_speaker(group, report)->violation;
	char title[TITLE_BYTES], happened[REPORT_HAPPENED_MAX], message[LINE_BYTES], time[UNITS_MAX], text[TEXT_BYTES];
	snprintf(title, sizeof(title), "wscheck: %s", wsc_violation_name(v->kind));
	page_clean(message, sizeof(message), v->message ? v->message : "");
	report_happened_alone(happened, report, v);
	units_duration(time, report_into_ns(report, v->ts));
	int used = snprintf(text, sizeof(text), "%s, %s into the trace", message, time);
	if (happened[0])
		used += snprintf(text + used, sizeof(text) - (size_t)used, "\nhappened: %s", happened);
	if (v->cause_count > 0)
		used += snprintf(text + used, sizeof(text) - (size_t)used, "\nusual cause: %s: %s",
		                 cause_id((enum cause)v->causes[0]), cause_text((enum cause)v->causes[0]));
	if (group->counted > 1)
		snprintf(text + used, sizeof(text) - (size_t)used, "\nand %zu more report%s with this cause",
		         group->counted - 1, units_plural(group->counted - 1));
	begin(to, level, title, text);
	ways_to_accept(to, group);
}

/* Those that make the verdict fail, or the others. */
static void stories(struct annotator *to, const struct story_list *list, bool failing)
{
	enum level level = failing ? LEVEL_ERROR : LEVEL_WARNING;
	size_t left_out = 0;
	char line[LINE_BYTES];
	for (size_t i = 0; i < list->count; i++) {
		const struct story_group *group = &list->groups[i];
		if (group->counted == 0 || group->fails != failing)
			continue;
		if (to->said[level] + 1 < SHOWN_MAX)
			story(to, level, group);
		else
			left_out++;
	}
	if (left_out == 0)
		return;
	snprintf(line, sizeof(line), "%zu more %s not annotated: the report has them", left_out,
	         left_out == 1 ? "story is" : "stories are");
	annotate(to, level, "wscheck", line);
}

enum wsc_status report_github(const struct report *report, const struct page *page)
{
	struct annotator annotator = {.report = report, .out = page->out};
	struct story_list list;
	enum wsc_status status = story_list_init(&list, report);
	if (status == WSC_OK) {
		verdict(&annotator);
		budgets(&annotator);
		stories(&annotator, &list, true);
		stories(&annotator, &list, false);
	}
	story_list_free(&list);
	return status;
}

/* ---- several traces: the verdict in all, then as many annotations of each as a step shows ---- */

/* The verdict in all and what is left out need two. */
enum { BUNDLED_MAX = SHOWN_MAX - 2, LEFT_OUT = LEVELS };
_Static_assert((int)LEFT_OUT < (int)BUNDLE_TOTALS, "a bundle has room for the counts");

/* Whether an annotation of the level may still be written. */
static bool take_place(struct bundle *bundle, enum level level)
{
	bool free = bundle->totals[level] < BUNDLED_MAX;
	bundle->totals[free ? (unsigned)level : (unsigned)LEFT_OUT]++;
	return free;
}

static enum level level_of(const char *line)
{
	enum level level = LEVEL_ERROR;
	while (level > LEVEL_NOTICE && strncmp(line + 2, level_names[level], strlen(level_names[level])) != 0)
		level--;
	return level;
}

static enum wsc_status add_github(struct bundle *bundle, const char *path, FILE *document)
{
	char *line = NULL;
	size_t size = 0;
	(void)path; /* the verdict's annotation says it */
	while (getline(&line, &size, document) > 2) {
		if (take_place(bundle, level_of(line)))
			fputs(line, bundle->spool);
	}
	free(line);
	return ferror(document) || !feof(document) ? WSC_IO : WSC_OK;
}

static enum wsc_status add_github_error(struct bundle *bundle, const char *path, const char *error)
{
	struct annotator to = {.out = bundle->spool};
	char name[PAGE_NAME_MAX], words[BUNDLE_ERROR_MAX], message[TEXT_BYTES];
	snprintf(message, sizeof(message), "%s: %s", page_clean(name, sizeof(name), path),
	         page_clean(words, sizeof(words), error));
	if (take_place(bundle, LEVEL_ERROR))
		annotate(&to, LEVEL_ERROR, "wscheck: unreadable", message);
	return WSC_OK;
}

static enum wsc_status write_github(struct bundle *bundle, const struct fleet *fleet, const struct page *page)
{
	const enum analysis_verdict verdict = fleet_verdict(fleet);
	struct annotator to = {.out = page->out};
	char title[TITLE_BYTES], words[LINE_BYTES], number[UNITS_MAX];
	snprintf(title, sizeof(title), "wscheck, in all: %s", report_verdict_name(verdict));
	annotate(&to, verdict_levels[verdict], title, fleet_words(words, sizeof(words), fleet));
	enum wsc_status status = bundle_copy(bundle->spool, page->out);
	if (bundle->totals[LEFT_OUT] > 0) {
		snprintf(words, sizeof(words), "%s more annotation%s left out: the reports have them",
		         units_count(number, bundle->totals[LEFT_OUT]),
		         bundle->totals[LEFT_OUT] == 1 ? " is" : "s are");
		annotate(&to, verdict_levels[verdict], "wscheck", words);
	}
	return status;
}

const struct bundle_kind bundle_github = {add_github, add_github_error, write_github};
