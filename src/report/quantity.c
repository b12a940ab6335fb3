/* SPDX-License-Identifier: MIT */
#include "quantity.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* Digits, then at most nine decimals, in units of which `unit` make one; *rest is what follows. */
static bool parse_number(const char *string, uint64_t unit, uint64_t *value, const char **rest)
{
	char *end;
	if (string[0] < '0' || string[0] > '9')
		return false;
	errno = 0;
	unsigned long long whole = strtoull(string, &end, 10);
	if (errno != 0 || whole > UINT64_MAX / unit)
		return false;
	uint64_t sum = whole * unit;
	if (*end == '.') {
		uint64_t place = unit;
		const char *digits = ++end;
		for (; *end >= '0' && *end <= '9'; end++) {
			place /= 10;
			uint64_t more = place * (uint64_t)(*end - '0');
			if (sum > UINT64_MAX - more)
				return false;
			sum += more;
		}
		if (end == digits)
			return false;
	}
	*value = sum;
	*rest = end;
	return true;
}

bool quantity_count(const char *string, uint64_t *value)
{
	const char *rest;
	return parse_number(string, 1, value, &rest) && rest[0] == '\0' && !strchr(string, '.');
}

struct unit {
	const char *suffix;
	uint64_t size;
};

static bool parse_unit(const char *string, const struct unit *units, size_t count, uint64_t *value)
{
	for (size_t i = 0; i < count; i++) {
		const char *rest;
		if (parse_number(string, units[i].size, value, &rest) && strcmp(rest, units[i].suffix) == 0)
			return true;
	}
	return false;
}

bool quantity_duration(const char *string, uint64_t *ns)
{
	static const struct unit units[] = {{"", 1}, {"ns", 1}, {"us", 1000}, {"ms", 1000000}, {"s", 1000000000}};
	return parse_unit(string, units, sizeof(units) / sizeof(*units), ns) && *ns != UINT64_MAX;
}

bool quantity_bytes(const char *string, uint64_t *bytes)
{
	static const struct unit units[] = {{"", 1}, {"K", 1 << 10}, {"M", 1 << 20}, {"G", 1 << 30}};
	return !strchr(string, '.') && parse_unit(string, units, sizeof(units) / sizeof(*units), bytes);
}

bool quantity_task(const char *string, uint64_t *task)
{
	char *end;
	bool hex = string[0] == '0' && (string[1] == 'x' || string[1] == 'X');
	const char *digits = hex ? string + 2 : string;
	if (digits[0] == '\0' || digits[strspn(digits, hex ? "0123456789abcdefABCDEF" : "0123456789")] != '\0')
		return false;
	errno = 0;
	*task = strtoull(digits, &end, hex ? 16 : 10);
	return errno == 0 && *task != 0;
}

bool quantity_ratio(const char *string, double *ratio)
{
	enum { MILLIARDTHS = 1000000000 };
	uint64_t value;
	const char *rest;
	if (!parse_number(string, MILLIARDTHS, &value, &rest) || strcmp(rest, rest[0] == '%' ? "%" : "") != 0)
		return false;
	*ratio = (double)value / MILLIARDTHS / (rest[0] == '%' ? 100 : 1);
	return true;
}
