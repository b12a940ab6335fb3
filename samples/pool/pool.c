/* SPDX-License-Identifier: MIT */
#include "pool.h"

#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "arena.h"
#include "cpu.h"
#include "deque.h"
#include "order.h"

enum {
	IDS_PER_CHUNK = 1024,
	DEQUE_LOG2_CAPACITY = 6,
	HUNT_ROUNDS = 40,      /* rounds over the victims before a worker sleeps */
	HUNT_YIELD_ROUND = 24, /* from this round on the processor is given to others in between */
	HUNT_PAUSES_LOG2_MAX = 6,
	RUNS_CANCELLED = 1 << 30, /* in task.runs */
	DOUBLE_PUSH_ODDS = 512,
	DROP_STOLEN_ODDS = 8,
	RUN_CANCELLED_ODDS = 64,
	LOST_WAKEUP_NS = 5000000,
	WATCHDOG_MS = 20
};

#define UNLIKELY(x) __builtin_expect(!!(x), 0)

struct worker {
	struct deque deque;
	/* From here on the worker's own, but for the counts, which it alone writes. */
	_Alignas(DEQUE_LINE_BYTES) struct pool *pool;
	wsc_worker *recorded;
	unsigned id;
	uint64_t random;
	uint64_t next_id; /* the next task id of the worker's chunk, and how many are left */
	uint64_t ids_left;
	struct arena arena;
	_Atomic uint64_t done;
	_Atomic uint64_t repeated;
	_Atomic uint64_t stolen;
	pthread_t thread;
};

struct pool {
	unsigned workers;
	unsigned batch;
	enum bug bug;
	wsc_recorder *recorder;
	_Alignas(DEQUE_LINE_BYTES) _Atomic uint64_t next_chunk;
	_Atomic bool stopping;
	struct sleepers sleepers;
	pthread_mutex_t mutex; /* for `arrived` and `finished` */
	pthread_cond_t cond;
	unsigned arrived; /* workers that run */
	bool finished;
	struct worker all[]; /* the workers, and after them the thread outside */
};

static _Noreturn void die(const char *why)
{
	fprintf(stderr, "pool: %s\n", why);
	_Exit(2);
}

/* xorshift64* (Marsaglia 2003, Vigna 2016). */
static uint64_t worker_random(struct worker *worker)
{
	uint64_t x = worker->random;

	x ^= x >> 12;
	x ^= x << 25;
	x ^= x >> 27;
	worker->random = x;
	return (x * 0x2545f4914f6cdd1d) >> 16;
}

/* Whether a defect that strikes once in `odds` times strikes now. */
static bool strikes(struct worker *worker, enum bug bug, uint64_t odds)
{
	return UNLIKELY(worker->pool->bug == bug) && worker_random(worker) % odds == 0;
}

/* Relaxed: one thread writes, others read a sum that may be a little old. So no read-modify-write either. */
static void count(_Atomic uint64_t *counter, uint64_t more)
{
	atomic_store_explicit(counter, atomic_load_explicit(counter, memory_order_relaxed) + more,
	                      memory_order_relaxed);
}

/* --- Tasks --- */

void *worker_alloc(struct worker *worker, size_t bytes)
{
	void *piece = arena_alloc(&worker->arena, bytes);

	if (!piece)
		die("out of memory for tasks");
	return piece;
}

/* Ids are unique for the whole run and dense: a worker takes them from the shared counter by the chunk. */
static uint64_t new_id(struct worker *worker)
{
	if (worker->ids_left == 0) {
		/* Relaxed: a counter; nothing is published with it. */
		worker->next_id =
		    atomic_fetch_add_explicit(&worker->pool->next_chunk, IDS_PER_CHUNK, memory_order_relaxed);
		worker->ids_left = IDS_PER_CHUNK;
	}
	worker->ids_left--;
	return worker->next_id++;
}

void task_init(struct worker *worker, struct task *task, task_run *run)
{
	task->id = new_id(worker);
	task->run = run;
	task->parent = NULL;
	atomic_init(&task->pending, 0);
	atomic_init(&task->runs, 0);
}

void task_then(struct task *task, struct task *continuation, uint32_t children)
{
	continuation->parent = task->parent;
	task->parent = continuation;
	/* Relaxed: the children that count it down don't exist yet; queueing them publishes it. */
	atomic_store_explicit(&continuation->pending, children + 1, memory_order_relaxed);
}

/* After a push: if somebody sleeps, one of them is woken. */
static void wake_one(struct worker *worker)
{
	struct pool *pool = worker->pool;
	const int sleeper = sleepers_pick(&pool->sleepers);

	if (sleeper == SLEEPERS_NONE)
		return;
	/* Before the signal: the woken worker may run at once. */
	wsc_wake(worker->recorded, (uint32_t)sleeper);
	if (pool->bug == BUG_LOST_WAKEUP)
		sleepers_wake_asleep(&pool->sleepers, (unsigned)sleeper);
	else
		sleepers_wake(&pool->sleepers, (unsigned)sleeper);
}

static void push(struct worker *worker, struct task *task)
{
	struct pool *pool = worker->pool;

	if (!deque_reserve(&worker->deque))
		die("out of memory for a deque");
	/* Before the push: once a thief can see the task, its steal may be stamped. */
	wsc_queued(worker->recorded, task->id);
	if (UNLIKELY(pool->bug != BUG_NONE))
		bugs_push(pool->bug, &worker->deque, task, worker_random(worker));
	else
		deque_push(&worker->deque, task);
	wake_one(worker);
}

/* Decides by the same word as execute(), so either the cancellation wins or the run. */
static void cancel(struct worker *worker, struct task *task)
{
	uint32_t none = 0;

	/* Relaxed: the word alone decides. */
	if (atomic_compare_exchange_strong_explicit(&task->runs, &none, RUNS_CANCELLED, memory_order_relaxed,
	                                            memory_order_relaxed))
		wsc_cancelled(worker->recorded, task->id);
}

/* Makes a task ready to run. */
static void queue(struct worker *worker, struct task *task)
{
	push(worker, task);
	if (strikes(worker, BUG_DOUBLE_PUSH, DOUBLE_PUSH_ODDS))
		push(worker, task);
	if (strikes(worker, BUG_RUN_CANCELLED, RUN_CANCELLED_ODDS))
		cancel(worker, task);
}

void worker_fork(struct worker *worker, struct task *continuation, struct task *child)
{
	child->parent = continuation;
	queue(worker, child);
}

static void finish(struct pool *pool)
{
	pthread_mutex_lock(&pool->mutex);
	pool->finished = true;
	pthread_cond_signal(&pool->cond);
	pthread_mutex_unlock(&pool->mutex);
}

/*
 * Runs a task that the worker holds. A task that the pool hands out twice is counted and run twice, but tells its
 * parent only once: so a planted defect remains the one that was planted, and the joins stay exact.
 */
static void execute(struct worker *worker, struct task *task)
{
	struct task *parent;
	/* Relaxed: the deque handed the task over and ordered it; the word only tells first from second. */
	uint32_t runs = atomic_fetch_add_explicit(&task->runs, 1, memory_order_relaxed);
	bool again = (runs & ~(uint32_t)RUNS_CANCELLED) != 0;

	wsc_exec_start(worker->recorded, task->id);
	task->run(worker, task, again);
	parent = task->parent;
	/* Before the parent hears of it: that may end the computation, and free or reuse the task. */
	wsc_exec_complete(worker->recorded, task->id);
	if (again) {
		count(&worker->repeated, 1);
		return;
	}
	count(&worker->done, 1);
	if (!parent)
		finish(worker->pool);
	/*
	 * Release: what the task wrote is there before the count. Acquire: whoever counts to zero has all that the
	 * other children wrote, and passes it on with the push.
	 */
	else if (atomic_fetch_sub_explicit(&parent->pending, 1, memory_order_acq_rel) == 1)
		queue(worker, parent);
}

/* --- Work: take, steal, sleep --- */

static struct task *take(struct worker *worker)
{
	/* Nothing is recorded here: exec_start follows at once and says it all. */
	if (UNLIKELY(worker->pool->bug != BUG_NONE))
		return bugs_take(worker->pool->bug, &worker->deque);
	return deque_take(&worker->deque);
}

static enum deque_answer steal_one(struct worker *worker, struct worker *victim, struct task **task)
{
	enum deque_answer answer;
	void *item = NULL;

	if (UNLIKELY(worker->pool->bug != BUG_NONE))
		answer = bugs_steal(worker->pool->bug, &victim->deque, &item);
	else
		answer = deque_steal(&victim->deque, &item);
	*task = item;
	return answer;
}

/*
 * One attempt: up to `batch` tasks of one victim, stolen one by one. The thief keeps the first for itself and queues
 * the rest as its own, in the order in which they were queued before.
 */
static struct task *steal(struct worker *worker, struct worker *victim)
{
	struct task *loot[POOL_BATCH_MAX];
	enum deque_answer answer;
	unsigned taken = 0;

	/* Before the attempt reads anything. */
	wsc_steal_start(worker->recorded, victim->id);
	while ((answer = steal_one(worker, victim, &loot[taken])) == DEQUE_TAKEN)
		if (++taken == worker->pool->batch)
			break;
	/* After the compare-and-swaps: only then is it known that this thief has them, and what they are. */
	for (unsigned i = 0; i < taken; i++)
		wsc_steal_success(worker->recorded, loot[i]->id, victim->id);
	if (taken == 0) {
		wsc_steal_failure(worker->recorded, victim->id,
		                  answer == DEQUE_EMPTY ? WSC_REASON_EMPTY : WSC_REASON_LOST_RACE);
		return NULL;
	}
	count(&worker->stolen, taken);
	for (unsigned i = 1; i < taken; i++)
		push(worker, loot[i]);
	return strikes(worker, BUG_DROP_STOLEN, DROP_STOLEN_ODDS) ? NULL : loot[0];
}

/*
 * One round over all victims, from a random one on. That one is tried for good, which is what the trace then says of
 * the round; the others only if they seem to have something, so that idle workers don't fill the trace.
 */
static struct task *hunt(struct worker *worker)
{
	struct pool *pool = worker->pool;
	const unsigned victims = pool->workers + 1;
	const unsigned from = (unsigned)(worker_random(worker) % victims);
	bool tried = false;

	for (unsigned i = 0; i < victims; i++) {
		struct worker *victim = &pool->all[(from + i) % victims];
		struct task *task;

		if (victim == worker || (tried && deque_looks_empty(&victim->deque)))
			continue;
		tried = true;
		task = steal(worker, victim);
		if (task)
			return task;
	}
	return NULL;
}

static void pause_between(unsigned round)
{
	const unsigned log2 = round < HUNT_PAUSES_LOG2_MAX ? round : HUNT_PAUSES_LOG2_MAX;

	if (round >= HUNT_YIELD_ROUND) {
		sched_yield();
		return;
	}
	for (unsigned i = 0; i < 1U << log2; i++)
		cpu_relax();
}

static bool stopping(struct pool *pool)
{
	/* Relaxed: pool_free() wakes everybody after setting it, and a worker that misses it now looks again. */
	return atomic_load_explicit(&pool->stopping, memory_order_relaxed);
}

static bool work_in_sight(struct pool *pool)
{
	for (unsigned i = 0; i <= pool->workers; i++)
		if (!deque_looks_empty(&pool->all[i].deque))
			return true;
	return false;
}

/* Sleeps until there may be work again, unless there is some already. */
static void rest(struct worker *worker)
{
	struct pool *pool = worker->pool;

	sleepers_announce(&pool->sleepers, worker->id);
	/*
	 * lost-wakeup: there is no last look, and a wake-up that comes before the worker sleeps is lost. To linger stretches
	 * the moment in which that happens from nanoseconds, which take days to hit, to what a run of a second hits.
	 */
	if (UNLIKELY(pool->bug == BUG_LOST_WAKEUP))
		bugs_linger(LOST_WAKEUP_NS);
	/* The last look. If somebody picked this worker meanwhile, the wake-up is on its way and ends the sleep. */
	else if (work_in_sight(pool) && sleepers_withdraw(&pool->sleepers, worker->id))
		return;
	wsc_parked(worker->recorded);
	sleepers_sleep(&pool->sleepers, worker->id);
	wsc_unparked(worker->recorded);
}

/* lost-wakeup gives up at once, so that each lull of the work is a chance to miss the end of it. */
static unsigned hunt_rounds(const struct pool *pool)
{
	return pool->bug == BUG_LOST_WAKEUP ? 1 : HUNT_ROUNDS;
}

/* The next task for the worker, its own newest first. NULL: the pool stops. */
static struct task *find(struct worker *worker)
{
	struct task *task = take(worker);

	while (!task) {
		for (unsigned round = 0; round < hunt_rounds(worker->pool); round++) {
			if (stopping(worker->pool))
				return NULL;
			/* A batch of which the first was dropped may have left something in the own deque. */
			task = hunt(worker);
			if (!task)
				task = take(worker);
			if (task)
				return task;
			pause_between(round);
		}
		rest(worker);
	}
	return task;
}

static void arrive(struct pool *pool)
{
	pthread_mutex_lock(&pool->mutex);
	pool->arrived++;
	pthread_cond_broadcast(&pool->cond);
	pthread_mutex_unlock(&pool->mutex);
}

/* Until each worker runs: else, on a busy machine, the first may have done all the work before the last begins. */
static void await_workers(struct pool *pool)
{
	pthread_mutex_lock(&pool->mutex);
	while (pool->arrived < pool->workers)
		pthread_cond_wait(&pool->cond, &pool->mutex);
	pthread_mutex_unlock(&pool->mutex);
}

static void *worker_main(void *argument)
{
	struct worker *worker = argument;
	struct task *task;
	char name[32];

	cpu_settle(worker->id, worker->pool->workers);
	snprintf(name, sizeof(name), "worker %u", worker->id);
	worker->recorded = wsc_attach(worker->pool->recorder, worker->id, name);
	arrive(worker->pool);
	while ((task = find(worker)))
		execute(worker, task);
	wsc_detach(worker->recorded);
	return NULL;
}

/* --- The pool --- */

static bool worker_init(struct worker *worker, struct pool *pool, unsigned id, uint64_t seed)
{
	worker->pool = pool;
	worker->id = id;
	/* Any odd multiplier spreads neighbouring seeds; xorshift must not start at 0. */
	worker->random = (seed + id + 1) * 0x9e3779b97f4a7c15 | 1;
	atomic_init(&worker->done, 0);
	atomic_init(&worker->repeated, 0);
	atomic_init(&worker->stolen, 0);
	return deque_init(&worker->deque, DEQUE_LOG2_CAPACITY);
}

/* Stops and joins the first `started` workers. */
static void stop(struct pool *pool, unsigned started)
{
	/* Relaxed: the mutex in sleepers_wake() orders it before the wake-up. */
	atomic_store_explicit(&pool->stopping, true, memory_order_relaxed);
	for (unsigned i = 0; i < started; i++)
		sleepers_wake(&pool->sleepers, i);
	for (unsigned i = 0; i < started; i++)
		pthread_join(pool->all[i].thread, NULL);
}

static void destroy(struct pool *pool)
{
	for (unsigned i = 0; i <= pool->workers; i++) {
		deque_free(&pool->all[i].deque);
		arena_free(&pool->all[i].arena);
	}
	pthread_cond_destroy(&pool->cond);
	pthread_mutex_destroy(&pool->mutex);
	sleepers_free(&pool->sleepers);
	free(pool);
}

static void conditions_init(struct pool *pool)
{
	pthread_condattr_t attributes;

	pthread_condattr_init(&attributes);
	pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
	pthread_cond_init(&pool->cond, &attributes);
	pthread_condattr_destroy(&attributes);
	pthread_mutex_init(&pool->mutex, NULL);
	sleepers_init(&pool->sleepers, pool->workers);
}

struct pool *pool_create(const struct pool_options *options)
{
	const size_t bytes = sizeof(struct pool) + (options->workers + 1) * sizeof(struct worker);
	struct pool *pool = aligned_alloc(_Alignof(struct pool), bytes);
	unsigned started = 0;
	bool ready = true;

	if (!pool)
		return NULL;
	memset(pool, 0, bytes);
	pool->workers = options->workers;
	pool->batch = options->batch;
	pool->bug = options->bug;
	pool->recorder = options->recorder;
	atomic_init(&pool->next_chunk, 1);
	atomic_init(&pool->stopping, false);
	conditions_init(pool);
	for (unsigned i = 0; i <= pool->workers; i++)
		ready = worker_init(&pool->all[i], pool, i, options->seed) && ready;
	while (ready && started < pool->workers) {
		struct worker *worker = &pool->all[started];

		ready = pthread_create(&worker->thread, NULL, worker_main, worker) == 0;
		started += ready;
	}
	if (!ready) {
		stop(pool, started);
		destroy(pool);
		return NULL;
	}
	await_workers(pool);
	pool_outside(pool)->recorded = wsc_attach(pool->recorder, pool->workers, "outside");
	return pool;
}

struct worker *pool_outside(struct pool *pool)
{
	return &pool->all[pool->workers];
}

void pool_counts(struct pool *pool, struct pool_counts *counts)
{
	*counts = (struct pool_counts){0, 0, 0};
	for (unsigned i = 0; i < pool->workers; i++) {
		/* Relaxed: as in count(). After the end of a run, the joins and the mutex have ordered them. */
		counts->done += atomic_load_explicit(&pool->all[i].done, memory_order_relaxed);
		counts->repeated += atomic_load_explicit(&pool->all[i].repeated, memory_order_relaxed);
		counts->stolen += atomic_load_explicit(&pool->all[i].stolen, memory_order_relaxed);
	}
}

void pool_free(struct pool *pool, struct pool_counts *counts)
{
	stop(pool, pool->workers);
	wsc_detach(pool_outside(pool)->recorded);
	if (counts)
		pool_counts(pool, counts);
	destroy(pool);
}

static struct timespec after_ms(long ms)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	now.tv_nsec += ms * 1000000;
	now.tv_sec += now.tv_nsec / 1000000000;
	now.tv_nsec %= 1000000000;
	return now;
}

/*
 * Waits for the end of the computation and is its watchdog. Workers that all sleep, with no wake-up under way, can't go
 * on by themselves: however loaded the machine is, a sound pool is never taken for a stalled one.
 */
static enum pool_end wait_for_end(struct pool *pool)
{
	enum pool_end end;
	long idle_ms = 0;

	pthread_mutex_lock(&pool->mutex);
	while (!pool->finished && idle_ms < POOL_STALL_MS) {
		const struct timespec until = after_ms(WATCHDOG_MS);

		if (pthread_cond_timedwait(&pool->cond, &pool->mutex, &until) == 0)
			continue;
		idle_ms = sleepers_all_asleep(&pool->sleepers) ? idle_ms + WATCHDOG_MS : 0;
	}
	end = pool->finished ? POOL_DONE : POOL_STALLED;
	pool->finished = false;
	pthread_mutex_unlock(&pool->mutex);
	return end;
}

enum pool_end pool_run(struct pool *pool, struct task *first)
{
	enum pool_end end;

	push(pool_outside(pool), first);
	end = wait_for_end(pool);
	/*
	 * All tasks have run, so nobody holds one: their memory can be used again. With a defect, an entry of a task
	 * that ran may still be in a deque, so the memory is kept until the end.
	 */
	if (end == POOL_DONE && pool->bug == BUG_NONE)
		for (unsigned i = 0; i <= pool->workers; i++)
			arena_reset(&pool->all[i].arena);
	return end;
}
