/* SPDX-License-Identifier: MIT */
#include "clock.h"

#include <time.h>

#include "wscheck/record.h"

#define PAIR_TRIES   24
#define MOMENT_TRIES 3

static uint64_t read_ns(clockid_t id)
{
	struct timespec now = {0, 0};
	clock_gettime(id, &now);
	return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

enum wsc_clock clock_unit(void)
{
#if !defined(WSC_CLOCK_PORTABLE) && (defined(__x86_64__) || defined(__i386__) || defined(__aarch64__))
	return WSC_CLOCK_TICKS;
#else
	return WSC_CLOCK_NS;
#endif
}

/* Of several tries the one in which the other clock was read within the fewest ticks: nothing came between. */
static struct clock_pair pair_with(clockid_t id)
{
	struct clock_pair best = {0, 0};
	uint64_t narrowest = UINT64_MAX;
	for (int i = 0; i < PAIR_TRIES; i++) {
		const uint64_t before = wsc_stamp_fenced();
		const uint64_t ns = read_ns(id);
		const uint64_t after = wsc_stamp_fenced();
		if (after - before < narrowest) {
			narrowest = after - before;
			best = (struct clock_pair){before + (after - before) / 2, ns};
		}
	}
	return best;
}

struct clock_pair clock_pair_raw(void)
{
	return pair_with(CLOCK_MONOTONIC_RAW);
}

struct clock_pair clock_pair_wall(void)
{
	return pair_with(CLOCK_REALTIME);
}

struct clock_moment clock_moment(void)
{
	struct clock_moment best = {0, 0, 0};
	uint64_t narrowest = UINT64_MAX;
	for (int i = 0; i < MOMENT_TRIES; i++) {
		const uint64_t before = wsc_stamp_fenced();
		const uint64_t raw = read_ns(CLOCK_MONOTONIC_RAW);
		const uint64_t wall = read_ns(CLOCK_REALTIME);
		const uint64_t after = wsc_stamp_fenced();
		if (after - before < narrowest) {
			narrowest = after - before;
			best = (struct clock_moment){before + (after - before) / 2, raw, wall};
		}
	}
	return best;
}

uint64_t clock_rate(struct clock_pair begin, struct clock_pair end)
{
	if (clock_unit() == WSC_CLOCK_NS)
		return 1000000000u;
#if defined(__aarch64__)
	uint64_t rate;
	__asm__ __volatile__("mrs %0, cntfrq_el0" : "=r"(rate));
	(void)begin;
	(void)end;
#else
	const double seconds = (double)(end.ns - begin.ns) / 1e9;
	const uint64_t rate = seconds > 0 ? (uint64_t)((double)(end.stamp - begin.stamp) / seconds + 0.5) : 0;
#endif
	return rate != 0 ? rate : 1;
}

uint64_t clock_ticks_ns(uint64_t ticks, uint64_t ticks_per_second)
{
	return (uint64_t)((double)ticks * 1e9 / (double)ticks_per_second) + (ticks != 0);
}
