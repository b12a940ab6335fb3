/* SPDX-License-Identifier: MIT */
#include "json_value.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "utf8.h"

void json_document_init(struct json_document *document)
{
	document->root = json_object_new_object();
	document->failed = !document->root;
}

/* json-c keeps what it is given only on success. */
static bool keep(json_object *to, const char *key, json_object *value)
{
	return (key ? json_object_object_add(to, key, value) : json_object_array_add(to, value)) == 0;
}

void json_add(struct json_document *document, json_object *to, const char *key, json_object *value)
{
	if (!value || !to || !keep(to, key, value)) {
		json_object_put(value);
		document->failed = true;
	}
}

void json_add_u64(struct json_document *document, json_object *to, const char *key, uint64_t value)
{
	char digits[24];
	if (value <= JSON_INTEGER_MAX) {
		json_add(document, to, key, json_object_new_int64((int64_t)value));
		return;
	}
	snprintf(digits, sizeof(digits), "%" PRIu64, value);
	json_add(document, to, key, json_object_new_string(digits));
}

void json_add_real(struct json_document *document, json_object *to, const char *key, double value)
{
	char digits[64];
	snprintf(digits, sizeof(digits), "%.3f", value);
	json_add(document, to, key, json_object_new_double_s(value, digits));
}

void json_add_number(struct json_document *document, json_object *to, const char *key, double value)
{
	char digits[64];
	snprintf(digits, sizeof(digits), "%.15g", value);
	json_add(document, to, key, json_object_new_double_s(value, digits));
}

void json_add_string(struct json_document *document, json_object *to, const char *key, const char *value)
{
	json_add(document, to, key, json_object_new_string(value));
}

/* A copy in which bytes that are no UTF-8 are written as \xNN. NULL: no memory. */
static char *utf8_text(const char *string)
{
	enum { ESCAPE_BYTES = 4 };
	const unsigned char *from = (const unsigned char *)string;
	char *copy = malloc(ESCAPE_BYTES * strlen(string) + 1), *to = copy;
	uint32_t code;
	while (copy && *from) {
		size_t length = utf8_character(from, SIZE_MAX, &code);
		if (length == 0)
			to += snprintf(to, ESCAPE_BYTES + 1, "\\x%02x", *from++);
		for (; length > 0; length--)
			*to++ = (char)*from++;
	}
	if (copy)
		*to = '\0';
	return copy;
}

void json_add_text(struct json_document *document, json_object *to, const char *key, const char *value)
{
	char *copy = utf8_text(value);
	json_add(document, to, key, copy ? json_object_new_string(copy) : NULL);
	free(copy);
}

void json_add_bool(struct json_document *document, json_object *to, const char *key, bool value)
{
	json_add(document, to, key, json_object_new_boolean(value));
}

void json_add_null(struct json_document *document, json_object *to, const char *key)
{
	if (!to || !keep(to, key, NULL))
		document->failed = true;
}

json_object *json_add_object(struct json_document *document, json_object *to, const char *key)
{
	json_object *value = json_object_new_object();
	json_add(document, to, key, value);
	return document->failed ? NULL : value;
}

json_object *json_add_array(struct json_document *document, json_object *to, const char *key)
{
	json_object *value = json_object_new_array();
	json_add(document, to, key, value);
	return document->failed ? NULL : value;
}

/*
 * The length of a character that json-c leaves alone and that some readers obey, or 0; *code: its number. Terminals obey
 * DEL and the C1 controls; U+2028 and U+2029 end a line for what splits NDJSON as Unicode says.
 */
static size_t obeyed(const char *json, size_t left, unsigned *code)
{
	const unsigned char *c = (const unsigned char *)json;
	*code = c[0];
	if (c[0] == 0x7f)
		return 1;
	if (left > 1 && c[0] == 0xc2 && c[1] < 0xa0) {
		*code = c[1];
		return 2;
	}
	*code = 0x2000 | (left > 2 ? c[2] & 0x3fu : 0);
	return left > 2 && c[0] == 0xe2 && c[1] == 0x80 && (c[2] == 0xa8 || c[2] == 0xa9) ? 3 : 0;
}

/* Such characters can only stand within strings. */
static void write_escaped(const char *json, size_t length, FILE *out)
{
	size_t from = 0, bytes;
	for (size_t i = 0; i < length; i += bytes ? bytes : 1) {
		unsigned code;
		bytes = obeyed(json + i, length - i, &code);
		if (bytes == 0)
			continue;
		fwrite(json + from, 1, i - from, out);
		fprintf(out, "\\u%04x", code);
		from = i + bytes;
	}
	fwrite(json + from, 1, length - from, out);
}

static enum wsc_status write_document(struct json_document *document, int style, FILE *out)
{
	size_t length = 0;
	const char *json = NULL;
	if (!document->failed)
		json =
		    json_object_to_json_string_length(document->root, style | JSON_C_TO_STRING_NOSLASHESCAPE, &length);
	if (json) {
		write_escaped(json, length, out);
		fputc('\n', out);
	}
	json_object_put(document->root);
	document->root = NULL;
	return json ? WSC_OK : WSC_NOMEM;
}

enum wsc_status json_document_write(struct json_document *document, FILE *out)
{
	return write_document(document, JSON_C_TO_STRING_PRETTY, out);
}

enum wsc_status json_document_write_line(struct json_document *document, FILE *out)
{
	return write_document(document, JSON_C_TO_STRING_PLAIN, out);
}
