/* SPDX-License-Identifier: MIT */
/*
 * An analysis, told. format.h lists the forms. Nothing here reads the clock or the environment: the same analysis gives
 * the same bytes.
 */
#ifndef REPORT_REPORT_H
#define REPORT_REPORT_H

#include <stdio.h>

#include "analysis.h"
#include "life.h"
#include "page.h"
#include "trace_header.h"
#include "trace_input.h"
#include "wscheck/status.h"

/* How much of it the text shows: the verdict line alone; what fits a screen; everything. */
enum report_detail { REPORT_QUIET, REPORT_NORMAL, REPORT_FULL };

/* Of the JSON report: raised with a change that breaks its readers. */
#define REPORT_SCHEMA "wscheck-report/1"

struct judgement;

/* What is told; everything is borrowed. judgement_init() sets `judgement` and `verdict`. */
struct report {
	const char *path; /* as the user named the input */
	const struct trace_header *header;
	const struct trace_summary *summary;
	const struct analysis_options *options; /* what the analysis was told; NULL: nothing */
	const struct analysis_result *result;   /* violations with their evidence */
	const struct judgement *judgement;      /* which of the violations count, and which are shown */
	enum analysis_verdict verdict;          /* by the user's rules, of the whole, whatever is shown */
	enum report_detail detail;
};

/* "pass", "fail", "inconclusive" */
const char *report_verdict_name(enum analysis_verdict verdict);

/* Errors and warnings among the counts of the result. */
uint64_t report_count(const struct analysis_result *result, enum wsc_severity severity);

/* The JSON report without the reports that it lists: what fleet_add() sums up. NOMEM; write errors stay in the stream. */
enum wsc_status report_digest(const struct report *report, FILE *out);

/* The life of one task: its events, who holds it after each, and the reports on it. Write errors stay in the stream. */
void report_life(const struct report *report, const struct page *page, const struct life *life);

#endif
