/* SPDX-License-Identifier: MIT */
/* What killed runs of a trace left in memory: the last few stay, whatever is another's stays, and one line tells of them. */
#include <criterion/criterion.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "left_rings.h"
#include "ring_file.h"
#include "trace_writer.h"

enum {
	RUNS = LEFT_RINGS_KEPT + 4,
	LIVE = RUNS,
	OTHER_TRACE,
	OTHER_DIRECTORY,
	OTHER_NAME,
	/* These have the id of this process. */
	OWN,
	OWN_BEFORE_EXEC,
	OWN_EARLIER,
	FILES
};

/* No process has most of these ids, which are above the greatest that Linux gives. */
static long process_of(unsigned file)
{
	return file >= OWN ? (long)getpid() : 5000000 + (long)file;
}

static unsigned number_of(unsigned file)
{
	return (unsigned)getpid() * FILES + file;
}

static void rings_name(char name[64], unsigned file)
{
	snprintf(name, 64, "/dev/shm/wscheck.%ld.%08x.rings", process_of(file), number_of(file));
}

static char directory[64];

static void make_directory(void)
{
	snprintf(directory, sizeof(directory), "/tmp/wscheck-left.XXXXXX");
	cr_assert_neq(mkdtemp(directory), NULL);
}

static void part_name(char name[128], unsigned file, const char *suffix)
{
	snprintf(name, 128, "%s/t.zst.%ld.%08x.%s", directory, process_of(file), number_of(file), suffix);
}

/* A head, and nothing else, of a run that recorded to TRACE.PID.RANDOM in that directory. It began the sooner the later it ended. */
static void make_rings(unsigned file, const char *beside, const char *trace, uint64_t ended)
{
	struct ring_file_head head = {.version = RING_FILE_VERSION, .state = RING_FILE_RECORDING};
	struct ring_process self;
	char name[64];
	ring_process_look(0, &self);
	memcpy(head.magic, RING_FILE_MAGIC, RING_FILE_MAGIC_BYTES);
	memset(head.trace_id, (int)file + 1, sizeof(head.trace_id));
	head.process_id = (uint64_t)process_of(file);
	head.process_start = file == OWN_EARLIER ? 1 : self.start;
	head.opened.wall_ns = 1000 - ended % 1000;
	head.now.count = 1;
	head.now.copy[1].wall_ns = ended;
	snprintf(head.path, sizeof(head.path), "%s/%s.%ld.%08x.wscheck-tmp", beside, trace, process_of(file),
	         number_of(file));
	rings_name(name, file);
	const int fd = open(name, O_WRONLY | O_CREAT | O_EXCL, 0600);
	if (fd < 0)
		cr_skip_test("/dev/shm can't be written");
	cr_assert_eq(write(fd, &head, sizeof(head)), (ssize_t)sizeof(head));
	close(fd);
}

/* Holds the lock that a recorder holds, until `stop` is closed. */
static pid_t hold_lock(unsigned file, int stop[2])
{
	char name[64], byte = 0;
	int ready[2];
	rings_name(name, file);
	cr_assert(pipe(ready) == 0 && pipe(stop) == 0);
	const pid_t child = fork();
	if (child == 0) {
		struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = 0, .l_len = 1};
		const int fd = open(name, O_RDWR);
		close(stop[1]);
		if (fcntl(fd, F_SETLK, &lock) == 0 && write(ready[1], &byte, 1) == 1)
			(void)!read(stop[0], &byte, 1);
		_exit(0);
	}
	close(ready[1]);
	cr_assert_eq(read(ready[0], &byte, 1), 1);
	close(ready[0]);
	return child;
}

/* Tidies, and returns what was said. */
static void tidy(const char *pattern, bool keeps_all, char *said, size_t size)
{
	char temporary[128];
	FILE *file = tmpfile();
	const int saved = dup(STDERR_FILENO);
	cr_assert(file != NULL && dup2(fileno(file), STDERR_FILENO) >= 0);
	snprintf(temporary, sizeof(temporary), "%s/t.zst.1.00000000.wscheck-tmp", directory);
	const int place = open(directory, O_PATH | O_DIRECTORY);
	left_rings_tidy(pattern, temporary, place, keeps_all);
	close(place);
	dup2(saved, STDERR_FILENO);
	close(saved);
	const ssize_t got = pread(fileno(file), said, size - 1, 0);
	said[got > 0 ? got : 0] = '\0';
	fclose(file);
}

static bool is_there(unsigned file)
{
	char name[64];
	rings_name(name, file);
	return access(name, F_OK) == 0;
}

/* --- what was written of its trace --- */

static enum wsc_status write_to(void *context, const void *bytes, size_t size)
{
	return write(*(int *)context, bytes, size) == (ssize_t)size ? WSC_OK : WSC_IO;
}

/* A part of the trace of `file`, or of another that has its name; or an empty one. */
static void make_part(unsigned file, const char *suffix, bool is_empty, bool is_anothers)
{
	char name[128];
	struct trace_header header;
	struct trace_writer *writer;
	part_name(name, file, suffix);
	int fd = open(name, O_WRONLY | O_CREAT | O_EXCL, 0600);
	cr_assert_geq(fd, 0);
	trace_header_init(&header);
	memset(header.trace_id, (int)file + 1 + is_anothers, sizeof(header.trace_id));
	if (!is_empty) {
		cr_assert_eq(trace_writer_create(&writer, (struct trace_sink){write_to, &fd}, &header, 0), WSC_OK);
		trace_writer_free(writer);
	}
	trace_header_free(&header);
	close(fd);
}

static bool has_part(unsigned file, const char *suffix)
{
	char name[128];
	part_name(name, file, suffix);
	return access(name, F_OK) == 0;
}

static void remove_all(void)
{
	char name[128];
	for (unsigned i = 0; i < FILES; i++) {
		rings_name(name, i);
		unlink(name);
		part_name(name, i, "wscheck-tmp");
		unlink(name);
		part_name(name, i, "wscheck-old");
		unlink(name);
	}
	cr_expect_eq(rmdir(directory), 0);
}

TestSuite(left_rings, .init = make_directory, .fini = remove_all, .timeout = 60);

Test(left_rings, keeps_the_last_few_of_one_trace)
{
	char said[512], want[512];
	int stop[2];
	for (unsigned i = 0; i <= LIVE; i++) /* 5 and RUNS have no common divisor: in no order */
		make_rings(i, directory, "t.zst", 1000 + i * 5 % RUNS);
	make_rings(OTHER_TRACE, directory, "u.zst", 1);
	make_rings(OTHER_DIRECTORY, "/some", "t.zst", 1);
	make_rings(OTHER_NAME, directory, "t.zst.old", 1);
	const pid_t holder = hold_lock(LIVE, stop);
	tidy("where/t.zst", false, said, sizeof(said));
	for (unsigned i = 0; i < RUNS; i++)
		cr_expect_eq(is_there(i), i * 5 % RUNS >= RUNS - LEFT_RINGS_KEPT, "run %u", i);
	for (unsigned i = LIVE; i < OWN; i++)
		cr_expect(is_there(i), "file %u", i);
	snprintf(
	    want, sizeof(want),
	    "wscheck: where/t.zst: rings of %d killed runs lie in memory (%d KiB), and what %d older left was removed; "
	    "see 'wscheck recover --list'\n",
	    LEFT_RINGS_KEPT, LEFT_RINGS_KEPT * 8, RUNS - LEFT_RINGS_KEPT);
	cr_expect_str_eq(said, want);
	tidy("where/t.zst", false, said, sizeof(said));
	cr_expect(strstr(said, "older") == NULL && strstr(said, "rings of 8 killed runs") != NULL, "%s", said);
	tidy("where/nothing.zst", false, said, sizeof(said));
	cr_expect_str_empty(said);
	close(stop[1]);
	waitpid(holder, NULL, 0);
}

/* Those of runs that have names of their own are another's trace each. */
Test(left_rings, keeps_all_that_have_names_of_their_own)
{
	char trace[64], said[512];
	for (unsigned i = 0; i < RUNS; i++) {
		snprintf(trace, sizeof(trace), "t-%ld.zst", process_of(i) + (i == 0)); /* the first is none of them */
		make_rings(i, directory, trace, 1000);
	}
	tidy("where/t-%p.zst", true, said, sizeof(said));
	for (unsigned i = 0; i < RUNS; i++)
		cr_expect(is_there(i), "run %u", i);
	cr_expect(strstr(said, "t-%p.zst: rings of 11 killed runs lie in memory (88 KiB); see") != NULL, "%s", said);
}

/* With the rings goes what was written of their trace, and nothing else that has such a name. */
Test(left_rings, removes_the_trace_that_goes_with_them)
{
	enum { WHOLE, TWO_PARTS, EMPTY, ANOTHERS, REMOVED, STAYS = REMOVED };
	char said[512];
	for (unsigned i = 0; i < LEFT_RINGS_KEPT + REMOVED; i++)
		make_rings(i, directory, "t.zst", 1000 + i);
	make_part(WHOLE, "wscheck-tmp", false, false);
	make_part(TWO_PARTS, "wscheck-tmp", false, false);
	make_part(TWO_PARTS, "wscheck-old", false, false);
	make_part(EMPTY, "wscheck-tmp", true, false);
	make_part(ANOTHERS, "wscheck-tmp", false, true);
	make_part(STAYS, "wscheck-tmp", false, false);
	tidy("where/t.zst", false, said, sizeof(said));
	cr_expect(strstr(said, "what 4 older left was removed") != NULL, "%s", said);
	cr_expect_not(has_part(WHOLE, "wscheck-tmp"));
	cr_expect_not(has_part(TWO_PARTS, "wscheck-tmp"));
	cr_expect_not(has_part(TWO_PARTS, "wscheck-old"));
	cr_expect_not(has_part(EMPTY, "wscheck-tmp"));
	cr_expect(has_part(ANOTHERS, "wscheck-tmp"), "it has the trace id of another");
	cr_expect(has_part(STAYS, "wscheck-tmp") && is_there(STAYS));
}

/* What has the name of a part and can't be one, is no trace, or is another user's stays, though its rings go. */
Test(left_rings, leaves_what_is_no_part_of_the_trace)
{
	enum { DIRECTORY, PIPE, NO_TRACE, ANOTHER_USERS, REMOVED };
	char name[128], said[512];
	for (unsigned i = 0; i < LEFT_RINGS_KEPT + REMOVED; i++)
		make_rings(i, directory, "t.zst", 1000 + i);
	part_name(name, DIRECTORY, "wscheck-tmp");
	cr_assert_eq(mkdir(name, 0700), 0);
	part_name(name, PIPE, "wscheck-tmp");
	cr_assert_eq(mkfifo(name, 0600), 0);
	part_name(name, NO_TRACE, "wscheck-tmp");
	const int fd = open(name, O_WRONLY | O_CREAT | O_EXCL, 0600);
	cr_assert(fd >= 0 && write(fd, "no trace", 8) == 8);
	close(fd);
	make_part(ANOTHER_USERS, "wscheck-tmp", true, false);
	part_name(name, ANOTHER_USERS, "wscheck-tmp");
	const bool is_given = chown(name, 65534, 65534) == 0; /* only root may */
	tidy("where/t.zst", false, said, sizeof(said));
	cr_expect(strstr(said, "what 4 older left was removed") != NULL, "%s", said);
	for (unsigned i = 0; i < REMOVED; i++) {
		cr_expect_not(is_there(i), "run %u", i);
		cr_expect_eq(has_part(i, "wscheck-tmp"), i != ANOTHER_USERS || is_given, "run %u", i);
	}
	part_name(name, DIRECTORY, "wscheck-tmp");
	cr_expect_eq(rmdir(name), 0);
}

/* A trace whose place is not known has no runs that could be told from another's: not even others such. */
Test(left_rings, leaves_all_where_the_place_is_not_known)
{
	const int place = open(directory, O_PATH | O_DIRECTORY);
	char name[64];
	for (unsigned i = 0; i <= LEFT_RINGS_KEPT; i++) {
		make_rings(i, "", "t.zst", 1000 + i);
		rings_name(name, i);
		const int fd = open(name, O_WRONLY);
		cr_assert_eq(pwrite(fd, "", 1, offsetof(struct ring_file_head, path)), 1);
		close(fd);
	}
	left_rings_tidy("t.zst", "", place, false);
	left_rings_tidy("t.zst", "t.zst.1.00000000.wscheck-tmp", place, false);
	for (unsigned i = 0; i <= LEFT_RINGS_KEPT; i++)
		cr_expect(is_there(i), "run %u", i);
	close(place);
}

/* Whether a process holds the lock, as others see it. */
static bool is_locked(unsigned file)
{
	char name[64];
	int status = 0;
	rings_name(name, file);
	const pid_t child = fork();
	if (child == 0) {
		struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = 0, .l_len = 1};
		const int fd = open(name, O_RDONLY);
		_exit(fcntl(fd, F_GETLK, &lock) == 0 && lock.l_type != F_UNLCK ? 0 : 1);
	}
	cr_assert_eq(waitpid(child, &status, 0), child);
	return status == 0;
}

/* A service that has the same id each time it is started is told of what it left; what it records now is not that. */
Test(left_rings, tells_of_earlier_processes_with_the_same_id)
{
	struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = 0, .l_len = 1};
	char name[64], said[512];
	for (unsigned i = OWN; i <= OWN_EARLIER; i++)
		make_rings(i, directory, "t.zst", 1000 + i);
	rings_name(name, OWN);
	const int fd = open(name, O_RDWR);
	void *map = mmap(NULL, RING_FILE_HEAD_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	cr_assert(map != MAP_FAILED && fcntl(fd, F_SETLK, &lock) == 0);
	tidy("where/t.zst", false, said, sizeof(said));
	cr_expect(strstr(said, "t.zst: rings of 2 killed runs lie in memory") != NULL, "%s", said);
	cr_expect(is_locked(OWN), "the lock of the rings that are recorded to was given up");
	munmap(map, RING_FILE_HEAD_BYTES);
	close(fd);
}
