/* SPDX-License-Identifier: MIT */
#include "record_file.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "notice.h"
#include "ring_file.h"

#define CREATE_TRIES 16
#define COPY_BYTES   65536

char *record_file_expand(const char *pattern, pid_t process)
{
	char pid[16];
	snprintf(pid, sizeof(pid), "%ld", (long)process);
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
	notice("%s: %s: %s; %s", file->path, what, strerror(errno), file->consequence);
	return false;
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
	file->directory = own_fd_take(open(directory, O_PATH | O_DIRECTORY | O_CLOEXEC));
	free(directory);
	return file->directory.fd >= 0 || fail(file, "can't open its directory");
}

static bool remove_older(const struct record_file *file)
{
	struct stat status;
	if (fstatat(file->directory.fd, file->name, &status, AT_SYMLINK_NOFOLLOW) != 0)
		return errno == ENOENT || fail(file, "can't look");
	if (!S_ISREG(status.st_mode)) {
		notice("%s: is there already and not a regular file; %s", file->path, file->consequence);
		return false;
	}
	return unlinkat(file->directory.fd, file->name, 0) == 0 || errno == ENOENT || fail(file, "can't remove");
}

/* Creates the file of the temporary name. */
static bool create(struct record_file *file)
{
	file->own = own_fd_create(file->directory.fd, file->temporary, O_WRONLY);
	return file->own.fd >= 0;
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
		file->number = number;
		snprintf(file->temporary, size, "%s.%ld.%08" PRIx32 RING_FILE_TRACE_SUFFIX, file->name, (long)getpid(),
		         number);
		if (create(file) || errno != EEXIST)
			break;
	}
	return file->own.fd >= 0 || fail(file, "can't create");
}

bool record_file_open(struct record_file *file, char *path, const char *consequence)
{
	*file = (struct record_file){
	    .own = OWN_FD_NONE, .directory = OWN_FD_NONE, .path = path, .consequence = consequence};
	if (open_directory(file) && remove_older(file) && create_temporary(file))
		return true;
	record_file_abandon(file);
	return false;
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
	if (!own_fd_valid(&file->own))
		return stop(file, "the program closed this file");
	if (file->bytes_max != 0 && (size > file->bytes_max || file->bytes > file->bytes_max - size))
		return stop(file, "has reached its size limit");
	if (file->bytes == 0)
		file->first_bytes = size;
	const char *rest = bytes;
	while (size > 0) {
		const ssize_t written = write(file->own.fd, rest, size);
		if (written < 0 && errno == EINTR)
			continue;
		if (written <= 0)
			return stop(file, written < 0 ? strerror(errno) : "can't be written");
		rest += written;
		size -= (size_t)written;
		file->bytes += (uint64_t)written;
	}
	return WSC_OK;
}

enum wsc_status record_file_next(struct record_file *file)
{
	const size_t size = strlen(file->temporary) + 1;
	if (!own_fd_valid(&file->directory))
		return stop(file, "the program closed its directory");
	char *older = file->older != NULL ? file->older : malloc(size);
	if (older != NULL && file->older == NULL)
		snprintf(older, size, "%s.%ld.%08" PRIx32 RING_FILE_OLDER_SUFFIX, file->name, (long)getpid(),
		         file->number);
	if (older == NULL || renameat(file->directory.fd, file->temporary, file->directory.fd, older) != 0) {
		const enum wsc_status status = stop(file, strerror(errno));
		if (file->older == NULL)
			free(older); /* there is no such file */
		return status;
	}
	file->older = older;
	own_fd_close(&file->own);
	file->bytes = 0;
	if (create(file))
		return WSC_OK;
	const enum wsc_status status = stop(file, strerror(errno));
	/* What there is is all there will be, where need be under the name that it has now. */
	if (renameat(file->directory.fd, file->older, file->directory.fd, file->temporary) == 0) {
		free(file->older);
		file->older = NULL;
	}
	return status;
}

/* Opens a file of ours for reading, from `skip` on. `fd` is -1 if it is not there. */
static struct own_fd open_part(const struct record_file *file, const char *name, uint64_t skip)
{
	struct own_fd part = own_fd_take(openat(file->directory.fd, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC));
	if (part.fd >= 0 && lseek(part.fd, (off_t)skip, SEEK_SET) < 0)
		own_fd_close(&part);
	return part;
}

static bool is_missing(const struct own_fd *part)
{
	return part->fd < 0 && errno == ENOENT;
}

/* Writes what is left of a file into another, and closes it. WSC_IO: not said, unless the other could not be written. */
static enum wsc_status append(struct own_fd *from, struct record_file *to)
{
	enum wsc_status status = WSC_OK;
	char bytes[COPY_BYTES];
	ssize_t got = 0;
	if (from->fd < 0)
		return WSC_IO;
	while (status == WSC_OK && ((got = read(from->fd, bytes, sizeof(bytes))) > 0 || (got < 0 && errno == EINTR)))
		status = got > 0 ? record_file_write(to, bytes, (size_t)got) : WSC_OK;
	own_fd_close(from);
	return status == WSC_OK && got < 0 ? WSC_IO : status;
}

enum wsc_status record_file_copy(const struct record_file *from, struct record_file *to)
{
	enum wsc_status status = WSC_OK;
	if (!own_fd_valid(&from->directory))
		return stop(to, "the program closed the trace's directory");
	if (from->older != NULL) {
		struct own_fd older = open_part(from, from->older, 0);
		status = append(&older, to);
	}
	if (status == WSC_OK) {
		struct own_fd newer = open_part(from, from->temporary, from->older != NULL ? from->first_bytes : 0);
		if (from->older == NULL || !is_missing(&newer))
			status = append(&newer, to);
	}
	return status == WSC_OK ? WSC_OK : stop(to, "the trace can't be read");
}

static bool close_written(struct record_file *file)
{
	if (!own_fd_valid(&file->own)) {
		file->own = OWN_FD_NONE;
		stop(file, "the program closed this file");
		return false;
	}
	const int result = close(file->own.fd);
	file->own = OWN_FD_NONE;
	if (result != 0 && errno != EINTR) {
		stop(file, strerror(errno));
		return false;
	}
	return true;
}

/*
 * What was written before and what was written since become one file, under the temporary name. Where that fails, the
 * newer one is a trace by itself, and the older one is given up, which is said. Where there is no newer one, the older one
 * is all; unless it could not be made, which was said, somebody removed it.
 */
static bool join_older(struct record_file *file)
{
	struct record_file whole = {.path = file->path, .said = true, .directory = OWN_FD_NONE};
	struct own_fd newer = open_part(file, file->temporary, file->first_bytes);
	const bool is_alone = is_missing(&newer);
	whole.own = own_fd_take(openat(file->directory.fd, file->older, O_WRONLY | O_APPEND | O_NOFOLLOW | O_CLOEXEC));
	bool is_joined = is_alone || append(&newer, &whole) == WSC_OK;
	own_fd_close(&whole.own);
	if (is_joined)
		is_joined = renameat(file->directory.fd, file->older, file->directory.fd, file->temporary) == 0;
	else
		unlinkat(file->directory.fd, file->older, 0);
	if (is_joined && is_alone && !file->said) {
		notice("%s: the last part of it is gone; the trace lacks that", file->path);
		return false;
	}
	if (!is_joined)
		notice("%s: what was written before its last part can't be joined to it; the trace lacks that",
		       file->path);
	return is_joined;
}

bool record_file_commit(struct record_file *file)
{
	struct stat status;
	bool whole = close_written(file);
	const bool has_directory = own_fd_valid(&file->directory);
	if (file->older != NULL && has_directory)
		whole = join_older(file) && whole;
	if (!has_directory) {
		stop(file, "the program closed its directory");
		whole = false;
	} else if (fstatat(file->directory.fd, file->name, &status, AT_SYMLINK_NOFOLLOW) == 0 &&
	           !S_ISREG(status.st_mode)) {
		notice("%s: something that is not a regular file came there; the trace stays in %s", file->path,
		       file->temporary);
		whole = false;
	} else if (renameat(file->directory.fd, file->temporary, file->directory.fd, file->name) != 0) {
		notice("%s: can't rename %s: %s", file->path, file->temporary, strerror(errno));
		whole = false;
	}
	record_file_forget(file);
	return whole;
}

void record_file_abandon(struct record_file *file)
{
	if (file->own.fd >= 0 && own_fd_valid(&file->directory)) {
		unlinkat(file->directory.fd, file->temporary, 0);
		if (file->older != NULL)
			unlinkat(file->directory.fd, file->older, 0);
	}
	record_file_forget(file);
	record_file_free(file);
}

void record_file_forget(struct record_file *file)
{
	own_fd_close(&file->own);
	own_fd_close(&file->directory);
}

void record_file_free(struct record_file *file)
{
	free(file->temporary);
	free(file->older);
	file->temporary = NULL;
	file->older = NULL;
}
