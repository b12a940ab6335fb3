/* SPDX-License-Identifier: MIT */
#include "reports.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "array.h"

static const struct {
	bool of_order, otherwise, reused;
} conditions[VIOLATION_CONDITION_COUNT] = {
#define ROW(NAME, order, otherwise, reused) [VIOLATION_##NAME] = {order, otherwise, reused},
    VIOLATION_CONDITIONS(ROW)
#undef ROW
};

/* --- which --- */

enum { KEY_WORDS = 13 };

/* All that tells one report from another, so that their order does not depend on that of their discovery. */
static void key_of(const struct violation *v, uint64_t key[KEY_WORDS])
{
	const uint64_t words[KEY_WORDS] = {v->ts,
	                                   v->kind,
	                                   v->workers[0],
	                                   v->since,
	                                   v->queue,
	                                   v->task,
	                                   v->other_task,
	                                   v->taken_from,
	                                   (uint64_t)v->workers[1] << 32 | v->workers[2],
	                                   (uint64_t)v->workers[3] << 32 | v->worker_count,
	                                   v->standing_for,
	                                   v->has_queue * 4U + v->has_taken_from * 2U + v->queued_running,
	                                   v->condition};
	memcpy(key, words, sizeof(words));
}

static int compare(const void *left, const void *right)
{
	uint64_t a[KEY_WORDS], b[KEY_WORDS];
	key_of(left, a);
	key_of(right, b);
	for (int i = 0; i < KEY_WORDS; i++) {
		if (a[i] != b[i])
			return a[i] < b[i] ? -1 : 1;
	}
	return 0;
}

/* Errors first: a flood of warnings is not to push out what fails the run. */
static int compare_by_weight(const void *left, const void *right)
{
	const struct violation *a = left, *b = right;
	bool a_warns = wsc_violation_severity(a->kind) == WSC_SEVERITY_WARNING;
	bool b_warns = wsc_violation_severity(b->kind) == WSC_SEVERITY_WARNING;
	return a_warns != b_warns ? a_warns - b_warns : compare(left, right);
}

static void sort(struct reports *reports, int (*by)(const void *, const void *))
{
	if (reports->count > 0)
		qsort(reports->list, reports->count, sizeof(*reports->list), by);
}

void reports_drop(struct violation *v)
{
	free(v->message);
	free(v->events);
}

/* Keeps of each condition as many as are wanted, the weightiest first. */
static void keep_first(struct reports *reports)
{
	uint64_t kept_of[VIOLATION_CONDITION_COUNT] = {0};
	size_t kept = 0;
	sort(reports, compare_by_weight);
	for (size_t i = 0; i < reports->count; i++) {
		struct violation *v = &reports->list[i];
		if (kept_of[v->condition]++ < reports->max)
			reports->list[kept++] = *v;
		else
			reports_drop(v);
	}
	reports->count = kept;
}

void reports_trim(struct reports *reports)
{
	if (reports->count > 0 && reports->count / 2 >= reports->max)
		keep_first(reports);
}

static bool append(struct reports *reports, const struct violation *violation)
{
	struct violation *grown = array_room(reports->list, reports->count, &reports->capacity, sizeof(*grown));
	if (grown == NULL)
		return false;
	reports->list = grown;
	reports->list[reports->count++] = *violation;
	return true;
}

bool reports_add(struct reports *reports, const struct violation *violation)
{
	reports->counts[violation->condition][violation->kind]++;
	reports->queued_running[violation->condition] += violation->queued_running;
	/* Twice as many as are wanted are never kept: the later half goes first. */
	if (reports->count == reports->capacity)
		reports_trim(reports);
	return append(reports, violation);
}

static bool stands_for_good(int condition, bool reuses_cancelled)
{
	return !conditions[condition].of_order && conditions[condition].reused &&
	       (conditions[condition].otherwise || reuses_cancelled);
}

bool reports_stands_for_good(const struct violation *v, bool reuses_cancelled)
{
	return stands_for_good(v->condition, reuses_cancelled);
}

uint64_t reports_count(const struct reports *reports, enum wsc_violation_kind kind, bool reuses_cancelled)
{
	uint64_t count = 0;
	for (int i = 0; i < VIOLATION_CONDITION_COUNT; i++)
		count += stands_for_good(i, reuses_cancelled) ? reports->counts[i][kind] : 0;
	return count;
}

bool reports_join(struct reports *into, struct reports *from)
{
	for (int i = 0; i < VIOLATION_CONDITION_COUNT; i++) {
		for (int kind = 0; kind < WSC_VIOLATION_KIND_COUNT; kind++)
			into->counts[i][kind] += from->counts[i][kind];
		into->queued_running[i] += from->queued_running[i];
	}
	while (from->count > 0) {
		if (!append(into, &from->list[from->count - 1]))
			return false;
		from->count--;
	}
	return true;
}

static bool stands(enum violation_condition condition, const struct reports_facts *facts)
{
	if (conditions[condition].of_order && facts->doubts_all)
		return false;
	return facts->reuses_cancelled ? conditions[condition].reused : conditions[condition].otherwise;
}

/*
 * What does not stand goes. In a window, or after a gap, an entry may wait that a life left which was not seen, and
 * cancelled. Where the scheduler does use handles of cancelled lives again, that may be what was taken, and the task itself
 * was still there.
 */
static void keep_standing(struct reports *reports, const struct reports_facts *facts)
{
	size_t kept = 0;
	for (size_t i = 0; i < reports->count; i++) {
		if (stands((enum violation_condition)reports->list[i].condition, facts))
			reports->list[kept++] = reports->list[i];
		else
			reports_drop(&reports->list[i]);
	}
	reports->count = kept;
}

/* Of 100 lives or more half were queued while they ran: the identity is declared wrongly, which is said once. */
static void diagnose_identity(struct reports *reports, uint64_t lives, uint64_t queued_running, uint64_t *count)
{
	const uint64_t lives_min = 100;
	bool first = true;
	size_t kept = 0;
	if (lives < lives_min || queued_running < lives / 2)
		return;
	for (size_t i = 0; i < reports->count; i++) {
		struct violation *v = &reports->list[i];
		if (v->queued_running && !first) {
			reports_drop(v);
			continue;
		}
		if (v->queued_running) {
			v->standing_for = queued_running;
			first = false;
		}
		reports->list[kept++] = *v;
	}
	reports->count = kept;
	*count -= queued_running - 1;
}

void reports_conclude(struct reports *reports, const struct reports_facts *facts,
                      uint64_t counts[WSC_VIOLATION_KIND_COUNT])
{
	uint64_t queued_running = 0;
	memset(counts, 0, WSC_VIOLATION_KIND_COUNT * sizeof(*counts));
	for (int i = 0; i < VIOLATION_CONDITION_COUNT; i++) {
		if (!stands((enum violation_condition)i, facts))
			continue;
		for (int kind = 0; kind < WSC_VIOLATION_KIND_COUNT; kind++)
			counts[kind] += reports->counts[i][kind];
		queued_running += reports->queued_running[i];
	}
	keep_standing(reports, facts);
	sort(reports, compare_by_weight);
	while (reports->count > reports->max)
		reports_drop(&reports->list[--reports->count]);
	sort(reports, compare);
	diagnose_identity(reports, facts->lives, queued_running, &counts[WSC_VIOLATION_MULTIPLE_OWNERS]);
}

void reports_free(struct reports *reports)
{
	for (size_t i = 0; i < reports->count; i++)
		reports_drop(&reports->list[i]);
	free(reports->list);
	*reports = (struct reports){0};
}

/* --- in words --- */

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

static int write_warning(const struct trace_header *header, const struct violation *v, char *text, size_t size)
{
	struct message_parts p = parts_of(v);
	char time[32];
	switch (v->kind) {
	case WSC_VIOLATION_SLOW_STEAL:
		duration_words(time, trace_header_ns(header, v->ts) - trace_header_ns(header, v->since));
		if (v->task == 0)
			return snprintf(text, size, "worker %s took %s to steal a task, which is not sampled, from %s",
			                p.workers, time, p.queue);
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

/* What was not run up to the end. */
static int write_left(const struct violation *v, const struct message_parts *p, char *text, size_t size)
{
	const bool lost = v->kind == WSC_VIOLATION_LOST_WORK;
	if (v->has_taken_from)
		return snprintf(text, size, "task %" PRIu64 " was taken out of %s and not run %s: worker%s %s", v->task,
		                p->queue, lost ? "up to a clean end" : "when the scheduler stalled", p->s, p->workers);
	return snprintf(text, size,
	                lost ? "task %" PRIu64 " was last seen in %s and not run up to a clean end"
	                     : "task %" PRIu64 " still waited (%s) when the scheduler stalled",
	                v->task, p->queue);
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
		return snprintf(text, size,
		                v->worker_count == 1 ? "task %" PRIu64 " was in two places at once: worker%s %s"
		                                     : "task %" PRIu64 " had more than one owner: worker%s %s",
		                v->task, p.s, p.workers);
	case WSC_VIOLATION_DOUBLE_EXECUTION:
		return snprintf(text, size, "task %" PRIu64 " ran twice in one life: worker%s %s", v->task, p.s,
		                p.workers);
	case WSC_VIOLATION_LOST_WORK:
	case WSC_VIOLATION_STALLED_WORK:
		return write_left(v, &p, text, size);
	case WSC_VIOLATION_EXEC_AFTER_CANCEL: /* whoever had it before comes first */
		return snprintf(text, size, "task %" PRIu64 " ran on worker %" PRIu32 " after it was cancelled",
		                v->task, v->worker_count == 0 ? 0 : v->workers[v->worker_count - 1]);
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

bool reports_describe(const struct trace_header *header, struct violation *violation)
{
	char text[320];
	if (violation->message != NULL)
		return true;
	if (wsc_violation_severity(violation->kind) == WSC_SEVERITY_ERROR)
		write_error(violation, text, sizeof(text));
	else
		write_warning(header, violation, text, sizeof(text));
	violation->message = strdup(text);
	return violation->message != NULL;
}

bool reports_describe_all(const struct trace_header *header, struct reports *reports)
{
	bool ok = true;
	for (size_t i = 0; i < reports->count && ok; i++)
		ok = reports_describe(header, &reports->list[i]);
	return ok;
}
