/* SPDX-License-Identifier: MIT */
/*
 * Traces: the input is a list of pieces, each 2 bytes with its size, and in the highest bit whether it stands in the file
 * as it is, or else is the content of a frame, whose checksum is then sound; an index's frame is put into a skippable one.
 * seed_trace.c makes such lists of traces.
 */
#include <stdlib.h>
#include <string.h>

#include "frame.h"
#include "fuzz.h"
#include "original.h"
#include "trace_item.h"
#include "trace_seek.h"

enum { FILE_BYTES_MAX = 1 << 20, PIECE_RAW = 1 << 15 };

struct fuzz_file {
	unsigned char bytes[FILE_BYTES_MAX];
	size_t size;
};

/* Whether the content is a map that begins with the key and the type of an index. */
static bool is_index(const unsigned char *content, size_t size)
{
	return size > 2 && content[1] == 0 && content[2] == TRACE_ITEM_INDEX;
}

/* Appends a piece to the file: the bytes, or a frame with them. False: there is no room. */
static bool append(struct fuzz_file *file, struct frame_writer *writer, const unsigned char *bytes, size_t size,
                   bool is_raw)
{
	const struct frame_part part = {bytes, size};
	const bool is_skippable = !is_raw && is_index(bytes, size);
	if (!is_raw && frame_write(writer, &part, 1, &bytes, &size) != WSC_OK)
		abort();
	const size_t head = is_skippable ? TRACE_SEEK_HEAD_BYTES : 0, tail = is_skippable ? TRACE_SEEK_TAIL_BYTES : 0;
	if (head + size + tail > sizeof(file->bytes) - file->size)
		return false;
	unsigned char *to = file->bytes + file->size;
	memcpy(to + head, bytes, size);
	if (is_skippable)
		trace_seek_frame(size, to, to + head + size);
	file->size += head + size + tail;
	return true;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct corrupt_range range = {1000, 1000000};
	static struct fuzz_file file;
	static struct frame_writer *writer;
	struct fuzz_input input = {data, size};
	bool has_room = true;
	if (writer == NULL && frame_writer_create(&writer, 1) != WSC_OK)
		abort();
	file.size = 0;
	while (has_room && input.size > 0) {
		const uint64_t head = fuzz_number(&input, 2);
		const unsigned char *bytes;
		const size_t length = fuzz_take(&input, head & (PIECE_RAW - 1), &bytes);
		has_room = append(&file, writer, bytes, length, (head & PIECE_RAW) != 0);
	}
	struct corrupt_verdict verdict;
	corrupt_judge(file.bytes, file.size, "input", NULL, &verdict);
	corrupt_verdict_free(&verdict);
	if (file.size % 2 == 0) {
		corrupt_judge(file.bytes, file.size, "input", &range, &verdict);
		corrupt_verdict_free(&verdict);
	}
	return 0;
}
