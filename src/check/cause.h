/* SPDX-License-Identifier: MIT */
/*
 * What usually causes a report. One row of CAUSES gives the C name, the id (stable: programs compare it), what is wrong
 * in a sentence, and where to look.
 */
#ifndef CHECK_CAUSE_H
#define CHECK_CAUSE_H

/* X(NAME, "id", "what is wrong", "where to look") */
#define CAUSES(X)                                                                                                      \
	X(MISSING_FENCE, "missing-fence",                                                                              \
	  "owner and thief both took the last entry: a missing seq_cst fence between storing `bottom` and loading "    \
	  "`top` in take(). The next push on that deque is often lost, too.",                                          \
	  "take(): the store of `bottom`, a seq_cst fence, the load of `top`, in this order. steal(): the load of "    \
	  "`top`, a seq_cst fence, the load of `bottom`.")                                                             \
	X(STALE_CAS, "stale-cas",                                                                                      \
	  "one entry was handed out twice: `top` is moved by a plain store, or by a CAS on a value that was loaded "   \
	  "again after the entry was read, so that it can also be set back.",                                          \
	  "steal(), and take() of the last entry: one load of `top`, the read of the entry, a CAS from that very "     \
	  "value; nothing else stores `top`.")                                                                         \
	X(STALE_BUFFER, "stale-buffer",                                                                                \
	  "a thief read an entry of the old buffer while the deque grew, or after the buffer was used again.",         \
	  "the resize: what a thief may still read is neither freed nor written, and all entries are copied.")         \
	X(PUSHED_TWICE, "pushed-twice",                                                                                \
	  "the task was pushed twice: look for a push on two paths, or a retry after a push that had succeeded.",      \
	  "all paths that push the task: who decides that it is ready must be one, by one atomic step.")               \
	X(UNCLAIMED_RUN, "unclaimed-run",                                                                              \
	  "two workers ran the task at once: no atomic step decides who may, as when an async task is woken, and "     \
	  "polled elsewhere, while its poll still goes on.",                                                           \
	  "where a run begins: one atomic step from idle to running claims the task; a wake-up that finds it running " \
	  "only sets a mark, and its runner queues it again when the run is over.")                                    \
	X(RESUMED_TWICE, "resumed-twice",                                                                              \
	  "the task was resumed twice: by its wake-up and by a time-out, or by two wake-ups.",                         \
	  "all that may wake the task: the one that wins, by one atomic step, resumes it or queues it.")               \
	X(WOKEN_EARLY, "woken-early",                                                                                  \
	  "the task was woken, or queued, before it had left its worker: it goes on elsewhere while it still runs "    \
	  "there.",                                                                                                    \
	  "the wait: first the task's state is saved and wsc_suspended() recorded, then the task is made visible to "  \
	  "those who may wake it.")                                                                                    \
	X(LATE_COMPLETE, "late-exec-complete",                                                                         \
	  "`exec_complete` is recorded after the task could be used again: move wsc_exec_complete() before that.",     \
	  "each end of a run: first wsc_exec_complete(), then what frees the task, queues it again, or lets a waiter " \
	  "go on.")                                                                                                    \
	X(LATE_START, "late-exec-start",                                                                               \
	  "`exec_start` is recorded after the task had pushed others: move wsc_exec_start() before its first "         \
	  "instruction.",                                                                                              \
	  "each place that runs a task: wsc_exec_start() comes between the take and the run.")                         \
	X(HANGS, "hangs", "the task hangs: it waits for what never comes, or runs in circles.",                        \
	  "what the task does at the end of the trace: a join that does not help, a lock, a task that only its own "   \
	  "worker could run.")                                                                                         \
	X(SLOT_FREED, "slot-freed-twice",                                                                              \
	  "the slot was freed twice, or while its task still waited, so that two lives had it at once.",               \
	  "who frees the slot: one of them, once, and not before the task was taken.")                                 \
	X(HANDLE_REUSED, "handle-reused",                                                                              \
	  "the handle was queued again before its life ended: an async task that is woken while it runs, or a memory " \
	  "slot that is used again. Then declare the identity `polled` or `recycled`.",                                \
	  "the identity in the trace header, and who may free or wake what still runs.")                               \
	X(WRONG_QUEUE, "wrong-queue",                                                                                  \
	  "the take names another queue than the one that was robbed: the recording call was given the wrong id, or "  \
	  "a task moved between queues without a `queued`.",                                                           \
	  "the queue that is passed to the call, above all after a batch, and for declared queues.")                   \
	X(UNDECLARED_QUEUE, "undeclared-queue",                                                                        \
	  "the queue is not declared, and so is taken for the own deque of the worker of its id, which is not there.", \
	  "`queues` in the trace header: each queue that is no worker's own deque (an injector, a LIFO slot) is "      \
	  "declared, with its discipline, and its owner if it has one.")                                               \
	X(UNRECORDED_TAKE, "unrecorded-take",                                                                          \
	  "the worker came by the task in a way that is not recorded: a take or a steal on a path without its call.",  \
	  "fast paths, joins and shutdown: each take is followed by `dequeued`, `steal_success` or `exec_start`.")     \
	X(HANDLE_KEPT, "handle-kept", "a worker used a handle after it had handed it on.",                             \
	  "what the worker still does with a task after its push, its wake-up or its completion.")                     \
	X(RAN_DIRECTLY, "ran-directly",                                                                                \
	  "a join or a helping worker ran a task directly whose entry still waited in a queue, where another may "     \
	  "take it.",                                                                                                  \
	  "joins: the task is taken out of its queue, or claimed by one atomic step, before it is run.")               \
	X(LOST_PUSH, "lost-push",                                                                                      \
	  "the push was lost: a store to `bottom` that was overwritten or left out, a resize that copied too little, " \
	  "or an owner and a thief that both took the entry before it.",                                               \
	  "push() and everything that stores `bottom`: only the owner does, and never a value from before the push.")  \
	X(LOST_WAKEUP, "lost-wakeup",                                                                                  \
	  "a wake-up was lost between a worker's last look and its sleep: nobody came for the task.",                  \
	  "before it sleeps a worker announces it, passes a seq_cst fence, and looks once more; after its push a "     \
	  "producer passes a seq_cst fence and looks who sleeps.")                                                     \
	X(FEW_WOKEN, "few-woken", "one sleeper was woken for several pushes, and did not wake the next.",              \
	  "what a woken worker does when it finds more than one task, and how many are kept awake on purpose.")        \
	X(DROPPED_LOOT, "dropped-loot",                                                                                \
	  "a thief took the task and dropped it: look at what follows a successful steal.",                            \
	  "every way out of the code after a steal: what was taken is run, queued or cancelled on all of them.")       \
	X(DROPPED_TAKE, "dropped-take", "a worker took the task and dropped it: look at what follows the take.",       \
	  "every way out of the code after a take: what was taken is run, queued or cancelled on all of them.")        \
	X(UNRECORDED_RUN, "unrecorded-run", "the task ran on a path without `exec_start`.",                            \
	  "workers that are not attached, fast paths, and runs outside the worker's loop.")                            \
	X(CLOSED_EARLY, "closed-early",                                                                                \
	  "the trace was closed before the workers stopped, or the pool while tasks waited.",                          \
	  "the end: join the workers, then close the trace; and the count of open tasks.")                             \
	X(RAN_CANCELLED, "ran-cancelled",                                                                              \
	  "the run did not check, in the same atomic step in which it began, whether the task was cancelled.",         \
	  "claim the task with one atomic operation, for which run and cancellation compete.")                         \
	X(LOSER_RECORDED, "loser-recorded", "`cancelled` was recorded by a canceller that had lost the race.",         \
	  "the call to wsc_cancelled(): only behind the operation that decided, and only if it won.")                  \
	X(WRONG_END_THIEF, "wrong-end-thief", "thieves take from the wrong end: the newest task, and not the oldest.", \
	  "steal(): it takes at `top`, where the oldest entry is.")                                                    \
	X(WRONG_END_OWNER, "wrong-end-owner",                                                                          \
	  "the owner takes from the wrong end: the oldest task, and not the newest.",                                  \
	  "take(): it takes at `bottom`, where the newest entry is.")                                                  \
	X(NOT_THE_OLDEST, "not-the-oldest", "a take from a `fifo` queue does not take the oldest task.",               \
	  "where the queue is taken from, and whether another producer or a second list overtakes it.")                \
	X(TORN_STEAL, "torn-steal",                                                                                    \
	  "two steals are not atomic: each reads `top`, and the one that read it first takes last.",                   \
	  "steal(): one load of `top`, the read of the entry, a CAS from that very value.")                            \
	X(WRONG_DISCIPLINE, "wrong-discipline", "the declared discipline is not the real one.",                        \
	  "the `discipline` of the trace and of the queue; `none` for one that promises no order.")                    \
	X(WRONG_IDENTITY, "wrong-identity",                                                                            \
	  "the declared identity is not the real one: a task that may be queued again while it runs is `polled`, a "   \
	  "memory slot that is used again `recycled`.",                                                                \
	  "the `identity` of the trace, and what a handle stands for: a task once, a task often, or a place.")         \
	X(PINNED_IN_SIGHT, "pinned-in-sight", "thieves look at entries that are not theirs to take.",                  \
	  "where pinned tasks are kept: not in what thieves can reach.")                                               \
	X(LATE_QUEUED, "late-queued",                                                                                  \
	  "`queued` is recorded after the push, and a thief was faster: move wsc_queued() before the store or CAS "    \
	  "that makes the task visible.",                                                                              \
	  "each push: first wsc_queued(), then the push; wsc_push_failed() where it did not succeed.")                 \
	X(MISSING_QUEUED, "missing-queued",                                                                            \
	  "the push has no wsc_queued(): on some path, or by a thread that is not attached. Call it before the push.", \
	  "each push of such a task; a trace that begins late must be a window (`complete` false).")                   \
	X(MISSING_START, "missing-exec-start",                                                                         \
	  "the run has no wsc_exec_start(): call it once the worker holds the task, before its first instruction.",    \
	  "each place that runs a task, inline runs and joins included.")                                              \
	X(UNRECORDED_MOVE, "unrecorded-move",                                                                          \
	  "the task left its worker and went on on another one without wsc_suspended() and wsc_resumed().",            \
	  "each place where a task, or the stack that it runs on, moves to another worker.")                           \
	X(WRONG_FAILURE, "wrong-push-failed",                                                                          \
	  "wsc_push_failed() names a push that was not recorded, or that had succeeded.",                              \
	  "the call to wsc_push_failed(): with the task and queue of the wsc_queued() before it, and only if the "     \
	  "push failed.")                                                                                              \
	X(DOUBLE_COMPLETE, "double-complete", "`exec_complete` was recorded twice for one run.",                       \
	  "error paths and destructors: one wsc_exec_complete() for each wsc_exec_start().")                           \
	X(MISSING_SUSPENDED, "missing-suspended",                                                                      \
	  "the task never ran before: wsc_resumed() stands where wsc_exec_start() belongs, or the first run was not "  \
	  "recorded.",                                                                                                 \
	  "the first run of a task begins with wsc_exec_start(), each later part with wsc_resumed().")                 \
	X(MISSING_RESUMED, "missing-resumed",                                                                          \
	  "the task was suspended and went on without wsc_resumed(): call it once the worker holds the task again.",   \
	  "each place where a suspended task goes on, or ends without being woken; and one wsc_suspended() each "      \
	  "time.")                                                                                                     \
	X(SHARED_WORKER, "shared-worker-id",                                                                           \
	  "two threads share one worker id, so that their stamps interleave: attach each thread with an id of its "    \
	  "own.",                                                                                                      \
	  "wsc_attach(): once in each thread; and what becomes of the handle when a thread ends.")                     \
	X(CLOCK_SKEW, "clock-skew",                                                                                    \
	  "the counters of two processors differ by more than the stated uncertainty, and the thread moved.",          \
	  "the uncertainty in the trace header (--uncertainty overrides it), and the clock source of the machine.")    \
	X(NO_HANDLE, "no-handle", "a recording call was given 0 where it needs the handle of a task.",                 \
	  "the argument of that call: a handle that is not set yet, or cleared already; a count from 0 needs a 1 "     \
	  "added.")                                                                                                    \
	X(MISSING_COMPLETE, "missing-exec-complete",                                                                   \
	  "a path leaves the task without wsc_exec_complete(): an exception, a longjmp, a thread that was cancelled.", \
	  "every way out of a run.")                                                                                   \
	X(NEVER_RESUMED, "never-resumed",                                                                              \
	  "the suspended task was never woken: its wake-up came before the suspension and was lost.",                  \
	  "the wait: who suspends must look again after it announced itself.")                                         \
	X(STALE_INDICES, "stale-indices",                                                                              \
	  "the thief compared stale values of `top` and `bottom`, or loaded them in the wrong order.",                 \
	  "steal(): `top` is loaded first, then a seq_cst fence, then `bottom`.")                                      \
	X(LATE_PUBLICATION, "late-publication",                                                                        \
	  "the push becomes visible much later than it is recorded; if by design, declare `visibility:deferred`.",     \
	  "the order of the store that publishes, and buffers before it.")                                             \
	X(WRONG_REASON, "wrong-reason", "a lost race or a busy lock was recorded as `empty`.",                         \
	  "the reason that is passed to wsc_steal_failure().")                                                         \
	X(DESCHEDULED, "descheduled", "the thief was descheduled in the middle: more threads than processors.",        \
	  "the load of the machine, and how many workers there are.")                                                  \
	X(VICTIM_LOCKED, "victim-locked", "the thief waited for a lock of its victim.",                                \
	  "what is done under the victim's lock, and whether its holder may be descheduled.")                          \
	X(EARLY_START, "early-start", "`steal_start` is recorded once for a whole round of victims.",                  \
	  "the place of wsc_steal_start(): before each attempt.")

enum cause {
#define CAUSE_ENUM(NAME, id, text, look) CAUSE_##NAME,
	CAUSES(CAUSE_ENUM)
#undef CAUSE_ENUM
	    CAUSE_COUNT
};

/* Static text. `cause` must be one of the above. */
const char *cause_id(enum cause cause);
const char *cause_text(enum cause cause);
const char *cause_look(enum cause cause);

#endif
