/* SPDX-License-Identifier: MIT */
/* Loads the lines of a JSON Lines file into memory, in file order; jsonl_reader.h puts them into the merged one. */
#ifndef JSONL_LOAD_H
#define JSONL_LOAD_H

#include "jsonl_reader.h"

/* What a file says. Zeroed memory with an initialized header is an empty one. */
struct jsonl_history {
	struct trace_header header;
	struct wsc_event *events;
	size_t count, capacity;
	enum wsc_end end;
	uint64_t gaps, dropped, over_limit;
	struct trace_skipped
	    *skipped; /* JSONL_SKIPPED_NAMES_MAX + 1 rows once there are any; the names are heap strings */
	size_t skipped_count;
};

/* Reads `fd` from offset 0 to its end. On failure the history is to be freed all the same. */
enum wsc_status jsonl_history_load(struct jsonl_history *history, int fd, struct trace_error *err);
void jsonl_history_free(struct jsonl_history *history);

#endif
