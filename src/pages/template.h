/* SPDX-License-Identifier: MIT */
/* A file whose lines are copied, but for those that begin with '%': each names what is put in its place. */
#ifndef PAGES_TEMPLATE_H
#define PAGES_TEMPLATE_H

#include <stdbool.h>
#include <stddef.h>

struct template
{
	const char *path;
	char *text;
	char **lines; /* without their ends; NULL behind the last */
	size_t count;
};

/* False, with the reason on stderr. */
bool template_read(struct template *template, const char *path);
void template_free(struct template *template);

/* What follows `word` and blanks if `line` is '%' and this word, else NULL. */
const char *template_directive(const char *line, const char *word);

/* "path:line: wrong here: ..." on stderr. Returns false. */
bool template_refuse(const struct template *template, size_t line);

#endif
