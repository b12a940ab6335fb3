/* SPDX-License-Identifier: MIT */
/*
 * Damaged traces: cut at every byte, single bits flipped, frames dropped, doubled, swapped or from another trace. The
 * reader must never crash, never take one for a clean and whole trace, and never hand out an event that was not
 * written; what is missing from a worker's stream must show as a gap where it is missing.
 */
#include <criterion/criterion.h>
#include <zstd.h>

#include "trace_fixture.h"
#include "trace_seek.h"

enum { WORKERS = 3, BLOCKS = 4, BLOCK_EVENTS = 40, FRAMES_MAX = 64 };

/* A small trace: per worker BLOCKS blocks in turn, an epoch after each round. Task numbers count a worker's events. */
struct small {
	struct bytes bytes;
	size_t frames[FRAMES_MAX + 1]; /* where each begins; then the index */
	size_t count;
	bool is_block[FRAMES_MAX];
};

static void mark(struct small *small, bool is_block)
{
	small->is_block[small->count] = is_block;
	small->frames[++small->count] = small->bytes.size;
}

static void make_small(struct small *small, enum wsc_end end, bool epochs)
{
	struct trace_header header, later;
	struct trace_writer *writer;
	struct wsc_event events[BLOCK_EVENTS];
	uint64_t number = 0;

	memset(small, 0, sizeof *small);
	trace_header_init(&header);
	trace_header_init(&later);
	cr_assert_eq(trace_header_set_string(&trace_header_add_label(&later, 1)->text, "late"), WSC_OK);
	writer = writer_to(&small->bytes, &header);
	mark(small, false);
	for (unsigned b = 0; b < BLOCKS; b++) {
		for (uint32_t w = 0; w < WORKERS; w++) {
			for (unsigned i = 0; i < BLOCK_EVENTS; i++) {
				number = b * BLOCK_EVENTS + i;
				events[i] = (struct wsc_event){.ts = 1000 + number * 10 + w * 3,
				                               .task = number + 1,
				                               .worker = w,
				                               .queue = w,
				                               .kind = WSC_EV_QUEUED};
			}
			cr_assert_eq(trace_writer_block(writer, events, BLOCK_EVENTS, NULL), WSC_OK);
			mark(small, true);
		}
		if (epochs) {
			cr_assert_eq(trace_writer_epoch(writer, 1000 + number * 10), WSC_OK);
			mark(small, false);
		}
		if (b == 1) {
			cr_assert_eq(trace_writer_declare(writer, &later), WSC_OK);
			mark(small, false);
		}
	}
	cr_assert_eq(trace_writer_finish(writer, end), WSC_OK);
	if (end != WSC_END_CUT)
		small->frames[++small->count] =
		    small->bytes.size; /* footer and index as one: the index is found below */
	trace_writer_free(writer);
	trace_header_free(&later);
	if (end != WSC_END_CUT) {
		size_t index = trace_seek_size(small->bytes.data + small->bytes.size - TRACE_SEEK_TAIL_BYTES);

		cr_assert_gt(index, 0);
		small->frames[small->count] = small->bytes.size - index;
	}
}

/* Events are as written, each worker's in order, and what is skipped between two of them has a gap of that size. */
static void check_salvage(const struct reading *reading)
{
	uint64_t next[WORKERS] = {1, 1, 1}, ts[WORKERS] = {0};

	for (size_t i = 0; i < reading->count; i++) {
		const struct wsc_event *e = &reading->events[i];

		if (e->kind == WSC_EV_GAP) {
			cr_assert(e->task >= e->ts);
			if (e->worker >= WORKERS)
				continue;
			cr_assert_eq(e->ts, ts[e->worker]);
			next[e->worker] += e->arg;
			continue;
		}
		cr_assert(e->kind == WSC_EV_QUEUED && e->worker < WORKERS);
		cr_assert_eq(e->task, next[e->worker], "worker %u: %lu follows %lu", e->worker, (unsigned long)e->task,
		             (unsigned long)next[e->worker] - 1);
		cr_assert_eq(e->ts, 1000 + (e->task - 1) * 10 + e->worker * 3);
		next[e->worker] = e->task + 1;
		ts[e->worker] = e->ts;
	}
}

/* Whether a reading could pass for a whole trace. */
static bool looks_whole(const struct reading *reading)
{
	return reading->status == WSC_DONE && reading->summary.end == WSC_END_CLEAN &&
	       reading->summary.damaged_blocks == 0 && reading->summary.dropped == 0;
}

static struct reading read_damaged(const unsigned char *data, size_t size, const char *what, size_t where)
{
	struct reading reading = read_bytes(data, size);

	cr_assert(reading.status == WSC_DONE || reading.status == WSC_FORMAT, "%s %zu: status %d, %s", what, where,
	          (int)reading.status, reading.err.message);
	cr_assert(!looks_whole(&reading), "%s %zu passes for whole", what, where);
	cr_assert_leq(reading.restarts, 1);
	if (reading.status == WSC_DONE)
		check_salvage(&reading);
	else
		cr_assert_gt(strlen(reading.err.message), 0);
	return reading;
}

Test(trace_damage, the_small_trace_is_whole)
{
	struct small small;
	struct reading reading;

	make_small(&small, WSC_END_CLEAN, true);
	reading = read_bytes(small.bytes.data, small.bytes.size);
	cr_assert(looks_whole(&reading));
	cr_assert_eq(reading.count, WORKERS * BLOCKS * BLOCK_EVENTS);
	check_salvage(&reading);
	reading_free(&reading);
	free(small.bytes.data);
}

Test(trace_damage, cut_at_every_byte, .timeout = 60)
{
	struct small small;

	make_small(&small, WSC_END_CLEAN, true);
	for (size_t size = 0; size < small.bytes.size; size++) {
		struct reading reading = read_damaged(small.bytes.data, size, "cut at", size);
		size_t blocks = 0;

		/* Every block that is whole is read, and only what stands behind the header can be. */
		for (size_t i = 0; i < small.count; i++)
			blocks += small.is_block[i] && small.frames[i + 1] <= size;
		cr_assert_eq(reading.status == WSC_DONE, size >= small.frames[1]);
		cr_assert_eq(reading.summary.events, blocks * BLOCK_EVENTS, "cut at %zu", size);
		if (size < small.frames[small.count])
			cr_assert_eq(reading.summary.end, WSC_END_CUT);
		reading_free(&reading);
	}
	free(small.bytes.data);
}

static bool same_reading(const struct reading *a, const struct reading *b)
{
	if (a->count != b->count)
		return false;
	for (size_t i = 0; i < a->count; i++) {
		if (!same_event(&a->events[i], &b->events[i]))
			return false;
	}
	return true;
}

/*
 * zstd's own coding has a few bits that mean nothing (reserved and padding ones): a flip of these changes no byte of
 * the content and may go unnoticed. Any other must not.
 */
Test(trace_damage, one_bit_flipped_anywhere, .timeout = 120)
{
	struct small small;
	struct reading whole;
	size_t unnoticed = 0;

	make_small(&small, WSC_END_CLEAN, true);
	whole = read_bytes(small.bytes.data, small.bytes.size);
	for (size_t bit = 0; bit < small.bytes.size * 8; bit++) {
		struct reading reading;

		small.bytes.data[bit / 8] ^= (unsigned char)(1U << (bit % 8));
		reading = read_bytes(small.bytes.data, small.bytes.size);
		if (looks_whole(&reading) && same_reading(&reading, &whole)) {
			unnoticed++;
		} else {
			reading_free(&reading);
			reading = read_damaged(small.bytes.data, small.bytes.size, "bit", bit);
			/* One frame is lost at most. */
			if (bit / 8 >= small.frames[1])
				cr_assert_geq(reading.summary.events, (WORKERS * BLOCKS - 1) * BLOCK_EVENTS, "bit %zu",
				              bit);
		}
		small.bytes.data[bit / 8] ^= (unsigned char)(1U << (bit % 8));
		reading_free(&reading);
	}
	cr_assert_lt(unnoticed * 100, small.bytes.size * 8, "%zu of %zu", unnoticed, small.bytes.size * 8);
	reading_free(&whole);
	free(small.bytes.data);
}

/* A copy of the trace made of these frames of it (SIZE_MAX ends the list), and the index. */
static struct bytes assemble(const struct small *small, const size_t *frames)
{
	struct bytes bytes = {0};

	for (; *frames != SIZE_MAX; frames++)
		bytes_add(&bytes, small->bytes.data + small->frames[*frames],
		          small->frames[*frames + 1] - small->frames[*frames]);
	bytes_add(&bytes, small->bytes.data + small->frames[small->count],
	          small->bytes.size - small->frames[small->count]);
	return bytes;
}

/* The frames in order, with a hole for changes. */
static void list_frames(const struct small *small, size_t *list)
{
	for (size_t i = 0; i < small->count; i++)
		list[i] = i;
	list[small->count] = SIZE_MAX;
}

static struct reading read_assembled(const struct small *small, const size_t *list, const char *what, size_t where)
{
	struct bytes bytes = assemble(small, list);
	struct reading reading = read_damaged(bytes.data, bytes.size, what, where);

	free(bytes.data);
	return reading;
}

Test(trace_damage, a_frame_is_dropped)
{
	for (int epochs = 0; epochs < 2; epochs++) {
		struct small small;

		make_small(&small, WSC_END_CLEAN, epochs == 1);
		for (size_t drop = 1; drop < small.count; drop++) {
			size_t list[FRAMES_MAX + 2];
			struct reading reading;

			list_frames(&small, list);
			memmove(&list[drop], &list[drop + 1], (small.count - drop) * sizeof *list);
			reading = read_assembled(&small, list, "dropped", drop);
			cr_assert_geq(reading.summary.damaged_blocks, drop + 1 < small.count ? 1 : 0);
			if (small.is_block[drop])
				cr_assert_eq(reading.summary.dropped, BLOCK_EVENTS, "frame %zu: %lu", drop,
				             (unsigned long)reading.summary.dropped);
			reading_free(&reading);
		}
		free(small.bytes.data);
	}
}

Test(trace_damage, a_frame_is_doubled)
{
	struct small small;

	make_small(&small, WSC_END_CLEAN, true);
	for (size_t twice = 0; twice < small.count; twice++) {
		size_t list[FRAMES_MAX + 2];
		struct reading reading;

		list_frames(&small, list);
		memmove(&list[twice + 1], &list[twice], (small.count - twice + 1) * sizeof *list);
		reading = read_assembled(&small, list, "doubled", twice);
		cr_assert_geq(reading.summary.damaged_blocks, 1);
		cr_assert_eq(reading.summary.events, WORKERS * BLOCKS * BLOCK_EVENTS);
		reading_free(&reading);
	}
	free(small.bytes.data);
}

Test(trace_damage, two_frames_are_swapped)
{
	struct small small;

	make_small(&small, WSC_END_CLEAN, true);
	for (size_t a = 1; a < small.count; a++) {
		for (size_t b = a + 1; b < small.count; b++) {
			size_t list[FRAMES_MAX + 2];
			struct reading reading;

			list_frames(&small, list);
			list[a] = b;
			list[b] = a;
			reading = read_assembled(&small, list, "swapped", a * 100 + b);
			cr_assert_geq(reading.summary.damaged_blocks, 1);
			reading_free(&reading);
		}
	}
	free(small.bytes.data);
}

/* The frame of another trace, which has the same shape and numbers, in the place of ours. */
Test(trace_damage, a_frame_is_from_another_trace)
{
	struct small small, other;

	make_small(&small, WSC_END_CLEAN, true);
	make_small(&other, WSC_END_CLEAN, true);
	for (size_t i = 0; i < small.count; i++) {
		struct bytes bytes = {0};
		struct reading reading;

		bytes_add(&bytes, small.bytes.data, small.frames[i]);
		bytes_add(&bytes, other.bytes.data + other.frames[i], other.frames[i + 1] - other.frames[i]);
		bytes_add(&bytes, small.bytes.data + small.frames[i + 1], small.bytes.size - small.frames[i + 1]);
		reading = read_damaged(bytes.data, bytes.size, "foreign frame", i);
		cr_assert_geq(reading.summary.damaged_blocks, 1);
		if (small.is_block[i])
			cr_assert_eq(reading.summary.dropped, BLOCK_EVENTS);
		reading_free(&reading);
		free(bytes.data);
	}
	free(small.bytes.data);
	free(other.bytes.data);
}

Test(trace_damage, something_follows_the_end)
{
	struct small small;
	struct reading reading;
	size_t whole;

	make_small(&small, WSC_END_CLEAN, true);
	whole = small.bytes.size;
	bytes_add(&small.bytes, "x", 1);
	reading = read_damaged(small.bytes.data, small.bytes.size, "a byte at", whole);
	reading_free(&reading);
	small.bytes.size = whole;
	bytes_add(&small.bytes, small.bytes.data + small.frames[1], small.frames[2] - small.frames[1]);
	reading = read_damaged(small.bytes.data, small.bytes.size, "a frame at", whole);
	cr_assert_eq(reading.summary.events, WORKERS * BLOCKS * BLOCK_EVENTS);
	reading_free(&reading);
	free(small.bytes.data);
}

/* Without footer and epochs nothing tells whose events a lost frame held: somebody's are missing from then on. */
Test(trace_damage, a_loss_that_nothing_accounts_for_is_a_gap_of_all)
{
	struct small small;
	struct reading reading;
	size_t gaps = 0, unknown = 0;

	make_small(&small, WSC_END_CUT, false);
	memset(small.bytes.data + small.frames[small.count - 2] + 10, 0, 20);
	reading = read_damaged(small.bytes.data, small.bytes.size, "zeros in frame", small.count - 2);
	for (size_t i = 0; i < reading.count; i++) {
		gaps += reading.events[i].kind == WSC_EV_GAP && reading.events[i].worker < WORKERS;
		unknown += reading.events[i].kind == WSC_EV_GAP && reading.events[i].worker >= WORKERS;
	}
	cr_assert_eq(gaps, WORKERS);
	cr_assert_eq(unknown, 1);
	cr_assert_eq(reading.summary.damaged_blocks, 1);
	reading_free(&reading);
	free(small.bytes.data);
}

static void check_refused(const void *data, size_t size, const char *sentence)
{
	struct trace_reader *reader;
	struct trace_error err;

	cr_assert_eq(open_bytes(&reader, data, size, &err), WSC_FORMAT);
	cr_assert_null(reader);
	cr_assert_str_eq(err.message, sentence);
}

Test(trace_damage, what_is_no_trace_is_refused_with_a_reason)
{
	unsigned char other[256];
	struct small small;
	size_t size = ZSTD_compress(other, sizeof other, "just some text", 14, 3);

	make_small(&small, WSC_END_CLEAN, true);
	check_refused("", 0, "the file is empty");
	check_refused("just some text, not compressed", 30, "not a wscheck trace: it does not begin with zstd data");
	check_refused(other, size, "not a wscheck trace: its first frame is zstd data of something else");
	check_refused(small.bytes.data, small.frames[1] - 1, "the file ends inside its header, so nothing can be read");
	small.bytes.data[small.frames[1] - 1] ^= 1;
	check_refused(small.bytes.data, small.bytes.size, "the header is damaged, so nothing can be read");
	free(small.bytes.data);
}

/* Random bytes over random stretches: nothing may crash, hang or pass. */
Test(trace_damage, random_overwrites, .timeout = 120)
{
	struct small small;
	uint64_t state = 5;

	make_small(&small, WSC_END_CLEAN, true);
	for (unsigned round = 0; round < 3000; round++) {
		struct bytes bytes = {0};
		struct reading reading;
		size_t at = (size_t)(random_next(&state) >> 20) % small.bytes.size;
		size_t size = (size_t)(random_next(&state) >> 20) % 300 + 1;

		bytes_add(&bytes, small.bytes.data, small.bytes.size);
		for (size_t i = at; i < at + size && i < bytes.size; i++)
			bytes.data[i] = (unsigned char)(random_next(&state) >> 30);
		if (memcmp(bytes.data, small.bytes.data, bytes.size) != 0) {
			reading = read_damaged(bytes.data, bytes.size, "overwrite", round);
			reading_free(&reading);
		}
		free(bytes.data);
	}
	free(small.bytes.data);
}

/* One block with an event at each of the stamps; then an epoch with the watermark, unless it is 0; no footer. */
static struct reading read_cut(uint64_t watermark, const uint64_t *stamps, size_t count)
{
	struct bytes bytes = {0};
	struct trace_header header;
	struct trace_writer *writer;
	struct reading reading;

	trace_header_init(&header);
	writer = writer_to(&bytes, &header);
	for (size_t i = 0; i < count; i++) {
		struct wsc_event event = {.ts = stamps[i], .kind = WSC_EV_PARKED};
		cr_assert_eq(trace_writer_block(writer, &event, 1, NULL), WSC_OK);
	}
	if (watermark > 0)
		cr_assert_eq(trace_writer_epoch(writer, watermark), WSC_OK);
	trace_writer_free(writer);
	reading = read_bytes(bytes.data, bytes.size);
	cr_assert_eq(reading.status, WSC_DONE);
	cr_assert_eq(reading.summary.end, WSC_END_CUT);
	cr_assert_eq(reading.summary.damaged_blocks, 0);
	free(bytes.data);
	return reading;
}

Test(trace_damage, behind_the_last_watermark_anything_may_be_missing)
{
	static const uint64_t stamps[] = {10, 20, 30};
	struct reading reading = read_cut(31, stamps, 3);

	cr_assert_eq(reading.count, 3, "all stamped before the watermark: nothing is missing");
	reading_free(&reading);
	reading = read_cut(30, stamps, 3);
	cr_assert_eq(reading.count, 4);
	reading_free(&reading);
	reading = read_cut(15, stamps, 3);
	cr_assert_eq(reading.count, 4);
	cr_assert_eq(reading.events[1].kind, WSC_EV_GAP);
	cr_assert(reading.events[1].ts == 15 && reading.events[1].task == 30 && reading.events[1].arg == 0);
	cr_assert_neq(reading.events[1].worker, 0);
	reading_free(&reading);
	reading = read_cut(0, stamps, 3);
	cr_assert_eq(reading.count, 4);
	cr_assert(reading.events[0].kind == WSC_EV_GAP && reading.events[0].ts == 0);
	reading_free(&reading);
}
