/* SPDX-License-Identifier: MIT */
/*
 * The test vectors in tests/vectors: what they hold is made here again, event by event. The writer must still write the
 * same items (zstd may compress them otherwise), and the reader must still read them. With UPDATE_VECTORS in the
 * environment the files are written anew: a change of the format.
 */
#include <criterion/criterion.h>
#include <stdio.h>
#include <zstd.h>

#include "trace_fixture.h"

static void put(struct trace_writer *writer, const struct wsc_event *events, size_t count, const uint64_t *order)
{
	cr_assert_eq(trace_writer_block(writer, events, count, order), WSC_OK);
}

/* Two workers, a steal, a failure, a label declared late; in nanoseconds. */
static struct bytes make_steal(void)
{
	static const struct wsc_event owner[] = {
	    {.ts = 10, .task = 100, .worker = 1, .queue = 1, .kind = WSC_EV_QUEUED, .arg = 1},
	    {.ts = 12, .task = 101, .worker = 1, .queue = 1, .kind = WSC_EV_QUEUED, .flags = WSC_FLAG_PINNED},
	    {.ts = 15, .task = 101, .worker = 1, .kind = WSC_EV_EXEC_START},
	    {.ts = 40, .task = 101, .worker = 1, .kind = WSC_EV_EXEC_COMPLETE},
	    {.ts = 40, .worker = 1, .kind = WSC_EV_PARKED}};
	static const struct wsc_event thief[] = {
	    {.ts = 5, .worker = 2, .queue = 1, .arg = 7, .kind = WSC_EV_STEAL_FAILURE, .reason = WSC_REASON_EMPTY},
	    {.ts = 20, .worker = 2, .queue = 1, .kind = WSC_EV_STEAL_START},
	    {.ts = 25, .task = 100, .worker = 2, .queue = 1, .kind = WSC_EV_STEAL_SUCCESS},
	    {.ts = 26, .task = 100, .worker = 2, .kind = WSC_EV_EXEC_START},
	    {.ts = 24, .task = 100, .worker = 2, .kind = WSC_EV_EXEC_COMPLETE},
	    {.ts = 30, .task = 44, .worker = 2, .arg = 3, .kind = WSC_EV_GAP}};
	struct trace_header header, later;
	struct bytes bytes = {0};
	struct trace_writer *writer;

	trace_header_init(&header);
	trace_header_init(&later);
	memcpy(header.trace_id, "wscheck-vector-1", TRACE_ID_BYTES);
	cr_assert_eq(trace_header_add_meta(&header, "test", "\"steal\""), WSC_OK);
	cr_assert_eq(trace_header_add_meta(&header, "seed", "17"), WSC_OK);
	cr_assert_eq(trace_header_set_string(&trace_header_add_label(&later, 1)->text, "leaf"), WSC_OK);
	writer = writer_to(&bytes, &header);
	put(writer, owner, 5, NULL);
	put(writer, thief, 4, NULL);
	cr_assert_eq(trace_writer_declare(writer, &later), WSC_OK);
	cr_assert_eq(trace_writer_epoch(writer, 20), WSC_OK);
	put(writer, thief + 4, 2, NULL);
	cr_assert_eq(trace_writer_finish(writer, WSC_END_CLEAN), WSC_OK);
	trace_writer_free(writer);
	trace_header_free(&header);
	trace_header_free(&later);
	return bytes;
}

/* Stamps of a counter that runs in steps of 26, all kinds, the file order kept, stalled. */
static struct bytes make_ticks(void)
{
	struct trace_header header;
	struct bytes bytes = {0};
	struct trace_writer *writer;
	struct wsc_event events[200];
	uint64_t order[200], state = 11, ts = UINT64_C(81000000000000);

	trace_header_init(&header);
	memcpy(header.trace_id, "wscheck-vector-2", TRACE_ID_BYTES);
	header.clock = WSC_CLOCK_TICKS;
	header.ticks_per_second = 2600000000;
	header.ordered = true;
	writer = writer_to(&bytes, &header);
	for (size_t i = 0; i < 200; i++) {
		uint64_t any = 0;

		events[i] = random_event(&state, 7, &any);
		ts += i % 37 == 36 ? 1 : 26 * (1 + random_next(&state) % 20);
		events[i].ts = ts;
		order[i] = i * 3;
	}
	put(writer, events, 200, order);
	cr_assert_eq(trace_writer_finish(writer, WSC_END_STALLED), WSC_OK);
	trace_writer_free(writer);
	return bytes;
}

static struct bytes read_file(const char *path)
{
	struct bytes bytes = {0};
	unsigned char room[4096];
	FILE *file = fopen(path, "rb");
	size_t n;

	cr_assert_not_null(file, "%s is missing", path);
	while ((n = fread(room, 1, sizeof room, file)) > 0)
		bytes_add(&bytes, room, n);
	(void)fclose(file);
	return bytes;
}

static void write_file(const char *path, const struct bytes *bytes)
{
	FILE *file = fopen(path, "wb");

	cr_assert(file != NULL && fwrite(bytes->data, 1, bytes->size, file) == bytes->size);
	cr_assert_eq(fclose(file), 0);
}

/* The CBOR sequence of a trace: what `zstd -dc` gives. */
static struct bytes decompress(const struct bytes *trace)
{
	static unsigned char room[1 << 16];
	struct bytes bytes = {0};
	size_t size = ZSTD_decompress(room, sizeof room, trace->data, trace->size);

	cr_assert_not(ZSTD_isError(size));
	bytes_add(&bytes, room, size);
	return bytes;
}

static void check_vector(const char *path, struct bytes made, enum wsc_end end)
{
	struct bytes kept, made_items, kept_items;
	struct reading now, then;

	if (getenv("UPDATE_VECTORS") != NULL)
		write_file(path, &made);
	kept = read_file(path);
	cr_assert_lt(kept.size, 4096);
	made_items = decompress(&made);
	kept_items = decompress(&kept);
	cr_assert(made_items.size == kept_items.size && memcmp(made_items.data, kept_items.data, kept_items.size) == 0,
	          "%s: other items are written today", path);
	now = read_bytes(made.data, made.size);
	then = read_bytes(kept.data, kept.size);
	cr_assert(then.status == WSC_DONE && then.summary.end == end && then.summary.damaged_blocks == 0);
	cr_assert_eq(now.count, then.count);
	for (size_t i = 0; i < now.count; i++)
		cr_assert(same_event(&now.events[i], &then.events[i]), "%s: event %zu", path, i);
	reading_free(&now);
	reading_free(&then);
	free(made.data);
	free(kept.data);
	free(made_items.data);
	free(kept_items.data);
}

Test(trace_vectors, steal)
{
	check_vector("tests/vectors/steal.trace.zst", make_steal(), WSC_END_CLEAN);
}

Test(trace_vectors, ticks)
{
	check_vector("tests/vectors/ticks.trace.zst", make_ticks(), WSC_END_STALLED);
}
