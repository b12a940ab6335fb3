/* SPDX-License-Identifier: MIT */
/*
 * Files whose checksums are right and whose content is not: made by hand, or by changing the content of sound frames
 * and compressing it again. The reader must not crash, hang or believe a block that contradicts itself. Also what a
 * later version may add: event kinds, items and keys that this one does not know.
 */
#include <criterion/criterion.h>

#include "frame.h"
#include "jsonl_support.h"
#include "trace_fixture.h"
#include "trace_item.h"
#include "trace_key.h"
#include "trace_seek.h"

enum { EVENTS = 60, FRAMES_MAX = 32 };

/* A trace as the contents of its frames, without the index, which then no longer fits. */
struct contents {
	struct bytes frames[FRAMES_MAX];
	size_t count;
};

static struct bytes make_trace(bool ordered)
{
	struct trace_header header;
	struct bytes bytes = {0};
	struct trace_writer *writer;
	struct wsc_event events[EVENTS];
	uint64_t order[EVENTS], state = 21, ts[2] = {0};

	trace_header_init(&header);
	header.ordered = ordered;
	cr_assert_not_null(trace_header_add_queue(&header, 9));
	cr_assert_eq(trace_header_set_string(&trace_header_add_label(&header, 1)->text, "one"), WSC_OK);
	cr_assert_eq(trace_header_add_meta(&header, "k", "[1]"), WSC_OK);
	cr_assert_eq(trace_header_add_extension(&header, 40, "later", 2, false), WSC_OK);
	writer = writer_to(&bytes, &header);
	for (unsigned round = 0; round < 4; round++) {
		for (size_t i = 0; i < EVENTS; i++) {
			events[i] = random_event(&state, round % 2, &ts[round % 2]);
			order[i] = round * EVENTS + i;
		}
		cr_assert_eq(trace_writer_block(writer, events, EVENTS, ordered ? order : NULL), WSC_OK);
		cr_assert_eq(trace_writer_epoch(writer, 7), WSC_OK);
	}
	cr_assert_eq(trace_writer_declare(writer, &header), WSC_OK);
	cr_assert_eq(trace_writer_finish(writer, WSC_END_CLEAN), WSC_OK);
	trace_writer_free(writer);
	trace_header_free(&header);
	return bytes;
}

static void take_apart(const struct bytes *trace, struct contents *contents)
{
	struct frame_reader *reader;
	size_t at = 0;

	contents->count = 0;
	cr_assert_eq(frame_reader_create(&reader), WSC_OK);
	for (;;) {
		struct frame_info info = frame_inspect(trace->data + at, trace->size - at, TRACE_CONTENT_BYTES_MAX);
		struct bytes *frame = &contents->frames[contents->count];

		if (info.kind != FRAME_DATA)
			break;
		*frame = (struct bytes){malloc(info.content_size), info.content_size, info.content_size};
		cr_assert_eq(frame_read(reader, trace->data + at, info, frame->data), WSC_OK);
		contents->count++;
		at += info.size;
	}
	frame_reader_free(reader);
}

static struct bytes put_together(const struct contents *contents)
{
	struct frame_writer *writer;
	struct bytes bytes = {0};

	cr_assert_eq(frame_writer_create(&writer, 1), WSC_OK);
	for (size_t i = 0; i < contents->count; i++) {
		struct frame_part part = {contents->frames[i].data, contents->frames[i].size};
		const unsigned char *frame;
		size_t size;

		if (part.size == 0)
			continue;
		cr_assert_eq(frame_write(writer, &part, 1, &frame, &size), WSC_OK);
		bytes_add(&bytes, frame, size);
	}
	frame_writer_free(writer);
	return bytes;
}

static void free_contents(struct contents *contents)
{
	for (size_t i = 0; i < contents->count; i++)
		free(contents->frames[i].data);
}

/* Any status is fine but one: that the reader says the file changed, or goes on without end. */
static void read_anything(const struct contents *contents)
{
	struct bytes bytes = put_together(contents);
	struct reading reading = read_bytes(bytes.data, bytes.size);

	cr_assert(reading.status != WSC_OK && reading.status != WSC_RESTART && reading.status != WSC_IO);
	cr_assert_leq(reading.summary.events, 4 * TRACE_BLOCK_EVENTS_MAX);
	reading_free(&reading);
	free(bytes.data);
}

Test(trace_hostile, every_byte_of_the_content_changed, .timeout = 120)
{
	for (int ordered = 0; ordered < 2; ordered++) {
		struct bytes trace = make_trace(ordered == 1);
		struct contents contents;
		uint64_t state = 77;

		take_apart(&trace, &contents);
		for (size_t f = 0; f < contents.count; f++) {
			for (size_t i = 0; i < contents.frames[f].size; i++) {
				unsigned char old = contents.frames[f].data[i];

				contents.frames[f].data[i] = (unsigned char)(random_next(&state) >> 30);
				read_anything(&contents);
				contents.frames[f].data[i] = old;
			}
		}
		free_contents(&contents);
		free(trace.data);
	}
}

Test(trace_hostile, the_content_ends_early, .timeout = 60)
{
	struct bytes trace = make_trace(false);
	struct contents contents;

	take_apart(&trace, &contents);
	for (size_t f = 0; f < contents.count; f++) {
		size_t size = contents.frames[f].size;

		for (contents.frames[f].size = 1; contents.frames[f].size < size; contents.frames[f].size++)
			read_anything(&contents);
	}
	free_contents(&contents);
	free(trace.data);
}

/* A file of the header `header` and these items. */
static struct bytes with_items(const struct trace_header *header, struct trace_cbor_writer *items, size_t count)
{
	struct contents contents = {.count = count + 1};
	struct trace_cbor_writer head = {0};
	struct bytes bytes;

	cr_assert_eq(trace_item_write_header(&head, header), WSC_OK);
	contents.frames[0] = (struct bytes){head.bytes, head.size, head.capacity};
	for (size_t i = 0; i < count; i++)
		contents.frames[i + 1] = (struct bytes){items[i].bytes, items[i].size, items[i].capacity};
	bytes = put_together(&contents);
	free_contents(&contents);
	return bytes;
}

static struct trace_cbor_map begin(struct trace_cbor_writer *w, const struct trace_header *header, uint64_t type,
                                   uint64_t sequence)
{
	struct trace_cbor_map map = trace_cbor_map(w);

	trace_cbor_key(w, &map, KEY_TYPE);
	trace_cbor_uint(w, type);
	trace_cbor_key(w, &map, KEY_ID);
	trace_cbor_bytes(w, header->trace_id, TRACE_SHORT_ID_BYTES);
	trace_cbor_key(w, &map, KEY_SEQUENCE);
	trace_cbor_uint(w, sequence);
	return map;
}

static void put_column(struct trace_cbor_writer *w, struct trace_cbor_map *map, unsigned column, const void *bytes,
                       size_t size)
{
	trace_cbor_key(w, map, BLOCK_KEY_COLUMNS + column);
	trace_cbor_bytes(w, bytes, size);
}

/* A block of three events: parked, an extension event of kind 40 with two operands, unparked; at 5, 6 and 8. */
static void write_extension_block(struct trace_cbor_writer *w, const struct trace_header *header)
{
	static const unsigned char tokens[] = {WSC_EV_PARKED, 0, WSC_EV_UNPARKED}, symbols[] = {1, 0, 2};
	static const unsigned char extension[] = {40, 3, 0x80, 1};
	struct trace_cbor_map map = begin(w, header, TRACE_ITEM_BLOCK, 1);

	for (uint64_t key = BLOCK_KEY_WORKER; key <= BLOCK_KEY_LAST_TS; key++) {
		static const uint64_t values[] = {3, 0, 3, 5, 8};

		trace_cbor_key(w, &map, key);
		trace_cbor_uint(w, values[key - BLOCK_KEY_WORKER]);
	}
	put_column(w, &map, BLOCK_TOKENS, tokens, sizeof tokens);
	put_column(w, &map, BLOCK_SYMBOLS, symbols, sizeof symbols);
	put_column(w, &map, BLOCK_EXTENSION, extension, sizeof extension);
	trace_cbor_key(w, &map, 999); /* of a later version */
	trace_cbor_array(w, 2);
	trace_cbor_text(w, "ignored");
	trace_cbor_bool(w, true);
	trace_cbor_map_end(w, &map);
}

static void write_later_item(struct trace_cbor_writer *w, const struct trace_header *header)
{
	struct trace_cbor_map map = begin(w, header, 77, 2);

	trace_cbor_key(w, &map, 3);
	trace_cbor_text(w, "an item of a later version");
	trace_cbor_map_end(w, &map);
}

static struct bytes extension_trace(bool declared, bool critical)
{
	struct trace_header header;
	struct trace_cbor_writer items[2] = {{0}, {0}};
	struct bytes bytes;

	trace_header_init(&header);
	if (declared)
		cr_assert_eq(trace_header_add_extension(&header, 40, "numa_move", 2, critical), WSC_OK);
	write_extension_block(&items[0], &header);
	write_later_item(&items[1], &header);
	bytes = with_items(&header, items, 2);
	trace_header_free(&header);
	return bytes;
}

Test(trace_hostile, what_a_later_version_adds_is_skipped_and_counted)
{
	struct bytes bytes = extension_trace(true, false);
	struct trace_reader *reader;
	struct trace_error err;
	struct reading reading;

	cr_assert_eq(open_bytes(&reader, bytes.data, bytes.size, &err), WSC_OK, "%s", err.message);
	reading = drain(reader);
	cr_assert_eq(reading.status, WSC_DONE);
	cr_assert_eq(reading.summary.damaged_blocks, 0);
	cr_assert_eq(reading.count, 3, "without a footer or an epoch, anything may be missing");
	cr_assert(reading.events[0].kind == WSC_EV_GAP && reading.events[0].arg == 0 && reading.events[0].task == 8);
	cr_assert(reading.events[1].kind == WSC_EV_PARKED && reading.events[1].ts == 5);
	cr_assert(reading.events[2].kind == WSC_EV_UNPARKED && reading.events[2].ts == 8);
	cr_assert_eq(reading.summary.skipped_count, 1);
	cr_assert_str_eq(reading.summary.skipped[0].name, "numa_move");
	cr_assert_eq(reading.summary.skipped[0].count, 1);
	trace_reader_free(reader);
	reading_free(&reading);
	free(bytes.data);
}

Test(trace_hostile, a_critical_kind_is_refused_by_name)
{
	struct bytes bytes = extension_trace(true, true);
	struct trace_reader *reader;
	struct trace_error err;

	cr_assert_eq(open_bytes(&reader, bytes.data, bytes.size, &err), WSC_UNSUPPORTED);
	cr_assert_not_null(strstr(err.message, "numa_move"));
	free(bytes.data);
}

Test(trace_hostile, an_undeclared_kind_is_damage)
{
	struct bytes bytes = extension_trace(false, false);
	struct reading reading = read_bytes(bytes.data, bytes.size);

	cr_assert_eq(reading.status, WSC_DONE);
	cr_assert_eq(reading.summary.events, 0);
	cr_assert_eq(reading.summary.damaged_blocks, 1);
	reading_free(&reading);
	free(bytes.data);
}

Test(trace_hostile, another_version_is_refused)
{
	struct trace_header header;
	struct contents contents = {.count = 1};
	struct trace_cbor_writer w = {0};
	struct trace_reader *reader;
	struct trace_error err;
	struct trace_cbor_map map = trace_cbor_map(&w);
	struct bytes bytes;

	trace_header_init(&header);
	trace_cbor_key(&w, &map, KEY_TYPE);
	trace_cbor_text(&w, TRACE_ITEM_MAGIC);
	trace_cbor_key(&w, &map, KEY_ID);
	trace_cbor_bytes(&w, header.trace_id, TRACE_ID_BYTES);
	trace_cbor_key(&w, &map, KEY_SEQUENCE);
	trace_cbor_uint(&w, 0);
	trace_cbor_key(&w, &map, HEADER_VERSION);
	trace_cbor_uint(&w, 2);
	trace_cbor_map_end(&w, &map);
	contents.frames[0] = (struct bytes){w.bytes, w.size, w.capacity};
	bytes = put_together(&contents);
	cr_assert_eq(open_bytes(&reader, bytes.data, bytes.size, &err), WSC_UNSUPPORTED);
	free_contents(&contents);
	free(bytes.data);
}

/* libcbor's tree builder was once made to allocate 787 MB by five bytes like these. */
Test(trace_hostile, lengths_that_are_not_there_cost_nothing)
{
	static const unsigned char heads[][9] = {{0x9b, 0, 0, 0, 0xff, 0xff, 0xff, 0xff, 0xff},
	                                         {0xbb, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff},
	                                         {0x5b, 0, 0, 0, 0xff, 0xff, 0xff, 0xff, 0xff},
	                                         {0x7b, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff},
	                                         {0x9f, 0x9f, 0x9f, 0x9f, 0x9f, 0x9f, 0x9f, 0x9f, 0x9f},
	                                         {0x81, 0x81, 0x81, 0x81, 0x81, 0x81, 0x81, 0x81, 0x81}};

	for (size_t i = 0; i < sizeof heads / sizeof heads[0]; i++) {
		struct trace_cbor_reader reader = {.bytes = heads[i], .size = sizeof heads[i]};
		struct trace_cbor_item item;

		cr_assert(!trace_cbor_next(&reader, &item) || !trace_cbor_skip(&reader, &item), "head %zu", i);
	}
}

/* --- The numbers, lengths and types of an item changed, one at a time. --- */

/* The beginning of a CBOR item: its major type and its number. */
struct head {
	size_t at, size;
	unsigned major;
	uint64_t value;
};

static struct head head_at(const struct bytes *content, size_t at)
{
	const unsigned char first = content->data[at], more = first & 31;
	struct head head = {at, more < 24 ? 1 : 1 + ((size_t)1 << (more - 24)), first >> 5, more};

	if (more >= 24)
		head.value = 0;
	for (size_t i = 1; i < head.size; i++)
		head.value = head.value << 8 | content->data[at + i];
	return head;
}

/* What comes next; of a string, its bytes are passed over. */
static size_t behind(struct head head)
{
	return head.at + head.size + (head.major == 2 || head.major == 3 ? (size_t)head.value : 0);
}

/* The content with another head, in the shortest form. */
static struct bytes with_head(const struct bytes *content, struct head head, unsigned major, uint64_t value)
{
	struct bytes changed = {0};
	unsigned char bytes[9];
	size_t size = value < 24 ? 0 : value <= 0xff ? 1 : value <= 0xffff ? 2 : value <= UINT32_MAX ? 4 : 8;
	const unsigned more = size == 0 ? (unsigned)value : size == 1 ? 24 : size == 2 ? 25 : size == 4 ? 26 : 27;

	bytes[0] = (unsigned char)(major << 5 | more);
	for (size_t i = 0; i < size; i++)
		bytes[1 + i] = (unsigned char)(value >> (8 * (size - 1 - i)));
	bytes_add(&changed, content->data, head.at);
	bytes_add(&changed, bytes, 1 + size);
	bytes_add(&changed, content->data + head.at + head.size, content->size - head.at - head.size);
	return changed;
}

/* Every key and table of the format, and a few events of two workers. */
static struct bytes full_trace(void)
{
	struct bytes bytes = {0};
	struct trace_header header = {0};
	uint64_t ts = 0, state = 5;

	for (uint64_t seed = 1; header.queue_count < 2 || header.queue_count > 4 || !header.has_process_id; seed++) {
		trace_header_free(&header);
		support_random_header(&header, &seed);
	}
	struct trace_writer *writer = writer_to(&bytes, &header);
	for (uint32_t i = 0; i < 4; i++) {
		struct wsc_event events[3];

		for (size_t k = 0; k < 3; k++)
			events[k] = random_event(&state, i % 2, &ts);
		cr_assert_eq(trace_writer_block(writer, events, 3, NULL), WSC_OK);
		cr_assert_eq(trace_writer_epoch(writer, ts), WSC_OK);
	}
	cr_assert_eq(trace_writer_declare(writer, &header), WSC_OK);
	cr_assert_eq(trace_writer_finish(writer, WSC_END_CLEAN), WSC_OK);
	trace_writer_free(writer);
	trace_header_free(&header);
	return bytes;
}

/* Reads it, and makes sure that what is missing is said. */
static void read_changed(const struct bytes *bytes, uint64_t events, bool may_be_refused)
{
	struct reading reading = read_bytes(bytes->data, bytes->size);

	cr_assert(reading.status == WSC_DONE || may_be_refused, "status %d: %s", (int)reading.status,
	          reading.err.message);
	if (reading.status == WSC_DONE)
		cr_assert(reading.summary.events == events || reading.summary.damaged_blocks > 0,
		          "%lu events of %lu, and no word of damage", (unsigned long)reading.summary.events,
		          (unsigned long)events);
	else
		cr_assert(
		    reading.err.message[0] != '\0' &&
		    (reading.status == WSC_FORMAT || reading.status == WSC_LIMIT || reading.status == WSC_UNSUPPORTED));
	reading_free(&reading);
}

/* Calls `read` with the content changed at each head. */
static void change_heads(const struct bytes *content, void (*read)(void *context, const struct bytes *changed),
                         void *context)
{
	for (struct head head = head_at(content, 0);; head = head_at(content, behind(head))) {
		const struct {
			unsigned major;
			uint64_t value;
		} others[] = {{head.major, 0},
		              {head.major, head.value + 1},
		              {head.major, head.value - 1},
		              {head.major, TRACE_TABLE_ROWS_MAX + 1},
		              {head.major, UINT32_MAX},
		              {head.major, UINT64_MAX - 1},
		              {head.major == 0 ? 3 : 0, head.value},
		              {4, 2},
		              {6, 7},
		              {7, 20},
		              {7, 22}};

		for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
			struct bytes changed = with_head(content, head, others[i].major, others[i].value);

			read(context, &changed);
			free(changed.data);
		}
		if (behind(head) >= content->size)
			break;
	}
}

static uint64_t events_of(const struct bytes *trace)
{
	struct reading reading = read_bytes(trace->data, trace->size);

	cr_assert(reading.status == WSC_DONE && reading.summary.damaged_blocks == 0);
	reading_free(&reading);
	return reading.summary.events;
}

struct place {
	struct contents *contents;
	size_t frame;
	uint64_t events;
	bool has_tables; /* too many rows are a limit, and no damage */
};

static void read_item_changed(void *context, const struct bytes *changed)
{
	const struct place *place = context;
	struct contents contents = *place->contents;

	contents.frames[place->frame] = *changed;
	struct bytes bytes = put_together(&contents);
	read_changed(&bytes, place->events, place->has_tables);
	free(bytes.data);
}

Test(trace_hostile, every_number_of_an_item_changed, .timeout = 60)
{
	struct bytes trace = full_trace();
	struct contents contents;

	take_apart(&trace, &contents);
	/* The header; a block and an epoch; the declaration and the footer. */
	const size_t frames[] = {0, 1, 4, contents.count - 2, contents.count - 1};
	for (size_t i = 0; i < sizeof frames / sizeof frames[0]; i++) {
		struct place place = {&contents, frames[i], events_of(&trace), i == 0 || i == 3};

		change_heads(&contents.frames[frames[i]], read_item_changed, &place);
	}
	free_contents(&contents);
	free(trace.data);
}

struct frames {
	struct bytes bytes;
	uint64_t events;
};

/* A trace whose frames are as they were, with another index behind them. */
static void read_index_changed(void *context, const struct bytes *changed)
{
	const struct frames *frames = context;
	struct frame_writer *writer;
	struct frame_part part = {changed->data, changed->size};
	unsigned char head[TRACE_SEEK_HEAD_BYTES], tail[TRACE_SEEK_TAIL_BYTES];
	const unsigned char *frame;
	struct bytes bytes = {0};
	size_t size;

	cr_assert_eq(frame_writer_create(&writer, 1), WSC_OK);
	cr_assert_eq(frame_write(writer, &part, 1, &frame, &size), WSC_OK);
	trace_seek_frame(size, head, tail);
	bytes_add(&bytes, frames->bytes.data, frames->bytes.size);
	bytes_add(&bytes, head, sizeof head);
	bytes_add(&bytes, frame, size);
	bytes_add(&bytes, tail, sizeof tail);
	frame_writer_free(writer);
	read_changed(&bytes, frames->events, false);
	free(bytes.data);
}

/* Whatever an index says, the frames count. */
Test(trace_hostile, every_number_of_the_index_changed, .timeout = 60)
{
	struct bytes trace = full_trace(), content;
	struct frame_reader *reader;
	const unsigned char *tail = trace.data + trace.size - TRACE_SEEK_TAIL_BYTES;
	const size_t size = trace_seek_size(tail);
	struct frames frames = {{trace.data, trace.size - size, trace.size - size}, events_of(&trace)};
	const unsigned char *inner = trace.data + frames.bytes.size + TRACE_SEEK_HEAD_BYTES;
	const struct frame_info info =
	    frame_inspect(inner, size - TRACE_SEEK_HEAD_BYTES - TRACE_SEEK_TAIL_BYTES, TRACE_INDEX_BYTES_MAX);

	cr_assert(size > 0 && info.kind == FRAME_DATA);
	content = (struct bytes){malloc(info.content_size), info.content_size, info.content_size};
	cr_assert_eq(frame_reader_create(&reader), WSC_OK);
	cr_assert_eq(frame_read(reader, inner, info, content.data), WSC_OK);
	frame_reader_free(reader);
	change_heads(&content, read_index_changed, &frames);
	for (size_t i = 0; i < content.size; i++) {
		static const unsigned char others[] = {0, 1, 0x7f, 0x80, 0xff};
		const unsigned char before = content.data[i];

		for (size_t k = 0; k < sizeof others; k++) {
			content.data[i] = others[k];
			read_index_changed(&frames, &content);
		}
		content.data[i] = before;
	}
	free(content.data);
	free(trace.data);
}
