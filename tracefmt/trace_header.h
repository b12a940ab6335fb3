/* SPDX-License-Identifier: MIT */
/*
 * What a trace says about itself: the header, and what later declarations add to it (names, labels, anchors, workers).
 *
 * Plain data owned by the struct; every string is heap memory, valid UTF-8, without NUL, at most TRACE_STRING_BYTES_MAX
 * long. One thread at a time. The same struct serves the binary form (SPEC.md) and JSON Lines.
 */
#ifndef TRACE_HEADER_H
#define TRACE_HEADER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "id_map.h"
#include "wscheck/event.h"
#include "wscheck/status.h"

/* A declared queue. Undeclared queues have the id of their owner and the trace's discipline. */
struct trace_queue {
	uint32_t queue;
	uint32_t owner;      /* if has_owner */
	bool has_owner;      /* the declaration names an owner */
	bool has_discipline; /* else the trace's discipline holds */
	bool unstealable;    /* "stealable":false */
	bool deferred;       /* "visibility":"deferred" */
	bool has_capacity;
	enum wsc_discipline discipline;
	char *discipline_word; /* the word as written where it is none of ours (then discipline is NONE), else NULL */
	uint64_t capacity;     /* tasks, if has_capacity */
	char *name;            /* or NULL */
};

struct trace_worker {
	uint32_t worker;
	bool has_thread_id, has_window_start, has_attached, has_detached;
	uint64_t thread_id;
	uint64_t window_start; /* stamp before which this worker's events were overwritten (flight recorder) */
	uint64_t attached;     /* stamps */
	uint64_t detached;
	char *name; /* or NULL */
};

/* At stamp `ts` the wall clock showed `wall_ns` nanoseconds since 1970-01-01 UTC. */
struct trace_anchor {
	uint64_t ts;
	uint64_t wall_ns;
};

struct trace_label {
	uint32_t label; /* not 0 */
	char *text;
};

/* Free key and value. `json` is the value as JSON text: "\"abc\"", "12", "{...}". */
struct trace_meta {
	char *key;
	char *json;
};

/* An event kind this version does not know, as the trace names it. */
struct trace_extension {
	uint8_t kind;     /* 32..255 */
	uint8_t operands; /* varint operands each such event carries */
	bool critical;    /* a reader that does not know it must refuse the trace */
	char *name;
};

struct trace_header {
	uint8_t trace_id[16]; /* random; all zero in JSON Lines */
	uint32_t version;     /* 1 */
	enum wsc_clock clock;
	uint64_t ticks_per_second; /* if clock is TICKS; not 0 */
	enum wsc_identity identity;
	enum wsc_discipline discipline;
	char *discipline_word; /* as in trace_queue */
	enum wsc_scope scope;
	bool complete; /* recorded from before the first task */
	bool ordered;  /* blocks carry the file order of their events, which decides between equal stamps */
	uint64_t uncertainty_ns;
	uint64_t publish_ns;
	uint64_t
	    first_frame;   /* number of the first frame after the header; those before were given up, if it is not 1 */
	uint64_t sampling; /* one task in this many is recorded; 1 = every task */
	uint32_t absent;   /* bit k: events of kind k can't be seen by the source */
	bool has_process_id;
	uint64_t process_id;
	char *host; /* or NULL */
	struct trace_queue *queues;
	struct trace_worker *workers;
	struct trace_anchor *anchors;
	struct trace_label *labels;
	struct trace_meta *meta;
	struct trace_extension *extensions;
	size_t queue_count, worker_count, anchor_count, label_count, meta_count, extension_count;
	struct id_map queue_index, worker_index, label_index; /* id -> row + 1, kept by trace_header_add_*() */
};

/* Sets the defaults: version 1, ns, unique, lifo, scheduler, complete, no uncertainty, every task. */
void trace_header_init(struct trace_header *header);

/* Frees what the header owns and sets the defaults again. */
void trace_header_free(struct trace_header *header);

/*
 * Finds or adds a row. The pointer is valid until the next row of that table is added. NULL: no memory, or the table is
 * at its limit (TRACE_TABLE_ROWS_MAX).
 */
struct trace_queue *trace_header_add_queue(struct trace_header *header, uint32_t queue);
struct trace_worker *trace_header_add_worker(struct trace_header *header, uint32_t worker);
struct trace_label *trace_header_add_label(struct trace_header *header, uint32_t label);

/*
 * Adds a row. Strings are copied. Meta: a key that is there gets the new value. Extension: a kind that is there gets
 * the new row; INVALID: not in 32..255, or 255 operands. Else NOMEM, or LIMIT for a full table or a string that is too
 * long.
 */
enum wsc_status trace_header_add_anchor(struct trace_header *header, uint64_t ts, uint64_t wall_ns);
enum wsc_status trace_header_add_meta(struct trace_header *header, const char *key, const char *json);
enum wsc_status trace_header_add_extension(struct trace_header *header, uint8_t kind, const char *name,
                                           uint8_t operands, bool critical);

/* Replaces a string of a row or of the header by a copy of `text` (NULL: by none). NOMEM, LIMIT. */
enum wsc_status trace_header_set_string(char **string, const char *text);

/* Finds a row, or NULL. O(1) or O(log n). */
const struct trace_queue *trace_header_queue(const struct trace_header *header, uint32_t queue);
const struct trace_worker *trace_header_worker(const struct trace_header *header, uint32_t worker);
const char *trace_header_label(const struct trace_header *header, uint32_t label);

/* Adds what a later declaration says: its rows replace or complete rows of the same id; scalars are left alone. */
enum wsc_status trace_header_merge(struct trace_header *header, const struct trace_header *later);

/*
 * The stamp from which on nothing is missing of what workers did before they attached, or their windows started: 0 for a
 * complete trace. Else the last of these: of a worker that attached more than once, the row tells no other.
 */
uint64_t trace_header_all_seen(const struct trace_header *header);

/* The word for a value, and back (-1 if it is none of ours). */
const char *trace_event_name(unsigned kind);
int trace_event_kind(const char *name);
const char *trace_identity_name(enum wsc_identity identity);
const char *trace_discipline_name(enum wsc_discipline discipline);
int trace_discipline(const char *name);
const char *trace_reason_name(enum wsc_reason reason);
const char *trace_end_name(enum wsc_end end);

/* Stamps to nanoseconds and back (128-bit inside; saturating). Back rounds up, so that a bound stays a bound. */
uint64_t trace_header_ns(const struct trace_header *header, uint64_t stamp);
uint64_t trace_header_stamps(const struct trace_header *header, uint64_t ns);

#endif
