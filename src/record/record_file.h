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
#include <stdint.h>

#include "own_fd.h"
#include "wscheck/status.h"

struct record_file {
	struct own_fd own, directory;
	char *path;              /* the final one, with %p replaced */
	const char *name;        /* its last component */
	char *temporary;         /* the temporary name, without the directory */
	uint32_t number;         /* the random part of it */
	char *older;             /* name of what was written before record_file_next(); or NULL */
	bool said;               /* a failure was reported */
	const char *consequence; /* of not being able to open it */
	uint64_t bytes;          /* written so far */
	uint64_t bytes_max;      /* 0: no limit */
	uint64_t first_bytes;    /* of the first write, which is a header */
};

/* A path in which %p is that process id and %% a percent sign, as a new string. NULL: no memory. */
char *record_file_expand(const char *pattern, pid_t process);

/*
 * Takes the path, which is the caller's to free, when the file no longer needs it. Removes an older regular file there.
 * False, with one line on stderr that ends with `consequence`, when that or creating fails, or when something else than a
 * regular file is there.
 */
bool record_file_open(struct record_file *file, char *path, const char *consequence);

/* A trace_sink's write. WSC_IO on failure, said once. */
enum wsc_status record_file_write(void *file, const void *bytes, size_t size);

/*
 * Goes on in a new file, empty, under the temporary name; what there is becomes NAME.PID.RANDOM.wscheck-old, in place of
 * what had that name. At the end the two become one again, without the header of the second. WSC_IO on failure, said
 * once: the recording ends with what there was.
 */
enum wsc_status record_file_next(struct record_file *file);

/* Writes what the one has so far into the other. WSC_IO on failure, said once. */
enum wsc_status record_file_copy(const struct record_file *from, struct record_file *to);

/* Closes, and gives the file its name, or removes it. False, with one line on stderr, when that fails. */
bool record_file_commit(struct record_file *file);
void record_file_abandon(struct record_file *file);

/* Closes the descriptors and touches nothing else: for a forked child. Async-signal-safe. */
void record_file_forget(struct record_file *file);

/* Frees what the struct owns but the path. */
void record_file_free(struct record_file *file);

#endif
