/* SPDX-License-Identifier: MIT */
#include "measure.h"

#include <time.h>

#include "wscheck/record.h"

#define NS_PER_MS 1000000u
#define STEP_NS   (NS_PER_MS / 2)
/* The helpers run for this long, or longer where the host's threads keep them from running at the same time. */
#define PROBE_NS     (8u * NS_PER_MS)
#define PROBE_NS_MAX (24u * NS_PER_MS)
/* Rounds of each kind that are enough, so that the helpers leave the CPUs to the host after a few ms. */
#define PROBE_ROUNDS 5000u

static bool is_probed(const struct clock_probe *probe, uint64_t elapsed_ns)
{
	return clock_probe_has(probe, PROBE_ROUNDS) ||
	       (elapsed_ns >= PROBE_NS && clock_probe_has(probe, CLOCK_PROBE_ROUNDS_MIN)) || elapsed_ns >= PROBE_NS_MAX;
}

void measure_clock(struct trace_header *header, struct clock_moment opened, void (*meanwhile)(void *), void *context)
{
	const bool single = clock_single_cpu();
	struct clock_probe *probe = header->uncertainty_ns == 0 && !single ? clock_probe_start() : NULL;
	const uint64_t begin = wsc_clock_ns();
	uint64_t reversal = 0, elapsed = 0;
	bool measured = false;
	while (elapsed < CLOCK_RATE_NS_MIN || probe != NULL) {
		nanosleep(&(struct timespec){0, STEP_NS}, NULL);
		meanwhile(context);
		elapsed = wsc_clock_ns() - begin;
		clock_probe_next(probe);
		if (probe != NULL && is_probed(probe, elapsed)) {
			measured = clock_probe_stop(probe, &reversal);
			probe = NULL;
		}
	}
	header->ticks_per_second = clock_rate((struct clock_pair){opened.stamp, opened.raw_ns}, clock_pair_raw());
	if (header->uncertainty_ns != 0)
		return;
	if (measured || single)
		header->uncertainty_ns =
		    clock_ticks_ns(reversal, header->ticks_per_second) + CLOCK_UNCERTAINTY_FLOOR_NS;
	else
		header->uncertainty_ns = CLOCK_UNCERTAINTY_UNMEASURED_NS;
}
