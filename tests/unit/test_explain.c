/* SPDX-License-Identifier: MIT */
/* Every kind of report, every verdict and every reason has an explanation, and all of it is told. */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "explain.h"
#include "report.h"

/* NULL: there is nothing of that name. */
static char *explained(const char *name, unsigned width)
{
	char *text = NULL;
	size_t size;
	struct page page = {.out = open_memstream(&text, &size), .width = width};
	bool known = true;
	if (name)
		known = explain_text(&page, name);
	else
		explain_list(&page);
	fclose(page.out);
	if (known)
		return text;
	free(text);
	return NULL;
}

static size_t count(const char *const *list)
{
	size_t items = 0;
	for (; list[items]; items++) {
		cr_expect(strlen(list[items]) > 10, "%s", list[items]);
		cr_expect(strchr(".:", list[items][strlen(list[items]) - 1]), "a sentence: %s", list[items]);
		cr_expect(!strstr(list[items], "  "), "%s", list[items]);
	}
	return items;
}

Test(explain, every_kind_has_every_part)
{
	for (unsigned kind = 0; kind < WSC_VIOLATION_KIND_COUNT; kind++) {
		const char *name = wsc_violation_name((enum wsc_violation_kind)kind);
		const struct explanation *e = explain_kind((enum wsc_violation_kind)kind);
		cr_assert(e->means && e->expected, "%s", name);
		cr_expect(count(e->causes) >= 3, "%s", name);
		cr_expect(count(e->further) >= 2, "%s", name);
		cr_expect(count(e->legal) >= 1, "%s", name);
		for (unsigned other = 0; other < kind; other++)
			cr_expect_str_neq(e->means, explain_kind((enum wsc_violation_kind)other)->means);
		char *text = explained(name, 10000);
		cr_assert_not_null(text, "%s", name);
		cr_expect(strstr(text, e->means) && strstr(text, e->expected), "%s", text);
		for (size_t i = 0; e->causes[i]; i++)
			cr_expect(strstr(text, e->causes[i]), "%s", text);
		for (size_t i = 0; e->further[i]; i++)
			cr_expect(strstr(text, e->further[i]), "%s", text);
		for (size_t i = 0; e->legal[i]; i++)
			cr_expect(strstr(text, e->legal[i]), "%s", text);
		cr_expect(strstr(text, wsc_violation_severity((enum wsc_violation_kind)kind) == WSC_SEVERITY_ERROR
		                           ? "  error: "
		                           : "  warning: "));
		free(text);
	}
}

Test(explain, every_reason_has_a_name)
{
	char *inconclusive = explained("inconclusive", 10000);
	size_t reasons = 0;
	for (; explain_reason(reasons); reasons++) {
		const struct explain_reason *reason = explain_reason(reasons);
		cr_expect_eq(reason->reason, 1U << reasons);
		char *text = explained(reason->name, 10000);
		cr_assert_not_null(text, "%s", reason->name);
		cr_expect(strstr(text, reason->means) && strstr(text, reason->clause) && strstr(text, reason->next));
		cr_expect(strstr(inconclusive, reason->means) && strstr(inconclusive, reason->next));
		free(text);
	}
	free(inconclusive);
#define COUNT_REASON(NAME, bit, clause) reasons--;
	ANALYSIS_REASONS(COUNT_REASON)
#undef COUNT_REASON
	cr_expect_eq(reasons, 0U);
}

Test(explain, the_list_names_all)
{
	char *text = explained(NULL, 80), name[80];
	for (unsigned kind = 0; kind < WSC_VIOLATION_KIND_COUNT; kind++) {
		snprintf(name, sizeof(name), "\n  %s ", wsc_violation_name((enum wsc_violation_kind)kind));
		cr_expect(strstr(text, name), "%s", name);
	}
	for (unsigned verdict = ANALYSIS_PASS; verdict <= ANALYSIS_INCONCLUSIVE; verdict++) {
		snprintf(name, sizeof(name), "\n  %s ", report_verdict_name((enum analysis_verdict)verdict));
		cr_expect(strstr(text, name), "%s", name);
	}
	for (size_t i = 0; explain_reason(i); i++) {
		snprintf(name, sizeof(name), "\n  %s ", explain_reason(i)->name);
		cr_expect(strstr(text, name), "%s", name);
	}
	free(text);
}

Test(explain, no_line_is_wider_than_the_page)
{
	for (unsigned kind = 0; kind < WSC_VIOLATION_KIND_COUNT; kind++) {
		char *rest = NULL, *text = explained(wsc_violation_name((enum wsc_violation_kind)kind), 80);
		for (char *line = strtok_r(text, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest))
			cr_expect(page_columns(line) <= 80, "%s", line);
		free(text);
	}
}

Test(explain, what_has_no_name_is_not_explained)
{
	cr_expect_null(explained("", 80));
	cr_expect_null(explained("lost", 80));
	cr_expect_null(explained("PASS", 80));
}
