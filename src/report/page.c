/* SPDX-License-Identifier: MIT */
#include "page.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include "units.h"
#include "utf8.h"

static bool harmless(uint32_t code)
{
	return !utf8_is_unseen(code) && code != 0xfffe &&
	       code != 0xffff; /* the latter are none, and XML can't hold them */
}

size_t page_clean_character(char piece[PAGE_PIECE_MAX], const char *string)
{
	const unsigned char *from = (const unsigned char *)string;
	uint32_t code = 0;
	size_t length = utf8_character(from, SIZE_MAX, &code);
	if (length > 0 && harmless(code) && !utf8_begins_command(string)) {
		memcpy(piece, from, length);
		piece[length] = '\0';
		return length;
	}
	length = length > 0 ? length : 1;
	for (size_t i = 0; i < length; i++)
		snprintf(piece + 4 * i, PAGE_PIECE_MAX - 4 * i, "\\x%02x", from[i]);
	return length;
}

/* "::" where a line may begin with it: at the beginning, and behind what is a blank, or may be one. */
static bool may_begin_command(const char *string, size_t at)
{
	unsigned char before = at == 0 ? ' ' : (unsigned char)string[at - 1];
	return string[at] == ':' && string[at + 1] == ':' && (before <= ' ' || before >= 0x7f);
}

const char *page_clean(char *to, size_t size, const char *string)
{
	size_t used = 0, safe = 0; /* safe: where "..." still fits */
	for (size_t at = 0, length; string[at]; at += length) {
		char piece[PAGE_PIECE_MAX];
		length = page_clean_character(piece, string + at);
		if (may_begin_command(string, at))
			memcpy(piece, "\\x3a", 5);
		size_t width = strlen(piece);
		if (used + width + 1 > size) {
			memcpy(to + safe, "...", 4);
			return to;
		}
		memcpy(to + used, piece, width);
		used += width;
		if (used + 4 <= size)
			safe = used;
	}
	to[used] = '\0';
	return to;
}

const char *page_path_word(char *to, size_t size, const char *path)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~/+=:,@%";
	char clean[PAGE_PATH_WORD_MAX];
	page_clean(clean, size - 4 < sizeof(clean) ? size - 4 : sizeof(clean), path); /* quotes, "./" */
	if (clean[0] != '\0' && strchr("-~", clean[0]) == NULL && clean[strspn(clean, plain)] == '\0')
		return memcpy(to, clean, strlen(clean) + 1);
	size_t used = (size_t)snprintf(to, size, "'%s", clean[0] == '-' ? "./" : "");
	for (const char *c = clean; *c; c++) {
		const char *piece = *c == '\'' ? "'\\''" : c;
		const size_t length = *c == '\'' ? 4 : 1;
		if (used + length + 2 > size)
			break;
		memcpy(to + used, piece, length);
		used += length;
	}
	memcpy(to + used, "'", 2);
	return to;
}

static size_t columns_of(const char *string, size_t bytes)
{
	size_t columns = 0;
	for (size_t i = 0; i < bytes; i++)
		columns += ((unsigned char)string[i] & 0xc0) != 0x80;
	return columns;
}

const char *page_over_limit(char text[PAGE_OVER_LIMIT_MAX], uint64_t events)
{
	char count[UNITS_MAX];
	text[0] = '\0';
	if (events > 0)
		snprintf(text, PAGE_OVER_LIMIT_MAX, " (%s over the file's size limit)", units_count(count, events));
	return text;
}

size_t page_columns(const char *string)
{
	return columns_of(string, strlen(string));
}

void page_begin(const struct page *page, enum page_colour colour)
{
	static const char *const codes[] = {"31;1", "32;1", "33;1", "1", "2"};
	if (page->colour)
		fprintf(page->out, "\033[%sm", codes[colour]);
}

void page_end(const struct page *page)
{
	if (page->colour)
		fputs("\033[0m", page->out);
}

void page_coloured(const struct page *page, enum page_colour colour, const char *format, ...)
{
	va_list arguments;
	page_begin(page, colour);
	va_start(arguments, format);
	vfprintf(page->out, format, arguments);
	va_end(arguments);
	page_end(page);
}

/* Bytes up to the next blank where a line may end: a number and its unit stay together. */
static size_t word_bytes(const char *string)
{
	static const char *const units[] = {"ns", "us", "ms", "s", "%"};
	size_t bytes = strcspn(string, " ");
	if (bytes == 0 || string[bytes] != ' ' || string[bytes - 1] < '0' || string[bytes - 1] > '9')
		return bytes;
	const char *next = string + bytes + 1;
	for (size_t i = 0; i < sizeof(units) / sizeof(*units); i++) {
		size_t length = strlen(units[i]);
		if (strncmp(next, units[i], length) == 0 && !isalnum((unsigned char)next[length]))
			return bytes + 1 + strcspn(next, " ");
	}
	return bytes;
}

/* The blanks between two words are kept where they don't end a line. */
void page_wrap(const struct page *page, unsigned column, unsigned indent, const char *string)
{
	bool fresh = true; /* nothing written on this line yet */
	size_t at = column, blanks = 0;
	for (string += strspn(string, " "); *string; string += blanks) {
		size_t bytes = word_bytes(string), columns = columns_of(string, bytes);
		if (!fresh && at + blanks + columns > page->width) {
			fprintf(page->out, "\n%*s", (int)indent, "");
			at = indent;
			fresh = true;
		}
		if (!fresh) {
			fprintf(page->out, "%*s", (int)blanks, "");
			at += blanks;
		}
		fwrite(string, 1, bytes, page->out);
		at += columns;
		fresh = false;
		string += bytes;
		blanks = strspn(string, " ");
	}
	fputc('\n', page->out);
}

void page_wrap_beside(const struct page *page, unsigned at, unsigned left, unsigned indent, const char *string)
{
	enum { ROOM_MIN = 24 };
	if (!string[0]) {
		fputc('\n', page->out);
	} else if (left + ROOM_MIN <= page->width) {
		fprintf(page->out, "%*s", (int)(left > at ? left - at : 0), "");
		page_wrap(page, left, left, string);
	} else {
		fprintf(page->out, "\n%*s", (int)indent, "");
		page_wrap(page, indent, indent, string);
	}
}

void page_item(const struct page *page, const char *label, const char *string)
{
	size_t columns = page_columns(label);
	page_coloured(page, PAGE_BOLD, "%s", label);
	if (columns < PAGE_LABEL_COLUMNS)
		fprintf(page->out, "%*s", (int)(PAGE_LABEL_COLUMNS - columns), "");
	else
		fputc(' ', page->out);
	page_wrap(page, PAGE_LABEL_COLUMNS, PAGE_LABEL_COLUMNS, string);
}
