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

/* Half a cache line. What does not fit makes a task of it. */
struct lane_record {
	uint64_t handle;
	uint64_t queued_ts; /* WAITING, TAKEN, RUNNING; NOT_YET: INLINE */
	/*
	 * TAKEN, RUNNING, INLINE: since when. WAITING: the end of the push, as the time since `queued_ts`, in the low 36 bits
	 * (all of them set: not yet), and above them the low 28 bits of the push's place in the worker's program. Free: the
	 * number + 1 of the next that is.
	 */
	uint64_t later;
	/* Number of the last entry that waits in the window; each has that of the one before as `next`. Found by its low bits. */
	uint32_t pending_last : 20;
	uint32_t sequence_high : 12; /* WAITING: the upper ones of 40 bits */
	uint16_t stream;             /* number of the worker's */
	uint8_t pending;             /* entries that wait */
	uint8_t state : 3;           /* enum lane_state */
	uint8_t before : 2;          /* enum finished: what was known of the handle */
	bool is_checked : 1;         /* WAITING: the monitor would have an item for it */
};

enum { PENDING_MAX = 63, END_BITS = 36, SEQUENCE_LOW_BITS = 28, SEQUENCE_BITS = 40 };
#define END_MASK (((uint64_t)1 << END_BITS) - 1)

_Static_assert(sizeof(struct lane_record) == 32, "a record is half a cache line");
_Static_assert(WINDOW_ENTRIES_MAX <= 1 << 20, "the place of an entry in the ring has 20 bits");

static struct lane_record *record_at(const struct analysis *a, uint32_t number)
{
	return &a->lane.records[number];
}

/* Of the worker's own deque. */
static uint32_t queue_of(const struct analysis *a, const struct lane_record *r)
{
	return a->streams[r->stream].own_queue;
}

/* WAITING: the place of the push in the worker's program. */
static uint64_t sequence_of(const struct lane_record *r)
{
	return (uint64_t)r->sequence_high << SEQUENCE_LOW_BITS | r->later >> END_BITS;
}

static void set_sequence(struct lane_record *r, uint64_t sequence)
{
	r->sequence_high = (uint32_t)(sequence >> SEQUENCE_LOW_BITS) & 0xfff;
	r->later = sequence << END_BITS | END_MASK;
}

/* WAITING: the end of the push, or NOT_YET. */
static uint64_t push_end_of(const struct lane_record *r)
{
	uint64_t took = r->later & END_MASK;
	return took == END_MASK ? NOT_YET : r->queued_ts + took;
}

void lane_init(struct analysis *a)
{
	bool is_off = a->rules.vague || has_slots(a) || a->rules.scope != WSC_SCOPE_SCHEDULER || a->options.no_lane;
	a->lane = (struct lane){.is_off = is_off, .is_short = !is_off && a->options.share.kind == SHARE_WHOLE};
}

void lane_free(struct analysis *a)
{
	for (size_t i = 0; i < a->queue_capacity; i++)
		free(a->by_queue[i].lane.records);
	free(a->lane.records);
}

/* --- records and stacks --- */

/* A record for a handle of which the search has found none. False: no memory. */
static inline bool record_new(struct analysis *a, const struct handle_search *search, uint64_t handle, uint32_t *number)
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
	if (!handle_index_add_there(&a->tasks.index, search, handle, LANE_BIT | *number))
		return false;
	if (lane->free != 0)
		lane->free = (uint32_t)lane->records[*number].later;
	else
		lane->used++;
	return true;
}

static void record_free(struct analysis *a, uint32_t number)
{
	struct lane_record *r = record_at(a, number);
	handle_index_remove(&a->tasks.index, r->handle, LANE_BIT | number);
	*r = (struct lane_record){.later = a->lane.free};
	a->lane.free = number + 1;
}

static bool stack_push(struct lane_stack *stack, uint32_t number)
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
	stack->records[stack->top++ & stack->mask] = number;
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
	e.queue = a->queues.queues[queue_of(a, r)].queue;
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
	                          .sequence = sequence_of(r),
	                          .pusher = r->stream,
	                          .list = ORDER_NONE};
	task->item = order_add(&a->order, queue_of(a, r), &push, r->is_checked);
	if (task->item == ORDER_NONE)
		return;
	push.list = ORDER_NONE;
	a->order.items[task->item].twin = order_add(&a->reading, queue_of(a, r), &push, r->is_checked);
	if (push_end_of(r) != NOT_YET)
		stay_push_ended(a, task->item, push_end_of(r));
	else
		stay_open_push(a, &a->streams[r->stream], task->item);
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
	task->last_ts = r.state == LANE_WAITING ? r.queued_ts : r.later;
	if (r.state == LANE_RUNNING || r.state == LANE_INLINE) {
		task->start_ts = r.later;
		task->start_worker = a->streams[r.stream].stream.worker;
		task->is_timed = true;
		task->start_queued_ts = r.queued_ts;
	}
	if (r.state == LANE_INLINE)
		return task;
	task->queued_ts = task->first_queued_ts = r.queued_ts;
	task->queue = a->queues.queues[queue_of(a, &r)].queue;
	if (r.state == LANE_WAITING)
		demote_stay(a, &r, task);
	return task;
}

static struct task *demote_oldest(struct analysis *a, struct lane_stack *stack)
{
	stack->open += stack->open == stack->bottom;
	return demote_one(a, stack->records[stack->bottom++ & stack->mask]);
}

/* Older stays of the same deque go first: see the invariant. */
static struct task *demote(struct analysis *a, uint32_t number)
{
	const struct lane_record *r = record_at(a, number);
	if (r->state != LANE_WAITING)
		return demote_one(a, number);
	struct lane_stack *stack = &a->by_queue[queue_of(a, r)].lane;
	for (;;) {
		bool is_it = stack->records[stack->bottom & stack->mask] == number;
		struct task *task = demote_oldest(a, stack);
		if (is_it)
			return task;
	}
}

void lane_pushes_ended(struct analysis *a, struct engine_stream *s, uint64_t ts)
{
	struct lane_stack *stack = s->has_open_push ? &a->by_queue[s->own_queue].lane : NULL;
	s->has_open_push = false;
	while (stack != NULL && stack->open != stack->top) {
		uint32_t number = stack->records[stack->open & stack->mask];
		struct lane_record *r = record_at(a, number);
		uint64_t took = ts - r->queued_ts;
		if (took < END_MASK) {
			r->later = (r->later & ~END_MASK) | took;
			stack->open++;
		} else {
			demote(a, number); /* it took too long to say, or the stamp runs backwards */
		}
	}
}

void lane_before(struct analysis *a, uint32_t queue)
{
	struct lane_stack *stack = &a->by_queue[queue].lane;
	while (stack->bottom != stack->top)
		demote_oldest(a, stack);
}

void lane_close(struct analysis *a)
{
	a->lane.is_off = true;
	a->lane.is_short = false;
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

void lane_own_deque(const struct analysis *a, struct engine_stream *s, uint32_t number)
{
	const struct queue_traits *traits = &a->queues.queues[number];
	s->own_queue = number;
	s->has_plain_deque = traits->discipline == WSC_DISCIPLINE_LIFO && traits->owned && !traits->deferred &&
	                     traits->owner == s->stream.worker;
}

/* Whether the event names the worker's own deque, to which it has pushed, and which is a plain one. */
static inline bool is_own(const struct engine_stream *s, const struct wsc_event *e)
{
	return e->queue == e->worker && (e->flags & WSC_FLAG_PINNED) == 0 && s->has_plain_deque;
}

/* Whether the event is one of those that a record may go through, apart from its state. */
static bool is_plain(const struct analysis *a, const struct window_entry *entry, unsigned kinds)
{
	const struct wsc_event *e = &entry->event;
	if ((kinds >> e->kind & 1U) == 0)
		return false;
	if (e->kind == WSC_EV_EXEC_START || e->kind == WSC_EV_EXEC_COMPLETE)
		return true;
	return is_own(&a->streams[entry->stream], e);
}

static void wait_in_window(struct analysis *a, struct window_entry *entry, uint32_t number)
{
	struct lane_record *r = record_at(a, number);
	entry->lane = number + 1;
	entry->next = r->pending_last; /* read only if it is not the first */
	r->pending_last = (a->window.tail - 1) & (WINDOW_ENTRIES_MAX - 1);
	r->pending++;
}

/* A record for a handle of which the search has found none. False: it is not for the lane, or there is no memory. */
static inline bool begin(struct analysis *a, const struct handle_search *search, uint64_t task, uint32_t stream,
                         uint32_t *number)
{
	if (stream > UINT16_MAX)
		return false;
	enum finished before = finished_set_find(&a->tasks.finished, task);
	if (before == FINISHED_VAGUE || task_table_was_cancelled(&a->tasks, task))
		return false;
	if (!record_new(a, search, task, number)) {
		a->no_memory = true;
		return false;
	}
	*record_at(a, *number) =
	    (struct lane_record){.handle = task, .stream = (uint16_t)stream, .before = (unsigned)before & 3U};
	a->tasks.seen += before == FINISHED_NEVER;
	return true;
}

/* What the index says of the handle; 0: nothing. */
static inline uint32_t find(const struct analysis *a, uint64_t handle, struct handle_search *search)
{
	*search = handle_index_search(&a->tasks.index, handle);
	for (uint32_t found; (found = handle_search_next(search)) != 0;) {
		if (((found & LANE_BIT) != 0 ? record_at(a, found & ~LANE_BIT)->handle
		                             : task_table_at(&a->tasks, found - 1)->handle) == handle)
			return found;
	}
	return 0;
}

bool lane_arrives(struct analysis *a, struct window_entry *entry, uint32_t *general)
{
	struct handle_search search;
	const uint32_t found = find(a, entry->event.task, &search);
	*general = (found & LANE_BIT) == 0 ? found : 0;
	uint32_t number = found & ~LANE_BIT;
	if (found == 0) {
		if (a->lane.is_off || !is_plain(a, entry, LANE_BEGINS) ||
		    !begin(a, &search, entry->event.task, entry->stream, &number))
			return false;
		wait_in_window(a, entry, number);
		return true;
	}
	if ((found & LANE_BIT) == 0)
		return false;
	const struct lane_record *r = record_at(a, number);
	if (r->stream == entry->stream && r->pending < PENDING_MAX && is_plain(a, entry, LANE_KINDS)) {
		wait_in_window(a, entry, number);
		return true;
	}
	demote(a, number);
	return false;
}

/* --- arrival, the short way --- */

static inline bool is_of(const struct analysis *a, uint32_t number, uint64_t task)
{
	return number < a->lane.used && record_at(a, number)->handle == task;
}

/* The number + 1 of the task's record; 0: it has none. */
static inline uint32_t find_by_hash(const struct analysis *a, uint64_t task)
{
	struct handle_search search;
	uint32_t found = find(a, task, &search);
	return (found & LANE_BIT) != 0 ? (found & ~LANE_BIT) + 1 : 0;
}

/* The same for a task that is probably the newest in its worker's deque; or the one before, if that went the long way. */
static inline uint32_t find_ready(const struct analysis *a, struct lane_guess *guess, uint64_t task)
{
	for (uint32_t back = 1; back <= 2; back++) {
		uint32_t number = guess->ready[(guess->ready_top - back) % LANE_GUESS_READY];
		if (is_of(a, number, task)) {
			guess->ready_top -= back;
			return number + 1;
		}
	}
	return find_by_hash(a, task);
}

/* ... and for one that is probably what its worker runs. */
static inline uint32_t find_running(const struct analysis *a, struct lane_guess *guess, uint64_t task)
{
	uint32_t number = guess->running[(guess->running_top - 1) % LANE_GUESS_RUNNING];
	if (!is_of(a, number, task))
		return find_by_hash(a, task);
	guess->running_top--;
	return number + 1;
}

/* A record for a push of a handle that has none. 0: it has, or something is not as it mostly is. */
static inline uint32_t begin_short(struct analysis *a, struct lane_guess *guess, uint64_t task, uint32_t stream)
{
	struct handle_search search;
	uint32_t number;
	if (find(a, task, &search) != 0 || !begin(a, &search, task, stream, &number))
		return 0;
	guess->ready[guess->ready_top++ % LANE_GUESS_READY] = number;
	return number + 1;
}

/* The number + 1 of the record that the event is of. 0: it goes the long way. */
static inline uint32_t find_short(struct analysis *a, struct engine_stream *s, uint32_t stream,
                                  const struct wsc_event *e)
{
	uint32_t found = 0;
	switch (e->kind) {
	case WSC_EV_QUEUED:
		return is_own(s, e) ? begin_short(a, s->guess, e->task, stream) : 0;
	case WSC_EV_EXEC_START:
		found = find_ready(a, s->guess, e->task);
		break;
	case WSC_EV_EXEC_COMPLETE:
		found = find_running(a, s->guess, e->task);
		break;
	case WSC_EV_DEQUEUED:
		found = is_own(s, e) ? find_by_hash(a, e->task) : 0;
		break;
	default:
		break;
	}
	if (found == 0)
		return 0;
	const struct lane_record *r = record_at(a, found - 1);
	if (r->stream != stream || r->pending == PENDING_MAX)
		return 0;
	if (e->kind == WSC_EV_EXEC_START)
		s->guess->running[s->guess->running_top++ % LANE_GUESS_RUNNING] = found - 1;
	return found;
}

/* There may be hundreds of thousands of workers that say a word or two. */
static bool has_guess(struct analysis *a, struct engine_stream *s)
{
	if (s->guess == NULL && s->stream.stats.events >= 4) {
		s->guess = calloc(1, sizeof(*s->guess));
		a->no_memory |= s->guess == NULL;
	}
	return s->guess != NULL;
}

bool lane_feed(struct analysis *a, struct engine_stream *s, uint32_t stream, const struct wsc_event *e)
{
	struct window *window = &a->window;
	if (!a->lane.is_short || e->task == 0 || e->ts < s->stream.previous_ts ||
	    window->tail - window->head > window->mask)
		return false;
	uint32_t found = has_guess(a, s) ? find_short(a, s, stream, e) : 0;
	if (found == 0)
		return false;
	struct window_entry *entry = &window->entries[window->tail++ & window->mask];
	entry->event = *e;
	entry->turn = WINDOW_UNDECIDED;
	entry->stream = stream;
	stream_event(&s->stream, e, &a->totals, &entry->context);
	wait_in_window(a, entry, found - 1);
	return true;
}

/* --- foresight --- */

enum { FORESEE_HOMES_MIN = 1 << 15 };

void lane_foresee(const struct analysis *a, const struct wsc_event *later, const struct wsc_event *sooner)
{
	const unsigned kinds = 1U << WSC_EV_EXEC_START | 1U << WSC_EV_STEAL_SUCCESS | 1U << WSC_EV_DEQUEUED;
	const struct handle_index *index = &a->tasks.index;
	if (index->homes < FORESEE_HOMES_MIN)
		return;
	__builtin_prefetch(&index->slots[handle_index_home(index, handle_index_rank(index, later->task))]);
	if ((kinds >> sooner->kind & 1U) != 0) { /* a push has no record yet, and what completes was just begun */
		struct handle_search search = handle_index_search(index, sooner->task);
		uint32_t found = handle_search_next(&search);
		if ((found & LANE_BIT) != 0)
			__builtin_prefetch(record_at(a, found & ~LANE_BIT));
	}
	__asm__ volatile(""); /* GCC takes a function that only prefetches for one without effect, and drops it */
}

/* --- steps --- */

static bool step_queued(struct analysis *a, uint32_t number, const struct window_entry *entry)
{
	struct lane_record *r = record_at(a, number);
	const struct wsc_event *e = &entry->event;
	if (r->state != LANE_NEW || entry->context.sequence >> SEQUENCE_BITS != 0)
		return false;
	const uint32_t deque = queue_of(a, r);
	struct engine_queue *queue = &a->by_queue[deque];
	if (!stack_push(&queue->lane, number)) {
		a->no_memory = true;
		return true;
	}
	a->streams[entry->stream].has_open_push = true;
	r->is_checked = order_admits(&a->order, deque, entry->stream);
	r->state = LANE_WAITING;
	r->queued_ts = e->ts;
	set_sequence(r, entry->context.sequence);
	depth_pushed(&a->depths, &queue->depth, e->ts, (uint32_t)++queue->waiting);
	a->result.lives++;
	return true;
}

/* The owner takes the top of its stack. */
static bool take(struct analysis *a, uint32_t number, const struct window_entry *entry)
{
	const struct lane_record *r = record_at(a, number);
	const struct wsc_event *e = &entry->event;
	const uint32_t deque = queue_of(a, r);
	struct engine_queue *queue = &a->by_queue[deque];
	if (queue->lane.records[(queue->lane.top - 1) & queue->lane.mask] != number)
		return false;
	queue->lane.open = --queue->lane.top; /* this event has ended the worker's pushes */
	if (e->ts >= r->queued_ts)
		histogram_add_of(&a->result.queue_wait, e->ts - r->queued_ts, e->ts, r->handle, e->worker);
	if (r->is_checked)
		order_taken_in_turn(&a->order, deque, queue->lane.bottom == queue->lane.top);
	idle_taken(a, &(struct idle_stay){r->handle, r->queued_ts, push_end_of(r), entry->context.lower, deque});
	depth_taken(&a->depths, &queue->depth, e->ts, (uint32_t)queue->waiting, false);
	queue->waiting--;
	return true;
}

static bool step_start(struct analysis *a, uint32_t number, const struct window_entry *entry)
{
	struct lane_record *r = record_at(a, number);
	switch ((enum lane_state)r->state) {
	case LANE_WAITING:
		if (!take(a, number, entry))
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
	r->later = entry->event.ts;
	return true;
}

static bool step_dequeued(struct analysis *a, uint32_t number, const struct window_entry *entry)
{
	struct lane_record *r = record_at(a, number);
	if (r->state != LANE_WAITING || !take(a, number, entry))
		return false;
	r->state = LANE_TAKEN;
	r->later = entry->event.ts;
	return true;
}

static bool step_complete(struct analysis *a, uint32_t number, const struct window_entry *entry)
{
	struct lane_record *r = record_at(a, number);
	if ((r->state != LANE_RUNNING && r->state != LANE_INLINE) || r->pending > 0)
		return false;
	apply_run_ended(a, &entry->event, r->later, r->queued_ts);
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
		return step_dequeued(a, number, entry);
	case WSC_EV_EXEC_START:
		return step_start(a, number, entry);
	default:
		return step_complete(a, number, entry);
	}
}

/* What the entry tells of its worker's earlier pushes and takes. False: there is no memory. */
static inline bool step_bound(struct analysis *a, const struct window_entry *entry)
{
	struct engine_stream *s = &a->streams[entry->stream];
	/* None of the kinds that concern others than its task; but it may end what its worker began. */
	if ((s->push_count | s->take_count | s->is_waking) == 0) {
		if (entry->event.kind != WSC_EV_QUEUED && s->has_open_push)
			lane_pushes_ended(a, s, entry->event.ts);
		if (s->push_count == 0)
			return true; /* else some of them are the lane's no more */
	}
	apply_no_task(a, entry);
	return !a->no_memory;
}

bool lane_step(struct analysis *a, struct window_entry *entry)
{
	if (!step_bound(a, entry))
		return true;
	if (entry->lane == 0) { /* demoted by the end of its push, which is the entry */
		entry->task->pending--;
		return false;
	}
	uint32_t number = entry->lane - 1;
	record_at(a, number)->pending--;
	if (step_by_kind(a, number, entry))
		return true;
	entry->task = demote(a, number);
	return entry->task == NULL; /* no memory, and said so */
}
