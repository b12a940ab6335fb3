/* SPDX-License-Identifier: MIT */
/*
 * An open-addressing hash map from 64-bit ids to 32-bit numbers. Deletion shifts back: no tombstones, no decay. The hash
 * is seeded at random, so that ids chosen by whoever wrote a trace can't make it slow; nothing depends on the order of
 * its slots. Zeroed memory is an empty map. One thread at a time.
 */
#ifndef ID_MAP_H
#define ID_MAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { ID_MAP_NONE = 0 };

struct id_map_slot {
	uint64_t id;
	uint32_t number; /* ID_MAP_NONE: free */
};

struct id_map {
	struct id_map_slot *slots;
	size_t count, mask; /* mask + 1 slots, or none */
	uint64_t seed;      /* odd */
};

/* Multiplicative hashing; the high half folded back, so that strides of powers of two spread, too. */
static inline uint64_t id_map_hash(uint64_t id, uint64_t seed)
{
	id *= seed;
	return id ^ id >> 32;
}

static inline uint32_t id_map_find(const struct id_map *map, uint64_t id)
{
	if (map->slots == NULL)
		return ID_MAP_NONE;
	for (size_t i = (size_t)id_map_hash(id, map->seed) & map->mask;; i = (i + 1) & map->mask) {
		if (map->slots[i].number == ID_MAP_NONE || map->slots[i].id == id)
			return map->slots[i].number;
	}
}

/* Adds `id`, which is not in the map, with a number other than ID_MAP_NONE. False: no memory. */
bool id_map_add(struct id_map *map, uint64_t id, uint32_t number);
void id_map_remove(struct id_map *map, uint64_t id); /* fine if absent */

/* As a set, whose members have any number. */
static inline bool id_map_has(const struct id_map *map, uint64_t id)
{
	return id_map_find(map, id) != ID_MAP_NONE;
}

/* Fine if it is there. False: no memory. */
static inline bool id_map_put(struct id_map *map, uint64_t id)
{
	return id_map_has(map, id) || id_map_add(map, id, 1);
}

void id_map_free(struct id_map *map);

/* A random odd number, for a hash of the caller's. Does not block. */
uint64_t id_map_seed(void);

#endif
