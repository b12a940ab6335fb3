/* SPDX-License-Identifier: MIT */
/*
 * Where a recorder's rings lie: in the rings' file (tracefmt/ring_file.h), so that they outlive the process, or in
 * anonymous memory laid out the same, where no file can be had. All of the file is allocated before it is used: no
 * access to it fails for want of room. None of it is mapped in a forked child.
 *
 * Any thread, but for ring_store_open(), ring_store_close() and ring_store_now(): one at a time.
 */
#ifndef RECORD_RING_STORE_H
#define RECORD_RING_STORE_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "clock.h"
#include "own_fd.h"
#include "record_file.h"
#include "ring_file.h"

/* A segment; `map` is its memory. */
struct ring_segment {
	struct ring_segment *next;     /* of the free ones */
	struct ring_file_segment *map; /* NULL while it is free and given back to the file system */
	uint64_t offset;
	size_t bytes;
	bool is_shared; /* it is in the file */
};

struct ring_store {
	pthread_mutex_t mutex;
	struct ring_file_head *head; /* in the file, or not */
	bool is_shared;              /* there is a file */
	const char *trace;           /* its final path, for what is said */
	struct own_fd file, directory;
	char *name;                /* of the file, in the directory */
	struct ring_segment *free; /* mutex */
	size_t free_mapped;        /* mutex */
	bool said;                 /* mutex: that something is not in the file */
};

/*
 * Makes the file for the trace that `trace` records, with RING_FILE_OPENING as state, where there is room for `wanted`
 * bytes. Where that fails, anonymous memory does, which is said once. False: no memory at all. The trace's record_file
 * must outlive the store.
 */
bool ring_store_open(struct ring_store *store, const struct record_file *trace, const uint8_t id[TRACE_ID_BYTES],
                     uint32_t policy, struct clock_moment opened, size_t wanted);

/*
 * Memory of `bytes` (a multiple of RING_FILE_PAGE), filled with pages beforehand, of kind RING_FILE_FREE; what is behind
 * the segment's head may be anything. If it can't be in the file, it is anonymous, and the head's unmapped_since says
 * so; or not at all, if it `must` be in the file and there is one. NULL: no memory.
 */
struct ring_segment *ring_store_take(struct ring_store *store, size_t bytes, bool must);

/* Makes a segment what it is to be: from here on a reader of the file sees it. */
void ring_store_publish(struct ring_segment *segment, enum ring_file_kind kind);

/* Gives it back. NULL is fine. */
void ring_store_give(struct ring_store *store, struct ring_segment *segment);

/* Unmaps and frees a segment of a store that is closed. NULL is fine. */
void ring_segment_free(struct ring_segment *segment);

/* All that every reader needs is there. */
void ring_store_recording(struct ring_store *store);

/* Events since this stamp are nowhere in the file: it then says so (unmapped_since). */
void ring_store_lost_since(struct ring_store *store, uint64_t stamp);

/* Takes note of the time. */
void ring_store_now(struct ring_store *store);

/* The trace is whole: the file is removed, what is free is unmapped. Segments that were taken stay valid. */
void ring_store_close(struct ring_store *store);

/* Closes descriptors and touches nothing else: for a forked child. Async-signal-safe. */
void ring_store_forget(struct ring_store *store);

#endif
