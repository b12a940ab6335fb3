/* SPDX-License-Identifier: MIT */
/*
 * Reports that may be joined with those of other shares of the same trace (share.h) before it is known which of them
 * stand: counted, the first of them kept. What is kept of several shares together is what one would have kept alone.
 */
#ifndef CHECK_REPORTS_H
#define CHECK_REPORTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "trace_header.h"
#include "violation.h"

struct reports {
	struct violation *list;
	size_t count, capacity;
	uint64_t max; /* so many of each condition are kept, at least: errors before warnings, the earliest first */
	uint64_t counts[VIOLATION_CONDITION_COUNT][WSC_VIOLATION_KIND_COUNT];
	uint64_t queued_running[VIOLATION_CONDITION_COUNT]; /* of a `queued` while the task ran */
};

bool reports_add(struct reports *reports, const struct violation *violation); /* false: no memory */

/* Before the end: whether the report stands whatever is still to come, and how many of a kind do. */
bool reports_stands_for_good(const struct violation *violation, bool reuses_cancelled);
uint64_t reports_count(const struct reports *reports, enum wsc_violation_kind kind, bool reuses_cancelled);

/* Moves all of `from`, which is empty then, whatever `max` says. False: no memory, and some are still there. */
bool reports_join(struct reports *into, struct reports *from);

/* Lets go of what is certainly not among those to keep, if that is much. */
void reports_trim(struct reports *reports);

/* What the whole trace shows. */
struct reports_facts {
	bool reuses_cancelled; /* a handle was queued again after its life was cancelled */
	bool doubts_all;       /* too many lives of slots are in doubt to say anything of order */
	uint64_t lives;
};

/* Sorts, keeps the first `max` of those that stand. `counts` becomes how many there are of each kind. */
void reports_conclude(struct reports *reports, const struct reports_facts *facts,
                      uint64_t counts[WSC_VIOLATION_KIND_COUNT]);

/* Writes the message, if it has none. False: no memory. */
bool reports_describe(const struct trace_header *header, struct violation *violation);
bool reports_describe_all(const struct trace_header *header, struct reports *reports);

/* Frees what the report owns. */
void reports_drop(struct violation *violation);
void reports_free(struct reports *reports);

#endif
