/* SPDX-License-Identifier: MIT */
#include "units.h"

#include <stdio.h>
#include <time.h>

const char *units_count(char buffer[UNITS_MAX], uint64_t count)
{
	char digits[UNITS_MAX];
	int length = snprintf(digits, sizeof(digits), "%llu", (unsigned long long)count);
	char *to = buffer;
	for (int i = 0; i < length; i++) {
		if (i > 0 && (length - i) % 3 == 0)
			*to++ = ',';
		*to++ = digits[i];
	}
	*to = '\0';
	return buffer;
}

/* Three significant digits of value / divisor. */
static const char *scaled(char buffer[UNITS_MAX], uint64_t value, uint64_t divisor, const char *unit)
{
	double scale = (double)value / (double)divisor;
	int decimals = scale < 9.995 ? 2 : scale < 99.95 ? 1 : 0;
	snprintf(buffer, UNITS_MAX, "%.*f %s", decimals, scale, unit);
	return buffer;
}

const char *units_duration(char buffer[UNITS_MAX], uint64_t ns)
{
	if (ns < 1000) {
		snprintf(buffer, UNITS_MAX, "%u ns", (unsigned)ns);
		return buffer;
	}
	if (ns < 999500)
		return scaled(buffer, ns, 1000, "us");
	if (ns < 999500000)
		return scaled(buffer, ns, 1000000, "ms");
	return scaled(buffer, ns, 1000000000, "s");
}

const char *units_bytes(char buffer[UNITS_MAX], uint64_t bytes)
{
	static const char *const units[] = {"KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
	if (bytes < 1024) {
		snprintf(buffer, UNITS_MAX, "%u B", (unsigned)bytes);
		return buffer;
	}
	unsigned step = 0;
	while (step + 1 < sizeof(units) / sizeof(*units) && bytes >> (10 * (step + 2)) != 0)
		step++;
	return scaled(buffer, bytes, UINT64_C(1) << (10 * (step + 1)), units[step]);
}

const char *units_percent(char buffer[UNITS_MAX], uint64_t part, uint64_t whole)
{
	if (whole == 0)
		snprintf(buffer, UNITS_MAX, "-");
	else
		snprintf(buffer, UNITS_MAX, "%.1f", 100.0 * (double)part / (double)whole);
	return buffer;
}

const char *units_share(char buffer[UNITS_MAX], uint64_t part, uint64_t whole)
{
	if (whole == 0)
		return units_percent(buffer, part, whole);
	snprintf(buffer, UNITS_MAX, "%.1f %%", 100.0 * (double)part / (double)whole);
	return buffer;
}

const char *units_plural(uint64_t count)
{
	return count == 1 ? "" : "s";
}

const char *units_wall(char buffer[UNITS_MAX], uint64_t ns_since_1970)
{
	time_t seconds = (time_t)(ns_since_1970 / 1000000000);
	struct tm parts;
	char stem[24];
	if (!gmtime_r(&seconds, &parts) || strftime(stem, sizeof(stem), "%Y-%m-%dT%H:%M:%S", &parts) == 0)
		snprintf(buffer, UNITS_MAX, "?");
	else
		snprintf(buffer, UNITS_MAX, "%s.%09uZ", stem, (unsigned)(ns_since_1970 % 1000000000));
	return buffer;
}
