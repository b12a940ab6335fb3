/* SPDX-License-Identifier: MIT */
/* The maps under the analysis, each held against a plain array. */
#include <criterion/criterion.h>

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "finished_set.h"
#include "handle_index.h"
#include "id_map.h"
#include "task_table.h"

static uint64_t next(uint64_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 7;
	*state ^= *state << 17;
	return *state;
}

Test(id_map, behaves_like_an_array)
{
	enum { IDS = 500, STEPS = 100000 };
	uint32_t expected[IDS] = {0};
	struct id_map map = {0};
	uint64_t seed = 1;
	for (int i = 0; i < STEPS; i++) {
		uint64_t id = next(&seed) % IDS, key = id * 0x100000001ULL;
		if (expected[id] == 0) {
			expected[id] = (uint32_t)i + 1;
			cr_assert(id_map_add(&map, key, (uint32_t)i + 1));
		} else if (next(&seed) % 2 == 0) {
			expected[id] = 0;
			id_map_remove(&map, key);
		}
		uint64_t probe = next(&seed) % IDS;
		cr_assert_eq(id_map_find(&map, probe * 0x100000001ULL), expected[probe]);
	}
	id_map_remove(&map, UINT64_MAX); /* absent: no harm */
	id_map_free(&map);
	cr_assert_eq(id_map_find(&map, 0), (uint32_t)ID_MAP_NONE);
}

/* The number of the handle, whose candidates `handles` tells apart: number n belongs to handles[n]. */
static uint32_t find(const struct handle_index *index, const uint64_t *handles, uint64_t handle)
{
	struct handle_search search = handle_index_search(index, handle);
	uint32_t number;
	while ((number = handle_search_next(&search)) != 0 && handles[number] != handle)
		;
	return number;
}

/* All that are in come, and nothing is out of its order. */
static void expect_in_order(const struct handle_index *index)
{
	uint32_t count = 0, latest = UINT32_MAX;
	for (size_t i = 0; index->slots != NULL && i < index->homes + 64U; i++) {
		const struct handle_slot slot = index->slots[i];
		if (slot.rank == 0)
			continue;
		cr_assert(handle_index_home(index, slot.rank) <= i && slot.rank <= latest);
		latest = slot.rank;
		count++;
	}
	cr_assert_eq(count, index->count);
}

Test(handle_index, behaves_like_an_array)
{
	enum { IDS = 3000, STEPS = 200000 };
	static uint64_t handles[IDS + 1];
	static bool is_in[IDS + 1];
	struct handle_index index = {0};
	uint64_t seed = 7;
	for (uint64_t i = 0; i <= IDS; i++)
		handles[i] = i * 0x100000001ULL;
	cr_assert_eq(find(&index, handles, handles[1]), 0U);
	for (int i = 0; i < STEPS; i++) {
		/* As many as there are change with the time. */
		uint32_t number = 1 + (uint32_t)(next(&seed) % (i % 50000 < 25000 ? IDS : IDS / 3));
		if (!is_in[number]) {
			is_in[number] = true;
			cr_assert(handle_index_add(&index, handles[number], number));
		} else if (next(&seed) % 2 == 0) {
			is_in[number] = false;
			handle_index_remove(&index, handles[number], number);
		}
		uint32_t probe = 1 + (uint32_t)(next(&seed) % IDS);
		cr_assert_eq(find(&index, handles, handles[probe]), is_in[probe] ? probe : 0);
		if (i % 1000 == 0)
			expect_in_order(&index);
	}
	handle_index_remove(&index, UINT64_MAX, 1); /* absent: no harm */
	handle_index_free(&index);
	cr_assert_eq(find(&index, handles, handles[1]), 0U);
}

/* Numbers of handles of one rank are told apart by whoever keeps the records; what has no spare slot makes it grow. */
Test(handle_index, handles_of_near_ranks)
{
	enum { IDS = 200 };
	static uint64_t handles[IDS + 1];
	struct handle_index index = {0};
	cr_assert(handle_index_add(&index, 1, 1));
	handle_index_remove(&index, 1, 1);
	index.seed = 1; /* the rank of r << 32 is r | 1 */
	for (uint32_t i = 1; i <= IDS; i++) {
		handles[i] = (uint64_t)(i <= 2 ? i - 1 : i * 4096) << 32;
		cr_assert(handle_index_add(&index, handles[i], i));
		expect_in_order(&index);
	}
	cr_expect_eq(handle_index_rank(&index, handles[1]), handle_index_rank(&index, handles[2]));
	cr_expect(index.homes > 1 << 19, "%" PRIu32 " homes", index.homes);
	for (uint32_t i = 1; i <= IDS; i++)
		cr_expect_eq(find(&index, handles, handles[i]), i);
	for (uint32_t i = IDS; i >= 1; i--) {
		handle_index_remove(&index, handles[i], i);
		cr_expect_eq(find(&index, handles, handles[i]), 0U);
		cr_expect_eq(find(&index, handles, handles[1]), i == 1 ? 0U : 1U);
		expect_in_order(&index);
	}
	handle_index_free(&index);
}

static void hold_against_array(uint64_t stride)
{
	enum { IDS = 20000, STEPS = 200000 };
	static uint8_t expected[IDS];
	struct finished_set set = {0};
	uint64_t seed = stride;
	memset(expected, 0, sizeof(expected));
	for (int i = 0; i < STEPS; i++) {
		uint64_t id = next(&seed) % IDS;
		uint8_t what = (uint8_t)(next(&seed) % 4);
		expected[id] = what;
		cr_assert(finished_set_put(&set, id * stride, (enum finished)what));
		uint64_t probe = next(&seed) % IDS;
		cr_assert_eq((uint8_t)finished_set_find(&set, probe * stride), expected[probe]);
		if (next(&seed) % 20000 == 0) {
			finished_set_blur(&set);
			for (int j = 0; j < IDS; j++)
				expected[j] = expected[j] != FINISHED_NEVER ? FINISHED_VAGUE : FINISHED_NEVER;
		}
	}
	finished_set_free(&set);
}

Test(finished_set, dense_handles)
{
	hold_against_array(1);
}

Test(finished_set, scattered_handles)
{
	hold_against_array(0x9e3779b97f4a7c15ULL);
}

Test(finished_set, dense_handles_share_pages)
{
	struct finished_set set = {0};
	for (uint64_t id = 1; id <= 1 << 20; id++)
		cr_assert(finished_set_put(&set, id, FINISHED_QUEUED));
	/* 257 pages of 4,096 handles; what they take is in test_finished_set.c. */
	cr_assert_eq(set.page_count, 257U);
	finished_set_free(&set);
}

Test(task_table, remembers_finished_handles)
{
	struct task_table table = {0};
	struct task *task = task_table_get(&table, 5);
	cr_assert_not_null(task);
	cr_assert_eq(task_table_get(&table, 5), task);
	cr_assert_eq(task->own.flags, 0);
	task->own.flags = OWNERSHIP_LIFE | OWNERSHIP_RAN | OWNERSHIP_COMPLETED;
	cr_assert(task_table_finish(&table, task, false));
	task = task_table_get(&table, 5);
	cr_assert_eq(task->own.flags, OWNERSHIP_LIFE | OWNERSHIP_RAN | OWNERSHIP_COMPLETED);
	cr_assert_eq(table.seen, 1U);
	task_table_get(&table, UINT64_MAX);
	cr_assert_eq(table.seen, 2U);
	task_table_free(&table);
}

/* Nobody can choose ids that collide: where they go is each map's own secret. */
Test(id_map, each_map_has_a_seed_of_its_own)
{
	struct id_map maps[2] = {{0}, {0}};
	for (size_t i = 0; i < 2; i++) {
		for (uint64_t id = 0; id < 100; id++)
			cr_assert(id_map_add(&maps[i], id << 20, (uint32_t)id + 1));
		cr_expect_eq(maps[i].seed & 1, 1);
		for (uint64_t id = 0; id < 100; id++)
			cr_expect_eq(id_map_find(&maps[i], id << 20), id + 1, "kept when it grew");
	}
	cr_expect_neq(maps[0].seed, maps[1].seed);
	cr_expect_neq(id_map_hash(1, maps[0].seed), id_map_hash(1, maps[1].seed));
	id_map_free(&maps[0]);
	id_map_free(&maps[1]);
}
