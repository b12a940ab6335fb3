/* SPDX-License-Identifier: MIT */
#include "ring_process.h"

#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "read_whole.h"
#include "ring_file.h"

/* Reads a small file, as those below /proc are; "" if it can't be read. */
static void read_small(const char *path, char *text, size_t size)
{
	const int fd = open(path, O_RDONLY | O_CLOEXEC);
	const ssize_t got = fd >= 0 ? read_whole(fd, text, size - 1, 0) : 0;
	if (fd >= 0)
		close(fd);
	text[got > 0 ? got : 0] = '\0';
}

void ring_process_look(pid_t id, struct ring_process *process)
{
	char path[64] = "/proc/self/stat", text[1024];
	*process = (struct ring_process){0};
	if (id != 0)
		snprintf(path, sizeof(path), "/proc/%ld/stat", (long)id);
	read_small(path, text, sizeof(text));
	const char *at = strrchr(text, ')'); /* the second field may hold blanks and parentheses */
	for (unsigned field = 3; at != NULL && (at = strchr(at, ' ')) != NULL && field <= 22; field++) {
		at++;
		if (field == 3)
			process->state = *at;
		else if (field == 20)
			process->threads = strtoul(at, NULL, 10);
		else if (field == 22)
			process->start = strtoull(at, NULL, 10);
	}
}

/* A first thread that has ended, with others that go on, is a zombie, too. */
bool ring_process_has_ended(const struct ring_process *process)
{
	return process->state == 'X' || (process->state == 'Z' && process->threads <= 1);
}

/* A line of a maps file: addresses, permissions, offset, device, inode. (The device is not always that of stat().) */
static uint64_t mapped_inode(const char *line)
{
	for (unsigned field = 0; field < 4 && line != NULL; field++) {
		line = strchr(line, ' ');
		line += line != NULL;
	}
	return line != NULL ? strtoull(line, NULL, 10) : 0;
}

bool ring_process_may_map(pid_t id, uint64_t inode)
{
	char path[64] = "/proc/self/maps", *line = NULL;
	size_t capacity = 0;
	bool any = false, found = false;
	if (id != 0)
		snprintf(path, sizeof(path), "/proc/%ld/maps", (long)id);
	FILE *maps = fopen(path, "re");
	if (maps == NULL)
		return true;
	while (!found && getline(&line, &capacity, maps) > 0) {
		any = true; /* there is nothing once the first thread has ended, though others go on */
		found = mapped_inode(line) == inode;
	}
	found = found || !any || !feof(maps);
	free(line);
	fclose(maps);
	return found;
}

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

void ring_process_boot_id(uint8_t id[RING_PROCESS_BOOT_BYTES])
{
	char text[64];
	unsigned digits = 0;
	memset(id, 0, RING_PROCESS_BOOT_BYTES);
	read_small("/proc/sys/kernel/random/boot_id", text, sizeof(text));
	for (const char *s = text; *s != '\0' && digits < 2 * RING_PROCESS_BOOT_BYTES; s++) {
		const int digit = hex_digit(*s);
		if (digit < 0)
			continue;
		id[digits / 2] = (uint8_t)(id[digits / 2] << 4 | digit);
		digits++;
	}
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
 * It holds a write lock on their first byte; one that closed descriptors which it does not own is found by what they name.
 * (After exec() the process has both, and the rings no more.)
 */
pid_t ring_process_of(int rings_fd)
{
	struct ring_file_head head;
	struct ring_process process;
	struct stat status;
	struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = 0, .l_len = 1};
	if (fcntl(rings_fd, F_GETLK, &lock) == 0 && lock.l_type != F_UNLCK)
		return lock.l_pid > 0 ? lock.l_pid : -1;
	if (read_whole(rings_fd, &head, sizeof(head), 0) != (ssize_t)sizeof(head) ||
	    head.state != RING_FILE_RECORDING || head.process_start == 0 || head.process_id > INT_MAX ||
	    !is_same_boot(head.boot_id) || fstat(rings_fd, &status) != 0)
		return 0;
	ring_process_look((pid_t)head.process_id, &process);
	const bool is_it = process.start == head.process_start && !ring_process_has_ended(&process) &&
	                   ring_process_may_map((pid_t)head.process_id, status.st_ino);
	return is_it ? (pid_t)head.process_id : 0;
}
