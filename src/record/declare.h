/* SPDX-License-Identifier: MIT */
/* What a trace says in its declarations: workers, labels, anchors. The drain thread's. */
#ifndef RECORD_DECLARE_H
#define RECORD_DECLARE_H

#include <stdbool.h>

#include "recorder.h"

/* A row for a worker. NULL: no memory. */
struct trace_worker *declare_worker(struct trace_header *later, const struct ring_stream *s);

/*
 * Rows for labels from *declared on, but no more than fit a frame; moves *declared past them. The recorder's mutex is
 * held. False: there are more, or memory is short.
 */
bool declare_labels(struct trace_header *later, const struct labels *labels, uint32_t *declared);

/* What the wall clock shows now. */
void declare_anchor(struct trace_header *header);

/* Writes and empties `later`, if there is anything in it. */
enum wsc_status declare_write(struct trace_writer *writer, struct trace_header *later);

/* Writes all there is to declare of the streams of this pass, with all labels, and an anchor. */
enum wsc_status declare_all(struct wsc_recorder *recorder, struct trace_writer *writer);

#endif
