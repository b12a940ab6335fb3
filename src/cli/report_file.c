/* SPDX-License-Identifier: MIT */
#include "report_file.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "json_read.h"
#include "partial_file.h"
#include "read_whole.h"
#include "temporary.h"

/* One byte more than may be read of either: what is longer is then refused as too long. */
enum { CHUNK_BYTES = 65536, KEPT_BYTES_MAX = JSON_READ_BYTES_MAX + 1 };
_Static_assert((int)PARTIAL_BYTES_MAX <= (int)JSON_READ_BYTES_MAX, "what is kept of a pipe");

static bool can_be_read_again(int fd)
{
	struct stat about;
	return fstat(fd, &about) == 0 && (S_ISREG(about.st_mode) || S_ISDIR(about.st_mode));
}

/* What can't be read ends there: it is no whole report then. */
static bool copy(int from, FILE *to)
{
	static char chunk[CHUNK_BYTES];
	size_t size = 0;
	ssize_t got = 1;
	while (size < KEPT_BYTES_MAX && got > 0) {
		const size_t room = KEPT_BYTES_MAX - size;
		got = read_next(from, chunk, room < CHUNK_BYTES ? room : CHUNK_BYTES);
		if (got > 0)
			size += fwrite(chunk, 1, (size_t)got, to);
	}
	return fflush(to) == 0 && !ferror(to);
}

/* A descriptor of what the pipe says, or -1. */
static int keep(int from)
{
	FILE *to = temporary_stream();
	const int kept = to && copy(from, to) ? fcntl(fileno(to), F_DUPFD_CLOEXEC, 0) : -1;
	if (to)
		fclose(to);
	return kept;
}

bool report_file_init(struct report_file *file, const char *path)
{
	const bool is_stdin = strcmp(path, "-") == 0;
	const int fd = is_stdin ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	const bool is_once = fd >= 0 && (is_stdin || !can_be_read_again(fd));
	*file = (struct report_file){.path = path, .kept = is_once ? keep(fd) : -1};
	if (fd >= 0 && !is_stdin)
		close(fd);
	return !is_once || file->kept >= 0;
}

void report_file_free(struct report_file *file)
{
	if (file->kept >= 0)
		close(file->kept);
	file->kept = -1;
}

int report_file_open(const struct report_file *file)
{
	if (file->kept < 0)
		return open(file->path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	return lseek(file->kept, 0, SEEK_SET) == 0 ? file->kept : -1;
}

void report_file_close(const struct report_file *file, int fd)
{
	if (fd >= 0 && fd != file->kept)
		close(fd);
}
