/* SPDX-License-Identifier: MIT */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "budget.h"
#include "mdoc.h"
#include "pages.h"
#include "wscheck/undecided.h"
#include "wscheck/violation.h"

struct manual {
	FILE *out;
	const struct template *template;
	size_t line; /* of the template, which is looked at */
	const struct command *command;
};

typedef bool directive(struct manual *manual, const char *rest);

static void say(const struct manual *manual, const struct option_row *row, const char *text)
{
	struct mdoc mdoc = {.out = manual->out, .command = manual->command, .row = row};
	mdoc_text(&mdoc, text);
}

/* Whether the command's usage has the option: it must be given. */
static bool is_operand(const struct command *command, const struct option_row *row)
{
	const char dashed[] = {'-', row->short_name, ' ', '\0'};
	return row->short_name && strstr(command->operands, dashed);
}

static int by_letter(const void *a, const void *b)
{
	return *(const char *)a - *(const char *)b;
}

static void put_synopsis_options(FILE *out, const struct command *command)
{
	char letters[OPTIONS_MAX + 2] = "h";
	size_t count = 1;
	for (size_t i = 0; i < command->option_count; i++) {
		if (command->options[i].type == OPTION_FLAG && command->options[i].short_name)
			letters[count++] = command->options[i].short_name;
	}
	qsort(letters, count, 1, by_letter);
	fprintf(out, ".Op Fl %s\n", letters);
	for (size_t i = 0; i < command->option_count; i++) {
		const struct option_row *row = &command->options[i];
		if ((row->type == OPTION_FLAG && row->short_name) || is_operand(command, row))
			continue;
		if (row->short_name)
			fprintf(out, ".Op Fl %c", row->short_name);
		else
			fprintf(out, ".Op Fl -%s", row->long_name);
		if (row->argument)
			mdoc_arguments(out, row->argument);
		fputc('\n', out);
	}
}

/* One operand of the usage line, "[ARGUMENT]...", or an option with its argument. */
static const char *put_operand(FILE *out, const char *at)
{
	size_t length = strcspn(at, " ");
	char word[80];
	snprintf(word, sizeof(word), "%.*s", (int)length, at);
	at += length + strspn(at + length, " ");
	if (word[0] == '-') {
		fprintf(out, ".Fl %s", word + 1);
		length = strcspn(at, " ");
		snprintf(word, sizeof(word), "%.*s", (int)length, at);
		at += length + strspn(at + length, " ");
		mdoc_arguments(out, word);
	} else if (strcmp(word, "[--]") == 0) {
		fputs(".Op Fl -", out);
	} else if (word[0] == '[') {
		char *close = strchr(word, ']');
		if (close)
			*close = '\0';
		fputs(".Op", out);
		mdoc_arguments(out, word + 1);
		if (close && close[1])
			fputs(" ...", out);
	} else {
		fputc('.', out);
		char line[120] = "", *more = strstr(word, "...");
		if (more)
			*more = '\0';
		FILE *stream = fmemopen(line, sizeof(line), "w");
		if (stream) {
			mdoc_arguments(stream, word);
			fclose(stream);
		}
		fprintf(out, "%s%s", line + 1, more ? " ..." : "");
	}
	fputc('\n', out);
	return at;
}

static void put_synopsis(FILE *out, const struct command *command)
{
	static const char options[] = "[OPTION]... ";
	fprintf(out, ".Sh SYNOPSIS\n.Nm wscheck %s\n", command->name);
	put_synopsis_options(out, command);
	const char *at = command->operands;
	if (strncmp(at, options, strlen(options)) == 0)
		at += strlen(options);
	while (*at)
		at = put_operand(out, at);
}

static bool put_head(struct manual *manual, const char *rest)
{
	const struct command *command = manual->command;
	(void)rest;
	if (!command)
		return false;
	fputs(".Dt WSCHECK-", manual->out);
	for (const char *at = command->name; *at; at++)
		fputc(toupper((unsigned char)*at), manual->out);
	fprintf(manual->out, " 1\n.Os\n.Sh NAME\n.Nm wscheck-%s\n.Nd %s\n", command->name, command->summary);
	put_synopsis(manual->out, command);
	fputs(".Sh DESCRIPTION\n", manual->out);
	say(manual, NULL, command->about);
	return true;
}

/* --- The options: the lines of the table, and what the template adds to each. --- */

struct block {
	size_t begin, end; /* lines of the template */
};

/* Copies what the block says of a key, "--format" or "--format json". */
static void put_addition(const struct manual *manual, const struct block *block, const char *key)
{
	char *const *lines = manual->template->lines;
	size_t i = block->begin;
	while (i < block->end && (lines[i][0] != '%' || strcmp(lines[i] + 1, key) != 0))
		i++;
	for (i++; i < block->end && lines[i][0] != '%'; i++)
		fprintf(manual->out, "%s\n", lines[i]);
}

static void put_option(const struct manual *manual, const struct block *block, const struct option_row *row)
{
	char key[120];
	struct word word;
	fputs(".It", manual->out);
	if (row->short_name)
		fprintf(manual->out, " Fl %c ,", row->short_name);
	fprintf(manual->out, " Fl -%s", row->long_name);
	if (row->argument)
		mdoc_arguments(manual->out, row->argument);
	fputc('\n', manual->out);
	say(manual, row, row->help);
	snprintf(key, sizeof(key), "--%s", row->long_name);
	put_addition(manual, block, key);
	if (!row->words_shown)
		return;
	fputs(".Bl -tag -width Ds\n", manual->out);
	for (size_t i = 0; row->words(i, &word); i++) {
		fprintf(manual->out, ".It Cm %s\n", word.name);
		say(manual, NULL, word.means);
		snprintf(key, sizeof(key), "--%s %s", row->long_name, word.name);
		put_addition(manual, block, key);
	}
	fputs(".El\n", manual->out);
}

/* Whether a key of a block, "--format json", is about an option that there is, and one of its words. */
static bool is_key(const struct command *command, const char *key)
{
	char whole[120];
	struct word word;
	for (size_t i = 0; i < command->option_count; i++) {
		const struct option_row *row = &command->options[i];
		snprintf(whole, sizeof(whole), "--%s", row->long_name);
		if (strcmp(whole, key) == 0)
			return true;
		for (size_t k = 0; row->words_shown && row->words(k, &word); k++) {
			snprintf(whole, sizeof(whole), "--%s %s", row->long_name, word.name);
			if (strcmp(whole, key) == 0)
				return true;
		}
	}
	return false;
}

/* The lines down to %end. On failure manual->line is the one that is wrong. */
static bool find_block(struct manual *manual, struct block *block)
{
	const struct template *template = manual->template;
	*block = (struct block){.begin = manual->line + 1, .end = manual->line + 1};
	for (; block->end < template->count; block->end++) {
		const char *line = template->lines[block->end];
		if (strcmp(line, "%end") == 0)
			return true;
		if (line[0] == '%' && !is_key(manual->command, line + 1)) {
			manual->line = block->end;
			return false;
		}
	}
	return false;
}

static bool put_options(struct manual *manual, const char *rest)
{
	struct block block;
	(void)rest;
	if (!manual->command || !find_block(manual, &block))
		return false;
	fputs(".Bl -tag -width Ds\n", manual->out);
	for (size_t i = 0; i < manual->command->option_count; i++)
		put_option(manual, &block, &manual->command->options[i]);
	fputs(".It Fl h , Fl -help\nShow a summary of the options.\n.El\n", manual->out);
	manual->line = block.end;
	return true;
}

/* --- Lists from other tables. --- */

static bool put_commands(struct manual *manual, const char *rest)
{
	(void)rest;
	fputs(".Bl -tag -width snapshot\n", manual->out);
	for (size_t i = 0; commands[i]; i++) {
		fprintf(manual->out, ".It Cm %s\n", commands[i]->name);
		say(manual, NULL, commands[i]->summary);
		if (commands[i] != &command_help)
			fprintf(manual->out, "See\n.Xr wscheck-%s 1 .\n", commands[i]->name);
	}
	fputs(".El\n", manual->out);
	return true;
}

/* A row of a table that is listed in parts. */
struct entry {
	const char *part, *name, *help;
};

/* The entries of one part. False: there are none. */
static bool put_part(const struct manual *manual, const char *list, const char *macro, const struct entry *entries,
                     size_t count, const char *part)
{
	bool some = false;
	fprintf(manual->out, ".Bl -tag -width %s\n", list);
	for (size_t i = 0; i < count; i++) {
		if (strcasecmp(entries[i].part, part) != 0)
			continue;
		fprintf(manual->out, ".It %s %s\n", macro, entries[i].name);
		say(manual, NULL, entries[i].help);
		some = true;
	}
	fputs(".El\n", manual->out);
	return some;
}

static bool put_reports(struct manual *manual, const char *rest)
{
#define ROW(NAME, name, severity, help) {#severity, name, help},
	static const struct entry entries[] = {WSC_VIOLATION_KINDS(ROW)};
#undef ROW
	return put_part(manual, "unfinished_execution", "Sy", entries, sizeof(entries) / sizeof(*entries), rest);
}

static bool put_undecided(struct manual *manual, const char *rest)
{
#define ROW(NAME, name, clause) {"", name, clause},
	static const struct entry entries[] = {WSC_UNDECIDED_REASONS(ROW)};
#undef ROW
	return put_part(manual, "late_worker", "Cm", entries, sizeof(entries) / sizeof(*entries), rest);
}

static bool put_figures(struct manual *manual, const char *rest)
{
#define LATENCY(NAME, name, unit, help) {"latency", name, help},
#define FIGURE(NAME, name, unit, help)  {#unit, name, help},
	static const struct entry entries[] = {BUDGET_LATENCIES(LATENCY) BUDGET_FIGURES(FIGURE)};
#undef LATENCY
#undef FIGURE
	return put_part(manual, "failed_steal_latency -compact", "Cm", entries, sizeof(entries) / sizeof(*entries),
	                rest);
}

static bool put_exits(struct manual *manual, const char *rest)
{
	(void)rest;
	if (!manual->command)
		return false;
	fputs(".Sh EXIT STATUS\n.Bl -tag -width Ds\n", manual->out);
	for (const struct exit_row *row = manual->command->exits; row->code; row++) {
		fputs(".It ", manual->out);
		for (const char *at = row->code; *at; at++)
			fputs(*at == ',' ? " ," : (const char[]){*at, '\0'}, manual->out);
		fputc('\n', manual->out);
		say(manual, NULL, row->when);
	}
	fputs(".El\n", manual->out);
	return true;
}

static bool put_examples(struct manual *manual, const char *rest)
{
	(void)rest;
	if (!manual->command)
		return false;
	fputs(".Sh EXAMPLES\n", manual->out);
	for (const struct example_row *row = manual->command->examples; row->lines; row++) {
		char what[200];
		snprintf(what, sizeof(what), "%s:", row->what);
		if (row != manual->command->examples)
			fputs(".Pp\n", manual->out);
		struct mdoc mdoc = {.out = manual->out, .command = manual->command};
		mdoc_text(&mdoc, what);
		mdoc_literal(manual->out, row->lines);
	}
	return true;
}

static bool names(const char *list, const char *name)
{
	size_t length = strlen(name);
	for (; *list; list += strspn(list, " ")) {
		size_t word = strcspn(list, " ");
		if (word == length && memcmp(list, name, length) == 0)
			return true;
		list += word;
	}
	return false;
}

static int by_name(const void *a, const void *b)
{
	return strcmp((*(const struct command *const *)a)->name, (*(const struct command *const *)b)->name);
}

static bool put_see(struct manual *manual, const char *rest)
{
	const struct command *seen[64];
	size_t count = 0;
	for (size_t i = 0; commands[i]; i++) {
		if (*rest ? names(rest, commands[i]->name) : commands[i] != &command_help)
			seen[count++] = commands[i];
	}
	qsort(seen, count, sizeof(*seen), by_name);
	fputs(".Sh SEE ALSO\n", manual->out);
	if (manual->command)
		fputs(count > 0 ? ".Xr wscheck 1 ,\n" : ".Xr wscheck 1\n", manual->out);
	for (size_t i = 0; i < count; i++)
		fprintf(manual->out, ".Xr wscheck-%s 1%s\n", seen[i]->name, i + 1 < count ? " ," : "");
	return true;
}

static bool put_directive(struct manual *manual, const char *line)
{
	static const struct {
		const char *name;
		directive *put;
	} directives[] = {
	    {"head", put_head},       {"options", put_options},     {"commands", put_commands},
	    {"reports", put_reports}, {"undecided", put_undecided}, {"figures", put_figures},
	    {"exits", put_exits},     {"examples", put_examples},   {"see", put_see},
	};
	for (size_t i = 0; i < sizeof(directives) / sizeof(*directives); i++) {
		const char *rest = template_directive(line, directives[i].name);
		if (rest)
			return directives[i].put(manual, rest);
	}
	return false;
}

bool manual_write(FILE *out, const struct template *template, const char *name)
{
	struct manual manual = {.out = out, .template = template, .command = name ? command_find(name) : NULL};
	if (name && !manual.command) {
		fprintf(stderr, "pages: there is no command '%s'\n", name);
		return false;
	}
	for (; manual.line < template->count; manual.line++) {
		const char *line = template->lines[manual.line];
		if (line[0] != '%')
			fprintf(out, "%s\n", line);
		else if (!put_directive(&manual, line))
			return template_refuse(template, manual.line);
	}
	return true;
}
