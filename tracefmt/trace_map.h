/* SPDX-License-Identifier: MIT */
/*
 * Where everything is in a trace file: header and declarations merged, and for every worker the chain of its blocks in
 * program order, with a gap wherever events of it are missing. Comes from the seek index, which the blocks are checked
 * against when they are read, or from a scan that decodes every frame. One thread at a time.
 */
#ifndef TRACE_MAP_H
#define TRACE_MAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "block.h"
#include "id_map.h"
#include "trace_error.h"
#include "trace_file.h"
#include "trace_header.h"
#include "trace_item.h"

#define TRACE_MAP_NONE UINT32_MAX

/* A block, or a gap: `first_event` events (0: not known) are missing in [first_ts, max_ts]. */
struct trace_map_entry {
	uint64_t offset;
	uint64_t sequence; /* gap: of the worker's block before it, else 0 */
	uint64_t first_event;
	uint64_t first_ts;
	uint64_t max_ts;
	uint64_t order; /* of the first event, if the trace is ordered; gap: of the last event before it */
	uint32_t size;
	uint32_t count;
	uint32_t next; /* of the same worker, or TRACE_MAP_NONE */
	bool is_gap;
};

struct trace_map_stream {
	uint32_t worker;
	uint32_t first, last; /* entries, or TRACE_MAP_NONE */
	uint32_t open_gap;    /* the last entry, if it is a gap that no block has ended yet; or TRACE_MAP_NONE */
	uint64_t events;      /* number of the next event */
	uint64_t last_ts;     /* known after a scan only */
	uint64_t last_order;
};

struct trace_map {
	struct trace_file *file;
	struct trace_header header;
	uint64_t header_size;  /* of its frame */
	uint8_t operands[256]; /* of extension kinds; UINT8_MAX: not declared */
	struct trace_map_entry *entries;
	size_t entry_count, entry_capacity;
	struct trace_map_stream *streams;
	size_t stream_count, stream_capacity;
	struct id_map stream_index; /* worker -> row + 1 */
	uint32_t *workers;          /* ascending */
	enum wsc_end end;
	uint64_t blocks, dropped, max_ts;
	uint64_t damaged;        /* frames that are damaged, missing or out of place */
	uint64_t footer_dropped; /* if there is a footer */
	uint64_t gaps;
	bool is_scanned; /* every block was decoded */
};

/* ---- building, done by trace_scan.c in file order ---- */

/* Zeroes all but `file`. */
void trace_map_init(struct trace_map *map, struct trace_file *file);

/* Forgets blocks, streams and counts; header and declarations stay. */
void trace_map_clear(struct trace_map *map);

/* Merges a declaration. NOMEM, LIMIT. */
enum wsc_status trace_map_declare(struct trace_map *map, const struct trace_header *later);

/* What extension kinds the header has. UNSUPPORTED: a critical one, which err names. */
enum wsc_status trace_map_extensions(struct trace_map *map, struct trace_error *err);

/*
 * Appends a block to its worker's chain, after a gap if `entry->first_event` jumps. FORMAT: it overlaps what is there.
 * NOMEM, LIMIT.
 */
enum wsc_status trace_map_add_block(struct trace_map *map, uint32_t worker, const struct trace_map_entry *entry,
                                    uint64_t last_ts, uint64_t last_order);

/* Appends a gap to each chain that is shorter than `totals` say. FORMAT: one is longer, or ends at another stamp. */
enum wsc_status trace_map_add_totals(struct trace_map *map, const struct trace_total *totals, size_t count);

/*
 * Closes the gaps at the ends of chains, sorts the workers. `lost_since`: frames are missing and no footer accounts for
 * them; the watermark before the first. `complete_until`: the file has no footer; its last watermark, after which some
 * workers' blocks may not have been written. UINT64_MAX: not so.
 */
enum wsc_status trace_map_finish(struct trace_map *map, uint64_t lost_since, uint64_t complete_until);

/*
 * The trace begins late: what `totals` count was given up. Each chain begins with a gap, up to `until`. FORMAT: there are
 * blocks already. NOMEM, LIMIT.
 */
enum wsc_status trace_map_begin_late(struct trace_map *map, const struct trace_total *totals, size_t count,
                                     uint64_t until);

/* Whether any event is known to be missing so far. */
bool trace_map_has_gaps(const struct trace_map *map);

void trace_map_free(struct trace_map *map);

#endif
