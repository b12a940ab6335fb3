/* SPDX-License-Identifier: MIT */
/* One report. Its kinds are those of wscheck/violation.h. */
#ifndef CHECK_VIOLATION_H
#define CHECK_VIOLATION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "wscheck/event.h"
#include "wscheck/violation.h"

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
	/* Not 0: one report for as many alike, which say that a discipline or identity is declared wrongly. */
	uint64_t standing_for;
	bool queued_running; /* MULTIPLE_OWNERS: a `queued` while the task ran */
	char *message;       /* one sentence */
	struct wsc_event *events;
	size_t event_count;
	bool events_cut; /* there were more */
};

#endif
