/* SPDX-License-Identifier: MIT */
/*
 * Another program, run in this one's place as far as others can tell: signals that are sent to us reach it, a terminal
 * stops and continues both, and its end can be made ours.
 */
#ifndef CLI_CHILD_H
#define CLI_CHILD_H

#include <stdbool.h>
#include <sys/types.h>

struct child {
	char *const *argv;
	/* Called in the child before the program begins: sets its environment. False: it gave up, errno says why. */
	bool (*prepare)(void *context);
	void *context;
	/* Of child_run(): */
	pid_t pid;
	int status; /* as of waitpid() */
	int error;  /* why the program could not be run, an errno; else 0 */
};

/*
 * Runs the program, found as execvp() does, and waits for its end. False: it could not be run. Uses SIGCHLD, and no
 * other thread may be there.
 *
 * INT, TERM, HUP, QUIT, USR1, USR2, TSTP and CONT that others send to this process are sent on; those of a terminal reach
 * the child by themselves. When a terminal stops the child, this process stops, too, and continues it when it is
 * continued.
 */
bool child_run(struct child *child);

/* Ends this process by a signal, without a core dump. Returns only if the signal did not end it. */
void child_die_of(int signal_number);

#endif
