/* SPDX-License-Identifier: MIT */
/*
 * Slots, of which the first reading breaks the order of a queue: whether every course does.
 *
 * A short trace is gone through again, once for each course, that is for each way in which the events of the queue's slots
 * may be of their lives: where a step has several outcomes, or a group of close stamps several orders that differ in what
 * comes of them, one is chosen, and all choices are gone through like the numbers of an odometer. A start may turn out to
 * have taken nothing, when the stay that it seemed to take is taken late (slot.c: its credit): then the course is gone through
 * once more, with that known, so that each stay has its one take. A course that comes to a step or an end which is not
 * legal is none. Then, of the courses that are left,
 * - the queue is out of order if each breaks it: convict only if every matching does (DESIGN.md, 6);
 * - it is in order if one does not, which is a linearization. That of another queue may need another course: so only if its
 *   slots wait nowhere else;
 * - nothing is known if there are too many, or one can't be told apart from another.
 */
#include "engine.h"

#include <stdlib.h>
#include <string.h>

enum { RUNS_MAX = 512, STEPS_MAX = 1 << 15 };

static bool can_keep(const struct analysis *a)
{
	return a->rules.identity == WSC_IDENTITY_RECYCLED && a->course == NULL && !a->options.no_courses &&
	       a->header->complete && a->header->absent == 0 && a->options.share.kind != SHARE_TASKS;
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

void course_step(struct course *c, const struct ownership *after)
{
	bool stands_for_one =
	    (after->flags & (unsigned)(OWNERSHIP_BLURRED | OWNERSHIP_CROWDED | OWNERSHIP_UNKNOWN | OWNERSHIP_VAGUE)) ==
	    0;
	for (int i = 0; i < after->credit_count; i++)
		stands_for_one &= after->credit_counts[i] == 1;
	if (!stands_for_one)
		course_blurs(c);
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

/* Those that were pushed to the queue. If one is cancelled, or the like, more is left open than a course says. */
static enum outlook find_slots(const struct analysis *a, struct course *c, uint32_t queue)
{
	const unsigned known = 1U << WSC_EV_QUEUED | 1U << WSC_EV_DEQUEUED | 1U << WSC_EV_STEAL_SUCCESS |
	                       1U << WSC_EV_EXEC_START | 1U << WSC_EV_EXEC_COMPLETE;
	for (size_t i = 0; i < a->kept_count; i++) {
		const struct wsc_event *e = &a->kept[i];
		if (e->kind == WSC_EV_QUEUED && e->queue == queue && id_map_find(&c->slots, e->task) == ID_MAP_NONE &&
		    !id_map_add(&c->slots, e->task, 1))
			return NO_MEMORY;
	}
	for (size_t i = 0; i < a->kept_count; i++) {
		const struct wsc_event *e = &a->kept[i];
		if (e->task == 0 || id_map_find(&c->slots, e->task) == ID_MAP_NONE)
			continue;
		if ((known >> e->kind & 1U) == 0)
			return NOT_KNOWN;
		c->is_of_several |= e->kind == WSC_EV_QUEUED && e->queue != queue;
	}
	return KNOWN;
}

/* NULL: no memory. */
static struct analysis *go_through(const struct analysis *a, struct course *c)
{
	struct analysis *b;
	struct analysis_options options = a->options;
	options.stepwise = true; /* so that it is soon known to be dead */
	c->at = 0;
	c->is_dead = c->is_inexact = c->is_open = false;
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

/* Goes through one more. */
static enum outlook judge(const struct analysis *a, struct course *c, uint32_t queue, struct verdict *v)
{
	struct analysis *b = run(a, c);
	struct order_conviction conviction;
	if (b == NULL)
		return NO_MEMORY;
	if (c->is_inexact) {
		analysis_free(b);
		return NOT_KNOWN;
	}
	if (!c->is_dead && !findings_on_course(b, queue, &conviction)) {
		v->has_sound = true;
		v->is_in_order |= !c->is_open && !c->is_of_several;
	} else if (!c->is_dead && !v->has_course) {
		v->first = conviction;
	}
	v->has_course |= !c->is_dead;
	analysis_free(b);
	return KNOWN;
}

static enum outlook judge_all(struct analysis *a, struct course *c, uint32_t queue, struct verdict *v)
{
	enum outlook outlook = find_slots(a, c, queue);
	for (unsigned runs = 0; outlook == KNOWN && !v->is_in_order; runs++) {
		if (runs == RUNS_MAX || runs * a->kept_count >= STEPS_MAX)
			return NOT_KNOWN;
		outlook = judge(a, c, queue, v);
		if (!choose_next(c))
			break;
	}
	return outlook;
}

/* False: no memory. */
static bool search_queue(struct analysis *a, uint32_t number)
{
	struct course c = {0};
	struct verdict v = {0};
	const enum outlook outlook = judge_all(a, &c, a->queues.queues[number].queue, &v);
	id_map_free(&c.slots);
	if (outlook != KNOWN || !v.has_course || (v.has_sound && !v.is_in_order))
		return outlook != NO_MEMORY;
	a->by_queue[number].seems_out = false;
	a->by_queue[number].unordered = 0;
	return v.is_in_order || findings_convict(a, &v.first);
}

bool course_search(struct analysis *a)
{
	if (a->kept_count == 0 || a->kept_count > COURSE_EVENTS_MAX || a->course != NULL ||
	    a->result.end != WSC_END_CLEAN)
		return true;
	for (uint32_t i = 0; i < a->queues.count && i < a->queue_capacity; i++) {
		if (a->by_queue[i].seems_out && order_unchecked(&a->order, i) == NULL &&
		    a->queues.queues[i].discipline != WSC_DISCIPLINE_NONE &&
		    share_has_queue(&a->options.share, a->queues.queues[i].queue) && !search_queue(a, i))
			return false;
	}
	return true;
}
