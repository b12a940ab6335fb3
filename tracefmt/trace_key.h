/* SPDX-License-Identifier: MIT */
/* The map keys of each item: the numbers of trace.cddl. Fixed for good. */
#ifndef TRACE_KEY_H
#define TRACE_KEY_H

enum { KEY_TYPE = 0, KEY_ID = 1, KEY_SEQUENCE = 2 }; /* every item, in this order */

enum header_key {
	HEADER_VERSION = 3,
	HEADER_CLOCK = 4,
	HEADER_TICKS_PER_SECOND = 5,
	HEADER_IDENTITY = 6,
	HEADER_DISCIPLINE = 7,
	HEADER_SCOPE = 8,
	HEADER_COMPLETE = 9,
	HEADER_ORDERED = 10,
	HEADER_UNCERTAINTY_NS = 11,
	HEADER_PUBLISH_NS = 12,
	HEADER_SAMPLING = 13,
	HEADER_ABSENT = 14,
	HEADER_PROCESS_ID = 15,
	HEADER_HOST = 16,
	HEADER_QUEUES = 17, /* from here on also in a declaration */
	HEADER_WORKERS = 18,
	HEADER_ANCHORS = 19,
	HEADER_LABELS = 20,
	HEADER_META = 21,
	HEADER_EXTENSIONS = 22,
	HEADER_FIRST_FRAME = 23 /* left out if it is 1 */
};

enum queue_key {
	QUEUE_ID = 0,
	QUEUE_OWNER = 1,
	QUEUE_DISCIPLINE = 2,
	QUEUE_STEALABLE = 3,
	QUEUE_DEFERRED = 4,
	QUEUE_CAPACITY = 5,
	QUEUE_NAME = 6
};

enum worker_key {
	WORKER_ID = 0,
	WORKER_THREAD_ID = 1,
	WORKER_WINDOW_START = 2,
	WORKER_ATTACHED = 3,
	WORKER_DETACHED = 4,
	WORKER_NAME = 5
};

enum extension_key { EXTENSION_KIND = 0, EXTENSION_OPERANDS = 1, EXTENSION_CRITICAL = 2, EXTENSION_NAME = 3 };

enum block_key {
	BLOCK_KEY_WORKER = 3,
	BLOCK_KEY_FIRST_EVENT = 4,
	BLOCK_KEY_COUNT = 5,
	BLOCK_KEY_FIRST_TS = 6,
	BLOCK_KEY_LAST_TS = 7,
	BLOCK_KEY_MIN_TS = 8, /* left out if it is the first */
	BLOCK_KEY_MAX_TS = 9, /* left out if it is the last */
	BLOCK_KEY_DROPPED = 10,
	BLOCK_KEY_DIVISOR = 11,
	BLOCK_KEY_FIRST_ORDER = 12,
	BLOCK_KEY_COLUMNS = 13 /* + enum block_column_id */
};

enum epoch_key { EPOCH_WATERMARK = 3, EPOCH_TOTALS = 4 };

enum footer_key {
	FOOTER_END = 3,
	FOOTER_EVENTS = 4,
	FOOTER_DROPPED = 5,
	FOOTER_FRAMES = 6,
	FOOTER_MAX_TS = 7,
	FOOTER_HAS_INDEX = 8,
	FOOTER_TOTALS = 9
};

enum index_key { INDEX_FRAMES = 3, INDEX_ENTRIES = 4 };

/* RFC 8949's registry: a byte string that holds JSON text. */
enum { TAG_EMBEDDED_JSON = 262 };

#endif
