/* SPDX-License-Identifier: MIT */
#include "frame.h"

#include <stdlib.h>
#include <zstd.h>
#include <zstd_errors.h>

#include "trace_limits.h"

enum {
	FRAME_HEADER_BYTES_MAX = 18,
	DESCRIPTOR_AT = 4,
	DESCRIPTOR_CHECKSUM = 0x04,
	DESCRIPTOR_DICTIONARY = 0x03,
	DESCRIPTOR_UNUSED = 0x18,  /* zstd does not look at one of these; a change of it must not go unnoticed */
	FLUSH_BYTES = 64,          /* more than what a flush adds to a frame */
	FRAME_PART_BYTES_MIN = 512 /* of a part, to be worth a Huffman table of its own */
};

struct frame_writer {
	ZSTD_CCtx *context;
	unsigned char *bytes;
	size_t capacity;
};

enum wsc_status frame_writer_create(struct frame_writer **out, int level)
{
	struct frame_writer *writer = calloc(1, sizeof *writer);

	*out = NULL;
	if (writer == NULL)
		return WSC_NOMEM;
	writer->context = ZSTD_createCCtx();
	if (writer->context == NULL ||
	    ZSTD_isError(ZSTD_CCtx_setParameter(writer->context, ZSTD_c_compressionLevel, level)) ||
	    ZSTD_isError(ZSTD_CCtx_setParameter(writer->context, ZSTD_c_checksumFlag, 1))) {
		frame_writer_free(writer);
		return WSC_NOMEM;
	}
	*out = writer;
	return WSC_OK;
}

void frame_writer_free(struct frame_writer *writer)
{
	if (writer == NULL)
		return;
	(void)ZSTD_freeCCtx(writer->context);
	free(writer->bytes);
	free(writer);
}

static enum wsc_status reserve(struct frame_writer *writer, size_t size)
{
	unsigned char *bytes;

	if (writer->capacity >= size)
		return WSC_OK;
	bytes = realloc(writer->bytes, size);
	if (bytes == NULL)
		return WSC_NOMEM;
	writer->bytes = bytes;
	writer->capacity = size;
	return WSC_OK;
}

enum wsc_status frame_write(struct frame_writer *writer, const struct frame_part *parts, size_t count,
                            const unsigned char **bytes, size_t *size)
{
	ZSTD_outBuffer out;
	size_t total = 0;

	for (size_t i = 0; i < count; i++)
		total += parts[i].size;
	if (total > TRACE_INDEX_BYTES_MAX)
		return WSC_LIMIT;
	if (reserve(writer, ZSTD_compressBound(total) + (count + 1) * FLUSH_BYTES) != WSC_OK)
		return WSC_NOMEM;
	out = (ZSTD_outBuffer){.dst = writer->bytes, .size = writer->capacity};
	(void)ZSTD_CCtx_reset(writer->context, ZSTD_reset_session_only);
	if (ZSTD_isError(ZSTD_CCtx_setPledgedSrcSize(writer->context, total)))
		return WSC_NOMEM;
	for (size_t i = 0; i < count; i++) {
		ZSTD_inBuffer in = {.src = parts[i].bytes, .size = parts[i].size};

		/* What comes before the first large part is small and can then be had without decompressing that. */
		bool last = i + 1 == count, head = i == 0 && !last && parts[1].size >= FRAME_PART_BYTES_MIN,
		     large = head || in.size >= FRAME_PART_BYTES_MIN;
		size_t left = ZSTD_compressStream2(writer->context, &out, &in,
		                                   last    ? ZSTD_e_end
		                                   : large ? ZSTD_e_flush
		                                           : ZSTD_e_continue);

		if (ZSTD_isError(left) || (left != 0 && (last || large)) || in.pos != in.size)
			return WSC_NOMEM;
	}
	*bytes = writer->bytes;
	*size = out.pos;
	return WSC_OK;
}

static uint32_t load_le32(const unsigned char *from)
{
	return (uint32_t)from[0] | (uint32_t)from[1] << 8 | (uint32_t)from[2] << 16 | (uint32_t)from[3] << 24;
}

struct frame_info frame_glance(const unsigned char *bytes, size_t size, size_t content_max)
{
	struct frame_info info = {.kind = FRAME_NONE};
	unsigned long long content;
	uint32_t magic;

	if (size < 8) {
		info.kind = FRAME_CUT;
		return info;
	}
	magic = load_le32(bytes);
	if ((magic & ZSTD_MAGIC_SKIPPABLE_MASK) == ZSTD_MAGIC_SKIPPABLE_START) {
		info.kind = FRAME_SKIPPABLE;
		info.content_size = load_le32(bytes + 4);
		info.size = info.content_size + 8;
		return info;
	}
	if (magic != ZSTD_MAGICNUMBER)
		return info;
	content = ZSTD_getFrameContentSize(bytes, size);
	if (content == ZSTD_CONTENTSIZE_ERROR) {
		info.kind = size < FRAME_HEADER_BYTES_MAX ? FRAME_CUT : FRAME_FOREIGN;
		return info;
	}
	info.kind = FRAME_FOREIGN;
	if (content == 0 || content == ZSTD_CONTENTSIZE_UNKNOWN || content > content_max ||
	    (bytes[DESCRIPTOR_AT] & DESCRIPTOR_CHECKSUM) == 0 ||
	    (bytes[DESCRIPTOR_AT] & (DESCRIPTOR_DICTIONARY | DESCRIPTOR_UNUSED)) != 0)
		return info;
	info.kind = FRAME_CUT;
	info.content_size = (size_t)content;
	return info;
}

struct frame_info frame_inspect(const unsigned char *bytes, size_t size, size_t content_max)
{
	struct frame_info info = frame_glance(bytes, size, content_max);
	size_t frame_size;

	if (info.kind == FRAME_SKIPPABLE && info.size > size)
		info.kind = FRAME_CUT;
	if (info.kind != FRAME_CUT || info.content_size == 0 || info.size != 0)
		return info;
	frame_size = ZSTD_findFrameCompressedSize(bytes, size);
	if (ZSTD_isError(frame_size))
		return info;
	info.kind = FRAME_DATA;
	info.size = frame_size;
	return info;
}

struct frame_reader {
	ZSTD_DCtx *context;
};

enum wsc_status frame_reader_create(struct frame_reader **out)
{
	struct frame_reader *reader = calloc(1, sizeof *reader);

	*out = NULL;
	if (reader == NULL)
		return WSC_NOMEM;
	reader->context = ZSTD_createDCtx();
	if (reader->context == NULL ||
	    ZSTD_isError(ZSTD_DCtx_setParameter(reader->context, ZSTD_d_windowLogMax, TRACE_WINDOW_LOG_MAX))) {
		frame_reader_free(reader);
		return WSC_NOMEM;
	}
	*out = reader;
	return WSC_OK;
}

void frame_reader_free(struct frame_reader *reader)
{
	if (reader == NULL)
		return;
	(void)ZSTD_freeDCtx(reader->context);
	free(reader);
}

enum wsc_status frame_read(struct frame_reader *reader, const unsigned char *bytes, struct frame_info info,
                           unsigned char *content)
{
	size_t size = ZSTD_decompressDCtx(reader->context, content, info.content_size, bytes, info.size);

	return ZSTD_isError(size) || size != info.content_size ? WSC_FORMAT : WSC_OK;
}

enum wsc_status frame_peek(struct frame_reader *reader, const unsigned char *bytes, size_t frame_size,
                           unsigned char *content, size_t size, size_t *got)
{
	ZSTD_inBuffer in = {.src = bytes, .size = frame_size};
	ZSTD_outBuffer out = {.dst = content, .size = size};
	enum wsc_status status = WSC_OK;

	(void)ZSTD_DCtx_reset(reader->context, ZSTD_reset_session_only);
	while (out.pos < out.size && in.pos < in.size) {
		size_t before = in.pos + out.pos, left = ZSTD_decompressStream(reader->context, &out, &in);

		if (ZSTD_getErrorCode(left) == ZSTD_error_memory_allocation)
			status = WSC_NOMEM;
		if (ZSTD_isError(left) || in.pos + out.pos == before)
			break;
	}
	(void)ZSTD_DCtx_reset(reader->context, ZSTD_reset_session_only);
	*got = out.pos;
	return status;
}
