/* SPDX-License-Identifier: MIT */
/* wscheck info: what is in a trace, without judging it. */
#include <stdint.h>

#include "command.h"
#include "feed.h"
#include "inventory.h"
#include "memory.h"
#include "output.h"

enum { FORMAT_TEXT, FORMAT_JSON };
static const char *const formats[] = {"text", "json", NULL};

struct values {
	unsigned format;
	uint64_t max_memory; /* bytes; 0: no bound */
};

#define ROW(field) .offset = offsetof(struct values, field)
static const struct option_row options[] = {
    {'f', "format", OPTION_CHOICE, "FORMAT", formats, ROW(format), .help = "Print text (the default) or json"},
    MEMORY_OPTION_ROW,
};
#undef ROW

static enum wsc_status take(void *context, const struct wsc_event *events, size_t count)
{
	inventory_feed(context, events, count);
	return WSC_OK;
}

static enum wsc_status restart(void *context)
{
	inventory_reset(context);
	return WSC_OK;
}

static int print(const struct inventory *inventory, const struct inventory_source *source, unsigned format)
{
	struct output output;
	enum wsc_status status = WSC_OK;
	if (!output_open(&output, command_info.name, NULL, OUTPUT_REPORT))
		return EXIT_CODE_TROUBLE;
	if (format == FORMAT_JSON) {
		status = inventory_json(inventory, source, output.stream);
	} else {
		struct page page = command_page(output.stream);
		inventory_text(inventory, source, &page);
	}
	if (status != WSC_OK)
		return memory_error(command_info.name, source->path);
	return output_commit(&output) ? EXIT_CODE_PASS : EXIT_CODE_TROUBLE;
}

static int info(struct trace_input *input, struct inventory *inventory, const char *path, unsigned format)
{
	struct feed feed = {.events = take, .restart = restart, .context = inventory};
	struct trace_error err = {0};
	if (feed_all(input, &feed, &err) != WSC_OK)
		return command_input_error(command_info.name, path, &err);
	struct inventory_source source = {
	    .path = path, .header = trace_input_header(input), .summary = trace_input_summary(input)};
	command_unfinished(command_info.name, path);
	return print(inventory, &source, format);
}

static int run(const struct command *command, int argc, char **argv)
{
	struct values values = {.format = FORMAT_TEXT};
	struct trace_input *input;
	struct trace_error err = {0};
	struct inventory inventory;
	int first, code;
	size_t count;
	if (!command_options(command, argc, argv, &values, &first, &code))
		return code;
	const char *path = command_operand(command, "trace", argc, argv, first);
	if (!path || !memory_bound(command->name, values.max_memory))
		return EXIT_CODE_TROUBLE;
	if (trace_input_open(&input, path, &err) != WSC_OK)
		return command_input_error(command->name, path, &err);
	const uint32_t *workers = trace_input_workers(input, &count);
	if (inventory_init(&inventory, workers, count) != WSC_OK)
		code = memory_error(command->name, path);
	else
		code = info(input, &inventory, path, values.format);
	inventory_free(&inventory);
	trace_input_free(input);
	return code;
}

const struct command command_info = {
    .name = "info",
    .summary = "show what is in a trace: header, counts, sizes, completeness",
    .operands = "[OPTION]... TRACE",
    .about = "Shows what TRACE says about itself, how many events of each kind and of each worker it holds, its size "
             "and time range, when it was recorded if it is anchored to the wall clock, and whether it is whole. "
             "Nothing is judged. TRACE is a trace file or JSON Lines, told apart by content; '-' is standard input.",
    .exits =
        (const struct exit_row[]){
            {"0", "The input is readable, though perhaps damaged: that is shown"},
            {"2", "Wrong usage, unreadable input, or the result could not be written"},
            {NULL, NULL},
        },
    .examples =
        (const struct example_row[]){
            {"See whether each recording call was reached", "$ wscheck info trace.zst"},
            {"The events of each kind, for a program", "$ wscheck info -f json trace.zst | jq .kinds"},
            {NULL, NULL},
        },
    .form = ARGUMENT_FILE,
    .options = options,
    .option_count = sizeof(options) / sizeof(*options),
    .run = run,
};
