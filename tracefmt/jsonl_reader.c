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
	size_t next;                                /* place in the merged order */
	struct wsc_event run[JSONL_RUN_EVENTS_MAX]; /* where the merged order is not the file order */
};

static void summarize(struct jsonl_reader *reader, uint64_t file_bytes)
{
	const struct jsonl_history *history = &reader->history;
	reader->summary = (struct trace_summary){
	    .end = history->end,
	    .events = history->count - history->gaps,
	    .dropped = history->dropped,
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

enum wsc_status jsonl_reader_next(struct jsonl_reader *reader, const struct wsc_event **events, size_t *count)
{
	const struct jsonl_history *history = &reader->history;
	const uint32_t *sequence = reader->order.sequence;
	if (reader->next == history->count)
		return WSC_DONE;
	size_t left = history->count - reader->next;
	size_t most = left < JSONL_RUN_EVENTS_MAX ? left : JSONL_RUN_EVENTS_MAX;
	const struct wsc_event *first = &history->events[sequence ? sequence[reader->next] : reader->next];
	size_t length = 0;
	while (length < most) {
		const struct wsc_event *event =
		    sequence ? &history->events[sequence[reader->next + length]] : first + length;
		if (event->worker != first->worker)
			break;
		if (sequence)
			reader->run[length] = *event;
		length++;
	}
	reader->next += length;
	*events = sequence ? reader->run : first;
	*count = length;
	return WSC_OK;
}

void jsonl_reader_rewind(struct jsonl_reader *reader)
{
	reader->next = 0;
}

const struct trace_summary *jsonl_reader_summary(const struct jsonl_reader *reader)
{
	return &reader->summary;
}

uint64_t jsonl_reader_position(const struct jsonl_reader *reader)
{
	size_t count = reader->history.count;
	double share = count ? (double)reader->next / (double)count : 1.0;
	return reader->next == count ? reader->summary.file_bytes
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
