/* SPDX-License-Identifier: MIT */
/*
 * A part of what `make coverage` builds, and of nothing else: counters are kept of processes that end by _exit(), too,
 * and what tests/fail/faults.c lets fail are the program's calls, not those that write its counters.
 */
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

extern void faults_stop(void) __attribute__((weak));
void __gcov_dump(void);

/* Who has no right to write the counters says so: that is not what the program said. */
static void get_ready(void)
{
	if (faults_stop)
		faults_stop();
	const int null = open("/dev/null", O_WRONLY | O_CLOEXEC);
	if (null >= 0)
		dup2(null, STDERR_FILENO);
}

/* The handlers of atexit() run before the counters are written, and this one runs last of them. */
__attribute__((constructor)) static void start(void)
{
	if (atexit(get_ready) != 0)
		abort();
}

/* A limit of the size of files would leave halves of counters. */
static bool may_write(void)
{
	struct rlimit limit;
	if (getrlimit(RLIMIT_FSIZE, &limit) != 0)
		return false;
	limit.rlim_cur = limit.rlim_max;
	return setrlimit(RLIMIT_FSIZE, &limit) == 0 && limit.rlim_max == RLIM_INFINITY;
}

void _exit(int code)
{
	get_ready();
	if (may_write())
		__gcov_dump();
	for (;;)
		syscall(SYS_exit_group, code);
}
