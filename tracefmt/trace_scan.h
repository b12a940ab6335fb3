/* SPDX-License-Identifier: MIT */
/* Fills in a trace_map: from the seek index where there is a sound one, else by decoding every frame of the file. */
#ifndef TRACE_SCAN_H
#define TRACE_SCAN_H

#include "trace_error.h"
#include "trace_map.h"

/*
 * Reads the header and finds everything in `file`, which must outlive the map. After a failure the map needs freeing
 * all the same; err says why. FORMAT, UNSUPPORTED, IO, NOMEM, LIMIT.
 */
enum wsc_status trace_scan_open(struct trace_map *map, struct trace_file *file, struct trace_error *err);

/* Reads the header alone, into a map that was initialized. FORMAT, UNSUPPORTED, IO, NOMEM. */
enum wsc_status trace_scan_header(struct trace_map *map, struct trace_error *err);

/* Forgets all but header and declarations and decodes every frame: for when a block is not what the index says. */
enum wsc_status trace_scan_again(struct trace_map *map, struct trace_error *err);

#endif
