/* SPDX-License-Identifier: MIT */
#include "recorder_process.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "ring_process.h"

/* A process that was killed is waited for so long: ten seconds in all. */
enum { DYING_WAIT_NS = 5000000, DYING_WAITS_MAX = 2000 };

/* Whether a process was killed, or has ended, and is only still being cleared away. */
static bool is_dying(pid_t id)
{
	char name[64], *line = NULL;
	size_t capacity = 0;
	bool killed = false;
	struct ring_process process;
	ring_process_look(id, &process);
	if (process.state == '\0' || ring_process_has_ended(&process))
		return true;
	snprintf(name, sizeof(name), "/proc/%ld/status", (long)id);
	FILE *file = fopen(name, "re");
	while (!killed && file != NULL && getline(&line, &capacity, file) > 0) {
		if (strncmp(line, "SigPnd:", 7) == 0 || strncmp(line, "ShdPnd:", 7) == 0)
			killed = (strtoull(line + 7, NULL, 16) >> (SIGKILL - 1) & 1) != 0;
	}
	free(line);
	if (file != NULL)
		fclose(file);
	return killed;
}

bool recorder_lives(int rings_fd)
{
	const struct timespec wait = {0, DYING_WAIT_NS};
	pid_t process = 0;
	for (unsigned i = 0; i < DYING_WAITS_MAX; i++) {
		process = ring_process_of(rings_fd);
		if (process <= 0 || !is_dying(process))
			break;
		nanosleep(&wait, NULL);
	}
	return process != 0;
}

bool recorder_has_open(pid_t process, int trace_fd)
{
	char name[64];
	struct stat trace, other;
	const struct dirent *entry;
	bool found = false;
	snprintf(name, sizeof(name), "/proc/%ld/fd", (long)process);
	DIR *directory = opendir(name);
	if (directory == NULL)
		return errno == EACCES || errno == EPERM;
	while (!found && trace_fd >= 0 && fstat(trace_fd, &trace) == 0 && (entry = readdir(directory)) != NULL)
		found = fstatat(dirfd(directory), entry->d_name, &other, 0) == 0 && other.st_dev == trace.st_dev &&
		        other.st_ino == trace.st_ino;
	closedir(directory);
	return found;
}
