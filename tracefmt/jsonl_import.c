/* SPDX-License-Identifier: MIT */
#include "jsonl_import.h"

#include <stdlib.h>
#include <string.h>

#include "trace_limits.h"

/* Blocks are cut from stretches of the merged order of this many events, so that all of them are near in time. */
#define SEGMENT_EVENTS TRACE_BLOCK_EVENTS_MAX

/* The place of an event in its segment, sorted by worker and then by place. */
struct slot {
	uint32_t worker;
	uint32_t place;
};

struct importer {
	struct trace_writer *writer;
	struct wsc_event segment[SEGMENT_EVENTS];
	size_t used;
	uint64_t first; /* number of segment[0] in the merged order */
	uint64_t
	    watermark; /* the greatest stamp so far: nothing below its place in the merged order is still to come */
	uint64_t since_epoch, epoch_events;
	bool ordered;
	struct slot slots[SEGMENT_EVENTS];
	struct wsc_event block[SEGMENT_EVENTS];
	uint64_t order[SEGMENT_EVENTS];
};

static int compare_slots(const void *a, const void *b)
{
	const struct slot *x = a;
	const struct slot *y = b;
	if (x->worker != y->worker)
		return x->worker < y->worker ? -1 : 1;
	return (x->place > y->place) - (x->place < y->place);
}

/* Writes the block of the worker whose slots begin at `at`; answers how many those are. */
static size_t write_block(struct importer *importer, size_t at, enum wsc_status *status)
{
	size_t count = 0;
	uint32_t worker = importer->slots[at].worker;
	while (at + count < importer->used && importer->slots[at + count].worker == worker) {
		uint32_t place = importer->slots[at + count].place;
		importer->block[count] = importer->segment[place];
		importer->order[count++] = importer->first + place;
	}
	*status =
	    trace_writer_block(importer->writer, importer->block, count, importer->ordered ? importer->order : NULL);
	return count;
}

static enum wsc_status write_segment(struct importer *importer)
{
	enum wsc_status status = WSC_OK;
	for (size_t i = 0; i < importer->used; i++)
		importer->slots[i] = (struct slot){importer->segment[i].worker, (uint32_t)i};
	qsort(importer->slots, importer->used, sizeof(importer->slots[0]), compare_slots);
	for (size_t at = 0; at < importer->used && status == WSC_OK;)
		at += write_block(importer, at, &status);
	importer->first += importer->used;
	importer->since_epoch += importer->used;
	importer->used = 0;
	if (status != WSC_OK || importer->since_epoch < importer->epoch_events)
		return status;
	importer->since_epoch = 0;
	return trace_writer_epoch(importer->writer, importer->watermark);
}

static enum wsc_status add_events(struct importer *importer, const struct wsc_event *events, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (events[i].ts > importer->watermark)
			importer->watermark = events[i].ts;
		importer->segment[importer->used++] = events[i];
		enum wsc_status status = importer->used == SEGMENT_EVENTS ? write_segment(importer) : WSC_OK;
		if (status != WSC_OK)
			return status;
	}
	return WSC_OK;
}

/* What a status of the writer means to whoever imports. */
static enum wsc_status explain(enum wsc_status status, struct trace_error *err)
{
	switch (status) {
	case WSC_OK:
		return WSC_OK;
	case WSC_NOMEM:
		return trace_error_set(err, status, 0, "out of memory");
	case WSC_LIMIT:
		return trace_error_set(err, status, 0,
		                       "a trace has no room for this history (at most %d workers, %d rows in a table)",
		                       TRACE_WORKERS_MAX, TRACE_TABLE_ROWS_MAX);
	case WSC_IO:
		return trace_error_set(err, status, 0, "can't write the trace");
	default:
		return trace_error_set(err, status, 0, "the history can't be written as a trace");
	}
}

static enum wsc_status import_events(struct importer *importer, struct trace_input *input, struct trace_error *err)
{
	const struct wsc_event *events;
	size_t count;
	enum wsc_status status;
	while ((status = trace_input_next(input, &events, &count, err)) == WSC_OK) {
		status = add_events(importer, events, count);
		if (status != WSC_OK)
			return explain(status, err);
	}
	if (status != WSC_DONE)
		return status;
	enum wsc_end end = trace_input_summary(input)->end;
	status = importer->used > 0 ? write_segment(importer) : WSC_OK;
	/* A history that was cut is nonetheless imported whole: the watermark says that no block of it is missing. */
	if (status == WSC_OK && end == WSC_END_CUT)
		status = trace_writer_epoch(importer->writer, importer->watermark + (importer->watermark < UINT64_MAX));
	if (status == WSC_OK)
		status = trace_writer_finish(importer->writer, end);
	return explain(status, err);
}

enum wsc_status jsonl_import(struct trace_input *input, struct trace_sink sink, int level, struct trace_error *err)
{
	size_t workers;
	if (!trace_input_summary(input)->is_jsonl)
		return trace_error_set(err, WSC_FORMAT, 0, "this is a trace already; import reads JSON Lines");
	struct importer *importer = calloc(1, sizeof(*importer));
	if (!importer)
		return trace_error_set(err, WSC_NOMEM, 0, "out of memory");
	/* An epoch holds a number for each worker, so with many workers there are few epochs. */
	trace_input_workers(input, &workers);
	importer->epoch_events = workers > SEGMENT_EVENTS ? workers : SEGMENT_EVENTS;
	importer->ordered = trace_input_header(input)->ordered;
	enum wsc_status status =
	    explain(trace_writer_create(&importer->writer, sink, trace_input_header(input), level), err);
	if (status == WSC_OK)
		status = trace_input_rewind(input, err);
	if (status == WSC_OK)
		status = import_events(importer, input, err);
	trace_writer_free(importer->writer);
	free(importer);
	return status;
}
