/* SPDX-License-Identifier: MIT */
#include "template.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool read_text(struct template *template)
{
	size_t size = 0;
	FILE *in = fopen(template->path, "r");
	if (!in)
		return false;
	ssize_t length = getdelim(&template->text, &size, '\0', in);
	fclose(in);
	return length > 0;
}

bool template_read(struct template *template, const char *path)
{
	*template = (struct template){.path = path};
	if (!read_text(template)) {
		fprintf(stderr, "pages: %s: %s\n", path, errno ? strerror(errno) : "empty");
		return false;
	}
	size_t room = 1;
	for (const char *at = template->text; *at; at++)
		room += *at == '\n';
	template->lines = calloc(room + 1, sizeof(*template->lines));
	char *rest = template->text;
	for (char *line; template->lines && (line = strsep(&rest, "\n")) && (rest || *line);)
		template->lines[template->count++] = line;
	return template->lines != NULL;
}

void template_free(struct template *template)
{
	free(template->lines);
	free(template->text);
}

const char *template_directive(const char *line, const char *word)
{
	size_t length = strlen(word);
	if (line[0] != '%' || strncmp(line + 1, word, length) != 0)
		return NULL;
	line += 1 + length;
	return *line == '\0' ? line : *line == ' ' ? line + strspn(line, " ") : NULL;
}

bool template_refuse(const struct template *template, size_t line)
{
	fprintf(stderr, "pages: %s:%zu: wrong here: '%s'\n", template->path, line + 1, template->lines[line]);
	return false;
}
