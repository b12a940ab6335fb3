/* SPDX-License-Identifier: MIT */
/* A ring driven by one thread, step by step: what is dropped, where the gap goes, how slots become events. */
#include <criterion/criterion.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "ring.h"

#define SLOTS 64u
#define WRAP  (UINT64_C(1) << 56)

static struct wsc_event events[4 * SLOTS];

static struct wsc_common common = {.mode = WSC_MODE_DROP};

struct consumer {
	wsc_worker *w;
	uint64_t at, gaps;
};

static struct consumer consumer_with(uint32_t id, const struct ring_traits *traits)
{
	struct consumer c = {.w = calloc(1, sizeof(*c.w))};
	struct ring_file_ring *shared = calloc(1, ring_bytes(SLOTS));
	cr_assert(c.w != NULL && shared != NULL);
	ring_init(c.w, shared, id, SLOTS, &common, traits);
	return c;
}

/* Neither coalescing nor sampling. */
static struct consumer consumer_of(uint32_t id)
{
	const struct ring_traits plain = {.hold_max = 0, .sample_last = UINT32_MAX};
	return consumer_with(id, &plain);
}

static void consumer_free(struct consumer *c)
{
	free(ring_shared(c->w));
	free(c->w);
}

static size_t read_slots(const wsc_worker *w, uint64_t *at, uint64_t until, uint64_t now, uint64_t *gaps)
{
	const struct ring_slots slots = ring_slots(w);
	return ring_slot_read(&slots, at, until, now, events, sizeof(events) / sizeof(*events), gaps);
}

/* Reads what is there into `events` and gives the slots back. */
static size_t consume(struct consumer *c)
{
	const size_t count = read_slots(c->w, &c->at, ring_head(c->w), wsc_stamp(), &c->gaps);
	ring_release(c->w, c->at);
	return count;
}

static void record_narrow(wsc_worker *w, uint64_t first, uint64_t count)
{
	for (uint64_t i = 0; i < count; i++)
		wsc_exec_start(w, first + i);
}

Test(ring, holds_as_many_slots_as_it_has)
{
	struct consumer c = consumer_of(1);
	record_narrow(c.w, 1, SLOTS);
	cr_assert_eq(ring_dropped(c.w), 0);
	record_narrow(c.w, SLOTS + 1, 3);
	cr_assert_eq(ring_dropped(c.w), 3);
	cr_assert_eq(consume(&c), SLOTS);
	for (size_t i = 0; i < SLOTS; i++)
		cr_assert_eq(events[i].task, i + 1);
	consumer_free(&c);
}

/* A2, A4: after drops the gap comes first, with their number, between the stamps of its neighbours. */
Test(ring, puts_the_gap_where_the_events_are_missing)
{
	struct consumer c = consumer_of(1);
	record_narrow(c.w, 1, SLOTS + 5);
	cr_assert_eq(consume(&c), SLOTS);
	const uint64_t last = events[SLOTS - 1].ts;
	record_narrow(c.w, 100, 2);
	cr_assert_eq(consume(&c), 3);
	cr_assert_eq(events[0].kind, WSC_EV_GAP);
	cr_assert_eq(events[0].arg, 5);
	cr_assert_geq(events[0].ts, last);
	cr_assert_geq(events[0].task, events[0].ts);
	cr_assert_eq(events[1].task, 100);
	cr_assert_geq(events[1].ts, events[0].task);
	cr_assert_eq(c.gaps, 5);
	cr_assert_eq(ring_dropped(c.w), 5);
	consumer_free(&c);
}

/* One slot is free: an event of two does not fit, and one of one slot may not overtake it. */
Test(ring, lets_nothing_overtake_a_dropped_event)
{
	struct consumer c = consumer_of(1);
	record_narrow(c.w, 1, SLOTS - 1);
	wsc_queued_on(c.w, 500, 9);
	wsc_exec_start(c.w, 501);
	cr_assert_eq(ring_dropped(c.w), 2);
	cr_assert_eq(consume(&c), SLOTS - 1);
	wsc_queued_on(c.w, 502, 9);
	cr_assert_eq(consume(&c), 2);
	cr_assert_eq(events[0].kind, WSC_EV_GAP);
	cr_assert_eq(events[0].arg, 2);
	cr_assert_eq(events[1].task, 502);
	cr_assert_eq(events[1].queue, 9);
	consumer_free(&c);
}

/* With a few slots free after drops, it goes on dropping: one long gap instead of many. */
Test(ring, waits_for_a_quarter_of_the_ring_after_drops)
{
	struct consumer c = consumer_of(1);
	record_narrow(c.w, 1, SLOTS + 1);
	uint64_t at = 0, gaps = 0;
	read_slots(c.w, &at, SLOTS / 4 - 1, wsc_stamp(), &gaps);
	ring_release(c.w, at);
	record_narrow(c.w, 200, 1);
	cr_assert_eq(ring_dropped(c.w), 2);
	read_slots(c.w, &at, SLOTS / 4, wsc_stamp(), &gaps);
	ring_release(c.w, at);
	record_narrow(c.w, 300, 1);
	cr_assert_eq(ring_dropped(c.w), 2);
	consumer_free(&c);
}

/* A gap that is in the ring and not yet read, and then drops again: the watermark may pass neither. */
Test(ring, knows_the_oldest_that_is_still_to_come)
{
	struct consumer c = consumer_of(1);
	record_narrow(c.w, 1, SLOTS + 5);
	cr_assert_eq(consume(&c), SLOTS);
	const uint64_t last = events[SLOTS - 1].ts;
	cr_assert_eq(ring_oldest(c.w, c.at, c.gaps, wsc_stamp()), last, "the gap begins there");
	record_narrow(c.w, 100, SLOTS);
	cr_assert_gt(ring_dropped(c.w), 5, "nothing was dropped again");
	cr_assert_eq(ring_oldest(c.w, c.at, c.gaps, wsc_stamp()), last, "the gap that is in the ring begins there");
	consume(&c);
	cr_assert_eq(c.gaps, 5);
	cr_assert_eq(ring_oldest(c.w, c.at, c.gaps, wsc_stamp()), events[SLOTS - 2].ts, "the second gap");
	record_narrow(c.w, 200, 1);
	consume(&c);
	const uint64_t now = wsc_stamp();
	cr_assert_eq(ring_oldest(c.w, c.at, c.gaps, now), now, "nothing is to come");
	wsc_exec_start(c.w, 300);
	cr_assert_eq(ring_oldest(c.w, c.at, c.gaps, now), now, "nothing older is to come");
	consumer_free(&c);
}

static void *record_one(void *w)
{
	wsc_exec_start(w, 1000);
	return NULL;
}

/* A4: a pause, which may be over soon, is no reason to drop what waits. */
Test(ring, keeps_what_waits_when_it_is_switched_off)
{
	pthread_t thread;
	struct consumer c = consumer_of(1);
	common.mode = WSC_MODE_BLOCK;
	record_narrow(c.w, 1, SLOTS);
	cr_assert_eq(pthread_create(&thread, NULL, record_one, c.w), 0);
	while (__atomic_load_n(&c.w->waiting, __ATOMIC_RELAXED) == 0)
		usleep(1000);
	ring_switch(c.w, false);
	usleep(20000); /* time to notice, and wait on */
	cr_assert_eq(consume(&c), SLOTS);
	pthread_join(thread, NULL);
	cr_assert_eq(ring_dropped(c.w), 0);
	cr_assert_eq(consume(&c), 1);
	cr_assert_eq(events[0].task, 1000);
	/* But where nobody will make room, it waits no longer. */
	ring_switch(c.w, true);
	record_narrow(c.w, 1, SLOTS);
	cr_assert_eq(pthread_create(&thread, NULL, record_one, c.w), 0);
	while (__atomic_load_n(&c.w->waiting, __ATOMIC_RELAXED) == 0)
		usleep(1000);
	ring_block_no_more(&common);
	pthread_join(thread, NULL);
	cr_assert_eq(ring_dropped(c.w), 1);
	cr_assert_eq(c.w->waiting, 0);
	common.mode = WSC_MODE_DROP;
	consumer_free(&c);
}

Test(ring, carries_two_slots_over_its_end)
{
	struct consumer c = consumer_of(1);
	record_narrow(c.w, 1, SLOTS - 1);
	consume(&c);
	wsc_queued_with(c.w, UINT64_MAX, UINT32_MAX, WSC_FLAG_PINNED, 7);
	cr_assert_eq(consume(&c), 1);
	cr_assert_eq(events[0].task, UINT64_MAX);
	cr_assert_eq(events[0].queue, UINT32_MAX);
	cr_assert_eq(events[0].arg, 7);
	cr_assert_eq(events[0].flags, WSC_FLAG_PINNED);
	consumer_free(&c);
}

/* A slot has 56 bits of its stamp; the rest comes from the reader's clock, to either side of a wrap. */
Test(ring, completes_stamps_around_a_wrap)
{
	static const struct {
		uint64_t stamp, now;
	} rows[] = {
	    {5, 9},
	    {WRAP - 3, WRAP + 4},
	    {WRAP + 4, WRAP - 3},
	    {7 * WRAP + 100, 7 * WRAP + 200},
	    {7 * WRAP - 100, 7 * WRAP + 200},
	    {WRAP / 2, WRAP - 5},
	};
	struct consumer c = consumer_of(1);
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		wsc_slot_at(c.w->ring, i)->word[0] = rows[i].stamp << 8 | WSC_EV_EXEC_START;
		wsc_slot_at(c.w->ring, i)->word[1] = 1;
		uint64_t at = i, gaps = 0;
		cr_assert_eq(read_slots(c.w, &at, i + 1, rows[i].now, &gaps), 1);
		cr_assert_eq(events[0].ts, rows[i].stamp, "row %zu", i);
	}
	consumer_free(&c);
}

/* Two threads on one worker (against A1) leave slots of any content: they must not lead the reader astray. */
Test(ring, survives_slots_of_any_content)
{
	struct consumer c = consumer_of(1);
	uint64_t seed = 1;
	for (unsigned round = 0; round < 2000; round++) {
		for (unsigned i = 0; i < SLOTS; i++) {
			for (unsigned j = 0; j < 2; j++) {
				seed = seed * UINT64_C(6364136223846793005) + 1;
				wsc_slot_at(c.w->ring, i)->word[j] = seed >> 32 | seed << 32;
			}
			if (i % 3 == 2) /* seconds that come by chance are too few */
				wsc_slot_at(c.w->ring, i)->word[0] |= WSC_SLOT_MORE;
		}
		uint64_t at = 0, gaps = 0;
		const uint64_t until = 1 + round % SLOTS;
		const size_t count = read_slots(c.w, &at, until, wsc_stamp(), &gaps);
		cr_assert_eq(at, until);
		cr_assert_leq(count, until);
		for (size_t i = 0; i < count; i++)
			cr_assert(events[i].kind > 0 && events[i].kind < WSC_EV_END &&
			          events[i].reason <= WSC_REASON_BUSY);
	}
	consumer_free(&c);
}

/* A7: a switched-off ring takes nothing and counts nothing. */
Test(ring, takes_nothing_when_off)
{
	struct consumer c = consumer_of(1);
	ring_switch(c.w, false);
	record_narrow(c.w, 1, 2 * SLOTS);
	wsc_queued_on(c.w, 1, 2);
	cr_assert_eq(consume(&c), 0);
	cr_assert_eq(ring_dropped(c.w), 0);
	consumer_free(&c);
}

/* Other languages link the calls as functions: the symbols do what the inline calls do. */
Test(ring, has_every_call_as_a_symbol)
{
	void (*const volatile queued)(wsc_worker *, uint64_t) = wsc_queued;
	void (*const volatile failure)(wsc_worker *, uint32_t, enum wsc_reason) = wsc_steal_failure;
	struct consumer c = consumer_of(3);
	queued(c.w, 11);
	failure(c.w, 5, WSC_REASON_LOST_RACE);
	cr_assert_eq(consume(&c), 2);
	cr_assert_eq(events[0].task, 11);
	cr_assert_eq(events[0].queue, 3);
	cr_assert_eq(events[1].queue, 5);
	cr_assert_eq(events[1].reason, WSC_REASON_LOST_RACE);
	consumer_free(&c);
}

/* A11: a ring that holds failed attempts back. */
static struct consumer consumer_holding(void)
{
	const struct ring_traits holding = {.hold_max = RING_FILE_HOLDS, .sample_last = UINT32_MAX};
	return consumer_with(1, &holding);
}

static void fail_once(wsc_worker *w, uint32_t victim)
{
	wsc_steal_start(w, victim);
	wsc_steal_failure(w, victim, WSC_REASON_EMPTY);
}

static void expect_event(size_t i, unsigned kind, uint32_t queue, uint32_t arg)
{
	cr_assert_eq(events[i].kind, kind, "event %zu is a %u", i, events[i].kind);
	cr_assert_eq(events[i].queue, queue, "event %zu: queue %u", i, events[i].queue);
	cr_assert_eq(events[i].arg, arg, "event %zu: arg %u", i, events[i].arg);
	cr_assert(i == 0 || events[i].ts >= events[i - 1].ts, "event %zu: stamp runs backwards", i);
}

Test(ring, writes_a_single_failure_as_it_is)
{
	struct consumer c = consumer_holding();
	fail_once(c.w, 2);
	wsc_exec_start(c.w, 9);
	fail_once(c.w, 3);
	cr_assert_eq(consume(&c), 5);
	expect_event(0, WSC_EV_STEAL_START, 2, 0);
	expect_event(1, WSC_EV_STEAL_FAILURE, 2, 1);
	expect_event(2, WSC_EV_EXEC_START, 0, 0);
	expect_event(4, WSC_EV_STEAL_FAILURE, 3, 1);
	consumer_free(&c);
}

/* The second attempt's start is in the ring; the others are counted, by queue, until something else happens. */
Test(ring, counts_failures_in_a_row)
{
	struct consumer c = consumer_holding();
	for (unsigned i = 0; i < 10; i++)
		fail_once(c.w, 2 + i % 2);
	cr_assert_eq(consume(&c), 3);
	wsc_exec_start(c.w, 9);
	cr_assert_eq(consume(&c), 3);
	expect_event(0, WSC_EV_STEAL_FAILURE, 2, 4);
	expect_event(1, WSC_EV_STEAL_FAILURE, 3, 5);
	expect_event(2, WSC_EV_EXEC_START, 0, 0);
	wsc_exec_start(c.w, 10); /* by the fast path again */
	cr_assert_eq(c.w->limit, c.w->room);
	consumer_free(&c);
}

Test(ring, answers_an_attempt_after_held_failures)
{
	struct consumer c = consumer_holding();
	for (unsigned i = 0; i < 5; i++)
		fail_once(c.w, 2);
	wsc_steal_start(c.w, 7);
	wsc_steal_success(c.w, 99, 7);
	cr_assert_eq(consume(&c), 6);
	expect_event(2, WSC_EV_STEAL_START, 2, 0);
	expect_event(3, WSC_EV_STEAL_FAILURE, 2, 4);
	expect_event(4, WSC_EV_STEAL_START, 7, 0);
	expect_event(5, WSC_EV_STEAL_SUCCESS, 7, 0);
	cr_assert_eq(events[5].task, 99);
	consumer_free(&c);
}

/* What is held back is no less there: readers find it in place, with an attempt that is open. */
Test(ring, shows_what_is_held_back)
{
	struct consumer c = consumer_holding();
	struct wsc_event pending[RING_SLOT_PENDING_MAX];
	for (unsigned i = 0; i < 5; i++)
		fail_once(c.w, 2);
	wsc_steal_start(c.w, 7);
	consume(&c);
	const size_t count = ring_slot_pending(ring_shared(c.w), c.at, c.gaps, 0, wsc_stamp(), 0, 0, pending);
	cr_assert_eq(count, 2);
	cr_assert(pending[0].kind == WSC_EV_STEAL_FAILURE && pending[0].arg == 4);
	cr_assert(pending[1].kind == WSC_EV_STEAL_START && pending[1].queue == 7);
	cr_assert_lt(ring_oldest(c.w, c.at, c.gaps, UINT64_MAX), pending[1].ts);
	consumer_free(&c);
}

/* More queues than can be told apart at a time, more attempts than a count holds, an answer that never came. */
Test(ring, begins_anew_where_it_can_hold_no_more)
{
	struct consumer c = consumer_holding();
	const uint32_t holds = c.w->hold_max;
	for (uint32_t i = 0; i < holds + 3; i++)
		fail_once(c.w, 100 + i);
	uint64_t attempts = 0;
	ring_flush(c.w);
	size_t count = consume(&c);
	for (size_t i = 0; i < count; i++)
		attempts += events[i].kind == WSC_EV_STEAL_FAILURE ? events[i].arg : 0;
	cr_assert_eq(attempts, holds + 3);
	fail_once(c.w, 2);
	wsc_steal_failures(c.w, 2, WSC_REASON_EMPTY, UINT32_MAX);
	wsc_steal_failures(c.w, 2, WSC_REASON_EMPTY, 2);
	wsc_steal_start(c.w, 3);
	wsc_steal_start(c.w, 4);
	ring_flush(c.w);
	count = consume(&c);
	attempts = 0;
	unsigned starts = 0;
	for (size_t i = 0; i < count; i++) {
		attempts += events[i].kind == WSC_EV_STEAL_FAILURE ? events[i].arg : 0;
		starts += events[i].kind == WSC_EV_STEAL_START;
	}
	cr_assert_eq(attempts, UINT64_C(1) + UINT32_MAX + 2);
	cr_assert_eq(starts, 3);
	consumer_free(&c);
}

/* A full ring drops what was held back too, and counts each attempt. */
Test(ring, counts_held_failures_that_are_dropped)
{
	struct consumer c = consumer_holding();
	record_narrow(c.w, 1, SLOTS - 3);
	for (unsigned i = 0; i < 6; i++)
		fail_once(c.w, 2);
	cr_assert_eq(ring_dropped(c.w), 0);
	wsc_exec_start(c.w, 5);
	cr_assert_eq(ring_dropped(c.w), 6);
	cr_assert_eq(consume(&c), SLOTS);
	wsc_exec_start(c.w, 6);
	cr_assert_eq(consume(&c), 2);
	expect_event(0, WSC_EV_GAP, 0, 6);
	consumer_free(&c);
}
