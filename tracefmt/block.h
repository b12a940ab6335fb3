/* SPDX-License-Identifier: MIT */
/*
 * Events of one worker <-> columns (SPEC.md, "Columns"). A block stands alone: the model that predicts tasks and queues
 * starts empty in each. Pure memory, no I/O. One thread at a time; each encoder and decoder is its own.
 */
#ifndef BLOCK_H
#define BLOCK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "codec.h"
#include "trace_limits.h"
#include "wscheck/event.h"
#include "wscheck/status.h"

enum {
	BLOCK_KINDS = 16, /* kind 0 in a token: an extension event */
	BLOCK_RING = 4096,
	BLOCK_CHUNK_EVENTS = 1024
};

/* A token: what one event is, and which of its fields are not as predicted. */
enum {
	BLOCK_TOKEN_KIND = 0x0f,
	BLOCK_TOKEN_TASK = 0x30,       /* one of: */
	BLOCK_TOKEN_TASK_SAME = 0x10,  /* the task of the event before that had one */
	BLOCK_TOKEN_TASK_DELTA = 0x20, /* a difference in column `tasks` */
	BLOCK_TOKEN_QUEUE = 0x40,      /* the queue is in column `queues` */
	BLOCK_TOKEN_DETAIL = 0x80      /* arg, flags and reason are in column `details` */
};

struct block_column {
	const unsigned char *bytes;
	size_t size;
};

enum block_column_id {
	BLOCK_TOKENS,
	BLOCK_SYMBOLS, /* of stamps, all of kind 0, then of kind 1, ... */
	BLOCK_BITS,    /* of stamps */
	BLOCK_ODD,     /* stamps that are no multiple of the divisor: (events between, remainder) */
	BLOCK_TASKS,
	BLOCK_QUEUES,
	BLOCK_DETAILS,
	BLOCK_EXTENSION, /* kind byte, then its operands */
	BLOCK_ORDER,
	BLOCK_COLUMNS
};

/* What a block says of itself. */
struct block {
	uint32_t worker;
	uint32_t count;       /* events, gaps and extension events included */
	uint64_t first_event; /* number of the first in the worker's stream, from 0 */
	uint64_t first_ts;
	uint64_t last_ts;
	uint64_t min_ts;
	uint64_t max_ts;
	uint64_t dropped;     /* sum of the counts of its gaps */
	uint64_t divisor;     /* of stamp differences, at least 1 */
	uint64_t first_order; /* if ordered */
	bool ordered;
	struct block_column columns[BLOCK_COLUMNS];
};

/* The model: what the next event of this worker will most likely name. The same on both sides. */
struct block_model {
	uint64_t ready[BLOCK_RING];   /* tasks this worker queued or took, newest last */
	uint64_t running[BLOCK_RING]; /* tasks this worker runs, innermost last */
	uint32_t ready_top, running_top;
	uint64_t queued, taken, stolen, task; /* last ones */
	uint32_t own, victim, woken;
	uint32_t arg[BLOCK_KINDS];
	uint8_t detail[BLOCK_KINDS]; /* flags | reason << 4 */
};

struct block_encoder;

enum wsc_status block_encoder_create(struct block_encoder **out);
void block_encoder_free(struct block_encoder *encoder);

/*
 * Fills all of *block but first_event; its columns point into the encoder and live until the next call. INVALID: no
 * event or too many, another worker's, an unknown kind, a flag or reason above 15, or an order that does not ascend.
 */
enum wsc_status block_encode(struct block_encoder *encoder, const struct wsc_event *events, size_t count,
                             const uint64_t *order, struct block *block);

/* What an event has besides its stamp and task, in the order of struct wsc_event. */
struct block_shape {
	uint32_t worker, queue, arg;
	uint8_t kind, flags, reason, reserved;
};

struct block_decoder {
	struct block_model model;               /* but for queues and details, which are in `shapes` */
	struct block_shape shapes[BLOCK_KINDS]; /* of the next event of each kind, as predicted */
	struct block block;
	uint32_t done;
	uint64_t ts;
	uint64_t order;
	uint64_t min_ts, max_ts, dropped;
	size_t gaps;
	uint32_t odd_next; /* event with the next odd stamp */
	struct codec_bit_reader bits;
	const unsigned char *symbols[BLOCK_KINDS];
	const unsigned char *at[BLOCK_COLUMNS]; /* next byte of the varint columns */
	const uint8_t *operands;                /* [256]: of each extension kind; 255 = not declared */
	uint64_t *extension_counts;             /* [256] */
};

/* One decoded stretch. events and order have room for BLOCK_CHUNK_EVENTS. */
struct block_chunk {
	struct wsc_event *events;
	uint64_t *order; /* filled if the block is ordered; may be NULL otherwise */
	size_t count;
	size_t gaps;      /* among them */
	uint64_t dropped; /* sum of their counts */
};

/*
 * Starts on `block`, whose columns must outlive the decoding; CODEC_SLACK_BYTES readable bytes must follow the last of
 * them. `operands` and `extension_counts` as above. FORMAT: the columns do not fit each other.
 */
enum wsc_status block_decoder_start(struct block_decoder *decoder, const struct block *block, const uint8_t *operands,
                                    uint64_t *extension_counts);

/*
 * Decodes up to BLOCK_CHUNK_EVENTS events; extension events are counted, not delivered, so a chunk may be empty. DONE:
 * all were delivered, and the block is what it says it is. FORMAT: it is not.
 */
enum wsc_status block_decode(struct block_decoder *decoder, struct block_chunk *chunk);

#endif
