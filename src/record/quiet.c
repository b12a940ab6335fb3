/* SPDX-License-Identifier: MIT */
#include "quiet.h"

#include <errno.h>
#include <time.h>

bool quiet_begin(struct quiet *quiet, const int *signals)
{
	sigemptyset(&quiet->signals);
	sigemptyset(&quiet->pending);
	for (; *signals != 0; signals++)
		sigaddset(&quiet->signals, *signals);
	sigpending(&quiet->pending);
	return pthread_sigmask(SIG_BLOCK, &quiet->signals, &quiet->before) == 0;
}

/* Takes back a signal that was not pending before. */
static void take_back(const struct quiet *quiet, int signal_number)
{
	const struct timespec no_wait = {0, 0};
	sigset_t pending, set;
	sigemptyset(&pending);
	sigpending(&pending);
	if (sigismember(&pending, signal_number) != 1 || sigismember(&quiet->pending, signal_number) == 1)
		return;
	sigemptyset(&set);
	sigaddset(&set, signal_number);
	(void)sigtimedwait(&set, NULL, &no_wait); /* it does not wait, so that nothing can interrupt it */
}

void quiet_end(struct quiet *quiet)
{
	const int saved = errno;
	for (int number = 1; number < NSIG; number++) {
		if (sigismember(&quiet->signals, number) == 1)
			take_back(quiet, number);
	}
	pthread_sigmask(SIG_SETMASK, &quiet->before, NULL);
	errno = saved;
}
