/* SPDX-License-Identifier: MIT */
/*
 * A trace of what the rings hold now: the flight recorder's (WSC_MODE_OVERWRITE), for snapshots and at the end. The
 * rings go on being overwritten meanwhile. The drain thread's.
 */
#ifndef RECORD_RING_WINDOW_H
#define RECORD_RING_WINDOW_H

#include "recorder.h"

/* Creates a writer and writes a header with this id, and all declarations. */
enum wsc_status ring_window_begin(struct wsc_recorder *recorder, struct trace_sink sink,
                                  const uint8_t id[TRACE_ID_BYTES], struct trace_writer **writer);

/* Writes the events of all workers that are stamped before `until`, and gaps for what was overwritten. */
enum wsc_status ring_window_write(struct wsc_recorder *recorder, struct trace_writer *writer, uint64_t until);

#endif
