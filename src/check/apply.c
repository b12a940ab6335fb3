/* SPDX-License-Identifier: MIT */
/* An event takes effect: on its task's ownership, on the ordering monitor, on the statistics. */
#include "engine.h"

#include <stdlib.h>
#include <string.h>

struct ownership_event apply_view(const struct window_entry *entry)
{
	return (struct ownership_event){.event = entry->event, .lower = entry->context.lower};
}

static void end_stay(struct analysis *a, struct task *task)
{
	if (task->stay != 0)
		a->by_queue[task->queue_number].waiting--;
	task->stay = 0;
	task->item = TASK_NO_ITEM;
}

void apply_drop_stay(struct analysis *a, struct task *task)
{
	order_drop(&a->order, task->item);
	end_stay(a, task);
}

void apply_unknown(struct analysis *a, struct task *task)
{
	if (ownership_is_open(&task->own) && !task->undecided) {
		task->undecided = true;
		a->result.undecided_tasks++;
	}
	ownership_forget(&task->own);
	free(task->also);
	task->also = NULL;
	apply_drop_stay(a, task);
	task->queued_ts = task->first_queued_ts = task->start_ts = UINT64_MAX;
	task->steals = 0;
}

static void add_worker(struct violation *v, uint32_t worker)
{
	for (unsigned i = 0; i < v->worker_count; i++) {
		if (v->workers[i] == worker)
			return;
	}
	if (v->worker_count < WSC_VIOLATION_WORKERS_MAX)
		v->workers[v->worker_count++] = worker;
}

/* Who holds the task: those who run it, then the one in whose hands or queue it is. */
static void add_holders(const struct analysis *a, struct violation *v, const struct ownership *own)
{
	for (unsigned i = 0; i < own->runner_count; i++)
		add_worker(v, own->runners[i].worker);
	if (own->where == OWNERSHIP_TAKEN)
		add_worker(v, own->place);
	if (own->where == OWNERSHIP_QUEUED) {
		uint32_t number = id_map_find(&a->queues.index, own->place);
		if (number != ID_MAP_NONE && a->queues.queues[number - 1].owned)
			add_worker(v, a->queues.queues[number - 1].owner);
	}
}

static void report(struct analysis *a, const struct task *task, enum wsc_violation_kind kind, uint64_t ts,
                   const struct wsc_event *event)
{
	struct violation v = {.kind = kind, .task = task->handle, .ts = ts, .since = ts};
	if (task->first_queued_ts < ts)
		v.since = task->first_queued_ts;
	else if (task->start_ts < ts)
		v.since = task->start_ts;
	if (task->own.where == OWNERSHIP_QUEUED) {
		v.has_queue = true;
		v.queue = task->own.place;
		v.has_taken_from = event != NULL && event->queue != v.queue &&
		                   (event->kind == WSC_EV_STEAL_SUCCESS || event->kind == WSC_EV_DEQUEUED);
		v.taken_from = v.has_taken_from ? event->queue : 0;
	} else if (task->queued_ts != UINT64_MAX) {
		v.has_queue = true;
		v.queue = task->queue;
	}
	v.queued_running = kind == WSC_VIOLATION_MULTIPLE_OWNERS && event != NULL && event->kind == WSC_EV_QUEUED &&
	                   ownership_running(&task->own);
	add_holders(a, &v, &task->own);
	if (v.worker_count == 0 && task->last_ts != UINT64_MAX && task->last_ts != 0)
		add_worker(&v, task->last_worker);
	if (event != NULL)
		add_worker(&v, event->worker);
	if (!findings_add(&a->findings, &v))
		a->no_memory = true;
	if (wsc_violation_severity(kind) == WSC_SEVERITY_ERROR &&
	    id_map_find(&a->findings.reported_lives, task->life) == ID_MAP_NONE &&
	    !id_map_add(&a->findings.reported_lives, task->life, 1))
		a->no_memory = true;
}

/* One report per life and kind. A life that begins with a reported event inherits what was said of the one before. */
static void report_step(struct analysis *a, struct task *task, const struct window_entry *entry,
                        const struct ownership_step *step)
{
	uint16_t bit = (uint16_t)(1U << step->report), reported = task->reported;
	const struct ownership_outcome *out = &step->outcomes[0];
	if ((reported & bit) == 0)
		report(a, task, (enum wsc_violation_kind)step->report, entry->event.ts, &entry->event);
	apply_outcome(a, entry, out);
	task->reported = reported | bit;
	if (out->new_life && id_map_find(&a->findings.reported_lives, task->life) == ID_MAP_NONE &&
	    !id_map_add(&a->findings.reported_lives, task->life, 1))
		a->no_memory = true;
}

static struct order_take take_of(const struct analysis *a, const struct window_entry *entry, uint32_t queue)
{
	const struct queue_traits *traits = &a->queues.queues[queue];
	bool steal = entry->event.kind == WSC_EV_STEAL_SUCCESS;
	return (struct order_take){.lower = entry->context.lower,
	                           .upper = entry->event.ts,
	                           .attempt = entry->context.attempt,
	                           .sequence = entry->context.sequence,
	                           .taker = entry->stream,
	                           .worker = entry->event.worker,
	                           .by_owner = !steal && traits->owned && traits->owner == entry->event.worker};
}

static void took(struct analysis *a, struct task *task, const struct window_entry *entry, bool pinned)
{
	uint32_t number = task->queue_number;
	if (task->stay == 0)
		return; /* it is ambiguous whose take this was: nothing is bound by it */
	const struct queue_traits *traits = &a->queues.queues[number];
	struct order_take take = take_of(a, entry, number);
	if (take.by_owner)
		lane_before_take(a, number);
	bool starts = entry->event.kind == WSC_EV_EXEC_START || entry->event.kind == WSC_EV_RESUMED;

	if (entry->event.ts >= task->queued_ts)
		histogram_add_of(&a->result.queue_wait, entry->event.ts - task->queued_ts, entry->event.ts,
		                 task->handle, entry->event.worker);
	if (pinned && traits->owned && traits->owner != entry->event.worker)
		order_convict_pinned(&a->order, task->handle, task->life, &take, traits->queue, task->queued_ts);
	if (starts && (traits->discipline == WSC_DISCIPLINE_FIFO || !traits->owned)) {
		/* A start is not fenced: only the worker's next stamp is certainly after the take. */
		struct engine_stream *s = &a->streams[entry->stream];
		s->open_item = task->item;
		s->open_serial = order_serial(&a->order, task->item);
		s->open_take = take;
	} else {
		order_taken(&a->order, task->item, &take);
	}
	if (!pinned && task->reported == 0)
		idle_taken(a, &(struct idle_stay){task->handle, task->push_end, take.lower, number});
	struct engine_queue *queue = &a->by_queue[number];
	bool theft = entry->event.kind == WSC_EV_STEAL_SUCCESS && !(traits->owned && traits->owner == take.worker);
	depth_taken(&a->depths, &queue->depth, take.upper, (uint32_t)queue->waiting, theft);
	if (theft)
		steals_per_life_add(&a->result.steals_per_life, task->steals++, task->handle, take.upper);
	end_stay(a, task);
}

/* The task that waits since this push, unless it is the lane's; NULL: none, the stay is over. */
static struct task *pushed_task(const struct analysis *a, const struct engine_stream *s, const struct open_push *push)
{
	if (push->lane == 0)
		return push->task->stay == push->stay ? push->task : NULL;
	uint32_t found = id_map_find(&a->tasks.index, push->handle);
	if (found == ID_MAP_NONE || (found & LANE_BIT) != 0)
		return NULL;
	struct task *task = task_table_at(&a->tasks, found - 1);
	const bool is_same = task->lane_sequence == push->stay && task->lane_worker == s->stream.worker;
	return is_same && task->stay != 0 ? task : NULL;
}

static bool is_open(const struct analysis *a, const struct engine_stream *s, const struct open_push *push)
{
	return (push->lane != 0 && lane_waits(a, push->lane - 1, push->handle, push->stay)) ||
	       pushed_task(a, s, push) != NULL;
}

/* Room for one more open push. A producer that only pushes never closes one: those whose stays are over go first. */
static bool make_room(const struct analysis *a, struct engine_stream *s)
{
	if (s->push_count < s->push_capacity)
		return true;
	size_t kept = 0;
	for (size_t i = 0; i < s->push_count; i++) {
		if (is_open(a, s, &s->pushes[i]))
			s->pushes[kept++] = s->pushes[i];
	}
	s->push_count = kept;
	if (kept < s->push_capacity / 2)
		return true;
	size_t capacity = s->push_capacity == 0 ? 16 : s->push_capacity * 2;
	struct open_push *grown = realloc(s->pushes, capacity * sizeof(*grown));
	if (grown == NULL)
		return false;
	s->pushes = grown;
	s->push_capacity = capacity;
	return true;
}

bool apply_open_push(struct analysis *a, struct engine_stream *s, const struct open_push *push)
{
	if (!make_room(a, s)) {
		a->no_memory = true;
		return false;
	}
	s->pushes[s->push_count++] = *push;
	return true;
}

bool apply_find_queue(struct analysis *a, struct engine_stream *s, uint32_t queue, uint32_t *number)
{
	if (s->latest_queue != queue || !s->has_latest_queue) {
		int64_t found = queue_table_number(&a->queues, queue);
		if (found < 0 || idle_queue(a, (uint32_t)found) == NULL) {
			a->no_memory = true;
			return false;
		}
		s->latest_queue = queue;
		s->latest_queue_number = (uint32_t)found;
		s->latest_list = ORDER_NONE;
		s->has_latest_queue = true;
	}
	*number = s->latest_queue_number;
	return true;
}

static void pushed(struct analysis *a, struct task *task, const struct window_entry *entry)
{
	const struct wsc_event *e = &entry->event;
	struct engine_stream *s = &a->streams[entry->stream];
	uint32_t number;
	if (!apply_find_queue(a, s, e->queue, &number))
		return;
	task->queue_number = number;
	struct engine_queue *queue = &a->by_queue[number];
	depth_pushed(&a->depths, &queue->depth, e->ts, (uint32_t)++queue->waiting);
	task->stay = ++a->stay_serial;
	task->push_end = UINT64_MAX;
	task->lane_sequence = 0;
	const struct queue_traits *traits = &a->queues.queues[number];
	struct order_push push = {.task = task->handle,
	                          .life = task->life,
	                          .ts = e->ts,
	                          .sequence = entry->context.sequence,
	                          .pusher = entry->stream,
	                          .foreign = !traits->owned || traits->owner != e->worker,
	                          .pinned = (e->flags & WSC_FLAG_PINNED) != 0,
	                          .list = s->latest_list};
	if (!push.foreign)
		lane_before_push(a, number, push.sequence);
	task->item = order_push(&a->order, number, &push);
	s->latest_list = push.list;
	if (traits->deferred)
		return; /* it becomes visible at an unknown later time */
	apply_open_push(a, s, &(struct open_push){.task = task, .stay = task->stay});
}

static void begin_life(struct analysis *a, struct task *task)
{
	task->life = ++a->life_serial;
	task->reported = 0;
	task->steals = 0;
	task->first_queued_ts = task->queued_ts = task->start_ts = UINT64_MAX;
	a->result.lives++;
}

static void begin_stay(struct analysis *a, struct task *task, const struct window_entry *entry, bool new_life)
{
	task->queue = entry->event.queue;
	task->queued_ts = entry->event.ts;
	if (new_life)
		task->first_queued_ts = entry->event.ts;
	pushed(a, task, entry);
}

void apply_run_ended(struct analysis *a, const struct wsc_event *e, uint64_t start, uint64_t queued)
{
	uint64_t ts = e->ts;
	if (start > ts)
		return;
	histogram_add_of(&a->result.exec, ts - start, ts, e->task, e->worker);
	if (queued <= ts)
		histogram_add_of(&a->result.queued_to_done, ts - queued, ts, e->task, e->worker);
}

void apply_outcome(struct analysis *a, const struct window_entry *entry, const struct ownership_outcome *out)
{
	struct task *task = entry->task;
	const struct wsc_event *e = &entry->event;
	bool pinned = (task->own.flags & OWNERSHIP_PINNED) != 0;
	bool owes = (out->state.flags & OWNERSHIP_OWED) != 0 && (task->own.flags & OWNERSHIP_OWED) == 0;
	bool ran_here = ownership_runs_on(&task->own, e->worker);

	if (out->effect == OWNERSHIP_EFFECT_TAKE)
		took(a, task, entry, pinned);
	else if (out->effect != OWNERSHIP_EFFECT_NONE || owes) {
		if (e->kind == WSC_EV_PUSH_FAILED && task->stay != 0)
			a->by_queue[task->queue_number].depth.pushes--;
		apply_drop_stay(a, task); /* ambiguous, replaced or void: it binds nothing */
	}
	if (out->new_life)
		begin_life(a, task);
	if (out->unlife)
		a->result.lives--;
	task->own = out->state;
	if (out->effect == OWNERSHIP_EFFECT_PUSH) {
		begin_stay(a, task, entry, out->new_life);
		if (owes)
			apply_drop_stay(a, task);
	}
	if (e->kind == WSC_EV_EXEC_START || e->kind == WSC_EV_RESUMED)
		task->start_ts = e->ts;
	if (e->kind == WSC_EV_EXEC_COMPLETE && ran_here)
		apply_run_ended(a, e, task->start_ts, task->first_queued_ts);
	task->last_ts = e->ts;
	task->last_worker = e->worker;
}

/* The effects of ownership_step_plain(), as apply_outcome() has them. */
static void apply_plain(struct analysis *a, struct task *task, const struct window_entry *entry, bool waited,
                        bool pinned)
{
	const struct wsc_event *e = &entry->event;
	if (e->kind == WSC_EV_QUEUED) {
		begin_life(a, task);
		begin_stay(a, task, entry, true);
	} else if (e->kind == WSC_EV_EXEC_START) {
		if (waited)
			took(a, task, entry, pinned);
		task->start_ts = e->ts;
	} else {
		apply_run_ended(a, e, task->start_ts, task->first_queued_ts);
	}
	task->last_ts = e->ts;
	task->last_worker = e->worker;
}

/* Steps every state that the task may be in; keeps those for which the event is legal. */
static void step_all(struct analysis *a, struct task *task, const struct window_entry *entry,
                     const struct ownership_event *view, const struct ownership_step *first)
{
	struct task_states legal = {0};
	struct ownership_outcome chosen = {0};
	unsigned states = 1 + (task->also == NULL ? 0 : task->also->count);
	bool overflow = false;

	for (unsigned i = 0; i < states; i++) {
		struct ownership_step other;
		const struct ownership_step *step = first;
		if (i > 0) {
			ownership_step(&a->rules, &task->also->states[i - 1], view, &other);
			step = &other;
		}
		for (int k = 0; k < step->count && step->report < 0; k++) {
			if (legal.count == 0)
				chosen = step->outcomes[k];
			if (legal.count == TASK_STATES_MAX)
				overflow = true;
			else
				legal.states[legal.count++] = step->outcomes[k].state;
		}
	}
	if (legal.count == 0) {
		free(task->also);
		task->also = NULL;
		report_step(a, task, entry, first);
		return;
	}
	if (states > 1 || legal.count > 1)
		apply_drop_stay(a, task); /* it may be another that is taken */
	apply_outcome(a, entry, &chosen);
	if (overflow)
		apply_unknown(a, task);
	else
		window_keep_others(a, task, &legal);
}

static void step_task(struct analysis *a, struct task *task, const struct window_entry *entry)
{
	bool waited = task->own.where == OWNERSHIP_QUEUED, pinned = (task->own.flags & OWNERSHIP_PINNED) != 0;
	if (task->also == NULL && ownership_step_plain(&a->rules, &task->own, &entry->event)) {
		apply_plain(a, task, entry, waited, pinned);
		return;
	}
	struct ownership_event view = apply_view(entry);
	struct ownership_step step;
	ownership_step(&a->rules, &task->own, &view, &step);
	if (task->also == NULL && step.report < 0 && step.count == 1)
		apply_outcome(a, entry, &step.outcomes[0]);
	else
		step_all(a, task, entry, &view, &step);
}

/* What the worker's next stamp tells about what it did before. */
static void bound_earlier(struct analysis *a, const struct window_entry *entry)
{
	struct engine_stream *s = &a->streams[entry->stream];
	uint64_t ts = entry->event.ts;
	if (__builtin_expect(s->open_item != ORDER_NONE, 0)) {
		if (order_serial(&a->order, s->open_item) == s->open_serial) {
			if (ts > s->open_take.upper)
				s->open_take.upper = ts;
			order_taken(&a->order, s->open_item, &s->open_take);
		}
		s->open_item = ORDER_NONE;
	}
	if (entry->event.kind == WSC_EV_QUEUED || entry->context.batched)
		return;
	for (size_t i = 0; i < s->push_count; i++) {
		const struct open_push *push = &s->pushes[i];
		if (push->lane != 0 && lane_push_ended(a, push->lane - 1, push->handle, push->stay, ts))
			continue;
		struct task *task = pushed_task(a, s, push);
		if (task == NULL)
			continue;
		task->push_end = ts;
		if (task->item != TASK_NO_ITEM)
			order_push_ended(&a->order, task->item, order_serial(&a->order, task->item), ts);
	}
	s->push_count = 0;
}

static struct engine_gap gap_of(const struct analysis *a, const struct wsc_event *event)
{
	uint64_t until = event->task > event->ts ? event->task : event->ts;
	return (struct engine_gap){.from = event->ts > a->uncertainty ? event->ts - a->uncertainty : 0,
	                           .until = later_by(until, a->uncertainty)};
}

bool apply_note_gap(struct analysis *a, const struct wsc_event *event)
{
	if (a->gap_count == a->gap_capacity) {
		size_t capacity = a->gap_capacity == 0 ? 16 : a->gap_capacity * 2;
		struct engine_gap *grown = realloc(a->gaps, capacity * sizeof(*grown));
		if (grown == NULL)
			return false;
		a->gaps = grown;
		a->gap_capacity = capacity;
	}
	a->gaps[a->gap_count++] = gap_of(a, event);
	lane_close(a); /* its records know nothing of gaps */
	return true;
}

static void apply_gap(struct analysis *a, const struct wsc_event *event, uint32_t stream)
{
	struct engine_gap gap = gap_of(a, event);
	/* They leave the window in the order in which they entered it. */
	memmove(&a->gaps[0], &a->gaps[1], --a->gap_count * sizeof(*a->gaps));
	if (!a->has_gap || gap.until > a->gap_end)
		a->gap_end = gap.until;
	a->streams[stream].in_park = false; /* it may have woken and slept again */
	a->has_gap = a->rules.vague = true;
	a->result.dropped += event->arg;
	a->has_counted_gap |= event->arg > 0;
	finished_set_blur(&a->tasks.finished);
	order_gap(&a->order, a->gap_end);
}

void apply_settle(struct analysis *a, struct task *task)
{
	const unsigned kept = OWNERSHIP_CANCELLED | OWNERSHIP_AWAITED | OWNERSHIP_OWED | OWNERSHIP_CROWDED;
	const struct ownership *own = &task->own;
	if (task->pending > 0 || task->also != NULL || task->reported != 0 || ownership_is_open(own) ||
	    own->stale_count > 0 || (own->flags & kept) != 0 ||
	    (own->flags & (OWNERSHIP_COMPLETED | OWNERSHIP_UNKNOWN)) == 0)
		return;
	bool blurred = a->has_gap && a->gap_end >= task->last_ts;
	if (!task_table_finish(&a->tasks, task, blurred))
		a->no_memory = true;
}

bool apply_is_blurred(const struct analysis *a, const struct task *task, uint64_t ts)
{
	/* A record made from two bits knows only how many gaps there had been. */
	bool from_bits = task->last_ts == UINT64_MAX;
	if (a->has_gap && (from_bits ? task->epoch != a->tasks.finished.epoch : a->gap_end >= task->last_ts))
		return true;
	for (size_t i = 0; i < a->gap_count; i++) {
		if (a->gaps[i].from <= ts && (from_bits || a->gaps[i].until >= task->last_ts))
			return true;
	}
	return a->window.overrun && ts <= later_by(a->window.overrun_ts, a->uncertainty);
}

static void check_slow_steal(struct analysis *a, const struct window_entry *entry)
{
	const struct wsc_event *e = &entry->event;
	if (!entry->context.first || !entry->context.timed || e->ts <= entry->context.lower ||
	    e->ts - entry->context.lower <= a->slow_steal)
		return;
	struct violation v = {.kind = WSC_VIOLATION_SLOW_STEAL,
	                      .task = e->task,
	                      .ts = e->ts,
	                      .since = entry->context.lower,
	                      .has_queue = true,
	                      .queue = e->queue};
	add_worker(&v, e->worker);
	if (!findings_add(&a->findings, &v))
		a->no_memory = true;
}

void apply_no_task(struct analysis *a, const struct window_entry *entry)
{
	uint8_t kind = entry->event.kind;
	bound_earlier(a, entry);
	if ((IDLE_KINDS >> kind & 1U) != 0)
		idle_event(a, entry);
	if (kind == WSC_EV_STEAL_SUCCESS)
		check_slow_steal(a, entry);
}

void apply_blur(struct analysis *a, struct task *task, const struct window_entry *entry)
{
	uint8_t kind = entry->event.kind;
	bool seen = (task->own.flags & OWNERSHIP_LIFE) != 0;
	apply_unknown(a, task);
	if (kind != WSC_EV_QUEUED && kind != WSC_EV_EXEC_START && !task->undecided) {
		task->undecided = true;
		a->result.undecided_tasks++;
	}
	if (!seen && kind != WSC_EV_QUEUED) {
		task->life = ++a->life_serial;
		a->result.lives++;
	}
}

void apply_entry(struct analysis *a, const struct window_entry *entry)
{
	const struct wsc_event *e = &entry->event;
	if (e->kind == WSC_EV_GAP) {
		apply_gap(a, e, entry->stream);
		return;
	}
	apply_no_task(a, entry);
	if (entry->task != NULL)
		apply_to_task(a, entry);
}

void apply_to_task(struct analysis *a, const struct window_entry *entry)
{
	struct task *task = entry->task;
	if (apply_is_blurred(a, task, entry->event.ts))
		apply_blur(a, task, entry);
	step_task(a, task, entry);
	apply_settle(a, task);
}

static int worst_end(const struct analysis *a, const struct task *task)
{
	int kind = ownership_end(&a->rules, &task->own);
	for (unsigned i = 0; task->also != NULL && i < task->also->count; i++) {
		if (ownership_end(&a->rules, &task->also->states[i]) < 0)
			return -1; /* one way to end well is enough */
	}
	return kind;
}

/* Keeps the tasks that have waited longest. */
static void note_waiting(struct analysis_result *result, const struct task *task)
{
	if (task->own.where == OWNERSHIP_NOWHERE)
		return;
	result->waiting_total++;
	struct waiting_task w = {.task = task->handle,
	                         .since = task->queued_ts != UINT64_MAX ? task->queued_ts : task->last_ts,
	                         .taken = task->own.where == OWNERSHIP_TAKEN,
	                         .place = task->own.place};
	size_t i = result->waiting_count;
	while (i > 0 && (result->waiting[i - 1].since > w.since ||
	                 (result->waiting[i - 1].since == w.since && result->waiting[i - 1].task > w.task))) {
		if (i < ANALYSIS_WAITING_MAX)
			result->waiting[i] = result->waiting[i - 1];
		i--;
	}
	if (i == ANALYSIS_WAITING_MAX)
		return;
	result->waiting[i] = w;
	if (result->waiting_count < ANALYSIS_WAITING_MAX)
		result->waiting_count++;
}

static void end_task(struct analysis *a, struct task *task, enum wsc_end end)
{
	bool blurred = ownership_is_open(&task->own) && apply_is_blurred(a, task, task->last_ts);
	if (end != WSC_END_CLEAN && (task->own.flags & OWNERSHIP_UNKNOWN) == 0)
		note_waiting(&a->result, task);
	if (blurred) {
		if (end != WSC_END_CUT) /* at a cut nothing would be said of it anyway */
			apply_unknown(a, task);
		return;
	}
	int kind = end == WSC_END_CUT ? -1 : worst_end(a, task);
	if (kind == WSC_VIOLATION_LOST_WORK && end == WSC_END_STALLED)
		kind = WSC_VIOLATION_STALLED_WORK;
	if (kind < 0 || (task->reported & 1U << kind) != 0)
		return;
	report(a, task, (enum wsc_violation_kind)kind, task->last_ts, NULL);
}

static int compare_handles(const void *left, const void *right)
{
	const struct task *a = *(struct task *const *)left, *b = *(struct task *const *)right;
	return (a->handle > b->handle) - (a->handle < b->handle);
}

void apply_end(struct analysis *a, enum wsc_end end)
{
	for (uint32_t i = 0; i < a->stream_count; i++) {
		struct engine_stream *s = &a->streams[i];
		if (s->open_item == ORDER_NONE)
			continue;
		if (order_serial(&a->order, s->open_item) == s->open_serial) {
			s->open_take.upper = UINT64_MAX;
			order_taken(&a->order, s->open_item, &s->open_take);
		}
		s->open_item = ORDER_NONE;
	}
	idle_end(a);
	lane_close(a);
	struct task **open = malloc((a->tasks.used + (size_t)1) * sizeof(struct task *));
	size_t count = 0;
	if (open == NULL) {
		a->no_memory = true;
		return;
	}
	for (uint32_t i = 0; i < a->tasks.used; i++) {
		struct task *task = task_table_at(&a->tasks, i);
		if (task->handle != 0)
			open[count++] = task;
	}
	qsort(open, count, sizeof(*open), compare_handles); /* a record's place is chance */
	for (size_t i = 0; i < count && !a->no_memory; i++)
		end_task(a, open[i], end);
	free(open);
}
