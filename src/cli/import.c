/* SPDX-License-Identifier: MIT */
/* wscheck import: JSON Lines as a trace. */
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "command.h"
#include "jsonl_import.h"
#include "memory.h"
#include "output.h"
#include "trace_input.h"

struct values {
	const char *output;
	uint64_t max_memory; /* bytes; 0: no bound */
};

#define ROW(field) .offset = offsetof(struct values, field)
static const struct option_row options[] = {
    {'o', "output", OPTION_STRING, "TRACE", ROW(output), .form = ARGUMENT_FILE,
     .help = "Write to TRACE; '-' is standard output, which may not be a terminal. Must be given"},
    MEMORY_OPTION_ROW,
};
#undef ROW

enum { LEVEL_DEFAULT = 0 };

static int import(struct trace_input *input, const char *path, const char *target)
{
	struct output output;
	struct trace_error err = {0};
	if (!output_open(&output, command_import.name, target, OUTPUT_TRACE))
		return EXIT_CODE_TROUBLE;
	enum wsc_status status = jsonl_import(input, output_sink(&output), LEVEL_DEFAULT, &err);
	if (status != WSC_OK) {
		output_abandon(&output);
		if (output.error == 0)
			return command_input_error(command_import.name, path, &err);
		return command_error(command_import.name, "cannot write %s: %s", output_name(target),
		                     strerror(output.error));
	}
	if (!output_commit(&output))
		return EXIT_CODE_TROUBLE;
	command_skipped(command_import.name, path, trace_input_summary(input));
	return EXIT_CODE_PASS;
}

static int run(const struct command *command, int argc, char **argv)
{
	struct values values = {0};
	struct trace_input *input;
	struct trace_error err = {0};
	int first, code;
	if (!command_options(command, argc, argv, &values, &first, &code))
		return code;
	const char *path = command_operand(command, "JSON Lines file", argc, argv, first);
	if (!path)
		return EXIT_CODE_TROUBLE;
	if (!output_is_for_trace(command->name, values.output) || output_is_input(command->name, values.output, path))
		return EXIT_CODE_TROUBLE;
	if (!memory_bound(command->name, values.max_memory))
		return EXIT_CODE_TROUBLE;
	if (trace_input_open(&input, path, &err) != WSC_OK)
		return command_input_error(command->name, path, &err);
	code = import(input, path, values.output);
	trace_input_free(input);
	return code;
}

const struct command command_import = {
    .name = "import",
    .summary = "make a trace of JSON Lines",
    .operands = "[OPTION]... -o TRACE JSONL",
    .about = "Reads a history as JSON Lines and writes it as a trace, with nothing lost but events of kinds that this "
             "version does not know; a message counts them. For JSONL, '-' is standard input.",
    .exits =
        (const struct exit_row[]){
            {"0", "The trace was written"},
            {"2", "Wrong usage, unreadable input, or the trace could not be written"},
            {NULL, NULL},
        },
    .examples =
        (const struct example_row[]){
            {"Change a trace by hand", "$ wscheck dump trace.zst > history.jsonl\n"
                                       "$ vi history.jsonl\n"
                                       "$ wscheck import history.jsonl -o changed.zst"},
            {NULL, NULL},
        },
    .form = ARGUMENT_FILE,
    .options = options,
    .option_count = sizeof(options) / sizeof(*options),
    .run = run,
};
