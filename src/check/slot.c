/* SPDX-License-Identifier: MIT */
/*
 * The ownership machine of recycled handles. A slot may be used again as soon as its life was taken, long before the
 * taker stamps that; so an event says little about which life it is of, and a step has an outcome for each life that it
 * may be of. Whoever feeds the events keeps all of them: what is reported is that none is left.
 *
 * A state says where the present life waits, if it does, and
 * - `owed`: lives that waited when somebody else used the slot. Each was taken before that; the take is still to be
 *   stamped, and must be.
 * - `credits`: starts that seem to have taken what waited. Each may as well have been an inline run, in a slot from
 *   which another had taken that life, if this take is still to be stamped; it may be. As the one state stands for
 *   both, a slot that its owner alone uses has one state.
 * - `held` and `maybe`: what is in a worker's hand, at least and beyond. A start may be of that, or inline; a push may be
 *   of that (loot), or of a new life. `suspended` and `maybe_suspended` likewise.
 * Where outcomes differ in a count alone, one with a range stands for all.
 */
#include "ownership_state.h"

#include <string.h>

static const uint32_t NOBODY = UINT32_MAX, COUNT_MAX = UINT8_MAX;

/* Whether the operation of the event may have happened before `ts`, a stamp of another worker, though it is stamped later. */
static bool may_precede(const struct ownership_rules *rules, const struct ownership_event *event, uint64_t ts)
{
	return event->lower <= ts || event->lower - ts <= rules->uncertainty;
}

/* Whether the event may be the take that is owed. In one worker's program stamps may be equal, or run backwards a little. */
static bool may_be(const struct ownership_rules *rules, const struct ownership_event *event,
                   const struct ownership_owed *o)
{
	if (event->event.worker == o->worker && o->worker != NOBODY)
		return event->sequence < o->sequence;
	return may_precede(rules, event, o->ts);
}

/* Takes on their way, and which of them the event may be. */
struct choice {
	const struct ownership_owed *list;
	int count, at;
};

static struct choice choose_from(const struct ownership_owed *list, int count)
{
	return (struct choice){.list = list, .count = count, .at = -1};
}

static bool is_of_queue(const struct ownership_rules *rules, const struct ownership_owed *o, const uint32_t *queue,
                        uint32_t worker)
{
	if (o->queue == NOBODY)
		return true; /* several were made one: it may be of any queue */
	return queue != NULL ? o->queue == *queue : queue_table_may_run(rules->queues, o->queue, worker);
}

/* Moves on to the next that the event may be. `queue`: NULL: any that may be run from. */
static bool next_choice(const struct ownership_rules *rules, const struct ownership_event *event, const uint32_t *queue,
                        struct choice *choice)
{
	while (++choice->at < choice->count) {
		const struct ownership_owed *o = &choice->list[choice->at];
		if (is_of_queue(rules, o, queue, event->event.worker) && may_be(rules, event, o))
			return true;
	}
	return false;
}

/* The order in which they are kept, by stamp first: equal states have equal bytes. */
static int compare_owed(const struct ownership_owed *a, const struct ownership_owed *b)
{
	int order = (a->ts > b->ts) - (a->ts < b->ts);
	if (order == 0)
		order = (a->queue > b->queue) - (a->queue < b->queue);
	if (order == 0)
		order = (a->worker > b->worker) - (a->worker < b->worker);
	if (order == 0)
		order = (a->sequence > b->sequence) - (a->sequence < b->sequence);
	return order;
}

/* Of the equal one, or -1. */
static int place_in(const struct ownership_owed *list, int count, const struct ownership_owed *owed)
{
	for (int i = 0; i < count; i++) {
		if (compare_owed(&list[i], owed) == 0)
			return i;
	}
	return -1;
}

enum { OWED_PINS = 0, CREDIT_PINS = 4, PINS = 0xf };

/* The `pinned` bits of one of the lists, which begin at bit `of`. */
static unsigned pins_of(const struct ownership *s, int of)
{
	return s->pinned >> of & (unsigned)PINS;
}

static void set_pins(struct ownership *s, int of, unsigned pins)
{
	s->pinned = (uint8_t)((s->pinned & ~((unsigned)PINS << of)) | pins << of);
}

static bool is_pinned(const struct ownership *s, int of, int at)
{
	return (pins_of(s, of) >> at & 1U) != 0;
}

static void clear_pin(struct ownership *s, int of, int at)
{
	set_pins(s, of, pins_of(s, of) & ~(1U << at));
}

/* The list has got one more at that place. */
static void insert_pin(struct ownership *s, int of, int at, bool pinned)
{
	unsigned pins = pins_of(s, of), below = pins & ((1U << at) - 1);
	set_pins(s, of, below | (unsigned)pinned << at | (pins & ~below) << 1);
}

static void drop_pin(struct ownership *s, int of, int at)
{
	unsigned pins = pins_of(s, of), below = pins & ((1U << at) - 1);
	set_pins(s, of, below | (pins >> (at + 1)) << at);
}

/* Returns its place. */
static int insert(struct ownership_owed *list, uint8_t *count, const struct ownership_owed *owed)
{
	int at = (*count)++;
	for (; at > 0 && compare_owed(&list[at - 1], owed) > 0; at--)
		list[at] = list[at - 1];
	list[at] = *owed;
	return at;
}

static void drop(struct ownership_owed *list, uint8_t *count, int at)
{
	memmove(&list[at], &list[at + 1], (size_t)(--*count - at) * sizeof(*list));
	list[*count] = (struct ownership_owed){0};
}

static void drop_owed(struct ownership *s, int at)
{
	drop(s->owed, &s->owed_count, at);
	drop_pin(s, OWED_PINS, at);
}

static void drop_credit(struct ownership *s, int at)
{
	drop(s->credits, &s->credit_count, at);
	drop_pin(s, CREDIT_PINS, at);
	memmove(&s->credit_counts[at], &s->credit_counts[at + 1], (size_t)(s->credit_count - at));
	s->credit_counts[s->credit_count] = 0;
}

static void use_credit(struct ownership *s, int at)
{
	if (s->credit_counts[at] == COUNT_MAX)
		return; /* or more */
	if (--s->credit_counts[at] == 0)
		drop_credit(s, at);
}

static uint8_t count_up(unsigned count, unsigned more)
{
	return (uint8_t)(count + more < COUNT_MAX ? count + more : COUNT_MAX);
}

/* The earlier of two counts as the later: that excuses more takes, not fewer. */
static void blur_credit(struct ownership *s, int earlier, int later)
{
	struct ownership_owed *kept = &s->credits[later];
	s->credit_counts[later] = count_up(s->credit_counts[later], s->credit_counts[earlier]);
	if (kept->worker != s->credits[earlier].worker) {
		kept->worker = NOBODY;
		kept->sequence = 0;
	} else if (kept->sequence < s->credits[earlier].sequence) {
		kept->sequence = s->credits[earlier].sequence;
	}
	if (kept->queue != s->credits[earlier].queue)
		kept->queue = NOBODY;
	if (!is_pinned(s, CREDIT_PINS, earlier))
		clear_pin(s, CREDIT_PINS, later);
	drop_credit(s, earlier);
}

/* Makes room: two of one queue become one, or, if there are none, the earliest two. */
static void blur_credits(struct ownership *s)
{
	for (int i = 0; i < s->credit_count; i++) {
		for (int k = i + 1; k < s->credit_count; k++) {
			if (s->credits[k].queue != s->credits[i].queue)
				continue;
			blur_credit(s, i, k);
			return;
		}
	}
	blur_credit(s, 0, 1);
}

static void add_credits(struct ownership *s, const struct ownership_owed *credit, uint8_t count, bool pinned)
{
	int at = place_in(s->credits, s->credit_count, credit);
	if (at < 0 && s->credit_count == OWNERSHIP_CREDITS_MAX)
		blur_credits(s); /* which makes room; what stands for two is as none that is of one event */
	if (at >= 0) {
		s->credit_counts[at] = count_up(s->credit_counts[at], count);
		if (!pinned)
			clear_pin(s, CREDIT_PINS, at);
		return;
	}
	at = insert(s->credits, &s->credit_count, credit);
	memmove(&s->credit_counts[at + 1], &s->credit_counts[at], (size_t)(s->credit_count - 1 - at));
	s->credit_counts[at] = count;
	insert_pin(s, CREDIT_PINS, at, pinned);
}

static void add_credit(struct ownership *s, const struct ownership_owed *credit, bool pinned)
{
	add_credits(s, credit, 1, pinned);
}

/* The life that waits was taken before the event, which uses the slot again; the take is still to be stamped. */
static void owe(struct ownership *s, const struct ownership_event *event)
{
	const struct wsc_event *e = &event->event;
	const struct ownership_owed owed = {
	    .ts = e->ts, .sequence = event->sequence, .queue = s->place, .worker = e->worker};
	if (s->owed_count == OWNERSHIP_OWED_MAX) {
		/* There is no room to insist on it. */
		add_credit(s, &s->owed[0], is_pinned(s, OWED_PINS, 0));
		drop_owed(s, 0);
		set(s, OWNERSHIP_BLURRED);
	}
	const int at = insert(s->owed, &s->owed_count, &owed);
	insert_pin(s, OWED_PINS, at, has(s, OWNERSHIP_PINNED));
}

/* The worker took a life, or (not `sure`) may have. */
static void hold(const struct ownership_rules *rules, struct ownership *s, uint32_t worker, bool sure)
{
	struct ownership_runner *r;
	if (rules->scope == WSC_SCOPE_DEQUE)
		return;
	r = ownership_add_runner(s, worker);
	if (r != NULL)
		add_count(sure ? &r->held : &r->maybe);
}

static bool may_hold(struct ownership *s, uint32_t worker)
{
	const struct ownership_runner *r = ownership_runner(s, worker);
	return (s->maybe & ownership_bit_of(worker)) != 0 || (r != NULL && (r->held > 0 || r->maybe > 0));
}

/* One of the lives in the worker's hand leaves it, if any can be there. */
static void let_go(struct ownership *s, uint32_t worker)
{
	struct ownership_runner *r = ownership_runner(s, worker);
	if (r == NULL)
		return;
	if (r->held > 0)
		r->held--;
	else if (r->maybe > 0)
		r->maybe--;
	ownership_drop_idle_runner(s, r);
}

/* One of the lives in the worker's hand may leave it. */
static void may_let_go(struct ownership *s, uint32_t worker)
{
	struct ownership_runner *r = ownership_runner(s, worker);
	if (r == NULL || r->held == 0)
		return;
	r->held--;
	add_count(&r->maybe);
}

/* What was reported may have been of any life that was held: one of each worker's may be gone. */
static void may_let_go_any(struct ownership *s)
{
	for (unsigned i = 0; i < s->runner_count; i++)
		may_let_go(s, s->runners[i].worker);
}

static void go_on(struct ownership *s)
{
	/* It may be the one that the last push seems to have woken. */
	s->before_flags = (uint16_t)(s->before_flags & ~(unsigned)OWNERSHIP_SUSPENDED);
	if (s->suspended > 0)
		s->suspended--;
	else if (s->maybe_suspended > 0 && s->maybe_suspended < COUNT_MAX)
		s->maybe_suspended--;
}

static void may_go_on(struct ownership *s)
{
	if (s->suspended == 0)
		return;
	s->suspended--;
	s->maybe_suspended = count_up(s->maybe_suspended, 1);
}

static void step_queued(const struct ownership_rules *rules, const struct ownership_event *event,
                        struct ownership_step *step, const struct ownership *state)
{
	const struct wsc_event *e = &event->event;
	struct ownership_outcome *out = ownership_begin(step, state);
	struct ownership *s = &out->state;
	const struct ownership_runner *r = ownership_runner(s, e->worker);
	bool same_life = s->where == OWNERSHIP_NOWHERE && (s->suspended > 0 || (r != NULL && r->held > 0));

	if (has(s, OWNERSHIP_AWAITED) && e->queue == s->awaited) {
		found_missing(s, e->queue);
		return;
	}
	s->before_flags = s->flags;
	s->before_where = s->where;
	s->before_place = s->place;
	if (is_vague(rules, s) && s->vague_ts == 0)
		s->vague_ts = e->ts;
	if (has(s, OWNERSHIP_UNKNOWN))
		*s = (struct ownership){.flags = OWNERSHIP_VAGUE,
		                        .before_flags = (uint16_t)(OWNERSHIP_LIFE | OWNERSHIP_UNKNOWN |
		                                                   (s->flags & (unsigned)OWNERSHIP_CANCELLED)),
		                        .vague_ts = has(s, OWNERSHIP_CANCELLED) ? OWNERSHIP_VAGUE_ALWAYS : e->ts};
	else if (s->where == OWNERSHIP_QUEUED)
		owe(s, event);
	may_let_go(s, e->worker); /* loot */
	may_go_on(s);             /* woken */
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

/* The take that the worker's latest `queued` made the slot owe, if it was not stamped meanwhile: there is no second life. */
static bool was_not_owed(struct ownership *s, uint32_t worker)
{
	for (int at = s->owed_count - 1; at >= 0; at--) {
		if (s->owed[at].worker != worker || s->owed[at].queue != s->before_place)
			continue;
		drop_owed(s, at);
		return true;
	}
	return false;
}

static void step_push_failed(const struct ownership_rules *rules, const struct ownership_event *event,
                             struct ownership_step *step, const struct ownership *state)
{
	const struct wsc_event *e = &event->event;
	struct ownership_outcome *out = ownership_begin(step, state);
	struct ownership *s = &out->state;
	int stale = ownership_stale_at(s, e->queue);

	if (has(s, OWNERSHIP_UNKNOWN) || await_again(s, e->queue))
		return;
	if (s->where != OWNERSHIP_QUEUED || s->place != e->queue) {
		if (stale >= 0) /* cancelled by another between the two calls: no entry was left */
			ownership_take_stale(rules, s, stale, e->worker);
		else if (!is_vague(rules, s))
			step->report = WSC_VIOLATION_PROTOCOL_VIOLATION;
		return;
	}
	out->unlife = has(s, OWNERSHIP_FRESH);
	out->effect = OWNERSHIP_EFFECT_VOID;
	put(s, OWNERSHIP_NOWHERE, 0);
	s->flags = (uint16_t)(s->before_flags | (s->flags & (unsigned)(OWNERSHIP_DROPPED | OWNERSHIP_BLURRED)));
	if (s->before_where == OWNERSHIP_QUEUED && was_not_owed(s, e->worker)) {
		s->where = OWNERSHIP_QUEUED;
		s->place = s->before_place;
	}
	drop_before(s);
	if (has(s, OWNERSHIP_SUSPENDED)) { /* not woken */
		s->suspended = count_up(s->suspended, 1);
		s->maybe_suspended = (uint8_t)(s->maybe_suspended - (s->maybe_suspended < COUNT_MAX));
	}
	/* A run that was under way may have completed meanwhile. */
	if (s->where == OWNERSHIP_NOWHERE && has(s, OWNERSHIP_RAN) && !ownership_running(s))
		set(s, OWNERSHIP_COMPLETED);
}

/* A take that nothing explains: reported, and the taker may have it from here on. */
static void take_in_dispute(const struct ownership_rules *rules, struct ownership_step *step, const struct wsc_event *e)
{
	struct ownership_outcome *out = &step->outcomes[0];
	struct ownership *s = &out->state;
	bool never = !has(s, OWNERSHIP_LIFE);
	step->report = never ? WSC_VIOLATION_PROTOCOL_VIOLATION : WSC_VIOLATION_MULTIPLE_OWNERS;
	if (never)
		begin_life(out);
	else if (s->where == OWNERSHIP_QUEUED)
		out->effect = OWNERSHIP_EFFECT_VOID;
	put(s, OWNERSHIP_NOWHERE, 0);
	for (int i = 0; i < s->owed_count; i++) {
		if (s->owed[i].queue != e->queue)
			continue;
		drop_owed(s, i); /* it came too late, and that is what was reported */
		break;
	}
	may_let_go_any(s);
	if (rules->scope == WSC_SCOPE_DEQUE)
		set(s, OWNERSHIP_RAN | OWNERSHIP_COMPLETED);
	hold(rules, s, e->worker, false);
	if (never) {
		set(s, OWNERSHIP_AWAITED);
		s->awaited = e->queue;
	}
}

/*
 * Whether a life is certainly in the hand of who stamps its take late: it may have been cancelled since, or be what its taker
 * has queued again, within a batch.
 */
static bool is_held(const struct ownership *s, const struct ownership_owed *taken, uint32_t worker)
{
	return !has(s, OWNERSHIP_DROPPED) && taken->worker != worker && taken->worker != NOBODY;
}

static void step_take(const struct ownership_rules *rules, const struct ownership_event *event,
                      struct ownership_step *step, const struct ownership *state)
{
	uint32_t queue = event->event.queue, worker = event->event.worker;
	struct ownership_outcome *out = ownership_begin(step, state);
	struct choice owed = choose_from(state->owed, state->owed_count),
	              credit = choose_from(state->credits, state->credit_count);
	int stale = ownership_stale_at(state, queue);
	bool first = true;

	if (has(state, OWNERSHIP_UNKNOWN))
		return;
	while (next_choice(rules, event, &queue, &owed)) {
		out = ownership_also(step, state, &first);
		drop_owed(&out->state, owed.at);
		hold(rules, &out->state, worker, is_held(state, &state->owed[owed.at], worker));
		out->effect = OWNERSHIP_EFFECT_OWED;
		out->pinned = is_pinned(state, OWED_PINS, owed.at);
	}
	if (state->where == OWNERSHIP_QUEUED && state->place == queue) {
		out = ownership_also(step, state, &first);
		put(&out->state, OWNERSHIP_NOWHERE, 0);
		if (rules->scope == WSC_SCOPE_DEQUE)
			set(&out->state, OWNERSHIP_RAN | OWNERSHIP_COMPLETED);
		hold(rules, &out->state, worker, true);
		out->effect = OWNERSHIP_EFFECT_TAKE;
		out->pinned = has(state, OWNERSHIP_PINNED);
	}
	if (stale >= 0) /* the entry that a cancelled life left behind */
		ownership_take_stale(rules, &ownership_also(step, state, &first)->state, stale, worker);
	while (next_choice(rules, event, &queue, &credit)) {
		out = ownership_also(step, state, &first);
		use_credit(&out->state, credit.at);
		hold(rules, &out->state, worker, is_held(state, &state->credits[credit.at], worker));
		out->effect = OWNERSHIP_EFFECT_OWED;
		out->pinned = is_pinned(state, CREDIT_PINS, credit.at);
	}
	if (is_vague(rules, state) && (state->vague_ts == 0 || may_precede(rules, event, state->vague_ts))) {
		/* A life that was not seen, and that had been taken when the first one was queued, or cancelled. */
		out = ownership_also(step, state, &first);
		hold(rules, &out->state, worker, false);
		out->effect = OWNERSHIP_EFFECT_OWED;
	}
	if (first && !is_vague(rules, state))
		take_in_dispute(rules, step, &event->event);
}

static void run(struct ownership *s, uint32_t worker)
{
	struct ownership_runner *r = ownership_add_runner(s, worker);
	if (r != NULL)
		add_count(&r->runs);
	if (s->where != OWNERSHIP_NOWHERE)
		return;
	clear(s, OWNERSHIP_COMPLETED | OWNERSHIP_CANCELLED);
	set(s, OWNERSHIP_LIFE | OWNERSHIP_RAN);
}

/* Adds an outcome in which the worker runs what left `from` as it is. */
static struct ownership_outcome *runs(struct ownership_step *step, const struct ownership *from, bool *first,
                                      uint32_t worker)
{
	struct ownership_outcome *out = ownership_also(step, from, first);
	out->state = *from;
	run(&out->state, worker);
	return out;
}

/* ... or the life that an earlier start seems to have taken. */
static void start_apart(const struct ownership_rules *rules, const struct ownership_event *event,
                        struct ownership_step *step, const struct ownership *state)
{
	struct choice credit = choose_from(state->credits, state->credit_count);
	bool first = false;
	while (next_choice(rules, event, NULL, &credit)) {
		struct ownership_outcome *out = runs(step, state, &first, event->event.worker);
		use_credit(&out->state, credit.at);
		out->effect = OWNERSHIP_EFFECT_OWED;
	}
}

/* The slot is empty: a life in the worker's hand, one that was suspended, one that is owed, or a new one, run inline. */
static void start_in_empty_slot(const struct ownership_rules *rules, const struct ownership_event *event,
                                struct ownership_step *step, const struct ownership *state)
{
	uint32_t worker = event->event.worker;
	struct choice owed = choose_from(state->owed, state->owed_count);
	struct ownership base = *state, other;
	const struct ownership_runner *r = ownership_runner(&base, worker);
	bool resumes = event->event.kind == WSC_EV_RESUMED, holds = r != NULL && r->held > 0, first = true;

	if (resumes)
		go_on(&base);
	while (next_choice(rules, event, NULL, &owed)) {
		/* As with any start that seems to have taken what waited: it did, or was inline. */
		struct ownership_outcome *out = runs(step, &base, &first, worker);
		drop_owed(&out->state, owed.at);
		add_credit(&out->state, &state->owed[owed.at], is_pinned(state, OWED_PINS, owed.at));
		out->effect = OWNERSHIP_EFFECT_OWED;
	}
	bool is_owed = !first;
	other = base;
	if (is_owed)
		let_go(&other, worker);
	else if (holds)
		may_let_go(&other, worker);
	else if (!resumes)
		may_go_on(&other);
	if (holds || !is_owed)
		runs(step, &other, &first, worker)->new_life = !holds && !resumes && state->suspended == 0;
	if (rules->apart && !resumes)
		start_apart(rules, event, step, state);
	if (resumes || state->suspended == 0 || (!holds && !is_owed))
		return;
	other = *state;
	go_on(&other);
	runs(step, &other, &first, worker);
}

/* A life waits, and the start took that one, or one that waited before. `base`: see below. */
static void start_takes(const struct ownership_rules *rules, const struct ownership_event *event,
                        struct ownership_step *step, const struct ownership *base, bool *first)
{
	const struct wsc_event *e = &event->event;
	struct choice owed = choose_from(base->owed, base->owed_count),
	              credit = choose_from(base->credits, base->credit_count);
	const struct ownership_owed taken = {
	    .ts = e->ts, .sequence = event->sequence, .queue = base->place, .worker = e->worker};
	struct ownership_outcome *out;

	while (next_choice(rules, event, NULL, &owed)) {
		out = runs(step, base, first, e->worker);
		drop_owed(&out->state, owed.at);
		out->effect = OWNERSHIP_EFFECT_OWED;
	}
	if (queue_table_may_run(rules->queues, base->place, e->worker)) {
		struct ownership empty = *base;
		put(&empty, OWNERSHIP_NOWHERE, 0);
		out = runs(step, &empty, first, e->worker);
		if (e->kind == WSC_EV_EXEC_START) /* what goes on needs no slot */
			add_credit(&out->state, &taken, has(base, OWNERSHIP_PINNED));
		out->effect = OWNERSHIP_EFFECT_TAKE;
	}
	while (next_choice(rules, event, NULL, &credit)) {
		out = runs(step, base, first, e->worker);
		use_credit(&out->state, credit.at);
		out->effect = OWNERSHIP_EFFECT_OWED;
	}
}

/* A life waits. Of those in the worker's hand, or suspended, one may start, or must go on. */
static void start_beside_queued(const struct ownership_rules *rules, const struct ownership_event *event,
                                struct ownership_step *step, const struct ownership *state)
{
	const struct wsc_event *e = &event->event;
	bool resumes = e->kind == WSC_EV_RESUMED, first = true;
	struct ownership base = *state, aside;
	struct ownership_outcome *out;

	if (resumes)
		go_on(&base);
	/* The likeliest comes first: what is certainly in the hand, what waits, what may have stayed in the hand. */
	const struct ownership_runner *r = ownership_runner(&base, e->worker);
	const bool holds = r != NULL && r->held > 0;
	if (!holds)
		start_takes(rules, event, step, &base, &first);
	if (may_hold(&base, e->worker)) {
		aside = base;
		let_go(&aside, e->worker);
		runs(step, &aside, &first, e->worker);
	}
	if (holds)
		start_takes(rules, event, step, &base, &first);
	if (resumes || state->suspended > 0 || state->maybe_suspended > 0 || is_vague(rules, state)) {
		aside =
		    *state; /* it goes on from where it was suspended, or was held by the worker before all that was seen */
		go_on(&aside);
		runs(step, &aside, &first, e->worker)->effect = OWNERSHIP_EFFECT_OWED;
	}
	if (resumes || queue_table_may_run(rules->queues, state->place, e->worker))
		return;
	out = ownership_also(step, &base, &first); /* inline, in a slot that another has emptied */
	owe(&out->state, event);
	begin_life(out);
	put(&out->state, OWNERSHIP_NOWHERE, 0);
	run(&out->state, e->worker);
}

/* It was not suspended: it goes on all the same. */
static void resume_in_dispute(struct ownership_step *step, uint32_t worker)
{
	struct ownership_outcome *out = &step->outcomes[0];
	step->report =
	    has(&out->state, OWNERSHIP_RAN) ? WSC_VIOLATION_DOUBLE_EXECUTION : WSC_VIOLATION_PROTOCOL_VIOLATION;
	if (out->state.where == OWNERSHIP_QUEUED)
		out->effect = OWNERSHIP_EFFECT_VOID;
	put(&out->state, OWNERSHIP_NOWHERE, 0);
	may_let_go_any(&out->state);
	run(&out->state, worker);
}

/* A bare deque: a start may be all that is recorded of a take by the owner, or the run of what was taken before. */
static void start_beside_deque(const struct ownership_rules *rules, const struct ownership_event *event,
                               struct ownership_step *step, const struct ownership *state)
{
	uint32_t worker = event->event.worker;
	struct choice owed = choose_from(state->owed, state->owed_count);
	struct ownership_outcome *out;
	bool first = true;

	while (next_choice(rules, event, NULL, &owed)) {
		out = ownership_also(step, state, &first);
		drop_owed(&out->state, owed.at);
		out->effect = OWNERSHIP_EFFECT_OWED;
	}
	if (state->where == OWNERSHIP_QUEUED && queue_table_may_run(rules->queues, state->place, worker)) {
		out = ownership_also(step, state, &first);
		put(&out->state, OWNERSHIP_NOWHERE, 0);
		set(&out->state, OWNERSHIP_RAN | OWNERSHIP_COMPLETED);
		out->effect = OWNERSHIP_EFFECT_TAKE;
	}
	ownership_also(step, state, &first);
}

static void step_start(const struct ownership_rules *rules, const struct ownership_event *event,
                       struct ownership_step *step, const struct ownership *state)
{
	bool resumes = event->event.kind == WSC_EV_RESUMED;

	ownership_begin(step, state);
	if (has(state, OWNERSHIP_UNKNOWN))
		return; /* other lives of the slot may be anywhere */
	if (rules->scope == WSC_SCOPE_DEQUE)
		start_beside_deque(rules, event, step, state);
	else if (resumes && state->suspended == 0 && state->maybe_suspended == 0 && !is_vague(rules, state))
		resume_in_dispute(step, event->event.worker);
	else if (state->where == OWNERSHIP_QUEUED)
		start_beside_queued(rules, event, step, state);
	else
		start_in_empty_slot(rules, event, step, state);
}

static void step_stop(const struct ownership_rules *rules, const struct ownership_event *event,
                      struct ownership_step *step, const struct ownership *state)
{
	bool suspends = event->event.kind == WSC_EV_SUSPENDED;
	struct ownership_outcome *out = ownership_begin(step, state);
	struct ownership *s = &out->state;

	if (has(s, OWNERSHIP_UNKNOWN))
		return;
	if (!suspends)
		no_longer_awaited(s);
	if (rules->scope == WSC_SCOPE_DEQUE)
		return;
	step->report = ownership_end_run(rules, s, event->event.worker);
	if (step->report == WSC_VIOLATION_PROTOCOL_VIOLATION) {
		/* It ran unseen: its stay, its take, or its suspension is over. */
		if (s->where == OWNERSHIP_QUEUED)
			out->effect = OWNERSHIP_EFFECT_VOID;
		put(s, OWNERSHIP_NOWHERE, 0);
		go_on(s);
		may_let_go_any(s);
	}
	set(s, OWNERSHIP_LIFE | OWNERSHIP_RAN);
	if (suspends)
		s->suspended = count_up(s->suspended, 1);
	else if (s->where == OWNERSHIP_NOWHERE && !ownership_running(s))
		set(s, OWNERSHIP_COMPLETED);
}

/* Of what is held, one life is cancelled: whose, is not said. He still has it in his hand. */
static void cancel_held(const struct ownership_rules *rules, struct ownership_step *step, const struct ownership *state,
                        bool *first)
{
	for (unsigned i = 0; i < state->runner_count; i++) {
		const struct ownership_runner *r = &state->runners[i];
		if (r->held == 0 && r->maybe == 0)
			continue;
		struct ownership *s = &ownership_also(step, state, first)->state;
		let_go(s, r->worker);
		ownership_hold_stale(rules, s, r->worker);
	}
}

static void step_cancelled(const struct ownership_rules *rules, const struct ownership_event *event,
                           struct ownership_step *step, const struct ownership *state)
{
	struct ownership dropped = *state;
	struct ownership_outcome *out = ownership_begin(step, state);
	bool first = true;

	if (state->where == OWNERSHIP_QUEUED) {
		out = ownership_also(step, state, &first);
		ownership_add_stale(&out->state, state->place);
		put(&out->state, OWNERSHIP_NOWHERE, 0);
		out->effect = OWNERSHIP_EFFECT_VOID;
	}
	cancel_held(rules, step, state, &first);
	if (state->suspended > 0)
		may_go_on(&ownership_also(step, state, &first)->state);
	if (state->owed_count > 0 || state->credit_count > 0)
		set(&ownership_also(step, state, &first)->state, OWNERSHIP_DROPPED);
	else if (ownership_running(state) || state->maybe_suspended > 0 ||
	         (!first && ownership_may_run_unseen(rules, state)))
		ownership_also(step, state, &first); /* a run, or what was suspended, which goes on to its completion */
	if (!first && ownership_may_drop_held(&dropped, event->event.worker))
		ownership_also(step, &dropped, &first);
	for (int i = 0; i < state->stale_count && !first; i++) /* an entry that was taken and dropped */
		ownership_drop_stale(&ownership_also(step, state, &first)->state, i);
	for (int i = 0; i < step->count; i++) {
		struct ownership *s = &step->outcomes[i].state;
		step->outcomes[i].new_life = !has(s, OWNERSHIP_LIFE);
		set(s, OWNERSHIP_LIFE);
		if (s->where == OWNERSHIP_NOWHERE && !ownership_running(s))
			set(s, OWNERSHIP_CANCELLED);
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

static bool is_crowded(const struct ownership_step *step)
{
	for (int i = 0; i < step->count; i++) {
		if (has(&step->outcomes[i].state, OWNERSHIP_CROWDED))
			return true;
	}
	return false;
}

void slot_step(const struct ownership_rules *rules, const struct ownership *state, const struct ownership_event *event,
               struct ownership_step *step)
{
	step_by_kind(rules, state, event, step);
	if (step->report == REPORT_NONE && is_crowded(step)) {
		struct ownership forgotten = *state;
		ownership_forget(&forgotten);
		step_by_kind(rules, &forgotten, event, step);
		step->outcomes[0].forgot = true;
	}
	for (int i = 0; i < step->count; i++) {
		struct ownership *s = &step->outcomes[i].state;
		clear(s, OWNERSHIP_SUSPENDED);
		if (s->suspended > 0)
			set(s, OWNERSHIP_SUSPENDED);
	}
}

unsigned slot_doubts(const struct ownership_rules *rules, const struct ownership *s,
                     const struct ownership_event *event, uint64_t queues[OWNERSHIP_CREDITS_MAX])
{
	const bool starts = event->event.kind == WSC_EV_EXEC_START || event->event.kind == WSC_EV_RESUMED;
	struct choice credit = choose_from(s->credits, s->credit_count);
	unsigned count = 0;
	if (has(s, OWNERSHIP_UNKNOWN) ||
	    (is_vague(rules, s) && (s->vague_ts == 0 || may_precede(rules, event, s->vague_ts)))) {
		queues[0] = starts ? OWNERSHIP_ANY_QUEUE : event->event.queue; /* a credit may have been forgotten */
		return 1;
	}
	if (!starts) {
		queues[0] = event->event.queue;
		return next_choice(rules, event, &event->event.queue, &credit) ? 1 : 0;
	}
	while (next_choice(rules, event, NULL, &credit))
		queues[count++] =
		    s->credits[credit.at].queue == NOBODY ? OWNERSHIP_ANY_QUEUE : s->credits[credit.at].queue;
	return count;
}

/* What only one of the two owes need not be stamped any more; what both owe is owed still. */
static void join_owed(struct ownership *s, struct ownership *its)
{
	int at = 0;
	while (at < s->owed_count) {
		const int k = place_in(its->owed, its->owed_count, &s->owed[at]);
		if (k >= 0) {
			if (!is_pinned(its, OWED_PINS, k))
				clear_pin(s, OWED_PINS, at);
			drop_owed(its, k);
			at++;
		} else {
			add_credit(s, &s->owed[at], is_pinned(s, OWED_PINS, at));
			drop_owed(s, at);
		}
	}
	for (int k = 0; k < its->owed_count; k++)
		add_credit(its, &its->owed[k], is_pinned(its, OWED_PINS, k));
}

static void join_credits(struct ownership *s, const struct ownership *other)
{
	for (int k = 0; k < other->credit_count; k++) {
		const int at = place_in(s->credits, s->credit_count, &other->credits[k]);
		const bool pinned = is_pinned(other, CREDIT_PINS, k);
		if (at < 0) {
			add_credits(s, &other->credits[k], other->credit_counts[k], pinned);
			continue;
		}
		if (s->credit_counts[at] < other->credit_counts[k])
			s->credit_counts[at] = other->credit_counts[k];
		if (!pinned)
			clear_pin(s, CREDIT_PINS, at);
	}
}

/* Makes [least, least + more] hold what the other range holds, too. */
static void join_range(unsigned *least, unsigned *more, unsigned other_least, unsigned other_more, unsigned max)
{
	unsigned most = *least + *more;
	if (most < other_least + other_more)
		most = other_least + other_more;
	if (*least > other_least)
		*least = other_least;
	*more = most - *least < max ? most - *least : max;
}

static void join_runner(struct ownership *s, uint32_t worker, const struct ownership_runner *its)
{
	const struct ownership_runner none = {0};
	struct ownership_runner *mine = ownership_add_runner(s, worker);
	if (mine == NULL)
		return;
	if (its == NULL)
		its = &none;
	unsigned held = mine->held, maybe = mine->maybe;
	join_range(&held, &maybe, its->held, its->maybe, UINT16_MAX);
	mine->held = (uint16_t)held;
	mine->maybe = (uint16_t)maybe;
	if (mine->stale < its->stale)
		mine->stale = its->stale;
}

static void join_stale(struct ownership *s, const struct ownership *other)
{
	for (int k = 0; k < other->stale_count; k++) {
		int at = ownership_stale_at(s, other->stale[k].queue);
		if (at < 0) {
			ownership_add_stale(s, other->stale[k].queue);
			at = ownership_stale_at(s, other->stale[k].queue);
		}
		if (at >= 0 && s->stale[at].count < other->stale[k].count)
			s->stale[at].count = other->stale[k].count;
	}
}

/* Whether a push that fails would leave both as they are now: of one that takes back what it made the slot owe, that is owed. */
static bool is_alike_before(const struct ownership *s, const struct ownership *other, bool owes_alike)
{
	return s->before_flags == other->before_flags && s->before_where == other->before_where &&
	       s->before_place == other->before_place && (owes_alike || s->before_where != OWNERSHIP_QUEUED);
}

/* Makes `s` stand for the other, too: whatever is legal from one of them is. Both wait in the same queue, or nowhere. */
static void join(struct ownership *s, const struct ownership *other)
{
	struct ownership its = *other;
	unsigned suspended = s->suspended, maybe = s->maybe_suspended;
	uint8_t owed_count = s->owed_count;

	join_owed(s, &its);
	if (!is_alike_before(s, other, s->owed_count == owed_count && owed_count == other->owed_count)) {
		s->before_flags =
		    s->where == OWNERSHIP_QUEUED ? OWNERSHIP_CROWDED : 0; /* if this push fails, conclude nothing */
		s->before_where = OWNERSHIP_NOWHERE;
		s->before_place = 0;
	}
	join_credits(s, &its);
	for (unsigned i = 0; i < s->runner_count; i++)
		join_runner(s, s->runners[i].worker, ownership_runner(&its, s->runners[i].worker));
	for (unsigned i = 0; i < its.runner_count; i++)
		join_runner(s, its.runners[i].worker, &its.runners[i]);
	join_stale(s, other);
	join_range(&suspended, &maybe, other->suspended, other->maybe_suspended, COUNT_MAX);
	s->suspended = (uint8_t)suspended;
	s->maybe_suspended = (uint8_t)maybe;
	s->maybe |= other->maybe;
	if (s->vague_ts == 0 || other->vague_ts == 0)
		s->vague_ts = 0;
	else if (s->vague_ts < other->vague_ts)
		s->vague_ts = other->vague_ts;
	set(s,
	    other->flags & (unsigned)(OWNERSHIP_CANCELLED | OWNERSHIP_VAGUE | OWNERSHIP_CROWDED | OWNERSHIP_DROPPED));
	set(s, OWNERSHIP_BLURRED);
	if (!has(other, OWNERSHIP_PINNED))
		clear(s, OWNERSHIP_PINNED);
	if (suspended == 0)
		clear(s, OWNERSHIP_SUSPENDED);
}

bool slot_covers(const struct ownership *state, const struct ownership *other)
{
	if (state->where != other->where || state->place != other->place ||
	    (has(state, OWNERSHIP_BLURRED) && !has(other, OWNERSHIP_BLURRED)))
		return false;
	for (int i = 0; i < state->owed_count; i++) {
		if (place_in(other->owed, other->owed_count, &state->owed[i]) < 0)
			return false; /* it owes more: the join would show it, too, but nearly always it is this, and sooner */
	}
	struct ownership joined = *state;
	join(&joined, other);
	if (!has(state, OWNERSHIP_BLURRED))
		clear(&joined, OWNERSHIP_BLURRED);
	return memcmp(&joined, state, sizeof(joined)) == 0;
}

/* Joins it with one that waits in the same place: not with the first, which is what seems to be, unless that is blurred. */
static bool join_to(struct ownership *states, unsigned count, const struct ownership *state)
{
	for (unsigned i = 0; i < count; i++) {
		if ((i == 0 && !has(&states[0], OWNERSHIP_BLURRED)) || states[i].where != state->where ||
		    states[i].place != state->place)
			continue;
		join(&states[i], state);
		return true;
	}
	return false;
}

unsigned slot_join(struct ownership *states, unsigned count)
{
	unsigned kept = 1;
	for (unsigned i = 1; i < count; i++) {
		if (!join_to(states, kept, &states[i]))
			states[kept++] = states[i];
	}
	for (unsigned i = 0; i < kept; i++) {
		if (has(&states[i], OWNERSHIP_CROWDED))
			return 0;
	}
	return kept;
}

bool slot_joins(struct ownership *states, unsigned count, const struct ownership *state)
{
	return has(state, OWNERSHIP_BLURRED) && join_to(states, count, state);
}
