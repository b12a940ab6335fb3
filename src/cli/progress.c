/* SPDX-License-Identifier: MIT */
#include "progress.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "units.h"

#define NS_PER_SECOND UINT64_C(1000000000)
#define FIRST_NS      NS_PER_SECOND
#define NEXT_NS       (NS_PER_SECOND / 5)
enum { LOOK_EVENTS = 1 << 16 };

static uint64_t now_ns(void)
{
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * NS_PER_SECOND + (uint64_t)now.tv_nsec;
}

void progress_begin(struct progress *progress, uint64_t whole, bool is_quiet)
{
	const char *terminal = getenv("TERM");
	*progress = (struct progress){.whole = whole};
	progress->is_wanted =
	    !is_quiet && whole > 0 && isatty(STDERR_FILENO) == 1 && terminal != NULL && strcmp(terminal, "dumb") != 0;
	if (progress->is_wanted)
		progress->began_ns = now_ns();
}

static void show(struct progress *progress, uint64_t position, uint64_t elapsed_ns)
{
	char events[UNITS_MAX], rate[UNITS_MAX];
	const uint64_t done = position < progress->whole ? position : progress->whole;
	const double share = (double)done / (double)progress->whole;
	const double seconds = (double)elapsed_ns / (double)NS_PER_SECOND;
	/* Carriage return, the line, and the rest of the terminal's line erased (ECMA-48, EL). */
	fprintf(stderr, "\r%3.0f %%  %s events, %s a second", 100 * share, units_count(events, progress->events),
	        units_count(rate, (uint64_t)((double)progress->events / seconds)));
	if (share > 0)
		fprintf(stderr, ", %.0f s left", seconds / share - seconds);
	fputs("\033[K", stderr);
	fflush(stderr);
	progress->is_shown = true;
}

void progress_go_on(struct progress *progress, uint64_t position, size_t count)
{
	progress->events += count;
	progress->events_unseen += count;
	if (!progress->is_wanted || progress->events_unseen < LOOK_EVENTS)
		return;
	progress->events_unseen = 0;
	const uint64_t now = now_ns(), elapsed = now - progress->began_ns;
	if (elapsed < FIRST_NS || now - progress->shown_ns < NEXT_NS)
		return;
	progress->shown_ns = now;
	show(progress, position, elapsed);
}

void progress_end(struct progress *progress)
{
	if (!progress->is_shown)
		return;
	fputs("\r\033[K", stderr);
	fflush(stderr);
	progress->is_shown = false;
}
