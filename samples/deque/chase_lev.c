/* SPDX-License-Identifier: MIT */
/* The pool sample's deque and its defects, as the harness wants them. Its items are pointers: here they are numbers. */
#include <stdlib.h>

#include "bugs.h"
#include "impls.h"

_Static_assert(sizeof(void *) >= sizeof(uint64_t), "the pool's deque holds pointers: handles must fit in");

/* Small at first, so that it also grows while thieves are at it. */
enum { LOG2_CAPACITY = 2 };

struct subject {
	struct deque deque;
	enum bug bug;
	uint64_t dice; /* the owner's: for defects that strike now and then */
};

static void subject_free(void *deque)
{
	struct subject *subject = deque;

	deque_free(&subject->deque);
	free(subject);
}

static void *subject_init(const void *context)
{
	struct subject *subject = aligned_alloc(_Alignof(struct subject), sizeof(*subject));

	if (!subject)
		return NULL;
	subject->bug = *(const enum bug *)context;
	subject->dice = 0;
	if (deque_init(&subject->deque, LOG2_CAPACITY))
		return subject;
	subject_free(subject);
	return NULL;
}

static bool subject_push(void *deque, uint64_t value)
{
	struct subject *subject = deque;

	if (!deque_reserve(&subject->deque))
		return false;
	bugs_push(subject->bug, &subject->deque, (void *)(uintptr_t)value, ++subject->dice);
	return true;
}

static uint64_t subject_take(void *deque)
{
	struct subject *subject = deque;

	return (uintptr_t)bugs_take(subject->bug, &subject->deque);
}

static enum wsc_reason subject_steal(void *deque, uint64_t *value)
{
	static const enum wsc_reason reasons[] = {
	    [DEQUE_TAKEN] = WSC_REASON_NONE,
	    [DEQUE_EMPTY] = WSC_REASON_EMPTY,
	    [DEQUE_LOST_RACE] = WSC_REASON_LOST_RACE,
	};
	struct subject *subject = deque;
	void *item = NULL;
	const enum deque_answer answer = bugs_steal(subject->bug, &subject->deque, &item);

	*value = (uintptr_t)item;
	return reasons[answer];
}

/* clang-format off */
#define CHASE_LEV(bug_, name_, help_)                                                                                  \
	{                                                                                                              \
		.name = (name_), .help = (help_), .discipline = WSC_DISCIPLINE_LIFO, .context = &(const enum bug){bug_}, \
		.init = subject_init, .free = subject_free, .push = subject_push, .take = subject_take,                \
		.steal = subject_steal,                                                                                \
	}
/* clang-format on */

const struct harness_impl chase_lev = CHASE_LEV(BUG_NONE, "chase-lev", "the pool's growing Chase-Lev deque");
const struct harness_impl chase_lev_take_fence =
    CHASE_LEV(BUG_TAKE_FENCE, "take-fence", "broken: take lacks its fence");
const struct harness_impl chase_lev_steal_store =
    CHASE_LEV(BUG_STEAL_STORE, "steal-store", "broken: a thief moves top with a plain store");
const struct harness_impl chase_lev_thief_newest =
    CHASE_LEV(BUG_THIEF_NEWEST, "thief-newest", "broken: thieves take the newest");
const struct harness_impl chase_lev_owner_oldest =
    CHASE_LEV(BUG_OWNER_OLDEST, "owner-oldest", "broken: the owner takes the oldest");
const struct harness_impl chase_lev_lost_push =
    CHASE_LEV(BUG_LOST_PUSH, "lost-push", "broken: one push in some hundreds is lost");
