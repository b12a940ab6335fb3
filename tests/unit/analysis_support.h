/* SPDX-License-Identifier: MIT */
/*
 * Histories as text, and what the analysis makes of them as text, for tests of the engine's parts.
 *
 * A history is words "TS OP WORKER [@QUEUE] [:TASK] [*COUNT] [~UNTIL] [!] [?]" without blanks within, in merged order:
 * Q queued, F push_failed, D dequeued, B steal_start, T steal_success, E steal_failure, S exec_start, C exec_complete,
 * U suspended, R resumed, X cancelled, P parked, N unparked, W wake (the woken after @), G gap; ! pinned, ? empty.
 * "10Q1:5 20B2@1 25T2@1:5": worker 1 queues task 5 at 10, worker 2 steals it from queue 1.
 */
#ifndef ANALYSIS_SUPPORT_H
#define ANALYSIS_SUPPORT_H

#include <criterion/criterion.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "analysis.h"

enum { SUPPORT_EVENTS_MAX = 4096, SUPPORT_TEXT_BYTES = 4096 };

struct support_analysis {
	struct trace_header header; /* set before the run */
	struct analysis_options options;
	struct analysis *analysis;
	struct analysis_result *result;
	char text[SUPPORT_TEXT_BYTES];
};

static inline uint8_t support_kind(char op)
{
	static const char ops[] = "?QFDBTESCURXPNWG";
	const char *at = strchr(ops, op);
	cr_assert(at != NULL && op != '?' && op != '\0', "no such operation: %c", op);
	return (uint8_t)(at - ops);
}

static inline struct wsc_event support_parse(const char *word)
{
	char *at;
	struct wsc_event e = {.ts = strtoull(word, &at, 10)};
	e.kind = support_kind(*at);
	e.worker = (uint32_t)strtoul(at + 1, &at, 10);
	bool has_queue = e.kind == WSC_EV_QUEUED || e.kind == WSC_EV_PUSH_FAILED || e.kind == WSC_EV_DEQUEUED;
	e.queue = has_queue ? e.worker : 0;
	e.arg = e.kind == WSC_EV_STEAL_FAILURE;
	while (*at != '\0') {
		char what = *at++;
		uint64_t value = what == '!' || what == '?' ? 0 : strtoull(at, &at, 10);
		if (what == '@')
			e.queue = (uint32_t)value;
		else if (what == ':' || what == '~')
			e.task = value;
		else if (what == '*')
			e.arg = (uint32_t)value;
		else if (what == '!')
			e.flags = WSC_FLAG_PINNED;
		else if (what == '?')
			e.reason = WSC_REASON_EMPTY;
		else
			cr_assert_fail("what is this: %s", word);
	}
	return e;
}

/* The options and header of a trace that declares nothing. */
static inline void support_begin(struct support_analysis *s)
{
	memset(s, 0, sizeof(*s));
	trace_header_init(&s->header);
	analysis_options_init(&s->options);
}

static inline void support_create(struct support_analysis *s)
{
	cr_assert_eq(analysis_create(&s->analysis, &s->header, NULL, 0, &s->options), WSC_OK);
}

static inline void support_feed(struct support_analysis *s, const char *history)
{
	char *line = strdup(history), *save;
	for (char *word = strtok_r(line, " ", &save); word != NULL; word = strtok_r(NULL, " ", &save)) {
		struct wsc_event event = support_parse(word);
		cr_assert_eq(analysis_feed(s->analysis, &event, 1), WSC_OK);
	}
	free(line);
}

static inline void support_finish(struct support_analysis *s, enum wsc_end end)
{
	cr_assert_eq(analysis_finish(s->analysis, end, 0), WSC_OK);
	s->result = analysis_result(s->analysis);
}

static inline void support_run(struct support_analysis *s, const char *history, enum wsc_end end)
{
	support_create(s);
	support_feed(s, history);
	support_finish(s, end);
}

static inline void support_end(struct support_analysis *s)
{
	analysis_free(s->analysis);
	trace_header_free(&s->header);
}

/* Each report as "kind:task/other ts-since qQUEUE wWORKER,WORKER", parted by "; ". */
static inline const char *support_reports(struct support_analysis *s)
{
	FILE *out = fmemopen(s->text, sizeof(s->text), "w");
	for (size_t i = 0; i < s->result->violation_count; i++) {
		const struct violation *v = &s->result->violations[i];
		fprintf(out, "%s%s:%" PRIu64, i > 0 ? "; " : "", wsc_violation_name(v->kind), v->task);
		if (v->other_task != 0)
			fprintf(out, "/%" PRIu64, v->other_task);
		fprintf(out, " %" PRIu64 "-%" PRIu64, v->since, v->ts);
		if (v->has_queue)
			fprintf(out, " q%" PRIu32, v->queue);
		for (unsigned w = 0; w < v->worker_count; w++)
			fprintf(out, "%s%" PRIu32, w == 0 ? " w" : ",", v->workers[w]);
	}
	fclose(out);
	return s->text;
}

/* The reports of a history, all in one call. */
static inline void support_expect(struct support_analysis *s, const char *history, enum wsc_end end,
                                  const char *reports)
{
	support_run(s, history, end);
	cr_expect_str_eq(support_reports(s), reports, "%s:\n  %s, expected\n  %s", history, s->text, reports);
	support_end(s);
}

#endif
