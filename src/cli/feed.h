/* SPDX-License-Identifier: MIT */
/* Reads an input from where it stands to its end and hands its events to the caller. */
#ifndef CLI_FEED_H
#define CLI_FEED_H

#include "trace_input.h"

struct feed {
	/* Events in merged order; any status but OK ends the feed. */
	enum wsc_status (*events)(void *context, const struct wsc_event *events, size_t count);
	/* Forget what was fed: the input starts again. */
	enum wsc_status (*restart)(void *context);
	void *context;
	bool is_quiet; /* no line on a terminal that says how far it is */
	/* Threads, the caller's included: one reads and merges, one analyzes, others decode ahead. 0: two. */
	unsigned jobs;
};

/* OK when all is read; else what the input (err is filled in) or a callback (err says so, too) answered. */
enum wsc_status feed_all(struct trace_input *input, const struct feed *feed, struct trace_error *err);

#endif
