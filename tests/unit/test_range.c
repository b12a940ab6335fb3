/* SPDX-License-Identifier: MIT */
/* A range of a trace: which events it has, what is not read for it, and that nothing false is said of it. */
#include <criterion/criterion.h>

#include "analysis.h"
#include "frame.h"
#include "random_history.h"
#include "short_run.h"
#include "trace_fixture.h"
#include "trace_item.h"
#include "trace_seek.h"

enum { HISTORIES = 400, RANGES = 12, BLOCK_MAX = 5 };

/* ---- which events ---- */

/* The events by worker, in blocks of a few; `order` is their place in the merged order. */
static struct bytes write_trace(const struct trace_header *header, const struct wsc_event *events, size_t count,
                                uint64_t *random)
{
	struct bytes bytes = {0};
	struct trace_header ordered = *header;
	ordered.ordered = true;
	struct trace_writer *writer = writer_to(&bytes, &ordered);
	bool *done = calloc(count + 1, sizeof *done);

	for (size_t i = 0; i < count; i++) {
		struct wsc_event block[BLOCK_MAX];
		uint64_t order[BLOCK_MAX];
		size_t n = 0, most = 1 + random_next(random) % BLOCK_MAX;

		for (size_t j = i; j < count && n < most && !done[i]; j++) {
			if (events[j].worker != events[i].worker || done[j])
				continue;
			block[n] = events[j];
			order[n++] = j;
		}
		for (size_t j = 0; j < n; j++)
			done[order[j]] = true;
		if (n > 0)
			cr_assert_eq(trace_writer_block(writer, block, n, order), WSC_OK);
	}
	cr_assert_eq(trace_writer_finish(writer, WSC_END_CLEAN), WSC_OK);
	trace_writer_free(writer);
	free(done);
	return bytes;
}

static struct reading read_range(const struct bytes *bytes, uint64_t from, uint64_t to)
{
	struct trace_reader *reader;
	struct trace_error err;
	struct reading reading;

	cr_assert_eq(open_bytes(&reader, bytes->data, bytes->size, &err), WSC_OK);
	cr_assert_eq(trace_reader_limit(reader, from, to, &err), WSC_OK);
	reading = drain(reader);
	cr_assert_eq(reading.status, WSC_DONE);
	if (reading.count > 0) { /* a second pass has the same */
		const struct wsc_event *events;
		size_t n;

		cr_assert_eq(trace_reader_rewind(reader, &err), WSC_OK);
		cr_assert_eq(trace_reader_next(reader, &events, &n, &err), WSC_OK);
		cr_assert(same_event(&events[0], &reading.events[0]));
	}
	trace_reader_free(reader);
	return reading;
}

/* Those of the whole whose place in time, the greatest stamp so far, lies in the range. */
static void check_events(const struct reading *whole, const struct reading *part)
{
	const struct trace_range *range = &part->summary.range;
	size_t at = range->begins_late && part->count > 0;
	uint64_t now = 0;
	bool ends_early = false;

	for (size_t i = 0; i < whole->count; i++) {
		const struct wsc_event *e = &whole->events[i];

		now = e->ts > now ? e->ts : now;
		ends_early |= now > range->to;
		if (now < range->from || now > range->to)
			continue;
		cr_assert_lt(at, part->count);
		cr_assert(same_event(e, &part->events[at++]));
	}
	cr_assert_eq(range->ends_early, ends_early);
	cr_assert_eq(part->summary.end, ends_early ? WSC_END_CUT : WSC_END_CLEAN);
	cr_assert_eq(part->is_complete, !range->begins_late);
	if (at < part->count) {
		cr_assert(ends_early);
		cr_assert_eq(part->events[at].kind, WSC_EV_GAP);
		cr_assert_gt(part->events[at].ts, range->to);
	}
	if (range->begins_late && part->count > 0) {
		cr_assert_eq(part->events[0].kind, WSC_EV_GAP);
		cr_assert_geq(part->events[0].task, range->from - 1);
	}
}

Test(range, has_the_events_whose_time_it_is)
{
	uint64_t random = 5;
	struct trace_header header;

	trace_header_init(&header);
	for (unsigned run = 0; run < 60; run++) {
		struct wsc_event events[300];
		uint64_t ts[4] = {1000, 1000, 2000, 5000};

		for (size_t i = 0; i < 300; i++) {
			uint32_t worker = (uint32_t)(random_next(&random) % 4);

			do
				events[i] = random_event(&random, worker, &ts[worker]);
			while (events[i].kind == WSC_EV_GAP && events[i].task < events[i].ts);
		}
		struct bytes bytes = write_trace(&header, events, 300, &random);
		struct reading whole = read_bytes(bytes.data, bytes.size);
		for (unsigned i = 0; i < RANGES; i++) {
			uint64_t a = whole.events[random_next(&random) % whole.count].ts,
			         b = whole.events[random_next(&random) % whole.count].ts;
			struct reading part = read_range(&bytes, a < b ? a : b, a < b ? b : a);

			check_events(&whole, &part);
			reading_free(&part);
		}
		reading_free(&whole);
		free(bytes.data);
	}
	trace_header_free(&header);
}

Test(range, beyond_the_trace_has_nothing)
{
	uint64_t random = 1;
	struct trace_header header;
	struct wsc_event events[2] = {{.ts = 10, .task = 1, .kind = WSC_EV_QUEUED},
	                              {.ts = 20, .task = 1, .kind = WSC_EV_EXEC_START}};

	trace_header_init(&header);
	struct bytes bytes = write_trace(&header, events, 2, &random);
	struct reading part = read_range(&bytes, 100, UINT64_MAX);
	cr_expect_eq(part.count, 0);
	cr_expect(part.summary.range.begins_late && !part.summary.range.ends_early);
	reading_free(&part);
	part = read_range(&bytes, 0, 10);
	cr_expect_eq(part.count, 2);
	cr_expect(!part.summary.range.begins_late && !part.summary.range.ends_early);
	reading_free(&part);
	free(bytes.data);
	trace_header_free(&header);
}

/* Events that were lost before the range may have been in it. */
Test(range, knows_of_a_gap_that_reaches_into_it)
{
	struct trace_header header;
	struct bytes bytes = {0};
	const struct wsc_event events[] = {{.ts = 10, .task = 1, .kind = WSC_EV_QUEUED},
	                                   {.ts = 20, .task = 900, .kind = WSC_EV_GAP},
	                                   {.ts = 900, .task = 1, .kind = WSC_EV_EXEC_START},
	                                   {.ts = 700, .task = 2, .worker = 1, .kind = WSC_EV_QUEUED}};

	trace_header_init(&header);
	struct trace_writer *writer = writer_to(&bytes, &header);
	cr_assert_eq(trace_writer_block(writer, &events[0], 2, NULL), WSC_OK);
	cr_assert_eq(trace_writer_block(writer, &events[2], 1, NULL), WSC_OK);
	cr_assert_eq(trace_writer_block(writer, &events[3], 1, NULL), WSC_OK);
	cr_assert_eq(trace_writer_finish(writer, WSC_END_CLEAN), WSC_OK);
	trace_writer_free(writer);
	struct reading part = read_range(&bytes, 500, 800);
	cr_assert_eq(part.count, 3);
	cr_expect_eq(part.events[0].kind, WSC_EV_GAP);
	cr_expect_eq(part.events[0].task, 900);
	cr_expect_eq(part.events[1].task, 2);
	reading_free(&part);
	free(bytes.data);
	trace_header_free(&header);
}

/* What is not read can't be seen to be damaged. */
Test(range, reads_nothing_else)
{
	enum { EVENTS = 2000, CHUNK = 500 };
	static struct wsc_event events[EVENTS];
	struct trace_header header;
	struct bytes bytes = {0};
	size_t end = 0; /* of the frame of a block a quarter in */

	trace_header_init(&header);
	struct trace_writer *writer = writer_to(&bytes, &header);
	for (size_t i = 0; i < EVENTS; i++)
		events[i] = (struct wsc_event){.ts = 100 + i, .task = i * i, .kind = WSC_EV_EXEC_START};
	for (size_t i = 0; i < EVENTS; i += CHUNK) {
		cr_assert_eq(trace_writer_block(writer, &events[i], CHUNK, NULL), WSC_OK);
		if (i == EVENTS / 4)
			end = bytes.size;
	}
	cr_assert_eq(trace_writer_finish(writer, WSC_END_CLEAN), WSC_OK);
	trace_writer_free(writer);
	bytes.data[end - 1] ^= 0x55;
	struct reading whole = read_bytes(bytes.data, bytes.size);
	cr_expect_eq(whole.restarts, 1);
	cr_expect_eq(whole.summary.damaged_blocks, 1);
	struct reading late = read_range(&bytes, 1500, 1700);
	cr_expect_eq(late.restarts, 0);
	cr_expect_eq(late.summary.damaged_blocks, 0);
	cr_expect_eq(late.count, 1 + 201 + 1);
	struct reading there = read_range(&bytes, 400, 600);
	cr_expect_eq(there.restarts, 1);
	cr_expect_eq(there.summary.damaged_blocks, 1);
	reading_free(&whole);
	reading_free(&late);
	reading_free(&there);
	free(bytes.data);
	trace_header_free(&header);
}

/* What an index may say that is not so; `a` and `b` are blocks of one worker, `other` one of another worker. */
typedef void lie_about(struct trace_index_entry *a, struct trace_index_entry *b, struct trace_index_entry *other,
                       struct trace_index_entry *declaration);

static void say_far_earlier(struct trace_index_entry *a, struct trace_index_entry *b, struct trace_index_entry *other,
                            struct trace_index_entry *declaration)
{
	(void)b, (void)other, (void)declaration;
	a->first_ts -= 500;
	a->max_ts -= 500;
}

static void say_far_later(struct trace_index_entry *a, struct trace_index_entry *b, struct trace_index_entry *other,
                          struct trace_index_entry *declaration)
{
	(void)b, (void)other, (void)declaration;
	a->first_ts += 500;
	a->max_ts += 500;
}

static void say_it_begins_earlier(struct trace_index_entry *a, struct trace_index_entry *b,
                                  struct trace_index_entry *other, struct trace_index_entry *declaration)
{
	(void)b, (void)other, (void)declaration;
	a->first_ts -= 50;
}

static void say_it_ends_as_it_begins(struct trace_index_entry *a, struct trace_index_entry *b,
                                     struct trace_index_entry *other, struct trace_index_entry *declaration)
{
	(void)b, (void)other, (void)declaration;
	a->max_ts = a->first_ts;
}

static void say_it_lasts(struct trace_index_entry *a, struct trace_index_entry *b, struct trace_index_entry *other,
                         struct trace_index_entry *declaration)
{
	(void)b, (void)other, (void)declaration;
	a->max_ts += 1 << 20;
}

static void share_out_events(struct trace_index_entry *a, struct trace_index_entry *b, struct trace_index_entry *other,
                             struct trace_index_entry *declaration)
{
	(void)other, (void)declaration;
	a->count--;
	b->count++;
}

static void exchange_workers(struct trace_index_entry *a, struct trace_index_entry *b, struct trace_index_entry *other,
                             struct trace_index_entry *declaration)
{
	(void)b, (void)declaration;
	a->worker ^= 1;
	other->worker ^= 1;
}

static void shift_a_boundary(struct trace_index_entry *a, struct trace_index_entry *b, struct trace_index_entry *other,
                             struct trace_index_entry *declaration)
{
	(void)b, (void)declaration;
	a->size--;
	other->size++;
}

static void hide_a_declaration(struct trace_index_entry *a, struct trace_index_entry *b,
                               struct trace_index_entry *other, struct trace_index_entry *declaration)
{
	const uint32_t size = declaration->size;

	(void)a, (void)b;
	*declaration = *other;
	declaration->size = size;
	declaration->count = 1;
	other->count--;
}

/* The same file whose index lies about the blocks `at` and behind it, with a checksum made anew. */
static struct bytes with_lying_index(const struct bytes *bytes, size_t at, lie_about *lie)
{
	const unsigned char *tail = bytes->data + bytes->size - TRACE_SEEK_TAIL_BYTES, *frame;
	const size_t index_at = bytes->size - trace_seek_size(tail), from = index_at + TRACE_SEEK_HEAD_BYTES;
	struct frame_info info = frame_inspect(bytes->data + from, bytes->size - from, 1 << 20);
	unsigned char *content = malloc(info.content_size), head[TRACE_SEEK_HEAD_BYTES], end[TRACE_SEEK_TAIL_BYTES];
	struct trace_cbor_reader cbor = {.bytes = content, .size = info.content_size};
	struct trace_cbor_writer item = {0};
	struct trace_envelope envelope;
	struct trace_index_entry *entries;
	struct frame_reader *reader;
	struct frame_writer *writer;
	struct bytes lying = {0};
	uint64_t left;
	size_t count, size;

	cr_assert_eq(frame_reader_create(&reader), WSC_OK);
	cr_assert_eq(frame_writer_create(&writer, 1), WSC_OK);
	cr_assert_eq(frame_read(reader, bytes->data + from, info, content), WSC_OK);
	cr_assert_eq(trace_item_read(&cbor, &envelope, &left), WSC_OK);
	cr_assert_eq(trace_item_read_index(&cbor, left, false, &entries, &count), WSC_OK);
	cr_assert(at + 2 < count && entries[at].type == TRACE_ITEM_BLOCK);
	cr_assert_eq(entries[1].type, TRACE_ITEM_DECLARATION);
	lie(&entries[at], &entries[at + 2], &entries[at + 1], &entries[1]);
	cr_assert_eq(trace_item_write_index(&item, envelope.id, envelope.sequence, entries, count, false), WSC_OK);
	cr_assert_eq(frame_write(writer, &(struct frame_part){item.bytes, item.size}, 1, &frame, &size), WSC_OK);
	trace_seek_frame(size, head, end);
	bytes_add(&lying, bytes->data, index_at);
	bytes_add(&lying, head, sizeof head);
	bytes_add(&lying, frame, size);
	bytes_add(&lying, end, sizeof end);
	frame_reader_free(reader);
	frame_writer_free(writer);
	trace_cbor_free(&item);
	free(entries);
	free(content);
	return lying;
}

enum { TURNS = 12, EACH = 5 };

/* Blocks of two workers in turn, behind a declaration; the stamps of the one run backwards from each block to the next. */
static struct bytes write_turns(void)
{
	struct wsc_event events[EACH];
	struct trace_header header;
	struct bytes bytes = {0};

	trace_header_init(&header);
	struct trace_writer *writer = writer_to(&bytes, &header);
	cr_assert_not_null(trace_header_add_queue(&header, 9));
	cr_assert_eq(trace_writer_declare(writer, &header), WSC_OK);
	for (size_t block = 0; block < TURNS; block++) {
		for (size_t i = 0; i < EACH; i++)
			events[i] = (struct wsc_event){.ts = 600 + block / 2 * 50 + 10 * i +
			                                     (i == EACH - 1 && block % 2 == 1 ? 120 : 0),
			                               .task = 1 + block * EACH + i,
			                               .worker = (uint32_t)(block % 2),
			                               .kind = WSC_EV_EXEC_START};
		cr_assert_eq(trace_writer_block(writer, events, EACH, NULL), WSC_OK);
	}
	cr_assert_eq(trace_writer_finish(writer, WSC_END_CLEAN), WSC_OK);
	trace_writer_free(writer);
	trace_header_free(&header);
	return bytes;
}

static bool is_the_same(const struct reading *got, const struct reading *right)
{
	for (size_t i = 0; got->count == right->count && i < got->count; i++) {
		if (!same_event(&got->events[i], &right->events[i]))
			return false;
	}
	return got->count == right->count;
}

/* No range of a trace whose index lies has other events, also where the lie is about what lies outside, and it is said. */
Test(range, an_index_that_lies_is_damage_and_hides_nothing)
{
	static lie_about *const lies[] = {say_far_earlier,          say_far_later,    say_it_begins_earlier,
	                                  say_it_ends_as_it_begins, say_it_lasts,     share_out_events,
	                                  exchange_workers,         shift_a_boundary, hide_a_declaration};
	static const uint64_t ranges[][2] = {{0, 250}, {0, 149}, {150, 260}, {249, 251}, {260, 9000}, {0, UINT64_MAX}};
	struct bytes bytes = write_turns();

	for (size_t i = 0; i < (TURNS - 2) * sizeof(lies) / sizeof(*lies); i++) {
		struct bytes lying = with_lying_index(&bytes, 2 + i % (TURNS - 2), lies[i / (TURNS - 2)]);
		struct reading whole = read_bytes(lying.data, lying.size);

		cr_expect_eq(whole.summary.damaged_blocks, 1, "lie %zu about block %zu", i / (TURNS - 2),
		             i % (TURNS - 2));
		for (size_t k = 0; k < sizeof(ranges) / sizeof(*ranges); k++) {
			struct reading right = read_range(&bytes, ranges[k][0], ranges[k][1]);
			struct reading got = read_range(&lying, ranges[k][0], ranges[k][1]);

			cr_expect(is_the_same(&got, &right) && got.summary.damaged_blocks == 1,
			          "lie %zu about block %zu, %d to %d: %zu events, not %zu; %d damaged", i / (TURNS - 2),
			          i % (TURNS - 2), (int)ranges[k][0], (int)ranges[k][1], got.count, right.count,
			          (int)got.summary.damaged_blocks);
			cr_expect_eq(right.summary.damaged_blocks, 0);
			reading_free(&right);
			reading_free(&got);
		}
		reading_free(&whole);
		free(lying.data);
	}
	free(bytes.data);
}

/* ---- what is said of them ---- */

static struct analysis *analyze(const struct trace_header *header, const struct reading *reading)
{
	struct analysis_options options;
	struct analysis *analysis;

	analysis_options_init(&options);
	options.idle_ns = 20;
	cr_assert_eq(analysis_create(&analysis, header, NULL, 0, &options), WSC_OK);
	cr_assert_eq(analysis_feed(analysis, reading->events, reading->count), WSC_OK);
	cr_assert_eq(analysis_finish(analysis, reading->summary.end, 0), WSC_OK);
	return analysis;
}

/* What became of a task at a clean end is one thing or the other, by how much of its life was seen. */
static enum wsc_violation_kind alike(enum wsc_violation_kind kind)
{
	return kind == WSC_VIOLATION_UNFINISHED_EXECUTION ? WSC_VIOLATION_LOST_WORK : kind;
}

static bool has_report(const struct analysis_result *result, const struct violation *violation)
{
	for (size_t i = 0; i < result->violation_count; i++) {
		if (alike(result->violations[i].kind) == alike(violation->kind) &&
		    result->violations[i].task == violation->task)
			return true;
	}
	return false;
}

static void check_reports(const struct history *history, const struct bytes *bytes, const struct trace_header *header,
                          const struct analysis_result *whole, uint64_t *random)
{
	const uint64_t first = history->events[0].ts;
	uint64_t a = history->events[random_next(random) % history->count].ts - first;
	uint64_t b = history->events[random_next(random) % history->count].ts - first;
	struct reading part = read_range(bytes, a < b ? a : b, a < b ? b : a);
	struct trace_header window = *header;
	window.complete = part.is_complete;
	struct analysis *analysis = analyze(&window, &part);
	const struct analysis_result *result = analysis_result(analysis);

	for (size_t i = 0; i < result->violation_count; i++)
		cr_assert(has_report(whole, &result->violations[i]), "%s of task %llu from %llu to %llu",
		          wsc_violation_name(result->violations[i].kind),
		          (unsigned long long)result->violations[i].task, (unsigned long long)(a < b ? a : b),
		          (unsigned long long)(a < b ? b : a));
	if (!trace_range_is_whole(&part.summary.range) && result->violation_count == 0)
		cr_assert_eq(result->verdict, ANALYSIS_INCONCLUSIVE);
	analysis_free(analysis);
	reading_free(&part);
}

/* Of a sound run nothing is reported, whatever part of it is seen. */
static void compare(enum random_profile profile)
{
	uint64_t random = 7, compared = 0;

	for (uint64_t i = 0; i < HISTORIES; i++) {
		struct history history;
		struct trace_header header;
		bool is_legal;

		random_history_make(SHORT_RUN_SEED + i, profile, &history, &is_legal);
		if (!is_legal || history.count == 0)
			continue;
		compared++;
		cr_assert(history_declare(&history, &header));
		struct bytes bytes = write_trace(&header, history.events, history.count, &random);
		struct reading reading = read_bytes(bytes.data, bytes.size);
		struct analysis *whole = analyze(&header, &reading);
		for (unsigned range = 0; range < RANGES; range++)
			check_reports(&history, &bytes, &header, analysis_result(whole), &random);
		analysis_free(whole);
		reading_free(&reading);
		free(bytes.data);
		trace_header_free(&header);
	}
	cr_assert_gt(compared, HISTORIES / 20);
}

#define SOUND(profile, PROFILE)                                                                                        \
	Test(range, of_sound_histories_is_sound_##profile)                                                             \
	{                                                                                                              \
		compare(RANDOM_##PROFILE);                                                                             \
	}
SOUND(ownership, OWNERSHIP)
SOUND(lifo, LIFO)
SOUND(fifo, FIFO)
SOUND(ties, TIES)
SOUND(uncertain, UNCERTAIN)
SOUND(gap, GAP)
SOUND(window, WINDOW)
SOUND(extra, EXTRA)
SOUND(polled, POLLED)
SOUND(deque, DEQUE)
SOUND(recycled, RECYCLED)
