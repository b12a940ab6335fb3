/* SPDX-License-Identifier: MIT */
/*
 * Steals continuations, as Cilk does: a worker that spawns a child runs it at once and leaves the rest of the parent
 * in its deque. If nobody has stolen that when the child is done, the worker goes on with it; else it is out of work.
 * So a task is suspended and queued at each spawn, and resumed by whoever takes it. A parent that waits for its
 * children is suspended without being queued; the last child to end queues it.
 *
 * The work: Fibonacci numbers, a task cut by hand into the steps between which it may change its worker.
 */
#include <sched.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <unistd.h>
#include <wscheck/record.h>

#include "sample.h"

enum { N = 16, FIB_N = 987, DEQUE_CAPACITY = 1024 };
enum { BUG_NONE, BUG_EARLY_PUSH, BUG_NEWEST };
static const char *const bugs[] = {
    "early-push", /* a continuation is in the deque before its worker has left it, once */
    "newest",     /* thieves take the newest continuation instead of the oldest */
    NULL,
};

struct task {
	uint64_t id;
	struct task *parent, *older; /* `older`: all tasks, so that they can be freed in the end */
	unsigned *result;
	unsigned n, left, right;
	enum { BEGIN, SPAWNED_LEFT, SPAWNED_RIGHT, WAITED } step;
	atomic_uint pending; /* children that run, and the task itself until it waits for them */
};

/* The owner pushes and takes at the bottom, thieves take at the top. */
struct worker {
	wsc_worker *recorded;
	unsigned id;
	unsigned attempts;
	pthread_mutex_t lock;
	unsigned top, bottom;
	struct task *deque[DEQUE_CAPACITY];
};

static struct sample_options options;
static wsc_recorder *recorder;
static struct worker workers[SAMPLE_WORKERS_MAX];
static atomic_uint task_count;
static _Atomic(struct task *) newest;
static atomic_bool has_struck, has_stolen, is_done; /* has_struck: the planted defect */
static unsigned root_result;

static struct task *new_task(struct task *parent, unsigned n, unsigned *result)
{
	struct task *task = calloc(1, sizeof(*task));
	if (task == NULL)
		sample_die("continuations: out of memory");
	task->id = atomic_fetch_add(&task_count, 1) + 1;
	task->parent = parent;
	task->n = n;
	task->result = result;
	atomic_init(&task->pending, 1);
	task->older = atomic_load(&newest);
	while (!atomic_compare_exchange_weak(&newest, &task->older, task))
		;
	return task;
}

static void push(struct worker *w, struct task *task)
{
	wsc_queued(w->recorded, task->id); /* before the push */
	pthread_mutex_lock(&w->lock);
	if (w->bottom - w->top == DEQUE_CAPACITY)
		sample_die("continuations: the deque is full");
	w->deque[w->bottom++ % DEQUE_CAPACITY] = task;
	pthread_mutex_unlock(&w->lock);
}

static struct task *take(struct worker *w)
{
	struct task *task = NULL;
	pthread_mutex_lock(&w->lock);
	if (w->bottom != w->top)
		task = w->deque[--w->bottom % DEQUE_CAPACITY];
	pthread_mutex_unlock(&w->lock);
	if (task != NULL)
		wsc_dequeued(w->recorded, task->id); /* after the take */
	return task;
}

static struct task *steal(struct worker *w)
{
	struct worker *victim = &workers[(w->id + 1 + w->attempts++ % (options.workers - 1)) % options.workers];
	struct task *task = NULL;
	wsc_steal_start(w->recorded, victim->id); /* before the attempt */
	pthread_mutex_lock(&victim->lock);
	if (victim->bottom != victim->top) {
		if (options.bug == BUG_NEWEST && victim->bottom - victim->top > 1)
			atomic_store(&has_struck, true);
		if (options.bug == BUG_NEWEST)
			task = victim->deque[--victim->bottom % DEQUE_CAPACITY];
		else
			task = victim->deque[victim->top++ % DEQUE_CAPACITY];
	}
	pthread_mutex_unlock(&victim->lock);
	if (task == NULL) {
		wsc_steal_failure(w->recorded, victim->id, WSC_REASON_EMPTY);
		return NULL;
	}
	wsc_steal_success(w->recorded, task->id, victim->id); /* after it */
	atomic_store(&has_stolen, true);
	return task;
}

/* The child to run next; from the push on, whoever takes the parent goes on with it. */
static struct task *spawn(struct worker *w, struct task *parent, unsigned n, unsigned *result)
{
	struct task *child = new_task(parent, n, result);
	atomic_fetch_add(&parent->pending, 1);
	if (options.bug == BUG_EARLY_PUSH && !atomic_exchange(&has_struck, true)) {
		push(w, parent);
		while (!atomic_load(&has_stolen))
			sched_yield();
		wsc_suspended(w->recorded, parent->id);
	} else {
		wsc_suspended(w->recorded, parent->id); /* before anybody can resume it */
		push(w, parent);
	}
	wsc_exec_start(w->recorded, child->id); /* it was never queued: an inline run */
	return child;
}

/* One of those that `pending` counts is through. The last makes the parent ready to go on. */
static void arrive(struct worker *w, struct task *parent)
{
	if (parent == NULL)
		atomic_store(&is_done, true);
	else if (atomic_fetch_sub(&parent->pending, 1) == 1)
		push(w, parent);
}

static void complete(struct worker *w, struct task *task, unsigned result)
{
	*task->result = result;
	wsc_exec_complete(w->recorded, task->id); /* before the parent hears of it */
	arrive(w, task->parent);
}

/* `newest` is a defect of thieves: worker 0 lets them come while it has something for them. */
static void wait_for_thieves(struct worker *w)
{
	bool has_tasks = options.bug == BUG_NEWEST && w->id == 0;
	while (has_tasks && !atomic_load(&has_struck)) {
		sched_yield();
		pthread_mutex_lock(&w->lock);
		has_tasks = w->bottom != w->top;
		pthread_mutex_unlock(&w->lock);
	}
}

/* One step of a task that the worker runs. The task that it runs next, or NULL. */
static struct task *step(struct worker *w, struct task *task)
{
	sample_compute();
	switch (task->step) {
	case BEGIN:
		if (task->n < 2) {
			wait_for_thieves(w);
			complete(w, task, task->n);
			return NULL;
		}
		task->step = SPAWNED_LEFT;
		return spawn(w, task, task->n - 1, &task->left);
	case SPAWNED_LEFT:
		task->step = SPAWNED_RIGHT;
		return spawn(w, task, task->n - 2, &task->right);
	case SPAWNED_RIGHT:
		task->step = WAITED;
		wsc_suspended(w->recorded, task->id); /* before the last child can queue it */
		arrive(w, task);
		return NULL;
	default:
		complete(w, task, task->left + task->right);
		return NULL;
	}
}

static void *work(void *argument)
{
	struct worker *w = &workers[(uintptr_t)argument];
	struct task *task = NULL;
	w->recorded = wsc_attach(recorder, w->id, NULL);
	sample_meet();
	if (w->id == 0) {
		task = new_task(NULL, N, &root_result);
		wsc_exec_start(w->recorded, task->id);
	}
	while (task != NULL || !atomic_load(&is_done)) {
		while (task != NULL)
			task = step(w, task);
		task = take(w);
		if (task == NULL)
			task = steal(w);
		if (task != NULL)
			wsc_resumed(w->recorded, task->id); /* now that the worker holds it */
		else
			usleep(50); /* a real one would park */
	}
	wsc_detach(w->recorded);
	return NULL;
}

int main(int argc, char **argv)
{
	(void)argc;
	struct wsc_options recording = WSC_OPTIONS_INIT;
	options = sample_options_read(argv, bugs);
	recording.path = options.trace;
	recorder = wsc_open(&recording);
	for (unsigned i = 0; i < options.workers; i++) {
		workers[i].id = i;
		pthread_mutex_init(&workers[i].lock, NULL);
	}
	sample_run(options.workers, work);
	for (struct task *task = atomic_load(&newest), *older; task != NULL; task = older) {
		older = task->older;
		free(task);
	}
	if (wsc_close(recorder, WSC_END_CLEAN) != 0)
		return 2;
	printf("fib(%d) = %u, %u tasks\n", (int)N, root_result, atomic_load(&task_count));
	return root_result == FIB_N ? 0 : 1;
}
