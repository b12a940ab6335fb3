/* SPDX-License-Identifier: MIT */
#include "handle_index.h"

#include <stdlib.h>
#include <string.h>

#include "id_map.h"

/* SPARE: slots after the last home. More are needed once in e^24 tables that are full, and then the table grows. */
enum { HOMES_MIN = 16, HOMES_MAX = 3 << 29, SPARE = 64 };

const struct handle_slot handle_index_nothing;

static size_t room_of(const struct handle_index *index)
{
	return index->slots == NULL ? 0 : (size_t)index->homes + SPARE;
}

/* Moves all to the end, in their order; the last slot stays free. Returns where they begin. */
static size_t gather(struct handle_slot *slots, size_t room, size_t used)
{
	size_t first = room - 1;
	for (size_t i = used; i-- > 0;) {
		const struct handle_slot slot = slots[i];
		slots[i] = (struct handle_slot){0};
		if (slot.rank != 0)
			slots[--first] = slot;
	}
	return first;
}

/* Gives each from `first` on its place. False: the spare slots are too few. */
static bool spread(struct handle_index *index, size_t first)
{
	size_t next = 0;
	for (size_t i = first; i < room_of(index) - 1; i++) {
		const struct handle_slot slot = index->slots[i];
		const size_t home = handle_index_home(index, slot.rank);
		next = home > next ? home : next;
		if (next > i)
			return false;
		index->slots[i] = (struct handle_slot){0};
		index->slots[next++] = slot;
	}
	return true;
}

static bool enlarge(struct handle_index *index, size_t *first)
{
	uint32_t homes = HOMES_MIN; /* then 24, 32, 48, 64 ... */
	if (index->slots == NULL)
		index->seed = id_map_seed();
	else if ((index->homes & (index->homes - 1)) == 0)
		homes = index->homes / 2 * 3;
	else
		homes = index->homes / 3 * 4;
	const size_t used = room_of(index), room = (size_t)homes + SPARE;
	struct handle_slot *slots = homes <= HOMES_MAX ? realloc(index->slots, room * sizeof(*slots)) : NULL;
	if (slots == NULL)
		return false;
	memset(slots + used, 0, (room - used) * sizeof(*slots));
	index->slots = slots;
	index->homes = homes;
	*first = gather(slots, room, used);
	return true;
}

static bool grow(struct handle_index *index)
{
	size_t first;
	do {
		if (!enlarge(index, &first))
			return false;
	} while (!spread(index, first));
	return true;
}

static bool is_full(const struct handle_index *index)
{
	return (uint64_t)index->count * 16 >= (uint64_t)index->homes * 13;
}

/* Puts the slot where it belongs, before all that have a lower rank. False: no spare slot is left. */
static bool insert_at(struct handle_index *index, size_t at, struct handle_slot slot)
{
	size_t end;
	for (end = at; index->slots[end].rank != 0;)
		end++;
	if (end == room_of(index) - 1)
		return false;
	for (; end > at; end--)
		index->slots[end] = index->slots[end - 1];
	index->slots[at] = slot;
	index->count++;
	return true;
}

static bool insert(struct handle_index *index, struct handle_slot slot)
{
	size_t at = handle_index_home(index, slot.rank);
	while (index->slots[at].rank >= slot.rank)
		at++;
	return insert_at(index, at, slot);
}

bool handle_index_add_there(struct handle_index *index, const struct handle_search *search, uint64_t handle,
                            uint32_t number)
{
	if (index->slots != NULL && !is_full(index) &&
	    insert_at(index, (size_t)(search->slot - index->slots), (struct handle_slot){search->rank, number}))
		return true;
	return handle_index_add(index, handle, number);
}

bool handle_index_add(struct handle_index *index, uint64_t handle, uint32_t number)
{
	if (is_full(index) && !grow(index))
		return false;
	while (!insert(index, (struct handle_slot){handle_index_rank(index, handle), number})) {
		if (!grow(index))
			return false;
	}
	return true;
}

void handle_index_remove(struct handle_index *index, uint64_t handle, uint32_t number)
{
	struct handle_search search = handle_index_search(index, handle);
	uint32_t found;
	while ((found = handle_search_next(&search)) != number) {
		if (found == 0)
			return;
	}
	/* What follows and is not where its rank belongs moves back by one. */
	size_t at = (size_t)(search.slot - index->slots);
	for (; index->slots[at].rank != 0 && handle_index_home(index, index->slots[at].rank) < at; at++)
		index->slots[at - 1] = index->slots[at];
	index->slots[at - 1] = (struct handle_slot){0};
	index->count--;
}

void handle_index_free(struct handle_index *index)
{
	free(index->slots);
	*index = (struct handle_index){0};
}
