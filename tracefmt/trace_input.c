/* SPDX-License-Identifier: MIT */
#include "trace_input.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "jsonl_reader.h"
#include "read_whole.h"
#include "temporary.h"
#include "trace_reader.h"

/* Bytes that tell the forms apart. */
#define SNIFF_BYTES 4096
#define COPY_BYTES  ((size_t)64 << 10)

enum form { FORM_EMPTY, FORM_TRACE, FORM_JSONL, FORM_NEITHER };

/* Exactly one of the two is there. */
struct trace_input {
	struct trace_reader *trace;
	struct jsonl_reader *jsonl;
};

/* A zstd frame, a skippable one (RFC 8878), or what may be JSON: an object behind white space and a byte order mark. */
static enum form sniff(const unsigned char *bytes, size_t count)
{
	if (count == 0)
		return FORM_EMPTY;
	if (count >= 4) {
		uint32_t magic =
		    (uint32_t)bytes[0] | (uint32_t)bytes[1] << 8 | (uint32_t)bytes[2] << 16 | (uint32_t)bytes[3] << 24;
		if (magic == 0xFD2FB528U || (magic & 0xFFFFFFF0U) == 0x184D2A50U)
			return FORM_TRACE;
	}
	size_t at = count >= 3 && memcmp(bytes, "\xEF\xBB\xBF", 3) == 0 ? 3 : 0;
	while (at < count && memchr(" \t\r\n", bytes[at], 4))
		at++;
	return (at < count && bytes[at] == '{') || at == SNIFF_BYTES ? FORM_JSONL : FORM_NEITHER;
}

static enum wsc_status check_form(enum form form, struct trace_error *err)
{
	if (form == FORM_EMPTY)
		return trace_error_set(err, WSC_FORMAT, 0, "the file is empty");
	if (form == FORM_NEITHER)
		return trace_error_set(err, WSC_FORMAT, 0, "neither a wscheck trace nor JSON Lines");
	return WSC_OK;
}

static enum wsc_status unreadable(struct trace_error *err)
{
	return trace_error_set(err, WSC_IO, 0, "%s", strerror(errno));
}

static enum wsc_status write_all(int fd, const unsigned char *bytes, size_t size, struct trace_error *err)
{
	while (size > 0) {
		ssize_t part = write(fd, bytes, size);
		if (part < 0 && errno == EINTR)
			continue;
		if (part <= 0)
			return trace_error_set(
			    err, WSC_IO, 0, "can't copy the input to a temporary file in %.100s: %s; " TEMPORARY_REMEDY,
			    temporary_directory(), part < 0 ? strerror(errno) : "no space");
		bytes += part;
		size -= (size_t)part;
	}
	return WSC_OK;
}

static enum wsc_status open_temporary(int *fd, struct trace_error *err)
{
	*fd = temporary_open();
	if (*fd < 0)
		return trace_error_set(err, WSC_IO, 0, "can't create a temporary file in %.100s: %s; " TEMPORARY_REMEDY,
		                       temporary_directory(), strerror(errno));
	return WSC_OK;
}

/* Copies what is left in `from`. Looks at the first bytes before it copies more, so that no wrong input fills a disk.
 */
static enum wsc_status copy_rest(int from, int to, unsigned char *buffer, struct trace_error *err)
{
	ssize_t got = read_next(from, buffer, SNIFF_BYTES);
	enum wsc_status status = got < 0 ? WSC_OK : check_form(sniff(buffer, (size_t)got), err);
	while (status == WSC_OK && got > 0) {
		status = write_all(to, buffer, (size_t)got, err);
		if (status == WSC_OK)
			got = read_next(from, buffer, COPY_BYTES);
	}
	return got < 0 ? unreadable(err) : status;
}

/* Puts a seekable copy in the place of *fd. */
static enum wsc_status make_seekable(int *fd, struct trace_error *err)
{
	int copy = -1;
	unsigned char *buffer = malloc(COPY_BYTES);
	enum wsc_status status =
	    buffer ? open_temporary(&copy, err) : trace_error_set(err, WSC_NOMEM, 0, "out of memory");
	if (status == WSC_OK)
		status = copy_rest(*fd, copy, buffer, err);
	free(buffer);
	if (status != WSC_OK) {
		if (copy >= 0)
			close(copy);
		return status;
	}
	close(*fd);
	*fd = copy;
	return lseek(copy, 0, SEEK_SET) == 0 ? WSC_OK : unreadable(err);
}

/* *fd is to be closed whenever it is not negative. */
static enum wsc_status open_file(int *fd, const char *path, struct trace_error *err)
{
	struct stat info;
	bool is_stdin = strcmp(path, "-") == 0;
	do {
		*fd = is_stdin ? fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 0) : open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	} while (*fd < 0 && errno == EINTR);
	if (*fd < 0 || fstat(*fd, &info) < 0)
		return trace_error_set(err, WSC_IO, 0, "%s", strerror(errno));
	if (S_ISDIR(info.st_mode))
		return trace_error_set(err, WSC_IO, 0, "it is a directory");
	/* A standard input that somebody has read from already begins where it stands. */
	if (!S_ISREG(info.st_mode) || lseek(*fd, 0, SEEK_CUR) != 0)
		return make_seekable(fd, err);
	return WSC_OK;
}

/* Gives *fd over to the reader of its form. */
static enum wsc_status open_reader(struct trace_input *input, int *fd, struct trace_error *err)
{
	unsigned char first[SNIFF_BYTES];
	const ssize_t got = read_whole(*fd, first, sizeof(first), 0);
	if (got < 0)
		return unreadable(err);
	const enum form form = sniff(first, (size_t)got);
	const enum wsc_status status = check_form(form, err);
	if (status != WSC_OK)
		return status;
	int given = *fd;
	*fd = -1;
	return form == FORM_TRACE ? trace_reader_open(&input->trace, given, err)
	                          : jsonl_reader_open(&input->jsonl, given, err);
}

enum wsc_status trace_input_descriptor(int *fd, const char *path, struct trace_error *err)
{
	enum wsc_status status = open_file(fd, path, err);
	if (status != WSC_OK && *fd >= 0)
		close(*fd);
	return status;
}

enum wsc_status trace_input_open_from(struct trace_input **out, int fd, struct trace_error *err)
{
	*out = NULL;
	struct trace_input *input = calloc(1, sizeof(*input));
	enum wsc_status status =
	    input ? open_reader(input, &fd, err) : trace_error_set(err, WSC_NOMEM, 0, "out of memory");
	if (fd >= 0)
		close(fd);
	if (status == WSC_OK)
		*out = input;
	else
		free(input);
	return status;
}

enum wsc_status trace_input_open(struct trace_input **out, const char *path, struct trace_error *err)
{
	int fd;
	*out = NULL;
	enum wsc_status status = trace_input_descriptor(&fd, path, err);
	return status == WSC_OK ? trace_input_open_from(out, fd, err) : status;
}

const struct trace_header *trace_input_header(const struct trace_input *input)
{
	return input->trace ? trace_reader_header(input->trace) : jsonl_reader_header(input->jsonl);
}

const uint32_t *trace_input_workers(const struct trace_input *input, size_t *count)
{
	return input->trace ? trace_reader_workers(input->trace, count) : jsonl_reader_workers(input->jsonl, count);
}

enum wsc_status trace_input_next(struct trace_input *input, const struct wsc_event **events, size_t *count,
                                 struct trace_error *err)
{
	return input->trace ? trace_reader_next(input->trace, events, count, err)
	                    : jsonl_reader_next(input->jsonl, events, count);
}

enum wsc_status trace_input_limit(struct trace_input *input, uint64_t from_ns, uint64_t to_ns, struct trace_error *err)
{
	if (input->trace)
		return trace_reader_limit(input->trace, from_ns, to_ns, err);
	jsonl_reader_limit(input->jsonl, from_ns, to_ns);
	return WSC_OK;
}

void trace_input_threads(struct trace_input *input, unsigned threads)
{
	if (input->trace)
		trace_reader_threads(input->trace, threads);
}

enum wsc_status trace_input_rewind(struct trace_input *input, struct trace_error *err)
{
	if (input->trace)
		return trace_reader_rewind(input->trace, err);
	jsonl_reader_rewind(input->jsonl);
	return WSC_OK;
}

const struct trace_summary *trace_input_summary(const struct trace_input *input)
{
	return input->trace ? trace_reader_summary(input->trace) : jsonl_reader_summary(input->jsonl);
}

uint64_t trace_input_position(const struct trace_input *input)
{
	return input->trace ? trace_reader_position(input->trace) : jsonl_reader_position(input->jsonl);
}

void trace_input_free(struct trace_input *input)
{
	if (!input)
		return;
	trace_reader_free(input->trace);
	jsonl_reader_free(input->jsonl);
	free(input);
}
