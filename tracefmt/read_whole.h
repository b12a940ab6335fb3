/* SPDX-License-Identifier: MIT */
#ifndef READ_WHOLE_H
#define READ_WHOLE_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/*
 * As pread(), but goes on after a short read and after a signal: fewer bytes than `size` are the last of the file. -1: errno
 * says why.
 */
ssize_t read_whole(int fd, void *bytes, size_t size, uint64_t offset);

/* As read_whole(), but as read() does: from where the file stands, and of a pipe, too. */
ssize_t read_next(int fd, void *bytes, size_t size);

#endif
