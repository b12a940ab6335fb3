/* SPDX-License-Identifier: MIT */
/* One item of a trace as CBOR, of any type. What can be read can be written, and is the same when it is read again. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"
#include "trace_item.h"

struct item {
	struct trace_envelope envelope;
	bool ordered;               /* an index of an ordered trace */
	struct trace_header header; /* or a declaration */
	struct block block;
	struct trace_epoch epoch;
	struct trace_footer footer;
	struct trace_index_entry *entries;
	size_t count;
};

static enum wsc_status read_fields(struct item *item, struct trace_cbor_reader *reader, uint64_t left)
{
	switch (item->envelope.type) {
	case TRACE_ITEM_HEADER:
		return trace_item_read_header(reader, &item->envelope, left, &item->header);
	case TRACE_ITEM_BLOCK:
		return trace_item_read_block(reader, left, &item->block);
	case TRACE_ITEM_DECLARATION:
		return trace_item_read_declaration(reader, left, &item->header);
	case TRACE_ITEM_EPOCH:
		return trace_item_read_epoch(reader, left, &item->epoch);
	case TRACE_ITEM_FOOTER:
		return trace_item_read_footer(reader, left, &item->footer);
	case TRACE_ITEM_INDEX:
		return trace_item_read_index(reader, left, item->ordered, &item->entries, &item->count);
	default:
		return trace_item_read_unknown(reader, left) == WSC_OK ? WSC_UNSUPPORTED : WSC_FORMAT;
	}
}

static enum wsc_status read_item(struct item *item, const unsigned char *bytes, size_t size, bool ordered)
{
	struct trace_cbor_reader reader = {.bytes = bytes, .size = size};
	uint64_t left;
	*item = (struct item){.ordered = ordered};
	trace_header_init(&item->header);
	const enum wsc_status status = trace_item_read(&reader, &item->envelope, &left);
	return status == WSC_OK ? read_fields(item, &reader, left) : status;
}

static void free_item(struct item *item, enum wsc_status status)
{
	trace_header_free(&item->header);
	if (status == WSC_OK) { /* else there is nothing to be freed */
		free(item->epoch.totals);
		free(item->footer.totals);
		free(item->entries);
	}
}

static void append(struct trace_cbor_writer *writer, const struct frame_part *parts, size_t count)
{
	struct trace_cbor_writer whole = {0};
	for (size_t i = 0; i < count; i++) {
		whole.bytes = realloc(whole.bytes, whole.size + parts[i].size + 1);
		if (whole.bytes == NULL)
			abort();
		if (parts[i].size > 0)
			memcpy(whole.bytes + whole.size, parts[i].bytes, parts[i].size);
		whole.size += parts[i].size;
	}
	trace_cbor_free(writer);
	*writer = whole;
}

static enum wsc_status write_item(const struct item *item, struct trace_cbor_writer *writer)
{
	struct frame_part parts[TRACE_ITEM_BLOCK_PARTS];
	const struct trace_envelope *e = &item->envelope;
	switch (e->type) {
	case TRACE_ITEM_HEADER:
		return trace_item_write_header(writer, &item->header);
	case TRACE_ITEM_BLOCK:
		append(writer, parts, trace_item_write_block(writer, e->id, e->sequence, &item->block, parts));
		return WSC_OK;
	case TRACE_ITEM_DECLARATION:
		return trace_item_write_declaration(writer, e->id, e->sequence, &item->header);
	case TRACE_ITEM_EPOCH:
		trace_item_write_epoch(writer, e->id, e->sequence, &item->epoch);
		return WSC_OK;
	case TRACE_ITEM_FOOTER:
		trace_item_write_footer(writer, e->id, e->sequence, &item->footer);
		return WSC_OK;
	default:
		return trace_item_write_index(writer, e->id, e->sequence, item->entries, item->count, item->ordered);
	}
}

/* The writer takes a block as the encoder makes it, with events, and a token and a symbol for each. */
static bool is_writable(const struct item *item)
{
	const struct block_column *columns = item->block.columns;
	return item->envelope.type != TRACE_ITEM_BLOCK ||
	       (item->block.count > 0 && columns[BLOCK_TOKENS].size == item->block.count &&
	        columns[BLOCK_SYMBOLS].size == item->block.count);
}

static void fail(const char *what, enum wsc_status status)
{
	fprintf(stderr, "an item that was read %s: status %d\n", what, (int)status);
	abort();
}

static void round_trip(const unsigned char *bytes, size_t size, bool ordered)
{
	struct item first, second;
	struct trace_cbor_writer once = {0}, twice = {0};
	enum wsc_status status = read_item(&first, bytes, size, ordered), again;
	if (status == WSC_OK && is_writable(&first)) {
		if ((again = write_item(&first, &once)) != WSC_OK)
			fail("can't be written", again);
		if ((again = read_item(&second, once.bytes, once.size, ordered)) != WSC_OK)
			fail("can't be read again", again);
		if ((again = write_item(&second, &twice)) != WSC_OK || once.size != twice.size ||
		    memcmp(once.bytes, twice.bytes, once.size) != 0)
			fail("is another the second time", again);
		free_item(&second, WSC_OK);
	}
	free_item(&first, status);
	trace_cbor_free(&once);
	trace_cbor_free(&twice);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	unsigned char *bytes = malloc(size != 0 ? size : 1); /* so that a sanitizer sees where it ends */
	if (bytes == NULL)
		abort();
	if (size > 0)
		memcpy(bytes, data, size);
	round_trip(bytes, size, false);
	round_trip(bytes, size, true);
	free(bytes);
	return 0;
}
