/* SPDX-License-Identifier: MIT */
/* The rate and the uncertainty of stamps. No test of speed: only of what must hold on any machine, however busy. */
#include <criterion/criterion.h>
#include <math.h>
#include <sched.h>
#include <time.h>

#include "clock.h"
#include "wscheck/record.h"

static void sleep_ns(long ns)
{
	nanosleep(&(struct timespec){0, ns}, NULL);
}

/* Two measurements of 20 ms agree with one over both to 1e-4, which is what a trace's header promises. */
Test(clock, rate_is_good_to_a_ten_thousandth)
{
	const struct clock_pair begin = clock_pair_raw();
	sleep_ns(20000000);
	const struct clock_pair middle = clock_pair_raw();
	sleep_ns(200000000);
	const struct clock_pair end = clock_pair_raw();
	const double first = (double)clock_rate(begin, middle), both = (double)clock_rate(begin, end);
	cr_assert_lt(fabs(first - both) / both, 1e-4, "%.0f and %.0f ticks per second", first, both);
}

Test(clock, rate_of_no_time_is_not_zero)
{
	const struct clock_pair now = clock_pair_raw();
	cr_assert_neq(clock_rate(now, now), 0);
}

Test(clock, rounds_up_to_ns)
{
	cr_assert_eq(clock_ticks_ns(0, 1000000000), 0);
	cr_assert_geq(clock_ticks_ns(1, 3000000000), 1);
	cr_assert_geq(clock_ticks_ns(2600, 2600000000), 1000);
	cr_assert_leq(clock_ticks_ns(2600, 2600000000), 1001);
}

/* The probe ends when it is told to, and leaves the affinity of the thread that started it alone. */
Test(clock, probe_ends_and_touches_no_affinity)
{
	cpu_set_t before, after;
	cr_assert_eq(sched_getaffinity(0, sizeof(before), &before), 0);
	const uint64_t begin = wsc_clock_ns();
	struct clock_probe *probe = clock_probe_start();
	sleep_ns(4000000);
	clock_probe_next(probe);
	sleep_ns(4000000);
	uint64_t reversal = UINT64_MAX;
	const bool measured = clock_probe_stop(probe, &reversal);
	cr_assert_eq(sched_getaffinity(0, sizeof(after), &after), 0);
	const bool same = CPU_EQUAL(&before, &after) != 0;
	cr_assert(same);
	/* Whatever came between, a reversal is shorter than the whole probe. */
	const uint64_t rate = clock_unit() == WSC_CLOCK_NS ? 1000000000u : 10000000000u;
	if (measured)
		cr_assert_lt(clock_ticks_ns(reversal, rate), wsc_clock_ns() - begin);
}
