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
 * Environment, for what the options leave open (0, NULL); a value that is not understood is named on stderr, once:
 *
 *   WSCHECK_TRACE      options.path; so a program that passes NULL is recorded when its user says so
 *   WSCHECK_MODE       options.mode: drop, block or overwrite
 *   WSCHECK_BUFFER     options.ring_events, in bytes per worker: 1M, 512K
 *   WSCHECK_MAX_BYTES  options.max_bytes: 100M; with ",last" behind it options.keep_last, too
 *   WSCHECK_SAMPLE     options.sampling: 1/16 or 16
 *   WSCHECK_DISABLE    not empty and not 0: nothing is recorded, whatever the options say
 *
 * (They are ignored in a set-user-id program.)
 *
 * The guarantees. Tests cite their numbers.
 *
 *   A1  One thread per worker. All calls on a `wsc_worker` come from one thread at a time, normally the one that
 *       attached it; to hand it to another thread, synchronize the two. Two threads on one worker lose and mix
 *       events. Not to be called from a signal handler that may have interrupted a call on the same worker.
 *   A2  Program order. One worker's events are in the trace in the order of its calls, and so are the gaps that
 *       stand for what is missing.
 *   A3  Stamps. A call whose event is stamped *before* its operation reads the counter plainly: no store that follows
 *       the call can become visible before the stamp was taken. A call whose event is stamped *after* an operation
 *       on shared state is fenced: the counter is read when every earlier load and CAS of this thread has completed.
 *       The compiler moves no memory access across a stamp. The table below says which call is which.
 *   A4  Hot calls never block, but with WSC_MODE_BLOCK: no lock, system call, allocation, fence or locked instruction;
 *       only those marked "fenced" wait for the earlier instructions of their own thread. When the ring is full, the
 *       mode decides. DROP: the newest event is dropped and counted, and the trace gets a gap in its place (with room
 *       again, or at the end), from the stamp of the event before to a stamp after the last. BLOCK: the call waits
 *       until the drain thread has made room; not in a thread that holds what that needs (the allocator's locks); it
 *       becomes DROP when the file can't be written, and never waits for a recorder that is being closed. (A call that
 *       waits while the recorder is paused is recorded.) OVERWRITE: the oldest event is overwritten, and the trace has
 *       a gap from its beginning to the worker's first stamp.
 *   A5  What is in the file. An event whose call returned before wsc_close() was called is in the file or counted by
 *       a gap. Calls that run at the same time as wsc_close() or after it may be missing without a trace; so close
 *       with WSC_END_CLEAN only when the workers have stopped. A process that is killed, at any instruction, loses
 *       nothing whose call had returned: what is not in the file yet is in the rings' file, and `wscheck recover`
 *       makes a trace of both. Not so where no rings' file could be made, which was said, nor across a crash of the
 *       machine.
 *   A6  Attaching. wsc_attach(), wsc_detach() and wsc_label() may be called at any time. An id is attached at most
 *       once at a time; it may be used again after wsc_detach(). A worker that could not be attached (no memory, id
 *       in use) is written as a gap of the worker WSC_WORKER_UNATTACHED, so that a trace that lacks it is never
 *       judged to be whole. A thread that ends without wsc_detach() leaves its worker attached: nothing is lost, but
 *       its ring is kept and its id is in use until the close; another thread may detach it (A1).
 *   A7  NULL does nothing. Every call accepts a NULL recorder or worker; so a host needs no condition of its own, and
 *       recording that is off costs one predicted branch per call.
 *   A8  Lifetime. A `wsc_worker` is valid from wsc_attach() until its wsc_detach(), also when the recorder is closed
 *       in between: calls after the close are dropped. A `wsc_recorder` stays valid (a few hundred bytes) after
 *       wsc_close(), so that a second close, a late attach or detach and wsc_path() are harmless. Rings of workers
 *       that are detached are used again or freed (with OVERWRITE the last 64 are kept, and one goes on when its id is
 *       attached again); those never detached are kept until the process ends.
 *   A9  The host is never harmed. No call prints to stdout, exits, raises a signal or changes affinity; none handles a
 *       signal but the one that options.snapshot_signal names, after which the handler that was there before is called.
 *       What goes wrong is said in one line on stderr ("wscheck: ..."), once, and recording degrades: wsc_open()
 *       returns NULL, or events are dropped and counted. (The drain thread makes itself ten steps less nice where
 *       that is permitted, so that rings are emptied in time on a machine that is busy throughout.) One limit: whoever
 *       may write to the rings' file (mode 0600) can truncate it, and then the host gets a SIGBUS, as with any mapped
 *       file. Removing it is harmless.
 *   A10 fork. In the child every recorder and worker of the parent is off, also in one made without pthread_atfork
 *       handlers, by _Fork() or clone() (Linux 4.14): calls do nothing, wsc_close() returns 0, and the parent's files
 *       and rings are not touched. The child may open a recorder of its own, or with WSC_ON_FORK_FOLLOW gets one when it
 *       attaches a worker: a window, because the parent's tasks are unknown. Without those handlers it gets none, and
 *       may open one only where it may allocate and take locks, which the C library does not promise. (Between vfork
 *       and exec no call is allowed: the child runs in its parent's memory. Those that take a recorder, and
 *       wsc_detach(), do nothing there.) exec ends a recording as a kill does; no descriptor is inherited.
 *   A11 Failed attempts in a row are held back and counted in place, one run for each queue and reason: the first is
 *       written as it is, the others as one event with a count, with the stamp of the last, before the next event of
 *       any other kind (options.no_coalescing: not so). They are as safe from a kill as the rest (A5).
 *   A12 Sampling keeps all events of one task in so many, chosen by a hash of the handle, and of the others none, but
 *       that a steal of theirs is answered by a success with task 0. Events without a task are all kept.
 *   A13 Several recorders in one process are independent of each other, and a thread may have a worker of each.
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
 *                      Of a polled task: before a wake-up may queue it again (before RUNNING is set, or the flag that
 *                      it is queued is cleared). Later: who wakes it seems to queue what another has taken
 *                      (multiple_owners).
 *   wsc_exec_complete  plain; after the last instruction, before anything that lets the task be freed, queued or run
 *                      again, or lets a waiter go on. Later: the next life seems to begin too soon (multiple_owners,
 *                      double_execution).
 *   wsc_suspended      plain; before anyone may wake the task.
 *   wsc_resumed        plain; when the worker holds it again (after its dequeued or steal_success).
 *   wsc_cancelled      plain; after the operation that decided it, by the side that won, before the handle may be
 *                      used again. By the side that lost: exec_after_cancel of a sound scheduler. Who takes the entry
 *                      of a cancelled task records that it drops it: once, in place of the take or after it.
 *   wsc_parked         plain; before sleeping for want of work. wsc_unparked: after waking.
 *   wsc_wake           plain; before the signal is sent, and that before anything else is recorded: until then the
 *                      signal may still be to come, and excuses who goes to sleep, unless it has woken since as often
 *                      as it was woken.
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

#define WSC_MAX_BYTES_MIN (UINT64_C(2) << 20)
#define WSC_SAMPLING_MAX  1000000u

/* What happens when a worker's ring is full. */
enum wsc_mode {
	WSC_MODE_DEFAULT = 0, /* what WSCHECK_MODE says; else DROP */
	WSC_MODE_DROP = 1,    /* the newest event is dropped and counted */
	WSC_MODE_BLOCK = 2,   /* the worker waits for the drain thread; DROP once the file can't be written */
	WSC_MODE_OVERWRITE =
	    3 /* flight recorder: the oldest event is overwritten; only snapshots and wsc_close() write */
};

/* What becomes of a recorder in a forked child. */
enum wsc_on_fork {
	WSC_ON_FORK_STOP = 0,  /* it is off */
	WSC_ON_FORK_FOLLOW = 1 /* the child's first wsc_attach() opens a trace of its own, if the path has a %p */
};

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
	uint32_t absent; /* bit k: the scheduler may do what events of kind k tell, unrecorded. What one of them may
	                    explain is not reported; nothing passes without those that errors show by. A `dequeued` may be
	                    absent only where its worker's next event of a task is the run of what it took */
	int level;       /* zstd's, 1..15; 0 = default */
	enum wsc_mode mode;
	enum wsc_on_fork on_fork;
	uint64_t max_bytes;  /* of the file, at least WSC_MAX_BYTES_MIN; 0 = no limit */
	int keep_last;       /* at max_bytes go on and keep the last of them; else stop */
	uint32_t sampling;   /* record one task in so many, up to WSC_SAMPLING_MAX; 0 or 1 = all */
	int no_coalescing;   /* write each failed attempt as an event of its own */
	int snapshot_signal; /* a signal that asks for a snapshot; 0 = none */
};

/* clang-format off */
#define WSC_OPTIONS_INIT                                                                                               \
	{                                                                                                              \
		sizeof(struct wsc_options), WSC_RECORD_ABI, 0, NULL, 0, WSC_IDENTITY_UNIQUE, WSC_DISCIPLINE_LIFO,      \
		WSC_SCOPE_SCHEDULER, 0, 0, 0, NULL, 0, NULL, 0, 0, 0, WSC_MODE_DEFAULT, WSC_ON_FORK_STOP, 0, 0, 0, 0,  \
		    0                                                                                                  \
	}
/* clang-format on */

/*
 * Opens the trace and starts the drain thread. NULL when there is no path, in the options or the environment, and on any
 * failure, which is said on stderr (A9). Records under the name PATH.PID.RANDOM.wscheck-tmp (8 hex digits) beside PATH,
 * mode 0600, and renames at close. An older regular file at PATH is removed now; anything else there (a symlink, a
 * device) is refused. The rings lie in /dev/shm/wscheck.PID.RANDOM.rings, which takes at most a quarter of what is free
 * there, or beside PATH (PATH.PID.RANDOM.wscheck-rings), and that file is removed at close. A killed process leaves it
 * there until somebody recovers or removes it (`wscheck recover --list` shows all). In /dev/shm the next recorder of PATH
 * tells of those on stderr and, unless PATH has a %p, removes what all but the last 8 runs left, their unfinished traces
 * with it. Any thread.
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
 * Writes everything out, ends the trace as `end` says (CLEAN or STALLED; CUT, or a value that is none of these, leaves
 * it without an end) and renames the file to its path. 0 when the file is whole; -1 when it could not be written, or
 * `end` is no such value, which was said on stderr. A second call returns what the first did. Any thread.
 */
int wsc_close(wsc_recorder *recorder, enum wsc_end end);

/*
 * Switches the recorder off and on again: off, each call costs a branch and records nothing. What happened meanwhile is a
 * gap of each worker, so that nothing false is reported about it. Any thread, also while workers record; a second
 * wsc_pause() or wsc_resume() in a row does nothing.
 */
void wsc_pause(wsc_recorder *recorder);
void wsc_resume(wsc_recorder *recorder);

/*
 * Writes a readable trace of what was recorded so far, or with WSC_MODE_OVERWRITE of what the rings hold, to `path` (as
 * in the options; NULL: the recorder's path with ".snapshot-N" behind it, the first N from 1 on that is free). It has no
 * end, so that it is never judged to be whole. Waits for the drain thread; the workers go on. 0, or -1, which was said
 * on stderr. Any thread, but not a signal handler.
 */
int wsc_snapshot(wsc_recorder *recorder, const char *path);

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

struct wsc_common; /* what the workers of a recorder share */

/* The worker's own part, which no other process sees and which is all zeros in a forked child. */
struct wsc_worker {
	uint32_t on;           /* 0: not recording, or a forked child; written by others */
	uint32_t id;           /* constant */
	uint64_t limit;        /* slots may be written below this index; 0: every call takes the slow path */
	struct wsc_ring *ring; /* constant */
	uint64_t mask;         /* constant */
	/* The slow path's. */
	uint64_t room;        /* what `limit` is when nothing asks for the slow path */
	uint64_t gap_count;   /* events dropped since the last gap was put in the ring */
	uint64_t failed_at;   /* the head after the last failure */
	uint64_t failed_ts;   /* stamp of the failure after which others were held back */
	uint64_t hold_sum;    /* attempts held back */
	uint64_t waiting;     /* stamp since when a full ring has been holding it up, or 0; read by others */
	uint32_t hold_max;    /* constant: runs of failures that may be held back; 0: none */
	uint32_t sample_last; /* constant: the largest hash of a task that is recorded */
	struct wsc_common *common;
	void *consumer; /* the drain thread's own data */
};

/* C99 inline semantics: the one external definition of each is in the library (record_symbols.c). */
#define WSC_HOT         inline __attribute__((always_inline))
#define WSC_UNLIKELY(x) __builtin_expect(!!(x), 0)

/* CLOCK_MONOTONIC in ns: the stamp where there is no counter that user space can read. */
uint64_t wsc_clock_ns(void);

/*
 * The slow path of the two calls below: finds room, or drops the event, or waits, as the mode says; writes what was held
 * back and the gap after drops first; and takes samples.
 */
void wsc_record_slow(wsc_worker *w, unsigned kind, uint64_t operand);
void wsc_record_wide_slow(wsc_worker *w, unsigned kind, uint64_t task, uint64_t more0, uint64_t more1);

/* Failed attempts, `count` at least 1. */
void wsc_record_failures(wsc_worker *w, uint32_t victim, uint32_t reason, uint32_t count);

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

/* Relaxed: whoever reads a slot that may be overwritten meanwhile looks at the head afterwards. Pairs with snapshots. */
WSC_HOT void wsc_slot_put(struct wsc_slot *slot, uint64_t word0, uint64_t word1)
{
	__atomic_store_n(&slot->word[0], word0, __ATOMIC_RELAXED);
	__atomic_store_n(&slot->word[1], word1, __ATOMIC_RELAXED);
}

WSC_HOT uint64_t wsc_limit(const wsc_worker *w)
{
	/* Relaxed: the worker's own word, but that wsc_resume() sets it to 0, which may be seen a little later. */
	return __atomic_load_n(&w->limit, __ATOMIC_RELAXED);
}

/* Records an event of one slot. `fenced` is a constant. */
WSC_HOT void wsc_record(wsc_worker *w, unsigned kind, int fenced, uint64_t operand)
{
	if (!wsc_is_on(w))
		return;
	struct wsc_ring *const ring = w->ring;
	const uint64_t head =
	    __atomic_load_n(&ring->head, __ATOMIC_RELAXED); /* this thread's own word: no order needed */
	if (WSC_UNLIKELY(head >= wsc_limit(w))) {
		wsc_record_slow(w, kind, operand);
		return;
	}
	const uint64_t stamp = fenced ? wsc_stamp_fenced() : wsc_stamp();
	struct wsc_slot *slot = wsc_slot_at(ring, head & w->mask);
	wsc_slot_put(slot, stamp << 8 | kind, operand);
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
	if (WSC_UNLIKELY(head + 1 >= wsc_limit(w))) {
		wsc_record_wide_slow(w, kind, task, more0, more1);
		return;
	}
	const uint64_t stamp = fenced ? wsc_stamp_fenced() : wsc_stamp();
	struct wsc_slot *first = wsc_slot_at(ring, head & w->mask);
	struct wsc_slot *second = wsc_slot_at(ring, (head + 1) & w->mask);
	wsc_slot_put(first, stamp << 8 | WSC_SLOT_WIDE | kind, task);
	wsc_slot_put(second, more0, more1);
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
	if (wsc_is_on(w))
		wsc_record_failures(w, victim, (uint32_t)reason, 1);
}

/* `count` failed attempts at once, at least 1: without wsc_steal_start(), or with one, whose answer is the first. */
WSC_HOT void wsc_steal_failures(wsc_worker *w, uint32_t victim, enum wsc_reason reason, uint32_t count)
{
	if (wsc_is_on(w))
		wsc_record_failures(w, victim, (uint32_t)reason, count);
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
