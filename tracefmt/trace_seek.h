/* SPDX-License-Identifier: MIT */
/* The skippable frame around the seek index: its first and last bytes. */
#ifndef TRACE_SEEK_H
#define TRACE_SEEK_H

#include <stddef.h>
#include <stdint.h>

enum {
	TRACE_SEEK_HEAD_BYTES = 8, /* skippable magic, payload size */
	TRACE_SEEK_TAIL_BYTES = 12 /* size of the whole frame, TRACE_SEEK_MAGIC: so that it is found from the end */
};
#define TRACE_SEEK_SKIPPABLE UINT32_C(0x184d2a57)
#define TRACE_SEEK_MAGIC     "WSCINDEX"

/* Fills in what stands around an inner zstd frame of `inner` bytes. */
void trace_seek_frame(size_t inner, unsigned char head[TRACE_SEEK_HEAD_BYTES],
                      unsigned char tail[TRACE_SEEK_TAIL_BYTES]);

/* The size of the whole frame that ends with `tail`, or 0 if that is not how one ends. */
size_t trace_seek_size(const unsigned char tail[TRACE_SEEK_TAIL_BYTES]);

#endif
