/* SPDX-License-Identifier: MIT */
/*
 * The life of one task, told from all events of a trace: its events in their order, and who holds it after each.
 *
 * The states are those of the ownership machine, stepped in the order of the stamps. Where stamps of different workers
 * are closer than the uncertainty, the analysis may have found another order; its reports, and not these states, are
 * the verdict. Bounded: the first LIFE_EVENTS_KEPT events and the latest as many are kept, the others counted.
 */
#ifndef CHECK_LIFE_H
#define CHECK_LIFE_H

#include "ownership.h"
#include "trace_header.h"
#include "wscheck/status.h"

enum { LIFE_EVENTS_KEPT = 200 };

struct life_event {
	struct wsc_event event;
	struct ownership state; /* after it */
	uint64_t life;          /* from 1: which life it belongs to; 0: none yet (an attempt, what is not known) */
	bool begins;            /* the life begins here */
	bool has_attempt;       /* a take by a thief whose start was seen */
	uint64_t attempt;       /* its stamp */
	uint64_t gaps;          /* since the task's event before: what happened meanwhile is not known */
	uint64_t dropped;       /* events that these gaps say are lost */
};

struct life;

/*
 * `workers`, ascending, as in analysis.h; `uncertainty` in stamps. Nothing of the header is needed afterwards. NOMEM.
 */
enum wsc_status life_create(struct life **out, const struct trace_header *header, const uint32_t *workers,
                            size_t worker_count, uint64_t uncertainty, uint64_t task);
/* All events of the trace, in merged order. NOMEM. */
enum wsc_status life_feed(struct life *life, const struct wsc_event *events, size_t count);
void life_free(struct life *life); /* NULL is fine */

uint64_t life_task(const struct life *life);
uint64_t life_event_count(const struct life *life); /* all, the left out included */
uint64_t life_count(const struct life *life);       /* lives */
uint64_t life_uncertainty(const struct life *life);

/* What is kept, ascending: `number` below life_kept(). life_number() is the place of such an event among all. */
size_t life_kept(const struct life *life);
const struct life_event *life_at(const struct life *life, size_t number);
uint64_t life_number(const struct life *life, size_t number);

#endif
