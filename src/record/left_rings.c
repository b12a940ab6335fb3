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
#include "read_whole.h"
#include "record_file.h"
#include "ring_file.h"
#include "trace_scan.h"

/* Files in the shared directory that are looked at: somebody may have put any number there. */
#define LOOK_MAX 65536u

struct left {
	int rings_directory, directory;
	uint64_t count, bytes; /* of those that stay */
	uint64_t removed;
	bool keeps_all;
	/* Unless all are kept: the last few, by when they were last at work; the first is the oldest. */
	unsigned last_count;
	struct last {
		char rings[NAME_MAX + 1], trace[NAME_MAX + 1]; /* names in the two directories */
		uint8_t trace_id[TRACE_ID_BYTES];
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
	    read_whole(fd, head, sizeof(*head), 0) != (ssize_t)sizeof(*head))
		return false;
	*bytes = (uint64_t)status.st_blocks * 512u;
	return memcmp(head->magic, RING_FILE_MAGIC, RING_FILE_MAGIC_BYTES) == 0 &&
	       memchr(head->path, '\0', sizeof(head->path)) != NULL && ring_process_of(fd) == 0;
}

/* Whether an open file is a part of that trace: by its header, or because nothing is in it yet. Closes it. */
static bool is_part(int fd, const uint8_t trace_id[TRACE_ID_BYTES])
{
	struct trace_file file;
	struct trace_map map;
	struct stat status;
	const bool is_ours = fstat(fd, &status) == 0 && S_ISREG(status.st_mode) && status.st_uid == geteuid();
	if (!is_ours || status.st_size == 0) {
		close(fd);
		return is_ours;
	}
	if (trace_file_open(&file, fd) != WSC_OK)
		return false;
	trace_map_init(&map, &file);
	const bool is_it =
	    trace_scan_header(&map, NULL) == WSC_OK && memcmp(map.header.trace_id, trace_id, TRACE_ID_BYTES) == 0;
	trace_map_free(&map);
	trace_file_close(&file);
	return is_it;
}

/* What was written of its trace, under the temporary name or that of an older part; whatever else has the name stays. */
static void remove_part(const struct left *left, const struct last *one, const char *suffix)
{
	char name[NAME_MAX + 1];
	const int whole = (int)(strlen(one->trace) - strlen(RING_FILE_TRACE_SUFFIX));
	snprintf(name, sizeof(name), "%.*s%s", whole, one->trace, suffix);
	const int fd = openat(left->directory, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	if (fd >= 0 && is_part(fd, one->trace_id))
		unlinkat(left->directory, name, 0);
}

static void remove_one(struct left *left, const struct last *one)
{
	remove_part(left, one, RING_FILE_OLDER_SUFFIX);
	remove_part(left, one, RING_FILE_TRACE_SUFFIX);
	if (unlinkat(left->rings_directory, one->rings, 0) != 0)
		return;
	left->count--;
	left->bytes -= one->bytes;
	left->removed++;
}

/* Puts it among the last few; the oldest of one too many is removed. */
static void keep_last(struct left *left, const struct last *one)
{
	if (left->last_count == LEFT_RINGS_KEPT) {
		const bool is_oldest = one->ended <= left->last[0].ended;
		remove_one(left, is_oldest ? one : &left->last[0]);
		if (is_oldest)
			return;
		memmove(&left->last[0], &left->last[1], --left->last_count * sizeof(left->last[0]));
	}
	unsigned at = left->last_count++;
	for (; at > 0 && left->last[at - 1].ended > one->ended; at--)
		left->last[at] = left->last[at - 1];
	left->last[at] = *one;
}

static void look_at(struct left *left, const char *name, const char *pattern, const char *temporary)
{
	const size_t beside = (size_t)(strrchr(temporary, '/') + 1 - temporary);
	struct ring_file_head head;
	struct last one;
	const int fd = openat(left->rings_directory, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
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
	memcpy(one.trace_id, head.trace_id, TRACE_ID_BYTES);
	snprintf(one.rings, sizeof(one.rings), "%s", name);
	snprintf(one.trace, sizeof(one.trace), "%s", head.path + beside);
	if (!left->keeps_all)
		keep_last(left, &one);
}

static void say(const struct left *left, const char *pattern)
{
	char older[64] = "";
	if (left->removed > 0)
		snprintf(older, sizeof(older), ", and what %" PRIu64 " older left was removed", left->removed);
	notice("%s: rings of %" PRIu64 " killed run%s lie in memory (%" PRIu64 " KiB)%s; see 'wscheck recover --list'",
	       pattern, left->count, left->count == 1 ? "" : "s", left->bytes / 1024, older);
}

/* Whether a path ends with the tail of the name of rings, and the suffix of a temporary trace. */
static bool has_tail(const char *temporary, const char *tail, size_t tail_size)
{
	const size_t size = strlen(temporary), end = tail_size + strlen(RING_FILE_TRACE_SUFFIX);
	return size >= end && strncmp(temporary + size - end, tail, tail_size) == 0;
}

/*
 * Whether rings of that name may be those of a recorder in this process, of this copy of the library or another: to close
 * such a file would give up the lock on it. An earlier process may have had the same id, as the first of a container has in
 * each of its lives.
 */
static bool may_be_ours(int directory, const char *name)
{
	struct stat status;
	return fstatat(directory, name, &status, AT_SYMLINK_NOFOLLOW) == 0 && S_ISREG(status.st_mode) &&
	       status.st_uid == geteuid() && ring_process_may_map(0, status.st_ino);
}

void left_rings_tidy(const char *pattern, const char *temporary, int directory, bool keeps_all)
{
	struct left left = {.directory = directory, .keeps_all = keeps_all};
	const struct dirent *entry;
	const char *tail;
	size_t tail_size;
	if (*temporary != '/')
		return;
	DIR *shared = opendir(RING_FILE_SHARED_DIRECTORY);
	if (shared == NULL)
		return;
	left.rings_directory = dirfd(shared);
	for (unsigned i = 0; i < LOOK_MAX && (entry = readdir(shared)) != NULL; i++) {
		const pid_t process = process_of(entry->d_name, &tail, &tail_size);
		if (process == 0 || has_tail(temporary, tail, tail_size) ||
		    (process == getpid() && may_be_ours(left.rings_directory, entry->d_name)))
			continue;
		look_at(&left, entry->d_name, pattern, temporary);
	}
	closedir(shared);
	if (left.count > 0)
		say(&left, pattern);
}
