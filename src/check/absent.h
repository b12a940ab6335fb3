/* SPDX-License-Identifier: MIT */
/* What can't be judged where the source can't see some kinds of events. */
#ifndef CHECK_ABSENT_H
#define CHECK_ABSENT_H

#include <stdbool.h>

#include "trace_header.h"
#include "violation.h"

/* Whether events that the source can't see may explain what seems to be one. `of_task`: it is about a task. */
bool absent_explains(const struct trace_header *header, enum wsc_violation_kind kind, bool of_task);

/* Whether errors may go unseen for that reason: nothing passes. */
bool absent_hides(const struct trace_header *header);

#endif
