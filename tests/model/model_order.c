/* SPDX-License-Identifier: MIT */
#include "model_order.h"

#include <stddef.h>
#include <string.h>

/* One push or take, somewhere in [begin, end]. */
struct operation {
	uint64_t begin, end;
	uint32_t worker;
	int event;
	int batch;       /* takes of one batch are not ordered among themselves; 0: none */
	int batch_first; /* first event of the batch, or of its attempt */
	int item;        /* index of the stay, in push order */
	bool is_push;
	bool from_top; /* takes the oldest */
	bool pinned;
};

struct search {
	const struct history *history;
	enum wsc_discipline discipline;
	struct operation operations[MODEL_OPERATIONS_MAX];
	size_t count;
	uint32_t before[MODEL_OPERATIONS_MAX]; /* operations that must come first */
	int push_of[MODEL_OPERATIONS_MAX];     /* by item */
	int take_of[MODEL_OPERATIONS_MAX];
	int item_count;
	uint8_t seen[1 << MODEL_OPERATIONS_MAX >> 3];
};

/* What a batch of takes may have between them: loot is queued, or can't be. */
static bool is_between_takes(const struct wsc_event *event)
{
	return event->kind == WSC_EV_QUEUED || event->reserved != 0;
}

/* Also one that failed: its stamp stands. */
static bool is_push_stamp(const struct wsc_event *event)
{
	return event->kind == WSC_EV_QUEUED || event->reserved == MODEL_PUSH_THAT_FAILED;
}

static int previous_event(const struct history *history, int index)
{
	uint32_t worker = history->events[index].worker;

	for (int i = index - 1; i >= 0; i--)
		if (history->events[i].worker == worker)
			return i;
	return -1;
}

static uint64_t previous_stamp(const struct history *history, int index)
{
	int previous = previous_event(history, index);

	return previous < 0 ? 0 : history->events[previous].ts;
}

/* The batch of a success, numbered by its first success + 1, and where its attempt began. */
static int steal_batch(const struct history *history, int index, uint64_t *begin, int *first)
{
	uint32_t worker = history->events[index].worker;
	bool is_open = false, in_batch = false;
	uint64_t start = 0;
	int batch = 0, start_at = 0;

	for (int i = 0; i <= index; i++) {
		const struct wsc_event *event = &history->events[i];

		if (event->worker != worker || is_between_takes(event))
			continue;
		if (event->kind == WSC_EV_STEAL_SUCCESS) {
			if (!in_batch) {
				*begin = is_open ? start : previous_stamp(history, i);
				*first = is_open ? start_at : i;
				batch = i + 1;
			}
			in_batch = true;
			is_open = false;
			continue;
		}
		in_batch = false;
		if (event->kind == WSC_EV_STEAL_START) {
			is_open = true;
			start = event->ts;
			start_at = i;
		} else if (event->kind == WSC_EV_STEAL_FAILURE) {
			is_open = false;
		}
	}
	return batch;
}

/* Whether the worker queued there, between these events, what the second one takes; for good. */
static bool is_queued_between(const struct history *history, int first, int index)
{
	const struct wsc_event *take = &history->events[index];

	for (int i = first + 1; i < index; i++) {
		const struct wsc_event *event = &history->events[i];

		if (event->kind == WSC_EV_QUEUED && event->reserved == 0 && event->worker == take->worker &&
		    event->queue == take->queue && event->task == take->task)
			return true;
	}
	return false;
}

/*
 * The batch of a `dequeued`: the first of a run of them from one queue, with only `queued` between, none of which queues what
 * is taken after it. (A slot's handle may be queued again before its take is stamped.)
 */
static int dequeue_batch(const struct history *history, int index)
{
	const struct wsc_event *take = &history->events[index];
	int first = -1;

	for (int i = 0; i <= index; i++) {
		const struct wsc_event *event = &history->events[i];

		if (event->worker != take->worker || is_between_takes(event))
			continue;
		if (event->kind != WSC_EV_DEQUEUED || event->queue != take->queue)
			first = -1;
		else if (first < 0 ||
		         (history->identity != WSC_IDENTITY_RECYCLED && is_queued_between(history, first, i)))
			first = i;
	}
	return first;
}

/* The next event of the worker that is neither a `queued` nor a further success of the batch that `index` is in. */
static uint64_t push_end(const struct history *history, int index)
{
	uint32_t worker = history->events[index].worker;
	bool in_batch = false;

	for (int i = previous_event(history, index); i >= 0; i = previous_event(history, i)) {
		if (is_between_takes(&history->events[i]))
			continue;
		in_batch = history->events[i].kind == WSC_EV_STEAL_SUCCESS;
		break;
	}
	for (size_t i = (size_t)index + 1; i < history->count; i++) {
		const struct wsc_event *event = &history->events[i];

		if (event->worker != worker || is_push_stamp(event) ||
		    (in_batch && event->kind == WSC_EV_STEAL_SUCCESS))
			continue;
		return event->ts + history->publish_ns;
	}
	return UINT64_MAX;
}

static bool is_deferred(const struct history *history, uint32_t queue)
{
	for (size_t i = 0; i < history->queue_count; i++)
		if (history->queues[i].queue == queue)
			return history->queues[i].deferred;
	return false;
}

struct model_interval model_push_interval(const struct history *history, int index)
{
	const struct wsc_event *event = &history->events[index];
	uint64_t end = is_deferred(history, event->queue) ? UINT64_MAX : push_end(history, index);

	return (struct model_interval){event->ts, end, index, index};
}

static struct operation push_operation(const struct history *history, const struct model_stay *stay)
{
	struct model_interval when = model_push_interval(history, stay->push);

	return (struct operation){.begin = when.begin,
	                          .end = when.end,
	                          .worker = history->events[stay->push].worker,
	                          .event = stay->push,
	                          .is_push = true,
	                          .pinned = stay->pinned};
}

/* Whether the first take of a batch of slots may be a later one: since a gap, or a window's begin, the worker only queued. */
static bool may_have_begun_unseen(const struct history *history, int first)
{
	const uint8_t kind = history->events[first].kind;

	if (history->identity != WSC_IDENTITY_RECYCLED || (kind != WSC_EV_STEAL_SUCCESS && kind != WSC_EV_DEQUEUED))
		return false;
	for (int i = previous_event(history, first); i >= 0; i = previous_event(history, i))
		if (!is_between_takes(&history->events[i]))
			return history->events[i].kind == WSC_EV_GAP;
	return history->window;
}

struct model_interval model_take_interval(const struct history *history, int index)
{
	const struct wsc_event *event = &history->events[index];
	struct model_interval when = {previous_stamp(history, index), event->ts, index, index};

	if (event->kind == WSC_EV_STEAL_SUCCESS) {
		steal_batch(history, index, &when.begin, &when.first);
	} else if (event->kind == WSC_EV_DEQUEUED) {
		when.first = dequeue_batch(history, index);
		when.begin = previous_stamp(history, when.first);
	}
	if (may_have_begun_unseen(history, when.first))
		when.begin = 0;
	return when;
}

static uint64_t start_end(const struct history *history, int index)
{
	for (size_t i = (size_t)index + 1; i < history->count; i++)
		if (history->events[i].worker == history->events[index].worker)
			return history->events[i].ts;
	return UINT64_MAX;
}

static struct operation take_operation(const struct history *history, const struct model_stay *stay)
{
	const struct wsc_event *event = &history->events[stay->take];
	struct model_interval when = model_take_interval(history, stay->take);
	struct operation operation = {
	    .begin = when.begin,
	    .end = when.end,
	    .worker = event->worker,
	    .event = stay->take,
	    .batch_first = when.first,
	    .pinned = stay->pinned,
	};
	uint32_t owner;
	bool is_owned = history_owner(history, stay->queue, &owner);

	if (event->kind == WSC_EV_STEAL_SUCCESS) {
		uint64_t begin;
		int first;

		operation.batch = steal_batch(history, stay->take, &begin, &first);
		operation.from_top = true;
	} else if (event->kind == WSC_EV_DEQUEUED) {
		operation.batch = when.first + 1;
		operation.from_top = is_owned && owner != event->worker; /* a thief by another name */
	} else if (!is_owned || history_discipline(history, stay->queue) == WSC_DISCIPLINE_FIFO) {
		operation.end = start_end(history, stay->take);
	}
	return operation;
}

/* Certainly before: earlier in the program of one worker, or further apart than the uncertainty. */
static bool certainly_before(const struct history *history, const struct operation *a, const struct operation *b)
{
	if (a->worker == b->worker) {
		if (!a->is_push && !b->is_push && a->batch != 0 && a->batch == b->batch)
			return false;
		return a->event < (b->is_push ? b->event : b->batch_first);
	}
	return a->end < b->begin && b->begin - a->end > history->uncertainty_ns;
}

/* A pinned stay that is taken at the thieves' end binds nothing, be it its owner's overflow; of a thief it is told by itself. */
static bool binds_nothing(const struct search *search, int item)
{
	return search->operations[search->push_of[item]].pinned && search->operations[search->take_of[item]].from_top;
}

static bool may_take(const struct search *search, const struct operation *take, uint32_t done)
{
	bool is_oldest_first = search->discipline == WSC_DISCIPLINE_FIFO || take->from_top;
	uint32_t owner = 0;
	/* Who takes there, be it the owner of a queue that overflows, sees no pinned one. */
	bool is_thief =
	    take->from_top && history_owner(search->history, search->history->events[take->event].queue, &owner);

	if ((done & UINT32_C(1) << search->push_of[take->item]) == 0)
		return false;
	if (binds_nothing(search, take->item))
		return true;
	for (int item = 0; item < search->item_count; item++) {
		bool is_present = (done & UINT32_C(1) << search->push_of[item]) != 0 &&
		                  (done & UINT32_C(1) << search->take_of[item]) == 0;

		if (!is_present || item == take->item || binds_nothing(search, item) ||
		    (is_thief && search->operations[search->push_of[item]].pinned))
			continue;
		if (is_oldest_first ? item < take->item : item > take->item)
			return false;
	}
	return true;
}

static bool has_order(struct search *search, uint32_t done)
{
	if (done == (UINT32_C(1) << search->count) - 1)
		return true;
	if ((search->seen[done >> 3] & 1U << (done & 7)) != 0)
		return false;
	search->seen[done >> 3] |= (uint8_t)(1U << (done & 7));
	for (size_t i = 0; i < search->count; i++) {
		const struct operation *operation = &search->operations[i];

		if ((done & UINT32_C(1) << i) != 0 || (search->before[i] & ~done) != 0)
			continue;
		if (!operation->is_push && !may_take(search, operation, done))
			continue;
		if (has_order(search, done | UINT32_C(1) << i))
			return true;
	}
	return false;
}

/* All pushes are of one worker, so in the order of its program. */
static bool has_one_pusher(const struct history *history, uint32_t queue)
{
	const struct wsc_event *first = NULL;

	for (size_t i = 0; i < history->count; i++) {
		const struct wsc_event *event = &history->events[i];

		if (event->kind != WSC_EV_QUEUED || event->queue != queue)
			continue;
		if (first != NULL && first->worker != event->worker)
			return false;
		first = event;
	}
	return true;
}

/* Several producers: only a pair that is certain on both sides convicts. */
static bool has_pair_reversed(const struct search *search)
{
	for (int a = 0; a < search->item_count; a++) {
		for (int b = 0; b < search->item_count; b++) {
			const struct operation *push_a = &search->operations[search->push_of[a]];
			const struct operation *push_b = &search->operations[search->push_of[b]];
			const struct operation *take_a = &search->operations[search->take_of[a]];
			const struct operation *take_b = &search->operations[search->take_of[b]];

			if (a != b && !(push_a->pinned && take_b->from_top) && !binds_nothing(search, a) &&
			    !binds_nothing(search, b) && certainly_before(search->history, push_a, push_b) &&
			    certainly_before(search->history, take_b, take_a))
				return true;
		}
	}
	return false;
}

static bool gather(struct search *search, const struct model_stay *stays, size_t count, uint32_t queue)
{
	for (size_t i = 0; i < count; i++) {
		if (stays[i].queue != queue)
			continue;
		if (search->count + 2 > MODEL_OPERATIONS_MAX)
			return false;
		search->push_of[search->item_count] = (int)search->count;
		search->operations[search->count] = push_operation(search->history, &stays[i]);
		search->operations[search->count++].item = search->item_count;
		search->take_of[search->item_count] = (int)search->count;
		search->operations[search->count] = take_operation(search->history, &stays[i]);
		search->operations[search->count++].item = search->item_count;
		search->item_count++;
	}
	for (size_t i = 0; i < search->count; i++)
		for (size_t j = 0; j < search->count; j++)
			if (i != j && certainly_before(search->history, &search->operations[j], &search->operations[i]))
				search->before[i] |= UINT32_C(1) << j;
	return true;
}

static bool has_one_producer(const struct history *history, uint32_t queue)
{
	uint32_t owner;

	if (!history_owner(history, queue, &owner))
		return false;
	for (size_t i = 0; i < history->count; i++)
		if (history->events[i].kind == WSC_EV_QUEUED && history->events[i].queue == queue &&
		    history->events[i].worker != owner)
			return false;
	return true;
}

void model_order_check(const struct history *history, const struct model_stay *stays, size_t count,
                       struct model_queue_result *result)
{
	static struct search search;
	bool deferred = is_deferred(history, result->queue);

	memset(&search, 0, offsetof(struct search, seen));
	search.history = history;
	search.discipline = history_discipline(history, result->queue);
	result->operations = 0;
	result->order = MODEL_IN_ORDER;
	if (search.discipline == WSC_DISCIPLINE_NONE)
		return;
	result->order = MODEL_ORDER_UNKNOWN;
	if (!gather(&search, stays, count, result->queue))
		return;
	memset(search.seen, 0, ((size_t)1 << search.count >> 3) + 1);
	result->operations = search.count;
	if (has_one_producer(history, result->queue))
		result->order = has_order(&search, 0) ? MODEL_IN_ORDER : MODEL_OUT_OF_ORDER;
	else if (search.discipline == WSC_DISCIPLINE_FIFO)
		result->order = !has_pair_reversed(&search)                           ? MODEL_IN_ORDER
		                : deferred && !has_one_pusher(history, result->queue) ? MODEL_ORDER_UNKNOWN
		                                                                      : MODEL_OUT_OF_ORDER;
}
