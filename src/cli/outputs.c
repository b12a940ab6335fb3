/* SPDX-License-Identifier: MIT */
#include "outputs.h"

#include <string.h>
#include <sys/stat.h>

#include "command.h"
#include "memory.h"
#include "output.h"
#include "suggest.h"
#include "temporary.h"

static const struct report_format *find(const char *command, const char *name, size_t length)
{
	const struct report_format *format = report_format_find(name, length);
	char word[40], words[200] = "", nearest[SUGGEST_WORDS_MAX];
	if (format)
		return format;
	snprintf(word, sizeof(word), "%.*s", (int)(length < sizeof(word) ? length : sizeof(word)), name);
	struct suggest suggest = suggest_for(word);
	for (size_t i = 0; report_format(i); i++) {
		size_t used = strlen(words);
		snprintf(words + used, sizeof(words) - used, "%s%s", i > 0 ? ", " : "", report_format(i)->name);
		suggest_offer(&suggest, report_format(i)->name);
	}
	suggest_words(nearest, &suggest);
	command_error(command, "no format is called '%s'%s%s%s", word, nearest, suggest.nearest ? "" : "; there are ",
	              suggest.nearest ? "" : words);
	return NULL;
}

/* The length of the word before '=', if the argument is FORMAT=PATH. Else 0: a file's name may have a '=' in it. */
static size_t format_length(const char *argument)
{
	size_t length = strspn(argument, "abcdefghijklmnopqrstuvwxyz0123456789");
	return argument[length] == '=' ? length : 0;
}

static bool same_place(const char *a, const char *b)
{
	struct stat x, y;
	if (!a || !b || output_is_stdout(a) || output_is_stdout(b))
		return output_is_stdout(a) && output_is_stdout(b);
	if (output_is_same_place(a, b))
		return true;
	return stat(a, &x) == 0 && stat(b, &y) == 0 && S_ISREG(x.st_mode) && x.st_dev == y.st_dev &&
	       x.st_ino == y.st_ino;
}

static bool is_any_input(const char *command, const char *path, char *const *inputs)
{
	for (; *inputs; inputs++) {
		if (output_is_input(command, path, *inputs))
			return true;
	}
	return false;
}

/* The checks cost little; an analysis whose result can't be kept costs much. */
static bool add(struct outputs *outputs, const char *command, const struct report_format *format, const char *path,
                char *const *inputs)
{
	if (!format || is_any_input(command, path, inputs) || !output_check(command, path))
		return false;
	for (size_t i = 0; i < outputs->count; i++) {
		if (same_place(outputs->rows[i].path, path)) {
			command_error(command, "two reports can't both go to %s", output_name(path));
			return false;
		}
	}
	outputs->rows[outputs->count++] = (struct outputs_row){format, path};
	return true;
}

bool outputs_init(struct outputs *outputs, const char *command, const char *format, const struct option_list *list,
                  char *const *inputs)
{
	const struct report_format *main_format = format ? find(command, format, strlen(format)) : report_format(0);
	const char *main_path = NULL;
	bool stdout_taken = false;
	outputs->count = 0;
	if (!main_format)
		return false;
	for (size_t i = 0; i < list->count; i++) {
		size_t length = format_length(list->items[i]);
		if (length == 0) {
			if (main_path) {
				command_error(command,
				              "'-o' names two files, %s and %s, for one format: use -o FORMAT=PATH",
				              main_path, list->items[i]);
				return false;
			}
			main_path = list->items[i];
			continue;
		}
		const char *path = list->items[i] + length + 1;
		if (path[0] == '\0') {
			command_error(command, "'-o %s' names no file (- is standard output)", list->items[i]);
			return false;
		}
		if (!add(outputs, command, find(command, list->items[i], length), path, inputs))
			return false;
		stdout_taken |= output_is_stdout(path);
	}
	/* Text is printed unless something else is; what was asked for collides with that. */
	if (stdout_taken && !format && !main_path)
		return true;
	return add(outputs, command, main_format, main_path, inputs);
}

bool outputs_spare(const struct outputs *outputs, const char *command, const char *input)
{
	for (size_t i = 0; i < outputs->count; i++) {
		if (output_is_input(command, outputs->rows[i].path, input))
			return false;
	}
	return true;
}

bool outputs_need_evidence(const struct outputs *outputs, enum report_detail detail)
{
	for (size_t i = 0; i < outputs->count; i++) {
		if (detail != REPORT_QUIET || !report_format_is_text(outputs->rows[i].format))
			return true;
	}
	return false;
}

bool outputs_write_to(const char *command, const char *path, outputs_writer *write, void *context)
{
	struct output output;
	if (!output_open(&output, command, path, OUTPUT_REPORT))
		return false;
	struct page page = command_page(output.stream);
	enum wsc_status status = write(context, &page);
	if (status == WSC_OK)
		return output_commit(&output);
	output_abandon(&output);
	command_error(command, "cannot write %s: %s", output_name(path),
	              status == WSC_NOMEM ? memory_wrong() : TEMPORARY_WRONG);
	return false;
}

struct one {
	const struct outputs_row *row;
	const struct report *report;
};

static enum wsc_status write_one(void *context, const struct page *page)
{
	const struct one *one = context;
	return one->row->format->write(one->report, page);
}

bool outputs_write(const struct outputs *outputs, const char *command, const struct report *report)
{
	bool good = true;
	for (size_t i = 0; i < outputs->count; i++) {
		struct one one = {&outputs->rows[i], report};
		good = outputs_write_to(command, one.row->path, write_one, &one) && good;
	}
	return good;
}
