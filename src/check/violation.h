/* SPDX-License-Identifier: MIT */
/* The kinds of report, and one report. */
#ifndef CHECK_VIOLATION_H
#define CHECK_VIOLATION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "wscheck/event.h"

enum wsc_severity { WSC_SEVERITY_ERROR, WSC_SEVERITY_WARNING };

/* X(NAME, "name", SEVERITY, "what it says in one line") */
#define WSC_VIOLATION_KINDS(X)                                                                                         \
	X(MULTIPLE_OWNERS, "multiple_owners", ERROR, "a task belonged to two workers or two queues at once")           \
	X(DOUBLE_EXECUTION, "double_execution", ERROR, "a task ran twice in one life")                                 \
	X(LOST_WORK, "lost_work", ERROR, "a task was queued or taken and never run")                                   \
	X(STALLED_WORK, "stalled_work", ERROR, "a task still waited when the scheduler stopped making progress")       \
	X(EXEC_AFTER_CANCEL, "exec_after_cancel", ERROR, "a task ran after it was cancelled")                          \
	X(ORDERING_VIOLATION, "ordering_violation", ERROR, "a task was taken out of the order its queue declares")     \
	X(PROTOCOL_VIOLATION, "protocol_violation", ERROR, "no scheduler can do this: a recording call is misplaced")  \
	X(SLOW_STEAL, "slow_steal", WARNING, "a successful steal took longer than the limit")                          \
	X(UNFINISHED_EXECUTION, "unfinished_execution", WARNING, "a task started and never completed")                 \
	X(IDLE_WHILE_WORK, "idle_while_work", WARNING, "a worker slept while a task it could have stolen waited")      \
	X(FALSE_EMPTY, "false_empty", WARNING, "a thief was told `empty` while a task certainly waited there")

enum wsc_violation_kind {
#define WSC_VIOLATION_ENUM(NAME, name, severity, help) WSC_VIOLATION_##NAME,
	WSC_VIOLATION_KINDS(WSC_VIOLATION_ENUM)
#undef WSC_VIOLATION_ENUM
	    WSC_VIOLATION_KIND_COUNT
};

const char *wsc_violation_name(enum wsc_violation_kind kind);
enum wsc_severity wsc_violation_severity(enum wsc_violation_kind kind);
const char *wsc_violation_help(enum wsc_violation_kind kind);

enum { WSC_VIOLATION_WORKERS_MAX = 4 };

/*
 * One report. Stamps are in the trace's clock unit. `message` and `events` are owned by the report; `events` (the
 * evidence, ascending) is filled in by a second pass over the input (story.h) and may be empty.
 */
struct violation {
	enum wsc_violation_kind kind;
	uint64_t task;                               /* 0: none (JSON null) */
	uint64_t other_task;                         /* 0: none */
	uint32_t workers[WSC_VIOLATION_WORKERS_MAX]; /* in order of appearance */
	uint8_t worker_count;
	bool has_queue;
	uint32_t queue;
	uint64_t ts;       /* of the event that proves it */
	uint64_t since;    /* of the first event of the evidence */
	uint64_t sequence; /* order of discovery: decides between equal ts */
	char *message;     /* one sentence */
	struct wsc_event *events;
	size_t event_count;
	bool events_cut; /* there were more */
};

#endif
