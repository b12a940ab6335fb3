/* SPDX-License-Identifier: MIT */
#include "utf8.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

size_t utf8_character(const unsigned char *s, uint32_t *value)
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

char *utf8_text(const char *string)
{
	enum { ESCAPE_BYTES = 4 };
	const unsigned char *from = (const unsigned char *)string;
	char *copy = malloc(ESCAPE_BYTES * strlen(string) + 1), *to = copy;
	uint32_t code;
	while (copy && *from) {
		size_t length = utf8_character(from, &code);
		if (length == 0)
			to += snprintf(to, ESCAPE_BYTES + 1, "\\x%02x", *from++);
		for (; length > 0; length--)
			*to++ = (char)*from++;
	}
	if (copy)
		*to = '\0';
	return copy;
}
