/* SPDX-License-Identifier: MIT */
#include "text.h"

#include <stdlib.h>
#include <string.h>

#include "json_string.h"
#include "utf8.h"

char *text_clean(const char *text, size_t bytes_max)
{
	const size_t room = strnlen(text, bytes_max);
	char *clean = malloc(room + 1);
	if (clean == NULL)
		return NULL;
	size_t size = 0;
	const unsigned char *s = (const unsigned char *)text;
	while (*s != '\0' && size < room) {
		uint32_t value;
		const size_t length = utf8_character(s, SIZE_MAX, &value);
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
	char *json = clean != NULL ? json_string_write(clean) : NULL;
	free(clean);
	return json;
}
