/* SPDX-License-Identifier: MIT */
/*
 * A line on a terminal that says how far a file was read (percent, events a second, time left), or how many of several were.
 * It shows after a second, changes five times a second, and is gone at the end. Nothing at all where standard error is no terminal. One thread at
 * a time.
 */
#ifndef CLI_PROGRESS_H
#define CLI_PROGRESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct progress {
	bool is_wanted, is_shown;
	uint64_t whole;                 /* bytes of the file, or files */
	uint64_t events, events_unseen; /* in all; since the clock was looked at */
	uint64_t began_ns, shown_ns;
};

void progress_begin(struct progress *progress, uint64_t whole, bool is_quiet);

/* `count` more events were read, and the file up to `position`. Looks at the clock every 65,536 events. */
void progress_go_on(struct progress *progress, uint64_t position, size_t count);

/* Of several files so many are done. Looks at the clock. */
void progress_files(struct progress *progress, uint64_t done);

/* It may go on. */
void progress_end(struct progress *progress);

#endif
