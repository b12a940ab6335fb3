/* SPDX-License-Identifier: MIT */
/*
 * Two JSON reports (report.schema.json), compared: reports that are new or gone, by their stable keys (condition.h), and
 * how far each figure shifted. One thread at a time.
 */
#ifndef REPORT_DIFF_H
#define REPORT_DIFF_H

#include <stdbool.h>
#include <stdint.h>

#include "page.h"
#include "report.h"
#include "wscheck/status.h"

struct json_object;

/* X(NAME, "name", UNIT, more is better, "what it is") */
#define DIFF_FIGURES(X)                                                                                                \
	X(RUNS_PER_SECOND, "runs_per_second", RATE, true, "runs completed, over the duration")                         \
	X(EVENTS_PER_SECOND, "events_per_second", RATE, true, "events, over the duration")                             \
	X(STEAL_SUCCESS_RATIO, "steal_success_ratio", RATIO, true, "attempts that took something, of all")             \
	X(FAILED_STEAL_RATIO, "failed_steal_ratio", RATIO, false, "attempts that took nothing, of all")                \
	X(STOLEN_RATIO, "stolen_ratio", RATIO, false, "tasks stolen, of runs completed")                               \
	X(LOAD_IMBALANCE, "load_imbalance", FACTOR, false, "busy time of the busiest worker over the mean")            \
	X(RUN_IMBALANCE, "run_imbalance", FACTOR, false, "runs of the worker with the most over the mean")             \
	X(DURATION, "duration", NS, false, "from the first event to the last")                                         \
	X(QUEUE_DEPTH, "queue_depth", COUNT, false, "the most tasks that waited in one queue")                         \
	X(STEAL_ATTEMPTS, "steal_attempts", COUNT, false, "attempts")                                                  \
	X(STOLEN_TASKS, "stolen_tasks", COUNT, false, "tasks stolen")                                                  \
	X(WASTED_IDLE, "wasted_idle", NS, false, "worker time slept beside work that certainly waited")

/* X("key in the report", "name"): each with the parts below, as p99.steal_latency. Less is better. */
#define DIFF_LATENCIES(X)                                                                                              \
	X("steal_latency_ns", "steal_latency")                                                                         \
	X("failed_steal_latency_ns", "failed_steal_latency")                                                           \
	X("queue_wait_ns", "queue_wait")                                                                               \
	X("exec_ns", "exec")                                                                                           \
	X("queued_to_done_ns", "queued_to_done")

enum diff_unit { DIFF_COUNT, DIFF_NS, DIFF_RATIO, DIFF_FACTOR, DIFF_RATE };

enum { DIFF_LATENCY_PARTS = 6, DIFF_FIGURES_MAX = 64, DIFF_NAME_MAX = 40, DIFF_BOUNDS_MAX = 64, DIFF_WRONG_MAX = 300 };

/* No figure of a report is greater: 2^64. */
#define DIFF_VALUE_MAX 18446744073709551616.0

struct diff_figure {
	char name[DIFF_NAME_MAX];
	enum diff_unit unit;
	bool more_is_better;
	bool measured[2];
	double value[2]; /* ns, a count, a ratio or a rate a second; of A, of B */
};

struct diff_key {
	char *key;
	uint64_t count[2];
};

/* How much worse a figure may become. */
struct diff_bound {
	const char *text; /* as it was given; the caller's */
	size_t figure;
	bool relative;
	double limit; /* a share of A's value, or in the figure's unit */
};
enum diff_status { DIFF_KEPT, DIFF_EXCEEDED, DIFF_UNMEASURED };

struct diff {
	const char *path[2];            /* as the user named them */
	struct json_object *reports[2]; /* owned */
	const char *verdict[2];         /* of the reports; owned by them */
	struct diff_figure figures[DIFF_FIGURES_MAX];
	size_t figure_count;
	struct diff_key *keys; /* ascending */
	size_t key_count;
	uint64_t unlisted[2]; /* reports that are counted and not listed: of these, no key is known */
	uint64_t added, gone; /* keys of B alone, of A alone */
	struct diff_bound bounds[DIFF_BOUNDS_MAX];
	enum diff_status outcomes[DIFF_BOUNDS_MAX];
	size_t bound_count, exceeded, unmeasured;
};

/* Names the figures: bounds can be parsed. */
void diff_init(struct diff *diff);

/* Adds a bound, METRIC=VALUE; `text` must live on. False: `wrong` says why, a clause. */
bool diff_bound_add(struct diff *diff, const char *text, char wrong[DIFF_WRONG_MAX]);

/*
 * Sets side 0 (A) or 1 (B): to the JSON report behind `fd`, which stays open, or to an analysis. FORMAT, LIMIT, IO: `wrong` is a clause that
 * says why. NOMEM.
 */
enum wsc_status diff_read(struct diff *diff, int side, const char *path, int fd, char wrong[DIFF_WRONG_MAX]);
enum wsc_status diff_take(struct diff *diff, int side, const struct report *report);

/* Compares what both sides were set to. NOMEM. */
enum wsc_status diff_compare(struct diff *diff);
void diff_free(struct diff *diff);

/* By how much B is greater, of A; false: one is not measured, or A is 0 and B is not. */
bool diff_shift(const struct diff_figure *figure, double *shift);

/* NOMEM; write errors stay in the stream. */
enum wsc_status diff_text(const struct diff *diff, const struct page *page);
enum wsc_status diff_json(const struct diff *diff, FILE *out);

#endif
