/* SPDX-License-Identifier: MIT */
#include "read_whole.h"

#include <errno.h>
#include <unistd.h>

/* From `offset`, or, if that is negative, from where the file stands. */
static ssize_t read_all(int fd, char *bytes, size_t size, off_t offset)
{
	size_t filled = 0;
	while (filled < size) {
		const ssize_t got = offset < 0 ? read(fd, bytes + filled, size - filled)
		                               : pread(fd, bytes + filled, size - filled, offset + (off_t)filled);
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return -1;
		if (got == 0)
			break;
		filled += (size_t)got;
	}
	return (ssize_t)filled;
}

ssize_t read_whole(int fd, void *bytes, size_t size, uint64_t offset)
{
	if (offset > INT64_MAX) {
		errno = EINVAL;
		return -1;
	}
	return read_all(fd, bytes, size, (off_t)offset);
}

ssize_t read_next(int fd, void *bytes, size_t size)
{
	return read_all(fd, bytes, size, -1);
}
