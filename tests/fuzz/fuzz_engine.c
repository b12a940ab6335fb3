/* SPDX-License-Identifier: MIT */
/* Any events at all, ids and stamps up to 2^64 - 1: no crash, and the fast lane changes nothing. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "alike.h"
#include "fuzz.h"
#include "history_code.h"

enum { EVENTS_MAX = 4096 };

/* 1 to 8 bytes, by what is in the low bits of the first. */
static uint64_t any_number(struct fuzz_input *input)
{
	const uint64_t first = fuzz_number(input, 1);
	switch (first & 3) {
	case 0:
	case 1:
		return first >> 1;
	case 2:
		return first >> 2 | fuzz_number(input, 2) << 6;
	default:
		return fuzz_number(input, 8);
	}
}

static size_t read_events(struct fuzz_input *input, struct wsc_event *events)
{
	size_t count = 0;
	uint64_t ts = 0;
	while (input->size > 0 && count < EVENTS_MAX) {
		const unsigned head = (unsigned)fuzz_number(input, 1);
		ts += any_number(input);
		struct wsc_event e = {.ts = ts, .kind = (uint8_t)(WSC_EV_QUEUED + head % (WSC_EV_END - 1))};
		e.flags = head / 16 % 4 == 0 ? WSC_FLAG_PINNED : 0;
		e.worker = (uint32_t)any_number(input);
		e.queue = head >= 128 ? e.worker : (uint32_t)any_number(input);
		e.task = any_number(input);
		if (e.kind == WSC_EV_STEAL_FAILURE) {
			e.arg = 1 + head / 64;
			e.reason = (uint8_t)(head / 16 % 4);
		}
		events[count++] = e;
	}
	return count;
}

static struct analysis *run(const struct trace_header *header, const struct wsc_event *events, size_t count,
                            enum wsc_end end, bool no_lane)
{
	struct analysis *analysis;
	struct analysis_options options;
	analysis_options_init(&options);
	options.no_lane = no_lane;
	if (analysis_create(&analysis, header, NULL, 0, &options) != WSC_OK ||
	    analysis_feed(analysis, events, count) != WSC_OK || analysis_finish(analysis, end, 0) != WSC_OK)
		abort();
	return analysis;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct wsc_event events[EVENTS_MAX];
	struct fuzz_input input = {data, size};
	struct trace_header header;
	trace_header_init(&header);
	struct history history;
	history_code_read((unsigned)fuzz_number(&input, 2), &history);
	header.identity = history.identity;
	header.discipline = history.discipline;
	header.scope = history.scope;
	header.complete = !history.window;
	header.uncertainty_ns = history.uncertainty_ns;
	header.publish_ns = history.publish_ns;
	const size_t count = read_events(&input, events);
	struct analysis *with = run(&header, events, count, history.end, false);
	struct analysis *without = run(&header, events, count, history.end, true);
	const char *differs = alike_difference(analysis_result(with), analysis_result(without));
	if (differs != NULL) {
		fprintf(stderr, "the lane changes %s\n", differs);
		abort();
	}
	analysis_free(with);
	analysis_free(without);
	trace_header_free(&header);
	return 0;
}
