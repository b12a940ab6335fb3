/* SPDX-License-Identifier: MIT */
#include "rule_options.h"

#include <inttypes.h>
#include <stdint.h>
#include <time.h>

#include "command.h"
#include "memory.h"
#include "units.h"

void rule_options_init(struct rule_options *options)
{
	struct rules rules;
	rules_init(&rules);
	*options = (struct rule_options){.story = RULE_OPTIONS_ALL, .max_reports = rules.max_reports};
}

/* False, after saying why. `path`: of the file that has it, or NULL. */
static bool refuse(const char *command, enum wsc_status status, const char *path, const char *wrong)
{
	if (status == WSC_NOMEM)
		memory_error(command, path);
	else
		command_error(command, "%s", wrong);
	return false;
}

static bool add_filter(const char *command, struct rules *rules, enum condition_type type, const char *value)
{
	char wrong[CONDITION_WRONG_MAX];
	if (rules->filter_count == JUDGEMENT_FILTERS_MAX) {
		command_error(command, "more than %d filters", JUDGEMENT_FILTERS_MAX);
		return false;
	}
	enum wsc_status status = condition_parse(&rules->filters[rules->filter_count], type, value, wrong);
	if (status == WSC_OK) {
		rules->filter_count++;
		return true;
	}
	if (status == WSC_NOMEM)
		return refuse(command, status, NULL, wrong);
	command_error(command, "'--%s %s': %s", condition_type_name(type), value, wrong);
	return false;
}

static bool add_filters(const char *command, struct rules *rules, enum condition_type type,
                        const struct option_list *list)
{
	for (size_t i = 0; i < list->count; i++) {
		if (!add_filter(command, rules, type, list->items[i]))
			return false;
	}
	return true;
}

static bool read_filters(const struct rule_options *options, const char *command, struct rules *rules)
{
	char wrong[CONDITION_WRONG_MAX];
	for (size_t i = 0; i < options->kinds.count; i++) {
		if (!condition_kinds(options->kinds.items[i], &rules->filter_kinds, wrong))
			return refuse(command, WSC_INVALID, NULL, wrong);
	}
	return add_filters(command, rules, CONDITION_TASK, &options->tasks) &&
	       add_filters(command, rules, CONDITION_WORKER, &options->workers) &&
	       add_filters(command, rules, CONDITION_QUEUE, &options->queues);
}

static bool read_gates(const struct rule_options *options, const char *command, struct rules *rules)
{
	char wrong[BUDGET_WRONG_MAX];
	for (size_t i = 0; i < options->fail_on.count; i++) {
		if (!rules_fail_on(rules, options->fail_on.items[i], wrong))
			return refuse(command, WSC_INVALID, NULL, wrong);
	}
	for (size_t i = 0; i < options->budgets.count; i++) {
		if (!budget_parse(&rules->budgets[i], options->budgets.items[i], wrong))
			return refuse(command, WSC_INVALID, NULL, wrong);
		rules->budget_count++;
	}
	return true;
}

/* Today as 20270131, UTC, so that a line ends everywhere at once. */
static unsigned today(void)
{
	time_t now = time(NULL);
	struct tm parts;
	if (!gmtime_r(&now, &parts))
		return 0;
	return (unsigned)((parts.tm_year + 1900) * 10000 + (parts.tm_mon + 1) * 100 + parts.tm_mday);
}

static bool read_files(const struct rule_options *options, const char *command, struct rules *rules)
{
	char wrong[SUPPRESS_WRONG_MAX];
	for (size_t i = 0; i < options->suppressions.count; i++) {
		enum wsc_status status =
		    suppressions_read(&rules->suppressions, options->suppressions.items[i], today(), wrong);
		if (status != WSC_OK)
			return refuse(command, status, options->suppressions.items[i], wrong);
	}
	if (!options->baseline)
		return true;
	rules->baseline_path = options->baseline;
	enum wsc_status status = baseline_read(&rules->baseline, options->baseline, wrong);
	return status == WSC_OK || refuse(command, status, options->baseline, wrong);
}

bool rule_options_read(const struct rule_options *options, const char *command, struct rules *rules)
{
	rules_init(rules);
	rules->max_reports = options->max_reports;
	if (options->story == 0)
		return refuse(command, WSC_INVALID, NULL, "'--story' takes the number of a story, from 1 on, not 0");
	rules->story = options->story == RULE_OPTIONS_ALL ? 0 : options->story;
	rules->allow_incomplete = options->allow_incomplete;
	return read_gates(options, command, rules) && read_filters(options, command, rules) &&
	       read_files(options, command, rules);
}

bool rule_options_are_spared(const struct rule_options *options, const char *command, const struct outputs *outputs)
{
	for (size_t i = 0; i < options->suppressions.count; i++) {
		if (!outputs_spare(outputs, command, options->suppressions.items[i]))
			return false;
	}
	return !options->baseline || outputs_spare(outputs, command, options->baseline);
}

bool rule_options_are_given(const struct rule_options *options)
{
	struct rule_options defaults;
	rule_options_init(&defaults);
	return options->fail_on.count + options->budgets.count + options->suppressions.count + options->kinds.count +
	               options->tasks.count + options->workers.count + options->queues.count >
	           0 ||
	       options->baseline || options->story != defaults.story || options->max_reports != defaults.max_reports;
}

bool rule_options_has_story(const struct rules *rules, const char *command, const struct analysis_result *result)
{
	uint32_t last = 0;
	for (size_t i = 0; i < result->violation_count; i++)
		last = result->violations[i].story > last ? result->violations[i].story : last;
	if (rules->story <= last)
		return true;
	command_error(command, "there is no story %llu: the trace has %u%s", (unsigned long long)rules->story,
	              (unsigned)last, last == 0 ? "" : ", numbered from 1");
	return false;
}

/* Those that can't fit anything: likely a mistake in a number or a name. */
void rule_options_note_filters(const struct rule_options *options, const char *command, const struct report *report)
{
	const struct rules *rules = report->judgement->rules;
	const struct option_list *const lists[] = {&options->tasks, &options->workers, &options->queues}; /* as added */
	const struct condition *filter = rules->filters;
	for (size_t i = 0; i < sizeof(lists) / sizeof(*lists); i++) {
		for (size_t j = 0; j < lists[i]->count; j++, filter++) {
			const char *type = condition_type_name(filter->type), *value = lists[i]->items[j];
			if (condition_is_known(filter, report))
				continue;
			if (filter->type == CONDITION_TASK)
				command_error(
				    command, "'--task %s': no report concerns that task; '--explain %s' tells its life",
				    value, value);
			else
				command_error(command, "'--%s %s': the trace has no such %s", type, value, type);
		}
	}
}

void rule_options_note_files(const struct rules *rules, const char *command)
{
	char date[SUPPRESS_DATE_MAX], number[UNITS_MAX];
	for (size_t i = 0; i < rules->suppressions.count; i++) {
		const struct suppression *row = &rules->suppressions.rows[i];
		if (row->expired)
			command_error(command, "%s:%u: expired on %s, and not applied", row->file, row->line,
			              suppress_date(date, row->until));
		else if (row->matched == 0)
			command_error(command, "%s:%u: suppresses nothing", row->file, row->line);
	}
	if (rules->baseline.unlisted > 0)
		command_error(command,
		              "%s: %s of its reports are counted but not listed, and count as new if they have no "
		              "like: write it with a higher --max-reports",
		              rules->baseline_path, units_count(number, rules->baseline.unlisted));
}
