/* SPDX-License-Identifier: MIT */
/*
 * The traces that a run leaves: those at a path in which `%p` stands for any process id (and `%%` for a percent sign)
 * that were not there, or not so, before the run.
 */
#ifndef CLI_TRACE_FILES_H
#define CLI_TRACE_FILES_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/stat.h>

struct trace_file {
	char *path;
	struct stat stat;
};

struct trace_files {
	struct trace_file *files; /* ascending by time of the last change, then by name */
	size_t count;
};

/* The files at `pattern`; the names end in `suffix`, which may have wildcards ("" if they end where the pattern does). */
bool trace_files_find(struct trace_files *found, const char *pattern, const char *suffix);

/* Keeps those that `before` does not have, or has otherwise. */
void trace_files_keep_new(struct trace_files *found, const struct trace_files *before);

void trace_files_free(struct trace_files *files);

/* The path that the first `size` bytes of a pattern stand for, if they have no %p; allocated. Else, or for want of memory: NULL. */
char *trace_files_plain(const char *pattern, size_t size);

/*
 * The pattern as an absolute one, so that it means the same in every directory; allocated. NULL: out of memory, or there
 * is no current directory.
 */
char *trace_files_absolute(const char *pattern);

#endif
