/* SPDX-License-Identifier: MIT */
#include "small_thread.h"

enum { STACK_BYTES = 1 << 20 };

bool small_thread_create(pthread_t *thread, void *(*run)(void *), void *context)
{
	pthread_attr_t attributes;
	if (pthread_attr_init(&attributes) != 0)
		return false;
	(void)pthread_attr_setstacksize(&attributes, STACK_BYTES);
	const bool ok = pthread_create(thread, &attributes, run, context) == 0;
	pthread_attr_destroy(&attributes);
	return ok;
}
