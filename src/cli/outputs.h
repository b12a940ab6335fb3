/* SPDX-License-Identifier: MIT */
/*
 * Where the reports of one analysis go: one in the format of --format, to standard output or to `-o FILE`, and one for
 * each `-o FORMAT=PATH`.
 */
#ifndef CLI_OUTPUTS_H
#define CLI_OUTPUTS_H

#include "format.h"
#include "options.h"

struct outputs {
	struct outputs_row {
		const struct report_format *format;
		const char *path; /* NULL or "-": standard output */
	} rows[OPTION_LIST_MAX + 1];
	size_t count;
};

/*
 * `format`: of --format, or NULL. `list`: the arguments of -o. `inputs`: what is read, a NULL behind them. False, with the
 * message on stderr: no such format, two outputs to one place, an output that is an input, or one that can't be written.
 */
bool outputs_init(struct outputs *outputs, const char *command, const char *format, const struct option_list *list,
                  char *const *inputs);

/* Whether none of them would take the place of what is read from there, too. False: the message is on stderr. */
bool outputs_spare(const struct outputs *outputs, const char *command, const char *input);

/* Whether one of them needs more than the verdict. */
bool outputs_need_evidence(const struct outputs *outputs, enum report_detail detail);

/* Opens an output, has it written, and closes it. False: the message is on stderr. */
typedef enum wsc_status outputs_writer(void *context, const struct page *page);
bool outputs_write_to(const char *command, const char *path, outputs_writer *write, void *context);

/* Writes them one after the other. False: one or more could not be written, and for each the message is on stderr. */
bool outputs_write(const struct outputs *outputs, const char *command, const struct report *report);

#endif
