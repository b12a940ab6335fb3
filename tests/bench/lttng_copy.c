/* SPDX-License-Identifier: MIT */
/*
 * lttng_copy TRACE: records the events of a trace once more, with LTTng-UST and in their order, for whom babeltrace2 is to
 * read the same. Ends with 1 if no session records them, or it was built without LTTng-UST. Prints their number.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "trace_input.h"

#ifdef BENCH_HAS_LTTNG
#include "lttng_define.h"

static bool is_recorded(void)
{
	return lttng_ust_tracepoint_enabled(wscheck_bench, event);
}

static void record(const struct wsc_event *e)
{
	lttng_ust_tracepoint(wscheck_bench, event, e->kind, e->task, e->worker, e->queue);
}
#else
static bool is_recorded(void)
{
	return false;
}

static void record(const struct wsc_event *e)
{
	(void)e;
}
#endif

static _Noreturn void die(const char *what)
{
	fprintf(stderr, "lttng_copy: %s\n", what);
	exit(1);
}

int main(int argc, char **argv)
{
	struct trace_input *input;
	struct trace_error err;
	const struct wsc_event *events;
	size_t count;
	uint64_t copied = 0;

	if (argc != 2)
		die("usage: lttng_copy TRACE");
	if (!is_recorded())
		die("no session of LTTng records this");
	enum wsc_status status = trace_input_open(&input, argv[1], &err);
	while (status == WSC_OK && (status = trace_input_next(input, &events, &count, &err)) == WSC_OK) {
		for (size_t i = 0; i < count; i++)
			record(&events[i]);
		copied += count;
	}
	if (status != WSC_DONE)
		die(status == WSC_RESTART ? "the trace is damaged" : err.message);
	trace_input_free(input);
	printf("%" PRIu64 "\n", copied);
	return 0;
}
