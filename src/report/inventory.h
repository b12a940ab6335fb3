/* SPDX-License-Identifier: MIT */
/*
 * What is in a trace, without judging it: counts by event kind and by worker, the time range, sizes, and what the
 * header says. `wscheck info` prints it.
 */
#ifndef REPORT_INVENTORY_H
#define REPORT_INVENTORY_H

#include <stdio.h>

#include "page.h"
#include "trace_input.h"

struct inventory_worker {
	uint32_t worker;
	uint64_t events; /* gaps not counted */
	uint64_t dropped;
	uint64_t first_ts, last_ts; /* valid if it has events or gaps; the greatest stamp seen, not the last event's */
};

struct inventory {
	uint64_t kinds[WSC_EV_END];       /* events by kind */
	uint64_t attempts_failed;         /* what steal_failure events stand for, coalesced ones included */
	struct inventory_worker *workers; /* ascending by id */
	size_t worker_count;
	uint64_t first_ts, last_ts;
	bool has_time; /* there was an event */
};

/* `workers`: ids, ascending (trace_input_workers). NOMEM. */
enum wsc_status inventory_init(struct inventory *inventory, const uint32_t *workers, size_t count);
/* Forgets what was fed, for an input that starts again. */
void inventory_reset(struct inventory *inventory);
/* Events of workers that inventory_init() was told of. */
void inventory_feed(struct inventory *inventory, const struct wsc_event *events, size_t count);
void inventory_free(struct inventory *inventory);

/* The inventory as text or as one JSON document. NOMEM; write errors stay in the stream. */
struct inventory_source {
	const char *path; /* text only */
	const struct trace_header *header;
	const struct trace_summary *summary;
};
void inventory_text(const struct inventory *inventory, const struct inventory_source *source, const struct page *page);
enum wsc_status inventory_json(const struct inventory *inventory, const struct inventory_source *source, FILE *out);

/* Nanoseconds since 1970 at which stamp `ts` was taken, by the nearest anchor; false if the trace has none. */
bool inventory_wall_ns(const struct trace_header *header, uint64_t ts, uint64_t *wall_ns);

#endif
