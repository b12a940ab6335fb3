/* SPDX-License-Identifier: MIT */
#include "lane.h"

#include <stdlib.h>

#include "array.h"
#include "engine.h"

#define NOT_YET UINT64_MAX

enum lane_state {
	LANE_NEW,     /* no event of it has had its turn */
	LANE_WAITING, /* in its worker's deque */
	LANE_TAKEN,   /* ... and taken out by a `dequeued` */
	LANE_RUNNING,
	LANE_INLINE /* running, and never queued */
};

struct lane_record {
	uint64_t handle;
	uint64_t queued_ts; /* WAITING, TAKEN, RUNNING; NOT_YET: INLINE */
	uint64_t later_ts;  /* WAITING: the end of the push, or NOT_YET. TAKEN, RUNNING, INLINE: since when */
	uint64_t sequence;  /* WAITING: of the push, in the worker's program */
	uint32_t stream;    /* number of the worker's */
	uint32_t place;     /* WAITING: in the stack */
	uint32_t pending;   /* entries that wait in the window */
	/* Number of the last of them; each has that of the one before as `next`. The low half finds an entry in the ring. */
	uint32_t pending_last;
	uint32_t queue; /* number of the deque, unless NEW or INLINE */
	uint8_t state;
	uint8_t before;  /* enum finished: what was known of the handle */
	bool is_checked; /* WAITING: the monitor would have an item for it */
};

_Static_assert(sizeof(struct lane_record) <= 64, "a record is one cache line");

static struct lane_record *record_at(const struct analysis *a, uint32_t number)
{
	return &a->lane.records[number];
}

void lane_init(struct analysis *a)
{
	a->lane = (struct lane){.is_off = a->rules.vague || a->rules.identity == WSC_IDENTITY_RECYCLED ||
	                                  a->rules.scope != WSC_SCOPE_SCHEDULER || a->options.no_lane};
}

void lane_free(struct analysis *a)
{
	for (size_t i = 0; i < a->queue_capacity; i++)
		free(a->by_queue[i].lane.records);
	free(a->lane.records);
}

/* --- records and stacks --- */

static bool record_new(struct analysis *a, uint64_t handle, uint32_t *number)
{
	struct lane *lane = &a->lane;
	if (lane->free == 0 && lane->used == lane->capacity) {
		struct lane_record *grown =
		    lane->used < LANE_BIT ? array_grow(lane->records, &lane->capacity, sizeof(*grown)) : NULL;
		if (grown == NULL)
			return false;
		lane->records = grown;
	}
	*number = lane->free != 0 ? lane->free - 1 : lane->used;
	if (!id_map_add(&a->tasks.index, handle, LANE_BIT | *number))
		return false;
	if (lane->free != 0)
		lane->free = lane->records[*number].pending_last;
	else
		lane->used++;
	return true;
}

static void record_free(struct analysis *a, uint32_t number)
{
	struct lane_record *r = record_at(a, number);
	id_map_remove(&a->tasks.index, r->handle);
	*r = (struct lane_record){.pending_last = a->lane.free};
	a->lane.free = number + 1;
}

static bool stack_push(struct lane_stack *stack, uint32_t number, uint32_t *place)
{
	if (stack->records == NULL || stack->top - stack->bottom > stack->mask) {
		uint32_t size = stack->records == NULL ? 64 : (stack->mask + 1) * 2;
		uint32_t *grown = malloc(size * sizeof(*grown));
		if (grown == NULL)
			return false;
		for (uint32_t i = stack->bottom; i != stack->top; i++)
			grown[i & (size - 1)] = stack->records[i & stack->mask];
		free(stack->records);
		stack->records = grown;
		stack->mask = size - 1;
	}
	*place = stack->top++;
	stack->records[*place & stack->mask] = number;
	return true;
}

/* --- out of the lane --- */

/* The state of the general machine that the record's events would have led to. */
static struct ownership ownership_of(const struct analysis *a, const struct lane_record *r, struct ownership own)
{
	uint32_t worker = a->streams[r->stream].stream.worker;
	struct wsc_event e = {.task = r->handle, .worker = worker, .kind = WSC_EV_EXEC_START};
	if (r->state == LANE_INLINE) {
		struct ownership_step step;
		ownership_step(&a->rules, &own, &(struct ownership_event){.event = e}, &step);
		return step.outcomes[0].state;
	}
	e.kind = WSC_EV_QUEUED;
	e.queue = a->queues.queues[r->queue].queue;
	ownership_step_plain(&a->rules, &own, &e);
	if (r->state == LANE_TAKEN) {
		struct ownership_step step;
		e.kind = WSC_EV_DEQUEUED;
		ownership_step(&a->rules, &own, &(struct ownership_event){.event = e}, &step);
		own = step.outcomes[0].state;
	} else if (r->state == LANE_RUNNING) {
		e.kind = WSC_EV_EXEC_START;
		ownership_step_plain(&a->rules, &own, &e);
	}
	return own;
}

/* The entries that wait are the task's from now on. */
static void hand_over_entries(struct analysis *a, const struct lane_record *r, struct task *task)
{
	uint64_t last = r->pending_last, later = WINDOW_END;
	task->pending = r->pending;
	task->pending_last = last;
	task->pending_stream = r->stream;
	for (uint32_t i = 0; i < r->pending; i++) {
		struct window_entry *entry = &a->window.entries[last & a->window.mask];
		uint64_t before = entry->next;
		entry->lane = 0;
		entry->task = task;
		entry->next = later;
		later = last;
		last = before;
	}
}

static void demote_stay(struct analysis *a, const struct lane_record *r, struct task *task)
{
	struct order_push push = {.task = r->handle,
	                          .life = task->life,
	                          .ts = r->queued_ts,
	                          .sequence = r->sequence,
	                          .pusher = r->stream,
	                          .list = ORDER_NONE};
	task->item = order_add(&a->order, r->queue, &push, r->is_checked);
	if (task->item == ORDER_NONE)
		return;
	if (r->later_ts != NOT_YET)
		order_push_ended(&a->order, task->item, r->later_ts);
	else
		stay_adopt_push(a, &a->streams[r->stream], r->sequence, task->item);
}

static struct task *demote_one(struct analysis *a, uint32_t number)
{
	struct lane_record r = *record_at(a, number);
	record_free(a, number);
	a->tasks.seen -= r.before == FINISHED_NEVER;
	struct task *task = task_table_get(&a->tasks, r.handle);
	if (task == NULL) {
		a->no_memory = true;
		return NULL;
	}
	hand_over_entries(a, &r, task);
	if (r.state == LANE_NEW)
		return task;
	task->own = ownership_of(a, &r, task->own);
	task->life = ++a->life_serial; /* `last_worker` is asked for only where nobody holds the task */
	task->last_ts = r.state == LANE_WAITING ? r.queued_ts : r.later_ts;
	if (r.state == LANE_RUNNING || r.state == LANE_INLINE) {
		task->start_ts = r.later_ts;
		task->start_worker = a->streams[r.stream].stream.worker;
		task->is_timed = true;
		task->start_queued_ts = r.queued_ts;
	}
	if (r.state == LANE_INLINE)
		return task;
	task->queued_ts = task->first_queued_ts = r.queued_ts;
	task->queue = a->queues.queues[r.queue].queue;
	if (r.state == LANE_WAITING)
		demote_stay(a, &r, task);
	return task;
}

/* Older stays of the same deque go first: see the invariant. */
static struct task *demote(struct analysis *a, uint32_t number)
{
	const struct lane_record *r = record_at(a, number);
	if (r->state != LANE_WAITING)
		return demote_one(a, number);
	struct lane_stack *stack = &a->by_queue[r->queue].lane;
	struct task *task = NULL;
	for (uint32_t last = r->place; stack->bottom != last + 1;)
		task = demote_one(a, stack->records[stack->bottom++ & stack->mask]);
	return task;
}

void lane_before(struct analysis *a, uint32_t queue)
{
	struct lane_stack *stack = &a->by_queue[queue].lane;
	while (stack->bottom != stack->top)
		demote_one(a, stack->records[stack->bottom++ & stack->mask]);
}

void lane_close(struct analysis *a)
{
	a->lane.is_off = true;
	for (size_t i = 0; i < a->queue_capacity; i++)
		lane_before(a, (uint32_t)i);
	for (uint32_t i = 0; i < a->lane.used; i++) {
		if (record_at(a, i)->handle != 0)
			demote_one(a, i);
	}
}

/* --- arrival --- */

enum {
	LANE_KINDS = 1 << WSC_EV_QUEUED | 1 << WSC_EV_DEQUEUED | 1 << WSC_EV_EXEC_START | 1 << WSC_EV_EXEC_COMPLETE,
	LANE_BEGINS = 1 << WSC_EV_QUEUED | 1 << WSC_EV_EXEC_START
};

/* Whether the worker's own deque is one of which the owner takes the newest and what it pushes can be seen. */
static bool has_plain_deque(const struct analysis *a, struct engine_stream *s)
{
	if (s->deque == ENGINE_DEQUE_NOT_ASKED) {
		uint32_t number = id_map_find(&a->queues.index, s->stream.worker);
		bool plain = a->queues.discipline == WSC_DISCIPLINE_LIFO;
		if (number != ID_MAP_NONE) {
			const struct queue_traits *traits = &a->queues.queues[number - 1];
			plain = traits->discipline == WSC_DISCIPLINE_LIFO && traits->owned && !traits->deferred &&
			        traits->owner == s->stream.worker;
		}
		s->deque = plain ? ENGINE_DEQUE_PLAIN : ENGINE_DEQUE_OTHER;
	}
	return s->deque == ENGINE_DEQUE_PLAIN;
}

/* Whether the event is one of those that a record may go through, apart from its state. */
static bool is_plain(const struct analysis *a, const struct window_entry *entry, unsigned kinds)
{
	const struct wsc_event *e = &entry->event;
	if ((kinds >> e->kind & 1U) == 0)
		return false;
	if (e->kind == WSC_EV_EXEC_START || e->kind == WSC_EV_EXEC_COMPLETE)
		return true;
	return e->queue == e->worker && (e->flags & WSC_FLAG_PINNED) == 0 &&
	       has_plain_deque(a, &a->streams[entry->stream]);
}

static void wait_in_window(struct analysis *a, struct window_entry *entry, uint32_t number)
{
	struct lane_record *r = record_at(a, number);
	entry->lane = number + 1;
	entry->next = r->pending_last; /* read only if it is not the first */
	r->pending_last = (uint32_t)(a->window.tail - 1);
	r->pending++;
}

static bool begin(struct analysis *a, struct window_entry *entry)
{
	uint32_t number;
	if (a->lane.is_off || !is_plain(a, entry, LANE_BEGINS))
		return false;
	enum finished before = finished_set_find(&a->tasks.finished, entry->event.task);
	if (before == FINISHED_VAGUE)
		return false;
	if (!record_new(a, entry->event.task, &number)) {
		a->no_memory = true;
		return false;
	}
	*record_at(a, number) =
	    (struct lane_record){.handle = entry->event.task, .stream = entry->stream, .before = (uint8_t)before};
	a->tasks.seen += before == FINISHED_NEVER;
	wait_in_window(a, entry, number);
	return true;
}

bool lane_arrives(struct analysis *a, struct window_entry *entry, uint32_t found)
{
	if (found == ID_MAP_NONE)
		return begin(a, entry);
	if ((found & LANE_BIT) == 0)
		return false;
	uint32_t number = found & ~LANE_BIT;
	if (record_at(a, number)->stream == entry->stream && is_plain(a, entry, LANE_KINDS)) {
		wait_in_window(a, entry, number);
		return true;
	}
	demote(a, number);
	return false;
}

/* --- steps --- */

static bool step_queued(struct analysis *a, uint32_t number, const struct window_entry *entry)
{
	struct lane_record *r = record_at(a, number);
	const struct wsc_event *e = &entry->event;
	struct engine_stream *s = &a->streams[entry->stream];
	if (r->state != LANE_NEW)
		return false;
	if (!stay_find_queue(a, s, e->queue, &r->queue))
		return true; /* no memory, and said so */
	stay_open_push(a, s, &(struct open_push){.sequence = entry->context.sequence, .lane = number + 1});
	struct engine_queue *queue = &a->by_queue[r->queue];
	if (!stack_push(&queue->lane, number, &r->place)) {
		a->no_memory = true;
		return true;
	}
	r->is_checked = order_admits(&a->order, r->queue, entry->stream);
	r->state = LANE_WAITING;
	r->queued_ts = e->ts;
	r->later_ts = NOT_YET;
	r->sequence = entry->context.sequence;
	depth_pushed(&a->depths, &queue->depth, e->ts, (uint32_t)++queue->waiting);
	a->result.lives++;
	return true;
}

/* The owner takes the top of its stack. */
static bool take(struct analysis *a, struct lane_record *r, const struct window_entry *entry)
{
	const struct wsc_event *e = &entry->event;
	struct engine_queue *queue = &a->by_queue[r->queue];
	if (r->place + 1 != queue->lane.top)
		return false;
	queue->lane.top--;
	if (e->ts >= r->queued_ts)
		histogram_add_of(&a->result.queue_wait, e->ts - r->queued_ts, e->ts, r->handle, e->worker);
	if (r->is_checked)
		order_taken_in_turn(&a->order, r->queue, queue->lane.bottom == queue->lane.top);
	idle_taken(a, &(struct idle_stay){r->handle, r->queued_ts, r->later_ts, entry->context.lower, r->queue});
	depth_taken(&a->depths, &queue->depth, e->ts, (uint32_t)queue->waiting, false);
	queue->waiting--;
	return true;
}

static bool step_start(struct analysis *a, struct lane_record *r, const struct window_entry *entry)
{
	switch ((enum lane_state)r->state) {
	case LANE_WAITING:
		if (!take(a, r, entry))
			return false;
		/* fall through */
	case LANE_TAKEN:
		r->state = LANE_RUNNING;
		break;
	case LANE_NEW:
		if (r->before == FINISHED_QUEUED)
			return false; /* it runs a second time in that life */
		r->state = LANE_INLINE;
		r->queued_ts = NOT_YET;
		a->result.lives++;
		break;
	case LANE_RUNNING:
	case LANE_INLINE:
		return false;
	}
	r->later_ts = entry->event.ts;
	return true;
}

static bool step_dequeued(struct analysis *a, struct lane_record *r, const struct window_entry *entry)
{
	if (r->state != LANE_WAITING || !take(a, r, entry))
		return false;
	r->state = LANE_TAKEN;
	r->later_ts = entry->event.ts;
	return true;
}

static bool step_complete(struct analysis *a, uint32_t number, const struct window_entry *entry)
{
	struct lane_record *r = record_at(a, number);
	if ((r->state != LANE_RUNNING && r->state != LANE_INLINE) || r->pending > 0)
		return false;
	apply_run_ended(a, &entry->event, r->later_ts, r->queued_ts);
	enum finished over = r->state == LANE_INLINE ? FINISHED_INLINE : FINISHED_QUEUED;
	if (!finished_set_put(&a->tasks.finished, r->handle, over))
		a->no_memory = true;
	record_free(a, number);
	return true;
}

static bool step_by_kind(struct analysis *a, uint32_t number, const struct window_entry *entry)
{
	switch (entry->event.kind) {
	case WSC_EV_QUEUED:
		return step_queued(a, number, entry);
	case WSC_EV_DEQUEUED:
		return step_dequeued(a, record_at(a, number), entry);
	case WSC_EV_EXEC_START:
		return step_start(a, record_at(a, number), entry);
	default:
		return step_complete(a, number, entry);
	}
}

bool lane_step(struct analysis *a, struct window_entry *entry)
{
	uint32_t number = entry->lane - 1;
	record_at(a, number)->pending--;
	if (step_by_kind(a, number, entry))
		return true;
	entry->task = demote(a, number);
	return entry->task == NULL; /* no memory, and said so */
}

/* --- pushes --- */

void lane_push_ended(struct analysis *a, uint32_t number, uint64_t ts)
{
	record_at(a, number)->later_ts = ts;
}
