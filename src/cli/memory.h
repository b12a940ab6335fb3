/* SPDX-License-Identifier: MIT */
/*
 * How much memory a command may take, and the sentence that says there is no more, with what to do about it. The bound is the
 * process's: it and those that it starts have it from then on.
 */
#ifndef CLI_MEMORY_H
#define CLI_MEMORY_H

#include <stdbool.h>
#include <stdint.h>

#include "options.h"
#include "trace_error.h"

/* The option's row, for a command whose own struct has it as `max_memory`, a uint64_t, and that does all in one pass. */
#define MEMORY_OPTION_ROW                                                                                              \
	{                                                                                                              \
		0, "max-memory", OPTION_BYTES, "SIZE", ROW(max_memory),                                                \
		    .help = "Take no more memory than SIZE, such as 512M. Where that is too little, exit with 2"       \
	}

/*
 * The kernel keeps the bound: whatever this process allocates counts, libraries and threads too, and beyond it every
 * allocation fails, as where there is no memory. 0: there is none. Call it once, before a thread is started. False: the message
 * is on stderr.
 */
bool memory_bound(const char *command, uint64_t bytes);

/* A clause: that there is not enough memory, and what to do. Static text. */
const char *memory_wrong(void);

/* As strerror(), but for want of memory. */
const char *memory_strerror(int error);

/* Passes on a status that is not OK for want of memory; `err` says so then. */
enum wsc_status memory_status(enum wsc_status status, struct trace_error *err);

/* "wscheck COMMAND: INPUT: " and memory_wrong() on stderr; NULL: it is of no input. Returns EXIT_CODE_TROUBLE. */
int memory_error(const char *command, const char *input);

#endif
