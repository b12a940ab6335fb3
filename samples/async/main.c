/* SPDX-License-Identifier: MIT */
/*
 * An async runtime: tasks are polled again and again, each time one of them is woken. A task may be woken, and so
 * queued, while it is being polled, but is never polled by two workers at once: its handle is `polled`. Each poll is a
 * run. Woken by a worker, a task goes into that worker's LIFO slot, which thieves don't see, and whatever was there to
 * the back of the worker's queue; woken from outside, into the injector, which all share.
 *
 * The work: tokens go from task to task until they have made their hops.
 */
#include <sched.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <unistd.h>
#include <wscheck/record.h>

#include "sample.h"

enum { TASKS = 64, TOKENS = 16, HOPS = 4000, YIELD_EVERY = 8, INJECTOR_EVERY = 61 };
enum { OUTSIDE = 100, INJECTOR = 101, SLOTS = 200 }; /* ids beside those of the workers and their queues */
enum { BUG_NONE, BUG_TWO_POLLS, BUG_DOUBLE_WAKE };
static const char *const bugs[] = {
    "two-polls",   /* a task that was woken is polled at once, even if it is being polled */
    "double-wake", /* a wake does not see that the task is queued already, once */
    NULL,
};

struct task {
	uint64_t id;
	atomic_uint inbox; /* tokens */
	atomic_bool is_queued;
	atomic_uint polls;
	pthread_mutex_t polling; /* held during a poll */
};

/* First in, first out. A task is queued once at most, so TASKS places would do without the planted defects. */
struct queue {
	pthread_mutex_t lock;
	unsigned head, tail;
	struct task *tasks[2 * TASKS];
};

struct worker {
	wsc_worker *recorded;
	unsigned id;
	unsigned ticks;
	struct task *slot; /* the worker's alone */
	struct queue queue;
};

static struct sample_options options;
static wsc_recorder *recorder;
static struct worker workers[SAMPLE_WORKERS_MAX];
static struct queue injector;
static struct task tasks[TASKS];
static atomic_int hops_left, tokens_arrived;
static atomic_int busy; /* tasks queued or running, and the thread outside: at 0 nobody can wake anybody any more */
static atomic_bool has_struck;

static void queue_push(struct queue *queue, struct task *task)
{
	pthread_mutex_lock(&queue->lock);
	queue->tasks[queue->tail++ % (2 * TASKS)] = task;
	pthread_mutex_unlock(&queue->lock);
}

static struct task *queue_take(struct queue *queue)
{
	struct task *task = NULL;
	pthread_mutex_lock(&queue->lock);
	if (queue->head != queue->tail)
		task = queue->tasks[queue->head++ % (2 * TASKS)];
	pthread_mutex_unlock(&queue->lock);
	return task;
}

static void inject(wsc_worker *recorded, struct task *task)
{
	wsc_queued_on(recorded, task->id, INJECTOR); /* before the push */
	queue_push(&injector, task);
}

static void schedule(struct worker *w, struct task *task)
{
	struct task *older = w->slot;
	if (older != NULL) {
		w->slot = NULL;
		wsc_dequeued_from(w->recorded, older->id, SLOTS + w->id);
		wsc_queued(w->recorded, older->id);
		queue_push(&w->queue, older);
	}
	wsc_queued_on(w->recorded, task->id, SLOTS + w->id);
	w->slot = task;
}

/* Whether the caller is to queue the task: it is not queued yet. */
static bool claim(struct task *task)
{
	bool is_ours = !atomic_exchange(&task->is_queued, true);
	if (!is_ours && options.bug == BUG_DOUBLE_WAKE)
		is_ours = !atomic_exchange(&has_struck, true);
	if (is_ours)
		atomic_fetch_add(&busy, 1);
	return is_ours;
}

static void wake(struct worker *w, struct task *task)
{
	if (claim(task))
		schedule(w, task);
}

static void wake_from_outside(wsc_worker *recorded, struct task *task)
{
	if (claim(task))
		inject(recorded, task);
}

/* The task waits, in the midst of its poll, until another worker polls it, too: only the defect lets that happen. */
static void wait_for_second_poll(struct worker *w, struct task *task)
{
	wake_from_outside(w->recorded, task);
	while (atomic_load(&task->polls) < 2)
		sched_yield();
}

static void poll_task(struct worker *w, struct task *task)
{
	const unsigned polls = atomic_fetch_add(&task->polls, 1) + 1;
	unsigned tokens = atomic_exchange(&task->inbox, 0);
	sample_compute();
	if (options.bug == BUG_TWO_POLLS && task == &tasks[0] && polls == 1)
		wait_for_second_poll(w, task);
	if (polls % YIELD_EVERY == 0)
		wake(w, task); /* in its own poll: it wants to be polled again */
	for (; tokens > 0; tokens--) {
		struct task *next = &tasks[(task->id * 5 + polls) % TASKS];
		if (atomic_fetch_sub(&hops_left, 1) <= 0) {
			atomic_fetch_add(&tokens_arrived, 1);
		} else {
			atomic_fetch_add(&next->inbox, 1);
			wake(w, next);
		}
	}
}

static void run(struct worker *w, struct task *task)
{
	const bool waits = options.bug != BUG_TWO_POLLS;
	if (waits)
		pthread_mutex_lock(&task->polling); /* until another worker's poll is over */
	wsc_exec_start(w->recorded, task->id);
	/* From here on a wake queues it again: after exec_start, or that would seem to be queued twice. */
	atomic_store(&task->is_queued, false);
	poll_task(w, task);
	wsc_exec_complete(w->recorded, task->id); /* before anybody else can poll it */
	if (waits)
		pthread_mutex_unlock(&task->polling);
	atomic_fetch_sub(&busy, 1);
}

static struct task *take_from(struct worker *w, struct queue *queue, uint32_t id)
{
	struct task *task = queue_take(queue);
	if (task != NULL)
		wsc_dequeued_from(w->recorded, task->id, id); /* after a take from a queue of which others take, too */
	return task;
}

static struct task *take_slot(struct worker *w)
{
	struct task *task = w->slot;
	w->slot = NULL;
	if (task != NULL)
		wsc_dequeued_from(w->recorded, task->id, SLOTS + w->id);
	return task;
}

static struct task *steal(struct worker *w)
{
	const unsigned victim = (w->id + 1 + w->ticks % (options.workers - 1)) % options.workers;
	wsc_steal_start(w->recorded, victim); /* before the attempt */
	struct task *task = queue_take(&workers[victim].queue);
	if (task != NULL)
		wsc_steal_success(w->recorded, task->id, victim); /* after it */
	else
		wsc_steal_failure(w->recorded, victim, WSC_REASON_EMPTY);
	return task;
}

static struct task *find(struct worker *w)
{
	struct task *task = ++w->ticks % INJECTOR_EVERY == 0 ? take_from(w, &injector, INJECTOR) : NULL;
	if (task == NULL)
		task = take_slot(w);
	if (task == NULL)
		task = take_from(w, &w->queue, w->id);
	if (task == NULL)
		task = take_from(w, &injector, INJECTOR);
	return task != NULL ? task : steal(w);
}

static void work(struct worker *w)
{
	w->recorded = wsc_attach(recorder, w->id, NULL);
	sample_meet();
	while (atomic_load(&busy) > 0) {
		struct task *task = find(w);
		if (task != NULL)
			run(w, task);
		else
			usleep(50); /* a real one would park */
	}
	wsc_detach(w->recorded);
}

/* A thread that is no worker, say the one that waits for the network: to the recorder it is a worker all the same. */
static void send_tokens(void)
{
	wsc_worker *recorded = wsc_attach(recorder, OUTSIDE, "outside");
	sample_meet();
	for (unsigned i = 0; i < TOKENS; i++) {
		atomic_fetch_add(&tasks[i].inbox, 1);
		wake_from_outside(recorded, &tasks[i]);
		usleep(50);
	}
	atomic_fetch_sub(&busy, 1);
	wsc_detach(recorded);
}

static void *start(void *argument)
{
	const unsigned id = (unsigned)(uintptr_t)argument;
	if (id < options.workers)
		work(&workers[id]);
	else
		send_tokens();
	return NULL;
}

static void init(void)
{
	pthread_mutex_init(&injector.lock, NULL);
	for (unsigned i = 0; i < options.workers; i++) {
		workers[i].id = i;
		pthread_mutex_init(&workers[i].queue.lock, NULL);
	}
	for (unsigned i = 0; i < TASKS; i++) {
		tasks[i].id = i + 1;
		pthread_mutex_init(&tasks[i].polling, NULL);
	}
	atomic_store(&hops_left, HOPS);
	atomic_store(&busy, 1);
}

int main(int argc, char **argv)
{
	(void)argc;
	struct wsc_queue_info queues[2 * SAMPLE_WORKERS_MAX + 1];
	struct wsc_options recording = WSC_OPTIONS_INIT;
	options = sample_options_read(argv, bugs);
	init();
	for (unsigned i = 0; i < options.workers; i++) {
		queues[2 * i] =
		    (struct wsc_queue_info){.queue = i, .has_discipline = 1, .discipline = WSC_DISCIPLINE_FIFO};
		queues[2 * i + 1] = (struct wsc_queue_info){
		    .queue = SLOTS + i, .has_owner = 1, .owner = i, .unstealable = 1, .capacity = 1, .name = "slot"};
	}
	queues[2 * options.workers] = (struct wsc_queue_info){
	    .queue = INJECTOR, .has_discipline = 1, .discipline = WSC_DISCIPLINE_FIFO, .name = "injector"};
	recording.path = options.trace;
	recording.identity = WSC_IDENTITY_POLLED;
	recording.queues = queues;
	recording.queue_count = 2 * options.workers + 1;
	recorder = wsc_open(&recording);
	sample_run(options.workers + 1, start);
	if (wsc_close(recorder, WSC_END_CLEAN) != 0)
		return 2;
	printf("%d of %d tokens arrived after %d hops\n", atomic_load(&tokens_arrived), (int)TOKENS, (int)HOPS);
	return atomic_load(&tokens_arrived) == TOKENS ? 0 : 1;
}
