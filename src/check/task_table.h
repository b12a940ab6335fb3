/* SPDX-License-Identifier: MIT */
/* The tasks of a trace: a record for each live one, two bits for each finished one (finished_set.h). */
#ifndef CHECK_TASK_TABLE_H
#define CHECK_TASK_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "finished_set.h"
#include "handle_index.h"
#include "ownership.h"

struct window_plan;

/* Other states that the task may be in as well: more than one order of too close stamps was legal. */
enum { TASK_STATES_MAX = 16 };
struct task_states {
	unsigned count;
	struct ownership states[TASK_STATES_MAX];
};

/* Adds the state unless it is there. `slots`: they are of a recycled handle; then room can be made. False: there is none. */
bool task_states_add(struct task_states *states, const struct ownership *state, bool slots);

#define TASK_NO_ITEM UINT32_MAX

/* Stays of a recycled handle whose takes are still to be stamped: after each step they are among those that `own` owes. */
struct task_owed {
	unsigned count;
	struct {
		struct ownership_owed owed; /* what it goes by */
		uint32_t item;              /* in the ordering monitor */
	} stays[OWNERSHIP_OWED_MAX + 1];    /* one more, in the midst of a step */
};

/* Stays that a start seems to have ended, which linger in the first reading (stay.c): the earliest first. */
struct task_lingering {
	unsigned count;
	struct {
		struct ownership_owed credit; /* that the start left */
		uint32_t item;                /* of the first reading */
	} stays[OWNERSHIP_CREDITS_MAX];
};

/* A step of a slot, and its place in its worker's program. */
struct task_step {
	uint64_t ts, sequence;
	uint32_t worker;
};

/* What was done with a slot close behind what another worker did, which takes that are stamped late may have come before. */
enum { TASK_PAST_MAX = 16 };
struct task_past {
	unsigned count;
	struct task_step steps[TASK_PAST_MAX]; /* the latest */
};

/* Ordered by size: a record has no gaps between its fields. */
struct task {
	uint64_t handle;                  /* 0: the record is free */
	uint64_t life;                    /* serial number of the present life, */
	uint64_t life_before;             /* ... and of the one that goes on if its push fails; 0: not known */
	struct ownership own;             /* the state; with `also`, the first of several */
	struct task_states *also;         /* or NULL */
	struct task_owed *owed;           /* or NULL: none */
	struct task_lingering *lingering; /* or NULL: none */
	struct task_past *past;           /* or NULL: nothing */
	struct window_plan *plan;         /* what the events of its group that still wait are to its stays, or NULL */
	uint64_t last_ts;         /* of the latest event applied; UINT64_MAX: known to lie after every gap so far */
	uint64_t queued_ts;       /* of the present stay */
	uint64_t first_queued_ts; /* of the life; UINT64_MAX: never queued */
	uint64_t start_ts;        /* of the latest run; UINT64_MAX: not known */
	uint64_t start_queued_ts; /* ... as first_queued_ts, of the life that it is of, */
	uint64_t same_until;      /* number of an event that waits: up to it all are of one worker */
	union {
		uint64_t pending_last; /* number of the last of `pending` */
		struct task *next_free;
	};
	uint32_t number;          /* of the record, for the index */
	uint32_t last_worker;     /* of the latest event, unless last_ts is 0 or UINT64_MAX */
	uint32_t start_worker;    /* who runs the latest run */
	uint32_t item;            /* the present stay in the ordering monitor; TASK_NO_ITEM: none */
	uint32_t queue;           /* of the latest stay, if queued_ts is known */
	uint32_t pending;         /* its events that wait in the window */
	uint32_t pending_stream;  /* number of the stream they come from */
	uint32_t epoch;           /* of the set of finished handles when the record was made from it */
	uint32_t steals;          /* of the present life, */
	uint32_t steals_before;   /* ... and of the one before */
	uint16_t reported;        /* bit k: a report of kind k was made in this life, */
	uint16_t reported_before; /* ... in the one before */
	uint16_t withheld;        /* bit k: ... which stands only if no handle of a cancelled life is used again, */
	uint16_t withheld_before; /* ... in the one before */
	bool is_timed : 1;        /* the latest run is under way */
	bool pending_mixed : 1;   /* `pending` are from several streams */
	bool is_doubtful : 1;     /* something unseen may have led to another state: reports depend on that */
	bool was_cancelled : 1;   /* a life was: its entry may be left */
	bool may_run : 1;         /* polled: a run was under way when evidence went missing, and may be still */
	bool is_ghost : 1;        /* of another share: only how its events are grouped is of interest */
};

_Static_assert(sizeof(struct task) == sizeof(struct ownership) + 176, "no gaps");

enum { TASK_CHUNK = 256 };

/* Marks the number of a lane's record (lane.h) in the index, which holds both. */
#define LANE_BIT 0x80000000u

struct task_table {
	struct handle_index index; /* number + 1 of a record, or LANE_BIT and the number of a lane's */
	struct finished_set finished;
	struct finished_set cancelled; /* of those, the ones of which a life was cancelled */
	struct task **chunks;
	uint32_t chunk_count;
	size_t chunk_capacity;
	uint32_t used;     /* records ever used */
	struct task *free; /* unused records, linked through `next_free` */
	uint64_t seen;     /* distinct handles */
};

static inline struct task *task_table_at(const struct task_table *table, uint32_t number)
{
	return &table->chunks[number / TASK_CHUNK][number % TASK_CHUNK];
}

/* Whether a life of a handle that has no record was cancelled. */
bool task_table_was_cancelled(struct task_table *table, uint64_t handle);

/*
 * The record of `handle` (not 0, and not in the lane), made anew from what the set of finished handles knows. Stays where it is until it is
 * finished, and readable after that. NULL: no memory.
 */
struct task *task_table_get(struct task_table *table, uint64_t handle);

/*
 * The record is no longer needed: keeps two bits of it. `blurred`: its latest event lies within a gap, so that what
 * came after is not known. False: no memory.
 */
bool task_table_finish(struct task_table *table, struct task *task, bool blurred);

/* The record is no longer needed, and nothing of it is kept. */
void task_table_drop(struct task_table *table, struct task *task);

void task_table_free(struct task_table *table);

#endif
