/* SPDX-License-Identifier: MIT */
/*
 * Inside the simulation of a scheduler. Threads take steps on one hidden, true time: a step stamps an event, or is the
 * operation of one, at the moment at which it is taken. Between two steps of a thread anything from nothing to a long
 * while may pass. So what is recorded is legal by construction, as long as each thread takes the steps of an operation
 * in the order that the recorder asks for, and the operations themselves are sound.
 */
#ifndef MODEL_SIMULATED_STATE_H
#define MODEL_SIMULATED_STATE_H

#include "random_source.h"
#include "simulated_run.h"

enum {
	SIM_WORKERS_MAX = 24,
	SIM_SLOT_BASE = 40, /* queue id of a worker's LIFO slot: this + the worker's id */
	SIM_INJECTOR = 64,
	SIM_QUEUE_IDS = 65,
	SIM_SCRIPT_MAX = 256,
	SIM_FRAMES_MAX = 64,
	SIM_HAND_MAX = 64
};

#define SIM_NO_JOB UINT32_MAX

enum sim_step_kind {
	SIM_STAMP,    /* an event is recorded */
	SIM_PUSH,     /* a store or CAS */
	SIM_POP,      /* the owner's take; on the injector: anybody's */
	SIM_LOOK,     /* an attempt: which task is to be taken? */
	SIM_CAS,      /* ... and taken, if it is still there */
	SIM_OVERFLOW, /* the owner takes the older half of its own deque, to move it to the injector */
	SIM_EVICT,    /* the owner takes what its slot holds, to put another task there */
	SIM_CLAIM,    /* a task that was taken becomes this worker's to run, unless it was cancelled */
	SIM_BEGIN,
	SIM_END,
	SIM_SUSPEND,
	SIM_WAKEN,    /* one waker wins a suspended task, or one to be polled again */
	SIM_CANCEL,   /* ... one who cancels it */
	SIM_RELEASE,  /* the handle of a cancelled life may be used again */
	SIM_ANNOUNCE, /* about to sleep: wakers can see it */
	SIM_RECHECK,  /* a last look; then sleep */
	SIM_PAUSE,    /* descheduled */
	SIM_NOTIFY,   /* is anybody asleep? */
	SIM_SIGNAL
};

struct sim_step {
	uint8_t kind; /* enum sim_step_kind */
	uint8_t event, flags, reason;
	bool at_once; /* in the same moment as the step before */
	uint32_t job, queue, arg;
};

/* A task, through all its lives with one handle. */
struct sim_job {
	uint64_t handle;
	uint32_t parent;   /* waits for it, or SIM_NO_JOB */
	uint32_t children; /* not over yet */
	uint32_t busy;     /* threads that still have to record something of it */
	uint8_t polls_left;
	uint8_t runs;   /* under way */
	bool waiting;   /* in a queue or in a hand, to be run */
	bool started;   /* claimed: it can no longer be cancelled before it runs */
	bool in_sight;  /* runs, and its start is recorded */
	bool cancelled; /* decided */
	bool half;      /* ran, and was suspended */
	bool waking;    /* woken, and about to be queued or run */
	bool asleep;    /* suspended, or between two polls: to be woken */
	bool over;
	bool lost;        /* nobody will find it */
	bool tombstone;   /* cancelled, and its entry is still to be found and dropped */
	bool handle_gone; /* the handle is another's already */
};

struct sim_entry {
	uint32_t job;
	bool pinned, is_public;
	bool for_owner; /* a thief took it, too: only the owner can find it now */
	uint64_t serial;
	uint64_t visible_at;
};

struct sim_queue {
	bool used, owned, stealable, deferred, ordered_by_owner;
	uint32_t owner, capacity;
	enum wsc_discipline discipline;
	struct sim_entry *entries; /* oldest first */
	size_t count, room;
};

struct sim_frame {
	uint32_t job;
	uint32_t actions;
	bool is_copy; /* run once too often */
};

struct sim_stamp {
	struct wsc_event event;
	uint64_t at;
};

struct sim_worker {
	uint32_t id;
	uint64_t at; /* true time of its next step; UINT64_MAX: it sleeps or has left */
	bool is_producer, has_left;
	struct sim_step script[SIM_SCRIPT_MAX]; /* a stack */
	size_t script_count;
	struct sim_step added[SIM_SCRIPT_MAX]; /* by the present step, in order */
	size_t added_count;
	struct sim_frame frames[SIM_FRAMES_MAX];
	size_t depth;
	uint32_t hand[SIM_HAND_MAX]; /* taken, and neither run nor queued again yet */
	size_t hand_count;
	unsigned phase;
	uint64_t candidate;
	uint32_t candidate_job, taking, taken;
	bool forced; /* its CAS succeeds whatever the queue says */
	bool attempt_open;
	uint32_t failures, failed_queue;
	uint8_t failed_reason;
	bool sleepy, asleep, signalled; /* announced; does sleep; a wake-up is on its way */
	uint64_t parked_at;
	uint64_t skew, last_ts;
	uint64_t visible_until; /* the latest of its stores becomes visible then */
	struct sim_stamp *stamps;
	size_t stamp_count, stamp_room;
};

struct sim {
	const struct sim_plan *plan;
	struct sim_run *run;
	uint64_t random;
	uint64_t now, progress_at;
	struct sim_worker workers[SIM_WORKERS_MAX];
	uint32_t worker_count;
	struct sim_queue queues[SIM_QUEUE_IDS];
	uint64_t entry_serial;
	struct sim_job *jobs;
	size_t job_count, job_room;
	uint32_t made, live, tombstones;
	uint64_t next_handle;
	uint64_t *free_handles;
	size_t free_count, free_room;
	uint64_t next_is;    /* a handle that the next task gets although it is in use; 0: none */
	uint32_t wake_again; /* a job that a second waker will find asleep, or SIM_NO_JOB */
	size_t stay_room, park_room, open_room;
	uint32_t countdown; /* occasions to let pass before the fault */
	bool ending;        /* nothing new: threads finish what they are at */
};

static inline bool sim_chance(struct sim *sim, uint32_t percent)
{
	return random_chance(&sim->random, percent);
}

static inline uint32_t sim_below(struct sim *sim, uint32_t limit)
{
	return random_below(&sim->random, limit);
}

static inline struct sim_job *sim_job(struct sim *sim, uint32_t job)
{
	return &sim->jobs[job];
}

/* Room for one more in an array that doubles. */
void *sim_grow(void *array, size_t count, size_t *room, size_t size);
#define SIM_GROW(array, count, room) ((array) = sim_grow((array), (count), &(room), sizeof(*(array))))

/* The steps that follow the present one, before whatever else the worker was to do. */
void sim_say(struct sim_worker *worker, enum wsc_event_kind kind, uint32_t job, uint32_t queue);
struct sim_step *sim_act(struct sim_worker *worker, enum sim_step_kind kind, uint32_t job, uint32_t queue);

/* Whether the planned fault happens here and now: its occasions are counted. */
bool sim_fails(struct sim *sim, enum sim_fault fault, const struct sim_worker *worker, uint32_t job, uint32_t queue);

/* simulated_queue.c */
void sim_queues_set_up(struct sim *sim);
bool sim_queue_is_full(const struct sim_queue *queue);
void sim_queue_push(struct sim *sim, struct sim_worker *worker, uint32_t queue, uint32_t job, bool pinned);
/* What the owner (a sharer) takes next, or a thief; -1: nothing that it can see. */
int sim_queue_pick(struct sim *sim, struct sim_worker *worker, uint32_t queue, bool as_thief);
int sim_queue_find(const struct sim_queue *queue, uint64_t serial);
/* Notes how long the entry has waited where others may take it; not of one that a thief has taken already. */
void sim_queue_end_stay(struct sim *sim, uint32_t id, const struct sim_entry *entry);
struct sim_entry sim_queue_remove(struct sim *sim, uint32_t queue, size_t at);
void sim_queue_publish(struct sim *sim, uint32_t queue, size_t count);
/* Stores of the worker become visible to all. */
void sim_queue_flush(struct sim *sim, const struct sim_worker *worker);
/* Something that a thief could take. */
bool sim_queue_has_work(const struct sim *sim, uint32_t queue);

/* simulated_record.c */
void sim_record(struct sim *sim, struct sim_worker *worker, const struct sim_step *step);
void sim_record_finish(struct sim *sim); /* the streams become the run's events */

/* simulated_job.c */
uint32_t sim_job_create(struct sim *sim, const struct sim_worker *worker, uint32_t parent, bool is_inline);
void sim_job_free_handle(struct sim *sim, uint32_t job);
void sim_job_over(struct sim *sim, uint32_t job);
void sim_job_lose(struct sim *sim, uint32_t job); /* nobody waits for it but its parent */
bool sim_job_is_sampled(const struct sim *sim, uint64_t handle);

/* simulated_worker.c: what a worker does next */
void sim_decide(struct sim *sim, struct sim_worker *worker);
void sim_push(struct sim *sim, struct sim_worker *worker, uint32_t job, uint32_t queue);
void sim_push_anywhere(struct sim *sim, struct sim_worker *worker, uint32_t job);
void sim_take(struct sim *sim, struct sim_worker *worker); /* what it just took goes on its way */
void sim_fail(struct sim *sim, struct sim_worker *worker, uint32_t queue, enum wsc_reason reason);
void sim_tell_failures(struct sim_worker *worker);

/* simulated_step.c */
void sim_step(struct sim *sim, struct sim_worker *worker, const struct sim_step *step);

#endif
