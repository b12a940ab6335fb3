/* SPDX-License-Identifier: MIT */
/*
 * The two files of a recorder that keeps the last of its trace (trace_writer_continue()), as the one that they would have
 * become at its end. One thread at a time.
 */
#ifndef TRACE_JOIN_H
#define TRACE_JOIN_H

#include <stdbool.h>

#include "trace_file.h"

/*
 * Makes what `newer_fd` (the caller's; or -1) has behind its header the rest of `older`, from the frame on with which it
 * goes on. One without a whole header adds nothing: it was being made. *fits is false, and `older` of no use any more, if
 * the two are of different traces, or frames are missing between them, or it has no header. IO, NOMEM.
 */
enum wsc_status trace_join(struct trace_file *older, int newer_fd, bool *fits);

#endif
