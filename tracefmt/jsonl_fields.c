/* SPDX-License-Identifier: MIT */
#include "jsonl_fields.h"

#include <stdlib.h>
#include <string.h>

#include "json_memory.h"
#include "jsonl_text.h"

static const struct {
	const char *name;
	size_t length;
} keys[] = {
#define JSONL_KEY_ROW(NAME, key) {(key), sizeof(key) - 1},
    JSONL_KEYS(JSONL_KEY_ROW)
#undef JSONL_KEY_ROW
};

const char *jsonl_key_name(enum jsonl_key key)
{
	return keys[key].name;
}

/* JSONL_KEY_END_OF_KEYS: none of ours. */
static enum jsonl_key key_of(const char *name, size_t length)
{
	unsigned key = 0;
	while (key < JSONL_KEY_END_OF_KEYS && !(keys[key].length == length && name[0] == keys[key].name[0] &&
	                                        memcmp(name, keys[key].name, length) == 0))
		key++;
	return (enum jsonl_key)key;
}

enum wsc_status jsonl_parser_init(struct jsonl_parser *parser)
{
	parser->tokener = json_tokener_new_ex(JSONL_DEPTH_MAX);
	if (!parser->tokener)
		return WSC_NOMEM;
	json_tokener_set_flags(parser->tokener, JSON_TOKENER_STRICT | JSON_TOKENER_VALIDATE_UTF8);
	return WSC_OK;
}

void jsonl_parser_free(struct jsonl_parser *parser)
{
	if (parser->tokener)
		json_tokener_free(parser->tokener);
	parser->tokener = NULL;
}

/* The index behind the plain string (ASCII, no escapes) whose first character is at `at`, or 0. */
static size_t plain_string_end(const char *text, size_t at)
{
	while ((unsigned char)text[at] >= 0x20 && (unsigned char)text[at] < 0x80 && text[at] != '"' && text[at] != '\\')
		at++;
	return text[at] == '"' ? at + 1 : 0;
}

/* Reads the plain value at `at` and answers the index behind it, or 0: not plain, or wrong. */
static size_t plain_value(const char *text, size_t at, struct jsonl_field *field)
{
	size_t end = at;
	if (text[at] == '"') {
		end = plain_string_end(text, at + 1);
		*field = (struct jsonl_field){.type = JSONL_STRING, .text = text + at + 1, .length = end - at - 2};
	} else if (strncmp(text + at, "true", 4) == 0 || strncmp(text + at, "false", 5) == 0) {
		end = at + (text[at] == 't' ? 4 : 5);
		*field = (struct jsonl_field){.type = JSONL_BOOL, .number = text[at] == 't'};
	} else {
		while (text[end] >= '0' && text[end] <= '9')
			end++;
		*field = (struct jsonl_field){.type = JSONL_NUMBER};
		if (!jsonl_text_uint64(text + at, end - at, &field->number))
			return 0;
	}
	return end;
}

/* Reads a plain line. False: json-c must look at it. */
static bool read_plain(const struct jsonl_line *line, struct jsonl_fields *fields)
{
	const char *text = line->text;
	size_t at = jsonl_text_skip_space(text, 0);
	unsigned others = 0;
	if (text[at] != '{')
		return false;
	do {
		struct jsonl_field field;
		size_t key_at = jsonl_text_skip_space(text, at + 1) + 1;
		size_t key_end = text[key_at - 1] == '"' ? plain_string_end(text, key_at) : 0;
		if (key_end == 0)
			return false;
		at = jsonl_text_skip_space(text, key_end);
		if (text[at] != ':')
			return false;
		at = plain_value(text, jsonl_text_skip_space(text, at + 1), &field);
		if (at == 0)
			return false;
		enum jsonl_key key = key_of(text + key_at, key_end - 1 - key_at);
		/* A name that stands twice is no plain one's; nor is it known of a second name that means nothing here. */
		if (key == JSONL_KEY_END_OF_KEYS ? others++ > 0 : fields->of[key].type != JSONL_ABSENT)
			return false;
		if (key != JSONL_KEY_END_OF_KEYS)
			fields->of[key] = field;
		at = jsonl_text_skip_space(text, at);
	} while (text[at] == ',');
	return text[at] == '}' && jsonl_text_skip_space(text, at + 1) == line->length;
}

/*
 * json-c turns what is too great into 2^64-1 without a word, so that number is believed only where it is written.
 */
static bool is_written_max(const struct jsonl_line *line, size_t object, const char *key)
{
	static const char max[] = "18446744073709551615";
	struct jsonl_span key_span, value;
	return jsonl_text_member(line->text, object, key, &key_span, &value) && value.length == sizeof(max) - 1 &&
	       memcmp(line->text + value.at, max, value.length) == 0;
}

static struct jsonl_field field_of_json(const struct jsonl_line *line, size_t object, const char *key,
                                        struct json_object *value)
{
	struct jsonl_field field = {.type = JSONL_OTHER};
	switch (json_object_get_type(value)) {
	case json_type_null:
		field.type = JSONL_ABSENT;
		break;
	case json_type_boolean:
		field.type = JSONL_BOOL;
		field.number = json_object_get_boolean(value) != 0;
		break;
	case json_type_string:
		field.type = JSONL_STRING;
		field.text = json_object_get_string(value);
		field.length = (size_t)json_object_get_string_len(value);
		break;
	case json_type_int:
		field.number = json_object_get_uint64(value);
		if (json_object_get_int64(value) >= 0 &&
		    (field.number != UINT64_MAX || is_written_max(line, object, key)))
			field.type = JSONL_NUMBER;
		break;
	default:
		break;
	}
	return field;
}

struct jsonl_field jsonl_field_of(const struct jsonl_line *line, struct json_object *object, size_t at, const char *key)
{
	struct json_object *value = NULL;
	if (!json_object_object_get_ex(object, key, &value))
		return (struct jsonl_field){.type = JSONL_ABSENT};
	return field_of_json(line, at, key, value);
}

bool jsonl_field_is(const struct jsonl_field *field, const char *word)
{
	return field->type == JSONL_STRING && field->length == strlen(word) &&
	       memcmp(field->text, word, field->length) == 0;
}

static enum wsc_status parse(struct jsonl_parser *parser, const struct jsonl_line *line, struct json_object **json,
                             struct trace_error *err)
{
	size_t at = 0;
	*json = NULL;
	const char *wrong = jsonl_text_check(line->text, line->length, &at);
	if (wrong)
		return jsonl_line_error(line, at, err, WSC_FORMAT, "%s", wrong);
	if (!json_has_memory(line->length, 0))
		return trace_error_set(err, WSC_NOMEM, line->offset, "out of memory");
	json_tokener_reset(parser->tokener);
	*json = json_tokener_parse_ex(parser->tokener, line->text, (int)line->length + 1);
	enum json_tokener_error error = json_tokener_get_error(parser->tokener);
	at = json_tokener_get_parse_end(parser->tokener);
	at = at < line->length ? at : line->length;
	if (error == json_tokener_error_depth)
		return jsonl_line_error(line, at, err, WSC_LIMIT, "values nest deeper than %d", JSONL_DEPTH_MAX);
	if (error == json_tokener_continue || error == json_tokener_error_parse_eof)
		return jsonl_line_error(line, at, err, WSC_FORMAT, "the line ends inside its JSON object");
	if (error != json_tokener_success)
		return jsonl_line_error(line, at, err, WSC_FORMAT, "not valid JSON: %s",
		                        json_tokener_error_desc(error));
	if (!json_object_is_type(*json, json_type_object))
		return jsonl_line_error(line, 0, err, WSC_FORMAT, "a line must hold a JSON object");
	return WSC_OK;
}

/* json-c keeps the last of several members of one name, whatever the others said. */
static bool has_doubled(const char *text, size_t at, struct json_object *json)
{
	struct jsonl_span key, value;
	size_t count = 0;
	if (!json_object_is_type(json, json_type_object))
		return false;
	while (jsonl_text_next_member(text, &at, &key, &value))
		count++;
	return count != (size_t)json_object_object_length(json);
}

/* ... in one of the rows of a list. */
static bool row_has_doubled(const char *text, size_t at, struct json_object *json)
{
	struct jsonl_span row;
	if (!json_object_is_type(json, json_type_array))
		return false;
	for (size_t i = 0; jsonl_text_next_element(text, &at, &row); i++) {
		if (has_doubled(text, row.at, json_object_array_get_idx(json, i)))
			return true;
	}
	return false;
}

/* ... in the line's object, or one that a member of it is or lists: none means anything deeper. */
static bool line_has_doubled(const char *text, size_t root, struct json_object *json)
{
	struct jsonl_span key, value;
	if (has_doubled(text, root, json))
		return true;
	json_object_object_foreach(json, name, member) /* as they are written */
	{
		(void)name;
		if (!jsonl_text_next_member(text, &root, &key, &value))
			return false;
		if (has_doubled(text, value.at, member) || row_has_doubled(text, value.at, member))
			return true;
	}
	return false;
}

enum wsc_status jsonl_fields_read(struct jsonl_parser *parser, const struct jsonl_line *line, bool need_json,
                                  struct jsonl_fields *fields, struct trace_error *err)
{
	memset(fields, 0, sizeof(*fields));
	if (!need_json && read_plain(line, fields))
		return WSC_OK;
	memset(fields, 0, sizeof(*fields));
	enum wsc_status status = parse(parser, line, &fields->json, err);
	if (status != WSC_OK)
		return status;
	size_t root = jsonl_text_skip_space(line->text, 0);
	if (line_has_doubled(line->text, root, fields->json))
		return jsonl_line_error(line, root, err, WSC_FORMAT, "two members of an object have the same name");
	json_object_object_foreach(fields->json, name, value)
	{
		enum jsonl_key key = key_of(name, strlen(name));
		if (key != JSONL_KEY_END_OF_KEYS)
			fields->of[key] = field_of_json(line, root, name, value);
	}
	return WSC_OK;
}

void jsonl_fields_free(struct jsonl_fields *fields)
{
	json_object_put(fields->json);
	fields->json = NULL;
}
