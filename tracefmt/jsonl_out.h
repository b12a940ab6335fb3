/* SPDX-License-Identifier: MIT */
/*
 * JSON text into a FILE by way of one buffer, numbers formatted by hand. A failure is remembered, and what follows it
 * is dropped, so that only the end need be checked.
 */
#ifndef JSONL_OUT_H
#define JSONL_OUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "wscheck/status.h"

#define JSONL_OUT_BYTES ((size_t)64 << 10)

/* Digits of the longest number. */
#define JSONL_OUT_NUMBER_BYTES 20

struct jsonl_out {
	FILE *file;
	size_t used; /* bytes of `buffer` */
	enum wsc_status status;
	int error; /* errno of a status IO */
	char buffer[JSONL_OUT_BYTES];
};

void jsonl_out_init(struct jsonl_out *out, FILE *file);

/* Hands the buffer to the file. */
void jsonl_out_flush(struct jsonl_out *out);

void jsonl_out_bytes(struct jsonl_out *out, const char *bytes, size_t count);
void jsonl_out_text(struct jsonl_out *out, const char *text);
void jsonl_out_number(struct jsonl_out *out, uint64_t number);

/* In quotes and escaped. */
void jsonl_out_string(struct jsonl_out *out, const char *text);

/*
 * A JSON value that comes as text. Line ends between its parts become spaces; what is not valid JSON, or nests deeper
 * than a reader of the line could follow, is written as a string.
 */
void jsonl_out_json(struct jsonl_out *out, const char *json);

/* Writes `number` at `to`, which has room for JSONL_OUT_NUMBER_BYTES; answers the place behind it. */
char *jsonl_out_format(char *to, uint64_t number);

#endif
