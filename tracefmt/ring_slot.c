/* SPDX-License-Identifier: MIT */
#include "ring_slot.h"

#include <stdbool.h>

/* The 64-bit stamp nearest to `now` with these low 56 bits. */
static uint64_t complete_stamp(uint64_t low56, uint64_t now)
{
	const uint64_t shifted = (low56 - now) << 8;
	return now + (shifted >> 63 != 0 ? shifted >> 8 | UINT64_C(0xff) << 56 : shifted >> 8);
}

uint64_t ring_slot_stamp(const struct wsc_slot *slot, uint64_t now)
{
	return complete_stamp(slot->word[0] >> 8, now);
}

static uint32_t at_most_32(uint64_t count)
{
	return count > UINT32_MAX ? UINT32_MAX : (uint32_t)count;
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
		const uint64_t count = more->word[0] >> 8;
		*gaps += count;
		event->arg = at_most_32(count);
		if (event->task < event->ts)
			event->task = event->ts;
		return;
	}
	event->queue = (uint32_t)more->word[1];
	event->arg = (uint32_t)(more->word[1] >> 32);
	if (event->kind != WSC_EV_STEAL_FAILURE) {
		event->flags = (uint8_t)((more->word[0] >> 8) & (WSC_FLAG_PINNED | WSC_FLAG_INFERRED));
		return;
	}
	event->reason = (uint8_t)((more->word[0] >> 16) & 3);
	if (event->arg == 0)
		event->arg = 1;
}

size_t ring_slot_read(const struct ring_slots *from, uint64_t *at, uint64_t until, uint64_t now,
                      struct wsc_event *events, size_t max, uint64_t *gaps)
{
	size_t count = 0;
	uint64_t index = *at;
	while (index < until && count < max) {
		const struct wsc_slot *slot = &from->slots[(index++ - from->first) & from->mask];
		const unsigned kind = (unsigned)(slot->word[0] & (WSC_SLOT_WIDE - 1));
		const bool wide = (slot->word[0] & WSC_SLOT_WIDE) != 0;
		const struct wsc_slot *more = &from->slots[(index - from->first) & from->mask];
		if (kind == 0 || kind >= WSC_EV_END)
			continue;
		if (wide && (index >= until || (more->word[0] & 0xff) != WSC_SLOT_MORE))
			continue;
		struct wsc_event *event = &events[count++];
		*event =
		    (struct wsc_event){.ts = ring_slot_stamp(slot, now), .worker = from->worker, .kind = (uint8_t)kind};
		if (wide)
			decode_wide(event, slot->word[1], more, gaps);
		else
			decode_narrow(event, slot->word[1]);
		index += wide;
	}
	*at = index;
	return count;
}

/* --- what is not in the slots --- */

/* Puts the last of the events where its stamp belongs. */
static void sort_in(struct wsc_event *events, size_t count)
{
	const struct wsc_event last = events[count - 1];
	size_t at = count - 1;
	for (; at > 0 && events[at - 1].ts > last.ts; at--)
		events[at] = events[at - 1];
	events[at] = last;
}

size_t ring_slot_held(const struct ring_file_ring *ring, struct wsc_event *events)
{
	size_t count = 0;
	uint64_t sum = 0;
	/* Acquire: the holds were stored before. Pairs with the producer's hold_failures(). */
	const uint32_t holds = __atomic_load_n(&ring->hold_count, __ATOMIC_ACQUIRE);
	/* Acquire: the other words of the start were stored before. Pairs with hold_start(). */
	const uint64_t start = __atomic_load_n(&ring->start_stamp, __ATOMIC_ACQUIRE);
	const uint64_t start_sum = __atomic_load_n(&ring->start_sum, __ATOMIC_RELAXED);
	for (uint32_t i = 0; i < holds && i < RING_FILE_HOLDS; i++) {
		const struct ring_file_hold *hold = &ring->holds[i];
		/* Acquire: the stamp was stored before. Pairs with add_to_hold(). */
		const uint32_t attempts = __atomic_load_n(&hold->count, __ATOMIC_ACQUIRE);
		if (attempts == 0)
			continue;
		sum += attempts;
		events[count++] = (struct wsc_event){.ts = __atomic_load_n(&hold->stamp, __ATOMIC_RELAXED),
		                                     .worker = ring->worker,
		                                     .queue = __atomic_load_n(&hold->queue, __ATOMIC_RELAXED),
		                                     .arg = attempts,
		                                     .kind = WSC_EV_STEAL_FAILURE,
		                                     .reason = __atomic_load_n(&hold->reason, __ATOMIC_RELAXED) & 3};
		sort_in(events, count);
	}
	if (start == 0 || start_sum != sum)
		return count;
	/* A failure stamped later than the open attempt is its answer, killed before it counted: the run's own last stamp
	 * is then not known, but it came before the attempt. */
	for (size_t i = count; i > 0 && events[i - 1].ts > start; i--)
		events[i - 1].ts = start;
	events[count++] = (struct wsc_event){.ts = start,
	                                     .worker = ring->worker,
	                                     .queue = __atomic_load_n(&ring->start_queue, __ATOMIC_RELAXED),
	                                     .kind = WSC_EV_STEAL_START};
	return count;
}

static struct wsc_event gap_event(uint32_t worker, uint64_t from, uint64_t until, uint64_t count)
{
	return (struct wsc_event){.ts = from,
	                          .task = until > from ? until : from,
	                          .worker = worker,
	                          .arg = at_most_32(count),
	                          .kind = WSC_EV_GAP};
}

size_t ring_slot_pending(const struct ring_file_ring *ring, uint64_t head, uint64_t gaps, uint64_t last, uint64_t until,
                         uint64_t pauses, uint64_t paused, struct wsc_event *events)
{
	/* Acquire: what is held back was stored before. Pairs with the producer. */
	const bool holds = __atomic_load_n(&ring->hold_at, __ATOMIC_ACQUIRE) == head;
	size_t count = holds ? ring_slot_held(ring, events) : 0;
	/* Acquire: whoever sees the count sees the gap's start too. Pairs with the producer's drop(). */
	const uint64_t dropped = __atomic_load_n(&ring->dropped, __ATOMIC_ACQUIRE);
	const uint64_t seen = __atomic_load_n(&ring->pauses_seen, __ATOMIC_RELAXED); /* a mere number */
	if (dropped > gaps)
		events[count++] =
		    gap_event(ring->worker, __atomic_load_n(&ring->gap_from, __ATOMIC_RELAXED), until, dropped - gaps);
	if (seen != pauses)
		events[count++] = gap_event(ring->worker, pauses - seen <= 2 ? paused : last, until, 0);
	for (size_t i = 0; i < count; i++) {
		events[i].ts = events[i].ts > last ? events[i].ts : last;
		if (events[i].kind == WSC_EV_GAP && events[i].task < events[i].ts)
			events[i].task = events[i].ts;
		if (events[i].kind != WSC_EV_GAP)
			last = events[i].ts;
	}
	return count;
}
