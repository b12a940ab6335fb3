/* SPDX-License-Identifier: MIT */
/*
 * What a recorder has beside its trace while it runs, and leaves when it is killed: the trace under its temporary name,
 * NAME.PID.RANDOM.wscheck-tmp, perhaps an older part of it, and the rings' file (SPEC.md, "The rings' file"). Links are not
 * followed.
 */
#ifndef CLI_LEFTOVERS_H
#define CLI_LEFTOVERS_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "trace_writer.h"

/* One recorder's. Descriptors are -1 where there is no such file. */
struct leftover {
	char *final;            /* the path that the trace would have got */
	bool final_is_of_other; /* ... as rings say that are another user's */
	char *temporary;
	char *older; /* what was written before that, if the last of the trace was to be kept */
	char *rings; /* or NULL */
	int trace_fd, older_fd, rings_fd;
	pid_t process; /* as its name says */
	bool is_live;  /* a process has the rings open for recording */
	int error;     /* why a file of it that is there could not be opened, or 0 */
};

struct leftovers {
	struct leftover *list;
	size_t count, capacity;
};

/*
 * Finds those of the trace that was to be PATH, in which %p stands for any process id; or, if PATH is one of the files
 * themselves, those. False, and errno: what there is could not be looked at.
 */
bool leftovers_find(struct leftovers *leftovers, const char *path);

/* Finds those of all traces that have rings in /dev/shm: of the user's own, or for root of everybody's. False: as above. */
bool leftovers_find_all(struct leftovers *leftovers);

/* The recorders of a process, by the rings that it has mapped. False, and errno: the process can't be looked at. */
bool leftovers_of_process(struct leftovers *leftovers, pid_t process);

/*
 * Where PATH is not there, or is one of the files itself: which command makes a trace of what a run left, or has so far,
 * as a sentence without its full stop. False: nothing was left, or PATH is something else. Fills `sentence`.
 */
bool leftovers_advise(char *sentence, size_t size, const char *path);

void leftovers_free(struct leftovers *leftovers);

struct trace_recovered;
/*
 * Writes the trace of a leftover to `target` (NULL or "-": standard output), whole or not at all. Returns an exit code; what
 * failed was said on stderr.
 */
int leftover_save(struct leftover *leftover, const char *command, const char *target,
                  struct trace_recovered *recovered);

#endif
