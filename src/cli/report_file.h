/* SPDX-License-Identifier: MIT */
/*
 * A report or a partial result that was named: it is looked at before it is read, so what can be read but once, a pipe, is
 * kept in a temporary file.
 */
#ifndef CLI_REPORT_FILE_H
#define CLI_REPORT_FILE_H

#include <stdbool.h>

struct report_file {
	const char *path; /* as the user named it; '-' is standard input */
	int kept;         /* what was read from there; -1: it can be opened as often as is wanted, or not at all */
};

/* Reads a pipe to its end. False: a temporary file can't be written. Then, too, it is to be freed. */
bool report_file_init(struct report_file *file, const char *path);
void report_file_free(struct report_file *file);

/* At its start, to be closed before it is opened again. Negative, and errno: it can't be opened. */
int report_file_open(const struct report_file *file);
void report_file_close(const struct report_file *file, int fd);

#endif
