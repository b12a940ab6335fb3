/* SPDX-License-Identifier: MIT */
#include "left_rings.h"

#include <dirent.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "notice.h"
#include "record_file.h"
#include "ring_file.h"

/* Files in the shared directory that are looked at: somebody may have put any number there. */
#define LOOK_MAX 65536u

struct left {
	uint64_t count, bytes; /* of those that stay */
	uint64_t removed;
	bool keeps_all;
	/* Unless all are kept: the last few, by when they were last at work; the first is the oldest. */
	unsigned last_count;
	struct last {
		char name[NAME_MAX + 1];
		uint64_t ended, bytes;
	} last[LEFT_RINGS_KEPT];
};

/* The process id in a name of rings, with its ".PID.RANDOM" at *tail; 0: it is no such name. */
static pid_t process_of(const char *name, const char **tail, size_t *tail_size)
{
	const size_t prefix = strlen(RING_FILE_SHARED_PREFIX), size = strlen(name),
	             suffix = strlen(RING_FILE_SHARED_SUFFIX);
	char *end;
	if (strncmp(name, RING_FILE_SHARED_PREFIX ".", prefix + 1) != 0 || size < prefix + suffix + 2 ||
	    strcmp(name + size - suffix, RING_FILE_SHARED_SUFFIX) != 0)
		return 0;
	const long process = strtol(name + prefix + 1, &end, 10);
	*tail = name + prefix;
	*tail_size = size - suffix - prefix;
	return *end == '.' && process > 0 && process <= INT_MAX ? (pid_t)process : 0;
}

/* Whether rings of that name and path are those of a run of the trace, not counting where it lies. */
static bool is_run_of(const char *pattern, const char *rings, const char *path)
{
	const char *slash = strrchr(pattern, '/'), *tail = NULL;
	size_t tail_size = 0;
	const pid_t process = process_of(rings, &tail, &tail_size);
	char *name = record_file_expand(slash != NULL ? slash + 1 : pattern, process);
	const size_t size = name != NULL ? strlen(name) : 0;
	const bool is_it = process != 0 && name != NULL && strncmp(path, name, size) == 0 &&
	                   strncmp(path + size, tail, tail_size) == 0 &&
	                   strcmp(path + size + tail_size, RING_FILE_TRACE_SUFFIX) == 0;
	free(name);
	return is_it;
}

/* Reads the head of rings that are this user's, and whose process is gone. */
static bool read_head(int fd, struct ring_file_head *head, uint64_t *bytes)
{
	struct stat status;
	if (fstat(fd, &status) != 0 || !S_ISREG(status.st_mode) || status.st_uid != geteuid() ||
	    pread(fd, head, sizeof(*head), 0) != (ssize_t)sizeof(*head))
		return false;
	*bytes = (uint64_t)status.st_blocks * 512u;
	return memcmp(head->magic, RING_FILE_MAGIC, RING_FILE_MAGIC_BYTES) == 0 &&
	       memchr(head->path, '\0', sizeof(head->path)) != NULL && ring_process_of(fd) == 0;
}

static void remove_one(struct left *left, int directory, const struct last *one)
{
	if (unlinkat(directory, one->name, 0) != 0)
		return;
	left->count--;
	left->bytes -= one->bytes;
	left->removed++;
}

/* Puts it among the last few; the oldest of one too many is removed. */
static void keep_last(struct left *left, int directory, const struct last *one)
{
	if (left->last_count == LEFT_RINGS_KEPT) {
		const bool is_oldest = one->ended <= left->last[0].ended;
		remove_one(left, directory, is_oldest ? one : &left->last[0]);
		if (is_oldest)
			return;
		memmove(&left->last[0], &left->last[1], --left->last_count * sizeof(left->last[0]));
	}
	unsigned at = left->last_count++;
	for (; at > 0 && left->last[at - 1].ended > one->ended; at--)
		left->last[at] = left->last[at - 1];
	left->last[at] = *one;
}

static void look_at(struct left *left, int directory, const char *name, const char *pattern, const char *temporary)
{
	const size_t beside = (size_t)(strrchr(temporary, '/') + 1 - temporary);
	struct ring_file_head head;
	struct last one;
	const int fd = openat(directory, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	if (fd < 0)
		return;
	const bool is_left = read_head(fd, &head, &one.bytes) && strncmp(head.path, temporary, beside) == 0 &&
	                     is_run_of(pattern, name, head.path + beside);
	close(fd);
	if (!is_left)
		return;
	left->count++;
	left->bytes += one.bytes;
	one.ended = ring_file_last_wall_ns(&head);
	snprintf(one.name, sizeof(one.name), "%s", name);
	if (!left->keeps_all)
		keep_last(left, directory, &one);
}

static void say(const struct left *left, const char *pattern)
{
	char older[64] = "";
	if (left->removed > 0)
		snprintf(older, sizeof(older), ", and those of %" PRIu64 " older ones were removed", left->removed);
	notice("%s: rings of %" PRIu64 " killed run%s lie in memory (%" PRIu64 " KiB)%s; see 'wscheck recover --list'",
	       pattern, left->count, left->count == 1 ? "" : "s", left->bytes / 1024, older);
}

void left_rings_tidy(const char *pattern, const char *temporary, bool keeps_all)
{
	struct left left = {.keeps_all = keeps_all};
	const struct dirent *entry;
	const char *tail;
	size_t tail_size;
	if (*temporary != '/')
		return;
	DIR *shared = opendir(RING_FILE_SHARED_DIRECTORY);
	for (unsigned i = 0; shared != NULL && i < LOOK_MAX && (entry = readdir(shared)) != NULL; i++) {
		const pid_t process = process_of(entry->d_name, &tail, &tail_size);
		if (process != 0 && process != getpid()) /* to close a file of ours would give up our lock on it */
			look_at(&left, dirfd(shared), entry->d_name, pattern, temporary);
	}
	if (shared != NULL)
		closedir(shared);
	if (left.count > 0)
		say(&left, pattern);
}
