/* SPDX-License-Identifier: MIT */
/* JSON strings (RFC 8259) to text and back, for the free `meta` values of a header: no JSON library is needed. */
#ifndef JSON_STRING_H
#define JSON_STRING_H

#include <stddef.h>
#include <stdint.h>

#include "wscheck/status.h"

/*
 * The text that the JSON string `json` stands for, as a new string *text, if json_string_write() gives back exactly `json`;
 * NULL: it is not a string, or not spelled that way. NOMEM.
 */
enum wsc_status json_string_read(const char *json, char **text);

/* `text` (UTF-8) as a JSON string with quotes, as a new string; only what must be is escaped. NULL: no memory. */
char *json_string_write(const char *text);

/*
 * The length in bytes of a character at `text` (UTF-8, `left` > 0 bytes) that JSON may hold as it is and that readers do not
 * see, or obey (utf8_is_unseen(), utf8_begins_command()), or 0. Also of controls that must be escaped.
 */
size_t json_string_unseen(const char *text, size_t left, uint32_t *code);

/* The character as \uXXXX, or two of them. */
enum { JSON_SPELLED_MAX = 13 };
const char *json_string_spell(char to[JSON_SPELLED_MAX], uint32_t code);

#endif
