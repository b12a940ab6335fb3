/* SPDX-License-Identifier: MIT */
#include "condition.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "cause.h"
#include "quantity.h"
#include "report_parts.h"
#include "suggest.h"

static const char OWN[] = "own";
static const char *const words[] = {
    [CONDITION_TASK] = "task",   [CONDITION_WORKER] = "worker", [CONDITION_QUEUE] = "queue",
    [CONDITION_LABEL] = "label", [CONDITION_CAUSE] = "cause",   [CONDITION_TIME] = "time",
};

bool condition_type_find(const char *word, enum condition_type *type)
{
	for (unsigned i = 0; i < sizeof(words) / sizeof(*words); i++) {
		if (strcmp(words[i], word) == 0) {
			*type = (enum condition_type)i;
			return true;
		}
	}
	return false;
}

const char *condition_type_name(enum condition_type type)
{
	return words[type];
}

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return -1;
}

/* What the escape at *from stands for, which is stepped over; -1: it is none. */
static int unescape(const char **from)
{
	const char *at = *from + 1;
	if (*at == '*' || *at == '\\' || *at == '"') {
		*from += 2;
		return (unsigned char)*at;
	}
	if (*at != 'x' || hex_digit(at[1]) < 0 || hex_digit(at[2]) < 0)
		return -1;
	*from += 4;
	int c = 16 * hex_digit(at[1]) + hex_digit(at[2]);
	return c == (unsigned char)CONDITION_ANY ? -1 : c;
}

static enum wsc_status parse_name(struct condition *condition, const char *value, char wrong[CONDITION_WRONG_MAX])
{
	char *to = malloc(strlen(value) + 1);
	if (!to)
		return WSC_NOMEM;
	condition->name = to;
	condition->is_name = true;
	while (*value) {
		int c = (unsigned char)*value;
		if (c == '\\') {
			c = unescape(&value);
		} else {
			c = c == '*' ? (unsigned char)CONDITION_ANY : c == (unsigned char)CONDITION_ANY ? -1 : c;
			value++;
		}
		if (c <= 0) {
			snprintf(wrong, CONDITION_WRONG_MAX,
			         "a name has only the escapes \\*, \\\\, \\\" and \\xNN in it");
			condition_free(condition);
			return WSC_INVALID;
		}
		*to++ = (char)c;
	}
	*to = '\0';
	return WSC_OK;
}

/* An id, or a name. */
static enum wsc_status parse_place(struct condition *condition, const char *value, char wrong[CONDITION_WRONG_MAX])
{
	if (value[0] == '\0') {
		snprintf(wrong, CONDITION_WRONG_MAX, "a %s is an id or a name", words[condition->type]);
		return WSC_INVALID;
	}
	if (value[strspn(value, "0123456789")] != '\0')
		return parse_name(condition, value, wrong);
	if (quantity_count(value, &condition->from) && condition->from <= UINT32_MAX)
		return WSC_OK;
	snprintf(wrong, CONDITION_WRONG_MAX, "the id of a %s is at most %" PRIu32, words[condition->type], UINT32_MAX);
	return WSC_INVALID;
}

static enum wsc_status parse_cause(struct condition *condition, const char *value, char wrong[CONDITION_WRONG_MAX])
{
	char nearest[SUGGEST_WORDS_MAX], clean[60];
	struct suggest suggest = suggest_for(value);
	for (unsigned cause = 0; cause < CAUSE_COUNT; cause++) {
		if (strcmp(cause_id((enum cause)cause), value) == 0) {
			condition->from = cause;
			return WSC_OK;
		}
		suggest_offer(&suggest, cause_id((enum cause)cause));
	}
	suggest_words(nearest, &suggest);
	snprintf(wrong, CONDITION_WRONG_MAX, "no cause is called '%s'%s", page_clean(clean, sizeof(clean), value),
	         nearest[0] ? nearest : " ('wscheck explain' lists them)");
	return WSC_INVALID;
}

static enum wsc_status parse_time(struct condition *condition, const char *value, char wrong[CONDITION_WRONG_MAX])
{
	char from[40];
	const char *dots = strstr(value, "..");
	condition->from = 0;
	condition->to = UINT64_MAX;
	bool good = dots && (size_t)(dots - value) < sizeof(from) && (dots != value || dots[2] != '\0');
	if (good) {
		snprintf(from, sizeof(from), "%.*s", (int)(dots - value), value);
		good = (from[0] == '\0' || quantity_duration(from, &condition->from)) &&
		       (dots[2] == '\0' || quantity_duration(dots + 2, &condition->to));
	}
	if (good && condition->from <= condition->to)
		return WSC_OK;
	snprintf(wrong, CONDITION_WRONG_MAX, "a time is as 10ms..20ms, 10ms.. or ..20ms, into the trace");
	return WSC_INVALID;
}

enum wsc_status condition_parse(struct condition *condition, enum condition_type type, const char *value,
                                char wrong[CONDITION_WRONG_MAX])
{
	*condition = (struct condition){.type = type};
	switch (type) {
	case CONDITION_TASK:
		if (quantity_task(value, &condition->from))
			return WSC_OK;
		snprintf(wrong, CONDITION_WRONG_MAX, "a task is as 100 or 0x64");
		return WSC_INVALID;
	case CONDITION_QUEUE:
		condition->is_own = strcmp(value, OWN) == 0;
		return condition->is_own ? WSC_OK : parse_place(condition, value, wrong);
	case CONDITION_WORKER:
		return parse_place(condition, value, wrong);
	case CONDITION_LABEL:
		return parse_name(condition, value, wrong);
	case CONDITION_CAUSE:
		return parse_cause(condition, value, wrong);
	default:
		return parse_time(condition, value, wrong);
	}
}

void condition_free(struct condition *condition)
{
	free(condition->name);
	condition->name = NULL;
}

/*
 * Whether the whole name is as the pattern says. What is between two wildcards may match where it first does: what follows has
 * the most room then. Time: the sum of their lengths.
 */
static bool name_matches(const char *pattern, const char *name)
{
	static const char any[] = {CONDITION_ANY, '\0'};
	size_t left = strlen(name), part = strcspn(pattern, any);
	if (pattern[part] == '\0')
		return strcmp(pattern, name) == 0;
	if (part > left || memcmp(pattern, name, part) != 0)
		return false;
	const char *rest = name + part;
	left -= part;
	for (;;) {
		pattern += part + 1;
		part = strcspn(pattern, any);
		if (pattern[part] == '\0')
			return part <= left && memcmp(pattern, rest + left - part, part) == 0;
		const char *found = memmem(rest, left, pattern, part);
		if (found == NULL)
			return false;
		left -= (size_t)(found - rest) + part;
		rest = found + part;
	}
}

static bool is_own_deque(const struct report *report, uint32_t queue)
{
	return trace_header_queue(report->header, queue) == NULL;
}

static bool queue_matches(const struct condition *condition, const struct report *report, uint32_t queue)
{
	const struct trace_queue *row = trace_header_queue(report->header, queue);
	if (condition->is_own)
		return is_own_deque(report, queue);
	if (!condition->is_name)
		return queue == condition->from;
	return row && row->name && name_matches(condition->name, row->name);
}

static bool worker_matches(const struct condition *condition, const struct report *report, uint32_t worker)
{
	const struct trace_worker *row = trace_header_worker(report->header, worker);
	if (!condition->is_name)
		return worker == condition->from;
	return row && row->name && name_matches(condition->name, row->name);
}

/* The label under which the task was queued last before the proof; "" if it has none. */
static const char *label_of(const struct report *report, const struct violation *v)
{
	const char *label = NULL;
	for (size_t i = 0; i < v->event_count && v->events[i].ts <= v->ts; i++) {
		const struct wsc_event *event = &v->events[i];
		if (event->kind == WSC_EV_QUEUED && event->task == v->task)
			label = event->arg ? trace_header_label(report->header, event->arg) : NULL;
	}
	return label ? label : "";
}

bool condition_matches(const struct condition *condition, const struct report *report, const struct violation *v)
{
	uint64_t time = 0;
	switch (condition->type) {
	case CONDITION_TASK:
		return v->task == condition->from || v->other_task == condition->from;
	case CONDITION_WORKER:
		for (size_t i = 0; i < v->worker_count; i++) {
			if (worker_matches(condition, report, v->workers[i]))
				return true;
		}
		return false;
	case CONDITION_QUEUE:
		return (v->has_queue && queue_matches(condition, report, v->queue)) ||
		       (v->has_taken_from && queue_matches(condition, report, v->taken_from));
	case CONDITION_LABEL:
		return name_matches(condition->name, label_of(report, v));
	case CONDITION_CAUSE:
		return v->cause_count > 0 && v->causes[0] == condition->from;
	default:
		time = report_into_ns(report, v->ts);
		return time >= condition->from && time <= condition->to;
	}
}

static bool is_worker_known(const struct condition *condition, const struct report *report)
{
	const struct analysis_result *result = report->result;
	for (size_t i = 0; i < result->worker_count; i++) {
		if (worker_matches(condition, report, result->workers[i].worker))
			return true;
	}
	for (size_t i = 0; i < report->header->worker_count; i++) {
		if (worker_matches(condition, report, report->header->workers[i].worker))
			return true;
	}
	return false;
}

static bool is_queue_known(const struct condition *condition, const struct report *report)
{
	const struct analysis_result *result = report->result;
	bool known = result->queues_left_out > 0; /* it may be one of them */
	for (size_t i = 0; !known && i < result->queue_count; i++)
		known = queue_matches(condition, report, result->queues[i].queue);
	for (size_t i = 0; !known && i < result->steal_count; i++)
		known = queue_matches(condition, report, result->steals[i].queue);
	for (size_t i = 0; !known && i < report->header->queue_count; i++)
		known = queue_matches(condition, report, report->header->queues[i].queue);
	/* A worker's own deque is there though nobody used it. */
	return known || (!condition->is_name && is_worker_known(condition, report));
}

static bool is_task_known(const struct condition *condition, const struct report *report)
{
	const struct analysis_result *result = report->result;
	uint64_t all = report_count(result, WSC_SEVERITY_ERROR) + report_count(result, WSC_SEVERITY_WARNING);
	for (size_t i = 0; i < result->violation_count; i++) {
		if (condition_matches(condition, report, &result->violations[i]))
			return true;
	}
	return all > result->violation_count;
}

bool condition_is_known(const struct condition *condition, const struct report *report)
{
	switch (condition->type) {
	case CONDITION_TASK:
		return is_task_known(condition, report);
	case CONDITION_WORKER:
		return is_worker_known(condition, report);
	case CONDITION_QUEUE:
		return is_queue_known(condition, report);
	default:
		return true;
	}
}

static bool find_kind(const char *word, unsigned *kind, struct suggest *suggest)
{
	for (*kind = 0; *kind < WSC_VIOLATION_KIND_COUNT; (*kind)++) {
		const char *name = wsc_violation_name((enum wsc_violation_kind) * kind);
		if (strcmp(name, word) == 0)
			return true;
		suggest_offer(suggest, name);
	}
	return false;
}

bool condition_kinds(const char *list, unsigned *kinds, char wrong[CONDITION_WRONG_MAX])
{
	char word[60], clean[80], nearest[SUGGEST_WORDS_MAX];
	for (const char *at = list;; at++) {
		size_t length = strcspn(at, ",");
		unsigned kind;
		snprintf(word, sizeof(word), "%.*s", (int)(length < sizeof(word) ? length : sizeof(word)), at);
		struct suggest suggest = suggest_for(word);
		if (!find_kind(word, &kind, &suggest)) {
			suggest_words(nearest, &suggest);
			snprintf(wrong, CONDITION_WRONG_MAX, "no kind of report is called '%s'%s",
			         page_clean(clean, sizeof(clean), word),
			         nearest[0] ? nearest : " ('wscheck explain' lists them)");
			return false;
		}
		*kinds |= 1U << kind;
		at += length;
		if (*at == '\0')
			return true;
	}
}

static bool is_plain(const char *name)
{
	return name[0] != '\0' && strcmp(name, OWN) != 0 && name[strspn(name, "0123456789")] != '\0' &&
	       name[strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.:/+-")] == '\0';
}

/* A name so that it is read back, and harmless on a terminal. */
static void write_name(FILE *out, const char *name)
{
	bool hidden = name[0] != '\0' && (strcmp(name, OWN) == 0 || name[strspn(name, "0123456789")] == '\0');
	if (is_plain(name)) {
		fputs(name, out);
		return;
	}
	fputc('"', out);
	for (const char *at = name; *at;) {
		char piece[PAGE_PIECE_MAX];
		size_t length = page_clean_character(piece, at);
		if (*at == '"' || *at == '\\' || *at == '*')
			fprintf(out, "\\%c", *at);
		else if (hidden && at == name)
			fprintf(out, "\\x%02x", (unsigned char)*at);
		else
			fputs(piece, out);
		at += length;
	}
	fputc('"', out);
}

static void write_key(FILE *out, const struct report *report, const struct violation *v)
{
	fputs(wsc_violation_name(v->kind), out);
	if (v->has_queue) {
		const struct trace_queue *row = trace_header_queue(report->header, v->queue);
		fputs(" queue=", out);
		if (!row)
			fputs(OWN, out);
		else if (row->name && row->name[0])
			write_name(out, row->name);
		else
			fprintf(out, "%" PRIu32, v->queue);
	}
	if (v->task != 0 && report->header->label_count > 0) {
		fputs(" label=", out);
		write_name(out, label_of(report, v));
	}
	if (v->cause_count > 0)
		fprintf(out, " cause=%s", cause_id((enum cause)v->causes[0]));
}

char *condition_key(const struct report *report, const struct violation *violation)
{
	char *key = NULL;
	size_t size;
	FILE *out = open_memstream(&key, &size);
	if (!out)
		return NULL;
	write_key(out, report, violation);
	bool good = !ferror(out);
	if (fclose(out) == 0 && good)
		return key;
	free(key);
	return NULL;
}
