/* SPDX-License-Identifier: MIT */
/* What the writer of traces refuses, and what it does when its sink fails: nothing half written passes for a trace. */
#include <criterion/criterion.h>
#include <stdio.h>

#include "json_string.h"
#include "trace_fixture.h"
#include "trace_save.h"

static enum wsc_status write_header(const struct trace_header *header, int level)
{
	struct bytes bytes = {0};
	struct trace_writer *writer = NULL;
	const enum wsc_status status =
	    trace_writer_create(&writer, (struct trace_sink){bytes_sink, &bytes}, header, level);

	cr_assert(status == WSC_OK || (writer == NULL && bytes.size == 0), "something was written");
	trace_writer_free(writer);
	free(bytes.data);
	return status;
}

/* A header of which one row of each table is there to be spoilt. */
static struct trace_header sound_header(void)
{
	struct trace_header header;

	trace_header_init(&header);
	cr_assert_eq(trace_header_set_string(&header.host, "host"), WSC_OK);
	cr_assert_eq(trace_header_set_string(&trace_header_add_queue(&header, 9)->name, "queue"), WSC_OK);
	cr_assert_eq(trace_header_set_string(&trace_header_add_worker(&header, 1)->name, "worker"), WSC_OK);
	cr_assert_eq(trace_header_set_string(&trace_header_add_label(&header, 1)->text, "label"), WSC_OK);
	cr_assert_eq(trace_header_add_meta(&header, "key", "1"), WSC_OK);
	cr_assert_eq(trace_header_add_extension(&header, 40, "later", 2, false), WSC_OK);
	return header;
}

#define REFUSES(want, spoil)                                                                                           \
	do {                                                                                                           \
		struct trace_header header = sound_header();                                                           \
		spoil;                                                                                                 \
		cr_expect_eq(write_header(&header, 0), want, #spoil);                                                  \
		trace_header_free(&header);                                                                            \
	} while (0)

static void make_long(char **text)
{
	free(*text);
	*text = malloc(TRACE_STRING_BYTES_MAX + 2);
	cr_assert_not_null(*text);
	memset(*text, 'x', TRACE_STRING_BYTES_MAX + 1);
	(*text)[TRACE_STRING_BYTES_MAX + 1] = '\0';
}

static void lose(char **text)
{
	free(*text);
	*text = NULL;
}

Test(trace_refusals, headers)
{
	REFUSES(WSC_OK, (void)header);
	REFUSES(WSC_INVALID, header.version = 2);
	REFUSES(WSC_INVALID, header.sampling = 0);
	REFUSES(WSC_INVALID, header.first_frame = 0);
	REFUSES(WSC_INVALID, header.clock = WSC_CLOCK_TICKS);
	REFUSES(WSC_INVALID, header.host[0] = '\xff');
	REFUSES(WSC_LIMIT, make_long(&header.host));
	REFUSES(WSC_INVALID, header.queues[0].name[0] = '\xff');
	REFUSES(WSC_LIMIT, make_long(&header.queues[0].name));
	REFUSES(WSC_LIMIT, make_long(&header.workers[0].name));
	REFUSES(WSC_LIMIT, make_long(&header.labels[0].text));
	REFUSES(WSC_INVALID, header.labels[0].label = 0);
	REFUSES(WSC_INVALID, lose(&header.labels[0].text));
	REFUSES(WSC_LIMIT, make_long(&header.meta[0].key));
	REFUSES(WSC_LIMIT, make_long(&header.meta[0].json));
	REFUSES(WSC_LIMIT, make_long(&header.extensions[0].name));
	REFUSES(WSC_INVALID, lose(&header.extensions[0].name));
	REFUSES(WSC_INVALID, header.extensions[0].kind = 31);
	REFUSES(WSC_INVALID, header.extensions[0].operands = 255);
}

Test(trace_refusals, levels_and_rows)
{
	struct trace_header header = sound_header();

	cr_expect_eq(write_header(&header, 15), WSC_OK);
	cr_expect_eq(write_header(&header, 16), WSC_INVALID);
	cr_expect_eq(write_header(&header, -1), WSC_INVALID);
	cr_expect_eq(trace_header_add_extension(&header, 31, "early", 0, false), WSC_INVALID);
	cr_expect_eq(trace_header_add_extension(&header, 41, "many", 255, false), WSC_INVALID);
	for (unsigned i = 1; i < TRACE_META_ROWS_MAX; i++) {
		char key[16];

		snprintf(key, sizeof key, "%u", i);
		cr_assert_eq(trace_header_add_meta(&header, key, "1"), WSC_OK);
	}
	cr_expect_eq(trace_header_add_meta(&header, "one too many", "1"), WSC_LIMIT);
	cr_expect_eq(trace_header_add_meta(&header, "key", "2"), WSC_OK, "what is there may change");
	trace_header_free(&header);
}

/* Two events of which the second is as it says. */
static enum wsc_status write_second(bool ordered, struct wsc_event second, const uint64_t *order)
{
	struct trace_header header;
	struct bytes bytes = {0};
	const struct wsc_event events[] = {{.kind = WSC_EV_PARKED, .worker = 1}, second};

	trace_header_init(&header);
	header.ordered = ordered;
	struct trace_writer *writer = writer_to(&bytes, &header);
	const size_t before = bytes.size;
	const enum wsc_status status = trace_writer_block(writer, events, 2, order);
	cr_assert(status == WSC_OK || bytes.size == before, "something was written");
	trace_writer_free(writer);
	free(bytes.data);
	return status;
}

Test(trace_refusals, events)
{
	static const uint64_t rising[] = {1, 2}, equal[] = {2, 2}, last[] = {2, UINT64_MAX};
	const struct wsc_event sound = {.kind = WSC_EV_PARKED, .worker = 1};

	cr_expect_eq(write_second(false, sound, NULL), WSC_OK);
	cr_expect_eq(write_second(true, sound, rising), WSC_OK);
	cr_expect_eq(write_second(false, sound, rising), WSC_INVALID);
	cr_expect_eq(write_second(true, sound, NULL), WSC_INVALID);
	cr_expect_eq(write_second(true, sound, equal), WSC_INVALID);
	cr_expect_eq(write_second(true, sound, last), WSC_INVALID);
	cr_expect_eq(write_second(false, (struct wsc_event){.worker = 1}, NULL), WSC_INVALID);
	cr_expect_eq(write_second(false, (struct wsc_event){.worker = 1, .kind = WSC_EV_END}, NULL), WSC_INVALID);
	cr_expect_eq(write_second(false, (struct wsc_event){.worker = 1, .kind = 1, .flags = 16}, NULL), WSC_INVALID);
	cr_expect_eq(write_second(false, (struct wsc_event){.worker = 1, .kind = 1, .reason = 16}, NULL), WSC_INVALID);
	cr_expect_eq(write_second(false, (struct wsc_event){.worker = 1, .kind = 1, .reserved = 1}, NULL), WSC_INVALID);
}

/* --- a sink that takes so many writes, and then no more --- */

struct short_sink {
	unsigned left;
	bool failed;
};

static enum wsc_status take_some(void *context, const void *bytes, size_t size)
{
	struct short_sink *sink = context;

	(void)bytes;
	cr_assert(!sink->failed && size > 0, "it is called again after a failure");
	sink->failed = sink->left == 0;
	return sink->left-- > 0 ? WSC_OK : WSC_IO;
}

/* Every call of a writer. Once one failed, all do. */
static bool write_all(struct short_sink *sink, bool has_second_file)
{
	struct trace_header header = sound_header();
	struct trace_writer *writer;
	const struct trace_sink to = {take_some, sink};
	const struct wsc_event event = {.kind = WSC_EV_PARKED, .worker = 1, .ts = 5};
	enum wsc_status status[5] = {trace_writer_create(&writer, to, &header, 1)};

	if (status[0] == WSC_OK) {
		status[0] = trace_writer_block(writer, &event, 1, NULL);
		status[1] = trace_writer_epoch(writer, 4);
		status[2] = has_second_file ? trace_writer_continue(writer, to, &header, 5)
		                            : trace_writer_declare(writer, &header);
		status[3] = trace_writer_block(writer, &event, 1, NULL);
		status[4] = trace_writer_finish(writer, WSC_END_STALLED);
		for (size_t i = 1; i < 5; i++)
			cr_assert(status[i] == WSC_IO || (status[i] == WSC_OK && status[i - 1] == WSC_OK));
		trace_writer_free(writer);
	} else {
		cr_assert_eq(status[0], WSC_IO);
		status[4] = WSC_IO;
	}
	trace_header_free(&header);
	cr_assert_eq(status[4] == WSC_OK, !sink->failed);
	return !sink->failed;
}

Test(trace_refusals, a_sink_fails)
{
	for (int second = 0; second < 2; second++) {
		struct short_sink sink = {.left = 0};

		for (unsigned writes = 0; !write_all(&sink, second == 1); writes++) {
			cr_assert_lt(writes, 100);
			sink = (struct short_sink){.left = writes + 1};
		}
	}
}

Test(trace_refusals, a_history_is_saved_or_not)
{
	struct trace_header header = sound_header();
	const struct wsc_event events[] = {{.kind = WSC_EV_PARKED, .worker = 3, .ts = 5},
	                                   {.kind = WSC_EV_PARKED, .worker = 1, .ts = 6},
	                                   {.kind = WSC_EV_UNPARKED, .worker = 3, .ts = 7}};
	enum wsc_status status = WSC_IO;

	header.ordered = true;

	for (unsigned writes = 0; status != WSC_OK; writes++) {
		struct short_sink sink = {.left = writes};

		status = trace_save((struct trace_sink){take_some, &sink}, &header, events, 3, WSC_END_CLEAN);
		cr_assert(status == (sink.failed ? WSC_IO : WSC_OK) && writes < 100);
	}
	trace_header_free(&header);
}

/* --- strings of JSON --- */

static void expect_string(const char *json, const char *want)
{
	char *got;

	cr_expect_eq(json_string_read(json, &got), WSC_OK);
	if (want == NULL)
		cr_expect_null(got, "%s", json);
	else
		cr_expect_str_eq(got, want);
	free(got);
}

/* Only what would be written again as it was. */
Test(trace_refusals, strings_that_would_not_come_back)
{
	static const char *const refused[] = {"",           "\"",          "a",           "\"a",
	                                      "a\"",        "\"\\u0041\"", "\"\\u0000\"", "\"\\u00\"",
	                                      "\"\\u001\"", "\"\\u00x1\"", "\"\\u001x\"", "\"\\u2028\"",
	                                      "\"\\/\"",    "\"\\x\"",     "\"\\\"",      "\"a\"b\"",
	                                      "1"};

	for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++)
		expect_string(refused[i], NULL);
	expect_string("\"\"", "");
	expect_string("\"a\\n\\\"\\\\\\u0001\"", "a\n\"\\\x01");
}

/* Characters that readers obey or do not see, and some beside them that are harmless. */
Test(trace_refusals, characters_that_are_not_seen)
{
	static const struct {
		const char *text;
		size_t size;
		uint32_t code;
		const char *spelled;
	} rows[] = {{"\x1b", 1, 0x1b, "\\u001b"},
	            {"\x7f", 1, 0x7f, "\\u007f"},
	            {"a", 0, 0, NULL},
	            {"\xc2\x85", 2, 0x85, "\\u0085"},
	            {"\xc2\xa0", 0, 0, NULL},
	            {"\xc2", 0, 0, NULL},
	            {"\xc2\xad", 2, 0xad, "\\u00ad"},
	            {"\xd8\x9b", 0, 0, NULL},
	            {"\xd8\x9c", 2, 0x61c, "\\u061c"},
	            {"##[", 1, '#', "\\u0023"},
	            {"#[", 0, 0, NULL},
	            {"#", 0, 0, NULL},
	            {"\xe2\x80\x8a", 0, 0, NULL},
	            {"\xe2\x80\x8d", 3, 0x200d, "\\u200d"},
	            {"\xe2\x80\x8f", 3, 0x200f, "\\u200f"},
	            {"\xe2\x80\xa7", 0, 0, NULL},
	            {"\xe2\x80\xa8", 3, 0x2028, "\\u2028"},
	            {"\xe2\x80\xae", 3, 0x202e, "\\u202e"},
	            {"\xe2\x80\xaf", 0, 0, NULL},
	            {"\xe2\x81\xa6", 3, 0x2066, "\\u2066"},
	            {"\xe2\x81\xb0", 0, 0, NULL},
	            {"\xe2\x82\xac", 0, 0, NULL},
	            {"\xe2\x80", 0, 0, NULL},
	            {"\xef\xbb\xbf", 3, 0xfeff, "\\ufeff"},
	            {"\xef\xbb\xbe", 0, 0, NULL},
	            {"\xf0\x9f\x90\x8c", 0, 0, NULL},
	            {"\xf3\xa0\x80\x81", 4, 0xe0001, "\\udb40\\udc01"},
	            {"\xf3\xa0\x81\xbf", 4, 0xe007f, "\\udb40\\udc7f"},
	            {"\xf3\xa1\x80\x80", 0, 0, NULL},
	            {"\xf4\x8f\xbf\xbf", 0, 0, NULL}};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		char spelled[JSON_SPELLED_MAX];
		uint32_t code = 0;

		cr_expect_eq(json_string_unseen(rows[i].text, strlen(rows[i].text), &code), rows[i].size, "row %zu", i);
		if (rows[i].size == 0)
			continue;
		cr_expect_eq(code, rows[i].code, "row %zu", i);
		cr_expect_str_eq(json_string_spell(spelled, code), rows[i].spelled, "row %zu", i);
	}
}
