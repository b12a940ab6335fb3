/* SPDX-License-Identifier: MIT */
#include "order.h"

#include <stdlib.h>
#include <string.h>

#include "array.h"

#define NO UINT32_MAX

enum {
	CONVICTIONS_MAX = 8,
	MARKS = ORDER_MARKS,
	DIAGNOSIS_TAKES_MIN = 100,
	LATE_STEPS_MAX = 1024 /* marks that one late take may replace: keeps the whole linear */
};

/* A take that passed over stays that are still live; shared by them. */
struct order_mark {
	uint64_t task, life;
	uint64_t push_sequence, push_ts;
	struct order_take take;
	uint64_t serial, stay;
	uint32_t uses;
	uint8_t convictions; /* of several, one may fall with the life of its witness */
	bool pinned;
};

struct order_list {
	uint32_t oldest, newest;
	uint32_t open[ORDER_TAKE_KINDS]; /* the newest with room for a mark of an owner's take (`under`) */
	/* ... and of those that were pushed before the owner's latest operation, of that place in its program. */
	uint32_t before[ORDER_TAKE_KINDS];
	uint64_t operation;
};

struct order_queue {
	uint32_t first, last, unmarked; /* ripe stays by end of push; the first not yet fully `passed_any` */
	uint32_t producer;              /* of the first push */
	uint32_t live;                  /* stays whose order is checked */
	uint64_t latest;                /* end of a fifo take */
	bool used, several;
	const char *unchecked;
	/* Takes, and how many of them would be in turn, as far as stamps go, under each discipline: for order_misfits(). */
	uint64_t takes, fit_lifo, fit_fifo;
};

struct order_newest {
	uint64_t rank; /* sequence (same producer) or push_ts (any) */
	uint32_t mark; /* or NO */
};
/*
 * The newest stays that a worker took, in the present attempt and in all earlier ones: the newest first. Those that an owner
 * took at its own end (1) stand apart: at the other one it may pass over pinned ones.
 */
struct order_thief {
	uint64_t attempt;
	struct order_newest present[2][MARKS], earlier[2][MARKS];
};

/* Room for one more, as array_room(). NULL: no memory, and said so. */
static void *room(struct order *order, void *array, size_t count, size_t *capacity, size_t size)
{
	void *grown = count < NO ? array_room(array, count, capacity, size) : NULL;
	order->no_memory |= grown == NULL;
	return grown;
}

void order_init(struct order *order, const struct queue_table *queues, uint64_t uncertainty, uint64_t publish)
{
	*order = (struct order){
	    .queues = queues, .uncertainty = uncertainty, .publish = publish, .item_free = NO, .mark_free = NO};
}

void order_free(struct order *order)
{
	free(order->items);
	free(order->marks);
	free(order->by_queue);
	free(order->lists);
	free(order->thieves);
	free(order->convictions);
	id_map_free(&order->list_index);
	id_map_free(&order->thief_index);
	*order = (struct order){0};
}

static struct order_queue *queue_at(struct order *order, uint32_t queue)
{
	if (queue >= order->queue_capacity) {
		size_t capacity = order->queue_capacity == 0 ? 16 : order->queue_capacity;
		while (capacity <= queue)
			capacity *= 2;
		struct order_queue *grown = realloc(order->by_queue, capacity * sizeof(*grown));
		if (grown == NULL) {
			order->no_memory = true;
			return NULL;
		}
		for (size_t i = order->queue_capacity; i < capacity; i++)
			grown[i] = (struct order_queue){.first = NO, .last = NO, .unmarked = NO};
		order->by_queue = grown;
		order->queue_capacity = capacity;
	}
	return &order->by_queue[queue];
}

/* Surely after: by more than the uncertainty (and `extra`). Saturates instead of wrapping. */
static bool surely_after(const struct order *order, uint64_t later, uint64_t earlier, uint64_t extra)
{
	return later > earlier && later - earlier > order->uncertainty && later - earlier - order->uncertainty > extra;
}

static uint32_t mark_new(struct order *order, const struct order_item *item, const struct order_take *take)
{
	uint32_t m = order->mark_free;
	if (m != NO) {
		order->mark_free = order->marks[m].uses;
	} else {
		struct order_mark *marks =
		    room(order, order->marks, order->mark_count, &order->mark_capacity, sizeof(*marks));
		if (marks == NULL)
			return NO;
		order->marks = marks;
		m = order->mark_count++;
	}
	order->marks[m] = (struct order_mark){.task = item->task,
	                                      .life = item->life,
	                                      .push_sequence = item->sequence,
	                                      .push_ts = item->push_ts,
	                                      .take = *take,
	                                      .serial = ++order->serial,
	                                      .stay = item->serial,
	                                      .uses = 1,
	                                      .pinned = item->pinned};
	return m;
}

static void mark_release(struct order *order, uint32_t mark)
{
	if (mark == NO || --order->marks[mark].uses > 0)
		return;
	order->marks[mark].uses = order->mark_free;
	order->mark_free = mark;
}

static bool is_full(const uint32_t marks[MARKS])
{
	return marks[MARKS - 1] != NO;
}

/* Adds the mark if there is room, or one whose take ended later gives way. False: neither. */
static bool mark_add(struct order *order, uint32_t marks[MARKS], uint32_t mark)
{
	uint64_t upper = order->marks[mark].take.upper;
	for (int i = 0; i < MARKS; i++) {
		if (marks[i] != NO && order->marks[marks[i]].take.upper <= upper)
			continue;
		mark_release(order, marks[MARKS - 1]);
		memmove(&marks[i + 1], &marks[i], (size_t)(MARKS - 1 - i) * sizeof(marks[0]));
		marks[i] = mark;
		order->marks[mark].uses++;
		return true;
	}
	return false;
}

/* The list of what the worker pushes to the queue. False: no memory. */
static bool find_list(struct order *order, uint32_t queue, uint32_t pusher, uint32_t *number)
{
	uint64_t key = (uint64_t)queue << 32 | pusher;
	uint32_t found = id_map_find(&order->list_index, key);
	if (found == ID_MAP_NONE) {
		struct order_list *lists =
		    room(order, order->lists, order->list_count, &order->list_capacity, sizeof(*lists));
		if (lists == NULL)
			return false;
		order->lists = lists;
		if (!id_map_add(&order->list_index, key, order->list_count + 1)) {
			order->no_memory = true;
			return false;
		}
		order->lists[order->list_count] = (struct order_list){
		    .oldest = NO, .newest = NO, .open = {NO, NO}, .before = {NO, NO}, .operation = UINT64_MAX};
		found = ++order->list_count;
	}
	*number = found - 1;
	return true;
}

static void link_newest(struct order *order, struct order_list *list, uint32_t item)
{
	struct order_item *it = &order->items[item];
	it->older = list->newest;
	*(list->newest == NO ? &list->oldest : &order->items[list->newest].newer) = item;
	list->newest = item;
	for (int kind = 0; kind < ORDER_TAKE_KINDS; kind++) {
		it->open_older[kind] = list->open[kind];
		if (list->open[kind] != NO)
			order->items[list->open[kind]].open_newer[kind] = item;
		list->open[kind] = item;
	}
}

/* It has no room for a mark of that kind any more, or is over. */
static void unlink_open(struct order *order, uint32_t item, int kind)
{
	const struct order_item *it = &order->items[item];
	struct order_list *list = &order->lists[it->list];
	const uint32_t older = it->open_older[kind], newer = it->open_newer[kind];
	if (older != NO)
		order->items[older].open_newer[kind] = newer;
	*(newer == NO ? &list->open[kind] : &order->items[newer].open_older[kind]) = older;
	if (list->before[kind] == item)
		list->before[kind] = older;
}

static void unlink_item(struct order *order, uint32_t item)
{
	struct order_item *it = &order->items[item];
	struct order_list *list = &order->lists[it->list];
	struct order_queue *queue = &order->by_queue[it->queue];
	*(it->older == NO ? &list->oldest : &order->items[it->older].newer) = it->newer;
	*(it->newer == NO ? &list->newest : &order->items[it->newer].older) = it->older;
	queue->live--;
	if (it->ripe) {
		*(it->before == NO ? &queue->first : &order->items[it->before].after) = it->after;
		*(it->after == NO ? &queue->last : &order->items[it->after].before) = it->before;
		if (queue->unmarked == item)
			queue->unmarked = it->after;
	}
	for (int kind = 0; kind < ORDER_TAKE_KINDS; kind++) {
		if (!is_full(it->under[kind]))
			unlink_open(order, item, kind);
	}
	for (int i = 0; i < MARKS; i++) {
		mark_release(order, it->passed_by[i]);
		mark_release(order, it->passed_any[i]);
		mark_release(order, it->under[ORDER_UNPINNED][i]);
		mark_release(order, it->under[ORDER_PINNED][i]);
	}
}

/* Whether a push of this kind leaves the queue's order checkable; notes why not. */
static bool checkable(struct order_queue *queue, const struct queue_traits *traits, const struct order_push *push)
{
	if (traits->discipline == WSC_DISCIPLINE_NONE)
		return false;
	if (!queue->used) {
		queue->used = true;
		queue->producer = push->pusher;
	}
	queue->several |= queue->producer != push->pusher;
	if (queue->unchecked != NULL)
		return false;
	if (traits->discipline == WSC_DISCIPLINE_LIFO) {
		if (!traits->owned)
			queue->unchecked = "a lifo queue without an owner";
		else if (push->foreign)
			queue->unchecked = "a lifo deque that others than its owner push to";
	} else if (traits->deferred && queue->several) {
		queue->unchecked = "several producers, and pushes become visible late";
	}
	return queue->unchecked == NULL;
}

static uint32_t new_item(struct order *order)
{
	uint32_t number = order->item_free;
	if (number != NO) {
		order->item_free = order->items[number].newer;
		return number;
	}
	struct order_item *items = room(order, order->items, order->item_count, &order->item_capacity, sizeof(*items));
	if (items == NULL)
		return NO;
	order->items = items;
	return order->item_count++;
}

bool order_admits(struct order *order, uint32_t queue, uint32_t pusher)
{
	struct order_queue *q = queue < order->queue_capacity ? &order->by_queue[queue] : queue_at(order, queue);
	if (q != NULL && q->used) /* one more push of the owner changes nothing: others' leave it unchecked */
		return q->unchecked == NULL;
	return q != NULL &&
	       checkable(q, &order->queues->queues[queue], &(struct order_push){.pusher = pusher, .foreign = false});
}

void order_taken_in_turn(struct order *order, uint32_t queue, bool alone)
{
	struct order_queue *q = &order->by_queue[queue];
	q->takes++;
	q->fit_lifo++;
	q->fit_fifo += alone && q->live == 0;
}

uint32_t order_push(struct order *order, uint32_t queue, struct order_push *push)
{
	struct order_queue *q = queue_at(order, queue);
	return q == NULL ? ORDER_NONE
	                 : order_add(order, queue, push, checkable(q, &order->queues->queues[queue], push));
}

uint32_t order_add(struct order *order, uint32_t queue, struct order_push *push, bool checked)
{
	struct order_queue *q = queue_at(order, queue); /* which order_admits() may have had no memory for */
	uint32_t number = q != NULL ? new_item(order) : NO;
	if (number == NO)
		return ORDER_NONE;
	if (checked && push->list == ORDER_NONE && !find_list(order, queue, push->pusher, &push->list))
		checked = false;
	q->live += checked;
	order->items[number] = (struct order_item){.task = push->task,
	                                           .life = push->life,
	                                           .serial = ++order->serial,
	                                           .push_ts = push->ts,
	                                           .push_end = UINT64_MAX,
	                                           .sequence = push->sequence,
	                                           .queue = queue,
	                                           .list = checked ? push->list : NO,
	                                           .older = NO,
	                                           .newer = NO,
	                                           .before = NO,
	                                           .after = NO,
	                                           .passed_by = {NO, NO},
	                                           .passed_any = {NO, NO},
	                                           .under = {{NO, NO}, {NO, NO}},
	                                           .open_older = {NO, NO},
	                                           .open_newer = {NO, NO},
	                                           .pinned = push->pinned};
	if (checked)
		link_newest(order, &order->lists[push->list], number);
	return number;
}

/* Fifo: among the stays of all producers. */
static void ripen(struct order *order, uint32_t item)
{
	struct order_item *it = &order->items[item];
	struct order_queue *queue = &order->by_queue[it->queue];
	it->ripe = true;
	/* Ends come in the order of the stamps; the walk is for stamps that run backwards. */
	uint32_t before = queue->last;
	while (before != NO && order->items[before].push_end > it->push_end)
		before = order->items[before].before;
	uint32_t after = before == NO ? queue->first : order->items[before].after;
	it->before = before;
	it->after = after;
	*(before == NO ? &queue->first : &order->items[before].after) = item;
	*(after == NO ? &queue->last : &order->items[after].before) = item;
	if (queue->unmarked == after)
		queue->unmarked = item;
}

void order_push_ended(struct order *order, uint32_t item, uint64_t upper)
{
	struct order_item *it = &order->items[item];
	it->push_end = upper;
	if (it->list != NO && order->queues->queues[it->queue].discipline == WSC_DISCIPLINE_FIFO)
		ripen(order, item);
}

static bool spans_gap(const struct order *order, const struct order_item *item)
{
	return order->has_gap && order->gap_end >= item->push_ts;
}

static void add_conviction(struct order *order, const struct order_conviction *conviction)
{
	struct order_conviction *grown =
	    room(order, order->convictions, order->conviction_count, &order->conviction_capacity, sizeof(*grown));
	if (grown == NULL)
		return;
	order->convictions = grown;
	order->convictions[order->conviction_count] = *conviction;
	order->convictions[order->conviction_count++].vague = order->vague;
}

static bool has_full_marks(const struct order_item *item)
{
	return is_full(item->passed_by) || is_full(item->passed_any) || is_full(item->under[ORDER_PINNED]) ||
	       is_full(item->under[ORDER_UNPINNED]);
}

static void convict(struct order *order, uint32_t mark, const struct order_item *other, const struct order_take *proof)
{
	struct order_mark *m = &order->marks[mark];
	if (m->convictions == CONVICTIONS_MAX || spans_gap(order, other))
		return;
	m->convictions++;
	add_conviction(order, &(struct order_conviction){
	                          .task = m->task,
	                          .life = m->life,
	                          .other_task = other->task,
	                          .other_life = other->life,
	                          .ts = proof->upper > m->take.upper ? proof->upper : m->take.upper,
	                          .since = m->take.upper,
	                          .other_since = proof->upper,
	                          .queue = order->queues->queues[other->queue].queue,
	                          .workers = {m->take.worker, proof->worker},
	                          .serial = m->serial,
	                          .stay = m->stay,
	                          .witness = other->serial,
	                          .late = m->take.late,
	                          .other_late = proof->late,
	                          .starts = m->take.starts,
	                          .other_starts = proof->starts,
	                          .crowded = m->convictions == CONVICTIONS_MAX || has_full_marks(other),
	                      });
}

void order_convict_pinned(struct order *order, uint64_t task, uint64_t life, const struct order_take *take,
                          uint32_t queue, uint64_t since)
{
	add_conviction(order, &(struct order_conviction){.task = task,
	                                                 .life = life,
	                                                 .ts = take->upper,
	                                                 .since = since,
	                                                 .queue = queue,
	                                                 .workers = {take->worker, take->worker},
	                                                 .serial = ++order->serial,
	                                                 .witness = order->serial});
}

static void newest_clear(struct order_newest newest[MARKS])
{
	for (int i = 0; i < MARKS; i++)
		newest[i] = (struct order_newest){.mark = NO};
}

/* Adds it if it is among the newest; takes over one use of the mark. */
static void newest_add(struct order *order, struct order_newest newest[MARKS], struct order_newest one)
{
	for (int i = 0; i < MARKS && one.mark != NO; i++) {
		if (newest[i].mark != NO && newest[i].rank >= one.rank)
			continue;
		struct order_newest older = newest[i];
		newest[i] = one;
		one = older;
	}
	mark_release(order, one.mark);
}

/* What the worker has taken of this queue (of one producer, or of any) in earlier attempts. */
static struct order_thief *thief_of(struct order *order, uint32_t list_or_queue, bool any,
                                    const struct order_take *take)
{
	uint64_t key = (uint64_t)list_or_queue << 33 | (uint64_t)take->taker << 1 | any;
	uint32_t found = id_map_find(&order->thief_index, key);
	if (found == ID_MAP_NONE) {
		struct order_thief *thieves =
		    room(order, order->thieves, order->thief_count, &order->thief_capacity, sizeof(*thieves));
		if (thieves == NULL)
			return NULL;
		order->thieves = thieves;
		if (!id_map_add(&order->thief_index, key, order->thief_count + 1)) {
			order->no_memory = true;
			return NULL;
		}
		struct order_thief *new = &order->thieves[order->thief_count];
		new->attempt = take->attempt;
		for (int end = 0; end < 2; end++) {
			newest_clear(new->present[end]);
			newest_clear(new->earlier[end]);
		}
		found = ++order->thief_count;
	}
	struct order_thief *thief = &order->thieves[found - 1];
	if (thief->attempt != take->attempt) {
		thief->attempt = take->attempt;
		for (int end = 0; end < 2; end++) {
			for (int i = 0; i < MARKS; i++)
				newest_add(order, thief->earlier[end], thief->present[end][i]);
			newest_clear(thief->present[end]);
		}
	}
	return thief;
}

static void thief_took(struct order *order, struct order_thief *thief, uint64_t rank, uint32_t mark)
{
	const bool by_owner = order->marks[mark].take.by_owner;
	order->marks[mark].uses++;
	newest_add(order, thief->present[by_owner], (struct order_newest){.rank = rank, .mark = mark});
}

/* Thieves see no pinned stay, nor does an owner that takes from their end. */
static bool passed_rightly(const struct order_item *item, const struct order_take *earlier)
{
	return item->pinned && !earlier->by_owner;
}

/* L2 and F, seen from the stay left behind: is a take that passed it by convicted by this take of it? */
static void judge_passed(struct order *order, const struct order_item *item, uint32_t passed,
                         const struct order_take *take)
{
	if (passed == NO)
		return;
	const struct order_take *earlier = &order->marks[passed].take;
	uint64_t lower = take->lower > item->push_ts ? take->lower : item->push_ts;
	if (!passed_rightly(item, earlier) && earlier->attempt != take->attempt &&
	    surely_after(order, lower, earlier->upper, 0))
		convict(order, passed, item, take);
}

/*
 * The number of the earlier takes of its worker that certainly came before this one in its program (other takes may lie within
 * an attempt) and had to take the stay first.
 */
static int came_before(const struct order *order, const struct order_thief *thief, const struct order_item *item,
                       const struct order_take *take, struct order_newest before[2 * MARKS])
{
	int count = 0;
	for (int end = item->pinned ? 1 : 0; end < 2; end++) {
		for (int i = 0; i < MARKS; i++) {
			const struct order_newest *earlier = &thief->earlier[end][i];
			if (earlier->mark != NO && order->marks[earlier->mark].take.sequence < take->sequence)
				before[count++] = *earlier;
		}
	}
	return count;
}

/* The same worker took a newer one of the same producer in an earlier attempt. */
static void judge_own(struct order *order, const struct order_item *item, const struct order_take *take, uint32_t mark)
{
	struct order_thief *thief = thief_of(order, item->list, false, take);
	if (thief == NULL)
		return;
	struct order_newest before[2 * MARKS];
	const int count = came_before(order, thief, item, take, before);
	for (int i = 0; i < count; i++) {
		if (before[i].rank > item->sequence)
			convict(order, before[i].mark, item, take);
	}
	if (mark != NO)
		thief_took(order, thief, item->sequence, mark);
}

/* ... or one that was certainly pushed later by any. */
static void judge_own_of_any(struct order *order, const struct order_item *item, const struct order_take *take,
                             uint32_t mark)
{
	struct order_thief *thief = thief_of(order, item->queue, true, take);
	if (thief == NULL)
		return;
	struct order_newest before[2 * MARKS];
	const int count = came_before(order, thief, item, take, before);
	for (int i = 0; i < count; i++) {
		if (surely_after(order, before[i].rank, item->push_end, order->publish))
			convict(order, before[i].mark, item, take);
	}
	if (mark != NO)
		thief_took(order, thief, item->push_ts, mark);
}

/* Older stays of the same producer. An older one still has every mark that a newer one has, or stricter ones. */
static void pass_older(struct order *order, const struct order_item *item, uint32_t mark)
{
	struct order_item *items = order->items;
	unsigned late = 0;
	for (uint32_t i = item->older; i != NO && late < LATE_STEPS_MAX; i = items[i].older) {
		late += is_full(items[i].passed_by);
		if (!mark_add(order, items[i].passed_by,
		              mark)) /* pinned ones, too, or each steal would walk them again */
			break;
	}
}

/* Fifo: stays of any producer whose pushes certainly ended before this one. */
static void pass_earlier(struct order *order, const struct order_item *item, uint32_t mark)
{
	struct order_item *items = order->items;
	struct order_queue *queue = &order->by_queue[item->queue];
	uint64_t upper = order->marks[mark].take.upper;
	uint32_t full = queue->unmarked == NO ? queue->last : items[queue->unmarked].before;
	for (uint32_t i = queue->unmarked; i != NO; i = items[i].after) {
		if (!surely_after(order, item->push_ts, items[i].push_end, order->publish))
			break;
		mark_add(order, items[i].passed_any, mark);
		if (i == queue->unmarked && is_full(items[i].passed_any))
			queue->unmarked = items[i].after;
	}
	unsigned late = upper < queue->latest ? 0 : LATE_STEPS_MAX;
	for (uint32_t i = full; i != NO && late < LATE_STEPS_MAX; i = items[i].before, late++) {
		if (surely_after(order, item->push_ts, items[i].push_end, order->publish) &&
		    !mark_add(order, items[i].passed_any, mark))
			break;
	}
	if (upper > queue->latest)
		queue->latest = upper;
}

/*
 * The owner took older ones while this was there: out of turn, since a thief passes over none but pinned stays. (If the
 * thief was first and only its stamp late, it is the thief that was wrong; one of them certainly was.)
 */
static void judge_under(struct order *order, const struct order_item *item, const struct order_take *take)
{
	for (int i = 0; i < MARKS; i++) {
		if (item->under[ORDER_UNPINNED][i] != NO)
			convict(order, item->under[ORDER_UNPINNED][i], item, take);
		if (item->under[ORDER_PINNED][i] == NO)
			continue;
		const struct order_take *owners = &order->marks[item->under[ORDER_PINNED][i]].take;
		const bool is_own = take->taker == owners->taker; /* an overflow: its program tells */
		if (is_own ? take->sequence > owners->sequence : surely_after(order, take->lower, owners->upper, 0))
			convict(order, item->under[ORDER_PINNED][i], item, take);
	}
}

/* A take that follows L2 or F: any on a fifo queue, a thief's on a lifo one. */
static void taken_from_the_old_end(struct order *order, uint32_t number, const struct order_take *take)
{
	const struct order_item *item = &order->items[number];
	uint32_t mark = NO;
	if (item->pinned && !take->by_owner)
		return; /* reported for itself; pinned stays bind no thief */
	if (!spans_gap(order, item))
		mark = mark_new(order, item, take);
	for (int i = 0; i < MARKS; i++)
		judge_passed(order, item, item->passed_by[i], take);
	for (int i = 0; i < MARKS; i++)
		judge_passed(order, item, item->passed_any[i], take);
	judge_own(order, item, take, mark);
	if (order->queues->queues[item->queue].discipline == WSC_DISCIPLINE_FIFO)
		judge_own_of_any(order, item, take, mark);
	judge_under(order, item, take);
	if (mark == NO)
		return;
	pass_older(order, item, mark);
	pass_earlier(order, item, mark);
	mark_release(order, mark);
}

/* L1 and the owner's half of L2, seen from the stay that the owner takes. */
static void judge_owners(struct order *order, const struct order_item *item, const struct order_take *take)
{
	for (int i = 0; i < MARKS; i++) {
		const struct order_mark *m = item->passed_by[i] == NO ? NULL : &order->marks[item->passed_by[i]];
		if (m != NULL && take->sequence > m->push_sequence && m->take.attempt != take->attempt &&
		    !passed_rightly(item, &m->take))
			convict(order, item->passed_by[i], item, take);
		for (int kind = 0; kind < ORDER_TAKE_KINDS; kind++) {
			const uint32_t under = item->under[kind][i];
			if (under != NO && order->marks[under].take.attempt != take->attempt)
				convict(order, under, item, take);
		}
	}
}

/*
 * The newest stay with room for one more mark of that kind that was pushed before the operation (a batch, an attempt) that
 * the owner began at that place in its program. It is looked for once an operation.
 */
static uint32_t newest_before(const struct order *order, struct order_list *list, int kind, uint64_t operation)
{
	if (list->operation != operation) {
		list->operation = operation;
		for (int k = 0; k < ORDER_TAKE_KINDS; k++) {
			uint32_t i = list->open[k];
			while (i != NO && order->items[i].sequence > operation)
				i = order->items[i].open_older[k];
			list->before[k] = i;
		}
	}
	return list->before[kind];
}

/* Newer stays that were there. Each takes two marks of a kind, and is not met again. */
static void pass_newer(struct order *order, const struct order_item *item, const struct order_take *take, uint32_t mark)
{
	const int kind = item->pinned ? ORDER_PINNED : ORDER_UNPINNED;
	struct order_item *items = order->items;
	uint32_t i = newest_before(order, &order->lists[item->list], kind, take->sequence);
	while (i != NO && items[i].sequence > item->sequence) {
		const uint32_t older = items[i].open_older[kind];
		mark_add(order, items[i].under[kind], mark);
		if (is_full(items[i].under[kind]))
			unlink_open(order, i, kind);
		i = older;
	}
}

static void taken_by_owner(struct order *order, uint32_t number, const struct order_take *take)
{
	const struct order_item *item = &order->items[number];
	judge_owners(order, item, take);
	if (item->newer == NO || spans_gap(order, item))
		return;
	uint32_t mark = mark_new(order, item, take);
	if (mark == NO)
		return;
	pass_newer(order, item, take, mark);
	mark_release(order, mark);
}

static void free_item(struct order *order, uint32_t item)
{
	if (order->items[item].list != NO)
		unlink_item(order, item);
	order->items[item].serial = 0;
	order->items[item].newer = order->item_free;
	order->item_free = item;
}

static void judge(struct order *order, uint32_t item, const struct order_take *take)
{
	const struct order_item *it = &order->items[item];
	struct order_queue *q = &order->by_queue[it->queue];
	bool lifo = order->queues->queues[it->queue].discipline == WSC_DISCIPLINE_LIFO;
	q->takes++;
	q->fit_fifo += it->older == NO;
	q->fit_lifo += (take->by_owner ? it->newer : it->older) == NO;
	if (q->unchecked != NULL)
		return;
	if (lifo && take->by_owner)
		taken_by_owner(order, item, take);
	else
		taken_from_the_old_end(order, item, take);
}

void order_seems_taken(struct order *order, uint32_t item, const struct order_take *take)
{
	if (order->items[item].list != NO && !order->no_memory)
		judge(order, item, take);
}

void order_taken(struct order *order, uint32_t item, const struct order_take *take)
{
	order_seems_taken(order, item, take);
	free_item(order, item);
}

void order_withdraw(struct order *order, uint32_t item)
{
	struct order_item *it = &order->items[item];
	if (it->list != NO)
		unlink_item(order, item);
	it->list = NO;
	it->withdrawn = true;
}

void order_drop(struct order *order, uint32_t item)
{
	free_item(order, item);
}

void order_gap(struct order *order, uint64_t until)
{
	if (until > order->gap_end)
		order->gap_end = until;
	order->has_gap = order->vague = true;
}

uint64_t order_misfits(const struct order *order, uint32_t queue)
{
	if (queue >= order->queue_capacity)
		return 0;
	const struct order_queue *q = &order->by_queue[queue];
	bool lifo = order->queues->queues[queue].discipline == WSC_DISCIPLINE_LIFO;
	uint64_t misfits = q->takes - (lifo ? q->fit_lifo : q->fit_fifo), fit = lifo ? q->fit_fifo : q->fit_lifo;
	uint64_t most = q->takes - q->takes / 10; /* nine in ten, rounded up */
	return q->takes >= DIAGNOSIS_TAKES_MIN && misfits >= most && fit >= most ? misfits : 0;
}

const char *order_unchecked(const struct order *order, uint32_t queue)
{
	return queue < order->queue_capacity ? order->by_queue[queue].unchecked : NULL;
}
