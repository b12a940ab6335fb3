/* SPDX-License-Identifier: MIT */
/*
 * Which process something belongs to, so that a child can tell that it is its parent's however the child was made: with
 * or without the handlers of fork, with a copy of the memory or in its parent's. Takes no lock and allocates nothing
 * but a page, once. Any thread.
 */
#ifndef RECORD_OWN_PROCESS_H
#define RECORD_OWN_PROCESS_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct own_process {
	uint64_t number; /* 0: the kernel can't tell a copy (before Linux 4.14) */
	pid_t id;
};

/* The calling process. */
struct own_process own_process_now(void);

/* Whether that is the calling process. Async-signal-safe. */
bool own_process_is(const struct own_process *owner);

#endif
