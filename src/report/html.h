/* SPDX-License-Identifier: MIT */
/*
 * Markup that no string from a trace can break. What a format says is markup, and formats are literals (-Wformat=2
 * refuses others); what an argument says is text: cleaned (page.h), cut at HTML_TEXT_MAX bytes, and escaped for content
 * and for quoted attributes alike. The other way to write, html_raw(), is for
 * the program's own style and script. Write errors stay in the stream.
 */
#ifndef REPORT_HTML_H
#define REPORT_HTML_H

#include <stdint.h>
#include <stdio.h>

enum { HTML_TEXT_MAX = 2000 };

struct html {
	FILE *out;
	size_t *bytes; /* counts what is written */
};

/*
 * The directives are these of printf: %s, %c, %d, %u, %lu, %llu, %zu and %.Nf (one digit), without flags and widths.
 * Any other is a mistake of ours.
 */
void html_print(const struct html *html, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Writes markup as it is. */
void html_raw(const struct html *html, const char *markup);

/* A sentence: what it has between backticks is code. */
void html_prose(const struct html *html, const char *string);

/* Numbers for scripts and tests: "12,7,0". */
void html_list(const struct html *html, const uint64_t *values, unsigned count);

#endif
