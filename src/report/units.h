/* SPDX-License-Identifier: MIT */
/* Numbers as people read them: 1,234 events, 12.5 us, 3.20 MiB. No allocation, no locale. */
#ifndef REPORT_UNITS_H
#define REPORT_UNITS_H

#include <stdint.h>

/* Holds what any of these calls writes. */
enum { UNITS_MAX = 40 };

/* Each fills `buffer` and returns it. */
const char *units_count(char buffer[UNITS_MAX], uint64_t count);                /* 1,234,567 */
const char *units_duration(char buffer[UNITS_MAX], uint64_t ns);                /* 999 ns, 1.25 us, 12.5 ms, 3.20 s */
const char *units_bytes(char buffer[UNITS_MAX], uint64_t bytes);                /* 999 B, 1.25 KiB */
const char *units_share(char buffer[UNITS_MAX], uint64_t part, uint64_t whole); /* 40.0 %, "-" of nothing */
/* The same without the sign, for tables. */
const char *units_percent(char buffer[UNITS_MAX], uint64_t part, uint64_t whole);
/* A moment of the wall clock: 2026-01-31T12:34:56.123456789Z */
const char *units_wall(char buffer[UNITS_MAX], uint64_t ns_since_1970);
/* "" of one thing, else "s". */
const char *units_plural(uint64_t count);

#endif
