/* SPDX-License-Identifier: MIT */
/*
 * The recorder's thread, and its parts, while what they ask for is not to be had: the thread runs late, at the close and in
 * the thread that closes, so that each of its calls fails in turn. (test_failing_calls.c has the calls of the host's threads.)
 */
#include <criterion/criterion.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "clock.h"
#include "failing_calls.h"
#include "labels.h"
#include "ring_store.h"
#include "trace_fixture.h"
#include "wscheck/record.h"

static char directory[64], path[128], snapshot[160];
static int said_fd = -1;

static void make_directory(void)
{
	snprintf(directory, sizeof(directory), "/tmp/wscheck-failures.XXXXXX");
	cr_assert_neq(mkdtemp(directory), NULL);
	snprintf(path, sizeof(path), "%s/t", directory);
	snprintf(snapshot, sizeof(snapshot), "%s/t.snapshot-1", directory);
	said_fd = memfd_create("said", MFD_CLOEXEC);
	cr_assert(said_fd >= 0 && dup2(said_fd, STDERR_FILENO) >= 0);
}

static void remove_directory(void)
{
	cr_expect_eq(rmdir(directory), 0, "something was left in %s", directory);
}

TestSuite(record_failures, .init = make_directory, .fini = remove_directory, .timeout = 300);

static size_t said_bytes(void)
{
	return (size_t)lseek(STDERR_FILENO, 0, SEEK_CUR);
}

static bool was_said(const char *words)
{
	char text[4096];
	const ssize_t got = pread(said_fd, text, sizeof(text) - 1, 0);
	text[got > 0 ? got : 0] = '\0';
	return strstr(text, words) != NULL;
}

/* --- the thread that writes --- */

/* What a recorder is to do; two workers record so many tasks each. */
struct plan {
	enum wsc_mode mode;
	uint64_t max_bytes;
	int keep_last;
	uint64_t tasks;
	bool is_whole; /* where nothing fails: the trace has it all */
};

enum { WORKERS = 2, RING = 65536 };

static wsc_recorder *open_plan(const struct plan *plan)
{
	struct wsc_options options = WSC_OPTIONS_INIT;
	options.path = path;
	options.mode = plan->mode;
	options.ring_events = RING;
	options.max_bytes = plan->max_bytes;
	options.keep_last = plan->keep_last;
	options.uncertainty_ns = 100;
	options.snapshot_signal = SIGUSR2;
	return wsc_open(&options);
}

/* Two workers, one of which is gone before the end; a label, a pause, and the wish for a snapshot. */
static void record_plan(wsc_recorder *recorder, const struct plan *plan)
{
	wsc_worker *w[WORKERS];
	for (uint32_t id = 0; id < WORKERS; id++) {
		w[id] = wsc_attach(recorder, id, "worker");
		wsc_queued_with(w[id], id, id, 0, wsc_label(recorder, "sort"));
	}
	wsc_pause(recorder);
	wsc_resume(recorder);
	for (uint32_t id = 0; id < WORKERS; id++) {
		for (uint64_t task = 1; task <= plan->tasks; task++)
			wsc_exec_start(w[id], task);
	}
	wsc_detach(w[0]);
	raise(SIGUSR2);
}

/* Reads and removes a trace: whether it has all that was recorded, and says that it is whole. */
static bool take_whole(const char *name, const struct plan *plan, bool must_end)
{
	struct trace_reader *reader;
	struct trace_error err;
	const int fd = open(name, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return false;
	cr_assert_eq(unlink(name), 0);
	cr_assert_eq(trace_reader_open(&reader, fd, &err), WSC_OK, "%s", err.message);
	struct reading reading = drain(reader);
	cr_assert_eq(reading.status, WSC_DONE, "%s", reading.err.message);
	uint64_t tasks = 0;
	for (size_t i = 0; i < reading.count; i++)
		tasks += reading.events[i].kind == WSC_EV_EXEC_START;
	const bool has_end = reading.summary.end == WSC_END_CLEAN;
	reading_free(&reading);
	trace_reader_free(reader);
	return tasks == WORKERS * plan->tasks && (has_end || !must_end);
}

/* The close, at which the thread runs, and the `number`-th call of it fails. True: there was one. */
static bool close_late(const struct plan *plan, enum failing what, long number, bool for_good)
{
	run_threads_late(true);
	wsc_recorder *recorder = open_plan(plan);
	cr_assert_neq(recorder, NULL);
	record_plan(recorder, plan);
	const size_t said = said_bytes();
	fail_from_now(what, number, for_good);
	const int result = wsc_close(recorder, WSC_END_CLEAN);
	const bool hit = fail_no_more();
	run_threads_late(false);
	setpriority(PRIO_PROCESS, 0, 0); /* the thread hurries */
	const bool has_snapshot = take_whole(snapshot, plan, false);
	const bool is_whole = take_whole(path, plan, true);
	const bool is_quiet = said_bytes() == said;
	if (is_quiet)
		cr_assert(result == 0 && is_whole == plan->is_whole && has_snapshot == plan->is_whole,
		          "call %ld%s of kind %d failed, and nothing was said: close %d, whole %d, snapshot %d", number,
		          for_good ? " and all after it" : "", (int)what, result, is_whole, has_snapshot);
	cr_assert(hit || is_quiet || !plan->is_whole, "something was said, and nothing failed");
	cr_assert(what != CALLS_ARE_INTERRUPTED || is_quiet, "what was interrupted was not done again");
	return hit;
}

/* What fails once, and from some call on. Of later ones fewer and fewer. */
static void each_fails_late(const struct plan *plan, enum failing what, bool also_for_good)
{
	char temporary[200];
	snprintf(temporary, sizeof(temporary), "rm -f %s/t.* /dev/shm/wscheck.%ld.*", directory, (long)getpid());
	for (int for_good = 0; for_good <= also_for_good; for_good++) {
		long number = 1;
		while (close_late(plan, what, number, for_good != 0))
			number += 1 + number / 40;
		cr_assert_gt(number, 2, "nothing ever failed");
	}
	/* Where a descriptor can't be looked at, or a name not changed, a file is left. */
	if (what == CALLS_FAIL)
		cr_assert_eq(system(temporary), 0);
}

static const struct plan whole = {.mode = WSC_MODE_DROP, .tasks = 40000, .is_whole = true};

Test(record_failures, the_thread_has_no_memory)
{
	each_fails_late(&whole, MEMORY_FAILS, true);
}

Test(record_failures, the_threads_calls_fail)
{
	each_fails_late(&whole, CALLS_FAIL, true);
}

Test(record_failures, the_threads_calls_are_interrupted)
{
	each_fails_late(&whole, CALLS_ARE_INTERRUPTED, false);
}

Test(record_failures, a_window_is_written_without_memory)
{
	const struct plan plan = {.mode = WSC_MODE_OVERWRITE, .tasks = 20000, .is_whole = true};
	each_fails_late(&plan, MEMORY_FAILS, true);
}

/* What was written may not have got there: the trace has its name, but is not said to be whole. */
Test(record_failures, a_trace_that_can_not_be_closed)
{
	struct record_file file;
	cr_assert(record_file_open(&file, path, "nothing is recorded"));
	cr_assert_eq(record_file_write(&file, "head", 4), WSC_OK);
	fail_from_now(CALLS_FAIL, 2, false); /* the first looks whether it is ours */
	cr_expect_not(record_file_commit(&file));
	cr_assert(fail_no_more());
	cr_expect(was_said("t: Input/output error; the rest is not recorded\n"));
	record_file_free(&file);
	cr_expect_eq(unlink(path), 0);
}

/* --- where rings lie --- */

enum { SEGMENT = 2 * RING_FILE_PAGE, SEGMENTS = 10, KEPT_MAPPED = 8 };

static struct ring_store store;
static struct record_file trace;
static char temporary_name[] = "t.tmp";

static void open_store(const char *beside, char *temporary)
{
	static const uint8_t id[TRACE_ID_BYTES] = {1};
	trace = (struct record_file){
	    .own = OWN_FD_NONE, .path = path, .name = "t", .temporary = temporary, .number = 0x7e57};
	trace.directory = own_fd_take(open(beside, O_PATH | O_DIRECTORY | O_CLOEXEC));
	cr_assert_geq(trace.directory.fd, 0);
	cr_assert(ring_store_open(&store, &trace, id, 0, clock_moment(), SEGMENT));
}

static void close_store(void)
{
	ring_store_close(&store);
	own_fd_close(&trace.directory);
}

/* Where its file is, if it is in shared memory. */
static const char *shared_path(char to[128])
{
	snprintf(to, 128, RING_FILE_SHARED_DIRECTORY "%s", store.name);
	return to;
}

static size_t count_free(void)
{
	size_t count = 0;
	for (const struct ring_segment *s = store.free; s != NULL; s = s->next)
		count++;
	return count;
}

/* The signal of a file that is too large can't be kept from the host: then the file is not made larger. */
Test(record_failures, rings_without_signal_masks)
{
	struct ring_segment *segments[SEGMENTS];
	char shared[128];
	fail_from_now(MASKS_FAIL, 1, false);
	open_store(directory, temporary_name);
	cr_assert(fail_no_more() && store.is_shared, "they can still lie beside the trace");
	cr_expect_neq(access(shared_path(shared), F_OK), 0);
	close_store();
	fail_from_now(MASKS_FAIL, 1, true);
	open_store(directory, temporary_name);
	cr_assert(fail_no_more() && !store.is_shared);
	for (int i = 0; i < SEGMENTS; i++) {
		segments[i] = ring_store_take(&store, SEGMENT, true);
		cr_assert(segments[i] != NULL && segments[i]->map != NULL && !segments[i]->is_shared);
	}
	for (int i = 0; i < SEGMENTS; i++)
		ring_store_give(&store, segments[i]);
	cr_expect_eq(count_free(), KEPT_MAPPED, "memory that is no file's can't be given back by halves");
	close_store();
}

Test(record_failures, rings_whose_allocation_is_interrupted)
{
	bool hit = true;
	for (long call = 1; hit; call++) {
		char shared[128];
		fail_from_now(CALLS_ARE_INTERRUPTED, call, false);
		open_store(directory, temporary_name);
		hit = fail_no_more();
		cr_expect(store.is_shared && access(shared_path(shared), F_OK) == 0, "call %ld: it gave up", call);
		close_store();
	}
	cr_expect_eq(said_bytes(), 0);
	fail_from_now(CALLS_ARE_INTERRUPTED, 1, true);
	open_store(directory, temporary_name);
	cr_assert(fail_no_more() && !store.is_shared, "it tried for ever");
	cr_expect(was_said("the rings can't be kept in a file: Interrupted system call"));
	close_store();
}

/* What must be in the file is not to be had then; what need not is somewhere else, and that is said once. */
static void expect_no_more(const char *why)
{
	char words[320];
	cr_expect_null(ring_store_take(&store, SEGMENT, true));
	cr_expect_eq(store.head->unmapped_since, 0);
	for (int i = 0; i < 2; i++) {
		struct ring_segment *segment = ring_store_take(&store, SEGMENT, false);
		cr_assert(segment != NULL && !segment->is_shared);
		ring_segment_free(segment);
	}
	cr_expect_neq(store.head->unmapped_since, 0);
	snprintf(words, sizeof(words),
	         "wscheck: %s: the rings' file can't grow: %s; a killed process will lose what is not in it\n", path,
	         why);
	cr_expect(was_said(words) && said_bytes() == strlen(words), "%s", why);
}

Test(record_failures, rings_that_can_not_grow)
{
	open_store(directory, temporary_name);
	cr_assert(store.is_shared);
	fail_from_now(CALLS_ARE_INTERRUPTED, 1, false);
	cr_expect_null(ring_store_take(&store, (size_t)1 << 41, true), "so much room is nowhere");
	cr_expect_not(fail_no_more(), "it was asked for all the same");
	const uint64_t bytes = store.head->bytes;
	store.head->bytes = RING_FILE_BYTES_MAX;
	expect_no_more("File too large");
	store.head->bytes = bytes;
	close_store();
}

/* A host that closes our descriptor, and somebody who put another file there: neither ours nor theirs is touched. */
Test(record_failures, rings_that_are_another_file_now)
{
	char shared[128];
	open_store(directory, temporary_name);
	cr_assert(store.is_shared);
	shared_path(shared);
	cr_assert(close(store.file.fd) == 0 && unlink(shared) == 0);
	expect_no_more("Bad file descriptor");
	const int fd = open(shared, O_CREAT | O_EXCL | O_RDWR | O_CLOEXEC, 0600);
	cr_assert_geq(fd, 0);
	cr_expect_null(ring_store_take(&store, SEGMENT, true));
	cr_expect_eq(lseek(fd, 0, SEEK_END), 0, "another's file was made larger");
	close_store();
	cr_expect_eq(unlink(shared), 0, "another's file was removed");
	close(fd);
}

/* Memory that was given back is taken again, wherever it is in the list; and is left there when it can't be mapped. */
Test(record_failures, rings_that_were_given_back)
{
	struct ring_segment *segments[SEGMENTS];
	open_store(directory, temporary_name);
	struct ring_segment *other = ring_store_take(&store, RING_FILE_PAGE, true);
	for (int i = 0; i < SEGMENTS; i++)
		segments[i] = ring_store_take(&store, SEGMENT, true);
	for (int i = 0; i < SEGMENTS; i++)
		ring_store_give(&store, segments[i]);
	cr_assert_eq(store.free_mapped, KEPT_MAPPED);
	for (int i = 0; i < KEPT_MAPPED; i++)
		cr_assert_neq(ring_store_take(&store, SEGMENT, true), segments[SEGMENTS - 1]);
	cr_assert(store.free_mapped == 0 && count_free() == 2);
	ring_store_give(&store, other); /* the first in the list */
	uint64_t bytes = store.head->bytes;
	struct ring_segment *got = ring_store_take(&store, SEGMENT, true);
	cr_assert(got == segments[SEGMENTS - 1] && got->map != NULL);
	cr_expect(got->map->kind == RING_FILE_FREE && got->map->bytes == SEGMENT && store.head->bytes == bytes);
	cr_expect(count_free() == 2 && store.free_mapped == 1 && store.free == other);
	fail_from_now(MEMORY_FAILS, 1, false);
	got = ring_store_take(&store, SEGMENT, true);
	cr_assert(fail_no_more() && got != NULL && got->map != NULL);
	cr_expect(store.head->bytes == bytes + SEGMENT && count_free() == 2);
	ring_segment_free(got);
	bytes = store.head->bytes;
	fail_from_now(MASKS_FAIL, 1, false); /* the hole is not filled, but the file gets longer */
	got = ring_store_take(&store, SEGMENT, true);
	cr_assert(fail_no_more() && got != NULL && got->map != NULL);
	cr_expect(store.head->bytes == bytes + SEGMENT && count_free() == 2);
	ring_segment_free(got);
	ring_segment_free(segments[SEGMENTS - 1]);
	for (int i = 0; i < KEPT_MAPPED; i++)
		ring_segment_free(segments[i]);
	close_store();
}

Test(record_failures, rings_whose_trace_has_an_odd_place)
{
	static char name[RING_FILE_PATH_BYTES_MAX + 1];
	open_store("/", temporary_name);
	cr_expect_str_eq(store.head->path, "/t.tmp");
	close_store();
	memset(name, 'x', sizeof(name) - 1);
	open_store(directory, name);
	cr_expect_str_empty(store.head->path, "half a path was noted");
	close_store();
}

/* --- labels --- */

static uint32_t number_of(struct labels *labels, const char *text)
{
	const enum failing what = set_failing(NOTHING_FAILS);
	char *copy = strdup(text);
	cr_assert_neq(copy, NULL);
	set_failing(what);
	return labels_number(labels, &store, copy);
}

/* A label that there is no memory for is none; the next time it is one. */
Test(record_failures, labels_without_memory)
{
	bool hit = true;
	long call;
	for (call = 1; hit; call++) {
		struct labels labels = {.count = 0};
		open_store(directory, temporary_name);
		fail_from_now(MEMORY_FAILS, call, false);
		const uint32_t first = number_of(&labels, "one");
		hit = fail_no_more();
		cr_expect(first == 1 || (hit && first == 0), "call %ld: number %u", call, first);
		cr_expect(number_of(&labels, "one") == 1 && number_of(&labels, "two") == 2, "call %ld", call);
		cr_expect(labels.count == 2 && strcmp(labels.texts[1], "two") == 0);
		labels_free(&labels);
		close_store();
	}
	cr_expect_geq(call, 5, "nothing failed");
}

/* The format has a place for so many, and no more: a further one is none, and the others are what they were. */
Test(record_failures, labels_to_the_last)
{
	struct labels labels = {.count = 0};
	char text[16];
	fail_from_now(MASKS_FAIL, 1, true); /* not in shared memory: there may be little of it */
	open_store(directory, temporary_name);
	fail_no_more();
	for (uint32_t i = 1; i <= TRACE_TABLE_ROWS_MAX; i++) {
		snprintf(text, sizeof(text), "%x", i);
		cr_assert_eq(number_of(&labels, text), i);
	}
	cr_expect_eq(number_of(&labels, "one too many"), 0);
	cr_expect_eq(number_of(&labels, "10000"), 0x10000);
	cr_expect_eq(labels.count, TRACE_TABLE_ROWS_MAX);
	labels_free(&labels);
	close_store();
}

/* --- the helpers that measure the clock --- */

Test(record_failures, a_clock_that_can_not_be_measured)
{
	cpu_set_t all, one;
	uint64_t reversal = 0;
	cr_assert_eq(sched_getaffinity(0, sizeof(all), &all), 0);
	for (int what = MEMORY_FAILS; what <= CALLS_FAIL && CPU_COUNT(&all) > 1; what++) {
		bool hit = true;
		for (long call = 1; hit; call++) {
			fail_from_now((enum failing)what, call, false);
			struct clock_probe *probe = clock_probe_start();
			hit = fail_no_more();
			clock_probe_next(probe);
			const bool measured = clock_probe_stop(probe, &reversal);
			cr_expect(!hit || !measured, "one helper alone measured something");
		}
	}
	CPU_ZERO(&one);
	CPU_SET((unsigned)sched_getcpu(), &one);
	if (sched_setaffinity(0, sizeof(one), &one) != 0)
		cr_skip_test("no processor may be chosen here");
	cr_expect(clock_single_cpu());
	cr_expect_null(clock_probe_start(), "two helpers on one processor");
	sched_setaffinity(0, sizeof(all), &all);
}
