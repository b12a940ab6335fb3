/* SPDX-License-Identifier: MIT */
#include "output.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "command.h"
#include "memory.h"

enum { NAME_TRIES = 100 };

/* What a signal must remove: set once the file is ours, cleared when it is renamed or removed. */
static char *volatile leftover;

static void remove_and_die(int number)
{
	char *path = leftover;
	if (path)
		unlink(path);
	signal(number, SIG_DFL);
	raise(number);
}

/* Lets these signals remove what is left over. Returns their set; the caller blocks it while the name changes. */
static sigset_t watch_signals(void)
{
	static const int numbers[] = {SIGINT,    SIGTERM, SIGHUP,  SIGQUIT, SIGPIPE, SIGALRM,
	                              SIGVTALRM, SIGPROF, SIGXCPU, SIGUSR1, SIGUSR2, SIGIO};
	sigset_t watched;
	sigemptyset(&watched);
	for (size_t i = 0; i < sizeof(numbers) / sizeof(*numbers); i++) {
		struct sigaction old, action = {.sa_handler = remove_and_die};
		sigaddset(&watched, numbers[i]);
		if (sigaction(numbers[i], NULL, &old) == 0 && old.sa_handler == SIG_DFL)
			sigaction(numbers[i], &action, NULL);
	}
	return watched;
}

static bool fail(const struct output *output, const char *path)
{
	command_error(output->command, "cannot write %s: %s", path, memory_strerror(errno));
	return false;
}

static bool take(struct output *output, int fd)
{
	output->stream = fdopen(fd, "wb");
	if (output->stream)
		return true;
	fail(output, output->path);
	close(fd);
	return false;
}

/* A new file, which a signal removes from its first moment on. Negative, and errno: there is none. */
static int open_new(char *path, mode_t mode)
{
	const sigset_t watched = watch_signals();
	sigset_t before;
	sigprocmask(SIG_BLOCK, &watched, &before);
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode);
	leftover = fd >= 0 ? path : NULL;
	const int error = errno;
	sigprocmask(SIG_SETMASK, &before, NULL);
	errno = error;
	return fd;
}

/* Opens a new file beside the target. */
static bool open_temporary(struct output *output, mode_t mode)
{
	size_t size = strlen(output->target) + 40;
	output->temporary = malloc(size);
	if (!output->temporary)
		return fail(output, output->path);
	int fd = -1;
	for (int i = 0; i < NAME_TRIES; i++) {
		snprintf(output->temporary, size, "%s.%ld.%d.tmp", output->target, (long)getpid(), i);
		fd = open_new(output->temporary, mode);
		if (fd >= 0 || errno != EEXIST)
			break;
	}
	if (fd < 0)
		return fail(output, output->path);
	return take(output, fd);
}

/* The directory in which the file is, or will be. NULL: no memory. */
static char *directory_of(const char *path)
{
	const char *slash = strrchr(path, '/');
	return slash ? strndup(path, (size_t)(slash + 1 - path)) : strdup(".");
}

static bool stat_directory(const char *path, struct stat *status)
{
	char *directory = directory_of(path);
	const bool good = directory && stat(directory, status) == 0;
	free(directory);
	return good;
}

/* Anybody may put files there, and only their owners may take them away: /tmp. Also where that is not known. */
static bool is_shared_directory(const char *path)
{
	struct stat status;
	return !stat_directory(path, &status) ||
	       ((status.st_mode & S_ISVTX) != 0 && (status.st_mode & (S_IWGRP | S_IWOTH)) != 0);
}

/* A link of another user, or, in a shared directory, a pipe of one. */
static bool is_laid(const struct stat *status, const char *path)
{
	if (status->st_uid == 0 || status->st_uid == geteuid())
		return false;
	return S_ISLNK(status->st_mode) || (S_ISFIFO(status->st_mode) && is_shared_directory(path));
}

/* A device or a pipe. What has become a regular file since it was looked at is not written over. */
static bool open_in_place(struct output *output)
{
	struct stat status;
	int fd = open(output->path, O_WRONLY | O_CLOEXEC | O_NOCTTY);
	if (fd < 0 || fstat(fd, &status) != 0 || S_ISREG(status.st_mode) || is_laid(&status, output->path)) {
		errno = fd < 0 ? errno : EEXIST;
		fail(output, output->path);
		if (fd >= 0)
			close(fd);
		return false;
	}
	return take(output, fd);
}

/*
 * In a directory that others may write to, a link may have been laid to make this user write somewhere, or a pipe to hear what
 * is written: only links of the user's own, or of root, are followed, and only such pipes written to there.
 */
static bool is_laid_by_others(const struct output *output, const char *path)
{
	struct stat status;
	if (lstat(path, &status) != 0 || !is_laid(&status, path))
		return false;
	command_error(output->command, "cannot write %s: it is a %s of another user", path,
	              S_ISLNK(status.st_mode) ? "symbolic link" : "pipe");
	return true;
}

static void forget(struct output *output)
{
	leftover = NULL;
	free(output->target);
	free(output->temporary);
	*output = (struct output){.command = output->command, .error = output->error};
}

/* The number of the descriptor that the path stands for (fd(4)), or -1. What is behind it may be open for more than us. */
static int descriptor_of(const char *path)
{
	static const char *const directories[] = {"/dev/fd/", "/proc/self/fd/"};
	if (strcmp(path, "/dev/stdout") == 0)
		return STDOUT_FILENO;
	if (strcmp(path, "/dev/stderr") == 0)
		return STDERR_FILENO;
	for (size_t i = 0; i < sizeof(directories) / sizeof(*directories); i++) {
		const size_t length = strlen(directories[i]);
		const char *digits = path + length;
		if (strncmp(path, directories[i], length) == 0 && *digits && strspn(digits, "0123456789") <= 9 &&
		    digits[strspn(digits, "0123456789")] == '\0')
			return (int)strtol(digits, NULL, 10);
	}
	return -1;
}

bool output_is_stdout(const char *path)
{
	return !path || strcmp(path, "-") == 0 || descriptor_of(path) == STDOUT_FILENO;
}

/* Whether it is one that the program was given to write to; its own are closed on exec. */
static bool is_given(int number)
{
	const int flags = fcntl(number, F_GETFD), mode = fcntl(number, F_GETFL);
	const bool is = flags >= 0 && (flags & FD_CLOEXEC) == 0 && mode >= 0 && (mode & O_ACCMODE) != O_RDONLY;
	if (!is)
		errno = EBADF;
	return is;
}

/* Goes on from where the descriptor stands, as a shell's redirection to it does. */
static bool open_descriptor(struct output *output, int number)
{
	int fd = is_given(number) ? fcntl(number, F_DUPFD_CLOEXEC, 0) : -1;
	if (fd < 0)
		return fail(output, output->path);
	return take(output, fd);
}

const char *output_name(const char *path)
{
	return output_is_stdout(path) ? "standard output" : path;
}

bool output_is_input(const char *command, const char *path, const char *input)
{
	struct stat out, in;
	if (output_is_stdout(path) || strcmp(input, "-") == 0 || stat(path, &out) != 0 || stat(input, &in) != 0)
		return false;
	if (!S_ISREG(out.st_mode) || out.st_dev != in.st_dev || out.st_ino != in.st_ino)
		return false;
	command_error(command, "cannot write %s: it is the input", path);
	return true;
}

/* What the path names once links are followed, also where the last one leads to nothing yet. NULL: no memory, or a circle. */
static char *behind_links(const char *path)
{
	enum { LINKS_MAX = 40 }; /* as many as Linux follows: path_resolution(7) */
	char *name = strdup(path), to[4096];
	for (int i = 0; name && i < LINKS_MAX; i++) {
		const ssize_t length = readlink(name, to, sizeof(to) - 1);
		if (length < 0)
			return name;
		to[length] = '\0';
		char *directory = to[0] == '/' ? strdup("") : directory_of(name), *next = NULL;
		const size_t size = directory ? strlen(directory) + sizeof("/") + (size_t)length : 0;
		if (directory && (next = malloc(size)) != NULL)
			snprintf(next, size, "%s%s%s", directory, to[0] == '/' ? "" : "/", to);
		free(directory);
		free(name);
		name = next;
	}
	free(name);
	return NULL;
}

/* Whether two names, which are no links, are of one name in one directory. */
static bool is_same_name(const char *a, const char *b)
{
	const char *slash_a = strrchr(a, '/'), *slash_b = strrchr(b, '/');
	struct stat x, y;
	if (strcmp(slash_a ? slash_a + 1 : a, slash_b ? slash_b + 1 : b) != 0)
		return false;
	return stat_directory(a, &x) && stat_directory(b, &y) && x.st_dev == y.st_dev && x.st_ino == y.st_ino;
}

bool output_is_same_place(const char *a, const char *b)
{
	if (descriptor_of(a) >= 0 || descriptor_of(b) >= 0)
		return descriptor_of(a) == descriptor_of(b);
	char *end_a = behind_links(a), *end_b = behind_links(b);
	const bool is_same = end_a && end_b && is_same_name(end_a, end_b);
	free(end_a);
	free(end_b);
	return is_same;
}

bool output_is_for_trace(const char *command, const char *path)
{
	if (!path)
		command_error(command, "name the trace to write with '-o TRACE' (see 'wscheck %s --help')", command);
	else if (output_is_stdout(path) && isatty(STDOUT_FILENO))
		command_error(command, "a trace is not for a terminal: name a file with '-o TRACE'");
	else
		return true;
	return false;
}

bool output_check(const char *command, const char *path)
{
	const struct output output = {.command = command};
	struct stat status;
	if (output_is_stdout(path))
		return true;
	if (descriptor_of(path) >= 0)
		return is_given(descriptor_of(path)) || fail(&output, path);
	if (is_laid_by_others(&output, path))
		return false;
	bool exists = stat(path, &status) == 0;
	if (exists && S_ISDIR(status.st_mode)) {
		errno = EISDIR;
		return fail(&output, path);
	}
	if (exists && !S_ISREG(status.st_mode))
		return true;
	/* Of a link, the file behind it is replaced: where that lies is left to output_open(). */
	char *directory = lstat(path, &status) == 0 && S_ISLNK(status.st_mode) ? NULL : directory_of(path);
	bool good = !directory || access(directory, W_OK | X_OK) == 0;
	int error = errno;
	free(directory);
	errno = error;
	return good || fail(&output, path);
}

bool output_open(struct output *output, const char *command, const char *path, enum output_mode mode)
{
	struct stat status;
	*output = (struct output){.command = command};
	if (output_is_stdout(path)) {
		output->stream = stdout;
		return true;
	}
	output->path = path;
	const int number = descriptor_of(path);
	if (number >= 0)
		return open_descriptor(output, number);
	if (is_laid_by_others(output, path))
		return false;
	bool exists = stat(path, &status) == 0;
	if (exists && S_ISDIR(status.st_mode)) {
		errno = EISDIR;
		return fail(output, path);
	}
	if (exists && !S_ISREG(status.st_mode))
		return open_in_place(output);
	/* A link keeps pointing where it did: the file behind it is replaced, and where that is the user's own, a report may be read by no
	 * more than that might. */
	output->target = exists ? realpath(path, NULL) : strdup(path);
	const bool is_own = exists && status.st_uid == geteuid();
	const mode_t allowed = mode == OUTPUT_TRACE ? 0600 : is_own ? status.st_mode & 0666 : 0666;
	if (output->target && open_temporary(output, allowed))
		return true;
	if (!output->target)
		fail(output, path);
	output_abandon(output);
	return false;
}

static enum wsc_status write_bytes(void *context, const void *bytes, size_t size)
{
	struct output *output = context;
	if (fwrite(bytes, 1, size, output->stream) == size)
		return WSC_OK;
	output->error = errno;
	return WSC_IO;
}

struct trace_sink output_sink(struct output *output)
{
	return (struct trace_sink){.write = write_bytes, .context = output};
}

bool output_commit(struct output *output)
{
	int error = errno; /* if an earlier write failed: why */
	bool good = !ferror(output->stream);
	if (fflush(output->stream) != 0) {
		good = false;
		error = errno;
	}
	if (output->stream != stdout) {
		if (fclose(output->stream) != 0 && good) {
			good = false;
			error = errno;
		}
		output->stream = NULL;
	}
	errno = error ? error : EIO;
	if (good && output->temporary && rename(output->temporary, output->target) != 0)
		good = false;
	if (!good) {
		fail(output, output_name(output->path));
		output_abandon(output);
		return false;
	}
	forget(output);
	return true;
}

void output_abandon(struct output *output)
{
	if (output->stream && output->stream != stdout)
		fclose(output->stream);
	if (leftover)
		unlink(leftover);
	forget(output);
}
