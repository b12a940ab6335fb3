/* SPDX-License-Identifier: MIT */
#include "partial_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "frame.h"
#include "partial_key.h"
#include "read_whole.h"
#include "trace_limits.h"

/* The content is cut into frames, so that no more than one need be decompressed to see that the file is damaged. */
enum { CHUNK_BYTES = 4 << 20, MAGIC_FRAME_BYTES = 8 + sizeof(PARTIAL_MAGIC) - 1 };

/* A skippable frame (RFC 8878) that any zstd passes over, and whose content says what the file is. */
static const unsigned char magic_frame[MAGIC_FRAME_BYTES] = "\x57\x2a\x4d\x18\x0f\0\0\0" PARTIAL_MAGIC;
_Static_assert(sizeof(PARTIAL_MAGIC) - 1 == 0x0f, "the size in the frame");

bool partial_file_begins(int fd)
{
	unsigned char start[MAGIC_FRAME_BYTES];
	return read_whole(fd, start, sizeof(start), 0) == (ssize_t)sizeof(start) &&
	       memcmp(start, magic_frame, sizeof(start)) == 0;
}

bool partial_file_is(const char *path)
{
	/* A pipe that nobody writes to is not waited for. */
	const int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	const bool is = fd >= 0 && partial_file_begins(fd);
	if (fd >= 0)
		close(fd);
	return is;
}

/* --- writing --- */

static enum wsc_status write_frames(const struct trace_cbor_writer *content, FILE *out)
{
	struct frame_writer *writer;
	enum wsc_status status = frame_writer_create(&writer, TRACE_LEVEL_DEFAULT);
	for (size_t at = 0; at < content->size && status == WSC_OK; at += CHUNK_BYTES) {
		size_t left = content->size - at, size;
		const struct frame_part part = {content->bytes + at, left < CHUNK_BYTES ? left : CHUNK_BYTES};
		const unsigned char *bytes;
		status = frame_write(writer, &part, 1, &bytes, &size);
		if (status == WSC_OK)
			fwrite(bytes, 1, size, out);
	}
	frame_writer_free(writer);
	return status;
}

enum wsc_status partial_file_write(const struct partial_file *file, FILE *out)
{
	struct trace_cbor_writer content = {0};
	enum wsc_status status = partial_file_encode(file, &content);
	if (status == WSC_OK) {
		fwrite(magic_frame, 1, sizeof(magic_frame), out);
		status = write_frames(&content, out);
	}
	trace_cbor_free(&content);
	return status;
}

/* --- reading --- */

struct bytes {
	unsigned char *bytes;
	size_t size, capacity;
};

static bool reserve(struct bytes *to, size_t more)
{
	size_t capacity = to->capacity == 0 ? CHUNK_BYTES : to->capacity;
	while (capacity - to->size < more)
		capacity *= 2;
	unsigned char *grown = capacity > to->capacity ? realloc(to->bytes, capacity) : to->bytes;
	if (grown == NULL)
		return false;
	to->bytes = grown;
	to->capacity = capacity;
	return true;
}

static enum wsc_status load(int fd, struct bytes *raw)
{
	ssize_t got = 1;
	while (got > 0) {
		if (!reserve(raw, CHUNK_BYTES / 4))
			return WSC_NOMEM;
		got = read_next(fd, raw->bytes + raw->size, CHUNK_BYTES / 4);
		if (got < 0)
			return WSC_IO;
		raw->size += (size_t)got;
		if (raw->size > PARTIAL_BYTES_MAX)
			return WSC_LIMIT;
	}
	return WSC_OK;
}

/* Decompresses the frames behind the first. */
static enum wsc_status unpack(const struct bytes *raw, struct bytes *content)
{
	struct frame_reader *reader;
	enum wsc_status status = frame_reader_create(&reader);
	size_t at = MAGIC_FRAME_BYTES;
	if (status == WSC_OK && (raw->size < at || memcmp(raw->bytes, magic_frame, at) != 0))
		status = WSC_FORMAT;
	while (status == WSC_OK && at < raw->size) {
		const struct frame_info info = frame_inspect(raw->bytes + at, raw->size - at, CHUNK_BYTES);
		if (info.kind != FRAME_DATA)
			status = WSC_FORMAT;
		else if (info.content_size > PARTIAL_BYTES_MAX - content->size)
			status = WSC_LIMIT;
		else if (!reserve(content, info.content_size))
			status = WSC_NOMEM;
		else
			status = frame_read(reader, raw->bytes + at, info, content->bytes + content->size);
		content->size += info.content_size;
		at += info.size;
	}
	frame_reader_free(reader);
	return status;
}

enum wsc_status partial_file_read(struct partial_file *file, int fd, char wrong[PARTIAL_WRONG_MAX])
{
	struct bytes raw = {0}, content = {0};
	enum wsc_status status = load(fd, &raw);
	const char *why = status == WSC_IO ? strerror(errno) : "too large for a partial result";
	if (status == WSC_OK) {
		status = unpack(&raw, &content);
		if (status == WSC_FORMAT)
			why = "a damaged partial result";
	}
	free(raw.bytes);
	if (status == WSC_OK)
		status = partial_file_decode(file, content.bytes, content.size, wrong);
	else
		snprintf(wrong, PARTIAL_WRONG_MAX, "%s", why);
	free(content.bytes);
	return status;
}

static void free_summary(struct trace_summary *summary)
{
	struct trace_skipped *skipped = (struct trace_skipped *)(uintptr_t)summary->skipped;
	for (size_t i = 0; i < summary->skipped_count; i++)
		free((char *)(uintptr_t)skipped[i].name);
	free(skipped);
	*summary = (struct trace_summary){0};
}

void partial_file_free(struct partial_file *file)
{
	free(file->path);
	free(file->origin_bytes);
	free_summary(&file->origin.summary);
	trace_header_free(&file->origin.header);
	partial_free(&file->partial);
	*file = (struct partial_file){0};
}
