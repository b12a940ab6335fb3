/* SPDX-License-Identifier: MIT */
/* wscheck snapshot: a trace of what a process has recorded so far, from outside and without stopping it. */
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "command.h"
#include "leftovers.h"
#include "memory.h"
#include "output.h"
#include "trace_recover.h"
#include "units.h"

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

/* A process id, if nothing of that name is a file. */
static bool is_process(const char *operand, pid_t *process)
{
	char *end;
	errno = 0;
	const long value = strtol(operand, &end, 10);
	*process = (pid_t)value;
	return errno == 0 && end != operand && *end == '\0' && value > 0 && value == (long)*process &&
	       access(operand, F_OK) != 0;
}

static bool find(struct leftovers *found, const char *operand)
{
	pid_t process;
	if (!is_process(operand, &process)) {
		if (leftovers_find(found, operand))
			return true;
		command_error(command_snapshot.name, "cannot look for what records %s: %s", operand,
		              memory_strerror(errno));
		return false;
	}
	if (leftovers_of_process(found, process))
		return true;
	if (errno == ENOENT)
		command_error(command_snapshot.name, "there is no process %s", operand);
	else
		command_error(command_snapshot.name, "cannot look at process %s: %s", operand, memory_strerror(errno));
	return false;
}

/* The one recorder that is live. NULL, and a message: none, or several. */
static struct leftover *choose(const struct leftovers *found, const char *operand)
{
	struct leftover *live = NULL;
	char word[PAGE_PATH_WORD_MAX];
	size_t count = 0;
	for (size_t i = 0; i < found->count; i++) {
		if (found->list[i].is_live && count++ == 0)
			live = &found->list[i];
	}
	if (count == 1)
		return live;
	if (count > 1) {
		command_error(command_snapshot.name, "%s: %zu traces are being recorded; name one:", operand, count);
		for (size_t i = 0; i < found->count; i++) {
			if (found->list[i].is_live)
				fprintf(stderr, "  wscheck snapshot -o TRACE %s\n",
				        page_path_word(word, sizeof(word), found->list[i].temporary));
		}
	} else if (found->count > 0) {
		command_error(command_snapshot.name,
		              "%s: nothing records it any more; 'wscheck recover %s' takes what is left", operand,
		              page_path_word(word, sizeof(word), found->list[0].temporary));
	} else {
		command_error(command_snapshot.name, "%s: no recorder with rings in a file is at work there", operand);
	}
	return NULL;
}

static int save(struct leftover *live, const char *target)
{
	struct trace_recovered recovered;
	char written[UNITS_MAX], added[UNITS_MAX];
	if (!output_is_stdout(target) && output_is_same_place(target, live->final))
		return command_error(command_snapshot.name,
		                     "%s is where process %ld will put its trace: name another file with '-o TRACE'",
		                     target, (long)live->process);
	const int code = leftover_save(live, command_snapshot.name, target, &recovered);
	if (code == EXIT_CODE_PASS)
		command_error(command_snapshot.name,
		              "%s: %s events that were written, %s from the rings; process %ld records on",
		              output_name(target), units_count(written, recovered.written),
		              units_count(added, recovered.added), (long)live->process);
	return code;
}

static int run(const struct command *command, int argc, char **argv)
{
	struct values values = {0};
	struct leftovers found = {0};
	int first, code;
	if (!command_options(command, argc, argv, &values, &first, &code))
		return code;
	const char *operand = command_operand(command, "process id or trace", argc, argv, first);
	if (operand == NULL)
		return EXIT_CODE_TROUBLE;
	if (!output_is_for_trace(command->name, values.output) || !memory_bound(command->name, values.max_memory))
		return EXIT_CODE_TROUBLE;
	struct leftover *live = find(&found, operand) ? choose(&found, operand) : NULL;
	code = live != NULL ? save(live, values.output) : EXIT_CODE_TROUBLE;
	leftovers_free(&found);
	return code;
}

const struct command command_snapshot = {
    .name = "snapshot",
    .summary = "make a trace of what a process has recorded so far",
    .operands = "[OPTION]... -o TRACE PID|PATH",
    .about = "Reads the rings of a process that records, without stopping it, and joins them with the part of its "
             "trace that is written: for the scheduler that hangs in production. The trace ends at the moment at which "
             "the command began; its verdict is inconclusive at best, and the report says which tasks have waited "
             "longest and who is parked. PATH is the path that the process's trace is to have.",
    .exits =
        (const struct exit_row[]){
            {"0", "The trace was written"},
            {"2", "Nothing records there, or the trace could not be read or written"},
            {NULL, NULL},
        },
    .examples =
        (const struct example_row[]){
            {"Look at a server that hangs", "$ wscheck snapshot -o hang.zst \"$(pidof server)\"\n"
                                            "$ wscheck analyze hang.zst"},
            {NULL, NULL},
        },
    .form = ARGUMENT_FILE,
    .options = options,
    .option_count = sizeof(options) / sizeof(*options),
    .run = run,
};
