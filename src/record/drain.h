/* SPDX-License-Identifier: MIT */
#ifndef RECORD_DRAIN_H
#define RECORD_DRAIN_H

#include "recorder.h"

/* The thread. The argument is the recorder. Ends when state is CLOSING, with everything written and the file named. */
void *drain_main(void *recorder);

/* The thread's own: reads all rings and writes what there is. */
void drain_flush(struct wsc_recorder *recorder);

/* A stamp, of `now` or before, so that all that workers may still store is stamped later. */
uint64_t drain_watermark(struct wsc_recorder *recorder, uint64_t now);

#endif
