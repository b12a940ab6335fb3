/* SPDX-License-Identifier: MIT */
/* An event takes effect: on its task's ownership, on the ordering monitor, on the statistics. */
#include "engine.h"

#include <stdlib.h>
#include <string.h>

#include "absent.h"
#include "array.h"

struct ownership_event apply_view(const struct window_entry *entry)
{
	return (struct ownership_event){
	    .event = entry->event, .lower = entry->context.lower, .sequence = entry->context.sequence};
}

void apply_drop_stay(struct analysis *a, struct task *task)
{
	stay_drop(a, task->item);
	task->item = TASK_NO_ITEM;
}

void apply_unorder_stay(struct analysis *a, struct task *task)
{
	task->item = stay_unorder(a, task->item);
}

enum { DECIDED = ID_MAP_NONE, UNDECIDED, UNDECIDED_IF_REUSED }; /* numbers of a handle in analysis.undecided */

static void set_undecided(struct analysis *a, uint64_t handle, uint32_t number)
{
	id_map_remove(&a->undecided, handle);
	if (number != DECIDED && !id_map_add(&a->undecided, handle, number))
		a->no_memory = true;
}

/*
 * A handle counts once, with the first reason, also where its record was let go of meanwhile. What is withheld, if it is, is
 * none where another reason holds in any case.
 */
static void note_undecided(struct analysis *a, const struct task *task, enum wsc_undecided_reason why)
{
	const uint32_t number = id_map_find(&a->undecided, task->handle);
	if (number == UNDECIDED)
		return;
	a->result.undecided_by_reason[WSC_UNDECIDED_REUSED_HANDLE] -= number == UNDECIDED_IF_REUSED;
	a->result.undecided_by_reason[why]++;
	set_undecided(a, task->handle, UNDECIDED);
}

/* A report of the task is withheld if handles of cancelled lives are used again; or (`decided`) one stands in its place. */
static void note_withheld(struct analysis *a, const struct task *task, bool decided)
{
	const uint32_t number = id_map_find(&a->undecided, task->handle),
	               wanted = decided ? DECIDED : UNDECIDED_IF_REUSED;
	if (number == UNDECIDED || number == wanted)
		return;
	if (decided)
		a->result.undecided_by_reason[WSC_UNDECIDED_REUSED_HANDLE]--;
	else
		a->result.undecided_by_reason[WSC_UNDECIDED_REUSED_HANDLE]++;
	set_undecided(a, task->handle, wanted);
}

/* Whether it is so in one of the states that the task may be in. */
static bool may_be(const struct task *task, bool (*is_so)(const struct ownership *state))
{
	bool may_be_so = is_so(&task->own);
	for (unsigned i = 0; task->also != NULL && i < task->also->count; i++)
		may_be_so |= is_so(&task->also->states[i]);
	return may_be_so;
}

void apply_unknown(struct analysis *a, struct task *task, enum wsc_undecided_reason why)
{
	if (course_follows(a, task))
		course_blurs(a->course);
	if (may_be(task, ownership_is_open))
		note_undecided(a, task, why);
	task->may_run |= a->rules.identity == WSC_IDENTITY_POLLED && may_be(task, ownership_running);
	ownership_forget(&task->own);
	if (task->was_cancelled)
		task->own.flags |= OWNERSHIP_CANCELLED;
	free(task->also);
	task->also = NULL;
	task->is_doubtful = false;
	apply_drop_stay(a, task);
	stay_drop_others(a, task);
	task->queued_ts = task->first_queued_ts = task->start_ts = UINT64_MAX;
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
	for (unsigned i = 0; i < own->runner_count; i++) {
		bool has_stale = own->runners[i].runs == 0 && !has_slots(a); /* and no more */
		if (!has_stale)
			add_worker(v, own->runners[i].worker);
	}
	if (own->where == OWNERSHIP_TAKEN)
		add_worker(v, own->place);
	if (own->where == OWNERSHIP_QUEUED) {
		uint32_t number = id_map_find(&a->queues.index, own->place);
		if (number != ID_MAP_NONE && a->queues.queues[number - 1].owned)
			add_worker(v, a->queues.queues[number - 1].owner);
	}
}

/*
 * Of a life that was cancelled, if that told of the drop of an entry: whether the worker may have run it. Where it waited then,
 * it does still.
 */
static bool may_run_all_the_same(const struct analysis *a, const struct ownership *own, uint32_t worker)
{
	bool may_run = own->stale_count == 0 || own->maybe != 0 || (own->flags & OWNERSHIP_CROWDED) != 0;
	for (int i = 0; i < own->stale_count; i++)
		may_run |= queue_table_may_run(&a->queues, own->stale[i].queue, worker);
	for (unsigned i = 0; i < own->runner_count; i++)
		may_run |= own->runners[i].worker == worker;
	return may_run;
}

/*
 * Whether all is well if what was taken is the entry of a life that was not seen, and cancelled: the worker may have run the
 * task from its queue, or it is who took it again; or `cancelled` told of its drop.
 */
static bool may_be_dead_entry(const struct analysis *a, const struct ownership *own, uint32_t queue,
                              enum wsc_violation_kind kind, const struct wsc_event *event)
{
	bool starts, vague = a->rules.vague || (own->flags & OWNERSHIP_VAGUE) != 0;
	if (event == NULL || !vague)
		return false;
	if (kind == WSC_VIOLATION_EXEC_AFTER_CANCEL)
		return may_run_all_the_same(a, own, event->worker);
	if (kind != WSC_VIOLATION_MULTIPLE_OWNERS)
		return false;
	if (engine_is_take(event))
		return true;
	if (own->where != OWNERSHIP_TAKEN)
		return false;
	starts = event->kind == WSC_EV_EXEC_START || event->kind == WSC_EV_RESUMED;
	return ownership_may_be_retaken(own, event->worker) ||
	       (starts && queue_table_may_run(&a->queues, queue, event->worker));
}

bool apply_excuses(const struct analysis *a, const struct ownership *own, uint32_t queue, int report,
                   const struct wsc_event *event)
{
	enum wsc_violation_kind kind = (enum wsc_violation_kind)report;
	return absent_explains(a->header, kind, true) || may_be_dead_entry(a, own, queue, kind, event);
}

static bool is_error(int kind)
{
	return kind >= 0 && wsc_violation_severity((enum wsc_violation_kind)kind) == WSC_SEVERITY_ERROR;
}

/* The stays of that life bind nothing. */
static void note_reported_life(struct analysis *a, uint64_t life)
{
	a->no_memory |= !id_map_put(&a->findings.reported_lives, life);
}

/* Whether the report would only stand if no handle of a cancelled life is used again. */
static bool may_be_withheld(const struct analysis *a, const struct task *task, enum wsc_violation_kind kind,
                            const struct wsc_event *event)
{
	return task->is_doubtful || may_be_dead_entry(a, &task->own, task->queue, kind, event);
}

/* At the end: whether somebody took it, and did not run it. */
static bool is_dropped(const struct task *task, enum wsc_violation_kind kind)
{
	const struct ownership *own = &task->own;
	return (kind == WSC_VIOLATION_LOST_WORK || kind == WSC_VIOLATION_STALLED_WORK) &&
	       own->where != OWNERSHIP_QUEUED && own->owed_count == 0;
}

static void report(struct analysis *a, const struct task *task, enum wsc_violation_kind kind, uint64_t ts,
                   const struct wsc_event *event, enum violation_condition condition)
{
	struct violation v = {.kind = kind, .task = task->handle, .ts = ts, .since = ts};
	if (task->first_queued_ts < ts)
		v.since = task->first_queued_ts;
	else if (task->start_ts < ts)
		v.since = task->start_ts;
	bool takes = event != NULL && engine_is_take(event);
	if (task->own.where == OWNERSHIP_QUEUED) {
		v.has_queue = true;
		v.queue = task->own.place;
		v.has_taken_from = takes; /* a take of what waits in its queue is none to report */
		v.taken_from = v.has_taken_from ? event->queue : 0;
	} else if (task->queued_ts != UINT64_MAX) {
		v.has_queue = true;
		v.queue = task->queue;
		v.has_taken_from = is_dropped(task, kind);
		v.taken_from = v.has_taken_from ? task->queue : 0;
	} else if (kind == WSC_VIOLATION_MULTIPLE_OWNERS && takes && task->start_ts == UINT64_MAX) {
		v.has_queue = true; /* a second take, after the record of the task was let go */
		v.queue = event->queue;
	}
	v.queued_running = kind == WSC_VIOLATION_MULTIPLE_OWNERS && event != NULL && event->kind == WSC_EV_QUEUED &&
	                   ownership_running(&task->own);
	v.condition = (uint8_t)condition;
	add_holders(a, &v, &task->own);
	if (v.worker_count == 0 && task->last_ts != UINT64_MAX && task->last_ts != 0)
		add_worker(&v, task->last_worker);
	if (event != NULL)
		add_worker(&v, event->worker);
	if (!findings_add(&a->findings, &v))
		a->no_memory = true;
	if (is_error((int)kind))
		note_reported_life(a, task->life);
}

static void begin_life(struct analysis *a, struct task *task)
{
	task->life_before = task->life;
	task->reported_before = task->reported;
	task->withheld_before = task->withheld;
	task->steals_before = task->steals;
	task->life = ++a->life_serial;
	task->reported = task->withheld = 0;
	task->steals = 0;
	task->first_queued_ts = task->queued_ts = UINT64_MAX;
	if (!ownership_running(&task->own))
		task->start_ts = UINT64_MAX;
	a->result.lives++;
}

/* Its push failed: the life before it goes on, which what was reported meanwhile was about. */
static void take_back_life(struct analysis *a, struct task *task)
{
	a->result.lives--;
	if (task->life_before == 0)
		return;
	task->life = task->life_before;
	if (task->reported != 0)
		note_reported_life(a, task->life);
	const unsigned stands =
	    (task->reported & ~(unsigned)task->withheld) | (task->reported_before & ~(unsigned)task->withheld_before);
	task->reported |= task->reported_before;
	task->withheld = (uint16_t)(task->reported & ~stands);
	task->steals = task->steals_before;
}

/* The present stay, if it is known which it is, ends in the take. */
static void took(struct analysis *a, struct task *task, const struct window_entry *entry)
{
	if (task->item == TASK_NO_ITEM)
		return;
	stay_taken(a, entry, task->item);
	task->item = TASK_NO_ITEM;
}

static void count_theft(struct analysis *a, struct task *task, const struct wsc_event *e)
{
	/* It was pushed to, so it is in the table. */
	const struct queue_traits *traits = &a->queues.queues[id_map_find(&a->queues.index, e->queue) - 1];
	if (traits->owned && traits->owner == e->worker)
		return; /* an owner that takes from the thieves' end */
	steals_per_life_add(&a->result.steals_per_life, task->steals++, task->handle, e->ts);
}

/* The latest run begins. What it runs has left its queue: a stay that is there is another life's. */
static void run_began(struct task *task, const struct wsc_event *e)
{
	task->start_ts = e->ts;
	task->start_worker = e->worker;
	task->is_timed = true;
	task->start_queued_ts = task->own.where == OWNERSHIP_NOWHERE ? task->first_queued_ts : UINT64_MAX;
}

/* A run ended: the one that was under way when evidence went missing, or another, which came later. */
static void note_end_of_run(const struct analysis *a, struct task *task, const struct wsc_event *e)
{
	const bool ends = e->kind == WSC_EV_EXEC_COMPLETE || e->kind == WSC_EV_SUSPENDED;
	if (ends && (e->worker == task->start_worker || e->ts > later_by(task->last_ts, a->uncertainty)))
		task->may_run = false;
}

/* Of several runs at once only the latest is measured. */
static void run_ended(struct analysis *a, struct task *task, const struct wsc_event *e)
{
	if (!task->is_timed || task->start_worker != e->worker)
		return;
	task->is_timed = false;
	apply_run_ended(a, e, task->start_ts, task->start_queued_ts);
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

/*
 * Recycled: what seemed to have left its queue, in an earlier start, may be what this event takes. The first state tells it for
 * all that the slot may be in: a stay binds only if all agree on the start that took it, which left its credit in each of
 * them; and as long as no event could use it, none did.
 */
static void note_doubt(struct analysis *a, const struct task *task, const struct window_entry *entry)
{
	const struct wsc_event *e = &entry->event;
	struct ownership_event view = apply_view(entry);
	uint64_t lower = entry->context.lower;
	if (!engine_is_take(e) && e->kind != WSC_EV_EXEC_START && e->kind != WSC_EV_RESUMED)
		return;
	const uint64_t since = earlier_by(lower, a->uncertainty);
	/* Of a slot whose record was let go of the lives are not known: all that began so far. */
	const uint64_t life = task->life != 0 ? task->life : a->life_serial;
	uint64_t queues[OWNERSHIP_CREDITS_MAX];
	const unsigned count = slot_doubts(&a->rules, &task->own, &view, queues);
	for (unsigned i = 0; i < count; i++) {
		const struct doubt doubt = {.task = task->handle, .life = life, .queue = queues[i], .since = since};
		if (!findings_doubt(&a->findings, &doubt))
			a->no_memory = true;
	}
	a->ambiguous |= a->findings.doubts_all;
}

/* More lives of a slot were open at once than are kept apart. */
static void note_forgotten(struct analysis *a, const struct task *task)
{
	a->ambiguous = true;
	note_undecided(a, task, WSC_UNDECIDED_MANY_LIVES);
}

/*
 * Whether the event shows that a handle is used on whose life was cancelled, be it another one since. If what was before is
 * not known, it may have been a wake-up that waited: of a run that was suspended, or, if it is polled, under way.
 * (What was seen to be suspended when it was cancelled, or to run, goes on.)
 */
static bool reuses_cancelled(const struct analysis *a, const struct task *task, enum wsc_event_kind kind, bool new_life)
{
	const struct ownership *own = &task->own;
	const bool is_unknown = (own->flags & OWNERSHIP_UNKNOWN) != 0;
	if (new_life && task->was_cancelled && kind != WSC_EV_CANCELLED)
		return true;
	if (kind == WSC_EV_QUEUED && own->stale_count > 0)
		return true; /* what was cancelled was not, or not only, a run that was under way */
	if ((own->flags & OWNERSHIP_CANCELLED) == 0)
		return false;
	switch (kind) {
	case WSC_EV_QUEUED:
		return true;
	case WSC_EV_EXEC_START:
	case WSC_EV_RESUMED:
		return is_unknown;
	case WSC_EV_EXEC_COMPLETE:
	case WSC_EV_SUSPENDED:
		return is_unknown && a->rules.identity == WSC_IDENTITY_POLLED;
	default:
		return false;
	}
}

/* Of a take that is stamped late: it came before what used the slot, or started in it. */
static void heed_past(struct analysis *a, const struct window_entry *entry, const struct ownership_outcome *out)
{
	const struct ownership_fates fates =
	    ownership_fates(&entry->task->own, (enum wsc_event_kind)entry->event.kind, out);
	if (fates.takes_owed)
		stay_heed_past(a, entry, &fates.owed);
	else if (fates.credit.sequence != 0)
		stay_heed_past(a, entry, &fates.credit);
}

void apply_state(struct analysis *a, const struct window_entry *entry, const struct ownership_outcome *out)
{
	struct task *task = entry->task;
	const struct wsc_event *e = &entry->event;
	bool ran_here = a->rules.scope == WSC_SCOPE_DEQUE || ownership_runs_on(&task->own, e->worker);

	if (task->may_run)
		note_end_of_run(a, task, e);
	if (has_slots(a))
		note_doubt(a, task, entry);
	if (out->effect == OWNERSHIP_EFFECT_OWED)
		heed_past(a, entry, out);
	if (e->kind == WSC_EV_CANCELLED)
		task->was_cancelled = true;
	a->reuses_cancelled |= reuses_cancelled(a, task, (enum wsc_event_kind)e->kind, out->new_life);
	if (out->effect == OWNERSHIP_EFFECT_TAKE && e->kind == WSC_EV_STEAL_SUCCESS)
		count_theft(a, task, e);
	if (out->new_life)
		begin_life(a, task);
	if (out->unlife)
		take_back_life(a, task);
	if (out->forgot)
		note_forgotten(a, task);
	task->own = out->state;
	if (out->effect == OWNERSHIP_EFFECT_PUSH) {
		task->queue = e->queue;
		task->queued_ts = e->ts;
		if (out->new_life)
			task->first_queued_ts = e->ts;
	}
	if (e->kind == WSC_EV_EXEC_START || e->kind == WSC_EV_RESUMED)
		run_began(task, e);
	if (e->kind == WSC_EV_EXEC_COMPLETE && ran_here)
		run_ended(a, task, e);
	task->last_ts = e->ts;
	task->last_worker = e->worker;
	if (has_slots(a))
		stay_note_step(a, task, entry);
}

/* From the task's own state. */
static struct ownership_fates fates_of(const struct window_entry *entry, const struct ownership_outcome *out)
{
	return ownership_fates(&entry->task->own, (enum wsc_event_kind)entry->event.kind, out);
}

/* What becomes of the present stay. */
static void end_present(struct analysis *a, const struct window_entry *entry, const struct ownership_fates *fates)
{
	struct task *task = entry->task;
	switch (fates->present) {
	case OWNERSHIP_STAY_LASTS:
		break;
	case OWNERSHIP_STAY_TAKEN:
		task->item = TASK_NO_ITEM;
		break;
	case OWNERSHIP_STAY_VOID:
		if (entry->event.kind == WSC_EV_PUSH_FAILED)
			stay_uncount(a, task->item);
		apply_drop_stay(a, task);
		break;
	case OWNERSHIP_STAY_OWED:
		stay_owe(a, task, task->item, &fates->owed);
		task->item = TASK_NO_ITEM;
		break;
	case OWNERSHIP_STAY_UNCLEAR:
		apply_unorder_stay(a, task);
		break;
	}
}

static void apply_outcome(struct analysis *a, const struct window_entry *entry, const struct ownership_outcome *out,
                          const struct ownership_fates *fates)
{
	struct task *task = entry->task;
	uint32_t taken = fates->present == OWNERSHIP_STAY_TAKEN ? task->item : ORDER_NONE;
	a->credit = fates->credit;
	if (fates->takes_owed)
		taken = stay_not_owed(task, &fates->owed);
	if (out->pinned && !stay_is_certain(a, taken))
		stay_convict_pinned(a, entry, task);
	if (taken != ORDER_NONE)
		stay_taken(a, entry, taken);
	else if (ownership_takes(out))
		stay_taken_late(a, entry);
	end_present(a, entry, fates);
	if (fates->restores)
		stay_restore(a, task, &fates->owed);
	apply_state(a, entry, out);
	if (out->effect == OWNERSHIP_EFFECT_PUSH)
		task->item = stay_begin(a, entry, task->handle, task->life);
}

/*
 * One report per life and kind; where the first may not stand, another one that does if that does not. Where what can't be
 * seen may explain it, there is none.
 */
static void report_once(struct analysis *a, struct task *task, enum wsc_violation_kind kind, uint64_t ts,
                        const struct wsc_event *event)
{
	const uint16_t bit = (uint16_t)(1U << kind);
	const bool may_fall = may_be_withheld(a, task, kind, event);
	if (task->is_doubtful && absent_hides(a->header)) {
		if (is_error((int)kind))
			note_reported_life(a, task->life);
		return;
	}
	if ((task->reported & bit) == 0) {
		report(a, task, kind, ts, event, may_fall ? VIOLATION_UNLESS_REUSED : VIOLATION_ALWAYS);
		if (may_fall) {
			task->withheld |= bit;
			note_withheld(a, task, false);
		}
	} else if ((task->withheld & bit) != 0 && !may_fall) {
		report(a, task, kind, ts, event, VIOLATION_IF_REUSED);
		task->withheld &= (uint16_t)~bit;
		note_withheld(a, task, true);
	}
	task->reported |= bit;
}

/* A life that begins with a reported event inherits what was said of the one before. */
void apply_report(struct analysis *a, const struct window_entry *entry, int kind, const struct ownership_outcome *out,
                  const struct ownership_fates *fates)
{
	struct task *task = entry->task;
	report_once(a, task, (enum wsc_violation_kind)kind, entry->event.ts, &entry->event);
	const uint16_t reported = task->reported, withheld = task->withheld;
	if (fates != NULL)
		apply_outcome(a, entry, out, fates);
	else
		apply_state(a, entry, out);
	task->reported = reported;
	task->withheld = withheld;
	if (out->new_life)
		note_reported_life(a, task->life);
}

/* The effects of ownership_step_plain(), as apply_outcome() has them. */
static void apply_plain(struct analysis *a, struct task *task, const struct window_entry *entry, bool waited)
{
	const struct wsc_event *e = &entry->event;
	if (task->may_run)
		note_end_of_run(a, task, e);
	if (e->kind == WSC_EV_QUEUED) {
		a->reuses_cancelled |= task->was_cancelled;
		begin_life(a, task);
		task->queue = e->queue;
		task->queued_ts = task->first_queued_ts = e->ts;
		task->item = stay_begin(a, entry, task->handle, task->life);
	} else if (e->kind == WSC_EV_EXEC_START) {
		if (waited)
			took(a, task, entry);
		run_began(task, e);
	} else {
		run_ended(a, task, e);
	}
	task->last_ts = e->ts;
	task->last_worker = e->worker;
}

static void misread_owed(struct analysis *a, const struct ownership *reading)
{
	for (int i = 0; i < reading->owed_count; i++)
		stay_misread(a, reading->owed[i].queue);
}

static void misread(struct analysis *a, const struct ownership *reading)
{
	if (reading->where == OWNERSHIP_QUEUED)
		stay_misread(a, reading->place);
	misread_owed(a, reading);
	for (int i = 0; i < reading->credit_count; i++)
		stay_misread(a, reading->credits[i].queue);
}

void apply_goes_on_from(struct analysis *a, const struct task *task, const struct ownership *from)
{
	if (memcmp(from, &task->own, sizeof(*from)) == 0)
		return;
	misread(a, &task->own);
	misread(a, from);
	if (!has_slots(a))
		a->no_memory |= !id_map_put(&a->misread, task->handle);
}

/* Steps every state that the task may be in, `first` its own. */
static void step_all(struct analysis *a, struct task *task, const struct window_entry *entry,
                     const struct ownership_step *first)
{
	struct survivors s;

	survivors_find(a, entry, first, &s);
	if (!s.any) {
		free(task->also);
		task->also = NULL;
		const struct ownership_fates fates = fates_of(entry, &first->outcomes[0]);
		apply_report(a, entry, first->report, &first->outcomes[0], &fates);
		return;
	}
	apply_goes_on_from(a, task, &s.from);
	if (s.owed_differ)
		stay_unorder_owed(a, task, &s.fates.owed);
	if (s.differ)
		apply_unorder_stay(a, task);
	else if (s.lasts)
		s.fates.present = OWNERSHIP_STAY_LASTS; /* what comes next tells whether it was cancelled */
	s.chosen.pinned = s.pinned;
	s.chosen.state = s.states.states[0]; /* or what it was joined with */
	if (s.report >= 0) {
		task->own = s.from;
		apply_report(a, entry, s.report, &s.chosen, &s.fates);
	} else {
		apply_outcome(a, entry, &s.chosen, &s.fates);
	}
	if (s.forgot)
		note_forgotten(a, task);
	a->ambiguous |= s.overflow;
	if (s.overflow || s.forgot)
		apply_unknown(a, task, WSC_UNDECIDED_MANY_ORDERS); /* unless that was noted */
	else
		window_keep_others(a, task, &s.states);
	if (!s.waits)
		apply_drop_stay(a, task);
}

/* Goes on in one of the ways in which the step may go. */
static void step_on_course(struct analysis *a, const struct window_entry *entry, const struct ownership_step *step)
{
	if (step->report >= 0 || a->course->is_dead) {
		a->course->is_dead = true;
		return;
	}
	const struct ownership_outcome *out = &step->outcomes[course_choose(a->course, (unsigned)step->count)];
	const struct ownership_fates fates = fates_of(entry, out);
	course_step(a, entry, &entry->task->own, out);
	apply_outcome(a, entry, out, &fates);
}

static void step_task(struct analysis *a, struct task *task, const struct window_entry *entry)
{
	bool waited = task->own.where == OWNERSHIP_QUEUED;
	if (task->also == NULL && ownership_step_plain(&a->rules, &task->own, &entry->event)) {
		apply_plain(a, task, entry, waited);
		return;
	}
	struct ownership_event view = apply_view(entry);
	struct ownership_step step;
	ownership_step(&a->rules, &task->own, &view, &step);
	if (course_follows(a, task)) {
		step_on_course(a, entry, &step);
	} else if (task->also == NULL && step.report < 0 && step.count == 1) {
		const struct ownership_fates fates = fates_of(entry, &step.outcomes[0]);
		apply_outcome(a, entry, &step.outcomes[0], &fates);
	} else {
		step_all(a, task, entry, &step);
	}
	stay_settle_owed(a, task);
}

static struct engine_gap gap_of(const struct analysis *a, const struct wsc_event *event)
{
	uint64_t until = event->task > event->ts ? event->task : event->ts;
	return (struct engine_gap){.from = earlier_by(event->ts, a->uncertainty),
	                           .until = later_by(until, a->uncertainty)};
}

bool apply_note_gap(struct analysis *a, const struct wsc_event *event)
{
	struct engine_gap *grown = array_room(a->gaps, a->gap_count, &a->gap_capacity, sizeof(*grown));
	if (grown == NULL)
		return false;
	a->gaps = grown;
	a->gaps[a->gap_count++] = gap_of(a, event);
	lane_close(a); /* its records know nothing of gaps */
	return true;
}

static void apply_gap(struct analysis *a, const struct wsc_event *event)
{
	struct engine_gap gap = gap_of(a, event);
	/* They leave the window in the order in which they entered it. */
	memmove(&a->gaps[0], &a->gaps[1], --a->gap_count * sizeof(*a->gaps));
	if (gap.until > a->gap_end)
		a->gap_end = gap.until;
	idle_gap(a, gap.from);
	a->has_gap = a->rules.vague = true;
	a->result.dropped += event->arg;
	if (event->arg > 0 && gap.until > a->counted_gap_end)
		a->counted_gap_end = gap.until;
	a->has_counted_gap |= event->arg > 0;
	finished_set_blur(&a->tasks.finished);
	engine_order_gap(a, a->gap_end);
}

void apply_settle(struct analysis *a, struct task *task)
{
	const unsigned kept = OWNERSHIP_CANCELLED | OWNERSHIP_AWAITED | OWNERSHIP_CROWDED | OWNERSHIP_REFUSED;
	const struct ownership *own = &task->own;
	if ((task->pending > 0 && !task->is_doubtful) || task->plan != NULL || task->also != NULL ||
	    task->reported != 0 || task->may_run || ownership_is_open(own) || own->runner_count > 0 ||
	    own->stale_count > 0 || own->credit_count > 0 || own->maybe != 0 || own->maybe_suspended > 0 ||
	    (own->flags & kept) != 0 || own->vague_ts == OWNERSHIP_VAGUE_ALWAYS ||
	    (own->flags & (OWNERSHIP_COMPLETED | OWNERSHIP_UNKNOWN)) == 0)
		return;
	if (task->pending > 0) { /* a doubt ends with its life, whether the next one is in sight or not */
		ownership_forget(&task->own);
		task->is_doubtful = false;
		return;
	}
	/* A slot may have had lives that were not seen. */
	bool vague = (own->flags & OWNERSHIP_VAGUE) != 0 && (has_slots(a) || !a->rules.vague);
	bool blurred = vague || task->is_doubtful || engine_in_head(a, task->last_ts) ||
	               (a->has_gap && a->gap_end >= task->last_ts);
	stay_drop_others(a, task);
	if (!task_table_finish(&a->tasks, task, blurred))
		a->no_memory = true;
}

bool apply_is_blurred(const struct analysis *a, const struct task *task, uint64_t ts, enum wsc_undecided_reason *why)
{
	/* A record made from two bits knows only how many gaps there had been. */
	bool from_bits = task->last_ts == UINT64_MAX;
	if (a->has_gap && (from_bits ? task->epoch != a->tasks.finished.epoch : a->gap_end >= task->last_ts)) {
		bool is_late = a->has_late && !from_bits && a->late_end >= task->last_ts;
		*why = is_late ? WSC_UNDECIDED_LATE_WORKER : WSC_UNDECIDED_GAP;
		return true;
	}
	if (engine_in_head(a, task->last_ts)) {
		*why = WSC_UNDECIDED_LATE_WORKER;
		return true;
	}
	for (size_t i = 0; i < a->gap_count; i++) {
		if (a->gaps[i].from <= ts && (from_bits || a->gaps[i].until >= task->last_ts)) {
			*why = WSC_UNDECIDED_GAP;
			return true;
		}
	}
	if (!a->window.overrun || ts > later_by(a->window.overrun_ts, a->uncertainty))
		return false;
	*why = WSC_UNDECIDED_OVERRUN;
	return true;
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
	struct engine_stream *s = &a->streams[entry->stream];
	stay_bound(a, entry);
	if (__builtin_expect(s->is_waking, 0))
		idle_signalled(a, s, entry->event.ts);
	if ((IDLE_KINDS >> kind & 1U) != 0)
		idle_event(a, entry);
	if (kind == WSC_EV_STEAL_SUCCESS)
		check_slow_steal(a, entry);
}

void apply_blur(struct analysis *a, const struct window_entry *entry, enum wsc_undecided_reason why)
{
	struct task *task = entry->task;
	uint8_t kind = entry->event.kind;
	bool seen = (task->own.flags & OWNERSHIP_LIFE) != 0;
	apply_unknown(a, task, why);
	if (kind != WSC_EV_QUEUED && kind != WSC_EV_EXEC_START)
		note_undecided(a, task, why);
	if (!seen && kind != WSC_EV_QUEUED) {
		task->life = ++a->life_serial;
		a->result.lives++;
	}
}

void apply_entry(struct analysis *a, const struct window_entry *entry)
{
	const struct wsc_event *e = &entry->event;
	if (e->kind == WSC_EV_GAP) {
		apply_gap(a, e);
		return;
	}
	apply_no_task(a, entry);
	if (entry->task != NULL)
		apply_to_task(a, entry);
}

void apply_to_task(struct analysis *a, const struct window_entry *entry)
{
	struct task *task = entry->task;
	enum wsc_undecided_reason why;
	if (apply_is_blurred(a, task, entry->event.ts, &why))
		apply_blur(a, entry, why);
	step_task(a, task, entry);
	apply_settle(a, task);
}

/* Of the states that the task may be in, the one that ends best counts. */
static int best_end(const struct analysis *a, const struct task *task)
{
	int best = ownership_end(&a->rules, &task->own);
	for (unsigned i = 0; task->also != NULL && i < task->also->count; i++) {
		int kind = ownership_end(&a->rules, &task->also->states[i]);
		if (kind < 0 || (is_error(best) && !is_error(kind)))
			best = kind;
		if (best < 0)
			break;
	}
	return best;
}

/* Whether all that is known was kept of the state, and it ends well, or as `kind` says. */
static bool state_ends_clearly(const struct analysis *a, const struct ownership *own, enum wsc_end end, int kind)
{
	if ((own->flags & (OWNERSHIP_BLURRED | OWNERSHIP_CROWDED)) != 0)
		return false;
	const int its = end == WSC_END_CUT ? -1 : ownership_end(&a->rules, own);
	return its < 0 || its == kind;
}

/* ... of a state that the task may be in. */
static bool ends_clearly(const struct analysis *a, const struct task *task, enum wsc_end end, int kind)
{
	bool clear = state_ends_clearly(a, &task->own, end, kind);
	for (unsigned i = 0; task->also != NULL && i < task->also->count; i++)
		clear |= state_ends_clearly(a, &task->also->states[i], end, kind);
	return clear;
}

/* Keeps the tasks that have waited longest; of those that have waited equally long, the first that it is told of. */
static void note_one_waiting(struct analysis_result *result, const struct task *task, bool taken, uint32_t place)
{
	result->waiting_total++;
	struct waiting_task w = {.task = task->handle,
	                         .since = task->queued_ts != UINT64_MAX ? task->queued_ts : task->last_ts,
	                         .taken = taken,
	                         .place = place};
	size_t i = result->waiting_count;
	while (i > 0 && result->waiting[i - 1].since > w.since) {
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

/* Of a slot several lives may wait: in hands, too; for how long is known since its latest push. */
static void note_waiting(struct analysis_result *result, const struct task *task)
{
	const struct ownership *own = &task->own;
	if (own->where != OWNERSHIP_NOWHERE)
		note_one_waiting(result, task, own->where == OWNERSHIP_TAKEN, own->place);
	for (unsigned i = own->runner_count; i-- > 0;) {
		if (own->runners[i].held > 0)
			note_one_waiting(result, task, true, own->runners[i].worker);
	}
}

/* The first reading of a slot is what cannot have been, though something else can. */
static void note_misreading(struct analysis *a, const struct task *task)
{
	if (task->queued_ts != UINT64_MAX)
		stay_misread(a, task->queue);
	misread_owed(a, &task->own);
}

static void end_task(struct analysis *a, struct task *task, enum wsc_end end)
{
	enum wsc_undecided_reason why;
	bool blurred = ownership_is_open(&task->own) && apply_is_blurred(a, task, task->last_ts, &why);
	/* Whose take may be among the events that were lost does not certainly wait; behind the end of a cut nothing was lost. */
	bool may_be_gone = engine_in_head(a, task->last_ts) ||
	                   ((a->has_counted_gap || a->has_late) && a->counted_gap_end >= task->last_ts);
	if (end != WSC_END_CLEAN && (task->own.flags & OWNERSHIP_UNKNOWN) == 0 && !may_be_gone)
		note_waiting(&a->result, task);
	if (blurred) {
		if (end != WSC_END_CUT) /* at a cut nothing would be said of it anyway */
			apply_unknown(a, task, why);
		return;
	}
	int kind = end == WSC_END_CUT ? -1 : best_end(a, task);
	if (course_follows(a, task))
		a->course->is_dead |= is_error(kind);
	if (end != WSC_END_CUT && !is_error(kind) && is_error(ownership_end(&a->rules, &task->own)))
		note_misreading(a, task);
	if (!is_error(kind) && task->reported == 0 && !ends_clearly(a, task, end, kind))
		note_forgotten(a, task);
	bool may_be_dropped =
	    has_slots(a) && (task->own.flags & OWNERSHIP_VAGUE) != 0 && task->own.where == OWNERSHIP_NOWHERE;
	if (kind == WSC_VIOLATION_LOST_WORK && may_be_dropped)
		return; /* what seems to be in a hand may have been the entry of a life that was not seen, and cancelled */
	if (kind == WSC_VIOLATION_LOST_WORK && task->may_run)
		kind = WSC_VIOLATION_UNFINISHED_EXECUTION;    /* it waits for the end of that run */
	bool is_owed = kind == WSC_VIOLATION_MULTIPLE_OWNERS; /* or its taker stands still before it says so */
	if (end == WSC_END_STALLED && (kind == WSC_VIOLATION_LOST_WORK || is_owed))
		kind = WSC_VIOLATION_STALLED_WORK;
	if (kind >= 0)
		report_once(a, task, (enum wsc_violation_kind)kind, task->last_ts, NULL);
}

static int compare_handles(const void *left, const void *right)
{
	const struct task *a = *(struct task *const *)left, *b = *(struct task *const *)right;
	return (a->handle > b->handle) - (a->handle < b->handle);
}

void apply_end(struct analysis *a, enum wsc_end end)
{
	stay_end(a);
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
