/* SPDX-License-Identifier: MIT */
/*
 * The second pass: gathers the evidence of each report (the events of its task and of the other task around its life,
 * the attempt or the sleep that it is about; what was under way of the task before) and what else tells one cause from
 * another. Bounded: STORY_EVENTS_MAX events a report.
 */
#ifndef CHECK_STORY_H
#define CHECK_STORY_H

#include "analysis.h"
#include "open_ends.h"

enum { STORY_TOLD_MAX = 64, STORY_EVENTS_MAX = STORY_TOLD_MAX + OPEN_ENDS_EVENTS_MAX };

struct story_pass;

/* For the reports of `result`, which must outlive the pass, as `header` must. */
enum wsc_status story_pass_create(struct story_pass **out, struct analysis_result *result,
                                  const struct trace_header *header);
enum wsc_status story_pass_feed(struct story_pass *pass, const struct wsc_event *events, size_t count);
/* Hands each report its events, and what else was seen around it: the same whatever other reports there are. */
enum wsc_status story_pass_finish(struct story_pass *pass);
void story_pass_free(struct story_pass *pass);

/* Says of each report, from that evidence, what happened and why, and which belong together. NOMEM. */
enum wsc_status story_conclude(struct analysis_result *result, const struct trace_header *header);

/* What was expected: static text, a sentence. */
const char *story_expected(const struct violation *violation);

#endif
