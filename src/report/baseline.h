/* SPDX-License-Identifier: MIT */
/*
 * A baseline: the keys (condition.h) of the reports that an earlier JSON report lists. A report whose key is among them
 * is known, however often it comes.
 */
#ifndef REPORT_BASELINE_H
#define REPORT_BASELINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "wscheck/status.h"

enum { BASELINE_WRONG_MAX = 600 };

struct baseline {
	char **keys; /* ascending, each once */
	size_t count;
	uint64_t unlisted; /* reports that it counts and does not list */
};

/*
 * Reads the JSON report at `path`. FORMAT, LIMIT, IO: `wrong` is a sentence with the file. NOMEM. Free it either way.
 */
enum wsc_status baseline_read(struct baseline *baseline, const char *path, char wrong[BASELINE_WRONG_MAX]);
void baseline_free(struct baseline *baseline);

bool baseline_has(const struct baseline *baseline, const char *key);

#endif
