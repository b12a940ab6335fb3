/* SPDX-License-Identifier: MIT */
#include "ring_process.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Reads a file of one read, as those below /proc are; "" if it can't be read. */
static void read_small(const char *path, char *text, size_t size)
{
	const int fd = open(path, O_RDONLY | O_CLOEXEC);
	const ssize_t got = fd >= 0 ? read(fd, text, size - 1) : 0;
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
