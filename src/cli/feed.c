/* SPDX-License-Identifier: MIT */
#include "feed.h"

#include <stdio.h>

static enum wsc_status callback_failed(enum wsc_status status, struct trace_error *err)
{
	err->status = status;
	snprintf(err->message, sizeof(err->message), "%s",
	         status == WSC_NOMEM ? "out of memory" : "the result could not be written");
	return status;
}

enum wsc_status feed_all(struct trace_input *input, const struct feed *feed, struct trace_error *err)
{
	for (;;) {
		const struct wsc_event *events;
		size_t count;
		enum wsc_status status = trace_input_next(input, &events, &count, err);
		if (status == WSC_DONE)
			return WSC_OK;
		if (status == WSC_OK)
			status = feed->events(feed->context, events, count);
		else if (status == WSC_RESTART)
			status = feed->restart(feed->context);
		else
			return status;
		if (status != WSC_OK)
			return callback_failed(status, err);
	}
}
