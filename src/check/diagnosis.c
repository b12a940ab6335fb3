/* SPDX-License-Identifier: MIT */
/* What the evidence of one report shows. The causes are in conclusion.c. */
#include "diagnosis.h"

enum { STAYS_MAX = 8, RUNS_MAX = 4 };

/* One time in a queue. Places are 1 + the number of an event; 0: none. */
struct stay {
	uint32_t queue;
	size_t push, take;
};

/* The task's life as it is walked through; plainer than the ownership machine, which has decided already. */
struct walk {
	const struct diagnosis_rules *rules;
	struct violation *v;
	struct stay stays[STAYS_MAX]; /* the latest ones, oldest first */
	unsigned stay_count;
	size_t runs[RUNS_MAX]; /* starts of those under way */
	unsigned run_count;
	size_t last_run, cancelled, suspended, completed;
	bool waits, held; /* in the queue of the last stay; by the worker that took it */
	uint32_t holder;
	bool found;
};

bool diagnosis_may_take(const struct trace_header *header, uint32_t queue, uint32_t worker)
{
	const struct trace_queue *declared = trace_header_queue(header, queue);
	if (declared == NULL)
		return queue == worker;
	if (declared->has_owner)
		return declared->owner == worker;
	return queue == worker || trace_header_worker(header, queue) == NULL;
}

static const struct wsc_event *at(const struct walk *walk, size_t place)
{
	return &walk->v->events[place - 1];
}

static struct stay *last_stay(struct walk *walk)
{
	return walk->stay_count == 0 ? NULL : &walk->stays[walk->stay_count - 1];
}

/* The first thing out of order, up to the stamp that proves the report, is what it is about. */
static void found(struct walk *walk, enum violation_what what, size_t proof, size_t rival)
{
	struct violation *v = walk->v;
	const struct stay *stay = last_stay(walk);
	if (walk->found || at(walk, proof)->ts > v->ts)
		return;
	walk->found = true;
	v->what = what;
	v->proof = proof;
	v->rival = rival;
	v->push = stay == NULL ? 0 : stay->push;
	v->waits_in = stay == NULL ? 0 : stay->queue;
}

static void two_takes(struct walk *walk, const struct stay *stay, size_t place)
{
	bool first = !walk->found;
	found(walk, VIOLATION_TWO_TAKES, place, stay->take);
	if (first && walk->found) {
		walk->v->push = stay->push;
		walk->v->waits_in = stay->queue;
	}
}

static bool runs_on(const struct walk *walk, uint32_t worker)
{
	for (unsigned i = 0; i < walk->run_count; i++) {
		if (at(walk, walk->runs[i])->worker == worker)
			return true;
	}
	return false;
}

static void end_run(struct walk *walk, uint32_t worker)
{
	for (unsigned i = walk->run_count; i-- > 0;) {
		if (at(walk, walk->runs[i])->worker != worker)
			continue;
		walk->runs[i] = walk->runs[--walk->run_count];
		return;
	}
}

static void on_queued(struct walk *walk, size_t place)
{
	const struct wsc_event *e = at(walk, place);
	bool unique = walk->rules->header->identity == WSC_IDENTITY_UNIQUE;
	bool left = walk->suspended != 0;
	if (walk->waits)
		found(walk, VIOLATION_PUSHED_AGAIN, place, last_stay(walk)->push);
	else if (walk->held && walk->holder != e->worker && !left)
		found(walk, VIOLATION_PUSHED_WHILE_HELD, place, last_stay(walk) ? last_stay(walk)->take : 0);
	else if (walk->run_count > 0 && unique)
		found(walk, VIOLATION_PUSHED_WHILE_HELD, place, walk->runs[walk->run_count - 1]);
	if (walk->stay_count == STAYS_MAX) {
		for (unsigned i = 1; i < STAYS_MAX; i++)
			walk->stays[i - 1] = walk->stays[i];
		walk->stay_count--;
	}
	walk->stays[walk->stay_count++] = (struct stay){.queue = e->queue, .push = place};
	walk->waits = true;
	walk->held = false;
	walk->cancelled = 0;
}

/* A push of the task on that queue is recorded later. */
static size_t later_push(const struct walk *walk, size_t place, uint32_t queue)
{
	for (size_t i = place + 1; i <= walk->v->event_count; i++) {
		const struct wsc_event *e = at(walk, i);
		if (e->kind == WSC_EV_QUEUED && e->task == walk->v->task && e->queue == queue)
			return i;
	}
	return 0;
}

/* A take that names its queue. */
static void on_take(struct walk *walk, size_t place)
{
	const struct wsc_event *e = at(walk, place);
	struct stay *stay = last_stay(walk), *taken = NULL;
	for (unsigned i = walk->stay_count; i-- > 0 && taken == NULL;) {
		if (walk->stays[i].queue == e->queue && walk->stays[i].take != 0)
			taken = &walk->stays[i];
	}
	bool legal = walk->waits && stay->queue == e->queue;
	if (stay == NULL) {
		size_t push = later_push(walk, place, e->queue);
		found(walk, push != 0 ? VIOLATION_TAKEN_UNPUSHED : VIOLATION_NEVER_PUSHED, place, push);
	} else if (!legal && walk->cancelled == 0) {
		if (taken != NULL)
			two_takes(walk, taken, place);
		else
			found(walk, VIOLATION_WRONG_QUEUE, place, stay->push);
	}
	if (legal)
		stay->take = place;
	if (!legal && walk->cancelled != 0)
		return;
	walk->waits = false;
	walk->held = true;
	walk->holder = e->worker;
}

/* A start of the task that its worker had not been seen to take. */
static void on_untaken(struct walk *walk, size_t place)
{
	const struct wsc_event *e = at(walk, place);
	const struct stay *stay = last_stay(walk);
	for (unsigned i = walk->stay_count; i-- > 0;) {
		const struct stay *taken = &walk->stays[i];
		if (taken->take == 0 || !diagnosis_may_take(walk->rules->header, taken->queue, e->worker))
			continue;
		two_takes(walk, taken, place);
		return;
	}
	if (walk->last_run != 0)
		found(walk, VIOLATION_RUN_AGAIN, place, walk->last_run);
	else if (stay != NULL && (walk->waits || walk->held))
		found(walk, VIOLATION_RUN_UNTAKEN, place, stay->take != 0 ? stay->take : stay->push);
}

static void on_start(struct walk *walk, size_t place)
{
	const struct wsc_event *e = at(walk, place);
	struct stay *stay = last_stay(walk);
	bool waits_for_it = walk->waits && diagnosis_may_take(walk->rules->header, stay->queue, e->worker);
	bool inline_again = stay == NULL && walk->run_count == 0;
	if (walk->cancelled != 0 && walk->run_count == 0)
		found(walk, VIOLATION_RAN_CANCELLED, place, walk->cancelled);
	else if (e->kind == WSC_EV_RESUMED && walk->last_run == 0)
		found(walk, VIOLATION_NOT_RUN, place, 0);
	else if (waits_for_it)
		stay->take = place;
	else if (!(walk->held && walk->holder == e->worker) && !inline_again && walk->suspended == 0)
		on_untaken(walk, place);
	if (walk->run_count > 0 && walk->rules->header->identity != WSC_IDENTITY_RECYCLED)
		found(walk, VIOLATION_RUN_AGAIN, place, walk->last_run);
	if (waits_for_it || (walk->held && walk->holder == e->worker))
		walk->waits = walk->held = false;
	if (walk->run_count < RUNS_MAX)
		walk->runs[walk->run_count++] = place;
	walk->last_run = place;
	walk->suspended = 0;
}

static void on_end_of_run(struct walk *walk, size_t place)
{
	const struct wsc_event *e = at(walk, place);
	if (!runs_on(walk, e->worker)) {
		if (walk->run_count > 0)
			found(walk, VIOLATION_COMPLETED_ELSEWHERE, place, walk->runs[walk->run_count - 1]);
		else
			found(walk, VIOLATION_NOT_STARTED, place, walk->completed);
	}
	end_run(walk, e->worker);
	walk->suspended = e->kind == WSC_EV_SUSPENDED ? place : 0;
	walk->completed = place;
}

static void step(struct walk *walk, size_t place)
{
	switch (at(walk, place)->kind) {
	case WSC_EV_QUEUED:
		on_queued(walk, place);
		break;
	case WSC_EV_PUSH_FAILED:
		walk->waits = false;
		walk->stay_count -= walk->stay_count > 0;
		break;
	case WSC_EV_STEAL_SUCCESS:
	case WSC_EV_DEQUEUED:
		on_take(walk, place);
		break;
	case WSC_EV_EXEC_START:
	case WSC_EV_RESUMED:
		on_start(walk, place);
		break;
	case WSC_EV_EXEC_COMPLETE:
	case WSC_EV_SUSPENDED:
		on_end_of_run(walk, place);
		break;
	case WSC_EV_CANCELLED:
		if (walk->run_count == 0) {
			walk->cancelled = place;
			walk->waits = walk->held = false;
		}
		break;
	default:
		break;
	}
}

/* What became of the task at the end of its evidence. */
static void read_end(struct walk *walk)
{
	struct violation *v = walk->v;
	const struct stay *stay = last_stay(walk);
	walk->found = false;
	if (v->kind == WSC_VIOLATION_UNFINISHED_EXECUTION) {
		bool away = walk->suspended != 0;
		v->what = away ? VIOLATION_NOT_RESUMED : VIOLATION_UNFINISHED;
		v->proof = away ? walk->suspended : walk->last_run;
	} else if (walk->waits) {
		v->what = VIOLATION_LEFT;
		v->proof = stay->push;
		v->waits_in = stay->queue;
	} else if (stay != NULL && stay->take != 0) {
		v->what = VIOLATION_DROPPED;
		v->proof = stay->take;
		v->push = stay->push;
	}
}

/* The take of a stay that began by then: the first after its push. */
static size_t take_of(const struct violation *v, uint64_t task, size_t *push)
{
	*push = 0;
	for (size_t i = 0; i < v->event_count; i++) {
		const struct wsc_event *e = &v->events[i];
		bool take = e->kind == WSC_EV_STEAL_SUCCESS || e->kind == WSC_EV_DEQUEUED ||
		            e->kind == WSC_EV_EXEC_START || e->kind == WSC_EV_RESUMED;
		if (e->task != task)
			continue;
		if (e->kind == WSC_EV_QUEUED && *push == 0)
			*push = i + 1;
		else if (take && *push != 0)
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
		v->proof = take_of(v, v->task, &v->push);
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
		v->proof = take_of(v, v->task, &push);
		v->rival = take_of(v, v->other_task, &v->push);
		return true;
	case WSC_VIOLATION_SLOW_STEAL:
		v->what = VIOLATION_SLOW;
		v->proof = event_of(v, WSC_EV_STEAL_SUCCESS, &v->ts);
		return true;
	case WSC_VIOLATION_IDLE_WHILE_WORK:
		v->what = VIOLATION_SLEPT;
		v->proof = event_of(v, WSC_EV_PARKED, &v->since);
		v->rival = take_of(v, v->task, &v->push);
		return true;
	case WSC_VIOLATION_FALSE_EMPTY:
		v->what = VIOLATION_TOLD_EMPTY;
		v->proof = event_of(v, WSC_EV_STEAL_FAILURE, &v->ts);
		v->rival = take_of(v, v->task, &v->push);
		return true;
	default:
		if (v->task != 0)
			return false;
		read_worker(v);
		return true;
	}
}

void diagnosis_read(const struct diagnosis_rules *rules, struct violation *v)
{
	struct walk walk = {.rules = rules, .v = v};
	v->waits_in = v->queue; /* unless the evidence says more */
	if (read_plain(v))
		return;
	for (size_t i = 1; i <= v->event_count; i++) {
		if (v->events[i - 1].task == v->task)
			step(&walk, i);
	}
	if (v->kind == WSC_VIOLATION_LOST_WORK || v->kind == WSC_VIOLATION_STALLED_WORK ||
	    v->kind == WSC_VIOLATION_UNFINISHED_EXECUTION)
		read_end(&walk);
}
