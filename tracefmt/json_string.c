/* SPDX-License-Identifier: MIT */
#include "json_string.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "utf8.h"

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

/* What stands between the quotation marks, up to a NUL or what is no escape of ours, to `to`. */
static void unescape_all(const char *json, size_t size, char *to)
{
	size_t length;

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
}

enum wsc_status json_string_read(const char *json, char **text)
{
	size_t size = strlen(json);
	char *again;

	*text = NULL;
	if (size < 2 || json[0] != '"' || json[size - 1] != '"')
		return WSC_OK;
	*text = malloc(size);
	if (*text == NULL)
		return WSC_NOMEM;
	unescape_all(json, size, *text);
	/* Writing it again is the simplest proof that nothing is lost. */
	again = json_string_write(*text);
	if (again == NULL || strcmp(again, json) != 0) {
		free(*text);
		*text = NULL;
	}
	free(again);
	return again == NULL ? WSC_NOMEM : WSC_OK;
}

size_t json_string_unseen(const char *text, size_t left, uint32_t *code)
{
	size_t length = utf8_character((const unsigned char *)text, left, code);

	if (left > 1 && utf8_begins_command(text))
		return 1;
	return length > 0 && utf8_is_unseen(*code) ? length : 0;
}

const char *json_string_spell(char to[JSON_SPELLED_MAX], uint32_t code)
{
	if (code < 0x10000)
		snprintf(to, JSON_SPELLED_MAX, "\\u%04x", code & 0xffff);
	else
		snprintf(to, JSON_SPELLED_MAX, "\\u%04x\\u%04x", (0xd7c0 + (code >> 10)) & 0xffff,
		         0xdc00 | (code & 0x3ff));
	return to;
}
