/* SPDX-License-Identifier: MIT */
#include "scheduler.h"

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdbool.h>

/* Oldest at `head`, newest before `tail`. */
struct queue {
	pthread_mutex_t lock;
	unsigned tasks[SCHEDULER_TASKS_MAX];
	unsigned head, tail;
};

struct scheduler {
	const struct scheduler_options *options;
	struct queue queues[SCHEDULER_WORKERS_MAX];
	pthread_mutex_t check_lock;
	atomic_bool stolen; /* some thief took a task */
	atomic_bool struck; /* the bug has struck */
	atomic_ulong sum;
};

struct worker {
	struct scheduler *scheduler;
	uint32_t id;
	pthread_t thread;
};

/* One call on the checker, under the lock that makes it a checker of all workers. */
#define CHECK(s, call)                                                                                                 \
	do {                                                                                                           \
		if ((s)->options->check != NULL) {                                                                     \
			pthread_mutex_lock(&(s)->check_lock);                                                          \
			(void)wsc_check_##call;                                                                        \
			pthread_mutex_unlock(&(s)->check_lock);                                                        \
		}                                                                                                      \
	} while (0)

static void push(struct worker *w, unsigned task)
{
	struct scheduler *s = w->scheduler;
	struct queue *own = &s->queues[w->id];
	CHECK(s, queued(s->options->check, w->id, task)); /* before anyone can see it */
	pthread_mutex_lock(&own->lock);
	own->tasks[own->tail++] = task;
	pthread_mutex_unlock(&own->lock);
}

/* 0: the queue is empty. */
static unsigned take(struct worker *w)
{
	struct scheduler *s = w->scheduler;
	struct queue *own = &s->queues[w->id];
	pthread_mutex_lock(&own->lock);
	unsigned task = own->tail > own->head ? own->tasks[--own->tail] : 0;
	pthread_mutex_unlock(&own->lock);
	if (task != 0)
		CHECK(s, dequeued(s->options->check, w->id, task)); /* after the take */
	return task;
}

static unsigned take_oldest(struct scheduler *s, struct queue *from)
{
	unsigned task = 0;
	pthread_mutex_lock(&from->lock);
	if (from->tail > from->head) {
		if (s->options->bug == SCHEDULER_BUG_NEWEST)
			task = from->tasks[--from->tail];
		else if (s->options->bug == SCHEDULER_BUG_COPY && !atomic_exchange(&s->struck, true))
			task = from->tasks[from->head];
		else
			task = from->tasks[from->head++];
	}
	pthread_mutex_unlock(&from->lock);
	return task;
}

static unsigned steal(struct worker *w, uint32_t victim)
{
	struct scheduler *s = w->scheduler;
	wsc_check *check = s->options->check;
	CHECK(s, steal_start(check, w->id, victim)); /* before the attempt */
	unsigned task = take_oldest(s, &s->queues[victim]);
	if (task == 0) {
		CHECK(s, steal_failure(check, w->id, victim, WSC_REASON_EMPTY));
		return 0;
	}
	CHECK(s, steal_success(check, w->id, task, victim)); /* after it, and only if it took a task */
	atomic_store(&s->stolen, true);
	return task;
}

static void execute(struct worker *w, unsigned task)
{
	struct scheduler *s = w->scheduler;
	CHECK(s, exec_start(s->options->check, w->id, task));
	atomic_fetch_add(&s->sum, task);
	/* The owner's first task is a long one: it lasts until a thief has come. */
	while (w->id == 0 && !atomic_load(&s->stolen))
		sched_yield();
	CHECK(s, exec_complete(s->options->check, w->id, task)); /* before anybody hears of it */
}

/* The worker's own newest task, else another worker's oldest. 0: there is none anywhere. */
static unsigned find(struct worker *w)
{
	struct scheduler *s = w->scheduler;
	unsigned task = take(w);
	for (unsigned i = 1; task == 0 && i < s->options->workers; i++)
		task = steal(w, (w->id + i) % s->options->workers);
	return task;
}

static void *work(void *context)
{
	struct worker *w = context;
	struct scheduler *s = w->scheduler;
	for (unsigned task; (task = find(w)) != 0;) {
		/* Only worker 0 has tasks of its own: what another runs is stolen. */
		if (s->options->bug == SCHEDULER_BUG_DROP && w->id != 0 && !atomic_exchange(&s->struck, true))
			continue;
		execute(w, task);
	}
	return NULL;
}

static void init(struct scheduler *s, const struct scheduler_options *options)
{
	s->options = options;
	pthread_mutex_init(&s->check_lock, NULL);
	atomic_init(&s->stolen, false);
	atomic_init(&s->struck, false);
	atomic_init(&s->sum, 0);
	for (unsigned i = 0; i < options->workers; i++) {
		pthread_mutex_init(&s->queues[i].lock, NULL);
		s->queues[i].head = s->queues[i].tail = 0;
	}
}

int scheduler_run(const struct scheduler_options *options, unsigned long *sum)
{
	static struct scheduler s; /* one run at a time */
	struct worker workers[SCHEDULER_WORKERS_MAX];
	unsigned started = 0;
	init(&s, options);
	for (unsigned i = 0; i < options->workers; i++)
		workers[i] = (struct worker){.scheduler = &s, .id = i};
	for (unsigned task = 1; task <= options->tasks; task++)
		push(&workers[0], task);
	while (started < options->workers &&
	       pthread_create(&workers[started].thread, NULL, work, &workers[started]) == 0)
		started++;
	if (started < options->workers)
		atomic_store(&s.stolen, true); /* nobody may come: let the owner go */
	for (unsigned i = 0; i < started; i++)
		pthread_join(workers[i].thread, NULL);
	*sum = atomic_load(&s.sum);
	return started == options->workers ? 0 : -1;
}
