/* SPDX-License-Identifier: MIT */
/* A command of the program, and what all commands share. */
#ifndef CLI_COMMAND_H
#define CLI_COMMAND_H

#include <stddef.h>
#include <stdio.h>

#include "analysis.h"
#include "options.h"
#include "page.h"
#include "trace_error.h"
#include "trace_input.h"

enum exit_code {
	EXIT_CODE_PASS = 0,
	EXIT_CODE_FAIL = 1,
	EXIT_CODE_TROUBLE = 2, /* usage, unreadable input, a result that could not be written */
	EXIT_CODE_INCONCLUSIVE = 3,
};

/* Sentences begin with a capital letter and end without a full stop. */
struct exit_row {
	const char *code; /* "0", or "1, 2, 3" */
	const char *when;
};
struct example_row {
	const char *what;
	const char *lines; /* as a terminal shows them */
};

/*
 * What a command says about itself: --help shows it, and the manual pages and the completions are made of it when the
 * program is built (src/pages). Upper-case words of `operands` and of the options' arguments stand for what the user
 * gives, 'wscheck NAME' for a manual page.
 */
struct command {
	const char *name;
	const char *summary;                /* one line, for the list of commands */
	const char *operands;               /* "[OPTION]... TRACE"; an option in it must be given */
	const char *about;                  /* a paragraph */
	const struct exit_row *exits;       /* the last has no code */
	const struct example_row *examples; /* the last has no lines */
	enum argument_form form;            /* of operands */
	words_list *words;
	const struct option_row *options;
	size_t option_count;
	enum options_order order;
	int (*run)(const struct command *command, int argc, char **argv); /* argv[0] is the command's name */
};

extern const struct command command_analyze;
extern const struct command command_info;
extern const struct command command_dump;
extern const struct command command_import;
extern const struct command command_explain;
extern const struct command command_minimize;
extern const struct command command_export;
extern const struct command command_diff;
extern const struct command command_merge;
extern const struct command command_record;
extern const struct command command_recover;
extern const struct command command_snapshot;
extern const struct command command_help;

/* NULL-terminated, in the order in which help lists them. */
extern const struct command *const commands[];

const struct command *command_find(const char *name); /* or NULL */

/* "wscheck: unknown command 'x'", with a suggestion. Returns EXIT_CODE_TROUBLE. */
int command_unknown(const char *name);

void command_help_print(const struct command *command, FILE *out);
void commands_print(FILE *out);

/*
 * Parses a command's options, and answers --help. True: go on, with operands from argv[*first]. False: return *code.
 */
bool command_options(const struct command *command, int argc, char **argv, void *values, int *first, int *code);

/* The one operand that most commands take, or NULL (and a message): none, or several. */
const char *command_operand(const struct command *command, const char *what, int argc, char **argv, int first);

/* "wscheck NAME: message" and a newline on stderr, in one line and made harmless. Returns EXIT_CODE_TROUBLE. */
int command_error(const char *name, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* The path, as messages have it. */
const char *command_input_name(const char *path);

/* Why input could not be read, and which command helps where a run left it unfinished. Uses `buffer`. */
enum { COMMAND_WORDS_MAX = 2400 };
const char *command_input_words(char buffer[COMMAND_WORDS_MAX], const char *path, const struct trace_error *err);

/* The same on stderr, as command_error(). */
int command_input_error(const char *name, const char *path, const struct trace_error *err);

/* One line on stderr, if what was read is not a trace that was closed, but what its recorder has written so far. */
void command_unfinished(const char *name, const char *path);

/* What a copy lacks: one line on stderr for each kind of event that this version does not know, if there is any. */
void command_skipped(const char *name, const char *path, const struct trace_summary *summary);

/* What a command that judges ends with. */
int command_exit_code(enum analysis_verdict verdict, bool allow_incomplete);

/* How to write text to `out`: the terminal's width and colour, if it is one. */
struct page command_page(FILE *out);

#endif
