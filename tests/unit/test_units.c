/* SPDX-License-Identifier: MIT */
/* Numbers as people read them. */
#include <criterion/criterion.h>

#include "units.h"

static char buffer[UNITS_MAX];

Test(units, counts_have_thousands)
{
	cr_expect_str_eq(units_count(buffer, 0), "0");
	cr_expect_str_eq(units_count(buffer, 999), "999");
	cr_expect_str_eq(units_count(buffer, 1000), "1,000");
	cr_expect_str_eq(units_count(buffer, 123456), "123,456");
	cr_expect_str_eq(units_count(buffer, UINT64_MAX), "18,446,744,073,709,551,615");
}

/* Three digits, and a unit that changes where rounding would give a fourth. */
Test(units, durations_have_three_digits)
{
	static const struct {
		uint64_t ns;
		const char *text;
	} rows[] = {
	    {0, "0 ns"},
	    {999, "999 ns"},
	    {1000, "1.00 us"},
	    {1250, "1.25 us"},
	    {9994, "9.99 us"},
	    {9996, "10.0 us"},
	    {99940, "99.9 us"},
	    {99960, "100 us"},
	    {999499, "999 us"},
	    {999500, "1.00 ms"},
	    {999500000, "1.00 s"},
	    {12500000, "12.5 ms"},
	    {UINT64_C(3600000000000), "3600 s"},
	    {UINT64_MAX, "18446744074 s"},
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		cr_expect_str_eq(units_duration(buffer, rows[i].ns), rows[i].text);
}

Test(units, bytes_are_binary)
{
	cr_expect_str_eq(units_bytes(buffer, 1023), "1023 B");
	cr_expect_str_eq(units_bytes(buffer, 1024), "1.00 KiB");
	cr_expect_str_eq(units_bytes(buffer, 1536 * 1024), "1.50 MiB");
	cr_expect_str_eq(units_bytes(buffer, UINT64_MAX), "16.0 EiB");
}

Test(units, a_share_of_nothing_is_no_number)
{
	cr_expect_str_eq(units_share(buffer, 2, 5), "40.0 %");
	cr_expect_str_eq(units_percent(buffer, 5, 5), "100.0");
	cr_expect_str_eq(units_share(buffer, 0, 0), "-");
	cr_expect_str_eq(units_percent(buffer, 0, 0), "-");
}

Test(units, the_wall_clock_is_utc)
{
	cr_expect_str_eq(units_wall(buffer, 0), "1970-01-01T00:00:00.000000000Z");
	cr_expect_str_eq(units_wall(buffer, UINT64_C(1769862896123456789)), "2026-01-31T12:34:56.123456789Z");
}
