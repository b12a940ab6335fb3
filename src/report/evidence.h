/* SPDX-License-Identifier: MIT */
/* The evidence of a story as one sequence of events. Not for other layers. */
#ifndef REPORT_EVIDENCE_H
#define REPORT_EVIDENCE_H

#include "story_list.h"

struct evidence_line {
	struct wsc_event event;
	size_t report; /* that it came from, then its place there: ties keep the order of the trace */
	size_t place;
	char mark; /* '>': it convicts. '~': what it collides with. ' ': neither */
	bool timed;
	struct violation_span span; /* if timed: when its operation took effect */
};

/* All events of the group's reports, ascending, each once; to be freed. NULL: no memory. */
struct evidence_line *evidence_lines(const struct story_group *group, size_t *count);

/* Whether a story that is to be short shows line `i`: it begins or ends it, or is near a marked one. */
bool evidence_is_near(const struct evidence_line *lines, size_t count, size_t i);

/* Whether the reports of a group have evidence that is not kept. */
bool evidence_is_cut(const struct story_group *group);

/* Why the reports of a group are one story. */
const char *evidence_together(const struct story_group *group);

#endif
