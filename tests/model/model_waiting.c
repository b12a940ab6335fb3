/* SPDX-License-Identifier: MIT */
#include "model_waiting.h"

#include "model_order.h"

static uint64_t plus(uint64_t a, uint64_t b)
{
	return a > UINT64_MAX - b ? UINT64_MAX : a + b;
}

static uint64_t later_of(uint64_t a, uint64_t b)
{
	return a > b ? a : b;
}

static bool is_open_to_thieves(const struct history *history, uint32_t queue)
{
	for (size_t i = 0; i < history->queue_count; i++)
		if (history->queues[i].queue == queue)
			return !history->queues[i].unstealable && !history->queues[i].deferred;
	return true;
}

/* Certainly there from *from to *until. */
static bool is_there(const struct history *history, const struct model_result_stay *stay, uint64_t *from,
                     uint64_t *until)
{
	uint64_t begin;

	if (stay->take < 0 || stay->pinned || !is_open_to_thieves(history, stay->queue))
		return false;
	begin = model_take_interval(history, stay->take).begin;
	*from = plus(model_push_interval(history, stay->push).end, history->uncertainty_ns);
	*until = begin > history->uncertainty_ns ? begin - history->uncertainty_ns : 0;
	return *from < *until;
}

/* A task whose stays are not certain: was it pushed there at all? */
static bool is_doubtful(const struct history *history, const struct model_result *result, bool any_queue,
                        uint32_t queue)
{
	for (size_t i = 0; i < history->count; i++)
		for (size_t d = 0; d < result->doubtful_count; d++)
			if (history->events[i].kind == WSC_EV_QUEUED &&
			    history->events[i].task == result->doubtful[d] &&
			    (any_queue || history->events[i].queue == queue))
				return true;
	return false;
}

/* The start that a failure answers; -1: none was recorded. */
static int start_of(const struct history *history, int index)
{
	uint32_t thief = history->events[index].worker;

	for (int i = index - 1; i >= 0; i--) {
		const struct wsc_event *event = &history->events[i];

		if (event->worker != thief)
			continue;
		if (event->kind == WSC_EV_STEAL_START)
			return i;
		if (event->kind == WSC_EV_STEAL_SUCCESS || event->kind == WSC_EV_STEAL_FAILURE)
			return -1;
	}
	return -1;
}

enum model_wait model_told_empty(const struct history *history, const struct model_result *result, int index)
{
	const struct wsc_event *event = &history->events[index];
	int start = start_of(history, index);

	if (event->reason != WSC_REASON_EMPTY || start < 0)
		return MODEL_WAIT_NO;
	for (size_t i = 0; i < result->stay_count; i++) {
		uint64_t from, until;

		if (result->stays[i].queue == event->queue && is_there(history, &result->stays[i], &from, &until) &&
		    history->events[start].ts > from && event->ts < until)
			return MODEL_WAIT_CERTAIN;
	}
	return is_doubtful(history, result, false, event->queue) ? MODEL_WAIT_DOUBTFUL : MODEL_WAIT_NO;
}

static bool is_wake_of(const struct wsc_event *event, uint32_t sleeper)
{
	return event->kind == WSC_EV_WAKE && event->queue == sleeper && event->reserved == 0;
}

/* Whether the signal of a `wake` may come later than event `index`: its worker has no stamp certainly before that. */
static bool may_be_under_way(const struct history *history, int wake, int index)
{
	for (int i = wake + 1; i < index; i++) {
		const struct wsc_event *event = &history->events[i];

		if (event->worker == history->events[wake].worker && event->kind != WSC_EV_GAP)
			return plus(later_of(event->ts, history->events[wake].ts), history->uncertainty_ns) >=
			       history->events[index].ts;
	}
	return true;
}

static bool is_any_under_way(const struct history *history, int index)
{
	for (int i = 0; i < index; i++)
		if (is_wake_of(&history->events[i], history->events[index].worker) &&
		    may_be_under_way(history, i, index))
			return true;
	return false;
}

/*
 * Whether a signal may come after event `index`, a park: one is under way, and the worker has not woken as often as it was
 * to be woken since a park before which none was.
 */
static bool may_be_signalled(const struct history *history, int index)
{
	uint32_t sleeper = history->events[index].worker;
	uint64_t latest = 0;
	int unused = 0;

	for (int i = 0; i < index; i++) {
		const struct wsc_event *event = &history->events[i];

		if (is_wake_of(event, sleeper)) {
			unused++;
			latest = later_of(latest, event->ts);
		} else if (event->worker == sleeper && event->kind == WSC_EV_UNPARKED) {
			unused -= unused > 0 && plus(latest, history->uncertainty_ns) < event->ts;
		} else if (event->worker == sleeper && event->kind == WSC_EV_PARKED && !is_any_under_way(history, i)) {
			unused = 0;
		}
	}
	return unused > 0 && is_any_under_way(history, index);
}

/* It wakes, or somebody is about to wake it, or the trace ends. */
static uint64_t end_of_park(const struct history *history, int index)
{
	uint32_t sleeper = history->events[index].worker;

	if (may_be_signalled(history, index))
		return history->events[index].ts;
	for (size_t i = (size_t)index + 1; i < history->count; i++) {
		const struct wsc_event *event = &history->events[i];

		if (is_wake_of(event, sleeper) ||
		    (event->worker == sleeper && (event->kind == WSC_EV_UNPARKED || event->kind == WSC_EV_PARKED)))
			return event->ts;
	}
	return history->events[history->count - 1].ts;
}

enum model_wait model_slept(const struct history *history, const struct model_result *result, int index,
                            uint64_t idle_ns)
{
	uint64_t start = history->events[index].ts, end = end_of_park(history, index);

	for (size_t i = 0; i < result->stay_count; i++) {
		uint64_t from, until;

		if (!is_there(history, &result->stays[i], &from, &until))
			continue;
		from = from > start ? from : start;
		until = until < end ? until : end;
		if (until > from && until - from > idle_ns)
			return MODEL_WAIT_CERTAIN;
	}
	return is_doubtful(history, result, true, 0) ? MODEL_WAIT_DOUBTFUL : MODEL_WAIT_NO;
}
