/* SPDX-License-Identifier: MIT */
/*
 * The ordering monitor: whether each queue handed its tasks out in the order that it declares.
 *
 * Input are stays: pushes with their bounds, and takes with the interval in which they took effect. Output are convictions: a
 * stay certainly taken out of turn, and one that was certainly passed over. Only stays that were seen to end in a legal take
 * bind (the caller drops the others), and a conviction stands only if neither life was reported for something else (the caller
 * filters at the end, by the lives' serial numbers).
 *
 * The rules, for a queue all of whose pushes come from one worker (for `lifo`: its owner), in whose program they are totally
 * ordered; "newer" and "older" refer to that order, u is the uncertainty of stamps:
 *
 *   L1  The owner of a `lifo` queue takes y although a newer x is still there: x is taken later, by the owner or, unless y
 *       was pinned, by a thief whose success is stamped later. The take of y is convicted. If y was pinned, thieves rightly
 *       pass it: then the take of y is convicted if the steal of x began more than u after the take of y ended.
 *   L2  A thief takes x although an older y is still there: y is taken later by the owner, which had pushed x before that; or
 *       by a thief whose attempt began more than u after the steal of x ended; or by the same thief in a later attempt.
 *       The steal of x is convicted.
 *   F   On a `fifo` queue every take follows the interval and same-worker parts of L2.
 *
 * With several producers, `fifo` uses the pairwise test: a certainly pushed before b, b certainly taken before a. `lifo` is
 * checked up to the first foreign push. A queue whose order can't be checked is marked `unchecked`.
 *
 * --- Why this is right, rule by rule ---
 *
 * A history is linearizable if its operations have one order in which the queue could have done them, and which keeps
 * what certainly came before what (Herlihy & Wing 1990). "Certainly before" is: by more than u before it in stamps, or
 * before it in one worker's program. That no rule convicts what is legal is shown for each below; that they suffice is shown
 * after them. The deque is that of Chase & Lev (2005): the owner at one end, thieves at the other.
 *
 * L1, y not pinned. If the owner takes y rightly, y is the newest then, so the newer x is gone. The owner did not take it
 * (it takes it later, if at all); and a thief takes the oldest, which x is not while y is there. So the take of y has to be
 * both after and before that of x, whatever the stamps are: one of the two is wrong. Whichever ended first is convicted:
 * by L1 if that is the owner's, by the owner's half of L2 if it is the thief's.
 *   y pinned. Thieves don't see y, so x may have been stolen over it, before y was taken. It was not if its attempt began
 * certainly after. If the owner takes x later, y being pinned changes nothing.
 * L2. A thief takes x rightly only if the older y is gone, unless y is pinned: then thieves pass it, and y binds no steal.
 * Taken by the owner after the push of x: that is L1 from the other side. By it before that push: y was gone before x came,
 * and nothing binds. Stolen: the steal of y has to come first, but it can't take effect before its attempt began nor before
 * y was pushed, the later of which lies certainly behind the end of the steal of x; or the thief's own program says so.
 * Batches. One CAS may take all that one attempt yields, and so may one operation of the owner what it takes in a row: of
 * those there is no first. What was pushed after a batch had begun was not there for all of it, and binds none of it.
 * Rule 3 of DESIGN, that no take ends before its push begins, concerns one task alone: ownership.c reports it.
 * F. All takes are at the old end, so L2 holds for each pair of them; the owner's own half needs no pushes, since its takes
 * have an order in its program like those of a thief.
 *
 * They suffice for one producer without pinned stays. Put each push at its lower bound, each owner's take anywhere in its
 * bounds that keeps the owner's program, and the steals one after the other in the order of their pushes, each as early as
 * it can: at the greatest of its attempt's begin, its push, and the steal before it.
 *   No steal is too late: if that of x ended up more than u behind its end, what pushed it back is the begin, or the push, of
 * one steal y, older than x or x itself, and this very pair breaks L2, or rule 3. This is why pairs are enough: a merge of
 * fixed orders fails at a pair. The owner's stamps ascend with its program, so a chain of "certainly before" through its
 * operations, from one steal to another, says no more than the two steals' own bounds; and the order of the pushes agrees
 * with each thief's program, or the same-thief part of L2 convicts.
 *   Each step is legal. When the owner takes y, all newer ones were taken by it before (L1), so y is the newest wherever the
 * steals lie: they take older ones. When x is stolen, older ones that are ever stolen are gone (the order of the steals),
 * and older ones that the owner takes were taken before x was pushed (L2). Stays that nobody was seen to take bind nothing:
 * somebody may have taken them unseen, at any time.
 *   `fifo`, one producer: the same with all takes in the order of the pushes.
 *
 * With pinned stays every conviction holds, but not all that is impossible is a pair: if x was stolen over the pinned y, it
 * left before the owner took y, and so did every z older than x that was stolen; that a steal of z began too late for that
 * is not looked for where z is older than y, too.
 *
 * Several producers, `fifo`, pairwise: a was pushed certainly before b, so a is the older one in every order; b was taken
 * certainly before a, so every order takes the newer one first. No legal order is left. In a queue of distinct values to
 * which nobody was told that it is empty such pairs are the only way to break the order (Henzinger, Sezgin & Vafeiadis 2013:
 * one bad pattern for each thing that can go wrong, and no others); `empty` answers are judged elsewhere (`false_empty`).
 * For `lifo` with several producers no pairs are enough, so it is not tried beyond the first foreign push: of histories
 * with distinct values, stacks are the harder ones. Lee & Mathur (arXiv 2410.04581) monitor them, queues and others in
 * log-linear time, Abdulla et al. (arXiv 2509.17795) queues in O(n log n) and stacks in O(n^2), of a history
 * that is there as a whole. One owner makes it linear, and streaming.
 *
 * --- How it is done ---
 *
 * Streaming form: a take leaves its mark on each live stay that it passes over, up to two marks a stay and kind (the
 * one with the earliest end is the strictest: if it does not convict, no other does; the second stands in if the first
 * one's life is reported for itself); when a marked stay is taken, its marks are held against their takes. Of the marks of
 * takes of newer stays an older one has those of a newer one or stricter ones, so that a walk ends at the first that takes
 * none. Of those of an owner's takes of older stays it has not: what was taken may lie between the two. So the stays
 * with room for one of these are a list of their own, and each that a walk meets takes a mark. Amortized O(1), memory O(live
 * stays).
 *
 * The order of the calls: pushes, ends of pushes and gaps in that of the stamps, so each worker's in program order. A
 * take may be late, by as much as stamps are uncertain, where its push is stamped later; but the takes of one worker
 * keep their program order, too. So whatever is certainly after a take is told after it.
 */
#ifndef CHECK_ORDER_H
#define CHECK_ORDER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "id_map.h"
#include "queue_table.h"

#define ORDER_NONE UINT32_MAX

/* A stay remembers two takes of a kind that passed it over: if the life of the first is reported for itself, the other
 * is left. */
enum { ORDER_MARKS = 2 };

/* Takes of an owner, by what they took: a pinned stay, which thieves rightly pass, or another. */
enum { ORDER_UNPINNED, ORDER_PINNED, ORDER_TAKE_KINDS };

/* A stay, on whatever queue. Only order.c writes it, or reads what stands below `pinned`. */
struct order_item {
	uint64_t task, life;
	uint64_t serial;            /* a number of an item may be used again, a serial is not; 0: not in use */
	uint64_t push_ts, push_end; /* the push took effect between them; UINT64_MAX: not known to have ended */
	uint32_t queue;             /* number in `queues` */
	uint32_t twin;              /* for the caller, as are `left` and `waits` */
	bool left, waits;
	bool pinned;
	bool withdrawn; /* order_withdraw() */
	bool ripe;
	uint64_t sequence;
	uint32_t list;                    /* NO: its order is not checked */
	uint32_t older, newer;            /* neighbours of the same producer in program order */
	uint32_t before, after;           /* by end of push */
	uint32_t passed_by[ORDER_MARKS];  /* marks of takes of a newer stay of the same producer */
	uint32_t passed_any[ORDER_MARKS]; /* fifo: of takes of a certainly later one of any producer */
	/* Lifo: of the first owner's takes of an older stay, and the neighbours among those with room for one more. */
	uint32_t under[ORDER_TAKE_KINDS][ORDER_MARKS];
	uint32_t open_older[ORDER_TAKE_KINDS], open_newer[ORDER_TAKE_KINDS];
};

struct order_push {
	uint64_t task, life;
	uint64_t ts;       /* the operation lies after it */
	uint64_t sequence; /* position in the pusher's program */
	uint32_t pusher;   /* dense number of the worker */
	bool foreign;      /* the pusher does not own the queue */
	bool pinned;
	uint32_t list; /* as the last push of the same pusher to the same queue left it, or ORDER_NONE */
};

struct order_take {
	uint64_t lower, upper; /* the operation lies in [lower, upper] */
	uint64_t attempt;      /* serial number of the attempt or batch: takes of one bind nothing among themselves */
	uint64_t sequence;     /* position in the taker's program (of a batch or attempt: of its first event) */
	uint32_t taker;        /* dense number of the worker */
	uint32_t worker;       /* its id */
	bool by_owner;
	bool late;   /* of a stay that seemed to have been taken before */
	bool starts; /* of a slot, and a start, which may have been inline */
};

struct order_conviction {
	uint64_t task, life;             /* taken out of turn */
	uint64_t other_task, other_life; /* left behind */
	uint64_t ts;                     /* when both had been taken */
	uint64_t since, other_since;     /* when the one had been, and the other */
	uint32_t queue;                  /* id */
	uint32_t workers[2];             /* who took the one, who took the other */
	uint64_t serial;                 /* of the convicted take: it is reported once */
	bool vague;                      /* lives that were not seen may have left entries in the queues */
	bool late, other_late;           /* as the takes were */
	bool starts, other_starts;
	bool crowded;     /* for want of room others may be missing that would stand if this one falls */
	uint64_t stay;    /* serial of the stay that was taken */
	uint64_t witness; /* ... of the one left behind: the first of its culprits that stands is reported */
};

struct order_mark;
struct order_queue;
struct order_thief;

struct order {
	const struct queue_table *queues;
	uint64_t uncertainty, publish; /* stamps */
	bool vague;                    /* the trace is a window, or there was a gap */
	bool has_gap;
	uint64_t gap_end; /* latest end of a gap begun so far */
	bool no_memory;   /* sticky: a call could not do its work */
	struct order_item *items;
	uint32_t item_count, item_free;
	size_t item_capacity;
	struct order_mark *marks;
	uint32_t mark_count, mark_free;
	size_t mark_capacity;
	struct order_queue *by_queue; /* by the queue's number in `queues` */
	size_t queue_capacity;
	struct order_list *lists; /* stays of one producer in one queue, in program order */
	uint32_t list_count;
	size_t list_capacity;
	struct id_map list_index;
	struct order_thief *thieves; /* what a worker took from a queue in earlier attempts */
	uint32_t thief_count;
	size_t thief_capacity;
	struct id_map thief_index;
	struct order_conviction *convictions;
	size_t conviction_count, conviction_capacity;
	uint64_t serial;
};

void order_init(struct order *order, const struct queue_table *queues, uint64_t uncertainty, uint64_t publish);
void order_free(struct order *order);

/* A stay begins in the queue of that number. Returns its item; ORDER_NONE: no memory. */
uint32_t order_push(struct order *order, uint32_t queue, struct order_push *push);
/* Whether a push of its owner to the queue of that number is to be checked. */
bool order_admits(struct order *order, uint32_t queue, uint32_t pusher);
/* The item of a push of which that was asked, whatever became of the queue since; ORDER_NONE: no memory. */
uint32_t order_add(struct order *order, uint32_t queue, struct order_push *push, bool checked);
/* The owner took the newest of a `lifo` queue, which had no item. `alone`: nothing else without an item was there. */
void order_taken_in_turn(struct order *order, uint32_t queue, bool alone);
/* The push took effect before `upper` (visibility bound excluded). */
void order_push_ended(struct order *order, uint32_t item, uint64_t upper);
/* The stay may have ended in the take, which is judged as if it had; or it lasts. */
void order_seems_taken(struct order *order, uint32_t item, const struct order_take *take);
/* The stay ends in a take. */
void order_taken(struct order *order, uint32_t item, const struct order_take *take);
/* The stay binds nothing from here on, however it ends. */
void order_withdraw(struct order *order, uint32_t item);
/* It ends in a way that binds nothing. */
void order_drop(struct order *order, uint32_t item);
/* A thief took a stay that was pinned to its worker: convicted for itself, whoever was left behind. */
void order_convict_pinned(struct order *order, uint64_t task, uint64_t life, const struct order_take *take,
                          uint32_t queue, uint64_t since);
/* Events may be missing up to `until`: stays that span the gap bind nothing. */
void order_gap(struct order *order, uint64_t until);

/*
 * Takes that break the queue's declared discipline, if that seems to be declared wrongly: of at least 100 takes nine in ten
 * break it, as far as stamps go, and nine in ten are in turn under the other one, lifo or fifo. Else 0.
 */
uint64_t order_misfits(const struct order *order, uint32_t queue);

/* Why the order of the queue was not checked, a static clause; NULL: it was, or nothing declared it. */
const char *order_unchecked(const struct order *order, uint32_t queue);

#endif
