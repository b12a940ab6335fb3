/* SPDX-License-Identifier: MIT */
#include "trace_reader.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "trace_ahead.h"
#include "trace_block.h"
#include "trace_limits.h"
#include "trace_scan.h"
#include "wscheck/record.h"

enum {
	BATCH_EVENTS = 1024,
	/* After as many events it is asked whether they are of one stream. (To count a stream's victories cost 17 instructions an event.) */
	RUN_ASKED = 16
};

/* A block being read: its content and the stretch of it that is decoded. */
struct open_block {
	struct open_block *next_free;
	struct trace_block_content content;
	struct block_decoder decoder;
	struct wsc_event events[BLOCK_CHUNK_EVENTS];
	uint64_t order[BLOCK_CHUNK_EVENTS]; /* if ordered */
};

/* A worker's place in its stream. */
struct cursor {
	uint32_t entry;   /* TRACE_MAP_NONE: the stream is used up */
	size_t at, count; /* of the decoded events */
	const struct wsc_event *events;
	const uint64_t *order; /* if ordered */
	/* Where these lie: at most one of the two, none before the entry's block is needed. */
	struct open_block *block;
	struct trace_ahead_block *ready;
};

/* A stream in the merge: the place of its next event in the merged order is by key, then by tie. */
struct player {
	uint64_t key; /* greatest stamp of the stream so far, the next event's included; UINT64_MAX at its end */
	uint64_t tie; /* the next event's place in the file order; UINT64_MAX at the end, and only there */
	uint64_t stream;
};

struct trace_reader {
	struct trace_file file;
	struct trace_map map;
	bool lacks_map; /* the scan for it failed */
	/* The merge is a tree of losers (Knuth, vol. 3, 5.4.1): losers[1..] its inner nodes, losers[0] the winner. */
	struct cursor *cursors; /* one for each stream of the map */
	struct player *losers;
	/* Merged events. Once they are handed out, `pending` holds. */
	struct wsc_event batch[BATCH_EVENTS];
	size_t batch_count;
	size_t batch_at; /* those before were handed out, or lie before the range */
	bool in_range;   /* what lies before it is passed over */
	struct wsc_event before;
	enum wsc_status pending;
	bool at_end;
	uint64_t open_bytes, position;
	uint64_t dropped; /* sum over the blocks read, to compare with the footer's */
	struct open_block *free_blocks;
	struct trace_ahead *ahead; /* or NULL */
	uint64_t extension_counts[256];
	struct trace_summary summary;
	struct trace_skipped skipped[256];
};

static inline bool before(const struct player *a, const struct player *b)
{
	/* As one number of 128 bits, which compares without a branch. */
	__extension__ unsigned __int128 x = (unsigned __int128)a->key << 64 | a->tie;
	__extension__ unsigned __int128 y = (unsigned __int128)b->key << 64 | b->tie;

	return x < y;
}

/*
 * The winner has come back as `player`: answers the next winner. Whose turn it is can't be predicted, so there is no
 * branch on it: a mispredicted one would cost more than all the rest.
 */
static inline struct player replayed(struct player *losers, size_t count, struct player player)
{
	for (size_t node = (count + player.stream) / 2; node >= 1; node /= 2) {
		struct player *other = &losers[node];
		uint64_t mask = 0U - (uint64_t)before(other, &player);
		uint64_t key = (player.key ^ other->key) & mask, tie = (player.tie ^ other->tie) & mask;
		uint64_t stream = (player.stream ^ other->stream) & mask;

		other->key ^= key;
		other->tie ^= tie;
		other->stream ^= stream;
		player.key ^= key;
		player.tie ^= tie;
		player.stream ^= stream;
	}
	return player;
}

/* The key of the one that wins once `player` does not: the least of those that lost to it. */
static inline uint64_t runner_up(const struct player *losers, size_t count, const struct player *player)
{
	uint64_t key = UINT64_MAX;

	for (size_t node = (count + player->stream) / 2; node >= 1; node /= 2)
		key = losers[node].key < key ? losers[node].key : key;
	return key;
}

static void replay(struct trace_reader *reader, struct player player)
{
	reader->losers[0] = replayed(reader->losers, reader->map.stream_count, player);
}

/* `player`, whose next event is now the first of its cursor's entry. */
static struct player aim(struct trace_reader *reader, struct player player)
{
	struct cursor *cursor = &reader->cursors[player.stream];
	const struct trace_map_entry *entry;

	cursor->at = cursor->count = 0;
	if (cursor->entry == TRACE_MAP_NONE)
		return (struct player){.key = UINT64_MAX, .tie = UINT64_MAX, .stream = player.stream};
	entry = &reader->map.entries[cursor->entry];
	player.key = entry->first_ts > player.key ? entry->first_ts : player.key;
	player.tie = reader->map.header.ordered ? entry->order : entry->sequence;
	return player;
}

/* Plays the first tournament, from the leaves up. */
static enum wsc_status play(struct trace_reader *reader)
{
	size_t count = reader->map.stream_count;
	struct player *winners = calloc(2 * count + 1, sizeof *winners);

	if (winners == NULL)
		return WSC_NOMEM;
	for (size_t i = 0; i < count; i++)
		winners[count + i] = aim(reader, (struct player){.stream = i});
	for (size_t node = count; node-- > 1;) {
		const struct player *a = &winners[2 * node], *b = &winners[2 * node + 1];
		bool b_wins = before(b, a);

		winners[node] = b_wins ? *b : *a;
		reader->losers[node] = b_wins ? *a : *b;
	}
	reader->losers[0] = winners[1];
	free(winners);
	return WSC_OK;
}

static struct open_block *take_block(struct trace_reader *reader)
{
	struct open_block *block = reader->free_blocks;

	if (block == NULL)
		block = calloc(1, sizeof *block);
	else
		reader->free_blocks = block->next_free;
	if (block != NULL)
		reader->open_bytes += sizeof *block;
	return block;
}

/* What is done with waits for the next block, without its content. */
static void give_block(struct trace_reader *reader, struct open_block *block)
{
	if (block == NULL)
		return;
	reader->open_bytes -= sizeof *block + block->content.capacity;
	free(block->content.bytes);
	block->content = (struct trace_block_content){0};
	block->next_free = reader->free_blocks;
	reader->free_blocks = block;
}

/* What the block of an entry takes, or would take if it were decoded a stretch at a time. */
static uint64_t ready_bytes(const struct trace_ahead_block *ready)
{
	return sizeof(struct open_block) + ready->content_size;
}

/* The cursor is done with its block. */
static void close_block(struct trace_reader *reader, struct cursor *cursor)
{
	give_block(reader, cursor->block);
	if (cursor->ready != NULL) {
		reader->open_bytes -= ready_bytes(cursor->ready);
		trace_ahead_give(reader->ahead, cursor->ready);
	}
	cursor->block = NULL;
	cursor->ready = NULL;
}

/* Forgets the merge. The map must not have changed since start(). */
static void drop_merge(struct trace_reader *reader)
{
	for (size_t i = 0; reader->cursors != NULL && i < reader->map.stream_count; i++)
		close_block(reader, &reader->cursors[i]);
	if (reader->ahead != NULL)
		trace_ahead_forget(reader->ahead);
	free(reader->cursors);
	free(reader->losers);
	reader->cursors = NULL;
	reader->losers = NULL;
}

/*
 * Where to begin to read a chain for a range that begins at `from`: at the last entry that lies before it, which may end
 * with a gap that reaches into it. (A gap lasts no longer than to the next event of its worker.)
 */
static uint32_t skip(struct trace_reader *reader, uint32_t at, uint64_t from)
{
	const struct trace_map_entry *entries = reader->map.entries;

	while (at != TRACE_MAP_NONE && entries[at].next != TRACE_MAP_NONE && entries[at].max_ts < from &&
	       entries[entries[at].next].max_ts < from) {
		reader->position += entries[at].size;
		at = entries[at].next;
	}
	return at;
}

/* Wants the blocks that are needed first. */
static void look_ahead(struct trace_reader *reader)
{
	for (size_t i = 0; reader->ahead != NULL && i < reader->map.stream_count; i++)
		trace_ahead_want(reader->ahead, (uint32_t)i, reader->cursors[i].entry);
}

/* Everything to the beginning. */
static enum wsc_status start(struct trace_reader *reader)
{
	const struct trace_map *map = &reader->map;

	drop_merge(reader);
	reader->batch_count = reader->batch_at = 0;
	reader->pending = WSC_OK;
	reader->at_end = false;
	reader->position = map->header_size;
	reader->dropped = 0;
	memset(reader->extension_counts, 0, sizeof reader->extension_counts);
	reader->summary = (struct trace_summary){.end = map->end,
	                                         .damaged_blocks = map->damaged,
	                                         .file_bytes = reader->file.size,
	                                         .skipped = reader->skipped,
	                                         .range = reader->summary.range};
	if (reader->summary.range.is_given)
		trace_range_begin(&reader->summary.range, &reader->map.header, map->workers, map->stream_count);
	reader->in_range = !reader->summary.range.begins_late;
	reader->cursors = calloc(map->stream_count + 1, sizeof *reader->cursors);
	reader->losers = calloc(map->stream_count + 1, sizeof *reader->losers);
	if (reader->cursors == NULL || reader->losers == NULL)
		return WSC_NOMEM;
	for (size_t i = 0; i < map->stream_count; i++)
		reader->cursors[i].entry = reader->in_range
		                               ? map->streams[i].first
		                               : skip(reader, map->streams[i].first, reader->summary.range.from);
	look_ahead(reader);
	return map->stream_count == 0 ? WSC_OK : play(reader);
}

/* Reads the block at the cursor of `stream` into cursor->block. */
static enum wsc_status load(struct trace_reader *reader, uint64_t stream)
{
	struct cursor *cursor = &reader->cursors[stream];
	struct block block;
	uint64_t room;
	enum wsc_status status;

	cursor->block = take_block(reader);
	if (cursor->block == NULL)
		return WSC_NOMEM;
	room = reader->open_bytes < TRACE_OPEN_BYTES_MAX ? TRACE_OPEN_BYTES_MAX - reader->open_bytes : 0;
	status = trace_block_load(&reader->map, &reader->file, (uint32_t)stream, cursor->entry, room,
	                          &cursor->block->content, &block);
	reader->open_bytes += cursor->block->content.capacity;
	if (status != WSC_OK)
		return status;
	cursor->events = cursor->block->events;
	cursor->order = cursor->block->order;
	reader->position += reader->map.entries[cursor->entry].size;
	reader->summary.blocks++;
	reader->dropped += block.dropped;
	return block_decoder_start(&cursor->block->decoder, &block, reader->map.operands, reader->extension_counts);
}

/* Counts events that were decoded, of one block. What the file's size limit dropped is told of nobody. */
static void count_decoded(struct trace_reader *reader, const struct wsc_event *events, size_t count, size_t gaps,
                          uint64_t dropped)
{
	reader->summary.events += count - gaps;
	reader->summary.dropped += dropped;
	if (dropped > 0 && events[0].worker == WSC_WORKER_UNATTACHED)
		reader->summary.over_limit += dropped;
}

/* The block at the cursor was decoded ahead. */
static enum wsc_status use_ready(struct trace_reader *reader, struct cursor *cursor)
{
	const struct trace_ahead_block *ready = cursor->ready;

	reader->open_bytes += ready_bytes(ready);
	if (ready->status != WSC_OK)
		return ready->status;
	if (reader->open_bytes > TRACE_OPEN_BYTES_MAX)
		return WSC_LIMIT;
	cursor->events = ready->events;
	cursor->order = ready->order;
	cursor->at = 0;
	cursor->count = ready->count;
	reader->position += reader->map.entries[cursor->entry].size;
	reader->summary.blocks++;
	count_decoded(reader, ready->events, ready->count, ready->gaps, ready->dropped);
	reader->dropped += ready->block_dropped;
	for (unsigned kind = 0; kind < 256; kind++)
		reader->extension_counts[kind] += ready->extension_counts[kind];
	return WSC_OK;
}

/* Takes the block at the cursor of `stream`, or begins to read it. */
static enum wsc_status open_block(struct trace_reader *reader, uint64_t stream)
{
	struct cursor *cursor = &reader->cursors[stream];

	if (reader->ahead != NULL) {
		cursor->ready = trace_ahead_take(reader->ahead, (uint32_t)stream, cursor->entry);
		trace_ahead_want(reader->ahead, (uint32_t)stream, reader->map.entries[cursor->entry].next);
	}
	return cursor->ready != NULL ? use_ready(reader, cursor) : load(reader, stream);
}

/* Decodes on until there are events, or the block is at its end (DONE). */
static enum wsc_status decode(struct trace_reader *reader, struct cursor *cursor)
{
	struct block_chunk chunk = {0};
	enum wsc_status status = WSC_OK;

	if (cursor->ready != NULL)
		return cursor->at < cursor->count ? WSC_OK : WSC_DONE;
	chunk.events = cursor->block->events;
	chunk.order = cursor->block->order;
	while (status == WSC_OK && chunk.count == 0)
		status = block_decode(&cursor->block->decoder, &chunk);
	cursor->at = 0;
	cursor->count = chunk.count;
	count_decoded(reader, chunk.events, chunk.count, chunk.gaps, chunk.dropped);
	return status;
}

/* The winner comes back with its next decoded event. */
static inline void play_on(struct trace_reader *reader, const struct cursor *cursor)
{
	struct player player = reader->losers[0];
	uint64_t ts = cursor->events[cursor->at].ts;

	player.key = ts > player.key ? ts : player.key;
	if (reader->map.header.ordered)
		player.tie = cursor->order[cursor->at];
	replay(reader, player);
}

/* The winner's entry is used up. */
static void leave_entry(struct trace_reader *reader)
{
	struct cursor *cursor = &reader->cursors[reader->losers[0].stream];

	close_block(reader, cursor);
	cursor->entry = reader->map.entries[cursor->entry].next;
	replay(reader, aim(reader, reader->losers[0]));
}

/* The gap at the winner's cursor becomes an event. */
static void merge_gap(struct trace_reader *reader)
{
	uint64_t winner = reader->losers[0].stream;
	const struct trace_map_entry *entry = &reader->map.entries[reader->cursors[winner].entry];
	uint32_t lost = entry->first_event > UINT32_MAX ? UINT32_MAX : (uint32_t)entry->first_event;

	reader->batch[reader->batch_count++] = (struct wsc_event){.ts = entry->first_ts,
	                                                          .task = entry->max_ts,
	                                                          .worker = reader->map.streams[winner].worker,
	                                                          .arg = lost,
	                                                          .kind = WSC_EV_GAP};
	reader->summary.dropped += lost;
	leave_entry(reader);
}

/* The next event lies behind the range: one gap stands for it and the rest. */
static enum wsc_status merge_rest(struct trace_reader *reader)
{
	reader->summary.range.ends_early = true;
	reader->batch[reader->batch_count++] =
	    trace_range_behind(&reader->summary.range, reader->losers[0].key, reader->map.max_ts);
	return WSC_DONE;
}

/* The winner has no decoded event left: decodes on, opening its block first if that is yet to be done. */
static enum wsc_status more(struct trace_reader *reader)
{
	uint64_t winner = reader->losers[0].stream;
	struct cursor *cursor = &reader->cursors[winner];
	enum wsc_status status = WSC_OK;

	if (cursor->block == NULL && cursor->ready == NULL)
		status = open_block(reader, winner);
	if (status == WSC_OK)
		status = decode(reader, cursor);
	if (status == WSC_DONE) {
		leave_entry(reader);
		return WSC_OK;
	}
	if (status == WSC_OK)
		play_on(reader, cursor);
	return status;
}

/* Whether the events seem to be of one stream: their first, their last and one between. */
static inline bool is_run(const struct wsc_event *from, const struct wsc_event *to)
{
	const struct wsc_event *const between = from + (to - from) / 2;

	return from->worker == to[-1].worker && from->worker == between->worker;
}

/*
 * The events of the winner that certainly come before all others': where workers take turns on a processor, these are
 * many. As merge_decoded(), which goes on; `player` is the winner, and comes back with its next event.
 */
static inline struct wsc_event *merge_run(struct cursor *cursor, struct player *player, uint64_t next,
                                          struct wsc_event *to, const struct wsc_event *end)
{
	const struct wsc_event *const events = cursor->events;
	const size_t count = cursor->count;
	size_t at = cursor->at;
	uint64_t key = player->key;

	while (to < end && at + 1 < count && key < next) {
		*to++ = events[at++];
		key = events[at].ts > key ? events[at].ts : key;
	}
	player->key = key;
	cursor->at = at;
	return to;
}

/*
 * Merges events as long as each one's successor in its stream is decoded and none lies behind `last`. What the loop does
 * for an event has no branch that depends on whose turn it is, and keeps in registers what the compiler can't know to
 * stay the same.
 */
static inline __attribute__((always_inline)) void merge_decoded(struct trace_reader *reader, uint64_t last,
                                                                bool ordered)
{
	struct player *const losers = reader->losers;
	struct cursor *const cursors = reader->cursors;
	const size_t streams = reader->map.stream_count;
	struct wsc_event *to = reader->batch + reader->batch_count, *const end = reader->batch + BATCH_EVENTS;
	struct player player = losers[0];

	while (to < end) {
		struct wsc_event *const from = to, *const stop = end - to > RUN_ASKED ? to + RUN_ASKED : end;

		while (to < stop && player.key <= last) {
			struct cursor *cursor = &cursors[player.stream];
			const size_t at = cursor->at + 1;
			const struct wsc_event *event;

			if (at >= cursor->count)
				break;
			event = &cursor->events[at - 1];
			*to++ = *event;
			cursor->at = at;
			player.key = event[1].ts > player.key ? event[1].ts : player.key;
			if (ordered)
				player.tie = cursor->order[at];
			player = replayed(losers, streams, player);
		}
		if (to < stop)
			break;
		if (!ordered && is_run(from, to)) {
			uint64_t next = runner_up(losers, streams, &player);

			to = merge_run(&cursors[player.stream], &player, next <= last ? next : last, to, end);
			player = replayed(losers, streams, player);
		}
	}
	losers[0] = player;
	reader->batch_count = (size_t)(to - reader->batch);
}

/* The next event, which is not simply the next one decoded of its stream. */
static enum wsc_status merge_one(struct trace_reader *reader, uint64_t last)
{
	struct cursor *cursor = &reader->cursors[reader->losers[0].stream];

	if (reader->losers[0].key > last && cursor->entry != TRACE_MAP_NONE)
		return merge_rest(reader);
	if (cursor->at < cursor->count) {
		reader->batch[reader->batch_count++] = cursor->events[cursor->at++];
		return more(reader);
	}
	if (cursor->entry == TRACE_MAP_NONE)
		return WSC_DONE;
	if (!reader->map.entries[cursor->entry].is_gap)
		return more(reader);
	merge_gap(reader);
	return WSC_OK;
}

/* Merges the next events into the batch. FORMAT: a block is not what the map says. */
static enum wsc_status merge(struct trace_reader *reader)
{
	enum wsc_status status = reader->map.stream_count == 0 ? WSC_DONE : WSC_OK;
	const uint64_t last = reader->summary.range.is_given ? reader->summary.range.to : UINT64_MAX;

	reader->batch_count = reader->batch_at = 0;
	while (status == WSC_OK && reader->batch_count < BATCH_EVENTS) {
		if (reader->map.header.ordered)
			merge_decoded(reader, last, true);
		else
			merge_decoded(reader, last, false);
		if (reader->batch_count < BATCH_EVENTS)
			status = merge_one(reader, last);
	}
	return status;
}

/* Passes over what lies before the range. False: all of the batch does. */
static bool enter_range(struct trace_reader *reader)
{
	struct trace_range *range = &reader->summary.range;

	while (reader->batch_at < reader->batch_count && reader->batch[reader->batch_at].ts < range->from)
		trace_range_pass(range, &reader->batch[reader->batch_at++]);
	reader->in_range = reader->batch_at < reader->batch_count;
	return reader->in_range;
}

/* The next batch. What stopped a merge is told once its events are handed out. */
static enum wsc_status next(struct trace_reader *reader, const struct wsc_event **events, size_t *n)
{
	bool enters = !reader->in_range;

	while (reader->batch_at == reader->batch_count) {
		if (reader->pending != WSC_OK)
			return reader->pending;
		reader->pending = merge(reader);
		if (enters && enter_range(reader)) {
			reader->before = trace_range_before(&reader->summary.range);
			*events = &reader->before;
			*n = 1;
			return WSC_OK;
		}
	}
	*events = reader->batch + reader->batch_at;
	*n = reader->batch_count - reader->batch_at;
	reader->batch_at = reader->batch_count;
	return WSC_OK;
}

/* Everything was read: what only the whole tells. FORMAT: the footer says something else. */
static enum wsc_status finish(struct trace_reader *reader)
{
	struct trace_map *map = &reader->map;
	size_t skipped = 0;

	if (!map->is_scanned && trace_range_is_whole(&reader->summary.range) && reader->dropped != map->footer_dropped)
		return WSC_FORMAT;
	if (reader->summary.range.ends_early)
		reader->summary.end = WSC_END_CUT;
	for (size_t i = 0; i < map->header.extension_count; i++) {
		const struct trace_extension *row = &map->header.extensions[i];

		if (reader->extension_counts[row->kind] > 0)
			reader->skipped[skipped++] =
			    (struct trace_skipped){row->name, reader->extension_counts[row->kind]};
	}
	reader->summary.skipped_count = skipped;
	reader->position = reader->file.size;
	reader->at_end = true;
	return WSC_DONE;
}

/* Lowers *first to the stamp of the first event, no gap, of a block. DONE: it has none. */
static enum wsc_status look_into(struct trace_reader *reader, uint64_t stream, uint64_t *first)
{
	struct cursor *cursor = &reader->cursors[stream];
	enum wsc_status status = load(reader, stream);

	while (status == WSC_OK && (status = decode(reader, cursor)) == WSC_OK) {
		while (cursor->at < cursor->count && cursor->events[cursor->at].kind == WSC_EV_GAP)
			cursor->at++;
		if (cursor->at == cursor->count)
			continue;
		if (cursor->events[cursor->at].ts < *first)
			*first = cursor->events[cursor->at].ts;
		break;
	}
	close_block(reader, cursor);
	return status;
}

/* The stamp of the first event that is no gap, as far as the file is sound. Leaves the merge to be started again. */
static enum wsc_status find_origin(struct trace_reader *reader, uint64_t *first)
{
	const struct trace_map *map = &reader->map;

	*first = UINT64_MAX;
	for (size_t i = 0; i < map->stream_count; i++) {
		uint32_t *at = &reader->cursors[i].entry;
		enum wsc_status status = WSC_DONE;

		for (*at = map->streams[i].first; *at != TRACE_MAP_NONE && status == WSC_DONE;
		     *at = map->entries[*at].next) {
			if (map->entries[*at].is_gap)
				continue;
			if (map->entries[*at].first_ts < *first)
				status = look_into(reader, i, first);
			else
				break;
		}
		if (status != WSC_OK && status != WSC_DONE)
			return status;
	}
	if (*first == UINT64_MAX)
		*first = 0;
	return WSC_OK;
}

/* To the beginning of the range that is given, or of everything. FORMAT: a block is not what the map says. */
static enum wsc_status begin(struct trace_reader *reader)
{
	struct trace_range range = reader->summary.range;
	enum wsc_status status;

	reader->summary.range = (struct trace_range){0};
	status = start(reader);
	if (status != WSC_OK || !range.is_given)
		return status;
	status = find_origin(reader, &range.origin);
	reader->summary.range = range;
	return status == WSC_OK ? start(reader) : status;
}

/* Says why there are no events. */
static enum wsc_status fail(enum wsc_status status, struct trace_error *err)
{
	switch (status) {
	case WSC_FORMAT:
		return trace_error_set(err, WSC_IO, 0, "the file changed while it was read");
	case WSC_LIMIT:
		return trace_error_set(err, status, 0, "the blocks of too many workers overlap in time");
	case WSC_NOMEM:
		return trace_error_set(err, status, 0, "out of memory");
	default:
		return trace_error_set(err, status, 0, "the file cannot be read");
	}
}

/* The map anew, from a scan of all. Where that fails there is a part of one, from which nothing may be read. */
static enum wsc_status scan_again(struct trace_reader *reader, struct trace_error *err)
{
	enum wsc_status status;

	drop_merge(reader);
	status = trace_scan_again(&reader->map, err);
	reader->lacks_map = status != WSC_OK;
	return status;
}

/* Damage came to light, or the index lies: finds out by a scan what there is, and begins again. */
static enum wsc_status restart(struct trace_reader *reader, struct trace_error *err)
{
	enum wsc_status status;

	if (reader->map.is_scanned)
		return fail(WSC_FORMAT, err);
	status = scan_again(reader, err);
	if (status != WSC_OK)
		return status;
	status = begin(reader);
	return status == WSC_OK ? WSC_RESTART : fail(status, err);
}

enum wsc_status trace_reader_next(struct trace_reader *reader, const struct wsc_event **events, size_t *n,
                                  struct trace_error *err)
{
	enum wsc_status status;

	*n = 0;
	if (reader->cursors == NULL || reader->losers == NULL) /* what began it failed */
		return fail(WSC_NOMEM, err);
	if (reader->at_end)
		return WSC_DONE;
	status = next(reader, events, n);
	if (status == WSC_DONE)
		status = finish(reader);
	if (status == WSC_OK || status == WSC_DONE)
		return status;
	return status == WSC_FORMAT ? restart(reader, err) : fail(status, err);
}

enum wsc_status trace_reader_open(struct trace_reader **out, int fd, struct trace_error *err)
{
	struct trace_reader *reader = calloc(1, sizeof *reader);
	enum wsc_status status;

	*out = NULL;
	if (reader == NULL) {
		(void)close(fd);
		return trace_error_set(err, WSC_NOMEM, 0, "out of memory");
	}
	trace_map_init(&reader->map, &reader->file);
	status = trace_file_open(&reader->file, fd);
	if (status != WSC_OK)
		(void)trace_error_set(err, status, 0, "the file cannot be read");
	else
		status = trace_scan_open(&reader->map, &reader->file, err);
	if (status == WSC_OK && start(reader) != WSC_OK)
		status = trace_error_set(err, WSC_NOMEM, 0, "out of memory");
	if (status != WSC_OK) {
		trace_reader_free(reader);
		return status;
	}
	*out = reader;
	return WSC_OK;
}

void trace_reader_free(struct trace_reader *reader)
{
	if (reader == NULL)
		return;
	drop_merge(reader);
	trace_ahead_free(reader->ahead);
	while (reader->free_blocks != NULL) {
		struct open_block *block = reader->free_blocks;

		reader->free_blocks = block->next_free;
		free(block);
	}
	trace_map_free(&reader->map);
	trace_file_close(&reader->file);
	free(reader);
}

const struct trace_header *trace_reader_header(const struct trace_reader *reader)
{
	return &reader->map.header;
}

const uint32_t *trace_reader_workers(const struct trace_reader *reader, size_t *n)
{
	*n = reader->map.stream_count;
	return reader->map.workers;
}

enum wsc_status trace_reader_rewind(struct trace_reader *reader, struct trace_error *err)
{
	enum wsc_status status = reader->lacks_map ? scan_again(reader, err) : WSC_OK;

	if (status != WSC_OK)
		return status;
	status = start(reader);
	return status == WSC_OK ? WSC_OK : trace_error_set(err, status, 0, "out of memory");
}

enum wsc_status trace_reader_limit(struct trace_reader *reader, uint64_t from_ns, uint64_t to_ns,
                                   struct trace_error *err)
{
	enum wsc_status status = reader->map.is_scanned ? WSC_OK : trace_block_check(&reader->map);

	reader->summary.range = (struct trace_range){.is_given = true, .from_ns = from_ns, .to_ns = to_ns};
	if (status == WSC_OK)
		status = begin(reader);
	if (status == WSC_FORMAT)
		status = restart(reader, err);
	else if (status != WSC_OK)
		return fail(status, err);
	return status == WSC_RESTART ? WSC_OK : status;
}

void trace_reader_threads(struct trace_reader *reader, unsigned threads)
{
	if (reader->ahead != NULL || threads == 0 || reader->map.stream_count == 0)
		return;
	reader->ahead = trace_ahead_create(&reader->map, threads);
	look_ahead(reader);
}

const struct trace_summary *trace_reader_summary(const struct trace_reader *reader)
{
	return &reader->summary;
}

uint64_t trace_reader_position(const struct trace_reader *reader)
{
	return reader->position;
}
