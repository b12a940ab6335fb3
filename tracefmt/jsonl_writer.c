/* SPDX-License-Identifier: MIT */
#include "jsonl_writer.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "jsonl_out.h"

/* A declaration line ends when it has this many rows, so that none gets near JSONL_LINE_BYTES_MAX. */
#define ROWS_PER_LINE 32

/* The longest event line without its label. */
#define EVENT_BYTES_MAX 256

struct jsonl_writer {
	const struct trace_header *header;
	struct jsonl_out out;
};

/* The status of what was written so far, with err filled in. */
static enum wsc_status check(const struct jsonl_writer *writer, struct trace_error *err)
{
	if (writer->out.status == WSC_OK)
		return WSC_OK;
	if (writer->out.status == WSC_IO)
		return trace_error_set(err, WSC_IO, 0, "can't write: %s",
		                       writer->out.error ? strerror(writer->out.error) : "unknown error");
	return trace_error_set(err, writer->out.status, 0, "out of memory");
}

/* ,"key": */
static void put_key(struct jsonl_out *out, const char *key)
{
	jsonl_out_text(out, ",\"");
	jsonl_out_text(out, key);
	jsonl_out_text(out, "\":");
}

static void put_number(struct jsonl_out *out, const char *key, uint64_t number)
{
	put_key(out, key);
	jsonl_out_number(out, number);
}

static void put_number_if(struct jsonl_out *out, bool has, const char *key, uint64_t number)
{
	if (has)
		put_number(out, key, number);
}

static void put_string_if(struct jsonl_out *out, const char *key, const char *text)
{
	if (!text)
		return;
	put_key(out, key);
	jsonl_out_string(out, text);
}

static void put_absent(struct jsonl_out *out, uint32_t absent)
{
	const char *before = "[";
	if (absent == 0)
		return;
	put_key(out, "absent");
	for (unsigned kind = 1; kind < WSC_EV_END; kind++) {
		if (!(absent >> kind & 1U))
			continue;
		jsonl_out_text(out, before);
		jsonl_out_string(out, trace_event_name(kind));
		before = ",";
	}
	jsonl_out_text(out, *before == '[' ? "[]" : "]");
}

static void put_scalars(struct jsonl_out *out, const struct trace_header *header)
{
	jsonl_out_text(out, "{\"wscheck\":1");
	if (header->clock == WSC_CLOCK_TICKS) {
		jsonl_out_text(out, ",\"clock\":\"ticks\"");
		put_number(out, "ticks_per_second", header->ticks_per_second);
	}
	if (header->discipline_word || header->discipline != WSC_DISCIPLINE_LIFO)
		put_string_if(out, "discipline",
		              header->discipline_word ? header->discipline_word
		                                      : trace_discipline_name(header->discipline));
	if (header->identity != WSC_IDENTITY_UNIQUE)
		put_string_if(out, "identity", trace_identity_name(header->identity));
	if (header->scope == WSC_SCOPE_DEQUE)
		put_string_if(out, "scope", "deque");
	jsonl_out_text(out, header->complete ? ",\"complete\":true" : ",\"complete\":false");
	put_number_if(out, header->uncertainty_ns != 0, "uncertainty_ns", header->uncertainty_ns);
	put_number_if(out, header->publish_ns != 0, "publish_ns", header->publish_ns);
	put_number_if(out, header->sampling > 1, "sampling", header->sampling);
	put_absent(out, header->absent);
	put_number_if(out, header->has_process_id, "process_id", header->process_id);
	put_string_if(out, "host", header->host);
	jsonl_out_text(out, "}\n");
}

static void put_queue(struct jsonl_out *out, const struct trace_header *header, size_t row)
{
	const struct trace_queue *queue = &header->queues[row];
	jsonl_out_text(out, "{\"queue\":");
	jsonl_out_number(out, queue->queue);
	if (queue->has_discipline)
		put_string_if(out, "discipline",
		              queue->discipline_word ? queue->discipline_word
		                                     : trace_discipline_name(queue->discipline));
	put_number_if(out, queue->has_owner, "owner", queue->owner);
	if (queue->unstealable)
		jsonl_out_text(out, ",\"stealable\":false");
	if (queue->deferred)
		jsonl_out_text(out, ",\"visibility\":\"deferred\"");
	put_number_if(out, queue->has_capacity, "capacity", queue->capacity);
	put_string_if(out, "name", queue->name);
	jsonl_out_text(out, "}");
}

static void put_worker(struct jsonl_out *out, const struct trace_header *header, size_t row)
{
	const struct trace_worker *worker = &header->workers[row];
	jsonl_out_text(out, "{\"worker\":");
	jsonl_out_number(out, worker->worker);
	put_string_if(out, "name", worker->name);
	put_number_if(out, worker->has_thread_id, "thread_id", worker->thread_id);
	put_number_if(out, worker->has_window_start, "window_start", worker->window_start);
	put_number_if(out, worker->has_attached, "attached", worker->attached);
	put_number_if(out, worker->has_detached, "detached", worker->detached);
	jsonl_out_text(out, "}");
}

static void put_anchor(struct jsonl_out *out, const struct trace_header *header, size_t row)
{
	jsonl_out_text(out, "{\"ts\":");
	jsonl_out_number(out, header->anchors[row].ts);
	put_number(out, "wall_ns", header->anchors[row].wall_ns);
	jsonl_out_text(out, "}");
}

static void put_extension(struct jsonl_out *out, const struct trace_header *header, size_t row)
{
	const struct trace_extension *extension = &header->extensions[row];
	jsonl_out_text(out, "{\"kind\":");
	jsonl_out_number(out, extension->kind);
	put_string_if(out, "name", extension->name);
	put_number(out, "operands", extension->operands);
	if (extension->critical)
		jsonl_out_text(out, ",\"critical\":true");
	jsonl_out_text(out, "}");
}

static void put_meta(struct jsonl_out *out, const struct trace_header *header, size_t row)
{
	jsonl_out_string(out, header->meta[row].key);
	jsonl_out_text(out, ":");
	jsonl_out_json(out, header->meta[row].json);
}

typedef void (*put_row_fn)(struct jsonl_out *out, const struct trace_header *header, size_t row);

/* Declaration lines {"key":[row,row,...]}, or {"key":{...}} with braces. */
static void put_table(struct jsonl_writer *writer, const char *key, const char *brackets, size_t count,
                      put_row_fn put_row)
{
	struct jsonl_out *out = &writer->out;
	for (size_t row = 0; row < count; row++) {
		if (row % ROWS_PER_LINE == 0) {
			jsonl_out_text(out, "{\"");
			jsonl_out_text(out, key);
			jsonl_out_text(out, "\":");
			jsonl_out_bytes(out, brackets, 1);
		}
		put_row(out, writer->header, row);
		if (row + 1 == count || (row + 1) % ROWS_PER_LINE == 0) {
			jsonl_out_bytes(out, brackets + 1, 1);
			jsonl_out_text(out, "}\n");
		} else {
			jsonl_out_text(out, ",");
		}
	}
}

enum wsc_status jsonl_writer_create(struct jsonl_writer **out, FILE *file, const struct trace_header *header,
                                    struct trace_error *err)
{
	struct jsonl_writer *writer = malloc(sizeof(*writer));
	*out = NULL;
	if (!writer)
		return trace_error_set(err, WSC_NOMEM, 0, "out of memory");
	writer->header = header;
	jsonl_out_init(&writer->out, file);
	put_scalars(&writer->out, header);
	put_table(writer, "queues", "[]", header->queue_count, put_queue);
	put_table(writer, "workers", "[]", header->worker_count, put_worker);
	put_table(writer, "anchors", "[]", header->anchor_count, put_anchor);
	put_table(writer, "extensions", "[]", header->extension_count, put_extension);
	put_table(writer, "meta", "{}", header->meta_count, put_meta);
	enum wsc_status status = check(writer, err);
	if (status != WSC_OK) {
		free(writer);
		return status;
	}
	*out = writer;
	return WSC_OK;
}

/* "...": a literal, without its NUL. */
#define ADD(to, literal) ((char *)memcpy((to), "" literal, sizeof(literal) - 1) + (sizeof(literal) - 1))

static char *add_text(char *to, const char *text)
{
	size_t length = strlen(text);
	memcpy(to, text, length);
	return to + length;
}

static char *add_steal(char *to, const struct wsc_event *event)
{
	if (event->task != 0 || event->kind == WSC_EV_STEAL_SUCCESS) {
		to = ADD(to, ",\"task\":");
		to = jsonl_out_format(to, event->task);
	}
	to = ADD(to, ",\"from\":");
	to = jsonl_out_format(to, event->queue);
	to = ADD(to, ",\"to\":");
	to = jsonl_out_format(to, event->worker);
	if (event->kind == WSC_EV_STEAL_SUCCESS && (event->flags & WSC_FLAG_INFERRED))
		to = ADD(to, ",\"inferred\":true");
	if (event->kind != WSC_EV_STEAL_FAILURE)
		return to;
	if (event->reason != WSC_REASON_NONE) {
		to = ADD(to, ",\"reason\":\"");
		to = add_text(to, trace_reason_name((enum wsc_reason)event->reason));
		to = ADD(to, "\"");
	}
	if (event->arg > 1) {
		to = ADD(to, ",\"count\":");
		to = jsonl_out_format(to, event->arg);
	}
	return to;
}

static char *add_worker(char *to, const struct wsc_event *event)
{
	to = ADD(to, ",\"worker\":");
	return jsonl_out_format(to, event->worker);
}

static char *add_task(char *to, const struct wsc_event *event)
{
	to = ADD(to, ",\"task\":");
	to = jsonl_out_format(to, event->task);
	return add_worker(to, event);
}

static char *add_queue(char *to, const struct wsc_event *event)
{
	to = add_task(to, event);
	if (event->queue != event->worker) {
		to = ADD(to, ",\"queue\":");
		to = jsonl_out_format(to, event->queue);
	}
	if (event->kind == WSC_EV_QUEUED && (event->flags & WSC_FLAG_PINNED))
		to = ADD(to, ",\"pinned\":true");
	return to;
}

static char *add_gap(char *to, const struct wsc_event *event)
{
	to = add_worker(to, event);
	if (event->arg > 0) {
		to = ADD(to, ",\"count\":");
		to = jsonl_out_format(to, event->arg);
	}
	to = ADD(to, ",\"until\":");
	return jsonl_out_format(to,
	                        event->task > event->ts ? event->task : event->ts); /* it can't end before it begins */
}

static char *add_wake(char *to, const struct wsc_event *event)
{
	to = ADD(to, ",\"from\":");
	to = jsonl_out_format(to, event->worker);
	to = ADD(to, ",\"to\":");
	return jsonl_out_format(to, event->queue);
}

/* What follows {"ts":N,"ev":"NAME" in the line of each kind. */
static char *add_fields(char *to, const struct wsc_event *event)
{
	switch (event->kind) {
	case WSC_EV_QUEUED:
	case WSC_EV_PUSH_FAILED:
	case WSC_EV_DEQUEUED:
		return add_queue(to, event);
	case WSC_EV_STEAL_START:
	case WSC_EV_STEAL_SUCCESS:
	case WSC_EV_STEAL_FAILURE:
		return add_steal(to, event);
	case WSC_EV_PARKED:
	case WSC_EV_UNPARKED:
		return add_worker(to, event);
	case WSC_EV_WAKE:
		return add_wake(to, event);
	case WSC_EV_GAP:
		return add_gap(to, event);
	default:
		return add_task(to, event);
	}
}

static const char *label_of(const struct jsonl_writer *writer, const struct wsc_event *event)
{
	if (event->kind != WSC_EV_QUEUED || event->arg == 0)
		return NULL;
	return trace_header_label(writer->header, event->arg);
}

static void put_event(struct jsonl_writer *writer, const struct wsc_event *event)
{
	struct jsonl_out *out = &writer->out;
	if (JSONL_OUT_BYTES - out->used < EVENT_BYTES_MAX)
		jsonl_out_flush(out);
	char *to = out->buffer + out->used;
	to = ADD(to, "{\"ts\":");
	to = jsonl_out_format(to, event->ts);
	to = ADD(to, ",\"ev\":\"");
	to = add_text(to, trace_event_name(event->kind));
	to = ADD(to, "\"");
	to = add_fields(to, event);
	out->used = (size_t)(to - out->buffer);
	const char *label = label_of(writer, event);
	if (label) {
		jsonl_out_text(out, ",\"label\":");
		jsonl_out_string(out, label);
	}
	jsonl_out_text(out, "}\n");
}

enum wsc_status jsonl_writer_events(struct jsonl_writer *writer, const struct wsc_event *events, size_t count,
                                    struct trace_error *err)
{
	for (size_t i = 0; i < count; i++) {
		if (events[i].kind == 0 || events[i].kind >= WSC_EV_END)
			return trace_error_set(err, WSC_INVALID, 0, "an event has no valid kind");
		put_event(writer, &events[i]);
	}
	return check(writer, err);
}

enum wsc_status jsonl_writer_finish(struct jsonl_writer *writer, enum wsc_end end, struct trace_error *err)
{
	struct jsonl_out *out = &writer->out;
	if (end == WSC_END_CLEAN)
		jsonl_out_text(out, "{\"end\":\"clean\"}\n");
	else if (end == WSC_END_STALLED)
		jsonl_out_text(out, "{\"end\":\"stalled\"}\n");
	jsonl_out_flush(out);
	errno = 0;
	if (out->status == WSC_OK && fflush(out->file) != 0) {
		out->status = WSC_IO;
		out->error = errno;
	}
	return check(writer, err);
}

void jsonl_writer_free(struct jsonl_writer *writer)
{
	free(writer);
}

/* Reads `input` to its end, so that damage is known and the next pass can't be told to start again. */
static enum wsc_status settle(struct trace_input *input, struct trace_error *err)
{
	const struct wsc_event *events;
	size_t count;
	enum wsc_status status;
	do {
		status = trace_input_next(input, &events, &count, err);
	} while (status == WSC_OK || status == WSC_RESTART);
	return status == WSC_DONE ? WSC_OK : status;
}

static enum wsc_status dump_events(struct jsonl_writer *writer, struct trace_input *input, struct trace_error *err)
{
	const struct wsc_event *events;
	size_t count;
	enum wsc_status status;
	while ((status = trace_input_next(input, &events, &count, err)) == WSC_OK) {
		status = jsonl_writer_events(writer, events, count, err);
		if (status != WSC_OK)
			return status;
	}
	if (status == WSC_RESTART)
		return trace_error_set(err, WSC_IO, 0, "the file changed while it was read");
	if (status != WSC_DONE)
		return status;
	return jsonl_writer_finish(writer, trace_input_summary(input)->end, err);
}

enum wsc_status jsonl_dump(struct trace_input *input, FILE *file, struct trace_error *err)
{
	struct jsonl_writer *writer;
	enum wsc_status status = trace_input_summary(input)->is_jsonl ? WSC_OK : settle(input, err);
	if (status == WSC_OK)
		status = trace_input_rewind(input, err);
	if (status == WSC_OK)
		status = jsonl_writer_create(&writer, file, trace_input_header(input), err);
	if (status != WSC_OK)
		return status;
	status = dump_events(writer, input, err);
	jsonl_writer_free(writer);
	return status;
}
