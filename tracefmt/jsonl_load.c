/* SPDX-License-Identifier: MIT */
#include "jsonl_load.h"

#include <json-c/linkhash.h>
#include <stdlib.h>
#include <string.h>

#include "array.h"
#include "jsonl_event.h"
#include "jsonl_fields.h"
#include "jsonl_header.h"
#include "jsonl_line.h"
#include "jsonl_text.h"
#include "trace_limits.h"
#include "wscheck/record.h"

struct loader {
	struct jsonl_history *history;
	struct jsonl_line_reader lines;
	struct jsonl_parser parser;
	struct lh_table *labels; /* text, which the header owns, to number */
	struct trace_error *err;
	bool has_header;
	bool has_end;
};

static enum wsc_status fail_memory(const struct loader *loader, const struct jsonl_line *line)
{
	return trace_error_set(loader->err, WSC_NOMEM, line->offset, "out of memory");
}

/* Points at `key` if the line has it. */
static size_t place_of(const struct jsonl_line *line, enum jsonl_key key)
{
	struct jsonl_span name, value;
	size_t root = jsonl_text_skip_space(line->text, 0);
	return jsonl_text_member(line->text, root, jsonl_key_name(key), &name, &value) ? name.at : root;
}

static enum wsc_status add_event(struct loader *loader, const struct jsonl_line *line, const struct wsc_event *event)
{
	struct jsonl_history *history = loader->history;
	if (history->count == JSONL_EVENTS_MAX)
		return jsonl_line_error(line, 0, loader->err, WSC_LIMIT, "the file has more than %lu events",
		                        (unsigned long)JSONL_EVENTS_MAX);
	struct wsc_event *events = array_room(history->events, history->count, &history->capacity, sizeof(*events));
	if (!events)
		return fail_memory(loader, line);
	history->events = events;
	history->events[history->count++] = *event;
	if (event->kind == WSC_EV_GAP) {
		history->gaps++;
		history->dropped += event->arg;
		history->over_limit += event->worker == WSC_WORKER_UNATTACHED ? event->arg : 0;
	}
	return WSC_OK;
}

/* The number of a label's text, which is new or known. */
static enum wsc_status intern_label(struct loader *loader, const struct jsonl_line *line,
                                    const struct jsonl_field *field, uint32_t *number)
{
	char text[TRACE_STRING_BYTES_MAX + 1];
	memcpy(text, field->text, field->length);
	text[field->length] = '\0';
	unsigned long hash = lh_get_hash(loader->labels, text);
	struct lh_entry *known = lh_table_lookup_entry_w_hash(loader->labels, text, hash);
	if (known) {
		*number = (uint32_t)(uintptr_t)lh_entry_v(known);
		return WSC_OK;
	}
	size_t count = loader->history->header.label_count;
	if (count >= TRACE_TABLE_ROWS_MAX)
		return jsonl_line_error(line, place_of(line, JSONL_KEY_LABEL), loader->err, WSC_LIMIT,
		                        "the file has more than %d different labels", TRACE_TABLE_ROWS_MAX);
	*number = (uint32_t)count + 1;
	struct trace_label *label = trace_header_add_label(&loader->history->header, *number);
	if (!label)
		return fail_memory(loader, line);
	label->text = strdup(text);
	if (!label->text ||
	    lh_table_insert_w_hash(loader->labels, label->text, (void *)(uintptr_t)*number, hash, 0) != 0)
		return fail_memory(loader, line);
	return WSC_OK;
}

static enum wsc_status read_label(struct loader *loader, const struct jsonl_line *line, const struct jsonl_field *field,
                                  uint32_t *number)
{
	if (field->type == JSONL_ABSENT)
		return WSC_OK;
	if (field->type != JSONL_STRING)
		return jsonl_line_error(line, place_of(line, JSONL_KEY_LABEL), loader->err, WSC_FORMAT,
		                        "\"label\" must be a string");
	if (field->length > TRACE_STRING_BYTES_MAX)
		return jsonl_line_error(line, place_of(line, JSONL_KEY_LABEL), loader->err, WSC_LIMIT,
		                        "\"label\" is longer than %d bytes", TRACE_STRING_BYTES_MAX);
	return intern_label(loader, line, field, number);
}

/* Names that would make a message long or a terminal unwell are counted with the others. */
static bool is_fit_to_print(const struct jsonl_field *name)
{
	if (name->length == 0 || name->length > JSONL_SKIPPED_BYTES_MAX)
		return false;
	for (size_t i = 0; i < name->length; i++) {
		if ((unsigned char)name->text[i] < 0x20 || name->text[i] == 0x7F)
			return false;
	}
	return true;
}

/* The row of the name, or the number of rows. */
static size_t find_skipped(const struct jsonl_history *history, const struct jsonl_field *name)
{
	size_t row = 0;
	while (row < history->skipped_count && !jsonl_field_is(name, history->skipped[row].name))
		row++;
	return row;
}

/* Counts an event of unknown kind under its name, or with the others when there are many names. */
static enum wsc_status count_skipped(struct loader *loader, const struct jsonl_line *line,
                                     const struct jsonl_field *name)
{
	static const struct jsonl_field others = {.type = JSONL_STRING, .text = "(others)", .length = 8};
	struct jsonl_history *history = loader->history;
	if (!history->skipped)
		history->skipped = calloc(JSONL_SKIPPED_NAMES_MAX + 1, sizeof(*history->skipped));
	if (!history->skipped)
		return fail_memory(loader, line);
	if (!is_fit_to_print(name))
		name = &others;
	size_t row = find_skipped(history, name);
	if (row == history->skipped_count && row >= JSONL_SKIPPED_NAMES_MAX) {
		name = &others;
		row = find_skipped(history, name);
	}
	if (row == history->skipped_count) {
		history->skipped[row].name = strndup(name->text, name->length);
		if (!history->skipped[row].name)
			return fail_memory(loader, line);
		history->skipped_count++;
	}
	history->skipped[row].count++;
	return WSC_OK;
}

static enum wsc_status read_unknown(struct loader *loader, const struct jsonl_line *line,
                                    const struct jsonl_fields *fields)
{
	const struct jsonl_field *critical = &fields->of[JSONL_KEY_CRITICAL];
	size_t at = place_of(line, JSONL_KEY_CRITICAL);
	if (critical->type != JSONL_BOOL && critical->type != JSONL_ABSENT)
		return jsonl_line_error(line, at, loader->err, WSC_FORMAT, "\"critical\" must be true or false");
	if (critical->number)
		return jsonl_line_error(
		    line, at, loader->err, WSC_UNSUPPORTED,
		    "the history can't be judged without this event, which this version does not know");
	return count_skipped(loader, line, &fields->of[JSONL_KEY_EV]);
}

static enum wsc_status read_event(struct loader *loader, const struct jsonl_line *line,
                                  const struct jsonl_fields *fields)
{
	const struct jsonl_field *name = &fields->of[JSONL_KEY_EV];
	if (name->type != JSONL_STRING)
		return jsonl_line_error(line, place_of(line, JSONL_KEY_EV), loader->err, WSC_FORMAT,
		                        "\"ev\" must be a string");
	int kind = jsonl_event_kind(name);
	if (kind < 0)
		return read_unknown(loader, line, fields);
	struct wsc_event event;
	enum wsc_status status = jsonl_event_read(line, fields, kind, &event, loader->err);
	if (status == WSC_OK && kind == WSC_EV_QUEUED)
		status = read_label(loader, line, &fields->of[JSONL_KEY_LABEL], &event.arg);
	return status == WSC_OK ? add_event(loader, line, &event) : status;
}

static enum wsc_status read_end(struct loader *loader, const struct jsonl_line *line, const struct jsonl_field *end)
{
	if (jsonl_field_is(end, "clean"))
		loader->history->end = WSC_END_CLEAN;
	else if (jsonl_field_is(end, "stalled"))
		loader->history->end = WSC_END_STALLED;
	else
		return jsonl_line_error(line, place_of(line, JSONL_KEY_END), loader->err, WSC_FORMAT,
		                        "\"end\" must be \"clean\" or \"stalled\"");
	loader->has_end = true;
	return WSC_OK;
}

static enum wsc_status read_header(struct loader *loader, const struct jsonl_line *line,
                                   const struct jsonl_fields *fields)
{
	const struct jsonl_field *version = &fields->of[JSONL_KEY_WSCHECK];
	struct trace_header *header = &loader->history->header;
	size_t at = place_of(line, JSONL_KEY_WSCHECK);
	if (version->type == JSONL_ABSENT)
		return jsonl_line_error(line, at, loader->err, WSC_FORMAT,
		                        "the first line must be the header, {\"wscheck\":%d,...}", JSONL_VERSION);
	if (version->type != JSONL_NUMBER)
		return jsonl_line_error(line, at, loader->err, WSC_FORMAT, "\"wscheck\" must be the version, %d",
		                        JSONL_VERSION);
	if (version->number != JSONL_VERSION)
		return jsonl_line_error(line, at, loader->err, WSC_UNSUPPORTED,
		                        "this version reads only version %d of JSON Lines histories", JSONL_VERSION);
	enum wsc_status status = jsonl_header_read(line, fields->json, header, loader->err);
	if (status == WSC_OK && header->clock == WSC_CLOCK_TICKS && header->ticks_per_second == 0)
		return jsonl_line_error(line, 0, loader->err, WSC_FORMAT,
		                        "\"clock\":\"ticks\" needs \"ticks_per_second\"");
	loader->has_header = true;
	return status;
}

/* Says why a declaration could not be added: a table is full, or there is no memory. */
static void explain_merge(const struct loader *loader, const struct jsonl_line *line, enum wsc_status *status)
{
	const struct trace_header *header = &loader->history->header;
	bool full = header->queue_count >= TRACE_TABLE_ROWS_MAX || header->worker_count >= TRACE_TABLE_ROWS_MAX ||
	            header->anchor_count >= TRACE_TABLE_ROWS_MAX;
	if (full || *status == WSC_LIMIT)
		*status = jsonl_line_error(line, 0, loader->err, WSC_LIMIT,
		                           "a table has more than %d rows, or \"meta\" more than %d entries",
		                           TRACE_TABLE_ROWS_MAX, TRACE_META_ROWS_MAX);
	else
		*status = fail_memory(loader, line);
}

static enum wsc_status read_declaration(struct loader *loader, const struct jsonl_line *line,
                                        const struct jsonl_fields *fields)
{
	if (fields->of[JSONL_KEY_WSCHECK].type != JSONL_ABSENT)
		return jsonl_line_error(line, place_of(line, JSONL_KEY_WSCHECK), loader->err, WSC_FORMAT,
		                        "a second header: a file holds one history");
	struct trace_header later;
	trace_header_init(&later);
	enum wsc_status status = jsonl_header_read(line, fields->json, &later, loader->err);
	if (status == WSC_OK) {
		status = trace_header_merge(&loader->history->header, &later);
		if (status != WSC_OK)
			explain_merge(loader, line, &status);
	}
	trace_header_free(&later);
	return status;
}

static enum wsc_status read_fields(struct loader *loader, const struct jsonl_line *line,
                                   const struct jsonl_fields *fields)
{
	if (loader->has_end)
		return jsonl_line_error(line, 0, loader->err, WSC_FORMAT, "nothing may follow the line with \"end\"");
	if (!loader->has_header)
		return read_header(loader, line, fields);
	if (fields->of[JSONL_KEY_EV].type != JSONL_ABSENT)
		return read_event(loader, line, fields);
	if (fields->of[JSONL_KEY_END].type != JSONL_ABSENT)
		return read_end(loader, line, &fields->of[JSONL_KEY_END]);
	return read_declaration(loader, line, fields);
}

static enum wsc_status read_line(struct loader *loader, const struct jsonl_line *line)
{
	struct jsonl_fields fields;
	if (jsonl_text_skip_space(line->text, 0) == line->length)
		return WSC_OK;
	enum wsc_status status = jsonl_fields_read(&loader->parser, line, !loader->has_header, &fields, loader->err);
	if (status == WSC_OK && !fields.json && fields.of[JSONL_KEY_EV].type == JSONL_ABSENT &&
	    fields.of[JSONL_KEY_END].type == JSONL_ABSENT)
		status = jsonl_fields_read(&loader->parser, line, true, &fields, loader->err); /* a plain declaration */
	if (status == WSC_OK)
		status = read_fields(loader, line, &fields);
	jsonl_fields_free(&fields);
	return status;
}

static enum wsc_status read_lines(struct loader *loader)
{
	struct jsonl_line line;
	enum wsc_status status;
	while ((status = jsonl_line_next(&loader->lines, &line, loader->err)) == WSC_OK) {
		status = read_line(loader, &line);
		if (status != WSC_OK)
			return status;
	}
	if (status == WSC_DONE && !loader->has_header)
		return trace_error_set(loader->err, WSC_FORMAT, 0, "the file has no line that is not blank");
	return status == WSC_DONE ? WSC_OK : status;
}

enum wsc_status jsonl_history_load(struct jsonl_history *history, int fd, struct trace_error *err)
{
	struct loader loader = {.history = history, .err = err};
	enum wsc_status status = jsonl_line_reader_init(&loader.lines, fd);
	if (status == WSC_OK)
		status = jsonl_parser_init(&loader.parser);
	loader.labels = status == WSC_OK ? lh_kchar_table_new(64, NULL) : NULL;
	if (loader.labels)
		status = read_lines(&loader);
	else
		status = trace_error_set(err, WSC_NOMEM, 0, "out of memory");
	if (loader.labels)
		lh_table_free(loader.labels);
	jsonl_parser_free(&loader.parser);
	jsonl_line_reader_free(&loader.lines);
	return status;
}

void jsonl_history_free(struct jsonl_history *history)
{
	trace_header_free(&history->header);
	free(history->events);
	for (size_t i = 0; i < history->skipped_count; i++)
		free((char *)(uintptr_t)history->skipped[i]
		         .name); /* the struct is const for readers; the names are ours */
	free(history->skipped);
}
