/* SPDX-License-Identifier: MIT */
#include "jsonl_header.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "json_memory.h"
#include "jsonl_text.h"
#include "trace_limits.h"

/* Operands that an event of an extension may carry. */
#define EXTENSION_OPERANDS_MAX 254

/* One object of the line, as json-c sees it and where its text begins; what the steps below are about. */
struct object {
	const struct jsonl_line *line;
	struct json_object *json;
	size_t at;
	struct trace_error *err;
};

static size_t place_of(const struct object *object, const char *key)
{
	struct jsonl_span name, value;
	return jsonl_text_member(object->line->text, object->at, key, &name, &value) ? name.at : object->at;
}

#define fail(object, key, status, ...)                                                                                 \
	jsonl_line_error((object)->line, place_of((object), (key)), (object)->err, (status), __VA_ARGS__)

static enum wsc_status fail_memory(const struct object *object)
{
	return trace_error_set(object->err, WSC_NOMEM, object->line->offset, "out of memory");
}

/* The status of an addition to the header that can only have failed for want of memory. */
static enum wsc_status added(const struct object *object, enum wsc_status status)
{
	return status == WSC_OK ? WSC_OK : fail_memory(object);
}

static struct jsonl_field field_of(const struct object *object, const char *key)
{
	return jsonl_field_of(object->line, object->json, object->at, key);
}

/* Sets *out, and *has if it is not NULL, when the key is there. */
static enum wsc_status read_number(const struct object *object, const char *key, uint64_t min, uint64_t max,
                                   uint64_t *out, bool *has)
{
	struct jsonl_field field = field_of(object, key);
	if (field.type == JSONL_ABSENT)
		return WSC_OK;
	if (field.type != JSONL_NUMBER || field.number < min || field.number > max)
		return fail(object, key, WSC_FORMAT, "\"%s\" must be an integer from %" PRIu64 " to %" PRIu64, key, min,
		            max);
	*out = field.number;
	if (has)
		*has = true;
	return WSC_OK;
}

/* A 32-bit id that must be there. */
static enum wsc_status read_id(const struct object *object, const char *key, uint32_t *out)
{
	uint64_t id = 0;
	bool has = false;
	enum wsc_status status = read_number(object, key, 0, UINT32_MAX, &id, &has);
	if (status == WSC_OK && !has)
		return fail(object, key, WSC_FORMAT, "\"%s\" is missing from this row", key);
	*out = (uint32_t)id;
	return status;
}

static enum wsc_status read_bool(const struct object *object, const char *key, bool *out)
{
	struct jsonl_field field = field_of(object, key);
	if (field.type == JSONL_ABSENT)
		return WSC_OK;
	if (field.type != JSONL_BOOL)
		return fail(object, key, WSC_FORMAT, "\"%s\" must be true or false", key);
	*out = field.number != 0;
	return WSC_OK;
}

/* Replaces the heap string *out when the key is there. */
static enum wsc_status read_string(const struct object *object, const char *key, char **out)
{
	struct jsonl_field field = field_of(object, key);
	if (field.type == JSONL_ABSENT)
		return WSC_OK;
	if (field.type != JSONL_STRING)
		return fail(object, key, WSC_FORMAT, "\"%s\" must be a string", key);
	if (field.length > TRACE_STRING_BYTES_MAX)
		return fail(object, key, WSC_LIMIT, "\"%s\" is longer than %d bytes", key, TRACE_STRING_BYTES_MAX);
	char *copy = strndup(field.text, field.length);
	if (!copy)
		return fail_memory(object);
	free(*out);
	*out = copy;
	return WSC_OK;
}

/* Sets *out to the number of the word among `words`, which ends with NULL; `choices` says them for the error. */
static enum wsc_status read_word(const struct object *object, const char *key, const char *const words[],
                                 const char *choices, unsigned *out)
{
	struct jsonl_field field = field_of(object, key);
	if (field.type == JSONL_ABSENT)
		return WSC_OK;
	for (unsigned i = 0; words[i]; i++) {
		if (jsonl_field_is(&field, words[i])) {
			*out = i;
			return WSC_OK;
		}
	}
	return fail(object, key, WSC_FORMAT, "\"%s\" must be %s", key, choices);
}

/* A word that is none of ours is read as NONE and kept. */
static enum wsc_status read_discipline(const struct object *object, enum wsc_discipline *out, char **word, bool *has)
{
	enum wsc_status status = read_string(object, "discipline", word);
	if (status != WSC_OK || !*word)
		return status;
	int known = trace_discipline(*word);
	*out = known < 0 ? WSC_DISCIPLINE_NONE : (enum wsc_discipline)known;
	if (known >= 0) {
		free(*word);
		*word = NULL;
	}
	if (has)
		*has = true;
	return WSC_OK;
}

static enum wsc_status read_words(const struct object *object, struct trace_header *header)
{
	static const char *const clocks[] = {"ns", "ticks", NULL};
	const char *const identities[] = {trace_identity_name(WSC_IDENTITY_UNIQUE),
	                                  trace_identity_name(WSC_IDENTITY_POLLED),
	                                  trace_identity_name(WSC_IDENTITY_RECYCLED), NULL};
	static const char *const scopes[] = {"scheduler", "deque", NULL};
	unsigned clock = header->clock, identity = header->identity, scope = header->scope;
	enum wsc_status status = read_word(object, "clock", clocks, "\"ns\" or \"ticks\"", &clock);
	if (status == WSC_OK)
		status = read_word(object, "identity", identities, "\"unique\", \"polled\" or \"recycled\"", &identity);
	if (status == WSC_OK)
		status = read_word(object, "scope", scopes, "\"scheduler\" or \"deque\"", &scope);
	if (status == WSC_OK)
		status = read_discipline(object, &header->discipline, &header->discipline_word, NULL);
	header->clock = (enum wsc_clock)clock;
	header->identity = (enum wsc_identity)identity;
	header->scope = (enum wsc_scope)scope;
	return status;
}

static enum wsc_status read_scalars(const struct object *object, struct trace_header *header)
{
	enum wsc_status status = read_words(object, header);
	if (status == WSC_OK)
		status = read_number(object, "ticks_per_second", 1, UINT64_MAX, &header->ticks_per_second, NULL);
	if (status == WSC_OK)
		status = read_bool(object, "complete", &header->complete);
	if (status == WSC_OK)
		status = read_number(object, "uncertainty_ns", 0, UINT64_MAX, &header->uncertainty_ns, NULL);
	if (status == WSC_OK)
		status = read_number(object, "publish_ns", 0, UINT64_MAX, &header->publish_ns, NULL);
	if (status == WSC_OK)
		status = read_number(object, "sampling", 1, UINT64_MAX, &header->sampling, NULL);
	if (status == WSC_OK)
		status = read_number(object, "process_id", 0, UINT64_MAX, &header->process_id, &header->has_process_id);
	if (status == WSC_OK)
		status = read_string(object, "host", &header->host);
	return status;
}

static enum wsc_status read_queue(const struct object *row, struct trace_header *header)
{
	static const char *const visibilities[] = {"immediate", "deferred", NULL};
	uint32_t id = 0;
	enum wsc_status status = read_id(row, "queue", &id);
	if (status != WSC_OK)
		return status;
	struct trace_queue *queue = trace_header_add_queue(header, id);
	if (!queue)
		return fail_memory(row);
	bool stealable = !queue->unstealable;
	unsigned visibility = queue->deferred;
	uint64_t owner = queue->owner;
	status = read_discipline(row, &queue->discipline, &queue->discipline_word, &queue->has_discipline);
	if (status == WSC_OK)
		status = read_number(row, "owner", 0, UINT32_MAX, &owner, &queue->has_owner);
	if (status == WSC_OK)
		status = read_bool(row, "stealable", &stealable);
	if (status == WSC_OK)
		status = read_word(row, "visibility", visibilities, "\"immediate\" or \"deferred\"", &visibility);
	if (status == WSC_OK)
		status = read_number(row, "capacity", 0, UINT64_MAX, &queue->capacity, &queue->has_capacity);
	if (status == WSC_OK)
		status = read_string(row, "name", &queue->name);
	queue->owner = (uint32_t)owner;
	queue->unstealable = !stealable;
	queue->deferred = visibility != 0;
	return status;
}

static enum wsc_status read_worker(const struct object *row, struct trace_header *header)
{
	uint32_t id = 0;
	enum wsc_status status = read_id(row, "worker", &id);
	if (status != WSC_OK)
		return status;
	struct trace_worker *worker = trace_header_add_worker(header, id);
	if (!worker)
		return fail_memory(row);
	status = read_string(row, "name", &worker->name);
	if (status == WSC_OK)
		status = read_number(row, "thread_id", 0, UINT64_MAX, &worker->thread_id, &worker->has_thread_id);
	if (status == WSC_OK)
		status =
		    read_number(row, "window_start", 0, UINT64_MAX, &worker->window_start, &worker->has_window_start);
	if (status == WSC_OK)
		status = read_number(row, "attached", 0, UINT64_MAX, &worker->attached, &worker->has_attached);
	if (status == WSC_OK)
		status = read_number(row, "detached", 0, UINT64_MAX, &worker->detached, &worker->has_detached);
	return status;
}

static enum wsc_status read_anchor(const struct object *row, struct trace_header *header)
{
	uint64_t ts = 0, wall_ns = 0;
	bool has_ts = false, has_wall = false;
	enum wsc_status status = read_number(row, "ts", 0, UINT64_MAX, &ts, &has_ts);
	if (status == WSC_OK)
		status = read_number(row, "wall_ns", 0, UINT64_MAX, &wall_ns, &has_wall);
	if (status == WSC_OK && !(has_ts && has_wall))
		return fail(row, "ts", WSC_FORMAT, "an anchor needs \"ts\" and \"wall_ns\"");
	return status == WSC_OK ? added(row, trace_header_add_anchor(header, ts, wall_ns)) : status;
}

static enum wsc_status read_extension(const struct object *row, struct trace_header *header)
{
	uint64_t kind = 0, operands = 0;
	char *name = NULL;
	bool has_kind = false, critical = false;
	enum wsc_status status =
	    read_number(row, "kind", TRACE_EXTENSION_KIND_MIN, TRACE_EXTENSION_KIND_MAX, &kind, &has_kind);
	if (status == WSC_OK)
		status = read_number(row, "operands", 0, EXTENSION_OPERANDS_MAX, &operands, NULL);
	if (status == WSC_OK)
		status = read_bool(row, "critical", &critical);
	if (status == WSC_OK)
		status = read_string(row, "name", &name);
	if (status == WSC_OK && !(has_kind && name))
		status = fail(row, "kind", WSC_FORMAT, "an extension needs \"kind\" and \"name\"");
	if (status == WSC_OK && critical)
		status = fail(row, "critical", WSC_UNSUPPORTED,
		              "the history can't be judged without an event kind that this version does not know");
	if (status == WSC_OK)
		status =
		    added(row, trace_header_add_extension(header, (uint8_t)kind, name, (uint8_t)operands, critical));
	free(name);
	return status;
}

/* The array under `key`, or NULL in *out; *at is the index of its bracket. */
static enum wsc_status find_array(const struct object *object, const char *key, struct json_object **out, size_t *at)
{
	struct jsonl_span name, value;
	*out = NULL;
	if (field_of(object, key).type == JSONL_ABSENT)
		return WSC_OK;
	json_object_object_get_ex(object->json, key, out);
	if (!json_object_is_type(*out, json_type_array) ||
	    !jsonl_text_member(object->line->text, object->at, key, &name, &value))
		return fail(object, key, WSC_FORMAT, "\"%s\" must be an array", key);
	if (json_object_array_length(*out) > TRACE_TABLE_ROWS_MAX)
		return fail(object, key, WSC_LIMIT, "\"%s\" has more than %d rows", key, TRACE_TABLE_ROWS_MAX);
	*at = value.at;
	return WSC_OK;
}

typedef enum wsc_status (*read_row_fn)(const struct object *row, struct trace_header *header);

static enum wsc_status read_table(const struct object *object, const char *key, struct trace_header *header,
                                  read_row_fn read_row)
{
	struct json_object *array;
	struct jsonl_span span;
	size_t cursor = 0;
	enum wsc_status status = find_array(object, key, &array, &cursor);
	if (status != WSC_OK || !array)
		return status;
	size_t rows = json_object_array_length(array);
	for (size_t i = 0; i < rows && status == WSC_OK; i++) {
		if (!jsonl_text_next_element(object->line->text, &cursor, &span))
			break;
		struct object row = {object->line, json_object_array_get_idx(array, i), span.at, object->err};
		if (!json_object_is_type(row.json, json_type_object))
			return jsonl_line_error(row.line, row.at, row.err, WSC_FORMAT,
			                        "a row of \"%s\" must be an object", key);
		status = read_row(&row, header);
	}
	return status;
}

static enum wsc_status read_absent(const struct object *object, struct trace_header *header)
{
	struct json_object *array;
	size_t at = 0;
	enum wsc_status status = find_array(object, "absent", &array, &at);
	if (status != WSC_OK || !array)
		return status;
	header->absent = 0;
	for (size_t i = 0; i < json_object_array_length(array); i++) {
		struct json_object *word = json_object_array_get_idx(array, i);
		if (!json_object_is_type(word, json_type_string))
			return fail(object, "absent", WSC_FORMAT, "\"absent\" must be an array of event names");
		int kind = trace_event_kind(json_object_get_string(word));
		if (kind > 0)
			header->absent |= 1U << kind;
	}
	return WSC_OK;
}

/* The key of a meta entry, from its quoted text. */
static char *decode_key(const char *text, struct jsonl_span span)
{
	if (!memchr(text + span.at, '\\', span.length))
		return strndup(text + span.at + 1, span.length - 2);
	struct json_tokener *tokener = json_has_memory(span.length, 0) ? json_tokener_new() : NULL;
	if (!tokener)
		return NULL;
	struct json_object *string = json_tokener_parse_ex(tokener, text + span.at, (int)span.length);
	char *key = string ? strndup(json_object_get_string(string), (size_t)json_object_get_string_len(string)) : NULL;
	json_object_put(string);
	json_tokener_free(tokener);
	return key;
}

/* Values stay as they were written, so that no digit of a number is lost. */
static enum wsc_status read_meta_entry(const struct object *meta, struct jsonl_span key_span,
                                       struct jsonl_span value_span, struct trace_header *header)
{
	const char *text = meta->line->text;
	char *key = decode_key(text, key_span);
	char *json = strndup(text + value_span.at, value_span.length);
	enum wsc_status status = key && json ? trace_header_add_meta(header, key, json) : WSC_NOMEM;
	free(key);
	free(json);
	if (status == WSC_LIMIT)
		return jsonl_line_error(meta->line, key_span.at, meta->err, status,
		                        "\"meta\" has more than %d entries, or one longer than %d bytes",
		                        TRACE_META_ROWS_MAX, TRACE_STRING_BYTES_MAX);
	return added(meta, status);
}

static enum wsc_status read_meta(const struct object *object, struct trace_header *header)
{
	struct jsonl_span key, value;
	struct object meta = *object;
	if (field_of(object, "meta").type == JSONL_ABSENT)
		return WSC_OK;
	json_object_object_get_ex(object->json, "meta", &meta.json);
	if (!json_object_is_type(meta.json, json_type_object) ||
	    !jsonl_text_member(object->line->text, object->at, "meta", &key, &value))
		return fail(object, "meta", WSC_FORMAT, "\"meta\" must be an object");
	meta.at = value.at;
	enum wsc_status status = WSC_OK;
	for (size_t cursor = meta.at; status == WSC_OK;) {
		if (!jsonl_text_next_member(object->line->text, &cursor, &key, &value))
			break;
		status = read_meta_entry(&meta, key, value, header);
	}
	return status;
}

enum wsc_status jsonl_header_read(const struct jsonl_line *line, struct json_object *json, struct trace_header *header,
                                  struct trace_error *err)
{
	struct object object = {line, json, jsonl_text_skip_space(line->text, 0), err};
	enum wsc_status status = read_scalars(&object, header);
	if (status == WSC_OK)
		status = read_absent(&object, header);
	if (status == WSC_OK)
		status = read_table(&object, "queues", header, read_queue);
	if (status == WSC_OK)
		status = read_table(&object, "workers", header, read_worker);
	if (status == WSC_OK)
		status = read_table(&object, "anchors", header, read_anchor);
	if (status == WSC_OK)
		status = read_table(&object, "extensions", header, read_extension);
	if (status == WSC_OK)
		status = read_meta(&object, header);
	return status;
}
