/* SPDX-License-Identifier: MIT */
#include "read_whole.h"

#include <errno.h>
#include <unistd.h>

ssize_t read_whole(int fd, void *bytes, size_t size, uint64_t offset)
{
	size_t filled = 0;
	while (filled < size) {
		const ssize_t got = pread(fd, (char *)bytes + filled, size - filled, (off_t)(offset + filled));
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
