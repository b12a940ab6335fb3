/* SPDX-License-Identifier: MIT */
/* Rings in memory that nobody has recovered: those of runs of the same trace that were killed. */
#ifndef RECORD_LEFT_RINGS_H
#define RECORD_LEFT_RINGS_H

#include <stdbool.h>

enum { LEFT_RINGS_KEPT = 8 };

/*
 * Says on stderr how many there are, and where they may be many, because a service is killed and started again and again,
 * removes all but the last LEFT_RINGS_KEPT, and what was written of their traces: unless its runs have names of their
 * own. `pattern` is the trace's path, in which %p is the process id; `temporary` the absolute path of this run's temporary
 * trace ("": nothing is done), and `directory` is open for where that lies. Any thread.
 */
void left_rings_tidy(const char *pattern, const char *temporary, int directory, bool keeps_all);

#endif
