/* SPDX-License-Identifier: MIT */
/*
 * Makes of a whole trace the list of pieces that fuzz_trace.c takes, and files ITEMS-0, ITEMS-1 ... of the items in its frames,
 * which fuzz_cbor.c and fuzz_block.c take: seed_trace TRACE ITEMS >SEED
 */
#include <stdio.h>

#include "original.h"

enum { PIECE_BYTES_MAX = (1 << 15) - 1 };

static void put(const unsigned char *bytes, size_t size)
{
	putchar((int)(size & 0xff));
	putchar((int)(size >> 8));
	fwrite(bytes, 1, size, stdout);
}

static bool put_item(const char *items, size_t number, const struct corrupt_frame *frame)
{
	char path[4096];
	snprintf(path, sizeof(path), "%s-%zu", items, number);
	FILE *file = fopen(path, "wb");
	const bool written =
	    file != NULL && fwrite(frame->content, 1, frame->content_size, file) == frame->content_size;
	return file != NULL && fclose(file) == 0 && written;
}

int main(int argc, char **argv)
{
	struct corrupt_original o;
	bool written = true;
	if (argc != 3 || !corrupt_original_load(&o, argv[1]))
		return 2;
	for (size_t i = 0; i < o.frame_count; i++) {
		written &= put_item(argv[2], i, &o.frames[i]);
		if (o.frames[i].content_size <= PIECE_BYTES_MAX)
			put(o.frames[i].content, o.frames[i].content_size);
	}
	if (o.index_content_size <= PIECE_BYTES_MAX)
		put(o.index_content, o.index_content_size);
	corrupt_original_free(&o);
	return fflush(stdout) == 0 && written ? 0 : 2;
}
