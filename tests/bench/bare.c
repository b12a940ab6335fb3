/* SPDX-License-Identifier: MIT */
/*
 * bare TRACE [REPETITIONS]: the least that replaying a trace can cost, to compare `wscheck analyze` with.
 *
 * The events, merged, lie in memory as records of 16 bytes before the time starts. One thread takes each task through
 * queued, taken, running, done in a table of open addressing that holds the live ones, and counts what is not legal. It
 * knows nothing of time, order, batches or damage, keeps no statistics, and forgets what is done.
 *
 * Prints one JSON object: events, live (the most tasks at once), illegal (0), seconds (of each repetition).
 */
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "trace_input.h"

enum { REPETITIONS = 5, REPETITIONS_MAX = 1000, KIND_SHIFT = 24, STATE_SHIFT = 32 };

struct record {
	uint64_t task;
	uint32_t worker;
	uint32_t kind_queue; /* kind << 24 | queue */
};

enum state { QUEUED, TAKEN, RUNNING };

struct entry {
	uint64_t task;        /* 0: free */
	uint64_t state_place; /* enum state << 32 | queue or worker */
};

struct table {
	struct entry *entries;
	uint64_t mask;
	unsigned shift; /* the hash's highest bits */
	uint64_t live, live_max, illegal;
};

struct history {
	struct record *records;
	size_t count, capacity;
};

static _Noreturn void die(const char *what)
{
	fprintf(stderr, "bare: %s\n", what);
	exit(2);
}

static double now_s(void)
{
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static void keep(struct history *history, const struct wsc_event *e)
{
	if (history->count == history->capacity) {
		history->capacity = history->capacity == 0 ? 1 << 20 : history->capacity * 2;
		history->records = realloc(history->records, history->capacity * sizeof *history->records);
		if (history->records == NULL)
			die("out of memory");
	}
	if (e->queue >> KIND_SHIFT != 0)
		die("the trace has a queue above 2^24");
	history->records[history->count++] = (struct record){
	    .task = e->task, .worker = e->worker, .kind_queue = (uint32_t)e->kind << KIND_SHIFT | e->queue};
}

static void load(struct history *history, const char *path)
{
	struct trace_input *input;
	struct trace_error err;
	const struct wsc_event *events;
	size_t count;
	enum wsc_status status = trace_input_open(&input, path, &err);

	while (status == WSC_OK && (status = trace_input_next(input, &events, &count, &err)) == WSC_OK) {
		for (size_t i = 0; i < count; i++)
			keep(history, &events[i]);
	}
	if (status != WSC_DONE)
		die(status == WSC_RESTART ? "the trace is damaged" : err.message);
	trace_input_free(input);
}

static inline uint64_t home(const struct table *table, uint64_t task)
{
	return task * UINT64_C(0x9e3779b97f4a7c15) >> table->shift;
}

/* Where the task is, or the free place where it belongs. */
static inline struct entry *find(struct table *table, uint64_t task)
{
	uint64_t at = home(table, task);

	while (table->entries[at].task != task && table->entries[at].task != 0)
		at = (at + 1) & table->mask;
	return &table->entries[at];
}

static inline void insert(struct table *table, struct entry *entry, uint64_t task)
{
	entry->task = task;
	if (++table->live > table->live_max)
		table->live_max = table->live;
}

/* Closes the hole, so that no search ends at it too early. */
static inline void erase(struct table *table, struct entry *entry)
{
	uint64_t hole = (uint64_t)(entry - table->entries), at = hole;

	for (;;) {
		at = (at + 1) & table->mask;
		const uint64_t task = table->entries[at].task;
		if (task == 0)
			break;
		if (((at - home(table, task)) & table->mask) >= ((at - hole) & table->mask)) {
			table->entries[hole] = table->entries[at];
			hole = at;
		}
	}
	table->entries[hole].task = 0;
	table->live--;
}

static inline uint64_t state_place(enum state state, uint32_t place)
{
	return (uint64_t)state << STATE_SHIFT | place;
}

static inline void replay(struct table *table, const struct record *record)
{
	const uint32_t queue = record->kind_queue & ((1U << KIND_SHIFT) - 1);
	struct entry *entry;

	switch (record->kind_queue >> KIND_SHIFT) {
	case WSC_EV_QUEUED:
		entry = find(table, record->task);
		table->illegal += entry->task != 0;
		insert(table, entry, record->task);
		entry->state_place = state_place(QUEUED, queue);
		break;
	case WSC_EV_STEAL_SUCCESS:
		entry = find(table, record->task);
		table->illegal += entry->task == 0 || entry->state_place != state_place(QUEUED, queue);
		entry->state_place = state_place(TAKEN, record->worker);
		break;
	case WSC_EV_EXEC_START:
		entry = find(table, record->task);
		table->illegal += entry->task == 0 || (entry->state_place != state_place(QUEUED, record->worker) &&
		                                       entry->state_place != state_place(TAKEN, record->worker));
		entry->state_place = state_place(RUNNING, record->worker);
		break;
	case WSC_EV_EXEC_COMPLETE:
		entry = find(table, record->task);
		table->illegal += entry->task == 0 || entry->state_place != state_place(RUNNING, record->worker);
		if (entry->task != 0)
			erase(table, entry);
		break;
	default:
		break;
	}
}

static double replay_all(struct table *table, const struct history *history)
{
	memset(table->entries, 0, (table->mask + 1) * sizeof *table->entries);
	table->live = table->illegal = 0;
	const double begin = now_s();
	for (size_t i = 0; i < history->count; i++)
		replay(table, &history->records[i]);
	return now_s() - begin;
}

/* A table in which at most half of the places are ever taken. */
static void size_table(struct table *table, const struct history *history)
{
	size_t live = 0, most = 1;

	for (size_t i = 0; i < history->count; i++) {
		const uint32_t kind = history->records[i].kind_queue >> KIND_SHIFT;
		live += kind == WSC_EV_QUEUED;
		live -= live > 0 && kind == WSC_EV_EXEC_COMPLETE; /* a trace need not be sound */
		most = live > most ? live : most;
	}
	table->shift = 63;
	while (((uint64_t)1 << (64 - table->shift)) < 2 * most)
		table->shift--;
	table->mask = ((uint64_t)1 << (64 - table->shift)) - 1;
	table->entries = malloc((table->mask + 1) * sizeof *table->entries);
	if (table->entries == NULL)
		die("out of memory");
}

int main(int argc, char **argv)
{
	struct history history = {0};
	struct table table = {0};
	const long repetitions = argc > 2 ? strtol(argv[2], NULL, 10) : REPETITIONS;

	if (argc < 2 || argc > 3 || repetitions < 1 || repetitions > REPETITIONS_MAX) {
		fprintf(stderr, "usage: bare TRACE [REPETITIONS]\n");
		return 2;
	}
	load(&history, argv[1]);
	size_table(&table, &history);
	(void)replay_all(&table, &history); /* the pages' first use is not measured */
	printf("{\"events\":%zu,\"live\":%llu,\"illegal\":%llu,\"seconds\":[", history.count,
	       (unsigned long long)table.live_max, (unsigned long long)table.illegal);
	for (long i = 0; i < repetitions; i++)
		printf("%s%.6f", i > 0 ? "," : "", replay_all(&table, &history));
	printf("]}\n");
	free(table.entries);
	free(history.records);
	return 0;
}
