/* SPDX-License-Identifier: MIT */
#include "trace_recover.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "trace_file.h"
#include "trace_join.h"
#include "trace_limits.h"
#include "trace_map.h"
#include "trace_scan.h"

enum {
	BLOCK_EVENTS = 16384,
	LABELS_PER_FRAME = 512, /* of at most TRACE_STRING_BYTES_MAX each */
	WORKERS_PER_FRAME = 4096
};
#define NS_PER_SECOND 1000000000u

struct recovery {
	struct trace_sink sink;
	struct ring_reader *rings; /* or NULL */
	struct trace_recovered *recovered;
	struct trace_error *err;
	struct trace_file file;
	struct trace_map map;
	bool has_trace;     /* file and map */
	bool is_trace_gone; /* something had been written, and is not there; or part of it may have been */
	uint64_t frames;
	struct trace_writer *writer;
	uint64_t max_ts;
	/* The block that is being filled. */
	size_t count;
	struct wsc_event events[BLOCK_EVENTS];
};

static enum wsc_status explain(const struct recovery *r, enum wsc_status status, const char *what)
{
	if (status == WSC_OK || (r->err != NULL && r->err->message[0] != '\0'))
		return status;
	return trace_error_set(r->err, status, 0, "%s",
	                       status == WSC_NOMEM   ? "out of memory"
	                       : status == WSC_LIMIT ? "it exceeds a limit of the format"
	                                             : what);
}

/* --- the trace file --- */

/* Up to where the file is whole frames, and how many. */
static enum wsc_status find_end(struct recovery *r, uint64_t *end)
{
	const unsigned char *bytes;
	struct frame_info info;
	*end = 0;
	while (*end < r->file.size) {
		enum wsc_status status =
		    trace_file_frame(&r->file, *end, TRACE_INDEX_BYTES_MAX, TRACE_INDEX_BYTES_MAX, &bytes, &info);
		if (status == WSC_OK && info.kind == FRAME_DATA)
			status = trace_file_content(&r->file, bytes, info, &r->file.content, &r->file.content_capacity);
		if (status == WSC_FORMAT)
			break; /* damaged */
		if (status != WSC_OK)
			return status;
		if (info.kind != FRAME_DATA && info.kind != FRAME_SKIPPABLE)
			break;
		r->frames += info.kind == FRAME_DATA;
		*end += info.size;
	}
	r->recovered->left_out = r->file.size - *end;
	r->file.size = *end;
	return WSC_OK;
}

static enum wsc_status copy(struct recovery *r, uint64_t size)
{
	enum { PIECE = 1 << 16 };
	for (uint64_t at = 0; at < size;) {
		const unsigned char *bytes;
		size_t available;
		const size_t want = size - at < PIECE ? (size_t)(size - at) : PIECE;
		enum wsc_status status = trace_file_view(&r->file, at, want, &bytes, &available);
		if (status == WSC_OK && available < want)
			status = WSC_IO;
		if (status == WSC_OK)
			status = r->sink.write(r->sink.context, bytes, want);
		if (status != WSC_OK)
			return status;
		at += want;
	}
	return WSC_OK;
}

/* Opens what there is of the trace as one file; *found is false where there is nothing. */
static enum wsc_status open_parts(struct recovery *r, const struct trace_recover_from *from, bool *found)
{
	const int first = from->older_fd >= 0 ? from->older_fd : from->trace_fd;
	bool fits = true;
	*found = first >= 0;
	if (!*found)
		return WSC_OK;
	int fd = dup(first);
	enum wsc_status status = fd < 0 ? WSC_IO : trace_file_open(&r->file, fd);
	if (status == WSC_OK && from->older_fd >= 0) {
		status = trace_join(&r->file, from->trace_fd, &fits);
		if (status != WSC_OK || !fits)
			trace_file_close(&r->file);
	}
	if (status != WSC_OK || fits)
		return status;
	r->recovered->left_out_older = true;
	*found = from->trace_fd >= 0;
	fd = *found ? dup(from->trace_fd) : -1;
	return !*found ? WSC_OK : fd < 0 ? WSC_IO : trace_file_open(&r->file, fd);
}

static uint64_t events_in(const struct trace_map *map)
{
	uint64_t events = 0;
	for (size_t i = 0; i < map->entry_count; i++)
		events += map->entries[i].is_gap ? 0 : map->entries[i].count;
	return events;
}

/* Reads the part of the trace that was written, if its header was, and copies it. */
static enum wsc_status take_trace(struct recovery *r, const struct trace_recover_from *from)
{
	uint64_t end = 0;
	bool found;
	enum wsc_status status = open_parts(r, from, &found);
	if (status != WSC_OK || !found)
		return explain(r, status, "the trace cannot be read");
	r->is_trace_gone = from->trace_fd < 0 && r->rings != NULL && r->rings->head.begun != 0;
	if (r->rings != NULL)
		status = ring_reader_settle(r->rings); /* now that it is known how much of the file will be read */
	if (status == WSC_OK)
		status = find_end(r, &end);
	if (status != WSC_OK || end == 0) {
		trace_file_close(&r->file);
		return explain(r, status, "the trace cannot be read");
	}
	r->has_trace = true;
	status = trace_scan_open(&r->map, &r->file, r->err);
	if (status != WSC_OK)
		return status;
	if (r->rings != NULL && memcmp(r->map.header.trace_id, r->rings->head.trace_id, TRACE_ID_BYTES) != 0)
		return trace_error_set(r->err, WSC_FORMAT, 0, "the rings are those of another trace");
	r->recovered->written = events_in(&r->map);
	r->max_ts = r->map.max_ts;
	r->recovered->was_whole = r->map.end != WSC_END_CUT;
	return explain(r, copy(r, end), "the result cannot be written");
}

static enum wsc_status resume(struct recovery *r)
{
	/* Those that were given up before the file's first count, too. */
	const uint64_t frames = r->frames + r->map.header.first_frame - 1;
	enum wsc_status status =
	    trace_writer_resume(&r->writer, r->sink, r->map.header.trace_id, frames, r->map.header.ordered, 0);
	for (size_t i = 0; i < r->map.stream_count && status == WSC_OK; i++)
		status = trace_writer_stream(r->writer, r->map.streams[i].worker, r->map.streams[i].events,
		                             r->map.streams[i].last_ts);
	return status;
}

/* --- the header, where the trace has none yet --- */

static uint64_t ticks_per_second(const struct ring_reader *rings)
{
	const struct ring_file_moment *a = &rings->head.opened, *b = &rings->now;
	if (b->raw_ns <= a->raw_ns || b->stamp <= a->stamp)
		return 0;
	__extension__ typedef unsigned __int128 wide;
	const wide rate = (wide)(b->stamp - a->stamp) * NS_PER_SECOND / (b->raw_ns - a->raw_ns);
	return rate > UINT64_MAX ? 0 : (uint64_t)rate;
}

static enum wsc_status begin(struct recovery *r)
{
	if (!r->rings->has_header)
		return trace_error_set(r->err, WSC_FORMAT, 0, RING_READER_NOT_BEGUN);
	struct trace_header header = r->rings->header; /* a shallow copy: the tables stay the reader's */
	const uint64_t measured = ticks_per_second(r->rings);
	if (header.clock == WSC_CLOCK_TICKS && measured != 0)
		header.ticks_per_second = measured;
	r->is_trace_gone = r->rings->head.begun != 0;
	header.complete = header.complete && r->rings->head.forgotten == 0 && !r->is_trace_gone;
	/* Names and labels may be more than one frame can hold: they are declared. */
	header.worker_count = header.label_count = 0;
	return trace_writer_create(&r->writer, r->sink, &header, 0);
}

/* --- declarations --- */

static size_t at_most(size_t left, size_t most)
{
	return left < most ? left : most;
}

static enum wsc_status declare(struct recovery *r)
{
	const struct trace_header *all = &r->rings->header;
	const struct ring_file_moment *now = &r->rings->now;
	struct trace_anchor anchor = {now->stamp, now->wall_ns};
	struct trace_header later;
	trace_header_init(&later);
	later.anchors = &anchor;
	later.anchor_count = 1;
	enum wsc_status status = trace_writer_declare(r->writer, &later);
	later.anchor_count = 0;
	for (size_t i = 0; i < all->worker_count && status == WSC_OK; i += later.worker_count) {
		later.workers = &all->workers[i];
		later.worker_count = at_most(all->worker_count - i, WORKERS_PER_FRAME);
		status = trace_writer_declare(r->writer, &later);
	}
	later.worker_count = 0;
	for (size_t i = 0; i < all->label_count && status == WSC_OK; i += later.label_count) {
		later.labels = &all->labels[i];
		later.label_count = at_most(all->label_count - i, LABELS_PER_FRAME);
		status = trace_writer_declare(r->writer, &later);
	}
	return status;
}

/* --- events --- */

static enum wsc_status write_block(struct recovery *r)
{
	const size_t count = r->count;
	r->count = 0;
	return count > 0 ? trace_writer_block(r->writer, r->events, count, NULL) : WSC_OK;
}

static enum wsc_status take_events(void *context, const struct wsc_event *events, size_t count)
{
	struct recovery *r = context;
	for (size_t i = 0; i < count; i++) {
		enum wsc_status status = r->count == BLOCK_EVENTS ? write_block(r) : WSC_OK;
		if (status != WSC_OK)
			return status;
		r->events[r->count++] = events[i];
		const bool is_gap = events[i].kind == WSC_EV_GAP;
		const uint64_t ts = is_gap ? events[i].task : events[i].ts;
		r->recovered->added += !is_gap;
		r->max_ts = ts > r->max_ts ? ts : r->max_ts;
	}
	return WSC_OK;
}

static enum wsc_status add_rings(struct recovery *r)
{
	const struct ring_reader *rings = r->rings;
	enum wsc_status status = WSC_OK;
	for (size_t i = 0, next; i < rings->ring_count && status == WSC_OK; i = next) {
		const uint32_t worker = rings->rings[i].page.worker;
		for (next = i; next < rings->ring_count && rings->rings[next].page.worker == worker;)
			next++;
		const uint32_t number = r->has_trace ? id_map_find(&r->map.stream_index, worker) : ID_MAP_NONE;
		const struct trace_map_stream *known = number != ID_MAP_NONE ? &r->map.streams[number - 1] : NULL;
		status = ring_reader_stream(rings, i, next - i, known != NULL ? known->events : 0,
		                            known != NULL ? known->last_ts : 0, (struct ring_sink){take_events, r});
		if (status == WSC_OK)
			status = write_block(r);
	}
	return status;
}

/* Workers that recorded where nothing is left of it may have done anything: up to a stamp, or since one. */
static enum wsc_status add_unmapped(struct recovery *r)
{
	const struct ring_reader *rings = r->rings;
	struct wsc_event gap = {.task = rings->head.forgotten, .worker = WSC_WORKER_UNATTACHED, .kind = WSC_EV_GAP};
	enum wsc_status status = WSC_OK;
	if (rings->head.forgotten != 0)
		status = trace_writer_block(r->writer, &gap, 1, NULL);
	gap.ts = rings->is_torn || r->is_trace_gone ? rings->head.opened.stamp : rings->head.unmapped_since;
	gap.task = r->max_ts > gap.ts ? r->max_ts : gap.ts;
	return status == WSC_OK && gap.ts != 0 ? trace_writer_block(r->writer, &gap, 1, NULL) : status;
}

static enum wsc_status write_rest(struct recovery *r, uint64_t until)
{
	enum wsc_status status = r->has_trace ? resume(r) : begin(r);
	if (status == WSC_OK)
		status = declare(r);
	if (status == WSC_OK)
		status = add_rings(r);
	if (status == WSC_OK)
		status = add_unmapped(r);
	if (status != WSC_OK)
		return status;
	/* A killed process leaves each worker's events up to some point, and with each event whatever led to it: that is all
	 * there is, and a reader need not guess what more may have been. */
	if (until == UINT64_MAX && r->max_ts < UINT64_MAX)
		until = r->max_ts + 1;
	return trace_writer_epoch(r->writer, until);
}

enum wsc_status trace_recover(struct trace_sink sink, const struct trace_recover_from *from,
                              struct trace_recovered *recovered, struct trace_error *err)
{
	struct recovery *r = calloc(1, sizeof(*r));
	*recovered = (struct trace_recovered){0};
	if (r == NULL)
		return trace_error_set(err, WSC_NOMEM, 0, "out of memory");
	r->sink = sink;
	r->rings = from->rings;
	r->recovered = recovered;
	r->err = err;
	enum wsc_status status = take_trace(r, from);
	if (status == WSC_OK && r->rings != NULL && !recovered->was_whole)
		status = explain(r, write_rest(r, from->until), "the result cannot be written");
	else if (status == WSC_OK && !r->has_trace)
		status = trace_error_set(err, WSC_FORMAT, 0, "nothing had been written yet, and there are no rings");
	trace_writer_free(r->writer);
	if (r->has_trace) {
		trace_map_free(&r->map);
		trace_file_close(&r->file);
	}
	free(r);
	return status;
}
