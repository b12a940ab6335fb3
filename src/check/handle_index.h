/* SPDX-License-Identifier: MIT */
/*
 * From the handles of live tasks to the numbers of their records, 8 bytes a slot: whoever keeps the records compares the
 * handles. A slot holds 32 bits of the handle's hash, its rank, which alone says where its place is: ranks descend along
 * the whole table (ordered linear probing, Amble & Knuth 1974). So a search that finds nothing is no longer than one that
 * does, which lets the table be up to 13/16 full; and it grows in place, by a half or a third, in one sweep over memory.
 *
 * The hash is seeded at random, as id_map.h's. Zeroed memory is an empty index. One thread at a time.
 */
#ifndef CHECK_HANDLE_INDEX_H
#define CHECK_HANDLE_INDEX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct handle_slot {
	uint32_t rank; /* 0: free */
	uint32_t number;
};

struct handle_index {
	struct handle_slot *slots; /* NULL: none yet; the last one is always free */
	uint32_t homes;            /* slots where a rank may have its place; further ones follow */
	uint32_t count;
	uint64_t seed; /* odd */
};

static inline uint32_t handle_index_rank(const struct handle_index *index, uint64_t handle)
{
	/* Multiplied once, dense handles are spread too unevenly by one seed in twenty: 28 slots were passed by instead of 2. */
	uint64_t product = handle * index->seed;
	return (uint32_t)((product ^ product >> 32) * index->seed >> 32) | 1;
}

static inline uint32_t handle_index_home(const struct handle_index *index, uint32_t rank)
{
	return (uint32_t)((uint64_t)~rank * index->homes >> 32);
}

struct handle_search {
	const struct handle_slot *slot;
	uint32_t rank;
};

extern const struct handle_slot handle_index_nothing;

/* Begins to look for `handle`: its number is among those that follow, if it is in the index. */
static inline struct handle_search handle_index_search(const struct handle_index *index, uint64_t handle)
{
	struct handle_search search = {&handle_index_nothing, handle_index_rank(index, handle)};
	if (index->slots == NULL)
		return search;
	search.slot = &index->slots[handle_index_home(index, search.rank)];
	while (search.slot->rank > search.rank)
		search.slot++;
	return search;
}

/* The next number that may be the handle's; 0: no more. */
static inline uint32_t handle_search_next(struct handle_search *search)
{
	return search->slot->rank == search->rank ? (search->slot++)->number : 0;
}

/* Adds the handle of a search that has found nothing, as handle_index_add(); the index has not changed since. */
bool handle_index_add_there(struct handle_index *index, const struct handle_search *search, uint64_t handle,
                            uint32_t number);
/* Adds the handle, which is not there, with a number that no other has and that is not 0. False: no memory. */
bool handle_index_add(struct handle_index *index, uint64_t handle, uint32_t number);
void handle_index_remove(struct handle_index *index, uint64_t handle, uint32_t number); /* fine if absent */
void handle_index_free(struct handle_index *index);

#endif
