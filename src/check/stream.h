/* SPDX-License-Identifier: MIT */
/*
 * The stream of one worker, in program order: which attempt or batch each take belongs to, from when on its operation
 * may have happened, and what the worker did with its time.
 */
#ifndef CHECK_STREAM_H
#define CHECK_STREAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "analysis.h"
#include "id_map.h"
#include "timeline.h"
#include "wscheck/event.h"

/* What an event means beyond its own fields, by the events of the same worker before it. */
struct stream_context {
	uint64_t lower;    /* takes and failures: earliest moment of the operation */
	uint64_t attempt;  /* takes: serial number of the attempt or batch */
	uint64_t sequence; /* position in the worker's program; of a batch's take: of the batch's first event */
	bool first;        /* the first success of its attempt */
	bool batched;      /* a further success of the same batch: does not bound a push before it */
	bool timed;        /* the attempt's start was seen: ts - lower is its latency */
};

enum { STREAM_PUSHED_MAX = 32 };

/* Tasks that were queued, the latest of them, in no order. */
struct stream_pushed {
	uint32_t count;
	uint64_t tasks[STREAM_PUSHED_MAX];
};

struct stream {
	uint32_t worker;
	uint64_t previous_ts; /* of the latest event that is not a gap; 0 before the first */
	uint64_t sequence;
	bool backwards; /* a stamp ran backwards by more than the uncertainty */
	bool no_task;   /* an event that needs a task had none */
	/* The open or batching attempt. */
	bool open, batch, timed;
	uint64_t attempt_lower, attempt, attempt_sequence;
	/* The batch of `dequeued`. */
	bool dequeuing;
	/* Since a gap, or since the window began, it has only queued: perhaps within a batch that was not seen to begin. */
	bool unseen;
	uint32_t dequeue_queue;
	uint64_t dequeue_lower, dequeue, dequeue_sequence;
	struct stream_pushed *pushed; /* there, since it began; NULL until a batch first lasts to a push */
	/* Time. */
	uint32_t depth; /* runs under way, nested ones counted */
	uint64_t busy_since, parked_since;
	uint64_t overlap; /* time counted as stealing or parked, and as busy, too */
	bool is_parked;
	struct timeline *timeline; /* or NULL */
	struct worker_stats stats;
};

/* Totals over all workers. */
struct stream_totals {
	uint64_t attempts, successes, failures, stolen;
	uint64_t attempt_serial;
	struct histogram *latency, *failed_latency;
	struct timeline_budget *timelines; /* NULL: no timelines are kept */
	bool slots;                        /* handles are memory slots */
	bool window;                       /* what came before the first event was not seen */
	bool no_memory;                    /* what the streams say is not to be used any more */
};

/* Of a trace with that header: nothing counted, no timelines. The histograms, which are empty, must outlive the totals. */
void stream_totals_init(struct stream_totals *totals, const struct trace_header *header, struct histogram *latency,
                        struct histogram *failed_latency);

void stream_init(struct stream *stream, uint32_t worker);
void stream_free(struct stream *stream);

/* It ran something until `ts`. */
void stream_was_busy(struct stream *stream, struct stream_totals *totals, uint64_t ts);

/* The worker queues a task where its batch of `dequeued` takes from. */
void stream_pushed(struct stream *stream, uint64_t task, struct stream_totals *totals);

/* The next event of the worker. */
void stream_event_slow(struct stream *stream, const struct wsc_event *event, struct stream_totals *totals,
                       struct stream_context *context);
static inline void stream_event(struct stream *stream, const struct wsc_event *event, struct stream_totals *totals,
                                struct stream_context *context)
{
	/* What nearly all events are, and which tell nothing of an attempt. */
	const unsigned kinds = 1U << WSC_EV_QUEUED | 1U << WSC_EV_EXEC_START | 1U << WSC_EV_EXEC_COMPLETE;
	if ((kinds >> event->kind & 1U) == 0 || stream->stats.events == 0) {
		stream_event_slow(stream, event, totals, context);
		return;
	}
	*context = (struct stream_context){.lower = stream->previous_ts, .sequence = ++stream->sequence};
	if (event->kind != WSC_EV_QUEUED)
		stream->batch = stream->dequeuing = stream->unseen = false;
	else if (stream->dequeuing && stream->dequeue_queue == event->queue)
		stream_pushed(stream, event->task, totals);
	if (event->kind == WSC_EV_EXEC_START) {
		context->attempt = ++totals->attempt_serial;
		if (stream->depth++ == 0)
			stream->busy_since = event->ts;
	} else if (event->kind == WSC_EV_EXEC_COMPLETE) {
		stream->stats.executed++;
		if (stream->depth > 0 && --stream->depth == 0)
			stream_was_busy(stream, totals, event->ts);
	}
	stream->previous_ts = stream->stats.last_ts = event->ts;
	stream->stats.events++;
}

/* The end of the trace at `ts`: an attempt that is still open failed; what is under way lasts to the end. */
void stream_end(struct stream *stream, uint64_t ts, struct stream_totals *totals);

#endif
