/* SPDX-License-Identifier: MIT */
/*
 * One line as a set of fields: the members that events and ends know, by number instead of by name.
 *
 * A plain line (flat, ASCII, no escapes, which is what programs write) is read by a small scanner that takes a strict
 * subset of JSON; json-c reads every other one, and is the judge of what is wrong with it.
 */
#ifndef JSONL_FIELDS_H
#define JSONL_FIELDS_H

#include <json-c/json.h>

#include "jsonl_line.h"

/* Arrays and objects may nest this deep. */
#define JSONL_DEPTH_MAX 32

/* X(NAME, "key") */
#define JSONL_KEYS(X)                                                                                                  \
	X(EV, "ev")                                                                                                    \
	X(TS, "ts")                                                                                                    \
	X(TASK, "task")                                                                                                \
	X(WORKER, "worker")                                                                                            \
	X(QUEUE, "queue")                                                                                              \
	X(FROM, "from")                                                                                                \
	X(TO, "to")                                                                                                    \
	X(UNTIL, "until")                                                                                              \
	X(COUNT, "count")                                                                                              \
	X(REASON, "reason")                                                                                            \
	X(LABEL, "label")                                                                                              \
	X(PINNED, "pinned")                                                                                            \
	X(INFERRED, "inferred")                                                                                        \
	X(CRITICAL, "critical")                                                                                        \
	X(END, "end")                                                                                                  \
	X(WSCHECK, "wscheck")

enum jsonl_key {
#define JSONL_KEY_ENUM(NAME, key) JSONL_KEY_##NAME,
	JSONL_KEYS(JSONL_KEY_ENUM)
#undef JSONL_KEY_ENUM
	    JSONL_KEY_END_OF_KEYS
};

enum jsonl_type {
	JSONL_ABSENT, /* or null */
	JSONL_NUMBER, /* an integer from 0 to 2^64-1, exactly */
	JSONL_STRING, /* without NUL */
	JSONL_BOOL,
	JSONL_OTHER /* any other number, an array, an object */
};

struct jsonl_field {
	enum jsonl_type type;
	uint64_t number;  /* of a BOOL: 0 or 1 */
	const char *text; /* of a STRING; not NUL-terminated */
	size_t length;
};

struct jsonl_fields {
	struct jsonl_field of[JSONL_KEY_END_OF_KEYS];
	struct json_object *json; /* the whole line, if json-c read it, else NULL */
};

/* The tokener of one reader, used again for each line. */
struct jsonl_parser {
	struct json_tokener *tokener;
};

enum wsc_status jsonl_parser_init(struct jsonl_parser *parser);
void jsonl_parser_free(struct jsonl_parser *parser);

/*
 * Reads the line into `fields`, which jsonl_fields_free() empties again; they point into the line. FORMAT: not a JSON
 * object. With `need_json`, fields->json is there on success.
 */
enum wsc_status jsonl_fields_read(struct jsonl_parser *parser, const struct jsonl_line *line, bool need_json,
                                  struct jsonl_fields *fields, struct trace_error *err);
void jsonl_fields_free(struct jsonl_fields *fields);

/* The member `key` of the parsed object whose text begins at index `at` of the line. */
struct jsonl_field jsonl_field_of(const struct jsonl_line *line, struct json_object *object, size_t at,
                                  const char *key);

/* Whether the field is a string with this text. */
bool jsonl_field_is(const struct jsonl_field *field, const char *word);

const char *jsonl_key_name(enum jsonl_key key);

#endif
