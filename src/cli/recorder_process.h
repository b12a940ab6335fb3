/* SPDX-License-Identifier: MIT */
/* Whether the process that records is still there. */
#ifndef CLI_RECORDER_PROCESS_H
#define CLI_RECORDER_PROCESS_H

#include <stdbool.h>
#include <sys/types.h>

/*
 * Whether a process records into these rings. One that has just been killed keeps its lock on them until its memory has been
 * given back: that is waited for.
 */
bool recorder_lives(int rings_fd);

/* Where there are no rings: whether the process still has the trace open. If it can't be looked at, it may. */
bool recorder_has_open(pid_t process, int trace_fd);

#endif
