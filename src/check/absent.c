/* SPDX-License-Identifier: MIT */
/*
 * Each kind of report says that no legal course of events shows as this trace; an event that was not seen may make one.
 * Attempts, failed ones and parks tell of no task: of these a source may see nothing without any error going unseen.
 * So it is with `dequeued`, which may be left out where the run follows.
 */
#include "absent.h"

#define BIT(KIND) (1U << WSC_EV_##KIND)
#define RUNS      (BIT(EXEC_START) | BIT(EXEC_COMPLETE))
#define BREAKS    (BIT(SUSPENDED) | BIT(RESUMED))
#define LEAVES    (BIT(STEAL_SUCCESS) | BIT(EXEC_START) | BIT(CANCELLED) | BIT(PUSH_FAILED)) /* a queue */

static const uint32_t explained_by[WSC_VIOLATION_KIND_COUNT] = {
    [WSC_VIOLATION_MULTIPLE_OWNERS] = BIT(QUEUED) | RUNS | BREAKS | LEAVES,
    [WSC_VIOLATION_DOUBLE_EXECUTION] = BIT(QUEUED) | BIT(PUSH_FAILED) | BIT(EXEC_COMPLETE) | BREAKS,
    [WSC_VIOLATION_LOST_WORK] = BIT(RESUMED) | LEAVES,
    [WSC_VIOLATION_STALLED_WORK] = BIT(RESUMED) | LEAVES,
    [WSC_VIOLATION_EXEC_AFTER_CANCEL] = BIT(QUEUED),
    [WSC_VIOLATION_ORDERING_VIOLATION] = LEAVES,
    [WSC_VIOLATION_PROTOCOL_VIOLATION] = BIT(QUEUED) | BIT(EXEC_START) | BREAKS,
    [WSC_VIOLATION_UNFINISHED_EXECUTION] = RUNS | BREAKS,
    [WSC_VIOLATION_IDLE_WHILE_WORK] = LEAVES | BIT(UNPARKED) | BIT(WAKE),
    [WSC_VIOLATION_FALSE_EMPTY] = LEAVES,
};

/* A history of a deque has no runs to miss. */
static uint32_t unseen(const struct trace_header *header)
{
	if (header->scope != WSC_SCOPE_DEQUE)
		return header->absent;
	/* ... nor has it any that would tell of an owner's take that was not seen. */
	uint32_t takes = (header->absent & BIT(DEQUEUED)) != 0 ? BIT(STEAL_SUCCESS) : 0;
	return (header->absent & ~(RUNS | BREAKS)) | takes;
}

bool absent_explains(const struct trace_header *header, enum wsc_violation_kind kind, bool of_task)
{
	uint32_t kinds = explained_by[kind];

	if (kind == WSC_VIOLATION_PROTOCOL_VIOLATION) {
		if (!of_task)
			return false;
		/* What left a slot unseen makes the next start in it look like one of another life. */
		if (header->identity == WSC_IDENTITY_RECYCLED)
			kinds |= LEAVES;
		/* What left a queue unseen seems to have been cancelled there, where that is not seen either. */
		else if ((header->absent & BIT(CANCELLED)) != 0)
			kinds |= (LEAVES & ~BIT(CANCELLED)) | BIT(DEQUEUED);
	}
	return (unseen(header) & kinds) != 0;
}

bool absent_hides(const struct trace_header *header)
{
	uint32_t kinds = 0;

	for (int kind = 0; kind < WSC_VIOLATION_KIND_COUNT; kind++) {
		if (wsc_violation_severity((enum wsc_violation_kind)kind) == WSC_SEVERITY_ERROR)
			kinds |= explained_by[kind];
	}
	return (unseen(header) & kinds) != 0;
}
