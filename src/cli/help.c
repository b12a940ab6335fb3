/* SPDX-License-Identifier: MIT */
/* wscheck help: the list of commands, or the help of one. */
#include <errno.h>
#include <string.h>

#include "command.h"
#include "words.h"

static int run(const struct command *command, int argc, char **argv)
{
	int first, code;
	if (!command_options(command, argc, argv, NULL, &first, &code))
		return code;
	if (argc - first > 1)
		return command_error(command->name, "one command at a time, and '%s' is a second", argv[first + 1]);
	if (first == argc) {
		commands_print(stdout);
	} else {
		const struct command *other = command_find(argv[first]);
		if (!other)
			return command_unknown(argv[first]);
		command_help_print(other, stdout);
	}
	if (fflush(stdout) != 0 || ferror(stdout))
		return command_error(command->name, "cannot write to standard output: %s", strerror(errno));
	return EXIT_CODE_PASS;
}

const struct command command_help = {
    .name = "help",
    .summary = "show this list, or the help of one command",
    .operands = "[COMMAND]",
    .about = "Shows the list of commands, or what one of them does, its options, its exit codes and examples.",
    .exits =
        (const struct exit_row[]){
            {"0", "It was shown"},
            {"2", "There is no such command"},
            {NULL, NULL},
        },
    .examples =
        (const struct example_row[]){
            {"What analyze does", "$ wscheck help analyze"},
            {NULL, NULL},
        },
    .form = ARGUMENT_WORD,
    .words = words_commands,
    .run = run,
};
