/* SPDX-License-Identifier: MIT */
/*
 * Fork-join: a worker that waits for a child runs whatever it finds meanwhile, so one worker's runs nest. Recorded
 * with the hooks of <wscheck/hooks.h>, which know the thread's worker by themselves.
 */
#include <sched.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <unistd.h>
#include <wscheck/hooks.h>

#include "sample.h"

enum { N = 20, FIB_N = 6765, DEQUE_CAPACITY = 1024, TASKS_MAX = 1 << 17 };
enum { BUG_NONE, BUG_COPY, BUG_NEWEST };
static const char *const bugs[] = {
    "copy",   /* a thief leaves the first task that it takes in the deque, once */
    "newest", /* thieves take the newest task instead of the oldest */
    NULL,
};

struct task {
	uint64_t id;
	unsigned n, result;
	atomic_bool is_done;
};

/* The owner pushes and takes at the bottom, thieves take at the top. */
struct deque {
	pthread_mutex_t lock;
	unsigned top, bottom;
	struct task *tasks[DEQUE_CAPACITY];
};

static struct sample_options options;
static wsc_recorder *recorder;
static struct deque deques[SAMPLE_WORKERS_MAX];
static struct task tasks[TASKS_MAX];
static atomic_uint task_count;
static atomic_bool has_struck; /* the planted defect */
static struct task *root;
static _Thread_local unsigned self;

static struct task *new_task(unsigned n)
{
	const unsigned index = atomic_fetch_add(&task_count, 1);
	if (index >= TASKS_MAX)
		sample_die("fork-join: too many tasks");
	tasks[index].id = index + 1;
	tasks[index].n = n;
	return &tasks[index];
}

/* False: the deque is full. */
static bool push(struct task *task)
{
	struct deque *own = &deques[self];
	bool has_room;
	pthread_mutex_lock(&own->lock);
	has_room = own->bottom - own->top < DEQUE_CAPACITY;
	if (has_room) {
		WSC_HOOK_QUEUED(task->id); /* before the store that makes it visible; here: before the unlock */
		own->tasks[own->bottom++ % DEQUE_CAPACITY] = task;
	}
	pthread_mutex_unlock(&own->lock);
	return has_room;
}

static struct task *take(void)
{
	struct deque *own = &deques[self];
	struct task *task = NULL;
	pthread_mutex_lock(&own->lock);
	if (own->bottom != own->top)
		task = own->tasks[--own->bottom % DEQUE_CAPACITY];
	pthread_mutex_unlock(&own->lock);
	return task; /* records nothing: exec_start follows at once */
}

/* What a thief takes, under the lock. */
static struct task *take_oldest(struct deque *from)
{
	if (from->bottom == from->top)
		return NULL;
	if (options.bug == BUG_NEWEST) {
		if (from->bottom - from->top > 1)
			atomic_store(&has_struck, true);
		return from->tasks[--from->bottom % DEQUE_CAPACITY];
	}
	if (options.bug == BUG_COPY && !atomic_exchange(&has_struck, true))
		return from->tasks[from->top % DEQUE_CAPACITY];
	return from->tasks[from->top++ % DEQUE_CAPACITY];
}

static struct task *steal(unsigned victim)
{
	WSC_HOOK_STEAL_START(victim); /* before the attempt */
	pthread_mutex_lock(&deques[victim].lock);
	struct task *task = take_oldest(&deques[victim]);
	pthread_mutex_unlock(&deques[victim].lock);
	if (task == NULL) {
		WSC_HOOK_STEAL_FAILURE(victim, WSC_REASON_EMPTY);
		return NULL;
	}
	WSC_HOOK_STEAL_SUCCESS(task->id, victim); /* after it */
	return task;
}

static unsigned fib(unsigned n);

static void execute(struct task *task)
{
	WSC_HOOK_EXEC_START(task->id);
	task->result = fib(task->n);
	WSC_HOOK_EXEC_COMPLETE(task->id); /* before the one that waits hears of it */
	atomic_store(&task->is_done, true);
}

/* Runs one task, the worker's newest or another's oldest, or sleeps a little. */
static void help(void)
{
	static _Thread_local unsigned next;
	struct task *task = take();
	if (task == NULL)
		task = steal((self + 1 + next++ % (options.workers - 1)) % options.workers);
	if (task != NULL)
		execute(task);
	else
		usleep(50); /* a real one would park */
}

static void fork_task(struct task *task)
{
	if (!push(task))
		execute(task); /* never queued: an inline run */
}

static void join(struct task *task)
{
	while (!atomic_load(&task->is_done))
		help();
}

/* The planted defects are those of thieves: worker 0 lets them come while it has something for them. */
static void wait_for_thieves(void)
{
	struct deque *own = &deques[self];
	bool has_tasks = options.bug != BUG_NONE && self == 0;
	while (has_tasks && !atomic_load(&has_struck)) {
		sched_yield();
		pthread_mutex_lock(&own->lock);
		has_tasks = own->bottom != own->top;
		pthread_mutex_unlock(&own->lock);
	}
}

static unsigned fib(unsigned n)
{
	sample_compute();
	if (n < 2) {
		wait_for_thieves();
		return n;
	}
	struct task *left = new_task(n - 1);
	fork_task(left);
	const unsigned right = fib(n - 2);
	join(left);
	return left->result + right;
}

static void *work(void *argument)
{
	self = (unsigned)(uintptr_t)argument;
	WSC_HOOK_ATTACH(recorder, self, NULL);
	sample_meet();
	if (self == 0)
		fork_task(root);
	join(root);
	WSC_HOOK_DETACH();
	return NULL;
}

int main(int argc, char **argv)
{
	(void)argc;
	struct wsc_options recording = WSC_OPTIONS_INIT;
	options = sample_options_read(argv, bugs);
	recording.path = options.trace;
	recorder = wsc_open(&recording);
	root = new_task(N);
	for (unsigned i = 0; i < options.workers; i++)
		pthread_mutex_init(&deques[i].lock, NULL);
	sample_run(options.workers, work);
	if (wsc_close(recorder, WSC_END_CLEAN) != 0)
		return 2;
	printf("fib(%d) = %u, %u tasks\n", (int)N, root->result, atomic_load(&task_count));
	return root->result == FIB_N ? 0 : 1;
}
