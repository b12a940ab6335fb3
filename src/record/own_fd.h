/* SPDX-License-Identifier: MIT */
/*
 * Descriptors of files in a process that is not ours: out of the way of the standard streams, closed by exec, and never
 * used when the host has closed them and got their numbers for files of its own. One thread at a time.
 */
#ifndef RECORD_OWN_FD_H
#define RECORD_OWN_FD_H

#include <stdbool.h>
#include <sys/types.h>

struct own_fd {
	int fd;       /* or -1 */
	dev_t device; /* what it stood for when it was opened */
	ino_t inode;
};

#define OWN_FD_NONE ((struct own_fd){.fd = -1})

/* Takes a descriptor that open() just gave, or -1. `fd` is -1, and errno tells why, if that is no use. */
struct own_fd own_fd_take(int fd);

/* Makes a file exclusively, for its user alone, no link followed; `access` as for open(). On failure there is none. */
struct own_fd own_fd_create(int directory, const char *name, int access);

/* Whether it still stands for the same file. */
bool own_fd_valid(const struct own_fd *own);

/* Closes it if it is still ours. Async-signal-safe. */
void own_fd_close(struct own_fd *own);

#endif
