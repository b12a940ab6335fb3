/* SPDX-License-Identifier: MIT */
#include "thread.h"

#include "session.h"
#include "task.h"

static _Thread_local struct thread self;

void thread_begin(const char *name)
{
	self = (struct thread){.generation = session_generation()};
	self.worker = session_attach(&self.id, name);
}

struct thread *thread_self_if_attached(void)
{
	return self.generation == session_generation() ? &self : NULL;
}

struct thread *thread_self(void)
{
	if (self.generation != session_generation())
		thread_begin("initial");
	return &self;
}

void thread_end(void)
{
	if (self.generation == session_generation()) {
		task_leave_all(&self);
		session_detach(self.worker, self.id);
	}
	self = (struct thread){0};
}

uint64_t thread_new_handle(struct thread *thread)
{
	if (thread->handle == thread->handles_end) {
		thread->handle = session_handles();
		thread->handles_end = thread->handle + SESSION_HANDLES;
	}
	return thread->handle++;
}
