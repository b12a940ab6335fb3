/* SPDX-License-Identifier: MIT */
/*
 * json-c with what every document here needs: numbers that no reader rounds, one place where running out of memory
 * shows, and output that carries no terminal escapes.
 */
#ifndef REPORT_JSON_VALUE_H
#define REPORT_JSON_VALUE_H

#include <json-c/json.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "wscheck/status.h"

/* A document being built. `failed` stays set once an allocation failed. */
struct json_document {
	json_object *root;
	bool failed;
};

/* Largest integer that every JSON reader keeps (2^53); larger ones are written as strings. */
#define JSON_INTEGER_MAX (UINT64_C(1) << 53)

/* Root is a new object. */
void json_document_init(struct json_document *document);

/* Each makes a value of its own and adds it to an object by key, or, with a NULL key, to an array. */
void json_add(struct json_document *document, json_object *to, const char *key, json_object *value);
void json_add_u64(struct json_document *document, json_object *to, const char *key, uint64_t value);
void json_add_real(struct json_document *document, json_object *to, const char *key, double value);   /* 3 decimals */
void json_add_number(struct json_document *document, json_object *to, const char *key, double value); /* 15 digits */
void json_add_string(struct json_document *document, json_object *to, const char *key, const char *value);
/* For what may be no UTF-8 (a path, the user's own words): bytes that are none become \xNN. */
void json_add_text(struct json_document *document, json_object *to, const char *key, const char *value);
void json_add_bool(struct json_document *document, json_object *to, const char *key, bool value);
void json_add_null(struct json_document *document, json_object *to, const char *key);
json_object *json_add_object(struct json_document *document, json_object *to, const char *key);
json_object *json_add_array(struct json_document *document, json_object *to, const char *key);

/* Writes the document on several lines, or on one, and frees it. NOMEM; write errors stay in the stream. */
enum wsc_status json_document_write(struct json_document *document, FILE *out);
enum wsc_status json_document_write_line(struct json_document *document, FILE *out);

/* Writes it as a value `level` deep in a document whose lines the caller writes: without a line break at its ends. */
enum wsc_status json_document_write_within(struct json_document *document, unsigned level, FILE *out);

/* Writes a string as JSON, as json_add_text() would add it. NOMEM. */
enum wsc_status json_write_text(const char *value, FILE *out);

#endif
