/* SPDX-License-Identifier: MIT */
/*
 * The window of events that wait, and the choice of an order where stamps do not give one.
 *
 * Stamps of different workers that are at most the uncertainty apart may be in either order; the same worker's are in
 * program order. So the events of one task are partially ordered, and a report needs that no linear extension of that
 * order is legal. Extensions differ only within a group: a stretch of the task's events such that everything after it
 * is certainly after everything in it. A group is searched depth-first, orders closer to the stamps first; the states
 * that legal orders lead to are all kept. Without a legal order, those count in which something unseen may excuse all that
 * deserves a report; where there is one, what else those lead to makes the task doubtful. A group that has none of these
 * either is replayed in stamp order.
 *
 * The first legal order is what the task went through, as far as statistics go. Its stays bind the order of their queues
 * where all legal orders agree: on the take that ended the stay, or on none within the group. Of a stay on whose end they
 * differ nothing is concluded, though each of them might convict: sound, and now and then a miss.
 */
#include "engine.h"

#include <stdlib.h>
#include <string.h>

#include "id_map.h"

enum {
	WINDOW_ENTRIES_MIN = 256,
	GROUP_EVENTS_MAX = 64, /* bits of a mask */
	SEARCH_NODES_MAX = 4096,
	SEARCH_SLOTS = SEARCH_NODES_MAX * 2
};

#define SEARCH_MULTIPLIER UINT64_C(0x9e3779b97f4a7c15)

/* A point of the search that was reached before: the events applied, and the state. */
struct search_node {
	uint64_t stays; /* a hash of how the stays that are over ended, and of which is not */
	uint64_t mask;
	struct ownership state;
};

/* The points reached so far, in a hash table that is emptied by raising `round`. */
struct search_memory {
	struct search_node nodes[SEARCH_SLOTS];
	uint64_t rounds[SEARCH_SLOTS]; /* a slot is in use if its round is the present one */
	uint64_t round;
	uint64_t seed; /* of the hash: states can't be chosen to collide */
};

static struct window_entry *entry_at(struct window *window, uint64_t number)
{
	return &window->entries[number & window->mask];
}

static bool grow(struct window *window)
{
	uint64_t size = window->entries == NULL ? WINDOW_ENTRIES_MIN : (window->mask + 1) * 2;
	struct window_entry *entries = malloc(size * sizeof(*entries));
	if (entries == NULL)
		return false;
	for (uint64_t i = window->head; i != window->tail; i++)
		entries[i & (size - 1)] = *entry_at(window, i);
	free(window->entries);
	window->entries = entries;
	window->mask = size - 1;
	return true;
}

void window_free(struct window *window)
{
	free(window->entries);
	free(window->search);
}

/* Whether b, which comes later in the merged order, is certainly after a. */
static bool certainly_after(const struct analysis *a, const struct window_entry *b, const struct window_entry *entry_a)
{
	if (b->stream == entry_a->stream)
		return true;
	return b->event.ts > entry_a->event.ts && b->event.ts - entry_a->event.ts > a->uncertainty;
}

struct group {
	const struct window_entry *entries[GROUP_EVENTS_MAX];
	unsigned count;
	bool too_large;
	uint64_t last; /* number of its last entry */
	uint64_t last_ts;
	enum wsc_undecided_reason why; /* ... if nothing can be concluded from it */
};

/*
 * Whether the head certainly comes before all others of its task that wait: the first one of another worker is certainly
 * after it. How far the others were looked at is remembered, so that each is looked at once.
 */
static bool is_alone(struct analysis *a, struct task *task)
{
	struct window *window = &a->window;
	const struct window_entry *head = entry_at(window, window->head), *other = head;
	uint64_t n = task->same_until > window->head ? task->same_until : window->head;
	for (; n != WINDOW_END && other->stream == head->stream; n = other->next) {
		other = entry_at(window, n);
		if (other->stream == head->stream)
			task->same_until = n;
	}
	return certainly_after(a, other, head);
}

/*
 * The group that begins at the head, which is not alone: the shortest stretch of its task's events that all later ones
 * certainly follow.
 */
static void collect(struct analysis *a, struct group *group)
{
	struct window *window = &a->window;
	const struct window_entry *head = entry_at(window, window->head);
	*group = (struct group){.entries = {head},
	                        .count = 1,
	                        .last = window->head,
	                        .last_ts = head->event.ts,
	                        .why = WSC_UNDECIDED_MANY_ORDERS};
	unsigned open = 0; /* entries looked at since the last that joined */
	const struct window_entry *later[GROUP_EVENTS_MAX];
	for (uint64_t n = head->next; n != WINDOW_END; n = entry_at(window, n)->next) {
		const struct window_entry *e = entry_at(window, n);
		bool joins = false,
		     near = a->uncertainty >= e->event.ts - group->last_ts || e->event.ts <= group->last_ts;
		for (unsigned i = 0; i < group->count && !joins; i++)
			joins = !certainly_after(a, e, group->entries[i]);
		if (!joins && !near)
			break;
		if (group->count + open == GROUP_EVENTS_MAX) {
			/* What does not join the head alone is its worker's. Behind it is another's that does, or stamps ran back. */
			if (!joins && group->count > 1)
				continue;
			group->too_large = true; /* what follows is decided by itself: see is_unsure() */
			return;
		}
		later[open++] = e;
		if (joins) {
			memcpy(&group->entries[group->count], later, open * sizeof(later[0]));
			group->count += open;
			open = 0;
			group->last = n;
			group->last_ts = e->event.ts;
		}
	}
}

/*
 * How the stays along a path ended, by the place in the group of the entry that began each. An end is the place of the
 * take, or one of these; STAY_OWED: its take is still to be stamped. STAY_BEFORE stands for the one that was there
 * before the group, those behind it for the task's owed ones of before.
 */
enum {
	STAY_BEFORE = GROUP_EVENTS_MAX,
	STAY_OWED_BEFORE,
	STAY_NONE = STAY_OWED_BEFORE + OWNERSHIP_OWED_MAX,
	STAY_LASTS,
	STAY_VOID,
	STAY_OWED,
	STAYS_MAX = STAY_NONE
};

struct stays {
	uint64_t hash;            /* of the ends so far */
	uint32_t queue;           /* of the latest stay */
	uint8_t open;             /* place of the stay that is there, or STAY_NONE */
	uint8_t end[STAYS_MAX];   /* STAY_NONE: the entry begins no stay */
	uint8_t ender[STAYS_MAX]; /* place of the entry that ended it, unless it lasts */
};

static uint64_t hash_of_end(unsigned stay, unsigned end)
{
	return id_map_hash((stay << 8 | end) + 1, SEARCH_MULTIPLIER) * UINT64_C(0xd6e8feb86659fd93);
}

static uint64_t hash_of_credit(unsigned place, struct ownership_owed credit)
{
	const uint64_t start = (uint64_t)credit.worker << 32 ^ credit.sequence;
	return id_map_hash(id_map_hash(start, SEARCH_MULTIPLIER) + place, SEARCH_MULTIPLIER);
}

static void end_stay(struct stays *stays, unsigned end, unsigned ender)
{
	if (stays->open == STAY_NONE)
		return;
	stays->end[stays->open] = (uint8_t)end;
	stays->ender[stays->open] = (uint8_t)ender;
	stays->hash += hash_of_end(stays->open, end);
	stays->open = STAY_NONE;
}

/* One way through a group: which entry was applied, with which of its outcomes. */
struct path {
	uint8_t entry[GROUP_EVENTS_MAX], outcome[GROUP_EVENTS_MAX];
};

struct search {
	struct analysis *a;
	const struct group *group;
	struct path path, found_path;
	struct task_states found;
	struct stays stays;     /* of the first legal order */
	bool differ[STAYS_MAX]; /* in another one this stay ended otherwise */
	bool on_course;         /* one order is chosen: */
	unsigned legal, wanted; /* so many were met, and that one is */
	bool may_choose;        /* no legal order from an earlier state was met */
	bool excuses;           /* what may be excused counts as legal */
	bool excusable;         /* there was something */
	unsigned nodes;
	bool overflow;
	struct search_memory *memory;
};

/* The stay that goes by that; STAY_NONE: it is not known. */
static unsigned find_owed(const struct search *search, const struct stays *stays, const struct ownership_owed *owed)
{
	unsigned at = stay_owed_at(search->group->entries[0]->task, owed);
	if (at != STAY_NOT_OWED)
		return STAY_OWED_BEFORE + at;
	for (unsigned stay = 0; stay < STAYS_MAX; stay++) {
		if (stays->end[stay] != STAY_OWED || stays->ender[stay] == STAY_NONE)
			continue;
		const struct window_entry *ender = search->group->entries[stays->ender[stay]];
		if (ender->event.worker == owed->worker && ender->context.sequence == owed->sequence)
			return stay;
	}
	return STAY_NONE;
}

/* The stay that goes by that is the present one again, ... */
static void reopen(const struct search *search, struct stays *stays, const struct ownership_owed *owed)
{
	unsigned stay = find_owed(search, stays, owed);
	if (stay == STAY_NONE)
		return;
	stays->hash -= hash_of_end(stay, STAY_OWED);
	stays->open = (uint8_t)stay;
}

/* The entry at that place was applied. */
static void stays_step(const struct search *search, struct stays *stays, unsigned place, const struct ownership *before,
                       const struct ownership_outcome *out)
{
	const struct wsc_event *event = &search->group->entries[place]->event;
	const struct ownership_fates fates = ownership_fates(before, (enum wsc_event_kind)event->kind, out);
	if (search->on_course) /* which start took nothing ends no stay, but tells courses apart */
		stays->hash += hash_of_credit(place, fates.credit);
	if (fates.takes_owed) {
		const uint8_t open = stays->open;
		stays->open = STAY_NONE;
		reopen(search, stays, &fates.owed); /* ... and ends at once */
		end_stay(stays, place, place);
		stays->open = open;
	}
	if (fates.present == OWNERSHIP_STAY_TAKEN)
		end_stay(stays, place, place);
	else if (fates.present == OWNERSHIP_STAY_VOID)
		end_stay(stays, STAY_VOID, place);
	else if (fates.present == OWNERSHIP_STAY_OWED ||
	         (fates.present == OWNERSHIP_STAY_UNCLEAR && !search->on_course))
		end_stay(stays, STAY_OWED, place);
	if (fates.restores)
		reopen(search, stays, &fates.owed);
	if (out->effect != OWNERSHIP_EFFECT_PUSH)
		return;
	stays->open = (uint8_t)place;
	stays->queue = event->queue;
}

static uint64_t node_hash(uint64_t seed, uint64_t stays, uint64_t mask, const struct ownership *state)
{
	uint64_t words[sizeof(*state) / sizeof(uint64_t)] = {0}, hash = id_map_hash(mask ^ stays, seed);
	_Static_assert(sizeof(*state) == sizeof(words), "a state is whole words");
	memcpy(words, state, sizeof(words));
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		hash = id_map_hash(hash ^ words[i], seed);
	return hash;
}

static bool was_seen(struct search *search, const struct stays *stays_so_far, uint64_t mask,
                     const struct ownership *state)
{
	struct search_memory *memory = search->memory;
	uint64_t stays = stays_so_far->hash + stays_so_far->open + ((uint64_t)stays_so_far->queue << 32);
	size_t slot = (size_t)node_hash(memory->seed, stays, mask, state) % SEARCH_SLOTS;
	for (; memory->rounds[slot] == memory->round; slot = (slot + 1) % SEARCH_SLOTS) {
		if (memory->nodes[slot].mask == mask && memory->nodes[slot].stays == stays &&
		    memcmp(&memory->nodes[slot].state, state, sizeof(*state)) == 0)
			return true;
	}
	if (search->nodes == SEARCH_NODES_MAX) {
		search->overflow = true;
		return true;
	}
	search->nodes++;
	memory->rounds[slot] = memory->round;
	memory->nodes[slot] = (struct search_node){stays, mask, *state};
	return false;
}

static bool may_come_next(const struct search *search, uint64_t mask, unsigned i)
{
	for (unsigned j = 0; j < i; j++) {
		if ((mask & UINT64_C(1) << j) == 0 &&
		    certainly_after(search->a, search->group->entries[i], search->group->entries[j]))
			return false;
	}
	return true;
}

/*
 * Not recycled: of two legal orders the first reading is rather the one that leaves nothing behind in a queue. A start before the
 * push that it is close to would have been inline, and what was run inline is seldom queued.
 */
static bool is_likelier(const struct search *search, const struct ownership *state)
{
	return !has_slots(search->a) && state->where != OWNERSHIP_QUEUED &&
	       search->found.states[0].where == OWNERSHIP_QUEUED;
}

static void note_found(struct search *search, const struct stays *stays, const struct ownership *state)
{
	struct task_states *found = &search->found;
	struct stays ended = *stays;
	if (search->on_course && search->legal++ != search->wanted)
		return;
	end_stay(&ended, STAY_LASTS, 0);
	const bool is_chosen = found->count == 0 || (search->may_choose && is_likelier(search, state));
	for (unsigned i = 0; i < STAYS_MAX; i++)
		search->differ[i] |= found->count > 0 && ended.end[i] != search->stays.end[i];
	search->overflow |= !task_states_add(found, state, has_slots(search->a));
	if (!is_chosen || search->overflow)
		return;
	const struct ownership last = found->states[found->count - 1];
	found->states[found->count - 1] = found->states[0];
	found->states[0] = last;
	search->found_path = search->path;
	search->stays = ended;
}

static void explore(struct search *search, const struct stays *stays, uint64_t mask, unsigned depth,
                    const struct ownership *state);

/* Goes on with the entry at that place of the group. */
static void follow(struct search *search, const struct stays *stays, uint64_t mask, unsigned depth,
                   const struct ownership *state, unsigned place)
{
	struct ownership_event view = apply_view(search->group->entries[place]);
	struct ownership_step step;
	ownership_step(&search->a->rules, state, &view, &step);
	if (step.report >= 0) {
		bool may_be = apply_excuses(search->a, state, stays->queue, step.report, &view.event);
		search->excusable |= may_be;
		if (!may_be || !search->excuses)
			return;
	}
	mask |= UINT64_C(1) << place;
	for (int k = 0; k < step.count; k++) {
		struct stays next = *stays;
		search->overflow |= step.outcomes[k].forgot;
		stays_step(search, &next, place, state, &step.outcomes[k]);
		if (was_seen(search, &next, mask, &step.outcomes[k].state))
			continue;
		search->path.entry[depth] = (uint8_t)place;
		search->path.outcome[depth] = (uint8_t)k;
		explore(search, &next, mask, depth + 1, &step.outcomes[k].state);
	}
}

/* Depth is at most GROUP_EVENTS_MAX. */
static void explore(struct search *search, const struct stays *stays, uint64_t mask, unsigned depth,
                    const struct ownership *state)
{
	if (depth == search->group->count) {
		note_found(search, stays, state);
		return;
	}
	for (unsigned i = 0; i < search->group->count && !search->overflow; i++) {
		if ((mask & UINT64_C(1) << i) == 0 && may_come_next(search, mask, i))
			follow(search, stays, mask, depth, state, i);
	}
}

/* Keeps what else the task may be. */
void window_keep_others(struct analysis *a, struct task *task, const struct task_states *found)
{
	free(task->also);
	task->also = NULL;
	if (found->count < 2)
		return;
	a->branches = true;
	task->also = malloc(sizeof(*task->also));
	if (task->also == NULL) {
		a->no_memory = true;
		return;
	}
	task->also->count = 0;
	for (unsigned i = 1; i < found->count; i++)
		task->also->states[task->also->count++] = found->states[i];
}

/* What an entry of a group is to the task's stays. */
struct plan_step {
	uint8_t stay;       /* place of the one that it ends, or as in struct stays */
	bool takes;         /* ... in a take, */
	bool owes;          /* ... or so that its take is still to be stamped */
	uint8_t end, ender; /* of the one that it begins, as in struct stays */
	bool differs;       /* ... which is ambiguous: it binds nothing */
	bool is_take;    /* it takes that one; or, if that is not known, perhaps what seemed to have left its queue */
	uint32_t queue;  /* ... its queue, */
	uint32_t item;   /* ... its item, once it has begun, */
	uint64_t life;   /* ... and its life */
	uint32_t stream; /* number of the entry's worker, */
	uint64_t take;   /* ... and of the take among those of its worker, if it came before its stay */
	struct ownership_owed credit; /* as struct ownership_fates has it */
	uint64_t sequence;            /* of the entry in its worker's program */
};

struct window_plan {
	unsigned count, next;
	uint32_t before[STAYS_MAX - STAY_BEFORE]; /* items of the stays of before that end here */
	struct plan_step steps[];
};

static void plan_end(struct window_plan *plan, const struct stays *stays, unsigned stay)
{
	unsigned end = stays->end[stay], ender = stays->ender[stay];
	if (end == STAY_NONE || end == STAY_LASTS || ender == STAY_NONE)
		return;
	plan->steps[ender].stay = (uint8_t)stay;
	plan->steps[ender].takes = end != STAY_VOID && end != STAY_OWED;
	plan->steps[ender].owes = end == STAY_OWED;
}

/* Of the stays of before. */
static void plan_before(struct analysis *a, struct task *task, struct window_plan *plan, const struct search *search)
{
	if (search->differ[STAY_BEFORE])
		apply_unorder_stay(a, task);
	plan->before[0] = task->item;
	if (search->stays.end[STAY_BEFORE] != STAY_LASTS)
		task->item = TASK_NO_ITEM;
	for (unsigned i = task->owed == NULL ? 0 : task->owed->count; i-- > 0;) {
		const unsigned stay = STAY_OWED_BEFORE + i, end = search->stays.end[stay];
		const struct ownership_owed owed = task->owed->stays[i].owed;
		if (search->differ[stay])
			stay_unorder_owed(a, task, &owed);
		if (end == STAY_OWED && search->stays.ender[stay] == STAY_NONE)
			continue; /* as it was; not, used again, by another name */
		if (end == STAY_LASTS)
			stay_restore(a, task, &owed);
		else
			plan->before[stay - STAY_BEFORE] = stay_not_owed(task, &owed);
	}
	for (unsigned stay = STAY_BEFORE; stay < STAYS_MAX; stay++)
		plan_end(plan, &search->stays, stay);
}

static void plan_stays(struct analysis *a, struct task *task, struct window_plan *plan, const struct search *search)
{
	const struct group *group = search->group;
	*plan = (struct window_plan){.count = group->count};
	for (unsigned i = 0; i < group->count; i++)
		plan->steps[i] = (struct plan_step){.stay = STAY_NONE,
		                                    .end = search->stays.end[i],
		                                    .ender = search->stays.ender[i],
		                                    .differs = search->differ[i],
		                                    .queue = group->entries[i]->event.queue,
		                                    .item = ORDER_NONE,
		                                    .stream = group->entries[i]->stream,
		                                    .sequence = group->entries[i]->context.sequence};
	for (unsigned i = 0; i < group->count; i++)
		plan_end(plan, &search->stays, i);
	plan_before(a, task, plan, search);
}

/* Leads the task through the order that was found, and plans what becomes of its stays. */
static struct window_plan *make_plan(struct analysis *a, const struct search *search, struct task *task)
{
	const struct group *group = search->group;
	struct window_plan *plan = malloc(sizeof(*plan) + group->count * sizeof(plan->steps[0]));
	if (plan == NULL) {
		a->no_memory = true;
		return NULL;
	}
	plan_stays(a, task, plan, search);
	for (unsigned i = 0; i < group->count; i++) {
		unsigned at = search->found_path.entry[i];
		struct ownership_event view = apply_view(group->entries[at]);
		struct ownership_step step;
		ownership_step(&a->rules, &task->own, &view, &step);
		const struct ownership_outcome *out = &step.outcomes[search->found_path.outcome[i]];
		plan->steps[at].credit = ownership_fates(&task->own, (enum wsc_event_kind)view.event.kind, out).credit;
		if (search->on_course)
			course_step(a, group->entries[at], &task->own, out);
		if (step.report < 0)
			apply_state(a, group->entries[at], out);
		else
			apply_report(a, group->entries[at], step.report, out, NULL);
		plan->steps[at].life = task->life;
		plan->steps[at].is_take = ownership_takes(out);
	}
	task->own = search->found.states[0]; /* or what it was joined with */
	return plan;
}

/* Searches the group's orders from every state that the task may be in. Returns the first from which one is legal. */
static struct ownership search_all(struct search *search, const struct task *task)
{
	unsigned starts = 1 + (task->also == NULL ? 0 : task->also->count);
	struct ownership from = task->own;
	struct stays stays = {.open = STAY_BEFORE, .queue = task->queue};
	memset(stays.end, STAY_NONE, sizeof(stays.end));
	memset(stays.ender, STAY_NONE, sizeof(stays.ender));
	for (unsigned i = 0; task->owed != NULL && i < task->owed->count; i++)
		stays.end[STAY_OWED_BEFORE + i] = STAY_OWED;
	search->memory->round++;
	for (unsigned i = 0; i < starts; i++) {
		const struct ownership *start = i == 0 ? &task->own : &task->also->states[i - 1];
		search->may_choose = search->found.count == 0;
		explore(search, &stays, 0, 0, start);
		if (search->may_choose)
			from = *start;
	}
	return from;
}

/*
 * ... once more, with what may be excused, after that without had `from` for a result. If there was no legal order, these
 * count instead; else it is doubtful that the task went through one, and which of its stays ended how.
 */
static struct ownership search_excused(struct search *search, struct task *task, const struct ownership *from)
{
	const struct task_states legal = search->found;
	search->excuses = true;
	struct ownership excused = search_all(search, task);
	if (legal.count == 0)
		return excused;
	task->is_doubtful |= search->found.count != legal.count ||
	                     memcmp(search->found.states, legal.states, legal.count * sizeof(legal.states[0])) != 0;
	search->found = legal;
	return *from;
}

/* One of those that are legal. */
static void choose_order(struct search *search, struct task *task)
{
	struct course *course = search->a->course;
	search->wanted = UINT32_MAX;
	search_all(search, task);
	search->wanted = course_choose(course, search->legal);
	if (search->overflow)
		course_blurs(course);
	course->is_dead |= search->legal == 0;
	search->legal = 0;
	search->nodes = 0;
}

/* BY_PLAN if an order is legal, or may be; BY_STAMP if none is, UNKNOWN if there are too many to tell. */
static enum window_turn resolve(struct analysis *a, const struct group *group, struct task *task)
{
	struct search_memory *memory = a->window.search;
	if (memory == NULL) {
		memory = a->window.search = calloc(1, sizeof(*memory));
		if (memory == NULL) {
			a->no_memory = true;
			return WINDOW_UNKNOWN;
		}
		memory->seed = id_map_seed();
	}
	struct search search = {.a = a, .group = group, .memory = memory, .on_course = course_follows(a, task)};
	if (search.on_course)
		choose_order(&search, task);
	struct ownership from = search_all(&search, task);
	if (search.excusable)
		from = search_excused(&search, task, &from);
	if (search.overflow) {
		a->ambiguous = true;
		return WINDOW_UNKNOWN;
	}
	if (search.found.count == 0)
		return WINDOW_BY_STAMP;
	apply_goes_on_from(a, task, &from);
	task->own = from;
	task->plan = make_plan(a, &search, task);
	window_keep_others(a, task, &search.found);
	stay_settle_owed(a, task);
	return task->plan != NULL ? WINDOW_BY_PLAN : WINDOW_UNKNOWN;
}

/* Whether the event may have come before one of its task that was applied already: nothing is concluded from it. */
static bool is_unsure(const struct analysis *a, const struct task *task, uint64_t ts)
{
	/* Of a group that was too large the task is unknown; its record may have been let go of meanwhile. */
	bool is_unknown = (task->own.flags & OWNERSHIP_UNKNOWN) != 0;
	if (a->window.has_unsure && ts <= a->window.unsure_until && is_unknown)
		return true;
	return a->window.overrun && ts <= later_by(a->window.overrun_ts, a->uncertainty) &&
	       (is_unknown || task->last_ts == UINT64_MAX ||
	        ((task->own.flags & OWNERSHIP_LIFE) != 0 && ts <= later_by(task->last_ts, a->uncertainty)));
}

/*
 * What a gap before the group hides makes its beginning unknown, and the search goes on from there; one that may lie
 * within it leaves nothing to conclude.
 */
static enum window_turn judge_group(struct analysis *a, struct group *group, struct task *task)
{
	if (group->too_large) {
		a->ambiguous = true;
		return WINDOW_UNKNOWN;
	}
	if (is_unsure(a, task, group->entries[0]->event.ts))
		return WINDOW_UNKNOWN;
	if (group->count == 1) /* alone after all: what comes close behind is a stamp that ran backwards */
		return WINDOW_BY_STAMP;
	if (engine_in_head(a, group->entries[0]->event.ts)) {
		group->why = WSC_UNDECIDED_LATE_WORKER;
		return WINDOW_UNKNOWN;
	}
	enum wsc_undecided_reason why;
	if (apply_is_blurred(a, task, group->last_ts, &why)) {
		apply_blur(a, group->entries[0], why);
		task->last_ts = group->entries[0]->event.ts;
		if (apply_is_blurred(a, task, group->last_ts, &group->why))
			return WINDOW_UNKNOWN;
	}
	return resolve(a, group, task);
}

/* Decides how the head's group is to be applied, and marks its entries. False: it may still grow; wait. */
static bool decide(struct analysis *a, uint64_t now)
{
	struct window *window = &a->window;
	struct task *task = entry_at(window, window->head)->task;
	struct group group;
	collect(a, &group);
	if (now != WINDOW_END && now - group.last_ts <= a->uncertainty && !group.too_large) {
		window->blocked_until = later_by(group.last_ts, a->uncertainty);
		return false;
	}
	if (group.too_large) { /* also another share's: what is unsure there is so here */
		const uint64_t until = later_by(group.last_ts, a->uncertainty);
		if (until > window->unsure_until)
			window->unsure_until = until;
		window->has_unsure = true;
	}
	enum window_turn turn = task->is_ghost ? WINDOW_BY_STAMP : judge_group(a, &group, task);
	for (uint64_t n = window->head;; n = entry_at(window, n)->next) {
		entry_at(window, n)->turn = (uint8_t)turn;
		entry_at(window, n)->why = (uint8_t)group.why;
		if (n == group.last)
			return true;
	}
}

/* The slot was used again by that entry: unless the take was seen within the group, it is owed from now on. */
static void owe_stay(struct analysis *a, struct task *task, uint32_t item, const struct plan_step *user)
{
	for (int i = 0; i < task->own.owed_count; i++) {
		const struct ownership_owed *owed = &task->own.owed[i];
		if (owed->worker != a->streams[user->stream].stream.worker || owed->sequence != user->sequence)
			continue;
		stay_owe(a, task, item, owed);
		return;
	}
	stay_lose(a, item);
}

static void begin_stay(struct analysis *a, const struct window_entry *head, struct plan_step *step, unsigned place)
{
	struct task *task = head->task;
	uint32_t item = stay_begin(a, head, task->handle, step->life);
	if (step->differs)
		item = stay_unorder(a, item);
	if (step->end == STAY_LASTS)
		task->item = item;
	else if (step->ender > place)
		step->item = item;
	else if (step->end == STAY_OWED)
		owe_stay(a, task, item, &task->plan->steps[step->ender]);
	else if (step->end == STAY_VOID)
		stay_drop(a, item);
	else if (step->differs)
		stay_lose(a, item);
	else
		stay_was_taken(a, item, task->plan->steps[step->ender].stream, task->plan->steps[step->ender].take);
}

static void end_stay_of(struct analysis *a, const struct window_entry *head, struct plan_step *step, unsigned place)
{
	const struct window_plan *plan = head->task->plan;
	const struct plan_step *begun = step->stay >= STAY_BEFORE ? NULL : &plan->steps[step->stay];
	uint32_t item = begun == NULL ? plan->before[step->stay - STAY_BEFORE] : begun->item;
	if (begun != NULL && step->stay > place) {
		if (step->takes && !begun->differs)
			step->take = stay_taken_early(a, head, begun->queue);
	} else if (item == ORDER_NONE) {
		if (step->is_take)
			stay_taken_late(a, head);
	} else if (step->takes) {
		stay_taken(a, head, item);
	} else if (step->owes) {
		owe_stay(a, head->task, item, step);
	} else {
		if (head->event.kind == WSC_EV_PUSH_FAILED)
			stay_uncount(a, item);
		stay_drop(a, item);
	}
}

static void follow_plan(struct analysis *a, const struct window_entry *head)
{
	struct window_plan *plan = head->task->plan;
	unsigned place = plan->next++;
	struct plan_step *step = &plan->steps[place];
	a->credit = step->credit;
	if (step->stay != STAY_NONE)
		end_stay_of(a, head, step, place);
	else if (step->is_take)
		stay_taken_late(a, head);
	if (step->end != STAY_NONE)
		begin_stay(a, head, step, place);
	if (plan->next < plan->count)
		return;
	head->task->plan = NULL;
	free(plan);
}

/* Nothing is concluded from the head: neither from what came before nor for what comes after. */
static void pass_unknown(struct analysis *a, struct window_entry *head, enum wsc_undecided_reason why)
{
	struct task *task = head->task;
	(void)apply_is_blurred(a, task, head->event.ts, &why); /* that came first */
	task->pending++;                                       /* the record must outlast its step */
	apply_blur(a, head, why);
	apply_entry(a, head);
	apply_unknown(a, task, why);
	task->pending--;
	apply_settle(a, task);
}

/*
 * An event of a task that another share follows (share.h): what it tells of its worker counts here, too. It went through
 * the window as it does there, so that what each share sees of the window is the same.
 */
static void pass_ghost(struct analysis *a, const struct window_entry *head)
{
	apply_no_task(a, head);
	if (head->task->pending == 0)
		task_table_drop(&a->ghosts, head->task);
}

/* The head's turn has come: its task is not waiting for a decision. */
static void pass_head(struct analysis *a)
{
	struct window *window = &a->window;
	struct window_entry *head = entry_at(window, window->head);
	struct task *task = head->task;
	if (task != NULL)
		task->pending--;
	if (task != NULL && task->is_ghost) {
		pass_ghost(a, head);
	} else if (head->turn == WINDOW_BY_PLAN) {
		apply_no_task(a, head);
		follow_plan(a, head);
		apply_settle(a, task);
	} else if (head->turn == WINDOW_UNKNOWN) {
		pass_unknown(a, head, (enum wsc_undecided_reason)head->why);
	} else if (head->turn == WINDOW_UNSURE) {
		pass_unknown(a, head, WSC_UNDECIDED_MANY_ORDERS);
	} else {
		apply_entry(a, head);
	}
}

void window_advance(struct analysis *a, uint64_t now)
{
	struct window *window = &a->window;
	/* Events from this stamp on still wait. */
	const uint64_t limit = earlier_by(now, a->uncertainty);
	if (now != WINDOW_END && now <= window->blocked_until)
		return;
	for (; window->head != window->tail && !a->no_memory; window->head++) {
		struct window_entry *head = entry_at(window, window->head);
		if (head->event.ts >= limit && now != WINDOW_END)
			return;
		if (head->lane != 0) {
			if (!lane_step(a, head))
				apply_to_task(a, head);
			continue;
		}
		if (head->turn == WINDOW_UNDECIDED && head->task != NULL) {
			struct task *task = head->task;
			if (task->pending > 1 && task->pending_mixed && !is_alone(a, task) && !decide(a, now))
				return;
			if (head->turn == WINDOW_UNDECIDED && !task->is_ghost && is_unsure(a, task, head->event.ts))
				head->turn = WINDOW_UNSURE;
		}
		pass_head(a);
	}
}

struct window_entry *window_add(struct analysis *a, const struct wsc_event *event)
{
	struct window *window = &a->window;
	if (window->entries == NULL || window->tail - window->head > window->mask) {
		if (window->entries != NULL && window->mask + 1 >= WINDOW_ENTRIES_MAX) {
			window->overrun = true;
			window->overrun_ts = event->ts;
			lane_close(a); /* its records know of no order but that of stamps */
			window_advance(a, WINDOW_END);
		} else if (!grow(window)) {
			return NULL;
		}
	}
	struct window_entry *e = entry_at(window, window->tail++);
	e->event = *event;
	e->next = WINDOW_END;
	e->task = NULL;
	e->lane = 0;
	e->turn = WINDOW_UNDECIDED;
	return e;
}

void window_set_task(struct analysis *a, struct window_entry *entry, struct task *task)
{
	struct window *window = &a->window;
	entry->task = task;
	if (task->pending++ > 0) {
		entry_at(window, task->pending_last)->next = window->tail - 1;
		task->pending_mixed |= task->pending_stream != entry->stream;
	} else {
		task->pending_stream = entry->stream;
		task->pending_mixed = false;
	}
	task->pending_last = window->tail - 1;
}
