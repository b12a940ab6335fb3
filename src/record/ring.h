/* SPDX-License-Identifier: MIT */
/*
 * The two sides of a worker's ring (struct wsc_worker in record.h) that are not inline: making it, the producer's slow
 * path, and the consumer, which turns slots into events.
 *
 * Single producer, single consumer. The functions below are the consumer's, one thread at a time, unless they say
 * otherwise. Ring and slots are one anonymous mapping, filled with pages beforehand, so that the producer's first round
 * takes no page faults. The consumer's part needs indices and slots only, no pointer of the producer's, so that rings
 * may later lie in a mapping that another process reads.
 */
#ifndef RECORD_RING_H
#define RECORD_RING_H

#include <stdbool.h>
#include <stddef.h>

#include "wscheck/record.h"

/* `slots` is a power of two, WSC_RING_EVENTS_MIN to _MAX. NULL: no memory. */
wsc_worker *ring_create(uint32_t worker_id, size_t slots);
void ring_free(wsc_worker *w);

/* Whether calls on this worker record anything. Any thread. */
void ring_switch(wsc_worker *w, bool on);

/* Slots published so far; everything below may be read. */
uint64_t ring_head(const wsc_worker *w);

/* Gives the slots below `tail` back to the producer. */
void ring_release(wsc_worker *w, uint64_t tail);

/* Events dropped by the producer so far, and the stamp of the first that no gap in the ring stands for. Any thread. */
uint64_t ring_dropped(const wsc_worker *w);
uint64_t ring_gap_from(const wsc_worker *w);

/*
 * Reads slots from *at up to `until` (a value of ring_head() and no other: it parts no event) as events, at most `max`;
 * moves *at past them and returns their number. `now` is a stamp read at about this time, against which the 56 bits of
 * the slots are completed. Adds what the gaps among them stand for to *gaps. Slots that make no sense (two threads on
 * one worker) are skipped.
 */
size_t ring_read(const wsc_worker *w, uint64_t *at, uint64_t until, uint64_t now, struct wsc_event *events, size_t max,
                 uint64_t *gaps);

#endif
