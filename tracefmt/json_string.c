/* SPDX-License-Identifier: MIT */
#include "json_string.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

static const char hex[] = "0123456789abcdef";
static const char short_escapes[] = "\"\"\\\\b\bf\fn\nr\rt\t"; /* letter, character; ... */

/* The letter after the backslash that stands for `character`, or 0. */
static char escape_letter(char character)
{
	for (size_t i = 0; i + 1 < sizeof short_escapes; i += 2) {
		if (short_escapes[i + 1] == character)
			return short_escapes[i];
	}
	return 0;
}

char *json_string_write(const char *text)
{
	size_t size = strlen(text);
	char *json = malloc(size * 6 + 3), *to = json;

	if (json == NULL)
		return NULL;
	*to++ = '"';
	for (; *text != '\0'; text++) {
		char letter = escape_letter(*text);

		if (letter != 0) {
			*to++ = '\\';
			*to++ = letter;
		} else if ((unsigned char)*text < 0x20) {
			memcpy(to, "\\u00", 4);
			to[4] = hex[(unsigned char)*text >> 4];
			to[5] = hex[*text & 15];
			to += 6;
		} else {
			*to++ = *text;
		}
	}
	*to++ = '"';
	*to = '\0';
	return json;
}

/* What one escape at `from`, after its backslash, stands for; *length: its bytes. 0: none of those written above. */
static char unescape(const char *from, size_t *length)
{
	*length = 1;
	for (size_t i = 0; i + 1 < sizeof short_escapes; i += 2) {
		if (short_escapes[i] == from[0])
			return short_escapes[i + 1];
	}
	*length = 5;
	if (strncmp(from, "u00", 3) != 0 || from[3] == '\0' || from[4] == '\0' || strchr(hex, from[3]) == NULL ||
	    strchr(hex, from[4]) == NULL)
		return 0;
	return (char)((strchr(hex, from[3]) - hex) * 16 + (strchr(hex, from[4]) - hex));
}

char *json_string_read(const char *json)
{
	size_t size = strlen(json), length;
	char *text, *to, *again;
	bool same;

	if (size < 2 || json[0] != '"' || json[size - 1] != '"')
		return NULL;
	text = to = malloc(size);
	if (text == NULL)
		return NULL;
	for (size_t i = 1; i < size - 1; i++) {
		*to = json[i];
		if (json[i] == '\\') {
			*to = unescape(json + i + 1, &length);
			i += length;
		}
		if (*to++ == '\0')
			break;
	}
	*to = '\0';
	/* Writing it again is the simplest proof that nothing is lost. */
	again = json_string_write(text);
	same = again != NULL && strcmp(again, json) == 0;
	free(again);
	if (!same) {
		free(text);
		return NULL;
	}
	return text;
}

size_t json_string_obeyed(const char *text, size_t left, unsigned *code)
{
	const unsigned char *c = (const unsigned char *)text;

	*code = c[0];
	if (c[0] < 0x20 || c[0] == 0x7f)
		return 1;
	if (c[0] == 0xc2 && left > 1 && c[1] < 0xa0) {
		*code = c[1];
		return 2;
	}
	if (c[0] != 0xe2 || left < 3 || (c[1] != 0x80 && c[1] != 0x81))
		return 0;
	*code = 0x2000 | (c[1] & 0x3fU) << 6 | (c[2] & 0x3fU);
	return *code == 0x200e || *code == 0x200f || (*code >= 0x2028 && *code <= 0x202e) ||
	               (*code >= 0x2066 && *code <= 0x2069)
	           ? 3
	           : 0;
}
