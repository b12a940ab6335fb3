/* SPDX-License-Identifier: MIT */
/*
 * The one recording of a process: the recorder, the ids that its threads and
 * tasks get, and how it ends. Any thread.
 *
 * A forked child's recording is a new one, with a generation of its own: what
 * older threads and tasks know is void there.
 */
#ifndef OMPT_SESSION_H
#define OMPT_SESSION_H

#include <stdbool.h>
#include <stdint.h>

#include "wscheck/record.h"

enum {
	/* Tasks with dependences that were released: in which thread's deque they
     are, libomp does not tell. */
	SESSION_QUEUE_RELEASED = 0,
	SESSION_WORKER_FIRST = 1,
	SESSION_HANDLES = 4096, /* in a block */
};

/* Opens the recorder where WSCHECK_TRACE says. False: nothing is to be
 * recorded, or nothing can. */
bool session_open(const char *runtime);

/* Ends the recording; later calls do nothing. */
void session_close(enum wsc_end end);

/* At least 1. */
unsigned session_generation(void);

/* A worker for the calling thread, and its id. NULL: it is not recorded. In a
 * forked child this opens a new trace first. */
wsc_worker *session_attach(uint32_t *id, const char *name);
void session_detach(wsc_worker *worker, uint32_t id);

/* The first of SESSION_HANDLES handles that nobody else has. */
uint64_t session_handles(void);

void session_region_begins(void);
void session_region_ends(void);
/* Whether a parallel region is still at work. */
bool session_has_regions(void);

#endif
