/* SPDX-License-Identifier: MIT */
#include "suggest.h"

#include <stdio.h>
#include <string.h>

enum { NAME_BYTES_MAX = 48, DISTANCE_MAX = 2 };

/* Levenshtein's distance, for a `b` of at most NAME_BYTES_MAX. */
static size_t distance(const char *a, const char *b)
{
	size_t row[NAME_BYTES_MAX + 1], length = strlen(b);
	for (size_t j = 0; j <= length; j++)
		row[j] = j;
	for (size_t i = 1; a[i - 1]; i++) {
		size_t diagonal = row[0];
		row[0] = i;
		for (size_t j = 1; j <= length; j++) {
			size_t best = diagonal + (a[i - 1] != b[j - 1]);
			diagonal = row[j];
			if (row[j] + 1 < best)
				best = row[j] + 1;
			if (row[j - 1] + 1 < best)
				best = row[j - 1] + 1;
			row[j] = best;
		}
	}
	return row[length];
}

void suggest_offer(struct suggest *suggest, const char *candidate)
{
	if (strlen(suggest->name) > NAME_BYTES_MAX || strlen(candidate) > NAME_BYTES_MAX)
		return;
	size_t d = distance(suggest->name, candidate), length = strlen(candidate), typed = strlen(suggest->name);
	if (d > DISTANCE_MAX || d > (length < typed ? length : typed) / 2 || (suggest->nearest && d >= suggest->least))
		return;
	suggest->least = d;
	suggest->nearest = candidate;
}

const char *suggest_words(char buffer[SUGGEST_WORDS_MAX], const struct suggest *suggest)
{
	buffer[0] = '\0';
	if (suggest->nearest)
		snprintf(buffer, SUGGEST_WORDS_MAX, ": did you mean '%s'?", suggest->nearest);
	return buffer;
}
