/* SPDX-License-Identifier: MIT */
/* Opening an input by path: what is told apart, what is refused and how, and what is not a plain file. */
#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "jsonl_import.h"
#include "jsonl_support.h"
#include "trace_input.h"

#define HISTORY "{\"wscheck\":1}\n{\"ts\":5,\"ev\":\"parked\",\"worker\":3}\n{\"end\":\"clean\"}\n"

/* A path to an open file in memory. */
static const char *path_of(int fd)
{
	static char path[64];
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	return path;
}

static void expect_refused(const char *path, enum wsc_status status, const char *message)
{
	struct trace_error err = {.status = WSC_OK};
	struct trace_input *input = NULL;
	cr_expect_eq(trace_input_open(&input, path, &err), status, "%s", path);
	cr_expect_null(input);
	cr_expect_str_eq(err.message, message, "%s", err.message);
}

static void expect_refused_bytes(const char *bytes, size_t size, const char *message)
{
	int fd = memory_file(bytes, size);
	expect_refused(path_of(fd), WSC_FORMAT, message);
	close(fd);
}

/* One event, read twice. */
static void expect_history(const char *path)
{
	struct trace_error err = {.status = WSC_OK};
	struct trace_input *input = NULL;
	const struct wsc_event *events;
	size_t count;
	cr_assert_eq(trace_input_open(&input, path, &err), WSC_OK, "%s", err.message);
	for (int pass = 0; pass < 2; pass++) {
		cr_assert_eq(trace_input_next(input, &events, &count, &err), WSC_OK);
		cr_expect_eq(count, 1);
		cr_expect_eq(events[0].ts, 5);
		cr_assert_eq(trace_input_next(input, &events, &count, &err), WSC_DONE);
		cr_assert_eq(trace_input_rewind(input, &err), WSC_OK);
	}
	cr_expect_eq(trace_input_summary(input)->end, WSC_END_CLEAN);
	cr_expect_eq(trace_input_summary(input)->file_bytes, strlen(HISTORY));
	cr_expect_eq(trace_input_workers(input, &count)[0], 3);
	cr_expect(trace_input_header(input)->complete);
	trace_input_free(input);
}

Test(input, refuses_what_is_no_history)
{
	expect_refused("/no/such/file", WSC_IO, "No such file or directory");
	expect_refused("/", WSC_IO, "it is a directory");
	expect_refused("/dev/null", WSC_FORMAT, "the file is empty");
	expect_refused("/dev/zero", WSC_FORMAT, "neither a wscheck trace nor JSON Lines");
	expect_refused_bytes("", 0, "the file is empty");
	expect_refused_bytes("hello\n", 6, "neither a wscheck trace nor JSON Lines");
	expect_refused_bytes(" \n\t", 3, "neither a wscheck trace nor JSON Lines");
	expect_refused_bytes("\x28\xB5\x2F", 3, "neither a wscheck trace nor JSON Lines");
	expect_refused_bytes("{", 1, "line 1, column 2: the line ends inside its JSON object");
	expect_refused_bytes("\xEF\xBB\xBF\n {}", 7,
	                     "line 2, column 2: the first line must be the header, {\"wscheck\":1,...}");
}

Test(input, reads_a_file)
{
	int fd = memory_file(HISTORY, strlen(HISTORY));
	expect_history(path_of(fd));
	close(fd);
}

static void *feed(void *context)
{
	int fd = *(int *)context;
	for (const char *c = HISTORY; *c; c++) /* byte by byte: reads come back short */
		cr_assert_eq(write(fd, c, 1), 1);
	close(fd);
	return NULL;
}

Test(input, reads_standard_input_from_a_pipe)
{
	int ends[2];
	pthread_t feeder;
	cr_assert_eq(pipe(ends), 0);
	cr_assert_eq(dup2(ends[0], STDIN_FILENO), STDIN_FILENO);
	cr_assert_eq(pthread_create(&feeder, NULL, feed, &ends[1]), 0);
	expect_history("-");
	pthread_join(feeder, NULL);
}

static void *feed_fifo(void *context)
{
	int fd = open(context, O_WRONLY);
	return feed(&fd);
}

Test(input, reads_a_fifo_and_leaves_no_file)
{
	char directory[] = "/tmp/wscheck-test-XXXXXX", path[64];
	pthread_t feeder;
	cr_assert_not_null(mkdtemp(directory));
	snprintf(path, sizeof(path), "%s/fifo", directory);
	cr_assert_eq(mkfifo(path, 0600), 0);
	setenv("TMPDIR", directory, 1);
	cr_assert_eq(pthread_create(&feeder, NULL, feed_fifo, path), 0);
	expect_history(path);
	pthread_join(feeder, NULL);
	unlink(path);
	cr_expect_eq(rmdir(directory), 0, "only the FIFO was in it");
}

Test(input, reads_standard_input_from_where_it_stands)
{
	static const char text[] = "not for us\n" HISTORY;
	int fd = memory_file(text, strlen(text));
	cr_assert_eq(dup2(fd, STDIN_FILENO), STDIN_FILENO);
	lseek(STDIN_FILENO, 11, SEEK_SET);
	expect_history("-");
}

Test(input, says_where_no_temporary_file_can_be)
{
	setenv("TMPDIR", "/no/such/place", 1);
	expect_refused("/dev/zero", WSC_IO,
	               "can't create a temporary file in /no/such/place: No such file or directory; set TMPDIR to a "
	               "directory with room");
}

Test(input, dump_writes_the_merged_order)
{
	static const char text[] = "{\"wscheck\":1}\n{\"ts\":9,\"ev\":\"parked\",\"worker\":1}\n"
	                           "{\"ts\":5,\"ev\":\"parked\",\"worker\":2}\n";
	int fd = memory_file(text, strlen(text));
	struct trace_error err;
	struct trace_input *input;
	char *out = NULL;
	size_t size;
	FILE *file = open_memstream(&out, &size);
	cr_assert_eq(trace_input_open(&input, path_of(fd), &err), WSC_OK);
	cr_assert_eq(jsonl_dump(input, file, &err), WSC_OK);
	fclose(file);
	cr_expect_str_eq(out, "{\"wscheck\":1,\"complete\":true}\n{\"ts\":5,\"ev\":\"parked\",\"worker\":2}\n"
	                      "{\"ts\":9,\"ev\":\"parked\",\"worker\":1}\n");
	free(out);
	trace_input_free(input);
	close(fd);
}
