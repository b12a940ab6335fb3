/* SPDX-License-Identifier: MIT */
#include "jsonl_event.h"

#include <inttypes.h>
#include <string.h>

#include "jsonl_text.h"
#include "trace_header.h"

enum task_rule { TASK_NONE, TASK_OPTIONAL, TASK_NEEDED };
enum place_rule { PLACE_WORKER, PLACE_QUEUE, PLACE_STEAL, PLACE_WAKE };

/* What each kind needs. */
static const struct {
	enum task_rule task;
	enum place_rule place;
} rules[WSC_EV_END] = {
    [WSC_EV_QUEUED] = {TASK_NEEDED, PLACE_QUEUE},
    [WSC_EV_PUSH_FAILED] = {TASK_NEEDED, PLACE_QUEUE},
    [WSC_EV_DEQUEUED] = {TASK_NEEDED, PLACE_QUEUE},
    [WSC_EV_STEAL_START] = {TASK_OPTIONAL, PLACE_STEAL},
    [WSC_EV_STEAL_SUCCESS] = {TASK_NEEDED, PLACE_STEAL},
    [WSC_EV_STEAL_FAILURE] = {TASK_OPTIONAL, PLACE_STEAL},
    [WSC_EV_EXEC_START] = {TASK_NEEDED, PLACE_WORKER},
    [WSC_EV_EXEC_COMPLETE] = {TASK_NEEDED, PLACE_WORKER},
    [WSC_EV_SUSPENDED] = {TASK_NEEDED, PLACE_WORKER},
    [WSC_EV_RESUMED] = {TASK_NEEDED, PLACE_WORKER},
    [WSC_EV_CANCELLED] = {TASK_NEEDED, PLACE_WORKER},
    [WSC_EV_PARKED] = {TASK_NONE, PLACE_WORKER},
    [WSC_EV_UNPARKED] = {TASK_NONE, PLACE_WORKER},
    [WSC_EV_WAKE] = {TASK_NONE, PLACE_WAKE},
    [WSC_EV_GAP] = {TASK_NONE, PLACE_WORKER},
};

static const struct {
	const char *name;
	size_t length;
	int kind;
} kinds[] = {
#define JSONL_EVENT_ROW(code, NAME, name, help) {(name), sizeof(name) - 1, (code)},
    WSC_EVENT_KINDS(JSONL_EVENT_ROW)
#undef JSONL_EVENT_ROW
};

int jsonl_event_kind(const struct jsonl_field *field)
{
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		if (field->length == kinds[i].length && memcmp(field->text, kinds[i].name, field->length) == 0)
			return kinds[i].kind;
	}
	return -1;
}

/* What all the steps below need, so that they have few arguments. */
struct source {
	const struct jsonl_line *line;
	const struct jsonl_fields *fields;
	struct trace_error *err;
};

/* Where to point for what is wrong with `key`: at the key, or at the line's object where it is missing. */
static size_t place_of(const struct source *from, enum jsonl_key key)
{
	struct jsonl_span name, value;
	size_t root = jsonl_text_skip_space(from->line->text, 0);
	return jsonl_text_member(from->line->text, root, jsonl_key_name(key), &name, &value) ? name.at : root;
}

static enum wsc_status fail_range(const struct source *from, enum jsonl_key key, uint64_t min, uint64_t max)
{
	if (from->fields->of[key].type == JSONL_ABSENT)
		return jsonl_line_error(from->line, place_of(from, key), from->err, WSC_FORMAT,
		                        "\"%s\" is missing from this event", jsonl_key_name(key));
	return jsonl_line_error(from->line, place_of(from, key), from->err, WSC_FORMAT,
	                        "\"%s\" must be an integer from %" PRIu64 " to %" PRIu64, jsonl_key_name(key), min,
	                        max);
}

static enum wsc_status read_u64(const struct source *from, enum jsonl_key key, uint64_t min, uint64_t *out)
{
	const struct jsonl_field *field = &from->fields->of[key];
	if (field->type != JSONL_NUMBER || field->number < min)
		return fail_range(from, key, min, UINT64_MAX);
	*out = field->number;
	return WSC_OK;
}

static enum wsc_status read_u32(const struct source *from, enum jsonl_key key, uint32_t min, uint32_t *out)
{
	const struct jsonl_field *field = &from->fields->of[key];
	if (field->type != JSONL_NUMBER || field->number < min || field->number > UINT32_MAX)
		return fail_range(from, key, min, UINT32_MAX);
	*out = (uint32_t)field->number;
	return WSC_OK;
}

/* As read_u32, but leaves *out alone where the key is absent. */
static enum wsc_status read_u32_if(const struct source *from, enum jsonl_key key, uint32_t min, uint32_t *out)
{
	return from->fields->of[key].type == JSONL_ABSENT ? WSC_OK : read_u32(from, key, min, out);
}

static enum wsc_status read_flag(const struct source *from, enum jsonl_key key, uint8_t flag, struct wsc_event *event)
{
	const struct jsonl_field *field = &from->fields->of[key];
	if (field->type != JSONL_BOOL && field->type != JSONL_ABSENT)
		return jsonl_line_error(from->line, place_of(from, key), from->err, WSC_FORMAT,
		                        "\"%s\" must be true or false", jsonl_key_name(key));
	if (field->number)
		event->flags = (uint8_t)(event->flags | flag);
	return WSC_OK;
}

static enum wsc_status read_task(const struct source *from, struct wsc_event *event)
{
	enum task_rule rule = rules[event->kind].task;
	bool absent = from->fields->of[JSONL_KEY_TASK].type == JSONL_ABSENT;
	if (rule == TASK_NONE || (rule == TASK_OPTIONAL && absent))
		return WSC_OK;
	return read_u64(from, JSONL_KEY_TASK, 0, &event->task); /* 0 is judged by the analysis, as in a trace */
}

static enum wsc_status read_place(const struct source *from, struct wsc_event *event)
{
	enum place_rule rule = rules[event->kind].place;
	enum jsonl_key worker = rule == PLACE_STEAL  ? JSONL_KEY_TO
	                        : rule == PLACE_WAKE ? JSONL_KEY_FROM
	                                             : JSONL_KEY_WORKER;
	enum wsc_status status = read_u32(from, worker, 0, &event->worker);
	if (status != WSC_OK || rule == PLACE_WORKER)
		return status;
	event->queue = event->worker;
	if (rule == PLACE_QUEUE)
		return read_u32_if(from, JSONL_KEY_QUEUE, 0, &event->queue);
	return read_u32(from, rule == PLACE_STEAL ? JSONL_KEY_FROM : JSONL_KEY_TO, 0, &event->queue);
}

static enum wsc_status read_failure(const struct source *from, struct wsc_event *event)
{
	const struct jsonl_field *reason = &from->fields->of[JSONL_KEY_REASON];
	if (reason->type != JSONL_STRING && reason->type != JSONL_ABSENT)
		return jsonl_line_error(from->line, place_of(from, JSONL_KEY_REASON), from->err, WSC_FORMAT,
		                        "\"reason\" must be a string");
	for (unsigned known = WSC_REASON_NONE; known <= WSC_REASON_BUSY; known++) {
		if (jsonl_field_is(reason, trace_reason_name((enum wsc_reason)known)))
			event->reason = (uint8_t)known;
	}
	event->arg = 1;
	return read_u32_if(from, JSONL_KEY_COUNT, 1, &event->arg);
}

static enum wsc_status read_gap(const struct source *from, struct wsc_event *event)
{
	enum wsc_status status = read_u64(from, JSONL_KEY_UNTIL, 0, &event->task);
	if (status != WSC_OK)
		return status;
	if (event->task < event->ts)
		return jsonl_line_error(from->line, place_of(from, JSONL_KEY_UNTIL), from->err, WSC_FORMAT,
		                        "a gap must not end (\"until\") before it begins (\"ts\")");
	return read_u32_if(from, JSONL_KEY_COUNT, 0, &event->arg);
}

/* What only some kinds have. */
static enum wsc_status read_rest(const struct source *from, struct wsc_event *event)
{
	switch (event->kind) {
	case WSC_EV_QUEUED:
		return read_flag(from, JSONL_KEY_PINNED, WSC_FLAG_PINNED, event);
	case WSC_EV_STEAL_SUCCESS:
		return read_flag(from, JSONL_KEY_INFERRED, WSC_FLAG_INFERRED, event);
	case WSC_EV_STEAL_FAILURE:
		return read_failure(from, event);
	case WSC_EV_GAP:
		return read_gap(from, event);
	default:
		return WSC_OK;
	}
}

enum wsc_status jsonl_event_read(const struct jsonl_line *line, const struct jsonl_fields *fields, int kind,
                                 struct wsc_event *event, struct trace_error *err)
{
	struct source from = {line, fields, err};
	*event = (struct wsc_event){.kind = (uint8_t)kind};
	enum wsc_status status = read_u64(&from, JSONL_KEY_TS, 0, &event->ts);
	if (status == WSC_OK)
		status = read_task(&from, event);
	if (status == WSC_OK)
		status = read_place(&from, event);
	if (status == WSC_OK)
		status = read_rest(&from, event);
	return status;
}
