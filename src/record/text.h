/* SPDX-License-Identifier: MIT */
/* Strings from the host, made fit for a trace. Any thread. */
#ifndef RECORD_TEXT_H
#define RECORD_TEXT_H

#include <stddef.h>

/* A copy of at most `bytes_max` bytes in which every byte that is not part of valid UTF-8 is '?'. NULL: no memory. */
char *text_clean(const char *text, size_t bytes_max);

/* text_clean() as a JSON string, quotes included, of at most `bytes_max` bytes. NULL: no memory. */
char *text_json(const char *text, size_t bytes_max);

#endif
