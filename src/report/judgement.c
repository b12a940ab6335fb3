/* SPDX-License-Identifier: MIT */
#include "judgement.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "suggest.h"

static unsigned kinds_of(enum wsc_severity severity)
{
	unsigned kinds = 0;
	for (unsigned kind = 0; kind < WSC_VIOLATION_KIND_COUNT; kind++) {
		if (wsc_violation_severity((enum wsc_violation_kind)kind) == severity)
			kinds |= 1U << kind;
	}
	return kinds;
}

void rules_init(struct rules *rules)
{
	struct analysis_options defaults;
	analysis_options_init(&defaults);
	*rules = (struct rules){.fail_kinds = kinds_of(WSC_SEVERITY_ERROR), .max_reports = defaults.max_reports};
}

void rules_free(struct rules *rules)
{
	for (size_t i = 0; i < rules->filter_count; i++)
		condition_free(&rules->filters[i]);
	suppressions_free(&rules->suppressions);
	baseline_free(&rules->baseline);
}

/* A word of --fail-on that is no kind: `wrong` says so already, unless what else it takes was meant. False. */
static bool suggest_severity(const char *word, char wrong[CONDITION_WRONG_MAX])
{
	struct suggest suggest = suggest_for(word);
	suggest_offer(&suggest, "error");
	suggest_offer(&suggest, "warning");
	if (suggest.nearest)
		snprintf(wrong, CONDITION_WRONG_MAX,
		         "'--fail-on' takes 'error', 'warning' or a kind of report, not '%s': did you mean '%s'?", word,
		         suggest.nearest);
	return false;
}

bool rules_fail_on(struct rules *rules, const char *list, char wrong[CONDITION_WRONG_MAX])
{
	static const char error[] = "error", warning[] = "warning";
	for (;; list++) {
		char word[64];
		size_t length = strcspn(list, ",");
		snprintf(word, sizeof(word), "%.*s", (int)(length < sizeof(word) ? length : sizeof(word)), list);
		if (strcmp(word, warning) == 0)
			rules->fail_kinds |= kinds_of(WSC_SEVERITY_WARNING);
		else if (strcmp(word, error) != 0 && !condition_kinds(word, &rules->fail_kinds, wrong))
			return suggest_severity(word, wrong);
		list += length;
		if (*list == '\0')
			return true;
	}
}

uint64_t rules_kept(const struct rules *rules)
{
	const bool choose = rules->suppressions.count > 0 || rules->baseline_path || rules->filter_kinds != 0 ||
	                    rules->filter_count > 0;
	return choose && rules->max_reports < RULES_REPORTS_MAX ? RULES_REPORTS_MAX : rules->max_reports;
}

bool rules_need_evidence(const struct rules *rules)
{
	return rules->suppressions.count > 0 || rules->baseline_path;
}

const char *report_state_name(enum report_state state)
{
	static const char *const names[] = {"counted", "suppressed", "known"};
	return names[state];
}

static enum wsc_status judge_item(struct judgement *judgement, const struct report *report, struct rules *rules,
                                  struct report_item *item)
{
	const struct violation *v = item->violation;
	struct suppression *by = suppressions_find(&rules->suppressions, report, v);
	item->key = condition_key(report, v);
	if (!item->key)
		return WSC_NOMEM;
	if (by) {
		item->state = REPORT_SUPPRESSED;
		item->suppression = by;
		by->matched++;
		judgement->suppressed[v->kind]++;
	} else if (rules->baseline_path && baseline_has(&rules->baseline, item->key)) {
		item->state = REPORT_KNOWN;
		judgement->known[v->kind]++;
	}
	return WSC_OK;
}

static enum wsc_status judge_items(struct judgement *judgement, const struct report *report, struct rules *rules)
{
	const struct analysis_result *result = report->result;
	uint64_t kept[WSC_VIOLATION_KIND_COUNT] = {0};
	judgement->items = calloc(result->violation_count + 1, sizeof(*judgement->items));
	judgement->shown = calloc(result->violation_count + 1, sizeof(*judgement->shown));
	if (!judgement->items || !judgement->shown)
		return WSC_NOMEM;
	judgement->item_count = result->violation_count;
	for (size_t i = 0; i < judgement->item_count; i++) {
		judgement->items[i].violation = &result->violations[i];
		kept[result->violations[i].kind]++;
		if (judge_item(judgement, report, rules, &judgement->items[i]) != WSC_OK)
			return WSC_NOMEM;
	}
	for (unsigned kind = 0; kind < WSC_VIOLATION_KIND_COUNT; kind++) {
		struct suppression *whole = suppressions_find_kind(&rules->suppressions, kind);
		uint64_t rest = result->counts[kind] > kept[kind] ? result->counts[kind] - kept[kind] : 0;
		if (!whole)
			continue;
		whole->matched += rest;
		judgement->suppressed[kind] += rest;
	}
	return WSC_OK;
}

static void measure(struct judgement *judgement, const struct report *report, const struct rules *rules)
{
	judgement->budget_count = rules->budget_count;
	for (size_t i = 0; i < rules->budget_count; i++) {
		judgement->budgets[i] = budget_measure(&rules->budgets[i], report);
		judgement->exceeded += judgement->budgets[i].status == BUDGET_EXCEEDED;
		judgement->unmeasured += judgement->budgets[i].status == BUDGET_UNMEASURED;
	}
}

static bool is_shown(const struct rules *rules, const struct report *report, const struct violation *v)
{
	unsigned asked = 0, held = 0; /* bit t: conditions of type t */
	if (rules->filter_kinds != 0 && (rules->filter_kinds >> v->kind & 1U) == 0)
		return false;
	if (rules->story != 0 && rules->story != v->story)
		return false;
	for (size_t i = 0; i < rules->filter_count; i++) {
		unsigned bit = 1U << rules->filters[i].type;
		asked |= bit;
		if ((held & bit) == 0 && condition_matches(&rules->filters[i], report, v))
			held |= bit;
	}
	return asked == held;
}

static void choose_shown(struct judgement *judgement, const struct report *report, const struct rules *rules)
{
	for (size_t i = 0; i < judgement->item_count; i++) {
		if (!is_shown(rules, report, judgement->items[i].violation))
			judgement->filtered++;
		else if (judgement->shown_count < rules->max_reports)
			judgement->shown[judgement->shown_count++] = &judgement->items[i];
	}
}

static enum analysis_verdict verdict_of(const struct judgement *judgement, const struct report *report)
{
	uint64_t failing = 0;
	for (unsigned kind = 0; kind < WSC_VIOLATION_KIND_COUNT; kind++) {
		if (judgement_fails(report, (enum wsc_violation_kind)kind))
			failing += judgement_counted(report, (enum wsc_violation_kind)kind);
	}
	if (failing > 0 || judgement->exceeded > 0)
		return ANALYSIS_FAIL;
	return report->result->reasons != 0 || judgement->unmeasured > 0 ? ANALYSIS_INCONCLUSIVE : ANALYSIS_PASS;
}

enum wsc_status judgement_init(struct judgement *judgement, struct report *report, struct rules *rules)
{
	*judgement = (struct judgement){.rules = rules};
	report->judgement = judgement;
	enum wsc_status status = judge_items(judgement, report, rules);
	if (status != WSC_OK)
		return status;
	measure(judgement, report, rules);
	choose_shown(judgement, report, rules);
	report->verdict = verdict_of(judgement, report);
	return WSC_OK;
}

void judgement_free(struct judgement *judgement)
{
	for (size_t i = 0; i < judgement->item_count; i++)
		free(judgement->items[i].key);
	free(judgement->items);
	free(judgement->shown);
	*judgement = (struct judgement){.items = NULL};
}

uint64_t judgement_counted(const struct report *report, enum wsc_violation_kind kind)
{
	const struct judgement *judgement = report->judgement;
	return report->result->counts[kind] - judgement->suppressed[kind] - judgement->known[kind];
}

uint64_t judgement_count(const struct report *report, enum wsc_severity severity)
{
	uint64_t count = 0;
	for (unsigned kind = 0; kind < WSC_VIOLATION_KIND_COUNT; kind++) {
		if (wsc_violation_severity((enum wsc_violation_kind)kind) == severity)
			count += judgement_counted(report, (enum wsc_violation_kind)kind);
	}
	return count;
}

static uint64_t sum(const uint64_t counts[WSC_VIOLATION_KIND_COUNT])
{
	uint64_t all = 0;
	for (unsigned kind = 0; kind < WSC_VIOLATION_KIND_COUNT; kind++)
		all += counts[kind];
	return all;
}

uint64_t judgement_suppressed(const struct report *report)
{
	return sum(report->judgement->suppressed);
}

uint64_t judgement_known(const struct report *report)
{
	return sum(report->judgement->known);
}

bool judgement_fails(const struct report *report, enum wsc_violation_kind kind)
{
	return (report->judgement->rules->fail_kinds >> kind & 1U) != 0;
}

bool judgement_has_filter(const struct judgement *judgement)
{
	const struct rules *rules = judgement->rules;
	return rules->filter_kinds != 0 || rules->filter_count > 0 || rules->story != 0;
}
