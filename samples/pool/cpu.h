/* SPDX-License-Identifier: MIT */
/* Threads and processors, for the pool and for the harness of `samples/deque`. */
#ifndef POOL_CPU_H
#define POOL_CPU_H

#include <pthread.h>
#include <sched.h>

/*
 * Gives the calling thread, one of `threads` with ids from 0 on, a processor of its own where there are enough. A kernel
 * likes to put a woken thread beside the one that woke it, and would need longer than many a run takes to spread them. A
 * refusal does no harm.
 */
static inline void cpu_settle(unsigned id, unsigned threads)
{
	cpu_set_t allowed;
	cpu_set_t own;

	if (sched_getaffinity(0, sizeof(allowed), &allowed) != 0 || CPU_COUNT(&allowed) < (int)threads)
		return;
	CPU_ZERO(&own);
	for (unsigned cpu = 0; cpu < CPU_SETSIZE; cpu++)
		if (CPU_ISSET(cpu, &allowed) && id-- == 0) {
			CPU_SET(cpu, &own);
			break;
		}
	pthread_setaffinity_np(pthread_self(), sizeof(own), &own);
}

/* Lets a processor know that the thread spins. */
static inline void cpu_relax(void)
{
#if defined(__x86_64__) || defined(__i386__)
	__builtin_ia32_pause();
#elif defined(__aarch64__)
	__asm__ __volatile__("yield");
#else
	__asm__ __volatile__("");
#endif
}

#endif
