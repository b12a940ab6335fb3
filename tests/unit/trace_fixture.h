/* SPDX-License-Identifier: MIT */
/* What tests of the trace format share: a trace in memory, random events, a reader of bytes. */
#ifndef TRACE_FIXTURE_H
#define TRACE_FIXTURE_H

#include <stdlib.h>
#include <string.h>

#include "memory_file.h"
#include "trace_limits.h"
#include "trace_reader.h"
#include "trace_writer.h"

struct bytes {
	unsigned char *data;
	size_t size, capacity;
};

static inline void bytes_add(struct bytes *bytes, const void *data, size_t size)
{
	if (bytes->size + size > bytes->capacity) {
		bytes->capacity = (bytes->size + size) * 2;
		bytes->data = realloc(bytes->data, bytes->capacity);
		if (bytes->data == NULL)
			abort();
	}
	if (size > 0)
		memcpy(bytes->data + bytes->size, data, size);
	bytes->size += size;
}

static inline enum wsc_status bytes_sink(void *context, const void *data, size_t size)
{
	bytes_add(context, data, size);
	return WSC_OK;
}

static inline struct trace_writer *writer_to(struct bytes *bytes, const struct trace_header *header)
{
	struct trace_sink sink = {.write = bytes_sink, .context = bytes};
	struct trace_writer *writer;

	if (trace_writer_create(&writer, sink, header, 0) != WSC_OK)
		abort();
	return writer;
}

/* xorshift64*: the same numbers in every run. */
static inline uint64_t random_next(uint64_t *state)
{
	*state ^= *state >> 12;
	*state ^= *state << 25;
	*state ^= *state >> 27;
	return *state * UINT64_C(0x2545f4914f6cdd1d);
}

/* Any event that is legal to write: every field anything, mostly small. */
static inline struct wsc_event random_event(uint64_t *state, uint32_t worker, uint64_t *ts)
{
	uint64_t r = random_next(state);
	struct wsc_event e = {.worker = worker, .kind = (uint8_t)(1 + r % (WSC_EV_END - 1))};

	*ts += r % 97 == 0   ? random_next(state)
	       : r % 13 == 0 ? 0
	       : r % 29 == 0 ? (uint64_t)0 - (r >> 50)
	                     : (r >> 40) % 5000;
	e.ts = *ts;
	e.task = (r >> 8) % 7 == 0 ? random_next(state) : (r >> 8) % 7 == 1 ? 0 : (r >> 16) % 50;
	e.queue = (r >> 11) % 5 == 0 ? (uint32_t)random_next(state) : (r >> 11) % 5 < 3 ? worker : 0;
	e.arg = (r >> 14) % 4 == 0 ? (uint32_t)(r >> 32) : (uint32_t)((r >> 14) % 3);
	e.flags = (uint8_t)((r >> 17) % 4);
	e.reason = (uint8_t)((r >> 19) % 4);
	return e;
}

static inline bool same_event(const struct wsc_event *a, const struct wsc_event *b)
{
	return a->ts == b->ts && a->task == b->task && a->worker == b->worker && a->queue == b->queue &&
	       a->arg == b->arg && a->kind == b->kind && a->flags == b->flags && a->reason == b->reason;
}

static inline enum wsc_status open_bytes(struct trace_reader **reader, const void *data, size_t size,
                                         struct trace_error *err)
{
	return trace_reader_open(reader, memory_file(data, size), err);
}

/* All that a reader gives, after a RESTART from the beginning. */
struct reading {
	enum wsc_status status; /* of opening, or of the last call */
	struct wsc_event *events;
	size_t count, capacity;
	unsigned restarts;
	bool is_complete; /* as the header says */
	struct trace_summary summary;
	struct trace_error err;
};

static inline void reading_free(struct reading *reading)
{
	free(reading->events);
}

static inline struct reading drain(struct trace_reader *reader)
{
	struct reading reading = {0};
	const struct wsc_event *events;
	size_t n;

	while ((reading.status = trace_reader_next(reader, &events, &n, &reading.err)) == WSC_OK ||
	       reading.status == WSC_RESTART) {
		if (reading.status == WSC_RESTART) {
			reading.count = 0;
			reading.restarts++;
			continue;
		}
		if (reading.count + n > reading.capacity) {
			reading.capacity = (reading.count + n) * 2;
			reading.events = realloc(reading.events, reading.capacity * sizeof *events);
			if (reading.events == NULL)
				abort();
		}
		memcpy(reading.events + reading.count, events, n * sizeof *events);
		reading.count += n;
	}
	reading.summary = *trace_reader_summary(reader);
	reading.is_complete = trace_reader_header(reader)->complete;
	return reading;
}

static inline struct reading read_bytes(const void *data, size_t size)
{
	struct reading reading = {0};
	struct trace_reader *reader;

	reading.status = open_bytes(&reader, data, size, &reading.err);
	if (reading.status != WSC_OK)
		return reading;
	reading = drain(reader);
	trace_reader_free(reader);
	return reading;
}

#endif
