/* SPDX-License-Identifier: MIT */
#include "finished_set.h"

#include <stdlib.h>
#include <string.h>

#include "array.h"

enum {
	PAGE_BITS = 12,
	PAGE_HANDLES = 1 << PAGE_BITS,
	PLANE_BYTES = PAGE_HANDLES / 8,
	LIST_MIN = 4,
	LIST_MAX = 64 /* a longer list would be slow to search */
};

/*
 * The planes are chosen so that what nearly all handles come to, a life over that was queued, or was not, leaves bits that
 * differ in at most one of them. Where all bits of a plane are alike, there is no memory for them.
 */
enum plane {
	PLANE_KNOWN, /* FINISHED_QUEUED, FINISHED_INLINE */
	PLANE_OTHER, /* FINISHED_INLINE, FINISHED_VAGUE */
	PLANES
};

struct finished_page {
	union {
		uint16_t *list; /* entries of handle-in-page << 2 | finished, unordered, until `has_planes` */
		uint8_t *bits[PLANES];
	};
	union {
		struct {
			uint16_t list_count, list_capacity;
		};
		uint16_t ones[PLANES]; /* how many bits are set */
	};
	uint32_t epoch;
	bool has_planes;
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

static inline bool plane_get(const struct finished_page *page, enum plane plane, unsigned at)
{
	const uint8_t *bits = page->bits[plane];
	return bits == NULL ? page->ones[plane] != 0 : (bits[at / 8] >> at % 8 & 1) != 0;
}

/* Bits that are all alike need not be kept. */
static __attribute__((noinline)) void plane_settle(struct finished_page *page, enum plane plane)
{
	if (page->ones[plane] % PAGE_HANDLES == 0) {
		free(page->bits[plane]);
		page->bits[plane] = NULL;
	}
}

/* Room for bits that are no longer all alike. False: no memory. */
static __attribute__((noinline)) bool plane_unsettle(struct finished_page *page, enum plane plane)
{
	page->bits[plane] = malloc(PLANE_BYTES);
	if (page->bits[plane] != NULL)
		memset(page->bits[plane], page->ones[plane] != 0 ? UINT8_MAX : 0, PLANE_BYTES);
	return page->bits[plane] != NULL;
}

/* False: no memory. */
static inline bool plane_put(struct finished_page *page, enum plane plane, unsigned at, bool bit)
{
	if (plane_get(page, plane, at) == bit)
		return true;
	if (page->bits[plane] == NULL && !plane_unsettle(page, plane))
		return false;
	uint8_t *byte = &page->bits[plane][at / 8];
	*byte = (uint8_t)(*byte ^ 1U << at % 8);
	page->ones[plane] = (uint16_t)(page->ones[plane] + (bit ? 1 : -1));
	if (page->ones[plane] % PAGE_HANDLES == 0)
		plane_settle(page, plane);
	return true;
}

/* What is known is FINISHED_VAGUE from here on, as the rest. */
static void planes_blur(struct finished_page *page)
{
	const enum plane larger = page->ones[PLANE_KNOWN] > page->ones[PLANE_OTHER] ? PLANE_KNOWN : PLANE_OTHER;
	uint8_t *into = page->bits[larger], *from = page->bits[1 - larger];
	unsigned ones = page->ones[larger];
	/* If the smaller one has bits, the larger one has some, too, or all are set. */
	for (unsigned i = 0; from != NULL && into != NULL && i < PLANE_BYTES; i++) {
		unsigned more = from[i] & ~(unsigned)into[i];
		ones += (unsigned)__builtin_popcount(more);
		into[i] = (uint8_t)(into[i] | more);
	}
	free(from);
	page->bits[PLANE_KNOWN] = NULL;
	page->ones[PLANE_KNOWN] = 0;
	page->bits[PLANE_OTHER] = into;
	page->ones[PLANE_OTHER] = (uint16_t)ones;
	plane_settle(page, PLANE_OTHER);
}

static unsigned planes_get(const struct finished_page *page, unsigned at)
{
	const bool known = plane_get(page, PLANE_KNOWN, at), other = plane_get(page, PLANE_OTHER, at);
	if (known)
		return other ? FINISHED_INLINE : FINISHED_QUEUED;
	return other ? FINISHED_VAGUE : FINISHED_NEVER;
}

static bool planes_put(struct finished_page *page, unsigned at, unsigned code)
{
	return plane_put(page, PLANE_KNOWN, at, code == FINISHED_QUEUED || code == FINISHED_INLINE) &&
	       plane_put(page, PLANE_OTHER, at, code == FINISHED_INLINE || code == FINISHED_VAGUE);
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
	if (page->has_planes) {
		code = planes_get(page, at);
	} else {
		const uint16_t *entry = list_entry(page, at);
		code = entry == NULL ? 0 : *entry & 3U;
	}
	return code != 0 && page->epoch != set->epoch ? FINISHED_VAGUE : (enum finished)code;
}

/* What is in the page finished before the latest gap: turn it into FINISHED_VAGUE for good. */
static void page_refresh(struct finished_page *page, uint32_t epoch)
{
	if (page->epoch == epoch)
		return;
	page->epoch = epoch;
	if (page->has_planes)
		planes_blur(page);
	for (unsigned i = 0; !page->has_planes && i < page->list_count; i++) {
		if ((page->list[i] & 3U) != 0)
			page->list[i] |= FINISHED_VAGUE;
	}
}

/* False: no memory; what does not fit is forgotten. */
static bool list_to_planes(struct finished_page *page)
{
	uint16_t *list = page->list;
	const unsigned count = page->list_count;
	bool ok = true;
	*page = (struct finished_page){.epoch = page->epoch, .has_planes = true};
	for (unsigned i = 0; i < count && ok; i++)
		ok = planes_put(page, (unsigned)list[i] >> 2, list[i] & 3U);
	free(list);
	return ok;
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

static bool put_in_list(struct finished_page *page, unsigned at, unsigned code)
{
	uint16_t *entry = list_entry(page, at);
	if (entry != NULL) {
		*entry = (uint16_t)(at << 2 | code);
		return true;
	}
	if (code == FINISHED_NEVER)
		return true;
	if (page->list_count < LIST_MAX)
		return list_add(page, at, code);
	return list_to_planes(page) && planes_put(page, at, code);
}

static __attribute__((noinline)) bool put_rare(struct finished_set *set, struct finished_page *page, uint64_t handle,
                                               enum finished what)
{
	unsigned at = (unsigned)(handle & (PAGE_HANDLES - 1));
	if (page == NULL && what == FINISHED_NEVER)
		return true;
	if (page == NULL)
		page = page_add(set, handle);
	if (page == NULL)
		return false;
	page_refresh(page, set->epoch);
	return page->has_planes ? planes_put(page, at, what) : put_in_list(page, at, what);
}

bool finished_set_put(struct finished_set *set, uint64_t handle, enum finished what)
{
	struct finished_page *page = page_of(set, handle);
	if (page == NULL || !page->has_planes || page->epoch != set->epoch)
		return put_rare(set, page, handle, what);
	return planes_put(page, (unsigned)(handle & (PAGE_HANDLES - 1)), what);
}

void finished_set_blur(struct finished_set *set)
{
	set->epoch++;
}

void finished_set_free(struct finished_set *set)
{
	for (uint32_t i = 0; i < set->page_count; i++) {
		struct finished_page *page = set->pages[i];
		if (page->has_planes) {
			free(page->bits[PLANE_KNOWN]);
			free(page->bits[PLANE_OTHER]);
		} else {
			free(page->list);
		}
		free(page);
	}
	free(set->pages);
	id_map_free(&set->index);
	*set = (struct finished_set){0};
}
