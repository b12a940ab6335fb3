/* SPDX-License-Identifier: MIT */
/*
 * The sample's deque: against a model, alone; and under stress, where every item must come out exactly once, with what
 * its owner wrote into it, and to each thief in the order of the pushes.
 */
#include "../../samples/pool/deque.c"

#include <pthread.h>
#include <stdio.h>
#include <string.h>

enum { MODEL_STEPS = 200000, MODEL_ITEMS_MAX = 512, THIEVES = 3, BURST_MAX = 6, ROUNDS = 20 };

#if defined(ORDER_TSAN)
enum { ITEMS = 20000 };
#else
enum { ITEMS = 100000 };
#endif

/* `number` and `payload` are plain memory on purpose: only the deque orders their accesses. */
struct item {
	uint64_t number;
	uint64_t payload;
	_Atomic unsigned taken;
};

static struct item items[ITEMS + 1];

static int failed(const char *what, uint64_t number)
{
	fprintf(stderr, "test_pool_deque: %s (item %llu)\n", what, (unsigned long long)number);
	return 1;
}

static uint64_t next_random(uint64_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 7;
	*state ^= *state << 17;
	return *state;
}

/* Random operations by one thread, compared with a plain array of the numbers that are in the deque, oldest first. */
static int test_model(void)
{
	uint64_t model[MODEL_ITEMS_MAX];
	uint64_t random = 88172645463325252;
	size_t held = 0;
	uint64_t pushed = 0;
	struct deque deque;

	if (!deque_init(&deque, 0))
		return failed("no memory", 0);
	for (int i = 0; i < MODEL_STEPS; i++) {
		/* Phases of growing and shrinking, so that the deque is empty at times and grows at others. */
		const uint64_t die = next_random(&random) % 8;
		const bool push = die < ((i / 1000) % 2 ? 5 : 3);
		void *got = NULL;

		if (push && held < MODEL_ITEMS_MAX) {
			struct item *item = &items[pushed++ % ITEMS];

			if (!deque_reserve(&deque))
				return failed("no memory", pushed);
			deque_push(&deque, item);
			model[held++] = (uint64_t)(item - items);
		} else if (die % 2) {
			got = deque_take(&deque);
			if ((got != NULL) != (held > 0) || (got && got != &items[model[--held]]))
				return failed("the owner does not get the newest", pushed);
		} else {
			const enum deque_answer answer = deque_steal(&deque, &got);

			if (answer != (held > 0 ? DEQUE_TAKEN : DEQUE_EMPTY) || (held > 0 && got != &items[model[0]]))
				return failed("a thief does not get the oldest", pushed);
			if (held > 0)
				memmove(model, model + 1, --held * sizeof(model[0]));
		}
		if (deque_looks_empty(&deque) != (held == 0))
			return failed("deque_looks_empty is wrong", pushed);
	}
	deque_free(&deque);
	return 0;
}

static int test_limit(void)
{
	struct deque deque;

	if (deque_init(&deque, DEQUE_LOG2_CAPACITY_MAX + 1))
		return failed("a capacity beyond the limit is accepted", 0);
	deque_free(&deque);
	return 0;
}

struct stress {
	struct deque deque;
	_Atomic bool over;
	_Atomic bool broken;
};

static void check_item(struct stress *stress, struct item *item)
{
	if (item->payload != item->number * 3 + 1 || atomic_fetch_add(&item->taken, 1) != 0)
		atomic_store(&stress->broken, true);
}

/* Steals all it can get in a row: that is what meets an owner at the last items. */
static void *thief_main(void *argument)
{
	struct stress *stress = argument;
	uint64_t last = 0;
	bool over = false;

	while (!over) {
		enum deque_answer answer;
		void *got;

		/* Read before the attempt: nothing is pushed once it is set, so an empty deque then is the end. */
		over = atomic_load(&stress->over);
		while ((answer = deque_steal(&stress->deque, &got)) != DEQUE_EMPTY) {
			struct item *item = got;

			if (answer != DEQUE_TAKEN)
				continue;
			check_item(stress, item);
			if (item->number <= last)
				atomic_store(&stress->broken, true);
			last = item->number;
		}
	}
	return NULL;
}

/* Pushes all items in bursts and takes a few after each, so that the deque is nearly empty nearly always. */
static bool owner_run(struct stress *stress, uint64_t random)
{
	uint64_t number = 1;

	while (number <= ITEMS) {
		uint64_t burst = 1 + next_random(&random) % BURST_MAX;
		uint64_t takes = next_random(&random) % (BURST_MAX + 2);

		for (; burst > 0 && number <= ITEMS; burst--, number++) {
			if (!deque_reserve(&stress->deque))
				return false;
			items[number].number = number;
			items[number].payload = number * 3 + 1;
			deque_push(&stress->deque, &items[number]);
		}
		for (; takes > 0; takes--) {
			struct item *item = deque_take(&stress->deque);

			if (!item)
				break;
			check_item(stress, item);
		}
	}
	return true;
}

static int test_stress(uint64_t seed)
{
	static struct stress stress;
	pthread_t thieves[THIEVES];
	bool pushed;

	memset(items, 0, sizeof(items));
	atomic_store(&stress.over, false);
	atomic_store(&stress.broken, false);
	if (!deque_init(&stress.deque, 0))
		return failed("no memory", 0);
	for (int i = 0; i < THIEVES; i++)
		if (pthread_create(&thieves[i], NULL, thief_main, &stress) != 0)
			return failed("no threads", 0);
	pushed = owner_run(&stress, seed);
	atomic_store(&stress.over, true);
	for (int i = 0; i < THIEVES; i++)
		pthread_join(thieves[i], NULL);
	deque_free(&stress.deque);
	if (!pushed)
		return failed("no memory", 0);
	for (uint64_t i = 1; i <= ITEMS; i++)
		if (atomic_load(&items[i].taken) != 1)
			return failed("lost or taken twice", i);
	return atomic_load(&stress.broken) ? failed("taken twice, out of order, or not as it was pushed", 0) : 0;
}

int main(void)
{
	int bad = test_limit() || test_model();

	for (uint64_t seed = 1; seed <= ROUNDS && !bad; seed++)
		bad = test_stress(seed * 0x9e3779b97f4a7c15);
	return bad;
}
