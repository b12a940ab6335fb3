/* SPDX-License-Identifier: MIT */
/*
 * Text for a terminal or a log: colour, wrapping, and strings from a file made harmless. Write errors are left in the
 * stream (ferror), where whoever owns it looks once at the end.
 */
#ifndef REPORT_TEXT_H
#define REPORT_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

enum { TEXT_WIDTH_DEFAULT = 80, TEXT_WIDTH_MIN = 40, TEXT_NAME_MAX = 160 };

struct text {
	FILE *out;
	unsigned width; /* columns, at least TEXT_WIDTH_MIN */
	bool colour;
};

enum text_colour { TEXT_RED, TEXT_GREEN, TEXT_YELLOW, TEXT_BOLD, TEXT_DIM };

/*
 * Copies `string` so that it can do a terminal no harm: control characters (C0, DEL, C1), invisible direction marks and
 * bytes that are not UTF-8 become \xNN; what doesn't fit `size` (at least 4) is cut at a character and ends in "...".
 * Returns `to`.
 */
const char *text_clean(char *to, size_t size, const char *string);

/* Columns that a clean string takes: its characters. */
size_t text_columns(const char *string);

/* Writes a formatted string between the colour's escapes, if there is colour. */
void text_coloured(const struct text *text, enum text_colour colour, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/*
 * Writes `string` wrapped at blanks: the first line goes on at column `column`, further ones begin at `indent`.
 * Ends the line.
 */
void text_wrap(const struct text *text, unsigned column, unsigned indent, const char *string);

/* A `label` in a column of its own, then the string, wrapped. */
void text_item(const struct text *text, const char *label, const char *string);

enum { TEXT_LABEL_COLUMNS = 10 };

#endif
