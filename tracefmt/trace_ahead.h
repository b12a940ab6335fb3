/* SPDX-License-Identifier: MIT */
/*
 * Threads that read, decompress and decode blocks of a trace ahead of the merge. The calls are for the merging thread
 * alone; it says which block each worker's stream will need next, and comes for it later. Which blocks were ready makes
 * no difference to what is read. Memory: TRACE_AHEAD_BYTES_MAX for decoded events, and a block's content for each thread.
 */
#ifndef TRACE_AHEAD_H
#define TRACE_AHEAD_H

#include <stddef.h>
#include <stdint.h>

#include "trace_map.h"
#include "wscheck/event.h"
#include "wscheck/status.h"

#define TRACE_AHEAD_BYTES_MAX ((uint64_t)16 << 20)

enum { TRACE_AHEAD_THREADS_MAX = 256 };

struct trace_ahead;

/* A block, decoded whole. */
struct trace_ahead_block {
	struct trace_ahead_block *next; /* the threads' own, like `entry` */
	uint32_t entry, stream;
	enum { TRACE_AHEAD_WAITS, TRACE_AHEAD_RUNS, TRACE_AHEAD_DONE } state;
	enum wsc_status status; /* OK, or why it could not be read; then nothing below holds */
	size_t content_size;
	struct wsc_event *events;
	uint64_t *order; /* if the trace is ordered */
	size_t count, gaps;
	uint64_t dropped, block_dropped; /* counts of the gaps among the events, and as the block says */
	uint64_t extension_counts[256];
};

/* Starts up to `threads`, fewer where no more are to be had; NULL if there are none. The map must outlive it. */
struct trace_ahead *trace_ahead_create(const struct trace_map *map, unsigned threads);

/* Wants the block of an entry (TRACE_MAP_NONE, a gap: nothing) of a stream to be read, if there is room for it. */
void trace_ahead_want(struct trace_ahead *ahead, uint32_t stream, uint32_t entry);

/* The block of an entry, waiting for it if a thread is at it; NULL: no thread was. To be given back. */
struct trace_ahead_block *trace_ahead_take(struct trace_ahead *ahead, uint32_t stream, uint32_t entry);
void trace_ahead_give(struct trace_ahead *ahead, struct trace_ahead_block *block);

/* Forgets what was wanted, and waits for threads that are at it: before the map changes. */
void trace_ahead_forget(struct trace_ahead *ahead);

void trace_ahead_free(struct trace_ahead *ahead); /* NULL is fine */

#endif
