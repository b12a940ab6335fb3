/* SPDX-License-Identifier: MIT */
/* Threads that decode and merge: their stacks are small, since all of a stack counts where memory is bounded. */
#ifndef SMALL_THREAD_H
#define SMALL_THREAD_H

#include <pthread.h>
#include <stdbool.h>

/* As pthread_create(). False: there is none to be had. */
bool small_thread_create(pthread_t *thread, void *(*run)(void *), void *context);

#endif
