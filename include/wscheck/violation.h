/* SPDX-License-Identifier: MIT */
/*
 * The kinds of report: what can be wrong with a history, and how bad it is. One row of WSC_VIOLATION_KINDS gives the C
 * name, the name in reports, the severity and one line of help. Valid in C99 and later and in C++11 and later.
 */
#ifndef WSCHECK_VIOLATION_H
#define WSCHECK_VIOLATION_H

#ifdef __cplusplus
extern "C" {
#endif

enum wsc_severity { WSC_SEVERITY_ERROR, WSC_SEVERITY_WARNING };

/* X(NAME, "name", SEVERITY, "what it says in one line") */
#define WSC_VIOLATION_KINDS(X)                                                                                         \
	X(MULTIPLE_OWNERS, "multiple_owners", ERROR, "a task belonged to two workers or two queues at once")           \
	X(DOUBLE_EXECUTION, "double_execution", ERROR, "a task ran twice in one life")                                 \
	X(LOST_WORK, "lost_work", ERROR, "a task was queued or taken and never run")                                   \
	X(STALLED_WORK, "stalled_work", ERROR, "a task still waited when the scheduler stopped making progress")       \
	X(EXEC_AFTER_CANCEL, "exec_after_cancel", ERROR, "a task ran after it was cancelled")                          \
	X(ORDERING_VIOLATION, "ordering_violation", ERROR, "a task was taken out of the order its queue declares")     \
	X(PROTOCOL_VIOLATION, "protocol_violation", ERROR, "no scheduler can do this: a recording call is misplaced")  \
	X(SLOW_STEAL, "slow_steal", WARNING, "a successful steal took longer than the limit")                          \
	X(UNFINISHED_EXECUTION, "unfinished_execution", WARNING, "a task started and never completed")                 \
	X(IDLE_WHILE_WORK, "idle_while_work", WARNING, "a worker slept while a task it could have stolen waited")      \
	X(FALSE_EMPTY, "false_empty", WARNING, "a thief was told `empty` while a task certainly waited there")

enum wsc_violation_kind {
#define WSC_VIOLATION_ENUM(NAME, name, severity, help) WSC_VIOLATION_##NAME,
	WSC_VIOLATION_KINDS(WSC_VIOLATION_ENUM)
#undef WSC_VIOLATION_ENUM
	    WSC_VIOLATION_KIND_COUNT
};

/* Static text. `kind` must be one of the above. */
const char *wsc_violation_name(enum wsc_violation_kind kind);
enum wsc_severity wsc_violation_severity(enum wsc_violation_kind kind);
const char *wsc_violation_help(enum wsc_violation_kind kind);

#ifdef __cplusplus
}
#endif
#endif
