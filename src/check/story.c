/* SPDX-License-Identifier: MIT */
#include "story.h"

#include <stdlib.h>
#include <string.h>

#include "id_map.h"

enum { BEFORE_MAX = STORY_EVENTS_MAX * 3 / 4 };
#define NO_STORY UINT32_MAX

/* One report's evidence while it is gathered: the latest events up to its proof, in a ring, then the first after it. */
struct story {
	struct wsc_event before[BEFORE_MAX], after[STORY_EVENTS_MAX - BEFORE_MAX];
	unsigned before_count, after_count; /* before_count: ever put into the ring */
	struct wsc_event start;             /* the latest attempt's start that was told */
	bool cut;
};

/* A task that some report is about, and the reports, as a list through story_pass.links. */
struct story_link {
	uint32_t story, next;
};

struct story_pass {
	struct analysis_result *result;
	struct story *stories;    /* one for each kept report */
	struct story_link *links; /* at most two for each report: its task and the other task */
	uint32_t link_count;
	struct id_map by_task;  /* handle -> number of the first link + 1 */
	struct id_map attempts; /* worker -> number of its latest steal_start + 1 */
	struct wsc_event *starts;
	uint32_t start_count, start_capacity;
};

static bool add_link(struct story_pass *pass, uint64_t task, uint32_t story)
{
	if (task == 0)
		return true;
	uint32_t first = id_map_find(&pass->by_task, task);
	struct story_link *link = &pass->links[pass->link_count];
	*link = (struct story_link){.story = story, .next = NO_STORY};
	if (first == ID_MAP_NONE)
		return id_map_add(&pass->by_task, task, ++pass->link_count);
	link->next = pass->links[first - 1].next;
	pass->links[first - 1].next = pass->link_count++;
	return true;
}

enum wsc_status story_pass_create(struct story_pass **out, struct analysis_result *result)
{
	struct story_pass *pass = calloc(1, sizeof(*pass));
	*out = NULL;
	if (pass == NULL)
		return WSC_NOMEM;
	pass->result = result;
	pass->stories = calloc(result->violation_count + 1, sizeof(*pass->stories));
	pass->links = calloc(2 * result->violation_count + 1, sizeof(*pass->links));
	bool ok = pass->stories != NULL && pass->links != NULL;
	for (size_t i = 0; ok && i < result->violation_count; i++) {
		const struct violation *v = &result->violations[i];
		ok = add_link(pass, v->task, (uint32_t)i) && add_link(pass, v->other_task, (uint32_t)i);
	}
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
	free(pass->starts);
	id_map_free(&pass->by_task);
	id_map_free(&pass->attempts);
	free(pass);
}

static void tell(struct story_pass *pass, uint32_t number, const struct wsc_event *e)
{
	struct story *story = &pass->stories[number];
	const struct violation *v = &pass->result->violations[number];
	if (e->ts < v->since && v->other_task == 0 && e->kind != WSC_EV_STEAL_START)
		return; /* an earlier life */
	if (e->ts <= v->ts) {
		story->cut |= story->before_count >= BEFORE_MAX;
		story->before[story->before_count++ % BEFORE_MAX] = *e;
	} else if (story->after_count < STORY_EVENTS_MAX - BEFORE_MAX) {
		story->after[story->after_count++] = *e;
	} else {
		story->cut = true;
	}
}

/* A batch is one attempt: its start is told once. */
static void tell_start(struct story_pass *pass, uint32_t number, const struct wsc_event *start)
{
	struct story *story = &pass->stories[number];
	if (story->start.kind == start->kind && story->start.ts == start->ts && story->start.worker == start->worker)
		return;
	story->start = *start;
	tell(pass, number, start);
}

/* The attempt's start names no task as a rule: it is found by its thief. */
static bool note_start(struct story_pass *pass, const struct wsc_event *e)
{
	uint32_t found = id_map_find(&pass->attempts, e->worker);
	if (found == ID_MAP_NONE) {
		if (pass->start_count == pass->start_capacity) {
			uint32_t capacity = pass->start_capacity == 0 ? 16 : pass->start_capacity * 2;
			struct wsc_event *grown = realloc(pass->starts, capacity * sizeof(*grown));
			if (grown == NULL)
				return false;
			pass->starts = grown;
			pass->start_capacity = capacity;
		}
		if (!id_map_add(&pass->attempts, e->worker, pass->start_count + 1))
			return false;
		found = ++pass->start_count;
	}
	pass->starts[found - 1] = *e;
	return true;
}

enum wsc_status story_pass_feed(struct story_pass *pass, const struct wsc_event *events, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		const struct wsc_event *e = &events[i];
		if (e->kind == WSC_EV_STEAL_START && !note_start(pass, e))
			return WSC_NOMEM;
		if (e->kind == WSC_EV_STEAL_START && e->task == 0)
			continue;
		if (e->kind == WSC_EV_GAP || e->task == 0)
			continue;
		uint32_t link = id_map_find(&pass->by_task, e->task);
		uint32_t start = e->kind == WSC_EV_STEAL_SUCCESS && link != ID_MAP_NONE
		                     ? id_map_find(&pass->attempts, e->worker)
		                     : ID_MAP_NONE;
		for (uint32_t l = link == ID_MAP_NONE ? NO_STORY : link - 1; l != NO_STORY; l = pass->links[l].next) {
			if (start != ID_MAP_NONE)
				tell_start(pass, pass->links[l].story, &pass->starts[start - 1]);
			tell(pass, pass->links[l].story, e);
		}
	}
	return WSC_OK;
}

/* Nearly sorted: an attempt's start comes with its success. Insertion keeps equal stamps in order. */
static void sort_by_stamp(struct wsc_event *events, size_t count)
{
	for (size_t i = 1; i < count; i++) {
		struct wsc_event e = events[i];
		size_t j = i;
		for (; j > 0 && events[j - 1].ts > e.ts; j--)
			events[j] = events[j - 1];
		events[j] = e;
	}
}

enum wsc_status story_pass_finish(struct story_pass *pass)
{
	for (size_t i = 0; i < pass->result->violation_count; i++) {
		struct violation *v = &pass->result->violations[i];
		const struct story *story = &pass->stories[i];
		unsigned kept = story->before_count < BEFORE_MAX ? story->before_count : BEFORE_MAX;
		unsigned first = story->before_count - kept;
		if (kept + story->after_count == 0)
			continue;
		v->events = malloc((kept + story->after_count) * sizeof(*v->events));
		if (v->events == NULL)
			return WSC_NOMEM;
		for (unsigned j = 0; j < kept; j++)
			v->events[j] = story->before[(first + j) % BEFORE_MAX];
		memcpy(&v->events[kept], story->after, story->after_count * sizeof(*v->events));
		v->event_count = kept + story->after_count;
		v->events_cut = story->cut;
		sort_by_stamp(v->events, v->event_count);
	}
	return WSC_OK;
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
		return v->other_task == 0 ? "a pinned task is run by the worker whose queue it waits in."
		                          : "the task left behind was certainly there, and due first.";
	case WSC_VIOLATION_PROTOCOL_VIOLATION:
		return v->task == 0 ? "a worker's stamps never run backwards."
		                    : "a task is queued before it is taken, and started before it completes.";
	case WSC_VIOLATION_SLOW_STEAL:
		return "a steal is over in less than the limit (--slow-steal).";
	case WSC_VIOLATION_UNFINISHED_EXECUTION:
		return "what starts completes before a clean end.";
	case WSC_VIOLATION_IDLE_WHILE_WORK:
		return "a worker that could steal does not sleep.";
	case WSC_VIOLATION_FALSE_EMPTY:
		return "`empty` is answered only if the queue may have been empty.";
	case WSC_VIOLATION_KIND_COUNT:
		break;
	}
	return "";
}

/* What happened to the task's latest stay up to the report. */
struct last_stay {
	unsigned pushes; /* without a take between: more than one is a doubled push */
	unsigned steals;
	unsigned owner_takes;
	bool run; /* the latest take was followed by a run on that worker */
};

static bool takes(const struct violation *v, size_t at)
{
	const struct wsc_event *e = &v->events[at];
	if (e->kind == WSC_EV_STEAL_SUCCESS || e->kind == WSC_EV_DEQUEUED)
		return true;
	if (e->kind != WSC_EV_EXEC_START && e->kind != WSC_EV_RESUMED)
		return false;
	/* A start is a take of its own unless the same worker took the task before it. */
	for (size_t i = at; i > 0; i--) {
		const struct wsc_event *before = &v->events[i - 1];
		if (before->task != v->task)
			continue;
		if (before->kind == WSC_EV_QUEUED)
			return true;
		if (before->worker == e->worker &&
		    (before->kind == WSC_EV_STEAL_SUCCESS || before->kind == WSC_EV_DEQUEUED))
			return false;
	}
	return true;
}

static struct last_stay last_stay(const struct violation *v)
{
	struct last_stay stay = {0};
	for (size_t i = 0; i < v->event_count && v->events[i].ts <= v->ts; i++) {
		const struct wsc_event *e = &v->events[i];
		if (e->task != v->task)
			continue;
		if (e->kind == WSC_EV_QUEUED)
			stay = (struct last_stay){.pushes = stay.steals + stay.owner_takes > 0 ? 1 : stay.pushes + 1};
		else if (takes(v, i) && e->kind == WSC_EV_STEAL_SUCCESS)
			stay.steals++;
		else if (takes(v, i))
			stay.owner_takes++;
		stay.run |= e->kind == WSC_EV_EXEC_START || e->kind == WSC_EV_RESUMED;
	}
	return stay;
}

static const char *cause_of_two_owners(const struct violation *v)
{
	struct last_stay stay = last_stay(v);
	if (stay.pushes > 1)
		return "the task was pushed twice: look for a push on two paths, or a retry after a push that had "
		       "succeeded.";
	if (stay.steals > 1)
		return "two thieves took one entry: the CAS on `top` is missing, weak, or made on a stale value.";
	if (stay.steals == 1 && stay.owner_takes > 0)
		return "owner and thief both took the last entry: a missing seq_cst fence between storing `bottom` and "
		       "loading "
		       "`top` in take(), or a CAS on a stale `top`. The next push on that deque is often lost, too.";
	return "the task was run by a worker that did not take it: look for a handle that is used after it was handed "
	       "on, or "
	       "for a take that is not recorded.";
}

static const char *cause_of_waiting(const struct violation *v)
{
	struct last_stay stay = last_stay(v);
	if (stay.steals > 0 && !stay.run)
		return "a thief took the task and dropped it: look at what follows a successful steal.";
	if (stay.owner_takes > 0 && !stay.run)
		return "a worker took the task and dropped it: look at what follows the take.";
	return "the push was lost (a store to `bottom` overwritten, a resize that copied too little, an owner and a "
	       "thief that "
	       "both took the entry before it), or a wake-up was missed between a worker's last look and its sleep, so "
	       "that "
	       "nobody came for it.";
}

const char *story_cause(const struct violation *v)
{
	switch (v->kind) {
	case WSC_VIOLATION_MULTIPLE_OWNERS:
	case WSC_VIOLATION_DOUBLE_EXECUTION:
		return cause_of_two_owners(v);
	case WSC_VIOLATION_LOST_WORK:
	case WSC_VIOLATION_STALLED_WORK:
		return cause_of_waiting(v);
	case WSC_VIOLATION_EXEC_AFTER_CANCEL:
		return "the run did not check, in the same atomic step in which it began, whether the task was "
		       "cancelled.";
	case WSC_VIOLATION_ORDERING_VIOLATION:
		return v->other_task == 0
		           ? "thieves look at entries that are not theirs to take."
		           : "the wrong end of the queue is taken, or the declared discipline is not the real one.";
	case WSC_VIOLATION_PROTOCOL_VIOLATION:
		return v->task == 0 ? "the worker's id is used by two threads, or the counters of two cores differ by "
		                      "more than the "
		                      "stated uncertainty."
		                    : "a recording call stands in the wrong place: `queued` belongs before the push, "
		                      "`exec_start` before "
		                      "the run, `steal_success` after the CAS.";
	case WSC_VIOLATION_SLOW_STEAL:
		return "the thief was descheduled in the middle, or waited for a lock of its victim.";
	case WSC_VIOLATION_UNFINISHED_EXECUTION:
		return "the task still ran, or waited, when the trace was closed; or its `exec_complete` is missing.";
	case WSC_VIOLATION_IDLE_WHILE_WORK:
		return "a wake-up was lost, or the worker did not look again before it slept.";
	case WSC_VIOLATION_FALSE_EMPTY:
		return "the thief compared stale values of `top` and `bottom`.";
	case WSC_VIOLATION_KIND_COUNT:
		break;
	}
	return "";
}
