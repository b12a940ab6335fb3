/* SPDX-License-Identifier: MIT */
/*
 * The reports of several traces, summed up. All that it knows of a trace is what the JSON report says
 * (report.schema.json): so one call over all traces, and a later one over their reports, come to the same sums. Counts
 * are added, saturating; latencies are joined bucket by bucket, in nanoseconds, since clocks differ.
 */
#ifndef REPORT_FLEET_H
#define REPORT_FLEET_H

#include <stdio.h>

#include "histogram.h"
#include "json_value.h"
#include "page.h"
#include "report.h"

/* Of a document that holds the reports of several traces: raised with a change that breaks its readers. */
#define FLEET_SCHEMA "wscheck-fleet/1"

/* Sums, by the section and the key that they have in a report: X(field, "section", "key") */
#define FLEET_SUMS(X)                                                                                                  \
	X(events, "trace", "events")                                                                                   \
	X(workers, "trace", "workers")                                                                                 \
	X(tasks, "trace", "tasks")                                                                                     \
	X(lives, "trace", "lives")                                                                                     \
	X(duration_ns, "trace", "duration_ns")                                                                         \
	X(dropped, "trace", "dropped")                                                                                 \
	X(damaged_blocks, "trace", "damaged_blocks")                                                                   \
	X(errors, "judgement", "errors")                                                                               \
	X(warnings, "judgement", "warnings")                                                                           \
	X(undecided_tasks, "undecided", "tasks")                                                                       \
	X(undecided_stays, "undecided", "stays")                                                                       \
	X(waiting_tasks, "waiting", "tasks")                                                                           \
	X(steal_attempts, "stats", "steal_attempts")                                                                   \
	X(successful_steals, "stats", "successful_steals")                                                             \
	X(stolen_tasks, "stats", "stolen_tasks")                                                                       \
	X(failed_steals, "stats", "failed_steals")

/* X(NAME, "key in `stats`", "words") */
#define FLEET_LATENCIES(X)                                                                                             \
	X(STEAL, "steal_latency_ns", "steal")                                                                          \
	X(FAILED_STEAL, "failed_steal_latency_ns", "failed steal")                                                     \
	X(QUEUE_WAIT, "queue_wait_ns", "wait in queue")                                                                \
	X(EXEC, "exec_ns", "run")                                                                                      \
	X(QUEUED_TO_DONE, "queued_to_done_ns", "queued to done")

enum fleet_latency_kind {
#define FLEET_ENUM(NAME, key, words) FLEET_##NAME,
	FLEET_LATENCIES(FLEET_ENUM)
#undef FLEET_ENUM
	    FLEET_LATENCY_COUNT
};

struct fleet_latency {
	struct histogram ns;
	double total_ns; /* of the reports' means: the histogram's own sum is of buckets */
	size_t longest;  /* number of the trace that has the greatest, the first of several; if there are any */
};

enum { FLEET_REASONS_MAX = 16, FLEET_WRONG_MAX = 200 };

struct fleet_sums {
#define FLEET_FIELD(field, section, key) uint64_t field;
	FLEET_SUMS(FLEET_FIELD)
#undef FLEET_FIELD
	uint64_t counts[WSC_VIOLATION_KIND_COUNT], suppressed[WSC_VIOLATION_KIND_COUNT],
	    known[WSC_VIOLATION_KIND_COUNT];
	uint64_t undecided_by_reason[WSC_UNDECIDED_REASON_COUNT];
	uint64_t exceeded, unmeasured;       /* budgets */
	uint64_t reasons[FLEET_REASONS_MAX]; /* traces with that reason, by number of explain_reason() */
	struct fleet_latency latencies[FLEET_LATENCY_COUNT];
};

struct fleet_trace {
	char *path;  /* as the user named it */
	char *error; /* why there is no report; NULL: there is one */
	enum analysis_verdict verdict;
	uint64_t errors, warnings, exceeded;
	unsigned reasons; /* bit n: that of explain_reason(n) */
};

struct fleet {
	struct fleet_trace *traces;
	size_t count, capacity;
	uint64_t verdicts[ANALYSIS_INCONCLUSIVE + 1], unreadable; /* traces */
	struct fleet_sums sums;
	struct fleet_sums next; /* of the report that is being added */
};

/* NULL: no memory. It is some 700 KiB, whatever the number of traces. */
struct fleet *fleet_create(void);
void fleet_free(struct fleet *fleet);

/* Adds a report. FORMAT: it is none, `wrong` says in a clause why, and nothing was added. NOMEM. */
enum wsc_status fleet_add(struct fleet *fleet, const char *path, json_object *report, char wrong[FLEET_WRONG_MAX]);
/* Adds a trace without a report, and why. NOMEM. */
enum wsc_status fleet_add_error(struct fleet *fleet, const char *path, const char *error);

/* FAIL if a trace failed; else INCONCLUSIVE if one is, is unreadable, or there is none. */
enum analysis_verdict fleet_verdict(const struct fleet *fleet);

/* "3 traces: 1 fail, 2 pass" */
const char *fleet_words(char *buffer, size_t size, const struct fleet *fleet);

/* All in all: as text, NOMEM; and as the members of an object of a JSON document (fleet.schema.json). */
enum wsc_status fleet_text(const struct fleet *fleet, enum report_detail detail, const struct page *page);
void fleet_json(struct json_document *document, json_object *to, const struct fleet *fleet);

#endif
