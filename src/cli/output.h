/* SPDX-License-Identifier: MIT */
/*
 * Where a command's result goes: standard output, or a file that appears under its name only when it is whole. The file
 * is written under a temporary name beside it, and renamed by output_commit(); it is removed by output_abandon(), and
 * when a signal ends the program that is meant for that. One at a time.
 */
#ifndef CLI_OUTPUT_H
#define CLI_OUTPUT_H

#include <stdbool.h>
#include <stdio.h>

#include "trace_writer.h"

struct output {
	FILE *stream;
	const char *command; /* for messages */
	const char *path;    /* as named; NULL: standard output */
	char *target;        /* what is replaced: the path, links resolved; NULL: written in place */
	char *temporary;
	int error; /* why a write to its sink failed; 0: none did. Outlasts output_abandon() */
};

enum output_mode {
	OUTPUT_REPORT,
	OUTPUT_TRACE
}; /* 0666, or as what is replaced if that is the user's own, less the umask; 0600 */

/* NULL and "-" mean standard output, and so does /dev/stdout. */
bool output_is_stdout(const char *path);
/* The path, or words for standard output. */
const char *output_name(const char *path);

/*
 * Opens the output. What exists and is no regular file (/dev/null, a pipe), or stands for a descriptor (/dev/stdout,
 * /dev/fd/3), is written in place. False: the message is on stderr.
 */
bool output_open(struct output *output, const char *command, const char *path, enum output_mode mode);

/*
 * Whether the output would take the place of the input: then the message is on stderr. Ask before the input is read.
 */
bool output_is_input(const char *command, const char *path, const char *input);

/*
 * Whether two paths, neither of which is standard output, are, once links are followed, of one name in one directory, whether
 * it is there or not.
 */
bool output_is_same_place(const char *a, const char *b);

/* Whether a trace may go there: false, with the message on stderr, if nothing is named, or it is a terminal. */
bool output_is_for_trace(const char *command, const char *path);

/*
 * Whether the output can probably be opened: false, with the message on stderr, if it is a directory, or its own is
 * missing or may not be written to. Saves finding out after long work.
 */
bool output_check(const char *command, const char *path);

/* A trace's way into the output, as long as that is open. IO: `error` says why. */
struct trace_sink output_sink(struct output *output);

/* Flushes, closes, renames. False: the message is on stderr, and nothing is left under either name. */
bool output_commit(struct output *output);

/* Leaves no trace of what was written (standard output keeps what it has). */
void output_abandon(struct output *output);

#endif
