/* SPDX-License-Identifier: MIT */
/* The evidence of one story as the page shows it. Used by html_stories.c and html_diagram.c only. */
#ifndef REPORT_HTML_STORY_H
#define REPORT_HTML_STORY_H

#include "evidence.h"
#include "html_parts.h"

/* What is shown of the lines, in order; a line's number is its place here, from 1 on. */
struct html_evidence {
	const struct evidence_line *lines[HTML_LINES_MAX];
	size_t count;
	size_t left_out; /* lines that are not shown */
	bool timed;      /* of some it is known when their operations took effect */
};

/* A drawing, if there are at least two events, and not too many workers. */
void html_diagram(const struct html_page *page, const struct html_evidence *evidence);

#endif
