/* SPDX-License-Identifier: MIT */
/*
 * CBOR (RFC 8949) over libcbor: a writer into a growing buffer and a pull parser over bytes in memory. The parser uses
 * libcbor's streaming decoder only, which allocates nothing. One thread at a time.
 */
#ifndef TRACE_CBOR_H
#define TRACE_CBOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Zeroed memory is an empty writer. A failed allocation sets `failed`; later calls then do nothing. */
struct trace_cbor_writer {
	unsigned char *bytes;
	size_t size, capacity;
	bool failed;
};

/* A map being written: its keys are counted, its head is written when it ends. */
struct trace_cbor_map {
	size_t at;
	size_t pairs;
};

void trace_cbor_clear(struct trace_cbor_writer *writer); /* keeps the memory */
void trace_cbor_free(struct trace_cbor_writer *writer);
void trace_cbor_uint(struct trace_cbor_writer *writer, uint64_t value);
void trace_cbor_bool(struct trace_cbor_writer *writer, bool value);
void trace_cbor_array(struct trace_cbor_writer *writer, size_t count);
void trace_cbor_tag(struct trace_cbor_writer *writer, uint64_t tag);
void trace_cbor_text(struct trace_cbor_writer *writer, const char *text);
void trace_cbor_bytes(struct trace_cbor_writer *writer, const void *bytes, size_t size);
/* The head alone; the caller puts the bytes itself. */
void trace_cbor_bytes_head(struct trace_cbor_writer *writer, size_t size);
struct trace_cbor_map trace_cbor_map(struct trace_cbor_writer *writer);
void trace_cbor_key(struct trace_cbor_writer *writer, struct trace_cbor_map *map, uint64_t key);
void trace_cbor_map_end(struct trace_cbor_writer *writer, const struct trace_cbor_map *map);

enum trace_cbor_type {
	TRACE_CBOR_UINT,
	TRACE_CBOR_BYTES,
	TRACE_CBOR_TEXT,
	TRACE_CBOR_ARRAY,
	TRACE_CBOR_MAP,
	TRACE_CBOR_TAG,
	TRACE_CBOR_BOOL,
	TRACE_CBOR_OTHER /* negative numbers, floats, null, undefined: nothing of ours, but may be skipped */
};

/* `value`: the number; the length of a string; the items of an array; the pairs of a map; the tag; 0 or 1. */
struct trace_cbor_item {
	enum trace_cbor_type type;
	uint64_t value;
	const unsigned char *bytes; /* of a string */
};

struct trace_cbor_reader {
	const unsigned char *bytes;
	size_t size, at;
	bool no_memory; /* a NULL was for want of it; stays set */
};

/* False: truncated, not well-formed, or of indefinite length. */
bool trace_cbor_next(struct trace_cbor_reader *reader, struct trace_cbor_item *item);

/* Passes over what belongs to `item`, which was just read; at most TRACE_CBOR_DEPTH_MAX deep. */
bool trace_cbor_skip(struct trace_cbor_reader *reader, const struct trace_cbor_item *item);

/* The next item must be of the type; false otherwise. */
bool trace_cbor_get(struct trace_cbor_reader *reader, enum trace_cbor_type type, struct trace_cbor_item *item);
bool trace_cbor_get_uint(struct trace_cbor_reader *reader, uint64_t max, uint64_t *value);
bool trace_cbor_get_bool(struct trace_cbor_reader *reader, bool *value);

/* A text of valid UTF-8 without NUL, at most TRACE_STRING_BYTES_MAX long, as a new string. NULL: not so, or no memory.
 */
char *trace_cbor_get_text(struct trace_cbor_reader *reader);

/*
 * The next key of a map; *left counts the pairs to come. Keys are unsigned and ascend strictly; *key holds the last one
 * (UINT64_MAX before the first). False: none is left, or the map is broken, which sets reader->at past reader->size.
 */
bool trace_cbor_next_key(struct trace_cbor_reader *reader, uint64_t *left, uint64_t *key);
bool trace_cbor_broken(const struct trace_cbor_reader *reader);
void trace_cbor_break(struct trace_cbor_reader *reader);

#endif
