/* SPDX-License-Identifier: MIT */
#include "ring.h"

#include <stddef.h>
#include <sys/mman.h>

/* The worker's struct has the mapping's first page for itself. */
#define RING_HEADER_BYTES 4096u

_Static_assert(sizeof(struct wsc_slot) == 16, "a slot is 16 bytes");
_Static_assert(offsetof(struct wsc_worker, gap_count) + sizeof(uint64_t) <= WSC_CACHE_LINE,
               "the producer's fields share one cache line");
_Static_assert(offsetof(struct wsc_worker, tail) % WSC_CACHE_LINE == 0, "the consumer has a cache line of its own");
_Static_assert(sizeof(struct wsc_worker) <= RING_HEADER_BYTES, "the worker fits its page");
_Static_assert((int)WSC_EV_END <= (int)WSC_SLOT_WIDE, "kinds leave the wide bit free");

static size_t ring_bytes(uint64_t slots)
{
	return RING_HEADER_BYTES + (size_t)slots * sizeof(struct wsc_slot);
}

wsc_worker *ring_create(uint32_t worker_id, size_t slots)
{
	void *map =
	    mmap(NULL, ring_bytes(slots), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
	if (map == MAP_FAILED)
		return NULL;
	wsc_worker *w = map;
	w->id = worker_id;
	w->mask = slots - 1;
	w->limit = slots;
	w->slots = (struct wsc_slot *)(void *)((char *)map + RING_HEADER_BYTES);
	w->on = 1;
	return w;
}

void ring_free(wsc_worker *w)
{
	munmap(w, ring_bytes(w->mask + 1));
}

void ring_switch(wsc_worker *w, bool on)
{
	/* Relaxed: see wsc_is_on(), with which it pairs. */
	__atomic_store_n(&w->on, on ? 1u : 0u, __ATOMIC_RELAXED);
}

/* --- the producer's slow path --- */

static void count_drop(wsc_worker *w, uint64_t head)
{
	/* Relaxed: published by the store of `dropped` below. */
	if (w->gap_count == 0)
		__atomic_store_n(&w->gap_from, wsc_stamp_fenced(), __ATOMIC_RELAXED);
	w->gap_count++;
	/* From here on every call takes the slow path, until the gap is written: nothing may overtake it. */
	w->limit = head;
	/* Release: whoever sees the count sees the gap's start too. Pairs with ring_dropped(). The load is of this
	 * thread's own word. */
	__atomic_store_n(&w->dropped, __atomic_load_n(&w->dropped, __ATOMIC_RELAXED) + 1, __ATOMIC_RELEASE);
}

static void put_two(wsc_worker *w, uint64_t head, struct wsc_slot first, struct wsc_slot second)
{
	w->slots[head & w->mask] = first;
	w->slots[(head + 1) & w->mask] = second;
	/* Release: as in wsc_record(); pairs with ring_head(). */
	__atomic_store_n(&w->head, head + 2, __ATOMIC_RELEASE);
}

/* Writes the pending gap. The stamp of its end is taken here, before that of any event that follows. */
static void put_gap(wsc_worker *w, uint64_t head)
{
	const uint64_t until = wsc_stamp_fenced();
	const uint64_t from = __atomic_load_n(&w->gap_from, __ATOMIC_RELAXED); /* this thread's own word */
	put_two(w, head, (struct wsc_slot){{from << 8 | WSC_SLOT_WIDE | WSC_EV_GAP, until}},
	        (struct wsc_slot){{w->gap_count, 0}});
	w->gap_count = 0;
}

/* Makes sure of room for `slots` slots, or counts a drop. */
static bool make_room(wsc_worker *w, unsigned slots)
{
	const uint64_t head = __atomic_load_n(&w->head, __ATOMIC_RELAXED); /* this thread's own word */
	/* Acquire: the consumer has read the slots below the tail before we write them anew. Pairs with
	 * ring_release(). */
	const uint64_t tail = __atomic_load_n(&w->tail, __ATOMIC_ACQUIRE);
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
	const uint64_t head = __atomic_load_n(&w->head, __ATOMIC_RELAXED); /* this thread's own word */
	w->slots[head & w->mask] = (struct wsc_slot){{wsc_stamp_fenced() << 8 | kind, operand}};
	/* Release: as in wsc_record(); pairs with ring_head(). */
	__atomic_store_n(&w->head, head + 1, __ATOMIC_RELEASE);
}

void wsc_record_wide_slow(wsc_worker *w, unsigned kind, uint64_t task, uint64_t more0, uint64_t more1)
{
	if (!make_room(w, 2))
		return;
	put_two(w, __atomic_load_n(&w->head, __ATOMIC_RELAXED) /* this thread's own word */,
	        (struct wsc_slot){{wsc_stamp_fenced() << 8 | WSC_SLOT_WIDE | kind, task}},
	        (struct wsc_slot){{more0, more1}});
}

/* --- the consumer --- */

uint64_t ring_head(const wsc_worker *w)
{
	/* Acquire: the slots below the head are read after it. Pairs with the release stores of `head`. */
	return __atomic_load_n(&w->head, __ATOMIC_ACQUIRE);
}

void ring_release(wsc_worker *w, uint64_t tail)
{
	/* Release: our reads of the slots come before the producer may write them again. Pairs with make_room(). */
	__atomic_store_n(&w->tail, tail, __ATOMIC_RELEASE);
}

uint64_t ring_dropped(const wsc_worker *w)
{
	/* Acquire: pairs with count_drop(), for ring_gap_from(). */
	return __atomic_load_n(&w->dropped, __ATOMIC_ACQUIRE);
}

uint64_t ring_gap_from(const wsc_worker *w)
{
	/* Relaxed: ordered by ring_dropped(), which comes first. */
	return __atomic_load_n(&w->gap_from, __ATOMIC_RELAXED);
}

/* The 64-bit stamp nearest to `now` with these low 56 bits. */
static uint64_t complete_stamp(uint64_t low56, uint64_t now)
{
	const uint64_t shifted = (low56 - now) << 8;
	return now + (shifted >> 63 != 0 ? shifted >> 8 | UINT64_C(0xff) << 56 : shifted >> 8);
}

static void decode_narrow(struct wsc_event *event, uint64_t operand)
{
	switch (event->kind) {
	case WSC_EV_QUEUED:
	case WSC_EV_DEQUEUED:
		event->queue = event->worker;
		event->task = operand;
		break;
	case WSC_EV_STEAL_FAILURE:
		event->arg = 1;
		event->reason = (uint8_t)((operand >> 32) & 3);
		event->queue = (uint32_t)operand;
		break;
	case WSC_EV_STEAL_START:
	case WSC_EV_WAKE:
		event->queue = (uint32_t)operand;
		break;
	default:
		event->task = operand;
		break;
	}
}

static void decode_wide(struct wsc_event *event, uint64_t operand, const struct wsc_slot *more, uint64_t *gaps)
{
	event->task = operand;
	if (event->kind == WSC_EV_GAP) {
		*gaps += more->word[0];
		event->arg = more->word[0] > UINT32_MAX ? UINT32_MAX : (uint32_t)more->word[0];
		return;
	}
	event->queue = (uint32_t)more->word[0];
	event->arg = (uint32_t)(more->word[0] >> 32);
	event->flags = (uint8_t)(more->word[1] & (WSC_FLAG_PINNED | WSC_FLAG_INFERRED));
	event->reason = (uint8_t)((more->word[1] >> 8) & 3);
	if (event->kind == WSC_EV_STEAL_FAILURE && event->arg == 0)
		event->arg = 1;
}

size_t ring_read(const wsc_worker *w, uint64_t *at, uint64_t until, uint64_t now, struct wsc_event *events, size_t max,
                 uint64_t *gaps)
{
	size_t count = 0;
	uint64_t index = *at;
	while (index < until && count < max) {
		const struct wsc_slot *slot = &w->slots[index & w->mask];
		const bool wide = (slot->word[0] & WSC_SLOT_WIDE) != 0;
		const unsigned kind = (unsigned)(slot->word[0] & (WSC_SLOT_WIDE - 1));
		index += wide ? 2 : 1;
		if (kind == 0 || kind >= WSC_EV_END || index > until)
			continue;
		struct wsc_event *event = &events[count++];
		*event = (struct wsc_event){
		    .ts = complete_stamp(slot->word[0] >> 8, now), .worker = w->id, .kind = (uint8_t)kind};
		if (wide)
			decode_wide(event, slot->word[1], &w->slots[(index - 1) & w->mask], gaps);
		else
			decode_narrow(event, slot->word[1]);
	}
	*at = index < until ? index : until;
	return count;
}
