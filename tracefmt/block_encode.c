/* SPDX-License-Identifier: MIT */
#include <stdlib.h>

#include "block.h"
#include "block_model.h"

enum { SYMBOL_BITS_BYTES = 8, DIVISOR_WINDOW = 8, DIVISOR_SAMPLES = 1024, DIVISOR_CANDIDATES = 16 };

/* The most bytes one event can take in each column. */
static const unsigned char column_bytes[BLOCK_COLUMNS] = {
    [BLOCK_TOKENS] = 1,
    [BLOCK_SYMBOLS] = 1,
    [BLOCK_BITS] = SYMBOL_BITS_BYTES,
    [BLOCK_ODD] = 2 * CODEC_VARINT_BYTES_MAX,
    [BLOCK_TASKS] = CODEC_VARINT_BYTES_MAX,
    [BLOCK_QUEUES] = 5,
    [BLOCK_DETAILS] = 6,
    [BLOCK_ORDER] = CODEC_VARINT_BYTES_MAX,
};

struct block_encoder {
	struct block_model model;
	size_t capacity; /* events */
	unsigned char *columns[BLOCK_COLUMNS];
};

enum wsc_status block_encoder_create(struct block_encoder **out)
{
	*out = calloc(1, sizeof **out);
	return *out == NULL ? WSC_NOMEM : WSC_OK;
}

void block_encoder_free(struct block_encoder *encoder)
{
	if (encoder == NULL)
		return;
	for (unsigned c = 0; c < BLOCK_COLUMNS; c++)
		free(encoder->columns[c]);
	free(encoder);
}

static enum wsc_status reserve(struct block_encoder *encoder, size_t count)
{
	if (count <= encoder->capacity)
		return WSC_OK;
	encoder->capacity = 0;
	for (unsigned c = 0; c < BLOCK_COLUMNS; c++) {
		free(encoder->columns[c]);
		encoder->columns[c] = malloc(count * column_bytes[c] + CODEC_SLACK_BYTES);
		if (encoder->columns[c] == NULL)
			return WSC_NOMEM;
	}
	encoder->capacity = count;
	return WSC_OK;
}

static bool valid(const struct wsc_event *events, size_t count, const uint64_t *order)
{
	if (count == 0 || count > TRACE_BLOCK_EVENTS_MAX)
		return false;
	for (size_t i = 0; i < count; i++) {
		const struct wsc_event *e = &events[i];

		if (e->kind == 0 || e->kind >= WSC_EV_END || e->flags > 15 || e->reason > 15 || e->reserved != 0)
			return false;
		if (e->worker != events[0].worker ||
		    (order != NULL && (order[i] == UINT64_MAX || (i > 0 && order[i] <= order[i - 1]))))
			return false;
	}
	return true;
}

static uint64_t gcd(uint64_t a, uint64_t b)
{
	while (b != 0) {
		uint64_t rest = a % b;

		a = b;
		b = rest;
	}
	return a;
}

/* Whether all but one in 16 of the sampled differences are multiples of `divisor`. */
static bool divides(const struct wsc_event *events, size_t count, uint64_t divisor)
{
	size_t step = count / DIVISOR_SAMPLES + 1, samples = 0, odd = 0;

	for (size_t i = 1; i < count; i += step) {
		odd += (events[i].ts - events[i - 1].ts) % divisor != 0;
		samples++;
	}
	return odd * 16 <= samples;
}

/*
 * Counters often run in steps: on some CPUs all but 1 % of the differences of rdtsc are multiples of 26. The largest
 * common divisor of a few neighbours each is tried; the largest that fits nearly all differences wins.
 */
static uint64_t find_divisor(const struct wsc_event *events, size_t count)
{
	uint64_t best = 1;

	for (size_t c = 0; c < DIVISOR_CANDIDATES; c++) {
		size_t from = count / DIVISOR_CANDIDATES * c;
		uint64_t divisor = 0;

		for (size_t i = from + 1; i < count && i <= from + DIVISOR_WINDOW; i++)
			divisor = gcd(events[i].ts - events[i - 1].ts, divisor);
		if (divisor > best && divides(events, count, divisor))
			best = divisor;
	}
	return best;
}

/* Columns SYMBOLS, BITS and ODD; also the first, last, least and greatest stamp. */
static void encode_stamps(struct block_encoder *encoder, const struct wsc_event *events, size_t count,
                          struct block *block)
{
	uint32_t kinds[BLOCK_KINDS] = {0};
	unsigned char *symbols[BLOCK_KINDS], *odd = encoder->columns[BLOCK_ODD], *end = encoder->columns[BLOCK_SYMBOLS];
	struct codec_bit_writer bits = {.to = encoder->columns[BLOCK_BITS]};
	uint64_t previous = events[0].ts, divisor = block->divisor, even = 0;

	for (size_t i = 0; i < count; i++)
		kinds[events[i].kind]++;
	for (unsigned k = 0; k < BLOCK_KINDS; k++) {
		symbols[k] = end;
		end += kinds[k];
	}
	for (size_t i = 0; i < count; i++) {
		uint64_t difference = events[i].ts - previous, quotient = difference / divisor;
		uint8_t symbol = codec_symbol_of(quotient);

		*symbols[events[i].kind]++ = symbol;
		codec_put_bits(&bits, quotient - codec_symbols[symbol].base, (unsigned)codec_symbols[symbol].bits);
		if (difference != quotient * divisor) {
			odd = codec_put_varint(odd, even);
			odd = codec_put_varint(odd, difference - quotient * divisor);
			even = 0;
		} else {
			even++;
		}
		previous = events[i].ts;
		block->min_ts = previous < block->min_ts ? previous : block->min_ts;
		block->max_ts = previous > block->max_ts ? previous : block->max_ts;
	}
	block->columns[BLOCK_SYMBOLS].size = count;
	block->columns[BLOCK_BITS].size = (size_t)(codec_end_bits(&bits) - encoder->columns[BLOCK_BITS]);
	block->columns[BLOCK_ODD].size = (size_t)(odd - encoder->columns[BLOCK_ODD]);
}

/* Where the varint columns of an encoder grow. */
struct ends {
	unsigned char *tasks, *queues, *details;
};

static uint8_t encode_event(struct block_model *model, const struct wsc_event *e, struct ends *ends)
{
	uint64_t predicted = block_model_predict(model, e->kind);
	uint32_t none = 0, *queue = block_model_queue(model, e->kind);
	uint8_t token = e->kind, detail = (uint8_t)(e->flags | e->reason << 4);

	if (e->task != predicted && e->task == model->task) {
		token |= BLOCK_TOKEN_TASK_SAME;
	} else if (e->task != predicted) {
		token |= BLOCK_TOKEN_TASK_DELTA;
		ends->tasks = codec_put_varint(ends->tasks, codec_zigzag(e->task - block_model_base(model, e->kind)));
	}
	queue = queue == NULL ? &none : queue;
	if (e->queue != *queue) {
		token |= BLOCK_TOKEN_QUEUE;
		ends->queues = codec_put_varint(ends->queues, e->queue);
		*queue = e->queue;
	}
	if (e->arg != model->arg[e->kind] || detail != model->detail[e->kind]) {
		token |= BLOCK_TOKEN_DETAIL;
		*ends->details++ = detail;
		ends->details = codec_put_varint(ends->details, e->arg);
		model->arg[e->kind] = e->arg;
		model->detail[e->kind] = detail;
	}
	block_model_learn(model, e->kind, e->task, (token & BLOCK_TOKEN_TASK) == 0);
	return token;
}

static void encode_rest(struct block_encoder *encoder, const struct wsc_event *events, size_t count,
                        struct block *block)
{
	struct ends ends = {encoder->columns[BLOCK_TASKS], encoder->columns[BLOCK_QUEUES],
	                    encoder->columns[BLOCK_DETAILS]};

	block_model_start(&encoder->model, block->worker);
	for (size_t i = 0; i < count; i++) {
		encoder->columns[BLOCK_TOKENS][i] = encode_event(&encoder->model, &events[i], &ends);
		if (events[i].kind == WSC_EV_GAP)
			block->dropped += events[i].arg;
	}
	block->columns[BLOCK_TOKENS].size = count;
	block->columns[BLOCK_TASKS].size = (size_t)(ends.tasks - encoder->columns[BLOCK_TASKS]);
	block->columns[BLOCK_QUEUES].size = (size_t)(ends.queues - encoder->columns[BLOCK_QUEUES]);
	block->columns[BLOCK_DETAILS].size = (size_t)(ends.details - encoder->columns[BLOCK_DETAILS]);
}

static void encode_order(struct block_encoder *encoder, const uint64_t *order, size_t count, struct block *block)
{
	unsigned char *end = encoder->columns[BLOCK_ORDER];

	for (size_t i = 1; i < count; i++)
		end = codec_put_varint(end, order[i] - order[i - 1] - 1);
	block->columns[BLOCK_ORDER].size = (size_t)(end - encoder->columns[BLOCK_ORDER]);
	block->first_order = order[0];
	block->ordered = true;
}

enum wsc_status block_encode(struct block_encoder *encoder, const struct wsc_event *events, size_t count,
                             const uint64_t *order, struct block *block)
{
	enum wsc_status status;

	if (!valid(events, count, order))
		return WSC_INVALID;
	status = reserve(encoder, count);
	if (status != WSC_OK)
		return status;
	*block = (struct block){.worker = events[0].worker,
	                        .count = (uint32_t)count,
	                        .first_ts = events[0].ts,
	                        .last_ts = events[count - 1].ts,
	                        .min_ts = events[0].ts,
	                        .max_ts = events[0].ts,
	                        .divisor = find_divisor(events, count)};
	for (unsigned c = 0; c < BLOCK_COLUMNS; c++)
		block->columns[c].bytes = encoder->columns[c];
	encode_stamps(encoder, events, count, block);
	encode_rest(encoder, events, count, block);
	if (order != NULL)
		encode_order(encoder, order, count, block);
	return WSC_OK;
}
