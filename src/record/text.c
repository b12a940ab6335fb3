/* SPDX-License-Identifier: MIT */
#include "text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The length of the valid UTF-8 sequence at `s` (RFC 3629: no overlong forms, surrogates or values above 10FFFF), or 0.
 */
static size_t sequence_length(const unsigned char *s)
{
	if (s[0] < 0x80)
		return 1;
	size_t length = 0;
	unsigned char low = 0x80, high = 0xbf;
	if (s[0] >= 0xc2 && s[0] <= 0xdf)
		length = 2;
	else if ((s[0] & 0xf0) == 0xe0)
		length = 3;
	else if (s[0] >= 0xf0 && s[0] <= 0xf4)
		length = 4;
	if (s[0] == 0xe0)
		low = 0xa0;
	else if (s[0] == 0xed)
		high = 0x9f;
	else if (s[0] == 0xf0)
		low = 0x90;
	else if (s[0] == 0xf4)
		high = 0x8f;
	if (length == 0 || s[1] < low || s[1] > high)
		return 0;
	for (size_t i = 2; i < length; i++) {
		if ((s[i] & 0xc0) != 0x80)
			return 0;
	}
	return length;
}

char *text_clean(const char *text, size_t bytes_max)
{
	const size_t room = strnlen(text, bytes_max);
	char *clean = malloc(room + 1);
	if (clean == NULL)
		return NULL;
	size_t size = 0;
	const unsigned char *s = (const unsigned char *)text;
	while (*s != '\0' && size < room) {
		const size_t length = sequence_length(s);
		if (length > room - size)
			break;
		if (length == 0) {
			clean[size++] = '?';
			s++;
			continue;
		}
		memcpy(clean + size, s, length);
		size += length;
		s += length;
	}
	clean[size] = '\0';
	return clean;
}

char *text_json(const char *text, size_t bytes_max)
{
	/* Each byte may become \u00XX. */
	char *clean = text_clean(text, bytes_max > 2 ? (bytes_max - 2) / 6 : 0);
	if (clean == NULL)
		return NULL;
	char *json = malloc(6 * strlen(clean) + 3);
	if (json == NULL) {
		free(clean);
		return NULL;
	}
	char *out = json;
	*out++ = '"';
	for (const char *s = clean; *s != '\0'; s++) {
		const unsigned char byte = (unsigned char)*s;
		if (byte < 0x20) {
			out += snprintf(out, 7, "\\u%04x", byte);
			continue;
		}
		if (byte == '"' || byte == '\\')
			*out++ = '\\';
		*out++ = *s;
	}
	*out++ = '"';
	*out = '\0';
	free(clean);
	return json;
}
