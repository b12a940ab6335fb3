/* SPDX-License-Identifier: MIT */
/* import and dump: from JSON Lines to a trace and back, nothing is lost. */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "jsonl_import.h"
#include "jsonl_reader.h"
#include "jsonl_support.h"
#include "trace_input.h"

static enum wsc_status write_to_fd(void *context, const void *bytes, size_t size)
{
	return write(*(int *)context, bytes, size) == (ssize_t)size ? WSC_OK : WSC_IO;
}

static struct trace_input *open_fd(int fd)
{
	char path[64];
	struct trace_error err = {.status = WSC_OK};
	struct trace_input *input = NULL;
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	cr_assert_eq(trace_input_open(&input, path, &err), WSC_OK, "%s", err.message);
	return input;
}

static char *dump(struct trace_input *input, size_t *size)
{
	char *text = NULL;
	struct trace_error err = {.status = WSC_OK};
	FILE *file = open_memstream(&text, size);
	cr_assert_eq(jsonl_dump(input, file, &err), WSC_OK, "%s", err.message);
	fclose(file);
	return text;
}

/* What `text` says when read as JSON Lines; free the reader last. */
static struct jsonl_reader *parse(const char *text, size_t size, struct support_history *history)
{
	struct trace_error err = {.status = WSC_OK};
	struct jsonl_reader *reader = NULL;
	cr_assert_eq(jsonl_reader_open(&reader, memory_file(text, size), &err), WSC_OK, "%s", err.message);
	*history =
	    (struct support_history){.header = *jsonl_reader_header(reader), .end = jsonl_reader_summary(reader)->end};
	history->events = (struct wsc_event *)(uintptr_t)jsonl_reader_events(reader, &history->count);
	return reader;
}

/* The text, and what comes back when it was a trace meanwhile, are the same in the merged order. */
static void expect_same_through_a_trace(const char *text, size_t size, uint64_t seed)
{
	struct trace_error err = {.status = WSC_OK};
	struct support_history before, after;
	int in = memory_file(text, size), trace = memory_file("", 0);
	struct trace_sink sink = {write_to_fd, &trace};
	struct trace_input *input = open_fd(in);
	size_t before_size, after_size;
	char *before_text = dump(input, &before_size);
	cr_assert_eq(jsonl_import(input, sink, 0, &err), WSC_OK, "seed %" PRIu64 ": %s", seed, err.message);
	trace_input_free(input);
	input = open_fd(trace);
	cr_expect(!trace_input_summary(input)->is_jsonl);
	char *after_text = dump(input, &after_size);
	cr_expect_eq(trace_input_summary(input)->damaged_blocks, 0);
	trace_input_free(input);
	struct jsonl_reader *before_reader = parse(before_text, before_size, &before);
	struct jsonl_reader *after_reader = parse(after_text, after_size, &after);
	support_compare(&before, &after, seed);
	jsonl_reader_free(before_reader);
	jsonl_reader_free(after_reader);
	free(before_text);
	free(after_text);
	close(in);
	close(trace);
}

Test(import, random_histories_come_back)
{
	for (uint64_t seed = 1; seed <= 200; seed++) {
		size_t size;
		struct support_history history;
		support_history_random(&history, seed);
		char *text = support_write(&history, &size);
		expect_same_through_a_trace(text, size, seed);
		free(text);
		support_history_free(&history);
	}
}

/* More events than fit in one segment or block, many of them at equal stamps. */
Test(import, long_histories_come_back)
{
	uint64_t state = 5;
	size_t size;
	struct support_history history = {.count = 200000, .end = WSC_END_CLEAN};
	trace_header_init(&history.header);
	history.events = calloc(history.count, sizeof(*history.events));
	for (size_t i = 0; i < history.count; i++) {
		history.events[i].ts = i / 3;
		support_random_event(&history.events[i], &state);
		if (history.events[i].kind == WSC_EV_QUEUED)
			history.events[i].arg = 0;
		if (i % 2)
			history.events[i].worker = (uint32_t)(support_random(&state) % 3000);
	}
	char *text = support_write(&history, &size);
	expect_same_through_a_trace(text, size, 0);
	free(text);
	support_history_free(&history);
}

static enum wsc_status refuse(void *context, const void *bytes, size_t size)
{
	(void)context;
	(void)bytes;
	(void)size;
	return WSC_IO;
}

Test(import, failures_are_told)
{
	static const char text[] = "{\"wscheck\":1}\n";
	struct trace_error err = {.status = WSC_OK};
	int in = memory_file(text, strlen(text)), trace = memory_file("", 0);
	struct trace_input *input = open_fd(in);
	cr_expect_eq(jsonl_import(input, (struct trace_sink){refuse, NULL}, 0, &err), WSC_IO);
	cr_expect_str_eq(err.message, "can't write the trace");
	cr_assert_eq(jsonl_import(input, (struct trace_sink){write_to_fd, &trace}, 0, &err), WSC_OK);
	trace_input_free(input);
	input = open_fd(trace);
	cr_expect_eq(jsonl_import(input, (struct trace_sink){write_to_fd, &in}, 0, &err), WSC_FORMAT);
	cr_expect_str_eq(err.message, "this is a trace already; import reads JSON Lines");
	trace_input_free(input);
	close(in);
	close(trace);
}
