/* SPDX-License-Identifier: MIT */
/*
 * What record.h stamps with where there is no counter. Here, and not in the recorder: whoever reads the rings of a live
 * one takes stamps of the same clock.
 */
#include <time.h>

#include "wscheck/record.h"

uint64_t wsc_clock_ns(void)
{
	struct timespec now = {0, 0};
	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}
