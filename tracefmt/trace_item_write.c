/* SPDX-License-Identifier: MIT */
#include <stdlib.h>
#include <string.h>

#include "json_string.h"
#include "trace_item.h"
#include "trace_key.h"
#include "trace_limits.h"
#include "utf8.h"

typedef struct trace_cbor_writer writer_t;
typedef struct trace_cbor_map map_t;

static map_t begin(writer_t *w, enum trace_item_type type, const unsigned char *id, uint64_t sequence)
{
	map_t map = trace_cbor_map(w);

	trace_cbor_key(w, &map, KEY_TYPE);
	trace_cbor_uint(w, type);
	trace_cbor_key(w, &map, KEY_ID);
	trace_cbor_bytes(w, id, TRACE_SHORT_ID_BYTES);
	trace_cbor_key(w, &map, KEY_SEQUENCE);
	trace_cbor_uint(w, sequence);
	return map;
}

static void put_uint(writer_t *w, map_t *map, uint64_t key, uint64_t value)
{
	trace_cbor_key(w, map, key);
	trace_cbor_uint(w, value);
}

static void put_uint_if(writer_t *w, map_t *map, uint64_t key, bool present, uint64_t value)
{
	if (present)
		put_uint(w, map, key, value);
}

static void put_true_if(writer_t *w, map_t *map, uint64_t key, bool value)
{
	if (!value)
		return;
	trace_cbor_key(w, map, key);
	trace_cbor_bool(w, true);
}

static enum wsc_status check_text(const char *text)
{
	size_t size = strlen(text);

	if (size > TRACE_STRING_BYTES_MAX)
		return WSC_LIMIT;
	return utf8_valid((const unsigned char *)text, size) ? WSC_OK : WSC_INVALID;
}

static enum wsc_status put_text_if(writer_t *w, map_t *map, uint64_t key, const char *text)
{
	enum wsc_status status = text == NULL ? WSC_OK : check_text(text);

	if (text == NULL || status != WSC_OK)
		return status;
	trace_cbor_key(w, map, key);
	trace_cbor_text(w, text);
	return WSC_OK;
}

/* A discipline: its number, or the word where it is none of ours. */
static enum wsc_status put_discipline(writer_t *w, map_t *map, uint64_t key, enum wsc_discipline discipline,
                                      const char *word)
{
	if (word != NULL)
		return put_text_if(w, map, key, word);
	put_uint(w, map, key, discipline);
	return WSC_OK;
}

static enum wsc_status put_queue(writer_t *w, const struct trace_queue *queue)
{
	map_t map = trace_cbor_map(w);
	enum wsc_status status = WSC_OK;

	put_uint(w, &map, QUEUE_ID, queue->queue);
	put_uint_if(w, &map, QUEUE_OWNER, queue->has_owner, queue->owner);
	if (queue->has_discipline)
		status = put_discipline(w, &map, QUEUE_DISCIPLINE, queue->discipline, queue->discipline_word);
	if (queue->unstealable) {
		trace_cbor_key(w, &map, QUEUE_STEALABLE);
		trace_cbor_bool(w, false);
	}
	put_true_if(w, &map, QUEUE_DEFERRED, queue->deferred);
	put_uint_if(w, &map, QUEUE_CAPACITY, queue->has_capacity, queue->capacity);
	if (status == WSC_OK)
		status = put_text_if(w, &map, QUEUE_NAME, queue->name);
	trace_cbor_map_end(w, &map);
	return status;
}

static enum wsc_status put_worker(writer_t *w, const struct trace_worker *worker)
{
	map_t map = trace_cbor_map(w);
	enum wsc_status status;

	put_uint(w, &map, WORKER_ID, worker->worker);
	put_uint_if(w, &map, WORKER_THREAD_ID, worker->has_thread_id, worker->thread_id);
	put_uint_if(w, &map, WORKER_WINDOW_START, worker->has_window_start, worker->window_start);
	put_uint_if(w, &map, WORKER_ATTACHED, worker->has_attached, worker->attached);
	put_uint_if(w, &map, WORKER_DETACHED, worker->has_detached, worker->detached);
	status = put_text_if(w, &map, WORKER_NAME, worker->name);
	trace_cbor_map_end(w, &map);
	return status;
}

static enum wsc_status put_label(writer_t *w, const struct trace_label *label)
{
	if (label->label == 0 || label->text == NULL)
		return WSC_INVALID;
	trace_cbor_array(w, 2);
	trace_cbor_uint(w, label->label);
	trace_cbor_text(w, label->text);
	return check_text(label->text);
}

/* A JSON string becomes a text; any other value stays JSON, as does a string in an unusual spelling. */
static enum wsc_status put_meta(writer_t *w, const struct trace_meta *meta)
{
	enum wsc_status status = check_text(meta->key);
	char *text;

	if (status == WSC_OK)
		status = check_text(meta->json);
	if (status == WSC_OK)
		status = json_string_read(meta->json, &text);
	if (status != WSC_OK)
		return status;
	trace_cbor_array(w, 2);
	trace_cbor_text(w, meta->key);
	if (text != NULL) {
		trace_cbor_text(w, text);
	} else {
		trace_cbor_tag(w, TAG_EMBEDDED_JSON);
		trace_cbor_bytes(w, meta->json, strlen(meta->json));
	}
	free(text);
	return WSC_OK;
}

static enum wsc_status put_extension(writer_t *w, const struct trace_extension *extension)
{
	map_t map = trace_cbor_map(w);
	enum wsc_status status;

	if (extension->kind < TRACE_EXTENSION_KIND_MIN || extension->name == NULL || extension->operands == UINT8_MAX)
		return WSC_INVALID;
	put_uint(w, &map, EXTENSION_KIND, extension->kind);
	put_uint(w, &map, EXTENSION_OPERANDS, extension->operands);
	put_true_if(w, &map, EXTENSION_CRITICAL, extension->critical);
	status = put_text_if(w, &map, EXTENSION_NAME, extension->name);
	trace_cbor_map_end(w, &map);
	return status;
}

static void put_anchor(writer_t *w, const struct trace_anchor *anchor)
{
	trace_cbor_array(w, 2);
	trace_cbor_uint(w, anchor->ts);
	trace_cbor_uint(w, anchor->wall_ns);
}

/* Writes the key and head of a table with rows; false if it has none. */
static bool begin_table(writer_t *w, map_t *map, uint64_t key, size_t count)
{
	if (count == 0)
		return false;
	trace_cbor_key(w, map, key);
	trace_cbor_array(w, count);
	return true;
}

static enum wsc_status put_tables(writer_t *w, map_t *map, const struct trace_header *header)
{
	enum wsc_status status = WSC_OK;

	if (begin_table(w, map, HEADER_QUEUES, header->queue_count))
		for (size_t i = 0; i < header->queue_count && status == WSC_OK; i++)
			status = put_queue(w, &header->queues[i]);
	if (begin_table(w, map, HEADER_WORKERS, header->worker_count))
		for (size_t i = 0; i < header->worker_count && status == WSC_OK; i++)
			status = put_worker(w, &header->workers[i]);
	if (begin_table(w, map, HEADER_ANCHORS, header->anchor_count))
		for (size_t i = 0; i < header->anchor_count; i++)
			put_anchor(w, &header->anchors[i]);
	if (begin_table(w, map, HEADER_LABELS, header->label_count))
		for (size_t i = 0; i < header->label_count && status == WSC_OK; i++)
			status = put_label(w, &header->labels[i]);
	if (begin_table(w, map, HEADER_META, header->meta_count))
		for (size_t i = 0; i < header->meta_count && status == WSC_OK; i++)
			status = put_meta(w, &header->meta[i]);
	if (begin_table(w, map, HEADER_EXTENSIONS, header->extension_count))
		for (size_t i = 0; i < header->extension_count && status == WSC_OK; i++)
			status = put_extension(w, &header->extensions[i]);
	return status;
}

/* Whether what was written fits a frame. */
static enum wsc_status written(const writer_t *w, enum wsc_status status)
{
	if (status != WSC_OK)
		return status;
	if (w->failed)
		return WSC_NOMEM;
	return w->size > TRACE_CONTENT_BYTES_MAX ? WSC_LIMIT : WSC_OK;
}

enum wsc_status trace_item_write_header(writer_t *w, const struct trace_header *header)
{
	map_t map = trace_cbor_map(w);
	enum wsc_status status;

	if (header->version != TRACE_VERSION || header->sampling == 0 || header->first_frame == 0 ||
	    (header->clock == WSC_CLOCK_TICKS && header->ticks_per_second == 0))
		return WSC_INVALID;
	trace_cbor_key(w, &map, KEY_TYPE);
	trace_cbor_text(w, TRACE_ITEM_MAGIC);
	trace_cbor_key(w, &map, KEY_ID);
	trace_cbor_bytes(w, header->trace_id, TRACE_ID_BYTES);
	put_uint(w, &map, KEY_SEQUENCE, 0);
	put_uint(w, &map, HEADER_VERSION, header->version);
	put_uint(w, &map, HEADER_CLOCK, header->clock);
	put_uint_if(w, &map, HEADER_TICKS_PER_SECOND, header->clock == WSC_CLOCK_TICKS, header->ticks_per_second);
	put_uint(w, &map, HEADER_IDENTITY, header->identity);
	status = put_discipline(w, &map, HEADER_DISCIPLINE, header->discipline, header->discipline_word);
	put_uint(w, &map, HEADER_SCOPE, header->scope);
	trace_cbor_key(w, &map, HEADER_COMPLETE);
	trace_cbor_bool(w, header->complete);
	trace_cbor_key(w, &map, HEADER_ORDERED);
	trace_cbor_bool(w, header->ordered);
	put_uint(w, &map, HEADER_UNCERTAINTY_NS, header->uncertainty_ns);
	put_uint(w, &map, HEADER_PUBLISH_NS, header->publish_ns);
	put_uint(w, &map, HEADER_SAMPLING, header->sampling);
	put_uint(w, &map, HEADER_ABSENT, header->absent);
	put_uint_if(w, &map, HEADER_PROCESS_ID, header->has_process_id, header->process_id);
	if (status == WSC_OK)
		status = put_text_if(w, &map, HEADER_HOST, header->host);
	if (status == WSC_OK)
		status = put_tables(w, &map, header);
	put_uint_if(w, &map, HEADER_FIRST_FRAME, header->first_frame != 1, header->first_frame);
	trace_cbor_map_end(w, &map);
	return written(w, status);
}

enum wsc_status trace_item_write_declaration(writer_t *w, const unsigned char *id, uint64_t sequence,
                                             const struct trace_header *later)
{
	map_t map = begin(w, TRACE_ITEM_DECLARATION, id, sequence);
	enum wsc_status status = put_tables(w, &map, later);

	trace_cbor_map_end(w, &map);
	return written(w, status);
}

/* Cuts a column into parts: the symbols by kind, because each kind has its own distribution; the others are one part.
 */
static size_t column_parts(const struct block *block, unsigned column, struct frame_part *parts)
{
	const unsigned char *tokens = block->columns[BLOCK_TOKENS].bytes, *at = block->columns[column].bytes;
	uint32_t kinds[BLOCK_KINDS] = {0};
	size_t count = 0;

	if (column != BLOCK_SYMBOLS) {
		parts[0] = (struct frame_part){at, block->columns[column].size};
		return 1;
	}
	for (uint32_t i = 0; i < block->count; i++)
		kinds[tokens[i] & BLOCK_TOKEN_KIND]++;
	for (unsigned k = 0; k < BLOCK_KINDS; k++) {
		if (kinds[k] > 0)
			parts[count++] = (struct frame_part){at, kinds[k]};
		at += kinds[k];
	}
	return count;
}

static void put_block_numbers(writer_t *w, map_t *map, const struct block *block)
{
	put_uint(w, map, BLOCK_KEY_WORKER, block->worker);
	put_uint(w, map, BLOCK_KEY_FIRST_EVENT, block->first_event);
	put_uint(w, map, BLOCK_KEY_COUNT, block->count);
	put_uint(w, map, BLOCK_KEY_FIRST_TS, block->first_ts);
	put_uint(w, map, BLOCK_KEY_LAST_TS, block->last_ts);
	put_uint_if(w, map, BLOCK_KEY_MIN_TS, block->min_ts != block->first_ts, block->min_ts);
	put_uint_if(w, map, BLOCK_KEY_MAX_TS, block->max_ts != block->last_ts, block->max_ts);
	put_uint_if(w, map, BLOCK_KEY_DROPPED, block->dropped != 0, block->dropped);
	put_uint_if(w, map, BLOCK_KEY_DIVISOR, block->divisor != 1, block->divisor);
	put_uint_if(w, map, BLOCK_KEY_FIRST_ORDER, block->ordered, block->first_order);
}

size_t trace_item_write_block(writer_t *w, const unsigned char *id, uint64_t sequence, const struct block *block,
                              struct frame_part parts[TRACE_ITEM_BLOCK_PARTS])
{
	map_t map = begin(w, TRACE_ITEM_BLOCK, id, sequence);
	size_t heads[BLOCK_COLUMNS], at = 0, count = 0;

	put_block_numbers(w, &map, block);
	for (unsigned c = 0; c < BLOCK_COLUMNS; c++) {
		if (block->columns[c].size > 0) {
			trace_cbor_key(w, &map, BLOCK_KEY_COLUMNS + c);
			trace_cbor_bytes_head(w, block->columns[c].size);
		}
		heads[c] = w->size;
	}
	trace_cbor_map_end(w, &map);
	if (w->failed)
		return 0;
	for (unsigned c = 0; c < BLOCK_COLUMNS; c++) {
		size_t end = heads[c] + (w->size - heads[BLOCK_COLUMNS - 1]);

		if (block->columns[c].size == 0)
			continue;
		parts[count++] = (struct frame_part){w->bytes + at, end - at};
		count += column_parts(block, c, parts + count);
		at = end;
	}
	return count;
}

static void put_totals(writer_t *w, const struct trace_total *totals, size_t count)
{
	trace_cbor_array(w, count * 3);
	for (size_t i = 0; i < count; i++) {
		trace_cbor_uint(w, totals[i].worker);
		trace_cbor_uint(w, totals[i].events);
		trace_cbor_uint(w, totals[i].last_ts);
	}
}

void trace_item_write_epoch(writer_t *w, const unsigned char *id, uint64_t sequence, const struct trace_epoch *epoch)
{
	map_t map = begin(w, TRACE_ITEM_EPOCH, id, sequence);

	put_uint(w, &map, EPOCH_WATERMARK, epoch->watermark);
	trace_cbor_key(w, &map, EPOCH_TOTALS);
	put_totals(w, epoch->totals, epoch->count);
	trace_cbor_map_end(w, &map);
}

void trace_item_write_footer(writer_t *w, const unsigned char *id, uint64_t sequence, const struct trace_footer *footer)
{
	map_t map = begin(w, TRACE_ITEM_FOOTER, id, sequence);

	put_uint(w, &map, FOOTER_END, footer->end);
	put_uint(w, &map, FOOTER_EVENTS, footer->events);
	put_uint(w, &map, FOOTER_DROPPED, footer->dropped);
	put_uint(w, &map, FOOTER_FRAMES, footer->frames);
	put_uint(w, &map, FOOTER_MAX_TS, footer->max_ts);
	trace_cbor_key(w, &map, FOOTER_HAS_INDEX);
	trace_cbor_bool(w, footer->has_index);
	trace_cbor_key(w, &map, FOOTER_TOTALS);
	put_totals(w, footer->totals, footer->count);
	trace_cbor_map_end(w, &map);
}

static unsigned char *put_entry(unsigned char *to, const struct trace_index_entry *entry, uint64_t *ts, uint64_t *order)
{
	to = codec_put_varint(to, entry->size);
	to = codec_put_varint(to, entry->type);
	if (entry->type != TRACE_ITEM_BLOCK)
		return to;
	to = codec_put_varint(to, entry->worker);
	to = codec_put_varint(to, entry->count);
	to = codec_put_varint(to, codec_zigzag(entry->first_ts - *ts));
	to = codec_put_varint(to, entry->max_ts - entry->first_ts);
	if (order != NULL) {
		to = codec_put_varint(to, codec_zigzag(entry->first_order - *order));
		*order = entry->first_order;
	}
	*ts = entry->first_ts;
	return to;
}

enum wsc_status trace_item_write_index(writer_t *w, const unsigned char *id, uint64_t sequence,
                                       const struct trace_index_entry *entries, size_t count, bool ordered)
{
	map_t map = begin(w, TRACE_ITEM_INDEX, id, sequence);
	unsigned char *bytes = malloc(count * TRACE_INDEX_ENTRY_BYTES_MAX), *end = bytes;
	uint64_t ts = 0, order = 0;

	if (bytes == NULL)
		return WSC_NOMEM;
	for (size_t i = 0; i < count; i++)
		end = put_entry(end, &entries[i], &ts, ordered ? &order : NULL);
	put_uint(w, &map, INDEX_FRAMES, count);
	trace_cbor_key(w, &map, INDEX_ENTRIES);
	trace_cbor_bytes(w, bytes, (size_t)(end - bytes));
	trace_cbor_map_end(w, &map);
	free(bytes);
	return w->failed ? WSC_NOMEM : WSC_OK;
}
