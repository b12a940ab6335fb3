/* SPDX-License-Identifier: MIT */
/*
 * A recorder's state, shared by the calls of record.h (recorder.c) and the drain thread (drain.c).
 *
 * `mutex` guards what is marked with it; the drain thread owns the rest from wsc_open() to its end, when the thread
 * that closes takes over. Locks are taken in the order registry, recorder, store, worker page. The drain thread holds
 * none while it encodes or writes.
 */
#ifndef RECORD_RECORDER_H
#define RECORD_RECORDER_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#include "chunk_pool.h"
#include "clock.h"
#include "labels.h"
#include "own_process.h"
#include "record_file.h"
#include "ring.h"
#include "ring_store.h"
#include "ring_stream.h"
#include "trace_header.h"
#include "trace_writer.h"
#include "wscheck/record.h"

enum recorder_state { RECORDER_OPEN, RECORDER_CLOSING, RECORDER_CLOSED, RECORDER_FORKED };

/* What wsc_open() was told, by its caller and the environment. Constant, so that a forked child may read it. */
struct record_config {
	char *pattern; /* of the path */
	enum wsc_mode mode;
	size_t ring_slots;
	uint32_t epoch_ms;
	int level;
	uint64_t max_bytes;      /* 0: no limit */
	bool keeps_last;         /* of the file, when it reaches its limit */
	uint64_t uncertainty_ns; /* 0: to be measured */
	int snapshot_signal;     /* 0: none */
	bool follows_fork;
	struct ring_traits ring;
};

/* A request of wsc_snapshot(), which waits for it. */
struct snapshot_request {
	struct snapshot_request *next;
	const char *path; /* NULL: the next free name */
	bool is_done;
	int result;
};

struct wsc_recorder {
	struct wsc_recorder *next; /* registry; closed recorders stay in it */
	struct own_process owner;  /* whoever may touch the rest */
	bool is_held;              /* registry's, while this process forks: the mutex is */
	pthread_mutex_t mutex;
	pthread_cond_t changed; /* state, requests */
	pthread_t drain;
	struct record_config config;
	struct wsc_common common; /* the words that workers look at */
	uint32_t is_asked;        /* by a signal: for a snapshot. Atomic */

	enum recorder_state state;         /* mutex */
	enum wsc_end end;                  /* mutex */
	bool is_whole;                     /* mutex; from the drain's end on: the file is complete and has its name */
	struct ring_stream *streams;       /* mutex: in the order of attaching */
	uint64_t last_order;               /* mutex: of attaching */
	unsigned attaching;                /* mutex: threads that do so, and use the store without it */
	size_t detached_count;             /* mutex: streams that are detached and still in the list */
	uint64_t forgotten;                /* mutex: stamp up to which streams were not kept */
	struct labels labels;              /* mutex, but for `declared` */
	bool is_unattached;                /* mutex: a worker could not be attached */
	uint64_t unattached;               /* mutex: the stamp of that */
	uint64_t dropped;                  /* mutex: by rings that are gone, and what the file did not take */
	struct snapshot_request *requests; /* mutex */
	struct wsc_recorder *child;        /* mutex; in a forked child: the one that goes on for this one */
	bool is_followed;                  /* registry's, of children: there will be no other child */

	struct record_file file;
	struct ring_store store;
	struct chunk_pool pool;
	struct ring_segment *header_segment; /* of the rings' file */
	struct trace_header header;
	struct trace_header later; /* declarations to write next */
	struct clock_moment opened;
	struct ring_stream_sink sink;
	struct ring_stream **pass; /* the streams of this pass */
	size_t pass_count, pass_room;
	bool is_failed;       /* nothing more is written: that can't be */
	uint64_t block_bytes; /* of the largest block so far */
	uint64_t resumed;     /* of common.pauses, that gaps of nobody's stand for */
	unsigned snapshots;   /* that got a name of their own */
	uint64_t watermark;   /* the last one written */
	uint64_t blocks_unflushed;
	uint64_t anchored_events;         /* written when the last anchor was */
	uint64_t flushed_ns, anchored_ns; /* wsc_clock_ns() */
};

/* Puts a header into the rings' file, in place of the one that is there. The drain thread's, or before it starts. */
void recorder_share_header(struct wsc_recorder *recorder);

#endif
