/* SPDX-License-Identifier: MIT */
/* What reports, verdicts and their reasons mean, in words for those who read one for the first time. */
#ifndef REPORT_EXPLAIN_H
#define REPORT_EXPLAIN_H

#include "analysis.h"
#include "page.h"

enum { EXPLAIN_ITEMS_MAX = 8 };

/* Lists end with NULL. All text is static. */
struct explanation {
	const char *means;
	const char *expected;                      /* what a sound scheduler does */
	const char *causes[EXPLAIN_ITEMS_MAX + 1]; /* the usual ones first */
	const char *further[EXPLAIN_ITEMS_MAX + 1];
	const char *legal[EXPLAIN_ITEMS_MAX + 1]; /* what looks like it and is not reported */
};

const struct explanation *explain_kind(enum wsc_violation_kind kind);

/* A reason why a trace without errors is no pass. */
struct explain_reason {
	enum analysis_reason reason;
	const char *name;   /* as `wscheck explain` takes it: "cut" */
	const char *clause; /* as the report says it */
	const char *means;
	const char *next;
	const char *brief; /* what to do, in a clause */
};
/* By number, in the order of ANALYSIS_REASONS. NULL: past the last. */
const struct explain_reason *explain_reason(size_t number);

/* What took events away where it is known: a reason's words are then narrower than those for any trace. */
enum explain_loss {
	EXPLAIN_OVERWRITTEN,
	EXPLAIN_SWITCHED_OFF,
	EXPLAIN_OVER_LIMIT,
	EXPLAIN_DAMAGED,
	EXPLAIN_RANGE,
	EXPLAIN_RANGE_EMPTY
};
const struct explain_reason *explain_loss(enum explain_loss loss);

/* The list of everything that has an explanation. */
void explain_list(const struct page *page);

/* Writes what `name` means: a kind of report, a verdict, a reason or a cause. False: there is nothing of that name. */
bool explain_text(const struct page *page, const char *name);

#endif
