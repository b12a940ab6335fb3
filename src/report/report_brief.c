/* SPDX-License-Identifier: MIT */
/* The stories in brief, for a summary that fits a screen: what and where, what happened, why, and what to do next. */
#include <inttypes.h>
#include <string.h>

#include "cause.h"
#include "judgement.h"
#include "report_parts.h"
#include "story_list.h"

enum { STORIES_SHOWN = 3, LINE_BYTES = 1200, OPTIONS_BYTES = 300 };

/* How many of the group's reports that count are of the kind, and which is the first. */
static size_t of_kind(const struct story_group *group, enum wsc_violation_kind kind, const struct violation **first)
{
	size_t count = 0;
	for (size_t i = group->count; i-- > 0;) {
		if (group->items[i]->state != REPORT_COUNTED || group->items[i]->violation->kind != kind)
			continue;
		*first = group->items[i]->violation;
		count++;
	}
	return count;
}

/* "stalled_work task 9, multiple_owners task 7 (2 reports)": those that count, the speaker's kind first. */
static void what_words(char *line, size_t size, const struct story_group *group, const struct violation *speaker)
{
	size_t used = 0;
	line[0] = '\0';
	for (unsigned i = 0; i <= WSC_VIOLATION_KIND_COUNT && used < size; i++) {
		enum wsc_violation_kind kind = i == 0 ? speaker->kind : (enum wsc_violation_kind)(i - 1);
		const struct violation *first = NULL;
		size_t count = of_kind(group, kind, &first);
		if (count == 0 || (i > 0 && kind == speaker->kind))
			continue;
		used +=
		    (size_t)snprintf(line + used, size - used, "%s%s", used > 0 ? ", " : "", wsc_violation_name(kind));
		if (first->task != 0)
			used += (size_t)snprintf(line + used, size - used, " task %" PRIu64, first->task);
		if (count > 1)
			used += (size_t)snprintf(line + used, size - used, " (%zu reports)", count);
	}
}

static void where_words(char *line, size_t size, const struct report *report, const struct violation *v)
{
	char name[REPORT_NAME_MAX], time[UNITS_MAX], queue[REPORT_WORKER_MAX] = "";
	if (v->has_queue)
		snprintf(queue, sizeof(queue), "queue %" PRIu32 "%s, ", v->queue,
		         report_queue_name(name, report->header, v->queue));
	units_duration(time, report_into_ns(report, v->ts));
	snprintf(line, size, "  %s%s into the trace", queue, time);
}

static void brief(const struct report *report, const struct page *page, const struct story_group *group)
{
	const struct violation *v = story_group_speaker(group, report)->violation;
	char line[LINE_BYTES], happened[REPORT_HAPPENED_MAX], number[UNITS_MAX];
	snprintf(number, sizeof(number), "story %" PRIu32, story_group_number(group));
	page_coloured(page, group->fails ? PAGE_RED : PAGE_YELLOW, "%-*s", PAGE_LABEL_COLUMNS, number);
	what_words(line, sizeof(line), group, v);
	size_t used = strlen(line);
	where_words(line + used, sizeof(line) - used, report, v);
	page_wrap(page, PAGE_LABEL_COLUMNS, PAGE_LABEL_COLUMNS, line);
	report_happened_alone(happened, report, v);
	bool stands_alone = happened[0] && v->standing_for == 0; /* else the message has the figures */
	page_item(page, "", stands_alone || !v->message ? happened : page_clean(line, sizeof(line), v->message));
	if (v->cause_count == 0)
		return;
	snprintf(line, sizeof(line), "%s: %s", cause_id((enum cause)v->causes[0]),
	         cause_text((enum cause)v->causes[0]));
	page_item(page, "cause", line);
}

/* Adds " --name 1500us", in the largest unit that is exact. */
static void add_duration(char *line, size_t size, const char *name, uint64_t ns)
{
	static const struct {
		uint64_t ns;
		const char *name;
	} units[] = {{1000000000, "s"}, {1000000, "ms"}, {1000, "us"}, {1, "ns"}};
	size_t unit = 0, used = strlen(line);
	while (ns % units[unit].ns != 0)
		unit++;
	snprintf(line + used, size - used, " --%s %" PRIu64 "%s", name, ns / units[unit].ns, units[unit].name);
}

/* The options without which the same command would find something else. */
static void add_options(char *line, size_t size, const struct report *report)
{
	const struct analysis_options *given = report->options;
	struct analysis_options defaults;
	analysis_options_init(&defaults);
	const struct {
		const char *name;
		uint64_t given, otherwise;
	} rows[] = {
	    {"uncertainty", given->uncertainty_ns, defaults.uncertainty_ns},
	    {"publish", given->publish_ns, defaults.publish_ns},
	    {"slow-steal", given->slow_steal_ns, defaults.slow_steal_ns},
	    {"idle", given->idle_ns, defaults.idle_ns},
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		if (rows[i].given != rows[i].otherwise)
			add_duration(line, size, rows[i].name, rows[i].given);
	}
}

/* ... and those that only `analyze` has: the range, and how many reports are kept, which numbers the stories. */
static void add_choice(char *line, size_t size, const struct report *report)
{
	const struct trace_range *range = &report->summary->range;
	const uint64_t kept = rules_kept(report->judgement->rules);
	struct analysis_options defaults;
	analysis_options_init(&defaults);
	if (!trace_range_is_whole(range) && range->from_ns > 0)
		add_duration(line, size, "from", range->from_ns);
	if (!trace_range_is_whole(range) && range->to_ns < UINT64_MAX)
		add_duration(line, size, "to", range->to_ns);
	const size_t used = strlen(line);
	if (kept != defaults.max_reports)
		snprintf(line + used, size - used, " --max-reports %" PRIu64, kept);
}

/* A command to be pasted: never wrapped, and what it is for beside it, if there is room. */
static void step(const struct page *page, const char *label, const char *command, const char *why)
{
	page_coloured(page, PAGE_BOLD, "%-*s", PAGE_LABEL_COLUMNS, label);
	bool room = PAGE_LABEL_COLUMNS + page_columns(command) + 4 + strlen(why) <= page->width;
	fprintf(page->out, room ? "%s  # %s\n" : "%s\n", command, why);
}

static void next_steps(const struct report *report, const struct page *page, const struct story_group *group)
{
	const struct violation *v = story_group_speaker(group, report)->violation;
	char buffer[PAGE_NAME_MAX + 2], line[LINE_BYTES], options[OPTIONS_BYTES] = "", choice[OPTIONS_BYTES] = "";
	const bool is_stdin = strcmp(report->path, "-") == 0; /* which can't be read again */
	const char *path = is_stdin ? "TRACE" : page_path_word(buffer, sizeof(buffer), report->path);
	if (report->options)
		add_options(options, sizeof(options), report);
	add_choice(choice, sizeof(choice), report);
	snprintf(line, sizeof(line), "wscheck analyze --story %" PRIu32 "%s%s %s", story_group_number(group), choice,
	         options, path);
	step(page, "next", line, "event by event");
	if (v->cause_count > 0) {
		snprintf(line, sizeof(line), "wscheck explain %s", cause_id((enum cause)v->causes[0]));
		step(page, "", line, "where to look");
	}
	const char *slash = strrchr(path, '/');
	const bool is_small = strncmp(slash ? slash + 1 : path, "small.jsonl", strlen("small.jsonl")) == 0;
	snprintf(line, sizeof(line), "wscheck minimize --exact%s -o small.jsonl %s", options, path);
	if (!is_small &&
	    trace_range_is_whole(&report->summary->range)) /* it is what this made; minimize has no range */
		step(page, "", line, "in few events");
	page_item(page, "", "-v: every story, latencies, workers and queues");
}

static void the_rest(const struct page *page, size_t reports)
{
	char number[UNITS_MAX], line[LINE_BYTES];
	if (reports == 0)
		return;
	snprintf(line, sizeof(line), "... and %s more report%s: -v tells them", units_count(number, reports),
	         units_plural(reports));
	page_wrap(page, 0, 4, line);
}

/* Those that differ: of stories with one likeliest cause, the first. */
void report_stories_brief(const struct report *report, const struct page *page, const struct story_list *list)
{
	const struct story_group *first = NULL;
	bool said[CAUSE_COUNT] = {false};
	size_t told = 0, rest = 0;
	for (size_t i = 0; i < list->count; i++) {
		const struct story_group *group = &list->groups[i];
		const struct violation *v = story_group_speaker(group, report)->violation;
		if (group->counted == 0)
			continue;
		if (told == STORIES_SHOWN || (v->cause_count > 0 && said[v->causes[0]])) {
			rest += group->counted;
			continue;
		}
		fputs(told++ == 0 ? "\n" : "", page->out);
		brief(report, page, group);
		if (v->cause_count > 0)
			said[v->causes[0]] = true;
		first = first ? first : group;
	}
	the_rest(page, rest);
	if (first)
		next_steps(report, page, first);
}
