/* SPDX-License-Identifier: MIT */
#include "suppress.h"

#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "array.h"

enum { ALL_KINDS = (1 << WSC_VIOLATION_KIND_COUNT) - 1 };

/* A file while it is read. */
struct source {
	struct suppressions *into;
	const char *path;
	unsigned line, today;
	char *wrong; /* of SUPPRESS_WRONG_MAX bytes */
};

static __attribute__((format(printf, 3, 4))) enum wsc_status complain(struct source *source, enum wsc_status status,
                                                                      const char *format, ...)
{
	va_list arguments;
	int used = source->line > 0
	               ? snprintf(source->wrong, SUPPRESS_WRONG_MAX, "%.300s:%u: ", source->path, source->line)
	               : snprintf(source->wrong, SUPPRESS_WRONG_MAX, "%.300s: ", source->path);
	va_start(arguments, format);
	vsnprintf(source->wrong + used, (size_t)(SUPPRESS_WRONG_MAX - used), format, arguments);
	va_end(arguments);
	return status;
}

/* The next line without its end, NUL-terminated. DONE, LIMIT, IO; INVALID: a NUL in it. */
static enum wsc_status read_line(FILE *in, char line[SUPPRESSION_LINE_MAX])
{
	size_t length = 0;
	int c;
	while ((c = getc(in)) != EOF && c != '\n') {
		if (c == '\0')
			return WSC_INVALID;
		if (length + 1 == SUPPRESSION_LINE_MAX)
			return WSC_LIMIT;
		line[length++] = (char)c;
	}
	if (ferror(in))
		return WSC_IO;
	if (c == EOF && length == 0)
		return WSC_DONE;
	while (length > 0 && line[length - 1] == '\r')
		length--;
	line[length] = '\0';
	return WSC_OK;
}

/*
 * Splits the next word off: *word, and *value behind its '=', without the quotes, or NULL. *at is then behind it. False:
 * there is none any more; with *value set to what is not closed, a quotation mark is missing.
 */
static bool next_word(char **at, char **word, char **value)
{
	char *from = *at + strspn(*at, " \t");
	*value = NULL;
	*word = from;
	if (*from == '\0' || *from == '#')
		return false;
	char *end = from + strcspn(from, " \t=");
	if (*end == '=') {
		*end++ = '\0';
		bool quoted = *end == '"';
		*value = end + quoted;
		for (end += quoted; *end && (quoted ? *end != '"' : !strchr(" \t", *end)); end++)
			end += quoted && *end == '\\' && end[1] != '\0';
		if (quoted && *end != '"')
			return false;
	}
	bool more = *end != '\0';
	*end = '\0';
	*at = end + more;
	return true;
}

/* The text with \" and \\ taken for what they stand for. NULL: no memory. */
static char *unquote(const char *text)
{
	char *copy = malloc(strlen(text) + 1), *to = copy;
	if (!copy)
		return NULL;
	for (; *text; text++) {
		if (text[0] == '\\' && (text[1] == '"' || text[1] == '\\'))
			text++;
		*to++ = *text;
	}
	*to = '\0';
	return copy;
}

static bool parse_date(const char *text, unsigned *date)
{
	static const unsigned days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
	unsigned parts[3] = {0};
	if (strlen(text) != 10 || text[4] != '-' || text[7] != '-')
		return false;
	for (unsigned i = 0, part = 0; i < 10; i++) {
		if (i == 4 || i == 7)
			part++;
		else if (text[i] < '0' || text[i] > '9')
			return false;
		else
			parts[part] = 10 * parts[part] + (unsigned)(text[i] - '0');
	}
	unsigned year = parts[0], month = parts[1], day = parts[2];
	bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
	if (year == 0 || month < 1 || month > 12 || day < 1 || day > days[month - 1] + (month == 2 && leap))
		return false;
	*date = year * 10000 + month * 100 + day;
	return true;
}

static enum wsc_status set_condition(struct source *source, struct suppression *row, enum condition_type type,
                                     const char *value)
{
	char wrong[CONDITION_WRONG_MAX];
	for (size_t i = 0; i < row->condition_count; i++) {
		if (row->conditions[i].type == type)
			return complain(source, WSC_INVALID, "'%s' is given twice: write two lines",
			                condition_type_name(type));
	}
	enum wsc_status status = condition_parse(&row->conditions[row->condition_count], type, value, wrong);
	if (status == WSC_OK)
		row->condition_count++;
	return status == WSC_INVALID ? complain(source, status, "%s", wrong) : status;
}

static enum wsc_status set_word(struct source *source, struct suppression *row, const char *word, const char *value)
{
	char clean[80];
	enum condition_type type;
	page_clean(clean, sizeof(clean), word);
	if (!value)
		return complain(source, WSC_INVALID, "'%s' is no condition: they are as task=100", clean);
	if (strcmp(word, "reason") == 0) {
		if (row->reason)
			return complain(source, WSC_INVALID, "'reason' is given twice");
		row->reason = unquote(value);
		return row->reason ? WSC_OK : WSC_NOMEM;
	}
	if (strcmp(word, "until") == 0) {
		if (parse_date(value, &row->until))
			return WSC_OK;
		return complain(source, WSC_INVALID, "'until' takes a day as 2027-01-31, not '%s'",
		                page_clean(clean, sizeof(clean), value));
	}
	if (!condition_type_find(word, &type))
		return complain(source, WSC_INVALID,
		                "no condition is called '%s'; there are task, worker, queue, label, cause, time",
		                clean);
	return set_condition(source, row, type, value);
}

/* What a line must have in the end. */
static enum wsc_status check_row(struct source *source, const struct suppression *row)
{
	if (!row->reason || row->reason[strspn(row->reason, " \t")] == '\0')
		return complain(source, WSC_INVALID, "say why these reports are accepted: reason=\"...\"");
	if (row->kinds == ALL_KINDS && row->condition_count == 0)
		return complain(source, WSC_INVALID,
		                "this would suppress everything: name a kind of report or a condition");
	return WSC_OK;
}

static enum wsc_status parse_row(struct source *source, struct suppression *row, char *line)
{
	char wrong[CONDITION_WRONG_MAX];
	char *word, *value;
	enum wsc_status status = WSC_OK;
	next_word(&line, &word, &value); /* there is one */
	if (value)
		return complain(source, WSC_INVALID, "a line begins with a kind of report, or with *");
	if (strcmp(word, "*") == 0)
		row->kinds = ALL_KINDS;
	else if (!condition_kinds(word, &row->kinds, wrong))
		return complain(source, WSC_INVALID, "%s", wrong);
	while (status == WSC_OK && next_word(&line, &word, &value))
		status = set_word(source, row, word, value);
	if (status == WSC_OK && value)
		return complain(source, WSC_INVALID, "a quotation mark is missing at the end of the value of '%s'",
		                word);
	row->expired = row->until != 0 && row->until < source->today;
	return status == WSC_OK ? check_row(source, row) : status;
}

static enum wsc_status add_line(struct source *source, char *line)
{
	struct suppressions *into = source->into;
	line += strspn(line, " \t");
	if (*line == '\0' || *line == '#')
		return WSC_OK;
	if (into->count == SUPPRESSIONS_MAX)
		return complain(source, WSC_LIMIT, "more than %d suppressions", SUPPRESSIONS_MAX);
	struct suppression *rows = array_room(into->rows, into->count, &into->capacity, sizeof(*rows));
	if (!rows)
		return WSC_NOMEM;
	into->rows = rows;
	struct suppression *row = &into->rows[into->count++];
	*row = (struct suppression){.file = source->path, .line = source->line};
	return parse_row(source, row, line);
}

static enum wsc_status read_lines(struct source *source, FILE *in)
{
	static const char mark[] = "\xef\xbb\xbf"; /* with which some editors begin a file */
	char *line = malloc(SUPPRESSION_LINE_MAX);
	enum wsc_status status = line ? WSC_OK : WSC_NOMEM;
	while (status == WSC_OK) {
		status = read_line(in, line);
		source->line += status != WSC_DONE && status != WSC_IO;
		if (status == WSC_OK)
			status = add_line(source, line + (source->line == 1 && strncmp(line, mark, 3) == 0 ? 3 : 0));
		else if (status == WSC_INVALID)
			complain(source, status, "the line has a NUL in it: is this a suppressions file?");
		else if (status == WSC_LIMIT)
			complain(source, status, "the line is longer than %d bytes", SUPPRESSION_LINE_MAX);
	}
	if (status == WSC_IO) {
		source->line = 0;
		complain(source, status, "%s", strerror(errno));
	}
	free(line);
	return status == WSC_DONE ? WSC_OK : status;
}

enum wsc_status suppressions_read(struct suppressions *suppressions, const char *path, unsigned today,
                                  char wrong[SUPPRESS_WRONG_MAX])
{
	struct source source = {.into = suppressions, .path = path, .today = today, .wrong = wrong};
	FILE *in = fopen(path, "re");
	if (!in)
		return complain(&source, WSC_IO, "%s", strerror(errno));
	enum wsc_status status = read_lines(&source, in);
	fclose(in);
	return status;
}

void suppressions_free(struct suppressions *suppressions)
{
	for (size_t i = 0; i < suppressions->count; i++) {
		for (size_t j = 0; j < suppressions->rows[i].condition_count; j++)
			condition_free(&suppressions->rows[i].conditions[j]);
		free(suppressions->rows[i].reason);
	}
	free(suppressions->rows);
	*suppressions = (struct suppressions){.rows = NULL};
}

static bool in_force(const struct suppression *row, unsigned kind)
{
	return !row->expired && (row->kinds >> kind & 1U) != 0;
}

struct suppression *suppressions_find(const struct suppressions *suppressions, const struct report *report,
                                      const struct violation *violation)
{
	for (size_t i = 0; i < suppressions->count; i++) {
		struct suppression *row = &suppressions->rows[i];
		size_t held = 0;
		if (!in_force(row, violation->kind))
			continue;
		while (held < row->condition_count && condition_matches(&row->conditions[held], report, violation))
			held++;
		if (held == row->condition_count)
			return row;
	}
	return NULL;
}

struct suppression *suppressions_find_kind(const struct suppressions *suppressions, unsigned kind)
{
	for (size_t i = 0; i < suppressions->count; i++) {
		if (in_force(&suppressions->rows[i], kind) && suppressions->rows[i].condition_count == 0)
			return &suppressions->rows[i];
	}
	return NULL;
}

const char *suppress_date(char buffer[SUPPRESS_DATE_MAX], unsigned date)
{
	snprintf(buffer, SUPPRESS_DATE_MAX, "%04u-%02u-%02u", date / 10000, date / 100 % 100, date % 100);
	return buffer;
}
