/* SPDX-License-Identifier: MIT */
#include "jsonl_reader.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "jsonl_load.h"
#include "jsonl_order.h"

struct jsonl_reader {
	struct jsonl_history history;
	struct jsonl_order order;
	struct trace_summary summary;
	size_t next;                   /* place in the merged order */
	size_t first, end;             /* the range there */
	bool told_before, told_behind; /* the gaps of the range */
	struct wsc_event gap;
	struct wsc_event run[JSONL_RUN_EVENTS_MAX]; /* where the merged order is not the file order */
};

static void summarize(struct jsonl_reader *reader, uint64_t file_bytes)
{
	const struct jsonl_history *history = &reader->history;
	reader->summary = (struct trace_summary){
	    .end = history->end,
	    .events = history->count - history->gaps,
	    .dropped = history->dropped,
	    .over_limit = history->over_limit,
	    .file_bytes = file_bytes,
	    .skipped = history->skipped,
	    .skipped_count = history->skipped_count,
	    .is_jsonl = true,
	};
}

enum wsc_status jsonl_reader_open(struct jsonl_reader **out, int fd, struct trace_error *err)
{
	struct stat info = {.st_size = 0};
	enum wsc_status status = WSC_NOMEM;
	struct jsonl_reader *reader = calloc(1, sizeof(*reader));
	*out = NULL;
	if (!reader) {
		close(fd);
		return trace_error_set(err, WSC_NOMEM, 0, "out of memory");
	}
	trace_header_init(&reader->history.header);
	fstat(fd, &info);
	status = jsonl_history_load(&reader->history, fd, err);
	close(fd);
	if (status == WSC_OK) {
		status = jsonl_order_init(&reader->order, reader->history.events, reader->history.count);
		if (status != WSC_OK)
			trace_error_set(err, status, 0, "out of memory");
	}
	if (status != WSC_OK) {
		jsonl_reader_free(reader);
		return status;
	}
	reader->history.header.ordered = reader->order.ties;
	reader->end = reader->history.count;
	summarize(reader, (uint64_t)info.st_size);
	*out = reader;
	return WSC_OK;
}

const struct trace_header *jsonl_reader_header(const struct jsonl_reader *reader)
{
	return &reader->history.header;
}

const uint32_t *jsonl_reader_workers(const struct jsonl_reader *reader, size_t *count)
{
	*count = reader->order.worker_count;
	return reader->order.workers;
}

/* The event at a place of the merged order. */
static const struct wsc_event *event_at(const struct jsonl_reader *reader, size_t place)
{
	const uint32_t *sequence = reader->order.sequence;
	return &reader->history.events[sequence ? sequence[place] : place];
}

static bool tell_gap(struct jsonl_reader *reader, struct wsc_event gap, const struct wsc_event **events, size_t *count)
{
	reader->gap = gap;
	*events = &reader->gap;
	*count = 1;
	return true;
}

/* The gaps around a range that is not the whole and has events. */
static bool next_gap(struct jsonl_reader *reader, const struct wsc_event **events, size_t *count)
{
	const struct trace_range *range = &reader->summary.range;
	if (reader->first == reader->end)
		return false;
	if (range->begins_late && !reader->told_before) {
		reader->told_before = true;
		return tell_gap(reader, trace_range_before(range), events, count);
	}
	if (range->ends_early && !reader->told_behind && reader->next == reader->end) {
		reader->told_behind = true;
		return tell_gap(reader,
		                trace_range_behind(range, event_at(reader, reader->end)->ts,
		                                   event_at(reader, reader->history.count - 1)->ts),
		                events, count);
	}
	return false;
}

enum wsc_status jsonl_reader_next(struct jsonl_reader *reader, const struct wsc_event **events, size_t *count)
{
	if (next_gap(reader, events, count))
		return WSC_OK;
	if (reader->next == reader->end)
		return WSC_DONE;
	size_t left = reader->end - reader->next;
	size_t most = left < JSONL_RUN_EVENTS_MAX ? left : JSONL_RUN_EVENTS_MAX;
	const struct wsc_event *first = event_at(reader, reader->next);
	size_t length = 0;
	while (length < most) {
		const struct wsc_event *event = event_at(reader, reader->next + length);
		if (event->worker != first->worker)
			break;
		if (reader->order.sequence)
			reader->run[length] = *event;
		length++;
	}
	reader->next += length;
	*events = reader->order.sequence ? reader->run : first;
	*count = length;
	return WSC_OK;
}

/* The stamp of the first event; gaps are none. */
static uint64_t origin(const struct jsonl_reader *reader)
{
	for (size_t i = 0; i < reader->history.count; i++) {
		if (event_at(reader, i)->kind != WSC_EV_GAP)
			return event_at(reader, i)->ts;
	}
	return 0;
}

void jsonl_reader_limit(struct jsonl_reader *reader, uint64_t from_ns, uint64_t to_ns)
{
	struct trace_range *range = &reader->summary.range;
	const size_t count = reader->history.count;
	*range = (struct trace_range){.is_given = true, .from_ns = from_ns, .to_ns = to_ns, .origin = origin(reader)};
	trace_range_begin(range, &reader->history.header, reader->order.workers, reader->order.worker_count);
	reader->first = 0;
	while (range->begins_late && reader->first < count && event_at(reader, reader->first)->ts < range->from)
		trace_range_pass(range, event_at(reader, reader->first++));
	reader->end = reader->first;
	while (reader->end < count && event_at(reader, reader->end)->ts <= range->to)
		reader->end++;
	range->ends_early = reader->end < count;
	if (range->ends_early)
		reader->summary.end = WSC_END_CUT;
	jsonl_reader_rewind(reader);
}

void jsonl_reader_rewind(struct jsonl_reader *reader)
{
	reader->next = reader->first;
	reader->told_before = reader->told_behind = false;
}

const struct trace_summary *jsonl_reader_summary(const struct jsonl_reader *reader)
{
	return &reader->summary;
}

uint64_t jsonl_reader_position(const struct jsonl_reader *reader)
{
	const double share = (double)reader->next / (double)(reader->history.count + 1);
	return reader->next == reader->end ? reader->summary.file_bytes
	                                   : (uint64_t)(share * (double)reader->summary.file_bytes);
}

void jsonl_reader_free(struct jsonl_reader *reader)
{
	if (!reader)
		return;
	jsonl_order_free(&reader->order);
	jsonl_history_free(&reader->history);
	free(reader);
}

const struct wsc_event *jsonl_reader_events(const struct jsonl_reader *reader, size_t *count)
{
	*count = reader->history.count;
	return reader->history.events;
}
