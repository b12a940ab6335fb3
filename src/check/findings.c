/* SPDX-License-Identifier: MIT */
/* What an analysis reports: what is found as events are applied, and, at the end, by the ordering monitor. */
#include "engine.h"

#include <stdlib.h>
#include <string.h>

#include "absent.h"
#include "array.h"

struct kind_row {
	const char *name;
	enum wsc_severity severity;
	const char *help;
};

static const struct kind_row rows[WSC_VIOLATION_KIND_COUNT] = {
#define ROW(NAME, name, severity, help) [WSC_VIOLATION_##NAME] = {name, WSC_SEVERITY_##severity, help},
    WSC_VIOLATION_KINDS(ROW)
#undef ROW
};

const char *wsc_violation_name(enum wsc_violation_kind kind)
{
	return rows[kind].name;
}

enum wsc_severity wsc_violation_severity(enum wsc_violation_kind kind)
{
	return rows[kind].severity;
}

const char *wsc_violation_help(enum wsc_violation_kind kind)
{
	return rows[kind].help;
}

void findings_init(struct findings *findings, const struct trace_header *header, const struct share *share,
                   uint64_t max)
{
	*findings =
	    (struct findings){.reports.max = max, .header = header, .share = *share, .hidden_since = UINT64_MAX};
}

/* Each report is made by one share: of the queues what their stays tell, of the tasks the rest. */
static bool is_ours(const struct share *share, const struct violation *v)
{
	if (v->kind == WSC_VIOLATION_ORDERING_VIOLATION || v->kind == WSC_VIOLATION_FALSE_EMPTY)
		return share_has_queue(share, v->queue);
	if (share->kind != SHARE_TASKS || v->kind == WSC_VIOLATION_IDLE_WHILE_WORK)
		return share->kind != SHARE_QUEUES;
	return v->task == 0 ? share_leads(share) : share_is_home(share, v->task);
}

bool findings_add(struct findings *findings, const struct violation *violation)
{
	if (!is_ours(&findings->share, violation) ||
	    absent_explains(findings->header, violation->kind, violation->task != 0))
		return true;
	return reports_add(&findings->reports, violation);
}

void findings_free(struct findings *findings)
{
	reports_free(&findings->reports);
	free(findings->doubts);
	id_map_free(&findings->reported_lives);
	*findings = (struct findings){0};
}

static int compare_convictions(const void *left, const void *right)
{
	const struct order_conviction *a = left, *b = right;
	if (a->witness != b->witness)
		return a->witness < b->witness ? -1 : 1;
	if (a->ts != b->ts)
		return a->ts < b->ts ? -1 : 1;
	return (a->serial > b->serial) - (a->serial < b->serial);
}

static bool was_reported(const struct findings *f, uint64_t life)
{
	return life != 0 && id_map_has(&f->reported_lives, life);
}

bool findings_doubt(struct findings *f, const struct doubt *doubt)
{
	if (f->doubt_count == FINDINGS_DOUBTS_MAX) {
		f->doubts_all = true;
		return true;
	}
	struct doubt *grown = array_room(f->doubts, f->doubt_count, &f->doubt_capacity, sizeof(*grown));
	if (grown == NULL)
		return false;
	f->doubts = grown;
	f->doubts[f->doubt_count++] = *doubt;
	return true;
}

static int compare_doubts(const void *left, const void *right)
{
	const struct doubt *a = left, *b = right;
	if (a->task != b->task)
		return a->task < b->task ? -1 : 1;
	if (a->queue != b->queue)
		return a->queue < b->queue ? -1 : 1;
	return (a->life > b->life) - (a->life < b->life);
}

/* By task, queue and life; `since` becomes the least of this one and those of the task's later lives. */
static void sort_doubts(struct findings *f)
{
	if (f->doubt_count > 0)
		qsort(f->doubts, f->doubt_count, sizeof(*f->doubts), compare_doubts);
	for (size_t i = f->doubt_count; i-- > 1;) {
		struct doubt *earlier = &f->doubts[i - 1], *later = &f->doubts[i];
		if (earlier->task == later->task && earlier->queue == later->queue && earlier->since > later->since)
			earlier->since = later->since;
	}
}

/* Whether it is doubtful that this life left a queue as it seems, with a stamp or bound `ts`. */
static bool left_in_doubt(const struct findings *f, uint64_t task, uint64_t queue, uint64_t life, uint64_t ts)
{
	const struct doubt wanted = {.task = task, .queue = queue, .life = life};
	size_t low = 0, high = f->doubt_count;
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		if (compare_doubts(&f->doubts[middle], &wanted) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low < f->doubt_count && f->doubts[low].task == task && f->doubts[low].queue == queue &&
	       f->doubts[low].since <= ts;
}

static bool is_doubtful(const struct findings *f, uint64_t task, uint32_t queue, uint64_t life, uint64_t ts)
{
	return f->doubts_all || left_in_doubt(f, task, queue, life, ts) ||
	       left_in_doubt(f, task, OWNERSHIP_ANY_QUEUE, life, ts);
}

static bool rests_on_doubt(const struct findings *f, const struct order_conviction *c)
{
	if (c->other_task == 0)
		return false; /* stolen though it was pinned: whichever stay it was */
	if ((c->starts && c->since >= f->hidden_since) || (c->other_starts && c->other_since >= f->hidden_since))
		return true;
	return is_doubtful(f, c->task, c->queue, c->life, c->since) ||
	       is_doubtful(f, c->other_task, c->queue, c->other_life, c->ts);
}

/* Whether no report explains it. `reused`: some handle is used again after its life was cancelled. */
static bool is_unexplained(const struct analysis *a, const struct order_conviction *c, bool reused)
{
	const struct findings *f = &a->findings;
	if ((c->vague && reused) || was_reported(f, c->life))
		return false;
	return c->other_task == 0 || !was_reported(f, c->other_life);
}

static bool stands(const struct analysis *a, const struct order_conviction *c, bool reused)
{
	return is_unexplained(a, c, reused) && !rests_on_doubt(&a->findings, c);
}

/* Whether, in the first reading, it rests on a start that seemed to take one of its stays, which was taken late. */
static bool is_taken_back(const struct analysis *a, const struct order_conviction *c)
{
	return a->findings.doubts_all || (!c->late && id_map_has(&a->read_late, c->stay)) ||
	       (!c->other_late && id_map_has(&a->read_late, c->witness));
}

/* Of two stays of one slot the earlier was taken before the other began, whatever the stamp. */
static bool breaks_reading(const struct analysis *a, const struct order_conviction *c)
{
	if (id_map_has(&a->misread, c->task) || id_map_has(&a->misread, c->other_task))
		return false;
	return c->task != c->other_task && (c->crowded || !is_taken_back(a, c));
}

/*
 * Of the queues with such a conviction that no share can know more of. In the first reading a doubt excuses none: what else may
 * have been was not looked through, and may break the order, too.
 */
static void note_seems_out(struct analysis *a, const struct order *order, bool seems_out)
{
	for (size_t i = 0; i < order->conviction_count; i++) {
		const struct order_conviction *c = &order->convictions[i];
		int64_t queue = queue_table_number(&a->queues, c->queue);
		if (queue >= 0 && !c->vague && is_unexplained(a, c, false) &&
		    (seems_out ? breaks_reading(a, c) : !rests_on_doubt(&a->findings, c)))
			a->by_queue[queue].seems_out = seems_out;
	}
}

void findings_look_out(struct analysis *a)
{
	sort_doubts(&a->findings);
	if (a->result.end != WSC_END_CLEAN && has_slots(a))
		return; /* what seems to be out of turn may be of a take that could not be recorded */
	for (uint32_t i = 0; i < a->queue_capacity; i++) {
		struct engine_queue *queue = &a->by_queue[i];
		queue->seems_out =
		    queue->steals_pinned || queue->breaks_program || (queue->is_misread && queue->depth.pushes > 1);
		queue->seems_out |= has_slots(a) && queue->has_pinned && queue->unordered > 0; /* a thief's, perhaps */
	}
	note_seems_out(a, &a->reading, true);
	note_seems_out(a, &a->order, false); /* it is certain, and reported */
}

bool findings_on_course(const struct analysis *a, uint32_t queue, struct order_conviction *conviction)
{
	bool found = false;
	for (size_t i = 0; i < a->reading.conviction_count; i++) {
		const struct order_conviction *c = &a->reading.convictions[i];
		if (c->queue != queue || !is_unexplained(a, c, false) || is_taken_back(a, c) ||
		    c->task == c->other_task || (found && conviction->ts <= c->ts))
			continue;
		*conviction = *c;
		found = true;
	}
	for (size_t i = 0; i < a->order.conviction_count && !found; i++) { /* stolen though it was pinned */
		if (a->order.convictions[i].queue != queue || a->order.convictions[i].other_task != 0)
			continue;
		*conviction = a->order.convictions[i];
		found = true;
	}
	return found;
}

/* Of the stays left behind those that count as undecided: whoever may be the culprit may have done something else. */
static uint64_t count_undecided(const struct analysis *a)
{
	const struct order *order = &a->order;
	uint64_t count = 0;
	for (size_t i = 0, next; i < order->conviction_count; i = next) {
		bool doubtful = false, decided = false;
		for (next = i; next < order->conviction_count; next++) {
			const struct order_conviction *c = &order->convictions[next];
			if (c->witness != order->convictions[i].witness)
				break;
			doubtful |= rests_on_doubt(&a->findings, c);
			decided |= stands(a, c, a->reuses_cancelled);
		}
		count += doubtful && !decided;
	}
	return count;
}

/* `standing_for`: how many it stands for, or 0: itself. */
static bool add_conviction(struct analysis *a, const struct order_conviction *c, enum violation_condition condition,
                           uint64_t standing_for)
{
	struct violation v = {.kind = WSC_VIOLATION_ORDERING_VIOLATION,
	                      .task = c->task,
	                      .other_task = c->other_task,
	                      .ts = c->ts < a->result.last_ts ? c->ts : a->result.last_ts, /* a bound may be open */
	                      .since = c->since,
	                      .has_queue = true,
	                      .queue = c->queue,
	                      .workers = {c->workers[0], c->workers[1]},
	                      .worker_count = c->workers[0] == c->workers[1] ? 1 : 2,
	                      .condition = (uint8_t)condition,
	                      .standing_for = standing_for};
	return findings_add(&a->findings, &v);
}

bool findings_convict(struct analysis *a, const struct order_conviction *conviction)
{
	return add_conviction(a, conviction, VIOLATION_ORDER, 0);
}

static int compare_chosen(const void *left, const void *right)
{
	const struct order_conviction *a = left, *b = right;
	if (a->queue != b->queue)
		return a->queue < b->queue ? -1 : 1;
	if (a->ts != b->ts)
		return a->ts < b->ts ? -1 : 1;
	return (a->serial > b->serial) - (a->serial < b->serial);
}

/*
 * Of the convictions whose lives were not reported for something else, nor are in doubt: for each stay left behind the first of its culprits,
 * and each culprit once. Copies them to `chosen` and returns their number, or SIZE_MAX: no memory.
 */
static size_t choose_convictions(const struct analysis *a, bool reused, struct order_conviction *chosen)
{
	const struct order *order = &a->order;
	struct id_map culprits = {0};
	uint64_t witness = 0;
	size_t count = 0;
	for (size_t i = 0; i < order->conviction_count; i++) {
		const struct order_conviction *c = &order->convictions[i];
		if (c->witness == witness || !stands(a, c, reused))
			continue;
		witness = c->witness;
		if (id_map_has(&culprits, c->serial))
			continue;
		if (!id_map_add(&culprits, c->serial, 1)) {
			count = SIZE_MAX;
			break;
		}
		chosen[count++] = *c;
	}
	id_map_free(&culprits);
	return count;
}

static bool rests_on_start(const struct order_conviction *c)
{
	return c->starts || c->other_starts;
}

/*
 * At a cut, or a stall, somebody may have taken something, or a batch, that he did not come to record. Then a start that seems
 * to have taken what waited in that slot was inline, in a slot that was empty.
 */
static bool may_be_of_the_end(const struct analysis *a, const struct order_conviction *c)
{
	return a->result.end != WSC_END_CLEAN && rests_on_start(c);
}

/* The convictions of one queue. */
static bool add_of_queue(struct analysis *a, const struct order_conviction *chosen, size_t count,
                         enum violation_condition condition)
{
	int64_t queue = queue_table_number(&a->queues, chosen[0].queue);
	uint64_t misfits = queue < 0 ? 0 : order_misfits(&a->order, (uint32_t)queue);
	for (size_t i = 0; i < (misfits > 0 ? 1 : count); i++) {
		if (may_be_of_the_end(a, &chosen[i]))
			a->result.undecided_stays += condition != VIOLATION_ORDER_IF_REUSED;
		else if (!add_conviction(a, &chosen[i], condition, misfits))
			return false;
	}
	return true;
}

/* One report for each conviction; for a queue whose discipline seems to be declared wrongly, the first alone. */
static bool add_chosen(struct analysis *a, struct order_conviction *chosen, bool reused,
                       enum violation_condition condition)
{
	size_t count = choose_convictions(a, reused, chosen), next;
	if (count == SIZE_MAX)
		return false;
	if (count > 0)
		qsort(chosen, count, sizeof(*chosen), compare_chosen);
	for (size_t i = 0; i < count; i = next) {
		for (next = i + 1; next < count && chosen[next].queue == chosen[i].queue;)
			next++;
		if (!add_of_queue(a, &chosen[i], next - i, condition))
			return false;
	}
	return true;
}

/* Where another share may know of a handle that was used again, both of what then stands. */
static bool add_convictions(struct analysis *a, struct order_conviction *chosen)
{
	const struct order *order = &a->order;
	bool depends = false;
	for (size_t i = 0; i < order->conviction_count; i++)
		depends |= order->convictions[i].vague;
	if (!depends || a->reuses_cancelled || a->options.share.kind == SHARE_WHOLE)
		return add_chosen(a, chosen, a->reuses_cancelled, VIOLATION_ORDER);
	return add_chosen(a, chosen, false, VIOLATION_ORDER_UNLESS_REUSED) &&
	       add_chosen(a, chosen, true, VIOLATION_ORDER_IF_REUSED);
}

/* A share follows its tasks into other shares' queues, too: what these tell is left to the others. */
static void keep_ours(struct order *order, const struct share *share)
{
	size_t count = 0;
	for (size_t i = 0; i < order->conviction_count; i++) {
		if (share_has_queue(share, order->convictions[i].queue))
			order->convictions[count++] = order->convictions[i];
	}
	order->conviction_count = count;
}

bool findings_finish(struct analysis *a)
{
	struct order *order = &a->order;
	keep_ours(order, &a->options.share);
	if (order->conviction_count == 0)
		return true;
	struct order_conviction *chosen = malloc(order->conviction_count * sizeof(*chosen));
	if (chosen == NULL)
		return false;
	qsort(order->convictions, order->conviction_count, sizeof(*order->convictions), compare_convictions);
	a->result.undecided_stays += count_undecided(a);
	bool ok = add_convictions(a, chosen);
	free(chosen);
	return ok;
}
