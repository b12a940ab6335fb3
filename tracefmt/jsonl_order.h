/* SPDX-License-Identifier: MIT */
/*
 * The merged order of events that stand in any order but each worker's own: sorted by the running maximum of that
 * worker's stamps, ties in file order. So program order always holds, and a stamp that runs backwards stays in place.
 */
#ifndef JSONL_ORDER_H
#define JSONL_ORDER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "wscheck/event.h"
#include "wscheck/status.h"

struct jsonl_order {
	uint32_t *workers; /* ids of all workers, ascending */
	size_t worker_count;
	uint32_t *sequence; /* indexes of the events in merged order; NULL: the file order is the merged order */
	bool ties;          /* events of different workers stand at the same place, where the file order decides */
};

/* `count` at most UINT32_MAX. O(n) for a file in merged order, else O(n log n); 16 bytes for each event meanwhile. */
enum wsc_status jsonl_order_init(struct jsonl_order *order, const struct wsc_event *events, size_t count);
void jsonl_order_free(struct jsonl_order *order);

#endif
