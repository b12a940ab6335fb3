/* SPDX-License-Identifier: MIT */
/* Bytes as a file that has no name. */
#ifndef MEMORY_FILE_H
#define MEMORY_FILE_H

#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

/* A file that holds the bytes, open for reading and writing, at its end. The caller closes it. */
static inline int memory_file(const void *bytes, size_t size)
{
	const int fd = memfd_create("bytes", MFD_CLOEXEC);
	if (fd < 0 || (size > 0 && write(fd, bytes, size) != (ssize_t)size))
		abort();
	return fd;
}

/* What opens it by name. */
struct memory_path {
	char text[64];
};

static inline struct memory_path memory_path(int fd)
{
	struct memory_path path;
	snprintf(path.text, sizeof(path.text), "/proc/self/fd/%d", fd);
	return path;
}

#endif
