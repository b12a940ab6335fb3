/* SPDX-License-Identifier: MIT */
#include "id_index.h"

#include <stdlib.h>
#include <sys/random.h>
#include <time.h>

enum { CAPACITY_FIRST = 16 };

static size_t slot_of(const struct id_index *index, uint32_t id)
{
	uint64_t hash = ((uint64_t)id + 1) * index->seed;
	size_t slot = (size_t)(hash >> 32) & (index->capacity - 1);

	while (index->slots[slot].row_plus_1 != 0 && index->slots[slot].id != id)
		slot = (slot + 1) & (index->capacity - 1);
	return slot;
}

size_t id_index_find(const struct id_index *index, uint32_t id)
{
	const struct id_index_slot *slot;

	if (index->capacity == 0)
		return ID_INDEX_NONE;
	slot = &index->slots[slot_of(index, id)];
	return slot->row_plus_1 == 0 ? ID_INDEX_NONE : (size_t)slot->row_plus_1 - 1;
}

uint64_t id_index_seed(void)
{
	uint64_t seed;

	if (getrandom(&seed, sizeof seed, GRND_NONBLOCK) != (ssize_t)sizeof seed)
		seed = (uint64_t)time(NULL) * UINT64_C(0x9e3779b97f4a7c15);
	return seed | 1;
}

static enum wsc_status grow(struct id_index *index)
{
	struct id_index bigger = {.capacity = index->capacity == 0 ? CAPACITY_FIRST : index->capacity * 2,
	                          .count = index->count,
	                          .seed = index->capacity == 0 ? id_index_seed() : index->seed};

	bigger.slots = calloc(bigger.capacity, sizeof *bigger.slots);
	if (bigger.slots == NULL)
		return WSC_NOMEM;
	for (size_t i = 0; i < index->capacity; i++) {
		if (index->slots[i].row_plus_1 != 0)
			bigger.slots[slot_of(&bigger, index->slots[i].id)] = index->slots[i];
	}
	free(index->slots);
	*index = bigger;
	return WSC_OK;
}

enum wsc_status id_index_add(struct id_index *index, uint32_t id, size_t row)
{
	if (index->count * 2 >= index->capacity && grow(index) != WSC_OK)
		return WSC_NOMEM;
	index->slots[slot_of(index, id)] = (struct id_index_slot){.id = id, .row_plus_1 = (uint32_t)row + 1};
	index->count++;
	return WSC_OK;
}

void id_index_free(struct id_index *index)
{
	free(index->slots);
	*index = (struct id_index){0};
}
