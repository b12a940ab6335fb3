/* SPDX-License-Identifier: MIT */
/* Which scheduler is simulated, how it is recorded, and what is wrong with it. Plain data, drawn from a seed. */
#ifndef MODEL_SIMULATED_PLAN_H
#define MODEL_SIMULATED_PLAN_H

#include <stdbool.h>
#include <stdint.h>

#include "wscheck/event.h"

/* X(NAME, "name", "features") */
#define SIM_PRESETS(X)                                                                                                 \
	X(FORK_JOIN, "fork-join", "lifo deques, nested runs, joins, inline runs")                                      \
	X(FIFO, "fifo", "fifo deques, an injector, outside producers, batches")                                        \
	X(BOUNDED, "bounded", "bounded deques, overflow, LIFO slots, injector")                                        \
	X(POLLED, "polled", "tasks woken while they run, suspended, injector")                                         \
	X(RECYCLED, "recycled", "slots used again at once, nested runs, batches")                                      \
	X(CANCEL, "cancel", "cancelled waiting, held, running; handles used again")                                    \
	X(SUSPEND, "suspend", "suspended, woken into queues or resumed directly")                                      \
	X(PINNED, "pinned", "pinned tasks, unstealable slots, nested runs")                                            \
	X(SPLIT, "split", "split deques: pushes become public much later")                                             \
	X(SLEEPY, "sleepy", "workers park, wake-ups, some of them slow or missing")                                    \
	X(UNORDERED, "unordered", "queues without an order, foreign pushes")                                           \
	X(DEQUE, "deque", "a deque alone, nothing runs")                                                               \
	X(MIXED, "mixed", "anything of the above at once")

enum sim_preset {
#define SIM_PRESET_ENUM(NAME, name, features) SIM_PRESET_##NAME,
	SIM_PRESETS(SIM_PRESET_ENUM)
#undef SIM_PRESET_ENUM
	    SIM_PRESET_COUNT
};

/* X(NAME, "name", "what happens once") */
#define SIM_FAULTS(X)                                                                                                  \
	X(NONE, "none", "nothing")                                                                                     \
	X(OWNER_AND_THIEF, "owner-and-thief", "both take the last task: a fence is missing")                           \
	X(TWO_THIEVES, "two-thieves", "two take the same task: a store instead of a CAS")                              \
	X(LOST_PUSH, "lost-push", "a pushed task is overwritten")                                                      \
	X(DROPPED_LOOT, "dropped-loot", "a thief forgets what it took")                                                \
	X(OVERFLOW_LOST, "overflow-lost", "a full deque loses a task on the way to the injector")                      \
	X(THIEF_NEWEST, "thief-newest", "a thief takes the newest")                                                    \
	X(OWNER_OLDEST, "owner-oldest", "the owner of a lifo deque takes the oldest")                                  \
	X(FIFO_BROKEN, "fifo-broken", "a fifo queue hands out another than the oldest")                                \
	X(PINNED_STOLEN, "pinned-stolen", "a thief takes a pinned task")                                               \
	X(RUN_CANCELLED, "run-cancelled", "a cancelled task is run")                                                   \
	X(PUSHED_TWICE, "pushed-twice", "a task is queued twice")                                                      \
	X(RUN_AGAIN, "run-again", "a worker runs what it just ran")                                                    \
	X(POLLED_TWICE, "polled-twice", "a woken task is polled while it still is")                                    \
	X(RESUMED_TWICE, "resumed-twice", "two wake the same suspended task")                                          \
	X(REUSED_EARLY, "reused-early", "a handle is used again too soon")                                             \
	X(FALSE_EMPTY, "false-empty", "a thief is told `empty` though there is a task")                                \
	X(LOST_WAKEUP, "lost-wakeup", "a push wakes nobody, and nobody looks again")                                   \
	X(NO_QUEUED, "no-queued", "a `queued` is not recorded")                                                        \
	X(NO_PUSH_FAILED, "no-push-failed", "a `push_failed` is not recorded")                                         \
	X(NO_DEQUEUED, "no-dequeued", "a `dequeued` is not recorded")                                                  \
	X(NO_START, "no-steal-start", "a `steal_start` is not recorded")                                               \
	X(NO_SUCCESS, "no-steal-success", "a `steal_success` is not recorded")                                         \
	X(NO_FAILURE, "no-steal-failure", "a `steal_failure` is not recorded")                                         \
	X(NO_EXEC_START, "no-exec-start", "an `exec_start` is not recorded")                                           \
	X(NO_COMPLETE, "no-complete", "an `exec_complete` is not recorded")                                            \
	X(NO_SUSPENDED, "no-suspended", "a `suspended` is not recorded")                                               \
	X(NO_RESUMED, "no-resumed", "a `resumed` is not recorded")                                                     \
	X(NO_CANCELLED, "no-cancelled", "a `cancelled` is not recorded")                                               \
	X(NO_PARKED, "no-parked", "a `parked` is not recorded")                                                        \
	X(NO_UNPARKED, "no-unparked", "an `unparked` is not recorded")                                                 \
	X(NO_WAKE, "no-wake", "a `wake` is not recorded")                                                              \
	X(LATE_QUEUED, "late-queued", "a `queued` is stamped after its push")                                          \
	X(LATE_COMPLETE, "late-complete", "an `exec_complete` is stamped after its handle was let go")

enum sim_fault {
#define SIM_FAULT_ENUM(NAME, name, what) SIM_FAULT_##NAME,
	SIM_FAULTS(SIM_FAULT_ENUM)
#undef SIM_FAULT_ENUM
	    SIM_FAULT_COUNT
};

const char *sim_preset_name(enum sim_preset preset);
const char *sim_preset_features(enum sim_preset preset);
const char *sim_fault_name(enum sim_fault fault);
const char *sim_fault_what(enum sim_fault fault);

enum sim_loss { SIM_LOSS_NONE, SIM_LOSS_GAPS, SIM_LOSS_WINDOW, SIM_LOSS_RING };

/* Percentages unless said otherwise; times in ns. */
struct sim_plan {
	enum sim_preset preset;
	enum sim_fault fault;
	uint64_t seed;
	bool small;                  /* a history that the slow model can judge */
	uint32_t workers, producers; /* producers push from outside and run nothing */
	uint32_t jobs;
	enum wsc_identity identity;
	enum wsc_discipline discipline;
	enum wsc_scope scope;
	enum wsc_end end;
	/* The scheduler. */
	bool has_injector, has_slots, is_split, joins, parks;
	bool injector_as_steals; /* taken by attempts, as from a victim */
	uint32_t capacity;       /* of a deque; 0: no limit */
	uint32_t batch_max;      /* tasks that one attempt takes */
	bool batch_at_once;      /* with one CAS */
	uint32_t fork, inline_run, suspend, cancel, pinned, busy, reuse, wake_while_running, foreign, polls;
	bool frees_cancelled; /* a handle is used again though the entry of its cancelled life still waits */
	uint32_t requeue;     /* loot that is queued again */
	uint32_t wakes;       /* pushes that wake a sleeper */
	/* The recording. */
	bool
	    records_drops; /* who takes the entry of a cancelled life says that it was cancelled, whose ever the handle is */
	bool coalesces; /* failed attempts are counted and recorded together */
	uint32_t records_start, records_dequeued;
	uint32_t sampling; /* one task in so many */
	enum sim_loss loss;
	uint64_t uncertainty_ns, publish_ns, idle_ns;
	/* Time between two steps of a thread: mostly below short_ns, now and then up to long_ns. */
	uint32_t short_ns, long_ns, long_per_mille;
	uint32_t late_workers, leavers; /* threads that come late and that leave */
};

/* The same arguments give the same plan. */
void sim_plan_draw(struct sim_plan *plan, enum sim_preset preset, enum sim_fault fault, uint64_t seed, bool small);

#endif
