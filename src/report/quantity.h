/* SPDX-License-Identifier: MIT */
/* Numbers as people type them, on the command line and in files; units.h writes them. Each is the whole string. */
#ifndef REPORT_QUANTITY_H
#define REPORT_QUANTITY_H

#include <stdbool.h>
#include <stdint.h>

/* Decimal digits. */
bool quantity_count(const char *string, uint64_t *value);

/* A number with a unit, in nanoseconds: 200, 200ns, 1.5us, 5ms, 1s. Never UINT64_MAX. */
bool quantity_duration(const char *string, uint64_t *ns);

/* A size with a unit of 1,024 and its powers: 512, 64K, 16M, 2G. */
bool quantity_bytes(const char *string, uint64_t *bytes);

/* A handle, not 0: decimal, or hexadecimal as debuggers print a pointer. */
bool quantity_task(const char *string, uint64_t *task);

/* 0.25, 25%. */
bool quantity_ratio(const char *string, double *ratio);

#endif
