/* SPDX-License-Identifier: MIT */
#include "cpus.h"

#include <sched.h>
#include <unistd.h>

unsigned cpus_usable(void)
{
	cpu_set_t set;
	/* The mask of a machine with more processors than the set has room for can't be asked for this way. */
	long count = sched_getaffinity(0, sizeof(set), &set) == 0 ? CPU_COUNT(&set) : sysconf(_SC_NPROCESSORS_ONLN);
	return count < 1 ? 1 : (unsigned)count;
}
