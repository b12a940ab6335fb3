/* SPDX-License-Identifier: MIT */
/*
 * System calls that may raise a signal in the thread that makes them (SIGPIPE, SIGXFSZ), without the host seeing it:
 * the signal is blocked meanwhile, and taken back if it came. Any thread; errno is kept.
 */
#ifndef RECORD_QUIET_H
#define RECORD_QUIET_H

#include <signal.h>
#include <stdbool.h>

struct quiet {
	sigset_t before;
	int signal; /* or 0: could not be blocked */
	bool was_pending;
};

/* False if the signal can't be blocked: then better not make the call. */
bool quiet_begin(struct quiet *quiet, int signal_number);
void quiet_end(struct quiet *quiet);

#endif
