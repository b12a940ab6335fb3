/* SPDX-License-Identifier: MIT */
#include "finished_set.h"

#include <stdlib.h>
#include <string.h>

#include "array.h"

enum {
	PAGE_BITS = 12,
	PAGE_HANDLES = 1 << PAGE_BITS,
	BITMAP_BYTES = PAGE_HANDLES / 4,
	LIST_MIN = 4,
	LIST_MAX = 64 /* a longer list would be slow to search */
};

/* `list`: entries of handle-in-page << 2 | finished, unordered; NULL once `bits` is there. */
struct finished_page {
	uint16_t *list;
	uint8_t *bits;
	uint16_t list_count, list_capacity;
	uint32_t epoch;
};

/* Handles that end one after another are often near each other: the latest page is remembered. */
static struct finished_page *page_of(struct finished_set *set, uint64_t handle)
{
	uint64_t key = handle >> PAGE_BITS;
	if (set->latest != NULL && set->latest_key == key)
		return set->latest;
	uint32_t number = id_map_find(&set->index, key);
	if (number == ID_MAP_NONE)
		return NULL;
	set->latest_key = key;
	set->latest = set->pages[number - 1];
	return set->latest;
}

static uint16_t *list_entry(const struct finished_page *page, unsigned at)
{
	for (unsigned i = 0; i < page->list_count; i++) {
		if ((unsigned)page->list[i] >> 2 == at)
			return &page->list[i];
	}
	return NULL;
}

enum finished finished_set_find(struct finished_set *set, uint64_t handle)
{
	const struct finished_page *page = page_of(set, handle);
	unsigned at = (unsigned)(handle & (PAGE_HANDLES - 1)), code = 0;

	if (page == NULL)
		return FINISHED_NEVER;
	if (page->bits != NULL) {
		code = (unsigned)page->bits[at / 4] >> (at % 4 * 2) & 3U;
	} else {
		const uint16_t *entry = list_entry(page, at);
		code = entry == NULL ? 0 : *entry & 3U;
	}
	return code != 0 && page->epoch != set->epoch ? FINISHED_VAGUE : (enum finished)code;
}

static void bits_put(uint8_t *bits, unsigned at, unsigned code)
{
	unsigned shift = at % 4 * 2;
	bits[at / 4] = (uint8_t)((bits[at / 4] & ~(3U << shift)) | code << shift);
}

/* What is in the page finished before the latest gap: turn it into FINISHED_VAGUE for good. */
static void page_refresh(struct finished_page *page, uint32_t epoch)
{
	if (page->epoch == epoch)
		return;
	page->epoch = epoch;
	for (unsigned i = 0; page->bits != NULL && i < BITMAP_BYTES; i++) {
		unsigned b = page->bits[i], some = (b | b >> 1) & 0x55U;
		page->bits[i] = (uint8_t)(some | some << 1);
	}
	for (unsigned i = 0; i < page->list_count; i++) {
		if ((page->list[i] & 3U) != 0)
			page->list[i] |= FINISHED_VAGUE;
	}
}

static bool list_to_bits(struct finished_page *page)
{
	page->bits = calloc(1, BITMAP_BYTES);
	if (page->bits == NULL)
		return false;
	for (unsigned i = 0; i < page->list_count; i++)
		bits_put(page->bits, (unsigned)page->list[i] >> 2, page->list[i] & 3U);
	free(page->list);
	page->list = NULL;
	page->list_count = page->list_capacity = 0;
	return true;
}

static bool list_add(struct finished_page *page, unsigned at, unsigned code)
{
	if (page->list_count == page->list_capacity) {
		unsigned capacity = page->list_capacity == 0 ? LIST_MIN : page->list_capacity * 2U;
		uint16_t *list = realloc(page->list, capacity * sizeof(*list));
		if (list == NULL)
			return false;
		page->list = list;
		page->list_capacity = (uint16_t)capacity;
	}
	page->list[page->list_count++] = (uint16_t)(at << 2 | code);
	return true;
}

static struct finished_page *page_add(struct finished_set *set, uint64_t handle)
{
	struct finished_page **pages =
	    array_room(set->pages, set->page_count, &set->page_capacity, sizeof(struct finished_page *));
	if (pages == NULL)
		return NULL;
	set->pages = pages;
	struct finished_page *page = calloc(1, sizeof(*page));
	if (page == NULL || !id_map_add(&set->index, handle >> PAGE_BITS, set->page_count + 1)) {
		free(page);
		return NULL;
	}
	page->epoch = set->epoch;
	set->pages[set->page_count++] = page;
	return page;
}

bool finished_set_put(struct finished_set *set, uint64_t handle, enum finished what)
{
	struct finished_page *page = page_of(set, handle);
	unsigned at = (unsigned)(handle & (PAGE_HANDLES - 1));

	if (page == NULL) {
		if (what == FINISHED_NEVER)
			return true;
		page = page_add(set, handle);
		if (page == NULL)
			return false;
	}
	page_refresh(page, set->epoch);
	if (page->bits == NULL) {
		uint16_t *entry = list_entry(page, at);
		if (entry != NULL) {
			*entry = (uint16_t)(at << 2 | (unsigned)what);
			return true;
		}
		if (what == FINISHED_NEVER)
			return true;
		if (page->list_count < LIST_MAX)
			return list_add(page, at, (unsigned)what);
		if (!list_to_bits(page))
			return false;
	}
	bits_put(page->bits, at, (unsigned)what);
	return true;
}

void finished_set_blur(struct finished_set *set)
{
	set->epoch++;
}

void finished_set_free(struct finished_set *set)
{
	for (uint32_t i = 0; i < set->page_count; i++) {
		free(set->pages[i]->list);
		free(set->pages[i]->bits);
		free(set->pages[i]);
	}
	free(set->pages);
	id_map_free(&set->index);
	*set = (struct finished_set){0};
}
