/* SPDX-License-Identifier: MIT */
/* A trace file by offset: frames, found and decompressed. One thread at a time. */
#ifndef TRACE_FILE_H
#define TRACE_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "frame.h"
#include "wscheck/status.h"

struct trace_file {
	int fd;
	bool is_shared;              /* the descriptors are another's */
	int next_fd;                 /* has what comes from next_at on, from its own next_skip on; or -1 */
	uint64_t next_at, next_skip; /* see trace_file_append() */
	uint64_t size;               /* when it was opened; what is appended later is not read */
	struct frame_reader *frames;
	unsigned char *bytes; /* what was read last: [start, start + filled) */
	size_t capacity, filled;
	uint64_t start;
	unsigned char *content; /* of the frame decompressed last */
	size_t content_capacity;
};

/* Takes `fd` over. IO, NOMEM. */
enum wsc_status trace_file_open(struct trace_file *file, int fd);
/* Another view of the same file, for a thread of its own. `of` must outlive it. NOMEM. */
enum wsc_status trace_file_share(struct trace_file *file, const struct trace_file *of);
void trace_file_close(struct trace_file *file);

/*
 * Makes another file the rest of this one, from file->size on, without the `skip` bytes that it begins with. Once; takes
 * `fd` over. IO.
 */
enum wsc_status trace_file_append(struct trace_file *file, int fd, uint64_t skip);

/*
 * The bytes at `offset`: *bytes, *available >= size unless the file ends before. They live until the next call that
 * takes a trace_file. IO, NOMEM.
 */
enum wsc_status trace_file_view(struct trace_file *file, uint64_t offset, size_t size, const unsigned char **bytes,
                                size_t *available);

/* What frame stands at `offset`. A whole frame (DATA, SKIPPABLE) is at *bytes. IO, NOMEM. */
enum wsc_status trace_file_frame(struct trace_file *file, uint64_t offset, size_t frame_max, size_t content_max,
                                 const unsigned char **bytes, struct frame_info *info);

/*
 * Decompresses a frame of kind DATA to *content (as *capacity says; grown with realloc()), CODEC_SLACK_BYTES zeros
 * behind it. FORMAT: it is damaged. NOMEM.
 */
enum wsc_status trace_file_content(struct trace_file *file, const unsigned char *bytes, struct frame_info info,
                                   unsigned char **content, size_t *capacity);

#endif
