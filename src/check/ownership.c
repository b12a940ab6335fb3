/* SPDX-License-Identifier: MIT */
#include "ownership.h"

#include <string.h>

enum {
	/* What belongs to the present life; the rest outlives it. */
	LIFE_FLAGS = OWNERSHIP_RAN | OWNERSHIP_COMPLETED | OWNERSHIP_CANCELLED | OWNERSHIP_SUSPENDED |
	             OWNERSHIP_INLINE | OWNERSHIP_DISPUTED | OWNERSHIP_PINNED,
	/* Recycled: takes of earlier lives that may still be stamped. */
	LATE_TAKES = OWNERSHIP_OWED | OWNERSHIP_CREDIT | OWNERSHIP_PAST_CREDIT,
	REPORT_NONE = -1
};

static bool has(const struct ownership *s, unsigned flag)
{
	return (s->flags & flag) != 0;
}

/* Whether something of the task may not have been seen. */
static bool is_vague(const struct ownership_rules *rules, const struct ownership *s)
{
	return rules->vague || has(s, OWNERSHIP_VAGUE);
}

static void set(struct ownership *s, unsigned flags)
{
	s->flags = (uint16_t)(s->flags | flags);
}

static void clear(struct ownership *s, unsigned flags)
{
	s->flags = (uint16_t)(s->flags & ~flags);
}

static void put(struct ownership *s, enum ownership_place where, uint32_t place)
{
	s->where = (uint8_t)where;
	s->place = where == OWNERSHIP_NOWHERE ? 0 : place;
	clear(s, OWNERSHIP_DISPUTED | OWNERSHIP_PINNED);
}

static struct ownership_runner *runner(struct ownership *s, uint32_t worker)
{
	for (unsigned i = 0; i < s->runner_count; i++) {
		if (s->runners[i].worker == worker)
			return &s->runners[i];
	}
	return NULL;
}

/* Keeps the array dense and its unused end zero, so that equal states have equal bytes. */
static void drop_runner(struct ownership *s, struct ownership_runner *r)
{
	struct ownership_runner *last = &s->runners[--s->runner_count];
	while (r < last) {
		r[0] = r[1];
		r++;
	}
	*last = (struct ownership_runner){0};
}

static void drop_idle_runner(struct ownership *s, struct ownership_runner *r)
{
	if (r->runs == 0 && r->held == 0 && r->maybe == 0)
		drop_runner(s, r);
}

static uint64_t bit_of(uint32_t worker)
{
	return UINT64_C(1) << (worker * UINT32_C(0x9e3779b1) >> 26);
}

/* Recycled: makes room by remembering less exactly what a worker may hold that neither runs nor certainly holds one. */
static bool blur_one_runner(struct ownership *s)
{
	for (struct ownership_runner *r = s->runners; r < s->runners + s->runner_count; r++) {
		if (r->runs != 0 || r->held != 0)
			continue;
		s->maybe |= bit_of(r->worker);
		drop_runner(s, r);
		return true;
	}
	return false;
}

static struct ownership_runner *add_runner(struct ownership *s, uint32_t worker)
{
	struct ownership_runner *r = runner(s, worker);
	if (r != NULL)
		return r;
	if (s->runner_count == OWNERSHIP_RUNNERS_MAX && !blur_one_runner(s)) {
		set(s, OWNERSHIP_CROWDED);
		return NULL;
	}
	r = &s->runners[s->runner_count++];
	*r = (struct ownership_runner){.worker = worker};
	return r;
}

static void start_run(const struct ownership_rules *rules, struct ownership *s, uint32_t worker)
{
	struct ownership_runner *r = add_runner(s, worker);
	/* A worker runs a task at most once, except where handles are memory slots. */
	if (r != NULL && (r->runs == 0 || rules->identity == WSC_IDENTITY_RECYCLED) && r->runs < UINT16_MAX)
		r->runs++;
	put(s, OWNERSHIP_NOWHERE, 0);
	clear(s, OWNERSHIP_SUSPENDED | OWNERSHIP_CANCELLED | OWNERSHIP_COMPLETED);
	set(s, OWNERSHIP_LIFE | OWNERSHIP_RAN);
}

static void hold(struct ownership *s, uint32_t worker)
{
	struct ownership_runner *r = add_runner(s, worker);
	if (r != NULL && r->held < UINT16_MAX)
		r->held++;
}

/* What the worker took and queues may be loot, or the slot's next life while it holds the one before. */
static void hold_maybe(struct ownership *s, uint32_t worker)
{
	struct ownership_runner *r = add_runner(s, worker);
	if (r != NULL && r->maybe < UINT16_MAX)
		r->maybe++;
}

bool ownership_runs_on(const struct ownership *s, uint32_t worker)
{
	for (unsigned i = 0; i < s->runner_count; i++) {
		if (s->runners[i].worker == worker)
			return s->runners[i].runs > 0;
	}
	return false;
}

bool ownership_running(const struct ownership *s)
{
	for (unsigned i = 0; i < s->runner_count; i++) {
		if (s->runners[i].runs > 0)
			return true;
	}
	return false;
}

bool ownership_is_open(const struct ownership *s)
{
	return s->where != OWNERSHIP_NOWHERE || s->runner_count > 0 || s->owed_count > 0 ||
	       (has(s, OWNERSHIP_SUSPENDED) && !has(s, OWNERSHIP_CANCELLED));
}

void ownership_forget(struct ownership *s)
{
	*s = (struct ownership){.flags = OWNERSHIP_LIFE | OWNERSHIP_UNKNOWN};
}

static int stale_at(const struct ownership *s, uint32_t queue)
{
	for (int i = 0; i < s->stale_count; i++) {
		if (s->stale[i].queue == queue)
			return i;
	}
	return -1;
}

static void add_stale(struct ownership *s, uint32_t queue)
{
	int at = stale_at(s, queue);
	if (at >= 0) {
		s->stale[at].count += s->stale[at].count < UINT32_MAX;
		return;
	}
	if (s->stale_count == OWNERSHIP_STALE_MAX) {
		set(s, OWNERSHIP_CROWDED);
		return;
	}
	for (at = s->stale_count++; at > 0 && s->stale[at - 1].queue > queue; at--)
		s->stale[at] = s->stale[at - 1];
	s->stale[at] = (struct ownership_stale){.queue = queue, .count = 1};
}

static void drop_stale(struct ownership *s, int at)
{
	if (--s->stale[at].count > 0)
		return;
	s->stale_count--;
	for (int i = at; i < s->stale_count; i++)
		s->stale[i] = s->stale[i + 1];
	s->stale[s->stale_count] = (struct ownership_stale){0};
}

/* The first outcome of a step, to be changed in place. */
static struct ownership_outcome *begin(struct ownership_step *step, const struct ownership *state)
{
	step->report = REPORT_NONE;
	step->count = 1;
	step->outcomes[0] = (struct ownership_outcome){.state = *state, .effect = OWNERSHIP_EFFECT_NONE};
	return &step->outcomes[0];
}

/* A further legal outcome, from the same state. Of the first four only as many are kept as there is room for. */
static struct ownership_outcome *also(struct ownership_step *step, const struct ownership *state, bool *first)
{
	if (*first) {
		*first = false;
		return &step->outcomes[0];
	}
	struct ownership_outcome *out = &step->outcomes[step->count++];
	*out = (struct ownership_outcome){.state = *state, .effect = OWNERSHIP_EFFECT_NONE};
	return out;
}

static void begin_life(struct ownership_outcome *out)
{
	clear(&out->state, LIFE_FLAGS);
	set(&out->state, OWNERSHIP_LIFE);
	out->new_life = true;
}

/* Recycled, and used again while it still waits: a take of the life before may be on its way, stamped late. */
static void owe_take(struct ownership *s, const struct wsc_event *e)
{
	if (s->owed_count == OWNERSHIP_OWED_MAX) {
		set(s, OWNERSHIP_CROWDED);
		return;
	}
	set(s, OWNERSHIP_OWED);
	s->owed[s->owed_count++] = (struct ownership_owed){.ts = e->ts, .queue = s->place, .worker = e->worker};
}

static void drop_owed(struct ownership *s, int at)
{
	s->owed_count--;
	for (int i = at; i < s->owed_count; i++)
		s->owed[i] = s->owed[i + 1];
	s->owed[s->owed_count] = (struct ownership_owed){0};
	if (s->owed_count == 0)
		clear(s, OWNERSHIP_OWED);
}

/* A take of what was never queued is no longer explained by a `queued` that comes too late. */
static void no_longer_awaited(struct ownership *s)
{
	clear(s, OWNERSHIP_AWAITED);
	s->awaited = 0;
}

/* Recycled: a worker that holds a life and queues the slot may queue that life again. */
static void doubt_held(struct ownership *s, uint32_t worker)
{
	struct ownership_runner *r = runner(s, worker);
	if (r == NULL || r->held == 0 || r->maybe == UINT16_MAX)
		return;
	r->held--;
	r->maybe++;
}

static void step_queued(const struct ownership_rules *rules, const struct ownership_event *event,
                        struct ownership_step *step, const struct ownership *state)
{
	const struct wsc_event *e = &event->event;
	struct ownership_outcome *out = begin(step, state);
	struct ownership *s = &out->state;
	bool recycled = rules->identity == WSC_IDENTITY_RECYCLED;
	bool same_life = false;

	if (has(s, OWNERSHIP_AWAITED) && e->queue == s->awaited) {
		no_longer_awaited(s);
		return;
	}
	s->before_flags = s->flags;
	s->before_where = s->where;
	s->before_place = s->place;
	if (recycled && is_vague(rules, s) && s->vague_ts == 0)
		s->vague_ts = e->ts;
	if (recycled && (s->where != OWNERSHIP_TAKEN || s->place != e->worker))
		doubt_held(s, e->worker);
	if (has(s, OWNERSHIP_UNKNOWN)) {
		*s = (struct ownership){.flags = OWNERSHIP_VAGUE,
		                        .before_flags = OWNERSHIP_LIFE | OWNERSHIP_UNKNOWN,
		                        .vague_ts = recycled ? e->ts : 0};
	} else if (s->where == OWNERSHIP_QUEUED) {
		if (recycled)
			owe_take(s, e);
		else
			step->report = WSC_VIOLATION_MULTIPLE_OWNERS;
		same_life = step->report != REPORT_NONE;
	} else if (ownership_running(s) && rules->identity == WSC_IDENTITY_UNIQUE) {
		step->report = WSC_VIOLATION_MULTIPLE_OWNERS;
	} else if (s->where == OWNERSHIP_TAKEN) {
		bool loot = s->place == e->worker;
		if (recycled && !loot)
			hold(s, s->place);
		else if (recycled)
			hold_maybe(s, s->place);
		else if (!loot && !has(s, OWNERSHIP_COMPLETED))
			step->report = WSC_VIOLATION_MULTIPLE_OWNERS;
		same_life = !has(s, OWNERSHIP_COMPLETED) && (loot || !recycled);
	} else {
		same_life = has(s, OWNERSHIP_SUSPENDED) && !has(s, OWNERSHIP_CANCELLED);
	}
	if (!same_life)
		begin_life(out);
	put(s, OWNERSHIP_QUEUED, e->queue);
	clear(s, OWNERSHIP_FRESH);
	if (out->new_life)
		set(s, OWNERSHIP_FRESH);
	if ((e->flags & WSC_FLAG_PINNED) != 0)
		set(s, OWNERSHIP_PINNED);
	out->effect = OWNERSHIP_EFFECT_PUSH;
}

/* Recycled: back to where the handle was before the `queued` that is taken back, unless it has left that meanwhile. */
static void put_back(struct ownership *s, uint32_t worker)
{
	struct ownership_runner *r = runner(s, s->before_place);
	bool there = false;

	if (s->before_where == OWNERSHIP_QUEUED) {
		/* The take that this `queued` made it owe, if it was not stamped meanwhile: there is no second life. */
		int at = s->owed_count - 1;
		while (at >= 0 && (s->owed[at].worker != worker || s->owed[at].queue != s->before_place))
			at--;
		there = at >= 0;
		if (there)
			drop_owed(s, at);
	} else if (s->before_where == OWNERSHIP_TAKEN && s->before_place == worker && r != NULL && r->maybe > 0) {
		there = true; /* loot, or the next life: then that is in its hand, too, and may run first */
	} else if (s->before_where == OWNERSHIP_TAKEN && r != NULL && (r->held > 0 || r->maybe > 0)) {
		there = true;
		r->held > 0 ? r->held-- : r->maybe--;
		drop_idle_runner(s, r);
	}
	put(s, there ? (enum ownership_place)s->before_where : OWNERSHIP_NOWHERE, s->before_place);
}

/* The life that could not be queued may run inline instead. */
static void allow_inline(const struct ownership_rules *rules, struct ownership_outcome *out)
{
	struct ownership *s = &out->state;
	if (!out->unlife || s->where != OWNERSHIP_NOWHERE)
		return;
	if (has(s, OWNERSHIP_COMPLETED | OWNERSHIP_CANCELLED) && !has(s, OWNERSHIP_SUSPENDED))
		set(s, OWNERSHIP_RAN | OWNERSHIP_COMPLETED | OWNERSHIP_INLINE);
	else if (ownership_running(s) && rules->identity == WSC_IDENTITY_POLLED)
		set(s, OWNERSHIP_INLINE); /* ... as soon as this run is over */
}

static void step_push_failed(const struct ownership_rules *rules, const struct ownership_event *event,
                             struct ownership_step *step, const struct ownership *state)
{
	const struct wsc_event *e = &event->event;
	struct ownership_outcome *out = begin(step, state);
	struct ownership *s = &out->state;

	if (has(s, OWNERSHIP_UNKNOWN))
		return;
	int stale = stale_at(s, e->queue);
	if (s->where == OWNERSHIP_NOWHERE && has(s, OWNERSHIP_CANCELLED) && stale >= 0) {
		drop_stale(s, stale); /* cancelled by another between the two calls: no entry was left */
		return;
	}
	if (s->where != OWNERSHIP_QUEUED || s->place != e->queue) {
		step->report = WSC_VIOLATION_PROTOCOL_VIOLATION;
		return;
	}
	out->unlife = has(s, OWNERSHIP_FRESH);
	out->effect = OWNERSHIP_EFFECT_VOID;
	if (rules->identity == WSC_IDENTITY_RECYCLED)
		put_back(s, e->worker);
	else
		put(s, (enum ownership_place)s->before_where, s->before_place);
	/* What happened to the lives before goes on: a run may have been suspended, or completed, a take stamped. */
	s->flags = (uint16_t)((s->before_flags & ~(unsigned)LATE_TAKES) |
	                      (s->flags & (unsigned)(OWNERSHIP_SUSPENDED | LATE_TAKES)));
	if (s->where == OWNERSHIP_NOWHERE && has(s, OWNERSHIP_RAN) && !ownership_running(s) &&
	    !has(s, OWNERSHIP_SUSPENDED))
		set(s, OWNERSHIP_COMPLETED);
	allow_inline(rules, out);
}

/* Whether the take may have happened before `ts`, a stamp of `worker`, though it is stamped later. */
static bool may_precede(const struct ownership_rules *rules, const struct ownership_event *event, uint64_t ts,
                        uint32_t worker)
{
	if (event->event.worker == worker)
		return event->lower < ts;
	return event->lower <= ts || event->lower - ts <= rules->uncertainty;
}

/* Whether the event may be the take that is owed, of a life that waited in `queue`. */
static bool pays(const struct ownership_rules *rules, const struct ownership_owed *owed, uint32_t queue,
                 const struct ownership_event *event)
{
	return owed->queue == queue && may_precede(rules, event, owed->ts, owed->worker);
}

/* Recycled: whether the take may have emptied the slot in which the latest start then ran inline. */
static bool uses_credit(const struct ownership_rules *rules, const struct ownership *s, uint32_t queue,
                        const struct ownership_event *event)
{
	return has(s, OWNERSHIP_CREDIT) && s->credit_queue == queue &&
	       may_precede(rules, event, s->credit_ts, s->credit_worker);
}

/* Recycled: whether the take may have emptied the slot before an earlier start, which may have been inline, too. */
static bool may_be_of_the_past(const struct ownership_rules *rules, const struct ownership *s,
                               const struct ownership_event *event)
{
	return has(s, OWNERSHIP_PAST_CREDIT) && may_precede(rules, event, s->past_start_ts, s->past_start_worker);
}

static void give_credit(struct ownership *s, const struct wsc_event *e, uint32_t queue)
{
	set(s, has(s, OWNERSHIP_CREDIT) ? OWNERSHIP_CREDIT | OWNERSHIP_PAST_CREDIT : OWNERSHIP_CREDIT);
	s->credit_ts = e->ts;
	s->credit_queue = queue;
	s->credit_worker = e->worker;
}

static void clear_credit(struct ownership *s)
{
	clear(s, OWNERSHIP_CREDIT);
	s->credit_ts = 0;
	s->credit_queue = s->credit_worker = 0;
}

/* Recycled: whether the take may be of a life that was not seen, and that had been taken when the first one was queued. */
static bool may_be_unseen(const struct ownership_rules *rules, const struct ownership *s,
                          const struct ownership_event *event)
{
	return rules->identity == WSC_IDENTITY_RECYCLED && is_vague(rules, s) &&
	       (s->vague_ts == 0 || may_precede(rules, event, s->vague_ts, UINT32_MAX));
}

static void take(const struct ownership_rules *rules, struct ownership *s, uint32_t worker)
{
	put(s, OWNERSHIP_TAKEN, worker);
	if (rules->scope == WSC_SCOPE_DEQUE) {
		/* A bare deque: taken is final. */
		put(s, OWNERSHIP_NOWHERE, 0);
		set(s, OWNERSHIP_RAN | OWNERSHIP_COMPLETED);
	}
}

static void take_in_dispute(const struct ownership_rules *rules, struct ownership_step *step, uint32_t queue,
                            uint32_t worker)
{
	struct ownership_outcome *out = &step->outcomes[0];
	struct ownership *s = &out->state;
	bool never = !has(s, OWNERSHIP_LIFE);
	step->report = never ? WSC_VIOLATION_PROTOCOL_VIOLATION : WSC_VIOLATION_MULTIPLE_OWNERS;
	if (never)
		begin_life(out);
	else if (s->where == OWNERSHIP_QUEUED)
		out->effect = OWNERSHIP_EFFECT_VOID;
	take(rules, s, worker);
	if (s->where == OWNERSHIP_TAKEN)
		set(s, OWNERSHIP_DISPUTED);
	if (never) {
		set(s, OWNERSHIP_AWAITED);
		s->awaited = queue;
	}
}

static void step_take(const struct ownership_rules *rules, const struct ownership_event *event,
                      struct ownership_step *step, const struct ownership *state)
{
	uint32_t queue = event->event.queue, worker = event->event.worker;
	struct ownership_outcome *out = begin(step, state);
	int stale = stale_at(state, queue);
	bool first = true;

	if (has(state, OWNERSHIP_UNKNOWN))
		return;
	for (int i = 0; i < state->owed_count; i++) {
		if (!pays(rules, &state->owed[i], queue, event))
			continue;
		out = also(step, state, &first);
		drop_owed(&out->state, i);
		if (rules->scope == WSC_SCOPE_SCHEDULER)
			hold(&out->state, worker);
		out->effect = OWNERSHIP_EFFECT_OWED;
	}
	if (state->where == OWNERSHIP_QUEUED && state->place == queue) {
		out = also(step, state, &first);
		take(rules, &out->state, worker);
		out->effect = OWNERSHIP_EFFECT_TAKE;
	}
	if (stale >= 0) /* the entry that a cancelled life left behind */
		drop_stale(&also(step, state, &first)->state, stale);
	else if (has(state, OWNERSHIP_CROWDED)) /* ... and for which there was no room */
		also(step, state, &first);
	if (may_be_unseen(rules, state, event)) {
		out = also(step, state, &first);
		hold(&out->state, worker);
		out->effect = OWNERSHIP_EFFECT_OWED;
	}
	if (uses_credit(rules, state, queue, event)) {
		out = also(step, state, &first);
		clear_credit(&out->state);
		hold(&out->state, worker);
		out->effect = OWNERSHIP_EFFECT_OWED;
	}
	if (may_be_of_the_past(rules, state, event)) {
		out = also(step, state, &first);
		hold(&out->state, worker);
		out->effect = OWNERSHIP_EFFECT_OWED;
	}
	if (first && !is_vague(rules, state) && !has(state, OWNERSHIP_CANCELLED))
		take_in_dispute(rules, step, queue, worker);
}

/* A run begins of a life that is not the present one: that stays where it is. */
static void start_aside(struct ownership *s, uint32_t worker)
{
	struct ownership_runner *r = add_runner(s, worker);
	if (r != NULL && r->runs < UINT16_MAX)
		r->runs++;
	if (s->where == OWNERSHIP_NOWHERE) {
		clear(s, OWNERSHIP_COMPLETED | OWNERSHIP_CANCELLED); /* what is suspended still is */
		set(s, OWNERSHIP_RAN);
	}
}

/* Recycled: the slot's last life was taken, by whoever has it in hand or will say so; it is used again for an inline run. */
static bool start_in_taken_slot(const struct ownership_rules *rules, const struct wsc_event *e,
                                struct ownership_outcome *out)
{
	struct ownership *s = &out->state;
	if (s->where == OWNERSHIP_TAKEN)
		hold(s, s->place);
	else if (s->where == OWNERSHIP_QUEUED)
		owe_take(s, e);
	else
		return false;
	begin_life(out);
	set(s, OWNERSHIP_INLINE);
	start_run(rules, s, e->worker);
	return true;
}

/* Recycled: every life that the start may be of. False: none but what any identity allows. */
static bool start_recycled(const struct ownership_rules *rules, const struct ownership_event *event,
                           struct ownership_step *step, const struct ownership *state)
{
	const struct wsc_event *e = &event->event;
	struct ownership held = *state;
	struct ownership_runner *r = runner(&held, e->worker);
	bool waits = state->where == OWNERSHIP_QUEUED && queue_table_may_run(rules->queues, state->place, e->worker);
	bool first = true;

	if (r != NULL && r->held > 0) {
		r->held--;
		held.spent |= bit_of(e->worker);
		start_aside(&held, e->worker);
		also(step, state, &first)->state = held;
	}
	for (int i = 0; i < state->owed_count; i++) {
		uint32_t queue = state->owed[i].queue;
		if (!queue_table_may_run(rules->queues, queue, e->worker) ||
		    !pays(rules, &state->owed[i], queue, event))
			continue;
		struct ownership_outcome *out = also(step, state, &first);
		drop_owed(&out->state, i);
		give_credit(&out->state, e, queue);
		start_aside(&out->state, e->worker);
		out->effect = OWNERSHIP_EFFECT_OWED;
	}
	if (queue_table_may_run(rules->queues, state->credit_queue, e->worker) && state->credit_worker != e->worker &&
	    uses_credit(rules, state, state->credit_queue, event)) {
		struct ownership_outcome *out = also(step, state, &first);
		clear_credit(&out->state);
		start_aside(&out->state, e->worker);
		out->effect = OWNERSHIP_EFFECT_OWED;
	}
	if (waits || (state->where == OWNERSHIP_TAKEN && state->place == e->worker)) {
		struct ownership_outcome *out = also(step, state, &first);
		if (waits) {
			out->effect = OWNERSHIP_EFFECT_TAKE;
			give_credit(&out->state, e, state->place);
		} else {
			out->state.spent |= bit_of(e->worker);
		}
		start_run(rules, &out->state, e->worker);
	}
	held = *state;
	if ((r != NULL && r->maybe > 0) || (state->maybe & bit_of(e->worker)) != 0) {
		if (r != NULL && r->maybe > 0)
			r->maybe--;
		held.spent |= bit_of(e->worker);
		start_aside(&held, e->worker);
		also(step, state, &first)->state = held;
	}
	if (is_vague(rules, state) && state->where != OWNERSHIP_NOWHERE) {
		/* A life that was not seen: the worker may have held it since. */
		struct ownership_outcome *out = also(step, state, &first);
		start_aside(&out->state, e->worker);
		out->effect = OWNERSHIP_EFFECT_OWED;
	}
	if (!first)
		return true;
	if (state->where == OWNERSHIP_QUEUED && (state->spent & bit_of(e->worker)) != 0) {
		step->count = 2;
		step->outcomes[1] = step->outcomes[0];
		start_aside(&step->outcomes[1].state, e->worker);
	}
	return start_in_taken_slot(rules, e, &step->outcomes[0]);
}

static void note_start(struct ownership_step *step, const struct wsc_event *e)
{
	for (int i = 0; i < step->count; i++) {
		struct ownership *s = &step->outcomes[i].state;
		s->past_start_ts = s->start_ts;
		s->past_start_worker = s->start_worker;
		s->start_ts = e->ts;
		s->start_worker = e->worker;
	}
}

/* The report that a start or a resumption by `worker` deserves, or none. */
static int judge_start(const struct ownership_rules *rules, const struct ownership *s, uint32_t worker, bool resumes)
{
	bool recycled = rules->identity == WSC_IDENTITY_RECYCLED;
	/* What ran is over, and this begins something else, or may. */
	bool over = s->where == OWNERSHIP_NOWHERE &&
	            (recycled ? !resumes || has(s, OWNERSHIP_CROWDED)
	                      : has(s, OWNERSHIP_COMPLETED) && has(s, OWNERSHIP_INLINE) && !resumes);

	if (!recycled && ownership_running(s))
		return WSC_VIOLATION_DOUBLE_EXECUTION;
	if (has(s, OWNERSHIP_RAN) && !has(s, OWNERSHIP_SUSPENDED) && !over)
		return WSC_VIOLATION_DOUBLE_EXECUTION;
	if (s->where == OWNERSHIP_QUEUED && !queue_table_may_run(rules->queues, s->place, worker))
		return WSC_VIOLATION_MULTIPLE_OWNERS;
	if (s->where == OWNERSHIP_TAKEN && s->place != worker)
		return WSC_VIOLATION_MULTIPLE_OWNERS;
	if (resumes && !has(s, OWNERSHIP_RAN))
		return is_vague(rules, s) ? REPORT_NONE : WSC_VIOLATION_PROTOCOL_VIOLATION; /* or it ran before */
	if (has(s, OWNERSHIP_CANCELLED) && !has(s, OWNERSHIP_RAN))
		return WSC_VIOLATION_EXEC_AFTER_CANCEL;
	return REPORT_NONE;
}

/*
 * A bare deque: runs are nobody's business there, but a start may be all that is recorded of a take by the owner. Of a slot
 * it may as well be the run of a life that was taken before.
 */
static void start_beside_deque(const struct ownership_rules *rules, const struct ownership_event *event,
                               struct ownership_step *step, const struct ownership *state)
{
	uint32_t worker = event->event.worker;
	struct ownership_outcome *out = begin(step, state);
	bool first = true;

	if (has(state, OWNERSHIP_UNKNOWN))
		return;
	for (int i = 0; i < state->owed_count; i++) {
		uint32_t queue = state->owed[i].queue;
		if (!queue_table_may_run(rules->queues, queue, worker) || !pays(rules, &state->owed[i], queue, event))
			continue;
		out = also(step, state, &first);
		drop_owed(&out->state, i);
		out->effect = OWNERSHIP_EFFECT_OWED;
	}
	if (state->where == OWNERSHIP_QUEUED && queue_table_may_run(rules->queues, state->place, worker)) {
		out = also(step, state, &first);
		take(rules, &out->state, worker);
		out->effect = OWNERSHIP_EFFECT_TAKE;
	}
	if (rules->identity == WSC_IDENTITY_RECYCLED)
		also(step, state, &first);
}

static void step_start(const struct ownership_rules *rules, const struct ownership_event *event,
                       struct ownership_step *step, const struct ownership *state)
{
	uint32_t worker = event->event.worker;
	bool resumes = event->event.kind == WSC_EV_RESUMED;
	struct ownership_outcome *out = begin(step, state);
	struct ownership *s = &out->state;

	if (rules->scope == WSC_SCOPE_DEQUE) {
		start_beside_deque(rules, event, step, state);
		return;
	}
	if (has(s, OWNERSHIP_UNKNOWN) && rules->identity == WSC_IDENTITY_RECYCLED)
		return; /* other lives of the slot may be anywhere */
	if (has(s, OWNERSHIP_UNKNOWN)) {
		*s = (struct ownership){.flags = OWNERSHIP_INLINE | OWNERSHIP_VAGUE};
		start_run(rules, s, worker);
		return;
	}
	if (rules->identity == WSC_IDENTITY_RECYCLED && !resumes && start_recycled(rules, event, step, state)) {
		note_start(step, &event->event);
		return;
	}
	step->report = judge_start(rules, s, worker, resumes);
	if (s->where == OWNERSHIP_QUEUED)
		out->effect = step->report == REPORT_NONE ? OWNERSHIP_EFFECT_TAKE : OWNERSHIP_EFFECT_VOID;
	bool fresh = !has(s, OWNERSHIP_LIFE) || has(s, OWNERSHIP_COMPLETED) ||
	             (rules->identity == WSC_IDENTITY_RECYCLED && !has(s, OWNERSHIP_SUSPENDED | OWNERSHIP_CANCELLED));
	if (s->where == OWNERSHIP_NOWHERE && fresh && step->report == REPORT_NONE) {
		begin_life(out);
		set(s, OWNERSHIP_INLINE);
	}
	start_run(rules, s, worker);
	if (rules->identity == WSC_IDENTITY_RECYCLED)
		note_start(step, &event->event);
}

/*
 * Whether the task may be running where no start was seen. A unique task can't, once anything of it was seen: what is
 * seen next would be illegal. A polled one may while it waits queued, a recycled one at any time.
 */
static bool may_run_unseen(const struct ownership_rules *rules, const struct ownership *s)
{
	if (has(s, OWNERSHIP_CROWDED))
		return true;
	return is_vague(rules, s) && (rules->identity == WSC_IDENTITY_RECYCLED ||
	                              (rules->identity == WSC_IDENTITY_POLLED && !has(s, OWNERSHIP_RAN)));
}

/* Ends the run on `worker`, or on another where it does not run there. Returns the report that this deserves. */
static int end_run(const struct ownership_rules *rules, struct ownership *s, uint32_t worker)
{
	struct ownership_runner *r = runner(s, worker);
	int report = REPORT_NONE;

	if (r == NULL || r->runs == 0) {
		if (may_run_unseen(rules, s))
			return REPORT_NONE;
		for (r = s->runners; r < s->runners + s->runner_count && r->runs == 0;)
			r++;
		if (r == s->runners + s->runner_count)
			return WSC_VIOLATION_PROTOCOL_VIOLATION;
		report = WSC_VIOLATION_MULTIPLE_OWNERS;
	}
	r->runs--;
	drop_idle_runner(s, r);
	return report;
}

static void step_stop(const struct ownership_rules *rules, const struct ownership_event *event,
                      struct ownership_step *step, const struct ownership *state)
{
	bool suspends = event->event.kind == WSC_EV_SUSPENDED, recycled = rules->identity == WSC_IDENTITY_RECYCLED;
	struct ownership_outcome *out = begin(step, state);
	struct ownership *s = &out->state;

	if (rules->scope == WSC_SCOPE_DEQUE) {
		if (!suspends)
			no_longer_awaited(s);
		return;
	}
	if (has(s, OWNERSHIP_UNKNOWN) && rules->identity == WSC_IDENTITY_RECYCLED)
		return;
	if (has(s, OWNERSHIP_UNKNOWN)) {
		*s = (struct ownership){.flags = OWNERSHIP_LIFE | OWNERSHIP_INLINE | OWNERSHIP_RAN | OWNERSHIP_VAGUE};
		set(s, suspends ? OWNERSHIP_SUSPENDED : OWNERSHIP_COMPLETED);
		return;
	}
	step->report = end_run(rules, s, event->event.worker);
	if (step->report == WSC_VIOLATION_PROTOCOL_VIOLATION && !suspends) {
		/* It ran unseen: its stay, or its take, is over. */
		if (s->where == OWNERSHIP_QUEUED)
			out->effect = OWNERSHIP_EFFECT_VOID;
		put(s, OWNERSHIP_NOWHERE, 0);
		set(s, OWNERSHIP_LIFE | OWNERSHIP_RAN);
	}
	no_longer_awaited(s);
	if (ownership_running(s) && !recycled)
		return;
	if (suspends && has(s, OWNERSHIP_SUSPENDED))
		set(s, OWNERSHIP_CROWDED); /* two lives of a slot: which goes on next can't be told */
	if (suspends)                      /* queued meanwhile (polled): still queued, and the same life */
		set(s, OWNERSHIP_LIFE | OWNERSHIP_RAN | OWNERSHIP_SUSPENDED);
	else if (!ownership_running(s) && !(recycled && has(s, OWNERSHIP_SUSPENDED)) &&
	         (s->where == OWNERSHIP_NOWHERE || (has(s, OWNERSHIP_DISPUTED) && has(s, OWNERSHIP_RAN))))
		set(s, OWNERSHIP_RAN | OWNERSHIP_COMPLETED);
}

static void step_cancelled(const struct ownership_rules *rules, struct ownership_step *step,
                           const struct ownership *state)
{
	struct ownership_outcome *out = begin(step, state);
	struct ownership *s = &out->state;

	if (s->where != OWNERSHIP_NOWHERE && (ownership_running(s) || may_run_unseen(rules, s))) {
		/* Of the run and the wake-up that waits, it may be either that is cancelled. */
		step->outcomes[1] = *out;
		step->count = 2;
	}
	if (s->where == OWNERSHIP_QUEUED) {
		add_stale(s, s->place);
		out->effect = OWNERSHIP_EFFECT_VOID;
	}
	out->new_life = !has(s, OWNERSHIP_LIFE);
	put(s, OWNERSHIP_NOWHERE, 0);
	set(s, OWNERSHIP_LIFE);
	if (!ownership_running(s))
		set(s, OWNERSHIP_CANCELLED);
	else if (has(s, OWNERSHIP_FRESH)) /* the life that waited is over; what runs is the one before it */
		set(s, OWNERSHIP_RAN);
}

enum {
	/* With these alone, a task waits or runs in the first part of a plain life. */
	PLAIN_WAITING = OWNERSHIP_LIFE | OWNERSHIP_FRESH | OWNERSHIP_PINNED,
	PLAIN_RUNNING = OWNERSHIP_LIFE | OWNERSHIP_FRESH | OWNERSHIP_RAN | OWNERSHIP_INLINE,
	PLAIN_OVER = PLAIN_RUNNING | OWNERSHIP_COMPLETED
};

static bool plain_queued(struct ownership *s, const struct wsc_event *e)
{
	if (s->where != OWNERSHIP_NOWHERE || s->runner_count != 0 || s->stale_count != 0 ||
	    (s->flags != 0 && ((s->flags & ~(unsigned)PLAIN_OVER) != 0 || !has(s, OWNERSHIP_COMPLETED))))
		return false;
	s->before_flags = s->flags;
	s->where = OWNERSHIP_QUEUED;
	s->place = e->queue;
	s->flags = OWNERSHIP_LIFE | OWNERSHIP_FRESH;
	if ((e->flags & WSC_FLAG_PINNED) != 0)
		s->flags |= OWNERSHIP_PINNED;
	return true;
}

/* What was before the last `queued` matters only while a push_failed may still take that back. */
static void forget_before(struct ownership *s)
{
	if (s->where == OWNERSHIP_QUEUED)
		return;
	s->before_flags = 0;
	s->before_where = 0;
	s->before_place = 0;
}

static bool plain_start(const struct ownership_rules *rules, struct ownership *s, uint32_t worker)
{
	bool mine = s->where == OWNERSHIP_TAKEN
	                ? s->place == worker
	                : s->where == OWNERSHIP_QUEUED && queue_table_may_run(rules->queues, s->place, worker);
	if (!mine || s->runner_count != 0 || (s->flags & ~(unsigned)PLAIN_WAITING) != 0)
		return false;
	s->flags = (uint16_t)((s->flags & (unsigned)(OWNERSHIP_LIFE | OWNERSHIP_FRESH)) | OWNERSHIP_RAN);
	s->where = OWNERSHIP_NOWHERE;
	s->place = 0;
	forget_before(s);
	s->runners[0] = (struct ownership_runner){.worker = worker, .runs = 1};
	s->runner_count = 1;
	return true;
}

static bool plain_complete(struct ownership *s, uint32_t worker)
{
	if (s->where != OWNERSHIP_NOWHERE || s->runner_count != 1 || s->runners[0].worker != worker ||
	    s->runners[0].runs != 1 || s->runners[0].held != 0 || (s->flags & ~(unsigned)PLAIN_RUNNING) != 0)
		return false;
	s->runners[0] = (struct ownership_runner){0};
	s->runner_count = 0;
	s->flags |= OWNERSHIP_COMPLETED;
	return true;
}

bool ownership_step_plain(const struct ownership_rules *rules, struct ownership *state, const struct wsc_event *event)
{
	if (rules->vague || rules->identity == WSC_IDENTITY_RECYCLED)
		return false;
	switch (event->kind) {
	case WSC_EV_QUEUED:
		return plain_queued(state, event);
	case WSC_EV_EXEC_START:
		return rules->scope == WSC_SCOPE_SCHEDULER && plain_start(rules, state, event->worker);
	case WSC_EV_EXEC_COMPLETE:
		return plain_complete(state, event->worker);
	default:
		return false;
	}
}

static void step_by_kind(const struct ownership_rules *rules, const struct ownership *state,
                         const struct ownership_event *event, struct ownership_step *step)
{
	switch ((enum wsc_event_kind)event->event.kind) {
	case WSC_EV_QUEUED:
		step_queued(rules, event, step, state);
		break;
	case WSC_EV_PUSH_FAILED:
		step_push_failed(rules, event, step, state);
		break;
	case WSC_EV_DEQUEUED:
	case WSC_EV_STEAL_SUCCESS:
		step_take(rules, event, step, state);
		break;
	case WSC_EV_EXEC_START:
	case WSC_EV_RESUMED:
		step_start(rules, event, step, state);
		break;
	case WSC_EV_EXEC_COMPLETE:
	case WSC_EV_SUSPENDED:
		step_stop(rules, event, step, state);
		break;
	case WSC_EV_CANCELLED:
		step_cancelled(rules, step, state);
		break;
	default:
		begin(step, state);
		break;
	}
}

static bool is_crowded(const struct ownership_step *step)
{
	for (int i = 0; i < step->count; i++) {
		if (has(&step->outcomes[i].state, OWNERSHIP_CROWDED))
			return true;
	}
	return false;
}

void ownership_step(const struct ownership_rules *rules, const struct ownership *state,
                    const struct ownership_event *event, struct ownership_step *step)
{
	struct ownership window, forgotten;

	if (!rules->complete && (state->flags & OWNERSHIP_LIFE) == 0) {
		/* A window knows no past: an unseen handle may have been anything. */
		window = *state;
		window.flags = OWNERSHIP_LIFE | OWNERSHIP_UNKNOWN;
		state = &window;
	}
	step_by_kind(rules, state, event, step);
	if (rules->identity == WSC_IDENTITY_RECYCLED && step->report == REPORT_NONE && is_crowded(step)) {
		ownership_forget(&forgotten);
		step_by_kind(rules, &forgotten, event, step);
		step->outcomes[0].forgot = true;
	}
	step->outcomes[0].new_life |= state == &window;
	for (int i = 0; i < step->count; i++)
		forget_before(&step->outcomes[i].state);
}

/* Whether somebody certainly took a life and has not started it. */
static bool holds_any(const struct ownership *s)
{
	for (unsigned i = 0; i < s->runner_count; i++) {
		if (s->runners[i].held > 0)
			return true;
	}
	return false;
}

int ownership_end(const struct ownership_rules *rules, const struct ownership *s)
{
	if (has(s, OWNERSHIP_UNKNOWN))
		return REPORT_NONE;
	if (has(s, OWNERSHIP_OWED))
		return WSC_VIOLATION_MULTIPLE_OWNERS;
	if (ownership_running(s) ||
	    (s->where == OWNERSHIP_NOWHERE && has(s, OWNERSHIP_SUSPENDED) && !has(s, OWNERSHIP_CANCELLED)))
		return WSC_VIOLATION_UNFINISHED_EXECUTION;
	if (has(s, OWNERSHIP_DISPUTED))
		return REPORT_NONE;
	if (s->where == OWNERSHIP_QUEUED ||
	    (rules->scope == WSC_SCOPE_SCHEDULER && (s->where == OWNERSHIP_TAKEN || holds_any(s))))
		return WSC_VIOLATION_LOST_WORK;
	return REPORT_NONE;
}
