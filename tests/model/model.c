/* SPDX-License-Identifier: MIT */
#include "model.h"

#include <string.h>

#include "model_order.h"
#include "model_slot.h"
#include "model_task.h"
#include "model_variant.h"

enum { TASK_EVENTS_MAX = 30, STEPS_MAX = 1000000, CHOICES_MAX = 256 };

/* All allowed orders of one task's events. */
struct orders {
	const struct history *history;
	int events[TASK_EVENTS_MAX];
	size_t count;
	uint32_t before[TASK_EVENTS_MAX];
	size_t steps; /* tried, of all orders */
	bool branched;
	bool is_legal;
	bool is_unknown;
	bool is_unknown_start;
	bool has_stale_everywhere; /* more than there are events, in each queue: which one is dropped does not matter */
	struct model_variant
	    variants[MODEL_VARIANTS_MAX]; /* the stays of legal orders, or of those that only end badly */
	size_t variant_count;
	struct model_variant worse[MODEL_VARIANTS_MAX]; /* beside legal orders: those of orders that only end badly */
	size_t worse_count;
	unsigned last_life; /* of one of the variants */
	bool is_open;       /* there are more of either */
	bool has_first;     /* first: the merged order, whatever comes of it */
	struct model_task first;
	struct model_task legal; /* the first legal one */
};

unsigned model_kinds(void)
{
	return 1U << WSC_VIOLATION_MULTIPLE_OWNERS | 1U << WSC_VIOLATION_DOUBLE_EXECUTION |
	       1U << WSC_VIOLATION_LOST_WORK | 1U << WSC_VIOLATION_STALLED_WORK |
	       1U << WSC_VIOLATION_EXEC_AFTER_CANCEL | 1U << WSC_VIOLATION_PROTOCOL_VIOLATION |
	       1U << WSC_VIOLATION_UNFINISHED_EXECUTION;
}

/* The stays of a legal order that bind. */
static void add_variant(struct orders *orders, struct model_variant *variants, size_t *variant_count,
                        const struct model_task *task)
{
	struct model_stay stays[MODEL_STAYS_MAX];
	size_t count = 0;

	for (size_t i = 0; i < task->stay_count; i++)
		if (task->stays[i].take >= 0 && !task->stays[i].cancelled)
			stays[count++] = task->stays[i];
	if (!model_variant_add(variants, variant_count, stays, count))
		orders->is_open = true;
}

/*
 * An order in which only the end is wrong has stays, too. Where there are better ones it explains nothing, but a stay that
 * is over in those and waits in this one is not certain: something is wrong if it was taken out of turn, and if it waits.
 */
static void reach_end(struct orders *orders, struct model_task *task)
{
	bool is_orderly = task->kinds == 0;

	model_task_end(task, orders->history);
	orders->is_unknown |= task->unknown;
	if (!orders->has_first) {
		orders->has_first = true;
		orders->first = *task;
	}
	if (!is_orderly || (orders->is_unknown_start && task->unknown))
		return;
	if (task->kinds == 0 && !orders->is_legal) {
		orders->is_legal = true;
		orders->legal = *task;
		memcpy(orders->worse, orders->variants, sizeof(orders->worse));
		orders->worse_count = orders->variant_count;
		orders->variant_count = 0;
	}
	if (task->kinds != 0 && orders->is_legal) {
		add_variant(orders, orders->worse, &orders->worse_count, task);
		return;
	}
	add_variant(orders, orders->variants, &orders->variant_count, task);
	orders->last_life = task->life;
}

static void try_orders(struct orders *orders, const struct model_task *task, uint32_t done);

/* The event, which is the next, may be of an entry that a cancelled life left. */
static void try_stale(struct orders *orders, const struct model_task *task, uint32_t done, size_t next_event)
{
	const struct wsc_event *event = &orders->history->events[orders->events[next_event]];

	if (!model_task_may_drop_stale(task, event))
		return;
	for (uint32_t queue = 0; queue <= MODEL_IN_HAND; queue++) {
		struct model_task next;

		if (!model_task_may_be_stale(task, event, queue))
			continue;
		orders->branched = true;
		next = *task;
		model_task_take_stale(&next, event, queue);
		try_orders(orders, &next, done | UINT32_C(1) << next_event);
		if (orders->has_stale_everywhere)
			return;
	}
}

static void try_orders(struct orders *orders, const struct model_task *task, uint32_t done)
{
	bool first_choice = true;

	orders->is_unknown |= task->unknown;
	if (orders->steps > STEPS_MAX || (orders->has_first && task->kinds != 0))
		return;
	if (done == (UINT32_C(1) << orders->count) - 1) {
		struct model_task last = *task;

		reach_end(orders, &last);
		return;
	}
	for (size_t i = 0; i < orders->count; i++) {
		struct model_task next = *task;

		if ((done & UINT32_C(1) << i) != 0 || (orders->before[i] & ~done) != 0)
			continue;
		orders->branched |= !first_choice;
		first_choice = false;
		orders->steps++;
		model_task_step(&next, orders->history, orders->events[i]);
		try_orders(orders, &next, done | UINT32_C(1) << i);
		try_stale(orders, task, done, i);
	}
}

static bool binds(const struct history *history, int first, int second)
{
	const struct wsc_event *a = &history->events[first], *b = &history->events[second];

	if (a->worker == b->worker)
		return first < second;
	return a->ts < b->ts && b->ts - a->ts > history->uncertainty_ns;
}

static bool moves_ownership(const struct wsc_event *event)
{
	return event->kind != WSC_EV_STEAL_START && event->kind != WSC_EV_STEAL_FAILURE && event->kind != WSC_EV_GAP &&
	       event->kind != WSC_EV_PARKED && event->kind != WSC_EV_UNPARKED && event->kind != WSC_EV_PUSH_FAILED &&
	       (event->kind != WSC_EV_WAKE || event->reserved == MODEL_FAILED_PUSH);
}

static void bind_events(struct orders *orders)
{
	for (size_t i = 0; i < orders->count; i++) {
		orders->before[i] = 0;
		for (size_t j = 0; j < orders->count; j++)
			if (binds(orders->history, orders->events[j], orders->events[i]))
				orders->before[i] |= UINT32_C(1) << j;
	}
}

/* Events of `task` stamped in [from, to]. */
static bool gather_events(struct orders *orders, const struct history *history, uint64_t task, uint64_t from,
                          uint64_t to)
{
	memset(orders, 0, sizeof(*orders));
	orders->history = history;
	for (size_t i = 0; i < history->count; i++) {
		const struct wsc_event *event = &history->events[i];

		if (event->task != task || !moves_ownership(event) || event->ts < from || event->ts > to)
			continue;
		if (orders->count == TASK_EVENTS_MAX)
			return false;
		orders->events[orders->count++] = (int)i;
	}
	bind_events(orders);
	return true;
}

/* The workers and queues that the history speaks of, and one more: any other is as good as that. Returns how many. */
static size_t list_ids(const struct history *history, uint32_t *ids)
{
	bool is_known[MODEL_QUEUE_IDS] = {false}, is_complete = false;
	size_t count = 0;

	for (size_t i = 0; i < history->count; i++) {
		is_known[history->events[i].worker % MODEL_QUEUE_IDS] = true;
		is_known[history->events[i].queue % MODEL_QUEUE_IDS] = true;
	}
	for (size_t i = 0; i < history->queue_count; i++) {
		is_known[history->queues[i].queue % MODEL_QUEUE_IDS] = true;
		is_known[history->queues[i].owner % MODEL_QUEUE_IDS] = true;
	}
	for (uint32_t id = 0; id < MODEL_QUEUE_IDS; id++) {
		if (is_known[id] || !is_complete)
			ids[count++] = id;
		is_complete |= !is_known[id];
	}
	return count;
}

/* The states in which a window may find a task, one after the other. False: no more. */
static bool unknown_state(const struct history *history, unsigned number, struct model_task *task)
{
	static const enum model_place plain[] = {MODEL_NONE,      MODEL_SUSPENDED, MODEL_COMPLETED,
	                                         MODEL_CANCELLED, MODEL_COMPLETED, MODEL_SUSPENDED};
	const unsigned plain_count = sizeof(plain) / sizeof(plain[0]), forms = 7;
	uint32_t ids[MODEL_QUEUE_IDS], id;

	memset(task, 0, sizeof(*task));
	if (number < plain_count) {
		task->place = plain[number];
		task->ran = task->place == MODEL_COMPLETED;
		task->half_run = task->place == MODEL_SUSPENDED;
		task->from_inline = number + 2 >= plain_count;
		task->ever_ran = task->place != MODEL_NONE;
		task->ever_queued = task->place != MODEL_NONE;
		return true;
	}
	number -= plain_count;
	if (number >= list_ids(history, ids) * forms)
		return false;
	id = ids[number / forms];
	task->ever_queued = true;
	task->ever_ran = task->half_run = number % forms == 1 || number % forms == 3;
	task->place = number % forms < 2 ? MODEL_QUEUED : number % forms < 4 ? MODEL_TAKEN : MODEL_RUNNING;
	task->queue = id;
	task->holder = id;
	if (task->place == MODEL_RUNNING) {
		task->running = UINT32_C(1) << (id % MODEL_WORKER_BITS);
		task->ran = task->ever_ran = true;
		task->from_inline = number % forms == 5;
		if (history->identity != WSC_IDENTITY_UNIQUE && number % forms == 6)
			task->place = MODEL_QUEUED;
	}
	return true;
}

/* Claims silence only if the task's beginning may be such that all is legal. */
static enum model_claim claim_unknown_start(struct orders *orders)
{
	struct model_task task;

	orders->is_unknown_start = true;
	for (unsigned number = 0; unknown_state(orders->history, number, &task); number++) {
		orders->has_first = false;
		try_orders(orders, &task, 0);
		if (orders->is_legal)
			return MODEL_EXACT;
	}
	orders->has_stale_everywhere = true;
	for (unsigned number = 0; unknown_state(orders->history, number, &task); number++) {
		memset(task.stale, TASK_EVENTS_MAX, sizeof(task.stale));
		orders->has_first = false;
		try_orders(orders, &task, 0);
		if (orders->is_legal)
			return MODEL_ANY;
	}
	return orders->is_unknown ? MODEL_ANY : MODEL_SOME;
}

static size_t count_gaps(const struct history *history)
{
	size_t count = 0;

	for (size_t i = 0; i < history->count; i++)
		count += history->events[i].kind == WSC_EV_GAP;
	return count;
}

static bool is_at_rest(const struct model_task *task)
{
	return task->running == 0 && (task->place == MODEL_NONE || task->place == MODEL_COMPLETED);
}

/* Close to the gap it is a matter of taste what spans it. */
static bool is_wrong_before(const struct history *history, const struct wsc_event *gap, uint64_t task)
{
	static struct orders orders;
	struct model_task fresh = {.place = MODEL_NONE};
	struct history cut = *history;

	cut.end = WSC_END_CUT;
	if (gap->ts == 0 || !gather_events(&orders, &cut, task, 0, gap->ts - 1))
		return false;
	try_orders(&orders, &fresh, 0);
	return !orders.is_legal;
}

/* What a gap leaves: what came wholly before it, and what came wholly after, each on its own. */
static void claim_across_gap(const struct history *history, const struct wsc_event *gap,
                             struct model_task_result *result)
{
	static struct orders before, after;
	struct model_task fresh = {.place = MODEL_NONE};
	struct history cut = *history;
	uint64_t margin = history->uncertainty_ns;
	uint64_t from = gap->ts > margin ? gap->ts - margin : 0, to = gap->task + margin;
	size_t total;

	result->claim = MODEL_ANY;
	if (!gather_events(&after, history, result->task, 0, UINT64_MAX))
		return;
	total = after.count;
	cut.end = WSC_END_CUT;
	if (!gather_events(&before, &cut, result->task, 0, from == 0 ? 0 : from - 1) ||
	    !gather_events(&after, history, result->task, to + 1, UINT64_MAX))
		return;
	try_orders(&before, &fresh, 0);
	if ((!before.is_legal && before.count > 0) || is_wrong_before(history, gap, result->task))
		return;
	if (before.count == total && is_at_rest(&before.legal)) {
		result->claim = MODEL_EXACT;
		return;
	}
	result->claim = after.count == 0 ? MODEL_EXACT : claim_unknown_start(&after);
	if (result->claim == MODEL_SOME && (before.count + after.count != total || !is_at_rest(&before.legal) ||
	                                    before.steps > STEPS_MAX || after.steps > STEPS_MAX))
		result->claim = MODEL_ANY;
}

/* A push that failed, of a task that could not be queued then, if it was in the state `task` at first: was it an error? */
static bool has_wrong_failed_push(const struct history *history, uint64_t number, struct model_task task)
{
	for (size_t i = 0; i < history->count; i++) {
		const struct wsc_event *event = &history->events[i];

		if (event->kind == WSC_EV_WAKE && event->reserved == MODEL_PUSH_THAT_FAILED && event->task == number) {
			struct model_task next = task;
			struct history given = *history;

			given.events[i].kind = WSC_EV_QUEUED;
			model_task_step(&next, &given, (int)i);
			/* A window did not find the task in a state that makes what came before an error. */
			if (next.reports > task.reports || (history->window && task.reports > 0))
				return true;
		} else if (event->task == number && moves_ownership(event)) {
			model_task_step(&task, history, (int)i);
		}
	}
	return false;
}

/* Where there are several orders, which of them it was tried in, and failed, is not gone through. */
static bool has_failed_push(const struct history *history, uint64_t number)
{
	for (size_t i = 0; i < history->count; i++)
		if (history->events[i].reserved == MODEL_PUSH_THAT_FAILED && history->events[i].task == number)
			return true;
	return false;
}

/* ... in whichever state a window found the task. */
static bool has_ever_wrong_failed_push(const struct history *history, uint64_t number)
{
	struct model_task task;

	for (unsigned start = 0; unknown_state(history, start, &task); start++)
		if (!has_wrong_failed_push(history, number, task))
			return false;
	return true;
}

/* Which life an event is of is left open: what its stays may have been is as many variants. */
static void judge_slot(struct orders *orders, bool has_gap, struct model_task_result *result)
{
	enum model_slot_claim claim = MODEL_SLOT_UNKNOWN;

	if (!orders->history->window && !has_gap)
		claim = model_slot_judge(orders->history, orders->events, orders->count);
	result->claim = claim == MODEL_SLOT_LEGAL ? MODEL_EXACT : claim == MODEL_SLOT_UNKNOWN ? MODEL_ANY : MODEL_SOME;
	orders->is_legal = claim == MODEL_SLOT_LEGAL;
	orders->is_unknown = !orders->is_legal || !model_slot_stays(orders->history, orders->events, orders->count,
	                                                            orders->variants, &orders->variant_count);
}

/*
 * Of a window: what a latecomer did before it attached was not seen, nor what was done later than some of what was, but
 * stamped before the first. From this stamp on that makes no difference.
 */
static uint64_t blurred_until(const struct history *history)
{
	uint64_t first = UINT64_MAX, until = 0;

	for (size_t i = 0; i < history->count; i++)
		first = history->events[i].ts < first ? history->events[i].ts : first;
	if (history->window && history->uncertainty_ns > 0 && first > 0 && first != UINT64_MAX)
		until = first + history->uncertainty_ns;
	if (history->attached > 0 && history->attached + history->uncertainty_ns + 1 > until)
		until = history->attached + history->uncertainty_ns + 1;
	return until;
}

/*
 * Entries from before the window, of cancelled lives whose handles are used again, explain more where stamps don't tell which
 * event came first. Whether there may be any is told by what is seen of other tasks.
 */
static bool may_have_dead_entries(const struct orders *orders)
{
	return (orders->history->uncertainty_ns > 0 || orders->branched) && history_cancels(orders->history);
}

/* Also those that are not certainly behind all that is `forgotten`, and what comes before them. */
static uint32_t not_behind(const struct orders *orders, uint32_t forgotten)
{
	uint32_t more = forgotten;

	for (size_t i = 0; i < orders->count; i++)
		if ((orders->before[i] & forgotten) != forgotten)
			more |= UINT32_C(1) << i | orders->before[i];
	return more;
}

/*
 * The events stamped before `until` are forgotten, and what may have come before one of those. False: some of what is kept
 * may have come before what is forgotten besides: of the whole group the engine concludes nothing.
 */
static bool forget_before(struct orders *orders, uint64_t until)
{
	const struct wsc_event *events = orders->history->events;
	uint32_t forgotten = 0;
	size_t kept = 0;

	for (size_t i = 0; i < orders->count; i++)
		forgotten |= events[orders->events[i]].ts < until ? UINT32_C(1) << i : 0;
	forgotten = not_behind(orders, forgotten);
	const bool is_apart = not_behind(orders, forgotten) == forgotten;
	for (size_t i = 0; i < orders->count; i++)
		if ((forgotten >> i & 1U) == 0)
			orders->events[kept++] = orders->events[i];
	orders->count = kept;
	bind_events(orders);
	return is_apart;
}

/*
 * Whether the latest event of a run is its beginning, whatever was forgotten since. What is queued while it runs waits for
 * the end of that run, if handles are polled; of a slot it is another life.
 */
static bool may_run(const struct history *history, const struct orders *orders)
{
	int latest = -1;

	if (history->identity != WSC_IDENTITY_POLLED || history->scope == WSC_SCOPE_DEQUE)
		return false;
	for (size_t i = 0; i < orders->count; i++)
		if (model_task_is_of_a_run(&history->events[orders->events[i]]))
			latest = orders->events[i];
	for (size_t i = 0; i < orders->count && latest >= 0; i++)
		if (orders->events[i] != latest && model_task_is_of_a_run(&history->events[orders->events[i]]) &&
		    !binds(history, orders->events[i], latest))
			return false;
	return latest >= 0 &&
	       (history->events[latest].kind == WSC_EV_EXEC_START || history->events[latest].kind == WSC_EV_RESUMED);
}

static bool judge_task(const struct history *history, struct model_task_result *result, struct orders *orders)
{
	struct model_task fresh = {.place = MODEL_NONE};
	const struct wsc_event *gap = history_find_gap(history);

	if (!gather_events(orders, history, result->task, 0, UINT64_MAX))
		return false;
	result->may_run = may_run(history, orders);
	if (history->identity == WSC_IDENTITY_RECYCLED) {
		judge_slot(orders, gap != NULL, result);
		return true;
	}
	if (history->window) {
		/* What is not seen of the beginning may have been anything: nothing is concluded up to there. */
		const bool is_apart = forget_before(orders, blurred_until(history));
		if (orders->count == 0) {
			result->claim = MODEL_EXACT;
			return true;
		}
		result->claim = claim_unknown_start(orders);
		if (orders->steps > STEPS_MAX)
			return false;
		/* What is impossible in a life that began earlier may be reported or not; so may a wrong push that failed. */
		if ((result->claim == MODEL_SOME && history->events[orders->events[0]].kind != WSC_EV_QUEUED) ||
		    has_ever_wrong_failed_push(history, result->task) ||
		    (result->claim == MODEL_SOME && (!is_apart || may_have_dead_entries(orders))))
			result->claim = MODEL_ANY;
		return true;
	}
	try_orders(orders, &fresh, 0);
	if (orders->steps > STEPS_MAX)
		return false;
	orders->is_unknown |= has_wrong_failed_push(history, result->task, fresh) ||
	                      (orders->branched && has_failed_push(history, result->task));
	if (orders->is_unknown) {
		result->claim = MODEL_ANY;
		return true;
	}
	if (gap != NULL) {
		claim_across_gap(history, gap, result);
		return true;
	}
	if (orders->is_legal) {
		result->claim = MODEL_EXACT;
	} else {
		result->claim = orders->branched || orders->first.unclear ? MODEL_SOME : MODEL_EXACT;
		result->kinds = orders->first.kinds;
	}
	return true;
}

/* Readings of "a stay whose life has an ownership report binds nothing": an order is claimed only if all agree. */
enum { READING_END_COUNTS = 1, READING_LATE_COUNTS = 2, READING_PROTOCOL_COUNTS = 4, READINGS = 8 };

static bool is_reported(const struct model_task *task, unsigned life, unsigned reading)
{
	unsigned kinds = task->life_kinds[life % MODEL_LIVES_MAX];

	if ((reading & READING_END_COUNTS) == 0)
		kinds &= ~(1U << WSC_VIOLATION_LOST_WORK | 1U << WSC_VIOLATION_STALLED_WORK |
		           1U << WSC_VIOLATION_UNFINISHED_EXECUTION);
	if ((reading & READING_LATE_COUNTS) == 0)
		kinds &= ~task->life_kinds_late[life % MODEL_LIVES_MAX];
	if ((reading & READING_PROTOCOL_COUNTS) == 0)
		kinds &= ~(1U << WSC_VIOLATION_PROTOCOL_VIOLATION);
	return kinds != 0;
}

/*
 * The stays that bind an order: of a task with legal orders those of one of them, or those that are certain (`variant`:
 * VARIANT_CERTAIN).
 */
enum { VARIANT_CERTAIN = MODEL_VARIANTS_MAX };

static bool is_certain(const struct orders *orders, const struct model_stay *stay)
{
	return !orders->is_open && model_variant_all_have(orders->variants, orders->variant_count, stay) &&
	       model_variant_all_have(orders->worse, orders->worse_count, stay);
}

static void add_stays(const struct orders *orders, struct model_stay *stays, size_t *count, size_t max,
                      unsigned reading, size_t variant)
{
	const struct model_task *task = &orders->first;
	bool has_last = orders->is_legal || (reading & READING_END_COUNTS) == 0;

	if (orders->variant_count > 0) {
		const struct model_variant *chosen = &orders->variants[variant == VARIANT_CERTAIN ? 0 : variant];

		for (size_t i = 0; i < chosen->count; i++)
			if (*count < max && (has_last || chosen->stays[i].life != orders->last_life) &&
			    (variant != VARIANT_CERTAIN || is_certain(orders, &chosen->stays[i])))
				stays[(*count)++] = chosen->stays[i];
		return;
	}
	for (size_t i = 0; i < task->stay_count; i++) {
		const struct model_stay *stay = &task->stays[i];

		if (!is_reported(task, stay->life, reading) && !stay->cancelled && stay->take >= 0 && *count < max)
			stays[(*count)++] = *stay;
	}
}

static void sort_by_push(struct model_stay *stays, size_t count)
{
	for (size_t i = 1; i < count; i++)
		for (size_t j = i; j > 0 && stays[j].push < stays[j - 1].push; j--) {
			struct model_stay other = stays[j];

			stays[j] = stays[j - 1];
			stays[j - 1] = other;
		}
}

/* A thief that takes what is pinned is out of order whatever else happens. */
static bool has_pinned_stolen(const struct history *history, const struct model_stay *stays, size_t count,
                              uint32_t queue)
{
	for (size_t i = 0; i < count; i++) {
		const struct wsc_event *take = &history->events[stays[i].take];
		uint32_t owner;

		/* Who takes from another's deque is a thief, also by the name of `dequeued`. */
		if (stays[i].queue == queue && stays[i].pinned &&
		    (take->kind == WSC_EV_STEAL_SUCCESS || take->kind == WSC_EV_DEQUEUED) &&
		    history_owner(history, queue, &owner) && owner != take->worker)
			return true;
	}
	return false;
}

/* `variants`: the legal order of each task. */
static enum model_order judge_reading(const struct history *history, const struct orders *orders, size_t tasks,
                                      const size_t *variants, unsigned reading, struct model_queue_result *result)
{
	static struct model_stay stays[HISTORY_EVENTS_MAX];
	size_t count = 0;

	for (size_t i = 0; i < tasks; i++)
		add_stays(&orders[i], stays, &count, HISTORY_EVENTS_MAX, reading, variants[i]);
	sort_by_push(stays, count);
	model_order_check(history, stays, count, result);
	if (has_pinned_stolen(history, stays, count, result->queue))
		result->order = MODEL_OUT_OF_ORDER;
	return result->order;
}

static enum model_order judge_variants(const struct history *history, const struct orders *orders, size_t tasks,
                                       const size_t *variants, struct model_queue_result *result)
{
	enum model_order order = judge_reading(history, orders, tasks, variants, 0, result);

	for (unsigned reading = 1; reading < READINGS && order != MODEL_ORDER_UNKNOWN; reading++)
		if (judge_reading(history, orders, tasks, variants, reading, result) != order)
			order = MODEL_ORDER_UNKNOWN;
	return order;
}

/* The next choice of legal orders. False: there is none. */
static bool next_choice(const struct orders *orders, size_t tasks, size_t *variants)
{
	for (size_t i = 0; i < tasks; i++) {
		if (++variants[i] < orders[i].variant_count)
			return true;
		variants[i] = 0;
	}
	return false;
}

/*
 * Out of order if what is certain is; in order if some choice of legal orders is. What is neither may or may not be
 * reported: each choice convicts, but not of the same stays.
 */
static enum model_order judge_queue(const struct history *history, const struct orders *orders, size_t tasks,
                                    struct model_queue_result *result)
{
	size_t variants[HISTORY_TASKS_MAX], tries = 0;

	for (size_t i = 0; i < tasks; i++)
		variants[i] = VARIANT_CERTAIN;
	enum model_order certain = judge_variants(history, orders, tasks, variants, result);
	if (certain != MODEL_IN_ORDER)
		return certain;
	memset(variants, 0, sizeof(variants));
	do {
		if (judge_variants(history, orders, tasks, variants, result) == MODEL_IN_ORDER)
			return MODEL_IN_ORDER;
	} while (++tries < CHOICES_MAX && next_choice(orders, tasks, variants));
	return MODEL_ORDER_UNKNOWN;
}

static bool find_names(const struct history *history, struct model_result *result)
{
	for (size_t i = 0; i < history->count; i++) {
		const struct wsc_event *event = &history->events[i];
		size_t at = 0;

		if (!moves_ownership(event) || event->task == 0)
			continue;
		while (at < result->task_count && result->tasks[at].task != event->task)
			at++;
		if (at == HISTORY_TASKS_MAX)
			return false;
		if (at == result->task_count)
			result->tasks[result->task_count++] = (struct model_task_result){.task = event->task};
		if (event->kind != WSC_EV_QUEUED)
			continue;
		for (at = 0; at < result->queue_count && result->queues[at].queue != event->queue;)
			at++;
		if (at == HISTORY_TASKS_MAX)
			return false;
		if (at == result->queue_count)
			result->queues[result->queue_count++] = (struct model_queue_result){.queue = event->queue};
	}
	return true;
}

/* Whether somebody else may have done something to what event `push` queued, though his event stands before it. */
static bool may_be_touched_since(const struct history *history, size_t push)
{
	const struct wsc_event *queued = &history->events[push];

	for (size_t i = 0; i < push; i++) {
		const struct wsc_event *event = &history->events[i];

		if (event->task == queued->task && event->worker != queued->worker && event->kind != WSC_EV_QUEUED &&
		    moves_ownership(event) && event->ts + history->uncertainty_ns >= queued->ts)
			return true;
	}
	return false;
}

/* The `queued` that event `index`, a failed push, takes back. -1: there is none, or something may have happened to it since. */
static int find_failed_push(const struct history *history, size_t index)
{
	const struct wsc_event *failure = &history->events[index];

	for (size_t i = index; i-- > 0;) {
		const struct wsc_event *event = &history->events[i];

		if (event->kind == WSC_EV_QUEUED && event->worker == failure->worker) {
			const bool is_it = event->task == failure->task && event->queue == failure->queue;
			return is_it && !may_be_touched_since(history, i) ? (int)i : -1;
		}
		if (event->task == failure->task && moves_ownership(event))
			return -1;
	}
	return -1;
}

/* A push that failed never was: neither it nor its `queued`. Stamps of both stay, for the worker's other intervals. */
static bool take_back_pushes(struct history *history)
{
	for (size_t i = 0; i < history->count; i++) {
		int push;

		if (history->events[i].kind != WSC_EV_PUSH_FAILED)
			continue;
		push = find_failed_push(history, i);
		if (push < 0)
			return false;
		history->events[push].kind = WSC_EV_WAKE;
		history->events[push].reserved = MODEL_PUSH_THAT_FAILED;
		history->events[i].kind = WSC_EV_WAKE;
		history->events[i].reserved = MODEL_FAILED_PUSH;
	}
	return true;
}

/* A window that shows all of a task: it is queued first, and nothing is wrong with it whatever was before. */
static bool is_seen_whole(const struct orders *orders, const struct model_task_result *task)
{
	return orders->count > 0 && orders->history->events[orders->events[0]].kind == WSC_EV_QUEUED &&
	       task->claim == MODEL_EXACT;
}

/* Whether a task was on the queue of whose stays the model knows nothing. */
static bool is_doubtful(const struct history *history, const struct orders *orders, const struct model_result *result,
                        uint32_t queue)
{
	const uint64_t blurred = blurred_until(history);

	for (size_t i = 0; i < history->count; i++) {
		const struct wsc_event *event = &history->events[i];

		if (event->kind != WSC_EV_QUEUED || event->queue != queue)
			continue;
		if (event->ts < blurred)
			return true;
		for (size_t t = 0; t < result->task_count; t++)
			if (result->tasks[t].task == event->task &&
			    (orders[t].is_unknown ||
			     (history->window && !is_seen_whole(&orders[t], &result->tasks[t])) ||
			     (orders[t].variant_count == 0 && (orders[t].first.unclear || orders[t].branched))))
				return true;
	}
	/* Where handles of cancelled lives are used again, what is taken in a window may be an entry from before it. */
	return (history->window && history_cancels(history)) || history->attached > 0 ||
	       history_find_gap(history) != NULL;
}

/* The stays of a task that can have had no others, and nothing wrong with them. */
static void list_stays(const struct orders *orders, uint64_t number, struct model_result *result)
{
	const struct model_task *task = &orders->legal;
	bool is_certain = orders->is_legal && orders->variant_count == 1 && orders->worse_count == 0 &&
	                  !orders->is_open && !orders->is_unknown && !orders->history->window &&
	                  history_find_gap(orders->history) == NULL &&
	                  orders->history->identity != WSC_IDENTITY_RECYCLED;

	if (!is_certain)
		result->doubtful[result->doubtful_count++] = number;
	for (size_t i = 0; is_certain && i < task->stay_count; i++) {
		const struct model_stay *stay = &task->stays[i];

		if (!stay->cancelled && result->stay_count < HISTORY_EVENTS_MAX)
			result->stays[result->stay_count++] =
			    (struct model_result_stay){number, stay->queue, stay->push, stay->take, stay->pinned};
	}
}

bool model_run(const struct history *given, struct model_result *result)
{
	static struct orders orders[HISTORY_TASKS_MAX];
	struct history history = *given;

	memset(result, 0, sizeof(*result));
	if (count_gaps(&history) > (history.window ? 0 : 1))
		return false;
	if (!take_back_pushes(&history) || !find_names(&history, result))
		return false;
	for (size_t i = 0; i < result->task_count; i++) {
		if (!judge_task(&history, &result->tasks[i], &orders[i]))
			return false;
		list_stays(&orders[i], result->tasks[i].task, result);
	}
	for (size_t i = 0; i < result->queue_count; i++) {
		struct model_queue_result *queue = &result->queues[i];

		queue->order = is_doubtful(&history, orders, result, queue->queue)
		                   ? MODEL_ORDER_UNKNOWN
		                   : judge_queue(&history, orders, result->task_count, queue);
	}
	return true;
}
