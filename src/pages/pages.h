/* SPDX-License-Identifier: MIT */
/*
 * What is made of the commands' tables when the program is built: manual pages and completions. Each writes a template
 * to `out`, filled in. False: the reason is on stderr.
 */
#ifndef PAGES_PAGES_H
#define PAGES_PAGES_H

#include <stdio.h>

#include "template.h"

/*
 * The page of one command, or of the program itself (`name` NULL), in mdoc(7). Lines of the template that are no text:
 *
 *   %head             everything down to the first paragraph of the DESCRIPTION
 *   %options          the list of options; until %end follow
 *     %--NAME         what the page says of the option beyond the line that --help has
 *     %--NAME WORD    the same of one of its words
 *   %commands         the list of commands
 *   %reports SEVERITY the kinds of report: error, warning
 *   %figures UNIT     the figures of budgets: latency, or else ns, ratio, count
 *   %exits            EXIT STATUS
 *   %examples         EXAMPLES
 *   %see NAME...      SEE ALSO: the program, and these commands; without any, all
 */
bool manual_write(FILE *out, const struct template *template, const char *name);

/*
 * A shell's completion: "bash", with %options and %arguments, the branches of two case commands, or "zsh", with
 * %functions, one for each command, and %commands, the words of an array.
 */
bool completion_write(FILE *out, const struct template *template, const char *shell);

#endif
