/* SPDX-License-Identifier: MIT */
/* A whole trace in memory, where its frames lie, and what is said of it or of what was made of it. */
#ifndef CORRUPT_ORIGINAL_H
#define CORRUPT_ORIGINAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "analysis.h"
#include "wscheck/status.h"

struct corrupt_frame {
	size_t at, size;
	uint64_t type;      /* enum trace_item_type */
	uint64_t first_ts;  /* block: the least stamp; else UINT64_MAX */
	uint64_t last_ts;   /* block: the greatest stamp; else 0 */
	uint64_t watermark; /* epoch; else 0 */
	unsigned char *content;
	size_t content_size;
};

/* An error that was reported. */
struct corrupt_finding {
	enum wsc_violation_kind kind;
	uint64_t task, ts;
	uint32_t queue;
};

/* What is said of some bytes. */
struct corrupt_verdict {
	enum wsc_status status; /* not OK: they were refused, with `message` */
	char message[256];
	enum analysis_verdict verdict;
	unsigned reasons; /* ANALYSIS_REASON_* */
	char *json;       /* the report, but for the sizes of the file */
	size_t json_size;
	struct corrupt_finding *findings;
	size_t finding_count;
};

/* A stretch of time, ns since the first event. */
struct corrupt_range {
	uint64_t from_ns, to_ns;
};

struct corrupt_original {
	const char *path;
	unsigned char *bytes;
	size_t size;
	struct corrupt_frame *frames; /* data frames, in the order of the file; the index is none */
	size_t frame_count;
	size_t index_at; /* where the seek index begins, or `size` */
	unsigned char *index_content;
	size_t index_content_size;
	struct corrupt_verdict verdict;
	struct corrupt_range range; /* that of the block in the middle */
	struct corrupt_verdict range_verdict;
};

/* Reads a file, and where its frames lie; nothing is judged. False, with a message on stderr: it is no whole trace. */
bool corrupt_original_load(struct corrupt_original *original, const char *path);
/* ... and judges the trace, which must have a sound end, and events in its middle. False, with a message on stderr: it can't be used. */
bool corrupt_original_read(struct corrupt_original *original, const char *path);
void corrupt_original_free(struct corrupt_original *original);

/* Judges bytes as `wscheck analyze` would, named `path`; all, or a range. Frees nothing of what *verdict was. */
void corrupt_judge(const unsigned char *bytes, size_t size, const char *path, const struct corrupt_range *range,
                   struct corrupt_verdict *verdict);
void corrupt_verdict_free(struct corrupt_verdict *verdict);

#endif
