/* SPDX-License-Identifier: MIT */
/* JSON Lines: every field, every error with its place, order, limits, and random histories there and back. */
#include <criterion/criterion.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "jsonl_fields.h"
#include "jsonl_out.h"
#include "jsonl_reader.h"
#include "jsonl_support.h"
#include "jsonl_writer.h"
#include "trace_limits.h"

#define HEAD "{\"wscheck\":1}\n"
#define U64  "18446744073709551615"
#define U32  "4294967295"

static struct jsonl_reader *read_text(const char *text)
{
	struct trace_error err = {.status = WSC_OK};
	struct jsonl_reader *reader = NULL;
	enum wsc_status status = jsonl_reader_open(&reader, memory_file(text, strlen(text)), &err);
	cr_assert_eq(status, WSC_OK, "%s: %s", text, err.message);
	return reader;
}

static void expect_event(const char *line, struct wsc_event expected)
{
	char text[1024];
	size_t count;
	snprintf(text, sizeof(text), HEAD "%s\n", line);
	struct jsonl_reader *reader = read_text(text);
	const struct wsc_event *events = jsonl_reader_events(reader, &count);
	cr_assert_eq(count, 1, "%s", line);
	struct wsc_event event = events[0];
	cr_expect_eq(memcmp(&event, &expected, sizeof(event)), 0,
	             "%s: ts %" PRIu64 " task %" PRIu64 " worker %u queue %u arg %u kind %u flags %u reason %u", line,
	             event.ts, event.task, event.worker, event.queue, event.arg, event.kind, event.flags, event.reason);
	jsonl_reader_free(reader);
}

#define EVENT(...) ((struct wsc_event){.ts = 1, __VA_ARGS__})

Test(jsonl, queue_events)
{
	expect_event("{\"ts\":1,\"ev\":\"queued\",\"task\":2,\"worker\":3}",
	             EVENT(.kind = WSC_EV_QUEUED, .task = 2, .worker = 3, .queue = 3));
	expect_event(
	    "{\"ts\":1,\"ev\":\"queued\",\"task\":2,\"worker\":3,\"queue\":9,\"pinned\":true,\"label\":\"x\"}",
	    EVENT(.kind = WSC_EV_QUEUED, .task = 2, .worker = 3, .queue = 9, .arg = 1, .flags = WSC_FLAG_PINNED));
	expect_event("{\"ts\":1,\"ev\":\"push_failed\",\"task\":2,\"worker\":3,\"queue\":4}",
	             EVENT(.kind = WSC_EV_PUSH_FAILED, .task = 2, .worker = 3, .queue = 4));
	expect_event("{\"ts\":1,\"ev\":\"dequeued\",\"task\":2,\"worker\":3}",
	             EVENT(.kind = WSC_EV_DEQUEUED, .task = 2, .worker = 3, .queue = 3));
}

Test(jsonl, steal_events)
{
	expect_event("{\"ts\":1,\"ev\":\"steal_start\",\"from\":5,\"to\":6}",
	             EVENT(.kind = WSC_EV_STEAL_START, .worker = 6, .queue = 5));
	expect_event("{\"ts\":1,\"ev\":\"steal_start\",\"from\":5,\"to\":6,\"task\":9}",
	             EVENT(.kind = WSC_EV_STEAL_START, .worker = 6, .queue = 5, .task = 9));
	expect_event("{\"ts\":1,\"ev\":\"queued\",\"task\":0,\"worker\":1}",
	             EVENT(.kind = WSC_EV_QUEUED, .worker = 1, .queue = 1));
	expect_event("{\"ts\":1,\"ev\":\"steal_success\",\"task\":0,\"from\":5,\"to\":6,\"inferred\":true}",
	             EVENT(.kind = WSC_EV_STEAL_SUCCESS, .worker = 6, .queue = 5, .flags = WSC_FLAG_INFERRED));
	expect_event("{\"ts\":1,\"ev\":\"steal_failure\",\"from\":5,\"to\":6}",
	             EVENT(.kind = WSC_EV_STEAL_FAILURE, .worker = 6, .queue = 5, .arg = 1));
	expect_event(
	    "{\"ts\":1,\"ev\":\"steal_failure\",\"from\":5,\"to\":6,\"task\":7,\"reason\":\"busy\",\"count\":" U32 "}",
	    EVENT(.kind = WSC_EV_STEAL_FAILURE, .task = 7, .worker = 6, .queue = 5, .arg = UINT32_MAX,
	          .reason = WSC_REASON_BUSY));
	expect_event(
	    "{\"ts\":1,\"ev\":\"steal_failure\",\"from\":5,\"to\":6,\"reason\":\"lost_race\"}",
	    EVENT(.kind = WSC_EV_STEAL_FAILURE, .worker = 6, .queue = 5, .arg = 1, .reason = WSC_REASON_LOST_RACE));
	expect_event("{\"ts\":1,\"ev\":\"steal_failure\",\"from\":5,\"to\":6,\"reason\":\"tired\"}",
	             EVENT(.kind = WSC_EV_STEAL_FAILURE, .worker = 6, .queue = 5, .arg = 1));
}

Test(jsonl, worker_events)
{
	expect_event("{\"ts\":1,\"ev\":\"wake\",\"from\":5,\"to\":6}",
	             EVENT(.kind = WSC_EV_WAKE, .worker = 5, .queue = 6));
	expect_event("{\"ts\":1,\"ev\":\"gap\",\"worker\":3,\"until\":1}",
	             EVENT(.kind = WSC_EV_GAP, .task = 1, .worker = 3));
	expect_event("{\"ts\":1,\"ev\":\"gap\",\"worker\":3,\"until\":" U64 ",\"count\":12}",
	             EVENT(.kind = WSC_EV_GAP, .task = UINT64_MAX, .worker = 3, .arg = 12));
	expect_event("{\"ts\":1,\"ev\":\"parked\",\"worker\":3}", EVENT(.kind = WSC_EV_PARKED, .worker = 3));
	expect_event("{\"ts\":1,\"ev\":\"unparked\",\"worker\":3}", EVENT(.kind = WSC_EV_UNPARKED, .worker = 3));
}

Test(jsonl, task_events_at_the_greatest_numbers)
{
	static const enum wsc_event_kind kinds[] = {WSC_EV_EXEC_START, WSC_EV_EXEC_COMPLETE, WSC_EV_SUSPENDED,
	                                            WSC_EV_RESUMED, WSC_EV_CANCELLED};
	char line[256];
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		snprintf(line, sizeof(line), "{\"ts\":" U64 ",\"ev\":\"%s\",\"task\":" U64 ",\"worker\":" U32 "}",
		         trace_event_name(kinds[i]));
		expect_event(
		    line, (struct wsc_event){
		              .ts = UINT64_MAX, .kind = (uint8_t)kinds[i], .task = UINT64_MAX, .worker = UINT32_MAX});
	}
}

/* What json-c must read because it isn't plain: escapes, fractions under keys of others, nesting, null. */
Test(jsonl, lines_that_are_not_plain)
{
	struct wsc_event expected = {.ts = UINT64_MAX, .kind = WSC_EV_EXEC_START, .task = UINT64_MAX, .worker = 3};
	expect_event("{\"x\":[1.5e-07,{\"a\":null}],\"ts\":" U64 ",\"ev\":\"exec_\\u0073tart\",\"task\":" U64
	             ",\"worker\":3,\"queue\":\"ignored\"}",
	             expected);
	expect_event(" {\t\"ts\" : " U64 " , \"ev\" :\"exec_start\",\"task\":" U64 ",\"worker\":3,\"pinned\":null } ",
	             expected);
	expect_event("{\"ts\":" U64 ",\"ev\":\"exec_start\",\"task\":" U64
	             ",\"worker\":3,\"x\":{\"ts\":18446744073709551616}}",
	             expected);
}

static void expect_error(const char *text, enum wsc_status status, const char *message)
{
	struct trace_error err = {.status = WSC_OK};
	struct jsonl_reader *reader = NULL;
	enum wsc_status got = jsonl_reader_open(&reader, memory_file(text, strlen(text)), &err);
	cr_expect_eq(got, status, "%s: %d", text, (int)got);
	cr_expect_eq(err.status, status);
	cr_expect_null(reader);
	cr_expect_str_eq(err.message, message, "%s: %s", text, err.message);
}

Test(jsonl, errors_of_the_first_line)
{
	expect_error("{\"ts\":1,\"ev\":\"parked\",\"worker\":1}\n", WSC_FORMAT,
	             "line 1, column 1: the first line must be the header, {\"wscheck\":1,...}");
	expect_error("\n\n  {\"a\":1}", WSC_FORMAT,
	             "line 3, column 3: the first line must be the header, {\"wscheck\":1,...}");
	expect_error("\n \n", WSC_FORMAT, "the file has no line that is not blank");
	expect_error("{\"wscheck\":2}\n", WSC_UNSUPPORTED,
	             "line 1, column 2: this version reads only version 1 of JSON Lines histories");
	expect_error("{\"wscheck\":\"1\"}\n", WSC_FORMAT, "line 1, column 2: \"wscheck\" must be the version, 1");
	expect_error("[1]\n", WSC_FORMAT, "line 1, column 1: a line must hold a JSON object");
	expect_error(HEAD "{\"ts\":1,\"ev\":\"parked\",\"worker\":1,\"ts\":2}\n", WSC_FORMAT,
	             "line 2, column 1: two members of an object have the same name");
	expect_error(HEAD " {\"ts\":1,\"\\u0074s\":2,\"ev\":\"parked\",\"worker\":1}\n", WSC_FORMAT,
	             "line 2, column 2: two members of an object have the same name");
	expect_error("{\"wscheck\":1,\"queues\":[{\"queue\":1},{\"queue\":64,\"discipline\":\"fifo\",\"discipline\":"
	             "\"none\"}]}\n",
	             WSC_FORMAT, "line 1, column 1: two members of an object have the same name");
	expect_error("{\"wscheck\":1,\"meta\":{\"a\":\"1\",\"b\":\"1\",\"a\":\"2\"}}\n", WSC_FORMAT,
	             "line 1, column 1: two members of an object have the same name");
	expect_error("{\"wscheck\":1,\"later\":null,\"later\":{}}\n", WSC_FORMAT,
	             "line 1, column 1: two members of an object have the same name");
	expect_error(HEAD HEAD, WSC_FORMAT, "line 2, column 2: a second header: a file holds one history");
}

static void expect_header_error(const char *member, const char *sentence)
{
	char text[256], message[256];
	snprintf(text, sizeof(text), "{\"wscheck\":1,%s}", member);
	snprintf(message, sizeof(message), "line 1, column 14: %s", sentence);
	expect_error(text, WSC_FORMAT, message);
}

Test(jsonl, errors_of_header_keys)
{
	expect_error("{\"wscheck\":1,\"clock\":\"ticks\"}", WSC_FORMAT,
	             "line 1, column 1: \"clock\":\"ticks\" needs \"ticks_per_second\"");
	expect_header_error("\"clock\":\"us\"", "\"clock\" must be \"ns\" or \"ticks\"");
	expect_header_error("\"ticks_per_second\":0", "\"ticks_per_second\" must be an integer from 1 to " U64);
	expect_header_error("\"identity\":\"odd\"", "\"identity\" must be \"unique\", \"polled\" or \"recycled\"");
	expect_header_error("\"scope\":3", "\"scope\" must be \"scheduler\" or \"deque\"");
	expect_header_error("\"discipline\":3", "\"discipline\" must be a string");
	expect_header_error("\"complete\":1", "\"complete\" must be true or false");
	expect_header_error("\"host\":1", "\"host\" must be a string");
	expect_header_error("\"process_id\":{}", "\"process_id\" must be an integer from 0 to " U64);
	expect_header_error("\"sampling\":0", "\"sampling\" must be an integer from 1 to " U64);
	expect_header_error("\"uncertainty_ns\":-1", "\"uncertainty_ns\" must be an integer from 0 to " U64);
	expect_header_error("\"publish_ns\":18446744073709551616", "\"publish_ns\" must be an integer from 0 to " U64);
	expect_header_error("\"absent\":[1]", "\"absent\" must be an array of event names");
	expect_header_error("\"meta\":[]", "\"meta\" must be an object");
	expect_header_error("\"queues\":{}", "\"queues\" must be an array");
}

Test(jsonl, errors_of_tables)
{
	expect_error("{\"wscheck\":1,\"queues\":[1]}", WSC_FORMAT,
	             "line 1, column 24: a row of \"queues\" must be an object");
	expect_error("{\"wscheck\":1,\"queues\":[{}]}", WSC_FORMAT,
	             "line 1, column 24: \"queue\" is missing from this row");
	expect_error("{\"wscheck\":1,\"queues\":[{\"queue\":1},{\"queue\":4294967296}]}", WSC_FORMAT,
	             "line 1, column 37: \"queue\" must be an integer from 0 to " U32);
	expect_error("{\"wscheck\":1,\"queues\":[{\"queue\":1,\"visibility\":\"late\"}]}", WSC_FORMAT,
	             "line 1, column 35: \"visibility\" must be \"immediate\" or \"deferred\"");
	expect_error("{\"wscheck\":1,\"queues\":[{\"queue\":1,\"stealable\":0}]}", WSC_FORMAT,
	             "line 1, column 35: \"stealable\" must be true or false");
	expect_error(HEAD "{\"workers\":[{\"worker\":1,\"attached\":18446744073709551616}]}", WSC_FORMAT,
	             "line 2, column 25: \"attached\" must be an integer from 0 to " U64);
	expect_error(HEAD "{\"anchors\":[{\"ts\":1}]}", WSC_FORMAT,
	             "line 2, column 14: an anchor needs \"ts\" and \"wall_ns\"");
	expect_error(HEAD "{\"extensions\":[{\"kind\":40}]}", WSC_FORMAT,
	             "line 2, column 17: an extension needs \"kind\" and \"name\"");
	expect_error(HEAD "{\"extensions\":[{\"kind\":31,\"name\":\"x\"}]}", WSC_FORMAT,
	             "line 2, column 17: \"kind\" must be an integer from 32 to 255");
	expect_error(
	    HEAD "{\"extensions\":[{\"kind\":40,\"name\":\"x\",\"critical\":true}]}", WSC_UNSUPPORTED,
	    "line 2, column 38: the history can't be judged without an event kind that this version does not know");
}

static void expect_line_error(const char *line, enum wsc_status status, const char *sentence)
{
	char text[512], message[512];
	snprintf(text, sizeof(text), HEAD "\n%s\n", line);
	snprintf(message, sizeof(message), "line 3, column %s", sentence);
	expect_error(text, status, message);
}

Test(jsonl, errors_of_numbers)
{
	static const char *const stamps[] = {"-1",
	                                     "1.0",
	                                     "1e3",
	                                     "\"1\"",
	                                     "true",
	                                     "[]",
	                                     "18446744073709551616",
	                                     "-0.0",
	                                     "99999999999999999999999999",
	                                     "-99999999999999999999999999"};
	char line[128];
	for (size_t i = 0; i < sizeof(stamps) / sizeof(stamps[0]); i++) {
		snprintf(line, sizeof(line), "{\"ts\":%s,\"ev\":\"parked\",\"worker\":1}", stamps[i]);
		expect_line_error(line, WSC_FORMAT, "2: \"ts\" must be an integer from 0 to " U64);
	}
	expect_line_error("{\"ts\":1,\"ev\":\"parked\",\"worker\":4294967296}", WSC_FORMAT,
	                  "23: \"worker\" must be an integer from 0 to " U32);
	expect_line_error("{\"ts\":1,\"ev\":\"steal_failure\",\"from\":1,\"to\":2,\"count\":0}", WSC_FORMAT,
	                  "46: \"count\" must be an integer from 1 to " U32);
	expect_line_error("{\"ts\":1,\"ev\":\"steal_failure\",\"from\":1,\"to\":2,\"count\":4294967296}", WSC_FORMAT,
	                  "46: \"count\" must be an integer from 1 to " U32);
	expect_line_error("{\"ts\":2,\"ev\":\"gap\",\"worker\":1,\"until\":3,\"count\":4294967296}", WSC_FORMAT,
	                  "41: \"count\" must be an integer from 0 to " U32);
	expect_line_error("{\"ts\":2,\"ev\":\"gap\",\"worker\":1,\"until\":1}", WSC_FORMAT,
	                  "31: a gap must not end (\"until\") before it begins (\"ts\")");
}

Test(jsonl, errors_of_missing_and_wrong_fields)
{
	expect_line_error("{\"ev\":\"parked\",\"worker\":1}", WSC_FORMAT, "1: \"ts\" is missing from this event");
	expect_line_error("{\"ts\":1,\"ev\":\"parked\"}", WSC_FORMAT, "1: \"worker\" is missing from this event");
	expect_line_error("{\"ts\":1,\"ev\":\"queued\",\"worker\":1}", WSC_FORMAT,
	                  "1: \"task\" is missing from this event");
	expect_line_error("{\"ts\":1,\"ev\":\"steal_success\",\"from\":1,\"to\":2}", WSC_FORMAT,
	                  "1: \"task\" is missing from this event");
	expect_line_error("{\"ts\":1,\"ev\":\"steal_start\",\"to\":2}", WSC_FORMAT,
	                  "1: \"from\" is missing from this event");
	expect_line_error("{\"ts\":1,\"ev\":\"wake\",\"from\":2}", WSC_FORMAT, "1: \"to\" is missing from this event");
	expect_line_error("{\"ts\":1,\"ev\":\"gap\",\"worker\":1}", WSC_FORMAT,
	                  "1: \"until\" is missing from this event");
	expect_line_error("{\"ts\":1,\"ev\":\"queued\",\"task\":1,\"worker\":1,\"pinned\":1}", WSC_FORMAT,
	                  "43: \"pinned\" must be true or false");
	expect_line_error("{\"ts\":1,\"ev\":\"queued\",\"task\":1,\"worker\":1,\"label\":1}", WSC_FORMAT,
	                  "43: \"label\" must be a string");
	expect_line_error("{\"ts\":1,\"ev\":\"steal_failure\",\"from\":1,\"to\":2,\"reason\":1}", WSC_FORMAT,
	                  "46: \"reason\" must be a string");
	expect_line_error("{\"ts\":2,\"ev\":7}", WSC_FORMAT, "9: \"ev\" must be a string");
	expect_line_error("{\"ts\":2,\"ev\":\"new\",\"critical\":true}", WSC_UNSUPPORTED,
	                  "20: the history can't be judged without this event, which this version does not know");
	expect_line_error("{\"end\":\"cut\"}", WSC_FORMAT, "2: \"end\" must be \"clean\" or \"stalled\"");
	expect_error(HEAD "{\"end\":\"clean\"}\n\n{\"host\":\"h\"}", WSC_FORMAT,
	             "line 4, column 1: nothing may follow the line with \"end\"");
}

/* What json-c says of a line, and what it does not mind but JSON does. */
Test(jsonl, errors_of_syntax)
{
	char deep[128] = "{\"a\":";
	memset(deep + 5, '[', 60);
	expect_line_error(deep, WSC_LIMIT, "37: values nest deeper than 32");
	expect_line_error("{\"ts\":1,}", WSC_FORMAT, "9: not valid JSON: unexpected character");
	expect_line_error("{\"ts\":1", WSC_FORMAT, "8: the line ends inside its JSON object");
	expect_line_error("{\"ts\":1} x", WSC_FORMAT, "10: not valid JSON: unexpected character");
	expect_line_error("{\"\xC3\xA4\":1,'a':2}", WSC_FORMAT, "8: strings stand in double quotes");
	expect_line_error("{\"a\":NaN}", WSC_FORMAT, "6: JSON has no such number");
	expect_line_error("{\"a\":-Infinity}", WSC_FORMAT, "7: JSON has no such number");
	expect_line_error("{\"a\":01}", WSC_FORMAT, "6: a number must not begin with 0");
	expect_line_error("{\"a\":-01}", WSC_FORMAT, "7: a number must not begin with 0");
	expect_line_error("{\"a\":1.}", WSC_FORMAT, "7: digits must follow the decimal point");
	expect_line_error("{\"a\":\"\t\"}", WSC_FORMAT, "7: a control character in a string must be escaped");
	expect_line_error("{\"a\":\"x\\u0000\"}", WSC_FORMAT, "8: a string must not hold the character U+0000");
	expect_line_error("{\"a\":\"\xC0\xAF\"}", WSC_FORMAT, "7: the line is not valid UTF-8");
	expect_line_error("{\"a\":\"\xED\xA0\x80\"}", WSC_FORMAT, "7: the line is not valid UTF-8");
}

Test(jsonl, error_names_line_and_column)
{
	static const char text[] = HEAD "\r\n{\"ts\":1,\"ev\":\"parked\",\"worker\":-1}\r\n";
	struct trace_error err;
	struct jsonl_reader *reader;
	cr_assert_eq(jsonl_reader_open(&reader, memory_file(text, strlen(text)), &err), WSC_FORMAT);
	cr_expect_eq(err.line, 3);
	cr_expect_eq(err.column, 23);
	cr_expect_eq(err.offset, strlen(HEAD) + 2 + 22);
}

Test(jsonl, nul_byte_is_refused)
{
	static const char text[] = HEAD "{\"ts\":1,\0\"ev\":\"parked\",\"worker\":1}\n";
	struct trace_error err;
	struct jsonl_reader *reader;
	cr_assert_eq(jsonl_reader_open(&reader, memory_file(text, sizeof(text) - 1), &err), WSC_FORMAT);
	cr_expect_str_eq(err.message, "line 2, column 9: the line holds a NUL byte");
}

Test(jsonl, long_line_is_refused)
{
	size_t size = 3 << 20;
	char *text = malloc(size);
	struct trace_error err;
	struct jsonl_reader *reader;
	memset(text, ' ', size);
	memcpy(text, HEAD, strlen(HEAD));
	cr_assert_eq(jsonl_reader_open(&reader, memory_file(text, size), &err), WSC_LIMIT);
	cr_expect_str_eq(err.message, "line 2, column 1: the line is longer than 1048576 bytes");
	size_t longest = strlen(HEAD) + (1 << 20);
	text[longest] = '\n';
	memcpy(text + longest + 1, "{\"end\":\"clean\"}", 15);
	cr_assert_eq(jsonl_reader_open(&reader, memory_file(text, longest + 16), &err), WSC_OK, "%s", err.message);
	cr_expect_eq(jsonl_reader_summary(reader)->end, WSC_END_CLEAN);
	jsonl_reader_free(reader);
	free(text);
}

Test(jsonl, mark_carriage_returns_blank_lines_and_no_last_newline)
{
	struct jsonl_reader *reader =
	    read_text("\xEF\xBB\xBF\r\n \t\r\n{\"wscheck\":1}\r\n\r\n"
	              "{\"ts\":1,\"ev\":\"parked\",\"worker\":7}\r\n{\"end\":\"stalled\"}\n\n  ");
	size_t count;
	const uint32_t *workers = jsonl_reader_workers(reader, &count);
	cr_expect_eq(count, 1);
	cr_expect_eq(workers[0], 7);
	cr_expect_eq(jsonl_reader_summary(reader)->end, WSC_END_STALLED);
	jsonl_reader_free(reader);
	reader = read_text(HEAD "{\"ts\":1,\"ev\":\"gap\",\"worker\":7,\"until\":3,\"count\":5}\n"
	                        "{\"ts\":1,\"ev\":\"parked\",\"worker\":7}");
	cr_expect_eq(jsonl_reader_summary(reader)->events, 1);
	cr_expect_eq(jsonl_reader_summary(reader)->dropped, 5);
	cr_expect_eq(jsonl_reader_summary(reader)->end, WSC_END_CUT);
	cr_expect(jsonl_reader_summary(reader)->is_jsonl);
	jsonl_reader_free(reader);
}

Test(jsonl, later_declarations_add_to_tables)
{
	struct jsonl_reader *reader =
	    read_text("{\"wscheck\":1,\"queues\":[{\"queue\":1,\"capacity\":8}]}\n"
	              "{\"queues\":[{\"queue\":1,\"name\":\"q\",\"discipline\":\"heap\"}],\"complete\":false}\n"
	              "{\"ts\":1}\n{\"meta\":{\"a\":1}}\n{\"meta\":{\"b\\n\":[ 18446744073709551616, 1.50 ]}}\n");
	const struct trace_header *header = jsonl_reader_header(reader);
	cr_expect(header->complete, "scalars of later declarations are left alone");
	cr_assert_eq(header->queue_count, 1);
	cr_expect_str_eq(header->queues[0].name, "q");
	cr_expect_eq(header->queues[0].capacity, 8);
	cr_expect_eq(header->queues[0].discipline, WSC_DISCIPLINE_NONE);
	cr_expect_str_eq(header->queues[0].discipline_word, "heap");
	cr_assert_eq(header->meta_count, 2);
	cr_expect_str_eq(header->meta[1].key, "b\n");
	cr_expect_str_eq(header->meta[1].json, "[ 18446744073709551616, 1.50 ]");
	jsonl_reader_free(reader);
}

Test(jsonl, unknown_events_are_counted_by_name)
{
	char text[16384] = HEAD;
	size_t length = strlen(text);
	for (int i = 0; i < 100; i++)
		length += (size_t)snprintf(text + length, sizeof(text) - length,
		                           "{\"ts\":1,\"ev\":\"new%d\"}\n{\"ev\":\"often\"}\n", i % 80);
	snprintf(text + length, sizeof(text) - length, "{\"ev\":\"\\u001b[2J\"}\n");
	struct jsonl_reader *reader = read_text(text);
	const struct trace_summary *summary = jsonl_reader_summary(reader);
	uint64_t total = 0, others = 0, often = 0;
	for (size_t i = 0; i < summary->skipped_count; i++) {
		total += summary->skipped[i].count;
		others += strcmp(summary->skipped[i].name, "(others)") == 0 ? summary->skipped[i].count : 0;
		often += strcmp(summary->skipped[i].name, "often") == 0 ? summary->skipped[i].count : 0;
	}
	cr_expect_eq(total, 201);
	cr_expect_eq(often, 100);
	cr_expect_eq(others, 80 - 63 + 1);
	cr_expect_eq(summary->skipped_count, JSONL_SKIPPED_NAMES_MAX + 1);
	cr_expect_eq(summary->events, 0);
	jsonl_reader_free(reader);
}

/* The tasks in the order in which next() hands them out, twice. */
static void expect_order(const char *text, const char *expected, bool ties)
{
	struct jsonl_reader *reader = read_text(text);
	const struct wsc_event *events;
	size_t count;
	for (int pass = 0; pass < 2; pass++) {
		char got[256] = "";
		size_t length = 0;
		while (jsonl_reader_next(reader, &events, &count) == WSC_OK) {
			cr_assert_gt(count, 0);
			for (size_t i = 0; i < count; i++) {
				cr_expect_eq(events[i].worker, events[0].worker);
				length += (size_t)snprintf(got + length, sizeof(got) - length, "%" PRIu64 " ",
				                           events[i].task);
				cr_assert_lt(length, sizeof(got));
			}
		}
		cr_expect_str_eq(got, expected, "%s", got);
		cr_expect_eq(jsonl_reader_position(reader), strlen(text));
		jsonl_reader_rewind(reader);
	}
	cr_expect_eq(jsonl_reader_header(reader)->ordered, ties);
	jsonl_reader_free(reader);
}

#define RUN(ts, task, worker) "{\"ts\":" #ts ",\"ev\":\"exec_start\",\"task\":" #task ",\"worker\":" #worker "}\n"

Test(jsonl, events_come_merged)
{
	expect_order(HEAD, "", false);
	expect_order(HEAD RUN(1, 1, 1) RUN(2, 2, 2) RUN(3, 3, 1), "1 2 3 ", false);
	expect_order(HEAD RUN(10, 1, 1) RUN(30, 2, 1) RUN(5, 3, 2) RUN(20, 4, 2), "3 1 4 2 ", false);
	/* Equal stamps keep the file order, also where the rest is sorted. */
	expect_order(HEAD RUN(10, 1, 2) RUN(10, 2, 1) RUN(5, 3, 3), "3 1 2 ", true);
	/* A stamp that runs backwards stays where its worker put it. */
	expect_order(HEAD RUN(10, 1, 1) RUN(5, 2, 1) RUN(7, 3, 2) RUN(12, 4, 1), "3 1 2 4 ", false);
	expect_order(HEAD RUN(10, 1, 1) RUN(5, 2, 1) RUN(10, 3, 2), "1 2 3 ", true);
	expect_order(HEAD RUN(0, 1, 1) RUN(18446744073709551615, 2, 1) RUN(0, 3, 2), "1 3 2 ", true);
}

Test(jsonl, numbers_are_formatted)
{
	uint64_t state = 3;
	for (int i = 0; i < 1000; i++) {
		uint64_t number = support_random(&state) >> (i % 64);
		char expected[32], got[32] = "";
		snprintf(expected, sizeof(expected), "%" PRIu64, number);
		*jsonl_out_format(got, number) = '\0';
		cr_expect_str_eq(got, expected);
	}
	char zero[2] = "", most[21] = "";
	jsonl_out_format(zero, 0);
	jsonl_out_format(most, UINT64_MAX);
	cr_expect_str_eq(zero, "0");
	cr_expect_str_eq(most, U64);
}

Test(jsonl, random_histories_come_back)
{
	for (uint64_t seed = 1; seed <= 400; seed++) {
		size_t size, count;
		struct support_history history;
		support_history_random(&history, seed);
		char *text = support_write(&history, &size);
		struct jsonl_reader *reader = read_text(text);
		struct support_history got = {.header = *jsonl_reader_header(reader),
		                              .events =
		                                  (struct wsc_event *)(uintptr_t)jsonl_reader_events(reader, &count),
		                              .end = jsonl_reader_summary(reader)->end};
		got.count = count;
		support_compare(&history, &got, seed);
		char *again = support_write(&got, &size);
		cr_assert_str_eq(again, text, "seed %" PRIu64, seed);
		jsonl_reader_free(reader);
		free(again);
		free(text);
		support_history_free(&history);
	}
}

/* Large tables go on in further lines, and no line gets too long. */
Test(jsonl, large_tables_come_back)
{
	struct support_history history = {.count = 0};
	char name[TRACE_STRING_BYTES_MAX + 1], key[TRACE_STRING_BYTES_MAX + 1];
	size_t size;
	memset(name, '\x01', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	trace_header_init(&history.header);
	for (uint32_t i = 0; i < 300; i++)
		trace_header_set_string(&trace_header_add_worker(&history.header, i)->name, name);
	for (uint32_t i = 0; i < TRACE_META_ROWS_MAX; i++) {
		snprintf(key, sizeof(key), "%u%.*s", i, TRACE_STRING_BYTES_MAX - 8, name);
		cr_assert_eq(trace_header_add_meta(&history.header, key, "null"), WSC_OK);
	}
	char *text = support_write(&history, &size);
	struct jsonl_reader *reader = read_text(text);
	struct support_history got = {.header = *jsonl_reader_header(reader)};
	support_compare(&history, &got, 0);
	jsonl_reader_free(reader);
	free(text);
	support_history_free(&history);
}

/* A trace may bring any text as a meta value. */
Test(jsonl, meta_stays_one_valid_line)
{
	struct support_history history = {.count = 0};
	char deep[80];
	size_t size;
	memset(deep, '[', 30);
	memset(deep + 30, ']', 30);
	deep[60] = '\0';
	trace_header_init(&history.header);
	trace_header_add_meta(&history.header, "a", "[1,\r\n\t2]\n");
	trace_header_add_meta(&history.header, "b", "1}\n{\"end\":\"clean\"}");
	trace_header_add_meta(&history.header, "c", "");
	trace_header_add_meta(&history.header, "d", deep);
	trace_header_add_meta(&history.header, "e", deep + 1);
	trace_header_add_meta(&history.header, "f", "nul");
	char *text = support_write(&history, &size);
	struct jsonl_reader *reader = read_text(text);
	const struct trace_header *header = jsonl_reader_header(reader);
	cr_assert_eq(header->meta_count, 6);
	cr_expect_str_eq(header->meta[0].json, "[1,  \t2]");
	cr_expect_str_eq(header->meta[1].json, "\"1}\\n{\\\"end\\\":\\\"clean\\\"}\"");
	cr_expect_str_eq(header->meta[2].json, "\"\"");
	cr_expect_eq(header->meta[3].json[0], '[');
	cr_expect_eq(header->meta[4].json[0], '"');
	cr_expect_str_eq(header->meta[5].json, "\"nul\"");
	jsonl_reader_free(reader);
	free(text);
	support_history_free(&history);
}

Test(jsonl, long_strings_are_refused)
{
	char longest[TRACE_STRING_BYTES_MAX + 1], text[2 * TRACE_STRING_BYTES_MAX];
	memset(longest, 'x', TRACE_STRING_BYTES_MAX);
	longest[TRACE_STRING_BYTES_MAX] = '\0';
	snprintf(text, sizeof(text), HEAD "{\"host\":\"%s\"}\n{\"ts\":1,\"ev\":\"queued\",\"task\":1,\"worker\":1}",
	         longest);
	jsonl_reader_free(read_text(text));
	snprintf(text, sizeof(text), HEAD "{\"host\":\"%sx\"}\n", longest);
	expect_error(text, WSC_LIMIT, "line 2, column 2: \"host\" is longer than 4096 bytes");
	snprintf(text, sizeof(text), HEAD "{\"ts\":1,\"ev\":\"queued\",\"task\":1,\"worker\":1,\"label\":\"%sx\"}\n",
	         longest);
	expect_error(text, WSC_LIMIT, "line 2, column 43: \"label\" is longer than 4096 bytes");
	snprintf(text, sizeof(text), HEAD "{\"meta\":{\"a\":\"%s\"}}\n", longest);
	expect_error(text, WSC_LIMIT,
	             "line 2, column 10: \"meta\" has more than 256 entries, or one longer than 4096 bytes");
}

Test(jsonl, write_errors_are_told)
{
	struct trace_header header;
	struct trace_error err;
	struct jsonl_writer *writer;
	FILE *file = fopen("/dev/full", "w");
	cr_assert_not_null(file);
	trace_header_init(&header);
	cr_assert_eq(jsonl_writer_create(&writer, file, &header, &err), WSC_OK);
	cr_expect_eq(jsonl_writer_finish(writer, WSC_END_CLEAN, &err), WSC_IO);
	cr_expect_str_eq(err.message, "can't write: No space left on device");
	jsonl_writer_free(writer);
	fclose(file);
	trace_header_free(&header);
}

/* No mutation of a valid file does harm; what is still read is still sound. */
Test(jsonl, mutations_do_no_harm)
{
	uint64_t state = 7;
	size_t readable = 0;
	for (uint64_t seed = 1; seed <= 40; seed++) {
		size_t size, mutant_size;
		struct support_history history;
		support_history_random(&history, seed);
		char *text = support_write(&history, &size);
		for (int round = 0; round < 100; round++) {
			char *mutant = support_mutate(text, size, &mutant_size, &state);
			struct trace_error err = {.status = WSC_OK};
			struct jsonl_reader *reader;
			enum wsc_status status = jsonl_reader_open(&reader, memory_file(mutant, mutant_size), &err);
			cr_assert_eq(status, err.status);
			cr_assert(status == WSC_OK || (status >= WSC_FORMAT && status <= WSC_UNSUPPORTED));
			cr_assert(status == WSC_OK || strlen(err.message) > 10);
			readable += status == WSC_OK;
			if (reader) {
				size_t count;
				const struct wsc_event *events = jsonl_reader_events(reader, &count);
				support_check_events(events, count);
			}
			jsonl_reader_free(reader);
			free(mutant);
		}
		free(text);
		support_history_free(&history);
	}
	cr_expect_gt(readable, 100, "most mutations should not hit the syntax alone");
}

static bool same_field(const struct jsonl_field *a, const struct jsonl_field *b)
{
	if (a->type != b->type || a->number != b->number || a->length != b->length)
		return false;
	return a->type != JSONL_STRING || memcmp(a->text, b->text, a->length) == 0;
}

/* Whatever the scanner of plain lines takes, json-c takes too, and reads the same. */
Test(jsonl, plain_lines_are_what_json_c_reads)
{
	static const char *const lines[] = {
	    "{\"ts\":10,\"ev\":\"steal_failure\",\"from\":1,\"to\":2,\"count\":3,\"reason\":\"empty\"}",
	    " { \"ts\" : 0 , \"ev\" : \"queued\" , \"pinned\" : true , \"label\" : \"a b\" } "};
	struct jsonl_parser parser;
	uint64_t state = 11;
	size_t plain_count = 0;
	cr_assert_eq(jsonl_parser_init(&parser), WSC_OK);
	for (int round = 0; round < 100000; round++) {
		size_t size;
		const char *text = lines[round % 2];
		char *mutant = support_mutate(text, strlen(text), &size, &state);
		mutant[size] = '\0';
		struct jsonl_line line = {.text = mutant, .length = size, .number = 1};
		struct jsonl_fields plain, full = {.json = NULL};
		enum wsc_status status = jsonl_fields_read(&parser, &line, false, &plain, NULL);
		if (status == WSC_OK && !plain.json) {
			plain_count++;
			cr_assert_eq(jsonl_fields_read(&parser, &line, true, &full, NULL), WSC_OK, "%s", mutant);
			for (int key = 0; key < JSONL_KEY_END_OF_KEYS; key++)
				cr_assert(same_field(&plain.of[key], &full.of[key]), "%s", mutant);
		}
		jsonl_fields_free(&plain);
		jsonl_fields_free(&full);
		free(mutant);
	}
	jsonl_parser_free(&parser);
	cr_expect_gt(plain_count, 5000);
}
