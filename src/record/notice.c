/* SPDX-License-Identifier: MIT */
#include "notice.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define NOTICE_BYTES_MAX 1024u

/* Writes with SIGPIPE blocked, and takes back the one that the write raised, unless one was pending already. */
static void write_quietly(const char *text, size_t size)
{
	sigset_t pipe_set, old_set, pending;
	sigemptyset(&pipe_set);
	sigaddset(&pipe_set, SIGPIPE);
	sigemptyset(&pending);
	sigpending(&pending);
	const bool was_pending = sigismember(&pending, SIGPIPE) == 1;
	if (pthread_sigmask(SIG_BLOCK, &pipe_set, &old_set) != 0)
		return;
	const ssize_t written = write(STDERR_FILENO, text, size);
	if (written < 0 && errno == EPIPE && !was_pending) {
		const struct timespec no_wait = {0, 0};
		while (sigtimedwait(&pipe_set, NULL, &no_wait) < 0 && errno == EINTR)
			continue;
	}
	pthread_sigmask(SIG_SETMASK, &old_set, NULL);
}

void notice(const char *format, ...)
{
	static const char prefix[] = "wscheck: ";
	char text[NOTICE_BYTES_MAX];
	const int saved = errno;
	size_t size = sizeof(prefix) - 1;
	memcpy(text, prefix, size);
	va_list arguments;
	va_start(arguments, format);
	const int length = vsnprintf(text + size, sizeof(text) - size - 1, format, arguments);
	va_end(arguments);
	if (length < 0)
		return;
	size += (size_t)length < sizeof(text) - size - 1 ? (size_t)length : sizeof(text) - size - 2;
	for (size_t i = 0; i < size; i++) {
		if ((unsigned char)text[i] < ' ')
			text[i] = '?'; /* a path may hold anything; one line stays one line */
	}
	text[size++] = '\n';
	write_quietly(text, size);
	errno = saved;
}
