/* SPDX-License-Identifier: MIT */
/* The reports of an analysis: counted, the first of them kept, and put into words. */
#include "engine.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "array.h"

struct kind_row {
	const char *name;
	enum wsc_severity severity;
	const char *help;
};

enum { DOUBTS_MAX = 1 << 20 };

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

void findings_init(struct findings *findings, uint64_t max)
{
	*findings = (struct findings){.max = max};
}

static int compare(const void *left, const void *right)
{
	const struct violation *a = left, *b = right;
	if (a->ts != b->ts)
		return a->ts < b->ts ? -1 : 1;
	return (a->sequence > b->sequence) - (a->sequence < b->sequence);
}

/* Errors first: a flood of warnings is not to push out what fails the run. */
static int compare_by_weight(const void *left, const void *right)
{
	const struct violation *a = left, *b = right;
	bool a_warns = wsc_violation_severity(a->kind) == WSC_SEVERITY_WARNING;
	bool b_warns = wsc_violation_severity(b->kind) == WSC_SEVERITY_WARNING;
	return a_warns != b_warns ? a_warns - b_warns : compare(left, right);
}

/* Keeps as many as are wanted, errors before warnings, and puts them in the order of time. */
static void keep_first(struct findings *findings)
{
	if (findings->count > findings->max)
		qsort(findings->list, findings->count, sizeof(*findings->list), compare_by_weight);
	while (findings->count > findings->max)
		free(findings->list[--findings->count].message);
	if (findings->count > 0)
		qsort(findings->list, findings->count, sizeof(*findings->list), compare);
}

bool findings_add(struct findings *findings, const struct violation *violation)
{
	findings->counts[violation->kind]++;
	findings->queued_running += violation->queued_running;
	findings->if_no_dead_entry += violation->if_no_dead_entry;
	if (findings->count == findings->capacity) {
		/* Twice as many as are wanted are never kept: the later half goes first. */
		if (findings->count / 2 >= findings->max && findings->count > 0)
			keep_first(findings);
	}
	struct violation *grown = array_room(findings->list, findings->count, &findings->capacity, sizeof(*grown));
	if (grown == NULL)
		return false;
	findings->list = grown;
	findings->list[findings->count] = *violation;
	findings->list[findings->count++].sequence = findings->sequence++;
	return true;
}

void findings_free(struct findings *findings)
{
	for (size_t i = 0; i < findings->count; i++) {
		free(findings->list[i].message);
		free(findings->list[i].events);
	}
	free(findings->list);
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
	return life != 0 && id_map_find(&f->reported_lives, life) != ID_MAP_NONE;
}

bool findings_doubt(struct findings *f, const struct doubt *doubt)
{
	if (f->doubt_count == DOUBTS_MAX) {
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
	return (a->life > b->life) - (a->life < b->life);
}

/* By task and life; `since` becomes the least of this one and those of the task's later lives. */
static void sort_doubts(struct findings *f)
{
	if (f->doubt_count > 0)
		qsort(f->doubts, f->doubt_count, sizeof(*f->doubts), compare_doubts);
	for (size_t i = f->doubt_count; i-- > 1;) {
		struct doubt *earlier = &f->doubts[i - 1], *later = &f->doubts[i];
		if (earlier->task == later->task && earlier->since > later->since)
			earlier->since = later->since;
	}
}

/* Whether it is doubtful that this life left its queue as it seems, with a stamp or bound `ts`. */
static bool is_doubtful(const struct findings *f, uint64_t task, uint64_t life, uint64_t ts)
{
	const struct doubt wanted = {.task = task, .life = life};
	size_t low = 0, high = f->doubt_count;
	if (f->doubts_all)
		return true;
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		if (compare_doubts(&f->doubts[middle], &wanted) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low < f->doubt_count && f->doubts[low].task == task && f->doubts[low].since <= ts;
}

static bool stands(const struct analysis *a, const struct order_conviction *c)
{
	const struct findings *f = &a->findings;
	return !(c->vague && a->reuses_cancelled) && !was_reported(f, c->life) && !was_reported(f, c->other_life) &&
	       !is_doubtful(f, c->task, c->life, c->since) && !is_doubtful(f, c->other_task, c->other_life, c->ts);
}

/* `standing_for`: how many it stands for, or 0: itself. */
static bool add_conviction(struct analysis *a, const struct order_conviction *c, uint64_t standing_for)
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
	                      .standing_for = standing_for};
	return findings_add(&a->findings, &v);
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
 * and each culprit once. Moves them to the front and returns their number, or SIZE_MAX: no memory.
 */
static size_t choose_convictions(struct analysis *a)
{
	struct order *order = &a->order;
	struct id_map culprits = {0};
	uint64_t witness = 0;
	size_t kept = 0;
	if (order->conviction_count > 0)
		qsort(order->convictions, order->conviction_count, sizeof(*order->convictions), compare_convictions);
	for (size_t i = 0; i < order->conviction_count; i++) {
		struct order_conviction c = order->convictions[i];
		if (c.witness == witness || !stands(a, &c))
			continue;
		witness = c.witness;
		if (id_map_find(&culprits, c.serial) != ID_MAP_NONE)
			continue;
		if (!id_map_add(&culprits, c.serial, 1)) {
			kept = SIZE_MAX;
			break;
		}
		order->convictions[kept++] = c;
	}
	id_map_free(&culprits);
	return kept;
}

/* One report for each conviction; for a queue whose discipline seems to be declared wrongly, the first alone. */
static bool add_convictions(struct analysis *a)
{
	const struct order_conviction *c = a->order.convictions;
	sort_doubts(&a->findings);
	size_t count = choose_convictions(a), next;
	if (count == SIZE_MAX)
		return false;
	if (count > 0)
		qsort(a->order.convictions, count, sizeof(*c), compare_chosen);
	for (size_t i = 0; i < count; i = next) {
		for (next = i + 1; next < count && c[next].queue == c[i].queue;)
			next++;
		int64_t queue = queue_table_number(&a->queues, c[i].queue);
		uint64_t misfits = queue < 0 ? 0 : order_misfits(&a->order, (uint32_t)queue);
		for (size_t j = i; j < (misfits > 0 ? i + 1 : next); j++) {
			if (!add_conviction(a, &c[j], misfits))
				return false;
		}
	}
	return true;
}

static void list_workers(const struct violation *v, char *text, size_t size)
{
	size_t used = 0;
	text[0] = '\0';
	for (unsigned i = 0; i < v->worker_count; i++) {
		const char *between = i == 0 ? "" : i + 1 == v->worker_count ? " and " : ", ";
		int n = snprintf(text + used, size - used, "%s%" PRIu32, between, v->workers[i]);
		if (n < 0 || (size_t)n >= size - used)
			return;
		used += (size_t)n;
	}
}

/* What the words of a message are about, ready to print. */
struct message_parts {
	char workers[64], queue[32];
	const char *s; /* plural of "worker" */
};

static struct message_parts parts_of(const struct violation *v)
{
	struct message_parts parts = {.queue = "no queue", .s = v->worker_count == 1 ? "" : "s"};
	list_workers(v, parts.workers, sizeof(parts.workers));
	if (v->has_queue)
		snprintf(parts.queue, sizeof(parts.queue), "queue %" PRIu32, v->queue);
	return parts;
}

/* A time as people read it: 999 ns, 1.25 us, 12.50 ms. */
static void duration_words(char words[32], uint64_t ns)
{
	static const struct {
		uint64_t ns;
		const char *unit;
	} units[] = {{1000000000, "s"}, {1000000, "ms"}, {1000, "us"}};
	snprintf(words, 32, "%" PRIu64 " ns", ns);
	for (size_t i = 0; i < sizeof(units) / sizeof(*units); i++) {
		if (ns < units[i].ns)
			continue;
		snprintf(words, 32, "%" PRIu64 ".%02u %s", ns / units[i].ns,
		         (unsigned)(ns % units[i].ns / (units[i].ns / 100)), units[i].unit);
		return;
	}
}

static int write_warning(const struct analysis *a, const struct violation *v, char *text, size_t size)
{
	struct message_parts p = parts_of(v);
	char time[32];
	switch (v->kind) {
	case WSC_VIOLATION_SLOW_STEAL:
		duration_words(time, trace_header_ns(a->header, v->ts) - trace_header_ns(a->header, v->since));
		return snprintf(text, size, "worker %s took %s to steal task %" PRIu64 " from %s", p.workers, time,
		                v->task, p.queue);
	case WSC_VIOLATION_IDLE_WHILE_WORK:
		return snprintf(text, size,
		                "worker %s slept while task %" PRIu64 " certainly waited in %s, free to be taken",
		                p.workers, v->task, p.queue);
	case WSC_VIOLATION_FALSE_EMPTY:
		return snprintf(text, size,
		                "worker %s was told that %s is empty while task %" PRIu64 " certainly waited there",
		                p.workers, p.queue, v->task);
	default:
		return snprintf(text, size, "task %" PRIu64 " started and never completed", v->task);
	}
}

static int write_error(const struct violation *v, char *text, size_t size)
{
	struct message_parts p = parts_of(v);
	switch (v->kind) {
	case WSC_VIOLATION_MULTIPLE_OWNERS:
		if (v->standing_for > 0)
			return snprintf(text, size,
			                "the identity seems to be declared wrongly: in %" PRIu64
			                " lives the handle was queued while it ran; the first: task %" PRIu64,
			                v->standing_for, v->task);
		if (v->has_taken_from)
			return snprintf(text, size,
			                "task %" PRIu64 " was taken from queue %" PRIu32
			                ", but it waits in %s: worker%s %s",
			                v->task, v->taken_from, p.queue, p.s, p.workers);
		return snprintf(text, size, "task %" PRIu64 " had more than one owner: worker%s %s", v->task, p.s,
		                p.workers);
	case WSC_VIOLATION_DOUBLE_EXECUTION:
		return snprintf(text, size, "task %" PRIu64 " ran twice in one life: worker%s %s", v->task, p.s,
		                p.workers);
	case WSC_VIOLATION_LOST_WORK:
		return snprintf(text, size, "task %" PRIu64 " was last seen in %s and not run up to a clean end",
		                v->task, p.queue);
	case WSC_VIOLATION_STALLED_WORK:
		return snprintf(text, size, "task %" PRIu64 " still waited (%s) when the scheduler stalled", v->task,
		                p.queue);
	case WSC_VIOLATION_EXEC_AFTER_CANCEL:
		return snprintf(text, size, "task %" PRIu64 " ran on worker %s after it was cancelled", v->task,
		                p.workers);
	case WSC_VIOLATION_ORDERING_VIOLATION:
		if (v->standing_for > 0)
			return snprintf(
			    text, size,
			    "%s seems to be declared wrongly: %" PRIu64
			    " takes were out of turn, and in turn under the other discipline; the first: task %" PRIu64
			    " before task %" PRIu64,
			    p.queue, v->standing_for, v->task, v->other_task);
		if (v->other_task == 0)
			return snprintf(text, size, "worker %s stole task %" PRIu64 ", which was pinned in %s",
			                p.workers, v->task, p.queue);
		return snprintf(text, size,
		                "task %" PRIu64 " was taken from %s out of turn: task %" PRIu64 " was due before it",
		                v->task, p.queue, v->other_task);
	default:
		if (v->task == 0)
			return snprintf(text, size,
			                v->since < v->ts ? "stamps of worker %s run backwards"
			                                 : "worker %s recorded an event of task 0, which is no task",
			                p.workers);
		return snprintf(text, size,
		                "no scheduler can do this to task %" PRIu64
		                ": a recording call of worker%s %s is missing or misplaced",
		                v->task, p.s, p.workers);
	}
}

bool findings_describe(const struct analysis *a, struct violation *violation)
{
	char text[320];
	if (violation->message != NULL)
		return true;
	if (wsc_violation_severity(violation->kind) == WSC_SEVERITY_ERROR)
		write_error(violation, text, sizeof(text));
	else
		write_warning(a, violation, text, sizeof(text));
	violation->message = strdup(text);
	return violation->message != NULL;
}

/*
 * In a window, or after a gap, an entry may wait that a life left which was not seen, and cancelled. Where the scheduler
 * does use handles of cancelled lives again, that may be what was taken, and the task itself was still there.
 */
static void drop_if_dead_entries(struct findings *f)
{
	size_t kept = 0;
	for (size_t i = 0; i < f->count; i++) {
		if (f->list[i].if_no_dead_entry)
			free(f->list[i].message);
		else
			f->list[kept++] = f->list[i];
	}
	f->count = kept;
	f->counts[WSC_VIOLATION_MULTIPLE_OWNERS] -= f->if_no_dead_entry;
}

/* Of 100 lives or more half were queued while they ran: the identity is declared wrongly, which is said once. */
static void diagnose_identity(struct analysis *a)
{
	struct findings *f = &a->findings;
	const uint64_t lives_min = 100;
	bool first = true;
	size_t kept = 0;
	if (a->result.lives < lives_min || f->queued_running < a->result.lives / 2)
		return;
	for (size_t i = 0; i < f->count; i++) {
		struct violation *v = &f->list[i];
		if (v->queued_running && !first) {
			free(v->message);
			continue;
		}
		if (v->queued_running) {
			v->standing_for = f->queued_running;
			first = false;
		}
		f->list[kept++] = *v;
	}
	f->count = kept;
	f->counts[WSC_VIOLATION_MULTIPLE_OWNERS] -= f->queued_running - 1;
}

bool findings_finish(struct analysis *a)
{
	struct findings *f = &a->findings;
	if (!add_convictions(a))
		return false;
	if (a->reuses_cancelled)
		drop_if_dead_entries(f);
	keep_first(f);
	diagnose_identity(a);
	for (size_t i = 0; i < f->count; i++) {
		if (!findings_describe(a, &f->list[i]))
			return false;
	}
	return true;
}
