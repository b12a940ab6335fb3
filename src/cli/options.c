/* SPDX-License-Identifier: MIT */
#include "options.h"

#include <getopt.h>
#include <stdint.h>
#include <string.h>

#include "command.h"
#include "quantity.h"
#include "suggest.h"

/* getopt answers LONG_BASE + row for a long option, so that a missing argument can name it; 'h' is --help. */
enum { LONG_BASE = 256, HELP_COLUMN = 28, HELP_WIDTH = 80, NAME_BYTES = 64 };

struct tables {
	char shorts[3 + 2 * (OPTIONS_MAX + 1) + 1];
	struct option longs[OPTIONS_MAX + 2];
};

static void tables_fill(struct tables *tables, const struct option_row *rows, size_t count, enum options_order order)
{
	char *s = tables->shorts;
	if (order == OPTIONS_FIRST)
		*s++ = '+';
	*s++ = ':'; /* a missing argument is told apart from an unknown option */
	*s++ = 'h';
	memset(tables->longs, 0, sizeof(tables->longs));
	for (size_t i = 0; i < count; i++) {
		bool takes = rows[i].type != OPTION_FLAG;
		tables->longs[i] = (struct option){.name = rows[i].long_name,
		                                   .has_arg = takes ? required_argument : no_argument,
		                                   .val = LONG_BASE + (int)i};
		if (!rows[i].short_name)
			continue;
		*s++ = rows[i].short_name;
		if (takes)
			*s++ = ':';
	}
	tables->longs[count] = (struct option){.name = "help", .has_arg = no_argument, .val = 'h'};
	*s = '\0';
}

static const struct option_row *row_of(int value, const struct option_row *rows, size_t count)
{
	if (value >= LONG_BASE && (size_t)(value - LONG_BASE) < count)
		return &rows[value - LONG_BASE];
	for (size_t i = 0; i < count; i++) {
		if (rows[i].short_name && rows[i].short_name == value)
			return &rows[i];
	}
	return NULL;
}

static enum options_outcome set_choice(const char *command, const struct option_row *row, const char *argument,
                                       void *place)
{
	char words[120] = "";
	struct suggest suggest = suggest_for(argument);
	for (unsigned i = 0; row->choices[i]; i++) {
		unsigned choice = i;
		if (strcmp(argument, row->choices[i]) == 0) {
			memcpy(place, &choice, sizeof(choice));
			return OPTIONS_OK;
		}
		suggest_offer(&suggest, row->choices[i]);
		size_t used = strlen(words);
		snprintf(words + used, sizeof(words) - used, "%s'%s'", i > 0 ? " or " : "", row->choices[i]);
	}
	char nearest[SUGGEST_WORDS_MAX];
	command_error(command, "'--%s' takes %s, not '%s'%s", row->long_name, words, argument,
	              suggest_words(nearest, &suggest));
	return OPTIONS_ERROR;
}

static enum options_outcome add_item(const char *command, const struct option_row *row, const char *argument,
                                     void *place)
{
	struct option_list *list = place;
	if (list->count == OPTION_LIST_MAX) {
		command_error(command, "'--%s' is given more than %d times", row->long_name, OPTION_LIST_MAX);
		return OPTIONS_ERROR;
	}
	list->items[list->count++] = argument;
	return OPTIONS_OK;
}

static enum options_outcome set(const char *command, const struct option_row *row, const char *argument, void *values)
{
	char *place = (char *)values + row->offset;
	uint64_t number = 0;
	bool yes = true;
	switch (row->type) {
	case OPTION_FLAG:
		memcpy(place, &yes, sizeof(yes));
		return OPTIONS_OK;
	case OPTION_STRING:
		memcpy(place, &argument, sizeof(argument));
		return OPTIONS_OK;
	case OPTION_LIST:
		return add_item(command, row, argument, place);
	case OPTION_CHOICE:
		return set_choice(command, row, argument, place);
	case OPTION_COUNT:
		if (!quantity_count(argument, &number)) {
			command_error(command, "'--%s' takes a whole number, not '%s'", row->long_name, argument);
			return OPTIONS_ERROR;
		}
		break;
	case OPTION_TASK:
		if (!quantity_task(argument, &number)) {
			command_error(command, "'--%s' takes a task, as 100 or 0x64, not '%s'", row->long_name,
			              argument);
			return OPTIONS_ERROR;
		}
		break;
	case OPTION_DURATION:
		if (!quantity_duration(argument, &number)) {
			command_error(command, "'--%s' takes a duration such as 200ns, 1.5us, 5ms or 1s, not '%s'",
			              row->long_name, argument);
			return OPTIONS_ERROR;
		}
		break;
	case OPTION_BYTES:
		if (!quantity_bytes(argument, &number)) {
			command_error(command, "'--%s' takes a size such as 65536, 64K or 2G, not '%s'", row->long_name,
			              argument);
			return OPTIONS_ERROR;
		}
		break;
	}
	memcpy(place, &number, sizeof(number));
	return OPTIONS_OK;
}

/* The nearest option to a long one that is not known: "--fromat=x". */
static const char *nearest_option(const char *typed, const struct option_row *rows, size_t count)
{
	char name[NAME_BYTES];
	snprintf(name, sizeof(name), "%.*s", (int)strcspn(typed, "="), typed);
	struct suggest suggest = suggest_for(name);
	for (size_t i = 0; i < count; i++)
		suggest_offer(&suggest, rows[i].long_name);
	suggest_offer(&suggest, "help");
	return suggest.nearest;
}

/* An option that is not known, or the beginning of several. */
static void complain_unknown(const char *command, const char *typed, const struct option_row *rows, size_t count)
{
	char several[NAME_BYTES * 4] = "";
	size_t used = 0, length = strlen(typed);
	const char *nearest = nearest_option(typed, rows, count);
	for (size_t i = 0; i < count && length > 0 && used < sizeof(several) - NAME_BYTES; i++) {
		if (strncmp(rows[i].long_name, typed, length) == 0)
			used += (size_t)snprintf(several + used, sizeof(several) - used, "%s'--%s'",
			                         used > 0 ? " or " : "", rows[i].long_name);
	}
	if (used > 0)
		command_error(command, "option '--%s' may be %s: say which", typed, several);
	else if (nearest)
		command_error(command, "unknown option '--%s': did you mean '--%s'?", typed, nearest);
	else
		command_error(command, "unknown option '--%s' (see 'wscheck %s --help')", typed, command);
}

static void complain(const char *command, int answer, const struct option_row *row, const char *typed,
                     const struct option_row *rows, size_t count)
{
	char dashed[3] = {'-', (char)optopt, '\0'};
	if (answer == ':' && row)
		command_error(command, "option '--%s' needs its argument %s (see 'wscheck %s --help')", row->long_name,
		              row->argument, command);
	else if (optopt >= LONG_BASE && row)
		command_error(command, "option '--%s' takes no argument (see 'wscheck %s --help')", row->long_name,
		              command);
	else if (optopt == 'h')
		command_error(command, "option '--help' takes no argument");
	else if (optopt != 0)
		command_error(command, "unknown option '%s' (see 'wscheck %s --help')", dashed, command);
	else
		complain_unknown(command, typed + strspn(typed, "-"), rows, count);
}

enum options_outcome options_parse(const char *command, const struct option_row *rows, size_t count,
                                   enum options_order order, int argc, char **argv, void *values, int *first)
{
	struct tables tables;
	tables_fill(&tables, rows, count, order);
	opterr = 0;
	optind = 0; /* start afresh: glibc's word for it */
	for (;;) {
		int answer = getopt_long(argc, argv, tables.shorts, tables.longs, NULL);
		if (answer == -1)
			break;
		if (answer == 'h')
			return OPTIONS_HELP;
		const struct option_row *row = row_of(answer == '?' || answer == ':' ? optopt : answer, rows, count);
		if (answer == '?' || answer == ':' || !row) {
			complain(command, answer, row, argv[optind - 1], rows, count);
			return OPTIONS_ERROR;
		}
		enum options_outcome outcome = set(command, row, optarg, values);
		if (outcome != OPTIONS_OK)
			return outcome;
	}
	*first = optind;
	return OPTIONS_OK;
}

static void print_row(char short_name, const char *long_name, const char *argument, const char *help, FILE *out)
{
	struct page page = {.out = out, .width = HELP_WIDTH};
	char left[80], dash[8] = "    ";
	if (short_name)
		snprintf(dash, sizeof(dash), "-%c, ", short_name);
	int length = snprintf(left, sizeof(left), "  %s--%s%s%s", dash, long_name, argument ? " " : "",
	                      argument ? argument : "");
	if (length + 2 > HELP_COLUMN)
		fprintf(out, "%s\n%*s", left, HELP_COLUMN, "");
	else
		fprintf(out, "%-*s", HELP_COLUMN, left);
	page_wrap(&page, HELP_COLUMN, HELP_COLUMN, help);
}

/* What the words of an option mean, below it. */
static void print_words(words_list *words, FILE *out)
{
	struct page page = {.out = out, .width = HELP_WIDTH};
	struct word word;
	unsigned longest = 0;
	for (size_t i = 0; words(i, &word); i++)
		longest = strlen(word.name) > longest ? (unsigned)strlen(word.name) : longest;
	for (size_t i = 0; words(i, &word); i++) {
		fprintf(out, "%*s%-*s", HELP_COLUMN + 2, "", (int)longest + 2, word.name);
		page_wrap(&page, HELP_COLUMN + longest + 4, HELP_COLUMN + longest + 4, word.means);
	}
}

void options_print(const struct option_row *rows, size_t count, FILE *out)
{
	for (size_t i = 0; i < count; i++) {
		print_row(rows[i].short_name, rows[i].long_name, rows[i].argument, rows[i].help, out);
		if (rows[i].words_shown)
			print_words(rows[i].words, out);
	}
	print_row('h', "help", NULL, "Show this help", out);
}
