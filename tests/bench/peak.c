/* SPDX-License-Identifier: MIT */
/*
 * peak COMMAND [ARGUMENT]...: runs a command with its standard output thrown away, and prints one JSON object: its wall
 * time, its processor time and the most memory it ever had resident.
 *
 * This is a program of its own because the kernel counts what a process had resident before its exec too: measured by
 * a large parent, say an interpreter, a small program seems as large as that.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { EXIT_TROUBLE = 2, EXIT_NO_COMMAND = 127 };

static double now_s(void)
{
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static double seconds(const struct timeval *time)
{
	return (double)time->tv_sec + (double)time->tv_usec / 1e6;
}

static _Noreturn void run(char **command)
{
	const int null = open("/dev/null", O_WRONLY | O_CLOEXEC);
	if (null >= 0 && dup2(null, STDOUT_FILENO) >= 0)
		execvp(command[0], command);
	perror(command[0]);
	_exit(EXIT_NO_COMMAND);
}

int main(int argc, char **argv)
{
	if (argc < 2) {
		fprintf(stderr, "usage: peak COMMAND [ARGUMENT]...\n");
		return EXIT_TROUBLE;
	}
	const double begin = now_s();
	const pid_t child = fork();
	if (child == 0)
		run(argv + 1);
	int status;
	struct rusage usage;
	if (child < 0 || wait4(child, &status, 0, &usage) != child) {
		perror("peak");
		return EXIT_TROUBLE;
	}
	const double wall = now_s() - begin;
	const int code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
	printf("{\"exit_code\":%d,\"wall_s\":%.6f,\"cpu_s\":%.6f,\"peak_kib\":%ld}\n", code, wall,
	       seconds(&usage.ru_utime) + seconds(&usage.ru_stime), usage.ru_maxrss);
	return 0;
}
