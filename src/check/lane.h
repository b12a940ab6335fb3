/* SPDX-License-Identifier: MIT */
/*
 * The fast lane: lives that one worker begins, runs and ends on its own deque, which is what nearly all lives are.
 *
 * Such a life needs none of what a struct task holds against surprises. It has a record of one cache line here, a step of
 * a few instructions per event, and no item in the ordering monitor: the owner's deque is a stack, and while its owner
 * takes the top of it nobody is passed over (rules L1 and L2 of order.h have nothing to say of such a stay).
 *
 * The first event that is not of this kind makes the record a struct task in the state that it would have had without
 * the lane ("demotes" it), with its events that still wait, and the general machine goes on from there. So the lane
 * changes what the analysis costs, and nothing that it says; tests hold the two against each other, event by event.
 *
 * Invariant: of one deque, every stay in the lane is newer than every stay in the ordering monitor. The lane's part is the
 * stack below; a stay leaves it at the top (taken by the owner) or at the bottom (demoted, after all older ones).
 */
#ifndef CHECK_LANE_H
#define CHECK_LANE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Live stays of one deque, oldest first: numbers of records. Places count up and wrap; a place is at [place & mask]. */
struct lane_stack {
	uint32_t *records;
	uint32_t mask; /* if `records` */
	uint32_t bottom, top;
	uint32_t open; /* the pushes of those from this place on have not ended; within [bottom, top] */
};

/*
 * Which records a worker's next start and completion are likely to be of: those of its newest pushes and runs. A guess
 * holds if that record has the event's handle, and saves a search by hash; what is too deep is found by that.
 */
enum { LANE_GUESS_READY = 256, LANE_GUESS_RUNNING = 32 };
struct lane_guess {
	uint32_t ready_top, running_top; /* where the next goes; the one before is the newest */
	uint32_t ready[LANE_GUESS_READY], running[LANE_GUESS_RUNNING];
};

struct lane_record;

struct lane {
	struct lane_record *records;
	size_t capacity;
	uint32_t used;
	uint32_t free; /* number + 1 of a record that is free, linked; 0: none */
	bool is_off;   /* after a gap, and where the declared identity or scope asks for more */
	bool is_short; /* not off, and each handle is followed: lane_feed() is of use */
};

struct analysis;
struct engine_stream;
struct window_entry;
struct wsc_event;

/* Whether the lane can be used at all for this trace. */
void lane_init(struct analysis *a);
void lane_free(struct analysis *a);

/*
 * The worker pushes to its own deque, which has this number. The lane is for those of which the owner takes the newest, and
 * in which what it pushes can be seen.
 */
void lane_own_deque(const struct analysis *a, struct engine_stream *s, uint32_t number);

/*
 * The short way in for the event of the stream of that number: it enters the window, and is the lane's. False: nothing was
 * done; it is to go the long way, which would do the same.
 */
bool lane_feed(struct analysis *a, struct engine_stream *s, uint32_t stream, const struct wsc_event *event);

/*
 * The events come soon. With so many tasks that the tables do not fit into the caches, what the later one will look up in
 * the index is fetched, and the record that the index names for the sooner one, of which that was done before.
 */
void lane_foresee(const struct analysis *a, const struct wsc_event *later, const struct wsc_event *sooner);

/*
 * The entry, which is the window's last, concerns a task. True: it is the lane's. False: it is for the general machine, and
 * the handle has no record in the lane (any more); `general` is the number + 1 of its task, or 0 if it is not known.
 */
bool lane_arrives(struct analysis *a, struct window_entry *entry, uint32_t *general);

/* The turn of an entry of the lane has come. False: it is the general machine's now, and has a task. */
bool lane_step(struct analysis *a, struct window_entry *entry);

/* The owner of this queue takes, or pushes, beside the lane: what the monitor must know of is demoted. */
void lane_before(struct analysis *a, uint32_t queue);

/* The worker's open pushes in the lane ended at `ts`. They still wait: its take would have ended them before. */
void lane_pushes_ended(struct analysis *a, struct engine_stream *s, uint64_t ts);

/* Demotes every record, and lets no more in. */
void lane_close(struct analysis *a);

#endif
