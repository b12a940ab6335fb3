/* SPDX-License-Identifier: MIT */
#include "jsonl_line.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* The buffer grows to room for the longest line with its CR LF, a NUL, and enough more that moving a partial line to the
 * front is rare. Most files have short lines, and touch no more memory than they need. */
#define BUFFER_BYTES_MAX (2 * JSONL_LINE_BYTES_MAX)
#define BUFFER_BYTES_MIN ((size_t)64 << 10)

enum wsc_status jsonl_line_reader_init(struct jsonl_line_reader *reader, int fd)
{
	*reader = (struct jsonl_line_reader){.fd = fd, .size = BUFFER_BYTES_MIN};
	reader->buffer = malloc(reader->size);
	return reader->buffer ? WSC_OK : WSC_NOMEM;
}

void jsonl_line_reader_free(struct jsonl_line_reader *reader)
{
	free(reader->buffer);
	reader->buffer = NULL;
}

/* Doubles a buffer that a partial line fills by half. */
static enum wsc_status make_room(struct jsonl_line_reader *reader, struct trace_error *err)
{
	if (reader->end < reader->size / 2 || reader->size >= BUFFER_BYTES_MAX)
		return WSC_OK;
	char *buffer = realloc(reader->buffer, 2 * reader->size);
	if (!buffer)
		return trace_error_set(err, WSC_NOMEM, reader->read_offset, "out of memory");
	reader->buffer = buffer;
	reader->size *= 2;
	return WSC_OK;
}

/* Reads more bytes behind those not yet handed out; sets at_end when there are none. */
static enum wsc_status fill(struct jsonl_line_reader *reader, struct trace_error *err)
{
	if (reader->begin > 0) {
		memmove(reader->buffer, reader->buffer + reader->begin, reader->end - reader->begin);
		reader->end -= reader->begin;
		reader->begin = 0;
	}
	enum wsc_status status = make_room(reader, err);
	if (status != WSC_OK)
		return status;
	ssize_t got;
	do {
		got = pread(reader->fd, reader->buffer + reader->end, reader->size - 1 - reader->end,
		            (off_t)reader->read_offset);
	} while (got < 0 && errno == EINTR);
	if (got < 0)
		return trace_error_set(err, WSC_IO, reader->read_offset, "%s", strerror(errno));
	reader->at_end = got == 0;
	reader->end += (size_t)got;
	reader->read_offset += (uint64_t)got;
	return WSC_OK;
}

/* Makes `line` of the `length` bytes at reader->begin, of which `ending` more (a LF or nothing) are dropped. */
static void take(struct jsonl_line_reader *reader, size_t length, size_t ending, struct jsonl_line *line)
{
	static const char mark[] = {'\xEF', '\xBB', '\xBF'};
	char *text = reader->buffer + reader->begin;
	line->offset = reader->read_offset - (reader->end - reader->begin);
	reader->begin += length + ending;
	line->number = ++reader->number;
	if (length > 0 && text[length - 1] == '\r')
		length--;
	text[length] = '\0';
	if (line->number == 1 && length >= sizeof(mark) && memcmp(text, mark, sizeof(mark)) == 0) {
		text += sizeof(mark);
		length -= sizeof(mark);
		line->offset += sizeof(mark);
	}
	line->text = text;
	line->length = length;
}

enum wsc_status jsonl_line_next(struct jsonl_line_reader *reader, struct jsonl_line *line, struct trace_error *err)
{
	size_t seen = 0; /* bytes from begin that are known to hold no LF, so that no byte is looked at twice */
	for (;;) {
		const char *start = reader->buffer + reader->begin;
		size_t held = reader->end - reader->begin;
		const char *feed = memchr(start + seen, '\n', held - seen);
		size_t length = feed ? (size_t)(feed - start) : held;
		if (length > JSONL_LINE_BYTES_MAX + 1) {
			*line = (struct jsonl_line){
			    .text = "", .number = reader->number + 1, .offset = reader->read_offset - held};
			return jsonl_line_error(line, 0, err, WSC_LIMIT, "the line is longer than %zu bytes",
			                        JSONL_LINE_BYTES_MAX);
		}
		if (feed || (reader->at_end && held > 0)) {
			take(reader, length, feed ? 1 : 0, line);
			return WSC_OK;
		}
		if (reader->at_end)
			return WSC_DONE;
		seen = held;
		enum wsc_status status = fill(reader, err);
		if (status != WSC_OK)
			return status;
	}
}

enum wsc_status jsonl_line_error(const struct jsonl_line *line, size_t at, struct trace_error *err,
                                 enum wsc_status status, const char *format, ...)
{
	uint64_t column = 1;
	for (size_t i = 0; i < at; i++)
		column +=
		    ((unsigned char)line->text[i] & 0xC0U) != 0x80U; /* bytes that go on a character don't count */
	char what[180];
	va_list arguments;
	va_start(arguments, format);
	vsnprintf(what, sizeof(what), format, arguments);
	va_end(arguments);
	trace_error_set(err, status, line->offset + at, "line %" PRIu64 ", column %" PRIu64 ": %s", line->number,
	                column, what);
	if (err) {
		err->line = line->number;
		err->column = column;
	}
	return status;
}
