/* SPDX-License-Identifier: MIT */
#include "text.h"

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

const char *text_clean(char *to, size_t size, const char *string)
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

size_t text_columns(const char *string)
{
	size_t columns = 0;
	for (; *string; string++)
		columns += ((unsigned char)*string & 0xc0) != 0x80;
	return columns;
}

void text_coloured(const struct text *text, enum text_colour colour, const char *format, ...)
{
	static const char *const codes[] = {"31;1", "32;1", "33;1", "1", "2"};
	va_list arguments;
	if (text->colour)
		fprintf(text->out, "\033[%sm", codes[colour]);
	va_start(arguments, format);
	vfprintf(text->out, format, arguments);
	va_end(arguments);
	if (text->colour)
		fputs("\033[0m", text->out);
}

void text_wrap(const struct text *text, unsigned column, unsigned indent, const char *string)
{
	bool fresh = true; /* nothing written on this line yet */
	size_t at = column;
	while (*string) {
		size_t bytes = strcspn(string, " ");
		size_t columns = 0;
		for (size_t i = 0; i < bytes; i++)
			columns += ((unsigned char)string[i] & 0xc0) != 0x80;
		if (!fresh && at + 1 + columns > text->width) {
			fprintf(text->out, "\n%*s", (int)indent, "");
			at = indent;
			fresh = true;
		}
		if (!fresh) {
			fputc(' ', text->out);
			at++;
		}
		fwrite(string, 1, bytes, text->out);
		at += columns;
		fresh = false;
		string += bytes;
		string += strspn(string, " ");
	}
	fputc('\n', text->out);
}

void text_item(const struct text *text, const char *label, const char *string)
{
	size_t columns = text_columns(label);
	text_coloured(text, TEXT_BOLD, "%s", label);
	if (columns < TEXT_LABEL_COLUMNS)
		fprintf(text->out, "%*s", (int)(TEXT_LABEL_COLUMNS - columns), "");
	text_wrap(text, TEXT_LABEL_COLUMNS, TEXT_LABEL_COLUMNS, string);
}
