/* SPDX-License-Identifier: MIT */
/* From what the evidence shows to its causes, one report beside the others; and which reports have one cause. */
#include <stdlib.h>
#include <string.h>

#include "diagnosis.h"
#include "id_map.h"

/*
 * A copy that both sides took leaves `top` past `bottom`, so that the next push on that queue is lost: up to so many
 * pushes may have been recorded between the first of the two takes and the lost one.
 */
enum { NEXT_PUSHES = 2, ENDED_SHARE = 20 };

/* What the reports show together. */
struct population {
	uint64_t two_takes;                  /* tasks with two takes */
	uint64_t stolen_twice;               /* ... both by thieves */
	uint64_t apart;                      /* ... certainly one after the other */
	uint64_t followed;                   /* ... after which the queue's next push was lost */
	uint64_t thief_involved;             /* ... at least one take by a thief */
	uint64_t owner_misled, thief_misled; /* takes out of turn that were over before the other task was taken */
};

struct conclusion {
	const struct diagnosis_rules *rules;
	struct analysis_result *result;
	struct population population;
	uint32_t *group; /* of each report, the first one of its group */
};

static const struct wsc_event *proof_of(const struct violation *v)
{
	return v->proof == 0 ? NULL : &v->events[v->proof - 1];
}

static const struct wsc_event *rival_of(const struct violation *v)
{
	return v->rival == 0 ? NULL : &v->events[v->rival - 1];
}

static bool is_steal(const struct wsc_event *e)
{
	return e != NULL && e->kind == WSC_EV_STEAL_SUCCESS;
}

static void blame(struct violation *v, enum cause cause)
{
	for (unsigned i = 0; i < v->cause_count; i++) {
		if (v->causes[i] == (uint8_t)cause)
			return;
	}
	if (v->cause_count < VIOLATION_CAUSES_MAX)
		v->causes[v->cause_count++] = (uint8_t)cause;
}

static bool takes_overlap(const struct violation *v, uint64_t slack)
{
	const struct violation_span *a = &v->spans[v->proof - 1], *b = &v->spans[v->rival - 1];
	uint64_t from = a->from > b->from ? a->from : b->from, until = a->until < b->until ? a->until : b->until;
	return from <= until || from - until <= slack;
}

/* --- Groups --- */

static uint32_t group_of(struct conclusion *c, uint32_t report)
{
	while (c->group[report] != report)
		report = c->group[report] = c->group[c->group[report]];
	return report;
}

static void join(struct conclusion *c, uint32_t a, uint32_t b)
{
	a = group_of(c, a);
	b = group_of(c, b);
	if (a < b)
		c->group[b] = a;
	else
		c->group[a] = b;
}

static uint64_t begin_of(const struct violation *v)
{
	return v->event_count > 0 && v->events[0].ts < v->since ? v->events[0].ts : v->since;
}

/* Of what it is about: a push that is recorded too late begins what seems to be another life. */
static uint64_t end_of(const struct violation *v)
{
	const struct wsc_event *rival = rival_of(v);
	return v->what == VIOLATION_TAKEN_UNPUSHED && rival != NULL && rival->ts > v->ts ? rival->ts : v->ts;
}

/* Reports on one task whose evidence overlaps. */
static bool join_tasks(struct conclusion *c)
{
	struct id_map latest = {0}; /* task -> place in `last` + 1 */
	size_t tasks = 0;
	uint32_t *last = calloc(c->result->violation_count + 1, sizeof(*last));
	bool ok = last != NULL;
	for (uint32_t i = 0; ok && i < c->result->violation_count; i++) {
		const struct violation *v = &c->result->violations[i];
		uint32_t found = v->task == 0 ? ID_MAP_NONE : id_map_find(&latest, v->task);
		if (v->task != 0 && found == ID_MAP_NONE) {
			ok = id_map_add(&latest, v->task, (uint32_t)++tasks);
			found = (uint32_t)tasks;
		} else if (found != ID_MAP_NONE) {
			const struct violation *before = &c->result->violations[last[found - 1]];
			if (begin_of(before) <= v->ts && begin_of(v) <= end_of(before))
				join(c, last[found - 1], i);
		}
		if (v->task != 0 && ok)
			last[found - 1] = i;
	}
	free(last);
	id_map_free(&latest);
	return ok;
}

/* A queue and a number of pushes on it. */
static uint64_t push_key(const struct violation *v, uint64_t pushes)
{
	return (uint64_t)v->queue << 32 ^ pushes;
}

static bool has_pushes(const struct conclusion *c, uint32_t i, enum violation_what what)
{
	return c->result->violations[i].what == what && c->result->violations[i].facts.pushes != VIOLATION_NO_PUSH;
}

/* A push that was lost right after a double take on its queue. */
static bool join_lost_pushes(struct conclusion *c)
{
	struct id_map doubled = {0};
	bool ok = true;
	for (uint32_t i = 0; ok && i < c->result->violation_count; i++) {
		const struct violation *v = &c->result->violations[i];
		if (has_pushes(c, i, VIOLATION_TWO_TAKES) && v->waits_in == v->queue &&
		    !id_map_has(&doubled, push_key(v, c->result->violations[i].facts.pushes)))
			ok = id_map_add(&doubled, push_key(v, c->result->violations[i].facts.pushes), i + 1);
	}
	for (uint32_t i = 0; ok && i < c->result->violation_count; i++) {
		const struct violation *v = &c->result->violations[i];
		uint32_t found = ID_MAP_NONE;
		if (!has_pushes(c, i, VIOLATION_LEFT) || v->waits_in != v->queue)
			continue;
		for (uint64_t back = 1; back <= NEXT_PUSHES && found == ID_MAP_NONE; back++)
			found = c->result->violations[i].facts.pushes < back
			            ? ID_MAP_NONE
			            : id_map_find(&doubled, push_key(v, c->result->violations[i].facts.pushes - back));
		if (found == ID_MAP_NONE)
			continue;
		join(c, found - 1, i);
		c->population.followed++;
	}
	id_map_free(&doubled);
	return ok;
}

/* --- Causes --- */

static void count_population(struct conclusion *c)
{
	struct population *p = &c->population;
	for (size_t i = 0; i < c->result->violation_count; i++) {
		const struct violation *v = &c->result->violations[i];
		if (v->what == VIOLATION_OUT_OF_TURN && v->proof != 0 && v->rival != 0 && !takes_overlap(v, 0)) {
			p->thief_misled += is_steal(proof_of(v));
			p->owner_misled += !is_steal(proof_of(v));
		}
		if (v->what != VIOLATION_TWO_TAKES)
			continue;
		p->two_takes++;
		p->stolen_twice += is_steal(proof_of(v)) && is_steal(rival_of(v));
		p->thief_involved += is_steal(proof_of(v)) || is_steal(rival_of(v));
		p->apart += !takes_overlap(v, c->rules->visible);
	}
}

/*
 * Without the fence, both sides overlap, `top` ends past `bottom` and the next push is lost. Where `top` is moved by a
 * plain store, two thieves may get one entry, and `top` may be set back, so that an entry comes again much later.
 */
static void blame_two_takes(const struct conclusion *c, struct violation *v)
{
	const struct population *p = &c->population;
	bool thieves = is_steal(proof_of(v)) && is_steal(rival_of(v));
	bool stolen = is_steal(proof_of(v)) || is_steal(rival_of(v));
	bool many = p->two_takes > 2 && p->followed == 0 && c->result->end != WSC_END_CUT;
	if (!stolen && p->thief_involved == 0) {
		blame(v, CAUSE_RAN_DIRECTLY);
		blame(v, CAUSE_PUSHED_TWICE);
	} else if (!thieves && !many && p->stolen_twice == 0 && p->apart == 0) {
		blame(v, CAUSE_MISSING_FENCE);
	}
	blame(v, CAUSE_STALE_CAS);
	blame(v, CAUSE_STALE_BUFFER);
	if (stolen && !thieves)
		blame(v, CAUSE_MISSING_FENCE);
}

/* Nearly nothing happened after it. */
static bool is_at_the_end(const struct conclusion *c, uint64_t ts)
{
	const struct analysis_result *r = c->result;
	return ts >= r->last_ts || r->last_ts - ts <= (r->last_ts - r->first_ts) / ENDED_SHARE;
}

static uint32_t owner_of(const struct conclusion *c, uint32_t queue)
{
	const struct trace_queue *declared = trace_header_queue(c->rules->header, queue);
	return declared != NULL && declared->has_owner ? declared->owner : queue;
}

/*
 * A push that got lost: somebody looked later and found the queue empty. A wake-up that got lost: nobody looked. A
 * worker that looks for work elsewhere, or goes to sleep, has found its own queue empty.
 */
static void blame_left(const struct conclusion *c, struct violation *v)
{
	uint64_t ts = proof_of(v)->ts;
	uint64_t visible = ts > UINT64_MAX - c->rules->visible ? UINT64_MAX : ts + c->rules->visible;
	bool own = proof_of(v)->worker == owner_of(c, v->queue); /* it sees its own pushes at once */
	v->found_empty = v->facts.empty_ts > visible;
	v->vanished = v->found_empty ||
	              (v->facts.owner_away_ts != VIOLATION_NO_OWNER && v->facts.owner_away_ts > (own ? ts : visible));
	if (v->kind == WSC_VIOLATION_LOST_WORK && !v->vanished && is_at_the_end(c, ts))
		blame(v, CAUSE_CLOSED_EARLY);
	if (v->vanished || v->kind == WSC_VIOLATION_LOST_WORK)
		blame(v, CAUSE_LOST_PUSH);
	blame(v, CAUSE_LOST_WAKEUP);
	blame(v, CAUSE_LOST_PUSH);
	blame(v, v->kind == WSC_VIOLATION_LOST_WORK ? CAUSE_UNRECORDED_RUN : CAUSE_FEW_WOKEN);
}

/* Whether the worker recorded that kind of the report's task after event number `from`. */
static bool follows(const struct violation *v, size_t from, unsigned kind, uint32_t worker)
{
	for (size_t i = from; i < v->event_count; i++) {
		const struct wsc_event *e = &v->events[i];
		if (e->task == v->task && e->kind == kind && e->worker == worker)
			return true;
	}
	return false;
}

static bool is_start(const struct wsc_event *e)
{
	return e != NULL && (e->kind == WSC_EV_EXEC_START || e->kind == WSC_EV_RESUMED);
}

static enum wsc_identity identity_of(const struct conclusion *c)
{
	return c->rules->header->identity;
}

/* Pushed while it waited, or in another's hands. */
static void blame_pushes(const struct conclusion *c, struct violation *v)
{
	if (identity_of(c) == WSC_IDENTITY_RECYCLED)
		blame(v, CAUSE_SLOT_FREED);
	blame(v, CAUSE_PUSHED_TWICE);
	if (identity_of(c) == WSC_IDENTITY_UNIQUE)
		blame(v, CAUSE_HANDLE_REUSED);
	blame(v, CAUSE_HANDLE_KEPT);
}

/* Pushed while it ran. */
static void blame_push_of_running(struct violation *v)
{
	uint32_t runner = rival_of(v)->worker;
	bool itself = runner == proof_of(v)->worker;
	if (follows(v, v->proof, WSC_EV_SUSPENDED, runner)) { /* no handle is used again */
		blame(v, CAUSE_WOKEN_EARLY);
		blame(v, CAUSE_PUSHED_TWICE);
		return;
	}
	if (!itself)
		blame(v, CAUSE_PUSHED_TWICE);
	blame(v, CAUSE_HANDLE_REUSED);
	blame(v, CAUSE_LATE_COMPLETE);
	blame(v, CAUSE_HANDLE_KEPT);
}

/* Started, or resumed, while it ran. */
static void blame_run_at_once(const struct conclusion *c, struct violation *v)
{
	const struct wsc_event *proof = proof_of(v), *rival = rival_of(v);
	if (proof->kind == WSC_EV_RESUMED && rival->kind == WSC_EV_RESUMED)
		blame(v, CAUSE_RESUMED_TWICE);
	if (follows(v, v->rival, WSC_EV_SUSPENDED, rival->worker) || proof->kind == WSC_EV_RESUMED)
		blame(v, CAUSE_WOKEN_EARLY);
	blame(v, CAUSE_UNCLAIMED_RUN);
	if (identity_of(c) == WSC_IDENTITY_UNIQUE)
		blame(v, CAUSE_LATE_COMPLETE);
	blame(v, CAUSE_HANDLE_KEPT);
}

static void blame_run_again(struct violation *v)
{
	if (proof_of(v)->kind == WSC_EV_RESUMED)
		blame(v, CAUSE_RESUMED_TWICE);
	else
		blame(v, CAUSE_MISSING_QUEUED);
	blame(v, CAUSE_HANDLE_KEPT);
}

/* By a worker that did not hold it. Where its entry was run, too, somebody ran it directly. */
static void blame_untaken(struct violation *v)
{
	size_t starts = 0;
	if (diagnosis_dead_take(v) != 0)
		blame(v, CAUSE_RAN_CANCELLED);
	if (diagnosis_lacks_owner(v))
		blame(v, CAUSE_UNDECLARED_QUEUE);
	for (size_t i = v->rival; i < v->event_count; i++)
		starts += v->events[i].task == v->task && is_start(&v->events[i]);
	if (starts > 1)
		blame(v, CAUSE_RAN_DIRECTLY);
	blame(v, CAUSE_UNRECORDED_TAKE);
	blame(v, CAUSE_RAN_DIRECTLY);
	blame(v, CAUSE_HANDLE_KEPT);
}

/* Where a scheduler stands still, what runs is what it waits for. */
static void blame_unfinished(const struct conclusion *c, struct violation *v)
{
	bool stalled = c->result->end == WSC_END_STALLED, away = v->what == VIOLATION_NOT_RESUMED;
	if (away)
		blame(v, CAUSE_NEVER_RESUMED);
	else if (stalled)
		blame(v, CAUSE_HANGS);
	if (!stalled)
		blame(v, CAUSE_CLOSED_EARLY);
	if (!away)
		blame(v, CAUSE_MISSING_COMPLETE);
}

/* An owner's take and a steal that overlap: one of them is out of turn, and either may be. */
static bool is_of_either_end(const struct violation *v)
{
	return v->proof != 0 && v->rival != 0 && is_steal(proof_of(v)) != is_steal(rival_of(v)) && takes_overlap(v, 0);
}

/* The other reports, in which one take was over before the other began, say which end is taken wrongly. */
static bool is_thief_to_blame(const struct conclusion *c, const struct violation *v)
{
	const struct population *p = &c->population;
	if (!is_of_either_end(v) || p->thief_misled == p->owner_misled)
		return is_steal(proof_of(v));
	return p->thief_misled > p->owner_misled;
}

static void blame_end(struct violation *v, bool thief)
{
	blame(v, thief ? CAUSE_WRONG_END_THIEF : CAUSE_WRONG_END_OWNER);
}

static void blame_order(const struct conclusion *c, struct violation *v)
{
	const struct trace_queue *declared = trace_header_queue(c->rules->header, v->queue);
	enum wsc_discipline discipline =
	    declared != NULL && declared->has_discipline ? declared->discipline : c->rules->header->discipline;
	bool thief = is_thief_to_blame(c, v);
	if (discipline == WSC_DISCIPLINE_FIFO)
		blame(v, CAUSE_NOT_THE_OLDEST);
	else
		blame_end(v, thief);
	if (discipline != WSC_DISCIPLINE_FIFO && is_of_either_end(v))
		blame_end(v, !thief);
	blame(v, CAUSE_WRONG_DISCIPLINE);
	bool thieves = is_steal(proof_of(v)) && is_steal(rival_of(v)) && rival_of(v)->worker != proof_of(v)->worker;
	if (thief && thieves)
		blame(v, CAUSE_TORN_STEAL);
	else if (!thief && is_start(proof_of(v)) && v->push != 0 &&
	         v->events[v->push - 1].worker == proof_of(v)->worker)
		blame(v, CAUSE_LATE_START);
}

/* The end of a run that was not under way: a run that went before may have ended once more, or have gone on. */
static void blame_not_started(const struct conclusion *c, struct violation *v)
{
	const bool completes = proof_of(v)->kind == WSC_EV_EXEC_COMPLETE;
	const bool is_slot = c->rules->header->identity == WSC_IDENTITY_RECYCLED; /* that may have been another life */
	if (v->rival != 0 && rival_of(v)->kind == WSC_EV_SUSPENDED && !is_slot)
		blame(v, CAUSE_MISSING_RESUMED);
	else if (v->rival != 0 && rival_of(v)->kind == WSC_EV_EXEC_COMPLETE && completes)
		blame(v, CAUSE_DOUBLE_COMPLETE);
	blame(v, CAUSE_MISSING_START);
	if (completes)
		blame(v, CAUSE_DOUBLE_COMPLETE);
}

/* One report for very many alike speaks against the header before it speaks against the scheduler. */
static void blame_declaration(struct violation *v)
{
	if (v->standing_for > 0)
		blame(v, v->kind == WSC_VIOLATION_ORDERING_VIOLATION ? CAUSE_WRONG_DISCIPLINE : CAUSE_WRONG_IDENTITY);
}

/* For each thing that the evidence may show, what usually causes it; the rest is in the functions above. */
static const struct {
	uint8_t count, causes[VIOLATION_CAUSES_MAX];
} usual[] = {
    [VIOLATION_WRONG_QUEUE] = {2, {CAUSE_WRONG_QUEUE, CAUSE_HANDLE_REUSED}},
    [VIOLATION_TAKEN_ELSEWHERE] = {3, {CAUSE_WRONG_QUEUE, CAUSE_STALE_CAS, CAUSE_MISSING_QUEUED}},
    [VIOLATION_COMPLETED_ELSEWHERE] = {3, {CAUSE_MISSING_START, CAUSE_UNRECORDED_MOVE, CAUSE_HANDLE_KEPT}},
    [VIOLATION_FAILED_UNPUSHED] = {2, {CAUSE_WRONG_FAILURE, CAUSE_MISSING_QUEUED}},
    [VIOLATION_RAN_CANCELLED] = {2, {CAUSE_RAN_CANCELLED, CAUSE_LOSER_RECORDED}},
    [VIOLATION_STOLE_PINNED] = {1, {CAUSE_PINNED_IN_SIGHT}},
    [VIOLATION_TAKEN_UNPUSHED] = {1, {CAUSE_LATE_QUEUED}},
    [VIOLATION_NEVER_PUSHED] = {2, {CAUSE_MISSING_QUEUED, CAUSE_WRONG_QUEUE}},
    [VIOLATION_NOT_RUN] = {2, {CAUSE_MISSING_SUSPENDED, CAUSE_MISSING_START}},
    [VIOLATION_BACKWARDS] = {2, {CAUSE_SHARED_WORKER, CAUSE_CLOCK_SKEW}},
    [VIOLATION_NO_TASK] = {1, {CAUSE_NO_HANDLE}},
    [VIOLATION_SLOW] = {3, {CAUSE_DESCHEDULED, CAUSE_VICTIM_LOCKED, CAUSE_EARLY_START}},
    [VIOLATION_SLEPT] = {2, {CAUSE_LOST_WAKEUP, CAUSE_FEW_WOKEN}},
    [VIOLATION_TOLD_EMPTY] = {3, {CAUSE_STALE_INDICES, CAUSE_LATE_PUBLICATION, CAUSE_WRONG_REASON}},
};

/* Where the evidence does not say: what usually causes the kind. */
static void blame_kind(struct violation *v)
{
	switch (v->kind) {
	case WSC_VIOLATION_MULTIPLE_OWNERS:
		blame(v, CAUSE_STALE_CAS);
		blame(v, CAUSE_MISSING_FENCE);
		blame(v, CAUSE_HANDLE_KEPT);
		break;
	case WSC_VIOLATION_DOUBLE_EXECUTION:
		blame(v, CAUSE_STALE_CAS);
		blame(v, CAUSE_PUSHED_TWICE);
		blame(v, CAUSE_UNCLAIMED_RUN);
		break;
	case WSC_VIOLATION_LOST_WORK:
	case WSC_VIOLATION_STALLED_WORK:
		blame(v, CAUSE_LOST_PUSH);
		blame(v, CAUSE_LOST_WAKEUP);
		blame(v, CAUSE_UNRECORDED_RUN);
		break;
	case WSC_VIOLATION_EXEC_AFTER_CANCEL:
		blame(v, CAUSE_RAN_CANCELLED);
		break;
	case WSC_VIOLATION_UNFINISHED_EXECUTION:
		blame(v, CAUSE_MISSING_COMPLETE);
		break;
	default:
		blame(v, CAUSE_MISSING_QUEUED);
		blame(v, CAUSE_MISSING_START);
		break;
	}
}

static void blame_usual(struct violation *v)
{
	if ((size_t)v->what >= sizeof(usual) / sizeof(*usual))
		return;
	for (unsigned i = 0; i < usual[v->what].count; i++)
		blame(v, (enum cause)usual[v->what].causes[i]);
}

static void find_causes(const struct conclusion *c, struct violation *v)
{
	switch (v->what) {
	case VIOLATION_TWO_TAKES:
		blame_two_takes(c, v);
		break;
	case VIOLATION_PUSHED_AGAIN:
		blame_pushes(c, v);
		break;
	case VIOLATION_PUSHED_WHILE_HELD:
		if (is_start(rival_of(v)))
			blame_push_of_running(v);
		else
			blame_pushes(c, v);
		break;
	case VIOLATION_RUN_AT_ONCE:
		blame_run_at_once(c, v);
		break;
	case VIOLATION_RUN_AGAIN:
		blame_run_again(v);
		break;
	case VIOLATION_RUN_UNTAKEN:
		blame_untaken(v);
		break;
	case VIOLATION_UNFINISHED:
	case VIOLATION_NOT_RESUMED:
		blame_unfinished(c, v);
		break;
	case VIOLATION_UNTOLD:
		blame_kind(v);
		break;
	case VIOLATION_DROPPED:
		blame(v, is_steal(proof_of(v)) ? CAUSE_DROPPED_LOOT : CAUSE_DROPPED_TAKE);
		blame(v, CAUSE_UNRECORDED_RUN);
		break;
	case VIOLATION_LEFT:
		blame_left(c, v);
		break;
	case VIOLATION_OUT_OF_TURN:
		blame_order(c, v);
		break;
	case VIOLATION_COMPLETED_ELSEWHERE:
		if (proof_of(v)->kind == WSC_EV_SUSPENDED)
			blame(v, CAUSE_UNRECORDED_MOVE);
		blame_usual(v);
		break;
	case VIOLATION_NOT_STARTED:
		blame_not_started(c, v);
		break;
	default:
		blame_usual(v);
		break;
	}
}

/*
 * Who leads a group: what is declared wrongly explains the rest; a double take explains a second run and a lost push, not
 * the other way round.
 */
static int rank(const struct violation *v)
{
	if (v->standing_for > 0)
		return 5;
	switch (v->what) {
	case VIOLATION_TWO_TAKES:
		return 4;
	case VIOLATION_TAKEN_UNPUSHED:
	case VIOLATION_PUSHED_AGAIN:
	case VIOLATION_PUSHED_WHILE_HELD:
		return 3;
	case VIOLATION_UNTOLD:
		return 0;
	default:
		return wsc_violation_severity(v->kind) == WSC_SEVERITY_ERROR ? 2 : 1;
	}
}

static bool share_causes(struct conclusion *c)
{
	size_t count = c->result->violation_count;
	uint32_t *leader = calloc(count + 1, sizeof(*leader)); /* 1 + a report, by the group's first */
	if (leader == NULL)
		return false;
	for (uint32_t i = 0; i < count; i++) {
		uint32_t *of = &leader[group_of(c, i)];
		if (*of == 0 || rank(&c->result->violations[i]) > rank(&c->result->violations[*of - 1]))
			*of = i + 1;
	}
	for (uint32_t i = 0; i < count; i++) {
		struct violation *v = &c->result->violations[i];
		const struct violation *led = &c->result->violations[leader[group_of(c, i)] - 1];
		if (v == led)
			continue;
		memcpy(v->causes, led->causes, sizeof(v->causes));
		v->cause_count = led->cause_count;
	}
	free(leader);
	return true;
}

/* Stories with an error come first, then by the time of their first report. */
static bool number_stories(struct conclusion *c)
{
	size_t count = c->result->violation_count;
	uint32_t next = 0;
	bool *grave = calloc(count + 1, sizeof(*grave));
	if (grave == NULL)
		return false;
	for (uint32_t i = 0; i < count; i++)
		grave[group_of(c, i)] |= wsc_violation_severity(c->result->violations[i].kind) == WSC_SEVERITY_ERROR;
	for (int round = 0; round < 2; round++) {
		for (uint32_t i = 0; i < count; i++) {
			uint32_t first = group_of(c, i);
			if (grave[first] != (round == 0))
				continue;
			if (i == first)
				c->result->violations[i].story = ++next;
			else
				c->result->violations[i].story = c->result->violations[first].story;
		}
	}
	free(grave);
	return true;
}

enum wsc_status diagnosis_conclude(const struct diagnosis_rules *rules, struct analysis_result *result)
{
	struct conclusion c = {.rules = rules, .result = result};
	c.group = calloc(result->violation_count + 1, sizeof(*c.group));
	bool ok = c.group != NULL;
	for (uint32_t i = 0; ok && i < result->violation_count; i++)
		c.group[i] = i;
	ok = ok && join_tasks(&c) && join_lost_pushes(&c);
	if (ok)
		count_population(&c);
	for (size_t i = 0; ok && i < result->violation_count; i++) {
		blame_declaration(&result->violations[i]);
		find_causes(&c, &result->violations[i]);
	}
	ok = ok && share_causes(&c) && number_stories(&c);
	free(c.group);
	return ok ? WSC_OK : WSC_NOMEM;
}
