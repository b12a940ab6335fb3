/* SPDX-License-Identifier: MIT */
/* wscheck diff: what changed from one run to another. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "command.h"
#include "diff.h"
#include "json_read.h"
#include "judgement.h"
#include "memory.h"
#include "output.h"
#include "passes.h"
#include "words.h"

enum { FORMAT_TEXT, FORMAT_JSON };
static const char *const formats[] = {"text", "json", NULL};

struct values {
	unsigned format;
	const char *output;
	struct option_list bounds;
	bool fail_on_new;
	uint64_t max_memory; /* bytes; 0: no bound */
	struct analysis_options analysis;
};

#define ROW(field) .offset = offsetof(struct values, field)
static const struct option_row options[] = {
    {'f', "format", OPTION_CHOICE, "FORMAT", formats, ROW(format), .help = "As text (the default) or json"},
    {'o', "output", OPTION_STRING, "FILE", ROW(output), .form = ARGUMENT_FILE,
     .help = "Write to FILE instead of standard output"},
    {0, "max-shift", OPTION_LIST, "FIGURE=BOUND", ROW(bounds), .form = ARGUMENT_WORD_VALUE, .words = words_shifts,
     .help = "Exit 1 if the figure became worse by more than this: a share of A's, as p99.steal_latency=20%, or an "
             "amount, as p99.steal_latency=50us; may be repeated. The figures are those that are printed"},
    {0, "fail-on-new", OPTION_FLAG, ROW(fail_on_new), .help = "Exit 1 if B has reports of which A has not the like"},
    {0, "max-reports", OPTION_COUNT, "N", ROW(analysis.max_reports),
     .help = "Of a trace, compare the first N reports (default 1000)"},
    MEMORY_OPTION_ROW,
};
#undef ROW

/* A trace that is to be made a report of. */
struct side {
	const struct values *values;
	struct passes passes;
	struct rules rules;
	struct judgement judgement;
};

/* Keys have causes in them, which come from the evidence. */
static enum wsc_status judge(struct side *side, int fd, struct trace_error *err)
{
	side->passes = (struct passes){.options = &side->values->analysis, .kept = side->values->analysis.max_reports};
	enum wsc_status status = trace_input_open_from(&side->passes.input, fd, err);
	if (status == WSC_OK)
		status = passes_whole(&side->passes, err);
	return status == WSC_OK ? passes_evidence(&side->passes, err) : status;
}

static int take_trace(struct side *side, struct diff *diff, int number, const char *path, int fd)
{
	struct trace_error err = {0};
	if (judge(side, fd, &err) != WSC_OK)
		return command_input_error(command_diff.name, path, &err);
	struct report report = {.path = path,
	                        .header = trace_input_header(side->passes.input),
	                        .summary = trace_input_summary(side->passes.input),
	                        .result = side->passes.result};
	side->rules.max_reports = side->values->analysis.max_reports;
	if (judgement_init(&side->judgement, &report, &side->rules) != WSC_OK ||
	    diff_take(diff, number, &report) != WSC_OK)
		return memory_error(command_diff.name, path);
	return EXIT_CODE_PASS;
}

static int take_report(struct diff *diff, int number, const char *path, int fd)
{
	char wrong[DIFF_WRONG_MAX] = "";
	const enum wsc_status status = diff_read(diff, number, path, fd, wrong);
	close(fd);
	if (status == WSC_OK)
		return EXIT_CODE_PASS;
	return status == WSC_NOMEM ? memory_error(command_diff.name, path)
	                           : command_error(command_diff.name, "%s: %s", command_input_name(path), wrong);
}

static int take_side(const struct values *values, struct diff *diff, int number, const char *path)
{
	struct trace_error err = {0};
	int fd;
	if (trace_input_descriptor(&fd, path, &err) != WSC_OK)
		return command_input_error(command_diff.name, path, &err);
	if (json_read_is_report_from(fd))
		return take_report(diff, number, path, fd);
	struct side *side = calloc(1, sizeof(*side)); /* 300 KiB, and the stack may be small */
	if (!side) {
		close(fd);
		return memory_error(command_diff.name, path);
	}
	side->values = values;
	rules_init(&side->rules);
	int code = take_trace(side, diff, number, path, fd);
	judgement_free(&side->judgement);
	rules_free(&side->rules);
	passes_forget(&side->passes);
	trace_input_free(side->passes.input);
	free(side);
	return code;
}

static bool print(const struct values *values, const struct diff *diff)
{
	struct output output;
	if (!output_open(&output, command_diff.name, values->output, OUTPUT_REPORT))
		return false;
	struct page page = command_page(output.stream);
	enum wsc_status status =
	    values->format == FORMAT_JSON ? diff_json(diff, output.stream) : diff_text(diff, &page);
	if (status == WSC_OK)
		return output_commit(&output);
	output_abandon(&output);
	command_error(command_diff.name, "cannot write %s: %s", output_name(values->output), memory_wrong());
	return false;
}

static int compare(const struct values *values, struct diff *diff, char **paths)
{
	for (int number = 0; number < 2; number++) {
		int code = take_side(values, diff, number, paths[number]);
		if (code != EXIT_CODE_PASS)
			return code;
	}
	if (diff_compare(diff) != WSC_OK)
		return memory_error(command_diff.name, paths[1]);
	if (!print(values, diff))
		return EXIT_CODE_TROUBLE;
	if (diff->exceeded > 0 || (values->fail_on_new && diff->added > 0))
		return EXIT_CODE_FAIL;
	return diff->unmeasured > 0 ? EXIT_CODE_INCONCLUSIVE : EXIT_CODE_PASS;
}

static int run(const struct command *command, int argc, char **argv)
{
	struct values values = {.format = FORMAT_TEXT};
	struct diff diff;
	char wrong[DIFF_WRONG_MAX];
	int first, code;
	analysis_options_init(&values.analysis);
	if (!command_options(command, argc, argv, &values, &first, &code))
		return code;
	if (argc - first != 2)
		return command_error(command->name,
		                     "two traces or reports are compared, and %d %s named (see 'wscheck %s "
		                     "--help')",
		                     argc - first, argc - first == 1 ? "is" : "are", command->name);
	char **paths = argv + first;
	if (strcmp(paths[0], "-") == 0 && strcmp(paths[1], "-") == 0)
		return command_error(command->name, "only one of the two can be standard input");
	for (int i = 0; i < 2; i++) {
		if (output_is_input(command->name, values.output, paths[i]))
			return EXIT_CODE_TROUBLE;
	}
	if (!output_check(command->name, values.output) || !memory_bound(command->name, values.max_memory))
		return EXIT_CODE_TROUBLE;
	diff_init(&diff);
	for (size_t i = 0; i < values.bounds.count; i++) {
		if (!diff_bound_add(&diff, values.bounds.items[i], wrong))
			return command_error(command->name, "'--max-shift': %s", wrong);
	}
	code = compare(&values, &diff, paths);
	diff_free(&diff);
	return code;
}

const struct command command_diff = {
    .name = "diff",
    .summary = "compare two runs: reports, latencies, throughput and steal ratios",
    .operands = "[OPTION]... A B",
    .about =
        "Compares two runs and says what changed from A to B: which reports are new or gone, and how latencies, "
        "throughput, steal ratios and the like shifted. Each is a trace, a history as JSON Lines, or a report "
        "that 'wscheck analyze --format json' wrote, told apart by content. One of the two may be '-', standard input.",
    .exits =
        (const struct exit_row[]){
            {"0", "They were compared, and no bound is passed"},
            {"1", "At least one bound is passed, or, with --fail-on-new, B has reports of which A has not the like"},
            {"2", "Wrong usage, input that could not be read, or a result that could not be written"},
            {"3", "No bound is passed, but a bounded figure is not measured on both sides"},
            {NULL, NULL},
        },
    .examples =
        (const struct example_row[]){
            {"Hold a change to the release before it",
             "$ wscheck diff --fail-on-new --max-shift p99.steal_latency=20% \\\n"
             "    release.json trace.zst"},
            {NULL, NULL},
        },
    .form = ARGUMENT_FILE,
    .options = options,
    .option_count = sizeof(options) / sizeof(*options),
    .run = run,
};
