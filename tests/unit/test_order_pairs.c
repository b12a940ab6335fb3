/* SPDX-License-Identifier: MIT */
/*
 * The ordering monitor against a direct reading of its rules (order.h): of each two takes of a random history, of many stays
 * in one queue, some of which are never seen to be taken, is one out of turn? Whether the queue is convicted must agree.
 */
#include <criterion/criterion.h>
#include <inttypes.h>

#include "order.h"
#include "random_source.h"

enum { STEPS = 40, WORKERS = 3, OWNER = 0, UNCERTAINTY = 2, PUBLISH = 1 };

struct stay {
	uint64_t pushed, push_end; /* stamps; the first is its place in its producer's program, too */
	uint32_t producer, item;
	bool pinned, is_over;
	bool is_stuck; /* nobody takes it, though it was pushed */
	struct order_take take;
};

struct random_run {
	enum wsc_discipline discipline;
	struct queue_table queues;
	struct order order;
	struct stay stays[STEPS];
	unsigned count, takes[STEPS], take_count; /* the stays that were taken, in the order of the calls */
	struct order_take last[WORKERS];          /* of each worker */
	uint64_t random, ts;
	/* How many takes of a hundred are of any that waits, and how many go on with a batch. */
	unsigned wrong, batched;
};

static bool surely_after(uint64_t later, uint64_t earlier, uint64_t extra)
{
	return later > earlier + UNCERTAINTY + extra;
}

/* F, and L2 but for the owner: x was taken, then the older y. */
static bool passes_by(const struct stay *x, const struct stay *y)
{
	const uint64_t lower = y->take.lower > y->pushed ? y->take.lower : y->pushed;
	const bool seen = !y->pinned || x->take.by_owner; /* by who took x */
	if ((x->pinned && !x->take.by_owner) || (y->pinned && !y->take.by_owner) || !seen ||
	    x->take.attempt == y->take.attempt)
		return false;
	return surely_after(lower, x->take.upper, 0) ||
	       (x->take.taker == y->take.taker && x->take.sequence < y->take.sequence);
}

/* L1: the owner took x, then somebody the newer y. */
static bool leaves_newer(const struct stay *x, const struct stay *y)
{
	if (y->pushed < x->pushed || y->pushed > x->take.sequence || x->take.attempt == y->take.attempt)
		return false;
	if (y->take.by_owner)
		return true;
	return !y->pinned && (!x->pinned || surely_after(y->take.lower, x->take.upper, 0));
}

/* Whether x was taken out of turn, and y after it. */
static bool breaks(enum wsc_discipline discipline, const struct stay *x, const struct stay *y)
{
	const bool older =
	    (y->producer == x->producer && y->pushed < x->pushed) || surely_after(x->pushed, y->push_end, PUBLISH);
	if (discipline == WSC_DISCIPLINE_FIFO)
		return older && passes_by(x, y);
	if (x->take.by_owner)
		return leaves_newer(x, y);
	if (!y->take.by_owner)
		return older && passes_by(x, y);
	return older && !x->pinned && !y->pinned && y->take.sequence > x->pushed;
}

static bool is_broken(const struct random_run *r)
{
	for (unsigned i = 0; i < r->take_count; i++) {
		for (unsigned k = i + 1; k < r->take_count; k++) {
			if (breaks(r->discipline, &r->stays[r->takes[i]], &r->stays[r->takes[k]]))
				return true;
		}
	}
	return false;
}

static void push(struct random_run *r)
{
	const bool lifo = r->discipline == WSC_DISCIPLINE_LIFO;
	struct stay *stay = &r->stays[r->count++];
	*stay = (struct stay){.pushed = r->ts,
	                      .push_end = UINT64_MAX - UNCERTAINTY - PUBLISH,
	                      .producer = lifo ? OWNER : random_below(&r->random, WORKERS),
	                      .pinned = random_chance(&r->random, 15),
	                      .is_stuck = random_chance(&r->random, 10)};
	struct order_push push = {.task = r->count,
	                          .life = r->count,
	                          .ts = r->ts,
	                          .sequence = r->ts,
	                          .pusher = stay->producer,
	                          .foreign = stay->producer != OWNER,
	                          .pinned = stay->pinned,
	                          .list = ORDER_NONE};
	stay->item = order_push(&r->order, 0, &push);
	cr_assert_neq(stay->item, ORDER_NONE);
	if (random_chance(&r->random, 30))
		return;
	stay->push_end = ++r->ts;
	order_push_ended(&r->order, stay->item, stay->push_end);
}

/* One that waits: mostly the newest, or the oldest; of those that are stuck none, unless asked for. NULL: none does. */
static struct stay *choose(struct random_run *r, bool newest, bool also_stuck)
{
	struct stay *waiting[STEPS];
	unsigned count = 0;
	for (unsigned i = 0; i < r->count; i++) {
		if (!r->stays[i].is_over && (also_stuck || !r->stays[i].is_stuck))
			waiting[count++] = &r->stays[i];
	}
	if (count == 0)
		return NULL;
	if (also_stuck || random_chance(&r->random, r->wrong))
		return waiting[random_below(&r->random, count)];
	return waiting[newest ? count - 1 : 0];
}

static void take(struct random_run *r)
{
	const uint32_t worker = random_below(&r->random, WORKERS);
	struct stay *stay = choose(r, r->discipline == WSC_DISCIPLINE_LIFO && worker == OWNER, false);
	struct order_take *last = &r->last[worker];
	if (stay == NULL)
		return;
	if (last->attempt == 0 || !random_chance(&r->random, r->batched)) {
		const uint64_t begin = r->ts - random_below(&r->random, 6);
		last->attempt = r->ts;
		last->lower = last->sequence = begin > last->upper ? begin : last->upper + 1;
		if (worker == OWNER)
			last->sequence = r->ts;
	}
	last->upper = r->ts;
	last->taker = last->worker = worker;
	last->by_owner = worker == OWNER;
	stay->take = *last;
	stay->is_over = true;
	r->takes[r->take_count++] = (unsigned)(stay - r->stays);
	order_taken(&r->order, stay->item, last);
}

static void drop(struct random_run *r)
{
	struct stay *stay = choose(r, false, true);
	if (stay == NULL)
		return;
	stay->is_over = true;
	order_drop(&r->order, stay->item);
}

/* Returns whether the monitor convicts the queue, and in *broken whether it should. */
static bool run(enum wsc_discipline discipline, uint64_t seed, bool *broken)
{
	static const uint32_t owner = OWNER;
	static struct random_run r;
	struct trace_header header;
	r = (struct random_run){.discipline = discipline,
	                        .random = seed,
	                        .ts = 100,
	                        .wrong = seed % 4 == 0 ? 20 : 2,
	                        .batched = seed % 3 == 0 ? 70 : 25};
	trace_header_init(&header);
	header.discipline = discipline;
	cr_assert_eq(queue_table_init(&r.queues, &header, &owner, 1), WSC_OK);
	cr_assert_eq(queue_table_number(&r.queues, OWNER), 0);
	order_init(&r.order, &r.queues, UNCERTAINTY, PUBLISH);
	for (unsigned i = 0; i < STEPS; i++) {
		const unsigned what = random_below(&r.random, 100);
		r.ts += 1 + random_below(&r.random, 3);
		if (what < 48)
			push(&r);
		else if (what < 94)
			take(&r);
		else
			drop(&r);
	}
	*broken = is_broken(&r);
	const bool convicted = r.order.conviction_count > 0;
	order_free(&r.order);
	queue_table_free(&r.queues);
	trace_header_free(&header);
	return convicted;
}

static void expect_agreement(enum wsc_discipline discipline)
{
	unsigned broken_count = 0;
	for (uint64_t seed = 1; seed <= 30000; seed++) {
		bool broken;
		const bool convicted = run(discipline, seed, &broken);
		broken_count += broken;
		cr_assert_eq(convicted, broken, "seed %" PRIu64 ": %s", seed, broken ? "missed" : "false");
	}
	/* Both answers are given often. */
	cr_expect_gt(broken_count, 1000);
	cr_expect_lt(broken_count, 29000, "%u", broken_count);
}

Test(order_pairs, lifo)
{
	expect_agreement(WSC_DISCIPLINE_LIFO);
}

Test(order_pairs, fifo)
{
	expect_agreement(WSC_DISCIPLINE_FIFO);
}
