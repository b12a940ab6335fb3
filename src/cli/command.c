/* SPDX-License-Identifier: MIT */
#include "command.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "json_read.h"
#include "leftovers.h"
#include "memory.h"
#include "partial_file.h"
#include "words.h"

/* Before and behind an exit code in --help. */
enum { EXITS_GAP = 4 };

const struct command *const commands[] = {
    &command_analyze,  &command_explain,
    &command_info,     &command_dump,
    &command_import,   &command_export,
    &command_diff,     &command_merge,
    &command_minimize, &command_record,
    &command_recover,  &command_snapshot,
    &command_help,     NULL,
};

const struct command *command_find(const char *name)
{
	for (size_t i = 0; commands[i]; i++) {
		if (strcmp(commands[i]->name, name) == 0)
			return commands[i];
	}
	return NULL;
}

int command_unknown(const char *name)
{
	char nearest[SUGGEST_WORDS_MAX];
	return command_error(NULL, "unknown command '%s'%s", name,
	                     words_suggest(nearest, words_commands, name, " (see 'wscheck help')"));
}

void commands_print(FILE *out)
{
	fputs("usage: wscheck COMMAND [OPTION]... [FILE]\n"
	      "       wscheck --help | --version\n\n"
	      "Finds the bugs of work-stealing schedulers in traces of their runs.\n\n"
	      "commands:\n",
	      out);
	for (size_t i = 0; commands[i]; i++)
		fprintf(out, "  %-10s %s\n", commands[i]->name, commands[i]->summary);
	fputs("\nexit codes: 0 pass, 1 fail, 2 usage or unreadable input, 3 inconclusive\n"
	      "'wscheck help COMMAND' tells more.\n",
	      out);
}

static void print_exits(const struct page *page, const struct exit_row *exits)
{
	unsigned column = 0;
	for (const struct exit_row *row = exits; row->code; row++) {
		if (strlen(row->code) + EXITS_GAP > column)
			column = (unsigned)strlen(row->code) + EXITS_GAP;
	}
	fputs("\nexit codes:\n", page->out);
	for (const struct exit_row *row = exits; row->code; row++) {
		fprintf(page->out, "  %-*s", (int)column - 2, row->code);
		page_wrap(page, column, column, row->when);
	}
}

static void print_examples(const struct example_row *examples, FILE *out)
{
	fputs("\nexamples:\n", out);
	for (const struct example_row *row = examples; row->lines; row++) {
		fprintf(out, "  %s:\n", row->what);
		for (const char *line = row->lines, *end; *line; line = *end ? end + 1 : end) {
			end = strchrnul(line, '\n');
			fprintf(out, "    %.*s\n", (int)(end - line), line);
		}
	}
}

void command_help_print(const struct command *command, FILE *out)
{
	struct page page = {.out = out, .width = PAGE_WIDTH_DEFAULT};
	fprintf(out, "usage: wscheck %s %s\n\n", command->name, command->operands);
	page_wrap(&page, 0, 0, command->about);
	fputs("\noptions:\n", out);
	options_print(command->options, command->option_count, out);
	print_exits(&page, command->exits);
	print_examples(command->examples, out);
	if (command != &command_help)
		fprintf(out, "\n'man wscheck-%s' tells more.\n", command->name);
}

bool command_options(const struct command *command, int argc, char **argv, void *values, int *first, int *code)
{
	switch (options_parse(command->name, command->options, command->option_count, command->order, argc, argv,
	                      values, first)) {
	case OPTIONS_OK:
		return true;
	case OPTIONS_HELP:
		command_help_print(command, stdout);
		*code = fflush(stdout) == 0 ? EXIT_CODE_PASS
		                            : command_error(command->name, "cannot write to standard output");
		return false;
	default:
		*code = EXIT_CODE_TROUBLE;
		return false;
	}
}

const char *command_operand(const struct command *command, const char *what, int argc, char **argv, int first)
{
	if (first == argc) {
		command_error(command->name, "no %s is named (see 'wscheck %s --help')", what, command->name);
		return NULL;
	}
	if (argc - first > 1) {
		command_error(command->name, "one %s at a time, and '%s' is a second", what, argv[first + 1]);
		return NULL;
	}
	return argv[first];
}

int command_error(const char *name, const char *format, ...)
{
	char message[1200], clean[2400];
	va_list arguments;
	va_start(arguments, format);
	vsnprintf(message, sizeof(message), format, arguments);
	va_end(arguments);
	fflush(stdout); /* what was said before comes first */
	fprintf(stderr, "wscheck%s%s: %s\n", name ? " " : "", name ? name : "",
	        page_clean(clean, sizeof(clean), message));
	return EXIT_CODE_TROUBLE;
}

const char *command_input_name(const char *path)
{
	return strcmp(path, "-") == 0 ? "standard input" : path;
}

const char *command_input_words(char buffer[COMMAND_WORDS_MAX], const char *path, const struct trace_error *err)
{
	char advice[1100];
	const bool helps = leftovers_advise(advice, sizeof(advice), path);
	if (err->status == WSC_FORMAT && json_read_is_report(path))
		snprintf(buffer, COMMAND_WORDS_MAX, "this is a report, and no trace: 'wscheck merge' joins reports");
	else if (partial_file_is(path))
		snprintf(buffer, COMMAND_WORDS_MAX,
		         "this is a partial result, and no trace: 'wscheck merge' joins the shards of one");
	else
		snprintf(buffer, COMMAND_WORDS_MAX, "%s%s%s", err->status == WSC_NOMEM ? memory_wrong() : err->message,
		         helps ? "; " : "", helps ? advice : "");
	return buffer;
}

int command_input_error(const char *name, const char *path, const struct trace_error *err)
{
	char words[COMMAND_WORDS_MAX];
	return command_error(name, "%s: %s", command_input_name(path), command_input_words(words, path, err));
}

void command_unfinished(const char *name, const char *path)
{
	char advice[1100];
	if (access(path, F_OK) == 0 && leftovers_advise(advice, sizeof(advice), path))
		command_error(name, "%s is unfinished, and lacks what was last recorded; %s", path, advice);
}

void command_skipped(const char *name, const char *path, const struct trace_summary *summary)
{
	for (size_t i = 0; i < summary->skipped_count; i++) {
		const struct trace_skipped *row = &summary->skipped[i];
		command_error(name, "%s: %llu event%s of a kind unknown here, `%s`, left out", command_input_name(path),
		              (unsigned long long)row->count, row->count == 1 ? "" : "s", row->name);
	}
}

int command_exit_code(enum analysis_verdict verdict, bool allow_incomplete)
{
	switch (verdict) {
	case ANALYSIS_PASS:
		return EXIT_CODE_PASS;
	case ANALYSIS_FAIL:
		return EXIT_CODE_FAIL;
	default:
		return allow_incomplete ? EXIT_CODE_PASS : EXIT_CODE_INCONCLUSIVE;
	}
}

struct page command_page(FILE *out)
{
	struct page page = {.out = out, .width = PAGE_WIDTH_DEFAULT};
	const char *no_colour = getenv("NO_COLOR"), *term = getenv("TERM");
	struct winsize size;
	if (!isatty(fileno(out)))
		return page;
	page.colour = !(no_colour && no_colour[0]) && term && strcmp(term, "dumb") != 0;
	if (ioctl(fileno(out), TIOCGWINSZ, &size) == 0 && size.ws_col >= PAGE_WIDTH_MIN)
		page.width = size.ws_col;
	return page;
}
