/* SPDX-License-Identifier: MIT */
/*
 * What the stamps of record.h mean in time: their rate, their relation to wall time, and how far two threads' stamps
 * can contradict what happened. Any thread.
 */
#ifndef RECORD_CLOCK_H
#define RECORD_CLOCK_H

#include <stdbool.h>
#include <stdint.h>

#include "wscheck/event.h"

/* Added to every measured uncertainty, in ns: what a few ms of trying can't be relied on to find. */
#define CLOCK_UNCERTAINTY_FLOOR_NS 100u
/* The uncertainty where the helpers never ran at the same time: ten times what was seen where they did. */
#define CLOCK_UNCERTAINTY_UNMEASURED_NS 1000u
/* Rounds of each kind, in which the two helpers met, without which an uncertainty does not count as measured. */
#define CLOCK_PROBE_ROUNDS_MIN 100u
/* The rate is measured over at least this long: reading the two clocks together is good to 50 ns or so, 5e-6 of it. */
#define CLOCK_RATE_NS_MIN 10000000u

/* The same moment on two clocks. */
struct clock_pair {
	uint64_t stamp;
	uint64_t ns;
};

/* Whether stamps are ticks or ns. */
enum wsc_clock clock_unit(void);

/* Now, against CLOCK_MONOTONIC_RAW (which no NTP daemon slews), and against wall time. */
struct clock_pair clock_pair_raw(void);
struct clock_pair clock_pair_wall(void);

/* Now, on all three: good to some ten ns, unless the thread was interrupted. */
struct clock_moment {
	uint64_t stamp, raw_ns, wall_ns;
};
struct clock_moment clock_moment(void);

/* Ticks per second between two readings of clock_pair_raw(); never 0. Exact by definition where the unit is ns. */
uint64_t clock_rate(struct clock_pair begin, struct clock_pair end);

/* `ticks` in ns, rounded up. */
uint64_t clock_ticks_ns(uint64_t ticks, uint64_t ticks_per_second);

/*
 * Measures the largest reversal between causally ordered stamps of two helper threads: around a contended CAS (plain
 * before, fenced after) and around a store and the load that sees it. The helpers sit on the first and the last CPU
 * that the process may use; nobody else's affinity is touched. clock_probe_start() returns at once;
 * clock_probe_next(), called every now and then, changes from the one kind of round to the other; clock_probe_has()
 * tells whether there were so many rounds of both, in which the helpers met, and they need not go on;
 * clock_probe_stop() ends it and never waits. True, and the reversal in ticks, when the helpers met often enough in
 * both kinds. NULL: there is nothing to measure with.
 */
struct clock_probe;
struct clock_probe *clock_probe_start(void);
void clock_probe_next(struct clock_probe *probe);
bool clock_probe_has(const struct clock_probe *probe, uint64_t rounds); /* not NULL */
bool clock_probe_stop(struct clock_probe *probe, uint64_t *reversal);

/* Whether the process may use one CPU only, where stamps can't contradict each other. */
bool clock_single_cpu(void);

#endif
