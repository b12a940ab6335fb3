/* SPDX-License-Identifier: MIT */
#include "quiet.h"

#include <errno.h>
#include <time.h>

static bool is_pending(int signal_number)
{
	sigset_t pending;
	sigemptyset(&pending);
	sigpending(&pending);
	return sigismember(&pending, signal_number) == 1;
}

bool quiet_begin(struct quiet *quiet, int signal_number)
{
	sigset_t set;
	sigemptyset(&set);
	sigaddset(&set, signal_number);
	quiet->was_pending = is_pending(signal_number);
	quiet->signal = pthread_sigmask(SIG_BLOCK, &set, &quiet->before) == 0 ? signal_number : 0;
	return quiet->signal != 0;
}

void quiet_end(struct quiet *quiet)
{
	const struct timespec no_wait = {0, 0};
	const int saved = errno;
	sigset_t set;
	if (quiet->signal == 0)
		return;
	sigemptyset(&set);
	sigaddset(&set, quiet->signal);
	if (!quiet->was_pending && is_pending(quiet->signal)) {
		while (sigtimedwait(&set, NULL, &no_wait) < 0 && errno == EINTR)
			continue;
	}
	pthread_sigmask(SIG_SETMASK, &quiet->before, NULL);
	errno = saved;
}
