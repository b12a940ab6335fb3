/* SPDX-License-Identifier: MIT */
#include "ring.h"

#include <stdlib.h>
#include <sys/mman.h>

_Static_assert((int)WSC_EV_END <= (int)WSC_SLOT_MORE, "kinds leave the wide bit and the second slot's mark free");
_Static_assert((int)WSC_RING_EVENTS_MIN == (int)RING_FILE_SLOTS_MIN &&
                   (int)WSC_RING_EVENTS_MAX == (int)RING_FILE_SLOTS_MAX,
               "as the format says");

static size_t ring_bytes(uint64_t slots)
{
	return RING_FILE_SLOTS_AT + (size_t)slots * sizeof(struct wsc_slot);
}

struct ring_file_ring *ring_shared(const wsc_worker *w)
{
	return (struct ring_file_ring *)(void *)((char *)w->ring - offsetof(struct ring_file_ring, ring));
}

struct ring_slots ring_slots(const wsc_worker *w)
{
	return (struct ring_slots){.slots = wsc_slot_at(w->ring, 0), .mask = w->mask, .worker = w->id};
}

wsc_worker *ring_create(uint32_t worker_id, size_t slots)
{
	wsc_worker *w =
	    aligned_alloc(WSC_CACHE_LINE, (sizeof(*w) + WSC_CACHE_LINE - 1) / WSC_CACHE_LINE * WSC_CACHE_LINE);
	struct ring_file_ring *shared =
	    mmap(NULL, ring_bytes(slots), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
	if (w == NULL || shared == MAP_FAILED) {
		if (shared != MAP_FAILED)
			munmap(shared, ring_bytes(slots));
		free(w);
		return NULL;
	}
	shared->worker = worker_id;
	shared->slots = slots;
	*w = (wsc_worker){.on = 1, .id = worker_id, .limit = slots, .ring = &shared->ring, .mask = slots - 1};
	return w;
}

void ring_free(wsc_worker *w)
{
	munmap(ring_shared(w), ring_bytes(w->mask + 1));
	free(w);
}

void ring_switch(wsc_worker *w, bool on)
{
	/* Relaxed: see wsc_is_on(), with which it pairs. */
	__atomic_store_n(&w->on, on ? 1u : 0u, __ATOMIC_RELAXED);
}

/* --- the producer's slow path --- */

static uint64_t own_head(const wsc_worker *w)
{
	return __atomic_load_n(&w->ring->head, __ATOMIC_RELAXED); /* the producer's own word */
}

static void count_drop(wsc_worker *w, uint64_t head)
{
	struct ring_file_ring *shared = ring_shared(w);
	/* Relaxed: published by the store of `dropped` below. */
	if (w->gap_count == 0)
		__atomic_store_n(&shared->gap_from, wsc_stamp_fenced(), __ATOMIC_RELAXED);
	w->gap_count++;
	/* From here on every call takes the slow path, until the gap is written: nothing may overtake it. */
	w->limit = head;
	/* Release: whoever sees the count sees the gap's start too. Pairs with ring_slot_pending(). The load is of this
	 * thread's own word. */
	__atomic_store_n(&shared->dropped, __atomic_load_n(&shared->dropped, __ATOMIC_RELAXED) + 1, __ATOMIC_RELEASE);
}

static void put_two(wsc_worker *w, uint64_t head, struct wsc_slot first, struct wsc_slot second)
{
	*wsc_slot_at(w->ring, head & w->mask) = first;
	*wsc_slot_at(w->ring, (head + 1) & w->mask) = second;
	/* Release: as in wsc_record(); pairs with ring_head(). */
	__atomic_store_n(&w->ring->head, head + 2, __ATOMIC_RELEASE);
}

/* Writes the pending gap. The stamp of its end is taken here, before that of any event that follows. */
static void put_gap(wsc_worker *w, uint64_t head)
{
	const uint64_t until = wsc_stamp_fenced();
	const uint64_t from = __atomic_load_n(&ring_shared(w)->gap_from, __ATOMIC_RELAXED); /* this thread's own word */
	put_two(w, head, (struct wsc_slot){{from << 8 | WSC_SLOT_WIDE | WSC_EV_GAP, until}},
	        (struct wsc_slot){{w->gap_count << 8 | WSC_SLOT_MORE, 0}});
	w->gap_count = 0;
}

/* Makes sure of room for `slots` slots, or counts a drop. */
static bool make_room(wsc_worker *w, unsigned slots)
{
	const uint64_t head = own_head(w);
	/* Acquire: the consumer has read the slots below the tail before we write them anew. Pairs with
	 * ring_release(). */
	const uint64_t tail = __atomic_load_n(&ring_shared(w)->tail, __ATOMIC_ACQUIRE);
	const uint64_t capacity = w->mask + 1;
	const uint64_t room = capacity - (head - tail);
	const bool gap = w->gap_count != 0;
	/* After drops wait for a quarter of the ring, or a slow consumer would get one gap for every few events. */
	if (room < slots || (gap && room < capacity / 4)) {
		count_drop(w, head);
		return false;
	}
	if (gap)
		put_gap(w, head);
	w->limit = tail + capacity;
	return true;
}

void wsc_record_slow(wsc_worker *w, unsigned kind, uint64_t operand)
{
	if (!make_room(w, 1))
		return;
	const uint64_t head = own_head(w);
	*wsc_slot_at(w->ring, head & w->mask) = (struct wsc_slot){{wsc_stamp_fenced() << 8 | kind, operand}};
	/* Release: as in wsc_record(); pairs with ring_head(). */
	__atomic_store_n(&w->ring->head, head + 1, __ATOMIC_RELEASE);
}

void wsc_record_wide_slow(wsc_worker *w, unsigned kind, uint64_t task, uint64_t more0, uint64_t more1)
{
	if (!make_room(w, 2))
		return;
	put_two(w, own_head(w), (struct wsc_slot){{wsc_stamp_fenced() << 8 | WSC_SLOT_WIDE | kind, task}},
	        (struct wsc_slot){{more0, more1}});
}

/* --- the consumer --- */

uint64_t ring_head(const wsc_worker *w)
{
	/* Acquire: the slots below the head are read after it. Pairs with the release stores of `head`. */
	return __atomic_load_n(&w->ring->head, __ATOMIC_ACQUIRE);
}

void ring_release(wsc_worker *w, uint64_t tail)
{
	/* Release: our reads of the slots come before the producer may write them again. Pairs with make_room(). */
	__atomic_store_n(&ring_shared(w)->tail, tail, __ATOMIC_RELEASE);
}

uint64_t ring_dropped(const wsc_worker *w)
{
	/* Relaxed: a mere number. The producer stores it in count_drop(). */
	return __atomic_load_n(&ring_shared(w)->dropped, __ATOMIC_RELAXED);
}
