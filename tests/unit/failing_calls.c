/* SPDX-License-Identifier: MIT */
/* Apart from the test: what it keeps in memory, the compiler takes malloc() and its like not to look at. */
#include "failing_calls.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <unistd.h>

static _Thread_local enum failing failing_what;
static _Thread_local long failing_in; /* calls until it fails */
static _Thread_local bool failing_for_good, failing_hit;

void fail_from_now(enum failing what, long number, bool for_good)
{
	failing_hit = false;
	failing_for_good = for_good;
	failing_in = number;
	failing_what = what;
}

bool fail_no_more(void)
{
	failing_what = NOTHING_FAILS;
	return failing_hit;
}

enum failing set_failing(enum failing what)
{
	const enum failing before = failing_what;
	failing_what = what;
	return before;
}

static bool fails(enum failing what, int error)
{
	if (what != failing_what)
		return false;
	failing_in--;
	if (failing_in > 0 || (failing_in < 0 && !failing_for_good))
		return false;
	failing_hit = true;
	errno = error;
	return true;
}

/* A call of this name, with these parameters and arguments, that gives `failed` when it fails. */
#define FAILING(type, name, what, error, failed, parameters, arguments)                                                \
	type __real_##name parameters;                                                                                 \
	type __wrap_##name parameters;                                                                                 \
	type __wrap_##name parameters                                                                                  \
	{                                                                                                              \
		return fails(what, error) ? (failed) : __real_##name arguments;                                        \
	}

FAILING(void *, malloc, MEMORY_FAILS, ENOMEM, NULL, (size_t size), (size))
FAILING(void *, calloc, MEMORY_FAILS, ENOMEM, NULL, (size_t count, size_t size), (count, size))
FAILING(void *, realloc, MEMORY_FAILS, ENOMEM, NULL, (void *old, size_t size), (old, size))
FAILING(void *, aligned_alloc, MEMORY_FAILS, ENOMEM, NULL, (size_t alignment, size_t size), (alignment, size))
FAILING(char *, strdup, MEMORY_FAILS, ENOMEM, NULL, (const char *text), (text))
FAILING(char *, strndup, MEMORY_FAILS, ENOMEM, NULL, (const char *text, size_t size), (text, size))
FAILING(void *, ZSTD_createCCtx, MEMORY_FAILS, ENOMEM, NULL, (void), ())
FAILING(void *, ZSTD_createDCtx, MEMORY_FAILS, ENOMEM, NULL, (void), ())
FAILING(void *, json_tokener_new_ex, MEMORY_FAILS, ENOMEM, NULL, (int depth), (depth))
FAILING(void *, mmap, MEMORY_FAILS, ENOMEM, (void *)-1,
        (void *at, size_t size, int prot, int flags, int fd, off_t offset), (at, size, prot, flags, fd, offset))

FAILING(ssize_t, pread, CALLS_FAIL, EIO, -1, (int fd, void *to, size_t size, off_t at), (fd, to, size, at))
FAILING(int, fstat, CALLS_FAIL, EIO, -1, (int fd, struct stat *status), (fd, status))
FAILING(int, fstatat, CALLS_FAIL, EIO, -1, (int fd, const char *path, struct stat *status, int flags),
        (fd, path, status, flags))
FAILING(off_t, lseek, CALLS_FAIL, EIO, -1, (int fd, off_t at, int whence), (fd, at, whence))
FAILING(ssize_t, readlink, CALLS_FAIL, EACCES, -1, (const char *path, char *to, size_t size), (path, to, size))
FAILING(int, dup, CALLS_FAIL, EMFILE, -1, (int fd), (fd))
FAILING(int, renameat, CALLS_FAIL, EACCES, -1, (int from, const char *name, int to, const char *new),
        (from, name, to, new))
FAILING(ssize_t, getrandom, CALLS_FAIL, EAGAIN, -1, (void *to, size_t size, unsigned flags), (to, size, flags))
FAILING(int, sigaction, CALLS_FAIL, EINVAL, -1, (int number, const struct sigaction *new, struct sigaction *old),
        (number, new, old))
FAILING(int, sem_init, CALLS_FAIL, ENOSPC, -1, (sem_t * semaphore, int shared, unsigned value),
        (semaphore, shared, value))
FAILING(int, pthread_cond_init, CALLS_FAIL, EAGAIN, EAGAIN, (pthread_cond_t * c, const pthread_condattr_t *a), (c, a))
FAILING(int, pthread_mutex_init, CALLS_FAIL, EAGAIN, EAGAIN, (pthread_mutex_t * m, const pthread_mutexattr_t *a),
        (m, a))
FAILING(int, pthread_sigmask, MASKS_FAIL, EINVAL, EINVAL, (int how, const sigset_t *set, sigset_t *old),
        (how, set, old))

/* A thread that runs late: the one that is to be joined. */
static _Thread_local bool threads_run_late;
static _Thread_local struct {
	void *(*start)(void *);
	void *argument;
} late_thread;

void run_threads_late(bool late)
{
	threads_run_late = late;
}

int __real_pthread_create(pthread_t *thread, const pthread_attr_t *traits, void *(*start)(void *), void *argument);
int __wrap_pthread_create(pthread_t *thread, const pthread_attr_t *traits, void *(*start)(void *), void *argument);
int __wrap_pthread_create(pthread_t *thread, const pthread_attr_t *traits, void *(*start)(void *), void *argument)
{
	if (fails(CALLS_FAIL, EAGAIN))
		return EAGAIN;
	if (!threads_run_late)
		return __real_pthread_create(thread, traits, start, argument);
	late_thread.start = start;
	late_thread.argument = argument;
	*thread = pthread_self();
	return 0;
}

int __real_pthread_join(pthread_t thread, void **result);
int __wrap_pthread_join(pthread_t thread, void **result);
int __wrap_pthread_join(pthread_t thread, void **result)
{
	if (late_thread.start == NULL)
		return __real_pthread_join(thread, result);
	void *got = late_thread.start(late_thread.argument);
	late_thread.start = NULL;
	if (result != NULL)
		*result = got;
	return 0;
}

/* What is said on standard error must get there, to be judged. */
ssize_t __real_write(int fd, const void *from, size_t size);
ssize_t __wrap_write(int fd, const void *from, size_t size);
ssize_t __wrap_write(int fd, const void *from, size_t size)
{
	if (fd != STDERR_FILENO && (fails(CALLS_FAIL, EIO) || fails(CALLS_ARE_INTERRUPTED, EINTR)))
		return -1;
	return __real_write(fd, from, size);
}

/* The descriptor is free whatever it says. */
int __real_close(int fd);
int __wrap_close(int fd);
int __wrap_close(int fd)
{
	const bool failed = fails(CALLS_FAIL, EIO) || fails(CALLS_ARE_INTERRUPTED, EINTR);
	const int error = errno, result = __real_close(fd);
	if (failed)
		errno = error;
	return failed ? -1 : result;
}

ssize_t __real_read(int fd, void *to, size_t size);
ssize_t __wrap_read(int fd, void *to, size_t size);
ssize_t __wrap_read(int fd, void *to, size_t size)
{
	if (fails(CALLS_FAIL, EIO) || fails(CALLS_ARE_INTERRUPTED, EINTR))
		return -1;
	return __real_read(fd, to, size);
}

int __real_posix_fallocate(int fd, off_t at, off_t size);
int __wrap_posix_fallocate(int fd, off_t at, off_t size);
int __wrap_posix_fallocate(int fd, off_t at, off_t size)
{
	if (fails(CALLS_ARE_INTERRUPTED, EINTR))
		return EINTR;
	return fails(CALLS_FAIL, EIO) ? ENOSPC : __real_posix_fallocate(fd, at, size);
}

int __real_openat(int directory, const char *path, int flags, ...);
int __wrap_openat(int directory, const char *path, int flags, ...);
int __wrap_openat(int directory, const char *path, int flags, ...)
{
	va_list arguments;
	va_start(arguments, flags);
	const mode_t mode = (flags & O_CREAT) != 0 ? va_arg(arguments, mode_t) : 0;
	va_end(arguments);
	return fails(CALLS_FAIL, EACCES) ? -1 : __real_openat(directory, path, flags, mode);
}
