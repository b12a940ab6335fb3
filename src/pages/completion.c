/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "command.h"
#include "pages.h"
#include "words.h"

static const char *const form_names[] = {
    [ARGUMENT_FREE] = "free",           [ARGUMENT_FILE] = "file",       [ARGUMENT_WORD] = "word",
    [ARGUMENT_WORDS] = "words",         [ARGUMENT_PROGRAM] = "program", [ARGUMENT_WORD_VALUE] = "word_value",
    [ARGUMENT_WORD_FILE] = "word_file",
};

static enum argument_form form_of(const struct option_row *row)
{
	return row->type == OPTION_CHOICE ? ARGUMENT_WORD : row->form;
}

static void put_words(FILE *out, const char *const *choices, words_list *words)
{
	struct word word;
	const char *blank = "";
	for (size_t i = 0; choices && choices[i]; i++, blank = " ")
		fprintf(out, "%s%s", blank, choices[i]);
	for (size_t i = 0; words && words(i, &word); i++, blank = " ")
		fprintf(out, "%s%s", blank, word.name);
}

/* --- bash --- */

static void bash_options(FILE *out)
{
	fputs("  '') options='", out);
	put_words(out, NULL, words_commands);
	fputs("' ;;\n", out);
	for (size_t i = 0; commands[i]; i++) {
		if (commands[i]->option_count == 0)
			continue;
		fprintf(out, "  %s) options+='", commands[i]->name);
		for (size_t k = 0; k < commands[i]->option_count; k++) {
			const struct option_row *row = &commands[i]->options[k];
			if (row->short_name)
				fprintf(out, " -%c", row->short_name);
			fprintf(out, " --%s", row->long_name);
		}
		fputs("' ;;\n", out);
	}
}

static void bash_argument(FILE *out, enum argument_form form, const char *const *choices, words_list *words)
{
	fprintf(out, ") form=%s", form_names[form]);
	if (choices || words) {
		fputs(" words='", out);
		put_words(out, choices, words);
		fputs("'", out);
	}
	fputs(" ;;\n", out);
}

static void bash_arguments(FILE *out)
{
	for (size_t i = 0; commands[i]; i++) {
		const struct command *command = commands[i];
		fprintf(out, "  %s:", command->name);
		bash_argument(out, command->form, NULL, command->words);
		for (size_t k = 0; k < command->option_count; k++) {
			const struct option_row *row = &command->options[k];
			if (row->type == OPTION_FLAG)
				continue;
			fprintf(out, "  %s:--%s", command->name, row->long_name);
			if (row->short_name)
				fprintf(out, " | %s:-%c", command->name, row->short_name);
			bash_argument(out, form_of(row), row->choices, row->words);
		}
	}
}

/* --- zsh --- */

/* Text inside single quotes. Brackets and colons mean something to _arguments, colons to _describe. */
static void zsh_text(FILE *out, const char *text, size_t length)
{
	for (size_t i = 0; i < length; i++) {
		if (text[i] == '\'')
			fputs("'\\''", out);
		else
			fprintf(out, "%s%c", strchr("[]:\\", text[i]) ? "\\" : "", text[i]);
	}
}

/* The beginning of a help text, down to the first stop: a list has little room. */
static size_t beginning(const char *text)
{
	size_t length = 0;
	while (text[length] && !(strchr(".;", text[length]) && text[length + 1] == ' '))
		length++;
	return length;
}

static void zsh_action(FILE *out, const char *name, enum argument_form form, const char *const *choices,
                       words_list *words)
{
	static const char *const before[] = {
	    [ARGUMENT_FREE] = " ",
	    [ARGUMENT_FILE] = "_files",
	    [ARGUMENT_WORD] = "(",
	    [ARGUMENT_WORDS] = "{_values -s , word ",
	    [ARGUMENT_PROGRAM] = "",
	    [ARGUMENT_WORD_VALUE] = "{_wscheck_word_value ",
	    [ARGUMENT_WORD_FILE] = "{_wscheck_word_file ",
	};
	fputc(':', out);
	zsh_text(out, name, strlen(name));
	fprintf(out, ":%s", before[form]);
	put_words(out, choices, words);
	fputs(form == ARGUMENT_WORD ? ")" : words ? "}" : "", out);
}

static void zsh_option(FILE *out, const struct option_row *row)
{
	bool flag = row->type == OPTION_FLAG;
	fputs(" \\\n    ", out);
	if (row->type == OPTION_LIST)
		fputs("'*'", out);
	else if (row->short_name)
		fprintf(out, "'(-%c --%s)'", row->short_name, row->long_name);
	if (row->short_name)
		fprintf(out, "{-%c%s,--%s%s}'[", row->short_name, flag ? "" : "+", row->long_name, flag ? "" : "=");
	else
		fprintf(out, "'--%s%s[", row->long_name, flag ? "" : "=");
	zsh_text(out, row->help, beginning(row->help));
	fputc(']', out);
	if (!flag)
		zsh_action(out, row->argument, form_of(row), row->choices, row->words);
	fputc('\'', out);
}

static void zsh_functions(FILE *out)
{
	for (size_t i = 0; commands[i]; i++) {
		const struct command *command = commands[i];
		fprintf(out, "%s_wscheck_%s() {\n  _arguments -s -S \\\n    '(- *)'{-h,--help}'[Show this help]'",
		        i > 0 ? "\n" : "", command->name);
		for (size_t k = 0; k < command->option_count; k++)
			zsh_option(out, &command->options[k]);
		if (command->form == ARGUMENT_PROGRAM) {
			fputs(" \\\n    '(-)1:program: _command_names -e' '*::arguments: _normal'\n}\n", out);
			continue;
		}
		fputs(command->form == ARGUMENT_FILE ? " \\\n    '*" : " \\\n    '1", out);
		zsh_action(out, "operand", command->form, NULL, command->words);
		fputs("'\n}\n", out);
	}
}

static void zsh_commands(FILE *out)
{
	for (size_t i = 0; commands[i]; i++) {
		fprintf(out, "    '%s:", commands[i]->name);
		zsh_text(out, commands[i]->summary, strlen(commands[i]->summary));
		fputs("'\n", out);
	}
}

bool completion_write(FILE *out, const struct template *template, const char *shell)
{
	static const struct {
		const char *shell, *name;
		void (*put)(FILE *out);
	} directives[] = {
	    {"bash", "options", bash_options},
	    {"bash", "arguments", bash_arguments},
	    {"zsh", "functions", zsh_functions},
	    {"zsh", "commands", zsh_commands},
	};
	for (size_t line = 0; line < template->count; line++) {
		const char *text = template->lines[line];
		bool known = text[0] != '%';
		if (known)
			fprintf(out, "%s\n", text);
		for (size_t i = 0; i < sizeof(directives) / sizeof(*directives) && !known; i++) {
			known = strcmp(directives[i].shell, shell) == 0 && template_directive(text, directives[i].name);
			if (known)
				directives[i].put(out);
		}
		if (!known)
			return template_refuse(template, line);
	}
	return true;
}
