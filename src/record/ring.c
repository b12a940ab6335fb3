/* SPDX-License-Identifier: MIT */
#include "ring.h"

#include <stddef.h>
#include <time.h>

_Static_assert((int)WSC_EV_END <= (int)WSC_SLOT_MORE, "kinds leave the wide bit and the second slot's mark free");
_Static_assert((int)WSC_RING_EVENTS_MIN == (int)RING_FILE_SLOTS_MIN &&
                   (int)WSC_RING_EVENTS_MAX == (int)RING_FILE_SLOTS_MAX,
               "as the format says");

/* What is held back takes at most this share of a ring, so that it always fits. */
#define HOLD_SHARE 8u
/* A gap, what is held back with its open attempt, and the event itself. */
#define PUT_SLOTS_MAX (2 + 2 * RING_FILE_HOLDS + 1 + 2)
_Static_assert(PUT_SLOTS_MAX + 64 <= RING_FILE_MARGIN, "readers keep away from what is being written");
/* A full ring is looked at this often while the mode is BLOCK. */
#define BLOCK_NS_MIN 20000
#define BLOCK_NS_MAX 1000000
#define NOTHING      UINT64_MAX /* no head is ever so large */

/* What a call is about to put into the ring. */
struct item {
	struct wsc_slot slots[2];
	unsigned size; /* slots in use; 0: only what was held back is to be put */
	unsigned kind;
	uint32_t count; /* events that are lost if it is dropped */
	bool is_fenced;
	uint64_t stamp;
};

size_t ring_bytes(size_t slots)
{
	const size_t bytes = RING_FILE_SLOTS_AT + slots * sizeof(struct wsc_slot);
	return (bytes + RING_FILE_PAGE - 1) / RING_FILE_PAGE * RING_FILE_PAGE;
}

struct ring_file_ring *ring_shared(const wsc_worker *w)
{
	return (struct ring_file_ring *)(void *)((char *)w->ring - offsetof(struct ring_file_ring, ring));
}

struct ring_slots ring_slots(const wsc_worker *w)
{
	return (struct ring_slots){.slots = wsc_slot_at(w->ring, 0), .mask = w->mask, .worker = w->id};
}

/* --- the producer's slow path. Relaxed loads of words that only this thread stores need no further word. --- */

static uint64_t own_head(const wsc_worker *w)
{
	return __atomic_load_n(&w->ring->head, __ATOMIC_RELAXED);
}

static bool is_overwriting(const wsc_worker *w)
{
	/* Relaxed: a constant in this mode. */
	return __atomic_load_n(&w->common->mode, __ATOMIC_RELAXED) == WSC_MODE_OVERWRITE;
}

static bool is_sampling(const wsc_worker *w)
{
	return w->sample_last != UINT32_MAX;
}

static bool is_holding(const wsc_worker *w)
{
	return __atomic_load_n(&ring_shared(w)->hold_at, __ATOMIC_RELAXED) == own_head(w);
}

/* The pauses of the recorder, and the stamp of the last, or of an earlier one. */
struct pauses {
	uint64_t stamp, count;
};

static struct pauses pauses_now(const wsc_worker *w)
{
	struct pauses now;
	/* Acquire, the stamp first: it is that of a pause that is counted. Pairs with wsc_pause(). */
	now.stamp = __atomic_load_n(&w->common->paused, __ATOMIC_ACQUIRE);
	now.count = __atomic_load_n(&w->common->pauses, __ATOMIC_ACQUIRE);
	return now;
}

/* Whether pauses are over that no gap stands for. One that has just begun makes no gap yet. */
static bool has_paused(const wsc_worker *w, uint64_t count)
{
	return (count & ~UINT64_C(1)) != __atomic_load_n(&ring_shared(w)->pauses_seen, __ATOMIC_RELAXED);
}

/* Where the next call has to take the slow path again, the limit is 0. */
static void set_limit(wsc_worker *w)
{
	const bool slow = is_sampling(w) || is_holding(w) || w->gap_count != 0;
	/* Sequentially consistent, both, as in ring_notice_pause(): of the two stores to `limit` the other comes last,
	 * or its pause is seen here. */
	__atomic_store_n(&w->limit, slow ? 0 : w->room, __ATOMIC_SEQ_CST);
	if (has_paused(w, __atomic_load_n(&w->common->pauses, __ATOMIC_SEQ_CST)))
		__atomic_store_n(&w->limit, 0, __ATOMIC_RELAXED);
}

/* The stamp of the last event in the ring: what comes now happened after it. */
static uint64_t last_stamp(const wsc_worker *w, uint64_t now)
{
	const uint64_t head = own_head(w);
	if (head == 0)
		return ring_shared(w)->attached;
	const struct wsc_slot *slot = wsc_slot_at(w->ring, (head - 1) & w->mask);
	if ((slot->word[0] & 0xff) == WSC_SLOT_MORE)
		slot = wsc_slot_at(w->ring, (head - 2) & w->mask);
	return ring_slot_stamp(slot, now);
}

/* What goes into the ring at once. */
struct output {
	struct wsc_slot slots[PUT_SLOTS_MAX];
	unsigned size;
	uint64_t last; /* stamp of the last event in it, or before it */
};

static void put_held(const wsc_worker *w, struct output *out)
{
	struct wsc_event events[RING_SLOT_HELD_MAX];
	const size_t count = ring_slot_held(ring_shared(w), events);
	for (size_t i = 0; i < count; i++) {
		const struct wsc_event *e = &events[i];
		const uint64_t first = e->ts << 8 | e->kind;
		if (e->kind == WSC_EV_STEAL_START) {
			out->slots[out->size++] = (struct wsc_slot){{first, e->queue}};
		} else if (e->arg == 1) {
			out->slots[out->size++] = (struct wsc_slot){{first, (uint64_t)e->reason << 32 | e->queue}};
		} else {
			out->slots[out->size++] = (struct wsc_slot){{first | WSC_SLOT_WIDE, 0}};
			out->slots[out->size++] = (struct wsc_slot){
			    {(uint64_t)e->reason << 16 | WSC_SLOT_MORE, (uint64_t)e->arg << 32 | e->queue}};
		}
		out->last = e->ts;
	}
}

/* The gap for what was dropped, or done while the recorder was off. */
static void put_gap(const wsc_worker *w, struct pauses pauses, uint64_t until, struct output *out)
{
	const struct ring_file_ring *shared = ring_shared(w);
	const uint64_t seen = __atomic_load_n(&shared->pauses_seen, __ATOMIC_RELAXED);
	uint64_t from = out->last;
	if (w->gap_count != 0)
		from = __atomic_load_n(&shared->gap_from, __ATOMIC_RELAXED);
	else if (pauses.count == seen + 2 && pauses.stamp > from)
		from = pauses.stamp;
	out->slots[out->size++] =
	    (struct wsc_slot){{from << 8 | WSC_SLOT_WIDE | WSC_EV_GAP, until > from ? until : from}};
	out->slots[out->size++] = (struct wsc_slot){{w->gap_count << 8 | WSC_SLOT_MORE, 0}};
}

static uint64_t room_now(const wsc_worker *w)
{
	/* Acquire: the consumer has read the slots below the tail before we write them anew. Pairs with
	 * ring_release(). */
	const uint64_t tail = __atomic_load_n(&ring_shared(w)->tail, __ATOMIC_ACQUIRE);
	return tail + w->mask + 1 - own_head(w);
}

/* Waits until there is room, if the mode is BLOCK and stays it. Returns what room there is. */
static uint64_t wait_for_room(wsc_worker *w, uint64_t need, uint64_t stamp)
{
	uint64_t room = room_now(w);
	struct timespec wait = {0, BLOCK_NS_MIN};
	/* Relaxed: a switch, which orders nothing. Pairs with ring_block_no_more(). */
	while (room < need && __atomic_load_n(&w->common->mode, __ATOMIC_RELAXED) == WSC_MODE_BLOCK) {
		/* Relaxed: a bound for watermarks; one that is seen late does no harm. Pairs with oldest_outside(). */
		__atomic_store_n(&w->waiting, stamp, __ATOMIC_RELAXED);
		ring_bell(w->common);
		nanosleep(&wait, NULL);
		wait.tv_nsec = 2 * wait.tv_nsec < BLOCK_NS_MAX ? 2 * wait.tv_nsec : BLOCK_NS_MAX;
		room = room_now(w);
	}
	return room;
}

/* Makes sure of room for `need` slots. */
static bool make_room(wsc_worker *w, uint64_t need, uint64_t stamp)
{
	if (is_overwriting(w)) {
		w->room = NOTHING;
		return true;
	}
	const uint64_t room = wait_for_room(w, need, stamp);
	/* After drops wait for a quarter of the ring, or a slow consumer would get one gap for every few events. (There
	 * are none as long as the mode is BLOCK.) */
	if (room < need || (w->gap_count != 0 && room < (w->mask + 1) / 4))
		return false;
	w->room = own_head(w) + room;
	return true;
}

/* The event is lost, and what was held back before it. */
static void drop(wsc_worker *w, const struct item *item)
{
	struct ring_file_ring *shared = ring_shared(w);
	struct wsc_event held[RING_SLOT_HELD_MAX];
	const bool holding = is_holding(w);
	const size_t held_count = holding ? ring_slot_held(shared, held) : 0;
	uint64_t lost = item->count;
	for (size_t i = 0; i < held_count; i++)
		lost += held[i].kind == WSC_EV_STEAL_START ? 1 : held[i].arg;
	/* Release: whoever sees it sees the gap before, which is in the ring. Pairs with oldest_outside(). */
	if (w->gap_count == 0)
		__atomic_store_n(&shared->gap_from, last_stamp(w, item->stamp), __ATOMIC_RELEASE);
	w->gap_count += lost;
	w->failed_at = NOTHING;
	/* Release: whoever sees the count sees the gap's start too. Pairs with ring_slot_pending(). */
	__atomic_store_n(&shared->dropped, __atomic_load_n(&shared->dropped, __ATOMIC_RELAXED) + lost,
	                 __ATOMIC_RELEASE);
	/* Release: counted first, so that a kill in between loses nothing. Pairs with readers of the file. */
	if (holding)
		__atomic_store_n(&shared->hold_at, NOTHING, __ATOMIC_RELEASE);
	set_limit(w);
}

/* Waiting took time, and what comes before its operation may as well be stamped after that. */
static void restamp(struct item *item)
{
	if (item->is_fenced || item->size == 0)
		return;
	item->stamp = wsc_stamp();
	item->slots[0].word[0] = item->stamp << 8 | (item->slots[0].word[0] & 0xff);
}

static void publish(wsc_worker *w, const struct output *out)
{
	const uint64_t head = own_head(w);
	for (unsigned i = 0; i < out->size; i++)
		wsc_slot_put(wsc_slot_at(w->ring, (head + i) & w->mask), out->slots[i].word[0], out->slots[i].word[1]);
	/* Release: as in wsc_record(); all of it, and what was held back is no more, by one store. Pairs with
	 * ring_head(). */
	__atomic_store_n(&w->ring->head, head + out->size, __ATOMIC_RELEASE);
}

static void end_waiting(wsc_worker *w)
{
	/* Release: what waited is in the ring, or counted as dropped. Pairs with oldest_outside(). */
	if (__atomic_load_n(&w->waiting, __ATOMIC_RELAXED) != 0)
		__atomic_store_n(&w->waiting, 0, __ATOMIC_RELEASE);
}

/* Puts what was held back, the gap, and the item into the ring; false if they are dropped. */
static bool record(wsc_worker *w, struct item *item)
{
	struct output out;
	const struct pauses pauses = pauses_now(w);
	const bool gap = w->gap_count != 0 || (item->size != 0 && has_paused(w, pauses.count));
	out.size = 0;
	out.last = last_stamp(w, item->stamp);
	if (is_holding(w))
		put_held(w, &out);
	if (!make_room(w, out.size + (gap ? 2 : 0) + item->size, item->stamp)) {
		drop(w, item);
		end_waiting(w);
		return false;
	}
	if (__atomic_load_n(&w->waiting, __ATOMIC_RELAXED) != 0)
		restamp(item);
	if (gap)
		put_gap(w, pauses, item->stamp, &out);
	for (unsigned i = 0; i < item->size; i++)
		out.slots[out.size++] = item->slots[i];
	publish(w, &out);
	if (gap) {
		w->gap_count = 0;
		/* Release: the gap is in the ring. Pairs with ring_slot_pending(). */
		__atomic_store_n(&ring_shared(w)->pauses_seen, pauses.count & ~UINT64_C(1), __ATOMIC_RELEASE);
	}
	end_waiting(w);
	set_limit(w);
	return true;
}

/*
 * --- failures that are held back, and counted in place ---
 *
 * What a call changes counts by one store (ring_file.h), so that a process killed in between lost the call or has it.
 */

/* Whether the last events in the ring are a failure and at most the start of the next attempt. */
static bool follows_failure(const wsc_worker *w)
{
	const uint64_t head = own_head(w);
	if (head == w->failed_at)
		return true;
	return head == w->failed_at + 1 &&
	       (wsc_slot_at(w->ring, (head - 1) & w->mask)->word[0] & 0xff) == WSC_EV_STEAL_START;
}

static bool add_to_hold(wsc_worker *w, struct ring_file_hold *hold, uint64_t stamp, uint32_t count)
{
	const uint32_t before = __atomic_load_n(&hold->count, __ATOMIC_RELAXED);
	if (count > UINT32_MAX - before)
		return false;
	/* Relaxed: the release below orders it. */
	__atomic_store_n(&hold->stamp, stamp, __ATOMIC_RELAXED);
	/* Release: the stamp first, which may be too late but not too early. Pairs with ring_slot_held(). */
	__atomic_store_n(&hold->count, before + count, __ATOMIC_RELEASE);
	w->hold_sum += count;
	return true;
}

/* One hold for each queue and reason. */
static bool hold_failures(wsc_worker *w, uint64_t stamp, uint32_t queue, uint32_t reason, uint32_t count)
{
	struct ring_file_ring *shared = ring_shared(w);
	const uint32_t holds = __atomic_load_n(&shared->hold_count, __ATOMIC_RELAXED);
	for (uint32_t i = 0; i < holds; i++) {
		struct ring_file_hold *hold = &shared->holds[i];
		if (__atomic_load_n(&hold->queue, __ATOMIC_RELAXED) == queue &&
		    __atomic_load_n(&hold->reason, __ATOMIC_RELAXED) == reason)
			return add_to_hold(w, hold, stamp, count);
	}
	if (holds == w->hold_max)
		return false;
	struct ring_file_hold *hold = &shared->holds[holds];
	/* Relaxed, all: the release below orders them. */
	__atomic_store_n(&hold->stamp, stamp, __ATOMIC_RELAXED);
	__atomic_store_n(&hold->queue, queue, __ATOMIC_RELAXED);
	__atomic_store_n(&hold->reason, reason, __ATOMIC_RELAXED);
	__atomic_store_n(&hold->count, count, __ATOMIC_RELAXED);
	/* Release: the hold is whole. Pairs with ring_slot_held(). */
	__atomic_store_n(&shared->hold_count, holds + 1, __ATOMIC_RELEASE);
	w->hold_sum += count;
	return true;
}

static void begin_holding(wsc_worker *w)
{
	struct ring_file_ring *shared = ring_shared(w);
	/* Relaxed: nobody looks at them before hold_at says so. */
	__atomic_store_n(&shared->hold_count, 0, __ATOMIC_RELAXED);
	__atomic_store_n(&shared->start_stamp, 0, __ATOMIC_RELAXED);
	w->hold_sum = 0;
	/* Release: there is nothing yet. Pairs with ring_slot_pending(). */
	__atomic_store_n(&shared->hold_at, own_head(w), __ATOMIC_RELEASE);
	__atomic_store_n(&w->limit, 0, __ATOMIC_RELAXED); /* the worker's own word: see set_limit() */
}

/* A start goes into the ring when it is known that its attempt did not fail. */
static bool hold_start(wsc_worker *w, const struct item *item)
{
	struct ring_file_ring *shared = ring_shared(w);
	if (item->kind != WSC_EV_STEAL_START || !is_holding(w) || has_paused(w, pauses_now(w).count))
		return false;
	/* Two starts in a row: the first was never answered, which is not for us to hide. */
	if (__atomic_load_n(&shared->start_stamp, __ATOMIC_RELAXED) != 0 &&
	    __atomic_load_n(&shared->start_sum, __ATOMIC_RELAXED) == w->hold_sum)
		return false;
	/* Relaxed, all: the old start is void before the new one's words are stored, in the order of the program, which
	 * is that in which a killed thread leaves them; the release below is for readers of a live process. */
	__atomic_store_n(&shared->start_stamp, 0, __ATOMIC_RELAXED);
	__atomic_signal_fence(__ATOMIC_SEQ_CST);
	__atomic_store_n(&shared->start_queue, (uint32_t)item->slots[0].word[1], __ATOMIC_RELAXED);
	__atomic_store_n(&shared->start_sum, w->hold_sum, __ATOMIC_RELAXED);
	/* Release: the start is whole. Pairs with ring_slot_held(). */
	__atomic_store_n(&shared->start_stamp, item->stamp, __ATOMIC_RELEASE);
	return true;
}

static bool hold(wsc_worker *w, uint64_t stamp, uint32_t queue, uint32_t reason, uint32_t count)
{
	if (w->hold_max == 0 || has_paused(w, pauses_now(w).count))
		return false;
	if (!is_holding(w)) {
		if (!follows_failure(w))
			return false;
		begin_holding(w);
	}
	return hold_failures(w, stamp, queue, reason, count);
}

/* --- samples --- */

/* splitmix64's finalizer (https://prng.di.unimi.it/splitmix64.c): handles that are neighbours, or addresses, are spread
 * evenly. */
static uint32_t hash_task(uint64_t task)
{
	task = (task ^ task >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	task = (task ^ task >> 27) * UINT64_C(0x94d049bb133111eb);
	return (uint32_t)((task ^ task >> 31) >> 32);
}

uint32_t ring_sample_last(uint64_t sampling)
{
	return sampling <= 1 ? UINT32_MAX : (uint32_t)((UINT64_C(1) << 32) / sampling - 1);
}

/* Whether an event belongs to the sample: whole lives of some tasks. An attempt is answered whatever it took. */
static bool take_sample(const wsc_worker *w, struct item *item)
{
	switch (item->kind) {
	case WSC_EV_STEAL_START:
	case WSC_EV_STEAL_FAILURE:
	case WSC_EV_PARKED:
	case WSC_EV_UNPARKED:
	case WSC_EV_WAKE:
		return true;
	default:
		break;
	}
	if (hash_task(item->slots[0].word[1]) <= w->sample_last)
		return true;
	if (item->kind != WSC_EV_STEAL_SUCCESS)
		return false;
	item->slots[0].word[1] = 0;
	return true;
}

/* --- the calls --- */

static void record_item(wsc_worker *w, struct item *item)
{
	if (is_sampling(w) && !take_sample(w, item))
		return;
	if (!hold_start(w, item))
		record(w, item);
}

void wsc_record_slow(wsc_worker *w, unsigned kind, uint64_t operand)
{
	struct item item = {.size = 1, .kind = kind, .count = 1, .stamp = wsc_stamp()};
	item.slots[0] = (struct wsc_slot){{item.stamp << 8 | kind, operand}};
	record_item(w, &item);
}

void wsc_record_wide_slow(wsc_worker *w, unsigned kind, uint64_t task, uint64_t more0, uint64_t more1)
{
	struct item item = {.size = 2, .kind = kind, .count = 1};
	item.is_fenced = kind == WSC_EV_STEAL_SUCCESS || kind == WSC_EV_DEQUEUED;
	item.stamp = item.is_fenced ? wsc_stamp_fenced() : wsc_stamp();
	item.slots[0] = (struct wsc_slot){{item.stamp << 8 | WSC_SLOT_WIDE | kind, task}};
	item.slots[1] = (struct wsc_slot){{more0, more1}};
	record_item(w, &item);
}

void wsc_record_failures(wsc_worker *w, uint32_t victim, uint32_t reason, uint32_t count)
{
	const uint64_t stamp = wsc_stamp_fenced();
	struct item item = {.size = 1, .kind = WSC_EV_STEAL_FAILURE, .is_fenced = true, .stamp = stamp};
	item.count = count != 0 ? count : 1;
	if (hold(w, stamp, victim, reason, item.count))
		return;
	item.slots[0] = (struct wsc_slot){{stamp << 8 | item.kind, (uint64_t)reason << 32 | victim}};
	if (item.count > 1) {
		item.size = 2;
		item.slots[0] = (struct wsc_slot){{stamp << 8 | WSC_SLOT_WIDE | item.kind, 0}};
		item.slots[1] =
		    (struct wsc_slot){{(uint64_t)reason << 16 | WSC_SLOT_MORE, (uint64_t)item.count << 32 | victim}};
	}
	if (record(w, &item))
		w->failed_at = own_head(w);
}

void ring_flush(wsc_worker *w)
{
	struct item nothing = {.stamp = wsc_stamp()};
	if (is_holding(w))
		record(w, &nothing);
}

/* --- the others --- */

void ring_init(wsc_worker *w, struct ring_file_ring *shared, uint32_t worker_id, size_t slots,
               struct wsc_common *common, const struct ring_traits *traits)
{
	const size_t fitting = slots / HOLD_SHARE < RING_FILE_HOLDS ? slots / HOLD_SHARE : RING_FILE_HOLDS;
	shared->worker = worker_id;
	shared->slots = slots;
	shared->hold_at = NOTHING;
	*w = (wsc_worker){.on = 1,
	                  .id = worker_id,
	                  .ring = &shared->ring,
	                  .mask = slots - 1,
	                  .room = slots,
	                  .failed_at = NOTHING,
	                  .hold_max = traits->hold_max < fitting ? traits->hold_max : (uint32_t)fitting,
	                  .sample_last = traits->sample_last,
	                  .common = common};
	if (is_overwriting(w))
		w->room = NOTHING;
	w->limit = is_sampling(w) ? 0 : w->room;
}

void ring_switch(wsc_worker *w, bool on)
{
	/* Relaxed: see wsc_is_on(), with which it pairs. */
	__atomic_store_n(&w->on, on ? 1u : 0u, __ATOMIC_RELAXED);
}

void ring_block_no_more(struct wsc_common *common)
{
	/* Relaxed, both: a switch that orders nothing. Pairs with wait_for_room(). */
	if (__atomic_load_n(&common->mode, __ATOMIC_RELAXED) == WSC_MODE_BLOCK)
		__atomic_store_n(&common->mode, WSC_MODE_DROP, __ATOMIC_RELAXED);
}

void ring_notice_pause(wsc_worker *w)
{
	/* Sequentially consistent: see set_limit(), with which it pairs. */
	__atomic_store_n(&w->limit, 0, __ATOMIC_SEQ_CST);
}

void ring_bell(struct wsc_common *common)
{
	/* Acquire and release: whoever finds it rung is heard by the same pass. Pairs with ring_bell_heard(). */
	if (__atomic_exchange_n(&common->is_rung, 1, __ATOMIC_ACQ_REL) == 0)
		sem_post(&common->bell);
}

void ring_bell_heard(struct wsc_common *common)
{
	/* Acquire and release: what was done before ringing is seen by what comes after this. Pairs with ring_bell(). */
	__atomic_exchange_n(&common->is_rung, 0, __ATOMIC_ACQ_REL);
}

uint64_t ring_head(const wsc_worker *w)
{
	/* Acquire: the slots below the head are read after it. Pairs with the release stores of `head`. */
	return __atomic_load_n(&w->ring->head, __ATOMIC_ACQUIRE);
}

void ring_release(wsc_worker *w, uint64_t tail)
{
	/* Release: our reads of the slots come before the producer may write them again. Pairs with room_now(). */
	__atomic_store_n(&ring_shared(w)->tail, tail, __ATOMIC_RELEASE);
}

uint64_t ring_dropped(const wsc_worker *w)
{
	/* Relaxed: a mere number. The producer stores it in drop(). */
	return __atomic_load_n(&ring_shared(w)->dropped, __ATOMIC_RELAXED);
}

/* Of what a call has yet to put into the ring: what waits for room, is held back, or was dropped. */
static uint64_t oldest_outside(const wsc_worker *w, uint64_t gaps, uint64_t oldest)
{
	struct wsc_event held[RING_SLOT_HELD_MAX];
	const struct ring_file_ring *shared = ring_shared(w);
	/* Acquire: it is 0 again when what waited is in the ring, or counted as dropped. Pairs with record(). */
	const uint64_t waiting = __atomic_load_n(&w->waiting, __ATOMIC_ACQUIRE);
	if (waiting != 0 && waiting < oldest)
		oldest = waiting;
	/* Acquire: what is held back was stored before. Pairs with begin_holding(), and with drop(), which counts it
	 * before it is no longer held. */
	if (__atomic_load_n(&shared->hold_at, __ATOMIC_ACQUIRE) == ring_head(w) && ring_slot_held(shared, held) > 0)
		oldest = held[0].ts < oldest ? held[0].ts : oldest;
	/* Acquire, both: the gap's start was stored before the count; and if it is that of a later gap, the earlier one
	 * is in the ring. Pair with drop(). */
	if (__atomic_load_n(&shared->dropped, __ATOMIC_ACQUIRE) != gaps) {
		const uint64_t from = __atomic_load_n(&shared->gap_from, __ATOMIC_ACQUIRE);
		oldest = from < oldest ? from : oldest;
	}
	return oldest;
}

uint64_t ring_oldest(const wsc_worker *w, uint64_t read, uint64_t gaps, uint64_t now)
{
	const uint64_t oldest = oldest_outside(w, gaps, now);
	/* Last: what was outside is in the ring by now, or was seen there. The first slot has the smallest stamp. */
	if (is_overwriting(w) || ring_head(w) <= read)
		return oldest;
	const uint64_t first = ring_slot_stamp(wsc_slot_at(w->ring, read & w->mask), now);
	return first < oldest ? first : oldest;
}
