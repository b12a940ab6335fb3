/* SPDX-License-Identifier: MIT */
#include "trace_scan.h"

#include <stdlib.h>
#include <string.h>

#include "trace_limits.h"
#include "trace_seek.h"

struct scan {
	struct trace_map *map;
	struct trace_file *file;
	bool with_declarations; /* they are not merged yet */
	uint64_t expected;      /* sequence number of the next frame */
	uint64_t bad;           /* stretches of damage since the last sound frame */
	uint64_t lost;          /* frames lost so far, as far as can be told */
	uint64_t watermark;
	uint64_t lost_since; /* watermark when the first frame was found lost; UINT64_MAX: none is */
	uint64_t budget;     /* bytes that looking for sound frames may yet cost */
	uint64_t dropped;    /* sum over the blocks */
	bool has_footer, has_index, index_tried;
	struct trace_footer footer; /* without its totals */
	struct block_decoder *decoder;
	struct block_chunk chunk;
	uint64_t extension_counts[256]; /* of no interest here */
};

/* One item, read and bound to this trace. */
struct item {
	struct trace_cbor_reader reader;
	struct trace_envelope envelope;
	uint64_t left;
};

static enum wsc_status read_item(const struct trace_map *map, const unsigned char *content, size_t size,
                                 struct item *item)
{
	enum wsc_status status;

	*item = (struct item){.reader = {.bytes = content, .size = size}};
	status = trace_item_read(&item->reader, &item->envelope, &item->left);
	if (status != WSC_OK)
		return status;
	if (item->envelope.type == TRACE_ITEM_HEADER ||
	    memcmp(item->envelope.id, map->header.trace_id, TRACE_SHORT_ID_BYTES) != 0)
		return WSC_FORMAT;
	return WSC_OK;
}

/* Whether a status tells of the file's bytes, and not of this machine. */
static bool is_damage(enum wsc_status status)
{
	return status == WSC_FORMAT;
}

static enum wsc_status add_declaration(struct scan *scan, struct item *item)
{
	struct trace_header later;
	enum wsc_status status = trace_item_read_declaration(&item->reader, item->left, &later);

	if (status != WSC_OK)
		return status;
	if (scan->with_declarations) {
		status = trace_map_declare(scan->map, &later);
		for (size_t i = 0; i < scan->map->header.extension_count; i++)
			scan->map->operands[scan->map->header.extensions[i].kind] =
			    scan->map->header.extensions[i].operands;
	}
	trace_header_free(&later);
	return status;
}

static enum wsc_status add_epoch(struct scan *scan, struct item *item)
{
	struct trace_epoch epoch;
	enum wsc_status status = trace_item_read_epoch(&item->reader, item->left, &epoch);

	if (status != WSC_OK)
		return status;
	if (scan->map->header.first_frame > 1 && item->envelope.sequence == scan->map->header.first_frame)
		status = trace_map_begin_late(scan->map, epoch.totals, epoch.count, epoch.watermark);
	else
		status = trace_map_add_totals(scan->map, epoch.totals, epoch.count);
	free(epoch.totals);
	if (status == WSC_OK)
		scan->watermark = epoch.watermark;
	return status;
}

static enum wsc_status add_footer(struct scan *scan, struct item *item)
{
	struct trace_footer footer;
	uint64_t events = 0;
	enum wsc_status status = trace_item_read_footer(&item->reader, item->left, &footer);

	if (status != WSC_OK)
		return status;
	for (size_t i = 0; i < footer.count; i++)
		events += footer.totals[i].events;
	if (events != footer.events || footer.frames != item->envelope.sequence + 1 ||
	    footer.count < scan->map->stream_count)
		status = WSC_FORMAT;
	else
		status = trace_map_add_totals(scan->map, footer.totals, footer.count);
	free(footer.totals);
	footer.totals = NULL;
	/* Totals ascend strictly and name every stream, so a count that is greater means that one was not known. */
	if (status == WSC_OK && footer.count != scan->map->stream_count)
		status = WSC_FORMAT;
	if (status != WSC_OK)
		return status;
	scan->map->max_ts = footer.max_ts > scan->map->max_ts ? footer.max_ts : scan->map->max_ts;
	scan->map->end = footer.end;
	scan->map->footer_dropped = footer.dropped;
	scan->footer = footer;
	scan->has_footer = true;
	return WSC_OK;
}

/* Decodes a whole block, only to see that it is sound. */
static enum wsc_status try_block(struct scan *scan, const struct block *block)
{
	enum wsc_status status = block_decoder_start(scan->decoder, block, scan->map->operands, scan->extension_counts);

	while (status == WSC_OK)
		status = block_decode(scan->decoder, &scan->chunk);
	return status == WSC_DONE ? WSC_OK : status;
}

static enum wsc_status add_block(struct scan *scan, struct item *item, uint64_t offset, size_t size)
{
	struct trace_map_entry entry = {.offset = offset, .size = (uint32_t)size, .sequence = item->envelope.sequence};
	struct block block;
	enum wsc_status status = trace_item_read_block(&item->reader, item->left, &block);

	if (status == WSC_OK && block.ordered != scan->map->header.ordered)
		status = WSC_FORMAT;
	if (status == WSC_OK)
		status = try_block(scan, &block);
	if (status != WSC_OK)
		return status;
	entry.first_event = block.first_event;
	entry.first_ts = block.first_ts;
	entry.max_ts = block.max_ts;
	entry.order = block.first_order;
	entry.count = block.count;
	status = trace_map_add_block(scan->map, block.worker, &entry, block.last_ts, scan->decoder->order);
	if (status == WSC_OK)
		scan->dropped += block.dropped;
	return status;
}

static enum wsc_status add_item(struct scan *scan, struct item *item, uint64_t offset, size_t size)
{
	switch (item->envelope.type) {
	case TRACE_ITEM_BLOCK:
		return add_block(scan, item, offset, size);
	case TRACE_ITEM_DECLARATION:
		return add_declaration(scan, item);
	case TRACE_ITEM_EPOCH:
		return add_epoch(scan, item);
	case TRACE_ITEM_FOOTER:
		return add_footer(scan, item);
	default:
		return trace_item_read_unknown(&item->reader, item->left);
	}
}

/* ---- the whole file, frame by frame ---- */

/* `count` frames are not where they should be; where events may be among them, it is remembered since when. */
static void count_lost(struct scan *scan, uint64_t count)
{
	if (count == 0)
		return;
	scan->map->damaged += count;
	scan->lost += count;
	if (scan->lost_since == UINT64_MAX)
		scan->lost_since = scan->watermark;
}

/* A frame of this trace was read: is it the next one? */
static bool in_sequence(struct scan *scan, uint64_t sequence)
{
	uint64_t missing;

	if (scan->has_footer || sequence < scan->expected || sequence > scan->expected + TRACE_FRAMES_MAX) {
		scan->map->damaged++;
		return false;
	}
	/* Damaged stretches lie between sound frames; the numbers tell how many frames they held. */
	missing = sequence - scan->expected;
	count_lost(scan, missing > scan->bad ? missing : scan->bad);
	scan->bad = 0;
	scan->expected = sequence + 1;
	return true;
}

/* Reads the frame at `offset`. FORMAT: nothing sound is there. OK: it is done with, whatever it was. */
static enum wsc_status scan_frame(struct scan *scan, uint64_t offset, struct frame_info *info)
{
	const unsigned char *bytes;
	struct item item;
	enum wsc_status status =
	    trace_file_frame(scan->file, offset, TRACE_FRAME_BYTES_MAX, TRACE_CONTENT_BYTES_MAX, &bytes, info);

	if (status != WSC_OK)
		return status;
	if (info->kind != FRAME_DATA)
		return WSC_FORMAT;
	status = trace_file_content(scan->file, bytes, *info, &scan->file->content, &scan->file->content_capacity);
	if (status == WSC_OK)
		status = read_item(scan->map, scan->file->content, info->content_size, &item);
	if (status != WSC_OK)
		return status;
	if (!in_sequence(scan, item.envelope.sequence))
		return WSC_OK;
	status = add_item(scan, &item, offset, info->size);
	if (is_damage(status)) {
		count_lost(scan, 1);
		return WSC_OK;
	}
	return status;
}

/* The sound seek index that ends the file and that has `count` entries; FORMAT if there is none. */
static enum wsc_status read_index(struct trace_map *map, struct trace_file *file, struct trace_index_entry **entries,
                                  size_t *count, uint64_t *index_offset)
{
	const unsigned char *bytes;
	size_t available, size;
	struct frame_info info;
	struct item item;
	enum wsc_status status;

	if (file->size < TRACE_SEEK_TAIL_BYTES)
		return WSC_FORMAT;
	status = trace_file_view(file, file->size - TRACE_SEEK_TAIL_BYTES, TRACE_SEEK_TAIL_BYTES, &bytes, &available);
	if (status != WSC_OK || available < TRACE_SEEK_TAIL_BYTES)
		return status != WSC_OK ? status : WSC_FORMAT;
	size = trace_seek_size(bytes);
	if (size == 0 || size > file->size)
		return WSC_FORMAT;
	*index_offset = file->size - size;
	status = trace_file_view(file, *index_offset, size, &bytes, &available);
	if (status != WSC_OK || available < size)
		return status != WSC_OK ? status : WSC_FORMAT;
	info = frame_inspect(bytes, size, 0);
	if (info.kind != FRAME_SKIPPABLE || info.size != size || bytes[0] != (TRACE_SEEK_SKIPPABLE & 0xff))
		return WSC_FORMAT;
	bytes += TRACE_SEEK_HEAD_BYTES;
	size -= TRACE_SEEK_HEAD_BYTES + TRACE_SEEK_TAIL_BYTES;
	info = frame_inspect(bytes, size, TRACE_INDEX_BYTES_MAX);
	if (info.kind != FRAME_DATA || info.size != size)
		return WSC_FORMAT;
	status = trace_file_content(file, bytes, info, &file->content, &file->content_capacity);
	if (status == WSC_OK)
		status = read_item(map, file->content, info.content_size, &item);
	if (status == WSC_OK && item.envelope.type != TRACE_ITEM_INDEX)
		status = WSC_FORMAT;
	if (status == WSC_OK)
		status = trace_item_read_index(&item.reader, item.left, map->header.ordered, entries, count);
	if (status == WSC_OK && item.envelope.sequence != *count) {
		free(*entries);
		status = WSC_FORMAT;
	}
	return status;
}

/* Whether the file ends with a sound index that begins at `offset` and has an entry for each frame so far. */
static enum wsc_status check_index(struct scan *scan, uint64_t offset)
{
	struct trace_index_entry *entries;
	uint64_t index_offset, sum = 0;
	size_t count;
	enum wsc_status status = read_index(scan->map, scan->file, &entries, &count, &index_offset);

	if (status != WSC_OK)
		return status;
	for (size_t i = 0; i < count; i++)
		sum += entries[i].size;
	free(entries);
	return index_offset == offset && count == scan->footer.frames && (sum == offset || scan->map->damaged > 0)
	           ? WSC_OK
	           : WSC_FORMAT;
}

/* Where the next frame may begin, from `offset` on: at a magic number that a plausible frame header follows. */
static enum wsc_status find_magic(struct scan *scan, uint64_t *offset)
{
	const unsigned char *bytes;
	size_t available;
	enum { STEP = 64 << 10, HEADER = 18 };

	while (*offset < scan->file->size) {
		enum wsc_status status = trace_file_view(scan->file, *offset, STEP, &bytes, &available);
		size_t end = available > HEADER ? available - HEADER : 0;

		if (status != WSC_OK)
			return status;
		for (size_t i = 0; i < end; i++) {
			if (bytes[i] == 0x28 && bytes[i + 1] == 0xb5 && bytes[i + 2] == 0x2f && bytes[i + 3] == 0xfd &&
			    frame_glance(bytes + i, available - i, TRACE_CONTENT_BYTES_MAX).kind == FRAME_CUT) {
				*offset += i;
				return WSC_OK;
			}
			if (bytes[i] == (TRACE_SEEK_SKIPPABLE & 0xff) && bytes[i + 1] == 0x2a && bytes[i + 2] == 0x4d &&
			    bytes[i + 3] == 0x18) {
				*offset += i;
				return WSC_OK;
			}
		}
		if (end == 0 || *offset + available >= scan->file->size)
			break;
		*offset += end;
	}
	*offset = scan->file->size;
	return WSC_OK;
}

/*
 * Nothing sound is at *offset: goes on to the next place where something may be. A file that ends inside a frame is
 * merely cut; anything else is damage.
 */
static enum wsc_status resync(struct scan *scan, uint64_t *offset, enum frame_kind kind, bool *in_damage)
{
	uint64_t from = *offset + 1;
	enum wsc_status status = find_magic(scan, &from);

	if (status != WSC_OK)
		return status;
	if (from >= scan->file->size || scan->budget == 0) {
		if (!*in_damage && kind != FRAME_CUT)
			scan->bad++;
		*offset = scan->file->size;
		return WSC_OK;
	}
	if (!*in_damage)
		scan->bad++;
	*in_damage = true;
	*offset = from;
	return WSC_OK;
}

/* What it cost to find nothing sound: bytes read and decompressed. */
static void charge(struct scan *scan, const struct frame_info *info)
{
	uint64_t cost = info->kind == FRAME_DATA  ? info->size + info->content_size
	                : info->kind == FRAME_CUT ? TRACE_FRAME_BYTES_MAX
	                                          : TRACE_ID_BYTES;

	scan->budget -= cost < scan->budget ? cost : scan->budget;
}

static enum wsc_status scan_frames(struct scan *scan)
{
	uint64_t offset = scan->map->header_size;
	bool in_damage = false;

	while (offset < scan->file->size) {
		struct frame_info info = {.kind = FRAME_NONE};
		enum wsc_status status;

		if (scan->has_footer && !scan->index_tried) {
			scan->index_tried = true;
			status = check_index(scan, offset);
			if (status == WSC_OK) {
				scan->has_index = true;
				break;
			}
			if (!is_damage(status))
				return status;
		}
		status = scan_frame(scan, offset, &info);
		if (status == WSC_OK) {
			offset += info.size;
			in_damage = false;
			continue;
		}
		if (!is_damage(status))
			return status;
		charge(scan, &info);
		status = resync(scan, &offset, info.kind, &in_damage);
		if (status != WSC_OK)
			return status;
	}
	return WSC_OK;
}

/* What the numbers say at the end of a scan. */
static enum wsc_status end_scan(struct scan *scan)
{
	struct trace_map *map = scan->map;

	if (scan->has_footer) {
		map->damaged += scan->bad;
		if (scan->footer.has_index != scan->has_index)
			map->damaged += scan->bad == 0;
		if (!trace_map_has_gaps(map) && map->footer_dropped != scan->dropped)
			map->damaged++;
		return trace_map_finish(map, UINT64_MAX, UINT64_MAX);
	}
	count_lost(scan, scan->bad);
	return trace_map_finish(map, scan->lost_since, scan->watermark);
}

static enum wsc_status scan_all(struct trace_map *map, bool with_declarations)
{
	struct scan scan = {.map = map,
	                    .file = map->file,
	                    .with_declarations = with_declarations,
	                    .expected = map->header.first_frame,
	                    .lost_since = UINT64_MAX,
	                    .budget = TRACE_RESYNC_BYTES_MAX + map->file->size};
	enum wsc_status status = WSC_NOMEM;

	map->is_scanned = true;
	scan.decoder = malloc(sizeof *scan.decoder);
	scan.chunk.events = malloc(BLOCK_CHUNK_EVENTS * sizeof *scan.chunk.events);
	scan.chunk.order = malloc(BLOCK_CHUNK_EVENTS * sizeof *scan.chunk.order);
	if (scan.decoder != NULL && scan.chunk.events != NULL && scan.chunk.order != NULL)
		status = scan_frames(&scan);
	if (status == WSC_OK)
		status = end_scan(&scan);
	free(scan.decoder);
	free(scan.chunk.events);
	free(scan.chunk.order);
	return status;
}

/* ---- by the seek index ---- */

/* Reads a frame that the index says is there and that is no block. */
static enum wsc_status add_indexed(struct scan *scan, const struct trace_index_entry *entry, uint64_t offset,
                                   uint64_t sequence)
{
	const unsigned char *bytes;
	struct frame_info info;
	struct item item;
	enum wsc_status status =
	    trace_file_frame(scan->file, offset, TRACE_FRAME_BYTES_MAX, TRACE_CONTENT_BYTES_MAX, &bytes, &info);

	if (status != WSC_OK)
		return status;
	if (info.kind != FRAME_DATA || info.size != entry->size)
		return WSC_FORMAT;
	status = trace_file_content(scan->file, bytes, info, &scan->file->content, &scan->file->content_capacity);
	if (status == WSC_OK)
		status = read_item(scan->map, scan->file->content, info.content_size, &item);
	if (status != WSC_OK)
		return status;
	if (item.envelope.type != entry->type || item.envelope.sequence != sequence || scan->has_footer)
		return WSC_FORMAT;
	return add_item(scan, &item, offset, entry->size);
}

static enum wsc_status add_entries(struct scan *scan, const struct trace_index_entry *entries, size_t count,
                                   uint64_t index_offset)
{
	uint64_t offset = 0;

	if (count == 0 || entries[0].type != TRACE_ITEM_HEADER || entries[0].size != scan->map->header_size)
		return WSC_FORMAT;
	for (size_t i = 0; i < count; i++) {
		struct trace_map_entry block = {.offset = offset,
		                                .size = entries[i].size,
		                                .sequence = i,
		                                .count = entries[i].count,
		                                .first_ts = entries[i].first_ts,
		                                .max_ts = entries[i].max_ts,
		                                .order = entries[i].first_order};
		uint32_t number = id_map_find(&scan->map->stream_index, entries[i].worker);
		enum wsc_status status = WSC_OK;

		block.first_event = number == ID_MAP_NONE ? 0 : scan->map->streams[number - 1].events;
		if (offset + entries[i].size > index_offset)
			return WSC_FORMAT;
		if (entries[i].type == TRACE_ITEM_BLOCK)
			status = trace_map_add_block(scan->map, entries[i].worker, &block, 0, 0);
		else if (i > 0)
			status = add_indexed(scan, &entries[i], offset, i);
		if (status != WSC_OK)
			return status;
		offset += entries[i].size;
	}
	if (offset != index_offset || !scan->has_footer || !scan->footer.has_index || trace_map_has_gaps(scan->map))
		return WSC_FORMAT;
	return trace_map_finish(scan->map, UINT64_MAX, UINT64_MAX);
}

/*
 * FORMAT: there is no index, or *lies: it does not fit the file. Then the map may hold anything but unmerged declarations.
 */
static enum wsc_status use_index(struct trace_map *map, bool *lies)
{
	struct scan scan = {.map = map, .file = map->file, .with_declarations = true};
	struct trace_index_entry *entries;
	uint64_t index_offset;
	size_t count;
	enum wsc_status status = read_index(map, map->file, &entries, &count, &index_offset);

	if (status != WSC_OK)
		return status;
	status = add_entries(&scan, entries, count, index_offset);
	*lies = is_damage(status);
	free(entries);
	return status;
}

/* ---- the header ---- */

/* Says what the first frame is, if it is not a sound header. */
static enum wsc_status explain(struct trace_file *file, const unsigned char *bytes, size_t available,
                               struct frame_info info, struct trace_error *err)
{
	unsigned char start[16] = {0};
	size_t size = 0;
	bool is_ours = false;

	if (info.kind != FRAME_NONE && info.kind != FRAME_SKIPPABLE &&
	    frame_peek(file->frames, bytes, available, start, sizeof start, &size) != WSC_OK)
		return trace_error_set(err, WSC_NOMEM, 0, "out of memory");
	for (size_t i = 0; i + strlen(TRACE_ITEM_MAGIC) <= size; i++)
		is_ours |= memcmp(start + i, TRACE_ITEM_MAGIC, strlen(TRACE_ITEM_MAGIC)) == 0;
	if (info.kind == FRAME_NONE || info.kind == FRAME_SKIPPABLE)
		return trace_error_set(err, WSC_FORMAT, 0, "not a wscheck trace: it does not begin with zstd data");
	if (is_ours && info.kind == FRAME_CUT)
		return trace_error_set(err, WSC_FORMAT, 0, "the file ends inside its header, so nothing can be read");
	if (is_ours)
		return trace_error_set(err, WSC_FORMAT, 0, "the header is damaged, so nothing can be read");
	if (info.kind == FRAME_CUT && size == 0)
		return trace_error_set(
		    err, WSC_FORMAT, 0,
		    "the file ends inside its first frame, before it shows whether it is a wscheck trace");
	if (info.kind == FRAME_DATA && size == 0)
		return trace_error_set(err, WSC_FORMAT, 0, "not a wscheck trace, or the header is damaged");
	return trace_error_set(err, WSC_FORMAT, 0,
	                       "not a wscheck trace: its first frame is zstd data of something else");
}

static enum wsc_status explain_failure(const struct trace_map *map, enum wsc_status status, struct trace_error *err)
{
	if (status == WSC_OK)
		return WSC_OK;
	if (status == WSC_LIMIT && map->stream_count >= TRACE_WORKERS_MAX)
		return trace_error_set(err, status, 0, "it has more than %d workers, the limit of the format",
		                       TRACE_WORKERS_MAX);
	return trace_error_set(err, status, 0, "%s",
	                       status == WSC_IO      ? "the file cannot be read"
	                       : status == WSC_NOMEM ? "out of memory"
	                       : status == WSC_LIMIT
	                           ? "a table of it has more rows than the format allows (SPEC.md, Limits)"
	                           : "the trace cannot be read");
}

enum wsc_status trace_scan_header(struct trace_map *map, struct trace_error *err)
{
	struct trace_file *file = map->file;
	struct trace_cbor_reader reader;
	struct trace_envelope envelope;
	const unsigned char *bytes;
	struct frame_info info;
	uint64_t left;
	enum wsc_status status;

	if (file->size == 0)
		return trace_error_set(err, WSC_FORMAT, 0, "the file is empty");
	status = trace_file_frame(file, 0, TRACE_FRAME_BYTES_MAX, TRACE_CONTENT_BYTES_MAX, &bytes, &info);
	if (status != WSC_OK)
		return trace_error_set(err, status, 0, "the file cannot be read");
	if (info.kind == FRAME_DATA)
		status = trace_file_content(file, bytes, info, &file->content, &file->content_capacity);
	if (info.kind != FRAME_DATA || status == WSC_FORMAT)
		return explain(file, bytes, (size_t)(file->start + file->filled - 0), info, err);
	if (status == WSC_OK) {
		reader = (struct trace_cbor_reader){.bytes = file->content, .size = info.content_size};
		status = trace_item_read(&reader, &envelope, &left);
		if (status != WSC_OK || envelope.type != TRACE_ITEM_HEADER)
			return explain(file, bytes, (size_t)(file->start + file->filled), info, err);
		status = trace_item_read_header(&reader, &envelope, left, &map->header);
	}
	if (status == WSC_UNSUPPORTED)
		return trace_error_set(err, status, 0, "the trace was written by a newer version of wscheck");
	if (status == WSC_FORMAT)
		return trace_error_set(err, status, 0, "the header is not what the format says");
	if (status != WSC_OK)
		return explain_failure(map, status, err);
	map->header_size = info.size;
	return WSC_OK;
}

static enum wsc_status begin(struct trace_map *map, struct trace_file *file, struct trace_error *err)
{
	enum wsc_status status;

	trace_map_init(map, file);
	status = trace_scan_header(map, err);
	return status == WSC_OK ? trace_map_extensions(map, err) : status;
}

/* The index and the file did not fit together, and the file is sound: then it is the index that is damaged. */
static void blame_index(struct trace_map *map, bool lies)
{
	if (lies && map->damaged == 0)
		map->damaged = 1;
}

enum wsc_status trace_scan_open(struct trace_map *map, struct trace_file *file, struct trace_error *err)
{
	enum wsc_status status = begin(map, file, err);
	bool lies = false;

	if (status != WSC_OK)
		return status;
	status = map->header.first_frame == 1 ? use_index(map, &lies) : WSC_FORMAT;
	if (is_damage(status)) {
		/* Declarations may have been merged in part: begin with the header again. */
		trace_map_free(map);
		status = begin(map, file, err);
		if (status != WSC_OK)
			return status;
		status = scan_all(map, true);
		blame_index(map, lies);
	}
	if (status != WSC_OK)
		return explain_failure(map, status, err);
	return trace_map_extensions(map, err);
}

enum wsc_status trace_scan_again(struct trace_map *map, struct trace_error *err)
{
	enum wsc_status status;

	trace_map_clear(map);
	status = scan_all(map, false);
	blame_index(map, true);
	return explain_failure(map, status, err);
}
