/* SPDX-License-Identifier: MIT */
/* One report. Its kinds are those of wscheck/violation.h. */
#ifndef CHECK_VIOLATION_H
#define CHECK_VIOLATION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "wscheck/event.h"
#include "wscheck/violation.h"

enum { WSC_VIOLATION_WORKERS_MAX = 4, VIOLATION_CAUSES_MAX = 3 };

/* The interval in which the operation of an event took effect, as its worker's stamps and program bound it. */
struct violation_span {
	uint64_t from, until; /* until: UINT64_MAX if nothing bounds it */
	uint64_t sequence;    /* position in its worker's program; see struct stream_context */
	uint16_t open;        /* VIOLATION_OPEN_*, if it comes before what is told without a gap; else 0 */
};

/* What was still under way when the telling begins, or bears on that. See open_ends.h. */
enum {
	VIOLATION_OPEN_PUSH = 1 << 0, /* it waits */
	VIOLATION_OPEN_HELD = 1 << 1, /* taken, and not run */
	VIOLATION_OPEN_RUN = 1 << 2,
	VIOLATION_OPEN_AWAY = 1 << 3,   /* suspended */
	VIOLATION_OPEN_STALE = 1 << 4,  /* cancelled: its entry may still be taken */
	VIOLATION_OPEN_SOURCE = 1 << 5, /* the push of what is HELD or STALE */
	VIOLATION_OPEN_REUSED = 1 << 6, /* with PUSH: the slot was used again though it waited, ... */
	VIOLATION_OPEN_USE = 1 << 7,    /* ... by this one, the next */
	VIOLATION_OPEN_MORE = 1 << 8,   /* more was under way than is told */
	VIOLATION_OPEN_ALL = (1 << 9) - 1
};

/* What the evidence shows; diagnosis.h finds it. */
enum violation_what {
	VIOLATION_UNTOLD,
	VIOLATION_TWO_TAKES,         /* one entry of a queue was taken twice */
	VIOLATION_PUSHED_AGAIN,      /* queued while it waited */
	VIOLATION_PUSHED_WHILE_HELD, /* queued while another worker, or the same, held or ran it */
	VIOLATION_WRONG_QUEUE,       /* taken out of a queue where it did not wait */
	VIOLATION_TAKEN_ELSEWHERE,   /* ... while it waited nowhere */
	VIOLATION_RUN_UNTAKEN,       /* run by a worker that did not hold it */
	VIOLATION_RUN_AGAIN,         /* run again after it had run */
	VIOLATION_RUN_AT_ONCE,       /* run while it ran */
	VIOLATION_COMPLETED_ELSEWHERE,
	VIOLATION_DROPPED,       /* taken, and not run */
	VIOLATION_LEFT,          /* queued, and not taken */
	VIOLATION_UNFINISHED,    /* started, and not completed */
	VIOLATION_NOT_RESUMED,   /* suspended, and not resumed */
	VIOLATION_RAN_CANCELLED, /* run after it was cancelled */
	VIOLATION_OUT_OF_TURN,
	VIOLATION_STOLE_PINNED,
	VIOLATION_TAKEN_UNPUSHED,  /* taken before its push was recorded */
	VIOLATION_NEVER_PUSHED,    /* taken, and its push never recorded */
	VIOLATION_FAILED_UNPUSHED, /* a push is taken back that does not wait */
	VIOLATION_NOT_STARTED,     /* completed without a start */
	VIOLATION_NOT_RUN,         /* resumed without a run before */
	VIOLATION_BACKWARDS,       /* stamps of one worker */
	VIOLATION_NO_TASK,         /* an event of task 0 */
	VIOLATION_SLOW,
	VIOLATION_SLEPT,
	VIOLATION_TOLD_EMPTY
};

/* What the second pass saw around a report, beside its events. */
struct violation_facts {
	/* LEFT: pushes on the queue up to the task's, with it. TWO_TAKES: up to the first of the two takes. */
	uint64_t pushes; /* VIOLATION_NO_PUSH: none was seen */
	/* Latest stamps, 0: none. Of the beginning of an attempt on the queue that was answered `empty`; and of the
	   queue's owner looking elsewhere, or going to sleep: it does so only when its own queue seems empty, as it was
	   unless something was taken from it before the next push.
	   VIOLATION_NO_OWNER: the queue is not declared, and no worker of its id does anything. */
	uint64_t empty_ts, owner_away_ts;
};
#define VIOLATION_NO_PUSH  UINT64_MAX
#define VIOLATION_NO_OWNER UINT64_MAX

/*
 * Whether the report stands depends on what the whole trace shows: whether the scheduler uses handles of cancelled lives
 * again, and for those of order also on how many lives of slots are in doubt. X(NAME, of order, if none is used again, if
 * some are)
 */
#define VIOLATION_CONDITIONS(X)                                                                                        \
	X(ALWAYS, false, true, true)                                                                                   \
	X(UNLESS_REUSED, false, true, false)                                                                           \
	X(IF_REUSED, false, false, true)                                                                               \
	X(ORDER, true, true, true)                                                                                     \
	X(ORDER_UNLESS_REUSED, true, true, false)                                                                      \
	X(ORDER_IF_REUSED, true, false, true)
enum violation_condition {
#define VIOLATION_CONDITION_ENUM(NAME, order, otherwise, reused) VIOLATION_##NAME,
	VIOLATION_CONDITIONS(VIOLATION_CONDITION_ENUM)
#undef VIOLATION_CONDITION_ENUM
	    VIOLATION_CONDITION_COUNT
};

/*
 * One report. A PROTOCOL_VIOLATION without a task is of one worker: its stamps run backwards, from `ts` to `since`; or,
 * where these are the same, it recorded an event of task 0. Stamps are in the trace's clock unit. `message` and `events` are owned by the report; `events` (the
 * evidence, ascending) is filled in by a second pass over the input (story.h) and may be empty.
 */
struct violation {
	enum wsc_violation_kind kind;
	uint64_t task;                               /* 0: none (JSON null) */
	uint64_t other_task;                         /* 0: none */
	uint32_t workers[WSC_VIOLATION_WORKERS_MAX]; /* in order of appearance */
	uint8_t worker_count;
	bool has_queue, has_taken_from;
	uint32_t queue;
	/* The queue that a take names, where the task waits in another one. LOST_WORK, STALLED_WORK: `queue`, if it was taken. */
	uint32_t taken_from;
	uint64_t ts;    /* of the event that proves it */
	uint64_t since; /* of the first event of the evidence */
	/* Not 0: one report for as many alike, which say that a discipline or identity is declared wrongly. */
	uint64_t standing_for;
	bool queued_running; /* MULTIPLE_OWNERS: a `queued` while the task ran */
	uint8_t condition;   /* enum violation_condition */
	char *message;       /* one sentence */
	struct wsc_event *events;
	size_t event_count;
	bool events_cut;              /* there were more */
	struct violation_span *spans; /* one for each event, in the same allocation; or NULL */
	/* What the second pass made of them. */
	enum violation_what what;
	size_t proof, rival, push; /* 1 + the place of the event that convicts, of the one it collides with, and of the
	                              push before them; 0: none */
	uint32_t waits_in;         /* WRONG_QUEUE, LEFT: the queue where it waits */
	struct violation_facts facts;
	bool vanished;                        /* LEFT: it was not there later, when it was certainly visible, ... */
	bool found_empty;                     /* ... for an attempt was told that the queue is empty */
	uint32_t story;                       /* reports of one cause have one number, from 1 on; 0: not told */
	uint8_t causes[VIOLATION_CAUSES_MAX]; /* enum cause, the likeliest first */
	uint8_t cause_count;
};

#endif
