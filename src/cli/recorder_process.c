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

#include "ring_file.h"
#include "ring_process.h"

/* A process that was killed is waited for so long: ten seconds in all. */
enum { DYING_WAIT_NS = 5000000, DYING_WAITS_MAX = 2000 };

/* A first thread that has ended, with others that go on, is a zombie, too. */
static bool has_ended(const struct ring_process *process)
{
	return process->state == 'X' || (process->state == 'Z' && process->threads <= 1);
}

/* Whether a process was killed, or has ended, and is only still being cleared away. */
static bool is_dying(pid_t id)
{
	char name[64], *line = NULL;
	size_t capacity = 0;
	bool killed = false;
	struct ring_process process;
	ring_process_look(id, &process);
	if (process.state == '\0' || has_ended(&process))
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

/* Whether the kernel runs that ran then, as far as is known. */
static bool is_same_boot(const uint8_t then[RING_PROCESS_BOOT_BYTES])
{
	static const uint8_t unknown[RING_PROCESS_BOOT_BYTES];
	uint8_t now[RING_PROCESS_BOOT_BYTES];
	ring_process_boot_id(now);
	return memcmp(then, now, sizeof(now)) == 0 || memcmp(then, unknown, sizeof(unknown)) == 0 ||
	       memcmp(now, unknown, sizeof(unknown)) == 0;
}

/*
 * The process that records into these rings; 0: none, -1: it can't be seen from here. It holds a write lock on their first
 * byte, but for one that closed descriptors that it does not own: then the process that the rings name has to do.
 */
static pid_t recorder_of(int fd)
{
	struct ring_file_head head;
	struct ring_process process;
	struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = 0, .l_len = 1};
	if (fcntl(fd, F_GETLK, &lock) == 0 && lock.l_type != F_UNLCK)
		return lock.l_pid > 0 ? lock.l_pid : -1;
	if (pread(fd, &head, sizeof(head), 0) != (ssize_t)sizeof(head) || head.state != RING_FILE_RECORDING ||
	    head.process_start == 0 || head.process_id > INT_MAX || !is_same_boot(head.boot_id))
		return 0;
	ring_process_look((pid_t)head.process_id, &process);
	const bool is_it = process.start == head.process_start && !has_ended(&process);
	return is_it ? (pid_t)head.process_id : 0;
}

bool recorder_lives(int rings_fd)
{
	const struct timespec wait = {0, DYING_WAIT_NS};
	pid_t process = 0;
	for (unsigned i = 0; i < DYING_WAITS_MAX; i++) {
		process = recorder_of(rings_fd);
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
