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

/* Whether it is time to show something; how many seconds went by. */
static bool is_time(struct progress *progress, double *seconds)
{
	const uint64_t now = now_ns(), elapsed = now - progress->began_ns;
	if (elapsed < FIRST_NS || now - progress->shown_ns < NEXT_NS)
		return false;
	progress->shown_ns = now;
	*seconds = (double)elapsed / (double)NS_PER_SECOND;
	return true;
}

/* Behind what is done, which began with a carriage return: the rest of the terminal's line is erased (ECMA-48, EL). */
static void show_rest(struct progress *progress, double share, double seconds)
{
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
	double seconds;
	if (!is_time(progress, &seconds))
		return;
	char events[UNITS_MAX], rate[UNITS_MAX];
	const uint64_t done = position < progress->whole ? position : progress->whole;
	const double share = (double)done / (double)progress->whole;
	fprintf(stderr, "\r%3.0f %%  %s events, %s a second", 100 * share, units_count(events, progress->events),
	        units_count(rate, (uint64_t)((double)progress->events / seconds)));
	show_rest(progress, share, seconds);
}

void progress_files(struct progress *progress, uint64_t done)
{
	double seconds;
	if (!progress->is_wanted || !is_time(progress, &seconds))
		return;
	char part[UNITS_MAX], whole[UNITS_MAX];
	fprintf(stderr, "\r%s of %s traces", units_count(part, done), units_count(whole, progress->whole));
	show_rest(progress, (double)done / (double)progress->whole, seconds);
}

void progress_end(struct progress *progress)
{
	if (!progress->is_shown)
		return;
	fputs("\r\033[K", stderr);
	fflush(stderr);
	progress->is_shown = false;
}
