/* SPDX-License-Identifier: MIT */
/*
 * The file that a recorder writes: a temporary name beside the final one, and the final one at the end.
 *
 * The temporary name is PATH.PID.RANDOM.wscheck-tmp, RANDOM being 8 hex digits, in PATH's directory, which is held
 * open, so that a host may change its working directory. Created exclusively, mode 0600, no symlink followed. Whatever
 * a host does with file descriptors that it does not own, what is written goes to this file or nowhere. One thread at a
 * time.
 */
#ifndef RECORD_FILE_H
#define RECORD_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "wscheck/status.h"

struct record_file {
	int fd;
	int directory;
	dev_t fd_device, directory_device; /* what the two descriptors stood for when they were opened */
	ino_t fd_inode, directory_inode;
	char *path;       /* the final one, with %p replaced */
	const char *name; /* its last component */
	char *temporary;  /* the temporary name, without the directory */
	bool said;        /* a failure was reported */
};

/*
 * `pattern`: %p is the process id, %% a percent sign. Removes an older regular file at the path. False, with one line
 * on stderr, when that or creating fails, or when something else than a regular file is there.
 */
bool record_file_open(struct record_file *file, const char *pattern);

/* A trace_sink's write. WSC_IO on failure, said once. */
enum wsc_status record_file_write(void *file, const void *bytes, size_t size);

/* Closes, and gives the file its name, or removes it. False, with one line on stderr, when that fails. */
bool record_file_commit(struct record_file *file);
void record_file_abandon(struct record_file *file);

/* Closes the descriptors and touches nothing else: for a forked child. Async-signal-safe. */
void record_file_forget(struct record_file *file);

/* Frees what the struct owns but the path. */
void record_file_free(struct record_file *file);

#endif
