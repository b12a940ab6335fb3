/* SPDX-License-Identifier: MIT */
#include "json_value.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "json_string.h"
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

static void write_string(const char *text, size_t length, FILE *out)
{
	static const char special[] = "\"\\\b\f\n\r\t", letters[] = "\"\\bfnrt";
	size_t from = 0, bytes;
	fputc('"', out);
	for (size_t i = 0; i < length; i += bytes ? bytes : 1) {
		uint32_t code;
		char spelled[JSON_SPELLED_MAX];
		const char *escape = text[i] ? strchr(special, text[i]) : NULL;
		bytes = escape ? 1 : json_string_unseen(text + i, length - i, &code);
		if (bytes == 0)
			continue;
		fwrite(text + from, 1, i - from, out);
		if (escape)
			fprintf(out, "\\%c", letters[escape - special]);
		else
			fputs(json_string_spell(spelled, code), out);
		from = i + bytes;
	}
	fwrite(text + from, 1, length - from, out);
	fputc('"', out);
}

/* `level` below 0: all in one line. */
static void new_line(int level, FILE *out)
{
	if (level >= 0)
		fprintf(out, "\n%*s", 2 * level, "");
}

static void write_scalar(json_object *value, FILE *out)
{
	const int64_t number = json_object_get_int64(value);
	switch (json_object_get_type(value)) {
	case json_type_boolean:
		fputs(json_object_get_boolean(value) ? "true" : "false", out);
		break;
	case json_type_int:
		if (number < INT64_MAX)
			fprintf(out, "%" PRId64, number);
		else
			fprintf(out, "%" PRIu64, json_object_get_uint64(value));
		break;
	case json_type_double: /* it has its digits, by json_add_real() and the like or as json-c read them */
		fputs(json_object_get_userdata(value), out);
		break;
	case json_type_string:
		write_string(json_object_get_string(value), (size_t)json_object_get_string_len(value), out);
		break;
	default:
		fputs("null", out);
	}
}

/*
 * json-c's own writer leaves out, without a word, what it finds no memory for: this one needs none. As deep as the
 * documents here are, not as a file says.
 */
static void write_value(json_object *value, int level, FILE *out)
{
	const int inner = level < 0 ? level : level + 1;
	bool is_first = true;
	if (json_object_is_type(value, json_type_object)) {
		fputc('{', out);
		json_object_object_foreach(value, key, member)
		{
			fputs(is_first ? "" : ",", out);
			new_line(inner, out);
			write_string(key, strlen(key), out);
			fputc(':', out);
			write_value(member, inner, out);
			is_first = false;
		}
	} else if (json_object_is_type(value, json_type_array)) {
		fputc('[', out);
		for (size_t i = 0; i < json_object_array_length(value); i++) {
			fputs(i == 0 ? "" : ",", out);
			new_line(inner, out);
			write_value(json_object_array_get_idx(value, i), inner, out);
		}
	} else {
		write_scalar(value, out);
		return;
	}
	new_line(level, out);
	fputc(json_object_is_type(value, json_type_object) ? '}' : ']', out);
}

static enum wsc_status write_document(struct json_document *document, int level, const char *end, FILE *out)
{
	if (!document->failed) {
		write_value(document->root, level, out);
		fputs(end, out);
	}
	json_object_put(document->root);
	document->root = NULL;
	return document->failed ? WSC_NOMEM : WSC_OK;
}

enum wsc_status json_write_text(const char *value, FILE *out)
{
	char *copy = utf8_text(value);
	if (!copy)
		return WSC_NOMEM;
	write_string(copy, strlen(copy), out);
	free(copy);
	return WSC_OK;
}

enum wsc_status json_document_write(struct json_document *document, FILE *out)
{
	return write_document(document, 0, "\n", out);
}

enum wsc_status json_document_write_line(struct json_document *document, FILE *out)
{
	return write_document(document, -1, "\n", out);
}

enum wsc_status json_document_write_within(struct json_document *document, unsigned level, FILE *out)
{
	return write_document(document, (int)level, "", out);
}
