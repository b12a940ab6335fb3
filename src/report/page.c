/* SPDX-License-Identifier: MIT */
#include "page.h"

#include <stdarg.h>
#include <stdint.h>
#include <string.h>

/* Length of the UTF-8 character at `s` and its value; 0 if it is none (RFC 3629). */
static size_t utf8_character(const unsigned char *s, uint32_t *value)
{
	static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
	size_t length = s[0] < 0x80 ? 1 : s[0] < 0xc0 ? 0 : s[0] < 0xe0 ? 2 : s[0] < 0xf0 ? 3 : s[0] < 0xf8 ? 4 : 0;
	if (length == 0)
		return 0;
	uint32_t code = length == 1 ? s[0] : s[0] & (0x7fU >> length);
	for (size_t i = 1; i < length; i++) {
		if ((s[i] & 0xc0) != 0x80)
			return 0; /* also ends at the NUL */
		code = code << 6 | (s[i] & 0x3f);
	}
	if (code < least[length] || code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff))
		return 0;
	*value = code;
	return length;
}

static bool harmless(uint32_t code)
{
	if (code < 0x20 || (code >= 0x7f && code < 0xa0))
		return false;
	if (code >= 0x200b && code <= 0x200f) /* zero width, direction marks */
		return false;
	if (code >= 0x2028 && code <= 0x202e) /* line separators, direction overrides */
		return false;
	return !(code >= 0x2060 && code <= 0x206f) && code != 0xfeff;
}

const char *page_clean(char *to, size_t size, const char *string)
{
	const unsigned char *from = (const unsigned char *)string;
	size_t used = 0, safe = 0; /* safe: where "..." still fits */
	while (*from) {
		uint32_t code = 0;
		size_t length = utf8_character(from, &code);
		char piece[20];
		if (length > 0 && harmless(code)) {
			memcpy(piece, from, length);
			piece[length] = '\0';
		} else {
			size_t bytes = length > 0 ? length : 1;
			for (size_t i = 0; i < bytes; i++)
				snprintf(piece + 4 * i, sizeof(piece) - 4 * i, "\\x%02x", from[i]);
			length = bytes;
		}
		size_t width = strlen(piece);
		if (used + width + 1 > size) {
			memcpy(to + safe, "...", 4);
			return to;
		}
		memcpy(to + used, piece, width);
		used += width;
		if (used + 4 <= size)
			safe = used;
		from += length;
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
