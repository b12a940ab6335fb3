/* SPDX-License-Identifier: MIT */
#include "utf8.h"

size_t utf8_character(const unsigned char *s, size_t size, uint32_t *value)
{
	static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
	size_t length = s[0] < 0x80 ? 1 : s[0] < 0xc0 ? 0 : s[0] < 0xe0 ? 2 : s[0] < 0xf0 ? 3 : s[0] < 0xf8 ? 4 : 0;
	if (length == 0 || length > size)
		return 0;
	uint32_t code = length == 1 ? s[0] : s[0] & (0x7fU >> length);
	for (size_t i = 1; i < length; i++) {
		if ((s[i] & 0xc0) != 0x80)
			return 0; /* also ends at a NUL */
		code = code << 6 | (s[i] & 0x3f);
	}
	if (code < least[length] || code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff))
		return 0;
	*value = code;
	return length;
}

bool utf8_valid(const unsigned char *bytes, size_t size)
{
	for (size_t at = 0; at < size;) {
		uint32_t value = 0;
		const size_t length = utf8_character(bytes + at, size - at, &value);
		if (length == 0 || value == 0)
			return false;
		at += length;
	}
	return true;
}

bool utf8_is_unseen(uint32_t code)
{
	static const struct {
		uint32_t from, to;
	} rows[] = {{0, 0x1f},          {0x7f, 0x9f},       {0xad, 0xad},       {0x34f, 0x34f},     {0x600, 0x605},
	            {0x61c, 0x61c},     {0x6dd, 0x6dd},     {0x70f, 0x70f},     {0x890, 0x891},     {0x8e2, 0x8e2},
	            {0x115f, 0x1160},   {0x17b4, 0x17b5},   {0x180b, 0x180f},   {0x200b, 0x200f},   {0x2028, 0x202e},
	            {0x2060, 0x206f},   {0x3164, 0x3164},   {0xfe00, 0xfe0f},   {0xfeff, 0xfeff},   {0xffa0, 0xffa0},
	            {0xfff0, 0xfffb},   {0x110bd, 0x110bd}, {0x110cd, 0x110cd}, {0x13430, 0x1343f}, {0x1bca0, 0x1bca3},
	            {0x1d173, 0x1d17a}, {0xe0000, 0xe0fff}};
	enum { ROWS = sizeof(rows) / sizeof(*rows) };
	unsigned i = 0;
	while (i + 1 < ROWS && code > rows[i].to)
		i++;
	return code >= rows[i].from && code <= rows[i].to;
}
