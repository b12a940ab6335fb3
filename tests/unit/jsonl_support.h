/* SPDX-License-Identifier: MIT */
/* What the tests of both forms share: random histories, writing and comparing them, files in memory, mutations. */
#ifndef JSONL_SUPPORT_H
#define JSONL_SUPPORT_H

#include <criterion/criterion.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "jsonl_writer.h"
#include "memory_file.h"
#include "trace_header.h"

struct support_history {
	struct trace_header header;
	struct wsc_event *events;
	size_t count;
	enum wsc_end end;
};

/* splitmix64 */
static inline uint64_t support_random(uint64_t *state)
{
	uint64_t z = (*state += 0x9E3779B97F4A7C15U);
	z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9U;
	z = (z ^ (z >> 27)) * 0x94D049BB133111EBU;
	return z ^ (z >> 31);
}

static inline bool support_one_in(uint64_t *state, uint64_t n)
{
	return support_random(state) % n == 0;
}

/* Small numbers, and the greatest. */
static inline uint64_t support_number(uint64_t *state)
{
	return support_one_in(state, 8) ? UINT64_MAX : support_random(state) >> (support_random(state) % 64);
}

static inline uint32_t support_id(uint64_t *state)
{
	return support_one_in(state, 16) ? UINT32_MAX : (uint32_t)(support_random(state) % 6);
}

static inline const char *support_word(uint64_t *state)
{
	static const char *const words[] = {
	    "",     "main",     "a b", "\"q\\/\b\f\n\r\t\x01\x1F\x7F", "\xC3\xA4\xE2\x82\xAC\xF0\x9F\x98\x80",
	    "null", "{\"a\":1}"};
	return words[support_random(state) % (sizeof(words) / sizeof(words[0]))];
}

static inline void support_random_queue(struct trace_queue *queue, uint64_t *state)
{
	queue->has_owner = support_one_in(state, 2);
	queue->owner = queue->has_owner ? support_id(state) : 0;
	queue->has_discipline = support_one_in(state, 2);
	queue->discipline =
	    queue->has_discipline ? (enum wsc_discipline)(support_random(state) % 3) : WSC_DISCIPLINE_LIFO;
	if (queue->has_discipline && queue->discipline == WSC_DISCIPLINE_NONE && support_one_in(state, 2))
		trace_header_set_string(&queue->discipline_word, "heap \"of\" things");
	queue->unstealable = support_one_in(state, 2);
	queue->deferred = support_one_in(state, 2);
	queue->has_capacity = support_one_in(state, 2);
	queue->capacity = queue->has_capacity ? support_number(state) : 0;
	if (support_one_in(state, 2))
		trace_header_set_string(&queue->name, support_word(state));
}

static inline void support_random_worker(struct trace_worker *worker, uint64_t *state)
{
	worker->has_thread_id = support_one_in(state, 2);
	worker->thread_id = worker->has_thread_id ? support_number(state) : 0;
	worker->has_window_start = support_one_in(state, 2);
	worker->window_start = worker->has_window_start ? support_number(state) : 0;
	worker->has_attached = support_one_in(state, 2);
	worker->attached = worker->has_attached ? support_number(state) : 0;
	worker->has_detached = support_one_in(state, 2);
	worker->detached = worker->has_detached ? support_number(state) : 0;
	if (support_one_in(state, 2))
		trace_header_set_string(&worker->name, support_word(state));
}

static inline void support_random_tables(struct trace_header *header, uint64_t *state)
{
	static const char *const values[] = {
	    "1",    "-1.50e+3", "18446744073709551616", "\"a\\u0001\"", "[ 1,{\"b\":[]}]",
	    "null", "false",    "{\"c\":\"\\\"]\"}"};
	for (uint64_t i = support_random(state) % 40; i-- > 0;) {
		uint32_t id = support_one_in(state, 2) ? support_id(state) : (uint32_t)support_random(state);
		if (!trace_header_queue(header, id))
			support_random_queue(trace_header_add_queue(header, id), state);
		id = support_one_in(state, 2) ? support_id(state) : (uint32_t)support_random(state);
		if (!trace_header_worker(header, id))
			support_random_worker(trace_header_add_worker(header, id), state);
		trace_header_add_anchor(header, support_number(state), support_number(state));
		trace_header_add_meta(header, support_word(state), values[support_random(state) % 8]);
		trace_header_add_extension(header, (uint8_t)(32 + support_random(state) % 224), support_word(state),
		                           (uint8_t)(support_random(state) % 255), false);
	}
	for (uint32_t label = 1; label < 8; label++)
		trace_header_set_string(&trace_header_add_label(header, 11 * label)->text, support_word(state));
}

static inline void support_random_header(struct trace_header *header, uint64_t *state)
{
	trace_header_init(header);
	header->clock = (enum wsc_clock)(support_random(state) % 2);
	header->ticks_per_second = header->clock == WSC_CLOCK_TICKS ? support_number(state) | 1 : 0;
	header->identity = (enum wsc_identity)(support_random(state) % 3);
	header->discipline = (enum wsc_discipline)(support_random(state) % 3);
	if (header->discipline == WSC_DISCIPLINE_NONE && support_one_in(state, 2))
		trace_header_set_string(&header->discipline_word, "priority");
	header->scope = (enum wsc_scope)(support_random(state) % 2);
	header->complete = support_one_in(state, 2);
	header->uncertainty_ns = support_one_in(state, 2) ? support_number(state) : 0;
	header->publish_ns = support_one_in(state, 2) ? support_number(state) : 0;
	header->sampling = support_one_in(state, 2) ? support_number(state) | 1 : 1;
	header->absent = support_one_in(state, 2) ? (uint32_t)support_random(state) & 0xFFFEU : 0;
	header->has_process_id = support_one_in(state, 2);
	header->process_id = header->has_process_id ? support_number(state) : 0;
	if (support_one_in(state, 2))
		trace_header_set_string(&header->host, support_word(state));
	if (!support_one_in(state, 4))
		support_random_tables(header, state);
}

static inline void support_random_event(struct wsc_event *event, uint64_t *state)
{
	event->kind = (uint8_t)(1 + support_random(state) % (WSC_EV_END - 1));
	event->worker = support_id(state);
	event->queue = event->worker;
	event->task = support_one_in(state, 16) ? 0 : support_number(state) | 1;
	switch (event->kind) {
	case WSC_EV_QUEUED:
		event->flags = support_one_in(state, 4) ? WSC_FLAG_PINNED : 0;
		event->arg = support_one_in(state, 4) ? 11 * (uint32_t)(support_random(state) % 8) : 0;
		event->queue = support_one_in(state, 2) ? support_id(state) : event->worker;
		break;
	case WSC_EV_PUSH_FAILED:
	case WSC_EV_DEQUEUED:
		event->queue = support_one_in(state, 2) ? support_id(state) : event->worker;
		break;
	case WSC_EV_STEAL_FAILURE:
		event->arg = 1 + (support_one_in(state, 2) ? (uint32_t)support_random(state) % UINT32_MAX : 0);
		event->reason = (uint8_t)(support_random(state) % 4);
		/* fall through */
	case WSC_EV_STEAL_START:
	case WSC_EV_STEAL_SUCCESS:
		event->queue = support_id(state);
		event->task = support_one_in(state, 2) ? 0 : event->task;
		event->flags = event->kind == WSC_EV_STEAL_SUCCESS && support_one_in(state, 4) ? WSC_FLAG_INFERRED : 0;
		break;
	case WSC_EV_WAKE:
		event->queue = support_id(state);
		event->task = 0;
		break;
	case WSC_EV_GAP:
		event->task = support_one_in(state, 2) ? event->ts : UINT64_MAX;
		event->arg = support_one_in(state, 2) ? (uint32_t)support_random(state) : 0;
		event->queue = 0;
		break;
	case WSC_EV_PARKED:
	case WSC_EV_UNPARKED:
		event->task = 0;
		event->queue = 0;
		break;
	default:
		event->queue = 0;
		break;
	}
}

/* Stamps mostly rise, are often equal, and sometimes run backwards or lie at either end of the range. */
static inline void support_history_random(struct support_history *history, uint64_t seed)
{
	uint64_t state = seed, now = support_number(&state) >> 8;
	*history = (struct support_history){.count = support_random(&state) % 200};
	history->end = (enum wsc_end)(support_random(&state) % 3);
	support_random_header(&history->header, &state);
	history->events = calloc(history->count + 1, sizeof(*history->events));
	for (size_t i = 0; i < history->count; i++) {
		struct wsc_event *event = &history->events[i];
		now += support_random(&state) % 3;
		event->ts = now;
		if (support_one_in(&state, 20))
			event->ts = now - support_random(&state) % 10;
		if (support_one_in(&state, 60))
			event->ts = support_one_in(&state, 2) ? 0 : UINT64_MAX;
		support_random_event(event, &state);
	}
}

static inline void support_history_free(struct support_history *history)
{
	trace_header_free(&history->header);
	free(history->events);
}

/* The history as text, in the order of its events. */
static inline char *support_write(const struct support_history *history, size_t *size)
{
	char *text = NULL;
	struct trace_error err;
	struct jsonl_writer *writer;
	FILE *file = open_memstream(&text, size);
	cr_assert_eq(jsonl_writer_create(&writer, file, &history->header, &err), WSC_OK);
	cr_assert_eq(jsonl_writer_events(writer, history->events, history->count, &err), WSC_OK);
	cr_assert_eq(jsonl_writer_finish(writer, history->end, &err), WSC_OK);
	jsonl_writer_free(writer);
	fclose(file);
	return text;
}

static inline void support_compare_text(const char *a, const char *b, uint64_t seed)
{
	cr_assert_eq(a == NULL, b == NULL, "seed %" PRIu64, seed);
	if (a)
		cr_assert_str_eq(a, b, "seed %" PRIu64, seed);
}

static inline void support_compare_queues(const struct trace_header *a, const struct trace_header *b, uint64_t seed)
{
	cr_assert_eq(a->queue_count, b->queue_count, "seed %" PRIu64, seed);
	for (size_t i = 0; i < a->queue_count; i++) {
		const struct trace_queue *x = &a->queues[i];
		const struct trace_queue *y = trace_header_queue(b, x->queue);
		cr_assert_not_null(y);
		cr_assert(x->owner == y->owner && x->has_owner == y->has_owner &&
		              x->has_discipline == y->has_discipline && x->unstealable == y->unstealable &&
		              x->deferred == y->deferred && x->has_capacity == y->has_capacity &&
		              x->discipline == y->discipline && x->capacity == y->capacity,
		          "seed %" PRIu64, seed);
		support_compare_text(x->discipline_word, y->discipline_word, seed);
		support_compare_text(x->name, y->name, seed);
	}
}

static inline void support_compare_workers(const struct trace_header *a, const struct trace_header *b, uint64_t seed)
{
	cr_assert_eq(a->worker_count, b->worker_count, "seed %" PRIu64, seed);
	for (size_t i = 0; i < a->worker_count; i++) {
		const struct trace_worker *x = &a->workers[i];
		const struct trace_worker *y = trace_header_worker(b, x->worker);
		cr_assert_not_null(y);
		cr_assert(x->has_thread_id == y->has_thread_id && x->has_window_start == y->has_window_start &&
		              x->has_attached == y->has_attached && x->has_detached == y->has_detached &&
		              x->thread_id == y->thread_id && x->window_start == y->window_start &&
		              x->attached == y->attached && x->detached == y->detached,
		          "seed %" PRIu64, seed);
		support_compare_text(x->name, y->name, seed);
	}
}

static inline void support_compare_tables(const struct trace_header *a, const struct trace_header *b, uint64_t seed)
{
	support_compare_queues(a, b, seed);
	support_compare_workers(a, b, seed);
	cr_assert_eq(a->anchor_count, b->anchor_count);
	for (size_t i = 0; i < a->anchor_count; i++)
		cr_assert_eq(memcmp(&a->anchors[i], &b->anchors[i], sizeof(a->anchors[i])), 0);
	cr_assert_eq(a->meta_count, b->meta_count);
	for (size_t i = 0; i < a->meta_count; i++) {
		support_compare_text(a->meta[i].key, b->meta[i].key, seed);
		support_compare_text(a->meta[i].json, b->meta[i].json, seed);
	}
	cr_assert_eq(a->extension_count, b->extension_count);
	for (size_t i = 0; i < a->extension_count; i++) {
		const struct trace_extension *x = &a->extensions[i], *y = &b->extensions[i];
		cr_assert(x->kind == y->kind && x->operands == y->operands && x->critical == y->critical);
		support_compare_text(x->name, y->name, seed);
	}
}

static inline void support_compare_headers(const struct trace_header *a, const struct trace_header *b, uint64_t seed)
{
	cr_assert(a->clock == b->clock && a->ticks_per_second == b->ticks_per_second && a->identity == b->identity &&
	              a->discipline == b->discipline && a->scope == b->scope && a->complete == b->complete,
	          "seed %" PRIu64, seed);
	cr_assert(a->uncertainty_ns == b->uncertainty_ns && a->publish_ns == b->publish_ns &&
	              a->sampling == b->sampling && a->absent == b->absent && a->has_process_id == b->has_process_id &&
	              a->process_id == b->process_id,
	          "seed %" PRIu64, seed);
	support_compare_text(a->discipline_word, b->discipline_word, seed);
	support_compare_text(a->host, b->host, seed);
	support_compare_tables(a, b, seed);
}

/* Everything but the numbers of labels, which stand for their texts. */
static inline void support_compare(const struct support_history *a, const struct support_history *b, uint64_t seed)
{
	support_compare_headers(&a->header, &b->header, seed);
	cr_assert_eq(a->end, b->end);
	cr_assert_eq(a->count, b->count, "seed %" PRIu64 ": %zu %zu", seed, a->count, b->count);
	for (size_t i = 0; i < a->count; i++) {
		struct wsc_event x = a->events[i], y = b->events[i];
		if (x.kind == WSC_EV_QUEUED && x.arg != 0) {
			support_compare_text(trace_header_label(&a->header, x.arg),
			                     trace_header_label(&b->header, y.arg), seed);
			x.arg = y.arg;
		}
		cr_assert_eq(memcmp(&x, &y, sizeof(x)), 0, "seed %" PRIu64 " event %zu", seed, i);
	}
}

/* A copy with a few bytes changed, doubled or cut out. */
static inline char *support_mutate(const char *text, size_t size, size_t *mutant_size, uint64_t *state)
{
	static const char alphabet[] = "{}[]\":,\\ \n\r\t0123456789eE+-.truefalsn\"\"\x80\xC3\xFF\x01";
	char *mutant = malloc(2 * size + 1);
	memcpy(mutant, text, size);
	*mutant_size = size;
	for (uint64_t edits = 1 + support_random(state) % 4; edits-- > 0 && *mutant_size > 1;) {
		size_t at = support_random(state) % *mutant_size;
		size_t length = 1 + support_random(state) % (support_one_in(state, 2) ? 1 : 30);
		length = length < *mutant_size - at ? length : *mutant_size - at;
		uint64_t what = support_random(state) % 4;
		if (what < 2) {
			mutant[at] =
			    what ? alphabet[support_random(state) % sizeof(alphabet)] : (char)support_random(state);
		} else if (what == 2) {
			memmove(mutant + at, mutant + at + length, *mutant_size - at - length);
			*mutant_size -= length;
		} else if (*mutant_size + length <= 2 * size) {
			memmove(mutant + at + length, mutant + at, *mutant_size - at);
			*mutant_size += length;
		}
	}
	return mutant;
}

/* What every reader promises of an event. */
static inline void support_check_events(const struct wsc_event *events, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		cr_assert(events[i].kind > 0 && events[i].kind < WSC_EV_END && events[i].reserved == 0);
		cr_assert(events[i].kind != WSC_EV_GAP || events[i].task >= events[i].ts);
		cr_assert(events[i].kind != WSC_EV_STEAL_FAILURE || events[i].arg > 0);
	}
}

#endif
