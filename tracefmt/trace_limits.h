/* SPDX-License-Identifier: MIT */
/* Limits of the trace format. SPEC.md states each; a writer keeps them, a reader rejects what exceeds them. */
#ifndef TRACE_LIMITS_H
#define TRACE_LIMITS_H

#include <stdint.h>

enum {
	TRACE_VERSION = 1,
	TRACE_ID_BYTES = 16,
	TRACE_SHORT_ID_BYTES = 8, /* of it, in every frame but the header */

	TRACE_FRAME_BYTES_MAX = 8 << 20,   /* a compressed frame */
	TRACE_CONTENT_BYTES_MAX = 8 << 20, /* what it decompresses to */
	TRACE_INDEX_BYTES_MAX = 16 << 20,  /* the same two, for the seek index */
	TRACE_WINDOW_LOG_MAX = 23,
	TRACE_LEVEL_MAX = 15,
	TRACE_LEVEL_DEFAULT = 3,

	TRACE_BLOCK_EVENTS_MAX = 65536,
	TRACE_STRING_BYTES_MAX = 4096,
	TRACE_TABLE_ROWS_MAX = 1 << 20,
	TRACE_META_ROWS_MAX = 256,
	TRACE_WORKERS_MAX = 1 << 18, /* with a stream */
	TRACE_CBOR_DEPTH_MAX = 8,
	TRACE_FRAMES_MAX = 1 << 26,
	TRACE_INDEX_FRAMES_MAX = 1 << 18, /* a longer trace has no index */
	TRACE_INDEX_ENTRY_BYTES_MAX = 48,

	TRACE_EXTENSION_KIND_MIN = 32,
	TRACE_EXTENSION_KIND_MAX = 255
};

/* Decompressed blocks that a merge may need at the same time, one for each worker whose blocks overlap in time. */
#define TRACE_OPEN_BYTES_MAX ((uint64_t)1 << 30)

/*
 * After damage a reader looks for the next sound frame. All its failed trials in one file may cost reading and
 * decompressing this many bytes and as many as the file has; then the rest is lost.
 */
#define TRACE_RESYNC_BYTES_MAX ((uint64_t)256 << 20)

#endif
