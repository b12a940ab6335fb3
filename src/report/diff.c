/* SPDX-License-Identifier: MIT */
#include "diff.h"

#include <json-c/json.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "json_read.h"
#include "quantity.h"
#include "report_json_parts.h"
#include "suggest.h"

static const struct {
	const char *name;
	enum diff_unit unit;
	bool more_is_better;
} figures[] = {
#define FIGURE_ROW(NAME, name, unit, better, help) {name, DIFF_##unit, better},
    DIFF_FIGURES(FIGURE_ROW)
#undef FIGURE_ROW
};
enum diff_number {
#define FIGURE_ENUM(NAME, name, unit, better, help) FIGURE_##NAME,
	DIFF_FIGURES(FIGURE_ENUM)
#undef FIGURE_ENUM
	    FIGURE_COUNT
};

static const struct {
	const char *key, *name;
} latencies[] = {
#define LATENCY_ROW(key, name) {key, name},
    DIFF_LATENCIES(LATENCY_ROW)
#undef LATENCY_ROW
};
static const char *const parts[DIFF_LATENCY_PARTS] = {"p50", "p90", "p99", "p999", "mean", "max"};
enum { LATENCY_COUNT = sizeof(latencies) / sizeof(*latencies) };

_Static_assert(FIGURE_COUNT + LATENCY_COUNT * DIFF_LATENCY_PARTS <= DIFF_FIGURES_MAX, "every figure has a place");

void diff_init(struct diff *diff)
{
	*diff = (struct diff){.figure_count = 0};
	for (size_t i = 0; i < LATENCY_COUNT; i++) {
		for (size_t k = 0; k < DIFF_LATENCY_PARTS; k++) {
			struct diff_figure *figure = &diff->figures[diff->figure_count++];
			snprintf(figure->name, sizeof(figure->name), "%s.%s", parts[k], latencies[i].name);
			figure->unit = DIFF_NS;
		}
	}
	for (size_t i = 0; i < FIGURE_COUNT; i++) {
		struct diff_figure *figure = &diff->figures[diff->figure_count++];
		snprintf(figure->name, sizeof(figure->name), "%s", figures[i].name);
		figure->unit = figures[i].unit;
		figure->more_is_better = figures[i].more_is_better;
	}
}

/* ---- bounds ---- */

static __attribute__((format(printf, 2, 3))) bool complain(char wrong[DIFF_WRONG_MAX], const char *format, ...)
{
	va_list arguments;
	va_start(arguments, format);
	vsnprintf(wrong, DIFF_WRONG_MAX, format, arguments);
	va_end(arguments);
	return false;
}

static bool find_figure(const struct diff *diff, const char *name, size_t *found, char wrong[DIFF_WRONG_MAX])
{
	char nearest[SUGGEST_WORDS_MAX];
	struct suggest suggest = suggest_for(name);
	for (size_t i = 0; i < diff->figure_count; i++) {
		*found = i;
		if (strcmp(diff->figures[i].name, name) == 0)
			return true;
		suggest_offer(&suggest, diff->figures[i].name);
	}
	return complain(wrong, "no figure is called '%s'%s", name, suggest_words(nearest, &suggest));
}

static bool read_limit(const struct diff_figure *figure, const char *value, struct diff_bound *bound)
{
	uint64_t number;
	size_t length = strlen(value);
	bound->relative = length > 0 && value[length - 1] == '%';
	if (bound->relative || figure->unit == DIFF_RATIO || figure->unit == DIFF_FACTOR)
		return quantity_ratio(value, &bound->limit);
	if (!(figure->unit == DIFF_NS ? quantity_duration(value, &number) : quantity_count(value, &number)))
		return false;
	bound->limit = (double)number;
	return true;
}

bool diff_bound_add(struct diff *diff, const char *text, char wrong[DIFF_WRONG_MAX])
{
	char name[DIFF_NAME_MAX];
	size_t length = strcspn(text, "=");
	struct diff_bound bound = {.text = text};
	if (text[length] == '\0' || length == 0)
		return complain(wrong, "'%.100s' is no METRIC=VALUE, as p99.steal_latency=20%%", text);
	if (diff->bound_count == DIFF_BOUNDS_MAX)
		return complain(wrong, "there are more than %d bounds", DIFF_BOUNDS_MAX);
	snprintf(name, sizeof(name), "%.*s", (int)(length < sizeof(name) ? length : sizeof(name)), text);
	if (!find_figure(diff, name, &bound.figure, wrong))
		return false;
	if (!read_limit(&diff->figures[bound.figure], text + length + 1, &bound))
		return complain(wrong, "'%.100s' bounds %s by neither a share, as 20%%, nor %s", text, name,
		                diff->figures[bound.figure].unit == DIFF_NS ? "a time, as 50us" : "a number");
	diff->bounds[diff->bound_count++] = bound;
	return true;
}

/* By how much worse: a share of A's value, or in the unit. */
static bool exceeds(const struct diff_bound *bound, const struct diff_figure *figure)
{
	double worse = figure->value[1] - figure->value[0];
	if (figure->more_is_better)
		worse = -worse;
	return worse > (bound->relative ? bound->limit * figure->value[0] : bound->limit);
}

static void hold_to_bounds(struct diff *diff)
{
	for (size_t i = 0; i < diff->bound_count; i++) {
		const struct diff_figure *figure = &diff->figures[diff->bounds[i].figure];
		diff->outcomes[i] = !figure->measured[0] || !figure->measured[1] ? DIFF_UNMEASURED
		                    : exceeds(&diff->bounds[i], figure)          ? DIFF_EXCEEDED
		                                                                 : DIFF_KEPT;
		diff->exceeded += diff->outcomes[i] == DIFF_EXCEEDED;
		diff->unmeasured += diff->outcomes[i] == DIFF_UNMEASURED;
	}
}

bool diff_shift(const struct diff_figure *figure, double *shift)
{
	double a = figure->value[0], b = figure->value[1];
	*shift = 0;
	if (!figure->measured[0] || !figure->measured[1] || (a == 0 && b != 0))
		return false;
	if (a != 0)
		*shift = (b - a) / a;
	return true;
}

/* ---- figures ---- */

static json_object *member(json_object *object, const char *name)
{
	json_object *value = NULL;
	if (json_object_is_type(object, json_type_object))
		json_object_object_get_ex(object, name, &value);
	return value;
}

/* An analysis in memory has more decimals than the same one in a file. */
static double rounded(double value)
{
	return value > 0 && value < 1e12 ? (double)(uint64_t)(value * 1000 + 0.5) / 1000 : value;
}

/* Numbers; those above 2^53 are strings. What a report writes is not negative, and real ones have three decimals. */
static bool number_of(json_object *object, const char *name, double *number)
{
	json_object *value = member(object, name);
	double read = -1;
	if (json_object_is_type(value, json_type_int))
		read = json_object_get_double(value);
	else if (json_object_is_type(value, json_type_double))
		read = rounded(json_object_get_double(value));
	else if (json_object_is_type(value, json_type_string) && json_object_get_string_len(value) > 0 &&
	         strspn(json_object_get_string(value), "0123456789") == (size_t)json_object_get_string_len(value))
		read = strtod(json_object_get_string(value), NULL);
	if (!(read >= 0 && read <= DIFF_VALUE_MAX))
		return false;
	*number = read;
	return true;
}

static double sum_of(json_object *rows, const char *name, bool greatest)
{
	double all = 0, number;
	size_t count = json_object_is_type(rows, json_type_array) ? json_object_array_length(rows) : 0;
	for (size_t i = 0; i < count; i++) {
		if (!number_of(json_object_array_get_idx(rows, i), name, &number))
			continue;
		all = greatest ? (number > all ? number : all) : all + number;
	}
	return all;
}

static void set(struct diff_figure *figure, int side, bool measured, double value)
{
	figure->measured[side] = measured;
	figure->value[side] = measured ? value : 0;
}

static void take_latencies(struct diff *diff, int side, json_object *stats)
{
	for (size_t i = 0; i < LATENCY_COUNT; i++) {
		json_object *latency = member(stats, latencies[i].key);
		double count = 0, value;
		number_of(latency, "count", &count);
		for (size_t k = 0; k < DIFF_LATENCY_PARTS; k++) {
			bool there = number_of(latency, parts[k], &value);
			set(&diff->figures[i * DIFF_LATENCY_PARTS + k], side, there && count > 0, value);
		}
	}
}

static void take_figures(struct diff *diff, int side, json_object *root)
{
	struct diff_figure *rows = &diff->figures[LATENCY_COUNT * DIFF_LATENCY_PARTS];
	json_object *stats = member(root, "stats"), *trace = member(root, "trace");
	json_object *balance = member(stats, "load_imbalance");
	double duration = 0, events = 0, attempts = 0, successes = 0, failures = 0, stolen = 0, idle = 0, busy, runs;
	double executed = sum_of(member(stats, "workers"), "executed", false);
	number_of(trace, "duration_ns", &duration);
	number_of(trace, "events", &events);
	number_of(stats, "steal_attempts", &attempts);
	number_of(stats, "successful_steals", &successes);
	number_of(stats, "failed_steals", &failures);
	number_of(stats, "stolen_tasks", &stolen);
	number_of(member(stats, "wasted"), "idle_ns", &idle);
	bool balanced = number_of(balance, "busy", &busy), spread = number_of(balance, "executed", &runs);
	take_latencies(diff, side, stats);
	set(&rows[FIGURE_RUNS_PER_SECOND], side, duration > 0 && executed > 0, executed * 1e9 / duration);
	set(&rows[FIGURE_EVENTS_PER_SECOND], side, duration > 0, events * 1e9 / duration);
	set(&rows[FIGURE_STEAL_SUCCESS_RATIO], side, attempts > 0, successes / attempts);
	set(&rows[FIGURE_FAILED_STEAL_RATIO], side, attempts > 0, failures / attempts);
	set(&rows[FIGURE_STOLEN_RATIO], side, executed > 0, stolen / executed);
	set(&rows[FIGURE_LOAD_IMBALANCE], side, balanced, busy);
	set(&rows[FIGURE_RUN_IMBALANCE], side, spread, runs);
	set(&rows[FIGURE_DURATION], side, events > 0, duration);
	set(&rows[FIGURE_QUEUE_DEPTH], side, events > 0, sum_of(member(stats, "queues"), "max_depth", true));
	set(&rows[FIGURE_STEAL_ATTEMPTS], side, events > 0, attempts);
	set(&rows[FIGURE_STOLEN_TASKS], side, events > 0, stolen);
	set(&rows[FIGURE_WASTED_IDLE], side, events > 0, idle);
}

/* ---- reports ---- */

static int compare_keys(const void *left, const void *right)
{
	const struct diff_key *a = left, *b = right;
	return strcmp(a->key, b->key);
}

/* One row for each report; those of other versions, without keys, were refused. */
static enum wsc_status take_keys(struct diff *diff, int side, json_object *root)
{
	json_object *violations = member(root, "violations"), *counts = member(root, "violation_counts");
	size_t listed = json_object_is_type(violations, json_type_array) ? json_object_array_length(violations) : 0;
	struct diff_key *grown = realloc(diff->keys, (diff->key_count + listed + 1) * sizeof(*grown));
	double all = 0, count;
	if (!grown)
		return WSC_NOMEM;
	diff->keys = grown;
	for (size_t i = 0; i < listed; i++) {
		json_object *key = member(json_object_array_get_idx(violations, i), "key");
		struct diff_key *row = &diff->keys[diff->key_count];
		*row = (struct diff_key){.key = strdup(json_object_get_string(key))};
		if (!row->key)
			return WSC_NOMEM;
		row->count[side] = 1;
		diff->key_count++;
	}
	if (json_object_is_type(counts, json_type_object)) {
		json_object_object_foreach(counts, name, value)
		{
			(void)value;
			all += number_of(counts, name, &count) ? count : 0;
		}
	}
	diff->unlisted[side] = all > (double)listed ? (uint64_t)(all - (double)listed) : 0;
	return WSC_OK;
}

/* One row for each key. */
static void count_keys(struct diff *diff)
{
	size_t kept = 0;
	if (diff->key_count > 0)
		qsort(diff->keys, diff->key_count, sizeof(*diff->keys), compare_keys);
	for (size_t i = 0; i < diff->key_count; i++) {
		struct diff_key *row = &diff->keys[i];
		if (kept == 0 || strcmp(diff->keys[kept - 1].key, row->key) != 0) {
			diff->keys[kept++] = *row;
			continue;
		}
		diff->keys[kept - 1].count[0] += row->count[0];
		diff->keys[kept - 1].count[1] += row->count[1];
		free(row->key);
	}
	diff->key_count = kept;
	for (size_t i = 0; i < kept; i++) {
		diff->added += diff->keys[i].count[0] == 0;
		diff->gone += diff->keys[i].count[1] == 0;
	}
}

/* What comparing takes for granted. */
static enum wsc_status check_report(json_object *root, char wrong[DIFF_WRONG_MAX])
{
	json_object *schema = member(root, "schema"), *violations = member(root, "violations");
	if (!json_object_is_type(schema, json_type_string) ||
	    strcmp(json_object_get_string(schema), REPORT_SCHEMA) != 0 ||
	    !json_object_is_type(member(root, "verdict"), json_type_string) ||
	    !json_object_is_type(member(root, "stats"), json_type_object) ||
	    !json_object_is_type(violations, json_type_array)) {
		complain(wrong, "no report of this version (%s): " JSON_READ_REMEDY, REPORT_SCHEMA);
		return WSC_FORMAT;
	}
	for (size_t i = 0; i < json_object_array_length(violations); i++) {
		json_object *key = member(json_object_array_get_idx(violations, i), "key");
		if (json_object_is_type(key, json_type_string))
			continue;
		complain(wrong, "its reports have no `key`: write it again with this version");
		return WSC_FORMAT;
	}
	return WSC_OK;
}

enum wsc_status diff_read(struct diff *diff, int side, const char *path, int fd, char wrong[DIFF_WRONG_MAX])
{
	_Static_assert((int)DIFF_WRONG_MAX >= (int)JSON_READ_WRONG_MAX, "a clause has room");
	enum wsc_status status = json_read_from(fd, &diff->reports[side], wrong);
	diff->path[side] = path;
	return status == WSC_OK ? check_report(diff->reports[side], wrong) : status;
}

enum wsc_status diff_take(struct diff *diff, int side, const struct report *report)
{
	diff->path[side] = report->path;
	return report_json_root(report, &diff->reports[side]);
}

enum wsc_status diff_compare(struct diff *diff)
{
	for (int side = 0; side < 2; side++) {
		diff->verdict[side] = json_object_get_string(member(diff->reports[side], "verdict"));
		take_figures(diff, side, diff->reports[side]);
		if (take_keys(diff, side, diff->reports[side]) != WSC_OK)
			return WSC_NOMEM;
	}
	count_keys(diff);
	hold_to_bounds(diff);
	return WSC_OK;
}

void diff_free(struct diff *diff)
{
	for (size_t i = 0; i < diff->key_count; i++)
		free(diff->keys[i].key);
	free(diff->keys);
	for (int side = 0; side < 2; side++)
		json_object_put(diff->reports[side]);
	diff_init(diff);
}
