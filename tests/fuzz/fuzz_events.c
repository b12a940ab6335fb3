/* SPDX-License-Identifier: MIT */
/*
 * Small histories, 4 bytes an event, held against the slow model (tests/model): what they say must agree. The engine is
 * run with its fast lane and without, too.
 */
#include <stdio.h>
#include <stdlib.h>

#include "disagreement.h"
#include "fuzz.h"
#include "history_code.h"
#include "random_history.h"

/* Below what makes the model slow. */
enum { EVENTS = 20, TASKS = 6, WORKERS = 4 };

/* In the history of a deque alone nothing runs. */
static const uint8_t of_deque[] = {WSC_EV_QUEUED,        WSC_EV_DEQUEUED,      WSC_EV_STEAL_START,
                                   WSC_EV_STEAL_SUCCESS, WSC_EV_STEAL_FAILURE, WSC_EV_GAP};

static struct wsc_event next_event(struct fuzz_input *input, enum wsc_scope scope, uint64_t *ts)
{
	const unsigned kind = (unsigned)fuzz_number(input, 1), who = (unsigned)fuzz_number(input, 1);
	const unsigned what = (unsigned)fuzz_number(input, 1), when = (unsigned)fuzz_number(input, 1);
	*ts += when % 16 * (when / 16 % 4);
	struct wsc_event e = {.ts = *ts,
	                      .kind = (uint8_t)(WSC_EV_QUEUED + kind % WSC_EV_GAP),
	                      .worker = who % WORKERS,
	                      .queue = who / WORKERS % WORKERS,
	                      .task = 1 + what % TASKS};
	if (scope == WSC_SCOPE_DEQUE)
		e.kind = of_deque[kind % sizeof(of_deque)];
	switch (e.kind) {
	case WSC_EV_GAP:
		e.task = e.ts + when;
		e.arg = what;
		e.queue = 0;
		break;
	case WSC_EV_STEAL_FAILURE:
		e.task = 0;
		e.arg = 1;
		e.reason = what % 2 == 0 ? WSC_REASON_EMPTY : WSC_REASON_LOST_RACE;
		break;
	case WSC_EV_STEAL_START:
	case WSC_EV_PARKED:
	case WSC_EV_UNPARKED:
		e.task = 0;
		break;
	default:
		break;
	}
	return e;
}

static void read_history(struct fuzz_input *input, struct history *history)
{
	uint64_t ts = 100;
	*history = (struct history){0};
	history_code_read((unsigned)fuzz_number(input, 2), history);
	while (input->size > 0 && history->count < EVENTS)
		history->events[history->count++] = next_event(input, history->scope, &ts);
	random_history_merge(history);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fuzz_input input = {data, size};
	struct history history;
	struct model_result model;
	read_history(&input, &history);
	if (!model_run(&history, &model) || !disagreement_exists(&history, false))
		return 0;
	disagreement_minimize(&history, false);
	disagreement_print(&history);
	fflush(stdout);
	abort();
}
