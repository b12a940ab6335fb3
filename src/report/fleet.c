/* SPDX-License-Identifier: MIT */
#include "fleet.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "array.h"
#include "explain.h"
#include "units.h"

struct fleet *fleet_create(void)
{
	struct fleet *fleet = calloc(1, sizeof(*fleet));
	for (unsigned i = 0; fleet && i < FLEET_LATENCY_COUNT; i++)
		histogram_init(&fleet->sums.latencies[i].ns);
	return fleet;
}

void fleet_free(struct fleet *fleet)
{
	if (!fleet)
		return;
	for (size_t i = 0; i < fleet->count; i++) {
		free(fleet->traces[i].path);
		free(fleet->traces[i].error);
	}
	free(fleet->traces);
	free(fleet);
}

/* ---- what a report says; each answers false where it does not say it ---- */

static bool member(json_object *object, const char *key, enum json_type type, json_object **value)
{
	return json_object_is_type(object, json_type_object) && json_object_object_get_ex(object, key, value) &&
	       json_object_is_type(*value, type);
}

/* Above 2^53 they are strings of digits. */
static bool number(json_object *value, uint64_t *count)
{
	if (!json_object_is_type(value, json_type_int) && !json_object_is_type(value, json_type_string))
		return false;
	*count = json_object_get_uint64(value);
	return true;
}

static bool count_of(json_object *object, const char *key, uint64_t *count)
{
	json_object *value;
	return json_object_is_type(object, json_type_object) && json_object_object_get_ex(object, key, &value) &&
	       number(value, count);
}

static bool take_sums(struct fleet_sums *sums, json_object *report)
{
	json_object *section;
#define TAKE(field, section_name, key)                                                                                 \
	if (!member(report, section_name, json_type_object, &section) || !count_of(section, key, &sums->field))        \
		return false;
	FLEET_SUMS(TAKE)
#undef TAKE
	return true;
}

static bool take_undecided(uint64_t by_reason[WSC_UNDECIDED_REASON_COUNT], json_object *report)
{
	json_object *undecided, *rows;
	if (!member(report, "undecided", json_type_object, &undecided) ||
	    !member(undecided, "by_reason", json_type_object, &rows))
		return false;
	for (unsigned i = 0; i < WSC_UNDECIDED_REASON_COUNT; i++) {
		if (!count_of(rows, wsc_undecided_name((enum wsc_undecided_reason)i), &by_reason[i]))
			return false;
	}
	return true;
}

static bool take_kinds(uint64_t counts[WSC_VIOLATION_KIND_COUNT], json_object *object, const char *key)
{
	json_object *rows;
	if (!member(object, key, json_type_object, &rows))
		return false;
	for (unsigned kind = 0; kind < WSC_VIOLATION_KIND_COUNT; kind++)
		count_of(rows, wsc_violation_name((enum wsc_violation_kind)kind), &counts[kind]);
	return true;
}

static bool is_word(json_object *value, const char *word)
{
	return json_object_is_type(value, json_type_string) && strcmp(json_object_get_string(value), word) == 0;
}

static bool take_judgement(struct fleet_sums *sums, json_object *report)
{
	json_object *judgement, *budgets, *status;
	if (!take_kinds(sums->counts, report, "violation_counts") ||
	    !member(report, "judgement", json_type_object, &judgement) ||
	    !take_kinds(sums->suppressed, judgement, "suppressed_counts") ||
	    !take_kinds(sums->known, judgement, "known_counts") ||
	    !member(judgement, "budgets", json_type_array, &budgets))
		return false;
	for (size_t i = 0; i < json_object_array_length(budgets); i++) {
		if (!member(json_object_array_get_idx(budgets, i), "status", json_type_string, &status))
			return false;
		sums->exceeded += is_word(status, "exceeded");
		sums->unmeasured += is_word(status, "unmeasured");
	}
	return true;
}

static bool take_reasons(struct fleet_sums *sums, json_object *report)
{
	json_object *trace, *reasons;
	if (!member(report, "trace", json_type_object, &trace) || !member(trace, "reasons", json_type_array, &reasons))
		return false;
	for (size_t i = 0; i < json_object_array_length(reasons); i++) {
		const struct explain_reason *reason;
		for (size_t n = 0; n < FLEET_REASONS_MAX && (reason = explain_reason(n)) != NULL; n++) {
			if (is_word(json_object_array_get_idx(reasons, i), reason->name))
				sums->reasons[n] = 1;
		}
	}
	return true;
}

static bool take_mean(double *mean, json_object *latency)
{
	json_object *value;
	if (!member(latency, "mean", json_type_double, &value) && !member(latency, "mean", json_type_int, &value))
		return false;
	*mean = json_object_get_double(value);
	return *mean >= 0 && isfinite(*mean);
}

/* The counts of the buckets must be what `count` says: they come from a file. */
static bool take_buckets(struct histogram *ns, json_object *latency, uint64_t whole)
{
	json_object *buckets, *values, *counts;
	if (!member(latency, "buckets", json_type_object, &buckets) ||
	    !member(buckets, "ns", json_type_array, &values) || !member(buckets, "counts", json_type_array, &counts) ||
	    json_object_array_length(values) != json_object_array_length(counts))
		return false;
	for (size_t i = 0; i < json_object_array_length(values); i++) {
		uint64_t value, count;
		if (!number(json_object_array_get_idx(values, i), &value) ||
		    !number(json_object_array_get_idx(counts, i), &count) || count > whole - ns->count)
			return false;
		histogram_add_times(ns, value, count);
	}
	return ns->count == whole;
}

static bool take_latency(struct fleet_latency *latency, json_object *stats, const char *key)
{
	json_object *from;
	uint64_t count, min, max;
	double mean;
	histogram_clear(&latency->ns);
	if (!member(stats, key, json_type_object, &from) || !count_of(from, "count", &count) ||
	    !count_of(from, "min", &min) || !count_of(from, "max", &max) || min > max || !take_mean(&mean, from) ||
	    !take_buckets(&latency->ns, from, count))
		return false;
	latency->total_ns = mean * (double)count;
	if (count > 0) {
		latency->ns.min = min;
		latency->ns.max = max;
	}
	return true;
}

static bool take_latencies(struct fleet_sums *sums, json_object *report)
{
	static const char *const keys[] = {
#define KEY(NAME, key, words) key,
	    FLEET_LATENCIES(KEY)
#undef KEY
	};
	json_object *stats;
	if (!member(report, "stats", json_type_object, &stats))
		return false;
	for (unsigned i = 0; i < FLEET_LATENCY_COUNT; i++) {
		if (!take_latency(&sums->latencies[i], stats, keys[i]))
			return false;
	}
	return true;
}

static bool take_verdict(enum analysis_verdict *verdict, json_object *report)
{
	json_object *value;
	if (!member(report, "verdict", json_type_string, &value))
		return false;
	for (unsigned i = ANALYSIS_PASS; i <= ANALYSIS_INCONCLUSIVE; i++) {
		*verdict = (enum analysis_verdict)i;
		if (is_word(value, report_verdict_name(*verdict)))
			return true;
	}
	return false;
}

/* ---- sums ---- */

static void add(uint64_t *sum, uint64_t count)
{
	*sum = count > UINT64_MAX - *sum ? UINT64_MAX : *sum + count;
}

static void add_all(uint64_t *sums, const uint64_t *counts, size_t length)
{
	for (size_t i = 0; i < length; i++)
		add(&sums[i], counts[i]);
}

static void add_sums(struct fleet_sums *into, const struct fleet_sums *from, size_t trace)
{
#define ADD(field, section, key) add(&into->field, from->field);
	FLEET_SUMS(ADD)
#undef ADD
	add_all(into->counts, from->counts, WSC_VIOLATION_KIND_COUNT);
	add_all(into->suppressed, from->suppressed, WSC_VIOLATION_KIND_COUNT);
	add_all(into->known, from->known, WSC_VIOLATION_KIND_COUNT);
	add_all(into->undecided_by_reason, from->undecided_by_reason, WSC_UNDECIDED_REASON_COUNT);
	add_all(into->reasons, from->reasons, FLEET_REASONS_MAX);
	into->exceeded += from->exceeded;
	into->unmeasured += from->unmeasured;
	for (unsigned i = 0; i < FLEET_LATENCY_COUNT; i++) {
		struct fleet_latency *to = &into->latencies[i];
		if (from->latencies[i].ns.count > 0 && (to->ns.count == 0 || from->latencies[i].ns.max > to->ns.max))
			to->longest = trace;
		histogram_merge(&to->ns, &from->latencies[i].ns);
		to->total_ns += from->latencies[i].total_ns;
	}
}

/* The new last trace, which does not count yet. NULL: no memory. */
static struct fleet_trace *add_trace(struct fleet *fleet, const char *path)
{
	struct fleet_trace *grown = array_room(fleet->traces, fleet->count, &fleet->capacity, sizeof(*grown));
	if (!grown)
		return NULL;
	fleet->traces = grown;
	struct fleet_trace *trace = &fleet->traces[fleet->count];
	*trace = (struct fleet_trace){.path = strdup(path)};
	return trace->path ? trace : NULL;
}

static enum wsc_status complain(char wrong[FLEET_WRONG_MAX], const char *why)
{
	snprintf(wrong, FLEET_WRONG_MAX, "%s: write it with 'wscheck analyze --format json' of this version", why);
	return WSC_FORMAT;
}

enum wsc_status fleet_add(struct fleet *fleet, const char *path, json_object *report, char wrong[FLEET_WRONG_MAX])
{
	json_object *schema;
	struct fleet_sums *next = &fleet->next;
	enum analysis_verdict verdict;
	memset(next, 0, sizeof(*next));
	if (!member(report, "schema", json_type_string, &schema) || !is_word(schema, REPORT_SCHEMA))
		return complain(wrong, "no report of this version (" REPORT_SCHEMA ")");
	if (!take_verdict(&verdict, report) || !take_sums(next, report) || !take_judgement(next, report) ||
	    !take_reasons(next, report) || !take_undecided(next->undecided_by_reason, report))
		return complain(wrong, "a report that lacks some of its counts");
	if (!take_latencies(next, report))
		return complain(wrong, "a report whose latencies are not told bucket by bucket");
	struct fleet_trace *trace = add_trace(fleet, path);
	if (!trace)
		return WSC_NOMEM;
	trace->verdict = verdict;
	trace->errors = next->errors;
	trace->warnings = next->warnings;
	trace->exceeded = next->exceeded;
	for (unsigned i = 0; i < FLEET_REASONS_MAX; i++)
		trace->reasons |= next->reasons[i] > 0 ? 1U << i : 0;
	fleet->verdicts[verdict]++;
	add_sums(&fleet->sums, next, fleet->count++);
	return WSC_OK;
}

enum wsc_status fleet_add_error(struct fleet *fleet, const char *path, const char *error)
{
	struct fleet_trace *trace = add_trace(fleet, path);
	if (!trace)
		return WSC_NOMEM;
	trace->error = strdup(error);
	fleet->count++;
	fleet->unreadable++;
	return trace->error ? WSC_OK : WSC_NOMEM;
}

enum analysis_verdict fleet_verdict(const struct fleet *fleet)
{
	if (fleet->verdicts[ANALYSIS_FAIL] > 0)
		return ANALYSIS_FAIL;
	return fleet->verdicts[ANALYSIS_PASS] == fleet->count && fleet->count > 0 ? ANALYSIS_PASS
	                                                                          : ANALYSIS_INCONCLUSIVE;
}

const char *fleet_words(char *buffer, size_t size, const struct fleet *fleet)
{
	const struct {
		uint64_t count;
		const char *word;
	} rows[] = {{fleet->verdicts[ANALYSIS_FAIL], "fail"},
	            {fleet->verdicts[ANALYSIS_INCONCLUSIVE], "inconclusive"},
	            {fleet->unreadable, "unreadable"},
	            {fleet->verdicts[ANALYSIS_PASS], "pass"}};
	char shown[UNITS_MAX];
	const char *separator = ": ";
	size_t used =
	    (size_t)snprintf(buffer, size, "%s trace%s", units_count(shown, fleet->count), units_plural(fleet->count));
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows) && used < size; i++) {
		if (rows[i].count == 0)
			continue;
		used += (size_t)snprintf(buffer + used, size - used, "%s%s %s", separator,
		                         units_count(shown, rows[i].count), rows[i].word);
		separator = ", ";
	}
	return buffer;
}
