/* SPDX-License-Identifier: MIT */
/* Temporary files that have no name: they go when they are closed, however the program ends. Any thread. */
#ifndef TEMPORARY_H
#define TEMPORARY_H

#include <stdio.h>

/* What a message on them ends with, and what says all where no more is known. */
#define TEMPORARY_REMEDY "set TMPDIR to a directory with room"
#define TEMPORARY_WRONG  "a temporary file can't be written or read; " TEMPORARY_REMEDY

/* Where they are: $TMPDIR, or /tmp. */
const char *temporary_directory(void);

/* A new one, for reading and writing, closed on exec, mode 0600. -1, and errno: there is none. */
int temporary_open(void);
/* The same as a stream. NULL, and errno. */
FILE *temporary_stream(void);

#endif
