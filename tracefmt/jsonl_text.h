/* SPDX-License-Identifier: MIT */
/*
 * The text of a JSON value as it was written: where json-c is too lenient (RFC 8259 allows none of what
 * jsonl_text_check refuses), where in a line a member stands, and the exact digits of a number.
 */
#ifndef JSONL_TEXT_H
#define JSONL_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Part of a text: `length` bytes from index `at`. */
struct jsonl_span {
	size_t at;
	size_t length;
};

/*
 * Refuses what json-c 0.16 takes although it is strict: invalid UTF-8, control characters and NUL (also escaped) in
 * strings, single quotes, NaN, Infinity, 01 and 1. as numbers. NULL, or one sentence, with its place at *at.
 */
const char *jsonl_text_check(const char *text, size_t length, size_t *at);

/*
 * Walk the object or array that begins at *cursor of a valid, NUL-terminated text: each call answers the next member or
 * element and moves *cursor behind it; false at the end. Spans of keys include the quotes.
 */
bool jsonl_text_next_member(const char *text, size_t *cursor, struct jsonl_span *key, struct jsonl_span *value);
bool jsonl_text_next_element(const char *text, size_t *cursor, struct jsonl_span *value);

/* The last member called `key` of the object at index `object`, the one that counts. False: none is written so. */
bool jsonl_text_member(const char *text, size_t object, const char *key, struct jsonl_span *key_span,
                       struct jsonl_span *value);

/* Index of the first byte from `at` that is no JSON white space. */
size_t jsonl_text_skip_space(const char *text, size_t at);

/* The decimal number of `length` digits at `digits`; false when it is no such number, or greater than 2^64-1. */
bool jsonl_text_uint64(const char *digits, size_t length, uint64_t *number);

#endif
