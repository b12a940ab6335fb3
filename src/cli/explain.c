/* SPDX-License-Identifier: MIT */
/* wscheck explain: what a report, a verdict, its reason or a cause means. */
#include "explain.h"
#include "command.h"
#include "output.h"
#include "words.h"

static int explain(const struct command *command, const char *name)
{
	struct output output;
	if (!output_open(&output, command->name, NULL, OUTPUT_REPORT))
		return EXIT_CODE_TROUBLE;
	struct page page = command_page(output.stream);
	if (!name) {
		explain_list(&page);
	} else if (!explain_text(&page, name)) {
		char nearest[SUGGEST_WORDS_MAX];
		return command_error(command->name, "no report, verdict, reason or cause is called '%s'%s", name,
		                     words_suggest(nearest, words_topics, name, " ('wscheck explain' lists them)"));
	}
	return output_commit(&output) ? EXIT_CODE_PASS : EXIT_CODE_TROUBLE;
}

static int run(const struct command *command, int argc, char **argv)
{
	int first, code;
	if (!command_options(command, argc, argv, NULL, &first, &code))
		return code;
	if (first == argc)
		return explain(command, NULL);
	const char *name = command_operand(command, "kind of report", argc, argv, first);
	return name ? explain(command, name) : EXIT_CODE_TROUBLE;
}

const struct command command_explain = {
    .name = "explain",
    .summary = "tell what a report means, what causes it, what only looks like it",
    .operands = "[KIND]",
    .about = "Explains what 'wscheck analyze' reports: what it means, what a sound scheduler does, what usually causes "
             "it with the likeliest first, how to look further, and what is legal though it looks alike. KIND is a "
             "kind of report, a verdict (pass, fail or inconclusive), a reason for an inconclusive one, or a cause "
             "that a story names. Without KIND, all of them are listed.",
    .exits =
        (const struct exit_row[]){
            {"0", "The explanation was printed"},
            {"2", "Wrong usage, or nothing has that name"},
            {NULL, NULL},
        },
    .examples =
        (const struct example_row[]){
            {"A kind of report", "$ wscheck explain multiple_owners"},
            {"A verdict", "$ wscheck explain inconclusive"},
            {"A cause", "$ wscheck explain missing-fence"},
            {NULL, NULL},
        },
    .form = ARGUMENT_WORD,
    .words = words_topics,
    .run = run,
};
