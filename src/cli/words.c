/* SPDX-License-Identifier: MIT */
#include "words.h"

#include "budget.h"
#include "cause.h"
#include "command.h"
#include "diff.h"
#include "explain.h"
#include "format.h"

#define COUNT(array) (sizeof(array) / sizeof(*(array)))

static bool pick(size_t number, struct word *word, const struct word *words, size_t count)
{
	if (number < count)
		*word = words[number];
	return number < count;
}

bool words_formats(size_t number, struct word *word)
{
	const struct report_format *format = report_format(number);
	if (format)
		*word = (struct word){format->name, format->help};
	return format != NULL;
}

#define KIND(NAME, name, severity, help) {name, help},
bool words_kinds(size_t number, struct word *word)
{
	static const struct word words[] = {WSC_VIOLATION_KINDS(KIND)};
	return pick(number, word, words, COUNT(words));
}

bool words_fail_on(size_t number, struct word *word)
{
	static const struct word words[] = {
	    {"error", "any error"}, {"warning", "any warning"}, WSC_VIOLATION_KINDS(KIND)};
	return pick(number, word, words, COUNT(words));
}

bool words_budgets(size_t number, struct word *word)
{
#define LATENCY(NAME, name, unit, help)                                                                                \
	{"p50." name, help}, {"p90." name, help}, {"p99." name, help}, {"p999." name, help}, {"mean." name, help},     \
	    {"max." name, help}, {"min." name, help},
#define FIGURE(NAME, name, unit, help) {name, help},
	static const struct word words[] = {BUDGET_LATENCIES(LATENCY) BUDGET_FIGURES(FIGURE) WSC_VIOLATION_KINDS(KIND)};
#undef LATENCY
#undef FIGURE
	return pick(number, word, words, COUNT(words));
}

bool words_shifts(size_t number, struct word *word)
{
	static struct diff diff;
	if (diff.figure_count == 0)
		diff_init(&diff);
	if (number < diff.figure_count)
		*word = (struct word){diff.figures[number].name, NULL};
	return number < diff.figure_count;
}

bool words_topics(size_t number, struct word *word)
{
#define CAUSE(NAME, id, what, where) {id, what},
	static const struct word words[] = {WSC_VIOLATION_KINDS(KIND) CAUSES(CAUSE){"pass", "a verdict"},
	                                    {"fail", "a verdict"},
	                                    {"inconclusive", "a verdict"}};
#undef CAUSE
	if (pick(number, word, words, COUNT(words)))
		return true;
	const struct explain_reason *reason = explain_reason(number - COUNT(words));
	if (reason)
		*word = (struct word){reason->name, reason->clause};
	return reason != NULL;
}
#undef KIND

bool words_commands(size_t number, struct word *word)
{
	if (commands[number])
		*word = (struct word){commands[number]->name, commands[number]->summary};
	return commands[number] != NULL;
}

const char *words_suggest(char buffer[SUGGEST_WORDS_MAX], words_list *words, const char *name, const char *otherwise)
{
	struct suggest suggest = suggest_for(name);
	struct word word;
	for (size_t i = 0; words(i, &word); i++)
		suggest_offer(&suggest, word.name);
	if (!suggest.nearest)
		snprintf(buffer, SUGGEST_WORDS_MAX, "%s", otherwise);
	else
		suggest_words(buffer, &suggest);
	return buffer;
}
