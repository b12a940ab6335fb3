/* SPDX-License-Identifier: MIT */
#include "page.h"

#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include "utf8.h"

static bool harmless(uint32_t code)
{
	if (code < 0x20 || (code >= 0x7f && code < 0xa0))
		return false;
	if (code >= 0x200b && code <= 0x200f) /* zero width, direction marks */
		return false;
	if (code >= 0x2028 && code <= 0x202e) /* line separators, direction overrides */
		return false;
	if (code >= 0xfffe && code <= 0xffff) /* no characters, which XML can't hold */
		return false;
	return !(code >= 0x2060 && code <= 0x206f) && code != 0xfeff;
}

size_t page_clean_character(char piece[PAGE_PIECE_MAX], const char *string)
{
	const unsigned char *from = (const unsigned char *)string;
	uint32_t code = 0;
	size_t length = utf8_character(from, &code);
	if (length > 0 && harmless(code)) {
		memcpy(piece, from, length);
		piece[length] = '\0';
		return length;
	}
	length = length > 0 ? length : 1;
	for (size_t i = 0; i < length; i++)
		snprintf(piece + 4 * i, PAGE_PIECE_MAX - 4 * i, "\\x%02x", from[i]);
	return length;
}

const char *page_clean(char *to, size_t size, const char *string)
{
	size_t used = 0, safe = 0; /* safe: where "..." still fits */
	while (*string) {
		char piece[PAGE_PIECE_MAX];
		size_t length = page_clean_character(piece, string);
		size_t width = strlen(piece);
		if (used + width + 1 > size) {
			memcpy(to + safe, "...", 4);
			return to;
		}
		memcpy(to + used, piece, width);
		used += width;
		if (used + 4 <= size)
			safe = used;
		string += length;
	}
	to[used] = '\0';
	return to;
}

size_t page_columns(const char *string)
{
	size_t columns = 0;
	for (; *string; string++)
		columns += ((unsigned char)*string & 0xc0) != 0x80;
	return columns;
}

void page_coloured(const struct page *page, enum page_colour colour, const char *format, ...)
{
	static const char *const codes[] = {"31;1", "32;1", "33;1", "1", "2"};
	va_list arguments;
	if (page->colour)
		fprintf(page->out, "\033[%sm", codes[colour]);
	va_start(arguments, format);
	vfprintf(page->out, format, arguments);
	va_end(arguments);
	if (page->colour)
		fputs("\033[0m", page->out);
}

void page_wrap(const struct page *page, unsigned column, unsigned indent, const char *string)
{
	bool fresh = true; /* nothing written on this line yet */
	size_t at = column;
	while (*string) {
		size_t bytes = strcspn(string, " ");
		size_t columns = 0;
		for (size_t i = 0; i < bytes; i++)
			columns += ((unsigned char)string[i] & 0xc0) != 0x80;
		if (!fresh && at + 1 + columns > page->width) {
			fprintf(page->out, "\n%*s", (int)indent, "");
			at = indent;
			fresh = true;
		}
		if (!fresh) {
			fputc(' ', page->out);
			at++;
		}
		fwrite(string, 1, bytes, page->out);
		at += columns;
		fresh = false;
		string += bytes;
		string += strspn(string, " ");
	}
	fputc('\n', page->out);
}

void page_item(const struct page *page, const char *label, const char *string)
{
	size_t columns = page_columns(label);
	page_coloured(page, PAGE_BOLD, "%s", label);
	if (columns < PAGE_LABEL_COLUMNS)
		fprintf(page->out, "%*s", (int)(PAGE_LABEL_COLUMNS - columns), "");
	page_wrap(page, PAGE_LABEL_COLUMNS, PAGE_LABEL_COLUMNS, string);
}
