/* SPDX-License-Identifier: MIT */
/*
 * What is known of a thread of OpenMP: its worker, and the tasks that it is in.
 * Only the thread itself touches it.
 */
#ifndef OMPT_THREAD_H
#define OMPT_THREAD_H

#include <stdbool.h>
#include <stdint.h>

#include "wscheck/record.h"

struct task;

struct thread {
	wsc_worker *worker;
	uint32_t id;
	unsigned generation; /* of the session that it is attached to; 0: none */
	struct task *top;    /* the innermost task that it is in; task->below is the next */
	/* Since the last callback of this thread: */
	struct task *fresh; /* was said to be queued: if it runs next, it never was,
                         the queue being full */
	struct task *held;  /* its dependences are being told */
	uint64_t handle, handles_end;
};

/* The calling thread, which is attached first where it is not yet. */
struct thread *thread_self(void);

/* The calling thread, if it is attached: one that is not OpenMP's may fulfil an
 * event. */
struct thread *thread_self_if_attached(void);

void thread_begin(const char *name);
void thread_end(void);

/* A handle for a new task. */
uint64_t thread_new_handle(struct thread *thread);

#endif
