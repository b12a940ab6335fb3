/* SPDX-License-Identifier: MIT */
/*
 * The slots of a recorder's ring, as events. One event is one slot of 16 bytes or two (record.h has the layout); what
 * makes no sense is skipped, so that any bytes will do. The recorder's drain thread and the readers of a rings' file
 * (ring_file.h) use the same functions, so that both number a worker's events alike. Any thread; nothing is kept.
 */
#ifndef RING_SLOT_H
#define RING_SLOT_H

#include <stddef.h>
#include <stdint.h>

#include "ring_file.h"
#include "wscheck/event.h"

/* Slots in memory: slot i of the worker's stream is slots[(i - first) & mask]. */
struct ring_slots {
	const struct wsc_slot *slots;
	uint64_t first; /* of a ring 0 */
	uint64_t mask;  /* of a chunk UINT64_MAX */
	uint32_t worker;
};

/*
 * Reads slots from *at up to `until` as events, at most `max`; moves *at past them and returns their number. `until`
 * must part no event: it is a value of the ring's head, or the end of a chunk. `now` is a stamp less than 2^55 away
 * from all of them, against which the 56 bits of a slot's stamp are completed. Adds what the gaps among them stand for
 * to *gaps.
 */
size_t ring_slot_read(const struct ring_slots *from, uint64_t *at, uint64_t until, uint64_t now,
                      struct wsc_event *events, size_t max, uint64_t *gaps);

/* The stamp of a first slot, completed as above. */
uint64_t ring_slot_stamp(const struct wsc_slot *slot, uint64_t now);

/*
 * Failed attempts that a worker holds back, by stamp, and the steal_start of an attempt that is open; they count if the
 * ring's hold_at says so. `events` has room for RING_SLOT_HELD_MAX. Returns their number.
 */
#define RING_SLOT_HELD_MAX (RING_FILE_HOLDS + 1)
size_t ring_slot_held(const struct ring_file_ring *ring, struct wsc_event *events);

/* The most events that ring_slot_pending() gives. */
#define RING_SLOT_PENDING_MAX (RING_SLOT_HELD_MAX + 2)

/*
 * What a worker left that is not in its slots, as the events that follow them: failed attempts that were held back, a
 * held steal_start, a gap for dropped events that no gap stands for yet, and a gap of count 0 if the recorder was
 * switched off meanwhile. `head`: the ring's head, up to which slots were read. `gaps`: of all slots so far. `last`: the
 * stamp of the last event (0: none). `until`: a stamp at which the worker records no more. `paused`: when the
 * recorder was switched off for the last time. `pauses`: how many times it was switched. No event is stamped before
 * `last`. `events` has room for RING_SLOT_PENDING_MAX. Returns their number.
 */
size_t ring_slot_pending(const struct ring_file_ring *ring, uint64_t head, uint64_t gaps, uint64_t last, uint64_t until,
                         uint64_t pauses, uint64_t paused, struct wsc_event *events);

#endif
