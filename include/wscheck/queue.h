/* SPDX-License-Identifier: MIT */
/* How a queue is declared, to the recorder (record.h) as to the checker (check.h). Valid in C99 and C++11 and later. */
#ifndef WSCHECK_QUEUE_H
#define WSCHECK_QUEUE_H

#include <stdint.h>

#include "wscheck/event.h"

#ifdef __cplusplus
extern "C" {
#endif

/* A queue that is not simply a worker's own deque (those need no declaration). Zero and NULL mean "not said". */
struct wsc_queue_info {
	uint32_t queue;
	uint32_t owner; /* the worker that owns it, if has_owner */
	int has_owner;
	int has_discipline; /* else that of the trace */
	enum wsc_discipline discipline;
	int unstealable;   /* nobody but the owner takes from it (a LIFO slot) */
	int deferred;      /* pushes become public much later (a split deque) */
	uint64_t capacity; /* tasks; 0 = not bounded */
	const char *name;
};

#ifdef __cplusplus
}
#endif
#endif
