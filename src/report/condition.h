/* SPDX-License-Identifier: MIT */
/*
 * What a report is picked by: its kind, and what it concerns. The same words in options (`--queue injector`) and in
 * files (`queue=injector`).
 *
 *	task=100, task=0x64     the task or the other task
 *	worker=3, worker=NAME   one of the workers
 *	queue=7, queue=NAME     the queue, or the one that the take names; queue=own: any that is a worker's own deque,
 *	                        not declared in the trace
 *	label=NAME              the task's label; label="": it has none
 *	cause=missing-fence     the likeliest cause
 *	time=10ms..20ms         into the trace, both ends included; either may be missing
 *
 * In a NAME, `*` stands for any characters, and \* \\ \" and \xNN for themselves. What is all digits, or `own`, is no
 * name unless one of its characters is written so.
 */
#ifndef REPORT_CONDITION_H
#define REPORT_CONDITION_H

#include "report.h"

enum condition_type {
	CONDITION_TASK,
	CONDITION_WORKER,
	CONDITION_QUEUE,
	CONDITION_LABEL,
	CONDITION_CAUSE,
	CONDITION_TIME
};

struct condition {
	enum condition_type type;
	bool is_name;      /* worker, queue: by name */
	bool is_own;       /* queue: any worker's own */
	uint64_t from, to; /* time in ns; else the number, twice */
	char *name;        /* owned; CONDITION_ANY stands for any characters */
};

/* Never part of a name, for names are UTF-8. */
#define CONDITION_ANY '\xff'

/* What is wrong with a word, a clause. */
enum { CONDITION_WRONG_MAX = 200 };

/*
 * Reads a condition, to be freed with condition_free(). INVALID: `wrong` says why. NOMEM.
 */
enum wsc_status condition_parse(struct condition *condition, enum condition_type type, const char *value,
                                char wrong[CONDITION_WRONG_MAX]);
void condition_free(struct condition *condition);

/* The type by its word; false: there is none of that name. */
bool condition_type_find(const char *word, enum condition_type *type);
const char *condition_type_name(enum condition_type type);

bool condition_matches(const struct condition *condition, const struct report *report,
                       const struct violation *violation);

/*
 * Whether the report knows anything that the condition may mean: a worker or queue of the trace, a task that a report
 * concerns. A number or name for which it does not is likely a mistake. True if it can't be told.
 */
bool condition_is_known(const struct condition *condition, const struct report *report);

/* Adds the kinds that a comma-separated list names to *kinds, bit k for kind k. False: `wrong` says why. */
bool condition_kinds(const char *list, unsigned *kinds, char wrong[CONDITION_WRONG_MAX]);

/*
 * The stable key of a report: its kind and the conditions that tell it from reports of other causes, but nothing that
 * changes from run to run, as handles, workers and times do: `double_execution queue=own cause=missing-fence`. It is
 * what a line of a suppressions file begins with. Free it. NULL: no memory.
 */
char *condition_key(const struct report *report, const struct violation *violation);

#endif
