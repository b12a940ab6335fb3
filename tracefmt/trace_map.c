/* SPDX-License-Identifier: MIT */
#include "trace_map.h"

#include <stdlib.h>
#include <string.h>

#include "array.h"
#include "trace_limits.h"

void trace_map_init(struct trace_map *map, struct trace_file *file)
{
	*map = (struct trace_map){.file = file};
	trace_header_init(&map->header);
	memset(map->operands, UINT8_MAX, sizeof map->operands);
}

void trace_map_clear(struct trace_map *map)
{
	free(map->entries);
	free(map->streams);
	free(map->workers);
	id_map_free(&map->stream_index);
	map->entries = NULL;
	map->streams = NULL;
	map->workers = NULL;
	map->entry_count = map->entry_capacity = map->stream_count = map->stream_capacity = 0;
	map->end = WSC_END_CUT;
	map->blocks = map->dropped = map->max_ts = map->damaged = map->footer_dropped = map->gaps = 0;
	map->is_scanned = false;
}

void trace_map_free(struct trace_map *map)
{
	trace_map_clear(map);
	trace_header_free(&map->header);
}

enum wsc_status trace_map_declare(struct trace_map *map, const struct trace_header *later)
{
	return trace_header_merge(&map->header, later);
}

enum wsc_status trace_map_extensions(struct trace_map *map, struct trace_error *err)
{
	for (size_t i = 0; i < map->header.extension_count; i++) {
		const struct trace_extension *row = &map->header.extensions[i];

		map->operands[row->kind] = row->operands;
		if (row->critical)
			return trace_error_set(err, WSC_UNSUPPORTED, 0,
			                       "the trace has events of kind %u (%.100s), which a newer version of "
			                       "wscheck is needed to understand",
			                       row->kind, row->name);
	}
	return WSC_OK;
}

/* A new entry at the end of a chain. */
static enum wsc_status append(struct trace_map *map, struct trace_map_stream *stream,
                              const struct trace_map_entry *entry)
{
	struct trace_map_entry *bigger;
	uint32_t at = (uint32_t)map->entry_count;

	if (map->entry_count >= 2 * (size_t)TRACE_FRAMES_MAX)
		return WSC_LIMIT;
	bigger = array_room(map->entries, map->entry_count, &map->entry_capacity, sizeof *bigger);
	if (bigger == NULL)
		return WSC_NOMEM;
	map->entries = bigger;
	map->entries[at] = *entry;
	map->entries[at].next = TRACE_MAP_NONE;
	if (stream->last == TRACE_MAP_NONE)
		stream->first = at;
	else
		map->entries[stream->last].next = at;
	stream->last = at;
	map->entry_count++;
	return WSC_OK;
}

static enum wsc_status find_stream(struct trace_map *map, uint32_t worker, struct trace_map_stream **stream)
{
	uint32_t number = id_map_find(&map->stream_index, worker);
	struct trace_map_stream *bigger;

	if (number == ID_MAP_NONE) {
		if (map->stream_count >= TRACE_WORKERS_MAX)
			return WSC_LIMIT;
		bigger = array_room(map->streams, map->stream_count, &map->stream_capacity, sizeof *bigger);
		if (bigger == NULL)
			return WSC_NOMEM;
		map->streams = bigger;
		number = (uint32_t)map->stream_count + 1;
		if (!id_map_add(&map->stream_index, worker, number))
			return WSC_NOMEM;
		map->streams[map->stream_count++] = (struct trace_map_stream){
		    .worker = worker, .first = TRACE_MAP_NONE, .last = TRACE_MAP_NONE, .open_gap = TRACE_MAP_NONE};
	}
	*stream = &map->streams[number - 1];
	return WSC_OK;
}

/* At the end of a chain `lost` events are missing (0: some number). */
static enum wsc_status add_gap(struct trace_map *map, struct trace_map_stream *stream, uint64_t lost)
{
	struct trace_map_entry gap = {
	    .is_gap = true, .first_event = lost, .first_ts = stream->last_ts, .order = stream->last_order};
	enum wsc_status status;

	if (stream->open_gap != TRACE_MAP_NONE) {
		map->entries[stream->open_gap].first_event += lost;
	} else {
		gap.sequence = stream->last == TRACE_MAP_NONE ? 0 : map->entries[stream->last].sequence;
		status = append(map, stream, &gap);
		if (status != WSC_OK)
			return status;
		stream->open_gap = stream->last;
		map->gaps++;
	}
	stream->events += lost;
	return WSC_OK;
}

/* The gap at the end of a chain lasts to `until`. */
static void close_gap(struct trace_map *map, struct trace_map_stream *stream, uint64_t until)
{
	struct trace_map_entry *gap;

	if (stream->open_gap == TRACE_MAP_NONE)
		return;
	gap = &map->entries[stream->open_gap];
	gap->max_ts = until > gap->first_ts ? until : gap->first_ts;
	stream->open_gap = TRACE_MAP_NONE;
}

enum wsc_status trace_map_add_block(struct trace_map *map, uint32_t worker, const struct trace_map_entry *entry,
                                    uint64_t last_ts, uint64_t last_order)
{
	struct trace_map_stream *stream;
	enum wsc_status status = find_stream(map, worker, &stream);

	if (status != WSC_OK)
		return status;
	if (entry->first_event < stream->events || entry->order == UINT64_MAX ||
	    (map->is_scanned && map->header.ordered && stream->events > 0 && stream->last_order >= entry->order))
		return WSC_FORMAT;
	if (entry->first_event > stream->events) {
		status = add_gap(map, stream, entry->first_event - stream->events);
		if (status != WSC_OK)
			return status;
	}
	close_gap(map, stream, entry->first_ts);
	status = append(map, stream, entry);
	if (status != WSC_OK)
		return status;
	stream->events += entry->count;
	stream->last_ts = last_ts;
	stream->last_order = last_order;
	map->blocks++;
	map->max_ts = entry->max_ts > map->max_ts ? entry->max_ts : map->max_ts;
	return WSC_OK;
}

enum wsc_status trace_map_add_totals(struct trace_map *map, const struct trace_total *totals, size_t count)
{
	struct trace_map_stream *stream;
	enum wsc_status status;

	/* All or nothing: an item that contradicts the blocks is not to be believed in part. */
	for (size_t i = 0; i < count; i++) {
		uint32_t number = id_map_find(&map->stream_index, totals[i].worker);

		if (number == ID_MAP_NONE)
			continue;
		stream = &map->streams[number - 1];
		if (totals[i].events < stream->events ||
		    (map->is_scanned && totals[i].events == stream->events && stream->open_gap == TRACE_MAP_NONE &&
		     totals[i].last_ts != stream->last_ts))
			return WSC_FORMAT;
	}
	for (size_t i = 0; i < count; i++) {
		status = find_stream(map, totals[i].worker, &stream);
		if (status == WSC_OK && totals[i].events > stream->events)
			status = add_gap(map, stream, totals[i].events - stream->events);
		if (status != WSC_OK)
			return status;
		map->max_ts = totals[i].last_ts > map->max_ts ? totals[i].last_ts : map->max_ts;
	}
	return WSC_OK;
}

enum wsc_status trace_map_begin_late(struct trace_map *map, const struct trace_total *totals, size_t count,
                                     uint64_t until)
{
	enum wsc_status status = map->stream_count == 0 ? trace_map_add_totals(map, totals, count) : WSC_FORMAT;

	for (size_t i = 0; i < map->stream_count && status == WSC_OK; i++) {
		struct trace_map_stream *stream = &map->streams[i];

		close_gap(map, stream, totals[i].last_ts > until ? totals[i].last_ts : until);
		stream->last_ts = totals[i].last_ts;
	}
	return status;
}

bool trace_map_has_gaps(const struct trace_map *map)
{
	return map->gaps > 0;
}

/* From `since` on, anybody's events may be missing: the gap of a worker of its own. */
static enum wsc_status add_unknown(struct trace_map *map, uint64_t since)
{
	struct trace_map_stream *stream;
	uint32_t worker = UINT32_MAX;
	enum wsc_status status;

	while (id_map_find(&map->stream_index, worker) != ID_MAP_NONE)
		worker--;
	status = find_stream(map, worker, &stream);
	if (status != WSC_OK)
		return status;
	stream->last_ts = since;
	return add_gap(map, stream, 0);
}

static int compare_workers(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return (x > y) - (x < y);
}

enum wsc_status trace_map_finish(struct trace_map *map, uint64_t lost_since, uint64_t complete_until)
{
	size_t known = lost_since != UINT64_MAX ? map->stream_count : 0;
	enum wsc_status status = WSC_OK;

	/* A lost frame may have been anybody's whose stream may go on. */
	for (size_t i = 0; i < known && status == WSC_OK; i++)
		status = add_gap(map, &map->streams[i], 0);
	if (status == WSC_OK && lost_since != UINT64_MAX)
		status = add_unknown(map, lost_since);
	else if (status == WSC_OK && map->blocks > 0 && complete_until != UINT64_MAX && map->max_ts >= complete_until)
		status = add_unknown(map, complete_until);
	if (status != WSC_OK)
		return status;
	map->workers = malloc((map->stream_count + 1) * sizeof *map->workers);
	if (map->workers == NULL)
		return WSC_NOMEM;
	for (size_t i = 0; i < map->stream_count; i++) {
		close_gap(map, &map->streams[i], map->max_ts);
		map->workers[i] = map->streams[i].worker;
	}
	qsort(map->workers, map->stream_count, sizeof *map->workers, compare_workers);
	return WSC_OK;
}
