/* SPDX-License-Identifier: MIT */
/*
 * Text for a terminal or a log: colour, wrapping, and strings from a file made harmless. Write errors are left in the
 * stream (ferror), where whoever owns it looks once at the end.
 */
#ifndef REPORT_PAGE_H
#define REPORT_PAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

enum { PAGE_WIDTH_DEFAULT = 80, PAGE_WIDTH_MIN = 40, PAGE_NAME_MAX = 160 };

struct page {
	FILE *out;
	unsigned width; /* columns, at least PAGE_WIDTH_MIN */
	bool colour;
};

enum page_colour { PAGE_RED, PAGE_GREEN, PAGE_YELLOW, PAGE_BOLD, PAGE_DIM };

/*
 * Copies `string` so that it can do a terminal no harm: control characters (C0, DEL, C1), invisible direction marks and
 * bytes that are not UTF-8 become \xNN, and so does what begins a command in the log of a workflow: the first of "::" at
 * the beginning of a word, and of "##" (GitHub, Azure). What doesn't fit `size` (at least 4) is cut at a character and
 * ends in "...". Returns `to`.
 */
const char *page_clean(char *to, size_t size, const char *string);

/*
 * A path as a word of a shell's command, no option: cleaned, and in quotes where it needs them. Returns `to` (`size` bytes,
 * at least 8).
 */
const char *page_path_word(char *to, size_t size, const char *path);
enum { PAGE_PATH_WORD_MAX = 8192 }; /* of one that is as long as the system allows */

/* As page_clean(), but for "::", of the first character, if there is one. Returns the bytes that this takes in the string. */
enum { PAGE_PIECE_MAX = 20 };
size_t page_clean_character(char piece[PAGE_PIECE_MAX], const char *string);

/* Of events that were dropped, how many the file had no room for: " (1,234 over the file's size limit)", or "" of none. */
enum { PAGE_OVER_LIMIT_MAX = 80 };
const char *page_over_limit(char text[PAGE_OVER_LIMIT_MAX], uint64_t events);

/* Columns that a clean string takes: its characters. */
size_t page_columns(const char *string);

/* What is written between these has that colour, if there is colour. */
void page_begin(const struct page *page, enum page_colour colour);
void page_end(const struct page *page);

/* Writes a formatted string between the colour's escapes, if there is colour. */
void page_coloured(const struct page *page, enum page_colour colour, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/*
 * Writes `string` wrapped at blanks: the first line goes on at column `column`, further ones begin at `indent`.
 * Ends the line.
 */
void page_wrap(const struct page *page, unsigned column, unsigned indent, const char *string);

/*
 * The same in a column of its own, from `left` on, after `at` columns were written; or, where that leaves too little
 * room, on lines of its own at `indent`.
 */
void page_wrap_beside(const struct page *page, unsigned at, unsigned left, unsigned indent, const char *string);

/* A `label` in a column of its own, then the string, wrapped. */
void page_item(const struct page *page, const char *label, const char *string);

enum { PAGE_LABEL_COLUMNS = 10 };

#endif
