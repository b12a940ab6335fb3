/* SPDX-License-Identifier: MIT */
#include "notice.h"

#include <errno.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "quiet.h"

#define NOTICE_BYTES_MAX 1024u

/* A closed or broken stderr is no error and raises nothing in the host. */
static void write_quietly(const char *text, size_t size)
{
	struct quiet quiet;
	if (!quiet_begin(&quiet, SIGPIPE))
		return;
	const ssize_t written = write(STDERR_FILENO, text, size);
	(void)written; /* there is nobody else to tell */
	quiet_end(&quiet);
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
