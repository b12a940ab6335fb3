/* SPDX-License-Identifier: MIT */
/*
 * Options as data: one table beside each command, from which getopt_long's tables, the --help text and the error
 * messages are made. A row says what the option takes and where in the command's own struct the value goes.
 */
#ifndef CLI_OPTIONS_H
#define CLI_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

enum option_type {
	OPTION_FLAG,     /* sets a bool */
	OPTION_STRING,   /* sets a const char * into argv */
	OPTION_LIST,     /* adds a const char * into argv to a struct option_list: the option may be repeated */
	OPTION_CHOICE,   /* sets an unsigned to the index of the word in `choices` */
	OPTION_COUNT,    /* sets a uint64_t */
	OPTION_DURATION, /* sets a uint64_t, nanoseconds: 5ms, 1.5us, 200 */
	OPTION_BYTES,    /* sets a uint64_t: 4096, 64K, 2G (powers of 1024) */
	OPTION_TASK,     /* sets a uint64_t, a handle: 100, 0x64; never 0 */
};

/* What an argument looks like, for those who complete it. */
enum argument_form {
	ARGUMENT_FREE,       /* whatever it is: neither of the others */
	ARGUMENT_FILE,       /* the path of a file */
	ARGUMENT_WORD,       /* one of fixed words */
	ARGUMENT_WORDS,      /* one or more of them, separated by commas */
	ARGUMENT_WORD_VALUE, /* WORD=VALUE */
	ARGUMENT_WORD_FILE,  /* [WORD=]FILE */
	ARGUMENT_PROGRAM,    /* a program, and then what that takes */
};

/* Fixed words by number, and what each means, or NULL for `means`. False: past the last. Text is static. */
struct word {
	const char *name, *means;
};
typedef bool words_list(size_t number, struct word *word);

struct option_row {
	char short_name; /* or 0 */
	const char *long_name;
	enum option_type type;
	const char *argument;       /* its name in --help, NULL for a flag */
	const char *const *choices; /* NULL-terminated, for OPTION_CHOICE */
	size_t offset;              /* of the value in the command's struct */
	const char *help;           /* ends without a full stop; the manual page goes on after it, see src/cli/man */
	enum argument_form form;
	words_list *words; /* for the forms with words, but not for OPTION_CHOICE */
	bool words_shown;  /* --help lists them */
};

enum { OPTIONS_MAX = 48, OPTION_LIST_MAX = 64 };

struct option_list {
	const char *items[OPTION_LIST_MAX];
	size_t count;
};

enum options_outcome { OPTIONS_OK, OPTIONS_HELP, OPTIONS_ERROR };

enum options_order {
	OPTIONS_ANYWHERE, /* operands and options may be mixed; getopt moves operands to the end */
	OPTIONS_FIRST,    /* the first operand ends the options: what follows is another program's */
};

/*
 * Reads the options of argv[1..] into `values`; *first is then the index of the first operand. -h and --help are always
 * there. ERROR: the message is on stderr.
 */
enum options_outcome options_parse(const char *command, const struct option_row *rows, size_t count,
                                   enum options_order order, int argc, char **argv, void *values, int *first);

/* The options, one or more lines each, as --help shows them. */
void options_print(const struct option_row *rows, size_t count, FILE *out);

#endif
