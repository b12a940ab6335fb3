/* SPDX-License-Identifier: MIT */
/*
 * The recorder: what a work-stealing scheduler calls so that `wscheck analyze` can judge it.
 *
 *	struct wsc_options options = WSC_OPTIONS_INIT;
 *	options.path = "trace.zst";
 *	wsc_recorder *recorder = wsc_open(&options);
 *	... on each worker's thread: wsc_worker *w = wsc_attach(recorder, id, "name"); ... wsc_detach(w);
 *	wsc_close(recorder, WSC_END_CLEAN);
 *
 * Every event is one inline call that stamps it and stores it in the worker's own ring; a background thread drains the
 * rings, compresses and writes. Valid in C99 and later and in C++11 and later (GCC and Clang); each inline call also
 * exists as a symbol of the same name, for other languages. Link with `pkg-config --libs wscheck`. Compiled with
 * -DWSC_RECORD_DISABLED, the calls on workers become nothing.
 *
 * The guarantees. Tests cite their numbers.
 *
 *   A1  One thread per worker. All calls on a `wsc_worker` come from one thread at a time, normally the one that
 *       attached it; to hand it to another thread, synchronize the two. Two threads on one worker lose and mix
 *       events. Not to be called from a signal handler that may have interrupted a call on the same worker.
 *   A2  Program order. One worker's events are in the trace in the order of its calls, and so are the gaps that
 *       stand for dropped ones.
 *   A3  Stamps. A call whose event is stamped *before* its operation reads the counter plainly: no store that follows
 *       the call can become visible before the stamp was taken. A call whose event is stamped *after* an operation
 *       on shared state is fenced: the counter is read when every earlier load and CAS of this thread has completed.
 *       The compiler moves no memory access across a stamp. The table below says which call is which.
 *   A4  Hot calls never block: no lock, system call, allocation, fence or locked instruction; only those marked
 *       "fenced" wait for the earlier instructions of their own thread. When the ring is full, the newest event is
 *       dropped and counted, and the trace gets a gap in its place (with room again, or at the end), from the stamp
 *       of the first event dropped to a stamp after the last.
 *   A5  What is in the file. An event whose call returned before wsc_close() was called is in the file or counted by
 *       a gap. Calls that run at the same time as wsc_close() or after it may be missing without a trace; so close
 *       with WSC_END_CLEAN only when the workers have stopped. A process that is killed loses what the drain thread
 *       had not written yet: about a quarter of a second.
 *   A6  Attaching. wsc_attach(), wsc_detach() and wsc_label() may be called at any time. An id is attached at most
 *       once at a time; it may be used again after wsc_detach(). A worker that could not be attached (no memory, id
 *       in use) is written as a gap of the worker WSC_WORKER_UNATTACHED, so that a trace that lacks it is never
 *       judged to be whole.
 *   A7  NULL does nothing. Every call accepts a NULL recorder or worker; so a host needs no condition of its own, and
 *       recording that is off costs one predicted branch per call.
 *   A8  Lifetime. A `wsc_worker` is valid from wsc_attach() until its wsc_detach(), also when the recorder is closed
 *       in between: calls after the close are dropped. A `wsc_recorder` stays valid (a few hundred bytes) after
 *       wsc_close(), so that a second close, a late attach or detach and wsc_path() are harmless. Rings of workers
 *       that are detached are freed; those never detached are kept until the process ends.
 *   A9  The host is never harmed. No call prints to stdout, exits, raises or handles a signal, or changes affinity.
 *       What goes wrong is said in one line on stderr ("wscheck: ..."), once, and recording degrades: wsc_open()
 *       returns NULL, or events are dropped and counted. (The drain thread makes itself ten steps less nice where
 *       that is permitted, so that rings are emptied in time on a machine that is busy throughout.)
 *   A10 fork. In the child every recorder and worker of the parent is off: calls do nothing, wsc_close() returns 0,
 *       and the parent's file is not touched. The child may open a recorder of its own. (Between vfork and exec no
 *       call is allowed: the child runs in its parent's memory.)
 *
 * Where to put each call, how it is stamped, and what goes wrong when it is put elsewhere:
 *
 *   wsc_queued*        plain; before the store or CAS that makes the task visible. Later: a thief's steal may be
 *                      stamped before the push (protocol_violation, multiple_owners of a sound scheduler).
 *   wsc_push_failed    plain; after the push failed, before the next call of this worker.
 *   wsc_dequeued       plain; after an owner's take from its own queue, before wsc_exec_start(). Earlier: a task that
 *                      a thief won is recorded as taken. Only for queues that no other worker pushes to.
 *   wsc_dequeued_from  fenced; after a take from a queue that others push to, or take from at the same end.
 *   wsc_steal_start    plain; before the first load of the attempt. Later: slow steals look fast, and overlapping
 *                      thieves look misordered.
 *   wsc_steal_success* fenced; after the CAS, only when it succeeded; one call per task, oldest first. Before the
 *                      CAS: racing thieves look like two owners.
 *   wsc_steal_failure* fenced; after the attempt gave up. Earlier: `false_empty` of sound queues is not seen.
 *   wsc_exec_start     plain; once the worker holds the task, before its first instruction.
 *   wsc_exec_complete  plain; after the last instruction, before anything that lets the task be freed, queued or run
 *                      again, or lets a waiter go on. Later: the next life seems to begin too soon (multiple_owners,
 *                      double_execution).
 *   wsc_suspended      plain; before anyone may wake the task.
 *   wsc_resumed        plain; when the worker holds it again (after its dequeued or steal_success).
 *   wsc_cancelled      plain; after the operation that decided it, by the side that won, before the handle may be
 *                      used again. By the side that lost: exec_after_cancel of a sound scheduler.
 *   wsc_parked         plain; before sleeping for want of work. wsc_unparked: after waking.
 *   wsc_wake           plain; before the signal is sent.
 */
#ifndef WSCHECK_RECORD_H
#define WSCHECK_RECORD_H

#include <stddef.h>
#include <stdint.h>

#include "wscheck/event.h"
#include "wscheck/queue.h"

#ifdef __cplusplus
extern "C" {
#endif

/* The shared library hides whatever is not declared here. */
#pragma GCC visibility push(default)

typedef struct wsc_recorder wsc_recorder;
typedef struct wsc_worker wsc_worker;

/* Raised whenever the layout of struct wsc_options or struct wsc_worker changes: wsc_open() refuses another number. */
#define WSC_RECORD_ABI 2u

#define WSC_RING_EVENTS_DEFAULT 65536u /* 1 MiB per worker */
#define WSC_RING_EVENTS_MIN     64u
#define WSC_RING_EVENTS_MAX     (1u << 26)
#define WSC_EPOCH_MS_DEFAULT    10u
#define WSC_EPOCH_MS_MAX        1000u
#define WSC_PUBLISH_NS_DEFAULT  5000u
#define WSC_WORKER_UNATTACHED   UINT32_MAX /* not to be used as a worker's id; A6 */

/* Free text kept in the trace: commit, seed, test. UTF-8. */
struct wsc_meta {
	const char *key;
	const char *value;
};

/* Copied by wsc_open(). Initialize with WSC_OPTIONS_INIT or wsc_options_init(), then set what differs. */
struct wsc_options {
	size_t size;        /* of this struct, as the caller compiled it */
	uint32_t abi;       /* WSC_RECORD_ABI */
	uint32_t epoch_ms;  /* the drain thread wakes this often; 0 = WSC_EPOCH_MS_DEFAULT */
	const char *path;   /* %p becomes the process id, %% a percent sign; NULL = no recording */
	size_t ring_events; /* slots of 16 bytes per worker, rounded up to a power of two; 0 = default */
	enum wsc_identity identity;
	enum wsc_discipline discipline;
	enum wsc_scope scope;
	int window;                          /* not recorded from before the first task */
	uint64_t uncertainty_ns;             /* 0 = measure it (a few ms, on helper threads) */
	uint64_t publish_ns;                 /* 0 = WSC_PUBLISH_NS_DEFAULT */
	const struct wsc_queue_info *queues; /* declared queues */
	size_t queue_count;
	const struct wsc_meta *meta;
	size_t meta_count;
	uint32_t absent; /* bit k: this scheduler does not record events of kind k */
	int level;       /* zstd's, 1..15; 0 = default */
};

/* clang-format off */
#define WSC_OPTIONS_INIT                                                                                               \
	{                                                                                                              \
		sizeof(struct wsc_options), WSC_RECORD_ABI, 0, NULL, 0, WSC_IDENTITY_UNIQUE, WSC_DISCIPLINE_LIFO,      \
		WSC_SCOPE_SCHEDULER, 0, 0, 0, NULL, 0, NULL, 0, 0, 0                                                   \
	}
/* clang-format on */

/*
 * Opens the trace and starts the drain thread. NULL when options->path is NULL, and on any failure, which is said on
 * stderr (A9). Records under the name PATH.PID.RANDOM.wscheck-tmp (8 hex digits) beside PATH, mode 0600, and renames at
 * close. An older regular file at PATH is removed now; anything else there (a symlink, a device) is refused.
 * Any thread.
 */
wsc_recorder *wsc_open(const struct wsc_options *options);

/*
 * Gives the calling thread a ring. `name` may be NULL. NULL when recording is off or the worker can't be attached (A6).
 * Any thread; allocates, so not on the hot path.
 */
wsc_worker *wsc_attach(wsc_recorder *recorder, uint32_t worker_id, const char *name);

/* The worker's last call. Its events are written out later, by the drain thread. */
void wsc_detach(wsc_worker *worker);

/*
 * Writes everything out, ends the trace as `end` says (CLEAN or STALLED; CUT leaves it without an end) and renames the
 * file to its path. 0 when the file is whole; -1 when it could not be written, which was said on stderr. A second call
 * returns what the first did. Any thread, but not from a thread that holds up the workers it waits for.
 */
int wsc_close(wsc_recorder *recorder, enum wsc_end end);

/* The final path, with %p replaced; NULL without a recorder. Valid as long as the recorder. */
const char *wsc_path(const wsc_recorder *recorder);

/* Events dropped so far: rings that were full, and what could not be written. Any thread. */
uint64_t wsc_dropped(wsc_recorder *recorder);

/*
 * The number of a label (for wsc_queued_with()); the same text always gives the same number. 0 (no label) when
 * recording is off, or there are too many. Any thread; takes a lock, so ask once and keep the number.
 */
uint32_t wsc_label(wsc_recorder *recorder, const char *text);

/* --- What follows is the inline part: layout and helpers are private, the calls at the end are public. --- */

#define WSC_CACHE_LINE 64

/* One event is one or two slots of 16 bytes.
 *   word 0  stamp << 8 | kind | WSC_SLOT_WIDE if a second slot follows
 *   word 1  the task, or packed operands: steal_start, wake: an id; steal_failure: queue | reason << 32; gap: its end
 * and in the second slot
 *   word 0  WSC_SLOT_MORE | flags << 8 | reason << 16      (gap: WSC_SLOT_MORE | the number of events lost << 8)
 *   word 1  queue | arg << 32
 */
struct wsc_slot {
	uint64_t word[2];
};

#define WSC_SLOT_WIDE 0x80u
#define WSC_SLOT_MORE 0x7fu /* the low byte of a second slot, which so can't be taken for a first one */

/*
 * What the producer and its readers share of a worker's ring: single producer (the worker), single consumer (the drain
 * thread). Indices count slots and never wrap; a slot's place is index & mask. The ring lies in a file that survives the
 * process; what stands between the head and the slots is described in tracefmt/ring_file.h.
 */
struct wsc_ring {
	uint64_t head; /* slots published; written by the worker's thread only */
};

#define WSC_RING_SLOTS_AT 4032 /* bytes from the struct to the first slot */

/* The worker's own part, which no other process sees and which is all zeros in a forked child. */
struct wsc_worker {
	uint32_t on;           /* 0: not recording, or a forked child; written by others */
	uint32_t id;           /* constant */
	uint64_t limit;        /* slots may be written below this index; 0: every call is to take the slow path */
	struct wsc_ring *ring; /* constant */
	uint64_t mask;         /* constant */
	/* The slow path's. */
	uint64_t gap_count; /* events dropped since the last gap was put in the ring */
	void *consumer;     /* the drain thread's own data */
};

/* C99 inline semantics: the one external definition of each is in the library (record_symbols.c). */
#define WSC_HOT         inline __attribute__((always_inline))
#define WSC_UNLIKELY(x) __builtin_expect(!!(x), 0)

/* CLOCK_MONOTONIC in ns: the stamp where there is no counter that user space can read. */
uint64_t wsc_clock_ns(void);

/*
 * The slow path of the two calls below: refreshes the limit from the consumer's tail, writes the gap after drops, and
 * then stamps and stores the event (which is fenced here whatever its kind), or counts it as dropped.
 */
void wsc_record_slow(wsc_worker *w, unsigned kind, uint64_t operand);
void wsc_record_wide_slow(wsc_worker *w, unsigned kind, uint64_t task, uint64_t more0, uint64_t more1);

/* A stamp that comes before what follows in program order (A3). The memory clobber keeps the compiler from moving the
 * scheduler's own stores across it; the CPU retires them after the read. */
WSC_HOT uint64_t wsc_stamp(void)
{
#if defined(WSC_CLOCK_PORTABLE)
	return wsc_clock_ns();
#elif defined(__x86_64__) || defined(__i386__)
	uint32_t low, high;
	__asm__ __volatile__("rdtsc" : "=a"(low), "=d"(high) : : "memory");
	return (uint64_t)high << 32 | low;
#elif defined(__aarch64__)
	uint64_t ticks;
	__asm__ __volatile__("mrs %0, cntvct_el0" : "=r"(ticks) : : "memory");
	return ticks;
#else
	return wsc_clock_ns();
#endif
}

/* A stamp that comes after what precedes in program order (A3): waits for it, so that the read is not early. */
WSC_HOT uint64_t wsc_stamp_fenced(void)
{
#if defined(WSC_CLOCK_PORTABLE)
	return wsc_clock_ns();
#elif defined(__x86_64__) || defined(__i386__)
	uint32_t low, high;
	__asm__ __volatile__("lfence\n\trdtsc" : "=a"(low), "=d"(high) : : "memory");
	return (uint64_t)high << 32 | low;
#elif defined(__aarch64__)
	uint64_t ticks;
	__asm__ __volatile__("isb\n\tmrs %0, cntvct_el0" : "=r"(ticks) : : "memory");
	return ticks;
#else
	return wsc_clock_ns();
#endif
}

/* Whether anything is recorded. */
WSC_HOT int wsc_is_on(const wsc_worker *w)
{
#ifdef WSC_RECORD_DISABLED
	(void)w;
	return 0;
#else
	/* Relaxed: a switch, not a message. It orders nothing; a call that misses the change writes into a ring that
	 * stays valid until wsc_detach() and is no longer read. Pairs with wsc_close() and the fork handler. */
	return !WSC_UNLIKELY(w == NULL) && !WSC_UNLIKELY(__atomic_load_n(&w->on, __ATOMIC_RELAXED) == 0);
#endif
}

WSC_HOT struct wsc_slot *wsc_slot_at(struct wsc_ring *ring, uint64_t place)
{
	return (struct wsc_slot *)(void *)((char *)ring + WSC_RING_SLOTS_AT) + place;
}

/* Records an event of one slot. `fenced` is a constant. */
WSC_HOT void wsc_record(wsc_worker *w, unsigned kind, int fenced, uint64_t operand)
{
	if (!wsc_is_on(w))
		return;
	struct wsc_ring *const ring = w->ring;
	const uint64_t head =
	    __atomic_load_n(&ring->head, __ATOMIC_RELAXED); /* this thread's own word: no order needed */
	if (WSC_UNLIKELY(head >= w->limit)) {
		wsc_record_slow(w, kind, operand);
		return;
	}
	const uint64_t stamp = fenced ? wsc_stamp_fenced() : wsc_stamp();
	struct wsc_slot *slot = wsc_slot_at(ring, head & w->mask);
	slot->word[0] = stamp << 8 | kind;
	slot->word[1] = operand;
	/* Release: the slot's words before the index that says they are there. Pairs with the acquire load of `head`
	 * in ring_head(). The consumer needs no more, so nothing stronger. */
	__atomic_store_n(&ring->head, head + 1, __ATOMIC_RELEASE);
}

/*
 * Records an event of two slots, published by one store, so that the consumer never sees half of it. `more0` and
 * `more1` are the words of the second.
 */
WSC_HOT void wsc_record_wide(wsc_worker *w, unsigned kind, int fenced, uint64_t task, uint64_t more0, uint64_t more1)
{
	if (!wsc_is_on(w))
		return;
	struct wsc_ring *const ring = w->ring;
	const uint64_t head =
	    __atomic_load_n(&ring->head, __ATOMIC_RELAXED); /* this thread's own word: no order needed */
	if (WSC_UNLIKELY(head + 1 >= w->limit)) {
		wsc_record_wide_slow(w, kind, task, more0, more1);
		return;
	}
	const uint64_t stamp = fenced ? wsc_stamp_fenced() : wsc_stamp();
	struct wsc_slot *first = wsc_slot_at(ring, head & w->mask);
	struct wsc_slot *second = wsc_slot_at(ring, (head + 1) & w->mask);
	first->word[0] = stamp << 8 | WSC_SLOT_WIDE | kind;
	first->word[1] = task;
	second->word[0] = more0;
	second->word[1] = more1;
	/* Release: as in wsc_record(), for both slots. */
	__atomic_store_n(&ring->head, head + 2, __ATOMIC_RELEASE);
}

/* --- The calls. `queue` and `victim` are ids of queues; a worker's own deque has the worker's id. --- */

WSC_HOT void wsc_queued(wsc_worker *w, uint64_t task)
{
	wsc_record(w, WSC_EV_QUEUED, 0, task);
}

/* `flags`: WSC_FLAG_PINNED or 0. `label`: from wsc_label(), or 0. */
WSC_HOT void wsc_queued_with(wsc_worker *w, uint64_t task, uint32_t queue, unsigned flags, uint32_t label)
{
	wsc_record_wide(w, WSC_EV_QUEUED, 0, task, (uint64_t)flags << 8 | WSC_SLOT_MORE, (uint64_t)label << 32 | queue);
}

WSC_HOT void wsc_queued_on(wsc_worker *w, uint64_t task, uint32_t queue)
{
	wsc_queued_with(w, task, queue, 0, 0);
}

WSC_HOT void wsc_push_failed(wsc_worker *w, uint64_t task, uint32_t queue)
{
	wsc_record_wide(w, WSC_EV_PUSH_FAILED, 0, task, WSC_SLOT_MORE, queue);
}

WSC_HOT void wsc_dequeued(wsc_worker *w, uint64_t task)
{
	wsc_record(w, WSC_EV_DEQUEUED, 0, task);
}

WSC_HOT void wsc_dequeued_from(wsc_worker *w, uint64_t task, uint32_t queue)
{
	wsc_record_wide(w, WSC_EV_DEQUEUED, 1, task, WSC_SLOT_MORE, queue);
}

WSC_HOT void wsc_steal_start(wsc_worker *w, uint32_t victim)
{
	wsc_record(w, WSC_EV_STEAL_START, 0, victim);
}

WSC_HOT void wsc_steal_success(wsc_worker *w, uint64_t task, uint32_t victim)
{
	wsc_record_wide(w, WSC_EV_STEAL_SUCCESS, 1, task, WSC_SLOT_MORE, victim);
}

/* A steal that nobody saw: it follows from where the task runs. */
WSC_HOT void wsc_steal_success_inferred(wsc_worker *w, uint64_t task, uint32_t victim)
{
	wsc_record_wide(w, WSC_EV_STEAL_SUCCESS, 1, task, (uint64_t)WSC_FLAG_INFERRED << 8 | WSC_SLOT_MORE, victim);
}

WSC_HOT void wsc_steal_failure(wsc_worker *w, uint32_t victim, enum wsc_reason reason)
{
	wsc_record(w, WSC_EV_STEAL_FAILURE, 1, (uint64_t)reason << 32 | victim);
}

/* `count` failed attempts at once, at least 1: without wsc_steal_start(), or with one, whose answer is the first. */
WSC_HOT void wsc_steal_failures(wsc_worker *w, uint32_t victim, enum wsc_reason reason, uint32_t count)
{
	wsc_record_wide(w, WSC_EV_STEAL_FAILURE, 1, 0, (uint64_t)reason << 16 | WSC_SLOT_MORE,
	                (uint64_t)count << 32 | victim);
}

WSC_HOT void wsc_exec_start(wsc_worker *w, uint64_t task)
{
	wsc_record(w, WSC_EV_EXEC_START, 0, task);
}

WSC_HOT void wsc_exec_complete(wsc_worker *w, uint64_t task)
{
	wsc_record(w, WSC_EV_EXEC_COMPLETE, 0, task);
}

WSC_HOT void wsc_suspended(wsc_worker *w, uint64_t task)
{
	wsc_record(w, WSC_EV_SUSPENDED, 0, task);
}

WSC_HOT void wsc_resumed(wsc_worker *w, uint64_t task)
{
	wsc_record(w, WSC_EV_RESUMED, 0, task);
}

WSC_HOT void wsc_cancelled(wsc_worker *w, uint64_t task)
{
	wsc_record(w, WSC_EV_CANCELLED, 0, task);
}

WSC_HOT void wsc_parked(wsc_worker *w)
{
	wsc_record(w, WSC_EV_PARKED, 0, 0);
}

WSC_HOT void wsc_unparked(wsc_worker *w)
{
	wsc_record(w, WSC_EV_UNPARKED, 0, 0);
}

WSC_HOT void wsc_wake(wsc_worker *w, uint32_t target_worker)
{
	wsc_record(w, WSC_EV_WAKE, 0, target_worker);
}

WSC_HOT void wsc_options_init(struct wsc_options *options)
{
	const struct wsc_options defaults = WSC_OPTIONS_INIT;
	*options = defaults;
}

#pragma GCC visibility pop

#ifdef __cplusplus
}
#endif
#endif
