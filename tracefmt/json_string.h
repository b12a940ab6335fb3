/* SPDX-License-Identifier: MIT */
/* JSON strings (RFC 8259) to text and back, for the free `meta` values of a header: no JSON library is needed. */
#ifndef JSON_STRING_H
#define JSON_STRING_H

/*
 * The text that the JSON string `json` stands for, as a new string, if json_string_write() gives back exactly `json`.
 * NULL: it is not a string, or not spelled that way, or there is no memory.
 */
char *json_string_read(const char *json);

/* `text` (UTF-8) as a JSON string with quotes, as a new string; only what must be is escaped. NULL: no memory. */
char *json_string_write(const char *text);

#endif
