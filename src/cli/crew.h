/* SPDX-License-Identifier: MIT */
/*
 * Many tasks of one kind, each in a process of its own, some at a time; what they made is used in their order, whichever
 * is done first. What goes wrong in one (a crash, no memory) touches no other. Call it while the program has one thread.
 */
#ifndef CLI_CREW_H
#define CLI_CREW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

enum { CREW_FILES_MAX = 70 };

/* The exit code of a task that could not write its files. */
enum { CREW_NOT_WRITTEN = 100 };

struct crew {
	const char *command; /* for messages */
	size_t count;        /* of tasks */
	unsigned jobs;       /* at most so many at a time */
	unsigned files;      /* temporary ones, that each task writes; CREW_FILES_MAX at most */
	bool is_quiet;       /* no line on a terminal that says how many are done */
	/*
	 * In a process of its own: answers an exit code. What it writes to standard error waits, and comes out just
	 * before done() is called.
	 */
	int (*work)(void *context, size_t number, FILE *const *files);
	/*
	 * For each task, in order: its exit code, CREW_NOT_WRITTEN, or minus the number of the signal that ended it. The
	 * files stand at their begin, and are closed behind it. False: leave it at that.
	 */
	bool (*done)(void *context, size_t number, int code, FILE *const *files);
	void *context;
};

/* False: done() said so, or, with a message, there are no processes or temporary files to be had. */
bool crew_run(const struct crew *crew);

#endif
