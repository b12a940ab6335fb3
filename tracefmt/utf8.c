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
