/* SPDX-License-Identifier: MIT */
#include "task.h"

#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>

#include "session.h"

enum task_state {
	TASK_IMPLICIT, /* of a parallel region or of the program: never recorded, but tasks lie above it */
	TASK_CREATED,  /* not queued, as far as is known */
	TASK_QUEUED,
	TASK_RUNNING,
	TASK_DETACHED, /* its code is over, its event is not fulfilled */
	TASK_FINISHED,
};

struct task;

struct successor {
	struct task *task;
	struct successor *next;
};

struct task {
	uint64_t handle;
	struct task *below; /* in the stack of the thread that is in it */
	uint32_t queue;     /* where it is, or was, queued */
	unsigned generation;
	unsigned references; /* one until it is finished, one for each stack that it is in, one while it is held */
	enum task_state state;
	bool is_untied;
	bool has_started;
	/* Of tasks with dependences: */
	bool has_dependences;
	bool has_predecessors; /* there was one, perhaps over by now */
	unsigned waits;        /* predecessors that are not over, and one while it is held */
	struct successor *successors;
	pthread_mutex_t *lock; /* of a shared task; else NULL */
};

/* Locks of shared tasks, by the address of libomp's data: a task must be locked before its record may be looked at. */
enum { LOCKS = 64 };
static struct {
	_Alignas(64) pthread_mutex_t mutex;
} locks[LOCKS];

void task_init_locks(void)
{
	for (size_t i = 0; i < LOCKS; i++)
		pthread_mutex_init(&locks[i].mutex, NULL);
}

static pthread_mutex_t *lock_of(const ompt_data_t *data)
{
	return &locks[((uintptr_t)data >> 6) % LOCKS].mutex;
}

static void lock(const struct task *task)
{
	if (task->lock != NULL)
		pthread_mutex_lock(task->lock);
}

static void unlock(const struct task *task)
{
	if (task->lock != NULL)
		pthread_mutex_unlock(task->lock);
}

/* --- records --- */

/* What libomp keeps for a task: its record, or, when it is finished, its handle and an odd number, or nothing. */
static struct task *task_of(const ompt_data_t *data)
{
	if (data == NULL || data->value == 0 || data->value % 2 != 0)
		return NULL;
	struct task *task = data->ptr;
	return task->generation == session_generation() ? task : NULL;
}

static struct task *task_new(enum task_state state)
{
	struct task *task = calloc(1, sizeof(*task));
	if (task == NULL)
		return NULL;
	task->state = state;
	task->generation = session_generation();
	task->references = 1;
	return task;
}

static void drop(struct task *task)
{
	lock(task);
	const bool is_last = --task->references == 0;
	unlock(task);
	if (is_last)
		free(task);
}

/* --- the stack of tasks that a thread is in --- */

static void push(struct thread *thread, struct task *task)
{
	lock(task);
	task->references++;
	unlock(task);
	task->below = thread->top;
	thread->top = task;
}

static struct task *pop(struct thread *thread)
{
	struct task *task = thread->top;
	thread->top = task->below;
	return task;
}

/* Of the innermost region that the thread is in; NULL if it is in none that is known. */
static struct task *innermost_implicit(const struct thread *thread)
{
	struct task *at = thread->top;
	while (at != NULL && at->state != TASK_IMPLICIT)
		at = at->below;
	return at;
}

static bool is_in(const struct thread *thread, const struct task *task)
{
	const struct task *at = thread->top;
	while (at != NULL && at != task)
		at = at->below;
	return at != NULL;
}

/*
 * Leaves the tasks above `task`. libomp does not tell when a thread comes to the end of an untied task whose earlier
 * part another thread has not yet returned from: that one will say that the task is complete. Here the run is over.
 */
static void leave_above(struct thread *thread, const struct task *task)
{
	while (thread->top != task) {
		struct task *left = pop(thread);
		if (left->state != TASK_IMPLICIT)
			wsc_exec_complete(thread->worker, left->handle);
		drop(left);
	}
}

/* Only untied tasks end unheard. */
static bool are_untied_above(const struct thread *thread, const struct task *task)
{
	const struct task *at = thread->top;
	while (at != NULL && at != task && at->state != TASK_IMPLICIT && at->is_untied)
		at = at->below;
	return at == task;
}

void task_leave_all(struct thread *thread)
{
	task_settle(thread, NULL);
	leave_above(thread, NULL);
}

bool task_is_inside(const struct thread *thread)
{
	const struct task *at = thread->top;
	while (at != NULL && at->state == TASK_IMPLICIT)
		at = at->below;
	return at != NULL;
}

void task_implicit_begins(struct thread *thread)
{
	struct task *task = task_new(TASK_IMPLICIT);
	if (task == NULL)
		return;
	push(thread, task);
	drop(task); /* the stack keeps it */
}

void task_implicit_ends(struct thread *thread)
{
	const struct task *task = innermost_implicit(thread);
	if (task == NULL)
		return;
	leave_above(thread, task);
	drop(pop(thread));
}

/* --- dependences --- */

/* Called with the task's lock. It is before libomp queues it, unless the creator comes late; then it has not begun. */
static void queue_when_ready(struct thread *thread, struct task *task, uint32_t queue)
{
	if (--task->waits > 0 || task->state != TASK_CREATED)
		return;
	task->state = TASK_QUEUED;
	task->queue = queue;
	wsc_queued_on(thread->worker, task->handle, queue);
}

/* All its dependences were told. */
static void release_held(struct thread *thread)
{
	struct task *task = thread->held;
	thread->held = NULL;
	lock(task);
	queue_when_ready(thread, task, task->has_predecessors ? SESSION_QUEUE_RELEASED : thread->id);
	unlock(task);
	drop(task);
}

static void release_successors(struct thread *thread, struct successor *successors)
{
	while (successors != NULL) {
		struct successor *next = successors->next;
		lock(successors->task);
		if (thread != NULL)
			queue_when_ready(thread, successors->task, SESSION_QUEUE_RELEASED);
		else
			successors->task->waits--;
		unlock(successors->task);
		free(successors);
		successors = next;
	}
}

static bool link_successor(ompt_data_t *source_data, struct successor *link)
{
	pthread_mutex_t *mutex = lock_of(source_data);
	pthread_mutex_lock(mutex);
	struct task *source = task_of(source_data);
	const bool is_linked = source != NULL && source->has_dependences;
	if (is_linked) {
		link->next = source->successors;
		source->successors = link;
	}
	pthread_mutex_unlock(mutex);
	return is_linked;
}

void task_depend(ompt_data_t *source_data, ompt_data_t *sink_data)
{
	struct task *sink = task_of(sink_data);
	if (sink == NULL || !sink->has_dependences)
		return;
	struct successor *link = malloc(sizeof(*link));
	lock(sink);
	sink->has_predecessors = true;
	sink->waits++; /* first: the source may end at once */
	unlock(sink);
	if (link != NULL) {
		link->task = sink;
		if (link_successor(source_data, link))
			return;
	}
	/* The source said that it is over, and is about to release its successors. */
	free(link);
	lock(sink);
	sink->waits--;
	unlock(sink);
}

/* --- the life of a task --- */

/* Whether the record is that of the task that libomp says the thread is in: NULL if it is an implicit one. */
static bool is_on_top(const struct thread *thread, const struct task *task)
{
	return task != NULL ? thread->top == task : thread->top == NULL || thread->top->state == TASK_IMPLICIT;
}

void task_settle(struct thread *thread, const ompt_data_t *current)
{
	thread->fresh = NULL;
	if (thread->held != NULL)
		release_held(thread);
	if (current == NULL)
		return;
	/* Only compared: what a thread says at the end of a region may be of one that is over. */
	const struct task *task = current->value != 0 ? current->ptr : innermost_implicit(thread);
	if (are_untied_above(thread, task))
		leave_above(thread, task);
}

void task_create(struct thread *thread, ompt_data_t *data, int flags, bool has_dependences)
{
	struct task *task = task_new(TASK_CREATED);
	data->ptr = task;
	if (task == NULL)
		return;
	const bool is_deferred = (flags & ompt_task_undeferred) == 0;
	task->handle = thread_new_handle(thread);
	task->is_untied = (flags & ompt_task_untied) != 0;
	task->has_dependences = has_dependences && is_deferred;
	if (task->is_untied || task->has_dependences)
		task->lock = lock_of(data);
	if (task->has_dependences) {
		task->waits = 1;
		task->references++;
		thread->held = task;
	} else if (is_deferred) {
		task->state = TASK_QUEUED;
		task->queue = thread->id;
		thread->fresh = task;
		wsc_queued(thread->worker, task->handle);
	}
}

static void start(struct thread *thread, struct task *task, bool was_not_pushed)
{
	lock(task);
	const enum task_state state = task->state;
	task->state = TASK_RUNNING;
	unlock(task);
	if (state == TASK_RUNNING) { /* twice at once: for the record, but it stays where it was */
		wsc_exec_start(thread->worker, task->handle);
		return;
	}
	if (state == TASK_QUEUED && task->queue == thread->id && was_not_pushed)
		wsc_push_failed(thread->worker, task->handle, task->queue);
	else if (state == TASK_QUEUED && task->queue != thread->id && task->queue != SESSION_QUEUE_RELEASED)
		wsc_steal_success_inferred(thread->worker, task->handle, task->queue);
	if (task->has_started)
		wsc_resumed(thread->worker, task->handle);
	else
		wsc_exec_start(thread->worker, task->handle);
	task->has_started = true;
	push(thread, task);
}

/* libomp is about to push the rest of an untied task on this thread's deque. */
static void suspend(struct thread *thread, struct task *task)
{
	pop(thread);
	wsc_suspended(thread->worker, task->handle);
	wsc_queued(thread->worker, task->handle);
	lock(task);
	task->state = TASK_QUEUED;
	task->queue = thread->id;
	unlock(task);
	drop(task);
}

void task_switch(struct thread *thread, ompt_data_t *prior_data, ompt_task_status_t status, ompt_data_t *next_data)
{
	struct task *prior = task_of(prior_data), *next = task_of(next_data);
	/* The creator, which is still in what it was in, runs what it has just created; or a task runs its own rest. */
	const bool is_creator = next != NULL && next == thread->fresh && is_on_top(thread, prior);
	const bool was_not_pushed = status == ompt_task_switch && (is_creator || next == prior);
	if (next != NULL && next == thread->held) { /* its creator runs it: it was not queued, or at once taken again */
		thread->held = NULL;
		drop(next);
	}
	task_settle(thread, prior_data);
	const bool goes_back = next != NULL ? is_in(thread, next) : next_data->value == 0;
	/* Back to itself, where it runs its own rest. */
	if (prior != NULL && prior->is_untied && prior == thread->top && goes_back)
		suspend(thread, prior);
	else if (next != NULL)
		start(thread, next, was_not_pushed);
	else if (next_data->value % 2 != 0) /* it is finished, and runs again */
		wsc_exec_start(thread->worker, next_data->value / 2);
}

void task_finish(struct thread *thread, ompt_data_t *data, ompt_task_status_t status)
{
	struct task *task = task_of(data);
	task_settle(thread, data);
	if (task == NULL)
		return;
	lock(task);
	const enum task_state state = task->state;
	const bool is_detached = status == ompt_task_detach;
	struct successor *successors = is_detached ? NULL : task->successors;
	task->state = is_detached ? TASK_DETACHED : TASK_FINISHED;
	if (!is_detached)
		data->value = task->handle << 1 | 1;
	unlock(task);
	if (is_in(thread, task)) {
		wsc_exec_complete(thread->worker, task->handle);
		pop(thread);
		drop(task);
	} else if (state != TASK_RUNNING) {
		wsc_cancelled(thread->worker, task->handle);
	}
	if (is_detached)
		return;
	release_successors(thread, successors);
	drop(task);
}

void task_fulfil(struct thread *thread, ompt_data_t *data)
{
	struct task *task = task_of(data);
	if (task == NULL || task->state != TASK_DETACHED)
		return;
	lock(task);
	struct successor *successors = task->successors;
	data->value = task->handle << 1 | 1;
	unlock(task);
	release_successors(thread, successors);
	drop(task);
}
