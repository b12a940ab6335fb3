/* SPDX-License-Identifier: MIT */
/* Snapshots: a readable trace of what was recorded so far, without an end. The drain thread's. */
#ifndef RECORD_SNAPSHOT_H
#define RECORD_SNAPSHOT_H

#include "recorder.h"

/* Makes the snapshots that were asked for, and answers those who wait. */
void snapshot_serve(struct wsc_recorder *recorder);

#endif
