/* SPDX-License-Identifier: MIT */
#include "open_ends.h"

#include <string.h>

enum {
	PUSH = VIOLATION_OPEN_PUSH,
	HELD = VIOLATION_OPEN_HELD,
	RUN = VIOLATION_OPEN_RUN,
	AWAY = VIOLATION_OPEN_AWAY,
	STALE = VIOLATION_OPEN_STALE
};

bool diagnosis_may_take(const struct trace_header *header, uint32_t queue, uint32_t worker)
{
	const struct trace_queue *declared = trace_header_queue(header, queue);
	if (declared == NULL)
		return queue == worker;
	if (declared->has_owner)
		return declared->owner == worker;
	return queue == worker || trace_header_worker(header, queue) == NULL;
}

static bool is_slot(const struct diagnosis_rules *rules)
{
	return rules->header->identity == WSC_IDENTITY_RECYCLED;
}

static bool is_known(const struct told *told)
{
	return told->event.kind != 0;
}

static bool is_same(const struct told *a, const struct told *b)
{
	return memcmp(&a->event, &b->event, sizeof(a->event)) == 0;
}

static void drop(struct open_ends *ends, const struct open_end *end)
{
	size_t at = (size_t)(end - ends->list);
	memmove(&ends->list[at], &ends->list[at + 1], (--ends->count - at) * sizeof(*ends->list));
}

static void drop_all(struct open_ends *ends, unsigned roles)
{
	for (unsigned i = ends->count; i-- > 0;) {
		if ((ends->list[i].role & roles) != 0)
			drop(ends, &ends->list[i]);
	}
}

/* Of too many, the oldest goes, but a run only if there is nothing else. */
static void add(struct open_ends *ends, unsigned role, const struct told *begin, const struct told *other)
{
	if (ends->count == OPEN_ENDS_MAX) {
		const struct open_end *oldest = &ends->list[0];
		for (unsigned i = 0; i < ends->count && oldest->role == RUN; i++)
			oldest = ends->list[i].role != RUN ? &ends->list[i] : oldest;
		drop(ends, oldest);
		ends->incomplete = true;
	}
	ends->list[ends->count] = (struct open_end){.role = (uint16_t)role, .begin = *begin};
	if (other != NULL)
		ends->list[ends->count].other = *other;
	ends->count++;
}

const struct open_end *open_ends_latest(const struct open_ends *ends, unsigned role, const uint32_t *worker)
{
	for (unsigned i = ends->count; i-- > 0;) {
		const struct open_end *end = &ends->list[i];
		if (end->role == role && (worker == NULL || end->begin.event.worker == *worker))
			return end;
	}
	return NULL;
}

const struct open_end *open_ends_reused(const struct open_ends *ends, const uint32_t *queue)
{
	for (unsigned i = 0; i < ends->count; i++) {
		const struct open_end *end = &ends->list[i];
		if (end->role == PUSH && is_known(&end->other) && (queue == NULL || end->begin.event.queue == *queue))
			return end;
	}
	return NULL;
}

/* The oldest entry of a cancelled life in the queue, of the first `count`; or NULL. */
static const struct open_end *stale_in(const struct open_ends *ends, uint32_t queue, unsigned count)
{
	for (unsigned i = 0; i < count; i++) {
		const struct open_end *end = &ends->list[i];
		if (end->role == STALE && is_known(&end->other) && end->other.event.queue == queue)
			return end;
	}
	return NULL;
}

bool open_ends_doubts(const struct open_ends *ends, const struct open_end *held)
{
	return is_known(&held->other) && stale_in(ends, held->begin.event.queue, (unsigned)(held - ends->list)) != NULL;
}

const struct open_end *open_ends_dropped(const struct open_ends *ends, const struct told *told)
{
	const struct open_end *held = open_ends_latest(ends, HELD, &told->event.worker);
	return held != NULL && open_ends_doubts(ends, held) ? held : NULL;
}

/* Whether the take may have happened before the slot was used again. In one program stamps may be equal, or run backwards. */
static bool may_precede(const struct diagnosis_rules *rules, const struct told *take, const struct told *use)
{
	if (take->event.worker == use->event.worker)
		return take->span.sequence < use->span.sequence;
	return take->span.from <= use->event.ts || take->span.from - use->event.ts <= rules->uncertainty;
}

static bool is_from(const struct diagnosis_rules *rules, const struct open_end *push, const struct wsc_event *e)
{
	bool names_queue = e->kind == WSC_EV_STEAL_SUCCESS || e->kind == WSC_EV_DEQUEUED;
	return names_queue ? push->begin.event.queue == e->queue
	                   : diagnosis_may_take(rules->header, push->begin.event.queue, e->worker);
}

const struct open_end *open_ends_taken(const struct open_ends *ends, const struct diagnosis_rules *rules,
                                       const struct told *told)
{
	const struct open_end *present = NULL;
	for (unsigned i = 0; i < ends->count; i++) {
		const struct open_end *end = &ends->list[i];
		if (end->role != PUSH || !is_from(rules, end, &told->event))
			continue;
		if (!is_known(&end->other))
			present = end;
		else if (may_precede(rules, told, &end->other))
			return end;
	}
	return present;
}

/* What waits in the slot waited when it was used again. */
static void use_slot(struct open_ends *ends, const struct told *use)
{
	for (unsigned i = 0; i < ends->count; i++) {
		if (ends->list[i].role == PUSH && !is_known(&ends->list[i].other))
			ends->list[i].other = *use;
	}
}

static void on_queued(struct open_ends *ends, const struct diagnosis_rules *rules, const struct told *told)
{
	const struct open_end *loot = open_ends_latest(ends, HELD, &told->event.worker);
	if (!is_slot(rules))
		drop_all(ends, PUSH | HELD);
	else if (loot != NULL)
		drop(ends, loot);
	use_slot(ends, told);
	add(ends, PUSH, told, NULL);
}

static void on_push_failed(struct open_ends *ends, const struct told *told)
{
	const struct open_end *push = open_ends_latest(ends, PUSH, &told->event.worker);
	if (push == NULL || push->begin.event.queue != told->event.queue)
		return;
	for (unsigned i = 0; i < ends->count; i++) {
		if (is_known(&ends->list[i].other) && is_same(&ends->list[i].other, &push->begin))
			ends->list[i].other = (struct told){.tag = 0};
	}
	drop(ends, push);
}

static void on_take(struct open_ends *ends, const struct diagnosis_rules *rules, const struct told *told)
{
	const struct open_end *push = open_ends_taken(ends, rules, told);
	const struct open_end *late = open_ends_reused(ends, &told->event.queue);
	struct told taken = {.tag = 0};
	if (push == NULL) {
		const struct open_end *stale = stale_in(ends, told->event.queue, ends->count);
		if (stale != NULL) {
			drop(ends, stale); /* the taker drops it */
			return;
		}
		push = late; /* it comes too late, and that is what is reported */
	}
	if (push != NULL) {
		taken = push->begin;
		drop(ends, push);
	} else if (!is_slot(rules)) {
		drop_all(ends, PUSH | HELD);
	}
	if (rules->header->scope == WSC_SCOPE_SCHEDULER) /* of a bare deque, taken is final */
		add(ends, HELD, told, &taken);
}

/* Who starts what another may have taken from its queue has taken it; the other has the entry of a cancelled life. */
static void settle(struct open_ends *ends, const struct diagnosis_rules *rules, const struct told *start)
{
	for (unsigned i = 0; i < ends->count; i++) {
		struct open_end *end = &ends->list[i];
		if (end->role == HELD && open_ends_doubts(ends, end) &&
		    diagnosis_may_take(rules->header, end->begin.event.queue, start->event.worker)) {
			end->other = (struct told){.tag = 0};
			return;
		}
	}
}

static void on_start(struct open_ends *ends, const struct diagnosis_rules *rules, const struct told *told)
{
	const struct open_end *held = open_ends_latest(ends, HELD, &told->event.worker);
	const struct open_end *push = held == NULL ? open_ends_taken(ends, rules, told) : NULL;
	const struct open_end *away = open_ends_latest(ends, AWAY, NULL);
	bool goes_on = away != NULL && (told->event.kind == WSC_EV_RESUMED || (held == NULL && push == NULL));
	if (goes_on) {
		drop(ends, away);
		held = open_ends_latest(ends, HELD, &told->event.worker);
		push = held == NULL ? open_ends_taken(ends, rules, told) : NULL;
	}
	if (held != NULL || push != NULL)
		drop(ends, held != NULL ? held : push);
	if (rules->header->scope != WSC_SCOPE_SCHEDULER)
		return; /* a start may be all that is recorded of a take, and no more */
	if (held == NULL && push == NULL && !goes_on) {
		settle(ends, rules, told);
		use_slot(ends, told);
	}
	if (!is_slot(rules))
		drop_all(ends, PUSH | HELD | AWAY);
	add(ends, RUN, told, NULL);
}

static void on_stop(struct open_ends *ends, const struct diagnosis_rules *rules, const struct told *told)
{
	const struct open_end *run = open_ends_latest(ends, RUN, &told->event.worker);
	if (rules->header->scope != WSC_SCOPE_SCHEDULER)
		return;
	if (run == NULL)
		run = open_ends_latest(ends, RUN, NULL);
	if (run != NULL)
		drop(ends, run);
	else if (!is_slot(rules) && told->event.kind == WSC_EV_EXEC_COMPLETE)
		drop_all(ends, PUSH | HELD); /* it ran unseen */
	if (told->event.kind == WSC_EV_SUSPENDED)
		add(ends, AWAY, told, NULL);
}

/* What was taken was the entry of a cancelled life: the push waits, unless the slot was used again. */
static void give_back(struct open_ends *ends, const struct open_end *held)
{
	const struct told push = held->other;
	const struct open_end *stale = stale_in(ends, held->begin.event.queue, ends->count);
	drop(ends, held); /* the later one first: that moves the rest */
	drop(ends, stale);
	if (open_ends_latest(ends, PUSH, NULL) == NULL)
		add(ends, PUSH, &push, NULL);
}

/* Of a run and what waits beside it, it may be either that is cancelled: then nothing changes. */
static void on_cancelled(struct open_ends *ends, const struct diagnosis_rules *rules, const struct told *told)
{
	const struct open_end *push = open_ends_latest(ends, PUSH, NULL), *held = open_ends_latest(ends, HELD, NULL);
	const struct open_end *dropped = open_ends_dropped(ends, told);
	if (dropped != NULL) {
		give_back(ends, dropped);
		return;
	}
	if (!is_slot(rules) && open_ends_latest(ends, RUN, NULL) != NULL)
		return;
	if (push != NULL) {
		struct told entry = push->begin;
		drop(ends, push);
		add(ends, STALE, told, &entry);
	} else if (held != NULL) {
		drop(ends, held);
	}
}

void open_ends_step(struct open_ends *ends, const struct diagnosis_rules *rules, const struct told *told)
{
	switch (told->event.kind) {
	case WSC_EV_QUEUED:
		on_queued(ends, rules, told);
		break;
	case WSC_EV_PUSH_FAILED:
		on_push_failed(ends, told);
		break;
	case WSC_EV_STEAL_SUCCESS:
	case WSC_EV_DEQUEUED:
		on_take(ends, rules, told);
		break;
	case WSC_EV_EXEC_START:
	case WSC_EV_RESUMED:
		on_start(ends, rules, told);
		break;
	case WSC_EV_EXEC_COMPLETE:
	case WSC_EV_SUSPENDED:
		on_stop(ends, rules, told);
		break;
	case WSC_EV_CANCELLED:
		on_cancelled(ends, rules, told);
		break;
	default:
		break;
	}
}

void open_ends_begin_life(struct open_ends *ends, const struct trace_header *header)
{
	if (header->identity != WSC_IDENTITY_RECYCLED)
		drop_all(ends, PUSH | HELD | AWAY);
}

/* Once, however many roles it has. */
static size_t list_one(struct told *list, size_t count, const struct told *told, unsigned role)
{
	size_t at = count;
	for (size_t i = 0; i < count; i++) {
		if (is_same(&list[i], told)) {
			list[i].span.open = (uint16_t)(list[i].span.open | role);
			return count;
		}
	}
	for (; at > 0 && told_after(&list[at - 1], told); at--)
		list[at] = list[at - 1];
	list[at] = *told;
	list[at].span.open = (uint16_t)role;
	return count + 1;
}

size_t open_ends_list(const struct open_ends *ends, struct told list[OPEN_ENDS_EVENTS_MAX])
{
	size_t count = 0;
	for (unsigned i = 0; i < ends->count; i++) {
		const struct open_end *end = &ends->list[i];
		bool uses = end->role == PUSH && is_known(&end->other);
		count = list_one(list, count, &end->begin, end->role | (uses ? VIOLATION_OPEN_REUSED : 0U));
		if (is_known(&end->other))
			count = list_one(list, count, &end->other, uses ? VIOLATION_OPEN_USE : VIOLATION_OPEN_SOURCE);
	}
	if (count > 0 && ends->incomplete)
		list[0].span.open |= VIOLATION_OPEN_MORE;
	return count;
}

/* The latest before number `before` that was taken, or cancelled, from that queue; a cancellation names none. */
static const struct told *source_of(const struct told *list, size_t before)
{
	const bool any = list[before].event.kind == WSC_EV_CANCELLED;
	for (size_t i = before; i-- > 0;) {
		if ((list[i].span.open & VIOLATION_OPEN_SOURCE) != 0 &&
		    (any || list[i].event.queue == list[before].event.queue))
			return &list[i];
	}
	return NULL;
}

static const struct told *use_of(const struct told *list, size_t count, size_t push)
{
	for (size_t i = push + 1; i < count && (list[push].span.open & VIOLATION_OPEN_REUSED) != 0; i++) {
		if ((list[i].span.open & VIOLATION_OPEN_USE) != 0)
			return &list[i];
	}
	return NULL;
}

static const struct told *other_of(const struct told *list, size_t count, size_t at, unsigned role)
{
	if (role == PUSH)
		return use_of(list, count, at);
	return role == HELD || role == STALE ? source_of(list, at) : NULL;
}

void open_ends_restore(struct open_ends *ends, const struct told *list, size_t count)
{
	static const unsigned roles[] = {PUSH, HELD, RUN, AWAY, STALE};
	for (size_t i = 0; i < count; i++) {
		ends->incomplete |= (list[i].span.open & VIOLATION_OPEN_MORE) != 0;
		for (size_t r = 0; r < sizeof(roles) / sizeof(*roles); r++) {
			if ((list[i].span.open & roles[r]) != 0)
				add(ends, roles[r], &list[i], other_of(list, count, i, roles[r]));
		}
	}
}
