/* SPDX-License-Identifier: MIT */
#include "own_fd.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

/* Below this, descriptors are the standard streams, whether or not they are open. */
#define FD_MIN 3
/*
 * Where most hosts have none. One that closes what is not its own, and opens files, gets the lowest: a write that had been
 * found to be good just before goes nowhere then, and not into those.
 */
#define FD_APART 200

/* Out of the way of the standard streams, which a host may have closed and may want to open again, and of its files. */
static int move_up(int fd)
{
	if (fd < 0 || fd >= FD_APART)
		return fd;
	int moved = fcntl(fd, F_DUPFD_CLOEXEC, FD_APART);
	if (moved < 0 && fd >= FD_MIN)
		return fd; /* the host may have no more than it needs */
	if (moved < 0)
		moved = fcntl(fd, F_DUPFD_CLOEXEC, FD_MIN);
	const int error = errno;
	close(fd);
	errno = error;
	return moved;
}

struct own_fd own_fd_take(int fd)
{
	struct stat status;
	struct own_fd own = {.fd = move_up(fd)};
	if (own.fd < 0)
		return OWN_FD_NONE;
	if (fstat(own.fd, &status) != 0) {
		const int error = errno;
		close(own.fd);
		errno = error;
		return OWN_FD_NONE;
	}
	own.device = status.st_dev;
	own.inode = status.st_ino;
	return own;
}

struct own_fd own_fd_create(int directory, const char *name, int access)
{
	const int fd = openat(directory, name, access | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	const struct own_fd own = own_fd_take(fd);
	if (fd >= 0 && own.fd < 0) {
		const int error = errno;
		unlinkat(directory, name, 0);
		errno = error;
	}
	return own;
}

bool own_fd_valid(const struct own_fd *own)
{
	struct stat status;
	return own->fd >= 0 && fstat(own->fd, &status) == 0 && status.st_dev == own->device &&
	       status.st_ino == own->inode;
}

void own_fd_close(struct own_fd *own)
{
	if (own_fd_valid(own))
		close(own->fd);
	*own = OWN_FD_NONE;
}
