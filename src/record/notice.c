/* SPDX-License-Identifier: MIT */
#include "notice.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "quiet.h"
#include "utf8.h"

#define NOTICE_BYTES_MAX 1024u

/* Where there was no stderr when the program was loaded, the descriptor is that of something else, if it is one. */
static bool has_stderr = true;
__attribute__((constructor)) static void look_for_stderr(void)
{
	has_stderr = fcntl(STDERR_FILENO, F_GETFD) >= 0;
}

/* Whether a line can be written at once: of a pipe, that there is room for one. */
static bool takes_a_line(void)
{
	struct pollfd stderr_is = {.fd = STDERR_FILENO, .events = POLLOUT};
	return has_stderr && poll(&stderr_is, 1, 0) == 1 && stderr_is.revents == POLLOUT;
}

/* A reader that is gone, a file at its size limit, and the terminal of another job raise a signal each. */
static void write_quietly(const char *text, size_t size)
{
	struct quiet quiet;
	if (!takes_a_line() || !quiet_begin(&quiet, (const int[]){SIGPIPE, SIGXFSZ, SIGTTOU, 0}))
		return;
	const ssize_t written = write(STDERR_FILENO, text, size);
	(void)written; /* there is nobody else to tell */
	quiet_end(&quiet);
}

/* A path may hold anything: one line stays one line, and a terminal is told nothing. */
static void hide_unseen(char *text)
{
	while (*text != '\0') {
		uint32_t code = 0;
		const size_t length = utf8_character((const unsigned char *)text, SIZE_MAX, &code);
		const size_t hidden = length == 0 ? 1 : utf8_is_unseen(code) ? length : 0;
		memset(text, '?', hidden);
		text += hidden > 0 ? hidden : length;
	}
}

void notice(const char *format, ...)
{
	char text[NOTICE_BYTES_MAX] = "wscheck: ";
	const int saved = errno;
	const size_t prefix = strlen(text);
	va_list arguments;
	va_start(arguments, format);
	vsnprintf(text + prefix, sizeof(text) - prefix - 1, format, arguments);
	va_end(arguments);
	hide_unseen(text);
	const size_t size = strlen(text); /* at most two less than there is room for */
	text[size] = '\n';
	write_quietly(text, size + 1);
	errno = saved;
}
