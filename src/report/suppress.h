/* SPDX-License-Identifier: MIT */
/*
 * Suppressions: reports that somebody looked at and accepts, each with a reason, perhaps up to a day. One a line:
 *
 *	# comment
 *	KIND[,KIND]... [CONDITION]... [until=YYYY-MM-DD] reason="TEXT"
 *
 * KIND may be `*`, any, if there is a condition. CONDITION is one of condition.h; all of a line must hold. A value with
 * blanks stands in double quotes. `until` is the last day, UTC, on which the line holds.
 */
#ifndef REPORT_SUPPRESS_H
#define REPORT_SUPPRESS_H

#include "condition.h"

enum {
	SUPPRESSIONS_MAX = 10000,
	SUPPRESSION_CONDITIONS_MAX = 6,
	SUPPRESSION_LINE_MAX = 32768,
	SUPPRESS_WRONG_MAX = 700
};

struct suppression {
	const char *file; /* the caller's */
	unsigned line;
	unsigned kinds; /* bit k: kind k */
	struct condition conditions[SUPPRESSION_CONDITIONS_MAX];
	size_t condition_count;
	char *reason;
	unsigned until; /* 20270131; 0: for ever */
	bool expired;
	uint64_t matched; /* reports that it suppressed */
};

struct suppressions {
	struct suppression *rows; /* in the order of the files and lines; the first that matches counts */
	size_t count, capacity;
};

/*
 * Adds the lines of a file. `today`: 20270131. INVALID, IO or LIMIT: `wrong` is a sentence with file and line. NOMEM.
 * Free what was read either way.
 */
enum wsc_status suppressions_read(struct suppressions *suppressions, const char *path, unsigned today,
                                  char wrong[SUPPRESS_WRONG_MAX]);
void suppressions_free(struct suppressions *suppressions);

/* The first line in force that matches the report, or NULL. */
struct suppression *suppressions_find(const struct suppressions *suppressions, const struct report *report,
                                      const struct violation *violation);

/* The first line in force that suppresses every report of the kind, whatever it concerns, or NULL. */
struct suppression *suppressions_find_kind(const struct suppressions *suppressions, unsigned kind);

/* A report's key (condition_key()) with this behind it is a line that suppresses it: it says that nobody has yet said why. */
#define SUPPRESS_READY_REASON " reason=\"not looked into yet\""

/* "2027-01-31" of 20270131. */
enum { SUPPRESS_DATE_MAX = 24 };
const char *suppress_date(char buffer[SUPPRESS_DATE_MAX], unsigned date);

#endif
