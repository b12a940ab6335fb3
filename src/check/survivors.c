/* SPDX-License-Identifier: MIT */
/*
 * An event, applied to each of the states that its task may be in: what is left of them, and what they agree on.
 *
 * The first state goes through a way that is legal, if there is one. Of a recycled handle that is the first reading: it tells
 * what may have become of the stays on which the states do not agree.
 */
#include "engine.h"

#include <string.h>

static void survive(const struct analysis *a, const struct window_entry *entry, const struct ownership *from,
                    const struct ownership_step *step, struct survivors *s)
{
	const enum wsc_event_kind kind = (enum wsc_event_kind)entry->event.kind;
	/* The stay is cancelled or goes on, which what comes next will tell. */
	const bool cancels = !has_slots(a) && kind == WSC_EV_CANCELLED && !ownership_running(from);
	for (int k = 0; k < step->count; k++) {
		const struct ownership_outcome *out = &step->outcomes[k];
		const struct ownership_fates fates = ownership_fates(from, kind, out);
		if (!s->any) {
			s->any = true;
			s->from = *from;
			s->chosen = *out;
			s->fates = fates;
			s->report = step->report;
			s->pinned = true;
		}
		s->pinned &= out->pinned;
		s->lasts |= fates.present == OWNERSHIP_STAY_LASTS;
		s->differ |= fates.present != s->fates.present && !cancels;
		s->owed_differ |= memcmp(&fates.owed, &s->fates.owed, sizeof(fates.owed)) != 0;
		s->waits |= out->state.where == OWNERSHIP_QUEUED;
		s->forgot |= out->forgot;
		s->overflow |= !task_states_add(&s->states, &out->state, has_slots(a));
	}
}

/* Keeps what the state becomes if the event is legal, or (`excused`) what it deserves may be excused. */
static void step_one(const struct analysis *a, const struct window_entry *entry, const struct ownership *from,
                     const struct ownership_step *step, bool excused, struct survivors *s)
{
	bool may_be = step->report >= 0 && apply_excuses(a, from, entry->task->queue, step->report, &entry->event);
	s->excusable |= may_be;
	if (step->report < 0 || (excused && may_be))
		survive(a, entry, from, step, s);
}

/* ... of all states that the task may be in. */
static void step_each(const struct analysis *a, const struct window_entry *entry, const struct ownership_step *first,
                      bool excused, struct survivors *s)
{
	const struct task_states *also = entry->task->also;
	const struct ownership_event view = apply_view(entry);
	struct ownership_step step;
	step_one(a, entry, &entry->task->own, first, excused, s);
	for (unsigned i = 0; also != NULL && i < also->count; i++) {
		ownership_step(&a->rules, &also->states[i], &view, &step);
		step_one(a, entry, &also->states[i], &step, excused, s);
	}
}

void survivors_find(const struct analysis *a, const struct window_entry *entry, const struct ownership_step *first,
                    struct survivors *s)
{
	*s = (struct survivors){0};
	step_each(a, entry, first, false, s);
	if (s->any)
		entry->task->is_doubtful |= s->excusable;
	else
		step_each(a, entry, first, true, s);
}
