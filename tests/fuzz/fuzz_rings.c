/* SPDX-License-Identifier: MIT */
/*
 * A rings' file of a process that is gone or lives, with a trace or without: 160 bytes of its head, then segments: a byte
 * with the kind, 2 bytes with a size, and so many bytes, the first 400 of which follow the segment's own head and the
 * others its slots, or a chunk. A header segment has a sound header. The first byte says what else there is: a process that
 * lives, a trace, an older file, and lies: numbers of 8 bytes put over the heads of file and segments, each with a byte that says
 * whose and one that says where.
 */
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"
#include "memory_file.h"
#include "trace_fixture.h"
#include "trace_item.h"
#include "trace_recover.h"

enum { HEAD_BYTES = 160, SEGMENT_BYTES = 3 * RING_FILE_PAGE, PAGE_FIELDS = 400, SEGMENTS_MAX = 12 };
/* A chunk is larger. */
enum { CHUNKS_BYTES = RING_FILE_CHUNKS_AT + RING_FILE_CHUNK_BYTES };

static const uint8_t trace_id[TRACE_ID_BYTES] = "sixteen bytes..";

struct file {
	_Alignas(64) unsigned char bytes[RING_FILE_HEAD_BYTES + SEGMENTS_MAX * CHUNKS_BYTES];
	size_t size;
	size_t heads[SEGMENTS_MAX + 1]; /* of the file, and where each segment begins */
	size_t head_count;
};

static struct trace_header header_of_trace(void)
{
	struct trace_header header;
	trace_header_init(&header);
	memcpy(header.trace_id, trace_id, TRACE_ID_BYTES);
	return header;
}

static void add_header(unsigned char *segment)
{
	struct trace_cbor_writer cbor = {0};
	struct trace_header header = header_of_trace();
	if (trace_item_write_header(&cbor, &header) != WSC_OK)
		abort();
	((struct ring_file_header *)(void *)segment)->size = cbor.size;
	memcpy(segment + RING_FILE_SEGMENT_BYTES, cbor.bytes, cbor.size);
	trace_cbor_free(&cbor);
}

static void add_segment(struct fuzz_input *input, struct file *file)
{
	unsigned char *segment = file->bytes + file->size;
	const uint8_t *bytes;
	const uint32_t kind = (uint32_t)fuzz_number(input, 1) % 6;
	const size_t whole = kind == RING_FILE_CHUNKS ? CHUNKS_BYTES : SEGMENT_BYTES;
	const size_t size = fuzz_take(input, fuzz_number(input, 2) % (SEGMENT_BYTES - RING_FILE_PAGE), &bytes);
	const size_t head = size < PAGE_FIELDS ? size : PAGE_FIELDS;
	memcpy(segment + sizeof(struct ring_file_segment), bytes, head);
	memcpy(segment + RING_FILE_SLOTS_AT, bytes + head, size - head);
	*(struct ring_file_segment *)(void *)segment = (struct ring_file_segment){.kind = kind, .bytes = whole};
	if (kind == RING_FILE_HEADER)
		add_header(segment);
	file->heads[file->head_count++] = file->size;
	file->size += whole;
}

enum { LIE_BYTES = 10, LIES_MAX = 8 };

/* What is a lie comes first in the input, and is told once the rest is made. */
static void tell(struct fuzz_input lies, struct file *file)
{
	while (lies.size >= LIE_BYTES) {
		const size_t head = file->heads[fuzz_number(&lies, 1) % file->head_count];
		const size_t at = head + fuzz_number(&lies, 1) * 8;
		const uint64_t number = fuzz_number(&lies, 8);
		memcpy(file->bytes + at, &number, sizeof(number));
	}
}

static void make(struct fuzz_input *input, struct file *file)
{
	const uint8_t *bytes;
	struct ring_file_head *head = (struct ring_file_head *)(void *)file->bytes;
	memset(file->bytes, 0, file->size); /* of the input before */
	const size_t got = fuzz_take(input, HEAD_BYTES, &bytes);
	memcpy(file->bytes + 16, bytes, got);
	memcpy(head->magic, RING_FILE_MAGIC, RING_FILE_MAGIC_BYTES);
	memcpy(head->trace_id, trace_id, TRACE_ID_BYTES);
	head->version = RING_FILE_VERSION;
	file->size = RING_FILE_HEAD_BYTES;
	file->heads[0] = 0;
	file->head_count = 1;
	while (input->size > 0 && file->head_count <= SEGMENTS_MAX && file->size + CHUNKS_BYTES <= sizeof(file->bytes))
		add_segment(input, file);
	head->bytes = file->size;
	head->policy %= 3;
}

/* A trace of `count` frames behind its header, from number `first` on, without its last `less` bytes. */
static int trace_of(uint64_t count, uint64_t first, size_t less)
{
	struct bytes bytes = {0};
	struct trace_header header = header_of_trace();
	header.first_frame = first;
	struct trace_writer *writer = writer_to(&bytes, &header);
	for (uint64_t i = 0; i < count; i++) {
		const struct wsc_event e = {.ts = 1000 + i, .task = i + 1, .worker = 1, .kind = WSC_EV_EXEC_START};
		if (trace_writer_block(writer, &e, 1, NULL) != WSC_OK)
			abort();
	}
	trace_writer_free(writer);
	const int fd = memory_file(bytes.data, bytes.size - (less < bytes.size ? less : bytes.size));
	free(bytes.data);
	return fd;
}

/* What comes out must be a trace that can be read; frames that do not follow the older ones are damage, and said to be. */
static void recover(int rings_fd, int trace_fd, int older_fd, bool is_live)
{
	struct bytes out = {0};
	struct ring_reader rings;
	struct trace_recovered recovered;
	struct trace_error err = {0};
	if (ring_reader_open(&rings, rings_fd, is_live, &err) != WSC_OK)
		return;
	const struct trace_sink sink = {bytes_sink, &out};
	const struct trace_recover_from from = {trace_fd, older_fd, &rings, is_live ? 1500 : UINT64_MAX};
	if (trace_recover(sink, &from, &recovered, &err) == WSC_OK) {
		struct reading reading = read_bytes(out.data, out.size);
		if (reading.status != WSC_DONE || (older_fd < 0 && reading.summary.damaged_blocks != 0))
			abort();
		reading_free(&reading);
	}
	ring_reader_free(&rings);
	free(out.data);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct file file;
	struct fuzz_input input = {data, size}, lies = {data, 0};
	const unsigned how = (unsigned)fuzz_number(&input, 1);
	int older = -1;
	uint64_t first = 1;
	if ((how & 0x40) != 0) {
		const uint64_t frames = fuzz_number(&input, 1) % 16;
		first = 1 + fuzz_number(&input, 1) % 16;
		older = trace_of(frames, 1, fuzz_number(&input, 1));
	}
	if ((how & 0x80) != 0)
		lies.size = fuzz_take(&input, fuzz_number(&input, 1) % (LIES_MAX + 1) * LIE_BYTES, &lies.data);
	make(&input, &file);
	tell(lies, &file);
	const int rings = memory_file(file.bytes, file.size),
	          trace = how % 4 < 2 ? trace_of(how / 4 % 16, first, 0) : -1;
	recover(rings, trace, older, how % 2 != 0);
	close(rings);
	if (older >= 0)
		close(older);
	if (trace >= 0)
		close(trace);
	return 0;
}
