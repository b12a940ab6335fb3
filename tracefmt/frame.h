/* SPDX-License-Identifier: MIT */
/*
 * zstd frames (RFC 8878) as the format uses them: content size known, content checksum, no dictionary. One thread at a
 * time per struct.
 */
#ifndef FRAME_H
#define FRAME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "wscheck/status.h"

/*
 * A stretch of a frame's content. A zstd block ends with each large one, so that each gets a Huffman table of its own, and
 * with a first one that a large one follows.
 */
struct frame_part {
	const void *bytes;
	size_t size;
};

struct frame_writer;

enum wsc_status frame_writer_create(struct frame_writer **out, int level);
void frame_writer_free(struct frame_writer *writer);

/* Compresses `parts` as one frame: *bytes belongs to the writer and lives until the next call. NOMEM, LIMIT. */
enum wsc_status frame_write(struct frame_writer *writer, const struct frame_part *parts, size_t count,
                            const unsigned char **bytes, size_t *size);

/* What stands at the beginning of `bytes`. */
enum frame_kind {
	FRAME_DATA,      /* a frame with content of at most `content_max` bytes; its sizes are known */
	FRAME_SKIPPABLE, /* content_size is its payload */
	FRAME_CUT,       /* the bytes end before the frame does */
	FRAME_FOREIGN,   /* a zstd frame this format does not have: no checksum or size, a dictionary, too large */
	FRAME_NONE       /* no zstd frame */
};
struct frame_info {
	enum frame_kind kind;
	size_t size; /* of the whole frame */
	size_t content_size;
};
struct frame_info frame_inspect(const unsigned char *bytes, size_t size, size_t content_max);

/* The same, as far as the first 18 bytes tell: kind CUT stands for a frame that may be sound. */
struct frame_info frame_glance(const unsigned char *bytes, size_t size, size_t content_max);

struct frame_reader;

enum wsc_status frame_reader_create(struct frame_reader **out);
void frame_reader_free(struct frame_reader *reader);

/* Decompresses one whole frame of kind FRAME_DATA to `content`, info.content_size bytes. FORMAT: it is damaged. */
enum wsc_status frame_read(struct frame_reader *reader, const unsigned char *bytes, struct frame_info info,
                           unsigned char *content);

/* The first bytes, *got of them and at most `size`, of the content of a frame that may be damaged, cut or foreign. NOMEM. */
enum wsc_status frame_peek(struct frame_reader *reader, const unsigned char *bytes, size_t frame_size,
                           unsigned char *content, size_t size, size_t *got);

#endif
