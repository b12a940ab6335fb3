/* SPDX-License-Identifier: MIT */
/*
 * Events of one handle as words, and states of the ownership machine as text.
 *
 * A word is OP WORKER [@QUEUE] [=LOWER] [#SEQUENCE] [!] without blanks: Q queued, F push_failed, D dequeued, T steal_success,
 * S exec_start, C exec_complete, U suspended, R resumed, X cancelled; a take's lower bound is its stamp less 5, or LOWER;
 * ! pinned.
 *
 * A state: where the task is, [run]s, {held?maybe} lives and {stale} entries by worker, entries in queues, flags, takes that
 * are owed and credits (N times ?), QUEUE<WORKER=TS, with ! if the stay was pinned.
 */
#ifndef OWNERSHIP_SUPPORT_H
#define OWNERSHIP_SUPPORT_H

#include <criterion/criterion.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ownership.h"
#include "trace_header.h"

static inline struct ownership_event ownership_parse(const char *word, uint64_t ts)
{
	static const char ops[] = "?QFD?T?SCURX";
	const char *op = strchr(ops, *word);
	char *at;
	struct ownership_event e = {.event = {.ts = ts, .task = 1}, .lower = ts - 5};
	cr_assert(op != NULL && *word != '\0', "no such operation: %s", word);
	e.event.kind = (uint8_t)(op - ops);
	e.event.worker = e.event.queue = (uint32_t)strtoul(word + 1, &at, 10);
	/* In these tests stamps tell a worker's place in its program; that of an attempt or batch is where it began. */
	bool is_take = e.event.kind == WSC_EV_STEAL_SUCCESS || e.event.kind == WSC_EV_DEQUEUED;
	e.sequence = is_take ? e.lower : ts;
	for (; *at != '\0'; word = at) {
		char what = *at++;
		if (what == '@')
			e.event.queue = (uint32_t)strtoul(at, &at, 10);
		else if (what == '=')
			e.sequence = e.lower = strtoull(at, &at, 10);
		else if (what == '#')
			e.sequence = strtoull(at, &at, 10);
		else if (what == '!')
			e.event.flags = WSC_FLAG_PINNED;
		else
			cr_assert_fail("what is this: %s", word);
	}
	return e;
}

static inline void ownership_tell_flags(FILE *out, unsigned where, unsigned flags)
{
	static const char *const names[] = {"life",    "ran",     "completed", "cancelled", "suspended", "inline",
	                                    "unknown", "dropped", "disputed",  "pinned",    "awaited",   "blurred",
	                                    "crowded", "fresh",   "unseen",    "vague"};
	for (unsigned bit = 0; bit < 16; bit++) {
		bool is_refused = where == OWNERSHIP_NOWHERE && (1U << bit) == OWNERSHIP_REFUSED;
		if ((flags >> bit & 1U) != 0)
			fprintf(out, " %s", is_refused ? "refused" : names[bit]);
	}
}

/* QUEUE<WORKER=TS, and #SEQUENCE if that is another than the stamp, or if there is one though there is no one worker. */
static inline void ownership_tell_owed(FILE *out, const struct ownership_owed *o, bool pinned)
{
	fprintf(out, "%" PRIu32 "<%" PRIu32 "=%" PRIu64, o->queue, o->worker, o->ts);
	if (o->sequence != (o->worker == UINT32_MAX ? 0 : o->ts))
		fprintf(out, "#%" PRIu64, o->sequence);
	fprintf(out, "%s", pinned ? "!" : "");
}

static inline void ownership_tell(FILE *out, const struct ownership *s)
{
	static const char *const places[] = {"nowhere", "queued", "taken"};
	fprintf(out, "%s", places[s->where]);
	if (s->where != OWNERSHIP_NOWHERE || s->place != 0)
		fprintf(out, " %" PRIu32, s->place);
	for (unsigned i = 0; i < OWNERSHIP_RUNNERS_MAX; i++) {
		const struct ownership_runner *r = &s->runners[i];
		if (i < s->runner_count)
			fprintf(out, " %" PRIu32 "[%u]", r->worker, r->runs);
		else if (r->worker != 0 || r->runs != 0 || r->held != 0 || r->maybe != 0 || r->stale != 0)
			fprintf(out, " rubbish");
		if (r->held != 0 || r->maybe != 0)
			fprintf(out, "{%u?%u}", r->held, r->maybe);
		if (r->stale != 0)
			fprintf(out, "{%u stale}", r->stale);
	}
	for (unsigned i = 0; i < OWNERSHIP_STALE_MAX; i++) {
		const struct ownership_stale *stale = &s->stale[i];
		if (i < s->stale_count)
			fprintf(out, " %" PRIu32 " stale@%" PRIu32, stale->count, stale->queue);
		else if (stale->queue != 0 || stale->count != 0)
			fprintf(out, " rubbish");
	}
	ownership_tell_flags(out, s->where, s->flags);
	if (s->awaited != 0)
		fprintf(out, "@%" PRIu32, s->awaited);
	for (unsigned i = 0; i < OWNERSHIP_OWED_MAX; i++) {
		const struct ownership_owed *o = &s->owed[i];
		if (i < s->owed_count) {
			fprintf(out, " ");
			ownership_tell_owed(out, o, (s->pinned >> i & 1U) != 0);
		} else if (o->queue != 0 || o->worker != 0 || o->ts != 0)
			fprintf(out, " rubbish");
	}
	if (s->before_flags == OWNERSHIP_AWAITED && s->before_where == 0)
		fprintf(out, " found@%" PRIu32, s->before_place); /* the missing push, unless it fails */
	else if (s->where != OWNERSHIP_QUEUED && (s->before_flags != 0 || s->before_where != 0 || s->before_place != 0))
		fprintf(out, " rubbish"); /* what was before a push matters while that may fail */
	for (unsigned i = 0; i < OWNERSHIP_CREDITS_MAX; i++) {
		const struct ownership_owed *o = &s->credits[i];
		if (i < s->credit_count) {
			fprintf(out, " %u?", s->credit_counts[i]);
			ownership_tell_owed(out, o, (s->pinned >> (i + 4) & 1U) != 0);
		} else if (o->queue != 0 || o->worker != 0 || o->ts != 0 || s->credit_counts[i] != 0)
			fprintf(out, " rubbish");
	}
	if ((s->pinned & 0xfU) >> s->owed_count != 0 || s->pinned >> (s->credit_count + 4) != 0)
		fprintf(out, " rubbish");
	if (s->suspended != 0 || s->maybe_suspended != 0)
		fprintf(out, " suspended{%u?%u}", s->suspended, s->maybe_suspended);
	if (s->maybe != 0)
		fprintf(out, " maybe");
	if (s->vague_ts != 0)
		fprintf(out, " since %" PRIu64, s->vague_ts);
}

#endif
