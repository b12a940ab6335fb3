/* SPDX-License-Identifier: MIT */
#include "ring_reader.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "array.h"
#include "read_whole.h"
#include "ring_slot.h"
#include "trace_cbor.h"
#include "trace_item.h"
#include "utf8.h"

enum { POLICY_OVERWRITE = 2, COUNT_TRIES = 1000 };

/* Reads exactly `size` bytes. FORMAT: the file ends before. */
static enum wsc_status read_at(const struct ring_reader *reader, uint64_t offset, void *bytes, size_t size)
{
	const ssize_t got = read_whole(reader->fd, bytes, size, offset);
	if (got < 0)
		return WSC_IO;
	return (size_t)got == size ? WSC_OK : WSC_FORMAT;
}

/*
 * From `offset` on the first place below `end` that is no hole, or `end`. Holes read as zeros, which are no events: skipping
 * them keeps the time within what the data takes that is really there.
 */
static uint64_t next_data(const struct ring_reader *reader, uint64_t offset, uint64_t end)
{
	const off_t data = lseek(reader->fd, (off_t)offset, SEEK_DATA);
	if (data < 0)
		return errno == ENXIO ? end : offset;
	return (uint64_t)data < end ? (uint64_t)data : end;
}

/* --- the head --- */

/* The last moment known: the copy that the count names, if the count is the same before and after. */
static enum wsc_status read_now(struct ring_reader *reader)
{
	const uint64_t at = offsetof(struct ring_file_head, now);
	struct ring_file_now first, again;
	for (int i = 0; i < COUNT_TRIES; i++) {
		enum wsc_status status = read_at(reader, at, &first, sizeof(first));
		if (status == WSC_OK)
			status = read_at(reader, at, &again, sizeof(again));
		if (status != WSC_OK)
			return status;
		reader->now = first.count == 0 ? reader->head.opened : first.copy[first.count % 2];
		if (first.count == again.count)
			break;
	}
	return WSC_OK;
}

static enum wsc_status read_head(struct ring_reader *reader, struct trace_error *err)
{
	struct stat status;
	if (fstat(reader->fd, &status) != 0)
		return trace_error_set(err, WSC_IO, 0, "the file cannot be read: %s", strerror(errno));
	reader->size = (uint64_t)status.st_size;
	enum wsc_status result = read_at(reader, 0, &reader->head, sizeof(reader->head));
	if (result == WSC_OK)
		result = read_now(reader);
	if (result == WSC_IO)
		return trace_error_set(err, WSC_IO, 0, "the file cannot be read: %s", strerror(errno));
	if (result == WSC_OK && reader->head.magic[0] == 0) /* it is the last that is written */
		return trace_error_set(err, WSC_FORMAT, 0, RING_READER_NOT_BEGUN);
	if (result != WSC_OK || memcmp(reader->head.magic, RING_FILE_MAGIC, RING_FILE_MAGIC_BYTES) != 0)
		return trace_error_set(err, WSC_FORMAT, 0, "not the rings of a recorder");
	if (reader->head.version != RING_FILE_VERSION)
		return trace_error_set(err, WSC_UNSUPPORTED, 0, "the rings were written by another version of wscheck");
	if (reader->head.bytes < RING_FILE_HEAD_BYTES || reader->head.bytes > RING_FILE_BYTES_MAX)
		return trace_error_set(err, WSC_FORMAT, 0, "the rings' size is out of range");
	reader->is_torn = reader->head.bytes > reader->size;
	if (!reader->is_torn)
		reader->size = reader->head.bytes;
	reader->last_ts = reader->now.stamp;
	return WSC_OK;
}

/* --- segments --- */

/* The trace's header item, if there is a sound one. */
static enum wsc_status read_header(struct ring_reader *reader)
{
	const uint64_t offset = reader->head.header_at;
	struct ring_file_header segment;
	if (offset < RING_FILE_HEAD_BYTES || offset > reader->size || reader->size - offset < RING_FILE_PAGE)
		return WSC_OK;
	enum wsc_status status = read_at(reader, offset, &segment, sizeof(segment));
	if (status != WSC_OK || segment.segment.kind != RING_FILE_HEADER || segment.size > TRACE_CONTENT_BYTES_MAX ||
	    segment.size > reader->size - offset - RING_FILE_SEGMENT_BYTES)
		return status;
	unsigned char *bytes = malloc((size_t)segment.size + 1);
	if (bytes == NULL)
		return WSC_NOMEM;
	status = read_at(reader, offset + RING_FILE_SEGMENT_BYTES, bytes, (size_t)segment.size);
	struct trace_cbor_reader cbor = {.bytes = bytes, .size = (size_t)segment.size};
	struct trace_envelope envelope;
	struct trace_header header;
	uint64_t left;
	trace_header_init(&header);
	if (status == WSC_OK)
		status = trace_item_read(&cbor, &envelope, &left);
	if (status == WSC_OK && envelope.type != TRACE_ITEM_HEADER)
		status = WSC_FORMAT;
	if (status == WSC_OK)
		status = trace_item_read_header(&cbor, &envelope, left, &header);
	free(bytes);
	if (status != WSC_OK) {
		trace_header_free(&header);
		return status == WSC_FORMAT ? WSC_OK : status;
	}
	status = trace_header_merge(&header, &reader->header); /* what labels and workers were seen before it */
	trace_header_free(&reader->header);
	reader->header = header;
	reader->has_header = true;
	return status;
}

static enum wsc_status add_label(struct ring_reader *reader, const struct ring_file_label *record, char *text)
{
	if (record->label == 0 || !utf8_valid((const unsigned char *)text, record->size))
		return WSC_FORMAT;
	text[record->size] = '\0';
	struct trace_label *row = trace_header_add_label(&reader->header, record->label);
	if (row == NULL)
		return WSC_NOMEM;
	free(row->text);
	row->text = strdup(text);
	return row->text != NULL ? WSC_OK : WSC_NOMEM;
}

static enum wsc_status read_labels(struct ring_reader *reader, uint64_t offset, uint64_t size)
{
	struct ring_file_labels segment;
	char text[TRACE_STRING_BYTES_MAX + 1];
	enum wsc_status status = read_at(reader, offset, &segment, sizeof(segment));
	const uint64_t used = segment.used < size ? segment.used : size;
	uint64_t at = RING_FILE_SEGMENT_BYTES;
	while (status == WSC_OK && at + sizeof(struct ring_file_label) <= used) {
		struct ring_file_label record;
		status = read_at(reader, offset + at, &record, sizeof(record));
		at += sizeof(record);
		if (status == WSC_OK && (record.size > TRACE_STRING_BYTES_MAX || record.size > used - at))
			status = WSC_FORMAT;
		if (status == WSC_OK)
			status = read_at(reader, offset + at, text, record.size);
		if (status == WSC_OK)
			status = add_label(reader, &record, text);
		at += (record.size + 7u) / 8 * 8;
	}
	return status == WSC_FORMAT ? WSC_OK : status; /* the rest of the segment is lost, the others are not */
}

static bool is_sound(const struct ring_reader *reader, const struct ring_file_ring *page, uint64_t size)
{
	return page->slots >= RING_FILE_SLOTS_MIN && page->slots <= RING_FILE_SLOTS_MAX &&
	       (page->slots & (page->slots - 1)) == 0 && size >= RING_FILE_SLOTS_AT &&
	       page->slots * sizeof(struct wsc_slot) <= size - RING_FILE_SLOTS_AT &&
	       page->name_size <= RING_FILE_NAME_BYTES_MAX && page->hold_count <= RING_FILE_HOLDS &&
	       (reader->head.policy == POLICY_OVERWRITE ||
	        (page->tail <= page->ring.head && page->ring.head - page->tail <= page->slots));
}

/* The oldest slot that is certainly whole when `head` of them have been published. */
static uint64_t oldest_whole(const struct ring_file_ring *page, uint64_t head)
{
	const uint64_t kept = page->slots > RING_FILE_MARGIN ? page->slots - RING_FILE_MARGIN : 0;
	return head > kept ? head - kept : 0;
}

/* Copies slots [piece->first, piece->end) of a ring to `slots`. */
static enum wsc_status read_slots(const struct ring_reader *reader, const struct ring_piece *piece, uint64_t mask,
                                  uint64_t first, uint64_t end, struct wsc_slot *slots)
{
	if (piece->copy != NULL) {
		memcpy(slots, &piece->copy[first - piece->first], (size_t)(end - first) * sizeof(*slots));
		return WSC_OK;
	}
	while (first < end) {
		const uint64_t place = mask == UINT64_MAX ? first - piece->first : first & mask;
		uint64_t count = end - first;
		if (mask != UINT64_MAX && count > mask + 1 - place)
			count = mask + 1 - place;
		enum wsc_status status =
		    read_at(reader, piece->offset + place * sizeof(*slots), slots, (size_t)count * sizeof(*slots));
		if (status != WSC_OK)
			return status;
		slots += count;
		first += count;
	}
	return WSC_OK;
}

/* Whether the segment is still that ring. Of one that is gone meanwhile all was written, or all is forgotten. */
static bool is_same_ring(const struct ring_file_ring *now, const struct ring_file_ring *then)
{
	return now->segment.kind == RING_FILE_RING && now->order == then->order;
}

/*
 * A ring's fields. Of a live one the head is read again, after the rest: whatever gaps the fields no longer tell of are in
 * the slots below it. Where the worker and the drain thread move on between the two reads, the tail is no further.
 */
static enum wsc_status read_page(const struct ring_reader *reader, struct ring_found *ring)
{
	struct ring_file_ring again, *page = &ring->page;
	enum wsc_status status = read_at(reader, ring->offset, page, sizeof(*page));
	if (status == WSC_OK && reader->is_live)
		status = read_at(reader, ring->offset, &again, sizeof(again));
	if (status != WSC_OK || !reader->is_live)
		return status;
	ring->is_gone = !is_same_ring(&again, page);
	page->ring.head = again.ring.head;
	page->tail = again.tail < again.ring.head ? again.tail : again.ring.head;
	return WSC_OK;
}

/* Whether failures are held back as they were, and at the same head. */
static bool holds_the_same(const struct ring_file_ring *a, const struct ring_file_ring *b)
{
	const size_t from = offsetof(struct ring_file_ring, hold_at), to = offsetof(struct ring_file_ring, pauses_seen);
	return a->ring.head == b->ring.head && memcmp((const char *)a + from, (const char *)b + from, to - from) == 0 &&
	       memcmp(a->holds, b->holds, sizeof(a->holds)) == 0;
}

/* The ring's slots, out of the way of the worker, which goes on; those that it overtook meanwhile are void. */
static enum wsc_status copy_slots(const struct ring_reader *reader, struct ring_found *ring)
{
	struct ring_piece *piece = &ring->slots;
	struct ring_file_ring again;
	const size_t count = (size_t)(piece->end - piece->first);
	struct wsc_slot *copy = malloc((count + 1) * sizeof(*copy));
	if (copy == NULL)
		return WSC_NOMEM;
	enum wsc_status status = read_slots(reader, piece, ring->page.slots - 1, piece->first, piece->end, copy);
	if (status == WSC_OK)
		status = read_at(reader, ring->offset, &again, sizeof(again));
	if (status != WSC_OK) {
		free(copy);
		return status;
	}
	piece->copy = copy;
	if (!is_same_ring(&again, &ring->page)) {
		ring->is_gone = true;
		return WSC_OK;
	}
	uint64_t whole = oldest_whole(&ring->page, again.ring.head);
	if (reader->head.policy != POLICY_OVERWRITE && whole > again.tail)
		whole = again.tail; /* the worker waits for those, or drops */
	if (whole > piece->first) {
		const uint64_t lost = whole < piece->end ? whole - piece->first : count;
		memmove(copy, copy + lost, (size_t)(count - lost) * sizeof(*copy));
		piece->first += lost;
	}
	/* What is held back is of this head only if nothing moved. */
	if (!holds_the_same(&again, &ring->page))
		ring->page.hold_at = ~ring->page.ring.head;
	return WSC_OK;
}

static enum wsc_status add_worker(struct ring_reader *reader, const struct ring_found *ring)
{
	const struct ring_file_ring *page = &ring->page;
	struct trace_worker *row = trace_header_add_worker(&reader->header, page->worker);
	if (row == NULL)
		return WSC_NOMEM;
	row->has_thread_id = true;
	row->thread_id = page->thread_id;
	row->has_attached = true;
	row->attached = page->attached;
	row->has_detached = page->detached != 0;
	row->detached = page->detached;
	if (page->name_size == 0 || !utf8_valid((const unsigned char *)page->name, page->name_size))
		return WSC_OK;
	free(row->name);
	row->name = strndup(page->name, page->name_size);
	return row->name != NULL ? WSC_OK : WSC_NOMEM;
}

static enum wsc_status read_ring(struct ring_reader *reader, uint64_t offset, uint64_t size)
{
	if (reader->ring_count == RING_FILE_RINGS_MAX) {
		reader->is_torn = true;
		return WSC_OK;
	}
	struct ring_found *rings =
	    array_room(reader->rings, reader->ring_count, &reader->ring_capacity, sizeof(*reader->rings));
	if (rings == NULL)
		return WSC_NOMEM;
	reader->rings = rings;
	struct ring_found *ring = &reader->rings[reader->ring_count];
	*ring = (struct ring_found){.offset = offset};
	enum wsc_status status = read_page(reader, ring);
	if (status != WSC_OK)
		return status;
	reader->ring_count++;
	ring->is_unsound = !ring->is_gone && !is_sound(reader, &ring->page, size);
	if (ring->is_unsound || ring->is_gone)
		return WSC_OK;
	const bool overwrites = reader->head.policy == POLICY_OVERWRITE;
	ring->slots = (struct ring_piece){
	    .order = ring->page.order,
	    .first = overwrites ? oldest_whole(&ring->page, ring->page.ring.head) : ring->page.tail,
	    .end = ring->page.ring.head,
	    .offset = offset + RING_FILE_SLOTS_AT,
	};
	status = reader->is_live ? copy_slots(reader, ring) : WSC_OK;
	return status == WSC_OK ? add_worker(reader, ring) : status;
}

static bool is_same_chunk(const struct ring_file_chunk *a, const struct ring_file_chunk *b)
{
	return a->order == b->order && a->first_slot == b->first_slot;
}

/* Its head, read twice: whose order and slot are the same has a count that belongs to them the second time. */
static enum wsc_status read_chunk_head(const struct ring_reader *reader, uint64_t offset, struct ring_file_chunk *chunk)
{
	struct ring_file_chunk before;
	enum wsc_status status = read_at(reader, offset, &before, sizeof(before));
	if (status == WSC_OK)
		status = read_at(reader, offset, chunk, sizeof(*chunk));
	if (status == WSC_OK && !is_same_chunk(&before, chunk))
		chunk->order = 0; /* it went into the trace file meanwhile */
	return status;
}

/* What the chunk at `offset` holds, if it is in use and stays so while it is read. */
static enum wsc_status read_chunk(struct ring_reader *reader, uint64_t offset)
{
	struct ring_file_chunk chunk, again;
	enum wsc_status status = read_chunk_head(reader, offset, &chunk);
	if (status != WSC_OK || chunk.order == 0 || chunk.count == 0 || chunk.count > RING_FILE_CHUNK_SLOTS ||
	    chunk.first_slot > UINT64_MAX - chunk.count)
		return status;
	struct ring_piece piece = {.order = chunk.order,
	                           .first = chunk.first_slot,
	                           .end = chunk.first_slot + chunk.count,
	                           .offset = offset + RING_FILE_CHUNK_SLOTS_AT};
	if (reader->is_live) {
		struct wsc_slot *copy = malloc((size_t)chunk.count * sizeof(*copy));
		if (copy == NULL)
			return WSC_NOMEM;
		status = read_slots(reader, &piece, UINT64_MAX, piece.first, piece.end, copy);
		if (status == WSC_OK)
			status = read_at(reader, offset, &again, sizeof(again));
		if (status != WSC_OK || !is_same_chunk(&again, &chunk)) {
			free(copy); /* as above */
			return status;
		}
		piece.copy = copy;
	}
	struct ring_piece *chunks =
	    array_room(reader->chunks, reader->chunk_count, &reader->chunk_capacity, sizeof(*reader->chunks));
	if (chunks == NULL) {
		free(piece.copy);
		return WSC_NOMEM;
	}
	reader->chunks = chunks;
	reader->chunks[reader->chunk_count++] = piece;
	return WSC_OK;
}

static enum wsc_status read_chunks(struct ring_reader *reader, uint64_t offset, uint64_t size)
{
	enum wsc_status status = WSC_OK;
	for (uint64_t at = RING_FILE_CHUNKS_AT; status == WSC_OK && at + RING_FILE_CHUNK_BYTES <= size;
	     at += RING_FILE_CHUNK_BYTES) {
		const uint64_t skip = next_data(reader, offset + at, offset + size) - offset - at;
		at += skip / RING_FILE_CHUNK_BYTES * RING_FILE_CHUNK_BYTES;
		if (at + RING_FILE_CHUNK_BYTES <= size)
			status = read_chunk(reader, offset + at);
	}
	return status;
}

/* A recorder allocates what it uses in full. Of a live one all is copied: that takes no more than there is. */
static enum wsc_status check_allocated(const struct ring_reader *reader, uint64_t bytes)
{
	struct stat about;
	if (!reader->is_live)
		return WSC_OK;
	if (fstat(reader->fd, &about) != 0)
		return WSC_IO;
	return bytes <= (uint64_t)about.st_blocks * 512u ? WSC_OK : WSC_FORMAT;
}

/* One pass over the segments, for those of one kind; `is_torn` where one does not fit. */
static enum wsc_status read_segments(struct ring_reader *reader, enum ring_file_kind kind,
                                     enum wsc_status (*read)(struct ring_reader *, uint64_t, uint64_t))
{
	uint64_t at = RING_FILE_HEAD_BYTES, used = 0;
	while (at < reader->size) {
		struct ring_file_segment segment = {0};
		enum wsc_status status = WSC_FORMAT;
		if (reader->size - at >= RING_FILE_PAGE)
			status = read_at(reader, at, &segment, sizeof(segment));
		if (status == WSC_OK &&
		    (segment.bytes == 0 || segment.bytes % RING_FILE_PAGE != 0 || segment.bytes > reader->size - at))
			status = WSC_FORMAT;
		if (status == WSC_OK && segment.kind == (uint32_t)kind) {
			used += segment.bytes;
			status = check_allocated(reader, used);
			if (status == WSC_OK)
				status = read(reader, at, segment.bytes);
		}
		if (status == WSC_FORMAT) {
			reader->is_torn = true;
			return WSC_OK;
		}
		if (status != WSC_OK)
			return status;
		at += segment.bytes;
	}
	return WSC_OK;
}

/* How far the trace file has each ring. Read last: what it says to be written will be found there. */
static enum wsc_status read_marks(struct ring_reader *reader)
{
	for (size_t i = 0; i < reader->ring_count; i++) {
		struct ring_found *ring = &reader->rings[i];
		struct ring_file_ring first = {0}, again = {0};
		for (int tries = 0; tries < COUNT_TRIES; tries++) {
			enum wsc_status status = read_at(reader, ring->offset, &first, sizeof(first));
			if (status == WSC_OK)
				status = read_at(reader, ring->offset, &again, sizeof(again));
			if (status != WSC_OK)
				return status;
			if (first.mark_count == again.mark_count)
				break;
		}
		ring->is_gone |= !is_same_ring(&first, &ring->page) || !is_same_ring(&again, &ring->page);
		if (first.mark_count != 0)
			ring->mark = first.mark[first.mark_count % 2];
	}
	return WSC_OK;
}

/* What of the head tells of rings that are not, or no longer, in the file: said before they went, so read after them. */
static enum wsc_status read_losses(struct ring_reader *reader)
{
	struct ring_file_head now;
	enum wsc_status status = reader->is_live ? read_at(reader, 0, &now, sizeof(now)) : WSC_DONE;
	if (status != WSC_OK)
		return status == WSC_DONE ? WSC_OK : status;
	reader->head.forgotten = now.forgotten;
	reader->head.unmapped_since = now.unmapped_since;
	return WSC_OK;
}

enum wsc_status ring_reader_settle(struct ring_reader *reader)
{
	for (size_t i = 0; i < reader->ring_count; i++) {
		struct ring_found *ring = &reader->rings[i];
		struct ring_file_ring now;
		if (!reader->is_live || ring->is_unsound || ring->is_gone ||
		    ring->mark.event != RING_FILE_EVENT_UNKNOWN)
			continue;
		enum wsc_status status = read_at(reader, ring->offset, &now, sizeof(now));
		if (status != WSC_OK)
			return status;
		ring->is_unsound = !is_same_ring(&now, &ring->page);
		ring->mark.event = now.first_event;
	}
	return WSC_OK;
}

/* The greatest stamp that is known: of the moments, and of the last event of each worker. */
static enum wsc_status find_last(struct ring_reader *reader)
{
	enum { TAIL = 4 };
	for (size_t i = 0; i < reader->ring_count; i++) {
		const struct ring_found *ring = &reader->rings[i];
		struct wsc_slot tail[TAIL];
		struct wsc_event events[TAIL];
		uint64_t end = ring->slots.end, gaps = 0;
		uint64_t at = end - ring->slots.first > TAIL ? end - TAIL : ring->slots.first;
		if (ring->is_unsound || at == end)
			continue;
		enum wsc_status status = read_slots(reader, &ring->slots, ring->page.slots - 1, at, end, tail);
		if (status != WSC_OK)
			return status;
		const struct ring_slots slots = {tail, at, UINT64_MAX, ring->page.worker};
		const size_t count = ring_slot_read(&slots, &at, end, reader->now.stamp, events, TAIL, &gaps);
		for (size_t k = 0; k < count; k++)
			reader->last_ts = events[k].ts > reader->last_ts ? events[k].ts : reader->last_ts;
	}
	return WSC_OK;
}

static int compare_rings(const void *a, const void *b)
{
	const struct ring_file_ring *x = &((const struct ring_found *)a)->page;
	const struct ring_file_ring *y = &((const struct ring_found *)b)->page;
	if (x->worker != y->worker)
		return x->worker < y->worker ? -1 : 1;
	return (x->order > y->order) - (x->order < y->order);
}

static int compare_pieces(const void *a, const void *b)
{
	const struct ring_piece *x = a, *y = b;
	if (x->order != y->order)
		return x->order < y->order ? -1 : 1;
	return (x->first > y->first) - (x->first < y->first);
}

/* The file of a live process may have grown since its head was read: slots have moved on to chunks that are new. */
static enum wsc_status read_growth(struct ring_reader *reader)
{
	uint64_t bytes;
	struct stat about;
	if (!reader->is_live || reader->is_torn)
		return WSC_OK;
	enum wsc_status status = read_at(reader, offsetof(struct ring_file_head, bytes), &bytes, sizeof(bytes));
	if (status == WSC_OK && fstat(reader->fd, &about) != 0)
		status = WSC_IO;
	if (status == WSC_OK && bytes > reader->size && bytes <= (uint64_t)about.st_size &&
	    bytes <= RING_FILE_BYTES_MAX)
		reader->size = bytes;
	return status;
}

static enum wsc_status read_all(struct ring_reader *reader)
{
	enum wsc_status status = read_segments(reader, RING_FILE_RING, read_ring);
	if (status == WSC_OK)
		status = read_growth(reader);
	if (status == WSC_OK)
		status = read_segments(reader, RING_FILE_CHUNKS, read_chunks);
	if (status == WSC_OK)
		status = read_marks(reader);
	if (status == WSC_OK)
		status = read_losses(reader);
	if (status == WSC_OK)
		status = read_segments(reader, RING_FILE_LABELS, read_labels);
	if (status == WSC_OK)
		status = read_header(reader);
	if (status == WSC_OK)
		status = find_last(reader);
	if (status == WSC_OK && reader->ring_count > 0)
		qsort(reader->rings, reader->ring_count, sizeof(*reader->rings), compare_rings);
	if (status == WSC_OK && reader->chunk_count > 0)
		qsort(reader->chunks, reader->chunk_count, sizeof(*reader->chunks), compare_pieces);
	return status;
}

enum wsc_status ring_reader_open(struct ring_reader *reader, int fd, bool is_live, struct trace_error *err)
{
	*reader = (struct ring_reader){.fd = fd, .is_live = is_live};
	trace_header_init(&reader->header);
	enum wsc_status status = read_head(reader, err);
	if (status != WSC_OK)
		return status;
	status = read_all(reader);
	if (status == WSC_OK)
		return WSC_OK;
	trace_error_set(err, status, 0, "%s",
	                status == WSC_NOMEM         ? "out of memory"
	                : status == WSC_UNSUPPORTED ? "the rings were written by a newer version of wscheck"
	                                            : "the rings cannot be read");
	ring_reader_free(reader);
	return status;
}

void ring_reader_free(struct ring_reader *reader)
{
	for (size_t i = 0; i < reader->ring_count; i++)
		free(reader->rings[i].slots.copy);
	for (size_t i = 0; i < reader->chunk_count; i++)
		free(reader->chunks[i].copy);
	free(reader->rings);
	free(reader->chunks);
	trace_header_free(&reader->header);
	*reader = (struct ring_reader){.fd = -1};
}

/* --- what a worker recorded --- */

enum { BATCH_SLOTS = 4096 };

/* A worker's stream while it is handed out. */
struct walk {
	const struct ring_reader *reader;
	struct ring_sink sink;
	uint64_t known;  /* events that the trace file has */
	uint64_t number; /* of the next event, as the recorder counted */
	uint64_t last_ts;
	bool has_gap; /* events are missing since `gap_from`, until the next event */
	uint64_t gap_from, gap_count;
	size_t count;
	struct wsc_event events[BATCH_SLOTS + 1];
	struct wsc_slot slots[BATCH_SLOTS];
};

static enum wsc_status flush(struct walk *walk)
{
	const size_t count = walk->count;
	walk->count = 0;
	return count > 0 ? walk->sink.events(walk->sink.context, walk->events, count) : WSC_OK;
}

static enum wsc_status put(struct walk *walk, const struct wsc_event *event)
{
	enum wsc_status status = walk->count >= BATCH_SLOTS ? flush(walk) : WSC_OK;
	walk->events[walk->count++] = *event;
	return status;
}

static void begin_gap(struct walk *walk, uint64_t from, uint64_t count)
{
	walk->gap_from = walk->has_gap && walk->gap_from < from ? walk->gap_from : from;
	walk->gap_count += count;
	walk->has_gap = true;
}

/* What was missing ends at `until`. */
static enum wsc_status end_gap(struct walk *walk, uint32_t worker, uint64_t until)
{
	if (!walk->has_gap)
		return WSC_OK;
	const struct wsc_event gap = {
	    .ts = walk->gap_from,
	    .task = until > walk->gap_from ? until : walk->gap_from,
	    .worker = worker,
	    .arg = walk->gap_count > UINT32_MAX ? UINT32_MAX : (uint32_t)walk->gap_count,
	    .kind = WSC_EV_GAP,
	};
	walk->has_gap = false;
	walk->gap_count = 0;
	return put(walk, &gap);
}

/* The recorder's next event: it is in the trace file, or new. */
static enum wsc_status take(struct walk *walk, const struct wsc_event *event)
{
	if (walk->number++ < walk->known)
		return WSC_OK;
	enum wsc_status status = end_gap(walk, event->worker, event->ts);
	walk->last_ts = event->ts;
	return status == WSC_OK ? put(walk, event) : status;
}

/* Where the next slot may be that is not all zeros: `at`, or beyond a hole of the file. */
static uint64_t skip_hole(const struct ring_reader *reader, const struct ring_piece *piece, uint64_t mask, uint64_t at)
{
	const uint64_t place = mask == UINT64_MAX ? at - piece->first : at & mask;
	const uint64_t left = mask == UINT64_MAX ? piece->end - at : mask + 1 - place;
	const uint64_t offset = piece->offset + place * sizeof(struct wsc_slot);
	const uint64_t count = left < piece->end - at ? left : piece->end - at;
	if (piece->copy != NULL)
		return at;
	return at +
	       (next_data(reader, offset, offset + count * sizeof(struct wsc_slot)) - offset) / sizeof(struct wsc_slot);
}

/* Takes the events in slots [*at, piece->end). */
static enum wsc_status take_slots(struct walk *walk, const struct ring_piece *piece, uint64_t mask, uint32_t worker,
                                  uint64_t *at, uint64_t *gaps)
{
	struct wsc_event events[64];
	while ((*at = skip_hole(walk->reader, piece, mask, *at)) < piece->end) {
		uint64_t end = piece->end - *at > BATCH_SLOTS ? *at + BATCH_SLOTS : piece->end;
		enum wsc_status status = read_slots(walk->reader, piece, mask, *at, end, walk->slots);
		if (status != WSC_OK)
			return status;
		/* An event of two slots is not to be parted. */
		if (end < piece->end && (walk->slots[end - *at - 1].word[0] & WSC_SLOT_WIDE) != 0)
			end--;
		const struct ring_slots slots = {walk->slots, *at, UINT64_MAX, worker};
		while (*at < end && status == WSC_OK) {
			const size_t count = ring_slot_read(&slots, at, end, walk->reader->now.stamp, events, 64, gaps);
			for (size_t i = 0; i < count && status == WSC_OK; i++)
				status = take(walk, &events[i]);
		}
		if (status != WSC_OK)
			return status;
	}
	return WSC_OK;
}

/* The chunks of a ring. */
static const struct ring_piece *chunks_of(const struct ring_reader *reader, uint64_t order, size_t *count)
{
	size_t low = 0, high = reader->chunk_count;
	while (low < high) {
		const size_t middle = low + (high - low) / 2;
		if (reader->chunks[middle].order < order)
			low = middle + 1;
		else
			high = middle;
	}
	*count = 0;
	while (low + *count < reader->chunk_count && reader->chunks[low + *count].order == order)
		++*count;
	return *count > 0 ? &reader->chunks[low] : NULL;
}

/* Takes what a piece has beyond *at; slots between are missing. */
static enum wsc_status take_piece(struct walk *walk, const struct ring_found *ring, const struct ring_piece *piece,
                                  uint64_t *at, uint64_t *gaps)
{
	if (piece->end <= *at)
		return WSC_OK;
	if (piece->first > *at) {
		begin_gap(walk, walk->last_ts, 0);
		*at = piece->first;
	}
	const uint64_t mask = piece == &ring->slots ? ring->page.slots - 1 : UINT64_MAX;
	return take_slots(walk, piece, mask, ring->page.worker, at, gaps);
}

/* Failed attempts that were held back, and gaps that no slot stands for. */
static enum wsc_status take_pending(struct walk *walk, const struct ring_found *ring, uint64_t gaps)
{
	struct wsc_event events[RING_SLOT_PENDING_MAX];
	const struct ring_file_head *head = &walk->reader->head;
	const size_t count = ring_slot_pending(&ring->page, ring->page.ring.head, gaps, walk->last_ts,
	                                       walk->reader->last_ts, head->pauses, head->paused, events);
	enum wsc_status status = WSC_OK;
	for (size_t i = 0; i < count && status == WSC_OK; i++)
		status = take(walk, &events[i]);
	return status;
}

static enum wsc_status take_ring(struct walk *walk, const struct ring_found *ring, bool is_first)
{
	if (ring->is_gone && walk->reader->head.policy != POLICY_OVERWRITE)
		return WSC_OK; /* the trace file has it */
	if (ring->is_unsound || ring->is_gone) {
		begin_gap(walk, walk->last_ts, 0);
		return WSC_OK;
	}
	const struct ring_file_mark *mark = &ring->mark;
	uint64_t at = mark->slot, gaps = mark->gaps;
	if (mark->event != RING_FILE_EVENT_UNKNOWN && (mark->event != 0 || is_first)) {
		if (mark->event > walk->number)
			begin_gap(walk, walk->last_ts, mark->event - walk->number);
		walk->number = mark->event;
	}
	if (mark->lost > 0)
		begin_gap(walk, walk->last_ts, mark->lost);
	if (walk->reader->head.policy == POLICY_OVERWRITE && at < ring->slots.first) {
		begin_gap(walk, is_first ? 0 : ring->page.attached, 0); /* what was overwritten */
		at = ring->slots.first;
	}
	size_t count;
	const struct ring_piece *chunks = chunks_of(walk->reader, ring->page.order, &count);
	enum wsc_status status = WSC_OK;
	for (size_t i = 0; i < count && status == WSC_OK; i++)
		status = take_piece(walk, ring, &chunks[i], &at, &gaps);
	if (status == WSC_OK)
		status = take_piece(walk, ring, &ring->slots, &at, &gaps);
	/* A mark beyond what was copied: the worker has gone on, and the trace file has what was pending. */
	return status == WSC_OK && at <= ring->slots.end ? take_pending(walk, ring, gaps) : status;
}

enum wsc_status ring_reader_stream(const struct ring_reader *reader, size_t first, size_t count, uint64_t known,
                                   uint64_t last_ts, struct ring_sink sink)
{
	struct walk *walk = calloc(1, sizeof(*walk));
	if (walk == NULL)
		return WSC_NOMEM;
	walk->reader = reader;
	walk->sink = sink;
	walk->known = walk->number = known;
	walk->last_ts = last_ts;
	enum wsc_status status = WSC_OK;
	for (size_t i = 0; i < count && status == WSC_OK; i++)
		status = take_ring(walk, &reader->rings[first + i], i == 0);
	if (status == WSC_OK)
		status = end_gap(walk, reader->rings[first].page.worker, reader->last_ts);
	if (status == WSC_OK)
		status = flush(walk);
	free(walk);
	return status;
}
