/* SPDX-License-Identifier: MIT */
/*
 * The two sides of a worker's ring (struct wsc_worker in record.h) that are not inline: making it, the producer's slow
 * path, and the consumer, which turns slots into events.
 *
 * Single producer, single consumer. The functions below are the consumer's, one thread at a time, unless they say
 * otherwise. What both sides share is laid out as in a rings' file (ring_file.h), so that another process can read it.
 */
#ifndef RECORD_RING_H
#define RECORD_RING_H

#include <stdbool.h>
#include <stddef.h>

#include "ring_file.h"
#include "ring_slot.h"
#include "wscheck/record.h"

/*
 * `slots` is a power of two, WSC_RING_EVENTS_MIN to _MAX. NULL: no memory. The ring's pages are filled beforehand, so
 * that the producer's first round takes no page faults.
 */
wsc_worker *ring_create(uint32_t worker_id, size_t slots);
void ring_free(wsc_worker *w);

/* What the two sides share, and its slots. Any thread. */
struct ring_file_ring *ring_shared(const wsc_worker *w);
struct ring_slots ring_slots(const wsc_worker *w);

/* Whether calls on this worker record anything. Any thread. */
void ring_switch(wsc_worker *w, bool on);

/* Slots published so far; everything below may be read, and no event is parted there. */
uint64_t ring_head(const wsc_worker *w);

/* Gives the slots below `tail` back to the producer. */
void ring_release(wsc_worker *w, uint64_t tail);

/* Events dropped by the producer so far. Any thread. */
uint64_t ring_dropped(const wsc_worker *w);

#endif
