/* SPDX-License-Identifier: MIT */
#include "id_map.h"

#include <stdlib.h>
#include <sys/random.h>
#include <time.h>

enum { ID_MAP_SLOTS_MIN = 16 };

uint64_t id_map_seed(void)
{
	uint64_t seed;
	if (getrandom(&seed, sizeof(seed), GRND_NONBLOCK) != (ssize_t)sizeof(seed))
		seed = (uint64_t)time(NULL) * UINT64_C(0x9e3779b97f4a7c15);
	return seed | 1;
}

static void place(struct id_map *map, struct id_map_slot slot)
{
	size_t i = (size_t)id_map_hash(slot.id, map->seed) & map->mask;
	while (map->slots[i].number != ID_MAP_NONE)
		i = (i + 1) & map->mask;
	map->slots[i] = slot;
}

static bool grow(struct id_map *map)
{
	size_t size = map->slots == NULL ? ID_MAP_SLOTS_MIN : (map->mask + 1) * 2;
	struct id_map bigger = {.slots = calloc(size, sizeof(*bigger.slots)),
	                        .count = map->count,
	                        .mask = size - 1,
	                        .seed = map->slots == NULL ? id_map_seed() : map->seed};
	if (bigger.slots == NULL)
		return false;
	for (size_t i = 0; map->slots != NULL && i <= map->mask; i++) {
		if (map->slots[i].number != ID_MAP_NONE)
			place(&bigger, map->slots[i]);
	}
	free(map->slots);
	*map = bigger;
	return true;
}

bool id_map_add(struct id_map *map, uint64_t id, uint32_t number)
{
	/* Kept under 5/8 full, so that linear probing stays short. */
	if ((map->slots == NULL || map->count * 8 >= (map->mask + 1) * 5) && !grow(map))
		return false;
	place(map, (struct id_map_slot){.id = id, .number = number});
	map->count++;
	return true;
}

void id_map_remove(struct id_map *map, uint64_t id)
{
	if (map->slots == NULL)
		return;
	size_t hole = (size_t)id_map_hash(id, map->seed) & map->mask;
	while (map->slots[hole].id != id || map->slots[hole].number == ID_MAP_NONE) {
		if (map->slots[hole].number == ID_MAP_NONE)
			return;
		hole = (hole + 1) & map->mask;
	}
	/* Knuth 6.4 R: pull back each follower whose home does not lie cyclically after the hole. */
	for (size_t i = (hole + 1) & map->mask; map->slots[i].number != ID_MAP_NONE; i = (i + 1) & map->mask) {
		size_t home = (size_t)id_map_hash(map->slots[i].id, map->seed) & map->mask;
		if (((i - home) & map->mask) >= ((i - hole) & map->mask)) {
			map->slots[hole] = map->slots[i];
			hole = i;
		}
	}
	map->slots[hole] = (struct id_map_slot){0};
	map->count--;
}

void id_map_free(struct id_map *map)
{
	free(map->slots);
	*map = (struct id_map){0};
}
