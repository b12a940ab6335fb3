/* SPDX-License-Identifier: MIT */
/*
 * What the user's rules make of an analysis: which of its reports count, what the verdict is then, and which of them
 * are shown.
 *
 * - A report that a suppression matches, or whose key a baseline has, does not count. Reports beyond those that were
 *   kept count, unless a suppression takes their whole kind.
 * - Errors that count, other kinds of `fail_kinds` that count, and exceeded budgets make the verdict FAIL. Else a
 *   budget that could not be measured makes it INCONCLUSIVE, and else the analysis's own reasons decide.
 * - Filters and max_reports choose what is shown, and change nothing else: the verdict and all counts are of the whole.
 */
#ifndef REPORT_JUDGEMENT_H
#define REPORT_JUDGEMENT_H

#include "baseline.h"
#include "budget.h"
#include "condition.h"
#include "suppress.h"

enum { JUDGEMENT_FILTERS_MAX = 256, JUDGEMENT_BUDGETS_MAX = 64 };

struct rules {
	unsigned fail_kinds; /* bit k: reports of kind k make the verdict fail */
	struct suppressions suppressions;
	struct baseline baseline;
	const char *baseline_path; /* NULL: none was given */
	struct budget budgets[JUDGEMENT_BUDGETS_MAX];
	size_t budget_count;
	/* A report is shown if its kind is in filter_kinds (0: any) and, for each type of condition that occurs among the
	 * filters, one of that type holds. */
	unsigned filter_kinds;
	struct condition filters[JUDGEMENT_FILTERS_MAX];
	size_t filter_count;
	uint64_t story; /* show only this one; 0: all */
	uint64_t max_reports;
	bool allow_incomplete; /* an inconclusive verdict is accepted */
};

/* Errors fail, everything is shown. */
void rules_init(struct rules *rules);
/* Frees conditions, suppressions and baseline. */
void rules_free(struct rules *rules);
/* Adds what --fail-on names: `error`, `warning`, kinds. Errors fail in any case. False: `wrong` says why. */
bool rules_fail_on(struct rules *rules, const char *list, char wrong[CONDITION_WRONG_MAX]);
/* Reports that are kept where rules may choose among them. */
enum { RULES_REPORTS_MAX = 1 << 14 };
/* How many are to be kept: the first max_reports, or more. And whether their evidence is. */
uint64_t rules_kept(const struct rules *rules);
bool rules_need_evidence(const struct rules *rules);

enum report_state { REPORT_COUNTED, REPORT_SUPPRESSED, REPORT_KNOWN };

struct report_item {
	const struct violation *violation;
	enum report_state state;
	const struct suppression *suppression; /* if SUPPRESSED */
	char *key;                             /* see condition_key() */
};

struct judgement {
	const struct rules *rules;
	struct report_item *items; /* one for each kept report, by time */
	size_t item_count;
	const struct report_item **shown; /* by time */
	size_t shown_count;
	uint64_t filtered; /* kept reports that filters hide */
	uint64_t suppressed[WSC_VIOLATION_KIND_COUNT], known[WSC_VIOLATION_KIND_COUNT];
	struct budget_outcome budgets[JUDGEMENT_BUDGETS_MAX]; /* of the rules' */
	size_t budget_count;
	unsigned exceeded, unmeasured; /* budgets */
};

/*
 * Judges report->result by the rules, and sets the report's verdict and judgement. The rules' suppressions count what
 * they match. NOMEM. Free it either way.
 */
enum wsc_status judgement_init(struct judgement *judgement, struct report *report, struct rules *rules);
void judgement_free(struct judgement *judgement);

/* Reports that count, of a kind or of a severity; and those that do not. */
uint64_t judgement_counted(const struct report *report, enum wsc_violation_kind kind);
uint64_t judgement_count(const struct report *report, enum wsc_severity severity);
uint64_t judgement_suppressed(const struct report *report);
uint64_t judgement_known(const struct report *report);

/* Whether anything but max_reports chooses what is shown. */
bool judgement_has_filter(const struct judgement *judgement);

/* Whether a kind makes the verdict fail. */
bool judgement_fails(const struct report *report, enum wsc_violation_kind kind);

const char *report_state_name(enum report_state state);

#endif
