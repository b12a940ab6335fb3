/* SPDX-License-Identifier: MIT */
/*
 * Changes a list of pieces (fuzz_trace.c) so that it stays one: what is in a piece, whether it is a frame's content, or which
 * pieces there are and in which order. The target makes checksums anew, so that each change gets past them.
 */
#include <string.h>

#include "fuzz.h"
#include "random_source.h"

enum { PIECES_MAX = 256, PIECE_RAW = 1 << 15, PIECE_BYTES_MAX = PIECE_RAW - 1, HEAD_BYTES = 2 };

struct piece {
	const uint8_t *bytes;
	size_t size;
	unsigned flag;
};

struct pieces {
	struct piece rows[PIECES_MAX];
	size_t count;
};

static void cut_up(struct pieces *pieces, const uint8_t *data, size_t size)
{
	struct fuzz_input input = {data, size};
	pieces->count = 0;
	while (input.size > 0 && pieces->count < PIECES_MAX) {
		struct piece *piece = &pieces->rows[pieces->count++];
		const unsigned head = (unsigned)fuzz_number(&input, HEAD_BYTES);
		piece->flag = head & PIECE_RAW;
		piece->size = fuzz_take(&input, head & PIECE_BYTES_MAX, &piece->bytes);
	}
}

/* Returns the size. A piece that there is no room for ends the list. */
static size_t put_together(const struct pieces *pieces, uint8_t *to, size_t room)
{
	size_t at = 0;
	for (size_t i = 0; i < pieces->count && pieces->rows[i].size + HEAD_BYTES <= room - at; i++) {
		const struct piece *piece = &pieces->rows[i];
		const unsigned head = (unsigned)piece->size | piece->flag;
		to[at++] = (uint8_t)head;
		to[at++] = (uint8_t)(head >> 8);
		memcpy(to + at, piece->bytes, piece->size);
		at += piece->size;
	}
	return at;
}

static void change_bytes(struct piece *piece, uint8_t *scratch, size_t room)
{
	memcpy(scratch, piece->bytes, piece->size);
	piece->size = LLVMFuzzerMutate(scratch, piece->size, room);
	piece->bytes = scratch;
}

static void change(struct pieces *pieces, uint64_t *random, uint8_t *scratch, size_t room)
{
	const size_t i = (size_t)(random_next(random) % pieces->count),
	             j = (size_t)(random_next(random) % pieces->count);
	struct piece *rows = pieces->rows, moved = rows[i];
	switch (random_next(random) % 10) {
	case 0:
		if (pieces->count > 1)
			memmove(rows + i, rows + i + 1, (--pieces->count - i) * sizeof(*rows));
		break;
	case 1:
		if (pieces->count == PIECES_MAX)
			break;
		memmove(rows + j + 1, rows + j, (pieces->count++ - j) * sizeof(*rows));
		rows[j] = moved;
		break;
	case 2:
		rows[i] = rows[j];
		rows[j] = moved;
		break;
	case 3:
		rows[i].flag ^= PIECE_RAW;
		break;
	default:
		change_bytes(&rows[i], scratch, room);
		break;
	}
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned seed)
{
	static uint8_t original[1 << 20], scratch[PIECE_BYTES_MAX];
	static struct pieces pieces;
	uint64_t random = seed;
	if (size == 0 || size > sizeof(original))
		return LLVMFuzzerMutate(data, size, max_size);
	memcpy(original, data, size);
	cut_up(&pieces, original, size);
	change(&pieces, &random, scratch, max_size < sizeof(scratch) ? max_size : sizeof(scratch));
	const size_t changed = put_together(&pieces, data, max_size);
	return changed > 0 ? changed : LLVMFuzzerMutate(data, size, max_size);
}
