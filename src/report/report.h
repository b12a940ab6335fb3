/* SPDX-License-Identifier: MIT */
/*
 * An analysis, told: as text for people, or as JSON for programs (report.schema.json). Nothing here reads the clock or
 * the environment: the same analysis gives the same bytes.
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

/* What is told; everything is borrowed. */
struct report {
	const char *path; /* as the user named the input; text only */
	const struct trace_header *header;
	const struct trace_summary *summary;
	const struct analysis_result *result; /* violations with their evidence */
	enum analysis_verdict verdict;        /* the result's, or FAIL where the caller lets warnings fail */
};

enum report_detail { REPORT_QUIET, REPORT_NORMAL, REPORT_FULL };

/* "pass", "fail", "inconclusive" */
const char *report_verdict_name(enum analysis_verdict verdict);

/* Errors and warnings among the counts of the result. */
uint64_t report_count(const struct analysis_result *result, enum wsc_severity severity);

/* Fits a screen, unless FULL; QUIET is the verdict line alone. NOMEM; write errors stay in the stream. */
enum wsc_status report_text(const struct report *report, const struct page *page, enum report_detail detail);

/* The life of one task: its events, who holds it after each, and the reports on it. Write errors stay in the stream. */
void report_life(const struct report *report, const struct page *page, const struct life *life);

/* One JSON document and a newline. NOMEM; write errors stay in the stream. */
enum wsc_status report_json(const struct report *report, FILE *out);

#endif
