/* SPDX-License-Identifier: MIT */
/* The stories: what happened to one task, event by event, and what should have. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "cause.h"
#include "evidence.h"
#include "report_parts.h"
#include "story.h"
#include "story_list.h"
#include "units.h"

enum {
	LINE_BYTES = 400,
	TIME_COLUMNS = 15, /* the mark and the time */
	KIND_COLUMNS = 14,
	SPAN_BYTES = 2 * UNITS_MAX + 24,
	ADVICE_MAX = 64, /* different sentences remembered */
};

bool report_proves(const struct violation *violation, const struct wsc_event *event)
{
	if (event->ts != violation->ts)
		return false;
	/* What proves misorder is a take, but where only the next stamp bounds it, that need not be one of a take. */
	if (violation->kind == WSC_VIOLATION_ORDERING_VIOLATION && event->kind != WSC_EV_STEAL_SUCCESS &&
	    event->kind != WSC_EV_DEQUEUED && event->kind != WSC_EV_EXEC_START && event->kind != WSC_EV_RESUMED)
		return false;
	if (event->task != 0 && event->task != violation->task && event->task != violation->other_task)
		return false;
	/* Nor what happens to be the last of the task, where something before it is what the report is about. */
	if ((event->kind == WSC_EV_EXEC_COMPLETE || event->kind == WSC_EV_SUSPENDED) && violation->proof != 0 &&
	    memcmp(&violation->events[violation->proof - 1], event, sizeof(*event)) != 0)
		return false;
	for (size_t i = 0; i < violation->worker_count; i++) {
		if (violation->workers[i] == event->worker)
			return true;
	}
	return violation->worker_count == 0;
}

void report_event_words(char buffer[REPORT_WORDS_MAX], const struct report *report, const struct wsc_event *event)
{
	const struct trace_header *header = report->header;
	char name[REPORT_NAME_MAX], number[UNITS_MAX], label[PAGE_NAME_MAX];
	const char *words = NULL;
	report_queue_name(name, header, event->queue);
	buffer[0] = '\0';
	switch (event->kind) {
	case WSC_EV_QUEUED:
		words = event->arg ? trace_header_label(header, event->arg) : NULL;
		snprintf(buffer, REPORT_WORDS_MAX, "queue %" PRIu32 "%s%s%s%s", event->queue, name,
		         event->flags & WSC_FLAG_PINNED ? ", pinned" : "", words ? ", label " : "",
		         words ? page_clean(label, sizeof(label), words) : "");
		break;
	case WSC_EV_PUSH_FAILED:
	case WSC_EV_DEQUEUED:
	case WSC_EV_STEAL_START:
		snprintf(buffer, REPORT_WORDS_MAX, "queue %" PRIu32 "%s", event->queue, name);
		break;
	case WSC_EV_STEAL_SUCCESS:
		snprintf(buffer, REPORT_WORDS_MAX, "queue %" PRIu32 "%s%s", event->queue, name,
		         event->flags & WSC_FLAG_INFERRED ? ", inferred" : "");
		break;
	case WSC_EV_STEAL_FAILURE:
		if (event->arg > 1)
			snprintf(label, sizeof(label), ", %s attempts", units_count(number, event->arg));
		snprintf(buffer, REPORT_WORDS_MAX, "queue %" PRIu32 "%s%s%s%s", event->queue, name,
		         event->reason ? ", " : "",
		         event->reason ? trace_reason_name((enum wsc_reason)event->reason) : "",
		         event->arg > 1 ? label : "");
		break;
	case WSC_EV_WAKE:
		snprintf(buffer, REPORT_WORDS_MAX, "worker %" PRIu32 "%s", event->queue,
		         report_worker_name(name, header, event->queue));
		break;
	case WSC_EV_GAP:
		units_duration(number, report_between_ns(header, event->ts, event->task));
		snprintf(buffer, REPORT_WORDS_MAX, "%" PRIu32 " events lost within %s", event->arg, number);
		break;
	default:
		break;
	}
}

const char *report_worker_words(char buffer[REPORT_WORKER_MAX], const struct report *report, uint32_t worker)
{
	char name[REPORT_NAME_MAX];
	snprintf(buffer, REPORT_WORKER_MAX, "worker %" PRIu32 "%s", worker,
	         report_worker_name(name, report->header, worker));
	return buffer;
}

/* When the operation took effect, as far as its worker's stamps tell. */
static void span_words(char buffer[SPAN_BYTES], const struct report *report, const struct evidence_line *line,
                       uint64_t origin)
{
	char from[UNITS_MAX], until[UNITS_MAX];
	buffer[0] = '\0';
	if (!line->timed)
		return;
	bool early = line->span.from < origin;
	units_duration(from, early ? report_between_ns(report->header, line->span.from, origin)
	                           : report_between_ns(report->header, origin, line->span.from));
	units_duration(until, report_between_ns(report->header, origin, line->span.until));
	if (line->span.until == UINT64_MAX)
		snprintf(buffer, SPAN_BYTES, ", after %c%s", early ? '-' : '+', from);
	else if (line->span.from == 0 && line->event.kind != WSC_EV_QUEUED) /* the worker's first stamp */
		snprintf(buffer, SPAN_BYTES, ", by +%s", until);
	else
		snprintf(buffer, SPAN_BYTES, ", between %c%s and +%s", early ? '-' : '+', from, until);
}

/* `columns`: of the widest worker. */
static void event_line(const struct report *report, const struct page *page, const struct evidence_line *line,
                       uint64_t origin, size_t columns)
{
	const struct wsc_event *event = &line->event;
	char time[UNITS_MAX], task[UNITS_MAX + 8] = "", worker[REPORT_WORKER_MAX], words[REPORT_WORDS_MAX];
	char span[SPAN_BYTES], rest[REPORT_WORDS_MAX + SPAN_BYTES + UNITS_MAX + 16];
	units_duration(time, report_between_ns(report->header, origin, event->ts));
	report_worker_words(worker, report, event->worker);
	if (event->task != 0 && event->kind != WSC_EV_GAP)
		snprintf(task, sizeof(task), "task %" PRIu64, event->task);
	report_event_words(words, report, event);
	span_words(span, report, line, origin);
	snprintf(rest, sizeof(rest), "%s%s%s%s", task, task[0] && words[0] ? ", " : "", words, span);
	if (line->mark != ' ')
		page_coloured(page, line->mark == '>' ? PAGE_RED : PAGE_YELLOW, "  %c ", line->mark);
	else
		fputs("    ", page->out);
	int padding = (int)(columns - page_columns(worker));
	const char *kind = trace_event_name(event->kind);
	fprintf(page->out, "+%-9s %s%*s  %s", time, worker, padding, "", kind);
	unsigned left = (unsigned)(TIME_COLUMNS + columns + 2);
	page_wrap_beside(page, left + (unsigned)strlen(kind), left + KIND_COLUMNS + 1, 8, rest);
}

static void event_lines(const struct report *report, const struct page *page, const struct evidence_line *lines,
                        size_t count)
{
	size_t columns = 0;
	char worker[REPORT_WORKER_MAX];
	for (size_t i = 0; i < count; i++) {
		size_t wide = page_columns(report_worker_words(worker, report, lines[i].event.worker));
		columns = wide > columns ? wide : columns;
	}
	for (size_t i = 0; i < count; i++)
		event_line(report, page, &lines[i], lines[0].event.ts, columns);
}

static void title(const struct report *report, const struct page *page, const struct report_item *item)
{
	const struct violation *violation = item->violation;
	char place[REPORT_PLACE_MAX], message[LINE_BYTES * 2], time[UNITS_MAX], line[REPORT_PLACE_MAX + UNITS_MAX + 40];
	const char *name = wsc_violation_name(violation->kind);
	bool error = wsc_violation_severity(violation->kind) == WSC_SEVERITY_ERROR;
	bool counted = item->state == REPORT_COUNTED;
	page_coloured(page, !counted ? PAGE_DIM : error ? PAGE_RED : PAGE_YELLOW, "%s", name);
	units_duration(time, report_into_ns(report, violation->ts));
	snprintf(line, sizeof(line), "%s  %s into the trace", report_place_words(place, report, violation), time);
	fputs("  ", page->out);
	page_wrap(page, (unsigned)strlen(name) + 2, 4, line);
	if (violation->message) {
		fputs("  ", page->out);
		page_wrap(page, 2, 2, page_clean(message, sizeof(message), violation->message));
	}
	if (item->suppression) {
		snprintf(line, sizeof(line), "suppressed: %s (%s:%u)",
		         page_clean(message, 200, item->suppression->reason),
		         page_clean(place, 100, item->suppression->file), item->suppression->line);
		fputs("  ", page->out);
		page_wrap(page, 2, 4, line);
	} else if (item->state == REPORT_KNOWN) {
		fputs("  known: the baseline has its like\n", page->out);
	}
}

/* What was said already: a page says it once, however many stories it holds. */
struct advice {
	const char *said[ADVICE_MAX];
	size_t count;
};

static bool is_new(struct advice *advice, const char *string)
{
	for (size_t i = 0; i < advice->count; i++) {
		if (strcmp(advice->said[i], string) == 0)
			return false;
	}
	if (advice->count < ADVICE_MAX)
		advice->said[advice->count++] = string;
	return true;
}

static void say(const struct page *page, const char *label, const char *string)
{
	fputs("  ", page->out);
	page_coloured(page, PAGE_BOLD, "%s", label);
	fputc(' ', page->out);
	page_wrap(page, (unsigned)strlen(label) + 3, 4, string);
}

static void say_expected(const struct page *page, const struct story_group *group, struct advice *advice)
{
	for (size_t i = 0; i < group->count; i++) {
		const char *string = story_expected(group->items[i]->violation);
		if (is_new(advice, string))
			say(page, "expected:", string);
	}
}

/* Each sentence once: the reports of one task often say the same. */
static void say_happened(const struct report *report, const struct page *page, const struct story_group *group)
{
	char before[REPORT_HAPPENED_MAX] = "", happened[REPORT_HAPPENED_MAX];
	for (size_t i = 0; i < group->count; i++) {
		report_happened(happened, report, group->items[i]->violation);
		if (happened[0] && strcmp(before, happened) != 0)
			say(page, "happened:", happened);
		memcpy(before, happened, sizeof(before));
	}
}

/* The causes are those of the whole group. What was said of one before is not said again, but which is the first. */
static void say_causes(const struct page *page, const struct story_group *group, struct advice *advice)
{
	const struct violation *v = group->items[0]->violation;
	char line[LINE_BYTES * 2];
	for (unsigned i = 0; i < v->cause_count; i++) {
		enum cause cause = (enum cause)v->causes[i];
		bool new = is_new(advice, cause_text(cause));
		if (!new &&i > 0)
			continue;
		if (new)
			snprintf(line, sizeof(line), "%s: %s", cause_id(cause), cause_text(cause));
		else
			snprintf(line, sizeof(line), "%s, as above", cause_id(cause));
		say(page, i == 0 ? "usual cause:" : "or:", line);
	}
	if (group->count > 1 && v->cause_count > 0) {
		const char *note = evidence_together(group);
		if (is_new(advice, note))
			say(page, "together:", note);
	}
}

/* Lines for a suppressions file, one for each key. They are not wrapped, so that they can be pasted. */
static void say_suppress(const struct page *page, const struct story_group *group)
{
	size_t at = 0;
	const char *key = story_group_next_key(group, &at, NULL);
	if (key)
		say(page, "to accept:", "a line for --suppressions, with your reason:");
	for (; key; key = story_group_next_key(group, &at, key))
		fprintf(page->out, "    %s%s\n", key, SUPPRESS_READY_REASON);
}

static enum wsc_status story(const struct report *report, const struct page *page, const struct story_group *group,
                             struct advice *advice)
{
	size_t count;
	struct evidence_line *lines = evidence_lines(group, &count);
	if (!lines)
		return WSC_NOMEM;
	fputc('\n', page->out);
	if (story_group_number(group) != 0) {
		page_coloured(page, PAGE_BOLD, "story %" PRIu32, story_group_number(group));
		fputc('\n', page->out);
	}
	for (size_t i = 0; i < group->count; i++)
		title(report, page, group->items[i]);
	event_lines(report, page, lines, count);
	if (evidence_is_cut(group)) {
		fputs("    ", page->out);
		page_wrap(page, 4, 6, "... and more: `wscheck dump` lists every event");
	}
	say_expected(page, group, advice);
	say_happened(report, page, group);
	say_causes(page, group, advice);
	say_suppress(page, group);
	free(lines);
	return WSC_OK;
}

static void beyond(const struct report *report, const struct page *page)
{
	uint64_t all =
	    report_count(report->result, WSC_SEVERITY_ERROR) + report_count(report->result, WSC_SEVERITY_WARNING);
	uint64_t told = report->judgement->shown_count + report->judgement->filtered;
	char number[UNITS_MAX], line[LINE_BYTES];
	if (all <= told)
		return;
	snprintf(line, sizeof(line), "... and %s more report%s: raise --max-reports to see them",
	         units_count(number, all - told), units_plural(all - told));
	fputc('\n', page->out);
	page_wrap(page, 0, 4, line);
}

enum wsc_status report_stories(const struct report *report, const struct page *page)
{
	struct advice advice = {.count = 0};
	struct story_list list;
	bool full = report->detail == REPORT_FULL || report->judgement->rules->story != 0;
	enum wsc_status status = story_list_init(&list, report);
	for (size_t i = 0; i < list.count && status == WSC_OK && full; i++)
		status = story(report, page, &list.groups[i], &advice);
	if (status == WSC_OK && !full)
		report_stories_brief(report, page, &list);
	if (report->judgement->rules->story == 0)
		beyond(report, page);
	if (report->judgement->rules->story == 0 && (list.count > 0 || report->result->violation_count > 0))
		fputc('\n', page->out);
	story_list_free(&list);
	return status;
}
