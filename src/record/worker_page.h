/* SPDX-License-Identifier: MIT */
/*
 * Memory for struct wsc_worker that is all zeros in a forked child (MADV_WIPEONFORK, Linux 4.14): so that a worker of
 * the parent's is off there, however the child was made. Blocks are kept for good and used again. Any thread.
 */
#ifndef RECORD_WORKER_PAGE_H
#define RECORD_WORKER_PAGE_H

#include "wscheck/record.h"

/* Zeroed; NULL: no memory. */
wsc_worker *worker_page_take(void);
void worker_page_give(wsc_worker *worker); /* NULL is fine */

/* Around fork, in this order; no thread is left holding the lock. */
void worker_page_before_fork(void);
void worker_page_after_fork(void);

#endif
