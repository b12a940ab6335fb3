/* SPDX-License-Identifier: MIT */
#include "trace_reader.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "trace_limits.h"
#include "trace_scan.h"

/* A block being read: its content and the stretch of it that is decoded. */
struct open_block {
	struct open_block *next_free;
	unsigned char *content;
	size_t content_capacity;
	struct block_decoder decoder;
	struct wsc_event events[BLOCK_CHUNK_EVENTS];
	uint64_t order[BLOCK_CHUNK_EVENTS]; /* if ordered */
};

/* A worker's place in the merge. `key`, then `tie`, order the next events of all workers. */
struct cursor {
	uint64_t key; /* greatest stamp so far, the next event's included */
	uint64_t tie; /* the next event's place in the file order */
	uint32_t stream;
	uint32_t entry;
	size_t at, count; /* of the decoded events */
	struct open_block *block;
};

struct trace_reader {
	struct trace_file file;
	struct trace_map map;
	struct cursor *heap; /* the least on top */
	size_t heap_count;
	size_t run; /* events of the top that were handed out last and are now used up */
	bool restarted;
	bool at_end;
	uint64_t open_bytes, position;
	uint64_t dropped; /* sum over the blocks read, to compare with the footer's */
	struct open_block *free_blocks;
	struct wsc_event gap;
	uint64_t extension_counts[256];
	struct trace_summary summary;
	struct trace_skipped skipped[256];
};

static bool before(const struct cursor *a, const struct cursor *b)
{
	if (a->key != b->key)
		return a->key < b->key;
	return a->tie != b->tie ? a->tie < b->tie : a->stream < b->stream;
}

static void sift_down(struct trace_reader *reader, size_t at)
{
	struct cursor moving = reader->heap[at];

	for (;;) {
		size_t child = at * 2 + 1;

		if (child >= reader->heap_count)
			break;
		if (child + 1 < reader->heap_count && before(&reader->heap[child + 1], &reader->heap[child]))
			child++;
		if (!before(&reader->heap[child], &moving))
			break;
		reader->heap[at] = reader->heap[child];
		at = child;
	}
	reader->heap[at] = moving;
}

static struct open_block *take_block(struct trace_reader *reader)
{
	struct open_block *block = reader->free_blocks;

	if (block == NULL)
		return calloc(1, sizeof *block);
	reader->free_blocks = block->next_free;
	return block;
}

/* Blocks that are done with wait for the next; one much larger than what a block needs is not kept. */
static void give_block(struct trace_reader *reader, struct open_block *block)
{
	if (block == NULL)
		return;
	reader->open_bytes -= block->content_capacity;
	free(block->content);
	block->content = NULL;
	block->content_capacity = 0;
	block->next_free = reader->free_blocks;
	reader->free_blocks = block;
}

/* The cursor's next event is the first of its entry. */
static void aim(struct trace_reader *reader, struct cursor *cursor)
{
	const struct trace_map_entry *entry = &reader->map.entries[cursor->entry];

	cursor->at = cursor->count = 0;
	cursor->key = entry->first_ts > cursor->key ? entry->first_ts : cursor->key;
	cursor->tie = reader->map.header.ordered ? entry->order : entry->sequence;
}

static void drop_heap(struct trace_reader *reader)
{
	for (size_t i = 0; i < reader->heap_count; i++)
		give_block(reader, reader->heap[i].block);
	free(reader->heap);
	reader->heap = NULL;
	reader->heap_count = 0;
}

/* Everything to the beginning. */
static enum wsc_status start(struct trace_reader *reader)
{
	const struct trace_map *map = &reader->map;

	drop_heap(reader);
	reader->run = 0;
	reader->at_end = false;
	reader->position = map->header_size;
	reader->dropped = 0;
	memset(reader->extension_counts, 0, sizeof reader->extension_counts);
	reader->summary = (struct trace_summary){.end = map->end,
	                                         .damaged_blocks = map->damaged,
	                                         .file_bytes = reader->file.size,
	                                         .skipped = reader->skipped};
	reader->heap = calloc(map->stream_count + 1, sizeof *reader->heap);
	if (reader->heap == NULL)
		return WSC_NOMEM;
	for (size_t i = 0; i < map->stream_count; i++) {
		struct cursor *cursor = &reader->heap[reader->heap_count];

		if (map->streams[i].first == TRACE_MAP_NONE)
			continue;
		*cursor = (struct cursor){.stream = (uint32_t)i, .entry = map->streams[i].first};
		aim(reader, cursor);
		reader->heap_count++;
	}
	for (size_t i = reader->heap_count; i-- > 0;)
		sift_down(reader, i);
	return WSC_OK;
}

/* Whether what was read is the block that the map has at this place. */
static bool is_entry(const struct trace_reader *reader, const struct cursor *cursor,
                     const struct trace_envelope *envelope, const struct block *block)
{
	const struct trace_map *map = &reader->map;
	const struct trace_map_entry *entry = &map->entries[cursor->entry];

	return envelope->type == TRACE_ITEM_BLOCK && envelope->sequence == entry->sequence &&
	       memcmp(envelope->id, map->header.trace_id, TRACE_SHORT_ID_BYTES) == 0 &&
	       block->worker == map->streams[cursor->stream].worker && block->first_event == entry->first_event &&
	       block->count == entry->count && block->first_ts == entry->first_ts && block->max_ts == entry->max_ts &&
	       block->ordered == map->header.ordered && block->first_order == entry->order;
}

/* Reads the cursor's block into cursor->block. */
static enum wsc_status load(struct trace_reader *reader, struct cursor *cursor)
{
	const struct trace_map_entry *entry = &reader->map.entries[cursor->entry];
	struct trace_cbor_reader cbor = {0};
	struct trace_envelope envelope;
	const unsigned char *bytes;
	struct frame_info info;
	struct block block;
	size_t available;
	uint64_t left;
	enum wsc_status status = trace_file_view(&reader->file, entry->offset, entry->size, &bytes, &available);

	if (status != WSC_OK)
		return status;
	if (available < entry->size)
		return WSC_FORMAT;
	info = frame_inspect(bytes, entry->size, TRACE_CONTENT_BYTES_MAX);
	if (info.kind != FRAME_DATA || info.size != entry->size)
		return WSC_FORMAT;
	if (reader->open_bytes + info.content_size + CODEC_SLACK_BYTES > TRACE_OPEN_BYTES_MAX)
		return WSC_LIMIT;
	status =
	    trace_file_content(&reader->file, bytes, info, &cursor->block->content, &cursor->block->content_capacity);
	reader->open_bytes += cursor->block->content_capacity;
	if (status != WSC_OK)
		return status;
	cbor.bytes = cursor->block->content;
	cbor.size = info.content_size;
	status = trace_item_read(&cbor, &envelope, &left);
	if (status == WSC_OK)
		status = trace_item_read_block(&cbor, left, &block);
	if (status != WSC_OK || !is_entry(reader, cursor, &envelope, &block))
		return status != WSC_OK ? status : WSC_FORMAT;
	reader->position += entry->size;
	reader->summary.blocks++;
	reader->dropped += block.dropped;
	return block_decoder_start(&cursor->block->decoder, &block, reader->map.operands, reader->extension_counts);
}

/* Decodes on until there are events, or the block is at its end (DONE). */
static enum wsc_status decode(struct cursor *cursor)
{
	struct block_chunk chunk = {.events = cursor->block->events, .order = cursor->block->order};
	enum wsc_status status = WSC_OK;

	while (status == WSC_OK && chunk.count == 0)
		status = block_decode(&cursor->block->decoder, &chunk);
	cursor->at = 0;
	cursor->count = chunk.count;
	return status;
}

/* The key of the cursor's next decoded event. */
static void rekey(const struct trace_reader *reader, struct cursor *cursor)
{
	uint64_t ts = cursor->block->events[cursor->at].ts;

	cursor->key = ts > cursor->key ? ts : cursor->key;
	if (reader->map.header.ordered)
		cursor->tie = cursor->block->order[cursor->at];
}

/* The top's entry is used up. */
static void leave_entry(struct trace_reader *reader)
{
	struct cursor *top = &reader->heap[0];

	give_block(reader, top->block);
	top->block = NULL;
	top->entry = reader->map.entries[top->entry].next;
	if (top->entry != TRACE_MAP_NONE)
		aim(reader, top);
	else
		*top = reader->heap[--reader->heap_count];
	if (reader->heap_count > 0)
		sift_down(reader, 0);
}

/* Uses up what was handed out last, so that the top's next event decides its new place. */
static enum wsc_status advance(struct trace_reader *reader)
{
	struct cursor *top = &reader->heap[0];
	size_t run = reader->run;
	enum wsc_status status;

	reader->run = 0;
	if (run == 0)
		return WSC_OK;
	if (reader->map.entries[top->entry].is_gap) {
		leave_entry(reader);
		return WSC_OK;
	}
	top->at += run;
	if (top->at == top->count) {
		status = decode(top);
		if (status == WSC_DONE) {
			leave_entry(reader);
			return WSC_OK;
		}
		if (status != WSC_OK)
			return status;
	}
	rekey(reader, top);
	sift_down(reader, 0);
	return WSC_OK;
}

/* How many of the top's events come before the next event of any other worker; at least one. */
static size_t measure_run(const struct trace_reader *reader, struct cursor *top)
{
	const struct wsc_event *events = top->block->events;
	const struct cursor *next = NULL;
	size_t end = top->at + 1;

	if (reader->heap_count > 1)
		next = &reader->heap[1];
	if (reader->heap_count > 2 && before(&reader->heap[2], next))
		next = &reader->heap[2];
	if (next == NULL)
		return top->count - top->at;
	while (end < top->count) {
		struct cursor here = {.key = events[end].ts > top->key ? events[end].ts : top->key,
		                      .tie = reader->map.header.ordered ? top->block->order[end] : top->tie,
		                      .stream = top->stream};

		if (!before(&here, next))
			break;
		top->key = here.key;
		end++;
	}
	return end - top->at;
}

static void fill_gap(struct trace_reader *reader, const struct cursor *top)
{
	const struct trace_map_entry *entry = &reader->map.entries[top->entry];
	uint64_t lost = entry->first_event;

	reader->gap = (struct wsc_event){.ts = entry->first_ts,
	                                 .task = entry->max_ts,
	                                 .worker = reader->map.streams[top->stream].worker,
	                                 .arg = lost > UINT32_MAX ? UINT32_MAX : (uint32_t)lost,
	                                 .kind = WSC_EV_GAP};
}

/* Counts what is handed out. Gaps are rare: they are looked for by their own loop, over the kinds alone. */
static void count(struct trace_reader *reader, const struct wsc_event *events, size_t n)
{
	size_t gaps = 0;

	for (size_t i = 0; i < n; i++) {
		if (events[i].kind == WSC_EV_GAP) {
			gaps++;
			reader->summary.dropped += events[i].arg;
		}
	}
	reader->summary.events += n - gaps;
}

/* The next run. FORMAT: a block is not what the map says. */
static enum wsc_status next(struct trace_reader *reader, const struct wsc_event **events, size_t *n)
{
	enum wsc_status status = advance(reader);

	while (status == WSC_OK) {
		struct cursor *top = &reader->heap[0];

		if (reader->heap_count == 0)
			return WSC_DONE;
		if (reader->map.entries[top->entry].is_gap) {
			fill_gap(reader, top);
			*events = &reader->gap;
			*n = reader->run = 1;
			return WSC_OK;
		}
		if (top->block != NULL) {
			*events = top->block->events + top->at;
			*n = reader->run = measure_run(reader, top);
			return WSC_OK;
		}
		top->block = take_block(reader);
		if (top->block == NULL)
			return WSC_NOMEM;
		status = load(reader, top);
		if (status == WSC_OK)
			status = decode(top);
		if (status == WSC_OK) {
			/* Extension events may have come first: then the first event is later than the entry says. */
			rekey(reader, top);
			sift_down(reader, 0);
		} else if (status == WSC_DONE) {
			leave_entry(reader);
			status = WSC_OK;
		}
	}
	return status;
}

/* Everything was read: what only the whole tells. FORMAT: the footer says something else. */
static enum wsc_status finish(struct trace_reader *reader)
{
	struct trace_map *map = &reader->map;
	size_t skipped = 0;

	if (!map->is_scanned && reader->dropped != map->footer_dropped)
		return WSC_FORMAT;
	for (size_t i = 0; i < map->header.extension_count; i++) {
		const struct trace_extension *row = &map->header.extensions[i];

		if (reader->extension_counts[row->kind] > 0)
			reader->skipped[skipped++] =
			    (struct trace_skipped){row->name, reader->extension_counts[row->kind]};
	}
	reader->summary.skipped_count = skipped;
	reader->position = reader->file.size;
	reader->at_end = true;
	return WSC_DONE;
}

/* Damage came to light: find out by a scan what is left. */
static enum wsc_status restart(struct trace_reader *reader, struct trace_error *err)
{
	enum wsc_status status;

	if (reader->map.is_scanned)
		return trace_error_set(err, WSC_IO, 0, "the file changed while it was read");
	drop_heap(reader);
	status = trace_scan_again(&reader->map, err);
	if (status != WSC_OK)
		return status;
	status = start(reader);
	return status == WSC_OK ? WSC_RESTART : trace_error_set(err, status, 0, "out of memory");
}

enum wsc_status trace_reader_next(struct trace_reader *reader, const struct wsc_event **events, size_t *n,
                                  struct trace_error *err)
{
	enum wsc_status status;

	*n = 0;
	if (reader->at_end)
		return WSC_DONE;
	status = next(reader, events, n);
	if (status == WSC_DONE)
		status = finish(reader);
	switch (status) {
	case WSC_OK:
		count(reader, *events, *n);
		return WSC_OK;
	case WSC_DONE:
		return WSC_DONE;
	case WSC_FORMAT:
		return restart(reader, err);
	case WSC_LIMIT:
		return trace_error_set(err, status, 0, "the blocks of too many workers overlap in time");
	case WSC_NOMEM:
		return trace_error_set(err, status, 0, "out of memory");
	default:
		return trace_error_set(err, status, 0, "the file cannot be read");
	}
}

enum wsc_status trace_reader_open(struct trace_reader **out, int fd, struct trace_error *err)
{
	struct trace_reader *reader = calloc(1, sizeof *reader);
	enum wsc_status status;

	*out = NULL;
	if (reader == NULL) {
		(void)close(fd);
		return trace_error_set(err, WSC_NOMEM, 0, "out of memory");
	}
	trace_map_init(&reader->map, &reader->file);
	status = trace_file_open(&reader->file, fd);
	if (status != WSC_OK)
		(void)trace_error_set(err, status, 0, "the file cannot be read");
	else
		status = trace_scan_open(&reader->map, &reader->file, err);
	if (status == WSC_OK && start(reader) != WSC_OK)
		status = trace_error_set(err, WSC_NOMEM, 0, "out of memory");
	if (status != WSC_OK) {
		trace_reader_free(reader);
		return status;
	}
	*out = reader;
	return WSC_OK;
}

void trace_reader_free(struct trace_reader *reader)
{
	if (reader == NULL)
		return;
	drop_heap(reader);
	while (reader->free_blocks != NULL) {
		struct open_block *block = reader->free_blocks;

		reader->free_blocks = block->next_free;
		free(block);
	}
	trace_map_free(&reader->map);
	trace_file_close(&reader->file);
	free(reader);
}

const struct trace_header *trace_reader_header(const struct trace_reader *reader)
{
	return &reader->map.header;
}

const uint32_t *trace_reader_workers(const struct trace_reader *reader, size_t *n)
{
	*n = reader->map.stream_count;
	return reader->map.workers;
}

enum wsc_status trace_reader_rewind(struct trace_reader *reader, struct trace_error *err)
{
	enum wsc_status status = start(reader);

	return status == WSC_OK ? WSC_OK : trace_error_set(err, status, 0, "out of memory");
}

const struct trace_summary *trace_reader_summary(const struct trace_reader *reader)
{
	return &reader->summary;
}

uint64_t trace_reader_position(const struct trace_reader *reader)
{
	return reader->position;
}
