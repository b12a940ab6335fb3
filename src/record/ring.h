/* SPDX-License-Identifier: MIT */
/*
 * The two sides of a worker's ring (record.h) that are not inline: making it, the producer's slow path, and what the
 * consumer, the drain thread, needs of it.
 *
 * Single producer, single consumer. The functions below are the consumer's, one thread at a time, unless they say
 * otherwise. What both sides share is laid out as in a rings' file (ring_file.h), so that another process can read it.
 */
#ifndef RECORD_RING_H
#define RECORD_RING_H

#include <semaphore.h>
#include <stdbool.h>
#include <stddef.h>

#include "ring_file.h"
#include "ring_slot.h"
#include "wscheck/record.h"

/* What the workers of one recorder share. All words are stored by others than the workers. */
struct wsc_common {
	uint32_t mode;    /* enum wsc_mode, not DEFAULT; BLOCK becomes DROP when nobody makes room any more */
	uint32_t is_rung; /* the bell was rung and not yet heard */
	uint64_t pauses;  /* as in struct ring_file_head */
	uint64_t paused;
	sem_t bell; /* wakes the drain thread */
};

/* What a ring is to do. */
struct ring_traits {
	uint32_t hold_max;    /* as in struct wsc_worker */
	uint32_t sample_last; /* as there */
};

/*
 * Makes a worker of a ring that is all zeros but for its segment's head. `slots` is a power of two,
 * WSC_RING_EVENTS_MIN to _MAX. Any thread.
 */
void ring_init(wsc_worker *w, struct ring_file_ring *shared, uint32_t worker_id, size_t slots,
               struct wsc_common *common, const struct ring_traits *traits);

/* Bytes of a segment with such a ring, a multiple of RING_FILE_PAGE. */
size_t ring_bytes(size_t slots);

/* What the two sides share, and its slots. Any thread. */
struct ring_file_ring *ring_shared(const wsc_worker *w);
struct ring_slots ring_slots(const wsc_worker *w);

/* Whether calls on this worker record anything. Any thread. */
void ring_switch(wsc_worker *w, bool on);

/* From here on nobody waits for room: the mode BLOCK becomes DROP. Any thread. */
void ring_block_no_more(struct wsc_common *common);

/* Before switching a worker on again after a pause: makes its next call take notice. Any thread. */
void ring_notice_pause(wsc_worker *w);

/* The worker's thread records no more: what is held back goes into the ring. The producer's. */
void ring_flush(wsc_worker *w);

/* Slots published so far; everything below may be read, and no event is parted there. */
uint64_t ring_head(const wsc_worker *w);

/* Gives the slots below `tail` back to the producer. */
void ring_release(wsc_worker *w, uint64_t tail);

/* Events dropped by the producer so far. Any thread. */
uint64_t ring_dropped(const wsc_worker *w);

/*
 * A stamp, of `now` or before, so that all that is still to come of the worker is stamped no earlier: the slots from
 * `read` on, what is held back, a gap, a call that waits for room. `gaps`: what the gaps in the slots read so far stand
 * for. (With WSC_MODE_OVERWRITE the slots are left out: they are read anew each time.)
 */
uint64_t ring_oldest(const wsc_worker *w, uint64_t read, uint64_t gaps, uint64_t now);

/* Wakes the drain thread, and what that does first. Any thread; async-signal-safe. */
void ring_bell(struct wsc_common *common);
void ring_bell_heard(struct wsc_common *common);

/* The largest hash of a task that is recorded if one in `sampling` is. */
uint32_t ring_sample_last(uint64_t sampling);

#endif
