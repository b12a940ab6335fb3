/* SPDX-License-Identifier: MIT */
/*
 * The ownership machine: who holds one task, and whether the next event on it is legal.
 *
 * A pure function from (state, event) to (legal states, report): no table, no clock, no memory. The caller feeds the
 * events of one handle in their order and keeps the state. Where the trace can't tell which of two things happened (a
 * take that may be of an entry which a cancelled life left behind), a step has two legal outcomes and the caller keeps
 * both.
 *
 * What isn't known is a state of its own: UNKNOWN (evidence is missing: every event is legal) and VAGUE (the present
 * life is known since its last `queued` or run, but not what came before, so nothing is concluded from what was not
 * seen).
 */
#ifndef CHECK_OWNERSHIP_H
#define CHECK_OWNERSHIP_H

#include <stdbool.h>
#include <stdint.h>

#include "queue_table.h"
#include "violation.h"
#include "wscheck/event.h"

enum ownership_place { OWNERSHIP_NOWHERE, OWNERSHIP_QUEUED, OWNERSHIP_TAKEN };

enum {
	OWNERSHIP_LIFE = 1 << 0,      /* the handle was used at all */
	OWNERSHIP_RAN = 1 << 1,       /* this life has run */
	OWNERSHIP_COMPLETED = 1 << 2, /* ... and completed */
	OWNERSHIP_CANCELLED = 1 << 3, /* this life was cancelled while it did not run */
	OWNERSHIP_SUSPENDED = 1 << 4, /* it left its worker unfinished and has not gone on since */
	OWNERSHIP_INLINE = 1 << 5,    /* this life was never queued */
	OWNERSHIP_UNKNOWN = 1 << 6,
	OWNERSHIP_DROPPED = 1 << 7,  /* recycled: a take that is still to be stamped may be of a cancelled life */
	OWNERSHIP_DISPUTED = 1 << 8, /* TAKEN, by a take that was reported */
	OWNERSHIP_PINNED = 1 << 9,   /* QUEUED where thieves can't see it */
	OWNERSHIP_RETAKEN = 1 << 9,  /* TAKEN, and once more: one of the takes may be of an entry that was not seen */
	OWNERSHIP_REFUSED = 1 << 9,  /* NOWHERE: the worker `place` could not push it, and still has it in its hand */
	OWNERSHIP_AWAITED =
	    1 << 10, /* stolen before it was queued: the next `queued` on queue `awaited` is the missing one */
	/* It was UNKNOWN once: nothing is concluded from what was not seen. */
	OWNERSHIP_VAGUE = 1 << 15,
	/*
	 * This life may have run before, and have been suspended: unseen, or by a run that seemed to be another life's. If
	 * VAGUE and polled, that run may be under way.
	 */
	OWNERSHIP_UNSEEN = 1 << 14,
	OWNERSHIP_FRESH = 1 << 13,   /* the last `queued` began the life */
	OWNERSHIP_BLURRED = 1 << 11, /* more is legal from here on than certainly was: it can't be told apart */
	/* More runners, takes on their way, or queues with stale entries, than there is room for: conclude nothing. */
	OWNERSHIP_CROWDED = 1 << 12
};

enum {
	OWNERSHIP_RUNNERS_MAX = 4,
	OWNERSHIP_STALE_MAX = 3,
	OWNERSHIP_OWED_MAX = 3,
	OWNERSHIP_CREDITS_MAX = 3,
	/* Of a slot that is cancelled: what waits, is held, was suspended, is owed or runs, is dropped. No step has more. */
	OWNERSHIP_OUTCOMES_MAX = 1 + OWNERSHIP_RUNNERS_MAX + 1 + 1 + 1 + OWNERSHIP_STALE_MAX
};

#define OWNERSHIP_VAGUE_ALWAYS UINT64_MAX

/*
 * `runs`: runs under way on the worker. Recycled handles: `held`: lives that it took and has not started; `maybe`: as many
 * more may be in its hand (what it started may have been another life, what it queued another than what it took).
 * `stale`: entries of cancelled lives that it took; UINT16_MAX: or more.
 */
struct ownership_runner {
	uint32_t worker;
	uint16_t runs;
	uint16_t held;
	uint16_t maybe;
	uint16_t stale;
};

/* A life that was taken from `queue` before `ts`, a stamp of `worker`, who used the slot again; the take may be stamped later.
 */
struct ownership_owed {
	uint64_t ts;
	uint64_t sequence; /* its position in the worker's program */
	uint32_t queue, worker;
};

/* Entries that cancelled lives may have left in a queue. */
struct ownership_stale {
	uint32_t queue, count;
};

/* Zero is a handle that was never seen. Plain data: compared with memcmp, so unused parts stay zero. */
struct ownership {
	/* Recycled (see slot.c), ascending by stamp: takes that are still to be stamped, and such as may be. */
	struct ownership_owed owed[OWNERSHIP_OWED_MAX];
	struct ownership_owed credits[OWNERSHIP_CREDITS_MAX];
	/* VAGUE, recycled: all lives that were not seen had been taken before this stamp; VAGUE_ALWAYS: or left an entry. */
	uint64_t vague_ts;
	uint64_t pusher;       /* QUEUED, but for recycled handles: who pushed it, + 1; 0: it is not known */
	uint32_t maybe;        /* workers, hashed to bits, that may hold any number more than is known */
	uint32_t place;        /* QUEUED: the queue. TAKEN, REFUSED (recycled handles never are): the worker */
	uint32_t awaited;      /* AWAITED. RETAKEN alone: who took it again, + 1; 0: several did */
	uint32_t before_place; /* as `place` was before the last `queued`, for push_failed */
	uint16_t flags;        /* OWNERSHIP_* */
	uint16_t before_flags; /* as they were before the last `queued`; AWAITED alone: that was the missing one */
	uint8_t where;         /* enum ownership_place */
	uint8_t before_where;
	uint8_t stale_count;
	uint8_t runner_count;
	uint8_t owed_count;
	uint8_t credit_count;
	uint8_t suspended;       /* recycled: lives that left their worker unfinished, at least, ... */
	uint8_t maybe_suspended; /* ... and beyond */
	uint8_t credit_counts[OWNERSHIP_CREDITS_MAX]; /* how many credits each stands for; UINT8_MAX: any number */
	uint8_t pinned; /* recycled: bit i: owed[i] is of a stay that was pinned; bit i + 4: so is credits[i] */
	struct ownership_stale stale[OWNERSHIP_STALE_MAX]; /* ascending by queue */
	struct ownership_runner runners[OWNERSHIP_RUNNERS_MAX];
};

/* What of the event matters beyond wsc_event: see struct stream_context. */
struct ownership_event {
	struct wsc_event event;
	uint64_t lower;    /* the earliest moment at which its operation may have happened (takes) */
	uint64_t sequence; /* position in its worker's program */
};

struct ownership_rules {
	enum wsc_identity identity;
	enum wsc_scope scope;
	bool complete;        /* a handle that was not seen was not used */
	bool vague;           /* a window, or after a gap */
	bool cancels_unseen;  /* the source can't see cancellations: a life may have ended in one */
	uint64_t uncertainty; /* stamps */
	const struct queue_table *queues;
	bool apart; /* recycled: a start of what an earlier one seems to have taken is told from an inline run */
};

struct trace_header;
/* Those of a trace. The uncertainty is in stamps; the queues are referred to. */
struct ownership_rules ownership_rules_of(const struct trace_header *header, uint64_t uncertainty,
                                          const struct queue_table *queues);

/* What a step did to the stay and the life, for the ordering monitor and the statistics. */
enum ownership_effect {
	OWNERSHIP_EFFECT_NONE,
	OWNERSHIP_EFFECT_PUSH, /* a stay begins (an earlier one, if any, is void) */
	OWNERSHIP_EFFECT_TAKE, /* the stay ends in a legal take */
	OWNERSHIP_EFFECT_VOID, /* the stay ends in a way that binds nothing */
	OWNERSHIP_EFFECT_OWED  /* the owed take of an earlier stay was stamped */
};

struct ownership_outcome {
	struct ownership state;
	enum ownership_effect effect;
	bool new_life; /* a life begins */
	bool unlife;   /* push_failed: the life never was */
	bool pinned;   /* recycled: a take, certainly of a stay that was pinned */
	bool forgot;   /* recycled: more was open than there is room for, so that the slot's past is unknown now */
};

/* Whether it is the take of the stay that waited, or of an earlier one. */
static inline bool ownership_takes(const struct ownership_outcome *out)
{
	return out->effect == OWNERSHIP_EFFECT_TAKE || out->effect == OWNERSHIP_EFFECT_OWED;
}

struct ownership_step {
	int report; /* enum wsc_violation_kind, or -1: legal */
	int count;  /* of outcomes: at least 1; exactly 1 with a report */
	struct ownership_outcome outcomes[OWNERSHIP_OUTCOMES_MAX];
};

/* The step from `state` on `event`, whose kind is one that concerns a task. */
void ownership_step(const struct ownership_rules *rules, const struct ownership *state,
                    const struct ownership_event *event, struct ownership_step *step);

/*
 * The steps that nearly every event takes (a life begins, runs where it waits, completes), in place: true, with `state`
 * moved on exactly as ownership_step() would; false: not one of them, nothing done. The effect is that of the kind:
 * PUSH with a new life, TAKE if the task waited in a queue, NONE.
 */
bool ownership_step_plain(const struct ownership_rules *rules, struct ownership *state, const struct wsc_event *event);

/* What the end of the trace makes of `state`: LOST_WORK, UNFINISHED_EXECUTION, MULTIPLE_OWNERS (an owed take) or -1. */
int ownership_end(const struct ownership_rules *rules, const struct ownership *state);

/* Whether the life is under way: waiting, taken, running or suspended. */
bool ownership_is_open(const struct ownership *state);

/* The state of a handle whose evidence is missing. CANCELLED: as before, a life may have left its entry in a queue. */
void ownership_forget(struct ownership *state);

/* Whether it is TAKEN, and the worker may be who took it once more. */
bool ownership_may_be_retaken(const struct ownership *state, uint32_t worker);

bool ownership_runs_on(const struct ownership *state, uint32_t worker);
bool ownership_running(const struct ownership *state);

#define OWNERSHIP_ANY_QUEUE UINT64_MAX

/*
 * Recycled: the queues of which the event, a take or a start, may be the take of an earlier stay than it seems, so that the
 * start that seemed to take that took nothing. Returns how many; ANY_QUEUE: it is not known which.
 */
unsigned slot_doubts(const struct ownership_rules *rules, const struct ownership *state,
                     const struct ownership_event *event, uint64_t queues[OWNERSHIP_CREDITS_MAX]);

/* Recycled: whether all that is legal from the other state is legal from this one, which ends well wherever that does. */
bool slot_covers(const struct ownership *state, const struct ownership *other);

/*
 * Recycled: makes few states of many that one slot may be in, which allow no less: a report stays certain, but one may be
 * missed. Returns how many there are now; 0: it can't be done.
 */
unsigned slot_join(struct ownership *states, unsigned count);
/* Recycled: a state that stands for several is joined with another that waits in the same place. False: there is none. */
bool slot_joins(struct ownership *states, unsigned count, const struct ownership *state);

/* What an outcome makes of the stay that waited. */
enum ownership_fate {
	OWNERSHIP_STAY_LASTS,
	OWNERSHIP_STAY_TAKEN,
	OWNERSHIP_STAY_VOID,   /* over, and binds nothing */
	OWNERSHIP_STAY_OWED,   /* over; its take is still to be stamped */
	OWNERSHIP_STAY_UNCLEAR /* it is ambiguous what became of it */
};

/* ... and of those that are owed, each of which goes by what stands in `owed`. */
struct ownership_fates {
	enum ownership_fate present;
	bool takes_owed;            /* the event is the take of the one that goes by `owed` */
	bool restores;              /* that one was not taken after all, and waits */
	struct ownership_owed owed; /* zero: none of the three. If OWED: what the present one goes by from now on */
	/* Recycled: the credit that the step left, or else used. sequence 0: none, or what stands for several. */
	struct ownership_owed credit;
};

struct ownership_fates ownership_fates(const struct ownership *before, enum wsc_event_kind kind,
                                       const struct ownership_outcome *out);

/* Whether the take of what goes by that is still to be stamped. */
bool ownership_owes(const struct ownership *state, const struct ownership_owed *owed);

#endif
