/* SPDX-License-Identifier: MIT */
#include "trace_seek.h"

#include <string.h>

#include "trace_limits.h"

static void put_le32(unsigned char *to, uint32_t value)
{
	for (unsigned i = 0; i < 4; i++)
		to[i] = (unsigned char)(value >> (8 * i));
}

void trace_seek_frame(size_t inner, unsigned char head[TRACE_SEEK_HEAD_BYTES],
                      unsigned char tail[TRACE_SEEK_TAIL_BYTES])
{
	put_le32(head, TRACE_SEEK_SKIPPABLE);
	put_le32(head + 4, (uint32_t)(inner + TRACE_SEEK_TAIL_BYTES));
	put_le32(tail, (uint32_t)(TRACE_SEEK_HEAD_BYTES + inner + TRACE_SEEK_TAIL_BYTES));
	memcpy(tail + 4, TRACE_SEEK_MAGIC, 8);
}

size_t trace_seek_size(const unsigned char tail[TRACE_SEEK_TAIL_BYTES])
{
	size_t size = (size_t)tail[0] | (size_t)tail[1] << 8 | (size_t)tail[2] << 16 | (size_t)tail[3] << 24;

	if (memcmp(tail + 4, TRACE_SEEK_MAGIC, 8) != 0 || size <= TRACE_SEEK_HEAD_BYTES + TRACE_SEEK_TAIL_BYTES ||
	    size > TRACE_INDEX_BYTES_MAX)
		return 0;
	return size;
}
