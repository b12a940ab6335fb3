/* SPDX-License-Identifier: MIT */
#include "story.h"

#include <stdlib.h>
#include <string.h>

#include "array.h"
#include "diagnosis.h"
#include "id_map.h"
#include "stream.h"

enum { BEFORE_MAX = STORY_TOLD_MAX * 3 / 4, AFTER_MAX = STORY_TOLD_MAX - BEFORE_MAX };
#define NONE UINT32_MAX

/*
 * One report's evidence while it is gathered: the latest events up to its proof, in a ring, then the first after it. The tag
 * of an event is how many pushes the report's queue had seen by then.
 */
struct story {
	struct open_ends past; /* what was under way of its task before the events in the ring */
	struct told before[BEFORE_MAX], after[AFTER_MAX];
	unsigned before_count, after_count; /* before_count: ever put into the ring */
	uint64_t start;                     /* serial of the latest attempt's start that was told; 0: none */
	uint32_t queue;                     /* number of the report's queue in story_pass.queues, or NONE */
	uint32_t task;                      /* number of the report's task in story_pass.tasks, or NONE */
	bool begun;                         /* `past` is that of the task when the first event was told */
	bool cut;
};

/* One more report behind a key: a task, or a worker at a stamp. Lists through story_pass.links. */
struct story_link {
	uint32_t story, next;
};

/* A push that is told, whose end is the worker's next stamp. */
struct open_push {
	uint32_t story;
	bool after;
	unsigned place;
};

struct story_worker {
	struct stream stream;
	struct told start; /* of the attempt that is open, or of the batch that goes on; kind 0: none */
	uint64_t previous_ts, lower, away_ts;
	bool batch;
	uint32_t asleep; /* the report of idle_while_work on this sleep, or NONE */
	struct open_push *open;
	size_t open_count, open_capacity;
};

/* A queue that some report names. */
struct story_queue {
	uint32_t id;
	uint64_t pushes, empty_ts;
	uint64_t left_ts;    /* the owner left it, for sleep or for another queue, up to the latest push */
	uint64_t refuted_ts; /* up to here, but for the above, it left what was taken later */
};

struct story_pass {
	struct analysis_result *result;
	struct diagnosis_rules rules;
	struct story *stories; /* one for each kept report */
	struct story_link
	    *links; /* at most three for each report: its task, the other task, the moment of its worker */
	uint32_t link_count;
	struct open_ends *tasks; /* what is under way of each task whose life some report is about */
	uint32_t task_count;
	struct id_map task_index; /* handle -> number in `tasks` + 1 */
	struct id_map by_task;    /* handle -> number of the first link + 1 */
	struct id_map by_moment;  /* of a worker and a stamp -> number of the first link + 1 */
	struct id_map queue_index, worker_index;
	struct story_queue *queues;
	uint32_t queue_count;
	struct story_worker *workers;
	uint32_t worker_count;
	size_t worker_capacity;
	uint64_t serial; /* of the latest event */
	struct stream_totals totals;
	struct histogram latency, failed_latency; /* stream.c wants some; nobody reads them */
};

static uint64_t moment(uint32_t worker, uint64_t ts)
{
	return ts ^ ((uint64_t)worker + 1) * 0x9e3779b97f4a7c15U;
}

static bool add_link(struct story_pass *pass, struct id_map *map, uint64_t key, uint32_t story)
{
	uint32_t first = id_map_find(map, key);
	struct story_link *link = &pass->links[pass->link_count];
	*link = (struct story_link){.story = story, .next = NONE};
	if (first == ID_MAP_NONE)
		return id_map_add(map, key, ++pass->link_count);
	link->next = pass->links[first - 1].next;
	pass->links[first - 1].next = pass->link_count++;
	return true;
}

static bool is_of_worker(const struct violation *v)
{
	return (v->kind == WSC_VIOLATION_IDLE_WHILE_WORK || v->kind == WSC_VIOLATION_FALSE_EMPTY) &&
	       v->worker_count > 0;
}

/* A slow steal of a task that is not sampled. */
static bool is_of_nothing(const struct violation *v)
{
	return v->kind == WSC_VIOLATION_SLOW_STEAL && v->task == 0 && v->worker_count > 0;
}

static bool add_queue(struct story_pass *pass, struct story *story, uint32_t queue)
{
	uint32_t found = id_map_find(&pass->queue_index, queue);
	if (found == ID_MAP_NONE) {
		pass->queues[pass->queue_count] = (struct story_queue){.id = queue};
		if (!id_map_add(&pass->queue_index, queue, pass->queue_count + 1))
			return false;
		found = ++pass->queue_count;
	}
	story->queue = found - 1;
	return true;
}

/* Whether the report is about the life of one task, of which something may be under way from before. */
static bool is_of_life(const struct violation *v)
{
	return v->task != 0 && v->other_task == 0 && !is_of_worker(v);
}

static bool add_task(struct story_pass *pass, struct story *story, uint64_t task)
{
	uint32_t found = id_map_find(&pass->task_index, task);
	if (found == ID_MAP_NONE) {
		found = ++pass->task_count;
		if (!id_map_add(&pass->task_index, task, found))
			return false;
	}
	story->task = found - 1;
	return true;
}

static bool add_story(struct story_pass *pass, uint32_t number)
{
	const struct violation *v = &pass->result->violations[number];
	struct story *story = &pass->stories[number];
	bool ok = true;
	story->queue = story->task = NONE;
	if (v->has_queue)
		ok = add_queue(pass, story, v->queue);
	if (ok && is_of_life(v))
		ok = add_task(pass, story, v->task);
	if (ok && v->task != 0)
		ok = add_link(pass, &pass->by_task, v->task, number);
	if (ok && v->other_task != 0 && v->other_task != v->task)
		ok = add_link(pass, &pass->by_task, v->other_task, number);
	if (ok && v->kind == WSC_VIOLATION_PROTOCOL_VIOLATION && v->task == 0)
		ok = add_link(pass, &pass->by_moment, moment(v->workers[0], v->ts), number) &&
		     (v->since == v->ts || add_link(pass, &pass->by_moment, moment(v->workers[0], v->since), number));
	else if (ok && is_of_nothing(v))
		ok = add_link(pass, &pass->by_moment, moment(v->workers[0], v->ts), number);
	else if (ok && is_of_worker(v))
		ok = add_link(pass, &pass->by_moment,
		              moment(v->workers[0], v->kind == WSC_VIOLATION_FALSE_EMPTY ? v->ts : v->since), number);
	return ok;
}

static struct diagnosis_rules rules_of(const struct trace_header *header)
{
	uint64_t visible = trace_header_stamps(header, header->publish_ns);
	uint64_t uncertainty = trace_header_stamps(header, header->uncertainty_ns);
	return (struct diagnosis_rules){.header = header,
	                                .visible =
	                                    visible > UINT64_MAX - uncertainty ? UINT64_MAX : visible + uncertainty,
	                                .uncertainty = uncertainty};
}

enum wsc_status story_pass_create(struct story_pass **out, struct analysis_result *result,
                                  const struct trace_header *header)
{
	struct story_pass *pass = calloc(1, sizeof(*pass));
	*out = NULL;
	if (pass == NULL)
		return WSC_NOMEM;
	pass->result = result;
	pass->rules = rules_of(header);
	histogram_init(&pass->latency);
	histogram_init(&pass->failed_latency);
	stream_totals_init(&pass->totals, header, &pass->latency, &pass->failed_latency);
	pass->stories = calloc(result->violation_count + 1, sizeof(*pass->stories));
	pass->links = calloc(3 * result->violation_count + 1, sizeof(*pass->links));
	pass->queues = calloc(result->violation_count + 1, sizeof(*pass->queues));
	pass->tasks = calloc(result->violation_count + 1, sizeof(*pass->tasks));
	bool ok = pass->stories != NULL && pass->links != NULL && pass->queues != NULL && pass->tasks != NULL;
	for (size_t i = 0; ok && i < result->violation_count; i++)
		ok = add_story(pass, (uint32_t)i);
	if (!ok) {
		story_pass_free(pass);
		return WSC_NOMEM;
	}
	*out = pass;
	return WSC_OK;
}

void story_pass_free(struct story_pass *pass)
{
	if (pass == NULL)
		return;
	free(pass->stories);
	free(pass->links);
	free(pass->queues);
	free(pass->tasks);
	for (uint32_t i = 0; i < pass->worker_count; i++) {
		stream_free(&pass->workers[i].stream);
		free(pass->workers[i].open);
	}
	free(pass->workers);
	id_map_free(&pass->task_index);
	id_map_free(&pass->by_task);
	id_map_free(&pass->by_moment);
	id_map_free(&pass->queue_index);
	id_map_free(&pass->worker_index);
	free(pass);
}

/* NULL: no memory. */
static struct story_worker *worker_of(struct story_pass *pass, uint32_t id)
{
	uint32_t found = id_map_find(&pass->worker_index, id);
	if (found != ID_MAP_NONE)
		return &pass->workers[found - 1];
	struct story_worker *grown =
	    array_room(pass->workers, pass->worker_count, &pass->worker_capacity, sizeof(*grown));
	if (grown == NULL)
		return NULL;
	pass->workers = grown;
	if (!id_map_add(&pass->worker_index, id, pass->worker_count + 1))
		return NULL;
	pass->workers[pass->worker_count] = (struct story_worker){.asleep = NONE};
	stream_init(&pass->workers[pass->worker_count].stream, id);
	return &pass->workers[pass->worker_count++];
}

/* Where the event is put, or NULL: it is left out. */
static struct told *tell(struct story_pass *pass, uint32_t number, const struct told *what)
{
	struct story *story = &pass->stories[number];
	struct told *told;
	if (what->event.ts <= pass->result->violations[number].ts) {
		told = &story->before[story->before_count++ % BEFORE_MAX];
		if (story->before_count > BEFORE_MAX && story->task != NONE)
			open_ends_step(&story->past, &pass->rules, told); /* what it takes the place of */
	} else if (story->after_count < AFTER_MAX) {
		told = &story->after[story->after_count++];
	} else {
		story->cut = true;
		return NULL;
	}
	*told = *what;
	told->tag = story->queue == NONE ? 0 : pass->queues[story->queue].pushes;
	return told;
}

/* A batch is one attempt: its start is told once. */
static void tell_start(struct story_pass *pass, uint32_t number, const struct told *start)
{
	struct story *story = &pass->stories[number];
	if (start->event.kind != WSC_EV_STEAL_START || story->start == start->serial)
		return;
	story->start = start->serial;
	tell(pass, number, start);
}

/* Nothing of the task was known before the report's own event: its record had been given up after its last life. */
static bool is_forgotten(const struct violation *v)
{
	return v->since == v->ts;
}

/* Whether the event comes before the life that the report is about; where stays decide, that is seen at the end. */
static bool is_earlier_life(const struct violation *v, const struct wsc_event *e)
{
	return e->ts < v->since && v->other_task == 0 && !is_of_worker(v) && !is_forgotten(v);
}

/* Whether a push that was told is not told any more: the ring went on. */
static bool is_gone(const struct story_pass *pass, const struct open_push *open)
{
	return !open->after && pass->stories[open->story].before_count - open->place > BEFORE_MAX;
}

/* Room for one more open push. A worker may do nothing else than push: those that are gone go first. */
static bool make_room(const struct story_pass *pass, struct story_worker *worker)
{
	size_t kept = 0;
	if (worker->open_count < worker->open_capacity)
		return true;
	for (size_t i = 0; i < worker->open_count; i++) {
		if (!is_gone(pass, &worker->open[i]))
			worker->open[kept++] = worker->open[i];
	}
	worker->open_count = kept;
	if (kept < worker->open_capacity / 2)
		return true;
	struct open_push *grown = array_grow(worker->open, &worker->open_capacity, sizeof(*grown));
	worker->open = grown != NULL ? grown : worker->open;
	return grown != NULL;
}

/* The push that the report was told last has no end yet. */
static bool open_push(struct story_pass *pass, struct story_worker *worker, uint32_t number, bool after)
{
	const struct story *story = &pass->stories[number];
	if (!make_room(pass, worker))
		return false;
	worker->open[worker->open_count++] = (struct open_push){
	    .story = number, .after = after, .place = after ? story->after_count - 1 : story->before_count - 1};
	return true;
}

/* The report's first event is about to be told. */
static void begin(struct story_pass *pass, uint32_t number)
{
	struct story *story = &pass->stories[number];
	if (story->begun || story->task == NONE)
		return;
	story->begun = true;
	if (!is_forgotten(&pass->result->violations[number])) {
		story->past = pass->tasks[story->task];
		open_ends_begin_life(&story->past, pass->rules.header);
	}
}

static void follow_task(struct story_pass *pass, const struct told *told)
{
	uint32_t found = id_map_find(&pass->task_index, told->event.task);
	if (found != ID_MAP_NONE)
		open_ends_step(&pass->tasks[found - 1], &pass->rules, told);
}

static bool tell_task(struct story_pass *pass, struct story_worker *worker, const struct told *what)
{
	const struct wsc_event *e = &what->event;
	uint32_t link = id_map_find(&pass->by_task, e->task);
	bool answer = e->kind == WSC_EV_STEAL_SUCCESS || e->kind == WSC_EV_STEAL_FAILURE;
	for (uint32_t l = link == ID_MAP_NONE ? NONE : link - 1; l != NONE; l = pass->links[l].next) {
		uint32_t number = pass->links[l].story;
		if (is_earlier_life(&pass->result->violations[number], e))
			continue;
		begin(pass, number);
		if (answer)
			tell_start(pass, number, &worker->start);
		struct told *told = tell(pass, number, what);
		if (told != NULL && e->kind == WSC_EV_QUEUED &&
		    !open_push(pass, worker, number, e->ts > pass->result->violations[number].ts))
			return false;
	}
	return true;
}

/* What is told of a worker at a certain stamp: the attempt that was answered so, the sleep, the two stamps. */
static void tell_moment(struct story_pass *pass, struct story_worker *worker, const struct told *told)
{
	const struct wsc_event *e = &told->event;
	uint32_t link = id_map_find(&pass->by_moment, moment(e->worker, e->ts));
	for (uint32_t l = link == ID_MAP_NONE ? NONE : link - 1; l != NONE; l = pass->links[l].next) {
		uint32_t number = pass->links[l].story;
		const struct violation *v = &pass->result->violations[number];
		if (v->worker_count == 0 || v->workers[0] != e->worker)
			continue;
		bool answers = (v->kind == WSC_VIOLATION_FALSE_EMPTY && e->kind == WSC_EV_STEAL_FAILURE) ||
		               (is_of_nothing(v) && e->kind == WSC_EV_STEAL_SUCCESS && e->task == 0);
		if (answers && v->queue == e->queue) {
			tell_start(pass, number, &worker->start);
			tell(pass, number, told);
		} else if (v->kind == WSC_VIOLATION_IDLE_WHILE_WORK && e->kind == WSC_EV_PARKED) {
			tell(pass, number, told);
			worker->asleep = number;
		} else if (v->kind == WSC_VIOLATION_PROTOCOL_VIOLATION && (e->ts == v->ts || e->ts == v->since)) {
			tell(pass, number, told);
		}
	}
}

static void tell_sleep(struct story_pass *pass, const struct told *told)
{
	const struct wsc_event *e = &told->event;
	bool wake = e->kind == WSC_EV_WAKE;
	uint32_t found = id_map_find(&pass->worker_index, wake ? e->queue : e->worker);
	if (found == ID_MAP_NONE || pass->workers[found - 1].asleep == NONE)
		return;
	tell(pass, pass->workers[found - 1].asleep, told);
	if (!wake)
		pass->workers[found - 1].asleep = NONE;
}

/* The worker's next stamp is the latest moment of its pushes. */
static void end_pushes(struct story_pass *pass, struct story_worker *worker, uint64_t ts)
{
	for (size_t i = 0; i < worker->open_count; i++) {
		const struct open_push *open = &worker->open[i];
		struct story *story = &pass->stories[open->story];
		if (open->after)
			story->after[open->place].span.until = ts;
		else if (!is_gone(pass, open))
			story->before[open->place % BEFORE_MAX].span.until = ts;
	}
	worker->open_count = 0;
}

/* The interval in which the event's operation lies, from the worker's own stamps. */
static struct violation_span span_of(struct story_worker *worker, const struct wsc_event *e)
{
	switch (e->kind) {
	case WSC_EV_QUEUED:
		return (struct violation_span){.from = e->ts, .until = UINT64_MAX};
	case WSC_EV_STEAL_SUCCESS:
	case WSC_EV_STEAL_FAILURE:
		if (worker->start.event.kind == WSC_EV_STEAL_START)
			worker->lower = worker->start.event.ts;
		else if (!worker->batch)
			worker->lower = worker->previous_ts;
		return (struct violation_span){.from = worker->lower < e->ts ? worker->lower : e->ts, .until = e->ts};
	case WSC_EV_DEQUEUED:
	case WSC_EV_EXEC_START:
	case WSC_EV_RESUMED:
		return (struct violation_span){.from = worker->previous_ts < e->ts ? worker->previous_ts : e->ts,
		                               .until = e->ts};
	default:
		return (struct violation_span){.from = e->ts, .until = e->ts};
	}
}

/* Whose deque the queue is: who is declared to own it, or the worker of its id. NULL: that one has no events. */
static const struct story_worker *owner_of(const struct story_pass *pass, uint32_t queue)
{
	const struct trace_queue *declared = trace_header_queue(pass->rules.header, queue);
	uint32_t owner = declared != NULL && declared->has_owner ? declared->owner : queue;
	uint32_t found = id_map_find(&pass->worker_index, owner);
	return found == ID_MAP_NONE ? NULL : &pass->workers[found - 1];
}

/* When the owner left the queue last, as if it were empty; 0: never. */
static uint64_t left_ts(const struct story_queue *queue, const struct story_worker *owner)
{
	return owner != NULL && owner->away_ts > queue->refuted_ts ? owner->away_ts : queue->left_ts;
}

/* A push, or a take, which may be of what was there when the owner left if nothing was pushed since. */
static void note_stay(const struct story_pass *pass, struct story_queue *queue, const struct wsc_event *e,
                      uint64_t from)
{
	const struct story_worker *owner = owner_of(pass, queue->id);
	if (e->kind == WSC_EV_QUEUED) {
		queue->left_ts = left_ts(queue, owner);
		queue->pushes++;
	} else if (owner != NULL && from > owner->away_ts) {
		queue->refuted_ts = owner->away_ts;
	}
}

/* What the event tells of the queues and of the worker, whatever its task. */
static void note(struct story_pass *pass, struct story_worker *worker, const struct wsc_event *e, uint64_t from)
{
	bool empty = e->kind == WSC_EV_STEAL_FAILURE &&
	             (e->reason == WSC_REASON_EMPTY || e->reason == WSC_REASON_NONE) && e->arg <= 1;
	bool stay = e->kind == WSC_EV_QUEUED || e->kind == WSC_EV_STEAL_SUCCESS || e->kind == WSC_EV_DEQUEUED;
	if (stay || empty) {
		uint32_t found = id_map_find(&pass->queue_index, e->queue);
		struct story_queue *queue = found == ID_MAP_NONE ? NULL : &pass->queues[found - 1];
		if (queue != NULL && stay)
			note_stay(pass, queue, e, from);
		else if (queue != NULL && from > queue->empty_ts)
			queue->empty_ts = from;
	}
	bool steals = e->kind == WSC_EV_STEAL_START && e->queue != e->worker; /* else it takes its own oldest */
	if ((steals || e->kind == WSC_EV_PARKED) && e->ts > worker->away_ts)
		worker->away_ts = e->ts;
}

static bool feed_one(struct story_pass *pass, const struct wsc_event *e)
{
	struct story_worker *worker = worker_of(pass, e->worker);
	if (worker == NULL)
		return false;
	struct stream_context context = {.sequence = 0};
	stream_event(&worker->stream, e, &pass->totals, &context);
	if (pass->totals.no_memory)
		return false;
	if (e->kind == WSC_EV_GAP) {
		worker->start.event.kind = 0;
		return true;
	}
	if (worker->open_count > 0 && e->kind != WSC_EV_QUEUED && !(e->kind == WSC_EV_STEAL_SUCCESS && worker->batch))
		end_pushes(pass, worker, e->ts);
	struct told told = {
	    .event = *e, .span = span_of(worker, e), .serial = ++pass->serial, .tag = VIOLATION_NO_PUSH};
	told.span.sequence = context.sequence;
	note(pass, worker, e, told.span.from);
	if (e->kind == WSC_EV_STEAL_START)
		worker->start = told;
	else if (e->task != 0 && !tell_task(pass, worker, &told))
		return false;
	if (e->task != 0)
		follow_task(pass, &told);
	tell_moment(pass, worker, &told);
	if (e->kind == WSC_EV_WAKE || e->kind == WSC_EV_UNPARKED)
		tell_sleep(pass, &told);
	worker->batch = e->kind == WSC_EV_STEAL_SUCCESS || (worker->batch && e->kind == WSC_EV_QUEUED);
	if (e->kind != WSC_EV_STEAL_START && !worker->batch)
		worker->start.event.kind = 0;
	worker->previous_ts = e->ts;
	return true;
}

enum wsc_status story_pass_feed(struct story_pass *pass, const struct wsc_event *events, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (!feed_one(pass, &events[i]))
			return WSC_NOMEM;
	}
	return WSC_OK;
}

/* Nearly sorted: an attempt's start comes with its success. */
static void sort_told(struct told *list, size_t count)
{
	for (size_t i = 1; i < count; i++) {
		struct told told = list[i];
		size_t j = i;
		for (; j > 0 && told_after(&list[j - 1], &told); j--)
			list[j] = list[j - 1];
		list[j] = told;
	}
}

static bool takes_out(const struct wsc_event *e)
{
	return e->kind == WSC_EV_STEAL_SUCCESS || e->kind == WSC_EV_DEQUEUED || e->kind == WSC_EV_EXEC_START ||
	       e->kind == WSC_EV_RESUMED;
}

/*
 * The place of the push that begins the stay of `task` which the report is about: the last one up to `ts` on its queue; where
 * the stay is known to overlap what follows `ts`, the next one if that was over by then.
 */
static size_t stay_of(const struct violation *v, const struct told *list, size_t count, uint64_t task, uint64_t ts,
                      bool overlaps)
{
	size_t push = 0;
	bool found = false, over = false;
	for (size_t i = 0; i < count; i++) {
		const struct wsc_event *e = &list[i].event;
		if (e->task != task || (e->kind == WSC_EV_QUEUED && v->has_queue && e->queue != v->queue))
			continue;
		if (e->kind == WSC_EV_QUEUED && (e->ts <= ts || !found || (overlaps && over))) {
			push = i;
			found = true;
			over = false;
		}
		over |= overlaps && found && takes_out(e) && e->ts <= ts;
	}
	return push;
}

/*
 * Leaves out the lives of `task` before its push at `first`, and those that follow the life of the report: what is
 * queued once nobody holds or runs a copy any more. `running`: runs under way when it begins.
 */
static size_t keep_life(struct told *list, size_t count, uint64_t task, size_t first, uint64_t end, unsigned running)
{
	size_t kept = 0;
	unsigned held = 0;
	bool ran = false, later = false;
	for (size_t i = 0; i < count; i++) {
		const struct wsc_event *e = &list[i].event;
		if (e->task == task && e->kind != WSC_EV_STEAL_START) {
			if (i < first)
				continue;
			later |= e->kind == WSC_EV_QUEUED && e->ts > end && ran && held + running == 0;
			if (later)
				continue;
			held += e->kind == WSC_EV_STEAL_SUCCESS || e->kind == WSC_EV_DEQUEUED;
			if (e->kind == WSC_EV_EXEC_START) {
				running++;
				held -= held > 0;
			} else if (e->kind == WSC_EV_EXEC_COMPLETE) {
				running -= running > 0;
				ran = true;
			}
		}
		list[kept++] = list[i];
	}
	return kept;
}

/* An attempt's start is told only beside its answer. */
static size_t keep_answered(struct told *list, size_t count)
{
	size_t kept = 0;
	for (size_t i = 0; i < count; i++) {
		bool answered = list[i].event.kind != WSC_EV_STEAL_START;
		for (size_t j = i + 1; !answered && j < count; j++)
			answered = list[j].event.worker == list[i].event.worker &&
			           (list[j].event.kind == WSC_EV_STEAL_SUCCESS ||
			            list[j].event.kind == WSC_EV_STEAL_FAILURE) &&
			           list[j].span.from == list[i].event.ts;
		if (answered)
			list[kept++] = list[i];
	}
	return kept;
}

/* The place of the push that began the life before the report's first event; that event's, if it is a push. */
static size_t life_before(const struct told *list, size_t count, const struct violation *v)
{
	size_t push = 0;
	for (size_t i = 0; i < count; i++) {
		const struct wsc_event *e = &list[i].event;
		if (e->task != v->task || e->kind == WSC_EV_STEAL_START)
			continue;
		if (e->kind == WSC_EV_QUEUED)
			push = i;
		if (e->ts >= v->since)
			break;
	}
	return push;
}

/* Of the order monitor's, with another task. */
static bool convicts(const struct violation *v)
{
	return v->kind == WSC_VIOLATION_ORDERING_VIOLATION && v->other_task != 0;
}

/* Where the life, or the stay, begins that the report is about. */
static size_t first_of(const struct violation *v, const struct told *list, size_t count)
{
	bool overlaps = is_of_worker(v);
	if (overlaps || convicts(v))
		return stay_of(v, list, count, v->task, v->since, overlaps);
	return is_forgotten(v) ? life_before(list, count, v) : 0;
}

/* What was under way of the task before number `first` of its events. */
static struct open_ends past_of(const struct story_pass *pass, uint32_t number, const struct told *list, size_t first)
{
	const struct story *story = &pass->stories[number];
	struct open_ends past = story->past;
	for (size_t i = 0; story->task != NONE && i < first; i++) {
		if (list[i].event.task == pass->result->violations[number].task)
			open_ends_step(&past, &pass->rules, &list[i]);
	}
	/* What is reported at the very event with which the telling begins is about what came before. */
	if (first > 0 && list[first].event.ts < pass->result->violations[number].ts)
		open_ends_begin_life(&past, pass->rules.header);
	return past;
}

/* Leaves what the report is about, and puts before it what was under way. */
static size_t keep_told(const struct story_pass *pass, uint32_t number, struct told list[STORY_EVENTS_MAX],
                        size_t count)
{
	const struct violation *v = &pass->result->violations[number];
	struct told open[OPEN_ENDS_EVENTS_MAX];
	size_t first = first_of(v, list, count);
	struct open_ends past = past_of(pass, number, list, first);
	size_t open_count = open_ends_list(&past, open);
	unsigned running = 0;
	for (unsigned i = 0; i < past.count; i++)
		running += past.list[i].role == VIOLATION_OPEN_RUN;
	count = keep_life(list, count, v->task, first, v->ts, running);
	if (convicts(v))
		count = keep_life(list, count, v->other_task, stay_of(v, list, count, v->other_task, v->ts, false),
		                  v->ts, 0);
	count = keep_answered(list, count);
	memmove(&list[open_count], list, count * sizeof(*list));
	memcpy(list, open, open_count * sizeof(*list));
	sort_told(list, count + open_count);
	return count + open_count;
}

/* When its owner left it; NO_OWNER if none is declared, and no worker has its id. */
static uint64_t owner_away(const struct story_pass *pass, const struct story_queue *queue)
{
	const struct trace_header *header = pass->rules.header;
	const struct story_worker *owner = owner_of(pass, queue->id);
	bool is_known = owner != NULL || trace_header_queue(header, queue->id) != NULL ||
	                trace_header_worker(header, queue->id) != NULL;
	return is_known ? left_ts(queue, owner) : VIOLATION_NO_OWNER;
}

static struct violation_facts facts_of(struct story_pass *pass, uint32_t number, const struct told *list)
{
	const struct violation *v = &pass->result->violations[number];
	const struct story *story = &pass->stories[number];
	struct violation_facts facts = {.pushes = VIOLATION_NO_PUSH};
	if (story->queue == NONE || v->proof == 0)
		return facts;
	facts.empty_ts = pass->queues[story->queue].empty_ts;
	facts.owner_away_ts = owner_away(pass, &pass->queues[story->queue]);
	if (v->what == VIOLATION_TWO_TAKES && v->rival != 0)
		facts.pushes = list[(v->rival < v->proof ? v->rival : v->proof) - 1].tag;
	else if (v->what == VIOLATION_LEFT)
		facts.pushes = list[v->proof - 1].tag;
	return facts;
}

/* The events of one report, and what they show. */
static bool finish_one(struct story_pass *pass, uint32_t number)
{
	struct violation *v = &pass->result->violations[number];
	const struct story *story = &pass->stories[number];
	struct told list[STORY_EVENTS_MAX];
	unsigned kept = story->before_count < BEFORE_MAX ? story->before_count : BEFORE_MAX;
	unsigned first = story->before_count - kept;
	for (unsigned i = 0; i < kept; i++)
		list[i] = story->before[(first + i) % BEFORE_MAX];
	memcpy(&list[kept], story->after, story->after_count * sizeof(*list));
	size_t count = kept + story->after_count;
	sort_told(list, count);
	/* What the ring let go of came before what was left out, if anything was. */
	bool whole = story->before_count <= BEFORE_MAX || first_of(v, list, count) > 0;
	v->events_cut = story->cut || !whole;
	count = keep_told(pass, number, list, count);
	if (count > 0) {
		/* One allocation: the spans go where the events go. */
		v->events = malloc(count * (sizeof(*v->events) + sizeof(*v->spans)));
		if (v->events == NULL)
			return false;
		v->spans = (struct violation_span *)(void *)(v->events + count);
		v->event_count = count;
	}
	for (size_t i = 0; i < count; i++) {
		v->events[i] = list[i].event;
		v->spans[i] = list[i].span;
	}
	diagnosis_read(&pass->rules, v);
	v->facts = facts_of(pass, number, list);
	return true;
}

enum wsc_status story_pass_finish(struct story_pass *pass)
{
	for (size_t i = 0; i < pass->result->violation_count; i++) {
		if (!finish_one(pass, (uint32_t)i))
			return WSC_NOMEM;
	}
	return WSC_OK;
}

enum wsc_status story_conclude(struct analysis_result *result, const struct trace_header *header)
{
	struct diagnosis_rules rules = rules_of(header);
	for (size_t i = 0; i < result->violation_count; i++)
		diagnosis_read(&rules, &result->violations[i]);
	return diagnosis_conclude(&rules, result);
}

const char *story_expected(const struct violation *v)
{
	switch (v->kind) {
	case WSC_VIOLATION_MULTIPLE_OWNERS:
		return "one owner at a time: a task is taken only out of the queue where it waits, and once.";
	case WSC_VIOLATION_DOUBLE_EXECUTION:
		return "one run for each time the task is queued.";
	case WSC_VIOLATION_LOST_WORK:
	case WSC_VIOLATION_STALLED_WORK:
		return "what is queued is run, or cancelled.";
	case WSC_VIOLATION_EXEC_AFTER_CANCEL:
		return "a task that was cancelled before it ran is not run.";
	case WSC_VIOLATION_ORDERING_VIOLATION:
		return v->other_task == 0
		           ? "a pinned task is run by the worker whose queue it waits in."
		           : "takes in turn (`lifo`: the owner the newest task, thieves the oldest; `fifo`: all the "
		             "oldest). The task left behind was certainly there, and due first.";
	case WSC_VIOLATION_PROTOCOL_VIOLATION:
		return v->what == VIOLATION_NO_TASK
		           ? "a task's handle is not 0; only a steal of a task that is not sampled has none."
		       : v->task == 0 ? "a worker's stamps never run backwards."
		                      : "a task is queued before it is taken, and started before it completes.";
	case WSC_VIOLATION_SLOW_STEAL:
		return "a steal is over in less than the limit (--slow-steal).";
	case WSC_VIOLATION_UNFINISHED_EXECUTION:
		return "what starts completes before the trace ends.";
	case WSC_VIOLATION_IDLE_WHILE_WORK:
		return "a worker that could steal does not sleep.";
	case WSC_VIOLATION_FALSE_EMPTY:
		return "`empty` is answered only if the queue may have been empty.";
	case WSC_VIOLATION_KIND_COUNT:
		break;
	}
	return "";
}
