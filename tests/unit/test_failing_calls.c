/* SPDX-License-Identifier: MIT */
/*
 * Reading, writing and recording while each allocation, and each call of the system, fails in turn, once and for good.
 * Each says that it has no memory, or can't read or write; or gives all that it gives undisturbed. Never less without a
 * word. (`make fail` does the same to whole programs, with all that their libraries call.)
 */
#include <criterion/criterion.h>
#include <fcntl.h>
#include <glob.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "analysis.h"
#include "failing_calls.h"
#include "json_string.h"
#include "jsonl_import.h"
#include "jsonl_reader.h"
#include "jsonl_support.h"
#include "record_file.h"
#include "trace_fixture.h"
#include "trace_item.h"
#include "trace_recover.h"
#include "wscheck/record.h"

enum { EVENTS = 600, WORKERS = 3, TASKS = 50, ALL_CALLS = 500, HOST_CALLS = 8 };

/* What an attempt came to: with OK, `sum` is that of all it gave. */
struct outcome {
	enum wsc_status status;
	uint64_t sum;
};

static struct trace_header header;
static struct wsc_event events[EVENTS];
static struct bytes trace, text;
static int trace_fd = -1, cut_fd = -1, damaged_fd = -1, text_fd = -1, out_fd = -1;

static uint64_t sum_of(const void *bytes, size_t size, uint64_t sum)
{
	for (size_t i = 0; i < size; i++)
		sum = (sum ^ ((const unsigned char *)bytes)[i]) * 0x100000001b3U;
	return sum;
}

static enum wsc_status write_trace(struct trace_sink sink, const struct trace_header *first)
{
	struct trace_writer *writer;
	enum wsc_status status = trace_writer_create(&writer, sink, first, 1);
	if (status != WSC_OK)
		return status;
	for (size_t i = 0; i < EVENTS && status == WSC_OK; i += EVENTS / 6) {
		status = trace_writer_block(writer, &events[i], EVENTS / 6, NULL);
		if (status == WSC_OK)
			status = trace_writer_epoch(writer, events[i].ts);
	}
	if (status == WSC_OK)
		status = trace_writer_declare(writer, &header);
	if (status == WSC_OK)
		status = trace_writer_finish(writer, WSC_END_CLEAN);
	trace_writer_free(writer);
	return status;
}

/* Reads a trace that is in order, whatever fails no more. */
static uint64_t sum_of_trace(const void *bytes, size_t size)
{
	struct reading reading = read_bytes(bytes, size);
	cr_assert_eq(reading.status, WSC_DONE, "%s", reading.err.message);
	cr_assert_eq(reading.summary.damaged_blocks, 0);
	const uint64_t sum = sum_of(reading.events, reading.count * sizeof(*reading.events), reading.summary.dropped);
	reading_free(&reading);
	return sum;
}

static void make_inputs(void)
{
	struct support_history history;
	struct trace_header plain;
	for (uint64_t seed = 1; header.queue_count < 20; seed++) {
		trace_header_free(&header);
		support_random_header(&header, &seed);
	}
	header.clock = WSC_CLOCK_NS;
	for (size_t i = 0; i < EVENTS; i++)
		events[i] = (struct wsc_event){.ts = 1000 + i,
		                               .task = i + 1,
		                               .worker = (uint32_t)(i / (EVENTS / 6) % WORKERS),
		                               .kind = i % 7 == 0 ? WSC_EV_QUEUED : WSC_EV_EXEC_START};
	trace_header_init(&plain);
	cr_assert_eq(write_trace((struct trace_sink){bytes_sink, &trace}, &plain), WSC_OK);
	trace_fd = memory_file((const char *)trace.data, trace.size);
	cut_fd = memory_file((const char *)trace.data, trace.size - 1);
	trace.data[trace.size / 8] ^= 1;
	damaged_fd = memory_file((const char *)trace.data, trace.size);
	trace.data[trace.size / 8] ^= 1;
	history = (struct support_history){header, events, EVENTS, WSC_END_CLEAN};
	text.data = (unsigned char *)support_write(&history, &text.size);
	text_fd = memory_file((const char *)text.data, text.size);
	out_fd = memory_file("", 0);
}

TestSuite(failing_calls, .init = make_inputs, .timeout = 60);

/*
 * `status` is what an attempt says when it fails. The first `each` calls fail one after the other, of later ones fewer and
 * fewer.
 */
static void each_fails(enum failing what, struct outcome (*attempt)(void), enum wsc_status status, long each)
{
	const struct outcome good = attempt();
	long number;
	cr_assert_eq(good.status, WSC_OK, "undisturbed: status %d", (int)good.status);
	for (int for_good = 0; for_good < 2; for_good++) {
		bool hit = true;
		for (number = 1; hit; number += 1 + number / each) {
			fail_from_now(what, number, for_good != 0);
			const struct outcome got = attempt();
			hit = fail_no_more();
			if (got.status == WSC_OK)
				cr_assert_eq(got.sum, good.sum, "call %ld failed, and something else is there", number);
			else
				cr_assert(hit && got.status == status, "call %ld: status %d", number, (int)got.status);
		}
		cr_assert_gt(number, 2, "nothing ever failed");
	}
}

/* --- traces --- */

static enum wsc_status count_bytes(void *context, const void *bytes, size_t size)
{
	const enum failing what = set_failing(NOTHING_FAILS);
	bytes_add(context, bytes, size);
	set_failing(what);
	return WSC_OK;
}

/* Of what was written, if it is whole. */
static void judge_bytes(struct outcome *o, struct bytes *bytes)
{
	const enum failing what = set_failing(NOTHING_FAILS);
	if (o->status == WSC_OK)
		o->sum = sum_of_trace(bytes->data, bytes->size);
	free(bytes->data);
	set_failing(what);
}

static struct outcome write_one(void)
{
	struct bytes bytes = {0};
	struct trace_header with_id = header;
	struct outcome o = {.status = WSC_OK};
	with_id.trace_id[0] = 1;
	o.status = write_trace((struct trace_sink){count_bytes, &bytes}, &with_id);
	judge_bytes(&o, &bytes);
	return o;
}

Test(failing_calls, a_trace_is_written)
{
	each_fails(MEMORY_FAILS, write_one, WSC_NOMEM, ALL_CALLS);
}

Test(failing_calls, a_random_id_is_not_to_be_had)
{
	struct trace_header plain;
	trace_header_init(&plain);
	struct bytes bytes = {0};
	fail_from_now(CALLS_FAIL, 1, false);
	cr_assert_eq(write_trace((struct trace_sink){bytes_sink, &bytes}, &plain), WSC_IO);
	cr_assert(fail_no_more() && bytes.size == 0);
	/* The seeds of tables have a substitute. */
	fail_from_now(CALLS_FAIL, 2, false);
	cr_assert_eq(write_trace((struct trace_sink){bytes_sink, &bytes}, &plain), WSC_OK);
	cr_assert(fail_no_more());
	free(bytes.data);
}

static enum wsc_status open_input(int fd, struct trace_input **input, struct trace_error *err)
{
	char path[64];
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	return trace_input_open(input, path, err);
}

/* From where the input is, to its end. */
static struct outcome read_on(struct trace_input *input, struct trace_error *err)
{
	struct outcome o = {.status = WSC_OK};
	const struct wsc_event *got;
	size_t count;
	while (o.status == WSC_OK || o.status == WSC_RESTART) {
		o.sum = o.status == WSC_RESTART ? 0 : o.sum;
		o.status = trace_input_next(input, &got, &count, err);
		if (o.status == WSC_OK)
			o.sum = sum_of(got, count * sizeof(*got), o.sum);
	}
	if (o.status == WSC_DONE)
		o = (struct outcome){WSC_OK, o.sum + trace_input_summary(input)->damaged_blocks};
	return o;
}

/* All that there is to read of an input; any error's message is a sentence. */
static struct outcome read_input(int fd, unsigned threads, bool is_range)
{
	struct outcome o = {.sum = 0};
	struct trace_error err = {0};
	struct trace_input *input = NULL;
	o.status = open_input(fd, &input, &err);
	if (o.status == WSC_OK && is_range)
		o.status = trace_input_limit(input, 100, 400, &err);
	if (o.status == WSC_OK && threads > 0)
		trace_input_threads(input, threads);
	if (o.status == WSC_OK)
		o = read_on(input, &err);
	cr_assert(o.status == WSC_OK || err.message[0] != '\0', "no word of status %d", (int)o.status);
	trace_input_free(input);
	return o;
}

/* Damage comes to light in the middle, and what fails then may succeed from the beginning: then it is all there. */
static struct outcome read_damaged(void)
{
	struct outcome o = {.sum = 0};
	struct trace_error err = {0};
	struct trace_input *input = NULL;
	o.status = open_input(damaged_fd, &input, &err);
	if (o.status != WSC_OK)
		return o;
	o = read_on(input, &err);
	cr_assert(o.status != WSC_OK || trace_input_summary(input)->damaged_blocks > 0);
	if (o.status != WSC_OK) {
		o.status = trace_input_rewind(input, &err);
		if (o.status == WSC_OK)
			o = read_on(input, &err);
	}
	trace_input_free(input);
	return o;
}

static struct outcome read_whole(void)
{
	return read_input(trace_fd, 0, false);
}

static struct outcome read_cut(void)
{
	return read_input(cut_fd, 0, false);
}

static struct outcome read_ahead(void)
{
	return read_input(trace_fd, 2, false);
}

static struct outcome read_range(void)
{
	return read_input(trace_fd, 0, true);
}

Test(failing_calls, a_trace_is_read)
{
	each_fails(MEMORY_FAILS, read_whole, WSC_NOMEM, ALL_CALLS);
	each_fails(CALLS_FAIL, read_whole, WSC_IO, ALL_CALLS);
	each_fails(MEMORY_FAILS, read_cut, WSC_NOMEM, ALL_CALLS);
	each_fails(CALLS_FAIL, read_cut, WSC_IO, ALL_CALLS);
}

Test(failing_calls, a_damaged_trace_is_read_again)
{
	each_fails(MEMORY_FAILS, read_damaged, WSC_NOMEM, ALL_CALLS);
	each_fails(CALLS_FAIL, read_damaged, WSC_IO, ALL_CALLS);
}

Test(failing_calls, a_trace_is_read_ahead)
{
	each_fails(MEMORY_FAILS, read_ahead, WSC_NOMEM, ALL_CALLS);
	each_fails(CALLS_FAIL, read_ahead, WSC_IO, ALL_CALLS);
}

Test(failing_calls, a_stretch_is_read)
{
	each_fails(MEMORY_FAILS, read_range, WSC_NOMEM, ALL_CALLS);
	each_fails(CALLS_FAIL, read_range, WSC_IO, ALL_CALLS);
}

/* --- JSON Lines --- */

static struct outcome read_lines(void)
{
	return read_input(text_fd, 0, false);
}

static struct outcome dump_trace(void)
{
	struct outcome o = {.sum = 0};
	struct trace_error err = {0};
	struct trace_input *input = NULL;
	char *written = NULL;
	size_t size = 0;
	FILE *file = open_memstream(&written, &size);
	o.status = open_input(trace_fd, &input, &err);
	if (o.status == WSC_OK)
		o.status = jsonl_dump(input, file, &err);
	trace_input_free(input);
	fclose(file);
	o.sum = sum_of(written, size, 0);
	free(written);
	return o;
}

static struct outcome import(void)
{
	struct outcome o = {.sum = 0};
	struct trace_error err = {0};
	struct trace_input *input = NULL;
	struct bytes bytes = {0};
	o.status = open_input(text_fd, &input, &err);
	if (o.status == WSC_OK)
		o.status = jsonl_import(input, (struct trace_sink){count_bytes, &bytes}, 0, &err);
	trace_input_free(input);
	judge_bytes(&o, &bytes);
	return o;
}

/* Whichever stay of 3 the thief took, 1 or 3 was taken out of turn: its courses are gone through. */
static struct outcome analyze_slots(void)
{
	enum { Q = WSC_EV_QUEUED, S = WSC_EV_EXEC_START, C = WSC_EV_EXEC_COMPLETE };
	static const struct wsc_event history[] = {
	    {.ts = 6, .kind = Q, .worker = 1, .task = 3, .queue = 1},
	    {.ts = 7, .kind = Q, .worker = 1, .task = 1, .queue = 1},
	    {.ts = 14, .kind = S, .worker = 1, .task = 3},
	    {.ts = 15, .kind = Q, .worker = 1, .task = 3, .queue = 1},
	    {.ts = 16, .kind = WSC_EV_STEAL_SUCCESS, .worker = 2, .task = 3, .queue = 1},
	    {.ts = 21, .kind = S, .worker = 2, .task = 3},
	    {.ts = 22, .kind = C, .worker = 2, .task = 3},
	    {.ts = 24, .kind = S, .worker = 1, .task = 1},
	    {.ts = 27, .kind = C, .worker = 1, .task = 1},
	    {.ts = 32, .kind = C, .worker = 1, .task = 3},
	    {.ts = 33, .kind = WSC_EV_DEQUEUED, .worker = 1, .task = 3, .queue = 1},
	    {.ts = 34, .kind = S, .worker = 1, .task = 3},
	    {.ts = 45, .kind = C, .worker = 1, .task = 3}};
	struct trace_header slots = {0};
	struct analysis_options options;
	struct analysis *a = NULL;
	trace_header_init(&slots);
	slots.identity = WSC_IDENTITY_RECYCLED;
	analysis_options_init(&options);
	struct outcome o = {.status = analysis_create(&a, &slots, NULL, 0, &options)};
	if (o.status == WSC_OK)
		o.status = analysis_feed(a, history, sizeof(history) / sizeof(history[0]));
	if (o.status == WSC_OK)
		o.status = analysis_finish(a, WSC_END_CLEAN, 0);
	if (o.status == WSC_OK)
		o.sum = 1 + analysis_result(a)->counts[WSC_VIOLATION_ORDERING_VIOLATION];
	analysis_free(a);
	trace_header_free(&slots);
	return o;
}

Test(failing_calls, courses_are_gone_through)
{
	cr_assert_eq(analyze_slots().sum, 2);
	each_fails(MEMORY_FAILS, analyze_slots, WSC_NOMEM, ALL_CALLS);
}

Test(failing_calls, lines_are_read)
{
	each_fails(MEMORY_FAILS, read_lines, WSC_NOMEM, ALL_CALLS);
	each_fails(CALLS_FAIL, read_lines, WSC_IO, ALL_CALLS);
}

Test(failing_calls, lines_are_written)
{
	each_fails(MEMORY_FAILS, dump_trace, WSC_NOMEM, ALL_CALLS);
}

Test(failing_calls, lines_are_imported)
{
	each_fails(MEMORY_FAILS, import, WSC_NOMEM, ALL_CALLS);
	each_fails(CALLS_FAIL, import, WSC_IO, ALL_CALLS);
}

static struct outcome strings(void)
{
	char *written = json_string_write("a \"b\"\n\xc2\x85"), *read;
	struct outcome o = {json_string_read("\"a\\u0001\\n\"", &read), 0};
	if (written == NULL)
		o.status = WSC_NOMEM;
	if (o.status == WSC_OK)
		o.sum = sum_of(read, strlen(read), sum_of(written, strlen(written), 0));
	free(written);
	free(read);
	return o;
}

Test(failing_calls, strings_are_read_and_written)
{
	each_fails(MEMORY_FAILS, strings, WSC_NOMEM, ALL_CALLS);
}

/* A meta value that can't be read as a string for lack of memory is not written in another way. */
static struct outcome header_item(void)
{
	struct trace_cbor_writer item = {0};
	struct trace_header one;
	trace_header_init(&one);
	struct outcome o = {trace_header_add_meta(&one, "key", "\"text\""), 0};
	if (o.status == WSC_OK)
		o.status = trace_item_write_header(&item, &one);
	if (o.status == WSC_OK)
		o.sum = sum_of(item.bytes, item.size, 0);
	trace_header_free(&one);
	trace_cbor_free(&item);
	return o;
}

Test(failing_calls, a_header_is_written)
{
	each_fails(MEMORY_FAILS, header_item, WSC_NOMEM, ALL_CALLS);
}

/* --- recording, and what is left of it --- */

static char directory[] = "/tmp/wscheck-failing.XXXXXX";

static wsc_recorder *open_recorder(void)
{
	struct wsc_queue_info queue = {.queue = 9, .name = "injector"};
	struct wsc_meta meta = {"commit", "abc"};
	struct wsc_options options = WSC_OPTIONS_INIT;
	char path[64];
	snprintf(path, sizeof(path), "%s/t", directory);
	options.path = path;
	options.ring_events = 1024;
	options.uncertainty_ns = 100;
	options.snapshot_signal = SIGUSR2;
	options.queues = &queue;
	options.meta = &meta;
	options.queue_count = options.meta_count = 1;
	return wsc_open(&options);
}

/* Two workers that run a few tasks, one of which has a label. */
static void record_something(wsc_recorder *recorder)
{
	for (uint32_t id = 1; id <= 2; id++) {
		wsc_worker *w = wsc_attach(recorder, id, id == 1 ? "one" : NULL);
		wsc_queued_with(w, id, id, 0, id == 1 ? wsc_label(recorder, "sort") : 0);
		for (uint64_t i = 0; i < TASKS; i++) {
			wsc_exec_start(w, TASKS * id + i);
			wsc_exec_complete(w, TASKS * id + i);
		}
		if (id == 1)
			wsc_detach(w);
	}
}

/* Opens the first file of that pattern and removes all; -1 where there is none. */
static int open_match(const char *pattern)
{
	glob_t found;
	const int fd = glob(pattern, 0, NULL, &found) == 0 ? open(found.gl_pathv[0], O_RDONLY | O_CLOEXEC) : -1;
	for (size_t i = 0; fd >= 0 && i < found.gl_pathc; i++)
		unlink(found.gl_pathv[i]);
	globfree(&found);
	return fd;
}

static int left_trace = -1, left_rings = -1;

/* What a process leaves that ends in the middle of it. */
static void leave_a_recording(void)
{
	char pattern[96];
	int status = 0;
	const pid_t child = fork();
	if (child == 0) {
		record_something(open_recorder());
		_exit(0);
	}
	cr_assert(waitpid(child, &status, 0) == child && status == 0);
	snprintf(pattern, sizeof(pattern), "%s/t.*.wscheck-tmp", directory);
	left_trace = open_match(pattern);
	snprintf(pattern, sizeof(pattern), "/dev/shm/wscheck.%ld.*.rings", (long)child);
	left_rings = open_match(pattern);
	if (left_rings < 0) {
		snprintf(pattern, sizeof(pattern), "%s/t.*.wscheck-rings", directory);
		left_rings = open_match(pattern);
	}
	cr_assert(left_trace >= 0 && left_rings >= 0);
}

static struct outcome recover(void)
{
	struct outcome o = {.sum = 0};
	struct trace_recovered recovered;
	struct trace_error err = {0};
	struct ring_reader rings;
	struct bytes bytes = {0};
	o.status = ring_reader_open(&rings, left_rings, false, &err);
	if (o.status == WSC_OK) {
		const struct trace_recover_from from = {left_trace, -1, &rings, UINT64_MAX};
		o.status = trace_recover((struct trace_sink){count_bytes, &bytes}, &from, &recovered, &err);
		ring_reader_free(&rings);
	}
	const enum failing what = set_failing(NOTHING_FAILS);
	if (o.status == WSC_OK)
		o.sum = sum_of_trace(bytes.data, bytes.size);
	else
		cr_assert_neq(err.message[0], '\0', "no word of status %d", (int)o.status);
	free(bytes.data);
	set_failing(what);
	return o;
}

Test(failing_calls, a_recording_is_recovered)
{
	cr_assert_neq(mkdtemp(directory), NULL);
	leave_a_recording();
	each_fails(MEMORY_FAILS, recover, WSC_NOMEM, ALL_CALLS);
	each_fails(CALLS_FAIL, recover, WSC_IO, ALL_CALLS);
	cr_assert_eq(rmdir(directory), 0);
}

/*
 * Of a descriptor that can't be looked at any more, or of a name that can't be changed, a file may be left. (The next
 * recorder would look at it, with more calls that can fail.)
 */
static void remove_left(void)
{
	char pattern[96];
	snprintf(pattern, sizeof(pattern), "%s/t.*", directory);
	close(open_match(pattern));
	snprintf(pattern, sizeof(pattern), "/dev/shm/wscheck.%ld.*.rings", (long)getpid());
	close(open_match(pattern));
}

/* The host goes on whatever fails; and what is missing, that was said. */
static struct outcome record(void)
{
	struct outcome o = {WSC_NOMEM, 0};
	char path[64];
	const off_t said = lseek(STDERR_FILENO, 0, SEEK_CUR);
	wsc_recorder *recorder = open_recorder();
	record_something(recorder);
	wsc_close(recorder, WSC_END_CLEAN);
	const enum failing what = set_failing(NOTHING_FAILS);
	snprintf(path, sizeof(path), "%s/t", directory);
	const int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct trace_reader *reader = NULL;
	struct trace_error err;
	if (fd >= 0) {
		cr_assert_eq(trace_reader_open(&reader, fd, &err), WSC_OK, "%s", err.message);
		struct reading reading = drain(reader);
		cr_assert_eq(reading.status, WSC_DONE, "%s", reading.err.message);
		o.sum = reading.summary.events;
		o.status = reading.summary.end == WSC_END_CLEAN && reading.summary.events == 2 * (1 + 2 * TASKS)
		               ? WSC_OK
		               : WSC_NOMEM;
		reading_free(&reading);
		trace_reader_free(reader);
		unlink(path);
	}
	if (what == CALLS_FAIL)
		remove_left();
	cr_assert(o.status == WSC_OK || lseek(STDERR_FILENO, 0, SEEK_CUR) > said, "%lu events, and nothing was said",
	          (unsigned long)o.sum);
	set_failing(what);
	return o;
}

Test(failing_calls, a_host_is_recorded)
{
	const int said = memfd_create("said", MFD_CLOEXEC);
	cr_assert(said >= 0 && dup2(said, STDERR_FILENO) >= 0);
	cr_assert_neq(mkdtemp(directory), NULL);
	each_fails(MEMORY_FAILS, record, WSC_NOMEM, HOST_CALLS);
	cr_assert_eq(rmdir(directory), 0, "something was left behind");
	cr_assert_eq(mkdir(directory, 0700), 0);
	each_fails(CALLS_FAIL, record, WSC_NOMEM, HOST_CALLS);
	cr_assert_eq(rmdir(directory), 0);
}

/* --- the file of a recorder that keeps the last of it --- */

static enum wsc_status put(struct record_file *file, const char *words)
{
	return record_file_write(file, words, strlen(words));
}

static char *path_in(const char *name)
{
	char path[64];
	snprintf(path, sizeof(path), "%s/%s", directory, name);
	const enum failing what = set_failing(NOTHING_FAILS);
	char *copy = strdup(path);
	set_failing(what);
	return copy;
}

/* Reads and removes it; false where it is not there. */
static bool take_content(const char *name, char got[64])
{
	char *path = path_in(name);
	const int fd = open(path, O_RDONLY | O_CLOEXEC);
	const ssize_t size = fd >= 0 ? read(fd, got, 63) : 0;
	got[size > 0 ? size : 0] = '\0';
	close(fd);
	unlink(path);
	free(path);
	return fd >= 0;
}

static bool copy_file(const struct record_file *from)
{
	struct record_file copy = {.path = path_in("copy")};
	bool is_whole = record_file_open(&copy, copy.path, "nothing");
	if (is_whole) {
		if (record_file_copy(from, &copy) == WSC_OK) {
			is_whole = record_file_commit(&copy);
		} else {
			is_whole = false;
			record_file_abandon(&copy);
		}
		record_file_free(&copy);
	}
	free(copy.path);
	return is_whole;
}

/* "head one", a second part "head two", a third "head three". What is not whole was said. */
static struct outcome keep_the_last(void)
{
	struct outcome o = {WSC_OK, 0};
	struct record_file file = {.path = path_in("t")};
	char got[64], copied[64];
	const off_t said = lseek(STDERR_FILENO, 0, SEEK_CUR);
	bool is_copied = false, is_whole = record_file_open(&file, file.path, "nothing");
	if (is_whole) {
		bool goes_on = put(&file, "head") == WSC_OK && put(&file, " one") == WSC_OK &&
		               record_file_next(&file) == WSC_OK && put(&file, "head") == WSC_OK &&
		               put(&file, " two") == WSC_OK && record_file_next(&file) == WSC_OK &&
		               put(&file, "head") == WSC_OK && put(&file, " three") == WSC_OK;
		is_copied = goes_on && copy_file(&file);
		is_whole = record_file_commit(&file) && goes_on;
		record_file_free(&file);
	}
	const enum failing what = set_failing(NOTHING_FAILS);
	free(file.path);
	if (take_content("t", got) && is_whole)
		cr_assert_str_eq(got, "head two three", "it was said to be whole: %s", got);
	if (take_content("copy", copied) && is_copied)
		cr_assert_str_eq(copied, "head two three", "the copy was said to be whole");
	o.status = is_whole && is_copied ? WSC_OK : WSC_NOMEM;
	cr_assert(o.status == WSC_OK || lseek(STDERR_FILENO, 0, SEEK_CUR) > said, "\"%s\", and nothing was said", got);
	set_failing(what);
	return o;
}

Test(failing_calls, the_last_is_kept)
{
	char pattern[64];
	const int said = memfd_create("said", MFD_CLOEXEC);
	cr_assert(said >= 0 && dup2(said, STDERR_FILENO) >= 0);
	cr_assert_neq(mkdtemp(directory), NULL);
	each_fails(MEMORY_FAILS, keep_the_last, WSC_NOMEM, ALL_CALLS);
	cr_assert_eq(rmdir(directory), 0, "something was left behind");
	cr_assert_eq(mkdir(directory, 0700), 0);
	each_fails(CALLS_FAIL, keep_the_last, WSC_NOMEM, ALL_CALLS);
	snprintf(pattern, sizeof(pattern), "%s/*", directory);
	close(open_match(pattern));
	cr_assert_eq(rmdir(directory), 0);
}
