/* SPDX-License-Identifier: MIT */
/* Has wscheck judge a trace. */
#ifndef DEQUE_VERDICT_H
#define DEQUE_VERDICT_H

/* Exit codes, as of `wscheck analyze`. */
enum { VERDICT_PASS, VERDICT_FAIL, VERDICT_TROUBLE, VERDICT_INCONCLUSIVE };

/*
 * Prints the command `wscheck analyze TRACE` and runs it. `program` is wscheck's path; NULL: it is looked for beside
 * this program, in the directory above, and in PATH. VERDICT_TROUBLE also if it can't be run, which is said on stderr.
 */
int verdict_of(const char *program, const char *trace);

#endif
