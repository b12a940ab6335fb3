/* SPDX-License-Identifier: MIT */
/* What the evidence of one report shows. The causes are in conclusion.c. */
#include "diagnosis.h"

enum { STAYS_MAX = 8 };

/* One time in a queue. Places are 1 + the number of an event; 0: none. */
struct stay {
	uint32_t queue;
	size_t push, take;
};

/* The task's history as it is walked through; plainer than the ownership machine, which has decided already. */
struct walk {
	const struct diagnosis_rules *rules;
	struct violation *v;
	struct open_ends ends;        /* tags are places */
	struct stay stays[STAYS_MAX]; /* the latest ones, oldest first */
	unsigned stay_count;
	size_t last_run, last_stop, cancelled; /* of this life */
	size_t last_failed;                    /* the latest push that was taken back */
	bool is_slot;
	bool found;
	bool doubt; /* what was taken may have been the entry of a cancelled life */
};

static const struct wsc_event *at(const struct walk *walk, size_t place)
{
	return &walk->v->events[place - 1];
}

static struct told told_at(const struct violation *v, size_t place)
{
	return (struct told){.event = v->events[place - 1], .span = v->spans[place - 1], .tag = place};
}

static const struct open_end *latest(const struct walk *walk, unsigned role)
{
	return open_ends_latest(&walk->ends, role, NULL);
}

static size_t begin_of(const struct open_end *end)
{
	return (size_t)end->begin.tag;
}

/* The first thing out of order, up to the stamp that proves the report, is what it is about. */
static void found_in(struct walk *walk, const struct stay *stay, enum violation_what what, size_t proof, size_t rival)
{
	struct violation *v = walk->v;
	uint64_t ts = at(walk, proof)->ts;
	bool may_fall = walk->doubt || v->condition == VIOLATION_IF_REUSED; /* as a report for it did */
	if (walk->found || ts > v->ts || (may_fall && ts < v->ts))
		return;
	walk->found = true;
	v->what = what;
	v->proof = proof;
	v->rival = rival;
	v->push = stay == NULL ? 0 : stay->push;
	v->waits_in = stay == NULL ? v->queue : stay->queue;
}

/* Whether it is the event that was reported. */
static bool proves(const struct walk *walk, size_t place)
{
	return at(walk, place)->ts == walk->v->ts;
}

/* ... about the latest stay. */
static void found(struct walk *walk, enum violation_what what, size_t proof, size_t rival)
{
	found_in(walk, walk->stay_count == 0 ? NULL : &walk->stays[walk->stay_count - 1], what, proof, rival);
}

static void add_stay(struct walk *walk, uint32_t queue, size_t push, size_t take)
{
	if (walk->stay_count == STAYS_MAX) {
		for (unsigned i = 1; i < STAYS_MAX; i++)
			walk->stays[i - 1] = walk->stays[i];
		walk->stay_count--;
	}
	walk->stays[walk->stay_count++] = (struct stay){.queue = queue, .push = push, .take = take};
}

static void end_stay(struct walk *walk, size_t push, size_t take)
{
	for (unsigned i = 0; i < walk->stay_count; i++) {
		if (walk->stays[i].push == push)
			walk->stays[i].take = take;
	}
}

static void on_queued(struct walk *walk, size_t place)
{
	const struct wsc_event *e = at(walk, place);
	const struct open_end *push = latest(walk, VIOLATION_OPEN_PUSH), *held = latest(walk, VIOLATION_OPEN_HELD),
	                      *run = latest(walk, VIOLATION_OPEN_RUN), *away = latest(walk, VIOLATION_OPEN_AWAY);
	bool is_new = walk->is_slot || (push == NULL && held == NULL && away == NULL);
	if (!walk->is_slot && push != NULL)
		found(walk, VIOLATION_PUSHED_AGAIN, place, begin_of(push));
	else if (!walk->is_slot && held != NULL && held->begin.event.worker != e->worker)
		found(walk, VIOLATION_PUSHED_WHILE_HELD, place, begin_of(held));
	else if (run != NULL && walk->rules->header->identity == WSC_IDENTITY_UNIQUE)
		found(walk, VIOLATION_PUSHED_WHILE_HELD, place, begin_of(run));
	add_stay(walk, e->queue, place, 0);
	walk->cancelled = 0;
	if (is_new && !walk->is_slot)
		walk->last_run = walk->last_stop = 0;
}

static bool is_start(const struct wsc_event *e)
{
	return e->kind == WSC_EV_EXEC_START || e->kind == WSC_EV_RESUMED;
}

static bool takes_out(const struct wsc_event *e)
{
	return e->kind == WSC_EV_STEAL_SUCCESS || e->kind == WSC_EV_DEQUEUED || is_start(e);
}

/*
 * Whether the push, recorded after the take, is the one that was taken: by another, during the taker's run or before it, and
 * nobody else has the task meanwhile.
 */
static bool is_late(const struct walk *walk, size_t take, size_t push)
{
	uint32_t taker = at(walk, take)->worker;
	bool started = false;
	for (size_t i = take + 1; i < push; i++) {
		const struct wsc_event *e = at(walk, i);
		if (e->task == walk->v->task && (e->worker != taker || e->kind == WSC_EV_EXEC_COMPLETE))
			return false;
		started |= is_start(e);
	}
	for (size_t i = push + 1; i <= walk->v->event_count && !started; i++) {
		const struct wsc_event *e = at(walk, i);
		if (e->task == walk->v->task && takes_out(e))
			return e->worker == taker && is_start(e);
	}
	return at(walk, push)->worker != taker;
}

/* Whether another's push and the take are of one group of stamps, each too close to the next to be ordered. */
static bool is_beside(const struct walk *walk, size_t take, size_t push)
{
	bool close = at(walk, push)->worker != at(walk, take)->worker;
	for (size_t i = take; i < push && close; i++)
		close = at(walk, i + 1)->ts - at(walk, i)->ts <= walk->rules->uncertainty;
	return close;
}

/* The push that the take took, if it is recorded later; or 0. */
static size_t late_push(const struct walk *walk, size_t take, uint32_t queue)
{
	for (size_t i = take + 1; i <= walk->v->event_count; i++) {
		const struct wsc_event *e = at(walk, i);
		if (e->kind == WSC_EV_QUEUED && e->task == walk->v->task && e->queue == queue)
			return is_late(walk, take, i) || is_beside(walk, take, i) ? i : 0;
	}
	return 0;
}

/* A slot was used again though something waited in it, and no take explains that. */
static void found_reuse(struct walk *walk, const struct open_end *push)
{
	const struct stay stay = {.queue = push->begin.event.queue, .push = begin_of(push)};
	bool queued = push->other.event.kind == WSC_EV_QUEUED;
	found_in(walk, &stay, queued ? VIOLATION_PUSHED_AGAIN : VIOLATION_RUN_UNTAKEN, (size_t)push->other.tag,
	         stay.push);
}

static bool is_stale(const struct walk *walk, uint32_t queue)
{
	for (unsigned i = 0; i < walk->ends.count; i++) {
		const struct open_end *end = &walk->ends.list[i];
		if (end->role == VIOLATION_OPEN_STALE && end->other.event.queue == queue)
			return true;
	}
	return false;
}

/* A take out of a queue where the task was not seen to wait. */
static void on_wrong_take(struct walk *walk, size_t place)
{
	const struct wsc_event *e = at(walk, place);
	const struct open_end *push = latest(walk, VIOLATION_OPEN_PUSH), *held = latest(walk, VIOLATION_OPEN_HELD),
	                      *run = latest(walk, VIOLATION_OPEN_RUN), *late = open_ends_reused(&walk->ends, &e->queue);
	const struct stay *taken = NULL;
	size_t later = late_push(walk, place, e->queue);
	size_t before = held != NULL ? begin_of(held) : run != NULL ? begin_of(run) : walk->last_stop;
	before = before != 0 ? before : walk->last_failed;
	for (unsigned i = walk->stay_count; i-- > 0 && taken == NULL;) {
		if (walk->stays[i].queue == e->queue && walk->stays[i].take != 0)
			taken = &walk->stays[i];
	}
	if (late != NULL)
		found_reuse(walk, late);
	else if (push == NULL && held == NULL && run == NULL && later != 0)
		found(walk, VIOLATION_TAKEN_UNPUSHED, place, later);
	else if (taken != NULL)
		found_in(walk, taken, VIOLATION_TWO_TAKES, place, taken->take);
	else if (push != NULL)
		found(walk, VIOLATION_WRONG_QUEUE, place, begin_of(push));
	else if (before != 0)
		found(walk, VIOLATION_TAKEN_ELSEWHERE, place, before);
	else if (!walk->ends.incomplete && walk->stay_count == 0)
		found(walk, VIOLATION_NEVER_PUSHED, place, 0);
}

/* A take that names its queue. */
static void on_take(struct walk *walk, size_t place, const struct told *told)
{
	const struct open_end *push = open_ends_taken(&walk->ends, walk->rules, told);
	bool stale = is_stale(walk, told->event.queue);
	walk->doubt |= stale;
	if (push != NULL)
		end_stay(walk, begin_of(push), place);
	else if (!stale || proves(walk, place))
		on_wrong_take(walk, place);
}

/* Whether what was taken may have been a cancelled life's entry, so that the event, which is not what is reported, is legal. */
static bool may_be_dead(const struct walk *walk, const struct stay *stay, size_t place)
{
	const struct open_end *held = latest(walk, VIOLATION_OPEN_HELD);
	return !proves(walk, place) && held != NULL && begin_of(held) == stay->take &&
	       open_ends_doubts(&walk->ends, held);
}

/* A start of the task that its worker had not been seen to take. */
static void on_untaken(struct walk *walk, size_t place)
{
	const struct wsc_event *e = at(walk, place);
	const struct open_end *push = latest(walk, VIOLATION_OPEN_PUSH), *held = latest(walk, VIOLATION_OPEN_HELD),
	                      *run = latest(walk, VIOLATION_OPEN_RUN);
	for (unsigned i = walk->stay_count; i-- > 0;) {
		struct stay *taken = &walk->stays[i];
		if (taken->take == 0 || !diagnosis_may_take(walk->rules->header, taken->queue, e->worker) ||
		    (i + 1 < walk->stay_count && at(walk, taken->take)->worker == e->worker))
			continue;
		if (may_be_dead(walk, taken, place))
			taken->take = place;
		else
			found_in(walk, taken, VIOLATION_TWO_TAKES, place, taken->take);
		return;
	}
	if (run != NULL)
		found(walk, VIOLATION_RUN_AT_ONCE, place, begin_of(run));
	else if (held != NULL || push != NULL)
		found(walk, VIOLATION_RUN_UNTAKEN, place, begin_of(held != NULL ? held : push));
	else if (walk->last_run != 0 && (walk->stay_count > 0 || proves(walk, place))) /* else it is inline, again */
		found(walk, VIOLATION_RUN_AGAIN, place, walk->last_run);
}

/* One that goes on though nothing of the task had been suspended. */
static void on_wrong_resume(struct walk *walk, size_t place)
{
	const struct open_end *run = latest(walk, VIOLATION_OPEN_RUN);
	if (run != NULL)
		found(walk, VIOLATION_RUN_AT_ONCE, place, begin_of(run));
	else if (walk->last_run != 0)
		found(walk, VIOLATION_RUN_AGAIN, place, walk->last_run);
	else if (!walk->ends.incomplete)
		found(walk, VIOLATION_NOT_RUN, place, 0);
}

static void on_start(struct walk *walk, size_t place, const struct told *told)
{
	const struct wsc_event *e = &told->event;
	const struct open_end *run = latest(walk, VIOLATION_OPEN_RUN), *away = latest(walk, VIOLATION_OPEN_AWAY);
	const struct open_end *push = open_ends_taken(&walk->ends, walk->rules, told);
	bool holds = open_ends_latest(&walk->ends, VIOLATION_OPEN_HELD, &e->worker) != NULL;
	bool nowhere = latest(walk, VIOLATION_OPEN_PUSH) == NULL && latest(walk, VIOLATION_OPEN_HELD) == NULL;
	bool ran = walk->v->kind == WSC_VIOLATION_DOUBLE_EXECUTION && walk->last_run != 0;
	bool convicts = walk->v->kind == WSC_VIOLATION_EXEC_AFTER_CANCEL && proves(walk, place);
	bool cancelled = !walk->is_slot && walk->cancelled != 0 && !ran;
	if (cancelled && run == NULL && (nowhere || convicts) && away == NULL)
		found(walk, VIOLATION_RAN_CANCELLED, place, walk->cancelled);
	else if (e->kind == WSC_EV_RESUMED && away == NULL)
		on_wrong_resume(walk, place);
	else if (!walk->is_slot && !holds && push == NULL && !(away != NULL && nowhere))
		on_untaken(walk, place);
	if (run != NULL && !walk->is_slot)
		found(walk, VIOLATION_RUN_AT_ONCE, place, begin_of(run));
	if (push != NULL && !holds)
		end_stay(walk, begin_of(push), place);
	walk->last_run = place;
	walk->cancelled = 0;
}

static void on_end_of_run(struct walk *walk, size_t place)
{
	const struct wsc_event *e = at(walk, place);
	const struct open_end *run = latest(walk, VIOLATION_OPEN_RUN);
	if (open_ends_latest(&walk->ends, VIOLATION_OPEN_RUN, &e->worker) == NULL) {
		if (run != NULL)
			found(walk, VIOLATION_COMPLETED_ELSEWHERE, place, begin_of(run));
		else if (!walk->ends.incomplete)
			found(walk, VIOLATION_NOT_STARTED, place, walk->last_stop);
	}
	walk->last_stop = place;
}

static void on_push_failed(struct walk *walk, size_t place)
{
	const struct wsc_event *e = at(walk, place);
	const struct stay *stay = walk->stay_count == 0 ? NULL : &walk->stays[walk->stay_count - 1];
	const struct open_end *push = latest(walk, VIOLATION_OPEN_PUSH);
	if ((push == NULL || push->begin.event.queue != e->queue) && !is_stale(walk, e->queue) &&
	    !walk->ends.incomplete)
		found(walk, VIOLATION_FAILED_UNPUSHED, place, 0);
	if (stay != NULL && stay->queue == e->queue && stay->take == 0)
		walk->stay_count--;
	walk->last_failed = place;
}

static void on_cancelled(struct walk *walk, size_t place, const struct told *told)
{
	const struct open_end *dropped = open_ends_dropped(&walk->ends, told);
	if (dropped != NULL)
		end_stay(walk, (size_t)dropped->other.tag, 0);
	if (latest(walk, VIOLATION_OPEN_RUN) == NULL)
		walk->cancelled = place;
}

/* A history of a deque alone: of runs it knows at most that they began with a take. */
static bool is_run_beside_deque(const struct walk *walk, const struct wsc_event *e)
{
	return walk->rules->header->scope == WSC_SCOPE_DEQUE && e->kind != WSC_EV_QUEUED &&
	       e->kind != WSC_EV_STEAL_SUCCESS && e->kind != WSC_EV_DEQUEUED;
}

static void judge(struct walk *walk, size_t place, const struct told *told)
{
	if (is_run_beside_deque(walk, &told->event))
		return;
	switch (told->event.kind) {
	case WSC_EV_QUEUED:
		on_queued(walk, place);
		break;
	case WSC_EV_PUSH_FAILED:
		on_push_failed(walk, place);
		break;
	case WSC_EV_STEAL_SUCCESS:
	case WSC_EV_DEQUEUED:
		on_take(walk, place, told);
		break;
	case WSC_EV_EXEC_START:
	case WSC_EV_RESUMED:
		on_start(walk, place, told);
		break;
	case WSC_EV_EXEC_COMPLETE:
	case WSC_EV_SUSPENDED:
		on_end_of_run(walk, place);
		break;
	case WSC_EV_CANCELLED:
		on_cancelled(walk, place, told);
		break;
	default:
		break;
	}
}

/* What was under way before what is told. */
static void restore(struct walk *walk)
{
	struct told list[OPEN_ENDS_EVENTS_MAX];
	size_t count = 0;
	for (size_t i = 1; i <= walk->v->event_count && count < OPEN_ENDS_EVENTS_MAX; i++) {
		if (walk->v->spans[i - 1].open != 0)
			list[count++] = told_at(walk->v, i);
	}
	open_ends_restore(&walk->ends, list, count);
	for (unsigned i = 0; i < walk->ends.count; i++) {
		const struct open_end *end = &walk->ends.list[i];
		if (end->role == VIOLATION_OPEN_PUSH)
			add_stay(walk, end->begin.event.queue, begin_of(end), 0);
		else if (end->role == VIOLATION_OPEN_HELD && end->other.event.kind != 0)
			add_stay(walk, end->other.event.queue, (size_t)end->other.tag, begin_of(end));
		else if (end->role == VIOLATION_OPEN_RUN)
			walk->last_run = begin_of(end);
	}
}

static bool names_worker(const struct violation *v, uint32_t worker)
{
	for (unsigned i = 0; i < v->worker_count; i++) {
		if (v->workers[i] == worker)
			return true;
	}
	return false;
}

/* The oldest of that role: of a take that was not followed up, by one of the report's workers. */
static const struct open_end *oldest(const struct walk *walk, unsigned role)
{
	for (unsigned i = 0; i < walk->ends.count; i++) {
		const struct open_end *end = &walk->ends.list[i];
		if (end->role == role &&
		    (role != VIOLATION_OPEN_HELD || names_worker(walk->v, end->begin.event.worker)) &&
		    (role != VIOLATION_OPEN_PUSH || end->other.event.kind == 0))
			return end;
	}
	return NULL;
}

static void tell_end(struct violation *v, enum violation_what what, const struct open_end *end)
{
	v->what = what;
	v->proof = begin_of(end);
	v->rival = 0;
}

/* What became of the task at the end of its evidence. */
static void read_end(struct walk *walk)
{
	struct violation *v = walk->v;
	const struct open_end *run = oldest(walk, VIOLATION_OPEN_RUN), *away = oldest(walk, VIOLATION_OPEN_AWAY),
	                      *push = oldest(walk, VIOLATION_OPEN_PUSH), *held = oldest(walk, VIOLATION_OPEN_HELD),
	                      *reused = open_ends_reused(&walk->ends, NULL);
	walk->found = walk->doubt = false;
	v->what = VIOLATION_UNTOLD;
	v->proof = v->rival = v->push = 0;
	if (v->kind == WSC_VIOLATION_UNFINISHED_EXECUTION) {
		if (run != NULL)
			tell_end(v, VIOLATION_UNFINISHED, run);
		else if (away != NULL)
			tell_end(v, VIOLATION_NOT_RESUMED, away);
	} else if (v->kind == WSC_VIOLATION_STALLED_WORK && reused != NULL && push == NULL) {
		found_reuse(walk, reused);
	} else if (push != NULL) {
		tell_end(v, VIOLATION_LEFT, push);
		v->waits_in = push->begin.event.queue;
	} else if (held != NULL) {
		tell_end(v, VIOLATION_DROPPED, held);
		v->push = (size_t)held->other.tag;
	}
}

/*
 * Where nothing was out of order yet: a slot that something waited in was used again, and no take of it came. Or a queue is
 * owned by the worker of its id, which the trace does not name.
 */
static void read_owed(struct walk *walk)
{
	const struct violation *v = walk->v;
	const struct open_end *reused = open_ends_reused(&walk->ends, NULL);
	if (v->kind != WSC_VIOLATION_MULTIPLE_OWNERS || walk->found)
		return;
	if (reused != NULL) {
		found_reuse(walk, reused);
		return;
	}
	for (unsigned i = 0; i < walk->stay_count; i++) {
		const struct stay *stay = &walk->stays[i];
		const struct wsc_event *take = stay->take == 0 ? NULL : at(walk, stay->take);
		if (take != NULL && take->ts == v->ts && take->kind == WSC_EV_EXEC_START &&
		    take->worker != stay->queue && names_worker(v, stay->queue))
			found_in(walk, stay, VIOLATION_RUN_UNTAKEN, stay->take, stay->push);
	}
}

/* The report is about the life of one task. */
static void read_life(const struct diagnosis_rules *rules, struct violation *v)
{
	struct walk walk = {.rules = rules, .v = v, .is_slot = rules->header->identity == WSC_IDENTITY_RECYCLED};
	v->what = VIOLATION_UNTOLD;
	v->proof = v->rival = v->push = 0;
	restore(&walk);
	for (size_t i = 1; i <= v->event_count; i++) {
		struct told told = told_at(v, i);
		if (told.event.task != v->task || told.span.open != 0)
			continue;
		judge(&walk, i, &told);
		open_ends_step(&walk.ends, rules, &told);
	}
	if (v->kind == WSC_VIOLATION_LOST_WORK || v->kind == WSC_VIOLATION_STALLED_WORK ||
	    v->kind == WSC_VIOLATION_UNFINISHED_EXECUTION)
		read_end(&walk);
	else
		read_owed(&walk);
}

/* A start may be from any queue. */
static bool is_of_queue(const struct violation *v, const struct wsc_event *e)
{
	bool starts = e->kind == WSC_EV_EXEC_START || e->kind == WSC_EV_RESUMED;
	return starts || !v->has_queue || e->queue == v->queue;
}

/* The take of a stay in the report's queue that began by then: the first after its push; of a worker, if one is given. */
static size_t take_of(const struct violation *v, uint64_t task, const uint32_t *worker, size_t *push)
{
	*push = 0;
	for (size_t i = 0; i < v->event_count; i++) {
		const struct wsc_event *e = &v->events[i];
		if (e->task != task || !is_of_queue(v, e))
			continue;
		if (e->kind == WSC_EV_QUEUED && *push == 0)
			*push = i + 1;
		else if (takes_out(e) && *push != 0 && (worker == NULL || e->worker == *worker))
			return i + 1;
	}
	return 0;
}

/* The first event of that kind and worker; with `ts`, at that stamp. */
static size_t event_of(const struct violation *v, unsigned kind, const uint64_t *ts)
{
	for (size_t i = 0; i < v->event_count; i++) {
		const struct wsc_event *e = &v->events[i];
		if (e->kind == kind && e->worker == v->workers[0] && (ts == NULL || e->ts == *ts))
			return i + 1;
	}
	return 0;
}

/* A protocol violation of a worker and no task. */
static void read_worker(struct violation *v)
{
	v->what = v->since < v->ts ? VIOLATION_BACKWARDS : VIOLATION_NO_TASK;
	for (size_t i = 0; i < v->event_count; i++) {
		const struct wsc_event *e = &v->events[i];
		bool proves = v->what == VIOLATION_BACKWARDS || (e->task == 0 && e->kind != WSC_EV_STEAL_START);
		if (e->ts == v->since && proves)
			v->proof = i + 1;
		else if (e->ts == v->ts)
			v->rival = i + 1;
	}
}

/* The latest push before event `end` that pinned the task in the queue of the report; 0: none is known. */
static size_t pinned_before(const struct violation *v, size_t end)
{
	for (size_t i = end; i-- > 0;) {
		const struct wsc_event *e = &v->events[i];
		if (e->kind == WSC_EV_QUEUED && e->queue == v->queue && (e->flags & WSC_FLAG_PINNED) != 0)
			return i + 1;
	}
	return 0;
}

/* A pinned task that was stolen: by a steal with the report's stamp, before which a slot may have been used again. */
static void read_stolen_pinned(struct violation *v)
{
	v->what = VIOLATION_STOLE_PINNED;
	v->rival = 0;
	v->proof = event_of(v, WSC_EV_STEAL_SUCCESS, &v->ts);
	if (v->proof != 0)
		v->push = pinned_before(v, v->proof);
	else
		v->proof = take_of(v, v->task, NULL, &v->push);
}

/* The kinds whose events are known from the report. */
static bool read_plain(struct violation *v)
{
	size_t push;
	switch (v->kind) {
	case WSC_VIOLATION_ORDERING_VIOLATION:
		if (v->other_task == 0) {
			read_stolen_pinned(v);
			return true;
		}
		v->what = VIOLATION_OUT_OF_TURN;
		v->proof = take_of(v, v->task, &v->workers[0], &push);
		v->rival = take_of(v, v->other_task, &v->workers[v->worker_count - 1], &v->push);
		return true;
	case WSC_VIOLATION_SLOW_STEAL:
		v->what = VIOLATION_SLOW;
		v->proof = event_of(v, WSC_EV_STEAL_SUCCESS, &v->ts);
		return true;
	case WSC_VIOLATION_IDLE_WHILE_WORK:
		v->what = VIOLATION_SLEPT;
		v->proof = event_of(v, WSC_EV_PARKED, &v->since);
		v->rival = take_of(v, v->task, NULL, &v->push);
		return true;
	case WSC_VIOLATION_FALSE_EMPTY:
		v->what = VIOLATION_TOLD_EMPTY;
		v->proof = event_of(v, WSC_EV_STEAL_FAILURE, &v->ts);
		v->rival = take_of(v, v->task, NULL, &v->push);
		return true;
	default:
		if (v->task != 0)
			return false;
		read_worker(v);
		return true;
	}
}

bool diagnosis_lacks_owner(const struct violation *v)
{
	return v->facts.owner_away_ts == VIOLATION_NO_OWNER && v->what == VIOLATION_RUN_UNTAKEN &&
	       v->waits_in == v->queue && v->rival != 0 && v->events[v->rival - 1].kind == WSC_EV_QUEUED;
}

size_t diagnosis_dead_take(const struct violation *v)
{
	size_t take = 0;
	if (v->what != VIOLATION_RUN_UNTAKEN || v->proof == 0)
		return 0;
	for (size_t i = v->proof - 1; i-- > 0;) {
		const struct wsc_event *e = &v->events[i];
		if (e->task != v->task || e->kind == WSC_EV_STEAL_START)
			continue;
		if (take != 0 && e->kind == WSC_EV_CANCELLED)
			return take;
		if (take == 0 && e->worker == v->events[v->proof - 1].worker) {
			if (e->kind != WSC_EV_STEAL_SUCCESS && e->kind != WSC_EV_DEQUEUED)
				return 0;
			take = i + 1;
		}
	}
	return 0;
}

void diagnosis_read(const struct diagnosis_rules *rules, struct violation *v)
{
	v->waits_in = v->queue; /* unless the evidence says more */
	if (!read_plain(v))
		read_life(rules, v);
}
