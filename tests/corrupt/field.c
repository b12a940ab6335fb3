/* SPDX-License-Identifier: MIT */
/*
 * Redundant fields: what one item says that others say too. Each is altered alone, and the frame written anew with a
 * sound checksum, as a faulty writer or a hostile one would. What nothing else tells (the kind and the task of an event,
 * the identity of handles ...) can't be noticed and is left alone.
 */
#include <stdlib.h>
#include <string.h>

#include "damage.h"
#include "frame.h"
#include "trace_item.h"

/* An altered value: near, far, or nothing. */
static uint64_t other_than(struct corrupt_job *job, uint64_t value)
{
	switch (corrupt_random(job, 4)) {
	case 0:
		return value + 1;
	case 1:
		return value - 1;
	case 2:
		return value ^ UINT64_C(1) << corrupt_random(job, 64);
	default:
		return value != 0 ? 0 : UINT64_MAX;
	}
}

static uint32_t other_than_32(struct corrupt_job *job, uint32_t value)
{
	const uint32_t other = (uint32_t)other_than(job, value);
	return other != value ? other : value + 1;
}

static void alter_total(struct corrupt_job *job, struct trace_total *totals, size_t count)
{
	if (count == 0)
		return;
	struct trace_total *total = &totals[corrupt_random(job, count)];
	switch (corrupt_random(job, 3)) {
	case 0:
		total->worker = other_than_32(job, total->worker);
		break;
	case 1:
		total->events = other_than(job, total->events);
		break;
	default:
		total->last_ts = other_than(job, total->last_ts);
		break;
	}
}

static void alter_block(struct corrupt_job *job, struct block *block)
{
	switch (corrupt_random(job, 8)) {
	case 0:
		block->worker = other_than_32(job, block->worker);
		break;
	case 1:
		/* Not far beyond: the writer looks at each event's token. */
		block->count =
		    corrupt_random(job, 2) == 0 ? block->count + 1 : (uint32_t)corrupt_random(job, block->count);
		break;
	case 2:
		block->first_event = other_than(job, block->first_event);
		break;
	case 3:
		block->first_ts = other_than(job, block->first_ts);
		break;
	case 4:
		block->last_ts = other_than(job, block->last_ts);
		break;
	case 5:
		block->min_ts = other_than(job, block->min_ts);
		break;
	case 6:
		block->max_ts = other_than(job, block->max_ts);
		break;
	default:
		block->dropped = other_than(job, block->dropped);
		break;
	}
}

static void alter_footer(struct corrupt_job *job, struct trace_footer *footer)
{
	switch (corrupt_random(job, 6)) {
	case 0:
		footer->events = other_than(job, footer->events);
		break;
	case 1:
		footer->dropped = other_than(job, footer->dropped);
		break;
	case 2:
		footer->frames = other_than(job, footer->frames);
		break;
	case 3:
		footer->max_ts = other_than(job, footer->max_ts);
		break;
	case 4:
		footer->has_index = !footer->has_index;
		break;
	default:
		alter_total(job, footer->totals, footer->count);
		break;
	}
}

/* The item with one field altered, of its envelope or of its own. False: there is none in such an item. */
static bool alter(struct corrupt_job *job, const struct corrupt_frame *frame, struct trace_cbor_writer *to,
                  struct frame_part *parts, size_t *part_count)
{
	struct trace_cbor_reader from = {.bytes = frame->content, .size = frame->content_size};
	struct trace_envelope envelope;
	struct block block;
	struct trace_epoch epoch;
	struct trace_footer footer;
	uint64_t left;
	unsigned char id[TRACE_ID_BYTES];
	if (trace_item_read(&from, &envelope, &left) != WSC_OK)
		abort();
	memset(id, 0, sizeof(id));
	memcpy(id, envelope.id, TRACE_ID_BYTES / 2);
	const uint64_t what = corrupt_random(job, 4);
	if (what == 0)
		id[corrupt_random(job, TRACE_ID_BYTES / 2)] ^= (unsigned char)(1u << corrupt_random(job, 8));
	const uint64_t sequence = what == 1 ? other_than(job, envelope.sequence) : envelope.sequence;
	*part_count = 1;
	if (envelope.type == TRACE_ITEM_BLOCK && trace_item_read_block(&from, left, &block) == WSC_OK) {
		if (what > 1)
			alter_block(job, &block);
		*part_count = trace_item_write_block(to, id, sequence, &block, parts);
	} else if (envelope.type == TRACE_ITEM_EPOCH && trace_item_read_epoch(&from, left, &epoch) == WSC_OK) {
		if (what > 1)
			alter_total(job, epoch.totals, epoch.count);
		trace_item_write_epoch(to, id, sequence, &epoch);
		free(epoch.totals);
	} else if (envelope.type == TRACE_ITEM_FOOTER && trace_item_read_footer(&from, left, &footer) == WSC_OK) {
		if (what > 1)
			alter_footer(job, &footer);
		trace_item_write_footer(to, id, sequence, &footer);
		free(footer.totals);
	} else {
		return false;
	}
	return true;
}

void damage_field(struct corrupt_job *job)
{
	const struct corrupt_original *o = job->original;
	struct trace_cbor_writer item = {0};
	struct frame_part parts[TRACE_ITEM_BLOCK_PARTS];
	struct frame_writer *writer;
	const struct corrupt_frame *frame;
	const unsigned char *bytes;
	size_t count, size;
	if (frame_writer_create(&writer, 0) != WSC_OK)
		abort();
	do {
		trace_cbor_clear(&item);
		frame =
		    &o->frames[corrupt_random(job, 4) == 0 ? o->frame_count - 1 : corrupt_random(job, o->frame_count)];
	} while (!alter(job, frame, &item, parts, &count));
	if (count == 1)
		parts[0] = (struct frame_part){item.bytes, item.size};
	if (frame_write(writer, parts, count, &bytes, &size) != WSC_OK)
		abort();
	corrupt_replace(job, frame->at, frame->size, bytes, size);
	frame_writer_free(writer);
	trace_cbor_free(&item);
}
