/* SPDX-License-Identifier: MIT */
/*
 * Budgets: how large a figure of the report may be, as `p99.steal_latency=50us`. One row of BUDGET_METRICS gives a
 * figure's name and its kind; budget.c has how it is got.
 *
 * A latency is named with a quantile before it: p50, p90, p99, p999 and so on (the digits after `p` are the decimals
 * of the quantile: p995 is 99.5 %), `mean`, `max` or `min`.
 */
#ifndef REPORT_BUDGET_H
#define REPORT_BUDGET_H

#include "report.h"

enum budget_unit { BUDGET_COUNT, BUDGET_NS, BUDGET_RATIO };

/* X(NAME, "name", UNIT, "what it is"): latencies, which are named with a quantile, and other figures. */
#define BUDGET_LATENCIES(X)                                                                                            \
	X(STEAL_LATENCY, "steal_latency", NS, "from the start of an attempt to its success")                           \
	X(FAILED_STEAL_LATENCY, "failed_steal_latency", NS, "from the start of an attempt to its failure")             \
	X(QUEUE_WAIT, "queue_wait", NS, "from the push of a task to its take")                                         \
	X(EXEC, "exec", NS, "runs")                                                                                    \
	X(QUEUED_TO_DONE, "queued_to_done", NS, "from the first push of a task to its completion")
#define BUDGET_FIGURES(X)                                                                                              \
	X(FAILED_STEAL_RATIO, "failed_steal_ratio", RATIO, "attempts that took nothing, of all")                       \
	X(STEAL_ATTEMPTS, "steal_attempts", COUNT, "attempts")                                                         \
	X(SUCCESSFUL_STEALS, "successful_steals", COUNT, "attempts that took something")                               \
	X(FAILED_STEALS, "failed_steals", COUNT, "attempts that took nothing")                                         \
	X(STOLEN_TASKS, "stolen_tasks", COUNT, "tasks that were stolen")                                               \
	X(REPEATED_STEALS, "repeated_steals", COUNT, "lives that were stolen more than once")                          \
	X(STEALS_OF_ONE_LIFE, "steals_of_one_life", COUNT, "the most steals of one life")                              \
	X(QUEUE_DEPTH, "queue_depth", COUNT, "the most tasks that waited in one queue")                                \
	X(LOAD_IMBALANCE, "load_imbalance", RATIO, "busy time of the busiest worker over the mean")                    \
	X(RUN_IMBALANCE, "run_imbalance", RATIO, "runs of the worker with the most over the mean")                     \
	X(WASTED_IDLE, "wasted_idle", NS, "worker time slept beside work that certainly waited")                       \
	X(WASTED_FALSE_EMPTY, "wasted_false_empty", NS, "worker time in attempts wrongly told `empty`")                \
	X(DURATION, "duration", NS, "from the first event to the last")                                                \
	X(DROPPED, "dropped", COUNT, "events lost")                                                                    \
	X(DAMAGED_BLOCKS, "damaged_blocks", COUNT, "parts of the file that are damaged or missing")                    \
	X(UNDECIDED_TASKS, "undecided_tasks", COUNT, "tasks of which nothing could be said")                           \
	X(WAITING_TASKS, "waiting_tasks", COUNT, "tasks that waited at a cut or a stall")                              \
	X(ERRORS, "errors", COUNT, "reports that are errors, suppressed ones included")                                \
	X(WARNINGS, "warnings", COUNT, "reports that are warnings, suppressed ones included")
#define BUDGET_METRICS(X)                                                                                              \
	BUDGET_LATENCIES(X)                                                                                            \
	BUDGET_FIGURES(X)

enum budget_metric {
#define BUDGET_ENUM(NAME, name, unit, help) BUDGET_##NAME,
	BUDGET_METRICS(BUDGET_ENUM)
#undef BUDGET_ENUM
	    BUDGET_METRIC_COUNT
};

enum budget_part { BUDGET_WHOLE, BUDGET_QUANTILE, BUDGET_MEAN, BUDGET_MAX, BUDGET_MIN };

struct budget {
	const char *name; /* as the user named the figure; `name_length` bytes */
	int name_length;
	enum budget_metric metric;
	enum budget_unit unit;
	enum budget_part part; /* of a latency */
	double quantile;       /* in (0, 1) */
	int kind;              /* counts reports of this kind; -1: the metric says */
	double limit;          /* ns, a count or a ratio */
};

/* What a budget came to. */
enum budget_status { BUDGET_OK, BUDGET_EXCEEDED, BUDGET_UNMEASURED };
struct budget_outcome {
	const struct budget *budget;
	enum budget_status status;
	double value;      /* unless unmeasured */
	uint64_t sampling; /* unmeasured, because only one task in so many was recorded; else 0 */
	const char *why;   /* unmeasured: a clause, static */
};

/* Reads METRIC=VALUE; `text` must live on. False: `wrong` says why, a sentence. */
enum { BUDGET_WRONG_MAX = 300 };
bool budget_parse(struct budget *budget, const char *text, char wrong[BUDGET_WRONG_MAX]);

struct budget_outcome budget_measure(const struct budget *budget, const struct report *report);

/* "50.0 us", "12", "90.0 %": a value in the budget's unit. */
enum { BUDGET_VALUE_MAX = 48 };
const char *budget_value(char buffer[BUDGET_VALUE_MAX], const struct budget *budget, double value);

/* The outcome as a sentence without a full stop: "p99.steal_latency is 81.2 us, over the 50.0 us allowed". */
enum { BUDGET_SENTENCE_MAX = 300 };
const char *budget_sentence(char buffer[BUDGET_SENTENCE_MAX], const struct budget_outcome *outcome);

#endif
