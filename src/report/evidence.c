/* SPDX-License-Identifier: MIT */
#include "evidence.h"

#include <stdlib.h>
#include <string.h>

#include "report_parts.h"

enum {
	SHORT = 16,    /* lines of a story that is short as it is */
	NEIGHBOURS = 2 /* lines near a marked one, on each side */
};

static int line_compare(const void *a, const void *b)
{
	const struct evidence_line *x = a, *y = b;
	if (x->event.ts != y->event.ts)
		return x->event.ts < y->event.ts ? -1 : 1;
	if (x->report != y->report)
		return x->report < y->report ? -1 : 1;
	return x->place < y->place ? -1 : x->place > y->place;
}

static struct evidence_line *seen_in_another(struct evidence_line *lines, size_t count,
                                             const struct evidence_line *line)
{
	for (size_t i = count; i-- > 0 && lines[i].event.ts == line->event.ts;) {
		if (lines[i].report != line->report && memcmp(&lines[i].event, &line->event, sizeof(line->event)) == 0)
			return &lines[i];
	}
	return NULL;
}

/* Whether it matters between which moments the marked operations of the report lie. */
static bool is_race(const struct violation *v)
{
	return v->spans != NULL &&
	       (v->what == VIOLATION_TWO_TAKES || v->what == VIOLATION_OUT_OF_TURN || v->what == VIOLATION_TOLD_EMPTY);
}

static struct evidence_line line_of(const struct violation *v, size_t report, size_t place)
{
	struct evidence_line line = {.event = v->events[place], .report = report, .place = place, .mark = ' '};
	if (place + 1 == v->rival && v->rival != v->proof)
		line.mark = '~';
	else if (place + 1 == v->proof ||
	         (v->kind != WSC_VIOLATION_ORDERING_VIOLATION && report_proves(v, &line.event)))
		line.mark = '>';
	line.timed = is_race(v) && (place + 1 == v->proof || place + 1 == v->rival ||
	                            (place + 1 == v->push && v->what != VIOLATION_TWO_TAKES));
	if (line.timed)
		line.span = v->spans[place];
	return line;
}

struct evidence_line *evidence_lines(const struct story_group *group, size_t *count)
{
	size_t total = 0;
	for (size_t r = 0; r < group->count; r++)
		total += group->items[r]->violation->event_count;
	*count = 0;
	struct evidence_line *lines = calloc(total + 1, sizeof(*lines));
	if (!lines)
		return NULL;
	size_t used = 0;
	for (size_t r = 0; r < group->count; r++) {
		for (size_t i = 0; i < group->items[r]->violation->event_count; i++)
			lines[used++] = line_of(group->items[r]->violation, r, i);
	}
	qsort(lines, used, sizeof(*lines), line_compare);
	for (size_t i = 0; i < used; i++) {
		struct evidence_line *seen = seen_in_another(lines, *count, &lines[i]);
		if (seen == NULL) {
			lines[(*count)++] = lines[i];
			continue;
		}
		if (seen->mark == ' ' || lines[i].mark == '>')
			seen->mark = lines[i].mark == ' ' ? seen->mark : lines[i].mark;
		if (lines[i].timed && !seen->timed) {
			seen->timed = true;
			seen->span = lines[i].span;
		}
	}
	return lines;
}

const char *evidence_together(const struct story_group *group)
{
	bool doubled = false, lost = false;
	for (size_t i = 0; i < group->count; i++) {
		doubled |= group->items[i]->violation->what == VIOLATION_TWO_TAKES;
		lost |= group->items[i]->violation->what == VIOLATION_LEFT;
	}
	if (doubled && lost)
		return "one cause, one story: a copy that both sides took leaves `top` past `bottom`, so that the next "
		       "push on that queue is lost.";
	if (doubled)
		return "one cause, one story: a copy that both sides took has a second owner, and runs twice if both "
		       "run it.";
	return "one cause, one story: these reports are about the same life of a task.";
}

bool evidence_is_near(const struct evidence_line *lines, size_t count, size_t i)
{
	if (count <= SHORT || i < NEIGHBOURS || i + NEIGHBOURS >= count)
		return true;
	for (size_t j = i - NEIGHBOURS; j <= i + NEIGHBOURS; j++) {
		if (lines[j].mark != ' ')
			return true;
	}
	return false;
}

bool evidence_is_cut(const struct story_group *group)
{
	for (size_t i = 0; i < group->count; i++) {
		if (group->items[i]->violation->events_cut)
			return true;
	}
	return false;
}
