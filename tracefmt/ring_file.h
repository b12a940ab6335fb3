/* SPDX-License-Identifier: MIT */
/*
 * The rings' file: what a recorder shares with whoever comes after it, so that a killed process loses nothing. Its
 * normative description is in SPEC.md, "The rings' file"; this is the same as C.
 *
 * The recorder maps the file and stores into it; a reader maps or reads it, of a process that lives or is gone, and
 * trusts nothing in it. Fields marked `release` are stored so, after all that they stand for: read them with acquire,
 * and first. Numbers are in the byte order of the machine, which must be little-endian.
 */
#ifndef RING_FILE_H
#define RING_FILE_H

#include <stddef.h>
#include <stdint.h>

#include "ring_process.h"
#include "trace_limits.h"
#include "wscheck/record.h"

#define RING_FILE_MAGIC "WSCRINGS"

/*
 * While the trace NAME is recorded, its files are called NAME.PID.RANDOM (8 hex digits) and one of these suffixes; the
 * rings, where they can be, wscheck.PID.RANDOM.rings in the shared directory.
 */
#define RING_FILE_TRACE_SUFFIX     ".wscheck-tmp"   /* the trace */
#define RING_FILE_OLDER_SUFFIX     ".wscheck-old"   /* what was written before that, where only the last is kept */
#define RING_FILE_RINGS_SUFFIX     ".wscheck-rings" /* the rings, where they are not shared */
#define RING_FILE_SHARED_DIRECTORY "/dev/shm/"
#define RING_FILE_SHARED_PREFIX    "wscheck"
#define RING_FILE_SHARED_SUFFIX    ".rings"

enum {
	RING_FILE_VERSION = 1,
	RING_FILE_MAGIC_BYTES = 8,
	RING_FILE_PAGE = 4096,         /* segments begin at multiples of this and have such sizes */
	RING_FILE_HEAD_BYTES = 8192,   /* struct ring_file_head; the first segment follows */
	RING_FILE_SEGMENT_BYTES = 64,  /* what a segment of kind HEADER or LABELS has before its content */
	RING_FILE_SLOTS_AT = 4096,     /* in a segment of kind RING */
	RING_FILE_CHUNKS_AT = 4096,    /* in a segment of kind CHUNKS */
	RING_FILE_CHUNK_BYTES = 32768, /* struct ring_file_chunk and its slots */
	RING_FILE_CHUNK_SLOTS_AT = 64, /* in a chunk */
	RING_FILE_CHUNK_SLOTS = 2044,  /* what fits */
	RING_FILE_MARGIN = 136, /* slots above the head that its worker may be writing (and some, out of order) */
	RING_FILE_HOLDS = 32,   /* runs of failures that a worker can hold back */
	RING_FILE_NAME_BYTES_MAX = 256,  /* of a worker's name, without NUL */
	RING_FILE_PATH_BYTES_MAX = 4095, /* of the trace's path, without NUL */
	RING_FILE_SLOTS_MIN = 64,        /* of a ring */
	RING_FILE_SLOTS_MAX = 1 << 26,
	RING_FILE_RINGS_MAX = TRACE_WORKERS_MAX
};

/* A file is at most this large; a reader looks no further. */
#define RING_FILE_BYTES_MAX ((uint64_t)1 << 42)

enum ring_file_state { RING_FILE_OPENING = 0, RING_FILE_RECORDING = 1, RING_FILE_CLOSED = 2 };

enum ring_file_kind {
	RING_FILE_FREE = 0,   /* not in use, or not yet */
	RING_FILE_HEADER = 1, /* the header item of the trace: content of its header frame (SPEC.md) */
	RING_FILE_RING = 2,   /* a worker */
	RING_FILE_CHUNKS = 3, /* room for slots that left their ring and are not yet in the trace */
	RING_FILE_LABELS = 4
};

/* One moment on three clocks. */
struct ring_file_moment {
	uint64_t stamp;
	uint64_t raw_ns;  /* CLOCK_MONOTONIC_RAW */
	uint64_t wall_ns; /* since 1970 */
};

/*
 * Two copies, so that one is always whole: `count` is stored with release when copy[count % 2] is. A reader takes
 * count, the copy, and count again: if it has moved, the copy may be torn, and it tries again.
 */
struct ring_file_now {
	uint64_t count; /* release; 0: no copy is set yet */
	struct ring_file_moment copy[2];
};

struct ring_file_head {
	char magic[RING_FILE_MAGIC_BYTES]; /* stored last when the file is made */
	uint32_t version;
	uint32_t state;                           /* enum ring_file_state */
	uint8_t trace_id[TRACE_ID_BYTES];         /* of the trace that it belongs to */
	uint8_t boot_id[RING_PROCESS_BOOT_BYTES]; /* of the kernel that ran; zeros: not known */
	uint64_t process_id;                      /* as the process saw it */
	uint64_t process_start;                   /* field 22 of /proc/PID/stat; 0: not known */
	uint32_t clock;                           /* enum wsc_clock */
	uint32_t policy;                          /* what a full ring does: 0 drop, 1 block, 2 overwrite */
	uint64_t bytes;                           /* release; the segments end here */
	uint64_t header_at;                       /* release; the segment that has the header item; 0: none yet */
	uint64_t unmapped_since;                  /* since this stamp a worker has recorded outside the file; 0: none */
	uint64_t pauses;                          /* release; times the recorder was switched: odd while it is off */
	uint64_t paused;                          /* stamp of the last switching off */
	struct ring_file_moment opened;
	struct ring_file_now now;                /* kept up by the drain thread */
	char path[RING_FILE_PATH_BYTES_MAX + 1]; /* of the temporary trace file, absolute; "": too long */
	uint64_t forgotten; /* overwrite: up to this stamp, workers recorded whose rings are gone; 0: none */
	uint64_t begun;     /* release; 1: the trace file has a header, so that if it is not there, something is lost */
};

/* When a run that is gone was last seen at work, as its drain thread told: wall clock, ns since 1970. */
static inline uint64_t ring_file_last_wall_ns(const struct ring_file_head *head)
{
	return head->now.count != 0 ? head->now.copy[head->now.count % 2].wall_ns : head->opened.wall_ns;
}

/* How every segment begins. */
struct ring_file_segment {
	uint32_t kind; /* release; enum ring_file_kind */
	uint32_t reserved;
	uint64_t bytes; /* of the segment, this included; never changes */
};

/* A segment of kind HEADER: `size` bytes from RING_FILE_SEGMENT_BYTES on. */
struct ring_file_header {
	struct ring_file_segment segment;
	uint64_t size;
};

/* A segment of kind LABELS: records up to `used` bytes from the segment's begin; the first at RING_FILE_SEGMENT_BYTES. */
struct ring_file_labels {
	struct ring_file_segment segment;
	uint64_t used; /* release */
};

/* A record: this, the text (UTF-8, no NUL), and zeros up to a multiple of 8 bytes. */
struct ring_file_label {
	uint32_t label;
	uint32_t size;
};

/* Failed attempts on one queue, not yet in the ring. */
struct ring_file_hold {
	uint64_t stamp; /* of the last; stored before its count */
	uint32_t queue;
	uint32_t count; /* release; they count once it says so */
	uint32_t reason;
	uint32_t reserved;
};

/* How far a worker's events have got into the trace file. */
struct ring_file_mark {
	uint64_t slot;  /* slots below it have left the rings for good */
	uint64_t event; /* number in the worker's stream of the first event from `slot` on; RING_FILE_EVENT_UNKNOWN */
	uint64_t gaps;  /* dropped events that gaps stand for so far */
	uint64_t lost; /* events before `slot` that the trace file does not hold: it could not be written, or is full */
};
#define RING_FILE_EVENT_UNKNOWN UINT64_MAX

/* A segment of kind RING; its slots follow at RING_FILE_SLOTS_AT. */
struct ring_file_ring {
	struct ring_file_segment segment;
	uint64_t order; /* of attaching: ascending, from 1, never used twice */
	uint32_t worker;
	uint32_t name_size;
	uint64_t thread_id;
	uint64_t slots;    /* a power of two */
	uint64_t attached; /* stamp */
	uint64_t detached; /* stamp; 0: still attached */

	/* The producer's line, of which record.h knows no more than the head. */
	struct wsc_ring ring; /* .head: release; slots published. Indices count slots from 0 and never wrap */
	uint64_t dropped;     /* release; events dropped in all */
	uint64_t gap_from;    /* stamp of the first event dropped since the last gap was put in the ring */
	uint64_t hold_at;     /* release; what is held back counts only while this is equal to the head */
	uint64_t start_stamp; /* a steal_start held back; 0: none */
	uint64_t start_sum;   /* it counts only while the counts of the holds add up to this */
	uint32_t start_queue;
	uint32_t hold_count;  /* release; of holds[] */
	uint64_t pauses_seen; /* of ring_file_head.pauses, which gaps in the ring stand for */

	/* The consumer's. */
	uint64_t tail;       /* release; slots below it are the producer's to write again (not with `overwrite`) */
	uint64_t mark_count; /* release; as in struct ring_file_now */
	struct ring_file_mark mark[2];
	uint64_t
	    first_event; /* release; number of the event in slot 0, or RING_FILE_EVENT_UNKNOWN: none is written yet */
	uint64_t reserved[5];

	struct ring_file_hold holds[RING_FILE_HOLDS];
	char name[RING_FILE_NAME_BYTES_MAX];
};

/* Slots [first_slot, first_slot + count) of a ring, in a segment of kind CHUNKS. No event is parted between two. */
struct ring_file_chunk {
	uint64_t order; /* release; of the ring. 0: the chunk is free */
	uint64_t first_slot;
	uint64_t count; /* release */
	uint64_t reserved[5];
};

_Static_assert(sizeof(struct ring_file_head) <= RING_FILE_HEAD_BYTES, "the head fits its pages");
_Static_assert(offsetof(struct ring_file_head, bytes) == 72, "as SPEC.md says");
_Static_assert(offsetof(struct ring_file_head, path) == 192, "as SPEC.md says");
_Static_assert(offsetof(struct ring_file_head, forgotten) == 4288, "as SPEC.md says");
_Static_assert(sizeof(struct ring_file_segment) == 16, "as SPEC.md says");
_Static_assert(offsetof(struct ring_file_ring, ring) == 64, "the producer has a cache line of its own");
_Static_assert(offsetof(struct ring_file_ring, tail) == 128, "and so has the consumer");
_Static_assert(offsetof(struct ring_file_ring, first_event) == 208, "as SPEC.md says");
_Static_assert(offsetof(struct ring_file_ring, holds) == 256, "as SPEC.md says");
_Static_assert(sizeof(struct ring_file_hold) == 24, "as SPEC.md says");
_Static_assert(sizeof(struct ring_file_ring) <= RING_FILE_SLOTS_AT, "a ring's head fits its page");
_Static_assert(RING_FILE_SLOTS_AT - 64 == WSC_RING_SLOTS_AT, "record.h finds the slots");
_Static_assert(sizeof(struct ring_file_chunk) == RING_FILE_CHUNK_SLOTS_AT, "as SPEC.md says");
_Static_assert(RING_FILE_CHUNK_SLOTS_AT + RING_FILE_CHUNK_SLOTS * sizeof(struct wsc_slot) <= RING_FILE_CHUNK_BYTES,
               "the slots fit the chunk");
_Static_assert(sizeof(struct wsc_slot) == 16, "a slot is 16 bytes");

#endif
