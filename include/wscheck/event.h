/* SPDX-License-Identifier: MIT */
/*
 * The event vocabulary: what a work-stealing scheduler does, as wscheck sees it.
 *
 * Every other header speaks in these terms. One row of WSC_EVENT_KINDS gives the wire code (fixed forever: it is what a
 * trace file holds), the C name, the name in JSON Lines and one line of help. Valid in C99 and later and in C++11 and
 * later.
 */
#ifndef WSCHECK_EVENT_H
#define WSCHECK_EVENT_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* X(code, NAME, "name", "help") */
#define WSC_EVENT_KINDS(X)                                                                                             \
	X(1, QUEUED, "queued", "a worker is about to make a task visible in a queue")                                  \
	X(2, PUSH_FAILED, "push_failed", "the last `queued` is taken back: the queue was full")                        \
	X(3, DEQUEUED, "dequeued", "a worker took a task out of a queue")                                              \
	X(4, STEAL_START, "steal_start", "a thief begins an attempt on a queue")                                       \
	X(5, STEAL_SUCCESS, "steal_success", "the attempt took a task")                                                \
	X(6, STEAL_FAILURE, "steal_failure", "the attempt took nothing")                                               \
	X(7, EXEC_START, "exec_start", "a worker begins to run a task")                                                \
	X(8, EXEC_COMPLETE, "exec_complete", "the run is over")                                                        \
	X(9, SUSPENDED, "suspended", "a running task leaves its worker unfinished")                                    \
	X(10, RESUMED, "resumed", "a suspended task goes on, perhaps on another worker")                               \
	X(11, CANCELLED, "cancelled", "the task need not run, or its run is being cancelled")                          \
	X(12, PARKED, "parked", "a worker is about to sleep for want of work")                                         \
	X(13, UNPARKED, "unparked", "a worker is awake again")                                                         \
	X(14, WAKE, "wake", "a worker is about to wake another")                                                       \
	X(15, GAP, "gap", "events of one worker are missing between two stamps")

enum wsc_event_kind {
#define WSC_EVENT_ENUM(code, NAME, name, help) WSC_EV_##NAME = (code),
	WSC_EVENT_KINDS(WSC_EVENT_ENUM)
#undef WSC_EVENT_ENUM
	    WSC_EV_END = 16 /* one past the last kind */
};

/* Why an attempt took nothing. */
enum wsc_reason { WSC_REASON_NONE = 0, WSC_REASON_EMPTY = 1, WSC_REASON_LOST_RACE = 2, WSC_REASON_BUSY = 3 };

/* What a task handle promises. */
enum wsc_identity { WSC_IDENTITY_UNIQUE = 0, WSC_IDENTITY_POLLED = 1, WSC_IDENTITY_RECYCLED = 2 };

/* The order in which a queue hands its tasks out. */
enum wsc_discipline { WSC_DISCIPLINE_LIFO = 0, WSC_DISCIPLINE_FIFO = 1, WSC_DISCIPLINE_NONE = 2 };

/* Whether the history is that of a scheduler, or of a bare deque (taken is final, nothing runs). */
enum wsc_scope { WSC_SCOPE_SCHEDULER = 0, WSC_SCOPE_DEQUE = 1 };

/* How a trace ended. A cut is a trace without an end: killed, truncated, or still being written. */
enum wsc_end { WSC_END_CUT = 0, WSC_END_CLEAN = 1, WSC_END_STALLED = 2 };

/* Unit of a stamp: nanoseconds, or ticks of a counter whose rate the trace header states. */
enum wsc_clock { WSC_CLOCK_NS = 0, WSC_CLOCK_TICKS = 1 };

/* Bits of wsc_event.flags. */
enum {
	WSC_FLAG_PINNED = 1,  /* `queued`: thieves can't see it */
	WSC_FLAG_INFERRED = 2 /* `steal_success`: nobody saw the steal, it follows from where the task ran */
};

/*
 * One event. 32 bytes, plain data, no ownership.
 *
 *   ts      the stamp, in the unit of the trace's clock; any 64-bit value
 *   task    the handle, not 0. 0: no task (parked, unparked, wake), not known (steal_start, steal_failure) or not
 *           sampled (steal_success). `gap`: the stamp at which the gap ends, not before ts
 *   worker  whose stream this is. steal_*: the thief. wake: the one that wakes
 *   queue   queued, push_failed, dequeued: the queue. steal_*: the queue stolen from. wake: the worker woken. Else 0
 *   arg     steal_failure: attempts coalesced, at least 1. gap: events lost, at least 0. queued: number of the label
 *           in the header's table, 0 for none. Else 0
 *   kind    enum wsc_event_kind
 *   flags   WSC_FLAG_*
 *   reason  steal_failure: enum wsc_reason. Else 0
 */
struct wsc_event {
	uint64_t ts;
	uint64_t task;
	uint32_t worker;
	uint32_t queue;
	uint32_t arg;
	uint8_t kind;
	uint8_t flags;
	uint8_t reason;
	uint8_t reserved; /* 0 */
};

#ifdef __cplusplus
}
#endif
#endif
