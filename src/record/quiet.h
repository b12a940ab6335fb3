/* SPDX-License-Identifier: MIT */
/*
 * System calls that may raise signals in the thread that makes them (SIGPIPE, SIGXFSZ, SIGTTOU), without the host seeing
 * them: they are blocked meanwhile, and taken back if they came. Any thread; errno is kept.
 */
#ifndef RECORD_QUIET_H
#define RECORD_QUIET_H

#include <signal.h>
#include <stdbool.h>

struct quiet {
	sigset_t before, pending, signals;
};

/* False if the signals, a list that ends with 0, can't be blocked: then better not make the call, and there is no end. */
bool quiet_begin(struct quiet *quiet, const int *signals);
void quiet_end(struct quiet *quiet);

#endif
