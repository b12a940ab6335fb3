/* SPDX-License-Identifier: MIT */
/*
 * The smallest history that still shows a report. Pure: events in, events out; no file, no clock, no output.
 *
 * First a slice of the trace is taken, in one pass and in bounded memory: what can matter for the report (its tasks,
 * the program-order neighbours that bound their operations, the attempts, the gaps). Then events are taken away, in
 * chunks that get smaller and at last one by one, as long as an analysis of the rest still shows the report: ddmin
 * (Zeller & Hildebrandt, Simplifying and Isolating Failure-Inducing Input, IEEE TSE 2002), with all events of one task
 * as the first units, so that whole lives go at once (hierarchical, after Misherghi & Su, ICSE 2006).
 *
 * A part of a history can show the same kind of report on the same task for another reason: without the steal that
 * explains it, a legal run looks like a stranger's. So the first rounds ask for the same proof (the same event,
 * workers, queue and other task, and no kind of error on these tasks that the whole trace does not have, save for what
 * a life that was cut short leaves behind). Only from what is left, the last rounds take away what kind and task alone
 * don't need.
 */
#ifndef CHECK_MINIMIZE_H
#define CHECK_MINIMIZE_H

#include "analysis.h"

enum {
	MINIMIZE_EVENTS_MAX = 1 << 20,  /* of a slice */
	MINIMIZE_REPORTS_MAX = 1 << 16, /* of the trace, by time, in which the report is looked for */
};

/* Which report is meant. */
struct minimize_choice {
	bool has_task, has_kind;
	uint64_t task;
	enum wsc_violation_kind kind;
};

/*
 * The first such report by time; where the choice names no kind, the first error, and only where there is none the
 * first warning. NULL: there is none among those that the result keeps.
 */
const struct violation *minimize_choose(const struct analysis_result *result, const struct minimize_choice *choice);

/* What is asked of a part of the trace. All is borrowed. */
struct minimize_job {
	const struct trace_header *header;
	const uint32_t *workers; /* that have a stream in the whole trace: a queue of such an id has an owner */
	size_t worker_count;
	struct analysis_options options;
	enum wsc_end end;
	const struct violation *report; /* of the whole trace */
	unsigned known;                 /* minimize_known() */
	bool exact;                     /* keep the proof (and all gaps), not just kind and task */
};

/* Kinds of error (bits 1 << kind) that the result has on the tasks of the report. */
unsigned minimize_known(const struct analysis_result *result, const struct violation *report);

/* How much is looked at: what is next to the report, what its workers and its queue did meanwhile, or everything. */
enum minimize_width { MINIMIZE_NARROW, MINIMIZE_WIDE, MINIMIZE_WHOLE };

struct minimize_slice;

/* `report` must outlive the slice. NOMEM. */
enum wsc_status minimize_slice_create(struct minimize_slice **out, const struct violation *report,
                                      enum minimize_width width);
/* Takes all events of the trace, in merged order. NOMEM; LIMIT: more than MINIMIZE_EVENTS_MAX would be kept. */
enum wsc_status minimize_slice_feed(struct minimize_slice *slice, const struct wsc_event *events, size_t count);
/* The events kept, in merged order; they belong to the slice. NULL: no memory. */
struct wsc_event *minimize_slice_events(struct minimize_slice *slice, size_t *count);
void minimize_slice_free(struct minimize_slice *slice); /* NULL is fine */

/* Whether the events, in merged order, show the report with its own proof. NOMEM. */
enum wsc_status minimize_shows(const struct minimize_job *job, const struct wsc_event *events, size_t count,
                               bool *shows);

/*
 * Takes away events that are not needed, in place; *count is then what is left, in merged order. The events must show
 * the report. What is left is 1-minimal: without any one of its events (of those that are not gaps, with `exact`) the
 * report is gone. NOMEM, LIMIT (more than MINIMIZE_EVENTS_MAX): the events are as they were.
 */
enum wsc_status minimize_events(const struct minimize_job *job, struct wsc_event *events, size_t *count);

/*
 * The header for what is left: that of the job without the rows that nothing refers to. A queue's owner that followed
 * from a stream, which may be gone, is spelled out. `out` is initialized here; free it. NOMEM, LIMIT.
 */
enum wsc_status minimize_header(const struct minimize_job *job, const struct wsc_event *events, size_t count,
                                struct trace_header *out);

#endif
