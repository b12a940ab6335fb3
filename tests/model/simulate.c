/* SPDX-License-Identifier: MIT */
/*
 * Simulated schedulers, sound ones and ones with one fault, recorded legally, against the engine:
 *
 *   simulate [-n LEGAL] [-f FAULTY] [-s SEED] [-p PRESET] [-F FAULT]
 *   simulate -p PRESET [-F FAULT] [-z small|large] -o SEED [-t TASK]
 *
 * The first prints two tables, of LEGAL small and as many large runs of each scheduler, and of FAULTY small and as many
 * large runs with each fault. Exit 0: nothing was said of sound runs, and of the others nothing but what is true, and
 * all that the model can prove; 1: not so; 2: usage. The second prints one run as JSON Lines, behind lines with a # that
 * say what is reported (untrue: #!), minimized if engine and model disagree; with -t only what concerns the task.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "disagreement.h"
#include "simulated_campaign.h"
#include "simulated_projection.h"
#include "simulated_verdict.h"

struct options {
	uint64_t legal, faulty, seed, task;
	int preset, fault; /* -1: all */
	bool one, large;
};

static void print_run(const struct sim_run *run)
{
	history_print_header(&run->declared);
	for (size_t i = 0; i < run->count; i++)
		history_print_event(&run->events[i]);
	if (run->declared.end != WSC_END_CUT)
		printf("{\"end\":\"%s\"}\n", trace_end_name(run->declared.end));
}

static void print_disagreement(struct history *history, bool is_legal)
{
	disagreement_print(history);
	disagreement_minimize(history, is_legal);
	disagreement_print(history);
}

static int show_one(const struct options *options)
{
	enum sim_fault fault = options->fault < 0 ? SIM_FAULT_NONE : (enum sim_fault)options->fault;
	struct sim_plan plan;
	struct sim_run run;
	struct sim_verdict verdict;
	static struct history history;

	sim_plan_draw(&plan, (enum sim_preset)options->preset, fault, options->seed, !options->large);
	sim_run_make(&plan, &run);
	if (run.mishap.happened)
		printf("# %s at %" PRIu64 ": task %" PRIu64 " worker %" PRIu32 " queue %" PRIu32 "\n",
		       sim_fault_name(fault), run.mishap.at, run.mishap.task, run.mishap.worker, run.mishap.queue);
	sim_verdict_reach(&plan, &run, true, &verdict);
	if (options->task != 0 && sim_project(&run, options->task, &history))
		print_disagreement(&history, false);
	else if (run.fits && disagreement_exists(&run.declared, fault == SIM_FAULT_NONE))
		print_disagreement(&run.declared, fault == SIM_FAULT_NONE);
	else
		print_run(&run);
	sim_run_free(&run);
	return 0;
}

static bool simulate_legal(const struct options *options)
{
	bool is_good = true;

	printf("%-10s %8s %10s %9s %8s %8s %7s %7s %9s %9s %9s  %s\n", "scheduler", "runs", "events", "tasks", "steals",
	       "modelled", "errors", "untrue", "warnings", "must pass", "undecided", "features");
	for (int p = 0; p < SIM_PRESET_COUNT; p++) {
		struct sim_legal row = {0};

		if (options->preset >= 0 && options->preset != p)
			continue;
		sim_campaign_legal((enum sim_preset)p, options->seed, options->legal, stderr, &row);
		printf("%-10s %8" PRIu64 " %10" PRIu64 " %9" PRIu64 " %8" PRIu64 " %8" PRIu64 " %7" PRIu64 " %7" PRIu64
		       " %9" PRIu64 " %9" PRIu64 " %9" PRIu64 "  %s%s\n",
		       sim_preset_name((enum sim_preset)p), row.runs, row.events, row.tasks, row.steals, row.judged,
		       row.errors, row.untrue, row.warnings, row.must_pass, row.undecided,
		       sim_preset_features((enum sim_preset)p), sim_legal_is_good(&row) ? "" : "  <-- NOT GOOD");
		fflush(stdout);
		is_good &= sim_legal_is_good(&row);
	}
	return is_good;
}

static bool simulate_faults(const struct options *options)
{
	bool is_good = true;

	printf("\n%-17s %6s %8s %8s %10s %6s %8s %6s %7s %6s  %s\n", "fault", "small", "provable", "reported",
	       "unprovable", "silent", "no claim", "large", "noticed", "untrue", "what happens once");
	for (int f = SIM_FAULT_NONE + 1; f < SIM_FAULT_COUNT; f++) {
		struct sim_faulty row = {0};
		bool is_row_good;

		if (options->fault >= 0 && options->fault != f)
			continue;
		is_row_good = sim_campaign_faulty((enum sim_fault)f, options->seed, options->faulty, options->faulty,
		                                  stderr, &row);
		is_row_good &= sim_faulty_is_good(&row);
		printf("%-17s %6" PRIu64 " %8" PRIu64 " %8" PRIu64 " %10" PRIu64 " %6" PRIu64 " %8" PRIu64 " %6" PRIu64
		       " %7" PRIu64 " %6" PRIu64 "  %s%s\n",
		       sim_fault_name((enum sim_fault)f), row.small, row.provable, row.reported, row.unprovable,
		       row.silent, row.unclaimed, row.large, row.noticed, row.untrue, sim_fault_what((enum sim_fault)f),
		       is_row_good ? "" : "  <-- NOT GOOD");
		fflush(stdout);
		is_good &= is_row_good;
	}
	return is_good;
}

static int find_preset(const char *name)
{
	for (int p = 0; p < SIM_PRESET_COUNT; p++)
		if (strcmp(name, sim_preset_name((enum sim_preset)p)) == 0)
			return p;
	return -1;
}

static int find_fault(const char *name)
{
	for (int f = 0; f < SIM_FAULT_COUNT; f++)
		if (strcmp(name, sim_fault_name((enum sim_fault)f)) == 0)
			return f;
	return -1;
}

static bool parse_number(const char *text, uint64_t *number)
{
	char *end;

	*number = strtoull(text, &end, 10);
	return *text != '\0' && *end == '\0';
}

static bool set_option(struct options *options, char option, const char *value)
{
	switch (option) {
	case 'n':
		return parse_number(value, &options->legal);
	case 'f':
		return parse_number(value, &options->faulty);
	case 's':
		return parse_number(value, &options->seed);
	case 't':
		return parse_number(value, &options->task);
	case 'o':
		options->one = true;
		return parse_number(value, &options->seed);
	case 'p':
		return (options->preset = find_preset(value)) >= 0;
	case 'F':
		return (options->fault = find_fault(value)) >= 0;
	case 'z':
		options->large = strcmp(value, "large") == 0;
		return options->large || strcmp(value, "small") == 0;
	default:
		return false;
	}
}

int main(int argc, char **argv)
{
	struct options options = {.legal = 400, .faulty = 200, .seed = 1, .preset = -1, .fault = -1};
	bool is_usage = false, is_good = true;

	for (int i = 1; i < argc; i += 2)
		is_usage |= i + 1 == argc || argv[i][0] != '-' || strlen(argv[i]) != 2 ||
		            !set_option(&options, argv[i][1], argv[i + 1]);
	if (is_usage || (options.one && options.preset < 0)) {
		fprintf(stderr, "usage: simulate [-n LEGAL] [-f FAULTY] [-s SEED] [-p PRESET] [-F FAULT]\n"
		                "       simulate -p PRESET [-F FAULT] [-z small|large] -o SEED [-t TASK]\n");
		return 2;
	}
	if (options.one)
		return show_one(&options);
	if (options.legal > 0)
		is_good &= simulate_legal(&options);
	if (options.faulty > 0)
		is_good &= simulate_faults(&options);
	return is_good ? 0 : 1;
}
