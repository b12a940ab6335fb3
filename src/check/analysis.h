/* SPDX-License-Identifier: MIT */
/*
 * The analysis of one trace: events in, findings and statistics out. Pure: no file, no clock, no output. One thread at
 * a time. Events must come in the order of trace_input.h.
 */
#ifndef CHECK_ANALYSIS_H
#define CHECK_ANALYSIS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "histogram.h"
#include "share.h"
#include "statistics.h"
#include "timeline.h"
#include "trace_header.h"
#include "violation.h"
#include "wscheck/event.h"
#include "wscheck/status.h"
#include "wscheck/undecided.h"

/* UINT64_MAX in an override: what the trace says holds. */
struct analysis_options {
	uint64_t uncertainty_ns; /* override */
	uint64_t publish_ns;     /* override */
	uint64_t slow_steal_ns;  /* default 1,000,000 */
	uint64_t idle_ns;        /* default 5,000,000 */
	uint64_t max_reports;    /* default 1,000 */
	struct share share;      /* what of the trace is analyzed; default all. See partial.h */
	bool no_lane;            /* for tests: every life goes through the general machine (lane.h) */
	bool no_courses;         /* for tests: a short trace is judged as a long one is (course.c) */
	bool stepwise;           /* for tests: events take effect as soon as they can, not some at a time */
};
void analysis_options_init(struct analysis_options *options);

enum analysis_verdict { ANALYSIS_PASS, ANALYSIS_FAIL, ANALYSIS_INCONCLUSIVE };

/* Why a trace without errors is not a pass: bits of analysis_result.reasons. X(NAME, bit, "clause") */
#define ANALYSIS_REASONS(X)                                                                                            \
	X(CUT, 0, "the trace has no end: the run was killed, or the file cut or still being written")                  \
	X(STALLED, 1, "a watchdog closed the trace: there was no progress")                                            \
	X(WINDOW, 2, "the trace is a window: it does not begin before the first task")                                 \
	X(LOSSY, 3, "events were dropped")                                                                             \
	X(DAMAGED, 4, "parts of the file are damaged or missing")                                                      \
	X(EMPTY, 5, "the trace has no events")                                                                         \
	X(UNCHECKED_ORDER, 6, "the declared order of some queues could not be checked")                                \
	X(AMBIGUOUS, 7, "too many stamps were equal, too close to order, or late")                                     \
	X(ABSENT, 8, "events that errors show by can't be seen by what recorded it")
enum analysis_reason {
#define ANALYSIS_REASON_ENUM(NAME, bit, text) ANALYSIS_REASON_##NAME = 1 << (bit),
	ANALYSIS_REASONS(ANALYSIS_REASON_ENUM)
#undef ANALYSIS_REASON_ENUM
};

/* Durations are in stamps (trace_header_ns() converts). */
struct worker_stats {
	uint32_t worker;
	uint64_t events;
	uint64_t executed;        /* runs completed */
	uint64_t stolen;          /* tasks it took as a thief */
	uint64_t lost_to_thieves; /* tasks others took from its own queue */
	uint64_t attempts;        /* as a thief */
	uint64_t failed_attempts;
	uint64_t busy;     /* time with at least one task running */
	uint64_t stealing; /* time in answered attempts */
	uint64_t parked;   /* time between parked and unparked */
	uint64_t
	    attached; /* within the trace: from its attachment (unknown, or overwritten: first event) to its detachment or the end */
	uint64_t idle; /* time attached and neither busy nor stealing nor parked */
	uint64_t first_ts, last_ts;
	const struct timeline *timeline; /* NULL for all but the WORKER_TIMELINES_MAX workers with most events */
};
enum { WORKER_TIMELINES_MAX = 64 };

struct steal_pair {
	uint32_t thief;
	uint32_t queue; /* stolen from */
	uint64_t tasks;
	uint64_t attempts; /* successful ones */
};

/* A queue whose declared order could not be checked to the end, and why (a clause, static). */
struct unchecked_queue {
	uint32_t queue;
	const char *why;
};

/* At a cut or stall: the tasks that waited longest. */
struct waiting_task {
	uint64_t task;
	uint64_t since; /* stamp */
	bool taken;     /* by worker `place`; else it waits in queue `place` */
	uint32_t place;
};
enum { ANALYSIS_WAITING_MAX = 10 };

struct parked_worker {
	uint32_t worker;
	uint64_t since; /* stamp */
};

struct analysis_result {
	enum analysis_verdict verdict;
	unsigned reasons; /* ANALYSIS_REASON_*; may be set on a fail, too */
	enum wsc_end end;
	uint64_t events, workers_seen, tasks, lives, first_ts, last_ts, dropped, damaged_blocks;
	uint64_t
	    end_ts; /* last_ts, or, at a cut or stall, the last clock anchor's stamp: what lasts, lasts until then */
	struct violation *violations; /* the first max_reports by (ts, sequence) */
	size_t violation_count;
	uint64_t counts[WSC_VIOLATION_KIND_COUNT];                /* whole, not cut at max_reports */
	uint64_t undecided_by_reason[WSC_UNDECIDED_REASON_COUNT]; /* tasks, each by the reason that came first */
	uint64_t undecided_tasks;                                 /* the sum of these, once judged, ... */
	const char *undecided_reason; /* ... and a clause for all of them (static), or NULL */
	uint64_t undecided_stays;     /* in queues that declare an order: it is ambiguous what became of them */
	struct unchecked_queue *unchecked;
	size_t unchecked_count;
	struct waiting_task waiting[ANALYSIS_WAITING_MAX];
	size_t waiting_count;
	uint64_t waiting_total;       /* tasks queued or taken and not run at the end of a cut or stalled trace */
	struct parked_worker *parked; /* at the end, ascending by id */
	size_t parked_count;
	/* Statistics */
	uint64_t steal_attempts, successful_steals, failed_steals, stolen_tasks;
	struct histogram steal_latency, failed_steal_latency, queue_wait, exec, queued_to_done;
	struct worker_stats *workers; /* ascending by id */
	size_t worker_count;
	struct steal_pair *steals; /* ascending by (thief, queue) */
	size_t steal_count;
	struct queue_stats *queues; /* ascending by id: those that were pushed to, at most QUEUE_STATS_MAX */
	size_t queue_count;
	uint64_t queues_left_out, pushes_left_out; /* those with the fewest pushes */
	struct steals_per_life steals_per_life;
	struct wasted_time wasted;
};

struct analysis;

/*
 * `header` must outlive the analysis. `workers`: the ids that have a stream (a declared queue with such an id is owned
 * by it); may be empty.
 */
enum wsc_status analysis_create(struct analysis **out, const struct trace_header *header, const uint32_t *workers,
                                size_t worker_count, const struct analysis_options *options);
/* NOMEM is the only failure; after it the analysis can only be freed. */
enum wsc_status analysis_feed(struct analysis *analysis, const struct wsc_event *events, size_t count);
/* Queues seen so far, those that are declared included. */
size_t analysis_queue_count(const struct analysis *analysis);
/* Call once. The result belongs to the analysis; that of a share is not whole before it is joined with the others (partial.h). */
enum wsc_status analysis_finish(struct analysis *analysis, enum wsc_end end, uint64_t damaged_blocks);
struct analysis_result *analysis_result(struct analysis *analysis);
void analysis_sort_unchecked(struct analysis_result *result); /* by id */
/* The sum of undecided_by_reason. */
uint64_t analysis_undecided(const struct analysis_result *result);
/* Verdict, undecided_tasks and undecided_reason, from all the rest, and from whether handles of cancelled lives are used again. */
void analysis_judge(struct analysis_result *result, bool reuses_cancelled);
void analysis_free(struct analysis *analysis);

#endif
