/* SPDX-License-Identifier: MIT */
#include "block.h"

#include <assert.h>
#include <stddef.h>

#include "block_model.h"

static_assert(
    offsetof(struct wsc_event, worker) + sizeof(struct block_shape) == sizeof(struct wsc_event) &&
        offsetof(struct wsc_event, queue) - offsetof(struct wsc_event, worker) == offsetof(struct block_shape, queue) &&
        offsetof(struct wsc_event, arg) - offsetof(struct wsc_event, worker) == offsetof(struct block_shape, arg) &&
        offsetof(struct wsc_event, kind) - offsetof(struct wsc_event, worker) == offsetof(struct block_shape, kind) &&
        offsetof(struct wsc_event, flags) - offsetof(struct wsc_event, worker) == offsetof(struct block_shape, flags) &&
        offsetof(struct wsc_event, reason) - offsetof(struct wsc_event, worker) == offsetof(struct block_shape, reason),
    "a shape is the end of an event");

static bool has_more(const struct block_decoder *decoder, enum block_column_id column)
{
	const struct block_column *bytes = &decoder->block.columns[column];

	return decoder->at[column] < bytes->bytes + bytes->size;
}

static bool get_varint(struct block_decoder *decoder, enum block_column_id column, uint64_t *value)
{
	const struct block_column *bytes = &decoder->block.columns[column];

	return codec_get_varint(&decoder->at[column], bytes->bytes + bytes->size, value);
}

/* Where the next stamp stands that is no multiple of the divisor; `from`: the event after the last such one. */
static bool find_odd(struct block_decoder *decoder, uint32_t from)
{
	uint64_t even;

	decoder->odd_next = UINT32_MAX;
	if (!has_more(decoder, BLOCK_ODD))
		return true;
	if (!get_varint(decoder, BLOCK_ODD, &even) || even >= decoder->block.count - from)
		return false;
	decoder->odd_next = from + (uint32_t)even;
	return true;
}

static void start_shapes(struct block_decoder *decoder)
{
	for (unsigned kind = 0; kind < BLOCK_KINDS; kind++) {
		const uint32_t *queue = block_model_queue(&decoder->model, kind);

		decoder->shapes[kind] = (struct block_shape){.worker = decoder->block.worker,
		                                             .queue = queue == NULL ? 0 : *queue,
		                                             .arg = decoder->model.arg[kind],
		                                             .kind = (uint8_t)kind};
	}
}

enum wsc_status block_decoder_start(struct block_decoder *decoder, const struct block *block, const uint8_t *operands,
                                    uint64_t *extension_counts)
{
	const struct block_column *tokens = &block->columns[BLOCK_TOKENS], *symbols = &block->columns[BLOCK_SYMBOLS];
	uint32_t kinds[BLOCK_KINDS] = {0};
	const unsigned char *start = symbols->bytes;

	if (block->count == 0 || block->count > TRACE_BLOCK_EVENTS_MAX || tokens->size != block->count ||
	    symbols->size != block->count || block->divisor == 0 || block->first_order == UINT64_MAX)
		return WSC_FORMAT;
	decoder->block = *block;
	decoder->done = 0;
	decoder->ts = block->first_ts;
	decoder->order = block->first_order;
	decoder->min_ts = UINT64_MAX;
	decoder->max_ts = 0;
	decoder->dropped = 0;
	decoder->gaps = 0;
	decoder->operands = operands;
	decoder->extension_counts = extension_counts;
	decoder->bits = (struct codec_bit_reader){.bytes = block->columns[BLOCK_BITS].bytes,
	                                          .size = block->columns[BLOCK_BITS].size};
	for (uint32_t i = 0; i < block->count; i++)
		kinds[tokens->bytes[i] & BLOCK_TOKEN_KIND]++;
	for (unsigned k = 0; k < BLOCK_KINDS; k++) {
		decoder->symbols[k] = start;
		start += kinds[k];
	}
	for (unsigned c = 0; c < BLOCK_COLUMNS; c++)
		decoder->at[c] = block->columns[c].bytes;
	block_model_start(&decoder->model, block->worker);
	start_shapes(decoder);
	return find_odd(decoder, 0) ? WSC_OK : WSC_FORMAT;
}

/* Adds the remainder of event `i` to *ts. */
static bool decode_odd(struct block_decoder *decoder, uint32_t i, uint64_t *ts)
{
	uint64_t remainder;

	if (!get_varint(decoder, BLOCK_ODD, &remainder) || remainder == 0 || remainder >= decoder->block.divisor)
		return false;
	*ts += remainder;
	return find_odd(decoder, i + 1);
}

static bool decode_stamps(struct block_decoder *decoder, uint64_t *stamps, uint32_t count)
{
	const unsigned char *tokens = decoder->block.columns[BLOCK_TOKENS].bytes + decoder->done;
	struct codec_bit_reader bits = decoder->bits;
	uint64_t ts = decoder->ts, divisor = decoder->block.divisor, low = decoder->min_ts, high = decoder->max_ts;

	for (uint32_t i = 0; i < count; i++) {
		const struct codec_symbol *symbol = &codec_symbols[*decoder->symbols[tokens[i] & BLOCK_TOKEN_KIND]++];

		ts += (symbol->base + codec_get_bits(&bits, (unsigned)symbol->bits)) * divisor;
		if (__builtin_expect(decoder->done + i == decoder->odd_next, 0) &&
		    !decode_odd(decoder, decoder->done + i, &ts))
			return false;
		stamps[i] = ts;
		low = ts < low ? ts : low;
		high = ts > high ? ts : high;
	}
	decoder->bits = bits;
	decoder->ts = ts;
	decoder->min_ts = low;
	decoder->max_ts = high;
	return true;
}

/* The queue that events of `kind`, and of those that name queues for the same purpose, name from now on. */
static void expect_queue(struct block_shape *shapes, unsigned kind, uint32_t queue)
{
	switch (kind) {
	case WSC_EV_QUEUED:
	case WSC_EV_PUSH_FAILED:
	case WSC_EV_DEQUEUED:
		shapes[WSC_EV_QUEUED].queue = shapes[WSC_EV_PUSH_FAILED].queue = shapes[WSC_EV_DEQUEUED].queue = queue;
		break;
	case WSC_EV_STEAL_START:
	case WSC_EV_STEAL_SUCCESS:
	case WSC_EV_STEAL_FAILURE:
		shapes[WSC_EV_STEAL_START].queue = shapes[WSC_EV_STEAL_SUCCESS].queue =
		    shapes[WSC_EV_STEAL_FAILURE].queue = queue;
		break;
	case WSC_EV_WAKE:
		shapes[WSC_EV_WAKE].queue = queue;
		break;
	default:
		break;
	}
}

/* Arg, flags and reason of *e, which those of the next event of the kind will be like. */
static bool decode_detail(struct block_decoder *decoder, struct wsc_event *e)
{
	struct block_shape *shape = &decoder->shapes[e->kind];
	uint64_t value;
	uint8_t detail;

	if (!has_more(decoder, BLOCK_DETAILS))
		return false;
	detail = *decoder->at[BLOCK_DETAILS]++;
	if (!get_varint(decoder, BLOCK_DETAILS, &value) || value > UINT32_MAX)
		return false;
	e->arg = shape->arg = (uint32_t)value;
	e->flags = shape->flags = detail & 15;
	e->reason = shape->reason = detail >> 4;
	return true;
}

/* The fields of *e that were not as predicted. */
static bool decode_surprise(struct block_decoder *decoder, uint8_t token, struct wsc_event *e)
{
	struct block_model *model = &decoder->model;
	uint64_t value;

	if ((token & BLOCK_TOKEN_TASK) == BLOCK_TOKEN_TASK_DELTA) {
		if (!get_varint(decoder, BLOCK_TASKS, &value))
			return false;
		e->task = block_model_base(model, e->kind) + codec_unzigzag(value);
	} else if ((token & BLOCK_TOKEN_TASK) == BLOCK_TOKEN_TASK_SAME) {
		e->task = model->task;
	} else if ((token & BLOCK_TOKEN_TASK) != 0) {
		return false;
	}
	if ((token & BLOCK_TOKEN_QUEUE) != 0) {
		if (!get_varint(decoder, BLOCK_QUEUES, &value) || value > UINT32_MAX)
			return false;
		e->queue = (uint32_t)value;
		expect_queue(decoder->shapes, e->kind, e->queue);
	}
	return (token & BLOCK_TOKEN_DETAIL) == 0 || decode_detail(decoder, e);
}

static bool decode_extension(struct block_decoder *decoder, uint8_t token)
{
	uint64_t operand;
	uint8_t kind;

	if (token != 0 || !has_more(decoder, BLOCK_EXTENSION))
		return false;
	kind = *decoder->at[BLOCK_EXTENSION]++;
	if (decoder->operands[kind] == UINT8_MAX)
		return false;
	for (unsigned i = 0; i < decoder->operands[kind]; i++) {
		if (!get_varint(decoder, BLOCK_EXTENSION, &operand))
			return false;
	}
	decoder->extension_counts[kind]++;
	return true;
}

/* Inlined once for each kind, so that what the model asks of the kind is decided at compile time. */
static inline __attribute__((always_inline)) bool decode_kind(struct block_decoder *decoder, uint8_t token,
                                                              struct wsc_event *e, unsigned kind)
{
	struct block_model *model = &decoder->model;

	e->task = block_model_predict(model, kind);
	memcpy((unsigned char *)e + offsetof(struct wsc_event, worker), &decoder->shapes[kind],
	       sizeof decoder->shapes[kind]);
	if (__builtin_expect(token > BLOCK_TOKEN_KIND, 0) && !decode_surprise(decoder, token, e))
		return false;
	if (kind == WSC_EV_GAP) {
		decoder->dropped += e->arg;
		decoder->gaps++;
	}
	block_model_learn(model, kind, e->task, (token & BLOCK_TOKEN_TASK) == 0);
	return true;
}

static inline bool decode_event(struct block_decoder *decoder, uint8_t token, struct wsc_event *e)
{
	switch (token & BLOCK_TOKEN_KIND) {
#define DECODE_KIND(code, NAME, name, help)                                                                            \
	case code:                                                                                                     \
		return decode_kind(decoder, token, e, code);
		WSC_EVENT_KINDS(DECODE_KIND)
#undef DECODE_KIND
	default:
		return false;
	}
}

/* The number in the file order of event `i`. */
static bool decode_order(struct block_decoder *decoder, uint32_t i)
{
	uint64_t step;

	if (i == 0)
		return true;
	if (!get_varint(decoder, BLOCK_ORDER, &step) || step >= UINT64_MAX - 1 - decoder->order)
		return false;
	decoder->order += step + 1;
	return true;
}

static enum wsc_status finish(const struct block_decoder *decoder)
{
	const struct block *block = &decoder->block;

	for (unsigned c = BLOCK_ODD; c < BLOCK_COLUMNS; c++) {
		if (has_more(decoder, (enum block_column_id)c))
			return WSC_FORMAT;
	}
	if (!codec_bits_ended(&decoder->bits) || decoder->ts != block->last_ts || decoder->min_ts != block->min_ts ||
	    decoder->max_ts != block->max_ts || decoder->dropped != block->dropped)
		return WSC_FORMAT;
	return WSC_DONE;
}

enum wsc_status block_decode(struct block_decoder *decoder, struct block_chunk *chunk)
{
	const unsigned char *tokens = decoder->block.columns[BLOCK_TOKENS].bytes + decoder->done;
	uint64_t stamps[BLOCK_CHUNK_EVENTS];
	uint32_t left = decoder->block.count - decoder->done,
	         count = left < BLOCK_CHUNK_EVENTS ? left : BLOCK_CHUNK_EVENTS;
	uint64_t dropped = decoder->dropped;
	size_t n = 0, gaps = decoder->gaps;

	chunk->count = chunk->gaps = 0;
	chunk->dropped = 0;
	if (left == 0)
		return finish(decoder);
	if (!decode_stamps(decoder, stamps, count) || (decoder->done == 0 && stamps[0] != decoder->block.first_ts))
		return WSC_FORMAT;
	for (uint32_t i = 0; i < count; i++) {
		if (decoder->block.ordered) {
			if (!decode_order(decoder, decoder->done + i))
				return WSC_FORMAT;
			chunk->order[n] = decoder->order;
		}
		if (__builtin_expect((tokens[i] & BLOCK_TOKEN_KIND) == 0, 0)) {
			if (!decode_extension(decoder, tokens[i]))
				return WSC_FORMAT;
			continue;
		}
		chunk->events[n].ts = stamps[i];
		if (!decode_event(decoder, tokens[i], &chunk->events[n]))
			return WSC_FORMAT;
		n++;
	}
	decoder->done += count;
	chunk->count = n;
	chunk->gaps = decoder->gaps - gaps;
	chunk->dropped = decoder->dropped - dropped;
	return WSC_OK;
}
