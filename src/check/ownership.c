/* SPDX-License-Identifier: MIT */
#include "ownership_state.h"

#include <string.h>

struct ownership_runner *ownership_runner(struct ownership *s, uint32_t worker)
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

void ownership_drop_idle_runner(struct ownership *s, struct ownership_runner *r)
{
	if (r->runs == 0 && r->held == 0 && r->maybe == 0 && r->stale == 0)
		drop_runner(s, r);
}

uint32_t ownership_bit_of(uint32_t worker)
{
	return UINT32_C(1) << (worker * UINT32_C(0x9e3779b1) >> 27);
}

/*
 * Recycled: makes room by remembering less exactly what a worker may hold that does not run: best one that need not hold
 * anything.
 */
static bool blur_one_runner(struct ownership *s)
{
	struct ownership_runner *chosen = NULL;
	for (struct ownership_runner *r = s->runners; r < s->runners + s->runner_count; r++) {
		if (r->runs == 0 && (chosen == NULL || (chosen->held > 0 && r->held == 0)))
			chosen = r;
	}
	if (chosen == NULL)
		return false;
	s->maybe |= ownership_bit_of(chosen->worker);
	if (chosen->held > 0)
		set(s, OWNERSHIP_BLURRED);
	drop_runner(s, chosen);
	return true;
}

struct ownership_runner *ownership_add_runner(struct ownership *s, uint32_t worker)
{
	struct ownership_runner *r = ownership_runner(s, worker);
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

static void start_run(struct ownership *s, uint32_t worker)
{
	struct ownership_runner *r = ownership_add_runner(s, worker);
	if (r != NULL)
		r->runs = 1;
	put(s, OWNERSHIP_NOWHERE, 0);
	clear(s, OWNERSHIP_SUSPENDED | OWNERSHIP_CANCELLED | OWNERSHIP_COMPLETED | OWNERSHIP_UNSEEN);
	set(s, OWNERSHIP_LIFE | OWNERSHIP_RAN);
}

bool ownership_may_be_retaken(const struct ownership *s, uint32_t worker)
{
	return s->where == OWNERSHIP_TAKEN && has(s, OWNERSHIP_RETAKEN) &&
	       (has(s, OWNERSHIP_AWAITED) || s->awaited == 0 || s->awaited == worker + 1);
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

/* Whether somebody certainly took a life and has not started it. */
static bool holds_any(const struct ownership *s)
{
	for (unsigned i = 0; i < s->runner_count; i++) {
		if (s->runners[i].held > 0)
			return true;
	}
	return false;
}

bool ownership_is_open(const struct ownership *s)
{
	return s->where != OWNERSHIP_NOWHERE || ownership_running(s) || holds_any(s) || s->owed_count > 0 ||
	       (has(s, OWNERSHIP_SUSPENDED) && !has(s, OWNERSHIP_CANCELLED));
}

static bool is_among(const struct ownership_owed *list, int count, const struct ownership_owed *owed)
{
	for (int i = 0; i < count; i++) {
		if (memcmp(&list[i], owed, sizeof(*owed)) == 0)
			return true;
	}
	return false;
}

bool ownership_owes(const struct ownership *s, const struct ownership_owed *owed)
{
	return is_among(s->owed, s->owed_count, owed);
}

/* What one owes and the other does not, the latest; NULL: nothing. */
static const struct ownership_owed *owed_beyond(const struct ownership *s, const struct ownership *other)
{
	for (int i = s->owed_count - 1; i >= 0; i--) {
		if (!ownership_owes(other, &s->owed[i]))
			return &s->owed[i];
	}
	return NULL;
}

/* A credit of the one that the other has not; NULL: none. */
static const struct ownership_owed *credit_beyond(const struct ownership *s, const struct ownership *other)
{
	for (int i = 0; i < s->credit_count; i++) {
		if (!is_among(other->credits, other->credit_count, &s->credits[i]))
			return &s->credits[i];
	}
	return NULL;
}

struct ownership_fates ownership_fates(const struct ownership *before, enum wsc_event_kind kind,
                                       const struct ownership_outcome *out)
{
	static const enum ownership_fate fates[] = {[OWNERSHIP_EFFECT_NONE] = OWNERSHIP_STAY_LASTS,
	                                            [OWNERSHIP_EFFECT_PUSH] = OWNERSHIP_STAY_VOID,
	                                            [OWNERSHIP_EFFECT_TAKE] = OWNERSHIP_STAY_TAKEN,
	                                            [OWNERSHIP_EFFECT_VOID] = OWNERSHIP_STAY_VOID,
	                                            [OWNERSHIP_EFFECT_OWED] = OWNERSHIP_STAY_UNCLEAR};
	struct ownership_fates result = {.present = fates[out->effect]};
	const struct ownership_owed *more = owed_beyond(&out->state, before), *less = owed_beyond(before, &out->state),
	                            *credit = credit_beyond(&out->state, before);
	if (credit == NULL)
		credit = credit_beyond(before, &out->state);
	if (credit != NULL)
		result.credit = *credit;
	if (more != NULL) {
		result.present = OWNERSHIP_STAY_OWED;
		result.owed = *more;
	} else if (less != NULL && out->effect == OWNERSHIP_EFFECT_OWED) {
		result.present = OWNERSHIP_STAY_LASTS;
		result.takes_owed = true;
		result.owed = *less;
	} else if (less != NULL && kind == WSC_EV_PUSH_FAILED && out->state.where == OWNERSHIP_QUEUED) {
		result.restores = true;
		result.owed = *less;
	}
	return result;
}

void ownership_forget(struct ownership *s)
{
	bool may_leave_entry =
	    has(s, OWNERSHIP_CANCELLED) || s->stale_count > 0 || s->vague_ts == OWNERSHIP_VAGUE_ALWAYS;
	*s = (struct ownership){.flags = OWNERSHIP_LIFE | OWNERSHIP_UNKNOWN};
	if (may_leave_entry)
		set(s, OWNERSHIP_CANCELLED);
}

int ownership_stale_at(const struct ownership *s, uint32_t queue)
{
	for (int i = 0; i < s->stale_count; i++) {
		if (s->stale[i].queue == queue)
			return i;
	}
	return -1;
}

void ownership_add_stale(struct ownership *s, uint32_t queue)
{
	int at = ownership_stale_at(s, queue);
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

void ownership_drop_stale(struct ownership *s, int at)
{
	if (--s->stale[at].count > 0)
		return;
	s->stale_count--;
	for (int i = at; i < s->stale_count; i++)
		s->stale[i] = s->stale[i + 1];
	s->stale[s->stale_count] = (struct ownership_stale){0};
}

struct ownership_outcome *ownership_begin(struct ownership_step *step, const struct ownership *state)
{
	step->report = REPORT_NONE;
	step->count = 1;
	step->outcomes[0] = (struct ownership_outcome){.state = *state, .effect = OWNERSHIP_EFFECT_NONE};
	return &step->outcomes[0];
}

struct ownership_rules ownership_rules_of(const struct trace_header *header, uint64_t uncertainty,
                                          const struct queue_table *queues)
{
	return (struct ownership_rules){.identity = header->identity,
	                                .scope = header->scope,
	                                .complete = header->complete,
	                                .vague = !header->complete,
	                                .cancels_unseen = (header->absent >> WSC_EV_CANCELLED & 1U) != 0,
	                                .uncertainty = uncertainty,
	                                .queues = queues};
}

struct ownership_outcome *ownership_also(struct ownership_step *step, const struct ownership *state, bool *first)
{
	if (*first) {
		*first = false;
		return &step->outcomes[0];
	}
	struct ownership_outcome *out = &step->outcomes[step->count++];
	*out = (struct ownership_outcome){.state = *state, .effect = OWNERSHIP_EFFECT_NONE};
	return out;
}

/* Whether what is cancelled in a worker's hand is of interest: it will tell of the drop. */
static bool tells_of_drops(const struct ownership_rules *rules)
{
	return rules->scope == WSC_SCOPE_SCHEDULER && !rules->cancels_unseen;
}

void ownership_hold_stale(const struct ownership_rules *rules, struct ownership *s, uint32_t worker)
{
	if (!tells_of_drops(rules))
		return;
	struct ownership_runner *r = ownership_add_runner(s, worker);
	if (r != NULL)
		add_count(&r->stale);
}

void ownership_take_stale(const struct ownership_rules *rules, struct ownership *s, int at, uint32_t worker)
{
	ownership_drop_stale(s, at);
	ownership_hold_stale(rules, s, worker);
}

static bool drop_held(struct ownership *s, uint32_t worker)
{
	struct ownership_runner *r = ownership_runner(s, worker);
	if (r == NULL || r->stale == 0)
		return false;
	r->stale = (uint16_t)(r->stale - (r->stale < UINT16_MAX));
	ownership_drop_idle_runner(s, r);
	return true;
}

bool ownership_may_drop_held(struct ownership *s, uint32_t worker)
{
	if (drop_held(s, worker))
		return true;
	if ((s->maybe & ownership_bit_of(worker)) == 0)
		return false;
	set(s, OWNERSHIP_BLURRED); /* there was no room to count what it holds */
	return true;
}

/* The life that waits is over. Its entry stays in the queue, or in the hand of who took it, or could not push it. */
static void cancel(const struct ownership_rules *rules, struct ownership *s)
{
	if (s->where == OWNERSHIP_QUEUED)
		ownership_add_stale(s, s->place);
	else if (s->where == OWNERSHIP_TAKEN || has(s, OWNERSHIP_REFUSED))
		ownership_hold_stale(rules, s, s->place);
	put(s, OWNERSHIP_NOWHERE, 0);
	set(s, OWNERSHIP_LIFE);
	if (!ownership_running(s))
		set(s, OWNERSHIP_CANCELLED);
	else /* what runs is the life before it */
		set(s, OWNERSHIP_RAN);
}

/* Whether the worker may queue the task only if the life that waits was cancelled before. */
static bool must_be_cancelled(const struct ownership *s, uint32_t worker)
{
	if (s->where == OWNERSHIP_TAKEN)
		return s->place != worker && !has(s, OWNERSHIP_COMPLETED);
	return s->where == OWNERSHIP_QUEUED;
}

static void step_queued(const struct ownership_rules *rules, const struct ownership_event *event,
                        struct ownership_step *step, const struct ownership *state)
{
	const struct wsc_event *e = &event->event;
	struct ownership_outcome *out = ownership_begin(step, state);
	struct ownership *s = &out->state;
	bool same_life = false, unknown = has(s, OWNERSHIP_UNKNOWN);
	/* A run that was suspended, perhaps unseen, may go on though it, or its wake-up, was cancelled. */
	bool may_go_on = has(s, OWNERSHIP_SUSPENDED) || (has(s, OWNERSHIP_UNSEEN) && has(s, OWNERSHIP_CANCELLED));

	if (has(s, OWNERSHIP_AWAITED) && e->queue == s->awaited) {
		found_missing(s, e->queue);
		return;
	}
	if (rules->cancels_unseen && must_be_cancelled(s, e->worker))
		cancel(rules, s);
	s->before_flags = s->flags;
	s->before_where = s->where;
	s->before_place = s->place;
	if (unknown) {
		*s = (struct ownership){.flags = OWNERSHIP_VAGUE, .before_flags = OWNERSHIP_LIFE | OWNERSHIP_UNKNOWN};
	} else if (s->where == OWNERSHIP_QUEUED) {
		step->report = WSC_VIOLATION_MULTIPLE_OWNERS;
		same_life = true;
	} else if (ownership_running(s) && rules->identity == WSC_IDENTITY_UNIQUE) {
		step->report = WSC_VIOLATION_MULTIPLE_OWNERS;
	} else if (s->where == OWNERSHIP_TAKEN) {
		same_life = !has(s, OWNERSHIP_COMPLETED);
		if (s->place != e->worker && same_life)
			step->report = WSC_VIOLATION_MULTIPLE_OWNERS;
	} else {
		same_life = has(s, OWNERSHIP_SUSPENDED) && !has(s, OWNERSHIP_CANCELLED);
	}
	if (!same_life)
		begin_life(out);
	if (unknown || (!same_life && may_go_on))
		set(s, OWNERSHIP_UNSEEN);
	put(s, OWNERSHIP_QUEUED, e->queue);
	s->pusher = (uint64_t)e->worker + 1;
	clear(s, OWNERSHIP_FRESH);
	if (out->new_life)
		set(s, OWNERSHIP_FRESH);
	if ((e->flags & WSC_FLAG_PINNED) != 0)
		set(s, OWNERSHIP_PINNED);
	out->effect = OWNERSHIP_EFFECT_PUSH;
}

/* The life that could not be queued may run inline instead. */
static void allow_inline(const struct ownership_rules *rules, struct ownership_outcome *out)
{
	struct ownership *s = &out->state;
	if (!out->unlife && rules->cancels_unseen)
		set(s, OWNERSHIP_INLINE); /* that seemed to be the life before it, which may have been cancelled */
	if (!out->unlife || s->where != OWNERSHIP_NOWHERE)
		return;
	if (has(s, OWNERSHIP_CANCELLED) || (has(s, OWNERSHIP_COMPLETED) && !has(s, OWNERSHIP_SUSPENDED)))
		set(s, OWNERSHIP_RAN | OWNERSHIP_COMPLETED | OWNERSHIP_INLINE);
	else if (ownership_running(s))
		set(s, OWNERSHIP_INLINE); /* ... as soon as this run is over */
}

/* What could not be queued is in the worker's hand until somebody queues or starts it: until then it is his to drop. */
static void refuse(const struct ownership_rules *rules, struct ownership *s, uint32_t worker)
{
	if (s->where != OWNERSHIP_NOWHERE || has(s, OWNERSHIP_UNKNOWN) || !tells_of_drops(rules))
		return;
	set(s, OWNERSHIP_REFUSED);
	s->place = worker;
}

/* A push that failed and was not the last thing seen of the task. */
static void refuse_wrong_push(const struct ownership_rules *rules, struct ownership_step *step,
                              const struct wsc_event *e)
{
	struct ownership_outcome *out = &step->outcomes[0];
	struct ownership *s = &out->state;
	int stale = ownership_stale_at(s, e->queue);

	if (stale >= 0) {
		/* Cancelled by another between the two calls: no entry was left, it is still in his hand. */
		ownership_take_stale(rules, s, stale, e->worker);
	} else if (!is_vague(rules, s)) {
		if (!has(s, OWNERSHIP_CROWDED) && !rules->cancels_unseen)
			step->report = WSC_VIOLATION_PROTOCOL_VIOLATION;
	} else if (s->where == OWNERSHIP_TAKEN && !ownership_running(s)) {
		ownership_forget(s); /* the entry that was taken was another one, which was not seen */
	} else if (s->where == OWNERSHIP_TAKEN) {
		put(s, OWNERSHIP_NOWHERE, 0);
		set(s, OWNERSHIP_RAN);
	}
}

/* Whether what waits may be what the worker could not push; not what another pushed after its own was cancelled. */
static bool may_have_failed(const struct ownership *s, const struct wsc_event *e)
{
	const bool is_others = s->pusher != 0 && s->pusher != (uint64_t)e->worker + 1;
	return s->where == OWNERSHIP_QUEUED && s->place == e->queue &&
	       (!is_others || ownership_stale_at(s, e->queue) < 0);
}

static void step_push_failed(const struct ownership_rules *rules, const struct ownership_event *event,
                             struct ownership_step *step, const struct ownership *state)
{
	const struct wsc_event *e = &event->event;
	struct ownership_outcome *out = ownership_begin(step, state);
	struct ownership *s = &out->state;

	if (has(s, OWNERSHIP_UNKNOWN) || await_again(s, e->queue))
		return;
	if (!may_have_failed(s, e)) {
		refuse_wrong_push(rules, step, e);
		return;
	}
	out->unlife = has(s, OWNERSHIP_FRESH);
	out->effect = OWNERSHIP_EFFECT_VOID;
	put(s, (enum ownership_place)s->before_where, s->before_place);
	s->pusher = 0;
	/* What happened to the life before goes on: its run may have been suspended, or completed. */
	unsigned flags = s->before_flags;
	if (has(s, OWNERSHIP_SUSPENDED) && (flags & OWNERSHIP_SUSPENDED) == 0)
		flags = (flags & ~(unsigned)OWNERSHIP_CANCELLED) | OWNERSHIP_SUSPENDED | OWNERSHIP_RAN;
	if (!has(s, OWNERSHIP_UNSEEN)) /* the unseen run ended meanwhile */
		flags &= ~(unsigned)OWNERSHIP_UNSEEN;
	s->flags = (uint16_t)flags;
	drop_before(s);
	if (s->where == OWNERSHIP_NOWHERE && has(s, OWNERSHIP_RAN) && !ownership_running(s) &&
	    !has(s, OWNERSHIP_SUSPENDED))
		set(s, OWNERSHIP_COMPLETED);
	allow_inline(rules, out);
	refuse(rules, s, e->worker);
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

/*
 * Of a task that may have had lives that were not seen, nothing but the entry that a cancelled one left explains the take. So
 * it changes nothing; whether there may be such entries, and it is no error, the caller knows (apply.c).
 */
static void take_unexplained(struct ownership_step *step, const struct ownership *state, uint32_t worker)
{
	struct ownership *s = &step->outcomes[0].state;
	if (state->where == OWNERSHIP_TAKEN) {
		if (!has(s, OWNERSHIP_AWAITED))
			s->awaited = ownership_may_be_retaken(s, worker) || !has(s, OWNERSHIP_RETAKEN) ? worker + 1 : 0;
		set(s, OWNERSHIP_RETAKEN);
	}
	if (has(state, OWNERSHIP_LIFE) && !has(state, OWNERSHIP_INLINE))
		step->report = WSC_VIOLATION_MULTIPLE_OWNERS;
}

static void step_take(const struct ownership_rules *rules, const struct ownership_event *event,
                      struct ownership_step *step, const struct ownership *state)
{
	uint32_t queue = event->event.queue, worker = event->event.worker;
	struct ownership_outcome *out = ownership_begin(step, state);
	int stale = ownership_stale_at(state, queue);
	bool first = true;

	if (has(state, OWNERSHIP_UNKNOWN))
		return;
	if (state->where == OWNERSHIP_QUEUED && state->place == queue) {
		out = ownership_also(step, state, &first);
		take(rules, &out->state, worker);
		clear(&out->state, OWNERSHIP_INLINE);
		out->effect = OWNERSHIP_EFFECT_TAKE;
	}
	if (stale >= 0) {
		ownership_take_stale(rules, &ownership_also(step, state, &first)->state, stale, worker);
	} else if (has(state, OWNERSHIP_CROWDED)) { /* ... for which there was no room */
		ownership_also(step, state, &first);
	}
	if (!first || has(state, OWNERSHIP_CANCELLED))
		return;
	if (!is_vague(rules, state))
		take_in_dispute(rules, step, queue, worker);
	else
		take_unexplained(step, state, worker);
}

/* The report that a start or a resumption by `worker` deserves, or none. */
static int judge_start(const struct ownership_rules *rules, const struct ownership *s, uint32_t worker, bool resumes)
{
	/* What ran is over, and this begins something else. */
	bool over =
	    s->where == OWNERSHIP_NOWHERE && has(s, OWNERSHIP_COMPLETED) && has(s, OWNERSHIP_INLINE) && !resumes;

	if (ownership_running(s))
		return WSC_VIOLATION_DOUBLE_EXECUTION;
	if (has(s, OWNERSHIP_RAN) && !has(s, OWNERSHIP_SUSPENDED | OWNERSHIP_UNSEEN) && !over)
		return WSC_VIOLATION_DOUBLE_EXECUTION;
	if (resumes && !has(s, OWNERSHIP_RAN | OWNERSHIP_UNSEEN))
		return WSC_VIOLATION_PROTOCOL_VIOLATION;
	if (s->where == OWNERSHIP_QUEUED && !queue_table_may_run(rules->queues, s->place, worker))
		return WSC_VIOLATION_MULTIPLE_OWNERS;
	if (s->where == OWNERSHIP_TAKEN && s->place != worker)
		return WSC_VIOLATION_MULTIPLE_OWNERS;
	if (!has(s, OWNERSHIP_RAN | OWNERSHIP_UNSEEN) && has(s, OWNERSHIP_CANCELLED))
		return WSC_VIOLATION_EXEC_AFTER_CANCEL;
	return REPORT_NONE;
}

/* A bare deque: runs are nobody's business there, but a start may be all that is recorded of a take by the owner. */
static void start_beside_deque(const struct ownership_rules *rules, struct ownership_outcome *out, uint32_t worker)
{
	struct ownership *s = &out->state;
	if (s->where != OWNERSHIP_QUEUED || !queue_table_may_run(rules->queues, s->place, worker))
		return;
	take(rules, s, worker);
	out->effect = OWNERSHIP_EFFECT_TAKE;
}

static void step_start(const struct ownership_rules *rules, const struct ownership_event *event,
                       struct ownership_step *step, const struct ownership *state)
{
	uint32_t worker = event->event.worker;
	struct ownership_outcome *out = ownership_begin(step, state);
	struct ownership *s = &out->state;

	if (rules->scope == WSC_SCOPE_DEQUE) {
		start_beside_deque(rules, out, worker);
		return;
	}
	if (has(s, OWNERSHIP_UNKNOWN)) {
		*s = (struct ownership){.flags = OWNERSHIP_INLINE | OWNERSHIP_VAGUE};
		start_run(s, worker);
		return;
	}
	step->report = judge_start(rules, s, worker, event->event.kind == WSC_EV_RESUMED);
	if (s->where == OWNERSHIP_QUEUED) {
		out->effect = step->report == REPORT_NONE ? OWNERSHIP_EFFECT_TAKE : OWNERSHIP_EFFECT_VOID;
		clear(s, OWNERSHIP_INLINE);
	}
	bool fresh = !has(s, OWNERSHIP_LIFE) || has(s, OWNERSHIP_COMPLETED);
	if (s->where == OWNERSHIP_NOWHERE && fresh && step->report == REPORT_NONE) {
		begin_life(out);
		set(s, OWNERSHIP_INLINE);
	} else if (s->where == OWNERSHIP_NOWHERE && has(s, OWNERSHIP_UNSEEN)) {
		set(s, OWNERSHIP_INLINE); /* the run that was suspended, unseen, and goes on may have begun inline */
	}
	start_run(s, worker);
}

/*
 * Whether the task may be running where no start was seen. A unique task can't, once anything of it was seen: what is
 * seen next would be illegal. A polled one may while it waits queued, until one run was seen; a recycled one at any time.
 */
bool ownership_may_run_unseen(const struct ownership_rules *rules, const struct ownership *s)
{
	if (has(s, OWNERSHIP_CROWDED))
		return true;
	return is_vague(rules, s) && (rules->identity == WSC_IDENTITY_RECYCLED ||
	                              (rules->identity == WSC_IDENTITY_POLLED && has(s, OWNERSHIP_UNSEEN)));
}

/* Ends the run on `worker`, or on another where it does not run there. Returns the report that this deserves. */
int ownership_end_run(const struct ownership_rules *rules, struct ownership *s, uint32_t worker)
{
	struct ownership_runner *r = ownership_runner(s, worker);
	int report = REPORT_NONE;

	if (r == NULL || r->runs == 0) {
		if (ownership_may_run_unseen(rules, s)) {
			clear(s, OWNERSHIP_UNSEEN);
			return REPORT_NONE;
		}
		for (r = s->runners; r < s->runners + s->runner_count && r->runs == 0;)
			r++;
		if (r == s->runners + s->runner_count)
			return WSC_VIOLATION_PROTOCOL_VIOLATION;
		report = WSC_VIOLATION_MULTIPLE_OWNERS;
	}
	r->runs--;
	ownership_drop_idle_runner(s, r);
	return report;
}

static void step_stop(const struct ownership_rules *rules, const struct ownership_event *event,
                      struct ownership_step *step, const struct ownership *state)
{
	bool suspends = event->event.kind == WSC_EV_SUSPENDED;
	struct ownership_outcome *out = ownership_begin(step, state);
	struct ownership *s = &out->state;

	if (rules->scope == WSC_SCOPE_DEQUE) {
		if (!suspends)
			no_longer_awaited(s);
		return;
	}
	if (has(s, OWNERSHIP_UNKNOWN)) {
		*s = (struct ownership){.flags = OWNERSHIP_LIFE | OWNERSHIP_INLINE | OWNERSHIP_RAN | OWNERSHIP_VAGUE};
		set(s, suspends ? OWNERSHIP_SUSPENDED : OWNERSHIP_COMPLETED);
		return;
	}
	step->report = ownership_end_run(rules, s, event->event.worker);
	if (step->report == WSC_VIOLATION_PROTOCOL_VIOLATION) {
		/* It ran unseen: its stay, or its take, is over. */
		if (s->where == OWNERSHIP_QUEUED)
			out->effect = OWNERSHIP_EFFECT_VOID;
		put(s, OWNERSHIP_NOWHERE, 0);
		clear(s, OWNERSHIP_UNSEEN | OWNERSHIP_SUSPENDED | OWNERSHIP_COMPLETED);
		set(s, OWNERSHIP_LIFE | OWNERSHIP_RAN);
	}
	if (!suspends)
		no_longer_awaited(s);
	if (ownership_running(s))
		return;
	if (suspends) { /* queued meanwhile (polled): still queued, and the same life */
		clear(s, OWNERSHIP_CANCELLED);
		set(s, OWNERSHIP_LIFE | OWNERSHIP_RAN | OWNERSHIP_SUSPENDED);
	} else if (s->where == OWNERSHIP_NOWHERE || (has(s, OWNERSHIP_DISPUTED) && has(s, OWNERSHIP_RAN)))
		set(s, OWNERSHIP_RAN | OWNERSHIP_COMPLETED);
}

static void step_cancelled(const struct ownership_rules *rules, const struct ownership_event *event,
                           struct ownership_step *step, const struct ownership *state)
{
	const uint32_t worker = event->event.worker;
	struct ownership_outcome *out = ownership_begin(step, state);
	struct ownership *s = &out->state;

	if (s->where != OWNERSHIP_NOWHERE && (ownership_running(s) || ownership_may_run_unseen(rules, s))) {
		/* Of the run and the wake-up that waits, it may be either that is cancelled. */
		step->outcomes[1] = *out;
		step->count = 2;
	}
	if (s->where == OWNERSHIP_QUEUED)
		out->effect = OWNERSHIP_EFFECT_VOID;
	out->new_life = !has(s, OWNERSHIP_LIFE);
	cancel(rules, s);
	if (has(state, OWNERSHIP_CANCELLED)) {
		if (!has(state, OWNERSHIP_REFUSED))
			drop_held(s, worker);
		return;
	}
	/* Or the entry of an earlier life is dropped: one whose take was recorded, or one that was taken now. */
	struct ownership dropped = *state;
	bool first = false;
	if (ownership_may_drop_held(&dropped, worker))
		ownership_also(step, &dropped, &first);
	for (int i = 0; i < state->stale_count; i++)
		ownership_drop_stale(&ownership_also(step, state, &first)->state, i);
}

enum {
	/* With these alone, a task waits or runs in the first part of a plain life. VAGUE makes no difference to what is legal. */
	PLAIN_WAITING = OWNERSHIP_LIFE | OWNERSHIP_FRESH | OWNERSHIP_PINNED | OWNERSHIP_VAGUE | OWNERSHIP_UNSEEN,
	PLAIN_RUNNING = OWNERSHIP_LIFE | OWNERSHIP_FRESH | OWNERSHIP_RAN | OWNERSHIP_INLINE | OWNERSHIP_VAGUE,
	PLAIN_OVER = PLAIN_RUNNING | OWNERSHIP_COMPLETED
};

static bool plain_queued(const struct ownership_rules *rules, struct ownership *s, const struct wsc_event *e)
{
	const uint16_t before = s->flags;
	if (before == (OWNERSHIP_LIFE | OWNERSHIP_UNKNOWN)) /* for the first time since evidence is missing */
		*s = (struct ownership){.flags = OWNERSHIP_VAGUE | OWNERSHIP_UNSEEN};
	else if (before == 0 && !rules->complete)
		return false;
	else if (s->where != OWNERSHIP_NOWHERE || s->runner_count != 0 || s->stale_count != 0 ||
	         (before != 0 && ((before & ~(unsigned)PLAIN_OVER) != 0 || !has(s, OWNERSHIP_COMPLETED))))
		return false;
	s->before_flags = before;
	s->where = OWNERSHIP_QUEUED;
	s->place = e->queue;
	s->pusher = (uint64_t)e->worker + 1;
	s->flags &= OWNERSHIP_VAGUE | OWNERSHIP_UNSEEN;
	s->flags |= OWNERSHIP_LIFE | OWNERSHIP_FRESH;
	if ((e->flags & WSC_FLAG_PINNED) != 0)
		s->flags |= OWNERSHIP_PINNED;
	return true;
}

/* Who pushed it, and what was before, matters only while a push_failed may still take that back. */
static void forget_before(struct ownership *s)
{
	if (s->where == OWNERSHIP_QUEUED)
		return;
	s->pusher = 0;
	if (s->before_flags != OWNERSHIP_AWAITED)
		drop_before(s);
}

static bool plain_start(const struct ownership_rules *rules, struct ownership *s, uint32_t worker)
{
	bool mine = s->where == OWNERSHIP_TAKEN
	                ? s->place == worker
	                : s->where == OWNERSHIP_QUEUED && queue_table_may_run(rules->queues, s->place, worker);
	if (!mine || s->runner_count != 0 || (s->flags & ~(unsigned)PLAIN_WAITING) != 0)
		return false;
	s->flags = (uint16_t)((s->flags & ~(unsigned)(OWNERSHIP_PINNED | OWNERSHIP_UNSEEN)) | OWNERSHIP_RAN);
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
	    s->runners[0].runs != 1 || s->runners[0].held != 0 || s->runners[0].stale != 0 ||
	    (s->flags & ~(unsigned)PLAIN_RUNNING) != 0 || s->before_flags != 0)
		return false;
	s->runners[0] = (struct ownership_runner){0};
	s->runner_count = 0;
	s->flags |= OWNERSHIP_COMPLETED;
	return true;
}

bool ownership_step_plain(const struct ownership_rules *rules, struct ownership *state, const struct wsc_event *event)
{
	if (rules->identity == WSC_IDENTITY_RECYCLED)
		return false;
	switch (event->kind) {
	case WSC_EV_QUEUED:
		return plain_queued(rules, state, event);
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
		step_cancelled(rules, event, step, state);
		break;
	default:
		ownership_begin(step, state);
		break;
	}
}

void ownership_step(const struct ownership_rules *rules, const struct ownership *state,
                    const struct ownership_event *event, struct ownership_step *step)
{
	struct ownership window;

	if (!rules->complete && (state->flags & OWNERSHIP_LIFE) == 0) {
		/* A window knows no past: an unseen handle may have been anything. */
		window = *state;
		window.flags = OWNERSHIP_LIFE | OWNERSHIP_UNKNOWN;
		state = &window;
	}
	if (rules->identity == WSC_IDENTITY_RECYCLED)
		slot_step(rules, state, event, step);
	else
		step_by_kind(rules, state, event, step);
	step->outcomes[0].new_life |= state == &window;
	for (int i = 0; i < step->count; i++)
		forget_before(&step->outcomes[i].state);
}

int ownership_end(const struct ownership_rules *rules, const struct ownership *s)
{
	if (has(s, OWNERSHIP_UNKNOWN))
		return REPORT_NONE;
	if (s->owed_count > 0)
		return WSC_VIOLATION_MULTIPLE_OWNERS;
	if (ownership_running(s) || (s->where == OWNERSHIP_NOWHERE && has(s, OWNERSHIP_SUSPENDED) &&
	                             !has(s, OWNERSHIP_CANCELLED) && !rules->cancels_unseen))
		return WSC_VIOLATION_UNFINISHED_EXECUTION;
	if (has(s, OWNERSHIP_DISPUTED))
		return REPORT_NONE;
	if (s->where == OWNERSHIP_QUEUED ||
	    (rules->scope == WSC_SCOPE_SCHEDULER && (s->where == OWNERSHIP_TAKEN || holds_any(s))))
		return WSC_VIOLATION_LOST_WORK;
	return REPORT_NONE;
}
