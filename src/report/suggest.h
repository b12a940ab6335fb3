/* SPDX-License-Identifier: MIT */
/*
 * "Did you mean ...?": the nearest of some names to one that was mistyped. Offer each name; then `nearest` is the one,
 * or NULL if none is near enough to be meant.
 */
#ifndef REPORT_SUGGEST_H
#define REPORT_SUGGEST_H

#include <stddef.h>

struct suggest {
	const char *name;    /* as it was typed */
	const char *nearest; /* the caller's */
	size_t least;
};

static inline struct suggest suggest_for(const char *name)
{
	return (struct suggest){.name = name};
}

void suggest_offer(struct suggest *suggest, const char *candidate);

/* ": did you mean 'x'?", or "". Fills `buffer` and returns it. */
enum { SUGGEST_WORDS_MAX = 100 };
const char *suggest_words(char buffer[SUGGEST_WORDS_MAX], const struct suggest *suggest);

#endif
