/* SPDX-License-Identifier: MIT */
/*
 * Queues whose order the first reading of their tasks breaks: whether every course does.
 *
 * A short trace is gone through again, once for each course, that is for each way in which the events of the queue's slots
 * may be of their lives: where a step has several outcomes, or a group of close stamps several orders that differ in what
 * comes of them, one is chosen, and all choices are gone through like the numbers of an odometer. A start may turn out to
 * have taken nothing, when the stay that it seemed to take is taken late (slot.c: its credit): then the course is gone through
 * once more, with that known, so that each stay has its one take. A course that comes to a step or an end which is not
 * legal is none. Then, of the courses that are left,
 * - the queue is out of order if each breaks it: convict only if every matching does (DESIGN.md, 6);
 * - it is in order if one does not, which is a linearization. Where its slots wait in other queues, too, the course has to be
 *   one of all their slots, and break the order of none: what is in order in one course may not be so in that of another queue;
 * - nothing is known if there are too many, or one can't be told apart from another.
 */
#include "engine.h"

#include <stdlib.h>
#include <string.h>

enum { RUNS_MAX = 512, STEPS_MAX = 1 << 15 };

static bool can_keep(const struct analysis *a)
{
	return a->course == NULL && !a->options.no_courses && a->header->complete && a->header->absent == 0 &&
	       a->options.share.kind != SHARE_TASKS;
}

static void keep_no_more(struct analysis *a)
{
	free(a->kept);
	a->kept = NULL;
	a->kept_count = COURSE_EVENTS_MAX + 1;
}

bool course_keep(struct analysis *a, const struct wsc_event *events, size_t count)
{
	if (count == 0 || a->kept_count > COURSE_EVENTS_MAX || !can_keep(a))
		return true;
	bool fits = count <= COURSE_EVENTS_MAX - a->kept_count;
	for (size_t i = 0; fits && i < count; i++)
		fits = events[i].kind != WSC_EV_GAP;
	if (!fits) {
		keep_no_more(a);
		return true;
	}
	struct wsc_event *grown = realloc(a->kept, (a->kept_count + count) * sizeof(*grown));
	if (grown == NULL)
		return false;
	a->kept = grown;
	memcpy(&a->kept[a->kept_count], events, count * sizeof(*events));
	a->kept_count += count;
	return true;
}

unsigned course_choose(struct course *c, unsigned count)
{
	if (count < 2)
		return 0;
	if (c->at == COURSE_CHOICES_MAX || count > UINT8_MAX) {
		course_blurs(c);
		return 0;
	}
	if (c->at == c->count) {
		c->of[c->at] = (uint8_t)count;
		c->chosen[c->at] = 0;
		c->count++;
	}
	if (c->of[c->at] != count)
		course_blurs(c);
	return c->chosen[c->at++];
}

/* The next course: the last choice that has another outcome takes that. False: there is none. */
static bool choose_next(struct course *c)
{
	while (c->count > 0 && c->chosen[c->count - 1] + 1U == c->of[c->count - 1])
		c->count--;
	if (c->count == 0)
		return false;
	c->chosen[c->count - 1]++;
	return true;
}

static void must_stand_for_one(struct course *c, const struct ownership *state)
{
	bool stands_for_one =
	    (state->flags & (unsigned)(OWNERSHIP_BLURRED | OWNERSHIP_CROWDED | OWNERSHIP_UNKNOWN | OWNERSHIP_VAGUE)) ==
	    0;
	for (int i = 0; i < state->credit_count; i++)
		stands_for_one &= state->credit_counts[i] == 1;
	if (!stands_for_one)
		course_blurs(c);
}

/*
 * A take that came before the step `since` also came before what followed that on this course: it can't have, if one of
 * these certainly came before the take began, as it did if the same worker did it.
 */
static void came_before(struct analysis *a, const struct window_entry *take, const struct ownership_owed *since)
{
	struct course *c = a->course;
	for (unsigned i = c->passed_count; i-- > 0;) {
		const struct course_step *step = &c->passed[i];
		if (step->task != take->event.task)
			continue;
		const uint64_t lower = take->context.lower;
		c->is_unsure |=
		    step->worker == take->event.worker || (step->ts < lower && lower - step->ts > a->uncertainty);
		if (step->worker == since->worker && step->sequence == since->sequence)
			return;
	}
}

void course_step(struct analysis *a, const struct window_entry *entry, const struct ownership *before,
                 const struct ownership_outcome *out)
{
	struct course *c = a->course;
	const struct wsc_event *e = &entry->event;
	uint64_t queues[OWNERSHIP_CREDITS_MAX];
	const struct ownership_event view = apply_view(entry);
	must_stand_for_one(c, &out->state);
	if (e->kind == WSC_EV_RESUMED && slot_doubts(&a->rules, before, &view, queues) > 0)
		course_blurs(c); /* it may have been what took one of those: no course has that */
	if (out->effect == OWNERSHIP_EFFECT_OWED) {
		const struct ownership_fates fates = ownership_fates(before, (enum wsc_event_kind)e->kind, out);
		if (fates.takes_owed || fates.credit.sequence != 0) {
			/* Whether the life is one that had been suspended by then is not known. */
			c->is_unsure |= e->kind == WSC_EV_RESUMED;
			came_before(a, entry, fates.takes_owed ? &fates.owed : &fates.credit);
		}
	}
	if (c->passed_count == COURSE_EVENTS_MAX)
		course_blurs(c);
	else
		c->passed[c->passed_count++] = (struct course_step){
		    .task = e->task, .sequence = entry->context.sequence, .ts = e->ts, .worker = e->worker};
}

bool course_uses(const struct course *c, const struct ownership_owed *credit)
{
	for (unsigned i = 0; i < c->used_count; i++) {
		if (memcmp(&c->used[i], credit, sizeof(*credit)) == 0)
			return true;
	}
	return false;
}

void course_use(struct course *c, const struct ownership_owed *credit)
{
	if (c->is_known)
		return;
	if (c->used_count == COURSE_CHOICES_MAX)
		course_blurs(c);
	else
		c->used[c->used_count++] = *credit;
}

/* Whether it will be known what all courses have in common. */
enum outlook { KNOWN, NOT_KNOWN, NO_MEMORY };

/* False: no memory. */
static bool put(struct id_map *set, uint64_t id, bool *grew)
{
	*grew |= !id_map_has(set, id);
	return id_map_put(set, id);
}

/* The slots that were pushed to the course's queues; if they are all judged together, the others that these wait in, too. */
static bool find_slots(const struct analysis *a, struct course *c, bool together)
{
	for (bool grew = true; grew;) {
		grew = false;
		for (size_t i = 0; i < a->kept_count; i++) {
			const struct wsc_event *e = &a->kept[i];
			if (e->kind != WSC_EV_QUEUED)
				continue;
			if (id_map_has(&c->queues, e->queue) && !put(&c->slots, e->task, &grew))
				return false;
			if (together && id_map_has(&c->slots, e->task) && !put(&c->queues, e->queue, &grew))
				return false;
		}
	}
	return true;
}

/* If a slot is cancelled, or a push of it fails, more is left open than a course says. */
static bool are_told_apart(const struct analysis *a, struct course *c)
{
	const unsigned known = 1U << WSC_EV_QUEUED | 1U << WSC_EV_DEQUEUED | 1U << WSC_EV_STEAL_SUCCESS |
	                       1U << WSC_EV_EXEC_START | 1U << WSC_EV_EXEC_COMPLETE | 1U << WSC_EV_SUSPENDED |
	                       1U << WSC_EV_RESUMED;
	for (size_t i = 0; i < a->kept_count; i++) {
		const struct wsc_event *e = &a->kept[i];
		if (e->task == 0 || !id_map_has(&c->slots, e->task))
			continue;
		if ((known >> e->kind & 1U) == 0) {
			if (has_slots(a))
				return false;
			c->is_partial = true;
		}
		c->is_of_several |= e->kind == WSC_EV_QUEUED && !id_map_has(&c->queues, e->queue);
	}
	return true;
}

/* NULL: no memory. */
static struct analysis *go_through(const struct analysis *a, struct course *c)
{
	struct analysis *b;
	struct analysis_options options = a->options;
	options.stepwise = true;                             /* so that it is soon known to be dead */
	options.share = (struct share){.kind = SHARE_WHOLE}; /* a share was fed all events, too */
	c->at = 0;
	c->passed_count = 0;
	c->is_dead = c->is_inexact = c->is_unsure = false;
	if (analysis_create(&b, a->header, NULL, 0, &options) != WSC_OK)
		return NULL;
	b->course = c;
	b->rules.apart = true;
	for (size_t i = 0; i < b->queues.count; i++)
		b->queues.queues[i] = a->queues.queues[i]; /* which of them are workers' */
	enum wsc_status status = WSC_OK;
	for (size_t i = 0; status == WSC_OK && i < a->kept_count && !c->is_dead && !c->is_inexact; i++)
		status = analysis_feed(b, &a->kept[i], 1);
	if (status == WSC_OK)
		status = analysis_finish(b, a->result.end, 0);
	if (status == WSC_OK)
		return b;
	analysis_free(b);
	return NULL;
}

/* One course: what its end tells of its starts needs a second time. */
static struct analysis *run(const struct analysis *a, struct course *c)
{
	c->is_known = false;
	c->used_count = 0;
	struct analysis *b = go_through(a, c);
	if (b == NULL || c->is_dead || c->is_inexact || c->used_count == 0)
		return b;
	analysis_free(b);
	c->is_known = true;
	return go_through(a, c);
}

/* What the courses gone through so far say. */
struct verdict {
	bool has_course, has_sound, is_in_order;
	struct order_conviction first;
};

/* Whether a course breaks the order of a queue that it is judged by. */
static bool breaks_one(const struct analysis *b, const struct course *c, struct order_conviction *conviction)
{
	for (size_t i = 0; i < b->queues.count; i++) {
		const uint32_t queue = b->queues.queues[i].queue;
		if (id_map_has(&c->queues, queue) && findings_on_course(b, queue, conviction))
			return true;
	}
	return false;
}

/* Goes through one more. */
static enum outlook judge(const struct analysis *a, struct course *c, struct verdict *v)
{
	struct analysis *b = run(a, c);
	struct order_conviction conviction;
	if (b == NULL)
		return NO_MEMORY;
	if (c->is_inexact) {
		analysis_free(b);
		return NOT_KNOWN;
	}
	if (!c->is_dead && !breaks_one(b, c, &conviction)) {
		v->has_sound = true;
		v->is_in_order |= !c->is_unsure && !c->is_of_several;
	} else if (!c->is_dead && !v->has_course) {
		v->first = conviction;
	}
	v->has_course |= !c->is_dead;
	analysis_free(b);
	return KNOWN;
}

static enum outlook judge_all(const struct analysis *a, struct course *c, struct verdict *v)
{
	enum outlook outlook = are_told_apart(a, c) ? KNOWN : NOT_KNOWN;
	for (unsigned runs = 0; outlook == KNOWN && !v->is_in_order; runs++) {
		if (runs == RUNS_MAX || runs * a->kept_count >= STEPS_MAX)
			return NOT_KNOWN;
		outlook = judge(a, c, v);
		if (!choose_next(c))
			break;
	}
	return outlook;
}

/* All courses of the queue's slots, or, `together`, of all that are bound up with them: that is known if all are in order. */
static enum outlook judge_queue(const struct analysis *a, uint32_t queue, bool together, struct verdict *v)
{
	struct course c = {0};
	enum outlook outlook = NO_MEMORY;
	*v = (struct verdict){0};
	if (id_map_put(&c.queues, queue) && find_slots(a, &c, together))
		outlook = judge_all(a, &c, v);
	id_map_free(&c.queues);
	id_map_free(&c.slots);
	if (outlook != KNOWN)
		return outlook;
	return v->is_in_order || (v->has_course && !v->has_sound && !together && !c.is_partial) ? KNOWN : NOT_KNOWN;
}

/* False: no memory. */
static bool search_queue(struct analysis *a, uint32_t number)
{
	struct verdict v;
	const uint32_t queue = a->queues.queues[number].queue;
	enum outlook outlook = judge_queue(a, queue, false, &v);
	if (outlook == NOT_KNOWN && v.has_sound)
		outlook = judge_queue(a, queue, true, &v);
	if (outlook != KNOWN)
		return outlook != NO_MEMORY;
	a->by_queue[number].seems_out = false;
	a->by_queue[number].unordered = 0;
	return v.is_in_order || findings_convict(a, &v.first);
}

bool course_search(struct analysis *a)
{
	if (a->kept_count == 0 || a->kept_count > COURSE_EVENTS_MAX || a->course != NULL)
		return true;
	for (uint32_t i = 0; i < a->queues.count && i < a->queue_capacity; i++) {
		if (a->by_queue[i].seems_out && order_unchecked(&a->order, i) == NULL &&
		    a->queues.queues[i].discipline != WSC_DISCIPLINE_NONE &&
		    share_has_queue(&a->options.share, a->queues.queues[i].queue) && !search_queue(a, i))
			return false;
	}
	return true;
}
