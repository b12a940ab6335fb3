/* SPDX-License-Identifier: MIT */
/* The fixed words that options and operands take, from the tables that give them their meaning. */
#ifndef CLI_WORDS_H
#define CLI_WORDS_H

#include "options.h"
#include "suggest.h"

words_list words_formats;  /* of reports, with what they are */
words_list words_kinds;    /* of reports */
words_list words_fail_on;  /* the kinds, `error` and `warning` */
words_list words_budgets;  /* figures that a budget may bound: latencies with the usual quantiles, kinds of report */
words_list words_shifts;   /* figures whose shift may be bounded */
words_list words_topics;   /* what `wscheck explain` explains */
words_list words_commands; /* with their summaries */

/* ": did you mean 'x'?" of the nearest word of a list, or `otherwise` if none is near. Fills `buffer` and returns it. */
const char *words_suggest(char buffer[SUGGEST_WORDS_MAX], words_list *words, const char *name, const char *otherwise);

#endif
