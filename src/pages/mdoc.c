/* SPDX-License-Identifier: MIT */
#include "mdoc.h"

#include <ctype.h>
#include <string.h>

enum { LINE_COLUMNS = 78, WORD_MAX = 128 };

static bool is_argument_letter(char c)
{
	return isupper((unsigned char)c) || isdigit((unsigned char)c) || c == '_' || c == '/';
}

void mdoc_arguments(FILE *out, const char *arguments)
{
	bool glue = false;
	for (const char *at = arguments; *at;) {
		if (is_argument_letter(*at)) {
			fputs(glue ? " Ns Ar " : " Ar ", out);
			for (; is_argument_letter(*at); at++)
				fputc(tolower((unsigned char)*at), out);
			glue = true;
			continue;
		}
		switch (*at++) {
		case '[':
			fputs(glue ? " Ns Oo" : " Oo", out);
			glue = false;
			break;
		case ']':
			fputs(" Oc", out);
			glue = true;
			break;
		case '|':
			fputs(" |", out);
			glue = false;
			break;
		default:
			fprintf(out, "%s %c", glue ? " Ns" : "", at[-1]);
			glue = true;
			break;
		}
	}
}

/* Characters as they are: what roff would read as an escape or a request is kept from it. */
static void put_escaped(FILE *out, const char *text, size_t length, bool line_begins)
{
	if (line_begins && (*text == '.' || *text == '\''))
		fputs("\\&", out);
	for (size_t i = 0; i < length; i++)
		fputs(text[i] == '\\' ? "\\e" : (const char[]){text[i], '\0'}, out);
}

void mdoc_literal(FILE *out, const char *lines)
{
	fputs(".Bd -literal -offset indent\n", out);
	for (const char *end; *lines; lines = *end ? end + 1 : end) {
		end = strchrnul(lines, '\n');
		put_escaped(out, lines, (size_t)(end - lines), true);
		fputc('\n', out);
	}
	fputs(".Ed\n", out);
}

static void end_line(struct mdoc *mdoc)
{
	if (mdoc->column > 0)
		fputc('\n', mdoc->out);
	mdoc->column = 0;
}

static void put_plain(struct mdoc *mdoc, const char *word, size_t length)
{
	if (mdoc->column > 0 && mdoc->column + 1 + length > LINE_COLUMNS)
		end_line(mdoc);
	if (mdoc->column > 0)
		fputc(' ', mdoc->out);
	put_escaped(mdoc->out, word, length, mdoc->column == 0);
	mdoc->column += (unsigned)length + (mdoc->column > 0);
}

/* Whether one of the arguments that `spelled` stands for is `name`. */
static bool mentions(const char *spelled, const char *name, size_t length)
{
	while (spelled && *spelled) {
		size_t word = strspn(spelled, "ABCDEFGHIJKLMNOPQRSTUVWXYZ_");
		if (word == length && memcmp(spelled, name, length) == 0)
			return true;
		spelled += word > 0 ? word : 1;
	}
	return false;
}

static bool is_argument(const struct command *command, const char *name, size_t length)
{
	if (mentions(command->operands, name, length))
		return true;
	for (size_t i = 0; i < command->option_count; i++) {
		if (mentions(command->options[i].argument, name, length))
			return true;
	}
	return false;
}

/* "TRACE", "FORMAT=": nothing but arguments of the command, and what joins them. */
static bool all_arguments(const struct command *command, const char *word)
{
	bool some = false;
	for (size_t length; *word; word += length > 0 ? length : 1) {
		length = strspn(word, "ABCDEFGHIJKLMNOPQRSTUVWXYZ_");
		if (length > 0 ? !is_argument(command, word, length) : !strchr("=|/", *word))
			return false;
		some = some || length > 0;
	}
	return some;
}

static bool in_list(words_list *list, const char *name)
{
	struct word word;
	for (size_t i = 0; list && list(i, &word); i++) {
		if (strcmp(word.name, name) == 0)
			return true;
	}
	return false;
}

static bool is_fixed_word(const struct mdoc *mdoc, const char *word)
{
	for (size_t i = 0; mdoc->row && mdoc->row->choices && mdoc->row->choices[i]; i++) {
		if (strcmp(mdoc->row->choices[i], word) == 0)
			return true;
	}
	return in_list(mdoc->row ? mdoc->row->words : mdoc->command ? mdoc->command->words : NULL, word);
}

static bool is_option(const char *word)
{
	return word[0] == '-' &&
	       (word[1] == '-' ? islower((unsigned char)word[2]) : isalpha((unsigned char)word[1]) && word[2] == '\0');
}

/* A word, or what stands between quotes, and what is around it. */
struct piece {
	char core[WORD_MAX];
	const char *after; /* punctuation behind it */
	size_t after_length;
	bool opens; /* a parenthesis before it */
	bool quoted;
	bool possessive;
};

/* Reads the piece that `text` begins with; returns what follows it. */
static const char *next_piece(const char *text, struct piece *piece)
{
	static const char punctuation[] = ".,;:?!)";
	*piece = (struct piece){.opens = *text == '('};
	const char *begin = text + piece->opens, *end, *close = NULL;
	if (*begin == '\'' || *begin == '`')
		close = strchr(begin + 1, *begin);
	if (close && (close[1] == '\0' || close[1] == ' ' || strchr(punctuation, close[1]))) {
		piece->quoted = true;
		snprintf(piece->core, sizeof(piece->core), "%.*s", (int)(close - begin - 1), begin + 1);
		piece->after = close + 1;
		end = close + 1 + strcspn(close + 1, " ");
	} else {
		end = begin + strcspn(begin, " ");
		piece->after = end;
		while (piece->after > begin && strchr(punctuation, piece->after[-1]))
			piece->after--;
		size_t length = (size_t)(piece->after - begin);
		piece->possessive = length > 2 && memcmp(piece->after - 2, "'s", 2) == 0;
		snprintf(piece->core, sizeof(piece->core), "%.*s", (int)(length - 2 * piece->possessive), begin);
	}
	piece->after_length = (size_t)(end - piece->after);
	return end;
}

/* The macro of a piece, if it has one, into `macro`. */
static bool find_macro(const struct mdoc *mdoc, const struct piece *piece, FILE *macro)
{
	const char *core = piece->core;
	if (piece->quoted) {
		const char *name = strncmp(core, "wscheck ", 8) == 0 ? core + 8 : core;
		if (command_find(name))
			fprintf(macro, " Xr wscheck-%s 1", name);
		else if (strcmp(core, "-") == 0)
			fputs(" Sq -", macro);
		else {
			fputs(" Ql ", macro);
			put_escaped(macro, core, strlen(core), false);
		}
		return true;
	}
	if (is_option(core))
		fprintf(macro, " Fl %s", core + 1);
	else if (mdoc->command && all_arguments(mdoc->command, core))
		mdoc_arguments(macro, core);
	else if (is_fixed_word(mdoc, core))
		fprintf(macro, " Cm %s", core);
	else
		return false;
	if (piece->possessive)
		fputs(" Ns 's", macro);
	return true;
}

/* A macro's line, with parentheses and punctuation where mdoc wants them. */
static void put_macro(struct mdoc *mdoc, const struct piece *piece, const char *macro)
{
	const char *after = piece->after, *end = after + piece->after_length;
	bool closes = after < end && *after == ')';
	end_line(mdoc);
	if (piece->opens && !closes)
		fputs(".Po\n", mdoc->out);
	fprintf(mdoc->out, ".%s%s", piece->opens && closes ? "Pq " : "", macro + 1);
	if (piece->opens)
		mdoc->parenthesis = !closes;
	if (closes && (piece->opens || mdoc->parenthesis)) {
		if (!piece->opens)
			fputs("\n.Pc", mdoc->out);
		mdoc->parenthesis = false;
		after++;
	}
	for (; after < end; after++)
		fprintf(mdoc->out, " %c", *after);
	fputc('\n', mdoc->out);
}

static void put_piece(struct mdoc *mdoc, const char *text, const char *end, const struct piece *piece)
{
	char macro[2 * WORD_MAX] = "";
	FILE *stream = fmemopen(macro, sizeof(macro), "w");
	bool is_macro = stream && find_macro(mdoc, piece, stream);
	if (stream)
		fclose(stream);
	if (is_macro) {
		put_macro(mdoc, piece, macro);
		return;
	}
	const char *close = memchr(piece->after, ')', piece->after_length);
	if (mdoc->parenthesis && close) {
		put_plain(mdoc, text, (size_t)(close - text));
		end_line(mdoc);
		fputs(".Pc", mdoc->out);
		for (const char *after = close + 1; after < end; after++)
			fprintf(mdoc->out, " %c", *after);
		fputc('\n', mdoc->out);
		mdoc->parenthesis = false;
		return;
	}
	put_plain(mdoc, text, (size_t)(end - text));
	if (end[-1] == '.' || end[-1] == '?')
		end_line(mdoc);
}

void mdoc_text(struct mdoc *mdoc, const char *text)
{
	char whole[2000];
	size_t length = (size_t)snprintf(whole, sizeof(whole) - 1, "%s", text);
	whole[0] = (char)toupper((unsigned char)whole[0]);
	if (length > 0 && !strchr(".:", whole[length - 1]))
		memcpy(whole + length, ".", 2);
	mdoc->column = 0;
	mdoc->parenthesis = false;
	for (const char *at = whole, *end; *at; at = end + strspn(end, " ")) {
		struct piece piece;
		end = next_piece(at, &piece);
		put_piece(mdoc, at, end, &piece);
	}
	end_line(mdoc);
}
