/* SPDX-License-Identifier: MIT */
/*
 * A plain unit test of the scheduler, with wscheck as the judge. Prints one line a test, and exits with 0 if all is
 * well, 1 if the scheduler is broken, 2 if it could not be tested.
 *
 *	unit-test          tests the scheduler
 *	unit-test BUG      tests it with a planted defect, which must be noticed
 */
#include <stdio.h>
#include <string.h>

#include "scheduler.h"

enum { ROUNDS = 20 };

static void print_violations(wsc_check *check)
{
	struct wsc_check_violation v;
	for (size_t i = 0; i < 5 && wsc_check_get_violation(check, i, &v) == WSC_OK; i++)
		printf("  %s: %s\n", v.name, v.message);
}

/* One history of its own: a clean end says that what was not run is lost. */
static int test_round(wsc_check *check, enum scheduler_bug bug, unsigned workers)
{
	struct scheduler_options options = {.workers = workers, .tasks = 64, .bug = bug, .check = check};
	struct wsc_check_result result;
	unsigned long sum;
	if (wsc_check_reset(check) != WSC_OK || scheduler_run(&options, &sum) != 0 ||
	    wsc_check_finish(check, WSC_END_CLEAN, &result) != WSC_OK || result.refused != 0) {
		printf("not ok - %u workers: could not be tested\n", workers);
		return 2;
	}
	if (result.verdict == WSC_CHECK_PASS)
		return 0;
	printf("not ok - %u workers: %s, %llu errors\n", workers, wsc_check_verdict_name(result.verdict),
	       (unsigned long long)result.errors);
	print_violations(check);
	return 1;
}

static int test(enum scheduler_bug bug)
{
	wsc_check *check;
	int code = 0;
	if (wsc_check_create(&check, NULL) != WSC_OK)
		return 2;
	for (unsigned workers = 2; workers <= 4 && code == 0; workers++) {
		for (int round = 0; round < ROUNDS && code == 0; round++)
			code = test_round(check, bug, workers);
		if (code == 0)
			printf("ok - %u workers: %d rounds, every task ran once and in its turn\n", workers, ROUNDS);
	}
	wsc_check_free(check);
	return code;
}

static int print_help(void)
{
	printf("usage: unit-test [BUG]\n\n");
#define HELP(NAME_, name, help) printf("  %-8s %s\n", name, help);
	SCHEDULER_BUGS(HELP)
#undef HELP
	printf("\nexit status: 0 nothing was found, 1 something was, 2 usage or trouble\n");
	return 0;
}

int main(int argc, char **argv)
{
	static const char *const names[] = {
#define NAME(NAME_, name, help) name,
	    SCHEDULER_BUGS(NAME)
#undef NAME
	};
	const char *name = argc > 1 ? argv[1] : "none";
	if (strcmp(name, "--help") == 0 || strcmp(name, "-h") == 0)
		return print_help();
	for (int bug = 0; bug < SCHEDULER_BUG_COUNT && argc <= 2; bug++) {
		if (strcmp(name, names[bug]) == 0)
			return test((enum scheduler_bug)bug);
	}
	fprintf(stderr, "unit-test: %s '%s' (see unit-test --help)\n",
	        argc > 2 ? "one bug at a time, not also" : "no bug is called", argv[argc > 2 ? 2 : 1]);
	return 2;
}
