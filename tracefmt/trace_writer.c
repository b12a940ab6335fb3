/* SPDX-License-Identifier: MIT */
#include "trace_writer.h"

#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "array.h"
#include "block.h"
#include "frame.h"
#include "id_map.h"
#include "trace_item.h"
#include "trace_limits.h"
#include "trace_seek.h"

/* What is remembered of a worker's stream. */
struct stream {
	struct trace_total total;
	bool changed; /* since the last epoch */
};

struct trace_writer {
	struct trace_sink sink;
	enum wsc_status failure; /* sticky: after a failure nothing more is written */
	bool finished;
	bool ordered;
	unsigned char id[TRACE_ID_BYTES];
	uint64_t bytes, events, dropped, sequence, max_ts;
	struct frame_writer *frames;
	struct block_encoder *encoder;
	struct trace_cbor_writer cbor;
	struct stream *streams;
	size_t stream_count, stream_capacity;
	struct id_map stream_index; /* worker -> row + 1 */
	struct trace_index_entry *index;
	size_t index_capacity;
	bool index_given_up;
};

static enum wsc_status fail(struct trace_writer *writer, enum wsc_status status)
{
	writer->failure = status;
	return status;
}

/* Whether a call may go on: not after a failure, nor after the end. */
static enum wsc_status check(const struct trace_writer *writer)
{
	if (writer->failure != WSC_OK)
		return writer->failure;
	return writer->finished ? WSC_INVALID : WSC_OK;
}

static enum wsc_status put(struct trace_writer *writer, const void *bytes, size_t size)
{
	enum wsc_status status = writer->sink.write(writer->sink.context, bytes, size);

	if (status != WSC_OK)
		return fail(writer, status);
	writer->bytes += size;
	return WSC_OK;
}

static void give_up_index(struct trace_writer *writer)
{
	free(writer->index);
	writer->index = NULL;
	writer->index_capacity = 0;
	writer->index_given_up = true;
}

/* Room in the seek index for one more frame. A trace of too many frames, or without memory for it, has no index. */
static bool make_index_room(struct trace_writer *writer)
{
	size_t capacity = writer->index_capacity == 0 ? 64 : writer->index_capacity * 2;
	struct trace_index_entry *bigger = NULL;

	if (writer->sequence < writer->index_capacity)
		return true;
	if (writer->index_given_up)
		return false;
	if (capacity <= TRACE_INDEX_FRAMES_MAX)
		bigger = realloc(writer->index, capacity * sizeof *bigger);
	if (bigger == NULL) {
		give_up_index(writer);
		return false;
	}
	writer->index = bigger;
	writer->index_capacity = capacity;
	return true;
}

/* Writes one frame and counts it. */
static enum wsc_status put_frame(struct trace_writer *writer, const struct frame_part *parts, size_t count,
                                 struct trace_index_entry entry)
{
	const unsigned char *bytes;
	size_t size;
	enum wsc_status status = frame_write(writer->frames, parts, count, &bytes, &size);

	if (status == WSC_OK && (size > TRACE_FRAME_BYTES_MAX || writer->sequence >= TRACE_FRAMES_MAX))
		status = WSC_LIMIT;
	if (status != WSC_OK)
		return fail(writer, status);
	status = put(writer, bytes, size);
	if (status != WSC_OK)
		return status;
	entry.size = (uint32_t)size;
	if (make_index_room(writer))
		writer->index[writer->sequence] = entry;
	writer->sequence++;
	return WSC_OK;
}

/* Writes the item in writer->cbor. */
static enum wsc_status put_item(struct trace_writer *writer, enum trace_item_type type)
{
	struct frame_part part = {writer->cbor.bytes, writer->cbor.size};

	if (writer->cbor.failed)
		return fail(writer, WSC_NOMEM);
	return put_frame(writer, &part, 1, (struct trace_index_entry){.type = (uint8_t)type});
}

static enum wsc_status put_header(struct trace_writer *writer, const struct trace_header *header)
{
	static const unsigned char zeros[TRACE_ID_BYTES];
	struct trace_header copy = *header;
	enum wsc_status status;

	if (memcmp(header->trace_id, zeros, TRACE_ID_BYTES) == 0 &&
	    getrandom(copy.trace_id, TRACE_ID_BYTES, 0) != TRACE_ID_BYTES)
		return WSC_IO;
	memcpy(writer->id, copy.trace_id, TRACE_ID_BYTES);
	status = trace_item_write_header(&writer->cbor, &copy);
	return status == WSC_OK ? put_item(writer, TRACE_ITEM_HEADER) : status;
}

static enum wsc_status make(struct trace_writer **out, struct trace_sink sink, bool ordered, int level)
{
	struct trace_writer *writer;
	enum wsc_status status;

	*out = NULL;
	if (level < 0 || level > TRACE_LEVEL_MAX)
		return WSC_INVALID;
	writer = calloc(1, sizeof *writer);
	if (writer == NULL)
		return WSC_NOMEM;
	writer->sink = sink;
	writer->ordered = ordered;
	status = frame_writer_create(&writer->frames, level == 0 ? TRACE_LEVEL_DEFAULT : level);
	if (status == WSC_OK)
		status = block_encoder_create(&writer->encoder);
	if (status != WSC_OK) {
		trace_writer_free(writer);
		return status;
	}
	*out = writer;
	return WSC_OK;
}

/* A header that counts as no frame: another file of the same trace begins with it. */
static enum wsc_status put_later_header(struct trace_writer *writer, const struct trace_header *header)
{
	struct trace_header copy = *header;
	struct frame_part part;
	const unsigned char *bytes;
	size_t size;
	enum wsc_status status;

	memcpy(copy.trace_id, writer->id, TRACE_ID_BYTES);
	copy.complete = false;
	copy.first_frame = writer->sequence;
	trace_cbor_clear(&writer->cbor);
	status = trace_item_write_header(&writer->cbor, &copy);
	part = (struct frame_part){writer->cbor.bytes, writer->cbor.size};
	if (status == WSC_OK)
		status = frame_write(writer->frames, &part, 1, &bytes, &size);
	return status == WSC_OK ? put(writer, bytes, size) : fail(writer, status);
}

enum wsc_status trace_writer_create(struct trace_writer **out, struct trace_sink sink,
                                    const struct trace_header *header, int level)
{
	enum wsc_status status = make(out, sink, header->ordered, level);

	if (status == WSC_OK)
		status = put_header(*out, header);
	if (status != WSC_OK) {
		trace_writer_free(*out);
		*out = NULL;
	}
	return status;
}

enum wsc_status trace_writer_resume(struct trace_writer **out, struct trace_sink sink, const unsigned char *trace_id,
                                    uint64_t frames, bool ordered, int level)
{
	enum wsc_status status = make(out, sink, ordered, level);

	if (status != WSC_OK)
		return status;
	memcpy((*out)->id, trace_id, TRACE_ID_BYTES);
	(*out)->sequence = frames;
	(*out)->index_given_up = true;
	return WSC_OK;
}

void trace_writer_free(struct trace_writer *writer)
{
	if (writer == NULL)
		return;
	frame_writer_free(writer->frames);
	block_encoder_free(writer->encoder);
	trace_cbor_free(&writer->cbor);
	id_map_free(&writer->stream_index);
	free(writer->streams);
	free(writer->index);
	free(writer);
}

/* The stream of a worker; a new one if it has none yet. NULL: no memory, or too many. */
static struct stream *find_stream(struct trace_writer *writer, uint32_t worker)
{
	uint32_t number = id_map_find(&writer->stream_index, worker);
	struct stream *bigger;

	if (number != ID_MAP_NONE)
		return &writer->streams[number - 1];
	if (writer->stream_count >= TRACE_WORKERS_MAX)
		return NULL;
	bigger = array_room(writer->streams, writer->stream_count, &writer->stream_capacity, sizeof *bigger);
	if (bigger == NULL)
		return NULL;
	writer->streams = bigger;
	if (!id_map_add(&writer->stream_index, worker, (uint32_t)writer->stream_count + 1))
		return NULL;
	writer->streams[writer->stream_count] = (struct stream){.total.worker = worker};
	return &writer->streams[writer->stream_count++];
}

enum wsc_status trace_writer_stream(struct trace_writer *writer, uint32_t worker, uint64_t events, uint64_t last_ts)
{
	struct stream *stream = find_stream(writer, worker);

	if (stream == NULL)
		return writer->stream_count >= TRACE_WORKERS_MAX ? WSC_LIMIT : WSC_NOMEM;
	stream->total.events = events;
	stream->total.last_ts = last_ts;
	return WSC_OK;
}

enum wsc_status trace_writer_block(struct trace_writer *writer, const struct wsc_event *events, size_t count,
                                   const uint64_t *order)
{
	struct frame_part parts[TRACE_ITEM_BLOCK_PARTS];
	struct stream *stream;
	struct block block;
	size_t part_count;
	enum wsc_status status = check(writer);

	if (status != WSC_OK)
		return status;
	if ((order != NULL) != writer->ordered)
		return WSC_INVALID;
	status = block_encode(writer->encoder, events, count, order, &block);
	if (status != WSC_OK)
		return status;
	stream = find_stream(writer, block.worker);
	if (stream == NULL)
		return writer->stream_count >= TRACE_WORKERS_MAX ? WSC_LIMIT : WSC_NOMEM;
	block.first_event = stream->total.events;
	trace_cbor_clear(&writer->cbor);
	part_count = trace_item_write_block(&writer->cbor, writer->id, writer->sequence, &block, parts);
	if (part_count == 0)
		return fail(writer, WSC_NOMEM);
	status = put_frame(writer, parts, part_count,
	                   (struct trace_index_entry){.type = TRACE_ITEM_BLOCK,
	                                              .worker = block.worker,
	                                              .count = block.count,
	                                              .first_ts = block.first_ts,
	                                              .max_ts = block.max_ts,
	                                              .first_order = block.first_order});
	if (status != WSC_OK)
		return status;
	stream->total.events += count;
	stream->total.last_ts = block.last_ts;
	stream->changed = true;
	writer->events += count;
	writer->dropped += block.dropped;
	writer->max_ts = block.max_ts > writer->max_ts ? block.max_ts : writer->max_ts;
	return WSC_OK;
}

enum wsc_status trace_writer_declare(struct trace_writer *writer, const struct trace_header *later)
{
	enum wsc_status status = check(writer);

	if (status != WSC_OK)
		return status;
	trace_cbor_clear(&writer->cbor);
	status = trace_item_write_declaration(&writer->cbor, writer->id, writer->sequence, later);
	return status == WSC_OK ? put_item(writer, TRACE_ITEM_DECLARATION) : status;
}

static int compare_totals(const void *a, const void *b)
{
	const struct trace_total *x = a, *y = b;

	return (x->worker > y->worker) - (x->worker < y->worker);
}

/* Totals of the streams that changed, or of all, ascending by worker, as a new array. */
static struct trace_total *collect_totals(struct trace_writer *writer, bool all, size_t *count)
{
	struct trace_total *totals = malloc((writer->stream_count + 1) * sizeof *totals);

	*count = 0;
	if (totals == NULL)
		return NULL;
	for (size_t i = 0; i < writer->stream_count; i++) {
		if (all || writer->streams[i].changed)
			totals[(*count)++] = writer->streams[i].total;
		writer->streams[i].changed = false;
	}
	qsort(totals, *count, sizeof *totals, compare_totals);
	return totals;
}

/* Frees the totals, which may be NULL for want of memory. */
static enum wsc_status put_epoch(struct trace_writer *writer, struct trace_epoch *epoch)
{
	if (epoch->totals == NULL)
		return fail(writer, WSC_NOMEM);
	trace_cbor_clear(&writer->cbor);
	trace_item_write_epoch(&writer->cbor, writer->id, writer->sequence, epoch);
	free(epoch->totals);
	return put_item(writer, TRACE_ITEM_EPOCH);
}

enum wsc_status trace_writer_epoch(struct trace_writer *writer, uint64_t watermark)
{
	struct trace_epoch epoch = {.watermark = watermark};
	enum wsc_status status = check(writer);

	if (status != WSC_OK)
		return status;
	epoch.totals = collect_totals(writer, false, &epoch.count);
	return put_epoch(writer, &epoch);
}

enum wsc_status trace_writer_continue(struct trace_writer *writer, struct trace_sink sink,
                                      const struct trace_header *header, uint64_t watermark)
{
	struct trace_epoch epoch = {.watermark = watermark};
	enum wsc_status status = check(writer);

	if (status != WSC_OK)
		return status;
	give_up_index(writer);
	writer->sink = sink;
	status = put_later_header(writer, header);
	if (status != WSC_OK)
		return status;
	epoch.totals = collect_totals(writer, true, &epoch.count);
	return put_epoch(writer, &epoch);
}

static enum wsc_status put_footer(struct trace_writer *writer, enum wsc_end end, bool has_index)
{
	struct trace_footer footer = {.end = end,
	                              .events = writer->events,
	                              .dropped = writer->dropped,
	                              .frames = writer->sequence + 1,
	                              .max_ts = writer->max_ts,
	                              .has_index = has_index};

	footer.totals = collect_totals(writer, true, &footer.count);
	if (footer.totals == NULL)
		return fail(writer, WSC_NOMEM);
	trace_cbor_clear(&writer->cbor);
	trace_item_write_footer(&writer->cbor, writer->id, writer->sequence, &footer);
	free(footer.totals);
	return put_item(writer, TRACE_ITEM_FOOTER);
}

static enum wsc_status put_index(struct trace_writer *writer)
{
	unsigned char head[TRACE_SEEK_HEAD_BYTES], tail[TRACE_SEEK_TAIL_BYTES];
	struct frame_part part;
	const unsigned char *bytes;
	size_t size;
	enum wsc_status status;

	trace_cbor_clear(&writer->cbor);
	status = trace_item_write_index(&writer->cbor, writer->id, writer->sequence, writer->index,
	                                (size_t)writer->sequence, writer->ordered);
	part = (struct frame_part){writer->cbor.bytes, writer->cbor.size};
	if (status == WSC_OK)
		status = frame_write(writer->frames, &part, 1, &bytes, &size);
	if (status != WSC_OK)
		return fail(writer, status);
	trace_seek_frame(size, head, tail);
	status = put(writer, head, sizeof head);
	if (status == WSC_OK)
		status = put(writer, bytes, size);
	if (status == WSC_OK)
		status = put(writer, tail, sizeof tail);
	return status;
}

enum wsc_status trace_writer_finish(struct trace_writer *writer, enum wsc_end end)
{
	enum wsc_status status = check(writer);
	bool has_index;

	if (status != WSC_OK)
		return status;
	writer->finished = true;
	if (end == WSC_END_CUT)
		return WSC_OK;
	has_index = make_index_room(writer); /* the footer is a frame of it, too */
	status = put_footer(writer, end, has_index);
	return status == WSC_OK && has_index ? put_index(writer) : status;
}

uint64_t trace_writer_end_bytes(const struct trace_writer *writer)
{
	enum { FIXED = 4096, PER_STREAM = 32, PER_FRAME = 24 };
	const uint64_t indexed = writer->index_given_up ? 0 : writer->sequence;

	return FIXED + PER_STREAM * (uint64_t)writer->stream_count + PER_FRAME * indexed;
}

uint64_t trace_writer_bytes(const struct trace_writer *writer)
{
	return writer->bytes;
}

uint64_t trace_writer_events(const struct trace_writer *writer)
{
	return writer->events;
}

uint64_t trace_writer_worker_events(const struct trace_writer *writer, uint32_t worker)
{
	uint32_t number = id_map_find(&writer->stream_index, worker);

	return number == ID_MAP_NONE ? 0 : writer->streams[number - 1].total.events;
}
