/* SPDX-License-Identifier: MIT */
/*
 * From what libomp says of its tasks to what the recorder is told.
 *
 * A task's record hangs on the ompt_data_t that libomp keeps for it. Whoever
 * handles a task has its record for itself, as libomp orders one handler before
 * the next. Two kinds of task are shared, and guarded by a lock: those with
 * dependences, whose predecessors and creator meet, and untied ones, which one
 * thread may finish while another has just left them.
 *
 * How each case is told:
 *   deferred      `queued` on the creator's own queue when it is created, which
 * is before libomp pushes it. When it is what its creator runs next, without
 * waiting for tasks in between, the queue was full: `push_failed` undeferred
 * never queued: an inline run dependences   `queued` when the last predecessor
 * is over, on SESSION_QUEUE_RELEASED; if there was none, at the creator's next
 * callback, on its own queue. One that runs before that is an inline run stolen
 * a run of what another thread queued: an inferred steal untied `suspended` and
 * `queued` where libomp pushes the rest of it, `resumed` where that runs
 *   cancelled     a task that libomp ends without having run it
 *   detached      its run is over when its code is; its successors wait for the
 * event
 */
#ifndef OMPT_TASK_H
#define OMPT_TASK_H

#include <omp-tools.h>
#include <stdbool.h>

#include "thread.h"

/* All that a callback begins with. `current`: the task that the thread is in,
 * as libomp says, or NULL. */
void task_settle(struct thread *thread, const ompt_data_t *current);

/*
 * An implicit task, of a parallel region or of the program. It is never recorded and nothing is kept in its data, which
 * libomp 14 asserts to be empty in a later `taskwait depend`: in libomp's words, a task without data is an implicit one.
 */
void task_implicit_begins(struct thread *thread);
void task_implicit_ends(struct thread *thread);

/* `flags` are of enum ompt_task_flag_t. */
void task_create(struct thread *thread, ompt_data_t *data, int flags, bool has_dependences);
void task_depend(ompt_data_t *source, ompt_data_t *sink);

/* The thread goes from one task to another: it starts that, goes on with it, or
 * leaves the prior one for later. */
void task_switch(struct thread *thread, ompt_data_t *prior, ompt_task_status_t status, ompt_data_t *next);
/* The prior task is over: complete, cancelled or detached. */
void task_finish(struct thread *thread, ompt_data_t *prior, ompt_task_status_t status);
/* An event was fulfilled; on any thread, `thread` may be NULL. */
void task_fulfil(struct thread *thread, ompt_data_t *data);

/* The thread ends, and is in no task any more. */
void task_leave_all(struct thread *thread);
/* Whether the thread is in an explicit task. */
bool task_is_inside(const struct thread *thread);

/* Before the first task; in a forked child again. */
void task_init_locks(void);

#endif
