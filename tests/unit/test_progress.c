/* SPDX-License-Identifier: MIT */
/* The line that says how far a file was read: on a terminal alone, after a while, and gone at the end. */
#include <criterion/criterion.h>
#include <fcntl.h>
#include <pty.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "progress.h"

enum { MUCH = 1 << 20, A_FEW_SECONDS = 3 };

static int terminal; /* what reads what is written to standard error */

static void setup(void)
{
	int other;
	cr_assert_eq(openpty(&terminal, &other, NULL, NULL, NULL), 0);
	cr_assert_eq(dup2(other, STDERR_FILENO), STDERR_FILENO);
	setenv("TERM", "xterm", 1);
}

/* What came since the last call. A terminal hands on in its own time: a mark behind it tells that this is all. */
static const char *shown(void)
{
	static char text[4096];
	size_t size = 0;
	cr_assert_eq(write(STDERR_FILENO, "|", 1), 1);
	do {
		cr_assert_lt(size, sizeof(text));
		const ssize_t got = read(terminal, text + size, sizeof(text) - size);
		cr_assert_gt(got, 0);
		size += (size_t)got;
	} while (text[size - 1] != '|');
	text[size - 1] = '\0';
	return text;
}

static struct progress begun(bool is_quiet)
{
	struct progress progress;
	progress_begin(&progress, 1000, is_quiet);
	progress.began_ns -= A_FEW_SECONDS * UINT64_C(1000000000); /* it has been read for a while */
	return progress;
}

Test(progress, says_how_far_it_is, .init = setup)
{
	struct progress progress = begun(false);
	progress_go_on(&progress, 250, 1);
	cr_assert_str_eq(shown(), "", "the clock was looked at for one event");
	progress_go_on(&progress, 250, MUCH);
	const char *text = shown();
	cr_assert_neq(strstr(text, "\r 25 %  1,048,577 events, "), NULL, "%s", text);
	cr_assert_neq(strstr(text, " a second, "), NULL, "%s", text);
	cr_assert_neq(strstr(text, " s left\033[K"), NULL, "%s", text);
	progress_end(&progress);
	cr_assert_str_eq(shown(), "\r\033[K");
	progress_end(&progress);
	cr_assert_str_eq(shown(), "");
}

Test(progress, counts_files, .init = setup)
{
	struct progress progress = begun(false);
	progress_files(&progress, 250);
	const char *text = shown();
	cr_assert_neq(strstr(text, "\r250 of 1,000 traces, "), NULL, "%s", text);
	cr_assert_neq(strstr(text, " s left\033[K"), NULL, "%s", text);
	progress_end(&progress);
	cr_assert_str_eq(shown(), "\r\033[K");
	progress_begin(&progress, 1000, false);
	progress_files(&progress, 250);
	cr_assert_str_eq(shown(), "", "it began this very moment");
	progress = begun(true);
	progress_files(&progress, 250);
	cr_assert_str_eq(shown(), "", "quiet");
}

Test(progress, says_nothing_where_nobody_looks, .init = setup)
{
	struct progress progress = begun(true);
	progress_go_on(&progress, 250, MUCH);
	cr_assert_str_eq(shown(), "", "quiet");
	setenv("TERM", "dumb", 1);
	progress = begun(false);
	progress_go_on(&progress, 250, MUCH);
	cr_assert_str_eq(shown(), "", "a terminal that can't erase");
	setenv("TERM", "xterm", 1);
	cr_assert_eq(dup2(open("/dev/null", O_WRONLY), STDERR_FILENO), STDERR_FILENO);
	progress = begun(false);
	progress_go_on(&progress, 250, MUCH);
	cr_assert_not(progress.is_shown);
}
