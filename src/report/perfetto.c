/* SPDX-License-Identifier: MIT */
#include "perfetto.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "array.h"
#include "id_map.h"
#include "perfetto_packet.h"
#include "report_parts.h"

/* Runs nested deeper are left out: a trace without ends must not grow without bounds. */
enum { DEPTH_MAX = 4096, NAME_BYTES = 120 };

/* Above a run that ends, so many others are cut in two; else it is drawn until they end, so that output stays in bounds.
 */
enum { CUTS_MAX = 16 };

/* What is open on a worker's track: a run, or, with task 0, its sleep. */
struct open_slice {
	uint64_t task;
	uint32_t label; /* 0: none */
	bool over;      /* it ended below others */
};

struct lane {
	uint32_t worker;
	uint64_t latest; /* the latest stamp on the track */
	struct open_slice *slices;
	uint32_t depth;
	size_t capacity;
	uint64_t too_deep; /* runs under way that are left out */
	bool attempting;   /* a steal began, and nothing came after it */
	uint64_t attempt_ts;
	uint64_t failures, failures_written;
	bool has_counter;
};

struct queue {
	uint32_t queue;
	uint64_t depth, latest;
	bool described;
};

/* A task that waits, runs or is suspended. */
struct live {
	uint64_t handle;
	uint64_t queued_ts;
	uint64_t flow; /* the arrow that is to end at its run; 0: none */
	uint32_t pusher, queue, label;
	uint32_t running; /* on how many workers */
	bool waiting, pushed, taken;
	uint32_t next_free;
};

struct perfetto {
	struct perfetto_writer writer;
	struct perfetto_source source;
	struct perfetto_counts counts;
	struct id_map lane_index, queue_index, live_index, labels;
	struct lane *lanes;
	struct queue *queues;
	struct live *lives; /* numbered from 1 on */
	size_t lane_count, lane_capacity, queue_count, queue_capacity, live_count, live_capacity;
	uint32_t free_live; /* 0: none */
	uint64_t flow;      /* the latest */
	size_t next_report;
	int32_t pid, next_tid;
	bool begun, over; /* the first stamp to be written was reached; the last one was passed */
	bool no_memory;
};

/* ---- tables ---- */

/* array_room(), and a lack of memory is remembered. */
static void *room(struct perfetto *p, void *rows, size_t count, size_t *capacity, size_t row_bytes)
{
	void *grown = array_room(rows, count, capacity, row_bytes);
	p->no_memory |= grown == NULL;
	return grown;
}

static bool add_id(struct perfetto *p, struct id_map *map, uint64_t id, size_t number)
{
	bool added = number <= UINT32_MAX && id_map_add(map, id, (uint32_t)number);
	p->no_memory |= !added;
	return added;
}

static uint64_t ns_of(const struct perfetto *p, uint64_t stamp)
{
	return trace_header_ns(p->source.header, stamp);
}

/* Whether events are written now, or only followed. */
static bool is_writing(const struct perfetto *p)
{
	return p->begun && !p->over;
}

/* The thread's own id if it is fit to tell threads apart, else one that no thread has. */
static int32_t tid_of(struct perfetto *p, uint32_t worker)
{
	const struct trace_header *header = p->source.header;
	const struct trace_worker *row = trace_header_worker(header, worker);
	bool fit = row && row->has_thread_id && row->thread_id > 0 && row->thread_id < 1 << 24;
	for (size_t i = 0; fit && i < header->worker_count && header->worker_count <= DEPTH_MAX; i++)
		fit = header->workers[i].worker == worker || !header->workers[i].has_thread_id ||
		      header->workers[i].thread_id != row->thread_id;
	return fit ? (int32_t)row->thread_id : p->next_tid++;
}

static struct lane *lane_find(struct perfetto *p, uint32_t worker)
{
	uint32_t found = id_map_find(&p->lane_index, worker);
	return found == ID_MAP_NONE ? NULL : &p->lanes[found - 1];
}

/* A new one moves the others. */
static struct lane *lane_of(struct perfetto *p, uint32_t worker)
{
	struct lane *found = lane_find(p, worker);
	if (found != NULL)
		return found;
	struct lane *lanes = room(p, p->lanes, p->lane_count, &p->lane_capacity, sizeof(*p->lanes));
	if (lanes == NULL)
		return NULL;
	p->lanes = lanes;
	if (!add_id(p, &p->lane_index, worker, p->lane_count + 1))
		return NULL;
	char name[REPORT_NAME_MAX], words[NAME_BYTES];
	struct lane *lane = &p->lanes[p->lane_count++];
	*lane = (struct lane){.worker = worker};
	snprintf(words, sizeof(words), "worker %" PRIu32 "%s", worker,
	         report_worker_name(name, p->source.header, worker));
	perfetto_thread(&p->writer, worker, p->pid, tid_of(p, worker), words);
	return lane;
}

static struct queue *queue_of(struct perfetto *p, uint32_t id)
{
	uint32_t found = id_map_find(&p->queue_index, id);
	if (found != ID_MAP_NONE)
		return &p->queues[found - 1];
	struct queue *queues = room(p, p->queues, p->queue_count, &p->queue_capacity, sizeof(*p->queues));
	if (queues == NULL)
		return NULL;
	p->queues = queues;
	if (!add_id(p, &p->queue_index, id, p->queue_count + 1))
		return NULL;
	struct queue *queue = &p->queues[p->queue_count++];
	*queue = (struct queue){.queue = id};
	return queue;
}

static struct live *live_find(struct perfetto *p, uint64_t handle)
{
	uint32_t found = id_map_find(&p->live_index, handle);
	return found == ID_MAP_NONE ? NULL : &p->lives[found];
}

static struct live *live_of(struct perfetto *p, uint64_t handle)
{
	struct live *live = live_find(p, handle);
	if (live != NULL)
		return live;
	uint32_t number = p->free_live;
	if (number == 0) {
		struct live *lives = room(p, p->lives, p->live_count + 1, &p->live_capacity, sizeof(*p->lives));
		if (lives == NULL)
			return NULL;
		p->lives = lives;
		number = (uint32_t)++p->live_count;
		p->lives[number].next_free = 0;
	}
	uint32_t next_free = p->lives[number].next_free;
	if (!add_id(p, &p->live_index, handle, number))
		return NULL;
	p->free_live = next_free;
	p->lives[number] = (struct live){.handle = handle};
	return &p->lives[number];
}

static void live_forget(struct perfetto *p, struct live *live)
{
	uint32_t number = (uint32_t)(live - p->lives);
	id_map_remove(&p->live_index, live->handle);
	live->next_free = p->free_live;
	p->free_live = number;
}

/* ---- queues ---- */

static void write_depth(struct perfetto *p, struct queue *queue, uint64_t ts)
{
	char words[NAME_BYTES], name[REPORT_NAME_MAX];
	if (!is_writing(p))
		return;
	if (!queue->described) {
		snprintf(words, sizeof(words), "queue %" PRIu32 "%s", queue->queue,
		         report_queue_name(name, p->source.header, queue->queue));
		perfetto_counter_track(&p->writer, PERFETTO_QUEUE, queue->queue, words, "tasks");
		queue->described = true;
	}
	queue->latest = ts > queue->latest ? ts : queue->latest;
	perfetto_event(&p->writer, PERFETTO_COUNTER, PERFETTO_QUEUE, queue->queue);
	perfetto_event_value(&p->writer, queue->depth);
	perfetto_event_write(&p->writer, ns_of(p, queue->latest));
}

static void leave(struct perfetto *p, struct live *live, uint64_t ts)
{
	struct queue *queue = live->waiting ? queue_of(p, live->queue) : NULL;
	live->waiting = false;
	if (queue == NULL || queue->depth == 0)
		return;
	queue->depth--;
	write_depth(p, queue, ts);
}

static void enter(struct perfetto *p, struct live *live, const struct wsc_event *event)
{
	leave(p, live, event->ts);
	struct queue *queue = queue_of(p, event->queue);
	live->queue = event->queue;
	live->pusher = event->worker;
	live->queued_ts = event->ts;
	live->label = event->arg ? event->arg : live->label;
	live->waiting = live->pushed = true;
	live->taken = false;
	if (queue == NULL)
		return;
	queue->depth++;
	write_depth(p, queue, event->ts);
}

/* ---- slices ---- */

static void start_event(struct perfetto *p, enum perfetto_type type, const struct lane *lane)
{
	perfetto_event(&p->writer, type, PERFETTO_WORKER, lane->worker);
}

/* On the worker's track, not before what is there. */
static void write_event(struct perfetto *p, struct lane *lane, uint64_t ts)
{
	lane->latest = ts > lane->latest ? ts : lane->latest;
	perfetto_event_write(&p->writer, ns_of(p, lane->latest));
}

static void name_task(struct perfetto *p, const struct open_slice *slice)
{
	const char *text = slice->label ? trace_header_label(p->source.header, slice->label) : NULL;
	char name[NAME_BYTES];
	if (text == NULL) {
		snprintf(name, sizeof(name), "task %" PRIu64, slice->task);
		perfetto_event_own_name(&p->writer, name);
		return;
	}
	uint64_t iid = (uint64_t)PERFETTO_LABELS + slice->label;
	perfetto_event_name(&p->writer, iid);
}

/* The label's name is told before the event that uses it. */
static void declare_label(struct perfetto *p, uint32_t label)
{
	const char *text = label ? trace_header_label(p->source.header, label) : NULL;
	if (text == NULL || id_map_has(&p->labels, label) || !add_id(p, &p->labels, label, 1))
		return;
	perfetto_label(&p->writer, (uint64_t)PERFETTO_LABELS + label, text);
}

static void begin_slice(struct perfetto *p, struct lane *lane, const struct open_slice *slice)
{
	declare_label(p, slice->label);
	start_event(p, PERFETTO_BEGIN, lane);
	if (slice->task == 0) {
		perfetto_event_name(&p->writer, PERFETTO_NAME_PARKED);
	} else {
		name_task(p, slice);
		perfetto_event_note(&p->writer, PERFETTO_NOTE_TASK, slice->task);
	}
	p->counts.slices++;
}

/* False: too deep, or no memory. */
static bool push_slice(struct perfetto *p, struct lane *lane, struct open_slice slice)
{
	if (lane->depth == DEPTH_MAX) {
		lane->too_deep++;
		p->counts.too_deep++;
		return false;
	}
	struct open_slice *slices = room(p, lane->slices, lane->depth, &lane->capacity, sizeof(*lane->slices));
	if (slices == NULL)
		return false;
	lane->slices = slices;
	lane->slices[lane->depth++] = slice;
	return true;
}

static void write_end(struct perfetto *p, struct lane *lane, uint64_t ts, enum perfetto_note why)
{
	if (!is_writing(p))
		return;
	start_event(p, PERFETTO_END, lane);
	if (why != PERFETTO_NO_NOTE)
		perfetto_event_flag(&p->writer, why);
	write_event(p, lane, ts);
}

/* Takes the slice at `place` (from 1 on) out: those above it are ended, and begin again. */
static void take_out(struct perfetto *p, struct lane *lane, uint32_t place, uint64_t ts, enum perfetto_note why)
{
	for (uint32_t i = lane->depth; i > place; i--)
		write_end(p, lane, ts, PERFETTO_NO_NOTE);
	write_end(p, lane, ts, why);
	lane->depth--;
	memmove(&lane->slices[place - 1], &lane->slices[place], (lane->depth - (place - 1)) * sizeof(*lane->slices));
	for (uint32_t i = place - 1; i < lane->depth && is_writing(p); i++) {
		begin_slice(p, lane, &lane->slices[i]);
		perfetto_event_flag(&p->writer, PERFETTO_NOTE_CONTINUED);
		write_event(p, lane, ts);
	}
}

/* False: there is none of this task. */
static bool end_slice(struct perfetto *p, struct lane *lane, uint64_t task, uint64_t ts, enum perfetto_note why)
{
	uint32_t place = lane->depth;
	while (place > 0 && (lane->slices[place - 1].task != task || lane->slices[place - 1].over))
		place--;
	if (place == 0)
		return false;
	if (lane->depth - place > CUTS_MAX)
		lane->slices[place - 1].over = true;
	else
		take_out(p, lane, place, ts, why);
	while (lane->depth > 0 && lane->slices[lane->depth - 1].over)
		take_out(p, lane, lane->depth, ts, PERFETTO_NOTE_ENDED_BEFORE);
	return true;
}

/* A point on the worker's track that concerns a task, if it is not 0. */
static void instant(struct perfetto *p, struct lane *lane, const struct wsc_event *event, enum perfetto_name name)
{
	if (!is_writing(p))
		return;
	start_event(p, PERFETTO_INSTANT, lane);
	perfetto_event_name(&p->writer, name);
	if (event->kind == WSC_EV_WAKE)
		perfetto_event_note(&p->writer, PERFETTO_NOTE_WORKER, event->queue);
	else if (event->kind == WSC_EV_GAP)
		perfetto_event_note(&p->writer, PERFETTO_NOTE_COUNT, event->arg);
	else
		perfetto_event_note(&p->writer, PERFETTO_NOTE_TASK, event->task);
	if (event->kind == WSC_EV_GAP)
		perfetto_event_note(&p->writer, PERFETTO_NOTE_UNTIL, ns_of(p, event->task));
	write_event(p, lane, event->ts);
}

/* ---- events ---- */

static void run_begins(struct perfetto *p, struct lane *lane, const struct wsc_event *event)
{
	struct live *live = live_of(p, event->task);
	if (live == NULL)
		return;
	bool waited = live->waiting || live->taken;
	leave(p, live, event->ts);
	struct open_slice slice = {event->task, live->label, false};
	if (push_slice(p, lane, slice) && is_writing(p)) {
		begin_slice(p, lane, &slice);
		if (waited && event->ts >= live->queued_ts)
			perfetto_event_note(&p->writer, PERFETTO_NOTE_WAITED,
			                    ns_of(p, event->ts) - ns_of(p, live->queued_ts));
		if (live->pushed)
			perfetto_event_note(&p->writer, PERFETTO_NOTE_QUEUE, live->queue);
		if (event->kind == WSC_EV_RESUMED)
			perfetto_event_flag(&p->writer, PERFETTO_NOTE_RESUMED);
		if (live->flow != 0)
			perfetto_event_flow(&p->writer, PERFETTO_FLOW_ENDS, live->flow);
		write_event(p, lane, event->ts);
	}
	live->flow = 0;
	live->taken = false;
	live->running++;
}

static void run_ends(struct perfetto *p, struct lane *lane, const struct wsc_event *event)
{
	struct live *live = live_find(p, event->task);
	bool suspended = event->kind == WSC_EV_SUSPENDED;
	if (!end_slice(p, lane, event->task, event->ts, suspended ? PERFETTO_NOTE_SUSPENDED : PERFETTO_NO_NOTE)) {
		if (lane->too_deep > 0)
			lane->too_deep--;
		else
			instant(p, lane, event, PERFETTO_NAME_LOST_END);
	}
	if (live == NULL)
		return;
	live->running -= live->running > 0;
	if (live->running == 0 && !live->waiting && !suspended)
		live_forget(p, live);
}

/* The arrow begins at the push, on the track of whoever pushed, and ends at the run. It is drawn now that it is known.
 */
static void start_flow(struct perfetto *p, struct live *live, uint32_t thief)
{
	struct lane *pusher = lane_find(p, live->pusher);
	if (pusher == NULL || !is_writing(p) || live->queued_ts < p->source.from)
		return;
	start_event(p, PERFETTO_INSTANT, pusher);
	perfetto_event_name(&p->writer, PERFETTO_NAME_STOLEN);
	perfetto_event_note(&p->writer, PERFETTO_NOTE_TASK, live->handle);
	perfetto_event_note(&p->writer, PERFETTO_NOTE_STOLEN_BY, thief);
	if (live->flow != 0)
		perfetto_event_flow(&p->writer, PERFETTO_FLOW_ENDS, live->flow);
	live->flow = ++p->flow;
	perfetto_event_flow(&p->writer, PERFETTO_FLOW_GOES_ON, live->flow);
	perfetto_event_write(&p->writer, ns_of(p, live->queued_ts));
	p->counts.flows++;
}

/* An attempt that nothing of the thief came between is a slice, of a batch on its first task; a later one a point. */
static void write_steal(struct perfetto *p, struct lane *lane, const struct wsc_event *event)
{
	if (!is_writing(p))
		return;
	bool timed = lane->attempting && lane->attempt_ts >= p->source.from;
	start_event(p, timed ? PERFETTO_BEGIN : PERFETTO_INSTANT, lane);
	perfetto_event_name(&p->writer, PERFETTO_NAME_STEAL);
	perfetto_event_note(&p->writer, PERFETTO_NOTE_QUEUE, event->queue);
	if (event->task != 0)
		perfetto_event_note(&p->writer, PERFETTO_NOTE_TASK, event->task);
	write_event(p, lane, timed ? lane->attempt_ts : event->ts);
	if (!timed)
		return;
	p->counts.slices++;
	start_event(p, PERFETTO_END, lane);
	write_event(p, lane, event->ts);
}

static void steal(struct perfetto *p, struct lane *lane, const struct wsc_event *event)
{
	struct live *live = event->task ? live_find(p, event->task) : NULL;
	write_steal(p, lane, event);
	if (live == NULL)
		return;
	bool arrow = live->waiting && live->pusher != event->worker;
	leave(p, live, event->ts);
	live->taken = true; /* it goes on waiting, for its run */
	if (arrow)
		start_flow(p, live, event->worker);
}

static void dequeue(struct perfetto *p, const struct wsc_event *event)
{
	struct live *live = live_find(p, event->task);
	if (live == NULL)
		return;
	leave(p, live, event->ts);
	live->taken = true;
}

static void cancel(struct perfetto *p, const struct wsc_event *event)
{
	struct live *live = live_find(p, event->task);
	if (live == NULL)
		return;
	leave(p, live, event->ts);
	if (live->running == 0)
		live_forget(p, live);
}

/* Where no runs are to be seen, what is taken is gone. */
static void forget_taken(struct perfetto *p, const struct wsc_event *event)
{
	const struct trace_header *header = p->source.header;
	bool taken = event->kind == WSC_EV_DEQUEUED || event->kind == WSC_EV_STEAL_SUCCESS;
	bool last = header->scope == WSC_SCOPE_DEQUE || (header->absent >> WSC_EV_EXEC_START & 1) != 0;
	struct live *live = taken && last ? live_find(p, event->task) : NULL;
	if (live != NULL)
		live_forget(p, live);
}

/* Attempts fail by the million: the counter is written when the worker does something else. */
static void write_failures(struct perfetto *p, struct lane *lane, uint64_t ts)
{
	if (lane->failures == lane->failures_written || !is_writing(p))
		return;
	if (!lane->has_counter)
		perfetto_counter_track(&p->writer, PERFETTO_FAILURES, lane->worker, "failed steals", "attempts");
	lane->has_counter = true;
	lane->failures_written = lane->failures;
	perfetto_event(&p->writer, PERFETTO_COUNTER, PERFETTO_FAILURES, lane->worker);
	perfetto_event_value(&p->writer, lane->failures);
	write_event(p, lane, ts);
}

static void park(struct perfetto *p, struct lane *lane, const struct wsc_event *event)
{
	const struct open_slice slice = {0, 0, false};
	if (!push_slice(p, lane, slice) || !is_writing(p))
		return;
	begin_slice(p, lane, &slice);
	write_event(p, lane, event->ts);
}

static void task_event(struct perfetto *p, struct lane *lane, const struct wsc_event *event)
{
	struct live *live;
	switch (event->kind) {
	case WSC_EV_QUEUED:
		if ((live = live_of(p, event->task)) != NULL)
			enter(p, live, event);
		break;
	case WSC_EV_PUSH_FAILED:
		if ((live = live_find(p, event->task)) != NULL)
			leave(p, live, event->ts);
		break;
	case WSC_EV_DEQUEUED:
		dequeue(p, event);
		break;
	case WSC_EV_STEAL_SUCCESS:
		steal(p, lane, event);
		break;
	case WSC_EV_EXEC_START:
	case WSC_EV_RESUMED:
		run_begins(p, lane, event);
		break;
	case WSC_EV_EXEC_COMPLETE:
	case WSC_EV_SUSPENDED:
		run_ends(p, lane, event);
		break;
	case WSC_EV_CANCELLED:
		instant(p, lane, event, PERFETTO_NAME_CANCELLED);
		cancel(p, event);
		break;
	default:
		break;
	}
	forget_taken(p, event);
}

static void worker_event(struct perfetto *p, struct lane *lane, const struct wsc_event *event)
{
	switch (event->kind) {
	case WSC_EV_STEAL_START:
		lane->attempt_ts = event->ts;
		break;
	case WSC_EV_STEAL_FAILURE:
		lane->failures += event->arg ? event->arg : 1;
		break;
	case WSC_EV_PARKED:
		park(p, lane, event);
		break;
	case WSC_EV_UNPARKED:
		end_slice(p, lane, 0, event->ts, PERFETTO_NO_NOTE);
		break;
	case WSC_EV_WAKE:
		instant(p, lane, event, PERFETTO_NAME_WAKE);
		break;
	case WSC_EV_GAP:
		instant(p, lane, event, PERFETTO_NAME_GAP);
		break;
	default:
		task_event(p, lane, event);
		break;
	}
	lane->attempting = event->kind == WSC_EV_STEAL_START;
}

/* ---- reports ---- */

static void write_report(struct perfetto *p, const struct violation *v, struct lane *lane)
{
	perfetto_event(&p->writer, PERFETTO_INSTANT, lane ? PERFETTO_WORKER : PERFETTO_PROCESS,
	               lane ? lane->worker : 0);
	perfetto_event_name(&p->writer, PERFETTO_KINDS + (uint64_t)v->kind);
	if (v->task != 0)
		perfetto_event_note(&p->writer, PERFETTO_NOTE_TASK, v->task);
	if (v->other_task != 0)
		perfetto_event_note(&p->writer, PERFETTO_NOTE_OTHER_TASK, v->other_task);
	if (v->has_queue)
		perfetto_event_note(&p->writer, PERFETTO_NOTE_QUEUE, v->queue);
	if (v->message)
		perfetto_event_words(&p->writer, PERFETTO_NOTE_MESSAGE, v->message);
	if (lane)
		write_event(p, lane, v->ts);
	else
		perfetto_event_write(&p->writer, ns_of(p, v->ts));
	p->counts.reports++;
}

static bool concerns(const struct violation *v, uint32_t worker)
{
	for (size_t i = 0; i < v->worker_count; i++) {
		if (v->workers[i] == worker)
			return true;
	}
	return false;
}

/* Those that were proved before `ts`. An event at their own stamp, of one of their workers, gives them its track. */
static void write_reports(struct perfetto *p, uint64_t ts, const struct wsc_event *event)
{
	const struct analysis_result *result = p->source.result;
	while (p->next_report < result->violation_count) {
		const struct violation *v = &result->violations[p->next_report];
		bool proves = event != NULL && event->ts == v->ts && concerns(v, event->worker) &&
		              (event->task == v->task || event->task == v->other_task);
		if (v->ts >= ts && !proves)
			return;
		p->next_report++;
		if (v->ts < p->source.from || v->ts > p->source.to)
			continue;
		uint32_t worker = proves ? event->worker : v->workers[0];
		write_report(p, v, v->worker_count > 0 ? lane_find(p, worker) : NULL);
	}
}

/* ---- from the first stamp to the last ---- */

/* What was under way before begins where writing does. */
static void begin_writing(struct perfetto *p)
{
	p->begun = true;
	for (size_t i = 0; i < p->queue_count; i++) {
		if (p->queues[i].depth > 0)
			write_depth(p, &p->queues[i], p->source.from);
	}
	for (size_t i = 0; i < p->lane_count; i++) {
		struct lane *lane = &p->lanes[i];
		for (uint32_t k = 0; k < lane->depth; k++) {
			begin_slice(p, lane, &lane->slices[k]);
			perfetto_event_flag(&p->writer, PERFETTO_NOTE_CONTINUED);
			write_event(p, lane, p->source.from);
		}
	}
}

static void end_writing(struct perfetto *p, uint64_t ts)
{
	for (size_t i = 0; i < p->lane_count; i++) {
		struct lane *lane = &p->lanes[i];
		write_failures(p, lane, ts);
		for (; lane->depth > 0; lane->depth--)
			write_end(p, lane, ts, PERFETTO_NOTE_UNFINISHED);
	}
	p->over = true;
}

static void feed_one(struct perfetto *p, const struct wsc_event *event)
{
	struct lane *lane = lane_of(p, event->worker);
	if (lane == NULL)
		return;
	if (!p->begun && event->ts >= p->source.from)
		begin_writing(p);
	if (p->begun)
		write_reports(p, event->ts, NULL);
	if (event->kind != WSC_EV_STEAL_FAILURE && event->kind != WSC_EV_STEAL_START)
		write_failures(p, lane, event->ts);
	worker_event(p, lane, event);
	if (p->begun)
		write_reports(p, event->ts, event);
}

enum wsc_status perfetto_feed(struct perfetto *p, const struct wsc_event *events, size_t count)
{
	for (size_t i = 0; i < count && !p->over && !p->no_memory; i++) {
		if (events[i].ts <= p->source.to) {
			feed_one(p, &events[i]);
			continue;
		}
		if (!p->begun)
			begin_writing(p);
		write_reports(p, events[i].ts, NULL);
		end_writing(p, p->source.to);
	}
	return p->no_memory ? WSC_NOMEM : WSC_OK;
}

void perfetto_finish(struct perfetto *p, struct perfetto_counts *counts)
{
	uint64_t end = p->source.result->end_ts;
	if (!p->begun)
		begin_writing(p);
	write_reports(p, UINT64_MAX, NULL);
	if (!p->over)
		end_writing(p, end < p->source.to ? end : p->source.to);
	p->counts.packets = p->writer.packets;
	*counts = p->counts;
}

/* ---- life of the object ---- */

static void describe(struct perfetto *p)
{
	const struct trace_header *header = p->source.header;
	char name[NAME_BYTES], host[REPORT_NAME_MAX] = "";
	if (header->host)
		page_clean(host, sizeof(host), header->host);
	p->pid = header->has_process_id && header->process_id < INT32_MAX ? (int32_t)header->process_id : 1;
	p->next_tid = 1 << 24;
	snprintf(name, sizeof(name), "scheduler%s%s", host[0] ? " on " : "", host);
	perfetto_start(&p->writer);
	if (header->anchor_count > 0)
		perfetto_clock(&p->writer, ns_of(p, header->anchors[0].ts), header->anchors[0].wall_ns);
	perfetto_process(&p->writer, p->pid, name);
	for (size_t i = 0; i < p->source.worker_count && !p->no_memory; i++)
		lane_of(p, p->source.workers[i]);
}

enum wsc_status perfetto_create(struct perfetto **out, FILE *stream, const struct perfetto_source *source)
{
	struct perfetto *p = calloc(1, sizeof(*p));
	*out = NULL;
	if (p == NULL)
		return WSC_NOMEM;
	p->writer.out = stream;
	p->source = *source;
	describe(p);
	if (p->no_memory) {
		perfetto_free(p);
		return WSC_NOMEM;
	}
	*out = p;
	return WSC_OK;
}

void perfetto_free(struct perfetto *p)
{
	if (p == NULL)
		return;
	for (size_t i = 0; i < p->lane_count; i++)
		free(p->lanes[i].slices);
	free(p->lanes);
	free(p->queues);
	free(p->lives);
	id_map_free(&p->lane_index);
	id_map_free(&p->queue_index);
	id_map_free(&p->live_index);
	id_map_free(&p->labels);
	free(p);
}
