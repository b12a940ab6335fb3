/* SPDX-License-Identifier: MIT */
/* What the environment says where the program does not (record.h, "Environment"). Any thread. */
#ifndef RECORD_ENVIRONMENT_H
#define RECORD_ENVIRONMENT_H

#include <stdbool.h>

#include "wscheck/record.h"

/*
 * Fills in what `options` leave open. A value that can't be read is named on stderr, once, and has no effect. False:
 * recording is off, whatever the options say.
 */
bool environment_apply(struct wsc_options *options);

#endif
