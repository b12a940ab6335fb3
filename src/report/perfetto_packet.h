/* SPDX-License-Identifier: MIT */
/* The packets of a Perfetto trace, one function for each. Used by perfetto.c only. */
#ifndef REPORT_PERFETTO_PACKET_H
#define REPORT_PERFETTO_PACKET_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "proto.h"
#include "wscheck/violation.h"

/* Names that are written once and then told by number. Labels of the trace follow the last one. */
#define PERFETTO_NAMES(X)                                                                                              \
	X(PARKED, "parked")                                                                                            \
	X(STEAL, "steal")                                                                                              \
	X(STOLEN, "pushed, then stolen")                                                                               \
	X(WAKE, "wake")                                                                                                \
	X(CANCELLED, "cancelled")                                                                                      \
	X(GAP, "gap: events are lost")                                                                                 \
	X(LOST_END, "end of a run that had not begun")

enum perfetto_name {
	PERFETTO_UNNAMED,
#define NAME_ENUM(NAME, text) PERFETTO_NAME_##NAME,
	PERFETTO_NAMES(NAME_ENUM)
#undef NAME_ENUM
	    PERFETTO_KINDS, /* then the kinds of reports */
	PERFETTO_LABELS = PERFETTO_KINDS + WSC_VIOLATION_KIND_COUNT
};

#define PERFETTO_NOTES(X)                                                                                              \
	X(TASK, "task")                                                                                                \
	X(QUEUE, "queue")                                                                                              \
	X(WAITED, "waited_ns")                                                                                         \
	X(STOLEN_BY, "stolen_by_worker")                                                                               \
	X(WORKER, "worker")                                                                                            \
	X(COUNT, "count")                                                                                              \
	X(OTHER_TASK, "other_task")                                                                                    \
	X(MESSAGE, "message")                                                                                          \
	X(UNTIL, "until_ns")                                                                                           \
	X(ENDED_BEFORE, "ended_before")                                                                                \
	X(UNFINISHED, "unfinished")                                                                                    \
	X(CONTINUED, "continued")                                                                                      \
	X(RESUMED, "resumed")                                                                                          \
	X(SUSPENDED, "suspended")

enum perfetto_note {
	PERFETTO_NO_NOTE,
#define NOTE_ENUM(NAME, text) PERFETTO_NOTE_##NAME,
	PERFETTO_NOTES(NOTE_ENUM)
#undef NOTE_ENUM
};

enum perfetto_type { PERFETTO_BEGIN = 1, PERFETTO_END = 2, PERFETTO_INSTANT = 3, PERFETTO_COUNTER = 4 };

/* The sides of a flow: an arrow goes from its first event to the one that ends it. */
enum { PERFETTO_FLOW_GOES_ON = 47, PERFETTO_FLOW_ENDS = 48 };

struct perfetto_writer {
	FILE *out;
	uint64_t packets;
	struct proto event;  /* being built */
	struct proto packet; /* scratch */
};

/* Kinds of tracks; a track's number in Perfetto is made of its kind and an id. */
enum perfetto_track { PERFETTO_PROCESS = 1, PERFETTO_WORKER, PERFETTO_QUEUE, PERFETTO_FAILURES };

/* ---- descriptors ---- */

/* The first packet: begins the sequence, and has all names but labels. */
void perfetto_start(struct perfetto_writer *writer);
/* The wall clock showed `wall_ns` at `ns`. */
void perfetto_clock(struct perfetto_writer *writer, uint64_t ns, uint64_t wall_ns);
void perfetto_process(struct perfetto_writer *writer, int32_t pid, const char *name);
void perfetto_thread(struct perfetto_writer *writer, uint32_t worker, int32_t pid, int32_t tid, const char *name);
/* A counter: of a queue, below the process; of failures, below the worker. */
void perfetto_counter_track(struct perfetto_writer *writer, enum perfetto_track track, uint32_t id, const char *name,
                            const char *unit);
void perfetto_label(struct perfetto_writer *writer, uint64_t iid, const char *text);

/* ---- events: begun, given what they have, written ---- */

void perfetto_event(struct perfetto_writer *writer, enum perfetto_type type, enum perfetto_track track, uint32_t id);
void perfetto_event_name(struct perfetto_writer *writer, uint64_t iid);
void perfetto_event_own_name(struct perfetto_writer *writer, const char *name);
void perfetto_event_flow(struct perfetto_writer *writer, unsigned side, uint64_t flow);
void perfetto_event_value(struct perfetto_writer *writer, uint64_t value);
void perfetto_event_note(struct perfetto_writer *writer, enum perfetto_note note, uint64_t value);
void perfetto_event_flag(struct perfetto_writer *writer, enum perfetto_note note);
void perfetto_event_words(struct perfetto_writer *writer, enum perfetto_note note, const char *words);
void perfetto_event_write(struct perfetto_writer *writer, uint64_t ns);

#endif
