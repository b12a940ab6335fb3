/* SPDX-License-Identifier: MIT */
#include "trace_cbor.h"

#include <cbor.h>
#include <stdlib.h>
#include <string.h>

#include "trace_limits.h"
#include "utf8.h"

enum { CBOR_HEAD_BYTES_MAX = 9, CAPACITY_FIRST = 1024 };

static unsigned char *reserve(struct trace_cbor_writer *writer, size_t size)
{
	size_t capacity = writer->capacity == 0 ? CAPACITY_FIRST : writer->capacity;
	unsigned char *bytes;

	if (writer->failed)
		return NULL;
	if (writer->capacity - writer->size >= size)
		return writer->bytes + writer->size;
	while (capacity - writer->size < size)
		capacity *= 2;
	bytes = realloc(writer->bytes, capacity);
	if (bytes == NULL) {
		writer->failed = true;
		return NULL;
	}
	writer->bytes = bytes;
	writer->capacity = capacity;
	return bytes + writer->size;
}

void trace_cbor_clear(struct trace_cbor_writer *writer)
{
	writer->size = 0;
	writer->failed = false;
}

void trace_cbor_free(struct trace_cbor_writer *writer)
{
	free(writer->bytes);
	*writer = (struct trace_cbor_writer){0};
}

void trace_cbor_uint(struct trace_cbor_writer *writer, uint64_t value)
{
	unsigned char *to = reserve(writer, CBOR_HEAD_BYTES_MAX);

	if (to != NULL)
		writer->size += cbor_encode_uint(value, to, CBOR_HEAD_BYTES_MAX);
}

void trace_cbor_bool(struct trace_cbor_writer *writer, bool value)
{
	unsigned char *to = reserve(writer, CBOR_HEAD_BYTES_MAX);

	if (to != NULL)
		writer->size += cbor_encode_bool(value, to, CBOR_HEAD_BYTES_MAX);
}

void trace_cbor_array(struct trace_cbor_writer *writer, size_t count)
{
	unsigned char *to = reserve(writer, CBOR_HEAD_BYTES_MAX);

	if (to != NULL)
		writer->size += cbor_encode_array_start(count, to, CBOR_HEAD_BYTES_MAX);
}

void trace_cbor_tag(struct trace_cbor_writer *writer, uint64_t tag)
{
	unsigned char *to = reserve(writer, CBOR_HEAD_BYTES_MAX);

	if (to != NULL)
		writer->size += cbor_encode_tag(tag, to, CBOR_HEAD_BYTES_MAX);
}

void trace_cbor_text(struct trace_cbor_writer *writer, const char *text)
{
	size_t size = strlen(text);
	unsigned char *to = reserve(writer, CBOR_HEAD_BYTES_MAX + size);

	if (to == NULL)
		return;
	writer->size += cbor_encode_string_start(size, to, CBOR_HEAD_BYTES_MAX);
	memcpy(writer->bytes + writer->size, text, size);
	writer->size += size;
}

void trace_cbor_bytes_head(struct trace_cbor_writer *writer, size_t size)
{
	unsigned char *to = reserve(writer, CBOR_HEAD_BYTES_MAX);

	if (to != NULL)
		writer->size += cbor_encode_bytestring_start(size, to, CBOR_HEAD_BYTES_MAX);
}

void trace_cbor_bytes(struct trace_cbor_writer *writer, const void *bytes, size_t size)
{
	unsigned char *to;

	trace_cbor_bytes_head(writer, size);
	to = reserve(writer, size);
	if (to == NULL || size == 0)
		return;
	memcpy(to, bytes, size);
	writer->size += size;
}

struct trace_cbor_map trace_cbor_map(struct trace_cbor_writer *writer)
{
	return (struct trace_cbor_map){.at = writer->size};
}

void trace_cbor_key(struct trace_cbor_writer *writer, struct trace_cbor_map *map, uint64_t key)
{
	map->pairs++;
	trace_cbor_uint(writer, key);
}

void trace_cbor_map_end(struct trace_cbor_writer *writer, const struct trace_cbor_map *map)
{
	unsigned char head[CBOR_HEAD_BYTES_MAX];
	size_t size = cbor_encode_map_start(map->pairs, head, sizeof head);

	if (reserve(writer, size) == NULL)
		return;
	memmove(writer->bytes + map->at + size, writer->bytes + map->at, writer->size - map->at);
	memcpy(writer->bytes + map->at, head, size);
	writer->size += size;
}

/* What libcbor's streaming decoder calls back with, put into the item that is its context. */
static void on_uint(void *context, uint64_t value)
{
	*(struct trace_cbor_item *)context = (struct trace_cbor_item){.type = TRACE_CBOR_UINT, .value = value};
}

static void on_uint8(void *context, uint8_t value)
{
	on_uint(context, value);
}

static void on_uint16(void *context, uint16_t value)
{
	on_uint(context, value);
}

static void on_uint32(void *context, uint32_t value)
{
	on_uint(context, value);
}

static void on_bytes(void *context, cbor_data bytes, size_t size)
{
	*(struct trace_cbor_item *)context =
	    (struct trace_cbor_item){.type = TRACE_CBOR_BYTES, .value = size, .bytes = bytes};
}

static void on_text(void *context, cbor_data bytes, size_t size)
{
	*(struct trace_cbor_item *)context =
	    (struct trace_cbor_item){.type = TRACE_CBOR_TEXT, .value = size, .bytes = bytes};
}

static void on_array(void *context, size_t count)
{
	*(struct trace_cbor_item *)context = (struct trace_cbor_item){.type = TRACE_CBOR_ARRAY, .value = count};
}

static void on_map(void *context, size_t count)
{
	*(struct trace_cbor_item *)context = (struct trace_cbor_item){.type = TRACE_CBOR_MAP, .value = count};
}

static void on_tag(void *context, uint64_t tag)
{
	*(struct trace_cbor_item *)context = (struct trace_cbor_item){.type = TRACE_CBOR_TAG, .value = tag};
}

static void on_bool(void *context, bool value)
{
	*(struct trace_cbor_item *)context = (struct trace_cbor_item){.type = TRACE_CBOR_BOOL, .value = value};
}

static void on_negative8(void *context, uint8_t value)
{
	(void)context, (void)value;
}

static void on_negative16(void *context, uint16_t value)
{
	(void)context, (void)value;
}

static void on_negative32(void *context, uint32_t value)
{
	(void)context, (void)value;
}

static void on_negative64(void *context, uint64_t value)
{
	(void)context, (void)value;
}

static void on_float(void *context, float value)
{
	(void)context, (void)value;
}

static void on_double(void *context, double value)
{
	(void)context, (void)value;
}

static void on_simple(void *context)
{
	(void)context;
}

/* Strings, arrays and maps of indefinite length, and the break that ends them, are not allowed. */
static void on_indefinite(void *context)
{
	((struct trace_cbor_item *)context)->value = UINT64_MAX;
}

static const struct cbor_callbacks callbacks = {
    .uint8 = on_uint8,
    .uint16 = on_uint16,
    .uint32 = on_uint32,
    .uint64 = on_uint,
    .negint64 = on_negative64,
    .negint32 = on_negative32,
    .negint16 = on_negative16,
    .negint8 = on_negative8,
    .byte_string_start = on_indefinite,
    .byte_string = on_bytes,
    .string = on_text,
    .string_start = on_indefinite,
    .indef_array_start = on_indefinite,
    .array_start = on_array,
    .indef_map_start = on_indefinite,
    .map_start = on_map,
    .tag = on_tag,
    .float2 = on_float,
    .float4 = on_float,
    .float8 = on_double,
    .undefined = on_simple,
    .null = on_simple,
    .boolean = on_bool,
    .indef_break = on_indefinite,
};

bool trace_cbor_next(struct trace_cbor_reader *reader, struct trace_cbor_item *item)
{
	struct cbor_decoder_result result;

	*item = (struct trace_cbor_item){.type = TRACE_CBOR_OTHER};
	if (reader->at >= reader->size)
		return false;
	result = cbor_stream_decode(reader->bytes + reader->at, reader->size - reader->at, &callbacks, item);
	if (result.status != CBOR_DECODER_FINISHED || result.read == 0 || result.read > reader->size - reader->at)
		return false;
	reader->at += result.read;
	return item->type != TRACE_CBOR_OTHER || item->value != UINT64_MAX;
}

bool trace_cbor_skip(struct trace_cbor_reader *reader, const struct trace_cbor_item *item)
{
	uint64_t left[TRACE_CBOR_DEPTH_MAX + 1] = {0};
	struct trace_cbor_item inner = *item;
	unsigned depth = 0;

	for (;;) {
		uint64_t children = inner.type == TRACE_CBOR_ARRAY ? inner.value : 0;

		if (inner.type == TRACE_CBOR_MAP && inner.value <= reader->size)
			children = inner.value * 2;
		else if (inner.type == TRACE_CBOR_MAP)
			return false;
		else if (inner.type == TRACE_CBOR_TAG)
			children = 1;
		if (children > 0) {
			if (++depth > TRACE_CBOR_DEPTH_MAX)
				return false;
			left[depth] = children;
		}
		while (depth > 0 && left[depth] == 0)
			depth--;
		if (depth == 0)
			return true;
		left[depth]--;
		if (!trace_cbor_next(reader, &inner))
			return false;
	}
}

bool trace_cbor_get(struct trace_cbor_reader *reader, enum trace_cbor_type type, struct trace_cbor_item *item)
{
	return trace_cbor_next(reader, item) && item->type == type;
}

bool trace_cbor_get_uint(struct trace_cbor_reader *reader, uint64_t max, uint64_t *value)
{
	struct trace_cbor_item item;

	if (!trace_cbor_get(reader, TRACE_CBOR_UINT, &item) || item.value > max)
		return false;
	*value = item.value;
	return true;
}

bool trace_cbor_get_bool(struct trace_cbor_reader *reader, bool *value)
{
	struct trace_cbor_item item;

	if (!trace_cbor_get(reader, TRACE_CBOR_BOOL, &item))
		return false;
	*value = item.value != 0;
	return true;
}

char *trace_cbor_get_text(struct trace_cbor_reader *reader)
{
	struct trace_cbor_item item;
	char *text;

	if (!trace_cbor_get(reader, TRACE_CBOR_TEXT, &item) || item.value > TRACE_STRING_BYTES_MAX ||
	    !utf8_valid(item.bytes, (size_t)item.value))
		return NULL;
	text = malloc((size_t)item.value + 1);
	reader->no_memory |= text == NULL;
	if (text == NULL)
		return NULL;
	memcpy(text, item.bytes, (size_t)item.value);
	text[item.value] = '\0';
	return text;
}

void trace_cbor_break(struct trace_cbor_reader *reader)
{
	reader->at = SIZE_MAX;
}

bool trace_cbor_broken(const struct trace_cbor_reader *reader)
{
	return reader->at > reader->size;
}

bool trace_cbor_next_key(struct trace_cbor_reader *reader, uint64_t *left, uint64_t *key)
{
	uint64_t next;

	if (*left == 0 || trace_cbor_broken(reader))
		return false;
	(*left)--;
	if (!trace_cbor_get_uint(reader, UINT64_MAX - 1, &next) || (*key != UINT64_MAX && next <= *key)) {
		trace_cbor_break(reader);
		return false;
	}
	*key = next;
	return true;
}
