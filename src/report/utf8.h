/* SPDX-License-Identifier: MIT */
/* Text that may be anything, made into UTF-8 (RFC 3629). */
#ifndef REPORT_UTF8_H
#define REPORT_UTF8_H

#include <stddef.h>
#include <stdint.h>

/* Length of the UTF-8 character at `s`, which NUL ends, and its value; 0 if it is none. */
size_t utf8_character(const unsigned char *s, uint32_t *value);

/* A copy in which bytes that are no UTF-8 are written as \xNN. Free it. NULL: no memory. */
char *utf8_text(const char *string);

#endif
