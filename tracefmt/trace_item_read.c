/* SPDX-License-Identifier: MIT */
#include <stdlib.h>
#include <string.h>

#include "json_string.h"
#include "trace_item.h"
#include "trace_key.h"
#include "trace_limits.h"
#include "utf8.h"

typedef struct trace_cbor_reader reader_t;

static bool skip_value(reader_t *r)
{
	struct trace_cbor_item item;

	return trace_cbor_next(r, &item) && trace_cbor_skip(r, &item);
}

/* What could not be read for want of memory is not damaged. */
static enum wsc_status tell(const reader_t *r, enum wsc_status status)
{
	return status == WSC_FORMAT && r->no_memory ? WSC_NOMEM : status;
}

/* After the last key: FORMAT if the map was broken or anything follows it. */
static enum wsc_status end_item(const reader_t *r)
{
	return r->at == r->size ? WSC_OK : WSC_FORMAT;
}

enum wsc_status trace_item_read(reader_t *r, struct trace_envelope *envelope, uint64_t *left)
{
	struct trace_cbor_item item;
	uint64_t key = UINT64_MAX;

	if (!trace_cbor_get(r, TRACE_CBOR_MAP, &item) || item.value < 3)
		return WSC_FORMAT;
	*left = item.value;
	if (!trace_cbor_next_key(r, left, &key) || key != KEY_TYPE || !trace_cbor_next(r, &item))
		return WSC_FORMAT;
	if (item.type == TRACE_CBOR_TEXT && item.value == strlen(TRACE_ITEM_MAGIC) &&
	    memcmp(item.bytes, TRACE_ITEM_MAGIC, strlen(TRACE_ITEM_MAGIC)) == 0)
		envelope->type = TRACE_ITEM_HEADER;
	else if (item.type == TRACE_CBOR_UINT && item.value != TRACE_ITEM_HEADER)
		envelope->type = item.value;
	else
		return WSC_FORMAT;
	if (!trace_cbor_next_key(r, left, &key) || key != KEY_ID || !trace_cbor_get(r, TRACE_CBOR_BYTES, &item) ||
	    item.value != (envelope->type == TRACE_ITEM_HEADER ? TRACE_ID_BYTES : TRACE_SHORT_ID_BYTES))
		return WSC_FORMAT;
	envelope->id = item.bytes;
	if (!trace_cbor_next_key(r, left, &key) || key != KEY_SEQUENCE ||
	    !trace_cbor_get_uint(r, UINT64_MAX, &envelope->sequence))
		return WSC_FORMAT;
	return WSC_OK;
}

enum wsc_status trace_item_read_unknown(reader_t *r, uint64_t left)
{
	uint64_t key = KEY_SEQUENCE;

	while (trace_cbor_next_key(r, &left, &key)) {
		if (!skip_value(r))
			return WSC_FORMAT;
	}
	return end_item(r);
}

static bool get_u32(reader_t *r, uint32_t *value)
{
	uint64_t wide;

	if (!trace_cbor_get_uint(r, UINT32_MAX, &wide))
		return false;
	*value = (uint32_t)wide;
	return true;
}

static bool get_text(reader_t *r, char **text)
{
	char *copy = trace_cbor_get_text(r);

	if (copy == NULL)
		return false;
	free(*text);
	*text = copy;
	return true;
}

static bool get_discipline(reader_t *r, enum wsc_discipline *discipline, char **word)
{
	reader_t again = *r;
	struct trace_cbor_item item;

	if (!trace_cbor_next(&again, &item))
		return false;
	if (item.type == TRACE_CBOR_TEXT) {
		*discipline = WSC_DISCIPLINE_NONE;
		return get_text(r, word);
	}
	if (item.type != TRACE_CBOR_UINT || item.value > WSC_DISCIPLINE_NONE)
		return false;
	*discipline = (enum wsc_discipline)item.value;
	*r = again;
	return true;
}

static bool get_queue_field(reader_t *r, uint64_t key, struct trace_queue *row)
{
	bool flag;

	switch (key) {
	case QUEUE_OWNER:
		row->has_owner = true;
		return get_u32(r, &row->owner);
	case QUEUE_DISCIPLINE:
		row->has_discipline = true;
		return get_discipline(r, &row->discipline, &row->discipline_word);
	case QUEUE_STEALABLE:
		if (!trace_cbor_get_bool(r, &flag))
			return false;
		row->unstealable = !flag;
		return true;
	case QUEUE_DEFERRED:
		return trace_cbor_get_bool(r, &row->deferred);
	case QUEUE_CAPACITY:
		row->has_capacity = true;
		return trace_cbor_get_uint(r, UINT64_MAX, &row->capacity);
	case QUEUE_NAME:
		return get_text(r, &row->name);
	default:
		return skip_value(r);
	}
}

/* The id with which a row of queues or workers begins. */
static bool get_row_id(reader_t *r, uint64_t *left, uint64_t *key, uint32_t *id)
{
	struct trace_cbor_item item;

	*key = UINT64_MAX;
	if (!trace_cbor_get(r, TRACE_CBOR_MAP, &item))
		return false;
	*left = item.value;
	return trace_cbor_next_key(r, left, key) && *key == 0 && get_u32(r, id);
}

static enum wsc_status get_queue(reader_t *r, struct trace_header *header)
{
	struct trace_queue *row;
	uint64_t left, key;
	uint32_t id;

	if (!get_row_id(r, &left, &key, &id))
		return WSC_FORMAT;
	row = trace_header_add_queue(header, id);
	if (row == NULL)
		return WSC_NOMEM;
	while (trace_cbor_next_key(r, &left, &key)) {
		if (!get_queue_field(r, key, row))
			return WSC_FORMAT;
	}
	return trace_cbor_broken(r) ? WSC_FORMAT : WSC_OK;
}

static bool get_stamp(reader_t *r, bool *present, uint64_t *stamp)
{
	*present = true;
	return trace_cbor_get_uint(r, UINT64_MAX, stamp);
}

static bool get_worker_field(reader_t *r, uint64_t key, struct trace_worker *row)
{
	switch (key) {
	case WORKER_THREAD_ID:
		return get_stamp(r, &row->has_thread_id, &row->thread_id);
	case WORKER_WINDOW_START:
		return get_stamp(r, &row->has_window_start, &row->window_start);
	case WORKER_ATTACHED:
		return get_stamp(r, &row->has_attached, &row->attached);
	case WORKER_DETACHED:
		return get_stamp(r, &row->has_detached, &row->detached);
	case WORKER_NAME:
		return get_text(r, &row->name);
	default:
		return skip_value(r);
	}
}

static enum wsc_status get_worker(reader_t *r, struct trace_header *header)
{
	struct trace_worker *row;
	uint64_t left, key;
	uint32_t id;

	if (!get_row_id(r, &left, &key, &id))
		return WSC_FORMAT;
	row = trace_header_add_worker(header, id);
	if (row == NULL)
		return WSC_NOMEM;
	while (trace_cbor_next_key(r, &left, &key)) {
		if (!get_worker_field(r, key, row))
			return WSC_FORMAT;
	}
	return trace_cbor_broken(r) ? WSC_FORMAT : WSC_OK;
}

static bool get_pair(reader_t *r)
{
	struct trace_cbor_item item;

	return trace_cbor_get(r, TRACE_CBOR_ARRAY, &item) && item.value == 2;
}

static enum wsc_status get_anchor(reader_t *r, struct trace_header *header)
{
	uint64_t ts, wall_ns;

	if (!get_pair(r) || !trace_cbor_get_uint(r, UINT64_MAX, &ts) || !trace_cbor_get_uint(r, UINT64_MAX, &wall_ns))
		return WSC_FORMAT;
	return trace_header_add_anchor(header, ts, wall_ns);
}

static enum wsc_status get_label(reader_t *r, struct trace_header *header)
{
	struct trace_label *row;
	uint32_t label;

	if (!get_pair(r) || !get_u32(r, &label) || label == 0)
		return WSC_FORMAT;
	row = trace_header_add_label(header, label);
	if (row == NULL)
		return WSC_NOMEM;
	return get_text(r, &row->text) ? WSC_OK : WSC_FORMAT;
}

/* The JSON text of a meta value, as a new string; NULL: it is not valid, or there is no memory. */
static char *get_meta_value(reader_t *r)
{
	reader_t again = *r;
	struct trace_cbor_item item;
	char *json, *text;

	if (!trace_cbor_next(&again, &item))
		return NULL;
	if (item.type == TRACE_CBOR_TEXT) {
		text = trace_cbor_get_text(r);
		json = text == NULL ? NULL : json_string_write(text);
		r->no_memory |= text != NULL && json == NULL;
		free(text);
		return json;
	}
	if (item.type != TRACE_CBOR_TAG || item.value != TAG_EMBEDDED_JSON ||
	    !trace_cbor_get(&again, TRACE_CBOR_BYTES, &item) || item.value > TRACE_STRING_BYTES_MAX ||
	    !utf8_valid(item.bytes, (size_t)item.value))
		return NULL;
	*r = again;
	json = strndup((const char *)item.bytes, (size_t)item.value);
	r->no_memory |= json == NULL;
	return json;
}

static enum wsc_status get_meta(reader_t *r, struct trace_header *header)
{
	enum wsc_status status = WSC_FORMAT;
	char *key, *json;

	if (!get_pair(r))
		return WSC_FORMAT;
	key = trace_cbor_get_text(r);
	json = key == NULL ? NULL : get_meta_value(r);
	if (json != NULL)
		status = trace_header_add_meta(header, key, json);
	free(key);
	free(json);
	return status;
}

static enum wsc_status get_extension(reader_t *r, struct trace_header *header)
{
	uint64_t left, key = UINT64_MAX, kind = 0, operands = 0;
	struct trace_cbor_item item;
	enum wsc_status status;
	bool critical = false, sound = true;
	char *name = NULL;

	if (!trace_cbor_get(r, TRACE_CBOR_MAP, &item))
		return WSC_FORMAT;
	left = item.value;
	while (sound && trace_cbor_next_key(r, &left, &key)) {
		if (key == EXTENSION_KIND)
			sound = trace_cbor_get_uint(r, TRACE_EXTENSION_KIND_MAX, &kind);
		else if (key == EXTENSION_OPERANDS)
			sound = trace_cbor_get_uint(r, UINT8_MAX - 1, &operands);
		else if (key == EXTENSION_CRITICAL)
			sound = trace_cbor_get_bool(r, &critical);
		else if (key == EXTENSION_NAME)
			sound = get_text(r, &name);
		else
			sound = skip_value(r);
	}
	if (!sound || trace_cbor_broken(r) || name == NULL || kind < TRACE_EXTENSION_KIND_MIN)
		status = WSC_FORMAT;
	else
		status = trace_header_add_extension(header, (uint8_t)kind, name, (uint8_t)operands, critical);
	free(name);
	return status;
}

static enum wsc_status get_table(reader_t *r, uint64_t key, struct trace_header *header)
{
	static enum wsc_status (*const row_of[])(reader_t *, struct trace_header *) = {
	    get_queue, get_worker, get_anchor, get_label, get_meta, get_extension};
	struct trace_cbor_item item;

	if (!trace_cbor_get(r, TRACE_CBOR_ARRAY, &item))
		return WSC_FORMAT;
	if (item.value > TRACE_TABLE_ROWS_MAX)
		return WSC_LIMIT;
	for (uint64_t i = 0; i < item.value; i++) {
		enum wsc_status status = row_of[key - HEADER_QUEUES](r, header);

		if (status != WSC_OK)
			return status;
	}
	return WSC_OK;
}

static bool get_header_limits(reader_t *r, uint64_t key, struct trace_header *header)
{
	switch (key) {
	case HEADER_UNCERTAINTY_NS:
		return trace_cbor_get_uint(r, UINT64_MAX, &header->uncertainty_ns);
	case HEADER_PUBLISH_NS:
		return trace_cbor_get_uint(r, UINT64_MAX, &header->publish_ns);
	case HEADER_SAMPLING:
		return trace_cbor_get_uint(r, UINT64_MAX, &header->sampling) && header->sampling != 0;
	case HEADER_FIRST_FRAME:
		return trace_cbor_get_uint(r, TRACE_FRAMES_MAX, &header->first_frame) && header->first_frame != 0;
	case HEADER_ABSENT:
		return get_u32(r, &header->absent);
	case HEADER_PROCESS_ID:
		header->has_process_id = true;
		return trace_cbor_get_uint(r, UINT64_MAX, &header->process_id);
	case HEADER_HOST:
		return get_text(r, &header->host);
	default:
		return skip_value(r);
	}
}

static bool get_header_field(reader_t *r, uint64_t key, struct trace_header *header)
{
	uint64_t value;

	switch (key) {
	case HEADER_CLOCK:
		if (!trace_cbor_get_uint(r, WSC_CLOCK_TICKS, &value))
			return false;
		header->clock = (enum wsc_clock)value;
		return true;
	case HEADER_TICKS_PER_SECOND:
		return trace_cbor_get_uint(r, UINT64_MAX, &header->ticks_per_second);
	case HEADER_IDENTITY:
		if (!trace_cbor_get_uint(r, WSC_IDENTITY_RECYCLED, &value))
			return false;
		header->identity = (enum wsc_identity)value;
		return true;
	case HEADER_DISCIPLINE:
		return get_discipline(r, &header->discipline, &header->discipline_word);
	case HEADER_SCOPE:
		if (!trace_cbor_get_uint(r, WSC_SCOPE_DEQUE, &value))
			return false;
		header->scope = (enum wsc_scope)value;
		return true;
	case HEADER_COMPLETE:
		return trace_cbor_get_bool(r, &header->complete);
	case HEADER_ORDERED:
		return trace_cbor_get_bool(r, &header->ordered);
	default:
		return get_header_limits(r, key, header);
	}
}

static bool is_table(uint64_t key)
{
	return key >= HEADER_QUEUES && key <= HEADER_EXTENSIONS;
}

static enum wsc_status read_header(reader_t *r, uint64_t left, struct trace_header *header)
{
	uint64_t key = KEY_SEQUENCE;
	bool has_version = false;

	while (trace_cbor_next_key(r, &left, &key)) {
		enum wsc_status status = WSC_OK;

		if (key == HEADER_VERSION) {
			if (!get_u32(r, &header->version))
				return WSC_FORMAT;
			if (header->version != TRACE_VERSION)
				return WSC_UNSUPPORTED;
			has_version = true;
		} else if (is_table(key)) {
			status = get_table(r, key, header);
		} else if (!get_header_field(r, key, header)) {
			status = WSC_FORMAT;
		}
		if (status != WSC_OK)
			return status;
	}
	if (!has_version || (header->clock == WSC_CLOCK_TICKS && header->ticks_per_second == 0))
		return WSC_FORMAT;
	return end_item(r);
}

enum wsc_status trace_item_read_header(reader_t *r, const struct trace_envelope *envelope, uint64_t left,
                                       struct trace_header *header)
{
	enum wsc_status status;

	trace_header_init(header);
	memcpy(header->trace_id, envelope->id, TRACE_ID_BYTES);
	status =
	    envelope->type == TRACE_ITEM_HEADER && envelope->sequence == 0 ? read_header(r, left, header) : WSC_FORMAT;
	if (status != WSC_OK)
		trace_header_free(header);
	return tell(r, status);
}

enum wsc_status trace_item_read_declaration(reader_t *r, uint64_t left, struct trace_header *later)
{
	uint64_t key = KEY_SEQUENCE;
	enum wsc_status status = WSC_OK;

	trace_header_init(later);
	while (status == WSC_OK && trace_cbor_next_key(r, &left, &key)) {
		if (is_table(key))
			status = get_table(r, key, later);
		else if (!skip_value(r))
			status = WSC_FORMAT;
	}
	if (status == WSC_OK)
		status = end_item(r);
	if (status != WSC_OK)
		trace_header_free(later);
	return tell(r, status);
}

static bool get_block_field(reader_t *r, uint64_t key, struct block *block)
{
	struct trace_cbor_item item;

	switch (key) {
	case BLOCK_KEY_WORKER:
		return get_u32(r, &block->worker);
	case BLOCK_KEY_FIRST_EVENT:
		return trace_cbor_get_uint(r, UINT64_MAX - TRACE_BLOCK_EVENTS_MAX, &block->first_event);
	case BLOCK_KEY_COUNT:
		return get_u32(r, &block->count);
	case BLOCK_KEY_FIRST_TS:
		if (!trace_cbor_get_uint(r, UINT64_MAX, &block->first_ts))
			return false;
		block->min_ts = block->first_ts;
		return true;
	case BLOCK_KEY_LAST_TS:
		if (!trace_cbor_get_uint(r, UINT64_MAX, &block->last_ts))
			return false;
		block->max_ts = block->last_ts;
		return true;
	case BLOCK_KEY_MIN_TS:
		return trace_cbor_get_uint(r, UINT64_MAX, &block->min_ts);
	case BLOCK_KEY_MAX_TS:
		return trace_cbor_get_uint(r, UINT64_MAX, &block->max_ts);
	case BLOCK_KEY_DROPPED:
		return trace_cbor_get_uint(r, UINT64_MAX, &block->dropped);
	case BLOCK_KEY_DIVISOR:
		return trace_cbor_get_uint(r, UINT64_MAX, &block->divisor);
	case BLOCK_KEY_FIRST_ORDER:
		block->ordered = true;
		return trace_cbor_get_uint(r, UINT64_MAX, &block->first_order);
	default:
		break;
	}
	if (key < BLOCK_KEY_COLUMNS || key >= BLOCK_KEY_COLUMNS + BLOCK_COLUMNS)
		return skip_value(r);
	if (!trace_cbor_get(r, TRACE_CBOR_BYTES, &item))
		return false;
	block->columns[key - BLOCK_KEY_COLUMNS] = (struct block_column){item.bytes, (size_t)item.value};
	return true;
}

/* Fills in the fields with keys below `end`. */
static bool read_block(reader_t *r, uint64_t left, uint64_t end, struct block *block)
{
	uint64_t key = KEY_SEQUENCE, needed = 0;

	*block = (struct block){.divisor = 1};
	/* A column that is not there is empty; its pointer must still be one that may be compared and read past. */
	for (unsigned c = 0; c < BLOCK_COLUMNS; c++)
		block->columns[c].bytes = r->bytes + r->size;
	while (trace_cbor_next_key(r, &left, &key) && key < end) {
		if (!get_block_field(r, key, block))
			return false;
		needed += key >= BLOCK_KEY_WORKER && key <= BLOCK_KEY_LAST_TS;
	}
	return needed == BLOCK_KEY_LAST_TS - BLOCK_KEY_WORKER + 1 && block->max_ts >= block->first_ts &&
	       !trace_cbor_broken(r);
}

enum wsc_status trace_item_read_block(reader_t *r, uint64_t left, struct block *block)
{
	return read_block(r, left, UINT64_MAX, block) ? end_item(r) : WSC_FORMAT;
}

enum wsc_status trace_item_read_block_head(reader_t *r, uint64_t left, struct block *block)
{
	return read_block(r, left, BLOCK_KEY_COLUMNS, block) ? WSC_OK : WSC_FORMAT;
}

/* Totals, ascending by worker, as a new array. */
static enum wsc_status get_totals(reader_t *r, struct trace_total **totals, size_t *count)
{
	struct trace_cbor_item item;
	struct trace_total *rows;

	/* Each number takes at least a byte, so this much is there. */
	if (!trace_cbor_get(r, TRACE_CBOR_ARRAY, &item) || item.value % 3 != 0 || item.value > r->size - r->at)
		return WSC_FORMAT;
	if (item.value / 3 > TRACE_WORKERS_MAX)
		return WSC_LIMIT;
	rows = calloc((size_t)item.value / 3 + 1, sizeof *rows);
	if (rows == NULL)
		return WSC_NOMEM;
	for (size_t i = 0; i < item.value / 3; i++) {
		if (!get_u32(r, &rows[i].worker) || !trace_cbor_get_uint(r, UINT64_MAX, &rows[i].events) ||
		    !trace_cbor_get_uint(r, UINT64_MAX, &rows[i].last_ts) ||
		    (i > 0 && rows[i].worker <= rows[i - 1].worker)) {
			free(rows);
			return WSC_FORMAT;
		}
	}
	*totals = rows;
	*count = (size_t)item.value / 3;
	return WSC_OK;
}

enum wsc_status trace_item_read_epoch(reader_t *r, uint64_t left, struct trace_epoch *epoch)
{
	uint64_t key = KEY_SEQUENCE;
	enum wsc_status status = WSC_OK;

	*epoch = (struct trace_epoch){0};
	while (status == WSC_OK && trace_cbor_next_key(r, &left, &key)) {
		if (key == EPOCH_TOTALS)
			status = get_totals(r, &epoch->totals, &epoch->count);
		else if (!(key == EPOCH_WATERMARK ? trace_cbor_get_uint(r, UINT64_MAX, &epoch->watermark)
		                                  : skip_value(r)))
			status = WSC_FORMAT;
	}
	if (status == WSC_OK)
		status = epoch->totals == NULL ? WSC_FORMAT : end_item(r);
	if (status != WSC_OK) {
		free(epoch->totals);
		*epoch = (struct trace_epoch){0};
	}
	return status;
}

static bool get_footer_field(reader_t *r, uint64_t key, struct trace_footer *footer)
{
	uint64_t end;

	switch (key) {
	case FOOTER_END:
		if (!trace_cbor_get_uint(r, WSC_END_STALLED, &end) || end == WSC_END_CUT)
			return false;
		footer->end = (enum wsc_end)end;
		return true;
	case FOOTER_EVENTS:
		return trace_cbor_get_uint(r, UINT64_MAX, &footer->events);
	case FOOTER_DROPPED:
		return trace_cbor_get_uint(r, UINT64_MAX, &footer->dropped);
	case FOOTER_FRAMES:
		return trace_cbor_get_uint(r, UINT64_MAX, &footer->frames);
	case FOOTER_MAX_TS:
		return trace_cbor_get_uint(r, UINT64_MAX, &footer->max_ts);
	case FOOTER_HAS_INDEX:
		return trace_cbor_get_bool(r, &footer->has_index);
	default:
		return skip_value(r);
	}
}

enum wsc_status trace_item_read_footer(reader_t *r, uint64_t left, struct trace_footer *footer)
{
	uint64_t key = KEY_SEQUENCE, needed = 0;
	enum wsc_status status = WSC_OK;

	*footer = (struct trace_footer){0};
	while (status == WSC_OK && trace_cbor_next_key(r, &left, &key)) {
		if (key == FOOTER_TOTALS)
			status = get_totals(r, &footer->totals, &footer->count);
		else if (!get_footer_field(r, key, footer))
			status = WSC_FORMAT;
		needed += key >= FOOTER_END && key <= FOOTER_TOTALS;
	}
	if (status == WSC_OK)
		status = needed == FOOTER_TOTALS - FOOTER_END + 1 ? end_item(r) : WSC_FORMAT;
	if (status != WSC_OK) {
		free(footer->totals);
		*footer = (struct trace_footer){0};
	}
	return status;
}

static bool get_entry(const unsigned char **at, const unsigned char *end, struct trace_index_entry *entry, uint64_t *ts,
                      uint64_t *order)
{
	uint64_t size, type, worker, count, value;

	if (!codec_get_varint(at, end, &size) || size == 0 || size > TRACE_FRAME_BYTES_MAX ||
	    !codec_get_varint(at, end, &type) || type > UINT8_MAX)
		return false;
	*entry = (struct trace_index_entry){.size = (uint32_t)size, .type = (uint8_t)type};
	if (type != TRACE_ITEM_BLOCK)
		return true;
	if (!codec_get_varint(at, end, &worker) || worker > UINT32_MAX || !codec_get_varint(at, end, &count) ||
	    count == 0 || count > TRACE_BLOCK_EVENTS_MAX || !codec_get_varint(at, end, &value))
		return false;
	entry->worker = (uint32_t)worker;
	entry->count = (uint32_t)count;
	entry->first_ts = *ts += codec_unzigzag(value);
	if (!codec_get_varint(at, end, &value) || value > UINT64_MAX - *ts)
		return false;
	entry->max_ts = *ts + value;
	if (order != NULL) {
		if (!codec_get_varint(at, end, &value))
			return false;
		entry->first_order = *order += codec_unzigzag(value);
	}
	return true;
}

static enum wsc_status get_entries(const struct trace_cbor_item *bytes, uint64_t frames, bool ordered,
                                   struct trace_index_entry **entries)
{
	const unsigned char *at = bytes->bytes, *end = at + bytes->value;
	struct trace_index_entry *rows;
	uint64_t ts = 0, order = 0;
	size_t i = 0;

	/* An entry takes at least two bytes, so this much is there. */
	if (frames > bytes->value / 2)
		return WSC_FORMAT;
	rows = calloc((size_t)frames + 1, sizeof *rows);
	if (rows == NULL)
		return WSC_NOMEM;
	while (i < frames && get_entry(&at, end, &rows[i], &ts, ordered ? &order : NULL))
		i++;
	if (i < frames || at != end) {
		free(rows);
		return WSC_FORMAT;
	}
	*entries = rows;
	return WSC_OK;
}

enum wsc_status trace_item_read_index(reader_t *r, uint64_t left, bool ordered, struct trace_index_entry **entries,
                                      size_t *count)
{
	uint64_t key = KEY_SEQUENCE, frames = 0;
	struct trace_cbor_item item = {0};
	bool sound = true;

	while (sound && trace_cbor_next_key(r, &left, &key)) {
		if (key == INDEX_FRAMES)
			sound = trace_cbor_get_uint(r, TRACE_INDEX_FRAMES_MAX, &frames);
		else if (key == INDEX_ENTRIES)
			sound = trace_cbor_get(r, TRACE_CBOR_BYTES, &item);
		else
			sound = skip_value(r);
	}
	if (!sound || end_item(r) != WSC_OK || item.bytes == NULL)
		return WSC_FORMAT;
	*count = (size_t)frames;
	return get_entries(&item, frames, ordered, entries);
}
