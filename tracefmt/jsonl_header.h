/* SPDX-License-Identifier: MIT */
/* Declarations of a JSON Lines file: the keys of its first line, and of lines that are neither event nor end. */
#ifndef JSONL_HEADER_H
#define JSONL_HEADER_H

#include "jsonl_fields.h"
#include "trace_header.h"

/*
 * Adds what the object `json`, which json-c read from `line`, declares to a header that nobody has added tables to yet.
 * Unknown keys are ignored. FORMAT and LIMIT name the key and its place; UNSUPPORTED: a critical extension.
 */
enum wsc_status jsonl_header_read(const struct jsonl_line *line, struct json_object *json, struct trace_header *header,
                                  struct trace_error *err);

#endif
