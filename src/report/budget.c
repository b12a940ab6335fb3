/* SPDX-License-Identifier: MIT */
#include "budget.h"

#include <inttypes.h>
#include <string.h>

#include "quantity.h"
#include "report_parts.h"
#include "suggest.h"
#include "units.h"

enum { NAME_BYTES = 64, DIGITS_MAX = 7 };

static const struct row {
	const char *name;
	enum budget_unit unit;
} rows[] = {
#define ROW(NAME, name, unit, help) {name, BUDGET_##unit},
    BUDGET_METRICS(ROW)
#undef ROW
};

static bool is_latency(enum budget_metric metric)
{
	return metric <= BUDGET_QUEUED_TO_DONE;
}

/* p50, p99.9 and p999: two digits of a percentage, then its decimals. */
static bool parse_quantile(const char *word, double *quantile)
{
	char digits[DIGITS_MAX + 1];
	size_t count = 0;
	if (*word++ != 'p')
		return false;
	for (; *word; word++) {
		if (*word == '.' && count == 2 && word[1] != '\0')
			continue;
		if (*word < '0' || *word > '9' || count == DIGITS_MAX)
			return false;
		digits[count++] = *word;
	}
	if (count < 2 || (count > 2 && digits[0] != '9')) /* p100 is no tenth */
		return false;
	*quantile = 0;
	for (size_t i = count; i > 0; i--)
		*quantile = (*quantile + (digits[i - 1] - '0')) / 10;
	return *quantile > 0;
}

static bool parse_part(const char *word, struct budget *budget)
{
	static const char *const parts[] = {[BUDGET_MEAN] = "mean", [BUDGET_MAX] = "max", [BUDGET_MIN] = "min"};
	for (unsigned i = BUDGET_MEAN; i <= BUDGET_MIN; i++) {
		if (strcmp(word, parts[i]) == 0) {
			budget->part = (enum budget_part)i;
			return true;
		}
	}
	budget->part = BUDGET_QUANTILE;
	return parse_quantile(word, &budget->quantile);
}

/* The figure, or the kind of report whose number it is. */
static bool find_metric(const char *name, struct budget *budget, struct suggest *suggest)
{
	for (unsigned i = 0; i < BUDGET_METRIC_COUNT; i++) {
		if (strcmp(name, rows[i].name) == 0) {
			budget->metric = (enum budget_metric)i;
			budget->unit = rows[i].unit;
			return true;
		}
		suggest_offer(suggest, rows[i].name);
	}
	for (unsigned i = 0; i < WSC_VIOLATION_KIND_COUNT; i++) {
		const char *kind = wsc_violation_name((enum wsc_violation_kind)i);
		if (strcmp(name, kind) == 0) {
			budget->kind = (int)i;
			budget->metric = BUDGET_METRIC_COUNT;
			budget->unit = BUDGET_COUNT;
			return true;
		}
		suggest_offer(suggest, kind);
	}
	return false;
}

static bool parse_name(struct budget *budget, char *name, char wrong[BUDGET_WRONG_MAX])
{
	char nearest[SUGGEST_WORDS_MAX], clean[NAME_BYTES];
	char *dot = strrchr(name, '.');
	struct suggest suggest = suggest_for(dot ? dot + 1 : name);
	page_clean(clean, sizeof(clean), name);
	if (!find_metric(dot ? dot + 1 : name, budget, &suggest)) {
		suggest_words(nearest, &suggest);
		snprintf(wrong, BUDGET_WRONG_MAX, "no figure is called '%s'%s", clean,
		         nearest[0] ? nearest : " (the man page lists them)");
		return false;
	}
	if (budget->kind >= 0 || !is_latency(budget->metric)) {
		snprintf(wrong, BUDGET_WRONG_MAX, "'%s' has no quantiles: leave out what stands before the dot", clean);
		return !dot;
	}
	if (dot)
		*dot = '\0';
	snprintf(
	    wrong, BUDGET_WRONG_MAX,
	    "'%s' is no figure: of a latency they are p01 to p99, p99.9 or p999 and so on, mean, max and min, as in "
	    "p99.%s",
	    clean, rows[budget->metric].name);
	return dot && parse_part(name, budget);
}

static bool parse_limit(struct budget *budget, const char *value, char wrong[BUDGET_WRONG_MAX])
{
	static const char *const forms[] = {[BUDGET_COUNT] = "a whole number",
	                                    [BUDGET_NS] = "a duration such as 200ns, 1.5us, 5ms or 1s",
	                                    [BUDGET_RATIO] = "a number such as 0.9 or 90%"};
	char clean[NAME_BYTES];
	uint64_t whole = 0;
	bool good;
	switch (budget->unit) {
	case BUDGET_COUNT:
		good = quantity_count(value, &whole);
		break;
	case BUDGET_NS:
		good = quantity_duration(value, &whole);
		break;
	default:
		good = quantity_ratio(value, &budget->limit);
		break;
	}
	if (budget->unit != BUDGET_RATIO)
		budget->limit = (double)whole;
	snprintf(wrong, BUDGET_WRONG_MAX, "'%.*s' takes %s, not '%s'", budget->name_length, budget->name,
	         forms[budget->unit], page_clean(clean, sizeof(clean), value));
	return good;
}

bool budget_parse(struct budget *budget, const char *text, char wrong[BUDGET_WRONG_MAX])
{
	char name[NAME_BYTES], clean[NAME_BYTES];
	size_t length = strcspn(text, "=");
	*budget = (struct budget){.name = text, .name_length = (int)length, .kind = -1};
	if (text[length] == '\0' || length == 0 || length >= sizeof(name)) {
		snprintf(wrong, BUDGET_WRONG_MAX, "a budget is as p99.steal_latency=50us, not '%s'",
		         page_clean(clean, sizeof(clean), text));
		return false;
	}
	memcpy(name, text, length);
	name[length] = '\0';
	return parse_name(budget, name, wrong) && parse_limit(budget, text + length + 1, wrong);
}

static bool measure_latency(const struct budget *budget, const struct report *report, double *value)
{
	const struct analysis_result *r = report->result;
	const struct histogram *const histograms[] = {[BUDGET_STEAL_LATENCY] = &r->steal_latency,
	                                              [BUDGET_FAILED_STEAL_LATENCY] = &r->failed_steal_latency,
	                                              [BUDGET_QUEUE_WAIT] = &r->queue_wait,
	                                              [BUDGET_EXEC] = &r->exec,
	                                              [BUDGET_QUEUED_TO_DONE] = &r->queued_to_done};
	const struct histogram *h = histograms[budget->metric];
	if (budget->part == BUDGET_MEAN)
		*value = report_real_ns(report->header, histogram_mean(h));
	else if (budget->part == BUDGET_QUANTILE)
		*value = (double)trace_header_ns(report->header, histogram_quantile(h, budget->quantile));
	else
		*value = (double)trace_header_ns(report->header, budget->part == BUDGET_MAX ? h->max : h->min);
	return h->count > 0;
}

static bool measure_balance(const struct budget *budget, const struct report *report, double *value)
{
	struct balance balance = balance_of(report->result->workers, report->result->worker_count);
	*value = budget->metric == BUDGET_LOAD_IMBALANCE ? balance.busy : balance.executed;
	return *value > 0;
}

static uint64_t deepest(const struct analysis_result *r)
{
	uint64_t max = 0;
	for (size_t i = 0; i < r->queue_count; i++)
		max = r->queues[i].max_depth > max ? r->queues[i].max_depth : max;
	return max;
}

static uint64_t measure_count(enum budget_metric metric, const struct report *report)
{
	const struct analysis_result *r = report->result;
	switch (metric) {
	case BUDGET_STEAL_ATTEMPTS:
		return r->steal_attempts;
	case BUDGET_SUCCESSFUL_STEALS:
		return r->successful_steals;
	case BUDGET_FAILED_STEALS:
		return r->failed_steals;
	case BUDGET_STOLEN_TASKS:
		return r->stolen_tasks;
	case BUDGET_REPEATED_STEALS:
		return steals_per_life_repeated(&r->steals_per_life);
	case BUDGET_STEALS_OF_ONE_LIFE:
		return r->steals_per_life.max;
	case BUDGET_QUEUE_DEPTH:
		return deepest(r);
	case BUDGET_WASTED_IDLE:
		return trace_header_ns(report->header, r->wasted.idle);
	case BUDGET_WASTED_FALSE_EMPTY:
		return trace_header_ns(report->header, r->wasted.false_empty);
	case BUDGET_DURATION:
		return report_between_ns(report->header, r->first_ts, r->last_ts);
	case BUDGET_DROPPED:
		return r->dropped;
	case BUDGET_DAMAGED_BLOCKS:
		return r->damaged_blocks;
	case BUDGET_UNDECIDED_TASKS:
		return r->undecided_tasks;
	case BUDGET_WAITING_TASKS:
		return r->waiting_total;
	default:
		return report_count(r, metric == BUDGET_ERRORS ? WSC_SEVERITY_ERROR : WSC_SEVERITY_WARNING);
	}
}

/* Of a trace with a sample of the tasks, counts of tasks say little: what is no estimate is not measured. */
static bool is_sampled(const struct budget *budget, const struct report *report)
{
	return report->header->sampling > 1 &&
	       (budget->metric == BUDGET_QUEUE_DEPTH || budget->metric == BUDGET_REPEATED_STEALS ||
	        budget->metric == BUDGET_STEALS_OF_ONE_LIFE);
}

/* What the source can't see is not measured as 0. */
static bool is_blind(const struct budget *budget, const struct report *report)
{
	switch (budget->kind < 0 ? budget->metric : BUDGET_METRIC_COUNT) {
	case BUDGET_FAILED_STEAL_RATIO:
	case BUDGET_FAILED_STEALS:
	case BUDGET_STEAL_ATTEMPTS:
	case BUDGET_WASTED_FALSE_EMPTY:
		return report_is_absent(report, WSC_EV_STEAL_FAILURE);
	case BUDGET_WASTED_IDLE:
		return report_is_absent(report, WSC_EV_PARKED);
	default:
		return false;
	}
}

/* Why there is no figure: what it is made of is not in the trace. */
static const char *why_unmeasured(const struct budget *budget, const struct report *report)
{
	static const char *const clauses[BUDGET_METRIC_COUNT] = {
	    [BUDGET_STEAL_LATENCY] = "no steal succeeded whose start was recorded",
	    [BUDGET_FAILED_STEAL_LATENCY] = "no steal failed whose start was recorded",
	    [BUDGET_QUEUE_WAIT] = "no task was taken out of a queue",
	    [BUDGET_EXEC] = "no task completed a run",
	    [BUDGET_QUEUED_TO_DONE] = "no task was queued and completed",
	    [BUDGET_FAILED_STEAL_RATIO] = "nobody tried to steal",
	    [BUDGET_LOAD_IMBALANCE] = "no worker ran a task",
	    [BUDGET_RUN_IMBALANCE] = "no task completed a run"};
	return report->result->events == 0 ? "the trace has no events"
	       : is_blind(budget, report)  ? "what it is made of can't be recorded here (`wscheck info`: absent)"
	       : budget->kind < 0          ? clauses[budget->metric]
	                                   : NULL;
}

struct budget_outcome budget_measure(const struct budget *budget, const struct report *report)
{
	const struct analysis_result *r = report->result;
	struct budget_outcome outcome = {.budget = budget};
	bool measured = r->events > 0 && !is_sampled(budget, report) && !is_blind(budget, report);
	if (budget->kind >= 0) {
		outcome.value = (double)r->counts[budget->kind];
	} else if (is_latency(budget->metric)) {
		measured &= measure_latency(budget, report, &outcome.value);
	} else if (budget->metric == BUDGET_FAILED_STEAL_RATIO) {
		measured &= r->steal_attempts > 0;
		outcome.value = measured ? (double)r->failed_steals / (double)r->steal_attempts : 0;
	} else if (budget->metric == BUDGET_LOAD_IMBALANCE || budget->metric == BUDGET_RUN_IMBALANCE) {
		measured &= measure_balance(budget, report, &outcome.value);
	} else {
		outcome.value = (double)measure_count(budget->metric, report);
	}
	outcome.status = !measured ? BUDGET_UNMEASURED : outcome.value > budget->limit ? BUDGET_EXCEEDED : BUDGET_OK;
	if (!measured)
		outcome.why = why_unmeasured(budget, report);
	if (!measured && !outcome.why)
		outcome.sampling = report->header->sampling;
	return outcome;
}

const char *budget_value(char buffer[BUDGET_VALUE_MAX], const struct budget *budget, double value)
{
	char number[UNITS_MAX];
	if (budget->unit == BUDGET_RATIO)
		snprintf(buffer, BUDGET_VALUE_MAX, "%.4g", value);
	else if (budget->unit == BUDGET_NS)
		snprintf(buffer, BUDGET_VALUE_MAX, "%s", units_duration(number, (uint64_t)(value + 0.5)));
	else
		snprintf(buffer, BUDGET_VALUE_MAX, "%s", units_count(number, (uint64_t)value));
	return buffer;
}

/* Without rounding: for a value that reads as its limit does. */
static const char *exact_value(char buffer[BUDGET_VALUE_MAX], const struct budget *budget, double value)
{
	char number[UNITS_MAX];
	if (budget->unit == BUDGET_RATIO)
		snprintf(buffer, BUDGET_VALUE_MAX, "%.12g", value);
	else
		snprintf(buffer, BUDGET_VALUE_MAX, "%s ns", units_count(number, (uint64_t)(value + 0.5)));
	return buffer;
}

const char *budget_sentence(char buffer[BUDGET_SENTENCE_MAX], const struct budget_outcome *outcome)
{
	const struct budget *budget = outcome->budget;
	char value[BUDGET_VALUE_MAX], limit[BUDGET_VALUE_MAX];
	if (outcome->status == BUDGET_UNMEASURED && outcome->why)
		snprintf(buffer, BUDGET_SENTENCE_MAX, "%.*s could not be measured: %s", budget->name_length,
		         budget->name, outcome->why);
	else if (outcome->status == BUDGET_UNMEASURED)
		snprintf(buffer, BUDGET_SENTENCE_MAX,
		         "%.*s could not be measured: only one task in %" PRIu64 " was recorded", budget->name_length,
		         budget->name, outcome->sampling);
	if (outcome->status == BUDGET_UNMEASURED)
		return buffer;
	bool over = outcome->status == BUDGET_EXCEEDED;
	budget_value(value, budget, outcome->value);
	budget_value(limit, budget, budget->limit);
	if (over && strcmp(value, limit) == 0) {
		exact_value(value, budget, outcome->value);
		exact_value(limit, budget, budget->limit);
	}
	snprintf(buffer, BUDGET_SENTENCE_MAX, "%.*s is %s, %s the %s allowed", budget->name_length, budget->name, value,
	         over ? "over" : "within", limit);
	return buffer;
}
