/* SPDX-License-Identifier: MIT */
#include "trace_block.h"

#include <stdlib.h>
#include <string.h>

#include "trace_item.h"
#include "trace_limits.h"

/* Whether what was read is the block that the map has at this place. */
static bool is_entry(const struct trace_map *map, uint32_t stream, const struct trace_map_entry *entry,
                     const struct trace_envelope *envelope, const struct block *block)
{
	return envelope->type == TRACE_ITEM_BLOCK && envelope->sequence == entry->sequence &&
	       memcmp(envelope->id, map->header.trace_id, TRACE_SHORT_ID_BYTES) == 0 &&
	       block->worker == map->streams[stream].worker && block->first_event == entry->first_event &&
	       block->count == entry->count && block->first_ts == entry->first_ts && block->max_ts == entry->max_ts &&
	       block->ordered == map->header.ordered && block->first_order == entry->order;
}

/* Holds a block's head, as far as the first `size` bytes of its frame have it, against the map. */
static enum wsc_status check_bytes(const struct trace_map *map, uint32_t stream, const struct trace_map_entry *entry,
                                   size_t size)
{
	unsigned char head[TRACE_ITEM_BLOCK_HEAD_BYTES];
	struct trace_cbor_reader cbor = {.bytes = head};
	struct trace_envelope envelope;
	const unsigned char *bytes;
	struct block block;
	size_t available;
	uint64_t left;
	enum wsc_status status = trace_file_view(map->file, entry->offset, size, &bytes, &available);

	if (status != WSC_OK)
		return status;
	status =
	    frame_peek(map->file->frames, bytes, available < size ? available : size, head, sizeof head, &cbor.size);
	if (status == WSC_OK)
		status = trace_item_read(&cbor, &envelope, &left);
	if (status == WSC_OK)
		status = trace_item_read_block_head(&cbor, left, &block);
	if (status != WSC_OK)
		return status;
	return is_entry(map, stream, entry, &envelope, &block) ? WSC_OK : WSC_FORMAT;
}

/* The head is mostly a zstd block of its own. */
static enum wsc_status check(const struct trace_map *map, uint32_t stream, const struct trace_map_entry *entry)
{
	enum { FIRST_BYTES = 256 };
	enum wsc_status status = WSC_FORMAT;

	if (entry->size > FIRST_BYTES)
		status = check_bytes(map, stream, entry, FIRST_BYTES);
	return status == WSC_FORMAT ? check_bytes(map, stream, entry, entry->size) : status;
}

enum wsc_status trace_block_check(const struct trace_map *map)
{
	/* In the order of the file, which is that of the entries and not that of the chains. */
	uint32_t *stream_of = malloc((map->entry_count + 1) * sizeof *stream_of);
	enum wsc_status status = stream_of == NULL ? WSC_NOMEM : WSC_OK;

	for (uint32_t i = 0; status == WSC_OK && i < map->stream_count; i++) {
		for (uint32_t at = map->streams[i].first; at != TRACE_MAP_NONE; at = map->entries[at].next)
			stream_of[at] = i;
	}
	for (size_t at = 0; status == WSC_OK && at < map->entry_count; at++)
		status = check(map, stream_of[at], &map->entries[at]);
	free(stream_of);
	return status;
}

enum wsc_status trace_block_load(const struct trace_map *map, struct trace_file *file, uint32_t stream, uint32_t number,
                                 uint64_t size_max, struct trace_block_content *content, struct block *block)
{
	const struct trace_map_entry *entry = &map->entries[number];
	struct trace_cbor_reader cbor = {0};
	struct trace_envelope envelope;
	const unsigned char *bytes;
	struct frame_info info;
	size_t available;
	uint64_t left;
	enum wsc_status status = trace_file_view(file, entry->offset, entry->size, &bytes, &available);

	if (status != WSC_OK)
		return status;
	if (available < entry->size)
		return WSC_FORMAT;
	info = frame_inspect(bytes, entry->size, TRACE_CONTENT_BYTES_MAX);
	if (info.kind != FRAME_DATA || info.size != entry->size)
		return WSC_FORMAT;
	content->size = info.content_size + CODEC_SLACK_BYTES;
	if (content->size > size_max)
		return WSC_LIMIT;
	status = trace_file_content(file, bytes, info, &content->bytes, &content->capacity);
	if (status != WSC_OK)
		return status;
	cbor.bytes = content->bytes;
	cbor.size = info.content_size;
	status = trace_item_read(&cbor, &envelope, &left);
	if (status == WSC_OK)
		status = trace_item_read_block(&cbor, left, block);
	if (status != WSC_OK)
		return status;
	return is_entry(map, stream, entry, &envelope, block) ? WSC_OK : WSC_FORMAT;
}
