/* SPDX-License-Identifier: MIT */
/* What happened, in one sentence, from the evidence that the second pass marked. */
#include <inttypes.h>
#include <string.h>

#include "diagnosis.h"
#include "report_parts.h"
#include "units.h"

/* The words of which the sentences are made: of the event that convicts, and of the one that it collides with. */
struct words {
	const struct report *report;
	const struct violation *v;
	const struct wsc_event *proof, *rival, *push; /* or NULL */
	char worker[REPORT_WORKER_MAX], other[REPORT_WORKER_MAX], pusher[REPORT_WORKER_MAX];
	char queue[REPORT_WORKER_MAX]; /* where it waits, or waited */
	char taken[REPORT_WORKER_MAX]; /* where the proof took it from */
	char apart[UNITS_MAX];         /* time between the two */
};

static const struct wsc_event *event_at(const struct violation *v, size_t place)
{
	return place == 0 || place > v->event_count ? NULL : &v->events[place - 1];
}

static void queue_words(char buffer[REPORT_WORKER_MAX], const struct report *report, uint32_t queue)
{
	char name[REPORT_NAME_MAX];
	snprintf(buffer, REPORT_WORKER_MAX, "queue %" PRIu32 "%s", queue,
	         report_queue_name(name, report->header, queue));
}

static struct words words_of(const struct report *report, const struct violation *v)
{
	struct words w = {.report = report,
	                  .v = v,
	                  .proof = event_at(v, v->proof),
	                  .rival = event_at(v, v->rival),
	                  .push = event_at(v, v->push)};
	report_worker_words(w.worker, report, w.proof ? w.proof->worker : v->workers[0]);
	if (w.rival)
		report_worker_words(w.other, report, w.rival->worker);
	if (w.push)
		report_worker_words(w.pusher, report, w.push->worker);
	queue_words(w.queue, report, v->waits_in);
	if (w.proof)
		queue_words(w.taken, report, w.proof->queue);
	if (w.proof && w.rival) {
		uint64_t first = w.proof->ts < w.rival->ts ? w.proof->ts : w.rival->ts;
		uint64_t second = w.proof->ts < w.rival->ts ? w.rival->ts : w.proof->ts;
		units_duration(w.apart, report_between_ns(report->header, first, second));
	}
	return w;
}

bool report_overlaps(const struct violation *v)
{
	if (v->spans == NULL || v->proof == 0 || v->rival == 0)
		return false;
	const struct violation_span *a = &v->spans[v->proof - 1], *b = &v->spans[v->rival - 1];
	/* Two takes of one worker that only touch are in its program's order. */
	if (v->events[v->proof - 1].worker == v->events[v->rival - 1].worker)
		return a->from < b->until && b->from < a->until;
	return a->from <= b->until && b->from <= a->until;
}

static const char *verb(const struct wsc_event *e)
{
	return e->kind == WSC_EV_STEAL_SUCCESS ? "stole" : "took";
}

static const char *participle(const struct wsc_event *e)
{
	return e->kind == WSC_EV_STEAL_SUCCESS ? "stolen" : "taken";
}

static const char *started(const struct wsc_event *e)
{
	return e->kind == WSC_EV_RESUMED ? "resumed" : "started";
}

/* What the event did to the task, as a participle. */
static const char *deed(const struct wsc_event *e)
{
	switch (e->kind) {
	case WSC_EV_EXEC_START:
	case WSC_EV_RESUMED:
		return started(e);
	case WSC_EV_EXEC_COMPLETE:
		return "completed";
	case WSC_EV_SUSPENDED:
		return "suspended";
	case WSC_EV_QUEUED:
		return "pushed";
	case WSC_EV_PUSH_FAILED:
		return "failed to push";
	default:
		return participle(e);
	}
}

/* Who did the other thing; "it", if that is who did the first. */
static const char *itself_or_other(const struct words *w)
{
	return w->proof->worker == w->rival->worker ? "it" : w->other;
}

static int two_takes(char *to, const struct words *w)
{
	bool again = w->proof->worker == w->rival->worker;
	if (again && (w->proof->kind == WSC_EV_EXEC_START || w->proof->kind == WSC_EV_RESUMED))
		return snprintf(to, REPORT_HAPPENED_MAX,
		                "%s %s task %" PRIu64
		                " again, which it had taken out of %s %s before: no second take is "
		                "recorded.",
		                w->worker, started(w->proof), w->v->task, w->queue, w->apart);
	return snprintf(to, REPORT_HAPPENED_MAX,
	                "%s %s task %" PRIu64 " out of %s although %s had %s it %s before; %s.", w->worker,
	                verb(w->proof), w->v->task, w->queue, again ? "it" : w->other, participle(w->rival), w->apart,
	                report_overlaps(w->v) ? "the two takes (> and ~) may overlap"
	                                      : "the first take (~) was over before the second (>) began");
}

static int out_of_turn(char *to, const struct words *w)
{
	const struct violation *v = w->v;
	bool steal = w->proof->kind == WSC_EV_STEAL_SUCCESS;
	return snprintf(to, REPORT_HAPPENED_MAX,
	                "%s %s task %" PRIu64 " out of %s while task %" PRIu64
	                " was there and due first: %s %s it %s later; %s.",
	                w->worker, verb(w->proof), v->task, w->queue, v->other_task,
	                w->proof->worker == w->rival->worker && !steal ? "it" : w->other, verb(w->rival), w->apart,
	                report_overlaps(v) ? "the two takes (> and ~) overlap, but no order of them is legal"
	                                   : "the take out of turn (>) was over before the other (~) began");
}

static int left(char *to, const struct words *w)
{
	const struct violation *v = w->v;
	char parked[UNITS_MAX + 40] = "", number[UNITS_MAX];
	size_t count = w->report->result->parked_count;
	if (count > 0)
		snprintf(parked, sizeof(parked), " while %s worker%s slept", units_count(number, count),
		         units_plural(count));
	return snprintf(
	    to, REPORT_HAPPENED_MAX, "%s pushed task %" PRIu64 " on %s and nobody took it%s.", w->worker, v->task,
	    w->queue,
	    v->found_empty ? ", although the queue was found empty later: the task vanished"
	    : v->vanished  ? ", although the queue's owner later slept or went to steal, as if it were empty: the task "
	                     "vanished"
	    : parked[0]    ? parked
	                   : " up to the end");
}

static int pushed(char *to, const struct words *w)
{
	const char *how = "had taken it";
	if (w->v->what == VIOLATION_PUSHED_AGAIN)
		how = "had pushed it and it still waited";
	else if (w->rival != NULL && (w->rival->kind == WSC_EV_EXEC_START || w->rival->kind == WSC_EV_RESUMED))
		how = "ran it";
	bool itself = w->rival != NULL && w->rival->worker == w->proof->worker;
	return snprintf(to, REPORT_HAPPENED_MAX, "%s pushed task %" PRIu64 " on %s although %s %s, since %s before.",
	                w->worker, w->v->task, w->taken,
	                itself     ? "it"
	                : w->rival ? w->other
	                           : "another worker",
	                how, w->apart);
}

/* Whether a run of the task on the worker may have begun before event number `end`. */
static bool may_have_started(const struct words *w, size_t end, uint32_t worker)
{
	const struct violation *v = w->v;
	if (w->report->header->identity != WSC_IDENTITY_UNIQUE)
		return true; /* in another life, which is not told */
	for (size_t i = 0; i + 1 < end; i++) {
		const struct wsc_event *e = &v->events[i];
		if (e->task == v->task && e->worker == worker &&
		    (e->kind == WSC_EV_EXEC_START || e->kind == WSC_EV_RESUMED))
			return true;
	}
	return false;
}

static int of_calls(char *to, const struct words *w)
{
	uint64_t task = w->v->task;
	switch (w->v->what) {
	case VIOLATION_TAKEN_UNPUSHED:
		return snprintf(to, REPORT_HAPPENED_MAX,
		                "%s %s task %" PRIu64 " out of %s %s before %s recorded the push: wsc_queued() comes "
		                "after the push there.",
		                w->worker, verb(w->proof), task, w->taken, w->apart, w->other);
	case VIOLATION_NEVER_PUSHED:
		return snprintf(to, REPORT_HAPPENED_MAX,
		                "%s %s task %" PRIu64 " out of %s, where no push of it had been recorded.", w->worker,
		                verb(w->proof), task, w->taken);
	case VIOLATION_FAILED_UNPUSHED:
		return snprintf(to, REPORT_HAPPENED_MAX,
		                "%s took back a push of task %" PRIu64 " on %s, where it did not wait.", w->worker,
		                task, w->taken);
	case VIOLATION_NOT_STARTED:
		if (w->rival != NULL && w->rival->kind == WSC_EV_SUSPENDED &&
		    w->report->header->identity != WSC_IDENTITY_RECYCLED)
			return snprintf(to, REPORT_HAPPENED_MAX,
			                "%s %s task %" PRIu64
			                ", which %s had suspended %s before: nobody had resumed it since.",
			                w->worker, deed(w->proof), task, itself_or_other(w), w->apart);
		return snprintf(to, REPORT_HAPPENED_MAX, "%s recorded the end of a run of task %" PRIu64 " that %s.",
		                w->worker, task,
		                may_have_started(w, w->v->proof, w->proof->worker) ? "was not under way there"
		                                                                   : "had not begun");
	case VIOLATION_NOT_RUN:
		return snprintf(to, REPORT_HAPPENED_MAX,
		                "%s resumed task %" PRIu64 ", which had not run in this life before.", w->worker, task);
	case VIOLATION_NO_TASK:
		return snprintf(to, REPORT_HAPPENED_MAX, "%s recorded `%s` of task 0.", w->worker,
		                trace_event_name(w->proof->kind));
	case VIOLATION_BACKWARDS:
		return snprintf(to, REPORT_HAPPENED_MAX, "after one stamp of %s (~) came one (>) that is %s earlier.",
		                w->worker, w->apart[0] ? w->apart : "much");
	default:
		return 0;
	}
}

static int slept(char *to, const struct words *w)
{
	const struct violation *v = w->v;
	char asleep[UNITS_MAX], waited[UNITS_MAX], part[UNITS_MAX + 16] = "";
	uint64_t from = w->push && w->push->ts > v->since ? w->push->ts : v->since;
	uint64_t until = w->rival && w->rival->ts < v->ts ? w->rival->ts : v->ts;
	units_duration(asleep, report_between_ns(w->report->header, v->since, v->ts));
	units_duration(waited, report_between_ns(w->report->header, from, until));
	if (strcmp(asleep, waited) != 0)
		snprintf(part, sizeof(part), " for %s of that", waited);
	int used = snprintf(to, REPORT_HAPPENED_MAX, "%s slept for %s although task %" PRIu64 " waited in %s%s",
	                    w->worker, asleep, v->task, w->queue, part);
	if (w->rival == NULL || (part[0] && w->rival->ts > v->ts))
		return used + snprintf(to + used, REPORT_HAPPENED_MAX - (size_t)used, ".");
	return used + snprintf(to + used, REPORT_HAPPENED_MAX - (size_t)used, "%s until %s took it.",
	                       part[0] ? "," : "", w->other);
}

static int of_warnings(char *to, const struct words *w)
{
	const struct violation *v = w->v;
	char time[UNITS_MAX];
	units_duration(time, report_between_ns(w->report->header, v->since, v->ts));
	switch (v->what) {
	case VIOLATION_SLEPT:
		return slept(to, w);
	case VIOLATION_TOLD_EMPTY:
		return snprintf(to, REPORT_HAPPENED_MAX,
		                "%s found %s empty although task %" PRIu64
		                " was pushed before its attempt began and taken after it had ended%s%s.",
		                w->worker, w->queue, v->task, w->rival ? ", by " : "", w->other);
	case VIOLATION_SLOW:
		if (v->task == 0)
			return snprintf(to, REPORT_HAPPENED_MAX,
			                "%s needed %s to steal a task, which is not sampled, out of %s.", w->worker,
			                time, w->queue);
		return snprintf(to, REPORT_HAPPENED_MAX, "%s needed %s to steal task %" PRIu64 " out of %s.", w->worker,
		                time, v->task, w->queue);
	case VIOLATION_UNFINISHED:
		return snprintf(to, REPORT_HAPPENED_MAX,
		                "%s began to run task %" PRIu64 " and had not completed it at the end of the trace.",
		                w->worker, v->task);
	case VIOLATION_NOT_RESUMED:
		return snprintf(to, REPORT_HAPPENED_MAX, "%s suspended task %" PRIu64 ", and nobody resumed it.",
		                w->worker, v->task);
	default:
		return 0;
	}
}

static int run_untaken(char *to, const struct words *w)
{
	const struct violation *v = w->v;
	const struct wsc_event *dead = event_at(v, diagnosis_dead_take(v));
	if (dead != NULL)
		return snprintf(to, REPORT_HAPPENED_MAX,
		                "%s ran task %" PRIu64 ", of which it had %s what a cancelled life had left in queue "
		                "%" PRIu32 ", and no more: %s had %s it since.",
		                w->worker, v->task, participle(dead), dead->queue, itself_or_other(w), deed(w->rival));
	if (diagnosis_lacks_owner(v))
		return snprintf(to, REPORT_HAPPENED_MAX,
		                "%s ran task %" PRIu64 ", which %s had pushed on queue %" PRIu32
		                ": not declared, it is taken for the own deque of a worker %" PRIu32
		                ", which does nothing in this trace.",
		                w->worker, v->task, itself_or_other(w), v->waits_in, v->waits_in);
	return snprintf(to, REPORT_HAPPENED_MAX, "%s ran task %" PRIu64 ", which it had not taken: %s had %s it.",
	                w->worker, v->task, itself_or_other(w), deed(w->rival));
}

static int of_ownership(char *to, const struct words *w)
{
	uint64_t task = w->v->task;
	switch (w->v->what) {
	case VIOLATION_WRONG_QUEUE:
		return snprintf(to, REPORT_HAPPENED_MAX,
		                "task %" PRIu64
		                " was taken from %s, by %s, but it waits in %s, where %s had pushed it.",
		                task, w->taken, w->worker, w->queue, w->push ? w->pusher : "its owner");
	case VIOLATION_RUN_UNTAKEN:
		return run_untaken(to, w);
	case VIOLATION_TAKEN_ELSEWHERE:
		return snprintf(to, REPORT_HAPPENED_MAX,
		                "%s %s task %" PRIu64 " out of %s, where it did not wait: %s had %s it %s before.",
		                w->worker, verb(w->proof), task, w->taken, itself_or_other(w), deed(w->rival),
		                w->apart);
	case VIOLATION_RUN_AGAIN:
		return snprintf(to, REPORT_HAPPENED_MAX,
		                "%s %s task %" PRIu64 " although %s had started it %s before, in the same life.",
		                w->worker, started(w->proof), task, itself_or_other(w), w->apart);
	case VIOLATION_RUN_AT_ONCE:
		return snprintf(to, REPORT_HAPPENED_MAX,
		                "%s %s task %" PRIu64 " while %s still ran it, since %s before.", w->worker,
		                started(w->proof), task, itself_or_other(w), w->apart);
	case VIOLATION_COMPLETED_ELSEWHERE:
		return snprintf(to, REPORT_HAPPENED_MAX, "%s %s task %" PRIu64 ", which ran on %s.", w->worker,
		                deed(w->proof), task, w->other);
	case VIOLATION_DROPPED:
		return snprintf(to, REPORT_HAPPENED_MAX,
		                "%s %s task %" PRIu64 " out of %s, and neither ran it nor queued it again.", w->worker,
		                verb(w->proof), task, w->taken);
	case VIOLATION_RAN_CANCELLED:
		return snprintf(to, REPORT_HAPPENED_MAX,
		                "%s ran task %" PRIu64 " although %s had cancelled it %s before.", w->worker, task,
		                w->proof->worker == w->rival->worker ? "it" : w->other, w->apart);
	case VIOLATION_STOLE_PINNED:
		return snprintf(to, REPORT_HAPPENED_MAX, "%s stole task %" PRIu64 ", which %s had pinned in %s.",
		                w->worker, task, w->push ? w->pusher : "its owner", w->queue);
	default:
		return 0;
	}
}

/* Whether the events that the sentence speaks of are there. */
static bool is_told(const struct words *w)
{
	switch (w->v->what) {
	case VIOLATION_UNTOLD:
		return false;
	case VIOLATION_BACKWARDS:
	case VIOLATION_SLOW:
		return true;
	case VIOLATION_TWO_TAKES:
	case VIOLATION_OUT_OF_TURN:
	case VIOLATION_TAKEN_ELSEWHERE:
	case VIOLATION_RUN_AGAIN:
	case VIOLATION_RUN_AT_ONCE:
	case VIOLATION_RUN_UNTAKEN:
	case VIOLATION_COMPLETED_ELSEWHERE:
	case VIOLATION_RAN_CANCELLED:
	case VIOLATION_TAKEN_UNPUSHED:
		return w->proof != NULL && w->rival != NULL;
	default:
		return w->proof != NULL;
	}
}

const char *report_happened(char buffer[REPORT_HAPPENED_MAX], const struct report *report, const struct violation *v)
{
	struct words w = words_of(report, v);
	memset(buffer, 0, REPORT_HAPPENED_MAX);
	if (!is_told(&w))
		return buffer;
	switch (v->what) {
	case VIOLATION_TWO_TAKES:
		two_takes(buffer, &w);
		break;
	case VIOLATION_OUT_OF_TURN:
		out_of_turn(buffer, &w);
		break;
	case VIOLATION_LEFT:
		left(buffer, &w);
		break;
	case VIOLATION_PUSHED_AGAIN:
	case VIOLATION_PUSHED_WHILE_HELD:
		pushed(buffer, &w);
		break;
	default:
		if (of_ownership(buffer, &w) == 0 && of_calls(buffer, &w) == 0)
			of_warnings(buffer, &w);
		break;
	}
	return buffer;
}
