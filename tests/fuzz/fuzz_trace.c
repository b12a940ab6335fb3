/* SPDX-License-Identifier: MIT */
/*
 * Traces: the input is a list of pieces, each 2 bytes with its size, and in the highest bit whether it stands in the file
 * as it is, or else is the content of a frame, whose checksum is then sound. seed_trace.c makes such lists of traces.
 */
#include <stdlib.h>
#include <string.h>

#include "frame.h"
#include "fuzz.h"
#include "original.h"

enum { FILE_BYTES_MAX = 1 << 20, PIECE_RAW = 1 << 15 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static unsigned char file[FILE_BYTES_MAX];
	static struct frame_writer *writer;
	struct fuzz_input input = {data, size};
	size_t at = 0;
	if (writer == NULL && frame_writer_create(&writer, 1) != WSC_OK)
		abort();
	while (input.size > 0) {
		const uint64_t head = fuzz_number(&input, 2);
		const unsigned char *bytes;
		size_t length = fuzz_take(&input, head & (PIECE_RAW - 1), &bytes);
		const struct frame_part part = {bytes, length};
		if ((head & PIECE_RAW) == 0 && frame_write(writer, &part, 1, &bytes, &length) != WSC_OK)
			abort();
		if (length > sizeof(file) - at)
			break;
		memcpy(file + at, bytes, length);
		at += length;
	}
	struct corrupt_verdict verdict;
	corrupt_judge(file, at, "input", &verdict);
	corrupt_verdict_free(&verdict);
	return 0;
}
