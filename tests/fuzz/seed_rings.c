/* SPDX-License-Identifier: MIT */
/* Prints an input of fuzz_rings.c: the rings of two workers, labels, and slots that left a ring. seed_rings >SEED */
#include <stdio.h>
#include <string.h>

#include "ring_file.h"

enum { HEAD_FROM = 16, HEAD_BYTES = 160, PAGE_FIELDS = 400, EVENTS = 20, OLDER = 6 };

static void put_number(unsigned number, size_t size)
{
	for (size_t i = 0; i < size; i++)
		putchar((int)(number >> 8 * i & 0xff));
}

/* A segment of a kind: what follows its own head, padded to PAGE_FIELDS, and what is in its slots. */
static void put_segment(enum ring_file_kind kind, const void *page, size_t page_size, const void *slots, size_t size)
{
	unsigned char fields[PAGE_FIELDS] = {0};
	const size_t own = sizeof(struct ring_file_segment);
	if (page_size > own)
		memcpy(fields, (const char *)page + own, page_size - own < PAGE_FIELDS ? page_size - own : PAGE_FIELDS);
	put_number(kind, 1);
	put_number((unsigned)(PAGE_FIELDS + size), 2);
	fwrite(fields, 1, PAGE_FIELDS, stdout);
	fwrite(slots, 1, size, stdout);
}

/* Events of one slot and of two, from number `first` on; returns the number of slots. */
static size_t fill(struct wsc_slot *slots, unsigned first, unsigned events)
{
	size_t count = 0;
	for (unsigned i = first; i < first + events; i++) {
		const uint64_t stamp = 1000 + 10 * i;
		const bool wide = i % 5 == 4;
		const unsigned kind = i % 5 == 0 ? WSC_EV_QUEUED : wide ? WSC_EV_GAP : WSC_EV_QUEUED + i % 12;
		slots[count++] =
		    (struct wsc_slot){{stamp << 8 | kind | (wide ? WSC_SLOT_WIDE : 0), wide ? stamp + 5 : 1 + i}};
		if (wide)
			slots[count++] = (struct wsc_slot){{WSC_SLOT_MORE | 3 << 8, 0}};
	}
	return count;
}

static void put_ring(uint32_t worker, uint64_t first_slot)
{
	struct wsc_slot slots[512] = {0};
	struct ring_file_ring page = {.order = worker,
	                              .worker = worker,
	                              .name_size = 2,
	                              .thread_id = 7,
	                              .slots = 64,
	                              .attached = 900,
	                              .tail = first_slot,
	                              .mark_count = 1,
	                              .hold_count = 1,
	                              .start_stamp = 1400,
	                              .start_sum = 2};
	const size_t count = fill(slots + first_slot, (unsigned)first_slot, EVENTS);
	page.ring.head = page.hold_at = first_slot + count;
	page.holds[0] = (struct ring_file_hold){.stamp = 1390, .queue = 3, .count = 2};
	page.dropped = 1000;
	page.gap_from = 1410;
	put_segment(RING_FILE_RING, &page, sizeof(page), slots, (first_slot + count) * sizeof(*slots));
}

static void put_labels(void)
{
	struct {
		struct ring_file_labels head;
		unsigned char rest[RING_FILE_SEGMENT_BYTES - sizeof(struct ring_file_labels)];
		struct ring_file_label label;
		char text[8];
	} labels = {.label = {1, 5}, .text = "label"};
	labels.head.used = sizeof(labels);
	put_segment(RING_FILE_LABELS, &labels, sizeof(labels), "", 0);
}

static void put_chunk(uint64_t order)
{
	struct {
		struct ring_file_chunk head;
		struct wsc_slot slots[2 * OLDER];
	} chunk = {.head = {.order = order}};
	chunk.head.count = fill(chunk.slots, 0, OLDER);
	put_segment(RING_FILE_CHUNKS, "", 0, &chunk, sizeof(chunk));
}

int main(void)
{
	struct ring_file_head head = {
	    .process_id = 7, .header_at = RING_FILE_HEAD_BYTES, .opened = {.stamp = 800, .raw_ns = 800, .wall_ns = 1}};
	put_number(0, 1); /* with a trace, of no event; the run is gone */
	fwrite((const char *)&head + HEAD_FROM, 1, HEAD_BYTES, stdout);
	put_segment(RING_FILE_HEADER, "", 0, "", 0);
	put_ring(1, 0);
	put_ring(2, OLDER + 1); /* the slots below are in a chunk: one of the events has two */
	put_labels();
	put_chunk(2);
	return fflush(stdout) == 0 ? 0 : 2;
}
