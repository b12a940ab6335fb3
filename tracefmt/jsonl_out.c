/* SPDX-License-Identifier: MIT */
#include "jsonl_out.h"

#include <errno.h>
#include <json-c/json.h>
#include <stdlib.h>
#include <string.h>

#include "json_memory.h"
#include "json_string.h"
#include "jsonl_fields.h"
#include "jsonl_text.h"
#include "utf8.h"

/* The line's object and the one that the value stands in. */
#define OUTER_DEPTH 2

void jsonl_out_init(struct jsonl_out *out, FILE *file)
{
	out->file = file;
	out->used = 0;
	out->status = WSC_OK;
	out->error = 0;
}

void jsonl_out_flush(struct jsonl_out *out)
{
	errno = 0;
	if (out->status == WSC_OK && fwrite(out->buffer, 1, out->used, out->file) != out->used) {
		out->status = WSC_IO;
		out->error = errno;
	}
	out->used = 0;
}

void jsonl_out_bytes(struct jsonl_out *out, const char *bytes, size_t count)
{
	while (count > 0) {
		if (out->used == JSONL_OUT_BYTES)
			jsonl_out_flush(out);
		size_t room = JSONL_OUT_BYTES - out->used;
		size_t part = count < room ? count : room;
		memcpy(out->buffer + out->used, bytes, part);
		out->used += part;
		bytes += part;
		count -= part;
	}
}

void jsonl_out_text(struct jsonl_out *out, const char *text)
{
	jsonl_out_bytes(out, text, strlen(text));
}

char *jsonl_out_format(char *to, uint64_t number)
{
	static const char pairs[] =
	    "00010203040506070809101112131415161718192021222324252627282930313233343536373839404142434"
	    "44546474849505152535455565758596061626364656667686970717273747576777879808182838485868788"
	    "8990919293949596979899";
	char digits[JSONL_OUT_NUMBER_BYTES];
	size_t at = sizeof(digits);
	while (number >= 100) {
		at -= 2;
		memcpy(digits + at, pairs + 2 * (number % 100), 2);
		number /= 100;
	}
	if (number >= 10) {
		at -= 2;
		memcpy(digits + at, pairs + 2 * number, 2);
	} else {
		digits[--at] = (char)('0' + number);
	}
	memcpy(to, digits + at, sizeof(digits) - at);
	return to + (sizeof(digits) - at);
}

void jsonl_out_number(struct jsonl_out *out, uint64_t number)
{
	char digits[JSONL_OUT_NUMBER_BYTES];
	jsonl_out_bytes(out, digits, (size_t)(jsonl_out_format(digits, number) - digits));
}

static void out_of_memory(struct jsonl_out *out)
{
	if (out->status == WSC_OK)
		out->status = WSC_NOMEM;
}

/* What readers do not see, or obey, is written as \uXXXX: it means the same. In JSON it stands within strings alone. */
static void out_harmless(struct jsonl_out *out, const char *json, size_t length)
{
	size_t from = 0, bytes;
	for (size_t i = 0; i < length; i += bytes ? bytes : 1) {
		uint32_t code;
		char spelled[JSON_SPELLED_MAX];
		bytes = json[i] == '\t' ? 0 : json_string_unseen(json + i, length - i, &code); /* no part of a string */
		if (bytes == 0)
			continue;
		jsonl_out_bytes(out, json + from, i - from);
		jsonl_out_text(out, json_string_spell(spelled, code));
		from = i + bytes;
	}
	jsonl_out_bytes(out, json + from, length - from);
}

static bool is_plain(const char *text)
{
	for (; *text; text++) {
		if ((unsigned char)*text < 0x20 || (unsigned char)*text >= 0x7F || *text == '"' || *text == '\\' ||
		    utf8_begins_command(text))
			return false;
	}
	return true;
}

void jsonl_out_string(struct jsonl_out *out, const char *text)
{
	if (is_plain(text)) {
		jsonl_out_bytes(out, "\"", 1);
		jsonl_out_text(out, text);
		jsonl_out_bytes(out, "\"", 1);
		return;
	}
	char *json = json_string_write(text);
	if (json)
		out_harmless(out, json, strlen(json));
	else
		out_of_memory(out);
	free(json);
}

/* Also false where memory is short; then the status says so. */
static bool is_valid(struct jsonl_out *out, const char *json, size_t length)
{
	size_t at;
	struct json_tokener *tokener = json_tokener_new_ex(JSONL_DEPTH_MAX - OUTER_DEPTH);
	if (!tokener) {
		out_of_memory(out);
		return false;
	}
	json_tokener_set_flags(tokener, JSON_TOKENER_STRICT | JSON_TOKENER_VALIDATE_UTF8);
	bool valid = length < JSONL_LINE_BYTES_MAX && !jsonl_text_check(json, length, &at);
	if (valid && !json_has_memory(length, 0)) {
		out_of_memory(out);
		valid = false;
	}
	if (valid) {
		json_object_put(json_tokener_parse_ex(tokener, json, (int)length + 1));
		valid = json_tokener_get_error(tokener) == json_tokener_success;
	}
	json_tokener_free(tokener);
	return valid;
}

void jsonl_out_json(struct jsonl_out *out, const char *json)
{
	size_t length = strlen(json);
	if (!is_valid(out, json, length)) {
		jsonl_out_string(out, json);
		return;
	}
	/* In valid JSON line ends stand only between the parts. */
	for (size_t part; length > 0; json += part, length -= part) {
		part = strcspn(json, "\r\n");
		out_harmless(out, json, part);
		if (part < length) {
			jsonl_out_bytes(out, " ", 1);
			part++;
		}
	}
}
