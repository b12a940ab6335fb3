/* SPDX-License-Identifier: MIT */
/*
 * record.h as hooks of one line, for a scheduler whose functions have no worker in hand: each hook records on the
 * worker that the calling thread has attached.
 *
 *	WSC_HOOK_ATTACH(recorder, id, "name");   once in each worker's thread
 *	WSC_HOOK_QUEUED(task);                   and so on, one line at each place that record.h's table names
 *	WSC_HOOK_DETACH();                       before the thread ends
 *
 * `task` is a 64-bit number or a pointer (which must not be NULL, and which wants WSC_IDENTITY_RECYCLED if the memory
 * is used again); `queue` and `victim` are 32-bit ids. On a thread that has attached no worker a hook does nothing
 * but a load and a predicted branch. Arguments are evaluated once; compiled with -DWSC_RECORD_DISABLED not at all, and
 * nothing is left of the hook, nor is the library needed for it.
 *
 * What record.h says of its calls holds for the hooks: where to put them, how they are stamped, what they cost. Any
 * thread, on its own worker. Where a task may leave its thread in the middle of a function (a fiber, a coroutine),
 * compilers may keep the address of a thread's variables from before: read WSC_HOOK_WORKER() in a function of its own
 * there, or call record.h with the worker in hand. Valid in C99 and later and in C++11 and later.
 */
#ifndef WSCHECK_HOOKS_H
#define WSCHECK_HOOKS_H

#include "wscheck/record.h"

#ifdef WSC_RECORD_DISABLED
/* sizeof: names what it is given, so that no variable is unused, and evaluates nothing. */
#define WSC_HOOK_CALL(call)                 ((void)sizeof(((call), 0)))
#define WSC_HOOK_WORKER()                   ((wsc_worker *)0)
#define WSC_HOOK_ATTACH(recorder, id, name) WSC_HOOK_CALL(wsc_attach((recorder), (id), (name)))
#define WSC_HOOK_DETACH()                   ((void)0)
#else
#ifdef __cplusplus
extern "C" {
#endif
#pragma GCC visibility push(default)

/* The calling thread's worker, or NULL. Private: read it by WSC_HOOK_WORKER(). */
extern __thread wsc_worker *wsc_hook_worker;

#pragma GCC visibility pop
#ifdef __cplusplus
}
#endif
#define WSC_HOOK_CALL(call) (call)
/* The calling thread's worker, for calls of record.h that have no hook; NULL if it has attached none. */
#define WSC_HOOK_WORKER()   (wsc_hook_worker)
/*
 * Attach: wsc_attach(), for the calling thread. A thread that has a worker already detaches it first. Detach:
 * wsc_detach(); harmless without a worker.
 */
#define WSC_HOOK_ATTACH(recorder, id, name)                                                                            \
	((void)(wsc_detach(wsc_hook_worker), wsc_hook_worker = wsc_attach((recorder), (id), (name))))
#define WSC_HOOK_DETACH() ((void)(wsc_detach(wsc_hook_worker), wsc_hook_worker = NULL))
#endif

/* A number or a pointer. */
#define WSC_HOOK_TASK(task)               ((uint64_t)(task))
#define WSC_HOOK_OF(call, task)           WSC_HOOK_CALL(call(WSC_HOOK_WORKER(), WSC_HOOK_TASK(task)))
#define WSC_HOOK_OF_ON(call, task, queue) WSC_HOOK_CALL(call(WSC_HOOK_WORKER(), WSC_HOOK_TASK(task), (queue)))

#define WSC_HOOK_QUEUED(task)           WSC_HOOK_OF(wsc_queued, task)
#define WSC_HOOK_QUEUED_ON(task, queue) WSC_HOOK_OF_ON(wsc_queued_on, task, queue)
#define WSC_HOOK_QUEUED_WITH(task, queue, flags, label)                                                                \
	WSC_HOOK_CALL(wsc_queued_with(WSC_HOOK_WORKER(), WSC_HOOK_TASK(task), (queue), (flags), (label)))
#define WSC_HOOK_PUSH_FAILED(task, queue)      WSC_HOOK_OF_ON(wsc_push_failed, task, queue)
#define WSC_HOOK_DEQUEUED(task)                WSC_HOOK_OF(wsc_dequeued, task)
#define WSC_HOOK_DEQUEUED_FROM(task, queue)    WSC_HOOK_OF_ON(wsc_dequeued_from, task, queue)
#define WSC_HOOK_STEAL_START(victim)           WSC_HOOK_CALL(wsc_steal_start(WSC_HOOK_WORKER(), (victim)))
#define WSC_HOOK_STEAL_SUCCESS(task, victim)   WSC_HOOK_OF_ON(wsc_steal_success, task, victim)
#define WSC_HOOK_STEAL_FAILURE(victim, reason) WSC_HOOK_CALL(wsc_steal_failure(WSC_HOOK_WORKER(), (victim), (reason)))
#define WSC_HOOK_STEAL_FAILURES(victim, reason, count)                                                                 \
	WSC_HOOK_CALL(wsc_steal_failures(WSC_HOOK_WORKER(), (victim), (reason), (count)))
#define WSC_HOOK_EXEC_START(task)    WSC_HOOK_OF(wsc_exec_start, task)
#define WSC_HOOK_EXEC_COMPLETE(task) WSC_HOOK_OF(wsc_exec_complete, task)
#define WSC_HOOK_SUSPENDED(task)     WSC_HOOK_OF(wsc_suspended, task)
#define WSC_HOOK_RESUMED(task)       WSC_HOOK_OF(wsc_resumed, task)
#define WSC_HOOK_CANCELLED(task)     WSC_HOOK_OF(wsc_cancelled, task)
#define WSC_HOOK_PARKED()            WSC_HOOK_CALL(wsc_parked(WSC_HOOK_WORKER()))
#define WSC_HOOK_UNPARKED()          WSC_HOOK_CALL(wsc_unparked(WSC_HOOK_WORKER()))
#define WSC_HOOK_WAKE(worker)        WSC_HOOK_CALL(wsc_wake(WSC_HOOK_WORKER(), (worker)))

#endif
