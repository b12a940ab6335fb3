/* SPDX-License-Identifier: MIT */
/*
 * A history as a trace that Perfetto reads (https://ui.perfetto.dev): a track for each worker with its runs nested, its
 * steals and its sleep; arrows from the push of a task that was stolen to its run; the depth of each queue and the
 * failed attempts of each worker as counters; reports where they were proved.
 *
 * Packets are written as events come, in the order of the input, so that memory is bounded by what is live: tasks that
 * wait or run, workers, queues. Only the start of an arrow is written late, with the stamp of its push. On each track
 * the other stamps ascend: one that runs backwards is drawn at the one before it. Slices of a track are nested: where a
 * run ends before one that began later, the later one is cut in two.
 *
 * What each field means: protos/perfetto/trace/ in https://github.com/google/perfetto. One thread at a time.
 */
#ifndef REPORT_PERFETTO_H
#define REPORT_PERFETTO_H

#include <stdio.h>

#include "analysis.h"
#include "trace_header.h"

struct perfetto_source {
	const struct trace_header *header;
	const uint32_t *workers; /* that have a stream, as trace_input_workers() gives them */
	size_t worker_count;
	const struct analysis_result *result; /* of the same input: its reports, and when it ends */
	/* What is written, in stamps: events within [from, to]. */
	uint64_t from, to;
};

struct perfetto_counts {
	uint64_t packets, slices, flows, reports;
	uint64_t too_deep; /* runs within so many others that they are left out */
};

struct perfetto;

/* Writes what the trace declares. Everything is borrowed until perfetto_free(). NOMEM. */
enum wsc_status perfetto_create(struct perfetto **out, FILE *stream, const struct perfetto_source *source);
/* Events in the order of trace_input.h. NOMEM; write errors stay in the stream. */
enum wsc_status perfetto_feed(struct perfetto *perfetto, const struct wsc_event *events, size_t count);
/* Ends what is still open. */
void perfetto_finish(struct perfetto *perfetto, struct perfetto_counts *counts);
void perfetto_free(struct perfetto *perfetto);

#endif
