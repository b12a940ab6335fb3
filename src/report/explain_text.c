/* SPDX-License-Identifier: MIT */
/* Explanations, laid out for a terminal. */
#include <ctype.h>
#include <string.h>

#include "cause.h"
#include "explain.h"
#include "report.h"

enum { NAME_COLUMNS = 24, BULLET_COLUMNS = 4, NEXT_COLUMNS = 8, CAUSE_NAMES_BYTES = 2000, CAUSE_BYTES = 1000 };

static const char *const verdict_meanings[] = {
    [ANALYSIS_PASS] =
        "No error was found, the trace is complete from before the first task to a clean end, and nothing "
        "in it is unknown. Warnings don't change that, unless `--fail-on warning` is given.",
    [ANALYSIS_FAIL] = "At least one error was found. An error is certain: no order of the events that their stamps "
                      "allow explains the trace. It stays one in a trace that is cut, lossy or damaged.",
    [ANALYSIS_INCONCLUSIVE] = "No error was found, but not everything was seen, so that an error may be hidden. "
                              "`--allow-incomplete` makes the exit code 0. The report names the reasons:",
};
static const int verdict_codes[] = {[ANALYSIS_PASS] = 0, [ANALYSIS_FAIL] = 1, [ANALYSIS_INCONCLUSIVE] = 3};

static void heading(const struct page *page, const char *text)
{
	fputc('\n', page->out);
	page_coloured(page, PAGE_BOLD, "%s", text);
	fputc('\n', page->out);
}

static void row(const struct page *page, const char *name, const char *text)
{
	fprintf(page->out, "  %-*s", NAME_COLUMNS - 2, name);
	page_wrap(page, NAME_COLUMNS, NAME_COLUMNS, text);
}

static void kinds_of(const struct page *page, enum wsc_severity severity)
{
	for (unsigned kind = 0; kind < WSC_VIOLATION_KIND_COUNT; kind++) {
		if (wsc_violation_severity((enum wsc_violation_kind)kind) == severity)
			row(page, wsc_violation_name((enum wsc_violation_kind)kind),
			    wsc_violation_help((enum wsc_violation_kind)kind));
	}
}

static void reason_rows(const struct page *page)
{
	for (size_t i = 0; explain_reason(i); i++)
		row(page, explain_reason(i)->name, explain_reason(i)->clause);
}

static void cause_names(const struct page *page)
{
	char names[CAUSE_NAMES_BYTES] = "";
	size_t used = 0;
	for (unsigned i = 0; i < CAUSE_COUNT && used < sizeof(names); i++) {
		int length =
		    snprintf(names + used, sizeof(names) - used, "%s%s", i > 0 ? ", " : "", cause_id((enum cause)i));
		used += (size_t)length;
	}
	fputs("  ", page->out);
	page_wrap(page, 2, 2, names);
}

void explain_list(const struct page *page)
{
	page_coloured(page, PAGE_BOLD, "errors");
	fputs(" (the verdict is fail)\n", page->out);
	kinds_of(page, WSC_SEVERITY_ERROR);
	heading(page, "warnings");
	kinds_of(page, WSC_SEVERITY_WARNING);
	heading(page, "verdicts");
	row(page, "pass", "complete to a clean end, nothing unknown, no error");
	row(page, "fail", "at least one error");
	row(page, "inconclusive", "no error, but not everything was seen");
	heading(page, "reasons of an inconclusive verdict");
	reason_rows(page);
	heading(page, "causes that a story names");
	cause_names(page);
	fputs("\n'wscheck explain NAME' tells more.\n", page->out);
}

static void items(const struct page *page, const char *title, const char *const *list, bool numbered)
{
	if (!list[0])
		return;
	heading(page, title);
	for (unsigned i = 0; list[i]; i++) {
		if (numbered)
			fprintf(page->out, " %u. ", i + 1);
		else
			fputs("  - ", page->out);
		page_wrap(page, BULLET_COLUMNS, BULLET_COLUMNS, list[i]);
	}
}

static void paragraph(const struct page *page, const char *title, const char *text)
{
	heading(page, title);
	fputs("  ", page->out);
	page_wrap(page, 2, 2, text);
}

static void kind_text(const struct page *page, enum wsc_violation_kind kind)
{
	const struct explanation *e = explain_kind(kind);
	bool error = wsc_violation_severity(kind) == WSC_SEVERITY_ERROR;
	page_coloured(page, error ? PAGE_RED : PAGE_YELLOW, "%s", wsc_violation_name(kind));
	fprintf(page->out, "  %s: ", error ? "error" : "warning");
	page_wrap(page, (unsigned)strlen(wsc_violation_name(kind)) + (error ? 9 : 11), 2, wsc_violation_help(kind));
	paragraph(page, "What it means", e->means);
	paragraph(page, "What is expected", e->expected);
	items(page, "What usually causes it, the likeliest first", e->causes, true);
	items(page, "How to look further", e->further, false);
	items(page, "What is legal, and not reported", e->legal, false);
}

static void verdict_text(const struct page *page, enum analysis_verdict verdict)
{
	page_coloured(page, PAGE_BOLD, "%s", report_verdict_name(verdict));
	fprintf(page->out, "  a verdict, exit code %d\n", verdict_codes[verdict]);
	paragraph(page, "What it means", verdict_meanings[verdict]);
	for (size_t i = 0; verdict == ANALYSIS_INCONCLUSIVE && explain_reason(i); i++) {
		paragraph(page, explain_reason(i)->name, explain_reason(i)->means);
		fputs("  next: ", page->out);
		page_wrap(page, NEXT_COLUMNS, NEXT_COLUMNS, explain_reason(i)->next);
	}
}

static void reason_text(const struct page *page, const struct explain_reason *reason)
{
	page_coloured(page, PAGE_BOLD, "%s", reason->name);
	fputs("  a reason why a trace without errors is inconclusive\n", page->out);
	paragraph(page, "What the report says", reason->clause);
	paragraph(page, "What it means", reason->means);
	paragraph(page, "What to do", reason->next);
}

static void cause_words(const struct page *page, enum cause cause)
{
	page_coloured(page, PAGE_BOLD, "%s", cause_id(cause));
	fputs("  a cause that a story names\n", page->out);
	char text[CAUSE_BYTES];
	snprintf(text, sizeof(text), "%s", cause_text(cause)); /* a clause, written as a sentence */
	text[0] = (char)toupper((unsigned char)text[0]);
	paragraph(page, "What is wrong", text);
	paragraph(page, "Where to look", cause_look(cause));
}

bool explain_text(const struct page *page, const char *name)
{
	for (unsigned kind = 0; kind < WSC_VIOLATION_KIND_COUNT; kind++) {
		if (strcmp(name, wsc_violation_name((enum wsc_violation_kind)kind)) == 0) {
			kind_text(page, (enum wsc_violation_kind)kind);
			return true;
		}
	}
	for (unsigned verdict = ANALYSIS_PASS; verdict <= ANALYSIS_INCONCLUSIVE; verdict++) {
		if (strcmp(name, report_verdict_name((enum analysis_verdict)verdict)) == 0) {
			verdict_text(page, (enum analysis_verdict)verdict);
			return true;
		}
	}
	for (size_t i = 0; explain_reason(i); i++) {
		if (strcmp(name, explain_reason(i)->name) == 0) {
			reason_text(page, explain_reason(i));
			return true;
		}
	}
	for (unsigned cause = 0; cause < CAUSE_COUNT; cause++) {
		if (strcmp(name, cause_id((enum cause)cause)) == 0) {
			cause_words(page, (enum cause)cause);
			return true;
		}
	}
	return false;
}
