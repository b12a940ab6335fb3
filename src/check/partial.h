/* SPDX-License-Identifier: MIT */
/*
 * What shares of an analysis found (share.h), and how it is joined: when the share of every index of the tasks and of the
 * queues has been joined to one partial result, that is what one analysis of all would have found, to the byte.
 * partial_file.h writes it to a file and reads it back.
 *
 * Each share says what has its home there, so most is added up or put side by side. Three things no share can settle:
 * which reports stand (reports.h); whether the identity is declared wrongly; and what a worker slept beside: each share of
 * the tasks says which of its own tasks waited, and what of the sleep they cover (presence.h).
 */
#ifndef CHECK_PARTIAL_H
#define CHECK_PARTIAL_H

#include "analysis.h"
#include "presence.h"
#include "reports.h"

struct partial {
	/* Whole but for what is below, once all shares are joined and partial_conclude() said OK; its arrays are owned here. */
	struct analysis_result result;
	struct reports reports;
	struct presence_span *sleeps; /* ascending by worker and number: parks beside which work waited */
	size_t sleep_count;
	uint64_t doubts; /* lives of slots that may have left their queue otherwise than it seems */
	bool reuses_cancelled;
	bool is_empty; /* nothing was put into it yet */
	/* Memory that rows of `result` point to. */
	void **owned;
	size_t owned_count, owned_capacity;
};

void partial_init(struct partial *partial);
void partial_free(struct partial *partial);

/* Takes what a share, which is finished, found; the analysis can only be freed then. `partial` is empty. NOMEM. */
enum wsc_status partial_take(struct partial *partial, struct analysis *analysis);

/* Moves all of `from`, another share of the same trace, which is empty then. NOMEM: both can only be freed. */
enum wsc_status partial_join(struct partial *into, struct partial *from);

/* Once every share is joined. `kept`: as many reports are listed, at most what analysis_options.max_reports was. NOMEM. */
enum wsc_status partial_conclude(struct partial *partial, const struct trace_header *header, uint64_t kept);

/* By worker, start and number: for qsort() of sleeps. */
int partial_compare_sleeps(const void *left, const void *right);

/* Frees `memory` with the partial. False: no memory, and it is freed already. */
bool partial_own(struct partial *partial, void *memory);

#endif
