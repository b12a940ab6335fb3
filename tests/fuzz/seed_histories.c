/* SPDX-License-Identifier: MIT */
/*
 * Writes random histories of each profile as inputs of fuzz_jsonl.c, fuzz_engine.c and fuzz_events.c, into directories
 * of these names that exist: seed_histories DIRECTORY COUNT
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "history_code.h"
#include "random_history.h"
#include "trace_header.h"

static void put_number(uint64_t number, size_t size)
{
	for (size_t i = 0; i < size; i++)
		putchar((int)(number >> 8 * i & 0xff));
}

/* As fuzz_engine.c reads it: 22 bits, and what tells that there are no more. */
static void put_short(uint64_t number)
{
	put_number((number & 0x3fffff) << 2 | 2, 3);
}

static void put_for_engine(const struct history *history)
{
	uint64_t ts = 0;
	put_number(history_code(history), 2);
	for (size_t i = 0; i < history->count; i++) {
		const struct wsc_event *e = &history->events[i];
		const bool fails = e->kind == WSC_EV_STEAL_FAILURE;
		const unsigned more = fails ? e->reason : (e->flags & WSC_FLAG_PINNED) == 0;
		unsigned head = (unsigned)(e->kind - WSC_EV_QUEUED);
		while (head / 16 < more)
			head += WSC_EV_END - WSC_EV_QUEUED;
		put_number(head, 1);
		put_short(e->ts > ts ? e->ts - ts : 0);
		put_short(e->worker);
		put_short(e->queue);
		put_short(e->task);
		ts = e->ts > ts ? e->ts : ts;
	}
}

/* Stamps up to 15, or up to 45 in steps of 3, from one to the next. */
static unsigned interval(uint64_t ns)
{
	if (ns < 16)
		return (unsigned)ns + 16;
	return (ns < 45 ? (unsigned)ns / 3 : 15) + 48;
}

static void put_for_events(const struct history *history)
{
	uint64_t ts = 0;
	put_number(history_code(history), 2);
	for (size_t i = 0; i < history->count; i++) {
		const struct wsc_event *e = &history->events[i];
		const bool fails = e->kind == WSC_EV_STEAL_FAILURE;
		put_number((unsigned)(e->kind - WSC_EV_QUEUED), 1);
		put_number(e->worker % 4 + 4 * (e->queue % 4), 1);
		put_number(fails ? e->reason != WSC_REASON_EMPTY : (e->task + 5) % 6, 1);
		put_number(i > 0 ? interval(e->ts > ts ? e->ts - ts : 0) : 0, 1);
		ts = e->ts;
	}
}

static void put_as_lines(const struct history *history)
{
	history_print_header(history);
	for (size_t i = 0; i < history->count; i++)
		history_print_event(&history->events[i]);
	if (history->end != WSC_END_CUT)
		printf("{\"end\":\"%s\"}\n", trace_end_name(history->end));
}

static bool write_as(const char *directory, const char *target, const char *name, const struct history *history,
                     void (*put)(const struct history *history))
{
	char path[4096];
	snprintf(path, sizeof(path), "%s/%s/%s", directory, target, name);
	if (freopen(path, "w", stdout) == NULL) {
		perror(path);
		return false;
	}
	put(history);
	return fflush(stdout) == 0;
}

int main(int argc, char **argv)
{
	static struct history history;
	bool is_legal, is_written = argc == 3;
	const unsigned profiles = RANDOM_PROFILE_COUNT;
	for (unsigned i = 0; is_written && i < profiles * (unsigned)strtoul(argv[2], NULL, 10); i++) {
		char name[32];
		snprintf(name, sizeof(name), "random-%u", i);
		random_history_make(i, (enum random_profile)(i % profiles), &history, &is_legal);
		is_written = write_as(argv[1], "jsonl", name, &history, put_as_lines) &&
		             write_as(argv[1], "engine", name, &history, put_for_engine) &&
		             write_as(argv[1], "events", name, &history, put_for_events);
	}
	return is_written ? 0 : 1;
}
