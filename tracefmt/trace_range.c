/* SPDX-License-Identifier: MIT */
#include "trace_range.h"

static uint64_t stamp_at(const struct trace_header *header, uint64_t origin, uint64_t ns)
{
	const uint64_t stamps = ns == UINT64_MAX ? UINT64_MAX : trace_header_stamps(header, ns);

	return stamps > UINT64_MAX - origin ? UINT64_MAX : origin + stamps;
}

static uint32_t unused(const uint32_t *workers, size_t count)
{
	uint32_t id = UINT32_MAX;

	while (count > 0 && workers[count - 1] == id) {
		count--;
		id--;
	}
	return id;
}

/* What was measured behind the range tells nothing of it, nor how long it lasted. */
static void drop_anchors(struct trace_header *header, uint64_t to)
{
	size_t kept = 0;

	for (size_t i = 0; i < header->anchor_count; i++) {
		if (header->anchors[i].ts <= to)
			header->anchors[kept++] = header->anchors[i];
	}
	header->anchor_count = kept;
}

void trace_range_begin(struct trace_range *range, struct trace_header *header, const uint32_t *workers, size_t count)
{
	range->from = stamp_at(header, range->origin, range->from_ns);
	range->to = stamp_at(header, range->origin, range->to_ns);
	range->begins_late = range->from_ns > 0;
	range->ends_early = false;
	range->hidden_until = range->from - range->begins_late;
	range->stranger = unused(workers, count);
	if (range->begins_late)
		header->complete = false;
	drop_anchors(header, range->to);
}

void trace_range_pass(struct trace_range *range, const struct wsc_event *event)
{
	if (event->kind == WSC_EV_GAP && event->task > range->hidden_until)
		range->hidden_until = event->task;
}

struct wsc_event trace_range_before(const struct trace_range *range)
{
	return (struct wsc_event){.task = range->hidden_until, .worker = range->stranger, .kind = WSC_EV_GAP};
}

struct wsc_event trace_range_behind(const struct trace_range *range, uint64_t next, uint64_t last)
{
	return (struct wsc_event){
	    .ts = next, .task = last > next ? last : next, .worker = range->stranger, .kind = WSC_EV_GAP};
}
