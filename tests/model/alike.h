/* SPDX-License-Identifier: MIT */
/* Whether two analyses of one history say the same, in everything that a report may show. */
#ifndef MODEL_ALIKE_H
#define MODEL_ALIKE_H

#include "analysis.h"

/* NULL, or what differs: a few words, static. */
const char *alike_difference(const struct analysis_result *a, const struct analysis_result *b);

#endif
