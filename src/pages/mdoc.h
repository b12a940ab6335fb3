/* SPDX-License-Identifier: MIT */
/*
 * Plain sentences as mdoc(7), the language of manual pages: what --help shows as it is gets its markup by rules.
 *
 *   --name, -n             an option
 *   NAME                   an argument, if the command's operands or options have one of that name
 *   'wscheck NAME', 'NAME' the page of that command
 *   'other words', `same`  literal
 *   a word of the option's or the command's fixed words: literal
 */
#ifndef PAGES_MDOC_H
#define PAGES_MDOC_H

#include <stdio.h>

#include "command.h"

struct mdoc {
	FILE *out;
	const struct command *command; /* or NULL */
	const struct option_row *row;  /* whose help it is, or NULL */
	unsigned column;               /* in a line of text */
	bool parenthesis;              /* opened by a macro, which is to close it */
};

/* Sentences, on lines of their own. The first letter becomes a capital, and a full stop is added if there is none. */
void mdoc_text(struct mdoc *mdoc, const char *text);

/* Macros of what stands for arguments, for a line that has begun: "[FORMAT=]PATH" is "Oo Ar format Ns = Oc Ns Ar path". */
void mdoc_arguments(FILE *out, const char *arguments);

/* An example, line by line. */
void mdoc_literal(FILE *out, const char *lines);

#endif
