/* SPDX-License-Identifier: MIT */
/* wscheck dump: a trace as JSON Lines. */
#include <stdint.h>
#include <stdio.h>

#include "command.h"
#include "jsonl_writer.h"
#include "memory.h"
#include "output.h"
#include "trace_input.h"

struct values {
	const char *output;
	uint64_t max_memory; /* bytes; 0: no bound */
};

#define ROW(field) .offset = offsetof(struct values, field)
static const struct option_row options[] = {
    {'o', "output", OPTION_STRING, "FILE", ROW(output), .form = ARGUMENT_FILE,
     .help = "Write to FILE instead of standard output"},
    MEMORY_OPTION_ROW,
};
#undef ROW

static int dump(struct trace_input *input, const char *path, const char *target)
{
	struct output output;
	struct trace_error err = {0};
	if (!output_open(&output, command_dump.name, target, OUTPUT_REPORT))
		return EXIT_CODE_TROUBLE;
	enum wsc_status status = jsonl_dump(input, output.stream, &err);
	if (status != WSC_OK) {
		bool unwritten = ferror(output.stream);
		output_abandon(&output);
		return command_input_error(command_dump.name, unwritten ? output_name(target) : path, &err);
	}
	if (!output_commit(&output))
		return EXIT_CODE_TROUBLE;
	command_skipped(command_dump.name, path, trace_input_summary(input));
	uint64_t damaged = trace_input_summary(input)->damaged_blocks;
	if (damaged == 0)
		return EXIT_CODE_PASS;
	command_error(command_dump.name, "%s: %llu block%s damaged or missing: `gap` lines stand for what is lost",
	              path, (unsigned long long)damaged, damaged == 1 ? " is" : "s are");
	return EXIT_CODE_INCONCLUSIVE;
}

static int run(const struct command *command, int argc, char **argv)
{
	struct values values = {0};
	struct trace_input *input;
	struct trace_error err = {0};
	int first, code;
	if (!command_options(command, argc, argv, &values, &first, &code))
		return code;
	const char *path = command_operand(command, "trace", argc, argv, first);
	if (!path || output_is_input(command->name, values.output, path))
		return EXIT_CODE_TROUBLE;
	if (!memory_bound(command->name, values.max_memory))
		return EXIT_CODE_TROUBLE;
	if (trace_input_open(&input, path, &err) != WSC_OK)
		return command_input_error(command->name, path, &err);
	code = dump(input, path, values.output);
	trace_input_free(input);
	return code;
}

const struct command command_dump = {
    .name = "dump",
    .summary = "write a trace as JSON Lines",
    .operands = "[OPTION]... TRACE",
    .about = "Writes TRACE as JSON Lines: the header, then one line for each event, merged by stamp, then how the "
             "trace ended. 'wscheck import' makes the same trace of it again. TRACE is a trace file or JSON Lines, "
             "told apart by content; '-' is standard input.",
    .exits =
        (const struct exit_row[]){
            {"0", "All was read and written"},
            {"2", "Wrong usage, unreadable input, or the result could not be written"},
            {"3", "The trace is damaged; what could be read was written"},
            {NULL, NULL},
        },
    .examples =
        (const struct example_row[]){
            {"The first events of a trace", "$ wscheck dump trace.zst | head"},
            {"The events of one task", "$ wscheck dump trace.zst | grep -w '\"task\":1099'"},
            {NULL, NULL},
        },
    .form = ARGUMENT_FILE,
    .options = options,
    .option_count = sizeof(options) / sizeof(*options),
    .run = run,
};
