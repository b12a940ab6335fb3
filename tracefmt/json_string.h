/* SPDX-License-Identifier: MIT */
/* JSON strings (RFC 8259) to text and back, for the free `meta` values of a header: no JSON library is needed. */
#ifndef JSON_STRING_H
#define JSON_STRING_H

#include <stddef.h>

/*
 * The text that the JSON string `json` stands for, as a new string, if json_string_write() gives back exactly `json`.
 * NULL: it is not a string, or not spelled that way, or there is no memory.
 */
char *json_string_read(const char *json);

/* `text` (UTF-8) as a JSON string with quotes, as a new string; only what must be is escaped. NULL: no memory. */
char *json_string_write(const char *text);

/*
 * The length in bytes of a character at `text` (UTF-8, `left` bytes) that JSON may hold as it is and that some readers obey,
 * or 0. *code: its number, for \uXXXX. Terminals obey DEL and the C1 controls, and turn text round at direction marks;
 * U+2028 and U+2029 end a line for what splits lines as Unicode says. Also of controls that must be escaped: 1.
 */
size_t json_string_obeyed(const char *text, size_t left, unsigned *code);

#endif
