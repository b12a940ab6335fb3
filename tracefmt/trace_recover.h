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

struct trace_recovered {
	uint64_t written;  /* events that the trace file had */
	uint64_t added;    /* events that only the rings had, gaps not counted */
	uint64_t left_out; /* bytes at the trace file's end that are no whole frames */
	bool was_whole;    /* the trace file had its footer: it is as it was written */
};

/*
 * `trace_fd`: the unfinished trace, or -1; `rings`: opened, or NULL; both stay the caller's, and there is one of them at
 * least. `until`: a stamp from which on nothing is whole, as it was read before the rings were; UINT64_MAX where the process
 * is gone. FORMAT: the two are of different traces, or neither has a header. Else IO, NOMEM, LIMIT, UNSUPPORTED.
 */
enum wsc_status trace_recover(struct trace_sink sink, int trace_fd, struct ring_reader *rings, uint64_t until,
                              struct trace_recovered *recovered, struct trace_error *err);

#endif
