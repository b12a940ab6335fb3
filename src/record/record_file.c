/* SPDX-License-Identifier: MIT */
#include "record_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "notice.h"

#define CREATE_TRIES 16
/* Below this, descriptors are the standard streams, whether or not they are open. */
#define FD_MIN 3

static char *expand(const char *pattern)
{
	char pid[16];
	snprintf(pid, sizeof(pid), "%ld", (long)getpid());
	size_t size = 1;
	for (const char *s = pattern; *s != '\0'; s++)
		size += s[0] == '%' && s[1] == 'p' ? sizeof(pid) : 1;
	char *path = malloc(size);
	if (path == NULL)
		return NULL;
	char *out = path;
	for (const char *s = pattern; *s != '\0'; s++) {
		if (s[0] == '%' && s[1] == 'p') {
			for (const char *digit = pid; *digit != '\0'; digit++)
				*out++ = *digit;
			s++;
			continue;
		}
		if (s[0] == '%' && s[1] == '%')
			s++;
		*out++ = *s;
	}
	*out = '\0';
	return path;
}

static bool fail(const struct record_file *file, const char *what)
{
	notice("%s: %s: %s; nothing is recorded", file->path, what, strerror(errno));
	return false;
}

/* Out of the way of the standard streams, which a host may have closed and may want to open again. */
static int move_up(int fd)
{
	if (fd < 0 || fd >= FD_MIN)
		return fd;
	const int moved = fcntl(fd, F_DUPFD_CLOEXEC, FD_MIN);
	const int error = errno;
	close(fd);
	errno = error;
	return moved;
}

static bool open_directory(struct record_file *file)
{
	char *slash = strrchr(file->path, '/');
	file->name = slash != NULL ? slash + 1 : file->path;
	if (*file->name == '\0') {
		errno = EISDIR;
		return fail(file, "can't be a trace");
	}
	char *directory = slash == NULL         ? strdup(".")
	                  : slash == file->path ? strdup("/")
	                                        : strndup(file->path, (size_t)(slash - file->path));
	if (directory == NULL)
		return fail(file, "can't open");
	file->directory = move_up(open(directory, O_PATH | O_DIRECTORY | O_CLOEXEC));
	free(directory);
	struct stat status;
	if (file->directory < 0 || fstat(file->directory, &status) != 0)
		return fail(file, "can't open its directory");
	file->directory_device = status.st_dev;
	file->directory_inode = status.st_ino;
	return true;
}

static bool remove_older(const struct record_file *file)
{
	struct stat status;
	if (fstatat(file->directory, file->name, &status, AT_SYMLINK_NOFOLLOW) != 0)
		return errno == ENOENT || fail(file, "can't look");
	if (!S_ISREG(status.st_mode)) {
		notice("%s: is there already and not a regular file; nothing is recorded", file->path);
		return false;
	}
	return unlinkat(file->directory, file->name, 0) == 0 || errno == ENOENT || fail(file, "can't remove");
}

static bool create_temporary(struct record_file *file)
{
	const size_t size = strlen(file->name) + 48;
	file->temporary = malloc(size);
	if (file->temporary == NULL)
		return fail(file, "can't create");
	for (int i = 0; i < CREATE_TRIES; i++) {
		uint32_t number = 0;
		if (getrandom(&number, sizeof(number), GRND_NONBLOCK) != (ssize_t)sizeof(number))
			number = (uint32_t)i; /* O_EXCL still tells whether the name is free */
		snprintf(file->temporary, size, "%s.%ld.%08x.wscheck-tmp", file->name, (long)getpid(), number);
		file->fd = move_up(openat(file->directory, file->temporary,
		                          O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
		if (file->fd >= 0 || errno != EEXIST)
			break;
	}
	struct stat status;
	if (file->fd < 0 || fstat(file->fd, &status) != 0)
		return fail(file, "can't create");
	file->fd_device = status.st_dev;
	file->fd_inode = status.st_ino;
	return true;
}

bool record_file_open(struct record_file *file, const char *pattern)
{
	*file = (struct record_file){.fd = -1, .directory = -1};
	file->path = expand(pattern);
	if (file->path == NULL) {
		notice("%s: out of memory; nothing is recorded", pattern);
		return false;
	}
	if (open_directory(file) && remove_older(file) && create_temporary(file))
		return true;
	record_file_abandon(file);
	free(file->path);
	file->path = NULL;
	return false;
}

/* A host that closes descriptors it does not own may have got ours for a file of its own. */
static bool still_ours(int fd, dev_t device, ino_t inode)
{
	struct stat status;
	return fd >= 0 && fstat(fd, &status) == 0 && status.st_dev == device && status.st_ino == inode;
}

static bool has_file(const struct record_file *file)
{
	return still_ours(file->fd, file->fd_device, file->fd_inode);
}

static bool has_directory(const struct record_file *file)
{
	return still_ours(file->directory, file->directory_device, file->directory_inode);
}

static enum wsc_status stop(struct record_file *file, const char *why)
{
	if (!file->said)
		notice("%s: %s; the rest is not recorded", file->path, why);
	file->said = true;
	return WSC_IO;
}

enum wsc_status record_file_write(void *context, const void *bytes, size_t size)
{
	struct record_file *file = context;
	if (!has_file(file))
		return stop(file, "the program closed this file");
	const char *rest = bytes;
	while (size > 0) {
		const ssize_t written = write(file->fd, rest, size);
		if (written < 0 && errno == EINTR)
			continue;
		if (written <= 0)
			return stop(file, written < 0 ? strerror(errno) : "can't be written");
		rest += written;
		size -= (size_t)written;
	}
	return WSC_OK;
}

static bool close_written(struct record_file *file)
{
	if (!has_file(file)) {
		file->fd = -1;
		stop(file, "the program closed this file");
		return false;
	}
	const int result = close(file->fd);
	file->fd = -1;
	if (result != 0 && errno != EINTR) {
		stop(file, strerror(errno));
		return false;
	}
	return true;
}

bool record_file_commit(struct record_file *file)
{
	struct stat status;
	bool whole = close_written(file);
	if (!has_directory(file)) {
		stop(file, "the program closed its directory");
		whole = false;
	} else if (fstatat(file->directory, file->name, &status, AT_SYMLINK_NOFOLLOW) == 0 &&
	           !S_ISREG(status.st_mode)) {
		notice("%s: something that is not a regular file came there; the trace stays in %s", file->path,
		       file->temporary);
		whole = false;
	} else if (renameat(file->directory, file->temporary, file->directory, file->name) != 0) {
		notice("%s: can't rename %s: %s", file->path, file->temporary, strerror(errno));
		whole = false;
	}
	record_file_forget(file);
	return whole;
}

void record_file_abandon(struct record_file *file)
{
	if (file->fd >= 0 && has_directory(file))
		unlinkat(file->directory, file->temporary, 0);
	record_file_forget(file);
	record_file_free(file);
}

void record_file_forget(struct record_file *file)
{
	if (has_file(file))
		close(file->fd);
	if (has_directory(file))
		close(file->directory);
	file->fd = -1;
	file->directory = -1;
}

void record_file_free(struct record_file *file)
{
	free(file->temporary);
	file->temporary = NULL;
}
