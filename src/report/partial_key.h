/* SPDX-License-Identifier: MIT */
/* The map keys of a partial result: the numbers of tracefmt/PARTIAL.md. PARTIAL_VERSION is raised with a change. */
#ifndef REPORT_PARTIAL_KEY_H
#define REPORT_PARTIAL_KEY_H

#define PARTIAL_MAGIC "wscheck-partial"

enum partial_key {
	PARTIAL_KEY_MAGIC = 0,
	PARTIAL_KEY_VERSION = 1,
	PARTIAL_KEY_INDEX = 2,
	PARTIAL_KEY_PATH = 3,
	PARTIAL_KEY_ORIGIN = 4,
	PARTIAL_KEY_SUMS = 5,
	PARTIAL_KEY_LATENCIES = 6,
	PARTIAL_KEY_STEALS_PER_LIFE = 7,
	PARTIAL_KEY_WAITING = 8,
	PARTIAL_KEY_SLEEPS = 9,
	PARTIAL_KEY_COUNTS = 10,
	PARTIAL_KEY_REPORTS = 11,
	PARTIAL_KEY_QUEUES = 12,
	PARTIAL_KEY_UNCHECKED = 13,
	PARTIAL_KEY_WORKERS = 14,
	PARTIAL_KEY_STEALS = 15,
	PARTIAL_KEY_PARKED = 16,
	PARTIAL_KEY_UNDECIDED = 17,
	PARTIAL_KEY_COUNT
};

/* Of the origin, which is a map of its own. */
enum partial_origin_key {
	PARTIAL_ORIGIN_SHARDS = 0,
	PARTIAL_ORIGIN_OPTIONS = 1,
	PARTIAL_ORIGIN_HEADER = 2,
	PARTIAL_ORIGIN_SUMMARY = 3,
	PARTIAL_ORIGIN_SKIPPED = 4,
	PARTIAL_ORIGIN_RANGE = 5,
	PARTIAL_ORIGIN_TRACE = 6,
	PARTIAL_ORIGIN_KEY_COUNT
};

/* Of what every shard knows alike: X(field of struct analysis_result) */
#define PARTIAL_COMMON(X)                                                                                              \
	X(events)                                                                                                      \
	X(workers_seen)                                                                                                \
	X(first_ts)                                                                                                    \
	X(last_ts)                                                                                                     \
	X(end_ts)                                                                                                      \
	X(dropped)                                                                                                     \
	X(damaged_blocks)

/* What is added up: X(field of struct partial) */
#define PARTIAL_SUMS(X)                                                                                                \
	X(result.tasks)                                                                                                \
	X(result.lives)                                                                                                \
	X(result.undecided_stays)                                                                                      \
	X(result.waiting_total)                                                                                        \
	X(result.steal_attempts)                                                                                       \
	X(result.successful_steals)                                                                                    \
	X(result.failed_steals)                                                                                        \
	X(result.stolen_tasks)                                                                                         \
	X(result.queues_left_out)                                                                                      \
	X(result.pushes_left_out)                                                                                      \
	X(result.wasted.false_empty)                                                                                   \
	X(doubts)

/* X(field of struct worker_stats), behind the id */
#define PARTIAL_WORKER(X)                                                                                              \
	X(events)                                                                                                      \
	X(executed)                                                                                                    \
	X(stolen)                                                                                                      \
	X(lost_to_thieves)                                                                                             \
	X(attempts)                                                                                                    \
	X(failed_attempts)                                                                                             \
	X(busy)                                                                                                        \
	X(stealing)                                                                                                    \
	X(parked)                                                                                                      \
	X(attached)                                                                                                    \
	X(idle)                                                                                                        \
	X(first_ts)                                                                                                    \
	X(last_ts)

/* X(field of struct analysis_result): a histogram each */
#define PARTIAL_LATENCIES(X)                                                                                           \
	X(steal_latency)                                                                                               \
	X(failed_steal_latency)                                                                                        \
	X(queue_wait)                                                                                                  \
	X(exec)                                                                                                        \
	X(queued_to_done)

enum { PARTIAL_LATENCY_COUNT = 5 };

#endif
