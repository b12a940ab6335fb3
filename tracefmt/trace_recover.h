/* SPDX-License-Identifier: MIT */
/*
 * Makes a trace of what a recorder left: of the part of its trace file that was written, and of its rings (ring_reader.h).
 * The trace is a cut: nobody knows how the run would have ended. Of a live process it is a snapshot, and the recorder
 * notices nothing. One thread at a time.
 */
#ifndef TRACE_RECOVER_H
#define TRACE_RECOVER_H

#include "ring_reader.h"
#include "trace_writer.h"

/* What there is of a trace: rings or one of the files at least. Descriptors stay the caller's; -1: there is none. */
struct trace_recover_from {
	int trace_fd;              /* the unfinished trace */
	int older_fd;              /* what was written before that (options.keep_last of record.h), else -1 */
	struct ring_reader *rings; /* opened, or NULL */
	uint64_t
	    until; /* a stamp from which on nothing is whole, as it was read before the rings were; UINT64_MAX where the
	                   process is gone */
};

struct trace_recovered {
	uint64_t written;    /* events that the trace file had */
	uint64_t added;      /* events that only the rings had, gaps not counted */
	uint64_t left_out;   /* bytes at the trace file's end that are no whole frames */
	bool left_out_older; /* the older file is of no use: frames are missing after it, or it is another trace's */
	bool was_whole;      /* the trace file had its footer: it is as it was written */
};

/* FORMAT: the files are of different traces, or none has a header. Else IO, NOMEM, LIMIT, UNSUPPORTED. */
enum wsc_status trace_recover(struct trace_sink sink, const struct trace_recover_from *from,
                              struct trace_recovered *recovered, struct trace_error *err);

#endif
