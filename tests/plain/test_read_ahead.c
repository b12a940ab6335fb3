/* SPDX-License-Identifier: MIT */
/*
 * Threads that decode ahead change nothing of what is read: events, summary, gaps, what damage does, ranges, a second pass,
 * and a reader that is left in the middle. Plain C, so that TSan sees it.
 */
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "trace_fixture.h"
#include "wscheck/record.h"

enum { WORKERS = 5, EVENTS = 40000, BLOCK_EVENTS = 700, RUNS = 6 };

#define CHECK(condition, what)                                                                                         \
	do {                                                                                                           \
		if (!(condition)) {                                                                                    \
			fprintf(stderr, "line %d: %s\n", __LINE__, what);                                              \
			exit(1);                                                                                       \
		}                                                                                                      \
	} while (0)

static const unsigned thread_counts[] = {1, 2, 7};

/* A trace of several workers, one of them nobody; every fourth block is small, and in some blocks gaps are events. */
static struct bytes make(uint64_t seed, bool ordered)
{
	uint64_t random = seed * 2 + 1, ts[WORKERS] = {1000, 2000, 3000, 4000, 5000}, place = 0;
	struct bytes bytes = {0};
	struct trace_header header;
	size_t written = 0;

	trace_header_init(&header);
	header.ordered = ordered;
	struct trace_writer *writer = writer_to(&bytes, &header);
	while (written < EVENTS) {
		static struct wsc_event events[BLOCK_EVENTS];
		static uint64_t order[BLOCK_EVENTS];
		uint32_t worker = (uint32_t)(random_next(&random) % WORKERS);
		size_t count = random_next(&random) % 4 == 0 ? 3 : 300 + random_next(&random) % 400;

		for (size_t i = 0; i < count; i++) {
			events[i] = random_event(&random, worker == 0 ? WSC_WORKER_UNATTACHED : worker, &ts[worker]);
			if (events[i].kind == WSC_EV_GAP)
				events[i].task = events[i].ts;
			order[i] = place++;
		}
		CHECK(trace_writer_block(writer, events, count, ordered ? order : NULL) == WSC_OK, "write");
		written += count;
	}
	CHECK(trace_writer_finish(writer, WSC_END_CLEAN) == WSC_OK, "finish");
	trace_writer_free(writer);
	trace_header_free(&header);
	return bytes;
}

static struct trace_reader *open_with(const struct bytes *bytes, unsigned threads, uint64_t from, uint64_t to)
{
	struct trace_reader *reader;
	struct trace_error err;

	CHECK(open_bytes(&reader, bytes->data, bytes->size, &err) == WSC_OK, "open");
	if (from > 0 || to < UINT64_MAX)
		CHECK(trace_reader_limit(reader, from, to, &err) == WSC_OK, "limit");
	trace_reader_threads(reader, threads);
	return reader;
}

static void same(const struct reading *a, const struct reading *b)
{
	CHECK(a->status == b->status && a->count == b->count && a->restarts == b->restarts, "another reading");
	for (size_t i = 0; i < a->count; i++)
		CHECK(same_event(&a->events[i], &b->events[i]), "another event");
	CHECK(a->summary.events == b->summary.events && a->summary.dropped == b->summary.dropped &&
	          a->summary.over_limit == b->summary.over_limit && a->summary.blocks == b->summary.blocks &&
	          a->summary.end == b->summary.end && a->summary.damaged_blocks == b->summary.damaged_blocks,
	      "another summary");
}

static void compare(const struct bytes *bytes, uint64_t from, uint64_t to)
{
	struct trace_reader *reader = open_with(bytes, 0, from, to);
	struct reading plain = drain(reader);

	trace_reader_free(reader);
	for (size_t i = 0; i < sizeof thread_counts / sizeof *thread_counts; i++) {
		struct trace_error err;
		reader = open_with(bytes, thread_counts[i], from, to);
		struct reading first = drain(reader);
		struct reading second;

		same(&plain, &first);
		CHECK(trace_reader_rewind(reader, &err) == WSC_OK, "rewind");
		second = drain(reader);
		second.restarts = first.restarts; /* what the first pass found is known */
		same(&first, &second);
		reading_free(&first);
		reading_free(&second);
		trace_reader_free(reader);
	}
	reading_free(&plain);
}

/* Left in the middle, with blocks under way. */
static void leave(const struct bytes *bytes)
{
	struct trace_reader *reader = open_with(bytes, 3, 0, UINT64_MAX);
	const struct wsc_event *events;
	struct trace_error err;
	size_t n;

	for (int i = 0; i < 5; i++)
		CHECK(trace_reader_next(reader, &events, &n, &err) == WSC_OK, "next");
	trace_reader_free(reader);
}

int main(void)
{
	for (uint64_t seed = 1; seed <= RUNS; seed++) {
		struct bytes bytes = make(seed, seed % 2 == 0);
		uint64_t random = seed;

		compare(&bytes, 0, UINT64_MAX);
		compare(&bytes, 100000, 3000000);
		leave(&bytes);
		bytes.data[bytes.size / 4 + random_next(&random) % (bytes.size / 2)] ^= 0x41;
		compare(&bytes, 0, UINT64_MAX);
		bytes.size -= bytes.size / 3; /* no index, no footer */
		compare(&bytes, 0, UINT64_MAX);
		free(bytes.data);
	}
	puts("ok threads that decode ahead change nothing");
	return 0;
}
