/* SPDX-License-Identifier: MIT */
/* Makes of a whole trace the list of pieces that fuzz_trace.c takes: seed_trace TRACE >SEED */
#include <stdio.h>

#include "original.h"

enum { PIECE_BYTES_MAX = (1 << 15) - 1, PIECE_RAW = 1 << 15 };

static void put(const unsigned char *bytes, size_t size, unsigned flag)
{
	const unsigned head = (unsigned)size | flag;
	putchar((int)(head & 0xff));
	putchar((int)(head >> 8));
	fwrite(bytes, 1, size, stdout);
}

int main(int argc, char **argv)
{
	struct corrupt_original o;
	if (argc != 2 || !corrupt_original_read(&o, argv[1]))
		return 2;
	for (size_t i = 0; i < o.frame_count; i++) {
		if (o.frames[i].content_size <= PIECE_BYTES_MAX)
			put(o.frames[i].content, o.frames[i].content_size, 0);
	}
	if (o.size - o.index_at <= PIECE_BYTES_MAX)
		put(o.bytes + o.index_at, o.size - o.index_at, PIECE_RAW);
	corrupt_original_free(&o);
	return fflush(stdout) == 0 ? 0 : 2;
}
