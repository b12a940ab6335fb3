/* SPDX-License-Identifier: MIT */
/*
 * json-c up to 0.17 crashes, or loses members, where it finds no memory. So what it may take is asked for beforehand, and
 * given back.
 */
#ifndef JSON_MEMORY_H
#define JSON_MEMORY_H

#include <stdbool.h>
#include <stddef.h>

/* Whether there is memory to parse `bytes` of text, whatever they hold, and `more` bytes besides. */
bool json_has_memory(size_t bytes, size_t more);

#endif
