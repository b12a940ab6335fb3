/* SPDX-License-Identifier: MIT */
/*
 * Inside the analysis: what analysis.c, window.c, apply.c and findings.c share. Not for other layers.
 *
 * An event passes three stations. stream.c sees it at once, in its worker's program order. It then waits in the window
 * until no event that is still to come can be too close to it to be ordered by stamps. Then it is applied to its task's
 * ownership: in stamp order, or, where stamps of different workers on one task are closer than the uncertainty, with
 * the others of its group in whatever order is legal (window.c). That tells what it is to the task's stays; and at its
 * place in the merged order it is applied to those, and so to the ordering monitor (stay.c).
 */
#ifndef CHECK_ENGINE_H
#define CHECK_ENGINE_H

#include "analysis.h"
#include "depth.h"
#include "lane.h"
#include "order.h"
#include "ownership.h"
#include "presence.h"
#include "queue_table.h"
#include "reports.h"
#include "stream.h"
#include "task_table.h"

#define WINDOW_END UINT64_MAX
enum { WINDOW_ENTRIES_MAX = 1 << 20 };

/*
 * How an entry is to be applied where its turn comes: alone or in stamp order, as its task's plan says, or so that
 * nothing is concluded from it: for a reason that is noted, or as it may have come before one of too many close stamps.
 */
enum window_turn { WINDOW_UNDECIDED, WINDOW_BY_STAMP, WINDOW_BY_PLAN, WINDOW_UNKNOWN, WINDOW_UNSURE };

/* An event that waits. Entries are numbered consecutively; `next` is the number of the task's next entry, or its low bits. */
struct window_entry {
	struct wsc_event event;
	struct stream_context context;
	uint64_t next;
	uint32_t stream;
	uint32_t lane;     /* number + 1 of the lane's record, or 0 */
	struct task *task; /* or NULL; if not in the lane */
	uint8_t turn;      /* enum window_turn */
	uint8_t why;       /* enum wsc_undecided_reason, if WINDOW_UNKNOWN */
};

struct search_memory;

struct window {
	struct window_entry *entries; /* a ring */
	uint64_t head, tail;
	uint64_t mask;
	uint64_t blocked_until; /* the head's group may still grow up to this stamp */
	bool overrun;           /* the window was too small once, at this stamp: what is too close to it is unknown */
	uint64_t overrun_ts;
	bool has_unsure; /* a group was too large: events of its task up to this stamp may be from within it */
	uint64_t unsure_until;
	struct search_memory *search; /* scratch memory of the search for orders, kept */
};

/*
 * A push whose end is not known yet: the worker's next stamp that ends it is still to come. The serial number of its item
 * tells whether that is still the same stay. (Those of stays in the lane are in its stack.)
 */
struct open_push {
	uint64_t serial;
	uint32_t item;
};

/*
 * A take that waits: for its push, which is stamped later (item: ORDER_NONE); for the worker's next stamp, its bound
 * (`open`); or for the takes of the worker from the same queue that wait before it.
 */
struct stay_take {
	uint32_t item;
	uint32_t queue; /* number */
	bool steal, open, starts;
	bool is_made; /* it waits no more, but others before it do */
	uint64_t ts;
	struct order_take take;
};

struct engine_stream {
	struct stream stream;
	uint32_t own_queue;       /* number of its own deque, if it has pushed to that */
	bool has_plain_deque;     /* ... and may do so in the lane */
	bool has_open_push;       /* the lane has pushes to it that have not ended, or had */
	struct lane_guess *guess; /* NULL: it has recorded too little to be worth one */
	struct open_push *pushes;
	size_t push_count, push_capacity;
	struct stay_take *takes; /* those that wait, in program order */
	uint32_t take_count;
	size_t take_capacity;
	uint64_t takes_passed; /* no longer in `takes`: where the numbers of those there begin */
	/* The queue it pushed to last, which is nearly always its own. */
	uint32_t latest_queue, latest_queue_number, latest_list;
	bool has_latest_queue;
	/* The latest one; once over, it is too short to matter here: what is long is in `parks`. */
	struct presence_span park;
	size_t park_gaps; /* gaps applied before it began */
	/* A `wake` is stamped before its signal is sent, which comes before the next stamp of the worker that sends it. */
	bool has_signal;
	uint64_t wake_ts;           /* the latest `wake` of it, if has_signal */
	uint64_t signal_ts;         /* what the signals that were certainly sent came before */
	bool is_waking;             /* its own latest event is a `wake`, */
	uint32_t waking;            /* ... of this worker */
	struct presence_list parks; /* long ones, over, without a verdict yet */
	uint64_t parks_kept;        /* long ones so far */
	uint32_t pushed_queue;      /* the queue of its latest `queued`, as it came in */
	bool has_pushed_queue;
};

/* What thieves were told of a queue, and how many tasks wait there. By the queue's number. */
struct engine_queue {
	uint64_t waiting;
	struct presence_list empties;
	struct depth depth;
	bool was_pushed;     /* a `queued` named it */
	uint64_t unordered;  /* stays that bind nothing, since it is ambiguous what became of them */
	bool seems_out;      /* of order, by the first reading, but not certainly */
	bool is_misread;     /* what became of one of its stays the first reading does not tell, or can't be so */
	bool has_pinned;     /* pinned stays waited there */
	bool steals_pinned;  /* in the first reading a thief took a pinned stay, but not certainly */
	bool breaks_program; /* ... a late take comes behind what its taker did after what it came before */
	struct lane_stack lane;
};

/* Begin and end, the uncertainty taken off and added. */
struct engine_gap {
	uint64_t from, until;
};

/*
 * Recycled: of the lives of `task` up to `life`, those that left the queue (or ANY_QUEUE) after `since` may have done so in
 * another way than it seems: a take is stamped late, after a start that may have been inline.
 */
struct doubt {
	uint64_t task, queue, life, since;
};

enum { FINDINGS_DOUBTS_MAX = 1 << 20 };

/* Beside the reports, what is found while they are. */
struct findings {
	struct reports reports;
	const struct trace_header *header; /* of the caller */
	struct share share;                /* others' are not added */
	struct doubt *doubts;
	size_t doubt_count, doubt_capacity;
	bool doubts_all; /* there were more than are kept: every life of a recycled handle is doubtful */
	/*
	 * Recycled: a take that a gap hides did not begin before that. It may be of what a start seems to have taken, which was inline
	 * then. (Behind a gap a start always may be.)
	 */
	uint64_t hidden_since;
	struct id_map reported_lives; /* by serial number: an ownership report was made */
};

enum { COURSE_EVENTS_MAX = 512, COURSE_CHOICES_MAX = 64 };

/* One way in which the events of some tasks, mostly slots, may be of their lives: each has one state (course.c). */
struct course {
	struct id_map slots;
	struct id_map queues; /* whose order is looked at */
	bool is_partial;      /* one is cancelled, or a push of it fails: more is left open than a course says */
	bool is_of_several;   /* the slots wait in other queues, too */
	unsigned count, at;   /* choices, and how many of them were met so far */
	uint8_t of[COURSE_CHOICES_MAX], chosen[COURSE_CHOICES_MAX];
	bool is_dead;    /* it came to what is not legal */
	bool is_inexact; /* it stands for several */
	/* Of starts that took nothing, as their stay was taken late; known when it is gone through once more. */
	struct ownership_owed used[COURSE_CHOICES_MAX];
	unsigned used_count;
	bool is_known;
	bool is_unsure; /* until when such a take may have been is not known, or whether it may have been so early */
	/* The slots' events, in the order in which they come on this course. */
	struct course_step {
		uint64_t task, sequence, ts;
		uint32_t worker;
	} passed[COURSE_EVENTS_MAX];
	unsigned passed_count;
};

/* Workers with smaller ids are found without hashing: merged events change worker with nearly every one. */
enum { ANALYSIS_SMALL_IDS = 256 };

struct analysis {
	const struct trace_header *header;
	struct analysis_options options;
	uint64_t uncertainty, publish, slow_steal, idle; /* stamps */
	uint64_t idle_least; /* from the end of a push to a take, for the stay to be longer than `idle` */
	struct queue_table queues;
	struct ownership_rules rules;
	struct task_table tasks;
	struct task_table ghosts; /* handles of other shares that have events in the window (window.c) */
	struct lane lane;
	struct order order;
	/*
	 * The stays as the first reading of the tasks' events has them, also where others are legal: if these are out of order,
	 * the trace may be, and that is said. A pass needs one reading that is in order, and this is the one that is looked at.
	 * Of slots, what a start seems to have ended lingers there, so that a later take of it is held against those that came
	 * between; what the start convicted then falls.
	 */
	struct order reading;
	struct course *course;        /* NULL: all ways are gone at once */
	struct wsc_event *kept;       /* all events, while there are no more than COURSE_EVENTS_MAX */
	size_t kept_count;            /* more than that: none are */
	struct ownership_owed credit; /* recycled: that the present step leaves or uses; sequence 0: none */
	struct id_map misread;        /* not recycled: handles whose first reading turned out not to be one */
	struct id_map read_late;      /* serials of the stays that lingered there, and whose take came late */
	struct engine_stream *streams;
	uint32_t stream_count;
	size_t stream_capacity;
	struct id_map stream_index;
	uint32_t stream_of_small[ANALYSIS_SMALL_IDS]; /* numbers + 1 of the workers with small ids */
	struct stream_totals totals;
	struct window window;
	struct findings findings;
	struct id_map pair_index;
	struct steal_pair *pairs;
	uint32_t pair_count;
	size_t pair_capacity;
	uint64_t life_serial;
	struct engine_queue *by_queue;
	size_t queue_capacity;
	struct depth_budget depths;
	struct timeline_budget timelines;
	bool has_gap, has_counted_gap, ambiguous, no_memory;
	bool branches;           /* some task may have been in one of several states */
	bool has_begun;          /* an event was fed, not only gaps */
	bool has_late;           /* a window to which a worker attached late: a gap from the beginning, but no loss */
	struct id_map undecided; /* handles that were counted as undecided */
	bool reuses_cancelled; /* a handle was queued again after its life was cancelled: an entry may have been left */
	uint64_t late_end;     /* if has_late: when all were attached, the uncertainty added */
	uint64_t head_end;     /* in a window: up to here, something stamped before it may have come later */
	uint64_t gap_end;      /* latest end of a gap applied so far, the uncertainty added */
	uint64_t counted_gap_end; /* of those that count lost events; if has_counted_gap or has_late */
	/* Gaps that wait in the window: an event that is applied with its group may come before them. */
	struct engine_gap *gaps;
	size_t gap_count, gap_capacity;
	/* Begins of the gaps applied so far: a wake-up may be among what they hide. */
	uint64_t *gap_begins;
	size_t gap_begin_count, gap_begin_capacity;
	/* By the id of a worker: how many others are about to wake it, by their latest event; and its wake-ups, since last
	 * there was none of those, that may not be what has woken it. */
	struct id_map wakings, unused_wakes;
	struct presence_span *sleeps; /* a share of the tasks: parks to report, without what other shares know */
	size_t sleep_count, sleep_capacity;
	uint64_t last_ts;
	unsigned since_advance; /* events fed since the window moved on */
	struct analysis_result result;
};

static inline bool engine_is_take(const struct wsc_event *event)
{
	return event->kind == WSC_EV_STEAL_SUCCESS || event->kind == WSC_EV_DEQUEUED;
}

/* Whether what is stamped so is of the blurred beginning of a window. 0: nothing was stamped. */
static inline bool engine_in_head(const struct analysis *a, uint64_t ts)
{
	return ts > 0 && ts <= a->head_end;
}

static inline void engine_order_gap(struct analysis *a, uint64_t until)
{
	order_gap(&a->order, until);
	order_gap(&a->reading, until);
}

static inline bool engine_has_no_memory(const struct analysis *a)
{
	return a->no_memory || a->totals.no_memory || a->order.no_memory || a->reading.no_memory;
}

/* Whether a gap may hide something of the task between its latest event and `ts`; *why is set only if so. */
bool apply_is_blurred(const struct analysis *a, const struct task *task, uint64_t ts, enum wsc_undecided_reason *why);

/* a + b, saturating. */
static inline uint64_t later_by(uint64_t a, uint64_t b)
{
	return a > UINT64_MAX - b ? UINT64_MAX : a + b;
}

/* ... or 0. */
static inline uint64_t earlier_by(uint64_t a, uint64_t b)
{
	return a > b ? a - b : 0;
}

/* window.c */
/* The new last entry, for an event without a task so far; valid until the next call. NULL: no memory. */
struct window_entry *window_add(struct analysis *a, const struct wsc_event *event);
/* The entry, which is the last one, concerns the task of this record. */
void window_set_task(struct analysis *a, struct window_entry *entry, struct task *task);
void window_advance(struct analysis *a, uint64_t now); /* applies what `now` (a stamp, or WINDOW_END) allows */
/* Keeps states[1..] beside the task's own. */
void window_keep_others(struct analysis *a, struct task *task, const struct task_states *states);
void window_free(struct window *window);

/* apply.c */
/*
 * The first reading of the task can't be, and goes on as if it had been in the state `from`. What the two tell of its stays
 * differs.
 */
void apply_goes_on_from(struct analysis *a, const struct task *task, const struct ownership *from);
bool apply_note_gap(struct analysis *a, const struct wsc_event *event); /* it is in the window now; false: no memory */
void apply_entry(struct analysis *a, const struct window_entry *entry);
void apply_to_task(struct analysis *a, const struct window_entry *entry); /* which has one */
/* What the entry tells beside its task: of its worker, and of the worker's earlier pushes and takes. */
void apply_no_task(struct analysis *a, const struct window_entry *entry);
void apply_end(struct analysis *a, enum wsc_end end);
struct ownership_event apply_view(const struct window_entry *entry);
/* The effect of a step that was chosen on the task, but for its stay. */
void apply_state(struct analysis *a, const struct window_entry *entry, const struct ownership_outcome *outcome);
/*
 * Whether something that was not seen may explain what seems to deserve a report: an event of a kind that the source can't
 * see, or an entry of a life that was cancelled before. Such a report is made, and drops out. `queue`: the one that the task
 * waited in last.
 */
bool apply_excuses(const struct analysis *a, const struct ownership *own, uint32_t queue, int report,
                   const struct wsc_event *event);
/* A step that deserves a report: makes that, and lets the outcome take effect; on stays, too, unless `fates` is NULL. */
void apply_report(struct analysis *a, const struct window_entry *entry, int kind, const struct ownership_outcome *out,
                  const struct ownership_fates *fates);
/* Evidence is missing or can't be ordered: the task is unknown from here on, and counted as undecided if it was open. */
void apply_unknown(struct analysis *a, struct task *task, enum wsc_undecided_reason why);
/* ... before the entry, which concerns it. */
void apply_blur(struct analysis *a, const struct window_entry *entry, enum wsc_undecided_reason why);
/* The present stay, if any, is replaced or void: it binds nothing. */
void apply_drop_stay(struct analysis *a, struct task *task);
/* ... or it is ambiguous what became of it. */
void apply_unorder_stay(struct analysis *a, struct task *task);
/* Lets go of the record if nothing more than two bits of it matter. */
void apply_settle(struct analysis *a, struct task *task);
/* The run that `e` completes began at `start`; its life was first queued at `queued` (or UINT64_MAX). */
void apply_run_ended(struct analysis *a, const struct wsc_event *e, uint64_t start, uint64_t queued);

/* stay.c */
/* A stay of the task begins; returns its item. ORDER_NONE: no memory. */
uint32_t stay_begin(struct analysis *a, const struct window_entry *entry, uint64_t task, uint64_t life);
/* It ends in a way that binds nothing. ORDER_NONE is fine. */
void stay_drop(struct analysis *a, uint32_t item);
/*
 * It is ambiguous what becomes of it: it binds nothing, which is counted. Returns the item, which goes on as the first reading
 * has it, or ORDER_NONE: it is over. ORDER_NONE is fine.
 */
uint32_t stay_unorder(struct analysis *a, uint32_t item);
/* ... and is over. */
void stay_lose(struct analysis *a, uint32_t item);
/* Its push failed: it does not count as one. ORDER_NONE is fine. */
void stay_uncount(struct analysis *a, uint32_t item);
/* It ends in the take that is `entry`. */
void stay_taken(struct analysis *a, const struct window_entry *entry, uint32_t item);
/* The entry takes a stay on `queue` that is still to begin: returns the number of the take among its worker's ... */
uint64_t stay_taken_early(struct analysis *a, const struct window_entry *entry, uint32_t queue);
/* ... and the stay has begun now. */
void stay_was_taken(struct analysis *a, uint32_t item, uint32_t stream, uint64_t number);
/* The entry takes one of several stays of the task, each of which was pinned. */
void stay_convict_pinned(struct analysis *a, const struct window_entry *entry, const struct task *task);
/* Whether it is not ambiguous what becomes of it. ORDER_NONE: no. */
bool stay_is_certain(const struct analysis *a, uint32_t item);
/* Recycled handles: the item, if there is one, is of a stay whose take is still to be stamped, and goes by `owed`. */
void stay_owe(struct analysis *a, struct task *task, uint32_t item, const struct ownership_owed *owed);
/* The place among those of the task; STAY_NOT_OWED: there is none. */
enum { STAY_NOT_OWED = OWNERSHIP_OWED_MAX + 1 };
unsigned stay_owed_at(const struct task *task, const struct ownership_owed *owed);
/* The item of the one that goes by that, which is not owed any more; ORDER_NONE: there is none. */
uint32_t stay_not_owed(struct task *task, const struct ownership_owed *owed);
/* That one waits again, as the present stay. */
void stay_restore(struct analysis *a, struct task *task, const struct ownership_owed *owed);
/* Of the one that goes by that it is ambiguous whether the event ends it. */
void stay_unorder_owed(struct analysis *a, struct task *task, const struct ownership_owed *owed);
/* Of those that the task's first state owes no more: they are over, it is not known how. */
void stay_settle_owed(struct analysis *a, struct task *task);
/* Its push ended at `ts`. */
void stay_push_ended(struct analysis *a, uint32_t item, uint64_t ts);
/* What became of a stay in the queue the first reading does not tell. */
void stay_misread(struct analysis *a, uint32_t queue);
/* Recycled: the entry was applied; `own` is what it left. */
void stay_note_step(struct analysis *a, struct task *task, const struct window_entry *entry);
/* Recycled: the entry is a take that came before the event `since`: unless its taker did something with the slot in between. */
void stay_heed_past(struct analysis *a, const struct window_entry *entry, const struct ownership_owed *since);
/* The event is a take of what had left its queue, as it seemed: if it is no start, it may be of what lingers. */
void stay_taken_late(struct analysis *a, const struct window_entry *entry);
/* Those that are owed, and what lingers. */
void stay_drop_others(struct analysis *a, struct task *task);
/* The end of the item's push is the worker's next stamp of another kind. */
void stay_open_push(struct analysis *a, struct engine_stream *s, uint32_t item);
/* What the worker's next stamp tells about what it did before. */
void stay_bound(struct analysis *a, const struct window_entry *entry);
void stay_end(struct analysis *a);
/* survivors.c */
/* What is left of the states that a task may be in, behind an event. */
struct survivors {
	struct task_states states;
	struct ownership from;           /* where the first came from, */
	struct ownership_outcome chosen; /* ... how, */
	int report;                      /* ... what it deserved, or -1, */
	struct ownership_fates fates;    /* ... and made of stays */
	bool any;
	bool excusable;   /* in a state that may be left so if something was not seen */
	bool lasts;       /* the stay goes on in one of them, though others may have it cancelled */
	bool waits;       /* the task waits in one of them: a stay that may have been cancelled is kept as long */
	bool differ;      /* it is ambiguous what became of the stay, */
	bool owed_differ; /* ... or of one that is owed */
	bool pinned;      /* whichever was taken, it was pinned */
	bool overflow;
	bool forgot; /* in one of them more was open than there is room for */
};
/* `first`: the step of the task's own state. */
void survivors_find(const struct analysis *a, const struct window_entry *entry, const struct ownership_step *first,
                    struct survivors *survivors);

/* idle.c */
struct engine_queue *idle_queue(struct analysis *a, uint32_t number); /* NULL: no memory */
enum { IDLE_KINDS = 1 << WSC_EV_PARKED | 1 << WSC_EV_UNPARKED | 1 << WSC_EV_WAKE | 1 << WSC_EV_STEAL_FAILURE };
void idle_gap(struct analysis *a, uint64_t from);
void idle_event(struct analysis *a, const struct window_entry *entry);
/* The worker, which is waking another, goes on at `ts`. */
void idle_signalled(struct analysis *a, struct engine_stream *s, uint64_t ts);
/* A stay that is over: pushed at `push_ts`, which ended at `push_end` (or UINT64_MAX); its take began at `lower`. */
struct idle_stay {
	uint64_t task, push_ts, push_end, lower;
	uint32_t queue; /* number */
};
void idle_held(struct analysis *a, const struct idle_stay *stay);
static inline void idle_taken(struct analysis *a, const struct idle_stay *stay)
{
	/* Nearly all are too short for a park, and nobody was told that there was nothing since they began. */
	const struct presence_list *empties = &a->by_queue[stay->queue].empties;
	bool is_short = stay->lower <= later_by(stay->push_end, a->idle_least);
	if (!is_short || (empties->count > 0 && empties->spans[empties->count - 1].end > stay->push_end))
		idle_held(a, stay);
}
void idle_end(struct analysis *a);

/* statistics.c */
/* The end of the trace: its last stamp, or, unless it is clean, a later one at which its clock was read: a watchdog
 * closes long after the last event. */
uint64_t statistics_end(const struct analysis *a);
void statistics_idle(const struct analysis *a, struct stream *stream); /* once the stream has ended */
bool statistics_queues(struct analysis *a);                            /* false: no memory */

/* findings.c */
void findings_init(struct findings *findings, const struct trace_header *header, const struct share *share,
                   uint64_t max);
bool findings_add(struct findings *findings, const struct violation *violation); /* false: no memory */
/* Adds what the ordering monitor found. False: no memory. */
bool findings_finish(struct analysis *a);
/* Events that are fed, should their courses be gone through. False: no memory. */
bool course_keep(struct analysis *a, const struct wsc_event *events, size_t count);
/* At the end: of the queues that seem to be out of order, which are, and which are not. False: no memory. */
bool course_search(struct analysis *a);
/* It stands for several from here on, unless it had come to its end. */
static inline void course_blurs(struct course *course)
{
	course->is_inexact |= !course->is_dead;
}

/* Which of so many ways the course goes. */
unsigned course_choose(struct course *course, unsigned count);
/* A stay is taken late, behind the start that left this credit. */
void course_use(struct course *course, const struct ownership_owed *credit);
bool course_uses(const struct course *course, const struct ownership_owed *credit);
/* A step of a task that the analysis leads through one course, which goes this way. */
void course_step(struct analysis *a, const struct window_entry *entry, const struct ownership *before,
                 const struct ownership_outcome *out);

static inline bool has_slots(const struct analysis *a)
{
	return a->rules.identity == WSC_IDENTITY_RECYCLED;
}

/* Whether the task is one that the analysis leads through one course. */
static inline bool course_follows(const struct analysis *a, const struct task *task)
{
	return __builtin_expect(a->course != NULL, 0) && id_map_has(&a->course->slots, task->handle);
}

/* On a course: whether it breaks the order of the queue, and what shows it. */
bool findings_on_course(const struct analysis *a, uint32_t queue, struct order_conviction *conviction);
/* What each course breaks: `conviction` is of one. False: no memory. */
bool findings_convict(struct analysis *a, const struct order_conviction *conviction);

/* Which queues seem to be out of order, though they may not be. */
void findings_look_out(struct analysis *a);
/* False: no memory. */
bool findings_doubt(struct findings *findings, const struct doubt *doubt);
void findings_free(struct findings *findings);

#endif
