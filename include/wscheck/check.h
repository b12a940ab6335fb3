/* SPDX-License-Identifier: MIT */
/*
 * The checker in process: what `wscheck analyze` finds in a trace, found while a test runs. The core is the same.
 *
 *	wsc_check *check;
 *	struct wsc_check_result result;
 *	struct wsc_check_violation v;
 *	if (wsc_check_create(&check, NULL) != WSC_OK) ...
 *	... under one lock, from any worker: wsc_check_queued(check, worker, task); ...
 *	wsc_check_finish(check, WSC_END_CLEAN, &result);
 *	for (size_t i = 0; wsc_check_get_violation(check, i, &v) == WSC_OK; i++)
 *		puts(v.message);
 *	assert(result.verdict == WSC_CHECK_PASS);
 *	wsc_check_free(check);
 *
 * Valid in C99 and later and in C++11 and later (GCC and Clang). Link with `pkg-config --libs wscheck-check`; the
 * library needs nothing but libc. It takes a lock and about 0.2 us an event: for tests and debug builds. What must run
 * at full speed records a trace (record.h). Both may be used in one program.
 *
 * The rules. Tests cite their numbers.
 *
 *   C1  Threads. A checker is used by one thread at a time: from one thread, or under a lock of the caller's that is
 *       held over each call. Different checkers are independent. No call from a signal handler.
 *   C2  Where the calls go is what record.h says of the calls of the same names: `queued` before the task becomes
 *       visible, `steal_success` after the compare-and-swap, and so on. Do not hold the scheduler's own locks longer
 *       for a call: that hides bugs.
 *   C3  Calls that stamp (wsc_check_queued() and the like) read CLOCK_MONOTONIC, in ns. A stamp is at least 1 ns after
 *       the one before, so that stamps have the order of the calls, which under one lock is the order of time. So
 *       uncertainty_ns and publish_ns, which are about clocks and stores that run apart, may be 0 (the default).
 *   C4  Own stamps (wsc_check_feed()) are in ns of any clock, and must come in order: an event's stamp is not less than
 *       any fed before it. A stamp that was taken outside of the lock may break this, and no rule of the checker's
 *       could mend it: moving a stamp makes sound histories look broken. Then let every worker keep its events in an
 *       array of its own and give them all to wsc_check_feed_streams(), which merges. Set uncertainty_ns to how far
 *       apart the workers' clocks may be (and their stamps from what they bound), as for a trace. Where both kinds of
 *       call are used, they must use the same clock.
 *   C5  The exception to C4: an event that follows directly on one of the same worker may have a lesser stamp. That
 *       worker's clock ran backwards (or its calls are misplaced), and is reported: protocol_violation.
 *   C6  A call that answers INVALID or LIMIT has changed nothing, except that `refused` counts the events. With several
 *       events, none of them has been taken. A history of which events were refused is no pass.
 *   C7  NOMEM. The checker never ends the process. A call that ran out of memory may have taken a part of its events,
 *       so from then on every call answers NOMEM until wsc_check_reset() succeeds. Nothing has a verdict meanwhile.
 *   C8  NULL is a disabled checker: every call accepts it, does nothing and answers OK (no result, no violation). Each
 *       call below that records costs one predicted branch then. wsc_check_create() makes it if options.disabled.
 *   C9  Memory is bounded by what is alive: tasks whose life is not over, open attempts, events within the uncertainty
 *       of each other; and a few hundred bytes for each life that something was reported on. The rest costs two bits a
 *       handle. Violations: options.max_reports.
 *   C10 Reading changes no verdict: results and violations may be read at any time, and events fed afterwards. Before
 *       wsc_check_finish() they hold what is certain so far. Lost work, unfinished runs and ordering violations need
 *       the end, and the verdict is `fail` or `inconclusive`, never `pass`. Where a run is read, lives that are over are
 *       forgotten sooner; what happens to their handles later may then be told with less (since when, which workers), and
 *       `queue_wait` and the number of undecided tasks may differ by them.
 *   C11 Text that is returned is static or belongs to the checker: a violation's message lasts until the next call that
 *       feeds, finishes, resets or frees. All else is copied to the caller.
 *
 * What is checked, and what a verdict means, is that of `wscheck analyze`; violation.h lists the kinds.
 */
#ifndef WSCHECK_CHECK_H
#define WSCHECK_CHECK_H

#include <stddef.h>
#include <stdint.h>

#include "wscheck/event.h"
#include "wscheck/queue.h"
#include "wscheck/status.h"
#include "wscheck/undecided.h"
#include "wscheck/violation.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct wsc_check wsc_check;

#define WSC_CHECK_SLOW_STEAL_NS_DEFAULT 1000000u
#define WSC_CHECK_IDLE_NS_DEFAULT       5000000u
#define WSC_CHECK_MAX_REPORTS_DEFAULT   1000u
#define WSC_CHECK_QUEUES_MAX            (1u << 20)
#define WSC_CHECK_WORKERS_MAX           (1u << 20)

/* Copied by wsc_check_create(). Initialize with WSC_CHECK_OPTIONS_INIT or wsc_check_options_init(). */
struct wsc_check_options {
	size_t size;  /* of this struct, as the caller compiled it */
	int disabled; /* make no checker: C8 */
	enum wsc_identity identity;
	enum wsc_discipline discipline; /* of queues that say nothing else */
	enum wsc_scope scope;
	int complete;            /* fed from before the first task; else a window, which can never pass */
	uint64_t uncertainty_ns; /* stamps of different workers this close may be in either order: C3, C4 */
	uint64_t publish_ns;     /* a push is visible this long after the worker's next stamp at the latest */
	uint64_t slow_steal_ns;  /* report a successful steal that took longer */
	uint64_t idle_ns;        /* report a park longer than this beside work that could be stolen */
	size_t max_reports;      /* violations kept; counts are always whole */
	/* Declared queues. Undeclared ones have the id of the worker that owns them and the discipline above. */
	const struct wsc_queue_info *queues; /* `name` is not used; a queue of capacity 1 has no order */
	size_t queue_count;
	/* Ids of workers, any order: a declared queue with such an id is owned by that worker, if it names no owner.
	 * Not needed for anything else. */
	const uint32_t *workers;
	size_t worker_count;
};

/* clang-format off */
#define WSC_CHECK_OPTIONS_INIT                                                                                         \
	{                                                                                                              \
		sizeof(struct wsc_check_options), 0, WSC_IDENTITY_UNIQUE, WSC_DISCIPLINE_LIFO, WSC_SCOPE_SCHEDULER, 1, \
		0, 0, WSC_CHECK_SLOW_STEAL_NS_DEFAULT, WSC_CHECK_IDLE_NS_DEFAULT, WSC_CHECK_MAX_REPORTS_DEFAULT,       \
		NULL, 0, NULL, 0                                                                                       \
	}
/* clang-format on */

void wsc_check_options_init(struct wsc_check_options *options);

/*
 * A new checker in *out, to be freed with wsc_check_free(). `options` may be NULL: the defaults. On failure *out is
 * NULL. INVALID: an enum's value is none of its names, another `size`, a count without an array. LIMIT: more queues or
 * workers than WSC_CHECK_*_MAX. NOMEM.
 */
enum wsc_status wsc_check_create(wsc_check **out, const struct wsc_check_options *options);

void wsc_check_free(wsc_check *check);

/*
 * Forgets everything fed and found; the checker is as new, with the same options. NOMEM: as C7 says, and it may be
 * tried again.
 */
enum wsc_status wsc_check_reset(wsc_check *check);

/*
 * Feeds events with stamps of their own, in the order of C4. INVALID (C6): an event that is not what event.h says (a
 * kind that is none; task 0 where one is needed; a gap that ends before it begins; a steal_failure of 0 attempts; flags
 * or a reason that are none; `reserved` not 0), that comes out of order, or after wsc_check_finish(). NOMEM.
 */
enum wsc_status wsc_check_feed(wsc_check *check, const struct wsc_event *events, size_t count);

/* The events of one worker, in its program order. The caller's. */
struct wsc_check_stream {
	const struct wsc_event *events;
	size_t count;
};

/*
 * Feeds whole streams, merged by stamp; equal stamps in the order of the streams. An event whose stamp runs backwards
 * within its stream stays behind the one before it. Time: events times streams. INVALID: as wsc_check_feed(), a stream
 * with events of several workers, or one that begins before what was fed already. NOMEM; then only C7 holds.
 */
enum wsc_status wsc_check_feed_streams(wsc_check *check, const struct wsc_check_stream *streams, size_t count);

/* Feeds one event, stamped now whatever its `ts` says (C3). As wsc_check_feed(). */
enum wsc_status wsc_check_feed_now(wsc_check *check, const struct wsc_event *event);

enum wsc_check_verdict {
	WSC_CHECK_PASS,        /* complete to a clean end, nothing unknown, no error */
	WSC_CHECK_FAIL,        /* at least one error */
	WSC_CHECK_INCONCLUSIVE /* no error, but not a pass: wsc_check_reason() says why */
};

/* Quantiles are exact to 1 %, the rest is exact. All 0 if count is 0. */
struct wsc_check_latency {
	uint64_t count;
	uint64_t min_ns, p50_ns, p90_ns, p99_ns, p999_ns, max_ns;
	double mean_ns;
	uint64_t max_ts_ns, max_task; /* of the event that ended the longest; task 0: not known */
	uint32_t max_worker;
	uint32_t reserved; /* 0: the struct has no padding */
};

struct wsc_check_result {
	enum wsc_check_verdict verdict;
	int finished;              /* else: what is certain so far (C10) */
	enum wsc_end end;          /* if finished */
	int reserved;              /* 0; with it the struct has no padding: equal results are equal bytes */
	uint64_t errors, warnings; /* all, however many are kept */
	uint64_t counts[WSC_VIOLATION_KIND_COUNT];                /* the same by enum wsc_violation_kind */
	uint64_t events, workers, tasks, lives;                   /* tasks: distinct handles */
	uint64_t duration_ns;                                     /* from the least to the greatest stamp */
	uint64_t dropped;                                         /* events that gaps say are missing */
	uint64_t refused;                                         /* events of calls that answered INVALID (C6) */
	uint64_t undecided_tasks;                                 /* nothing could be said about these, ... */
	uint64_t undecided_by_reason[WSC_UNDECIDED_REASON_COUNT]; /* ... each by the reason that came first */
	const char *undecided_reason;                             /* a clause, or NULL */
	uint64_t waiting_tasks;                    /* at a cut or stalled end: queued or taken, and not run */
	uint64_t steal_attempts;                   /* ... and those without an answer count as failed */
	uint64_t successful_steals, failed_steals; /* attempts */
	uint64_t stolen_tasks;                     /* of which a batch takes several */
	uint64_t stolen_again;                     /* lives that were stolen more than once */
	uint64_t most_steals, most_stolen_task;    /* of one life, and its task; 0: none */
	uint64_t wasted_idle_ns;                   /* certainly, in the parks of idle_while_work */
	struct wsc_check_latency steal_latency;    /* from steal_start to steal_success */
	struct wsc_check_latency failed_steal;     /* ... to steal_failure */
	struct wsc_check_latency queue_wait;       /* from queued to taken */
	struct wsc_check_latency exec;             /* runs */
	struct wsc_check_latency queued_to_done;   /* from the first queued of a life to its completion */
};

/*
 * The history is over, and ended as `end` says: CLEAN (what is still queued is lost), STALLED (a watchdog gave up: what
 * is still queued is stalled), CUT (nothing is known of what comes after). `result` may be NULL. Until a reset, no more
 * events are taken. INVALID: no such end, or finished already. NOMEM.
 */
enum wsc_status wsc_check_finish(wsc_check *check, enum wsc_end end, struct wsc_check_result *result);

/* The result so far, or, once finished, the final one. All zero but an inconclusive verdict if disabled. NOMEM. */
enum wsc_status wsc_check_get_result(wsc_check *check, struct wsc_check_result *result);

/* "pass", "fail", "inconclusive". */
const char *wsc_check_verdict_name(enum wsc_check_verdict verdict);

/* Why a finished history without errors is not a pass: the index-th reason, a clause; NULL: no more. */
const char *wsc_check_reason(const wsc_check *check, size_t index);

struct wsc_check_violation {
	enum wsc_violation_kind kind;
	enum wsc_severity severity;
	const char *name;    /* of the kind */
	uint64_t task;       /* 0: none */
	uint64_t other_task; /* 0: none */
	uint32_t workers[4]; /* concerned, in order of appearance */
	unsigned worker_count;
	int has_queue;
	uint32_t queue;      /* if has_queue */
	uint64_t ts_ns;      /* of the event that proves it */
	uint64_t since_ns;   /* of the first event of the evidence */
	const char *message; /* one sentence; C11 */
};

/*
 * The index-th violation that is kept: by time once finished, before in no stated order. DONE: no more. Before the
 * finish an index means something else after the next event. NOMEM: no memory for the message; nothing is lost, and
 * unlike C7 the checker goes on.
 */
enum wsc_status wsc_check_get_violation(wsc_check *check, size_t index, struct wsc_check_violation *violation);

/* One worker's share. */
struct wsc_check_worker {
	uint32_t worker;
	uint64_t events, executed;
	uint64_t stolen;          /* tasks it took as a thief */
	uint64_t lost_to_thieves; /* tasks that others took from its own queue */
	uint64_t attempts, failed_attempts;
	uint64_t busy_ns, stealing_ns, parked_ns;
	uint64_t idle_ns; /* neither of the three, from its first event on */
};

/* What one thief took from one queue. */
struct wsc_check_steals {
	uint32_t thief, queue;
	uint64_t tasks, attempts; /* successful ones */
};

/* A queue that was pushed to; the 1,024 with most pushes are kept. */
struct wsc_check_queue_use {
	uint32_t queue;
	uint64_t pushes;
	uint64_t takes, steals; /* tasks: taken by whoever is no thief, and by thieves */
	uint64_t max_depth, max_depth_ts_ns;
};

/* A task that waited at a cut or stalled end. The ten longest are kept. */
struct wsc_check_waiting {
	uint64_t task;
	uint64_t since_ns;
	int taken; /* held by worker `place`; else waits in queue `place` */
	uint32_t place;
};

/* A worker that was parked at the end. */
struct wsc_check_sleeper {
	uint32_t worker;
	uint64_t since_ns; /* stamp of its `parked` */
};

/* A queue whose declared order could not be checked, and why (a clause). */
struct wsc_check_unchecked {
	uint32_t queue;
	const char *reason;
};

/* The index-th row of a finished history, ascending by worker, by thief and queue, by queue, by `since_ns`, by worker, by queue.
 * DONE: no more, or not finished. */
enum wsc_status wsc_check_get_worker(const wsc_check *check, size_t index, struct wsc_check_worker *row);
enum wsc_status wsc_check_get_steals(const wsc_check *check, size_t index, struct wsc_check_steals *row);
enum wsc_status wsc_check_get_queue_use(const wsc_check *check, size_t index, struct wsc_check_queue_use *row);
enum wsc_status wsc_check_get_waiting(const wsc_check *check, size_t index, struct wsc_check_waiting *row);
enum wsc_status wsc_check_get_sleeper(const wsc_check *check, size_t index, struct wsc_check_sleeper *row);
enum wsc_status wsc_check_get_unchecked(const wsc_check *check, size_t index, struct wsc_check_unchecked *row);

/*
 * --- The calls that stamp (C3). `queue` and `victim` are ids of queues; a worker's own deque has the worker's id. Each
 * answers what wsc_check_feed() would; a test may ignore it, for a checker without memory has no verdict, and one that was
 * given what was not valid does not pass (C6). Each is also a symbol of the same name, for other languages. ---
 */

/* C99 inline semantics: the one external definition of each is in the library (check_symbols.c). */
#define WSC_CHECK_CALL inline __attribute__((always_inline))

/* `arg`, `flags` and `reason` as in struct wsc_event. */
WSC_CHECK_CALL enum wsc_status wsc_check_event(wsc_check *check, unsigned kind, uint32_t worker, uint64_t task,
                                               uint32_t queue, uint32_t arg, unsigned flags, unsigned reason)
{
	struct wsc_event event;
	if (__builtin_expect(check == NULL, 1))
		return WSC_OK;
	if (kind > UINT8_MAX || flags > UINT8_MAX || reason > UINT8_MAX)
		kind = 0;
	event.ts = 0;
	event.task = task;
	event.worker = worker;
	event.queue = queue;
	event.arg = arg;
	event.kind = (uint8_t)kind;
	event.flags = (uint8_t)flags;
	event.reason = (uint8_t)reason;
	event.reserved = 0;
	return wsc_check_feed_now(check, &event);
}

WSC_CHECK_CALL enum wsc_status wsc_check_queued_on(wsc_check *check, uint32_t worker, uint64_t task, uint32_t queue)
{
	return wsc_check_event(check, WSC_EV_QUEUED, worker, task, queue, 0, 0, 0);
}

WSC_CHECK_CALL enum wsc_status wsc_check_queued(wsc_check *check, uint32_t worker, uint64_t task)
{
	return wsc_check_queued_on(check, worker, task, worker);
}

/* Invisible to thieves. */
WSC_CHECK_CALL enum wsc_status wsc_check_queued_pinned(wsc_check *check, uint32_t worker, uint64_t task, uint32_t queue)
{
	return wsc_check_event(check, WSC_EV_QUEUED, worker, task, queue, 0, WSC_FLAG_PINNED, 0);
}

WSC_CHECK_CALL enum wsc_status wsc_check_push_failed(wsc_check *check, uint32_t worker, uint64_t task, uint32_t queue)
{
	return wsc_check_event(check, WSC_EV_PUSH_FAILED, worker, task, queue, 0, 0, 0);
}

WSC_CHECK_CALL enum wsc_status wsc_check_dequeued_from(wsc_check *check, uint32_t worker, uint64_t task, uint32_t queue)
{
	return wsc_check_event(check, WSC_EV_DEQUEUED, worker, task, queue, 0, 0, 0);
}

WSC_CHECK_CALL enum wsc_status wsc_check_dequeued(wsc_check *check, uint32_t worker, uint64_t task)
{
	return wsc_check_dequeued_from(check, worker, task, worker);
}

WSC_CHECK_CALL enum wsc_status wsc_check_steal_start(wsc_check *check, uint32_t worker, uint32_t victim)
{
	return wsc_check_event(check, WSC_EV_STEAL_START, worker, 0, victim, 0, 0, 0);
}

WSC_CHECK_CALL enum wsc_status wsc_check_steal_success(wsc_check *check, uint32_t worker, uint64_t task,
                                                       uint32_t victim)
{
	return wsc_check_event(check, WSC_EV_STEAL_SUCCESS, worker, task, victim, 0, 0, 0);
}

/* `count` failed attempts at once, at least 1. */
WSC_CHECK_CALL enum wsc_status wsc_check_steal_failures(wsc_check *check, uint32_t worker, uint32_t victim,
                                                        enum wsc_reason reason, uint32_t count)
{
	return wsc_check_event(check, WSC_EV_STEAL_FAILURE, worker, 0, victim, count, 0, (unsigned)reason);
}

WSC_CHECK_CALL enum wsc_status wsc_check_steal_failure(wsc_check *check, uint32_t worker, uint32_t victim,
                                                       enum wsc_reason reason)
{
	return wsc_check_steal_failures(check, worker, victim, reason, 1);
}

WSC_CHECK_CALL enum wsc_status wsc_check_exec_start(wsc_check *check, uint32_t worker, uint64_t task)
{
	return wsc_check_event(check, WSC_EV_EXEC_START, worker, task, 0, 0, 0, 0);
}

WSC_CHECK_CALL enum wsc_status wsc_check_exec_complete(wsc_check *check, uint32_t worker, uint64_t task)
{
	return wsc_check_event(check, WSC_EV_EXEC_COMPLETE, worker, task, 0, 0, 0, 0);
}

WSC_CHECK_CALL enum wsc_status wsc_check_suspended(wsc_check *check, uint32_t worker, uint64_t task)
{
	return wsc_check_event(check, WSC_EV_SUSPENDED, worker, task, 0, 0, 0, 0);
}

WSC_CHECK_CALL enum wsc_status wsc_check_resumed(wsc_check *check, uint32_t worker, uint64_t task)
{
	return wsc_check_event(check, WSC_EV_RESUMED, worker, task, 0, 0, 0, 0);
}

WSC_CHECK_CALL enum wsc_status wsc_check_cancelled(wsc_check *check, uint32_t worker, uint64_t task)
{
	return wsc_check_event(check, WSC_EV_CANCELLED, worker, task, 0, 0, 0, 0);
}

WSC_CHECK_CALL enum wsc_status wsc_check_parked(wsc_check *check, uint32_t worker)
{
	return wsc_check_event(check, WSC_EV_PARKED, worker, 0, 0, 0, 0, 0);
}

WSC_CHECK_CALL enum wsc_status wsc_check_unparked(wsc_check *check, uint32_t worker)
{
	return wsc_check_event(check, WSC_EV_UNPARKED, worker, 0, 0, 0, 0, 0);
}

WSC_CHECK_CALL enum wsc_status wsc_check_wake(wsc_check *check, uint32_t worker, uint32_t target_worker)
{
	return wsc_check_event(check, WSC_EV_WAKE, worker, 0, target_worker, 0, 0, 0);
}

#ifdef __cplusplus
}
#endif
#endif
