/* SPDX-License-Identifier: MIT */
/*
 * The host is never harmed (A9), and a forked child leaves its parent's recording alone (A10). Each case runs in a
 * child process, whose stderr is counted and whose exit code must be its own.
 */
#include <errno.h>
#include <fnmatch.h>
#include <glob.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "record_support.h"

#if defined(__has_include) && __has_include(<valgrind/valgrind.h>)
#include <valgrind/valgrind.h>
#else
#define VALGRIND_COUNT_ERRORS 0
#endif

#define OWN_EXIT_CODE 42
/* Further lines are as may be. */
#define ANYTHING "*"
/* What a case says that can't be tried here. */
#define CANNOT "test_record_host: can't set this up"

enum tool { TSAN = 1, ASAN = 2, VALGRIND = 4 };
enum { LINES_MAX = 2 };

struct scenario {
	const char *name;
	void (*body)(void);
	const char *lines[LINES_MAX]; /* that stderr gets, in any order and each once, as for fnmatch() */
	unsigned not_under;           /* enum tool */
};

static char path[256];

static wsc_recorder *open_at(const char *at)
{
	struct wsc_options options = WSC_OPTIONS_INIT;
	options.path = at;
	options.uncertainty_ns = 100;
	return wsc_open(&options);
}

/* Runs `body` in a child; true if it ended with its own code and printed nothing. Its stderr goes to `said`, of 4096 bytes. */
static bool run(void (*body)(void), char *said)
{
	int out[2];
	const int printed = memfd_create("stdout", MFD_CLOEXEC);
	if (printed < 0 || pipe(out) != 0)
		exit(77);
	const pid_t child = fork();
	if (child < 0)
		exit(77);
	if (child == 0) {
		close(out[0]);
		dup2(out[1], STDERR_FILENO);
		close(out[1]);
		dup2(printed, STDOUT_FILENO);
		failures = 0;
		body();
		_exit(failures == 0 ? OWN_EXIT_CODE : 1);
	}
	close(out[1]);
	size_t size = 0;
	ssize_t got;
	while (size < 4095 && (got = read(out[0], said + size, 4095 - size)) != 0) {
		if (got > 0)
			size += (size_t)got;
		else if (errno != EINTR)
			break;
	}
	said[size] = '\0';
	close(out[0]);
	int status = 0;
	struct stat stdout_status;
	while (waitpid(child, &status, 0) < 0 && errno == EINTR)
		continue;
	const bool is_quiet = fstat(printed, &stdout_status) == 0 && stdout_status.st_size == 0;
	close(printed);
	return is_quiet && WIFEXITED(status) && WEXITSTATUS(status) == OWN_EXIT_CODE;
}

/* The line of `said` after `at`, without its end, or NULL. */
static char *next_line(char **at)
{
	char *line = *at, *end = strchr(line, '\n');
	if (end == NULL)
		return NULL;
	*end = '\0';
	*at = end + 1;
	return line;
}

/* Takes the line off those that are wanted; true if it is one. */
static bool take_line(const char *wanted[LINES_MAX], const char *line)
{
	for (unsigned i = 0; i < LINES_MAX; i++) {
		if (wanted[i] == NULL || fnmatch(wanted[i], line, 0) != 0)
			continue;
		if (strcmp(wanted[i], ANYTHING) != 0)
			wanted[i] = NULL;
		return true;
	}
	return false;
}

static void play(const struct scenario *s)
{
	char said[4096];
	const char *wanted[LINES_MAX];
	const int before = failures;
	const bool unharmed = run(s->body, said);
	if (strstr(said, CANNOT) != NULL) {
		printf("ok %s # SKIP not permitted here\n", s->name);
		return;
	}
	CHECK(unharmed, "%s: the host was harmed, or a check failed: %s", s->name, said);
	memcpy(wanted, s->lines, sizeof(wanted));
	char *at = said, *line;
	while ((line = next_line(&at)) != NULL)
		CHECK(strncmp(line, "wscheck: ", 9) == 0 && take_line(wanted, line), "%s: says: %s", s->name, line);
	for (unsigned i = 0; i < LINES_MAX; i++)
		CHECK(wanted[i] == NULL || strcmp(wanted[i], ANYTHING) == 0, "%s: does not say: %s", s->name,
		      wanted[i]);
	printf("%s %s\n", failures == before ? "ok" : "not ok", s->name);
}

/* --- opening --- */

static void no_directory(void)
{
	CHECK(open_at("/nonexistent-directory/trace.zst") == NULL, "open");
}

static void unwritable_directory(void)
{
	CHECK(open_at("/proc/trace.zst") == NULL, "open");
}

static void a_directory(void)
{
	char directory[256];
	snprintf(directory, sizeof(directory), "%s", path);
	*strrchr(directory, '/') = '\0';
	CHECK(open_at(directory) == NULL, "open");
}

static void a_device(void)
{
	CHECK(open_at("/dev/null") == NULL, "open");
	CHECK(access("/dev/null", F_OK) == 0, "the device is gone");
}

static void a_full_device(void)
{
	CHECK(open_at("/dev/full") == NULL, "open");
}

static void a_symlink(void)
{
	char target[300], link_target[300] = "";
	struct stat status;
	snprintf(target, sizeof(target), "%s.target", path);
	CHECK(symlink(target, path) == 0, "symlink");
	CHECK(open_at(path) == NULL, "open");
	CHECK(lstat(target, &status) != 0, "the symlink was followed");
	CHECK(readlink(path, link_target, sizeof(link_target) - 1) > 0 && strcmp(link_target, target) == 0,
	      "the symlink was replaced");
	unlink(path);
}

static void other_abi(void)
{
	struct wsc_options options = WSC_OPTIONS_INIT;
	options.path = path;
	options.abi++;
	CHECK(wsc_open(&options) == NULL, "open");
}

static void broken_stderr(void)
{
	int out[2];
	CHECK(pipe(out) == 0, "pipe");
	close(out[0]);
	const int saved = dup(STDERR_FILENO);
	dup2(out[1], STDERR_FILENO); /* a notice now raises SIGPIPE */
	close(out[1]);
	wsc_recorder *recorder = open_at("/nonexistent-directory/trace.zst");
	dup2(saved, STDERR_FILENO);
	CHECK(recorder == NULL, "open");
}

/* --- the file --- */

static void write_old_file(void)
{
	const int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0644);
	CHECK(fd >= 0 && write(fd, "old", 3) == 3, "old file");
	close(fd);
}

static void replaces_older_file(void)
{
	struct stat status;
	write_old_file();
	wsc_recorder *recorder = open_at(path);
	CHECK(recorder != NULL, "open");
	CHECK(lstat(path, &status) != 0 && errno == ENOENT, "yesterday's trace is still there");
	wsc_worker *w = wsc_attach(recorder, 1, NULL);
	wsc_queued(w, 5);
	wsc_detach(w);
	CHECK(wsc_close(recorder, WSC_END_CLEAN) == 0, "close");
	CHECK(lstat(path, &status) == 0 && S_ISREG(status.st_mode) && (status.st_mode & 0777) == 0600, "mode");
	struct recorded trace = recorded_read(path);
	CHECK(trace.count == 1, "%zu events", trace.count);
	recorded_free(&trace);
}

static void process_id_in_path(void)
{
	char pattern[300], want[300];
	snprintf(pattern, sizeof(pattern), "%s.%%p.100%%%%", path);
	snprintf(want, sizeof(want), "%s.%ld.100%%", path, (long)getpid());
	wsc_recorder *recorder = open_at(pattern);
	CHECK(recorder != NULL && strcmp(wsc_path(recorder), want) == 0, "%s", wsc_path(recorder));
	CHECK(wsc_close(recorder, WSC_END_CLEAN) == 0, "close");
	CHECK(unlink(want) == 0, "%s", want);
}

static void changed_directory(void)
{
	char directory[256];
	snprintf(directory, sizeof(directory), "%s", path);
	char *name = strrchr(directory, '/');
	*name++ = '\0';
	CHECK(chdir(directory) == 0, "chdir");
	wsc_recorder *recorder = open_at(name);
	CHECK(chdir("/") == 0, "chdir");
	CHECK(wsc_close(recorder, WSC_END_CLEAN) == 0, "close");
	CHECK(access(path, F_OK) == 0, "the trace is not where it belongs");
}

/* Events that don't compress, until the recorder has noticed. */
static void record_much(wsc_recorder *recorder)
{
	wsc_worker *w = wsc_attach(recorder, 1, NULL);
	uint64_t task = 1;
	for (unsigned i = 0; i < 40; i++) {
		for (unsigned j = 0; j < 20000; j++) {
			task = task * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
			wsc_exec_start(w, task);
		}
		usleep(1000);
	}
	wsc_detach(w);
}

/* Stands for a full disk too: write(2) fails the same way. The signal's default action would end the process. */
static void file_size_limit(void)
{
	const struct rlimit limit = {64 << 10, 64 << 10};
	signal(SIGXFSZ, SIG_DFL);
	wsc_recorder *recorder = open_at(path);
	CHECK(recorder != NULL && setrlimit(RLIMIT_FSIZE, &limit) == 0, "limit");
	record_much(recorder);
	CHECK(wsc_close(recorder, WSC_END_CLEAN) == -1, "close says that the file is not whole");
	CHECK(wsc_close(recorder, WSC_END_CLEAN) == -1, "and says it again");
	CHECK(wsc_dropped(recorder) > 100000, "%" PRIu64 " dropped", wsc_dropped(recorder));
}

static void nothing_fits(void)
{
	const struct rlimit limit = {0, 0};
	wsc_recorder *recorder = open_at(path);
	CHECK(recorder != NULL && setrlimit(RLIMIT_FSIZE, &limit) == 0, "limit");
	CHECK(wsc_close(recorder, WSC_END_CLEAN) == -1, "close");
	CHECK(access(path, F_OK) != 0, "an empty file says nothing and must not stay");
}

static void remove_all(const char *pattern)
{
	glob_t found;
	if (glob(pattern, 0, NULL, &found) != 0)
		return;
	for (size_t i = 0; i < found.gl_pathc; i++)
		unlink(found.gl_pathv[i]);
	globfree(&found);
}

/* What a recorder could not remove, being killed or for want of its descriptors. */
static void remove_rings(pid_t process)
{
	char pattern[300];
	snprintf(pattern, sizeof(pattern), "/dev/shm/wscheck.%ld.*.rings", (long)process);
	remove_all(pattern);
}

static void remove_leftovers(pid_t process)
{
	char pattern[300];
	snprintf(pattern, sizeof(pattern), "%s.%ld.*.wscheck-*", path, (long)process);
	remove_all(pattern);
	remove_rings(process);
}

/* Until the drain thread has written the header: what comes next it writes when there are events. */
static void wait_for_header(void)
{
	char pattern[300];
	struct stat status = {.st_size = 0};
	snprintf(pattern, sizeof(pattern), "%s.*.wscheck-tmp", path);
	for (unsigned i = 0; i < 60000 && status.st_size == 0; i++) {
		glob_t found;
		if (glob(pattern, 0, NULL, &found) == 0 && found.gl_pathc == 1)
			CHECK(stat(found.gl_pathv[0], &status) == 0, "%s", found.gl_pathv[0]);
		globfree(&found);
		usleep(1000);
	}
	CHECK(status.st_size > 0, "the header is not written");
}

/*
 * A host that closes everything and opens files of its own: so many that they get the recorder's descriptors, or few,
 * while the recorder may be at anything.
 */
static void close_descriptors(unsigned files, bool is_settled)
{
	char mine[300];
	int fds[512];
	snprintf(mine, sizeof(mine), "%s.mine", path);
	wsc_recorder *recorder = open_at(path);
	if (is_settled)
		wait_for_header();
	closefrom(3);
	for (unsigned i = 0; i < files; i++)
		fds[i] = open(mine, O_RDWR | O_CREAT, 0600);
	wsc_worker *w = wsc_attach(recorder, 1, NULL);
	wsc_queued(w, 5);
	CHECK(wsc_close(recorder, WSC_END_CLEAN) == -1, "close");
	struct stat status;
	CHECK(stat(mine, &status) == 0 && status.st_size == 0, "the trace went into the host's file");
	for (unsigned i = 0; i < files; i++)
		close(fds[i]);
	unlink(mine);
	remove_leftovers(getpid());
}

static void closes_descriptors(void)
{
	close_descriptors(400, true);
}

static void closes_descriptors_early(void)
{
	close_descriptors(32, false);
}

/* --- no room --- */

/* Puts a small file system of memory over a directory, for this process alone. */
static void mount_small(const char *directory, const char *size)
{
	if (unshare(CLONE_NEWNS) != 0 || mount("none", "/", "none", MS_REC | MS_PRIVATE, NULL) != 0 ||
	    mount("none", directory, "tmpfs", 0, size) != 0) {
		fprintf(stderr, "%s\n", CANNOT);
		_exit(OWN_EXIT_CODE);
	}
}

static void mount_small_at_path(const char *size)
{
	char directory[256];
	snprintf(directory, sizeof(directory), "%s", path);
	*strrchr(directory, '/') = '\0';
	mount_small(directory, size);
}

static void disk_full(void)
{
	mount_small_at_path("size=256k");
	wsc_recorder *recorder = open_at(path);
	CHECK(recorder != NULL, "open");
	record_much(recorder);
	CHECK(wsc_close(recorder, WSC_END_CLEAN) == -1, "close");
	CHECK(wsc_dropped(recorder) > 100000, "%" PRIu64 " dropped", wsc_dropped(recorder));
}

/* Five events through a recorder; the number of files that match while it is open. */
static size_t record_few(const char *suffix)
{
	char pattern[300];
	glob_t found;
	size_t count = 0;
	wsc_recorder *recorder = open_at(path);
	CHECK(recorder != NULL, "open");
	snprintf(pattern, sizeof(pattern), "%s.%ld.*.%s", path, (long)getpid(), suffix);
	if (glob(pattern, 0, NULL, &found) == 0) {
		count = found.gl_pathc;
		globfree(&found);
	}
	wsc_worker *w = wsc_attach(recorder, 1, NULL);
	for (uint64_t i = 1; i <= 5; i++)
		wsc_exec_start(w, i);
	wsc_detach(w);
	CHECK(wsc_close(recorder, WSC_END_CLEAN) == 0, "close");
	struct recorded trace = recorded_read(path);
	CHECK(trace.count == 5 && trace.summary.end == WSC_END_CLEAN, "%zu events", trace.count);
	recorded_free(&trace);
	return count;
}

static void no_shared_memory(void)
{
	mount_small("/dev/shm", "size=64k");
	CHECK(record_few("wscheck-rings") == 1, "the rings are not beside the trace");
}

static void no_room_for_rings(void)
{
	mount_small("/dev/shm", "size=64k");
	mount_small_at_path("size=1m");
	CHECK(record_few("wscheck-rings") == 0, "the rings are in a file");
}

static void read_only_directory(void)
{
	char directory[256];
	snprintf(directory, sizeof(directory), "%s", path);
	*strrchr(directory, '/') = '\0';
	CHECK((unlink(path) == 0 || errno == ENOENT) && chmod(directory, 0555) == 0, "chmod");
	const bool is_nobody = geteuid() != 0 || setresuid(65534, 65534, 65534) == 0;
	CHECK(is_nobody && open_at(path) == NULL, "open");
}

static void address_space_limit(void)
{
	wsc_recorder *recorder = open_at(path);
	const struct rlimit limit = {1 << 20, 1 << 20}; /* far less than there is: nothing more can be mapped */
	CHECK(setrlimit(RLIMIT_AS, &limit) == 0, "limit");
	wsc_worker *w = wsc_attach(recorder, 1, NULL);
	wsc_exec_start(w, 1);
	wsc_detach(w);
	(void)wsc_close(recorder, WSC_END_CLEAN); /* with or without memory to read the file back */
}

static void many_workers(void)
{
	enum { WORKERS = 1000 };
	static wsc_worker *workers[WORKERS];
	struct wsc_options options = WSC_OPTIONS_INIT;
	options.path = path;
	options.uncertainty_ns = 100;
	options.ring_events = 256;
	wsc_recorder *recorder = wsc_open(&options);
	for (uint32_t i = 0; i < WORKERS; i++)
		workers[i] = wsc_attach(recorder, i, NULL);
	for (uint64_t task = 1; task <= 20; task++) {
		for (uint32_t i = 0; i < WORKERS; i++)
			wsc_exec_start(workers[i], task);
	}
	for (uint32_t i = 0; i < WORKERS; i++)
		wsc_detach(workers[i]);
	CHECK(wsc_close(recorder, WSC_END_CLEAN) == 0 && wsc_dropped(recorder) == 0, "close");
	struct recorded trace = recorded_read(path);
	CHECK(trace.count == 20 * WORKERS, "%zu events", trace.count);
	recorded_free(&trace);
}

static void removed_rings(void)
{
	wsc_recorder *recorder = open_at(path);
	remove_rings(getpid());
	record_much(recorder);
	CHECK(wsc_close(recorder, WSC_END_CLEAN) == 0, "close");
}

static void removed_trace(void)
{
	char pattern[300];
	wsc_recorder *recorder = open_at(path);
	wait_for_header();
	snprintf(pattern, sizeof(pattern), "%s.*.wscheck-tmp", path);
	remove_all(pattern);
	record_much(recorder);
	CHECK(wsc_close(recorder, WSC_END_CLEAN) == -1, "close");
}

static bool has_rings(pid_t process)
{
	char pattern[300];
	glob_t found;
	snprintf(pattern, sizeof(pattern), "/dev/shm/wscheck.%ld.*.rings", (long)process);
	if (glob(pattern, 0, NULL, &found) != 0)
		return false;
	globfree(&found);
	return true;
}

/* The trace gets the last descriptors: its rings' file, which is made, can't be kept out of a standard stream's place. */
static void few_descriptors(void)
{
	struct rlimit limit;
	int last = dup(STDERR_FILENO);
	closefrom(last);
	CHECK(getrlimit(RLIMIT_NOFILE, &limit) == 0, "limit");
	limit.rlim_cur = (rlim_t)last + 3; /* the trace, its directory, that of the rings */
	close(STDIN_FILENO);
	CHECK(setrlimit(RLIMIT_NOFILE, &limit) == 0, "limit");
	wsc_recorder *recorder = open_at(path);
	CHECK(recorder != NULL && !has_rings(getpid()), "an empty file is left in memory");
	CHECK(wsc_close(recorder, WSC_END_CLEAN) == 0, "close");
}

/* --- kill --- */

/* What a killed process leaves under its temporary name, read into `trace`. */
static bool read_killed(pid_t child, struct recorded *trace)
{
	char pattern[300];
	glob_t found;
	snprintf(pattern, sizeof(pattern), "%s.%ld.*.wscheck-tmp", path, (long)child);
	if (glob(pattern, 0, NULL, &found) != 0)
		return false;
	*trace = recorded_read(found.gl_pathv[0]);
	globfree(&found);
	remove_leftovers(child);
	return true;
}

/* A5: what was recorded some time before is in the file, which is a sound trace without an end. */
static void killed(void)
{
	struct recorded trace = {0};
	for (useconds_t wait_us = 500000; wait_us < 10000000 && trace.count == 0; wait_us *= 3) {
		const pid_t child = fork();
		if (child == 0) {
			wsc_worker *w = wsc_attach(open_at(path), 1, NULL);
			for (uint64_t i = 1; i <= 1000; i++)
				wsc_exec_start(w, i);
			usleep(wait_us); /* more than enough for a flush, unless the machine is very busy */
			raise(SIGKILL);
		}
		int status = 0;
		CHECK(waitpid(child, &status, 0) == child && WIFSIGNALED(status), "the child");
		recorded_free(&trace);
		CHECK(read_killed(child, &trace), "no file was left");
	}
	CHECK(trace.count == 1000, "%zu events", trace.count);
	CHECK(trace.summary.end == WSC_END_CUT, "end %d", (int)trace.summary.end);
	recorded_free(&trace);
}

/* Says something into a stderr that takes nothing, or not in the usual way. */
static void say_into(int fd)
{
	const int saved = dup(STDERR_FILENO);
	dup2(fd, STDERR_FILENO);
	close(fd);
	wsc_recorder *recorder = open_at("/nonexistent-directory/trace.zst");
	dup2(saved, STDERR_FILENO);
	CHECK(recorder == NULL, "open");
}

/* It raises SIGXFSZ, whose default is the end of the process. */
static void stderr_at_its_limit(void)
{
	const int fd = memfd_create("said", MFD_CLOEXEC);
	const struct rlimit limit = {4, 4};
	CHECK(fd >= 0 && write(fd, "full", 4) == 4 && setrlimit(RLIMIT_FSIZE, &limit) == 0, "limit");
	say_into(fd);
}

static void full_stderr(void)
{
	int out[2];
	char bytes[4096] = {0};
	CHECK(pipe2(out, O_NONBLOCK) == 0, "pipe");
	while (write(out[1], bytes, sizeof(bytes)) > 0)
		continue;
	CHECK(fcntl(out[1], F_SETFL, 0) == 0, "a pipe that blocks");
	say_into(out[1]);
	close(out[0]);
}

/* --- what earlier runs left --- */

static const char *program; /* argv[0] */

/* The same process, which knows nothing of a recorder that it had. */
static void execs(void)
{
	wsc_worker *w = wsc_attach(open_at(path), 1, NULL);
	wsc_exec_start(w, 1);
	execl(program, program, path, (char *)NULL);
	CHECK(0, "exec");
}

static int after_exec(void)
{
	CHECK(wsc_close(open_at(path), WSC_END_CLEAN) == 0, "close");
	CHECK(has_rings(getpid()), "what the process left before exec is gone");
	remove_leftovers(getpid());
	return failures == 0 ? OWN_EXIT_CODE : 1;
}

/* --- fork --- */

static void expect_trace(const char *at, uint64_t first, uint64_t last)
{
	struct recorded trace = recorded_read(at);
	CHECK(trace.count == last - first + 1 && trace.events[0].task == first &&
	          trace.events[trace.count - 1].task == last,
	      "%s: %zu events", at, trace.count);
	CHECK(trace.summary.end == WSC_END_CLEAN, "%s: end %d", at, (int)trace.summary.end);
	recorded_free(&trace);
}

static bool ends_well(pid_t child)
{
	int status = 0;
	return child > 0 && waitpid(child, &status, 0) == child && WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

static void in_the_child(wsc_recorder *recorder, wsc_worker *w)
{
	for (uint64_t i = 0; i < 100000; i++)
		wsc_queued(w, 1000 + i);
	CHECK(wsc_attach(recorder, 9, "child") == NULL, "attaching in the child");
	CHECK(wsc_close(recorder, WSC_END_CLEAN) == 0, "closing in the child");
	wsc_detach(w);
	if (UNDER_TSAN || UNDER_ASAN) /* the one allows no new threads here, the other no allocations */
		return;
	char own[300];
	snprintf(own, sizeof(own), "%s.child", path);
	wsc_recorder *mine = open_at(own);
	CHECK(mine != NULL, "a recorder of the child's own");
	CHECK(wsc_close(mine, WSC_END_CLEAN) == 0, "close");
	CHECK(unlink(own) == 0, "%s", own);
}

static void forks(void)
{
	wsc_recorder *recorder = open_at(path);
	wsc_worker *w = wsc_attach(recorder, 1, NULL);
	wsc_queued(w, 1);
	const pid_t child = fork();
	if (child == 0) {
		in_the_child(recorder, w);
		_exit(failures != 0);
	}
	CHECK(ends_well(child), "the child");
	wsc_queued(w, 2);
	wsc_detach(w);
	CHECK(wsc_close(recorder, WSC_END_CLEAN) == 0, "close");
	expect_trace(path, 1, 2);
}

/* Each child goes on with a trace of its own; of what a killed one left, the parent alone tells. */
static void forks_where_rings_were_left(void)
{
	char pattern[300];
	struct wsc_options options = WSC_OPTIONS_INIT;
	snprintf(pattern, sizeof(pattern), "%s.%%p", path);
	options.path = pattern;
	options.on_fork = WSC_ON_FORK_FOLLOW;
	options.uncertainty_ns = 100;
	const pid_t killed = fork();
	if (killed == 0) {
		wsc_attach(wsc_open(&options), 1, NULL);
		raise(SIGKILL);
	}
	CHECK(waitpid(killed, NULL, 0) == killed && has_rings(killed), "no rings were left");
	wsc_recorder *recorder = wsc_open(&options);
	for (unsigned i = 0; i < 2; i++) {
		const pid_t child = fork();
		if (child == 0) {
			wsc_worker *w = wsc_attach(recorder, 1, NULL);
			CHECK(w != NULL, "the child does not record");
			wsc_detach(w);
			_exit(wsc_close(recorder, WSC_END_CLEAN) != 0 || failures != 0);
		}
		CHECK(ends_well(child), "the child");
	}
	CHECK(wsc_close(recorder, WSC_END_CLEAN) == 0, "close");
	remove_rings(killed);
	snprintf(pattern, sizeof(pattern), "%s.*", path);
	remove_all(pattern);
}

/* Flight recorders that come and go, with rings of workers that are gone, until told to stop. */
static void *open_and_close(void *stop)
{
	struct wsc_options options = WSC_OPTIONS_INIT;
	options.path = path;
	options.uncertainty_ns = 100;
	options.ring_events = 1024;
	options.mode = WSC_MODE_OVERWRITE;
	while (!__atomic_load_n((bool *)stop, __ATOMIC_ACQUIRE)) {
		wsc_recorder *recorder = wsc_open(&options);
		for (uint32_t id = 0; id < 60; id++)
			wsc_detach(wsc_attach(recorder, id, NULL));
		CHECK(wsc_close(recorder, WSC_END_CLEAN) == 0, "close");
	}
	return NULL;
}

/*
 * Ends a forked child. Valgrind would search it for what nothing points to, and find what the parent's other threads had
 * allocated and held on their stacks, which a child doesn't have. A program that it doesn't follow is not searched; a
 * child with an error of another kind stays, and exits with valgrind's code.
 */
static void leave_child(void)
{
	if (under_valgrind() && VALGRIND_COUNT_ERRORS == 0)
		execl("/bin/true", "true", (char *)NULL);
	_exit(0);
}

/* Whatever recorders are at, a fork and they don't wait for each other. */
static void forks_meanwhile(void)
{
	bool stop = false;
	pthread_t thread;
	alarm(900); /* for good, if they do */
	CHECK(pthread_create(&thread, NULL, open_and_close, &stop) == 0, "thread");
	for (unsigned i = 0; i < 400; i++) {
		const pid_t child = fork();
		if (child == 0)
			leave_child();
		CHECK(ends_well(child), "the child");
	}
	__atomic_store_n(&stop, true, __ATOMIC_RELEASE);
	pthread_join(thread, NULL);
	alarm(0);
}

/* The recorder's mutex is as good as held, and its thread is not there to be joined. */
static void expect_nothing(wsc_recorder *recorder, wsc_worker *w)
{
	wsc_exec_start(w, 1000);
	wsc_steal_failure(w, 2, WSC_REASON_EMPTY);
	CHECK(wsc_attach(recorder, 9, "child") == NULL, "attaching in the child");
	CHECK(wsc_label(recorder, "child") == 0, "a label in the child");
	wsc_pause(recorder);
	wsc_resume(recorder);
	CHECK(wsc_snapshot(recorder, NULL) == -1, "a snapshot in the child");
	CHECK(strcmp(wsc_path(recorder), path) == 0 && wsc_dropped(recorder) == 0, "what else may be asked");
	wsc_detach(w);
	CHECK(wsc_close(recorder, WSC_END_CLEAN) == 0, "closing in the child");
}

/* A program that the host starts, which records to a trace of its own. */
static int another_program(void)
{
	wsc_recorder *recorder = open_at(path);
	wsc_worker *w = wsc_attach(recorder, 1, NULL);
	wsc_exec_start(w, 3);
	wsc_detach(w);
	return wsc_close(recorder, WSC_END_CLEAN) == 0 ? 0 : 1;
}

static void vforks(void)
{
	char own[300];
	snprintf(own, sizeof(own), "%s.child", path);
	wsc_recorder *recorder = open_at(path);
	wsc_worker *w = wsc_attach(recorder, 1, NULL);
	wsc_exec_start(w, 1);
	const pid_t child = vfork();
	if (child == 0) {
		execl(program, program, own, "another", (char *)NULL);
		_exit(1);
	}
	CHECK(ends_well(child), "the child");
	wsc_exec_start(w, 2);
	wsc_detach(w);
	CHECK(wsc_close(recorder, WSC_END_CLEAN) == 0, "close");
	expect_trace(path, 1, 2);
	expect_trace(own, 3, 3);
	unlink(own);
}

struct shared_child {
	wsc_recorder *recorder;
	wsc_worker *worker;
};

/* The program is started without a stderr: what it opens first gets that descriptor. */
static void no_stderr(void)
{
	close(STDERR_FILENO);
	execl(program, program, path, "without", "stderr", (char *)NULL);
	_exit(1);
}

static int after_no_stderr(void)
{
	const int fd = memfd_create("data", MFD_CLOEXEC);
	if (fd != STDERR_FILENO || open_at("/nonexistent-directory/trace.zst") != NULL)
		return 1;
	return lseek(fd, 0, SEEK_END) == 0 ? OWN_EXIT_CODE : 1;
}

/* As between vfork and exec: this runs in the parent's memory. Hot calls are not allowed there. */
static int in_shared_memory(void *argument)
{
	const struct shared_child *c = argument;
	expect_nothing(c->recorder, NULL);
	wsc_detach(c->worker);
	return failures != 0;
}

/* Children that the C library knows nothing of: no handler of fork is run. */
static void clones(void)
{
	static char stack[256 << 10] __attribute__((aligned(64)));
	wsc_recorder *recorder = open_at(path);
	wsc_worker *w = wsc_attach(recorder, 1, NULL);
	struct shared_child shared = {recorder, w};
	wsc_exec_start(w, 1);
	const pid_t child = (pid_t)syscall(SYS_clone, SIGCHLD, NULL, NULL, NULL, NULL);
	if (child == 0) {
		alarm(60); /* a call that waits for what is not there waits for good */
		expect_nothing(recorder, w);
		_exit(failures != 0);
	}
	CHECK(ends_well(child), "a copy");
	const int in_place = CLONE_VM | CLONE_VFORK | SIGCHLD;
	CHECK(ends_well(clone(in_shared_memory, stack + sizeof(stack), in_place, &shared)), "in the same memory");
	wsc_exec_start(w, 2);
	wsc_detach(w);
	CHECK(wsc_close(recorder, WSC_END_CLEAN) == 0, "close");
	expect_trace(path, 1, 2);
}

#define NOT_RECORDED  "; nothing is recorded"
#define REST          "; the rest is not recorded"
#define NOT_KEPT      "wscheck: */host.zst: the rings can't be kept in a file: "
#define CANNOT_GROW   "wscheck: */host.zst: the rings' file can't grow: "
#define LOSES_THEM    "; a killed process will lose what is in them"
#define LOSES_THE_NEW "; a killed process will lose what is not in it"
#define LEFT          ": rings of 1 killed run lie in memory (* KiB); see 'wscheck recover --list'"

/* What is done to a host, or the host does, and all that it is told. */
static const struct scenario scenarios[] = {
    {"no directory",
     no_directory,
     {"wscheck: /nonexistent-directory/trace.zst: can't open its directory: No such file or directory" NOT_RECORDED},
     0},
    {"unwritable directory",
     unwritable_directory,
     {"wscheck: /proc/trace.zst: can't create: No such file or directory" NOT_RECORDED},
     0},
    {"a directory", a_directory, {"wscheck: *: is there already and not a regular file" NOT_RECORDED}, 0},
    {"a device", a_device, {"wscheck: /dev/null: is there already and not a regular file" NOT_RECORDED}, 0},
    {"a full device", a_full_device, {"wscheck: /dev/full: is there already and not a regular file" NOT_RECORDED}, 0},
    {"a dangling symlink", a_symlink, {"wscheck: */host.zst: is there already and not a regular file" NOT_RECORDED}, 0},
    {"another ABI",
     other_abi,
     {"wscheck: the program was compiled with another version of wscheck/record.h than this library" NOT_RECORDED},
     0},
    {"broken stderr", broken_stderr, {NULL}, 0},
    {"stderr at its limit", stderr_at_its_limit, {NULL}, 0},
    {"full stderr", full_stderr, {NULL}, 0},
    {"no stderr", no_stderr, {NULL}, 0},
    {"older file", replaces_older_file, {NULL}, 0},
    {"process id", process_id_in_path, {NULL}, 0},
    {"changed directory", changed_directory, {NULL}, 0},
    {"file size limit",
     file_size_limit,
     {"wscheck: */host.zst: File too large" REST, CANNOT_GROW "File too large" LOSES_THE_NEW},
     0},
    {"nothing fits", nothing_fits, {"wscheck: */host.zst: File too large" REST}, 0},
    /* What such a host does is a race on the descriptor, and TSan says so if the recorder looks in between. */
    {"closed descriptors",
     closes_descriptors,
     {"wscheck: */host.zst: the program closed this file" REST, CANNOT_GROW "Bad file descriptor" LOSES_THE_NEW},
     TSAN},
    {"closed descriptors, early",
     closes_descriptors_early,
     {"wscheck: */host.zst: *" REST, CANNOT_GROW "*" LOSES_THE_NEW},
     TSAN},
    {"disk full", disk_full, {"wscheck: */host.zst: No space left on device" REST}, 0},
    {"no shared memory", no_shared_memory, {NULL}, 0},
    {"no room for rings", no_room_for_rings, {NOT_KEPT "No space left on device" LOSES_THEM}, 0},
    /* These need address space of their own. */
    {"address space limit",
     address_space_limit,
     {"wscheck: worker 1 is not recorded: out of memory", ANYTHING},
     TSAN | ASAN | VALGRIND},
    {"1,000 workers", many_workers, {NULL}, 0},
    {"rings removed by others", removed_rings, {NULL}, 0},
    {"trace removed by others",
     removed_trace,
     {"wscheck: */host.zst: can't rename host.zst.*.wscheck-tmp: No such file or directory"},
     0},
    {"few descriptors", few_descriptors, {NOT_KEPT "Too many open files" LOSES_THEM}, 0},
    {"killed", killed, {NULL}, 0},
    {"exec", execs, {"wscheck: */host.zst" LEFT}, 0},
    {"fork", forks, {NULL}, 0},
    /* See in_the_child() and record_support.h. */
    {"fork, where rings were left", forks_where_rings_were_left, {"wscheck: */host.zst.%p" LEFT}, TSAN | ASAN},
    {"forks meanwhile", forks_meanwhile, {NULL}, TSAN | ASAN},
    {"vfork and exec", vforks, {NULL}, 0},
    {"clone", clones, {NULL}, TSAN}, /* whose own threads would be missing in the child */
    {"read-only directory",
     read_only_directory,
     {"wscheck: */host.zst: can't create: Permission denied" NOT_RECORDED},
     0},
};

int main(int argc, char **argv)
{
	const unsigned tools = (UNDER_TSAN ? TSAN : 0u) | (UNDER_ASAN ? ASAN : 0u) | (under_valgrind() ? VALGRIND : 0u);
	program = argv[0];
	if (argc > 1) {
		snprintf(path, sizeof(path), "%s", argv[1]);
		return argc == 2 ? after_exec() : argc == 3 ? another_program() : after_no_stderr();
	}
	scratch_path(path, "host.zst");
	for (size_t i = 0; i < sizeof(scenarios) / sizeof(*scenarios); i++) {
		if ((scenarios[i].not_under & tools) == 0)
			play(&scenarios[i]);
		else
			printf("ok %s # SKIP not with a tool that needs the process for itself\n", scenarios[i].name);
		fflush(stdout); /* a child has a copy of what is not written yet, and some tools write it */
	}
	scratch_remove(path);
	return failures != 0;
}
