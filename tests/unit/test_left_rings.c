/* SPDX-License-Identifier: MIT */
/* What killed runs of a trace left in memory: the last few stay, whatever is another's stays, and one line tells of them. */
#include <criterion/criterion.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "left_rings.h"
#include "ring_file.h"

enum { RUNS = LEFT_RINGS_KEPT + 4, LIVE = RUNS, OTHER_TRACE, OTHER_DIRECTORY, OTHER_NAME, FILES };

/* No process has these ids, which are above the greatest that Linux gives. */
static long process_of(unsigned file)
{
	return 5000000 + (long)file;
}

static void rings_name(char name[64], unsigned file)
{
	snprintf(name, 64, "/dev/shm/wscheck.%ld.%08lx.rings", process_of(file), (unsigned long)getpid());
}

/* No other run of these tests has it. */
static const char *directory(void)
{
	static char text[64];
	snprintf(text, sizeof(text), "/some/where/%ld", (long)getpid());
	return text;
}

/* A head, and nothing else, of a run that recorded to TRACE.PID.RANDOM in that directory. It began the sooner the later it ended. */
static void make_rings(unsigned file, const char *beside, const char *trace, uint64_t ended)
{
	struct ring_file_head head = {.version = RING_FILE_VERSION, .state = RING_FILE_RECORDING};
	char name[64];
	memcpy(head.magic, RING_FILE_MAGIC, RING_FILE_MAGIC_BYTES);
	head.opened.wall_ns = 1000 - ended % 1000;
	head.now.count = 1;
	head.now.copy[1].wall_ns = ended;
	snprintf(head.path, sizeof(head.path), "%s/%s.%ld.%08lx.wscheck-tmp", beside, trace, process_of(file),
	         (unsigned long)getpid());
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
	snprintf(temporary, sizeof(temporary), "%s/t.zst.1.00000000.wscheck-tmp", directory());
	left_rings_tidy(pattern, temporary, keeps_all);
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

static void remove_all(void)
{
	char name[64];
	for (unsigned i = 0; i < FILES; i++) {
		rings_name(name, i);
		unlink(name);
	}
}

Test(left_rings, keeps_the_last_few_of_one_trace, .timeout = 60, .fini = remove_all)
{
	char said[512], want[512];
	int stop[2];
	for (unsigned i = 0; i <= LIVE; i++) /* 5 and RUNS have no common divisor: in no order */
		make_rings(i, directory(), "t.zst", 1000 + i * 5 % RUNS);
	make_rings(OTHER_TRACE, directory(), "u.zst", 1);
	make_rings(OTHER_DIRECTORY, "/some", "t.zst", 1);
	make_rings(OTHER_NAME, directory(), "t.zst.old", 1);
	const pid_t holder = hold_lock(LIVE, stop);
	tidy("where/t.zst", false, said, sizeof(said));
	for (unsigned i = 0; i < RUNS; i++)
		cr_expect_eq(is_there(i), i * 5 % RUNS >= RUNS - LEFT_RINGS_KEPT, "run %u", i);
	for (unsigned i = LIVE; i < FILES; i++)
		cr_expect(is_there(i), "file %u", i);
	snprintf(
	    want, sizeof(want),
	    "wscheck: where/t.zst: rings of %d killed runs lie in memory (%d KiB), and those of %d older ones were "
	    "removed; see 'wscheck recover --list'\n",
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
Test(left_rings, keeps_all_that_have_names_of_their_own, .timeout = 60, .fini = remove_all)
{
	char trace[64], said[512];
	for (unsigned i = 0; i < RUNS; i++) {
		snprintf(trace, sizeof(trace), "t-%ld.zst", process_of(i) + (i == 0)); /* the first is none of them */
		make_rings(i, directory(), trace, 1000);
	}
	tidy("where/t-%p.zst", true, said, sizeof(said));
	for (unsigned i = 0; i < RUNS; i++)
		cr_expect(is_there(i), "run %u", i);
	cr_expect(strstr(said, "t-%p.zst: rings of 11 killed runs lie in memory (88 KiB); see") != NULL, "%s", said);
}
