/* SPDX-License-Identifier: MIT */
/* wscheck recover: a trace of what a killed run left. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "command.h"
#include "leftovers.h"
#include "output.h"
#include "trace_recover.h"

struct values {
	const char *output;
	bool remove;
};

#define ROW(field) .offset = offsetof(struct values, field)
static const struct option_row options[] = {
    {'o', "output", OPTION_STRING, "TRACE", ROW(output), .form = ARGUMENT_FILE,
     .help = "Write to TRACE instead of PATH; '-' is standard output, which may not be a terminal"},
    {0, "remove", OPTION_FLAG, ROW(remove), .help = "Remove what the run left, once the trace is written"},
};
#undef ROW

static void remove_file(const char *path)
{
	if (path != NULL && unlink(path) != 0 && errno != ENOENT)
		command_error(command_recover.name, "cannot remove %s: %s", path, strerror(errno));
}

static void say_what(const struct leftover *leftover, const char *target, const struct trace_recovered *recovered,
                     bool removed)
{
	fprintf(stderr,
	        "wscheck recover: %s: %" PRIu64 " events from the unfinished trace, %" PRIu64 " from the rings%s\n",
	        output_name(target), recovered->written, recovered->added,
	        recovered->was_whole ? "; it was whole but for its name" : "");
	if (leftover->rings == NULL && !recovered->was_whole)
		fputs("wscheck recover: there are no rings, so the last moments of the run are missing\n", stderr);
	if (!removed)
		fprintf(stderr, "wscheck recover: what was left can go now: rm %s%s%s\n", leftover->temporary,
		        leftover->rings != NULL ? " " : "", leftover->rings != NULL ? leftover->rings : "");
}

static int recover(const struct leftover *leftover, const struct values *values)
{
	struct trace_recovered recovered;
	const char *target = values->output != NULL ? values->output : leftover->final;
	if (values->output == NULL && access(target, F_OK) == 0)
		return command_error(command_recover.name,
		                     "%s exists: name another file with '-o TRACE', or remove it first", target);
	if (output_is_stdout(target) && isatty(STDOUT_FILENO))
		return command_error(command_recover.name,
		                     "a trace is not for a terminal: name a file with '-o TRACE'");
	const int code = leftover_save(leftover, command_recover.name, target, &recovered);
	if (code != EXIT_CODE_PASS)
		return code;
	if (values->remove) {
		remove_file(leftover->temporary);
		remove_file(leftover->rings);
	}
	say_what(leftover, target, &recovered, values->remove);
	return code;
}

/* The one to recover: of those whose process is gone. NULL, and a message: none, or several. */
static const struct leftover *choose(const struct leftovers *found, const char *path)
{
	const struct leftover *dead = NULL, *live = NULL;
	size_t count = 0;
	for (size_t i = 0; i < found->count; i++) {
		if (found->list[i].is_live)
			live = &found->list[i];
		else if (count++ == 0)
			dead = &found->list[i];
	}
	if (count == 1)
		return dead;
	if (count > 1) {
		command_error(command_recover.name, "%s: %zu runs left a trace; name the one to recover:", path, count);
		for (size_t i = 0; i < found->count; i++) {
			if (!found->list[i].is_live)
				fprintf(stderr, "  wscheck recover %s\n", found->list[i].temporary);
		}
	} else if (live != NULL) {
		command_error(command_recover.name,
		              "%s: process %ld still records it; 'wscheck snapshot -o TRACE %ld' takes what there is",
		              path, (long)live->process, (long)live->process);
	} else if (access(path, F_OK) == 0) {
		command_error(command_recover.name,
		              "%s: no run left anything of it: it is whole, or was never recorded", path);
	} else {
		command_error(command_recover.name, "%s: no run left anything of it (PATH.*.wscheck-tmp beside it)",
		              path);
	}
	return NULL;
}

static int run(const struct command *command, int argc, char **argv)
{
	struct values values = {0};
	struct leftovers found;
	int first, code;
	if (!command_options(command, argc, argv, &values, &first, &code))
		return code;
	const char *path = command_operand(command, "trace", argc, argv, first);
	if (path == NULL)
		return EXIT_CODE_TROUBLE;
	const bool done = leftovers_find(&found, path);
	const struct leftover *leftover = done ? choose(&found, path) : NULL;
	if (!done)
		code = command_error(command->name, "out of memory");
	else
		code = leftover != NULL ? recover(leftover, &values) : EXIT_CODE_TROUBLE;
	leftovers_free(&found);
	return code;
}

const struct command command_recover = {
    .name = "recover",
    .summary = "make a trace of what a killed run left",
    .operands = "[OPTION]... PATH",
    .about = "Makes a trace of what a run that was killed left: joins the part that was written with what was still in "
             "the recorder's rings, so that nothing is missing whose recording call had returned. The trace ends "
             "there; its verdict is inconclusive at best. PATH is the path that it was to have, in which %p stands for "
             "any process id, or one of the files that were left.",
    .exits =
        (const struct exit_row[]){
            {"0", "The trace was written"},
            {"2", "There was nothing to recover, or it could not be read or written"},
            {NULL, NULL},
        },
    .examples =
        (const struct example_row[]){
            {"Recover and judge a run that was killed", "$ wscheck recover --remove trace.zst\n"
                                                        "$ wscheck analyze trace.zst"},
            {NULL, NULL},
        },
    .form = ARGUMENT_FILE,
    .options = options,
    .option_count = sizeof(options) / sizeof(*options),
    .run = run,
};
