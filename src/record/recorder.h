/* SPDX-License-Identifier: MIT */
/*
 * A recorder's state, shared by the calls of record.h (recorder.c) and the drain thread (drain.c).
 *
 * `mutex` guards what is marked with it; the drain thread owns the rest from wsc_open() to its end, when the thread
 * that closes takes over. Locks are taken in the order registry (recorder.c), recorder. The drain thread holds none
 * while it encodes or writes.
 */
#ifndef RECORD_RECORDER_H
#define RECORD_RECORDER_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#include "clock.h"
#include "record_file.h"
#include "trace_header.h"
#include "trace_writer.h"
#include "wscheck/record.h"

/* A block of the trace is written when a worker has this many events. */
#define RECORDER_BLOCK_EVENTS 16384u

struct batch {
	struct batch *next;
	size_t count;
	struct wsc_event events[RECORDER_BLOCK_EVENTS];
};

/* A worker as the drain thread sees it. In the recorder's list in the order of attaching. */
struct stream {
	struct stream *next; /* mutex */
	struct wsc_recorder *recorder;
	wsc_worker *ring;
	char *name; /* or NULL */
	uint32_t worker;
	uint64_t thread_id;
	uint64_t attached; /* stamps */
	uint64_t detached; /* mutex; if is_detached */
	bool is_detached;  /* mutex */
	/* The drain thread's. */
	bool is_declared;
	bool is_in_pass;       /* was in the list when a pass began */
	bool is_last_pass;     /* was detached when the pass began */
	uint64_t at, until;    /* slots read; slots known to be there */
	uint64_t begun;        /* slots that were there when the pass began */
	uint64_t gaps;         /* dropped events that gaps stand for */
	uint64_t last;         /* stamp of the last event read */
	struct batch *first;   /* batches not yet written, oldest first; at least one */
	struct batch *filling; /* the last of them */
};

enum recorder_state { RECORDER_OPEN, RECORDER_CLOSING, RECORDER_CLOSED, RECORDER_FORKED };

struct recorder_labels {
	char **texts;    /* label n is texts[n - 1] */
	uint32_t *index; /* open addressing by hash: label numbers, 0 = free */
	uint32_t count, index_size;
	uint32_t declared; /* the drain thread's */
};

struct wsc_recorder {
	struct wsc_recorder *next; /* registry; closed recorders stay in it */
	pthread_mutex_t mutex;
	pthread_cond_t changed; /* state */
	pthread_t drain;
	size_t ring_slots;
	uint32_t epoch_ms;
	int level;
	uint64_t opened; /* stamp */

	enum recorder_state state;     /* mutex */
	enum wsc_end end;              /* mutex */
	bool is_whole;                 /* mutex; from the drain's end on: the file is complete and has its name */
	struct stream *streams;        /* mutex */
	struct recorder_labels labels; /* mutex, but for `declared` */
	bool is_unattached;            /* mutex: a worker could not be attached */
	uint64_t unattached;           /* mutex: the stamp of that */
	uint64_t dropped;              /* mutex: by rings that are gone, and what the file did not take */

	struct record_file file;
	struct trace_header header;
	struct trace_header later; /* declarations to write next */
	struct trace_writer *writer;
	struct clock_pair rate_begin;
	bool is_failed;      /* nothing more is written */
	struct batch *spare; /* an empty batch, or NULL */
	size_t batch_count;  /* of all streams, beyond one each */
	uint64_t blocks_unflushed;
	uint64_t anchored_events;         /* written when the last anchor was */
	uint64_t flushed_ns, anchored_ns; /* wsc_clock_ns() */
};

/* The thread. The argument is the recorder. Ends when state is CLOSING, with everything written and the file named. */
void *drain_main(void *recorder);

/* Memory of one worker. The caller has taken it out of the list, or never put it in. */
struct stream *stream_create(struct wsc_recorder *recorder, uint32_t worker_id, const char *name);
void stream_free(struct stream *stream);

#endif
