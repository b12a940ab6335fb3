/* SPDX-License-Identifier: MIT */
#include "sum.h"

#include <stdbool.h>
#include <time.h>

/* --- Arithmetic --- */

static uint64_t mix(uint64_t x)
{
	x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9;
	x = (x ^ (x >> 27)) * 0x94d049bb133111eb;
	return x ^ (x >> 31);
}

/* One element: a chain of multiplications, each of which needs the one before. */
static uint64_t element(uint64_t seed, uint64_t index, uint64_t rounds)
{
	uint64_t x = mix(seed + index);

	for (uint64_t i = 0; i < rounds; i++)
		x = (x ^ (x >> 29)) * 0x9e3779b97f4a7c15;
	return x;
}

static uint64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

uint64_t sum_calibrate(uint64_t grain_ns)
{
	enum { TRIALS = 5, ROUNDS = 100000 };
	uint64_t best_ns = UINT64_MAX;

	for (int i = 0; i < TRIALS; i++) {
		const uint64_t start = now_ns();
		volatile uint64_t sink = element(1, 1, ROUNDS);
		const uint64_t elapsed = now_ns() - start;

		(void)sink;
		if (elapsed < best_ns)
			best_ns = elapsed;
	}
	return best_ns == 0 ? grain_ns : grain_ns * ROUNDS / best_ns;
}

/* --- How a series is cut into blocks: the same for the pool and without it --- */

struct plan {
	uint64_t seed;
	uint64_t first; /* the first element of the next block */
	uint64_t tasks; /* what the rest of the series is to consist of; 0: it is over */
};

static struct plan plan_of(const struct sum_job *job, unsigned series, unsigned of)
{
	/* Without the first and the last task of the job, and the first step of the series. */
	const uint64_t tasks = job->tasks - 2;

	return (struct plan){mix(job->seed + series + 1), 0, tasks / of + (series < tasks % of ? 1 : 0) - 1};
}

static unsigned series_of(const struct sum_job *job)
{
	const uint64_t most = (job->tasks - 2) / SUM_SERIES_TASKS_MIN;

	return job->series < most ? job->series : (unsigned)most;
}

/* Small blocks and large ones in equal shares. */
static uint64_t any_block(uint64_t dice)
{
	const uint64_t most = UINT64_C(1) << dice % (SUM_BLOCK_LEAVES_LOG2 + 1);

	return 1 + (dice >> 8) % most;
}

/*
 * The leaves of the next block, 0 at the end. A block of f leaves and the step after it are 3f-1 tasks: 2, 5, 8, ... So
 * that the tasks come out exactly, the last block is all that remains, if that is one of these numbers; and blocks of
 * one leaf, which take 2, lead there in a few steps from any number but 1 and 3.
 */
static uint64_t plan_next(struct plan *plan)
{
	const uint64_t block_tasks_max = (UINT64_C(3) << SUM_BLOCK_LEAVES_LOG2) - 1;
	uint64_t leaves = 1;

	if (plan->tasks == 0)
		return 0;
	if (plan->tasks > block_tasks_max + 3)
		leaves = any_block(mix(plan->seed + plan->first));
	else if (plan->tasks % 3 == 2 && plan->tasks <= block_tasks_max)
		leaves = (plan->tasks + 1) / 3;
	plan->tasks -= 3 * leaves - 1;
	plan->first += leaves;
	return leaves;
}

uint64_t sum_sequential(const struct sum_job *job)
{
	const unsigned series = series_of(job);
	uint64_t sum = 0;

	for (unsigned i = 0; i < series; i++) {
		struct plan plan = plan_of(job, i, series);
		uint64_t leaves;

		while ((leaves = plan_next(&plan)))
			for (uint64_t j = plan.first - leaves; j < plan.first; j++)
				sum += element(plan.seed, j, job->rounds);
	}
	return sum;
}

/* --- Tasks --- */

/* Adds up `count` elements from `first` on. */
struct part {
	struct task task;
	uint64_t seed;
	uint64_t rounds;
	uint64_t first;
	uint64_t count;
	uint64_t *sum;
};

/* Adds two parts. */
struct join {
	struct task task;
	uint64_t parts[2];
	uint64_t *sum;
};

struct series {
	struct plan plan;
	uint64_t rounds;
	uint64_t block; /* the sum of the last block */
	uint64_t total;
};

struct step {
	struct task task;
	struct series *series;
};

/* The first task of a job, and the last. */
struct whole {
	struct task task;
	unsigned count;
	struct series *series;
	uint64_t *sum;
};

static void run_join(struct worker *worker, struct task *task, bool again)
{
	struct join *join = (struct join *)task;

	(void)worker;
	if (!again)
		*join->sum = join->parts[0] + join->parts[1];
}

static void run_part(struct worker *worker, struct task *task, bool again);

static void fork_part(struct worker *worker, struct task *continuation, const struct part *whole, uint64_t first,
                      uint64_t count, uint64_t *sum)
{
	struct part *part = worker_alloc(worker, sizeof(*part));

	task_init(worker, &part->task, run_part);
	part->seed = whole->seed;
	part->rounds = whole->rounds;
	part->first = first;
	part->count = count;
	part->sum = sum;
	worker_fork(worker, continuation, &part->task);
}

static void run_part(struct worker *worker, struct task *task, bool again)
{
	struct part *part = (struct part *)task;
	const uint64_t half = part->count / 2;
	struct join *join;

	if (part->count == 1) {
		volatile uint64_t value = element(part->seed, part->first, part->rounds);

		if (!again)
			*part->sum = value;
		return;
	}
	if (again)
		return;
	join = worker_alloc(worker, sizeof(*join));
	task_init(worker, &join->task, run_join);
	join->sum = part->sum;
	task_then(task, &join->task, 2);
	fork_part(worker, &join->task, part, part->first + half, part->count - half, &join->parts[1]);
	fork_part(worker, &join->task, part, part->first, half, &join->parts[0]);
}

static struct step *new_step(struct worker *worker, struct series *series);

static void run_step(struct worker *worker, struct task *task, bool again)
{
	struct series *series = ((struct step *)task)->series;
	struct part block;
	struct step *next;
	uint64_t leaves;

	if (again)
		return;
	series->total += series->block;
	leaves = plan_next(&series->plan);
	if (leaves == 0)
		return;
	next = new_step(worker, series);
	task_then(task, &next->task, 1);
	block.seed = series->plan.seed;
	block.rounds = series->rounds;
	fork_part(worker, &next->task, &block, series->plan.first - leaves, leaves, &series->block);
}

static struct step *new_step(struct worker *worker, struct series *series)
{
	struct step *step = worker_alloc(worker, sizeof(*step));

	task_init(worker, &step->task, run_step);
	step->series = series;
	return step;
}

static void run_last(struct worker *worker, struct task *task, bool again)
{
	struct whole *whole = (struct whole *)task;

	(void)worker;
	if (again)
		return;
	*whole->sum = 0;
	for (unsigned i = 0; i < whole->count; i++)
		*whole->sum += whole->series[i].total;
}

static void run_first(struct worker *worker, struct task *task, bool again)
{
	const struct whole *whole = (struct whole *)task;
	struct whole *last;

	if (again)
		return;
	last = worker_alloc(worker, sizeof(*last));
	*last = *whole;
	task_init(worker, &last->task, run_last);
	task_then(task, &last->task, whole->count);
	for (unsigned i = 0; i < whole->count; i++)
		worker_fork(worker, &last->task, &new_step(worker, &whole->series[i])->task);
}

enum pool_end sum_parallel(struct pool *pool, const struct sum_job *job, uint64_t *sum)
{
	struct worker *outside = pool_outside(pool);
	struct whole *first = worker_alloc(outside, sizeof(*first));

	task_init(outside, &first->task, run_first);
	first->count = series_of(job);
	first->series = worker_alloc(outside, first->count * sizeof(*first->series));
	first->sum = sum;
	for (unsigned i = 0; i < first->count; i++)
		first->series[i] = (struct series){plan_of(job, i, first->count), job->rounds, 0, 0};
	return pool_run(pool, &first->task);
}
