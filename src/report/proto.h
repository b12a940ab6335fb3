/* SPDX-License-Identifier: MIT */
/*
 * Messages of Protocol Buffers, written: https://protobuf.dev/programming-guides/encoding. A message is built in a
 * buffer of its own, because its length comes before it in the one that holds it.
 */
#ifndef REPORT_PROTO_H
#define REPORT_PROTO_H

#include <stddef.h>
#include <stdint.h>

/* More than any message here has: strings are cut at PROTO_STRING_MAX bytes, and a message has few. */
enum { PROTO_BYTES_MAX = 4096, PROTO_STRING_MAX = 800 };

struct proto {
	size_t size;
	uint8_t bytes[PROTO_BYTES_MAX];
};

static inline void proto_start(struct proto *message)
{
	message->size = 0;
}

void proto_uint(struct proto *message, unsigned field, uint64_t value);
void proto_fixed64(struct proto *message, unsigned field, uint64_t value);
/* Cleaned as for a terminal (page.h), so that it is UTF-8 and shows as it is. */
void proto_string(struct proto *message, unsigned field, const char *string);
/* What comes before a message of `size` bytes. */
void proto_head(struct proto *message, unsigned field, size_t size);
void proto_message(struct proto *message, unsigned field, const struct proto *part);

#endif
