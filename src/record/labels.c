/* SPDX-License-Identifier: MIT */
#include "labels.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "trace_limits.h"

#define INDEX_MIN     64u
#define SEGMENT_BYTES 65536u

struct labels_segment {
	struct labels_segment *next;
	struct ring_segment *segment;
};

_Static_assert(RING_FILE_SEGMENT_BYTES + sizeof(struct ring_file_label) + TRACE_STRING_BYTES_MAX + 8 <= SEGMENT_BYTES,
               "any label fits a segment");

/* FNV-1a (http://www.isthe.com/chongo/tech/comp/fnv/). */
static uint32_t hash_text(const char *text)
{
	uint32_t hash = 2166136261u;
	for (; *text != '\0'; text++)
		hash = (hash ^ (unsigned char)*text) * 16777619u;
	return hash;
}

/* The place of a text in the index, or the free place where it belongs. */
static uint32_t *find(const struct labels *labels, const char *text)
{
	uint32_t at = hash_text(text) & (labels->index_size - 1);
	while (labels->index[at] != 0 && strcmp(labels->texts[labels->index[at] - 1], text) != 0)
		at = (at + 1) & (labels->index_size - 1);
	return &labels->index[at];
}

/* Room for one label more, with at most half the index in use. */
static bool grow(struct labels *labels)
{
	if (labels->index_size > 2 * labels->count)
		return true;
	const uint32_t size = labels->index_size != 0 ? 2 * labels->index_size : INDEX_MIN;
	char **texts = realloc(labels->texts, size / 2 * sizeof(*texts));
	if (texts == NULL)
		return false;
	labels->texts = texts;
	uint32_t *index = calloc(size, sizeof(*index));
	if (index == NULL)
		return false;
	free(labels->index);
	labels->index = index;
	labels->index_size = size;
	for (uint32_t i = 0; i < labels->count; i++)
		*find(labels, labels->texts[i]) = i + 1;
	return true;
}

static struct ring_file_labels *segment_map(const struct labels_segment *segment)
{
	return (struct ring_file_labels *)(void *)segment->segment->map;
}

/* The segment that has room for a record. NULL: there is none, and a kill will lose the text, not the event. */
static struct ring_file_labels *segment_with_room(struct labels *labels, struct ring_store *store, size_t bytes)
{
	if (labels->segments != NULL && segment_map(labels->segments)->used + bytes <= SEGMENT_BYTES)
		return segment_map(labels->segments);
	struct labels_segment *more = calloc(1, sizeof(*more));
	if (more != NULL)
		more->segment = ring_store_take(store, SEGMENT_BYTES, true);
	if (more == NULL || more->segment == NULL) {
		free(more);
		return NULL;
	}
	segment_map(more)->used = RING_FILE_SEGMENT_BYTES;
	ring_store_publish(more->segment, RING_FILE_LABELS);
	more->next = labels->segments;
	labels->segments = more;
	return segment_map(more);
}

static void share(struct labels *labels, struct ring_store *store, uint32_t number, const char *text)
{
	const size_t size = strlen(text), bytes = sizeof(struct ring_file_label) + (size + 7) / 8 * 8;
	struct ring_file_labels *to = segment_with_room(labels, store, bytes);
	if (to == NULL)
		return;
	struct ring_file_label *record = (struct ring_file_label *)(void *)((char *)to + to->used);
	memset(record, 0, bytes);
	record->label = number;
	record->size = (uint32_t)size;
	memcpy(record + 1, text, size);
	/* Release: the record is whole. Pairs with readers of the rings' file. */
	__atomic_store_n(&to->used, to->used + bytes, __ATOMIC_RELEASE);
}

uint32_t labels_number(struct labels *labels, struct ring_store *store, char *text)
{
	uint32_t number = 0;
	if (grow(labels)) {
		uint32_t *place = find(labels, text);
		if (*place == 0 && labels->count < TRACE_TABLE_ROWS_MAX) {
			labels->texts[labels->count++] = text;
			*place = labels->count;
			share(labels, store, *place, text);
			return *place;
		}
		number = *place;
	}
	free(text);
	return number;
}

void labels_free(struct labels *labels)
{
	for (uint32_t i = 0; i < labels->count; i++)
		free(labels->texts[i]);
	free(labels->texts);
	free(labels->index);
	while (labels->segments != NULL) {
		struct labels_segment *segment = labels->segments;
		labels->segments = segment->next;
		ring_segment_free(segment->segment);
		free(segment);
	}
	*labels = (struct labels){.count = 0};
}
