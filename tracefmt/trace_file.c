/* SPDX-License-Identifier: MIT */
#include "trace_file.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "codec.h"
#include "trace_limits.h"

enum { READ_BYTES = 256 << 10, FRAME_BYTES_FIRST = 64 << 10 };

enum wsc_status trace_file_open(struct trace_file *file, int fd)
{
	struct stat about;
	enum wsc_status status;

	*file = (struct trace_file){.fd = fd, .next_fd = -1};
	status = frame_reader_create(&file->frames);
	if (status == WSC_OK && fstat(fd, &about) != 0)
		status = WSC_IO;
	if (status != WSC_OK) {
		trace_file_close(file);
		return status;
	}
	file->size = about.st_size < 0 ? 0 : (uint64_t)about.st_size;
	return WSC_OK;
}

enum wsc_status trace_file_share(struct trace_file *file, const struct trace_file *of)
{
	*file = (struct trace_file){.fd = of->fd,
	                            .is_shared = true,
	                            .next_fd = of->next_fd,
	                            .next_at = of->next_at,
	                            .next_skip = of->next_skip,
	                            .size = of->size};
	return frame_reader_create(&file->frames);
}

void trace_file_close(struct trace_file *file)
{
	frame_reader_free(file->frames);
	free(file->bytes);
	free(file->content);
	if (file->fd >= 0 && !file->is_shared)
		(void)close(file->fd);
	if (file->next_fd >= 0 && !file->is_shared)
		(void)close(file->next_fd);
	*file = (struct trace_file){.fd = -1, .next_fd = -1};
}

enum wsc_status trace_file_append(struct trace_file *file, int fd, uint64_t skip)
{
	struct stat about;

	file->next_fd = fd;
	file->next_at = file->size;
	file->next_skip = skip;
	file->filled = 0; /* it may be of what was there before */
	if (fstat(fd, &about) != 0)
		return WSC_IO;
	if (about.st_size > 0 && (uint64_t)about.st_size > skip)
		file->size += (uint64_t)about.st_size - skip;
	return WSC_OK;
}

/* As pread(), of the one file or the other. */
static ssize_t read_at(const struct trace_file *file, unsigned char *bytes, size_t size, uint64_t offset)
{
	if (file->next_fd >= 0 && offset >= file->next_at)
		return pread(file->next_fd, bytes, size, (off_t)(offset - file->next_at + file->next_skip));
	if (file->next_fd >= 0 && size > file->next_at - offset)
		size = (size_t)(file->next_at - offset);
	return pread(file->fd, bytes, size, (off_t)offset);
}

static enum wsc_status fill(struct trace_file *file, uint64_t offset, size_t size)
{
	unsigned char *bytes;

	if (size > file->capacity) {
		bytes = realloc(file->bytes, size);
		if (bytes == NULL)
			return WSC_NOMEM;
		file->bytes = bytes;
		file->capacity = size;
	}
	file->start = offset;
	file->filled = 0;
	while (file->filled < size) {
		ssize_t got = read_at(file, file->bytes + file->filled, size - file->filled, offset + file->filled);

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return WSC_IO;
		if (got == 0)
			break;
		file->filled += (size_t)got;
	}
	return WSC_OK;
}

enum wsc_status trace_file_view(struct trace_file *file, uint64_t offset, size_t size, const unsigned char **bytes,
                                size_t *available)
{
	uint64_t left = offset < file->size ? file->size - offset : 0;
	enum wsc_status status;

	if (size > left)
		size = (size_t)left;
	if (offset < file->start || offset + size > file->start + file->filled) {
		size_t ahead = left < READ_BYTES ? (size_t)left : READ_BYTES;

		status = fill(file, offset, size > ahead ? size : ahead);
		if (status != WSC_OK)
			return status;
	}
	*bytes = file->bytes + (offset - file->start);
	*available = (size_t)(file->start + file->filled - offset);
	return WSC_OK;
}

enum wsc_status trace_file_frame(struct trace_file *file, uint64_t offset, size_t frame_max, size_t content_max,
                                 const unsigned char **bytes, struct frame_info *info)
{
	size_t size = FRAME_BYTES_FIRST, available;

	for (;;) {
		enum wsc_status status = trace_file_view(file, offset, size, bytes, &available);

		if (status != WSC_OK)
			return status;
		*info = frame_inspect(*bytes, available, content_max);
		if (info->kind == FRAME_DATA && info->size > frame_max)
			info->kind = FRAME_FOREIGN;
		if (info->kind != FRAME_CUT || available < size || size >= frame_max)
			return WSC_OK;
		size = size * 4 < frame_max ? size * 4 : frame_max;
	}
}

enum wsc_status trace_file_content(struct trace_file *file, const unsigned char *bytes, struct frame_info info,
                                   unsigned char **content, size_t *capacity)
{
	size_t size = info.content_size + CODEC_SLACK_BYTES;
	unsigned char *bigger;

	if (size > *capacity) {
		bigger = realloc(*content, size);
		if (bigger == NULL)
			return WSC_NOMEM;
		*content = bigger;
		*capacity = size;
	}
	memset(*content + info.content_size, 0, CODEC_SLACK_BYTES);
	return frame_read(file->frames, bytes, info, *content);
}
