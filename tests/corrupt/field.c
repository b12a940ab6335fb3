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
#include "trace_seek.h"

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

static void alter_entry(struct corrupt_job *job, struct trace_index_entry *entry, struct trace_index_entry *other)
{
	switch (corrupt_random(job, 6)) {
	case 0:
		entry->worker = other->worker != entry->worker ? other->worker : other_than_32(job, entry->worker);
		break;
	case 1: /* the sum stays what the footer says */
		entry->count--;
		other->count++;
		break;
	case 2:
		entry->first_ts = other_than(job, entry->first_ts);
		break;
	case 3:
		entry->max_ts = other_than(job, entry->max_ts);
		break;
	case 4: /* the sum stays where the index stands */
		entry->size--;
		other->size++;
		break;
	default:
		entry->type = (uint8_t)other_than(job, entry->type);
		break;
	}
}

/* What of it other items have, too. */
static void alter_id(struct corrupt_job *job, unsigned char *id)
{
	id[corrupt_random(job, TRACE_SHORT_ID_BYTES)] ^= (unsigned char)(1u << corrupt_random(job, 8));
}

static void alter_header(struct corrupt_job *job, struct trace_header *header)
{
	switch (corrupt_random(job, 3)) {
	case 0:
		alter_id(job, header->trace_id);
		break;
	case 1:
		header->ordered = !header->ordered;
		break;
	default:
		header->first_frame += 1 + corrupt_random(job, 4);
		break;
	}
}

/* The envelope of an item, perhaps altered, and whether its fields are to be altered instead. */
struct altered {
	unsigned char id[TRACE_ID_BYTES];
	uint64_t sequence;
	bool fields;
};

static struct altered alter_envelope(struct corrupt_job *job, const struct trace_envelope *envelope)
{
	struct altered altered = {.sequence = envelope->sequence};
	memcpy(altered.id, envelope->id, TRACE_SHORT_ID_BYTES);
	switch (corrupt_random(job, 4)) {
	case 0:
		alter_id(job, altered.id);
		break;
	case 1:
		altered.sequence = other_than(job, altered.sequence);
		break;
	default:
		altered.fields = true;
		break;
	}
	return altered;
}

/* The item with one field altered, of its envelope or of its own. False: there is none in such an item. */
static bool alter(struct corrupt_job *job, const struct corrupt_frame *frame, struct trace_cbor_writer *to,
                  struct frame_part *parts, size_t *part_count)
{
	struct trace_cbor_reader from = {.bytes = frame->content, .size = frame->content_size};
	struct trace_envelope envelope;
	struct trace_header header;
	struct block block;
	struct trace_epoch epoch;
	struct trace_footer footer;
	uint64_t left;
	if (trace_item_read(&from, &envelope, &left) != WSC_OK)
		abort();
	const struct altered altered = alter_envelope(job, &envelope);
	*part_count = 1;
	if (envelope.type == TRACE_ITEM_HEADER && trace_item_read_header(&from, &envelope, left, &header) == WSC_OK) {
		alter_header(job, &header);
		if (trace_item_write_header(to, &header) != WSC_OK)
			abort();
		trace_header_free(&header);
	} else if (envelope.type == TRACE_ITEM_BLOCK && trace_item_read_block(&from, left, &block) == WSC_OK) {
		if (altered.fields)
			alter_block(job, &block);
		*part_count = trace_item_write_block(to, altered.id, altered.sequence, &block, parts);
	} else if (envelope.type == TRACE_ITEM_EPOCH && trace_item_read_epoch(&from, left, &epoch) == WSC_OK) {
		if (altered.fields)
			alter_total(job, epoch.totals, epoch.count);
		trace_item_write_epoch(to, altered.id, altered.sequence, &epoch);
		free(epoch.totals);
	} else if (envelope.type == TRACE_ITEM_FOOTER && trace_item_read_footer(&from, left, &footer) == WSC_OK) {
		if (altered.fields)
			alter_footer(job, &footer);
		trace_item_write_footer(to, altered.id, altered.sequence, &footer);
		free(footer.totals);
	} else {
		return false;
	}
	return true;
}

static struct trace_index_entry *any_block(struct corrupt_job *job, struct trace_index_entry *entries, size_t count)
{
	size_t i;
	do
		i = (size_t)corrupt_random(job, count);
	while (entries[i].type != TRACE_ITEM_BLOCK);
	return &entries[i];
}

/* The index with one field altered, or two whose sum the rest of the file tells. */
static void alter_index(struct corrupt_job *job, struct trace_cbor_writer *to)
{
	const struct corrupt_original *o = job->original;
	struct trace_cbor_reader from = {.bytes = o->index_content, .size = o->index_content_size};
	struct trace_envelope envelope;
	struct trace_index_entry *entries;
	size_t count;
	uint64_t left;
	if (trace_item_read(&from, &envelope, &left) != WSC_OK ||
	    trace_item_read_index(&from, left, false, &entries, &count) != WSC_OK)
		abort();
	const struct altered altered = alter_envelope(job, &envelope);
	if (altered.fields)
		alter_entry(job, any_block(job, entries, count), any_block(job, entries, count));
	if (trace_item_write_index(to, altered.id, altered.sequence, entries, count, false) != WSC_OK)
		abort();
	free(entries);
}

/* With a new frame in the index's skippable one. */
static void replace_index(struct corrupt_job *job, const unsigned char *frame, size_t size)
{
	const struct corrupt_original *o = job->original;
	const size_t whole = TRACE_SEEK_HEAD_BYTES + size + TRACE_SEEK_TAIL_BYTES;
	unsigned char *bytes = malloc(whole);
	if (bytes == NULL)
		abort();
	memcpy(bytes + TRACE_SEEK_HEAD_BYTES, frame, size);
	trace_seek_frame(size, bytes, bytes + TRACE_SEEK_HEAD_BYTES + size);
	corrupt_replace(job, o->index_at, o->size - o->index_at, bytes, whole);
	free(bytes);
}

/* NULL: the index. It, the footer and the header are few among many blocks. */
static const struct corrupt_frame *any_item(struct corrupt_job *job)
{
	const struct corrupt_original *o = job->original;
	switch (corrupt_random(job, 8)) {
	case 0:
	case 1:
		return NULL;
	case 2:
	case 3:
		return &o->frames[o->frame_count - 1];
	case 4:
		return &o->frames[0];
	default:
		return &o->frames[corrupt_random(job, o->frame_count)];
	}
}

void damage_field(struct corrupt_job *job)
{
	struct trace_cbor_writer item = {0};
	struct frame_part parts[TRACE_ITEM_BLOCK_PARTS];
	struct frame_writer *writer;
	const struct corrupt_frame *frame;
	const unsigned char *bytes;
	size_t count = 1, size;
	if (frame_writer_create(&writer, 0) != WSC_OK)
		abort();
	do {
		trace_cbor_clear(&item);
		frame = any_item(job);
		if (frame == NULL)
			alter_index(job, &item);
	} while (frame != NULL && !alter(job, frame, &item, parts, &count));
	if (count == 1)
		parts[0] = (struct frame_part){item.bytes, item.size};
	if (frame_write(writer, parts, count, &bytes, &size) != WSC_OK)
		abort();
	if (frame != NULL)
		corrupt_replace(job, frame->at, frame->size, bytes, size);
	else
		replace_index(job, bytes, size);
	frame_writer_free(writer);
	trace_cbor_free(&item);
}
