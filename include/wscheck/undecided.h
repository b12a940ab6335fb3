/* SPDX-License-Identifier: MIT */
/*
 * Why nothing was concluded about a task. One row of WSC_UNDECIDED_REASONS gives the C name, the name in reports and the
 * reason as a clause. Valid in C99 and later and in C++11 and later.
 */
#ifndef WSCHECK_UNDECIDED_H
#define WSCHECK_UNDECIDED_H

#ifdef __cplusplus
extern "C" {
#endif

/*
 * A task has the reason that came first. X(NAME, "name", "clause")
 *
 * GAP: the evidence spans a gap. LATE_WORKER: in a window, it spans what a worker did before it attached, or what may have
 * been stamped before the window began (within the uncertainty). OVERRUN: more events were too close to each other than the
 * checker holds. MANY_ORDERS: so were more events of the task than can be tried in every order. MANY_LIVES: of a handle that
 * is used again. REUSED_HANDLE: a report is withheld, for handles of cancelled tasks are used again and, in a window or
 * after a gap, one of their entries may be what was taken.
 */
#define WSC_UNDECIDED_REASONS(X)                                                                                       \
	X(GAP, "gap", "events that concern them are missing")                                                          \
	X(LATE_WORKER, "late_worker", "what was done before a worker attached, or the window began, was not seen")     \
	X(OVERRUN, "overrun", "too many events at once waited for their order")                                        \
	X(MANY_ORDERS, "many_orders", "their stamps fit more courses of events than are followed")                     \
	X(MANY_LIVES, "many_lives", "more of their lives were open at once than are kept apart")                       \
	X(REUSED_HANDLE, "reused_handle", "an entry that a cancelled task left unseen may be what was taken")

enum wsc_undecided_reason {
#define WSC_UNDECIDED_ENUM(NAME, name, clause) WSC_UNDECIDED_##NAME,
	WSC_UNDECIDED_REASONS(WSC_UNDECIDED_ENUM)
#undef WSC_UNDECIDED_ENUM
	    WSC_UNDECIDED_REASON_COUNT
};

/* Static text. `reason` must be one of the above. */
const char *wsc_undecided_name(enum wsc_undecided_reason reason);
const char *wsc_undecided_clause(enum wsc_undecided_reason reason);

#ifdef __cplusplus
}
#endif
#endif
