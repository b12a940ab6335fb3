/* SPDX-License-Identifier: MIT */
#include "proto.h"

#include <assert.h>
#include <string.h>

#include "page.h"

enum { WIRE_VARINT = 0, WIRE_FIXED64 = 1, WIRE_BYTES = 2, VARINT_MAX = 10 };

static void varint(struct proto *message, uint64_t value)
{
	assert(message->size + VARINT_MAX <= PROTO_BYTES_MAX);
	while (value >= 0x80) {
		message->bytes[message->size++] = (uint8_t)(value | 0x80);
		value >>= 7;
	}
	message->bytes[message->size++] = (uint8_t)value;
}

void proto_head(struct proto *message, unsigned field, size_t size)
{
	varint(message, field << 3 | WIRE_BYTES);
	varint(message, size);
}

static void bytes(struct proto *message, unsigned field, const void *from, size_t size)
{
	proto_head(message, field, size);
	assert(message->size + size <= PROTO_BYTES_MAX);
	memcpy(message->bytes + message->size, from, size);
	message->size += size;
}

void proto_uint(struct proto *message, unsigned field, uint64_t value)
{
	varint(message, field << 3 | WIRE_VARINT);
	varint(message, value);
}

void proto_fixed64(struct proto *message, unsigned field, uint64_t value)
{
	varint(message, field << 3 | WIRE_FIXED64);
	assert(message->size + 8 <= PROTO_BYTES_MAX);
	for (unsigned i = 0; i < 8; i++)
		message->bytes[message->size++] = (uint8_t)(value >> 8 * i);
}

void proto_string(struct proto *message, unsigned field, const char *string)
{
	char clean[PROTO_STRING_MAX];
	page_clean(clean, sizeof(clean), string);
	bytes(message, field, clean, strlen(clean));
}

void proto_message(struct proto *message, unsigned field, const struct proto *part)
{
	bytes(message, field, part->bytes, part->size);
}
