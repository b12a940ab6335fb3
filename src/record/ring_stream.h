/* SPDX-License-Identifier: MIT */
/*
 * A worker as the drain thread sees it: its ring, the chunks that its slots move to, and the blocks of the trace that
 * become of them. Slots stay in the rings' file until the block that holds them is in the trace file.
 *
 * The drain thread's, but for what recorder.h marks with the mutex.
 */
#ifndef RECORD_RING_STREAM_H
#define RECORD_RING_STREAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "chunk_pool.h"
#include "ring.h"
#include "trace_writer.h"

/* A block of the trace is written when a worker has this many events. */
#define RING_STREAM_BLOCK_EVENTS 16384u

struct ring_stream {
	struct ring_stream *next; /* mutex */
	struct wsc_recorder *recorder;
	wsc_worker *ring;
	struct ring_segment *segment;
	char *name; /* or NULL */
	uint32_t worker;
	uint64_t thread_id;
	uint64_t attached; /* stamps */
	uint64_t detached; /* mutex; if is_detached */
	bool is_detached;  /* mutex */
	/* The drain thread's. */
	bool is_declared;
	bool is_last_pass;     /* was detached when the pass began */
	bool is_marked;        /* the number of its first event is known to readers of the file */
	uint64_t at, until;    /* slots copied to chunks; slots known to be there */
	uint64_t begun;        /* slots that were there when the pass began */
	uint64_t written;      /* slots that are in the trace file, or lost */
	uint64_t waiting;      /* events in chunks */
	uint64_t gaps;         /* dropped events that gaps among the slots written stand for */
	uint64_t last;         /* stamp of the last event written */
	uint64_t lost;         /* events that the trace file did not take; read by others */
	struct chunk *first;   /* chunks not yet written, oldest first, or NULL */
	struct chunk *filling; /* the last of them */
};

/* What blocks are written with. */
struct ring_stream_sink {
	struct trace_writer *writer; /* NULL: events are lost */
	struct wsc_event *events;    /* room for RING_STREAM_BLOCK_EVENTS */
	struct chunk_pool *pool;
	size_t streams;
	enum wsc_status status; /* of the writer; once it has failed, events are lost */
	bool is_full;           /* the file has its size: events are lost */
	uint64_t lost;          /* events */
	uint64_t lost_from;     /* a stamp before all of them */
};

/* Copies slots up to `until` from the ring to chunks, as long as there is room, and gives them back to the producer. */
void ring_stream_read(struct ring_stream *s, struct ring_stream_sink *sink);

/* Writes one block of what is in chunks, or if nothing is, in the ring up to `until`. `now`: a stamp. False: there is
 * nothing. */
bool ring_stream_write(struct ring_stream *s, struct ring_stream_sink *sink, uint64_t now);

/* Writes what the worker left besides its slots, all of which are written. It records nothing from `until` on. */
void ring_stream_write_pending(struct ring_stream *s, struct ring_stream_sink *sink, uint64_t until);

/* Events dropped by the ring, and those that the trace file did not take. Any thread. */
uint64_t ring_stream_dropped(const struct ring_stream *s);

/* Memory of one worker. NULL: none. `order`: of attaching. Any thread; the caller then puts it in the list. */
struct ring_stream *ring_stream_create(struct wsc_recorder *recorder, uint32_t worker_id, const char *name,
                                       uint64_t order);

/* Gives its memory to the store; or, with the store closed (NULL), back to the system. */
void ring_stream_free(struct ring_stream *stream, struct ring_store *store);

#endif
