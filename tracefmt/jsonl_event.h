/* SPDX-License-Identifier: MIT */
/* One event line's fields, checked and made into a struct wsc_event. */
#ifndef JSONL_EVENT_H
#define JSONL_EVENT_H

#include "jsonl_fields.h"
#include "wscheck/event.h"

/*
 * Makes the event of `kind` (1..WSC_EV_END-1) that the fields describe. A label is left to the caller: event->arg of a
 * `queued` is 0. FORMAT names the key and its place.
 */
enum wsc_status jsonl_event_read(const struct jsonl_line *line, const struct jsonl_fields *fields, int kind,
                                 struct wsc_event *event, struct trace_error *err);

/* The kind that a field names, or -1. */
int jsonl_event_kind(const struct jsonl_field *field);

#endif
