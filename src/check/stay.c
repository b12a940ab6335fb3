/* SPDX-License-Identifier: MIT */
/*
 * Stays take effect: on the ordering monitor, on what idle.c knows, on the statistics. Each at its place in the merged
 * order, whatever order of a group of close stamps the ownership machine was led through (order.h says why).
 */
#include "engine.h"

#include <stdlib.h>
#include <string.h>

#include "array.h"

static const struct queue_traits *traits_of(const struct analysis *a, const struct order_item *stay)
{
	return &a->queues.queues[stay->queue];
}

static bool is_open(const struct analysis *a, const struct open_push *push)
{
	return a->order.items[push->item].serial == push->serial;
}

/* Room for one more open push. A producer that only pushes never closes one: those whose stays are over go first. */
static bool make_room(const struct analysis *a, struct engine_stream *s)
{
	if (s->push_count < s->push_capacity)
		return true;
	size_t kept = 0;
	for (size_t i = 0; i < s->push_count; i++) {
		if (is_open(a, &s->pushes[i]))
			s->pushes[kept++] = s->pushes[i];
	}
	s->push_count = kept;
	if (kept < s->push_capacity / 2)
		return true;
	struct open_push *grown = array_grow(s->pushes, &s->push_capacity, sizeof(*grown));
	if (grown == NULL)
		return false;
	s->pushes = grown;
	return true;
}

void stay_open_push(struct analysis *a, struct engine_stream *s, uint32_t item)
{
	if (make_room(a, s))
		s->pushes[s->push_count++] = (struct open_push){.item = item, .serial = a->order.items[item].serial};
	else
		a->no_memory = true;
}

/* The number of a queue that was pushed to: that was given when the push came in. */
static uint32_t find_queue(const struct analysis *a, struct engine_stream *s, uint32_t queue)
{
	if (s->latest_queue != queue || !s->has_latest_queue) {
		s->latest_queue = queue;
		s->latest_queue_number = id_map_find(&a->queues.index, queue) - 1;
		s->latest_list = ORDER_NONE;
		s->has_latest_queue = true;
	}
	return s->latest_queue_number;
}

/* Returns the item of the first reading. */
static uint32_t push_again(struct analysis *a, uint32_t queue, struct order_push push)
{
	push.list = ORDER_NONE;
	return order_push(&a->reading, queue, &push);
}

uint32_t stay_begin(struct analysis *a, const struct window_entry *entry, uint64_t task, uint64_t life)
{
	const struct wsc_event *e = &entry->event;
	struct engine_stream *s = &a->streams[entry->stream];
	uint32_t number = find_queue(a, s, e->queue);
	struct engine_queue *queue = &a->by_queue[number];
	depth_pushed(&a->depths, &queue->depth, e->ts, (uint32_t)++queue->waiting);
	const struct queue_traits *traits = &a->queues.queues[number];
	struct order_push push = {.task = task,
	                          .life = life,
	                          .ts = e->ts,
	                          .sequence = entry->context.sequence,
	                          .pusher = entry->stream,
	                          .foreign = !traits->owned || traits->owner != e->worker,
	                          .pinned = (e->flags & WSC_FLAG_PINNED) != 0,
	                          .list = s->latest_list};
	queue->has_pinned |= push.pinned;
	if (!push.foreign)
		lane_before(a, number);
	uint32_t item = order_push(&a->order, number, &push);
	s->latest_list = push.list;
	if (item != ORDER_NONE)
		a->order.items[item].twin = push_again(a, number, push);
	if (traits->deferred || item == ORDER_NONE)
		return item; /* deferred: it becomes visible at an unknown later time */
	stay_open_push(a, s, item);
	return item;
}

/* ORDER_NONE: none, or there was no memory for it. */
static uint32_t twin_of(const struct analysis *a, uint32_t item)
{
	return a->order.items[item].twin;
}

/* It leaves its queue, unless it has. */
static void count_out(struct analysis *a, uint32_t item)
{
	struct order_item *it = &a->order.items[item];
	a->by_queue[it->queue].waiting -= !it->left;
	it->left = true;
}

void stay_drop(struct analysis *a, uint32_t item)
{
	if (item == ORDER_NONE)
		return;
	count_out(a, item);
	if (twin_of(a, item) != ORDER_NONE)
		order_drop(&a->reading, twin_of(a, item));
	order_drop(&a->order, item);
}

uint32_t stay_unorder(struct analysis *a, uint32_t item)
{
	if (item == ORDER_NONE || a->order.items[item].withdrawn)
		return item;
	a->by_queue[a->order.items[item].queue].unordered++;
	order_withdraw(&a->order, item);
	return item;
}

void stay_lose(struct analysis *a, uint32_t item)
{
	if (item != ORDER_NONE)
		a->by_queue[a->order.items[item].queue].is_misread = true;
	if (a->course != NULL)
		course_blurs(a->course);
	stay_drop(a, stay_unorder(a, item));
}

static void take_both(struct analysis *a, uint32_t item, const struct order_take *take)
{
	if (twin_of(a, item) != ORDER_NONE)
		order_taken(&a->reading, twin_of(a, item), take);
	order_taken(&a->order, item, take);
}

/* If its take waits in line, that will end it. */
static void drop_lingering(struct analysis *a, uint32_t number)
{
	if (a->reading.items[number].waits)
		a->reading.items[number].waits = false;
	else
		order_drop(&a->reading, number);
}

static void forget_lingering(struct task *task, unsigned at)
{
	struct task_lingering *l = task->lingering;
	memmove(&l->stays[at], &l->stays[at + 1], (--l->count - at) * sizeof(l->stays[0]));
}

/*
 * A start in a slot may be another life's, which it leaves a credit for: in the first reading the stay lingers, until it is
 * taken late or forgotten.
 */
static void linger(struct analysis *a, struct task *task, uint32_t item)
{
	const uint32_t twin = twin_of(a, item);
	if (a->credit.sequence == 0 || twin == ORDER_NONE)
		return;
	const bool is_known = course_follows(a, task) && a->course->is_known;
	if (is_known && !course_uses(a->course, &a->credit))
		return;
	if (task->lingering != NULL && task->lingering->count == OWNERSHIP_CREDITS_MAX) {
		drop_lingering(a, task->lingering->stays[0].item);
		forget_lingering(task, 0);
	}
	if (task->lingering == NULL)
		task->lingering = calloc(1, sizeof(*task->lingering));
	if (task->lingering == NULL) {
		a->no_memory = true;
		return;
	}
	const unsigned at = task->lingering->count++;
	task->lingering->stays[at].credit = a->credit;
	task->lingering->stays[at].item = twin;
	if (is_known) {
		a->order.items[item].twin = ORDER_NONE; /* there it goes on waiting */
		return;
	}
	a->reading.items[twin].twin = item;
	a->reading.items[twin].waits = true;
}

/* ... and does so from its take on, which waited in line, or not. */
static void seem_to_take(struct analysis *a, uint32_t item, const struct order_take *take)
{
	const uint32_t twin = twin_of(a, item);
	if (twin == ORDER_NONE || !a->reading.items[twin].waits) {
		take_both(a, item, take);
		return;
	}
	a->reading.items[twin].waits = false;
	order_seems_taken(&a->reading, twin, take);
	order_taken(&a->order, item, take);
}

void stay_push_ended(struct analysis *a, uint32_t item, uint64_t ts)
{
	if (twin_of(a, item) != ORDER_NONE)
		order_push_ended(&a->reading, twin_of(a, item), ts);
	order_push_ended(&a->order, item, ts);
}

void stay_uncount(struct analysis *a, uint32_t item)
{
	if (item != ORDER_NONE)
		a->by_queue[a->order.items[item].queue].depth.pushes--;
}

static bool is_owner(const struct queue_traits *traits, uint32_t worker)
{
	return traits->owned && traits->owner == worker;
}

static struct stay_take take_of(const struct analysis *a, const struct window_entry *entry, uint32_t queue)
{
	const struct wsc_event *e = &entry->event;
	const struct queue_traits *traits = &a->queues.queues[queue];
	bool starts = e->kind == WSC_EV_EXEC_START || e->kind == WSC_EV_RESUMED;
	return (struct stay_take){
	    .item = ORDER_NONE,
	    .queue = queue,
	    .steal = e->kind == WSC_EV_STEAL_SUCCESS,
	    .starts = starts,
	    /* A start is not fenced: where others take, too, only the worker's next stamp is certainly after the take. */
	    .open = starts && (traits->discipline == WSC_DISCIPLINE_FIFO || !traits->owned),
	    .ts = e->ts,
	    .take = {.lower = entry->context.lower,
	             .upper = e->ts,
	             .attempt = entry->context.attempt,
	             .sequence = entry->context.sequence,
	             .taker = entry->stream,
	             .worker = e->worker,
	             .by_owner = e->kind != WSC_EV_STEAL_SUCCESS && is_owner(traits, e->worker),
	             .starts = starts && has_slots(a)}};
}

static bool is_pinned_elsewhere(const struct analysis *a, const struct stay_take *t, const struct order_item *stay)
{
	const struct queue_traits *traits = traits_of(a, stay);
	return stay->pinned && traits->owned && !is_owner(traits, t->take.worker);
}

static void convict_pinned(struct analysis *a, const struct stay_take *t, const struct order_item *stay)
{
	order_convict_pinned(&a->order, stay->task, stay->life, &t->take, traits_of(a, stay)->queue, stay->push_ts);
}

/* What a take tells of its task, its queue, and those who might have taken the task sooner. */
static void measure(struct analysis *a, const struct stay_take *t, const struct order_item *stay)
{
	const struct queue_traits *traits = traits_of(a, stay);
	struct engine_queue *queue = &a->by_queue[stay->queue];
	bool own = is_owner(traits, t->take.worker);
	if (t->ts >= stay->push_ts)
		histogram_add_of(&a->result.queue_wait, t->ts - stay->push_ts, t->ts, stay->task, t->take.worker);
	/* A start in a slot may have taken nothing: a thief that took it long before may still be about to stamp that. */
	bool certain = !has_slots(a) || !t->starts;
	if (certain && !stay->pinned && !id_map_has(&a->findings.reported_lives, stay->life))
		idle_taken(a,
		           &(struct idle_stay){stay->task, stay->push_ts, stay->push_end, t->take.lower, stay->queue});
	if (is_pinned_elsewhere(a, t, stay))
		convict_pinned(a, t, stay);
	depth_taken(&a->depths, &queue->depth, t->ts, (uint32_t)queue->waiting, t->steal && !own);
}

/* Of a stay that may have been taken otherwise, but on a course. */
static void note_pinned(struct analysis *a, const struct stay_take *t, const struct order_item *stay)
{
	if (!is_pinned_elsewhere(a, t, stay))
		return;
	struct engine_queue *queue = &a->by_queue[stay->queue];
	queue->unordered += !queue->steals_pinned && !stay->withdrawn; /* which is counted */
	queue->steals_pinned = true;
	if (a->course != NULL)
		convict_pinned(a, t, stay);
}

static void leave(struct analysis *a, const struct stay_take *t)
{
	const struct order_item *stay = &a->order.items[t->item];
	if (!stay->withdrawn)
		measure(a, t, stay);
	else
		note_pinned(a, t, stay);
	count_out(a, t->item);
}

void stay_convict_pinned(struct analysis *a, const struct window_entry *entry, const struct task *task)
{
	const struct wsc_event *e = &entry->event;
	uint32_t number = id_map_find(&a->queues.index, e->queue);
	if (number == ID_MAP_NONE)
		return;
	const struct queue_traits *traits = &a->queues.queues[number - 1];
	const struct order_take take = {.upper = e->ts, .worker = e->worker};
	if (traits->owned && !is_owner(traits, e->worker))
		order_convict_pinned(&a->order, task->handle, task->life, &take, e->queue, 0);
}

static void wait_in_line(struct analysis *a, struct engine_stream *s, const struct stay_take *take)
{
	struct stay_take *grown = array_room(s->takes, s->take_count, &s->take_capacity, sizeof(*grown));
	if (grown == NULL) {
		a->no_memory = true;
		return;
	}
	s->takes = grown;
	s->takes[s->take_count++] = *take;
}

/* Whether one of the first takes of the line waits, and is from that queue. */
static bool is_held_up(const struct engine_stream *s, uint32_t before, uint32_t queue)
{
	for (uint32_t i = 0; i < before; i++) {
		if (!s->takes[i].is_made && s->takes[i].queue == queue)
			return true;
	}
	return false;
}

/* Makes the takes of the worker that wait for nothing more, those from one queue in the order of its program. */
static void let_pass(struct analysis *a, struct engine_stream *s)
{
	for (uint32_t i = 0; i < s->take_count; i++) {
		struct stay_take *t = &s->takes[i];
		if (t->is_made || t->item == ORDER_NONE || t->open || is_held_up(s, i, t->queue))
			continue;
		seem_to_take(a, t->item, &t->take);
		t->is_made = true;
	}
	uint32_t passed = 0;
	while (passed < s->take_count && s->takes[passed].is_made)
		passed++;
	s->take_count -= passed;
	s->takes_passed += passed;
	if (passed > 0)
		memmove(s->takes, s->takes + passed, s->take_count * sizeof(*s->takes));
}

void stay_taken(struct analysis *a, const struct window_entry *entry, uint32_t item)
{
	struct engine_stream *s = &a->streams[entry->stream];
	uint32_t queue = a->order.items[item].queue;
	struct stay_take made = take_of(a, entry, queue);
	made.item = item;
	if (made.take.by_owner)
		lane_before(a, queue);
	leave(a, &made);
	if (entry->event.kind == WSC_EV_EXEC_START && has_slots(a))
		linger(a, entry->task, item);
	if (__builtin_expect(made.open || is_held_up(s, s->take_count, queue), 0))
		wait_in_line(a, s, &made);
	else
		seem_to_take(a, item, &made.take);
}

/* In the first reading the start that seemed to end it took nothing: that is its take. */
static void take_lingering(struct analysis *a, uint32_t number, const struct order_take *take)
{
	const struct order_item *lingering = &a->reading.items[number];
	if (lingering->waits)
		a->order.items[lingering->twin].twin = ORDER_NONE;
	if (take->late && a->read_late.count == FINDINGS_DOUBTS_MAX)
		a->findings.doubts_all = a->ambiguous = true;
	else if (take->late && !id_map_add(&a->read_late, lingering->serial, 1))
		a->no_memory = true;
	order_taken(&a->reading, number, take);
}

/*
 * Which of those that linger the present step takes: that whose credit it uses. Or else, where the states go on from another
 * one than the first, the only one of that queue. The count: it is not told.
 */
static unsigned find_lingering(const struct analysis *a, const struct task_lingering *l, uint32_t queue)
{
	unsigned in_queue = 0, latest = l->count;
	for (unsigned i = 0; i < l->count; i++) {
		if (memcmp(&l->stays[i].credit, &a->credit, sizeof(a->credit)) == 0)
			return i;
		if (a->queues.queues[a->reading.items[l->stays[i].item].queue].queue == queue) {
			in_queue++;
			latest = i;
		}
	}
	return in_queue == 1 && a->course == NULL ? latest : l->count;
}

/* NULL: nothing was pushed there that is known of. */
static struct engine_queue *queue_of_id(struct analysis *a, uint32_t id)
{
	const uint32_t number = id_map_find(&a->queues.index, id);
	return number != ID_MAP_NONE && number <= a->queue_capacity ? &a->by_queue[number - 1] : NULL;
}

void stay_misread(struct analysis *a, uint32_t queue)
{
	struct engine_queue *misread = queue_of_id(a, queue);
	if (misread != NULL)
		misread->is_misread = true;
}

/* Of a take of what is not known to have waited: one of those that seemed to have left that queue. */
static void take_unknown(struct analysis *a, const struct window_entry *entry)
{
	if (a->course != NULL)
		course_blurs(a->course);
	stay_misread(a, entry->event.queue);
}

void stay_taken_late(struct analysis *a, const struct window_entry *entry)
{
	struct task *task = entry->task;
	const bool starts = !engine_is_take(&entry->event);
	if (!has_slots(a) || (starts && !course_follows(a, task)) || (starts && a->credit.sequence == 0))
		return;
	const unsigned at = task->lingering == NULL ? 0 : find_lingering(a, task->lingering, entry->event.queue);
	if (task->lingering == NULL || at == task->lingering->count) {
		take_unknown(a, entry);
		return;
	}
	const uint32_t number = task->lingering->stays[at].item;
	forget_lingering(task, at);
	struct stay_take late = take_of(a, entry, a->reading.items[number].queue);
	if (late.open) /* not known any more: the longer it may take, the less it shows */
		late.take.upper = UINT64_MAX;
	note_pinned(a, &late, &a->reading.items[number]);
	if (course_follows(a, task)) {
		a->course->is_unsure |= late.open;
		course_use(a->course, &a->credit);
	}
	late.take.late = a->course == NULL || !a->course->is_known;
	take_lingering(a, number, &late.take);
}

uint64_t stay_taken_early(struct analysis *a, const struct window_entry *entry, uint32_t queue)
{
	struct engine_stream *s = &a->streams[entry->stream];
	struct stay_take take = take_of(a, entry, find_queue(a, s, queue));
	wait_in_line(a, s, &take);
	return s->takes_passed + s->take_count - 1;
}

void stay_was_taken(struct analysis *a, uint32_t item, uint32_t stream, uint64_t number)
{
	struct engine_stream *s = &a->streams[stream];
	if (a->no_memory || item == ORDER_NONE)
		return; /* there is no such take, or no such stay, for want of memory */
	struct stay_take *take = &s->takes[number - s->takes_passed];
	take->item = item;
	leave(a, take);
	let_pass(a, s);
}

void stay_owe(struct analysis *a, struct task *task, uint32_t item, const struct ownership_owed *owed)
{
	if (item == ORDER_NONE)
		return;
	if (task->owed == NULL)
		task->owed = calloc(1, sizeof(*task->owed));
	if (task->owed == NULL) {
		a->no_memory = true;
		return;
	}
	count_out(a, item); /* as its slot is used again */
	unsigned at = task->owed->count++;
	task->owed->stays[at].owed = *owed;
	task->owed->stays[at].item = item;
}

static void forget_owed(struct task *task, unsigned at)
{
	task->owed->stays[at] = task->owed->stays[--task->owed->count];
	if (task->owed->count > 0)
		return;
	free(task->owed);
	task->owed = NULL;
}

unsigned stay_owed_at(const struct task *task, const struct ownership_owed *owed)
{
	for (unsigned i = 0; task->owed != NULL && i < task->owed->count; i++) {
		if (memcmp(&task->owed->stays[i].owed, owed, sizeof(*owed)) == 0)
			return i;
	}
	return STAY_NOT_OWED;
}

uint32_t stay_not_owed(struct task *task, const struct ownership_owed *owed)
{
	unsigned at = stay_owed_at(task, owed);
	if (at == STAY_NOT_OWED)
		return ORDER_NONE;
	uint32_t item = task->owed->stays[at].item;
	forget_owed(task, at);
	return item;
}

bool stay_is_certain(const struct analysis *a, uint32_t item)
{
	return item != ORDER_NONE && !a->order.items[item].withdrawn;
}

void stay_restore(struct analysis *a, struct task *task, const struct ownership_owed *owed)
{
	task->item = stay_not_owed(task, owed);
	if (task->item == ORDER_NONE)
		return;
	struct order_item *it = &a->order.items[task->item];
	a->by_queue[it->queue].waiting++;
	it->left = false;
}

void stay_unorder_owed(struct analysis *a, struct task *task, const struct ownership_owed *owed)
{
	unsigned at = stay_owed_at(task, owed);
	if (at != STAY_NOT_OWED)
		stay_unorder(a, task->owed->stays[at].item);
}

void stay_settle_owed(struct analysis *a, struct task *task)
{
	for (unsigned i = task->owed == NULL ? 0 : task->owed->count; i-- > 0;) {
		if (ownership_owes(&task->own, &task->owed->stays[i].owed))
			continue; /* whether it is so in each state is asked when its take comes */
		stay_lose(a, task->owed->stays[i].item);
		forget_owed(task, i);
	}
}

void stay_drop_others(struct analysis *a, struct task *task)
{
	for (unsigned i = 0; task->lingering != NULL && i < task->lingering->count; i++)
		drop_lingering(a, task->lingering->stays[i].item);
	free(task->lingering);
	task->lingering = NULL;
	for (unsigned i = 0; task->owed != NULL && i < task->owed->count; i++)
		stay_drop(a, task->owed->stays[i].item);
	free(task->owed);
	task->owed = NULL;
}

static void bound_take(struct analysis *a, struct engine_stream *s, uint64_t ts)
{
	struct stay_take *last = &s->takes[s->take_count - 1];
	if (!last->open)
		return;
	last->open = false;
	if (ts > last->take.upper)
		last->take.upper = ts;
	let_pass(a, s);
}

void stay_bound(struct analysis *a, const struct window_entry *entry)
{
	struct engine_stream *s = &a->streams[entry->stream];
	if (__builtin_expect(s->take_count > 0, 0))
		bound_take(a, s, entry->event.ts);
	if (entry->event.kind == WSC_EV_QUEUED || entry->context.batched)
		return;
	lane_pushes_ended(a, s, entry->event.ts);
	for (size_t i = 0; i < s->push_count; i++) {
		if (is_open(a, &s->pushes[i]))
			stay_push_ended(a, s->pushes[i].item, entry->event.ts);
	}
	s->push_count = 0;
}

void stay_end(struct analysis *a)
{
	for (uint32_t i = 0; i < a->stream_count; i++) {
		if (a->streams[i].take_count > 0)
			bound_take(a, &a->streams[i], UINT64_MAX);
	}
}

/* Whether another worker did one of those so shortly before that stamps don't tell. */
static bool is_close(const struct analysis *a, const struct ownership_owed *list, int count,
                     const struct wsc_event *event)
{
	for (int i = 0; i < count; i++) {
		if (list[i].worker != event->worker && later_by(list[i].ts, a->uncertainty) >= event->ts)
			return true;
	}
	return false;
}

/* Whether the latest of them was so shortly before. */
static bool goes_on(const struct analysis *a, const struct task_past *past, uint64_t ts)
{
	return past != NULL && past->count > 0 && later_by(past->steps[past->count - 1].ts, a->uncertainty) >= ts;
}

void stay_note_step(struct analysis *a, struct task *task, const struct window_entry *entry)
{
	const struct ownership *own = &task->own;
	const struct wsc_event *e = &entry->event;
	if (!goes_on(a, task->past, e->ts) && !is_close(a, own->owed, own->owed_count, e) &&
	    !is_close(a, own->credits, own->credit_count, e))
		return;
	if (task->past == NULL)
		task->past = calloc(1, sizeof(*task->past));
	if (task->past == NULL) {
		a->no_memory = true;
		return;
	}
	struct task_past *past = task->past;
	if (past->count == TASK_PAST_MAX)
		memmove(&past->steps[0], &past->steps[1], --past->count * sizeof(past->steps[0]));
	past->steps[past->count++] =
	    (struct task_step){.ts = e->ts, .sequence = entry->context.sequence, .worker = e->worker};
}

void stay_heed_past(struct analysis *a, const struct window_entry *entry, const struct ownership_owed *since)
{
	const struct task_past *past = entry->task->past;
	struct engine_queue *queue = queue_of_id(a, since->queue);
	unsigned from = 0; /* if what began it is not among them, it came before them */
	if (past == NULL || queue == NULL)
		return;
	for (unsigned i = 0; i < past->count; i++) {
		if (past->steps[i].worker == since->worker && past->steps[i].sequence == since->sequence)
			from = i + 1;
	}
	for (unsigned i = from; i < past->count; i++) {
		if (past->steps[i].worker == entry->event.worker && past->steps[i].sequence < entry->context.sequence)
			queue->breaks_program = true;
	}
}
