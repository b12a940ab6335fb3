/* SPDX-License-Identifier: MIT */
/* What hosts do now and then: odd names, declarations that are half there, files that come in the way. */
#include <criterion/criterion.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "quiet.h"
#include "record_file.h"
#include "ring_file.h"
#include "trace_fixture.h"
#include "wscheck/record.h"

static char directory[64], path[128];
static int said_fd = -1;

static void make_directory(void)
{
	snprintf(directory, sizeof(directory), "/tmp/wscheck-odd.XXXXXX");
	cr_assert_neq(mkdtemp(directory), NULL);
	snprintf(path, sizeof(path), "%s/t", directory);
	said_fd = memfd_create("said", MFD_CLOEXEC);
	cr_assert(said_fd >= 0 && dup2(said_fd, STDERR_FILENO) >= 0);
}

static void remove_directory(void)
{
	unlink(path);
	cr_expect_eq(rmdir(directory), 0, "something was left in %s", directory);
}

TestSuite(record_oddities, .init = make_directory, .fini = remove_directory, .timeout = 60);

static bool was_said(const char *words)
{
	char text[2048];
	const ssize_t got = pread(said_fd, text, sizeof(text) - 1, 0);
	text[got > 0 ? got : 0] = '\0';
	return strstr(text, words) != NULL;
}

static struct wsc_options options_at(const char *at)
{
	struct wsc_options options = WSC_OPTIONS_INIT;
	options.path = at;
	options.uncertainty_ns = 100;
	return options;
}

static void run_one(wsc_recorder *recorder)
{
	wsc_worker *w = wsc_attach(recorder, 1, NULL);
	wsc_exec_start(w, 1);
	wsc_exec_complete(w, 1);
	wsc_detach(w);
}

/* Opens the trace; free the reading last. */
static struct reading read_trace(const char *at, struct trace_reader **reader)
{
	struct trace_error err;
	const int fd = open(at, O_RDONLY | O_CLOEXEC);
	cr_assert_geq(fd, 0, "there is no %s", at);
	cr_assert_eq(trace_reader_open(reader, fd, &err), WSC_OK, "%s", err.message);
	struct reading reading = drain(*reader);
	cr_assert_eq(reading.status, WSC_DONE, "%s", reading.err.message);
	return reading;
}

Test(record_oddities, names)
{
	char odd[128];
	snprintf(odd, sizeof(odd), "%s/", directory);
	struct wsc_options options = options_at(odd);
	cr_expect_null(wsc_open(&options));
	cr_expect(was_said("can't be a trace: Is a directory; nothing is recorded"));
	options.path = "/nonexistent\n\x1b[31m/t";
	cr_expect_null(wsc_open(&options));
	cr_expect(was_said("wscheck: /nonexistent??[31m/t: can't open its directory"), "one line stays one line");
	options.path =
	    "/nonexistent\u00e4\u202e\x7f\xc2\x9b\xff/t"; /* seen, and controls: of direction, DEL, CSI, no UTF-8 */
	cr_expect_null(wsc_open(&options));
	cr_expect(was_said("wscheck: /nonexistent\u00e4???\?\?\?\?/t: can't open its directory"),
	          "a terminal is told nothing");
	snprintf(odd, sizeof(odd), "%s/%%%%p", directory);
	options.path = odd;
	wsc_recorder *recorder = wsc_open(&options);
	run_one(recorder);
	cr_assert_eq(wsc_close(recorder, WSC_END_CLEAN), 0);
	snprintf(odd, sizeof(odd), "%s/%%p", directory);
	cr_expect_str_eq(wsc_path(recorder), odd);
	cr_expect_eq(unlink(odd), 0);
}

Test(record_oddities, declarations_that_are_half_there)
{
	const struct wsc_queue_info queues[] = {{.queue = 9}, {.queue = 10, .name = "\xff"}};
	const struct wsc_meta meta[] = {{NULL, "x"}, {"x", NULL}, {"commit", "abc"}};
	struct wsc_options options = options_at(path);
	struct trace_reader *reader;
	options.queues = queues;
	options.queue_count = 2;
	options.meta = meta;
	options.meta_count = 3;
	wsc_recorder *recorder = wsc_open(&options);
	cr_expect_eq(wsc_label(recorder, NULL), 0);
	cr_expect_eq(wsc_label(NULL, "x"), 0);
	run_one(recorder);
	cr_assert_eq(wsc_close(recorder, WSC_END_CLEAN), 0);
	struct reading reading = read_trace(path, &reader);
	const struct trace_header *header = trace_reader_header(reader);
	cr_expect(header->meta_count == 1 && strcmp(header->meta[0].key, "commit") == 0);
	cr_expect(header->queue_count == 2 && header->queues[0].name == NULL);
	cr_expect_str_eq(header->queues[1].name, "?");
	reading_free(&reading);
	trace_reader_free(reader);
}

/* Failures as events of their own, on a single processor, where nothing has to be measured. */
Test(record_oddities, one_processor_and_each_failure)
{
	cpu_set_t one;
	struct wsc_options options = options_at(path);
	struct trace_reader *reader;
	CPU_ZERO(&one);
	CPU_SET((unsigned)sched_getcpu(), &one);
	if (sched_setaffinity(0, sizeof(one), &one) != 0)
		cr_skip_test("no processor may be chosen here");
	options.uncertainty_ns = 0;
	options.no_coalescing = 1;
	wsc_recorder *recorder = wsc_open(&options);
	wsc_worker *w = wsc_attach(recorder, 1, NULL);
	for (int i = 0; i < 50; i++) {
		wsc_steal_start(w, 2);
		wsc_steal_failure(w, 2, WSC_REASON_EMPTY);
	}
	wsc_detach(w);
	cr_assert_eq(wsc_close(recorder, WSC_END_CLEAN), 0);
	struct reading reading = read_trace(path, &reader);
	cr_expect_eq(reading.count, 100);
	for (size_t i = 0; i < reading.count; i++)
		cr_expect(reading.events[i].kind == (i % 2 == 0 ? WSC_EV_STEAL_START : WSC_EV_STEAL_FAILURE));
	reading_free(&reading);
	trace_reader_free(reader);
}

/* At the close, somebody's directory has the name: the trace stays under the other, and is whole there. */
Test(record_oddities, a_directory_in_the_way)
{
	char pattern[160], name[200] = "";
	struct wsc_options options = options_at(path);
	struct trace_reader *reader;
	wsc_recorder *recorder = wsc_open(&options);
	run_one(recorder);
	cr_assert_eq(mkdir(path, 0700), 0);
	cr_expect_eq(wsc_close(recorder, WSC_END_CLEAN), -1);
	cr_expect(was_said("something that is not a regular file came there; the trace stays in t."));
	cr_assert_eq(rmdir(path), 0);
	snprintf(pattern, sizeof(pattern), "ls %s/t.*.wscheck-tmp", directory);
	FILE *ls = popen(pattern, "r");
	cr_assert(ls != NULL && fgets(name, sizeof(name), ls) != NULL);
	pclose(ls);
	name[strcspn(name, "\n")] = '\0';
	struct reading reading = read_trace(name, &reader);
	cr_expect(reading.count == 2 && reading.summary.end == WSC_END_CLEAN);
	reading_free(&reading);
	trace_reader_free(reader);
	cr_expect_eq(unlink(name), 0);
}

/* Events of one slot and of two in a ring that is looked at as it is: as many as fit, the last without a hole. */
Test(record_oddities, a_window_of_wide_events)
{
	enum { TASKS = 60000, SLOTS = 16384 };
	char snapshot[160];
	struct wsc_options options = options_at(path);
	struct trace_reader *reader;
	options.mode = WSC_MODE_OVERWRITE;
	options.ring_events = SLOTS;
	wsc_recorder *recorder = wsc_open(&options);
	wsc_worker *w = wsc_attach(recorder, 1, "wide");
	for (uint64_t task = 1; task <= TASKS; task++) {
		if (task % 3 == 0)
			wsc_exec_start(w, task);
		else
			wsc_queued_with(w, task, 7, 0, 0);
	}
	snprintf(snapshot, sizeof(snapshot), "%s/none/t", directory);
	cr_expect_eq(wsc_snapshot(recorder, snapshot), -1);
	cr_expect(was_said("no snapshot is made"));
	snprintf(snapshot, sizeof(snapshot), "%s/snapshot", directory);
	cr_assert_eq(wsc_snapshot(recorder, snapshot), 0);
	wsc_detach(w);
	cr_assert_eq(wsc_close(recorder, WSC_END_CLEAN), 0);
	struct reading reading = read_trace(snapshot, &reader);
	size_t at = 0;
	while (at < reading.count && reading.events[at].kind == WSC_EV_GAP)
		at++;
	cr_expect(at > 0 && reading.count - at > SLOTS / 2, "%zu events", reading.count - at);
	for (uint64_t task = TASKS - (reading.count - at) + 1; at < reading.count; at++, task++) {
		const struct wsc_event *e = &reading.events[at];
		cr_assert_eq(e->task, task);
		cr_assert(task % 3 == 0 ? e->kind == WSC_EV_EXEC_START : e->kind == WSC_EV_QUEUED && e->queue == 7);
	}
	reading_free(&reading);
	trace_reader_free(reader);
	cr_expect_eq(unlink(snapshot), 0);
}

/* Nothing but the last trace has the names of runs: what else lies in shared memory stays. */
Test(record_oddities, strange_names_in_shared_memory)
{
	static const char *const names[] = {
	    "wscheck.0.00000001.rings", "wscheck.x.00000001.rings", "wscheck.-5.1.rings", "wscheck.99999999999.1.rings",
	    "wscheck.1x.1.rings",       "wscheck.1.1.ringz",        "wscheck..rings",     "wscheck.rings"};
	enum { NAMES = sizeof(names) / sizeof(names[0]) };
	struct wsc_options options = options_at(path);
	char name[96];
	bool made[NAMES];
	for (int i = 0; i < NAMES; i++) {
		snprintf(name, sizeof(name), "/dev/shm/%s", names[i]);
		const int fd = open(name, O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0600);
		made[i] = fd >= 0 && write(fd, "WSCRINGS", 8) == 8;
		close(fd);
	}
	wsc_recorder *recorder = wsc_open(&options);
	run_one(recorder);
	cr_expect_eq(wsc_close(recorder, WSC_END_CLEAN), 0);
	for (int i = 0; i < NAMES; i++) {
		snprintf(name, sizeof(name), "/dev/shm/%s", names[i]);
		if (made[i])
			cr_expect_eq(unlink(name), 0, "%s is gone", name);
	}
	cr_expect_not(was_said("wscheck"));
}

/* Names of runs, of which none is this user's run of a trace: a pipe, half a head, one without an end to its path. */
Test(record_oddities, strange_files_in_shared_memory)
{
	static const char *const names[] = {
	    "/dev/shm/wscheck.4194400.00000001.rings", "/dev/shm/wscheck.4194400.00000002.rings",
	    "/dev/shm/wscheck.4194400.00000003.rings", "/dev/shm/wscheck.4194400.00000004.rings"};
	static struct ring_file_head head;
	struct wsc_options options = options_at(path);
	memset(&head, 'x', sizeof(head));
	memcpy(head.magic, RING_FILE_MAGIC, RING_FILE_MAGIC_BYTES);
	cr_assert_eq(mkfifo(names[0], 0600), 0);
	for (int i = 1; i < 4; i++) {
		const size_t size = i == 1 ? 8 : sizeof(head);
		const int fd = open(names[i], O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0600);
		cr_assert(fd >= 0 && write(fd, &head, size) == (ssize_t)size);
		if (i == 3)
			(void)!fchown(fd, 65534, 65534); /* another's, where that may be */
		close(fd);
	}
	wsc_recorder *recorder = wsc_open(&options);
	run_one(recorder);
	cr_expect_eq(wsc_close(recorder, WSC_END_CLEAN), 0);
	for (int i = 0; i < 4; i++)
		cr_expect_eq(unlink(names[i]), 0, "%s is gone", names[i]);
	cr_expect_not(was_said("wscheck"));
}

/* --- the trace's file --- */

Test(record_oddities, a_file_that_is_full)
{
	struct record_file file;
	cr_assert(record_file_open(&file, path, "nothing is recorded"));
	file.bytes_max = 8;
	cr_expect_eq(record_file_write(&file, "12345", 5), WSC_OK);
	cr_expect_eq(record_file_write(&file, "1234", 4), WSC_IO);
	cr_expect_eq(record_file_write(&file, "123456789", 9), WSC_IO);
	cr_expect_eq(record_file_write(&file, "678", 3), WSC_OK);
	cr_expect(was_said("t: has reached its size limit; the rest is not recorded\n"));
	cr_expect(record_file_commit(&file));
	record_file_free(&file);
}

/* With its older part; and where the host has so many descriptors that ours is no low one anyway. */
Test(record_oddities, a_file_that_is_given_up)
{
	struct record_file file;
	for (int fd = 3; fd < 210; fd++) {
		if (fcntl(fd, F_GETFD) < 0)
			cr_assert_eq(dup2(STDIN_FILENO, fd), fd);
	}
	cr_assert(record_file_open(&file, path, "nothing is recorded"));
	cr_expect_eq(record_file_write(&file, "head", 4), WSC_OK);
	cr_expect_eq(record_file_next(&file), WSC_OK);
	cr_expect_eq(record_file_write(&file, "head", 4), WSC_OK);
	record_file_abandon(&file);
	cr_expect_neq(access(path, F_OK), 0);
}

/* A host that wants its children followed, to a name that has no %p, which would be its own; and a recorder that is closed. */
Test(record_oddities, children)
{
	char other[160];
	struct wsc_options options = options_at(path), closed_options;
	struct trace_reader *reader;
	int status = 0;
	snprintf(other, sizeof(other), "%s/other", directory);
	closed_options = options_at(other);
	wsc_recorder *closed = wsc_open(&closed_options);
	cr_assert_eq(wsc_close(closed, WSC_END_CLEAN), 0);
	unlink(other);
	options.on_fork = WSC_ON_FORK_FOLLOW;
	wsc_recorder *recorder = wsc_open(&options);
	const pid_t child = fork();
	if (child == 0) {
		run_one(recorder);
		_exit(wsc_attach(closed, 1, NULL) != NULL || wsc_attach(recorder, 1, NULL) != NULL);
	}
	cr_assert(waitpid(child, &status, 0) == child && status == 0);
	run_one(recorder);
	cr_assert_eq(wsc_close(recorder, WSC_END_CLEAN), 0);
	struct reading reading = read_trace(path, &reader);
	cr_expect(reading.summary.events == 2 && reading.summary.end == WSC_END_CLEAN);
	reading_free(&reading);
	trace_reader_free(reader);
}

/* --- a signal that a write of ours raises --- */

static bool is_pending(int number)
{
	sigset_t pending;
	return sigpending(&pending) == 0 && sigismember(&pending, number) == 1;
}

Test(record_oddities, a_signal_of_ours_does_not_get_to_the_host)
{
	struct quiet quiet;
	cr_assert(quiet_begin(&quiet, (const int[]){SIGPIPE, 0}));
	raise(SIGPIPE); /* its default is the end of the process */
	quiet_end(&quiet);
	cr_expect_not(is_pending(SIGPIPE));
}

Test(record_oddities, a_signal_of_the_hosts_stays)
{
	struct quiet quiet;
	sigset_t set;
	sigemptyset(&set);
	sigaddset(&set, SIGPIPE);
	cr_assert_eq(sigprocmask(SIG_BLOCK, &set, NULL), 0);
	raise(SIGPIPE);
	cr_assert(quiet_begin(&quiet, (const int[]){SIGPIPE, 0}));
	quiet_end(&quiet);
	cr_expect(is_pending(SIGPIPE));
}
