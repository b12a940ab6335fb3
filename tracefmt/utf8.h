/* SPDX-License-Identifier: MIT */
/* UTF-8 (RFC 3629) in text that may be anything: no overlong forms, no surrogates, nothing above 10FFFF. */
#ifndef UTF8_H
#define UTF8_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Length of the character at `s`, of which `size` > 0 bytes may be looked at, and its value; 0 if there is none. A NUL is
 * a character, and no byte behind one is looked at: for a string that NUL ends, SIZE_MAX will do.
 */
size_t utf8_character(const unsigned char *s, size_t size, uint32_t *value);

/* Whether all of it is UTF-8 without NUL. */
bool utf8_valid(const unsigned char *bytes, size_t size);

/*
 * Whether a reader does not see the character, or obeys it: controls, and what Unicode 15 calls format characters, line and
 * paragraph separators, and ignorable by default (direction marks, zero width, tags, variation selectors, fillers).
 */
bool utf8_is_unseen(uint32_t code);

/* Whether "##" stands there (2 bytes, or a NUL before): wherever it is, a workflow's log may begin a command (GitHub, Azure). */
static inline bool utf8_begins_command(const char *text)
{
	return text[0] == '#' && text[1] == '#';
}

#endif
