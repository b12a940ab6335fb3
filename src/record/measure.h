/* SPDX-License-Identifier: MIT */
/*
 * Measures the clock: its rate and, unless it is given, its uncertainty. Takes CLOCK_RATE_NS_MIN or more, and calls
 * `meanwhile` again and again. The drain thread's.
 */
#ifndef RECORD_MEASURE_H
#define RECORD_MEASURE_H

#include "clock.h"
#include "trace_header.h"

void measure_clock(struct trace_header *header, struct clock_moment opened, void (*meanwhile)(void *), void *context);

#endif
