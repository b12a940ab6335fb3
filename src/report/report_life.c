/* SPDX-License-Identifier: MIT */
/* The life of one task, a line for each event. */
#include <inttypes.h>
#include <stdarg.h>
#include <string.h>

#include "report.h"
#include "report_parts.h"
#include "story.h"
#include "units.h"

enum { STATE_BYTES = 400, WORDS_COLUMNS_MAX = 44 };

/* Words joined by commas; what does not fit is left out. */
struct words {
	char text[STATE_BYTES];
	size_t used;
};

static void say(struct words *words, const char *format, ...) __attribute__((format(printf, 2, 3)));

static void say(struct words *words, const char *format, ...)
{
	char part[REPORT_WORKER_MAX + 40];
	va_list arguments;
	va_start(arguments, format);
	vsnprintf(part, sizeof(part), format, arguments);
	va_end(arguments);
	int length = snprintf(words->text + words->used, sizeof(words->text) - words->used, "%s%s",
	                      words->used > 0 ? ", " : "", part);
	if (length > 0 && (size_t)length < sizeof(words->text) - words->used)
		words->used += (size_t)length;
	else
		words->text[words->used] = '\0';
}

static void say_runs(struct words *words, const struct report *report, const struct ownership *state)
{
	char worker[REPORT_WORKER_MAX];
	for (unsigned i = 0; i < state->runner_count; i++) {
		const struct ownership_runner *runner = &state->runners[i];
		report_worker_words(worker, report, runner->worker);
		if (runner->runs > 1)
			say(words, "runs %u times on %s", (unsigned)runner->runs, worker);
		else if (runner->runs == 1)
			say(words, "runs on %s", worker);
		if (runner->held > 0)
			say(words, "held by %s", worker);
	}
}

static void say_place(struct words *words, const struct report *report, const struct ownership *state)
{
	char worker[REPORT_WORKER_MAX], name[REPORT_NAME_MAX];
	if (state->where == OWNERSHIP_QUEUED)
		say(words, "waits in queue %" PRIu32 "%s%s", state->place,
		    report_queue_name(name, report->header, state->place),
		    state->flags & OWNERSHIP_PINNED ? " (pinned)" : "");
	else if (state->where == OWNERSHIP_TAKEN)
		say(words, "taken by %s%s", report_worker_words(worker, report, state->place),
		    state->flags & OWNERSHIP_DISPUTED ? " (disputed)" : "");
}

/* Who holds the task, in words. */
static void state_words(struct words *words, const struct report *report, const struct ownership *state)
{
	bool nowhere = state->where == OWNERSHIP_NOWHERE;
	*words = (struct words){.used = 0};
	say_runs(words, report, state);
	say_place(words, report, state);
	if ((state->flags & OWNERSHIP_SUSPENDED) != 0 && (state->flags & OWNERSHIP_CANCELLED) == 0)
		say(words, "suspended");
	if ((state->flags & OWNERSHIP_CANCELLED) != 0)
		say(words, "cancelled");
	if (nowhere && (state->flags & OWNERSHIP_COMPLETED) != 0)
		say(words, report->header->scope == WSC_SCOPE_DEQUE ? "taken for good" : "completed");
	if (words->used == 0)
		say(words, state->flags & OWNERSHIP_UNKNOWN ? "unknown" : "nowhere");
}

static void event_words(char buffer[REPORT_WORDS_MAX], const struct report *report, const struct life_event *told)
{
	char time[UNITS_MAX];
	report_event_words(buffer, report, &told->event);
	if (!told->has_attempt)
		return;
	size_t used = strlen(buffer);
	units_duration(time, report_between_ns(report->header, told->attempt, told->event.ts));
	snprintf(buffer + used, REPORT_WORDS_MAX - used, ", tried for %s", time);
}

/* Widths of the columns that have no fixed one. */
struct columns {
	size_t worker, words;
};

static struct columns measure(const struct report *report, const struct life *life)
{
	struct columns columns = {.worker = 0};
	for (size_t i = 0; i < life_kept(life); i++) {
		const struct life_event *told = life_at(life, i);
		char worker[REPORT_WORKER_MAX], words[REPORT_WORDS_MAX];
		size_t width = page_columns(report_worker_words(worker, report, told->event.worker));
		columns.worker = width > columns.worker ? width : columns.worker;
		event_words(words, report, told);
		width = page_columns(words);
		if (width > columns.words && width <= WORDS_COLUMNS_MAX)
			columns.words = width;
	}
	return columns;
}

static void pad(const struct page *page, const char *text, size_t columns)
{
	size_t width = page_columns(text);
	fprintf(page->out, "%s%*s", text, width < columns ? (int)(columns - width) : 0, "");
}

static bool concerns(const struct violation *violation, uint64_t task)
{
	return violation->task == task || violation->other_task == task;
}

static bool is_proof(const struct report *report, const struct wsc_event *event, uint64_t task)
{
	for (size_t i = 0; i < report->result->violation_count; i++) {
		const struct violation *v = &report->result->violations[i];
		if (concerns(v, task) && report_proves(v, event))
			return true;
	}
	return false;
}

static void event_line(const struct report *report, const struct page *page, const struct life *life,
                       const struct life_event *told, struct columns columns)
{
	char time[UNITS_MAX], worker[REPORT_WORKER_MAX], words[REPORT_WORDS_MAX];
	struct words state;
	const struct wsc_event *event = &told->event;
	units_duration(time, report_between_ns(report->header, life_at(life, 0)->event.ts, event->ts));
	event_words(words, report, told);
	state_words(&state, report, &told->state);
	if (is_proof(report, event, life_task(life)))
		page_coloured(page, PAGE_RED, "  > ");
	else
		fputs("    ", page->out);
	fprintf(page->out, "+%-9s ", time);
	pad(page, report_worker_words(worker, report, event->worker), columns.worker);
	fprintf(page->out, "  %-14s ", trace_event_name(event->kind));
	pad(page, words, columns.words);
	fprintf(page->out, "  %s\n", state.text);
}

/* What stands between two events: events that are left out, gaps, a new life. */
static void between(const struct page *page, const struct life *life, size_t number)
{
	const struct life_event *told = life_at(life, number);
	uint64_t before = number == 0 ? 0 : life_number(life, number - 1) + 1;
	char count[UNITS_MAX], dropped[UNITS_MAX];
	if (life_number(life, number) > before)
		fprintf(page->out, "    ... %s more\n", units_count(count, life_number(life, number) - before));
	if (told->gaps > 0)
		fprintf(page->out, "    ... %s gap%s, %s events lost: what happened meanwhile is not known\n",
		        units_count(count, told->gaps), units_plural(told->gaps), units_count(dropped, told->dropped));
	if (told->begins && life_count(life) > 1)
		fprintf(page->out, "  life %s\n", units_count(count, told->life));
}

/* Whether the order of some neighbours is not given by their stamps. */
static bool is_uncertain(const struct life *life)
{
	for (size_t i = 1; i < life_kept(life); i++) {
		const struct wsc_event *a = &life_at(life, i - 1)->event, *b = &life_at(life, i)->event;
		if (a->worker != b->worker && (b->ts <= a->ts || b->ts - a->ts <= life_uncertainty(life)))
			return true;
	}
	return false;
}

static void reports(const struct report *report, const struct page *page, const struct life *life)
{
	for (size_t i = 0; i < report->result->violation_count; i++) {
		const struct violation *v = &report->result->violations[i];
		char message[STATE_BYTES];
		bool error = wsc_violation_severity(v->kind) == WSC_SEVERITY_ERROR;
		if (!concerns(v, life_task(life)))
			continue;
		fputc('\n', page->out);
		page_coloured(page, error ? PAGE_RED : PAGE_YELLOW, "%s", wsc_violation_name(v->kind));
		fputs("  ", page->out);
		page_wrap(page, (unsigned)strlen(wsc_violation_name(v->kind)) + 2, 2,
		          page_clean(message, sizeof(message), v->message ? v->message : ""));
		fputs("  expected: ", page->out);
		page_wrap(page, 12, 4, story_expected(v));
		fputs("  more: wscheck explain ", page->out);
		fprintf(page->out, "%s\n", wsc_violation_name(v->kind));
	}
}

static void title(const struct report *report, const struct page *page, const struct life *life)
{
	char events[UNITS_MAX], lives[UNITS_MAX];
	uint64_t told = 0;
	for (size_t i = 0; i < report->result->violation_count; i++)
		told += concerns(&report->result->violations[i], life_task(life));
	page_coloured(page, PAGE_BOLD, "task %" PRIu64, life_task(life));
	fprintf(page->out, "  %s event%s, %s li%s, ", units_count(events, life_event_count(life)),
	        units_plural(life_event_count(life)), units_count(lives, life_count(life)),
	        life_count(life) == 1 ? "fe" : "ves");
	if (told == 0)
		fputs("no reports\n", page->out);
	else
		fprintf(page->out, "%s report%s\n", units_count(events, told), units_plural(told));
}

void report_life(const struct report *report, const struct page *page, const struct life *life)
{
	struct columns columns = measure(report, life);
	uint64_t all =
	    report_count(report->result, WSC_SEVERITY_ERROR) + report_count(report->result, WSC_SEVERITY_WARNING);
	char count[UNITS_MAX];
	title(report, page, life);
	for (size_t i = 0; i < life_kept(life); i++) {
		between(page, life, i);
		event_line(report, page, life, life_at(life, i), columns);
	}
	fprintf(page->out, "    end of the trace: %s\n", trace_end_name(report->result->end));
	reports(report, page, life);
	if (is_uncertain(life)) {
		fputc('\n', page->out);
		page_wrap(
		    page, 0, 0,
		    "Some stamps of different workers are too close to order: the states follow the stamps. "
		    "There is a report only where every order of such events deserves one: then it is that of the "
		    "stamps' order.");
	}
	if (all > report->result->violation_count)
		fprintf(page->out, "\nOnly the first %s reports of the trace were looked at.\n",
		        units_count(count, report->result->violation_count));
}
