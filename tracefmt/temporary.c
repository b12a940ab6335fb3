/* SPDX-License-Identifier: MIT */
#include "temporary.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

const char *temporary_directory(void)
{
	const char *directory = getenv("TMPDIR");
	return directory && *directory ? directory : "/tmp";
}

int temporary_open(void)
{
	static const char name[] = "/wscheck-XXXXXX";
	const char *directory = temporary_directory();
	const size_t length = strlen(directory);
	char *path = malloc(length + sizeof(name));
	if (!path)
		return -1;
	memcpy(path, directory, length);
	memcpy(path + length, name, sizeof(name));
	const int fd = mkostemp(path, O_CLOEXEC);
	const int error = errno;
	if (fd >= 0)
		unlink(path);
	free(path);
	errno = error;
	return fd;
}

FILE *temporary_stream(void)
{
	const int fd = temporary_open();
	FILE *stream = fd >= 0 ? fdopen(fd, "w+b") : NULL;
	const int error = errno;
	if (fd >= 0 && !stream)
		close(fd);
	errno = error;
	return stream;
}
