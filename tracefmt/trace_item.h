/* SPDX-License-Identifier: MIT */
/*
 * The items of a trace file, each one CBOR map in a frame of its own, to bytes and back (SPEC.md, "Items"; trace.cddl).
 * Writing appends to a trace_cbor_writer, whose `failed` tells of a lack of memory. Reading trusts nothing: FORMAT if
 * the bytes are not what SPEC.md says, NOMEM, LIMIT, UNSUPPORTED.
 */
#ifndef TRACE_ITEM_H
#define TRACE_ITEM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "block.h"
#include "frame.h"
#include "trace_cbor.h"
#include "trace_header.h"

#define TRACE_ITEM_MAGIC "wscheck"

enum trace_item_type {
	TRACE_ITEM_HEADER = 0, /* its type is written as the text TRACE_ITEM_MAGIC */
	TRACE_ITEM_BLOCK = 1,
	TRACE_ITEM_DECLARATION = 2,
	TRACE_ITEM_EPOCH = 3,
	TRACE_ITEM_FOOTER = 4,
	TRACE_ITEM_INDEX = 5
};

/* How every item begins. */
struct trace_envelope {
	uint64_t type; /* enum trace_item_type, or one that a later version knows */
	const unsigned char *id;
	uint64_t sequence;
};

/* What a worker's stream holds up to some point of the file. */
struct trace_total {
	uint32_t worker;
	uint64_t events;
	uint64_t last_ts;
};

struct trace_epoch {
	uint64_t watermark;
	struct trace_total *totals; /* those that changed since the last epoch, ascending by worker */
	size_t count;
};

struct trace_footer {
	enum wsc_end end;
	uint64_t events;
	uint64_t dropped;
	uint64_t frames; /* this one included, the index not */
	uint64_t max_ts;
	bool has_index;             /* a seek index follows */
	struct trace_total *totals; /* of every worker, ascending */
	size_t count;
};

/* One frame, as the seek index tells of it. The fields after `type` are those of a block. */
struct trace_index_entry {
	uint32_t size; /* of the frame */
	uint8_t type;
	uint32_t worker;
	uint32_t count;
	uint64_t first_ts;
	uint64_t max_ts;
	uint64_t first_order; /* if the trace is ordered */
};

/* ---- writing ---- */

/* The header item, or with `declaration` only the tables. INVALID, LIMIT: the header is not one that can be written. */
enum wsc_status trace_item_write_header(struct trace_cbor_writer *writer, const struct trace_header *header);
enum wsc_status trace_item_write_declaration(struct trace_cbor_writer *writer, const unsigned char *id,
                                             uint64_t sequence, const struct trace_header *later);

/*
 * A block of at least one event, without the bytes of its columns: parts[] interleaves what was written with the columns.
 * The parts point into `writer` and into the block, and live as long as these.
 */
enum { TRACE_ITEM_BLOCK_PARTS = 2 * BLOCK_COLUMNS + BLOCK_KINDS };
size_t trace_item_write_block(struct trace_cbor_writer *writer, const unsigned char *id, uint64_t sequence,
                              const struct block *block, struct frame_part parts[TRACE_ITEM_BLOCK_PARTS]);
void trace_item_write_epoch(struct trace_cbor_writer *writer, const unsigned char *id, uint64_t sequence,
                            const struct trace_epoch *epoch);
void trace_item_write_footer(struct trace_cbor_writer *writer, const unsigned char *id, uint64_t sequence,
                             const struct trace_footer *footer);
enum wsc_status trace_item_write_index(struct trace_cbor_writer *writer, const unsigned char *id, uint64_t sequence,
                                       const struct trace_index_entry *entries, size_t count, bool ordered);

/* ---- reading ---- */

/* Reads the envelope; *reader then stands at the next key, with *left pairs to come. */
enum wsc_status trace_item_read(struct trace_cbor_reader *reader, struct trace_envelope *envelope, uint64_t *left);

/* These go on after trace_item_read(). On failure what they fill in needs no freeing but may have changed. */
enum wsc_status trace_item_read_header(struct trace_cbor_reader *reader, const struct trace_envelope *envelope,
                                       uint64_t left, struct trace_header *header);
enum wsc_status trace_item_read_declaration(struct trace_cbor_reader *reader, uint64_t left,
                                            struct trace_header *later);
enum wsc_status trace_item_read_block(struct trace_cbor_reader *reader, uint64_t left, struct block *block);
/* The same of a block's first TRACE_ITEM_BLOCK_HEAD_BYTES, or of all of it if that is less: *block gets no columns. */
enum { TRACE_ITEM_BLOCK_HEAD_BYTES = 192 };
enum wsc_status trace_item_read_block_head(struct trace_cbor_reader *reader, uint64_t left, struct block *block);
enum wsc_status trace_item_read_epoch(struct trace_cbor_reader *reader, uint64_t left, struct trace_epoch *epoch);
enum wsc_status trace_item_read_footer(struct trace_cbor_reader *reader, uint64_t left, struct trace_footer *footer);
enum wsc_status trace_item_read_index(struct trace_cbor_reader *reader, uint64_t left, bool ordered,
                                      struct trace_index_entry **entries, size_t *count);

/* Passes over an item of a type that a later version knows. */
enum wsc_status trace_item_read_unknown(struct trace_cbor_reader *reader, uint64_t left);

#endif
